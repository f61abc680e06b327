/*
 * tests/unit/etcd/test_v3_list.c - lists by etcd's v3 API.
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
#include <string.h>

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

#define NEXT(key, revision) "{'key':'@" key "%00@','range_end':'@/h0@'," \
	"'limit':'10000','revision':'" revision "'}"

static const struct list_case list_cases[] = {
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

/** a list of one key, with a header that is right */
#define ONE(kv) YES("{" HEAD("9") ",'kvs':[" kv "]}")
#define BAD_KEY ETCD_LOST, "a key in the list can't be read"
#define BAD_HEADER ETCD_LOST, "the answer to a list has no header"

/** answers that a list does not survive, before any key */
static const struct end_case refusal_cases[] = {
	{ "compacted", NO(400, ERROR("etcdserver: mvcc: required revision "
		"has been compacted", "11")), ETCD_RELIST, "etcd has compacted "
		"the revision that was asked for" },
	{ "future revision", NO(400, ERROR("etcdserver: mvcc: required "
		"revision is a future revision", "11")), ETCD_BEHIND,
		"etcd is behind" },
	{ "permission denied", NO(403, ERROR("etcdserver: permission "
		"denied", "7")), ETCD_DENIED, "etcd refuses: etcdserver: "
		"permission denied" },
	{ "unauthenticated", NO(401, ERROR("etcdserver: invalid auth "
		"token", "16")), ETCD_DENIED, "etcd requires authentication" },
	{ "no user", NO(400, ERROR("etcdserver: user name is empty",
		"3")), ETCD_DENIED, "etcd requires authentication" },
	{ "status 401 of a proxy", NO(401, "Unauthorized"), ETCD_LOST,
		"HTTP status 401: Unauthorized; a proxy or web server" },
	{ "status 403 of a proxy", NO(403, HTML), ETCD_LOST, "not etcd "
		"itself" },
	{ "status 407", NO(407, NULL), ETCD_LOST, "a proxy requires "
		"authentication" },
	{ "status 502", NO(502, HTML), ETCD_LOST, "a proxy answers, and "
		"cannot reach etcd" },
	{ "status 504", NO(504, NULL), ETCD_LOST, "a proxy answers, and "
		"etcd does not answer it" },
	{ "a redirection", { { "/v3/kv/range", NULL, 308, NULL,
		.head = "Location: https://else.example/\r\n",
		.end = FAKE_KEEP } }, ETCD_LOST, "HTTP status 308: redirected "
		"to https://else.example/, which is not followed; `endpoints`"
		},
	{ "TLS is wanted", NO(400, "Client sent an HTTP request to an "
		"HTTPS server."), ETCD_LOST, "begin the endpoint with "
		"https://" },
	{ "a certificate with a CN", NO(400, "CommonName of client "
		"sending a request against gateway will be ignored and not "
		"used as expected"), ETCD_LOST, "issue `cert` without one" },
	{ "a page of a web server", { { "/v3/kv/range", NULL, 0, .raw =
		"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
		"Content-Length: 13\r\n\r\n<html></html>",
		.end = FAKE_CLOSE } }, ETCD_LOST, "it is a page of a web "
		"server or a proxy: see `endpoints`" },
	{ "no leader", NO(503, ERROR("etcdserver: no leader", "14")),
		ETCD_LOST, "etcd says: etcdserver: no leader" },
	{ "only an error", NO(503, "{'error':'etcdserver: no leader'}"),
		ETCD_LOST, "etcd says: etcdserver: no leader" },
	{ "no message", NO(500, "{'code':2}"), ETCD_LOST,
		"error without a message" },
	{ "message is a number", NO(500, "{'message':5}"), ETCD_LOST,
		"error without a message" },
	{ "404", NO(404, "404 page not found"), ETCD_LOST, "HTTP status "
		"404: this is no etcd with the v3 gateway (3.4 or later); an "
		"etcd that was started by --config-file has it if that says "
		"`enable-grpc-gateway: true`" },
	{ "404 by etcd itself", NO(404, ERROR("etcdserver: requested lease not "
		"found", "5")), ETCD_LOST, "etcd says: etcdserver: requested "
		"lease not found" },
	{ "404 and JSON", NO(404, ERROR("Not Found", "5")), ETCD_LOST,
		"HTTP status 404: this is no etcd" },
	{ "no header", YES("{}"), BAD_HEADER },
	{ "header is a string", YES("{'header':'x'}"), BAD_HEADER },
	{ "an error and 200", YES(ERROR("x", "1")), BAD_HEADER },
	{ "an empty header", YES("{'header':{}}"), ETCD_LOST,
		"the answer to a list is empty" },
	{ "revision 0", YES("{" HEAD("0") "}"), ETCD_LOST,
		"the answer to a list is empty" },
	{ "cluster 0", YES("{" HEAD_OF("0", "9", "3") "}"), ETCD_LOST,
		"the answer to a list has no cluster's id" },
	{ "revision is a number", YES("{'header':{'cluster_id':'1',"
		"'revision':9}}"), BAD_HEADER },
	{ "revision is negative", YES("{" HEAD("-9") "}"), BAD_HEADER },
	{ "revision is huge", YES("{" HEAD("9223372036854775808") "}"),
		BAD_HEADER },
	{ "revision is empty", YES("{" HEAD("") "}"), BAD_HEADER },
	{ "revision is no number", YES("{" HEAD("9x") "}"), BAD_HEADER },
	{ "raft_term is huge", YES("{" HEAD_OF("1", "9",
		"18446744073709551616") "}"), BAD_HEADER },
	{ "raft_term is vast", YES("{" HEAD_OF("1", "9",
		"99999999999999999999999999") "}"), BAD_HEADER },
	{ "cluster_id is a number", YES("{'header':{'cluster_id':1,"
		"'revision':'9'}}"), BAD_HEADER },
	{ "cut off", YES("{" HEAD("9") ",'kvs':["), ETCD_LOST,
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
};

static void
test_list_refused(void** state)
{
	static const struct steps steps = { .protocol = &etcd_v3,
		.step = STEP_LIST, .told = "begin\nrollback\n" };
	(void)state;
	check_ends(&steps, refusal_cases, COUNT(refusal_cases));
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
	assert_non_null(strstr(set.link.reason.text, "etcd says: xxxxxxxx"));
	assert_true(strlen(set.link.reason.text) < REASON_MAX - 1);
	tear_down(&set);
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

/** A list where a cluster is known: who answers is judged first. */
struct judge_case {
	/** what it is, for a message */
	const char* name;
	/** what is asked for and answered, behind the list that is known */
	struct fake_exchange script[SCRIPT_MAX];
	/** what is to be then */
	struct outcome outcome;
};

static const struct judge_case judge_cases[] = {
	{ "the key is there", { JUDGE(PAGE("10", KV("/h/", "", "4", "8"))),
		LISTED_12 }, TOLD_12 },
	{ "denied", { REFUSE(403, ERROR("etcdserver: permission denied",
		"7")) }, { ETCD_DENIED, "permission denied", 10, "" } },
	{ "no leader", { REFUSE(503, ERROR("etcdserver: no leader", "14")) },
		{ ETCD_LOST, "no leader", 10, "" } },
	{ "nothing", { { "/v3/kv/range", PROBE, 200, NULL,
		.end = FAKE_CLOSE } }, { ETCD_LOST, "empty", 10, "" } },
	{ "cut off", { { "/v3/kv/range", PROBE, 200, "{", .end = FAKE_CUT } },
		{ ETCD_LOST, "", 10, "" } },
	{ "newer, and the list is by one that is behind", { JUDGE("{"
		HEAD("12") "}"), RANGE(FIRST, PAGE("9", KV("/h/b", "y", "8",
		"8"))) }, { ETCD_BEHIND, "etcd is at revision 9, before 10",
		10, "begin\nput /h/b y 8\nrollback\n" } },
};

static void
test_list_judged(void** state)
{
	static const struct steps steps = { .protocol = &etcd_v3,
		.step = STEP_LIST, .known = true };
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(judge_cases); i++) {
		const struct judge_case* judge = &judge_cases[i];
		struct fake_exchange script[SCRIPT_MAX + 1] = { KNOWN };
		memcpy(script + 1, judge->script, sizeof(judge->script));
		check_step(&steps, judge->name, script, 1 +
			script_count(judge->script), &judge->outcome);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_list_refused),
		cmocka_unit_test(test_list_long_message),
		cmocka_unit_test(test_list_root_prefix),
		cmocka_unit_test(test_list_judged),
	};
	return cmocka_run_group_tests_name("v3 list", tests, NULL, NULL);
}
