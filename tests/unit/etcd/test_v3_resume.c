/*
 * tests/unit/etcd/test_v3_resume.c - resumes by etcd's v3 API.
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
#include <stdio.h>
#include <string.h>

#define RESUME(json) { RANGE(ASK_ANCHOR, json) }
#define OTHER_HISTORY ETCD_BEHIND, "etcd's history has changed"

/** the answers about the anchor */
static const struct end_case resume_cases[] = {
	{ "an election", RESUME("{" HEAD_OF("1", "10", "4") ",'kvs':[" ANCHOR
		"]}"), ETCD_OK, "" },
	{ "other mod_revision", RESUME(PAGE("10", KV("/h/a", "x", "4", "9"))),
		OTHER_HISTORY },
	{ "other create_revision", RESUME(PAGE("10", KV("/h/a", "x", "5",
		"8"))), OTHER_HISTORY },
	{ "other value", RESUME(PAGE("10", KV("/h/a", "y", "4", "8"))),
		OTHER_HISTORY },
	{ "no value", RESUME(PAGE("10", KV("/h/a", "", "4", "8"))),
		OTHER_HISTORY },
	{ "other key", RESUME(PAGE("10", KV("/h/b", "x", "4", "8"))),
		OTHER_HISTORY },
	{ "longer key", RESUME(PAGE("10", KV("/h/aa", "x", "4", "8"))),
		OTHER_HISTORY },
	{ "no such key", RESUME("{" HEAD("10") "}"), OTHER_HISTORY },
	{ "a key that can't be read", RESUME(PAGE("10", "{'key':5}")),
		OTHER_HISTORY },
	{ "future revision", NO(400, ERROR("etcdserver: mvcc: required "
		"revision is a future revision", "11")), ETCD_BEHIND,
		"does not know revision 10" },
	{ "compacted", NO(400, ERROR("etcdserver: mvcc: required revision "
		"has been compacted", "11")), ETCD_RELIST,
		"compacted the revision that was asked for" },
	{ "lower term", RESUME("{" HEAD_OF("1", "10", "2") ",'kvs':[" ANCHOR
		"]}"), ETCD_BEHIND, "started anew (raft term 2, was 3)" },
	{ "a gap that is caught up with", RESUME(PAGE("10009", ANCHOR)),
		ETCD_OK, "" },
	{ "a large gap", RESUME(PAGE("10010", ANCHOR)), ETCD_RELIST,
		"10000 revisions were missed, listing is faster" },
	{ "denied", NO(403, ERROR("etcdserver: permission denied", "7")),
		ETCD_DENIED, "permission denied" },
	{ "HTML and 500", NO(500, HTML), ETCD_LOST, "HTTP status 500" },
	{ "no header", YES("{}"), ETCD_LOST, "no header" },
	{ "nothing and 200", YES(NULL), ETCD_LOST, "empty" },
};

static void
test_resume(void** state)
{
	static const struct steps steps = { &etcd_v3, STEP_RESUME, true,
		{ KNOWN }, 10, "" };
	(void)state;
	check_ends(&steps, resume_cases, COUNT(resume_cases));
}

/** After a message was cut off, etcd's history still is what it was: the
 * anchor must not be of that message. */
static void
test_resume_after_cut_off(void** state)
{
	static const struct fake_exchange script[] = { KNOWN, WATCH(CREATED
		EVENTS("11", PUT("/h/b", "1", "11", "11"))
		"{'result':{" HEAD("12") ",'events':[" PUT("/h/c", "1", "12",
		"12"), FAKE_CUT),
		RANGE("{'key':'@/h/b@','revision':'11'}", PAGE("12",
			KV("/h/b", "1", "11", "11"))),
		/* whatever else is asked for, revision 11 does not have it */
		RANGE(NULL, "{" HEAD("12") "}") };
	struct set set;
	enum etcd_result result;
	(void)state;
	set_up_known("cut off", &set, &etcd_v3, script, 4);
	assert_int_equal(etcd_v3.watch(set.state), ETCD_LOST);
	assert_int_equal(set.link.revision, 11);
	result = etcd_v3.resume(set.state);
	if(result != ETCD_OK)
		fail_msg("asked %s: %d, \"%s\"", fake_etcd_request(set.fake,
			2)->body, (int)result, set.link.reason.text);
	tear_down(&set);
}

