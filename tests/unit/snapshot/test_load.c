/*
 * tests/unit/snapshot/test_load.c - a snapshot's file, told to a sink.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "snapshot/snapshot.h"
#include "snapshot/file.h"
#include "snapshot/scratch.h"
#include "told.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char prefix[] = "/h";
static const struct etcd_settings settings = { .prefix = prefix };
/** what the sink was told */
static struct told told;
static struct etcd_sink next;

static int
group_set_up(void** state)
{
	next = told_sink(&told);
	return scratch_make(state);
}

static int
group_tear_down(void** state)
{
	free(told.text);
	return scratch_remove(state);
}

static int
clean_up(void** state)
{
	(void)state;
	unlink(path);
	return 0;
}

/** Write a file that was confirmed so long ago. */
static void
write_file(enum etcd_api api, const char* its_prefix, int64_t confirmed)
{
	const struct snapshot_file_origin facts = { api, its_prefix, CLUSTER, 9,
		confirmed };
	struct snapshot_file file = { .fd = -1 };
	struct keys keys = { 0 };
	struct reason why = { "" };
	assert_true(keys_put(&keys, key_value_create("/h/a", 4, "1", 1,
		4)));
	assert_true(keys_put(&keys, key_value_create("/h/b", 4, "2", 1,
		5)));
	assert_true(snapshot_file_write(&file, path, &facts, &keys, NULL, NULL,
		&why));
	snapshot_file_close(&file);
	keys_clear(&keys);
}

/** Load the file. */
static struct etcd_past
load(void)
{
	struct etcd_past past = { 1, 2, 3 };
	told_clear(&told);
	logged[0] = 0;
	snapshot_load(path, &settings, &next, &past);
	return past;
}

/** Nothing was loaded, and what was told of it is taken back. */
static void
check_not_loaded(const char* expected_told, const char* expected_log)
{
	const struct etcd_past past = load();
	char expected[512];
	assert_int_equal(past.cluster, 0);
	assert_int_equal(past.revision, 0);
	assert_string_equal(told.text, expected_told);
	snprintf(expected, sizeof(expected), expected_log, path);
	assert_string_equal(logged, expected);
}

static void
test_load_fails(void** state)
{
	FILE* file;
	(void)state;
	check_not_loaded("", "D there is no snapshot %s yet\n");
	assert_int_equal(mkdir(path, 0700), 0);
	check_not_loaded("",
		"W the snapshot %s cannot be read: Invalid argument\n");
	assert_int_equal(rmdir(path), 0);
	write_file(ETCD_V3, "/other", 1);
	check_not_loaded("begin\nrollback\n", "W the snapshot %s is not used: "
		"it is of the prefix /other; expected /h\n");
	write_file(ETCD_V2, "/h", 1);
	check_not_loaded("begin\nrollback\n", "W the snapshot %s is not used: "
		"it is of etcd's API v2; expected v3\n");
	write_file(ETCD_V3, "/h", 1);
	file = fopen(path, "r+");
	assert_non_null(file);
	fseek(file, 60, SEEK_SET);
	fputc('?', file);
	fclose(file);
	check_not_loaded("begin\nrollback\n", "W the snapshot %s is not used: "
		"its checksum is wrong: it is damaged\n");
	file = fopen(path, "w");
	assert_non_null(file);
	fclose(file);
	check_not_loaded("begin\nrollback\n", "W the snapshot %s is not used: "
		"it is no snapshot\n");
}

/** Where the sink cannot take it, it is as if there were none. */
static void
test_load_refused(void** state)
{
	static const char* const lines[] = {
		"begin\nput /h/a 1 4\nrollback\n",
		"begin\nput /h/a 1 4\nput /h/b 2 5\nrollback\n",
		"begin\nput /h/a 1 4\nput /h/b 2 5\nend 9\nrollback\n" };
	char expected[256];
	unsigned n;
	(void)state;
	write_file(ETCD_V3, "/h", 1);
	snprintf(expected, sizeof(expected), "W the snapshot %s is not used: "
		"memory ran out\n", path);
	for(n = 1; n <= 3; n++) {
		struct etcd_past past;
		told_clear(&told);
		logged[0] = 0;
		told.refuse_at = n;
		snapshot_load(path, &settings, &next, &past);
		assert_int_equal(past.cluster, 0);
		assert_string_equal(told.text, lines[n - 1]);
		assert_string_equal(logged, expected);
	}
}

