/*
 * snapshot/file.h - keys and values in a file.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Writes keys and values, and which etcd they are of, to a file, and reads
 * them. FILE.new is written, synchronized and renamed to FILE, so that FILE is
 * always whole, whatever ends the process. A file whose length or checksum is
 * wrong is refused as a whole. No state; any thread.
 *
 * The file, with all numbers big-endian:
 *
 *	octets
 *	8	"helix\r\n" and the version, 1
 *	4	etcd's API: 2 or 3
 *	4	octets of the prefix
 *	8	id of the cluster
 *	8	revision
 *	8	number of keys
 *	8	octets of all keys and values
 *		the prefix
 *		for each key:
 *	4, 4, 8		octets of the key, octets of the value, revision
 *			the key, the value
 *	8	hash of all the above: XXH3, 64 bits, seed 0
 *	8	when etcd confirmed it last, in milliseconds since 1970 (UTC)
 *	8	hash of the two numbers before
 *
 * While no key changes, only the last two are written, in place. If their hash
 * is wrong, the keys are valid and the time of the confirmation is unknown.
 */
#ifndef HELIX_SNAPSHOT_FILE_H
#define HELIX_SNAPSHOT_FILE_H

#include "base/reason.h"
#include "etcd/settings.h"
#include "snapshot/keys.h"

/** Which etcd a file is of, and its state at what revision. */
struct snapshot_file_origin {
	/** which of etcd's APIs */
	enum etcd_api api;
	/** what all keys begin with; no final '/' */
	const char* prefix;
	/** id of the cluster, not 0 */
	uint64_t cluster;
	/** revision up to which everything is there, above 0 */
	int64_t revision;
	/** when etcd confirmed it last, in milliseconds since 1970; 0: that is
	 * not known */
	int64_t confirmed;
};

/** A file that was written. */
struct snapshot_file {
	/** descriptor of it; -1: none was written */
	int fd;
	/** hash of its keys, and of all before */
	uint64_t hash;
	/** octets before that hash's */
	int64_t size;
};

/**
 * Write a file.
 * @param file: the result; the one that was written before is closed, if this
 *	succeeds. To be closed by snapshot_file_close.
 * @param path: is replaced when all is written.
 * @param go_on: asked every few MiB; false cancels.
 * @param arg: for go_on.
 * @param reason: what is wrong, if false is
 *	returned; what was at the path is there as before then.
 */
bool snapshot_file_write(struct snapshot_file* file, const char* path,
	const struct snapshot_file_origin* origin, const struct keys* keys,
	bool (*go_on)(void* arg), void* arg, struct reason* reason);

/**
 * Write when etcd confirmed the keys in the file; no-op if none was written.
 * @param confirmed: milliseconds since 1970.
 * @return false if that cannot be written.
 */
bool snapshot_file_confirm(const struct snapshot_file* file,
	int64_t confirmed);

/** Octets of a file that was written. */
uint64_t snapshot_file_octets(const struct snapshot_file* file);

/** Close a file; fd is -1 then, or was before. */
void snapshot_file_close(struct snapshot_file* file);

/**
 * Read a whole file.
 * @param len: octets of the result.
 * @return to be freed; NULL if it cannot be read: errno says why.
 */
unsigned char* snapshot_file_read(const char* path, size_t* len);

/**
 * Check a file that was read, and tell its keys.
 * @param data, len: the file's octets; data is aligned as by malloc(3).
 * @param origin: the API and the prefix that it is to be of; the rest is the
 *	result.
 * @param put: told each key, if all of the file is sound, and none otherwise;
 *	NULL: none is told. Returns false to be told no more.
 * @param arg: for put.
 * @param reason: what is wrong, if false is
 *	returned: "it is ...".
 */
bool snapshot_file_parse(const unsigned char* data, size_t len,
	struct snapshot_file_origin* origin, bool (*put)(void* arg,
	const char* key, size_t key_len, const char* value, size_t value_len,
	int64_t revision), void* arg, struct reason* reason);

#endif /* HELIX_SNAPSHOT_FILE_H */
