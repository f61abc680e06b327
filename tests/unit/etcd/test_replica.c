/*
 * tests/unit/etcd/test_replica.c - keeping in step with etcd.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/*
 * The replica follows scripted servers. What it tells the sink and what it
 * logs is written down as lines of one text, in which <0> and <1> stand for
 * the endpoints, and # for a number of milliseconds.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "etcd/client.h"
#include "etcd/replica.h"
#include "etcd/v3.h"
#include "fake_etcd.h"
#include "base/log.h"
#include "base/thread.h"
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/** milliseconds for what is to end by itself */
#define LONG 60000
/** milliseconds for what is to time out */
#define SHORT 100
/** seconds after which a condition that does not come true is a failure */
#define DEADLINE 60
/** most endpoints */
#define ENDPOINTS_MAX 2

/* shorthand of messages; see fake_etcd.h */
#define HEAD_OF(cluster, revision) "'header':{'cluster_id':'" cluster \
	"','member_id':'2','revision':'" revision "','raft_term':'3'}"
#define HEAD(revision) HEAD_OF("1", revision)
#define KV(key, value, mod) "{'key':'@" key "@','create_revision':'" mod \
	"','mod_revision':'" mod "','version':'1','value':'@" value "@'}"
#define KVS(revision, kvs) "{" HEAD(revision) ",'kvs':[" kvs "]}"
#define EVENT(key, value, mod) "{'result':{" HEAD(mod) ",'events':[{'kv':" \
	KV(key, value, mod) "}]}}"
/** one that names a later revision than is known has a probe sent at once */
#define CREATED_AT(revision) "{'result':{" HEAD(revision) ",'created':true}}"
#define CREATED CREATED_AT("10")
#define ERROR(text, code) "{'error':'" text "','message':'" text "','code':" \
	code "}"

/* exchanges */
#define ANSWER(body, json) { "/v3/kv/range", body, 200, json, \
	.end = FAKE_KEEP }
#define LIST(json) ANSWER("'limit'", json)
/** asked before a list where a cluster is known */
#define JUDGE(json) ANSWER("'keys_only':true", json)
#define RESUME(json) ANSWER("','revision':'1", json)
#define WATCH(from, json) { "/v3/watch", "'start_revision':'" from "'", 200, \
	json, .end = FAKE_HOLD }
#define KNOWN KVS("10", KV("/h/a", "x", "8"))

/* --- what happened ------------------------------------------------------- */

/** protects what follows */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/** signalled when a line was added */
static pthread_cond_t added = PTHREAD_COND_INITIALIZER;
/** the lines, but of debug level */
static char happened[16384];
/** octets of that */
static size_t happened_len;
/** lines of debug level */
static unsigned debug_lines;
/** the servers, for their names */
static struct fake_etcd* fakes[ENDPOINTS_MAX];

/** what each line of debug level puts the clock forward by, in milliseconds,
 * one after the other; NULL: it is left alone */
static const int64_t* forward;
/** by how much it is; in the replica's thread */
static _Atomic int64_t ahead;

int64_t __real_clock_now(void);
int64_t __wrap_clock_now(void);

int64_t
__wrap_clock_now(void)
{
	return __real_clock_now() + ahead;
}

/** Replace all of one text by another that is not longer. */
static void
replace(char* line, const char* from, const char* to)
{
	char* at;
	size_t len = strlen(to);
	while((at = strstr(line, from)) != NULL) {
		memmove(at + len, at + strlen(from),
			strlen(at + strlen(from)) + 1);
		memcpy(at, to, len);
	}
}

/** Take what differs from run to run out of a line. */
static void
normalize(char* line)
{
	char* ms = strstr(line, " ms");
	char* digits = ms;
	size_t i;
	for(i = 0; i < ENDPOINTS_MAX; i++) {
		const char name[] = { '<', (char)('0' + i), '>', 0 };
		if(fakes[i])
			replace(line, fake_etcd_url(fakes[i]), name);
	}
	ms = strstr(line, " ms");
	for(digits = ms; ms && digits > line && digits[-1] >= '0' &&
		digits[-1] <= '9';)
		digits--;
	if(ms && digits < ms) {
		memmove(digits + 1, ms, strlen(ms) + 1);
		*digits = '#';
	}
}

/** Add a line. */
static void
happen(const char* text)
{
	size_t len = strlen(text);
	pthread_mutex_lock(&lock);
	if(happened_len + len + 2 <= sizeof(happened)) {
		memcpy(happened + happened_len, text, len);
		happened_len += len;
		happened[happened_len++] = '\n';
		happened[happened_len] = 0;
	}
	pthread_cond_broadcast(&added);
	pthread_mutex_unlock(&lock);
}

static void
on_log(enum helix_log_level level, const char* line)
{
	static const char* const names[] = { "error: ", "warning: ",
		"info: ", "debug: " };
	char text[2048];
	if(level == HELIX_LOG_DEBUG) {
		pthread_mutex_lock(&lock);
		debug_lines++;
		if(forward)
			ahead += *forward++;
		pthread_cond_broadcast(&added);
		pthread_mutex_unlock(&lock);
		return;
	}
	snprintf(text, sizeof(text), "%s%s", names[level], line);
	replace(text, "helix: ", "");
	normalize(text);
	happen(text);
}

