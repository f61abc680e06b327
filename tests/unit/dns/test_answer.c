/*
 * tests/unit/dns/test_answer.c - do zones answer as the RFCs have it?
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include "questions.h"
#include "format/helix.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- helpers ------------------------------------------------------------- */

/** most zones of a scene */
#define SCENE_ZONES 4

/** Fail unless each question gets its answer; also where there may be zone
 * cuts and DNAMEs, though there are none, as names are looked for in another
 * way then. */
static void
check_both_ways(struct store* store, const struct zones* zones,
	const struct ask_case* row, size_t count)
{
	check_cases(store, zones, row, count);
	note_cuts(store, zones);
	check_cases(store, zones, row, count);
}

/** Zones and keys. */
struct scene {
	/** the store */
	struct store* store;
	/** the zones */
	struct zones* zones;
};

/**
 * Make the zones, which may have cuts.
 * @param apex: of each. With a '+' before it, it falls through; with a '=', it
 *	falls through and has an NS, ns1.example.
 */
static void
scene_create(struct scene* scene, const char* const* apex, size_t count)
{
	struct zone_settings settings[SCENE_ZONES];
	struct name ns;
	size_t i;
	assert_true(count <= SCENE_ZONES);
	question_name(&ns, "ns1.example.");
	for(i = 0; i < count; i++) {
		bool falls = *apex[i] == '+' || *apex[i] == '=';
		settings_init(&settings[i], apex[i] + falls);
		settings[i].fallthrough = falls;
		settings[i].ns = &ns;
		settings[i].ns_count = *apex[i] == '=';
	}
	scene->store = store_new();
	scene->zones = zones_create(scene->store, settings, count);
	assert_non_null(scene->zones);
	note_cuts(scene->store, scene->zones);
}

static void
scene_clear(struct scene* scene)
{
	zones_delete(scene->zones);
	store_delete(scene->store);
}

/** Make zones and keys, and ask. */
static void
check_scene(const char* const* apex, size_t apexes,
	const char* const (*data)[2], size_t keys, const struct ask_case* row,
	size_t rows)
{
	struct scene scene;
	size_t i;
	scene_create(&scene, apex, apexes);
	for(i = 0; i < keys; i++)
		put(scene.store, data[i][0], data[i][1]);
	check_cases(scene.store, scene.zones, row, rows);
	scene_clear(&scene);
}

#define CHECK_SCENE(zones, data, cases) \
	check_scene(zones, COUNT(zones), data, COUNT(data), cases, \
		COUNT(cases))

/** Fail unless a question gets an answer. */
static void
check_ask(const struct scene* scene, const char* name, uint16_t type,
	const char* answer)
{
	const struct ask_case row = { name, type, answer };
	check_cases(scene->store, scene->zones, &row, 1);
}

/** What follows an answer without data in the zone example. */
#define EMPTY " | au example. SOA 60" SOA_RDATA

/* --- answers ------------------------------------------------------------- */

/** the zone example.com., with NS, and sub.example.com., without */
static const char* const plain_data[][2] = {
	{ "com/example/foo/A", "[\"192.0.2.2\",\"192.0.2.1\"]" },
	{ "com/example/foo/AAAA", "2001:db8::1" },
	{ "com/example/six/AAAA", "2001:db8::6" },
	{ "com/example/b/a/A", "192.0.2.3" },
	{ "com/example/ttl/A",
		"{\"ttl\":0,\"rdata\":\"192.0.2.4\"}" },
	{ "com/example/long/A",
		"{\"ttl\":86400,\"rdata\":\"192.0.2.5\"}" },
	{ "com/example/mixed/A/x",
		"{\"ttl\":86400,\"rdata\":\"192.0.2.6\"}" },
	{ "com/example/mixed/A/y", "192.0.2.7" },
	{ "com/example/low/A/x",
		"{\"ttl\":20,\"rdata\":\"192.0.2.6\"}" },
	{ "com/example/low/A/y", "192.0.2.7" },
	{ "com/example/max/A",
		"{\"ttl\":2147483647,\"rdata\":\"192.0.2.8\"}" },
	{ "com/example/sub/foo/A", "192.0.2.9" },
	{ "com/example/sub/A", "192.0.2.10" },
};

#define NEGATIVE " | au example.com. SOA 60" SOA_RDATA
#define NODATA "NOERROR" NEGATIVE
#define NXDOMAIN "NXDOMAIN" NEGATIVE

static const struct ask_case plain_cases[] = {
	/* data */
	{ "foo.example.com.", TYPE_A,
		"NOERROR | an @ A 300 192.0.2.1 192.0.2.2" },
	{ "FOO.example.com.", TYPE_A,
		"NOERROR | an @ A 300 192.0.2.1 192.0.2.2" },
	{ "foo.example.com.", TYPE_AAAA,
		"NOERROR | an @ AAAA 300 2001:db8::1" },
	/* no data */
	{ "foo.example.com.", TYPE_MX, NODATA },
	{ "foo.example.com.", TYPE_NS, NODATA },
	{ "foo.example.com.", TYPE_SOA, NODATA },
	{ "foo.example.com.", TYPE_DS, NODATA },
	{ "six.example.com.", TYPE_A, NODATA },
	/* an empty non-terminal (RFC 8020) */
	{ "b.example.com.", TYPE_A, NODATA },
	{ "b.example.com.", TYPE_ANY, NODATA },
	{ "a.b.example.com.", TYPE_A, "NOERROR | an @ A 300 192.0.2.3" },
	/* no name */
	{ "bar.example.com.", TYPE_A, NXDOMAIN },
	{ "bar.example.com.", TYPE_ANY, NXDOMAIN },
	{ "bar.example.com.", TYPE_SOA, NXDOMAIN },
	{ "bar.example.com.", TYPE_DS, NXDOMAIN },
	{ "x.foo.example.com.", TYPE_A, NXDOMAIN },
	{ "x.y.z.foo.example.com.", TYPE_A, NXDOMAIN },
	{ "c.b.example.com.", TYPE_A, NXDOMAIN },
	/* TTLs: the key's, or the zone's, and the lowest of several */
	{ "ttl.example.com.", TYPE_A, "NOERROR | an @ A 0 192.0.2.4" },
	{ "long.example.com.", TYPE_A, "NOERROR | an @ A 86400 192.0.2.5" },
	{ "max.example.com.", TYPE_A,
		"NOERROR | an @ A 2147483647 192.0.2.8" },
	{ "mixed.example.com.", TYPE_A,
		"NOERROR | an @ A 300 192.0.2.6 192.0.2.7" },
	{ "low.example.com.", TYPE_A,
		"NOERROR | an @ A 20 192.0.2.6 192.0.2.7" },
	/* ANY gets one RRset (RFC 8482) */
	{ "foo.example.com.", TYPE_ANY,
		"NOERROR | an @ A 300 192.0.2.1 192.0.2.2" },
	{ "six.example.com.", TYPE_ANY,
		"NOERROR | an @ AAAA 300 2001:db8::6" },
	/* the apex without records */
	{ "example.com.", TYPE_SOA, "NOERROR | an @ SOA 300" SOA_RDATA },
	{ "example.com.", TYPE_NS,
		"NOERROR | an @ NS 300 ns1.example. ns2.example.net." },
	{ "example.com.", TYPE_A, NODATA },
	{ "example.com.", TYPE_ANY, "NOERROR | an @ SOA 300" SOA_RDATA },
	/* the apex with records and without NS; TTL and minimum of its own */
	{ "sub.example.com.", TYPE_A, "NOERROR | an @ A 30 192.0.2.10" },
	{ "sub.example.com.", TYPE_ANY, "NOERROR | an @ A 30 192.0.2.10" },
	{ "sub.example.com.", TYPE_SOA,
		"NOERROR | an @ SOA 30 ns1.example. root.example. "
		"0 1 2 3 60" },
	{ "sub.example.com.", TYPE_NS,
		"NOERROR | au sub.example.com. SOA 30 ns1.example. "
		"root.example. 0 1 2 3 60" },
	{ "foo.sub.example.com.", TYPE_A, "NOERROR | an @ A 30 192.0.2.9" },
	{ "bar.sub.example.com.", TYPE_A,
		"NXDOMAIN | au sub.example.com. SOA 30 ns1.example. "
		"root.example. 0 1 2 3 60" },
	/* DS at the cut is the parent's to deny */
	{ "sub.example.com.", TYPE_DS, NODATA },
	{ "example.com.", TYPE_DS, "REFUSED" },
	{ "example.org.", TYPE_A, "REFUSED" },
};

static void
test_answers(void** state)
{
	struct two_zones two;
	size_t i;
	(void)state;
	two_zones_create(&two);
	/* NS names are copied, too */
	memset(two.ns, 0xff, sizeof(two.ns));
	for(i = 0; i < COUNT(plain_data); i++)
		put(two.store, plain_data[i][0], plain_data[i][1]);
	check_both_ways(two.store, two.zones, plain_cases,
		COUNT(plain_cases));
	two_zones_clear(&two);
}

/** the zone of RFC 4592 2.2.1, as far as its types are served; TXT, MX and
 * SRV are A here */
static const char* const wild_data[][2] = {
	{ "example/*/A", "192.0.2.1" },
	{ "example/*/sub/A", "192.0.2.2" },
	{ "example/host1/A", "192.0.2.3" },
	{ "example/host1/_tcp/_ssh/A", "192.0.2.4" },
	{ "example/host2/_tcp/_ssh/A", "192.0.2.5" },
	/* a wildcard that is an empty non-terminal, one with a TTL, one with
	 * another type only, and one below another */
	{ "example/ent/*/x/A", "192.0.2.6" },
	{ "example/ttl/*/A", "{\"ttl\":5,\"rdata\":\"192.0.2.7\"}" },
	{ "example/six/*/AAAA", "2001:db8::1" },
	{ "example/deep/*/*/A", "192.0.2.8" },
	/* a label that has a star and more is no wildcard */
	{ "example/star/*x/A", "192.0.2.9" },
};

#define WILD_NEGATIVE " | au example. SOA 60" SOA_RDATA
#define WILD_NODATA "NOERROR" WILD_NEGATIVE
#define WILD_NXDOMAIN "NXDOMAIN" WILD_NEGATIVE

static const struct ask_case wild_cases[] = {
	/* answers that are synthesized, by RFC 4592 2.2.1 */
	{ "host3.example.", TYPE_A, "NOERROR | an @ A 300 192.0.2.1" },
	{ "foo.bar.example.", TYPE_A, "NOERROR | an @ A 300 192.0.2.1" },
	{ "a.b.c.d.example.", TYPE_A, "NOERROR | an @ A 300 192.0.2.1" },
	{ "host3.example.", TYPE_AAAA, WILD_NODATA },
	{ "host3.example.", TYPE_ANY, "NOERROR | an @ A 300 192.0.2.1" },
	{ "host3.example.", TYPE_NS, WILD_NODATA },
	{ "host3.example.", TYPE_SOA, WILD_NODATA },
	{ "host3.example.", TYPE_DS, WILD_NODATA },
	/* and those that are not */
	{ "host1.example.", TYPE_AAAA, WILD_NODATA },
	{ "host1.example.", TYPE_A, "NOERROR | an @ A 300 192.0.2.3" },
	{ "*.example.", TYPE_A, "NOERROR | an @ A 300 192.0.2.1" },
	{ "sub.*.example.", TYPE_A, "NOERROR | an @ A 300 192.0.2.2" },
	{ "sub.*.example.", TYPE_AAAA, WILD_NODATA },
	{ "_telnet._tcp.host1.example.", TYPE_A, WILD_NXDOMAIN },
	{ "x.host1.example.", TYPE_A, WILD_NXDOMAIN },
	{ "host2.example.", TYPE_A, WILD_NODATA },
	{ "_tcp.host2.example.", TYPE_A, WILD_NODATA },
	{ "x.host2.example.", TYPE_A, WILD_NXDOMAIN },
	{ "ghost.*.example.", TYPE_A, WILD_NXDOMAIN },
	{ "a.ghost.*.example.", TYPE_A, WILD_NXDOMAIN },
	/* the apex exists */
	{ "example.", TYPE_A, WILD_NODATA },
	/* a wildcard that exists without records gives no data (2.2.2) */
	{ "a.ent.example.", TYPE_A, WILD_NODATA },
	{ "a.b.ent.example.", TYPE_A, WILD_NODATA },
	{ "x.a.ent.example.", TYPE_A, WILD_NODATA },
	{ "x.*.ent.example.", TYPE_A, "NOERROR | an @ A 300 192.0.2.6" },
	{ "*.ent.example.", TYPE_A, WILD_NODATA },
	{ "a.ttl.example.", TYPE_A, "NOERROR | an @ A 5 192.0.2.7" },
	{ "a.six.example.", TYPE_A, WILD_NODATA },
	{ "a.six.example.", TYPE_AAAA, "NOERROR | an @ AAAA 300 2001:db8::1" },
	{ "a.six.example.", TYPE_ANY, "NOERROR | an @ AAAA 300 2001:db8::1" },
	{ "six.example.", TYPE_AAAA, WILD_NODATA },
	/* only one wildcard is looked at: that of the closest encloser */
	{ "a.deep.example.", TYPE_A, WILD_NODATA },
	{ "a.*.deep.example.", TYPE_A, "NOERROR | an @ A 300 192.0.2.8" },
	{ "a.b.deep.example.", TYPE_A, WILD_NODATA },
	{ "x.star.example.", TYPE_A, WILD_NXDOMAIN },
	{ "xx.star.example.", TYPE_A, WILD_NXDOMAIN },
	{ "*x.star.example.", TYPE_A, "NOERROR | an @ A 300 192.0.2.9" },
};

