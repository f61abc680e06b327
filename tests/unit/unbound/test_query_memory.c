/*
 * tests/unit/unbound/test_query_memory.c - memory is refused.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/*
 * Each allocation of a query's last step is refused in turn. The client gets
 * SERVFAIL, and nothing half done.
 */
#include "unbound/queries.h"

/** What a query goes through until its memory is refused. */
enum way {
	/** it comes */
	WAY_NEW,
	/** it comes, and the query that it waits for is done */
	WAY_JOIN,
	/** it comes, and the other modules are done */
	WAY_MODDONE
};

/** A query that needs memory in its last step. */
struct memory_case {
	/** qname */
	const char* name;
	/** what it goes through */
	enum way way;
	/** for WAY_MODDONE, what the others say */
	const char* message;
};

static const struct memory_case memory_cases[] = {
	{ "a.example.", WAY_NEW, NULL },
	{ "gone.example.", WAY_NEW, NULL },
	{ "out.example.", WAY_NEW, NULL },
	{ "absent.fall.", WAY_NEW, NULL },
	{ "www.cut.example.", WAY_NEW, NULL },
	{ "out.example.", WAY_JOIN, NULL },
	{ "x.net.", WAY_MODDONE, "NXDOMAIN" TO_A },
	{ "x.net.", WAY_MODDONE, "NXDOMAIN" TO_OUT },
};

/** Go such a way. @param refuse: which allocation of the last step is refused;
 * 0: none. @return number of its allocations. */
static unsigned
go(const struct memory_case* row, unsigned refuse)
{
	unsigned before;
	struct module_qstate done;
	region_clear();
	query_init(row->name, TYPE_A, BIT_RD);
	if(row->way != WAY_NEW)
		operate(module_event_new);
	done_init(&done);
	if(row->way == WAY_MODDONE)
		qstate.return_msg = message_make(row->message);
	if(row->way == WAY_JOIN)
		done.return_msg = message_make(OUTSIDE_A);
	before = allocation_count;
	refuse_at = refuse ? before + refuse : 0;
	if(row->way == WAY_JOIN)
		query_inform(&done, &qstate, ID);
	operate(row->way == WAY_MODDONE ? module_event_moddone :
		row->way == WAY_JOIN ? module_event_pass : module_event_new);
	return allocation_count - before;
}

/** Whichever allocation is refused, the client gets SERVFAIL, and nothing half
 * done. */
static void
test_no_memory(void** state)
{
	size_t i;
	(void)state;
	doubles.is_fences = true;
	for(i = 0; i < COUNT(memory_cases); i++) {
		const struct memory_case* row = &memory_cases[i];
		unsigned needed = go(row, 0), n;
		assert_true(needed > 0);
		check(qstate.return_rcode == LDNS_RCODE_NOERROR, "row %zu: %s",
			i, told);
		for(n = 1; n <= needed; n++) {
			go(row, n);
			check(qstate.return_rcode == LDNS_RCODE_SERVFAIL,
				"row %zu, %u: %s", i, n, told);
			assert_null(qstate.return_msg);
		}
	}
}

/** Whichever allocation is refused: no message, nothing to hand over. */
static void
test_hand_over_no_memory(void** state)
{
	unsigned needed, n;
	(void)state;
	doubles.can_hand_over = doubles.is_worth = true;
	begin("alias.plain.", TYPE_A, BIT_RD);
	needed = allocation_count;
	assert_true(needed > 0);
	for(n = 1; n <= needed; n++) {
		region_clear();
		refuse_at = n;
		assert_string_equal(begin("alias.plain.", TYPE_A, BIT_RD),
			"ERROR");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_no_memory),
		TEST(test_hand_over_no_memory),
	};
	return cmocka_run_group_tests_name("query_memory", tests,
		zones_set_up, zones_tear_down);
}
