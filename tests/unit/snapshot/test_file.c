/*
 * tests/unit/snapshot/test_file.c - keys and values in a file.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/*
 * The files are in a folder of their own, below /tmp, which is removed.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "snapshot/file.h"
#include "snapshot/scratch.h"
#include <dirent.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

/** octets of a file before its prefix, of the numbers before a key, and of
 * those at the end: as the header says */
#define HEAD 48
#define ENTRY 16
#define TAIL 24
/** octets of the value that is larger than etcd takes by default */
#define LARGE 1572864

/** the file that was written before an attempt that fails */
static struct snapshot_file before = { .fd = -1 };

/** After a test: remove its files. */
static int
clean_up(void** state)
{
	(void)state;
	snapshot_file_close(&before);
	unlink(path);
	unlink(new_path);
	rmdir(path);
	rmdir(new_path);
	return 0;
}

/** Number of descriptors that are open. */
static unsigned
descriptors(void)
{
	DIR* dir = opendir("/proc/self/fd");
	unsigned count = 0;
	assert_non_null(dir);
	while(readdir(dir))
		count++;
	closedir(dir);
	return count;
}

/* --- keys, and what is told of them -------------------------------------- */

static void
put_octets(struct keys* keys, const char* key, size_t key_len,
	const char* value, size_t value_len, int64_t revision)
{
	struct key_value* made = key_value_create(key, key_len, value,
		value_len, revision);
	assert_non_null(made);
	assert_true(keys_put(keys, made));
}

static void
put(struct keys* keys, const char* key, const char* value, int64_t revision)
{
	put_octets(keys, key, strlen(key), value, strlen(value), revision);
}

/** What was told by a file. */
struct told {
	/** the keys */
	struct keys keys;
	/** times that put was called */
	unsigned calls;
	/** put returns false from this call on; 0: never */
	unsigned refuse_at;
};

static bool
on_put(void* arg, const char* key, size_t key_len, const char* value,
	size_t value_len, int64_t revision)
{
	struct told* told = arg;
	if(++told->calls == told->refuse_at)
		return false;
	put_octets(&told->keys, key, key_len, value, value_len, revision);
	return true;
}

/** Keys that are to be in both of two sets, in the same order. */
struct comparison {
	/** those of the one set */
	const struct key_value* key[64];
	/** number of them, and of those of the other that were seen */
	size_t count, seen;
};

static bool
collect(void* arg, const struct key_value* key)
{
	struct comparison* comparison = arg;
	assert_true(comparison->count < 64);
	comparison->key[comparison->count++] = key;
	return true;
}

static bool
compare(void* arg, const struct key_value* key)
{
	struct comparison* comparison = arg;
	const struct key_value* other;
	assert_true(comparison->seen < comparison->count);
	other = comparison->key[comparison->seen++];
	assert_int_equal(key->key_len, other->key_len);
	assert_int_equal(key->value_len, other->value_len);
	assert_int_equal(key->revision, other->revision);
	assert_memory_equal(key->data, other->data, (size_t)key->key_len +
		key->value_len);
	return true;
}

static void
check_same(const struct keys* a, const struct keys* b)
{
	struct comparison comparison = { .count = 0 };
	keys_walk(a, collect, &comparison);
	keys_walk(b, compare, &comparison);
	assert_int_equal(comparison.seen, comparison.count);
}

/* --- write --------------------------------------------------------------- */

/** Whether the writer is to go on: arg counts down. */
static bool
go_on(void* arg)
{
	unsigned* left = arg;
	return !left || (*left)-- > 0;
}

static const struct snapshot_file_origin facts = {
	ETCD_V3, "/h", 0xc1, 10, 1234 };

/** Write a file, which goes well. */
static void
write_file(struct snapshot_file* file, const struct snapshot_file_origin* of,
	const struct keys* keys)
{
	struct reason why = { "" };
	if(!snapshot_file_write(file, path, of, keys, go_on, NULL, &why))
		fail_msg("%s", why.text);
	assert_int_equal(access(new_path, F_OK), -1);
}

