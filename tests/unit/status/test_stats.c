/*
 * tests/unit/status/test_stats.c - counts of answers.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/*
 * Threads count, each in counters of its own, while another reads the sums.
 * Threads come and go, as Unbound's workers do at a reload, and the sums go on.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "check.h"
#include "status/stats.h"
#include <pthread.h>
#include <stdatomic.h>

/** zones of the counters under test */
#define ZONES 3
/** most threads that count at the same time */
#define THREADS 5
/** answers that each counts */
#define ANSWERS 20000

/** allocations of counters, and which of them is refused; 0: none */
static atomic_uint allocations;
static atomic_uint refused;

void* __real_aligned_alloc(size_t alignment, size_t size);
void* __wrap_aligned_alloc(size_t alignment, size_t size);

void*
__wrap_aligned_alloc(size_t alignment, size_t size)
{
	/* no line is shared */
	assert_int_equal(alignment % 64, 0);
	assert_int_equal(size % alignment, 0);
	if(++allocations == refused)
		return NULL;
	return __real_aligned_alloc(alignment, size);
}

/** Counters, and what each zone and kind is expected to have. */
struct counters {
	struct stats* stats;
	uint64_t expected[ZONES][STATS_KINDS];
	/** true once nobody counts any more */
	atomic_bool done;
};

static int
set_up(void** state)
{
	static struct counters counters;
	memset(&counters, 0, sizeof(counters));
	refused = 0;
	counters.stats = stats_create(ZONES);
	allocations = 0;
	*state = &counters;
	return counters.stats ? 0 : -1;
}

static int
tear_down(void** state)
{
	stats_delete(((struct counters*)*state)->stats);
	return 0;
}

static void
count(struct counters* counters, size_t zone, enum stats_kind kind)
{
	stats_count(counters->stats, zone, kind);
	counters->expected[zone][kind]++;
}

static void
expect_counts(const struct counters* counters)
{
	struct stats_sum sum;
	size_t zone, kind;
	for(zone = 0; zone < ZONES; zone++) {
		stats_read(counters->stats, zone, &sum);
		for(kind = 0; kind < STATS_KINDS; kind++)
			check(sum.answers[kind] ==
				counters->expected[zone][kind], "zone %zu, "
				"%s: %lu, not %lu", zone,
				stats_kind_name((enum stats_kind)kind),
				(unsigned long)sum.answers[kind],
				(unsigned long)counters->expected[zone][kind]);
	}
}

static void
test_counts(void** state)
{
	struct counters* counters = *state;
	size_t zone, kind, i;
	expect_counts(counters);
	for(zone = 0; zone < ZONES; zone++) {
		for(kind = 0; kind < STATS_KINDS; kind++) {
			for(i = 0; i <= zone + kind; i++)
				count(counters, zone, (enum stats_kind)kind);
			expect_counts(counters);
		}
	}
	assert_int_equal(allocations, 1);
}

static void
test_names(void** state)
{
	static const char* const names[] = { "data", "alias", "nodata",
		"nxdomain", "referral", "recursed", "servfail" };
	size_t i;
	(void)state;
	assert_int_equal(COUNT(names), STATS_KINDS);
	for(i = 0; i < COUNT(names); i++)
		assert_string_equal(stats_kind_name((enum stats_kind)i),
			names[i]);
}

/** A configuration without zones, and a reload of it. */
static void
test_no_zones(void** state)
{
	struct stats* stats = stats_create(0);
	(void)state;
	assert_non_null(stats);
	stats_begin(stats);
	stats_delete(stats);
	stats_delete(NULL);
}

/** What a thread counts, and in what. */
struct counting {
	struct counters* counters;
	/** its number */
	size_t number;
};

static void*
run_count(void* arg)
{
	const struct counting* counting = arg;
	size_t i;
	for(i = 0; i < ANSWERS; i++)
		stats_count(counting->counters->stats,
			(counting->number + i) % ZONES,
			(enum stats_kind)(i % STATS_KINDS));
	return NULL;
}

/** Read over and over: no sum ever goes down. */
static void*
run_read(void* arg)
{
	struct counters* counters = arg;
	static struct stats_sum last[ZONES];
	size_t zone, kind;
	bool done;
	memset(last, 0, sizeof(last));
	do {
		done = atomic_load(&counters->done);
		for(zone = 0; zone < ZONES; zone++) {
			struct stats_sum sum;
			stats_read(counters->stats, zone, &sum);
			for(kind = 0; kind < STATS_KINDS; kind++) {
				if(sum.answers[kind] <
					last[zone].answers[kind])
					return (void*)(uintptr_t)(1 + zone);
			}
			last[zone] = sum;
		}
	} while(!done);
	return NULL;
}

