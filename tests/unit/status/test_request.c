/*
 * tests/unit/status/test_request.c - heads of HTTP requests.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "check.h"
#include "status/request.h"
#include <stdio.h>

/* --- where a head ends --------------------------------------------------- */

static const struct {
	const char* octets;
	size_t len;
	/** octets of the head */
	size_t expected;
} ends[] = {
	{ OCTETS(""), 0 },
	{ OCTETS("GET / HTTP/1.0\r\n"), 0 },
	{ OCTETS("GET / HTTP/1.0\r\n\r"), 0 },
	{ OCTETS("GET / HTTP/1.0\r\n\r\n"), 18 },
	{ OCTETS("GET / HTTP/1.0\n\n"), 16 },
	{ OCTETS("GET / HTTP/1.0\n\r\n"), 17 },
	{ OCTETS("GET / HTTP/1.0\r\n\n"), 17 },
	{ OCTETS("a\r\nb\r\n\r\nc\r\n\r\n"), 8 },
	/* empty lines before it are no end */
	{ OCTETS("\r\n"), 0 },
	{ OCTETS("\r\n\r\n"), 0 },
	{ OCTETS("\n\n\n"), 0 },
	{ OCTETS("\n\r\na\n\n"), 6 },
	/* an octet of 0 is one like others */
	{ OCTETS("a\0b\r\n\0\r\n\r\n"), 10 },
	{ OCTETS("\r\r\n\r\n"), 5 } };

static void
test_ends(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(ends); i++) {
		char* octets = copy_exactly(ends[i].octets, ends[i].len);
		size_t len = request_head_len(octets, ends[i].len);
		check(len == ends[i].expected, "row %zu: %zu", i, len);
		free(octets);
	}
}

/* --- heads --------------------------------------------------------------- */

/** Nearly all heads have this. */
#define H "Host: h\r\n"

