/*
 * tests/unit/helixctl/test_kv.c - reads and writes keys by a scripted etcd.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "kv.h"
#include "etcd/v3_set.h"
#include "check.h"
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

bool __wrap_client_pause(struct client* client, unsigned timeout);

/* No test waits for time to pass. */
bool
__wrap_client_pause(struct client* client, unsigned timeout)
{
	(void)client;
	(void)timeout;
	return true;
}

/** What is done. */
enum action {
	/** put /h/a to x, which is to be absent */
	PUT_NEW,
	/** put /h/a to x, which is at revision 4, and delete /h/b, at 5 */
	PUT_AND_DELETE,
	/** put /h/a to x, whatever it is, if /h/c .. /h/d has nothing newer
	 * than 7 */
	PUT_GUARDED,
	/** the same, and /h/a is to be absent */
	PUT_NEW_GUARDED,
	/** put /h/a to x with lease 255 */
	PUT_LEASED,
	/** read /h/a, and /h/c .. /h/d */
	READ,
	/** read /h/a, and stop at the first key */
	READ_ONE,
	/** read /h/c .. /h/d */
	READ_RANGE,
	/** grant 60 s */
	GRANT
};

struct kv_case {
	/** what it is, for a message */
	const char* name;
	enum action action;
	struct fake_exchange script[SCRIPT_MAX];
	/** the result, and what was seen: "KEY VALUE REVISION/LEASE;" each */
	const char* expected;
	/** what the user is told in part; "": nothing at all */
	const char* told;
};

#define TXN(body, status, json) { "/v3/kv/txn", body, status, json, \
	.end = FAKE_KEEP }
#define DONE "{" HEAD("9") ",'succeeded':true,'responses':[{'response_put':" \
	"{" HEAD("9") "}}]}"
#define RANGE_OF(kvs) "{'response_range':{" HEAD("9") ",'kvs':[" kvs \
	"],'count':'1'}}"
#define NOTHING "{'response_range':{" HEAD("9") "}}"
#define REFUSED(responses) "{" HEAD("9") ",'responses':[" responses "]}"
#define LOST { "/v3/kv/txn", NULL, 0, NULL, .end = FAKE_CUT }
#define DENY ERROR("etcdserver: permission denied", "7")
#define TOO_LARGE ERROR("grpc: received message larger than max (5423423 " \
	"vs. 4194304)", "8")
#define LEASED(key, value, mod, lease) "{'key':'@" key "@'," \
	"'create_revision':'3','mod_revision':'" mod "','version':'1'," \
	"'value':'@" value "@','lease':'" lease "'}"

