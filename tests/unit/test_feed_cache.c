/*
 * tests/unit/test_feed_cache.c - is what was cached invalidated by changes?
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

/* --- what is invalidated -------------------------------------------------- */

/** Fail unless the listener was told this, since it was looked at. */
static void
expect_invalid(const char* expected)
{
	check(strcmp(invalid, expected) == 0, "\"%s\", not \"%s\"",
		invalid, expected);
	*invalid = 0;
}

/** A step of a story about one zone without zone cuts. */
struct invalid_step {
	/** a key below that of example.com */
	const char* key;
	/** its value; NULL: it goes */
	const char* value;
	/** what the commit has invalid; nothing is told before it */
	const char* told;
};

static const struct invalid_step invalid_steps[] = {
	/* what nobody has seen is not invalid by what comes */
	{ "foo/A", "192.0.2.1", "" },
	{ "foo/bar/A", "192.0.2.1", "" },
	{ "A", "192.0.2.1", "" },
	{ "NS", "ns.example.net.", "example.com. A" },
	/* a change, one more type, one more key, the same once more */
	{ "foo/A", "192.0.2.2", "foo.example.com. A" },
	{ "foo/TXT", "text", "foo.example.com. A" },
	{ "Foo/A/x", "192.0.2.3",
		"foo.example.com. A, foo.example.com. TXT" },
	{ "foo/A", "192.0.2.2", "" },
	/* a bad value takes the place of a good one, and not of a bad one */
	{ "foo/bar/A", "192.0.2.256", "bar.foo.example.com. A" },
	{ "foo/bar/A", "bad", "" },
	{ "foo/bar/A", "192.0.2.4", "" },
	/* what goes, and what was never there */
	{ "foo/bar/A", NULL, "bar.foo.example.com. A" },
	{ "foo/bar/A", NULL, "" },
	{ "foo/TXT", NULL, "foo.example.com. A, foo.example.com. TXT" },
	{ "Foo/A/x", NULL, "foo.example.com. A" },
	{ "foo/A", NULL, "foo.example.com. A" },
	/* an alias, and what hides it */
	{ "foo/CNAME", "a.example.net.", "" },
	{ "foo/A", "192.0.2.1", "foo.example.com. CNAME" },
	/* no name of a zone, and no record that there can be */
	{ "foo/RRSIG", "10 mail", "" },
	{ "CNAME", "a.example.net.", "" },
};

static void
test_invalid(void** state)
{
	struct feed* feed = *state;
	size_t i;
	for(i = 0; i < COUNT(invalid_steps); i++) {
		const struct invalid_step* step = &invalid_steps[i];
		char key[64];
		snprintf(key, sizeof(key), "/helix/com/example/%s",
			step->key);
		if(step->value)
			set(feed, key, step->value, (int64_t)i + 10);
		else	gone(feed, key, (int64_t)i + 10);
		check(!*invalid, "step %zu: too early: %s", i, invalid);
		commit(feed);
		check(strcmp(invalid, step->told) == 0, "step %zu: \"%s\", "
			"not \"%s\"", i, invalid, step->told);
		*invalid = 0;
	}
	set(feed, "/helix/net/example/A", "192.0.2.1", 50);
	commit(feed);
	set(feed, "/helix/com/example/foo/A", "192.0.2.9", 51);
	rollback(feed);
	commit(feed);
	expect_invalid("");
}

/** What a list lacks is invalid at its end, what it changes before, and what
 * it shows as it was is not. */
static void
test_invalid_by_list(void** state)
{
	struct feed* feed = *state;
	list_begin(feed);
	set(feed, "/helix/com/example/stays/A", "192.0.2.1", 10);
	set(feed, "/helix/com/example/other/A", "192.0.2.2", 11);
	set(feed, "/helix/com/example/lacks/A", "192.0.2.3", 12);
	set(feed, "/helix/com/example/bad/A", "192.0.2.4", 13);
	list_end(feed, 20);
	expect_invalid("");
	list_begin(feed);
	set(feed, "/helix/com/example/stays/A", "192.0.2.1", 10);
	set(feed, "/helix/com/example/other/A", "192.0.2.9", 21);
	set(feed, "/helix/com/example/new/A", "192.0.2.5", 22);
	commit(feed);
	expect_invalid("other.example.com. A");
	set(feed, "/helix/com/example/bad/A", "bad", 23);
	commit(feed);
	expect_invalid("bad.example.com. A");
	list_end(feed, 30);
	expect_invalid("lacks.example.com. A");
	/* a directory of the v2 API */
	gone_below(feed, OCTETS("/helix/com/example/other"), 40);
	commit(feed);
	expect_invalid("other.example.com. A");
}

/** Fail unless these were told, in whatever order, and nothing else; since it
 * was looked at. */