/** Wait until a text is among the lines, and so many lines were of debug
 * level. */
static void
wait_for(const char* text, unsigned debug)
{
	struct timespec end;
	bool there;
	int error = 0;
	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += DEADLINE;
	pthread_mutex_lock(&lock);
	while(!(there = strstr(happened, text) && debug_lines >= debug) &&
		error == 0)
		error = pthread_cond_timedwait(&added, &lock, &end);
	pthread_mutex_unlock(&lock);
	if(!there)
		fail_msg("\"%s\" has not happened:\n%s", text, happened);
}

/** What happened is this; the replica has been stopped. */
static void
check_happened(const char* expected)
{
	if(strcmp(happened, expected) != 0)
		fail_msg("happened:\n%sexpected:\n%s", happened, expected);
}

/* --- the sink ------------------------------------------------------------ */

static bool
on_put(void* arg, const char* key, size_t key_len, const char* value,
	size_t value_len, int64_t revision)
{
	char line[256];
	(void)arg;
	snprintf(line, sizeof(line), "put %.*s %.*s %" PRId64, (int)key_len,
		key, (int)value_len, value, revision);
	happen(line);
	return true;
}

static bool
on_remove(void* arg, const char* key, size_t key_len, int64_t revision)
{
	char line[256];
	(void)arg;
	snprintf(line, sizeof(line), "remove %.*s %" PRId64, (int)key_len, key,
		revision);
	happen(line);
	return true;
}

static bool
on_commit(void* arg)
{
	(void)arg;
	return true;
}

static void
on_rollback(void* arg)
{
	(void)arg;
}

static bool
on_list_end(void* arg, uint64_t cluster, int64_t revision)
{
	char line[32];
	(void)arg;
	(void)cluster;
	snprintf(line, sizeof(line), "copy of %" PRId64, revision);
	happen(line);
	return true;
}

static const struct etcd_sink sink = { NULL, on_put, on_remove, on_remove,
	on_commit, on_rollback, on_rollback, on_list_end, NULL };

/* --- the set ------------------------------------------------------------- */

/** One endpoint. */
struct endpoint {
	/** how it treats who connects */
	enum fake_mode mode;
	/** what it answers */
	const struct fake_exchange* script;
	/** exchanges in script */
	size_t count;
};

#define SCRIPTED(script) { FAKE_ANSWERS, script, \
	sizeof(script) / sizeof(*(script)) }

static char* endpoints[ENDPOINTS_MAX];
static char prefix[] = "/h";
static struct etcd_settings settings;
static struct replica* replica;
/** what the replica knows from before; forgotten after each test */
static struct etcd_past past;
/** the settings' max_stale of the next replica; as that */
static unsigned max_stale;
/** the replicas' heartbeat, in milliseconds */
static unsigned heartbeat = LONG;

/** Start the servers and a replica of them. */
static void
set_up(const struct endpoint* given, size_t count)
{
	size_t i;
	happened_len = 0;
	happened[0] = 0;
	debug_lines = 0;
	for(i = 0; i < count; i++) {
		fakes[i] = fake_etcd_start(given[i].mode, given[i].script,
			given[i].count);
		assert_non_null(fakes[i]);
		endpoints[i] = fake_etcd_url(fakes[i]);
	}
	settings = (struct etcd_settings){ .endpoints = endpoints,
		.endpoint_count = count, .prefix = prefix,
		.connect_timeout = LONG, .request_timeout = LONG,
		.heartbeat = heartbeat, .max_stale = max_stale };
	helix_log_set_writer(on_log);
	replica = replica_start(&settings, &etcd_v3, &sink, &past);
	assert_non_null(replica);
}

static void
tear_down(void)
{
	size_t i;
	/* the servers' URLs are read by the replica up to its end */
	replica_stop(replica);
	replica = NULL;
	helix_log_set_writer(helix_log_discard);
	for(i = 0; i < ENDPOINTS_MAX; i++) {
		fake_etcd_stop(fakes[i]);
		fakes[i] = NULL;
	}
	past = (struct etcd_past){ 0 };
	max_stale = 0;
	heartbeat = LONG;
	forward = NULL;
	ahead = 0;
}

/** After a test that has failed. */
static int
clean_up(void** state)
{
	(void)state;
	tear_down();
	return 0;
}

/** What the replica says of itself, right after it has logged it. */
static void
check_describe(const char* expected)
{
	const time_t end = time(NULL) + DEADLINE;
	char text[REPLICA_TEXT_MAX];
	do {
		assert_ptr_equal(replica_describe(replica, text), text);
		normalize(text);
		sched_yield();
	} while(strcmp(text, expected) != 0 && time(NULL) < end);
	assert_string_equal(text, expected);
}

/* --- following ----------------------------------------------------------- */

#define FOLLOWING "put /h/a x 8\ncopy of 10\n" \
	"info: following etcd <0>: 1 keys of revision 10, listed in # ms\n"

/** what is logged when it is believed that etcd was replaced */
#define REPLACED(revision) "warning: no endpoint that answers has the known " \
	"history up to revision " revision ": etcd was " \
	"replaced; listing again\n"