static void
test_wildcards(void** state)
{
	struct store* store = store_new();
	struct zone_settings settings;
	struct zones* zones;
	size_t i;
	(void)state;
	settings_init(&settings, "example.");
	zones = zones_create(store, &settings, 1);
	assert_non_null(zones);
	for(i = 0; i < COUNT(wild_data); i++)
		put(store, wild_data[i][0], wild_data[i][1]);
	check_both_ways(store, zones, wild_cases, COUNT(wild_cases));
	zones_delete(zones);
	store_delete(store);
}

/** A wildcard of a zone stops at the apex of a zone inside it, and one above
 * the apex is no business of the zone's. */
static void
test_wildcards_end_at_apex(void** state)
{
	static const struct ask_case cases[] = {
		{ "x.example.com.", TYPE_A, "NOERROR | an @ A 300 192.0.2.1" },
		{ "sub.example.com.", TYPE_A, "NOERROR | au sub.example.com. "
			"SOA 30" SOA_RDATA },
		{ "x.sub.example.com.", TYPE_A, "NXDOMAIN | au "
			"sub.example.com. SOA 30" SOA_RDATA },
		{ "x.y.sub.example.com.", TYPE_A, "NXDOMAIN | au "
			"sub.example.com. SOA 30" SOA_RDATA },
	};
	struct two_zones two;
	(void)state;
	two_zones_create(&two);
	put(two.store, "com/example/*/A", "192.0.2.1");
	/* as if there had been another zone */
	put(two.store, "com/*/A", "192.0.2.2");
	check_both_ways(two.store, two.zones, cases, COUNT(cases));
	two_zones_clear(&two);
}

static void
test_root_zone(void** state)
{
	static const struct ask_case cases[] = {
		{ ".", TYPE_A, "NOERROR | an @ A 300 192.0.2.1" },
		{ ".", TYPE_SOA, "NOERROR | an @ SOA 300" SOA_RDATA },
		{ ".", TYPE_AAAA, "NOERROR | au . SOA 60" SOA_RDATA },
		{ ".", TYPE_DS, "REFUSED" },
		{ "com.", TYPE_A, "NOERROR | an @ A 300 192.0.2.2" },
		{ "com.", TYPE_DS, "NOERROR | au . SOA 60" SOA_RDATA },
		{ "org.", TYPE_A, "NXDOMAIN | au . SOA 60" SOA_RDATA },
		{ "x.net.", TYPE_A, "NOERROR | an @ A 300 192.0.2.3" },
	};
	struct store* store = store_new();
	struct zone_settings settings;
	struct zones* zones;
	(void)state;
	settings_init(&settings, ".");
	zones = zones_create(store, &settings, 1);
	assert_non_null(zones);
	put(store, "A", "192.0.2.1");
	put(store, "com/A", "192.0.2.2");
	put(store, "net/*/A", "192.0.2.3");
	check_both_ways(store, zones, cases, COUNT(cases));
	put(store, "*/A", "192.0.2.4");
	assert_string_equal(ask(store, zones, "a.b.org.", TYPE_A,
		(char[SHOWN_MAX]){ 0 }), "NOERROR | an @ A 300 192.0.2.4");
	zones_delete(zones);
	store_delete(store);
}

/** TTL and minimum of a zone, and the TTLs that come of them. */
struct ttl_case {
	/** the zone's TTL */
	uint32_t ttl;
	/** minimum of its SOA */
	uint32_t minimum;
	/** what an answer without data says */
	const char* negative;
	/** what an answer with a key without a TTL says */
	const char* positive;
	/** what the SOA says if it was asked for */
	const char* soa;
};

static const struct ttl_case ttl_cases[] = {
	{ 300, 60, "SOA 60 ", "A 300 ", "SOA 300 " },
	{ 60, 300, "SOA 60 ", "A 60 ", "SOA 60 " },
	{ 60, 60, "SOA 60 ", "A 60 ", "SOA 60 " },
	{ 0, 60, "SOA 0 ", "A 0 ", "SOA 0 " },
	{ 60, 0, "SOA 0 ", "A 60 ", "SOA 60 " },
	{ 2147483647, 2147483647, "SOA 2147483647 ", "A 2147483647 ",
		"SOA 2147483647 " },
};

static void
test_ttls(void** state)
{
	char out[SHOWN_MAX];
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(ttl_cases); i++) {
		const struct ttl_case* row = &ttl_cases[i];
		struct store* store = store_new();
		struct zone_settings settings;
		struct zones* zones;
		settings_init(&settings, "example.");
		settings.ttl = row->ttl;
		settings.minimum = row->minimum;
		zones = zones_create(store, &settings, 1);
		assert_non_null(zones);
		put(store, "example/a/A", "192.0.2.1");
		check(strstr(ask(store, zones, "x.example.", TYPE_A, out),
			row->negative), "row %zu: %s", i, out);
		check(strstr(ask(store, zones, "a.example.", TYPE_AAAA, out),
			row->negative), "row %zu: %s", i, out);
		check(strstr(ask(store, zones, "a.example.", TYPE_A, out),
			row->positive), "row %zu: %s", i, out);
		check(strstr(ask(store, zones, "example.", TYPE_SOA, out),
			row->soa), "row %zu: %s", i, out);
		zones_delete(zones);
		store_delete(store);
	}
}

/** An SOA of the longest names fits, and so does the longest apex. */
static void
test_longest_names(void** state)
{
	char text[260], expected[SHOWN_MAX], out[SHOWN_MAX];
	struct store* store = store_new();
	struct zone_settings settings;
	struct zones* zones;
	unsigned i;
	(void)state;
	for(i = 0; i < 254; i += 2)
		memcpy(text + i, "x.", 3);
	settings_init(&settings, text);
	question_name(&settings.mname, text);
	text[0] = 'r';
	question_name(&settings.rname, text);
	zones = zones_create(store, &settings, 1);
	assert_non_null(zones);
	text[0] = 'x';
	sprintf(expected, "NOERROR | an @ SOA 300 %s r%s 0 1 2 3 60", text,
		text + 1);
	assert_string_equal(ask(store, zones, text, TYPE_SOA, out), expected);
	text[0] = 'y';
	assert_string_equal(ask(store, zones, text, TYPE_A, out), "REFUSED");
	zones_delete(zones);
	store_delete(store);
}

/* --- the example of RFC 4592 --------------------------------------------- */

/** the zone of RFC 4592 2.2.1, with the types it has there */
static const char* const rfc4592_data[][2] = {
	{ "example/SOA", "ns.example.com. root.example.com. 7 1 2 3 60" },
	{ "example/NS", "[\"ns.example.com.\",\"ns.example.net.\"]" },
	{ "example/*/TXT", "this is a wildcard" },
	{ "example/*/MX", "10 host1.example." },
	{ "example/*/sub/TXT", "this is not a wildcard" },
	{ "example/host1/A", "192.0.2.1" },
	{ "example/host1/_tcp/_ssh/SRV", "0 1 22 host1.example." },
	{ "example/host2/_tcp/_ssh/SRV", "0 1 22 host2.example." },
	{ "example/subdel/NS", "[\"ns.example.com.\",\"ns.example.net.\"]" },
	/* a cut below a wildcard; at one it would not be taken */
	{ "example/below/*/cut/NS", "ns.example.net." },
};

#define RFC4592_SOA " | au example. SOA 60 ns.example.com. " \
	"root.example.com. 7 1 2 3 60"

static const struct ask_case rfc4592_cases[] = {
	/* "The following responses would be synthesized from one of the
	 * wildcards in the zone" */
	{ "host3.example.", TYPE_MX, "NOERROR | an @ MX 300 10 host1.example."
		" | ad host1.example. A 300 192.0.2.1" },
	{ "host3.example.", TYPE_A, "NOERROR" RFC4592_SOA },
	{ "foo.bar.example.", TYPE_TXT,
		"NOERROR | an @ TXT 300 \"this is a wildcard\"" },
	/* "would not be synthesized from any of the wildcards" */
	{ "host1.example.", TYPE_MX, "NOERROR" RFC4592_SOA },
	{ "sub.*.example.", TYPE_MX, "NOERROR" RFC4592_SOA },
	{ "_telnet._tcp.host1.example.", TYPE_SRV, "NXDOMAIN" RFC4592_SOA },
	{ "host.subdel.example.", TYPE_A, "NOERROR | au subdel.example. NS "
		"300 ns.example.com. ns.example.net. | REFERRAL" },
	{ "ghost.*.example.", TYPE_MX, "NXDOMAIN" RFC4592_SOA },
	/* 2.2.2: empty non-terminals exist, and are not the wildcard's */
	{ "host2.example.", TYPE_TXT, "NOERROR" RFC4592_SOA },
	{ "_tcp.host2.example.", TYPE_TXT, "NOERROR" RFC4592_SOA },
	{ "_telnet._tcp.host2.example.", TYPE_SRV, "NXDOMAIN" RFC4592_SOA },
	{ "_ssh._tcp.host1.example.", TYPE_SRV, "NOERROR | an @ SRV 300 0 1 "
		"22 host1.example. | ad host1.example. A 300 192.0.2.1" },
	{ "_ssh._tcp.host3.example.", TYPE_SRV, "NOERROR" RFC4592_SOA },
	/* a wildcard that is asked for as such */
	{ "*.example.", TYPE_TXT,
		"NOERROR | an @ TXT 300 \"this is a wildcard\"" },
	{ "*.example.", TYPE_A, "NOERROR" RFC4592_SOA },
	{ "sub.*.example.", TYPE_TXT,
		"NOERROR | an @ TXT 300 \"this is not a wildcard\"" },
	{ "*.*.example.", TYPE_TXT, "NXDOMAIN" RFC4592_SOA },
	/* the apex exists, and a wildcard beside a cut leaves it alone */
	{ "example.", TYPE_TXT, "NOERROR" RFC4592_SOA },
	{ "subdel.example.", TYPE_TXT, "NOERROR | au subdel.example. NS 300 "
		"ns.example.com. ns.example.net. | REFERRAL" },
	{ "xsubdel.example.", TYPE_TXT,
		"NOERROR | an @ TXT 300 \"this is a wildcard\"" },
	/* a cut below a wildcard is one where that is asked for as such */
	{ "cut.a.below.example.", TYPE_A, "NOERROR" RFC4592_SOA },
	{ "a.cut.*.below.example.", TYPE_A, "NOERROR | au "
		"cut.*.below.example. NS 300 ns.example.net. | REFERRAL" },
};

