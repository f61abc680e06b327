/*
 * tests/unit/etcd/test_v2_polls.c - what happens while polls of the v2 API
 * are under way, of one directory or several.
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

/** A watch of a prefix and hidden directories, none of which exists before. */
struct hidden_case {
	/** what it is, for a message */
	const char* name;
	/** the hidden directories */
	const char* hidden[HIDDEN_MAX + 1];
	/** the answers to the polls */
	struct fake_exchange script[SCRIPT_MAX];
	/** what the held ones say */
	struct say says[SAYS_MAX];
	/** what is to be then */
	struct outcome outcome;
	/** how often it begins to watch */
	unsigned watching;
};

#define TCP "com/_tcp"

#define HID(index) KEYS("h/com/_tcp") POLL index
#define NOTHING ETCD_LOST, "etcd ended a poll without an event"
#define COM_GONE(index) CHANGE("delete", DIR_NODE("/h/com", index), \
	DIR_NODE("/h/com", "4"))

/* The lists take the first 2 or 3 requests, their first polls as many more. */
static const struct hidden_case hidden_cases[] = {
	{ "each tells of its own", { TCP }, {
		HOLD(MAIN("11"), "11"), HOLD(HID("11"), "10"),
		HOLD(HID("12"), "11"), HOLD(MAIN("13"), "12") }, {
		{ 4, HID("11"), EVENT("set", NODE("/h/com/_tcp/a", "1", "11",
			"11")) },
		{ 5, MAIN("11"), EVENT("set", NODE("/h/b", "2", "12", "12")) },
		{ 6, HID("12"), NULL } },
		{ NOTHING, 12, "put /h/com/_tcp/a 1 11\ncommit\n"
		"put /h/b 2 12\ncommit\nrollback\n" }, 1 },
	{ "hidden keys, told to both", { TCP }, {
		HOLD(MAIN("11"), "10"), HOLD(HID("11"), "10"),
		HOLD(MAIN("12"), "11"), HOLD(HID("12"), "11") }, {
		{ 4, MAIN("11"), EVENT("set", NODE("/h/com/_tcp/a", "1", "11",
			"11")) },
		{ 5, HID("11"), EVENT("set", NODE("/h/com/_tcp/a", "1", "11",
			"11")) },
		{ 6, HID("12"), NULL } },
		{ NOTHING, 11, "commit\nput /h/com/_tcp/a 1 11\ncommit\n"
		"rollback\n" }, 1 },
	{ "the later of two tells first", { TCP }, {
		HOLD(MAIN("11"), "11"), HOLD(HID("11"), "14"),
		HOLD(HID("16"), "15"), HOLD(MAIN("13"), "15") }, {
		{ 4, HID("11"), EVENT("set", NODE("/h/com/_tcp/a", "1", "15",
			"15")) },
		{ 5, MAIN("11"), EVENT("set", NODE("/h/b", "2", "12", "12")) },
		{ 6, HID("16"), NULL } },
		{ NOTHING, 15, "put /h/com/_tcp/a 1 15\ncommit\n"
		"put /h/b 2 12\ncommit\nrollback\n" }, 1 },
	{ "a directory above is deleted", { TCP }, {
		HOLD(MAIN("11"), "11"), HOLD(HID("11"), "11"),
		HOLD(MAIN("13"), "12"), HOLD(HID("13"), "12") }, {
		{ 4, MAIN("11"), COM_GONE("12") },
		{ 5, HID("11"), COM_GONE("12") },
		{ 6, HID("13"), NULL } },
		{ NOTHING, 12, "below /h/com 12\ncommit\n"
		"below /h/com/_tcp 12\ncommit\nrollback\n" }, 1 },
	{ "a directory above is deleted, the hidden one is told first", {
		TCP }, {
		HOLD(MAIN("11"), "11"), HOLD(HID("11"), "11"),
		HOLD(HID("13"), "13"), HOLD(HID("15"), "14"),
		HOLD(MAIN("13"), "14") }, {
		{ 4, HID("11"), COM_GONE("12") },
		{ 5, HID("13"), EVENT("set", NODE("/h/com/_tcp/a", "1", "14",
			"14")) },
		{ 6, MAIN("11"), COM_GONE("12") },
		{ 7, MAIN("13"), NULL } },
		{ NOTHING, 14, "below /h/com/_tcp 12\ncommit\n"
		"put /h/com/_tcp/a 1 14\ncommit\n"
		"below /h/com 12\ncommit\nrollback\n" }, 1 },
	{ "the prefix expires", { TCP }, {
		HOLD(MAIN("11"), "11"), HOLD(HID("11"), "11"),
		HOLD(MAIN("13"), "12"), HOLD(HID("13"), "12") }, {
		{ 4, MAIN("11"), EVENT("expire", DIR_NODE("/h", "12")) },
		{ 5, HID("11"), EVENT("expire", DIR_NODE("/h", "12")) },
		{ 6, HID("13"), NULL } },
		{ NOTHING, 12, "below /h 12\ncommit\n"
		"below /h/com/_tcp 12\ncommit\nrollback\n" }, 1 },
	{ "other directories are deleted", { TCP }, {
		HOLD(MAIN("11"), "10"), HOLD(HID("11"), "10"),
		HOLD(MAIN("12"), "11"), HOLD(MAIN("13"), "12"),
		HOLD(MAIN("14"), "13") }, {
		{ 4, MAIN("11"), EVENT("delete", DIR_NODE("/h/co", "11")) },
		{ 5, MAIN("12"), EVENT("delete", DIR_NODE("/h/com/_tcp",
			"12")) },
		{ 6, MAIN("13"), EVENT("delete", GONE("/h/com", "13")) },
		{ 7, MAIN("14"), NULL } },
		{ NOTHING, 13, "below /h/co 11\ncommit\ncommit\n"
		"remove /h/com 13\ncommit\nrollback\n" }, 1 },
	{ "the hidden directory is deleted", { TCP }, {
		HOLD(MAIN("11"), "10"), HOLD(HID("11"), "10"),
		HOLD(HID("12"), "11") }, {
		{ 4, HID("11"), EVENT("delete", DIR_NODE("/h/com/_tcp",
			"11")) },
		{ 5, HID("12"), NULL } },
		{ NOTHING, 11, "below /h/com/_tcp 11\ncommit\nrollback\n" },
		1 },
	{ "a hidden directory above a hidden one is deleted", { "com/_tcp",
		"com/_tcp/a/_b" }, {
		HOLD(MAIN("11"), "11"), HOLD(HID("11"), "11"),
		HOLD(KEYS("h/com/_tcp/a/_b") POLL "11", "11"),
		HOLD(MAIN("13"), "12"), HOLD(HID("13"), "12"),
		HOLD(KEYS("h/com/_tcp/a/_b") POLL "13", "12") }, {
		{ 6, MAIN("11"), COM_GONE("12") },
		{ 7, HID("11"), COM_GONE("12") },
		{ 8, KEYS("h/com/_tcp/a/_b") POLL "11", COM_GONE("12") },
		{ 9, HID("13"), NULL } },
		{ NOTHING, 12, "below /h/com 12\ncommit\n"
		"below /h/com/_tcp 12\ncommit\n"
		"below /h/com/_tcp/a/_b 12\ncommit\nrollback\n" }, 1 },
	{ "a directory between two hidden ones is deleted", { "com/_tcp",
		"com/_tcp/a/_b" }, {
		HOLD(MAIN("11"), "10"), HOLD(HID("11"), "11"),
		HOLD(KEYS("h/com/_tcp/a/_b") POLL "11", "10"),
		HOLD(HID("13"), "12") }, {
		{ 6, HID("11"), EVENT("delete", DIR_NODE("/h/com/_tcp/a",
			"12")) },
		{ 7, HID("13"), NULL } },
		{ NOTHING, 12, "below /h/com/_tcp/a 12\ncommit\nrollback\n" },
		1 },
	{ "one is refused", { TCP }, {
		HOLD(MAIN("11"), "10"), REFUSE(HID("11"), 400, "5000",
		CLEARED) }, { { 0, NULL, NULL } },
		{ ETCD_RELIST, "etcd has dropped the events", 10,
		"rollback\n" }, 0 },
	{ "one tells, the other is refused before it has begun", { TCP }, {
		HOLD(MAIN("11"), "10"), { HID("11"), NULL, 400, NULL,
			.head = AT("10"), .end = FAKE_HOLD },
		HOLD(MAIN("12"), "11") }, {
		{ 4, MAIN("11"), SOME_EVENT },
		{ 5, HID("11"), CLEARED } },
		{ ETCD_RELIST, "etcd has dropped the events", 11,
		"put /h/b 1 11\ncommit\nrollback\n" }, 0 },
	{ "it watches once all have begun", { "_a", "_b" }, {
		HOLD(MAIN("11"), "10"), HOLD(KEYS("h/_a") POLL "11", "11"),
		{ KEYS("h/_b") POLL "11", NULL, 0, NULL, .end = FAKE_HOLD },
		HOLD(MAIN("12"), "11"), HOLD(KEYS("h/_a") POLL "13", "12") },
		{
		{ 6, MAIN("11"), SOME_EVENT },
		{ 7, KEYS("h/_a") POLL "11", EVENT("set", NODE("/h/_a/c", "1",
			"12", "12")) },
		{ 8, MAIN("12"), NULL } },
		{ NOTHING, 12, "put /h/b 1 11\ncommit\nput /h/_a/c 1 12\n"
		"commit\nrollback\n" }, 0 },
};