static void
test_follow(void** state)
{
	static const struct fake_exchange script[] = { LIST(KNOWN),
		WATCH("10", CREATED) };
	static const struct endpoint given[] = { SCRIPTED(script) };
	(void)state;
	set_up(given, 1);
	assert_true(replica_wait(replica, LONG));
	wait_for("following", 0);
	check_describe("following etcd <0>");
	assert_true(replica_wait(replica, 0));
	assert_true(fake_etcd_say(fakes[0], "/v3/watch",
		EVENT("/h/b", "1", "11")));
	wait_for("put /h/b 1 11\n", 0);
	assert_true(fake_etcd_say(fakes[0], "/v3/watch", "{'result':{"
		HEAD("12") ",'events':[{'type':'DELETE','kv':{'key':'@/h/a@',"
		"'mod_revision':'12'}}]}}"));
	wait_for("remove /h/a 12\n", 0);
	tear_down();
	check_happened(FOLLOWING "put /h/b 1 11\nremove /h/a 12\n");
}

/** An etcd that is not there: one line, and no copy. */
static void
test_unreachable(void** state)
{
	static const struct endpoint given[] = { { FAKE_REFUSES, NULL, 0 } };
	char* line;
	(void)state;
	set_up(given, 1);
	assert_false(replica_wait(replica, 0));
	assert_false(replica_wait(replica, 20));
	check_describe("without etcd, last tried <0>");
	/* the first failure is told, those after it are for who looks */
	wait_for("warning: cannot follow etcd <0>: ", 2);
	assert_false(replica_wait(replica, 0));
	tear_down();
	line = strchr(happened, '\n');
	assert_non_null(line);
	assert_string_equal(line, "\n");
	assert_string_equal(line - strlen("; no names can be answered yet"),
		"; no names can be answered yet\n");
}

static void
test_second_endpoint(void** state)
{
	static const struct fake_exchange refusing[] = { { NULL, NULL, 503,
		ERROR("etcdserver: no leader", "14"), .end = FAKE_KEEP,
		.again = true } };
	static const struct fake_exchange script[] = { LIST(KNOWN),
		WATCH("10", CREATED) };
	static const struct endpoint given[] = { SCRIPTED(refusing),
		SCRIPTED(script) };
	(void)state;
	set_up(given, 2);
	assert_true(replica_wait(replica, LONG));
	wait_for("following", 0);
	check_describe("following etcd <1>");
	tear_down();
	check_happened("warning: cannot follow etcd <0>: etcd says: "
		"etcdserver: no leader; no names can be answered yet\n"
		"put /h/a x 8\ncopy of 10\n"
		"info: following etcd <1>: 1 keys of revision 10, listed in "
		"# ms\n");
}

/* --- losing etcd --------------------------------------------------------- */

static void
test_resume(void** state)
{
	static const struct fake_exchange script[] = { LIST(KNOWN),
		WATCH("10", CREATED EVENT("/h/b", "1", "11")),
		ANSWER("{'key':'@/h/b@','revision':'11'}",
			KVS("11", KV("/h/b", "1", "11"))),
		WATCH("11", CREATED) };
	static const struct endpoint given[] = { SCRIPTED(script) };
	(void)state;
	set_up(given, 1);
	wait_for("put /h/b 1 11\n", 0);
	assert_true(fake_etcd_hang_up(fakes[0], "/v3/watch", FAKE_CLOSE));
	wait_for("again, from", 0);
	check_describe("following etcd <0>");
	assert_true(fake_etcd_say(fakes[0], "/v3/watch",
		EVENT("/h/c", "2", "12")));
	wait_for("put /h/c 2 12\n", 0);
	assert_int_equal(fake_etcd_unexpected(fakes[0]), 0);
	tear_down();
	check_happened(FOLLOWING "put /h/b 1 11\n"
		"warning: lost etcd <0>: etcd closed the connection; answering "
		"from the copy of revision 11\n"
		"info: following etcd <0> again, from revision 11 on\n"
		"put /h/c 2 12\n");
}

/** The other endpoint takes over, and nothing is listed. */
static void
test_resume_elsewhere(void** state)
{
	static const struct fake_exchange first[] = { LIST(KNOWN),
		WATCH("10", CREATED) };
	static const struct fake_exchange second[] = { RESUME(KNOWN),
		WATCH("10", CREATED) };
	static const struct endpoint given[] = { SCRIPTED(first),
		SCRIPTED(second) };
	(void)state;
	set_up(given, 2);
	wait_for("following", 0);
	assert_true(fake_etcd_hang_up(fakes[0], "/v3/watch", FAKE_CUT));
	wait_for("again, from", 0);
	check_describe("following etcd <1>");
	tear_down();
	assert_non_null(strstr(happened, "warning: lost etcd <0>: "));
	assert_non_null(strstr(happened,
		"info: following etcd <1> again, from revision 10 on\n"));
	assert_null(strstr(strstr(happened, "lost etcd"), "\ncopy of"));
}

