/*
 * tests/unit/etcd/test_v2_probes.c - probes beside polls of the v2 API.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "v2_set.h"
#include "check.h"
#include <string.h>

/** the answer to a probe, cut off */
#define BROKEN { PROBE, NULL, 200, "{", .head = AT("10"), .end = FAKE_CUT }

/** the answers to the probes beside a poll that is silent */
static const struct end_case probe_cases[] = {
	{ "there is no key", { PROBED("10"), PROBED("10"), OTHER_CLUSTER },
		IS_OTHER },
	{ "there is no key, and not broken twice in a row", { BROKEN,
		PROBED("10"), BROKEN, OTHER_CLUSTER }, IS_OTHER },
	{ "the prefix is a key", { REFUSE(PROBE, 400, "10", NOT_DIR),
		REFUSE(PROBE, 400, "10", NOT_DIR), OTHER_CLUSTER }, IS_OTHER },
	{ "another cluster, and the prefix is a key", { { PROBE, NULL, 400,
		NOT_DIR, .head = HEAD_OF("c2", "10"), .end = FAKE_KEEP } },
		IS_OTHER },
	{ "another cluster without the key", { { PROBE, NULL, 404, NOT_FOUND,
		.head = HEAD_OF("c2", "10"), .end = FAKE_KEEP } }, IS_OTHER },
	{ "no cluster", { { PROBE, NULL, 404, NOT_FOUND,
		.end = FAKE_KEEP } }, IS_OTHER },
	{ "no v2 API", { REFUSE(PROBE, 404, "10", PLAIN) }, NO_API },
};

static void
test_probes(void** state)
{
	static const struct steps steps = { &etcd_v2, STEP_WATCH, true,
		{ KNOWN, HOLD(POLL11, "10") }, 10, "rollback\n" };
	(void)state;
	check_ends(&steps, probe_cases, COUNT(probe_cases));
}

/** Probes ask for a key of the prefix that nobody has. */
static void
test_probes_prefixes(void** state)
{
	static const struct {
		/** the prefix */
		const char* prefix;
		/** what is asked for by list, poll and probe */
		const char *list, *poll, *probe;
	} cases[] = {
		{ "", "GET /v2/keys" LIST, "GET /v2/keys" POLL "11",
			"GET /v2/keys/_unbound-helix?quorum=true" },
		{ "/a b/c", "GET /v2/keys/a%20b/c" LIST,
			"GET /v2/keys/a%20b/c" POLL "11",
			"GET /v2/keys/a%20b/c/_unbound-helix?quorum=true" },
	};
	static const struct outcome outcome = { IS_OTHER, 10, "rollback\n" };
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct fake_exchange script[] = {
			REFUSE(cases[i].list, 404, "10", NOT_FOUND),
			HOLD(cases[i].poll, "10"),
			{ cases[i].probe, NULL, 404, NOT_FOUND,
				.head = HEAD_OF("c2", "10"),
				.end = FAKE_KEEP } };
		struct set set;
		set_up(&set, &etcd_v2, FAKE_ANSWERS, script, 3);
		strcpy(set.prefix, cases[i].prefix);
		set_open_again(&set);
		list_known("prefix", &set);
		check_outcome(cases[i].prefix, &set, etcd_v2.watch(set.state),
			&outcome);
		check_requests("prefix", &set, 3);
		tear_down(&set);
	}
}

/** Before all polls have begun, there are no probes. */
static void
test_no_probe_before_polls(void** state)
{
	static const char* const hidden[] = { "_a", NULL };
	static const struct fake_exchange script[] = { KNOWN,
		REFUSE(KEYS("h/_a") LIST, 404, "10", NOT_FOUND),
		HOLD(POLL11, "10"), { KEYS("h/_a") POLL "11", NULL, 0, NULL,
			.end = FAKE_HOLD }, PROBE_FAILS };
	struct set set;
	(void)state;
	set_up_hidden(&set, hidden, script, 5);
	list_known("not begun", &set);
	/* at which it is asked once; a probe would come before */
	set.settings.heartbeat = 10;
	set.settings.request_timeout = SHORT;
	assert_int_equal(etcd_v2.watch(set.state), ETCD_LOST);
	assert_string_equal(set.link.reason.text, "etcd does not answer");
	assert_int_equal(set.told.watching, 0);
	check_used("not begun", &set, 5);
	tear_down(&set);
}

