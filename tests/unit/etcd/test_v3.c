/*
 * tests/unit/etcd/test_v3.c - etcd's v3 API.
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
#include "etcd/v3.h"
#include "protocol_set.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/** milliseconds between probes that are to be answered */
#define HEARTBEAT 200

/* shorthand of messages; see fake_etcd.h */
#define HEAD_OF(cluster, revision, term) "'header':{'cluster_id':'" cluster \
	"','member_id':'2','revision':'" revision "','raft_term':'" term "'}"
#define HEAD(revision) HEAD_OF("1", revision, "3")
#define KV(key, value, create, mod) "{'key':'@" key "@','create_revision':'" \
	create "','mod_revision':'" mod "','version':'1','value':'@" value \
	"@'}"
#define PAGE(revision, kvs) "{" HEAD(revision) ",'kvs':[" kvs "],'count':'1'}"
#define PUT(key, value, create, mod) "{'kv':" KV(key, value, create, mod) "}"
#define DELETED(key, mod) "{'type':'DELETE','kv':{'key':'@" key \
	"@','mod_revision':'" mod "'}}"
#define EVENTS(revision, events) "{'result':{" HEAD(revision) ",'events':[" \
	events "]}}\n"
#define CREATED "{'result':{" HEAD("10") ",'created':true}}\n"
#define CREATED_AT(revision) "{'result':{" HEAD(revision) ",'created':true}}\n"
#define PROGRESS(revision) "{'result':{" HEAD(revision) "}}\n"
#define ERROR(text, code) "{'error':'" text "','message':'" text "','code':" \
	code "}"

/* exchanges */
#define RANGE(body, json) { "/v3/kv/range", body, 200, json, .end = FAKE_KEEP }
#define REFUSE(number, json) { "/v3/kv/range", NULL, number, json, \
	.end = FAKE_KEEP }
/** what is asked for beside a watch, and before a list where etcd is known */
#define PROBE "{'key':'@/h/@','keys_only':true}"
#define JUDGE(json) RANGE(PROBE, json)
#define WATCH(json, then) { "/v3/watch", NULL, 200, json, .end = then }
/** for a watch that begins at a later revision than is known: a probe is due
 * at once, and is sent unless the watch ends before; it says nothing */
#define HELD_PROBE { "/v3/kv/range", PROBE, 0, NULL, .end = FAKE_HOLD, \
	.again = true }

/* --- time ---------------------------------------------------------------- */

/** how far the clock is put forward, in seconds */
static time_t clock_ahead;
/** looks at the clock until it is; below 0: that is not known yet */
static int clock_looks;
/** a server until whose second request the clock stands; NULL: it goes on */
static struct fake_etcd* clock_stands;

int __real_clock_gettime(clockid_t id, struct timespec* now);
int __wrap_clock_gettime(clockid_t id, struct timespec* now);

/** In the place of clock_gettime(2), which the servers do not look at. */
int
__wrap_clock_gettime(clockid_t id, struct timespec* now)
{
	static struct timespec standing;
	int result = __real_clock_gettime(id, now);
	if(clock_stands && fake_etcd_requests(clock_stands) == 0)
		standing = *now;
	else if(clock_stands && fake_etcd_requests(clock_stands) == 1)
		*now = standing;
	if(clock_looks > 0)
		clock_looks--;
	if(clock_looks == 0)
		now->tv_sec += clock_ahead;
	return result;
}

/* --- list ---------------------------------------------------------------- */

/** A list. */
struct list_case {
	/** what it is, for a message */
	const char* name;
	/** what is asked for, and answered */
	struct fake_exchange script[SCRIPT_MAX];
	/** what is to be then */
	struct outcome outcome;
	/** keys in the list */
	size_t listed;
};

#define FIRST "{'key':'@/h/@','range_end':'@/h0@','limit':'10000'," \
	"'revision':'0'}"
#define NEXT(key, revision) "{'key':'@" key "%00@','range_end':'@/h0@'," \
	"'limit':'10000','revision':'" revision "'}"
#define MORE(revision, kvs) "{" HEAD(revision) ",'kvs':[" kvs "]," \
	"'more':true,'count':'9'}"