static const struct kv_case cases[] = {
	{ "a put", PUT_NEW, { TXN("{'compare':[{'target':'MOD','result':"
		"'EQUAL','key':'@/h/a@','mod_revision':'0'}],'success':"
		"[{'request_put':{'key':'@/h/a@','value':'@x@'}}],'failure':"
		"[{'request_range':{'key':'@/h/a@'}}]}", 200, DONE) },
		"ok 1 9", "" },
	{ "a put and a deletion", PUT_AND_DELETE, { TXN("{'compare':["
		"{'target':'MOD','result':'EQUAL','key':'@/h/a@',"
		"'mod_revision':'4'},{'target':'MOD','result':'EQUAL','key':"
		"'@/h/b@','mod_revision':'5'}],'success':[{'request_put':"
		"{'key':'@/h/a@','value':'@x@'}},{'request_delete_range':"
		"{'key':'@/h/b@'}}],", 200, DONE) }, "ok 2 9", "" },
	{ "a guarded put", PUT_GUARDED, { TXN("{'compare':[{'target':'MOD',"
		"'result':'LESS','key':'@/h/c@','range_end':'@/h/d@',"
		"'mod_revision':'8'}],", 200, DONE) }, "ok 1 9", "" },
	{ "a put with a lease", PUT_LEASED, { TXN("{'request_put':{'key':"
		"'@/h/a@','value':'@x@','lease':'255'}}", 200, DONE) },
		"ok 1 9", "" },

	{ "the key is there", PUT_NEW, { TXN(NULL, 200, REFUSED(RANGE_OF(
		KV("/h/a", "y", "3", "4")))) }, "conflict 0 of 1", "" },
	{ "one key has changed", PUT_AND_DELETE, { TXN(NULL, 200, REFUSED(
		RANGE_OF(KV("/h/a", "y", "3", "4")) "," RANGE_OF(KV("/h/b",
		"y", "3", "6")))) }, "conflict 1 of 2", "" },
	{ "one key is gone", PUT_AND_DELETE, { TXN(NULL, 200, REFUSED(
		NOTHING "," RANGE_OF(KV("/h/b", "y", "3", "5")))) },
		"conflict 0 of 2", "" },
	{ "a guard does not hold", PUT_GUARDED, { TXN("'failure':["
		"{'request_range':{'key':'@/h/a@'}},{'request_range':{'key':"
		"'@/h/c@','range_end':'@/h/d@','min_mod_revision':'8',"
		"'keys_only':true,'limit':'1'}}]}", 200, REFUSED(NOTHING ","
		RANGE_OF(KV("/h/c1", "", "3", "9")))) },
		"conflict 1 of 1, guard 0", "" },
	{ "a key and a guard", PUT_NEW_GUARDED, { TXN(NULL, 200, REFUSED(
		RANGE_OF(KV("/h/a", "y", "3", "4")) "," RANGE_OF(KV("/h/c1",
		"", "3", "9")))) }, "conflict 0 of 1, guard 0", "" },
	{ "it was done before, and then a guard", PUT_NEW_GUARDED, { TXN(NULL,
		200, REFUSED(RANGE_OF(KV("/h/a", "x", "8", "8")) ","
		RANGE_OF(KV("/h/c1", "", "3", "9")))) }, "ok 1 8", "" },
	{ "another lease", PUT_LEASED, { TXN(NULL, 200, REFUSED(RANGE_OF(
		LEASED("/h/a", "x", "8", "254")))) }, "conflict 1 of 1", "" },

	{ "it was done before", PUT_NEW, { TXN(NULL, 200, REFUSED(RANGE_OF(
		KV("/h/a", "x", "8", "8")))) }, "ok 1 8", "" },
	{ "both were done before", PUT_AND_DELETE, { TXN(NULL, 200, REFUSED(
		RANGE_OF(KV("/h/a", "x", "8", "8")) "," NOTHING)) },
		"ok 2 8", "" },
	{ "one was done by another", PUT_AND_DELETE, { TXN(NULL, 200, REFUSED(
		RANGE_OF(KV("/h/a", "x", "8", "8")) "," RANGE_OF(KV("/h/b",
		"y", "3", "5")))) }, "conflict 0 of 2", "" },
	{ "with this lease before", PUT_LEASED, { TXN(NULL, 200, REFUSED(
		RANGE_OF(LEASED("/h/a", "x", "8", "255")))) }, "ok 1 8", "" },
	{ "lost", PUT_NEW, { LOST }, "failed",
		"the change may have been made, or not" },

	{ "no leader for a moment", PUT_NEW, { TXN(NULL, 503, ERROR(
		"etcdserver: no leader", "14")), TXN(NULL, 200, DONE) },
		"ok 1 9", "" },
	{ "and then it was done", PUT_NEW, { TXN(NULL, 503, ERROR(
		"etcdserver: request timed out", "14")), TXN(NULL, 200,
		REFUSED(RANGE_OF(KV("/h/a", "x", "8", "8")))) },
		"ok 1 8", "" },
	{ "no leader", PUT_NEW, { { "/v3/kv/txn", NULL, 503, ERROR(
		"etcdserver: no leader", "14"), .again = true } }, "failed",
		"etcdserver: no leader\nhelixctl: a request was sent, and not "
		"answered" },
	{ "no lease", PUT_LEASED, { TXN(NULL, 404, ERROR("etcdserver: "
		"requested lease not found", "5")) }, "failed",
		"etcd says: etcdserver: requested lease not found\n" },
	{ "no space", PUT_NEW, { TXN(NULL, 429, ERROR("etcdserver: mvcc: "
		"database space exceeded", "8")) }, "failed",
		"etcd says: etcdserver: mvcc: database space exceeded\n" },
	{ "too large", PUT_NEW, { TXN(NULL, 400, ERROR("etcdserver: request "
		"is too large", "3")) }, "failed",
		"etcd says: etcdserver: request is too large\n" },
	{ "no user", PUT_NEW, { TXN(NULL, 400, ERROR("etcdserver: user name "
		"is empty", "3")) }, "failed", "etcd requires authentication; "
		"set username and password-file in the configuration; or name "
		"a user by --user\n" },

	{ "no header", PUT_NEW, { TXN(NULL, 200, "{'succeeded':true}") },
		"failed", "the answer cannot be read" },
	{ "nothing", PUT_NEW, { TXN(NULL, 200, "") }, "failed",
		"the answer is empty" },
	{ "no JSON", PUT_NEW, { TXN(NULL, 200, "none") }, "failed",
		"not JSON" },
	{ "more answers than questions", PUT_NEW, { TXN(NULL, 200, REFUSED(
		NOTHING "," NOTHING "," NOTHING)) }, "failed",
		"the answer cannot be read" },
	{ "a key that is none", PUT_NEW, { TXN(NULL, 200, REFUSED(RANGE_OF(
		"{'key':'?','mod_revision':'1'}"))) }, "failed",
		"the answer cannot be read" },
	{ "no gateway", PUT_NEW, { TXN(NULL, 404, "404 page not found") },
		"failed", "this is no etcd with the v3 gateway" },

	{ "ranges", READ, { TXN("{'success':[{'request_range':{'key':"
		"'@/h/a@','limit':'1000'}},{'request_range':{'key':'@/h/c@',"
		"'range_end':'@/h/d@','limit':'1000'}}]}", 200, REFUSED(
		RANGE_OF(KV("/h/a", "x", "3", "4")) "," RANGE_OF(LEASED(
		"/h/c", "y", "5", "255") "," KV("/h/c/x", "", "6", "6")))) },
		"read 9: a x 4/0;c y 5/255;c/x  6/0;", "" },
	{ "nothing there", READ, { TXN(NULL, 200, REFUSED(NOTHING ","
		NOTHING)) }, "read 9: ", "" },
	{ "odd octets", READ, { TXN(NULL, 200, REFUSED(RANGE_OF(KV("/h/a",
		"%0A\xc3\xa4", "3", "4")) "," NOTHING)) },
		"read 9: a \n\xc3\xa4 4/0;", "" },
	{ "keys that nobody asked for", READ, { TXN(NULL, 200, REFUSED(
		RANGE_OF(KV("/hx", "x", "3", "4") "," KV("/h", "x", "3", "4")
		"," KV("/i/a", "x", "3", "4")) "," NOTHING)) },
		"read 9: ", "" },
	{ "page by page", READ, { TXN(NULL, 200, REFUSED(NOTHING ","
		"{'response_range':{'more':true,'kvs':[" KV("/h/c", "x", "3",
		"4") "]}}")), TXN("{'success':[{'request_range':{'key':"
		"'@/h/c%00@','range_end':'@/h/d@','revision':'9','limit':"
		"'1000'}}]}", 200, "{" HEAD("12") ",'responses':[" RANGE_OF(
		KV("/h/c/x", "y", "5", "6")) "]}") },
		"read 9: c x 4/0;c/x y 6/0;", "" },
	{ "what follows a page is read again", READ, { TXN(NULL, 200, REFUSED(
		"{'response_range':{'kvs':[" KV("/h/a", "x", "3", "4")
		"],'more':true}}," RANGE_OF(KV("/h/c", "y", "5", "5")))),
		TXN("'revision':'9'", 200, REFUSED(NOTHING "," RANGE_OF(
		KV("/h/c", "y", "5", "5")))) },
		"read 9: a x 4/0;c y 5/0;", "" },
	{ "too large at once", READ, { TXN("'limit':'1000'", 429, TOO_LARGE),
		TXN("'limit':'125'", 500, TOO_LARGE), TXN("'limit':'15'", 413,
		HTML), TXN("'limit':'1'", 429, TOO_LARGE), TXN("{'success':"
		"[{'request_range':{'key':'@/h/a@','limit':'1'}}]}", 200,
		REFUSED(RANGE_OF(KV("/h/a", "x", "3", "4")))), TXN("{'key':"
		"'@/h/c@','range_end':'@/h/d@','revision':'9','limit':'1'}",
		200, REFUSED("{'response_range':{'more':true,'kvs':[" KV(
		"/h/c", "y", "5", "5") "]}}")), TXN("'key':'@/h/c%00@'", 200,
		REFUSED(NOTHING)) }, "read 9: a x 4/0;c y 5/0;", "" },
	{ "one key is too large", READ_ONE, { { "/v3/kv/txn", NULL, 429,
		TOO_LARGE, .again = true } }, "failed: ",
		"larger than max" },
	{ "stopped", READ_ONE, { TXN(NULL, 200, REFUSED(RANGE_OF(KV("/h/a",
		"x", "3", "4") "," KV("/h/b", "x", "3", "4")))) },
		"failed: a x 4/0;", "" },
	{ "lost after a key", READ, { { "/v3/kv/txn", NULL, 200, "{" HEAD("9")
		",'responses':[{'response_range':{'kvs':[" KV("/h/a", "x",
		"3", "4") ",", .end = FAKE_CUT } }, "failed: a x 4/0;",
		"http://127.0.0.1" },
	{ "a page that leads nowhere", READ_RANGE, { TXN(NULL, 200, REFUSED(
		"{'response_range':{" HEAD("9") ",'kvs':[],'more':true}}")) },
		"failed: ", "the answer cannot be read" },
	{ "a page that leads back", READ_RANGE, { TXN(NULL, 200, REFUSED(
		"{'response_range':{" HEAD("9") ",'kvs':[" KV("/h/c1", "x",
		"1", "1") "],'more':true}}")), TXN(NULL, 200, REFUSED(
		"{'response_range':{" HEAD("9") ",'kvs':[" KV("/h/c1", "x",
		"1", "1") "],'more':true}}")) },
		"failed: c1 x 1/0;c1 x 1/0;",
		"the answer cannot be read" },
	{ "a key that is none in a range", READ, { TXN(NULL, 200, REFUSED(
		RANGE_OF("{'mod_revision':'1'}"))) }, "failed: ",
		"the answer cannot be read" },

	{ "a lease", GRANT, { { "/v3/lease/grant", "{'TTL':'60'}", 200, "{"
		HEAD("9") ",'ID':'255','TTL':'60'}", .end = FAKE_KEEP } },
		"lease 255", "" },
	{ "a lease without an id", GRANT, { { "/v3/lease/grant", NULL, 200,
		"{" HEAD("9") "}", .end = FAKE_KEEP } }, "failed",
		"the answer cannot be read" },
};

