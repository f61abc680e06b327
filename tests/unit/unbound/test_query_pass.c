/*
 * tests/unit/unbound/test_query_pass.c - what the other modules answer.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/*
 * The module has passed a query on, and the other modules are done with it. The
 * module looks through their message for an alias that leads into the zones,
 * cuts the message there, and completes it from the zones. It keeps what was
 * recursed for a name of the zones. No client is told what the fence says.
 */
#include "unbound/queries.h"

/** A message of other modules, and what comes of it. */
struct done_case {
	/** qname */
	const char* name;
	/** qtype */
	uint16_t type;
	/** flags of the query */
	uint16_t flags;
	/** whether the fence has said it */
	bool is_fences;
	/** the message */
	const char* message;
	/** what comes of it */
	const char* told;
};

static const struct done_case done_cases[] = {
	/* nothing of ours in it */
	{ "x.net.", TYPE_A, BIT_RD, false, "NOERROR | an x.net. A 192.0.2.9",
		"DONE NOERROR | an x.net. A 100 192.0.2.9" },
	{ "x.net.", TYPE_A, BIT_RD, false, "NXDOMAIN", "DONE NXDOMAIN" },
	{ "x.net.", TYPE_A, BIT_RD, false, "NOERROR" TO("y.net.")
		" | an y.net. A 192.0.2.9", "DONE NOERROR | " X_NET("y.net.")
		" | an y.net. A 100 192.0.2.9" },
	/* records that are no aliases lead nowhere */
	{ "x.net.", TYPE_MX, BIT_RD, false,
		"NOERROR | an x.net. MX 1 a.example.",
		"DONE NOERROR | an x.net. MX 100 1 a.example." },
	/* nor do aliases in other sections */
	{ "x.net.", TYPE_A, BIT_RD, false,
		"NOERROR | au x.net. CNAME a.example.",
		"DONE NOERROR | au x.net. CNAME 100 a.example." },
	/* to a name of ours: the message is cut there, and completed. It is
	 * not authoritative: the alias is another's */
	{ "x.net.", TYPE_A, BIT_RD, true, "NXDOMAIN" TO("a.example.") FENCE,
		"[remove]DONE NOERROR | " X_NET("a.example.") " | " A_RRSET },
	{ "x.net.", TYPE_A, BIT_RD, true, "NOERROR" TO("A.Example.") FENCE,
		"[remove]DONE NOERROR | " X_NET("A.Example.")
		" | an A.Example. A 300 192.0.2.1" },
	{ "x.net.", TYPE_A, 0, true, "NOERROR" TO("a.example.") FENCE,
		"[remove]DONE NOERROR | " X_NET("a.example.") " | " A_RRSET },
	{ "x.net.", TYPE_MX, BIT_RD, true, "NXDOMAIN" TO("a.example.") FENCE,
		"[remove]DONE NOERROR | " X_NET("a.example.") " | " SOA },
	{ "x.net.", TYPE_A, BIT_RD, true, "NOERROR" TO("gone.example.") FENCE,
		"[remove]DONE NXDOMAIN | " X_NET("gone.example.") " | " SOA },
	{ "x.net.", TYPE_A, BIT_RD, true, "NOERROR" TO("alias.example.") FENCE,
		"[remove]DONE NOERROR | " X_NET("alias.example.")
		" | an alias.example. CNAME 300 a.example. | " A_RRSET },
	/* what others say of a name of ours does not count */
	{ "x.net.", TYPE_A, BIT_RD, false, "NOERROR" TO("a.example.")
		" | an a.example. A 192.0.2.66", "[remove]DONE NOERROR | "
		X_NET("a.example.") " | " A_RRSET },
	/* the first alias into our zones counts */
	{ "x.net.", TYPE_A, BIT_RD, false, "NOERROR" TO("y.net.")
		" | an y.net. CNAME a.example. | an a.example. CNAME "
		"gone.example.", "[remove]DONE NOERROR | " X_NET("y.net.")
		" | an y.net. CNAME 100 a.example. | " A_RRSET },
	/* a circle through our zones and others */
	{ "x.net.", TYPE_A, BIT_RD, true, "NOERROR" TO("back.example.") FENCE,
		"[remove]DONE NOERROR | " X_NET("back.example.")
		" | an back.example. CNAME 300 back.example." },
	/* and out again, where recursion is desired */
	{ "x.net.", TYPE_A, BIT_RD, true, "NOERROR" TO("out.example.") FENCE,
		"[ask www.Outside.net. A RD][remove]WAIT" },
	{ "x.net.", TYPE_A, 0, true, "NOERROR" TO("out.example.") FENCE,
		"[remove]DONE NOERROR | " X_NET("out.example.") " | " OUT },
	/* below a cut: Unbound is asked, since what has come is the fence's */
	{ "x.net.", TYPE_A, BIT_RD, true, "NOERROR" TO("www.cut.example.")
		FENCE, "[ask www.cut.example. A RD][remove]WAIT" },
	{ "x.net.", TYPE_A, BIT_RD, true, "NOERROR" TO("below.example.") FENCE,
		"[ask www.cut.example. A RD][remove]WAIT" },
	/* what a zone that falls through lacks is for the others to answer */
	{ "x.net.", TYPE_A, BIT_RD, false, "NOERROR" TO("absent.fall.")
		" | an absent.fall. A 192.0.2.9", "[remove]DONE NOERROR | "
		X_NET("absent.fall.") " | an absent.fall. A 100 192.0.2.9" },
	{ "x.net.", TYPE_A, BIT_RD, false, "NOERROR" TO("absent.fall.")
		" | an absent.fall. CNAME a.example." FENCE,
		"[remove]DONE NOERROR | " X_NET("absent.fall.")
		" | an absent.fall. CNAME 100 a.example. | " A_RRSET },
	{ "x.net.", TYPE_A, BIT_RD, false, "NOERROR" TO("a.fall.")
		" | an a.fall. A 192.0.2.66", "[remove]DONE NOERROR | "
		X_NET("a.fall.") " | an a.fall. A 300 192.0.2.3" },
	{ "x.net.", TYPE_A, BIT_RD, false, "NOERROR" TO("lacks.example."),
		"[ask absent.fall. A RD][remove]WAIT" },
	/* the alias itself was asked for */
	{ "x.net.", TYPE_CNAME, BIT_RD, false, "NOERROR" TO("a.example."),
		"DONE NOERROR | " X_NET("a.example.") },
	{ "x.net.", TYPE_ANY, BIT_RD, false, "NOERROR" TO("a.example."),
		"[remove]DONE NOERROR | " X_NET("a.example.")
		" | an a.example. A 300 192.0.2.1" },
	/* an apex's DS is not ours to say */
	{ "x.net.", TYPE_DS, BIT_RD, false, "NOERROR" TO("example."),
		"DONE NOERROR | " X_NET("example.") },
	/* the fence has said it, and nothing of ours goes on from there */
	{ "x.net.", TYPE_A, BIT_RD, true, "NXDOMAIN" FENCE, "DONE RCODE 2" },
	{ "www.cut.example.", TYPE_A, BIT_RD, true, "NXDOMAIN" FENCE,
		"[remove]DONE RCODE 2" },
	/* a name of ours that was recursed is kept */
	{ "www.cut.example.", TYPE_A, BIT_RD, false,
		"NOERROR | an www.cut.example. A 192.0.2.9",
		"[remove][keep]DONE NOERROR | an www.cut.example. A 100 "
		"192.0.2.9" },
	{ "absent.fall.", TYPE_A, BIT_RD, false, "NXDOMAIN",
		"[remove][keep]DONE NXDOMAIN" },
	/* without recursion it is a referral of the cache's, as like as not */
	{ "absent.fall.", TYPE_A, 0, false, "NOERROR | au fall. NS ns.net.",
		"[remove]DONE NOERROR | au fall. NS 100 ns.net." },
	{ "www.cut.example.", TYPE_CNAME, BIT_RD, false,
		"NOERROR | an www.cut.example. CNAME a.example.",
		"[remove][keep]DONE NOERROR | an www.cut.example. CNAME 100 "
		"a.example." },
	/* but not what is ours in the end */
	{ "absent.fall.", TYPE_A, BIT_RD, true,
		"NOERROR | an absent.fall. CNAME a.example." FENCE,
		"[remove][remove]DONE NOERROR | an absent.fall. CNAME 100 "
		"a.example. | " A_RRSET },
};