static const struct list_case list_cases[] = {
	{ "no keys", { RANGE(FIRST, "{" HEAD("5") "}") },
		{ ETCD_OK, "", 5, "begin\nend 5\n" }, 0 },
	{ "one page", { RANGE(FIRST, PAGE("9", KV("/h/a", "1", "3", "4") ","
		KV("/h/b", "two", "8", "8"))) },
		{ ETCD_OK, "", 9, "begin\nput /h/a 1 4\nput /h/b two 8\n"
		"end 9\n" }, 2 },
	{ "octet for octet", { { "/v3/kv/range", FIRST, 200, PAGE("9",
		KV("/h/a", "1", "3", "4") "," KV("/h/b", "two", "8", "8")),
		.cut = 1, .end = FAKE_KEEP } },
		{ ETCD_OK, "", 9, "begin\nput /h/a 1 4\nput /h/b two 8\n"
		"end 9\n" }, 2 },
	{ "the header last", { RANGE(FIRST, "{'kvs':["
		KV("/h/a", "1", "3", "4") "],'count':'1'," HEAD("9") "}") },
		{ ETCD_OK, "", 9, "begin\nput /h/a 1 4\nend 9\n" }, 1 },
	{ "pages show the first one's revision", {
		RANGE(FIRST, MORE("9", KV("/h/a", "1", "3", "4"))),
		RANGE(NEXT("/h/a", "9"), MORE("12", KV("/h/b", "2", "5", "5")
			"," KV("/h/c", "3", "6", "6"))),
		RANGE(NEXT("/h/c", "9"), PAGE("15",
			KV("/h/d", "4", "7", "7"))) },
		{ ETCD_OK, "", 9, "begin\nput /h/a 1 4\nput /h/b 2 5\n"
		"put /h/c 3 6\nput /h/d 4 7\nend 9\n" }, 4 },
	{ "the last page is empty", {
		RANGE(FIRST, MORE("9", KV("/h/a", "1", "3", "4"))),
		RANGE(NEXT("/h/a", "9"), "{" HEAD("9") "}") },
		{ ETCD_OK, "", 9, "begin\nput /h/a 1 4\nend 9\n" }, 1 },
	{ "odd octets", {
		RANGE(FIRST, MORE("9", KV("/h/%00%FF%0A", "%00%80 \"", "3",
			"4"))),
		RANGE(NEXT("/h/%00%FF%0A", "9"), PAGE("9",
			KV("/h/b", "%FF%FE", "5", "5"))) },
		{ ETCD_OK, "", 9, "begin\nput /h/%00%FF%0A %00%80%20\" 4\n"
		"put /h/b %FF%FE 5\nend 9\n" }, 2 },
	{ "an empty value is left out", { RANGE(FIRST, PAGE("9",
		"{'key':'@/h/a@','create_revision':'4','mod_revision':'4',"
		"'version':'1'}")) },
		{ ETCD_OK, "", 9, "begin\nput /h/a  4\nend 9\n" }, 1 },
	{ "an empty value is there", { RANGE(FIRST, PAGE("9",
		KV("/h/a", "", "4", "4"))) },
		{ ETCD_OK, "", 9, "begin\nput /h/a  4\nend 9\n" }, 1 },
	{ "the highest numbers", { RANGE(FIRST, "{"
		HEAD_OF("18446744073709551615", "9223372036854775807",
		"18446744073709551615") ",'kvs':[" KV("/h/a", "1", "1",
		"9223372036854775807") "]}") },
		{ ETCD_OK, "", INT64_MAX, "begin\nput /h/a 1 "
		"9223372036854775807\nend 9223372036854775807\n" }, 1 },
	{ "compacted between pages", {
		RANGE(FIRST, MORE("9", KV("/h/a", "1", "3", "4"))),
		REFUSE(400, ERROR("etcdserver: mvcc: required revision has "
			"been compacted", "11")) },
		{ ETCD_RELIST, "compacted", 0, "begin\nput /h/a 1 4\n"
		"rollback\n" }, 1 },
	{ "another cluster's page", {
		RANGE(FIRST, MORE("9", KV("/h/a", "1", "3", "4"))),
		RANGE(NEXT("/h/a", "9"), "{" HEAD_OF("7", "9", "3") "}") },
		{ ETCD_LOST, "cluster changed", 0, "begin\nput /h/a 1 4\n"
		"rollback\n" }, 1 },
	{ "more, and no keys", { RANGE(FIRST, MORE("9", "")) },
		{ ETCD_LOST, "a page of the list is empty", 0,
		"begin\nrollback\n" }, 0 },
	{ "the second page is cut off", {
		RANGE(FIRST, MORE("9", KV("/h/a", "1", "3", "4"))),
		{ "/v3/kv/range", NULL, 200, "{" HEAD("9") ",'kvs':["
			KV("/h/b", "2", "5", "5"), .end = FAKE_CUT } },
		{ ETCD_LOST, "", 0, "begin\nput /h/a 1 4\nput /h/b 2 5\n"
		"rollback\n" }, 2 },
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
		set_up(&set, &etcd_v3, FAKE_ANSWERS, list->script, count);
		check_outcome(list->name, &set, etcd_v3.list(set.state),
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

/** an answer of status 200 that is no list */
#define ANSWER(json) { "/v3/kv/range", NULL, 200, json, .end = FAKE_CLOSE }
/** a list of one key, with a header that is right */
#define ONE(kv) ANSWER("{" HEAD("9") ",'kvs':[" kv "]}")
#define BAD_KEY ETCD_LOST, "a key in the list can't be read"
#define BAD_HEADER ETCD_LOST, "the answer to a list has no header"
#define HTML "<html>\n<body>Bad\tGateway\x1b[31m\xc3\xa9</body></html>"

static const struct refusal_case refusal_cases[] = {
	{ "compacted", REFUSE(400, ERROR("etcdserver: mvcc: required revision "
		"has been compacted", "11")), ETCD_RELIST, "etcd has compacted "
		"the revision that was asked for" },
	{ "future revision", REFUSE(400, ERROR("etcdserver: mvcc: required "
		"revision is a future revision", "11")), ETCD_BEHIND,
		"etcd is behind" },
	{ "permission denied", REFUSE(403, ERROR("etcdserver: permission "
		"denied", "7")), ETCD_DENIED, "etcd refuses: etcdserver: "
		"permission denied" },
	{ "unauthenticated", REFUSE(401, ERROR("etcdserver: invalid auth "
		"token", "16")), ETCD_DENIED, "etcd requires authentication" },
	{ "no user", REFUSE(400, ERROR("etcdserver: user name is empty",
		"3")), ETCD_DENIED, "etcd requires authentication" },
	{ "status 401 of a proxy", REFUSE(401, "Unauthorized"), ETCD_LOST,
		"HTTP status 401: Unauthorized; a proxy or web server" },
	{ "status 403 of a proxy", REFUSE(403, HTML), ETCD_LOST, "not etcd "
		"itself" },
	{ "status 407", REFUSE(407, NULL), ETCD_LOST, "a proxy requires "
		"authentication" },
	{ "status 502", REFUSE(502, HTML), ETCD_LOST, "a proxy answers, and "
		"cannot reach etcd" },
	{ "status 504", REFUSE(504, NULL), ETCD_LOST, "a proxy answers, and "
		"etcd does not answer it" },
	{ "a redirection", { "/v3/kv/range", NULL, 308, NULL,
		.head = "Location: https://else.example/\r\n",
		.end = FAKE_KEEP }, ETCD_LOST, "HTTP status 308: redirected "
		"to https://else.example/, which is not followed; `endpoints`"
		},
	{ "TLS is wanted", REFUSE(400, "Client sent an HTTP request to an "
		"HTTPS server."), ETCD_LOST, "begin the endpoint with "
		"https://" },
	{ "a certificate with a CN", REFUSE(400, "CommonName of client "
		"sending a request against gateway will be ignored and not "
		"used as expected"), ETCD_LOST, "issue `cert` without one" },
	{ "a page of a web server", { "/v3/kv/range", NULL, 0, .raw =
		"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
		"Content-Length: 13\r\n\r\n<html></html>",
		.end = FAKE_CLOSE }, ETCD_LOST, "it is a page of a web server "
		"or a proxy: see `endpoints`" },
	{ "no leader", REFUSE(503, ERROR("etcdserver: no leader", "14")),
		ETCD_LOST, "etcd says: etcdserver: no leader" },
	{ "only an error", REFUSE(503, "{'error':'etcdserver: no leader'}"),
		ETCD_LOST, "etcd says: etcdserver: no leader" },
	{ "no message", REFUSE(500, "{'code':2}"), ETCD_LOST,
		"error without a message" },
	{ "message is a number", REFUSE(500, "{'message':5}"), ETCD_LOST,
		"error without a message" },
	{ "HTML and 500", REFUSE(500, HTML), ETCD_LOST, "HTTP status 500: "
		"<html> <body>Bad Gateway [31m  </body></html>" },
	{ "nothing and 500", REFUSE(500, NULL), ETCD_LOST,
		"HTTP status 500: " },
	{ "array and 500", REFUSE(500, "[]"), ETCD_LOST,
		"HTTP status 500: []" },
	{ "404", REFUSE(404, "404 page not found"), ETCD_LOST, "HTTP status "
		"404: this is no etcd with the v3 gateway (3.4 or later); an "
		"etcd that was started by --config-file has it if that says "
		"`enable-grpc-gateway: true`" },
	{ "404 and HTML", REFUSE(404, HTML), ETCD_LOST, "another web server: "
		"see `endpoints`" },
	{ "404 and JSON", REFUSE(404, ERROR("Not Found", "5")), ETCD_LOST,
		"HTTP status 404: this is no etcd" },
	{ "HTML and 200", ANSWER("<html></html>"), ETCD_LOST,
		"the answer is not JSON as etcd writes it" },
	{ "nothing and 200", ANSWER(NULL), ETCD_LOST,
		"the answer to a list is empty" },
	{ "no header", ANSWER("{}"), BAD_HEADER },
	{ "header is a string", ANSWER("{'header':'x'}"), BAD_HEADER },
	{ "an error and 200", ANSWER(ERROR("x", "1")), BAD_HEADER },
	{ "an empty header", ANSWER("{'header':{}}"), ETCD_LOST,
		"the answer to a list is empty" },
	{ "revision 0", ANSWER("{" HEAD("0") "}"), ETCD_LOST,
		"the answer to a list is empty" },
	{ "cluster 0", ANSWER("{" HEAD_OF("0", "9", "3") "}"), ETCD_LOST,
		"the answer to a list has no cluster's id" },
	{ "revision is a number", ANSWER("{'header':{'cluster_id':'1',"
		"'revision':9}}"), BAD_HEADER },
	{ "revision is negative", ANSWER("{" HEAD("-9") "}"), BAD_HEADER },
	{ "revision is huge", ANSWER("{" HEAD("9223372036854775808") "}"),
		BAD_HEADER },
	{ "revision is empty", ANSWER("{" HEAD("") "}"), BAD_HEADER },
	{ "revision is no number", ANSWER("{" HEAD("9x") "}"), BAD_HEADER },
	{ "raft_term is huge", ANSWER("{" HEAD_OF("1", "9",
		"18446744073709551616") "}"), BAD_HEADER },
	{ "raft_term is vast", ANSWER("{" HEAD_OF("1", "9",
		"99999999999999999999999999") "}"), BAD_HEADER },
	{ "cluster_id is a number", ANSWER("{'header':{'cluster_id':1,"
		"'revision':'9'}}"), BAD_HEADER },
	{ "cut off", ANSWER("{" HEAD("9") ",'kvs':["), ETCD_LOST,
		"the answer is cut off" },
	{ "cut off in a string", ANSWER("{'header"), ETCD_LOST,
		"the answer is cut off" },
	{ "no key", ONE("{'mod_revision':'5'}"), BAD_KEY },
	{ "empty key", ONE(KV("", "1", "5", "5")), BAD_KEY },
	{ "key is no base64", ONE("{'key':'L2gvY','mod_revision':'5'}"),
		BAD_KEY },
	{ "key is a number", ONE("{'key':5,'mod_revision':'5'}"), BAD_KEY },
	{ "key is null", ONE("{'key':null,'mod_revision':'5'}"), BAD_KEY },
	{ "value is no base64", ONE("{'key':'@/h/a@','mod_revision':'5',"
		"'value':'====' }"), BAD_KEY },
	{ "value is an object", ONE("{'key':'@/h/a@','mod_revision':'5',"
		"'value':{}}"), BAD_KEY },
	{ "no mod_revision", ONE("{'key':'@/h/a@'}"), BAD_KEY },
	{ "mod_revision 0", ONE(KV("/h/a", "1", "0", "0")), BAD_KEY },
	{ "mod_revision is negative", ONE(KV("/h/a", "1", "1", "-1")),
		BAD_KEY },
	{ "mod_revision is huge", ONE(KV("/h/a", "1", "1",
		"9223372036854775808")), BAD_KEY },
	{ "mod_revision is a number", ONE("{'key':'@/h/a@',"
		"'mod_revision':5}"), BAD_KEY },
	{ "create_revision is a number", ONE("{'key':'@/h/a@',"
		"'mod_revision':'5','create_revision':5}"), BAD_KEY },
	{ "a key that is no object", ONE("5"), ETCD_LOST, "not JSON" },
	{ "a key that is no JSON", ONE("{'key'}"), ETCD_LOST, "not JSON" },
	{ "connection closed", { "/v3/kv/range", NULL, 0, NULL,
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
		set_up(&set, &etcd_v3, FAKE_ANSWERS, &refusal->exchange, 1);
		check_outcome(refusal->name, &set, etcd_v3.list(set.state),
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
	static const enum fake_mode modes[] = { FAKE_REFUSES,
		FAKE_NEVER_ACCEPTS, FAKE_NEVER_CONNECTS };
	const struct outcome outcome = { ETCD_LOST, "", 0,
		"begin\nrollback\n" };
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		struct set set;
		set_up(&set, &etcd_v3, modes[i], NULL, 0);
		set.settings.request_timeout = SHORT;
		check_outcome("silence", &set, etcd_v3.list(set.state),
			&outcome);
		assert_string_not_equal(set.link.reason, "");
		tear_down(&set);
	}
}

/** A long message does not overflow. */
static void
test_list_long_message(void** state)
{
	static char text[2000] = "{'message':'";
	const struct fake_exchange script[] = { REFUSE(500, text) };
	size_t len = strlen(text);
	struct set set;
	(void)state;
	memset(text + len, 'x', 1500);
	strcpy(text + len + 1500, "'}");
	set_up(&set, &etcd_v3, FAKE_ANSWERS, script, 1);
	assert_int_equal(etcd_v3.list(set.state), ETCD_LOST);
	assert_non_null(strstr(set.link.reason, "etcd says: xxxxxxxx"));
	assert_true(strlen(set.link.reason) < ETCD_REASON_MAX - 1);
	tear_down(&set);
}

/** Write a page of so many keys, and of values of so many octets in base64;
 * the last one or not. */
static char*
many_values(size_t count, size_t octets, bool more)
{
	char* json = malloc(count * (octets + 80) + 200);
	char* at = json;
	size_t i;
	assert_non_null(json);
	at += sprintf(at, "{" HEAD("9") ",'kvs':[");
	for(i = 0; i < count; i++)
		at += sprintf(at, "%s{'key':'L2gv%04zu','mod_revision':'5',"
			"'value':'%0*d'}", i == 0 ? "" : ",", i % 10000,
			(int)octets, 0);
	sprintf(at, "]%s}", more ? ",'more':true" : "");
	return json;
}

/** Write a last page of so many keys. */
static char*
many_keys(size_t count)
{
	return many_values(count, 4, false);
}

static void
test_list_page_size(void** state)
{
	char* full = many_keys(10000);
	char* over = many_keys(10001);
	const struct fake_exchange script[] = { RANGE(NULL, full),
		RANGE(PROBE, "{" HEAD("9") "}"), RANGE(NULL, over) };
	struct set set;
	(void)state;
	set_up(&set, &etcd_v3, FAKE_ANSWERS, script, 3);
	assert_int_equal(etcd_v3.list(set.state), ETCD_OK);
	assert_int_equal(set.link.listed, 10000);
	assert_int_equal(etcd_v3.list(set.state), ETCD_LOST);
	assert_string_equal(set.link.reason, "a page has more keys than were "
		"asked for");
	assert_int_equal(set.link.revision, 9);
	tear_down(&set);
	free(full);
	free(over);
}

/** milliseconds of which no page takes a fourth, not even with valgrind */
#define AGES (10 * LONG)
/** what etcd 3.4.0's gateway says where it is not to pass a message */
#define LARGER ERROR("grpc: received message larger than max (5423423 vs. " \
	"4194304)", "8")
/** the same within a stream */
#define LARGER_IN_BAND "{'error':{'grpc_code':8,'http_code':429,'message':" \
	"'grpc: received message larger than max (5423423 vs. 4194304)'," \
	"'http_status':'Too Many Requests'}}"

/** Where a page is too large for what is between, the list goes on with
 * smaller ones, and with larger ones again where that is no bar. */
static void
test_list_large_page(void** state)
{
	char* large = many_values(1250, 400, true);
	char* small = many_values(1250, 4, true);
	const struct fake_exchange script[] = {
		{ "/v3/kv/range", "'limit':'10000'", 429, LARGER,
			.end = FAKE_KEEP },
		{ "/v3/kv/range", "'limit':'5000','revision':'0'", 413, NULL,
			.end = FAKE_KEEP },
		{ "/v3/kv/range", "'limit':'2500','revision':'0'", 429, LARGER,
			.end = FAKE_KEEP },
		RANGE("'limit':'1250','revision':'0'", large),
		RANGE("'limit':'1250','revision':'9'", small),
		RANGE("'limit':'2500','revision':'9'", PAGE("9", KV("/h/z",
			"x", "4", "8"))) };
	struct set set;
	(void)state;
	set_up(&set, &etcd_v3, FAKE_ANSWERS, script, 6);
	set.settings.heartbeat = set.settings.request_timeout = AGES;
	if(etcd_v3.list(set.state) != ETCD_OK)
		fail_msg("%s", set.link.reason);
	assert_int_equal(set.link.listed, 2501);
	check_requests("a large page", &set, 6);
	tear_down(&set);
	free(large);
	free(small);
}

/** The limits that etcd was asked for. */
static void
limits_asked(struct set* set, char* text, size_t size)
{
	size_t i, used = 0;
	*text = 0;
	for(i = 0; i < fake_etcd_requests(set->fake); i++) {
		const char* limit = strstr(fake_etcd_request(set->fake,
			i)->body, "\"limit\":\"");
		if(limit)
			used += (size_t)snprintf(text + used, size - used,
				"%.*s ", (int)strcspn(limit + 9, "\""),
				limit + 9);
	}
}

/** A page that fails three times, though etcd is there, is not asked for a
 * fourth time. */
static void
test_list_page_fails(void** state)
{
	static const struct fake_exchange script[] = {
		{ "/v3/kv/range", "'limit':'10000'", 502, HTML,
			.end = FAKE_KEEP, .again = true },
		JUDGE("{" HEAD("9") "}"),
		{ "/v3/kv/range", "'limit':'1250'", 200, PAGE("9",
			KV("/h/a", "x", "4", "8")), .end = FAKE_KEEP } };
	struct set set;
	(void)state;
	set_up(&set, &etcd_v3, FAKE_ANSWERS, script, 3);
	assert_int_equal(etcd_v3.list(set.state), ETCD_LOST);
	assert_int_equal(etcd_v3.list(set.state), ETCD_LOST);
	assert_int_equal(etcd_v3.list(set.state), ETCD_OK);
	assert_int_equal(fake_etcd_requests(set.fake), 5);
	tear_down(&set);
}

/** So is one behind others that pass. What says that too much is asked for at
 * once is not answered by more and smaller requests. */
static void
test_list_later_page_fails(void** state)
{
	static const char first[] = MORE("9", KV("/h/a", "1", "3", "4"));
	const struct fake_exchange script[] = {
		RANGE("'revision':'0'", first), REFUSE(502, HTML),
		RANGE("'revision':'0'", first), REFUSE(502, HTML),
		RANGE("'revision':'0'", first), REFUSE(502, HTML),
		JUDGE("{" HEAD("9") "}"), REFUSE(429, "slow down"),
		RANGE("'revision':'0'", first), REFUSE(429, "slow down"),
		RANGE("'revision':'0'", first), REFUSE(429, "slow down"),
		RANGE("'revision':'0'", first), REFUSE(429, "slow down"),
		RANGE("'revision':'0'", first),
		RANGE(NULL, PAGE("9", KV("/h/z", "x", "4", "8"))) };
	char limits[200];
	struct set set;
	size_t i;
	(void)state;
	set_up(&set, &etcd_v3, FAKE_ANSWERS, script,
		sizeof(script) / sizeof(*script));
	for(i = 0; i < 6; i++)
		assert_int_equal(etcd_v3.list(set.state), ETCD_LOST);
	assert_int_equal(etcd_v3.list(set.state), ETCD_OK);
	limits_asked(&set, limits, sizeof(limits));
	assert_string_equal(limits, "10000 10000 10000 10000 10000 10000 "
		"1250 1250 1250 1250 1250 1250 1250 1250 1250 ");
	tear_down(&set);
}

/** Where a page is too slow or too large, the next are smaller. */
static void
test_list_smaller_pages(void** state)
{
	static const char* const limits[] = { "10000", "5000", "2500", "1250",
		"625", "312", "156", "78", "39", "19", "9", "4", "2", "1",
		"1" /* the list after */ };
	static const struct fake_exchange script[] = {
		{ "/v3/kv/range", NULL, 200, "{" HEAD("10") ",'kvs':["
			KV("/h/a", "x", "4", "8"), .end = FAKE_HOLD },
		{ "/v3/kv/range", NULL, 429, LARGER, .end = FAKE_KEEP,
			.again = true } };
	const size_t n = sizeof(limits) / sizeof(*limits);
	struct set set;
	size_t i;
	(void)state;
	set_up(&set, &etcd_v3, FAKE_ANSWERS, script, 2);
	set.settings.request_timeout = SHORT;
	for(i = 0; i < 3; i++) {
		assert_int_equal(etcd_v3.list(set.state), ETCD_LOST);
		set.settings.request_timeout = LONG;
	}
	assert_int_equal(fake_etcd_requests(set.fake), n);
	for(i = 0; i < n; i++) {
		char part[32];
		snprintf(part, sizeof(part), "'limit':'%s'", limits[i]);
		assert_true(fake_request_has(fake_etcd_request(set.fake, i),
			part));
	}
	tear_down(&set);
}

/** What a page is followed by. */
struct growth_case {
	/** what it is, for a message */
	const char* name;
	/** keys in the page, and octets of each value in base64 */
	size_t keys, octets;
	/** the answer to the second page */
	struct fake_exchange second;
	/** how the list ends */
	enum etcd_result result;
	/** heartbeat and request_timeout, in milliseconds */
	unsigned heartbeat, request_timeout;
	/** seconds that the first page takes to begin */
	time_t late;
	/** limits of the pages of this list and another, in their order */
	const char* limits;
};

#define LAST_PAGE RANGE(NULL, PAGE("9", KV("/h/z", "x", "4", "8")))

static const struct growth_case growth_cases[] = {
	{ "a full page", 10000, 4, LAST_PAGE, ETCD_OK, AGES, AGES, 0,
		"10000 20000 10000 20000 " },
	{ "a page that is not full", 9999, 4, LAST_PAGE, ETCD_OK, AGES, AGES,
		0, "10000 10000 10000 10000 " },
	{ "half of the octets", 10000, 700, LAST_PAGE, ETCD_OK, AGES, AGES,
		0, "10000 20000 10000 20000 " },
	{ "more than half of the octets", 10000, 800, LAST_PAGE, ETCD_OK,
		AGES, AGES, 0, "10000 10000 10000 10000 " },
	{ "it begins late", 10000, 4, LAST_PAGE, ETCD_OK, LONG, AGES,
		LONG / 3000, "10000 10000 10000 20000 " },
	{ "it takes long", 10000, 4, LAST_PAGE, ETCD_OK, AGES, LONG,
		LONG / 3000, "10000 10000 10000 20000 " },
	{ "there is time for that", 10000, 4, LAST_PAGE, ETCD_OK, AGES,
		AGES, LONG / 3000, "10000 20000 10000 20000 " },
	{ "a larger page is refused", 10000, 4, REFUSE(502, NULL), ETCD_LOST,
		AGES, AGES, 0, "10000 20000 10000 10000 " },
	{ "a larger page is cut off", 10000, 4, { "/v3/kv/range", NULL, 200,
		"{" HEAD("9") ",'kvs':[", .end = FAKE_CUT }, ETCD_LOST, AGES,
		AGES, 0, "10000 20000 10000 10000 " },
};

/** List twice; the first page is full, or nearly. */
static void
check_growth(const struct growth_case* growth)
{
	char* first = many_values(growth->keys, growth->octets, true);
	const struct fake_exchange script[] = { RANGE(NULL, first),
		growth->second, { "/v3/kv/range", "'keys_only':true", 200,
		"{" HEAD("9") "}", .end = FAKE_KEEP, .again = true },
		RANGE(NULL, first), LAST_PAGE };
	const size_t probes = growth->result == ETCD_OK ? 1 : 0;
	char limits[100];
	struct set set;
	set_up(&set, &etcd_v3, FAKE_ANSWERS, script, 5);
	set.settings.heartbeat = growth->heartbeat;
	set.settings.request_timeout = growth->request_timeout;
	/* the first look is at when the page is asked for */
	clock_ahead = growth->late;
	clock_looks = 2;
	assert_int_equal(etcd_v3.list(set.state), growth->result);
	clock_ahead = 0;
	assert_int_equal(etcd_v3.list(set.state), ETCD_OK);
	assert_int_equal(fake_etcd_requests(set.fake), 4 + probes);
	limits_asked(&set, limits, sizeof(limits));
	if(strcmp(limits, growth->limits) != 0)
		fail_msg("%s: %s", growth->name, limits);
	tear_down(&set);
	free(first);
}

/** Where pages come quickly, the next are larger, up to what etcd and what is
 * between take. */
static void
test_list_larger_pages(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(growth_cases) / sizeof(*growth_cases); i++)
		check_growth(&growth_cases[i]);
}

/** Where nothing comes of a larger page, it is asked for as it was before. */
static void
test_list_silent_larger_page(void** state)
{
	char* first = many_values(10000, 4, true);
	const struct fake_exchange script[] = {
		RANGE("'limit':'10000','revision':'0'", first),
		{ "/v3/kv/range", "'limit':'20000'", 0, NULL,
			.end = FAKE_HOLD, .again = true },
		RANGE("'keys_only':true", "{" HEAD("9") "}"), LAST_PAGE };
	char limits[100];
	struct set set;
	(void)state;
	set_up(&set, &etcd_v3, FAKE_ANSWERS, script, 4);
	set.settings.heartbeat = HEARTBEAT;
	/* however long the first page takes here */
	clock_stands = set.fake;
	assert_int_equal(etcd_v3.list(set.state), ETCD_OK);
	clock_stands = NULL;
	limits_asked(&set, limits, sizeof(limits));
	assert_string_equal(limits, "10000 20000 10000 ");
	tear_down(&set);
	free(first);
}

/** Where nothing comes of a page, but etcd is there, it gets more time, and
 * then the pages are far smaller; larger again after a list that went well. */
static void
test_list_silent_page(void** state)
{
	static const char* const asked[] = {
		"'limit':'10000'", "'keys_only':true",
		"'limit':'10000'", "'keys_only':true",
		"'limit':'1250'", "'keys_only':true", "'limit':'2500'" };
	static const struct fake_exchange script[] = {
		{ "/v3/kv/range", "'limit':'10000'", 0, NULL,
			.end = FAKE_HOLD, .again = true },
		{ "/v3/kv/range", NULL, 200, PAGE("9", KV("/h/a", "x", "4",
			"8")), .end = FAKE_KEEP, .again = true } };
	const size_t n = sizeof(asked) / sizeof(*asked);
	struct set set;
	size_t i;
	(void)state;
	set_up(&set, &etcd_v3, FAKE_ANSWERS, script, 2);
	set.settings.heartbeat = HEARTBEAT;
	set.settings.request_timeout = HEARTBEAT + HEARTBEAT / 2;
	assert_int_equal(etcd_v3.list(set.state), ETCD_OK);
	assert_int_equal(etcd_v3.list(set.state), ETCD_OK);
	assert_int_equal(fake_etcd_requests(set.fake), n);
	for(i = 0; i < n; i++)
		assert_true(fake_request_has(fake_etcd_request(set.fake, i),
			asked[i]));
	tear_down(&set);
}

/** Where etcd is not there, that says nothing of the size of pages. */
static void
test_list_silent_etcd(void** state)
{
	static const struct fake_exchange script[] = {
		{ "/v3/kv/range", NULL, 0, NULL, .end = FAKE_HOLD,
			.again = true } };
	struct set set;
	size_t i;
	(void)state;
	set_up(&set, &etcd_v3, FAKE_ANSWERS, script, 1);
	set.settings.heartbeat = HEARTBEAT;
	for(i = 0; i < 2; i++) {
		assert_int_equal(etcd_v3.list(set.state), ETCD_LOST);
		assert_string_equal(set.link.reason, "no answer in 200 ms");
		assert_true(fake_request_has(fake_etcd_request(set.fake,
			2 * i), "'limit':'10000'"));
	}
	tear_down(&set);
}

/** Where the sink can't go on, the list does not. */
static void
test_list_sink_refuses(void** state)
{
	static const struct fake_exchange script[] = { RANGE(NULL, PAGE("9",
		KV("/h/a", "1", "3", "4") "," KV("/h/b", "2", "8", "8"))) };
	static const char* const told[] = {
		"begin\nput /h/a 1 4\nrollback\n",
		"begin\nput /h/a 1 4\nput /h/b 2 8\nrollback\n",
		"begin\nput /h/a 1 4\nput /h/b 2 8\nend 9\nrollback\n",
	};
	unsigned n;
	(void)state;
	for(n = 1; n <= 3; n++) {
		const struct outcome outcome = { ETCD_LOST, "out of memory",
			0, told[n - 1] };
		struct set set;
		set_up(&set, &etcd_v3, FAKE_ANSWERS, script, 1);
		set.told.refuse_at = n;
		check_outcome("sink", &set, etcd_v3.list(set.state), &outcome);
		tear_down(&set);
	}
}

/** With the prefix "/", all keys that begin with a '/'. */
static void
test_list_root_prefix(void** state)
{
	static const struct fake_exchange script[] = { RANGE("{'key':'@/@',"
		"'range_end':'@0@',", "{" HEAD("9") "}") };
	struct set set;
	(void)state;
	set_up(&set, &etcd_v3, FAKE_ANSWERS, script, 1);
	set.prefix[0] = 0;
	set_open_again(&set);
	assert_int_equal(etcd_v3.list(set.state), ETCD_OK);
	tear_down(&set);
}

/* --- resume -------------------------------------------------------------- */

/** what is known before a resume or a watch: /h/a, put at 8, as of 10 */
#define KNOWN RANGE(FIRST, PAGE("10", KV("/h/a", "x", "4", "8")))
#define ANCHOR KV("/h/a", "x", "4", "8")
#define ASK_ANCHOR "{'key':'@/h/a@','revision':'10'}"

/** An attempt to resume. */
struct resume_case {
	/** what it is, for a message */
	const char* name;
	/** the answer about the anchor */
	struct fake_exchange exchange;
	/** how it ends */
	enum etcd_result result;
	/** what the reason has in it */
	const char* reason;
};

#define RESUME(json) RANGE(ASK_ANCHOR, json)
#define OTHER_HISTORY ETCD_BEHIND, "etcd's history has changed"

static const struct resume_case resume_cases[] = {
	{ "nothing has happened", RESUME(PAGE("10", ANCHOR)), ETCD_OK, "" },
	{ "something has happened", RESUME(PAGE("500", ANCHOR)), ETCD_OK,
		"" },
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
	{ "other cluster", RESUME("{" HEAD_OF("7", "10", "3") ",'kvs':["
		ANCHOR "]}"), ETCD_BEHIND, "another cluster (id 7, was 1)" },
	{ "the head is behind", RESUME(PAGE("9", ANCHOR)), ETCD_BEHIND,
		"etcd is at revision 9, before 10" },
	{ "future revision", REFUSE(400, ERROR("etcdserver: mvcc: required "
		"revision is a future revision", "11")), ETCD_BEHIND,
		"does not know revision 10" },
	{ "compacted", REFUSE(400, ERROR("etcdserver: mvcc: required revision "
		"has been compacted", "11")), ETCD_RELIST,
		"compacted the revision that was asked for" },
	{ "lower term", RESUME("{" HEAD_OF("1", "10", "2") ",'kvs':[" ANCHOR
		"]}"), ETCD_BEHIND, "started anew (raft term 2, was 3)" },
	{ "a gap that is caught up with", RESUME(PAGE("10009", ANCHOR)),
		ETCD_OK, "" },
	{ "a large gap", RESUME(PAGE("10010", ANCHOR)), ETCD_RELIST,
		"10000 revisions were missed, listing is faster" },
	{ "denied", REFUSE(403, ERROR("etcdserver: permission denied", "7")),
		ETCD_DENIED, "permission denied" },
	{ "HTML and 500", REFUSE(500, HTML), ETCD_LOST, "HTTP status 500" },
	{ "HTML and 200", ANSWER(HTML), ETCD_LOST, "not JSON" },
	{ "no header", ANSWER("{}"), ETCD_LOST, "no header" },
	{ "cut off", ANSWER("{" HEAD("10") ",'kvs':["), ETCD_LOST,
		"cut off" },
	{ "connection closed", { "/v3/kv/range", NULL, 200, "{",
		.end = FAKE_CUT }, ETCD_LOST, "" },
};

/** Resume from what is known. */
static void
check_resume(const struct resume_case* resume)
{
	const struct fake_exchange script[] = { KNOWN, resume->exchange };
	const struct outcome outcome = { resume->result, resume->reason, 10,
		"" };
	struct set set;
	set_up(&set, &etcd_v3, FAKE_ANSWERS, script, 2);
	list_known(resume->name, &set);
	check_outcome(resume->name, &set, etcd_v3.resume(set.state), &outcome);
	check_requests(resume->name, &set, 2);
	tear_down(&set);
}

static void
test_resume(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(resume_cases) / sizeof(*resume_cases); i++)
		check_resume(&resume_cases[i]);
}

/** An empty answer says nothing of the cluster, as for a list. */
static void
test_resume_empty(void** state)
{
	static const struct resume_case resume = { "nothing and 200",
		ANSWER(NULL), ETCD_LOST, "empty" };
	(void)state;
	check_resume(&resume);
}

/** Where there is nothing to compare with, nobody is asked. */
static void
test_resume_without_anchor(void** state)
{
	static const struct fake_exchange script[] = { RANGE(FIRST,
		"{" HEAD("9") "}") };
	struct set set;
	(void)state;
	set_up(&set, &etcd_v3, FAKE_ANSWERS, script, 1);
	assert_int_equal(etcd_v3.resume(set.state), ETCD_RELIST);
	assert_int_equal(fake_etcd_requests(set.fake), 0);
	list_known("no keys", &set);
	assert_int_equal(etcd_v3.resume(set.state), ETCD_RELIST);
	assert_int_equal(fake_etcd_requests(set.fake), 1);
	assert_string_not_equal(set.link.reason, "");
	tear_down(&set);
}

/** A list where a cluster is known: who answers is judged first. */
struct judge_case {
	/** what it is, for a message */
	const char* name;
	/** what is asked for and answered, behind the list that is known */
	struct fake_exchange script[SCRIPT_MAX];
	/** what is to be then */
	struct outcome outcome;
	/** the cluster that is known then */
	uint64_t cluster;
};

#define LISTED_12 RANGE(FIRST, PAGE("12", KV("/h/b", "y", "11", "11")))
#define TOLD_12 { ETCD_OK, "", 12, "begin\nput /h/b y 11\nend 12\n" }

static const struct judge_case judge_cases[] = {
	{ "newer", { JUDGE("{" HEAD("12") "}"), LISTED_12 }, TOLD_12, 1 },
	{ "the same", { JUDGE("{" HEAD("10") "}"), LISTED_12 }, TOLD_12, 1 },
	{ "the key is there", { JUDGE(PAGE("10", KV("/h/", "", "4", "8"))),
		LISTED_12 }, TOLD_12, 1 },
	{ "behind", { JUDGE("{" HEAD("9") "}") }, { ETCD_BEHIND,
		"etcd is at revision 9, before 10", 10, "" }, 1 },
	{ "another cluster", { JUDGE("{" HEAD_OF("171", "12", "3") "}") },
		{ ETCD_BEHIND, "this is another cluster (id ab, was 1)", 10,
		"" }, 1 },
	{ "another cluster, that is behind", { JUDGE("{" HEAD_OF("7", "9",
		"3") "}") }, { ETCD_BEHIND, "another cluster", 10, "" }, 1 },
	{ "denied", { REFUSE(403, ERROR("etcdserver: permission denied",
		"7")) }, { ETCD_DENIED, "permission denied", 10, "" }, 1 },
	{ "no leader", { REFUSE(503, ERROR("etcdserver: no leader", "14")) },
		{ ETCD_LOST, "no leader", 10, "" }, 1 },
	{ "no header", { JUDGE("{}") }, { ETCD_LOST, "no header", 10, "" },
		1 },
	{ "nothing", { { "/v3/kv/range", PROBE, 200, NULL,
		.end = FAKE_CLOSE } }, { ETCD_LOST, "empty", 10, "" }, 1 },
	{ "cut off", { { "/v3/kv/range", PROBE, 200, "{", .end = FAKE_CUT } },
		{ ETCD_LOST, "", 10, "" }, 1 },
	{ "newer, and the list is by one that is behind", { JUDGE("{"
		HEAD("12") "}"), RANGE(FIRST, PAGE("9", KV("/h/b", "y", "8",
		"8"))) }, { ETCD_BEHIND, "etcd is at revision 9, before 10",
		10, "begin\nput /h/b y 8\nrollback\n" }, 1 },
	{ "newer, and the list breaks off", { JUDGE("{" HEAD("12") "}"),
		{ "/v3/kv/range", FIRST, 200, "{" HEAD("12") ",'kvs':["
			KV("/h/b", "y", "11", "11"), .end = FAKE_CUT } },
		{ ETCD_LOST, "", 10, "begin\nput /h/b y 11\nrollback\n" },
		1 },
};

static void
test_list_judged(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(judge_cases) / sizeof(*judge_cases); i++) {
		const struct judge_case* judge = &judge_cases[i];
		struct fake_exchange script[SCRIPT_MAX + 1] = { KNOWN };
		size_t count = 1 + script_count(judge->script);
		struct set set;
		memcpy(script + 1, judge->script, sizeof(judge->script));
		set_up(&set, &etcd_v3, FAKE_ANSWERS, script, count);
		list_known(judge->name, &set);
		check_outcome(judge->name, &set, etcd_v3.list(set.state),
			&judge->outcome);
		if(set.link.cluster != judge->cluster)
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
		{ "/v3/kv/range", FIRST, 200, "{" HEAD_OF("7", "5", "1")
			",'kvs':[", .end = FAKE_CUT },
		RANGE(FIRST, "{" HEAD_OF("7", "5", "1") "}"),
		JUDGE("{" HEAD("12") "}") };
	static const struct outcome broken = { ETCD_LOST, "", 10,
		"begin\nrollback\n" }, replaced = { ETCD_OK, "", 5,
		"begin\nrollback\nbegin\nend 5\n" };
	struct set set;
	(void)state;
	set_up(&set, &etcd_v3, FAKE_ANSWERS, script, 4);
	list_known("replaced", &set);
	set.link.replaced = true;
	check_outcome("broken", &set, etcd_v3.list(set.state), &broken);
	assert_int_equal(set.link.cluster, 1);
	assert_true(set.link.replaced);
	check_outcome("replaced", &set, etcd_v3.list(set.state), &replaced);
	assert_int_equal(set.link.cluster, 7);
	assert_int_equal(set.told.cluster, 7);
	assert_false(set.link.replaced);
	assert_int_equal(etcd_v3.list(set.state), ETCD_BEHIND);
	assert_string_equal(set.link.reason, "this is another cluster (id 1, "
		"was 7)");
	check_requests("replaced", &set, 4);
	tear_down(&set);
}

