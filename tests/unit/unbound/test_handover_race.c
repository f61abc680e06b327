/*
 * tests/unit/unbound/test_handover_race.c - workers against the writer.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/*
 * One thread changes names while others answer queries about them. The store is
 * an array with the number of each name's last change, and Unbound's cache an
 * array behind a lock. Where the cache answers with a smaller number than some
 * client was told before, an answer has outlived a change.
 */
#include "unbound/workers.h"
#include <pthread.h>
#include <sched.h>
#include <stdio.h>

/** changes of the writer */
#define RACE_CHANGES 100000
/** names that it changes in turn, and threads that answer meanwhile */
#define RACE_NAMES 4
#define RACE_WORKERS 2

/** A writer and workers. */
struct race {
	/** all start together */
	pthread_barrier_t start;
	/** whether the writer is done */
	atomic_bool done;
	/** what the store has of each name: the number of its last change */
	atomic_uint served[RACE_NAMES];
	/** what the cache has; 0: nothing */
	unsigned cached[RACE_NAMES];
	/** Unbound's, which is around the cache */
	pthread_mutex_t lock;
	/** the last that a client was told, by any worker */
	atomic_uint told[RACE_NAMES];
	/** how often a client was told an older one, out of the cache, after
	 * that */
	atomic_uint older;
	/** number of answers that were handed over */
	atomic_uint handed;
};
static struct race race;

static void*
race_write(void* arg)
{
	unsigned i;
	(void)arg;
	pthread_barrier_wait(&race.start);
	for(i = 1; i <= RACE_CHANGES; i++) {
		char text[NAME_TEXT_MAX];
		struct name owner;
		snprintf(text, sizeof(text), "n%u.example.", i % RACE_NAMES);
		assert_null(name_from_text(&owner, text, strlen(text)));
		invalidate_changing(&handover.invalidate);
		race.served[i % RACE_NAMES] = i;
		sched_yield();
		invalidate_overtaken(&handover.invalidate, &owner, TYPE_A,
			false);
		invalidate_changed(&handover.invalidate);
	}
	race.done = true;
	return NULL;
}

/** The loop of a worker. */
static void
race_loop(void)
{
	if(is_awake())
		event_call(own_event);
}

static void
race_remove(const uint8_t* owner, uint16_t type)
{
	count_removed(owner, type);
	pthread_mutex_lock(&race.lock);
	race.cached[name_number(owner)] = 0;
	pthread_mutex_unlock(&race.lock);
}

static void
race_store(const struct reply_info* copy)
{
	const struct packed_rrset_data* data = copy->rrsets[0]->entry.data;
	pthread_mutex_lock(&race.lock);
	race.cached[name_number(copy->rrsets[0]->rk.dname)] =
		(unsigned)data->ttl;
	pthread_mutex_unlock(&race.lock);
	race.handed++;
}

/** A client is told. */
static void
race_tell(unsigned n, unsigned value)
{
	unsigned before = race.told[n];
	while(before < value && !atomic_compare_exchange_weak(&race.told[n],
		&before, value))
		continue;
}

/** Answer a query from the cache, if it is there. */
static void
race_answer_cached(unsigned n)
{
	unsigned before = race.told[n], cached;
	pthread_mutex_lock(&race.lock);
	cached = race.cached[n];
	pthread_mutex_unlock(&race.lock);
	if(cached == 0)
		return;
	if(cached < before)
		race.older++;
	race_tell(n, cached);
}

/** Answer queries, with what the store has as the TTL. */
static void*
race_answer(void* arg)
{
	struct query query[RACE_NAMES];
	unsigned i;
	(void)arg;
	for(i = 0; i < RACE_NAMES; i++) {
		char text[NAME_TEXT_MAX];
		snprintf(text, sizeof(text), "n%u.example.", i);
		query_init(&query[i], text, TYPE_A, NULL, 0);
	}
	pthread_barrier_wait(&race.start);
	/* the writer may be done before a worker gets a processor */
	for(i = 0; !race.done || race.handed == 0; i++) {
		struct query* one = &query[i % RACE_NAMES];
		unsigned long changes;
		bool hand_over = handover_begin(&handover, &one->qstate,
			&changes);
		one->data[0].ttl = race.served[i % RACE_NAMES];
		/* let others overtake it */
		if(i % 16 == 0)
			sched_yield();
		if(hand_over)
			handover_answer(&handover, &one->qstate, changes);
		handover_settle(&handover, &one->qstate);
		race_tell(i % RACE_NAMES, (unsigned)one->data[0].ttl);
		race_answer_cached((i + i / 7) % RACE_NAMES);
		race_loop();
	}
	return NULL;
}

/** Let the writer and some workers run at the same time, to their end; the
 * last that is to be taken back is left. */
static void
race_run(void* (*work)(void*))
{
	pthread_t writer, worker[RACE_WORKERS];
	unsigned i;
	assert_int_equal(pthread_mutex_init(&race.lock, NULL), 0);
	assert_int_equal(pthread_barrier_init(&race.start, NULL,
		RACE_WORKERS + 1), 0);
	assert_int_equal(pthread_create(&writer, NULL, race_write, NULL), 0);
	for(i = 0; i < RACE_WORKERS; i++)
		assert_int_equal(pthread_create(&worker[i], NULL, work, NULL),
			0);
	pthread_join(writer, NULL);
	for(i = 0; i < RACE_WORKERS; i++)
		pthread_join(worker[i], NULL);
	pthread_barrier_destroy(&race.start);
}

static int
race_set_up(void** state)
{
	unsigned n;
	memset(&race, 0, sizeof(race));
	set_up(state);
	in_store = race_store;
	in_remove = race_remove;
	handover_open(&handover, true);
	for(n = 0; n < RACE_NAMES; n++) {
		char text[NAME_TEXT_MAX];
		snprintf(text, sizeof(text), "n%u.example.", n);
		mark(text, TYPE_A);
	}
	return 0;
}

/** Nothing but take back, by the event or where a query begins. */
static void*
race_take_back(void* arg)
{
	unsigned long changes;
	(void)arg;
	(void)begin(&changes);
	pthread_barrier_wait(&race.start);
	while(!race.done) {
		race_loop();
		(void)begin(&changes);
	}
	return NULL;
}

/** Each change that was pending is done, once. */
static void
test_threads_take_back(void** state)
{
	unsigned n;
	(void)state;
	race_run(race_take_back);
	loop();
	for(n = 0; n < RACE_NAMES; n++)
		check(removed[n] == RACE_CHANGES / RACE_NAMES, "n%u: %u "
			"times", n, (unsigned)removed[n]);
	pthread_mutex_destroy(&race.lock);
}

/** Whatever the writer and the workers do at the same time: when all is taken
 * back, the cache has nothing that the store has not. */
static void
test_threads_answer(void** state)
{
	unsigned n;
	(void)state;
	race_run(race_answer);
	loop();
	for(n = 0; n < RACE_NAMES; n++)
		check(race.cached[n] == 0 || race.cached[n] == race.served[n],
			"n%u: the cache has %u, the store %u", n,
			race.cached[n], (unsigned)race.served[n]);
	assert_true(race.handed > 0);
	check(race.older == 0, "%u answers older than one before",
		(unsigned)race.older);
	pthread_mutex_destroy(&race.lock);
}

#define RACE(function) \
	cmocka_unit_test_setup_teardown(function, race_set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		RACE(test_threads_take_back),
		RACE(test_threads_answer),
	};
	return cmocka_run_group_tests_name("handover_race", tests, NULL,
		NULL);
}
