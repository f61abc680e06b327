/*
 * unbound/query.c - a query's way through the module.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "unbound/query.h"
#include "unbound/cache.h"
#include "unbound/fence.h"
#include <arpa/inet.h>

/** What minfo points to, of a query that is not done at once. */
struct query_work {
	/** whether its name is ours, and it was recursed */
	bool recursed;
	/** if so, from where; see cache_tag */
	uint32_t tag;
	/** if it waits for another query, about the target of an alias: what
	 * was collected before, aliases only; else NULL */
	struct reply_info* head;
	/** what the other query brought; NULL: it failed */
	struct reply_info* tail;
};

/** Pass a query on to the next module. */
static void
query_pass(const struct query_source* source, struct module_qstate* qstate,
	int id)
{
	fence_keep(qstate->env, source->zones);
	qstate->ext_state[id] = module_wait_module;
}

/** Have a name of ours recursed, unless that was done before. */
static void
query_recurse(const struct query_source* source, struct module_qstate* qstate,
	int id, uint32_t tag)
{
	struct query_work* work = regional_alloc_zero(qstate->region,
		sizeof(*work));
	struct dns_msg* kept = cache_find(qstate, tag);
	if(!work) {
		reply_finish(qstate, id, NULL);
	} else if(kept) {
		reply_finish(qstate, id, kept->rep);
	} else {
		work->recursed = true;
		work->tag = tag;
		qstate->minfo[id] = work;
		query_pass(source, qstate, id);
	}
}

/**
 * Ask Unbound about the target of an alias, and wait; or end with what was
 * collected.
 * @param head: that; NULL for want of memory.
 */
static void
query_chase(struct module_qstate* qstate, int id, struct reply_info* head,
	const uint8_t* target, size_t target_len)
{
	struct query_info ask = qstate->qinfo;
	struct module_qstate* made = NULL;
	struct query_work* work = regional_alloc_zero(qstate->region,
		sizeof(*work));
	ask.qname = (uint8_t*)(uintptr_t)target;
	ask.qname_len = target_len;
	ask.local_alias = NULL;
	if(!head || !work || !(qstate->query_flags & BIT_RD) ||
		!compat_attach_sub(qstate, &ask, qstate->query_flags &
		(BIT_RD | BIT_CD), &made)) {
		reply_finish(qstate, id, work ? head : NULL);
		return;
	}
	work->head = head;
	qstate->minfo[id] = work;
	qstate->ext_state[id] = module_wait_subquery;
}

/** The aliases of an answer, as a message. @return NULL for want of memory. */
static struct reply_info*
aliases_create(struct module_qstate* qstate, const struct answer* answer)
{
	struct reply_info* info = reply_create(qstate, answer->answers);
	if(!info || !reply_add_answer(qstate, info, answer, answer->answers,
		qstate->qinfo.qname, qstate->qinfo.qname_len))
		return NULL;
	reply_set_authoritative(info);
	return info;
}

/** Do what follows from an answer about the qname. */
static void
query_answer(const struct query_source* source, struct module_qstate* qstate,
	int id, const struct answer* answer)
{
	bool recursion = (qstate->query_flags & BIT_RD) != 0;
	if(answer->answers == 0 && answer->end == ANSWER_OUTSIDE) {
		query_recurse(source, qstate, id, cache_tag(answer));
	} else if(answer->end == ANSWER_COMPLETE || !recursion) {
		reply_send(qstate, id, answer);
	} else if(answer->answers > 0) {
		query_chase(qstate, id, aliases_create(qstate, answer),
			answer->name, answer->name_len);
	} else if(cache_store_referral(qstate, answer)) {
		/* a name above that does not exist elsewhere says nothing
		 * about those below the cut, as the iterator would take it
		 * from the cache (harden-below-nxdomain) */
		qstate->no_cache_lookup = 1;
		query_recurse(source, qstate, id, cache_tag(answer));
	} else {
		reply_finish(qstate, id, NULL);
	}
}

/** A query comes from a client, or from another query. */
static void
query_begin(const struct query_source* source, struct module_qstate* qstate,
	int id)
{
	const struct query_info* query = &qstate->qinfo;
	struct store* store = zones_store(source->zones);
	const struct zone* zone = NULL;
	enum reply_failure failure;
	struct name_walk walk;
	struct answer answer;
	unsigned long changes;
	bool hand_over;
	if(query->qclass == LDNS_RR_CLASS_IN && name_walk_init(&walk,
		query->qname, query->qname_len, store_seed(store)))
		zone = zones_find(source->zones, &walk, query->qtype);
	if(!zone) {
		query_pass(source, qstate, id);
		return;
	}
	failure = source->failure();
	if(failure != REPLY_NO_FAILURE) {
		reply_send_failure(qstate, id, failure);
		return;
	}
	hand_over = handover_begin(source->handover, qstate, &changes);
	store_read_lock(store);
	zone_answer(zone, &walk, query->qtype, 0, &answer);
	query_answer(source, qstate, id, &answer);
	store_read_unlock(store);
	if(hand_over && answer.exact && qstate->return_msg &&
		handover_is_worth(source->handover,
		walk.hash[walk.labels] + query->qtype))
		handover_answer(source->handover, qstate, changes);
}

/**
 * Cut a message behind an alias, and complete it from the zones.
 * @param message: what the other modules answered.
 * @param alias: number of the RRset that is the alias.
 * @param answer: about its target.
 */
