/*
 * tests/unit/etcd/test_v2_watch.c - watches one directory by etcd's v2 API.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "v2_set.h"
#include <stdio.h>
#include <string.h>

/** An event, what is told of it, and where the next poll begins. */
struct event_case {
	/** what it is, for a message */
	const char* name;
	/** the answer to the poll from 11 on */
	const char* json;
	/** what the sink is told; a rollback follows */
	const char* told;
	/** index of the event, which is 11 unless it is given */
	int index;
};

static const struct event_case event_cases[] = {
	{ "set", EVENT("set", NODE("/h/b", "1", "11", "11")),
		"put /h/b 1 11\ncommit\n", 0 },
	{ "set over", CHANGE("set", NODE("/h/a", "1", "11", "11"), SAME),
		"put /h/a 1 11\ncommit\n", 0 },
	{ "set to nothing", CHANGE("set", NODE("/h/a", "", "11", "11"), SAME),
		"put /h/a  11\ncommit\n", 0 },
	{ "no value", EVENT("set", GONE("/h/b", "11")),
		"put /h/b  11\ncommit\n", 0 },
	{ "create", EVENT("create", NODE("/h/d/00000000000000000011", "1",
		"11", "11")), "put /h/d/00000000000000000011 1 11\ncommit\n",
		0 },
	{ "update", CHANGE("update", NODE("/h/a", "1", "4", "11"), SAME),
		"put /h/a 1 11\ncommit\n", 0 },
	{ "compareAndSwap", CHANGE("compareAndSwap", NODE("/h/a", "1", "4",
		"11"), SAME), "put /h/a 1 11\ncommit\n", 0 },
	{ "delete", CHANGE("delete", GONE("/h/a", "11"), SAME),
		"remove /h/a 11\ncommit\n", 0 },
	{ "compareAndDelete", CHANGE("compareAndDelete", GONE("/h/a", "11"),
		SAME), "remove /h/a 11\ncommit\n", 0 },
	{ "expire", CHANGE("expire", GONE("/h/a", "11"), SAME),
		"remove /h/a 11\ncommit\n", 0 },
	{ "delete, without what was before", EVENT("delete", GONE("/h/a",
		"11")), "remove /h/a 11\ncommit\n", 0 },
	{ "delete a directory", CHANGE("delete", DIR_NODE("/h/d", "11"),
		DIR_NODE("/h/d", "4")), "below /h/d 11\ncommit\n", 0 },
	{ "expire a directory", CHANGE("expire", DIR_NODE("/h/d", "11"),
		DIR_NODE("/h/d", "4")), "below /h/d 11\ncommit\n", 0 },
	{ "compareAndDelete a directory", CHANGE("compareAndDelete",
		DIR_NODE("/h/d", "11"), DIR_NODE("/h/d", "4")),
		"below /h/d 11\ncommit\n", 0 },
	{ "delete what was a directory", CHANGE("delete", GONE("/h/d", "11"),
		DIR_NODE("/h/d", "4")), "below /h/d 11\ncommit\n", 0 },
	{ "delete what is a directory", EVENT("delete", DIR_NODE("/h/d",
		"11")), "below /h/d 11\ncommit\n", 0 },
	{ "a new directory", EVENT("set", DIR_NODE("/h/d", "11")),
		"remove /h/d 11\ncommit\n", 0 },
	{ "a directory is created", EVENT("create", DIR_NODE("/h/d", "11")),
		"remove /h/d 11\ncommit\n", 0 },
	{ "a directory takes a key's place", CHANGE("set", DIR_NODE("/h/a",
		"11"), SAME), "remove /h/a 11\ncommit\n", 0 },
	{ "a directory's TTL", CHANGE("update", DIR_NODE("/h/d", "11"),
		DIR_NODE("/h/d", "4")), "commit\n", 0 },
	{ "the prefix is deleted", CHANGE("delete", DIR_NODE("/h", "11"),
		DIR_NODE("/h", "4")), "below /h 11\ncommit\n", 0 },
	{ "a hidden key", EVENT("set", NODE("/h/_a", "1", "11", "11")),
		"commit\n", 0 },
	{ "a hidden directory's key", EVENT("set", NODE("/h/b/_a/c", "1",
		"11", "11")), "commit\n", 0 },
	{ "a hidden key is deleted", EVENT("delete", GONE("/h/_a/b", "11")),
		"commit\n", 0 },
	{ "a hidden directory is deleted", EVENT("delete", DIR_NODE("/h/b/_a",
		"11")), "commit\n", 0 },
	{ "a hidden directory is created", EVENT("set", DIR_NODE("/h/b/_a",
		"11")), "commit\n", 0 },
	{ "an underscore that hides nothing", EVENT("set", NODE("/h/b_/c_d",
		"1", "11", "11")), "put /h/b_/c_d 1 11\ncommit\n", 0 },
	{ "a similar prefix's key", EVENT("set", NODE("/hh/a", "1", "11",
		"11")), "commit\n", 0 },
	{ "a similar prefix is deleted", EVENT("delete", DIR_NODE("/hh",
		"11")), "commit\n", 0 },
	{ "events that are not ours lie between", EVENT("set", NODE("/h/b",
		"1", "17", "17")), "put /h/b 1 17\ncommit\n", 17 },
	{ "a hidden key, later", EVENT("set", NODE("/h/_a", "1", "18", "18")),
		"commit\n", 18 },
	{ "odd octets", EVENT("set", NODE("/h/\\u00e9 %", "\\\"\\n", "11",
		"11")), "put /h/%C3%A9%20%25 \"%0A 11\ncommit\n", 0 },
};

