/*
 * tests/unit/helixctl/test_zoneset.c - are a zone's records found, and in order?
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>
#include "check.h"
#include "dns/type.h"
#include "zoneset.h"

/** Names in canonical order: RFC 4034 6.1's, and some more. */
static const char* const ordered[] = {
	".", "\\000", "\\000\\000", "\\000\\001", "\\001", "\\001\\000",
	"\\001\\001", "\\001\\002", "\\002", "-", "a.-", "example",
	"a.example", "yljkjljk.a.example", "z.a.example", "\\000.z.a.example",
	"\\000a.z.a.example", "\\001.z.a.example", "*.z.a.example",
	"0.z.a.example", "zabc.a.example", "z.example", "\\001.z.example",
	"*.z.example", "\\200.z.example", "example-", "examples", "\\255",
	"\\255\\255"
};

/** A name of a text. */
static struct name
name_of(const char* text)
{
	struct name name;
	check(!name_from_text(&name, text, strlen(text)), "%s", text);
	return name;
}

static struct zoneset_key
key_of(const char* text)
{
	struct zoneset_key key;
	struct name name = name_of(text);
	zoneset_key_make(&key, &name);
	return key;
}

/** Add a record. */
static void
add(struct zoneset* set, const char* owner, uint16_t type, uint32_t ttl,
	const char* rdata)
{
	struct zoneset_key key = key_of(owner);
	assert_true(zoneset_add(set, &(struct zoneset_record){
		.key = key.octets, .key_len = key.len, .type = type,
		.ttl = ttl, .rdata = (const uint8_t*)rdata,
		.len = strlen(rdata) }));
}

static void
test_keys(void** state)
{
	size_t i, j;
	(void)state;
	for(i = 0; i < COUNT(ordered); i++) {
		struct name name = name_of(ordered[i]), again;
		struct zoneset_key key = key_of(ordered[i]);
		zoneset_key_name(key.octets, key.len, &again);
		assert_int_equal(again.len, name.len);
		assert_memory_equal(again.wire, name.wire, name.len);
		for(j = 0; j < COUNT(ordered); j++) {
			struct zoneset_key other = key_of(ordered[j]);
			int order = zoneset_key_compare(key.octets, key.len,
				other.octets, other.len);
			check((order > 0) - (order < 0) == (i > j) - (i < j),
				"%s, %s: %d", ordered[i], ordered[j], order);
		}
	}
}

/** The longest names have keys, and names are again made of them. */
static void
test_long(void** state)
{
	struct name name = { .len = NAME_WIRE_MAX }, again;
	struct zoneset_key key;
	size_t at, octet;
	(void)state;
	for(octet = 0; octet < 4; octet++) {
		/* labels of one octet, and of 63 */
		const size_t len = octet % 2 ? 1 : 63;
		for(at = 0; at + len + 1 < NAME_WIRE_MAX; at += len + 1) {
			name.wire[at] = (uint8_t)len;
			memset(name.wire + at + 1, (int)octet / 2, len);
		}
		if(at + 2 < NAME_WIRE_MAX) {
			name.wire[at] = (uint8_t)(NAME_WIRE_MAX - at - 2);
			memset(name.wire + at + 1, 0, name.wire[at]);
		}
		name.wire[NAME_WIRE_MAX - 1] = 0;
		zoneset_key_make(&key, &name);
		assert_true(key.len <= sizeof(key.octets));
		zoneset_key_name(key.octets, key.len, &again);
		assert_int_equal(again.len, name.len);
		assert_memory_equal(again.wire, name.wire, name.len);
	}
}

static void
test_below(void** state)
{
	static const struct {
		const char *name, *above;
		bool below;
	} rows[] = {
		{ "a.example", "example", true }, { "example", "example", true },
		{ "example", "a.example", false }, { "a", ".", true },
		{ "examples", "example", false }, { "a.examples", "example",
		false }, { "xexample", "example", false },
		{ "example\\000", "example", false },
		{ "a.b\\000.c", "b.c", false }
	};
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(rows); i++) {
		struct zoneset_key key = key_of(rows[i].name);
		struct zoneset_key above = key_of(rows[i].above);
		check(zoneset_key_is_below(key.octets, key.len, &above) ==
			rows[i].below, "%s", rows[i].name);
	}
}

/** The RRset of an owner and type; NULL: there is none. */
static struct zoneset_rrset*
find(const struct zoneset* set, const char* owner, uint16_t type)
{
	struct zoneset_key key = key_of(owner);
	bool found;
	size_t number = zoneset_find(set, key.octets, key.len, type, &found);
	return found ? zoneset_rrset(set, number) : NULL;
}

