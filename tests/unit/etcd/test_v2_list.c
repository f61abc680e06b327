/*
 * tests/unit/etcd/test_v2_list.c - lists by etcd's v2 API.
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
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** A list. */
struct list_case {
	/** what it is, for a message */
	const char* name;
	/** the hidden directories */
	const char* hidden[HIDDEN_MAX + 1];
	/** what is asked for, and answered */
	struct fake_exchange script[SCRIPT_MAX];
	/** what is to be then */
	struct outcome outcome;
	/** keys in the list */
	size_t listed;
};

#define TWO_KEYS GOT(DIR("/h", NODE("/h/a", "1", "3", "4") "," \
	NODE("/h/b", "two", "8", "8")))
#define TOLD_TWO "begin\nput /h/a 1 4\nput /h/b two 8\nend 9\n"

static const struct list_case list_cases[] = {
	{ "a key above the directory's place", { NULL }, {
		REFUSE(KEYS("h") LIST, 400, "9", NOT_DIR) },
		{ ETCD_OK, "", 9, "begin\nend 9\n" }, 0 },
	{ "an empty directory", { NULL }, {
		ANSWER(KEYS("h") LIST, "9", GOT(DIR_NODE("/h", "4"))) },
		{ ETCD_OK, "", 9, "begin\nend 9\n" }, 0 },
	{ "an empty array", { NULL }, {
		ANSWER(KEYS("h") LIST, "9", GOT(DIR("/h", ""))) },
		{ ETCD_OK, "", 9, "begin\nend 9\n" }, 0 },
	{ "a key in the directory's place", { NULL }, {
		ANSWER(KEYS("h") LIST, "9", GOT(NODE("/h", "x", "4", "4"))) },
		{ ETCD_OK, "", 9, "begin\nend 9\n" }, 0 },
	{ "directories within directories", { NULL }, {
		ANSWER(KEYS("h") LIST, "9", GOT(DIR("/h",
			DIR("/h/d", NODE("/h/d/x", "1", "5", "5") ","
				DIR("/h/d/e", NODE("/h/d/e/y", "2", "6", "6"))
				"," NODE("/h/d/z", "3", "7", "7")) ","
			DIR_NODE("/h/f", "8") ","
			NODE("/h/g", "4", "4", "9")))) },
		{ ETCD_OK, "", 9, "begin\nput /h/d/x 1 5\nput /h/d/e/y 2 6\n"
		"put /h/d/z 3 7\nput /h/g 4 9\nend 9\n" }, 4 },
	{ "odd octets, an empty value, no value, and a TTL", { NULL }, {
		ANSWER(KEYS("h") LIST, "9", GOT(DIR("/h",
			NODE("/h/\\u00e9 %\\n", "\\\"\\u0000\\\\", "4", "5")
			"," NODE("/h/b", "", "5", "5") ","
			"{'key':'/h/c','modifiedIndex':6,'createdIndex':6},"
			"{'key':'/h/d','value':'1','expiration':"
			"'2030-01-01T00:00:00.5Z','ttl':90,'modifiedIndex':7,"
			"'createdIndex':7}"))) },
		{ ETCD_OK, "", 9, "begin\n"
		"put /h/%C3%A9%20%25%0A \"%EF%BF%BD\\ 5\n"
		"put /h/b  5\nput /h/c  6\nput /h/d 1 7\nend 9\n" }, 4 },
	{ "the highest numbers", { NULL }, { ANSWER(KEYS("h") LIST,
		"9223372036854775806", GOT(DIR("/h",
		NODE("/h/a", "1", "9000000000000000", "9000000000000000")))) },
		{ ETCD_OK, "", INT64_MAX - 1, "begin\nput /h/a 1 "
		"9000000000000000\nend 9223372036854775806\n" }, 1 },
	{ "a long id of the cluster", { NULL }, { { KEYS("h") LIST, NULL, 404,
		NOT_FOUND, .head = HEAD_OF("ffffffffffffffff",
		"9"), .end = FAKE_KEEP } },
		{ ETCD_OK, "", 9, "begin\nend 9\n" }, 0 },
	{ "a hidden directory", { "com/_tcp" }, {
		ANSWER(KEYS("h") LIST, "9", GOT(DIR("/h",
			DIR("/h/com", NODE("/h/com/a", "1", "3", "4"))))),
		ANSWER(KEYS("h/com/_tcp") LIST, "12", GOT(DIR("/h/com/_tcp",
			NODE("/h/com/_tcp/b", "2", "11", "11")))) },
		{ ETCD_OK, "", 12, "begin\nput /h/com/a 1 4\n"
		"put /h/com/_tcp/b 2 11\nend 12\n" }, 2 },
	{ "the first one's index is higher", { "_a" }, {
		ANSWER(KEYS("h") LIST, "12", GOT(DIR("/h", ""))),
		ANSWER(KEYS("h/_a") LIST, "9", GOT(DIR("/h/_a",
			NODE("/h/_a/b", "2", "7", "7")))) },
		{ ETCD_OK, "", 12, "begin\nput /h/_a/b 2 7\nend 12\n" }, 1 },
	{ "hidden within hidden", { "_a", "_a/b/_c" }, {
		REFUSE(KEYS("h") LIST, 404, "9", NOT_FOUND),
		ANSWER(KEYS("h/_a") LIST, "9", GOT(DIR("/h/_a",
			DIR("/h/_a/b", NODE("/h/_a/b/d", "1", "7", "7"))))),
		ANSWER(KEYS("h/_a/b/_c") LIST, "9", GOT(DIR("/h/_a/b/_c",
			NODE("/h/_a/b/_c/e", "2", "8", "8")))) },
		{ ETCD_OK, "", 9, "begin\nput /h/_a/b/d 1 7\n"
		"put /h/_a/b/_c/e 2 8\nend 9\n" }, 2 },
	{ "hidden directories that do not exist", { "_a", "_b" }, {
		ANSWER(KEYS("h") LIST, "9", TWO_KEYS),
		REFUSE(KEYS("h/_a") LIST, 404, "9", NOT_FOUND),
		REFUSE(KEYS("h/_b") LIST, 404, "9", NOT_FOUND) },
		{ ETCD_OK, "", 9, TOLD_TWO }, 2 },
	{ "a key above a hidden directory's place", { "a/_b", "_b" }, {
		ANSWER(KEYS("h") LIST, "9", TWO_KEYS),
		REFUSE(KEYS("h/a/_b") LIST, 400, "9", NOT_DIR),
		REFUSE(KEYS("h/_b") LIST, 404, "9", NOT_FOUND) },
		{ ETCD_OK, "", 9, TOLD_TWO }, 2 },
	{ "another cluster's hidden directory", { "_a", "_b" }, {
		ANSWER(KEYS("h") LIST, "9", TWO_KEYS),
		{ KEYS("h/_a") LIST, NULL, 200, GOT(DIR("/h/_a",
			NODE("/h/_a/b", "2", "7", "7"))),
			.head = HEAD_OF("c2", "9"), .end = FAKE_KEEP } },
		{ ETCD_LOST, "the cluster changed during the list", -1,
		"begin\nput /h/a 1 4\nput /h/b two 8\nrollback\n" }, 2 },
	{ "another cluster without the hidden directory", { "_a" }, {
		ANSWER(KEYS("h") LIST, "9", TWO_KEYS),
		{ KEYS("h/_a") LIST, NULL, 404, NOT_FOUND,
			.head = HEAD_OF("c", "9"), .end = FAKE_KEEP } },
		{ ETCD_LOST, "the cluster changed during the list", -1,
		"begin\nput /h/a 1 4\nput /h/b two 8\nrollback\n" }, 2 },
	{ "the hidden directory's answer is empty", { "_a" }, {
		ANSWER(KEYS("h") LIST, "9", TWO_KEYS),
		ANSWER(KEYS("h/_a") LIST, "9", NULL) },
		{ ETCD_LOST, "the answer to a list is empty", -1,
		"begin\nput /h/a 1 4\nput /h/b two 8\nrollback\n" }, 2 },
	{ "a key that is not the hidden directory's", { "_a" }, {
		ANSWER(KEYS("h") LIST, "9", TWO_KEYS),
		ANSWER(KEYS("h/_a") LIST, "9", TWO_KEYS) },
		{ ETCD_LOST, "a key in the list can't be read", -1,
		"begin\nput /h/a 1 4\nput /h/b two 8\nrollback\n" }, 2 },
};

