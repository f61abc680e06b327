/*
 * tests/unit/test_reply.c - from an answer to Unbound's message.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/*
 * Unbound's functions are doubles here: a region that counts what is taken
 * of it, and can refuse, and a list of extended errors that writes down what
 * is put on it.
 */
#include "unbound/reply.h"
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

/* --- doubles ------------------------------------------------------------- */

/** most allocations of a test */
#define ALLOCATIONS_MAX 64
/** the octets that a region's memory has before it is written to */
#define DIRT 0xa5

/** what was taken of the region */
static void* allocations[ALLOCATIONS_MAX];
/** number of that, those that were refused included */
static unsigned allocation_count;
/** the allocation to refuse, counted from 1; 0: none */
static unsigned refuse_at;
/** the region; only its address counts */
static char region_place;
#define THE_REGION ((struct regional*)(void*)&region_place)

void*
regional_alloc(struct regional* region, size_t size)
{
	void* data;
	assert_ptr_equal(region, THE_REGION);
	assert_true(allocation_count < ALLOCATIONS_MAX);
	if(++allocation_count == refuse_at)
		return NULL;
	/* of the exact size, so that a sanitizer sees any excess */
	data = malloc(size);
	assert_non_null(data);
	memset(data, DIRT, size);
	allocations[allocation_count - 1] = data;
	return data;
}

void*
regional_alloc_zero(struct regional* region, size_t size)
{
	void* data = regional_alloc(region, size);
	if(data)
		memset(data, 0, size);
	return data;
}

void*
regional_alloc_init(struct regional* region, const void* init, size_t size)
{
	void* data = regional_alloc(region, size);
	if(data)
		memcpy(data, init, size);
	return data;
}

/** Of the names in these tests, all are in lower case. */
int
query_dname_compare(uint8_t* a, uint8_t* b)
{
	return strcmp((const char*)a, (const char*)b);
}

/** what edns_opt_list_append_ede was called with last */
static struct {
	/** number of calls */
	unsigned calls;
	/** the list */
	struct edns_option** list;
	/** the code */
	int code;
	/** the text */
	const char* text;
} ede;

int
edns_opt_list_append_ede(struct edns_option** list, struct regional* region,
	sldns_ede_code code, const char* text)
{
	assert_ptr_equal(region, THE_REGION);
	ede.calls++;
	ede.list = list;
	ede.code = (int)code;
	ede.text = text;
	return 1;
}

/* --- the set ------------------------------------------------------------- */

/** number of the module, one of several */
#define ID 2

/** a query's name, as a client may write it */
static uint8_t qname[] = "\003WwW\007eXample\003com";
static uint8_t apex[] = "\007example\003com";

static struct module_qstate qstate;

static int
set_up(void** state)
{
	(void)state;
	memset(&qstate, 0, sizeof(qstate));
	memset(&ede, 0, sizeof(ede));
	memset(allocations, 0, sizeof(allocations));
	allocation_count = refuse_at = 0;
	qstate.region = THE_REGION;
	qstate.qinfo.qname = qname;
	qstate.qinfo.qname_len = sizeof(qname);
	qstate.qinfo.qtype = LDNS_RR_TYPE_A;
	qstate.qinfo.qclass = LDNS_RR_CLASS_IN;
	qstate.return_rcode = -1;
	return 0;
}

static int
tear_down(void** state)
{
	unsigned i;
	(void)state;
	for(i = 0; i < ALLOCATIONS_MAX; i++) {
		free(allocations[i]);
		allocations[i] = NULL;
	}
	return 0;
}

/* three addresses */
static const uint8_t addresses[] = "\0\004\012\0\0\001\0\004\012\0\0\002"
	"\0\004\012\0\0\003";
/* one text of 300 octets, so that both octets of a length count */
static uint8_t texts[2 + 2 + 300 + 2];
static const uint8_t soa[] = "\0\010abcdefgh";

static const struct answer_rrset address_rrset = { ANSWER_ANSWER, NULL, 0,
	LDNS_RR_TYPE_A, 300, 3, addresses, sizeof(addresses) - 1 };
static const struct answer_rrset soa_rrset = { ANSWER_AUTHORITY, apex,
	sizeof(apex), LDNS_RR_TYPE_SOA, 60, 1, soa, sizeof(soa) - 1 };

