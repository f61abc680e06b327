/*
 * tests/unit/dns/test_rrset.c - an RRset as the store keeps it.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "dns/rrset.h"
#include "dns/type.h"

/** most keys, and most records of a key, in a question */
#define KEYS_MAX 4
#define RECORDS_MAX 4

/** What a key gives; each record is one octet of rdata, written as a letter. */
struct given {
	/** the key's source; NULL ends the list */
	const char* source;
	/** seconds, or RECORD_TTL_NONE */
	uint32_t ttl;
	/** the records; NULL if the key is gone */
	const char* records;
};

/** Changes of an RRset, and what it is then. */
struct question {
	/** what it tells */
	const char* name;
	/** the changes that make the RRset before; none: there is none */
	struct given before[KEYS_MAX];
	/** the changes that are made then, in order of source */
	struct given changes[KEYS_MAX];
	/** the records then; NULL: no RRset is left */
	const char* records;
	/** TTL then */
	uint32_t ttl;
	/** whether a key has no TTL */
	bool ttl_open;
	/** the keys then, as the sources with what each gave */
	const char* entries;
	/** whether the RRset is the same as before */
	bool same;
};

#define NONE RECORD_TTL_NONE

static const struct question questions[] = {
	{ "one key", { { 0 } }, { { "", NONE, "a" } }, "a", NONE, true, "=a",
		false },
	{ "records are sorted and once", { { 0 } }, { { "", 60, "cabca" } },
		"abc", 60, false, "=abc", false },
	{ "union of two keys", { { 0 } },
		{ { "x", 9, "ab" }, { "y", NONE, "bc" } },
		"abc", 9, true, "x=ab y=bc", false },
	{ "lowest TTL", { { 0 } }, { { "x", 9, "a" }, { "y", 4, "b" } },
		"ab", 4, false, "x=a y=b", false },
	{ "a key is added before another", { { "m", NONE, "m" } },
		{ { "a", 7, "z" } }, "mz", 7, true, "a=z m=m", false },
	{ "a key changes", { { "x", 9, "ab" }, { "y", 8, "bc" } },
		{ { "x", 9, "d" } }, "bcd", 8, false, "x=d y=bc", false },
	{ "what two keys gave stays with the other",
		{ { "x", 9, "ab" }, { "y", 8, "bc" } },
		{ { "x", 0, NULL } }, "bc", 8, false, "y=bc", false },
	{ "a key joins one without a source", { { "", NONE, "ab" } },
		{ { "y", 7, "bc" } }, "abc", 7, true, "=ab y=bc", false },
	{ "and leaves it", { { "", NONE, "ab" }, { "y", 7, "bc" } },
		{ { "y", 0, NULL } }, "ab", NONE, true, "=ab", false },
	{ "the last key goes", { { "", NONE, "a" } }, { { "", 0, NULL } },
		NULL, 0, false, NULL, false },
	{ "an unknown key goes", { { "x", 5, "a" } }, { { "w", 0, NULL } },
		"a", 5, false, "x=a", true },
	{ "a key of none goes", { { 0 } }, { { "w", 0, NULL } },
		NULL, 0, false, NULL, false },
	{ "the same once more", { { "x", 5, "ab" }, { "y", 5, "b" } },
		{ { "x", 5, "ba" } }, "ab", 5, false, "x=ab y=b", true },
	{ "another TTL is a change", { { "x", 5, "ab" } },
		{ { "x", 6, "ab" } }, "ab", 6, false, "x=ab", false },
	{ "the same records by another key", { { "x", 5, "ab" } },
		{ { "x", 0, NULL }, { "y", 5, "ab" } },
		"ab", 5, false, "y=ab", false },
};

