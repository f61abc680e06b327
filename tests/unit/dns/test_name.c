/*
 * tests/unit/dns/test_name.c - are names read, written and compared right?
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "dns/name.h"
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>
#include "names.h"

/**
 * Read a name from a copy that has nothing behind it.
 * @param literal: as name_from_path has it; NULL to read text and no path.
 * @return as name_from_path and name_from_text.
 */
static const char*
read_name(struct name* name, const char* text, size_t len, bool* literal)
{
	char* copy = copy_exactly(text, len);
	const char* why = literal ? name_from_path(name, copy, len, literal) :
		name_from_text(name, copy, len);
	free(copy);
	return why;
}

/** Fail unless each row is the name that it has, as a path or as text. */
static void
check_good(const struct good_case* row, size_t count, bool path)
{
	for(; count > 0; count--, row++) {
		struct name name;
		bool literal = !row->literal;
		const char* why = read_name(&name, row->text, row->len,
			path ? &literal : NULL);
		check(!why, "\"%s\": %s", row->text, why);
		check(IS_WIRE_OF(row, name), "\"%s\": another name",
			row->text);
		check(!path || literal == row->literal, "\"%s\": literal",
			row->text);
	}
}

/** Fail unless each row is refused for its reason, as a path or as text. */
static void
check_bad(const struct bad_case* row, size_t count, bool path)
{
	for(; count > 0; count--, row++) {
		struct name name;
		bool literal;
		const char* why = read_name(&name, row->text, row->len,
			path ? &literal : NULL);
		check(why, "\"%s\" is a name", row->text);
		check(strstr(why, row->why), "\"%s\": %s", row->text, why);
	}
}

/* --- paths --------------------------------------------------------------- */

static const struct good_case good_paths[] = {
	{ OCTETS(""), WIRE(""), true },
	{ OCTETS("com"), WIRE("\3com"), true },
	{ OCTETS("com/example/foo"), WIRE("\3foo\7example\3com"), true },
	{ OCTETS("a/b/c/d"), WIRE("\1d\1c\1b\1a"), true },
	{ OCTETS("com/*"), WIRE("\1*\3com"), true },
	{ OCTETS("com/_tcp"), WIRE("\4_tcp\3com"), true },
	/* case, in the first, a middle and the last segment */
	{ OCTETS("COM/example/foo"), WIRE("\3foo\7example\3com"), false },
	{ OCTETS("com/exAmple/foo"), WIRE("\3foo\7example\3com"), false },
	{ OCTETS("com/example/fOO"), WIRE("\3foo\7example\3com"), false },
	{ OCTETS("AZ/az"), WIRE("\2az\2az"), false },
	/* next to A, Z, a and z; and letters that are not ASCII */
	{ OCTETS("@[`{"), WIRE("\4@[`{"), true },
	{ OCTETS("com/\xc3\x89"), WIRE("\2\xc3\x89\3com"), true },
	{ OCTETS("com/\xc0\xff\x80"), WIRE("\3\xc0\xff\x80\3com"), true },
	/* octets that are not in host names */
	{ OCTETS("com/a b"), WIRE("\3a b\3com"), true },
	{ OCTETS("com/a\0b"), WIRE("\3a\0b\3com"), true },
	{ OCTETS("\0"), WIRE("\1\0"), true },
	{ OCTETS("com/\t\n\x7f"), WIRE("\3\t\n\x7f\3com"), true },
	/* escapes */
	{ OCTETS("com/a\\.b"), WIRE("\3a.b\3com"), false },
	{ OCTETS("com/\\."), WIRE("\1.\3com"), false },
	{ OCTETS("com/\\046"), WIRE("\1.\3com"), false },
	{ OCTETS("com/\\\\"), WIRE("\1\\\3com"), false },
	{ OCTETS("com/\\\\\\."), WIRE("\2\\.\3com"), false },
	{ OCTETS("com/\\000\\255"), WIRE("\2\0\377\3com"), false },
	{ OCTETS("com/\\047"), WIRE("\1/\3com"), false },
	{ OCTETS("com/\\097"), WIRE("\1a\3com"), false },
	{ OCTETS("com/\\065\\090"), WIRE("\2az\3com"), false },
	{ OCTETS("com/\\a\\B"), WIRE("\2ab\3com"), false },
	{ OCTETS("com/\\0461"), WIRE("\2.1\3com"), false },
	{ OCTETS("\\099om/foo"), WIRE("\3foo\3com"), false },
};

