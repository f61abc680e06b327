/*
 * unbound/query.c - a query's way through the module.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "unbound/query.h"
#include "unbound/cache.h"
#include "unbound/dns64.h"
#include <arpa/inet.h>
#include <xxhash.h>

/** so often a query begins anew since etcd has overtaken it; then it fails, as
 * no answer is better than an old one */
#define RESTARTS_MAX 3
/** no_cache_lookup as it is set here: what counts is that it is not 0, and with
 * `forward-no-cache` the iterator sets it to 1 */
#define NO_CACHE_LOOKUP 2
/** queries that wait for each other in a row, as far as they are looked at */
#define DEPTH_MAX 512
/** queries that wait for one, as far as they are looked at */
#define WAITING_MAX 65536

/** What a query waits for. */
enum query_wait {
	/** the other modules */
	WAIT_MODULES,
	/** the sub-query about the name at which its answer goes on */
	WAIT_REST,
	/** the sub-query about an alias of others, and nothing behind it */
	WAIT_ALIAS,
	/** dns64, which was given the answer */
	WAIT_DNS64
};

/** What minfo points to, of a query that is not done at once. In the query's
 * region. */
struct query_work {
	/** what it waits for */
	enum query_wait wait;
	/** whether the other modules were asked */
	bool passed;
	/** whether another module has begun it for itself, as the iterator does
	 * for the addresses of name servers. It makes no sub-queries, since each
	 * would come with all the patience that a client's query gets: where
	 * servers' names lead to other servers' names, without an end. */
	bool inner;
	/** whether its own name was recursed for one of the zones */
	bool recursed;
	/** if so, from where; see cache_tag */
	uint32_t tag;
	/** whether a server has spoken of the client's subnet (RFC 7871): then
	 * what it says is for that client */
	bool scoped;
	/** whether this unit has set no_cache_store */
	bool forbidden;
	/** no_cache_lookup as it was when the query was passed on */
	int no_cache_lookup;
	/** whether something about our names may be in what others answer */
	bool tainted;
	/** whether an alias was seen that leads into the zones */
	bool led_in;
	/** how often it began anew */
	unsigned restarts;

	/** what others answered, up to the alias that leads into the zones;
	 * NULL if the qname itself is ours */
	struct reply_info* others;
	/** the name that the zones answer: the qname, or that alias's
	 * target */
	const uint8_t* name;
	/** octets of name */
	size_t name_len;
	/** tells what the zones answered from what they answer later */
	uint64_t digest;
	/** the answer up to the name that is asked for */
	struct reply_info* head;
	/** aliases followed with that, on the longest way */
	unsigned followed;
	/** what dns64 was given */
	struct reply_info* given;

	/** the name of the sub-query */
	const uint8_t* asked;
	/** its type */
	uint16_t asked_type;
	/** whether it is done */
	bool arrived;
	/** what it brought; NULL: it failed */
	struct reply_info* tail;

	/** the look at waiting queries that was here last */
	unsigned long seen;
	/** aliases on the longest way here, as of then */
	unsigned way;
};

/** A query at one of Unbound's calls. */
struct query {
	/** what it is answered from */
	const struct query_source* source;
	/** Unbound's */
	struct module_qstate* qstate;
	/** the module's number */
	int id;
	/** ours; NULL until there is any */
	struct query_work* work;
	/** number of changes before the store is read */
	unsigned long changes;
	/** whether its answer can be handed over */
	bool hand_over;
};

/** A name in one of the zones. */
struct reach {
	/** the zone */
	const struct zone* zone;
	/** the name */
	struct name_walk walk;
};

/** @return NULL if memory ran out. */
static struct query_work*
work_get(struct query* query)
{
	if(!query->work) {
		query->work = regional_alloc_zero(query->qstate->region,
			sizeof(*query->work));
		query->qstate->minfo[query->id] = query->work;
	}
	return query->work;
}

/** Give up, whatever there is. */
static void
query_fail(struct query* query)
{
	query->qstate->return_msg = NULL;
	query->qstate->return_rcode = LDNS_RCODE_SERVFAIL;
	query->qstate->ext_state[query->id] = module_finished;
}

/** End for want of memory. */
static void
query_starve(struct query* query)
{
	reply_finish(query->qstate, query->id, NULL);
}

