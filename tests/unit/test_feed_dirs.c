/*
 * tests/unit/test_feed_dirs.c - does everything below a directory go with it?
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

/* --- directories ---------------------------------------------------------- */

/** A key that is there when a directory is deleted. */
struct dir_key {
	/** the letter by which it is known */
	char letter;
	/** what follows the prefix */
	const char* path;
	/** its value */
	const char* value;
	/** the owner of its record; NULL if it is bad */
	const char* owner;
};

static const struct dir_key dir_keys[] = {
	{ 'a', "/com/example/A", "192.0.2.1", "example.com." },
	{ 'b', "/com/example/foo/A", "192.0.2.2", "foo.example.com." },
	{ 'c', "/com/example/foo/A/x", "192.0.2.3", "foo.example.com." },
	{ 'd', "/com/example/foo/bar/A", "192.0.2.4",
		"bar.foo.example.com." },
	{ 'e', "/com/example/fo/A/x", "192.0.2.5", "fo.example.com." },
	/* the same name, by other directories */
	{ 'f', "/com/example/Foo/A/x", "192.0.2.6", "foo.example.com." },
	{ 'g', "/com/example/foo/TYPE1/x", "192.0.2.7", "foo.example.com." },
	{ 'h', "/com/example/f\\111o/A", "192.0.2.8", "foo.example.com." },
	{ 'i', "/com/exAmple/foo/A/x", "192.0.2.9", "foo.example.com." },
	{ 'j', "/com/example/foobar/A", "192.0.2.10",
		"foobar.example.com." },
	{ 'k', "/org/example/foo/A", "192.0.2.11", "foo.example.org." },
	{ 'l', "/org/example/A/x", "192.0.2.12", "example.org." },
	/* what is not served */
	{ 'm', "/com/example/foo/RRSIG", "10 mail", NULL },
	{ 'n', "/com/example/foo/A/y", "bad", NULL },
	{ 'o', "/com", "192.0.2.1", NULL },
	{ 'p', "/org/example.foo/A", "192.0.2.1", NULL },
	{ 'q', "/", "192.0.2.1", NULL },
	{ 'r', "/com/example/Foo/A/y", "bad", NULL },
	/* what is hidden in directories above it, or looks like that */
	{ 's', "/com/example/_tcp/A", "192.0.2.13", "_tcp.example.com." },
	{ 't', "/com/example/_tcp/x/_sip/A/x", "192.0.2.14",
		"_sip.x._tcp.example.com." },
	{ 'u', "/com/example/foo/_Tcp/A", "192.0.2.15",
		"_tcp.foo.example.com." },
	{ 'v', "/com/example/\\095u/A", "192.0.2.16", "_u.example.com." },
	{ 'w', "/com/example/t_/A", "192.0.2.17", "t_.example.com." },
	{ 'x', "/com/example/_tcp/RRSIG", "10 mail", NULL },
	{ 'y', "/_x", "192.0.2.1", NULL },
	{ 'z', "/com/example/x_/RRSIG", "10 mail", NULL },
};

/** A directory is deleted. */
struct dir_case {
	/** prefix of the feed */
	const char* prefix;
	/** the directory */
	const char* dir;
	/** octets of it */
	size_t len;
	/** letters of the keys that are gone then */
	const char* gone;
};

/** all that is not hidden */
#define ALL "abcdefghijklmnopqrvwz"

