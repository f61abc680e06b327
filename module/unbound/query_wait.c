/*
 * unbound/query_wait.c - how a query begins to wait, and ends with what it got.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "unbound/query_internal.h"

void
query_store_forbid(struct query* query, bool forbid)
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

/* --- the other modules: QUERY_PASSED ------------------------------------- */

void
query_pass(struct query* query)
{
	struct query_work* work = query_work_get(query);
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
	work->state = QUERY_PASSED;
	work->no_cache_lookup = qstate->no_cache_lookup;
	if(work->recursed)
		query_store_forbid(query, true);
	/* once they have run, the other modules begin anew */
	qstate->ext_state[query->id] = work->passed ? module_restart_next :
		module_wait_module;
	work->passed = true;
	if(work->recursed)
		dns64_begin(qstate, query->id);
}

bool
query_may_use_kept(const struct query* query)
{
	const struct module_qstate* qstate = query->qstate;
	return !qstate->client_info || modstack_find(
		&qstate->env->mesh->mods, "respip") < query->id;
}

void
query_recurse(struct query* query, const struct answer* answer)
{
	struct module_qstate* qstate = query->qstate;
	struct query_work* work = query_work_get(query);
	uint32_t tag = cache_tag(answer);
	struct dns_msg* kept = query_may_use_kept(query) ?
		cache_find(qstate, tag) : NULL;
	if(!work) {
		query_starve(query);
		return;
	}
	work->recursed = true;
	if(kept) {
		reply_finish(qstate, query->id, kept->rep);
		/* etcd may have got a key since then that an alias in the kept
		 * answer leads to */
		(void)query_cut_in(query);
	} else {
		work->tag = tag;
		work->scoped = false;
		work->entry = (struct query_entry){ NULL, qstate->qinfo.qname,
			qstate->qinfo.qname_len };
		work->digest = query_digest(query, answer);
		query_pass(query);
	}
}

/* --- sub-queries: QUERY_ALIAS and QUERY_CHASING -------------------------- */

/** Have Unbound resolve another question, and wait in a state; or end because
 * memory ran out. @return false if Unbound can't, as that would be a circle. */
static bool
query_ask(struct query* query, const uint8_t* name, size_t len, uint16_t type,
	enum query_state state)
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
	work->state = state;
	qstate->ext_state[query->id] = module_wait_subquery;
	return compat_attach_sub(qstate, &ask,
		qstate->query_flags & (BIT_RD | BIT_CD), &made);
}

void
query_ask_alias(struct query* query, const uint8_t* name, size_t len)
{
	struct query_work* work = query_work_get(query);
	if(!work)
		query_starve(query);
	else if(query_way(query) + ++work->followed > ANSWER_ALIASES_MAX ||
		!query_ask(query, name, len, LDNS_RR_TYPE_CNAME, QUERY_ALIAS))
		query_fail(query);
}

void
query_chase(struct query* query, struct reply_info* head,
	const uint8_t* name, size_t len, unsigned followed)
{
	struct query_work* work = query_work_get(query);
	if(!head || !work) {
		query_starve(query);
		return;
	}
	work->head = head;
	work->followed = followed;
	if(work->inner || query_way(query) + followed > ANSWER_ALIASES_MAX ||
		!(query->qstate->query_flags & BIT_RD) ||
		!query_ask(query, name, len, query->qstate->qinfo.qtype,
		QUERY_CHASING))
		reply_finish(query->qstate, query->id, head);
}

/** Have a query for AAAA records counted as what dns64 made of it: there may be
 * some where the zones have none. */
static void
kind_note_translated(struct query* query, const struct reply_info* info)
{
	if(query->kind == STATS_NODATA && info->an_numrrsets > 0)
		query->kind = STATS_DATA;
}

void
query_join(struct query* query)
{
	struct query_work* work = query->work;
	struct reply_info *info, *head = work->head, *tail = work->tail;
	if(work->entry.name && query_overtaken(query))
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
	kind_note_translated(query, tail);
}

/* --- dns64: QUERY_TRANSLATED --------------------------------------------- */

void
query_translate(struct query* query, const struct query_entry* entry,
	const struct answer* answer)
{
	struct query_work* work = query_work_get(query);
	if(!work) {
		query_starve(query);
		return;
	}
	if(entry->others) {
		/* the sub-query looks itself whether it was overtaken */
		work->entry.name = NULL;
		query_chase(query, entry->others, entry->name, entry->name_len,
			1);
		return;
	}
	work->state = QUERY_TRANSLATED;
	work->passed = true;
	/* those that wait for this query count it from here on */
	work->followed = 0;
	work->entry = *entry;
	work->digest = query_digest(query, answer);
	query_store_forbid(query, true);
	work->given = dns64_give(query->qstate, query->id, answer);
	if(!work->given)
		query_starve(query);
}

void
query_take_back(struct query* query)
{
	if(!query_check_zones(query) || query_overtaken(query))
		return;
	dns64_take(query->qstate, query->id, query->work->given);
	if(query->qstate->return_msg)
		kind_note_translated(query, query->qstate->return_msg->rep);
}