static void
test_moddone(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(done_cases); i++) {
		const struct done_case* row = &done_cases[i];
		doubles.is_fences = row->is_fences;
		pass(row->name, row->type, row->flags, row->message);
		check_told(i, row->told);
		region_clear();
	}
}

/** In, out, and back with the rest. */
static void
test_moddone_and_join(void** state)
{
	(void)state;
	doubles.is_fences = true;
	assert_string_equal(pass("x.net.", TYPE_A, BIT_RD | BIT_CD,
		"NXDOMAIN" TO_OUT),
		"[ask www.Outside.net. A RD CD][remove]WAIT");
	assert_string_equal(join_with(OUTSIDE_A), "DONE NOERROR | "
		X_NET("out.example.") " | " OUT " | an www.outside.net. A 100 "
		"192.0.2.9");
	pass("x.net.", TYPE_A, BIT_RD, "NXDOMAIN" TO_OUT);
	assert_string_equal(join(LDNS_RCODE_SERVFAIL, NULL), "DONE RCODE 2");
	/* a circle through others */
	doubles.can_attach = false;
	assert_string_equal(pass("x.net.", TYPE_A, BIT_RD, "NXDOMAIN" TO_OUT),
		"[ask www.Outside.net. A RD][remove]DONE NOERROR | "
		X_NET("out.example.") " | " OUT);
}