static void
test_list(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(list_cases) / sizeof(*list_cases); i++) {
		const struct list_case* list = &list_cases[i];
		size_t count = script_count(list->script);
		struct set set;
		set_up_hidden(&set, list->hidden, list->script, count);
		check_outcome(list->name, &set, etcd_v2.list(set.state),
			&list->outcome);
		if(set.link.listed != list->listed)
			fail_msg("%s: listed %zu", list->name,
				set.link.listed);
		check_requests(list->name, &set, count);
		tear_down(&set);
	}
}

#define NO(number, json) { REFUSE(KEYS("h") LIST, number, "9", json) }
#define YES(json) { ANSWER(KEYS("h") LIST, "9", json) }
#define YES_HEAD(head_) { { KEYS("h") LIST, NULL, 200, GOT(DIR("/h", "")), \
	.head = head_, .end = FAKE_KEEP } }
#define YES_INDEX(index) YES_HEAD(HEAD_OF("c1", index))
#define ONE(node) YES(GOT(DIR("/h", node)))
#define BAD_KEY ETCD_LOST, "a key in the list can't be read"

#define BAD_LIST ETCD_LOST, "the answer to a list can't be read"

/** answers that a list does not survive, before any key */
static const struct end_case refusal_cases[] = {
	{ "no v2 API", NO(404, "404 page not found\n"), NO_API },
	{ "404", NO(404, PLAIN), NO_API },
	{ "404 and other JSON", NO(404, "{'message':'Not Found','code':5}"),
		NO_API },
	{ "404 and nothing", NO(404, NULL), NO_API },
	{ "not found, without a head", { { KEYS("h") LIST, NULL, 404, NOT_FOUND,
		.end = FAKE_KEEP } }, BAD_HEAD },
	{ "not a directory, without a head", { { KEYS("h") LIST, NULL, 400,
		NOT_DIR, .end = FAKE_KEEP } }, BAD_HEAD },
	{ "not a file", NO(403, ERROR("Not a file", "102")), ETCD_LOST,
		"etcd says: Not a file (102)" },
	{ "unauthorized", NO(401, ERROR("The request requires user "
		"authentication", "110")), ETCD_DENIED, "etcd refuses: The "
		"request requires user authentication" },
	{ "unauthorized, by its code alone", NO(403, ERROR("no", "110")),
		ETCD_DENIED, "etcd refuses: no" },
	{ "status 401", NO(401, "{'message':'Insufficient credentials'}"),
		ETCD_DENIED, "etcd refuses: Insufficient credentials" },
	{ "status 401 and HTML", NO(401, HTML), ETCD_LOST, "; a proxy or web "
		"server before etcd refuses, not etcd itself" },
	{ "cleared", NO(400, CLEARED), ETCD_RELIST, "etcd has dropped the "
		"events that were asked for from its history of 1000" },
	{ "Raft's error", NO(500, ERROR("Raft Internal Error", "300")),
		ETCD_LOST, "etcd says: Raft Internal Error (300)" },
	{ "no message", NO(500, "{'errorCode':300}"), ETCD_LOST,
		"etcd says: {\"errorCode\":300} (300)" },
	{ "message is a number", NO(500, "{'errorCode':300,'message':5}"),
		ETCD_LOST, "(300)" },
	{ "code is a string", NO(500, "{'errorCode':'100','message':'x'}"),
		ETCD_LOST, "HTTP status 500: x" },
	{ "a redirect", NO(307, NULL), ETCD_LOST, "HTTP status 307: " },
	{ "space and 200", YES(" \n"), ETCD_LOST,
		"the answer to a list is empty" },
	{ "an empty object", YES("{}"), BAD_LIST },
	{ "the node is a string", YES(GOT("'/h'")), BAD_LIST },
	{ "the node is an array", YES(GOT("[]")), BAD_LIST },
	{ "an error and 200", YES(NOT_FOUND), BAD_LIST },
	{ "no head", YES_HEAD(NULL), BAD_HEAD },
	{ "no index", YES_HEAD("X-Etcd-Cluster-Id: c1\r\n"), BAD_HEAD },
	{ "no cluster", YES_HEAD("X-Etcd-Index: 9\r\n"), BAD_HEAD },
	{ "too long a cluster", YES_HEAD(HEAD_OF("10000000000000000", "9")),
		BAD_HEAD },
	{ "a cluster that is no number", YES_HEAD(HEAD_OF("cx", "9")),
		BAD_HEAD },
	{ "a negative cluster", YES_HEAD(HEAD_OF("-1", "9")), BAD_HEAD },
	{ "cluster 0", YES_HEAD(HEAD_OF("0", "9")), BAD_HEAD },
	{ "index 0", YES_INDEX("0"), BAD_HEAD },
	{ "an empty index", YES_INDEX(""), BAD_HEAD },
	{ "a negative index", YES_INDEX("-9"), BAD_HEAD },
	{ "an index with a plus", YES_INDEX("+9"), BAD_HEAD },
	{ "an index that is no number", YES_INDEX("x9"), BAD_HEAD },
	{ "an index and more", YES_INDEX("9x"), BAD_HEAD },
	{ "a huge index", YES_INDEX("9223372036854775807"), BAD_HEAD },
	{ "a vast index", YES_INDEX("99999999999999999999999"), BAD_HEAD },
	{ "cut off", YES("{'action':'get','node':{"), ETCD_LOST,
		"the answer is cut off" },
	{ "no key", ONE("{'value':'1','modifiedIndex':5,'createdIndex':5}"),
		BAD_KEY },
	{ "key is a number", ONE("{'key':5,'value':'1','modifiedIndex':5,"
		"'createdIndex':5}"), BAD_KEY },
	{ "key is null", ONE("{'key':null,'value':'1','modifiedIndex':5,"
		"'createdIndex':5}"), BAD_KEY },
	{ "no modifiedIndex", ONE("{'key':'/h/a','createdIndex':5}"),
		BAD_KEY },
	{ "no createdIndex", ONE("{'key':'/h/a','modifiedIndex':5}"),
		BAD_KEY },
	{ "modifiedIndex is 0", ONE(NODE("/h/a", "1", "5", "0")), BAD_KEY },
	{ "modifiedIndex is negative", ONE(NODE("/h/a", "1", "5", "-1")),
		BAD_KEY },
	{ "modifiedIndex is a string", ONE(NODE("/h/a", "1", "5", "'5'")),
		BAD_KEY },
	{ "modifiedIndex is huge", ONE(NODE("/h/a", "1", "5",
		"9000000000000002")), BAD_KEY },
	{ "modifiedIndex is vast", ONE(NODE("/h/a", "1", "5", "1e400")),
		BAD_KEY },
	{ "createdIndex is a string", ONE(NODE("/h/a", "1", "'5'", "5")),
		BAD_KEY },
	{ "createdIndex is 0", ONE(NODE("/h/a", "1", "0", "5")), BAD_KEY },
	{ "a directory without an index", ONE("{'key':'/h/d','dir':true}"),
		BAD_KEY },
	{ "another directory's key", ONE(NODE("/other/a", "1", "5", "5")),
		BAD_KEY },
	{ "a similar directory's key", ONE(NODE("/hh/a", "1", "5", "5")),
		BAD_KEY },
	{ "a hidden key", ONE(NODE("/h/_a/b", "1", "5", "5")), BAD_KEY },
	{ "a key that is no object", ONE("5"), ETCD_LOST, "not JSON" },
	{ "a key that is no JSON", ONE("{'key'}"), ETCD_LOST, "not JSON" },
};

