/*
 * tests/unit/dns/test_store.c - does the store hold what was put
 * into it, and let go of what was removed?
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

/** names that test_growth puts */
#define GROWTH 50000

/** whether memory has run out, for realloc */
static bool starving;

void* __real_realloc(void* data, size_t size);
void* __wrap_realloc(void* data, size_t size);

void*
__wrap_realloc(void* data, size_t size)
{
	return starving ? NULL : __real_realloc(data, size);
}

/** calls of free, but for those with NULL */
static size_t freed;

void __real_free(void* data);
void __wrap_free(void* data);

void
__wrap_free(void* data)
{
	freed += data != NULL;
	__real_free(data);
}

/* --- changes -------------------------------------------------------------- */

static void
test_empty(void** state)
{
	struct fixture* f = *state;
	expect_counts(f->store, 0, 0);
	expect(f->store, ".", TYPE_A, "no name");
	expect(f->store, "foo.com.", TYPE_A, "no name");
	assert_int_equal(store_pending(f->store), 0);
	assert_true(store_commit(f->store));
	store_rollback(f->store);
	assert_int_equal(sweep(f->store), 0);
	store_delete(NULL);
}

/** A listener without functions is told nothing, and nothing goes wrong. */
static void
test_no_listener(void** state)
{
	struct store_listener listener = { .arg = NULL };
	struct store* store = store_create(&listener);
	(void)state;
	assert_non_null(store);
	commit(store, "com/foo/A", "192.0.2.1");
	expect(store, "foo.com.", TYPE_A, "192.0.2.1 -+");
	/* deleted with a change that is pending, and a name that is retired */
	commit(store, "com/foo/A", "192.0.2.2");
	note(store, "com/foo/A", "192.0.2.3");
	store_delete(store);
}

/** All names are freed, even if memory has run out. */
static void
test_delete_without_memory(void** state)
{
	struct store_listener listener = { .arg = NULL };
	struct store* store = store_create(&listener);
	char key[32];
	size_t i;
	(void)state;
	assert_non_null(store);
	for(i = 0; i < 100; i++) {
		snprintf(key, sizeof(key), "com/foo%zu/A", i);
		note(store, key, "192.0.2.1");
	}
	assert_true(store_commit(store));
	freed = 0;
	starving = true;
	store_delete(store);
	starving = false;
	assert_true(freed > 100);
}

static void
test_commit(void** state)
{
	struct fixture* f = *state;
	note(f->store, "com/foo/A", "192.0.2.1");
	assert_int_equal(store_pending(f->store), 1);
	expect(f->store, "foo.com.", TYPE_A, "no name");
	expect_counts(f->store, 0, 0);
	assert_int_equal(f->changed, 0);
	assert_true(store_commit(f->store));
	assert_int_equal(store_pending(f->store), 0);
	expect(f->store, "foo.com.", TYPE_A, "192.0.2.1 -+");
	expect(f->store, "foo.com.", TYPE_AAAA, "none");
	expect(f->store, "FOO.Com.", TYPE_A, "192.0.2.1 -+");
	expect_counts(f->store, 3, 1);
	note(f->store, "com/foo/A", NULL);
	assert_int_equal(store_pending(f->store), 1);
	expect(f->store, "foo.com.", TYPE_A, "192.0.2.1 -+");
	assert_true(store_commit(f->store));
	expect(f->store, "foo.com.", TYPE_A, "no name");
	expect_counts(f->store, 0, 0);
}

static void
test_rollback(void** state)
{
	struct fixture* f = *state;
	commit(f->store, "com/foo/A", "192.0.2.1");
	note(f->store, "com/foo/A", NULL);
	note(f->store, "com/bar/A", "192.0.2.2");
	assert_int_equal(store_pending(f->store), 2);
	store_rollback(f->store);
	assert_int_equal(store_pending(f->store), 0);
	assert_true(store_commit(f->store));
	expect(f->store, "foo.com.", TYPE_A, "192.0.2.1 -+");
	expect(f->store, "bar.com.", TYPE_A, "no name");
	expect_counts(f->store, 3, 1);
	assert_int_equal(f->changed, 1);
}

