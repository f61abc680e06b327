/*
 * bad_keys.h - the keys that are not served, or are and look wrong.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Remembers which keys the feed has warned of, so that it does so once for each
 * put; counts them; and lists the bad ones, with why they are bad.
 *
 * Each key is remembered, as it has to be known when it is mended; whoever writes
 * into etcd decides how many there are. Reasons are kept for
 * BAD_KEYS_REASONS_MAX keys at most. When such a key is mended, the next key
 * that becomes bad gets its room.
 *
 * bad_keys_walk is for any thread, and the counts can be read by any; all other
 * functions are for the feed's. A walk holds up the feed's thread if that has to
 * change what is being walked through.
 */
#ifndef HELIX_BAD_KEYS_H
#define HELIX_BAD_KEYS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** most reasons that are kept */
#define BAD_KEYS_REASONS_MAX 1000

struct bad_key;

/** The keys. */
struct bad_keys {
	/** held while lists are changed, or read by others */
	pthread_mutex_t lock;
	/** a tree of tsearch(3); for the feed's thread only */
	void* tree;
	/** number of keys in it; for the feed's thread only */
	size_t count;
	/** number of those that are not served */
	_Atomic size_t bad;
	/** number of those that are, and look wrong */
	_Atomic size_t suspicious;
	/** lists of the bad keys: those without a reason, and those with one;
	 * the last that came is the first */
	struct bad_key* list[2];
	/** number of reasons that are kept */
	size_t reasons;
};

/** Begin, without any key. */
void bad_keys_init(struct bad_keys* keys);

/** Forget all keys, and end. */
void bad_keys_free(struct bad_keys* keys);

/**
 * Note that a key is bad, or looks wrong.
 * @param revision: that of its put.
 * @param list: number of the list that has it, or after which it was put.
 * @param reason: why it is bad; copied. NULL: it is served.
 * @param is_new: set to false if this put was noted before.
 * @return false if memory ran out.
 */
bool bad_keys_note(struct bad_keys* keys, const char* key, size_t len,
	int64_t revision, unsigned list, const char* reason, bool* is_new);

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

/** Called for a bad key. @param reason: NULL: it was not kept. @return false to
 * end the walk. */
typedef bool bad_key_seen(void* arg, const char* key, size_t len,
	int64_t revision, const char* reason);

/**
 * Call a function for bad keys, those first whose reasons are kept. It has to be
 * short, and must not call the functions of this unit.
 * @param most: call it no more than so many times.
 * @return false if seen did.
 */
bool bad_keys_walk(struct bad_keys* keys, size_t most, bad_key_seen* seen,
	void* arg);

#endif /* HELIX_BAD_KEYS_H */
