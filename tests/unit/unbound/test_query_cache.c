/*
 * tests/unit/unbound/test_query_cache.c - what Unbound may answer again.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/*
 * The module hands an answer over to Unbound's cache if only a change of the
 * answer's own RRsets can make it wrong, and if it was asked for before. What
 * the iterator learns of a name of the zones is kept under a name of its own,
 * unless Unbound must not store it; the next query finds it there.
 */
#include "unbound/queries.h"
#include <stdio.h>

/* --- answers that are handed over ---------------------------------------- */

#define HANDED "[hand over]DONE NOERROR AA | "
#define PLAIN_A "an a.plain. A 300 192.0.2.4"

/** Questions, and what comes of each where its answer can be handed over, and
 * is worth it. */
static const struct begin_case hand_cases[] = {
	{ "a.plain.", TYPE_A, BIT_RD, HANDED PLAIN_A },
	{ "A.plaiN.", TYPE_AAAA, BIT_RD, HANDED
		"an A.plaiN. AAAA 300 2001:db8::4" },
	{ "alias.plain.", TYPE_A, BIT_RD, HANDED "an alias.plain. CNAME 300 "
		"A.plain. | an A.plain. A 300 192.0.2.4" },
	{ "out.plain.", TYPE_CNAME, BIT_RD, HANDED
		"an out.plain. CNAME 300 www.Outside.net." },
	/* what others than its own names can make another answer */
	{ "a.plain.", TYPE_MX, BIT_RD, "DONE NOERROR AA | au plain. SOA 60"
		SOA_RDATA },
	{ "gone.plain.", TYPE_A, BIT_RD, "DONE NXDOMAIN AA | au plain. SOA 60"
		SOA_RDATA },
	{ "nx.plain.", TYPE_A, BIT_RD, "DONE NXDOMAIN AA | an nx.plain. CNAME "
		"300 gone.plain. | au plain. SOA 60" SOA_RDATA },
	{ "x.w.plain.", TYPE_A, BIT_RD,
		"DONE NOERROR AA | an x.w.plain. A 300 192.0.2.5" },
	{ "m.plain.", TYPE_MX, BIT_RD, "DONE NOERROR AA | an m.plain. MX 300 "
		"10 a.plain. | ad a.plain. A 300 192.0.2.4 | ad a.plain. AAAA "
		"300 2001:db8::4" },
	{ "m0.plain.", TYPE_MX, BIT_RD,
		"DONE NOERROR AA | an m0.plain. MX 300 10 mail.outside.net." },
	{ "plain.", TYPE_SOA, BIT_RD, "DONE NOERROR AA | an plain. SOA 300"
		SOA_RDATA },
	{ "a.example.", TYPE_A, BIT_RD, "DONE NOERROR AA | " A_RRSET },
	/* what is not answered here, or not yet */
	{ "out.plain.", TYPE_A, BIT_RD, "[ask www.Outside.net. A RD]WAIT" },
	{ "below.plain.", TYPE_A, BIT_RD, "[ask www.cut.example. A RD]WAIT" },
	{ "www.cut.example.", TYPE_A, BIT_RD,
		"[referral cut.example.][find][fence]PASS" },
	{ "absent.fall.", TYPE_A, BIT_RD, "[find][fence]PASS" },
};

static void
test_hand_over(void** state)
{
	size_t i;
	(void)state;
	doubles.can_hand_over = doubles.is_worth = true;
	for(i = 0; i < COUNT(hand_cases); i++) {
		doubles.begun = 0;
		doubles.asked_hash = 0;
		check_begins(&hand_cases[i], 1);
		check(doubles.begun == 1, "row %zu", i);
		/* what cannot be is not counted as asked before either */
		check(!doubles.asked_hash == !strstr(told, "[hand over]"),
			"row %zu", i);
	}
}

/** What is not worth it, or cannot be. */
static void
test_hand_over_not(void** state)
{
	(void)state;
	doubles.can_hand_over = true;
	assert_string_equal(begin("a.plain.", TYPE_A, BIT_RD),
		"DONE NOERROR AA | " PLAIN_A);
	doubles.can_hand_over = false;
	doubles.is_worth = true;
	assert_string_equal(begin("a.plain.", TYPE_A, BIT_RD),
		"DONE NOERROR AA | " PLAIN_A);
	assert_int_equal(doubles.begun, 2);
}

