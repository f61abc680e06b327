/*
 * tests/unit/test_feed.c - do keys and values become what is served?
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include "feeds.h"
#include "unbound/refuse.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- events --------------------------------------------------------------- */

static void
test_put_and_remove(void** state)
{
	struct feed* feed = *state;
	expect(feed, "foo.example.com.", "NXDOMAIN");
	set(feed, "/helix/com/example/foo/A", "192.0.2.1", 10);
	expect(feed, "foo.example.com.", "NXDOMAIN");
	expect_stats(feed, 0, 0, 0);
	commit(feed);
	expect(feed, "foo.example.com.", "192.0.2.1");
	expect_stats(feed, 1, 0, 0);
	set(feed, "/helix/com/example/foo/A/x", "192.0.2.2", 11);
	set(feed, "/helix/com/example/foo/A", "192.0.2.3", 12);
	commit(feed);
	expect(feed, "foo.example.com.", "192.0.2.2 192.0.2.3");
	gone(feed, "/helix/com/example/foo/A", 13);
	expect(feed, "foo.example.com.", "192.0.2.2 192.0.2.3");
	commit(feed);
	expect(feed, "foo.example.com.", "192.0.2.2");
	gone(feed, "/helix/com/example/foo/A/x", 14);
	gone(feed, "/helix/com/example/never/A", 14);
	commit(feed);
	expect(feed, "foo.example.com.", "NXDOMAIN");
	expect_stats(feed, 0, 0, 0);
	expect_lines(0);
}

/** The same name and type by other spellings: each key keeps its records. */
static void
test_spellings(void** state)
{
	struct feed* feed = *state;
	set(feed, "/helix/com/example/foo/A", "192.0.2.1", 10);
	set(feed, "/helix/com/example/Foo/A", "192.0.2.2", 11);
	set(feed, "/helix/com/example/foo/TYPE1", "192.0.2.3", 12);
	set(feed, "/helix/com/example/f\\111o/A", "192.0.2.4", 13);
	commit(feed);
	expect(feed, "foo.example.com.",
		"192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4");
	gone(feed, "/helix/com/example/Foo/A", 14);
	gone(feed, "/helix/com/example/f\\111o/A", 15);
	commit(feed);
	expect(feed, "foo.example.com.", "192.0.2.1 192.0.2.3");
	expect_stats(feed, 2, 0, 0);
}

static void
test_rollback(void** state)
{
	struct feed* feed = *state;
	set(feed, "/helix/com/example/foo/A", "192.0.2.1", 10);
	commit(feed);
	set(feed, "/helix/com/example/foo/A", "192.0.2.2", 11);
	set(feed, "/helix/com/example/bar/A", "192.0.2.3", 11);
	rollback(feed);
	commit(feed);
	expect(feed, "foo.example.com.", "192.0.2.1");
	expect(feed, "bar.example.com.", "NXDOMAIN");
	expect_stats(feed, 1, 0, 0);
	assert_int_equal(serial_of(feed, "example.com."), 10);
}

static void
test_delete(void** state)
{
	(void)state;
	feed_delete(NULL);
	/* the fixture's is deleted with all kinds of things in it */
	set(*state, "/helix/com/example/foo/A", "192.0.2.1", 10);
	commit(*state);
	set(*state, "/helix/com/example/foo/A", "192.0.2.2", 11);
	set(*state, "/helix/com/example/foo/RRSIG", "10 mail", 12);
	set(*state, "/helix/com/example/bar/A", "bad", 12);
	expect_stats(*state, 1, 2, 0);
}

/* --- prefixes ------------------------------------------------------------- */

/** A key under some prefix. */
struct prefix_case {
	/** prefix of the feed */
	const char* prefix;
	/** the key, whose value is 192.0.2.1 */
	const char* key;
	/** octets of it */
	size_t key_len;
	/** number of keys that are served then */
	size_t served;
	/** number of keys that are bad */
	size_t bad;
	/** number of keys that are outside */
	size_t outside;
};

