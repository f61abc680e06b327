/*
 * tests/unit/unbound/test_reply.c - from an answer to Unbound's message.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/*
 * Unbound's functions are doubles here: a region (region.h), and a list of
 * extended errors that writes down what is put on it.
 */
#include "unbound/reply.h"
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "region.h"
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

/* --- doubles ------------------------------------------------------------- */

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
	(void)state;
	region_clear();
	return 0;
}

/* three addresses */
static const uint8_t addresses[] = "\0\004\012\0\0\001\0\004\012\0\0\002"
	"\0\004\012\0\0\003";
/* one text of 300 octets, so that both octets of a length count */
static uint8_t texts[2 + 2 + 300 + 2];
static const uint8_t soa[] = "\0\010abcdefgh";

static const struct answer_rrset address_rrset = { ANSWER_ANSWER, NULL, 0,
	LDNS_RR_TYPE_A, 300, { addresses, sizeof(addresses) - 1, 3 } };
static const struct answer_rrset soa_rrset = { ANSWER_AUTHORITY, apex,
	sizeof(apex), LDNS_RR_TYPE_SOA, 60, { soa, sizeof(soa) - 1, 1 } };

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
	const uint8_t* rdata = rrset->rdata.octets;
	size_t i;
	assert_int_equal(data->ttl, rrset->ttl);
	assert_int_equal(data->count, rrset->rdata.count);
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
	assert_ptr_equal(rdata, rrset->rdata.octets + rrset->rdata.len);
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
		LDNS_RR_TYPE_TXT, 7, { texts, 304, 2 } };
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
		LDNS_RR_TYPE_A, 5, { rdata, sizeof(rdata) - 1, 1 } };
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

/** A referral is the word of the zone cut's servers: it has no AA. But an
 * alias before it, and an alias that leads out of the zones, is ours. */
static void
test_authoritative(void** state)
{
	static const struct answer_rrset ns = { ANSWER_AUTHORITY, apex,
		sizeof(apex), LDNS_RR_TYPE_NS, 60, { soa, sizeof(soa) - 1, 1 } };
	static const struct answer_rrset glue = { ANSWER_ADDITIONAL, apex,
		sizeof(apex), LDNS_RR_TYPE_A, 60, { addresses,
		sizeof(addresses) - 1, 3 } };
	static const struct answer_rrset alias = { ANSWER_ANSWER, NULL, 0,
		LDNS_RR_TYPE_CNAME, 60, { soa, sizeof(soa) - 1, 1 } };
	const struct {
		/** RRsets of the answer */
		const struct answer_rrset* rrsets[2];
		/** those in the answer section */
		size_t answers;
		/** how it ends */
		enum answer_end end;
		/** whether it is authoritative */
		bool authoritative;
		/** RRsets of the additional section */
		size_t additional;
	} cases[] = {
		{ { &ns, &glue }, 0, ANSWER_REFERRAL, false, 1 },
		{ { &ns, NULL }, 0, ANSWER_REFERRAL, false, 0 },
		{ { &alias, &ns }, 1, ANSWER_REFERRAL, true, 0 },
		{ { &alias, NULL }, 1, ANSWER_OUTSIDE, true, 0 },
		{ { &alias, NULL }, 1, ANSWER_COMPLETE, true, 0 },
		{ { &soa_rrset, NULL }, 0, ANSWER_COMPLETE, true, 0 },
		{ { NULL, NULL }, 0, ANSWER_COMPLETE, true, 0 },
	};
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct reply_info* info;
		struct answer answer;
		answer_make(&answer, LDNS_RCODE_NOERROR, cases[i].rrsets[0],
			cases[i].rrsets[1]);
		answer.answers = cases[i].answers;
		answer.end = cases[i].end;
		reply_send(&qstate, ID, &answer);
		info = qstate.return_msg->rep;
		assert_int_equal(info->flags, BIT_QR | BIT_RA |
			(cases[i].authoritative ? BIT_AA : 0));
		assert_int_equal(info->authoritative, cases[i].authoritative);
		assert_int_equal(info->an_numrrsets, answer.answers);
		assert_int_equal(info->ar_numrrsets, cases[i].additional);
		assert_int_equal(info->rrset_count, answer.count);
	}
}