/** Poll for an event, and once more, which is refused. */
static void
check_event(const struct event_case* event, size_t cut)
{
	const int index = event->index ? event->index : 11;
	char next[64], told[256];
	const struct fake_exchange script[] = { KNOWN,
		{ KEYS("h") POLL "11", NULL, 200, event->json,
			.head = AT("5000"), .cut = cut, .end = FAKE_KEEP },
		REFUSE(next, 400, "6000", CLEARED) };
	const struct outcome outcome = { ETCD_RELIST, "etcd has dropped the "
		"events", index, told };
	struct set set;
	snprintf(next, sizeof(next), KEYS("h") POLL "%d", index + 1);
	snprintf(told, sizeof(told), "%srollback\n", event->told);
	set_up_known(event->name, &set, &etcd_v2, script, 3);
	check_outcome(event->name, &set, etcd_v2.watch(set.state), &outcome);
	if(set.told.watching != 1)
		fail_msg("%s: began to watch %u times", event->name,
			set.told.watching);
	check_requests(event->name, &set, 3);
	tear_down(&set);
}

static void
test_watch_events(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(event_cases) / sizeof(*event_cases); i++) {
		check_event(&event_cases[i], 0);
		check_event(&event_cases[i], 1);
		check_event(&event_cases[i], 17);
	}
}

