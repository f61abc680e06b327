/*
 * tests/unit/etcd/test_v3_watch.c - watches by etcd's v3 API.
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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** A watch from what is known. */
struct watch_case {
	/** what it is, for a message */
	const char* name;
	/** what the watch's stream has, in shorthand */
	const char* json;
	/** what is to be then */
	struct outcome outcome;
	/** how often it begins to watch */
	unsigned watching;
};

#define UNREADABLE ETCD_RELIST, "an event can't be read"

static const struct watch_case watch_cases[] = {
	{ "nothing", "", { CLOSED, 10, "rollback\n" }, 0 },
	{ "created", CREATED, { CLOSED, 10, "rollback\n" }, 1 },
	{ "an event", CREATED EVENTS("11", PUT("/h/b", "1", "11", "11")),
		{ CLOSED, 11, "put /h/b 1 11\ncommit\nrollback\n" }, 1 },
	{ "without newlines", "{'result':{" HEAD("10") ",'created':true}}"
		"{'result':{" HEAD("11") ",'events':[" PUT("/h/b", "1", "11",
		"11") "]}}", { CLOSED, 11, "put /h/b 1 11\ncommit\n"
		"rollback\n" }, 1 },
	{ "events of one revision", CREATED EVENTS("11", PUT("/h/b", "1",
		"11", "11") "," PUT("/h/c", "2", "11", "11")),
		{ CLOSED, 11, "put /h/b 1 11\nput /h/c 2 11\ncommit\n"
		"rollback\n" }, 1 },
	{ "events of some revisions", CREATED EVENTS("15", PUT("/h/b", "1",
		"11", "11") "," DELETED("/h/a", "12") "," PUT("/h/c", "2",
		"15", "15")),
		{ CLOSED, 15, "put /h/b 1 11\nremove /h/a 12\nput /h/c 2 15\n"
		"commit\nrollback\n" }, 1 },
	{ "many messages", CREATED EVENTS("11", PUT("/h/b", "1", "11", "11"))
		EVENTS("12", DELETED("/h/b", "12"))
		EVENTS("13", PUT("/h/b", "2", "13", "13")),
		{ CLOSED, 13, "put /h/b 1 11\ncommit\nremove /h/b 12\ncommit\n"
		"put /h/b 2 13\ncommit\nrollback\n" }, 1 },
	{ "odd octets", CREATED EVENTS("12", PUT("/h/%00", "%FF", "11", "11")
		"," DELETED("/h/%00%0A", "12")),
		{ CLOSED, 12, "put /h/%00 %FF 11\nremove /h/%00%0A 12\n"
		"commit\nrollback\n" }, 1 },
	{ "type PUT", CREATED EVENTS("11", "{'type':'PUT','kv':"
		KV("/h/b", "", "11", "11") "}"),
		{ CLOSED, 11, "put /h/b  11\ncommit\nrollback\n" }, 1 },
	{ "what is known is skipped", CREATED EVENTS("10", PUT("/h/a", "x",
		"4", "8") "," DELETED("/h/z", "10")),
		{ CLOSED, 10, "rollback\n" }, 1 },
	{ "what is known is skipped before what is new", CREATED EVENTS("11",
		DELETED("/h/z", "10") "," PUT("/h/b", "1", "11", "11")),
		{ CLOSED, 11, "put /h/b 1 11\ncommit\nrollback\n" }, 1 },
	{ "an event twice", CREATED EVENTS("11", PUT("/h/b", "1", "11", "11"))
		EVENTS("12", PUT("/h/b", "1", "11", "11")),
		{ CLOSED, 11, "put /h/b 1 11\ncommit\nrollback\n" }, 1 },
	{ "progress", CREATED PROGRESS("50"), { CLOSED, 50, "rollback\n" },
		1 },
	{ "progress backwards", CREATED PROGRESS("5"), { CLOSED, 10,
		"rollback\n" }, 1 },
	{ "progress of another watch", CREATED "{'result':{" HEAD("50")
		",'watch_id':'5'}}", { CLOSED, 10, "rollback\n" }, 1 },
	{ "the header of events", CREATED EVENTS("99", PUT("/h/b", "1", "11",
		"11")), { CLOSED, 11, "put /h/b 1 11\ncommit\nrollback\n" },
		1 },
	{ "the header of known events", CREATED EVENTS("99", DELETED("/h/z",
		"10")), { CLOSED, 10, "rollback\n" }, 1 },
	{ "progress and events", CREATED PROGRESS("20") EVENTS("99",
		PUT("/h/z", "1", "15", "15") "," PUT("/h/b", "1", "21", "21")),
		{ CLOSED, 21, "put /h/b 1 21\ncommit\nrollback\n" }, 1 },
	{ "compacted", CREATED "{'result':{" HEAD("30") ",'canceled':true,"
		"'compact_revision':'20'}}", { ETCD_RELIST, "compacted its "
		"history up to revision 20", 10, "rollback\n" }, 1 },
	{ "compacted at once", "{'result':{" HEAD("30") ",'created':true,"
		"'canceled':true,'compact_revision':'20','cancel_reason':"
		"'mvcc: required revision has been compacted'}}",
		{ ETCD_RELIST, "up to revision 20", 10, "rollback\n" }, 0 },
	{ "canceled", CREATED "{'result':{" HEAD("30") ",'canceled':true,"
		"'cancel_reason':'no\\nmore'}}", { ETCD_LOST, "etcd canceled "
		"the watch: no more", 10, "rollback\n" }, 1 },
	{ "canceled without a reason", CREATED "{'result':{" HEAD("30")
		",'canceled':true,'compact_revision':'0'}}", { ETCD_LOST,
		"etcd canceled the watch: no reason given", 10, "rollback\n" },
		1 },
	{ "events, then canceled", CREATED EVENTS("11", PUT("/h/b", "1", "11",
		"11")) "{'result':{" HEAD("30") ",'canceled':true}}",
		{ ETCD_LOST, "canceled", 11, "put /h/b 1 11\ncommit\n"
		"rollback\n" }, 1 },
	{ "3.4's error", CREATED "{'error':{'grpc_code':14,'http_code':503,"
		"'message':'etcdserver: no leader','http_status':"
		"'Service Unavailable'}}", { ETCD_LOST, "etcd says: "
		"etcdserver: no leader", 10, "rollback\n" }, 1 },
	{ "3.5's error", CREATED "{'error':{'code':14,'message':"
		"'etcdserver: no leader','details':[]}}", { ETCD_LOST,
		"etcd says: etcdserver: no leader", 10, "rollback\n" }, 1 },
	{ "3.4.0 passes no message that large", CREATED LARGER_IN_BAND,
		{ ETCD_RELIST, "received message larger than max", 10,
		"rollback\n" }, 1 },
	{ "an error in one level", ERROR("etcdserver: no leader", "14"),
		{ ETCD_LOST, "etcd says: etcdserver: no leader", 10,
		"rollback\n" }, 0 },
	{ "3.4 denies", "{'error':{'grpc_code':7,'message':'etcdserver: "
		"permission denied'}}", { ETCD_DENIED, "permission denied",
		10, "rollback\n" }, 0 },
	{ "3.5 denies", "{'error':{'code':16,'message':'etcdserver: invalid "
		"auth token'}}", { ETCD_DENIED, "etcd requires authentication",
		10, "rollback\n" }, 0 },
	{ "3.4 has compacted", "{'error':{'grpc_code':11,'message':"
		"'etcdserver: mvcc: required revision has been compacted'}}",
		{ ETCD_RELIST, "asked for", 10, "rollback\n" }, 0 },
	{ "3.5 is behind", "{'error':{'code':11,'message':'etcdserver: mvcc: "
		"required revision is a future revision'}}", { ETCD_BEHIND,
		"know revision 10", 10, "rollback\n" }, 0 },
	{ "an error that says nothing", "{'error':null}", { ETCD_LOST,
		"without a message", 10, "rollback\n" }, 0 },
	{ "out of order", CREATED EVENTS("12", PUT("/h/b", "1", "12", "12")
		"," PUT("/h/c", "1", "11", "11")), { ETCD_RELIST,
		"events are out of order", 10, "put /h/b 1 12\nrollback\n" },
		1 },
	{ "unknown type", CREATED EVENTS("11", "{'type':'MOVE','kv':"
		KV("/h/b", "1", "11", "11") "}"), { UNREADABLE, 10,
		"rollback\n" }, 1 },
	{ "type is a number", CREATED EVENTS("11", "{'type':1,'kv':"
		KV("/h/b", "1", "11", "11") "}"), { UNREADABLE, 10,
		"rollback\n" }, 1 },
	{ "no kv", CREATED EVENTS("11", "{'type':'PUT'}"), { UNREADABLE, 10,
		"rollback\n" }, 1 },
	{ "no key", CREATED EVENTS("11", "{'kv':{'mod_revision':'11'}}"),
		{ UNREADABLE, 10, "rollback\n" }, 1 },
	{ "no revision", CREATED EVENTS("11", "{'kv':{'key':'@/h/b@'}}"),
		{ UNREADABLE, 10, "rollback\n" }, 1 },
	{ "a value that is no base64", CREATED EVENTS("11", "{'kv':{'key':"
		"'@/h/b@','mod_revision':'11','value':'x'}}"), { UNREADABLE,
		10, "rollback\n" }, 1 },
	{ "no result", CREATED "{}", { ETCD_RELIST, "can't be read", 10,
		"rollback\n" }, 1 },
	{ "result is a string", "{'result':'x'}", { ETCD_RELIST,
		"can't be read", 10, "rollback\n" }, 0 },
	{ "no header", CREATED "{'result':{'events':[]}}", { ETCD_RELIST,
		"can't be read", 10, "rollback\n" }, 1 },
	{ "not JSON", CREATED "oops", { ETCD_LOST, "not JSON", 10,
		"rollback\n" }, 1 },
	{ "HTML", "<html></html>", { ETCD_LOST, "not JSON", 10,
		"rollback\n" }, 0 },
	{ "ends in a message", CREATED EVENTS("11", PUT("/h/b", "1", "11",
		"11")) "{'result':{", { ETCD_LOST, "the answer is cut off",
		11, "put /h/b 1 11\ncommit\nrollback\n" }, 1 },
};