/* --- put together -------------------------------------------------------- */

/** An RRset for a message, by its section, owner, type and TTL. */
static struct answer_rrset
piece(enum answer_section section, const char* owner, uint16_t type,
	uint32_t ttl)
{
	return (struct answer_rrset){ section, (const uint8_t*)owner,
		strlen(owner) + 1, type, ttl, { soa, sizeof(soa) - 1, 1 } };
}

/** A message that other modules might have made. */
static struct reply_info*
message_make(const struct answer_rrset* rrsets, size_t count, int rcode)
{
	struct reply_info* info = reply_create(&qstate, count);
	struct answer answer;
	assert_non_null(info);
	answer_make(&answer, rcode, NULL, NULL);
	memcpy(answer.rrset, rrsets, count * sizeof(*rrsets));
	assert_true(reply_add_answer(&qstate, info, &answer, count, qname,
		sizeof(qname)));
	return info;
}

/** An empty message says nothing but that it is one. */
static void
test_empty_message(void** state)
{
	const struct reply_info* info = reply_create(&qstate, 0);
	(void)state;
	assert_non_null(info);
	assert_int_equal(info->flags, BIT_QR | BIT_RA);
	assert_int_equal(info->authoritative, 0);
	assert_int_equal(info->qdcount, 1);
	assert_int_equal(info->rrset_count, 0);
	assert_int_equal(info->security, sec_status_insecure);
}

/** whether memory from outside of a region is refused */
static bool no_heap;

void* __real_calloc(size_t count, size_t size);
void* __wrap_calloc(size_t count, size_t size);

void*
__wrap_calloc(size_t count, size_t size)
{
	return no_heap ? NULL : __real_calloc(count, size);
}

/** Without memory nothing is appended by halves. */
static void
test_joined_without_memory(void** state)
{
	const struct answer_rrset first[] = {
		piece(ANSWER_ANSWER, "\001a", LDNS_RR_TYPE_CNAME, 50),
	};
	struct reply_info* one = message_make(first, 1, LDNS_RCODE_NOERROR);
	struct reply_info* info = reply_create(&qstate, 2);
	(void)state;
	assert_true(reply_add_info(info, one, 1));
	no_heap = true;
	assert_false(reply_add_info(info, one, 1));
	no_heap = false;
	assert_int_equal(info->rrset_count, 1);
}

/** Many RRsets, of which each is there once. */
static void
test_joined_large(void** state)
{
	enum { MANY = 20 };
	uint8_t owner[2 * MANY][3];
	struct answer_rrset rrsets[2 * MANY];
	struct reply_info *one, *two, *info;
	size_t i;
	(void)state;
	for(i = 0; i < 2 * MANY; i++) {
		owner[i][0] = 1;
		owner[i][1] = (uint8_t)('a' + i % MANY);
		owner[i][2] = 0;
		rrsets[i] = piece(ANSWER_ANSWER, (const char*)owner[i],
			LDNS_RR_TYPE_A, 60);
	}
	one = message_make(rrsets, MANY, LDNS_RCODE_NOERROR);
	/* the second half of these, and once more all of them */
	two = message_make(rrsets + MANY / 2, MANY + MANY / 2,
		LDNS_RCODE_NOERROR);
	info = reply_create(&qstate, 3 * MANY);
	assert_true(reply_add_info(info, one, MANY / 2));
	assert_true(reply_add_info(info, two, two->rrset_count));
	assert_int_equal(info->rrset_count, MANY);
	for(i = 0; i < MANY; i++)
		assert_memory_equal(info->rrsets[i]->rk.dname, owner[i], 3);
}

