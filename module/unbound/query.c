/*
 * unbound/query.c - a query's way through the module.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "unbound/query.h"
#include "unbound/cache.h"
#include "unbound/fence.h"

/** A query that waits for another, about the target of an alias; what minfo
 * points to. */
struct query_wait {
	/** what was collected before, aliases only */
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
	struct query_wait* wait = regional_alloc_zero(qstate->region,
		sizeof(*wait));
	ask.qname = (uint8_t*)(uintptr_t)target;
	ask.qname_len = target_len;
	ask.local_alias = NULL;
	if(!head || !wait || !(qstate->query_flags & BIT_RD) ||
		!compat_attach_sub(qstate, &ask, qstate->query_flags &
		(BIT_RD | BIT_CD), &made)) {
		reply_finish(qstate, id, wait ? head : NULL);
		return;
	}
	wait->head = head;
	qstate->minfo[id] = wait;
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
		query_pass(source, qstate, id);
	} else if(answer->end == ANSWER_COMPLETE || !recursion) {
		reply_send(qstate, id, answer);
	} else if(answer->answers > 0) {
		query_chase(qstate, id, aliases_create(qstate, answer),
			answer->name, answer->name_len);
	} else if(cache_store_referral(qstate, answer)) {
		query_pass(source, qstate, id);
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
	store_read_lock(store);
	zone_answer(zone, &walk, query->qtype, &answer);
	query_answer(source, qstate, id, &answer);
	store_read_unlock(store);
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

/** The other modules are done with a query. */
static void
query_complete(const struct query_source* source,
	struct module_qstate* qstate, int id)
{
	struct reply_info* message = qstate->return_msg ?
		qstate->return_msg->rep : NULL;
	struct store* store = zones_store(source->zones);
	enum reply_failure failure = source->failure();
	struct answer answer;
	size_t alias, len;
	uint8_t* target;
	qstate->ext_state[id] = module_finished;
	if(!message || qstate->return_rcode != LDNS_RCODE_NOERROR ||
		qstate->qinfo.qclass != LDNS_RR_CLASS_IN ||
		message->security == sec_status_bogus)
		return;
	store_read_lock(store);
	alias = cache_find_alias(source->zones, failure == REPLY_NO_FAILURE,
		message, qstate->qinfo.qtype, &answer, &target, &len);
	if(alias < message->rrset_count && failure != REPLY_NO_FAILURE)
		reply_send_failure(qstate, id, failure);
	else if(alias < message->rrset_count)
		query_splice(qstate, id, message, alias, &answer, target, len);
	store_read_unlock(store);
}

/** The query that was asked for an alias's target is done. */
static void
query_join(struct module_qstate* qstate, int id)
{
	const struct query_wait* wait = qstate->minfo[id];
	struct reply_info* info;
	if(!wait->tail) {
		qstate->return_msg = NULL;
		qstate->return_rcode = LDNS_RCODE_SERVFAIL;
		qstate->ext_state[id] = module_finished;
		return;
	}
	info = reply_create(qstate, wait->head->rrset_count +
		wait->tail->rrset_count);
	if(info) {
		reply_add_info(info, wait->head, wait->head->rrset_count);
		reply_add_info(info, wait->tail, wait->tail->rrset_count);
		if(wait->head->authoritative)
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
	struct query_wait* wait = waiting->minfo[id];
	if(wait && done->return_rcode == LDNS_RCODE_NOERROR &&
		done->return_msg && done->return_msg->rep)
		wait->tail = reply_info_copy(done->return_msg->rep, NULL,
			waiting->region);
}
