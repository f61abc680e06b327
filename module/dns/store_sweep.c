/*
 * dns/store_sweep.c - the store: lists and walks.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "dns/store_internal.h"
#include <string.h>

/* --- walks --------------------------------------------------------------- */

void
store_contribution(const struct store_name* name, const struct rrset* rrset,
	const struct rrset_entry* entry, struct contribution* contribution)
{
	contribution->owner.len = name->len;
	memcpy(contribution->owner.wire, name->body, name->len);
	contribution->type = rrset->type;
	contribution->source = entry->source;
	contribution->source_len = entry->source_len;
}

/**
 * As store_walk, for the contributions of one name.
 * @param but: skip those of this generation; NULL: skip none.
 */
static bool
name_walk_contributions(const struct store_name* name, const uint16_t* but,
	store_contribution_seen* seen, void* arg)
{
	const struct rrset* rrset = store_name_rrsets(name);
	struct contribution contribution;
	unsigned left;
	for(left = name->rrsets; left > 0; left--, rrset = rrset_next(rrset)) {
		struct rrset_entry entry;
		rrset_entry_first(rrset, &entry);
		for(; entry.left > 0; rrset_entry_next(&entry)) {
			if(but && entry.generation == *but)
				continue;
			store_contribution(name, rrset, &entry, &contribution);
			if(!seen(arg, &contribution))
				return false;
		}
	}
	return true;
}

static bool
table_walk_contributions(struct store* store, store_contribution_seen* seen,
	void* arg)
{
	struct cds_lfht_iter iter;
	struct store_name* name;
	bool ok = true;
	urcu_bp_read_lock();
	cds_lfht_first(store->table, &iter);
	for(; ok && (name = store_table_at(&iter)) != NULL;
		cds_lfht_next(store->table, &iter))
		ok = name_walk_contributions(name, NULL, seen, arg);
	urcu_bp_read_unlock();
	return ok;
}

/** Find a name. It stays valid, as only this thread frees names. */
static struct store_name*
name_find(struct store* store, const struct name* wanted)
{
	struct name_walk walk;
	struct cds_lfht_iter iter;
	struct store_name* name;
	(void)name_walk_init(&walk, wanted->wire, wanted->len, store->seed);
	urcu_bp_read_lock();
	name = store_find_suffix(store, &walk, walk.labels, &iter);
	urcu_bp_read_unlock();
	return name;
}

bool
store_walk(struct store* store, const struct name* owner,
	store_contribution_seen* seen, void* arg)
{
	const struct store_name* name;
	if(!owner)
		return table_walk_contributions(store, seen, arg);
	name = name_find(store, owner);
	return !name || name_walk_contributions(name, NULL, seen, arg);
}

bool
store_has_below(struct store* store, const struct name* name)
{
	const struct store_name* found = name_find(store, name);
	/* pins count as children */
	return found && found->children > 0;
}

/* --- lists --------------------------------------------------------------- */

void
store_mark(struct store* store)
{
	store->generation++;
	store->listing = true;
	store->built = 0;
	store->has_older = store->keys > 0;
}

static bool
note_removal(void* store, const struct contribution* contribution)
{
	return store_remove(store, contribution);
}

/** Remove all contributions that were not put since the mark, and report the
 * conflicts that the list brought. */
static bool
table_sweep(struct store* store)
{
	struct cds_lfht_iter iter;
	struct store_name* name;
	bool ok = true;
	urcu_bp_read_lock();
	cds_lfht_first(store->table, &iter);
	for(; (name = store_table_at(&iter)) != NULL;
		cds_lfht_next(store->table, &iter)) {
		ok = name_walk_contributions(name, &store->generation,
			note_removal, store) && ok;
		if(store_pending(store) == 0) {
			store_report_conflicts(store, name, name);
			continue;
		}
		store_settle_pending(store);
		ok = store_commit_name(store, store_changes(store),
			store_pending(store)) && ok;
		store_rollback(store);
	}
	urcu_bp_read_unlock();
	return ok;
}

bool
store_sweep(struct store* store, size_t* removed)
{
	size_t before = store->keys;
	bool ok = true;
	store->listing = false;
	/* neither is true after a first list without conflicts */
	if(store->has_older || store->has_unreported)
		ok = table_sweep(store);
	store->has_older = !ok;
	store->has_unreported = false;
	if(removed)
		*removed = before - store->keys;
	store_table_fit(store);
	store_retired_free(store);
	return ok;
}
