/*
 * unbound/reply.c - from an answer to Unbound's message.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "unbound/reply.h"
#include "base/wire.h"
#include <arpa/inet.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/** The extended errors (RFC 8914) of failures; what minfo points to. */
static struct extended_error {
	/** the code */
	sldns_ede_code code;
	/** what is said with it */
	const char* text;
} extended_errors[] = {
	[REPLY_NOT_READY] = { LDNS_EDE_NOT_READY,
		"no copy of etcd's data yet" },
	[REPLY_STALE] = { LDNS_EDE_NO_REACHABLE_AUTHORITY,
		"etcd was not reached for longer than max-stale" },
};

/**
 * Make Unbound's packed form of an RRset's data: one allocation, the arrays
 * behind the struct, the rdata behind the arrays.
 */
static struct packed_rrset_data*
data_create(struct regional* region, const struct answer_rrset* rrset)
{
	size_t i, n = rrset->rdata.count;
	uint8_t* rdata;
	struct packed_rrset_data* data = regional_alloc(region,
		sizeof(*data) + n * (sizeof(size_t) + sizeof(uint8_t*) +
		sizeof(time_t)) + rrset->rdata.len);
	if(!data)
		return NULL;
	memset(data, 0, sizeof(*data));
	data->ttl = (time_t)rrset->ttl;
	data->count = n;
	data->trust = rrset_trust_ans_AA;
	data->security = sec_status_insecure;
	data->rr_len = (size_t*)(data + 1);
	data->rr_data = (uint8_t**)(data->rr_len + n);
	data->rr_ttl = (time_t*)(data->rr_data + n);
	rdata = (uint8_t*)(data->rr_ttl + n);
	memcpy(rdata, rrset->rdata.octets, rrset->rdata.len);
	for(i = 0; i < n; i++) {
		data->rr_len[i] = rdata_list_step(rdata);
		data->rr_data[i] = rdata;
		data->rr_ttl[i] = (time_t)rrset->ttl;
		rdata += data->rr_len[i];
	}
	return data;
}

struct ub_packed_rrset_key*
reply_make_rrset(struct regional* region, const struct answer_rrset* rrset,
	uint8_t* qname, size_t qname_len)
{
	struct ub_packed_rrset_key* key = regional_alloc_zero(region,
		sizeof(*key));
	struct packed_rrset_data* data = data_create(region, rrset);
	if(!key || !data)
		return NULL;
	key->entry.key = key;
	key->entry.data = data;
	key->rk.type = htons(rrset->type);
	key->rk.rrset_class = htons(LDNS_RR_CLASS_IN);
	if(!rrset->owner) {
		key->rk.dname = qname;
		key->rk.dname_len = qname_len;
		return key;
	}
	key->rk.dname = regional_alloc_init(region, rrset->owner,
		rrset->owner_len);
	key->rk.dname_len = rrset->owner_len;
	return key->rk.dname ? key : NULL;
}

/** The array of a message that is put together; info->rrsets is its end. */
struct rrset_array {
	/** RRsets that there is room for */
	size_t room;
	/** the RRsets */
	struct ub_packed_rrset_key* rrset[];
};

struct reply_info*
reply_create(struct module_qstate* qstate, size_t rrsets)
{
	struct reply_info* info = regional_alloc_zero(qstate->region,
		sizeof(*info));
	struct rrset_array* array = regional_alloc(qstate->region,
		sizeof(*array) + rrsets * sizeof(array->rrset[0]));
	if(!info || !array)
		return NULL;
	info->flags = BIT_QR | BIT_RA;
	info->qdcount = 1;
	/* Not "unchecked", which would be SERVFAIL below a trust anchor, and
	 * not "secure", which would set AD. */
	info->security = sec_status_insecure;
	array->room = rrsets;
	info->rrsets = array->rrset;
	return info;
}

/** Append an RRset to a message that reply_create made, if there is room;
 * sections come in their order. */