static const struct bad_case bad_paths[] = {
	{ OCTETS("/"), "a segment is empty" },
	{ OCTETS("/com"), "a segment is empty" },
	{ OCTETS("com/"), "a segment is empty" },
	{ OCTETS("com//foo"), "a segment is empty" },
	{ OCTETS("com/example//"), "a segment is empty" },
	{ OCTETS("//"), "a segment is empty" },
	{ OCTETS("."), "has a dot" },
	{ OCTETS("com/."), "has a dot" },
	{ OCTETS("com/foo.example"), "has a dot" },
	{ OCTETS("com/foo."), "has a dot" },
	{ OCTETS("com/.foo"), "has a dot" },
	{ OCTETS("example.com/foo"), "has a dot" },
	{ OCTETS("com/\\\\."), "has a dot" },
	{ OCTETS("com/\\..a"), "has a dot" },
	{ OCTETS("com/\\"), "at the end escapes nothing" },
	{ OCTETS("com/a\\\\\\"), "at the end escapes nothing" },
	/* a '/' always parts segments; \047 is how to write it */
	{ OCTETS("com/a\\/b"), "at the end escapes nothing" },
	{ OCTETS("com/\\1"), "two more digits" },
	{ OCTETS("com/\\12"), "two more digits" },
	{ OCTETS("com/\\12/3"), "two more digits" },
	{ OCTETS("com/\\1a2"), "two more digits" },
	{ OCTETS("com/\\12a"), "two more digits" },
	{ OCTETS("com/\\256"), "over \\255" },
	{ OCTETS("com/\\999"), "over \\255" },
};

static void
test_path_good(void** state)
{
	(void)state;
	check_good(good_paths, COUNT(good_paths), true);
}

static void
test_path_bad(void** state)
{
	(void)state;
	check_bad(bad_paths, COUNT(bad_paths), true);
}

/* --- text ---------------------------------------------------------------- */

static const struct good_case good_texts[] = {
	{ OCTETS("."), WIRE(""), true },
	{ OCTETS("com"), WIRE("\3com"), true },
	{ OCTETS("com."), WIRE("\3com"), true },
	{ OCTETS("foo.example.com."), WIRE("\3foo\7example\3com"), true },
	{ OCTETS("FOO.eXample.com"), WIRE("\3foo\7example\3com"), true },
	{ OCTETS("*.com."), WIRE("\1*\3com"), true },
	{ OCTETS("a\\.b.com"), WIRE("\3a.b\3com"), true },
	{ OCTETS("a\\."), WIRE("\2a."), true },
	{ OCTETS("a\\.."), WIRE("\2a."), true },
	{ OCTETS("\\\\.com"), WIRE("\1\\\3com"), true },
	{ OCTETS("\\046.com"), WIRE("\1.\3com"), true },
	{ OCTETS("\\065.com"), WIRE("\1a\3com"), true },
	{ OCTETS("\\000\\255.com"), WIRE("\2\0\377\3com"), true },
	{ OCTETS("a/b.com"), WIRE("\3a/b\3com"), true },
};

static const struct bad_case bad_texts[] = {
	{ OCTETS(""), "empty" },
	{ OCTETS(".."), "a label is empty" },
	{ OCTETS(".com"), "a label is empty" },
	{ OCTETS("com.."), "a label is empty" },
	{ OCTETS("foo..com"), "a label is empty" },
	{ OCTETS("com\\"), "at the end escapes nothing" },
	{ OCTETS("com.\\"), "at the end escapes nothing" },
	{ OCTETS("\\1.com"), "two more digits" },
	{ OCTETS("\\12.com"), "two more digits" },
	{ OCTETS("com\\04"), "two more digits" },
	{ OCTETS("\\300.com"), "over \\255" },
};

static void
test_text_good(void** state)
{
	(void)state;
	check_good(good_texts, COUNT(good_texts), false);
}

static void
test_text_bad(void** state)
{
	(void)state;
	check_bad(bad_texts, COUNT(bad_texts), false);
}

/* --- lengths ------------------------------------------------------------- */

/** A name made of labels of some lengths. */
struct length_case {
	/** lengths of the labels as a C string, so that it ends with 0 */
	const char* labels;
	/** how often those are repeated */
	unsigned times;
	/** octets of the name; 0 if it is none */
	size_t len;
	/** a part of the reason */
	const char* why;
};

