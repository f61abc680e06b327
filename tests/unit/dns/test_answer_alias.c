/*
 * tests/unit/dns/test_answer_alias.c - are CNAMEs and DNAMEs followed?
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include "scenes.h"
#include <stdio.h>
#include <string.h>

/* --- aliases of a name --------------------------------------------------- */

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
	{ "c1.example.", TYPE_A, DATA "CNAME 10 a.example." A },
	{ "c2.example.", TYPE_A,
		ALIAS "c1.example. | an c1.example. CNAME 10 a.example." A },
	{ "c3.example.", TYPE_A, ALIAS "c2.example. | an c2.example. CNAME 300 "
		"c1.example. | an c1.example. CNAME 10 a.example." A },
	/* the alias itself, which ANY gets too (RFC 1034 3.6.2) */
	{ "c2.example.", TYPE_CNAME, ALIAS "c1.example." },
	{ "c2.example.", TYPE_ANY, ALIAS "c1.example." },
	/* no data at its end; type 0 is none */
	{ "c2.example.", TYPE_MX, ALIAS "c1.example. | an c1.example. CNAME 10 "
		"a.example." EMPTY },
	{ "c1.example.", 0, DATA "CNAME 10 a.example." EMPTY },
	/* nothing is below an alias */
	{ "x.c1.example.", TYPE_A, "NXDOMAIN" EMPTY },
	/* case */
	{ "C1.EXAMPLE.", TYPE_A, DATA "CNAME 10 a.example." A },
	{ "mix1.example.", TYPE_A,
		ALIAS "A.Example. | an A.Example. A 300 192.0.2.1" },
	{ "mIX2.example.", TYPE_A, ALIAS "MIX1.example. | an MIX1.example. "
		"CNAME 300 A.Example. | an A.Example. A 300 192.0.2.1" },
	{ "mix2.example.", TYPE_MX, ALIAS "MIX1.example. | an MIX1.example. "
		"CNAME 300 A.Example." EMPTY },
	/* from zone to zone */
	{ "cross.example.", TYPE_A,
		ALIAS "a.other. | an a.other. A 300 192.0.2.2" },
	{ "there.example.", TYPE_A,
		ALIAS "back.other. | an back.other. CNAME 300 a.example." A },
	{ "there.example.", TYPE_MX, ALIAS "back.other. | an back.other. CNAME "
		"300 a.example." EMPTY },
	{ "cross.example.", TYPE_MX, ALIAS "a.other." ABSENT },
	/* to an apex */
	{ "apex.example.", TYPE_A, ALIAS "other." ABSENT },
	{ "apex.example.", TYPE_SOA,
		ALIAS "other. | an other. SOA 300" SOA_RDATA },
	/* whose DS is not ours to tell */
	{ "apex.example.", TYPE_DS, ALIAS "other. | OUTSIDE other." },
	/* out of them */
	{ "out1.example.", TYPE_A,
		ALIAS "www.Outside.net. | OUTSIDE www.Outside.net." },
	{ "out2.example.", TYPE_A, ALIAS "out1.example. | an out1.example. "
		"CNAME 300 www.Outside.net. | OUTSIDE www.Outside.net." },
	{ "out3.example.", TYPE_A, ALIAS ". | OUTSIDE ." },
	{ "out1.example.", TYPE_CNAME, ALIAS "www.Outside.net." },
	{ "out1.example.", TYPE_ANY, ALIAS "www.Outside.net." },
	/* to a zone that falls through */
	{ "has.example.", TYPE_A,
		ALIAS "a.fall. | an a.fall. A 300 192.0.2.3" },
	{ "has.example.", TYPE_MX,
		ALIAS "a.fall. | au fall. SOA 60" SOA_RDATA },
	{ "lacks.example.", TYPE_A,
		ALIAS "absent.fall. | OUTSIDE absent.fall." },
	{ "bare.example.", TYPE_A, ALIAS "fall. | OUTSIDE fall." },
	{ "ent.example.", TYPE_A, ALIAS "ent.fall. | OUTSIDE ent.fall." },
	{ "alias.fall.", TYPE_A, ALIAS "absent.fall. | OUTSIDE absent.fall." },
	/* circles: each alias once */
	{ "loop1.example.", TYPE_A, ALIAS "loop1.example." },
	{ "LOOP1.example.", TYPE_A, ALIAS "loop1.example." },
	{ "loop2a.example.", TYPE_A, ALIAS "loop2b.example. | an "
		"loop2b.example. CNAME 300 loop2a.example." },
	{ "into.example.", TYPE_A, ALIAS "loop2a.example. | an loop2a.example. "
		"CNAME 300 loop2b.example. | an loop2b.example. CNAME 300 "
		"loop2a.example." },
	{ "loop3a.example.", TYPE_A, ALIAS "loop3b.other. | an loop3b.other. "
		"CNAME 300 loop3c.fall. | an loop3c.fall. CNAME 300 "
		"Loop3A.example." },
	{ "loop3c.fall.", TYPE_A, ALIAS "Loop3A.example. | an Loop3A.example. "
		"CNAME 300 loop3b.other. | an loop3b.other. CNAME 300 "
		"loop3c.fall." },
	{ "loop1.example.", TYPE_CNAME, ALIAS "loop1.example." },
	/* to nothing: the RCODE is that of the last name (RFC 6604) */
	{ "nx.example.", TYPE_A,
		"NXDOMAIN | an @ CNAME 300 gone.example." EMPTY },
	{ "nx-other.example.", TYPE_A,
		"NXDOMAIN | an @ CNAME 300 gone.other." ABSENT },
	{ "nx2.example.", TYPE_A, "NXDOMAIN | an @ CNAME 300 nx-other.example. "
		"| an nx-other.example. CNAME 300 gone.other." ABSENT },
	{ "nx.example.", TYPE_CNAME, ALIAS "gone.example." },
	/* wildcards (RFC 4592 3.3.3) */
	{ "q.w.example.", TYPE_A, ALIAS "a.example." A },
	{ "p.q.w.example.", TYPE_A, ALIAS "a.example." A },
	{ "*.w.example.", TYPE_A, ALIAS "a.example." A },
	{ "q.w.example.", TYPE_CNAME, ALIAS "a.example." },
	{ "q.w.example.", TYPE_ANY, ALIAS "a.example." },
	{ "q.w.example.", TYPE_MX, ALIAS "a.example." EMPTY },
	{ "w.example.", TYPE_A, "NOERROR" EMPTY },
	{ "q.ww.example.", TYPE_A,
		ALIAS "y.w.example. | an y.w.example. CNAME 300 a.example." A },
	{ "x.self.example.", TYPE_A, ALIAS "x.self.example." },
	{ "y.self.example.", TYPE_A, ALIAS "x.self.example. | an "
		"x.self.example. CNAME 300 x.self.example." },
	{ "y.star.example.", TYPE_A, ALIAS "*.star.example. | an "
		"*.star.example. CNAME 300 *.star.example." },
	/* to more */
	{ "mail.example.", TYPE_MX, ALIAS "m.example. | an m.example. MX 300 "
		"10 a.example. | ad a.example. A 300 192.0.2.1 | ad a.example. "
		"AAAA 300 2001:db8::1" },
};