static void
info_add(struct reply_info* info, struct ub_packed_rrset_key* rrset,
	enum answer_section section)
{
	const struct packed_rrset_data* data = rrset->entry.data;
	const struct rrset_array* array = (const void*)((const uint8_t*)
		info->rrsets - offsetof(struct rrset_array, rrset));
	if(info->rrset_count >= array->room)
		return;
	if(info->rrset_count == 0 || data->ttl < info->ttl)
		info->ttl = data->ttl;
	info->prefetch_ttl = PREFETCH_TTL_CALC(info->ttl);
	info->serve_expired_ttl = info->ttl;
	info->rrsets[info->rrset_count++] = rrset;
	if(section == ANSWER_ANSWER)
		info->an_numrrsets++;
	else if(section == ANSWER_AUTHORITY)
		info->ns_numrrsets++;
	else	info->ar_numrrsets++;
}

bool
reply_add_answer(struct module_qstate* qstate, struct reply_info* info,
	const struct answer* answer, size_t count, uint8_t* qname,
	size_t qname_len)
{
	size_t i;
	for(i = 0; i < count; i++) {
		struct ub_packed_rrset_key* rrset = reply_make_rrset(
			qstate->region, &answer->rrset[i], qname, qname_len);
		if(!rrset)
			return false;
		info_add(info, rrset, answer->rrset[i].section);
	}
	FLAGS_SET_RCODE(info->flags, answer->rcode);
	return true;
}

/** The section of an RRset of a message. */
static enum answer_section
info_section(const struct reply_info* info, size_t number)
{
	if(number < info->an_numrrsets)
		return ANSWER_ANSWER;
	return number < info->an_numrrsets + info->ns_numrrsets ?
		ANSWER_AUTHORITY : ANSWER_ADDITIONAL;
}

/** A hash table of RRsets by owner and type, linear probing. */
struct rrset_set {
	/** the RRsets; owned */
	struct ub_packed_rrset_key** slot;
	/** number of slots less one; slots are a power of 2 */
	size_t mask;
};

/** Make room for so many. @return false if memory ran out. */
static bool
set_init(struct rrset_set* set, size_t count)
{
	size_t slots = 16;
	while(slots < 2 * count)
		slots *= 2;
	set->mask = slots - 1;
	set->slot = calloc(slots, sizeof(*set->slot));
	return set->slot != NULL;
}

/** Add an RRset. @return false if one of its owner and type is there. */
static bool
set_add(const struct rrset_set* set, struct ub_packed_rrset_key* rrset)
{
	size_t i = dname_query_hash(rrset->rk.dname, rrset->rk.type) &
		set->mask;
	for(; set->slot[i]; i = (i + 1) & set->mask) {
		if(set->slot[i]->rk.type == rrset->rk.type &&
			query_dname_compare(set->slot[i]->rk.dname,
			rrset->rk.dname) == 0)
			return false;
	}
	set->slot[i] = rrset;
	return true;
}

bool
reply_add_info(struct reply_info* info, const struct reply_info* from,
	size_t count)
{
	bool first = info->rrset_count == 0;
	struct rrset_set set;
	size_t i;
	if(!first && !set_init(&set, info->rrset_count + count))
		return false;
	for(i = 0; !first && i < info->rrset_count; i++)
		(void)set_add(&set, info->rrsets[i]);
	/* a message has no doubles of its own */
	for(i = 0; i < count; i++) {
		if(first || set_add(&set, from->rrsets[i]))
			info_add(info, from->rrsets[i],
				info_section(from, i));
	}
	if(!first)
		free(set.slot);
	FLAGS_SET_RCODE(info->flags, FLAGS_GET_RCODE(from->flags));
	if(from->security == sec_status_bogus ||
		from->security == sec_status_secure_sentinel_fail)
		info->security = from->security;
	return true;
}

/** Whether an RRset proves that a name or type does not exist. */
static bool
is_proof(const struct ub_packed_rrset_key* rrset)
{
	return rrset->rk.type == htons(LDNS_RR_TYPE_NSEC) ||
		rrset->rk.type == htons(LDNS_RR_TYPE_NSEC3);
}

/** Make an RRset of one empty record. @return NULL if memory ran out. */
static struct ub_packed_rrset_key*
placeholder_make(struct regional* region, uint16_t type, uint8_t* owner,
	size_t len)
{
	static const uint8_t empty[2];
	const struct answer_rrset rrset = { .type = type,
		.rdata = { empty, sizeof(empty), 1 } };
	struct ub_packed_rrset_key* key = reply_make_rrset(region, &rrset,
		owner, len);
	if(key) {
		struct packed_rrset_data* data = key->entry.data;
		data->security = sec_status_secure;
		key->rk.flags |= REPLY_PLACEHOLDER;
	}
	return key;
}