/* --- watch --------------------------------------------------------------- */

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

#define CLOSED ETCD_LOST, "etcd closed the connection"
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
	set_up(&set, &etcd_v3, FAKE_ANSWERS, script, 2);
	list_known(watch->name, &set);
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
		const struct fake_exchange script[] = { KNOWN,
			cases[i].exchange };
		const struct outcome outcome = { cases[i].result,
			cases[i].reason, 10, "rollback\n" };
		struct set set;
		set_up(&set, &etcd_v3, FAKE_ANSWERS, script, 2);
		list_known("refused", &set);
		if(cases[i].exchange.end == FAKE_HOLD)
			set.settings.request_timeout = SHORT;
		/* how often the deadline is looked at follows this */
		set.settings.heartbeat = HEARTBEAT;
		check_outcome("refused", &set, etcd_v3.watch(set.state),
			&outcome);
		assert_string_not_equal(set.link.reason, "");
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
		set_up(&set, &etcd_v3, FAKE_ANSWERS, script, 2);
		list_known("sink", &set);
		set.told.calls = 0;
		set.told.refuse_at = n;
		assert_int_equal(etcd_v3.watch(set.state), ETCD_RELIST);
		assert_string_equal(set.link.reason, "out of memory");
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
	assert_int_equal(fake_etcd_unexpected(set.fake), 0);
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
	set_up(&set, &etcd_v3, FAKE_ANSWERS, script, 2);
	list_known("cut off", &set);
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
	set_up(&set, &etcd_v3, FAKE_ANSWERS, script, 2);
	list_known("long message", &set);
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
	set_up(&set, &etcd_v3, FAKE_ANSWERS, script, 4);
	list_known("cut off", &set);
	assert_int_equal(etcd_v3.watch(set.state), ETCD_LOST);
	assert_int_equal(set.link.revision, 11);
	result = etcd_v3.resume(set.state);
	if(result != ETCD_OK)
		fail_msg("asked %s: %d, \"%s\"", fake_etcd_request(set.fake,
			2)->body, (int)result, set.link.reason);
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
	set_up(&set, &etcd_v3, FAKE_ANSWERS, script, 4);
	list_known(anchor->name, &set);
	if(etcd_v3.watch(set.state) != ETCD_LOST)
		fail_msg("%s: watch: %s", anchor->name, set.link.reason);
	result = etcd_v3.resume(set.state);
	if(result != (anchor->asked ? ETCD_OK : ETCD_RELIST))
		fail_msg("%s: %d, \"%s\"", anchor->name, (int)result,
			set.link.reason);
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
	set_up(&set, &etcd_v3, FAKE_ANSWERS, script, 4);
	list_known("deleted key", &set);
	assert_int_equal(etcd_v3.watch(set.state), ETCD_LOST);
	assert_int_equal(etcd_v3.resume(set.state), ETCD_BEHIND);
	assert_non_null(strstr(set.link.reason, "restored from a backup"));
	check_requests("deleted key", &set, 4);
	tear_down(&set);
}

