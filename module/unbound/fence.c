/*
 * unbound/fence.c - keeps Unbound's iterator and validator out of the zones.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "unbound/fence.h"
#include <arpa/inet.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/** rdata of the SOA: two root names and five numbers, all 0 */
#define SOA_RDATA_LEN (2 + 20)

/** what fence_mark is before the fence was put up, and where there is nothing
 * to be put up */
#define MARK_UNKNOWN SIZE_MAX
#define MARK_NOTHING (SIZE_MAX - 1)

/** number of a zone by which to tell whether the fence stands */
static _Atomic size_t fence_mark = MARK_UNKNOWN;

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
	data->count = 1;
	data->trust = rrset_trust_ultimate;
	data->security = sec_status_insecure;
	data->rr_len = (size_t*)(data + 1);
	data->rr_data = (uint8_t**)(data->rr_len + 1);
	data->rr_ttl = (time_t*)(data->rr_data + 1);
	data->rr_len[0] = 2 + SOA_RDATA_LEN;
	data->rr_data[0] = (uint8_t*)(data->rr_ttl + 1);
	data->rr_data[0][1] = SOA_RDATA_LEN;
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

/** Put up the auth-zones that are not there. @return a zone by which to tell
 * later whether they are still there; MARK_UNKNOWN if memory ran out. */
static size_t
auth_put_up(struct auth_zones* auth, const struct zones* zones)
{
	size_t i, mark = MARK_NOTHING;
	lock_rw_wrlock(&auth->lock);
	for(i = 0; i < zones_count(zones) && mark != MARK_UNKNOWN; i++) {
		const struct zone* zone = zones_get(zones, i);
		if(!zone_facts(zone)->open &&
			!zone_is_there(auth, zone_apex(zone)))
			mark = zone_put_up(auth, zone_apex(zone)) ? i :
				MARK_UNKNOWN;
	}
	lock_rw_unlock(&auth->lock);
	return mark;
}

/** Make the zones insecure points. */
static void
anchors_put_up(struct val_anchors* anchors, const struct zones* zones)
{
	size_t i;
	for(i = 0; i < zones_count(zones); i++) {
		const struct zone* zone = zones_get(zones, i);
		if(!zone_facts(zone)->open)
			(void)anchors_add_insecure(anchors, LDNS_RR_CLASS_IN,
				(uint8_t*)(uintptr_t)zone_apex(zone)->wire);
	}
}

void
fence_forget(void)
{
	atomic_store(&fence_mark, MARK_UNKNOWN);
}

void
fence_keep(struct module_env* env, const struct zones* zones)
{
	size_t mark = atomic_load(&fence_mark), unknown = MARK_UNKNOWN;
	bool stands = mark == MARK_NOTHING || !env->auth_zones;
	if(mark < zones_count(zones)) {
		lock_rw_rdlock(&env->auth_zones->lock);
		stands = zone_is_there(env->auth_zones,
			zone_apex(zones_get(zones, mark)));
		lock_rw_unlock(&env->auth_zones->lock);
	}
	if(stands)
		return;
	mark = auth_put_up(env->auth_zones, zones);
	/* there are none without a validator */
	if(env->anchors)
		anchors_put_up(env->anchors, zones);
	/* another thread may have been quicker, and then there was nothing to
	 * put up any more: its mark stays, or comes */
	if(mark != MARK_NOTHING)
		atomic_store(&fence_mark, mark);
	else	(void)atomic_compare_exchange_strong(&fence_mark, &unknown,
			mark);
}

bool
fence_said(const struct reply_info* info)
{
	static const uint8_t rdata[SOA_RDATA_LEN];
	size_t i;
	for(i = info->an_numrrsets; i < info->an_numrrsets +
		info->ns_numrrsets; i++) {
		const struct packed_rrset_data* data =
			info->rrsets[i]->entry.data;
		if(info->rrsets[i]->rk.type == htons(LDNS_RR_TYPE_SOA) &&
			data->count == 1 && data->rr_len[0] ==
			2 + sizeof(rdata) && memcmp(data->rr_data[0] + 2,
			rdata, sizeof(rdata)) == 0)
			return true;
	}
	return false;
}
