/*
 * tests/unit/etcd/test_v3_ask.c - asks etcd's v3 API for the number of keys.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "v3_set.h"
#include <inttypes.h>

/** What is asked for, and what comes of it. */
struct ask_case {
	/** what it is, for a message */
	const char* name;
	/** what is asked for, and answered */
	struct fake_exchange script[SCRIPT_MAX];
	struct outcome outcome;
	uint64_t cluster;
	/** number of keys */
	size_t listed;
};

/** the whole range is asked for, and none of the keys */
#define COUNT_ONLY "{'key':'@/h/@','range_end':'@/h0@','count_only':true}"
#define SAID(json) { RANGE(COUNT_ONLY, json) }
#define DENIED(number, text, code) { REFUSE(number, ERROR(text, code)) }

static const struct ask_case ask_cases[] = {
	{ "some keys", SAID("{" HEAD("9") ",'count':'123456'}"),
		{ ETCD_OK, "", 9, "" }, 1, 123456 },
	{ "none", SAID("{" HEAD("9") "}"), { ETCD_OK, "", 9, "" }, 1, 0 },
	{ "a high cluster", SAID("{" HEAD_OF("18446744073709551615",
		"9223372036854775807", "1") ",'count':'1'}"),
		{ ETCD_OK, "", INT64_MAX, "" }, UINT64_MAX, 1 },
	{ "no header", SAID("{'count':'1'}"),
		{ ETCD_LOST, "has no header", 0, "" }, 0, 0 },
	{ "a number that is none", SAID("{" HEAD("9") ",'count':'x'}"),
		{ ETCD_LOST, "the answer has no number of keys", 0, "" }, 0,
		0 },
	{ "a negative number", SAID("{" HEAD("9") ",'count':'-1'}"),
		{ ETCD_LOST, "the answer has no number of keys", 0, "" }, 0,
		0 },
	{ "nothing", SAID(""), { ETCD_LOST, "", 0, "" }, 0, 0 },
	{ "no permission", DENIED(403, "etcdserver: permission denied", "7"),
		{ ETCD_DENIED, "permission denied", 0, "" }, 0, 0 },
	{ "no user", DENIED(400, "etcdserver: user name is empty", "3"),
		{ ETCD_DENIED, "etcd requires authentication", 0, "" }, 0, 0 },
	{ "no gateway", { REFUSE(404, "404 page not found\n") },
		{ ETCD_LOST, "enable-grpc-gateway", 0, "" }, 0, 0 },
	{ "silence", { { "/v3/kv/range", NULL, 0, NULL,
		.end = FAKE_HOLD } }, { ETCD_LOST, "", 0, "" }, 0, 0 },
	{ "cut off", { { "/v3/kv/range", NULL, 200, "{" HEAD("9") ",'co",
		.end = FAKE_CUT } }, { ETCD_LOST, "", 0, "" }, 0, 0 },
};

static void
test_ask(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(ask_cases) / sizeof(*ask_cases); i++) {
		const struct ask_case* ask = &ask_cases[i];
		size_t count = script_count(ask->script);
		struct set set;
		set_up(&set, &etcd_v3, FAKE_ANSWERS, ask->script, count);
		set.settings.request_timeout = SHORT;
		if(ask->outcome.result == ETCD_OK)
			set.settings.request_timeout = LONG;
		check_outcome(ask->name, &set, etcd_v3.ask(set.state),
			&ask->outcome);
		if(set.link.listed != ask->listed ||
			set.link.cluster != ask->cluster)
			fail_msg("%s: %zu keys, cluster %" PRIu64, ask->name,
				set.link.listed, set.link.cluster);
		check_requests(ask->name, &set, count);
		tear_down(&set);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ask),
	};
	return cmocka_run_group_tests_name("v3_ask", tests, NULL, NULL);
}
