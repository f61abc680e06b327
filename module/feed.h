/*
 * feed.h - from keys and values to records in the store.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Follows the keys below the prefix, and keeps the store and the zones' serials
 * up to date. A format (format/format.h) reads keys and
 * values; the feed adds what a format does not know: which owners are in the
 * zones, and what an apex may have. A bad key gives no records, not even those
 * that it gave before, and costs no other key anything.
 *
 * Log: one warning for each put of a key that is bad, is served but looks
 * wrong, conflicts with another one, or would be in a zone if its labels were
 * reversed; at most 20 at once and then one a second, the others are counted.
 * Of the other keys outside the zones, one is named after each list, and one an
 * hour between lists.
 *
 * feed_is_complete, feed_stats, feed_bad_keys and feed_ignored_keys are for any
 * thread; all other functions, and the sink's, for the one that writes the
 * store.
 */
#ifndef HELIX_FEED_H
#define HELIX_FEED_H

#include "dns/store.h"
#include "dns/zone.h"
#include "etcd/sink.h"

struct feed;

/** number of bounds in a histogram of delays */
#define FEED_DELAY_BUCKETS 16

/** The bounds, in seconds, from 0.0001 to 10, rising. */
extern const double feed_delay_bounds[FEED_DELAY_BUCKETS];

/** How long changes took to become visible: a histogram. Each commit of events
 * of a watch counts once, with the time from the arrival of its first event
 * until all of it was visible. Keys of a list do not count. */
struct feed_delay {
	/** number of commits that took at most feed_delay_bounds[i], those of
	 * the bounds below it included */
	uint64_t bucket[FEED_DELAY_BUCKETS];
	/** number of all commits, also those over the last bound */
	uint64_t count;
	/** sum of the delays, in seconds */
	double sum;
};

/** Counts of the keys below the prefix, and what became of them. */
struct feed_stats {
	/** keys that are served, also those that look wrong */
	size_t keys;
	/** keys that are not, because the key or the value is bad */
	size_t bad;
	/** keys that are not, because they conflict with another one */
	size_t ignored;
	/** puts, since the last list began, of keys that are in no zone */
	size_t outside;
	/** keys that are served and look wrong */
	size_t suspicious;
	/** names that exist, the apexes included */
	size_t names;
	/** records that are served; SOA and NS that helix.yaml gives are not
	 * among them */
	size_t records;
	/** octets of memory for names and records */
	size_t octets;
	/** puts that a watch has brought, since the feed was made */
	uint64_t puts;
	/** removals that a watch has brought; that of a directory counts as
	 * one */
	uint64_t removals;
	/** delays from an event's arrival to its visibility */
	struct feed_delay delay;
};

/** most keys that feed_bad_keys and feed_ignored_keys list */
#define FEED_KEYS_MAX 1000

/** A key that is not served; valid during the call. */
struct feed_key {
	/** the key, fit for a log line: octets that are not printable ASCII are
	 * written as <xx>, and a long key is cut and ends in "..." */
	const char* key;
	/** why it is not served; printable ASCII */
	const char* reason;
	/** of a bad key: the revision of its put; of an ignored one: the
	 * revision as of which keys of its name came into conflict, or last
	 * changed while they were */
	int64_t revision;
};

/** Called for a key. */
typedef void feed_key_seen(void* arg, const struct feed_key* key);

/** Who keeps answers, and invalidates them; in the writer's thread. Functions
 * may be NULL. */
struct feed_listener {
	/** passed to the functions */
	void* arg;
	/**
	 * Answers with an RRset may have changed, by a change that is visible;
	 * or, by the first zone cut or DNAME of a zone, are about to.
	 * @param referred: whether there are zone cuts, so that the RRset may
	 *	have been part of a referral.
	 */
	void (*invalidate)(void* arg, const struct name* owner, uint16_t type,
		bool referred);
	/** Whether answers with an RRset may be cached; owner NULL: with any.
	 * The feed asks to save itself a closer look. */
	bool (*is_cached)(void* arg, const struct name* owner, uint16_t type);
	/** Changes are about to become visible, one after the other. */
	void (*changing)(void* arg);
	/** All of them are visible, and invalidate was called for all. */
	void (*changed)(void* arg);
};

/**
 * Make a feed.
 * @param zones: settings of the zones, for zones_create.
 * @param count: number of zones.
 * @param prefix: what keys begin with, without a final '/'; copied.
 * @param listener: copied.
 * @return NULL if memory ran out.
 */
struct feed* feed_create(const struct zone_settings* zones, size_t count,
	const char* prefix, const struct feed_listener* listener);

/** Delete a feed, with its store and zones; NULL is ignored. No thread may read
 * them. */
void feed_delete(struct feed* feed);

/** The store that the feed writes. */
struct store* feed_store(const struct feed* feed);

/** The zones that answer from it. */
struct zones* feed_zones(const struct feed* feed);

/**
 * The sink through which the feed follows etcd. Changes of one name become
 * visible together, by commit; within a list, a commit may wait for more
 * changes. remove_below of one host's directory looks at two names; of any
 * larger one, at all names.
 */
struct etcd_sink feed_sink(struct feed* feed);

/** Whether a list was ever complete; before that, no name can be answered. */
bool feed_is_complete(const struct feed* feed);

/** The counts, each as of a moment ago. Waits for nobody. */
struct feed_stats feed_stats(const struct feed* feed);

/**
 * List bad keys: all of them, or FEED_KEYS_MAX if there are more. A key that is
 * mended or deleted leaves the list, and another one takes its place.
 *
 * The memory for reasons has a bound: if a key became bad when so many others
 * were that there was no room for its reason, the reason says so.
 *
 * @param seen: called for each key; holds up nobody. If memory runs out, for
 *	none.
 * @return the number of bad keys.
 */
size_t feed_bad_keys(const struct feed* feed, feed_key_seen* seen, void* arg);

/** List keys that are ignored because of conflicts, as feed_bad_keys does.
 * @return the number of ignored keys. */
size_t feed_ignored_keys(const struct feed* feed, feed_key_seen* seen,
	void* arg);

#endif /* HELIX_FEED_H */
