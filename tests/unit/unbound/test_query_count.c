/*
 * tests/unit/unbound/test_query_count.c - what a query is counted as.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/*
 * A query in which the zones have a part is counted once, when the module is
 * done with it: for its zone, as what became of it. Others are not counted.
 */
#include "unbound/queries.h"

/** A query that is answered at once, or is not, and what it counts as. */
struct count_case {
	/** qname */
	const char* name;
	/** qtype */
	uint16_t type;
	/** flags of the query */
	uint16_t flags;
	/** what is counted */
	const char* counted;
};

static const struct count_case count_cases[] = {
	{ "a.example.", TYPE_A, BIT_RD, "example. data" },
	{ "a.example.", TYPE_A, 0, "example. data" },
	{ "A.Plain.", TYPE_AAAA, BIT_RD, "plain. data" },
	{ "a.example.", TYPE_ANY, BIT_RD, "example. data" },
	{ "x.w.plain.", TYPE_A, BIT_RD, "plain. data" },
	{ "example.", TYPE_SOA, BIT_RD, "example. data" },
	{ "a.fall.", TYPE_A, BIT_RD, "fall. data" },
	/* the alias itself was asked for */
	{ "alias.example.", TYPE_CNAME, BIT_RD, "example. data" },
	{ "alias.example.", TYPE_ANY, BIT_RD, "example. data" },
	{ "d.example.", TYPE_DNAME, BIT_RD, "example. data" },
	/* an alias, wherever it leads, counts for its own zone */
	{ "alias.example.", TYPE_A, BIT_RD, "example. alias" },
	{ "nx.plain.", TYPE_A, BIT_RD, "plain. alias" },
	{ "alias.example.", TYPE_MX, BIT_RD, "example. alias" },
	{ "back.example.", TYPE_A, BIT_RD, "example. alias" },
	{ "out.example.", TYPE_A, 0, "example. alias" },
	{ "below.example.", TYPE_A, 0, "example. alias" },
	{ "below.plain.", TYPE_A, 0, "plain. alias" },
	{ "x.d.example.", TYPE_A, 0, "example. alias" },
	{ "x.d.example.", TYPE_DNAME, 0, "example. alias" },
	{ "x.d.example.", TYPE_ANY, 0, "example. alias" },
	/* negative answers */
	{ "a.example.", TYPE_MX, BIT_RD, "example. nodata" },
	{ "w.plain.", TYPE_A, BIT_RD, "plain. nodata" },
	{ "cut.example.", TYPE_DS, BIT_RD, "example. nodata" },
	{ "gone.example.", TYPE_A, BIT_RD, "example. nxdomain" },
	/* referrals */
	{ "www.cut.example.", TYPE_A, 0, "example. referral" },
	{ "cut.fall.", TYPE_A, 0, "fall. referral" },
	/* not done yet */
	{ "www.cut.example.", TYPE_A, BIT_RD, "" },
	{ "absent.fall.", TYPE_A, BIT_RD, "" },
	{ "out.example.", TYPE_A, BIT_RD, "" },
	/* others' */
	{ "www.outside.net.", TYPE_A, BIT_RD, "" },
	{ "example.", TYPE_DS, BIT_RD, "" },
};

/** Fail unless this is counted. */
static void
check_counted(size_t row, const char* expected)
{
	const char* is = counted();
	check(strcmp(is, expected) == 0, "row %zu: \"%s\" is counted, not "
		"\"%s\"; %s", row, is, expected, told);
}

static void
test_at_once(void** state)
{
	size_t i;
	(void)state;
	(void)counted();
	for(i = 0; i < COUNT(count_cases); i++) {
		const struct count_case* row = &count_cases[i];
		begin(row->name, row->type, row->flags);
		check_counted(i, row->counted);
		region_clear();
	}
}

/** Only class IN is ours; no query is counted by an event that is not for the
 * module. */
