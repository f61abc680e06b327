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
#include "etcd/client.h"
#include "fake_etcd.h"
#include "base/thread.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/** milliseconds that a call may take where it is to end by itself */
#define LONG 60000
/** milliseconds that a call may take where it is to time out */
#define SHORT 100
/** as SHORT, where something is to arrive before */
#define MIDDLE 700

/** A client and the server that it talks to. */
struct set {
	/** the endpoint */
	char* endpoints[1];
	/** how to reach it */
	struct etcd_settings settings;
	/** the server */
	struct fake_etcd* fake;
	/** the client */
	struct client* client;
};

/** What a call's function has taken. */
struct taken {
	/** the octets, as far as they are kept; NUL-terminated */
	char text[4096];
	/** octets in text */
	size_t len;
	/** octets that were handed over */
	size_t octets;
	/** after how many octets to end the call; 0: never */
	size_t enough;
};

static bool
take(void* arg, const char* data, size_t len)
{
	struct taken* taken = arg;
	size_t room = sizeof(taken->text) - 1 - taken->len;
	size_t n = len < room ? len : room;
	memcpy(taken->text + taken->len, data, n);
	taken->len += n;
	taken->text[taken->len] = 0;
	taken->octets += len;
	return taken->enough == 0 || taken->octets < taken->enough;
}

static void
set_up(struct set* set, enum fake_mode mode,
	const struct fake_exchange* script, size_t count)
{
	memset(set, 0, sizeof(*set));
	set->fake = fake_etcd_start(mode, script, count);
	assert_non_null(set->fake);
	set->endpoints[0] = fake_etcd_url(set->fake);
	set->settings = (struct etcd_settings){ .endpoints = set->endpoints,
		.endpoint_count = 1, .connect_timeout = LONG,
		.request_timeout = LONG, .heartbeat = LONG };
	set->client = client_create(&set->settings);
	assert_non_null(set->client);
}

static void
tear_down(struct set* set)
{
	client_delete(set->client);
	fake_etcd_stop(set->fake);
}

static void
call_init(struct call* call, struct taken* taken)
{
	memset(call, 0, sizeof(*call));
	memset(taken, 0, sizeof(*taken));
	call->data = take;
	call->arg = taken;
}

/* --- answers ------------------------------------------------------------- */

/** An answer, and what becomes of the call. */
struct answer_case {
	/** what it is, for a message */
	const char* name;
	/** the answer */
	struct fake_exchange exchange;
	/** octets after which the call's function has enough; 0: never */
	size_t enough;
	/** milliseconds that the call may take */
	unsigned timeout;
	/** whether the call is ok */
	bool ok;
	/** whether it timed out */
	bool timed_out;
	/** whether there is a failure of the connection */
	bool failure;
	/** the status */
	long status;
	/** what the function took; NULL: whatever */
	const char* data;
	/** the refusal */
	const char* refusal;
};

#define RAW(text, then) { .raw = text, .end = then }
#define STATUS(number, text, then) \
	{ .status = number, .raw = text, .end = then }
#define OK_HEAD "HTTP/1.1 200 OK\r\n"

