/*
 * feed_internal.h - what the files of the feed share.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * For feed.c (events and life), feed_log.c (what is logged) and feed_status.c
 * (counts and lists, for any thread) only.
 */
#ifndef HELIX_FEED_INTERNAL_H
#define HELIX_FEED_INTERNAL_H

#include "feed.h"
#include "bad_keys.h"
#include "ignored_names.h"
#include "format/format.h"
#include <stdatomic.h>

/** so many warnings may come at once; then one a second */
#define WARNINGS_BURST 20
/** octets of a message's key that are shown, */
#define SHOWN_KEY_MAX 600
/** and of each key of a message with two */
#define SHOWN_PAIR_MAX 400

/** first zone cuts that are remembered one by one; with more of them pending,
 * every name of the zones counts as below one */
#define CUTS_MAX 16

/**
 * Zone cuts and DNAMEs of zones that had none. Cached answers assumed that
 * there are none: those of names below a cut are invalidated before the cut is
 * visible, and the others of its zone after it. Later cuts need no such look.
 */
struct first_cuts {
	/** number of them; 0: nothing is to be invalidated */
	size_t count;
	/** number of those whose names below were invalidated */
	size_t done;
	/** the zones, of the first CUTS_MAX, */
	const struct zone* zone[CUTS_MAX];
	/** the names, */
	struct name owner[CUTS_MAX];
	/** and the types, NS or DNAME */
	uint16_t type[CUTS_MAX];
};

struct feed {
	/** how keys and values become records */
	const struct format* format;
	/** its state */
	void* state;
	/** what the feed writes */
	struct store* store;
	/** the zones that answer from it */
	struct zones* zones;
	/** what keys begin with, with the final '/'; owned */
	char* prefix;
	/** octets of prefix */
	size_t prefix_len;
	/** who hears of changes; no function is NULL */
	struct feed_listener listener;
	/** revision of the event that is being handled */
	int64_t revision;
	/** number of the list that is under way, or was last */
	unsigned list;
	/** keys that were warned of */
	struct bad_keys bad_keys;
	/** names with keys that are ignored */
	struct ignored_names ignored;
	/** true between list_begin and list_end */
	bool listing;
	/** true while the store removes what the list lacks */
	bool sweeping;
	/** true once a zone has had a zone cut */
	bool refers;
	/** pending invalidations */
	struct first_cuts cuts;
	/** see feed_is_complete */
	_Atomic bool complete;
	/** number of keys outside the zones */
	_Atomic size_t outside;
	/** events that watches have brought; written by the writer's thread
	 * only */
	_Atomic uint64_t puts, removals;
	/** when the first event since the last commit came, by
	 * clock_microseconds; 0: none did, or a list is under way */
	int64_t arrived;
	/** commits by their delays: one bucket for each bound, without those of
	 * the bounds below it, and one for the rest; written by the writer's
	 * thread only */
	_Atomic uint64_t delays[FEED_DELAY_BUCKETS + 1];
	/** sum of the delays, in microseconds */
	_Atomic uint64_t delays_sum;
	/** warnings that may still be logged */
	unsigned warnings_left;
	/** warnings that were not logged since the last that was */
	size_t warnings_suppressed;
	/** when warnings_left was last raised, in seconds */
	int64_t warnings_time;
	/** when the next key outside the zones may be logged, in seconds */
	int64_t outside_time;
	/** an example of the list's keys outside the zones, fit for a log
	 * line; "": none yet */
	char outside_key[SHOWN_PAIR_MAX + 8];
	/** the key that may have been meant; "": no idea */
	char meant_key[SHOWN_PAIR_MAX + 8];
	/** number of keys outside the zones that was logged last */
	size_t outside_logged;
	/** the counts that were logged last */
	struct feed_stats logged;
};

/* --- feed_log.c ---------------------------------------------------------- */

/** Say how many warnings were suppressed, if any were. */
void feed_log_suppressed(struct feed* feed);

/** The same, as soon as a warning may be logged. */
void feed_log_suppressed_in_time(struct feed* feed);

/**
 * Make a key fit for a log line. Unlike text_show it leaves backslashes as they
 * are, so that an operator can copy the key out of the log.
 * @param max: octets to spend on it.
 * @param out: room for max and 8 octets.
 * @return out.
 */
const char* feed_show_key(const char* key, size_t len, size_t max, char* out);

/** The key of a contribution, fit for a log line. Any thread. @param out: room
 * for SHOWN_PAIR_MAX and 8 octets. */
const char* feed_show_contribution(const struct feed* feed,
	const struct contribution* contribution, char* out);

/** Warn of a key that is bad or looks wrong. */
void feed_log_bad(struct feed* feed, const char* key, size_t len,
	const char* reason, bool served);

/** As struct store_listener has it. */
void feed_log_crowded(void* feed, const struct name* owner, uint16_t type,
	size_t records, size_t served);

/** As struct store_listener has it. */
void feed_log_conflict(void* feed, const struct contribution* ignored,
	const struct contribution* served);

/** A key with the prefix has a value and is outside the zones: log it, or keep
 * it as an example of the list that is under way. */
void feed_log_outside(struct feed* feed, const char* key, size_t len);

/** After a list, log how many keys are outside the zones, with the example, if
 * their number has changed: where lists replace a watch, there are many. */
void feed_log_outside_list(struct feed* feed);

/** Log the counts after a list, unless they are those logged last: where lists
 * take the place of a watch, there are many. */
void feed_log_stats(struct feed* feed);

/* --- feed_status.c ------------------------------------------------------- */

/** Count an event of a watch; not one of a list. @param events: puts or
 * removals. */
void feed_count_event(struct feed* feed, _Atomic uint64_t* events);

/** All events so far are visible: count their delay. @param changed: whether
 * any of them has changed the store. */
void feed_count_visible(struct feed* feed, bool changed);

#endif /* HELIX_FEED_INTERNAL_H */
