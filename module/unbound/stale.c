/*
 * unbound/stale.c - tells clients that an answer may be out of date.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "unbound/stale.h"
#include <stdatomic.h>

/** said with the code; short, as it takes room in an answer */
#define STALE_TEXT "etcd is away"

/** the names that are meant */
static const struct zones* ours;
/** whether etcd is away; before stale_begin it is not */
static const _Atomic bool never;
static const _Atomic bool* is_away = &never;
/** whether Unbound says the same of answers that are expired */
static bool unbound_says_it;

void
stale_begin(const struct module_env* env, const struct zones* zones,
	const _Atomic bool* away)
{
	ours = zones;
	is_away = away;
	unbound_says_it = compat_tells_expired(env);
}

/** Whether etcd is away. */
static inline bool
away_now(void)
{
	return atomic_load_explicit(is_away, memory_order_relaxed);
}

/** Whether a question is about a name of the zones. */
static bool
is_ours(const struct query_info* qinfo)
{
	struct name_walk walk;
	return qinfo->qclass == LDNS_RR_CLASS_IN && name_walk_init(&walk,
		qinfo->qname, qinfo->qname_len,
		store_seed(zones_store(ours))) &&
		zones_find(ours, &walk, qinfo->qtype);
}

/** Put the extended error on a list of options. */
static void
list_add(struct edns_option** list, struct regional* region)
{
	(void)edns_opt_list_append_ede(list, region, LDNS_EDE_STALE_ANSWER,
		STALE_TEXT);
}

void
stale_mark(struct module_qstate* qstate, int id)
{
	/* a query may come to the module more than once */
	if(away_now() && qstate->ext_state[id] == module_finished &&
		qstate->return_rcode == LDNS_RCODE_NOERROR &&
		qstate->return_msg && is_ours(&qstate->qinfo) &&
		!edns_opt_list_find(qstate->edns_opts_front_out,
		LDNS_EDNS_EDE))
		list_add(&qstate->edns_opts_front_out, qstate->region);
}

int
stale_on_cached(struct query_info* qinfo, struct module_qstate* qstate,
	struct reply_info* rep, int rcode, struct edns_data* edns,
	struct edns_option** opt_list_out, struct comm_reply* repinfo,
	struct regional* region, struct timeval* start_time, int id,
	void* callback)
{
	(void)qstate;
	(void)rcode;
	(void)repinfo;
	(void)id;
	(void)callback;
	if(!away_now() || !edns->edns_present || !is_ours(qinfo))
		return 1;
	/* Unbound is about to add it itself */
	if(unbound_says_it && rep && compat_is_expired(rep,
		start_time->tv_sec))
		return 1;
	list_add(opt_list_out, region);
	return 1;
}
