/*
 * unbound/query_others.c - what others answer, and where it leads into the
 * zones.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "unbound/query_internal.h"
#include <arpa/inet.h>

bool
query_follows_aliases(const struct query_info* question)
{
	return question->qclass == LDNS_RR_CLASS_IN &&
		question->qtype != LDNS_RR_TYPE_CNAME;
}

size_t
query_find_alias(const struct reply_info* info, size_t from,
	const uint8_t* name, uint8_t** target, size_t* len)
{
	size_t i;
	for(i = from; i < info->an_numrrsets; i++) {
		struct ub_packed_rrset_key* rrset = info->rrsets[i];
		*target = NULL;
		if(rrset->rk.type != htons(LDNS_RR_TYPE_CNAME) ||
			(name && query_dname_compare(rrset->rk.dname,
			(uint8_t*)(uintptr_t)name) != 0))
			continue;
		get_cname_target(rrset, target, len);
		if(*target)
			break;
	}
	return i;
}

/** The first RRsets of others' answer, behind those that there are already.
 * @return NULL if memory ran out. */
static struct reply_info*
message_append(struct query* query, struct reply_info* others,
	const struct reply_info* message, size_t count)
{
	struct reply_info* info = query_message_begin(query, others, count);
	return info && reply_add_info(info, message, count) ? info : NULL;
}

/* --- aliases in Unbound's cache ------------------------------------------ */

/** Whether aliases that Unbound has in its cache lead from a name into the
 * zones, to one that the zones do not leave to others. */
static bool
cache_leads_in(const struct query* query, const uint8_t* name, size_t len)
{
	/* DNAMEs only where others have failed: most names have no alias */
	bool dnames = query->work && query->work->passed;
	struct name target, next;
	struct reach reach;
	unsigned i;
	for(i = 0; i < ANSWER_ALIASES_MAX; i++) {
		if(!cache_find_alias(query->qstate->env, name, len, dnames,
			&next))
			return false;
		if(query_reach(query->source, next.wire, next.len,
			query->qstate->qinfo.qtype, &reach))
			return query_zones_word(query, &reach) != ZONES_LACK;
		target = next;
		name = target.wire;
		len = target.len;
	}
	return false;
}

/** Whether others' aliases of a name are asked for without their targets. A
 * name's DS RRset is beside its alias, and not behind it. */
static bool
may_ask_alias(const struct module_qstate* qstate)
{
	return query_follows_aliases(&qstate->qinfo) &&
		qstate->qinfo.qtype != LDNS_RR_TYPE_DS &&
		qstate->query_flags & BIT_RD && !qstate->is_priming;
}

/** Whether an alias in Unbound's cache leads from the qname into the zones, and
 * may be asked for. */
static bool
may_ask_known_alias(const struct query* query)
{
	const struct query_info* question = &query->qstate->qinfo;
	return may_ask_alias(query->qstate) && cache_leads_in(query,
		question->qname, question->qname_len);
}

void
query_begin_outside(struct query* query)
{
	const struct query_info* question = &query->qstate->qinfo;
	if(may_ask_known_alias(query))
		query_ask_alias(query, question->qname, question->qname_len);
	else	query_pass(query);
}

/** Go on from an alias of others, whose RRsets are collected.
 * @param target, len: its target. */
static void
query_follow_to(struct query* query, const uint8_t* target, size_t len)
{
	struct query_work* work = query->work;
	struct query_entry entry = { work->entry.others, target, len };
	struct reach reach;
	bool is_ours = query_reach(query->source, target, len,
		query->qstate->qinfo.qtype, &reach);
	if(!is_ours && cache_leads_in(query, target, len))
		query_ask_alias(query, target, len);
	else if(work->passed && (!is_ours ||
		query_zones_word(query, &reach) == ZONES_LACK))
		/* the others have failed there already */
		query_fail(query);
	else if(is_ours)
		query_enter(query, &entry, &reach);
	else	query_chase(query, entry.others, target, len, work->followed);
}

void
query_follow(struct query* query)
{
	struct query_work* work = query->work;
	struct reply_info* info;
	uint8_t* target;
	size_t len, alias = work->tail ? query_find_alias(work->tail, 0,
		work->asked, &target, &len) : 0;
	if(!work->tail || alias == work->tail->an_numrrsets) {
		/* it is none any more */
		if(work->passed)
			query_fail(query);
		else	query_pass(query);
		return;
	}
	info = message_append(query, work->entry.others, work->tail,
		alias + 1);
	if(!info) {
		query_starve(query);
		return;
	}
	work->entry = (struct query_entry){ info, NULL, 0 };
	query_follow_to(query, target, len);
}

/* --- answers of the other modules ---------------------------------------- */

/** Whether what a message says can be used. */
static bool
message_is_good(const struct module_qstate* qstate)
{
	return qstate->return_rcode == LDNS_RCODE_NOERROR &&
		qstate->return_msg && qstate->return_msg->rep &&
		qstate->return_msg->rep->security != sec_status_bogus;
}

/** Whether an RRset of a message is one that reply_cut has made. */
static bool
is_placeholder(const struct reply_info* message, size_t number)
{
	return number < message->an_numrrsets &&
		message->rrsets[number]->rk.flags & REPLY_PLACEHOLDER;
}

