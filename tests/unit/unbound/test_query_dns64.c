/*
 * tests/unit/unbound/test_query_dns64.c - answers by way of dns64.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/*
 * Where the module dns64 stands behind this one, it gets each answer about AAAA
 * whose name has A records, and each query that is passed on for a name of the
 * zones. dns64 is a double here, which answers what a test says. What the
 * module does with such an answer is tested in test_dns64.c.
 */
#include "unbound/queries.h"

/** what dns64 makes of the A record of a.example. */
#define MADE "NOERROR | an a.example. AAAA 64:ff9b::c000:201"

/** An answer about AAAA goes to dns64, and nowhere else, if there are A
 * records. */
static void
test_dns64(void** state)
{
	(void)state;
	doubles.has_dns64 = true;
	doubles.can_hand_over = doubles.is_worth = true;
	assert_string_equal(begin("a.example.", TYPE_AAAA, BIT_RD),
		"[ask a.example. A RD][dns64]SKIP PASS");
	assert_string_equal(finish(MADE), "DONE NOERROR AA | an a.example. "
		"AAAA 100 64:ff9b::c000:201");
	assert_int_equal(qstate.no_cache_store, 0);
	/* it leaves it alone */
	assert_string_equal(begin("alias.example.", TYPE_AAAA, 0),
		"[ask alias.example. A][dns64]SKIP PASS");
	assert_string_equal(finish(NULL), "DONE NOERROR AA | an "
		"alias.example. CNAME 300 a.example. | " SOA);
	/* it waits for the A records at once (dns64-ignore-aaaa) */
	doubles.dns64_begins = module_wait_subquery;
	assert_string_equal(begin("a.plain.", TYPE_AAAA, BIT_RD),
		"[ask a.plain. A RD][dns64]PASS");
	assert_int_equal(qstate.curmod, ID + 1);
	assert_string_equal(finish(NULL), "DONE NOERROR AA | an a.plain. AAAA "
		"300 2001:db8::4");
}

/** What is not for dns64, where that stands behind this module. */
static const struct begin_case not_cases[] = {
	/* the client validates */
	{ "a.example.", TYPE_AAAA, BIT_RD | BIT_CD, "DONE NOERROR AA | " SOA },
	/* there is no A record */
	{ "m0.plain.", TYPE_AAAA, BIT_RD, "DONE NOERROR AA | au plain. SOA 60"
		SOA_RDATA },
	{ "gone.example.", TYPE_AAAA, BIT_RD, "DONE NXDOMAIN AA | " SOA },
	/* another type is asked for */
	{ "a.example.", TYPE_MX, BIT_RD, "DONE NOERROR AA | " SOA },
	/* the answer is not here */
	{ "out.example.", TYPE_AAAA, BIT_RD,
		"[ask www.Outside.net. AAAA RD]WAIT" },
	/* what may be for it as soon as there is an A record is not handed
	 * over */
	{ "six.plain.", TYPE_AAAA, BIT_RD, "DONE NOERROR AA | an six.plain. "
		"AAAA 300 2001:db8::6" },
};

static void
test_dns64_not(void** state)
{
	(void)state;
	doubles.can_hand_over = doubles.is_worth = true;
	/* it is not there */
	assert_string_equal(begin("a.plain.", TYPE_AAAA, BIT_RD), "[hand over]"
		"DONE NOERROR AA | an a.plain. AAAA 300 2001:db8::4");
	doubles.has_dns64 = true;
	change("plain/six/AAAA", "2001:db8::6");
	check_begins(not_cases, COUNT(not_cases));
	change("plain/six/AAAA", NULL);
	/* it is the last module */
	the_mesh.mods.num = ID + 2;
	assert_string_equal(begin("a.example.", TYPE_AAAA, BIT_RD),
		"DONE NOERROR AA | " SOA);
}

/** What is recursed for a name of ours goes through it, for it to store
 * nothing; of any type. */
static void
test_dns64_recursed(void** state)
{
	(void)state;
	doubles.has_dns64 = true;
	assert_string_equal(begin("absent.fall.", TYPE_A, BIT_RD),
		"[find][fence][dns64]PASS");
	assert_int_equal(qstate.curmod, ID + 1);
	assert_string_equal(finish(ABSENT_A), "[remove][keep]DONE NOERROR | "
		ABSENT);
	assert_string_equal(begin("x.net.", TYPE_A, BIT_RD), "[fence]PASS");
	assert_int_equal(qstate.curmod, ID);
}

/** Meanwhile etcd has something else; or the modules behind dns64 have been
 * asked; or we can answer no more. */
static void
test_dns64_overtaken(void** state)
{
	(void)state;
	doubles.has_dns64 = true;
	begin("a.example.", TYPE_AAAA, BIT_RD);
	change("example/a/AAAA", "2001:db8::a");
	assert_string_equal(finish(MADE),
		"[ask a.example. A RD][dns64]SKIP PASS");
	assert_string_equal(finish(NULL), "DONE NOERROR AA | an a.example. "
		"AAAA 300 2001:db8::a");
	change("example/a/AAAA", NULL);
	begin("a.example.", TYPE_AAAA, BIT_RD);
	qstate.minfo[MODULES - 1] = qname;
	assert_string_equal(finish(MADE), "DONE NOERROR AA | " SOA);
	begin("a.example.", TYPE_AAAA, BIT_RD);
	doubles.failure = REPLY_STALE;
	assert_string_equal(finish(MADE), "DONE RCODE 2");
}

/** An alias of others that leads to such a name: a query of its own goes to
 * dns64. */
static void
test_dns64_behind_alias(void** state)
{
	(void)state;
	doubles.has_dns64 = true;
	begin("x.net.", TYPE_AAAA, BIT_RD);
	assert_string_equal(finish("NOERROR" TO_A),
		"[ask a.example. AAAA RD][remove]WAIT");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_dns64),
		TEST(test_dns64_not),
		TEST(test_dns64_recursed),
		TEST(test_dns64_overtaken),
		TEST(test_dns64_behind_alias),
	};
	return cmocka_run_group_tests_name("query_dns64", tests,
		zones_set_up, zones_tear_down);
}