/** Puts since the last commit, and the most that there were. */
static struct {
	size_t all, now, most;
	/** times that there was a commit, and after which it fails; 0: none */
	size_t commits, fails_at;
} counted;

static bool
count_put(void* arg, const char* key, size_t key_len, const char* value,
	size_t value_len, int64_t revision)
{
	(void)arg;
	(void)key;
	(void)key_len;
	(void)value;
	(void)value_len;
	(void)revision;
	counted.all++;
	if(++counted.now > counted.most)
		counted.most = counted.now;
	return true;
}

static bool
count_commit(void* arg)
{
	(void)arg;
	counted.now = 0;
	return ++counted.commits != counted.fails_at;
}

static void
count_nothing(void* arg)
{
	(void)arg;
}

static bool
count_end(void* arg, uint64_t cluster, int64_t revision)
{
	(void)arg;
	return cluster == CLUSTER && revision == 9;
}

/** Of a large file, only a part waits to be committed at any time. */
static void
test_load_many(void** state)
{
	enum { KEYS = 10000 };
	const struct snapshot_file_origin facts = { ETCD_V3, "/h", CLUSTER, 9,
		1 };
	const struct etcd_sink sink = { .put = count_put,
		.commit = count_commit, .rollback = count_nothing,
		.list_begin = count_nothing, .list_end = count_end };
	struct snapshot_file file = { .fd = -1 };
	struct keys keys = { 0 };
	struct etcd_past past;
	struct reason why = { "" };
	char key[16];
	int i;
	(void)state;
	for(i = 0; i < KEYS; i++) {
		int len = snprintf(key, sizeof(key), "/h/%d", i);
		assert_true(keys_put(&keys, key_value_create(key,
			(size_t)len, "1", 1, 4)));
	}
	assert_true(snapshot_file_write(&file, path, &facts, &keys, NULL, NULL,
		&why));
	snapshot_file_close(&file);
	keys_clear(&keys);
	memset(&counted, 0, sizeof(counted));
	snapshot_load(path, &settings, &sink, &past);
	assert_int_equal(past.cluster, CLUSTER);
	assert_int_equal(counted.all, KEYS);
	assert_in_range(counted.most, 1, KEYS / 4);
	/* a commit that fails is the end of it */
	memset(&counted, 0, sizeof(counted));
	counted.fails_at = 2;
	logged[0] = 0;
	snapshot_load(path, &settings, &sink, &past);
	assert_int_equal(past.cluster, 0);
	assert_int_equal(counted.commits, 2);
	assert_non_null(strstr(logged, "is not used: memory ran out\n"));
}

/** How old a copy is, as the clock that people set has it. */
static void
test_load_age(void** state)
{
	static const struct {
		/** when it was confirmed, before now; INT64_MAX: never */
		int64_t before;
		/** how that is said; the number may grow while we look */
		const char* text;
	} ages[] = {
		{ 0, " s ago\n" },
		{ 60000, " s ago\n" },
		{ 30 * 60000 + 5000, "30 min ago\n" },
		{ 119 * 60000, "119 min ago\n" },
		{ 3 * 3600000 + 60000, "3 h ago\n" },
		{ INT64_C(90000) * 3600000 + 60000, "90000 h ago\n" },
		{ INT64_MAX, "at an unknown time\n" },
		{ -3600000, "at an unknown time\n" },
	};
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(ages) / sizeof(*ages); i++) {
		const int64_t now = wall_now();
		struct etcd_past past;
		write_file(ETCD_V3, "/h", ages[i].before == INT64_MAX ? 0 :
			now - ages[i].before);
		past = load();
		assert_true(past.cluster == CLUSTER);
		assert_int_equal(past.revision, 9);
		if(strstr(ages[i].text, "unknown"))
			assert_true(past.age > INT64_C(100) * 365 * 86400 *
				1000);
		else	assert_in_range(past.age, ages[i].before,
				ages[i].before + wall_now() - now);
		assert_string_equal(told.text, LIST_AB);
		assert_non_null(strstr(logged, "/file: revision 9, confirmed "
			"by etcd "));
		if(!strstr(logged, ages[i].text))
			fail_msg("%s: %s", ages[i].text, logged);
		assert_int_equal(logged[0], 'I');
	}
}

#define TEST(function) \
	cmocka_unit_test_teardown(function, clean_up)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_load_fails),
		TEST(test_load_refused),
		TEST(test_load_many),
		TEST(test_load_age),
	};
	return cmocka_run_group_tests_name("load", tests, group_set_up,
		group_tear_down);
}
