/*
 * tests/unit/dns/test_store_report.c - does the listener hear of
 * changes, crowds and conflicts?
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include "dns/rrset.h"
#include "stores.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <urcu/urcu-bp.h>

/* --- what the listener hears ---------------------------------------------- */

/** A change, and whether the listener hears of it. */
struct listener_case {
	/** the key */
	const char* path;
	/** its value; NULL removes it */
	const char* value;
	/** the name that changes; NULL for none */
	const char* owner;
	/** A records that are visible when the listener is told */
	const char* seen;
};

static const struct listener_case listener_cases[] = {
	{ "com/foo/A/x", "192.0.2.1", "foo.com.", "192.0.2.1 -+" },
	{ "com/foo/A/x", "192.0.2.1", NULL, NULL },
	{ "com/foo/A/x", " [\"192.0.2.1\"] ", NULL, NULL },
	{ "com/foo/A/x", "192.0.2.2", "foo.com.", "192.0.2.2 -+" },
	{ "com/foo/A/x", "{\"ttl\":60,\"rdata\":\"192.0.2.2\"}", "foo.com.",
		"192.0.2.2 60" },
	{ "com/foo/A/x", "{\"rdata\":\"192.0.2.2\",\"ttl\":60}", NULL, NULL },
	{ "com/foo/A/y", NULL, NULL, NULL },
	{ "com/bar/A", NULL, NULL, NULL },
	{ "com/A", NULL, NULL, NULL },
	{ "com/foo/A/y", "192.0.2.1", "foo.com.", "192.0.2.1 192.0.2.2 60+" },
	{ "com/foo/A/z", "[\"192.0.2.3\",\"192.0.2.4\"]", "foo.com.",
		"192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 60+" },
	/* in another order */
	{ "com/foo/A/z", "[\"192.0.2.4\",\"192.0.2.3\"]", NULL, NULL },
	/* something twice */
	{ "com/foo/A/z", "[\"192.0.2.4\",\"192.0.2.3\",\"192.0.2.3\"]", NULL,
		NULL },
	{ "com/foo/A/z", NULL, "foo.com.", "192.0.2.1 192.0.2.2 60+" },
	{ "com/foo/AAAA", "2001:db8::1", "foo.com.",
		"192.0.2.1 192.0.2.2 60+" },
	{ "com/foo/AAAA", "2001:db8:0::1", NULL, NULL },
	{ "com/foo/AAAA", NULL, "foo.com.", "192.0.2.1 192.0.2.2 60+" },
	/* an empty non-terminal has no records that could change */
	{ "com/foo/b/a/A", "192.0.2.9", "a.b.foo.com.", "192.0.2.9 -+" },
	{ "com/foo/b/a/A", NULL, "a.b.foo.com.", "no name" },
	{ "com/foo/A/y", NULL, "foo.com.", "192.0.2.2 60" },
	{ "com/foo/A/x", NULL, "foo.com.", "no name" },
	{ "com/foo/A/x", NULL, NULL, NULL },
};

static void
test_listener_changed(void** state)
{
	struct fixture* f = *state;
	size_t i;
	for(i = 0; i < COUNT(listener_cases); i++) {
		const struct listener_case* row = &listener_cases[i];
		f->changed = 0;
		note(f->store, row->path, row->value);
		check(f->changed == 0, "row %zu: told too early", i);
		assert_true(store_commit(f->store));
		check(f->changed == (row->owner ? 1u : 0u), "row %zu: told "
			"%zu times", i, f->changed);
		if(!row->owner)
			continue;
		check(strcmp(f->owner, row->owner) == 0, "row %zu: %s", i,
			f->owner);
		check(strcmp(f->seen, row->seen) == 0, "row %zu: %s", i,
			f->seen);
	}
}

/** One call a name, however many of its keys change; none if all is undone. */
static void
test_listener_once_a_name(void** state)
{
	struct fixture* f = *state;
	note(f->store, "com/foo/A/x", "192.0.2.1");
	note(f->store, "com/bar/A", "192.0.2.1");
	note(f->store, "com/foo/A/y", "192.0.2.2");
	note(f->store, "com/foo/AAAA", "2001:db8::1");
	assert_true(store_commit(f->store));
	assert_int_equal(f->changed, 2);
	note(f->store, "com/foo/A/x", NULL);
	note(f->store, "com/foo/A/x", "192.0.2.1");
	note(f->store, "com/new/A", "192.0.2.1");
	note(f->store, "com/new/A", NULL);
	assert_true(store_commit(f->store));
	assert_int_equal(f->changed, 2);
}