static const struct dir_case dir_cases[] = {
	/* within a zone */
	{ "/helix", OCTETS("/helix/com/example/foo"), "bcdgmn" },
	{ "/helix", OCTETS("/helix/com/example/foo/bar"), "d" },
	{ "/helix", OCTETS("/helix/com/example/foo/A"), "cn" },
	{ "/helix", OCTETS("/helix/com/example/A"), "" },
	{ "/helix", OCTETS("/helix/org/example/A"), "l" },
	{ "/helix", OCTETS("/helix/com/example/fo"), "e" },
	{ "/helix", OCTETS("/helix/com/example/foobar"), "j" },
	/* other spellings */
	{ "/helix", OCTETS("/helix/com/example/foo/TYPE1"), "g" },
	{ "/helix", OCTETS("/helix/com/example/Foo"), "fr" },
	{ "/helix", OCTETS("/helix/com/example/Foo/A"), "fr" },
	{ "/helix", OCTETS("/helix/com/example/f\\111o"), "h" },
	{ "/helix", OCTETS("/helix/com/exAmple"), "i" },
	{ "/helix", OCTETS("/helix/COM"), "" },
	/* what is hidden, and what is hidden in that */
	{ "/helix", OCTETS("/helix/com/example/_tcp"), "sx" },
	{ "/helix", OCTETS("/helix/com/example/_tcp/x"), "" },
	{ "/helix", OCTETS("/helix/com/example/_tcp/x/_sip"), "t" },
	{ "/helix", OCTETS("/helix/com/example/_tcp/x/_sip/A"), "t" },
	{ "/helix", OCTETS("/helix/com/example/foo/_Tcp"), "u" },
	{ "/helix", OCTETS("/helix/com/example/\\095u"), "v" },
	{ "/helix", OCTETS("/helix/_x"), "" },
	{ "/a/_helix", OCTETS("/a/_helix"), ALL },
	{ "/a/_helix", OCTETS("/a/_helix/com/example/_tcp"), "sx" },
	{ "/_a/helix", OCTETS("/_a/helix/org"), "klp" },
	/* a zone, and above zones */
	{ "/helix", OCTETS("/helix/com/example"), "abcdefghjmnrvwz" },
	{ "/helix", OCTETS("/helix/com"), "abcdefghijmnrvwz" },
	{ "/helix", OCTETS("/helix/org"), "klp" },
	{ "/helix", OCTETS("/helix/org/example.foo"), "p" },
	/* the prefix, and above it */
	{ "/helix", OCTETS("/helix"), ALL },
	{ "/helix", OCTETS(""), ALL },
	{ "/a/helix", OCTETS("/a/helix"), ALL },
	{ "/a/helix", OCTETS("/a"), ALL },
	{ "/a/helix", OCTETS(""), ALL },
	{ "/a/b/c", OCTETS("/a/b"), ALL },
	{ "/a/helix", OCTETS("/a/helix/com/example/foo"), "bcdgmn" },
	/* similar, and not above or below */
	{ "/helix", OCTETS("/he"), "" },
	{ "/helix", OCTETS("/helixir"), "" },
	{ "/helix", OCTETS("/helix/co"), "" },
	{ "/helix", OCTETS("/helix/com/exampl"), "" },
	{ "/helix", OCTETS("/helix/example"), "" },
	{ "/helix", OCTETS("/other"), "" },
	{ "/helix", OCTETS("helix"), "" },
	{ "/helix", OCTETS("/com"), "" },
	{ "/helix", OCTETS("/helix\0com"), "" },
	{ "/a/helix", OCTETS("/aa"), "" },
	{ "/a/helix", OCTETS("/helix"), "" },
	{ "/aa/helix", OCTETS("/a"), "" },
	/* a key as if it were a directory; what would be below an id */
	{ "/helix", OCTETS("/helix/com/example/foo/A/x"), "" },
	{ "/helix", OCTETS("/helix/com/example/foo/A/y"), "" },
	{ "/helix", OCTETS("/helix/com/example/foo/RRSIG"), "" },
	/* all of etcd is helix's */
	{ "", OCTETS(""), ALL },
	{ "", OCTETS("/com"), "abcdefghijmnrvwz" },
	{ "", OCTETS("/com/example/foo"), "bcdgmn" },
	{ "", OCTETS("/org/example/A"), "l" },
	{ "", OCTETS("com"), "" },
};

/** Put all of dir_keys at revision 10. */
static void
put_dir_keys(struct feed* feed, const char* prefix)
{
	size_t i;
	for(i = 0; i < COUNT(dir_keys); i++) {
		char key[128];
		snprintf(key, sizeof(key), "%s%s", prefix, dir_keys[i].path);
		set(feed, key, dir_keys[i].value, 10);
	}
}

