/*
 * tests/unit/status/test_page.c - what an HTTP server answers.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/* The clocks stand still, and a page takes as long as its test says. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "check.h"
#include "status/page.h"
#include <stdio.h>
#include <time.h>

/** microseconds */
static int64_t now;
/** how long a page takes to be written */
static int64_t cost;
/** how often one was written */
static unsigned written;
/** whether memory has run out */
static bool no_memory;

int __wrap_clock_gettime(clockid_t id, struct timespec* time);

int
__wrap_clock_gettime(clockid_t id, struct timespec* time)
{
	(void)id;
	time->tv_sec = now / 1000000;
	time->tv_nsec = now % 1000000 * 1000;
	return 0;
}

static bool
write_form(void* arg, unsigned form, struct answer* answer)
{
	char text[64];
	assert_ptr_equal(arg, &written);
	assert_int_equal(answer->status, HTTP_OK);
	assert_int_equal(answer->body.len, 0);
	now += cost;
	written++;
	answer->type = form ? "text/odd" : "text/even";
	snprintf(text, sizeof(text), "%u of form %u", written, form);
	return !no_memory && buffer_append(&answer->body, text, strlen(text));
}

static bool
write_unready(void* arg, unsigned form, struct answer* answer)
{
	assert_int_equal(form, 0);
	answer->status = HTTP_UNAVAILABLE;
	answer->type = "text/plain";
	now += cost;
	(void)arg;
	return buffer_append(&answer->body, "no", 2);
}

/** By the length of what is accepted. */
static unsigned
choose(const char* accept)
{
	return strlen(accept) % 2;
}

static const struct page table[] = { { "/forms", choose, write_form },
	{ "/ready", NULL, write_unready } };
static struct pages pages;

static int
set_up(void** state)
{
	(void)state;
	pages = (struct pages){ .table = table, .count = COUNT(table),
		.arg = &written };
	now = 1000000000;
	cost = 0;
	written = 0;
	no_memory = false;
	return 0;
}

static int
tear_down(void** state)
{
	(void)state;
	pages_clear(&pages);
	return 0;
}

/** Ask for a page. @return the answer, to be released. */
static struct answer*
ask(enum request_method method, const char* path, const char* accept)
{
	struct request request = { .method = method };
	strcpy(request.path, path);
	strcpy(request.accept, accept);
	return pages_answer(&pages, HTTP_OK, &request);
}

/** Compare an answer, and release it. */
static void
expect(struct answer* answer, enum http_status status, const char* body)
{
	assert_non_null(answer);
	check(answer->status == status && answer->body.len == strlen(body) &&
		memcmp(answer->body.data, body, answer->body.len) == 0,
		"%d %.*s, expected %s", (int)answer->status,
		(int)answer->body.len, (char*)answer->body.data, body);
	assert_non_null(answer->type);
	answer_release(answer);
}

static void
test_answers(void** state)
{
	static const char paths[] = "Not Found\nthere are /forms, /ready\n";
	(void)state;
	expect(ask(REQUEST_GET, "/forms", ""), 200, "1 of form 0");
	expect(ask(REQUEST_HEAD, "/forms", ""), 200, "2 of form 0");
	expect(ask(REQUEST_GET, "/forms", "x"), 200, "3 of form 1");
	expect(ask(REQUEST_GET, "/ready", "x"), 503, "no");
	expect(ask(REQUEST_GET, "/", ""), 404, paths);
	expect(ask(REQUEST_GET, "/form", ""), 404, paths);
	expect(ask(REQUEST_GET, "/forms/", ""), 404, paths);
	expect(ask(REQUEST_GET, "", ""), 404, paths);
	expect(ask(REQUEST_OTHER, "/", ""), 404, paths);
	expect(ask(REQUEST_OTHER, "/forms", ""), 405, "Method Not Allowed\n");
	assert_int_equal(written, 3);
}

