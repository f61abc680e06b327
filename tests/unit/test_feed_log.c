/*
 * tests/unit/test_feed_log.c - does the feed warn of what is wrong, and once?
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include "feeds.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- keys outside the zones ----------------------------------------------- */

/** Of keys in none of the zones, one is named after each list, and one in an
 * hour of those that are put later. */
static void
test_outside_told(void** state)
{
	struct feed* feed = *state;
	list_begin(feed);
	set(feed, "/helix/net/example/one/A", "192.0.2.1", 10);
	set(feed, "/helix/net/example/two/A", "192.0.2.1", 10);
	expect_lines(0);
	list_end(feed, 20);
	expect_lines(1);
	assert_string_equal(log_line[0], "helix: 2 keys ignored: in none of "
		"the zones, such as /helix/net/example/one/A");
	assert_int_equal(log_level[0], HELIX_LOG_INFO);
	set(feed, "/helix/net/example/three/A/x", "192.0.2.1", 21);
	expect_lines(2);
	assert_string_equal(log_line[1], "helix: key "
		"/helix/net/example/three/A/x ignored: in none of the zones; "
		"no other such key is logged for an hour");
	set(feed, "/helix/net/example/three/A/x", "192.0.2.1", 22);
	now_seconds += 3599;
	set(feed, "/helix/net/example/four/A", "192.0.2.1", 23);
	expect_lines(2);
	now_seconds++;
	set(feed, "/helix/net/example/four/A", "192.0.2.1", 24);
	expect_lines(3);
	/* what is not below the prefix is not told of */
	list_begin(feed);
	set(feed, "/helix", "x", 10);
	list_end(feed, 30);
	expect_lines(3);
	/* lists may take the place of a watch: one after the other says so */
	list_begin(feed);
	set(feed, "/helix/net/example/one/A", "192.0.2.1", 10);
	list_end(feed, 40);
	expect_lines(4);
	list_begin(feed);
	set(feed, "/helix/net/example/one/A", "192.0.2.1", 10);
	list_end(feed, 50);
	expect_lines(4);
	list_begin(feed);
	set(feed, "/helix/net/example/one/A", "192.0.2.1", 10);
	set(feed, "/helix/net/example/two/A", "192.0.2.1", 10);
	list_end(feed, 60);
	expect_lines(5);
}

/** Whoever puts a key with its labels in the order of names is told. */
static void
test_outside_in_reverse(void** state)
{
	struct feed* feed = *state;
	list_begin(feed);
	set(feed, "/helix/net/example/one/A", "192.0.2.1", 10);
	set(feed, "/helix/foo/example/com/A/x", "192.0.2.1", 10);
	set(feed, "/helix/net/example/two/A", "192.0.2.1", 10);
	set(feed, "/helix/bar/example/com/A", "192.0.2.1", 10);
	list_end(feed, 20);
	expect_line(1, "helix: 4 keys ignored: in none of the "
		"zones, such as /helix/foo/example/com/A/x; did "
		"you mean /helix/com/example/foo/A/x?");
	assert_int_equal(log_level[0], HELIX_LOG_WARNING);
	/* spelled in its own way: the guess has no id */
	set(feed, "/helix/Foo/example/com/TXT/x", "192.0.2.1", 21);
	expect_line(2, "helix: key "
		"/helix/Foo/example/com/TXT/x ignored: in none of the zones; "
		"did you mean /helix/com/example/foo/TXT?");
	set(feed, "/helix/example/com/MX", "192.0.2.1", 22);
	expect_lines(3);
	assert_non_null(strstr(log_line[2], "did you mean "
		"/helix/com/example/MX?"));
	/* not what cannot be spelled in the plain way */
	set(feed, "/helix/a\\.b/example/com/A", "192.0.2.1", 23);
	set(feed, "/helix/a\\047b/example/com/A", "192.0.2.1", 23);
	expect_lines(4);
	assert_null(strstr(log_line[3], "mean"));
	/* however many there are */
	log_lines = 0;
	now_seconds += 1000;
	set_many(feed, "/helix/", "/example/com/A", 23);
	expect_lines(20);
}

/* --- bad keys ------------------------------------------------------------- */