/* What happens while a poll is under way. The lists take 1 or 2 requests. */
static const struct hidden_case order_cases[] = {
	{ "the next one", { NULL }, { HOLD(MAIN("11"), "10"),
		HOLD(MAIN("12"), "11"), HOLD(MAIN("13"), "12") }, {
		{ 2, MAIN("11"), SOME_EVENT }, { 3, MAIN("12"), SET_C("12") },
		{ 4, MAIN("13"), NULL } },
		{ NOTHING, 12, TOLD_B TOLD_C "rollback\n" }, 1 },
	{ "one that is told before the one before it", { NULL }, {
		HOLD(MAIN("11"), "10"), ANSWER(MAIN("11"), "12", SOME_EVENT),
		ANSWER(MAIN("12"), "12", SET_C("12")),
		HOLD(MAIN("13"), "12") }, {
		{ 2, MAIN("11"), SET_C("12") }, { 5, MAIN("13"), NULL } },
		{ NOTHING, 12, TOLD_B TOLD_C "rollback\n" }, 1 },
	{ "one after others that are not ours", { NULL }, {
		HOLD(MAIN("11"), "10"), ANSWER(MAIN("11"), "12", SET_C("12")),
		HOLD(MAIN("13"), "12") }, {
		{ 2, MAIN("11"), SET_C("12") }, { 4, MAIN("13"), NULL } },
		{ NOTHING, 12, TOLD_C "rollback\n" }, 1 },
	{ "a deletion before one that is not ours", { NULL }, {
		HOLD(MAIN("11"), "10"), ANSWER(MAIN("11"), "12",
			EVENT("delete", DIR_NODE("/h/d", "11"))),
		HOLD(MAIN("12"), "12") }, {
		{ 2, MAIN("11"), EVENT("delete", DIR_NODE("/h", "12")) },
		{ 4, MAIN("12"), NULL } },
		{ NOTHING, 11, "below /h/d 11\ncommit\nrollback\n" }, 1 },
	{ "one far too late, twice", { NULL }, {
		HOLD(MAIN("11"), "10"), HOLD(MAIN("11"), "100"),
		REFUSE(MAIN("11"), 400, "5000", CLEARED) }, {
		{ 2, MAIN("11"), SET_C("12") },
		{ 3, MAIN("11"), SET_C("102") } },
		{ ETCD_RELIST, "etcd has dropped the events", 10,
		"rollback\n" }, 1 },
	{ "one that had happened before the poll", { NULL }, {
		HOLD(MAIN("11"), "14"), HOLD(MAIN("13"), "14"),
		HOLD(MAIN("15"), "14") }, {
		{ 2, MAIN("11"), SET_C("12") }, { 3, MAIN("13"), EVENT("set",
			NODE("/h/c", "3", "12", "14")) },
		{ 4, MAIN("15"), NULL } },
		{ NOTHING, 14, TOLD_C "put /h/c 3 14\ncommit\nrollback\n" },
		1 },
	{ "one poll is not sure, the other is", { TCP }, {
		HOLD(MAIN("11"), "10"), HOLD(HID("11"), "11"),
		ANSWER(MAIN("11"), "12", COM_GONE("12")),
		HOLD(MAIN("13"), "12"), HOLD(HID("13"), "12") }, {
		{ 4, MAIN("11"), COM_GONE("12") },
		{ 6, HID("11"), COM_GONE("12") },
		{ 7, HID("13"), NULL } },
		{ NOTHING, 12, "below /h/com 12\ncommit\n"
		"below /h/com/_tcp 12\ncommit\nrollback\n" }, 1 },
};

