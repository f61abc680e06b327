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
#include "scenes.h"
#include <string.h>

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
	{ "foo.example.com.", TYPE_A, DATA "A 300 192.0.2.1 192.0.2.2" },
	{ "FOO.example.com.", TYPE_A, DATA "A 300 192.0.2.1 192.0.2.2" },
	{ "foo.example.com.", TYPE_AAAA, DATA "AAAA 300 2001:db8::1" },
	/* no data */
	{ "foo.example.com.", TYPE_MX, NODATA },
	{ "foo.example.com.", TYPE_NS, NODATA },
	{ "foo.example.com.", TYPE_SOA, NODATA },
	{ "foo.example.com.", TYPE_DS, NODATA },
	{ "six.example.com.", TYPE_A, NODATA },
	/* an empty non-terminal (RFC 8020) */
	{ "b.example.com.", TYPE_A, NODATA },
	{ "b.example.com.", TYPE_ANY, NODATA },
	{ "a.b.example.com.", TYPE_A, DATA "A 300 192.0.2.3" },
	/* no name */
	{ "bar.example.com.", TYPE_A, NXDOMAIN },
	{ "bar.example.com.", TYPE_ANY, NXDOMAIN },
	{ "bar.example.com.", TYPE_SOA, NXDOMAIN },
	{ "bar.example.com.", TYPE_DS, NXDOMAIN },
	{ "x.foo.example.com.", TYPE_A, NXDOMAIN },
	{ "x.y.z.foo.example.com.", TYPE_A, NXDOMAIN },
	{ "c.b.example.com.", TYPE_A, NXDOMAIN },
	/* TTLs: the key's, or the zone's, and the lowest of several */
	{ "ttl.example.com.", TYPE_A, DATA "A 0 192.0.2.4" },
	{ "long.example.com.", TYPE_A, DATA "A 86400 192.0.2.5" },
	{ "max.example.com.", TYPE_A, DATA "A 2147483647 192.0.2.8" },
	{ "mixed.example.com.", TYPE_A, DATA "A 300 192.0.2.6 192.0.2.7" },
	{ "low.example.com.", TYPE_A, DATA "A 20 192.0.2.6 192.0.2.7" },
	/* ANY gets one RRset (RFC 8482) */
	{ "foo.example.com.", TYPE_ANY, DATA "A 300 192.0.2.1 192.0.2.2" },
	{ "six.example.com.", TYPE_ANY, DATA "AAAA 300 2001:db8::6" },
	/* the apex without records */
	{ "example.com.", TYPE_SOA, DATA "SOA 300" SOA_RDATA },
	{ "example.com.", TYPE_NS,
		DATA "NS 300 ns1.example. ns2.example.net." },
	{ "example.com.", TYPE_A, NODATA },
	{ "example.com.", TYPE_ANY, DATA "SOA 300" SOA_RDATA },
	/* the apex with records and without NS; TTL and minimum of its own */
	{ "sub.example.com.", TYPE_A, DATA "A 30 192.0.2.10" },
	{ "sub.example.com.", TYPE_ANY, DATA "A 30 192.0.2.10" },
	{ "sub.example.com.", TYPE_SOA,
		DATA "SOA 30 ns1.example. root.example. 0 1 2 3 60" },
	{ "sub.example.com.", TYPE_NS, "NOERROR | au sub.example.com. SOA 30 "
		"ns1.example. root.example. 0 1 2 3 60" },
	{ "foo.sub.example.com.", TYPE_A, DATA "A 30 192.0.2.9" },
	{ "bar.sub.example.com.", TYPE_A, "NXDOMAIN | au sub.example.com. SOA "
		"30 ns1.example. root.example. 0 1 2 3 60" },
	/* DS at the cut is the parent's to deny */
	{ "sub.example.com.", TYPE_DS, NODATA },
	{ "example.com.", TYPE_DS, "REFUSED" },
	{ "example.org.", TYPE_A, "REFUSED" },
};

static void
test_answers(void** state)
{
	struct scene scene;
	(void)state;
	scene_create_two(&scene);
	CHECK_BOTH_WAYS(&scene, plain_data, plain_cases);
	scene_clear(&scene);
}

static void
test_root_zone(void** state)
{
	static const char* const root[] = { "." };
	static const char* const data[][2] = {
		{ "A", "192.0.2.1" },
		{ "com/A", "192.0.2.2" },
		{ "net/*/A", "192.0.2.3" },
	};
	static const struct ask_case cases[] = {
		{ ".", TYPE_A, DATA "A 300 192.0.2.1" },
		{ ".", TYPE_SOA, DATA "SOA 300" SOA_RDATA },
		{ ".", TYPE_AAAA, "NOERROR | au . SOA 60" SOA_RDATA },
		{ ".", TYPE_DS, "REFUSED" },
		{ "com.", TYPE_A, DATA "A 300 192.0.2.2" },
		{ "com.", TYPE_DS, "NOERROR | au . SOA 60" SOA_RDATA },
		{ "org.", TYPE_A, "NXDOMAIN | au . SOA 60" SOA_RDATA },
		{ "x.net.", TYPE_A, DATA "A 300 192.0.2.3" },
	};
	struct scene scene;
	(void)state;
	scene_create_plain(&scene, root, 1);
	CHECK_BOTH_WAYS(&scene, data, cases);
	put(scene.store, "*/A", "192.0.2.4");
	check_ask(&scene, "a.b.org.", TYPE_A, DATA "A 300 192.0.2.4");
	scene_clear(&scene);
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
	CHECK_SCENE(three_zones, data, cases);
}