/** What a file holds is these facts and keys. */
static void
check_file(const struct snapshot_file_origin* of, const struct keys* keys)
{
	struct snapshot_file_origin found = { of->api, of->prefix, 0, 0, -1 };
	struct told told = { .calls = 0 };
	struct reason why = { "" };
	size_t len;
	unsigned char* data = snapshot_file_read(path, &len);
	assert_non_null(data);
	if(!snapshot_file_parse(data, len, &found, on_put, &told, &why))
		fail_msg("%s", why.text);
	assert_true(found.cluster == of->cluster);
	assert_int_equal(found.revision, of->revision);
	assert_int_equal(found.confirmed, of->confirmed);
	assert_int_equal(told.calls, keys->count);
	check_same(&told.keys, keys);
	/* and again without anybody to tell */
	found.cluster = 0;
	assert_true(snapshot_file_parse(data, len, &found, NULL, NULL,
		&why));
	assert_true(found.cluster == of->cluster);
	keys_clear(&told.keys);
	free(data);
}

static void
test_round_trip(void** state)
{
	static const struct snapshot_file_origin cases[] = {
		{ ETCD_V3, "/h", 0xc1, 10, 1234 },
		{ ETCD_V2, "/helix/other one", UINT64_MAX, INT64_MAX,
			INT64_MAX },
		{ ETCD_V3, "", 1, 1, 0 },
	};
	struct snapshot_file file = { .fd = -1 };
	struct keys keys = { 0 };
	char* large = malloc(LARGE);
	struct stat status;
	size_t i;
	(void)state;
	assert_non_null(large);
	for(i = 0; i < LARGE; i++)
		large[i] = (char)(i * 7 >> 3);
	write_file(&file, &facts, &keys);
	check_file(&facts, &keys);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_size, HEAD + 2 + TAIL);
	/* who may read etcd is etcd's business */
	assert_int_equal(status.st_mode & 0777, 0600);
	put(&keys, "/h/a", "192.0.2.1", 3);
	put(&keys, "/h/empty", "", INT64_MAX);
	put_octets(&keys, "/h/\0\xff\n", 6, "\0\x80\r\n\0", 5, 5);
	put_octets(&keys, "", 0, "no key", 6, 6);
	put_octets(&keys, "/h/large", 8, large, LARGE, 7);
	for(i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		write_file(&file, &cases[i], &keys);
		check_file(&cases[i], &keys);
	}
	snapshot_file_close(&file);
	assert_int_equal(file.fd, -1);
	snapshot_file_close(&file);
	keys_clear(&keys);
	free(large);
}

/** The octets are as the header says. */
static void
test_format(void** state)
{
	static const unsigned char expected[] = "helix\r\n\1" "\0\0\0\3"
		"\0\0\0\2" "\0\0\0\0\0\0\0\xc1" "\0\0\0\0\0\0\0\x0a"
		"\0\0\0\0\0\0\0\2" "\0\0\0\0\0\0\0\x9" "/h"
		"\0\0\0\4" "\0\0\0\1" "\0\0\0\0\0\0\0\5" "/h/ax"
		"\0\0\0\4" "\0\0\0\0" "\0\0\0\0\0\0\1\0" "/h/b";
	const size_t size = sizeof(expected) - 1;
	struct snapshot_file file = { .fd = -1 };
	struct keys keys = { 0 };
	unsigned char* data;
	uint64_t numbers[3];
	size_t len;
	(void)state;
	put(&keys, "/h/b", "", 256);
	put(&keys, "/h/a", "x", 5);
	write_file(&file, &facts, &keys);
	data = snapshot_file_read(path, &len);
	assert_non_null(data);
	assert_int_equal(len, size + TAIL);
	assert_memory_equal(data, expected, size);
	memcpy(numbers, data + size, TAIL);
	assert_true(be64toh(numbers[0]) == XXH3_64bits(expected, size));
	assert_int_equal(be64toh(numbers[1]), 1234);
	assert_true(be64toh(numbers[2]) == XXH3_64bits(data + size, 16));
	free(data);
	keys_clear(&keys);
	snapshot_file_close(&file);
}

