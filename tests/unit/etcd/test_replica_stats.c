/*
 * tests/unit/etcd/test_replica_stats.c - what does a replica say of itself?
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "replicas.h"
#include "base/clock.h"
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/** octets of a state as text */
#define TEXT_MAX 1200
/** seconds after which what was expected will not come any more */
#define DEADLINE 30

/** Append to a text. */
static void __attribute__((format(printf, 2, 3)))
add(char* text, const char* format, ...)
{
	const size_t len = strlen(text);
	va_list args;
	va_start(args, format);
	vsnprintf(text + len, TEXT_MAX - len, format, args);
	va_end(args);
}

/** Write a state as text; what is 0 is left out. */
static void
describe(const struct replica_stats* stats, char* text)
{
	unsigned i;
	*text = 0;
	add(text, "%s %zu", stats->following ? "following" : "without",
		stats->endpoint);
	add(text, ", %s of %" PRId64, stats->stale ? "stale copy" :
		stats->has_copy ? "copy" : "no copy", stats->revision);
	for(i = 0; i < ETCD_LIST_REASONS; i++) {
		if(stats->lists[i] > 0)
			add(text, ", list %s %" PRIu64,
				replica_list_reason(i), stats->lists[i]);
	}
	for(i = 0; i < ETCD_LOSS_REASONS; i++) {
		if(stats->losses[i] > 0)
			add(text, ", lost %s %" PRIu64,
				replica_loss_reason(i), stats->losses[i]);
	}
	if(stats->failure.text[0])
		add(text, ", %s", stats->failure.text);
}

/** Wait until this is the state. */
static void
check_stats(const char* expected)
{
	const time_t end = time(NULL) + DEADLINE;
	struct replica_stats stats;
	char text[TEXT_MAX];
	do {
		stats = replica_stats(replica);
		describe(&stats, text);
		sched_yield();
	} while(strcmp(text, expected) != 0 && time(NULL) < end);
	assert_string_equal(text, expected);
}

/** An endpoint that is followed, and then another. */
struct stats_case {
	/** what they answer; the second may be absent */
	struct endpoint endpoint[2];
	/** how the first one's watch is ended, once it has begun; FAKE_HOLD:
	 * it ends by itself */
	enum fake_end end;
	/** the state that this leads to */
	const char* expected;
};

#define WATCH_ENDS(from, json) { "/v3/watch", "'start_revision':'" from "'", \
	200, json, .end = FAKE_CLOSE }
#define JUDGED(revision) JUDGE("{" HEAD(revision) "}")
/** what is listed after a watch at revision 10 */
#define LISTED_AT_30 JUDGED("30"), LIST(KVS("30", KV("/h/c", "2", "29"))), \
	WATCH("30", CREATED_AT("30"))
#define BROKEN "{'error':{'grpc_code':8,'message':'grpc: received message " \
	"larger than max (5 vs. 4)'}}"

static const struct fake_exchange followed[] = { FOLLOWED };
static const struct fake_exchange resumed[] = { RESUME(KNOWN),
	WATCH("10", CREATED) };
static const struct fake_exchange leaderless[] = { NO_LEADER };
static const struct fake_exchange lost_leader[] = { FOLLOWED, NO_LEADER };
static const struct fake_exchange compacted[] = { LIST(KNOWN),
	WATCH("10", CREATED COMPACTED), LISTED_AT_30 };
static const struct fake_exchange missed[] = { FOLLOWED,
	RESUME(KVS("99999999", KV("/h/a", "x", "8"))), LISTED_AT_30 };
static const struct fake_exchange empty[] = {
	LIST("{" HEAD("10") "}"), WATCH("10", CREATED), LISTED_AT_30 };
static const struct fake_exchange too_large[] = { LIST(KNOWN),
	WATCH_ENDS("10", CREATED BROKEN), LISTED_AT_30 };
static const struct fake_exchange unreadable[] = { LIST(KNOWN),
	WATCH("10", CREATED "{'result':{" HEAD("11") ",'events':[{}]}}"),
	LISTED_AT_30 };
static const struct fake_exchange wiped[] = { FOLLOWED,
	RESUME(KVS("12", KV("/h/a", "y", "8"))),
	LIST(KVS("12", KV("/h/a", "y", "8"))), WATCH("12", CREATED) };
static const struct fake_exchange broken_list[] = {
	LIST("{" HEAD("10") ",'kvs':[" KV("/h/a", "x", "8") ",{}]}"),
	FOLLOWED };
static const struct fake_exchange denied[] = { LIST(KNOWN),
	WATCH("10", CREATED "{'result':{" HEAD("11") ",'canceled':true,"
		"'cancel_reason':'etcdserver: permission denied'}}") };

