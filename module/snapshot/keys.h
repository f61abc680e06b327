/*
 * snapshot/keys.h - keys and values, in order.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * A set of keys with their values and revisions, sorted by key. To replace it
 * by a list of all keys: keys_mark(), put each, keys_sweep(), which removes
 * those that were not put. For one thread.
 */
#ifndef HELIX_SNAPSHOT_KEYS_H
#define HELIX_SNAPSHOT_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A key and its value. */
struct key_value {
	/** free for use by the owner while it is in no set */
	struct key_value* next;
	/** the revision that put it */
	int64_t revision;
	/** free for use by the owner while it is in no set; in a set, number
	 * of the list when it was put */
	unsigned mark;
	/** octets of the key, and of the value */
	uint32_t key_len, value_len;
	/** the key, and then the value */
	char data[];
};

/** A set; all zero at first. */
struct keys {
	/** the key_values: a tree of tsearch(3) */
	void* tree;
	/** number of keys */
	size_t count;
	/** octets of all keys and values */
	uint64_t octets;
	/** number of the last list */
	unsigned list;
};

/** Make a key and value, of any octets, to be freed by free(3).
 * @return NULL if memory ran out. */
struct key_value* key_value_create(const char* key, size_t key_len,
	const char* value, size_t value_len, int64_t revision);

/** Remove and free all. */
void keys_clear(struct keys* keys);

/**
 * Put a key, which may be there already.
 * @param put: is the set's then.
 * @return false if memory ran out; put is freed then.
 */
bool keys_put(struct keys* keys, struct key_value* put);

/** Remove a key, if it is there.
 * @param key: only key_len and the key in data matter. */
void keys_remove(struct keys* keys, const struct key_value* key);

/**
 * Remove the keys below a directory but those that are hidden in it, as
 * etcd_sink's remove_below has it. Looks at those that are below it only.
 * @param dir: as the key; without a final '/'.
 * @return false if memory ran out; some of those that are hidden may be lost.
 */
bool keys_remove_below(struct keys* keys, const struct key_value* dir);

/** A list of all keys begins. */
void keys_mark(struct keys* keys);

/** A list of all keys is complete: remove those that were not put since it
 * began. @return false if memory ran out, and nothing is removed. */
bool keys_sweep(struct keys* keys);

/**
 * Visit all keys, in the order of their octets.
 * @param visit: returns false to stop.
 * @return false if it stopped.
 */
bool keys_walk(const struct keys* keys,
	bool (*visit)(void* arg, const struct key_value* key), void* arg);

#endif /* HELIX_SNAPSHOT_KEYS_H */