/** Watch a stream that comes in parts. */
static void
check_watch(const struct watch_case* watch, size_t cut)
{
	struct fake_exchange script[] = { KNOWN, { "/v3/watch",
		"{'create_request':{'key':'@/h/@','range_end':'@/h0@',"
		"'start_revision':'10','progress_notify':true}}", 200,
		watch->json, .cut = cut, .end = FAKE_CLOSE } };
	struct set set;
	set_up_known(watch->name, &set, &etcd_v3, script, 2);
	check_outcome(watch->name, &set, etcd_v3.watch(set.state),
		&watch->outcome);
	if(set.told.watching != watch->watching)
		fail_msg("%s: began to watch %u times", watch->name,
			set.told.watching);
	check_requests(watch->name, &set, 2);
	tear_down(&set);
}

static void
test_watch(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(watch_cases) / sizeof(*watch_cases); i++) {
		check_watch(&watch_cases[i], 0);
		check_watch(&watch_cases[i], 1);
		check_watch(&watch_cases[i], 17);
	}
}

/** Statuses other than 200, and no end of the last chunk. */
static void
test_watch_refused(void** state)
{
	static const struct {
		/** the answer */
		struct fake_exchange exchange;
		/** how the watch ends */
		enum etcd_result result;
		/** what the reason has in it */
		const char* reason;
	} cases[] = {
		{ { "/v3/watch", NULL, 404, "404 page not found",
			.end = FAKE_KEEP }, ETCD_LOST, "no etcd with the v3 "
			"gateway" },
		{ { "/v3/watch", NULL, 500, HTML, .end = FAKE_KEEP },
			ETCD_LOST, "HTTP status 500" },
		{ { "/v3/watch", NULL, 401, ERROR("x", "16"),
			.end = FAKE_KEEP }, ETCD_DENIED,
			"etcd requires authentication" },
		{ { "/v3/watch", NULL, 0, NULL, .end = FAKE_HOLD },
			ETCD_LOST, "etcd does not answer" },
		{ { "/v3/watch", NULL, 200, NULL, .end = FAKE_HOLD },
			ETCD_LOST, "etcd does not answer" },
		{ { "/v3/watch", NULL, 200, "\n", .end = FAKE_HOLD },
			ETCD_LOST, "etcd does not answer" },
		{ WATCH(CREATED, FAKE_CUT), ETCD_LOST, "" },
	};
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		/* where it does not answer, it is asked if it is there */
		const struct fake_exchange script[] = { KNOWN,
			cases[i].exchange, REFUSE(503, NULL) };
		const struct outcome outcome = { cases[i].result,
			cases[i].reason, 10, "rollback\n" };
		struct set set;
		set_up_known("refused", &set, &etcd_v3, script, 3);
		if(cases[i].exchange.end == FAKE_HOLD)
			set.settings.request_timeout = SHORT;
		check_outcome("refused", &set, etcd_v3.watch(set.state),
			&outcome);
		assert_string_not_equal(set.link.reason.text, "");
		tear_down(&set);
	}
}

