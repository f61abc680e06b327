/*
 * tests/unit/unbound/test_handover_worker.c - a worker's event.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/*
 * Each worker gets an event at its first query. Where Unbound has none to give,
 * or the operator wants no answers in Unbound's cache, the module hands over
 * nothing until the next init. A worker that stands still holds up no other.
 */
#include "unbound/workers.h"
#include <pthread.h>
#include <sched.h>

/** times that two workers begin at the same time */
#define BEGIN_ROUNDS 5000

/* --- off, wanted, on ----------------------------------------------------- */

/** Nothing is handed over, and what was not is not pending when it changes. */
static void
check_off(void)
{
	unsigned long changes, later;
	/* of a life before */
	bool awake = is_awake();
	assert_false(begin(&changes));
	overtake("off.example.", TYPE_A, false);
	assert_int_equal(handover.invalidate.pending, 0);
	assert_false(begin(&later));
	/* it counts in any state */
	assert_int_equal(later, changes + 1);
	assert_int_equal(is_awake(), awake);
}

static void
test_off(void** state)
{
	(void)state;
	/* before init */
	check_off();
	assert_int_equal(events, 0);
	/* where it is not wanted, workers hear of zone cuts */
	assert_true(handover_open(&handover, false));
	check_off();
	assert_int_equal(events, 1);
	handover_close(&handover);
	check_off();
	assert_int_equal(events, 1);
	assert_string_equal(told, "");
}

/** A worker has its event from its first query on, and one is enough. */
static void
test_on(void** state)
{
	unsigned long first, second;
	(void)state;
	assert_true(handover_open(&handover, true));
	assert_int_equal(events, 0);
	assert_true(begin(&first));
	assert_int_equal(events, 1);
	assert_true(begin(&second));
	assert_int_equal(events, 1);
	assert_int_equal(first, second);
	assert_false(is_awake());
	take_back("a.example.", TYPE_A);
	assert_true(is_awake());
	assert_string_equal(told, "");
	assert_true(begin(&second));
	assert_int_equal(second, first + 1);
}

static void*
begin_once(void* arg)
{
	unsigned long changes;
	(void)arg;
	assert_true(begin(&changes));
	return NULL;
}

/** Each worker has one, and any of them does the work for all: if one stands
 * still, the others do not miss it. */
static void
test_worker_stands_still(void** state)
{
	struct ub_event* mine;
	pthread_t other;
	(void)state;
	open_worker();
	mine = event;
	assert_int_equal(pthread_create(&other, NULL, begin_once, NULL), 0);
	pthread_join(other, NULL);
	assert_int_equal(events, 2);
	assert_int_equal(eventfds, 1);
	assert_ptr_not_equal(event, mine);
	take_back("a.example.", TYPE_A);
	assert_string_equal(told_by_loop(), "[remove a.example. A]");
	/* the other one may come late, and find nothing */
	*told = 0;
	event_call(mine);
	assert_string_equal(told, "");
	take_back("b.example.", TYPE_A);
	event_call(mine);
	assert_string_equal(told, "[remove b.example. A]");
	assert_false(is_awake());
}

/** What another worker does while this one takes back the first of many, as if
 * it stood still there. */
static void
other_goes_on(const uint8_t* owner, uint16_t type)
{
	count_removed(owner, type);
	in_remove = count_removed;
	assert_true(is_awake());
	event_call(event);
	assert_int_equal(removed_total(), 1 + AT_ONCE);
}

/** One that stands still at its work has no more of it than it would have done
 * at once, and others were woken for the rest. */
static void
test_worker_stands_still_at_work(void** state)
{
	(void)state;
	in_remove = other_goes_on;
	open_worker();
	take_back_many(0, MANY);
	loop_once();
	loop();
	expect_removed(MANY);
}

/** number of times that one of those who begin at once was at a meeting */
static atomic_uint met;

/** Meet another thread, and go on within a moment of it: the processor is left
 * to others only where the other one has none. */
static void
meet(void)
{
	unsigned both = met++ / 2 * 2 + 2, looks = 0;
	while(met < both) {
		if(++looks % 1000 == 0)
			sched_yield();
	}
}