/** Whether the records of a key are served. */
static bool
is_served(struct feed* feed, const struct dir_key* key)
{
	char out[512 + 2], value[32];
	const char* is = look(feed, key->owner, out + 1);
	if(is == out + 1) {
		/* between blanks, no address is a part of another one */
		out[0] = ' ';
		strcat(out, " ");
		is = out;
	}
	snprintf(value, sizeof(value), " %s ", key->value);
	return strstr(is, value) != NULL;
}

/** Fail unless these keys are gone, and no other ones; by `bad`, of those
 * that are not served too. */
static void
expect_gone(struct feed* feed, const struct dir_case* row, const char* gone,
	const char* bad)
{
	struct feed_stats stats = feed_stats(feed);
	size_t i, keys = 0, bad_keys = 0;
	for(i = 0; i < COUNT(dir_keys); i++) {
		const struct dir_key* key = &dir_keys[i];
		bool is_gone = strchr(key->owner ? gone : bad, key->letter) !=
			NULL;
		if(!key->owner) {
			bad_keys += !is_gone;
			continue;
		}
		keys += !is_gone;
		check(is_served(feed, key) != is_gone, "\"%s\", %s: %s is "
			"%s", row->prefix, row->dir, key->path, is_gone ?
			"there" : "gone");
	}
	check(stats.keys == keys && stats.bad == bad_keys && stats.outside ==
		0, "\"%s\", %s: %zu keys, %zu bad, %zu outside",
		row->prefix, row->dir, stats.keys, stats.bad, stats.outside);
}

/** Fail unless the serials are of this revision where something served is
 * gone, and of the one at which all was put where nothing is. */
static void
expect_gone_serials(struct feed* feed, const struct dir_case* row,
	unsigned revision)
{
	unsigned com = strpbrk(row->gone, "abcdefghijstuvw") ? revision : 10;
	unsigned org = strpbrk(row->gone, "kl") ? revision : 10;
	unsigned is_com = serial_of(feed, "example.com.");
	unsigned is_org = serial_of(feed, "example.org.");
	check(is_com == com && is_org == org, "\"%s\", %s: serials %u, %u",
		row->prefix, row->dir, is_com, is_org);
}

/** Delete a directory; and then all is put again. */
static void
check_dir(const struct dir_case* row)
{
	struct feed* feed = feed_new(row->prefix);
	size_t i, bad = 0;
	for(i = 0; i < COUNT(dir_keys); i++)
		bad += dir_keys[i].owner == NULL;
	log_lines = 0;
	put_dir_keys(feed, row->prefix);
	expect_lines(bad);
	commit(feed);
	expect_gone(feed, row, "", "");
	gone_below(feed, row->dir, row->len, 20);
	expect_gone(feed, row, "", row->gone);
	expect_gone_serials(feed, row, 10);
	commit(feed);
	expect_gone(feed, row, row->gone, row->gone);
	expect_gone_serials(feed, row, 20);
	expect_lines(bad);
	/* what was forgotten is warned of again, and only that */
	for(i = 0; i < COUNT(dir_keys); i++) {
		if(!dir_keys[i].owner && strchr(row->gone,
			dir_keys[i].letter))
			bad++;
	}
	put_dir_keys(feed, row->prefix);
	check(log_lines == bad, "\"%s\", %s: %zu lines, not %zu",
		row->prefix, row->dir, log_lines, bad);
	commit(feed);
	expect_gone(feed, row, "", "");
	feed_delete(feed);
}

static void
test_dir_gone(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(dir_cases); i++)
		check_dir(&dir_cases[i]);
}

