/*
 * tests/unit/test_feed_status.c - what the feed says of itself.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/*
 * Events and their delays are counted; keys that are not served are listed, with
 * why, as etcd has them now, whatever their number, and to any thread.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include "feeds.h"
#include "check.h"
#include "unbound/refuse.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- events and delays ---------------------------------------------------- */

static void
expect_events(const struct feed* feed, unsigned puts, unsigned removals)
{
	struct feed_stats stats = feed_stats(feed);
	assert_int_equal(stats.puts, puts);
	assert_int_equal(stats.removals, removals);
}

/** Those of a watch count, whatever the key is; those of a list do not. */
static void
test_events(void** state)
{
	struct feed* feed = *state;
	expect_events(feed, 0, 0);
	set(feed, "/helix/com/example/foo/A", "192.0.2.1", 10);
	set(feed, "/helix/com/example/foo/A", "bad", 11);
	set(feed, "/helix/net/example/foo/A", "192.0.2.1", 12);
	expect_events(feed, 3, 0);
	commit(feed);
	gone(feed, "/helix/com/example/foo/A", 13);
	gone(feed, "/helix/com/example/never/A", 13);
	expect_events(feed, 3, 2);
	commit(feed);
	gone_below(feed, OCTETS("/helix/com"), 14);
	gone_below(feed, OCTETS("/other"), 14);
	expect_events(feed, 3, 4);
	commit(feed);
	list_begin(feed);
	set(feed, "/helix/com/example/foo/A", "192.0.2.1", 20);
	list_end(feed, 20);
	expect_events(feed, 3, 4);
	set(feed, "/helix/com/example/foo/A", "192.0.2.2", 21);
	rollback(feed);
	expect_events(feed, 4, 4);
}

/** A delay, and the first bound that it is not over. */
struct delay_case {
	/** in microseconds */
	long delay;
	/** the number of the bound; FEED_DELAY_BUCKETS: none */
	size_t bucket;
};

static const struct delay_case delay_cases[] = {
	{ 0, 0 },
	{ 1, 0 },
	{ 100, 0 },
	{ 101, 1 },
	{ 250, 1 },
	{ 251, 2 },
	{ 500, 2 },
	{ 1000, 3 },
	{ 1001, 4 },
	{ 2500, 4 },
	{ 5000, 5 },
	{ 10000, 6 },
	{ 25000, 7 },
	{ 50000, 8 },
	{ 100000, 9 },
	{ 250000, 10 },
	{ 500000, 11 },
	{ 1000000, 12 },
	{ 2500000, 13 },
	{ 5000000, 14 },
	{ 5000001, 15 },
	{ 10000000, 15 },
	{ 10000001, 16 },
	{ 86400000000, 16 },
};

/** Put an address that differs from the last one. */
static void
put_other(struct feed* feed, const char* key)
{
	static unsigned number;
	char value[32];
	snprintf(value, sizeof(value), "10.0.%u.%u", number / 256 % 256,
		number % 256);
	number++;
	set(feed, key, value, 10);
}

static void
test_delays(void** state)
{
	struct feed* feed = *state;
	size_t i, at;
	double sum = 0;
	for(i = 0; i < COUNT(delay_cases); i++) {
		const struct delay_case* row = &delay_cases[i];
		struct feed_delay before = feed_stats(feed).delay, now;
		put_other(feed, "/helix/com/example/foo/A");
		now_microseconds += row->delay;
		commit(feed);
		now = feed_stats(feed).delay;
		for(at = 0; at < FEED_DELAY_BUCKETS; at++)
			check(now.bucket[at] == before.bucket[at] + (at >=
				row->bucket), "row %zu: bucket %zu", i, at);
		assert_int_equal(now.count, i + 1);
		sum += (double)row->delay / 1e6;
		check(now.sum > sum - 1e-9 && now.sum < sum + 1e-3,
			"row %zu: %f, not %f", i, now.sum, sum);
	}
}

