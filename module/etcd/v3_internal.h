/*
 * etcd/v3_internal.h - what the parts of the v3 protocol share.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * For v3*.c, and for helixctl's requests. Each step has a file, and what it remembers is in a struct:
 *
 *	v3.c		makes the protocol, and reads etcd's errors
 *	v3_login.c	gets a token (v3->login)
 *	v3_list.c	lists the keys, a page at a time (v3->list)
 *	v3_ask.c	asks how many there are, as a test
 *	v3_resume.c	detects a wiped or restored etcd (v3->resume)
 *	v3_watch.c	watches the keys, with a probe beside it (v3->watch)
 *	v3_follow.c	watches, or lists where no watch gets through
 */
#ifndef HELIX_ETCD_V3_INTERNAL_H
#define HELIX_ETCD_V3_INTERNAL_H

#include "etcd/probe.h"
#include "etcd/v3_text.h"

/** watches in a row that stall before lists take the place of the watch */
#define V3_STALLS 2

/** How large the pages of a list may be. */
struct v3_page_size {
	/** keys that are asked for */
	unsigned keys;
	/** most keys of a page that is larger than at first; a page with twice
	 * as many has failed */
	unsigned most;
	/** most octets of a page: PAGE_OCTETS, or, once a page was refused as
	 * too large, those of the largest page that was not */
	uint64_t octets;
	/** pages that failed, though something answered, since a list was
	 * complete or pages became smaller */
	unsigned failures;
	/** how long a page may be silent, in milliseconds */
	unsigned patience;
};

/** The page that is under way. */
struct v3_page {
	/** keys that have arrived */
	size_t keys;
	/** when it was asked for, and when its first key arrived; clock_now */
	int64_t asked, began;
	/** whether there are more pages */
	bool more;
};

/** The list. */
struct v3_list {
	struct v3_page_size size;
	struct v3_page page;
	/** the key with which the next page begins; empty: the first page is
	 * the next */
	struct buffer next;
	/** whether the list has a key that is newer than what was known */
	bool newer;
};

/** The comparison with etcd's history. */
struct v3_resume {
	/** whether the key that was asked for exists */
	bool found;
	/** whether it is still as it was put */
	bool unchanged;
};

/** The watch, and whether it can be trusted. */
struct v3_watch {
	/** whether etcd has confirmed that it watches */
	bool watching;
	/** whether etcd has ended the watch by an error */
	bool failed;
	/** whether the watch has delivered anything */
	bool telling;
	/** whether the watch did not begin, or stalled inside a message */
	bool stalled;
	/** the revision that etcd was at when the watch began */
	int64_t created_at;
	/** revision of the last event that the sink was told of */
	int64_t event_revision;
	/** when the watch was asked for; clock_now */
	int64_t began;
	/** octets that had arrived at the last check */
	uint64_t received;
	/** when a check last found more octets; clock_now */
	int64_t heard;
	/** since when etcd has changed while the watch has delivered nothing;
	 * clock_now; 0: it is not so */
	int64_t doubted;
	/** for how long the watch is trusted all the same, in milliseconds */
	int64_t trust;
	/** whether the next list decides if the watch has failed to deliver
	 * something */
	bool doubting;
	/** watches in a row that stalled, though etcd answers; V3_STALLS if
	 * lists take the place of the watch */
	unsigned stalls;
	/** whether it was logged that lists take its place */
	bool told_lists;
	/** the probe beside the watch */
	struct probe probe;
	/** the revision that etcd was at when it last answered the probe */
	int64_t probed;
};

/** The login. */
struct v3_login {
	/** asks for a token; the watch may go on meanwhile */
	struct exchange exchange;
	/** whether there is a token, or etcd needs none */
	bool known;
};

/** The protocol's state. */
struct v3 {
	/** what to work with */
	struct etcd_link* link;
	/** base64 of where the range of keys begins: the prefix and '/';
	 * owned */
	char* first64;
	/** base64 of where it ends: the prefix and '0', the octet after '/';
	 * owned */
	char* end64;
	/** body of a request for the first key, without its value; owned */
	char* probe_body;
	/** the highest raft term seen: number of elections in the cluster */
	uint64_t raft_term;
	/** the request for a page or for a key, or the watch */
	struct exchange exchange;
	/** for a key that is read from text */
	struct buffer room;
	/** header of the last message */
	struct v3_header header;
	/* the steps */
	struct v3_list list;
	struct v3_resume resume;
	struct v3_watch watch;
	struct v3_login login;
};