static const struct length_case length_cases[] = {
	{ "\77", 1, 65, NULL },
	{ "\100", 1, 0, "over 63 octets" },
	{ "\1\100", 1, 0, "over 63 octets" },
	{ "\100\1", 1, 0, "over 63 octets" },
	{ "\377", 1, 0, "over 63 octets" },
	/* 64 * 3 + 62 + 1 is 255 */
	{ "\77\77\77\75", 1, 255, NULL },
	{ "\75\77\77\77", 1, 255, NULL },
	{ "\77\77\77\76", 1, 0, "over 255 octets" },
	{ "\76\77\77\77", 1, 0, "over 255 octets" },
	{ "\77\77\77\77", 1, 0, "over 255 octets" },
	{ "\77\77\77\75\1", 1, 0, "over 255 octets" },
	{ "\77", 1000, 0, "over 255 octets" },
	{ "\1", 127, 255, NULL },
	{ "\1", 128, 0, "over 255 octets" },
	{ "\1", 1000, 0, "over 255 octets" },
	{ "\2", 84, 253, NULL },
	{ "\2", 85, 0, "over 255 octets" },
};

/**
 * Write what a length_case says.
 * @param octet: what each octet of a label is written as.
 * @param delimiter: between the labels.
 * @param out: room enough.
 * @return octets written.
 */
static size_t
lengths_write(const struct length_case* row, const char* octet,
	char delimiter, char* out)
{
	char* at = out;
	unsigned n, i;
	const char* label;
	for(n = 0; n < row->times; n++) {
		for(label = row->labels; *label; label++) {
			if(at > out)
				*at++ = delimiter;
			for(i = 0; i < (unsigned char)*label; i++) {
				memcpy(at, octet, strlen(octet));
				at += strlen(octet);
			}
		}
	}
	return (size_t)(at - out);
}

/** One row, as a path or as text. */
static void
check_length(const struct length_case* row, const char* octet, bool path)
{
	char* text = malloc(1000 * 256 * 4);
	struct name name;
	const char* why;
	bool literal;
	size_t len;
	assert_non_null(text);
	len = lengths_write(row, octet, path ? '/' : '.', text);
	why = read_name(&name, text, len, path ? &literal : NULL);
	if(row->len == 0) {
		check(why && strstr(why, row->why), "%.20s: %s", text, why);
	} else {
		check(!why, "%.20s: %s", text, why);
		check(name.len == row->len, "%.20s: %u octets", text,
			(unsigned)name.len);
		check(name.wire[name.len - 1] == 0, "%.20s: no root", text);
	}
	free(text);
}

static void
test_lengths(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(length_cases); i++) {
		check_length(&length_cases[i], "x", true);
		check_length(&length_cases[i], "x", false);
		/* what counts is the label, not how it was written */
		check_length(&length_cases[i], "\\120", true);
		check_length(&length_cases[i], "\\120", false);
		check_length(&length_cases[i], "\\x", true);
		check_length(&length_cases[i], "\\x", false);
	}
}

/* --- writing ------------------------------------------------------------- */

/** A name and its text. */
struct text_case {
	/** the name in wire format */
	const char* wire;
	/** octets of it; not needed to write it */
	size_t len;
	/** the text */
	const char* text;
};

static const struct text_case text_cases[] = {
	{ WIRE(""), "." },
	{ WIRE("\3com"), "com." },
	{ WIRE("\3foo\7example\3com"), "foo.example.com." },
	{ WIRE("\1*\4_tcp"), "*._tcp." },
	{ WIRE("\3a.b\3com"), "a\\.b.com." },
	{ WIRE("\1\\\3com"), "\\\\.com." },
	{ WIRE("\7\"();@$x"), "\\\"\\(\\)\\;\\@\\$x." },
	{ WIRE("\3a b"), "a\\032b." },
	{ WIRE("\3\0\x7f\xff"), "\\000\\127\\255." },
	{ WIRE("\2!~"), "!~." },
	{ WIRE("\4x/y%"), "x/y%." },
};

static void
test_to_text(void** state)
{
	char text[NAME_TEXT_MAX];
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(text_cases); i++) {
		const uint8_t* wire = (const uint8_t*)text_cases[i].wire;
		assert_ptr_equal(name_to_text(wire, text), text);
		assert_string_equal(text, text_cases[i].text);
	}
}