/** etcd says once that it watches; who says it for ever is not etcd. */
static void
test_created_twice(void** state)
{
	static const struct fake_exchange script[] = { KNOWN,
		WATCH(CREATED CREATED, FAKE_HOLD) };
	struct set set;
	(void)state;
	set_up(&set, &etcd_v3, FAKE_ANSWERS, script, 2);
	list_known("created twice", &set);
	assert_int_equal(etcd_v3.watch(set.state), ETCD_LOST);
	assert_string_equal(set.link.reason, "etcd began the watch twice");
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
	set_up(&set, &etcd_v3, FAKE_ANSWERS, script, 3);
	list_known("many", &set);
	assert_int_equal(etcd_v3.watch(set.state), ETCD_LOST);
	assert_int_equal(etcd_v3.resume(set.state), ETCD_BEHIND);
	snprintf(key, sizeof(key), "/h/k%02d", top);
	snprintf(part, sizeof(part), "'key':'@%s@'", key);
	assert_true(fake_request_has(fake_etcd_request(set.fake, 2), part));
	tear_down(&set);
}

/* --- probes -------------------------------------------------------------- */

/** The answers to the probes beside a watch. */
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

#define ANSWERED RANGE(PROBE, "{" HEAD("10") "}")
/** the connection breaks */
#define BROKEN { "/v3/kv/range", PROBE, 200, "{", .end = FAKE_CUT }
/** ends the watch for good */
#define OTHER RANGE(PROBE, "{" HEAD_OF("7", "10", "3") "}")
#define IS_OTHER ETCD_BEHIND, "another cluster answers"