static void
test_list_refused(void** state)
{
	static const struct steps steps = { .protocol = &etcd_v2,
		.step = STEP_LIST, .told = "begin\nrollback\n" };
	(void)state;
	check_ends(&steps, refusal_cases, COUNT(refusal_cases));
}

/** Cut off at one octet after the other, it is no list. */
static void
test_list_cut_off(void** state)
{
	char* text = fake_json(GOT(DIR("/h", DIR("/h/d",
		NODE("/h/d/x", "1", "5", "5")) ","
		NODE("/h/b", "{\\\"y\\\":[2]}", "6", "6"))));
	const size_t len = strlen(text);
	struct fake_exchange* script = calloc(len + 1, sizeof(*script));
	struct set set;
	size_t n;
	(void)state;
	assert_non_null(script);
	for(n = 0; n <= len; n++)
		script[n] = (struct fake_exchange){ KEYS("h") LIST, NULL, 200,
			.raw = n > 0 ? text : NULL, .raw_len = n,
			.head = AT("9"), .end = FAKE_KEEP };
	set_up(&set, &etcd_v2, FAKE_ANSWERS, script, len + 1);
	for(n = 0; n <= len; n++) {
		enum etcd_result result = etcd_v2.list(set.state);
		if(result != (n < len ? ETCD_LOST : ETCD_OK))
			fail_msg("%zu octets: result %d, \"%s\"", n,
				(int)result, set.link.reason.text);
		if(!strstr(set.told.text, n < len ? "rollback\n" : "end 9\n"))
			fail_msg("%zu octets: told\n%s", n, set.told.text);
		told_clear(&set.told);
	}
	check_requests("cut off", &set, len + 1);
	tear_down(&set);
	free(script);
	free(text);
}

