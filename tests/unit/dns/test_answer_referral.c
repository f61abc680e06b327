/*
 * tests/unit/dns/test_answer_referral.c - delegations, glue and addresses.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include "scenes.h"
#include "format/helix.h"

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
	{ "cut.example.", TYPE_DS, DATA "DS 300 00010801" SHA1 },
	{ "nods.example.", TYPE_DS, "NOERROR" EMPTY },
	{ "nods.example.", TYPE_A,
		"NOERROR | au nods.example. NS 7 ns.nods.example. | REFERRAL" },
	/* below it, be there records or not */
	{ "www.cut.example.", TYPE_A, CUT },
	{ "www.cut.example.", TYPE_AAAA, CUT },
	{ "ns.cut.example.", TYPE_A, CUT },
	{ "x.y.z.cut.example.", TYPE_A, CUT },
	{ "*.cut.example.", TYPE_A, CUT },
	{ "alias.cut.example.", TYPE_A, CUT },
	{ "x.dname.cut.example.", TYPE_A, CUT },
	{ "www.cut.example.", TYPE_DS, CUT },
	{ "x.nods.example.", TYPE_DS,
		"NOERROR | au nods.example. NS 7 ns.nods.example. | REFERRAL" },
	/* a cut below it is not this zone's */
	{ "deep.cut.example.", TYPE_A, CUT },
	{ "x.deep.cut.example.", TYPE_A, CUT },
	{ "deep.cut.example.", TYPE_DS, CUT },
	/* but a zone of ours is ours; its DS is its parent's, who is below
	 * the cut */
	{ "mine.cut.example.", TYPE_A, DATA "A 300 192.0.2.26" },
	{ "mine.cut.example.", TYPE_NS,
		"NOERROR | au mine.cut.example. SOA 60" SOA_RDATA },
	{ "x.mine.cut.example.", TYPE_A,
		"NXDOMAIN | au mine.cut.example. SOA 60" SOA_RDATA },
	{ "mine.cut.example.", TYPE_DS, CUT },
	/* glue from a zone of ours */
	{ "nsmine.example.", TYPE_A, "NOERROR | au nsmine.example. NS 300 "
		"mine.cut.example. | ad mine.cut.example. A 300 192.0.2.26 | "
		"REFERRAL" },
	/* the wildcard beside it */
	{ "cut2.example.", TYPE_TXT, DATA "TXT 300 \"wild\"" },
	{ "xcut.example.", TYPE_NS, "NOERROR" EMPTY },
	/* the apex is no cut */
	{ "example.", TYPE_NS,
		DATA "NS 300 ns.example. | ad ns.example. A 300 192.0.2.22" },
	{ "example.", TYPE_A, "NOERROR" EMPTY },
	{ "example.", TYPE_SOA, DATA "SOA 300" SOA_RDATA },
	{ "example.", TYPE_ANY,
		DATA "NS 300 ns.example. | ad ns.example. A 300 192.0.2.22" },
	/* aliases that lead there */
	{ "to-cut.example.", TYPE_A, ALIAS "www.cut.example. | au cut.example. "
		CUT_NS " www.cut.example." },
	{ "to-cut.example.", TYPE_CNAME, ALIAS "www.cut.example." },
	{ "at-cut.example.", TYPE_A, ALIAS "Cut.Example. | au Cut.Example. "
		CUT_NS " Cut.Example." },
	{ "at-cut.example.", TYPE_DS,
		ALIAS "Cut.Example. | an Cut.Example. DS 300 00010801" SHA1 },
	{ "to-to.other.", TYPE_AAAA, ALIAS "to-cut.example. | an "
		"to-cut.example. CNAME 300 www.cut.example. | au cut.example. "
		CUT_NS " www.cut.example." },
	{ "x.d.other.", TYPE_A, "NOERROR | an d.other. DNAME 300 cut.example. "
		"| an @ CNAME 300 x.cut.example. | au cut.example. " CUT_NS
		" x.cut.example." },
	{ "to-mine.example.", TYPE_A, ALIAS "mine.cut.example. | an "
		"mine.cut.example. A 300 192.0.2.26" },
	/* below an empty non-terminal */
	{ "ent.example.", TYPE_TXT, "NOERROR" EMPTY },
	{ "x.ent.example.", TYPE_TXT, "NXDOMAIN" EMPTY },
	{ "x.below.ent.example.", TYPE_TXT, "NOERROR | au below.ent.example. "
		"NS 300 ns.out.net. | REFERRAL" },
	/* in a zone that falls through */
	{ "x.cut.fall.", TYPE_A, "NOERROR | au cut.fall. NS 300 ns.other. | ad "
		"ns.other. A 300 192.0.2.23 | REFERRAL" },
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
	{ "a.example.", TYPE_MX, DATA "MX 300 10 a.example." ADDRESSES_A },
	/* each once, in whatever case */
	{ "m.example.", TYPE_MX, DATA "MX 300 10 a.example. 20 b.example. 30 "
		"a.example. 40 A.Example. 50 a.other." ADDRESSES_A
		" | ad b.example. AAAA 300 2001:db8::2 | ad a.other. A 300 "
		"192.0.2.4" },
	{ "m.example.", TYPE_ANY, DATA "MX 300 10 a.example. 20 b.example. 30 "
		"a.example. 40 A.Example. 50 a.other." ADDRESSES_A
		" | ad b.example. AAAA 300 2001:db8::2 | ad a.other. A 300 "
		"192.0.2.4" },
	{ "caps.example.", TYPE_MX, DATA "MX 300 10 AZ.example. 20 az.example. "
		"| ad AZ.example. A 300 192.0.2.7" },
	{ "none.example.", TYPE_MX, DATA "MX 300 0 . 1 mail.outside.net. 2 "
		"gone.example. 3 alias.example. 4 x.w.example. 5 x.fall. 6 "
		"example." },
	{ "s.example.", TYPE_SRV, DATA "SRV 300 0 0 0 . 1 2 3 b.example. 1 2 4 "
		"a.fall. 5 6 7 B.example. | ad b.example. AAAA 300 2001:db8::2 "
		"| ad a.fall. A 300 192.0.2.5" },
	{ "q.wm.example.", TYPE_MX, DATA "MX 300 10 x.wm.example. | ad "
		"x.wm.example. A 300 192.0.2.6" },
	{ "t.example.", TYPE_TXT, DATA "TXT 300 \"a.example.\"" },
	{ "t.example.", 12, DATA "PTR 300 0161076578616d706c6500" },
	{ "md.example.", TYPE_MX, DATA "MX 300 1 x.d.example. 2 d.example. | "
		"ad d.example. A 300 192.0.2.8" },
	{ "x.dcut.example.", TYPE_A, "NOERROR | au dcut.example. NS 300 "
		"ns.x.dcut.example. | ad ns.x.dcut.example. A 300 192.0.2.10 | "
		"REFERRAL" },
	{ "x.Cut.example.", TYPE_A, "NOERROR | au cut.example. NS 300 a.other. "
		"ns.CUT.example. | ad ns.CUT.example. A 300 192.0.2.9 | ad "
		"a.other. A 300 192.0.2.4 | REFERRAL" },
	/* nothing is added where there is no answer */
	{ "m.example.", TYPE_A, "NOERROR" EMPTY },
};

static void
test_addresses(void** state)
{
	(void)state;
	CHECK_SCENE(three_zones, address_data, address_cases);
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
		{ "fall.", TYPE_NS, DATA "NS 300 ns1.example. | ad "
			"ns1.example. A 300 192.0.2.1" },
	};
	(void)state;
	CHECK_SCENE(zones, data, cases);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_delegations),
		test(test_delegation_goes),
		test(test_addresses),
		test(test_addresses_of_configured_servers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
