/*
 * tests/unit/status/test_report.c - when is a source ready, and what if not?
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "status/report.h"
#include "check.h"
#include <string.h>

static char first[] = "http://192.0.2.1:2379", second[] = "https://b:2379";
static char* const endpoints[] = { first, second };

/** A state of a source, and why it is not ready. */
static const struct {
	struct replica_stats replica;
	/** NULL: it is ready */
	const char* reason;
} cases[] = {
	{ { .following = true, .has_copy = true, .confirmed_age = 3000 },
		NULL },
	/* without etcd, the copy is answered from; for ever, or up to
	 * max-stale */
	{ { .has_copy = true, .confirmed_age = INT64_MAX / 2,
		.failure = { "gone" } }, NULL },
	{ { .has_copy = true, .confirmed_age = 59999, .max_stale = 60000,
		.failure = { "gone" } }, NULL },
	{ { .has_copy = true, .confirmed_age = -1, .failure = { "gone" } },
		NULL },
	{ { .has_copy = true, .stale = true, .confirmed_age = 61500,
		.max_stale = 60000, .endpoint = 1, .failure = { "gone" } },
		"source etcd: etcd has not confirmed the copy for 61 s, "
		"longer than max-stale (60 s); last tried https://b:2379: "
		"gone" },
	/* followed, but by an endpoint that cannot confirm anything */
	{ { .following = true, .has_copy = true, .stale = true,
		.confirmed_age = 61500, .max_stale = 60000 },
		"source etcd: etcd has not confirmed the copy for 61 s, "
		"longer than max-stale (60 s); following "
		"http://192.0.2.1:2379" },
	{ { .has_copy = true, .stale = true, .confirmed_age = -1,
		.max_stale = 60000, .failure = { "gone" } },
		"source etcd: it is not known when etcd confirmed the copy, "
		"so it counts as older than max-stale (60 s); last tried "
		"http://192.0.2.1:2379: gone" },
	{ { .confirmed_age = -1 },
		"source etcd: no copy of etcd's data yet; asking "
		"http://192.0.2.1:2379" },
	{ { .confirmed_age = -1, .endpoint = 1, .failure = { "Connection "
		"refused" } }, "source etcd: no copy of etcd's data yet; "
		"last tried https://b:2379: Connection refused" },
};

static void
test_ready(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(cases); i++) {
		const struct report_source source = { .name = "etcd",
			.endpoints = endpoints, .endpoint_count = 2,
			.replica = cases[i].replica };
		struct reason reason = { "" };
		const bool ready = report_source_is_ready(&source, &reason);
		check(ready == !cases[i].reason, "row %zu: %s", i,
			reason.text);
		assert_string_equal(reason.text, ready ? "" :
			cases[i].reason);
	}
}

/** A reason of any length fits, cut. */
static void
test_long(void** state)
{
	struct report_source source = { .name = "etcd", .endpoints =
		endpoints, .endpoint_count = 2 };
	struct reason reason;
	(void)state;
	memset(source.replica.failure.text, 'x', REASON_MAX - 1);
	assert_false(report_source_is_ready(&source, &reason));
	assert_int_equal(strlen(reason.text), REASON_MAX - 1);
}

static void
test_clear(void** state)
{
	struct report report = { 0 };
	(void)state;
	report_clear(&report);
	assert_null(report.zones);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ready),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_clear),
	};
	return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