static void
test_rfc4592(void** state)
{
	static const char* const zones[] = { "example." };
	(void)state;
	CHECK_SCENE(zones, rfc4592_data, rfc4592_cases);
}

/* --- aliases ------------------------------------------------------------- */

static const char* const alias_zones[] = { "example.", "other.", "+fall." };

static const char* const alias_data[][2] = {
	{ "example/a/A", "192.0.2.1" },
	{ "example/a/AAAA", "2001:db8::1" },
	{ "example/c1/CNAME", "{\"ttl\":10,\"rdata\":\"a.example.\"}" },
	{ "example/c2/CNAME", "c1.example." },
	{ "example/c3/CNAME", "c2.example." },
	/* names in rdata keep their case */
	{ "example/mix1/CNAME", "A.Example." },
	{ "example/mix2/CNAME", "MIX1.example." },
	/* from zone to zone, and out of them */
	{ "other/a/A", "192.0.2.2" },
	{ "other/back/CNAME", "a.example." },
	{ "example/cross/CNAME", "a.other." },
	{ "example/there/CNAME", "back.other." },
	{ "example/out1/CNAME", "www.Outside.net." },
	{ "example/out2/CNAME", "out1.example." },
	{ "example/out3/CNAME", "." },
	{ "example/apex/CNAME", "other." },
	/* to a zone that falls through */
	{ "fall/a/A", "192.0.2.3" },
	{ "fall/ent/x/A", "192.0.2.4" },
	{ "fall/alias/CNAME", "absent.fall." },
	{ "example/has/CNAME", "a.fall." },
	{ "example/lacks/CNAME", "absent.fall." },
	{ "example/bare/CNAME", "fall." },
	{ "example/ent/CNAME", "ent.fall." },
	/* circles */
	{ "example/loop1/CNAME", "loop1.example." },
	{ "example/loop2a/CNAME", "loop2b.example." },
	{ "example/loop2b/CNAME", "loop2a.example." },
	{ "example/loop3a/CNAME", "loop3b.other." },
	{ "other/loop3b/CNAME", "loop3c.fall." },
	{ "fall/loop3c/CNAME", "Loop3A.example." },
	{ "example/into/CNAME", "loop2a.example." },
	/* to nothing */
	{ "example/nx/CNAME", "gone.example." },
	{ "example/nx-other/CNAME", "gone.other." },
	{ "example/nx2/CNAME", "nx-other.example." },
	/* wildcards */
	{ "example/w/*/CNAME", "a.example." },
	{ "example/ww/*/CNAME", "y.w.example." },
	{ "example/self/*/CNAME", "x.self.example." },
	{ "example/star/*/CNAME", "*.star.example." },
	/* to names that answer with more than one RRset */
	{ "example/m/MX", "10 a.example." },
	{ "example/mail/CNAME", "m.example." },
};

#define A " | an a.example. A 300 192.0.2.1"
#define ABSENT " | au other. SOA 60" SOA_RDATA

static const struct ask_case alias_cases[] = {
	{ "c1.example.", TYPE_A, "NOERROR | an @ CNAME 10 a.example." A },
	{ "c2.example.", TYPE_A, "NOERROR | an @ CNAME 300 c1.example. | an "
		"c1.example. CNAME 10 a.example." A },
	{ "c3.example.", TYPE_A, "NOERROR | an @ CNAME 300 c2.example. | an "
		"c2.example. CNAME 300 c1.example. | an c1.example. CNAME 10 "
		"a.example." A },
	/* the alias itself, which ANY gets too (RFC 1034 3.6.2) */
	{ "c2.example.", TYPE_CNAME, "NOERROR | an @ CNAME 300 c1.example." },
	{ "c2.example.", TYPE_ANY, "NOERROR | an @ CNAME 300 c1.example." },
	/* no data at its end; type 0 is none */
	{ "c2.example.", TYPE_MX, "NOERROR | an @ CNAME 300 c1.example. | an "
		"c1.example. CNAME 10 a.example." EMPTY },
	{ "c1.example.", 0, "NOERROR | an @ CNAME 10 a.example." EMPTY },
	/* nothing is below an alias */
	{ "x.c1.example.", TYPE_A, "NXDOMAIN" EMPTY },
	/* case */
	{ "C1.EXAMPLE.", TYPE_A, "NOERROR | an @ CNAME 10 a.example." A },
	{ "mix1.example.", TYPE_A, "NOERROR | an @ CNAME 300 A.Example. | an "
		"A.Example. A 300 192.0.2.1" },
	{ "mIX2.example.", TYPE_A, "NOERROR | an @ CNAME 300 MIX1.example. | "
		"an MIX1.example. CNAME 300 A.Example. | an A.Example. A 300 "
		"192.0.2.1" },
	{ "mix2.example.", TYPE_MX, "NOERROR | an @ CNAME 300 MIX1.example. | "
		"an MIX1.example. CNAME 300 A.Example." EMPTY },
	/* from zone to zone */
	{ "cross.example.", TYPE_A, "NOERROR | an @ CNAME 300 a.other. | an "
		"a.other. A 300 192.0.2.2" },
	{ "there.example.", TYPE_A, "NOERROR | an @ CNAME 300 back.other. | "
		"an back.other. CNAME 300 a.example." A },
	{ "there.example.", TYPE_MX, "NOERROR | an @ CNAME 300 back.other. | "
		"an back.other. CNAME 300 a.example." EMPTY },
	{ "cross.example.", TYPE_MX, "NOERROR | an @ CNAME 300 a.other."
		ABSENT },
	/* to an apex */
	{ "apex.example.", TYPE_A, "NOERROR | an @ CNAME 300 other." ABSENT },
	{ "apex.example.", TYPE_SOA, "NOERROR | an @ CNAME 300 other. | an "
		"other. SOA 300" SOA_RDATA },
	/* whose DS is not ours to tell */
	{ "apex.example.", TYPE_DS, "NOERROR | an @ CNAME 300 other. | "
		"OUTSIDE other." },
	/* out of them */
	{ "out1.example.", TYPE_A, "NOERROR | an @ CNAME 300 www.Outside.net."
		" | OUTSIDE www.Outside.net." },
	{ "out2.example.", TYPE_A, "NOERROR | an @ CNAME 300 out1.example. | "
		"an out1.example. CNAME 300 www.Outside.net. | OUTSIDE "
		"www.Outside.net." },
	{ "out3.example.", TYPE_A, "NOERROR | an @ CNAME 300 . | OUTSIDE ." },
	{ "out1.example.", TYPE_CNAME, "NOERROR | an @ CNAME 300 "
		"www.Outside.net." },
	{ "out1.example.", TYPE_ANY, "NOERROR | an @ CNAME 300 "
		"www.Outside.net." },
	/* to a zone that falls through */
	{ "has.example.", TYPE_A, "NOERROR | an @ CNAME 300 a.fall. | an "
		"a.fall. A 300 192.0.2.3" },
	{ "has.example.", TYPE_MX, "NOERROR | an @ CNAME 300 a.fall. | au "
		"fall. SOA 60" SOA_RDATA },
	{ "lacks.example.", TYPE_A, "NOERROR | an @ CNAME 300 absent.fall. | "
		"OUTSIDE absent.fall." },
	{ "bare.example.", TYPE_A, "NOERROR | an @ CNAME 300 fall. | OUTSIDE "
		"fall." },
	{ "ent.example.", TYPE_A, "NOERROR | an @ CNAME 300 ent.fall. | "
		"OUTSIDE ent.fall." },
	{ "alias.fall.", TYPE_A, "NOERROR | an @ CNAME 300 absent.fall. | "
		"OUTSIDE absent.fall." },
	/* circles: each alias once */
	{ "loop1.example.", TYPE_A, "NOERROR | an @ CNAME 300 "
		"loop1.example." },
	{ "LOOP1.example.", TYPE_A, "NOERROR | an @ CNAME 300 "
		"loop1.example." },
	{ "loop2a.example.", TYPE_A, "NOERROR | an @ CNAME 300 "
		"loop2b.example. | an loop2b.example. CNAME 300 "
		"loop2a.example." },
	{ "into.example.", TYPE_A, "NOERROR | an @ CNAME 300 loop2a.example. "
		"| an loop2a.example. CNAME 300 loop2b.example. | an "
		"loop2b.example. CNAME 300 loop2a.example." },
	{ "loop3a.example.", TYPE_A, "NOERROR | an @ CNAME 300 loop3b.other. "
		"| an loop3b.other. CNAME 300 loop3c.fall. | an loop3c.fall. "
		"CNAME 300 Loop3A.example." },
	{ "loop3c.fall.", TYPE_A, "NOERROR | an @ CNAME 300 Loop3A.example. "
		"| an Loop3A.example. CNAME 300 loop3b.other. | an "
		"loop3b.other. CNAME 300 loop3c.fall." },
	{ "loop1.example.", TYPE_CNAME, "NOERROR | an @ CNAME 300 "
		"loop1.example." },
	/* to nothing: the RCODE is that of the last name (RFC 6604) */
	{ "nx.example.", TYPE_A, "NXDOMAIN | an @ CNAME 300 gone.example."
		EMPTY },
	{ "nx-other.example.", TYPE_A, "NXDOMAIN | an @ CNAME 300 gone.other."
		ABSENT },
	{ "nx2.example.", TYPE_A, "NXDOMAIN | an @ CNAME 300 "
		"nx-other.example. | an nx-other.example. CNAME 300 "
		"gone.other." ABSENT },
	{ "nx.example.", TYPE_CNAME, "NOERROR | an @ CNAME 300 "
		"gone.example." },
	/* wildcards (RFC 4592 3.3.3) */
	{ "q.w.example.", TYPE_A, "NOERROR | an @ CNAME 300 a.example." A },
	{ "p.q.w.example.", TYPE_A, "NOERROR | an @ CNAME 300 a.example." A },
	{ "*.w.example.", TYPE_A, "NOERROR | an @ CNAME 300 a.example." A },
	{ "q.w.example.", TYPE_CNAME, "NOERROR | an @ CNAME 300 a.example." },
	{ "q.w.example.", TYPE_ANY, "NOERROR | an @ CNAME 300 a.example." },
	{ "q.w.example.", TYPE_MX, "NOERROR | an @ CNAME 300 a.example."
		EMPTY },
	{ "w.example.", TYPE_A, "NOERROR" EMPTY },
	{ "q.ww.example.", TYPE_A, "NOERROR | an @ CNAME 300 y.w.example. | "
		"an y.w.example. CNAME 300 a.example." A },
	{ "x.self.example.", TYPE_A, "NOERROR | an @ CNAME 300 "
		"x.self.example." },
	{ "y.self.example.", TYPE_A, "NOERROR | an @ CNAME 300 "
		"x.self.example. | an x.self.example. CNAME 300 "
		"x.self.example." },
	{ "y.star.example.", TYPE_A, "NOERROR | an @ CNAME 300 "
		"*.star.example. | an *.star.example. CNAME 300 "
		"*.star.example." },
	/* to more */
	{ "mail.example.", TYPE_MX, "NOERROR | an @ CNAME 300 m.example. | an "
		"m.example. MX 300 10 a.example. | ad a.example. A 300 "
		"192.0.2.1 | ad a.example. AAAA 300 2001:db8::1" },
};

static void
test_aliases(void** state)
{
	(void)state;
	CHECK_SCENE(alias_zones, alias_data, alias_cases);
}

/** Put a chain of aliases into a zone, n0 to the one before last; the last is
 * what comes of it. */
static void
put_chain(const struct scene* scene, const char* zone, unsigned aliases)
{
	char key[64], value[64];
	unsigned i;
	for(i = 0; i < aliases; i++) {
		sprintf(key, "%s/n%u/CNAME", zone, i);
		sprintf(value, "n%u.%s.", i + 1, zone);
		put(scene->store, key, value);
	}
}