/** Write {"ttl": ttl, "rdata": [...]} with records from..to-1 of 10/8, or
 * for AAAA of 2001:db8::/32. @return text, to be freed. */
static char*
many_records(uint16_t type, unsigned from, unsigned to)
{
	char* text = malloc(64 + (size_t)(to - from) * 32);
	size_t at;
	unsigned i;
	assert_non_null(text);
	at = (size_t)sprintf(text, "{\"ttl\":60,\"rdata\":[");
	for(i = from; i < to; i++) {
		if(type == TYPE_A)
			at += (size_t)sprintf(text + at, "\"10.0.%u.%u\",",
				i / 256, i % 256);
		else	at += (size_t)sprintf(text + at,
				"\"2001:db8::%x\",", i);
	}
	strcpy(text + at - 1, "]}");
	return text;
}

/** Give a key records from..to-1 in a commit. */
static void
commit_many(struct store* store, const char* path, uint16_t type,
	unsigned from, unsigned to)
{
	char* value = many_records(type, from, to);
	commit(store, path, value);
	free(value);
}

/** A key gets records, and whether that makes its RRset crowded. */
struct crowd_case {
	/** the key */
	const char* path;
	/** its type */
	uint16_t type;
	/** its records: from this ... */
	unsigned from;
	/** ... to the one before this; 0 removes the key */
	unsigned to;
	/** what the listener is told; NULL for nothing */
	const char* crowd;
};

static const struct crowd_case crowd_cases[] = {
	{ "com/foo/A/x", TYPE_A, 0, 100, NULL },
	{ "com/foo/A/x", TYPE_A, 0, 101, "foo.com. 1 101 101" },
	{ "com/foo/A/x", TYPE_A, 0, 101, NULL },
	{ "com/foo/A/x", TYPE_A, 0, 102, NULL },
	{ "com/foo/A/x", TYPE_A, 1000, 1200, NULL },
	/* another RRset changes, or becomes crowded itself */
	{ "com/foo/AAAA/x", TYPE_AAAA, 0, 1, NULL },
	{ "com/foo/AAAA/x", TYPE_AAAA, 0, 105, "foo.com. 28 105 105" },
	{ "com/foo/A/x", TYPE_A, 0, 100, NULL },
	{ "com/foo/A/x", TYPE_A, 0, 103, "foo.com. 1 103 103" },
	{ "com/foo/A/x", TYPE_A, 0, 0, NULL },
	{ "com/foo/A/x", TYPE_A, 0, 104, "foo.com. 1 104 104" },
	/* a name below it, and the name being empty for a while */
	{ "com/foo/bar/A", TYPE_A, 0, 1, NULL },
	{ "com/foo/A/x", TYPE_A, 0, 0, NULL },
	{ "com/foo/AAAA/x", TYPE_AAAA, 0, 0, NULL },
	/* by the records of all keys, each counted once */
	{ "com/foo/A/x", TYPE_A, 0, 60, NULL },
	{ "com/foo/A/y", TYPE_A, 40, 100, NULL },
	{ "com/foo/A/z", TYPE_A, 0, 100, NULL },
	{ "com/foo/A/y", TYPE_A, 40, 101, "foo.com. 1 101 101" },
	{ "com/foo/A/z", TYPE_A, 0, 200, NULL },
	{ "com/foo/A/z", TYPE_A, 0, 0, NULL },
	{ "com/foo/A/y", TYPE_A, 0, 0, NULL },
	{ "com/foo/A/x", TYPE_A, 0, 0, NULL },
	/* at once from nothing, and more than a message can take */
	{ "com/big/A", TYPE_A, 0, 5000, "big.com. 1 5000 4000" },
	{ "com/big/A", TYPE_A, 0, 5001, NULL },
};