/** What was seen, and how it ended. */
static char said[1000];
/** whether to stop */
static bool stop;

static bool
see(void* arg, const struct kv_key* key)
{
	size_t len = strlen(said);
	(void)arg;
	assert_int_equal(key->path[key->path_len], 0);
	assert_int_equal(key->value[key->value_len], 0);
	snprintf(said + len, sizeof(said) - len, "%s %s %" PRId64 "/%" PRId64
		";", key->path, key->value, key->mod_revision, key->lease);
	return !stop;
}

static const struct kv_change new = { .path = "a", .path_len = 1,
	.value = "x", .value_len = 1, .expected = KV_ABSENT };

/** Make changes, and say how that ended. */
static void
apply(struct kv* kv, const struct kv_change* changes, size_t count,
	const struct kv_guard* guards, size_t guard_count)
{
	struct kv_outcome outcome;
	switch(kv_apply(kv, changes, count, guards, guard_count, &outcome)) {
	case KV_OK:
		sprintf(said, "ok %zu %" PRId64, outcome.applied,
			outcome.revision);
		return;
	case KV_CONFLICT:
		assert_int_equal(outcome.applied, 0);
		sprintf(said, "conflict %zu of %zu", outcome.conflict, count);
		if(outcome.guard < guard_count)
			sprintf(said + strlen(said), ", guard %zu",
				outcome.guard);
		return;
	case KV_FAILED:
		assert_int_equal(outcome.applied, 0);
		strcpy(said, "failed");
	}
}

