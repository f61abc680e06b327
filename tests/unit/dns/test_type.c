/*
 * tests/unit/dns/test_type.c - RR types: their numbers and names.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "dns/type.h"
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>
#include "check.h"

/** A text, and the type that it names; 0: none. */
struct text_case {
	/** the text */
	const char* text;
	/** the type */
	uint16_t type;
};

static const struct text_case text_cases[] = {
	{ "A", TYPE_A },
	{ "AAAA", TYPE_AAAA },
	{ "NSEC3PARAM", TYPE_NSEC3PARAM },
	{ "NSAP-PTR", 23 },
	{ "NULL", 10 },
	{ "IPN", 264 },
	{ "NXNAME", 128 },
	{ "TYPE1", TYPE_A },
	{ "TYPE28", TYPE_AAAA },
	{ "TYPE65280", 65280 },
	{ "TYPE65535", 65535 },
	{ "TYPE65536", 0 },
	{ "TYPE99999", 0 },
	{ "TYPE655350", 0 },
	{ "TYPE0", 0 },
	{ "TYPE01", 0 },
	{ "TYPE", 0 },
	{ "TYPE-1", 0 },
	{ "TYPEA", 0 },
	{ "TYPE1A", 0 },
	{ "a", 0 },
	{ "Aaaa", 0 },
	{ "type1", 0 },
	{ "A ", 0 },
	{ "A.", 0 },
	{ "WWW", 0 },
	{ "", 0 },
	/* as many octets as the longest name has room for, and one more */
	{ "ABCDEFGHIJKLMNO", 0 },
	{ "ABCDEFGHIJKLMNOP", 0 },
};

static void
test_from_text(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(text_cases); i++) {
		const struct text_case* row = &text_cases[i];
		uint16_t type = type_from_text(row->text, strlen(row->text));
		check(type == row->type, "%s is %u, not %u", row->text,
			(unsigned)type, (unsigned)row->type);
	}
	/* what is behind it is not read, and a NUL is an octet */
	assert_int_equal(type_from_text("AAAA", 1), TYPE_A);
	assert_int_equal(type_from_text("TYPE280", 6), TYPE_AAAA);
	assert_int_equal(type_from_text("A\0", 2), 0);
}

static void
test_to_text(void** state)
{
	char text[TYPE_TEXT_MAX];
	(void)state;
	assert_string_equal(type_to_text(TYPE_A, text), "A");
	assert_string_equal(type_to_text(TYPE_AAAA, text), "AAAA");
	assert_string_equal(type_to_text(TYPE_SOA, text), "SOA");
	assert_string_equal(type_to_text(0, text), "TYPE0");
	assert_string_equal(type_to_text(65280, text), "TYPE65280");
	assert_string_equal(type_to_text(65535, text), "TYPE65535");
	assert_ptr_equal(type_to_text(TYPE_A, text), text);
}

/** Every type has a name of its own, that fits. */
static void
test_there_and_back(void** state)
{
	char text[TYPE_TEXT_MAX + 1];
	unsigned type;
	(void)state;
	for(type = 1; type <= 65535; type++) {
		text[TYPE_TEXT_MAX] = 'x';
		type_to_text((uint16_t)type, text);
		check(strlen(text) < TYPE_TEXT_MAX &&
			text[TYPE_TEXT_MAX] == 'x', "%u: %s", type, text);
		check(type_from_text(text, strlen(text)) == type,
			"%s is not %u", text, type);
	}
}

/** What is true of a type. */
struct group_case {
	/** the type */
	uint16_t type;
	/** only queries or messages have it */
	bool meta;
	/** only a signer makes it */
	bool signers;
	/** an RRset has one record */
	bool single;
};

static const struct group_case group_cases[] = {
	{ 0, true, false, false },
	{ TYPE_A, false, false, false },
	{ TYPE_CNAME, false, false, true },
	{ TYPE_SOA, false, false, true },
	{ TYPE_SIG, false, true, false },
	{ TYPE_NXT, false, true, false },
	{ TYPE_DNAME, false, false, true },
	{ TYPE_OPT, true, false, false },
	{ TYPE_DS, false, false, false },
	{ TYPE_RRSIG, false, true, false },
	{ TYPE_NSEC, false, true, false },
	{ TYPE_NSEC3, false, true, false },
	{ TYPE_NSEC3PARAM, false, true, false },
	{ 127, false, false, false },
	{ 128, true, false, false },
	{ TYPE_ANY, true, false, false },
	{ 256, false, false, false },
	{ 65534, false, false, false },
	{ TYPE_RESERVED, true, false, false },
};

static void
test_groups(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(group_cases); i++) {
		const struct group_case* row = &group_cases[i];
		check(type_is_meta(row->type) == row->meta, "type %u",
			(unsigned)row->type);
		check(type_is_signers(row->type) == row->signers, "type %u",
			(unsigned)row->type);
		check(type_is_single(row->type) == row->single, "type %u",
			(unsigned)row->type);
	}
}

/** Names that libldns 1.8.3 had: no release adds one. */
static void
test_old_names(void** state)
{
	char text[TYPE_TEXT_MAX];
	unsigned type, old = 0;
	(void)state;
	for(type = 0; type <= 65535; type++) {
		if(!type_name_is_old((uint16_t)type))
			continue;
		old++;
		type_to_text((uint16_t)type, text);
		check(strncmp(text, "TYPE", 4) != 0, "%u is %s", type, text);
	}
	assert_int_equal(old, 79);
	assert_true(type_name_is_old(type_from_text("ANY", 3)));
	assert_false(type_name_is_old(261));
	assert_false(type_name_is_old(65280));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_from_text),
		cmocka_unit_test(test_to_text),
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_old_names),
	};
	return cmocka_run_group_tests_name("type", tests, NULL, NULL);
}