/** Make an answer of some RRsets. */
static void
answer_make(struct answer* answer, int rcode,
	const struct answer_rrset* first, const struct answer_rrset* second)
{
	memset(answer, 0, sizeof(*answer));
	answer->rcode = rcode;
	if(first)
		answer->rrset[answer->count++] = *first;
	if(second)
		answer->rrset[answer->count++] = *second;
}

/* --- answers ------------------------------------------------------------- */

/** What is the same for each message. */
static const struct reply_info*
check_message(const struct answer* answer)
{
	const struct dns_msg* message = qstate.return_msg;
	const struct reply_info* info;
	assert_non_null(message);
	assert_int_equal(qstate.return_rcode, LDNS_RCODE_NOERROR);
	assert_int_equal(qstate.ext_state[ID], module_finished);
	assert_int_equal(qstate.ext_state[0], 0);
	assert_null(qstate.minfo[ID]);
	assert_ptr_equal(message->qinfo.qname, qname);
	assert_int_equal(message->qinfo.qname_len, sizeof(qname));
	assert_int_equal(message->qinfo.qtype, LDNS_RR_TYPE_A);
	assert_int_equal(message->qinfo.qclass, LDNS_RR_CLASS_IN);
	info = message->rep;
	assert_non_null(info);
	assert_int_equal(info->flags, BIT_QR | BIT_AA | BIT_RA |
		answer->rcode);
	assert_int_equal(info->authoritative, 1);
	assert_int_equal(info->qdcount, 1);
	assert_int_equal(info->security, sec_status_insecure);
	assert_int_equal(info->ar_numrrsets, 0);
	assert_int_equal(info->rrset_count, answer->count);
	assert_int_equal(info->rrset_count, info->an_numrrsets +
		info->ns_numrrsets);
	return info;
}

/** Each record of an RRset. */
static void
check_data(const struct packed_rrset_data* data,
	const struct answer_rrset* rrset)
{
	const uint8_t* rdata = rrset->rdata;
	size_t i;
	assert_int_equal(data->ttl, rrset->ttl);
	assert_int_equal(data->count, rrset->count);
	assert_int_equal(data->rrsig_count, 0);
	assert_int_equal(data->trust, rrset_trust_ans_AA);
	assert_int_equal(data->security, sec_status_insecure);
	for(i = 0; i < data->count; i++) {
		size_t len = (size_t)2 + (size_t)(rdata[0] * 256 + rdata[1]);
		assert_int_equal(data->rr_ttl[i], rrset->ttl);
		assert_int_equal(data->rr_len[i], len);
		assert_memory_equal(data->rr_data[i], rdata, len);
		/* copied: the original goes away */
		assert_ptr_not_equal(data->rr_data[i], rdata);
		rdata += len;
	}
	assert_ptr_equal(rdata, rrset->rdata + rrset->rdata_len);
}

/** The form that Unbound gives a packed RRset's data, which it relies on when
 * it copies one: all in one piece of memory, in this order. */
static void
check_packed(const struct packed_rrset_data* data)
{
	size_t i;
	assert_ptr_equal(data->rr_len, data + 1);
	assert_ptr_equal(data->rr_data, data->rr_len + data->count);
	assert_ptr_equal(data->rr_ttl, data->rr_data + data->count);
	assert_ptr_equal(data->rr_data[0], data->rr_ttl + data->count);
	for(i = 1; i < data->count; i++)
		assert_ptr_equal(data->rr_data[i], data->rr_data[i - 1] +
			data->rr_len[i - 1]);
}

static void
check_rrset(const struct ub_packed_rrset_key* key,
	const struct answer_rrset* rrset)
{
	assert_non_null(key);
	assert_ptr_equal(key->entry.key, key);
	assert_null(key->entry.overflow_next);
	assert_int_equal(key->id, 0);
	assert_int_equal(ntohs(key->rk.type), rrset->type);
	assert_int_equal(ntohs(key->rk.rrset_class), LDNS_RR_CLASS_IN);
	assert_int_equal(key->rk.flags, 0);
	if(rrset->owner) {
		assert_int_equal(key->rk.dname_len, rrset->owner_len);
		assert_memory_equal(key->rk.dname, rrset->owner,
			rrset->owner_len);
		assert_ptr_not_equal(key->rk.dname, rrset->owner);
	} else {
		/* as the client wrote it */
		assert_ptr_equal(key->rk.dname, qname);
		assert_int_equal(key->rk.dname_len, sizeof(qname));
	}
	check_data(key->entry.data, rrset);
	check_packed(key->entry.data);
}

