/*
 * tests/unit/etcd/test_v2.c - etcd's v2 API.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/*
 * The protocol talks to a scripted server, and tells a sink that writes down
 * what it is told; see told.h.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "etcd/v2.h"
#include "protocol_set.h"
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** milliseconds between probes that are to be answered */
#define HEARTBEAT 200
/** most hidden directories of a case */
#define HIDDEN_MAX 2

/* heads of answers */
#define HEAD_OF(cluster, index) "X-Etcd-Cluster-Id: " cluster "\r\n" \
	"X-Etcd-Index: " index "\r\nX-Raft-Index: 777\r\nX-Raft-Term: 2\r\n"
#define AT(index) HEAD_OF("c1", index)

/* shorthand of bodies; see fake_etcd.h */
#define NODE(key, value, created, modified) "{'key':'" key "','value':'" \
	value "','modifiedIndex':" modified ",'createdIndex':" created "}"
#define DIR(key, nodes) "{'key':'" key "','dir':true,'nodes':[" nodes "]," \
	"'modifiedIndex':4,'createdIndex':4}"
#define DIR_NODE(key, modified) "{'key':'" key "','dir':true," \
	"'modifiedIndex':" modified ",'createdIndex':4}"
#define GONE(key, modified) "{'key':'" key "','modifiedIndex':" modified \
	",'createdIndex':4}"
#define GOT(node) "{'action':'get','node':" node "}"
#define EVENT(action, node) "{'action':'" action "','node':" node "}\n"
#define CHANGE(action, node, before) "{'action':'" action "','node':" node \
	",'prevNode':" before "}\n"
#define ERROR(text, code) "{'errorCode':" code ",'message':'" text \
	"','cause':'/h','index':10}"
#define NOT_FOUND ERROR("Key not found", "100")
#define NOT_DIR ERROR("Not a directory", "104")
#define CLEARED ERROR("The event in requested index is outdated and cleared", \
	"401")
/** as etcd says it of a path that it does not serve */
#define PLAIN "404 page not found\n"
#define HTML "<html>\n<body>Bad\tGateway\x1b[31m\xc3\xa9</body></html>"

/* what is asked for; the directory is without its '/' */
#define KEYS(dir) "GET /v2/keys/" dir
#define LIST "/?recursive=true&quorum=true"
#define POLL "/?wait=true&recursive=true&waitIndex="

/* exchanges */
#define ANSWER(path_, index, json_) { path_, NULL, 200, json_, \
	.head = AT(index), .end = FAKE_KEEP }
#define REFUSE(path_, number, index, json_) { path_, NULL, number, json_, \
	.head = AT(index), .end = FAKE_KEEP }
#define HOLD(path_, index) { path_, NULL, 200, NULL, .head = AT(index), \
	.end = FAKE_HOLD }

/** what is known before a resume or a watch: /h/a, put at 8, as of 10 */
#define KNOWN ANSWER(KEYS("h") LIST, "10", GOT(DIR("/h", \
	NODE("/h/a", "x", "4", "8"))))

/** Open the protocol with hidden directories, up to a NULL. */
static void
set_up_hidden(struct set* set, const char* const* hidden,
	const struct fake_exchange* script, size_t count)
{
	set_up(set, &etcd_v2, FAKE_ANSWERS, script, count);
	/* nobody writes there */
	set->settings.hidden = (char**)(uintptr_t)hidden;
	while(set->settings.hidden_count < HIDDEN_MAX &&
		hidden[set->settings.hidden_count])
		set->settings.hidden_count++;
	set_open_again(set);
}

/** Each exchange of a script was used once, in any order. */
static void
check_used(const char* name, struct set* set, size_t count)
{
	size_t i, requests;
	/* as check_requests does */
	(void)fake_etcd_wait(set->fake, count);
	requests = fake_etcd_requests(set->fake);
	for(i = 0; i < requests; i++) {
		const struct fake_request* request = fake_etcd_request(
			set->fake, i);
		if(request->exchange < 0)
			fail_msg("%s: request %zu was not expected: %s", name,
				i, request->head);
	}
	if(requests != count)
		fail_msg("%s: %zu requests", name, requests);
}

/* --- list ---------------------------------------------------------------- */

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
	{ "no such directory", { NULL }, {
		REFUSE(KEYS("h") LIST, 404, "9", NOT_FOUND) },
		{ ETCD_OK, "", 9, "begin\nend 9\n" }, 0 },
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
	{ "two keys", { NULL }, { ANSWER(KEYS("h") LIST, "9", TWO_KEYS) },
		{ ETCD_OK, "", 9, TOLD_TWO }, 2 },
	{ "octet for octet", { NULL }, { { KEYS("h") LIST, NULL, 200,
		TWO_KEYS, .head = AT("9"), .cut = 1, .end = FAKE_KEEP } },
		{ ETCD_OK, "", 9, TOLD_TWO }, 2 },
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