/** What is served and looks wrong is told once for each put, and is served. */
static void
test_looks_wrong(void** state)
{
	struct feed* feed = *state;
	set(feed, "/helix/com/example/web/A/A", "192.0.2.1", 10);
	expect_line(1, "helix: key "
		"/helix/com/example/web/A/A is served, but looks wrong: its "
		"last two segments are types, so that it is A of "
		"a.web.example.com., and not A with the id A; write that "
		"label, or that id, in lower case");
	assert_int_equal(log_level[0], HELIX_LOG_WARNING);
	set(feed, "/helix/com/example/foo/CNAME", "192.0.2.1", 10);
	expect_line(2, "helix: key "
		"/helix/com/example/foo/CNAME is served, but looks wrong: "
		"field 1, \"192.0.2.1\", is an IP address, and not a name; "
		"expected a name such as www.example.com.");
	/* both at once */
	set(feed, "/helix/com/example/\303\274/NS", "192.0.2.1", 10);
	expect_lines(3);
	assert_non_null(strstr(log_line[2], "; and a label is not ASCII"));
	expect_stats(feed, 0, 0, 0);
	commit(feed);
	expect(feed, "a.web.example.com.", "192.0.2.1");
	expect_stats(feed, 3, 0, 0);
	/* a bad value may be one because of the key */
	set(feed, "/helix/com/example/web/A/MX", "192.0.2.1", 10);
	expect_lines(4);
	assert_non_null(strstr(log_line[3], "/MX is not served: field 1, "));
	assert_non_null(strstr(log_line[3], "; and its last two segments are "
		"types, so that it is MX of a.web.example.com."));
	gone(feed, "/helix/com/example/web/A/MX", 11);
	log_lines = 3;
	/* in a list, only what is new */
	list_begin(feed);
	set(feed, "/helix/com/example/web/A/A", "192.0.2.1", 10);
	set(feed, "/helix/com/example/foo/CNAME", "192.0.2.2", 11);
	list_end(feed, 20);
	expect_lines(4);
	/* what the list lacked is forgotten */
	set(feed, "/helix/com/example/\303\274/NS", "192.0.2.1", 10);
	expect_lines(5);
	commit(feed);
	/* wrong, looks wrong, right, gone */
	set(feed, "/helix/com/example/foo/CNAME", "no name", 30);
	expect_lines(6);
	expect_stats(feed, 3, 1, 0);
	set(feed, "/helix/com/example/foo/CNAME", "192.0.2.1", 31);
	expect_lines(7);
	expect_stats(feed, 3, 0, 0);
	set(feed, "/helix/com/example/foo/CNAME", "www.example.com", 32);
	expect_lines(7);
	set(feed, "/helix/com/example/foo/CNAME", "192.0.2.1", 33);
	gone(feed, "/helix/com/example/foo/CNAME", 34);
	set(feed, "/helix/com/example/foo/CNAME", "192.0.2.1", 34);
	expect_lines(9);
	expect_stats(feed, 3, 0, 0);
}

/** And no flood of it fills the log. */
static void
test_looks_wrong_flood(void** state)
{
	struct feed* feed = *state;
	set_many(feed, "/helix/com/example/", "/A/A", 10);
	expect_lines(20);
	expect_stats(feed, 0, 0, 0);
	set_many(feed, "/helix/com/example/", "/A/A", 10);
	expect_lines(20);
	now_seconds++;
	commit(feed);
	expect_line(21, "helix: 980 more warnings "
		"suppressed; bad keys now: 0");
	list_begin(feed);
	list_end(feed, 20);
	expect_lines(21);
	expect_stats(feed, 0, 0, 0);
}

/** A key and a value, one of which is bad. */
struct bad_case {
	/** the key */
	const char* key;
	/** octets of it */
	size_t key_len;
	/** the value */
	const char* value;
	/** octets of it */
	size_t value_len;
	/** what the line of log is */
	const char* line;
};

