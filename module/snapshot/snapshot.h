/*
 * snapshot/snapshot.h - keeps the last known copy on disk.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Stands between what follows etcd and the sink that is told: passes
 * everything on at once, keeps all keys and values in memory of its own, and
 * has a thread that writes them to a file (snapshot_file.h) some seconds after
 * they have changed, so that a start without etcd has something to begin
 * with. Every key is kept, whatever it is good for. That takes about 120
 * octets of memory a key, beside the key and the value.
 *
 * What cannot be written is tried again; nothing of it concerns the next sink.
 * The file is one of a time when all was told of a revision, never of the
 * midst of a list or a transaction.
 *
 * The functions are for one thread; those of the sink for the replica's.
 */
#ifndef HELIX_SNAPSHOT_SNAPSHOT_H
#define HELIX_SNAPSHOT_SNAPSHOT_H

#include "etcd/etcd.h"

struct snapshot;

/**
 * Make one, and its thread, which writes nothing yet.
 * @param path: the file; copied.
 * @param settings: the prefix and the API; copied.
 * @param next: the sink that all is passed on to; outlives it.
 * @return NULL if memory ran out or no thread could be started; an error is
 *	logged.
 */
struct snapshot* snapshot_create(const char* path,
	const struct etcd_settings* settings, const struct etcd_sink* next);

/** The sink that is to be told; valid until snapshot_delete. */
const struct etcd_sink* snapshot_sink(const struct snapshot* snapshot);

/**
 * Read a file and tell a sink what it holds, as a list, if all of it is sound;
 * log how that went.
 * @param path: the file.
 * @param settings: the prefix and the API that it must be of.
 * @param past: the result; cluster is 0 if nothing was told. The age goes by
 *	the clock that people set (CLOCK_REALTIME); where it cannot be told, it
 *	is many years.
 */
void snapshot_load(const char* path, const struct etcd_settings* settings,
	const struct etcd_sink* sink, struct etcd_past* past);

/** Begin to write: from now on, the file is this one's. */
void snapshot_begin(struct snapshot* snapshot);

/**
 * Delete, when nobody tells the sink any more; what has changed is written
 * first, unless that takes longer than half a second. Where the disk hangs,
 * the thread is left to itself, and frees all when it gets on. NULL is ignored.
 */
void snapshot_delete(struct snapshot* snapshot);

#endif /* HELIX_SNAPSHOT_SNAPSHOT_H */