static void
test_errors(void** state)
{
	static const struct {
		enum http_status status;
		const char* body;
	} rows[] = {
		{ HTTP_BAD_REQUEST, "Bad Request\n" },
		{ HTTP_URI_TOO_LONG, "URI Too Long\n" },
		{ HTTP_FIELDS_TOO_LARGE, "Request Header Fields Too Large\n" },
		{ HTTP_VERSION_NOT_SUPPORTED, "HTTP Version Not Supported\n" },
		{ HTTP_METHOD_NOT_ALLOWED, "Method Not Allowed\n" } };
	struct request request = { .path = "/forms" };
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(rows); i++)
		expect(pages_answer(&pages, rows[i].status, &request),
			rows[i].status, rows[i].body);
	assert_int_equal(written, 0);
}

/** What took little time is made anew; what took long is given again. */
static void
test_given_again(void** state)
{
	(void)state;
	cost = PAGE_DEAR - 1;
	expect(ask(REQUEST_GET, "/forms", ""), 200, "1 of form 0");
	expect(ask(REQUEST_GET, "/forms", ""), 200, "2 of form 0");
	written = 0;
	cost = PAGE_DEAR;
	expect(ask(REQUEST_GET, "/forms", ""), 200, "1 of form 0");
	now += PAGE_REST * PAGE_DEAR - 1;
	expect(ask(REQUEST_GET, "/forms", ""), 200, "1 of form 0");
	/* another form and another page are others */
	expect(ask(REQUEST_GET, "/forms", "x"), 200, "2 of form 1");
	expect(ask(REQUEST_GET, "/ready", ""), 503, "no");
	expect(ask(REQUEST_GET, "/forms", ""), 200, "3 of form 0");
	now += 100;
	expect(ask(REQUEST_GET, "/forms", "x"), 200, "2 of form 1");
}

static void
test_given_again_for_a_second(void** state)
{
	(void)state;
	cost = 100000000;
	expect(ask(REQUEST_GET, "/forms", ""), 200, "1 of form 0");
	now += PAGE_REST_MAX - 1;
	expect(ask(REQUEST_GET, "/forms", ""), 200, "1 of form 0");
	now++;
	expect(ask(REQUEST_GET, "/forms", ""), 200, "2 of form 0");
}

/** What was true of something else is not given. */
static void
test_epochs(void** state)
{
	atomic_uint epoch = 7;
	(void)state;
	cost = PAGE_DEAR;
	pages.epoch = &epoch;
	expect(ask(REQUEST_GET, "/forms", ""), 200, "1 of form 0");
	expect(ask(REQUEST_GET, "/forms", ""), 200, "1 of form 0");
	epoch = 8;
	expect(ask(REQUEST_GET, "/forms", ""), 200, "2 of form 0");
	expect(ask(REQUEST_GET, "/forms", ""), 200, "2 of form 0");
}

/** What is not given again is freed, but for those who still send it. */
static void
test_tidy(void** state)
{
	struct answer* answer;
	(void)state;
	cost = PAGE_DEAR;
	answer = ask(REQUEST_GET, "/forms", "");
	pages_tidy(&pages);
	assert_ptr_equal(pages.kept[0][0], answer);
	now += PAGE_REST * PAGE_DEAR;
	pages_tidy(&pages);
	assert_null(pages.kept[0][0]);
	expect(answer, 200, "1 of form 0");
}

static void
test_no_memory(void** state)
{
	(void)state;
	cost = PAGE_DEAR;
	no_memory = true;
	assert_null(ask(REQUEST_GET, "/forms", ""));
	no_memory = false;
	expect(ask(REQUEST_GET, "/forms", ""), 200, "2 of form 0");
	now += 10000000;
	/* one that was kept is not lost by it, and not given */
	no_memory = true;
	assert_null(ask(REQUEST_GET, "/forms", ""));
	answer_release(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_answers),
		TEST(test_errors),
		TEST(test_given_again),
		TEST(test_given_again_for_a_second),
		TEST(test_epochs),
		TEST(test_tidy),
		TEST(test_no_memory),
	};
	return cmocka_run_group_tests_name("page", tests, NULL, NULL);
}