/** A few records can be more than a message holds, too. */
static void
test_listener_large(void** state)
{
	struct fixture* f = *state;
	const struct store_name* name;
	struct name_walk walk;
	char text[40001];
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	commit(f->store, "com/foo/TXT/a", text);
	assert_int_equal(f->crowded, 0);
	text[0] = 'y';
	commit(f->store, "com/foo/TXT/b", text);
	assert_int_equal(f->crowded, 1);
	assert_string_equal(f->crowd, "foo.com. 16 2 1");
	text[0] = 'z';
	commit(f->store, "com/foo/TXT/c", text);
	assert_int_equal(f->crowded, 1);
	store_read_lock(f->store);
	walk_text(f->store, "foo.com.", &walk);
	name = store_find(f->store, &walk, walk.labels);
	assert_int_equal(store_records(name, TYPE_TXT), 3);
	assert_int_equal(store_records(name, TYPE_A), 0);
	store_read_unlock(f->store);
}

static void
test_listener_crowded(void** state)
{
	struct fixture* f = *state;
	size_t i;
	for(i = 0; i < COUNT(crowd_cases); i++) {
		const struct crowd_case* row = &crowd_cases[i];
		f->crowded = 0;
		if(row->to == 0)
			commit(f->store, row->path, NULL);
		else	commit_many(f->store, row->path, row->type, row->from,
				row->to);
		check(f->crowded == (row->crowd ? 1u : 0u), "row %zu: told "
			"%zu times", i, f->crowded);
		check(!row->crowd || strcmp(f->crowd, row->crowd) == 0,
			"row %zu: %s", i, f->crowd);
	}
}

/* --- conflicts ------------------------------------------------------------ */

/** A step of a story about keys that contradict each other. */
struct conflicts_step {
	/** a key, of any type; or "mark" or "sweep" */
	const char* path;
	/** its value, an address whatever its type is; NULL: it goes */
	const char* value;
	/** what the listener is told; NULL if this is not committed yet */
	const char* told;
	/** what readers see of foo.com's records of the type below */
	const char* seen;
};

/** Go through the steps of a story. */
static void
check_story(struct fixture* f, uint16_t type, const struct conflicts_step* step,
	size_t count)
{
	char out[SHOWN_MAX];
	size_t i;
	for(i = 0; i < count; i++, step++) {
		const char* seen;
		f->conflicts[0] = 0;
		if(strcmp(step->path, "mark") == 0)
			store_mark(f->store);
		else if(strcmp(step->path, "sweep") == 0)
			(void)sweep(f->store);
		else	note_typed(f->store, step->path, step->value);
		if(!step->told)
			continue;
		assert_true(store_commit(f->store));
		check(strcmp(f->conflicts, step->told) == 0, "step %zu: told "
			"\"%s\", not \"%s\"", i, f->conflicts, step->told);
		seen = show(f->store, "foo.com.", type, out);
		check(strcmp(seen, step->seen) == 0, "step %zu: \"%s\", not "
			"\"%s\"", i, seen, step->seen);
	}
}

