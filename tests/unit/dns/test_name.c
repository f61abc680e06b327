/*
 * tests/unit/dns/test_name.c - are names read, written and hashed as they should?
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
#include "check.h"

/** some seed; any does */
#define SEED UINT64_C(0x0123456789abcdef)
/** names whose hashes are compared with each other */
#define HASHED 10000

/** As OCTETS, with the NUL at the end, which is the root label. */
#define WIRE(text) (text), sizeof(text)

/** name_from_path on a copy without anything behind it. */
static const char*
from_path(struct name* name, const char* path, size_t len, bool* literal)
{
	char* copy = copy_exactly(path, len);
	const char* why = name_from_path(name, copy, len, literal);
	free(copy);
	return why;
}

/** name_from_text on a copy without anything behind it. */
static const char*
from_text(struct name* name, const char* text, size_t len)
{
	char* copy = copy_exactly(text, len);
	const char* why = name_from_text(name, copy, len);
	free(copy);
	return why;
}

/** name_walk_init on a copy without anything behind it. */
static bool
walk_init(struct name_walk* walk, const void* wire, size_t len, uint64_t seed)
{
	uint8_t* copy = copy_exactly(wire, len);
	bool ok = name_walk_init(walk, copy, len, seed);
	free(copy);
	return ok;
}

/** A text or path that is a name, and which. */
struct good_case {
	/** the path or text */
	const char* text;
	/** octets of it */
	size_t len;
	/** the name in wire format */
	const char* wire;
	/** octets of that */
	size_t wire_len;
	/** for a path: whether it is the labels octet for octet */
	bool literal;
};

/** A text or path that is no name. */
struct bad_case {
	/** the path or text */
	const char* text;
	/** octets of it */
	size_t len;
	/** a part of the reason */
	const char* why;
};

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

static void
test_path_good(void** state)
{
	struct name name;
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(good_paths); i++) {
		const struct good_case* row = &good_paths[i];
		bool literal = !row->literal;
		const char* why = from_path(&name, row->text, row->len,
			&literal);
		check(!why, "\"%s\": %s", row->text, why);
		check(name.len == row->wire_len && memcmp(name.wire, row->wire,
			name.len) == 0, "\"%s\": another name", row->text);
		check(literal == row->literal, "\"%s\": literal", row->text);
	}
}

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
test_path_bad(void** state)
{
	struct name name;
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(bad_paths); i++) {
		const struct bad_case* row = &bad_paths[i];
		bool literal;
		const char* why = from_path(&name, row->text, row->len,
			&literal);
		check(why, "\"%s\" is a name", row->text);
		check(strstr(why, row->why), "\"%s\": %s", row->text, why);
	}
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

static void
test_text_good(void** state)
{
	struct name name;
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(good_texts); i++) {
		const struct good_case* row = &good_texts[i];
		const char* why = from_text(&name, row->text, row->len);
		check(!why, "\"%s\": %s", row->text, why);
		check(name.len == row->wire_len && memcmp(name.wire, row->wire,
			name.len) == 0, "\"%s\": another name", row->text);
	}
}

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
test_text_bad(void** state)
{
	struct name name;
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(bad_texts); i++) {
		const struct bad_case* row = &bad_texts[i];
		const char* why = from_text(&name, row->text, row->len);
		check(why, "\"%s\" is a name", row->text);
		check(strstr(why, row->why), "\"%s\": %s", row->text, why);
	}
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
	why = path ? from_path(&name, text, len, &literal) :
		from_text(&name, text, len);
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
	why = from_text(&again, text, strlen(text));
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
		assert_null(from_path(&name, row->text, row->len, &literal));
		if(row->literal)
			check_to_path(&name, row->text, row->len);
		len = name_to_path(&name, path);
		check(len == (row->wire_len > 1 ? row->wire_len - 2 : 0),
			"\"%s\": %zu octets", row->text, len);
		if(memchr(row->text, '\\', row->len))
			continue;
		assert_null(from_path(&again, path, len, &literal));
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
		assert_null(from_path(&name, path, len, &literal));
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
		assert_null(from_path(&name, OCTETS(path), &literal));
		check(literal, "octet %u", octet);
		check_to_path(&name, OCTETS(path));
	}
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
		check(walk.name.len == row->wire_len && memcmp(walk.name.wire,
			row->wire, row->wire_len) == 0, "row %zu", i);
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

/** Letters are the same in either case, other octets are not. */
static void
test_is(void** state)
{
	struct name name;
	(void)state;
	assert_null(from_text(&name, "az.[\\@x", 7));
	assert_true(name_is(&name, (const uint8_t*)"\2az\3[@x", 8));
	assert_true(name_is(&name, (const uint8_t*)"\2AZ\3[@X", 8));
	assert_false(name_is(&name, (const uint8_t*)"\2az\3{@x", 8));
	assert_false(name_is(&name, (const uint8_t*)"\2az\3[`x", 8));
	assert_false(name_is(&name, (const uint8_t*)"\2az\3[@y", 8));
	assert_false(name_is(&name, (const uint8_t*)"\2az", 4));
	assert_null(from_text(&name, ".", 1));
	assert_true(name_is(&name, (const uint8_t*)"", 1));
	assert_false(name_is(&name, (const uint8_t*)"\1a", 3));
}

/** Octets at the end, wherever the labels begin. */
static void
test_ends(void** state)
{
	struct name name;
	(void)state;
	assert_null(from_text(&name, "az.x", 4));
	assert_true(name_ends(&name, (const uint8_t*)"\2az\1x", 6));
	assert_true(name_ends(&name, (const uint8_t*)"\1b\2Az\1X", 8));
	assert_true(name_ends(&name, (const uint8_t*)"\4b\2az\1x", 8));
	assert_false(name_ends(&name, (const uint8_t*)"\1b\2ay\1x", 8));
	assert_false(name_ends(&name, (const uint8_t*)"\2az\1x\1b", 8));
	assert_false(name_ends(&name, (const uint8_t*)"\1x", 3));
	assert_null(from_text(&name, ".", 1));
	assert_true(name_ends(&name, (const uint8_t*)"\1x", 3));
	assert_true(name_ends(&name, (const uint8_t*)"", 1));
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_walk_lower),
		cmocka_unit_test(test_path_good),
		cmocka_unit_test(test_path_bad),
		cmocka_unit_test(test_text_good),
		cmocka_unit_test(test_text_bad),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_to_text),
		cmocka_unit_test(test_is),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_to_path),
		cmocka_unit_test(test_to_path_lengths),
		cmocka_unit_test(test_to_path_octets),
		cmocka_unit_test(test_walk),
		cmocka_unit_test(test_walk_root),
		cmocka_unit_test(test_walk_odd),
		cmocka_unit_test(test_walk_bad),
		cmocka_unit_test(test_walk_label_lengths),
		cmocka_unit_test(test_walk_name_lengths),
		cmocka_unit_test(test_walk_127_labels),
		cmocka_unit_test(test_walk_truncated),
		cmocka_unit_test(test_walk_case),
		cmocka_unit_test(test_hash_of_suffixes),
		cmocka_unit_test(test_hash_ignores_case),
		cmocka_unit_test(test_hash_needs_seed),
		cmocka_unit_test(test_hash_spreads),
		cmocka_unit_test(test_hash_spreads_each_octet),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