/** A response that is cut behind an alias. */
static void
test_cut(void** state)
{
	const struct answer_rrset rrsets[] = {
		piece(ANSWER_ANSWER, "\001a", LDNS_RR_TYPE_CNAME, 50),
		piece(ANSWER_ANSWER, "\001b", LDNS_RR_TYPE_A, 50),
		piece(ANSWER_AUTHORITY, "\001z", LDNS_RR_TYPE_NSEC, 50),
		piece(ANSWER_AUTHORITY, "\001z", LDNS_RR_TYPE_SOA, 50),
		piece(ANSWER_AUTHORITY, "\001y", LDNS_RR_TYPE_NSEC3, 50),
		piece(ANSWER_ADDITIONAL, "\001x", LDNS_RR_TYPE_NSEC, 50),
	};
	struct dns_msg response;
	struct reply_info before;
	struct ub_packed_rrset_key** all;
	const struct packed_rrset_data* data;
	uint8_t target[] = "\001t";
	unsigned needed, n, used;
	(void)state;
	memset(&response, 0, sizeof(response));
	response.rep = message_make(rrsets, 6, LDNS_RCODE_NXDOMAIN);
	response.qinfo.qtype = LDNS_RR_TYPE_AAAA;
	before = *response.rep;
	all = before.rrsets;
	used = allocation_count;
	assert_true(reply_cut(THE_REGION, &response, 1, target,
		sizeof(target)));
	needed = allocation_count - used;
	assert_int_equal(FLAGS_GET_RCODE(response.rep->flags),
		LDNS_RCODE_NOERROR);
	assert_int_equal(response.rep->an_numrrsets, 2);
	assert_int_equal(response.rep->ns_numrrsets, 2);
	assert_int_equal(response.rep->ar_numrrsets, 0);
	assert_int_equal(response.rep->rrset_count, 4);
	assert_ptr_equal(response.rep->rrsets[0], all[0]);
	assert_ptr_equal(response.rep->rrsets[2], all[2]);
	assert_ptr_equal(response.rep->rrsets[3], all[4]);
	/* where the alias leads there is an empty record, not to be validated,
	 * and known by its flag */
	assert_memory_equal(response.rep->rrsets[1]->rk.dname, target,
		sizeof(target));
	assert_int_equal(ntohs(response.rep->rrsets[1]->rk.type),
		LDNS_RR_TYPE_AAAA);
	assert_int_equal(response.rep->rrsets[1]->rk.flags,
		REPLY_PLACEHOLDER);
	data = response.rep->rrsets[1]->entry.data;
	assert_int_equal(data->security, sec_status_secure);
	assert_int_equal(data->count, 1);
	assert_int_equal(data->rr_len[0], 2);
	for(n = 1; n <= needed; n++) {
		struct reply_info whole = before;
		response.rep = &whole;
		refuse_at = allocation_count + n;
		assert_false(reply_cut(THE_REGION, &response, 1, target,
			sizeof(target)));
		refuse_at = 0;
		assert_memory_equal(&whole, &before, sizeof(whole));
		assert_ptr_equal(whole.rrsets, all);
	}
}

/** A message has no more RRsets than it was made for; what is too much is left
 * out, of an answer and of another message. */
static void
test_no_room(void** state)
{
	const struct answer_rrset rrsets[] = {
		piece(ANSWER_ANSWER, "\001a", LDNS_RR_TYPE_CNAME, 5),
		piece(ANSWER_AUTHORITY, "\001b", LDNS_RR_TYPE_SOA, 4),
		piece(ANSWER_ADDITIONAL, "\001c", LDNS_RR_TYPE_A, 3),
	};
	const struct reply_info* from = message_make(rrsets, 3,
		LDNS_RCODE_NXDOMAIN);
	struct answer answer;
	size_t room;
	(void)state;
	answer_make(&answer, LDNS_RCODE_NOERROR, &rrsets[0], &rrsets[1]);
	for(room = 0; room <= 3; room++) {
		struct reply_info* info = reply_create(&qstate, room);
		assert_true(reply_add_answer(&qstate, info, &answer, 2, qname,
			sizeof(qname)));
		reply_add_info(info, from, 3);
		assert_int_equal(info->rrset_count, room);
		assert_int_equal(info->an_numrrsets, room > 0);
		assert_int_equal(info->ns_numrrsets, room > 1);
		assert_int_equal(info->ar_numrrsets, room > 2);
		assert_int_equal(info->ttl, room > 0 ? 6 - (time_t)room : 0);
	}
}