/** What was pending is made visible first, as it is of revisions before. */
static void
test_dir_gone_commits(void** state)
{
	struct feed* feed = *state;
	set(feed, "/helix/com/example/old/A", "192.0.2.1", 10);
	commit(feed);
	set(feed, "/helix/com/example/foo/A", "192.0.2.2", 11);
	set(feed, "/helix/com/example/bar/A", "192.0.2.3", 12);
	gone(feed, "/helix/com/example/old/A", 12);
	gone_below(feed, OCTETS("/helix/com/example/foo"), 20);
	expect(feed, "old.example.com.", "NXDOMAIN");
	expect(feed, "foo.example.com.", "192.0.2.2");
	expect(feed, "bar.example.com.", "192.0.2.3");
	expect_stats(feed, 2, 0, 0);
	assert_int_equal(serial_of(feed, "example.com."), 12);
	commit(feed);
	expect(feed, "foo.example.com.", "NXDOMAIN");
	expect(feed, "bar.example.com.", "192.0.2.3");
	expect_stats(feed, 1, 0, 0);
	assert_int_equal(serial_of(feed, "example.com."), 20);
}

/** A directory of others is nothing: what is pending remains so. */
static void
test_dir_of_others_gone(void** state)
{
	struct feed* feed = *state;
	set(feed, "/helix/com/example/foo/A", "192.0.2.1", 10);
	gone_below(feed, OCTETS("/helixir"), 20);
	gone_below(feed, OCTETS("/he"), 21);
	gone_below(feed, OCTETS("/other/com/example/foo"), 22);
	expect(feed, "foo.example.com.", "NXDOMAIN");
	rollback(feed);
	commit(feed);
	expect(feed, "foo.example.com.", "NXDOMAIN");
	assert_int_equal(serial_of(feed, "example.com."), 0);
}

static void
test_dir_gone_rollback(void** state)
{
	struct feed* feed = *state;
	set(feed, "/helix/com/example/foo/A", "192.0.2.1", 10);
	set(feed, "/helix/com/example/bar/A", "192.0.2.2", 11);
	commit(feed);
	set(feed, "/helix/com/example/bar/A", "192.0.2.3", 12);
	gone_below(feed, OCTETS("/helix"), 20);
	set(feed, "/helix/com/example/new/A", "192.0.2.4", 20);
	rollback(feed);
	commit(feed);
	expect(feed, "foo.example.com.", "192.0.2.1");
	/* what was pending before it is there */
	expect(feed, "bar.example.com.", "192.0.2.3");
	expect(feed, "new.example.com.", "NXDOMAIN");
	expect_stats(feed, 2, 0, 0);
	assert_int_equal(serial_of(feed, "example.com."), 12);
}

/** Gone, and put again before the commit: nothing is missing meanwhile. */
static void
test_dir_gone_and_put(void** state)
{
	struct feed* feed = *state;
	set(feed, "/helix/com/example/foo/A/x", "192.0.2.1", 10);
	set(feed, "/helix/com/example/foo/A/y", "192.0.2.2", 11);
	set(feed, "/helix/com/example/foo/A/z", "192.0.2.3", 12);
	commit(feed);
	gone_below(feed, OCTETS("/helix/com/example/foo"), 20);
	set(feed, "/helix/com/example/foo/A/y", "192.0.2.2", 21);
	set(feed, "/helix/com/example/foo/A/z", "192.0.2.4", 22);
	expect(feed, "foo.example.com.", "192.0.2.1 192.0.2.2 192.0.2.3");
	commit(feed);
	expect(feed, "foo.example.com.", "192.0.2.2 192.0.2.4");
	assert_int_equal(serial_of(feed, "example.com."), 22);
	/* all of it as it was: no change of the zone */
	gone_below(feed, OCTETS("/helix/com/example/foo"), 30);
	set(feed, "/helix/com/example/foo/A/y", "192.0.2.2", 31);
	set(feed, "/helix/com/example/foo/A/z", "192.0.2.4", 31);
	commit(feed);
	expect(feed, "foo.example.com.", "192.0.2.2 192.0.2.4");
	assert_int_equal(serial_of(feed, "example.com."), 22);
	/* twice gone, one within the other */
	gone_below(feed, OCTETS("/helix/com/example/foo/A"), 40);
	gone_below(feed, OCTETS("/helix/com/example"), 41);
	commit(feed);
	expect(feed, "foo.example.com.", "NXDOMAIN");
	expect_stats(feed, 0, 0, 0);
	gone_below(feed, OCTETS("/helix/com/example"), 42);
	commit(feed);
	set(feed, "/helix/com/example/foo/A/y", "192.0.2.5", 43);
	commit(feed);
	expect(feed, "foo.example.com.", "192.0.2.5");
	expect_stats(feed, 1, 0, 0);
	assert_int_equal(serial_of(feed, "example.com."), 43);
}