/** Several keys with one DNAME each. */
static const struct conflicts_step single_story[] = {
	{ "com/foo/DNAME/m", "{\"ttl\":60,\"rdata\":\"192.0.2.5\"}", "",
		"192.0.2.5 60" },
	/* a higher one does not count, and neither does its TTL */
	{ "com/foo/DNAME/x", "{\"ttl\":30,\"rdata\":\"192.0.2.4\"}",
		"com/foo/DNAME/x<com/foo/DNAME/m", "192.0.2.5 60" },
	/* the same once more, and another that is still ignored */
	{ "com/foo/DNAME/x", "{\"ttl\":30,\"rdata\":\"192.0.2.4\"}", "",
		"192.0.2.5 60" },
	{ "com/foo/DNAME/x", "{\"ttl\":30,\"rdata\":\"192.0.2.6\"}", "",
		"192.0.2.5 60" },
	/* other changes of the name */
	{ "com/foo/A", "192.0.2.1", "", "192.0.2.5 60" },
	{ "com/foo/A", NULL, "", "192.0.2.5 60" },
	/* the same record is no conflict */
	{ "com/foo/DNAME/p", "192.0.2.5", "", "192.0.2.5 60" },
	/* a lower one: those that are ignored now, and were not before */
	{ "com/foo/DNAME", "192.0.2.9", "com/foo/DNAME/m<com/foo/DNAME "
		"com/foo/DNAME/p<com/foo/DNAME", "192.0.2.9 -+" },
	/* it goes: what was ignored stays so, and was told */
	{ "com/foo/DNAME", NULL, "", "192.0.2.5 60" },
	{ "com/foo/DNAME/m", NULL, "", "192.0.2.5 -+" },
	{ "com/foo/DNAME/p", NULL, "", "192.0.2.6 30" },
	/* a new one, in one commit with a change of the one that stands */
	{ "com/foo/DNAME/x", "192.0.2.7", NULL, NULL },
	{ "com/foo/DNAME/y", "192.0.2.8", "com/foo/DNAME/y<com/foo/DNAME/x",
		"192.0.2.7 -+" },
	{ "com/foo/DNAME/xx", "192.0.2.9", "com/foo/DNAME/xx<com/foo/DNAME/x",
		"192.0.2.7 -+" },
	{ "com/foo/DNAME/xx", NULL, "", "192.0.2.7 -+" },
	/* they agree, and then they do not */
	{ "com/foo/DNAME/y", "192.0.2.7", "", "192.0.2.7 -+" },
	{ "com/foo/DNAME/x", "192.0.2.8", "com/foo/DNAME/y<com/foo/DNAME/x",
		"192.0.2.8 -+" },
	/* one comes as another goes */
	{ "com/foo/DNAME/x", NULL, NULL, NULL },
	{ "com/foo/DNAME/z", "192.0.2.3", "com/foo/DNAME/z<com/foo/DNAME/y",
		"192.0.2.7 -+" },
	{ "com/foo/DNAME/z", NULL, "", "192.0.2.7 -+" },
	{ "com/foo/DNAME/y", NULL, "", "no name" },
};

static void
test_one_key_stands(void** state)
{
	check_story(*state, TYPE_DNAME, single_story, COUNT(single_story));
	expect_counts(((struct fixture*)*state)->store, 0, 0);
}

/** A CNAME, and other data beside it. */
static const struct conflicts_step cname_story[] = {
	{ "com/foo/CNAME", "192.0.2.5", "", "192.0.2.5 -+" },
	/* other data comes, before it and behind it in the order of types */
	{ "com/foo/TXT", "192.0.2.6", "com/foo/CNAME<com/foo/TXT", "none" },
	{ "com/foo/A/x", "192.0.2.1", "", "none" },
	{ "com/foo/A/x", "192.0.2.2", "", "none" },
	/* itself once more, and another */
	{ "com/foo/CNAME", "192.0.2.5", "", "none" },
	{ "com/foo/CNAME", "192.0.2.4", "", "none" },
	/* not all of the other data goes; then all */
	{ "com/foo/TXT", NULL, "", "none" },
	{ "com/foo/A/x", NULL, "", "192.0.2.4 -+" },
	{ "com/foo/A/x", "192.0.2.2", "com/foo/CNAME<com/foo/A/x", "none" },
	/* it goes, and comes again */
	{ "com/foo/CNAME", NULL, "", "none" },
	{ "com/foo/CNAME", "192.0.2.4", "com/foo/CNAME<com/foo/A/x", "none" },
	/* a key takes the place of another, at once */
	{ "com/foo/A/x", NULL, NULL, NULL },
	{ "com/foo/TXT", "192.0.2.2", "", "none" },
	{ "com/foo/TXT", NULL, NULL, NULL },
	{ "com/foo/CNAME", "192.0.2.7", "", "192.0.2.7 -+" },
	{ "com/foo/CNAME", NULL, NULL, NULL },
	{ "com/foo/A", "192.0.2.1", "", "none" },
	{ "com/foo/A", NULL, NULL, NULL },
	{ "com/foo/CNAME", "192.0.2.7", "", "192.0.2.7 -+" },
	/* both at once, and two CNAMEs: each key that is ignored is told */
	{ "com/foo/CNAME", NULL, "", "no name" },
	{ "com/foo/CNAME/a", "192.0.2.7", NULL, NULL },
	{ "com/foo/CNAME/b", "192.0.2.8", NULL, NULL },
	{ "com/foo/A", "192.0.2.1", "com/foo/CNAME/b<com/foo/CNAME/a "
		"com/foo/CNAME/a<com/foo/A", "none" },
	{ "com/foo/CNAME/a", NULL, "", "none" },
	{ "com/foo/A", NULL, "", "192.0.2.8 -+" },
	/* what is below a name, or above, is not at it */
	{ "com/foo/bar/A", "192.0.2.1", "", "192.0.2.8 -+" },
	{ "com/A", "192.0.2.1", "", "192.0.2.8 -+" },
};