static const struct answer_case answer_cases[] = {
	{ "in one chunk", STATUS(200, "{\"a\":1}", FAKE_CLOSE), 0, LONG,
		true, false, false, 200, "{\"a\":1}", "" },
	{ "the connection stays", STATUS(200, "{}", FAKE_KEEP), 0, LONG,
		true, false, false, 200, "{}", "" },
	{ "octet for octet", { .status = 200, .raw = "abcdefghij", .cut = 1,
		.end = FAKE_CLOSE }, 0, LONG,
		true, false, false, 200, "abcdefghij", "" },
	{ "empty", STATUS(200, NULL, FAKE_CLOSE), 0, LONG,
		true, false, false, 200, "", "" },
	{ "empty, of a length", RAW(OK_HEAD "Content-Length: 0\r\n\r\n",
		FAKE_KEEP), 0, LONG, true, false, false, 200, "", "" },
	{ "of a length", RAW(OK_HEAD "Content-Length: 5\r\n\r\nhello",
		FAKE_KEEP), 0, LONG, true, false, false, 200, "hello", "" },
	{ "of a length, octet for octet", { .raw = OK_HEAD
		"Content-Length: 5\r\n\r\nhello", .cut = 1, .end = FAKE_KEEP },
		0, LONG, true, false, false, 200, "hello", "" },
	{ "up to the end", RAW(OK_HEAD "\r\nhello", FAKE_CLOSE), 0, LONG,
		true, false, false, 200, "hello", "" },
	{ "status 500", STATUS(500, "oops", FAKE_CLOSE), 0, LONG,
		false, false, false, 500, "", "oops" },
	{ "status 500, octet for octet", { .status = 500, .raw = "oops",
		.cut = 1, .end = FAKE_CLOSE }, 0, LONG,
		false, false, false, 500, "", "oops" },
	{ "status 500 without a body", STATUS(500, NULL, FAKE_CLOSE), 0, LONG,
		false, false, false, 500, "", "" },
	{ "status 404", STATUS(404, "<html>404 page not found</html>",
		FAKE_CLOSE), 0, LONG, false, false, false, 404, "",
		"<html>404 page not found</html>" },
	{ "status 200 and HTML", STATUS(200, "<html></html>", FAKE_CLOSE), 0,
		LONG, true, false, false, 200, "<html></html>", "" },
	{ "status 204", RAW("HTTP/1.1 204 No Content\r\n\r\n", FAKE_KEEP), 0,
		LONG, false, false, false, 204, "", "" },
	{ "a redirect is not followed", RAW("HTTP/1.1 301 Moved\r\n"
		"Location: /elsewhere\r\nContent-Length: 2\r\n\r\nno",
		FAKE_KEEP), 0, LONG, false, false, false, 301, "", "no" },
	{ "cut off in the head", RAW(OK_HEAD "X-Etcd-Index: 5\r\n",
		FAKE_CLOSE), 0, LONG, false, false, true, 200, "", "" },
	{ "cut off in the head of a refusal", RAW("HTTP/1.1 500 No\r\n"
		"X-Etcd-Index: 5\r\n", FAKE_CLOSE), 0, LONG,
		false, false, true, 500, "", "" },
	{ "cut off in the head, behind another one", RAW("HTTP/1.1 100 "
		"Continue\r\n\r\n" OK_HEAD, FAKE_CLOSE), 0, LONG,
		false, false, true, 200, "", "" },
	{ "trailers", RAW(OK_HEAD "Transfer-Encoding: chunked\r\n\r\n"
		"2\r\n{}\r\n0\r\nX-More: more\r\n\r\n", FAKE_KEEP), 0,
		LONG, true, false, false, 200, "{}", "" },
	{ "cut off in a chunk", RAW(OK_HEAD "Transfer-Encoding: chunked"
		"\r\n\r\n5\r\nhel", FAKE_CLOSE), 0, LONG,
		false, false, true, 200, "hel", "" },
	{ "cut off behind a chunk", STATUS(200, "{}", FAKE_CUT), 0, LONG,
		false, false, true, 200, "{}", "" },
	{ "cut off before its length", RAW(OK_HEAD "Content-Length: 9\r\n\r\n"
		"hello", FAKE_CLOSE), 0, LONG,
		false, false, true, 200, "hello", "" },
	{ "cut off refusal", STATUS(500, "oops", FAKE_CUT), 0, LONG,
		false, false, false, 500, "", "oops" },
	{ "no answer", RAW(NULL, FAKE_CLOSE), 0, LONG,
		false, false, true, 0, "", "" },
	{ "no HTTP", RAW("SSH-2.0-OpenSSH_9.2\r\n", FAKE_CLOSE), 0, LONG,
		false, false, true, 0, NULL, "" },
	{ "enough", STATUS(200, "0123456789", FAKE_REPEAT), 100, LONG,
		false, false, true, 200, NULL, "" },
	{ "never answered", RAW(NULL, FAKE_HOLD), 0, SHORT,
		false, true, true, 0, "", "" },
	{ "the head only", STATUS(200, NULL, FAKE_HOLD), 0, MIDDLE,
		false, true, true, 200, "", "" },
	{ "never completed", STATUS(200, "{\"a", FAKE_HOLD), 0, MIDDLE,
		false, true, true, 200, "{\"a", "" },
	{ "endless answer", STATUS(200, "0123456789", FAKE_REPEAT), 0, MIDDLE,
		false, true, true, 200, NULL, "" },
	{ "refusal never completed", STATUS(503, "wait", FAKE_HOLD), 0, MIDDLE,
		false, true, false, 503, "", "wait" },
};

/** Compare a call that is done. */
static void
check_answer(const struct answer_case* answer, const struct call* call,
	const struct taken* taken)
{
	if(call->done && call->ok == answer->ok &&
		call->timed_out == answer->timed_out &&
		(call->failure[0] != 0) == answer->failure &&
		call->status == answer->status &&
		(!answer->data || strcmp(taken->text, answer->data) == 0) &&
		strcmp(call->refusal, answer->refusal) == 0 &&
		call->refusal_len == strlen(answer->refusal))
		return;
	fail_msg("%s: done %d, ok %d, timed out %d, status %ld, failure "
		"\"%s\", data \"%s\", refusal \"%s\"", answer->name,
		call->done, call->ok, call->timed_out, call->status,
		call->failure, taken->text, call->refusal);
}