bool
query_cut_in(struct query* query)
{
	struct module_qstate* qstate = query->qstate;
	struct reply_info* message = qstate->return_msg->rep;
	uint8_t* target;
	size_t i = 0, len;
	if(!query_follows_aliases(&qstate->qinfo))
		return false;
	for(;; i++) {
		struct query_entry entry;
		struct reach reach;
		i = query_find_alias(message, i, NULL, &target, &len);
		if(i == message->an_numrrsets)
			return false;
		if(!query_reach(query->source, target, len,
			qstate->qinfo.qtype, &reach))
			continue;
		query->work->led_in = true;
		/* Others' answer about the target stays if the zones have none;
		 * but where the zones had one when the response came, the
		 * iterator did not look for another. */
		if(!is_placeholder(message, i + 1) &&
			query_zones_word(query, &reach) == ZONES_LACK)
			continue;
		entry = (struct query_entry){ message_append(query, NULL,
			message, i + 1), target, len };
		if(entry.others)
			query_enter(query, &entry, &reach);
		else	query_starve(query);
		return true;
	}
}

/** The iterator has ended at the fence. Asked for an alias alone, it may have
 * gone on to its target (1.17, with QNAME minimisation). */
static void
query_end_at_fence(struct query* query)
{
	struct module_qstate* qstate = query->qstate;
	struct reply_info* info = qstate->return_msg->rep;
	uint8_t* target;
	size_t len, alias = query_find_alias(info, 0, qstate->qinfo.qname,
		&target, &len);
	if(qstate->qinfo.qtype != LDNS_RR_TYPE_CNAME ||
		alias == info->an_numrrsets) {
		query_fail(query);
		return;
	}
	info = message_append(query, NULL, info, alias + 1);
	if(info)
		FLAGS_SET_RCODE(info->flags, LDNS_RCODE_NOERROR);
	reply_finish(qstate, query->id, info);
}

/** Whether to ask for an alias after the other modules have failed a query. If
 * a server's response had one that leads into the zones, ask, whatever the
 * type. */
static bool
is_worth_an_alias(const struct query* query)
{
	return !query->work->inner && query->qstate->query_flags & BIT_RD &&
		(query->work->led_in || may_ask_known_alias(query));
}

/** The other modules have failed a query: an alias may be known all the same
 * that leads into the zones. */
static void
query_give_up(struct query* query)
{
	struct module_qstate* qstate = query->qstate;
	const struct query_info* question = &qstate->qinfo;
	if(is_worth_an_alias(query)) {
		cache_remove(qstate);
		query->work->entry.others = NULL;
		query_ask_alias(query, question->qname, question->qname_len);
	} else if(message_is_good(qstate)) {
		query_end_at_fence(query);
	} else if(query->work->led_in) {
		/* a client that validates by itself gets what is bogus, but
		 * no placeholder of our records */
		query_fail(query);
	}
}

/** Whether the answer to a query that is done may be kept: without recursion
 * it is no more than a referral, which the iterator does not keep either. */
static bool
may_keep(const struct query* query)
{
	const struct module_qstate* qstate = query->qstate;
	return query->work->recursed && !query->work->scoped &&
		query_may_use_kept(query) && !qstate->no_cache_store &&
		qstate->no_cache_lookup == query->work->no_cache_lookup &&
		qstate->query_flags & BIT_RD;
}

/**
 * A query is done that another module has begun for itself: if its name is
 * ours, it gets what a client's query would have got, as far as the module
 * itself knows that.
 * @return whether that is so.
 */
static bool
query_overrule(struct query* query)
{
	struct module_qstate* qstate = query->qstate;
	struct query_entry entry = { NULL, qstate->qinfo.qname,
		qstate->qinfo.qname_len };
	struct reach reach;
	if(!query->work->inner || !query_reach(query->source, entry.name,
		entry.name_len, qstate->qinfo.qtype, &reach))
		return false;
	cache_remove(qstate);
	if(query_zones_word(query, &reach) != ZONES_ANSWER)
		return false;
	query_enter(query, &entry, &reach);
	return true;
}

/** The zones' part in what others answered, if there is any.
 * @return whether the query is taken care of. */
static bool
query_take_over(struct query* query)
{
	struct query_work* work = query->work;
	bool done;
	if(query_overrule(query))
		return true;
	if(work->recursed) {
		cache_remove(query->qstate);
		if(query_overtaken(query))
			return true;
	}
	if(!message_is_good(query->qstate))
		return false;
	done = query_cut_in(query);
	if(work->led_in)
		cache_remove(query->qstate);
	return done;
}

/** Whether the answer to a query for the servers of the root or of a stub-zone
 * has an alias. The iterator would take the NS RRset of its target for that of
 * the name, and look for the name in the auth-zone of the target, which it must
 * not be outside of (Unbound 1.17 crashes). */
static bool
is_primed_by_alias(const struct module_qstate* qstate)
{
	uint8_t* target;
	size_t len;
	return qstate->is_priming && message_is_good(qstate) &&
		query_find_alias(qstate->return_msg->rep, 0, NULL, &target,
		&len) < qstate->return_msg->rep->an_numrrsets;
}

void
query_complete(struct query* query)
{
	struct module_qstate* qstate = query->qstate;
	if(is_primed_by_alias(qstate)) {
		query_fail(query);
		return;
	}
	if(query_take_over(query))
		return;
	if(!message_is_good(qstate) ||
		fence_is_placeholder(query->source->fence,
		qstate->return_msg->rep))
		query_give_up(query);
	else if(may_keep(query))
		cache_keep(qstate, query->work->tag);
}