/** Find the zone of a name. @return false if none has it. */
static bool
zones_reach(const struct query_source* source, const uint8_t* name,
	size_t len, uint16_t type, struct reach* reach)
{
	struct store* store = zones_store(source->zones);
	reach->zone = name_walk_init(&reach->walk, name, len,
		store_seed(store)) ? zones_find(source->zones, &reach->walk,
		type) : NULL;
	return reach->zone != NULL;
}

/* --- how long a chain is ------------------------------------------------- */

/** A look at the queries that wait for another. */
struct look {
	/** its number, by which a query that several wait for is looked at
	 * once */
	unsigned long number;
	/** queries that may still be looked at: those that other modules have
	 * begun can be met on many ways */
	unsigned left;
};

/** Count the aliases on the longest way from a client's query to another; too
 * many if that takes too long. */
static unsigned
mesh_way(struct mesh_state* mesh, int id, struct look* look, unsigned depth)
{
	struct query_work* work = mesh->s.minfo[id];
	struct mesh_state_ref* ref;
	unsigned way = 0;
	if(work && work->seen == look->number)
		return work->way;
	if(depth > DEPTH_MAX || look->left == 0)
		return ANSWER_ALIASES_MAX;
	look->left--;
	RBTREE_FOR(ref, struct mesh_state_ref*, &mesh->super_set) {
		const struct query_work* waits = ref->s->s.minfo[id];
		unsigned above = waits && waits->wait != WAIT_MODULES ?
			waits->followed : 0;
		unsigned its = mesh_way(ref->s, id, look, depth + 1);
		if(its + above > way)
			way = its + above;
	}
	if(work) {
		work->seen = look->number;
		work->way = way;
	}
	return way;
}

/** Count the aliases that were followed before this query. */
static unsigned
query_way(const struct query* query)
{
	static _Thread_local unsigned long looks;
	struct mesh_state* mesh = query->qstate->mesh_info;
	struct look look;
	if(!mesh || mesh->super_set.count == 0)
		return 0;
	look = (struct look){ ++looks, WAITING_MAX };
	return mesh_way(mesh, query->id, &look, 0);
}

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

/** Make a number of an answer, by which to tell whether it is still the
 * same. */
static uint64_t
answer_digest(const struct query* query, const struct answer* answer)
{
	uint64_t digest = store_seed(zones_store(query->source->zones)) +
		(uint64_t)answer->end;
	size_t i;
	for(i = 0; i < answer->count; i++) {
		const struct answer_rrset* rrset = &answer->rrset[i];
		digest = XXH3_64bits_withSeed(rrset->rdata, rrset->rdata_len,
			digest + rrset->type + (rrset->owner_len << 16) +
			((uint64_t)rrset->ttl << 32));
	}
	return digest;
}

/* --- what Unbound may store ---------------------------------------------- */

/** Forbid Unbound to store what it has of a query, or end that. */
static void
store_forbid(struct query* query, bool forbid)
{
	struct module_qstate* qstate = query->qstate;
	if(forbid && !qstate->no_cache_store) {
		qstate->no_cache_store = 1;
		query->work->forbidden = true;
	} else if(!forbid && query->work->forbidden) {
		qstate->no_cache_store = 0;
		query->work->forbidden = false;
	}
}

/** Pass a query on to the next module. */
static void
query_pass(struct query* query)
{
	struct query_work* work = work_get(query);
	struct module_qstate* qstate = query->qstate;
	if(!work) {
		query_starve(query);
		return;
	}
	if(work->inner) {
		/* the others have had their turn */
		query_fail(query);
		return;
	}
	fence_keep(query->source->fence, qstate->env, query->source->zones);
	work->wait = WAIT_MODULES;
	work->no_cache_lookup = qstate->no_cache_lookup;
	if(work->recursed)
		store_forbid(query, true);
	/* once they have run, the other modules begin anew */
	qstate->ext_state[query->id] = work->passed ? module_restart_next :
		module_wait_module;
	work->passed = true;
	if(work->recursed)
		dns64_begin(qstate, query->id);
}

static bool query_cut_in(struct query* query);

/** Whether what is kept is for a client: not where the module respip comes
 * behind this one. It looks at addresses (response-ip, RPZ), maybe for some
 * clients only, and what is kept does not come by it again. */