/** An answer that a list does not survive, before any key. */
struct refusal_case {
	/** what it is, for a message */
	const char* name;
	/** the answer */
	struct fake_exchange exchange;
	/** how the list ends */
	enum etcd_result result;
	/** what the reason has in it */
	const char* reason;
};

#define NO(number, json) REFUSE(KEYS("h") LIST, number, "9", json)
#define YES(json) ANSWER(KEYS("h") LIST, "9", json)
#define YES_HEAD(head_) { KEYS("h") LIST, NULL, 200, GOT(DIR("/h", "")), \
	.head = head_, .end = FAKE_KEEP }
#define YES_INDEX(index) YES_HEAD(HEAD_OF("c1", index))
#define ONE(node) YES(GOT(DIR("/h", node)))
#define BAD_KEY ETCD_LOST, "a key in the list can't be read"
#define BAD_HEAD ETCD_LOST, "the answer to a list has no index, or no " \
	"cluster's id"
#define BAD_LIST ETCD_LOST, "the answer to a list can't be read"
#define NO_API ETCD_LOST, "HTTP status 404: this etcd serves no v2 API; it " \
	"needs --enable-v2=true"

static const struct refusal_case refusal_cases[] = {
	{ "no v2 API", NO(404, "404 page not found\n"), NO_API },
	{ "404", NO(404, PLAIN), NO_API },
	{ "HTML and 404", NO(404, HTML), ETCD_LOST, "another web server" },
	{ "404 and other JSON", NO(404, "{'message':'Not Found','code':5}"),
		NO_API },
	{ "404 and nothing", NO(404, NULL), NO_API },
	{ "not found, without a head", { KEYS("h") LIST, NULL, 404, NOT_FOUND,
		.end = FAKE_KEEP }, BAD_HEAD },
	{ "not a directory, without a head", { KEYS("h") LIST, NULL, 400,
		NOT_DIR, .end = FAKE_KEEP }, BAD_HEAD },
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
	{ "HTML and 500", NO(500, HTML), ETCD_LOST, "HTTP status 500: "
		"<html> <body>Bad Gateway [31m  </body></html>" },
	{ "nothing and 500", NO(500, NULL), ETCD_LOST, "HTTP status 500: " },
	{ "array and 500", NO(500, "[100]"), ETCD_LOST,
		"HTTP status 500: [100]" },
	{ "a redirect", NO(307, NULL), ETCD_LOST, "HTTP status 307: " },
	{ "HTML and 200", YES("<html></html>"), ETCD_LOST,
		"the answer is not JSON as etcd writes it" },
	{ "nothing and 200", YES(NULL), ETCD_LOST,
		"the answer to a list is empty" },
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
	{ "cut off in a string", YES("{'action"), ETCD_LOST,
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
	{ "connection closed", { KEYS("h") LIST, NULL, 0, NULL,
		.end = FAKE_CLOSE }, ETCD_LOST, "" },
};

static void
test_list_refused(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(refusal_cases) / sizeof(*refusal_cases); i++) {
		const struct refusal_case* refusal = &refusal_cases[i];
		const struct outcome outcome = { refusal->result,
			refusal->reason, 0, "begin\nrollback\n" };
		struct set set;
		set_up(&set, &etcd_v2, FAKE_ANSWERS, &refusal->exchange, 1);
		check_outcome(refusal->name, &set, etcd_v2.list(set.state),
			&outcome);
		if(!set.link.reason[0])
			fail_msg("%s: no reason", refusal->name);
		tear_down(&set);
	}
}

/** No answer is a reason to go elsewhere. */
static void
test_list_silence(void** state)
{
	static const struct fake_exchange held[] = { HOLD(KEYS("h") LIST,
		"9") };
	static const enum fake_mode modes[] = { FAKE_REFUSES,
		FAKE_NEVER_ACCEPTS, FAKE_NEVER_CONNECTS, FAKE_ANSWERS };
	const struct outcome outcome = { ETCD_LOST, "", 0,
		"begin\nrollback\n" };
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		struct set set;
		set_up(&set, &etcd_v2, modes[i], held, 1);
		set.settings.request_timeout = SHORT;
		check_outcome("silence", &set, etcd_v2.list(set.state),
			&outcome);
		assert_string_not_equal(set.link.reason, "");
		tear_down(&set);
	}
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
				(int)result, set.link.reason);
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