static void
test_bounds(void** state)
{
	size_t i;
	(void)state;
	assert_true(feed_delay_bounds[0] == 0.0001);
	assert_true(feed_delay_bounds[FEED_DELAY_BUCKETS - 1] == 10);
	for(i = 1; i < FEED_DELAY_BUCKETS; i++)
		assert_true(feed_delay_bounds[i] > feed_delay_bounds[i - 1]);
}

/** Fail unless so many commits were counted, and so many microseconds. */
static void
expect_delays(const struct feed* feed, unsigned count, long microseconds)
{
	struct feed_delay delay = feed_stats(feed).delay;
	double sum = (double)microseconds / 1e6;
	assert_int_equal(delay.count, count);
	check(delay.sum > sum - 1e-9 && delay.sum < sum + 1e-9, "%f, not %f",
		delay.sum, sum);
}

/** The first event of a commit counts, and no time before it. */
static void
test_first_event(void** state)
{
	struct feed* feed = *state;
	commit(feed);
	now_microseconds += 7000;
	put_other(feed, "/helix/com/example/foo/A");
	now_microseconds += 300;
	put_other(feed, "/helix/com/example/bar/A");
	now_microseconds += 40;
	commit(feed);
	expect_delays(feed, 1, 340);
	now_microseconds += 7000;
	gone(feed, "/helix/com/example/foo/A", 11);
	now_microseconds += 5;
	commit(feed);
	expect_delays(feed, 2, 345);
	/* behind others in the same commit */
	put_other(feed, "/helix/com/example/foo/A");
	now_microseconds += 1000;
	gone_below(feed, OCTETS("/helix/com/example/bar"), 12);
	now_microseconds += 1000;
	commit(feed);
	expect_delays(feed, 3, 2345);
}

/** What changes nothing, what is dropped, and lists. */
static void
test_no_delay(void** state)
{
	struct feed* feed = *state;
	commit(feed);
	set(feed, "/helix/net/example/foo/A", "192.0.2.1", 10);
	now_microseconds += 10;
	commit(feed);
	set(feed, "/helix/com/example/foo/A", "192.0.2.1", 10);
	now_microseconds += 10;
	rollback(feed);
	commit(feed);
	expect_delays(feed, 0, 0);
	set(feed, "/helix/com/example/foo/A", "192.0.2.1", 10);
	now_microseconds += 10;
	list_begin(feed);
	now_microseconds += 10;
	put_other(feed, "/helix/com/example/foo/A");
	commit(feed);
	put_other(feed, "/helix/com/example/bar/A");
	now_microseconds += 10;
	list_end(feed, 20);
	commit(feed);
	expect_delays(feed, 0, 0);
	put_other(feed, "/helix/com/example/bar/A");
	now_microseconds += 10;
	commit(feed);
	expect_delays(feed, 1, 10);
}

/* --- counts of the store -------------------------------------------------- */

static void
test_store_counts(void** state)
{
	struct feed* feed = *state;
	struct feed_stats empty = feed_stats(feed), stats;
	set(feed, "/helix/com/example/foo/A", "[\"192.0.2.1\",\"192.0.2.2\"]",
		10);
	set(feed, "/helix/com/example/foo/A/x", "192.0.2.2", 11);
	set(feed, "/helix/com/example/foo/CNAME", "a.example.net.", 12);
	commit(feed);
	stats = feed_stats(feed);
	assert_int_equal(stats.keys, 2);
	assert_int_equal(stats.ignored, 1);
	assert_int_equal(stats.names, empty.names + 1);
	assert_int_equal(stats.records, 2);
	assert_true(stats.octets > empty.octets);
	gone(feed, "/helix/com/example/foo/A", 13);
	gone(feed, "/helix/com/example/foo/A/x", 13);
	commit(feed);
	stats = feed_stats(feed);
	assert_int_equal(stats.keys, 1);
	assert_int_equal(stats.ignored, 0);
	assert_int_equal(stats.records, 1);
	gone(feed, "/helix/com/example/foo/CNAME", 14);
	commit(feed);
	stats = feed_stats(feed);
	assert_int_equal(stats.records, 0);
	assert_int_equal(stats.names, empty.names);
	assert_int_equal(stats.octets, empty.octets);
}