static const struct prefix_case prefix_cases[] = {
	{ "/helix", OCTETS("/helix/com/example/foo/A"), 1, 0, 0 },
	/* keys of others, which are not a feed's business */
	{ "/helix", OCTETS("/helixir/com/example/foo/A"), 0, 0, 1 },
	{ "/helix", OCTETS("/helix"), 0, 0, 1 },
	{ "/helix", OCTETS("/heli"), 0, 0, 1 },
	{ "/helix", OCTETS(""), 0, 0, 1 },
	{ "/helix", OCTETS("helix/com/example/foo/A"), 0, 0, 1 },
	{ "/helix", OCTETS("/HELIX/com/example/foo/A"), 0, 0, 1 },
	{ "/helix", OCTETS("/other/helix/com/example/foo/A"), 0, 0, 1 },
	{ "/helix", OCTETS("/helix\0com/example/foo/A"), 0, 0, 1 },
	{ "/helix", OCTETS("/helixir/RRSIG"), 0, 0, 1 },
	/* in no zone */
	{ "/helix", OCTETS("/helix/net/example/foo/A"), 0, 0, 1 },
	{ "/helix", OCTETS("/helix/com/A"), 0, 0, 1 },
	{ "/helix", OCTETS("/helix/A"), 0, 0, 1 },
	{ "/helix", OCTETS("/helix/com/xexample/A"), 0, 0, 1 },
	/* at the apex, and in any case */
	{ "/helix", OCTETS("/helix/com/example/A"), 1, 0, 0 },
	{ "/helix", OCTETS("/helix/COM/Example/A"), 1, 0, 0 },
	{ "/helix", OCTETS("/helix/org/example/A/x"), 1, 0, 0 },
	/* below the prefix, and no key */
	{ "/helix", OCTETS("/helix/"), 0, 1, 0 },
	{ "/helix", OCTETS("/helix//com/example/foo/A"), 0, 1, 0 },
	{ "/helix", OCTETS("/helix/com/example/foo"), 0, 1, 0 },
	{ "/helix", OCTETS("/helix/com/example/foo\0/A"), 1, 0, 0 },
	/* other prefixes */
	{ "", OCTETS("/com/example/foo/A"), 1, 0, 0 },
	{ "", OCTETS("com/example/foo/A"), 0, 0, 1 },
	{ "", OCTETS("/helix/com/example/foo/A"), 0, 0, 1 },
	{ "", OCTETS("/"), 0, 1, 0 },
	{ "dns", OCTETS("dns/com/example/foo/A"), 1, 0, 0 },
	{ "dns", OCTETS("/dns/com/example/foo/A"), 0, 0, 1 },
	{ "/a/b/c", OCTETS("/a/b/c/com/example/foo/A"), 1, 0, 0 },
	{ "/a/b/c", OCTETS("/a/b/com/example/foo/A"), 0, 0, 1 },
	{ "/com/example", OCTETS("/com/example/com/example/foo/A"), 1, 0, 0 },
	{ "/com/example", OCTETS("/com/example/foo/A"), 0, 0, 1 },
	/* a prefix with a '/' at its end has one more in its keys */
	{ "/helix/", OCTETS("/helix//com/example/foo/A"), 1, 0, 0 },
};

static void
test_prefixes(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(prefix_cases); i++) {
		const struct prefix_case* row = &prefix_cases[i];
		struct feed* feed = feed_new(row->prefix);
		char* key = malloc(row->key_len);
		struct feed_stats stats;
		assert_non_null(key);
		memcpy(key, row->key, row->key_len);
		set_octets(feed, key, row->key_len, OCTETS("192.0.2.1"), 10);
		commit(feed);
		stats = feed_stats(feed);
		check(stats.keys == row->served, "row %zu: %zu keys", i,
			stats.keys);
		check(stats.bad == row->bad, "row %zu: %zu bad", i,
			stats.bad);
		check(stats.outside == row->outside, "row %zu: %zu outside",
			i, stats.outside);
		/* and it goes as it came */
		gone_octets(feed, key, row->key_len, 11);
		commit(feed);
		stats = feed_stats(feed);
		check(stats.keys == 0 && stats.bad == 0, "row %zu: rest", i);
		free(key);
		feed_delete(feed);
	}
}

/** Names outside the zones cost nothing: they are not in the store, and one of
 * them is in the log. */
