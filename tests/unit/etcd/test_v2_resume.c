/*
 * tests/unit/etcd/test_v2_resume.c - resumes by etcd's v2 API.
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
#include <stdio.h>
#include <string.h>

#define ASK_EVENT KEYS("h/a?wait=true&waitIndex=8")

/** the key is not as it was */
#define OTHER ANSWER(ASK, "12", GOT(NODE("/h/a", "y", "4", "12")))
#define SAME_EVENT ANSWER(ASK_EVENT, "12", EVENT("set", SAME))
#define OTHER_HISTORY ETCD_BEHIND, "etcd's history has changed: " \
	"etcd was wiped or restored"

/** what is answered about the key, and about its event if it is asked for */
static const struct end_case resume_cases[] = {
	{ "the key was changed", { OTHER, SAME_EVENT }, ETCD_OK, "" },
	{ "the key was deleted", { REFUSE(ASK, 404, "12", NOT_FOUND),
		SAME_EVENT }, ETCD_OK, "" },
	{ "a key above it was put", { REFUSE(ASK, 400, "12", NOT_DIR),
		SAME_EVENT }, ETCD_OK, "" },
	{ "a key above it was put, and etcd is behind", { REFUSE(ASK, 400,
		"9", NOT_DIR) }, ETCD_BEHIND, "etcd is at revision 9, before 10"
		},
	{ "the key is a directory", { ANSWER(ASK, "12", GOT("{'key':'/h/a',"
		"'value':'x','dir':true,'modifiedIndex':8,'createdIndex':4}")),
		SAME_EVENT }, ETCD_OK, "" },
	{ "the key was created anew", { ANSWER(ASK, "12",
		GOT(NODE("/h/a", "x", "5", "8"))), SAME_EVENT },
		ETCD_OK, "" },
	{ "another value", { ANSWER(ASK, "12",
		GOT(NODE("/h/a", "y", "4", "8"))), SAME_EVENT },
		ETCD_OK, "" },
	{ "another key", { ANSWER(ASK, "12", GOT(NODE("/h/b", "x", "4",
		"8"))), SAME_EVENT }, ETCD_OK, "" },
	{ "no key", { ANSWER(ASK, "12", "{'action':'get'}"), SAME_EVENT },
		ETCD_OK, "" },
	{ "the event is a later one", { OTHER, ANSWER(ASK_EVENT, "12",
		EVENT("set", NODE("/h/a", "x", "4", "9"))) }, OTHER_HISTORY },
	{ "the event is another key's", { OTHER, ANSWER(ASK_EVENT, "12",
		EVENT("set", NODE("/h/b", "x", "4", "8"))) }, OTHER_HISTORY },
	{ "the event is a longer key's", { OTHER, ANSWER(ASK_EVENT, "12",
		EVENT("set", NODE("/h/aa", "x", "4", "8"))) },
		OTHER_HISTORY },
	{ "the event is a shorter key's", { OTHER, ANSWER(ASK_EVENT, "12",
		EVENT("set", NODE("/h", "x", "4", "8"))) }, OTHER_HISTORY },
	{ "the event can't be read", { OTHER, ANSWER(ASK_EVENT, "12", "{}") },
		OTHER_HISTORY },
	{ "the event was dropped", { OTHER, REFUSE(ASK_EVENT, 400, "5000",
		CLEARED) }, ETCD_RELIST, "etcd has dropped the events" },
	{ "the event is refused", { OTHER, REFUSE(ASK_EVENT, 401, "12",
		ERROR("no", "110")) }, ETCD_DENIED, "etcd refuses: no" },
	{ "the event is cut off", { OTHER, { ASK_EVENT, NULL, 200,
		"{'action'", .head = AT("12"), .end = FAKE_CUT } },
		ETCD_LOST, "" },
	{ "etcd is behind, without the key", { REFUSE(ASK, 404, "9",
		NOT_FOUND) }, ETCD_BEHIND, "etcd is at revision 9, before 10" },
	{ "another cluster, without the key", { { ASK, NULL, 404, NOT_FOUND,
		.head = HEAD_OF("c2", "10"), .end = FAKE_KEEP } },
		ETCD_BEHIND, "this is another cluster" },
	{ "another cluster, that is behind", { { ASK, NULL, 200, GOT(SAME),
		.head = HEAD_OF("c2", "5"), .end = FAKE_KEEP } },
		ETCD_BEHIND, "this is another cluster" },
	{ "no cluster", { { ASK, NULL, 200, GOT(SAME),
		.head = "X-Etcd-Index: 10\r\n", .end = FAKE_KEEP } },
		ETCD_BEHIND, "this is another cluster" },
	{ "denied", { REFUSE(ASK, 401, "10", ERROR("no", "110")) },
		ETCD_RELIST, "etcd does not show the key" },
	{ "no v2 API", { REFUSE(ASK, 404, "10", PLAIN) }, NO_API },
};