static const struct probe_case probe_cases[] = {
	{ "answered", { ANSWERED, ANSWERED, ANSWERED, OTHER }, IS_OTHER },
	{ "answered with keys", { RANGE(PROBE, PAGE("10", ANCHOR)), OTHER },
		IS_OTHER },
	{ "broken once", { BROKEN, OTHER }, IS_OTHER },
	{ "broken, but not twice in a row", { BROKEN, ANSWERED, BROKEN,
		ANSWERED, OTHER }, IS_OTHER },
	{ "broken twice", { BROKEN, BROKEN }, ETCD_LOST, "" },
	{ "broken twice, later", { ANSWERED, BROKEN, BROKEN }, ETCD_LOST,
		"" },
	{ "no leader", { REFUSE(503, ERROR("etcdserver: no leader", "14")) },
		ETCD_LOST, "etcd says: etcdserver: no leader" },
	{ "this key is refused", { REFUSE(403, ERROR("etcdserver: permission "
		"denied", "7")), OTHER }, IS_OTHER },
	{ "no header", { RANGE(PROBE, "{}") }, ETCD_LOST, "no header" },
};

static void
test_probes(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(probe_cases) / sizeof(*probe_cases); i++) {
		const struct probe_case* probe = &probe_cases[i];
		struct fake_exchange script[SCRIPT_MAX + 2] = { KNOWN,
			WATCH(CREATED, FAKE_HOLD) };
		const struct outcome outcome = { probe->result, probe->reason,
			10, "rollback\n" };
		size_t count = script_count(probe->probes);
		struct set set;
		memcpy(script + 2, probe->probes, sizeof(probe->probes));
		set_up(&set, &etcd_v3, FAKE_ANSWERS, script, 2 + count);
		list_known(probe->name, &set);
		set.settings.heartbeat = HEARTBEAT;
		check_outcome(probe->name, &set, etcd_v3.watch(set.state),
			&outcome);
		check_requests(probe->name, &set, 2 + count);
		tear_down(&set);
	}
}

