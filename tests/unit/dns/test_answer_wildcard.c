/*
 * tests/unit/dns/test_answer_wildcard.c - do wildcards answer by RFC 4592?
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include "scenes.h"

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

#define NODATA "NOERROR" EMPTY
#define NXDOMAIN "NXDOMAIN" EMPTY

static const struct ask_case wild_cases[] = {
	/* answers that are synthesized, by RFC 4592 2.2.1 */
	{ "host3.example.", TYPE_A, DATA "A 300 192.0.2.1" },
	{ "foo.bar.example.", TYPE_A, DATA "A 300 192.0.2.1" },
	{ "a.b.c.d.example.", TYPE_A, DATA "A 300 192.0.2.1" },
	{ "host3.example.", TYPE_AAAA, NODATA },
	{ "host3.example.", TYPE_ANY, DATA "A 300 192.0.2.1" },
	{ "host3.example.", TYPE_NS, NODATA },
	{ "host3.example.", TYPE_SOA, NODATA },
	{ "host3.example.", TYPE_DS, NODATA },
	/* and those that are not */
	{ "host1.example.", TYPE_AAAA, NODATA },
	{ "host1.example.", TYPE_A, DATA "A 300 192.0.2.3" },
	{ "*.example.", TYPE_A, DATA "A 300 192.0.2.1" },
	{ "sub.*.example.", TYPE_A, DATA "A 300 192.0.2.2" },
	{ "sub.*.example.", TYPE_AAAA, NODATA },
	{ "_telnet._tcp.host1.example.", TYPE_A, NXDOMAIN },
	{ "x.host1.example.", TYPE_A, NXDOMAIN },
	{ "host2.example.", TYPE_A, NODATA },
	{ "_tcp.host2.example.", TYPE_A, NODATA },
	{ "x.host2.example.", TYPE_A, NXDOMAIN },
	{ "ghost.*.example.", TYPE_A, NXDOMAIN },
	{ "a.ghost.*.example.", TYPE_A, NXDOMAIN },
	/* the apex exists */
	{ "example.", TYPE_A, NODATA },
	/* a wildcard that exists without records gives no data (2.2.2) */
	{ "a.ent.example.", TYPE_A, NODATA },
	{ "a.b.ent.example.", TYPE_A, NODATA },
	{ "x.a.ent.example.", TYPE_A, NODATA },
	{ "x.*.ent.example.", TYPE_A, DATA "A 300 192.0.2.6" },
	{ "*.ent.example.", TYPE_A, NODATA },
	{ "a.ttl.example.", TYPE_A, DATA "A 5 192.0.2.7" },
	{ "a.six.example.", TYPE_A, NODATA },
	{ "a.six.example.", TYPE_AAAA, DATA "AAAA 300 2001:db8::1" },
	{ "a.six.example.", TYPE_ANY, DATA "AAAA 300 2001:db8::1" },
	{ "six.example.", TYPE_AAAA, NODATA },
	/* only one wildcard is looked at: that of the closest encloser */
	{ "a.deep.example.", TYPE_A, NODATA },
	{ "a.*.deep.example.", TYPE_A, DATA "A 300 192.0.2.8" },
	{ "a.b.deep.example.", TYPE_A, NODATA },
	{ "x.star.example.", TYPE_A, NXDOMAIN },
	{ "xx.star.example.", TYPE_A, NXDOMAIN },
	{ "*x.star.example.", TYPE_A, DATA "A 300 192.0.2.9" },
};

static void
test_wildcards(void** state)
{
	struct scene scene;
	(void)state;
	scene_create_plain(&scene, three_zones, 1);
	CHECK_BOTH_WAYS(&scene, wild_data, wild_cases);
	scene_clear(&scene);
}

/** A wildcard of a zone stops at the apex of a zone inside it, and one above
 * the apex is no business of the zone's. */
