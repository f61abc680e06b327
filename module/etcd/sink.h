/*
 * etcd/sink.h - receives the keys of etcd.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * A struct of functions that a replica (etcd/replica.h) calls for what happens
 * to the keys, and what such a sink knows from before. Nothing in this folder
 * knows what the keys mean. All functions run in the replica's thread.
 */
#ifndef HELIX_ETCD_SINK_H
#define HELIX_ETCD_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Is told what happens to the keys. Functions that return bool return false
 * if they could not do it; the keys are then listed again.
 */
struct etcd_sink {
	/** passed to the functions */
	void* arg;
	/** A key has a value. Key and value are any octets, and the callee's
	 * only during the call. Within a watch, a key's revisions never go
	 * down. */
	bool (*put)(void* arg, const char* key, size_t key_len,
		const char* value, size_t value_len, int64_t revision);
	/** A key is gone. */
	bool (*remove)(void* arg, const char* key, size_t key_len,
		int64_t revision);
	/** All keys below a directory are gone, those that begin with it and a
	 * '/'; but not those that are hidden in it, with a segment behind it
	 * that begins with '_'. What was told before is committed first. */
	bool (*remove_below)(void* arg, const char* dir, size_t len,
		int64_t revision);
	/** All events of each revision that was told of are complete, or a
	 * list goes on. */
	bool (*commit)(void* arg);
	/** The events since the last commit may be incomplete, and will be
	 * told again. */
	void (*rollback)(void* arg);
	/** All keys will be told, by puts. */
	void (*list_begin)(void* arg);
	/** All keys have been told, as of this revision of this cluster; what
	 * was not told is gone. */
	bool (*list_end)(void* arg, uint64_t cluster, int64_t revision);
	/** etcd is there, and has nothing newer than what was told or is
	 * being told; NULL: that does not matter */
	void (*confirm)(void* arg);
};

/** What is known of etcd from before, without asking it. */
struct etcd_past {
	/** id of the cluster; 0: nothing is known */
	uint64_t cluster;
	/** the revision up to which everything is known */
	int64_t revision;
	/** how long ago etcd confirmed it, in milliseconds */
	int64_t age;
};

#endif /* HELIX_ETCD_SINK_H */
