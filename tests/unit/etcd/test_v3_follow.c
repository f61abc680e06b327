/*
 * tests/unit/etcd/test_v3_follow.c - probes beside a watch by the v3 API,
 * and lists where no watch gets through.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "v3_set.h"
#include "check.h"
#include "idle_clock.h"
#include <inttypes.h>
#include <string.h>

/* --- probes -------------------------------------------------------------- */

/** the answers to the probes beside a watch */
static const struct end_case probe_cases[] = {
	{ "answered with keys", { RANGE(PROBE, PAGE("10", ANCHOR)), OTHER },
		IS_OTHER },
	{ "no header", { RANGE(PROBE, "{}") }, ETCD_LOST, "no header" },
};

static void
test_probes(void** state)
{
	static const struct steps steps = { &etcd_v3, STEP_WATCH, true,
		{ KNOWN, WATCH(CREATED, FAKE_HOLD) }, 10, "rollback\n" };
	(void)state;
	check_ends(&steps, probe_cases, COUNT(probe_cases));
}

/** Before etcd says that it watches, there are no probes; when it does not, it
 * is asked once whether it is there. */
static void
test_no_probe_before_created(void** state)
{
	static const struct fake_exchange script[] = { KNOWN,
		WATCH(NULL, FAKE_HOLD),
		REFUSE(503, ERROR("etcdserver: no leader", "14")) };
	struct set set;
	(void)state;
	set_up_known("not created", &set, &etcd_v3, script, 3);
	set.settings.heartbeat = 10;
	set.settings.request_timeout = SHORT;
	assert_int_equal(etcd_v3.watch(set.state), ETCD_LOST);
	check_requests("not created", &set, 3);
	tear_down(&set);
}

/* --- proxies that keep answers back -------------------------------------- */

/** what is asked for again and again, where etcd is at revision 12 */
#define AT_12 { "/v3/kv/range", PROBE, 200, "{" HEAD("12") "}", \
	.end = FAKE_KEEP, .again = true }
#define WATCH_FROM(revision, json, then) { "/v3/watch", \
	"'start_revision':'" revision "'", 200, json, .end = then }

/** Where watches do not begin though etcd is there, lists take their place,
 * until one does. */
static void
test_watch_never_begins(void** state)
{
	static const struct fake_exchange script[] = { KNOWN,
		WATCH_FROM("10", NULL, FAKE_HOLD), AT_12, LISTED_12,
		WATCH_FROM("12", CREATED_AT("12") EVENTS("13", PUT("/h/c",
			"z", "13", "13")), FAKE_CLOSE) };
	static const struct outcome outcome = { CLOSED, 13, "rollback\n"
		"begin\nput /h/b y 11\nend 12\n"
		"put /h/c z 13\ncommit\nrollback\n" };
	struct set set;
	(void)state;
	set_up_known("never begins", &set, &etcd_v3, script, 5);
	set.told.confirmed = 0;
	set.settings.request_timeout = SHORT;
	check_outcome("never begins", &set, etcd_v3.watch(set.state),
		&outcome);
	/* by lists, and again by the watch that has begun */
	assert_int_equal(set.told.watching, 2);
	assert_true(set.told.confirmed > 0);
	tear_down(&set);
}

/** So it is where messages are kept back in their midst, again and again; and
 * then, at first, a watch is tried. */
static void
test_watch_stalls(void** state)
{
	static const struct fake_exchange script[] = { KNOWN,
		{ "/v3/watch", "'start_revision':'10'", 200, CREATED
			"{'result':{", .end = FAKE_HOLD, .again = true },
		AT_12, LISTED_12, WATCH_FROM("12", CREATED_AT("12")
		EVENTS("13", PUT("/h/c", "z", "13", "13")), FAKE_CLOSE) };
	static const struct outcome outcome = { CLOSED, 13, NULL };
	struct set set;
	(void)state;
	set_up_known("stalls", &set, &etcd_v3, script, 5);
	set.settings.request_timeout = SHORT;
	assert_int_equal(etcd_v3.watch(set.state), ETCD_LOST);
	assert_int_equal(set.link.revision, 10);
	check_outcome("stalls", &set, etcd_v3.watch(set.state), &outcome);
	assert_non_null(strstr(set.told.text, "begin\nput /h/b y 11\nend "
		"12\n"));
	assert_int_equal(set.link.lists[ETCD_LIST_NO_WATCH], 1);
	tear_down(&set);
}

/** A watch that has begun, and tells nothing though etcd has changed: a list
 * says whether there was something to tell. */
static void
test_watch_is_doubted(void** state)
{
	static const struct fake_exchange script[] = { KNOWN,
		WATCH_FROM("10", CREATED, FAKE_HOLD), AT_12, LISTED_12,
		WATCH_FROM("12", NULL, FAKE_HOLD) };
	struct set set;
	(void)state;
	set_up(&set, &etcd_v3, FAKE_ANSWERS, script, 5);
	/* what it is trusted for follows this */
	set.settings.heartbeat = SHORT / 10;
	set_open_again(&set);
	set.settings.heartbeat = HEARTBEAT;
	list_known("doubted", &set);
	assert_int_equal(etcd_v3.watch(set.state), ETCD_RELIST);
	assert_non_null(strstr(set.link.reason.text,
		"though etcd has changed"));
	assert_int_equal(set.link.list_reason, ETCD_LIST_DOUBTED);
	assert_int_equal(etcd_v3.list(set.state), ETCD_OK);
	/* it had: no watch is waited for from now on */
	check_stop(&set, STEP_WATCH, fake_etcd_requests(set.fake) + 2);
	assert_int_equal(set.told.watching, 2);
	tear_down(&set);
}