static void
test_watch_sink_refuses(void** state)
{
	static const struct fake_exchange script[] = { KNOWN, WATCH(CREATED
		EVENTS("12", PUT("/h/b", "1", "11", "11") ","
		DELETED("/h/a", "12")), FAKE_HOLD) };
	static const char* const told[] = {
		"put /h/b 1 11\nrollback\n",
		"put /h/b 1 11\nremove /h/a 12\nrollback\n",
		"put /h/b 1 11\nremove /h/a 12\ncommit\nrollback\n",
	};
	unsigned n;
	(void)state;
	for(n = 1; n <= 3; n++) {
		struct set set;
		set_up_known("sink", &set, &etcd_v3, script, 2);
		set.told.calls = 0;
		set.told.refuse_at = n;
		assert_int_equal(etcd_v3.watch(set.state), ETCD_RELIST);
		assert_string_equal(set.link.reason.text, "out of memory");
		assert_string_equal(set.told.text, told[n - 1]);
		tear_down(&set);
	}
}

/* --- watches that are cut off -------------------------------------------- */

/** the keys of the stream below, in the order of their revisions from 11 on */
static const char cut_keys[] = "bcdefgh";
/* revisions within a message, over messages, and some at once */
#define CUT_STREAM CREATED \
	EVENTS("12", PUT("/h/b", "1", "11", "11") "," \
		PUT("/h/c", "1", "12", "12")) \
	EVENTS("13", PUT("/h/d", "1", "13", "13")) \
	EVENTS("17", PUT("/h/e", "1", "14", "14") "," \
		PUT("/h/f", "1", "15", "15") "," \
		PUT("/h/g", "1", "16", "16") "," PUT("/h/h", "1", "17", "17"))

