/*
 * tests/unit/dns/test_zone.c - which zone, its serial, and new settings.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include "questions.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** zones of the test with many */
#define MANY 1000

/* --- helpers ------------------------------------------------------------- */

/** The serial of a zone, from its SOA. */
static unsigned
serial_of(struct store* store, const struct zones* zones, const char* apex)
{
	char out[SHOWN_MAX];
	const char* is = ask(store, zones, apex, TYPE_SOA, out);
	unsigned serial;
	check(sscanf(is, "NOERROR | an @ SOA %*u ns1.example. root.example. "
		"%u", &serial) == 1, "%s", is);
	return serial;
}

/* --- which zone ---------------------------------------------------------- */

/** A question, and the zone that answers it. */
struct find_case {
	/** qname */
	const char* name;
	/** qtype */
	uint16_t type;
	/** apex; NULL for none */
	const char* apex;
};

static const struct find_case nested_cases[] = {
	{ "example.com.", TYPE_A, "example.com." },
	{ "foo.example.com.", TYPE_A, "example.com." },
	{ "EXAMPLE.com.", TYPE_A, "example.com." },
	{ "a.b.c.d.example.com.", TYPE_A, "example.com." },
	/* nested: the longest */
	{ "sub.example.com.", TYPE_A, "sub.example.com." },
	{ "x.sub.example.com.", TYPE_A, "sub.example.com." },
	{ "y.z.sub.example.com.", TYPE_A, "y.z.sub.example.com." },
	{ "a.y.z.sub.example.com.", TYPE_A, "y.z.sub.example.com." },
	{ "z.sub.example.com.", TYPE_A, "sub.example.com." },
	/* suffixes are of labels */
	{ "xsub.example.com.", TYPE_A, "example.com." },
	{ "xexample.com.", TYPE_A, NULL },
	{ "com.", TYPE_A, NULL },
	{ ".", TYPE_A, NULL },
	{ "example.org.", TYPE_A, NULL },
	{ "example.com.org.", TYPE_A, NULL },
	/* DS is the parent's */
	{ "example.com.", TYPE_DS, NULL },
	{ "foo.example.com.", TYPE_DS, "example.com." },
	{ "sub.example.com.", TYPE_DS, "example.com." },
	{ "x.sub.example.com.", TYPE_DS, "sub.example.com." },
	{ "y.z.sub.example.com.", TYPE_DS, "sub.example.com." },
	{ "a.y.z.sub.example.com.", TYPE_DS, "y.z.sub.example.com." },
	{ ".", TYPE_DS, NULL },
	/* and no other type is */
	{ "sub.example.com.", TYPE_NS, "sub.example.com." },
	{ "sub.example.com.", TYPE_SOA, "sub.example.com." },
	{ "sub.example.com.", TYPE_ANY, "sub.example.com." },
};

static const struct find_case root_cases[] = {
	{ ".", TYPE_A, "." },
	{ "com.", TYPE_A, "." },
	{ "a.b.c.com.", TYPE_A, "." },
	{ "example.com.", TYPE_A, "example.com." },
	{ "x.example.com.", TYPE_A, "example.com." },
	{ "example.com.", TYPE_DS, "." },
	{ "com.", TYPE_DS, "." },
	{ ".", TYPE_DS, NULL },
	{ ".", TYPE_SOA, "." },
};

/** Make zones with these apexes, and look for each row. */
static void
check_find(const char* const* apex, size_t count, const struct find_case* row,
	size_t rows)
{
	struct store* store = store_new();
	struct zone_settings* settings = calloc(count + 1, sizeof(*settings));
	struct zones* zones;
	size_t i;
	assert_non_null(settings);
	for(i = 0; i < count; i++)
		settings_init(&settings[i], apex[i]);
	zones = zones_create(store, settings, count);
	assert_non_null(zones);
	/* they are copied */
	memset(settings, 0xff, count * sizeof(*settings));
	free(settings);
	for(i = 0; i < rows; i++, row++) {
		struct zone* zone = find_zone(store, zones, row->name,
			row->type);
		struct zone* expected = !row->apex ? NULL : find_zone(store,
			zones, row->apex, TYPE_SOA);
		check(!row->apex == !expected, "%s", row->apex);
		check(zone == expected, "%s %u", row->name,
			(unsigned)row->type);
	}
	zones_delete(zones);
	store_delete(store);
}