static void
expect_invalid_all(const char* const* expected, size_t count)
{
	size_t i, len = 0;
	for(i = 0; i < count; i++) {
		check(strstr(invalid, expected[i]), "\"%s\" lacks %s",
			invalid, expected[i]);
		len += strlen(expected[i]) + (i > 0 ? 2 : 0);
	}
	check(strlen(invalid) == len, "\"%s\"", invalid);
	*invalid = 0;
}

/** Fail unless all of these were told, among others. */
static void
expect_has_all(const char* const* expected, size_t count)
{
	size_t i;
	for(i = 0; i < count; i++)
		check(strstr(invalid, expected[i]), "\"%s\" lacks %s",
			invalid, expected[i]);
}

/** The first zone cut or DNAME of a zone, as the others are. */
struct first_cut_case {
	/** a key of the zone that was never seen before */
	const char* key;
	/** its value; NULL: it goes, though it was never there */
	const char* value;
	/** what it says of itself; NULL if it is neither */
	const char* cut;
};

static const struct first_cut_case first_cut_cases[] = {
	{ "/helix/com/example/cut/NS", "ns.example.net.",
		"cut.example.com. NS" },
	{ "/helix/com/example/a/b/NS/x", "ns.example.net.",
		"b.a.example.com. NS" },
	{ "/helix/com/example/d/DNAME", "example.net.",
		"d.example.com. DNAME" },
	{ "/helix/com/example/DNAME", "example.net.", "example.com. DNAME" },
	/* a bit early, or for nothing: it is noted before it is looked at */
	{ "/helix/com/example/cut/NS", "", "cut.example.com. NS" },
	{ "/helix/com/example/cut/NS", NULL, "cut.example.com. NS" },
	/* the apex is no cut */
	{ "/helix/com/example/NS", "ns.example.net.", NULL },
	{ "/helix/com/example/cut/DS", "1 8 1 "
		"0000000000000000000000000000000000000000", NULL },
	{ "/helix/net/example/cut/NS", "ns.example.net.", NULL },
};

/** A feed with names in both zones, from a list that is complete. */
static struct feed*
feed_listed(void)
{
	struct feed* feed = feed_new("/helix");
	list_begin(feed);
	set(feed, "/helix/com/example/a/A", "192.0.2.1", 10);
	set(feed, "/helix/com/example/a/TXT", "text", 10);
	set(feed, "/helix/com/example/cut/x/A", "192.0.2.1", 10);
	set(feed, "/helix/com/example/xcut/A", "192.0.2.1", 10);
	set(feed, "/helix/org/example/a/A", "192.0.2.1", 10);
	assert_true(feed_sink(feed).list_end(feed, 0, 10));
	expect_invalid("");
	cached_asked = 0;
	return feed;
}

#define BESIDE "a.example.com. A", "a.example.com. TXT", "xcut.example.com. A"
#define BELOW "x.cut.example.com. A"

/** What was answered as if there were none is invalid, in this zone: all
 * that is in the store when the cut is. */
static void
test_invalid_by_first_cut(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(first_cut_cases); i++) {
		const struct first_cut_case* row = &first_cut_cases[i];
		const char* all[] = { row->cut, BESIDE, BELOW,
			"b.example.com. A" };
		struct feed* feed = feed_listed();
		set(feed, "/helix/com/example/b/A", "192.0.2.1", 11);
		if(row->value)
			set(feed, row->key, row->value, 12);
		else	gone(feed, row->key, 12);
		expect_invalid("");
		commit(feed);
		if(row->cut) {
			expect_has_all(all, COUNT(all));
			check(strncmp(invalid, row->cut, strlen(row->cut))
				== 0, "row %zu: \"%s\"", i, invalid);
			check(!strstr(invalid, "example.org."), "row %zu: "
				"\"%s\"", i, invalid);
		} else {
			expect_invalid("");
		}
		*invalid = 0;
		feed_delete(feed);
	}
}

/** The names below come first: before the cut can be seen. */
static void
test_invalid_below_first(void** state)
{
	struct feed* feed = feed_listed();
	const char* beside;
	(void)state;
	set(feed, "/helix/com/example/cut/NS", "ns.example.net.", 11);
	commit(feed);
	beside = strstr(invalid, "a.example.com. A");
	assert_non_null(beside);
	assert_true(strstr(invalid, "x.cut.example.com. A") < beside);
	assert_true(last_referred);
	feed_delete(feed);
}

/** Nothing is looked at where no answer is kept, or none was given yet; and
 * only what is kept is told of. */
