/*
 * unbound/handover.c - hands answers over to Unbound's cache.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "unbound/handover.h"
#include "unbound/cache.h"
#include "status/stats.h"
#include <arpa/inet.h>

/** Hand over nothing from now on, and say so once. */
static void
handover_refuse(struct handover* handover, struct module_env* env,
	enum invalidate_wake wake)
{
	const char *name, *version, *method;
	if(atomic_exchange(&handover->state, HANDOVER_OFF) == HANDOVER_OFF)
		return;
	switch(wake) {
	case INVALIDATE_BY_EVENT:
		log_info("helix: Unbound has the module respip, which changes "
			"what comes out of its cache, and not what the zones "
			"answer: answers do not go into the cache");
		break;
	case INVALIDATE_NO_LIBEVENT:
		ub_get_event_sys(comm_base_internal(env->worker_base), &name,
			&version, &method);
		log_warn("helix: this Unbound was built with %s instead of "
			"libevent: answers do not go into its cache", name);
		break;
	case INVALIDATE_NO_EVENT:
		log_err("helix: cannot create a worker's wake-up event: "
			"answers do not go into Unbound's cache");
		break;
	}
}

bool
handover_begin(struct handover* handover, const struct module_qstate* qstate,
	unsigned long* changes)
{
	struct module_env* env = qstate->env;
	enum invalidate_wake wake = invalidate_begin(&handover->invalidate,
		env, changes);
	int state = atomic_load_explicit(&handover->state,
		memory_order_relaxed);
	if(state == HANDOVER_OFF ||
		invalidate_has_changed(&handover->invalidate, *changes))
		return false;
	if(wake != INVALIDATE_BY_EVENT || (state == HANDOVER_WANTED &&
		modstack_find(&env->mesh->mods, "respip") >= 0)) {
		handover_refuse(handover, env, wake);
		return false;
	}
	return state == HANDOVER_ON || atomic_compare_exchange_strong(
		&handover->state, &state, HANDOVER_ON) ||
		state == HANDOVER_ON;
}

bool
handover_note_asked(struct handover* handover, uint64_t hash)
{
	_Atomic uint32_t* asked = &handover->asked[hash % HANDOVER_MARKS];
	uint32_t mark = (uint32_t)(hash >> 32);
	if(atomic_load_explicit(asked, memory_order_relaxed) == mark)
		return true;
	atomic_store_explicit(asked, mark, memory_order_relaxed);
	return false;
}

/** Copy a message for Unbound's caches. @return NULL if memory ran out. */
static struct reply_info*
message_copy(const struct module_qstate* qstate, struct reply_info* info)
{
	struct reply_info* copy;
	size_t i;
	for(i = 0; i < info->rrset_count; i++) {
		struct ub_packed_rrset_key* rrset = info->rrsets[i];
		rrset->rk.flags |= HANDOVER_RRSET;
		rrset->entry.hash = rrset_key_hash(&rrset->rk);
	}
	copy = reply_info_copy(info, qstate->env->alloc, NULL);
	if(copy)
		copy->authoritative = info->authoritative;
	return copy;
}

/** What is done with an RRset of an answer that is handed over. */
typedef void rrset_step(struct invalidate* invalidate, const uint8_t* owner,
	size_t len, uint16_t type);

/** Take a step with each RRset of a message. */
static void
rrsets_step(struct invalidate* invalidate, const struct reply_info* info,
	rrset_step* step)
{
	size_t i;
	for(i = 0; i < info->rrset_count; i++) {
		const struct packed_rrset_key* key = &info->rrsets[i]->rk;
		step(invalidate, key->dname, key->dname_len,
			ntohs(key->type));
	}
}

/** Put an answer into the cache, and remove it if it is out of date by
 * then. */