static void
test_find(void** state)
{
	static const char* const nested[] = { "example.com.",
		"y.z.sub.example.com.", "sub.example.com." };
	static const char* const with_root[] = { "example.com.", "." };
	static const struct find_case none[] = { { ".", TYPE_A, NULL },
		{ "example.com.", TYPE_A, NULL },
		{ "example.com.", TYPE_DS, NULL } };
	(void)state;
	check_find(nested, COUNT(nested), nested_cases, COUNT(nested_cases));
	check_find(with_root, COUNT(with_root), root_cases,
		COUNT(root_cases));
	check_find(NULL, 0, none, COUNT(none));
	zones_delete(NULL);
}

/** Different zones are different: check_find alone would not notice. */
static void
test_find_tells_apart(void** state)
{
	struct store* store = store_new();
	struct zone_settings settings[2];
	struct zones* zones;
	(void)state;
	settings_init(&settings[0], "a.com.");
	settings_init(&settings[1], "b.com.");
	zones = zones_create(store, settings, 2);
	assert_non_null(zones);
	assert_non_null(find_zone(store, zones, "a.com.", TYPE_A));
	assert_non_null(find_zone(store, zones, "b.com.", TYPE_A));
	assert_ptr_not_equal(find_zone(store, zones, "a.com.", TYPE_A),
		find_zone(store, zones, "b.com.", TYPE_A));
	zones_delete(zones);
	store_delete(store);
}

/* --- serials ------------------------------------------------------------- */

/** Something that happens to a zone, and its serial then. */
struct serial_case {
	/** revision that is seen; 0 for none */
	int64_t seen;
	/** whether the zone changes */
	bool changed;
	/** whether zones_settle is called */
	bool settle;
	/** the serial */
	unsigned serial;
};

static const struct serial_case serial_cases[] = {
	/* a change at a revision nobody knows of counts, too */
	{ 0, false, true, 0 },
	{ 0, true, true, 1 },
	/* the highest revision seen, when something changed */
	{ 10, true, false, 1 },
	{ 0, false, true, 10 },
	{ 20, false, true, 10 },
	{ 0, true, true, 20 },
	/* several changes at once */
	{ 30, true, false, 20 },
	{ 32, true, false, 20 },
	{ 31, true, false, 20 },
	{ 0, false, true, 32 },
	/* nothing new: nothing changes */
	{ 0, false, true, 32 },
	{ 32, false, true, 32 },
	/* revisions that go back, or stay: one more each time */
	{ 5, true, true, 33 },
	{ 6, true, true, 34 },
	{ 34, true, true, 35 },
	{ 35, true, true, 36 },
	/* and when they have come past it, again as they say */
	{ 100, true, true, 100 },
	{ 101, true, true, 101 },
	/* 32 bits of it are the serial (RFC 1982) */
	{ 4294967295, true, true, 4294967295u },
	{ 4294967296, true, true, 0 },
	{ 4294967300, true, true, 4 },
	{ 7, true, true, 5 },
	{ INT64_MAX - 1, true, true, 4294967294u },
	{ INT64_MAX, true, true, 4294967295u },
};

static void
test_serials(void** state)
{
	struct two_zones two;
	struct zone* zone;
	size_t i;
	(void)state;
	two_zones_create(&two);
	zone = find_zone(two.store, two.zones, "example.com.", TYPE_A);
	for(i = 0; i < COUNT(serial_cases); i++) {
		const struct serial_case* row = &serial_cases[i];
		unsigned serial;
		if(row->seen)
			zone_seen(zone, row->seen);
		if(row->changed)
			zone_changed(zone);
		if(row->settle)
			zones_settle(two.zones);
		serial = serial_of(two.store, two.zones, "example.com.");
		check(serial == row->serial, "row %zu: %u, not %u", i, serial,
			row->serial);
		/* it is no other zone's business */
		assert_int_equal(serial_of(two.store, two.zones,
			"sub.example.com."), 0);
	}
	two_zones_clear(&two);
}

