/*
 * unbound/query_internal.h - the states of a query, and what its parts share.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * For query*.c only. Unbound calls for a query several times; between two calls
 * the query is in one of these states:
 *
 *	                         QUERY_BEGUN
 *	                              |  query_begin
 *	     +-----------------+------+----------+------------------+
 *	     | others are      | others' alias   | the answer goes  | there are A
 *	     | to answer       | is in the cache | on elsewhere     | records for
 *	     v                 v                 v                  v dns64
 *	QUERY_PASSED      QUERY_ALIAS      QUERY_CHASING      QUERY_TRANSLATED
 *	     | moddone         | pass            | pass             | moddone
 *	     v                 v                 v                  v
 *	query_complete    query_follow      query_join        query_take_back
 *
 * A query that the zones answer in full ends in query_begin, as nearly all do.
 * Each of the functions in the last line ends the query too, or:
 *
 * - query_complete, where others' answer leads into the zones, has them answer
 *   as query_begin does; where others failed, it may ask for their alias.
 * - query_follow has the zones answer, asks for the next alias, chases its
 *   target, or passes the query on if there is no alias any more.
 * - All but query_follow begin anew if the zones say something else by now
 *   (query_overtaken), at most RESTARTS_MAX times.
 *
 * A query that another module has begun for itself (work->inner) begins at the
 * modules behind this one. Unbound's first call for it is moddone, in the state
 * QUERY_BEGUN: it goes to query_complete.
 *
 *	query.c           the calls of Unbound, by state; what a query counts as
 *	query_answer.c    what the zones answer, and how a query ends with that
 *	query_wait.c      how a query begins to wait, and ends with what it got
 *	query_others.c    what others answer, and where it leads into the zones
 *	query_response.c  what the iterator gets from servers
 *	query_chain.c     how long a chain of aliases is
 */
#ifndef HELIX_UNBOUND_QUERY_INTERNAL_H
#define HELIX_UNBOUND_QUERY_INTERNAL_H

#include "unbound/query.h"
#include "unbound/cache.h"
#include "unbound/dns64.h"

/** What a query waits for; drawn above. */
enum query_state {
	/** nothing: it has just begun */
	QUERY_BEGUN,
	/** the other modules */
	QUERY_PASSED,
	/** the sub-query about an alias of others, without its target */
	QUERY_ALIAS,
	/** the sub-query about the name at which its answer goes on */
	QUERY_CHASING,
	/** dns64, which was given the answer */
	QUERY_TRANSLATED
};

/** Where the zones take over in an answer. */
struct query_entry {
	/** what others answered before: aliases that lead to name; NULL if name
	 * is the qname */
	struct reply_info* others;
	/** the name that the zones answer */
	const uint8_t* name;
	/** octets of name */
	size_t name_len;
};

/** What minfo points to, of a query that is not done at once. In the query's
 * region. */
struct query_work {
	/** what it waits for */
	enum query_state state;
	/** true once the other modules were asked */
	bool passed;
	/** true if another module has begun the query for itself, as the
	 * iterator does for the addresses of name servers. It makes no
	 * sub-queries: Unbound bounds each of them as it bounds a client's
	 * query, so where the names of servers lead to the names of other
	 * servers, there would be no end. */
	bool inner;
	/** true if its own name was recursed for one of the zones */
	bool recursed;
	/** if so, from where; see cache_tag */
	uint32_t tag;
	/** true if a server's response had the client's subnet (RFC 7871): then
	 * the answer is for that client alone */
	bool scoped;
	/** true if the module has set no_cache_store */
	bool forbidden;
	/** no_cache_lookup as it was when the query was passed on */
	int no_cache_lookup;
	/** true if others' answer may say something about our names */
	bool tainted;
	/** true if an alias was seen that leads into the zones */
	bool led_in;
	/** how often it began anew */
	unsigned restarts;

	/** where the zones took over; if its name is NULL, they have not yet,
	 * and only others is set */
	struct query_entry entry;
	/** query_digest of what the zones answered there */
	uint64_t digest;
	/** the answer up to the name that is asked for */
	struct reply_info* head;
	/** aliases that this query has followed, on the longest way */
	unsigned followed;
	/** what dns64 was given */
	struct reply_info* given;

	/** the name of the sub-query */
	const uint8_t* asked;
	/** its type */
	uint16_t asked_type;
	/** true once it is done */
	bool arrived;
	/** its answer; NULL: it failed */
	struct reply_info* tail;

	/** number of the last count of a chain that has come by here */
	unsigned long counted;
	/** aliases on the longest way here, as of that count */
	unsigned way;

	/** how it is to be counted, see struct query */
	const struct zone* zone;
	/** as what */
	enum stats_kind kind;
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
	/** the zone that its answer counts for; NULL: none has a part in it */
	const struct zone* zone;
	/** what it counts as, if it does not fail */
	enum stats_kind kind;
};

/** A name in one of the zones. */
struct reach {
	/** the zone */
	const struct zone* zone;
	/** the name */
	struct name_walk walk;
};

/** What the zones have for a name of theirs. */
enum zones_word {
	/** nothing: a zone with `fallthrough` leaves the name to others */
	ZONES_LACK,
	/** a referral: others are asked, at the servers that the zones name */
	ZONES_REFER,
	/** an answer: all of it, or an alias at least */
	ZONES_ANSWER
};

/* --- every part ---------------------------------------------------------- */

/** The query's work, made if there is none. @return NULL if memory ran out. */
static inline struct query_work*
query_work_get(struct query* query)
{
	if(!query->work) {
		query->work = regional_alloc_zero(query->qstate->region,
			sizeof(*query->work));
		query->qstate->minfo[query->id] = query->work;
	}
	return query->work;
}

