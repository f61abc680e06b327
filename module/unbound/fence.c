/*
 * unbound/fence.c - keeps Unbound's iterator and validator out of the zones.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "unbound/fence.h"
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/** octets of the serial, refresh, retry and expire, which are random; two root
 * names are before them, and a minimum of 0 behind them */
#define SOA_RANDOM_LEN 16

/** owner name of the auth-zone that marks the fence as complete; nobody else
 * has it (RFC 6761 6.4) */
static const struct name fence_mark = { .len = 23,
	.wire = "\015unbound-helix\007invalid" };

void
fence_open(struct fence* fence)
{
	atomic_store(&fence->renewed, false);
	if(fence->opened++ == 0 && getrandom(fence->soa + 2, SOA_RANDOM_LEN,
		0) != SOA_RANDOM_LEN)
		log_err("helix: the system has no random octets; answers of "
			"the module's auth-zones are told by zeros");
}

/** Allocate the SOA RRset, with a TTL of 0, in one piece of memory, as Unbound
 * frees it. */
static struct packed_rrset_data*
soa_create(const struct fence* fence)
{
	struct packed_rrset_data* data = calloc(1, sizeof(*data) +
		sizeof(size_t) + sizeof(uint8_t*) + sizeof(time_t) +
		2 + FENCE_SOA_LEN);
	if(!data)
		return NULL;
	data->count = 1;
	data->trust = rrset_trust_ultimate;
	data->security = sec_status_insecure;
	data->rr_len = (size_t*)(data + 1);
	data->rr_data = (uint8_t**)(data->rr_len + 1);
	data->rr_ttl = (time_t*)(data->rr_data + 1);
	data->rr_len[0] = 2 + FENCE_SOA_LEN;
	data->rr_data[0] = (uint8_t*)(data->rr_ttl + 1);
	data->rr_data[0][1] = FENCE_SOA_LEN;
	memcpy(data->rr_data[0] + 2, fence->soa, FENCE_SOA_LEN);
	return data;
}

/** Free an apex that no auth-zone has taken; NULL is ignored. */
static void
apex_delete(struct auth_data* apex)
{
	if(!apex)
		return;
	if(apex->rrsets)
		free(apex->rrsets->data);
	free(apex->rrsets);
	free(apex->name);
	free(apex);
}

/** Allocate the apex of an auth-zone, with its SOA, as Unbound frees it. */
static struct auth_data*
apex_create(const struct fence* fence, const struct name* name)
{
	struct auth_data* apex = calloc(1, sizeof(*apex));
	if(!apex)
		return NULL;
	apex->node.key = apex;
	apex->name = malloc(name->len);
	apex->namelen = name->len;
	apex->rrsets = calloc(1, sizeof(*apex->rrsets));
	if(apex->rrsets) {
		apex->rrsets->type = LDNS_RR_TYPE_SOA;
		apex->rrsets->data = soa_create(fence);
	}
	if(!apex->name || !apex->rrsets || !apex->rrsets->data) {
		apex_delete(apex);
		return NULL;
	}
	memcpy(apex->name, name->wire, name->len);
	apex->namelabs = dname_count_labels(apex->name);
	return apex;
}

/** True if Unbound has an auth-zone of a name. auth is locked. */
static bool
auth_has(struct auth_zones* auth, const struct name* name)
{
	return auth_zone_find(auth, (uint8_t*)(uintptr_t)name->wire, name->len,
		LDNS_RR_CLASS_IN) != NULL;
}

/** Add an auth-zone, unless Unbound has one of that name. auth is locked for
 * writing. @return false if memory ran out. */
static bool
auth_add(const struct fence* fence, struct auth_zones* auth,
	const struct name* name)
{
	struct auth_data* apex;
	struct auth_zone* zone;
	if(auth_has(auth, name))
		return true;
	apex = apex_create(fence, name);
	if(!apex)
		return false;
	/* is returned locked */
	zone = auth_zone_create(auth, (uint8_t*)(uintptr_t)name->wire,
		name->len, LDNS_RR_CLASS_IN);
	if(!zone) {
		apex_delete(apex);
		return false;
	}
	zone->for_upstream = 1;
	(void)rbtree_insert(&zone->data, &apex->node);
	lock_rw_unlock(&zone->lock);
	return true;
}