static void
apply_action(struct kv* kv, enum action action)
{
	struct kv_change changes[2] = { new, { .path = "b", .path_len = 1,
		.expected = 5 } };
	const struct kv_guard guard = { { "c", 1, "d", 1 }, 7 };
	if(action == PUT_AND_DELETE)
		changes[0].expected = 4;
	if(action == PUT_GUARDED || action == PUT_LEASED)
		changes[0].expected = KV_ANY;
	if(action == PUT_LEASED)
		changes[0].lease = 255;
	apply(kv, changes, action == PUT_AND_DELETE ? 2 : 1, &guard,
		action == PUT_GUARDED || action == PUT_NEW_GUARDED);
}

static void
act(struct kv* kv, enum action action)
{
	const struct kv_range ranges[] = { { "a", 1, NULL, 0 },
		{ "c", 1, "d", 1 } };
	char seen[sizeof(said)];
	int64_t number = -1;
	*said = 0;
	stop = action == READ_ONE;
	if(action == READ || action == READ_ONE || action == READ_RANGE) {
		bool ok = kv_read(kv, ranges + (action == READ_RANGE),
			action == READ ? 2 : 1, see, NULL, &number);
		strcpy(seen, said);
		if(ok)
			snprintf(said, sizeof(said), "read %" PRId64 ": %.900s",
				number, seen);
		else	snprintf(said, sizeof(said), "failed: %.900s", seen);
	} else if(action == GRANT) {
		if(kv_lease_grant(kv, 60, &number))
			sprintf(said, "lease %" PRId64, number);
		else	strcpy(said, "failed");
	} else	apply_action(kv, action);
}

