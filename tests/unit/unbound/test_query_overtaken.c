/*
 * tests/unit/unbound/test_query_overtaken.c - etcd changes meanwhile.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/*
 * A key changes while a query waits for the other modules, or for a sub-query.
 * Before the module answers, it asks the zones again: if they say something
 * else by then, the query begins anew, and after several times the client gets
 * SERVFAIL.
 */
#include "unbound/queries.h"

/** What changes in etcd while a query waits, and what comes of it. */
struct overtaken_case {
	/** qname */
	const char* name;
	/** the key that changes */
	const char* path;
	/** its value; NULL: it is deleted */
	const char* value;
	/** what is done with the query when the others are done with it, or the
	 * sub-query is */
	const char* told;
};

static const struct overtaken_case recursed_cases[] = {
	{ "later.fall.", "fall/later/A", "192.0.2.60", "[remove]DONE NOERROR "
		"AA | an later.fall. A 300 192.0.2.60" },
	{ "later.fall.", "fall/later/CNAME", "a.fall.", "[remove]DONE NOERROR "
		"AA | an later.fall. CNAME 300 a.fall. | an a.fall. A 300 "
		"192.0.2.3" },
	{ "later.fall.", "fall/later/CNAME", "www.outside.net.",
		"[remove][ask www.outside.net. A RD]WAIT" },
	/* a zone cut has come: the others begin anew */
	{ "x.later.fall.", "fall/later/NS", "ns.outside.net.",
		"[remove][referral later.fall.][find][fence]AGAIN" },
	/* something else has changed */
	{ "later.fall.", "fall/other/A", "192.0.2.60",
		"[remove][keep]DONE NOERROR | an later.fall. A 100 "
		"192.0.2.66" },
};

static void
test_moddone_overtaken(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(recursed_cases); i++) {
		const struct overtaken_case* row = &recursed_cases[i];
		check(strstr(begin(row->name, TYPE_A, BIT_RD), "PASS"), "%s",
			told);
		assert_int_equal(qstate.no_cache_store, 1);
		change(row->path, row->value);
		finish("NOERROR | an @ A 192.0.2.66");
		change(row->path, NULL);
		check_told(i, row->told);
		region_clear();
	}
}

/** The others have failed by then: etcd's is the answer all the same. */
static void
test_failed_and_overtaken(void** state)
{
	(void)state;
	begin("later.fall.", TYPE_A, BIT_RD);
	qstate.return_rcode = LDNS_RCODE_SERVFAIL;
	change("fall/later/A", "192.0.2.60");
	finish(NULL);
	change("fall/later/A", NULL);
	assert_string_equal(told, "[remove]DONE NOERROR AA | an later.fall. A "
		"300 192.0.2.60");
}

static const struct overtaken_case waiting_cases[] = {
	{ "late.example.", "example/late/CNAME", "a.example.", "DONE NOERROR "
		"AA | an late.example. CNAME 300 a.example. | " A_RRSET },
	{ "late.example.", "example/late/CNAME", NULL, "DONE NXDOMAIN AA | "
		SOA },
	{ "late.example.", "example/late/CNAME", "new.outside.net.",
		"[ask new.outside.net. A RD]WAIT" },
	{ "late.example.", "example/late/CNAME", "{\"ttl\": 7, \"rdata\": "
		"\"www.Outside.net.\"}", "[ask www.Outside.net. A RD]WAIT" },
	{ "late.example.", "example/other/A", "192.0.2.60", "DONE NOERROR AA "
		"| an late.example. CNAME 300 www.Outside.net. | an "
		"www.outside.net. A 100 192.0.2.9" },
};

static void
test_join_overtaken(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(waiting_cases); i++) {
		const struct overtaken_case* row = &waiting_cases[i];
		change("example/late/CNAME", "www.Outside.net.");
		check(strstr(begin(row->name, TYPE_A, BIT_RD), "WAIT"), "%s",
			told);
		change(row->path, row->value);
		join_with(OUTSIDE_A);
		check_told(i, row->told);
		region_clear();
	}
	change("example/late/CNAME", NULL);
	change("example/other/A", NULL);
}

/** It changes each time: no answer is better than an old one. */
static void
test_overtaken_again_and_again(void** state)
{
	static const char* const targets[] = { "one.net.", "two.net.",
		"three.net.", "four.net." };
	size_t i;
	(void)state;
	change("example/late/CNAME", "zero.net.");
	begin("late.example.", TYPE_A, BIT_RD);
	for(i = 0; i < COUNT(targets); i++) {
		change("example/late/CNAME", targets[i]);
		join_with(OUTSIDE_A);
		check(strstr(told, i < 3 ? "WAIT" : "DONE RCODE 2"), "%zu: %s",
			i, told);
	}
	change("example/late/CNAME", NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_moddone_overtaken),
		TEST(test_failed_and_overtaken),
		TEST(test_join_overtaken),
		TEST(test_overtaken_again_and_again),
	};
	return cmocka_run_group_tests_name("query_overtaken", tests,
		zones_set_up, zones_tear_down);
}