/** Let threads count, all at the same time, and one read meanwhile. */
static void
count_by_threads(struct counters* counters, size_t threads)
{
	struct counting counting[THREADS];
	pthread_t thread[THREADS], reader;
	void* gone_down;
	size_t i, at;
	counters->done = false;
	assert_int_equal(pthread_create(&reader, NULL, run_read, counters), 0);
	for(i = 0; i < threads; i++) {
		counting[i] = (struct counting){ counters, i };
		assert_int_equal(pthread_create(&thread[i], NULL, run_count,
			&counting[i]), 0);
		for(at = 0; at < ANSWERS; at++)
			counters->expected[(i + at) % ZONES][at %
				STATS_KINDS]++;
	}
	for(i = 0; i < threads; i++)
		assert_int_equal(pthread_join(thread[i], NULL), 0);
	atomic_store(&counters->done, true);
	assert_int_equal(pthread_join(reader, &gone_down), 0);
	assert_null(gone_down);
	expect_counts(counters);
}

/** At each reload there are other threads, more of them or fewer: the sums go
 * on, and no more counters are made than there were threads at once. */
static void
test_reloads(void** state)
{
	static const size_t threads[] = { 3, 2, THREADS, 1, 4 };
	struct counters* counters = *state;
	size_t i, most = 0;
	for(i = 0; i < COUNT(threads); i++) {
		stats_begin(counters->stats);
		expect_counts(counters);
		count_by_threads(counters, threads[i]);
		if(threads[i] > most)
			most = threads[i];
		assert_int_equal(allocations, most);
	}
}

/** Unbound's first worker goes on over a reload. */
static void
test_thread_goes_on(void** state)
{
	struct counters* counters = *state;
	size_t i;
	for(i = 0; i < 4; i++) {
		count(counters, 1, STATS_DATA);
		count_by_threads(counters, 2);
		count(counters, 1, STATS_DATA);
		expect_counts(counters);
		stats_begin(counters->stats);
		assert_int_equal(allocations, 3);
	}
}

/** A thread that counts here and there finds its counters again; and counters
 * that are gone are not mistaken for others in their place. */
static void
test_several(void** state)
{
	struct counters* counters = *state;
	struct stats* other = stats_create(ZONES);
	struct stats_sum sum;
	size_t i;
	assert_non_null(other);
	allocations = 0;
	for(i = 0; i < 10; i++) {
		count(counters, 0, STATS_ALIAS);
		stats_count(other, 2, STATS_NODATA);
	}
	expect_counts(counters);
	stats_read(other, 2, &sum);
	assert_int_equal(sum.answers[STATS_NODATA], 10);
	assert_int_equal(allocations, 2);
	for(i = 0; i < 10; i++) {
		stats_delete(other);
		other = stats_create(ZONES);
		assert_non_null(other);
		stats_count(other, 1, STATS_DATA);
		stats_read(other, 1, &sum);
		assert_int_equal(sum.answers[STATS_DATA], 1);
	}
	stats_delete(other);
	expect_counts(counters);
}

/** Threads that get no counters of their own share some, and lose nothing. */
static void
test_no_memory(void** state)
{
	struct counters* counters = *state;
	refused = 1;
	assert_null(stats_create(ZONES));
	for(refused = 1; refused <= 3; refused++) {
		allocations = 0;
		stats_begin(counters->stats);
		count_by_threads(counters, 3);
	}
	/* all of them */
	stats_delete(counters->stats);
	refused = 0;
	counters->stats = stats_create(ZONES);
	memset(counters->expected, 0, sizeof(counters->expected));
	assert_non_null(counters->stats);
	refused = 1;
	allocations = 0;
	count(counters, 0, STATS_DATA);
	count(counters, 0, STATS_DATA);
	expect_counts(counters);
	/* until the next reload */
	assert_int_equal(allocations, 1);
	stats_begin(counters->stats);
	count(counters, 2, STATS_DATA);
	assert_int_equal(allocations, 2);
	expect_counts(counters);
}

static void*
run_cache(void* arg)
{
	size_t i;
	(void)arg;
	for(i = 0; i < 1000; i++) {
		stats_count_handed_over(2);
		stats_count_taken_back(1);
	}
	return NULL;
}

/** What goes into the cache, and out of it. */
static void
test_cache(void** state)
{
	uint64_t in = stats_handed_over(), out = stats_taken_back();
	pthread_t thread[2];
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(thread); i++)
		assert_int_equal(pthread_create(&thread[i], NULL, run_cache,
			NULL), 0);
	for(i = 0; i < COUNT(thread); i++)
		assert_int_equal(pthread_join(thread[i], NULL), 0);
	assert_int_equal(stats_handed_over() - in, 4000);
	assert_int_equal(stats_taken_back() - out, 2000);
}

#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_counts),
		TEST(test_names),
		TEST(test_no_zones),
		TEST(test_reloads),
		TEST(test_thread_goes_on),
		TEST(test_several),
		TEST(test_no_memory),
		TEST(test_cache),
	};
	return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}
