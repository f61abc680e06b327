/*
 * unbound/shadow.c - warns of zones that Unbound answers by itself.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "unbound/shadow.h"
#include "base/log.h"
#include <stdatomic.h>
#include <string.h>

/** most zones that get a line each */
#define TOLD_MAX 20
/** most local zones that are looked at below a zone */
#define BELOW_MAX 10000

/** our zones */
static const struct zones* sought;
/** whether they are to be looked for */
static atomic_bool due;

/** What shadows a zone. */
struct shadow {
	/** owner name of the local zone, as text */
	char name[NAME_TEXT_MAX];
	/** its type, by Unbound's word for it; NULL: nothing shadows */
	const char* type;
	/** how many of them are below the zone; 0: it is at or above it */
	size_t below;
};

/** Whether a local zone answers all names in it, or all of a common type, and
 * for every client. The types that only some versions of Unbound have are
 * known by their words. */
static const char*
answering_type(struct local_zone* zone)
{
	static const char* const types[] = { "deny", "refuse", "static",
		"redirect", "inform_deny", "inform_redirect", "always_refuse",
		"always_nxdomain", "always_nodata", "always_deny",
		"always_null", "block_a", "block_aaaa", "block_a_wdata",
		"block_aaaa_wdata" };
	const char* type;
	size_t i;
	if(!compat_try_rdlock(&zone->lock))
		return NULL;
	type = zone->taglist ? "" : local_zone_type2str(zone->type);
	lock_rw_unlock(&zone->lock);
	for(i = 0; i < sizeof(types) / sizeof(*types); i++) {
		if(strcmp(type, types[i]) == 0)
			return types[i];
	}
	return NULL;
}

/** Whether a name is, or lies below, another one. */
static bool
is_in(const uint8_t* name, const uint8_t* apex)
{
	return dname_subdomain_c((uint8_t*)(uintptr_t)name,
		(uint8_t*)(uintptr_t)apex) != 0;
}

/**
 * Find what shadows a zone: the next local zone at or above it, which answers
 * for it as far as no other lies between, or any below. The tree is locked.
 */
static void
shadow_find(struct shadow* shadow, struct local_zones* local,
	const struct name* apex)
{
	struct local_zone key;
	rbnode_type* node = NULL;
	struct local_zone* zone;
	const char* type;
	size_t i;
	memset(shadow, 0, sizeof(*shadow));
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
	if(zone && (shadow->type = answering_type(zone)) != NULL) {
		(void)name_to_text(zone->name, shadow->name);
		return;
	}
	/* those below come next in the tree, one after the other */
	node = node ? rbtree_next(node) : rbtree_first(&local->ztree);
	for(i = 0; i < BELOW_MAX && node != RBTREE_NULL; i++) {
		zone = (struct local_zone*)node;
		if(zone->dclass != key.dclass ||
			!is_in(zone->name, apex->wire))
			return;
		type = answering_type(zone);
		if(type && shadow->below++ == 0) {
			shadow->type = type;
			(void)name_to_text(zone->name, shadow->name);
		}
		node = rbtree_next(node);
	}
}

/** Log what shadows a zone. */
static void
shadow_tell(const struct shadow* shadow, const struct name* apex)
{
	char zone[NAME_TEXT_MAX];
	(void)name_to_text(apex->wire, zone);
	if(shadow->below == 0)
		helix_warning("zone %s is not answered from etcd: Unbound's "
			"local zone %s (%s) answers before this module is "
			"asked; unbound.conf needs: local-zone: \"%s\" "
			"transparent", zone, shadow->name, shadow->type, zone);
	else	helix_warning("zone %s is not answered from etcd at and below "
			"%s: Unbound's local zone (%s) answers before this "
			"module is asked; unbound.conf needs: local-zone: "
			"\"%s\" transparent (local zones like it in the "
			"zone: %zu)", zone, shadow->name, shadow->type,
			shadow->name, shadow->below);
}

void
shadow_begin(const struct zones* zones)
{
	sought = zones;
	atomic_store(&due, true);
}

/** Look at the local zones for each of ours. The tree is locked. */
static void
shadows_tell(struct local_zones* local)
{
	struct shadow shadow;
	size_t i, told = 0;
	for(i = 0; i < zones_count(sought); i++) {
		const struct name* apex = zone_apex(zones_get(sought, i));
		shadow_find(&shadow, local, apex);
		if(shadow.type && told++ < TOLD_MAX)
			shadow_tell(&shadow, apex);
	}
	if(told > TOLD_MAX)
		helix_warning("zones that local zones of Unbound's answer "
			"for, beside those: %zu; see unbound-control "
			"list_local_zones", told - TOLD_MAX);
}

void
shadow_look(const struct module_env* env)
{
	struct local_zones* local;
	if(!atomic_load_explicit(&due, memory_order_relaxed))
		return;
	local = compat_local_zones(env->worker);
	if(!local || !atomic_exchange(&due, false))
		return;
	if(!compat_try_rdlock(&local->lock)) {
		atomic_store(&due, true);
		return;
	}
	shadows_tell(local);
	lock_rw_unlock(&local->lock);
}

int
shadow_on_local(struct query_info* qinfo, struct module_qstate* qstate,
	struct reply_info* rep, int rcode, struct edns_data* edns,
	struct edns_option** opt_list_out, struct comm_reply* repinfo,
	struct regional* region, struct timeval* start_time, int id,
	void* callback)
{
	(void)qinfo;
	(void)qstate;
	(void)rep;
	(void)rcode;
	(void)edns;
	(void)opt_list_out;
	(void)region;
	(void)start_time;
	(void)id;
	(void)callback;
	if(atomic_load_explicit(&due, memory_order_relaxed) && repinfo)
		shadow_look(&compat_worker(repinfo)->env);
	return 1;
}