static void
test_answers(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(answer_cases) / sizeof(*answer_cases); i++) {
		const struct answer_case* answer = &answer_cases[i];
		struct set set;
		struct call call;
		struct taken taken;
		set_up(&set, FAKE_ANSWERS, &answer->exchange, 1);
		call_init(&call, &taken);
		taken.enough = answer->enough;
		assert_true(client_perform(set.client, &call, "/v3/kv/range",
			"{}", 0, answer->timeout));
		check_answer(answer, &call, &taken);
		call_end(&call);
		assert_int_equal(fake_etcd_requests(set.fake), 1);
		tear_down(&set);
	}
}

static void
test_zero_octets(void** state)
{
	static const struct fake_exchange script[] = { {
		.raw = OK_HEAD "Content-Length: 3\r\n\r\n\0\1\0",
		.raw_len = sizeof(OK_HEAD "Content-Length: 3\r\n\r\n\0\1\0")
			- 1, .end = FAKE_KEEP } };
	struct set set;
	struct call call;
	struct taken taken;
	(void)state;
	set_up(&set, FAKE_ANSWERS, script, 1);
	call_init(&call, &taken);
	assert_true(client_perform(set.client, &call, "/", "{}", 0, LONG));
	assert_true(call.ok);
	assert_int_equal(taken.len, 3);
	assert_memory_equal(taken.text, "\0\1\0", 3);
	call_end(&call);
	tear_down(&set);
}

/** Refusals about as long as what is kept, and one that never ends. */
static void
test_long_refusals(void** state)
{
	static char text[CALL_REFUSAL_MAX + 2];
	size_t len;
	(void)state;
	memset(text, 'x', sizeof(text));
	for(len = CALL_REFUSAL_MAX - 1; len <= CALL_REFUSAL_MAX + 2; len++) {
		const struct fake_exchange script[] = { { .status = 500,
			.raw = text, .raw_len = len, .cut = 1000,
			.end = len > CALL_REFUSAL_MAX + 1 ? FAKE_REPEAT :
				FAKE_CLOSE } };
		struct set set;
		struct call call;
		struct taken taken;
		set_up(&set, FAKE_ANSWERS, script, 1);
		call_init(&call, &taken);
		assert_true(client_perform(set.client, &call, "/", "{}", 0,
			LONG));
		assert_false(call.ok);
		assert_false(call.timed_out);
		assert_int_equal(call.status, 500);
		assert_string_equal(call.failure, "");
		assert_int_equal(call.refusal_len, len < CALL_REFUSAL_MAX ?
			len : CALL_REFUSAL_MAX);
		assert_int_equal(strlen(call.refusal), call.refusal_len);
		assert_int_equal(taken.octets, 0);
		call_end(&call);
		tear_down(&set);
	}
}

/* --- no answers ---------------------------------------------------------- */

static void
test_refused(void** state)
{
	struct set set;
	struct call call;
	struct taken taken;
	(void)state;
	set_up(&set, FAKE_REFUSES, NULL, 0);
	call_init(&call, &taken);
	assert_true(client_perform(set.client, &call, "/", "{}", 0, LONG));
	assert_true(call.done);
	assert_false(call.ok);
	assert_false(call.timed_out);
	assert_int_equal(call.status, 0);
	assert_string_not_equal(call.failure, "");
	call_end(&call);
	tear_down(&set);
}

/** Neither what is never accepted nor what is never connected is waited for
 * longer than it may take; without a timeout, the connection's counts. */
static void
test_unreachable(void** state)
{
	static const struct {
		/** how the server treats who connects */
		enum fake_mode mode;
		/** milliseconds that the connection may take */
		unsigned connect_timeout;
		/** milliseconds that all may take */
		unsigned timeout;
	} cases[] = {
		{ FAKE_NEVER_ACCEPTS, LONG, SHORT },
		{ FAKE_NEVER_CONNECTS, LONG, SHORT },
		{ FAKE_NEVER_CONNECTS, SHORT, LONG },
		{ FAKE_NEVER_CONNECTS, SHORT, 0 },
	};
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct set set;
		struct call call;
		struct taken taken;
		set_up(&set, cases[i].mode, NULL, 0);
		set.settings.connect_timeout = cases[i].connect_timeout;
		call_init(&call, &taken);
		assert_true(client_perform(set.client, &call, "/", "{}", 0,
			cases[i].timeout));
		assert_true(call.done);
		assert_false(call.ok);
		assert_true(call.timed_out);
		assert_int_equal(call.status, 0);
		assert_string_not_equal(call.failure, "");
		call_end(&call);
		tear_down(&set);
	}
}

