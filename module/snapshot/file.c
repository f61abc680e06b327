/*
 * snapshot/file.c - keys and values in a file.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "snapshot/file.h"
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

/** what a file begins with; a transfer in text mode would change it */
static const char magic[8] = "helix\r\n\1";

/** Numbers at the beginning, big-endian. */
struct head {
	/** magic */
	char magic[8];
	/** etcd's API: 2 or 3 */
	uint32_t api;
	/** octets of the prefix */
	uint32_t prefix_len;
	/** id of the cluster */
	uint64_t cluster;
	/** revision up to which everything is there */
	uint64_t revision;
	/** number of keys */
	uint64_t count;
	/** octets of all keys and values */
	uint64_t octets;
};

/** Numbers before each key, big-endian. */
struct entry {
	/** octets of the key, and of the value */
	uint32_t key_len, value_len;
	/** the revision that put it */
	uint64_t revision;
};

/** Numbers at the end, big-endian. */
struct tail {
	/** hash of all before */
	uint64_t hash;
	/** when etcd confirmed it last; milliseconds since 1970 */
	uint64_t confirmed;
	/** hash of the two */
	uint64_t confirmed_hash;
};

/** octets that are written before they are synchronized, so that the last
 * synchronization is short, and go_on is asked */
#define PART_OCTETS (8 << 20)

/* --- write --------------------------------------------------------------- */

/** A file being written. */
struct writer {
	/** the file */
	FILE* out;
	/** hash of what was written */
	XXH3_state_t* hash;
	/** octets written, and of those, synchronized */
	uint64_t size, synced;
	/** asked now and then whether to go on */
	bool (*go_on)(void* arg);
	/** for go_on */
	void* arg;
};

static bool
write_octets(struct writer* writer, const void* data, size_t len)
{
	if(len == 0)
		return true;
	XXH3_64bits_update(writer->hash, data, len);
	writer->size += len;
	return fwrite(data, len, 1, writer->out) == 1;
}

/** After each part, synchronize it and ask whether to go on.
 * @return false, with errno, if not. */
static bool
write_part_end(struct writer* writer)
{
	if(writer->size - writer->synced < PART_OCTETS)
		return true;
	writer->synced = writer->size;
	if(!writer->go_on(writer->arg)) {
		errno = ECANCELED;
		return false;
	}
	return fflush(writer->out) == 0 &&
		fdatasync(fileno(writer->out)) == 0;
}

static bool
write_key(void* arg, const struct key_value* key)
{
	struct writer* writer = arg;
	const struct entry entry = { htobe32(key->key_len),
		htobe32(key->value_len), htobe64((uint64_t)key->revision) };
	return write_part_end(writer) &&
		write_octets(writer, &entry, sizeof(entry)) &&
		write_octets(writer, key->data,
			(size_t)key->key_len + key->value_len);
}

/** The numbers at the end of a file. */
static struct tail
tail_of(uint64_t hash, int64_t confirmed)
{
	struct tail tail = { htobe64(hash), htobe64((uint64_t)confirmed), 0 };
	tail.confirmed_hash = htobe64(XXH3_64bits(&tail,
		offsetof(struct tail, confirmed_hash)));
	return tail;
}

/** Write all of a file. @return false, with errno, if that fails. */
static bool
write_all(struct writer* writer, const struct snapshot_file_origin* origin,
	const struct keys* keys, struct snapshot_file* file)
{
	const size_t prefix_len = strlen(origin->prefix);
	struct tail tail;
	struct head head = { .api = htobe32(origin->api == ETCD_V2 ? 2 : 3),
		.prefix_len = htobe32((uint32_t)prefix_len),
		.cluster = htobe64(origin->cluster),
		.revision = htobe64((uint64_t)origin->revision),
		.count = htobe64(keys->count),
		.octets = htobe64(keys->octets) };
	memcpy(head.magic, magic, sizeof(magic));
	if(!write_octets(writer, &head, sizeof(head)) ||
		!write_octets(writer, origin->prefix, prefix_len) ||
		!keys_walk(keys, write_key, writer))
		return false;
	file->hash = XXH3_64bits_digest(writer->hash);
	file->size = (int64_t)writer->size;
	tail = tail_of(file->hash, origin->confirmed);
	return write_octets(writer, &tail, sizeof(tail)) &&
		fflush(writer->out) == 0 && fsync(fileno(writer->out)) == 0;
}

/**
 * Open and lock the temporary file, which a process that was killed may have
 * left.
 * @return -1, with errno, if that fails.
 */
static int
temporary_open(const char* path)
{
	struct stat opened, there;
	int fd, error;
	for(;;) {
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
			0600);
		if(fd == -1)
			return -1;
		if(flock(fd, LOCK_EX | LOCK_NB) == -1 ||
			fstat(fd, &opened) == -1)
			break;
		/* another process may have renamed it before the lock */
		if(stat(path, &there) == 0 && opened.st_ino == there.st_ino &&
			opened.st_dev == there.st_dev)
			return fd;
		close(fd);
	}
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