/** A key that is served, and looks wrong, is not bad. */
static void
test_suspicious(void** state)
{
	struct feed* feed = *state;
	set(feed, "/helix/com/example/foo/CNAME", "192.0.2.1", 10);
	set(feed, "/helix/com/example/bar/CNAME", "192.0.2.1", 10);
	set(feed, "/helix/com/example/bar/A", "bad", 10);
	assert_int_equal(feed_stats(feed).suspicious, 2);
	assert_int_equal(feed_stats(feed).bad, 1);
	set(feed, "/helix/com/example/foo/CNAME", "", 11);
	assert_int_equal(feed_stats(feed).suspicious, 1);
	assert_int_equal(feed_stats(feed).bad, 2);
	set(feed, "/helix/com/example/foo/CNAME", "192.0.2.1", 12);
	assert_int_equal(feed_stats(feed).suspicious, 2);
	set(feed, "/helix/com/example/foo/CNAME", "a.example.com.", 13);
	gone(feed, "/helix/com/example/bar/CNAME", 13);
	assert_int_equal(feed_stats(feed).suspicious, 0);
	assert_int_equal(feed_stats(feed).bad, 1);
}

/* --- lists ---------------------------------------------------------------- */

/** A list of keys. */
struct listed {
	/** number of keys */
	size_t keys;
	/** the first of them: key, revision and reason, a line each */
	char text[4096];
	/** number of keys whose reasons were not kept */
	size_t not_kept;
	/** most octets of a key, and of a reason */
	size_t key_max, reason_max;
};

static void
on_key(void* arg, const struct feed_key* key)
{
	struct listed* listed = arg;
	size_t used = strlen(listed->text);
	const char* at;
	listed->keys++;
	if(used < sizeof(listed->text) - 1024)
		snprintf(listed->text + used, sizeof(listed->text) - used,
			"%s %ld %s\n", key->key, (long)key->revision,
			key->reason);
	if(strstr(key->reason, "not kept"))
		listed->not_kept++;
	if(strlen(key->key) > listed->key_max)
		listed->key_max = strlen(key->key);
	if(strlen(key->reason) > listed->reason_max)
		listed->reason_max = strlen(key->reason);
	for(at = key->key; *at; at++)
		assert_true(*at > ' ' && *at < 0x7f);
	for(at = key->reason; *at; at++)
		assert_true(*at >= ' ' && *at < 0x7f);
}

/** feed_bad_keys or feed_ignored_keys. */
typedef size_t list_function(const struct feed* feed, feed_key_seen* seen,
	void* arg);

static struct listed listed;

/** List keys. @return their number, and not that of those which are listed. */
static size_t
list(const struct feed* feed, list_function* function)
{
	memset(&listed, 0, sizeof(listed));
	return function(feed, on_key, &listed);
}

/** Fail unless this is the whole list. */
static void
expect_list(const struct feed* feed, list_function* function,
	const char* expected)
{
	size_t total = list(feed, function);
	check(strcmp(listed.text, expected) == 0, "\"%s\", not \"%s\"",
		listed.text, expected);
	assert_int_equal(total, listed.keys);
}

/** The octets of a bad value are not an address. */
#define NO_ADDRESS " is not an IPv4 address such as 192.0.2.1\n"

/** The last that came is the first; what is mended, deleted or bad in another
 * way is so in the list. */
