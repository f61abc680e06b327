/*
 * tests/unit/etcd/test_protocols.c - what is the same by both of etcd's APIs.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "api.h"
#include "check.h"
#include "idle_clock.h"
#include <inttypes.h>
#include <stdio.h>

/** most parts of a case */
#define PARTS_MAX 8

/** A step, and what is to be then. */
struct parts_case {
	/** what it is, for a message */
	const char* name;
	/** the step; a list comes first if PART_KNOWN does */
	enum step step;
	/** what is asked for, and answered */
	enum part parts[PARTS_MAX];
	/** what is to be then; told is NULL for the API's misled */
	struct outcome outcome;
};

#define IS_BEHIND ETCD_BEHIND, "etcd is at revision 9, before 10", 10
#define IS_OTHER_CLUSTER ETCD_BEHIND, "this is another cluster (id ", 10
#define TOLD_TWO "begin\nput /h/a 1 4\nput /h/b two 8\nend 9\n"
/** how a watch ends if another cluster answers a probe */
#define OTHER_ANSWERS { ETCD_BEHIND, "another cluster answers", 10, \
	"rollback\n" }
/** probes come beside a watch that tells nothing */
#define BESIDE PART_KNOWN, PART_WATCH

static const struct parts_case parts_cases[] = {
	{ "no keys", STEP_LIST, { PART_NO_KEYS }, { ETCD_OK, "", 9,
		"begin\nend 9\n" } },
	{ "two keys", STEP_LIST, { PART_TWO_KEYS }, { ETCD_OK, "", 9,
		TOLD_TWO } },
	{ "two keys, octet for octet", STEP_LIST, { PART_TWO_KEYS_SLOWLY },
		{ ETCD_OK, "", 9, TOLD_TWO } },
	/* who answers is judged where etcd is known */
	{ "newer", STEP_LIST, { PART_KNOWN, PART_AT_12 }, { ETCD_OK, "", 12,
		"begin\nput /h/b y 12\nend 12\n" } },
	{ "the same", STEP_LIST, { PART_KNOWN, PART_AT_10 }, { ETCD_OK, "",
		10, "begin\nput /h/b y 10\nend 10\n" } },
	{ "behind", STEP_LIST, { PART_KNOWN, PART_AT_9 }, { IS_BEHIND, NULL }
		},
	{ "another cluster", STEP_LIST, { PART_KNOWN, PART_OTHER_AT_12 },
		{ IS_OTHER_CLUSTER, NULL } },
	{ "another cluster, that is behind", STEP_LIST, { PART_KNOWN,
		PART_OTHER_AT_9 }, { IS_OTHER_CLUSTER, NULL } },
	{ "no head", STEP_LIST, { PART_KNOWN, PART_NO_HEAD }, { ETCD_LOST,
		"the answer to a list has no ", 10, NULL } },
	{ "newer, and it breaks off", STEP_LIST, { PART_KNOWN, PART_BREAKS },
		{ ETCD_LOST, "", 10, "begin\nput /h/b y 12\nrollback\n" } },
	/* resume */
	{ "nothing has happened", STEP_RESUME, { PART_KNOWN, PART_SAME },
		{ ETCD_OK, "", 10, "" } },
	{ "something has happened", STEP_RESUME, { PART_KNOWN,
		PART_SAME_LATER }, { ETCD_OK, "", 10, "" } },
	{ "etcd is behind", STEP_RESUME, { PART_KNOWN, PART_SAME_BEFORE },
		{ IS_BEHIND, "" } },
	{ "resume by another cluster", STEP_RESUME, { PART_KNOWN,
		PART_SAME_ELSEWHERE }, { IS_OTHER_CLUSTER, "" } },
	{ "HTML", STEP_RESUME, { PART_KNOWN, PART_SAME_HTML }, { ETCD_LOST,
		"not JSON", 10, "" } },
	{ "cut off", STEP_RESUME, { PART_KNOWN, PART_SAME_CUT_OFF },
		{ ETCD_LOST, "cut off", 10, "" } },
	{ "connection closed", STEP_RESUME, { PART_KNOWN, PART_SAME_BREAKS },
		{ ETCD_LOST, "", 10, "" } },
	/* probes */
	{ "answered", STEP_WATCH, { BESIDE, PART_PROBE, PART_PROBE,
		PART_PROBE, PART_PROBE_OTHER }, OTHER_ANSWERS },
	{ "broken once", STEP_WATCH, { BESIDE, PART_PROBE_BREAKS,
		PART_PROBE_OTHER }, OTHER_ANSWERS },
	{ "broken, but not twice in a row", STEP_WATCH, { BESIDE,
		PART_PROBE_BREAKS, PART_PROBE, PART_PROBE_BREAKS, PART_PROBE,
		PART_PROBE_BREAKS, PART_PROBE_OTHER }, OTHER_ANSWERS },
	{ "broken twice", STEP_WATCH, { BESIDE, PART_PROBE_BREAKS,
		PART_PROBE_BREAKS }, { ETCD_LOST, "", 10, "rollback\n" } },
	{ "broken twice, later", STEP_WATCH, { BESIDE, PART_PROBE,
		PART_PROBE_BREAKS, PART_PROBE_BREAKS }, { ETCD_LOST, "", 10,
		"rollback\n" } },
	{ "no quorum", STEP_WATCH, { BESIDE, PART_PROBE_FAILS }, { ETCD_LOST,
		"etcd says: no leader", 10, "rollback\n" } },
	{ "this key is refused", STEP_WATCH, { BESIDE, PART_PROBE_REFUSED,
		PART_PROBE_OTHER }, OTHER_ANSWERS },
};

