/*
 * tests/unit/dns/test_name_walk.c - are suffixes of names found and hashed?
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "dns/name.h"
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>
#include "names.h"

/** some seed; any does */
#define SEED UINT64_C(0x0123456789abcdef)
/** names whose hashes are compared with each other */
#define HASHED 10000

/** name_walk_init on a copy without anything behind it. */
static bool
walk_init(struct name_walk* walk, const void* wire, size_t len, uint64_t seed)
{
	uint8_t* copy = copy_exactly(wire, len);
	bool ok = name_walk_init(walk, copy, len, seed);
	free(copy);
	return ok;
}

/* --- walks --------------------------------------------------------------- */

static void
test_walk(void** state)
{
	struct name_walk walk;
	const char suffixes[4][18] = { "", "\3com", "\7example\3com",
		"\3foo\7example\3com" };
	unsigned i;
	size_t len;
	(void)state;
	assert_true(walk_init(&walk, WIRE("\3Foo\7eXample\3COM"), SEED));
	assert_int_equal(walk.labels, 3);
	assert_int_equal(walk.name.len, 17);
	assert_memory_equal(walk.name.wire, suffixes[3], 17);
	assert_int_equal(walk.offset[0], 16);
	assert_int_equal(walk.offset[1], 12);
	assert_int_equal(walk.offset[2], 4);
	assert_int_equal(walk.offset[3], 0);
	for(i = 0; i <= 3; i++) {
		const uint8_t* suffix = name_walk_suffix(&walk, i, &len);
		assert_int_equal(len, strlen(suffixes[i]) + 1);
		assert_memory_equal(suffix, suffixes[i], len);
	}
}

static void
test_walk_root(void** state)
{
	struct name_walk walk;
	(void)state;
	assert_true(walk_init(&walk, WIRE(""), SEED));
	assert_int_equal(walk.labels, 0);
	assert_int_equal(walk.name.len, 1);
	assert_int_equal(walk.name.wire[0], 0);
	assert_int_equal(walk.offset[0], 0);
	assert_true(walk.hash[0] == SEED);
}

static const struct good_case odd_wires[] = {
	/* octets that are in no host name are octets like others */
	{ WIRE("\2\0\0"), WIRE("\2\0\0"), true },
	{ WIRE("\4\xc0\x0c.\\"), WIRE("\4\xc0\x0c.\\"), true },
	{ WIRE("\4@Z[\xda"), WIRE("\4@z[\xda"), true },
	/* what would be a pointer or a length elsewhere */
	{ WIRE("\3\300\014\77\1A"), WIRE("\3\300\014\77\1a"), true },
};

static void
test_walk_odd(void** state)
{
	struct name_walk walk;
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(odd_wires); i++) {
		const struct good_case* row = &odd_wires[i];
		check(walk_init(&walk, row->text, row->len, SEED), "row %zu",
			i);
		check(IS_WIRE_OF(row, walk.name), "row %zu", i);
	}
}

static const struct bad_case bad_wires[] = {
	{ OCTETS(""), "nothing" },
	{ OCTETS("\3com"), "no root label" },
	{ OCTETS("\3foo\3com"), "no root label" },
	{ OCTETS("\1"), "a length and nothing" },
	{ OCTETS("\3co"), "a label cut short" },
	{ OCTETS("\77com\0"), "a label past the end" },
	{ OCTETS("\4com\0"), "a label that takes the root label" },
	{ OCTETS("\3com\0\0"), "an octet behind the root label" },
	{ OCTETS("\0\0"), "two root labels" },
	{ OCTETS("\0\3com\0"), "a name behind the root label" },
	{ OCTETS("\300\014"), "a compression pointer" },
	{ OCTETS("\3com\300\0"), "a compression pointer behind a label" },
	{ OCTETS("\300"), "half a compression pointer" },
	{ OCTETS("\100a"), "an extended label" },
	{ OCTETS("\200a"), "a label of an unknown kind" },
	{ OCTETS("\377"), "a length over everything" },
};

static void
test_walk_bad(void** state)
{
	struct name_walk walk;
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(bad_wires); i++)
		check(!walk_init(&walk, bad_wires[i].text, bad_wires[i].len,
			SEED), "%s was taken", bad_wires[i].why);
}

/** Labels of 64 octets or more, with all those octets there. */
static void
test_walk_label_lengths(void** state)
{
	uint8_t wire[300];
	struct name_walk walk;
	unsigned len;
	(void)state;
	for(len = 1; len < 256; len++) {
		memset(wire, 'x', sizeof(wire));
		wire[0] = (uint8_t)len;
		wire[len + 1] = 0;
		check(walk_init(&walk, wire, len + 2, SEED) == (len <= 63),
			"a label of %u octets", len);
	}
}

