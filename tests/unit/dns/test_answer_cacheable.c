/*
 * tests/unit/dns/test_answer_cacheable.c - which answers stay as they are?
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
#include <stdlib.h>
#include <string.h>

/** plain. and other. have neither zone cuts nor DNAMEs, cut. has both; above.
 * has a zone below it that falls through */
static const char* const exact_zones[] = { "=plain.", "=other.", "+=fall.",
	"=cut.", "=above.", "+=x.y.above." };

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
ask_exact(const struct scene* scene, const char* text, uint16_t type)
{
	struct answer* answer = malloc(sizeof(*answer));
	struct name_walk walk;
	struct name name;
	bool cacheable;
	assert_non_null(answer);
	question_name(&name, text);
	assert_true(name_walk_init(&walk, name.wire, name.len,
		store_seed(scene->store)));
	/* it says no where there is nothing else to say */
	memset(answer, 0xff, sizeof(*answer));
	store_read_lock(scene->store);
	answer_find(find_zone(scene->store, scene->zones, text, type), &walk,
		type, 0, answer);
	cacheable = answer->cacheable;
	store_read_unlock(scene->store);
	free(answer);
	return cacheable;
}

/** Make the zones; of them, cut. alone may have zone cuts. */
static void
exact_scene_create(struct scene* scene)
{
	scene_create_plain(scene, exact_zones, COUNT(exact_zones));
	zone_note_cut(find_zone(scene->store, scene->zones, "cut.",
		TYPE_SOA));
	scene_put(scene, exact_data, COUNT(exact_data));
}

/** Fail unless all answers are as cacheable as the table has it; where any
 * zone may have cuts, none is. */
static void
check_exact(const struct scene* scene, bool cuts)
{
	size_t i;
	for(i = 0; i < COUNT(exact_cases); i++) {
		const struct exact_case* row = &exact_cases[i];
		check(ask_exact(scene, row->name, row->type) ==
			(row->cacheable && !cuts), "%s %u%s", row->name,
			(unsigned)row->type, cuts ? ", with cuts" : "");
	}
}

static void
test_exact(void** state)
{
	struct scene scene;
	(void)state;
	exact_scene_create(&scene);
	check_exact(&scene, false);
	note_cuts(scene.store, scene.zones);
	check_exact(&scene, true);
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
		check(ask_exact(&scene, "n0.plain.", TYPE_A) ==
			(aliases <= 16), "%u", aliases);
		scene_clear(&scene);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_exact),
		test(test_exact_long_chains),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
