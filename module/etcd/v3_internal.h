/*
 * etcd/v3_internal.h - what the parts of the v3 protocol share.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * For v3*.c only. Each step has a file, and what it remembers is in a struct:
 *
 *	v3.c		makes the protocol, and reads etcd's errors
 *	v3_login.c	gets a token (v3->login)
 *	v3_list.c	lists the keys, a page at a time (v3->list)
 *	v3_resume.c	detects a wiped or restored etcd (v3->resume)
 *	v3_watch.c	watches the keys, with a probe beside it (v3->watch)
 *	v3_follow.c	watches, or lists where no watch gets through
 */
#ifndef HELIX_ETCD_V3_INTERNAL_H
#define HELIX_ETCD_V3_INTERNAL_H

#include "etcd/probe.h"
#include "etcd/v3_text.h"

/** watches in a row that stall before lists take their place */
#define V3_STALLS 2

/** The list, and how large its pages may be. */
struct v3_list {
	/** keys in a page */
	unsigned page;
	/** most keys in a page that is larger than at first; one with twice as
	 * many has failed */
	unsigned page_most;
	/** octets that a page may have: those of PAGE_OCTETS, or, once a page
	 * was refused as too large, those of the largest that was not */
	uint64_t page_octets;
	/** pages that failed, though something answered, since a list was
	 * complete or they became smaller */
	unsigned page_failures;
	/** for how long a page may be silent, in milliseconds */
	unsigned patience;
	/** the key with which the next page begins; empty: the first page is
	 * the next */
	struct buffer next;
	/** keys in this page */
	size_t page_keys;
	/** when this page was asked for, and when its first key came;
	 * clock_now */
	int64_t page_asked, page_began;
	/** whether there are more pages */
	bool more;
	/** whether the list has shown something that the watch has not told */
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
	/** whether etcd has said that it watches */
	bool watching;
	/** whether etcd has ended the watch by an error */
	bool failed;
	/** whether it has told anything */
	bool telling;
	/** whether it has not begun, or stalled inside a message */
	bool stalled;
	/** the revision that etcd was at when the watch began */
	int64_t created_at;
	/** revision of the last event that was told */
	int64_t event_revision;
	/** when the watch was asked for; clock_now */
	int64_t began;
	/** octets that had arrived when last looked */
	uint64_t received;
	/** when more octets were last seen; clock_now */
	int64_t heard;
	/** when it was first seen that etcd had changed, while the watch had
	 * told nothing; clock_now; 0: not yet */
	int64_t doubted;
	/** for how long that is no wonder, in milliseconds */
	int64_t trust;
	/** whether the next list is to show if it is */
	bool doubting;
	/** watches in a row that stalled, though etcd is there; V3_STALLS if
	 * lists take the place of the watch */
	unsigned stalls;
	/** whether it was logged that lists do */
	bool told_lists;
	/** the probe beside the watch */
	struct probe probe;
	/** the revision that etcd was at as it was answered last */
	int64_t probed;
};

/** The login. */
struct v3_login {
	/** asks for a token, also while the watch goes on */
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
	/** number of elections that the cluster has had, as far as seen */
	uint64_t raft_term;
	/** the request for a page or a key, or to watch */
	struct exchange exchange;
	/** where a key is that was read from text */
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

/** Whether an error says that an answer does not pass etcd's own gateway,
 * which up to 3.4.16 or so takes 4 MiB, or a proxy of the kind. */
bool v3_is_too_large(const char* text);

/** Whether an error says that the token is missing, or not good any more. */
bool v3_is_about_token(const char* text);

/**
 * What an error means.
 * @param json: the object with the members `message` and `code`, or, inside a
 *	stream of etcd 3.4, `grpc_code`.
 * @return the result; the reason is written.
 */
enum etcd_result v3_refused(struct etcd_link* link, const cJSON* json);

/**
 * etcd refuses to let us read.
 * @param text: what it says.
 * @return ETCD_DENIED, with the reason written.
 */
enum etcd_result v3_denied(struct etcd_link* link, const char* text);

/**
 * A reader's function: what an answer means that has another status than 200.
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

/** A reader's function: the rest of an answer about keys, which is its header
 * and whether there are more. */
bool v3_range_message(void* arg, cJSON* json);

/* --- v3_login.c ---------------------------------------------------------- */

/** Get a token, which all further calls carry. */
enum etcd_result v3_login(struct v3* v3);

/** Take a step; where etcd requires authentication, log in and take the step
 * again, once. */
enum etcd_result v3_step(struct v3* v3,
	enum etcd_result (*step)(struct v3* v3));

/* --- v3_list.c ----------------------------------------------------------- */

/** Set the size of the first page. */
void v3_list_init(struct v3_list* list);

/** List all keys; see struct etcd_protocol. */
enum etcd_result v3_list(struct v3* v3);

/** Ask etcd for a key. Keeps the reason. @return whether it answered. */
bool v3_ping(struct v3* v3);

/* --- v3_resume.c --------------------------------------------------------- */

/** See whether etcd can be watched from what is known on; see struct
 * etcd_protocol. */
enum etcd_result v3_resume(struct v3* v3);

/* --- v3_watch.c ---------------------------------------------------------- */

/** Set for how long a watch is trusted at first. */
void v3_watch_init(struct v3_watch* watch,
	const struct etcd_settings* settings);

/** Ask to watch from what is known on. */
enum etcd_result v3_watch_begin(struct v3* v3);

/** Let the watch and its probes go on until something ends them. */
enum etcd_result v3_watch_run(struct v3* v3);

/**
 * Let the probe go on: one key, for which etcd must ask its cluster's
 * majority. Etcd may drop the token while it lets a watch go on; this logs in
 * again.
 */
enum etcd_result v3_watch_probe(struct v3* v3);

/** End the watch. A message that was cut off will be told again. */
void v3_watch_end(struct v3* v3);

/** Whether a watch that has ended failed to tell something: it ended within a
 * message, by an error, or soon and before what etcd had. */
bool v3_watch_is_broken(const struct v3* v3);

/**
 * A list is complete. If it was made because the watch had told nothing, and
 * has shown something new, lists take the place of the watch; if it has shown
 * nothing new, the watch is trusted for longer.
 */
void v3_watch_settle_doubt(struct v3* v3);

/* --- v3_follow.c --------------------------------------------------------- */

/** Watch, or list where no watch gets through, until something ends it; see
 * struct etcd_protocol. */
enum etcd_result v3_follow(struct v3* v3);

#endif /* HELIX_ETCD_V3_INTERNAL_H */