/** Zones settle together, each by what it has seen itself. */
static void
test_serials_of_many(void** state)
{
	struct two_zones two;
	struct zone *one, *other;
	(void)state;
	two_zones_create(&two);
	one = find_zone(two.store, two.zones, "example.com.", TYPE_A);
	other = find_zone(two.store, two.zones, "sub.example.com.", TYPE_A);
	zone_seen(one, 7);
	zone_seen(other, 9);
	zone_changed(one);
	zone_changed(other);
	zone_changed(one);
	zones_settle(two.zones);
	assert_int_equal(serial_of(two.store, two.zones, "example.com."), 7);
	assert_int_equal(serial_of(two.store, two.zones, "sub.example.com."),
		9);
	zone_changed(other);
	zones_settle(two.zones);
	assert_int_equal(serial_of(two.store, two.zones, "example.com."), 7);
	assert_int_equal(serial_of(two.store, two.zones, "sub.example.com."),
		10);
	two_zones_clear(&two);
}

/** Negative answers have the serial, too. */
static void
test_serial_in_negative_answer(void** state)
{
	struct two_zones two;
	struct zone* zone;
	char out[SHOWN_MAX];
	(void)state;
	two_zones_create(&two);
	zone = find_zone(two.store, two.zones, "example.com.", TYPE_A);
	zone_seen(zone, 305419896);
	zone_changed(zone);
	zones_settle(two.zones);
	assert_string_equal(ask(two.store, two.zones, "x.example.com.",
		TYPE_A, out), "NXDOMAIN | au example.com. SOA 60 "
		"ns1.example. root.example. 305419896 1 2 3 60");
	two_zones_clear(&two);
}

/* --- new settings -------------------------------------------------------- */

/** Apexes, and whether they are the same set as that of two_zones. */
struct match_case {
	/** apexes; NULL ends them */
	const char* apex[4];
	/** whether they match */
	bool match;
};

static const struct match_case match_cases[] = {
	{ { "example.com.", "sub.example.com." }, true },
	{ { "sub.example.com.", "example.com." }, true },
	{ { "Example.COM", "sub.example.com" }, true },
	{ { "example.com." }, false },
	{ { "sub.example.com." }, false },
	{ { NULL }, false },
	{ { "example.com.", "sub.example.com.", "example.org." }, false },
	{ { "example.com.", "example.org." }, false },
	{ { "example.com.", "com." }, false },
	{ { "example.com.", "bus.example.com." }, false },
};

static void
test_match(void** state)
{
	struct zone_settings settings[4];
	struct two_zones two;
	size_t i, count;
	(void)state;
	two_zones_create(&two);
	for(i = 0; i < COUNT(match_cases); i++) {
		const struct match_case* row = &match_cases[i];
		for(count = 0; row->apex[count]; count++) {
			settings_init(&settings[count], row->apex[count]);
			/* whatever else they say */
			settings[count].ttl = 12345;
		}
		check(zones_match(two.zones, settings, count) == row->match,
			"row %zu", i);
	}
	two_zones_clear(&two);
}

static const struct ask_case before_update[] = {
	{ "example.com.", TYPE_NS,
		"NOERROR | an @ NS 300 ns1.example. ns2.example.net." },
	{ "sub.example.com.", TYPE_SOA, "NOERROR | an @ SOA 30" SOA_RDATA },
	{ "foo.example.com.", TYPE_A, "NOERROR | an @ A 300 192.0.2.1" },
};

static const struct ask_case after_update[] = {
	{ "example.com.", TYPE_NS, "NOERROR | au example.com. SOA 5 "
		"new.example. new-root.example. 77 6 7 8 5" },
	{ "example.com.", TYPE_SOA, "NOERROR | an @ SOA 9 "
		"new.example. new-root.example. 77 6 7 8 5" },
	{ "sub.example.com.", TYPE_NS,
		"NOERROR | an @ NS 31 new-ns.example." },
	{ "sub.example.com.", TYPE_SOA, "NOERROR | an @ SOA 31" SOA_RDATA },
	{ "foo.example.com.", TYPE_A, "NOERROR | an @ A 9 192.0.2.1" },
};

/** New settings, in another order; NS go from one zone to the other. */
static void
update_settings(struct zone_settings* settings, struct name* ns)
{
	settings_init(&settings[1], "example.com.");
	settings[1].ttl = 9;
	settings[1].refresh = 6;
	settings[1].retry = 7;
	settings[1].expire = 8;
	settings[1].minimum = 5;
	question_name(&settings[1].mname, "new.example.");
	question_name(&settings[1].rname, "new-root.example.");
	settings_init(&settings[0], "sub.example.com.");
	settings[0].ttl = 31;
	settings[0].ns = ns;
	settings[0].ns_count = 1;
	question_name(ns, "new-ns.example.");
}

