/*
 * etcd/replica.h - keeps a sink in step with etcd.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * One thread that lists the keys once and watches them from then on; when it
 * loses etcd it goes to the next endpoint, at once at first and then ever
 * more slowly, and takes up where it was, by watching if etcd's history
 * allows it and else by listing again. It never gives up, and it never takes
 * anything from the sink but what etcd says is gone.
 *
 * It logs one line for each change of state; an outage that goes on is said
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
 * Stop, and delete the replica. Takes a few milliseconds, whatever etcd does;
 * the sink is not called any more. NULL is ignored.
 */
void replica_stop(struct replica* replica);

/**
 * Wait until the keys have been listed for the first time; or, where there is
 * a copy from before, no endpoint could be followed. Any thread but the
 * replica's.
 * @param timeout: milliseconds, at most.
 * @return whether there is a copy to answer from.
 */
bool replica_wait(struct replica* replica, unsigned timeout);

/**
 * Whether etcd has not confirmed the copy for longer than max-stale allows: it
 * must not be answered from. Any thread; never waits.
 */
bool replica_is_stale(const struct replica* replica);

/**
 * True while etcd has not confirmed the copy for two heartbeats: it may be out
 * of date. Any thread; reading it never waits.
 * @return valid until replica_stop.
 */
const _Atomic bool* replica_away(const struct replica* replica);

/** Room for the text of replica_describe. */
#define REPLICA_TEXT_MAX 512

/**
 * Say in a few words how things stand, for a log line: "following etcd
 * http://127.0.0.1:2379". Any thread.
 * @param text: room for REPLICA_TEXT_MAX octets.
 * @return text.
 */
char* replica_describe(struct replica* replica, char* text);

#endif /* HELIX_ETCD_REPLICA_H */
