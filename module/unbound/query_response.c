/*
 * unbound/query_response.c - what the iterator gets from servers.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "unbound/query_internal.h"
#include <arpa/inet.h>

/** Whether a response is a referral that the iterator may remember: not one
 * below a zone cut of ours, as it would outlive the cut. */
static bool
is_lasting_referral(const struct query_source* source,
	const struct reply_info* info)
{
	struct store* store = zones_store(source->zones);
	const struct packed_rrset_key* ns = NULL;
	struct reach reach;
	struct answer answer;
	size_t i;
	if(FLAGS_GET_RCODE(info->flags) != LDNS_RCODE_NOERROR ||
		info->an_numrrsets > 0 || info->flags & BIT_RA)
		return false;
	for(i = 0; i < info->ns_numrrsets; i++) {
		const struct packed_rrset_key* key = &info->rrsets[i]->rk;
		if(key->type == htons(LDNS_RR_TYPE_SOA))
			return false;
		if(key->type == htons(LDNS_RR_TYPE_NS))
			ns = key;
	}
	if(!ns || !query_reach(source, ns->dname, ns->dname_len,
		LDNS_RR_TYPE_NS, &reach))
		return ns != NULL;
	store_read_lock(store);
	answer_find(reach.zone, &reach.walk, LDNS_RR_TYPE_A, 0, &answer);
	store_read_unlock(store);
	return answer.end != ANSWER_REFERRAL;
}

/**
 * Look through a response for the first alias that leads into the zones, and
 * store it and those before it. If the zones answer its target, end the
 * response there, so that Unbound asks nobody about the target, and takes no
 * answer about it from this server.
 */
static void
response_look_through(struct query* query, struct dns_msg* response)
{
	struct module_qstate* qstate = query->qstate;
	struct reply_info* info = response->rep;
	struct reach reach;
	uint8_t* target;
	size_t i = 0, len;
	for(;; i++) {
		i = query_find_alias(info, i, NULL, &target, &len);
		if(i == info->an_numrrsets)
			return;
		if(query_reach(query->source, target, len,
			qstate->qinfo.qtype, &reach))
			break;
	}
	if(!qstate->no_cache_store || query->work->forbidden)
		cache_store_rrsets(qstate, info, i + 1);
	query->work->tainted = true;
	if(query_zones_word(query, &reach) != ZONES_LACK)
		query->work->led_in = reply_cut(qstate->region, response,
			i + 1, target, len);
}

void
query_response(const struct query_source* source,
	struct module_qstate* qstate, struct dns_msg* response, int id)
{
	struct query query = { .source = source, .qstate = qstate, .id = id,
		.work = qstate->minfo[id] };
	const struct query_info* question;
	struct reach reach;
	/* a query that the iterator has begun has no work yet */
	if(!response || !response->rep ||
		qstate->qinfo.qclass != LDNS_RR_CLASS_IN || !query_work_get(&query))
		return;
	/* below, what subnetcache has set in no_cache_store is lost */
	if(edns_opt_list_find(qstate->edns_opts_back_in,
		LDNS_EDNS_CLIENT_SUBNET))
		query.work->scoped = true;
	question = &response->qinfo;
	if(query_reach(source, question->qname, question->qname_len,
		question->qtype, &reach)) {
		query.work->tainted = true;
	} else if(query_follows_aliases(&qstate->qinfo)) {
		response_look_through(&query, response);
	}
	query_store_forbid(&query, (query.work->recursed || query.work->tainted) &&
		!is_lasting_referral(source, response->rep));
}
