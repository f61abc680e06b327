/*
 * unbound/query.c - the calls of Unbound, by a query's state.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "unbound/query_internal.h"

/** A query that waits for a sub-query is run. */
static void
query_resume(struct query* query)
{
	if(!query->work->arrived)
		query->qstate->ext_state[query->id] = module_wait_subquery;
	else if(query->work->state == QUERY_ALIAS)
		query_follow(query);
	else	query_join(query);
}

/** The other modules are done with a query. */
static void
query_come_back(struct query* query)
{
	struct query_work* work = query_work_get(query);
	query->qstate->ext_state[query->id] = module_finished;
	if(!work) {
		query_starve(query);
		return;
	}
	if(query->qstate->qinfo.qclass != LDNS_RR_CLASS_IN)
		return;
	work->inner = !work->passed;
	query_store_forbid(query, false);
	if(work->state == QUERY_TRANSLATED)
		query_take_back(query);
	else	query_complete(query);
}

/** Whether a query that is done gets SERVFAIL from Unbound. */
static bool
is_failed(const struct module_qstate* qstate)
{
	const struct reply_info* info = qstate->return_msg ?
		qstate->return_msg->rep : NULL;
	if(qstate->return_rcode != LDNS_RCODE_NOERROR || !info)
		return qstate->return_rcode == LDNS_RCODE_NOERROR ||
			qstate->return_rcode == LDNS_RCODE_SERVFAIL;
	return FLAGS_GET_RCODE(info->flags) == LDNS_RCODE_SERVFAIL ||
		(info->security == sec_status_bogus &&
		!(qstate->query_flags & BIT_CD));
}

/** Count a query in which the zones have a part, if it is done; else remember
 * how to count it. */
static void
query_count(const struct query* query)
{
	const struct module_qstate* qstate = query->qstate;
	enum module_ext_state state = qstate->ext_state[query->id];
	if(!query->zone)
		return;
	if(state == module_finished || state == module_error) {
		stats_count(query->source->stats, zone_number(query->zone),
			is_failed(qstate) ? STATS_SERVFAIL : query->kind);
	} else if(query->work) {
		query->work->zone = query->zone;
		query->work->kind = query->kind;
	}
}

void
query_operate(const struct query_source* source, struct module_qstate* qstate,
	enum module_ev event, int id)
{
	struct query query = { .source = source, .qstate = qstate, .id = id,
		.work = qstate->minfo[id] };
	if(query.work) {
		query.zone = query.work->zone;
		query.kind = query.work->kind;
	}
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
		query_come_back(&query);
		break;
	default:
		log_err("helix: unexpected event %d", (int)event);
		qstate->ext_state[id] = module_error;
		break;
	}
	query_count(&query);
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
	if(!work || (work->state != QUERY_ALIAS &&
		work->state != QUERY_CHASING) || work->arrived ||
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