/** What becomes of silent polls when probes show a higher index. */
struct refresh_case {
	/** what it is, for a message */
	const char* name;
	/** the head of the first poll's answer */
	const char* head;
	/** the head of the answers to probes */
	const char* probed;
	/** number of probes before one that ends the watch; 0: it ends
	 * otherwise */
	size_t probes;
	/** what the answer says when it is half-closed; NULL: nothing */
	const char* late;
	/** how it ends then */
	enum fake_end closed;
	/** the second poll, which ends the watch; NULL if there is to be none
	 */
	const char* next;
	/** how the watch ends */
	struct outcome outcome;
};

#define ENDS NULL, FAKE_CLOSE
#define DROPPED_AT(index, told) { DROPPED, index, told "rollback\n" }
#define STAYS NULL, FAKE_CLOSE, NULL, { IS_OTHER, 10, "rollback\n" }

static const struct refresh_case refresh_cases[] = {
	/* etcd ends the poll: there was nothing before its head */
	{ "something has happened", AT("10"), AT("11"), 0, ENDS, POLL11,
		DROPPED_AT(10, "") },
	{ "something had happened before", AT("14"), AT("15"), 0, ENDS,
		MAIN("15"), DROPPED_AT(14, "") },
	{ "much has happened", AT("10"), AT("909"), 0, ENDS, POLL11,
		DROPPED_AT(10, "") },
	{ "much has happened since much had", AT("5000"), AT("5899"), 0, ENDS,
		MAIN("5001"), DROPPED_AT(5000, "") },
	/* it is not asked to */
	{ "nothing has happened", AT("10"), AT("10"), 3, STAYS },
	{ "nothing has happened since", AT("14"), AT("14"), 3, STAYS },
	{ "the probes are behind", AT("14"), AT("13"), 3, STAYS },
	{ "too much has happened", AT("10"), AT("910"), 3, STAYS },
	{ "too much has happened since", AT("14"), AT("914"), 3, STAYS },
	{ "far too much has happened", AT("10"), AT("99999"), 3, STAYS },
	{ "the probes have no index", AT("10"), "X-Etcd-Cluster-Id: c1\r\n",
		3, STAYS },
	/* there was an event all the same */
	{ "an event from history", AT("14"), AT("20"), 0, SET_C("12"),
		FAKE_CLOSE, MAIN("13"), DROPPED_AT(12, TOLD_C) },
	{ "the last one of history", AT("12"), AT("20"), 0, SET_C("12"),
		FAKE_CLOSE, MAIN("13"), DROPPED_AT(12, TOLD_C) },
	{ "the next event", AT("11"), AT("20"), 0, SET_C("12"), FAKE_CLOSE,
		MAIN("13"), DROPPED_AT(12, TOLD_C) },
	{ "an event that is perhaps not the next", AT("10"), AT("20"), 0,
		SET_C("12"), FAKE_CLOSE, POLL11, DROPPED_AT(10, "") },
	{ "an event, cut off behind it", AT("14"), AT("20"), 0, SET_C("12"),
		FAKE_CUT, MAIN("13"), DROPPED_AT(12, TOLD_C) },
	{ "perhaps not the next, cut off behind it", AT("10"), AT("20"), 0,
		SET_C("12"), FAKE_CUT, POLL11, DROPPED_AT(10, "") },
	{ "an event that can't be read", AT("14"), AT("20"), 0, "{}",
		FAKE_CLOSE, NULL, UNREADABLE },
	{ "an event that is known", AT("14"), AT("20"), 0, EVENT("set",
		NODE("/h/b", "1", "10", "10")), FAKE_CLOSE, NULL, DISORDER },
	/* its end proves nothing */
	{ "cut off", AT("14"), AT("20"), 0, NULL, FAKE_CUT, POLL11,
		DROPPED_AT(10, "") },
	{ "cut off within an event", AT("14"), AT("20"), 0, "{'action':'set'",
		FAKE_CUT, POLL11, DROPPED_AT(10, "") },
	{ "ended within an event", AT("14"), AT("20"), 0, "{'action':'set'",
		FAKE_CLOSE, POLL11, DROPPED_AT(10, "") },
	{ "it is not ended", AT("14"), AT("20"), 0, NULL, FAKE_HOLD, NULL,
		{ ETCD_LOST, "etcd does not answer", 10, "rollback\n" } },
	{ "an event, and it is not ended", AT("14"), AT("20"), 0, SET_C("12"),
		FAKE_HOLD, NULL, { ETCD_LOST, "etcd does not answer", 12,
		TOLD_C "rollback\n" } },
};