static void
test_wildcards_end_at_apex(void** state)
{
	static const char* const data[][2] = {
		{ "com/example/*/A", "192.0.2.1" },
		/* as if there had been another zone */
		{ "com/*/A", "192.0.2.2" },
	};
	static const struct ask_case cases[] = {
		{ "x.example.com.", TYPE_A, DATA "A 300 192.0.2.1" },
		{ "sub.example.com.", TYPE_A,
			"NOERROR | au sub.example.com. SOA 30" SOA_RDATA },
		{ "x.sub.example.com.", TYPE_A,
			"NXDOMAIN | au sub.example.com. SOA 30" SOA_RDATA },
		{ "x.y.sub.example.com.", TYPE_A,
			"NXDOMAIN | au sub.example.com. SOA 30" SOA_RDATA },
	};
	struct scene scene;
	(void)state;
	scene_create_two(&scene);
	CHECK_BOTH_WAYS(&scene, data, cases);
	scene_clear(&scene);
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
	{ "host3.example.", TYPE_MX, DATA "MX 300 10 host1.example. | ad "
		"host1.example. A 300 192.0.2.1" },
	{ "host3.example.", TYPE_A, "NOERROR" RFC4592_SOA },
	{ "foo.bar.example.", TYPE_TXT, DATA "TXT 300 \"this is a wildcard\"" },
	/* "would not be synthesized from any of the wildcards" */
	{ "host1.example.", TYPE_MX, "NOERROR" RFC4592_SOA },
	{ "sub.*.example.", TYPE_MX, "NOERROR" RFC4592_SOA },
	{ "_telnet._tcp.host1.example.", TYPE_SRV, "NXDOMAIN" RFC4592_SOA },
	{ "host.subdel.example.", TYPE_A, "NOERROR | au subdel.example. NS 300 "
		"ns.example.com. ns.example.net. | REFERRAL" },
	{ "ghost.*.example.", TYPE_MX, "NXDOMAIN" RFC4592_SOA },
	/* 2.2.2: empty non-terminals exist, and are not the wildcard's */
	{ "host2.example.", TYPE_TXT, "NOERROR" RFC4592_SOA },
	{ "_tcp.host2.example.", TYPE_TXT, "NOERROR" RFC4592_SOA },
	{ "_telnet._tcp.host2.example.", TYPE_SRV, "NXDOMAIN" RFC4592_SOA },
	{ "_ssh._tcp.host1.example.", TYPE_SRV, DATA "SRV 300 0 1 22 "
		"host1.example. | ad host1.example. A 300 192.0.2.1" },
	{ "_ssh._tcp.host3.example.", TYPE_SRV, "NOERROR" RFC4592_SOA },
	/* a wildcard that is asked for as such */
	{ "*.example.", TYPE_TXT, DATA "TXT 300 \"this is a wildcard\"" },
	{ "*.example.", TYPE_A, "NOERROR" RFC4592_SOA },
	{ "sub.*.example.", TYPE_TXT,
		DATA "TXT 300 \"this is not a wildcard\"" },
	{ "*.*.example.", TYPE_TXT, "NXDOMAIN" RFC4592_SOA },
	/* the apex exists, and a wildcard beside a cut leaves it alone */
	{ "example.", TYPE_TXT, "NOERROR" RFC4592_SOA },
	{ "subdel.example.", TYPE_TXT, "NOERROR | au subdel.example. NS 300 "
		"ns.example.com. ns.example.net. | REFERRAL" },
	{ "xsubdel.example.", TYPE_TXT, DATA "TXT 300 \"this is a wildcard\"" },
	/* a cut below a wildcard is one where that is asked for as such */
	{ "cut.a.below.example.", TYPE_A, "NOERROR" RFC4592_SOA },
	{ "a.cut.*.below.example.", TYPE_A, "NOERROR | au cut.*.below.example. "
		"NS 300 ns.example.net. | REFERRAL" },
};

static void
test_rfc4592(void** state)
{
	static const char* const zones[] = { "example." };
	(void)state;
	CHECK_SCENE(zones, rfc4592_data, rfc4592_cases);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_wildcards),
		test(test_wildcards_end_at_apex),
		test(test_rfc4592),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
