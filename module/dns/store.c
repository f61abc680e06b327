/*
 * dns/store.c - the store: life and reading.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "dns/store_internal.h"
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/** fewest buckets of the hash table, a power of 2 */
#define BUCKETS_MIN 1024UL

/* --- reading ------------------------------------------------------------- */

int
store_name_match(struct cds_lfht_node* node, const void* key)
{
	const struct store_name* name =
		caa_container_of(node, struct store_name, node);
	const struct store_wire* wire = key;
	tsan_acquire(name);
	return name->len == wire->len &&
		memcmp(name->body, wire->name, wire->len) == 0;
}

void
store_read_lock(struct store* store)
{
	(void)store;
	urcu_bp_read_lock();
}

void
store_read_unlock(struct store* store)
{
	tsan_release(store);
	(void)store;
	urcu_bp_read_unlock();
}

uint64_t
store_seed(const struct store* store)
{
	return store->seed;
}

const struct store_name*
store_find(struct store* store, const struct name_walk* walk,
	unsigned labels)
{
	struct cds_lfht_iter iter;
	return store_find_suffix(store, walk, labels, &iter);
}

const struct store_name*
store_find_wildcard(struct store* store, const struct name_walk* walk,
	unsigned labels)
{
	static const uint8_t star[2] = { 1, '*' };
	uint8_t wild[NAME_WIRE_MAX];
	struct cds_lfht_iter iter;
	size_t len;
	const uint8_t* suffix = name_walk_suffix(walk, labels, &len);
	if(len + sizeof(star) > sizeof(wild))
		return NULL;
	memcpy(wild, star, sizeof(star));
	memcpy(wild + sizeof(star), suffix, len);
	return store_table_find(store, name_hash_label(walk->hash[labels],
		star), wild, len + sizeof(star), &iter);
}

bool
store_get(const struct store_name* name, uint16_t type,
	struct store_rrset* rrset)
{
	const struct rrset* have = store_name_rrsets(name);
	unsigned i;
	for(i = 0; i < name->rrsets; i++, have = rrset_next(have)) {
		if((type != 0 && have->type != type) ||
			have->flags & RRSET_HIDDEN)
			continue;
		rrset->type = have->type;
		rrset->ttl_open = have->flags & RRSET_TTL_OPEN;
		rrset->ttl = have->ttl;
		rrset->rdata.octets = rrset_rdata(have);
		rrset->rdata.len = have->fit_len;
		rrset->rdata.count = have->fit;
		return true;
	}
	return false;
}

void
store_name_types(const struct store_name* name, const struct name* owner,
	store_type_seen* seen, void* arg)
{
	const struct rrset* rrset = name ? store_name_rrsets(name) : NULL;
	unsigned i, count = name ? name->rrsets : 0;
	for(i = 0; i < count; i++, rrset = rrset_next(rrset)) {
		if(!(rrset->flags & RRSET_HIDDEN))
			seen(arg, owner, rrset->type);
	}
}

void
store_types(struct store* store, store_type_seen* seen, void* arg)
{
	struct cds_lfht_iter iter;
	const struct store_name* name;
	struct name owner;
	urcu_bp_read_lock();
	cds_lfht_first(store->table, &iter);
	for(; (name = store_table_at(&iter)) != NULL;
		cds_lfht_next(store->table, &iter)) {
		if(name->rrsets == 0)
			continue;
		owner.len = name->len;
		memcpy(owner.wire, name->body, name->len);
		store_name_types(name, &owner, seen, arg);
	}
	urcu_bp_read_unlock();
}

/* --- life ---------------------------------------------------------------- */

void
store_table_fit(struct store* store)
{
	unsigned long want = store->buckets;
	size_t names = store->names;
	while(want < names)
		want *= 2;
	while(want > BUCKETS_MIN && names < want / 8)
		want /= 2;
	if(want == store->buckets)
		return;
	cds_lfht_resize(store->table, want);
	store->octets += want * sizeof(struct cds_lfht_node);
	store->octets -= store->buckets * sizeof(struct cds_lfht_node);
	store->buckets = want;
}

struct store*
store_create(const struct store_listener* listener)
{
	struct store* store = calloc(1, sizeof(*store));
	if(!store)
		return NULL;
	store->listener = *listener;
	store->buckets = BUCKETS_MIN;
	store->octets = BUCKETS_MIN * sizeof(struct cds_lfht_node);
	if(getrandom(&store->seed, sizeof(store->seed), 0) !=
		sizeof(store->seed))
		store->seed = (uint64_t)(uintptr_t)store;
	/* no maximum of buckets: liburcu would reserve addresses for all of
	 * them at once, and abort where ulimit -v forbids that */
	store->table = cds_lfht_new_flavor(BUCKETS_MIN, BUCKETS_MIN, 0, 0,
		&urcu_bp_flavor, NULL);
	if(!store->table) {
		free(store);
		return NULL;
	}
	return store;
}

void
store_delete(struct store* store)
{
	struct cds_lfht_iter iter;
	struct store_name* name;
	if(!store)
		return;
	store_rollback(store);
	store_retired_free(store);
	tsan_acquire(store);
	urcu_bp_read_lock();
	cds_lfht_first(store->table, &iter);
	while((name = store_table_at(&iter)) != NULL) {
		/* not later: the step needs the link in this name */
		cds_lfht_next(store->table, &iter);
		cds_lfht_del(store->table, &name->node);
		/* no thread reads any more */
		free(name);
	}
	urcu_bp_read_unlock();
	(void)cds_lfht_destroy(store->table, NULL);
	buffer_clear(&store->pending);
	buffer_clear(&store->retired);
	rrset_builder_clear(&store->builder);
	free(store);
}

bool
store_pin(struct store* store, const struct name* wire)
{
	struct name_walk walk;
	struct cds_lfht_iter iter;
	struct store_name* name;
	bool ok = true;
	(void)name_walk_init(&walk, wire->wire, wire->len, store->seed);
	urcu_bp_read_lock();
	name = store_find_suffix(store, &walk, walk.labels, &iter);
	if(!name) {
		name = store_name_create(wire->wire, wire->len, NULL);
		ok = name && store_name_link(store, &walk, name);
	}
	if(ok)
		name->children++;
	urcu_bp_read_unlock();
	return ok;
}

struct store_stats
store_stats(const struct store* store)
{
	return (struct store_stats){ .names = store->names,
		.keys = store->keys, .ignored = store->ignored,
		.records = store->records, .octets = store->octets };
}
