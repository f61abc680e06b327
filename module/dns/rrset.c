/*
 * dns/rrset.c - an RRset as the store keeps it.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "dns/rrset.h"
#include "dns/type.h"
#include <stdlib.h>
#include <string.h>

/** A contribution to an RRset that is being built. */
struct part {
	/** the contribution's source */
	const char* source;
	/** octets in source */
	size_t source_len;
	/** seconds, or RECORD_TTL_NONE */
	uint32_t ttl;
	/** number of records */
	uint32_t count;
	/** generation of the new entry */
	uint16_t generation;
	/** the records of a change; NULL if the part is an old entry */
	const uint8_t* rdata;
	/** the old entry, if rdata is NULL */
	struct rrset_entry entry;
	/** number of refs that the new entry needs */
	uint32_t new_refs;
};

/** One record of one part. */
struct item {
	/** its length in two octets, then its rdata */
	const uint8_t* rdata;
	/** index of the part */
	uint32_t part;
	/** index among the sorted records of the RRset; until they are sorted,
	 * for a type that has one record: 0 if this is the served record */
	uint32_t index;
};

/** An entry as it is stored; its indexes and its source follow. */
struct stored_entry {
	/** seconds, or RECORD_TTL_NONE */
	uint32_t ttl;
	/** number of refs that follow; or RRSET_REFS_ALL, and none follow */
	uint32_t refs;
	/** octets of the source */
	uint16_t source_len;
	/** as in struct rrset_entry */
	uint16_t generation;
} __attribute__((packed, aligned(2)));

/** An RRset whose size is not known yet. */
struct draft {
	/** what the RRset begins with */
	struct rrset head;
	/** what follows if the RRset is not plain */
	struct rrset_more more;
};

void
rrset_builder_clear(struct rrset_builder* builder)
{
	buffer_clear(&builder->out);
	buffer_clear(&builder->parts);
	buffer_clear(&builder->items);
	buffer_clear(&builder->offsets);
}

/* --- entries ------------------------------------------------------------- */

uint32_t
rrset_records(const struct rrset* rrset)
{
	return rrset->flags & RRSET_PLAIN ? rrset->fit :
		rrset_more(rrset)->records;
}

uint32_t
rrset_entries(const struct rrset* rrset)
{
	return rrset->flags & RRSET_PLAIN ? 1 : rrset_more(rrset)->entries;
}

static uint32_t
rrset_rdata_len(const struct rrset* rrset)
{
	return rrset->flags & RRSET_PLAIN ? rrset->fit_len :
		rrset_more(rrset)->rdata_len;
}

static size_t
refs_count(uint32_t refs)
{
	return refs == RRSET_REFS_ALL ? 0 : refs;
}

static size_t
entry_size(size_t refs, size_t source_len)
{
	return rrset_align(sizeof(struct stored_entry) +
		refs * sizeof(uint32_t) + source_len);
}

/** Read a generation, which the writer may be changing in place. */
static uint16_t
generation_read(const uint16_t* generation)
{
	return __atomic_load_n(generation, __ATOMIC_RELAXED);
}

/** Read a stored entry, but for `left`. */
static void
entry_read(struct rrset_entry* entry, const uint8_t* at)
{
	const struct stored_entry* stored =
		(const struct stored_entry*)(const void*)at;
	entry->ttl = stored->ttl;
	entry->refs = stored->refs;
	entry->generation = generation_read(&stored->generation);
	entry->source_len = stored->source_len;
	entry->ref = (const uint8_t*)(stored + 1);
	entry->source = (const char*)entry->ref +
		refs_count(entry->refs) * sizeof(uint32_t);
}

/** Where an entry of an RRset that is not plain is stored. */
static const struct stored_entry*
entry_stored(const struct rrset_entry* entry)
{
	return (const struct stored_entry*)(const void*)entry->ref - 1;
}