/* --- TTLs and lengths ---------------------------------------------------- */

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

/** Make the zone example. */
static void
scene_create_one(struct scene* scene, const struct zone_settings* settings)
{
	scene->store = store_new();
	scene->zones = zones_create(scene->store, settings, 1);
	assert_non_null(scene->zones);
}

static void
test_ttls(void** state)
{
	size_t i, j;
	(void)state;
	for(i = 0; i < COUNT(ttl_cases); i++) {
		const struct ttl_case* row = &ttl_cases[i];
		const struct ask_case cases[] = {
			{ "x.example.", TYPE_A, row->negative },
			{ "a.example.", TYPE_AAAA, row->negative },
			{ "a.example.", TYPE_A, row->positive },
			{ "example.", TYPE_SOA, row->soa },
		};
		struct zone_settings settings;
		struct scene scene;
		settings_init(&settings, "example.");
		settings.ttl = row->ttl;
		settings.minimum = row->minimum;
		scene_create_one(&scene, &settings);
		put(scene.store, "example/a/A", "192.0.2.1");
		for(j = 0; j < COUNT(cases); j++) {
			const char* out = scene_ask(&scene, cases[j].name,
				cases[j].type);
			check(strstr(out, cases[j].answer), "row %zu: %s", i,
				out);
		}
		scene_clear(&scene);
	}
}

/** An SOA of the longest names fits, and so does the longest apex. */
static void
test_longest_names(void** state)
{
	char text[260];
	struct zone_settings settings;
	struct scene scene;
	(void)state;
	write_most_labels(text);
	settings_init(&settings, text);
	question_name(&settings.mname, text);
	text[0] = 'r';
	question_name(&settings.rname, text);
	scene_create_one(&scene, &settings);
	text[0] = 'x';
	check_ask(&scene, text, TYPE_SOA, DATA "SOA 300 %s r%s 0 1 2 3 60",
		text, text + 1);
	text[0] = 'y';
	check_ask(&scene, text, TYPE_A, "REFUSED");
	scene_clear(&scene);
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
	{ "example.", TYPE_SOA, DATA "SOA 50 Ns.x. h.x. 77 11 12 13 40" },
	{ "EXAMPLE.", TYPE_ANY, DATA "SOA 50 Ns.x. h.x. 77 11 12 13 40" },
	{ "example.", TYPE_A,
		"NOERROR | au example. SOA 40 Ns.x. h.x. 77 11 12 13 40" },
	{ "x.example.", TYPE_A,
		"NXDOMAIN | au example. SOA 40 Ns.x. h.x. 77 11 12 13 40" },
	/* another serial stands; and the TTL is less than the minimum */
	{ "other.", TYPE_SOA,
		DATA "SOA 300 ns.y. h.y. 4294967295 21 22 23 900" },
	{ "a.other.", TYPE_AAAA, "NOERROR | au other. SOA 300 ns.y. h.y. "
		"4294967295 21 22 23 900" },
	{ "x.other.", TYPE_A, "NXDOMAIN | au other. SOA 300 ns.y. h.y. "
		"4294967295 21 22 23 900" },
	{ "other.", TYPE_NS, DATA "NS 300 ns.y." },
	{ "other.", TYPE_ANY, DATA "NS 300 ns.y." },
	/* an apex with an SOA has records: it does not fall through */
	{ "fall.", TYPE_SOA, DATA "SOA 300 n. h. 5 1 2 3 4" },
	{ "fall.", TYPE_A, "NOERROR | au fall. SOA 4 n. h. 5 1 2 3 4" },
	{ "x.fall.", TYPE_A, "NOERROR | OUTSIDE" },
};

/** Tell a zone that etcd's revision is this. */
static void
raise_serial(const struct scene* scene, const char* apex, int64_t revision)
{
	struct zone* zone = find_zone(scene->store, scene->zones, apex,
		TYPE_SOA);
	zone_seen(zone, revision);
	zone_changed(zone);
}

static void
test_soa_from_etcd(void** state)
{
	struct scene scene;
	(void)state;
	scene_create(&scene, three_zones, COUNT(three_zones));
	scene_put(&scene, soa_data, COUNT(soa_data));
	raise_serial(&scene, "example.", 77);
	zones_settle(scene.zones);
	check_cases(scene.store, scene.zones, soa_cases, COUNT(soa_cases));
	scene_clear(&scene);
}

