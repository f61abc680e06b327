/*
 * unbound/query_answer.c - what the zones answer, and how a query ends so.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "unbound/query_internal.h"
#include <xxhash.h>

/** how often a query begins anew because the zones have changed; after that it
 * fails, as no answer is better than an old one */
#define RESTARTS_MAX 3
/** no_cache_lookup as it is set here: Unbound tests for nonzero, and sets 1
 * itself with `forward-no-cache` */
#define NO_CACHE_LOOKUP 2

/** Count the aliases that an answer has followed. */
static unsigned
answer_followed(const struct answer* answer)
{
	unsigned followed = 0;
	size_t i;
	for(i = 0; i < answer->answers; i++) {
		if(answer->rrset[i].type == LDNS_RR_TYPE_CNAME)
			followed++;
	}
	return followed;
}

uint64_t
query_digest(const struct query* query, const struct answer* answer)
{
	uint64_t digest = store_seed(zones_store(query->source->zones)) +
		(uint64_t)answer->end;
	size_t i;
	for(i = 0; i < answer->count; i++) {
		const struct answer_rrset* rrset = &answer->rrset[i];
		digest = XXH3_64bits_withSeed(rrset->rdata.octets,
			rrset->rdata.len, digest + rrset->type +
			(rrset->owner_len << 16) +
			((uint64_t)rrset->ttl << 32));
	}
	return digest;
}

/** Ask the zones about a name; aliases are counted from the client's query on.
 * The store is being read. */
static void
reach_answer(const struct query* query, const struct reach* reach,
	uint16_t type, struct answer* answer)
{
	answer_find(reach->zone, &reach->walk, type, query_way(query), answer);
}

/**
 * Put what the zones answer behind what others did.
 * @param count: how many of the answer's RRsets.
 * @return NULL if memory ran out.
 */
static struct reply_info*
message_join(struct query* query, const struct query_entry* entry,
	const struct answer* answer, size_t count)
{
	struct reply_info* info = query_message_begin(query, entry->others,
		count);
	if(!info || !reply_add_answer(query->qstate, info, answer, count,
		(uint8_t*)(uintptr_t)entry->name, entry->name_len))
		return NULL;
	if(!entry->others)
		reply_set_authoritative(info);
	return info;
}

/** Ask Unbound for what comes behind an answer of the zones. */
static void
query_chase_answer(struct query* query, const struct query_entry* entry,
	const struct answer* answer)
{
	struct query_work* work = query_work_get(query);
	unsigned followed = answer_followed(answer);
	if(!work) {
		query_starve(query);
		return;
	}
	work->entry = *entry;
	work->digest = query_digest(query, answer);
	query_chase(query, message_join(query, entry, answer,
		answer->answers), answer->name ? answer->name : entry->name,
		answer->name ? answer->name_len : entry->name_len,
		followed ? followed : 1);
}

/** Whether dns64 may make something of an answer of the zones: there are A
 * records. The store is being read. */
static bool
is_for_dns64(const struct query* query, const struct query_entry* entry,
	const struct answer* answer)
{
	struct reach reach;
	struct answer a;
	if(!dns64_applies(query->qstate, query->id) ||
		answer->end != ANSWER_COMPLETE ||
		!query_reach(query->source, entry->name, entry->name_len,
		LDNS_RR_TYPE_A, &reach))
		return false;
	reach_answer(query, &reach, LDNS_RR_TYPE_A, &a);
	return a.end == ANSWER_COMPLETE && a.answers > 0 &&
		a.rrset[a.answers - 1].type == LDNS_RR_TYPE_A;
}

/** End with what the zones answer. */
static void
query_end(struct query* query, const struct query_entry* entry,
	const struct answer* answer)
{
	if(is_for_dns64(query, entry, answer))
		query_translate(query, entry, answer);
	else if(!entry->others)
		reply_send(query->qstate, query->id, answer);
	else	reply_finish(query->qstate, query->id, message_join(query,
			entry, answer, answer->end == ANSWER_COMPLETE ?
			answer->count : answer->answers));
}

/**
 * Tell the iterator of a zone cut. If something has changed meanwhile, look at
 * the store once more: what was stored in Unbound's cache may be out of date,
 * and have been invalidated before it was stored. Other changes do not count,
 * as the iterator finds nothing where the cut is invalidated too early.
 * @return false if memory ran out.
 */
static bool
query_refer(struct query* query, const struct answer* referral)
{
	struct module_qstate* qstate = query->qstate;
	const struct query_info* question = &qstate->qinfo;
	struct handover* handover = query->source->handover;
	struct reach reach;
	struct answer now;
	if(!cache_store_referral(qstate, referral))
		return false;
	if(!handover_has_changed(handover, query->changes) ||
		!query_reach(query->source, question->qname,
		question->qname_len, question->qtype, &reach))
		return true;
	reach_answer(query, &reach, question->qtype, &now);
	if(query_digest(query, &now) != query_digest(query, referral))
		handover_referred(handover, qstate, referral);
	return true;
}

/** Whether an answer begins with an alias of the zones, and not with what the
 * query asks for. */
static bool
is_alias(const struct answer* answer, uint16_t qtype)
{
	const struct answer_rrset* first = &answer->rrset[0];
	if(first->type == LDNS_RR_TYPE_CNAME)
		return qtype != LDNS_RR_TYPE_CNAME &&
			qtype != LDNS_RR_TYPE_ANY;
	/* that of a name above the qname, which gets an alias by it */
	return first->type == LDNS_RR_TYPE_DNAME && first->owner;
}