static void
test_bad_keys(void** state)
{
	struct feed* feed = *state;
	expect_list(feed, feed_bad_keys, "");
	set(feed, "/helix/com/example/foo/A", "one", 10);
	set(feed, "/helix/com/example/bar/A", "two", 11);
	set(feed, "/helix/com/example/\xff b/A\\", "three", 12);
	list(feed, feed_bad_keys);
	assert_int_equal(listed.keys, 3);
	assert_non_null(strstr(listed.text, "/helix/com/example/<ff><20>b/A\\ "
		"12 "));
	gone_octets(feed, OCTETS("/helix/com/example/\xff b/A\\"), 13);
	expect_list(feed, feed_bad_keys, "/helix/com/example/bar/A 11 \"two\""
		NO_ADDRESS "/helix/com/example/foo/A 10 \"one\"" NO_ADDRESS);
	set(feed, "/helix/com/example/foo/A", "four", 14);
	expect_list(feed, feed_bad_keys, "/helix/com/example/foo/A 14 \"four\""
		NO_ADDRESS "/helix/com/example/bar/A 11 \"two\"" NO_ADDRESS);
	set(feed, "/helix/com/example/bar/A", "192.0.2.1", 15);
	expect_list(feed, feed_bad_keys, "/helix/com/example/foo/A 14 \"four\""
		NO_ADDRESS);
	/* it looks wrong, and is served */
	set(feed, "/helix/com/example/foo/A", "192.0.2.1", 16);
	set(feed, "/helix/com/example/foo/CNAME", "192.0.2.1", 16);
	expect_list(feed, feed_bad_keys, "");
}

/** A list brings the same again, in any order, and not what is gone. */
static void
test_bad_keys_of_lists(void** state)
{
	struct feed* feed = *state;
	set(feed, "/helix/com/example/a/A", "a", 10);
	set(feed, "/helix/com/example/b/A", "b", 10);
	set(feed, "/helix/com/example/c/A", "c", 10);
	list_begin(feed);
	set(feed, "/helix/com/example/c/A", "c", 10);
	set(feed, "/helix/com/example/a/A", "other", 11);
	set(feed, "/helix/com/example/d/A", "d", 12);
	list_end(feed, 12);
	expect_list(feed, feed_bad_keys, "/helix/com/example/d/A 12 \"d\""
		NO_ADDRESS "/helix/com/example/a/A 11 \"other\"" NO_ADDRESS
		"/helix/com/example/c/A 10 \"c\"" NO_ADDRESS);
	gone_below(feed, OCTETS("/helix/com/example/a"), 13);
	gone_below(feed, OCTETS("/helix/com/example/d"), 13);
	expect_list(feed, feed_bad_keys, "/helix/com/example/c/A 10 \"c\""
		NO_ADDRESS);
}

/** Put a bad value, or with NULL, delete the key. */
static void
bad_number(struct feed* feed, unsigned number, const char* value)
{
	char key[64];
	snprintf(key, sizeof(key), "/helix/com/example/n%u/A", number);
	if(value)
		set(feed, key, value, 10);
	else	gone(feed, key, 11);
}

/** Fail unless so many keys are bad and listed, and for so many of these there
 * is no reason. */
static void
expect_bad(const struct feed* feed, size_t total, size_t keys, size_t not_kept)
{
	assert_int_equal(list(feed, feed_bad_keys), total);
	assert_int_equal(feed_stats(feed).bad, total);
	assert_int_equal(listed.keys, keys);
	assert_int_equal(listed.not_kept, not_kept);
}

/** More than are listed: when one of these is mended, another takes its place,
 * and the next that comes is listed with its reason. */