static const struct bad_case bad_cases[] = {
	{ OCTETS("/helix/com/example/foo/A"), OCTETS("bad"),
		"helix: key /helix/com/example/foo/A is not served: \"bad\" "
		"is not an IPv4 address such as 192.0.2.1" },
	{ OCTETS("/helix/com/example/foo/A/x"), OCTETS(""),
		"helix: key /helix/com/example/foo/A/x is not served: the "
		"value is empty; expected an IPv4 address such as 192.0.2.1" },
	{ OCTETS("/helix/com/example/foo/AAAA"), OCTETS("192.0.2.1"),
		"helix: key /helix/com/example/foo/AAAA is not served: "
		"\"192.0.2.1\" is not an IPv6 address such as 2001:db8::1" },
	{ OCTETS("/helix/com/example/foo/RRSIG"), OCTETS("10 mail"),
		"helix: key /helix/com/example/foo/RRSIG is not served: its "
		"type is one that only a signer makes, and zones are not "
		"signed here" },
	{ OCTETS("/helix/com/example.foo/A"), OCTETS("192.0.2.1"),
		"helix: key /helix/com/example.foo/A is not served: a segment "
		"has a dot in it; write each label as a segment of its own, "
		"or \\. for a dot inside a label" },
	{ OCTETS("/helix/com/example/foo/"), OCTETS("192.0.2.1"),
		"helix: key /helix/com/example/foo/ is not served: a segment "
		"is empty (a doubled or final '/')" },
	/* a key that is not fit for a log is made so */
	{ OCTETS("/helix/a\nb \0\x7f\xff"), OCTETS("192.0.2.1"),
		"helix: key /helix/a<0a>b<20><00><7f><ff> is not served: "
		"neither its last segment nor the one before it is a type; "
		"types are in upper case, as A or AAAA" },
};

static void
test_bad_keys(void** state)
{
	struct feed* feed = *state;
	size_t i;
	for(i = 0; i < COUNT(bad_cases); i++) {
		const struct bad_case* row = &bad_cases[i];
		set_octets(feed, row->key, row->key_len, row->value,
			row->value_len, 10 + (int64_t)i);
		expect_lines(i + 1);
		assert_string_equal(log_line[i], row->line);
		assert_int_equal(log_level[i], HELIX_LOG_WARNING);
		expect_stats(feed, 0, i + 1, 0);
	}
	commit(feed);
	expect(feed, "foo.example.com.", "NXDOMAIN");
	for(i = 0; i < COUNT(bad_cases); i++)
		gone_octets(feed, bad_cases[i].key, bad_cases[i].key_len, 30);
	expect_stats(feed, 0, 0, 0);
	expect_lines(COUNT(bad_cases));
}

/** However long and strange a key is, the line says why it is bad. */
static void
test_bad_key_long(void** state)
{
	static const char fill[] = { 'x', '\n', '\xff', ' ' };
	static char key[100000];
	struct feed* feed = *state;
	size_t i;
	for(i = 0; i < sizeof(fill); i++) {
		memset(key, fill[i], sizeof(key));
		memcpy(key, "/helix/", 7);
		set_octets(feed, key, sizeof(key), OCTETS("192.0.2.1"), 10);
		expect_lines(i + 1);
		check(strncmp(log_line[i], "helix: key /helix/", 18) == 0,
			"%s", log_line[i]);
		check(strstr(log_line[i], "is not served: neither its last "
			"segment"), "fill %zu: no reason in %s", i,
			log_line[i]);
		expect_stats(feed, 0, i + 1, 0);
	}
}

/** etcd is the truth: a bad value takes the place of a good one. */
static void
test_bad_value_withdraws(void** state)
{
	struct feed* feed = *state;
	set(feed, "/helix/com/example/foo/A/x", "192.0.2.1", 10);
	set(feed, "/helix/com/example/foo/A/y", "192.0.2.2", 10);
	commit(feed);
	set(feed, "/helix/com/example/foo/A/x", "192.0.2.256", 11);
	expect_stats(feed, 2, 1, 0);
	commit(feed);
	/* it costs no other key anything */
	expect(feed, "foo.example.com.", "192.0.2.2");
	expect_stats(feed, 1, 1, 0);
	assert_int_equal(serial_of(feed, "example.com."), 11);
	expect_lines(1);
	/* and the next good one is served again, without a word */
	set(feed, "/helix/com/example/foo/A/x", "192.0.2.3", 12);
	expect_stats(feed, 1, 0, 0);
	commit(feed);
	expect(feed, "foo.example.com.", "192.0.2.2 192.0.2.3");
	expect_stats(feed, 2, 0, 0);
	expect_lines(1);
	/* good and then bad in one commit: the last counts */
	set(feed, "/helix/com/example/foo/A/y", "192.0.2.4", 13);
	set(feed, "/helix/com/example/foo/A/y", "bad", 14);
	commit(feed);
	expect(feed, "foo.example.com.", "192.0.2.3");
	set(feed, "/helix/com/example/foo/A/y", "bad again", 15);
	set(feed, "/helix/com/example/foo/A/y", "192.0.2.5", 16);
	commit(feed);
	expect(feed, "foo.example.com.", "192.0.2.3 192.0.2.5");
	expect_stats(feed, 2, 0, 0);
	expect_lines(3);
}