static void
answer_store(struct invalidate* invalidate,
	const struct module_qstate* qstate, unsigned long changes)
{
	struct reply_info* info = qstate->return_msg->rep;
	struct reply_info* copy;
	size_t i;
	if(invalidate_has_changed(invalidate, changes))
		return;
	copy = message_copy(qstate, info);
	if(!copy)
		return;
	/* replaces one in the cache: its TTL is older, or that of another
	 * configuration */
	cache_store(qstate, LDNS_RR_CLASS_IN, INT32_MAX, copy, info);
	stats_count_handed_over(info->rrset_count);
	if(!invalidate_has_changed(invalidate, changes))
		return;
	/* the change may have been invalidated before the answer was there */
	for(i = 0; i < info->rrset_count; i++) {
		const struct packed_rrset_key* key = &info->rrsets[i]->rk;
		invalidate_remove(qstate->env, key->dname, key->dname_len,
			ntohs(key->type));
	}
	stats_count_taken_back(info->rrset_count);
}

void
handover_answer(struct handover* handover,
	const struct module_qstate* qstate, unsigned long changes)
{
	struct invalidate* invalidate = &handover->invalidate;
	const struct reply_info* info = qstate->return_msg->rep;
	if(qstate->no_cache_store || info->ttl == 0)
		return;
	rrsets_step(invalidate, info, invalidate_handing);
	answer_store(invalidate, qstate, changes);
	rrsets_step(invalidate, info, invalidate_handed);
}

/** Settle the RRsets that the cache may have of a name on the way to an answer:
 * its alias, or the type that was asked for. */
static void
name_settle(struct invalidate* invalidate, const struct module_qstate* qstate,
	enum invalidate_settling settling, const uint8_t* name, size_t len)
{
	invalidate_settle(invalidate, qstate->env, settling, name, len,
		LDNS_RR_TYPE_CNAME);
	if(qstate->qinfo.qtype != LDNS_RR_TYPE_CNAME)
		invalidate_settle(invalidate, qstate->env, settling, name,
			len, qstate->qinfo.qtype);
}

void
handover_settle(struct handover* handover, const struct module_qstate* qstate)
{
	struct invalidate* invalidate = &handover->invalidate;
	const struct query_info* question = &qstate->qinfo;
	const struct reply_info* info = qstate->return_msg->rep;
	enum invalidate_settling settling = invalidate_settling(invalidate);
	size_t i;
	if(settling == INVALIDATE_SETTLED)
		return;
	name_settle(invalidate, qstate, settling, question->qname,
		question->qname_len);
	for(i = 0; i < info->an_numrrsets; i++) {
		const struct packed_rrset_key* key = &info->rrsets[i]->rk;
		uint8_t* target = NULL;
		size_t len = 0;
		invalidate_settle(invalidate, qstate->env, settling,
			key->dname, key->dname_len, ntohs(key->type));
		get_cname_target(info->rrsets[i], &target, &len);
		/* the target may have had another answer before */
		if(target)
			name_settle(invalidate, qstate, settling, target, len);
	}
}

bool
handover_has_changed(const struct handover* handover, unsigned long changes)
{
	return invalidate_has_changed(&handover->invalidate, changes);
}

void
handover_referred(struct handover* handover,
	const struct module_qstate* qstate, const struct answer* referral)
{
	const struct query_info* query = &qstate->qinfo;
	size_t i;
	for(i = 0; i < referral->count; i++) {
		const struct answer_rrset* rrset = &referral->rrset[i];
		invalidate_referred(&handover->invalidate, rrset->owner ?
			rrset->owner : query->qname, rrset->owner ?
			rrset->owner_len : query->qname_len, rrset->type);
	}
}

/* --- life ---------------------------------------------------------------- */

bool
handover_open(struct handover* handover, bool use)
{
	bool used = handover->used;
	handover->used = use;
	atomic_store(&handover->state, use ? HANDOVER_WANTED : HANDOVER_OFF);
	invalidate_open(&handover->invalidate);
	return !used;
}

void
handover_close(struct handover* handover)
{
	atomic_store(&handover->state, HANDOVER_OFF);
	invalidate_close(&handover->invalidate);
}
