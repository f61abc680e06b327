/*
 * dns/store_commit.c - the store: changes.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "dns/store_internal.h"
#include "dns/type.h"
#include <stdlib.h>
#include <string.h>

/** octets of retired names at which a commit waits for readers and frees the
 * names; not at each commit, as the wait takes 10 ms if a reader was preempted
 * while it read, and delays the next commit */
#define RETIRED_OCTETS (1024 * 1024)
/** octets of a buffer of pointers that are kept when the pointers are gone */
#define POINTERS_KEPT (4096 * sizeof(void*))

/* --- names --------------------------------------------------------------- */

/** Counts of one name. */
struct name_counts {
	/** contributions */
	size_t keys;
	/** records that readers see */
	size_t records;
	/** octets that were allocated for it */
	size_t octets;
};

static struct name_counts
name_count(const struct store_name* name)
{
	const struct rrset* rrset = store_name_rrsets(name);
	struct name_counts counts = { 0, 0, 0 };
	size_t i;
	for(i = 0; i < name->rrsets; i++, rrset = rrset_next(rrset)) {
		counts.keys += rrset_entries(rrset);
		if(!(rrset->flags & RRSET_HIDDEN))
			counts.records += rrset->fit;
	}
	counts.octets = (size_t)((const uint8_t*)rrset - (const uint8_t*)name);
	return counts;
}

/** Free what the pointers in a buffer point to, and empty the buffer; if the
 * buffer is large, free its memory, too. */
static void
pointers_free(struct buffer* pointers)
{
	void** pointer = (void**)(void*)pointers->data;
	size_t count = pointers->len / sizeof(*pointer), i;
	for(i = 0; i < count; i++)
		free(pointer[i]);
	pointers->len = 0;
	if(pointers->size > POINTERS_KEPT)
		buffer_clear(pointers);
}

void
store_retired_free(struct store* store)
{
	if(store->retired.len == 0)
		return;
	urcu_bp_synchronize_rcu();
	tsan_acquire(store);
	pointers_free(&store->retired);
	store->retired_octets = 0;
}

bool
store_retire_reserve(struct store* store, size_t more)
{
	return buffer_reserve(&store->retired, more * sizeof(void*));
}

void
store_retire(struct store* store, struct store_name* name)
{
	struct name_counts counts = name_count(name);
	store->names--;
	store->keys -= counts.keys;
	store->records -= counts.records;
	store->octets -= counts.octets;
	store->retired_octets += counts.octets;
	(void)buffer_append(&store->retired, &name, sizeof(name));
}

static void
count_in(struct store* store, const struct store_name* name)
{
	struct name_counts counts = name_count(name);
	store->names++;
	store->keys += counts.keys;
	store->records += counts.records;
	store->octets += counts.octets;
}

struct store_name*
store_name_create(const uint8_t* wire, size_t len,
	const struct buffer* rrsets)
{
	size_t at = rrset_align(offsetof(struct store_name, body) + len);
	size_t more = rrsets ? rrsets->len : 0;
	const struct rrset *rrset, *end;
	struct store_name* name = malloc(at + more);
	if(!name)
		return NULL;
	name->children = 0;
	name->rrsets = 0;
	name->len = (uint8_t)len;
	memcpy(name->body, wire, len);
	if(more > 0)
		memcpy((uint8_t*)name + at, rrsets->data, more);
	end = (const struct rrset*)(const void*)((const uint8_t*)name + at +
		more);
	for(rrset = store_name_rrsets(name); rrset < end;
		rrset = rrset_next(rrset))
		name->rrsets++;
	return name;
}

static void
table_add(struct store* store, uint64_t hash, struct store_name* name)
{
	cds_lfht_node_init(&name->node);
	tsan_release(name);
	cds_lfht_add(store->table, (unsigned long)hash, &name->node);
	count_in(store, name);
}

bool
store_name_link(struct store* store, const struct name_walk* walk,
	struct store_name* name)
{
	struct store_name* missing[NAME_LABELS_MAX + 1];
	struct store_name* parent = NULL;
	struct cds_lfht_iter iter;
	unsigned top = walk->labels, i;
	missing[top] = name;
	while(top > 0) {
		const uint8_t* suffix;
		size_t len;
		parent = store_find_suffix(store, walk, top - 1, &iter);
		if(parent)
			break;
		suffix = name_walk_suffix(walk, top - 1, &len);
		missing[--top] = store_name_create(suffix, len, NULL);
		if(!missing[top]) {
			for(i = top + 1; i <= walk->labels; i++)
				free(missing[i]);
			return false;
		}
	}
	for(i = top; i <= walk->labels; i++) {
		if(parent)
			parent->children++;
		table_add(store, walk->hash[i], missing[i]);
		parent = missing[i];
	}
	return true;
}