static void
test_rrsets(void** state)
{
	struct zoneset set = { 0 };
	struct zoneset_rrset* rrset;
	struct zoneset_key key = key_of("example");
	struct record_set records = { 0 };
	size_t count;
	(void)state;
	assert_true(zoneset_sort(&set));
	assert_int_equal(zoneset_rrsets(&set), 0);
	assert_null(find(&set, "example", TYPE_A));
	add(&set, "b.example", TYPE_A, 60, "bbbb");
	add(&set, "example", TYPE_TXT, 60, "t");
	add(&set, "b.example", TYPE_A, 50, "aaaa");
	add(&set, "example", TYPE_NS, 60, "n");
	add(&set, "b.example", TYPE_A, 40, "bbbb");
	add(&set, "example", TYPE_SOA, 60, "s");
	add(&set, "example", TYPE_A, 60, "aaaa");
	assert_true(zoneset_sort(&set));
	assert_int_equal(zoneset_count(&set), 6);
	assert_int_equal(zoneset_rrsets(&set), 5);
	/* SOA, NS, and then by type */
	assert_int_equal(zoneset_find_owner(&set, key.octets, key.len,
		&count), 0);
	assert_int_equal(count, 4);
	assert_int_equal(zoneset_rrset(&set, 0)->type, TYPE_SOA);
	assert_int_equal(zoneset_rrset(&set, 1)->type, TYPE_NS);
	assert_int_equal(zoneset_rrset(&set, 2)->type, TYPE_A);
	assert_int_equal(zoneset_rrset(&set, 3)->type, TYPE_TXT);
	rrset = find(&set, "b.example", TYPE_A);
	assert_non_null(rrset);
	assert_int_equal(rrset->count, 2);
	/* also that of a record that is there twice */
	assert_int_equal(rrset->ttl, 40);
	assert_memory_equal(zoneset_rrset_first(&set, rrset).rdata, "aaaa", 4);
	set.last_ttl = true;
	add(&set, "b.example", TYPE_A, 70, "aaaa");
	assert_true(zoneset_sort(&set));
	rrset = find(&set, "b.example", TYPE_A);
	assert_int_equal(rrset->count, 2);
	assert_int_equal(rrset->ttl, 70);
	assert_int_equal(zoneset_count(&set), 6);
	assert_null(find(&set, "b.example", TYPE_AAAA));
	assert_null(find(&set, "a.example", TYPE_A));
	assert_null(find(&set, "z", TYPE_A));
	/* the same records in any order, and any number of times */
	assert_true(zoneset_rrset_records(&set, rrset, &records));
	assert_int_equal(records.count, 2);
	assert_int_equal(zoneset_rrset_is(&set, rrset, &records), 1);
	record_set_clear(&records);
	assert_true(record_set_add(&records, (const uint8_t*)"bbbb", 4));
	assert_int_equal(zoneset_rrset_is(&set, rrset, &records), 0);
	for(count = 0; count < 20; count++)
		assert_true(record_set_add(&records, (const uint8_t*)
			(count % 2 ? "aaaa" : "bbbb"), 4));
	assert_int_equal(zoneset_rrset_is(&set, rrset, &records), 1);
	assert_true(record_set_add(&records, (const uint8_t*)"aaa", 3));
	assert_int_equal(zoneset_rrset_is(&set, rrset, &records), 0);
	record_set_clear(&records);
	zoneset_clear(&set);
}

/** Only one of two is wanted. */
static bool
wants_second(void* arg, const struct zoneset_record* record)
{
	unsigned* number = arg;
	(void)record;
	return (*number)++ % 2 == 1;
}

static void
test_filter(void** state)
{
	struct zoneset set = { 0 };
	unsigned number = 0;
	(void)state;
	add(&set, "d", TYPE_A, 60, "1");
	add(&set, "c", TYPE_A, 60, "2");
	add(&set, "b", TYPE_A, 60, "3");
	add(&set, "a", TYPE_A, 60, "4");
	zoneset_filter(&set, wants_second, &number);
	assert_int_equal(number, 4);
	assert_true(zoneset_sort(&set));
	assert_int_equal(zoneset_rrsets(&set), 2);
	assert_non_null(find(&set, "a", TYPE_A));
	assert_non_null(find(&set, "c", TYPE_A));
	/* more may come */
	add(&set, "b", TYPE_A, 60, "5");
	assert_true(zoneset_sort(&set));
	assert_int_equal(zoneset_rrsets(&set), 3);
	assert_non_null(find(&set, "b", TYPE_A));
	zoneset_clear(&set);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_below),
		cmocka_unit_test(test_rrsets),
		cmocka_unit_test(test_filter),
	};
	return cmocka_run_group_tests_name("zoneset", tests, NULL, NULL);
}