/** what the fence's message is, as it is told */
#define FENCE_TOLD X_NET("a.example.") " | au example. SOA 100 . . 0 0 0 0 0"

/** Others have failed, or say what nobody is to believe: it stays so, and is
 * not kept. */
static void
test_moddone_failed(void** state)
{
	(void)state;
	begin("www.cut.example.", TYPE_A, BIT_RD);
	assert_string_equal(finish(NULL),
		"[remove]DONE without a message");
	begin("www.cut.example.", TYPE_A, BIT_RD);
	qstate.return_rcode = LDNS_RCODE_SERVFAIL;
	assert_string_equal(finish(NULL),
		"[remove]DONE RCODE 2");
	begin("absent.fall.", TYPE_A, BIT_RD);
	qstate.return_msg = message_make("NOERROR" TO_A);
	qstate.return_msg->rep->security = sec_status_bogus;
	assert_string_equal(finish(NULL), "[remove]DONE "
		"NOERROR bogus | " FENCE_TOLD);
}

/** No other class leads into our zones. */
static void
test_moddone_other_class(void** state)
{
	(void)state;
	query_init("x.net.", TYPE_A, BIT_RD);
	qstate.qinfo.qclass = LDNS_RR_CLASS_CH;
	operate(module_event_new);
	assert_string_equal(finish("NOERROR" TO_A), "DONE NOERROR | "
		FENCE_TOLD);
}

/** An alias into our zones, which answer nothing now. */
static void
test_moddone_not_ready(void** state)
{
	static const enum reply_failure failures[] = { REPLY_NOT_READY,
		REPLY_STALE };
	size_t i;
	(void)state;
	doubles.is_fences = true;
	for(i = 0; i < COUNT(failures); i++) {
		doubles.failure = failures[i];
		assert_string_equal(pass("x.net.", TYPE_A, BIT_RD,
			"NXDOMAIN" TO_A), "[remove]DONE RCODE 2");
		assert_non_null(qstate.minfo[ID]);
	}
}

/** A query that the iterator has begun for itself, and what comes of it when
 * the iterator is done. */
struct own_case {
	/** qname */
	const char* name;
	/** the iterator's message; NULL: it has none */
	const char* message;
	/** what is told */
	const char* told;
};

static const struct own_case own_cases[] = {
	{ "a.example.", NULL, "[remove]DONE NOERROR AA | " A_RRSET },
	/* what is not for us to answer stays as it is */
	{ "absent.fall.", ABSENT_A, "[remove]DONE NOERROR | " ABSENT },
	{ "www.cut.example.", NULL, "[remove]DONE without a message" },
	/* it begins no other */
	{ "out.example.", NULL, "[remove]DONE NOERROR AA | " OUT },
	{ "x.net.", "NOERROR" TO_OUT, "[remove]DONE NOERROR | "
		X_NET("out.example.") " | " OUT },
	{ "x.net.", NULL, "DONE without a message" },
	{ "x.net.", "NOERROR" TO_A, "[remove]DONE NOERROR | "
		X_NET("a.example.") " | " A_RRSET },
};

static void
test_moddone_first(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(own_cases); i++) {
		query_init(own_cases[i].name, TYPE_A, BIT_RD);
		finish(own_cases[i].message);
		check_told(i, own_cases[i].told);
	}
	/* a message that was cut */
	assert_int_equal(qstate.no_cache_store, 1);
}

/** The iterator asks for the NS RRset of the root, or of a stub-zone, and would
 * take for that the NS RRset of an alias's target. */
static void
test_moddone_priming(void** state)
{
	(void)state;
	query_init("net.", TYPE_NS, 0);
	qstate.is_priming = 1;
	assert_string_equal(finish("NOERROR | an net. CNAME example."
		" | an example. NS ns.example."), "DONE RCODE 2");
	query_init("net.", TYPE_NS, 0);
	qstate.is_priming = 1;
	assert_string_equal(finish("NOERROR | an net. NS ns.net."),
		"DONE NOERROR | an net. NS 100 ns.net.");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_moddone),
		TEST(test_moddone_and_join),
		TEST(test_moddone_failed),
		TEST(test_moddone_other_class),
		TEST(test_moddone_not_ready),
		TEST(test_moddone_first),
		TEST(test_moddone_priming),
	};
	return cmocka_run_group_tests_name("query_pass", tests,
		zones_set_up, zones_tear_down);
}