/** What is no letter or digit is %XX in a URL. */
static void
test_list_url(void** state)
{
	static const char plain[] = "/ABCDEFGHIJKLMNOPQRSTUVWXYZ-._~"
		"abcdefghijklmnopqrstuvwxyz0123456789";
	static const char prefix[] = "/h \xc3\xa9%41?";
	char hidden[300] = "_", path[1024];
	const char* const hiddens[] = { hidden, NULL };
	const struct fake_exchange script[] = {
		REFUSE("GET /v2/keys/h%20%C3%A9%2541%3F" LIST, 404, "9",
			NOT_FOUND),
		REFUSE(path, 404, "9", NOT_FOUND) };
	char* at;
	struct set set;
	int c;
	(void)state;
	at = path + sprintf(path, "%s",
		"GET /v2/keys/h%20%C3%A9%2541%3F/_");
	for(c = 1; c < 256; c++) {
		hidden[c] = (char)c;
		at += sprintf(at, strchr(plain, c) ? "%c" : "%%%02X", c);
	}
	hidden[c] = 0;
	strcpy(at, LIST);
	set_up_hidden(&set, hiddens, script, 2);
	strcpy(set.prefix, prefix);
	set_open_again(&set);
	list_known("URL", &set);
	check_requests("URL", &set, 2);
	tear_down(&set);
}