/** An endpoint that is no URL fails, and says why. */
static void
test_bad_endpoint(void** state)
{
	struct set set;
	struct call call;
	struct taken taken;
	(void)state;
	set_up(&set, FAKE_REFUSES, NULL, 0);
	set.endpoints[0] = (char[]){ "ftp://127.0.0.1:2379" };
	call_init(&call, &taken);
	assert_true(client_perform(set.client, &call, "/", "{}", 0, LONG));
	assert_true(call.done);
	assert_false(call.ok);
	assert_string_not_equal(call.failure, "");
	call_end(&call);
	tear_down(&set);
}

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
	struct call call;
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
	struct call call;
	struct taken taken;
	pthread_t thread;
	bool performed;
	set_up(&set, mode, script, 1);
	call_init(&call, &taken);
	stopper = (struct stopper){ set.client, mode == FAKE_ANSWERS ?
		set.fake : NULL };
	assert_false(client_is_stopped(set.client));
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
	struct call call, next;
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
	struct call watch, probe;
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
	struct call call;
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
		struct call call;
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
		assert_int_equal(call.failure[0] == 0, cases[n].ok);
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
	struct call call;
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
	struct call calls[2];
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
	struct call call;
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
		struct call call;
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
	struct call call;
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
	struct call call;
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
	struct call call;
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
	struct call call;
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
	assert_string_equal(call.failure, "out of memory");
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
	struct call call;
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
	struct call call;
	struct taken taken;
	(void)state;
	set_up(&set, FAKE_ANSWERS, script, 1);
	call_init(&call, &taken);
	assert_true(client_perform(set.client, &call, "/", "{}", MIDDLE,
		2 * MIDDLE));
	assert_true(call.done);
	assert_true(call.timed_out);
	/* by libcurl, which knows nothing of patience */
	assert_null(strstr(call.failure, "no answer"));
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
		struct call call;
		struct taken taken;
		set_up(&set, cases[i].mode, &cases[i].answer, 1);
		call_init(&call, &taken);
		assert_true(client_perform(set.client, &call, "/", "{}",
			MIDDLE, 0));
		assert_true(call.done);
		assert_false(call.ok);
		assert_true(call.timed_out);
		assert_string_equal(call.failure, "no answer in 700 ms");
		assert_int_equal(call.received, cases[i].octets);
		call_end(&call);
		tear_down(&set);
	}
}

/** Has a server say an octet again and again. */
static void*
drip_main(void* arg)
{
	const struct timespec pause = { 0, 10000000 };
	(void)fake_etcd_wait_held(arg, "/");
	while(fake_etcd_say(arg, "/", "x"))
		(void)nanosleep(&pause, NULL);
	return NULL;
}

/** An answer that goes on, but would take for ever, is given up. */
static void
test_patience_with_drips(void** state)
{
	static const struct fake_exchange script[] = { { "/", NULL, 200, "x",
		.end = FAKE_HOLD } };
	struct set set;
	struct call call;
	struct taken taken;
	pthread_t thread;
	(void)state;
	set_up(&set, FAKE_ANSWERS, script, 1);
	set.settings.request_timeout = MIDDLE;
	call_init(&call, &taken);
	assert_int_equal(pthread_create(&thread, NULL, drip_main, set.fake),
		0);
	assert_true(client_perform(set.client, &call, "/", "{}", LONG, 0));
	assert_true(call.done);
	assert_true(call.timed_out);
	assert_string_equal(call.failure, "the answer is too slow");
	assert_int_equal(call.status, 200);
	assert_true(call.received > 0);
	call_end(&call);
	pthread_join(thread, NULL);
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
	struct call call;
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
	while(clock_now() - began < 4)
		assert_false(call_check_stall(&call, true));
	call_end(&call);
	tear_down(&set);
}

static void
test_now(void** state)
{
	int64_t before = clock_now(), after = clock_now();
	(void)state;
	assert_true(before > 0);
	assert_true(after >= before);
	client_delete(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_zero_octets),
		cmocka_unit_test(test_long_refusals),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_unreachable),
		cmocka_unit_test(test_bad_endpoint),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_stop_pause),
		cmocka_unit_test(test_end_under_way),
		cmocka_unit_test(test_two_calls),
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
		cmocka_unit_test(test_half_close),
		cmocka_unit_test(test_half_close_and_wait),
		cmocka_unit_test(test_half_close_one_of_two),
		cmocka_unit_test(test_half_close_too_early),
		cmocka_unit_test(test_now),
	};
	return cmocka_run_group_tests_name("client", tests, NULL, NULL);
}