/** Write a name and read it again. */
static void
check_round_trip(const struct name* name)
{
	char* text = malloc(NAME_TEXT_MAX);
	struct name again;
	const char* why;
	assert_non_null(text);
	name_to_text(name->wire, text);
	why = read_name(&again, text, strlen(text), NULL);
	check(!why, "%s: %s", text, why);
	check(again.len == name->len && memcmp(again.wire, name->wire,
		name->len) == 0, "%s is not what it was", text);
	free(text);
}

static void
test_round_trip(void** state)
{
	struct name name;
	unsigned octet, i;
	(void)state;
	for(octet = 0; octet < 256; octet++) {
		if(octet >= 'A' && octet <= 'Z')
			continue;
		/* alone, and before a digit, and next to itself */
		name.len = 8;
		memcpy(name.wire, "\1x\4x0xx\0", 8);
		name.wire[1] = name.wire[3] = (uint8_t)octet;
		name.wire[5] = name.wire[6] = (uint8_t)octet;
		check_round_trip(&name);
		/* the longest name, of this octet only */
		memset(name.wire, (int)octet, NAME_WIRE_MAX);
		name.len = NAME_WIRE_MAX;
		for(i = 0; i < 192; i += 64)
			name.wire[i] = 63;
		name.wire[192] = 61;
		name.wire[254] = 0;
		check_round_trip(&name);
	}
}

/* --- names as paths ------------------------------------------------------ */

/** Write a name as a path, and compare; there, and nowhere else, it is
 * written. */
static void
check_to_path(const struct name* name, const char* path, size_t len)
{
	char room[NAME_WIRE_MAX + 2], untouched[NAME_WIRE_MAX + 2];
	size_t written;
	memset(room, '?', sizeof(room));
	memset(untouched, '?', sizeof(untouched));
	written = name_to_path(name, room + 1);
	check(written == len, "\"%.20s\": %zu octets, not %zu", path, written,
		len);
	check(memcmp(room + 1, path, len) == 0, "\"%.20s\": %.*s", path,
		(int)len, room + 1);
	check(room[0] == '?' && memcmp(room + 1 + len, untouched,
		sizeof(room) - 1 - len) == 0, "\"%.20s\": more was written",
		path);
}

/** What is literal is written as it was; the rest as what is the name. */
static void
test_to_path(void** state)
{
	struct name name, again;
	char path[NAME_WIRE_MAX];
	size_t i, len;
	bool literal;
	(void)state;
	for(i = 0; i < COUNT(good_paths); i++) {
		const struct good_case* row = &good_paths[i];
		assert_null(read_name(&name, row->text, row->len, &literal));
		if(row->literal)
			check_to_path(&name, row->text, row->len);
		len = name_to_path(&name, path);
		check(len == (row->wire_len > 1 ? row->wire_len - 2 : 0),
			"\"%s\": %zu octets", row->text, len);
		if(memchr(row->text, '\\', row->len))
			continue;
		assert_null(read_name(&again, path, len, &literal));
		check(literal, "\"%s\": not literal", row->text);
		check(again.len == name.len && memcmp(again.wire, name.wire,
			name.len) == 0, "\"%s\": another name", row->text);
	}
}

static void
test_to_path_lengths(void** state)
{
	char* path = malloc(1000 * 256);
	struct name name;
	bool literal;
	size_t i, len;
	(void)state;
	assert_non_null(path);
	for(i = 0; i < COUNT(length_cases); i++) {
		const struct length_case* row = &length_cases[i];
		if(row->len == 0)
			continue;
		len = lengths_write(row, "x", '/', path);
		assert_int_equal(len, row->len - 2);
		assert_null(read_name(&name, path, len, &literal));
		check_to_path(&name, path, len);
	}
	free(path);
}

/** Any octet that a path can have as itself. */
static void
test_to_path_octets(void** state)
{
	char path[] = "x/yx0/xx/z";
	struct name name;
	unsigned octet;
	bool literal;
	(void)state;
	for(octet = 0; octet < 256; octet++) {
		if((octet >= 'A' && octet <= 'Z') || octet == '.' ||
			octet == '/' || octet == '\\')
			continue;
		/* alone, before a digit, next to itself */
		path[0] = path[3] = path[6] = path[7] = (char)octet;
		assert_null(read_name(&name, OCTETS(path), &literal));
		check(literal, "octet %u", octet);
		check_to_path(&name, OCTETS(path));
	}
}