/* --- v3.c ---------------------------------------------------------------- */

/** Whether an error says that an answer is too large for etcd's own gateway,
 * which up to 3.4.16 or so has a limit of 4 MiB, or for such a proxy. */
bool v3_is_too_large(const char* text);

/** Whether an error says that the token is missing, or is no longer valid. */
bool v3_is_about_token(const char* text);

/**
 * Say what an error means.
 * @param json: the object with the members `message` and `code`, or, inside a
 *	stream of etcd 3.4, `grpc_code`.
 * @return the result, with the reason written.
 */
enum etcd_result v3_refused(struct etcd_link* link, const cJSON* json);

/**
 * The user may not read the keys.
 * @param text: etcd's error.
 * @return ETCD_DENIED, with the reason written.
 */
enum etcd_result v3_denied(struct etcd_link* link, const char* text);

/**
 * A reader's function: says what an answer with another status than 200 means.
 * @param arg: the struct v3.
 */
enum etcd_result v3_call_refused(void* arg, const struct call* call);

/** Encode for a request. @return owned by the caller; NULL if memory ran
 * out. */
char* v3_base64(const void* data, size_t len);

/**
 * Ask for keys.
 * @param patience: as for exchange_perform.
 */
enum etcd_result v3_range(struct v3* v3, const struct exchange_reader* reader,
	const char* body, unsigned patience);

/** A reader's function: reads the header of an answer about keys, and whether
 * there are more. */
bool v3_range_message(void* arg, cJSON* json);

/* --- v3_login.c ---------------------------------------------------------- */

/** Get a token, which all further calls carry. */
enum etcd_result v3_login(struct v3* v3);

/** Take a step. If etcd requires authentication, log in and take the step once
 * more. */
enum etcd_result v3_step(struct v3* v3,
	enum etcd_result (*step)(struct v3* v3));

/* --- v3_list.c ----------------------------------------------------------- */

/** Set the size of the first page. */
void v3_list_init(struct v3_list* list);

/** List all keys; see struct etcd_protocol. */
enum etcd_result v3_list(struct v3* v3);

/** Ask etcd for a key, and leave the reason as it is.
 * @return whether etcd answered. */
bool v3_ping(struct v3* v3);

/* --- v3_ask.c ------------------------------------------------------------ */

/** Ask how many keys there are; see struct etcd_protocol. */
enum etcd_result v3_ask(struct v3* v3);

/* --- v3_resume.c --------------------------------------------------------- */

/** See whether etcd can be watched from what is known on; see struct
 * etcd_protocol. */
enum etcd_result v3_resume(struct v3* v3);

/* --- v3_watch.c ---------------------------------------------------------- */

/** Set how long a watch is trusted at first. */
void v3_watch_init(struct v3_watch* watch,
	const struct etcd_settings* settings);

/** Ask to watch from what is known on. */
enum etcd_result v3_watch_begin(struct v3* v3);

/** Let the watch and its probes go on until something ends them. */
enum etcd_result v3_watch_run(struct v3* v3);

/**
 * Let the probe go on: a request for one key, for which etcd must ask the
 * majority of its cluster. etcd may let a watch go on after the token has
 * expired; then this logs in again.
 */
enum etcd_result v3_watch_probe(struct v3* v3);

/** End the watch, and roll back what it has told of a message that is not
 * complete. */
void v3_watch_end(struct v3* v3);

/** Whether a watch that has ended failed to deliver something: it ended inside
 * a message, or by an error, or soon, before it had delivered what etcd had
 * when it began. */
bool v3_watch_is_broken(const struct v3* v3);

/**
 * A list is complete. If it was made because the watch had delivered nothing:
 * where the list has something new, lists take the place of the watch; else the
 * watch is trusted for longer from now on.
 */
void v3_watch_settle_doubt(struct v3* v3);

/* --- v3_follow.c --------------------------------------------------------- */

/** Watch, or list where no watch gets through, until something ends that; see
 * struct etcd_protocol. */
enum etcd_result v3_follow(struct v3* v3);

#endif /* HELIX_ETCD_V3_INTERNAL_H */