static void
test_outside(void** state)
{
	struct feed* feed = *state;
	size_t names = store_stats(feed_store(feed)).names;
	set(feed, "/helix/net/example/foo/A", "192.0.2.1", 10);
	set(feed, "/helix/net/example/foo/A/x", "no address", 11);
	set(feed, "/helix/com/A", "192.0.2.1", 12);
	commit(feed);
	expect(feed, "foo.example.net.", "REFUSED");
	expect_stats(feed, 0, 0, 3);
	expect_lines(1);
	assert_int_equal(store_stats(feed_store(feed)).names, names);
	gone(feed, "/helix/com/A", 13);
	commit(feed);
	/* a list counts anew */
	list_begin(feed);
	expect_stats(feed, 0, 0, 0);
	set(feed, "/helix/net/example/foo/A", "192.0.2.1", 10);
	list_end(feed, 20);
	expect_stats(feed, 0, 0, 1);
	assert_int_equal(serial_of(feed, "example.com."), 0);
}

/* --- the apex ------------------------------------------------------------- */

/** A key, and whether it is bad in the zones example.com. and
 * sub.example.com. */
struct apex_case {
	/** the key */
	const char* key;
	/** its value */
	const char* value;
	/** why it is bad; NULL if it is served */
	const char* why;
};

#define SOA_VALUE "ns.example.com. root.example.com. 1 3600 600 86400 5"
#define WHY_NO_CNAME "a zone's apex has an SOA, and a CNAME cannot share " \
	"its name with other data; give it addresses"
#define WHY_NO_SOA "an SOA belongs at a zone's apex; put it there, or make " \
	"this name a zone in helix.yaml"

static const struct apex_case apex_cases[] = {
	{ "/helix/com/example/CNAME", "www.example.net.", WHY_NO_CNAME },
	{ "/helix/com/example/CNAME/x", "www.example.net.", WHY_NO_CNAME },
	{ "/helix/com/example/sub/CNAME", "www.example.net.", WHY_NO_CNAME },
	{ "/helix/com/example/foo/CNAME", "www.example.net.", NULL },
	{ "/helix/com/example/sub/foo/CNAME", "www.example.net.", NULL },
	{ "/helix/com/example/SOA", SOA_VALUE, NULL },
	{ "/helix/com/example/sub/SOA", SOA_VALUE, NULL },
	{ "/helix/com/example/foo/SOA", SOA_VALUE, WHY_NO_SOA },
	{ "/helix/com/example/sub/foo/SOA/x", SOA_VALUE, WHY_NO_SOA },
	{ "/helix/com/example/NS", "ns.example.net.", NULL },
	{ "/helix/com/example/A", "192.0.2.1", NULL },
};

static void
test_apex(void** state)
{
	struct feed* feed = feed_of("/helix", "example.com.",
		"sub.example.com.");
	char line[LINE_OCTETS];
	size_t i, good = 0, bad = 0, lines = 0;
	(void)state;
	for(i = 0; i < COUNT(apex_cases); i++) {
		const struct apex_case* row = &apex_cases[i];
		set(feed, row->key, row->value, 10);
		commit(feed);
		good += row->why == NULL;
		bad += row->why != NULL;
		expect_stats(feed, good, bad, 0);
		if(!row->why) {
			expect_lines(lines);
			continue;
		}
		snprintf(line, sizeof(line), "helix: key %s is not served: %s",
			row->key, row->why);
		expect_line(++lines, line);
		gone(feed, row->key, 11);
		expect_stats(feed, good, --bad, 0);
	}
	feed_delete(feed);
}

/** The root can be a zone, which has none above it. */
static void
test_apex_of_root(void** state)
{
	struct feed* feed = feed_of("/helix", ".", "example.com.");
	(void)state;
	set(feed, "/helix/CNAME", "www.example.net.", 10);
	set(feed, "/helix/com/example/CNAME", "www.example.net.", 10);
	set(feed, "/helix/com/SOA", SOA_VALUE, 10);
	expect_stats(feed, 0, 3, 0);
	set(feed, "/helix/SOA", SOA_VALUE, 10);
	set(feed, "/helix/com/example/SOA", SOA_VALUE, 10);
	set(feed, "/helix/com/CNAME", "www.example.net.", 10);
	commit(feed);
	expect_stats(feed, 3, 3, 0);
	feed_delete(feed);
}

/** A value for which memory runs out is not a bad one: it is told again, and the
 * records from before stay until then. */