/** What is noted is copied: the caller's memory is his own again. */
static void
test_put_copies(void** state)
{
	struct fixture* f = *state;
	char path[] = "com/foo/A/web1";
	uint8_t rdata[] = { 0, 4, 192, 0, 2, 1 };
	struct record_set set = { 60, 1, { rdata, sizeof(rdata),
		sizeof(rdata) } };
	struct contribution key;
	parse_key(&key, path);
	assert_true(store_put(f->store, &key, &set));
	memset(path, 'x', sizeof(path) - 1);
	memset(rdata, 0xff, sizeof(rdata));
	memset(&key, 0xff, sizeof(key));
	memset(&set, 0xff, sizeof(set));
	assert_true(store_commit(f->store));
	expect(f->store, "foo.com.", TYPE_A, "192.0.2.1 60");
	commit(f->store, "com/foo/A/web1", NULL);
	expect_counts(f->store, 0, 0);
}

/** Keys and their values, in order, in one commit; and what comes of it. */
struct union_case {
	/** path and value of each key; NULL removes it */
	const char* change[6][2];
	/** the A records of foo.com. then */
	const char* a;
	/** its AAAA records */
	const char* aaaa;
	/** keys then */
	size_t keys;
};

static const struct union_case union_cases[] = {
	/* one after the other in one commit: the last of a key wins */
	{ { { "com/foo/A", "192.0.2.1" }, { "com/foo/A", "192.0.2.2" } },
		"192.0.2.2 -+", "none", 1 },
	{ { { "com/foo/A", "192.0.2.1" }, { "com/foo/A", NULL } },
		"no name", "no name", 0 },
	{ { { "com/foo/A", "192.0.2.1" }, { "com/foo/A", NULL },
		{ "com/foo/A", "192.0.2.3" } }, "192.0.2.3 -+", "none", 1 },
	{ { { "com/foo/A", NULL }, { "com/foo/A", "192.0.2.1" } },
		"192.0.2.1 -+", "none", 1 },
	{ { { "com/foo/A", NULL } }, "no name", "no name", 0 },
	{ { { "com/foo/A/x", "192.0.2.1" }, { "com/foo/A/y", "192.0.2.2" },
		{ "com/foo/A/x", "192.0.2.3" }, { "com/foo/A/y", NULL } },
		"192.0.2.3 -+", "none", 1 },
	/* the union of keys, in canonical order, nothing twice */
	{ { { "com/foo/A", "192.0.2.9" }, { "com/foo/A/x", "192.0.2.1" },
		{ "com/foo/A/y", "10.0.0.1" } },
		"10.0.0.1 192.0.2.1 192.0.2.9 -+", "none", 3 },
	{ { { "com/foo/A", "192.0.2.1" }, { "com/foo/A/x", "192.0.2.1" },
		{ "com/foo/A/y", "192.0.2.1" } }, "192.0.2.1 -+", "none", 3 },
	{ { { "com/foo/A", "[\"192.0.2.2\",\"192.0.2.1\"]" },
		{ "com/foo/A/x", "[\"192.0.2.3\",\"192.0.2.2\"]" } },
		"192.0.2.1 192.0.2.2 192.0.2.3 -+", "none", 2 },
	{ { { "com/foo/A", "[\"192.0.2.2\",\"192.0.2.1\",\"192.0.2.2\"]" } },
		"192.0.2.1 192.0.2.2 -+", "none", 1 },
	/* octets over 127 come last: the order is unsigned */
	{ { { "com/foo/A", "[\"255.0.0.1\",\"127.0.0.1\",\"128.0.0.1\"]" } },
		"127.0.0.1 128.0.0.1 255.0.0.1 -+", "none", 1 },
	/* a name spelled in another way is another key of the same name */
	{ { { "com/foo/A", "192.0.2.1" }, { "com/Foo/A", "192.0.2.2" },
		{ "com/foo/TYPE1", "192.0.2.3" } },
		"192.0.2.1 192.0.2.2 192.0.2.3 -+", "none", 3 },
	{ { { "com/foo/A", "192.0.2.1" }, { "com/Foo/A", "192.0.2.2" },
		{ "com/Foo/A", NULL } }, "192.0.2.1 -+", "none", 1 },
	/* ids of which one begins with the other */
	{ { { "com/foo/A/xy", "192.0.2.1" }, { "com/foo/A/x", "192.0.2.2" },
		{ "com/foo/A", "192.0.2.3" }, { "com/foo/A/xyz", "192.0.2.4" },
		{ "com/foo/A/xy", NULL } },
		"192.0.2.2 192.0.2.3 192.0.2.4 -+", "none", 3 },
	/* types are apart */
	{ { { "com/foo/A/x", "192.0.2.1" },
		{ "com/foo/AAAA/x", "2001:db8::1" } },
		"192.0.2.1 -+", "2001:db8::1 -+", 2 },
	{ { { "com/foo/AAAA/x", "2001:db8::1" },
		{ "com/foo/A/x", "192.0.2.1" },
		{ "com/foo/AAAA/x", NULL } }, "192.0.2.1 -+", "none", 1 },
	{ { { "com/foo/AAAA", "[\"2001:db8::2\",\"::1\"]" } },
		"none", "::1 2001:db8::2 -+", 1 },
	/* the lowest TTL, and whether a key has none */
	{ { { "com/foo/A", "{\"ttl\":60,\"rdata\":\"192.0.2.1\"}" } },
		"192.0.2.1 60", "none", 1 },
	{ { { "com/foo/A", "{\"ttl\":0,\"rdata\":\"192.0.2.1\"}" } },
		"192.0.2.1 0", "none", 1 },
	{ { { "com/foo/A", "{\"ttl\":2147483647,\"rdata\":\"192.0.2.1\"}" } },
		"192.0.2.1 2147483647", "none", 1 },
	{ { { "com/foo/A/x", "{\"ttl\":60,\"rdata\":\"192.0.2.1\"}" },
		{ "com/foo/A/y", "{\"ttl\":30,\"rdata\":\"192.0.2.2\"}" },
		{ "com/foo/A/z", "{\"ttl\":90,\"rdata\":\"192.0.2.3\"}" } },
		"192.0.2.1 192.0.2.2 192.0.2.3 30", "none", 3 },
	{ { { "com/foo/A/x", "{\"ttl\":60,\"rdata\":\"192.0.2.1\"}" },
		{ "com/foo/A/y", "192.0.2.1" } }, "192.0.2.1 60+", "none", 2 },
	{ { { "com/foo/A/x", "{\"ttl\":60,\"rdata\":\"192.0.2.1\"}" },
		{ "com/foo/A/y", "192.0.2.2" }, { "com/foo/A/y", NULL } },
		"192.0.2.1 60", "none", 1 },
	{ { { "com/foo/A/x", "{\"ttl\":60,\"rdata\":\"192.0.2.1\"}" },
		{ "com/foo/AAAA/x", "2001:db8::1" } },
		"192.0.2.1 60", "2001:db8::1 -+", 2 },
	/* a TTL that was not the lowest changes, and becomes the lowest */
	{ { { "com/foo/A/x", "{\"ttl\":30,\"rdata\":\"192.0.2.1\"}" },
		{ "com/foo/A/y", "{\"ttl\":60,\"rdata\":\"192.0.2.1\"}" },
		{ "com/foo/A/y", "{\"ttl\":90,\"rdata\":\"192.0.2.1\"}" },
		{ "com/foo/A/x", NULL } }, "192.0.2.1 90", "none", 1 },
};

