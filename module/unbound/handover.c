/*
 * unbound/handover.c - answers that Unbound's cache may give by itself.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "unbound/handover.h"
#include "unbound/cache.h"
#include <arpa/inet.h>

/** No answers go into Unbound's cache from now on: say so, once. */
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
	if(state == HANDOVER_OFF)
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
handover_is_worth(struct handover* handover, uint64_t hash)
{
	_Atomic uint32_t* asked = &handover->asked[hash % HANDOVER_MARKS];
	uint32_t mark = (uint32_t)(hash >> 32);
	if(atomic_load_explicit(asked, memory_order_relaxed) == mark)
		return true;
	atomic_store_explicit(asked, mark, memory_order_relaxed);
	return false;
}

/** A message as Unbound's caches are to have it, its RRsets marked. */
static struct reply_info*
message_copy(struct invalidate* invalidate,
	const struct module_qstate* qstate, struct reply_info* info)
{
	struct reply_info* copy;
	size_t i;
	for(i = 0; i < info->rrset_count; i++) {
		struct ub_packed_rrset_key* rrset = info->rrsets[i];
		rrset->rk.flags |= HANDOVER_RRSET;
		rrset->entry.hash = rrset_key_hash(&rrset->rk);
		invalidate_mark(invalidate, rrset->rk.dname,
			rrset->rk.dname_len, ntohs(rrset->rk.type));
	}
	copy = reply_info_copy(info, qstate->env->alloc, NULL);
	if(copy)
		copy->authoritative = info->authoritative;
	return copy;
}

void
handover_answer(struct handover* handover,
	const struct module_qstate* qstate, unsigned long changes)
{
	struct invalidate* invalidate = &handover->invalidate;
	struct reply_info* info = qstate->return_msg->rep;
	struct reply_info* copy;
	size_t i;
	if(qstate->no_cache_store || info->ttl == 0 ||
		invalidate_has_changed(invalidate, changes))
		return;
	copy = message_copy(invalidate, qstate, info);
	if(!copy)
		return;
	/* what is in the cache has an older TTL, or that of another
	 * configuration */
	cache_store(qstate, LDNS_RR_CLASS_IN, INT32_MAX, copy, info);
	if(!invalidate_has_changed(invalidate, changes))
		return;
	/* what was read may be out of date, and invalidated before it was
	 * there */
	for(i = 0; i < info->rrset_count; i++) {
		const struct packed_rrset_key* key = &info->rrsets[i]->rk;
		invalidate_remove(qstate->env, key->dname, key->dname_len,
			ntohs(key->type));
	}
}

void
handover_referred(struct handover* handover,
	const struct module_qstate* qstate, const struct answer* referral,
	unsigned long changes)
{
	const struct query_info* query = &qstate->qinfo;
	size_t i;
	for(i = 0; i < referral->count; i++) {
		const struct answer_rrset* rrset = &referral->rrset[i];
		invalidate_referred(&handover->invalidate, rrset->owner ?
			rrset->owner : query->qname, rrset->owner ?
			rrset->owner_len : query->qname_len, rrset->type,
			changes);
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