static const struct {
	const char* octets;
	size_t len;
	/** what is expected: the status, and if that is 200, the rest */
	unsigned status;
	const char* path;
	const char* accept;
} heads[] = {
	{ OCTETS("GET /ready HTTP/1.1\r\n" H "\r\n"), 200, "/ready", "" },
	{ OCTETS("GET /ready HTTP/1.0\r\n\r\n"), 200, "/ready", "" },
	{ OCTETS("GET /ready HTTP/1.0\n\n"), 200, "/ready", "" },
	{ OCTETS("\r\n\nGET /ready HTTP/1.0\r\n\r\n"), 200, "/ready", "" },
	{ OCTETS("GET /ready HTTP/1.9\r\n" H "\r\n"), 200, "/ready", "" },
	{ OCTETS("GET / HTTP/1.1\r\nhOST:h\r\n\r\n"), 200, "/", "" },
	/* targets */
	{ OCTETS("GET /ready? HTTP/1.1\r\n" H "\r\n"), 200, "/ready", "" },
	{ OCTETS("GET /ready?a?b HTTP/1.1\r\n" H "\r\n"), 200, "/ready", "" },
	{ OCTETS("GET /?/ready HTTP/1.1\r\n" H "\r\n"), 200, "/", "" },
	{ OCTETS("GET /%72eady HTTP/1.1\r\n" H "\r\n"), 200, "/%72eady", "" },
	{ OCTETS("GET http://h:1/ready HTTP/1.1\r\n" H "\r\n"), 200, "/ready",
		"" },
	{ OCTETS("GET HTTP://h HTTP/1.1\r\n" H "\r\n"), 200, "/", "" },
	{ OCTETS("GET http:// HTTP/1.1\r\n" H "\r\n"), 200, "/", "" },
	{ OCTETS("GET /x2345678901234567890123456789012345678901234567890123"
		"4567890 HTTP/1.1\r\n" H "\r\n"), 200, "/x2345678901234567890"
		"1234567890123456789012345678901234567890", "" },
	{ OCTETS("GET /x2345678901234567890123456789012345678901234567890123"
		"456789012 HTTP/1.1\r\n" H "\r\n"), 200, "/x23456789012345678"
		"901234567890123456789012345678901234567890" "12", "" },
	{ OCTETS("GET /x2345678901234567890123456789012345678901234567890123"
		"4567890123 HTTP/1.1\r\n" H "\r\n"), 200, "", "" },
	{ OCTETS("GET ready HTTP/1.1\r\n" H "\r\n"), 400, NULL, NULL },
	{ OCTETS("GET * HTTP/1.1\r\n" H "\r\n"), 400, NULL, NULL },
	{ OCTETS("GET https://h/ready HTTP/1.1\r\n" H "\r\n"), 400, NULL,
		NULL },
	{ OCTETS("GET /re\0dy HTTP/1.1\r\n" H "\r\n"), 400, NULL, NULL },
	{ OCTETS("GET /re\x7f" "dy HTTP/1.1\r\n" H "\r\n"), 400, NULL, NULL },
	{ OCTETS("GET /re\xc3\xa4 HTTP/1.1\r\n" H "\r\n"), 400, NULL, NULL },
	{ OCTETS("GET /a b HTTP/1.1\r\n" H "\r\n"), 400, NULL, NULL },
	{ OCTETS("GET /a\tb HTTP/1.1\r\n" H "\r\n"), 400, NULL, NULL },
	/* request lines */
	{ OCTETS("GET /ready\r\n\r\n"), 400, NULL, NULL },
	{ OCTETS("GET\r\n\r\n"), 400, NULL, NULL },
	{ OCTETS("x\r\n\r\n"), 400, NULL, NULL },
	{ OCTETS(" GET / HTTP/1.0\r\n\r\n"), 400, NULL, NULL },
	{ OCTETS("GET  / HTTP/1.0\r\n\r\n"), 400, NULL, NULL },
	{ OCTETS("GET / HTTP/1.0 \r\n\r\n"), 400, NULL, NULL },
	{ OCTETS("GET / HTTP/1.0\r\r\n\r\n"), 400, NULL, NULL },
	{ OCTETS("G(T / HTTP/1.0\r\n\r\n"), 400, NULL, NULL },
	{ OCTETS("G\0T / HTTP/1.0\r\n\r\n"), 400, NULL, NULL },
	{ OCTETS("\x16\x03\x01\x02 \x01 \x02\r\n\r\n"), 400, NULL, NULL },
	{ OCTETS("GET / HTTP/2.0\r\n" H "\r\n"), 505, NULL, NULL },
	{ OCTETS("PRI * HTTP/2.0\r\n\r\n"), 505, NULL, NULL },
	{ OCTETS("GET / HTTP/0.9\r\n" H "\r\n"), 505, NULL, NULL },
	{ OCTETS("GET / http/1.1\r\n" H "\r\n"), 400, NULL, NULL },
	{ OCTETS("GET / HTTP/1.10\r\n" H "\r\n"), 400, NULL, NULL },
	{ OCTETS("GET / HTTP/1\r\n" H "\r\n"), 400, NULL, NULL },
	{ OCTETS("GET / HTTP/x.y\r\n" H "\r\n"), 400, NULL, NULL },
	{ OCTETS("GET / HTTPS/1.1\r\n" H "\r\n"), 400, NULL, NULL },
	/* methods: whether they are allowed depends on the path */
	{ OCTETS("get /ready HTTP/1.1\r\n" H "\r\n"), 200, "/ready", "" },
	{ OCTETS("OPTIONS * HTTP/1.1\r\n" H "\r\n"), 405, NULL, NULL },
	{ OCTETS("CONNECT h:1 HTTP/1.1\r\n" H "\r\n"), 405, NULL, NULL },
	/* fields */
	{ OCTETS("GET / HTTP/1.1\r\n\r\n"), 400, NULL, NULL },
	{ OCTETS("GET / HTTP/1.1\r\nHosts: h\r\n\r\n"), 400, NULL, NULL },
	{ OCTETS("GET / HTTP/1.1\r\n" H H "\r\n"), 400, NULL, NULL },
	{ OCTETS("GET / HTTP/1.0\r\n" H H "\r\n"), 400, NULL, NULL },
	{ OCTETS("GET / HTTP/1.1\r\nHost:\r\n\r\n"), 200, "/", "" },
	{ OCTETS("GET / HTTP/1.1\r\nHost : h\r\n\r\n"), 400, NULL, NULL },
	{ OCTETS("GET / HTTP/1.1\r\n" H " more\r\n\r\n"), 400, NULL, NULL },
	{ OCTETS("GET / HTTP/1.1\r\n" H "\tmore\r\n\r\n"), 400, NULL, NULL },
	{ OCTETS("GET / HTTP/1.1\r\n" H "no colon\r\n\r\n"), 400, NULL, NULL },
	{ OCTETS("GET / HTTP/1.1\r\n" H ": x\r\n\r\n"), 400, NULL, NULL },
	{ OCTETS("GET / HTTP/1.1\r\n" H "X: \0\r\n\r\n"), 400, NULL, NULL },
	{ OCTETS("GET / HTTP/1.1\r\n" H "X: a\rb\r\n\r\n"), 400, NULL, NULL },
	{ OCTETS("GET / HTTP/1.1\r\n" H "X: \x7f\r\n\r\n"), 400, NULL, NULL },
	{ OCTETS("GET / HTTP/1.1\r\n" H "X: \xff\t\x80\r\n\r\n"), 200, "/",
		"" },
	{ OCTETS("GET / HTTP/1.1\r\n" H "Content-Length: 5\r\n"
		"Transfer-Encoding: chunked\r\n\r\n"), 200, "/", "" },
	/* Accept */
	{ OCTETS("GET / HTTP/1.0\r\nAccept: a/b;q=0.5\r\n\r\n"), 200, "/",
		"a/b;q=0.5" },
	{ OCTETS("GET / HTTP/1.0\r\nACCEPT:\t a/b \t\r\n\r\n"), 200, "/",
		"a/b" },
	{ OCTETS("GET / HTTP/1.0\r\nAccept:\r\n\r\n"), 200, "/", "" },
	{ OCTETS("GET / HTTP/1.0\r\nAccept: a\r\nX: y\r\nAccept: b\r\n\r\n"),
		200, "/", "a, b" },
	{ OCTETS("GET / HTTP/1.0\r\nAccept-Encoding: gzip\r\n\r\n"), 200, "/",
		"" } };

