/*
 * etcd/replica.h - keeps a sink in step with etcd.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * A thread that lists the keys once and watches them from then on. When it
 * loses etcd, it tries the next endpoint, at once at first and then after
 * longer and longer pauses. There it resumes the watch if etcd's history allows
 * that, and else lists again. It never gives up, and it removes a key from the
 * sink only if etcd says that the key is gone.
 *
 * It logs one line for each change of state. An outage that lasts is logged
 * again after 1, 5 and 30 minutes, and then every hour.
 */
#ifndef HELIX_ETCD_REPLICA_H
#define HELIX_ETCD_REPLICA_H

#include "etcd/protocol.h"

struct replica;

/**
 * Start to follow etcd.
 * @param settings: outlives the replica.
 * @param protocol: how to talk to etcd.
 * @param sink: its functions are called in the replica's thread; outlives the
 *	replica.
 * @param past: what the sink knows already; copied.
 * @return NULL if memory ran out or no thread could be started; an error is
 *	logged.
 */
struct replica* replica_start(const struct etcd_settings* settings,
	const struct etcd_protocol* protocol, const struct etcd_sink* sink,
	const struct etcd_past* past);

/**
 * Stop and delete the replica. Takes a few milliseconds, whatever etcd does.
 * After that the sink is not called any more. NULL is ignored.
 */
void replica_stop(struct replica* replica);

/**
 * Wait until the keys have been listed for the first time; or, if there is a
 * copy from before, until no endpoint could be followed. Any thread but the
 * replica's.
 * @param timeout: milliseconds, at most.
 * @return whether there is a copy to answer from.
 */
bool replica_wait(struct replica* replica, unsigned timeout);

/**
 * Whether etcd has not confirmed the copy for longer than max-stale allows. No
 * query may be answered from it then. Any thread; never waits.
 */
bool replica_is_stale(const struct replica* replica);

/**
 * True while etcd has not confirmed the copy for two heartbeats: it may be out
 * of date. Any thread; reading it never waits.
 * @return valid until replica_stop.
 */
const _Atomic bool* replica_away(const struct replica* replica);

/** The state of a replica, and what it has counted since replica_start. */
struct replica_stats {
	/** whether changes are seen as they come, by a watch or by lists */
	bool following;
	/** number of the endpoint that is followed, or was tried last */
	size_t endpoint;
	/** whether there is a copy to answer from */
	bool has_copy;
	/** whether there is, and replica_is_stale is true of it */
	bool stale;
	/** how long etcd may not confirm the copy before it is stale,
	 * milliseconds; 0: for ever */
	unsigned max_stale;
	/** revision up to which everything is known; 0: nothing is */
	int64_t revision;
	/** how long ago etcd last confirmed that the copy is complete,
	 * milliseconds; -1: that is unknown, or it never did */
	int64_t confirmed_age;
	/** lists that etcd has answered, at least in part, by why */
	uint64_t lists[ETCD_LIST_REASONS];
	/** watches that have ended, by why */
	uint64_t losses[ETCD_LOSS_REASONS];
	/** why the last attempt to follow an endpoint failed, without a full
	 * stop; "" while following */
	struct reason failure;
};

/** Read the state and the counts. Any thread; no lock that is held for long. */
struct replica_stats replica_stats(struct replica* replica);

/** A word for each reason, such as "compacted". */
const char* replica_list_reason(enum etcd_list_reason reason);
const char* replica_loss_reason(enum etcd_loss_reason reason);

/** octets of the text of replica_describe, NUL included */
#define REPLICA_TEXT_MAX 512

/**
 * Describe the state for a log line, such as "following etcd
 * http://127.0.0.1:2379". Any thread.
 * @param text: room for REPLICA_TEXT_MAX octets.
 * @return text.
 */
char* replica_describe(struct replica* replica, char* text);

#endif /* HELIX_ETCD_REPLICA_H */