/** Probes that are never answered. */
static void
test_probes_silent(void** state)
{
	static const struct fake_exchange script[] = { KNOWN,
		WATCH(CREATED, FAKE_HOLD),
		{ "/v3/kv/range", PROBE, 0, NULL, .end = FAKE_HOLD,
			.again = true } };
	struct set set;
	(void)state;
	set_up(&set, &etcd_v3, FAKE_ANSWERS, script, 3);
	list_known("silent", &set);
	set.settings.heartbeat = HEARTBEAT;
	assert_int_equal(etcd_v3.watch(set.state), ETCD_LOST);
	assert_string_not_equal(set.link.reason, "");
	/* two of them; the second may be late, on a busy machine */
	assert_in_range(fake_etcd_requests(set.fake), 3, 4);
	tear_down(&set);
}

/** Probes are answered, but a message of the watch stops in its midst; one
 * that is complete may be the last for ever. */
static void
test_message_does_not_get_on(void** state)
{
	static const struct fake_exchange script[] = { KNOWN,
		WATCH(CREATED EVENTS("11", PUT("/h/b", "1", "11", "11"))
		"{'result':{", FAKE_HOLD),
		{ "/v3/kv/range", PROBE, 200, "{" HEAD("11") "}",
			.end = FAKE_KEEP, .again = true } };
	const struct outcome outcome = { ETCD_LOST,
		"watch stalled inside a message (below 1000 octets/s)", 11,
		"put /h/b 1 11\ncommit\nrollback\n" };
	struct set set;
	(void)state;
	set_up(&set, &etcd_v3, FAKE_ANSWERS, script, 3);
	list_known("does not get on", &set);
	set.settings.heartbeat = HEARTBEAT;
	set.settings.request_timeout = SHORT;
	check_outcome("does not get on", &set, etcd_v3.watch(set.state),
		&outcome);
	tear_down(&set);
}

