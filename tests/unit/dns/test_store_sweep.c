/*
 * tests/unit/dns/test_store_sweep.c - do lists and walks remove
 * what they should?
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include "stores.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- whole lists ---------------------------------------------------------- */

static void
test_sweep(void** state)
{
	struct fixture* f = *state;
	commit(f->store, "com/foo/A/x", "192.0.2.1");
	commit(f->store, "com/foo/A/y", "192.0.2.2");
	commit(f->store, "com/foo/AAAA", "2001:db8::1");
	commit(f->store, "com/b/a/A", "192.0.2.3");
	commit(f->store, "com/bar/A", "192.0.2.4");
	store_mark(f->store);
	note(f->store, "com/foo/A/x", "192.0.2.1");
	note(f->store, "com/bar/A", "192.0.2.5");
	note(f->store, "com/new/A", "192.0.2.6");
	assert_true(store_commit(f->store));
	/* until the sweep, what was not put is there */
	expect(f->store, "foo.com.", TYPE_A, "192.0.2.1 192.0.2.2 -+");
	expect(f->store, "a.b.com.", TYPE_A, "192.0.2.3 -+");
	f->changed = 0;
	assert_int_equal(sweep(f->store), 3);
	assert_int_equal(f->changed, 2);
	expect(f->store, "foo.com.", TYPE_A, "192.0.2.1 -+");
	expect(f->store, "foo.com.", TYPE_AAAA, "none");
	expect(f->store, "b.com.", TYPE_A, "no name");
	expect(f->store, "bar.com.", TYPE_A, "192.0.2.5 -+");
	expect(f->store, "new.com.", TYPE_A, "192.0.2.6 -+");
	expect_counts(f->store, 5, 3);
	/* another sweep of the same list finds nothing more */
	assert_int_equal(sweep(f->store), 0);
	/* what is put after the list belongs to it too */
	commit(f->store, "com/late/A", "192.0.2.7");
	assert_true(store_sweep(f->store, NULL));
	expect(f->store, "late.com.", TYPE_A, "192.0.2.7 -+");
	expect_counts(f->store, 6, 4);
}

/** A list of what is there already changes nothing, and removes nothing. */
static void
test_sweep_unchanged(void** state)
{
	struct fixture* f = *state;
	static const char* const put[][2] = {
		{ "com/foo/A/x", "192.0.2.1" }, { "com/foo/A/y", "192.0.2.2" },
		{ "com/foo/A/z", "[\"192.0.2.1\",\"192.0.2.3\"]" },
		{ "com/foo/AAAA", "2001:db8::1" },
		{ "com/b/A", "{\"ttl\":60,\"rdata\":\"192.0.2.3\"}" } };
	size_t i, round, before;
	for(i = 0; i < COUNT(put); i++)
		commit(f->store, put[i][0], put[i][1]);
	before = store_stats(f->store).octets;
	f->changed = 0;
	for(round = 0; round < 3; round++) {
		store_mark(f->store);
		/* in one commit, in one each, and backwards */
		for(i = 0; i < COUNT(put); i++) {
			size_t n = round == 2 ? COUNT(put) - 1 - i : i;
			note(f->store, put[n][0], put[n][1]);
			if(round == 1)
				assert_true(store_commit(f->store));
		}
		assert_true(store_commit(f->store));
		assert_int_equal(sweep(f->store), 0);
		assert_int_equal(f->changed, 0);
	}
	expect_counts(f->store, 4, COUNT(put));
	assert_int_equal(store_stats(f->store).octets, before);
	expect(f->store, "foo.com.", TYPE_A,
		"192.0.2.1 192.0.2.2 192.0.2.3 -+");
}

/** After the first list there is nothing to remove, and names are looked at
 * only to report what it has ignored. */