/** Where etcd has compacted what was missed, all keys are listed. */
static void
test_compacted(void** state)
{
	static const struct fake_exchange script[] = { LIST(KNOWN),
		WATCH("10", CREATED "{'result':{" HEAD("30")
			",'canceled':true,'compact_revision':'20'}}"),
		JUDGE("{" HEAD("30") "}"),
		LIST(KVS("30", KV("/h/c", "2", "29"))),
		WATCH("30", CREATED) };
	static const struct endpoint given[] = { SCRIPTED(script) };
	(void)state;
	set_up(given, 1);
	wait_for("keys of revision 30", 0);
	tear_down();
	check_happened(FOLLOWING
		"info: etcd <0>: etcd has compacted its history up to "
		"revision 20; listing again\n"
		"put /h/c 2 29\ncopy of 30\n"
		"info: following etcd <0>: 1 keys of revision 30, listed in "
		"# ms\n");
}

/** An etcd that was wiped is listed, and says so. */
static void
test_wiped(void** state)
{
	static const struct fake_exchange script[] = { LIST(KNOWN),
		WATCH("10", CREATED),
		RESUME(KVS("12", KV("/h/a", "y", "8"))),
		LIST(KVS("12", KV("/h/a", "y", "8"))),
		WATCH("12", CREATED) };
	static const struct endpoint given[] = { SCRIPTED(script) };
	(void)state;
	set_up(given, 1);
	wait_for("following", 0);
	assert_true(fake_etcd_hang_up(fakes[0], "/v3/watch", FAKE_CLOSE));
	wait_for("keys of revision 12", 0);
	tear_down();
	check_happened(FOLLOWING
		"warning: lost etcd <0>: etcd closed the connection; answering "
		"from the copy of revision 10\n"
		"warning: cannot follow etcd <0>: etcd's history has changed: "
		"etcd was wiped or restored; answering from "
		"the copy\n"
		REPLACED("10")
		"put /h/a y 8\ncopy of 12\n"
		"info: following etcd <0>: 1 keys of revision 12, listed in "
		"# ms\n");
}

/** A list that fails is tried again, until one is complete. */
static void
test_list_again(void** state)
{
	static const struct fake_exchange script[] = {
		LIST("{}"), LIST("{" HEAD("10") ",'kvs':[{}]}"), LIST(KNOWN),
		WATCH("10", CREATED) };
	static const struct endpoint given[] = { SCRIPTED(script) };
	(void)state;
	set_up(given, 1);
	assert_true(replica_wait(replica, LONG));
	wait_for("following", 1);
	tear_down();
	check_happened("warning: cannot follow etcd <0>: the answer to a list "
		"has no header; no names can be answered yet\n" FOLLOWING);
}

/* --- endpoints that are behind ------------------------------------------- */

/** With one endpoint, there is nobody else who might know more. */
static void
test_behind_alone(void** state)
{
	static const struct fake_exchange script[] = { LIST(KNOWN),
		WATCH("10", CREATED),
		RESUME("{" HEAD("5") "}"),
		LIST(KVS("5", KV("/h/a", "old", "4"))),
		WATCH("5", CREATED_AT("5")) };
	static const struct endpoint given[] = { SCRIPTED(script) };
	(void)state;
	set_up(given, 1);
	wait_for("following", 0);
	assert_true(fake_etcd_hang_up(fakes[0], "/v3/watch", FAKE_CLOSE));
	wait_for("keys of revision 5", 0);
	tear_down();
	assert_non_null(strstr(happened, REPLACED("10")
		"put /h/a old 4\ncopy of 5\n"));
}

/** A member that is behind is passed over, as long as the other one, which
 * only closed a connection, may know more. */
static void
test_behind_passed_over(void** state)
{
	static const struct fake_exchange first[] = { LIST(KNOWN),
		WATCH("10", CREATED), RESUME(KNOWN), WATCH("10", CREATED),
		/* for nothing but to see that it is not asked for */
		LIST(KNOWN), WATCH("10", CREATED) };
	static const struct fake_exchange second[] = {
		RESUME("{" HEAD("5") "}") };
	static const struct endpoint given[] = { SCRIPTED(first),
		SCRIPTED(second) };
	const char* lost;
	(void)state;
	set_up(given, 2);
	wait_for("following", 0);
	assert_true(fake_etcd_hang_up(fakes[0], "/v3/watch", FAKE_CLOSE));
	assert_true(fake_etcd_wait(fakes[0], 4));
	tear_down();
	lost = strstr(happened, "lost etcd <0>");
	assert_non_null(lost);
	if(strstr(lost, "etcd was replaced") || strstr(lost, "copy of 10\n"))
		fail_msg("endpoint 0 was not asked before endpoint 1 was "
			"believed:\n%s", happened);
}