static void
test_cname_beside_other_data(void** state)
{
	check_story(*state, TYPE_CNAME, cname_story, COUNT(cname_story));
}

/** Readers who want any RRset get one that is not hidden. */
static void
test_first_rrset_is_not_hidden(void** state)
{
	struct fixture* f = *state;
	note_typed(f->store, "com/foo/CNAME", "192.0.2.5");
	note_typed(f->store, "com/foo/TXT", "192.0.2.6");
	assert_true(store_commit(f->store));
	expect(f->store, "foo.com.", 0, "192.0.2.6 -+");
	expect(f->store, "foo.com.", TYPE_CNAME, "none");
	note_typed(f->store, "com/foo/TXT", NULL);
	assert_true(store_commit(f->store));
	expect(f->store, "foo.com.", 0, "192.0.2.5 -+");
}

/** More than a hundred keys, and one record: that is no crowd. */
static void
test_singles_are_no_crowd(void** state)
{
	struct fixture* f = *state;
	char path[64], value[32];
	unsigned i;
	for(i = 0; i < 200; i++) {
		snprintf(path, sizeof(path), "com/foo/DNAME/%03u", i);
		snprintf(value, sizeof(value), "192.0.2.%u", i);
		note_typed(f->store, path, value);
	}
	assert_true(store_commit(f->store));
	expect(f->store, "foo.com.", TYPE_DNAME, "192.0.2.0 -+");
	assert_int_equal(f->crowded, 0);
}

/** Lists: only what contradicts itself in their end is told. */
static const struct conflicts_step list_story[] = {
	/* a name of a list: told when the list is complete */
	{ "mark", NULL, "", "no name" },
	{ "com/foo/CNAME", "192.0.2.5", "", "192.0.2.5 -+" },
	{ "com/foo/A", "192.0.2.1", "", "none" },
	{ "sweep", NULL, "com/foo/CNAME<com/foo/A", "none" },
	/* the same again, in any order: nothing new */
	{ "mark", NULL, "", "none" },
	{ "com/foo/A", "192.0.2.1", "", "none" },
	{ "com/foo/CNAME", "192.0.2.5", "", "none" },
	{ "sweep", NULL, "", "none" },
	/* the next list has no A any more */
	{ "mark", NULL, "", "none" },
	{ "com/foo/CNAME", "192.0.2.5", "", "none" },
	{ "sweep", NULL, "", "192.0.2.5 -+" },
	/* a TXT instead of the CNAME: not a word, though both were there */
	{ "mark", NULL, "", "192.0.2.5 -+" },
	{ "com/foo/TXT", "192.0.2.6", "", "none" },
	{ "sweep", NULL, "", "none" },
	/* a CNAME comes beside it, before the list says that it is still
	 * there, in which nothing changes */
	{ "mark", NULL, "", "none" },
	{ "com/foo/CNAME", "192.0.2.5", "", "none" },
	{ "com/foo/TXT", "192.0.2.6", "", "none" },
	{ "sweep", NULL, "com/foo/CNAME<com/foo/TXT", "none" },
	/* a list that breaks off tells nothing; the next one does */
	{ "com/foo/TXT", NULL, "", "192.0.2.5 -+" },
	{ "mark", NULL, "", "192.0.2.5 -+" },
	{ "com/foo/A", "192.0.2.1", "", "none" },
	{ "mark", NULL, "", "none" },
	{ "com/foo/A", "192.0.2.1", "", "none" },
	{ "com/foo/CNAME", "192.0.2.5", "", "none" },
	{ "sweep", NULL, "com/foo/CNAME<com/foo/A", "none" },
	/* after the list, it is told at once again */
	{ "com/foo/A", NULL, "", "192.0.2.5 -+" },
	{ "com/foo/A", "192.0.2.1", "com/foo/CNAME<com/foo/A", "none" },
	{ "com/foo/A", NULL, "", "192.0.2.5 -+" },
	/* a key that is to go stands against a new one */
	{ "mark", NULL, "", "192.0.2.5 -+" },
	{ "com/foo/CNAME/b", "192.0.2.6", "", "192.0.2.5 -+" },
	{ "com/foo/CNAME/c", "192.0.2.6", "", "192.0.2.5 -+" },
	{ "sweep", NULL, "", "192.0.2.6 -+" },
	/* and behind it is one against which it stands in the end */
	{ "mark", NULL, "", "192.0.2.6 -+" },
	{ "com/foo/CNAME/c", "192.0.2.6", "", "192.0.2.6 -+" },
	{ "com/foo/CNAME/d", "192.0.2.7", "", "192.0.2.6 -+" },
	{ "sweep", NULL, "com/foo/CNAME/d<com/foo/CNAME/c", "192.0.2.6 -+" },
	/* the sweep itself brings it about */
	{ "com/foo/CNAME/d", "192.0.2.6", "", "192.0.2.6 -+" },
	{ "com/foo/CNAME/cc", "192.0.2.8", "com/foo/CNAME/cc<com/foo/CNAME/c",
		"192.0.2.6 -+" },
	{ "mark", NULL, "", "192.0.2.6 -+" },
	{ "com/foo/CNAME/cc", "192.0.2.8", "", "192.0.2.6 -+" },
	{ "com/foo/CNAME/d", "192.0.2.6", "", "192.0.2.6 -+" },
	{ "sweep", NULL, "com/foo/CNAME/d<com/foo/CNAME/cc", "192.0.2.8 -+" },
};