static void
test_aliases(void** state)
{
	(void)state;
	CHECK_SCENE(three_zones, alias_data, alias_cases);
}

/** Write what a chain of aliases is answered with, without its end. */
static void
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
}

/** Make a chain of aliases, and a key of its last name, and ask for the first.
 * @param told: how many of the aliases are in the answer.
 * @param end: what the answer has behind them. */
static void
check_chain(unsigned aliases, const char* type, const char* value,
	unsigned told, const char* end)
{
	char expected[SHOWN_MAX], key[64];
	struct scene scene;
	scene_create(&scene, three_zones, 1);
	put_chain(&scene, "example", aliases);
	sprintf(key, "example/n%u/%s", aliases, type);
	put(scene.store, key, value);
	show_chain(expected, told);
	check_ask(&scene, "n0.example.", TYPE_A, "%s%s", expected, end);
	scene_clear(&scene);
}

/** So many aliases are followed, and the next is told, but not followed. */
static void
test_long_chains(void** state)
{
	char end[64];
	unsigned aliases;
	(void)state;
	for(aliases = 1; aliases <= 20; aliases++) {
		bool all = aliases <= 16;
		sprintf(end, " | an n%u.example. A 300 192.0.2.1", aliases);
		check_chain(aliases, "A", "192.0.2.1", all ? aliases : 17,
			all ? end : "");
	}
}

