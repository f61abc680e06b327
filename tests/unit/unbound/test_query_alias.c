/*
 * tests/unit/unbound/test_query_alias.c - sub-queries about aliases.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/*
 * Where an alias of etcd's leads out of the zones, the module asks Unbound for
 * the target, and appends what comes back. Where Unbound's cache has an alias
 * of others that leads into the zones, the module asks for that alias alone,
 * and answers from the zones what it leads to.
 */
#include "unbound/queries.h"

/* --- out of the zones ---------------------------------------------------- */

/** Another query's end, and what comes of it. */
struct join_case {
	/** qname of the query that waits */
	const char* name;
	/** the other one's message */
	const char* message;
	/** what comes of it */
	const char* told;
};

static const struct join_case join_cases[] = {
	{ "out.example.", "NOERROR | an www.outside.net. A 192.0.2.9",
		"DONE NOERROR AA | " OUT
		" | an www.outside.net. A 100 192.0.2.9" },
	/* with all of its sections, in their order */
	{ "out.example.", "NOERROR | an www.outside.net. CNAME x.net. | an "
		"x.net. A 192.0.2.9 | au net. NS ns.net. | ad ns.net. A "
		"192.0.2.10", "DONE NOERROR AA | " OUT " | an www.outside.net. "
		"CNAME 100 x.net. | an x.net. A 100 192.0.2.9 | au net. NS "
		"100 ns.net. | ad ns.net. A 100 192.0.2.10" },
	/* no data, no name */
	{ "out.example.", "NOERROR | au net. SOA n. h. 1 2 3 4 5",
		"DONE NOERROR AA | " OUT " | au net. SOA 100 n. h. 1 2 3 4 5" },
	{ "out.example.", "NXDOMAIN | au net. SOA n. h. 1 2 3 4 5",
		"DONE NXDOMAIN AA | " OUT
		" | au net. SOA 100 n. h. 1 2 3 4 5" },
	{ "out.example.", "NOERROR", "DONE NOERROR AA | " OUT },
	/* it came back here: the alias once */
	{ "out.example.", "NOERROR | an www.outside.net. CNAME out.example. | "
		"an OUT.example. CNAME www.outside.net.", "DONE NOERROR AA | "
		OUT " | an www.outside.net. CNAME 100 out.example." },
	/* the whole way, also where there is a DNAME */
	{ "x.d.example.", "NOERROR | an x.outside.net. A 192.0.2.9",
		"DONE NOERROR AA | an d.example. DNAME 300 outside.net. | an "
		"x.d.example. CNAME 300 x.outside.net. | an x.outside.net. A "
		"100 192.0.2.9" },
	/* from below a cut: the referral is gone */
	{ "below.example.", "NOERROR | an www.cut.example. A 192.0.2.9",
		"DONE NOERROR AA | an below.example. CNAME 300 "
		"www.cut.example. | an www.cut.example. A 100 192.0.2.9" },
};

static void
test_join(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(join_cases); i++) {
		const struct join_case* row = &join_cases[i];
		check(strstr(begin(row->name, TYPE_A, BIT_RD), "]WAIT"), "%s",
			told);
		join_with(row->message);
		check_told(i, row->told);
		region_clear();
	}
}

/** What is bogus is bogus as a whole. */
static void
test_join_bogus(void** state)
{
	struct dns_msg* message;
	(void)state;
	begin("out.example.", TYPE_A, BIT_RD);
	message = message_make(OUTSIDE_A);
	message->rep->security = sec_status_bogus;
	check(strstr(join(LDNS_RCODE_NOERROR, message),
		"DONE NOERROR AA bogus | "), "%s", told);
}

/** The other query fails, or says nothing, or was never heard of again. */
static void
test_join_fails(void** state)
{
	static const struct {
		/** RCODE of the query's end */
		int rcode;
		/** whether it has a message, and whether that has a reply */
		bool has_message, has_reply;
	} ends[] = {
		{ LDNS_RCODE_SERVFAIL, false, false },
		{ LDNS_RCODE_SERVFAIL, true, true },
		{ LDNS_RCODE_NOERROR, false, false },
		{ LDNS_RCODE_NOERROR, true, false },
	};
	struct dns_msg empty;
	size_t i;
	(void)state;
	memset(&empty, 0, sizeof(empty));
	for(i = 0; i < COUNT(ends); i++) {
		begin("out.example.", TYPE_A, BIT_RD);
		join(ends[i].rcode, !ends[i].has_message ? NULL :
			!ends[i].has_reply ? &empty :
			message_make(OUTSIDE_A));
		check_told(i, "DONE RCODE 2");
	}
	begin("out.example.", TYPE_A, BIT_RD);
	assert_string_equal(operate(module_event_pass), "WAIT");
}

/** A query that waits for nothing is not concerned. */
static void
test_inform_without_wait(void** state)
{
	struct module_qstate done;
	(void)state;
	query_init("a.example.", TYPE_A, BIT_RD);
	done_init(&done);
	done.return_msg = message_make(OUTSIDE_A);
	query_inform(&done, &qstate, ID);
	assert_null(qstate.minfo[ID]);
	assert_string_equal(operate(module_event_new), "DONE NOERROR AA | "
		A_RRSET);
}

/* --- aliases of others in Unbound's cache -------------------------------- */

static const char* const cached_aliases[][2] = {
	{ "x.net.", "a.example." },
	{ "y.net.", "x.net." },
	{ "out.net.", "out.example." },
	{ "fall.net.", "absent.fall." },
	{ "cut.net.", "www.cut.example." },
	{ "far.net.", "z.net." },
	{ "round.net.", "round.net." },
	{ NULL, NULL }
};