/** The serial that a zone is said to have. */
static uint32_t
serial_told(const struct scene* scene, const char* apex)
{
	return answer_soa_serial(find_zone(scene->store, scene->zones, apex,
		TYPE_SOA));
}

/** It is the one that answers have. */
static void
test_soa_serial(void** state)
{
	struct scene scene;
	(void)state;
	scene_create(&scene, three_zones, COUNT(three_zones));
	raise_serial(&scene, "example.", 76);
	raise_serial(&scene, "other.", 76);
	zones_settle(scene.zones);
	assert_int_equal(serial_told(&scene, "example."), 76);
	assert_int_equal(serial_told(&scene, "other."), 76);
	scene_put(&scene, soa_data, COUNT(soa_data));
	raise_serial(&scene, "example.", 77);
	raise_serial(&scene, "other.", 77);
	zones_settle(scene.zones);
	assert_int_equal(serial_told(&scene, "example."), 77);
	assert_int_equal(serial_told(&scene, "other."), UINT32_MAX);
	assert_int_equal(serial_told(&scene, "fall."), 5);
	scene_clear(&scene);
}

/** An NS RRset of etcd takes the place of the configuration's. */
static void
test_ns_from_etcd(void** state)
{
	struct scene scene;
	(void)state;
	scene_create_two(&scene);
	put(scene.store, "com/example/NS", "{\"ttl\":8,\"rdata\":\"ns.x.\"}");
	check_ask(&scene, "example.com.", TYPE_NS, DATA "NS 8 ns.x.");
	/* in the zone without cuts, too; the parent of a zone has no say */
	put(scene.store, "com/example/sub/NS", "ns.y.");
	check_ask(&scene, "sub.example.com.", TYPE_NS,
		DATA "NS 30 ns.y.");
	note_cuts(scene.store, scene.zones);
	check_ask(&scene, "sub.example.com.", TYPE_NS,
		DATA "NS 30 ns.y.");
	check_ask(&scene, "x.sub.example.com.", TYPE_A, "NXDOMAIN | au "
		"sub.example.com. SOA 30" SOA_RDATA);
	scene_clear(&scene);
}

/** The SOA of the zone at which an alias ends has that zone's serial. */
static void
test_serial_at_end_of_alias(void** state)
{
	struct scene scene;
	(void)state;
	scene_create(&scene, three_zones, 2);
	put(scene.store, "example/nx/CNAME", "gone.other.");
	raise_serial(&scene, "example.", 5);
	raise_serial(&scene, "other.", 6);
	zones_settle(scene.zones);
	check_ask(&scene, "nx.example.", TYPE_A, "NXDOMAIN | an @ CNAME 300 "
		"gone.other. | au other. SOA 60 ns1.example. root.example. 6 "
		"1 2 3 60");
	scene_clear(&scene);
}

/* --- falling through ----------------------------------------------------- */

static const char* const fall_zones[] = { "+bare.", "+=ns.", "+data." };

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
	{ "a.bare.", TYPE_A, DATA "A 300 192.0.2.1" },
	{ "a.bare.", TYPE_AAAA, "NOERROR" BARE },
	{ "a.bare.", TYPE_ANY, DATA "A 300 192.0.2.1" },
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
	{ "x.ent.bare.", TYPE_A, DATA "A 300 192.0.2.2" },
	/* an apex without records, unless the configuration has its NS */
	{ "bare.", TYPE_A, FALLS },
	{ "bare.", TYPE_SOA, FALLS },
	{ "bare.", TYPE_NS, FALLS },
	{ "bare.", TYPE_ANY, FALLS },
	{ "ns.", TYPE_NS, DATA "NS 300 ns1.example." },
	{ "ns.", TYPE_SOA, DATA "SOA 300" SOA_RDATA },
	{ "ns.", TYPE_A, "NOERROR | au ns. SOA 60" SOA_RDATA },
	{ "ns.", TYPE_ANY, DATA "SOA 300" SOA_RDATA },
	{ "a.ns.", TYPE_NS, "NOERROR | au ns. SOA 60" SOA_RDATA },
	{ "x.ns.", TYPE_A, FALLS },
	{ "data.", TYPE_A, DATA "A 300 192.0.2.6" },
	{ "data.", TYPE_SOA, DATA "SOA 300" SOA_RDATA },
	{ "data.", TYPE_NS, "NOERROR | au data. SOA 60" SOA_RDATA },
	{ "x.data.", TYPE_A, FALLS },
	/* a wildcard that has records gives them to all names */
	{ "x.w.bare.", TYPE_A, DATA "A 300 192.0.2.3" },
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_answers),
		test(test_root_zone),
		test(test_type_0),
		test(test_ttls),
		test(test_longest_names),
		test(test_soa_from_etcd),
		test(test_soa_serial),
		test(test_ns_from_etcd),
		test(test_serial_at_end_of_alias),
		test(test_falling_through),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