static void
test_update(void** state)
{
	struct two_zones two;
	struct zone_settings settings[2];
	struct name ns;
	struct zone* zone;
	char out[SHOWN_MAX];
	(void)state;
	two_zones_create(&two);
	put(two.store, "com/example/foo/A", "192.0.2.1");
	check_cases(two.store, two.zones, before_update,
		COUNT(before_update));
	zone = find_zone(two.store, two.zones, "example.com.", TYPE_A);
	zone_seen(zone, 77);
	zone_changed(zone);
	zones_settle(two.zones);
	update_settings(settings, &ns);
	assert_true(zones_update(two.zones, settings, 2));
	memset(&ns, 0xff, sizeof(ns));
	memset(settings, 0xff, sizeof(settings));
	check_cases(two.store, two.zones, after_update, COUNT(after_update));
	/* the zone is still the same, and its serial goes on */
	assert_ptr_equal(find_zone(two.store, two.zones, "example.com.",
		TYPE_A), zone);
	zone_changed(zone);
	zones_settle(two.zones);
	check(strstr(ask(two.store, two.zones, "example.com.", TYPE_SOA, out),
		" 78 6 7 8 5"), "%s", out);
	two_zones_clear(&two);
}

/** A set of no zones. */
static void
test_no_zones(void** state)
{
	struct store* store = store_new();
	struct zones* zones = zones_create(store, NULL, 0);
	(void)state;
	assert_non_null(zones);
	assert_null(find_zone(store, zones, "example.com.", TYPE_A));
	assert_true(zones_match(zones, NULL, 0));
	assert_true(zones_update(zones, NULL, 0));
	zones_settle(zones);
	zones_delete(zones);
	store_delete(store);
}

/* --- what there is to be asked ------------------------------------------- */

/** Who asks sees what the settings say. */
static void
test_accessors(void** state)
{
	char text[NAME_TEXT_MAX];
	struct two_zones two;
	const struct zone_facts* facts;
	const struct zone* zone;
	(void)state;
	two_zones_create(&two);
	assert_int_equal(zones_count(two.zones), 2);
	assert_ptr_equal(zones_store(two.zones), two.store);
	/* in the order of the settings */
	zone = zones_get(two.zones, 1);
	assert_ptr_equal(zone, find_zone(two.store, two.zones,
		"x.sub.example.com.", TYPE_A));
	assert_ptr_equal(zone_zones(zone), two.zones);
	assert_ptr_equal(zone_store(zone), two.store);
	assert_string_equal(name_to_text(zone_apex(zone)->wire, text),
		"sub.example.com.");
	assert_int_equal(zone_apex(zone)->len, 17);
	assert_int_equal(zone_labels(zone), 3);
	assert_int_equal(zone_serial(zone), 0);
	facts = zone_facts(zone);
	assert_int_equal(facts->ttl, 30);
	assert_int_equal(facts->ns.count, 0);
	assert_false(facts->fallthrough);
	/* two root names and five numbers would be 22 octets */
	assert_int_equal(facts->soa.rdata.len, 2 + 13 + 14 + 20);
	facts = zone_facts(zones_get(two.zones, 0));
	assert_int_equal(facts->ns.count, 2);
	assert_int_equal(facts->ns.rdata.len, 2 + 13 + 2 + 17);
	assert_memory_equal(facts->ns.rdata.data, "\0\015\003ns1\007example\0\0\021"
		"\003ns2\007example\003net", 34);
	two_zones_clear(&two);
}

/** Falling through comes and goes with the settings, and zones above are open
 * for it. */
static void
test_fallthrough(void** state)
{
	struct two_zones two;
	const struct zone *zone, *above;
	(void)state;
	two_zones_create(&two);
	above = zones_get(two.zones, 0);
	zone = zones_get(two.zones, 1);
	two.settings[1].fallthrough = true;
	assert_true(zones_update(two.zones, two.settings, 2));
	assert_true(zone_facts(zone)->fallthrough);
	assert_false(zone_facts(above)->fallthrough);
	assert_true(zone_facts(zone)->open && zone_facts(above)->open);
	two.settings[0].fallthrough = true;
	two.settings[1].fallthrough = false;
	assert_true(zones_update(two.zones, two.settings, 2));
	assert_false(zone_facts(zone)->fallthrough);
	assert_true(!zone_facts(zone)->open && zone_facts(above)->open);
	two.settings[0].fallthrough = false;
	assert_true(zones_update(two.zones, two.settings, 2));
	assert_false(zone_facts(above)->open);
	two_zones_clear(&two);
}

