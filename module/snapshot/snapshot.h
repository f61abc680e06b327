/*
 * snapshot/snapshot.h - the last known keys, in a file.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * A sink (etcd/sink.h) between the replica and the next sink, to which it
 * passes on each call at once. It keeps a copy of all keys and values, valid or
 * not, about 120 octets of memory a key beside them. A thread of its own
 * writes that copy to a file (snapshot/file.h) some seconds after a change, so
 * that Unbound can answer after a start without etcd.
 *
 * The file always holds the state at one revision, never half a list or half a
 * transaction. A failed write is retried, and does not affect the next sink.
 *
 *	replica's thread		snapshot's thread
 *	sink -> pending -- commit -->	waiting -> keys -> file
 *
 * The functions are for one thread, except snapshot_stats; those of the sink for
 * the replica's.
 */
#ifndef HELIX_SNAPSHOT_SNAPSHOT_H
#define HELIX_SNAPSHOT_SNAPSHOT_H

#include "etcd/settings.h"
#include "etcd/sink.h"

struct snapshot;

/** What is known of the file. */
struct snapshot_stats {
	/** whether there is to be a file; all else is 0 if not */
	bool enabled;
	/** how long ago etcd confirmed what is in the file, milliseconds, by
	 * CLOCK_REALTIME; -1: this process has not written one. While etcd is
	 * there this is a few seconds, whether keys change or not */
	int64_t age;
	/** octets of the file; 0: none was written */
	uint64_t octets;
	/** how often all keys were written */
	uint64_t writes;
	/** how often that failed, or a copy that was to be written was lost:
	 * memory ran out, or the disk was too slow */
	uint64_t failures;
	/** whether the last attempt failed, or the copy is lost until the next
	 * list */
	bool failing;
};

/**
 * Create a snapshot and start its thread, which writes nothing before
 * snapshot_begin.
 * @param path: the file; copied.
 * @param settings: the prefix and the API; copied.
 * @param next: the sink to pass on to; outlives the snapshot.
 * @return NULL if memory ran out or no thread could be started; an error is
 *	logged.
 */
struct snapshot* snapshot_create(const char* path,
	const struct etcd_settings* settings, const struct etcd_sink* next);

/** The sink for the replica; valid until snapshot_delete. */
const struct etcd_sink* snapshot_sink(const struct snapshot* snapshot);

/**
 * Read a file and, if all of it is valid, tell a sink its keys as a list. Logs
 * the result.
 * @param path: the file.
 * @param settings: the prefix and the API that it must be of.
 * @param past: the result; cluster is 0 if nothing was told. The age is by
 *	CLOCK_REALTIME; one that is unknown is many years.
 */
void snapshot_load(const char* path, const struct etcd_settings* settings,
	const struct etcd_sink* sink, struct etcd_past* past);

/** Allow the thread to write the file; before, another snapshot may own it. */
void snapshot_begin(struct snapshot* snapshot);

/** What is known of the file; NULL: there is none. Any thread; never waits. */
struct snapshot_stats snapshot_stats(const struct snapshot* snapshot);

/**
 * Write what has changed, for half a second at most, and delete the snapshot;
 * nobody may call the sink any more. If the disk hangs, the thread is detached
 * after a second and frees everything when the disk responds. NULL is
 * ignored.
 */
void snapshot_delete(struct snapshot* snapshot);

#endif /* HELIX_SNAPSHOT_SNAPSHOT_H */