/* --- anchors ------------------------------------------------------------- */

/** What a watch tells, and which key is the anchor then. */
struct anchor_case {
	/** what it is, for a message */
	const char* name;
	/** the list */
	const char* list;
	/** the watch's stream behind created */
	const char* json;
	/** what is asked for by resume; NULL: nothing is */
	const char* asked;
	/** the answer, as it should be */
	const char* kv;
	/** what is asked for then, as it was deleted later; NULL: nothing */
	const char* gone;
};

#define LIST_ABC PAGE("10", KV("/h/a", "x", "4", "8") "," \
	KV("/h/b", "y", "9", "9") "," KV("/h/c", "z", "1", "7"))
#define ASK(key, revision) "{'key':'@" key "@','revision':'" revision "'}"

static const struct anchor_case anchor_cases[] = {
	{ "the last of the list", LIST_ABC, "", ASK("/h/b", "10"),
		KV("/h/b", "y", "9", "9"), NULL },
	{ "the last of the watch", LIST_ABC, EVENTS("12",
		PUT("/h/c", "zz", "1", "12")), ASK("/h/c", "12"),
		KV("/h/c", "zz", "1", "12"), NULL },
	{ "put twice", LIST_ABC, EVENTS("12", PUT("/h/b", "1", "9", "11") ","
		PUT("/h/b", "2", "9", "12")), ASK("/h/b", "12"),
		KV("/h/b", "2", "9", "12"), NULL },
	{ "the last was deleted", LIST_ABC, EVENTS("12",
		DELETED("/h/b", "12")), ASK("/h/a", "12"),
		KV("/h/a", "x", "4", "8"), ASK("/h/b", "12") },
	{ "two were deleted", LIST_ABC, EVENTS("12", DELETED("/h/a", "11") ","
		DELETED("/h/b", "12")), ASK("/h/c", "12"),
		KV("/h/c", "z", "1", "7"), ASK("/h/b", "12") },
	{ "all were deleted", LIST_ABC, EVENTS("13", DELETED("/h/a", "11") ","
		DELETED("/h/b", "12") "," DELETED("/h/c", "13")), NULL, NULL,
		NULL },
	{ "deleted and put again", LIST_ABC, EVENTS("12",
		DELETED("/h/b", "11") "," PUT("/h/b", "y", "12", "12")),
		ASK("/h/b", "12"), KV("/h/b", "y", "12", "12"), NULL },
	{ "a key that is not known was deleted", LIST_ABC, EVENTS("12",
		DELETED("/h/x", "12")), ASK("/h/b", "12"),
		KV("/h/b", "y", "9", "9"), ASK("/h/x", "12") },
	{ "the longer of two", PAGE("10", KV("/h/a", "1", "5", "5") ","
		KV("/h/aa", "2", "6", "6")), EVENTS("11", DELETED("/h/a",
		"11")), ASK("/h/aa", "11"), KV("/h/aa", "2", "6", "6"),
		ASK("/h/a", "11") },
	{ "revision by progress", LIST_ABC, PROGRESS("77"),
		ASK("/h/b", "77"), KV("/h/b", "y", "9", "9"), NULL },
	{ "an empty value", PAGE("10", KV("/h/a", "", "5", "5")), "",
		ASK("/h/a", "10"), "{'key':'@/h/a@','create_revision':'5',"
		"'mod_revision':'5'}", NULL },
};