/** Directories above the prefix, and some that are only similar. */
static void
test_watch_above(void** state)
{
	static const struct {
		/** the event */
		const char* json;
		/** what the sink is told */
		const char* told;
	} cases[] = {
		{ EVENT("delete", DIR_NODE("/top", "11")),
			"below /top/helix 11\ncommit\nrollback\n" },
		{ CHANGE("expire", GONE("/top", "11"), DIR_NODE("/top", "4")),
			"below /top/helix 11\ncommit\nrollback\n" },
		{ EVENT("delete", DIR_NODE("/top/helix", "11")),
			"below /top/helix 11\ncommit\nrollback\n" },
		{ EVENT("delete", DIR_NODE("/top/he", "11")),
			"commit\nrollback\n" },
		{ EVENT("delete", DIR_NODE("/to", "11")),
			"commit\nrollback\n" },
		{ EVENT("delete", DIR_NODE("/top/helixes", "11")),
			"commit\nrollback\n" },
		{ EVENT("delete", DIR_NODE("/helix", "11")),
			"commit\nrollback\n" },
		{ EVENT("set", DIR_NODE("/top", "11")),
			"commit\nrollback\n" },
		{ EVENT("set", NODE("/top/helixes", "1", "11", "11")),
			"commit\nrollback\n" },
	};
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct fake_exchange script[] = {
			REFUSE(KEYS("top/helix") LIST, 404, "10", NOT_FOUND),
			ANSWER(KEYS("top/helix") POLL "11", "11",
				cases[i].json),
			ANSWER(KEYS("top/helix") POLL "12", "11", NULL) };
		const struct outcome outcome = { ETCD_LOST, "", 11,
			cases[i].told };
		struct set set;
		set_up(&set, &etcd_v2, FAKE_ANSWERS, script, 3);
		strcpy(set.prefix, "/top/helix");
		set_open_again(&set);
		list_known("above", &set);
		check_outcome(cases[i].json, &set, etcd_v2.watch(set.state),
			&outcome);
		check_requests(cases[i].json, &set, 3);
		tear_down(&set);
	}
}

/** Every key of the root prefix is ours, but for the hidden ones. */
static void
test_watch_root_prefix(void** state)
{
	static const struct fake_exchange script[] = {
		ANSWER("GET /v2/keys" LIST, "10", GOT("{'dir':true}")),
		ANSWER("GET /v2/keys" POLL "11", "11", EVENT("set",
			NODE("/b", "1", "11", "11"))),
		ANSWER("GET /v2/keys" POLL "12", "12", EVENT("delete",
			DIR_NODE("/d", "12"))),
		ANSWER("GET /v2/keys" POLL "13", "13", EVENT("set",
			NODE("/_a", "1", "13", "13"))),
		ANSWER("GET /v2/keys" POLL "14", "13", NULL) };
	static const struct outcome outcome = { ETCD_LOST, "", 13,
		"put /b 1 11\ncommit\nbelow /d 12\ncommit\ncommit\n"
		"rollback\n" };
	struct set set;
	(void)state;
	set_up(&set, &etcd_v2, FAKE_ANSWERS, script, 5);
	set.prefix[0] = 0;
	set_open_again(&set);
	list_known("root", &set);
	check_outcome("root", &set, etcd_v2.watch(set.state), &outcome);
	check_requests("root", &set, 5);
	tear_down(&set);
}

/** A poll that ends the watch. */
struct poll_case {
	/** what it is, for a message */
	const char* name;
	/** the answer to the poll from 11 on */
	struct fake_exchange exchange;
	/** what is to be then */
	struct outcome outcome;
};

#define NOT_CLUSTER { ETCD_BEHIND, "this is another cluster", 10, \
	"rollback\n" }

#define SAYS_HEAD(head_, then) { POLL11, NULL, 200, SOME_EVENT, \
	.head = head_, .end = then }