/** The script of a case. @return exchanges in it. */
static size_t
refresh_script(const struct refresh_case* refresh,
	struct fake_exchange* script)
{
	size_t n, count = 2;
	script[0] = (struct fake_exchange)KNOWN;
	script[1] = (struct fake_exchange){ POLL11, NULL, 200, NULL,
		.head = refresh->head, .end = FAKE_HOLD,
		.late = refresh->late, .closed = refresh->closed };
	if(refresh->next)
		script[count++] = (struct fake_exchange)REFUSE(refresh->next,
			400, "9999", CLEARED);
	for(n = 0; n < refresh->probes || n == 0; n++)
		script[count++] = (struct fake_exchange){ PROBE, NULL, 404,
			NOT_FOUND, .head = refresh->probed, .end = FAKE_KEEP,
			.again = refresh->probes == 0 };
	if(refresh->probes > 0)
		script[count++] = (struct fake_exchange)OTHER_CLUSTER;
	return count;
}

static void
test_refresh(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(refresh_cases) / sizeof(*refresh_cases); i++) {
		const struct refresh_case* refresh = &refresh_cases[i];
		struct fake_exchange script[SCRIPT_MAX];
		size_t count = refresh_script(refresh, script);
		struct set set;
		set_up_known(refresh->name, &set, &etcd_v2, script, count);
		if(refresh->closed == FAKE_HOLD)
			set.settings.request_timeout = 5 * HEARTBEAT;
		check_outcome(refresh->name, &set, etcd_v2.watch(set.state),
			&refresh->outcome);
		if(refresh->probes > 0)
			check_requests(refresh->name, &set, count);
		if(set.told.watching != 1)
			fail_msg("%s: began to watch %u times", refresh->name,
				set.told.watching);
		tear_down(&set);
	}
}

/** A poll on a connection that was used before is half-closed as well, and so
 * is the one behind it. */
static void
test_refresh_used_connection(void** state)
{
	static const struct fake_exchange script[] = { KNOWN, SAYS(SOME_EVENT),
		HOLD(MAIN("12"), "14"), HOLD(MAIN("15"), "15"),
		REFUSE(MAIN("16"), 400, "9999", CLEARED), PROBED("15"),
		PROBED_AGAIN("16") };
	static const struct outcome outcome = { DROPPED, 15,
		TOLD_B "rollback\n" };
	struct set set;
	(void)state;
	set_up_known("used", &set, &etcd_v2, script, 7);
	check_outcome("used", &set, etcd_v2.watch(set.state), &outcome);
	tear_down(&set);
}