/** What the next watch will skip must have been committed. */
static void
check_nothing_lost(const struct set* set, size_t octets)
{
	int64_t revision;
	for(revision = 11; revision <= set->link.revision; revision++) {
		char line[32];
		const char* found;
		snprintf(line, sizeof(line), "put /h/%c 1 %" PRId64 "\n",
			cut_keys[revision - 11], revision);
		found = strstr(set->told.text, line);
		if(!found || (size_t)(found - set->told.text) >=
			set->told.committed)
			fail_msg("cut off after %zu octets, the next watch "
				"begins behind %" PRId64 ", and %" PRId64
				" was never committed:\n%s", octets,
				set->link.revision, revision, set->told.text);
	}
}

/**
 * Cut the stream off at one octet after the other. Whatever the protocol
 * commits when, an event is either committed or told again.
 */
static void
test_watch_cut_off(void** state)
{
	char* stream = fake_json(CUT_STREAM);
	size_t len = strlen(stream), n;
	struct fake_exchange* script = calloc(len + 2, sizeof(*script));
	struct set set;
	(void)state;
	assert_non_null(script);
	script[0] = (struct fake_exchange)KNOWN;
	script[0].again = true;
	for(n = 0; n <= len; n++)
		script[1 + n] = (struct fake_exchange){ "/v3/watch", NULL,
			200, .raw = n > 0 ? stream : NULL, .raw_len = n,
			.end = FAKE_CUT };
	set_up(&set, &etcd_v3, FAKE_ANSWERS, script, len + 2);
	for(n = 0; n <= len; n++) {
		set.link.cluster = 0;
		/* as after a list */
		set.link.stuck = 0;
		list_known("cut off", &set);
		set.told.committed = 0;
		assert_int_equal(etcd_v3.watch(set.state), ETCD_LOST);
		assert_string_equal(set.told.text + set.told.len - 9,
			"rollback\n");
		check_nothing_lost(&set, n);
	}
	assert_int_equal(set.link.revision, 17);
	tear_down(&set);
	free(script);
	free(stream);
}