/** The same of a type that has one record: the first is what readers see. */
static const struct question single_questions[] = {
	{ "one key", { { 0 } }, { { "", NONE, "a" } }, "a", NONE, true, "=a",
		false },
	{ "the lowest source is served, with its TTL", { { 0 } },
		{ { "x", 9, "z" }, { "y", 4, "a" } },
		"za", 9, false, "x=z y=a", false },
	{ "and without a TTL if it has none", { { 0 } },
		{ { "x", NONE, "z" }, { "y", 4, "a" } },
		"za", NONE, true, "x=z y=a", false },
	{ "a key that has none does not open another's", { { 0 } },
		{ { "x", 9, "a" }, { "y", NONE, "z" } },
		"az", 9, false, "x=a y=z", false },
	{ "a key with the same record adds none", { { 0 } },
		{ { "x", 9, "b" }, { "y", 4, "a" }, { "z", 4, "b" } },
		"ba", 9, false, "x=b y=a z=b", false },
	{ "a lower one takes its place", { { "y", 9, "a" } },
		{ { "x", 4, "b" } }, "ba", 4, false, "x=b y=a", false },
	{ "the next takes its place",
		{ { "x", 9, "c" }, { "y", 4, "b" }, { "z", 3, "a" } },
		{ { "x", 0, NULL } }, "ba", 4, false, "y=b z=a", false },
	{ "it gives another record", { { "x", 9, "b" }, { "y", 4, "a" } },
		{ { "x", 9, "c" } }, "ca", 9, false, "x=c y=a", false },
	{ "the two are exchanged", { { "x", 9, "b" }, { "y", 4, "a" } },
		{ { "x", 9, "a" }, { "y", 4, "b" } },
		"ab", 9, false, "x=a y=b", false },
	{ "the same once more", { { "x", 9, "b" }, { "y", 4, "a" } },
		{ { "x", 9, "b" }, { "y", 4, "a" } },
		"ba", 9, false, "x=b y=a", true },
	{ "one that does not stand changes", { { "x", 9, "b" },
		{ "y", 4, "a" } }, { { "y", 4, "c" } },
		"bc", 9, false, "x=b y=c", false },
	{ "of a key that gives several, the first", { { 0 } },
		{ { "x", 9, "cab" } }, "cab", 9, false, "x=cab", false },
	{ "and it stays so", { { "x", 9, "cab" } }, { { "y", 4, "a" } },
		"cab", 9, false, "x=cab y=a", false },
	{ "the last key goes", { { "", NONE, "a" } }, { { "", 0, NULL } },
		NULL, 0, false, NULL, false },
};

/** Make a change of what a key gives. */
static struct rrset_change*
change_create(const struct given* given)
{
	size_t n = given->records ? strlen(given->records) : 0, i;
	struct rrset_change* change = calloc(1, sizeof(*change) + 3 * n);
	assert_non_null(change);
	change->type = 1;
	change->source = given->source;
	change->source_len = (uint16_t)strlen(given->source);
	change->remove = given->records == NULL;
	change->ttl = given->ttl;
	change->rdata = (struct rdata_list){ change->data, (uint32_t)(3 * n),
		(uint32_t)n };
	for(i = 0; i < n; i++) {
		change->data[3 * i + 1] = 1;
		change->data[3 * i + 2] = (uint8_t)given->records[i];
	}
	return change;
}

/** Build an RRset; the result is a copy, or NULL if no key is left. */
static struct rrset*
build_type(struct rrset_builder* builder, uint16_t type,
	const struct rrset* old, const struct given* given,
	uint16_t generation)
{
	struct rrset_change* changes[KEYS_MAX];
	struct rrset* result = NULL;
	size_t n = 0, i;
	while(n < KEYS_MAX && given[n].source) {
		changes[n] = change_create(&given[n]);
		n++;
	}
	builder->out.len = 0;
	if(n > 0)
		assert_true(rrset_build(builder, type, old, changes, n,
			generation));
	if(builder->out.len > 0) {
		result = malloc(builder->out.len);
		assert_non_null(result);
		memcpy(result, builder->out.data, builder->out.len);
		assert_int_equal(rrset_size(result), builder->out.len);
		assert_int_equal(rrset_size(result) % 2, 0);
	}
	for(i = 0; i < n; i++)
		free(changes[i]);
	return result;
}

static struct rrset*
build(struct rrset_builder* builder, const struct rrset* old,
	const struct given* given, uint16_t generation)
{
	return build_type(builder, TYPE_A, old, given, generation);
}

/** Write the keys of an RRset as the tables have them. */
static void
entries_to_text(const struct rrset* rrset, char* text)
{
	struct rrset_entry entry;
	uint32_t n;
	char* at = text;
	*at = 0;
	rrset_entry_first(rrset, &entry);
	for(; entry.left > 0; rrset_entry_next(&entry)) {
		bool all = entry.refs == RRSET_REFS_ALL;
		at += sprintf(at, "%s%.*s=", at > text ? " " : "",
			(int)entry.source_len, entry.source);
		for(n = 0; n < (all ? rrset_records(rrset) : entry.refs); n++)
			at += sprintf(at, "%c", rrset_rdata(rrset)[3 * (all ?
				n : rrset_entry_ref(&entry, n)) + 2]);
	}
}

/** The generation of one of an RRset's keys. */
static uint16_t
generation_of(const struct rrset* rrset, const char* source)
{
	struct rrset_entry entry;
	rrset_entry_first(rrset, &entry);
	while(rrset_source_compare(entry.source, entry.source_len, source,
		strlen(source)) != 0)
		rrset_entry_next(&entry);
	return entry.generation;
}