static void
test_heads(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(heads); i++) {
		size_t len = heads[i].len;
		char* octets = copy_exactly(heads[i].octets, len);
		struct request request;
		unsigned status = request_read(octets, len, &request);
		check(request_head_len(octets, len) == len,
			"row %zu does not end there", i);
		check(status == heads[i].status, "row %zu: %u", i, status);
		if(status == 200)
			check(strcmp(request.path, heads[i].path) == 0 &&
				strcmp(request.accept, heads[i].accept) == 0,
				"row %zu: %s, %s", i, request.path,
				request.accept);
		free(octets);
	}
}

static const struct {
	const char* head;
	enum request_method expected;
} methods[] = {
	{ "GET / HTTP/1.0\n\n", REQUEST_GET },
	{ "HEAD / HTTP/1.0\n\n", REQUEST_HEAD },
	/* also where the rest is wrong */
	{ "HEAD / HTTP/2.0\n\n", REQUEST_HEAD },
	{ "HEAD x HTTP/1.0\n\n", REQUEST_HEAD },
	{ "HEAD / HTTP/1.1\n\n", REQUEST_HEAD },
	{ "HEAD x\n\n", REQUEST_HEAD },
	{ "POST / HTTP/1.0\n\n", REQUEST_OTHER },
	{ "GETS / HTTP/1.0\n\n", REQUEST_OTHER },
	{ "GE / HTTP/1.0\n\n", REQUEST_OTHER },
	{ "head / HTTP/1.0\n\n", REQUEST_OTHER },
	{ "HEAD\n\n", REQUEST_OTHER },
	{ "BREW / HTTP/1.0\n\n", REQUEST_OTHER } };

static void
test_methods(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(methods); i++) {
		struct request request;
		(void)request_read(methods[i].head, strlen(methods[i].head),
			&request);
		check(request.method == methods[i].expected, "row %zu: %d", i,
			(int)request.method);
	}
}

/** A head with Accept fields. @param lens: their lengths, which end with 0. */
static enum http_status
read_accepts(const size_t* lens, struct request* request)
{
	static char head[REQUEST_HEAD_MAX];
	size_t len = (size_t)sprintf(head, "GET / HTTP/1.0\r\n");
	for(; *lens > 0; lens++) {
		len += (size_t)sprintf(head + len, "Accept: ");
		memset(head + len, 'a', *lens);
		len += *lens;
		len += (size_t)sprintf(head + len, "\r\n");
	}
	len += (size_t)sprintf(head + len, "\r\n");
	return request_read(head, len, request);
}

/** More than is kept is as none: half of it could say the contrary. */
static void
test_long_accept(void** state)
{
	static const struct {
		size_t lens[4];
		/** octets that are kept */
		size_t expected;
	} rows[] = {
		{ { REQUEST_ACCEPT_MAX - 1 }, REQUEST_ACCEPT_MAX - 1 },
		{ { REQUEST_ACCEPT_MAX }, 0 },
		{ { 1, REQUEST_ACCEPT_MAX - 4 }, REQUEST_ACCEPT_MAX - 1 },
		{ { 1, REQUEST_ACCEPT_MAX - 3 }, 0 },
		{ { REQUEST_ACCEPT_MAX, 1 }, 0 },
		{ { REQUEST_ACCEPT_MAX - 1, 1, 1 }, 0 } };
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(rows); i++) {
		struct request request;
		assert_int_equal(read_accepts(rows[i].lens, &request),
			HTTP_OK);
		check(strlen(request.accept) == rows[i].expected,
			"row %zu: %zu", i, strlen(request.accept));
	}
}

static void
test_too_large(void** state)
{
	static char head[REQUEST_HEAD_MAX];
	(void)state;
	memset(head, 'x', sizeof(head));
	assert_int_equal(request_too_large(head, sizeof(head)),
		HTTP_URI_TOO_LONG);
	head[0] = '\n';
	assert_int_equal(request_too_large(head, sizeof(head)),
		HTTP_URI_TOO_LONG);
	head[100] = '\n';
	assert_int_equal(request_too_large(head, sizeof(head)),
		HTTP_FIELDS_TOO_LARGE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_heads),
		cmocka_unit_test(test_methods),
		cmocka_unit_test(test_long_accept),
		cmocka_unit_test(test_too_large),
	};
	return cmocka_run_group_tests_name("request", tests, NULL, NULL);
}
