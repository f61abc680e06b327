/*
 * unbound/cache.c - what Unbound's caches may have of the zones.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "unbound/cache.h"
#include "unbound/reply.h"
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/** the class under which messages are kept: one for private use (RFC 6895
 * 3.2) */
#define CLASS_KEPT 65384

/**
 * Take the messages about a name out of the message cache, and those about the
 * names above it that the iterator asks for on the way; if it is ours.
 * @return whether it is.
 */
static bool
name_purge(const struct module_qstate* qstate, const struct zones* zones,
	const uint8_t* name, size_t name_len)
{
	uint16_t type = qstate->qinfo.qtype, flags = qstate->query_flags;
	const struct zone* zone = NULL;
	struct name_walk walk;
	unsigned labels;
	if(name_walk_init(&walk, name, name_len,
		store_seed(zones_store(zones))))
		zone = zones_find(zones, &walk, type);
	if(!zone)
		return false;
	for(labels = zone_labels(zone); labels <= walk.labels; labels++) {
		size_t len;
		uint8_t* suffix = (uint8_t*)(uintptr_t)name_walk_suffix(&walk,
			labels, &len);
		if(labels == walk.labels)
			msg_cache_remove(qstate->env, suffix, len, type,
				LDNS_RR_CLASS_IN, flags);
		/* the types that the iterator takes for the names above */
		msg_cache_remove(qstate->env, suffix, len, LDNS_RR_TYPE_A,
			LDNS_RR_CLASS_IN, flags);
		msg_cache_remove(qstate->env, suffix, len, LDNS_RR_TYPE_AAAA,
			LDNS_RR_CLASS_IN, flags);
	}
	return true;
}

void
cache_purge(const struct module_qstate* qstate, const struct zones* zones)
{
	const struct query_info* query = &qstate->qinfo;
	const struct reply_info* info = qstate->return_msg ?
		qstate->return_msg->rep : NULL;
	bool alias = false;
	size_t i;
	if(query->qclass != LDNS_RR_CLASS_IN)
		return;
	for(i = 0; info && i < info->an_numrrsets; i++) {
		uint8_t* target = NULL;
		size_t len = 0;
		if(info->rrsets[i]->rk.type != htons(LDNS_RR_TYPE_CNAME))
			continue;
		get_cname_target(info->rrsets[i], &target, &len);
		if(target && name_purge(qstate, zones, target, len))
			alias = true;
	}
	if(!name_purge(qstate, zones, query->qname, query->qname_len) && alias)
		msg_cache_remove(qstate->env, query->qname, query->qname_len,
			query->qtype, query->qclass, qstate->query_flags);
}

uint32_t
cache_tag(const struct answer* answer)
{
	const struct answer_rrset* cut = &answer->rrset[0];
	uint32_t tag;
	if(answer->end != ANSWER_REFERRAL)
		return 0;
	tag = XXH32(cut->rdata, cut->rdata_len, (uint32_t)cut->owner_len);
	return tag ? tag : 1;
}

void
cache_store(const struct module_qstate* qstate, uint16_t qclass,
	time_t leeway, struct reply_info* message, struct reply_info* from)
{
	struct query_info query = qstate->qinfo;
	query.qclass = qclass;
	query.local_alias = NULL;
	query.qname = malloc(query.qname_len);
	if(!query.qname) {
		reply_info_parsedelete(message, qstate->env->alloc);
		return;
	}
	memcpy(query.qname, qstate->qinfo.qname, query.qname_len);
	/* takes both over, but for the name of a message that is not to be
	 * kept, as its TTL is 0 */
	dns_cache_store_msg(qstate->env, &query, query_info_hash(&query,
		qstate->query_flags), message, leeway, 0, from,
		qstate->query_flags, NULL, qstate->qstarttime);
	free(query.qname);
}

void
cache_keep(const struct module_qstate* qstate, uint32_t tag)
{
	struct reply_info* from = qstate->return_msg->rep;
	struct reply_info* kept = reply_info_copy(from, qstate->env->alloc,
		NULL);
	if(!kept)
		return;
	kept->flags &= ~(BIT_AA | BIT_CD);
	/* nothing of Unbound's uses it */
	kept->padding = tag;
	cache_store(qstate, CLASS_KEPT, qstate->prefetch_leeway, kept, from);
}

struct dns_msg*
cache_find(struct module_qstate* qstate, uint32_t tag)
{
	struct module_env* env = qstate->env;
	struct query_info* query = &qstate->qinfo;
	struct msgreply_entry* entry = msg_cache_lookup(env, query->qname,
		query->qname_len, query->qtype, CLASS_KEPT,
		qstate->query_flags, *env->now, 0);
	struct dns_msg* message = NULL;
	struct reply_info* kept;
	if(!entry)
		return NULL;
	kept = entry->entry.data;
	if(kept->padding == tag)
		message = tomsg(env, query, kept, qstate->region, *env->now,
			0, env->scratch);
	lock_rw_unlock(&entry->entry.lock);
	return message;
}

void
cache_forget(const struct module_env* env)
{
	slabhash_clear(env->msg_cache);
}

bool
cache_store_referral(struct module_qstate* qstate,
	const struct answer* referral)
{
	struct module_env* env = qstate->env;
	size_t i;
	for(i = 0; i < referral->count; i++) {
		struct ub_packed_rrset_key* rrset = reply_make_rrset(
			qstate->region, &referral->rrset[i],
			qstate->qinfo.qname, qstate->qinfo.qname_len);
		struct packed_rrset_data* data;
		struct rrset_ref ref;
		if(!rrset)
			return false;
		data = rrset->entry.data;
		data->trust = referral->rrset[i].section ==
			ANSWER_AUTHORITY ? rrset_trust_ultimate :
			rrset_trust_glue;
		rrset->entry.hash = rrset_key_hash(&rrset->rk);
		ref.key = packed_rrset_copy_alloc(rrset, env->alloc,
			*env->now);
		if(!ref.key)
			return false;
		ref.id = ref.key->id;
		(void)rrset_cache_update(env->rrset_cache, &ref, env->alloc,
			*env->now);
	}
	return true;
}