void
rrset_entry_first(const struct rrset* rrset, struct rrset_entry* entry)
{
	entry->left = rrset ? rrset_entries(rrset) : 0;
	if(entry->left == 0)
		return;
	if(!(rrset->flags & RRSET_PLAIN)) {
		entry_read(entry, rrset_rdata(rrset) +
			rrset_align(rrset_rdata_len(rrset)));
		return;
	}
	entry->ttl = rrset->ttl;
	entry->refs = RRSET_REFS_ALL;
	entry->generation = generation_read(&rrset->generation);
	entry->source_len = 0;
	entry->source = "";
	entry->ref = NULL;
}

void
rrset_entry_next(struct rrset_entry* entry)
{
	if(--entry->left > 0)
		entry_read(entry, (const uint8_t*)entry_stored(entry) +
			entry_size(refs_count(entry->refs),
			entry->source_len));
}

uint32_t
rrset_entry_ref(const struct rrset_entry* entry, uint32_t number)
{
	uint32_t ref;
	memcpy(&ref, entry->ref + number * sizeof(ref), sizeof(ref));
	return ref;
}

/* --- building an RRset --------------------------------------------------- */

/** Canonical order of rdata (RFC 4034 6.3). */
static int
rdata_compare(const uint8_t* a, const uint8_t* b)
{
	size_t alen = wire_read_u16(a), blen = wire_read_u16(b);
	int order = memcmp(a + 2, b + 2, alen < blen ? alen : blen);
	if(order != 0)
		return order;
	return alen < blen ? -1 : alen > blen;
}

static int
item_compare(const void* a, const void* b)
{
	const struct item *x = a, *y = b;
	int order = rdata_compare(x->rdata, y->rdata);
	if(order != 0)
		return order;
	return x->part < y->part ? -1 : x->part > y->part;
}

/** As item_compare, but the served record comes first. */
static int
item_compare_single(const void* a, const void* b)
{
	const struct item *x = a, *y = b;
	if(x->index != y->index)
		return x->index < y->index ? -1 : 1;
	return item_compare(a, b);
}