/** Make the changes of a row, in one commit or in one each. */
static void
check_union(struct store* store, const struct union_case* row, size_t number,
	bool one_commit)
{
	char a[SHOWN_MAX], aaaa[SHOWN_MAX];
	const char *shown_a, *shown_aaaa;
	size_t i;
	for(i = 0; i < 6 && row->change[i][0]; i++) {
		note(store, row->change[i][0], row->change[i][1]);
		if(!one_commit)
			assert_true(store_commit(store));
	}
	assert_true(store_commit(store));
	shown_a = show(store, "foo.com.", TYPE_A, a);
	shown_aaaa = show(store, "foo.com.", TYPE_AAAA, aaaa);
	check(strcmp(shown_a, row->a) == 0, "row %zu: \"%s\", not \"%s\"",
		number, shown_a, row->a);
	check(strcmp(shown_aaaa, row->aaaa) == 0, "row %zu: \"%s\", not "
		"\"%s\"", number, shown_aaaa, row->aaaa);
	expect_counts(store, row->keys ? 3 : 0, row->keys);
	for(i = 0; i < 6 && row->change[i][0]; i++)
		note(store, row->change[i][0], NULL);
	assert_true(store_commit(store));
	expect_counts(store, 0, 0);
}

static void
test_union(void** state)
{
	struct fixture* f = *state;
	size_t i;
	for(i = 0; i < COUNT(union_cases); i++) {
		check_union(f->store, &union_cases[i], i, true);
		check_union(f->store, &union_cases[i], i, false);
	}
}