/** Write the script of parts. @return exchanges in it. */
static size_t
parts_script(const struct api* api, const enum part* parts, size_t max,
	struct fake_exchange* script)
{
	size_t i, n, count = 0;
	for(i = 0; i < max && parts[i] != PART_NONE; i++) {
		for(n = 0; n < PART_MAX && api->parts[parts[i]][n].path; n++)
			script[count++] = api->parts[parts[i]][n];
	}
	return count;
}

static void
test_parts(void** state)
{
	const struct api* api = *state;
	size_t i;
	for(i = 0; i < COUNT(parts_cases); i++) {
		const struct parts_case* c = &parts_cases[i];
		const struct steps steps = { .protocol = api->protocol,
			.step = c->step, .known = c->parts[0] == PART_KNOWN };
		struct outcome outcome = c->outcome;
		struct fake_exchange script[PARTS_MAX * PART_MAX];
		size_t count = parts_script(api, c->parts, PARTS_MAX, script);
		if(!outcome.told)
			outcome.told = api->misled;
		check_step(&steps, c->name, script, count, &outcome);
	}
}

/** Set up a script of parts; to be ended by tear_down.
 * @param script: room for it. */
static void
set_up_parts(struct set* set, const struct api* api, enum fake_mode mode,
	const enum part* parts, size_t max, struct fake_exchange* script)
{
	size_t count = parts_script(api, parts, max, script);
	set_up(set, api->protocol, mode, script, count);
}

/* --- list ---------------------------------------------------------------- */

/** An answer that a list does not survive, before any key. */
struct refusal_case {
	/** what it is, for a message */
	const char* name;
	/** the answer */
	struct fake_exchange exchange;
	/** what the reason has in it */
	const char* reason;
};

#define NO(number, json) { NULL, NULL, number, json, .end = FAKE_KEEP }
#define HTML "<html>\n<body>Bad\tGateway\x1b[31m\xc3\xa9</body></html>"

static const struct refusal_case refusal_cases[] = {
	{ "HTML and 404", NO(404, HTML), "another web server: see "
		"`endpoints`" },
	{ "HTML and 500", NO(500, HTML), "HTTP status 500: "
		"<html> <body>Bad Gateway [31m  </body></html>" },
	{ "nothing and 500", NO(500, NULL), "HTTP status 500: " },
	{ "array and 500", NO(500, "[100]"), "HTTP status 500: [100]" },
	{ "HTML and 200", NO(200, "<html></html>"),
		"the answer is not JSON as etcd writes it" },
	{ "nothing and 200", NO(200, NULL), "the answer to a list is empty" },
	{ "cut off in a string", NO(200, "{'acti"), "the answer is cut off" },
	{ "connection closed", { NULL, NULL, 0, NULL, .end = FAKE_CLOSE },
		"" },
};