static void
test_sweep_first_list(void** state)
{
	struct fixture* f = *state;
	unsigned list;
	for(list = 1; list <= 3; list++) {
		store_mark(f->store);
		note(f->store, "com/foo/A", "192.0.2.1");
		note(f->store, "com/bar/CNAME", "foo.com.");
		if(list == 3)
			note(f->store, "com/bar/A", "192.0.2.2");
		assert_true(store_commit(f->store));
		table.steps = 0;
		assert_int_equal(sweep(f->store), 0);
		assert_int_equal(table.steps > 0, list > 1);
	}
	assert_string_equal(f->conflicts, "com/bar/CNAME<com/bar/A");
	/* all of it gone, the next list is a first one */
	store_mark(f->store);
	assert_int_equal(sweep(f->store), 3);
	f->conflicts[0] = 0;
	for(list = 1; list <= 2; list++) {
		store_mark(f->store);
		note(f->store, "com/bar/CNAME", "foo.com.");
		note(f->store, "com/bar/A", "192.0.2.2");
		assert_true(store_commit(f->store));
		assert_string_equal(f->conflicts, list == 1 ? "" :
			"com/bar/CNAME<com/bar/A");
		assert_int_equal(sweep(f->store), 0);
		assert_string_equal(f->conflicts, "com/bar/CNAME<com/bar/A");
	}
}

/** A list that broke off, and the one after it. */
static void
test_sweep_aborted_list(void** state)
{
	struct fixture* f = *state;
	commit(f->store, "com/old/A", "192.0.2.1");
	commit(f->store, "com/kept/A", "192.0.2.2");
	store_mark(f->store);
	commit(f->store, "com/old/A", "192.0.2.1");
	commit(f->store, "com/half/A", "192.0.2.3");
	/* there the list breaks off; the new one has less */
	store_mark(f->store);
	commit(f->store, "com/kept/A", "192.0.2.2");
	assert_int_equal(sweep(f->store), 2);
	expect(f->store, "old.com.", TYPE_A, "no name");
	expect(f->store, "half.com.", TYPE_A, "no name");
	expect(f->store, "kept.com.", TYPE_A, "192.0.2.2 -+");
	store_mark(f->store);
	store_mark(f->store);
	assert_int_equal(sweep(f->store), 1);
	expect_counts(f->store, 0, 0);
}

/** What was put since the mark and then removed is gone, and not counted. */
static void
test_sweep_after_remove(void** state)
{
	struct fixture* f = *state;
	commit(f->store, "com/foo/A", "192.0.2.1");
	commit(f->store, "com/bar/A", "192.0.2.2");
	store_mark(f->store);
	commit(f->store, "com/foo/A", "192.0.2.1");
	commit(f->store, "com/foo/A", NULL);
	assert_int_equal(sweep(f->store), 1);
	expect_counts(f->store, 0, 0);
}

/** All is swept, from a store with many branches. */
static void
test_sweep_all(void** state)
{
	struct fixture* f = *state;
	struct store_stats before = store_stats(f->store);
	char path[64];
	unsigned i;
	for(i = 0; i < 3000; i++) {
		snprintf(path, sizeof(path), "com/b%u/a%u/A", i % 7, i);
		note(f->store, path, "192.0.2.1");
		snprintf(path, sizeof(path), "com/b%u/A/%u", i % 7, i);
		note(f->store, path, "192.0.2.2");
	}
	assert_true(store_commit(f->store));
	expect_counts(f->store, 2 + 7 + 3000, 6000);
	store_mark(f->store);
	assert_int_equal(sweep(f->store), 6000);
	expect_counts(f->store, 0, 0);
	assert_int_equal(store_stats(f->store).octets, before.octets);
}

/** Generations do not run out. */
static void
test_sweep_many_times(void** state)
{
	struct fixture* f = *state;
	unsigned i;
	commit(f->store, "com/kept/A", "192.0.2.1");
	for(i = 0; i < 70000; i++) {
		store_mark(f->store);
		if(i % 10000 == 0)
			commit(f->store, "com/other/A", "192.0.2.2");
		commit(f->store, "com/kept/A", "192.0.2.1");
		if(i % 10000 < 2)
			assert_int_equal(sweep(f->store), i % 10000);
	}
	expect(f->store, "kept.com.", TYPE_A, "192.0.2.1 -+");
	store_mark(f->store);
	assert_int_equal(sweep(f->store), 1);
}

/* --- walks ---------------------------------------------------------------- */

/** Keys from which some are chosen, each of which is known by a letter, from
 * a on; and their values. */
static const char* const chosen_keys[][2] = {
	{ "com/foo/A", "192.0.2.1" },
	{ "com/foo/A/x", "192.0.2.2" },
	{ "com/foo/A/y", "192.0.2.3" },
	{ "com/foo/AAAA/x", "2001:db8::1" },
	{ "com/Foo/A/x", "192.0.2.5" },
	{ "com/foo/bar/A/x", "192.0.2.6" },
	{ "com/foo/bar/AAAA", "2001:db8::2" },
	{ "A/x", "192.0.2.8" },
	{ "TYPE1", "192.0.2.9" },
	{ "org/a/b/A", "192.0.2.10" },
};

