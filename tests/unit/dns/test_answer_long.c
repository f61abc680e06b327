/*
 * tests/unit/dns/test_answer_long.c - do the longest answers fit?
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
	char key[64];
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(ends); i++) {
		struct scene scene;
		const char* out;
		scene_create(&scene, three_zones, COUNT(three_zones));
		put_dnames(&scene, 16, "end.example.");
		sprintf(key, "example/end/x/%s", ends[i][0]);
		put_targets(&scene, key, ends[i][1], "example.", 80);
		put_addresses(&scene, "example", 80);
		out = scene_ask(&scene, "x.d0.example.", i == 0 ? TYPE_MX :
			TYPE_SRV);
		check_aliases(out, "NOERROR | ", 16, 16);
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
	struct scene scene;
	const char* out;
	(void)state;
	scene_create(&scene, three_zones, COUNT(three_zones));
	put_dnames(&scene, 16, "cut.example.");
	put_targets(&scene, "example/cut/NS", "", "cut.example.", 40);
	put_targets(&scene, "example/cut/NS", "", "example.", 40);
	put_addresses(&scene, "example/cut", 40);
	put_addresses(&scene, "example", 40);
	out = scene_ask(&scene, "x.d0.example.", TYPE_A);
	check_aliases(out, "NOERROR | ", 16, 16);
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
	struct scene scene;
	const char* out;
	(void)state;
	scene_create(&scene, three_zones, 1);
	put_targets(&scene, "example/cut/NS", "", "cut.example.", 10);
	put_targets(&scene, "example/cut/NS", "", "example.", 40);
	put_addresses(&scene, "example/cut", 10);
	put_addresses(&scene, "example", 40);
	out = scene_ask(&scene, "cut.example.", TYPE_A);
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
	struct scene scene;
	const char* out;
	(void)state;
	scene_create(&scene, three_zones, 1);
	put(scene.store, "example/last/A", "192.0.2.1");
	put(scene.store, "example/cut/last/A", "192.0.2.1");
	put_targets(&scene, "example/m/MX", "1", "example.", 63);
	put(scene.store, "example/m/MX", "2 last.example.");
	out = scene_ask(&scene, "m.example.", TYPE_MX);
	assert_int_equal(count_word(out, " | ad "), 1);
	put(scene.store, "example/m/MX/one-more", "1 u.example.");
	out = scene_ask(&scene, "m.example.", TYPE_MX);
	assert_int_equal(count_word(out, " | ad "), 0);
	/* in canonical order these are before those below the cut */
	put_targets(&scene, "example/cut/NS", "", "a.", 100);
	put(scene.store, "example/cut/NS", "last.cut.example.");
	put(scene.store, "example/cut/NS/beside",
		"last.example.");
	out = scene_ask(&scene, "cut.example.", TYPE_A);
	assert_int_equal(count_word(out, " | ad "), 1);
	assert_non_null(strstr(out, " | ad last.cut.example. A "));
	scene_clear(&scene);
}

/** Chains as long as there are, that end otherwise. */
static void
test_ends_of_longest_chains(void** state)
{
	char value[300], mname[260], soa[700];
	struct scene scene;
	const char* out;
	(void)state;
	scene_create(&scene, three_zones, COUNT(three_zones));
	/* at an SOA of the longest names */
	write_most_labels(mname);
	sprintf(soa, "%s %s 9 1 2 3 4", mname, mname);
	put(scene.store, "other/SOA", soa);
	put_dnames(&scene, 16, "other.");
	out = scene_ask(&scene, "x.d0.example.", TYPE_A);
	check_aliases(out, "NXDOMAIN | ", 16, 16);
	check(strstr(strstr(out, " | au other. SOA 4 "), soa), "%s", out);
	/* at one that is asked for */
	put(scene.store, "example/d15/DNAME", ".");
	put(scene.store, "example/to-d0/CNAME", "other.d1.example.");
	out = scene_ask(&scene, "to-d0.example.", TYPE_SOA);
	check_aliases(out, "NOERROR | ", 16, 15);
	check(strstr(strstr(out, " | an other. SOA 300 "), soa), "%s", out);
	/* at a DNAME whose CNAME would be too long */
	write_long_name(value, 250);
	put(scene.store, "example/d16/DNAME", value);
	put(scene.store, "example/d15/DNAME", "d16.example.");
	out = scene_ask(&scene, "abcde.d0.example.", TYPE_A);
	check_aliases(out, "YXDOMAIN | ", 16, 17);
	/* and at one more alias, which is told */
	put(scene.store, "example/d16/DNAME", "other.");
	out = scene_ask(&scene, "x.d0.example.", TYPE_A);
	check_aliases(out, "NOERROR | ", 17, 17);
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
	scene_create(&scene, three_zones, 1);
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
			answer->name == answer->rrset[answer->count - 1]
			.rdata.octets + 2, "%zu: %zu", i, answer->count);
		store_read_unlock(scene.store);
	}
	free(answer);
	scene_clear(&scene);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_longest_answer),
		test(test_longest_referral),
		test(test_addresses_of_both_kinds),
		test(test_targets_without_addresses),
		test(test_ends_of_longest_chains),
		test(test_aliases_on_the_way),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
