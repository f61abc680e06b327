/*
 * tests/unit/etcd/test_v2_ask.c - asks etcd's v2 API for the directory.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "v2_set.h"
#include <inttypes.h>

/** What is asked for, and what comes of it. */
struct ask_case {
	/** what it is, for a message */
	const char* name;
	/** what is asked for, and answered */
	struct fake_exchange script[SCRIPT_MAX];
	struct outcome outcome;
	uint64_t cluster;
};

#define DIRECTORY KEYS("h") "/?quorum=true"
/** no permission */
#define NO ERROR("The request requires user authentication", "110")

static const struct ask_case ask_cases[] = {
	{ "a directory", { ANSWER(DIRECTORY, "10", GOT(DIR("/h",
		DIR_NODE("/h/com",
		"4")))) }, { ETCD_OK, "", 10, "" }, 0xc1 },
	{ "an empty one", { ANSWER(DIRECTORY, "10", GOT(DIR_NODE("/h", "4"))) },
		{ ETCD_OK, "", 10, "" }, 0xc1 },
	{ "none", { REFUSE(DIRECTORY, 404, "10", NOT_FOUND) },
		{ ETCD_OK, "", 10, "" }, 0xc1 },
	{ "a key in its place", { REFUSE(DIRECTORY, 400, "10", NOT_DIR) },
		{ ETCD_OK, "", 10, "" }, 0xc1 },
	{ "no permission", { REFUSE(DIRECTORY, 401, "10", NO) },
		{ ETCD_DENIED, "", 0, "" }, 0 },
	{ "another server", { { DIRECTORY, NULL, 200, "{}", .end = FAKE_KEEP } },
		{ ETCD_LOST, "the answer has no index", 0, "" }, 0 },
	{ "no v2", { { DIRECTORY, NULL, 404, PLAIN, .end = FAKE_KEEP } },
		{ ETCD_LOST, "--enable-v2", 0, "" }, 0 },
	{ "silence", { { DIRECTORY, NULL, 0, NULL, .end = FAKE_HOLD } },
		{ ETCD_LOST, "", 0, "" }, 0 },
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
		set_up(&set, &etcd_v2, FAKE_ANSWERS, ask->script, count);
		set.settings.request_timeout = ask->outcome.result == ETCD_OK ?
			LONG : SHORT;
		check_outcome(ask->name, &set, etcd_v2.ask(set.state),
			&ask->outcome);
		if(set.link.cluster != ask->cluster)
			fail_msg("%s: cluster %" PRIx64, ask->name,
				set.link.cluster);
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
	return cmocka_run_group_tests_name("v2_ask", tests, NULL, NULL);
}