static void
test_value_without_memory(void** state)
{
	static const char key[] = "/helix/com/example/foo/TXT";
	struct feed* feed = *state;
	struct etcd_sink sink = feed_sink(feed);
	set(feed, key, "one", 10);
	commit(feed);
	refuse_malloc = 1;
	assert_false(sink.put(feed, key, strlen(key), "v=1\\; two", 9, 11));
	assert_int_equal(refuse_malloc, 0);
	rollback(feed);
	expect_stats(feed, 1, 0, 0);
	expect_lines(0);
}

/* --- lists ---------------------------------------------------------------- */

static void
test_list(void** state)
{
	struct feed* feed = *state;
	assert_false(feed_is_complete(feed));
	list_begin(feed);
	assert_false(feed_is_complete(feed));
	set(feed, "/helix/com/example/foo/A/x", "192.0.2.1", 10);
	set(feed, "/helix/com/example/foo/A/y", "192.0.2.2", 12);
	set(feed, "/helix/com/example/bar/A", "192.0.2.3", 11);
	set(feed, "/helix/com/example/bad/A", "bad", 9);
	assert_false(feed_is_complete(feed));
	list_end(feed, 20);
	assert_true(feed_is_complete(feed));
	expect(feed, "foo.example.com.", "192.0.2.1 192.0.2.2");
	expect_stats(feed, 3, 1, 0);
	/* the next list lacks a key of a name, a name, and the bad key */
	list_begin(feed);
	assert_true(feed_is_complete(feed));
	set(feed, "/helix/com/example/foo/A/y", "192.0.2.2", 12);
	set(feed, "/helix/com/example/new/A", "192.0.2.4", 25);
	/* what is pending is not there, and what is to go is */
	expect(feed, "new.example.com.", "NXDOMAIN");
	expect(feed, "bar.example.com.", "192.0.2.3");
	expect_stats(feed, 3, 1, 0);
	list_end(feed, 30);
	expect(feed, "foo.example.com.", "192.0.2.2");
	expect(feed, "bar.example.com.", "NXDOMAIN");
	expect(feed, "new.example.com.", "192.0.2.4");
	expect_stats(feed, 2, 0, 0);
	expect_lines(1);
	assert_string_equal(counts_line, "helix: keys served: 2, bad: 0, "
		"in none of the zones: 0");
	assert_int_equal(counts_lines, 2);
	/* a list that changes no count is not told of */
	list_begin(feed);
	set(feed, "/helix/com/example/foo/A/y", "192.0.2.2", 12);
	set(feed, "/helix/com/example/new/A", "192.0.2.4", 25);
	list_end(feed, 40);
	assert_int_equal(counts_lines, 2);
}

/** A key that has become bad is withdrawn by a list, too. */
static void
test_list_with_bad_value(void** state)
{
	struct feed* feed = *state;
	list_begin(feed);
	set(feed, "/helix/com/example/foo/A", "192.0.2.1", 10);
	set(feed, "/helix/com/example/bar/A", "bad", 11);
	list_end(feed, 20);
	list_begin(feed);
	set(feed, "/helix/com/example/foo/A", "bad", 25);
	set(feed, "/helix/com/example/bar/A", "192.0.2.2", 26);
	list_end(feed, 30);
	expect(feed, "foo.example.com.", "NXDOMAIN");
	expect(feed, "bar.example.com.", "192.0.2.2");
	expect_stats(feed, 1, 1, 0);
	expect_lines(2);
}

/** The same bad keys again: no new warnings, unless they are new values. */
static void
test_list_warns_once(void** state)
{
	struct feed* feed = *state;
	unsigned i;
	for(i = 0; i < 3; i++) {
		list_begin(feed);
		set(feed, "/helix/com/example/foo/A", "bad", 10);
		set(feed, "/helix/com/example/foo/RRSIG", "10 mail", 11);
		list_end(feed, 20 + i);
		expect_lines(2);
		expect_stats(feed, 0, 2, 0);
	}
	list_begin(feed);
	set(feed, "/helix/com/example/foo/A", "worse", 30);
	set(feed, "/helix/com/example/foo/RRSIG", "10 mail", 11);
	list_end(feed, 31);
	expect_lines(3);
	/* what was put after a list began is in the list */
	set(feed, "/helix/com/example/bar/A", "bad", 32);
	expect_lines(4);
	list_begin(feed);
	set(feed, "/helix/com/example/bar/A", "bad", 32);
	list_end(feed, 33);
	expect_lines(4);
	expect_stats(feed, 0, 1, 0);
}