/** Fill in the lists of what does not exist. @return their number. */
static size_t
empty_lists(struct fake_exchange* script, const char* const* hidden,
	char paths[][64])
{
	size_t n;
	script[0] = (struct fake_exchange)REFUSE(KEYS("h") LIST, 404, "10",
		NOT_FOUND);
	for(n = 0; n < HIDDEN_MAX && hidden[n]; n++) {
		snprintf(paths[n], sizeof(paths[n]), KEYS("h/%s") LIST,
			hidden[n]);
		script[1 + n] = script[0];
		script[1 + n].path = paths[n];
	}
	return 1 + n;
}

/** Watch as a case says. */
static void
check_hidden(const struct hidden_case* hidden)
{
	char paths[HIDDEN_MAX][64];
	struct fake_exchange script[1 + HIDDEN_MAX + SCRIPT_MAX];
	size_t lists = empty_lists(script, hidden->hidden, paths);
	size_t count = lists + script_count(hidden->script);
	struct set set;
	memcpy(script + lists, hidden->script, sizeof(hidden->script));
	set_up_hidden(&set, hidden->hidden, script, count);
	list_known(hidden->name, &set);
	check_outcome(hidden->name, &set, watch_and_say(hidden->name, &set,
		hidden->says), &hidden->outcome);
	if(set.told.watching != hidden->watching)
		fail_msg("%s: began to watch %u times", hidden->name,
			set.told.watching);
	check_used(hidden->name, &set, count);
	tear_down(&set);
}