static void
test_not_counted(void** state)
{
	(void)state;
	query_init("a.example.", TYPE_A, BIT_RD);
	qstate.qinfo.qclass = LDNS_RR_CLASS_CH;
	operate(module_event_new);
	finish("NOERROR");
	query_init("a.example.", TYPE_A, BIT_RD);
	operate(module_event_error);
	check_counted(0, "");
}

/** A query that is passed on, and what others answer. */
struct passed_case {
	/** qname */
	const char* name;
	/** qtype */
	uint16_t type;
	/** what others answer; NULL: they fail */
	const char* message;
	/** whether it is bogus */
	bool bogus;
	/** what is counted */
	const char* counted;
};

static const struct passed_case passed_cases[] = {
	/* below a cut, and what a zone that falls through lacks */
	{ "www.cut.example.", TYPE_A, "NOERROR | an @ A 192.0.2.9", false,
		"example. recursed" },
	{ "absent.fall.", TYPE_A, ABSENT_A, false, "fall. recursed" },
	{ "absent.fall.", TYPE_A, "NXDOMAIN", false, "fall. recursed" },
	{ "absent.fall.", TYPE_A, NULL, false, "fall. servfail" },
	{ "www.cut.example.", TYPE_A, NULL, false, "example. servfail" },
	{ "absent.fall.", TYPE_A, ABSENT_A, true, "fall. servfail" },
	/* others' names, which lead to ours or do not */
	{ "x.net.", TYPE_A, "NOERROR | an x.net. A 192.0.2.9", false, "" },
	{ "x.net.", TYPE_A, NULL, false, "" },
	{ "x.net.", TYPE_A, "NOERROR" TO("a.example."), false,
		"example. data" },
	{ "x.net.", TYPE_MX, "NOERROR" TO("a.plain."), false,
		"plain. nodata" },
	{ "x.net.", TYPE_A, "NOERROR" TO("gone.example."), false,
		"example. nxdomain" },
	{ "x.net.", TYPE_A, "NOERROR" TO("alias.plain."), false,
		"plain. alias" },
	/* a name of ours that was recursed, and leads to another */
	{ "absent.fall.", TYPE_A, "NOERROR | an @ CNAME a.example.", false,
		"example. data" },
	/* what a zone leaves to others all the way is others' */
	{ "x.net.", TYPE_A, "NOERROR" TO("absent.fall.")
		" | an absent.fall. A 192.0.2.9", false, "" },
};

static void
test_passed(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(passed_cases); i++) {
		const struct passed_case* row = &passed_cases[i];
		begin(row->name, row->type, BIT_RD);
		check_counted(i, "");
		if(row->message)
			qstate.return_msg = message_make(row->message);
		else	qstate.return_rcode = LDNS_RCODE_SERVFAIL;
		if(row->bogus)
			qstate.return_msg->rep->security = sec_status_bogus;
		finish(NULL);
		check_counted(i, row->counted);
		region_clear();
	}
}

/** A client that validates by itself gets what is bogus. */
static void
test_bogus_for_cd(void** state)
{
	(void)state;
	begin("absent.fall.", TYPE_A, BIT_RD | BIT_CD);
	qstate.return_msg = message_make(ABSENT_A);
	qstate.return_msg->rep->security = sec_status_bogus;
	finish(NULL);
	check_counted(0, "fall. recursed");
}

/** An answer that was kept. */
static void
test_kept(void** state)
{
	(void)state;
	query_init("absent.fall.", TYPE_A, BIT_RD);
	doubles.found = message_make(ABSENT_A);
	operate(module_event_new);
	check_counted(0, "fall. recursed");
}

/** The target of an alias is asked for by a sub-query. */
static void
test_chased(void** state)
{
	(void)state;
	begin("out.example.", TYPE_A, BIT_RD);
	check_counted(0, "");
	join_with(OUTSIDE_A);
	check_counted(0, "example. alias");
	begin("out.example.", TYPE_A, BIT_RD);
	join(LDNS_RCODE_SERVFAIL, NULL);
	check_counted(1, "example. servfail");
	/* a circle: the alias is what the client gets */
	doubles.can_attach = false;
	begin("out.example.", TYPE_A, BIT_RD);
	check_counted(2, "example. alias");
}