/** That etcd is still there is noted in place, and nothing else changes. */
static void
test_confirm(void** state)
{
	struct snapshot_file_origin later = facts;
	struct snapshot_file file = { .fd = -1 };
	struct keys keys = { 0 };
	struct stat first, last;
	(void)state;
	assert_true(snapshot_file_confirm(&file, 5));
	put(&keys, "/h/a", "x", 5);
	write_file(&file, &facts, &keys);
	assert_int_equal(stat(path, &first), 0);
	for(later.confirmed = 1235; later.confirmed < 1240;
		later.confirmed++) {
		assert_true(snapshot_file_confirm(&file, later.confirmed));
		check_file(&later, &keys);
	}
	assert_int_equal(stat(path, &last), 0);
	assert_int_equal(first.st_ino, last.st_ino);
	assert_int_equal(first.st_size, last.st_size);
	/* what another one has put in its place is that one's */
	assert_int_equal(rename(path, new_path), 0);
	assert_true(snapshot_file_confirm(&file, 7000));
	assert_int_equal(access(path, F_OK), -1);
	snapshot_file_close(&file);
	keys_clear(&keys);
}

/** What a process that was killed has left does not matter. */
static void
test_leftover(void** state)
{
	struct snapshot_file file = { .fd = -1 };
	struct keys keys = { 0 };
	FILE* left = fopen(new_path, "w");
	int i;
	(void)state;
	assert_non_null(left);
	for(i = 0; i < 10000; i++)
		fprintf(left, "more than will be written");
	fclose(left);
	put(&keys, "/h/a", "x", 5);
	write_file(&file, &facts, &keys);
	check_file(&facts, &keys);
	snapshot_file_close(&file);
	keys_clear(&keys);
}

/* --- what cannot be written ---------------------------------------------- */

/** Write the file that is to be there after the attempts that fail. */
static void
write_before(void)
{
	struct keys keys = { 0 };
	put(&keys, "/h/a", "x", 5);
	write_file(&before, &facts, &keys);
	keys_clear(&keys);
}

/** The file is there, and goes on being confirmed. */
static void
check_before(void)
{
	struct snapshot_file_origin later = facts;
	struct keys keys = { 0 };
	put(&keys, "/h/a", "x", 5);
	later.confirmed++;
	assert_true(snapshot_file_confirm(&before, later.confirmed));
	check_file(&later, &keys);
	assert_true(snapshot_file_confirm(&before, facts.confirmed));
	check_file(&facts, &keys);
	keys_clear(&keys);
}

/** An attempt to write 20 MB fails, and leaves nothing open.
 * @param left: for go_on. */
static void
check_failure(const char* name, const char* at, unsigned* left,
	const char* expected)
{
	const struct snapshot_file_origin other = { ETCD_V3, "/h", 7, 70, 1 };
	const int fd = before.fd;
	struct reason why = { "" };
	char key[32];
	char* value = calloc(1, 1 << 20);
	struct keys many = { 0 };
	unsigned open, i;
	assert_non_null(value);
	for(i = 0; i < 20; i++) {
		snprintf(key, sizeof(key), "/h/%u", i);
		put_octets(&many, key, strlen(key), value, 1 << 20, 6);
	}
	open = descriptors();
	if(snapshot_file_write(&before, at, &other, &many, go_on, left,
		&why))
		fail_msg("%s: it was written", name);
	if(!strstr(why.text, expected))
		fail_msg("%s: %s", name, why.text);
	assert_int_equal(descriptors(), open);
	assert_int_equal(before.fd, fd);
	keys_clear(&many);
	free(value);
}

static void
test_end(void** state)
{
	unsigned left;
	(void)state;
	write_before();
	/* of 20 MB it is asked twice */
	for(left = 0; left < 2; left++) {
		unsigned asked = left;
		check_failure("end", path, &asked, "canceled");
		assert_int_equal(access(new_path, F_OK), -1);
		check_before();
	}
}

/** Paths where there can be no file. */
static void
test_bad_path(void** state)
{
	char at[128];
	(void)state;
	write_before();
	snprintf(at, sizeof(at), "%s/none/file", folder);
	check_failure("no folder", at, NULL, "No such file or directory");
	check_failure("below a file", "/dev/null/file", NULL,
		"Not a directory");
	check_failure("a folder of the kernel", "/proc/file", NULL, "");
	assert_int_equal(mkdir(new_path, 0700), 0);
	check_failure("a folder is in the way", path, NULL, "directory");
	assert_int_equal(rmdir(new_path), 0);
	assert_int_equal(symlink("/nonexistent/elsewhere", new_path), 0);
	check_failure("a link is in the way", path, NULL, "symbolic links");
	assert_int_equal(unlink(new_path), 0);
	check_before();
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	check_failure("it is a folder", path, NULL, "directory");
	assert_int_equal(access(new_path, F_OK), -1);
}