/** The first RRset of a name is that of the lowest type. */
static void
test_first_rrset(void** state)
{
	struct fixture* f = *state;
	commit(f->store, "com/foo/AAAA", "2001:db8::1");
	expect(f->store, "foo.com.", 0, "2001:db8::1 -+");
	commit(f->store, "com/foo/A", "192.0.2.1");
	expect(f->store, "foo.com.", 0, "192.0.2.1 -+");
	expect(f->store, "com.", 0, "ENT");
}

/** Taking one key away leaves the others what they gave. */
static void
test_remove_one_of_many(void** state)
{
	struct fixture* f = *state;
	char path[32], value[64];
	unsigned i;
	for(i = 0; i < 20; i++) {
		snprintf(path, sizeof(path), "com/foo/A/id%u", i);
		snprintf(value, sizeof(value),
			"{\"ttl\":%u,\"rdata\":[\"10.0.0.%u\",\"10.0.0.%u\"]}",
			i + 10, i / 2, 100 + i);
		note(f->store, path, value);
	}
	assert_true(store_commit(f->store));
	for(i = 0; i < 18; i++) {
		snprintf(path, sizeof(path), "com/foo/A/id%u", i);
		commit(f->store, path, NULL);
		assert_int_equal(store_stats(f->store).keys, 19 - i);
	}
	expect(f->store, "foo.com.", TYPE_A,
		"10.0.0.9 10.0.0.118 10.0.0.119 28");
	commit(f->store, "com/foo/A/id19", NULL);
	expect(f->store, "foo.com.", TYPE_A, "10.0.0.9 10.0.0.118 28");
}

/* --- names that exist ----------------------------------------------------- */

static void
test_empty_non_terminals(void** state)
{
	struct fixture* f = *state;
	commit(f->store, "com/b/a/A", "192.0.2.1");
	expect_counts(f->store, 4, 1);
	expect(f->store, ".", TYPE_A, "ENT");
	expect(f->store, "com.", TYPE_A, "ENT");
	expect(f->store, "b.com.", TYPE_A, "ENT");
	expect(f->store, "a.b.com.", TYPE_A, "192.0.2.1 -+");
	expect(f->store, "x.a.b.com.", TYPE_A, "no name");
	/* records at what was empty, and two names below it */
	commit(f->store, "com/b/A", "192.0.2.2");
	commit(f->store, "com/b/c/d/A", "192.0.2.3");
	expect_counts(f->store, 6, 3);
	expect(f->store, "c.b.com.", TYPE_A, "ENT");
	/* it outlives its records, and its children outlive them too */
	commit(f->store, "com/b/A", NULL);
	expect(f->store, "b.com.", TYPE_A, "ENT");
	expect(f->store, "a.b.com.", TYPE_A, "192.0.2.1 -+");
	commit(f->store, "com/b/a/A", NULL);
	expect_counts(f->store, 5, 1);
	expect(f->store, "a.b.com.", TYPE_A, "no name");
	expect(f->store, "b.com.", TYPE_A, "ENT");
	commit(f->store, "com/b/c/d/A", NULL);
	expect_counts(f->store, 0, 0);
	expect(f->store, ".", TYPE_A, "no name");
}

