/*
 * dns/store_report.c - the store: conflicts and crowds.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "dns/store_internal.h"
#include "dns/type.h"

/** The RRset of a type; NULL if the name is NULL, or has no such RRset. */
static const struct rrset*
name_find_rrset(const struct store_name* name, uint16_t type)
{
	const struct rrset* rrset = name ? store_name_rrsets(name) : NULL;
	unsigned i, count = name ? name->rrsets : 0;
	for(i = 0; i < count; i++, rrset = rrset_next(rrset)) {
		if(rrset->type == type)
			return rrset;
	}
	return NULL;
}

size_t
store_records(const struct store_name* name, uint16_t type)
{
	const struct rrset* rrset = name_find_rrset(name, type);
	return rrset ? rrset_records(rrset) : 0;
}

/** Whether an RRset has more records than some resolvers accept, or than
 * fit into a message. */
static bool
rrset_is_crowded(const struct rrset* rrset)
{
	return !type_is_single(rrset->type) &&
		(rrset_records(rrset) > STORE_RRSET_CROWDED ||
		rrset->fit < rrset_records(rrset));
}

void
store_report_crowds(const struct store* store, const struct name* owner,
	const struct store_name* old)
{
	size_t at = 0;
	while(store->listener.crowded && at < store->builder.out.len) {
		const struct rrset* rrset = (const struct rrset*)(const void*)
			(store->builder.out.data + at);
		const struct rrset* was = name_find_rrset(old, rrset->type);
		if(rrset_is_crowded(rrset) && (!was || !rrset_is_crowded(was)))
			store->listener.crowded(store->listener.arg, owner,
				rrset->type, rrset_records(rrset),
				rrset->fit);
		at += rrset_size(rrset);
	}
}

/**
 * Report that a contribution is ignored; during a list, mark its RRset as
 * unreported.
 * @param against: the RRset whose first contribution is served.
 */
static void
report_conflict(struct store* store, const struct store_name* name,
	const struct rrset* rrset, const struct rrset_entry* entry,
	const struct rrset* against)
{
	struct contribution ignored, served;
	struct rrset_entry first;
	if(store->listing) {
		((struct rrset*)(uintptr_t)rrset)->unreported = 1;
		store->has_unreported = true;
		return;
	}
	store_contribution(name, rrset, entry, &ignored);
	rrset_entry_first(against, &first);
	store_contribution(name, against, &first, &served);
	if(store->listener.conflict)
		store->listener.conflict(store->listener.arg, &ignored,
			&served);
}

/**
 * Whether a contribution to an RRset was ignored before. To be called for one
 * contribution after the other, in order of source.
 * @param old: the old entry at which the search begins; moved on.
 */
static bool
look_up_ignored(struct rrset_entry* old, const struct rrset_entry* now)
{
	for(; old->left > 0; rrset_entry_next(old)) {
		int order = rrset_source_compare(old->source, old->source_len,
			now->source, now->source_len);
		if(order >= 0)
			return order == 0 && rrset_entry_is_ignored(old);
	}
	return false;
}

/** Report contributions to an RRset that has one record by its type: those that
 * are ignored now, and were not before. */
static void
report_singles(struct store* store, const struct store_name* name,
	const struct rrset* rrset, const struct rrset* was)
{
	struct rrset_entry entry, old;
	rrset_entry_first(was, &old);
	rrset_entry_first(rrset, &entry);
	for(; entry.left > 0; rrset_entry_next(&entry)) {
		if(rrset_entry_is_ignored(&entry) &&
			!look_up_ignored(&old, &entry))
			report_conflict(store, name, rrset, &entry, rrset);
	}
}

/** The first RRset of a name that is not its CNAME. */
static const struct rrset*
name_other_rrset(const struct store_name* name)
{
	const struct rrset* rrset = store_name_rrsets(name);
	return rrset->type == TYPE_CNAME ? rrset_next(rrset) : rrset;
}

void
store_report_conflicts(struct store* store, const struct store_name* name,
	const struct store_name* old)
{
	const struct rrset* rrset = store_name_rrsets(name);
	unsigned left;
	for(left = name->rrsets; left > 0; left--, rrset = rrset_next(rrset)) {
		const struct rrset* was;
		struct rrset_entry first;
		if(!type_is_single(rrset->type))
			continue;
		/* conflicts of a list are reported as if the RRset were new */
		was = rrset->unreported ? NULL : name_find_rrset(old,
			rrset->type);
		report_singles(store, name, rrset, was);
		rrset_entry_first(rrset, &first);
		if(rrset->flags & RRSET_HIDDEN && !(was &&
			was->flags & RRSET_HIDDEN))
			report_conflict(store, name, rrset, &first,
				name_other_rrset(name));
		if(!store->listing)
			((struct rrset*)(uintptr_t)rrset)->unreported = 0;
	}
}

/* --- ignored contributions ----------------------------------------------- */

/** Whether a contribution to an RRset is ignored: all are where readers do not
 * see the RRset. */
static bool
entry_is_ignored(const struct rrset* rrset, const struct rrset_entry* entry)
{
	return rrset->flags & RRSET_HIDDEN || rrset_entry_is_ignored(entry);
}

size_t
store_count_ignored(const struct store_name* name)
{
	const struct rrset* rrset = store_name_rrsets(name);
	size_t ignored = 0;
	unsigned left;
	for(left = name->rrsets; left > 0; left--, rrset = rrset_next(rrset)) {
		struct rrset_entry entry;
		/* a plain RRset has one contribution */
		if(!type_is_single(rrset->type) || (rrset->flags & RRSET_PLAIN
			&& !(rrset->flags & RRSET_HIDDEN)))
			continue;
		rrset_entry_first(rrset, &entry);
		for(; entry.left > 0; rrset_entry_next(&entry))
			ignored += entry_is_ignored(rrset, &entry);
	}
	return ignored;
}

/** As store_name_ignored, for one RRset. */
static bool
rrset_walk_ignored(const struct store_name* name, const struct rrset* rrset,
	store_ignored_seen* seen, void* arg)
{
	const struct rrset* against = rrset->flags & RRSET_HIDDEN ?
		name_other_rrset(name) : rrset;
	struct contribution ignored, served;
	struct rrset_entry entry;
	rrset_entry_first(against, &entry);
	store_contribution(name, against, &entry, &served);
	rrset_entry_first(rrset, &entry);
	for(; entry.left > 0; rrset_entry_next(&entry)) {
		if(!entry_is_ignored(rrset, &entry))
			continue;
		store_contribution(name, rrset, &entry, &ignored);
		if(!seen(arg, &ignored, &served))
			return false;
	}
	return true;
}

bool
store_name_ignored(const struct store_name* name, store_ignored_seen* seen,
	void* arg)
{
	const struct rrset* rrset = store_name_rrsets(name);
	unsigned left;
	for(left = name->rrsets; left > 0; left--, rrset = rrset_next(rrset)) {
		if(type_is_single(rrset->type) &&
			!rrset_walk_ignored(name, rrset, seen, arg))
			return false;
	}
	return true;
}