/** No room: a limit of the file's size stands for a disk that is full. */
static void
test_no_room(void** state)
{
	static const rlim_t limits[] = { 0, HEAD, 15000000 };
	struct rlimit unlimited, limit;
	size_t i;
	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &unlimited), 0);
	write_before();
	for(i = 0; i < sizeof(limits) / sizeof(*limits); i++) {
		limit = unlimited;
		limit.rlim_cur = limits[i];
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
		check_failure("no room", path, NULL, "File too large");
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &unlimited), 0);
		assert_int_equal(access(new_path, F_OK), -1);
		check_before();
	}
}

/** Another process that writes is left alone, and so is its file. */
static void
test_another_writes(void** state)
{
	struct stat status;
	int fd;
	(void)state;
	write_before();
	fd = open(new_path, O_RDWR | O_CREAT, 0600);
	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, "half", 4), 4);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	check_failure("locked", path, NULL, "another process writes it");
	assert_int_equal(stat(new_path, &status), 0);
	assert_int_equal(status.st_size, 4);
	check_before();
	close(fd);
}

/* --- what cannot be used ------------------------------------------------- */

/** Write a small file, and read it. */
static unsigned char*
small_file(size_t* len)
{
	struct snapshot_file file = { .fd = -1 };
	struct keys keys = { 0 };
	unsigned char* data;
	put(&keys, "/h/a", "192.0.2.1", 3);
	put(&keys, "/h/b", "", 10);
	put_octets(&keys, "/h/\0", 4, "\0\xff", 2, 5);
	write_file(&file, &facts, &keys);
	snapshot_file_close(&file);
	keys_clear(&keys);
	data = snapshot_file_read(path, len);
	assert_non_null(data);
	return data;
}

/** Octets are refused, with a reason, and none is told. */
static void
check_refused(const char* name, const unsigned char* data, size_t len,
	const char* expected)
{
	struct snapshot_file_origin found = facts;
	struct told told = { .calls = 0 };
	struct reason why = { "" };
	/* for a tool that sees what is read behind them */
	unsigned char* copy = malloc(len + (len == 0));
	assert_non_null(copy);
	if(len > 0)
		memcpy(copy, data, len);
	if(snapshot_file_parse(copy, len, &found, on_put, &told, &why))
		fail_msg("%s: it was used", name);
	if(!strstr(why.text, expected))
		fail_msg("%s: %s", name, why.text);
	assert_int_equal(strncmp(why.text, "it", 2), 0);
	assert_int_equal(told.calls, 0);
	free(copy);
}

/** Each bit matters; but of when etcd confirmed it, only that it is right. */
static void
test_each_bit(void** state)
{
	size_t len, i;
	unsigned char* data = small_file(&len);
	(void)state;
	for(i = 0; i < len * 8; i++) {
		struct snapshot_file_origin found = facts;
		struct told told = { .calls = 0 };
		struct reason why = { "" };
		data[i / 8] ^= (unsigned char)(1 << i % 8);
		if(i / 8 < len - 16)
			check_refused("a bit", data, len, "it");
		else if(!snapshot_file_parse(data, len, &found, on_put, &told,
			&why) || found.confirmed != 0 || told.calls != 3)
			fail_msg("bit %zu: %s, confirmed %" PRId64, i, why.text,
				found.confirmed);
		keys_clear(&told.keys);
		data[i / 8] ^= (unsigned char)(1 << i % 8);
	}
	free(data);
}

/** All of it is needed, and nothing may follow. */
static void
test_each_length(void** state)
{
	size_t len, i;
	unsigned char* data = small_file(&len);
	unsigned char more[1024] = { 0 };
	(void)state;
	for(i = 0; i < len; i++)
		check_refused("cut off", data, i, i < HEAD ? "it is no "
			"snapshot" : "it is not as long as it says");
	assert_true(len + 100 < sizeof(more));
	memcpy(more, data, len);
	for(i = 1; i < 100; i++)
		check_refused("longer", more, len + i,
			"it is not as long as it says");
	free(data);
}

/** A number that is replaced, and the hash made right. */
struct number_case {
	/** what it is, for a message */
	const char* name;
	/** where the number is */
	size_t at;
	/** octets of it */
	unsigned size;
	/** the number instead */
	uint64_t value;
	/** what the reason has in it */
	const char* reason;
};

