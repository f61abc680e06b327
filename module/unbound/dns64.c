/*
 * unbound/dns64.c - lets Unbound's module dns64 synthesize AAAA records.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "unbound/dns64.h"
#include "unbound/reply.h"
#include "dns/rrset.h"
#include <arpa/inet.h>
#include <string.h>

/** octets of an AAAA record's rdata, with its length */
#define AAAA_LEN (2 + 16)
/** most AAAA records that fit into a message, by the store's bound on an RRset;
 * the A records are smaller, so there may be more of them */
#define AAAA_MAX (RRSET_OCTETS_MAX / (10 + AAAA_LEN))

/** True if dns64 is right behind this module, and before another. */
static bool
is_next(const struct module_qstate* qstate, int id)
{
	const struct module_stack* mods = &qstate->env->mesh->mods;
	return id + 2 < mods->num &&
		strcmp(mods->mod[id + 1]->name, "dns64") == 0;
}

bool
dns64_applies(const struct module_qstate* qstate, int id)
{
	return qstate->qinfo.qtype == LDNS_RR_TYPE_AAAA &&
		!(qstate->query_flags & BIT_CD) && is_next(qstate, id);
}

/** Ask for the A records, so that dns64 finds the sub-query. */
static bool
ask_a(struct module_qstate* qstate)
{
	struct query_info ask = qstate->qinfo;
	struct module_qstate* made = NULL;
	ask.qtype = LDNS_RR_TYPE_A;
	ask.local_alias = NULL;
	return compat_attach_sub(qstate, &ask,
		qstate->query_flags & (BIT_RD | BIT_CD), &made);
}

/** Clear a query's state in the modules behind this one, as Unbound does before
 * they begin anew. */
static void
clear_behind(struct module_qstate* qstate, int id)
{
	const struct module_stack* mods = &qstate->env->mesh->mods;
	int i;
	for(i = id + 1; i < mods->num; i++) {
		mods->mod[i]->clear(qstate, i);
		qstate->minfo[i] = NULL;
	}
}

void
dns64_begin(struct module_qstate* qstate, int id)
{
	if(!is_next(qstate, id))
		return;
	clear_behind(qstate, id);
	qstate->ext_state[id] = module_wait_module;
	qstate->curmod = id + 1;
	qstate->env->mesh->mods.mod[id + 1]->operate(qstate,
		module_event_new, id + 1, NULL);
}

struct reply_info*
dns64_give(struct module_qstate* qstate, int id, const struct answer* answer)
{
	reply_send(qstate, id, answer);
	if(!qstate->return_msg || !ask_a(qstate))
		return NULL;
	dns64_begin(qstate, id);
	/* else it would ask the modules behind it first */
	if(qstate->ext_state[id + 1] == module_wait_module) {
		qstate->curmod = id + 2;
		qstate->ext_state[id + 2] = module_finished;
	}
	return qstate->return_msg->rep;
}

/** True if dns64 has synthesized the message. */
static bool
is_synthesized(const struct module_qstate* qstate,
	const struct reply_info* given)
{
	const struct reply_info* info = qstate->return_msg ?
		qstate->return_msg->rep : NULL;
	int last = qstate->env->mesh->mods.num - 1;
	/* the last module has state only if it was asked after all */
	return info && info != given && !qstate->minfo[last] &&
		qstate->return_rcode == LDNS_RCODE_NOERROR;
}

/** Cut an AAAA RRset to what fits into a message. It is a new RRset, as Unbound
 * expects its parts to be adjacent. */
static bool
cut_to_fit(struct regional* region, struct ub_packed_rrset_key** rrset)
{
	const struct packed_rrset_data* data = (*rrset)->entry.data;
	const struct answer_rrset cut = { .type = LDNS_RR_TYPE_AAAA,
		.ttl = (uint32_t)data->ttl, .rdata = { data->rr_data[0],
		AAAA_MAX * AAAA_LEN, AAAA_MAX } };
	if((*rrset)->rk.type != htons(LDNS_RR_TYPE_AAAA) ||
		data->count <= AAAA_MAX)
		return true;
	*rrset = reply_make_rrset(region, &cut, (*rrset)->rk.dname,
		(*rrset)->rk.dname_len);
	return *rrset != NULL;
}

void
dns64_take(struct module_qstate* qstate, int id, struct reply_info* given)
{
	struct reply_info* info = given;
	size_t i;
	if(is_synthesized(qstate, given)) {
		info = qstate->return_msg->rep;
		/* dns64 copies only the flag AA */
		reply_set_authoritative(info);
	}
	for(i = 0; info && i < info->an_numrrsets; i++) {
		if(!cut_to_fit(qstate->region, &info->rrsets[i]))
			info = NULL;
	}
	reply_finish(qstate, id, info);
}
