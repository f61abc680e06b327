/*
 * tests/unit/etcd/test_client_answers.c - what becomes of a call.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "client_set.h"
#include "base/clock.h"
#include <string.h>

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
	{ "the head only", STATUS(200, NULL, FAKE_HOLD), 0, SHORT,
		false, true, true, 200, "", "" },
	{ "never completed", STATUS(200, "{\"a", FAKE_HOLD), 0, SHORT,
		false, true, true, 200, "{\"a", "" },
	{ "endless answer", STATUS(200, "0123456789", FAKE_REPEAT), 0, SHORT,
		false, true, true, 200, NULL, "" },
	{ "refusal never completed", STATUS(503, "wait", FAKE_HOLD), 0, SHORT,
		false, true, false, 503, "", "wait" },
};

/** Compare a call that is done. */
static void
check_answer(const struct answer_case* answer, const struct call* call,
	const struct taken* taken)
{
	if(call->done && call->ok == answer->ok &&
		call->timed_out == answer->timed_out &&
		(call->failure.text[0] != 0) == answer->failure &&
		call->status == answer->status &&
		(!answer->data || strcmp(taken->text, answer->data) == 0) &&
		strcmp(call->refusal, answer->refusal) == 0 &&
		call->refusal_len == strlen(answer->refusal))
		return;
	fail_msg("%s: done %d, ok %d, timed out %d, status %ld, failure "
		"\"%s\", data \"%s\", refusal \"%s\"", answer->name,
		call->done, call->ok, call->timed_out, call->status,
		call->failure.text, taken->text, call->refusal);
}

static void
test_answers(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(answer_cases) / sizeof(*answer_cases); i++) {
		const struct answer_case* answer = &answer_cases[i];
		struct set set;
		struct call call = { 0 };
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
	struct call call = { 0 };
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
		struct call call = { 0 };
		struct taken taken;
		set_up(&set, FAKE_ANSWERS, script, 1);
		call_init(&call, &taken);
		assert_true(client_perform(set.client, &call, "/", "{}", 0,
			LONG));
		assert_false(call.ok);
		assert_false(call.timed_out);
		assert_int_equal(call.status, 500);
		assert_string_equal(call.failure.text, "");
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
	struct call call = { 0 };
	struct taken taken;
	(void)state;
	set_up(&set, FAKE_REFUSES, NULL, 0);
	call_init(&call, &taken);
	assert_true(client_perform(set.client, &call, "/", "{}", 0, LONG));
	assert_true(call.done);
	assert_false(call.ok);
	assert_false(call.timed_out);
	assert_int_equal(call.status, 0);
	assert_string_not_equal(call.failure.text, "");
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
	int64_t began;
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct set set;
		struct call call = { 0 };
		struct taken taken;
		set_up(&set, cases[i].mode, NULL, 0);
		set.settings.connect_timeout = cases[i].connect_timeout;
		call_init(&call, &taken);
		began = clock_now();
		assert_true(client_perform(set.client, &call, "/", "{}", 0,
			cases[i].timeout));
		/* by the limit that is SHORT */
		assert_in_range(clock_now() - began, SHORT, 2 * SHORT);
		assert_true(call.done);
		assert_false(call.ok);
		assert_true(call.timed_out);
		assert_int_equal(call.status, 0);
		assert_string_not_equal(call.failure.text, "");
		call_end(&call);
		tear_down(&set);
	}
}

/** An endpoint that is no URL fails, and says why. */
static void
test_bad_endpoint(void** state)
{
	struct set set;
	struct call call = { 0 };
	struct taken taken;
	(void)state;
	set_up(&set, FAKE_REFUSES, NULL, 0);
	set.endpoints[0] = (char[]){ "ftp://127.0.0.1:2379" };
	call_init(&call, &taken);
	assert_true(client_perform(set.client, &call, "/", "{}", 0, LONG));
	assert_true(call.done);
	assert_false(call.ok);
	assert_string_not_equal(call.failure.text, "");
	call_end(&call);
	tear_down(&set);
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
	};
	return cmocka_run_group_tests_name("client answers", tests, NULL, NULL);
}
