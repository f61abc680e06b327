/*
 * tests/unit/unbound/test_query_begin.c - what becomes of a query.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/*
 * A query comes to the module. A name of the zones is answered from them; any
 * other name, and what the zones leave to others, goes to the next module. An
 * alias of etcd's that leads out of the zones begins a sub-query. While the
 * zones cannot answer, none of their names is passed on.
 */
#include "unbound/queries.h"

/** A question, and what comes of it. */
struct both_case {
	/** qname */
	const char* name;
	/** qtype */
	uint16_t type;
	/** what comes of it if recursion is desired */
	const char* recursive;
	/** what comes of it if not; NULL: the same */
	const char* iterative;
};

static const struct both_case both_cases[] = {
	/* what is ours, as far as it is */
	{ "a.example.", TYPE_A, "DONE NOERROR AA | " A_RRSET, NULL },
	{ "a.example.", TYPE_MX, "DONE NOERROR AA | " SOA, NULL },
	{ "gone.example.", TYPE_A, "DONE NXDOMAIN AA | " SOA, NULL },
	{ "alias.example.", TYPE_A, "DONE NOERROR AA | an alias.example. "
		"CNAME 300 a.example. | " A_RRSET, NULL },
	{ "a.fall.", TYPE_A, "DONE NOERROR AA | an a.fall. A 300 192.0.2.3",
		NULL },
	{ "back.example.", TYPE_A, "DONE NOERROR AA | an back.example. CNAME "
		"300 back.example.", NULL },
	/* the qname as the client has written it */
	{ "A.exaMple.", TYPE_A, "DONE NOERROR AA | an A.exaMple. A 300 "
		"192.0.2.1", NULL },
	/* what is not */
	{ "www.outside.net.", TYPE_A, "[fence]PASS", NULL },
	{ ".", TYPE_NS, "[fence]PASS", NULL },
	{ "example.", TYPE_DS, "[fence]PASS", NULL },
	/* what a zone that falls through lacks */
	{ "absent.fall.", TYPE_A, "[find][fence]PASS", NULL },
	{ "fall.", TYPE_SOA, "[find][fence]PASS", NULL },
	/* below a zone cut, and at it */
	{ "www.cut.example.", TYPE_A, "[referral cut.example.][find][fence]"
		"PASS", "DONE NOERROR | " CUT },
	{ "cut.example.", TYPE_A, "[referral cut.example.][find][fence]PASS",
		"DONE NOERROR | " CUT },
	{ "cut.example.", TYPE_DS, "DONE NOERROR AA | " SOA, NULL },
	{ "x.cut.fall.", TYPE_A, "[referral cut.fall.][find][fence]PASS",
		"DONE NOERROR | au cut.fall. NS 300 ns.outside.net." },
	/* aliases that lead out of the zones, and below a cut */
	{ "out.example.", TYPE_A, "[ask www.Outside.net. A RD]WAIT",
		"DONE NOERROR AA | " OUT },
	{ "out.example.", TYPE_MX, "[ask www.Outside.net. MX RD]WAIT",
		"DONE NOERROR AA | " OUT },
	{ "out.example.", TYPE_CNAME, "DONE NOERROR AA | " OUT, NULL },
	{ "lacks.example.", TYPE_A, "[ask absent.fall. A RD]WAIT",
		"DONE NOERROR AA | an lacks.example. CNAME 300 "
		"absent.fall." },
	{ "below.example.", TYPE_A, "[ask www.cut.example. A RD]WAIT",
		"DONE NOERROR AA | an below.example. CNAME 300 "
		"www.cut.example. | " CUT },
	{ "x.d.example.", TYPE_A, "[ask x.outside.net. A RD]WAIT",
		"DONE NOERROR AA | an d.example. DNAME 300 outside.net. | an "
		"x.d.example. CNAME 300 x.outside.net." },
};

static void
test_begin(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(both_cases); i++) {
		const struct both_case* row = &both_cases[i];
		begin(row->name, row->type, BIT_RD);
		check_told(i, row->recursive);
		begin(row->name, row->type, 0);
		check_told(i, row->iterative ? row->iterative :
			row->recursive);
		region_clear();
	}
}