/** Write what a chain of aliases is answered with, without its end. */
static size_t
show_chain(char* out, unsigned aliases)
{
	size_t used = (size_t)sprintf(out, "NOERROR");
	unsigned i;
	for(i = 0; i < aliases; i++) {
		used += (size_t)sprintf(out + used, " | an ");
		used += i == 0 ? (size_t)sprintf(out + used, "@") :
			(size_t)sprintf(out + used, "n%u.example.", i);
		used += (size_t)sprintf(out + used,
			" CNAME 300 n%u.example.", i + 1);
	}
	return used;
}

/** So many aliases are followed, and the next is told, but not followed. */
static void
test_long_chains(void** state)
{
	char expected[SHOWN_MAX], key[64];
	unsigned aliases;
	(void)state;
	for(aliases = 1; aliases <= 20; aliases++) {
		struct scene scene;
		size_t used;
		scene_create(&scene, alias_zones, 1);
		put_chain(&scene, "example", aliases);
		sprintf(key, "example/n%u/A", aliases);
		put(scene.store, key, "192.0.2.1");
		used = show_chain(expected, aliases < 17 ? aliases : 17);
		if(aliases <= 16)
			sprintf(expected + used,
				" | an n%u.example. A 300 192.0.2.1",
				aliases);
		check_ask(&scene, "n0.example.", TYPE_A, expected);
		scene_clear(&scene);
	}
}

/** A circle of any length ends where it has come round, or after so many. */
static void
test_long_circles(void** state)
{
	char expected[SHOWN_MAX], key[64];
	unsigned aliases;
	(void)state;
	for(aliases = 1; aliases <= 20; aliases++) {
		struct scene scene;
		size_t used;
		scene_create(&scene, alias_zones, 1);
		put_chain(&scene, "example", aliases - 1);
		sprintf(key, "example/n%u/CNAME", aliases - 1);
		put(scene.store, key, "n0.example.");
		used = show_chain(expected, aliases <= 17 ? aliases - 1 : 17);
		if(aliases == 1)
			sprintf(expected + used,
				" | an @ CNAME 300 n0.example.");
		else if(aliases <= 17)
			sprintf(expected + used, " | an n%u.example. CNAME "
				"300 n0.example.", aliases - 1);
		check_ask(&scene, "n0.example.", TYPE_A, expected);
		scene_clear(&scene);
	}
}

/* --- aliases of whole subtrees ------------------------------------------- */

static const char* const dname_data[][2] = {
	{ "example/d/DNAME", "{\"ttl\":20,\"rdata\":\"Target.example.\"}" },
	/* beside it other data may be, but below it none is seen */
	{ "example/d/A", "192.0.2.10" },
	{ "example/d/x/A", "192.0.2.11" },
	{ "example/d/only-here/A", "192.0.2.11" },
	{ "example/d/*/A", "192.0.2.11" },
	{ "example/d/cut/NS", "ns.outside.net." },
	{ "example/target/A", "192.0.2.12" },
	{ "example/target/x/A", "192.0.2.13" },
	{ "example/target/y/x/A", "192.0.2.14" },
	{ "example/target/alias/CNAME", "x.d.example." },
	/* at an apex */
	{ "other/DNAME", "target.example." },
	{ "other/A", "192.0.2.15" },
	{ "other/x/A", "192.0.2.16" },
	{ "example/target/back/CNAME", "D.example." },
	/* in a chain */
	{ "example/dd/DNAME", "d.example." },
	{ "example/to-d/CNAME", "x.d.example." },
	{ "example/at-d/CNAME", "d.example." },
	/* out of the zones */
	{ "example/out/DNAME", "Outside.net." },
	{ "example/lacks/DNAME", "fall." },
	{ "example/root/DNAME", "." },
	/* to nothing */
	{ "example/nx/DNAME", "gone.example." },
	/* circles */
	{ "example/loop/DNAME", "loop.example." },
	{ "example/p/DNAME", "q.example." },
	{ "example/q/DNAME", "P.example." },
	/* alone at its name */
	{ "example/alone/DNAME", "target.example." },
};

#define D " | an d.example. DNAME 20 Target.example."

static const struct ask_case dname_cases[] = {
	/* below it */
	{ "x.d.example.", TYPE_A, "NOERROR" D " | an @ CNAME 20 "
		"x.Target.example. | an x.Target.example. A 300 192.0.2.13" },
	{ "x.y.d.example.", TYPE_A, "NOERROR" D " | an @ CNAME 20 "
		"x.y.Target.example. | an x.y.Target.example. A 300 "
		"192.0.2.14" },
	{ "y.d.example.", TYPE_A, "NOERROR" D " | an @ CNAME 20 "
		"y.Target.example." EMPTY },
	{ "X.D.Example.", TYPE_A, "NOERROR" D " | an @ CNAME 20 "
		"x.Target.example. | an x.Target.example. A 300 192.0.2.13" },
	/* what is below it is not seen */
	{ "only-here.d.example.", TYPE_A, "NXDOMAIN" D " | an @ CNAME 20 "
		"only-here.Target.example." EMPTY },
	{ "*.d.example.", TYPE_A, "NXDOMAIN" D " | an @ CNAME 20 "
		"*.Target.example." EMPTY },
	{ "x.cut.d.example.", TYPE_A, "NXDOMAIN" D " | an @ CNAME 20 "
		"x.cut.Target.example." EMPTY },
	/* at it */
	{ "d.example.", TYPE_A, "NOERROR | an @ A 300 192.0.2.10" },
	{ "d.example.", TYPE_DNAME, "NOERROR | an @ DNAME 20 "
		"Target.example." },
	{ "d.example.", TYPE_AAAA, "NOERROR" EMPTY },
	{ "d.example.", TYPE_CNAME, "NOERROR" EMPTY },
	{ "d.example.", TYPE_ANY, "NOERROR | an @ A 300 192.0.2.10" },
	{ "alone.example.", TYPE_ANY, "NOERROR | an @ DNAME 300 "
		"target.example." },
	{ "alone.example.", TYPE_A, "NOERROR" EMPTY },
	/* whatever was asked for, its target is looked at */
	{ "x.d.example.", TYPE_ANY, "NOERROR" D " | an @ CNAME 20 "
		"x.Target.example. | an x.Target.example. A 300 192.0.2.13" },
	/* but a query for a CNAME has what it wants */
	{ "x.d.example.", TYPE_CNAME, "NOERROR" D " | an @ CNAME 20 "
		"x.Target.example." },
	{ "x.d.example.", TYPE_DNAME, "NOERROR" D " | an @ CNAME 20 "
		"x.Target.example." EMPTY },
	{ "alias.d.example.", TYPE_CNAME, "NOERROR" D " | an @ CNAME 20 "
		"alias.Target.example." },
	/* each is told once, on the way or asked for */
	{ "back.d.example.", TYPE_DNAME, "NOERROR" D " | an @ CNAME 20 "
		"back.Target.example. | an back.Target.example. CNAME 300 "
		"D.example." },
	{ "x.d.example.", 0, "NOERROR" D " | an @ CNAME 20 "
		"x.Target.example." EMPTY },
	/* at an apex */
	{ "x.other.", TYPE_A, "NOERROR | an other. DNAME 300 target.example. "
		"| an @ CNAME 300 x.target.example. | an x.target.example. A "
		"300 192.0.2.13" },
	{ "other.", TYPE_A, "NOERROR | an @ A 300 192.0.2.15" },
	{ "other.", TYPE_DNAME, "NOERROR | an @ DNAME 300 target.example." },
	{ "other.", TYPE_SOA, "NOERROR | an @ SOA 300" SOA_RDATA },
	/* in a chain */
	{ "x.dd.example.", TYPE_A, "NOERROR | an dd.example. DNAME 300 "
		"d.example. | an @ CNAME 300 x.d.example." D " | an "
		"x.d.example. CNAME 20 x.Target.example. | an "
		"x.Target.example. A 300 192.0.2.13" },
	{ "to-d.example.", TYPE_A, "NOERROR | an @ CNAME 300 x.d.example." D
		" | an x.d.example. CNAME 20 x.Target.example. | an "
		"x.Target.example. A 300 192.0.2.13" },
	{ "at-d.example.", TYPE_A, "NOERROR | an @ CNAME 300 d.example. | an "
		"d.example. A 300 192.0.2.10" },
	{ "alias.d.example.", TYPE_A, "NOERROR" D " | an @ CNAME 20 "
		"alias.Target.example. | an alias.Target.example. CNAME 300 "
		"x.d.example. | an x.d.example. CNAME 20 x.Target.example. | "
		"an x.Target.example. A 300 192.0.2.13" },
	/* out of the zones */
	{ "x.out.example.", TYPE_A, "NOERROR | an out.example. DNAME 300 "
		"Outside.net. | an @ CNAME 300 x.Outside.net. | OUTSIDE "
		"x.Outside.net." },
	{ "x.y.lacks.example.", TYPE_A, "NOERROR | an lacks.example. DNAME "
		"300 fall. | an @ CNAME 300 x.y.fall. | OUTSIDE x.y.fall." },
	{ "x.y.root.example.", TYPE_A, "NOERROR | an root.example. DNAME 300 "
		". | an @ CNAME 300 x.y. | OUTSIDE x.y." },
	/* to nothing */
	{ "x.nx.example.", TYPE_A, "NXDOMAIN | an nx.example. DNAME 300 "
		"gone.example. | an @ CNAME 300 x.gone.example." EMPTY },
	/* circles */
	{ "x.loop.example.", TYPE_A, "NOERROR | an loop.example. DNAME 300 "
		"loop.example. | an @ CNAME 300 x.loop.example." },
	{ "x.p.example.", TYPE_A, "NOERROR | an p.example. DNAME 300 "
		"q.example. | an @ CNAME 300 x.q.example. | an q.example. "
		"DNAME 300 P.example. | an x.q.example. CNAME 300 "
		"x.P.example." },
};

static void
test_dnames(void** state)
{
	(void)state;
	CHECK_SCENE(alias_zones, dname_data, dname_cases);
}

/** A name with this many octets in wire format, at least 12, below
 * "example."; as text. */
static void
write_long_name(char* text, size_t octets)
{
	size_t rest = octets - 9;
	while(rest > 0) {
		/* no rest of one octet, which no label has */
		size_t label = rest > 65 ? 64 : rest == 65 ? 33 : rest;
		memset(text, 'l', label - 1);
		text[label - 1] = '.';
		text += label;
		rest -= label;
	}
	strcpy(text, "example.");
}

/** Where what a DNAME makes would be longer than a name can be, the answer is
 * YXDOMAIN, and the DNAME says why (RFC 6672 2.2). */
static void
test_too_long(void** state)
{
	char target[300], qname[300], expected[SHOWN_MAX];
	struct scene scene;
	(void)state;
	scene_create(&scene, alias_zones, COUNT(alias_zones));
	write_long_name(target, 250);
	put(scene.store, "example/long/DNAME", target);
	put(scene.store, "example/alias/CNAME", "abcde.long.example.");
	sprintf(expected, "NXDOMAIN | an long.example. DNAME 300 %s | an @ "
		"CNAME 300 abcd.%s" EMPTY, target, target);
	check_ask(&scene, "abcd.long.example.", TYPE_A, expected);
	sprintf(expected, "YXDOMAIN | an long.example. DNAME 300 %s", target);
	check_ask(&scene, "abcde.long.example.", TYPE_A, expected);
	check_ask(&scene, "abc.d.long.example.", TYPE_A, expected);
	sprintf(expected, "YXDOMAIN | an @ CNAME 300 abcde.long.example. | an "
		"long.example. DNAME 300 %s", target);
	check_ask(&scene, "alias.example.", TYPE_A, expected);
	/* from the longest name that there is to a shorter one, and to one
	 * that is just as long, and one octet longer */
	put(scene.store, "example/to-1/DNAME", "t.");
	put(scene.store, "example/to-2/DNAME", "tttt.example.");
	put(scene.store, "example/to-3/DNAME", "ttttt.example.");
	write_long_name(qname, 250);
	memcpy(strstr(qname, ".example."), ".to-1.example.", 15);
	check(strstr(ask(scene.store, scene.zones, qname, TYPE_A, expected),
		" | OUTSIDE lll"), "%s", expected);
	memcpy(strstr(qname, "to-1"), "to-2", 4);
	check(strstr(ask(scene.store, scene.zones, qname, TYPE_A, expected),
		"NXDOMAIN"), "%s", expected);
	memcpy(strstr(qname, "to-2"), "to-3", 4);
	assert_string_equal(ask(scene.store, scene.zones, qname, TYPE_A,
		expected), "YXDOMAIN | an to-3.example. DNAME 300 "
		"ttttt.example.");
	scene_clear(&scene);
}