/** What comes of two messages: first the aliases of one, then the other,
 * without what is there already. */
static void
test_joined(void** state)
{
	const struct answer_rrset first[] = {
		piece(ANSWER_ANSWER, "\001a", LDNS_RR_TYPE_CNAME, 50),
		piece(ANSWER_AUTHORITY, "\001z", LDNS_RR_TYPE_SOA, 1),
	};
	const struct answer_rrset second[] = {
		piece(ANSWER_ANSWER, "\001b", LDNS_RR_TYPE_CNAME, 40),
		/* there already, in another case, with another TTL */
		piece(ANSWER_ANSWER, "\001A", LDNS_RR_TYPE_CNAME, 2),
		/* of the same name and another type */
		piece(ANSWER_ANSWER, "\001a", LDNS_RR_TYPE_A, 60),
		piece(ANSWER_AUTHORITY, "\001y", LDNS_RR_TYPE_NS, 30),
		piece(ANSWER_ADDITIONAL, "\001x", LDNS_RR_TYPE_A, 70),
		piece(ANSWER_ADDITIONAL, "\001b", LDNS_RR_TYPE_CNAME, 3),
	};
	struct reply_info* one = message_make(first, 2, LDNS_RCODE_NOERROR);
	struct reply_info* rest = message_make(second, 6,
		LDNS_RCODE_NXDOMAIN);
	struct reply_info* info = reply_create(&qstate, 8);
	(void)state;
	assert_int_equal(one->ttl, 1);
	assert_int_equal(rest->ttl, 2);
	reply_add_info(info, one, 1);
	assert_int_equal(info->ttl, 50);
	assert_int_equal(FLAGS_GET_RCODE(info->flags), LDNS_RCODE_NOERROR);
	reply_add_info(info, rest, rest->rrset_count);
	assert_int_equal(FLAGS_GET_RCODE(info->flags), LDNS_RCODE_NXDOMAIN);
	assert_int_equal(info->rrset_count, 5);
	assert_int_equal(info->an_numrrsets, 3);
	assert_int_equal(info->ns_numrrsets, 1);
	assert_int_equal(info->ar_numrrsets, 1);
	/* the RRsets themselves are the same */
	assert_ptr_equal(info->rrsets[0], one->rrsets[0]);
	assert_ptr_equal(info->rrsets[1], rest->rrsets[0]);
	assert_ptr_equal(info->rrsets[2], rest->rrsets[2]);
	assert_ptr_equal(info->rrsets[3], rest->rrsets[3]);
	assert_ptr_equal(info->rrsets[4], rest->rrsets[4]);
	/* the lowest TTL of what is in it, which 3, 2 and 1 are not */
	assert_int_equal(info->ttl, 30);
	assert_int_equal(info->prefetch_ttl, 27);
	assert_int_equal(info->serve_expired_ttl, 30);
	/* nobody's AA is taken over */
	assert_int_equal(info->flags & BIT_AA, 0);
	assert_int_equal(info->authoritative, 0);
	reply_set_authoritative(info);
	assert_int_equal(info->flags, BIT_QR | BIT_AA | BIT_RA |
		LDNS_RCODE_NXDOMAIN);
	assert_int_equal(info->authoritative, 1);
}