static void
test_conflicts_of_lists(void** state)
{
	check_story(*state, TYPE_CNAME, list_story, COUNT(list_story));
}

/** A list with nothing new changes nothing, hidden or ignored as it is. */
static void
test_sweep_unchanged_conflicts(void** state)
{
	struct fixture* f = *state;
	unsigned round;
	for(round = 0; round < 3; round++) {
		f->changed = 0;
		store_mark(f->store);
		note_typed(f->store, "com/foo/CNAME/a", "192.0.2.5");
		assert_true(store_commit(f->store));
		note_typed(f->store, "com/foo/CNAME/b", "192.0.2.4");
		note_typed(f->store, "com/foo/TXT", "192.0.2.6");
		assert_true(store_commit(f->store));
		assert_int_equal(sweep(f->store), 0);
		assert_int_equal(f->changed, round ? 0 : 2);
		assert_string_equal(f->conflicts, round ? "" :
			"com/foo/CNAME/b<com/foo/CNAME/a "
			"com/foo/CNAME/a<com/foo/TXT");
		f->conflicts[0] = 0;
	}
	expect_counts(f->store, 3, 3);
}

/* --- what a name was ------------------------------------------------------ */

/** A change, and what its name was before, as readers saw it. */
struct before_case {
	/** a key of any type, as note_typed has it */
	const char* path;
	/** its value, an address; NULL removes it */
	const char* value;
	/** types that the name had; NULL if nothing is told */
	const char* before;
};

static const struct before_case before_cases[] = {
	/* a new name, and what has come of names that had no records */
	{ "com/foo/A/x", "192.0.2.1", "" },
	{ "com/bar/foo/A", "192.0.2.1", "" },
	{ "com/bar/A", "192.0.2.1", "" },
	{ "com/bar/A", NULL, "bar.com. A" },
	/* another value, one more, the same as before */
	{ "com/foo/A/x", "192.0.2.2", "foo.com. A" },
	{ "com/foo/A/y", "192.0.2.3", "foo.com. A" },
	{ "com/foo/A/y", "192.0.2.3", NULL },
	/* more types: all of them, whichever has changed */
	{ "com/foo/TXT", "192.0.2.4", "foo.com. A" },
	{ "com/foo/DNAME", "192.0.2.5", "foo.com. A, foo.com. TXT" },
	{ "com/foo/A/x", NULL, "foo.com. A, foo.com. TXT, foo.com. DNAME" },
	{ "com/foo/A/y", NULL, "foo.com. A, foo.com. TXT, foo.com. DNAME" },
	{ "com/foo/DNAME", NULL, "foo.com. TXT, foo.com. DNAME" },
	{ "com/foo/TXT", NULL, "foo.com. TXT" },
	/* a CNAME, until other data hides it, and again */
	{ "com/foo/CNAME", "192.0.2.6", "" },
	{ "com/foo/A", "192.0.2.7", "foo.com. CNAME" },
	{ "com/foo/CNAME", "192.0.2.8", "foo.com. A" },
	{ "com/foo/A", NULL, "foo.com. A" },
	{ "com/foo/CNAME", NULL, "foo.com. CNAME" },
	/* the name below is there still; then both are gone */
	{ "com/bar/foo/A", NULL, "foo.bar.com. A" },
	{ "com/bar/foo/A", NULL, NULL },
};