static void
test_many_bad_keys(void** state)
{
	struct feed* feed = *state;
	unsigned i;
	for(i = 0; i < 2500; i++)
		bad_number(feed, i, "bad");
	expect_bad(feed, 2500, 1000, 0);
	/* one without a reason goes */
	bad_number(feed, 2000, NULL);
	expect_bad(feed, 2499, 1000, 0);
	/* ten with a reason do */
	for(i = 500; i < 510; i++)
		bad_number(feed, i, i % 2 ? NULL : "192.0.2.1");
	expect_bad(feed, 2489, 1000, 10);
	/* one comes; and one comes again, in another way */
	bad_number(feed, 3000, "bad");
	expect_bad(feed, 2490, 1000, 9);
	bad_number(feed, 1200, "worse");
	expect_bad(feed, 2490, 1000, 8);
	assert_non_null(strstr(listed.text, "/n3000/A 10 \"bad\""));
	/* a list tells the reasons that are missing, as far as there is room */
	list_begin(feed);
	for(i = 0; i < 2500; i++) {
		if(i != 2000 && (i < 500 || i >= 510))
			bad_number(feed, i, "bad");
	}
	list_end(feed, 20);
	/* but for the room of n3000, which the list lacks */
	expect_bad(feed, 2489, 1000, 1);
	/* all that have one go */
	for(i = 0; i < 1500; i++)
		bad_number(feed, i, NULL);
	expect_bad(feed, 999, 999, 999);
	for(i = 1500; i < 2500; i++)
		bad_number(feed, i, NULL);
	expect_bad(feed, 0, 0, 0);
}

/** Long keys and values: what is listed of each has a bound. */
static void
test_bad_keys_long(void** state)
{
	static char key[100000], value[100000];
	struct feed* feed = *state;
	memset(key, '\xff', sizeof(key));
	memset(value, '\n', sizeof(value));
	memcpy(key, "/helix/com/example/", 19);
	set_octets(feed, key, sizeof(key), value, sizeof(value), 10);
	memcpy(key + sizeof(key) - 2, "/A", 2);
	set_octets(feed, key, sizeof(key), value, sizeof(value), 10);
	memcpy(key, "/helix/com/example/x/A", 22);
	set_octets(feed, key, 22, value, sizeof(value), 10);
	assert_int_equal(list(feed, feed_bad_keys), 3);
	assert_int_equal(listed.keys, 3);
	assert_true(listed.key_max > 500 && listed.key_max < 700);
	assert_true(listed.reason_max < 256);
}

/** What conflicts, and with what. */
static void
test_ignored_keys(void** state)
{
	struct feed* feed = *state;
	expect_list(feed, feed_ignored_keys, "");
	set(feed, "/helix/com/example/foo/CNAME/b", "b.example.net.", 10);
	commit(feed);
	set(feed, "/helix/com/example/Foo/CNAME/\xff", "c.example.net.", 11);
	expect_list(feed, feed_ignored_keys, "");
	commit(feed);
	expect_list(feed, feed_ignored_keys,
		"/helix/com/example/Foo/CNAME/<ff> 11 conflicts with the CNAME "
		"of key /helix/com/example/foo/CNAME/b\n");
	/* another name */
	set(feed, "/helix/org/example/CNAME", "a.example.net.", 12);
	set(feed, "/helix/org/example/bar/CNAME", "a.example.net.", 12);
	set(feed, "/helix/org/example/bar/TXT", "text", 12);
	commit(feed);
	expect_list(feed, feed_ignored_keys,
		"/helix/org/example/bar/CNAME 12 a CNAME cannot share its "
		"name with key /helix/org/example/bar/TXT\n"
		"/helix/com/example/Foo/CNAME/<ff> 11 conflicts with the CNAME "
		"of key /helix/com/example/foo/CNAME/b\n");
	/* both kinds of conflict: all CNAMEs are ignored for the other data */
	set(feed, "/helix/com/example/foo/A", "192.0.2.1", 13);
	gone(feed, "/helix/org/example/bar/CNAME", 13);
	commit(feed);
	expect_list(feed, feed_ignored_keys,
		"/helix/com/example/foo/CNAME/b 13 a CNAME cannot share its "
		"name with key /helix/com/example/foo/A\n"
		"/helix/com/example/Foo/CNAME/<ff> 13 a CNAME cannot share its "
		"name with key /helix/com/example/foo/A\n");
	assert_int_equal(feed_stats(feed).keys, 2);
	/* it ends */
	gone(feed, "/helix/com/example/foo/A", 14);
	gone(feed, "/helix/com/example/foo/CNAME/b", 14);
	commit(feed);
	expect_list(feed, feed_ignored_keys, "");
	/* a list brings one, and another takes it away */
	list_begin(feed);
	set(feed, "/helix/com/example/bar/CNAME", "www.example.net.", 12);
	set(feed, "/helix/com/example/bar/A", "192.0.2.1", 11);
	list_end(feed, 20);
	assert_int_equal(list(feed, feed_ignored_keys), 1);
	assert_int_equal(listed.keys, 1);
	list_begin(feed);
	set(feed, "/helix/com/example/bar/CNAME", "www.example.net.", 12);
	list_end(feed, 30);
	expect_list(feed, feed_ignored_keys, "");
}