/** A part of an answer: the answer section only, and what it says. */
static void
test_part_of_an_answer(void** state)
{
	struct reply_info* info = reply_create(&qstate, 1);
	struct answer answer;
	uint8_t target[] = "\003foo";
	(void)state;
	answer_make(&answer, LDNS_RCODE_NXDOMAIN, &address_rrset, &soa_rrset);
	assert_true(reply_add_answer(&qstate, info, &answer, 1, target,
		sizeof(target)));
	assert_int_equal(info->rrset_count, 1);
	assert_int_equal(info->an_numrrsets, 1);
	assert_int_equal(info->ttl, 300);
	/* it is about this name, which is not copied */
	assert_ptr_equal(info->rrsets[0]->rk.dname, target);
	assert_int_equal(info->rrsets[0]->rk.dname_len, sizeof(target));
	assert_int_equal(FLAGS_GET_RCODE(info->flags), LDNS_RCODE_NXDOMAIN);
}

/** Bogus is what has a part that is; no part makes it secure. */
static void
test_security(void** state)
{
	static const struct {
		/** of the part */
		enum sec_status part;
		/** of the whole */
		enum sec_status whole;
	} cases[] = {
		{ sec_status_unchecked, sec_status_insecure },
		{ sec_status_bogus, sec_status_bogus },
		{ sec_status_indeterminate, sec_status_insecure },
		{ sec_status_insecure, sec_status_insecure },
		{ sec_status_secure_sentinel_fail,
			sec_status_secure_sentinel_fail },
		{ sec_status_secure, sec_status_insecure },
	};
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct reply_info* part = reply_create(&qstate, 0);
		struct reply_info* good = reply_create(&qstate, 0);
		struct reply_info* whole = reply_create(&qstate, 0);
		part->security = cases[i].part;
		reply_add_info(whole, part, 0);
		assert_int_equal(whole->security, cases[i].whole);
		/* and stays so */
		reply_add_info(whole, good, 0);
		assert_int_equal(whole->security, cases[i].whole);
	}
}

/** Each piece fails by itself if memory runs out. */
static void
test_no_memory_for_pieces(void** state)
{
	struct reply_info* info;
	struct answer answer;
	unsigned n;
	(void)state;
	for(n = 1; n <= 2; n++) {
		refuse_at = allocation_count + n;
		assert_null(reply_create(&qstate, 3));
	}
	refuse_at = 0;
	info = reply_create(&qstate, 9);
	answer_make(&answer, LDNS_RCODE_NOERROR, &soa_rrset, NULL);
	/* key, data, owner */
	for(n = 1; n <= 3; n++) {
		refuse_at = allocation_count + n;
		assert_false(reply_add_answer(&qstate, info, &answer, 1,
			qname, sizeof(qname)));
		refuse_at = allocation_count + n;
		assert_null(reply_make_rrset(THE_REGION, &soa_rrset, qname,
			sizeof(qname)));
		assert_int_equal(info->rrset_count, 0);
	}
	refuse_at = allocation_count + 1;
	qstate.return_msg = (struct dns_msg*)(void*)&answer;
	reply_finish(&qstate, ID, info);
	assert_null(qstate.return_msg);
	assert_int_equal(qstate.return_rcode, LDNS_RCODE_SERVFAIL);
	assert_int_equal(qstate.ext_state[ID], module_error);
	/* the message for which there was no memory before */
	qstate.ext_state[ID] = module_state_initial;
	qstate.return_msg = (struct dns_msg*)(void*)&answer;
	reply_finish(&qstate, ID, NULL);
	assert_null(qstate.return_msg);
	assert_int_equal(qstate.return_rcode, LDNS_RCODE_SERVFAIL);
	assert_int_equal(qstate.ext_state[ID], module_error);
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
		TEST(test_authoritative),
		TEST(test_empty_message),
		TEST(test_no_room),
		TEST(test_joined),
		TEST(test_joined_without_memory),
		TEST(test_joined_large),
		TEST(test_cut),
		TEST(test_part_of_an_answer),
		TEST(test_security),
		TEST(test_no_memory_for_pieces),
		TEST(test_not_ready),
		TEST(test_stale),
		TEST(test_other_servfail),
		TEST(test_callback_type),
	};
	return cmocka_run_group_tests_name("reply", tests, NULL, NULL);
}