/** A query that another module passes on begins as well. */
static void
test_begin_by_pass(void** state)
{
	(void)state;
	query_init("a.example.", TYPE_A, BIT_RD);
	assert_string_equal(operate(module_event_pass),
		"DONE NOERROR AA | " A_RRSET);
}

/** Only class IN is ours. */
static void
test_other_classes(void** state)
{
	(void)state;
	query_init("a.example.", TYPE_A, BIT_RD);
	qstate.qinfo.qclass = LDNS_RR_CLASS_CH;
	assert_string_equal(operate(module_event_new), "[fence]PASS");
}

/** Events that are not for this module. */
static void
test_wrong_events(void** state)
{
	static const enum module_ev wrong[] = { module_event_reply,
		module_event_noreply, module_event_capsfail,
		module_event_error };
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(wrong); i++) {
		query_init("a.example.", TYPE_A, BIT_RD);
		assert_string_equal(operate(wrong[i]), "[log]ERROR");
	}
}

/** That nothing be validated is handed on; other flags are not. */
static void
test_flags(void** state)
{
	(void)state;
	assert_string_equal(begin("out.example.", TYPE_A, BIT_RD | BIT_CD |
		BIT_AD), "[ask www.Outside.net. A RD CD]WAIT");
}

/** A referral that is another one when the iterator was told of it is
 * invalidated after that; not for other changes. */
static void
test_referral_overtaken(void** state)
{
	(void)state;
	doubles.put_while_storing = "example/cut/ns/A";
	doubles.has_changed = true;
	assert_string_equal(begin("www.cut.example.", TYPE_A, BIT_RD),
		"[referral cut.example.][referred][find][fence]PASS");
	doubles.put_while_storing = NULL;
	change("example/cut/ns/A", "192.0.2.2");
	assert_string_equal(begin("www.cut.example.", TYPE_A, BIT_RD),
		"[referral cut.example.][find][fence]PASS");
}

/** The cache has no room for a referral: an error, as the iterator would go
 * elsewhere. */
static void
test_referral_does_not_fit(void** state)
{
	(void)state;
	doubles.referral_fits = false;
	assert_string_equal(begin("www.cut.example.", TYPE_A, BIT_RD),
		"[referral cut.example.]ERROR");
}

static const struct begin_case circle_cases[] = {
	{ "out.example.", TYPE_A, BIT_RD, "[ask www.Outside.net. A RD]DONE "
		"NOERROR AA | " OUT },
	{ "below.example.", TYPE_A, BIT_RD, "[ask www.cut.example. A RD]DONE "
		"NOERROR AA | an below.example. CNAME 300 www.cut.example." },
};

/** There is such a query already, which waits for this one: what was collected
 * is the answer. */
static void
test_circle(void** state)
{
	(void)state;
	doubles.can_attach = false;
	check_begins(circle_cases, COUNT(circle_cases));
}

/** Without data, and with data that is too old, no name of ours is answered
 * or passed on; others are. */
static void
test_failures(void** state)
{
	static const enum reply_failure failures[] = { REPLY_NOT_READY,
		REPLY_STALE };
	static const char* const names[] = { "a.example.", "gone.example.",
		"absent.fall.", "www.cut.example.", "out.example." };
	size_t i, at;
	(void)state;
	for(i = 0; i < COUNT(failures); i++) {
		doubles.failure = failures[i];
		for(at = 0; at < COUNT(names); at++) {
			assert_string_equal(begin(names[at], TYPE_A, BIT_RD),
				"DONE RCODE 2");
			assert_non_null(qstate.minfo[ID]);
		}
		assert_string_equal(begin("www.outside.net.", TYPE_A, BIT_RD),
			"[fence]PASS");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_begin),
		TEST(test_begin_by_pass),
		TEST(test_other_classes),
		TEST(test_wrong_events),
		TEST(test_flags),
		TEST(test_referral_overtaken),
		TEST(test_referral_does_not_fit),
		TEST(test_circle),
		TEST(test_failures),
	};
	return cmocka_run_group_tests_name("query_begin", tests,
		zones_set_up, zones_tear_down);
}