static void
check_anchor(const struct anchor_case* anchor)
{
	char stream[4096], answer[1024];
	const struct fake_exchange script[] = { RANGE(FIRST, anchor->list),
		WATCH(stream, FAKE_CLOSE), RANGE(anchor->asked, answer),
		RANGE(anchor->gone, PAGE("100", "")) };
	size_t requests = anchor->gone ? 4 : anchor->asked ? 3 : 2;
	struct set set;
	enum etcd_result result;
	snprintf(stream, sizeof(stream), CREATED "%s", anchor->json);
	snprintf(answer, sizeof(answer), PAGE("100", "%s"), anchor->kv ?
		anchor->kv : "");
	set_up_known(anchor->name, &set, &etcd_v3, script, 4);
	if(etcd_v3.watch(set.state) != ETCD_LOST)
		fail_msg("%s: watch: %s", anchor->name, set.link.reason.text);
	result = etcd_v3.resume(set.state);
	if(result != (anchor->asked ? ETCD_OK : ETCD_RELIST))
		fail_msg("%s: %d, \"%s\"", anchor->name, (int)result,
			set.link.reason.text);
	check_requests(anchor->name, &set, requests);
	tear_down(&set);
}

static void
test_anchors(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(anchor_cases) / sizeof(*anchor_cases); i++)
		check_anchor(&anchor_cases[i]);
}

/** A backup from between the anchor's put and the last deletion has the anchor
 * as it should be, and the deleted key. */
static void
test_deleted_key_is_back(void** state)
{
	static const struct fake_exchange script[] = { RANGE(FIRST, LIST_ABC),
		WATCH(CREATED EVENTS("11", DELETED("/h/a", "11")),
			FAKE_CLOSE),
		RANGE(ASK("/h/b", "11"), PAGE("12", KV("/h/b", "y", "9",
			"9"))),
		RANGE(ASK("/h/a", "11"), PAGE("12", KV("/h/a", "x", "4",
			"8"))) };
	struct set set;
	(void)state;
	set_up_known("deleted key", &set, &etcd_v3, script, 4);
	assert_int_equal(etcd_v3.watch(set.state), ETCD_LOST);
	assert_int_equal(etcd_v3.resume(set.state), ETCD_BEHIND);
	assert_non_null(strstr(set.link.reason.text, "restored from a backup"));
	check_requests("deleted key", &set, 4);
	tear_down(&set);
}

/** Of more keys than can be anchors, in any order of their revisions, the
 * highest are: when they are deleted, the others' turn comes in order. */
static void
test_many_anchors(void** state)
{
	/* 40 keys; the revision of key n is 1 + n * 7 % 40 */
	enum { KEYS = 40, DELETED_KEYS = 12 };
	char list[8192], stream[8192], key[32], part[64];
	const struct fake_exchange script[] = { RANGE(FIRST, list),
		WATCH(stream, FAKE_CLOSE), RANGE(NULL, "{" HEAD("100") "}") };
	char* at = list;
	int n, revision, top = 0;
	struct set set;
	(void)state;
	at += sprintf(at, "{" HEAD("60") ",'kvs':[");
	for(n = 0; n < KEYS; n++)
		at += sprintf(at, "%s" KV("/h/k%02d", "v", "1", "%d"),
			n == 0 ? "" : ",", n, 1 + n * 7 % KEYS);
	sprintf(at, "]}");
	at = stream + sprintf(stream, CREATED "{'result':{" HEAD("99")
		",'events':[");
	for(revision = KEYS; revision > KEYS - DELETED_KEYS; revision--) {
		for(n = 0; 1 + n * 7 % KEYS != revision;)
			n++;
		at += sprintf(at, "%s" DELETED("/h/k%02d", "%d"),
			revision == KEYS ? "" : ",", n, 61 + KEYS - revision);
	}
	sprintf(at, "]}}");
	while(1 + top * 7 % KEYS != KEYS - DELETED_KEYS)
		top++;
	set_up_known("many", &set, &etcd_v3, script, 3);
	assert_int_equal(etcd_v3.watch(set.state), ETCD_LOST);
	assert_int_equal(etcd_v3.resume(set.state), ETCD_BEHIND);
	snprintf(key, sizeof(key), "/h/k%02d", top);
	snprintf(part, sizeof(part), "'key':'@%s@'", key);
	assert_true(fake_request_has(fake_etcd_request(set.fake, 2), part));
	tear_down(&set);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_resume),
		cmocka_unit_test(test_resume_after_cut_off),
		cmocka_unit_test(test_anchors),
		cmocka_unit_test(test_deleted_key_is_back),
		cmocka_unit_test(test_many_anchors),
	};
	return cmocka_run_group_tests_name("v3 resume", tests, NULL, NULL);
}