/** Number of times that a word is in a text. */
static unsigned
count_word(const char* text, const char* word)
{
	unsigned count = 0;
	while((text = strstr(text, word)) != NULL) {
		text += strlen(word);
		count++;
	}
	return count;
}

/** A DNAME that leads below itself makes the name longer each time: it ends
 * after so many, or when the name is too long. The DNAME is told once (RFC
 * 2181 5.5). */
static void
test_growing_circles(void** state)
{
	char out[SHOWN_MAX], value[300];
	struct scene scene;
	(void)state;
	scene_create(&scene, alias_zones, COUNT(alias_zones));
	put(scene.store, "example/grow/DNAME", "g.grow.example.");
	ask(scene.store, scene.zones, "x.grow.example.", TYPE_A, out);
	check(strncmp(out, "NOERROR | ", 10) == 0, "%s", out);
	assert_int_equal(count_word(out, " CNAME "), 17);
	assert_int_equal(count_word(out, " DNAME "), 1);
	/* by 61 octets each time: the fourth does not fit */
	sprintf(value, "%060d.big.example.", 0);
	put(scene.store, "example/big/DNAME", value);
	ask(scene.store, scene.zones, "x.big.example.", TYPE_A, out);
	check(strncmp(out, "YXDOMAIN | ", 11) == 0, "%s", out);
	assert_int_equal(count_word(out, " CNAME "), 3);
	assert_int_equal(count_word(out, " DNAME "), 1);
	scene_clear(&scene);
}

/* --- long answers -------------------------------------------------------- */

/** Put a chain of so many DNAMEs, from d0.example. to a name. */
static void
put_dnames(const struct scene* scene, unsigned dnames, const char* end)
{
	char key[64], value[300];
	unsigned i;
	for(i = 0; i < dnames; i++) {
		sprintf(key, "example/d%u/DNAME", i);
		sprintf(value, "d%u.example.", i + 1);
		put(scene->store, key, i + 1 < dnames ? value : end);
	}
}

/** Put A and AAAA of so many names, t0 and on, below one.
 * @param path: of that name; "" for the root. */
static void
put_addresses(const struct scene* scene, const char* path, unsigned count)
{
	char key[64];
	unsigned i;
	for(i = 0; i < count; i++) {
		sprintf(key, "%s/t%u/A", path, i);
		put(scene->store, key, "192.0.2.1");
		sprintf(key, "%s/t%u/AAAA", path, i);
		put(scene->store, key, "2001:db8::1");
	}
}

/** Put an RRset of so many names, t0 and on, below one.
 * @param path: of the RRset, with its type.
 * @param before: in each record, what comes before the name. */
static void
put_targets(const struct scene* scene, const char* path, const char* before,
	const char* below, unsigned count)
{
	char key[128], value[300];
	unsigned i;
	for(i = 0; i < count; i++) {
		sprintf(key, "%s/%s%u", path, below, i);
		sprintf(value, "%s t%u.%s", before, i, below);
		put(scene->store, key, value);
	}
}

/** The longest answer that there is: as many DNAMEs as are followed, and an
 * RRset with as many addresses as are added. */
static void
test_longest_answer(void** state)
{
	static const char* const ends[][3] = { { "MX", "1", " MX " },
		{ "SRV", "1 2 3", " SRV " } };
	char out[SHOWN_MAX], key[64];
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(ends); i++) {
		struct scene scene;
		scene_create(&scene, alias_zones, COUNT(alias_zones));
		put_dnames(&scene, 16, "end.example.");
		sprintf(key, "example/end/x/%s", ends[i][0]);
		put_targets(&scene, key, ends[i][1], "example.", 80);
		put_addresses(&scene, "example", 80);
		ask(scene.store, scene.zones, "x.d0.example.", i == 0 ?
			TYPE_MX : TYPE_SRV, out);
		assert_int_equal(count_word(out, " DNAME "), 16);
		assert_int_equal(count_word(out, " CNAME "), 16);
		assert_int_equal(count_word(out, ends[i][2]), 1);
		assert_int_equal(count_word(out, " | ad "), 32);
		scene_clear(&scene);
	}
}

/** A chain that ends at a delegation full of name servers, half of them below
 * the cut: their addresses come first, and what does not fit is left out. */
static void
test_longest_referral(void** state)
{
	char out[SHOWN_MAX];
	struct scene scene;
	(void)state;
	scene_create(&scene, alias_zones, COUNT(alias_zones));
	put_dnames(&scene, 16, "cut.example.");
	put_targets(&scene, "example/cut/NS", "", "cut.example.", 40);
	put_targets(&scene, "example/cut/NS", "", "example.", 40);
	put_addresses(&scene, "example/cut", 40);
	put_addresses(&scene, "example", 40);
	ask(scene.store, scene.zones, "x.d0.example.", TYPE_A, out);
	assert_int_equal(count_word(out, " DNAME "), 16);
	assert_int_equal(count_word(out, " CNAME "), 16);
	assert_int_equal(count_word(out, " | au cut.example. NS "), 1);
	assert_int_equal(count_word(out, " | ad "), 32);
	assert_int_equal(count_word(strstr(out, " | ad "), ".cut.example. A"),
		32);
	assert_non_null(strstr(out, " | REFERRAL x.cut.example."));
	scene_clear(&scene);
}

/** There is one allowance of addresses for those below the cut and those
 * beside it. */
static void
test_addresses_of_both_kinds(void** state)
{
	char out[SHOWN_MAX];
	struct scene scene;
	(void)state;
	scene_create(&scene, alias_zones, 1);
	put_targets(&scene, "example/cut/NS", "", "cut.example.", 10);
	put_targets(&scene, "example/cut/NS", "", "example.", 40);
	put_addresses(&scene, "example/cut", 10);
	put_addresses(&scene, "example", 40);
	ask(scene.store, scene.zones, "cut.example.", TYPE_A, out);
	assert_int_equal(count_word(out, " | ad "), 32);
	assert_int_equal(count_word(strstr(out, " | ad "), ".cut.example. A"),
		20);
	scene_clear(&scene);
}

/** Of so many targets addresses are looked for, whether there are any or not;
 * those below a cut come first here, too. */
static void
test_targets_without_addresses(void** state)
{
	char out[SHOWN_MAX];
	struct scene scene;
	(void)state;
	scene_create(&scene, alias_zones, 1);
	put(scene.store, "example/last/A", "192.0.2.1");
	put(scene.store, "example/cut/last/A", "192.0.2.1");
	put_targets(&scene, "example/m/MX", "1", "example.", 63);
	put(scene.store, "example/m/MX", "2 last.example.");
	ask(scene.store, scene.zones, "m.example.", TYPE_MX, out);
	assert_int_equal(count_word(out, " | ad "), 1);
	put(scene.store, "example/m/MX/one-more", "1 u.example.");
	ask(scene.store, scene.zones, "m.example.", TYPE_MX, out);
	assert_int_equal(count_word(out, " | ad "), 0);
	/* in canonical order these are before those below the cut */
	put_targets(&scene, "example/cut/NS", "", "a.", 100);
	put(scene.store, "example/cut/NS", "last.cut.example.");
	put(scene.store, "example/cut/NS/beside",
		"last.example.");
	ask(scene.store, scene.zones, "cut.example.", TYPE_A, out);
	assert_int_equal(count_word(out, " | ad "), 1);
	assert_non_null(strstr(out, " | ad last.cut.example. A "));
	scene_clear(&scene);
}

/** Chains as long as there are, that end otherwise. */
static void
test_ends_of_longest_chains(void** state)
{
	char value[300], expected[SHOWN_MAX], out[SHOWN_MAX], soa[700];
	char mname[260];
	struct scene scene;
	unsigned i;
	(void)state;
	scene_create(&scene, alias_zones, COUNT(alias_zones));
	/* at an SOA of the longest names */
	for(i = 0; i < 254; i += 2)
		memcpy(mname + i, "x.", 3);
	sprintf(soa, "%s %s 9 1 2 3 4", mname, mname);
	put(scene.store, "other/SOA", soa);
	put_dnames(&scene, 16, "other.");
	ask(scene.store, scene.zones, "x.d0.example.", TYPE_A, out);
	assert_int_equal(count_word(out, " CNAME "), 16);
	sprintf(expected, " | au other. SOA 4 %s", soa);
	check(strncmp(out, "NXDOMAIN | ", 11) == 0 && strstr(out, expected),
		"%s", out);
	/* at one that is asked for */
	put(scene.store, "example/d15/DNAME", ".");
	put(scene.store, "example/to-d0/CNAME", "other.d1.example.");
	ask(scene.store, scene.zones, "to-d0.example.", TYPE_SOA, out);
	assert_int_equal(count_word(out, " CNAME "), 16);
	sprintf(expected, " | an other. SOA 300 %s", soa);
	check(strncmp(out, "NOERROR | ", 10) == 0 && strstr(out, expected),
		"%s", out);
	/* at a DNAME whose CNAME would be too long */
	write_long_name(value, 250);
	put(scene.store, "example/d16/DNAME", value);
	put(scene.store, "example/d15/DNAME", "d16.example.");
	ask(scene.store, scene.zones, "abcde.d0.example.", TYPE_A, out);
	assert_int_equal(count_word(out, " CNAME "), 16);
	assert_int_equal(count_word(out, " DNAME "), 17);
	check(strncmp(out, "YXDOMAIN | ", 11) == 0, "%s", out);
	/* and at one more alias, which is told */
	put(scene.store, "example/d16/DNAME", "other.");
	ask(scene.store, scene.zones, "x.d0.example.", TYPE_A, out);
	assert_int_equal(count_word(out, " CNAME "), 17);
	assert_int_equal(count_word(out, " DNAME "), 17);
	check(strncmp(out, "NOERROR | ", 10) == 0, "%s", out);
	scene_clear(&scene);
}

/** Aliases that were followed on the way to a name count. */
static void
test_aliases_on_the_way(void** state)
{
	static const unsigned most[][2] = { { 0, 17 }, { 1, 16 }, { 8, 9 },
		{ 15, 2 }, { 16, 1 }, { 17, 1 }, { UINT32_MAX, 1 } };
	struct answer* answer = malloc(sizeof(*answer));
	struct name_walk walk;
	struct scene scene;
	struct name name;
	size_t i;
	(void)state;
	assert_non_null(answer);
	scene_create(&scene, alias_zones, 1);
	put(scene.store, "example/grow/DNAME", "g.grow.example.");
	question_name(&name, "x.grow.example.");
	assert_true(name_walk_init(&walk, name.wire, name.len,
		store_seed(scene.store)));
	for(i = 0; i < COUNT(most); i++) {
		store_read_lock(scene.store);
		answer_find(find_zone(scene.store, scene.zones,
			"x.grow.example.", TYPE_A), &walk, TYPE_A, most[i][0],
			answer);
		/* the DNAME, and what it makes */
		check(answer->count == 1 + most[i][1] && answer->answers ==
			answer->count && answer->end == ANSWER_COMPLETE &&
			answer->name == answer->rrset[answer->count - 1].rdata
			+ 2, "%zu: %zu", i, answer->count);
		store_read_unlock(scene.store);
	}
	free(answer);
	scene_clear(&scene);
}