static void
test_resume(void** state)
{
	static const struct steps steps = { &etcd_v2, STEP_RESUME, true,
		{ KNOWN }, 10, "" };
	(void)state;
	check_ends(&steps, resume_cases, COUNT(resume_cases));
}

/** An event that etcd does not have would be waited for for ever; that there
 * was none says more than what an earlier answer said. */
static void
test_resume_silent_history(void** state)
{
	static const struct fake_exchange script[] = { KNOWN,
		ANSWER(ASK, "10", GOT(SAME)), REFUSE(ASK, 404, "12", NOT_FOUND),
		HOLD(ASK_EVENT, "12") };
	static const struct outcome outcome = { OTHER_HISTORY, 10, "" };
	struct set set;
	(void)state;
	set_up_known("silent", &set, &etcd_v2, script, 4);
	assert_int_equal(etcd_v2.resume(set.state), ETCD_OK);
	check_outcome("silent", &set, etcd_v2.resume(set.state), &outcome);
	check_requests("silent", &set, 4);
	tear_down(&set);
}

/** etcd that does not answer about the key is lost. */
static void
test_resume_silence(void** state)
{
	static const struct fake_exchange script[] = { KNOWN,
		HOLD(ASK, "10") };
	static const struct outcome outcome = { ETCD_LOST, "", 10, "" };
	struct set set;
	(void)state;
	set_up_known("silence", &set, &etcd_v2, script, 2);
	set.settings.heartbeat = SHORT;
	check_outcome("silence", &set, etcd_v2.resume(set.state), &outcome);
	check_requests("silence", &set, 2);
	tear_down(&set);
}

/** etcd does not read a request about a key that is too long. */
static void
test_resume_long_key(void** state)
{
	static const struct {
		/** what the key has behind "/h/", again and again */
		char octet;
		/** how often */
		size_t count;
		/** whether it is asked for */
		bool asked;
	} cases[] = {
		/* "/v2/keys/h/" and 3,489 octets are 3,500 */
		{ 'x', 3489, true }, { 'x', 3490, false },
		/* %20 */
		{ ' ', 1163, true }, { ' ', 1164, false }
	};
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char key[3600] = "", url[3600] = "", list[4096], same[4096];
		char ask[4096];
		const struct fake_exchange script[] = {
			ANSWER(KEYS("h") LIST, "10", list),
			ANSWER(ask, "10", same) };
		enum etcd_result result;
		struct set set;
		size_t n;
		for(n = 0; n < cases[i].count; n++) {
			key[n] = cases[i].octet;
			strcat(url, cases[i].octet == ' ' ? "%20" : "x");
		}
		snprintf(list, sizeof(list), GOT(DIR("/h",
			NODE("/h/%s", "x", "4", "8"))), key);
		snprintf(same, sizeof(same), GOT(NODE("/h/%s", "x", "4",
			"8")), key);
		snprintf(ask, sizeof(ask), KEYS("h/%s?quorum=true"), url);
		set_up_known("long", &set, &etcd_v2, script, 2);
		result = etcd_v2.resume(set.state);
		assert_int_equal(result, cases[i].asked ? ETCD_OK :
			ETCD_RELIST);
		if(!cases[i].asked)
			assert_string_equal(set.link.reason.text, "the key by "
				"which to check etcd's history is too long "
				"to ask for");
		check_requests("long", &set, cases[i].asked ? 2 : 1);
		tear_down(&set);
	}
}