/** A list that breaks off shows nothing and removes nothing. */
static void
test_list_aborted(void** state)
{
	struct feed* feed = *state;
	list_begin(feed);
	set(feed, "/helix/com/example/foo/A", "192.0.2.1", 10);
	rollback(feed);
	assert_false(feed_is_complete(feed));
	expect(feed, "foo.example.com.", "NXDOMAIN");
	list_begin(feed);
	set(feed, "/helix/com/example/foo/A", "192.0.2.1", 10);
	set(feed, "/helix/com/example/bad/A", "bad", 11);
	list_end(feed, 20);
	/* broken off without a rollback: to begin again is one */
	list_begin(feed);
	set(feed, "/helix/com/example/bar/A", "192.0.2.2", 25);
	set(feed, "/helix/com/example/half/A", "bad", 26);
	list_begin(feed);
	expect(feed, "foo.example.com.", "192.0.2.1");
	assert_true(feed_is_complete(feed));
	expect_stats(feed, 1, 2, 0);
	set(feed, "/helix/com/example/foo/A", "192.0.2.1", 10);
	list_end(feed, 30);
	expect(feed, "foo.example.com.", "192.0.2.1");
	expect(feed, "bar.example.com.", "NXDOMAIN");
	expect_stats(feed, 1, 0, 0);
}

/** What is pending when a list begins is dropped. */
static void
test_list_drops_pending(void** state)
{
	struct feed* feed = *state;
	set(feed, "/helix/com/example/foo/A", "192.0.2.1", 10);
	list_begin(feed);
	list_end(feed, 20);
	expect(feed, "foo.example.com.", "NXDOMAIN");
	assert_int_equal(serial_of(feed, "example.com."), 0);
}

/* --- what is visible when ------------------------------------------------- */

static void
test_revision_is_one(void** state)
{
	struct feed* feed = *state;
	set(feed, "/helix/com/example/foo/A/x", "192.0.2.1", 10);
	set(feed, "/helix/com/example/foo/A/y", "192.0.2.2", 10);
	commit(feed);
	/* a transaction that moves a name from two addresses to two others */
	gone(feed, "/helix/com/example/foo/A/x", 11);
	expect(feed, "foo.example.com.", "192.0.2.1 192.0.2.2");
	set(feed, "/helix/com/example/foo/A/y", "192.0.2.3", 11);
	expect(feed, "foo.example.com.", "192.0.2.1 192.0.2.2");
	set(feed, "/helix/com/example/foo/A/z", "192.0.2.4", 11);
	expect(feed, "foo.example.com.", "192.0.2.1 192.0.2.2");
	commit(feed);
	expect(feed, "foo.example.com.", "192.0.2.3 192.0.2.4");
}

/** Write the key of the i-th of many. */
static const char*
many_key(char* key, unsigned i)
{
	sprintf(key, "/helix/com/example/h%u/A", i);
	return key;
}

/** However many wait, and however far the revision moves on, nothing is
 * visible before the commit: only who calls knows what is complete. */
static void
test_many_pending(void** state)
{
	struct feed* feed = *state;
	char key[64];
	unsigned i;
	for(i = 0; i < MANY; i++)
		set(feed, many_key(key, i), "192.0.2.1", 10 + i);
	expect_stats(feed, 0, 0, 0);
	expect(feed, "h0.example.com.", "NXDOMAIN");
	assert_int_equal(serial_of(feed, "example.com."), 0);
	commit(feed);
	expect_stats(feed, MANY, 0, 0);
	expect(feed, "h0.example.com.", "192.0.2.1");
	expect(feed, "h2499.example.com.", "192.0.2.1");
	assert_int_equal(serial_of(feed, "example.com."), 10 + MANY - 1);
	for(i = 0; i < MANY; i++)
		gone(feed, many_key(key, i), 5000);
	expect(feed, "h0.example.com.", "192.0.2.1");
	commit(feed);
	expect(feed, "h0.example.com.", "NXDOMAIN");
	expect_stats(feed, 0, 0, 0);
	assert_int_equal(serial_of(feed, "example.com."), 5000);
}

/* --- serials -------------------------------------------------------------- */