/**
 * Take a name that has neither records nor children out of the table and retire
 * it; and then likewise each name above it that has neither. There is room for
 * all of them among the retired names.
 */
static void
name_unlink(struct store* store, const struct name_walk* walk,
	struct store_name* name)
{
	unsigned labels = walk->labels;
	for(;;) {
		struct cds_lfht_iter iter;
		cds_lfht_del(store->table, &name->node);
		store_retire(store, name);
		if(labels == 0)
			return;
		name = store_find_suffix(store, walk, --labels, &iter);
		if(!name)
			return;
		name->children--;
		if(name->children > 0 || name->rrsets > 0)
			return;
	}
}

/* --- committing a name --------------------------------------------------- */

/** Count the contributions to a changed name that are ignored, and report
 * them. @param name, old: NULL: there is none now, or was none before. */
static void
count_ignored(struct store* store, const struct name* owner,
	const struct store_name* name, const struct store_name* old)
{
	size_t ignored = name ? store_count_ignored(name) : 0;
	size_t before = old ? store_count_ignored(old) : 0;
	if(ignored == 0 && before == 0)
		return;
	store->ignored += ignored;
	store->ignored -= before;
	if(store->listener.ignoring)
		store->listener.ignoring(store->listener.arg, owner, ignored);
}

/** Hide the CNAME among the RRsets that were built for a name, unless it is the
 * only RRset (RFC 1034 3.6.2). */
static void
hide_cname(const struct buffer* built)
{
	size_t at = 0;
	while(at < built->len) {
		struct rrset* rrset = (struct rrset*)(void*)
			(built->data + at);
		if(rrset->type == TYPE_CNAME)
			rrset_show_single(rrset, rrset_size(rrset) ==
				built->len);
		at += rrset_size(rrset);
	}
}

/**
 * Publish a name with the RRsets that were built.
 * @param old: the name that it replaces; NULL if there was none.
 * @param iter: where the old name was found.
 * @return false if memory ran out.
 */
static bool
name_publish(struct store* store, const struct name_walk* walk,
	struct store_name* old, struct cds_lfht_iter* iter)
{
	struct store_name* name = NULL;
	bool empty = store->builder.out.len == 0;
	if(!old && empty)
		return true;
	if(!store_retire_reserve(store, (size_t)walk->labels + 1))
		return false;
	hide_cname(&store->builder.out);
	if(empty && old->children == 0) {
		name_unlink(store, walk, old);
	} else {
		name = store_name_create(walk->name.wire, walk->name.len,
			&store->builder.out);
		if(!name)
			return false;
		if(!old) {
			if(!store_name_link(store, walk, name))
				return false;
		} else {
			struct store_wire wire = { walk->name.wire,
				walk->name.len };
			name->children = old->children;
			cds_lfht_node_init(&name->node);
			tsan_release(name);
			cds_lfht_replace(store->table, iter,
				(unsigned long)walk->hash[walk->labels],
				store_name_match, &wire, &name->node);
			count_in(store, name);
			store_retire(store, old);
		}
	}
	count_ignored(store, &walk->name, name, old);
	store_report_crowds(store, &walk->name, old);
	if(name)
		store_report_conflicts(store, name, old);
	if(store->listener.changed)
		store->listener.changed(store->listener.arg, &walk->name,
			old);
	return true;
}

/**
 * Build one RRset of a name.
 * @param old: NULL if there was none.
 * @param changed: set to true if the RRset differs from the old one.
 * @return false if memory ran out.
 */
static bool
name_build_rrset(struct store* store, uint16_t type, const struct rrset* old,
	struct rrset_change** change, size_t changes, bool* changed)
{
	struct buffer* out = &store->builder.out;
	const struct rrset* built;
	size_t start = out->len;
	if(!rrset_build(&store->builder, type, old, change, changes,
		store->generation))
		return false;
	if(out->len == start) {
		*changed = *changed || old;
		return true;
	}
	built = (const struct rrset*)(const void*)(out->data + start);
	store->built += rrset_entries(built);
	*changed = *changed || !old || !rrset_refresh(old, built);
	return true;
}