/** Where the sink can't go on, the list does not. */
static void
test_list_sink_refuses(void** state)
{
	static const struct fake_exchange script[] = { ANSWER(KEYS("h") LIST,
		"9", TWO_KEYS) };
	static const char* const told[] = {
		"begin\nput /h/a 1 4\nrollback\n",
		"begin\nput /h/a 1 4\nput /h/b two 8\nrollback\n",
		"begin\nput /h/a 1 4\nput /h/b two 8\nend 9\nrollback\n",
	};
	unsigned n;
	(void)state;
	for(n = 1; n <= 3; n++) {
		const struct outcome outcome = { ETCD_LOST, "out of memory",
			-1, told[n - 1] };
		struct set set;
		set_up(&set, &etcd_v2, FAKE_ANSWERS, script, 1);
		set.told.refuse_at = n;
		check_outcome("sink", &set, etcd_v2.list(set.state), &outcome);
		tear_down(&set);
	}
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
	assert_string_equal(set.link.reason, "out of memory");
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
	set_up(&set, &etcd_v2, FAKE_ANSWERS, script, 3);
	list_known("again", &set);
	assert_int_equal(set.link.listed, 1);
	set.link.replaced = true;
	check_outcome("again", &set, etcd_v2.list(set.state), &outcome);
	assert_int_equal(set.link.listed, 0);
	assert_int_equal(etcd_v2.resume(set.state), ETCD_RELIST);
	assert_int_equal(etcd_v2.list(set.state), ETCD_LOST);
	assert_string_equal(set.link.reason, "the answer to a list is empty");
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
	{ "newer", { NULL }, { OF_HEAD("h", "c1", "12") },
		{ ETCD_OK, "", 12, "begin\nput /h/b 1 9\nend 12\n" } },
	{ "the same", { NULL }, { OF_HEAD("h", "c1", "10") },
		{ ETCD_OK, "", 10, "begin\nput /h/b 1 9\nend 10\n" } },
	{ "behind", { NULL }, { OF_HEAD("h", "c1", "9") }, IS_BEHIND },
	{ "behind, without the directory", { NULL }, { REFUSE(KEYS("h") LIST,
		404, "9", NOT_FOUND) }, IS_BEHIND },
	{ "behind, and empty", { NULL }, { ANSWER(KEYS("h") LIST, "9",
		GOT(DIR("/h", ""))) }, IS_BEHIND },
	{ "another cluster", { NULL }, { OF_HEAD("h", "c2", "12") },
		IS_OTHER_LIST },
	{ "another cluster, without the directory", { NULL }, {
		{ KEYS("h") LIST, NULL, 404, NOT_FOUND,
			.head = HEAD_OF("c2", "12"), .end = FAKE_KEEP } },
		IS_OTHER_LIST },
	{ "another cluster, that is behind", { NULL },
		{ OF_HEAD("h", "c2", "9") }, IS_OTHER_LIST },
	{ "no head", { NULL }, { { KEYS("h") LIST, NULL, 200, GOT(DIR("/h",
		NODE("/h/b", "1", "9", "9"))), .end = FAKE_KEEP } },
		{ BAD_HEAD, 10, TOLD_NONE } },
	{ "newer, and it breaks off", { NULL }, { { KEYS("h") LIST, NULL, 200,
		"{'action':'get','node':{'key':'/h','dir':true,'nodes':["
		NODE("/h/b", "1", "9", "9"), .head = AT("12"),
		.end = FAKE_CUT } }, { ETCD_LOST, "", 10,
		"begin\nput /h/b 1 9\nrollback\n" } },
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

/** Where it is believed that etcd was replaced, nobody is judged until a list
 * is complete; and from then on, it is the other cluster that is known. */
static void
test_list_replaced(void** state)
{
	static const struct fake_exchange script[] = { KNOWN,
		{ KEYS("h") LIST, NULL, 200, "{", .head = HEAD_OF("c2", "5"),
			.end = FAKE_CUT },
		{ KEYS("h") LIST, NULL, 404, NOT_FOUND,
			.head = HEAD_OF("c2", "5"), .end = FAKE_KEEP },
		OF_HEAD("h", "c1", "12") };
	static const struct outcome broken = { ETCD_LOST, "", 10, TOLD_NONE },
		replaced = { ETCD_OK, "", 5, TOLD_NONE "begin\nend 5\n" };
	struct set set;
	(void)state;
	set_up(&set, &etcd_v2, FAKE_ANSWERS, script, 4);
	list_known("replaced", &set);
	set.link.replaced = true;
	check_outcome("broken", &set, etcd_v2.list(set.state), &broken);
	assert_int_equal(set.link.cluster, 0xc1);
	assert_true(set.link.replaced);
	check_outcome("replaced", &set, etcd_v2.list(set.state), &replaced);
	assert_int_equal(set.link.cluster, 0xc2);
	assert_int_equal(set.told.cluster, 0xc2);
	assert_false(set.link.replaced);
	assert_int_equal(etcd_v2.list(set.state), ETCD_BEHIND);
	assert_string_equal(set.link.reason, "this is another cluster (id c1, "
		"was c2)");
	check_requests("replaced", &set, 4);
	tear_down(&set);
}

/* --- resume -------------------------------------------------------------- */

/** An attempt to resume from what is known. */
struct resume_case {
	/** what it is, for a message */
	const char* name;
	/** the answer about the key, and about its event if it is asked for */
	struct fake_exchange script[SCRIPT_MAX];
	/** how it ends */
	enum etcd_result result;
	/** what the reason has in it */
	const char* reason;
};

#define ASK KEYS("h/a?quorum=true")
#define ASK_EVENT KEYS("h/a?wait=true&waitIndex=8")
#define SAME NODE("/h/a", "x", "4", "8")
/** the key is not as it was */
#define OTHER ANSWER(ASK, "12", GOT(NODE("/h/a", "y", "4", "12")))
#define SAME_EVENT ANSWER(ASK_EVENT, "12", EVENT("set", SAME))
#define OTHER_HISTORY ETCD_BEHIND, "etcd's history has changed: " \
	"etcd was wiped or restored"

static const struct resume_case resume_cases[] = {
	{ "nothing has happened", { ANSWER(ASK, "10", GOT(SAME)) },
		ETCD_OK, "" },
	{ "something has happened", { ANSWER(ASK, "5000", GOT(SAME)) },
		ETCD_OK, "" },
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
	{ "etcd is behind", { ANSWER(ASK, "9", GOT(SAME)) }, ETCD_BEHIND,
		"etcd is at revision 9, before 10" },
	{ "etcd is behind, without the key", { REFUSE(ASK, 404, "9",
		NOT_FOUND) }, ETCD_BEHIND, "etcd is at revision 9, before 10" },
	{ "another cluster", { { ASK, NULL, 200, GOT(SAME),
		.head = HEAD_OF("c2", "10"), .end = FAKE_KEEP } },
		ETCD_BEHIND, "this is another cluster" },
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
	{ "HTML and 200", { ANSWER(ASK, "10", HTML) }, ETCD_LOST,
		"not JSON" },
	{ "cut off", { ANSWER(ASK, "10", "{'action':'get','node':{") },
		ETCD_LOST, "cut off" },
	{ "connection closed", { { ASK, NULL, 200, "{", .head = AT("10"),
		.end = FAKE_CUT } }, ETCD_LOST, "" },
};

static void
test_resume(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(resume_cases) / sizeof(*resume_cases); i++) {
		const struct resume_case* resume = &resume_cases[i];
		const struct outcome outcome = { resume->result,
			resume->reason, 10, "" };
		struct fake_exchange script[SCRIPT_MAX + 1] = { KNOWN };
		size_t count = 1 + script_count(resume->script);
		struct set set;
		memcpy(script + 1, resume->script, sizeof(resume->script));
		set_up(&set, &etcd_v2, FAKE_ANSWERS, script, count);
		list_known(resume->name, &set);
		check_outcome(resume->name, &set, etcd_v2.resume(set.state),
			&outcome);
		check_requests(resume->name, &set, count);
		tear_down(&set);
	}
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
	set_up(&set, &etcd_v2, FAKE_ANSWERS, script, 4);
	list_known("silent", &set);
	assert_int_equal(etcd_v2.resume(set.state), ETCD_OK);
	set.settings.heartbeat = HEARTBEAT;
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
	set_up(&set, &etcd_v2, FAKE_ANSWERS, script, 2);
	list_known("silence", &set);
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
		set_up(&set, &etcd_v2, FAKE_ANSWERS, script, 2);
		list_known("long", &set);
		result = etcd_v2.resume(set.state);
		assert_int_equal(result, cases[i].asked ? ETCD_OK :
			ETCD_RELIST);
		if(!cases[i].asked)
			assert_string_equal(set.link.reason, "the key by "
				"which to check etcd's history is too long "
				"to ask for");
		check_requests("long", &set, cases[i].asked ? 2 : 1);
		tear_down(&set);
	}
}