static bool
is_for_client(const struct query* query)
{
	const struct module_qstate* qstate = query->qstate;
	return !qstate->client_info || modstack_find(
		&qstate->env->mesh->mods, "respip") < query->id;
}

/** Have a name of ours recursed, unless that was done before. */
static void
query_recurse(struct query* query, const struct answer* answer)
{
	struct query_work* work = work_get(query);
	uint32_t tag = cache_tag(answer);
	struct dns_msg* kept = is_for_client(query) ?
		cache_find(query->qstate, tag) : NULL;
	if(!work) {
		query_starve(query);
		return;
	}
	work->recursed = true;
	if(kept) {
		reply_finish(query->qstate, query->id, kept->rep);
		/* since it was kept, etcd may have got what an alias in it
		 * leads to */
		(void)query_cut_in(query);
	} else {
		work->tag = tag;
		work->scoped = false;
		work->name = query->qstate->qinfo.qname;
		work->name_len = query->qstate->qinfo.qname_len;
		work->digest = answer_digest(query, answer);
		query_pass(query);
	}
}

/* --- sub-queries --------------------------------------------------------- */

/** Have Unbound resolve another question, and wait; or end for want of memory.
 * @return false if it can't, as that would be a circle. */
static bool
query_ask(struct query* query, const uint8_t* name, size_t len, uint16_t type,
	enum query_wait wait)
{
	struct module_qstate* qstate = query->qstate;
	struct query_info ask = qstate->qinfo;
	struct module_qstate* made = NULL;
	struct query_work* work = query->work;
	ask.qname = (uint8_t*)(uintptr_t)name;
	ask.qname_len = len;
	ask.qtype = type;
	ask.local_alias = NULL;
	work->asked = regional_alloc_init(qstate->region, name, len);
	if(!work->asked) {
		query_starve(query);
		return true;
	}
	work->asked_type = type;
	work->arrived = false;
	work->tail = NULL;
	work->wait = wait;
	qstate->ext_state[query->id] = module_wait_subquery;
	return compat_attach_sub(qstate, &ask,
		qstate->query_flags & (BIT_RD | BIT_CD), &made);
}

/**
 * Ask Unbound about the name at which an answer goes on; or end with what was
 * collected.
 * @param head: that; NULL for want of memory.
 * @param followed: aliases that were followed with it, on the longest way.
 */
static void
query_chase(struct query* query, struct reply_info* head,
	const uint8_t* name, size_t len, unsigned followed)
{
	struct query_work* work = work_get(query);
	if(!head || !work) {
		query_starve(query);
		return;
	}
	work->head = head;
	work->followed = followed - query_way(query);
	if(work->inner || followed > ANSWER_ALIASES_MAX ||
		!(query->qstate->query_flags & BIT_RD) ||
		!query_ask(query, name, len, query->qstate->qinfo.qtype,
		WAIT_REST))
		reply_finish(query->qstate, query->id, head);
}

/** Whether what a message says can be used. */
static bool
message_is_good(const struct module_qstate* qstate)
{
	return qstate->return_rcode == LDNS_RCODE_NOERROR &&
		qstate->return_msg && qstate->return_msg->rep &&
		qstate->return_msg->rep->security != sec_status_bogus;
}

/* --- from the zones ------------------------------------------------------ */

/**
 * Put the first answers of a message behind those that are there.
 * @param others: those; NULL: none.
 * @return NULL for want of memory.
 */
static struct reply_info*
message_append(struct query* query, struct reply_info* others,
	const struct reply_info* message, size_t count)
{
	size_t before = others ? others->an_numrrsets : 0;
	struct reply_info* info = reply_create(query->qstate, before + count);
	if(!info || (others && !reply_add_info(info, others, before)) ||
		!reply_add_info(info, message, count))
		return NULL;
	return info;
}

/**
 * Put what the zones answer behind what others did.
 * @param others: NULL if the zones have the qname.
 * @param name, len: what the zones' part is about.
 * @param count: how many of the answer's RRsets.
 * @return NULL for want of memory.
 */
static struct reply_info*
message_join(struct query* query, struct reply_info* others,
	const uint8_t* name, size_t len, const struct answer* answer,
	size_t count)
{
	size_t before = others ? others->an_numrrsets : 0;
	struct reply_info* info = reply_create(query->qstate, before + count);
	if(!info || (others && !reply_add_info(info, others, before)) ||
		!reply_add_answer(query->qstate, info, answer, count,
		(uint8_t*)(uintptr_t)name, len))
		return NULL;
	if(!others)
		reply_set_authoritative(info);
	return info;
}