/** The order of parts; within a part, that of the records. */
static int
item_compare_part(const void* a, const void* b)
{
	const struct item *x = a, *y = b;
	if(x->part != y->part)
		return x->part < y->part ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

int
rrset_source_compare(const char* a, size_t alen, const char* b, size_t blen)
{
	int order = memcmp(a, b, alen < blen ? alen : blen);
	if(order != 0)
		return order;
	return alen < blen ? -1 : alen > blen;
}

static bool
part_add(struct buffer* parts, const struct part* part)
{
	return buffer_append(parts, part, sizeof(*part));
}

static bool
part_add_entry(struct buffer* parts, const struct rrset* rrset,
	const struct rrset_entry* entry)
{
	struct part part = { .source = entry->source,
		.source_len = entry->source_len, .ttl = entry->ttl,
		.generation = entry->generation, .entry = *entry };
	part.count = entry->refs == RRSET_REFS_ALL ? rrset_records(rrset) :
		entry->refs;
	return part_add(parts, &part);
}

static bool
part_add_change(struct buffer* parts,
	const struct rrset_change* change, uint16_t generation)
{
	struct part part = { .source = change->source,
		.source_len = change->source_len, .ttl = change->ttl,
		.count = change->rdata.count, .generation = generation,
		.rdata = change->rdata.octets };
	return change->remove || part_add(parts, &part);
}

/** Collect the contributions to an RRset: the old entries with the changes
 * applied. Entries and changes are in order of source. */
static bool
parts_merge(struct rrset_builder* builder, const struct rrset* old,
	struct rrset_change** change, size_t changes, uint16_t generation)
{
	struct rrset_entry entry;
	rrset_entry_first(old, &entry);
	builder->parts.len = 0;
	while(entry.left > 0 || changes > 0) {
		int order = 0;
		if(entry.left == 0)
			order = 1;
		else if(changes == 0)
			order = -1;
		else	order = rrset_source_compare(entry.source,
				entry.source_len, (*change)->source,
				(*change)->source_len);
		if(order < 0 && !part_add_entry(&builder->parts, old, &entry))
			return false;
		if(order >= 0 && !part_add_change(&builder->parts, *change,
			generation))
			return false;
		if(order <= 0)
			rrset_entry_next(&entry);
		if(order >= 0) {
			changes--;
			change++;
		}
	}
	return true;
}

/** Find the records of an old RRset. @return pointers to them; NULL if old is
 * NULL, or memory ran out. */
static const uint8_t**
old_index(struct rrset_builder* builder, const struct rrset* old)
{
	const uint8_t *rdata, **at;
	uint32_t i;
	if(!old)
		return NULL;
	builder->offsets.len = 0;
	at = buffer_extend(&builder->offsets, rrset_records(old) *
		sizeof(*at));
	rdata = rrset_rdata(old);
	for(i = 0; at && i < rrset_records(old); i++) {
		at[i] = rdata;
		rdata += rdata_list_step(rdata);
	}
	return at;
}

/** Collect the records of all parts. @return false if memory ran out. */
static bool
items_collect(struct rrset_builder* builder, const struct rrset* old)
{
	struct part* part = (struct part*)(void*)builder->parts.data;
	size_t parts = builder->parts.len / sizeof(*part), i;
	const uint8_t** old_at = old_index(builder, old);
	uint32_t n;
	if(old && !old_at)
		return false;
	builder->items.len = 0;
	for(i = 0; i < parts; i++) {
		const uint8_t* rdata = part[i].rdata;
		struct item* item = buffer_extend(&builder->items,
			part[i].count * sizeof(*item));
		if(!item)
			return false;
		for(n = 0; n < part[i].count; n++, item++) {
			item->part = (uint32_t)i;
			item->index = 0;
			if(rdata) {
				item->rdata = rdata;
				rdata += rdata_list_step(rdata);
			} else {
				item->rdata = old_at[part[i].entry.refs ==
					RRSET_REFS_ALL ? n :
					rrset_entry_ref(&part[i].entry, n)];
			}
		}
	}
	return true;
}

/** Sort the items in canonical order; but of a type that has one record, the
 * first part's record comes first. */
static void
items_sort(struct rrset_builder* builder, uint16_t type)
{
	struct item* item = (struct item*)(void*)builder->items.data;
	size_t items = builder->items.len / sizeof(*item), i;
	if(items < 2)
		return;
	if(!type_is_single(type)) {
		qsort(item, items, sizeof(*item), item_compare);
		return;
	}
	for(i = 1; i < items; i++)
		item[i].index = rdata_compare(item[i].rdata,
			item[0].rdata) != 0;
	qsort(item, items, sizeof(*item), item_compare_single);
}

/**
 * Number the unique records of the sorted items, and drop duplicates within a
 * part.
 * @param draft: the numbers of records and octets are set, of all and of those
 *	that fit.
 * @param octets: that one record takes in a message besides its rdata.
 */
static void
items_number(struct rrset_builder* builder, struct draft* draft, size_t octets)
{
	const bool single = type_is_single(draft->head.type);
	struct part* part = (struct part*)(void*)builder->parts.data;
	struct item* item = (struct item*)(void*)builder->items.data;
	size_t items = builder->items.len / sizeof(*item), i, kept = 0;
	size_t message = 0;
	for(i = 0; i < items; i++) {
		bool same = kept > 0 && rdata_compare(item[i].rdata,
			item[kept - 1].rdata) == 0;
		if(same && item[i].part == item[kept - 1].part)
			continue;
		if(!same) {
			size_t len = wire_read_u16(item[i].rdata);
			draft->more.records++;
			draft->more.rdata_len += (uint32_t)(2 + len);
			message += octets + len;
			if(message <= RRSET_OCTETS_MAX && !(single &&
				draft->more.records > 1)) {
				draft->head.fit++;
				draft->head.fit_len += (uint16_t)(2 + len);
			}
		}
		item[kept] = item[i];
		item[kept].index = draft->more.records - 1;
		part[item[kept].part].new_refs++;
		kept++;
	}
	builder->items.len = kept * sizeof(*item);
}

/** Write the unique records, in their order. */
static void
write_rdata(const struct rrset_builder* builder, uint8_t* out)
{
	const struct item* item =
		(const struct item*)(const void*)builder->items.data;
	size_t items = builder->items.len / sizeof(*item), i;
	for(i = 0; i < items; i++) {
		size_t len = rdata_list_step(item[i].rdata);
		if(i > 0 && item[i].index == item[i - 1].index)
			continue;
		memcpy(out, item[i].rdata, len);
		out += len;
	}
}

/** Set the TTL of an RRset: the lowest TTL of the parts that count. */
static void
ttl_find(const struct rrset_builder* builder, struct draft* draft)
{
	const struct part* part =
		(const struct part*)(const void*)builder->parts.data;
	uint32_t count = type_is_single(draft->head.type) ? 1 :
		draft->more.entries, i;
	for(i = 0; i < count; i++) {
		if(part[i].ttl == RECORD_TTL_NONE)
			draft->head.flags |= RRSET_TTL_OPEN;
		else if(part[i].ttl < draft->head.ttl)
			draft->head.ttl = part[i].ttl;
	}
}

/** Compute the size of an RRset, and whether it is plain.
 * @return octets; 0 if the size does not fit into 32 bits. */
static size_t
size_find(const struct rrset_builder* builder, struct draft* draft)
{
	const struct part* part =
		(const struct part*)(const void*)builder->parts.data;
	size_t size = sizeof(struct rrset) + sizeof(struct rrset_more) +
		rrset_align(draft->more.rdata_len), i;
	if(draft->more.entries == 1 && part->source_len == 0 &&
		draft->head.fit == draft->more.records) {
		draft->head.flags |= RRSET_PLAIN;
		draft->head.generation = part->generation;
		return rrset_size(&draft->head);
	}
	for(i = 0; i < draft->more.entries; i++)
		size += entry_size(part[i].new_refs == draft->more.records ?
			0 : part[i].new_refs, part[i].source_len);
	draft->more.size = (uint32_t)size;
	return size > UINT32_MAX ? 0 : size;
}

/** Write the entries of an RRset. */
static void
write_entries(struct rrset_builder* builder, const struct draft* draft,
	uint8_t* out)
{
	const struct part* part =
		(const struct part*)(const void*)builder->parts.data;
	const struct item* item =
		(const struct item*)(const void*)builder->items.data;
	uint32_t i, n;
	qsort(builder->items.data, builder->items.len / sizeof(struct item),
		sizeof(struct item), item_compare_part);
	for(i = 0; i < draft->more.entries; i++) {
		struct stored_entry* entry = (struct stored_entry*)(void*)out;
		uint8_t* at = (uint8_t*)(entry + 1);
		bool all = part[i].new_refs == draft->more.records;
		entry->ttl = part[i].ttl;
		entry->refs = all ? RRSET_REFS_ALL : part[i].new_refs;
		entry->source_len = (uint16_t)part[i].source_len;
		entry->generation = part[i].generation;
		for(n = 0; n < part[i].new_refs; n++, item++) {
			if(all)
				continue;
			memcpy(at, &item->index, sizeof(item->index));
			at += sizeof(item->index);
		}
		memcpy(at, part[i].source, part[i].source_len);
		out += entry_size(all ? 0 : part[i].new_refs,
			part[i].source_len);
	}
}

/** Write an RRset. @param out: room for the RRset, zeroed. */
static void
rrset_write(struct rrset_builder* builder, const struct draft* draft,
	uint8_t* out)
{
	struct rrset* rrset = (struct rrset*)(void*)out;
	*rrset = draft->head;
	if(!(rrset->flags & RRSET_PLAIN))
		memcpy(rrset + 1, &draft->more, sizeof(draft->more));
	out += rrset_rdata(rrset) - (const uint8_t*)rrset;
	write_rdata(builder, out);
	if(!(rrset->flags & RRSET_PLAIN))
		write_entries(builder, draft, out +
			rrset_align(draft->more.rdata_len));
}

bool
rrset_build(struct rrset_builder* builder, uint16_t type,
	const struct rrset* old, struct rrset_change** change, size_t changes,
	uint16_t generation)
{
	struct draft draft = { .head = { .type = type,
		.ttl = RECORD_TTL_NONE,
		.unreported = old ? old->unreported : 0 } };
	size_t size;
	uint8_t* out;
	if(changes == 0)
		return buffer_append(&builder->out, old, rrset_size(old));
	if(!parts_merge(builder, old, change, changes, generation))
		return false;
	draft.more.entries = (uint32_t)(builder->parts.len /
		sizeof(struct part));
	if(draft.more.entries == 0)
		return true;
	if(!items_collect(builder, old))
		return false;
	items_sort(builder, type);
	/* a record's owner is a compression pointer: 2 octets; type, class,
	 * TTL and length: 10 */
	items_number(builder, &draft, 12);
	ttl_find(builder, &draft);
	size = size_find(builder, &draft);
	if(size == 0 || !(out = buffer_extend(&builder->out, size)))
		return false;
	/* padding is compared, so it must have a value */
	memset(out, 0, size);
	rrset_write(builder, &draft, out);
	return true;
}

void
rrset_show_single(struct rrset* rrset, bool show)
{
	rrset->flags &= (uint8_t)~RRSET_HIDDEN;
	if(!show)
		rrset->flags |= RRSET_HIDDEN;
}

bool
rrset_entry_is_ignored(const struct rrset_entry* entry)
{
	return entry->refs != RRSET_REFS_ALL && rrset_entry_ref(entry, 0) != 0;
}

/** Whether two entries are equal, apart from their generations. */
static bool
entry_same(const struct rrset_entry* a, const struct rrset_entry* b)
{
	return a->ttl == b->ttl && a->refs == b->refs &&
		a->source_len == b->source_len &&
		memcmp(a->source, b->source, a->source_len) == 0 &&
		memcmp(a->ref, b->ref, refs_count(a->refs) *
		sizeof(uint32_t)) == 0;
}

/** Whether the entries of two RRsets that are not plain are equal. */
static bool
entries_same(const struct rrset* old, const struct rrset* new)
{
	struct rrset_entry x, y;
	if(rrset_entries(old) != rrset_entries(new))
		return false;
	rrset_entry_first(old, &x);
	rrset_entry_first(new, &y);
	for(; x.left > 0; rrset_entry_next(&x), rrset_entry_next(&y)) {
		if(!entry_same(&x, &y))
			return false;
	}
	return true;
}

/** Copy the generations of an equal RRset. */
static void
generations_take(struct rrset* old, const struct rrset* new)
{
	struct rrset_entry x, y;
	__atomic_store_n(&old->generation, new->generation, __ATOMIC_RELAXED);
	if(old->flags & RRSET_PLAIN)
		return;
	rrset_entry_first(old, &x);
	rrset_entry_first(new, &y);
	for(; x.left > 0; rrset_entry_next(&x), rrset_entry_next(&y))
		__atomic_store_n(&((struct stored_entry*)(uintptr_t)
			entry_stored(&x))->generation, y.generation,
			__ATOMIC_RELAXED);
}

bool
rrset_refresh(const struct rrset* old, const struct rrset* new)
{
	/* All else follows from these and the entries, except RRSET_HIDDEN,
	 * which depends on the other RRsets of the name. */
	if(rrset_size(old) != rrset_size(new) || old->ttl != new->ttl ||
		((old->flags ^ new->flags) & (uint8_t)~RRSET_HIDDEN) ||
		rrset_rdata_len(old) != rrset_rdata_len(new) ||
		memcmp(rrset_rdata(old), rrset_rdata(new),
		rrset_rdata_len(old)) != 0)
		return false;
	if(!(old->flags & RRSET_PLAIN) && !entries_same(old, new))
		return false;
	generations_take((struct rrset*)(uintptr_t)old, new);
	return true;
}