/** Where there is nothing to compare with, nobody is asked. */
static void
test_resume_without_event(void** state)
{
	static const struct fake_exchange script[] = {
		REFUSE(KEYS("h") LIST, 404, "9", NOT_FOUND) };
	struct set set;
	(void)state;
	set_up(&set, &etcd_v2, FAKE_ANSWERS, script, 1);
	assert_int_equal(etcd_v2.resume(set.state), ETCD_RELIST);
	assert_int_equal(fake_etcd_requests(set.fake), 0);
	list_known("no keys", &set);
	assert_int_equal(etcd_v2.resume(set.state), ETCD_RELIST);
	assert_int_equal(fake_etcd_requests(set.fake), 1);
	assert_string_equal(set.link.reason, "there is no key by which to "
		"check etcd's history");
	tear_down(&set);
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

#define NEXT(index, head, json) ANSWER(KEYS("h") POLL index, head, json)
/** ends a watch */
#define END(index) NEXT(index, "20", NULL)

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
		set_up(&set, &etcd_v2, FAKE_ANSWERS, script, count);
		list_known(last->name, &set);
		assert_int_equal(etcd_v2.watch(set.state), ETCD_LOST);
		result = etcd_v2.resume(set.state);
		if(result != last->result)
			fail_msg("%s: %d, \"%s\"", last->name, (int)result,
				set.link.reason);
		check_requests(last->name, &set, count);
		tear_down(&set);
	}
}