/** A zone that may have cuts is told from others, and stays so. */
static void
test_cuts(void** state)
{
	struct two_zones two;
	struct zone* zone;
	(void)state;
	two_zones_create(&two);
	assert_false(zone_has_cuts(zones_get(two.zones, 0)));
	assert_false(zone_has_cuts(zones_get(two.zones, 1)));
	zone = find_zone(two.store, two.zones, "sub.example.com.", TYPE_A);
	assert_true(zone_note_cut(zone));
	assert_false(zone_has_cuts(zones_get(two.zones, 0)));
	assert_true(zone_has_cuts(zones_get(two.zones, 1)));
	assert_false(zone_note_cut(zone));
	assert_true(zones_update(two.zones, two.settings, 2));
	assert_true(zone_has_cuts(zones_get(two.zones, 1)));
	/* the first one is the first of its zone, and only once */
	assert_false(zone_note_cut(zone));
	assert_true(zone_note_cut(find_zone(two.store, two.zones,
		"example.com.", TYPE_A)));
	assert_true(zone_has_cuts(zones_get(two.zones, 0)));
	two_zones_clear(&two);
}

/* --- many zones ---------------------------------------------------------- */

/** Apex of the i-th of the many: some are inside others. */
static void
many_apex(char* text, unsigned i)
{
	if(i % 10 == 0)
		sprintf(text, "z%u.example.", i);
	else	sprintf(text, "sub%u.z%u.example.", i, i - i % 10);
}

/** Fail unless each of the many finds its own names, and no others. */
static void
many_check(const struct store* store, const struct zones* zones)
{
	char apex[64], name[80];
	struct zone* last = NULL;
	unsigned i;
	for(i = 0; i < MANY; i++) {
		struct zone* zone;
		many_apex(apex, i);
		zone = find_zone(store, zones, apex, TYPE_A);
		check(zone, "%s", apex);
		assert_ptr_not_equal(zone, last);
		last = zone;
		sprintf(name, "a.b.%s", apex);
		check(find_zone(store, zones, name, TYPE_A) == zone, "%s",
			name);
		sprintf(name, "x%s", apex);
		check(find_zone(store, zones, name, TYPE_A) != zone, "%s",
			name);
		if(i % 10 == 0)
			check(!find_zone(store, zones, apex, TYPE_DS), "%s",
				apex);
	}
	assert_null(find_zone(store, zones, "example.", TYPE_A));
	assert_null(find_zone(store, zones, "z1000.example.", TYPE_A));
}

static void
test_many(void** state)
{
	struct zone_settings* settings = calloc(MANY, sizeof(*settings));
	struct store* store = store_new();
	struct zones* zones;
	char apex[64];
	unsigned i;
	(void)state;
	assert_non_null(settings);
	for(i = 0; i < MANY; i++) {
		many_apex(apex, i);
		settings_init(&settings[i], apex);
	}
	zones = zones_create(store, settings, MANY);
	assert_non_null(zones);
	/* the apexes, and the names above: "example." and "." */
	assert_int_equal(store_stats(store).names, MANY + 2);
	assert_true(zones_match(zones, settings, MANY));
	assert_false(zones_match(zones, settings, MANY - 1));
	many_check(store, zones);
	for(i = 0; i < MANY; i++) {
		struct zone* zone;
		many_apex(apex, i);
		zone = find_zone(store, zones, apex, TYPE_A);
		zone_seen(zone, (int64_t)i + 1);
		zone_changed(zone);
	}
	zones_settle(zones);
	assert_true(zones_update(zones, settings, MANY));
	for(i = 0; i < MANY; i++) {
		many_apex(apex, i);
		assert_int_equal(serial_of(store, zones, apex), i + 1);
	}
	zones_delete(zones);
	store_delete(store);
	free(settings);
}

#define test(function) \
	cmocka_unit_test_teardown(function, stop_reading)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_find),
		test(test_find_tells_apart),
		test(test_serials),
		test(test_serials_of_many),
		test(test_serial_in_negative_answer),
		test(test_match),
		test(test_update),
		test(test_no_zones),
		test(test_accessors),
		test(test_fallthrough),
		test(test_cuts),
		test(test_many),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