/** A name with records stays when the last name below it goes. */
static void
test_parent_with_records(void** state)
{
	struct fixture* f = *state;
	commit(f->store, "com/b/A", "192.0.2.1");
	commit(f->store, "com/b/c/d/A", "192.0.2.2");
	commit(f->store, "com/b/c/d/A", NULL);
	expect_counts(f->store, 3, 1);
	expect(f->store, "c.b.com.", TYPE_A, "no name");
	expect(f->store, "b.com.", TYPE_A, "192.0.2.1 -+");
	commit(f->store, "A", "192.0.2.3");
	commit(f->store, "com/b/A", NULL);
	expect_counts(f->store, 1, 1);
	expect(f->store, ".", TYPE_A, "192.0.2.3 -+");
}

/** A child and its parent come and go in one commit. */
static void
test_branch_in_one_commit(void** state)
{
	struct fixture* f = *state;
	note(f->store, "com/b/a/A", "192.0.2.1");
	note(f->store, "com/b/A", "192.0.2.2");
	note(f->store, "com/A", "192.0.2.3");
	assert_true(store_commit(f->store));
	expect_counts(f->store, 4, 3);
	assert_int_equal(f->changed, 3);
	note(f->store, "com/A", NULL);
	note(f->store, "com/b/a/A", NULL);
	note(f->store, "com/b/A", NULL);
	note(f->store, "com/b/x/A", "192.0.2.4");
	assert_true(store_commit(f->store));
	expect_counts(f->store, 4, 1);
	expect(f->store, "b.com.", TYPE_A, "ENT");
	expect(f->store, "x.b.com.", TYPE_A, "192.0.2.4 -+");
}

static void
test_deepest_name(void** state)
{
	struct fixture* f = *state;
	char path[NAME_LABELS_MAX * 2 + 2];
	unsigned i;
	for(i = 0; i < NAME_LABELS_MAX; i++)
		memcpy(path + (size_t)i * 2, "x/", 2);
	memcpy(path + (size_t)NAME_LABELS_MAX * 2, "A", 2);
	commit(f->store, path, "192.0.2.1");
	expect_counts(f->store, NAME_LABELS_MAX + 1, 1);
	commit(f->store, path, "192.0.2.2");
	commit(f->store, path, NULL);
	expect_counts(f->store, 0, 0);
}

static void
test_pin(void** state)
{
	struct fixture* f = *state;
	pin(f->store, "example.com.");
	expect_counts(f->store, 3, 0);
	expect(f->store, "example.com.", TYPE_A, "ENT");
	expect(f->store, "com.", TYPE_A, "ENT");
	/* it stays, whatever is put there and removed, or below, or swept */
	commit(f->store, "com/example/A", "192.0.2.1");
	expect(f->store, "example.com.", TYPE_A, "192.0.2.1 -+");
	commit(f->store, "com/example/A", NULL);
	commit(f->store, "com/example/foo/A", "192.0.2.1");
	commit(f->store, "com/example/foo/A", NULL);
	commit(f->store, "com/example/A", "192.0.2.1");
	commit(f->store, "com/example/b/a/A", "192.0.2.1");
	store_mark(f->store);
	assert_int_equal(sweep(f->store), 2);
	expect_counts(f->store, 3, 0);
	expect(f->store, "example.com.", TYPE_A, "ENT");
}

/** Pins of what exists already, of the root, and of one name twice. */
static void
test_pin_existing(void** state)
{
	struct fixture* f = *state;
	commit(f->store, "com/foo/A", "192.0.2.1");
	pin(f->store, "foo.com.");
	pin(f->store, "foo.com.");
	expect(f->store, "foo.com.", TYPE_A, "192.0.2.1 -+");
	commit(f->store, "com/foo/A", NULL);
	expect_counts(f->store, 3, 0);
	commit(f->store, "com/b/a/A", "192.0.2.1");
	pin(f->store, "b.com.");
	pin(f->store, ".");
	commit(f->store, "com/b/a/A", NULL);
	expect_counts(f->store, 4, 0);
	assert_int_equal(f->changed, 4);
}

/* --- looking up ----------------------------------------------------------- */

/** A suffix of a name, and what is there and at the wildcard below it. */
struct find_case {
	/** the name whose suffixes are looked up */
	const char* name;
	/** labels of the suffix */
	unsigned labels;
	/** A records of the suffix */
	const char* found;
	/** A records of the wildcard that is its child */
	const char* wildcard;
};