/** With the prefix "/", all keys are followed. */
static void
test_list_root_prefix(void** state)
{
	static const char* const hidden[] = { "_a", NULL };
	static const struct fake_exchange script[] = {
		ANSWER("GET /v2/keys" LIST, "9", GOT("{'dir':true,'nodes':["
			NODE("/b", "1", "4", "4") "]}")),
		ANSWER(KEYS("_a") LIST, "9", GOT(DIR("/_a",
			NODE("/_a/c", "2", "5", "5")))) };
	static const struct outcome outcome = { ETCD_OK, "", 9,
		"begin\nput /b 1 4\nput /_a/c 2 5\nend 9\n" };
	struct set set;
	(void)state;
	set_up_hidden(&set, hidden, script, 2);
	set.prefix[0] = 0;
	set_open_again(&set);
	check_outcome("root", &set, etcd_v2.list(set.state), &outcome);
	check_requests("root", &set, 2);
	tear_down(&set);
}

/** Write a list of so many keys. */
static char*
many_keys(const char* dir, size_t count)
{
	char* json = malloc(count * 100 + 200);
	char* at = json;
	size_t i;
	assert_non_null(json);
	at += sprintf(at, "{'node':{'key':'%s','nodes':[", dir);
	for(i = 0; i < count; i++)
		at += sprintf(at, "%s{'key':'%s/%zu','modifiedIndex':5,"
			"'createdIndex':5}", i == 0 ? "" : ",", dir, i);
	sprintf(at, "]}}");
	return json;
}