/** what Unbound says of x.net. alone, and what comes of it */
#define X_NET_ALONE "NOERROR" TO("a.example.")
#define X_NET_TOLD X_NET("a.example.") " | " A_RRSET

/** Where the alias is not asked for alone. */
static const struct begin_case passed_on[] = {
	/* there is no recursion, or the alias itself is asked for, or a DS
	 * RRset */
	{ "x.net.", TYPE_A, 0, "[fence]PASS" },
	{ "x.net.", TYPE_CNAME, BIT_RD, "[fence]PASS" },
	{ "x.net.", TYPE_DS, BIT_RD, "[fence]PASS" },
	/* it leads elsewhere, or to what is for others */
	{ "far.net.", TYPE_A, BIT_RD, "[fence]PASS" },
	{ "fall.net.", TYPE_A, BIT_RD, "[fence]PASS" },
	{ "round.net.", TYPE_A, BIT_RD, "[fence]PASS" },
};

/** An alias of others is asked for alone, and what it leads to is etcd's. */
static void
test_cached_alias(void** state)
{
	(void)state;
	doubles.cached = cached_aliases;
	assert_string_equal(begin("x.net.", TYPE_A, BIT_RD | BIT_CD),
		"[ask x.net. CNAME RD CD]WAIT");
	assert_string_equal(join_with(X_NET_ALONE), "DONE NOERROR | "
		X_NET_TOLD);
	check_begins(passed_on, COUNT(passed_on));
}

/** One after the other, and out of the zones again. */
static void
test_cached_aliases(void** state)
{
	(void)state;
	doubles.cached = cached_aliases;
	assert_string_equal(begin("y.net.", TYPE_A, BIT_RD),
		"[ask y.net. CNAME RD]WAIT");
	assert_string_equal(join_with("NOERROR | an y.net. CNAME x.net."),
		"[ask x.net. CNAME RD]WAIT");
	assert_string_equal(join_with(X_NET_ALONE), "DONE NOERROR | an y.net. "
		"CNAME 100 x.net. | " X_NET_TOLD);
	begin("out.net.", TYPE_A, BIT_RD);
	assert_string_equal(join_with("NOERROR | an out.net. CNAME "
		"out.example."), "[ask www.Outside.net. A RD]WAIT");
	assert_string_equal(join_with(OUTSIDE_A), "DONE NOERROR | an "
		"out.net. CNAME 100 out.example. | " OUT " | an "
		"www.outside.net. A 100 192.0.2.9");
	assert_string_equal(begin("cut.net.", TYPE_A, BIT_RD),
		"[ask cut.net. CNAME RD]WAIT");
}

/** It is an alias no more, or can't be had: the others are asked as ever. */
static void
test_cached_alias_is_gone(void** state)
{
	(void)state;
	doubles.cached = cached_aliases;
	begin("x.net.", TYPE_A, BIT_RD);
	assert_string_equal(join_with("NOERROR | au net. SOA n. h. 1 2 3 4 5"),
		"[fence]PASS");
	begin("x.net.", TYPE_A, BIT_RD);
	assert_string_equal(join(LDNS_RCODE_SERVFAIL, NULL), "[fence]PASS");
}

/** A circle of aliases alone ends. */
static void
test_cached_alias_in_a_circle(void** state)
{
	(void)state;
	doubles.cached = cached_aliases;
	doubles.can_attach = false;
	assert_string_equal(begin("x.net.", TYPE_A, BIT_RD),
		"[ask x.net. CNAME RD]DONE RCODE 2");
}

/** Unbound gives up where an alias leads into the zones. */
static void
test_give_up(void** state)
{
	(void)state;
	begin("x.net.", TYPE_A, BIT_RD);
	doubles.cached = cached_aliases;
	qstate.return_rcode = LDNS_RCODE_SERVFAIL;
	assert_string_equal(finish(NULL),
		"[remove][ask x.net. CNAME RD]WAIT");
	qstate.return_rcode = LDNS_RCODE_NOERROR;
	assert_string_equal(join_with(X_NET_ALONE), "DONE NOERROR | "
		X_NET_TOLD);
	/* what others have failed to say is not asked again */
	begin("x.net.", TYPE_A, 0);
	qstate.query_flags = BIT_RD;
	qstate.return_rcode = LDNS_RCODE_SERVFAIL;
	finish(NULL);
	assert_string_equal(join_with("NOERROR" TO("absent.fall.")),
		"DONE RCODE 2");
}

/** The iterator has gone on to the target of an alias that alone was asked
 * for, and ended at the fence. */
static void
test_alias_alone_at_the_fence(void** state)
{
	(void)state;
	doubles.is_fences = true;
	assert_string_equal(pass("x.net.", TYPE_CNAME, BIT_RD,
		"NXDOMAIN" TO_A), "DONE NOERROR | " X_NET("a.example."));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_join),
		TEST(test_join_bogus),
		TEST(test_join_fails),
		TEST(test_inform_without_wait),
		TEST(test_cached_alias),
		TEST(test_cached_aliases),
		TEST(test_cached_alias_is_gone),
		TEST(test_cached_alias_in_a_circle),
		TEST(test_give_up),
		TEST(test_alias_alone_at_the_fence),
	};
	return cmocka_run_group_tests_name("query_alias", tests,
		zones_set_up, zones_tear_down);
}