bool
reply_cut(struct regional* region, struct dns_msg* response, size_t answers,
	uint8_t* target, size_t len)
{
	struct reply_info* info = response->rep;
	size_t i, count = answers;
	struct ub_packed_rrset_key* placeholder = placeholder_make(region,
		response->qinfo.qtype, target, len);
	struct ub_packed_rrset_key** kept = regional_alloc(region,
		(info->rrset_count + 1) * sizeof(*kept));
	if(!placeholder || !kept)
		return false;
	memcpy(kept, info->rrsets, answers * sizeof(*kept));
	kept[count++] = placeholder;
	for(i = info->an_numrrsets; i < info->an_numrrsets +
		info->ns_numrrsets; i++) {
		if(is_proof(info->rrsets[i]))
			kept[count++] = info->rrsets[i];
	}
	info->rrsets = kept;
	info->rrset_count = count;
	info->an_numrrsets = answers + 1;
	info->ns_numrrsets = count - answers - 1;
	info->ar_numrrsets = 0;
	/* dns64 would store it, and other threads answer with the placeholder
	 * until it is taken out again */
	info->ttl = info->prefetch_ttl = info->serve_expired_ttl = 0;
	FLAGS_SET_RCODE(info->flags, LDNS_RCODE_NOERROR);
	/* with aliases, an answer of a server that is not authoritative would
	 * be looked at for a referral */
	info->flags |= BIT_AA;
	return true;
}

void
reply_set_authoritative(struct reply_info* info)
{
	info->flags |= BIT_AA;
	info->authoritative = 1;
}

void
reply_expire(struct reply_info* info)
{
	size_t i;
	info->ttl = info->prefetch_ttl = info->serve_expired_ttl = 0;
	for(i = 0; i < info->rrset_count; i++) {
		struct packed_rrset_data* data = info->rrsets[i]->entry.data;
		size_t n = data->count + data->rrsig_count;
		data->ttl = 0;
		while(n-- > 0)
			data->rr_ttl[n] = 0;
	}
}

void
reply_finish(struct module_qstate* qstate, int id, struct reply_info* info)
{
	struct dns_msg* message = regional_alloc(qstate->region,
		sizeof(*message));
	if(!message || !info) {
		qstate->return_msg = NULL;
		qstate->return_rcode = LDNS_RCODE_SERVFAIL;
		qstate->ext_state[id] = module_error;
		return;
	}
	message->qinfo = qstate->qinfo;
	message->rep = info;
	qstate->return_msg = message;
	qstate->return_rcode = LDNS_RCODE_NOERROR;
	qstate->ext_state[id] = module_finished;
}

void
reply_send(struct module_qstate* qstate, int id, const struct answer* answer)
{
	struct reply_info* info = reply_create(qstate, answer->count);
	if(info && !reply_add_answer(qstate, info, answer, answer->count,
		qstate->qinfo.qname, qstate->qinfo.qname_len))
		info = NULL;
	/* a referral is not, but an alias that leads to one is */
	if(info && (answer->end == ANSWER_COMPLETE || answer->answers > 0))
		reply_set_authoritative(info);
	reply_finish(qstate, id, info);
}

void
reply_send_failure(struct module_qstate* qstate, int id,
	enum reply_failure failure)
{
	qstate->minfo[id] = &extended_errors[failure];
	qstate->return_msg = NULL;
	qstate->return_rcode = LDNS_RCODE_SERVFAIL;
	qstate->ext_state[id] = module_finished;
}

int
reply_on_servfail(struct query_info* qinfo, struct module_qstate* qstate,
	struct reply_info* rep, int rcode, struct edns_data* edns,
	struct edns_option** opt_list_out, struct comm_reply* repinfo,
	struct regional* region, struct timeval* start_time, int id,
	void* callback)
{
	size_t i;
	(void)qinfo;
	(void)rep;
	(void)rcode;
	(void)edns;
	(void)repinfo;
	(void)start_time;
	(void)callback;
	for(i = 0; qstate && i < sizeof(extended_errors) /
		sizeof(*extended_errors); i++) {
		const struct extended_error* error = &extended_errors[i];
		if(qstate->minfo[id] == error)
			(void)edns_opt_list_append_ede(opt_list_out, region,
				error->code, error->text);
	}
	return 1;
}