static void
check_question(struct rrset_builder* builder, uint16_t type,
	const struct question* question)
{
	struct rrset* old = build_type(builder, type, NULL, question->before,
		1);
	struct rrset* new = build_type(builder, type, old, question->changes,
		2);
	char text[200];
	size_t i;
	if(question->records) {
		assert_non_null(new);
		assert_int_equal(new->type, type);
		assert_int_equal(rrset_records(new),
			strlen(question->records));
		assert_int_equal(new->fit, type == TYPE_A ?
			rrset_records(new) : 1);
		assert_int_equal(new->fit_len, 3 * new->fit);
		assert_false(new->flags & RRSET_HIDDEN);
		for(i = 0; i < rrset_records(new); i++)
			assert_int_equal(rrset_rdata(new)[3 * i + 2],
				question->records[i]);
		assert_int_equal(new->ttl, question->ttl);
		assert_int_equal((new->flags & RRSET_TTL_OPEN) != 0,
			question->ttl_open);
		entries_to_text(new, text);
		assert_string_equal(text, question->entries);
		if(old)
			assert_int_equal(rrset_refresh(old, new),
				question->same);
	} else {
		assert_null(new);
	}
	free(old);
	free(new);
}

static void
test_changes(void** state)
{
	struct rrset_builder builder = { { 0 }, { 0 }, { 0 }, { 0 } };
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(questions) / sizeof(*questions); i++) {
		print_message("# %s\n", questions[i].name);
		check_question(&builder, TYPE_A, &questions[i]);
	}
	rrset_builder_clear(&builder);
}

static void
test_changes_of_single_types(void** state)
{
	static const uint16_t types[] = { TYPE_CNAME, TYPE_SOA, TYPE_DNAME };
	const size_t count = sizeof(single_questions) /
		sizeof(*single_questions);
	struct rrset_builder builder = { { 0 }, { 0 }, { 0 }, { 0 } };
	size_t i;
	(void)state;
	for(i = 0; i < count; i++) {
		print_message("# %s\n", single_questions[i].name);
		check_question(&builder, types[i % 3], &single_questions[i]);
	}
	rrset_builder_clear(&builder);
}

/** Who gives another record than the first one is ignored. */
static void
test_ignored(void** state)
{
	static const struct given given[KEYS_MAX] = { { "w", 5, "b" },
		{ "x", 5, "a" }, { "y", 5, "b" }, { "z", 5, "c" } };
	static const bool expected[KEYS_MAX] = { false, true, false, true };
	struct rrset_builder builder = { { 0 }, { 0 }, { 0 }, { 0 } };
	struct rrset* rrset = build_type(&builder, TYPE_CNAME, NULL, given, 1);
	struct rrset_entry entry;
	size_t i;
	(void)state;
	rrset_entry_first(rrset, &entry);
	for(i = 0; i < KEYS_MAX; i++, rrset_entry_next(&entry))
		assert_int_equal(rrset_entry_is_ignored(&entry), expected[i]);
	assert_int_equal(entry.left, 0);
	free(rrset);
	rrset_builder_clear(&builder);
}

/** What is hidden is the same for all that; and not when it is built anew. */
static void
test_hidden(void** state)
{
	static const struct given first[KEYS_MAX] = { { "x", 5, "b" },
		{ "y", 5, "a" } };
	static const struct given again[KEYS_MAX] = { { "x", 5, "b" } };
	struct rrset_builder builder = { { 0 }, { 0 }, { 0 }, { 0 } };
	struct rrset* old = build_type(&builder, TYPE_CNAME, NULL, first, 1);
	struct rrset* new;
	(void)state;
	assert_false(old->flags & RRSET_HIDDEN);
	rrset_show_single(old, false);
	assert_true(old->flags & RRSET_HIDDEN);
	new = build_type(&builder, TYPE_CNAME, old, again, 2);
	assert_false(new->flags & RRSET_HIDDEN);
	assert_true(rrset_refresh(old, new));
	assert_true(old->flags & RRSET_HIDDEN);
	assert_int_equal(generation_of(old, "x"), 2);
	rrset_show_single(old, true);
	assert_false(old->flags & RRSET_HIDDEN);
	free(new);
	free(old);
	rrset_builder_clear(&builder);
}

/** Only where all is the same does a comparison touch the generations. */
static void
test_same_brings_generations_up_to_date(void** state)
{
	static const struct given first[KEYS_MAX] = { { "x", 5, "ab" },
		{ "y", 5, "b" } };
	static const struct given again[KEYS_MAX] = { { "y", 5, "b" } };
	static const struct given other[KEYS_MAX] = { { "y", 5, "c" } };
	struct rrset_builder builder = { { 0 }, { 0 }, { 0 }, { 0 } };
	struct rrset* old = build(&builder, NULL, first, 1);
	struct rrset* new = build(&builder, old, other, 2);
	(void)state;
	assert_false(rrset_refresh(old, new));
	assert_int_equal(generation_of(old, "y"), 1);
	free(new);
	new = build(&builder, old, again, 3);
	assert_true(rrset_refresh(old, new));
	assert_int_equal(generation_of(old, "x"), 1);
	assert_int_equal(generation_of(old, "y"), 3);
	free(new);
	free(old);
	rrset_builder_clear(&builder);
}