/** Where nobody else answers, a member that is behind is believed. */
static void
test_behind_believed(void** state)
{
	static const struct fake_exchange first[] = { LIST(KNOWN),
		WATCH("10", CREATED), { NULL, NULL, 503,
		ERROR("etcdserver: no leader", "14"), .end = FAKE_KEEP,
		.again = true } };
	static const struct fake_exchange second[] = {
		{ "/v3/kv/range", "','revision':'10'", 200, "{" HEAD("5") "}",
			.end = FAKE_KEEP, .again = true },
		LIST(KVS("5", KV("/h/a", "old", "4"))),
		WATCH("5", CREATED_AT("5")) };
	static const struct endpoint given[] = { SCRIPTED(first),
		SCRIPTED(second) };
	size_t i, asked = 0;
	int64_t began;
	(void)state;
	heartbeat = 3 * SHORT;
	set_up(given, 2);
	wait_for("following", 0);
	began = clock_now();
	assert_true(fake_etcd_hang_up(fakes[0], "/v3/watch", FAKE_CLOSE));
	wait_for("following etcd <1>: 1 keys of revision 5", 0);
	/* it was asked in three rounds, not one, before it was believed, and
	 * not before somebody who is only started again would be back */
	assert_true(clock_now() - began >= 12 * heartbeat);
	for(i = 0; i < fake_etcd_requests(fakes[1]); i++)
		asked += fake_etcd_request(fakes[1], i)->exchange == 0;
	assert_true(asked >= 3);
	tear_down();
	assert_non_null(strstr(happened, REPLACED("10")));
	assert_non_null(strstr(happened, "put /h/a old 4\ncopy of 5\n"));
}

/** The script of an endpoint that is asked again and again. */
#define ALWAYS(status_, json_) { NULL, NULL, status_, json_, \
	.end = FAKE_KEEP, .again = true }
#define NO_LEADER ALWAYS(503, ERROR("etcdserver: no leader", "14"))

/** the script of one that never answers */
static const struct fake_exchange silent[] = { { .end = FAKE_HOLD } };

/** How often an endpoint was asked for a list. */
static unsigned
lists_of(size_t endpoint)
{
	size_t i;
	unsigned lists = 0;
	for(i = 0; i < fake_etcd_requests(fakes[endpoint]); i++)
		lists += fake_request_has(fake_etcd_request(fakes[endpoint],
			i), "'limit'");
	return lists;
}

/** Another cluster at one endpoint is left alone for as long as another one
 * is the one that is known. */
static void
test_other_cluster_passed_over(void** state)
{
	static const struct fake_exchange first[] = { LIST(KNOWN),
		WATCH("10", CREATED), RESUME(KNOWN), WATCH("10", CREATED) };
	static const struct fake_exchange other[] = {
		ALWAYS(200, "{" HEAD_OF("7", "99") "}") };
	static const struct endpoint given[] = { SCRIPTED(first),
		SCRIPTED(other) };
	(void)state;
	set_up(given, 2);
	wait_for("following", 0);
	assert_true(fake_etcd_hang_up(fakes[0], "/v3/watch", FAKE_CLOSE));
	wait_for("following etcd <0> again", 0);
	assert_int_equal(lists_of(1), 0);
	tear_down();
	check_happened(FOLLOWING
		"warning: lost etcd <0>: etcd closed the connection; answering "
		"from the copy of revision 10\n"
		"warning: cannot follow etcd <1>: this is another cluster (id "
		"7, was 1); answering from the copy\n"
		"info: following etcd <0> again, from revision 10 on\n");
}

/** The same where the keys must be listed, as etcd has compacted what was
 * missed. */
static void
test_other_cluster_not_listed(void** state)
{
	static const struct fake_exchange first[] = { LIST(KNOWN),
		WATCH("10", CREATED "{'result':{" HEAD("30")
			",'canceled':true,'compact_revision':'20'}}"),
		{ NULL, NULL, 503, ERROR("etcdserver: no leader", "14"),
			.end = FAKE_KEEP }, JUDGE("{" HEAD("30") "}"),
		LIST(KVS("30", KV("/h/c", "2", "29"))),
		WATCH("30", CREATED) };
	static const struct fake_exchange other[] = {
		ALWAYS(200, "{" HEAD_OF("7", "99") "}") };
	static const struct endpoint given[] = { SCRIPTED(first),
		SCRIPTED(other) };
	(void)state;
	set_up(given, 2);
	wait_for("following etcd <0>: 1 keys of revision 30", 0);
	assert_int_equal(lists_of(1), 0);
	tear_down();
	assert_non_null(strstr(happened, "cannot follow etcd <1>: this is "
		"another cluster (id 7, was 1); answering from the copy\n"));
	assert_null(strstr(happened, "copy of 99"));
}

/** Where all endpoints say so, it is believed at once that etcd was
 * replaced. */
static void
test_all_replaced(void** state)
{
	static const struct fake_exchange first[] = { LIST(KNOWN),
		WATCH("10", CREATED), RESUME("{" HEAD_OF("7", "4") "}"),
		LIST("{" HEAD_OF("7", "5") ",'kvs':[" KV("/h/a", "new", "4")
			"]}"), WATCH("5", CREATED_AT("5")) };
	static const struct fake_exchange second[] = {
		RESUME("{" HEAD_OF("7", "4") "}"),
		LIST("{" HEAD_OF("7", "5") ",'kvs':[" KV("/h/a", "new", "4")
			"]}"), WATCH("5", CREATED_AT("5")) };
	static const struct endpoint given[] = { SCRIPTED(first),
		SCRIPTED(second) };
	(void)state;
	set_up(given, 2);
	wait_for("following", 0);
	assert_true(fake_etcd_hang_up(fakes[0], "/v3/watch", FAKE_CLOSE));
	wait_for("keys of revision 5", 0);
	tear_down();
	check_happened(FOLLOWING
		"warning: lost etcd <0>: etcd closed the connection; answering "
		"from the copy of revision 10\n"
		"warning: cannot follow etcd <1>: this is another cluster (id "
		"7, was 1); answering from the copy\n"
		"warning: cannot follow etcd <0>: this is another cluster (id "
		"7, was 1); answering from the copy\n"
		REPLACED("10") "put /h/a new 4\ncopy of 5\n"
		"info: following etcd <1>: 1 keys of revision 5, listed in "
		"# ms\n");
}