/** The text behind so many lines. */
static const char*
behind_lines(const char* text, size_t lines)
{
	for(; lines > 0; lines--) {
		text = strchr(text, '\n');
		assert_non_null(text);
		text++;
	}
	return text;
}

/** On the way through a long list, what was told is committed. */
static void
test_list_commits(void** state)
{
	static const char* const hidden[] = { "_a", NULL };
	char* first = many_keys("/h", 1000);
	char* second = many_keys("/h/_a", 1100);
	const struct fake_exchange script[] = {
		ANSWER(KEYS("h") LIST, "9", first),
		ANSWER(KEYS("h/_a") LIST, "9", second),
		ANSWER(KEYS("h") LIST, "9", first),
		ANSWER(KEYS("h/_a") LIST, "9", second) };
	const char* text;
	struct set set;
	(void)state;
	set_up_hidden(&set, hidden, script, 4);
	assert_int_equal(etcd_v2.list(set.state), ETCD_OK);
	assert_int_equal(set.link.listed, 2100);
	text = behind_lines(set.told.text, 1 + 1024);
	assert_memory_equal(text, "commit\nput /h/_a/24", 19);
	text = behind_lines(text, 1 + 1024);
	assert_memory_equal(text, "commit\nput /h/_a/1048", 21);
	assert_string_equal(behind_lines(text, 1 + 52), "end 9\n");
	/* and where that is refused, the list ends */
	told_clear(&set.told);
	set.told.refuse_at = 1025;
	assert_int_equal(etcd_v2.list(set.state), ETCD_LOST);
	assert_string_equal(set.link.reason.text, "out of memory");
	assert_int_equal(set.link.listed, 1024);
	assert_string_equal(behind_lines(set.told.text, 1 + 1024),
		"commit\nrollback\n");
	tear_down(&set);
	free(first);
	free(second);
}

/** Nothing of one list matters to the next. */
static void
test_list_again(void** state)
{
	static const struct fake_exchange script[] = { KNOWN,
		{ KEYS("h") LIST, NULL, 404, NOT_FOUND,
			.head = HEAD_OF("c2", "5"), .end = FAKE_KEEP },
		ANSWER(KEYS("h") LIST, "10", NULL) };
	static const struct outcome outcome = { ETCD_OK, "", 5,
		"begin\nend 5\n" };
	struct set set;
	(void)state;
	set_up_known("again", &set, &etcd_v2, script, 3);
	assert_int_equal(set.link.listed, 1);
	set.link.replaced = true;
	check_outcome("again", &set, etcd_v2.list(set.state), &outcome);
	assert_int_equal(set.link.listed, 0);
	assert_int_equal(etcd_v2.resume(set.state), ETCD_RELIST);
	assert_int_equal(etcd_v2.list(set.state), ETCD_LOST);
	assert_string_equal(set.link.reason.text,
		"the answer to a list is empty");
	check_requests("again", &set, 3);
	tear_down(&set);
}

