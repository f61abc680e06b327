/*
 * tests/unit/etcd/test_client.c - requests to etcd's endpoints.
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
#include <stdlib.h>
#include <string.h>

/* --- where to, and what -------------------------------------------------- */

static void
test_use_next(void** state)
{
	static const struct fake_exchange script[] = {
		{ .status = 200, .json = "{}", .end = FAKE_KEEP, .again = true }
	};
	struct fake_etcd* fakes[3];
	char* endpoints[3];
	struct etcd_settings settings = { .endpoints = endpoints,
		.endpoint_count = 3, .connect_timeout = LONG,
		.heartbeat = LONG };
	struct client* client;
	size_t i;
	(void)state;
	for(i = 0; i < 3; i++) {
		fakes[i] = fake_etcd_start(FAKE_ANSWERS, script, 1);
		assert_non_null(fakes[i]);
		endpoints[i] = fake_etcd_url(fakes[i]);
	}
	client = client_create(&settings);
	assert_non_null(client);
	for(i = 0; i < 7; i++) {
		struct call call = { 0 };
		struct taken taken;
		call_init(&call, &taken);
		assert_int_equal(client_endpoint_index(client), i % 3);
		assert_ptr_equal(client_endpoint(client), endpoints[i % 3]);
		assert_true(client_perform(client, &call, "/", "{}", 0, LONG));
		assert_true(call.ok);
		call_end(&call);
		client_use_next(client);
	}
	assert_int_equal(fake_etcd_requests(fakes[0]), 3);
	assert_int_equal(fake_etcd_requests(fakes[1]), 2);
	assert_int_equal(fake_etcd_requests(fakes[2]), 2);
	client_delete(client);
	for(i = 0; i < 3; i++)
		fake_etcd_stop(fakes[i]);
}

static void
test_request(void** state)
{
	static const struct fake_exchange script[] = {
		{ .status = 200, .json = "{}", .end = FAKE_KEEP }
	};
	static const char body[] = "{\"key\":\"L2hlbGl4Lw==\"}";
	const struct fake_request* request;
	struct set set;
	struct call call = { 0 };
	struct taken taken;
	(void)state;
	set_up(&set, FAKE_ANSWERS, script, 1);
	/* a proxy, which would not answer */
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	setenv("all_proxy", "http://127.0.0.1:1", 1);
	call_init(&call, &taken);
	assert_true(client_perform(set.client, &call, "/v3/kv/range", body, 0,
		LONG));
	unsetenv("http_proxy");
	unsetenv("all_proxy");
	assert_true(call.ok);
	call_end(&call);
	request = fake_etcd_request(set.fake, 0);
	assert_non_null(request);
	assert_ptr_equal(strstr(request->head,
		"POST /v3/kv/range HTTP/1.1\r\n"), request->head);
	assert_non_null(strstr(request->head,
		"\r\nGrpc-Metadata-hasleader: true\r\n"));
	assert_non_null(strstr(request->head,
		"\r\nContent-Type: application/json\r\n"));
	assert_non_null(strstr(request->head,
		"\r\nUser-Agent: unbound-helix/"));
	assert_string_equal(request->body, body);
	tear_down(&set);
}

/** A large body arrives whole, and may be freed once the call is started. */
static void
test_large_request(void** state)
{
	static const struct fake_exchange script[] = {
		{ .status = 200, .json = "{}", .end = FAKE_KEEP }
	};
	const size_t len = 700000;
	char* body = malloc(len + 1);
	struct set set;
	struct call call = { 0 };
	struct taken taken;
	(void)state;
	assert_non_null(body);
	memset(body, 'x', len);
	body[len] = 0;
	set_up(&set, FAKE_ANSWERS, script, 1);
	call_init(&call, &taken);
	assert_true(client_start(set.client, &call, "/", body, LONG));
	memset(body, 'y', len);
	free(body);
	while(!call.done)
		assert_true(client_wait(set.client, 100));
	assert_true(call.ok);
	call_end(&call);
	assert_int_equal(strspn(fake_etcd_request(set.fake, 0)->body, "x"),
		len);
	tear_down(&set);
}

/** Without a body, it is a GET. */
static void
test_get(void** state)
{
	static const struct fake_exchange script[] = {
		{ "GET /v2/keys/a?wait=true", NULL, 200, "{}",
			.end = FAKE_KEEP },
		{ "/v2/keys/a?wait=true", "", 200, "{}", .end = FAKE_KEEP } };
	const struct fake_request* request;
	struct set set;
	struct call call = { 0 };
	struct taken taken;
	(void)state;
	set_up(&set, FAKE_ANSWERS, script, 2);
	call_init(&call, &taken);
	assert_true(client_perform(set.client, &call, "/v2/keys/a?wait=true",
		NULL, 0, LONG));
	assert_true(call.ok);
	call_end(&call);
	request = fake_etcd_request(set.fake, 0);
	assert_int_equal(request->exchange, 0);
	assert_null(strstr(request->head, "Content-Length"));
	assert_null(strstr(request->head, "Transfer-Encoding"));
	assert_non_null(strstr(request->head,
		"\r\nGrpc-Metadata-hasleader: true\r\n"));
	/* an empty body is one */
	assert_true(client_perform(set.client, &call, "/v2/keys/a?wait=true",
		"", 0, LONG));
	assert_true(call.ok);
	call_end(&call);
	assert_int_equal(fake_etcd_request(set.fake, 1)->exchange, 1);
	tear_down(&set);
}