static void
test_watch_hidden(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(hidden_cases) / sizeof(*hidden_cases); i++)
		check_hidden(&hidden_cases[i]);
}

/** An event counts if there can be none before it that was not told. */
static void
test_watch_order(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(order_cases) / sizeof(*order_cases); i++)
		check_hidden(&order_cases[i]);
}

/** A poll that is silent until etcd ends it by itself, after more than a
 * heartbeat, has told everything up to its head's index. */
static void
test_watch_silent_poll(void** state)
{
	static const struct {
		/** the index of the head, and of the probes */
		const char* head;
		/** the next poll */
		const char* next;
		/** the index in the end */
		int index;
	} cases[] = {
		{ "10", POLL11, 10 },
		{ "11", MAIN("12"), 11 },
		{ "5000", MAIN("5001"), 5000 },
	};
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char head[256];
		const struct fake_exchange script[] = { KNOWN,
			{ POLL11, NULL, 200, NULL, .head = head,
				.end = FAKE_HOLD },
			REFUSE(cases[i].next, 400, "9999", CLEARED),
			{ PROBE, NULL, 404, NOT_FOUND, .head = head,
				.end = FAKE_KEEP, .again = true } };
		/* the second probe comes after more than a heartbeat */
		static const struct say says[] = { { 4, POLL11, NULL },
			{ 0, NULL, NULL } };
		const struct outcome outcome = { DROPPED, cases[i].index,
			"rollback\n" };
		struct set set;
		snprintf(head, sizeof(head), HEAD_OF("c1", "%s"),
			cases[i].head);
		set_up_known("silent", &set, &etcd_v2, script, 4);
		check_outcome(cases[i].head, &set, watch_and_say("silent",
			&set, says), &outcome);
		assert_int_equal(set.told.watching, 1);
		tear_down(&set);
	}
}

/** However late an event arrives behind its head, it is told, and what is
 * asked next is what comes behind it. */
static void
test_watch_late_event(void** state)
{
	static const struct {
		/** what is sent with the head */
		const char* first;
		/** and after several probes */
		const char* rest;
		/** the index that these have */
		const char* probed;
	} cases[] = {
		{ NULL, SET_C("12"), "14" },
		/* from here on, half of it is too much to end the poll */
		{ " ", SET_C("12"), "20" },
		{ "{'action':'set','node':{'key':'/h/c',", "'value':'2',"
			"'modifiedIndex':12,'createdIndex':12}}\n", "20" },
	};
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char head[256];
		const struct fake_exchange script[] = { KNOWN,
			{ POLL11, NULL, 200, cases[i].first, .head = AT("14"),
				.end = FAKE_HOLD, .closed = FAKE_CUT },
			REFUSE(MAIN("13"), 400, "9999", CLEARED),
			{ PROBE, NULL, 404, NOT_FOUND, .head = head,
				.end = FAKE_KEEP, .again = true } };
		const struct say says[] = { { 6, POLL11, cases[i].rest },
			{ 0, NULL, NULL } };
		static const struct outcome outcome = { DROPPED, 12,
			TOLD_C "rollback\n" };
		struct set set;
		snprintf(head, sizeof(head), HEAD_OF("c1", "%s"),
			cases[i].probed);
		set_up_known("late", &set, &etcd_v2, script, 4);
		check_outcome("late", &set, watch_and_say("late", &set, says),
			&outcome);
		assert_int_equal(set.told.watching, 1);
		tear_down(&set);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_watch_hidden),
		cmocka_unit_test(test_watch_order),
		cmocka_unit_test(test_watch_silent_poll),
		cmocka_unit_test(test_watch_late_event),
	};
	return cmocka_run_group_tests_name("v2 polls", tests, NULL, NULL);
}