static const struct find_case find_cases[] = {
	{ "x.y.example.com.", 4, "no name", "no name" },
	{ "x.y.example.com.", 3, "no name", "no name" },
	{ "x.y.example.com.", 2, "192.0.2.1 -+", "192.0.2.2 -+" },
	{ "x.y.example.com.", 1, "ENT", "no name" },
	{ "x.y.example.com.", 0, "ENT", "192.0.2.5 -+" },
	{ "x.y.EXAMPLE.com.", 2, "192.0.2.1 -+", "192.0.2.2 -+" },
	/* asked for by its own name */
	{ "*.example.com.", 3, "192.0.2.2 -+", "no name" },
	{ "x.*.example.com.", 3, "192.0.2.2 -+", "no name" },
	/* below an empty non-terminal, and one that is empty itself */
	{ "a.ent.com.", 3, "no name", "no name" },
	{ "a.ent.com.", 2, "ENT", "192.0.2.3 -+" },
	{ "a.b.com.", 2, "ENT", "ENT" },
	{ ".", 0, "ENT", "192.0.2.5 -+" },
};

static void
test_find(void** state)
{
	struct fixture* f = *state;
	char one[SHOWN_MAX], other[SHOWN_MAX];
	size_t i;
	commit(f->store, "com/example/A", "192.0.2.1");
	commit(f->store, "com/example/*/A", "192.0.2.2");
	commit(f->store, "com/ent/*/A", "192.0.2.3");
	commit(f->store, "com/b/*/x/A", "192.0.2.4");
	commit(f->store, "*/A", "192.0.2.5");
	for(i = 0; i < COUNT(find_cases); i++) {
		const struct find_case* row = &find_cases[i];
		const char *found, *wildcard;
		struct name_walk walk;
		walk_text(f->store, row->name, &walk);
		/* reading may be nested */
		store_read_lock(f->store);
		store_read_lock(f->store);
		found = show_name(store_find(f->store, &walk, row->labels),
			TYPE_A, one);
		store_read_unlock(f->store);
		wildcard = show_name(store_find_wildcard(f->store, &walk,
			row->labels), TYPE_A, other);
		store_read_unlock(f->store);
		check(strcmp(found, row->found) == 0, "row %zu: %s", i,
			found);
		check(strcmp(wildcard, row->wildcard) == 0, "row %zu: * %s",
			i, wildcard);
	}
}

/** Below a name of 254 or 255 octets, there is no room for a wildcard. */
static void
test_find_wildcard_too_long(void** state)
{
	struct fixture* f = *state;
	struct name_walk walk;
	uint8_t wire[NAME_WIRE_MAX];
	size_t len;
	for(len = 252; len <= 255; len++) {
		struct contribution key = { .type = TYPE_A, .source = "" };
		uint8_t rdata[] = { 0, 4, 192, 0, 2, 1 };
		struct record_set set = { 60, 1, { rdata, 6, 6 } };
		memset(wire, 'x', sizeof(wire));
		wire[0] = wire[64] = wire[128] = 63;
		wire[192] = (uint8_t)(len - 194);
		wire[len - 1] = 0;
		assert_true(name_walk_init(&walk, wire, len,
			store_seed(f->store)));
		if(len + 2 <= 255) {
			key.owner.len = (uint8_t)(len + 2);
			memcpy(key.owner.wire, "\1*", 2);
			memcpy(key.owner.wire + 2, wire, len);
			assert_true(store_put(f->store, &key, &set));
			assert_true(store_commit(f->store));
		}
		store_read_lock(f->store);
		check((store_find_wildcard(f->store, &walk, walk.labels) !=
			NULL) == (len + 2 <= 255), "%zu octets", len);
		store_read_unlock(f->store);
	}
}

/* --- counts --------------------------------------------------------------- */

static void
growth_path(char* path, size_t size, unsigned i)
{
	snprintf(path, size, "com/example/net%u/h%u/A", i % 500, i);
}

/** Fail unless names from..to-1 of the growth test have their record, and
 * those before and behind have none. */