/** A path may be as long as a key that is %XX all over; where libcurl does
 * not take it, that is said. */
static void
test_long_paths(void** state)
{
	static const size_t lengths[] = { 1, 1000, 100000, 1000000 };
	const size_t too_long = 8000001;
	static const struct fake_exchange script[] = {
		{ .status = 200, .json = "{}", .end = FAKE_KEEP, .again = true }
	};
	char* path = malloc(too_long + 1);
	struct set set;
	struct call call = { 0 };
	struct taken taken;
	size_t i;
	(void)state;
	assert_non_null(path);
	set_up(&set, FAKE_ANSWERS, script, 1);
	call_init(&call, &taken);
	memset(path, '/', too_long);
	for(i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		path[lengths[i]] = 0;
		assert_true(client_perform(set.client, &call, path, NULL, 0,
			LONG));
		assert_true(call.ok);
		call_end(&call);
		assert_int_equal(strspn(fake_etcd_request(set.fake, i)->head +
			4, "/"), lengths[i]);
		path[lengths[i]] = '/';
	}
	path[too_long] = 0;
	assert_false(client_start(set.client, &call, path, NULL, LONG));
	assert_string_equal(call.failure.text, "out of memory");
	assert_false(call.open);
	assert_true(client_perform(set.client, &call, path, NULL, 0, LONG));
	assert_true(call.done);
	assert_false(call.ok);
	assert_false(call.timed_out);
	call_end(&call);
	assert_int_equal(fake_etcd_requests(set.fake), i);
	tear_down(&set);
	free(path);
}

/** Status and headers are there as soon as they have come, until the call is
 * ended. */
static void
test_head(void** state)
{
	static const struct fake_exchange script[] = {
		{ "GET /held", NULL, 200, NULL, .head = "X-Etcd-Index: 42\r\n"
			"X-Other: \ty \r\n", .end = FAKE_HOLD },
		{ "GET /refused", NULL, 404, "none",
			.head = "X-Etcd-Index: 43\r\n", .end = FAKE_KEEP } };
	struct set set;
	struct call call = { 0 };
	struct taken taken;
	int64_t end = clock_now() + LONG;
	(void)state;
	set_up(&set, FAKE_ANSWERS, script, 2);
	call_init(&call, &taken);
	assert_int_equal(call_status(&call), 0);
	assert_null(call_header(&call, "X-Etcd-Index"));
	assert_true(client_start(set.client, &call, "/held", NULL, 0));
	assert_int_equal(call_status(&call), 0);
	assert_null(call_header(&call, "X-Etcd-Index"));
	while(!call_header(&call, "X-Other")) {
		assert_true(client_wait(set.client, 100));
		assert_true(clock_now() < end);
	}
	assert_false(call.done);
	assert_int_equal(call_status(&call), 200);
	assert_string_equal(call_header(&call, "x-etcd-INDEX"), "42");
	assert_string_equal(call_header(&call, "X-Other"), "y");
	assert_null(call_header(&call, "X-Etcd"));
	assert_int_equal(call.status, 0);
	call_end(&call);
	assert_int_equal(call_status(&call), 0);
	assert_null(call_header(&call, "X-Etcd-Index"));
	assert_true(client_perform(set.client, &call, "/refused", NULL, 0,
		LONG));
	assert_int_equal(call_status(&call), 404);
	assert_string_equal(call_header(&call, "X-Etcd-Index"), "43");
	assert_null(call_header(&call, "X-Other"));
	call_end(&call);
	tear_down(&set);
}

/** Patience is for silence: an answer that goes on may take longer in all. */
static void
test_patience_with_data(void** state)
{
	static const struct fake_exchange script[] = { { .status = 200,
		.raw = "0123456789", .end = FAKE_REPEAT } };
	struct set set;
	struct call call = { 0 };
	struct taken taken;
	(void)state;
	set_up(&set, FAKE_ANSWERS, script, 1);
	call_init(&call, &taken);
	assert_true(client_perform(set.client, &call, "/", "{}", SHORT,
		2 * SHORT));
	assert_true(call.done);
	assert_true(call.timed_out);
	/* by libcurl, which knows nothing of patience */
	assert_null(strstr(call.failure.text, "no answer"));
	assert_int_equal(call.status, 200);
	assert_int_equal(call.received, taken.octets);
	call_end(&call);
	tear_down(&set);
}