/** Ask for what comes behind an answer of the zones. */
static void
query_chase_answer(struct query* query, struct reply_info* others,
	const uint8_t* name, size_t len, const struct answer* answer)
{
	struct query_work* work = work_get(query);
	unsigned followed = answer_followed(answer);
	if(!work) {
		query_starve(query);
		return;
	}
	work->others = others;
	work->name = name;
	work->name_len = len;
	work->digest = answer_digest(query, answer);
	query_chase(query, message_join(query, others, name, len, answer,
		answer->answers), answer->name ? answer->name : name,
		answer->name ? answer->name_len : len,
		query_way(query) + (followed ? followed : 1));
}

/** Whether dns64 may make something of an answer of the zones: there are A
 * records. The store is being read. */
static bool
is_for_dns64(const struct query* query, const uint8_t* name, size_t len,
	const struct answer* answer)
{
	struct reach reach;
	struct answer a;
	if(!dns64_applies(query->qstate, query->id) ||
		answer->end != ANSWER_COMPLETE ||
		!zones_reach(query->source, name, len, LDNS_RR_TYPE_A, &reach))
		return false;
	answer_find(reach.zone, &reach.walk, LDNS_RR_TYPE_A,
		query_way(query), &a);
	return a.end == ANSWER_COMPLETE && a.answers > 0 &&
		a.rrset[a.answers - 1].type == LDNS_RR_TYPE_A;
}

/** Have dns64 make of an answer what it will; where others have led to the
 * name, by a sub-query about that. */
static void
query_translate(struct query* query, struct reply_info* others,
	const uint8_t* name, size_t len, const struct answer* answer)
{
	struct query_work* work = work_get(query);
	if(!work) {
		query_starve(query);
		return;
	}
	if(others) {
		/* the sub-query looks itself whether it was overtaken */
		work->name = NULL;
		query_chase(query, others, name, len, query_way(query) + 1);
		return;
	}
	work->wait = WAIT_DNS64;
	work->passed = true;
	work->followed = 0;
	work->name = name;
	work->name_len = len;
	work->digest = answer_digest(query, answer);
	store_forbid(query, true);
	work->given = dns64_give(query->qstate, query->id, answer);
	if(!work->given)
		query_starve(query);
}

/** End with what the zones answer. */
static void
query_end(struct query* query, struct reply_info* others,
	const uint8_t* name, size_t len, const struct answer* answer)
{
	if(is_for_dns64(query, name, len, answer))
		query_translate(query, others, name, len, answer);
	else if(!others)
		reply_send(query->qstate, query->id, answer);
	else	reply_finish(query->qstate, query->id, message_join(query,
			others, name, len, answer,
			answer->end == ANSWER_COMPLETE ? answer->count :
			answer->answers));
}

/**
 * Tell the iterator of a zone cut. If something has changed meanwhile, look at
 * the store once more: what was stored may have been overtaken, and
 * invalidated, before. Other changes do not count, as the iterator finds
 * nothing where it is invalidated too early.
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
		!zones_reach(query->source, question->qname,
		question->qname_len, question->qtype, &reach))
		return true;
	answer_find(reach.zone, &reach.walk, question->qtype,
		query_way(query), &now);
	if(answer_digest(query, &now) != answer_digest(query, referral))
		handover_referred(handover, qstate, referral);
	return true;
}

/**
 * Do what follows from an answer of the zones.
 * @param others: what others answered, aliases that lead to name; NULL if name
 *	is the qname.
 */
static void
query_answer(struct query* query, struct reply_info* others,
	const uint8_t* name, size_t len, const struct answer* answer)
{
	struct module_qstate* qstate = query->qstate;
	bool alone = !others && answer->answers == 0;
	if(alone && answer->end == ANSWER_OUTSIDE) {
		query_recurse(query, answer);
	} else if(answer->end == ANSWER_COMPLETE ||
		!(qstate->query_flags & BIT_RD)) {
		query_end(query, others, name, len, answer);
	} else if(!alone) {
		query_chase_answer(query, others, name, len, answer);
	} else if(query_refer(query, answer)) {
		/* a name above that does not exist elsewhere says nothing
		 * about those below the cut, as the iterator would take it
		 * from the cache (harden-below-nxdomain) */
		qstate->no_cache_lookup = NO_CACHE_LOOKUP;
		query_recurse(query, answer);
	} else {
		query_starve(query);
	}
}