static const struct poll_case poll_cases[] = {
	{ "an empty answer", SAYS(NULL), { ETCD_LOST, "etcd ended a poll "
		"without an event", 10, "rollback\n" } },
	{ "unknown action", SAYS(EVENT("get", SAME)), UNREADABLE },
	{ "the action's beginning", SAYS(EVENT("se", NODE("/h/b", "1", "11",
		"11"))), UNREADABLE },
	{ "action is a number", SAYS("{'action':1,'node':" NODE("/h/b", "1",
		"11", "11") "}"), UNREADABLE },
	{ "no action", SAYS("{'node':" NODE("/h/b", "1", "11", "11") "}"),
		UNREADABLE },
	{ "no node", SAYS("{'action':'set'}"), UNREADABLE },
	{ "node is a string", SAYS(EVENT("set", "'/h/b'")), UNREADABLE },
	{ "no key", SAYS(EVENT("set", "{'modifiedIndex':11,"
		"'createdIndex':11}")), UNREADABLE },
	{ "no index", SAYS(EVENT("set", "{'key':'/h/b','value':'1'}")),
		UNREADABLE },
	{ "an event that is known", SAYS(EVENT("set", NODE("/h/b", "1", "10",
		"10"))), DISORDER },
	{ "an event of long ago", SAYS(EVENT("set", NODE("/h/b", "1", "1",
		"1"))), DISORDER },
	{ "an event twice", SAYS(SOME_EVENT SOME_EVENT), { ETCD_RELIST,
		"events are out of order", 11, "put /h/b 1 11\ncommit\n"
		"rollback\n" } },
	{ "an event, and no JSON", SAYS(SOME_EVENT "oops"), { ETCD_LOST,
		"not JSON", 11, "put /h/b 1 11\ncommit\nrollback\n" } },
	{ "HTML", SAYS(HTML), { ETCD_LOST, "not JSON", 10, "rollback\n" } },
	{ "cut off", SAYS("{'action':'set'"), { ETCD_LOST,
		"the answer is cut off", 10, "rollback\n" } },
	/* there may be an event behind it */
	{ "cut off in the head", { POLL11, NULL, 0, .raw = "HTTP/1.1 200 OK\r\n"
		AT("11"), .end = FAKE_CUT }, { ETCD_LOST, "the head of the "
		"answer is cut off", 10, "rollback\n" } },
	{ "connection closed", { POLL11, NULL, 200, "{", .head = AT("11"),
		.end = FAKE_CUT }, { ETCD_LOST, "", 10, "rollback\n" } },
	{ "another cluster", SAYS_HEAD(HEAD_OF("c2", "11"), FAKE_KEEP),
		NOT_CLUSTER },
	{ "no cluster", SAYS_HEAD("X-Etcd-Index: 11\r\n", FAKE_KEEP),
		NOT_CLUSTER },
	{ "another cluster, and no event yet", { POLL11, NULL, 200, NULL,
		.head = HEAD_OF("c2", "11"), .end = FAKE_HOLD }, NOT_CLUSTER },
	{ "behind", HOLD(POLL11, "9"), { ETCD_BEHIND, "etcd is at revision 9, "
		"before 10", 10, "rollback\n" } },
	{ "behind, and an event", ANSWER(POLL11, "9", SOME_EVENT), {
		ETCD_BEHIND, "etcd is at revision 9, before 10", 10,
		"rollback\n" } },
	{ "behind, in another cluster", { POLL11, NULL, 200, NULL,
		.head = HEAD_OF("c2", "9"), .end = FAKE_HOLD }, NOT_CLUSTER },
	{ "no index in the head", SAYS_HEAD("X-Etcd-Cluster-Id: c1\r\n",
		FAKE_KEEP), { ETCD_LOST, "the answer to a poll has no index",
		10, "rollback\n" } },
	{ "cleared", REFUSE(POLL11, 400, "5000", CLEARED), { ETCD_RELIST,
		"etcd has dropped the events", 10, "rollback\n" } },
	{ "denied", REFUSE(POLL11, 401, "11", ERROR("no", "110")),
		{ ETCD_DENIED, "etcd refuses: no", 10, "rollback\n" } },
	{ "no v2 API", REFUSE(POLL11, 404, "11", PLAIN), { NO_API, 10,
		"rollback\n" } },
	{ "key not found", REFUSE(POLL11, 404, "11", NOT_FOUND), { ETCD_LOST,
		"etcd says: Key not found (100)", 10, "rollback\n" } },
	{ "not a directory", REFUSE(POLL11, 400, "11", NOT_DIR), { ETCD_LOST,
		"etcd says: Not a directory (104)", 10, "rollback\n" } },
	{ "Raft's error", REFUSE(POLL11, 500, "11", ERROR("Raft Internal "
		"Error", "300")), { ETCD_LOST, "etcd says: Raft Internal "
		"Error (300)", 10, "rollback\n" } },
	{ "a head without an index", { POLL11, NULL, 200, NULL,
		.head = "X-Etcd-Cluster-Id: c1\r\n", .end = FAKE_HOLD },
		{ ETCD_LOST, "etcd does not answer", 10, "rollback\n" } },
	{ "an error that does not end", { POLL11, NULL, 400, "{'errorCode'",
		.head = AT("11"), .end = FAKE_HOLD }, { ETCD_LOST,
		"etcd does not answer", 10, "rollback\n" } },
};