/** Once a revision, each key is warned about. */
static void
test_bad_key_warned_once(void** state)
{
	struct feed* feed = *state;
	set(feed, "/helix/com/example/foo/A", "bad", 10);
	expect_lines(1);
	set(feed, "/helix/com/example/foo/A", "bad", 10);
	expect_lines(1);
	expect_stats(feed, 0, 1, 0);
	/* another key at that revision */
	set(feed, "/helix/com/example/bar/A", "bad", 10);
	expect_lines(2);
	/* the same key with a new value */
	set(feed, "/helix/com/example/foo/A", "worse", 11);
	expect_lines(3);
	assert_non_null(strstr(log_line[2], "\"worse\""));
	expect_stats(feed, 0, 2, 0);
	/* a key that was good in between, or gone */
	set(feed, "/helix/com/example/foo/A", "192.0.2.1", 12);
	expect_lines(3);
	expect_stats(feed, 0, 1, 0);
	set(feed, "/helix/com/example/foo/A", "bad", 13);
	expect_lines(4);
	gone(feed, "/helix/com/example/foo/A", 14);
	expect_stats(feed, 0, 1, 0);
	set(feed, "/helix/com/example/foo/A", "bad", 15);
	expect_lines(5);
	expect_stats(feed, 0, 2, 0);
	/* keys of which one begins with the other are two */
	set(feed, "/helix/com/example/foo/A/x", "bad", 15);
	expect_lines(6);
	gone(feed, "/helix/com/example/foo/A", 16);
	expect_stats(feed, 0, 2, 0);
}

/** Put a flood of bad keys, with a type that is not served. */
static void
put_flood(struct feed* feed, int64_t revision)
{
	char key[64];
	size_t i;
	for(i = 0; i < FLOOD; i++) {
		snprintf(key, sizeof(key), "/helix/com/example/TYPE1/%zu", i);
		set(feed, key, "x", revision);
	}
}

/** Many bad keys do not flood the log, but they are counted. */
static void
test_flood(void** state)
{
	struct feed* feed = *state;
	list_begin(feed);
	put_flood(feed, 10);
	set(feed, "/helix/com/example/foo/A", "192.0.2.1", 10);
	expect_stats(feed, 0, FLOOD, 0);
	expect_lines(20);
	list_end(feed, 20);
	/* and how many were not told */
	expect_line(21, "helix: 980 more warnings "
		"suppressed; bad keys now: 1000");
	expect(feed, "foo.example.com.", "192.0.2.1");
	/* the same again: nothing new */
	log_lines = 0;
	list_begin(feed);
	put_flood(feed, 10);
	list_end(feed, 21);
	expect_lines(0);
	expect_stats(feed, 0, FLOOD, 0);
	/* and all of them gone */
	list_begin(feed);
	list_end(feed, 22);
	expect_stats(feed, 0, 0, 0);
	expect_lines(0);
}

/** After the first, one warning a second; it says how many were suppressed. */
static void
test_flood_goes_on(void** state)
{
	struct feed* feed = *state;
	put_flood(feed, 10);
	expect_lines(20);
	log_lines = 0;
	now_seconds += 3;
	put_flood(feed, 11);
	expect_lines(4);
	assert_string_equal(log_line[0], "helix: 980 more warnings "
		"suppressed; bad keys now: 1000");
	assert_non_null(strstr(log_line[1], "TYPE1/0 is not served"));
	assert_non_null(strstr(log_line[3], "TYPE1/2 is not served"));
	/* after a quiet time, as many as at first */
	log_lines = 0;
	now_seconds += 1000;
	put_flood(feed, 12);
	expect_lines(21);
	assert_string_equal(log_line[0], "helix: 997 more warnings suppressed; "
		"bad keys now: 1000");
}

/** How many were suppressed is logged after the flood, by what comes next,
 * also if that is good. */
static void
test_flood_ends(void** state)
{
	struct feed* feed = *state;
	put_flood(feed, 10);
	expect_lines(20);
	set(feed, "/helix/com/example/foo/A", "192.0.2.1", 11);
	commit(feed);
	/* too soon for one more line */
	expect_lines(20);
	now_seconds++;
	commit(feed);
	expect_line(21, "helix: 980 more warnings "
		"suppressed; bad keys now: 1000");
	now_seconds++;
	commit(feed);
	expect_lines(21);
}