/** Have the zones answer a name of theirs, unless they can't now.
 * @param others, name, len: as for query_answer. */
static void
query_enter(struct query* query, struct reply_info* others,
	const uint8_t* name, size_t len, const struct reach* reach)
{
	struct store* store = zones_store(query->source->zones);
	enum reply_failure failure = query->source->failure();
	struct answer answer;
	if(failure != REPLY_NO_FAILURE) {
		reply_send_failure(query->qstate, query->id, failure);
		return;
	}
	store_read_lock(store);
	answer_find(reach->zone, &reach->walk, query->qstate->qinfo.qtype,
		query_way(query), &answer);
	query_answer(query, others, name, len, &answer);
	store_read_unlock(store);
}

/** How the zones answer a name of theirs, as far as that is more than where
 * else to ask. */
enum zones_word {
	/** they have no word: it is for others to answer */
	ZONES_LACK,
	/** others are asked, at the servers that they name */
	ZONES_REFER,
	/** they answer, with an alias at the least */
	ZONES_ANSWER
};

/** While the zones can't answer, that is their answer. */
static enum zones_word
zones_word(const struct query* query, const struct reach* reach)
{
	struct store* store = zones_store(query->source->zones);
	struct answer answer;
	if(query->source->failure() != REPLY_NO_FAILURE)
		return ZONES_ANSWER;
	store_read_lock(store);
	answer_find(reach->zone, &reach->walk, query->qstate->qinfo.qtype, 0,
		&answer);
	store_read_unlock(store);
	if(answer.answers > 0 || answer.end == ANSWER_COMPLETE)
		return ZONES_ANSWER;
	return answer.end == ANSWER_REFERRAL ? ZONES_REFER : ZONES_LACK;
}

/**
 * See whether the zones answer something else than when a query began to wait;
 * if so, begin anew with that.
 * @return whether it is so.
 */
static bool
query_overtaken(struct query* query)
{
	struct query_work* work = query->work;
	struct store* store = zones_store(query->source->zones);
	struct reach reach;
	struct answer answer;
	bool same;
	if(!zones_reach(query->source, work->name, work->name_len,
		query->qstate->qinfo.qtype, &reach))
		return false;
	store_read_lock(store);
	answer_find(reach.zone, &reach.walk, query->qstate->qinfo.qtype,
		query_way(query), &answer);
	same = answer_digest(query, &answer) == work->digest;
	store_read_unlock(store);
	if(same)
		return false;
	query->qstate->return_msg = NULL;
	query->qstate->return_rcode = LDNS_RCODE_NOERROR;
	work->recursed = false;
	if(work->restarts++ == RESTARTS_MAX)
		query_fail(query);
	else	query_enter(query, work->others, work->name, work->name_len,
			&reach);
	return true;
}

/* --- aliases of others --------------------------------------------------- */

/** Whether for a question aliases are followed. */
static bool
follows_aliases(const struct query_info* question)
{
	return question->qclass == LDNS_RR_CLASS_IN &&
		question->qtype != LDNS_RR_TYPE_CNAME;
}

/** Whether aliases that Unbound has in its cache lead from a name into the
 * zones, to one that they do not leave to others. */
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
		if(zones_reach(query->source, next.wire, next.len,
			query->qstate->qinfo.qtype, &reach))
			return zones_word(query, &reach) != ZONES_LACK;
		target = next;
		name = target.wire;
		len = target.len;
	}
	return false;
}

/**
 * Find an alias in a message.
 * @param name: its owner; NULL for any.
 * @param target, len: set to its target, in the message.
 * @return its number among the RRsets; an_numrrsets if there is none.
 */