/* --- watch --------------------------------------------------------------- */

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
	set_up(&set, &etcd_v2, FAKE_ANSWERS, script, 3);
	list_known(event->name, &set);
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

#define UNREADABLE { ETCD_RELIST, "an event can't be read", 10, "rollback\n" }
#define DISORDER { ETCD_RELIST, "events are out of order", 10, "rollback\n" }
#define NOT_CLUSTER { ETCD_BEHIND, "this is another cluster", 10, \
	"rollback\n" }
#define SOME_EVENT EVENT("set", NODE("/h/b", "1", "11", "11"))
#define POLL11 KEYS("h") POLL "11"
#define PROBE KEYS("h/_unbound-helix?quorum=true")
#define PROBED(index) REFUSE(PROBE, 404, index, NOT_FOUND)
/** any number of them */
#define PROBED_AGAIN(index) { PROBE, NULL, 404, NOT_FOUND, \
	.head = AT(index), .end = FAKE_KEEP, .again = true }
/** there is an etcd, but none that is well */
#define PROBE_FAILS REFUSE(PROBE, 503, "10", ERROR("no leader", "300"))
#define SAYS(json) ANSWER(POLL11, "11", json)
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
		set_up(&set, &etcd_v2, FAKE_ANSWERS, script, 2);
		list_known(poll->name, &set);
		if(poll->exchange.end == FAKE_HOLD) {
			set.settings.request_timeout = SHORT;
			/* how often that is looked at follows this */
			set.settings.heartbeat = HEARTBEAT;
		}
		check_outcome(poll->name, &set, etcd_v2.watch(set.state),
			&poll->outcome);
		assert_string_not_equal(set.link.reason, "");
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
		set_up(&set, &etcd_v2, FAKE_ANSWERS, script, 2);
		list_known("sink", &set);
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
	set_up(&set, &etcd_v2, FAKE_ANSWERS, script, 7);
	list_known("again", &set);
	assert_int_equal(etcd_v2.watch(set.state), ETCD_LOST);
	assert_int_equal(set.link.revision, 11);
	assert_int_equal(set.told.watching, 1);
	assert_int_equal(etcd_v2.watch(set.state), ETCD_LOST);
	assert_int_equal(set.link.revision, 15);
	assert_int_equal(set.told.watching, 2);
	assert_string_equal(set.told.text, "put /h/b 1 11\ncommit\nrollback\n"
		"remove /h/b 15\ncommit\nrollback\n");
	/* and has not begun because that one had */
	set.settings.heartbeat = HEARTBEAT;
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
		set_up(&set, &etcd_v2, FAKE_ANSWERS, cases[i].script,
			cases[i].count);
		list_known("kept back", &set);
		set.settings.heartbeat = HEARTBEAT;
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
	set_up(&set, &etcd_v2, FAKE_ANSWERS, script, 2);
	list_known("breaks", &set);
	assert_int_equal(etcd_v2.watch(set.state), ETCD_LOST);
	assert_int_equal(etcd_v2.watch(set.state), ETCD_LOST);
	assert_int_equal(etcd_v2.watch(set.state), ETCD_RELIST);
	assert_non_null(strstr(set.link.reason, "broke 3 times"));
	tear_down(&set);
}

/* --- several polls ------------------------------------------------------- */

/** most answers that a case holds back */
#define SAYS_MAX 6