/** More keys than are listed, at one name, and at many. */
static void
test_many_ignored_keys(void** state)
{
	struct feed* feed = *state;
	char key[64];
	unsigned i;
	for(i = 0; i < 1200; i++) {
		snprintf(key, sizeof(key), "/helix/com/example/n%u/CNAME", i);
		set(feed, key, "a.example.net.", 10);
		snprintf(key, sizeof(key), "/helix/com/example/n%u/A", i);
		set(feed, key, "192.0.2.1", 10);
	}
	commit(feed);
	assert_int_equal(list(feed, feed_ignored_keys), 1200);
	assert_int_equal(listed.keys, 1000);
	/* those that were listed go, and others take their places */
	for(i = 400; i < 1200; i++) {
		snprintf(key, sizeof(key), "/helix/com/example/n%u/A", i);
		gone(feed, key, 11);
	}
	commit(feed);
	assert_int_equal(list(feed, feed_ignored_keys), 400);
	assert_int_equal(listed.keys, 400);
	for(i = 0; i < 3000; i++) {
		snprintf(key, sizeof(key), "/helix/org/example/x/CNAME/%u", i);
		set(feed, key, i ? "a.example.net." : "b.example.net.", 12);
	}
	commit(feed);
	assert_int_equal(list(feed, feed_ignored_keys), 3399);
	assert_int_equal(listed.keys, 1000);
	gone_below(feed, OCTETS("/helix"), 13);
	commit(feed);
	expect_list(feed, feed_ignored_keys, "");
}

/** Where memory runs out, no list is told, or all of it is. */
static void
test_no_memory(void** state)
{
	struct feed* feed = *state;
	list_function* const functions[] = { feed_bad_keys,
		feed_ignored_keys };
	size_t i, told;
	unsigned at;
	set(feed, "/helix/com/example/a/A", "bad", 10);
	set(feed, "/helix/com/example/b/A", "bad", 10);
	set(feed, "/helix/com/example/c/A", "192.0.2.1", 10);
	set(feed, "/helix/com/example/c/CNAME", "a.example.net.", 10);
	set(feed, "/helix/com/example/d/A", "192.0.2.1", 10);
	set(feed, "/helix/com/example/d/CNAME", "a.example.net.", 10);
	commit(feed);
	for(i = 0; i < COUNT(functions); i++) {
		told = 0;
		for(at = 1; at < 20; at++) {
			refuse_malloc = at;
			assert_int_equal(list(feed, functions[i]), 2);
			assert_true(listed.keys == 0 || listed.keys == 2);
			assert_true(told == 0 || listed.keys == 2);
			told = listed.keys;
		}
		refuse_malloc = 0;
		assert_int_equal(told, 2);
	}
}