bool
store_commit_name(struct store* store, struct rrset_change** change,
	size_t changes)
{
	struct name_walk walk;
	struct cds_lfht_iter iter;
	struct store_name* old;
	const struct rrset* rrset;
	bool changed = false;
	unsigned left;
	(void)name_walk_init(&walk, change[0]->owner, change[0]->owner_len,
		store->seed);
	old = store_find_suffix(store, &walk, walk.labels, &iter);
	rrset = old ? store_name_rrsets(old) : NULL;
	left = old ? old->rrsets : 0;
	store->builder.out.len = 0;
	while(left > 0 || changes > 0) {
		bool has_old = left > 0 && (changes == 0 ||
			rrset->type <= change[0]->type);
		uint16_t type = has_old ? rrset->type : change[0]->type;
		size_t n = 0;
		while(n < changes && change[n]->type == type)
			n++;
		if(!name_build_rrset(store, type, has_old ? rrset : NULL,
			change, n, &changed))
			return false;
		change += n;
		changes -= n;
		if(has_old) {
			left--;
			rrset = rrset_next(rrset);
		}
	}
	return !changed || name_publish(store, &walk, old, &iter);
}

/* --- pending changes ----------------------------------------------------- */

static bool
pending_add(struct store* store, const struct contribution* by,
	const struct record_set* set)
{
	size_t rdata_len = set ? set->rdata.len : 0;
	struct rrset_change* change;
	uint8_t* at;
	if(!buffer_reserve(&store->pending, sizeof(change)))
		return false;
	change = malloc(sizeof(*change) + by->owner.len + by->source_len +
		rdata_len);
	if(!change)
		return false;
	at = change->data;
	change->owner = memcpy(at, by->owner.wire, by->owner.len);
	change->owner_len = by->owner.len;
	at += by->owner.len;
	change->source = memcpy(at, by->source, by->source_len);
	change->source_len = (uint16_t)by->source_len;
	at += by->source_len;
	change->rdata = (struct rdata_list){ NULL, 0, 0 };
	if(set) {
		change->rdata = record_set_rdata(set);
		change->rdata.octets = memcpy(at, set->rdata.data, rdata_len);
	}
	change->ttl = set ? set->ttl : 0;
	change->type = by->type;
	change->remove = set == NULL;
	change->order = store_pending(store);
	return buffer_append(&store->pending, &change, sizeof(change));
}

bool
store_put(struct store* store, const struct contribution* contribution,
	const struct record_set* set)
{
	return pending_add(store, contribution, set);
}

bool
store_remove(struct store* store, const struct contribution* contribution)
{
	return pending_add(store, contribution, NULL);
}

size_t
store_pending(const struct store* store)
{
	return store->pending.len / sizeof(struct rrset_change*);
}

void
store_rollback(struct store* store)
{
	pointers_free(&store->pending);
}

/** Order by owner. */
static int
change_compare_owner(const struct rrset_change* x,
	const struct rrset_change* y)
{
	if(x->owner_len != y->owner_len)
		return x->owner_len < y->owner_len ? -1 : 1;
	return memcmp(x->owner, y->owner, x->owner_len);
}

/** Order by owner, type and source. */
static int
change_compare_contribution(const struct rrset_change* x,
	const struct rrset_change* y)
{
	int order = change_compare_owner(x, y);
	if(order != 0)
		return order;
	if(x->type != y->type)
		return x->type < y->type ? -1 : 1;
	return rrset_source_compare(x->source, x->source_len, y->source,
		y->source_len);
}

static int
change_compare(const void* a, const void* b)
{
	const struct rrset_change* x = *(struct rrset_change* const*)a;
	const struct rrset_change* y = *(struct rrset_change* const*)b;
	int order = change_compare_contribution(x, y);
	if(order != 0)
		return order;
	return x->order < y->order ? -1 : x->order > y->order;
}

void
store_settle_pending(struct store* store)
{
	struct rrset_change** change = store_changes(store);
	size_t count = store_pending(store), i, kept = 0;
	qsort(change, count, sizeof(*change), change_compare);
	for(i = 0; i < count; i++) {
		if(kept > 0 && change_compare_contribution(change[kept - 1],
			change[i]) == 0)
			free(change[--kept]);
		change[kept++] = change[i];
	}
	store->pending.len = kept * sizeof(*change);
}

bool
store_commit(struct store* store)
{
	struct rrset_change** change;
	size_t start = 0, end, count;
	bool ok = true;
	if(store_pending(store) == 0)
		return true;
	store->built = 0;
	store_settle_pending(store);
	change = store_changes(store);
	count = store_pending(store);
	for(; start < count; start = end) {
		end = start + 1;
		while(end < count && change_compare_owner(change[start],
			change[end]) == 0)
			end++;
		urcu_bp_read_lock();
		ok = store_commit_name(store, change + start, end - start) &&
			ok;
		urcu_bp_read_unlock();
		/* not only at the end, as a commit may add a million names */
		if(store->names > store->buckets)
			store_table_fit(store);
	}
	store_rollback(store);
	store_table_fit(store);
	if(store->retired_octets >= RETIRED_OCTETS)
		store_retired_free(store);
	return ok;
}

size_t
store_built(const struct store* store)
{
	return store->built;
}
