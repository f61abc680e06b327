/*
 * unbound/reply.c - from an answer to Unbound's message.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "unbound/reply.h"
#include <arpa/inet.h>
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
	size_t i, n = rrset->count;
	uint8_t* rdata;
	struct packed_rrset_data* data = regional_alloc(region,
		sizeof(*data) + n * (sizeof(size_t) + sizeof(uint8_t*) +
		sizeof(time_t)) + rrset->rdata_len);
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
	memcpy(rdata, rrset->rdata, rrset->rdata_len);
	for(i = 0; i < n; i++) {
		data->rr_len[i] = (size_t)2 + (size_t)(rdata[0] << 8 |
			rdata[1]);
		data->rr_data[i] = rdata;
		data->rr_ttl[i] = (time_t)rrset->ttl;
		rdata += data->rr_len[i];
	}
	return data;
}

/** Make Unbound's form of an RRset. */
static struct ub_packed_rrset_key*
rrset_create(struct module_qstate* qstate, const struct answer_rrset* rrset)
{
	struct regional* region = qstate->region;
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
		key->rk.dname = qstate->qinfo.qname;
		key->rk.dname_len = qstate->qinfo.qname_len;
		return key;
	}
	key->rk.dname = regional_alloc(region, rrset->owner_len);
	key->rk.dname_len = rrset->owner_len;
	if(!key->rk.dname)
		return NULL;
	memcpy(key->rk.dname, rrset->owner, rrset->owner_len);
	return key;
}

/** The lowest TTL of an answer, which is that of the message. */
static time_t
answer_ttl(const struct answer* answer)
{
	uint32_t ttl = answer->count > 0 ? answer->rrset[0].ttl : 0;
	size_t i;
	for(i = 1; i < answer->count; i++) {
		if(answer->rrset[i].ttl < ttl)
			ttl = answer->rrset[i].ttl;
	}
	return (time_t)ttl;
}

/** Make Unbound's form of an answer. */
static struct reply_info*
info_create(struct module_qstate* qstate, const struct answer* answer)
{
	struct reply_info* info = regional_alloc_zero(qstate->region,
		sizeof(*info));
	size_t i;
	if(!info)
		return NULL;
	info->flags = (uint16_t)(BIT_QR | BIT_AA | BIT_RA | answer->rcode);
	info->authoritative = 1;
	info->qdcount = 1;
	info->ttl = answer_ttl(answer);
	info->prefetch_ttl = PREFETCH_TTL_CALC(info->ttl);
	info->serve_expired_ttl = info->ttl;
	/* Not "unchecked", which would be SERVFAIL below a trust anchor, and
	 * not "secure", which would set AD. */
	info->security = sec_status_insecure;
	info->rrsets = regional_alloc(qstate->region,
		ANSWER_RRSETS_MAX * sizeof(*info->rrsets));
	if(!info->rrsets)
		return NULL;
	for(i = 0; i < answer->count; i++) {
		info->rrsets[i] = rrset_create(qstate, &answer->rrset[i]);
		if(!info->rrsets[i])
			return NULL;
		if(answer->rrset[i].section == ANSWER_ANSWER)
			info->an_numrrsets++;
		else	info->ns_numrrsets++;
	}
	info->rrset_count = answer->count;
	return info;
}

void
reply_send(struct module_qstate* qstate, int id, const struct answer* answer)
{
	struct dns_msg* message = regional_alloc(qstate->region,
		sizeof(*message));
	struct reply_info* info = info_create(qstate, answer);
	if(!message || !info) {
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