static void
growth_check(struct store* store, unsigned from, unsigned to)
{
	char name[64], expected[64];
	unsigned i;
	for(i = 0; i < GROWTH; i += 7) {
		snprintf(name, sizeof(name), "h%u.net%u.example.com.", i,
			i % 500);
		snprintf(expected, sizeof(expected), "10.%u.%u.%u -+",
			i >> 16, i >> 8 & 255, i & 255);
		expect(store, name, TYPE_A, i >= from && i < to ? expected :
			"no name");
	}
}

/** Note that the names of the growth test have their record. */
static void
growth_put(struct store* store, bool commits)
{
	char path[64], value[32];
	unsigned i;
	for(i = 0; i < GROWTH; i++) {
		growth_path(path, sizeof(path), i);
		snprintf(value, sizeof(value), "10.%u.%u.%u", i >> 16,
			i >> 8 & 255, i & 255);
		note(store, path, value);
		if(commits && i % 1000 == 999)
			assert_true(store_commit(store));
	}
}

/** However many names one commit brings, each is added to a short chain. */
static void
test_growth_in_one_commit(void** state)
{
	struct fixture* f = *state;
	growth_put(f->store, false);
	assert_int_equal(table.buckets, BUCKETS_FIRST);
	assert_true(store_commit(f->store));
	assert_int_equal(table.added, 3 + 500 + GROWTH);
	assert_in_range(table.buckets, GROWTH, 4 * GROWTH);
	/* a name is added with those above it */
	assert_in_range(table.chain, 0, 1);
	assert_false(table.held);
	growth_check(f->store, 0, GROWTH);
}

static void
test_growth(void** state)
{
	struct fixture* f = *state;
	struct store_stats empty = store_stats(f->store), full;
	char path[64];
	unsigned i;
	growth_put(f->store, true);
	expect_counts(f->store, 3 + 500 + GROWTH, GROWTH);
	growth_check(f->store, 0, GROWTH);
	full = store_stats(f->store);
	assert_true(full.octets > empty.octets + GROWTH * (size_t)64);
	assert_true(full.octets < empty.octets + GROWTH * (size_t)100);
	for(i = 0; i < GROWTH; i++) {
		growth_path(path, sizeof(path), i);
		note(f->store, path, NULL);
		if(i % 1000 == 999)
			assert_true(store_commit(f->store));
		if(i == GROWTH / 2 - 1)
			growth_check(f->store, i + 1, GROWTH);
	}
	expect_counts(f->store, 0, 0);
	/* the hash table has shrunk, too */
	assert_int_equal(store_stats(f->store).octets, empty.octets);
	assert_int_equal(f->changed, 2 * GROWTH);
}

/** The counts follow each change, whatever it changes. */
static void
test_stats(void** state)
{
	struct fixture* f = *state;
	struct store_stats empty = store_stats(f->store), one, two;
	commit(f->store, "com/foo/A", "192.0.2.1");
	one = store_stats(f->store);
	assert_true(one.octets > empty.octets);
	commit(f->store, "com/foo/A/x", "192.0.2.2");
	two = store_stats(f->store);
	assert_true(two.octets > one.octets);
	expect_counts(f->store, 3, 2);
	/* of the same size */
	commit(f->store, "com/foo/A/x", "192.0.2.3");
	assert_int_equal(store_stats(f->store).octets, two.octets);
	commit(f->store, "com/foo/A/x", NULL);
	assert_int_equal(store_stats(f->store).octets, one.octets);
	note(f->store, "com/foo/A", NULL);
	assert_int_equal(store_stats(f->store).octets, one.octets);
	assert_true(store_commit(f->store));
	assert_int_equal(store_stats(f->store).octets, empty.octets);
	expect_counts(f->store, 0, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_empty),
		test(test_no_listener),
		test(test_delete_without_memory),
		test(test_commit),
		test(test_rollback),
		test(test_put_copies),
		test(test_union),
		test(test_first_rrset),
		test(test_remove_one_of_many),
		test(test_empty_non_terminals),
		test(test_parent_with_records),
		test(test_branch_in_one_commit),
		test(test_deepest_name),
		test(test_pin),
		test(test_pin_existing),
		test(test_find),
		test(test_find_wildcard_too_long),
		test(test_growth_in_one_commit),
		test(test_growth),
		test(test_stats),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