static void
test_list_refused(void** state)
{
	const struct api* api = *state;
	const struct steps steps = { .protocol = api->protocol,
		.step = STEP_LIST };
	size_t i;
	for(i = 0; i < COUNT(refusal_cases); i++) {
		const struct refusal_case* c = &refusal_cases[i];
		const struct outcome outcome = { ETCD_LOST, c->reason, 0,
			"begin\nrollback\n" };
		check_step(&steps, c->name, &c->exchange, 1, &outcome);
	}
}

/** No answer is a reason to go elsewhere. */
static void
test_list_silence(void** state)
{
	static const enum part parts[] = { PART_LIST_HELD };
	static const enum fake_mode modes[] = { FAKE_REFUSES,
		FAKE_NEVER_ACCEPTS, FAKE_NEVER_CONNECTS, FAKE_ANSWERS };
	const struct outcome outcome = { ETCD_LOST, "", 0,
		"begin\nrollback\n" };
	const struct api* api = *state;
	size_t i;
	for(i = 0; i < COUNT(modes); i++) {
		struct fake_exchange script[PART_MAX];
		struct set set;
		set_up_parts(&set, api, modes[i], parts, 1, script);
		set.settings.request_timeout = SHORT;
		check_outcome("silence", &set, api->protocol->list(set.state),
			&outcome);
		assert_string_not_equal(set.link.reason.text, "");
		tear_down(&set);
	}
}

/** Where the sink can't go on, the list does not. */
static void
test_list_sink_refuses(void** state)
{
	static const enum part parts[] = { PART_TWO_KEYS };
	static const char* const told[] = {
		"begin\nput /h/a 1 4\nrollback\n",
		"begin\nput /h/a 1 4\nput /h/b two 8\nrollback\n",
		"begin\nput /h/a 1 4\nput /h/b two 8\nend 9\nrollback\n",
	};
	const struct api* api = *state;
	unsigned n;
	for(n = 1; n <= COUNT(told); n++) {
		const struct outcome outcome = { ETCD_LOST, "out of memory",
			0, told[n - 1] };
		struct fake_exchange script[PART_MAX];
		struct set set;
		set_up_parts(&set, api, FAKE_ANSWERS, parts, 1, script);
		set.told.refuse_at = n;
		check_outcome("sink", &set, api->protocol->list(set.state),
			&outcome);
		tear_down(&set);
	}
}

/** Where it is believed that etcd was replaced, nobody is judged until a list
 * is complete; and from then on, it is the other cluster that is known. */
static void
test_list_replaced(void** state)
{
	static const enum part parts[] = { PART_KNOWN, PART_OTHER_BREAKS,
		PART_OTHER_AT_5, PART_FIRST_AT_12 };
	static const struct outcome broken = { ETCD_LOST, "", 10,
		"begin\nrollback\n" }, replaced = { ETCD_OK, "", 5,
		"begin\nrollback\nbegin\nend 5\n" };
	const struct api* api = *state;
	struct fake_exchange script[COUNT(parts) * PART_MAX];
	char reason[100];
	struct set set;
	set_up_parts(&set, api, FAKE_ANSWERS, parts, COUNT(parts), script);
	list_known("replaced", &set);
	set.link.replaced = true;
	check_outcome("broken", &set, api->protocol->list(set.state),
		&broken);
	assert_int_equal(set.link.cluster, api->cluster);
	assert_true(set.link.replaced);
	check_outcome("replaced", &set, api->protocol->list(set.state),
		&replaced);
	assert_int_equal(set.link.cluster, api->other);
	assert_int_equal(set.told.cluster, api->other);
	assert_false(set.link.replaced);
	assert_int_equal(api->protocol->list(set.state), ETCD_BEHIND);
	snprintf(reason, sizeof(reason), "this is another cluster (id %"
		PRIx64 ", was %" PRIx64 ")", api->cluster, api->other);
	assert_string_equal(set.link.reason.text, reason);
	check_requests("replaced", &set, 4);
	tear_down(&set);
}

/* --- resume -------------------------------------------------------------- */