/** Synchronize the folder of a file, after a rename, if it can be opened. If
 * not, a crash may leave the file before, which is whole as well. */
static void
directory_sync(const char* path)
{
	char* copy = strdup(path);
	int fd = copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY |
		O_CLOEXEC) : -1;
	if(fd != -1) {
		(void)fsync(fd);
		close(fd);
	}
	free(copy);
}

/** Write the temporary file and rename it. */
static bool
write_and_rename(struct writer* writer,
	const struct snapshot_file_origin* origin,
	const struct keys* keys, struct snapshot_file* file,
	const char* temporary, const char* path)
{
	if(ftruncate(fileno(writer->out), 0) == -1 ||
		XXH3_64bits_reset(writer->hash) != XXH_OK ||
		!write_all(writer, origin, keys, file) ||
		rename(temporary, path) == -1)
		return false;
	directory_sync(path);
	return true;
}

bool
snapshot_file_write(struct snapshot_file* file, const char* path,
	const struct snapshot_file_origin* origin, const struct keys* keys,
	bool (*go_on)(void* arg), void* arg, struct reason* reason)
{
	struct writer writer = { .go_on = go_on, .arg = arg };
	struct snapshot_file made = { .fd = -1 };
	char* temporary;
	int fd = -1;
	bool ok = false;
	errno = ENOMEM;
	if(asprintf(&temporary, "%s.new", path) < 0)
		temporary = NULL;
	writer.hash = XXH3_createState();
	if(temporary && writer.hash)
		fd = temporary_open(temporary);
	if(fd != -1)
		writer.out = fdopen(fd, "w");
	if(writer.out) {
		ok = write_and_rename(&writer, origin, keys, &made, temporary,
			path);
		made.fd = ok ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;
	}
	if(!ok)
		reason_say(reason, "%s", errno == EWOULDBLOCK ?
			"another process writes it" : strerror(errno));
	if(!ok && fd != -1)
		unlink(temporary);
	if(writer.out)
		fclose(writer.out);
	else if(fd != -1)
		close(fd);
	XXH3_freeState(writer.hash);
	free(temporary);
	if(ok) {
		snapshot_file_close(file);
		*file = made;
	}
	return ok;
}

bool
snapshot_file_confirm(const struct snapshot_file* file, int64_t confirmed)
{
	const struct tail tail = tail_of(file->hash, confirmed);
	return file->fd == -1 || pwrite(file->fd, &tail, sizeof(tail),
		(off_t)file->size) == (ssize_t)sizeof(tail);
}

uint64_t
snapshot_file_octets(const struct snapshot_file* file)
{
	return (uint64_t)file->size + sizeof(struct tail);
}

void
snapshot_file_close(struct snapshot_file* file)
{
	if(file->fd != -1)
		close(file->fd);
	file->fd = -1;
}

/* --- read ---------------------------------------------------------------- */

unsigned char*
snapshot_file_read(const char* path, size_t* len)
{
	struct stat status;
	unsigned char* data = NULL;
	FILE* in = fopen(path, "rbe");
	int error;
	if(!in)
		return NULL;
	if(fstat(fileno(in), &status) == 0) {
		*len = (size_t)status.st_size;
		data = S_ISREG(status.st_mode) ? malloc(*len + 1) : NULL;
		errno = S_ISREG(status.st_mode) ? errno : EINVAL;
	}
	if(data)
		*len = fread(data, 1, *len, in);
	if(data && ferror(in)) {
		free(data);
		data = NULL;
	}
	error = errno;
	fclose(in);
	errno = error;
	return data;
}

/** A file's parts. */
struct parts {
	/** its beginning, in the machine's byte order */
	struct head head;
	/** where the keys begin */
	const unsigned char* keys;
	/** octets of the keys, with their entries */
	size_t keys_len;
	/** its end, big-endian as it is */
	struct tail tail;
};

/** Take octets from those that are left, if there are so many. */
static bool
take(uint64_t* left, uint64_t octets)
{
	if(*left < octets)
		return false;
	*left -= octets;
	return true;
}