/* where the numbers of the small file are */
#define AT_API 8
#define AT_PREFIX_LEN 12
#define AT_CLUSTER 16
#define AT_REVISION 24
#define AT_COUNT 32
#define AT_OCTETS 40
#define AT_PREFIX 48
/** the first entry is that of "/h/\0", with a value of 2 octets */
#define AT_KEY_LEN 50
#define AT_VALUE_LEN 54
#define LENGTH "it is not as long as it says"
#define KEYS_LENGTH "its keys are not as long as they say"

static const struct number_case number_cases[] = {
	{ "API 2", AT_API, 4, 2, "it is of etcd's API v2; expected v3" },
	{ "API 0", AT_API, 4, 0, "it is of etcd's API v0; expected v3" },
	{ "a huge API", AT_API, 4, UINT32_MAX, "expected v3" },
	{ "version 0", 7, 1, 0, "it is of version 0; expected 1" },
	{ "version 2", 7, 1, 2, "it is of version 2; expected 1" },
	{ "version 255", 7, 1, 255, "it is of version 255; expected 1" },
	{ "magic", 0, 1, 'H', "it is no snapshot" },
	{ "a line end as text", 5, 2, 0x0a0a, "it is no snapshot" },
	{ "another prefix", AT_PREFIX + 1, 1, 'x',
		"it is of the prefix /x; expected /h" },
	{ "no cluster", AT_CLUSTER, 8, 0, "no cluster or revision" },
	{ "no revision", AT_REVISION, 8, 0, "no cluster or revision" },
	{ "a huge revision", AT_REVISION, 8, (uint64_t)INT64_MAX + 1,
		"no cluster or revision" },
	{ "a longer prefix", AT_PREFIX_LEN, 4, 3, LENGTH },
	{ "no prefix", AT_PREFIX_LEN, 4, 0, LENGTH },
	{ "a huge prefix", AT_PREFIX_LEN, 4, UINT32_MAX, LENGTH },
	{ "a prefix of the whole rest", AT_PREFIX_LEN, 4, 71 + 2, LENGTH },
	{ "one key more", AT_COUNT, 8, 4, LENGTH },
	{ "one key less", AT_COUNT, 8, 2, LENGTH },
	{ "no keys", AT_COUNT, 8, 0, LENGTH },
	{ "the most keys", AT_COUNT, 8, UINT64_MAX, LENGTH },
	/* 16 octets each, these wrap around to those of 3 */
	{ "keys that wrap around", AT_COUNT, 8, (UINT64_C(1) << 60) + 3,
		LENGTH },
	{ "one octet more", AT_OCTETS, 8, 24, LENGTH },
	{ "one octet less", AT_OCTETS, 8, 22, LENGTH },
	{ "the most octets", AT_OCTETS, 8, UINT64_MAX, LENGTH },
	{ "a longer key", AT_KEY_LEN, 4, 5, KEYS_LENGTH },
	{ "no key", AT_KEY_LEN, 4, 0, KEYS_LENGTH },
	{ "a huge key", AT_KEY_LEN, 4, UINT32_MAX, KEYS_LENGTH },
	{ "a longer value", AT_VALUE_LEN, 4, 3, KEYS_LENGTH },
	{ "no value", AT_VALUE_LEN, 4, 0, KEYS_LENGTH },
	{ "a huge value", AT_VALUE_LEN, 4, UINT32_MAX, KEYS_LENGTH },
	/* with the key's 4, these wrap around to those of 2 */
	{ "a value that wraps around", AT_VALUE_LEN, 4, UINT32_MAX - 1,
		KEYS_LENGTH },
	{ "a value of the whole rest", AT_VALUE_LEN, 4, 2 + 2 * ENTRY + 17,
		KEYS_LENGTH },
};

/** Make the hash right, as if the file had been written so. */
static void
rehash(unsigned char* data, size_t len)
{
	uint64_t hash = htobe64(XXH3_64bits(data, len - TAIL));
	memcpy(data + len - TAIL, &hash, sizeof(hash));
	hash = htobe64(XXH3_64bits(data + len - TAIL, 16));
	memcpy(data + len - 8, &hash, sizeof(hash));
}