/** Where a message of one revision is cut off, the revision stays at that of
 * the message before. */
static void
test_watch_cut_off_revision(void** state)
{
	static const struct fake_exchange script[] = { KNOWN, WATCH(CREATED
		EVENTS("11", PUT("/h/b", "1", "11", "11"))
		"{'result':{" HEAD("12") ",'events':[" PUT("/h/c", "1", "12",
		"12") "," PUT("/h/d", "1", "12", "12"), FAKE_CUT) };
	static const struct outcome outcome = { ETCD_LOST, "", 11,
		"put /h/b 1 11\ncommit\nput /h/c 1 12\nput /h/d 1 12\n"
		"rollback\n" };
	struct set set;
	(void)state;
	set_up_known("cut off", &set, &etcd_v3, script, 2);
	check_outcome("cut off", &set, etcd_v3.watch(set.state), &outcome);
	tear_down(&set);
}

/** In a message of thousands of events, what is complete is committed on the
 * way, and the revision moves on with it, not further. */
static void
test_watch_long_message(void** state)
{
	const unsigned events = 3000;
	char* text = calloc(events + 2, 200);
	struct fake_exchange script[2] = { KNOWN };
	struct set set;
	char last[64];
	size_t len;
	unsigned i;
	(void)state;
	assert_non_null(text);
	len = (size_t)sprintf(text, CREATED "{'result':{" HEAD("9000")
		",'events':[");
	for(i = 0; i < events; i++)
		len += (size_t)sprintf(text + len, "%s{'kv':{'key':'@/h/k%u@',"
			"'mod_revision':'%u','create_revision':'%u'}}",
			i > 0 ? "," : "", i, 11 + i / 2, 11 + i / 2);
	script[1] = (struct fake_exchange)WATCH(text, FAKE_CUT);
	set_up_known("long message", &set, &etcd_v3, script, 2);
	set.told.committed = 0;
	assert_int_equal(etcd_v3.watch(set.state), ETCD_LOST);
	assert_true(set.link.revision > 10);
	assert_true(set.link.revision < 11 + (events - 1) / 2);
	snprintf(last, sizeof(last), " %" PRId64 "\ncommit\n",
		set.link.revision);
	assert_memory_equal(set.told.text + set.told.committed -
		strlen(last), last, strlen(last));
	tear_down(&set);
	free(text);
}

/** etcd says once that it watches; who says it for ever is not etcd. */
static void
test_created_twice(void** state)
{
	static const struct fake_exchange script[] = { KNOWN,
		WATCH(CREATED CREATED, FAKE_HOLD) };
	struct set set;
	(void)state;
	set_up_known("created twice", &set, &etcd_v3, script, 2);
	assert_int_equal(etcd_v3.watch(set.state), ETCD_LOST);
	assert_string_equal(set.link.reason.text, "etcd began the watch twice");
	tear_down(&set);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_watch),
		cmocka_unit_test(test_watch_refused),
		cmocka_unit_test(test_watch_sink_refuses),
		cmocka_unit_test(test_watch_cut_off),
		cmocka_unit_test(test_watch_cut_off_revision),
		cmocka_unit_test(test_watch_long_message),
		cmocka_unit_test(test_created_twice),
	};
	return cmocka_run_group_tests_name("v3 watch", tests, NULL, NULL);
}
