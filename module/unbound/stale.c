/*
 * unbound/stale.c - tells clients that an answer may be out of date.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "unbound/stale.h"
#include <stdatomic.h>

/** the error's text; short, as it takes room in each answer */
#define STALE_TEXT "etcd is away"

void
stale_begin(struct stale* stale, const struct module_env* env,
	const struct zones* zones, const _Atomic bool* away)
{
	stale->zones = zones;
	stale->away = away;
	stale->env = env;
}

/** True while etcd does not answer. */
static inline bool
is_away(const struct stale* stale)
{
	return atomic_load_explicit(stale->away, memory_order_relaxed);
}

/** True if a zone answers for the name of a question. */
static bool
is_ours(const struct stale* stale, const struct query_info* qinfo)
{
	struct name_walk walk;
	return qinfo->qclass == LDNS_RR_CLASS_IN && name_walk_init(&walk,
		qinfo->qname, qinfo->qname_len,
		store_seed(zones_store(stale->zones))) &&
		zones_find(stale->zones, &walk, qinfo->qtype);
}

/** Add the extended error to a list of options. */
static void
list_add(struct edns_option** list, struct regional* region)
{
	(void)edns_opt_list_append_ede(list, region, LDNS_EDE_STALE_ANSWER,
		STALE_TEXT);
}

void
stale_mark(const struct stale* stale, struct module_qstate* qstate, int id)
{
	/* a query may come to the module more than once */
	if(is_away(stale) && qstate->ext_state[id] == module_finished &&
		qstate->return_rcode == LDNS_RCODE_NOERROR &&
		qstate->return_msg && is_ours(stale, &qstate->qinfo) &&
		!edns_opt_list_find(qstate->edns_opts_front_out,
		LDNS_EDNS_EDE))
		list_add(&qstate->edns_opts_front_out, qstate->region);
}

int
stale_on_cached(struct query_info* qinfo, struct module_qstate* qstate,
	struct reply_info* rep, int rcode, struct edns_data* edns,
	struct edns_option** opt_list_out, struct comm_reply* repinfo,
	struct regional* region, struct timeval* start_time, int id, void* arg)
{
	const struct stale* stale = arg;
	(void)qstate;
	(void)rcode;
	(void)repinfo;
	(void)id;
	if(!is_away(stale) || !edns->edns_present || !is_ours(stale, qinfo))
		return 1;
	/* Unbound adds it next */
	if(rep && compat_is_expired(rep, start_time->tv_sec) &&
		compat_reports_expired(stale->env))
		return 1;
	list_add(opt_list_out, region);
	return 1;
}
