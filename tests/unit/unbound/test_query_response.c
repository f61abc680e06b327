/*
 * tests/unit/unbound/test_query_response.c - responses of servers.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/*
 * The iterator has the response of a server, and has not stored it yet. The
 * module ends the response at the first alias that leads to what etcd has, and
 * forbids Unbound to store what it says about names of the zones.
 */
#include "unbound/queries.h"

/** A response, and what becomes of it. */
struct response_case {
	/** qname of the query */
	const char* name;
	/** name that the server was asked for; NULL: that */
	const char* asked;
	/** flags of the response */
	uint16_t flags;
	/** the response */
	const char* response;
	/** whether Unbound may store it */
	bool may_store;
	/** what is stored by us, and how many answers it has then */
	const char* stored;
	/** RRsets of its answer section then */
	size_t answers;
};

static const struct response_case response_cases[] = {
	/* nothing of ours */
	{ "x.net.", NULL, 0, "NOERROR | an x.net. A 192.0.2.9", true, "", 1 },
	{ "x.net.", NULL, 0, "NOERROR | au net. NS ns.net.", true, "", 0 },
	{ "x.net.", NULL, 0, "NOERROR" TO("y.net."), true, "", 1 },
	/* an alias to what etcd has: it ends there */
	{ "x.net.", NULL, 0, "NOERROR" TO("a.example."), false, "[store 1]",
		2 },
	{ "x.net.", NULL, BIT_RA, "NOERROR" TO("a.example.")
		" | an a.example. A 192.0.2.66 | au example. NS ns.net.", false,
		"[store 1]", 2 },
	{ "x.net.", NULL, 0, "NOERROR" TO("y.net.") " | an y.net. CNAME "
		"gone.example. | an gone.example. A 192.0.2.66", false,
		"[store 2]", 3 },
	/* to what it lacks: it stays, but not in the cache */
	{ "x.net.", NULL, 0, "NOERROR" TO("absent.fall.")
		" | an absent.fall. A 192.0.2.9", false, "[store 1]", 2 },
	/* about our names, whoever was asked for what */
	{ "absent.fall.", NULL, 0, "NOERROR | an absent.fall. A 192.0.2.9",
		false, "", 1 },
	{ "x.absent.fall.", "absent.fall.", 0,
		"NOERROR | an absent.fall. A 192.0.2.9", false, "", 1 },
	{ "x.net.", "absent.fall.", 0, "NOERROR | an absent.fall. A 192.0.2.9",
		false, "", 1 },
	{ "absent.fall.", "y.net.", 0, "NOERROR | an y.net. A 192.0.2.9", false,
		"", 1 },
	{ "absent.fall.", NULL, 0, "NOERROR", false, "", 0 },
	/* referrals, but for those below a zone cut of ours, and what may be
	 * the answer of a forwarder */
	{ "absent.fall.", NULL, 0, "NOERROR | au fall. NS ns.net.", true, "",
		0 },
	{ "absent.fall.", NULL, 0, "NOERROR | au net. NS ns.net.", true, "",
		0 },
	{ "absent.fall.", NULL, BIT_RA, "NOERROR | au fall. NS ns.net.", false,
		"", 0 },
	{ "absent.fall.", NULL, 0,
		"NOERROR | au fall. NS ns.net. | au fall. SOA n. h. 1 2 3 4 5",
		false, "", 0 },
	{ "x.y.cut.example.", NULL, 0, "NOERROR | au y.cut.example. NS ns.net.",
		false, "", 0 },
};