/** It counts as what it ends as, once. */
static void
test_overtaken(void** state)
{
	(void)state;
	begin("later.fall.", TYPE_A, BIT_RD);
	change("fall/later/A", "192.0.2.60");
	finish("NOERROR | an @ A 192.0.2.66");
	check_counted(0, "fall. data");
	change("fall/later/A", NULL);
	change("example/late/CNAME", "one.net.");
	begin("late.example.", TYPE_A, BIT_RD);
	change("example/late/CNAME", "two.net.");
	join_with(OUTSIDE_A);
	check_counted(1, "");
	change("example/late/CNAME", NULL);
	join_with(OUTSIDE_A);
	check_counted(2, "example. nxdomain");
}

/** While the zones cannot answer, and where memory runs out. */
static void
test_failures(void** state)
{
	static const enum reply_failure failures[] = { REPLY_NOT_READY,
		REPLY_STALE };
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(failures); i++) {
		doubles.failure = failures[i];
		begin("a.example.", TYPE_A, BIT_RD);
		check_counted(i, "example. servfail");
		begin("absent.fall.", TYPE_A, BIT_RD);
		check_counted(i, "fall. servfail");
		begin("x.net.", TYPE_A, BIT_RD);
		finish("NOERROR" TO("a.plain."));
		check_counted(i, "plain. servfail");
	}
	doubles.failure = REPLY_NO_FAILURE;
	doubles.referral_fits = false;
	begin("www.cut.example.", TYPE_A, BIT_RD);
	check_counted(i, "example. servfail");
}

/** A query that another module has begun for itself. */
static void
test_inner(void** state)
{
	(void)state;
	query_init("a.example.", TYPE_A, BIT_RD);
	finish(NULL);
	check_counted(0, "example. data");
	query_init("www.cut.example.", TYPE_A, BIT_RD);
	finish("NOERROR | an @ A 192.0.2.9");
	check_counted(1, "");
}

/** What dns64 makes of NODATA is data; what it leaves alone is not. */
static void
test_dns64(void** state)
{
	(void)state;
	doubles.has_dns64 = true;
	begin("a.example.", TYPE_AAAA, BIT_RD);
	check_counted(0, "");
	finish("NOERROR | an a.example. AAAA 64:ff9b::c000:201");
	check_counted(0, "example. data");
	begin("a.example.", TYPE_AAAA, BIT_RD);
	finish(NULL);
	check_counted(1, "example. nodata");
	begin("alias.example.", TYPE_AAAA, BIT_RD);
	finish(NULL);
	check_counted(2, "example. alias");
	begin("a.example.", TYPE_AAAA, BIT_RD);
	doubles.failure = REPLY_STALE;
	finish(NULL);
	check_counted(3, "example. servfail");
}

/** Others' alias leads there: a sub-query goes to dns64. */
static void
test_dns64_behind_alias(void** state)
{
	(void)state;
	doubles.has_dns64 = true;
	begin("x.net.", TYPE_AAAA, BIT_RD);
	finish("NOERROR" TO("a.example."));
	check_counted(0, "");
	join_with("NOERROR | an a.example. AAAA 64:ff9b::c000:201");
	check_counted(0, "example. data");
	begin("x.net.", TYPE_AAAA, BIT_RD);
	finish("NOERROR" TO("a.example."));
	join_with("NOERROR | au example. SOA . . 0 0 0 0 0");
	check_counted(1, "example. nodata");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_at_once),
		TEST(test_not_counted),
		TEST(test_passed),
		TEST(test_bogus_for_cd),
		TEST(test_kept),
		TEST(test_chased),
		TEST(test_overtaken),
		TEST(test_failures),
		TEST(test_inner),
		TEST(test_dns64),
		TEST(test_dns64_behind_alias),
	};
	return cmocka_run_group_tests_name("query_count", tests,
		zones_set_up, zones_tear_down);
}
