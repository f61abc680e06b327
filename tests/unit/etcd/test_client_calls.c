/*
 * tests/unit/etcd/test_client_calls.c - calls that are stopped, ended, or
 * under way at once.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "client_set.h"
#include "idle_clock.h"
#include "base/clock.h"
#include <pthread.h>
#include <string.h>

/* --- stopping ------------------------------------------------------------ */

/** Stops a client. */
struct stopper {
	/** the client */
	struct client* client;
	/** the server that is to have been asked before; NULL: none */
	struct fake_etcd* fake;
};

static void*
stopper_main(void* arg)
{
	const struct stopper* stopper = arg;
	if(stopper->fake)
		(void)fake_etcd_wait(stopper->fake, 1);
	client_stop(stopper->client);
	return NULL;
}

/** A client that was stopped does nothing any more, and waits for nothing. */
static void
check_stopped(struct set* set)
{
	struct call call = { 0 };
	struct taken taken;
	size_t before = fake_etcd_requests(set->fake);
	call_init(&call, &taken);
	assert_true(client_is_stopped(set->client));
	assert_false(client_wait(set->client, LONG));
	assert_false(client_pause(set->client, LONG));
	assert_false(client_perform(set->client, &call, "/", "{}", 0, 0));
	call_end(&call);
	assert_int_equal(fake_etcd_requests(set->fake), before);
}

/** Stop a client while it performs a call. */
static void
check_stop(enum fake_mode mode, const struct fake_exchange* script)
{
	struct set set;
	struct stopper stopper;
	struct call call = { 0 };
	struct taken taken;
	pthread_t thread;
	bool performed;
	set_up(&set, mode, script, 1);
	call_init(&call, &taken);
	stopper = (struct stopper){ set.client, mode == FAKE_ANSWERS ?
		set.fake : NULL };
	assert_false(client_is_stopped(set.client));
	/* time stands until then */
	idle_clock_follow(NULL);
	assert_int_equal(pthread_create(&thread, NULL, stopper_main,
		&stopper), 0);
	performed = client_perform(set.client, &call, "/", "{}", 0, 0);
	pthread_join(thread, NULL);
	assert_false(performed);
	assert_false(call.ok);
	call_end(&call);
	check_stopped(&set);
	tear_down(&set);
}

static void
test_stop(void** state)
{
	static const struct fake_exchange silent = { .end = FAKE_HOLD };
	static const struct fake_exchange held = { .status = 200,
		.json = "{}", .end = FAKE_HOLD };
	static const struct fake_exchange endless = { .status = 200,
		.json = "{}", .end = FAKE_REPEAT };
	(void)state;
	check_stop(FAKE_ANSWERS, &silent);
	check_stop(FAKE_ANSWERS, &held);
	check_stop(FAKE_ANSWERS, &endless);
	check_stop(FAKE_NEVER_ACCEPTS, &silent);
	check_stop(FAKE_NEVER_CONNECTS, &silent);
}

static void
test_stop_pause(void** state)
{
	struct set set;
	struct stopper stopper;
	pthread_t thread;
	bool paused;
	(void)state;
	set_up(&set, FAKE_REFUSES, NULL, 0);
	assert_true(client_pause(set.client, 0));
	assert_true(client_pause(set.client, 1));
	stopper = (struct stopper){ set.client, NULL };
	idle_clock_follow(NULL);
	assert_int_equal(pthread_create(&thread, NULL, stopper_main,
		&stopper), 0);
	paused = client_pause(set.client, 10 * LONG);
	pthread_join(thread, NULL);
	assert_false(paused);
	check_stopped(&set);
	tear_down(&set);
}

/* --- several calls ------------------------------------------------------- */

/** Move on until a call has so many octets. */
static void
wait_for_octets(struct client* client, const struct call* call,
	const struct taken* taken, size_t octets)
{
	int64_t end = clock_now() + LONG;
	while(taken->octets < octets && !call->done) {
		assert_true(client_wait(client, 100));
		assert_true(clock_now() < end);
	}
	assert_int_equal(taken->octets, octets);
}