/* --- crowds --------------------------------------------------------------- */

/** An RRset that resolvers may refuse is warned about. */
static void
test_crowded(void** state)
{
	struct feed* feed = *state;
	char key[64], value[32];
	unsigned i;
	for(i = 0; i < 101; i++) {
		snprintf(key, sizeof(key), "/helix/com/example/foo/A/%u", i);
		snprintf(value, sizeof(value), "192.0.2.%u", i);
		set(feed, key, value, 10);
		if(i == 99)
			commit(feed);
	}
	expect_lines(0);
	commit(feed);
	expect_lines(1);
	assert_int_equal(log_level[0], HELIX_LOG_WARNING);
	assert_non_null(strstr(log_line[0], "foo.example.com. A has 101 "
		"records, and 101 of them fit into an answer"));
	set(feed, "/helix/com/example/foo/A/x", "192.0.2.200", 11);
	commit(feed);
	expect_lines(1);
}

/* --- conflicts ------------------------------------------------------------ */

/** Whether readers find records of a type at a name. */
static bool
has(struct feed* feed, const char* text, uint16_t type)
{
	struct name name;
	struct name_walk walk;
	struct store_rrset rrset;
	const struct store_name* found;
	struct store* store = feed_store(feed);
	bool has_it;
	question_name(&name, text);
	assert_true(name_walk_init(&walk, name.wire, name.len,
		store_seed(store)));
	store_read_lock(store);
	found = store_find(store, &walk, walk.labels);
	has_it = found && store_get(found, type, &rrset);
	store_read_unlock(store);
	return has_it;
}

static void
test_one_cname_stands(void** state)
{
	struct feed* feed = *state;
	set(feed, "/helix/com/example/foo/CNAME/b", "b.example.net.", 10);
	commit(feed);
	expect_lines(0);
	set(feed, "/helix/com/example/foo/CNAME/a", "a.example.net.", 11);
	commit(feed);
	expect_line(1, "helix: key /helix/com/example/foo/CNAME/b ignored: "
		"conflicts with the CNAME of key "
		"/helix/com/example/foo/CNAME/a");
	set(feed, "/helix/com/example/foo/CNAME/b", "c.example.net.", 12);
	commit(feed);
	expect_lines(1);
	/* a key is named as it is written in etcd */
	set(feed, "/helix/com/example/Bar/TYPE5/\xff", "b.example.net.", 13);
	set(feed, "/helix/com/example/bar/CNAME", "a.example.net.", 13);
	commit(feed);
	expect_line(2, "helix: key /helix/com/example/Bar/TYPE5/<ff> ignored: "
		"conflicts with the CNAME of key "
		"/helix/com/example/bar/CNAME");
	expect_stats(feed, 2, 0, 0);
	assert_int_equal(feed_stats(feed).ignored, 2);
}

static void
test_cname_beside_others(void** state)
{
	struct feed* feed = *state;
	set(feed, "/helix/com/example/foo/CNAME", "www.example.net.", 10);
	commit(feed);
	assert_true(has(feed, "foo.example.com.", TYPE_CNAME));
	set(feed, "/helix/com/example/foo/A/x", "192.0.2.1", 11);
	commit(feed);
	expect_line(1, "helix: key /helix/com/example/foo/CNAME ignored: "
		"a CNAME cannot share its name with key "
		"/helix/com/example/foo/A/x");
	assert_false(has(feed, "foo.example.com.", TYPE_CNAME));
	expect(feed, "foo.example.com.", "192.0.2.1");
	set(feed, "/helix/com/example/foo/A/x", "192.0.2.2", 12);
	set(feed, "/helix/com/example/foo/CNAME", "new.example.net.", 12);
	commit(feed);
	expect_lines(1);
	gone(feed, "/helix/com/example/foo/A/x", 13);
	commit(feed);
	assert_true(has(feed, "foo.example.com.", TYPE_CNAME));
	assert_int_equal(serial_of(feed, "example.com."), 13);
	/* a bad value withdraws the other data too */
	set(feed, "/helix/com/example/foo/A", "192.0.2.2", 14);
	commit(feed);
	expect_lines(2);
	set(feed, "/helix/com/example/foo/A", "bad", 15);
	commit(feed);
	expect_lines(3);
	assert_true(has(feed, "foo.example.com.", TYPE_CNAME));
}