/** Every poll goes on from its own index. */
static void
test_refresh_hidden(void** state)
{
	static const char* const hidden[] = { "_a", NULL };
	static const struct fake_exchange script[] = { KNOWN,
		REFUSE(KEYS("h/_a") LIST, 404, "12", NOT_FOUND),
		HOLD(POLL11, "15"), HOLD(KEYS("h/_a") POLL "13", "16"),
		HOLD(MAIN("16"), "20"), HOLD(KEYS("h/_a") POLL "17", "20"),
		HOLD(MAIN("22"), "21"), PROBED_AGAIN("20") };
	static const struct say says[] = {
		{ 0, MAIN("16"), SET_C("21") }, { 0, MAIN("22"), only_held },
		{ 0, KEYS("h/_a") POLL "17", "oops" }, { 0, NULL, NULL } };
	static const struct outcome outcome = { ETCD_LOST, "not JSON", 21,
		"put /h/c 2 21\ncommit\nrollback\n" };
	struct set set;
	(void)state;
	set_up_hidden(&set, hidden, script, 8);
	list_known("hidden", &set);
	check_outcome("hidden", &set, watch_and_say("hidden", &set, says),
		&outcome);
	tear_down(&set);
}

/** A member that is behind what probes have shown is not watched further. */
static void
test_refresh_behind(void** state)
{
	static const struct fake_exchange script[] = { KNOWN,
		HOLD(POLL11, "14"), { KEYS("h") POLL "15", NULL, 200, NULL,
			.head = AT("14"), .end = FAKE_HOLD, .again = true },
		PROBED_AGAIN("20") };
	static const struct outcome outcome = { ETCD_LOST, "the member that "
		"is watched is behind its cluster: at index 14, before 20",
		14, "rollback\n" };
	struct set set;
	(void)state;
	set_up_known("behind", &set, &etcd_v2, script, 4);
	check_outcome("behind", &set, etcd_v2.watch(set.state), &outcome);
	tear_down(&set);
}

/** Between two probes, a member may fall behind by what happened there. */
static void
test_refresh_not_behind(void** state)
{
	static const struct fake_exchange script[] = { KNOWN,
		HOLD(POLL11, "14"), HOLD(KEYS("h") POLL "15", "14"),
		HOLD(KEYS("h") POLL "15", "20"), PROBED("14"), PROBED("20"),
		PROBED("20"), PROBED("20"), PROBED("20"), PROBED("20"),
		OTHER_CLUSTER };
	static const struct outcome outcome = { IS_OTHER, 14, "rollback\n" };
	struct set set;
	(void)state;
	set_up_known("not behind", &set, &etcd_v2, script, 11);
	check_outcome("not behind", &set, etcd_v2.watch(set.state), &outcome);
	check_used("not behind", &set, 11);
	tear_down(&set);
}

/** Of a poll that was sent anew and has not begun, nothing is known. */
static void
test_refresh_not_begun(void** state)
{
	static const struct fake_exchange script[] = { KNOWN,
		HOLD(POLL11, "14"), { KEYS("h") POLL "15", NULL, 0, NULL,
			.end = FAKE_HOLD }, PROBED("14"),
		PROBED_AGAIN("20"),
		REFUSE(KEYS("h") POLL "15", 400, "5000", CLEARED) };
	static const struct outcome outcome = { DROPPED, 14, "rollback\n" };
	struct set set;
	(void)state;
	set_up_known("not begun", &set, &etcd_v2, script, 6);
	set.settings.request_timeout = 5 * HEARTBEAT;
	check_outcome("not begun", &set, etcd_v2.watch(set.state), &outcome);
	tear_down(&set);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_probes),
		cmocka_unit_test(test_probes_prefixes),
		cmocka_unit_test(test_no_probe_before_polls),
		cmocka_unit_test(test_refresh),
		cmocka_unit_test(test_refresh_used_connection),
		cmocka_unit_test(test_refresh_hidden),
		cmocka_unit_test(test_refresh_behind),
		cmocka_unit_test(test_refresh_not_behind),
		cmocka_unit_test(test_refresh_not_begun),
	};
	return cmocka_run_group_tests_name("v2 probes", tests, NULL, NULL);
}