static void
test_invalid_is_cached(void** state)
{
	struct feed* feed = feed_listed();
	(void)state;
	cached_type = -1;
	set(feed, "/helix/com/example/cut/NS", "ns.example.net.", 11);
	commit(feed);
	expect_invalid("cut.example.com. NS");
	assert_int_equal(cached_asked, 0);
	feed_delete(feed);
	cached_type = TYPE_TXT;
	feed = feed_listed();
	set(feed, "/helix/com/example/cut/NS", "ns.example.net.", 11);
	commit(feed);
	expect_invalid("cut.example.com. NS, a.example.com. TXT");
	feed_delete(feed);
	/* the first list */
	cached_type = 0;
	cached_asked = 0;
	feed = feed_new("/helix");
	list_begin(feed);
	set(feed, "/helix/com/example/a/A", "192.0.2.1", 10);
	set(feed, "/helix/com/example/cut/NS", "ns.example.net.", 10);
	commit(feed);
	set(feed, "/helix/org/example/cut/NS", "ns.example.net.", 10);
	assert_true(feed_sink(feed).list_end(feed, 0, 10));
	assert_int_equal(cached_asked, 0);
	feed_delete(feed);
}

/** Many first cuts in one commit, more than are told apart, take two looks;
 * those of a list one for each commit, and one at its end. */
static void
test_invalid_by_many_cuts(void** state)
{
	char key[64];
	struct feed* feed = feed_listed();
	unsigned i;
	(void)state;
	for(i = 0; i < 40; i++) {
		snprintf(key, sizeof(key), "/helix/com/example/cut%u/NS", i);
		set(feed, key, "ns.example.net.", 11);
	}
	commit(feed);
	/* of the names, then with those of the cuts */
	assert_int_equal(cached_asked, 5 + 45);
	assert_non_null(strstr(invalid, "a.example.com. A"));
	assert_null(strstr(invalid, "example.org."));
	feed_delete(feed);
	*invalid = 0;
	feed = feed_listed();
	list_begin(feed);
	set(feed, "/helix/com/example/cut/NS", "ns.example.net.", 11);
	commit(feed);
	expect_has_all((const char*[]){ "cut.example.com. NS", BELOW }, 2);
	*invalid = 0;
	/* not the first, and the others of the zone are not told of yet */
	set(feed, "/helix/com/example/a/NS", "ns.example.net.", 11);
	set(feed, "/helix/com/example/a/A", "192.0.2.1", 11);
	set(feed, "/helix/com/example/a/TXT", "text", 11);
	commit(feed);
	expect_has_all((const char*[]){ "a.example.com. NS",
		"a.example.com. A", "a.example.com. TXT" }, 3);
	assert_null(strstr(invalid, "xcut"));
	/* without the rest, which goes */
	*invalid = 0;
	assert_true(feed_sink(feed).list_end(feed, 0, 11));
	assert_non_null(strstr(invalid, "a.example.com. TXT"));
	feed_delete(feed);
}

/** A first cut that is dropped before it is visible is told of behind it. */
static void
test_invalid_after_rollback(void** state)
{
	struct feed* feed = feed_listed();
	(void)state;
	set(feed, "/helix/com/example/other/NS", "ns.example.net.", 11);
	rollback(feed);
	expect_invalid("");
	set(feed, "/helix/com/example/cut/NS", "ns.example.net.", 12);
	commit(feed);
	assert_non_null(strstr(invalid, "x.cut.example.com. A"));
	assert_non_null(strstr(invalid, "a.example.com. A"));
	feed_delete(feed);
}

/** Those after it concern their own names only. */
static void
test_invalid_by_second_cut(void** state)
{
	struct feed* feed = feed_listed();
	(void)state;
	set(feed, "/helix/com/example/cut/NS", "ns.example.net.", 11);
	commit(feed);
	*invalid = 0;
	set(feed, "/helix/com/example/cut2/NS", "ns.example.net.", 12);
	set(feed, "/helix/com/example/a/DNAME", "example.net.", 12);
	commit(feed);
	expect_invalid_all((const char* const[]){ "a.example.com. A",
		"a.example.com. TXT" }, 2);
	gone(feed, "/helix/com/example/cut2/NS", 13);
	commit(feed);
	expect_invalid("cut2.example.com. NS");
	feed_delete(feed);
}

/** Whether there are referrals: not where there were DNAMEs only. */
static void
test_invalid_referred(void** state)
{
	struct feed* feed = feed_listed();
	(void)state;
	set(feed, "/helix/com/example/cut/DNAME", "example.net.", 11);
	commit(feed);
	assert_false(last_referred);
	/* in a zone, with the addresses of a server in another */
	set(feed, "/helix/com/example/xcut/NS", "a.example.org.", 12);
	commit(feed);
	*invalid = 0;
	set(feed, "/helix/org/example/a/A", "192.0.2.2", 13);
	commit(feed);
	expect_invalid("a.example.org. A");
	assert_true(last_referred);
	gone(feed, "/helix/com/example/xcut/NS", 14);
	commit(feed);
	assert_true(last_referred);
	feed_delete(feed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_invalid),
		test(test_invalid_by_list),
		test(test_invalid_by_first_cut),
		test(test_invalid_below_first),
		test(test_invalid_is_cached),
		test(test_invalid_by_many_cuts),
		test(test_invalid_after_rollback),
		test(test_invalid_by_second_cut),
		test(test_invalid_referred),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