/** Only what is served and goes counts for a serial, and it never goes
 * back. */
static void
test_dir_gone_serials(void** state)
{
	struct feed* feed = *state;
	set(feed, "/helix/com/example/foo/A", "192.0.2.1", 10);
	set(feed, "/helix/com/example/bad/A", "bad", 11);
	set(feed, "/helix/com/example/bar/A", "192.0.2.1", 12);
	set(feed, "/helix/org/example/foo/A", "192.0.2.1", 10);
	commit(feed);
	gone_below(feed, OCTETS("/helix/com/example/bad"), 20);
	gone_below(feed, OCTETS("/helix/com/example/never"), 21);
	gone_below(feed, OCTETS("/helix/net"), 22);
	commit(feed);
	expect_stats(feed, 3, 0, 0);
	assert_int_equal(serial_of(feed, "example.com."), 12);
	/* a revision that was not seen is not that of the next change */
	set(feed, "/helix/com/example/bar/A", "192.0.2.2", 15);
	commit(feed);
	assert_int_equal(serial_of(feed, "example.com."), 15);
	assert_int_equal(serial_of(feed, "example.org."), 10);
	gone_below(feed, OCTETS("/helix/com"), 5);
	commit(feed);
	assert_int_equal(serial_of(feed, "example.com."), 16);
	gone_below(feed, OCTETS("/helix"), 30);
	commit(feed);
	assert_int_equal(serial_of(feed, "example.com."), 16);
	assert_int_equal(serial_of(feed, "example.org."), 30);
}

/** A zone within a zone: each has what is nearest. */
static void
test_dir_gone_zone_in_zone(void** state)
{
	struct feed* feed = feed_of("/helix", "example.com.",
		"sub.example.com.");
	(void)state;
	set(feed, "/helix/com/example/foo/A", "192.0.2.1", 10);
	set(feed, "/helix/com/example/sub/foo/A", "192.0.2.2", 10);
	set(feed, "/helix/com/example/sub/bar/A", "192.0.2.3", 10);
	commit(feed);
	gone_below(feed, OCTETS("/helix/com/example/sub/foo"), 20);
	commit(feed);
	assert_int_equal(serial_of(feed, "example.com."), 10);
	assert_int_equal(serial_of(feed, "sub.example.com."), 20);
	expect(feed, "bar.sub.example.com.", "192.0.2.3");
	gone_below(feed, OCTETS("/helix/com/example"), 30);
	commit(feed);
	assert_int_equal(serial_of(feed, "example.com."), 30);
	assert_int_equal(serial_of(feed, "sub.example.com."), 30);
	expect_stats(feed, 0, 0, 0);
	feed_delete(feed);
}

/** A key that was served, and is bad now; one that is bad, and good now. */
static void
test_dir_gone_with_bad_values(void** state)
{
	struct feed* feed = *state;
	set(feed, "/helix/com/example/foo/A/x", "192.0.2.1", 10);
	set(feed, "/helix/com/example/foo/A/y", "bad", 10);
	commit(feed);
	set(feed, "/helix/com/example/foo/A/x", "bad", 11);
	set(feed, "/helix/com/example/foo/A/y", "192.0.2.2", 11);
	gone_below(feed, OCTETS("/helix/com/example/foo/A"), 20);
	expect(feed, "foo.example.com.", "192.0.2.2");
	expect_stats(feed, 1, 0, 0);
	commit(feed);
	expect(feed, "foo.example.com.", "NXDOMAIN");
	expect_stats(feed, 0, 0, 0);
	expect_lines(2);
	/* where nothing is, nothing goes */
	gone_below(feed, OCTETS("/helix"), 21);
	gone_below(feed, OCTETS(""), 22);
	commit(feed);
	expect_stats(feed, 0, 0, 0);
	assert_int_equal(serial_of(feed, "example.com."), 20);
}

