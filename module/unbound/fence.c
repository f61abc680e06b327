/*
 * unbound/fence.c - keeps Unbound's iterator and validator out of the zones.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "unbound/fence.h"
#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/** rdata of the SOA: two root names, four random numbers, and the minimum,
 * which is 0 */
#define SOA_RDATA_LEN (2 + 20)
/** octets of the random numbers, behind the names */
#define SOA_RANDOM_LEN 16

/** the name of the auth-zone that tells whether the fence stands; nobody's
 * (RFC 6761 6.4) */
static const struct name fence_mark = { .len = 23,
	.wire = "\015unbound-helix\007invalid" };

/** number of the module's init */
static atomic_ulong generation = 1;

/** the random numbers by which the fence's SOA is known */
static uint8_t soa_rdata[SOA_RDATA_LEN];
static pthread_once_t soa_once = PTHREAD_ONCE_INIT;

static void
soa_rdata_make(void)
{
	if(getrandom(soa_rdata + 2, SOA_RANDOM_LEN, 0) != SOA_RANDOM_LEN)
		log_err("helix: no random octets");
}

/** Make the rdata of an SOA whose TTL is 0, as Unbound deletes it: in one
 * piece of memory. */
static struct packed_rrset_data*
soa_create(void)
{
	struct packed_rrset_data* data = calloc(1, sizeof(*data) +
		sizeof(size_t) + sizeof(uint8_t*) + sizeof(time_t) +
		2 + SOA_RDATA_LEN);
	if(!data)
		return NULL;
	(void)pthread_once(&soa_once, soa_rdata_make);
	data->count = 1;
	data->trust = rrset_trust_ultimate;
	data->security = sec_status_insecure;
	data->rr_len = (size_t*)(data + 1);
	data->rr_data = (uint8_t**)(data->rr_len + 1);
	data->rr_ttl = (time_t*)(data->rr_data + 1);
	data->rr_len[0] = 2 + SOA_RDATA_LEN;
	data->rr_data[0] = (uint8_t*)(data->rr_ttl + 1);
	data->rr_data[0][1] = SOA_RDATA_LEN;
	memcpy(data->rr_data[0] + 2, soa_rdata, SOA_RDATA_LEN);
	return data;
}

/** Delete an apex that went to no zone; NULL is ignored. */
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

/** Make the apex of an auth-zone, with its SOA, as Unbound deletes it. */
static struct auth_data*
apex_create(const struct name* name)
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
		apex->rrsets->data = soa_create();
	}
	if(!apex->name || !apex->rrsets || !apex->rrsets->data) {
		apex_delete(apex);
		return NULL;
	}
	memcpy(apex->name, name->wire, name->len);
	apex->namelabs = dname_count_labels(apex->name);
	return apex;
}

/** Find an auth-zone. The tree is locked. */
static bool
zone_is_there(struct auth_zones* auth, const struct name* apex)
{
	return auth_zone_find(auth, (uint8_t*)(uintptr_t)apex->wire, apex->len,
		LDNS_RR_CLASS_IN) != NULL;
}

/** Put up an auth-zone, where there is none. The tree is locked.
 * @return false if memory ran out. */
static bool
zone_put_up(struct auth_zones* auth, const struct name* name)
{
	struct auth_data* apex;
	struct auth_zone* zone;
	apex = apex_create(name);
	if(!apex)
		return false;
	/* comes locked */
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

/** Whether something has to be put up for a zone. */
static bool
is_fenced(const struct zone* zone)
{
	return !zone_facts(zone)->open;
}

/** Put up the auth-zones that are not there, and the mark at last. The tree is
 * locked; if memory runs out, there is no mark. */
static void
auth_put_up(struct auth_zones* auth, const struct zones* zones)
{
	size_t i;
	for(i = 0; i < zones_count(zones); i++) {
		const struct zone* zone = zones_get(zones, i);
		if(is_fenced(zone) && !zone_is_there(auth, zone_apex(zone)) &&
			!zone_put_up(auth, zone_apex(zone)))
			return;
	}
	(void)zone_put_up(auth, &fence_mark);
}

/** Make the zones insecure points. */
static void
anchors_put_up(struct val_anchors* anchors, const struct zones* zones)
{
	size_t i;
	for(i = 0; i < zones_count(zones); i++) {
		const struct zone* zone = zones_get(zones, i);
		if(is_fenced(zone))
			(void)anchors_add_insecure(anchors, LDNS_RR_CLASS_IN,
				(uint8_t*)(uintptr_t)zone_apex(zone)->wire);
	}
}

/** Make holes for the zones in the forward-zones above them. */
static void
holes_put_up(struct iter_forwards* forwards, const struct zones* zones)
{
	size_t i;
	for(i = 0; i < zones_count(zones); i++) {
		const struct zone* zone = zones_get(zones, i);
		if(is_fenced(zone))
			(void)compat_add_stub_hole(forwards, (uint8_t*)
				(uintptr_t)zone_apex(zone)->wire);
	}
}

/** Make the holes for this worker, unless that was done: up to 1.19, each has
 * forward-zones of its own. */
static void
holes_keep(struct iter_forwards* forwards, const struct zones* zones)
{
	static _Thread_local const struct iter_forwards* known;
	static _Thread_local unsigned long since;
	unsigned long now = atomic_load(&generation);
	if(!forwards || (known == forwards && since == now))
		return;
	holes_put_up(forwards, zones);
	known = forwards;
	since = now;
}

void
fence_forget(void)
{
	atomic_fetch_add(&generation, 1);
}

void
fence_keep(struct module_env* env, const struct zones* zones)
{
	struct auth_zones* auth = env->auth_zones;
	bool stands;
	holes_keep(env->fwds, zones);
	if(!auth)
		return;
	lock_rw_rdlock(&auth->lock);
	stands = zone_is_there(auth, &fence_mark);
	lock_rw_unlock(&auth->lock);
	if(stands)
		return;
	lock_rw_wrlock(&auth->lock);
	/* another thread may have been quicker */
	if(!zone_is_there(auth, &fence_mark)) {
		if(env->fwds)
			holes_put_up(env->fwds, zones);
		/* there are none without a validator */
		if(env->anchors)
			anchors_put_up(env->anchors, zones);
		auth_put_up(auth, zones);
	}
	lock_rw_unlock(&auth->lock);
}

bool
fence_is_placeholder(const struct reply_info* info)
{
	size_t i;
	for(i = info->an_numrrsets; i < info->an_numrrsets +
		info->ns_numrrsets; i++) {
		const struct packed_rrset_data* data =
			info->rrsets[i]->entry.data;
		if(info->rrsets[i]->rk.type == htons(LDNS_RR_TYPE_SOA) &&
			data->count == 1 && data->rr_len[0] ==
			2 + SOA_RDATA_LEN && memcmp(data->rr_data[0] + 2,
			soa_rdata, SOA_RDATA_LEN) == 0)
			return true;
	}
	return false;
}
