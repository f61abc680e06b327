/*
 * tests/unit/unbound/test_dns64.c - lets dns64 synthesize AAAA records.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/*
 * The module behind this one is a double of dns64. How queries get there is in
 * the tests of query.c.
 */
#include "unbound/dns64.h"
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "check.h"
#include "region.h"
#include "dns/rrset.h"
#include "unbound/attach.h"
#include "unbound/reply.h"
#include <arpa/inet.h>

#define ID 1
/** records of the RRset that is too large, and those that fit */
#define MANY 3000
#define FIT (RRSET_OCTETS_MAX / 28)

/* --- doubles ------------------------------------------------------------- */

/** the state that dns64 has after the event */
static enum module_ext_state state_behind;
/** events that dns64 got, states that were cleared, and sub-queries */
static unsigned events, cleared, asked;
static bool can_attach;
static struct module_qstate qstate;

static void
on_operate(struct module_qstate* query, enum module_ev event, int id,
	struct outbound_entry* outbound)
{
	(void)outbound;
	assert_int_equal(event, module_event_new);
	assert_int_equal(id, ID + 1);
	query->ext_state[id] = state_behind;
	events++;
}

static void
on_clear(struct module_qstate* query, int id)
{
	assert_ptr_equal(query, &qstate);
	assert_true(id > ID);
	cleared++;
}

static int
attach(struct module_qstate* query, struct query_info* ask, uint16_t flags,
	struct module_qstate** made)
{
	(void)made;
	assert_ptr_equal(query, &qstate);
	assert_ptr_equal(ask->qname, qstate.qinfo.qname);
	assert_int_equal(ask->qtype, LDNS_RR_TYPE_A);
	assert_int_equal(flags, BIT_RD);
	asked++;
	return can_attach;
}

int
edns_opt_list_append_ede(struct edns_option** list, struct regional* region,
	sldns_ede_code code, const char* text)
{
	(void)list, (void)region, (void)code, (void)text;
	fail();
	return 0;
}

/* --- the set ------------------------------------------------------------- */

static struct module_func_block dns64 = { .name = "dns64",
	.operate = on_operate, .clear = on_clear };
static struct module_func_block other = { .name = "validator",
	.clear = on_clear };
static struct module_func_block* modules[ID + 4];
static struct mesh_area mesh = { .mods = { ID + 4, modules } };
static struct module_env env = { .mesh = &mesh };
static uint8_t qname[] = "\001a\007example";
/** AAAA records, each with its length */
static uint8_t records[MANY][18];

static int
set_up(void** state)
{
	size_t i;
	(void)state;
	attach_set(&env);
	for(i = 0; i < COUNT(modules); i++)
		modules[i] = &other;
	modules[ID + 1] = &dns64;
	mesh.mods.num = COUNT(modules);
	for(i = 0; i < MANY; i++) {
		memset(records[i], 0, sizeof(records[i]));
		records[i][1] = 16;
		memcpy(records[i] + 2, &i, sizeof(i));
	}
	memset(&qstate, 0, sizeof(qstate));
	qstate.env = &env;
	qstate.region = THE_REGION;
	qstate.query_flags = BIT_RD;
	qstate.curmod = ID;
	qstate.qinfo = (struct query_info){ qname, sizeof(qname),
		LDNS_RR_TYPE_AAAA, LDNS_RR_CLASS_IN, NULL };
	state_behind = module_wait_module;
	can_attach = true;
	events = cleared = asked = 0;
	return 0;
}

static int
tear_down(void** state)
{
	(void)state;
	region_clear();
	return 0;
}

/** An answer of so many AAAA records. */
static const struct answer*
answer_make(uint32_t count)
{
	static struct answer answer;
	memset(&answer, 0, sizeof(answer));
	answer.count = answer.answers = count > 0;
	answer.rrset[0] = (struct answer_rrset){ .section = ANSWER_ANSWER,
		.type = LDNS_RR_TYPE_AAAA, .ttl = 5, .rdata = { records[0],
		count * (uint32_t)sizeof(*records), count } };
	return &answer;
}

/** dns64 has synthesized so many AAAA records. */
static void
synthesize(uint32_t count)
{
	struct reply_info* info = reply_create(&qstate, 1);
	static struct dns_msg message;
	assert_non_null(info);
	assert_true(reply_add_answer(&qstate, info, answer_make(count), 1,
		qname, sizeof(qname)));
	info->flags &= (uint16_t)~BIT_AA;
	info->authoritative = 0;
	message.rep = info;
	qstate.return_msg = &message;
}