static void
test_serials(void** state)
{
	struct feed* feed = *state;
	list_begin(feed);
	set(feed, "/helix/com/example/a/A", "192.0.2.1", 3);
	set(feed, "/helix/com/example/b/A", "192.0.2.2", 7);
	set(feed, "/helix/com/example/c/A", "192.0.2.3", 5);
	set(feed, "/helix/org/example/c/A", "192.0.2.3", 6);
	set(feed, "/helix/net/example/c/A", "192.0.2.3", 9);
	/* the highest of the first list, not that which the list shows */
	list_end(feed, 20);
	assert_int_equal(serial_of(feed, "example.com."), 7);
	assert_int_equal(serial_of(feed, "example.org."), 6);
	/* each zone for itself */
	set(feed, "/helix/com/example/a/A", "192.0.2.9", 21);
	commit(feed);
	assert_int_equal(serial_of(feed, "example.com."), 21);
	assert_int_equal(serial_of(feed, "example.org."), 6);
	gone(feed, "/helix/org/example/c/A", 22);
	commit(feed);
	assert_int_equal(serial_of(feed, "example.com."), 21);
	assert_int_equal(serial_of(feed, "example.org."), 22);
	/* a put that changes nothing is no change of the zone */
	set(feed, "/helix/com/example/a/A", "192.0.2.9", 23);
	commit(feed);
	assert_int_equal(serial_of(feed, "example.com."), 21);
	/* nor is one that is bad and was not served before */
	set(feed, "/helix/com/example/x/A", "bad", 24);
	gone(feed, "/helix/com/example/never/A", 24);
	commit(feed);
	assert_int_equal(serial_of(feed, "example.com."), 21);
	/* several revisions at once */
	set(feed, "/helix/com/example/a/A", "192.0.2.10", 25);
	set(feed, "/helix/com/example/b/A", "192.0.2.11", 26);
	commit(feed);
	assert_int_equal(serial_of(feed, "example.com."), 26);
}

/** A list that changes nothing leaves the serial alone; one that lacks
 * something gives it its own revision. */
static void
test_serial_of_relist(void** state)
{
	struct feed* feed = *state;
	list_begin(feed);
	set(feed, "/helix/com/example/a/A", "192.0.2.1", 3);
	set(feed, "/helix/com/example/b/A", "192.0.2.2", 7);
	set(feed, "/helix/org/example/c/A", "192.0.2.3", 6);
	list_end(feed, 20);
	list_begin(feed);
	set(feed, "/helix/com/example/a/A", "192.0.2.1", 3);
	set(feed, "/helix/com/example/b/A", "192.0.2.2", 7);
	set(feed, "/helix/org/example/c/A", "192.0.2.3", 6);
	list_end(feed, 30);
	assert_int_equal(serial_of(feed, "example.com."), 7);
	assert_int_equal(serial_of(feed, "example.org."), 6);
	list_begin(feed);
	set(feed, "/helix/com/example/a/A", "192.0.2.1", 3);
	set(feed, "/helix/org/example/c/A", "192.0.2.3", 6);
	list_end(feed, 40);
	assert_int_equal(serial_of(feed, "example.com."), 40);
	assert_int_equal(serial_of(feed, "example.org."), 6);
	/* and the events after it go on from there */
	set(feed, "/helix/com/example/a/A", "192.0.2.4", 41);
	commit(feed);
	assert_int_equal(serial_of(feed, "example.com."), 41);
	/* a new put in a list counts with its own revision */
	list_begin(feed);
	set(feed, "/helix/com/example/a/A", "192.0.2.4", 41);
	set(feed, "/helix/org/example/c/A", "192.0.2.5", 48);
	list_end(feed, 50);
	assert_int_equal(serial_of(feed, "example.com."), 41);
	assert_int_equal(serial_of(feed, "example.org."), 48);
}

/** etcd was restored from a backup: the serial never goes back. */
static void
test_serial_goes_on(void** state)
{
	struct feed* feed = *state;
	list_begin(feed);
	set(feed, "/helix/com/example/a/A", "192.0.2.1", 100);
	list_end(feed, 100);
	assert_int_equal(serial_of(feed, "example.com."), 100);
	list_begin(feed);
	set(feed, "/helix/com/example/a/A", "192.0.2.2", 5);
	list_end(feed, 6);
	assert_int_equal(serial_of(feed, "example.com."), 101);
	set(feed, "/helix/com/example/a/A", "192.0.2.3", 7);
	commit(feed);
	assert_int_equal(serial_of(feed, "example.com."), 102);
	set(feed, "/helix/com/example/a/A", "192.0.2.4", 500);
	commit(feed);
	assert_int_equal(serial_of(feed, "example.com."), 500);
}