/* --- delegations --------------------------------------------------------- */

#define SHA1 "0123456789abcdef0123456789abcdef01234567"

static const char* const cut_zones[] = { "example.", "other.",
	"mine.cut.example.", "+fall." };

static const char* const cut_data[][2] = {
	/* the apex has an NS RRset, and is no cut */
	{ "example/NS", "ns.example." },
	{ "example/ns/A", "192.0.2.22" },
	{ "example/*/TXT", "wild" },
	/* servers below the cut, beside it, in another zone, and elsewhere */
	{ "example/cut/NS", "[\"ns.cut.example.\",\"NS.example.\","
		"\"ns.other.\",\"ns.out.net.\"]" },
	{ "example/cut/DS", "1 8 1 " SHA1 },
	{ "example/cut/ns/A", "192.0.2.21" },
	{ "example/cut/ns/AAAA", "2001:db8::21" },
	{ "other/ns/A", "192.0.2.23" },
	/* what is at the cut, and below, and what is cut there once more */
	{ "example/cut/A", "192.0.2.20" },
	{ "example/cut/TXT", "occluded" },
	{ "example/cut/www/A", "192.0.2.24" },
	{ "example/cut/*/A", "192.0.2.25" },
	{ "example/cut/alias/CNAME", "ns.example." },
	{ "example/cut/dname/DNAME", "example." },
	{ "example/cut/deep/NS", "ns.deep.cut.example." },
	{ "example/cut/deep/DS", "2 8 1 " SHA1 },
	/* a zone of ours below it */
	{ "example/cut/mine/A", "192.0.2.26" },
	{ "example/cut/mine/DS", "3 8 1 " SHA1 },
	/* a cut without DS, and without glue */
	{ "example/nods/NS", "{\"ttl\":7,\"rdata\":\"ns.nods.example.\"}" },
	{ "example/nods/x/DS", "4 8 1 " SHA1 },
	/* the server is in a zone of ours below a cut */
	{ "example/nsmine/NS", "mine.cut.example." },
	/* aliases that lead there */
	{ "example/to-cut/CNAME", "www.cut.example." },
	{ "example/at-cut/CNAME", "Cut.Example." },
	{ "example/to-mine/CNAME", "mine.cut.example." },
	{ "other/d/DNAME", "cut.example." },
	{ "other/to-to/CNAME", "to-cut.example." },
	/* a cut below an empty non-terminal, and in a zone that falls
	 * through */
	{ "example/ent/below/NS", "ns.out.net." },
	{ "fall/cut/NS", "ns.other." },
	{ "fall/cut/x/A", "192.0.2.27" },
};

#define CUT_NS "NS 300 NS.example. ns.cut.example. ns.out.net. ns.other. | " \
	"ad ns.cut.example. A 300 192.0.2.21 | " \
	"ad ns.cut.example. AAAA 300 2001:db8::21 | " \
	"ad NS.example. A 300 192.0.2.22 | " \
	"ad ns.other. A 300 192.0.2.23 | REFERRAL"
#define CUT "NOERROR | au cut.example. " CUT_NS

static const struct ask_case cut_cases[] = {
	/* at the cut */
	{ "cut.example.", TYPE_A, CUT },
	{ "cut.example.", TYPE_NS, CUT },
	{ "cut.example.", TYPE_ANY, CUT },
	{ "cut.example.", TYPE_SOA, CUT },
	{ "cut.example.", TYPE_AAAA, CUT },
	{ "CUT.example.", TYPE_A, CUT },
	{ "cut.example.", 0, CUT },
	{ "cut.example.", TYPE_DS, "NOERROR | an @ DS 300 00010801" SHA1 },
	{ "nods.example.", TYPE_DS, "NOERROR" EMPTY },
	{ "nods.example.", TYPE_A, "NOERROR | au nods.example. NS 7 "
		"ns.nods.example. | REFERRAL" },
	/* below it, be there records or not */
	{ "www.cut.example.", TYPE_A, CUT },
	{ "www.cut.example.", TYPE_AAAA, CUT },
	{ "ns.cut.example.", TYPE_A, CUT },
	{ "x.y.z.cut.example.", TYPE_A, CUT },
	{ "*.cut.example.", TYPE_A, CUT },
	{ "alias.cut.example.", TYPE_A, CUT },
	{ "x.dname.cut.example.", TYPE_A, CUT },
	{ "www.cut.example.", TYPE_DS, CUT },
	{ "x.nods.example.", TYPE_DS, "NOERROR | au nods.example. NS 7 "
		"ns.nods.example. | REFERRAL" },
	/* a cut below it is not this zone's */
	{ "deep.cut.example.", TYPE_A, CUT },
	{ "x.deep.cut.example.", TYPE_A, CUT },
	{ "deep.cut.example.", TYPE_DS, CUT },
	/* but a zone of ours is ours; its DS is its parent's, who is below
	 * the cut */
	{ "mine.cut.example.", TYPE_A, "NOERROR | an @ A 300 192.0.2.26" },
	{ "mine.cut.example.", TYPE_NS, "NOERROR | au mine.cut.example. SOA "
		"60" SOA_RDATA },
	{ "x.mine.cut.example.", TYPE_A, "NXDOMAIN | au mine.cut.example. SOA "
		"60" SOA_RDATA },
	{ "mine.cut.example.", TYPE_DS, CUT },
	/* glue from a zone of ours */
	{ "nsmine.example.", TYPE_A, "NOERROR | au nsmine.example. NS 300 "
		"mine.cut.example. | ad mine.cut.example. A 300 192.0.2.26 | "
		"REFERRAL" },
	/* the wildcard beside it */
	{ "cut2.example.", TYPE_TXT, "NOERROR | an @ TXT 300 \"wild\"" },
	{ "xcut.example.", TYPE_NS, "NOERROR" EMPTY },
	/* the apex is no cut */
	{ "example.", TYPE_NS, "NOERROR | an @ NS 300 ns.example. | ad "
		"ns.example. A 300 192.0.2.22" },
	{ "example.", TYPE_A, "NOERROR" EMPTY },
	{ "example.", TYPE_SOA, "NOERROR | an @ SOA 300" SOA_RDATA },
	{ "example.", TYPE_ANY, "NOERROR | an @ NS 300 ns.example. | ad "
		"ns.example. A 300 192.0.2.22" },
	/* aliases that lead there */
	{ "to-cut.example.", TYPE_A, "NOERROR | an @ CNAME 300 "
		"www.cut.example. | au cut.example. " CUT_NS
		" www.cut.example." },
	{ "to-cut.example.", TYPE_CNAME, "NOERROR | an @ CNAME 300 "
		"www.cut.example." },
	{ "at-cut.example.", TYPE_A, "NOERROR | an @ CNAME 300 Cut.Example. "
		"| au Cut.Example. " CUT_NS " Cut.Example." },
	{ "at-cut.example.", TYPE_DS, "NOERROR | an @ CNAME 300 Cut.Example. "
		"| an Cut.Example. DS 300 00010801" SHA1 },
	{ "to-to.other.", TYPE_AAAA, "NOERROR | an @ CNAME 300 "
		"to-cut.example. | an to-cut.example. CNAME 300 "
		"www.cut.example. | au cut.example. " CUT_NS
		" www.cut.example." },
	{ "x.d.other.", TYPE_A, "NOERROR | an d.other. DNAME 300 cut.example. "
		"| an @ CNAME 300 x.cut.example. | au cut.example. " CUT_NS
		" x.cut.example." },
	{ "to-mine.example.", TYPE_A, "NOERROR | an @ CNAME 300 "
		"mine.cut.example. | an mine.cut.example. A 300 192.0.2.26" },
	/* below an empty non-terminal */
	{ "ent.example.", TYPE_TXT, "NOERROR" EMPTY },
	{ "x.ent.example.", TYPE_TXT, "NXDOMAIN" EMPTY },
	{ "x.below.ent.example.", TYPE_TXT, "NOERROR | au below.ent.example. "
		"NS 300 ns.out.net. | REFERRAL" },
	/* in a zone that falls through */
	{ "x.cut.fall.", TYPE_A, "NOERROR | au cut.fall. NS 300 ns.other. | "
		"ad ns.other. A 300 192.0.2.23 | REFERRAL" },
	{ "cut.fall.", TYPE_DS, "NOERROR | au fall. SOA 60" SOA_RDATA },
	{ "x.fall.", TYPE_A, "NOERROR | OUTSIDE" },
};

static void
test_delegations(void** state)
{
	(void)state;
	CHECK_SCENE(cut_zones, cut_data, cut_cases);
}

/** A delegation that goes leaves what was below it. */
static void
test_delegation_goes(void** state)
{
	struct scene scene;
	struct contribution key;
	(void)state;
	scene_create(&scene, cut_zones, 1);
	put(scene.store, "example/cut/NS", "ns.out.net.");
	put(scene.store, "example/cut/www/A", "192.0.2.1");
	check_ask(&scene, "www.cut.example.", TYPE_A, "NOERROR | au "
		"cut.example. NS 300 ns.out.net. | REFERRAL");
	assert_null(helix_key_read(&key, "example/cut/NS", 14));
	assert_true(store_remove(scene.store, &key));
	assert_true(store_commit(scene.store));
	check_ask(&scene, "www.cut.example.", TYPE_A,
		"NOERROR | an @ A 300 192.0.2.1");
	check_ask(&scene, "x.cut.example.", TYPE_A, "NXDOMAIN" EMPTY);
	scene_clear(&scene);
}

/* --- addresses ----------------------------------------------------------- */

static const char* const address_data[][2] = {
	{ "example/a/A", "{\"ttl\":3,\"rdata\":\"192.0.2.1\"}" },
	{ "example/a/AAAA", "2001:db8::1" },
	{ "example/a/MX", "10 a.example." },
	{ "example/b/AAAA", "2001:db8::2" },
	{ "example/alias/CNAME", "a.example." },
	{ "example/w/*/A", "192.0.2.3" },
	{ "other/a/A", "192.0.2.4" },
	{ "fall/a/A", "192.0.2.5" },
	{ "example/m/MX", "[\"10 a.example.\",\"20 b.example.\","
		"\"30 a.example.\",\"40 A.Example.\",\"50 a.other.\"]" },
	/* targets that give none */
	{ "example/none/MX", "[\"0 .\",\"1 mail.outside.net.\","
		"\"2 gone.example.\",\"3 alias.example.\",\"4 x.w.example.\","
		"\"5 x.fall.\",\"6 example.\"]" },
	{ "example/s/SRV", "[\"1 2 3 b.example.\",\"1 2 4 a.fall.\","
		"\"5 6 7 B.example.\"]" },
	{ "example/s/SRV/none", "0 0 0 ." },
	{ "example/az/A", "192.0.2.7" },
	{ "example/caps/MX", "[\"10 AZ.example.\",\"20 az.example.\"]" },
	{ "example/wm/*/MX", "10 x.wm.example." },
	{ "example/wm/x/A", "192.0.2.6" },
	/* below a DNAME nothing is seen */
	{ "example/d/DNAME", "other." },
	{ "example/d/x/A", "192.0.2.7" },
	{ "example/md/MX", "[\"1 x.d.example.\",\"2 d.example.\"]" },
	{ "example/d/A", "192.0.2.8" },
	/* but a DNAME at a cut, or below it, is not seen itself */
	{ "example/dcut/NS", "ns.x.dcut.example." },
	{ "example/dcut/DNAME", "other." },
	{ "example/dcut/x/DNAME", "other." },
	{ "example/dcut/x/ns/A", "192.0.2.10" },
	/* the glue that a cut needs comes first */
	{ "example/cut/NS", "[\"a.other.\",\"ns.CUT.example.\"]" },
	{ "example/cut/ns/A", "192.0.2.9" },
	/* other types have names, too, but none whose addresses are wanted */
	{ "example/t/TXT", "a.example." },
	{ "example/t/PTR", "a.example." },
};