static void
test_end_under_way(void** state)
{
	static const struct fake_exchange script[] = {
		{ "/held", NULL, 200, "one", .end = FAKE_HOLD },
		{ "/next", NULL, 200, "two", .end = FAKE_KEEP },
	};
	struct set set;
	struct call call = { 0 }, next = { 0 };
	struct taken taken, next_taken;
	(void)state;
	set_up(&set, FAKE_ANSWERS, script, 2);
	call_init(&call, &taken);
	call_init(&next, &next_taken);
	assert_true(client_start(set.client, &call, "/held", "{}", 0));
	assert_true(call.open);
	wait_for_octets(set.client, &call, &taken, 3);
	call_end(&call);
	assert_false(call.open);
	assert_true(fake_etcd_wait_closed(set.fake));
	assert_false(fake_etcd_say(set.fake, "/held", "more"));
	assert_true(client_perform(set.client, &next, "/next", "{}", 0, LONG));
	assert_true(next.ok);
	assert_string_equal(next_taken.text, "two");
	assert_string_equal(taken.text, "one");
	call_end(&next);
	/* once more, and what was never started */
	call_end(&next);
	memset(&next, 0, sizeof(next));
	call_end(&next);
	tear_down(&set);
}

static void
test_two_calls(void** state)
{
	static const struct fake_exchange script[] = {
		{ "/watch", NULL, 200, "one", .end = FAKE_HOLD },
		{ "/probe", NULL, 200, "two", .end = FAKE_KEEP },
	};
	struct set set;
	struct call watch = { 0 }, probe = { 0 };
	struct taken watched, probed;
	(void)state;
	set_up(&set, FAKE_ANSWERS, script, 2);
	call_init(&watch, &watched);
	call_init(&probe, &probed);
	assert_true(client_start(set.client, &watch, "/watch", "{}", 0));
	wait_for_octets(set.client, &watch, &watched, 3);
	assert_true(client_perform(set.client, &probe, "/probe", "{}", 0,
		LONG));
	assert_true(probe.ok);
	assert_string_equal(probed.text, "two");
	assert_false(watch.done);
	assert_true(fake_etcd_say(set.fake, "/watch", "three"));
	wait_for_octets(set.client, &watch, &watched, 8);
	assert_string_equal(watched.text, "onethree");
	assert_false(watch.done);
	call_end(&probe);
	assert_true(fake_etcd_hang_up(set.fake, "/watch", FAKE_CLOSE));
	while(!watch.done)
		assert_true(client_wait(set.client, 100));
	assert_true(watch.ok);
	call_end(&watch);
	tear_down(&set);
}

/* --- half-closed connections --------------------------------------------- */

/** Start a call by GET, and wait for the head of its answer. */
static void
start_and_begin(struct set* set, struct call* call, struct taken* taken,
	const char* path)
{
	call_init(call, taken);
	assert_true(client_start(set->client, call, path, NULL, LONG));
	/* the head alone does not end the waiting */
	while(!call->done && call_status(call) == 0)
		assert_true(client_wait(set->client, 10));
	assert_false(call->done);
}

static void
wait_done(struct set* set, const struct call* call)
{
	while(!call->done)
		assert_true(client_wait(set->client, LONG));
}

/** The next call goes well, whatever became of the connection before. */
static void
check_next(struct set* set)
{
	struct call call = { 0 };
	struct taken taken;
	call_init(&call, &taken);
	assert_true(client_perform(set->client, &call, "/next", NULL, 0,
		LONG));
	assert_true(call.ok);
	assert_string_equal(taken.text, "{}");
	call_end(&call);
}

#define NEXT { "GET /next", NULL, 200, .raw = "{}", .end = FAKE_KEEP, \
	.again = true }

/** The peer sees that nothing more will be asked, and what it still says
 * arrives; on a new connection, and on one that was used before. */
static void
test_half_close(void** state)
{
	static const struct {
		/** what comes with the head */
		const char* first;
		/** what comes after the half-close */
		const char* late;
		/** what the peer does then */
		enum fake_end closed;
		/** whether the call is ok */
		bool ok;
		/** all that was taken */
		const char* text;
	} cases[] = {
		{ NULL, NULL, FAKE_CLOSE, true, "" },
		{ NULL, "late", FAKE_CLOSE, true, "late" },
		{ "early ", "late", FAKE_CLOSE, true, "early late" },
		{ NULL, NULL, FAKE_CUT, false, "" },
		{ "early ", "late", FAKE_CUT, false, "early late" },
	};
	size_t i;
	(void)state;
	for(i = 0; i < 2 * sizeof(cases) / sizeof(*cases); i++) {
		const size_t n = i / 2;
		const struct fake_exchange script[] = { NEXT, { "GET /held",
			NULL, 200, .raw = cases[n].first, .end = FAKE_HOLD,
			.late = cases[n].late, .closed = cases[n].closed } };
		struct set set;
		struct call call = { 0 };
		struct taken taken;
		set_up(&set, FAKE_ANSWERS, script, 2);
		if(i % 2 == 1)
			check_next(&set);
		start_and_begin(&set, &call, &taken, "/held");
		call_half_close(&call);
		wait_done(&set, &call);
		assert_int_equal(call.ok, cases[n].ok);
		assert_false(call.timed_out);
		assert_int_equal(call.status, 200);
		assert_int_equal(call.failure.text[0] == 0, cases[n].ok);
		assert_string_equal(taken.text, cases[n].text);
		call_end(&call);
		check_next(&set);
		tear_down(&set);
	}
}