/** An answer, and what becomes of it. */
struct answer_case {
	/** RCODE */
	int rcode;
	/** its RRsets; NULL: none */
	const struct answer_rrset* rrsets[2];
	/** RRsets of the answer section */
	size_t answers;
	/** TTL of the message */
	time_t ttl;
};

static struct answer_rrset other;

static void
check_answer(const struct answer_case* given)
{
	const struct reply_info* info;
	struct answer answer;
	size_t i;
	set_up(NULL);
	answer_make(&answer, given->rcode, given->rrsets[0],
		given->rrsets[1]);
	reply_send(&qstate, ID, &answer);
	info = check_message(&answer);
	assert_int_equal(info->an_numrrsets, given->answers);
	assert_int_equal(info->ttl, given->ttl);
	assert_int_equal(info->prefetch_ttl, given->ttl - given->ttl / 10);
	assert_int_equal(info->serve_expired_ttl, given->ttl);
	for(i = 0; i < answer.count; i++)
		check_rrset(info->rrsets[i], &answer.rrset[i]);
	tear_down(NULL);
}

static void
test_answers(void** state)
{
	const struct answer_case cases[] = {
		{ LDNS_RCODE_NOERROR, { &address_rrset, NULL }, 1, 300 },
		{ LDNS_RCODE_NOERROR, { &soa_rrset, NULL }, 0, 60 },
		{ LDNS_RCODE_NXDOMAIN, { &soa_rrset, NULL }, 0, 60 },
		{ LDNS_RCODE_NOERROR, { &address_rrset, &soa_rrset }, 1, 60 },
		{ LDNS_RCODE_NOERROR, { &address_rrset, &other }, 2, 7 },
		{ LDNS_RCODE_NOERROR, { &other, &address_rrset }, 2, 7 },
		{ LDNS_RCODE_NOERROR, { NULL, NULL }, 0, 0 },
	};
	size_t i;
	(void)state;
	/* one record of 300 octets and one of none */
	memset(texts, 'x', sizeof(texts));
	memcpy(texts, "\001\054", 2);
	memcpy(texts + 302, "\0\0", 2);
	other = (struct answer_rrset){ ANSWER_ANSWER, NULL, 0,
		LDNS_RR_TYPE_TXT, 7, 2, texts, 304 };
	for(i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		check_answer(&cases[i]);
}

/** TTLs at the ends of what they can be. */
static void
test_ttls(void** state)
{
	static const uint32_t ttls[] = { 0, 1, 9, 10, INT32_MAX };
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(ttls) / sizeof(*ttls); i++) {
		struct answer_rrset rrset = address_rrset;
		const struct answer_case given = { LDNS_RCODE_NOERROR,
			{ &rrset, NULL }, 1, (time_t)ttls[i] };
		rrset.ttl = ttls[i];
		check_answer(&given);
	}
}

/** The answer is a copy: what it was made of may change. */
static void
test_copied(void** state)
{
	uint8_t rdata[] = "\0\004\012\0\0\001";
	uint8_t owner[] = "\003www\007example\003com";
	struct answer_rrset rrset = { ANSWER_ANSWER, owner, sizeof(owner),
		LDNS_RR_TYPE_A, 5, 1, rdata, sizeof(rdata) - 1 };
	const struct ub_packed_rrset_key* key;
	const struct packed_rrset_data* data;
	struct answer answer;
	(void)state;
	answer_make(&answer, LDNS_RCODE_NOERROR, &rrset, NULL);
	reply_send(&qstate, ID, &answer);
	memset(rdata, 0xff, sizeof(rdata));
	memset(owner, 0xff, sizeof(owner));
	memset(&answer, 0xff, sizeof(answer));
	key = qstate.return_msg->rep->rrsets[0];
	data = key->entry.data;
	assert_memory_equal(key->rk.dname, "\003www\007example\003com", 17);
	assert_memory_equal(data->rr_data[0], "\0\004\012\0\0\001", 6);
}