/** The configuration for a server. */
static struct helix_config*
config_of(struct fake_etcd* fake, char* endpoints[1])
{
	struct helix_config* config = calloc(1, sizeof(*config));
	struct etcd_settings* etcd = &config->etcd;
	endpoints[0] = fake_etcd_url(fake);
	etcd->endpoints = calloc(1, sizeof(*etcd->endpoints));
	etcd->endpoints[0] = strdup(endpoints[0]);
	etcd->endpoint_count = 1;
	etcd->prefix = strdup("/h");
	etcd->connect_timeout = etcd->request_timeout = LONG;
	etcd->heartbeat = LONG;
	return config;
}

/** Take what is written to standard error.
 * @param before: set to what it was. */
static FILE*
errors_take(int* before)
{
	FILE* file = tmpfile();
	fflush(stderr);
	*before = dup(STDERR_FILENO);
	assert_non_null(file);
	assert_true(dup2(fileno(file), STDERR_FILENO) >= 0);
	return file;
}

/** End that. @param text: room for what was written. */
static void
errors_give_back(FILE* file, int before, char text[2000])
{
	size_t len;
	fflush(stderr);
	assert_true(dup2(before, STDERR_FILENO) >= 0);
	close(before);
	rewind(file);
	len = fread(text, 1, 1999, file);
	text[len] = 0;
	fclose(file);
}

static void
check_case(const struct kv_case* its)
{
	struct ctl ctl = { 0 };
	char *endpoints[1], told[2000];
	size_t count = 0;
	struct fake_etcd* fake;
	struct kv* kv;
	FILE* file;
	int before;
	while(count < SCRIPT_MAX && its->script[count].path)
		count++;
	fake = fake_etcd_start(FAKE_ANSWERS, its->script, count);
	assert_non_null(fake);
	ctl.config = config_of(fake, endpoints);
	kv = kv_open(&ctl);
	assert_non_null(kv);
	file = errors_take(&before);
	act(kv, its->action);
	errors_give_back(file, before, told);
	check(strcmp(said, its->expected) == 0, "%s: %s\n%s", its->name, said,
		told);
	check(*its->told ? strstr(told, its->told) != NULL : !*told,
		"%s: %s", its->name, told);
	kv_close(kv);
	ctl_clear(&ctl);
	fake_etcd_stop(fake);
}

static void
test_requests(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(cases); i++)
		check_case(&cases[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests),
	};
	return cmocka_run_group_tests_name("kv", tests, NULL, NULL);
}