/** A circle of any length ends where it has come round, or after so many. */
static void
test_long_circles(void** state)
{
	char end[64] = " | an @ CNAME 300 n0.example.";
	unsigned aliases;
	(void)state;
	for(aliases = 1; aliases <= 20; aliases++) {
		bool all = aliases <= 17;
		if(aliases > 1)
			sprintf(end, " | an n%u.example. CNAME 300 "
				"n0.example.", aliases - 1);
		check_chain(aliases - 1, "CNAME", "n0.example.",
			all ? aliases - 1 : 17, all ? end : "");
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
/** what D makes of a name begins here */
#define MADE D " | an @ CNAME 20 "

static const struct ask_case dname_cases[] = {
	/* below it */
	{ "x.d.example.", TYPE_A, "NOERROR" MADE "x.Target.example. | an "
		"x.Target.example. A 300 192.0.2.13" },
	{ "x.y.d.example.", TYPE_A, "NOERROR" MADE "x.y.Target.example. | an "
		"x.y.Target.example. A 300 192.0.2.14" },
	{ "y.d.example.", TYPE_A, "NOERROR" MADE "y.Target.example." EMPTY },
	{ "X.D.Example.", TYPE_A, "NOERROR" MADE "x.Target.example. | an "
		"x.Target.example. A 300 192.0.2.13" },
	/* what is below it is not seen */
	{ "only-here.d.example.", TYPE_A,
		"NXDOMAIN" MADE "only-here.Target.example." EMPTY },
	{ "*.d.example.", TYPE_A, "NXDOMAIN" MADE "*.Target.example." EMPTY },
	{ "x.cut.d.example.", TYPE_A,
		"NXDOMAIN" MADE "x.cut.Target.example." EMPTY },
	/* at it */
	{ "d.example.", TYPE_A, DATA "A 300 192.0.2.10" },
	{ "d.example.", TYPE_DNAME, DATA "DNAME 20 Target.example." },
	{ "d.example.", TYPE_AAAA, "NOERROR" EMPTY },
	{ "d.example.", TYPE_CNAME, "NOERROR" EMPTY },
	{ "d.example.", TYPE_ANY, DATA "A 300 192.0.2.10" },
	{ "alone.example.", TYPE_ANY, DATA "DNAME 300 target.example." },
	{ "alone.example.", TYPE_A, "NOERROR" EMPTY },
	/* whatever was asked for, its target is looked at */
	{ "x.d.example.", TYPE_ANY, "NOERROR" MADE "x.Target.example. | an "
		"x.Target.example. A 300 192.0.2.13" },
	/* but a query for a CNAME has what it wants */
	{ "x.d.example.", TYPE_CNAME, "NOERROR" MADE "x.Target.example." },
	{ "x.d.example.", TYPE_DNAME,
		"NOERROR" MADE "x.Target.example." EMPTY },
	{ "alias.d.example.", TYPE_CNAME,
		"NOERROR" MADE "alias.Target.example." },
	/* each is told once, on the way or asked for */
	{ "back.d.example.", TYPE_DNAME, "NOERROR" MADE "back.Target.example. "
		"| an back.Target.example. CNAME 300 D.example." },
	{ "x.d.example.", 0, "NOERROR" MADE "x.Target.example." EMPTY },
	/* at an apex */
	{ "x.other.", TYPE_A, "NOERROR | an other. DNAME 300 target.example. | "
		"an @ CNAME 300 x.target.example. | an x.target.example. A 300 "
		"192.0.2.13" },
	{ "other.", TYPE_A, DATA "A 300 192.0.2.15" },
	{ "other.", TYPE_DNAME, DATA "DNAME 300 target.example." },
	{ "other.", TYPE_SOA, DATA "SOA 300" SOA_RDATA },
	/* in a chain */
	{ "x.dd.example.", TYPE_A, "NOERROR | an dd.example. DNAME 300 "
		"d.example. | an @ CNAME 300 x.d.example." D
		" | an x.d.example. CNAME 20 x.Target.example. | an "
		"x.Target.example. A 300 192.0.2.13" },
	{ "to-d.example.", TYPE_A, ALIAS "x.d.example." D " | an x.d.example. "
		"CNAME 20 x.Target.example. | an x.Target.example. A 300 "
		"192.0.2.13" },
	{ "at-d.example.", TYPE_A,
		ALIAS "d.example. | an d.example. A 300 192.0.2.10" },
	{ "alias.d.example.", TYPE_A, "NOERROR" MADE "alias.Target.example. | "
		"an alias.Target.example. CNAME 300 x.d.example. | an "
		"x.d.example. CNAME 20 x.Target.example. | an "
		"x.Target.example. A 300 192.0.2.13" },
	/* out of the zones */
	{ "x.out.example.", TYPE_A, "NOERROR | an out.example. DNAME 300 "
		"Outside.net. | an @ CNAME 300 x.Outside.net. | OUTSIDE "
		"x.Outside.net." },
	{ "x.y.lacks.example.", TYPE_A, "NOERROR | an lacks.example. DNAME 300 "
		"fall. | an @ CNAME 300 x.y.fall. | OUTSIDE x.y.fall." },
	{ "x.y.root.example.", TYPE_A, "NOERROR | an root.example. DNAME 300 . "
		"| an @ CNAME 300 x.y. | OUTSIDE x.y." },
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
	CHECK_SCENE(three_zones, dname_data, dname_cases);
}

/** Where what a DNAME makes would be longer than a name can be, the answer is
 * YXDOMAIN, and the DNAME says why (RFC 6672 2.2). */
static void
test_too_long(void** state)
{
	char target[300], qname[300];
	const char* out;
	struct scene scene;
	(void)state;
	scene_create(&scene, three_zones, COUNT(three_zones));
	write_long_name(target, 250);
	put(scene.store, "example/long/DNAME", target);
	put(scene.store, "example/alias/CNAME", "abcde.long.example.");
	check_ask(&scene, "abcd.long.example.", TYPE_A, "NXDOMAIN | an "
		"long.example. DNAME 300 %s | an @ CNAME 300 abcd.%s" EMPTY,
		target, target);
	check_ask(&scene, "abcde.long.example.", TYPE_A,
		"YXDOMAIN | an long.example. DNAME 300 %s", target);
	check_ask(&scene, "abc.d.long.example.", TYPE_A,
		"YXDOMAIN | an long.example. DNAME 300 %s", target);
	check_ask(&scene, "alias.example.", TYPE_A, "YXDOMAIN | an @ CNAME 300 "
		"abcde.long.example. | an long.example. DNAME 300 %s", target);
	/* from the longest name that there is to a shorter one, and to one
	 * that is just as long, and one octet longer */
	put(scene.store, "example/to-1/DNAME", "t.");
	put(scene.store, "example/to-2/DNAME", "tttt.example.");
	put(scene.store, "example/to-3/DNAME", "ttttt.example.");
	write_long_name(qname, 250);
	memcpy(strstr(qname, ".example."), ".to-1.example.", 15);
	out = scene_ask(&scene, qname, TYPE_A);
	check(strstr(out, " | OUTSIDE lll"), "%s", out);
	memcpy(strstr(qname, "to-1"), "to-2", 4);
	out = scene_ask(&scene, qname, TYPE_A);
	check(strstr(out, "NXDOMAIN"), "%s", out);
	memcpy(strstr(qname, "to-2"), "to-3", 4);
	check_ask(&scene, qname, TYPE_A, "YXDOMAIN | an to-3.example. DNAME "
		"300 ttttt.example.");
	scene_clear(&scene);
}

/** A DNAME that leads below itself makes the name longer each time: it ends
 * after so many, or when the name is too long. The DNAME is told once (RFC
 * 2181 5.5). */
static void
test_growing_circles(void** state)
{
	char value[300];
	struct scene scene;
	(void)state;
	scene_create(&scene, three_zones, COUNT(three_zones));
	put(scene.store, "example/grow/DNAME", "g.grow.example.");
	check_aliases(scene_ask(&scene, "x.grow.example.", TYPE_A),
		"NOERROR | ", 17, 1);
	/* by 61 octets each time: the fourth does not fit */
	sprintf(value, "%060d.big.example.", 0);
	put(scene.store, "example/big/DNAME", value);
	check_aliases(scene_ask(&scene, "x.big.example.", TYPE_A),
		"YXDOMAIN | ", 3, 1);
	scene_clear(&scene);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_aliases),
		test(test_long_chains),
		test(test_long_circles),
		test(test_dnames),
		test(test_too_long),
		test(test_growing_circles),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