/** Silence ends patience, whatever came before. */
static void
test_patience_with_silence(void** state)
{
	static const struct {
		/** how the server treats who connects */
		enum fake_mode mode;
		/** its answer */
		struct fake_exchange answer;
		/** octets of body that come */
		size_t octets;
	} cases[] = {
		{ FAKE_NEVER_CONNECTS, { .end = FAKE_HOLD }, 0 },
		{ FAKE_NEVER_ACCEPTS, { .end = FAKE_HOLD }, 0 },
		{ FAKE_ANSWERS, { .end = FAKE_HOLD }, 0 },
		{ FAKE_ANSWERS, { .status = 200, .end = FAKE_HOLD }, 0 },
		{ FAKE_ANSWERS, { .status = 200, .raw = "some",
			.end = FAKE_HOLD }, 4 },
		{ FAKE_ANSWERS, { .status = 500, .raw = "no",
			.end = FAKE_HOLD }, 2 },
	};
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct set set;
		struct call call = { 0 };
		struct taken taken;
		set_up(&set, cases[i].mode, &cases[i].answer, 1);
		call_init(&call, &taken);
		assert_true(client_perform(set.client, &call, "/", "{}",
			SHORT, 0));
		assert_true(call.done);
		assert_false(call.ok);
		assert_true(call.timed_out);
		assert_string_equal(call.failure.text, "no answer in 100 ms");
		assert_int_equal(call.received, cases[i].octets);
		call_end(&call);
		tear_down(&set);
	}
}

/** Have a server say an octet each 10 milliseconds. */
static bool
drip_act(void* fake)
{
	if(!fake_etcd_say(fake, "/", "x"))
		return false;
	idle_clock_pass(10);
	return true;
}

/** An answer that goes on, but would take for ever, is given up. */
static void
test_patience_with_drips(void** state)
{
	static const struct fake_exchange script[] = { { "/", NULL, 200, "x",
		.end = FAKE_HOLD } };
	struct set set;
	struct call call = { 0 };
	struct taken taken;
	(void)state;
	set_up(&set, FAKE_ANSWERS, script, 1);
	set.settings.request_timeout = SHORT;
	call_init(&call, &taken);
	idle_clock_act(drip_act, set.fake);
	assert_true(client_perform(set.client, &call, "/", "{}", LONG, 0));
	assert_true(call.done);
	assert_true(call.timed_out);
	assert_string_equal(call.failure.text, "the answer is too slow");
	assert_int_equal(call.status, 200);
	assert_true(call.received > 0);
	call_end(&call);
	tear_down(&set);
}

/** Whether an answer is slow is a matter of what has come of late, and of
 * whether anything is to come. */
static void
test_slow(void** state)
{
	static const struct fake_exchange script[] = { { "/", NULL, 200, "x",
		.end = FAKE_HOLD } };
	struct set set;
	struct call call = { 0 };
	struct taken taken;
	int64_t began;
	(void)state;
	set_up(&set, FAKE_ANSWERS, script, 1);
	call_init(&call, &taken);
	assert_true(client_start(set.client, &call, "/", "{}", 0));
	assert_false(call_check_stall(&call, false));
	/* in which two octets are to come */
	set.settings.request_timeout = 2;
	while(!call_check_stall(&call, false))
		assert_true(client_wait(set.client, 1));
	while(taken.octets == 0)
		assert_true(client_wait(set.client, LONG));
	assert_true(call_check_stall(&call, false));
	assert_true(fake_etcd_say(set.fake, "/", "yyy"));
	while(taken.octets == 1)
		assert_true(client_wait(set.client, LONG));
	assert_false(call_check_stall(&call, false));
	while(!call_check_stall(&call, false))
		assert_true(client_wait(set.client, 1));
	assert_false(call_check_stall(&call, true));
	/* the time begins anew */
	set.settings.request_timeout = LONG;
	assert_false(call_check_stall(&call, false));
	set.settings.request_timeout = 2;
	began = clock_now();
	for(; clock_now() - began < 4; idle_clock_pass(1))
		assert_false(call_check_stall(&call, true));
	call_end(&call);
	tear_down(&set);
}

static void
test_delete_nothing(void** state)
{
	(void)state;
	client_delete(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_use_next),
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_large_request),
		cmocka_unit_test(test_get),
		cmocka_unit_test(test_long_paths),
		cmocka_unit_test(test_head),
		cmocka_unit_test(test_patience_with_data),
		cmocka_unit_test(test_patience_with_silence),
		cmocka_unit_test(test_patience_with_drips),
		cmocka_unit_test(test_slow),
		cmocka_unit_test(test_delete_nothing),
	};
	return cmocka_run_group_tests_name("client", tests, NULL, NULL);
}
