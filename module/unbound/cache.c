/*
 * unbound/cache.c - what Unbound's caches may say of the zones.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "unbound/cache.h"
#include "unbound/reply.h"
#include <arpa/inet.h>

/** Whether a client wants recursion; if it can't be told, it does. */
static bool
wants_recursion(const struct comm_reply* client)
{
	struct sldns_buffer* buffer = client && client->c ?
		client->c->buffer : NULL;
	return !buffer || sldns_buffer_limit(buffer) < LDNS_HEADER_SIZE ||
		LDNS_RD_WIRE(sldns_buffer_begin(buffer));
}

/** Whether an answer says nothing, but that the name is recursed. */
static bool
answer_is_outside(const struct answer* answer)
{
	return answer->answers == 0 && answer->end == ANSWER_OUTSIDE;
}

/** The zone of a name; NULL if none of ours has it. */
static const struct zone*
name_zone(const struct zones* zones, const uint8_t* name, size_t len,
	uint16_t type, struct name_walk* walk)
{
	if(!name_walk_init(walk, name, len, store_seed(zones_store(zones))))
		return NULL;
	return zones_find(zones, walk, type);
}

size_t
cache_find_alias(const struct zones* zones, bool ready,
	const struct reply_info* info, uint16_t type, struct answer* answer,
	uint8_t** target, size_t* target_len)
{
	size_t i;
	if(type == LDNS_RR_TYPE_CNAME || type == LDNS_RR_TYPE_ANY)
		return info->rrset_count;
	for(i = 0; i < info->an_numrrsets; i++) {
		const struct zone* zone = NULL;
		struct name_walk walk;
		if(info->rrsets[i]->rk.type != htons(LDNS_RR_TYPE_CNAME))
			continue;
		*target = NULL;
		get_cname_target(info->rrsets[i], target, target_len);
		if(*target)
			zone = name_zone(zones, *target, *target_len, type,
				&walk);
		if(!zone)
			continue;
		if(!ready)
			return i;
		zone_answer(zone, &walk, type, answer);
		if(!answer_is_outside(answer))
			return i;
	}
	return info->rrset_count;
}

/** Whether the cache may answer about a name in a zone. */
static bool
may_answer_name(const struct zone* zone, const struct name_walk* walk,
	const struct query_info* query, const struct comm_reply* client)
{
	struct answer answer;
	zone_answer(zone, walk, query->qtype, &answer);
	return answer_is_outside(&answer) || (answer.answers == 0 &&
		answer.end == ANSWER_REFERRAL && wants_recursion(client));
}

/** Whether the cache may answer with a message, as far as the aliases in it go:
 * one to a name below a zone cut was recursed from there. */
static bool
may_answer_aliases(const struct zones* zones, bool ready,
	const struct query_info* query, const struct reply_info* cached)
{
	struct answer answer;
	uint8_t* target;
	size_t len;
	if(cache_find_alias(zones, ready, cached, query->qtype, &answer,
		&target, &len) == cached->rrset_count)
		return true;
	return ready && answer.answers == 0 && answer.end == ANSWER_REFERRAL;
}

bool
cache_may_answer(const struct zones* zones, bool ready,
	const struct query_info* query, const struct reply_info* cached,
	const struct comm_reply* client)
{
	struct store* store = zones_store(zones);
	const struct zone* zone;
	struct name_walk walk;
	bool may;
	if(query->qclass != LDNS_RR_CLASS_IN)
		return true;
	zone = name_zone(zones, query->qname, query->qname_len, query->qtype,
		&walk);
	if(zone && !ready)
		return false;
	store_read_lock(store);
	may = (!zone || may_answer_name(zone, &walk, query, client)) &&
		(!cached || may_answer_aliases(zones, ready, query, cached));
	store_read_unlock(store);
	return may;
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