static bool
parts_read(const unsigned char* data, size_t len, struct parts* parts,
	struct reason* reason)
{
	struct head* head = &parts->head;
	uint64_t rest;
	if(len < sizeof(*head) || memcmp(data, magic, sizeof(magic) - 1) != 0)
		return reason_say(reason, "it is no snapshot");
	if(data[sizeof(magic) - 1] != magic[sizeof(magic) - 1])
		return reason_say(reason, "it is of version %d; expected %d",
			data[sizeof(magic) - 1], magic[sizeof(magic) - 1]);
	memcpy(head, data, sizeof(*head));
	head->api = be32toh(head->api);
	head->prefix_len = be32toh(head->prefix_len);
	head->cluster = be64toh(head->cluster);
	head->revision = be64toh(head->revision);
	head->count = be64toh(head->count);
	head->octets = be64toh(head->octets);
	/* what it says of its own length may not overflow */
	rest = len - sizeof(*head);
	if(!take(&rest, sizeof(parts->tail)) ||
		!take(&rest, head->prefix_len) ||
		rest / sizeof(struct entry) < head->count ||
		rest - head->count * sizeof(struct entry) != head->octets)
		return reason_say(reason, "it is not as long as it says, which "
			"is %" PRIu64 " keys of %" PRIu64 " octets",
			head->count, head->octets);
	parts->keys = data + sizeof(*head) + head->prefix_len;
	parts->keys_len = (size_t)rest;
	memcpy(&parts->tail, parts->keys + rest, sizeof(parts->tail));
	return true;
}

/** Check that all of it is as it was written. */
static bool
parts_check(const unsigned char* data, const struct parts* parts,
	struct reason* reason)
{
	const size_t hashed = (size_t)(parts->keys - data) + parts->keys_len;
	if(be64toh(parts->tail.hash) != XXH3_64bits(data, hashed))
		return reason_say(reason, "its checksum is wrong: it is "
			"damaged");
	return true;
}

/** Check that it is of the etcd and the prefix that are expected. */
static bool
parts_judge(const unsigned char* data, const struct parts* parts,
	const struct snapshot_file_origin* origin, struct reason* reason)
{
	const struct head* head = &parts->head;
	const char* prefix = (const char*)data + sizeof(*head);
	if(head->api != (origin->api == ETCD_V2 ? 2 : 3))
		return reason_say(reason, "it is of etcd's API v%u; expected "
			"v%d", head->api, origin->api == ETCD_V2 ? 2 : 3);
	if(head->prefix_len != strlen(origin->prefix) || memcmp(prefix,
		origin->prefix, head->prefix_len) != 0)
		return reason_say(reason, "it is of the prefix %.*s; expected "
			"%s", head->prefix_len > 80 ? 80 :
			(int)head->prefix_len, prefix, origin->prefix);
	if(head->cluster == 0 || head->revision == 0 ||
		head->revision > INT64_MAX)
		return reason_say(reason, "it is of no cluster or revision");
	return true;
}

/**
 * Tell the keys, in order.
 * @param put: as for snapshot_file_parse.
 * @return true if they fill their place, and put accepted all.
 */
static bool
parts_walk(const struct parts* parts, bool (*put)(void* arg, const char* key,
	size_t key_len, const char* value, size_t value_len, int64_t revision),
	void* arg)
{
	const unsigned char *at = parts->keys, *end = at + parts->keys_len;
	uint64_t i;
	for(i = 0; i < parts->head.count; i++) {
		struct entry entry;
		if((size_t)(end - at) < sizeof(entry))
			return false;
		memcpy(&entry, at, sizeof(entry));
		entry.key_len = be32toh(entry.key_len);
		entry.value_len = be32toh(entry.value_len);
		at += sizeof(entry);
		if((size_t)(end - at) < entry.key_len ||
			(size_t)(end - at) - entry.key_len < entry.value_len)
			return false;
		if(put && !put(arg, (const char*)at, entry.key_len,
			(const char*)at + entry.key_len, entry.value_len,
			(int64_t)be64toh(entry.revision)))
			return false;
		at += (size_t)entry.key_len + entry.value_len;
	}
	return at == end;
}

bool
snapshot_file_parse(const unsigned char* data, size_t len,
	struct snapshot_file_origin* origin, bool (*put)(void* arg,
	const char* key, size_t key_len, const char* value, size_t value_len,
	int64_t revision), void* arg, struct reason* reason)
{
	struct parts parts = { 0 };
	struct tail tail;
	if(!parts_read(data, len, &parts, reason) ||
		!parts_check(data, &parts, reason) ||
		!parts_judge(data, &parts, origin, reason))
		return false;
	if(!parts_walk(&parts, NULL, NULL))
		return reason_say(reason, "its keys are not as long as they "
			"say");
	origin->cluster = parts.head.cluster;
	origin->revision = (int64_t)parts.head.revision;
	origin->confirmed = (int64_t)be64toh(parts.tail.confirmed);
	tail = tail_of(be64toh(parts.tail.hash), origin->confirmed);
	if(tail.confirmed_hash != parts.tail.confirmed_hash ||
		origin->confirmed < 0)
		origin->confirmed = 0;
	if(put && !parts_walk(&parts, put, arg))
		return reason_say(reason, "memory ran out");
	return true;
}