/** Fill a wire name of so many octets, with labels of so many. */
static void
wire_fill(uint8_t* wire, size_t len, size_t label)
{
	size_t at = 0;
	while(at + 1 < len) {
		size_t n = len - 2 - at < label ? len - 2 - at : label;
		/* a label of one octet must remain, or none */
		if(len - 2 - at - n == 1)
			n--;
		wire[at] = (uint8_t)n;
		memset(wire + at + 1, 'a', n);
		at += n + 1;
	}
	wire[at] = 0;
}

static void
test_walk_name_lengths(void** state)
{
	uint8_t wire[400];
	struct name_walk walk;
	size_t len;
	(void)state;
	for(len = 3; len < sizeof(wire); len++) {
		wire_fill(wire, len, 63);
		check(walk_init(&walk, wire, len, SEED) == (len <= 255),
			"a name of %zu octets", len);
	}
}

static void
test_walk_127_labels(void** state)
{
	uint8_t wire[257];
	struct name_walk walk;
	unsigned i;
	(void)state;
	wire_fill(wire, 255, 1);
	assert_true(walk_init(&walk, wire, 255, SEED));
	assert_int_equal(walk.labels, 127);
	assert_int_equal(walk.name.len, 255);
	for(i = 0; i <= 127; i++)
		assert_int_equal(walk.offset[i], 254 - 2 * i);
	wire_fill(wire, 257, 1);
	assert_false(walk_init(&walk, wire, 257, SEED));
}

/** Cut a good name off everywhere; none of the pieces is a name. */
static void
test_walk_truncated(void** state)
{
	static const char wire[] = "\3foo\7example\3com";
	struct name_walk walk;
	size_t len;
	(void)state;
	for(len = 0; len < sizeof(wire); len++)
		check(!walk_init(&walk, wire, len, SEED), "%zu octets", len);
	assert_true(walk_init(&walk, wire, sizeof(wire), SEED));
}

/** All octets, wherever they are in a name: letters only are lowered. */
static void
test_walk_case(void** state)
{
	unsigned c, at;
	(void)state;
	for(c = 0; c < 256; c++) {
		unsigned low = c >= 'A' && c <= 'Z' ? c + 32 : c;
		for(at = 1; at <= 40; at++) {
			uint8_t wire[42] = { 40 }, expected[42] = { 40 };
			struct name_walk walk;
			wire[at] = (uint8_t)c;
			expected[at] = (uint8_t)low;
			assert_true(walk_init(&walk, wire, sizeof(wire),
				SEED));
			assert_memory_equal(walk.name.wire, expected,
				sizeof(wire));
		}
	}
}

/** Any octet at any place of a label, between others that change or stay. */
static void
test_walk_lower(void** state)
{
	static const uint8_t around[] = { '@', 'A', 'M', 'Z', '[', 'z', 0,
		0x7f, 0x80, 0xc1, 0xff };
	uint8_t wire[23] = { 21 };
	unsigned octet;
	size_t i, place, at;
	(void)state;
	for(octet = 0; octet < 256; octet++) {
		for(i = 0; i < COUNT(around) * 21; i++) {
			struct name_walk walk;
			place = i % 21 + 1;
			memset(wire + 1, around[i / 21], 21);
			wire[place] = (uint8_t)octet;
			assert_true(name_walk_init(&walk, wire, 23, 1));
			for(at = 1; at < 22; at++) {
				bool upper = wire[at] >= 'A' &&
					wire[at] <= 'Z';
				if(walk.name.wire[at] !=
					wire[at] + (upper ? 32 : 0))
					fail_msg("octet %u at %zu in %u",
						octet, place, around[i / 21]);
			}
		}
	}
}

/* --- hashes -------------------------------------------------------------- */

/** Each suffix has the hash that it has as a name, and by the chain. */
static void
check_suffix_hashes(const struct name_walk* walk, uint64_t seed)
{
	struct name_walk suffix_walk;
	uint64_t chain = seed;
	unsigned i;
	for(i = 0; i <= walk->labels; i++) {
		size_t len;
		const uint8_t* suffix = name_walk_suffix(walk, i, &len);
		if(i > 0) {
			uint8_t* label = copy_exactly(suffix,
				(size_t)suffix[0] + 1);
			chain = name_hash_label(chain, label);
			free(label);
		}
		check(walk->hash[i] == chain, "chain of %u labels", i);
		assert_true(walk_init(&suffix_walk, suffix, len, seed));
		check(suffix_walk.hash[i] == chain, "walk of %u labels", i);
	}
}