/** Whatever the peer does then, and when: the call goes on until it ends. */
static void
test_half_close_and_wait(void** state)
{
	static const struct fake_exchange script[] = { NEXT, { "GET /held",
		NULL, 200, .end = FAKE_HOLD, .closed = FAKE_HOLD } };
	struct set set;
	struct call call = { 0 };
	struct taken taken;
	(void)state;
	set_up(&set, FAKE_ANSWERS, script, 2);
	start_and_begin(&set, &call, &taken, "/held");
	call_half_close(&call);
	assert_true(fake_etcd_wait_half_closed(set.fake, "GET /held"));
	/* twice is as once */
	call_half_close(&call);
	assert_true(fake_etcd_say(set.fake, "GET /held", "one "));
	while(!call.done && taken.len < 4)
		assert_true(client_wait(set.client, 10));
	assert_false(call.done);
	assert_true(fake_etcd_say(set.fake, "GET /held", "two"));
	assert_true(fake_etcd_hang_up(set.fake, "GET /held", FAKE_KEEP));
	wait_done(&set, &call);
	assert_true(call.ok);
	assert_string_equal(taken.text, "one two");
	call_end(&call);
	check_next(&set);
	tear_down(&set);
}

/** One call's connection is not another's. */
static void
test_half_close_one_of_two(void** state)
{
	static const struct fake_exchange script[] = { NEXT,
		{ "GET /a", NULL, 200, .end = FAKE_HOLD, .late = "a",
			.closed = FAKE_CLOSE },
		{ "GET /b", NULL, 200, .end = FAKE_HOLD, .late = "closed",
			.closed = FAKE_CUT } };
	struct set set;
	struct call calls[2] = { { 0 } };
	struct taken taken[2];
	(void)state;
	set_up(&set, FAKE_ANSWERS, script, 3);
	check_next(&set);
	start_and_begin(&set, &calls[0], &taken[0], "/a");
	start_and_begin(&set, &calls[1], &taken[1], "/b");
	call_half_close(&calls[0]);
	wait_done(&set, &calls[0]);
	assert_true(calls[0].ok);
	assert_string_equal(taken[0].text, "a");
	assert_false(calls[1].done);
	check_next(&set);
	assert_true(fake_etcd_say(set.fake, "GET /b", "b"));
	assert_true(fake_etcd_hang_up(set.fake, "GET /b", FAKE_KEEP));
	wait_done(&set, &calls[1]);
	assert_true(calls[1].ok);
	assert_string_equal(taken[1].text, "b");
	call_end(&calls[0]);
	call_end(&calls[1]);
	tear_down(&set);
}

/** Before there is a connection, nothing comes of it. */
static void
test_half_close_too_early(void** state)
{
	static const struct fake_exchange script[] = { NEXT };
	struct set set;
	struct call call = { 0 };
	struct taken taken;
	(void)state;
	set_up(&set, FAKE_ANSWERS, script, 1);
	call_init(&call, &taken);
	assert_true(client_start(set.client, &call, "/next", NULL, LONG));
	call_half_close(&call);
	wait_done(&set, &call);
	assert_true(call.ok);
	call_end(&call);
	check_next(&set);
	tear_down(&set);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_stop_pause),
		cmocka_unit_test(test_end_under_way),
		cmocka_unit_test(test_two_calls),
		cmocka_unit_test(test_half_close),
		cmocka_unit_test(test_half_close_and_wait),
		cmocka_unit_test(test_half_close_one_of_two),
		cmocka_unit_test(test_half_close_too_early),
	};
	return cmocka_run_group_tests_name("client calls", tests, NULL, NULL);
}