static void
test_watch_polls(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(poll_cases) / sizeof(*poll_cases); i++) {
		const struct poll_case* poll = &poll_cases[i];
		const struct fake_exchange script[] = { KNOWN,
			poll->exchange };
		struct set set;
		set_up_known(poll->name, &set, &etcd_v2, script, 2);
		if(poll->exchange.end == FAKE_HOLD)
			set.settings.request_timeout = SHORT;
		check_outcome(poll->name, &set, etcd_v2.watch(set.state),
			&poll->outcome);
		assert_string_not_equal(set.link.reason.text, "");
		/* the head may be looked at before the cut comes, or not */
		if(set.told.watching > (poll->exchange.end == FAKE_CUT))
			fail_msg("%s: began to watch %u times", poll->name,
				set.told.watching);
		check_requests(poll->name, &set, 2);
		tear_down(&set);
	}
}

/** An event that the sink does not take is told again after a list. */
static void
test_watch_sink_refuses(void** state)
{
	static const struct {
		/** the event */
		const char* json;
		/** which call of the sink is refused */
		unsigned refuse_at;
		/** what the sink is told */
		const char* told;
	} cases[] = {
		{ SOME_EVENT, 1, "put /h/b 1 11\nrollback\n" },
		{ SOME_EVENT, 2, "put /h/b 1 11\ncommit\nrollback\n" },
		{ EVENT("delete", GONE("/h/a", "11")), 1,
			"remove /h/a 11\nrollback\n" },
		{ EVENT("delete", DIR_NODE("/h/d", "11")), 1,
			"below /h/d 11\nrollback\n" },
		{ EVENT("set", DIR_NODE("/h/d", "11")), 1,
			"remove /h/d 11\nrollback\n" },
		{ EVENT("set", NODE("/h/_a", "1", "11", "11")), 1,
			"commit\nrollback\n" },
	};
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct fake_exchange script[] = { KNOWN,
			SAYS(cases[i].json) };
		const struct outcome outcome = { ETCD_RELIST, "out of memory",
			10, cases[i].told };
		struct set set;
		set_up_known("sink", &set, &etcd_v2, script, 2);
		set.told.refuse_at = cases[i].refuse_at;
		check_outcome(cases[i].json, &set, etcd_v2.watch(set.state),
			&outcome);
		tear_down(&set);
	}
}

/** A watch goes on where the one before ended. */
static void
test_watch_again(void** state)
{
	static const struct fake_exchange script[] = { KNOWN,
		SAYS(SOME_EVENT), END("12"),
		NEXT("12", "20", EVENT("delete", GONE("/h/b", "15"))),
		END("16"), { KEYS("h") POLL "16", NULL, 0, NULL,
			.end = FAKE_HOLD }, PROBE_FAILS };
	struct set set;
	(void)state;
	set_up_known("again", &set, &etcd_v2, script, 7);
	assert_int_equal(etcd_v2.watch(set.state), ETCD_LOST);
	assert_int_equal(set.link.revision, 11);
	assert_int_equal(set.told.watching, 1);
	assert_int_equal(etcd_v2.watch(set.state), ETCD_LOST);
	assert_int_equal(set.link.revision, 15);
	assert_int_equal(set.told.watching, 2);
	assert_string_equal(set.told.text, "put /h/b 1 11\ncommit\nrollback\n"
		"remove /h/b 15\ncommit\nrollback\n");
	/* and has not begun because that one had */
	set.settings.request_timeout = SHORT;
	assert_int_equal(etcd_v2.watch(set.state), ETCD_LOST);
	assert_int_equal(set.told.watching, 2);
	check_requests("again", &set, 7);
	tear_down(&set);
}