#define ADDRESSES_A " | ad a.example. A 3 192.0.2.1 | " \
	"ad a.example. AAAA 300 2001:db8::1"

static const struct ask_case address_cases[] = {
	{ "a.example.", TYPE_MX, "NOERROR | an @ MX 300 10 a.example."
		ADDRESSES_A },
	/* each once, in whatever case */
	{ "m.example.", TYPE_MX, "NOERROR | an @ MX 300 10 a.example. 20 "
		"b.example. 30 a.example. 40 A.Example. 50 a.other."
		ADDRESSES_A " | ad b.example. AAAA 300 2001:db8::2 | ad "
		"a.other. A 300 192.0.2.4" },
	{ "m.example.", TYPE_ANY, "NOERROR | an @ MX 300 10 a.example. 20 "
		"b.example. 30 a.example. 40 A.Example. 50 a.other."
		ADDRESSES_A " | ad b.example. AAAA 300 2001:db8::2 | ad "
		"a.other. A 300 192.0.2.4" },
	{ "caps.example.", TYPE_MX, "NOERROR | an @ MX 300 10 AZ.example. 20 "
		"az.example. | ad AZ.example. A 300 192.0.2.7" },
	{ "none.example.", TYPE_MX, "NOERROR | an @ MX 300 0 . 1 "
		"mail.outside.net. 2 gone.example. 3 alias.example. 4 "
		"x.w.example. 5 x.fall. 6 example." },
	{ "s.example.", TYPE_SRV, "NOERROR | an @ SRV 300 0 0 0 . 1 2 3 "
		"b.example. 1 2 4 a.fall. 5 6 7 B.example. | ad b.example. "
		"AAAA 300 2001:db8::2 | ad a.fall. A 300 192.0.2.5" },
	{ "q.wm.example.", TYPE_MX, "NOERROR | an @ MX 300 10 x.wm.example. | "
		"ad x.wm.example. A 300 192.0.2.6" },
	{ "t.example.", TYPE_TXT, "NOERROR | an @ TXT 300 \"a.example.\"" },
	{ "t.example.", 12, "NOERROR | an @ PTR 300 "
		"0161076578616d706c6500" },
	{ "md.example.", TYPE_MX, "NOERROR | an @ MX 300 1 x.d.example. 2 "
		"d.example. | ad d.example. A 300 192.0.2.8" },
	{ "x.dcut.example.", TYPE_A, "NOERROR | au dcut.example. NS 300 "
		"ns.x.dcut.example. | ad ns.x.dcut.example. A 300 192.0.2.10 "
		"| REFERRAL" },
	{ "x.Cut.example.", TYPE_A, "NOERROR | au cut.example. NS 300 "
		"a.other. ns.CUT.example. | ad ns.CUT.example. A 300 "
		"192.0.2.9 | ad a.other. A 300 192.0.2.4 | REFERRAL" },
	/* nothing is added where there is no answer */
	{ "m.example.", TYPE_A, "NOERROR" EMPTY },
};

static void
test_addresses(void** state)
{
	(void)state;
	CHECK_SCENE(alias_zones, address_data, address_cases);
}

/** The name servers of the configuration get their addresses, too. */
static void
test_addresses_of_configured_servers(void** state)
{
	static const char* const zones[] = { "=fall.", "example." };
	static const char* const data[][2] = {
		{ "example/ns1/A", "192.0.2.1" },
	};
	static const struct ask_case cases[] = {
		{ "fall.", TYPE_NS, "NOERROR | an @ NS 300 ns1.example. | ad "
			"ns1.example. A 300 192.0.2.1" },
	};
	(void)state;
	CHECK_SCENE(zones, data, cases);
}

/* --- SOA and NS ---------------------------------------------------------- */

static const char* const soa_data[][2] = {
	{ "example/SOA",
		"{\"ttl\":50,\"rdata\":\"Ns.x. h.x. 0 11 12 13 40\"}" },
	{ "other/SOA", "ns.y. h.y. 4294967295 21 22 23 900" },
	{ "other/NS", "ns.y." },
	{ "other/a/A", "192.0.2.1" },
	{ "fall/SOA", "n. h. 5 1 2 3 4" },
};

static const struct ask_case soa_cases[] = {
	/* serial 0 follows etcd; asked for, it has its own TTL; denying, no
	 * more than the minimum (RFC 2308 3) */
	{ "example.", TYPE_SOA, "NOERROR | an @ SOA 50 Ns.x. h.x. 77 11 12 13 "
		"40" },
	{ "EXAMPLE.", TYPE_ANY, "NOERROR | an @ SOA 50 Ns.x. h.x. 77 11 12 13 "
		"40" },
	{ "example.", TYPE_A, "NOERROR | au example. SOA 40 Ns.x. h.x. 77 11 "
		"12 13 40" },
	{ "x.example.", TYPE_A, "NXDOMAIN | au example. SOA 40 Ns.x. h.x. 77 "
		"11 12 13 40" },
	/* another serial stands; and the TTL is less than the minimum */
	{ "other.", TYPE_SOA, "NOERROR | an @ SOA 300 ns.y. h.y. 4294967295 "
		"21 22 23 900" },
	{ "a.other.", TYPE_AAAA, "NOERROR | au other. SOA 300 ns.y. h.y. "
		"4294967295 21 22 23 900" },
	{ "x.other.", TYPE_A, "NXDOMAIN | au other. SOA 300 ns.y. h.y. "
		"4294967295 21 22 23 900" },
	{ "other.", TYPE_NS, "NOERROR | an @ NS 300 ns.y." },
	{ "other.", TYPE_ANY, "NOERROR | an @ NS 300 ns.y." },
	/* an apex with an SOA has records: it does not fall through */
	{ "fall.", TYPE_SOA, "NOERROR | an @ SOA 300 n. h. 5 1 2 3 4" },
	{ "fall.", TYPE_A, "NOERROR | au fall. SOA 4 n. h. 5 1 2 3 4" },
	{ "x.fall.", TYPE_A, "NOERROR | OUTSIDE" },
};

static void
test_soa_from_etcd(void** state)
{
	struct scene scene;
	struct zone* zone;
	size_t i;
	(void)state;
	scene_create(&scene, alias_zones, COUNT(alias_zones));
	for(i = 0; i < COUNT(soa_data); i++)
		put(scene.store, soa_data[i][0], soa_data[i][1]);
	zone = find_zone(scene.store, scene.zones, "example.", TYPE_SOA);
	zone_seen(zone, 77);
	zone_changed(zone);
	zones_settle(scene.zones);
	check_cases(scene.store, scene.zones, soa_cases, COUNT(soa_cases));
	scene_clear(&scene);
}

/** An NS RRset of etcd takes the place of the configuration's. */
static void
test_ns_from_etcd(void** state)
{
	struct two_zones two;
	char out[SHOWN_MAX];
	(void)state;
	two_zones_create(&two);
	put(two.store, "com/example/NS", "{\"ttl\":8,\"rdata\":\"ns.x.\"}");
	assert_string_equal(ask(two.store, two.zones, "example.com.", TYPE_NS,
		out), "NOERROR | an @ NS 8 ns.x.");
	/* in the zone without cuts, too; the parent of a zone has no say */
	put(two.store, "com/example/sub/NS", "ns.y.");
	assert_string_equal(ask(two.store, two.zones, "sub.example.com.",
		TYPE_NS, out), "NOERROR | an @ NS 30 ns.y.");
	note_cuts(two.store, two.zones);
	assert_string_equal(ask(two.store, two.zones, "sub.example.com.",
		TYPE_NS, out), "NOERROR | an @ NS 30 ns.y.");
	assert_string_equal(ask(two.store, two.zones, "x.sub.example.com.",
		TYPE_A, out), "NXDOMAIN | au sub.example.com. SOA 30"
		SOA_RDATA);
	two_zones_clear(&two);
}

/** The SOA of the zone at which an alias ends has that zone's serial. */
static void
test_serial_at_end_of_alias(void** state)
{
	struct scene scene;
	struct zone* zone;
	(void)state;
	scene_create(&scene, alias_zones, 2);
	put(scene.store, "example/nx/CNAME", "gone.other.");
	zone = find_zone(scene.store, scene.zones, "example.", TYPE_SOA);
	zone_seen(zone, 5);
	zone_changed(zone);
	zone = find_zone(scene.store, scene.zones, "other.", TYPE_SOA);
	zone_seen(zone, 6);
	zone_changed(zone);
	zones_settle(scene.zones);
	check_ask(&scene, "nx.example.", TYPE_A, "NXDOMAIN | an @ CNAME 300 "
		"gone.other. | au other. SOA 60 ns1.example. root.example. 6 "
		"1 2 3 60");
	scene_clear(&scene);
}

/* --- falling through ----------------------------------------------------- */

static const char* const fall_zones[] = { "+bare.", "=ns.", "+data." };

static const char* const fall_data[][2] = {
	{ "bare/a/A", "192.0.2.1" },
	{ "bare/ent/x/A", "192.0.2.2" },
	{ "bare/w/*/A", "192.0.2.3" },
	{ "bare/went/*/x/A", "192.0.2.4" },
	{ "bare/six/*/AAAA", "2001:db8::1" },
	{ "bare/d/DNAME", "w.bare." },
	{ "ns/a/A", "192.0.2.5" },
	{ "data/A", "192.0.2.6" },
};

#define FALLS "NOERROR | OUTSIDE"
#define BARE " | au bare. SOA 60" SOA_RDATA

static const struct ask_case fall_cases[] = {
	/* names that have records are ours, for all types */
	{ "a.bare.", TYPE_A, "NOERROR | an @ A 300 192.0.2.1" },
	{ "a.bare.", TYPE_AAAA, "NOERROR" BARE },
	{ "a.bare.", TYPE_ANY, "NOERROR | an @ A 300 192.0.2.1" },
	{ "a.bare.", TYPE_DS, "NOERROR" BARE },
	{ "a.bare.", 0, "NOERROR" BARE },
	{ "A.BARE.", TYPE_AAAA, "NOERROR" BARE },
	/* others are not, be there names below or not */
	{ "x.bare.", TYPE_A, FALLS },
	{ "x.bare.", TYPE_ANY, FALLS },
	{ "x.bare.", TYPE_DS, FALLS },
	{ "x.bare.", 0, FALLS },
	{ "x.y.bare.", TYPE_A, FALLS },
	{ "x.a.bare.", TYPE_A, FALLS },
	{ "ent.bare.", TYPE_A, FALLS },
	{ "ent.bare.", TYPE_ANY, FALLS },
	{ "x.ent.bare.", TYPE_A, "NOERROR | an @ A 300 192.0.2.2" },
	/* an apex without records, unless the configuration has its NS */
	{ "bare.", TYPE_A, FALLS },
	{ "bare.", TYPE_SOA, FALLS },
	{ "bare.", TYPE_NS, FALLS },
	{ "bare.", TYPE_ANY, FALLS },
	{ "ns.", TYPE_NS, "NOERROR | an @ NS 300 ns1.example." },
	{ "ns.", TYPE_SOA, "NOERROR | an @ SOA 300" SOA_RDATA },
	{ "ns.", TYPE_A, "NOERROR | au ns. SOA 60" SOA_RDATA },
	{ "ns.", TYPE_ANY, "NOERROR | an @ SOA 300" SOA_RDATA },
	{ "a.ns.", TYPE_NS, "NOERROR | au ns. SOA 60" SOA_RDATA },
	{ "x.ns.", TYPE_A, FALLS },
	{ "data.", TYPE_A, "NOERROR | an @ A 300 192.0.2.6" },
	{ "data.", TYPE_SOA, "NOERROR | an @ SOA 300" SOA_RDATA },
	{ "data.", TYPE_NS, "NOERROR | au data. SOA 60" SOA_RDATA },
	{ "x.data.", TYPE_A, FALLS },
	/* a wildcard that has records gives them to all names */
	{ "x.w.bare.", TYPE_A, "NOERROR | an @ A 300 192.0.2.3" },
	{ "x.w.bare.", TYPE_AAAA, "NOERROR" BARE },
	{ "w.bare.", TYPE_A, FALLS },
	{ "x.six.bare.", TYPE_A, "NOERROR" BARE },
	/* one that has none does not */
	{ "y.went.bare.", TYPE_A, FALLS },
	{ "*.went.bare.", TYPE_A, FALLS },
	/* a DNAME is followed to what falls through, and to what does not */
	{ "x.d.bare.", TYPE_A, "NOERROR | an d.bare. DNAME 300 w.bare. | an @ "
		"CNAME 300 x.w.bare. | an x.w.bare. A 300 192.0.2.3" },
	{ "d.bare.", TYPE_A, "NOERROR" BARE },
};

