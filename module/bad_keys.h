/*
 * bad_keys.h - the keys that are not served, or are and look wrong.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Remembers which keys the feed has warned of, so that it does so once for each
 * put, and counts the bad ones. All functions are for the feed's thread; `bad`
 * can be read by any.
 */
#ifndef HELIX_BAD_KEYS_H
#define HELIX_BAD_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The keys; all zero if there is none. */
struct bad_keys {
	/** a tree of tsearch(3) */
	void* tree;
	/** number of keys in it */
	size_t count;
	/** number of those that are not served */
	_Atomic size_t bad;
};

/** Forget all keys. */
void bad_keys_free(struct bad_keys* keys);

/**
 * Note that a key is bad, or looks wrong.
 * @param revision: that of its put.
 * @param list: number of the list that has it, or after which it was put.
 * @param served: false: it is bad.
 * @param is_new: set to false if this put was noted before.
 * @return false if memory ran out.
 */
bool bad_keys_note(struct bad_keys* keys, const char* key, size_t len,
	int64_t revision, unsigned list, bool served, bool* is_new);

/** Forget a key, if it was noted. @return false if memory ran out. */
bool bad_keys_clear(struct bad_keys* keys, const char* key, size_t len);

/**
 * Forget the keys below a directory, but not those that are hidden there, as
 * struct format has it.
 * @param dir: with its '/' at the end.
 * @return false if memory ran out.
 */
bool bad_keys_clear_below(struct bad_keys* keys, const char* dir, size_t len);

/** Forget the keys that were not noted in or after a list. @return false if
 * memory ran out. */
bool bad_keys_clear_unlisted(struct bad_keys* keys, unsigned list);

#endif /* HELIX_BAD_KEYS_H */