static void
test_numbers(void** state)
{
	size_t len, i;
	unsigned char* data = small_file(&len);
	(void)state;
	assert_int_equal(len, HEAD + 2 + 3 * ENTRY + 23 + TAIL);
	for(i = 0; i < sizeof(number_cases) / sizeof(*number_cases); i++) {
		const struct number_case* number = &number_cases[i];
		unsigned char copy[256];
		unsigned n;
		memcpy(copy, data, len);
		for(n = 0; n < number->size; n++)
			copy[number->at + n] = (unsigned char)(number->value >>
				8 * (number->size - 1 - n));
		rehash(copy, len);
		check_refused(number->name, copy, len, number->reason);
	}
	free(data);
}

/** What it is to be of is asked of the file, not the other way round. */
static void
test_other_facts(void** state)
{
	static const struct {
		/** what is expected */
		enum etcd_api api;
		const char* prefix;
		/** the reason */
		const char* reason;
	} cases[] = {
		{ ETCD_V2, "/h", "it is of etcd's API v3; expected v2" },
		{ ETCD_V3, "/hh", "it is of the prefix /h; expected /hh" },
		{ ETCD_V3, "/", "it is of the prefix /h; expected /" },
		{ ETCD_V3, "", "it is of the prefix /h; expected " },
		{ ETCD_V3, "/h", NULL },
	};
	size_t len, i;
	unsigned char* data = small_file(&len);
	(void)state;
	for(i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct snapshot_file_origin found = { cases[i].api,
			cases[i].prefix,
			0, 0, 0 };
		struct reason why = { "" };
		assert_int_equal(snapshot_file_parse(data, len, &found, NULL,
			NULL, &why), !cases[i].reason);
		assert_string_equal(why.text, cases[i].reason ?
			cases[i].reason :
			"");
	}
	free(data);
}

/** A time before 1970 is none. */
static void
test_confirmed_before(void** state)
{
	size_t len;
	unsigned char* data = small_file(&len);
	struct snapshot_file_origin found = facts;
	struct reason why = { "" };
	(void)state;
	memset(data + len - 16, 0xff, 8);
	rehash(data, len);
	assert_true(snapshot_file_parse(data, len, &found, NULL, NULL,
		&why));
	assert_int_equal(found.confirmed, 0);
	free(data);
}

/** Who is told can end it. */
static void
test_put_refuses(void** state)
{
	size_t len;
	unsigned char* data = small_file(&len);
	unsigned n;
	(void)state;
	for(n = 1; n <= 3; n++) {
		struct snapshot_file_origin found = facts;
		struct told told = { .refuse_at = n };
		struct reason why = { "" };
		assert_false(snapshot_file_parse(data, len, &found, on_put,
			&told, &why));
		assert_string_equal(why.text, "memory ran out");
		assert_int_equal(told.calls, n);
		keys_clear(&told.keys);
	}
	free(data);
}

/** Files that cannot be read. */
static void
test_read(void** state)
{
	const unsigned open = descriptors();
	unsigned char* data;
	size_t len = 1;
	FILE* empty;
	(void)state;
	assert_null(snapshot_file_read(path, &len));
	assert_int_equal(errno, ENOENT);
	assert_null(snapshot_file_read(folder, &len));
	assert_int_equal(errno, EINVAL);
	assert_null(snapshot_file_read("/dev/zero", &len));
	assert_int_equal(errno, EINVAL);
	empty = fopen(path, "w");
	assert_non_null(empty);
	fclose(empty);
	data = snapshot_file_read(path, &len);
	assert_non_null(data);
	assert_int_equal(len, 0);
	free(data);
	assert_int_equal(descriptors(), open);
}

#define TEST(function) cmocka_unit_test_teardown(function, clean_up)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_round_trip),
		TEST(test_format),
		TEST(test_confirm),
		TEST(test_leftover),
		TEST(test_end),
		TEST(test_bad_path),
		TEST(test_no_room),
		TEST(test_another_writes),
		TEST(test_each_bit),
		TEST(test_each_length),
		TEST(test_numbers),
		TEST(test_other_facts),
		TEST(test_confirmed_before),
		TEST(test_put_refuses),
		TEST(test_read),
	};
	return cmocka_run_group_tests_name("snapshot_file", tests, scratch_make,
		scratch_remove);
}
