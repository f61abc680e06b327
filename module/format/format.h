/*
 * format/format.h - how keys and values of etcd become records.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * A format knows a syntax of keys and values. The feed tells it which keys are
 * put and removed; the format makes contributions of them (dns/contribution.h),
 * and calls store_put and store_remove. One key may give several contributions;
 * a format may keep in its state what it needs to find these when the key is
 * removed.
 *
 * A path is a key without the source's prefix and the '/' after it: any octets,
 * not NUL-terminated.
 *
 * key_write is for any thread; all other functions are for the one that writes
 * the store.
 */
#ifndef HELIX_FORMAT_FORMAT_H
#define HELIX_FORMAT_FORMAT_H

#include "base/reason.h"
#include "dns/store.h"

/** What became of a key. */
enum format_result {
	/** its records are served */
	FORMAT_SERVED,
	/** it gives no records, because the key or its value is bad */
	FORMAT_BAD,
	/** its owners are in none of the zones */
	FORMAT_OUTSIDE,
	/** memory ran out */
	FORMAT_NO_MEMORY
};

/** What the feed gives to a format. */
struct format_target {
	/** where contributions go */
	struct store* store;
	/** passed to the functions */
	void* arg;
	/** Whether a name is in one of the zones. */
	bool (*has_zone)(void* arg, const struct name* owner);
	/**
	 * Ask whether a contribution may be put or removed; to be called
	 * before store_put and store_remove.
	 * @param reason: set if FORMAT_BAD is returned: why this type cannot
	 *	be at this owner; a constant sentence.
	 * @return FORMAT_SERVED if it may.
	 */
	enum format_result (*admit)(void* arg,
		const struct contribution* contribution, const char** reason);
};

/** A format. */
struct format {
	/** its name in the configuration */
	const char* name;

	/**
	 * Make the state for one source, which close deletes.
	 * @param target: copied.
	 * @return NULL if memory ran out.
	 */
	void* (*open)(const struct format_target* target);

	/** Delete the state; NULL is ignored. */
	void (*close)(void* state);

	/**
	 * A key was put.
	 * @param reason: why it is bad, or what looks wrong although it is
	 *	served, or "".
	 */
	enum format_result (*put)(void* state, const char* path, size_t len,
		const char* value, size_t value_len, struct reason* reason);

	/** A key was removed. @return false if memory ran out. */
	bool (*remove)(void* state, const char* path, size_t len);

	/**
	 * All keys below a directory were removed, as etcd's v2 API removes
	 * directories: except hidden keys, which have a segment after the
	 * directory that begins with '_'. Nothing may be pending in the store.
	 * @param dir: a path without a '/' at the end; empty for all keys.
	 * @return false if memory ran out.
	 */
	bool (*remove_below)(void* state, const char* dir, size_t len);

	/**
	 * Write the path of the key that gives a contribution.
	 * @param path: the result; not NUL-terminated.
	 * @param size: room in path; a longer path is cut.
	 * @return octets written.
	 */
	size_t (*key_write)(void* state,
		const struct contribution* contribution, char* path,
		size_t size);

	/**
	 * Guess which key was meant by a key that is outside the zones.
	 * @param meant: the path of the key that was meant; not
	 *	NUL-terminated.
	 * @param size: room in meant; a longer path is cut.
	 * @return octets written; 0 if there is no guess.
	 */
	size_t (*key_meant)(void* state, const char* path, size_t len,
		char* meant, size_t size);
};

#endif /* HELIX_FORMAT_FORMAT_H */