/* --- comparing ----------------------------------------------------------- */

/** Letters are the same in either case, other octets are not. */
static void
test_is(void** state)
{
	struct name name;
	(void)state;
	assert_null(read_name(&name, "az.[\\@x", 7, NULL));
	assert_true(name_is(&name, (const uint8_t*)"\2az\3[@x", 8));
	assert_true(name_is(&name, (const uint8_t*)"\2AZ\3[@X", 8));
	assert_false(name_is(&name, (const uint8_t*)"\2az\3{@x", 8));
	assert_false(name_is(&name, (const uint8_t*)"\2az\3[`x", 8));
	assert_false(name_is(&name, (const uint8_t*)"\2az\3[@y", 8));
	assert_false(name_is(&name, (const uint8_t*)"\2az", 4));
	assert_null(read_name(&name, ".", 1, NULL));
	assert_true(name_is(&name, (const uint8_t*)"", 1));
	assert_false(name_is(&name, (const uint8_t*)"\1a", 3));
}

/** Octets at the end, wherever the labels begin. */
static void
test_ends(void** state)
{
	struct name name;
	(void)state;
	assert_null(read_name(&name, "az.x", 4, NULL));
	assert_true(name_ends(&name, (const uint8_t*)"\2az\1x", 6));
	assert_true(name_ends(&name, (const uint8_t*)"\1b\2Az\1X", 8));
	assert_true(name_ends(&name, (const uint8_t*)"\4b\2az\1x", 8));
	assert_false(name_ends(&name, (const uint8_t*)"\1b\2ay\1x", 8));
	assert_false(name_ends(&name, (const uint8_t*)"\2az\1x\1b", 8));
	assert_false(name_ends(&name, (const uint8_t*)"\1x", 3));
	assert_null(read_name(&name, ".", 1, NULL));
	assert_true(name_ends(&name, (const uint8_t*)"\1x", 3));
	assert_true(name_ends(&name, (const uint8_t*)"", 1));
}

/** Names in a zone file end in the origin, unless they have the final dot. */
static void
test_zone_text(void** state)
{
	static const uint8_t origin[] = "\3com";
	uint8_t wire[NAME_WIRE_MAX], longest[NAME_WIRE_MAX];
	char text[NAME_TEXT_MAX], o[260];
	size_t len, i;
	(void)state;
	assert_null(name_wire_from_zone_text(wire, &len, "a.B", 3, origin));
	assert_string_equal(name_to_text(wire, text), "a.B.com.");
	assert_int_equal(len, 9);
	assert_null(name_wire_from_zone_text(wire, &len, "a.b.", 4, origin));
	assert_int_equal(len, 5);
	assert_null(name_wire_from_zone_text(wire, &len, "@", 1, origin));
	assert_int_equal(len, sizeof(origin));
	assert_null(name_wire_from_zone_text(wire, &len, ".", 1, origin));
	assert_int_equal(len, 1);
	assert_null(name_wire_from_zone_text(wire, &len, "a.", 2, NULL));
	assert_non_null(name_wire_from_zone_text(wire, &len, "a", 1, NULL));
	assert_non_null(name_wire_from_zone_text(wire, &len, "@", 1, NULL));
	assert_non_null(name_wire_from_zone_text(wire, &len, "", 0, origin));
	/* 124 labels of one octet below com: 253 octets; one more: 255 */
	for(i = 0; i < sizeof(o); i++)
		o[i] = i % 2 ? '.' : 'o';
	assert_null(name_wire_from_zone_text(longest, &len, o, 2 * 125 - 1,
		origin));
	assert_int_equal(len, 255);
	assert_non_null(name_wire_from_zone_text(wire, &len, o, 2 * 126 - 1,
		origin));
	assert_null(name_wire_from_zone_text(wire, &len, "@", 1, longest));
	assert_int_equal(len, 255);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_path_good),
		cmocka_unit_test(test_path_bad),
		cmocka_unit_test(test_text_good),
		cmocka_unit_test(test_text_bad),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_zone_text),
		cmocka_unit_test(test_to_text),
		cmocka_unit_test(test_is),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_to_path),
		cmocka_unit_test(test_to_path_lengths),
		cmocka_unit_test(test_to_path_octets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