/** Before etcd says that it watches, there are no probes; when it does not, it
 * is asked once whether it is there. */
static void
test_no_probe_before_created(void** state)
{
	static const struct fake_exchange script[] = { KNOWN,
		WATCH(NULL, FAKE_HOLD) };
	struct set set;
	(void)state;
	set_up(&set, &etcd_v3, FAKE_ANSWERS, script, 2);
	list_known("not created", &set);
	set.settings.heartbeat = 10;
	set.settings.request_timeout = SHORT;
	assert_int_equal(etcd_v3.watch(set.state), ETCD_LOST);
	assert_int_equal(fake_etcd_requests(set.fake), 3);
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
	set_up(&set, &etcd_v3, FAKE_ANSWERS, script, 5);
	list_known("never begins", &set);
	set.told.confirmed = 0;
	set.settings.request_timeout = SHORT;
	set.settings.heartbeat = HEARTBEAT;
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
	set_up(&set, &etcd_v3, FAKE_ANSWERS, script, 5);
	list_known("stalls", &set);
	set.settings.request_timeout = SHORT;
	set.settings.heartbeat = HEARTBEAT;
	assert_int_equal(etcd_v3.watch(set.state), ETCD_LOST);
	assert_int_equal(set.link.revision, 10);
	check_outcome("stalls", &set, etcd_v3.watch(set.state), &outcome);
	assert_non_null(strstr(set.told.text, "begin\nput /h/b y 11\nend "
		"12\n"));
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
	assert_non_null(strstr(set.link.reason, "though etcd has changed"));
	assert_int_equal(etcd_v3.list(set.state), ETCD_OK);
	/* it had: no watch is waited for from now on */
	check_stop(&set, etcd_v3.watch, fake_etcd_requests(set.fake) + 2);
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
		set_up(&set, &etcd_v3, FAKE_ANSWERS, script, 3);
		list_known(confirm->name, &set);
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
		set_up(&set, &etcd_v3, FAKE_ANSWERS, script, 3);
		list_known("broken", &set);
		assert_int_equal(etcd_v3.watch(set.state), ETCD_LOST);
		assert_int_equal(etcd_v3.watch(set.state), ETCD_LOST);
		assert_int_equal(etcd_v3.watch(set.state), ETCD_RELIST);
		assert_non_null(strstr(set.link.reason, "broke 3 times"));
		tear_down(&set);
	}
}