/** Where there is nothing to compare with, nobody is asked. */
static void
test_resume_without_key(void** state)
{
	static const enum part parts[] = { PART_NO_KEYS };
	const struct api* api = *state;
	struct fake_exchange script[PART_MAX];
	struct set set;
	set_up_parts(&set, api, FAKE_ANSWERS, parts, 1, script);
	assert_int_equal(api->protocol->resume(set.state), ETCD_RELIST);
	assert_int_equal(fake_etcd_requests(set.fake), 0);
	list_known("no keys", &set);
	assert_int_equal(api->protocol->resume(set.state), ETCD_RELIST);
	assert_int_equal(fake_etcd_requests(set.fake), 1);
	assert_string_equal(set.link.reason.text, "there is no key by which to "
		"check etcd's history");
	tear_down(&set);
}

/* --- watch --------------------------------------------------------------- */

/** Probes that are never answered. */
static void
test_probes_silent(void** state)
{
	static const enum part parts[] = { BESIDE, PART_PROBES_HELD };
	const struct api* api = *state;
	struct fake_exchange script[COUNT(parts) * PART_MAX];
	struct set set;
	set_up_parts(&set, api, FAKE_ANSWERS, parts, COUNT(parts), script);
	list_known("silent", &set);
	assert_int_equal(api->protocol->watch(set.state), ETCD_LOST);
	assert_string_not_equal(set.link.reason.text, "");
	/* two of them */
	assert_int_equal(fake_etcd_requests(set.fake), 4);
	/* what is due meanwhile is seen in time */
	assert_in_range(idle_clock_longest(), 1, HEARTBEAT / 2);
	tear_down(&set);
}

/** Probes are answered, but the watch stops within an event; what is complete
 * before may be the last for ever. */
static void
test_watch_stalls(void** state)
{
	static const enum part parts[] = { PART_KNOWN, PART_WATCH_STALLS,
		PART_PROBES };
	const struct api* api = *state;
	const struct outcome outcome = { ETCD_LOST, api->stalled, 11,
		"put /h/b 1 11\ncommit\nrollback\n" };
	struct fake_exchange script[COUNT(parts) * PART_MAX];
	struct set set;
	set_up_parts(&set, api, FAKE_ANSWERS, parts, COUNT(parts), script);
	list_known("stalls", &set);
	set.settings.request_timeout = SHORT;
	check_outcome("stalls", &set, api->protocol->watch(set.state),
		&outcome);
	tear_down(&set);
}

/* --- life ---------------------------------------------------------------- */

static void
test_stop(void** state)
{
	static const struct {
		/** the step */
		enum step step;
		/** what never comes */
		enum part held;
		/** what is told */
		const char* told;
	} cases[] = {
		{ STEP_LIST, PART_LIST_HELD, "begin\nrollback\n" },
		{ STEP_RESUME, PART_SAME_HELD, "" },
		{ STEP_WATCH, PART_WATCH, "rollback\n" },
	};
	const struct api* api = *state;
	size_t i;
	for(i = 0; i < COUNT(cases); i++) {
		const enum part parts[] = { PART_KNOWN, cases[i].held };
		struct fake_exchange script[COUNT(parts) * PART_MAX];
		struct set set;
		set_up_parts(&set, api, FAKE_ANSWERS, parts, COUNT(parts),
			script);
		list_known("stop", &set);
		check_stop(&set, cases[i].step, 2);
		assert_string_equal(set.told.text, cases[i].step == STEP_LIST ?
			api->misled : cases[i].told);
		tear_down(&set);
	}
}

static void
test_close(void** state)
{
	const struct api* api = *state;
	api->protocol->close(NULL);
}

static void
test_names(void** state)
{
	(void)state;
	assert_string_equal(api_v2.protocol->name, "v2");
	assert_string_equal(api_v3.protocol->name, "v3");
}

/** a test, run for each API */
#define BOTH(test) { #test " by v2", test, NULL, NULL, &apis[0] }, \
	{ #test " by v3", test, NULL, NULL, &apis[1] }

int
main(void)
{
	struct api apis[] = { api_v2, api_v3 };
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		BOTH(test_parts),
		BOTH(test_list_refused),
		BOTH(test_list_silence),
		BOTH(test_list_sink_refuses),
		BOTH(test_list_replaced),
		BOTH(test_resume_without_key),
		BOTH(test_probes_silent),
		BOTH(test_watch_stalls),
		BOTH(test_stop),
		BOTH(test_close),
	};
	return cmocka_run_group_tests_name("protocols", tests, NULL, NULL);
}
