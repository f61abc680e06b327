/*
 * tests/unit/etcd/test_replica.c - is etcd followed, lost and found again?
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "replicas.h"
#include <pthread.h>
#include <string.h>
#include <unistd.h>

/* --- following ----------------------------------------------------------- */

static void
test_follow(void** state)
{
	static const struct fake_exchange script[] = { FOLLOWED };
	(void)state;
	SET_UP(SCRIPTED(script));
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
	char* line;
	(void)state;
	SET_UP({ FAKE_REFUSES, NULL, 0 });
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
	static const struct fake_exchange refusing[] = { NO_LEADER };
	static const struct fake_exchange script[] = { FOLLOWED };
	(void)state;
	SET_UP(SCRIPTED(refusing), SCRIPTED(script));
	assert_true(replica_wait(replica, LONG));
	wait_for("following", 0);
	check_describe("following etcd <1>");
	tear_down();
	check_happened("warning: cannot follow etcd <0>: etcd says: "
		"etcdserver: no leader; no names can be answered yet\n"
		"put /h/a x 8\ncopy of 10\n" LISTED("<1>", "10"));
}

/* --- losing etcd --------------------------------------------------------- */

/** Have etcd put a key at revision 12, and wait until the sink has it. */
static void
put_c(void)
{
	assert_true(fake_etcd_say(fakes[0], "/v3/watch",
		EVENT("/h/c", "2", "12")));
	wait_for("put /h/c 2 12\n", 0);
}

static void
test_resume(void** state)
{
	static const struct fake_exchange script[] = { LIST(KNOWN),
		WATCH("10", CREATED EVENT("/h/b", "1", "11")),
		ANSWER("{'key':'@/h/b@','revision':'11'}",
			KVS("11", KV("/h/b", "1", "11"))),
		WATCH("11", CREATED) };
	(void)state;
	SET_UP(SCRIPTED(script));
	wait_for("put /h/b 1 11\n", 0);
	assert_true(fake_etcd_hang_up(fakes[0], "/v3/watch", FAKE_CLOSE));
	wait_for("again, from", 0);
	check_describe("following etcd <0>");
	put_c();
	assert_int_equal(fake_etcd_unexpected(fakes[0]), 0);
	tear_down();
	check_happened(FOLLOWING "put /h/b 1 11\n" LOST_AT("11") AGAIN("11")
		"put /h/c 2 12\n");
}

/** The other endpoint takes over, and nothing is listed. */
static void
test_resume_elsewhere(void** state)
{
	static const struct fake_exchange first[] = { FOLLOWED };
	static const struct fake_exchange second[] = { RESUME(KNOWN),
		WATCH("10", CREATED) };
	(void)state;
	SET_UP_AND_LOSE(FAKE_CUT, "again, from", SCRIPTED(first),
		SCRIPTED(second));
	check_describe("following etcd <1>");
	tear_down();
	check_has("warning: lost etcd <0>: ");
	check_has("info: following etcd <1> again, from revision 10 on\n");
	assert_null(strstr(strstr(happened, "lost etcd"), "\ncopy of"));
}

/** Where etcd has compacted what was missed, all keys are listed. */
static void
test_compacted(void** state)
{
	static const struct fake_exchange script[] = { LIST(KNOWN),
		WATCH("10", CREATED COMPACTED), JUDGE("{" HEAD("30") "}"),
		LIST(KVS("30", KV("/h/c", "2", "29"))),
		WATCH("30", CREATED) };
	(void)state;
	SET_UP(SCRIPTED(script));
	wait_for("keys of revision 30", 0);
	tear_down();
	check_happened(FOLLOWING
		"info: etcd <0>: etcd has compacted its history up to "
		"revision 20; listing again\n"
		"put /h/c 2 29\ncopy of 30\n" LISTED("<0>", "30"));
}

/** A list that fails is tried again, until one is complete. */
static void
test_list_again(void** state)
{
	static const struct fake_exchange script[] = {
		LIST("{}"), LIST("{" HEAD("10") ",'kvs':[{}]}"), FOLLOWED };
	(void)state;
	SET_UP(SCRIPTED(script));
	assert_true(replica_wait(replica, LONG));
	wait_for("following", 1);
	tear_down();
	check_happened("warning: cannot follow etcd <0>: the answer to a list "
		"has no header; no names can be answered yet\n" FOLLOWING);
}