/** True if names of a zone are resolved nowhere else. */
static bool
is_fenced(const struct zone* zone)
{
	return !zone_facts(zone)->open;
}

/** Add the auth-zones that are missing, and the mark when all are there. auth
 * is locked for writing. If memory runs out, the next query goes on.
 * @return whether all are there. */
static bool
auth_add_all(const struct fence* fence, struct auth_zones* auth,
	const struct zones* zones)
{
	size_t i;
	for(i = 0; i < zones_count(zones); i++) {
		const struct zone* zone = zones_get(zones, i);
		if(is_fenced(zone) && !auth_add(fence, auth, zone_apex(zone)))
			return false;
	}
	return auth_add(fence, auth, &fence_mark);
}

/** Make each zone an insecure point. */
static void
anchors_add_all(struct val_anchors* anchors, const struct zones* zones)
{
	size_t i;
	for(i = 0; i < zones_count(zones); i++) {
		const struct zone* zone = zones_get(zones, i);
		if(is_fenced(zone))
			(void)anchors_add_insecure(anchors, LDNS_RR_CLASS_IN,
				(uint8_t*)(uintptr_t)zone_apex(zone)->wire);
	}
}

/** Make a hole for each zone in the forward-zones above it. */
static void
holes_add_all(struct iter_forwards* forwards, const struct zones* zones)
{
	size_t i;
	for(i = 0; i < zones_count(zones); i++) {
		const struct zone* zone = zones_get(zones, i);
		if(is_fenced(zone))
			(void)compat_add_stub_hole(forwards, (uint8_t*)
				(uintptr_t)zone_apex(zone)->wire);
	}
}

/** Make the holes once for this worker: up to 1.19, each has forward-zones of
 * its own, and a reload may make new ones at the same address. */
static void
holes_keep(const struct fence* fence, struct iter_forwards* forwards,
	const struct zones* zones)
{
	static _Thread_local const struct iter_forwards* known;
	static _Thread_local unsigned long since;
	if(!forwards || (known == forwards && since == fence->opened))
		return;
	holes_add_all(forwards, zones);
	known = forwards;
	since = fence->opened;
}

/** The fence is complete. auth is locked for writing. */
static void
note_raised(struct fence* fence)
{
	if(atomic_exchange(&fence->raised, fence->opened) == fence->opened)
		atomic_store(&fence->renewed, true);
}

void
fence_keep(struct fence* fence, struct module_env* env,
	const struct zones* zones)
{
	struct auth_zones* auth = env->auth_zones;
	bool complete;
	holes_keep(fence, env->fwds, zones);
	if(!auth)
		return;
	lock_rw_rdlock(&auth->lock);
	complete = auth_has(auth, &fence_mark);
	lock_rw_unlock(&auth->lock);
	if(complete)
		return;
	lock_rw_wrlock(&auth->lock);
	/* unless another worker was faster */
	if(!auth_has(auth, &fence_mark)) {
		if(env->fwds)
			holes_add_all(env->fwds, zones);
		/* without a validator there are none */
		if(env->anchors)
			anchors_add_all(env->anchors, zones);
		if(auth_add_all(fence, auth, zones))
			note_raised(fence);
	}
	lock_rw_unlock(&auth->lock);
}

bool
fence_is_new(const struct fence* fence)
{
	return atomic_load_explicit(&fence->raised, memory_order_relaxed) !=
		fence->opened;
}

bool
fence_note_renewal(struct fence* fence)
{
	return atomic_load_explicit(&fence->renewed, memory_order_relaxed) &&
		atomic_exchange(&fence->renewed, false);
}

bool
fence_is_placeholder(const struct fence* fence, const struct reply_info* info)
{
	size_t i;
	for(i = info->an_numrrsets; i < info->an_numrrsets +
		info->ns_numrrsets; i++) {
		const struct packed_rrset_data* data =
			info->rrsets[i]->entry.data;
		if(info->rrsets[i]->rk.type == htons(LDNS_RR_TYPE_SOA) &&
			data->count == 1 && data->rr_len[0] ==
			2 + FENCE_SOA_LEN && memcmp(data->rr_data[0] + 2,
			fence->soa, FENCE_SOA_LEN) == 0)
			return true;
	}
	return false;
}