/** What is asked for each key. */
struct choice {
	/** letters of the keys that are to go */
	const char* letters;
	/** how often each key was shown */
	size_t shown[COUNT(chosen_keys)];
	/** how often another one was */
	size_t others;
};

/** Which of chosen_keys a key is; their number if it is none. */
static size_t
chosen_index(const struct contribution* key)
{
	size_t i;
	for(i = 0; i < COUNT(chosen_keys); i++) {
		struct contribution other;
		parse_key(&other, chosen_keys[i][0]);
		if(other.owner.len == key->owner.len &&
			memcmp(other.owner.wire, key->owner.wire,
			key->owner.len) == 0 && other.type == key->type &&
			other.source_len == key->source_len &&
			memcmp(other.source, key->source, key->source_len) ==
			0)
			break;
	}
	return i;
}

static bool
by_letter(void* arg, const struct contribution* key)
{
	struct choice* choice = arg;
	size_t i = chosen_index(key);
	if(i == COUNT(chosen_keys)) {
		choice->others++;
		return false;
	}
	choice->shown[i]++;
	return strchr(choice->letters, 'a' + (char)i) != NULL;
}

static bool
all_chosen(void* arg, const struct contribution* key)
{
	(void)key;
	++*(size_t*)arg;
	return true;
}

/** Put all of chosen_keys in one commit. */
static void
put_chosen_keys(struct store* store)
{
	size_t i;
	for(i = 0; i < COUNT(chosen_keys); i++)
		note(store, chosen_keys[i][0], chosen_keys[i][1]);
	assert_true(store_commit(store));
}

/** Choose by letters; fail unless all of chosen_keys were shown once. */
static void
remove_letters(struct store* store, const char* letters)
{
	struct choice choice = { .letters = letters };
	size_t i;
	remove_chosen(store, NULL, by_letter, &choice);
	for(i = 0; i < COUNT(chosen_keys); i++)
		check(choice.shown[i] == 1, "\"%s\": %s was shown %zu times",
			letters, chosen_keys[i][0], choice.shown[i]);
	assert_int_equal(choice.others, 0);
}

/** Each contribution is shown once; what is noted meanwhile is a change like
 * others. */
static void
test_walk(void** state)
{
	static const struct {
		const char* letters;
		/** names that exist without those keys */
		size_t names;
	} rows[] = { { "", 7 }, { "a", 7 }, { "abce", 7 }, { "abcde", 7 },
		{ "fg", 6 }, { "j", 4 }, { "adghj", 4 }, { "abcdefg", 4 },
		{ "abcdefghij", 0 } };
	struct fixture* f = *state;
	size_t i;
	for(i = 0; i < COUNT(rows); i++) {
		const size_t count = strlen(rows[i].letters);
		put_chosen_keys(f->store);
		/* whether they are of the last list does not matter */
		if(i % 2)
			store_mark(f->store);
		remove_letters(f->store, rows[i].letters);
		/* twice is once */
		remove_letters(f->store, rows[i].letters);
		assert_int_equal(store_pending(f->store), 2 * count);
		expect_counts(f->store, 7, COUNT(chosen_keys));
		assert_true(store_commit(f->store));
		expect_counts(f->store, rows[i].names, COUNT(chosen_keys) -
			count);
	}
}

/** Nothing is asked where nothing is: of no key, of names without records. */
static void
test_walk_of_nothing(void** state)
{
	struct fixture* f = *state;
	size_t asked = 0;
	remove_chosen(f->store, NULL, all_chosen, &asked);
	pin(f->store, "example.com.");
	remove_chosen(f->store, NULL, all_chosen, &asked);
	note(f->store, "com/foo/A", "192.0.2.1");
	remove_chosen(f->store, NULL, all_chosen, &asked);
	assert_int_equal(asked, 0);
	assert_int_equal(store_pending(f->store), 1);
	assert_true(store_commit(f->store));
	expect(f->store, "foo.com.", TYPE_A, "192.0.2.1 -+");
	remove_chosen(f->store, NULL, all_chosen, &asked);
	assert_int_equal(asked, 1);
	assert_true(store_commit(f->store));
	/* the name that is pinned, and those above it */
	expect_counts(f->store, 3, 0);
	remove_chosen(f->store, NULL, all_chosen, &asked);
	assert_int_equal(asked, 1);
}