/** What an answer of the zones counts as. */
static enum stats_kind
answer_kind(const struct module_qstate* qstate, const struct answer* answer)
{
	if(answer->answers > 0)
		return is_alias(answer, qstate->qinfo.qtype) ? STATS_ALIAS :
			STATS_DATA;
	if(answer->end == ANSWER_COMPLETE)
		return answer->rcode == LDNS_RCODE_NOERROR ? STATS_NODATA :
			STATS_NXDOMAIN;
	return answer->end == ANSWER_REFERRAL &&
		!(qstate->query_flags & BIT_RD) ? STATS_REFERRAL :
		STATS_RECURSED;
}

/** Do what follows from an answer of the zones. */
static void
query_answer(struct query* query, const struct query_entry* entry,
	const struct answer* answer)
{
	struct module_qstate* qstate = query->qstate;
	bool alone = !entry->others && answer->answers == 0;
	query->kind = answer_kind(qstate, answer);
	if(alone && answer->end == ANSWER_OUTSIDE) {
		query_recurse(query, answer);
	} else if(answer->end == ANSWER_COMPLETE ||
		!(qstate->query_flags & BIT_RD)) {
		query_end(query, entry, answer);
	} else if(!alone) {
		query_chase_answer(query, entry, answer);
	} else if(query_refer(query, answer)) {
		/* With harden-below-nxdomain the iterator takes from the cache
		 * that a name above does not exist elsewhere. That says nothing
		 * about the names below the cut. */
		qstate->no_cache_lookup = NO_CACHE_LOOKUP;
		query_recurse(query, answer);
	} else {
		query_starve(query);
	}
}

bool
query_check_zones(struct query* query)
{
	enum reply_failure failure = query->source->failure();
	if(failure == REPLY_NO_FAILURE)
		return true;
	reply_send_failure(query->qstate, query->id, failure);
	return false;
}

void
query_enter(struct query* query, const struct query_entry* entry,
	const struct reach* reach)
{
	struct store* store = zones_store(query->source->zones);
	struct answer answer;
	query->zone = reach->zone;
	if(!query_check_zones(query))
		return;
	store_read_lock(store);
	reach_answer(query, reach, query->qstate->qinfo.qtype, &answer);
	query_answer(query, entry, &answer);
	store_read_unlock(store);
}

/* Flat, as nearly all queries end here: the calls cost what the look-up of an
 * RRset does. */
void __attribute__((flatten))
query_begin(struct query* query)
{
	struct module_qstate* qstate = query->qstate;
	const struct query_info* question = &qstate->qinfo;
	struct query_entry entry = { NULL, question->qname,
		question->qname_len };
	struct handover* handover = query->source->handover;
	struct store* store = zones_store(query->source->zones);
	struct reach reach;
	struct answer answer;
	if(question->qclass != LDNS_RR_CLASS_IN) {
		query_pass(query);
		return;
	}
	if(!query_reach(query->source, question->qname, question->qname_len,
		question->qtype, &reach)) {
		query_begin_outside(query);
		return;
	}
	query->zone = reach.zone;
	if(!query_check_zones(query))
		return;
	store_read_lock(store);
	reach_answer(query, &reach, question->qtype, &answer);
	query_answer(query, &entry, &answer);
	store_read_unlock(store);
	/* dns64 can ignore an AAAA RRset as soon as there is an A RRset, whose
	 * change does not invalidate the AAAA RRset */
	if(query->hand_over && answer.cacheable && qstate->return_msg &&
		!dns64_applies(qstate, query->id) &&
		handover_note_asked(handover,
		reach.walk.hash[reach.walk.labels] + question->qtype))
		handover_answer(handover, qstate, query->changes);
}

enum zones_word
query_zones_word(const struct query* query, const struct reach* reach)
{
	struct store* store = zones_store(query->source->zones);
	struct answer answer;
	if(query->source->failure() != REPLY_NO_FAILURE)
		return ZONES_ANSWER;
	store_read_lock(store);
	/* from 0, not from query_way: the question is whether there is an
	 * alias, not whether it is one too many */
	answer_find(reach->zone, &reach->walk, query->qstate->qinfo.qtype, 0,
		&answer);
	store_read_unlock(store);
	if(answer.answers > 0 || answer.end == ANSWER_COMPLETE)
		return ZONES_ANSWER;
	return answer.end == ANSWER_REFERRAL ? ZONES_REFER : ZONES_LACK;
}

/** Whether the zones say now what they said when a query began to wait. */
static bool
zones_say_the_same(const struct query* query, const struct reach* reach)
{
	struct store* store = zones_store(query->source->zones);
	struct answer answer;
	bool same;
	store_read_lock(store);
	reach_answer(query, reach, query->qstate->qinfo.qtype, &answer);
	same = query_digest(query, &answer) == query->work->digest;
	store_read_unlock(store);
	return same;
}

bool
query_overtaken(struct query* query)
{
	struct query_work* work = query->work;
	struct query_entry entry = work->entry;
	struct reach reach;
	if(!query_reach(query->source, entry.name, entry.name_len,
		query->qstate->qinfo.qtype, &reach) ||
		zones_say_the_same(query, &reach))
		return false;
	query->qstate->return_msg = NULL;
	query->qstate->return_rcode = LDNS_RCODE_NOERROR;
	work->recursed = false;
	if(work->restarts++ == RESTARTS_MAX)
		query_fail(query);
	else	query_enter(query, &entry, &reach);
	return true;
}
