/*
 * tests/unit/etcd/test_replica_history.c - which etcd is believed?
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "replicas.h"
#include <string.h>
#include <unistd.h>

/** an etcd, at revision 5, that has not seen what is known */
#define BEHIND "{" HEAD("5") "}"
/** two exchanges, of one that is listed nevertheless */
#define OLD LIST(KVS("5", KV("/h/a", "old", "4"))), \
	WATCH("5", CREATED_AT("5"))
#define OLD_LISTED REPLACED("10") "put /h/a old 4\ncopy of 5\n"
/** another cluster, and two exchanges of one that is listed */
#define OTHER "{" HEAD_OF("7", "4") "}"
#define NEW LIST("{" HEAD_OF("7", "5") ",'kvs':[" KV("/h/a", "new", "4") \
	"]}"), WATCH("5", CREATED_AT("5"))

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

/** How often an endpoint has answered by the first exchange of its script. */
static unsigned
first_used(size_t endpoint)
{
	unsigned used = 0;
	size_t i;
	for(i = 0; i < fake_etcd_requests(fakes[endpoint]); i++)
		used += fake_etcd_request(fakes[endpoint], i)->exchange == 0;
	return used;
}

/* --- endpoints whose history is another one ------------------------------ */

/** An etcd that was wiped is listed, and says so. */
static void
test_wiped(void** state)
{
	static const struct fake_exchange script[] = { FOLLOWED,
		RESUME(KVS("12", KV("/h/a", "y", "8"))),
		LIST(KVS("12", KV("/h/a", "y", "8"))),
		WATCH("12", CREATED) };
	(void)state;
	SET_UP_AND_LOSE(FAKE_CLOSE, "keys of revision 12", SCRIPTED(script));
	tear_down();
	check_happened(FOLLOWING LOST
		"warning: cannot follow etcd <0>: etcd's history has changed: "
		"etcd was wiped or restored; answering from the copy\n"
		REPLACED("10") "put /h/a y 8\ncopy of 12\n"
		LISTED("<0>", "12"));
}

/** With one endpoint, there is nobody else who might know more. */
static void
test_behind_alone(void** state)
{
	static const struct fake_exchange script[] = { FOLLOWED,
		RESUME(BEHIND), OLD };
	(void)state;
	SET_UP_AND_LOSE(FAKE_CLOSE, "keys of revision 5", SCRIPTED(script));
	tear_down();
	check_has(OLD_LISTED);
}

/** A member that is behind is passed over, as long as the other one, which
 * only closed a connection, may know more. */
static void
test_behind_passed_over(void** state)
{
	static const struct fake_exchange first[] = { FOLLOWED,
		RESUME(KNOWN), WATCH("10", CREATED),
		/* for nothing but to see that it is not asked for */
		FOLLOWED };
	static const struct fake_exchange second[] = { RESUME(BEHIND) };
	const char* lost;
	(void)state;
	SET_UP_AND_LOSE(FAKE_CLOSE, "", SCRIPTED(first), SCRIPTED(second));
	assert_true(fake_etcd_wait(fakes[0], 4));
	tear_down();
	lost = strstr(happened, "lost etcd <0>");
	assert_non_null(lost);
	check(!strstr(lost, "etcd was replaced") &&
		!strstr(lost, "copy of 10\n"), "endpoint 0 was not asked "
		"before endpoint 1 was believed:\n%s", happened);
}

/** What puts the clock forward by as long as a member that is behind is
 * doubted at least: ACCEPT_HEARTBEATS of replica.c. */
#define DOUBTED (12 * (int64_t)LONG)

/** Lose endpoint 0, which then refuses, while endpoint 1 is behind.
 * @param forward: see struct given.
 * @return how often endpoint 1 has said so, until it was believed. */
static unsigned
asked_until_believed(const int64_t* forward)
{
	static const struct fake_exchange first[] = { FOLLOWED, NO_LEADER };
	static const struct fake_exchange second[] = {
		{ "/v3/kv/range", "','revision':'10'", 200, BEHIND,
			.end = FAKE_KEEP, .again = true }, OLD };
	unsigned asked;
	given.forward = forward;
	SET_UP_AND_LOSE(FAKE_CLOSE, "following etcd <1>: 1 keys of revision 5",
		SCRIPTED(first), SCRIPTED(second));
	asked = first_used(1);
	tear_down();
	check_has(REPLACED("10"));
	check_has("put /h/a old 4\ncopy of 5\n");
	return asked;
}

/** Where nobody else answers, a member that is behind is believed: when it was
 * asked in three rounds, not one, and not before somebody who is only started
 * again would be back. */
static void
test_behind_believed(void** state)
{
	/* Each failure but the first one of endpoint 1 is a line: the odd ones
	 * are of endpoint 0, and end a round. The third round is not enough
	 * without the time, nor is the time without the third round. */
	static const int64_t late[32] = { [5] = DOUBTED - LONG, [7] = LONG };
	static const int64_t early[32] = { [1] = DOUBTED };
	(void)state;
	assert_int_equal(asked_until_believed(late), 5);
	assert_int_equal(asked_until_believed(early), 3);
}

/** Another cluster at one endpoint is left alone for as long as another one
 * is the one that is known. */
static void
test_other_cluster_passed_over(void** state)
{
	static const struct fake_exchange first[] = { FOLLOWED, RESUME(KNOWN),
		WATCH("10", CREATED) };
	static const struct fake_exchange other[] = {
		ALWAYS(200, "{" HEAD_OF("7", "99") "}") };
	(void)state;
	SET_UP_AND_LOSE(FAKE_CLOSE, "following etcd <0> again",
		SCRIPTED(first), SCRIPTED(other));
	assert_int_equal(lists_of(1), 0);
	tear_down();
	check_happened(FOLLOWING LOST OTHER_CLUSTER("<1>") AGAIN("10"));
}