/** Whichever allocation is refused: an error, SERVFAIL, and no message. */
static void
test_no_memory(void** state)
{
	struct answer answer;
	unsigned n, needed;
	(void)state;
	answer_make(&answer, LDNS_RCODE_NOERROR, &address_rrset, &soa_rrset);
	reply_send(&qstate, ID, &answer);
	needed = allocation_count;
	assert_true(needed > 4);
	for(n = 1; n <= needed; n++) {
		tear_down(NULL);
		set_up(NULL);
		refuse_at = n;
		reply_send(&qstate, ID, &answer);
		assert_null(qstate.return_msg);
		assert_int_equal(qstate.return_rcode, LDNS_RCODE_SERVFAIL);
		assert_int_equal(qstate.ext_state[ID], module_error);
		/* this is no want of data */
		assert_null(qstate.minfo[ID]);
	}
	tear_down(NULL);
	set_up(NULL);
	refuse_at = needed + 1;
	reply_send(&qstate, ID, &answer);
	check_message(&answer);
}

/* --- not ready ----------------------------------------------------------- */

/** Unbound is about to send SERVFAIL. */
static void
servfail(struct module_qstate* of, struct edns_option** list)
{
	assert_int_equal(reply_on_servfail(&qstate.qinfo, of, NULL,
		LDNS_RCODE_SERVFAIL, NULL, list, NULL, THE_REGION, NULL, ID,
		NULL), 1);
}

/** A failure leaves no message, and its extended error for the callback. */
static void
check_failure(enum reply_failure failure, int code)
{
	struct edns_option* list = NULL;
	struct dns_msg before;
	qstate.return_msg = &before;
	reply_send_failure(&qstate, ID, failure);
	assert_null(qstate.return_msg);
	assert_int_equal(qstate.return_rcode, LDNS_RCODE_SERVFAIL);
	assert_int_equal(qstate.ext_state[ID], module_finished);
	assert_non_null(qstate.minfo[ID]);
	assert_null(qstate.minfo[0]);
	assert_int_equal(allocation_count, 0);
	assert_int_equal(ede.calls, 0);
	servfail(&qstate, &list);
	assert_int_equal(ede.calls, 1);
	assert_ptr_equal(ede.list, &list);
	assert_int_equal(ede.code, code);
	assert_string_not_equal(ede.text, "");
}

static void
test_not_ready(void** state)
{
	(void)state;
	check_failure(REPLY_NOT_READY, 14);
}

static void
test_stale(void** state)
{
	(void)state;
	check_failure(REPLY_STALE, 22);
}


/** SERVFAIL for other reasons is not ours to explain. */
static void
test_other_servfail(void** state)
{
	struct edns_option* list = NULL;
	struct answer answer;
	char mark;
	(void)state;
	servfail(NULL, &list);
	servfail(&qstate, &list);
	/* another module's memory */
	qstate.minfo[ID] = &mark;
	servfail(&qstate, &list);
	qstate.minfo[ID] = NULL;
	qstate.minfo[ID + 1] = &mark;
	servfail(&qstate, &list);
	answer_make(&answer, LDNS_RCODE_NOERROR, &address_rrset, NULL);
	refuse_at = 1;
	reply_send(&qstate, ID, &answer);
	servfail(&qstate, &list);
	assert_int_equal(ede.calls, 0);
	/* not ready, but as another module's number */
	reply_send_failure(&qstate, ID + 1, REPLY_NOT_READY);
	servfail(&qstate, &list);
	assert_int_equal(ede.calls, 0);
}

/** The callback that is registered is of the type that Unbound calls. */
static void
test_callback_type(void** state)
{
	inplace_cb_reply_func_type* callback = reply_on_servfail;
	(void)state;
	assert_non_null(callback);
}

#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_answers),
		TEST(test_ttls),
		TEST(test_copied),
		TEST(test_no_memory),
		TEST(test_not_ready),
		TEST(test_stale),
		TEST(test_other_servfail),
		TEST(test_callback_type),
	};
	return cmocka_run_group_tests_name("reply", tests, NULL, NULL);
}