/** A directory of a host, and one of an RRset, are found by their names: many
 * that go one after the other cost what they have, not what there is. */
static void
test_dir_gone_of_host(void** state)
{
	struct feed* feed = *state;
	set(feed, "/helix/com/example/foo/A/x", "192.0.2.1", 10);
	set(feed, "/helix/com/example/foo/A/y", "192.0.2.2", 10);
	set(feed, "/helix/com/example/foo/A", "192.0.2.3", 10);
	set(feed, "/helix/com/example/bar/A/x", "192.0.2.5", 10);
	set(feed, "/helix/com/example/bar/TXT", "bar", 10);
	set(feed, "/helix/com/example/bar/a/A", "192.0.2.6", 10);
	set(feed, "/helix/com/example/BAR/A/y", "192.0.2.7", 10);
	commit(feed);
	steps = 0;
	gone_below(feed, OCTETS("/helix/com/example/foo/A"), 20);
	commit(feed);
	expect(feed, "foo.example.com.", "192.0.2.3");
	gone_below(feed, OCTETS("/helix/com/example/foo"), 21);
	commit(feed);
	expect(feed, "foo.example.com.", "NXDOMAIN");
	gone_below(feed, OCTETS("/helix/com/example/never"), 22);
	gone_below(feed, OCTETS("/helix/com/example/bar/A/x"), 22);
	commit(feed);
	assert_int_equal(steps, 0);
	/* there is a name below it */
	gone_below(feed, OCTETS("/helix/com/example/bar"), 23);
	commit(feed);
	assert_true(steps > 0);
	expect(feed, "bar.example.com.", "192.0.2.7");
	expect(feed, "a.bar.example.com.", "NXDOMAIN");
	expect_stats(feed, 1, 0, 0);
	assert_int_equal(serial_of(feed, "example.com."), 23);
}

/** Half of many keys, served and not served. */
static void
test_dir_gone_many(void** state)
{
	struct feed* feed = *state;
	char key[64];
	unsigned i;
	for(i = 0; i < MANY; i++) {
		snprintf(key, sizeof(key), "/helix/com/example/b%u/h%u/A",
			i % 2, i);
		set(feed, key, "192.0.2.1", 10);
		snprintf(key, sizeof(key), "/helix/com/example/b%u/h%u/RRSIG",
			i % 2, i);
		set(feed, key, "10 mail", 10);
	}
	commit(feed);
	expect_stats(feed, MANY, MANY, 0);
	gone_below(feed, OCTETS("/helix/com/example/b1"), 20);
	expect_stats(feed, MANY, MANY / 2, 0);
	commit(feed);
	expect_stats(feed, MANY / 2, MANY / 2, 0);
	expect(feed, "h0.b0.example.com.", "192.0.2.1");
	expect(feed, "h1.b1.example.com.", "NXDOMAIN");
	expect(feed, "b1.example.com.", "NXDOMAIN");
	expect(feed, "h2498.b0.example.com.", "192.0.2.1");
	expect(feed, "h2499.b1.example.com.", "NXDOMAIN");
	assert_int_equal(serial_of(feed, "example.com."), 20);
	gone_below(feed, OCTETS("/helix"), 21);
	commit(feed);
	expect_stats(feed, 0, 0, 0);
	assert_int_equal(serial_of(feed, "example.com."), 21);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_dir_gone),
		test(test_dir_gone_commits),
		test(test_dir_of_others_gone),
		test(test_dir_gone_rollback),
		test(test_dir_gone_and_put),
		test(test_dir_gone_serials),
		test(test_dir_gone_zone_in_zone),
		test(test_dir_gone_with_bad_values),
		test(test_dir_gone_of_host),
		test(test_dir_gone_many),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