static void
test_response(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(response_cases); i++) {
		const struct response_case* row = &response_cases[i];
		struct dns_msg* response;
		struct name asked;
		bool ours;
		size_t at;
		check(strstr(begin(row->name, TYPE_A, BIT_RD), "PASS"), "%s",
			told);
		response = message_make(row->response);
		response->rep->flags &= ~BIT_RA;
		response->rep->flags |= row->flags;
		question_name(&asked, row->asked ? row->asked : row->name);
		response->qinfo.qname = asked.wire;
		response->qinfo.qname_len = asked.len;
		respond(response);
		check(!qstate.no_cache_store == row->may_store, "row %zu", i);
		check_told(i, row->stored);
		check(response->rep->an_numrrsets == row->answers,
			"row %zu: %zu", i, response->rep->an_numrrsets);
		for(at = 0; at < response->rep->rrset_count; at++)
			assert_non_null(response->rep->rrsets[at]);
		/* when all is done, it is as it was, but for names of ours,
		 * which a validator would store after that */
		ours = strcmp(row->name, "x.net.") != 0;
		qstate.return_rcode = LDNS_RCODE_SERVFAIL;
		finish(NULL);
		check(qstate.no_cache_store == ours, "row %zu", i);
		region_clear();
	}
}

/** The zones are asked for what was cut off, and nobody sees what stood for it:
 * also if etcd lacks it by then. */
static void
test_response_and_moddone(void** state)
{
	struct dns_msg* response;
	(void)state;
	change("fall/later/A", "192.0.2.60");
	begin("x.net.", TYPE_A, BIT_RD);
	response = message_make("NOERROR" TO("later.fall."));
	respond(response);
	assert_int_equal(response->rep->an_numrrsets, 2);
	qstate.return_msg = response;
	assert_string_equal(finish(NULL), "[remove]DONE "
		"NOERROR | " X_NET("later.fall.") " | an later.fall. A 300 "
		"192.0.2.60");
	begin("x.net.", TYPE_A, BIT_RD);
	response = message_make("NOERROR" TO("later.fall."));
	respond(response);
	qstate.return_msg = response;
	change("fall/later/A", NULL);
	assert_string_equal(finish(NULL),
		"[ask later.fall. A RD][remove]WAIT");
}

/** Nobody has answered; and a query that this module does not know of. */
static void
test_response_of_nobody(void** state)
{
	struct dns_msg* response;
	(void)state;
	begin("x.net.", TYPE_A, BIT_RD);
	respond(NULL);
	assert_int_equal(qstate.no_cache_store, 0);
	/* of a query that the iterator has begun for itself */
	query_init("x.net.", TYPE_A, BIT_RD);
	response = message_make("NOERROR" TO_A);
	respond(response);
	assert_int_equal(response->rep->an_numrrsets, 2);
	assert_int_equal(qstate.no_cache_store, 1);
}

/** What Unbound is told not to store, we don't store either. */
static void
test_response_not_to_be_stored(void** state)
{
	(void)state;
	begin("x.net.", TYPE_A, BIT_RD);
	qstate.no_cache_store = 1;
	assert_string_equal(respond(message_make("NOERROR" TO_A)),
		"");
	assert_int_equal(qstate.no_cache_store, 1);
	qstate.return_rcode = LDNS_RCODE_SERVFAIL;
	finish(NULL);
	assert_int_equal(qstate.no_cache_store, 1);
}

/** A client that checks for itself gets what is bogus, and never what stands
 * in the place of our records. */
static void
test_response_bogus(void** state)
{
	static const uint16_t types[] = { TYPE_A, TYPE_DS };
	size_t i;
	(void)state;
	for(i = 0; i < 2 * COUNT(types); i++) {
		bool asks = i < COUNT(types);
		begin("x.net.", types[i % COUNT(types)],
			asks ? BIT_RD | BIT_CD : BIT_CD);
		qstate.return_msg = message_make("NOERROR" TO_A);
		respond(qstate.return_msg);
		qstate.return_msg->rep->security = sec_status_bogus;
		assert_string_equal(finish(NULL), asks ?
			"[remove][ask x.net. CNAME RD CD]WAIT" :
			"DONE RCODE 2");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_response),
		TEST(test_response_and_moddone),
		TEST(test_response_of_nobody),
		TEST(test_response_not_to_be_stored),
		TEST(test_response_bogus),
	};
	return cmocka_run_group_tests_name("query_response", tests,
		zones_set_up, zones_tear_down);
}