static void
test_falling_through(void** state)
{
	(void)state;
	CHECK_SCENE(fall_zones, fall_data, fall_cases);
}

/** Names that no rdata and no key of ours has: type 0 everywhere. */
static void
test_type_0(void** state)
{
	static const char* const data[][2] = {
		{ "example/a/A", "192.0.2.1" },
		{ "example/ent/x/A", "192.0.2.1" },
		{ "example/w/*/A", "192.0.2.1" },
	};
	static const struct ask_case cases[] = {
		{ "a.example.", 0, "NOERROR" EMPTY },
		{ "ent.example.", 0, "NOERROR" EMPTY },
		{ "x.w.example.", 0, "NOERROR" EMPTY },
		{ "example.", 0, "NOERROR" EMPTY },
		{ "gone.example.", 0, "NXDOMAIN" EMPTY },
	};
	(void)state;
	CHECK_SCENE(alias_zones, data, cases);
}

/* --- answers that stay as they are --------------------------------------- */

/** plain. and other. have neither zone cuts nor DNAMEs, cut. has both; above.
 * has a zone below it that falls through */
static const char* const exact_zones[] = { "plain.", "other.", "+fall.",
	"cut.", "above.", "+x.y.above." };

static const char* const exact_data[][2] = {
	{ "plain/a/A", "192.0.2.1" },
	{ "plain/a/AAAA", "2001:db8::1" },
	{ "plain/t/TXT", "text" },
	{ "plain/m/MX", "10 a.plain." },
	{ "plain/m0/MX", "10 mail.outside.net." },
	{ "plain/s/SRV", "1 2 3 a.plain." },
	{ "plain/am/A", "192.0.2.2" },
	{ "plain/am/MX", "10 a.plain." },
	{ "plain/ent/x/A", "192.0.2.3" },
	{ "plain/A", "192.0.2.4" },
	{ "plain/NS", "a.plain." },
	{ "plain/SOA", "n. h. 5 1 2 3 4" },
	/* aliases */
	{ "plain/c1/CNAME", "a.plain." },
	{ "plain/c2/CNAME", "c1.plain." },
	{ "plain/cross/CNAME", "a.other." },
	{ "other/back/CNAME", "c2.plain." },
	{ "plain/there/CNAME", "back.other." },
	{ "plain/out/CNAME", "www.outside.net." },
	{ "plain/nx/CNAME", "gone.plain." },
	{ "plain/no-data/CNAME", "t.plain." },
	{ "plain/loop1/CNAME", "loop2.plain." },
	{ "plain/loop2/CNAME", "loop1.plain." },
	{ "plain/mail/CNAME", "m.plain." },
	{ "plain/falls/CNAME", "x.fall." },
	{ "plain/has/CNAME", "a.fall." },
	{ "plain/to-cut/CNAME", "a.cut." },
	{ "plain/to-below/CNAME", "x.ns.cut." },
	{ "plain/to-apex/CNAME", "other." },
	/* wildcards */
	{ "plain/w/*/A", "192.0.2.5" },
	{ "plain/wc/*/CNAME", "a.plain." },
	{ "plain/to-w/CNAME", "x.w.plain." },
	{ "other/a/A", "192.0.2.6" },
	{ "fall/a/A", "192.0.2.7" },
	{ "above/a/A", "192.0.2.9" },
	{ "plain/to-above/CNAME", "a.above." },
	/* whatever is in there */
	{ "cut/a/A", "192.0.2.8" },
	{ "cut/ns/NS", "ns.outside.net." },
	{ "cut/alias/CNAME", "a.plain." },
	{ "cut/d/DNAME", "plain." },
	{ "plain/to-d/CNAME", "a.d.cut." },
};

/** A question, and whether nothing can make its answer another one but a change
 * at a name of its RRsets, and no zone is open. */
struct exact_case {
	/** qname */
	const char* name;
	/** qtype */
	uint16_t type;
	/** whether it is so */
	bool cacheable;
};

static const struct exact_case exact_cases[] = {
	{ "a.plain.", TYPE_A, true },
	{ "A.Plain.", TYPE_AAAA, true },
	{ "a.plain.", TYPE_ANY, true },
	{ "t.plain.", TYPE_TXT, true },
	{ "x.ent.plain.", TYPE_A, true },
	{ "plain.", TYPE_A, true },
	/* the wildcard itself is a name as others are */
	{ "*.w.plain.", TYPE_A, true },
	/* chains, in one zone and over more */
	{ "c1.plain.", TYPE_A, true },
	{ "c1.plain.", TYPE_CNAME, true },
	{ "c2.plain.", TYPE_AAAA, true },
	{ "cross.plain.", TYPE_A, true },
	{ "there.plain.", TYPE_A, true },
	{ "out.plain.", TYPE_CNAME, true },
	{ "out.plain.", TYPE_ANY, true },
	/* that end in nothing, or elsewhere */
	{ "out.plain.", TYPE_A, false },
	{ "nx.plain.", TYPE_A, false },
	{ "no-data.plain.", TYPE_A, false },
	{ "loop1.plain.", TYPE_A, false },
	{ "loop1.plain.", TYPE_CNAME, true },
	{ "falls.plain.", TYPE_A, false },
	/* no data, no name */
	{ "a.plain.", TYPE_TXT, false },
	{ "ent.plain.", TYPE_A, false },
	{ "ent.plain.", TYPE_ANY, false },
	{ "gone.plain.", TYPE_A, false },
	{ "a.plain.", 0, false },
	{ "x.fall.", TYPE_A, false },
	/* addresses that come and go, whether there are any or not */
	{ "m.plain.", TYPE_MX, false },
	{ "m.plain.", TYPE_ANY, false },
	{ "m0.plain.", TYPE_MX, false },
	{ "mail.plain.", TYPE_MX, false },
	{ "s.plain.", TYPE_SRV, false },
	{ "plain.", TYPE_NS, false },
	{ "am.plain.", TYPE_A, true },
	{ "am.plain.", TYPE_ANY, true },
	/* a serial that may follow etcd; what the configuration says */
	{ "plain.", TYPE_SOA, false },
	{ "other.", TYPE_SOA, false },
	{ "other.", TYPE_ANY, false },
	{ "to-apex.plain.", TYPE_SOA, false },
	/* wildcards, at once and behind an alias */
	{ "x.w.plain.", TYPE_A, false },
	{ "x.wc.plain.", TYPE_A, false },
	{ "x.wc.plain.", TYPE_CNAME, false },
	{ "to-w.plain.", TYPE_A, false },
	/* where zones are open, on the way or at the end */
	{ "a.fall.", TYPE_A, false },
	{ "has.plain.", TYPE_A, false },
	{ "a.above.", TYPE_A, false },
	{ "to-above.plain.", TYPE_A, false },
	/* where there are zone cuts or DNAMEs, on the way or at the end */
	{ "a.cut.", TYPE_A, false },
	{ "x.ns.cut.", TYPE_A, false },
	{ "d.cut.", TYPE_DNAME, false },
	{ "alias.cut.", TYPE_A, false },
	{ "a.d.cut.", TYPE_A, false },
	{ "to-cut.plain.", TYPE_A, false },
	{ "to-below.plain.", TYPE_A, false },
	{ "to-d.plain.", TYPE_A, false },
};

/** Whether the answer to a question is cacheable. */
static bool
ask_exact(struct store* store, const struct zones* zones, const char* text,
	uint16_t type)
{
	struct answer* answer = malloc(sizeof(*answer));
	struct name_walk walk;
	struct name name;
	bool cacheable;
	assert_non_null(answer);
	question_name(&name, text);
	assert_true(name_walk_init(&walk, name.wire, name.len,
		store_seed(store)));
	/* it says no where there is nothing else to say */
	memset(answer, 0xff, sizeof(*answer));
	store_read_lock(store);
	answer_find(find_zone(store, zones, text, type), &walk, type, 0, answer);
	cacheable = answer->cacheable;
	store_read_unlock(store);
	free(answer);
	return cacheable;
}

/** Zones without zone cuts, but for cut. */
static void
exact_scene_create(struct scene* scene)
{
	struct zone_settings settings[COUNT(exact_zones)];
	struct name ns;
	size_t i;
	question_name(&ns, "a.plain.");
	for(i = 0; i < COUNT(exact_zones); i++) {
		bool falls = *exact_zones[i] == '+';
		settings_init(&settings[i], exact_zones[i] + falls);
		settings[i].fallthrough = falls;
		settings[i].ns = &ns;
		settings[i].ns_count = 1;
	}
	scene->store = store_new();
	scene->zones = zones_create(scene->store, settings,
		COUNT(exact_zones));
	assert_non_null(scene->zones);
	zone_note_cut(find_zone(scene->store, scene->zones, "cut.",
		TYPE_SOA));
	for(i = 0; i < COUNT(exact_data); i++)
		put(scene->store, exact_data[i][0], exact_data[i][1]);
}

static void
test_exact(void** state)
{
	struct scene scene;
	size_t i;
	(void)state;
	exact_scene_create(&scene);
	for(i = 0; i < COUNT(exact_cases); i++) {
		const struct exact_case* row = &exact_cases[i];
		check(ask_exact(scene.store, scene.zones, row->name,
			row->type) == row->cacheable, "%s %u", row->name,
			(unsigned)row->type);
	}
	/* and where any zone may have cuts, none is */
	note_cuts(scene.store, scene.zones);
	for(i = 0; i < COUNT(exact_cases); i++) {
		const struct exact_case* row = &exact_cases[i];
		check(!ask_exact(scene.store, scene.zones, row->name,
			row->type), "%s %u, with cuts", row->name,
			(unsigned)row->type);
	}
	scene_clear(&scene);
}

/** Chains of so many aliases that all are followed, and of one more. */
static void
test_exact_long_chains(void** state)
{
	unsigned aliases;
	(void)state;
	for(aliases = 15; aliases <= 18; aliases++) {
		struct scene scene;
		char key[64];
		exact_scene_create(&scene);
		put_chain(&scene, "plain", aliases);
		sprintf(key, "plain/n%u/A", aliases);
		put(scene.store, key, "192.0.2.1");
		check(ask_exact(scene.store, scene.zones, "n0.plain.", TYPE_A)
			== (aliases <= 16), "%u", aliases);
		scene_clear(&scene);
	}
}

#define test(function) \
	cmocka_unit_test_teardown(function, stop_reading)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_answers),
		test(test_wildcards),
		test(test_wildcards_end_at_apex),
		test(test_root_zone),
		test(test_ttls),
		test(test_longest_names),
		test(test_rfc4592),
		test(test_aliases),
		test(test_long_chains),
		test(test_long_circles),
		test(test_dnames),
		test(test_too_long),
		test(test_growing_circles),
		test(test_longest_answer),
		test(test_longest_referral),
		test(test_addresses_of_both_kinds),
		test(test_targets_without_addresses),
		test(test_ends_of_longest_chains),
		test(test_aliases_on_the_way),
		test(test_delegations),
		test(test_delegation_goes),
		test(test_addresses),
		test(test_addresses_of_configured_servers),
		test(test_soa_from_etcd),
		test(test_ns_from_etcd),
		test(test_serial_at_end_of_alias),
		test(test_falling_through),
		test(test_type_0),
		test(test_exact),
		test(test_exact_long_chains),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