/** Fail unless the query ends with so many AAAA records, and AA. */
static void
check_end(size_t count)
{
	const struct reply_info* info;
	assert_int_equal(qstate.ext_state[ID], module_finished);
	assert_non_null(qstate.return_msg);
	info = qstate.return_msg->rep;
	assert_true(info->flags & BIT_AA);
	assert_int_equal(info->authoritative, 1);
	assert_int_equal(info->an_numrrsets, count > 0);
	if(count > 0) {
		const struct packed_rrset_data* data =
			info->rrsets[0]->entry.data;
		assert_int_equal(data->count, count);
		assert_memory_equal(data->rr_data[count - 1],
			records[count - 1], sizeof(*records));
	}
}

/* --- tests --------------------------------------------------------------- */

static void
test_applies(void** state)
{
	(void)state;
	assert_true(dns64_applies(&qstate, ID));
	qstate.query_flags |= BIT_CD;
	assert_false(dns64_applies(&qstate, ID));
	qstate.query_flags = 0;
	assert_true(dns64_applies(&qstate, ID));
	qstate.qinfo.qtype = LDNS_RR_TYPE_A;
	assert_false(dns64_applies(&qstate, ID));
	qstate.qinfo.qtype = LDNS_RR_TYPE_AAAA;
	/* nothing is behind it */
	mesh.mods.num = ID + 2;
	assert_false(dns64_applies(&qstate, ID));
	mesh.mods.num = ID + 3;
	assert_true(dns64_applies(&qstate, ID));
	/* it is not right behind this module */
	modules[ID + 1] = &other;
	modules[ID + 2] = &dns64;
	assert_false(dns64_applies(&qstate, ID));
}

/** A query that is passed on. */
static void
test_begin(void** state)
{
	(void)state;
	dns64_begin(&qstate, ID);
	assert_int_equal(events, 1);
	assert_int_equal(cleared, 3);
	assert_int_equal(qstate.curmod, ID + 1);
	assert_int_equal(qstate.ext_state[ID], module_wait_module);
	modules[ID + 1] = &other;
	dns64_begin(&qstate, ID);
	assert_int_equal(events, 1);
}

/** dns64 synthesizes, or not. */
static void
test_give(void** state)
{
	struct reply_info* given = dns64_give(&qstate, ID, answer_make(0));
	(void)state;
	assert_non_null(given);
	assert_int_equal(asked, 1);
	assert_int_equal(qstate.curmod, ID + 2);
	assert_int_equal(qstate.ext_state[ID + 2], module_finished);
	dns64_take(&qstate, ID, given);
	check_end(0);
	synthesize(2);
	dns64_take(&qstate, ID, given);
	check_end(2);
	/* it asked the modules behind it after all, or failed */
	synthesize(2);
	qstate.minfo[ID + 3] = &qstate;
	dns64_take(&qstate, ID, given);
	check_end(0);
	qstate.minfo[ID + 3] = NULL;
	synthesize(2);
	qstate.return_rcode = LDNS_RCODE_SERVFAIL;
	dns64_take(&qstate, ID, given);
	check_end(0);
}

/** dns64 waits for its sub-query at once. */
static void
test_give_wait(void** state)
{
	(void)state;
	state_behind = module_wait_subquery;
	assert_non_null(dns64_give(&qstate, ID, answer_make(1)));
	assert_int_equal(qstate.curmod, ID + 1);
}

/** As many records as fit into a message, wherever they come from. */
static void
test_cut(void** state)
{
	struct reply_info* given = dns64_give(&qstate, ID, answer_make(0));
	(void)state;
	synthesize(MANY);
	dns64_take(&qstate, ID, given);
	check_end(FIT);
	synthesize(FIT);
	dns64_take(&qstate, ID, given);
	check_end(FIT);
}

static void
test_no_memory(void** state)
{
	struct reply_info* given = dns64_give(&qstate, ID, answer_make(0));
	unsigned n;
	(void)state;
	synthesize(MANY);
	refuse_at = allocation_count + 1;
	dns64_take(&qstate, ID, given);
	assert_null(qstate.return_msg);
	for(n = 1; n <= 2; n++) {
		refuse_at = allocation_count + n;
		assert_null(dns64_give(&qstate, ID, answer_make(0)));
	}
	refuse_at = 0;
	can_attach = false;
	assert_null(dns64_give(&qstate, ID, answer_make(0)));
}

#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_applies),
		TEST(test_begin),
		TEST(test_give),
		TEST(test_give_wait),
		TEST(test_cut),
		TEST(test_no_memory),
	};
	return cmocka_run_group_tests_name("dns64", tests, NULL, NULL);
}