/* --- a copy from before --------------------------------------------------- */

/** There is a copy from before, and it is what is answered from until the
 * keys are listed; who waits, waits for the list. */
static void
test_past(void** state)
{
	static const struct fake_exchange script[] = {
		JUDGE("{" HEAD("10") "}"), LIST(KNOWN), WATCH("10", CREATED) };
	static const struct endpoint given[] = { SCRIPTED(script) };
	(void)state;
	past = (struct etcd_past){ 1, 10, 5000 };
	set_up(given, 1);
	assert_true(replica_wait(replica, LONG));
	/* it has not returned before there was a list */
	assert_int_equal(lists_of(0), 1);
	wait_for("following", 0);
	tear_down();
	check_happened(FOLLOWING);
}

/** Without etcd, who waits for the list is told that there is a copy as soon
 * as each endpoint has failed, not at the end of the time. */
static void
test_past_without_etcd(void** state)
{
	static const struct fake_exchange refusing[] = { NO_LEADER };
	static const struct endpoint given[] = { SCRIPTED(refusing),
		{ FAKE_REFUSES, NULL, 0 } };
	(void)state;
	past = (struct etcd_past){ 1, 10, 5000 };
	set_up(given, 2);
	/* if it waited for that long, the alarm would end the test */
	assert_true(replica_wait(replica, UINT32_MAX));
	assert_non_null(strstr(happened, "cannot follow etcd <0>: etcd says: "
		"etcdserver: no leader; answering from the copy\n"));
	assert_non_null(strstr(happened, "cannot follow etcd <1>: "));
	tear_down();
}

/** While an endpoint is still to answer, there is something to wait for; there
 * is a copy all the same. */
static void
test_past_is_waited_with(void** state)
{
	static const struct endpoint given[] = { SCRIPTED(silent) };
	(void)state;
	past = (struct etcd_past){ 1, 10, 5000 };
	set_up(given, 1);
	assert_true(fake_etcd_wait(fakes[0], 1));
	assert_true(replica_wait(replica, 20));
	assert_string_equal(happened, "");
	check_describe("without etcd, last tried <0>");
	tear_down();
}

/** An etcd that is behind the copy, or is another one, is not listed while
 * another endpoint may know more; and in the end it is. */
static void
test_past_is_newer(void** state)
{
	static const struct fake_exchange refusing[] = { NO_LEADER };
	static const struct fake_exchange old[] = {
		{ "/v3/kv/range", "'keys_only':true", 200, "{" HEAD("5") "}",
			.end = FAKE_KEEP, .again = true },
		LIST(KVS("5", KV("/h/a", "old", "4"))),
		WATCH("5", CREATED_AT("5")) };
	static const struct endpoint given[] = { SCRIPTED(refusing),
		SCRIPTED(old) };
	size_t i, asked = 0;
	(void)state;
	heartbeat = 3 * SHORT;
	past = (struct etcd_past){ 1, 10, 5000 };
	set_up(given, 2);
	assert_true(replica_wait(replica, LONG));
	wait_for("keys of revision 5", 0);
	for(i = 0; i < fake_etcd_requests(fakes[1]); i++)
		asked += fake_etcd_request(fakes[1], i)->exchange == 0;
	assert_true(asked >= 3);
	tear_down();
	assert_non_null(strstr(happened, "cannot follow etcd <1>: etcd is at "
		"revision 5, before 10; answering from the copy\n"));
	assert_non_null(strstr(happened, REPLACED("10")
		"put /h/a old 4\ncopy of 5\n"));
}

/** Where all endpoints say that etcd was replaced, its data can be had: who
 * waits, waits for that. */
static void
test_past_is_replaced(void** state)
{
	static const struct fake_exchange script[] = {
		JUDGE("{" HEAD("5") "}"),
		LIST(KVS("5", KV("/h/a", "old", "4"))),
		WATCH("5", CREATED_AT("5")) };
	static const struct endpoint given[] = { SCRIPTED(script) };
	(void)state;
	past = (struct etcd_past){ 1, 10, 5000 };
	set_up(given, 1);
	assert_true(replica_wait(replica, LONG));
	assert_non_null(strstr(happened, "copy of 5\n"));
	tear_down();
}

/** A copy that is older than it may be is not answered from; a list makes that
 * good. */