/** Of one name, and of none that is above or below it. */
static void
test_walk_at(void** state)
{
	static const struct {
		const char* name;
		size_t asked;
		bool has_below;
	} rows[] = { { "foo.com.", 3, true }, { "bar.foo.com.", 1, false },
		{ "com.", 0, true }, { "net.", 0, false }, { ".", 0, true },
		{ "pinned.org.", 0, true }, { "org.", 0, true } };
	struct fixture* f = *state;
	size_t i;
	pin(f->store, "pinned.org.");
	note(f->store, "com/foo/A/x", "192.0.2.1");
	note(f->store, "com/foo/A/y", "192.0.2.2");
	note(f->store, "com/foo/AAAA", "2001:db8::1");
	note(f->store, "com/foo/bar/A", "192.0.2.3");
	assert_true(store_commit(f->store));
	table.steps = 0;
	for(i = 0; i < COUNT(rows); i++) {
		struct name name;
		size_t asked = 0;
		assert_null(name_from_text(&name, rows[i].name,
			strlen(rows[i].name)));
		remove_chosen(f->store, &name, all_chosen, &asked);
		check(asked == rows[i].asked, "%s: asked for %zu",
			rows[i].name, asked);
		check(store_has_below(f->store, &name) == rows[i].has_below,
			"%s", rows[i].name);
	}
	assert_int_equal(table.steps, 0);
	assert_int_equal(store_pending(f->store), 4);
	assert_true(store_commit(f->store));
	expect_counts(f->store, 3, 0);
}

/** It is a change like others: what is noted before it is not seen by it,
 * and what is noted after it counts. */
static void
test_walk_among_others(void** state)
{
	struct fixture* f = *state;
	size_t asked = 0;
	commit(f->store, "com/foo/A/x", "192.0.2.1");
	commit(f->store, "com/foo/A/y", "192.0.2.2");
	commit(f->store, "com/bar/A", "192.0.2.3");
	note(f->store, "com/foo/A/x", "192.0.2.11");
	note(f->store, "com/foo/A/z", "192.0.2.12");
	note(f->store, "com/bar/A", NULL);
	remove_chosen(f->store, NULL, all_chosen, &asked);
	assert_int_equal(asked, 3);
	note(f->store, "com/foo/A/y", "192.0.2.22");
	note(f->store, "com/new/A", "192.0.2.23");
	f->changed = 0;
	assert_true(store_commit(f->store));
	assert_int_equal(f->changed, 3);
	expect(f->store, "foo.com.", TYPE_A, "192.0.2.12 192.0.2.22 -+");
	expect(f->store, "bar.com.", TYPE_A, "no name");
	expect(f->store, "new.com.", TYPE_A, "192.0.2.23 -+");
	expect_counts(f->store, 4, 3);
	/* gone and put again as it was: nothing has changed */
	remove_chosen(f->store, NULL, all_chosen, &asked);
	note(f->store, "com/foo/A/z", "192.0.2.12");
	note(f->store, "com/foo/A/y", "192.0.2.22");
	note(f->store, "com/new/A", "192.0.2.23");
	assert_true(store_commit(f->store));
	assert_int_equal(f->changed, 3);
}

static bool
stop_at_second(void* arg, const struct contribution* contribution)
{
	(void)contribution;
	return ++*(size_t*)arg < 2;
}

/** A walk ends where it is told to. */
static void
test_walk_ends(void** state)
{
	struct fixture* f = *state;
	size_t shown = 0;
	put_chosen_keys(f->store);
	assert_false(store_walk(f->store, NULL, stop_at_second, &shown));
	assert_int_equal(shown, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_sweep),
		test(test_sweep_unchanged),
		test(test_sweep_first_list),
		test(test_sweep_aborted_list),
		test(test_sweep_after_remove),
		test(test_sweep_all),
		test(test_sweep_many_times),
		test(test_walk),
		test(test_walk_of_nothing),
		test(test_walk_at),
		test(test_walk_among_others),
		test(test_walk_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