/* --- what confirms ------------------------------------------------------- */

/** A watch, and how often etcd has confirmed then that nothing is missing. */
struct confirm_case {
	/** what it is, for a message */
	const char* name;
	/** what the watch's stream has, in shorthand */
	const char* json;
	/** that */
	unsigned confirmed;
	/** the revision that is known then */
	int64_t revision;
};

static const struct confirm_case confirm_cases[] = {
	{ "nothing", "", 0, 10 },
	{ "created, and nothing is newer", CREATED_AT("10"), 1, 10 },
	{ "created, and something is", CREATED_AT("50"), 0, 10 },
	{ "an error", CREATED_AT("50") LARGER_IN_BAND, 0, 10 },
	{ "an event", CREATED_AT("50") EVENTS("50", PUT("/h/b", "1", "11",
		"11")), 1, 11 },
	{ "an event that is known", CREATED_AT("50") EVENTS("50",
		DELETED("/h/z", "10")), 0, 10 },
	{ "progress", CREATED_AT("50") PROGRESS("50"), 1, 50 },
	{ "part of an event", CREATED_AT("50") "{'result':{'header':{", 0,
		10 },
};

static void
test_confirm(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(confirm_cases) / sizeof(*confirm_cases); i++) {
		const struct confirm_case* confirm = &confirm_cases[i];
		const struct fake_exchange script[] = { KNOWN,
			WATCH(confirm->json, FAKE_CLOSE), HELD_PROBE };
		struct set set;
		set_up_known(confirm->name, &set, &etcd_v3, script, 3);
		set.told.confirmed = 0;
		(void)etcd_v3.watch(set.state);
		if(set.told.confirmed != confirm->confirmed)
			fail_msg("%s: %u times", confirm->name,
				set.told.confirmed);
		if(set.link.revision != confirm->revision)
			fail_msg("%s: revision %" PRId64, confirm->name,
				set.link.revision);
		tear_down(&set);
	}
}

/** A watch that breaks at the same revision is not begun there for ever. */
static void
test_watch_breaks(void** state)
{
	static const char* const broken[] = {
		CREATED "{'result':{" HEAD("11") ",'events':[",
		CREATED "{'error':{'grpc_code':2,'message':'?'}}",
		CREATED_AT("50") };
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(broken) / sizeof(*broken); i++) {
		const struct fake_exchange script[] = { KNOWN,
			{ "/v3/watch", NULL, 200, broken[i],
				.end = FAKE_CLOSE, .again = true },
			HELD_PROBE };
		struct set set;
		set_up_known("broken", &set, &etcd_v3, script, 3);
		assert_int_equal(etcd_v3.watch(set.state), ETCD_LOST);
		assert_int_equal(etcd_v3.watch(set.state), ETCD_LOST);
		assert_int_equal(etcd_v3.watch(set.state), ETCD_RELIST);
		assert_non_null(strstr(set.link.reason.text, "broke 3 times"));
		tear_down(&set);
	}
}

/* --- silence ------------------------------------------------------------- */

/** The watch goes on for some time, and then much time passes. */
struct leap {
	/** milliseconds that pass then */
	int64_t ms;
	/** how often nothing was under way so far */
	unsigned moments;
};

static bool
leap_act(void* arg)
{
	struct leap* leap = arg;
	if(++leap->moments == 10)
		idle_clock_pass(leap->ms);
	return false;
}

/** A watch that was lost behind a proxy says nothing for ever; etcd tells of
 * progress after 20 minutes at the latest. */
static void
test_silent_for_long(void** state)
{
	static const struct fake_exchange script[] = { KNOWN,
		WATCH(CREATED, FAKE_HOLD), ANSWERED, ANSWERED, ANSWERED,
		ANSWERED, ANSWERED, ANSWERED, ANSWERED, ANSWERED, ANSWERED,
		ANSWERED, OTHER };
	static const struct {
		/** that pass in silence */
		int64_t minutes;
		/** how the watch ends */
		enum etcd_result result;
		/** why */
		const char* reason;
	} cases[] = { { 24, IS_OTHER }, { 26, ETCD_LOST, "the watch is "
		"silent, though etcd answers" } };
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct leap leap = { cases[i].minutes * 60000, 0 };
		struct set set;
		set_up_known("silent", &set, &etcd_v3, script,
			sizeof(script) / sizeof(*script));
		idle_clock_act(leap_act, &leap);
		assert_int_equal(etcd_v3.watch(set.state), cases[i].result);
		assert_string_equal(set.link.reason.text, cases[i].reason);
		tear_down(&set);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_probes),
		cmocka_unit_test(test_no_probe_before_created),
		cmocka_unit_test(test_watch_never_begins),
		cmocka_unit_test(test_watch_stalls),
		cmocka_unit_test(test_watch_is_doubted),
		cmocka_unit_test(test_confirm),
		cmocka_unit_test(test_watch_breaks),
		cmocka_unit_test(test_silent_for_long),
	};
	return cmocka_run_group_tests_name("v3 follow", tests, NULL, NULL);
}