static void
query_splice(struct module_qstate* qstate, int id,
	const struct reply_info* message, size_t alias,
	const struct answer* answer, uint8_t* target, size_t target_len)
{
	bool complete = answer->end == ANSWER_COMPLETE;
	size_t count = complete ? answer->count : answer->answers;
	struct reply_info* info = reply_create(qstate, alias + 1 + count);
	if(info) {
		reply_add_info(info, message, alias + 1);
		if(!reply_add_answer(qstate, info, answer, count, target,
			target_len))
			info = NULL;
	}
	if(complete)
		reply_finish(qstate, id, info);
	else if(answer->name)
		query_chase(qstate, id, info, answer->name, answer->name_len);
	else	query_chase(qstate, id, info, target, target_len);
}

/**
 * Find the zone of an alias's target in a message.
 * @param target: set to the target, inside the message.
 * @param len: set to its octets.
 * @return NULL if the RRset is no alias, or leads into none of our zones.
 */
static const struct zone*
alias_zone(const struct zones* zones, struct ub_packed_rrset_key* rrset,
	uint16_t type, uint8_t** target, size_t* len, struct name_walk* walk)
{
	*target = NULL;
	if(rrset->rk.type != htons(LDNS_RR_TYPE_CNAME))
		return NULL;
	get_cname_target(rrset, target, len);
	if(!*target || !name_walk_init(walk, *target, *len,
		store_seed(zones_store(zones))))
		return NULL;
	return zones_find(zones, walk, type);
}

/**
 * Look through what the other modules answered for the first alias into a zone
 * of ours that does not leave its target to others, and go on from there.
 * @return whether there is one.
 */
static bool
query_cut_in(const struct query_source* source, struct module_qstate* qstate,
	int id)
{
	const struct reply_info* message = qstate->return_msg->rep;
	uint16_t type = qstate->qinfo.qtype;
	size_t i;
	/* for type ANY, the iterator follows aliases */
	if(type == LDNS_RR_TYPE_CNAME)
		return false;
	for(i = 0; i < message->an_numrrsets; i++) {
		enum reply_failure failure;
		struct name_walk walk;
		struct answer answer;
		uint8_t* target;
		size_t len;
		const struct zone* zone = alias_zone(source->zones,
			message->rrsets[i], type, &target, &len, &walk);
		if(!zone)
			continue;
		failure = source->failure();
		if(failure != REPLY_NO_FAILURE) {
			reply_send_failure(qstate, id, failure);
			return true;
		}
		zone_answer(zone, &walk, type, 0, &answer);
		if(answer.answers > 0 || answer.end != ANSWER_OUTSIDE) {
			query_splice(qstate, id, message, i, &answer, target,
				len);
			return true;
		}
	}
	return false;
}

/** The other modules are done with a query. */
static void
query_complete(const struct query_source* source,
	struct module_qstate* qstate, int id)
{
	const struct query_work* work = qstate->minfo[id];
	struct store* store = zones_store(source->zones);
	bool done = false;
	qstate->ext_state[id] = module_finished;
	cache_purge(qstate, source->zones);
	if(!qstate->return_msg || !qstate->return_msg->rep ||
		qstate->return_rcode != LDNS_RCODE_NOERROR ||
		qstate->return_msg->rep->security == sec_status_bogus)
		return;
	if(qstate->qinfo.qclass == LDNS_RR_CLASS_IN) {
		store_read_lock(store);
		done = query_cut_in(source, qstate, id);
		store_read_unlock(store);
	}
	if(!done && fence_said(qstate->return_msg->rep)) {
		qstate->return_msg = NULL;
		qstate->return_rcode = LDNS_RCODE_SERVFAIL;
	} else if(!done && work && work->recursed && !qstate->no_cache_store &&
		(qstate->query_flags & BIT_RD)) {
		/* without recursion it is no more than a referral, which the
		 * iterator does not keep either */
		cache_keep(qstate, work->tag);
	}
}

/** The query that was asked for an alias's target is done. */
static void
query_join(struct module_qstate* qstate, int id)
{
	const struct query_work* work = qstate->minfo[id];
	struct reply_info* info;
	if(!work->tail) {
		qstate->return_msg = NULL;
		qstate->return_rcode = LDNS_RCODE_SERVFAIL;
		qstate->ext_state[id] = module_finished;
		return;
	}
	info = reply_create(qstate, work->head->rrset_count +
		work->tail->rrset_count);
	if(info) {
		reply_add_info(info, work->head, work->head->rrset_count);
		reply_add_info(info, work->tail, work->tail->rrset_count);
		if(work->head->authoritative)
			reply_set_authoritative(info);
	}
	reply_finish(qstate, id, info);
}

void
query_operate(const struct query_source* source, struct module_qstate* qstate,
	enum module_ev event, int id)
{
	switch(event) {
	case module_event_new:
	case module_event_pass:
		if(qstate->minfo[id])
			query_join(qstate, id);
		else	query_begin(source, qstate, id);
		break;
	case module_event_moddone:
		query_complete(source, qstate, id);
		break;
	default:
		log_err("helix: unexpected event %d", (int)event);
		qstate->ext_state[id] = module_error;
		break;
	}
}

void
query_inform(const struct module_qstate* done, struct module_qstate* waiting,
	int id)
{
	struct query_work* work = waiting->minfo[id];
	if(work && done->return_rcode == LDNS_RCODE_NOERROR &&
		done->return_msg && done->return_msg->rep)
		work->tail = reply_info_copy(done->return_msg->rep, NULL,
			waiting->region);
}