static void
test_listener_before(void** state)
{
	struct fixture* f = *state;
	size_t i;
	for(i = 0; i < COUNT(before_cases); i++) {
		const struct before_case* row = &before_cases[i];
		f->changed = 0;
		note_typed(f->store, row->path, row->value);
		assert_true(store_commit(f->store));
		check(f->changed == (row->before ? 1u : 0u), "row %zu: told "
			"%zu times", i, f->changed);
		check(!row->before || strcmp(f->before, row->before) == 0,
			"row %zu: \"%s\", not \"%s\"", i, f->before,
			row->before);
	}
	expect_counts(f->store, 0, 0);
}

/** What a list lacks had been seen, too. */
static void
test_listener_before_sweep(void** state)
{
	struct fixture* f = *state;
	note_typed(f->store, "com/foo/A", "192.0.2.1");
	note_typed(f->store, "com/foo/TXT", "192.0.2.1");
	assert_true(store_commit(f->store));
	store_mark(f->store);
	note_typed(f->store, "com/foo/A", "192.0.2.1");
	assert_true(store_commit(f->store));
	assert_int_equal(f->changed, 1);
	assert_int_equal(sweep(f->store), 1);
	assert_int_equal(f->changed, 2);
	assert_string_equal(f->before, "foo.com. A, foo.com. TXT");
}

/** All names of the store with the types that readers see. */
static void
test_types(void** state)
{
	struct fixture* f = *state;
	char types[TYPES_MAX] = "";
	store_types(f->store, on_type, types);
	assert_string_equal(types, "");
	/* pinned names, and those above others, have no types */
	pin(f->store, "example.com.");
	note_typed(f->store, "com/b/a/A", "192.0.2.1");
	note_typed(f->store, "com/b/a/TXT", "192.0.2.1");
	note_typed(f->store, "net/CNAME", "192.0.2.1");
	note_typed(f->store, "org/CNAME", "192.0.2.1");
	note_typed(f->store, "org/A", "192.0.2.1");
	store_types(f->store, on_type, types);
	assert_string_equal(types, "");
	assert_true(store_commit(f->store));
	store_types(f->store, on_type, types);
	/* names in whatever order */
	assert_non_null(strstr(types, "a.b.com. A, a.b.com. TXT"));
	assert_non_null(strstr(types, "net. CNAME"));
	assert_non_null(strstr(types, "org. A"));
	assert_int_equal(strlen(types), strlen("a.b.com. A, a.b.com. TXT, "
		"net. CNAME, org. A"));
	assert_false(urcu_bp_read_ongoing());
}

/** One name with its types, by the name that it is asked with. */
static void
test_name_types(void** state)
{
	struct fixture* f = *state;
	char types[TYPES_MAX] = "";
	struct name_walk walk;
	struct name other;
	assert_null(name_from_text(&other, "other.", 6));
	store_name_types(NULL, &other, on_type, types);
	assert_string_equal(types, "");
	commit(f->store, "com/foo/A", "192.0.2.1");
	commit(f->store, "com/foo/AAAA", "2001:db8::1");
	walk_text(f->store, "foo.com.", &walk);
	store_read_lock(f->store);
	store_name_types(store_find(f->store, &walk, 2), &other, on_type,
		types);
	store_name_types(store_find(f->store, &walk, 1), &other, on_type,
		types);
	store_read_unlock(f->store);
	assert_string_equal(types, "other. A, other. AAAA");
}