static void*
begin_rounds(void* arg)
{
	unsigned long changes;
	unsigned i;
	(void)arg;
	for(i = 0; i < BEGIN_ROUNDS; i++) {
		meet();
		(void)begin(&changes);
		meet();
	}
	return NULL;
}

/** Where two begin at once, each has its event. */
static void
test_begin_at_once(void** state)
{
	pthread_t other;
	unsigned i;
	(void)state;
	assert_int_equal(pthread_create(&other, NULL, begin_rounds, NULL), 0);
	for(i = 0; i < BEGIN_ROUNDS; i++) {
		unsigned long changes;
		handover_open(&handover, true);
		meet();
		(void)begin(&changes);
		meet();
		handover_close(&handover);
	}
	pthread_join(other, NULL);
	assert_int_equal(events, 2 * BEGIN_ROUNDS);
	/* which is used again and again */
	assert_int_equal(eventfds, 1);
}

/** What a worker needs cannot be had: said once, and not tried again until the
 * next init, where it may be there. What is pending waits for a query. */
static void
test_no_worker(void** state)
{
	unsigned long changes;
	int lacks;
	(void)state;
	for(lacks = HAS_RESPIP; lacks <= NO_ADD; lacks++) {
		set_up(NULL);
		lacking = lacks;
		handover_open(&handover, true);
		check_off();
		check(strcmp(told, "[log]") == 0, "%d: \"%s\"", lacks, told);
		check(events == (lacks == NO_ADD || lacks == HAS_RESPIP),
			"%d: tried %u times", lacks, (unsigned)events);
		*told = 0;
		overtake("cut.example.", TYPE_NS, true);
		(void)begin(&changes);
		assert_string_equal(told, "[remove cut.example. NS]"
			"[remove plain cut.example. NS]");
		strcpy(told, "[log]");
		lacking = WORKS;
		check_off();
		handover_close(&handover);
		assert_string_equal(told, "[log]");
		open_worker();
		assert_string_equal(told, "[log]");
		tear_down(NULL);
	}
}

/** It is said which Unbound this is. */
static void
test_no_libevent(void** state)
{
	unsigned long changes;
	(void)state;
	lacking = NO_LIBEVENT;
	handover_open(&handover, true);
	assert_false(begin(&changes));
	assert_non_null(strstr(logged, " mini-event "));
}

/* --- one life after the other -------------------------------------------- */

/** An init: whether answers are to be handed over, and whether the caches are
 * known to have none. */
struct open_case {
	/** the first */
	bool use;
	/** the second */
	bool clean;
};

static const struct open_case open_cases[] = {
	{ false, true },
	{ true, true },
	{ true, false },
	{ false, false },
	{ false, true },
	{ true, true },
	{ false, false },
};

static void
test_open(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(open_cases); i++) {
		unsigned long changes;
		check(handover_open(&handover, open_cases[i].use) ==
			open_cases[i].clean, "row %zu", i);
		check(begin(&changes) == open_cases[i].use, "row %zu", i);
		handover_close(&handover);
		check_off();
	}
}

/** What is pending when a life ends, and what comes before there is a worker in
 * the next, is done then: the caches may be kept. The next has events of its
 * own. */
static void
test_close(void** state)
{
	unsigned long changes;
	(void)state;
	in_remove = count_removed;
	open_worker();
	take_back_many(0, MANY - 10);
	loop_once();
	handover_close(&handover);
	assert_null(event);
	assert_int_equal(removed_total(), AT_ONCE);
	take_back_many(MANY - 10, MANY);
	assert_false(handover_open(&handover, true));
	assert_true(begin(&changes));
	assert_int_equal(events, 2);
	loop();
	expect_removed(MANY);
	in_remove = NULL;
	take_back("a.example.", TYPE_A);
	assert_string_equal(told_by_loop(), "[remove a.example. A]");
	/* once more, as it is */
	handover_close(&handover);
	handover_close(&handover);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_off),
		TEST(test_on),
		TEST(test_worker_stands_still),
		TEST(test_worker_stands_still_at_work),
		TEST(test_begin_at_once),
		TEST(test_no_worker),
		TEST(test_no_libevent),
		TEST(test_open),
		TEST(test_close),
	};
	return cmocka_run_group_tests_name("handover_worker", tests, NULL,
		NULL);
}