/** However long the keys are, the line names both. */
static void
test_conflict_of_long_keys(void** state)
{
	static const char fill[] = { 'x', '\n', '\xff' };
	static const char base[] = "/helix/com/example/foo/CNAME/";
	struct feed* feed = *state;
	char* key = malloc(60000);
	size_t i;
	assert_non_null(key);
	for(i = 0; i < sizeof(fill); i++) {
		memset(key, fill[i], 60000);
		memcpy(key, base, sizeof(base) - 1);
		set_octets(feed, key, 60000, OCTETS("foo.example.net."), 10);
		key[59999] = 'y';
		set_octets(feed, key, 60000, OCTETS("bar.example.net."), 10);
		commit(feed);
		expect_lines(2 * i + 1);
		check(strstr(log_line[2 * i], "ignored: conflicts with "
			"the CNAME of key /helix/com/example/foo/CNAME/"),
			"%s", log_line[2 * i]);
		set(feed, "/helix/com/example/foo/A", "192.0.2.1", 11);
		commit(feed);
		expect_lines(2 * i + 2);
		check(strstr(log_line[2 * i + 1], "... ignored: a "
			"CNAME cannot share its name with key "
			"/helix/com/example/foo/A"), "%s",
			log_line[2 * i + 1]);
		gone_below(feed, OCTETS("/helix"), 12);
		commit(feed);
	}
	free(key);
}

/** Conflicts do not flood the log either. */
static void
test_flood_of_conflicts(void** state)
{
	struct feed* feed = *state;
	char key[64];
	unsigned i;
	for(i = 0; i < 100; i++) {
		snprintf(key, sizeof(key), "/helix/com/example/h%u/CNAME", i);
		set(feed, key, "www.example.net.", 10);
		snprintf(key, sizeof(key), "/helix/com/example/h%u/A", i);
		set(feed, key, "192.0.2.1", 10);
	}
	commit(feed);
	expect_lines(20);
	now_seconds += 2;
	set(feed, "/helix/com/example/foo/CNAME", "www.example.net.", 11);
	set(feed, "/helix/com/example/foo/A", "192.0.2.1", 11);
	commit(feed);
	expect_lines(22);
	assert_string_equal(log_line[20], "helix: 80 more warnings "
		"suppressed; bad keys now: 0");
}

/** Of what contradicts itself while a list is taken in, only that is told
 * which does so in the end. */
static void
test_conflicts_of_lists(void** state)
{
	struct feed* feed = *state;
	set(feed, "/helix/com/example/foo/A", "192.0.2.1", 10);
	set(feed, "/helix/com/example/bar/A", "192.0.2.1", 10);
	commit(feed);
	list_begin(feed);
	set(feed, "/helix/com/example/bar/CNAME", "www.example.net.", 12);
	set(feed, "/helix/com/example/foo/CNAME", "www.example.net.", 11);
	commit(feed);
	set(feed, "/helix/com/example/foo/A", "192.0.2.1", 10);
	commit(feed);
	expect_lines(0);
	list_end(feed, 20);
	expect_line(1, "helix: key /helix/com/example/foo/CNAME ignored: "
		"a CNAME cannot share its name with key "
		"/helix/com/example/foo/A");
	assert_false(has(feed, "foo.example.com.", TYPE_CNAME));
	assert_true(has(feed, "bar.example.com.", TYPE_CNAME));
	assert_int_equal(serial_of(feed, "example.com."), 20);
	/* the same list again: nothing is new, and nothing changes */
	list_begin(feed);
	set(feed, "/helix/com/example/bar/CNAME", "www.example.net.", 12);
	set(feed, "/helix/com/example/foo/A", "192.0.2.1", 10);
	set(feed, "/helix/com/example/foo/CNAME", "www.example.net.", 11);
	list_end(feed, 30);
	expect_lines(1);
	assert_int_equal(serial_of(feed, "example.com."), 20);
	expect_stats(feed, 2, 0, 0);
	assert_int_equal(feed_stats(feed).ignored, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_outside_told),
		test(test_outside_in_reverse),
		test(test_looks_wrong),
		test(test_looks_wrong_flood),
		test(test_bad_keys),
		test(test_bad_key_long),
		test(test_bad_value_withdraws),
		test(test_bad_key_warned_once),
		test(test_flood),
		test(test_flood_goes_on),
		test(test_flood_ends),
		test(test_crowded),
		test(test_one_cname_stands),
		test(test_cname_beside_others),
		test(test_conflict_of_long_keys),
		test(test_flood_of_conflicts),
		test(test_conflicts_of_lists),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