/** What a held answer says, once it is held and so many requests have come; it
 * is complete then. */
struct say {
	/** number of requests in all */
	size_t requests;
	/** the path, as in the script; NULL: no more are held back */
	const char* path;
	/** the rest of the answer; NULL: nothing */
	const char* json;
};

/** what a held answer says that is only waited for, and not complete */
static const char only_held[] = "";

/** Says one after the other. */
struct sayer {
	/** the server */
	struct fake_etcd* fake;
	/** what to say */
	const struct say* says;
	/** what could not be said; NULL if all could */
	const char* unsaid;
};

/** Say one thing. @return false if that could not be done. */
static bool
say_one(struct fake_etcd* fake, const struct say* say)
{
	if(!fake_etcd_wait(fake, say->requests) ||
		!fake_etcd_wait_held(fake, say->path))
		return false;
	if(say->json == only_held)
		return true;
	return (!say->json || fake_etcd_say(fake, say->path, say->json)) &&
		fake_etcd_hang_up(fake, say->path, FAKE_KEEP);
}

static void*
sayer_main(void* arg)
{
	struct sayer* sayer = arg;
	const struct say* say = sayer->says;
	for(; say->path && !sayer->unsaid; say++) {
		if(!say_one(sayer->fake, say))
			sayer->unsaid = say->path;
	}
	return NULL;
}

/** Watch while held answers are completed. */
static enum etcd_result
watch_and_say(const char* name, struct set* set, const struct say* says)
{
	struct sayer sayer = { set->fake, says, NULL };
	enum etcd_result result;
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, sayer_main, &sayer),
		0);
	result = etcd_v2.watch(set->state);
	pthread_join(thread, NULL);
	if(sayer.unsaid)
		fail_msg("%s: not held: %s; result %d, \"%s\"", name,
			sayer.unsaid, (int)result, set->link.reason);
	return result;
}

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
#define MAIN(index) KEYS("h") POLL index
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

/** an event of another key than /h/b */
#define SET_C(index) EVENT("set", NODE("/h/c", "2", index, index))
#define TOLD_B "put /h/b 1 11\ncommit\n"
#define TOLD_C "put /h/c 2 12\ncommit\n"

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

#define DROPPED ETCD_RELIST, "etcd has dropped the events"

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
		set_up(&set, &etcd_v2, FAKE_ANSWERS, script, 4);
		list_known("silent", &set);
		set.settings.heartbeat = HEARTBEAT;
		check_outcome(cases[i].head, &set, watch_and_say("silent",
			&set, says), &outcome);
		assert_int_equal(set.told.watching, 1);
		assert_int_equal(fake_etcd_unexpected(set.fake), 0);
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
		set_up(&set, &etcd_v2, FAKE_ANSWERS, script, 4);
		list_known("late", &set);
		set.settings.heartbeat = HEARTBEAT;
		check_outcome("late", &set, watch_and_say("late", &set, says),
			&outcome);
		assert_int_equal(set.told.watching, 1);
		assert_int_equal(fake_etcd_unexpected(set.fake), 0);
		tear_down(&set);
	}
}

/* --- probes -------------------------------------------------------------- */

/** The answers to the probes beside a poll that is silent. */
struct probe_case {
	/** what it is, for a message */
	const char* name;
	/** the answers, in turn */
	struct fake_exchange probes[SCRIPT_MAX];
	/** how the watch ends */
	enum etcd_result result;
	/** what the reason has in it */
	const char* reason;
};

#define ANSWERED ANSWER(PROBE, "10", GOT(NODE("/h/_unbound-helix", "x", "4", \
	"8")))
/** the connection breaks */
#define BROKEN { PROBE, NULL, 200, "{", .head = AT("10"), .end = FAKE_CUT }
/** ends the watch for good */
#define OTHER_CLUSTER { PROBE, NULL, 200, GOT(DIR("/h", "")), \
	.head = HEAD_OF("c2", "10"), .end = FAKE_KEEP }
#define IS_OTHER ETCD_BEHIND, "another cluster answers"
#define QUORUM_LOST REFUSE(PROBE, 500, "10", \
	ERROR("Raft Internal Error", "300"))