static void
test_hash_of_suffixes(void** state)
{
	struct name_walk walk;
	uint8_t wire[255];
	size_t label;
	(void)state;
	assert_true(walk_init(&walk, WIRE("\3foo\7example\3com"), SEED));
	check_suffix_hashes(&walk, SEED);
	assert_true(walk_init(&walk, WIRE("\3foo\7example\3com"), 0));
	check_suffix_hashes(&walk, 0);
	/* labels around the width of what is hashed at once, and others */
	for(label = 1; label <= 63; label++) {
		wire_fill(wire, 255, label);
		assert_true(walk_init(&walk, wire, 255, SEED));
		check_suffix_hashes(&walk, SEED);
	}
}

static void
test_hash_ignores_case(void** state)
{
	struct name_walk upper, plain;
	unsigned i;
	(void)state;
	assert_true(walk_init(&plain, WIRE("\3foo\7example\14a-long-label"),
		SEED));
	assert_true(walk_init(&upper, WIRE("\3FOO\7ExAmPlE\14A-Long-LabEL"),
		SEED));
	assert_int_equal(upper.labels, plain.labels);
	for(i = 0; i <= plain.labels; i++)
		assert_true(upper.hash[i] == plain.hash[i]);
	assert_memory_equal(upper.name.wire, plain.name.wire, plain.name.len);
}

static void
test_hash_needs_seed(void** state)
{
	struct name_walk one, other;
	(void)state;
	assert_true(walk_init(&one, WIRE("\3foo\3com"), SEED));
	assert_true(walk_init(&other, WIRE("\3foo\3com"), SEED + 1));
	assert_true(one.hash[2] != other.hash[2]);
}

static int
compare_u64(const void* a, const void* b)
{
	uint64_t x = *(const uint64_t*)a, y = *(const uint64_t*)b;
	return x < y ? -1 : x > y;
}

/**
 * Names that differ a little have different hashes, and the low bits, which
 * hash tables use, are spread. The seed is fixed: this fails always or never.
 */
static void
test_hash_spreads(void** state)
{
	uint64_t* hash = malloc(HASHED * sizeof(*hash));
	bool* used = calloc(HASHED, sizeof(*used));
	struct name_walk walk;
	struct name name;
	size_t i, slots = 0;
	char text[32];
	(void)state;
	assert_non_null(hash);
	assert_non_null(used);
	for(i = 0; i < HASHED; i++) {
		int len = snprintf(text, sizeof(text), "h%zu.example", i);
		assert_null(name_from_text(&name, text, (size_t)len));
		assert_true(walk_init(&walk, name.wire, name.len, SEED));
		hash[i] = walk.hash[2];
		slots += !used[(hash[i] & 0xffff) % HASHED];
		used[(hash[i] & 0xffff) % HASHED] = true;
	}
	/* at random, 1 - 1/e of the slots are hit */
	assert_true(slots > HASHED / 2);
	qsort(hash, HASHED, sizeof(*hash), compare_u64);
	for(i = 1; i < HASHED; i++)
		assert_true(hash[i] != hash[i - 1]);
	free(hash);
	free(used);
}

/** Each octet of a label, wherever it is, changes the low bits. */
static void
test_hash_spreads_each_octet(void** state)
{
	uint8_t label[1 + NAME_LABEL_MAX];
	unsigned len, at, c;
	(void)state;
	for(len = 1; len <= NAME_LABEL_MAX; len++) {
		memset(label, 'x', sizeof(label));
		label[0] = (uint8_t)len;
		for(at = 1; at <= len; at++) {
			bool used[1024] = { false };
			unsigned slots = 0;
			for(c = 'a'; c <= 'z'; c++) {
				bool* slot;
				label[at] = (uint8_t)c;
				slot = &used[name_hash_label(SEED, label) %
					COUNT(used)];
				slots += !*slot;
				*slot = true;
			}
			label[at] = 'x';
			/* at random, hardly ever less than 21 of 26 */
			check(slots > 20, "octet %u of %u: %u of 26 slots",
				at, len, slots);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_walk),
		cmocka_unit_test(test_walk_root),
		cmocka_unit_test(test_walk_odd),
		cmocka_unit_test(test_walk_bad),
		cmocka_unit_test(test_walk_label_lengths),
		cmocka_unit_test(test_walk_name_lengths),
		cmocka_unit_test(test_walk_127_labels),
		cmocka_unit_test(test_walk_truncated),
		cmocka_unit_test(test_walk_case),
		cmocka_unit_test(test_walk_lower),
		cmocka_unit_test(test_hash_of_suffixes),
		cmocka_unit_test(test_hash_ignores_case),
		cmocka_unit_test(test_hash_needs_seed),
		cmocka_unit_test(test_hash_spreads),
		cmocka_unit_test(test_hash_spreads_each_octet),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