/** The same where the keys must be listed, as etcd has compacted what was
 * missed. */
static void
test_other_cluster_not_listed(void** state)
{
	static const struct fake_exchange first[] = { LIST(KNOWN),
		WATCH("10", CREATED COMPACTED), NO_LEADER_ONCE,
		JUDGE("{" HEAD("30") "}"),
		LIST(KVS("30", KV("/h/c", "2", "29"))),
		WATCH("30", CREATED) };
	static const struct fake_exchange other[] = {
		ALWAYS(200, "{" HEAD_OF("7", "99") "}") };
	(void)state;
	SET_UP(SCRIPTED(first), SCRIPTED(other));
	wait_for("following etcd <0>: 1 keys of revision 30", 0);
	assert_int_equal(lists_of(1), 0);
	tear_down();
	check_has(OTHER_CLUSTER("<1>"));
	assert_null(strstr(happened, "copy of 99"));
}

/** Where all endpoints say so, it is believed at once that etcd was
 * replaced. */
static void
test_all_replaced(void** state)
{
	static const struct fake_exchange first[] = { FOLLOWED, RESUME(OTHER),
		NEW };
	static const struct fake_exchange second[] = { RESUME(OTHER), NEW };
	(void)state;
	SET_UP_AND_LOSE(FAKE_CLOSE, "keys of revision 5", SCRIPTED(first),
		SCRIPTED(second));
	tear_down();
	check_happened(FOLLOWING LOST OTHER_CLUSTER("<1>")
		OTHER_CLUSTER("<0>") REPLACED("10")
		"put /h/a new 4\ncopy of 5\n" LISTED("<1>", "5"));
}

/* --- a copy from before -------------------------------------------------- */

/** what the replica knows from before: a copy of revision 10 */
static const struct etcd_past past = { 1, 10, 5000 };

/** There is a copy from before, and it is what is answered from until the
 * keys are listed; who waits, waits for the list. */
static void
test_past(void** state)
{
	static const struct fake_exchange script[] = {
		JUDGE("{" HEAD("10") "}"), FOLLOWED };
	(void)state;
	given.past = past;
	SET_UP(SCRIPTED(script));
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
	(void)state;
	given.past = past;
	SET_UP(SCRIPTED(refusing), { FAKE_REFUSES, NULL, 0 });
	/* if it waited for that long, the alarm would end the test */
	assert_true(replica_wait(replica, UINT32_MAX));
	check_has("cannot follow etcd <0>: etcd says: "
		"etcdserver: no leader; answering from the copy\n");
	check_has("cannot follow etcd <1>: ");
	tear_down();
}

/** While an endpoint is still to answer, there is something to wait for; there
 * is a copy all the same. */
static void
test_past_is_waited_with(void** state)
{
	static const struct fake_exchange silent[] = { SILENT };
	(void)state;
	given.past = past;
	SET_UP(SCRIPTED(silent));
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
		{ "/v3/kv/range", "'keys_only':true", 200, BEHIND,
			.end = FAKE_KEEP, .again = true }, OLD };
	/* after the first round, two lines are one; after the third, the time
	 * is there */
	static const int64_t forward[32] = { [4] = DOUBTED };
	(void)state;
	given.forward = forward;
	given.past = past;
	SET_UP(SCRIPTED(refusing), SCRIPTED(old));
	assert_true(replica_wait(replica, LONG));
	wait_for("keys of revision 5", 0);
	assert_int_equal(first_used(1), 4);
	tear_down();
	check_has("cannot follow etcd <1>: etcd is at revision 5, before 10; "
		"answering from the copy\n");
	check_has(OLD_LISTED);
}

/** Where all endpoints say that etcd was replaced, its data can be had: who
 * waits, waits for that. */
static void
test_past_is_replaced(void** state)
{
	static const struct fake_exchange script[] = { JUDGE(BEHIND), OLD };
	(void)state;
	given.past = past;
	SET_UP(SCRIPTED(script));
	assert_true(replica_wait(replica, LONG));
	check_has("copy of 5\n");
	tear_down();
}

/** How old a copy is and may be, in milliseconds. */
struct stale_case {
	int64_t age;
	unsigned max;
	/** whether that is too old */
	bool stale;
};

/** A copy that is older than it may be is not answered from; a list makes that
 * good. */
static void
test_past_is_stale(void** state)
{
	static const struct stale_case cases[] = { { LONG, 0, false },
		{ INT64_MAX / 4, 0, false }, { 2 * LONG, LONG, true },
		{ INT64_MAX / 4, LONG, true }, { 0, LONG, false } };
	static const struct fake_exchange silent[] = { SILENT };
	static const struct fake_exchange script[] = { NO_LEADER_ONCE,
		JUDGE("{" HEAD("10") "}"), FOLLOWED };
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(cases); i++) {
		given.past = (struct etcd_past){ 1, 10, cases[i].age };
		given.max_stale = cases[i].max;
		SET_UP(SCRIPTED(silent));
		assert_int_equal(replica_is_stale(replica), cases[i].stale);
		tear_down();
	}
	given.past = (struct etcd_past){ 1, 10, 2 * LONG };
	given.max_stale = LONG;
	SET_UP(SCRIPTED(script));
	wait_for("following", 0);
	assert_false(replica_is_stale(replica));
	tear_down();
	check_happened("warning: no etcd was reached for longer than max-stale "
		"(60 s); answering with SERVFAIL until one is\n"
		"warning: cannot follow etcd <0>: etcd says: etcdserver: no "
		"leader; answering from the copy\n" FOLLOWING);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_wiped),
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
	};
	alarm(ALARM);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