static const struct probe_case probe_cases[] = {
	{ "answered", { ANSWERED, ANSWERED, ANSWERED, OTHER_CLUSTER },
		IS_OTHER },
	{ "there is no key", { PROBED("10"), PROBED("10"), OTHER_CLUSTER },
		IS_OTHER },
	{ "the prefix is a key", { REFUSE(PROBE, 400, "10", NOT_DIR),
		REFUSE(PROBE, 400, "10", NOT_DIR), OTHER_CLUSTER }, IS_OTHER },
	{ "another cluster, and the prefix is a key", { { PROBE, NULL, 400,
		NOT_DIR, .head = HEAD_OF("c2", "10"), .end = FAKE_KEEP } },
		IS_OTHER },
	{ "another cluster without the key", { { PROBE, NULL, 404, NOT_FOUND,
		.head = HEAD_OF("c2", "10"), .end = FAKE_KEEP } }, IS_OTHER },
	{ "no cluster", { { PROBE, NULL, 404, NOT_FOUND,
		.end = FAKE_KEEP } }, IS_OTHER },
	{ "broken once", { BROKEN, OTHER_CLUSTER }, IS_OTHER },
	{ "broken, but not twice in a row", { BROKEN, ANSWERED, BROKEN,
		PROBED("10"), BROKEN, OTHER_CLUSTER },
		IS_OTHER },
	{ "broken twice", { BROKEN, BROKEN }, ETCD_LOST, "" },
	{ "broken twice, later", { ANSWERED, BROKEN, BROKEN }, ETCD_LOST,
		"" },
	{ "no quorum", { QUORUM_LOST }, ETCD_LOST,
		"etcd says: Raft Internal Error (300)" },
	{ "this key is refused", { REFUSE(PROBE, 401, "10", ERROR("no",
		"110")), OTHER_CLUSTER }, IS_OTHER },
	{ "no v2 API", { REFUSE(PROBE, 404, "10", PLAIN) }, NO_API },
};

static void
test_probes(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(probe_cases) / sizeof(*probe_cases); i++) {
		const struct probe_case* probe = &probe_cases[i];
		struct fake_exchange script[SCRIPT_MAX + 2] = { KNOWN,
			HOLD(POLL11, "10") };
		const struct outcome outcome = { probe->result, probe->reason,
			10, "rollback\n" };
		size_t count = 2 + script_count(probe->probes);
		struct set set;
		memcpy(script + 2, probe->probes, sizeof(probe->probes));
		set_up(&set, &etcd_v2, FAKE_ANSWERS, script, count);
		list_known(probe->name, &set);
		set.settings.heartbeat = HEARTBEAT;
		check_outcome(probe->name, &set, etcd_v2.watch(set.state),
			&outcome);
		check_requests(probe->name, &set, count);
		tear_down(&set);
	}
}

/** Probes that are never answered. */
static void
test_probes_silent(void** state)
{
	static const struct fake_exchange script[] = { KNOWN,
		HOLD(POLL11, "10"), { PROBE, NULL, 0, NULL, .end = FAKE_HOLD,
			.again = true } };
	struct set set;
	(void)state;
	set_up(&set, &etcd_v2, FAKE_ANSWERS, script, 3);
	list_known("silent", &set);
	set.settings.heartbeat = SHORT;
	assert_int_equal(etcd_v2.watch(set.state), ETCD_LOST);
	assert_string_not_equal(set.link.reason, "");
	/* two of them; the second may be late, on a busy machine */
	assert_in_range(fake_etcd_requests(set.fake), 3, 4);
	tear_down(&set);
}