/** What a watch tells, and which event is checked by resume then. */
struct last_case {
	/** what it is, for a message */
	const char* name;
	/** the answers to the polls, and to resume */
	struct fake_exchange script[SCRIPT_MAX];
	/** how resume ends */
	enum etcd_result result;
};

static const struct last_case last_cases[] = {
	{ "a put", { NEXT("11", "20", EVENT("set", NODE("/h/b c", "1", "12",
		"12"))), END("13"), ANSWER(KEYS("h/b%20c?quorum=true"), "20",
		GOT(NODE("/h/b c", "1", "12", "12"))) }, ETCD_OK },
	{ "a put after the delete", { NEXT("11", "20", EVENT("delete",
		GONE("/h/a", "11"))), NEXT("12", "20", EVENT("set",
		NODE("/h/b", "1", "12", "12"))), END("13"),
		ANSWER(KEYS("h/b?quorum=true"), "20", GOT(NODE("/h/b", "1",
		"12", "12"))) }, ETCD_OK },
	{ "a deletion, and the key is still gone", {
		NEXT("11", "20", EVENT("delete", GONE("/h/a", "12"))),
		END("13"), REFUSE(ASK, 404, "20", NOT_FOUND),
		ANSWER(KEYS("h/a?wait=true&waitIndex=12"), "20",
		EVENT("delete", GONE("/h/a", "12"))) }, ETCD_OK },
	{ "a deletion that has not happened", {
		NEXT("11", "20", EVENT("delete", GONE("/h/a", "12"))),
		END("13"), ANSWER(ASK, "20", GOT(SAME)),
		REFUSE(KEYS("h/a?wait=true&waitIndex=12"), 400, "5000",
		CLEARED) }, ETCD_RELIST },
	{ "a deletion of a key that is there again", {
		NEXT("11", "20", EVENT("delete", GONE("/h/a", "12"))),
		END("13"), ANSWER(ASK, "20", GOT(NODE("/h/a", "x", "4",
		"12"))), ANSWER(KEYS("h/a?wait=true&waitIndex=12"), "20",
		EVENT("delete", GONE("/h/a", "13"))) }, ETCD_BEHIND },
	{ "a directory's deletion", { NEXT("11", "20", EVENT("delete",
		DIR_NODE("/h/d", "12"))), END("13"),
		REFUSE(KEYS("h/d?quorum=true"), 404, "20", NOT_FOUND),
		ANSWER(KEYS("h/d?wait=true&waitIndex=12"), "20",
		EVENT("delete", DIR_NODE("/h/d", "12"))) }, ETCD_OK },
	{ "an event that is not ours", { NEXT("11", "20", EVENT("set",
		NODE("/h/_a", "1", "12", "12"))), END("13"),
		ANSWER(ASK, "20", GOT(SAME)) }, ETCD_OK },
};

static void
test_resume_last_event(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(last_cases) / sizeof(*last_cases); i++) {
		const struct last_case* last = &last_cases[i];
		struct fake_exchange script[SCRIPT_MAX + 1] = { KNOWN };
		size_t count = 1 + script_count(last->script);
		enum etcd_result result;
		struct set set;
		memcpy(script + 1, last->script, sizeof(last->script));
		set_up_known(last->name, &set, &etcd_v2, script, count);
		assert_int_equal(etcd_v2.watch(set.state), ETCD_LOST);
		result = etcd_v2.resume(set.state);
		if(result != last->result)
			fail_msg("%s: %d, \"%s\"", last->name, (int)result,
				set.link.reason.text);
		check_requests(last->name, &set, count);
		tear_down(&set);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_resume),
		cmocka_unit_test(test_resume_silent_history),
		cmocka_unit_test(test_resume_silence),
		cmocka_unit_test(test_resume_long_key),
		cmocka_unit_test(test_resume_last_event),
	};
	return cmocka_run_group_tests_name("v2 resume", tests, NULL, NULL);
}