/* --- outages ------------------------------------------------------------- */

/** An outage that goes on is said again, ever less often, and known while it
 * lasts; the next one begins anew. */
static void
test_outage(void** state)
{
#define MINUTES 60000
#define OUTAGE(minutes) "warning: no etcd could be followed for " minutes \
	" min, last tried <0>: etcd says: etcdserver: no leader; answering " \
	"from the copy of revision 10\n"
	static const struct fake_exchange script[] = { LIST(KNOWN),
		{ "/v3/watch", "'start_revision':'10'", 200, CREATED,
			.end = FAKE_HOLD }, NO_LEADER_ONCE, NO_LEADER_ONCE,
		NO_LEADER_ONCE, NO_LEADER_ONCE, RESUME(KNOWN),
		WATCH("10", CREATED) };
	/* the first failure is told, and each of the others is a line */
	static const int64_t steps[] = { 2 * MINUTES, 35 * MINUTES,
		83 * MINUTES, 0 };
	(void)state;
	SET_UP(SCRIPTED(script));
	wait_for("following", 0);
	assert_false(*replica_away(replica));
	given.forward = steps;
	assert_true(fake_etcd_hang_up(fakes[0], "/v3/watch", FAKE_CLOSE));
	wait_for("for 2 min", 0);
	assert_true(*replica_away(replica));
	wait_for("again, from", 0);
	put_c();
	assert_false(*replica_away(replica));
	tear_down();
	check_happened(FOLLOWING LOST OUTAGE("2") OUTAGE("37") OUTAGE("120")
		AGAIN("10") "put /h/c 2 12\n");
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
	(void)state;
	SET_UP(SCRIPTED(script));
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

static const struct fake_exchange silent[] = { SILENT };
static const struct fake_exchange in_list[] = { { "/v3/kv/range", NULL, 200,
	"{" HEAD("10") ",'kvs':[" KV("/h/a", "x", "8"), .end = FAKE_HOLD } };
static const struct fake_exchange endless_list[] = { { "/v3/kv/range", NULL,
	200, " ", .end = FAKE_REPEAT } };
static const struct fake_exchange in_watch[] = { FOLLOWED };
static const struct fake_exchange before_watch[] = { LIST(KNOWN),
	{ "/v3/watch", NULL, 0, NULL, .end = FAKE_HOLD } };
static const struct fake_exchange in_message[] = { LIST(KNOWN),
	WATCH("10", CREATED "{'result':{" HEAD("11") ",'events':[{'kv':"
		KV("/h/b", "1", "11") "}") };
static const struct fake_exchange in_resume[] = { LIST(KNOWN),
	{ "/v3/watch", NULL, 200, CREATED, .end = FAKE_CLOSE },
	{ "/v3/kv/range", NULL, 0, NULL, .end = FAKE_HOLD } };
static const struct fake_exchange denied[] = {
	ALWAYS(403, ERROR("etcdserver: permission denied", "7")) };

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
	for(i = 0; i < COUNT(stop_cases); i++) {
		const struct stop_case* stop = &stop_cases[i];
		size_t len;
		set_up(&stop->endpoint, 1);
		check(fake_etcd_wait(fakes[0], stop->requests),
			"%s: %zu requests", stop->name,
			fake_etcd_requests(fakes[0]));
		wait_for(stop->text, stop->debug);
		check(replica_wait(replica, 0) == stop->copied,
			"%s: replica_wait", stop->name);
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
	pthread_t threads[3];
	bool copied[3] = { false, false, false };
	size_t i;
	(void)state;
	SET_UP(SCRIPTED(script));
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
		TEST(test_list_again),
		TEST(test_outage),
		TEST(test_vain_lists),
		TEST(test_stop),
		TEST(test_wait_wakes),
		TEST(test_stop_nothing),
	};
	alarm(ALARM);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