/** Probes are answered, but an event stops in its midst. */
static void
test_event_does_not_get_on(void** state)
{
	static const struct fake_exchange script[] = { KNOWN,
		{ POLL11, NULL, 200, "{'action':'set'", .head = AT("10"),
			.end = FAKE_HOLD }, PROBED_AGAIN("11") };
	const struct outcome outcome = { ETCD_LOST,
		"watch stalled inside an event (below 1000 "
		"octets/s)", 10, "rollback\n" };
	struct set set;
	(void)state;
	set_up(&set, &etcd_v2, FAKE_ANSWERS, script, 3);
	list_known("does not get on", &set);
	set.settings.heartbeat = HEARTBEAT;
	set.settings.request_timeout = SHORT;
	check_outcome("does not get on", &set, etcd_v2.watch(set.state),
		&outcome);
	tear_down(&set);
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
		set.settings.heartbeat = HEARTBEAT;
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
	assert_string_equal(set.link.reason, "etcd does not answer");
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
		set_up(&set, &etcd_v2, FAKE_ANSWERS, script, count);
		list_known(refresh->name, &set);
		set.settings.heartbeat = HEARTBEAT;
		if(refresh->closed == FAKE_HOLD)
			set.settings.request_timeout = 5 * HEARTBEAT;
		check_outcome(refresh->name, &set, etcd_v2.watch(set.state),
			&refresh->outcome);
		assert_int_equal(fake_etcd_unexpected(set.fake), 0);
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
	set_up(&set, &etcd_v2, FAKE_ANSWERS, script, 7);
	list_known("used", &set);
	set.settings.heartbeat = HEARTBEAT;
	check_outcome("used", &set, etcd_v2.watch(set.state), &outcome);
	assert_int_equal(fake_etcd_unexpected(set.fake), 0);
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
	set.settings.heartbeat = HEARTBEAT;
	check_outcome("hidden", &set, watch_and_say("hidden", &set, says),
		&outcome);
	assert_int_equal(fake_etcd_unexpected(set.fake), 0);
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
	set_up(&set, &etcd_v2, FAKE_ANSWERS, script, 4);
	list_known("behind", &set);
	set.settings.heartbeat = HEARTBEAT;
	check_outcome("behind", &set, etcd_v2.watch(set.state), &outcome);
	assert_int_equal(fake_etcd_unexpected(set.fake), 0);
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
	set_up(&set, &etcd_v2, FAKE_ANSWERS, script, 11);
	list_known("not behind", &set);
	set.settings.heartbeat = HEARTBEAT;
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
	set_up(&set, &etcd_v2, FAKE_ANSWERS, script, 6);
	list_known("not begun", &set);
	set.settings.heartbeat = HEARTBEAT;
	set.settings.request_timeout = 5 * HEARTBEAT;
	check_outcome("not begun", &set, etcd_v2.watch(set.state), &outcome);
	assert_int_equal(fake_etcd_unexpected(set.fake), 0);
	tear_down(&set);
}

/* --- life ---------------------------------------------------------------- */

static void
test_stop(void** state)
{
	static const struct fake_exchange script[] = { KNOWN,
		HOLD(KEYS("h") LIST, "10"), HOLD(ASK, "10"),
		HOLD(POLL11, "10") };
	enum etcd_result (*const steps[])(void*) = { etcd_v2.list,
		etcd_v2.resume, etcd_v2.watch };
	size_t i;
	(void)state;
	for(i = 0; i < 3; i++) {
		struct set set;
		set_up(&set, &etcd_v2, FAKE_ANSWERS, script, 4);
		list_known("stop", &set);
		check_stop(&set, steps[i], 2);
		assert_string_equal(set.told.text, i == 0 ?
			"begin\nrollback\n" : i == 1 ? "" : "rollback\n");
		tear_down(&set);
	}
}

static void
test_name(void** state)
{
	(void)state;
	assert_string_equal(etcd_v2.name, "v2");
	etcd_v2.close(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_name),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_list_refused),
		cmocka_unit_test(test_list_silence),
		cmocka_unit_test(test_list_cut_off),
		cmocka_unit_test(test_list_url),
		cmocka_unit_test(test_list_root_prefix),
		cmocka_unit_test(test_list_sink_refuses),
		cmocka_unit_test(test_list_commits),
		cmocka_unit_test(test_list_again),
		cmocka_unit_test(test_list_judged),
		cmocka_unit_test(test_list_replaced),
		cmocka_unit_test(test_resume),
		cmocka_unit_test(test_resume_silent_history),
		cmocka_unit_test(test_resume_silence),
		cmocka_unit_test(test_resume_long_key),
		cmocka_unit_test(test_resume_without_event),
		cmocka_unit_test(test_resume_last_event),
		cmocka_unit_test(test_watch_events),
		cmocka_unit_test(test_watch_above),
		cmocka_unit_test(test_watch_root_prefix),
		cmocka_unit_test(test_watch_polls),
		cmocka_unit_test(test_watch_sink_refuses),
		cmocka_unit_test(test_watch_again),
		cmocka_unit_test(test_poll_kept_back),
		cmocka_unit_test(test_poll_breaks),
		cmocka_unit_test(test_watch_hidden),
		cmocka_unit_test(test_watch_order),
		cmocka_unit_test(test_watch_silent_poll),
		cmocka_unit_test(test_watch_late_event),
		cmocka_unit_test(test_probes),
		cmocka_unit_test(test_probes_silent),
		cmocka_unit_test(test_probes_prefixes),
		cmocka_unit_test(test_event_does_not_get_on),
		cmocka_unit_test(test_no_probe_before_polls),
		cmocka_unit_test(test_refresh),
		cmocka_unit_test(test_refresh_used_connection),
		cmocka_unit_test(test_refresh_hidden),
		cmocka_unit_test(test_refresh_behind),
		cmocka_unit_test(test_refresh_not_behind),
		cmocka_unit_test(test_refresh_not_begun),
		cmocka_unit_test(test_stop),
	};
	return cmocka_run_group_tests_name("v2", tests, NULL, NULL);
}