static size_t
message_find_alias(const struct reply_info* info, size_t from,
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

/** Ask for an alias of others alone. */
static void
query_ask_alias(struct query* query, const uint8_t* name, size_t len)
{
	struct query_work* work = work_get(query);
	if(!work)
		query_starve(query);
	else if(query_way(query) + ++work->followed > ANSWER_ALIASES_MAX ||
		!query_ask(query, name, len, LDNS_RR_TYPE_CNAME, WAIT_ALIAS))
		query_fail(query);
}

/** Go on from an alias of others that was asked for alone. */
static void
query_follow_alias(struct query* query)
{
	struct query_work* work = query->work;
	struct module_qstate* qstate = query->qstate;
	struct reply_info* info;
	struct reach reach;
	bool is_ours;
	uint8_t* target;
	size_t len, alias = work->tail ? message_find_alias(work->tail, 0,
		work->asked, &target, &len) : 0;
	if(!work->tail || alias == work->tail->an_numrrsets) {
		/* it is none any more */
		if(work->passed)
			query_fail(query);
		else	query_pass(query);
		return;
	}
	info = message_append(query, work->others, work->tail, alias + 1);
	if(!info) {
		query_starve(query);
		return;
	}
	work->others = info;
	work->name = NULL;
	is_ours = zones_reach(query->source, target, len,
		qstate->qinfo.qtype, &reach);
	if(!is_ours && cache_leads_in(query, target, len))
		query_ask_alias(query, target, len);
	else if(work->passed && (!is_ours ||
		zones_word(query, &reach) == ZONES_LACK))
		/* the others have failed there already */
		query_fail(query);
	else if(is_ours)
		query_enter(query, info, target, len, &reach);
	else	query_chase(query, info, target, len, query_way(query) +
			work->followed);
}

/** Whether an RRset of a message is one that reply_cut has made. */
static bool
is_placeholder(const struct reply_info* message, size_t number)
{
	return number < message->an_numrrsets &&
		message->rrsets[number]->rk.flags & REPLY_PLACEHOLDER;
}

/**
 * Look through what the other modules answered for the first alias into a zone
 * of ours that does not leave its target to others, and go on from there.
 * @return whether there is one.
 */
static bool
query_cut_in(struct query* query)
{
	struct module_qstate* qstate = query->qstate;
	struct reply_info* message = qstate->return_msg->rep;
	uint8_t* target;
	size_t i = 0, len;
	if(!follows_aliases(&qstate->qinfo))
		return false;
	for(;; i++) {
		struct reach reach;
		i = message_find_alias(message, i, NULL, &target, &len);
		if(i == message->an_numrrsets)
			return false;
		if(!zones_reach(query->source, target, len,
			qstate->qinfo.qtype, &reach))
			continue;
		query->work->led_in = true;
		/* what others answered stays; but the iterator was not to
		 * look for it where etcd had it meanwhile */
		if(!is_placeholder(message, i + 1) &&
			zones_word(query, &reach) == ZONES_LACK)
			continue;
		message = message_append(query, NULL, message, i + 1);
		if(message)
			query_enter(query, message, target, len, &reach);
		else	query_starve(query);
		return true;
	}
}

/* --- events -------------------------------------------------------------- */

/** Whether the aliases of others that a name may have are to be asked for by
 * themselves. A name's DS RRset is beside its alias, and not behind it. */
static bool
may_ask_alias(const struct module_qstate* qstate)
{
	return follows_aliases(&qstate->qinfo) &&
		qstate->qinfo.qtype != LDNS_RR_TYPE_DS &&
		qstate->query_flags & BIT_RD && !qstate->is_priming;
}

/** A query about a name that is in none of the zones. */
static void
query_begin_outside(struct query* query)
{
	const struct query_info* question = &query->qstate->qinfo;
	if(may_ask_alias(query->qstate) && cache_leads_in(query,
		question->qname, question->qname_len))
		query_ask_alias(query, question->qname, question->qname_len);
	else	query_pass(query);
}

/** A query comes from a client, or from another query. Flat, as nearly all of
 * them end here: the calls cost what the look-up of an RRset does. */
static void __attribute__((flatten))
query_begin(struct query* query)
{
	struct module_qstate* qstate = query->qstate;
	const struct query_info* question = &qstate->qinfo;
	struct handover* handover = query->source->handover;
	struct store* store = zones_store(query->source->zones);
	enum reply_failure failure;
	struct reach reach;
	struct answer answer;
	if(question->qclass != LDNS_RR_CLASS_IN) {
		query_pass(query);
		return;
	}
	if(!zones_reach(query->source, question->qname, question->qname_len,
		question->qtype, &reach)) {
		query_begin_outside(query);
		return;
	}
	failure = query->source->failure();
	if(failure != REPLY_NO_FAILURE) {
		reply_send_failure(qstate, query->id, failure);
		return;
	}
	store_read_lock(store);
	answer_find(reach.zone, &reach.walk, question->qtype,
		query_way(query), &answer);
	query_answer(query, NULL, question->qname, question->qname_len,
		&answer);
	store_read_unlock(store);
	/* an AAAA RRset can be for dns64 to ignore as soon as there is an A
	 * RRset, which is not what is invalidated */
	if(query->hand_over && answer.cacheable && qstate->return_msg &&
		!dns64_applies(qstate, query->id) && handover_is_worth(handover,
		reach.walk.hash[reach.walk.labels] + question->qtype))
		handover_answer(handover, qstate, query->changes);
}

/** The iterator has ended at the fence. Asked for an alias alone, it may have
 * gone on to its target (1.17, with QNAME minimisation). */
static void
query_end_at_fence(struct query* query)
{
	struct module_qstate* qstate = query->qstate;
	struct reply_info* info = qstate->return_msg->rep;
	uint8_t* target;
	size_t len, alias = message_find_alias(info, 0, qstate->qinfo.qname,
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

/** Whether, after the other modules have failed a query, an alias is worth
 * asking for. If a server has told of one, it is, whatever the type. */
static bool
is_worth_an_alias(const struct query* query)
{
	const struct module_qstate* qstate = query->qstate;
	const struct query_info* question = &qstate->qinfo;
	return !query->work->inner && qstate->query_flags & BIT_RD &&
		(query->work->led_in || (may_ask_alias(qstate) &&
		cache_leads_in(query, question->qname, question->qname_len)));
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
		query->work->others = NULL;
		query_ask_alias(query, question->qname, question->qname_len);
	} else if(message_is_good(qstate)) {
		query_end_at_fence(query);
	} else if(query->work->led_in) {
		/* a client that checks for itself gets what is bogus, but not
		 * what stands in the place of our records */
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
		is_for_client(query) && !qstate->no_cache_store &&
		qstate->no_cache_lookup == query->work->no_cache_lookup &&
		qstate->query_flags & BIT_RD;
}

/**
 * A query is done that another module has begun for itself: if its name is
 * ours, it gets what it would have got here, as far as that is known here.
 * @return whether that is so.
 */
static bool
query_overrule(struct query* query)
{
	struct module_qstate* qstate = query->qstate;
	const struct query_info* question = &qstate->qinfo;
	struct reach reach;
	if(!query->work->inner || !zones_reach(query->source, question->qname,
		question->qname_len, question->qtype, &reach))
		return false;
	cache_remove(qstate);
	if(zones_word(query, &reach) != ZONES_ANSWER)
		return false;
	query_enter(query, NULL, question->qname, question->qname_len, &reach);
	return true;
}

/** dns64 is done with an answer that it was given. */
static void
query_take_back(struct query* query)
{
	enum reply_failure failure = query->source->failure();
	if(failure != REPLY_NO_FAILURE)
		reply_send_failure(query->qstate, query->id, failure);
	else if(!query_overtaken(query))
		dns64_take(query->qstate, query->id, query->work->given);
}

/** The other modules are done with a query. */
static void
query_complete(struct query* query)
{
	struct query_work* work = work_get(query);
	struct module_qstate* qstate = query->qstate;
	qstate->ext_state[query->id] = module_finished;
	if(!work) {
		query_starve(query);
		return;
	}
	if(qstate->qinfo.qclass != LDNS_RR_CLASS_IN)
		return;
	work->inner = !work->passed;
	store_forbid(query, false);
	if(work->wait == WAIT_DNS64) {
		query_take_back(query);
		return;
	}
	if(query_overrule(query))
		return;
	if(work->recursed) {
		cache_remove(qstate);
		if(query_overtaken(query))
			return;
	}
	if(message_is_good(qstate)) {
		bool done = query_cut_in(query);
		if(work->led_in)
			cache_remove(qstate);
		if(done)
			return;
	}
	if(!message_is_good(qstate) ||
		fence_is_placeholder(query->source->fence,
		qstate->return_msg->rep))
		query_give_up(query);
	else if(may_keep(query))
		cache_keep(qstate, work->tag);
}

/** The query about the name at which an answer goes on is done. */
static void
query_join(struct query* query)
{
	struct query_work* work = query->work;
	struct reply_info *info, *head = work->head, *tail = work->tail;
	if(work->name && query_overtaken(query))
		return;
	if(!tail) {
		query_fail(query);
		return;
	}
	info = reply_create(query->qstate, head->rrset_count +
		tail->rrset_count);
	if(!info || !reply_add_info(info, head, head->rrset_count) ||
		!reply_add_info(info, tail, tail->rrset_count)) {
		query_starve(query);
		return;
	}
	if(head->authoritative)
		reply_set_authoritative(info);
	reply_finish(query->qstate, query->id, info);
}

/** A query that waits is run. */
static void
query_resume(struct query* query)
{
	if(!query->work->arrived)
		query->qstate->ext_state[query->id] = module_wait_subquery;
	else if(query->work->wait == WAIT_ALIAS)
		query_follow_alias(query);
	else	query_join(query);
}

void
query_operate(const struct query_source* source, struct module_qstate* qstate,
	enum module_ev event, int id)
{
	struct query query = { .source = source, .qstate = qstate, .id = id,
		.work = qstate->minfo[id] };
	query.hand_over = handover_begin(source->handover, qstate,
		&query.changes);
	switch(event) {
	case module_event_new:
	case module_event_pass:
		if(query.work)
			query_resume(&query);
		else	query_begin(&query);
		break;
	case module_event_moddone:
		query_complete(&query);
		break;
	default:
		log_err("helix: unexpected event %d", (int)event);
		qstate->ext_state[id] = module_error;
		break;
	}
	if(qstate->ext_state[id] != module_finished)
		return;
	if(qstate->return_msg)
		handover_settle(source->handover, qstate);
	/* a validator before this module would store it again */
	if(query.work && (query.work->recursed || query.work->led_in))
		qstate->no_cache_store = 1;
}

void
query_inform(const struct module_qstate* done, struct module_qstate* waiting,
	int id)
{
	struct query_work* work = waiting->minfo[id];
	if(!work || work->wait == WAIT_MODULES ||
		work->wait == WAIT_DNS64 || work->arrived ||
		done->qinfo.qtype != work->asked_type ||
		query_dname_compare(done->qinfo.qname,
		(uint8_t*)(uintptr_t)work->asked) != 0)
		return;
	work->arrived = true;
	if(done->return_rcode == LDNS_RCODE_NOERROR && done->return_msg &&
		done->return_msg->rep)
		work->tail = reply_info_copy(done->return_msg->rep, NULL,
			waiting->region);
}

/* --- responses of servers ------------------------------------------------ */

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
	if(!ns || !zones_reach(source, ns->dname, ns->dname_len,
		LDNS_RR_TYPE_NS, &reach))
		return ns != NULL;
	store_read_lock(store);
	answer_find(reach.zone, &reach.walk, LDNS_RR_TYPE_A, 0, &answer);
	store_read_unlock(store);
	return answer.end != ANSWER_REFERRAL;
}

/**
 * Look through a response for the first alias that leads into the zones, and
 * store it and those before it. If it leads to what the zones answer, end the
 * response there: nobody is to be asked about that, and nobody else's word of
 * it taken.
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
		i = message_find_alias(info, i, NULL, &target, &len);
		if(i == info->an_numrrsets)
			return;
		if(zones_reach(query->source, target, len,
			qstate->qinfo.qtype, &reach))
			break;
	}
	if(!qstate->no_cache_store || query->work->forbidden)
		cache_store_rrsets(qstate, info, i + 1);
	query->work->tainted = true;
	if(zones_word(query, &reach) != ZONES_LACK)
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
	/* there is no work yet of a query that the iterator has begun */
	if(!response || !response->rep ||
		qstate->qinfo.qclass != LDNS_RR_CLASS_IN || !work_get(&query))
		return;
	/* what subnetcache has set of no_cache_store is lost below */
	if(edns_opt_list_find(qstate->edns_opts_back_in,
		LDNS_EDNS_CLIENT_SUBNET))
		query.work->scoped = true;
	question = &response->qinfo;
	if(zones_reach(source, question->qname, question->qname_len,
		question->qtype, &reach)) {
		query.work->tainted = true;
	} else if(follows_aliases(&qstate->qinfo)) {
		response_look_through(&query, response);
	}
	store_forbid(&query, (query.work->recursed || query.work->tainted) &&
		!is_lasting_referral(source, response->rep));
}
