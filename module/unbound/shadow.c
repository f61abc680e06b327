/*
 * unbound/shadow.c - warns of zones that Unbound answers by itself.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "unbound/shadow.h"
#include "base/log.h"
#include "unbound/local_type.h"
#include <string.h>

/** most zones that get a line each */
#define LINES_MAX 20
/** most local zones below a zone that are looked at */
#define BELOW_MAX 10000

/** The local zone that answers for a zone of ours. */
struct cover {
	/** its name, as text */
	char name[NAME_TEXT_MAX];
	/** Unbound's word for its type; NULL: there is none */
	const char* type;
	/** how many lie below our zone, if none is at or above it */
	size_t below;
};

/** The type of a local zone that answers for all names in it, to every client;
 * NULL if it does not. */
static const char*
answering_type(struct local_zone* zone)
{
	const char* type = NULL;
	if(!compat_try_rdlock(&zone->lock))
		return NULL;
	if(!zone->taglist)
		type = local_type_answers(local_zone_type2str(zone->type));
	lock_rw_unlock(&zone->lock);
	return type;
}

/** True if a name is, or lies below, another one. */
static bool
is_in(const uint8_t* name, const uint8_t* apex)
{
	return dname_subdomain_c((uint8_t*)(uintptr_t)name,
		(uint8_t*)(uintptr_t)apex) != 0;
}

/**
 * Find what covers a zone of ours: the closest local zone at or above it, or
 * else those below it. The tree is locked.
 */
static void
cover_find(struct cover* cover, struct local_zones* local,
	const struct name* apex)
{
	struct local_zone key;
	rbnode_type* node = NULL;
	struct local_zone* zone;
	const char* type;
	size_t i;
	memset(cover, 0, sizeof(*cover));
	memset(&key, 0, sizeof(key));
	key.node.key = &key;
	key.dclass = LDNS_RR_CLASS_IN;
	key.name = (uint8_t*)(uintptr_t)apex->wire;
	key.namelen = apex->len;
	key.namelabs = dname_count_labels(key.name);
	(void)rbtree_find_less_equal(&local->ztree, &key, &node);
	zone = (struct local_zone*)node;
	while(zone && (zone->dclass != key.dclass || zone->taglist ||
		!is_in(apex->wire, zone->name)))
		zone = zone->parent;
	if(zone && (cover->type = answering_type(zone)) != NULL) {
		(void)name_to_text(zone->name, cover->name);
		return;
	}
	/* the tree has those below next */
	node = node ? rbtree_next(node) : rbtree_first(&local->ztree);
	for(i = 0; i < BELOW_MAX && node != RBTREE_NULL; i++) {
		zone = (struct local_zone*)node;
		if(zone->dclass != key.dclass ||
			!is_in(zone->name, apex->wire))
			return;
		type = answering_type(zone);
		if(type && cover->below++ == 0) {
			cover->type = type;
			(void)name_to_text(zone->name, cover->name);
		}
		node = rbtree_next(node);
	}
}

static void
cover_log(const struct cover* cover, const struct name* apex)
{
	char zone[NAME_TEXT_MAX];
	(void)name_to_text(apex->wire, zone);
	if(cover->below == 0)
		helix_warning("zone %s is not answered from etcd: Unbound's "
			"local zone %s (%s) answers before this module is "
			"asked; unbound.conf needs: local-zone: \"%s\" "
			"transparent", zone, cover->name, cover->type, zone);
	else	helix_warning("zone %s is not answered from etcd at and below "
			"%s: Unbound's local zone (%s) answers before this "
			"module is asked; unbound.conf needs: local-zone: "
			"\"%s\" transparent (local zones like it in the "
			"zone: %zu)", zone, cover->name, cover->type,
			cover->name, cover->below);
}

/** Add octets to a hash (FNV-1a). */
static uint64_t
hash_add(uint64_t hash, const void* octets, size_t len)
{
	const uint8_t* at = octets;
	while(len-- > 0)
		hash = (hash ^ *at++) * 0x100000001b3;
	return hash;
}

/** A hash of what covers each zone of ours; 0 if nothing does. The tree is
 * locked. */
static uint64_t
covers_hash(const struct zones* zones, struct local_zones* local)
{
	struct cover cover;
	uint64_t hash = 0;
	size_t i;
	for(i = 0; i < zones_count(zones); i++) {
		cover_find(&cover, local, zone_apex(zones_get(zones, i)));
		if(!cover.type)
			continue;
		hash = hash_add(hash ? hash : 0xcbf29ce484222325, &i,
			sizeof(i));
		hash = hash_add(hash, cover.name, strlen(cover.name));
		hash = hash_add(hash, cover.type, strlen(cover.type));
		hash = hash_add(hash, &cover.below, sizeof(cover.below));
	}
	return hash;
}

/** Tell of each zone of ours that is covered. The tree is locked. */
static void
covers_log(const struct zones* zones, struct local_zones* local)
{
	struct cover cover;
	size_t i, count = 0;
	for(i = 0; i < zones_count(zones); i++) {
		const struct name* apex = zone_apex(zones_get(zones, i));
		cover_find(&cover, local, apex);
		if(cover.type && count++ < LINES_MAX)
			cover_log(&cover, apex);
	}
	if(count > LINES_MAX)
		helix_warning("%zu more zones are not answered from etcd, but "
			"from Unbound's local zones; unbound-control "
			"list_local_zones shows those", count - LINES_MAX);
}

void
shadow_begin(struct shadow* shadow, const struct zones* zones)
{
	shadow->zones = zones;
	atomic_store(&shadow->told, 0);
	atomic_store(&shadow->due, true);
}

void
shadow_again(struct shadow* shadow)
{
	atomic_store(&shadow->due, true);
}

/** Tell of the zones that are covered, if it is not what was last told. The
 * tree is locked. */
static void
covers_tell(struct shadow* shadow, struct local_zones* local)
{
	uint64_t hash = covers_hash(shadow->zones, local);
	if(atomic_exchange(&shadow->told, hash) == hash)
		return;
	if(hash)
		covers_log(shadow->zones, local);
	else	helix_info("no zone is answered from Unbound's local zones "
			"any more");
}

void
shadow_look(struct shadow* shadow, const struct module_env* env)
{
	struct local_zones* local;
	if(!atomic_load_explicit(&shadow->due, memory_order_relaxed))
		return;
	local = compat_local_zones(env->worker);
	if(!local || !atomic_exchange(&shadow->due, false))
		return;
	if(!compat_try_rdlock(&local->lock)) {
		atomic_store(&shadow->due, true);
		return;
	}
	covers_tell(shadow, local);
	lock_rw_unlock(&local->lock);
}

int
shadow_on_local(struct query_info* qinfo, struct module_qstate* qstate,
	struct reply_info* rep, int rcode, struct edns_data* edns,
	struct edns_option** opt_list_out, struct comm_reply* repinfo,
	struct regional* region, struct timeval* start_time, int id, void* arg)
{
	struct shadow* shadow = arg;
	(void)qinfo;
	(void)qstate;
	(void)rep;
	(void)rcode;
	(void)edns;
	(void)opt_list_out;
	(void)region;
	(void)start_time;
	(void)id;
	if(atomic_load_explicit(&shadow->due, memory_order_relaxed) && repinfo)
		shadow_look(shadow, &compat_worker(repinfo)->env);
	return 1;
}