static void
test_past_is_stale(void** state)
{
	static const struct {
		/** how old the copy is, and may be; ms */
		int64_t age;
		unsigned max;
		/** whether that is too old */
		bool stale;
	} cases[] = { { LONG, 0, false }, { INT64_MAX / 4, 0, false },
		{ 2 * LONG, LONG, true }, { INT64_MAX / 4, LONG, true },
		{ 0, LONG, false } };
	static const struct fake_exchange script[] = {
		{ NULL, NULL, 503, ERROR("etcdserver: no leader", "14"),
			.end = FAKE_KEEP }, JUDGE("{" HEAD("10") "}"),
		LIST(KNOWN), WATCH("10", CREATED) };
	static const struct endpoint given[] = { SCRIPTED(silent),
		SCRIPTED(script) };
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		past = (struct etcd_past){ 1, 10, cases[i].age };
		max_stale = cases[i].max;
		set_up(given, 1);
		assert_int_equal(replica_is_stale(replica), cases[i].stale);
		tear_down();
	}
	past = (struct etcd_past){ 1, 10, 2 * LONG };
	max_stale = LONG;
	set_up(given + 1, 1);
	wait_for("following", 0);
	assert_false(replica_is_stale(replica));
	tear_down();
	check_happened("warning: no etcd was reached for longer than max-stale "
		"(60 s); answering with SERVFAIL until one is\n"
		"warning: cannot follow etcd <0>: etcd says: etcdserver: no "
		"leader; answering from the copy\n" FOLLOWING);
}

/* --- outages ------------------------------------------------------------- */

/** An outage that goes on is said again, ever less often, and known while it
 * lasts; the next one begins anew. */
static void
test_outage(void** state)
{
#define MINUTES 60000
#define REFUSES_ONCE { NULL, NULL, 503, ERROR("etcdserver: no leader", "14"), \
	.end = FAKE_KEEP }
	static const struct fake_exchange script[] = { LIST(KNOWN),
		{ "/v3/watch", "'start_revision':'10'", 200, CREATED,
			.end = FAKE_HOLD }, REFUSES_ONCE, REFUSES_ONCE,
		REFUSES_ONCE, REFUSES_ONCE, RESUME(KNOWN),
		WATCH("10", CREATED) };
	/* the first failure is told, and each of the others is a line */
	static const int64_t steps[] = { 2 * MINUTES, 35 * MINUTES,
		83 * MINUTES, 0 };
	static const struct endpoint given[] = { SCRIPTED(script) };
	(void)state;
	set_up(given, 1);
	wait_for("following", 0);
	assert_false(*replica_away(replica));
	forward = steps;
	assert_true(fake_etcd_hang_up(fakes[0], "/v3/watch", FAKE_CLOSE));
	wait_for("for 2 min", 0);
	assert_true(*replica_away(replica));
	wait_for("again, from", 0);
	assert_true(fake_etcd_say(fakes[0], "/v3/watch",
		EVENT("/h/c", "2", "12")));
	wait_for("put /h/c 2 12\n", 0);
	assert_false(*replica_away(replica));
	tear_down();
	check_happened(FOLLOWING "warning: lost etcd <0>: etcd closed the "
		"connection; answering from the copy of revision 10\n"
		"warning: no etcd could be followed for 2 min, last tried "
		"<0>: etcd says: etcdserver: no leader; answering from the "
		"copy of revision 10\n"
		"warning: no etcd could be followed for 37 min, last tried "
		"<0>: etcd says: etcdserver: no leader; answering from the "
		"copy of revision 10\n"
		"warning: no etcd could be followed for 120 min, last tried "
		"<0>: etcd says: etcdserver: no leader; answering from the "
		"copy of revision 10\n"
		"info: following etcd <0> again, from revision 10 on\n"
		"put /h/c 2 12\n");
}

/** Where no list leads to anything, that is said, and lists are rarer. */
static void
test_vain_lists(void** state)
{
	static const struct fake_exchange script[] = {
		{ "/v3/kv/range", "'limit'", 200, KNOWN, .end = FAKE_KEEP,
			.again = true },
		{ "/v3/kv/range", "'keys_only':true", 200, "{" HEAD("10") "}",
			.end = FAKE_KEEP, .again = true },
		{ "/v3/watch", NULL, 200, CREATED "{'error':{'grpc_code':8,"
			"'message':'grpc: received message larger than max "
			"(5 vs. 4)'}}", .end = FAKE_CLOSE, .again = true } };
	static const struct endpoint given[] = { SCRIPTED(script) };
	(void)state;
	set_up(given, 1);
	wait_for("larger than max (5 vs. 4), so the watch cannot deliver it; "
		"listing again", 0);
	wait_for("<0>: the watch fails after each list; listing takes a "
		"tenth of the time", 0);
	tear_down();
}

/* --- stopping ------------------------------------------------------------ */

/** A step in which the replica is stopped. */
struct stop_case {
	/** what it is, for a message */
	const char* name;
	/** the endpoint */
	struct endpoint endpoint;
	/** requests to wait for */
	size_t requests;
	/** what is to have happened */
	const char* text;
	/** lines of debug level to wait for */
	unsigned debug;
	/** whether there is a copy then */
	bool copied;
};

static const struct fake_exchange in_list[] = { { "/v3/kv/range", NULL, 200,
	"{" HEAD("10") ",'kvs':[" KV("/h/a", "x", "8"), .end = FAKE_HOLD } };
static const struct fake_exchange endless_list[] = { { "/v3/kv/range", NULL,
	200, " ", .end = FAKE_REPEAT } };
static const struct fake_exchange in_watch[] = { LIST(KNOWN),
	WATCH("10", CREATED) };