/* --- large RRsets --------------------------------------------------------- */

/** So many records, and how many of them are served. */
struct served_case {
	/** the key */
	const char* path;
	/** its type */
	uint16_t type;
	/** number of records */
	unsigned records;
	/** number that fits into RRSET_OCTETS_MAX */
	unsigned served;
};

/* in a message, an A record takes 16 octets, and an AAAA record 28 */
static const struct served_case served_cases[] = {
	{ "com/foo/A", TYPE_A, 1, 1 },
	{ "com/foo/A", TYPE_A, 3999, 3999 },
	{ "com/foo/A", TYPE_A, 4000, 4000 },
	{ "com/foo/A", TYPE_A, 4001, 4000 },
	{ "com/foo/A", TYPE_A, 20000, 4000 },
	{ "com/foo/A", TYPE_A, 3998, 3998 },
	{ "com/foo/AAAA", TYPE_AAAA, 2285, 2285 },
	{ "com/foo/AAAA", TYPE_AAAA, 2286, 2285 },
	{ "com/foo/AAAA", TYPE_AAAA, 2284, 2284 },
};

/** Fail unless the RRset of foo.com. has so many records, the first ones. */
static void
expect_served(struct store* store, uint16_t type, unsigned served)
{
	struct name_walk walk;
	struct store_rrset rrset;
	size_t one = type == TYPE_A ? 6 : 18;
	unsigned i;
	walk_text(store, "foo.com.", &walk);
	store_read_lock(store);
	assert_true(store_get(store_find(store, &walk, 2), type, &rrset));
	assert_int_equal(rrset.rdata.count, served);
	assert_int_equal(rrset.rdata.len, served * one);
	assert_true(rrset.rdata.count * (one - 2 + 12) <= RRSET_OCTETS_MAX);
	for(i = 0; i < rrset.rdata.count; i++) {
		const uint8_t* rdata = rrset.rdata.octets + i * one;
		assert_int_equal(rdata[1], one - 2);
		assert_int_equal(rdata[one - 2] << 8 | rdata[one - 1], i);
	}
	store_read_unlock(store);
}

static void
test_served(void** state)
{
	struct fixture* f = *state;
	size_t i;
	for(i = 0; i < COUNT(served_cases); i++) {
		const struct served_case* row = &served_cases[i];
		commit_many(f->store, row->path, row->type, 0, row->records);
		expect_served(f->store, row->type, row->served);
	}
}

/** What is over the cap is not forgotten: it is served when others go. */
static void
test_served_moves_up(void** state)
{
	struct fixture* f = *state;
	unsigned i;
	char path[32], value[32];
	for(i = 0; i < 4100; i++) {
		snprintf(path, sizeof(path), "com/foo/A/%u", i);
		snprintf(value, sizeof(value), "10.0.%u.%u", i / 256,
			i % 256);
		note(f->store, path, value);
	}
	assert_true(store_commit(f->store));
	expect_served(f->store, TYPE_A, 4000);
	assert_int_equal(store_stats(f->store).keys, 4100);
	for(i = 4050; i < 4100; i++) {
		snprintf(path, sizeof(path), "com/foo/A/%u", i);
		note(f->store, path, NULL);
	}
	note(f->store, "com/foo/A/0", NULL);
	note(f->store, "com/foo/A/z", "10.0.0.0");
	assert_true(store_commit(f->store));
	expect_served(f->store, TYPE_A, 4000);
	for(i = 3900; i < 4050; i++) {
		snprintf(path, sizeof(path), "com/foo/A/%u", i);
		note(f->store, path, NULL);
	}
	assert_true(store_commit(f->store));
	expect_served(f->store, TYPE_A, 3900);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_listener_changed),
		test(test_listener_once_a_name),
		test(test_listener_large),
		test(test_listener_crowded),
		test(test_one_key_stands),
		test(test_cname_beside_other_data),
		test(test_first_rrset_is_not_hidden),
		test(test_singles_are_no_crowd),
		test(test_conflicts_of_lists),
		test(test_sweep_unchanged_conflicts),
		test(test_listener_before),
		test(test_listener_before_sweep),
		test(test_types),
		test(test_name_types),
		test(test_served),
		test(test_served_moves_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