/** End with SERVFAIL, whatever was collected. */
static inline void
query_fail(struct query* query)
{
	query->qstate->return_msg = NULL;
	query->qstate->return_rcode = LDNS_RCODE_SERVFAIL;
	query->qstate->ext_state[query->id] = module_finished;
}

/** End with SERVFAIL because memory ran out. */
static inline void
query_starve(struct query* query)
{
	reply_finish(query->qstate, query->id, NULL);
}

/** Find the zone of a name. @return false if none has it. */
static inline bool
query_reach(const struct query_source* source, const uint8_t* name, size_t len,
	uint16_t type, struct reach* reach)
{
	struct store* store = zones_store(source->zones);
	reach->zone = name_walk_init(&reach->walk, name, len,
		store_seed(store)) ? zones_find(source->zones, &reach->walk,
		type) : NULL;
	return reach->zone != NULL;
}

/**
 * Begin a message with what others answered.
 * @param others: aliases; NULL: none.
 * @param more: how many RRsets will come behind them.
 * @return NULL if memory ran out.
 */
static inline struct reply_info*
query_message_begin(struct query* query, struct reply_info* others,
	size_t more)
{
	size_t before = others ? others->an_numrrsets : 0;
	struct reply_info* info = reply_create(query->qstate, before + more);
	if(info && others && !reply_add_info(info, others, before))
		return NULL;
	return info;
}

/* --- query_chain.c ------------------------------------------------------- */

/** query_way, of a query that other queries wait for. */
unsigned query_way_count(const struct query* query);

/** Count the aliases on the longest way from a client's query to this one; over
 * ANSWER_ALIASES_MAX if the count takes too long. */
static inline unsigned
query_way(const struct query* query)
{
	const struct mesh_state* mesh = query->qstate->mesh_info;
	return mesh && mesh->super_set.count > 0 ? query_way_count(query) : 0;
}

/* --- query_answer.c ------------------------------------------------------ */

/** Answer a query in the state QUERY_BEGUN. */
void query_begin(struct query* query);

/** Find out whether the zones can answer now; if they can't, end with their
 * failure. */
bool query_check_zones(struct query* query);

/** Have the zones answer a name of theirs, unless they can't now, and do what
 * follows from that. */
void query_enter(struct query* query, const struct query_entry* entry,
	const struct reach* reach);

/** How the zones answer a name of theirs. While they can't, ZONES_ANSWER: their
 * failure is the answer. */
enum zones_word query_zones_word(const struct query* query,
	const struct reach* reach);

/** A hash of an answer, by which to tell whether the zones still say that. */
uint64_t query_digest(const struct query* query, const struct answer* answer);

/**
 * Begin anew if the zones say something else than when the query began to wait
 * (work->digest), or fail if that happens over and over.
 * @return whether it is so, and the query is taken care of.
 */
bool query_overtaken(struct query* query);

/* --- query_wait.c -------------------------------------------------------- */

/** Forbid Unbound to store what it has of a query, or end that. */
void query_store_forbid(struct query* query, bool forbid);

/** Pass a query on to the other modules. */
void query_pass(struct query* query);

/** Have a name of ours recursed, unless an answer was kept that still applies.
 * @param answer: what the zones say: a referral, or nothing. */
void query_recurse(struct query* query, const struct answer* answer);

/** Whether a kept answer may be used for a query: not where the module respip
 * comes behind this one. It looks at addresses (response-ip, RPZ), maybe for
 * some clients only, and a kept answer does not come by it again. */
bool query_may_use_kept(const struct query* query);

/** Ask Unbound for an alias of others, without its target; or fail. */
void query_ask_alias(struct query* query, const uint8_t* name, size_t len);

/**
 * Ask Unbound about the name at which an answer goes on; or end with what was
 * collected, where nobody can be asked or the chain is too long.
 * @param head: that; NULL if memory ran out.
 * @param followed: aliases that this query has followed, on the longest way.
 */
void query_chase(struct query* query, struct reply_info* head,
	const uint8_t* name, size_t len, unsigned followed);

/** The sub-query in the state QUERY_CHASING is done: end with both parts. */
void query_join(struct query* query);

/** Give an answer of the zones to dns64, which may translate it. Where others'
 * aliases have led to the name, ask by a sub-query about the name instead. */
void query_translate(struct query* query, const struct query_entry* entry,
	const struct answer* answer);

/** dns64 is done, in the state QUERY_TRANSLATED: end with what it made. */
void query_take_back(struct query* query);

/* --- query_others.c ------------------------------------------------------ */

/** A query about a name in none of the zones: pass it on, or ask for an alias
 * that leads into the zones. */
void query_begin_outside(struct query* query);

/** The sub-query in the state QUERY_ALIAS is done: go on from the alias. */
void query_follow(struct query* query);

/**
 * Look through what the other modules answered for the first alias whose target
 * the zones answer, and go on from there.
 * @return whether there is one.
 */
bool query_cut_in(struct query* query);

/** The other modules are done with a query of class IN. */
void query_complete(struct query* query);

/** Whether the aliases in answers to a question are followed. */
bool query_follows_aliases(const struct query_info* question);

/**
 * Find an alias in a message.
 * @param name: its owner; NULL for any.
 * @param target, len: set to its target, in the message.
 * @return its number among the RRsets; an_numrrsets if there is none.
 */
size_t query_find_alias(const struct reply_info* info, size_t from,
	const uint8_t* name, uint8_t** target, size_t* len);

#endif /* HELIX_UNBOUND_QUERY_INTERNAL_H */