/** A list where a cluster is known: who answers is judged by its head. */
struct judge_case {
	/** what it is, for a message */
	const char* name;
	/** directories that are hidden */
	const char* hidden[HIDDEN_MAX + 1];
	/** what is asked for and answered, behind the list that is known */
	struct fake_exchange script[SCRIPT_MAX];
	/** what is to be then; the first list's head was at 10 */
	struct outcome outcome;
};

#define OF_HEAD(dir, cluster, index) { KEYS(dir) LIST, NULL, 200, \
	GOT(DIR("/" dir, NODE("/" dir "/b", "1", "9", "9"))), \
	.head = HEAD_OF(cluster, index), .end = FAKE_KEEP }
#define TOLD_NONE "begin\nrollback\n"
#define IS_BEHIND { ETCD_BEHIND, "etcd is at revision 9, before 10", 10, \
	TOLD_NONE }
#define IS_OTHER_LIST { ETCD_BEHIND, "this is another cluster (id c2, was " \
	"c1)", 10, TOLD_NONE }

static const struct judge_case judge_cases[] = {
	{ "behind, without the directory", { NULL }, { REFUSE(KEYS("h") LIST,
		404, "9", NOT_FOUND) }, IS_BEHIND },
	{ "behind, and empty", { NULL }, { ANSWER(KEYS("h") LIST, "9",
		GOT(DIR("/h", ""))) }, IS_BEHIND },
	{ "another cluster, without the directory", { NULL }, {
		{ KEYS("h") LIST, NULL, 404, NOT_FOUND,
			.head = HEAD_OF("c2", "12"), .end = FAKE_KEEP } },
		IS_OTHER_LIST },
	{ "a hidden directory is behind", { "_a" }, { OF_HEAD("h", "c1", "12"),
		OF_HEAD("h/_a", "c1", "9") }, { ETCD_BEHIND, "etcd is at "
		"revision 9, before 10", 10, "begin\nput /h/b 1 9\n"
		"rollback\n" } },
};

static void
test_list_judged(void** state)
{
	static const struct fake_exchange no_hidden = REFUSE(
		KEYS("h/_a") LIST, 404, "10", NOT_FOUND);
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(judge_cases) / sizeof(*judge_cases); i++) {
		const struct judge_case* judge = &judge_cases[i];
		struct fake_exchange script[SCRIPT_MAX + 2] = { KNOWN,
			no_hidden };
		const size_t before = judge->hidden[0] ? 2 : 1;
		const size_t count = before + script_count(judge->script);
		struct set set;
		memcpy(script + before, judge->script, sizeof(judge->script));
		set_up_hidden(&set, judge->hidden, script, count);
		list_known(judge->name, &set);
		check_outcome(judge->name, &set, etcd_v2.list(set.state),
			&judge->outcome);
		if(set.link.cluster != 0xc1)
			fail_msg("%s: cluster %" PRIx64, judge->name,
				set.link.cluster);
		check_requests(judge->name, &set, count);
		tear_down(&set);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_list_refused),
		cmocka_unit_test(test_list_cut_off),
		cmocka_unit_test(test_list_url),
		cmocka_unit_test(test_list_root_prefix),
		cmocka_unit_test(test_list_commits),
		cmocka_unit_test(test_list_again),
		cmocka_unit_test(test_list_judged),
	};
	return cmocka_run_group_tests_name("v2 list", tests, NULL, NULL);
}