/** Behind a proxy that keeps answers back until they are complete, a poll has
 * no head before it has an event: it is sent anew, as long as etcd is there,
 * though not for ever if etcd changes. */
static void
test_poll_kept_back(void** state)
{
	static const struct fake_exchange absent[] = { KNOWN,
		{ POLL11, NULL, 0, NULL, .end = FAKE_HOLD }, PROBE_FAILS };
	static const struct fake_exchange there[] = { KNOWN,
		{ POLL11, NULL, 0, NULL, .end = FAKE_HOLD },
		PROBED_AGAIN("20"), SAYS(SOME_EVENT), END("12") };
	static const struct fake_exchange swallowed[] = { KNOWN,
		{ POLL11, NULL, 0, NULL, .end = FAKE_HOLD, .again = true },
		PROBED_AGAIN("20") };
	/* nothing is known, and the key of the probe exists */
	static const struct fake_exchange probe_exists[] = {
		REFUSE(KEYS("h") LIST, 404, "10", NOT_FOUND),
		{ POLL11, NULL, 0, NULL, .end = FAKE_HOLD, .again = true },
		{ PROBE, NULL, 200, GOT(NODE("/h/_unbound-helix", "x", "4",
			"8")), .head = AT("20"), .end = FAKE_KEEP,
			.again = true } };
	static const struct {
		/** what is answered */
		const struct fake_exchange* script;
		/** number of that */
		size_t count;
		/** what is to be then */
		struct outcome outcome;
		/** how often it begins to watch */
		unsigned watching;
	} cases[] = {
		{ probe_exists, 3, { ETCD_RELIST, "polls have delivered "
			"nothing", 10, "rollback\n" }, 1 },
		{ absent, 3, { ETCD_LOST, "etcd does not answer", 10,
			"rollback\n" }, 0 },
		{ there, 5, { ETCD_LOST, "", 11, "put /h/b 1 11\ncommit\n"
			"rollback\n" }, 1 },
		{ swallowed, 3, { ETCD_RELIST, "polls have delivered "
			"nothing", 10,
			"rollback\n" }, 1 },
	};
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct set set;
		set_up_known("kept back", &set, &etcd_v2, cases[i].script,
			cases[i].count);
		set.settings.request_timeout = SHORT;
		check_outcome("kept back", &set, etcd_v2.watch(set.state),
			&cases[i].outcome);
		assert_int_equal(set.told.watching, cases[i].watching);
		tear_down(&set);
	}
}

/** An event that never comes whole is not asked for for ever. */
static void
test_poll_breaks(void** state)
{
	static const struct fake_exchange script[] = { KNOWN,
		{ POLL11, NULL, 200, "{'action':'set',", .head = AT("11"),
			.end = FAKE_CUT, .again = true } };
	struct set set;
	(void)state;
	set_up_known("breaks", &set, &etcd_v2, script, 2);
	assert_int_equal(etcd_v2.watch(set.state), ETCD_LOST);
	assert_int_equal(etcd_v2.watch(set.state), ETCD_LOST);
	assert_int_equal(etcd_v2.watch(set.state), ETCD_RELIST);
	assert_non_null(strstr(set.link.reason.text, "broke 3 times"));
	tear_down(&set);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_watch_events),
		cmocka_unit_test(test_watch_above),
		cmocka_unit_test(test_watch_root_prefix),
		cmocka_unit_test(test_watch_polls),
		cmocka_unit_test(test_watch_sink_refuses),
		cmocka_unit_test(test_watch_again),
		cmocka_unit_test(test_poll_kept_back),
		cmocka_unit_test(test_poll_breaks),
	};
	return cmocka_run_group_tests_name("v2 watch", tests, NULL, NULL);
}
