/*
 * etcd/v2_internal.h - what the parts of the v2 protocol share.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * For v2*.c, and for helixctl's requests. Each step has a file, and what it remembers is in a struct:
 *
 *	v2.c		makes the protocol and its directories, and reads
 *			etcd's errors
 *	v2_login.c	sets the header that authenticates
 *	v2_list.c	lists the directories (v2->list)
 *	v2_ask.c	asks for the first of them, as a test
 *	v2_resume.c	detects a wiped or restored etcd (v2->resume)
 *	v2_poll.c	polls one directory (dir->poll)
 *	v2_watch.c	polls them all, with a probe beside (v2->watch)
 */
#ifndef HELIX_ETCD_V2_INTERNAL_H
#define HELIX_ETCD_V2_INTERNAL_H

#include "etcd/probe.h"
#include "etcd/v2_text.h"

/** events in etcd's history; it refuses polls from before them */
#define V2_HISTORY_EVENTS 1000

struct v2;

/** The poll of a directory, which is sent again and again. */
struct v2_poll {
	/** the poll that is under way */
	struct exchange exchange;
	/** the index in the head of the answer, up to which etcd has searched
	 * its history; 0: no head has arrived */
	int64_t looked;
	/** the least index that `looked` may have; with less, the member that
	 * is polled is behind the others */
	int64_t due;
	/** when this poll was sent, and when its head arrived; clock_now */
	int64_t sent, began;
	/** when it was half-closed; clock_now; 0: it was not */
	int64_t half_closed;
	/** polls in a row that had no head in time */
	unsigned kept_back;
	/** whether a poll of this directory has begun since the watch did */
	bool begun;
	/** whether this poll has delivered an event */
	bool told;
	/** whether it had an event before which there may be others that were
	 * not delivered */
	bool unsure;
};

/** A directory that is listed and polled by itself. */
struct v2_dir {
	struct v2* v2;
	/** its key, without a final '/'; owned */
	char* root;
	/** octets of root */
	size_t root_len;
	/** path of its URL, with a final '/'; owned */
	char* path;
	/** the sink was told everything up to this index */
	int64_t index;
	struct v2_poll poll;
};

/** The list. */
struct v2_list {
	/** the directory that is being listed */
	struct v2_dir* dir;
	/** id of the cluster that answers; 0: none has yet */
	uint64_t cluster;
};

/** The comparison with etcd's history. */
struct v2_resume {
	/** etcd's index, as the answer has it; 0: there was no answer */
	int64_t index;
	/** whether the key, or the event, is the one that was seen */
	bool unchanged;
};

/** The watch: the polls of all directories, and the probe. */
struct v2_watch {
	/** whether each directory's poll has begun */
	bool watching;
	/** whether a poll broke inside an event */
	bool broken;
	/** whether it was logged that answers are kept back */
	bool told_kept_back;
	/** beside the polls; shows that etcd has a quorum */
	struct probe probe;
	/** etcd's index in the answer to the last probe, and to the one
	 * before */
	int64_t probed, probed_before;
};

/** The protocol's state. */
struct v2 {
	/** what to work with */
	struct etcd_link* link;
	/** the prefix, and then the hidden directories; owned */
	struct v2_dir* dirs;
	/** number of them */
	size_t dir_count;
	/** path of the URL of a key that does not exist; owned */
	char* probe_path;
	/** the request for a list, or about history */
	struct exchange exchange;
	/* the steps */
	struct v2_list list;
	struct v2_resume resume;
	struct v2_watch watch;
};

/* --- v2.c ---------------------------------------------------------------- */

/** Whether a refusal says that there is no such key, or that a key above it has
 * a value and is no directory. */
bool v2_is_absent(const struct call* call);

/**
 * A reader's function: says what an answer with another status than 200 means.
 * @param arg: the struct v2.
 */
enum etcd_result v2_call_refused(void* arg, const struct call* call);

/** Whether the cluster that was listed is the one that answers. */
bool v2_head_is_known(const struct v2* v2, const struct call* call);

/** Whether a key is a directory, or below it. */
bool v2_key_is_within(const char* key, const char* dir, size_t dir_len);

/** Whether a key is a directory's own: below its root, and not hidden there.
 * etcd may tell a poll of hidden keys, if it begins in etcd's history. */
bool v2_dir_owns(const struct v2_dir* dir, const char* key);

/** The sink was told all that happened in a directory up to an index. */
void v2_dir_advance(struct v2_dir* dir, int64_t index);

/* --- v2_login.c ---------------------------------------------------------- */

/** Have all further calls authenticate (RFC 7617), if a user is configured.
 * Reads the password again. */
enum etcd_result v2_login(struct v2* v2);

/* --- v2_list.c ----------------------------------------------------------- */

/** List all directories; see struct etcd_protocol. Logs in. */
enum etcd_result v2_list(struct v2* v2);

/* --- v2_ask.c ------------------------------------------------------------ */

/** Ask for the directory of all keys; see struct etcd_protocol. */
enum etcd_result v2_ask(struct v2* v2);

/* --- v2_resume.c --------------------------------------------------------- */

/** Find out whether polls can go on from the index that is known; see struct
 * etcd_protocol. Logs in. */
enum etcd_result v2_resume(struct v2* v2);

/** Ask for a key that does not exist, to see whether etcd answers, and is not
 * behind. Sets v2->resume.index. */
enum etcd_result v2_ping(struct v2* v2);

/* --- v2_poll.c ----------------------------------------------------------- */

/** Send a directory's first poll of a watch. */
enum etcd_result v2_poll_begin(struct v2_dir* dir);

/** Let a poll go on, and send the next one when it has ended. */
enum etcd_result v2_poll_step(struct v2_dir* dir);

/**
 * A probe was answered. Check that the member that is polled is not behind
 * etcd's quorum; and if etcd's index has advanced since the poll's head, have
 * etcd end the poll, so that the next one has a newer head.
 */
enum etcd_result v2_poll_refresh(struct v2_dir* dir);

/* --- v2_watch.c ---------------------------------------------------------- */

/** Poll all directories until something ends that; see struct
 * etcd_protocol. */
enum etcd_result v2_watch(struct v2* v2);

#endif /* HELIX_ETCD_V2_INTERNAL_H */