/** One key without a source takes no more room than readers need. */
static void
test_plain(void** state)
{
	static const struct given first[KEYS_MAX] = { { "", 5, "ab" } };
	static const struct given others[][KEYS_MAX] = { { { "", 6, "ab" } },
		{ { "", NONE, "ab" } }, { { "", 5, "ac" } },
		{ { "", 5, "a" } }, { { "x", 5, "ab" } } };
	struct rrset_builder builder = { { 0 }, { 0 }, { 0 }, { 0 } };
	struct rrset* old = build(&builder, NULL, first, 1);
	struct rrset* new = build(&builder, old, first, 2);
	size_t i;
	(void)state;
	assert_int_equal(rrset_size(old), 14 + 6);
	assert_int_equal(generation_of(old, ""), 1);
	assert_true(rrset_refresh(old, new));
	assert_int_equal(generation_of(old, ""), 2);
	free(new);
	for(i = 0; i < sizeof(others) / sizeof(*others); i++) {
		new = build(&builder, old, others[i], 3);
		assert_false(rrset_refresh(old, new));
		assert_int_equal(generation_of(old, ""), 2);
		free(new);
	}
	free(old);
	rrset_builder_clear(&builder);
}

static void
test_without_changes_it_is_copied(void** state)
{
	static const struct given first[KEYS_MAX] = { { "x", 5, "ab" } };
	struct rrset_builder builder = { { 0 }, { 0 }, { 0 }, { 0 } };
	struct rrset* old = build(&builder, NULL, first, 1);
	(void)state;
	builder.out.len = 0;
	assert_true(rrset_build(&builder, 1, old, NULL, 0, 2));
	assert_int_equal(builder.out.len, rrset_size(old));
	assert_memory_equal(builder.out.data, old, rrset_size(old));
	free(old);
	rrset_builder_clear(&builder);
}

/** A change with so many records of two octets of rdata, all different. */
static struct rrset_change*
change_create_many(uint32_t count)
{
	struct rrset_change* change = calloc(1, sizeof(*change) + 4 * count);
	uint32_t i;
	assert_non_null(change);
	change->source = "";
	change->ttl = 5;
	change->rdata = (struct rdata_list){ change->data, 4 * count, count };
	for(i = 0; i < count; i++) {
		change->data[4 * i + 1] = 2;
		change->data[4 * i + 2] = (uint8_t)(i >> 8);
		change->data[4 * i + 3] = (uint8_t)i;
	}
	return change;
}

/** A record takes 12 octets and its rdata in a message. */
static void
test_no_more_is_served_than_fits(void** state)
{
	static const uint32_t counts[] = { 1, RRSET_OCTETS_MAX / 14,
		RRSET_OCTETS_MAX / 14 + 1, 20000 };
	struct rrset_builder builder = { { 0 }, { 0 }, { 0 }, { 0 } };
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		struct rrset_change* change = change_create_many(counts[i]);
		const struct rrset* rrset;
		uint32_t most = RRSET_OCTETS_MAX / 14;
		builder.out.len = 0;
		assert_true(rrset_build(&builder, 1, NULL, &change, 1, 1));
		rrset = (const struct rrset*)(const void*)builder.out.data;
		assert_int_equal(rrset_records(rrset), counts[i]);
		assert_int_equal(rrset->fit, counts[i] < most ? counts[i] :
			most);
		assert_int_equal(rrset->fit_len, 4 * rrset->fit);
		free(change);
	}
	rrset_builder_clear(&builder);
}

static void
test_source_compare(void** state)
{
	(void)state;
	assert_int_equal(rrset_source_compare("", 0, "", 0), 0);
	assert_true(rrset_source_compare("", 0, "a", 1) < 0);
	assert_true(rrset_source_compare("b", 1, "a", 1) > 0);
	assert_true(rrset_source_compare("a", 1, "ab", 2) < 0);
	assert_true(rrset_source_compare("a\0b", 3, "a\0a", 3) > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_changes_of_single_types),
		cmocka_unit_test(test_ignored),
		cmocka_unit_test(test_hidden),
		cmocka_unit_test(test_same_brings_generations_up_to_date),
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_without_changes_it_is_copied),
		cmocka_unit_test(test_no_more_is_served_than_fits),
		cmocka_unit_test(test_source_compare),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
