/*
 * tests/unit/snapshot/test_snapshot_stats.c - what does it say of its file?
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/*
 * Two functions of keys.h are wrapped (see tests/local.mk), to have them fail.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "snapshot/keys.h"
#include "snapshot/snapshot.h"
#include "snapshot/scratch.h"
#include "told.h"
#include "base/clock.h"
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/** milliseconds after which what does not come true is a failure */
#define DEADLINE 60000

/** whether the next key cannot be made, or the next sweep fails */
static atomic_bool put_fails, sweep_fails;

struct key_value* __real_key_value_create(const char* key, size_t key_len,
	const char* value, size_t value_len, int64_t revision);
struct key_value* __wrap_key_value_create(const char* key, size_t key_len,
	const char* value, size_t value_len, int64_t revision);
bool __real_keys_sweep(struct keys* keys);
bool __wrap_keys_sweep(struct keys* keys);

struct key_value*
__wrap_key_value_create(const char* key, size_t key_len, const char* value,
	size_t value_len, int64_t revision)
{
	return atomic_exchange(&put_fails, false) ? NULL :
		__real_key_value_create(key, key_len, value, value_len,
		revision);
}

bool
__wrap_keys_sweep(struct keys* keys)
{
	return !atomic_exchange(&sweep_fails, false) &&
		__real_keys_sweep(keys);
}

/* --- the set ------------------------------------------------------------- */

static char prefix[] = "/h";
static const struct etcd_settings settings = { .prefix = prefix };
static struct told told;
static struct etcd_sink next;
static struct snapshot* snapshot;
static const struct etcd_sink* sink;

static int
group_tear_down(void** state)
{
	free(told.text);
	return scratch_remove(state);
}

static int
set_up(void** state)
{
	(void)state;
	logged[0] = 0;
	told_clear(&told);
	next = told_sink(&told);
	snapshot = snapshot_create(path, &settings, &next);
	if(!snapshot)
		return -1;
	sink = snapshot_sink(snapshot);
	return 0;
}

static int
clean_up(void** state)
{
	(void)state;
	snapshot_delete(snapshot);
	put_fails = sweep_fails = false;
	unlink(path);
	rmdir(new_path);
	return 0;
}

/** List one key. */
static void
list(void)
{
	sink->list_begin(sink->arg);
	assert_true(sink->put(sink->arg, "/h/a", 4, "1", 1, 4));
	assert_true(sink->list_end(sink->arg, CLUSTER, 9));
}

/** Wait until the file was written, or was not, so often. */
static struct snapshot_stats
wait_stats(uint64_t writes, uint64_t failures)
{
	const int64_t until = clock_now() + DEADLINE;
	struct snapshot_stats stats;
	do {
		assert_true(clock_now() < until);
		sched_yield();
		stats = snapshot_stats(snapshot);
	} while(stats.writes < writes || stats.failures < failures);
	return stats;
}

/* --- tests --------------------------------------------------------------- */

/** Without a file, nothing is said. */
static void
test_none(void** state)
{
	const struct snapshot_stats stats = snapshot_stats(NULL);
	(void)state;
	assert_false(stats.enabled);
	assert_false(stats.failing);
	assert_int_equal(stats.age, -1);
	assert_int_equal(stats.writes + stats.failures + stats.octets, 0);
}

/** Before this process has written a file, none is there. */
static void
test_not_written(void** state)
{
	struct snapshot_stats stats;
	(void)state;
	list();
	stats = snapshot_stats(snapshot);
	assert_true(stats.enabled);
	assert_false(stats.failing);
	assert_int_equal(stats.age, -1);
	assert_int_equal(stats.writes + stats.failures + stats.octets, 0);
}

/** Then it has a size; and an age, which is of what the file has. */
static void
test_written(void** state)
{
	const int64_t before = wall_now();
	struct snapshot_stats first, last;
	int64_t after;
	struct stat file;
	(void)state;
	snapshot_begin(snapshot);
	list();
	first = wait_stats(1, 0);
	after = wall_now();
	assert_false(first.failing);
	assert_int_equal(first.failures, 0);
	assert_int_equal(stat(path, &file), 0);
	assert_int_equal(first.octets, file.st_size);
	while(wall_now() < after + 20)
		sched_yield();
	/* what is confirmed here is not in the file for some seconds */
	sink->confirm(sink->arg);
	last = snapshot_stats(snapshot);
	assert_int_equal(last.writes, 1);
	assert_in_range(last.age, first.age + 1, wall_now() - before);
}

/** A file that cannot be written fails once for each attempt. */
static void
test_cannot_write(void** state)
{
	struct snapshot_stats stats;
	(void)state;
	assert_int_equal(mkdir(new_path, 0700), 0);
	snapshot_begin(snapshot);
	list();
	stats = wait_stats(0, 1);
	while(!stats.failing)
		stats = snapshot_stats(snapshot);
	assert_int_equal(stats.failures, 1);
	assert_int_equal(stats.writes, 0);
	assert_int_equal(stats.age, -1);
}

/** What was lost fails until the next list, whose file makes it good; in the
 * replica's thread, and in the snapshot's own. */
static void
test_lost(void** state)
{
	struct snapshot_stats stats;
	(void)state;
	put_fails = true;
	assert_true(sink->put(sink->arg, "/h/b", 4, "2", 1, 5));
	stats = snapshot_stats(snapshot);
	assert_true(stats.failing);
	assert_int_equal(stats.failures, 1);
	sweep_fails = true;
	list();
	stats = wait_stats(0, 2);
	while(!stats.failing)
		stats = snapshot_stats(snapshot);
	assert_int_equal(stats.failures, 2);
	list();
	snapshot_begin(snapshot);
	stats = wait_stats(1, 2);
	assert_false(stats.failing);
	assert_int_equal(stats.failures, 2);
}

#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, set_up, clean_up)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none),
		TEST(test_not_written),
		TEST(test_written),
		TEST(test_cannot_write),
		TEST(test_lost),
	};
	/* a snapshot that does not end ends the test by a signal */
	alarm(300);
	return cmocka_run_group_tests_name("snapshot_stats", tests,
		scratch_make, group_tear_down);
}