/** A key that cannot be noted for want of memory is told again, by a list. */
static void
test_no_memory_for_keys(void** state)
{
	struct feed* feed = *state;
	struct etcd_sink sink = feed_sink(feed);
	unsigned at;
	bool ok = false;
	for(at = 1; !ok && at < 20; at++) {
		refuse_malloc = at;
		ok = sink.put(feed, OCTETS("/helix/com/example/a/A"),
			OCTETS("bad"), 10);
		refuse_malloc = 0;
		rollback(feed);
		list_begin(feed);
		list_end(feed, 10);
		assert_true(ok || feed_stats(feed).bad == 0);
		expect_list(feed, feed_bad_keys, "");
		assert_int_equal(feed_stats(feed).suspicious, 0);
	}
	assert_true(ok && at > 2);
}

/* --- threads -------------------------------------------------------------- */

/** What readers do while the feed's thread writes. */
struct reading {
	const struct feed* feed;
	/** true once the writer is done */
	atomic_bool done;
	/** lists that were read */
	atomic_size_t lists;
};

static void
on_key_of_race(void* arg, const struct feed_key* key)
{
	size_t* keys = arg;
	++*keys;
	assert_true(strncmp(key->key, "/helix/com/example/", 19) == 0);
	assert_true(strlen(key->reason) > 10 && key->revision >= 10);
}

static void*
run_read(void* arg)
{
	struct reading* reading = arg;
	while(!atomic_load(&reading->done)) {
		struct feed_stats stats = feed_stats(reading->feed);
		size_t bad = 0, ignored = 0;
		(void)feed_bad_keys(reading->feed, on_key_of_race, &bad);
		(void)feed_ignored_keys(reading->feed, on_key_of_race,
			&ignored);
		assert_true(bad <= 200 && ignored <= 200 && stats.bad <= 200);
		reading->lists++;
	}
	return NULL;
}

/** One round of the writer's. */
static void
race_round(struct feed* feed, unsigned round)
{
	char key[64];
	unsigned i;
	bool lists = round % 4 == 3;
	if(lists)
		list_begin(feed);
	for(i = 0; i < 100; i++) {
		bad_number(feed, i, (i + round) % 3 ? "bad" : "192.0.2.1");
		snprintf(key, sizeof(key), "/helix/com/example/n%u/CNAME", i);
		if(round % 2 == 0)
			set(feed, key, "a.example.net.", 10 + round);
		else if(!lists)
			gone(feed, key, 10 + round);
		snprintf(key, sizeof(key), "/helix/com/example/c%u/CNAME/%u",
			i % 10, i);
		set(feed, key, i % 2 ? "a.example.net." : "b.example.net.",
			10 + round);
		if(i % 10 == 0)
			commit(feed);
	}
	if(lists)
		list_end(feed, 10 + round);
	else	commit(feed);
}

/** Lists are read while keys come and go. */
static void
test_threads(void** state)
{
	struct feed* feed = *state;
	struct reading reading = { .feed = feed };
	pthread_t reader[2];
	unsigned round;
	size_t i;
	for(i = 0; i < COUNT(reader); i++)
		assert_int_equal(pthread_create(&reader[i], NULL, run_read,
			&reading), 0);
	for(round = 0; round < 200 || reading.lists < 20; round++)
		race_round(feed, round);
	atomic_store(&reading.done, true);
	for(i = 0; i < COUNT(reader); i++)
		assert_int_equal(pthread_join(reader[i], NULL), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_events),
		test(test_delays),
		test(test_bounds),
		test(test_first_event),
		test(test_no_delay),
		test(test_store_counts),
		test(test_suspicious),
		test(test_bad_keys),
		test(test_bad_keys_of_lists),
		test(test_many_bad_keys),
		test(test_bad_keys_long),
		test(test_ignored_keys),
		test(test_many_ignored_keys),
		test(test_no_memory),
		test(test_no_memory_for_keys),
		test(test_threads),
	};
	return cmocka_run_group_tests_name("feed_status", tests, NULL, NULL);
}