/** Take in a list of many keys, the highest revision first, in pieces. */
static void
list_many(struct feed* feed)
{
	char key[64];
	unsigned i;
	list_begin(feed);
	for(i = 0; i < MANY * 2; i++) {
		set(feed, many_key(key, i), "192.0.2.1",
			10000 - (int64_t)i);
		if(i % 1000 == 999)
			commit(feed);
	}
	list_end(feed, 10000);
}

/**
 * List keys, with a commit after every 16.
 * @param format: of a key with a number.
 * @param waited: set to the most changes that waited behind a commit.
 * @return keys in the RRsets that were built.
 */
static size_t
list_counted(struct feed* feed, const char* format, size_t* waited)
{
	const struct store* store = feed_store(feed);
	size_t built = 0;
	unsigned i;
	*waited = 0;
	list_begin(feed);
	for(i = 0; i < MANY * 4; i++) {
		char key[64], value[16];
		snprintf(key, sizeof(key), format, i);
		snprintf(value, sizeof(value), "10.0.%u.%u", i >> 8, i & 255);
		set(feed, key, value, 10);
		if(i % 16 != 15)
			continue;
		commit(feed);
		if(store_pending(store) == 0)
			built += store_built(store);
		else if(store_pending(store) > *waited)
			*waited = store_pending(store);
	}
	list_end(feed, 10);
	expect_stats(feed, MANY * 4, 0, 0);
	return built + store_built(store);
}

/** What a list costs follows from the number of its keys, whether each has a
 * name of its own, or all have one. */
static void
test_cost_of_list(void** state)
{
	struct feed* feed = *state;
	size_t waited;
	assert_in_range(list_counted(feed, "/helix/com/example/h%u/A",
		&waited), MANY * 4, MANY * 4 + 16);
	assert_int_equal(waited, 0);
	assert_in_range(list_counted(feed, "/helix/com/example/foo/A/%u",
		&waited), MANY * 4, MANY * 4 * 20);
	assert_in_range(waited, 16, MANY);
	assert_in_range(list_counted(feed, "/helix/com/example/foo/A/%u",
		&waited), MANY * 4, MANY * 4 * 20);
	/* it is for the list only */
	set(feed, "/helix/com/example/foo/A/1", "192.0.2.1", 11);
	commit(feed);
	assert_int_equal(store_pending(feed_store(feed)), 0);
	assert_int_equal(store_built(feed_store(feed)), MANY * 4);
}

/**
 * The serial of a list is its highest revision, however many keys it has and
 * whatever their order: another server that shows the same has the same.
 */
static void
test_serial_of_large_list(void** state)
{
	struct feed* feed = *state;
	list_many(feed);
	expect_stats(feed, MANY * 2, 0, 0);
	assert_int_equal(serial_of(feed, "example.com."), 10000);
}

/** A list that has a put at its own revision and lacks a key: nothing in it
 * is of a higher revision, so neither is the serial. */
static void
test_serial_of_put_and_sweep(void** state)
{
	struct feed* feed = *state;
	list_begin(feed);
	set(feed, "/helix/com/example/a/A", "192.0.2.1", 3);
	set(feed, "/helix/com/example/b/A", "192.0.2.2", 7);
	list_end(feed, 20);
	list_begin(feed);
	set(feed, "/helix/com/example/a/A", "192.0.2.9", 30);
	list_end(feed, 30);
	expect(feed, "a.example.com.", "192.0.2.9");
	expect(feed, "b.example.com.", "NXDOMAIN");
	assert_int_equal(serial_of(feed, "example.com."), 30);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_put_and_remove),
		test(test_spellings),
		test(test_rollback),
		test(test_delete),
		test(test_prefixes),
		test(test_outside),
		test(test_apex),
		test(test_apex_of_root),
		test(test_value_without_memory),
		test(test_list),
		test(test_list_with_bad_value),
		test(test_list_warns_once),
		test(test_list_aborted),
		test(test_list_drops_pending),
		test(test_revision_is_one),
		test(test_many_pending),
		test(test_serials),
		test(test_serial_of_relist),
		test(test_serial_goes_on),
		test(test_cost_of_list),
		test(test_serial_of_large_list),
		test(test_serial_of_put_and_sweep),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