/* --- silence ------------------------------------------------------------- */

/** The watch goes on for some time, and then much time passes. */
static void
on_watching(void* arg)
{
	told_watching(arg);
	clock_looks = 10;
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
		time_t minutes;
		/** how the watch ends */
		enum etcd_result result;
		/** why */
		const char* reason;
	} cases[] = { { 24, IS_OTHER }, { 26, ETCD_LOST, "the watch is "
		"silent, though etcd answers" } };
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct set set;
		set_up(&set, &etcd_v3, FAKE_ANSWERS, script,
			sizeof(script) / sizeof(*script));
		list_known("silent", &set);
		set.settings.heartbeat = HEARTBEAT;
		set.link.watching = on_watching;
		clock_ahead = cases[i].minutes * 60;
		clock_looks = -1;
		assert_int_equal(etcd_v3.watch(set.state), cases[i].result);
		assert_string_equal(set.link.reason, cases[i].reason);
		clock_ahead = 0;
		tear_down(&set);
	}
}

/* --- stopping ------------------------------------------------------------ */

static void
test_stop(void** state)
{
	static const struct fake_exchange script[] = { KNOWN,
		{ "/v3/kv/range", NULL, 200, "{" HEAD("9") ",'kvs':[",
			.end = FAKE_HOLD, .again = true },
		WATCH(CREATED EVENTS("11", PUT("/h/b", "1", "11", "11")),
			FAKE_HOLD) };
	enum etcd_result (*const steps[])(void*) = { etcd_v3.list,
		etcd_v3.resume, etcd_v3.watch };
	size_t i;
	(void)state;
	for(i = 0; i < 3; i++) {
		struct set set;
		set_up(&set, &etcd_v3, FAKE_ANSWERS, script, 3);
		list_known("stop", &set);
		check_stop(&set, steps[i], 2);
		tear_down(&set);
	}
}

static void
test_name(void** state)
{
	(void)state;
	assert_string_equal(etcd_v3.name, "v3");
	etcd_v3.close(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_name),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_list_refused),
		cmocka_unit_test(test_list_silence),
		cmocka_unit_test(test_list_long_message),
		cmocka_unit_test(test_list_page_size),
		cmocka_unit_test(test_list_large_page),
		cmocka_unit_test(test_list_page_fails),
		cmocka_unit_test(test_list_later_page_fails),
		cmocka_unit_test(test_list_smaller_pages),
		cmocka_unit_test(test_list_larger_pages),
		cmocka_unit_test(test_list_silent_larger_page),
		cmocka_unit_test(test_list_silent_page),
		cmocka_unit_test(test_list_silent_etcd),
		cmocka_unit_test(test_list_sink_refuses),
		cmocka_unit_test(test_list_root_prefix),
		cmocka_unit_test(test_list_judged),
		cmocka_unit_test(test_list_replaced),
		cmocka_unit_test(test_resume),
		cmocka_unit_test(test_resume_empty),
		cmocka_unit_test(test_resume_without_anchor),
		cmocka_unit_test(test_watch),
		cmocka_unit_test(test_watch_refused),
		cmocka_unit_test(test_watch_sink_refuses),
		cmocka_unit_test(test_watch_cut_off),
		cmocka_unit_test(test_watch_cut_off_revision),
		cmocka_unit_test(test_watch_long_message),
		cmocka_unit_test(test_resume_after_cut_off),
		cmocka_unit_test(test_anchors),
		cmocka_unit_test(test_deleted_key_is_back),
		cmocka_unit_test(test_created_twice),
		cmocka_unit_test(test_many_anchors),
		cmocka_unit_test(test_probes),
		cmocka_unit_test(test_probes_silent),
		cmocka_unit_test(test_message_does_not_get_on),
		cmocka_unit_test(test_no_probe_before_created),
		cmocka_unit_test(test_watch_never_begins),
		cmocka_unit_test(test_watch_stalls),
		cmocka_unit_test(test_watch_is_doubted),
		cmocka_unit_test(test_confirm),
		cmocka_unit_test(test_watch_breaks),
		cmocka_unit_test(test_silent_for_long),
		cmocka_unit_test(test_stop),
	};
	return cmocka_run_group_tests_name("v3", tests, NULL, NULL);
}