/** Where there is no answer, it is not even asked; nor of others' names. */
static void
test_hand_over_no_answer(void** state)
{
	(void)state;
	doubles.can_hand_over = doubles.is_worth = true;
	doubles.failure = REPLY_STALE;
	assert_string_equal(begin("a.plain.", TYPE_A, BIT_RD), "DONE RCODE 2");
	doubles.failure = REPLY_NO_FAILURE;
	assert_string_equal(begin("www.outside.net.", TYPE_A, BIT_RD),
		"[fence]PASS");
	/* of others' names, to have changes taken in before they are passed
	 * on */
	assert_int_equal(doubles.begun, 2);
}

/** A change that comes while it is asked is not overlooked: the store is read
 * after that. */
static void
test_hand_over_begins_before(void** state)
{
	(void)state;
	doubles.can_hand_over = doubles.is_worth = true;
	doubles.put_meanwhile = "plain/new/A";
	assert_string_equal(begin("new.plain.", TYPE_A, BIT_RD), HANDED
		"an new.plain. A 300 192.0.2.77");
}

/** The hash that it is asked with whether a question is worth it. */
static uint64_t
hash_of(const char* name, uint16_t type)
{
	begin(name, type, BIT_RD);
	check(strstr(told, "[hand over]"), "%s: \"%s\"", name, told);
	return doubles.asked_hash;
}

/** It is one for a name in any case, and another for each type and name. */
static void
test_hand_over_hash(void** state)
{
	uint64_t hash;
	(void)state;
	doubles.can_hand_over = doubles.is_worth = true;
	hash = hash_of("a.plain.", TYPE_A);
	assert_int_equal(hash_of("A.Plain.", TYPE_A), hash);
	assert_int_not_equal(hash_of("a.plain.", TYPE_AAAA), hash);
	/* the question's, not the answer's */
	assert_int_not_equal(hash_of("alias.plain.", TYPE_A), hash);
}

/* --- what was recursed --------------------------------------------------- */

/** What was recursed before, and kept. */
static void
test_found(void** state)
{
	(void)state;
	query_init("absent.fall.", TYPE_A, BIT_RD);
	doubles.found = message_make(ABSENT_A);
	assert_string_equal(operate(module_event_new), "[find]DONE NOERROR | "
		ABSENT);
	assert_int_equal(qstate.no_cache_store, 1);
	/* but not where etcd has it by now */
	assert_string_equal(begin("a.fall.", TYPE_A, BIT_RD), "DONE NOERROR "
		"AA | an a.fall. A 300 192.0.2.3");
}

/** An alias is kept with what others had behind it, which etcd may have by
 * now, or may leave to others. */
static void
test_found_alias(void** state)
{
	static const char* const cases[][2] = {
		{ "a.fall.", "[find]DONE NOERROR | an absent.fall. CNAME 100 "
			"a.fall. | an a.fall. A 300 192.0.2.3" },
		{ "x.cut.fall.", "[find][ask x.cut.fall. A RD]WAIT" },
		{ "gone.fall.", "[find]DONE NOERROR | an absent.fall. CNAME "
			"100 gone.fall. | an gone.fall. A 100 192.0.2.9" },
	};
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(cases); i++) {
		char kept[128];
		snprintf(kept, sizeof(kept), "NOERROR | an absent.fall. CNAME "
			"%s | an %s A 192.0.2.9", cases[i][0], cases[i][0]);
		query_init("absent.fall.", TYPE_A, BIT_RD);
		doubles.found = message_make(kept);
		operate(module_event_new);
		check_told(i, cases[i][1]);
	}
}

/** What Unbound is told not to keep is not kept. */
static void
test_no_cache_store(void** state)
{
	(void)state;
	begin("absent.fall.", TYPE_A, BIT_RD);
	/* as the iterator does it for forward-no-cache */
	qstate.no_cache_store = qstate.no_cache_lookup = 1;
	assert_string_equal(finish(ABSENT_A),
		"[remove]DONE NOERROR | " ABSENT);
}

/** What a server has said to the client's subnet is not for all clients. */
static void
test_scoped(void** state)
{
	struct edns_option subnet = { .opt_code = LDNS_EDNS_CLIENT_SUBNET };
	(void)state;
	begin("absent.fall.", TYPE_A, BIT_RD);
	qstate.edns_opts_back_in = &subnet;
	qstate.return_msg = message_make(ABSENT_A);
	respond(qstate.return_msg);
	assert_string_equal(finish(NULL),
		"[remove]DONE NOERROR | " ABSENT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_hand_over),
		TEST(test_hand_over_not),
		TEST(test_hand_over_no_answer),
		TEST(test_hand_over_begins_before),
		TEST(test_hand_over_hash),
		TEST(test_found),
		TEST(test_found_alias),
		TEST(test_no_cache_store),
		TEST(test_scoped),
	};
	return cmocka_run_group_tests_name("query_cache", tests,
		zones_set_up, zones_tear_down);
}