static const struct stats_case cases[] = {
	{ { SCRIPTED(followed) }, FAKE_HOLD,
		"following 0, copy of 10, list first 1" },
	{ { SCRIPTED(leaderless) }, FAKE_HOLD,
		"without 0, no copy of 0, etcd says: etcdserver: no leader" },
	{ { SCRIPTED(leaderless), SCRIPTED(followed) }, FAKE_HOLD,
		"following 1, copy of 10, list first 1" },
	/* one that is broken off counts, too, if a key came */
	{ { SCRIPTED(broken_list) }, FAKE_HOLD,
		"following 0, copy of 10, list first 2" },
	{ { SCRIPTED(followed), SCRIPTED(resumed) }, FAKE_CLOSE,
		"following 1, copy of 10, list first 1, lost connection 1" },
	{ { SCRIPTED(followed), SCRIPTED(resumed) }, FAKE_CUT,
		"following 1, copy of 10, list first 1, lost connection 1" },
	{ { SCRIPTED(lost_leader) }, FAKE_CLOSE,
		"without 0, copy of 10, list first 1, lost connection 1, "
		"etcd says: etcdserver: no leader" },
	{ { SCRIPTED(compacted) }, FAKE_HOLD, "following 0, copy of 30, "
		"list first 1, list compacted 1, lost relist 1" },
	{ { SCRIPTED(missed) }, FAKE_CLOSE, "following 0, copy of 30, "
		"list first 1, list missed 1, lost connection 1" },
	{ { SCRIPTED(empty) }, FAKE_CLOSE, "following 0, copy of 30, "
		"list first 1, list unchecked 1, lost connection 1" },
	{ { SCRIPTED(too_large) }, FAKE_HOLD, "following 0, copy of 30, "
		"list first 1, list stuck 1, lost relist 1" },
	{ { SCRIPTED(unreadable) }, FAKE_HOLD, "following 0, copy of 30, "
		"list first 1, list unreadable 1, lost relist 1" },
	{ { SCRIPTED(wiped) }, FAKE_CLOSE, "following 0, copy of 12, "
		"list first 1, list replaced 1, lost connection 1" },
	{ { SCRIPTED(denied), SCRIPTED(resumed) }, FAKE_HOLD,
		"following 1, copy of 10, list first 1, lost denied 1" },
};

static void
test_stats(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(cases); i++) {
		const struct stats_case* c = &cases[i];
		set_up(c->endpoint, c->endpoint[1].script ? 2 : 1);
		if(c->end != FAKE_HOLD) {
			wait_for("following", 0);
			assert_true(fake_etcd_hang_up(fakes[0], "/v3/watch",
				c->end));
		}
		check_stats(c->expected);
		tear_down();
	}
}

/* --- time ---------------------------------------------------------------- */

static const struct fake_exchange again[] = { FOLLOWED, NO_LEADER_ONCE,
	NO_LEADER_ONCE, NO_LEADER };

/** The age of a copy grows without etcd, up to max-stale and over it. */
static void
test_age(void** state)
{
	static const int64_t steps[] = { 40000, 0 };
	struct replica_stats stats;
	(void)state;
	given.max_stale = 30000;
	SET_UP(SCRIPTED(again));
	wait_for("following", 0);
	stats = replica_stats(replica);
	assert_int_equal(stats.max_stale, 30000);
	assert_in_range(stats.confirmed_age, 0, 29999);
	assert_false(stats.stale);
	given.forward = steps;
	assert_true(fake_etcd_hang_up(fakes[0], "/v3/watch", FAKE_CLOSE));
	check_stats("without 0, stale copy of 10, list first 1, lost "
		"connection 1, etcd says: etcdserver: no leader");
	stats = replica_stats(replica);
	assert_in_range(stats.confirmed_age, 40000, 40000 + LONG);
	tear_down();
}

/** What was known before the start: revision and age; and where a snapshot
 * does not know the age, neither does the replica. */
static void
test_past(void** state)
{
	static const struct { int64_t past, age; } ages[] = { { 5000, 5000 },
		{ INT64_MAX / 4, -1 } };
	struct replica_stats stats;
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(ages); i++) {
		given.past = (struct etcd_past){ 1, 10, ages[i].past };
		SET_UP(SCRIPTED(leaderless));
		check_stats("without 0, copy of 10, etcd says: etcdserver: no "
			"leader");
		stats = replica_stats(replica);
		check(ages[i].age == -1 ? stats.confirmed_age == -1 :
			stats.confirmed_age >= ages[i].age &&
			stats.confirmed_age < ages[i].age + LONG,
			"age %" PRId64, stats.confirmed_age);
		tear_down();
	}
}

/** Before the first list there is no age, even if the machine was started
 * just now; and nothing is too old. */
static void
test_no_copy(void** state)
{
	struct replica_stats stats;
	(void)state;
	given.max_stale = 1;
	SET_UP(SCRIPTED(leaderless));
	wait_for("cannot follow", 0);
	stats = replica_stats(replica);
	assert_false(stats.has_copy);
	assert_false(stats.stale);
	assert_int_equal(stats.confirmed_age, -1);
	tear_down();
}

/* --- words --------------------------------------------------------------- */

/** Each reason has a word of its own, fit for a label. */
static void
test_words(void** state)
{
	const char* words[ETCD_LIST_REASONS + ETCD_LOSS_REASONS];
	size_t i, j, first;
	(void)state;
	for(i = 0; i < ETCD_LIST_REASONS; i++)
		words[i] = replica_list_reason(i);
	for(i = 0; i < ETCD_LOSS_REASONS; i++)
		words[ETCD_LIST_REASONS + i] = replica_loss_reason(i);
	for(i = 0; i < COUNT(words); i++) {
		assert_non_null(words[i]);
		assert_true(*words[i]);
		assert_int_equal(strspn(words[i],
			"abcdefghijklmnopqrstuvwxyz_"), strlen(words[i]));
		first = i < ETCD_LIST_REASONS ? 0 : ETCD_LIST_REASONS;
		for(j = first; j < i; j++)
			assert_string_not_equal(words[i], words[j]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_stats),
		TEST(test_age),
		TEST(test_past),
		TEST(test_no_copy),
		TEST(test_words),
	};
	alarm(ALARM);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