static const struct fake_exchange before_watch[] = { LIST(KNOWN),
	{ "/v3/watch", NULL, 0, NULL, .end = FAKE_HOLD } };
static const struct fake_exchange in_message[] = { LIST(KNOWN),
	WATCH("10", CREATED "{'result':{" HEAD("11") ",'events':[{'kv':"
		KV("/h/b", "1", "11") "}") };
static const struct fake_exchange in_resume[] = { LIST(KNOWN),
	{ "/v3/watch", NULL, 200, CREATED, .end = FAKE_CLOSE },
	{ "/v3/kv/range", NULL, 0, NULL, .end = FAKE_HOLD } };
static const struct fake_exchange denied[] = { { NULL, NULL, 403,
	ERROR("etcdserver: permission denied", "7"), .end = FAKE_KEEP,
	.again = true } };

static const struct stop_case stop_cases[] = {
	{ "at once", { FAKE_REFUSES, NULL, 0 }, 0, "", 0, false },
	{ "never connected", { FAKE_NEVER_CONNECTS, NULL, 0 }, 0, "", 0,
		false },
	{ "never accepted", { FAKE_NEVER_ACCEPTS, NULL, 0 }, 0, "", 0,
		false },
	{ "list not answered", SCRIPTED(silent), 1, "", 0, false },
	{ "in the list", SCRIPTED(in_list), 1, "put /h/a x 8\n", 0, false },
	{ "in an endless list", SCRIPTED(endless_list), 1, "", 0, false },
	{ "before the watch", SCRIPTED(before_watch), 2, "copy of 10", 0,
		true },
	{ "in the watch", SCRIPTED(in_watch), 2, "following", 0, true },
	{ "in a message of the watch", SCRIPTED(in_message), 2, "put /h/b", 0,
		true },
	{ "in resume", SCRIPTED(in_resume), 3, "lost etcd", 0, true },
	{ "in the pause", { FAKE_REFUSES, NULL, 0 }, 0, "cannot follow", 3,
		false },
	{ "in the long pause", SCRIPTED(denied), 1, "etcd refuses: etcdserver: "
		"permission denied; grant the user", 0, false },
};

static void
test_stop(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(stop_cases) / sizeof(*stop_cases); i++) {
		const struct stop_case* stop = &stop_cases[i];
		size_t len;
		set_up(&stop->endpoint, 1);
		if(!fake_etcd_wait(fakes[0], stop->requests))
			fail_msg("%s: %zu requests", stop->name,
				fake_etcd_requests(fakes[0]));
		wait_for(stop->text, stop->debug);
		if(replica_wait(replica, 0) != stop->copied)
			fail_msg("%s: replica_wait", stop->name);
		replica_stop(replica);
		replica = NULL;
		/* what is told after this is told too late */
		len = happened_len;
		assert_true(fake_etcd_wait_closed(fakes[0]));
		assert_int_equal(happened_len, len);
		tear_down();
	}
}

/** Whoever waits for the copy when it comes is woken. */
static void*
waiter_main(void* arg)
{
	bool* copied = arg;
	*copied = replica_wait(replica, LONG);
	return NULL;
}

static void
test_wait_wakes(void** state)
{
	static const struct fake_exchange script[] = { { "/v3/kv/range", NULL,
		200, "{" HEAD("10") ",'kvs':[", .end = FAKE_HOLD },
		WATCH("10", CREATED) };
	static const struct endpoint given[] = { SCRIPTED(script) };
	pthread_t threads[3];
	bool copied[3] = { false, false, false };
	size_t i;
	(void)state;
	set_up(given, 1);
	for(i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, waiter_main,
			&copied[i]), 0);
	assert_true(fake_etcd_wait(fakes[0], 1));
	assert_false(replica_wait(replica, 1));
	assert_true(fake_etcd_say(fakes[0], "/v3/kv/range", "]}"));
	assert_true(fake_etcd_hang_up(fakes[0], "/v3/kv/range", FAKE_CLOSE));
	for(i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	for(i = 0; i < 3; i++)
		assert_true(copied[i]);
	tear_down();
}

static void
test_stop_nothing(void** state)
{
	(void)state;
	replica_stop(NULL);
}

#define TEST(function) cmocka_unit_test_teardown(function, clean_up)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_follow),
		TEST(test_unreachable),
		TEST(test_second_endpoint),
		TEST(test_resume),
		TEST(test_resume_elsewhere),
		TEST(test_compacted),
		TEST(test_wiped),
		TEST(test_list_again),
		TEST(test_behind_alone),
		TEST(test_behind_passed_over),
		TEST(test_behind_believed),
		TEST(test_other_cluster_passed_over),
		TEST(test_other_cluster_not_listed),
		TEST(test_all_replaced),
		TEST(test_past),
		TEST(test_past_without_etcd),
		TEST(test_past_is_waited_with),
		TEST(test_past_is_newer),
		TEST(test_past_is_replaced),
		TEST(test_past_is_stale),
		TEST(test_outage),
		TEST(test_vain_lists),
		TEST(test_stop),
		TEST(test_wait_wakes),
		TEST(test_stop_nothing),
	};
	/* a replica that can't be stopped ends the test by a signal */
	alarm(300);
	return cmocka_run_group_tests_name("replica", tests, NULL, NULL);
}
