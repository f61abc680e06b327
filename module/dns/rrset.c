/*
 * dns/rrset.c - an RRset as the store keeps it.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "dns/rrset.h"
#include "dns/type.h"
#include <stdlib.h>
#include <string.h>

/** One key's part in an RRset that is being built. */
struct part {
	/** the source */
	const char* source;
	/** octets in it */
	size_t source_len;
	/** seconds, or RECORD_TTL_NONE */
	uint32_t ttl;
	/** number of records */
	uint32_t count;
	/** generation for the new entry */
	uint16_t generation;
	/** from a change: its rdata; else NULL */
	const uint8_t* rdata;
	/** from an old entry: which of the old records; NULL for all */
	const uint32_t* refs;
	/** number of refs that the new entry needs */
	uint32_t new_refs;
};

/** One record of one part. */
struct item {
	/** its length in two octets, then its rdata */
	const uint8_t* rdata;
	/** index of the part */
	uint32_t part;
	/** index among the RRset's records, when that is known; before, of a
	 * type that has one record, 0 if it is the one that stands */
	uint32_t index;
};

/** Room for more octets at the end of a scratch; NULL if there is none. */
static void*
scratch_grow(struct rrset_scratch* scratch, size_t more)
{
	size_t need = scratch->len + more;
	void* at;
	if(need > scratch->size) {
		size_t size = need < 256 ? 256 : need * 2;
		uint8_t* grown = realloc(scratch->data, size);
		if(!grown)
			return NULL;
		scratch->data = grown;
		scratch->size = size;
	}
	at = scratch->data + scratch->len;
	scratch->len = need;
	return at;
}

static uint16_t
rdata_size(const uint8_t* rdata)
{
	return (uint16_t)(rdata[0] << 8 | rdata[1]);
}

void
rrset_builder_clear(struct rrset_builder* builder)
{
	free(builder->out.data);
	free(builder->parts.data);
	free(builder->items.data);
	free(builder->offsets.data);
	memset(builder, 0, sizeof(*builder));
}

/* --- entries ------------------------------------------------------------- */

const struct rrset_entry*
rrset_first_entry(const struct rrset* rrset)
{
	return (const struct rrset_entry*)(const void*)
		(rrset_rdata(rrset) + rrset_align(rrset->rdata_len));
}

static const uint32_t*
entry_refs(const struct rrset_entry* entry)
{
	return (const uint32_t*)(const void*)(entry + 1);
}

static size_t
entry_refs_count(const struct rrset_entry* entry)
{
	return entry->refs == RRSET_REFS_ALL ? 0 : entry->refs;
}

const char*
rrset_entry_source(const struct rrset_entry* entry)
{
	return (const char*)(entry_refs(entry) + entry_refs_count(entry));
}

static size_t
entry_size(size_t refs, size_t source_len)
{
	return rrset_align(sizeof(struct rrset_entry) +
		refs * sizeof(uint32_t) + source_len);
}

const struct rrset_entry*
rrset_entry_next(const struct rrset_entry* entry)
{
	return (const struct rrset_entry*)(const void*)((const uint8_t*)entry +
		entry_size(entry_refs_count(entry), entry->source_len));
}

/* --- building an RRset --------------------------------------------------- */

/** Canonical order of rdata (RFC 4034 6.3). */
static int
rdata_compare(const uint8_t* a, const uint8_t* b)
{
	size_t alen = rdata_size(a), blen = rdata_size(b);
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

/** As item_compare, but the record that stands comes first. */
static int
item_compare_single(const void* a, const void* b)
{
	const struct item *x = a, *y = b;
	if(x->index != y->index)
		return x->index < y->index ? -1 : 1;
	return item_compare(a, b);
}

/** By part; within a part, the records stay in their order. */
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
part_add(struct rrset_scratch* parts, const struct part* part)
{
	struct part* room = scratch_grow(parts, sizeof(*part));
	if(!room)
		return false;
	*room = *part;
	return true;
}

static bool
part_add_entry(struct rrset_scratch* parts, const struct rrset* rrset,
	const struct rrset_entry* entry)
{
	struct part part = { .source = rrset_entry_source(entry),
		.source_len = entry->source_len, .ttl = entry->ttl,
		.generation = entry->generation };
	if(entry->refs == RRSET_REFS_ALL) {
		part.count = rrset->records;
	} else {
		part.count = entry->refs;
		part.refs = entry_refs(entry);
	}
	return part_add(parts, &part);
}

static bool
part_add_change(struct rrset_scratch* parts,
	const struct rrset_change* change, uint16_t generation)
{
	struct part part = { .source = change->key.source,
		.source_len = change->key.source_len, .ttl = change->set.ttl,
		.count = change->set.count, .generation = generation,
		.rdata = change->set.rdata };
	return change->remove || part_add(parts, &part);
}

/**
 * Put together the keys of an RRset: the old ones, with the changes made.
 * Both are in order of source.
 */
static bool
parts_merge(struct rrset_builder* builder, const struct rrset* old,
	struct rrset_change** change, size_t changes, uint16_t generation)
{
	const struct rrset_entry* entry = old ? rrset_first_entry(old) : NULL;
	uint32_t entries = old ? old->entries : 0;
	builder->parts.len = 0;
	while(entries > 0 || changes > 0) {
		int order = 0;
		if(entries == 0)
			order = 1;
		else if(changes == 0)
			order = -1;
		else	order = rrset_source_compare(
				rrset_entry_source(entry), entry->source_len,
				(*change)->key.source,
				(*change)->key.source_len);
		if(order < 0 && !part_add_entry(&builder->parts, old, entry))
			return false;
		if(order >= 0 && !part_add_change(&builder->parts, *change,
			generation))
			return false;
		if(order <= 0) {
			entries--;
			entry = rrset_entry_next(entry);
		}
		if(order >= 0) {
			changes--;
			change++;
		}
	}
	return true;
}

/** Find where each record of an old RRset is. */
static const uint8_t**
old_index(struct rrset_builder* builder, const struct rrset* old)
{
	const uint8_t *rdata, **at;
	uint32_t i;
	if(!old)
		return NULL;
	builder->offsets.len = 0;
	at = scratch_grow(&builder->offsets, old->records * sizeof(*at));
	rdata = rrset_rdata(old);
	for(i = 0; at && i < old->records; i++) {
		at[i] = rdata;
		rdata += 2 + rdata_size(rdata);
	}
	return at;
}

/**
 * List the records of all parts.
 * @return false if memory ran out.
 */
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
		struct item* item = scratch_grow(&builder->items,
			part[i].count * sizeof(*item));
		if(!item)
			return false;
		for(n = 0; n < part[i].count; n++, item++) {
			item->part = (uint32_t)i;
			item->index = 0;
			if(rdata) {
				item->rdata = rdata;
				rdata += 2 + rdata_size(rdata);
			} else {
				item->rdata = old_at[part[i].refs ?
					part[i].refs[n] : n];
			}
		}
	}
	return true;
}

/** Sort the items: in canonical order, or, of a type that has one record, the
 * first part's before all others. */
static void
items_sort(struct rrset_builder* builder, uint16_t type)
{
	struct item* item = (struct item*)(void*)builder->items.data;
	size_t items = builder->items.len / sizeof(*item), i;
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
 * Number the different records of the sorted items, and drop what a part has
 * twice.
 * @param rrset: records, rdata_len, served and served_len are set.
 * @param octets: what one record takes in a message beside its rdata.
 */
static void
items_number(struct rrset_builder* builder, struct rrset* rrset, size_t octets)
{
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
			size_t len = rdata_size(item[i].rdata);
			rrset->records++;
			rrset->rdata_len += (uint32_t)(2 + len);
			message += octets + len;
			if(message <= RRSET_OCTETS_MAX) {
				rrset->served = rrset->records;
				rrset->served_len = rrset->rdata_len;
			}
		}
		item[kept] = item[i];
		item[kept].index = rrset->records - 1;
		part[item[kept].part].new_refs++;
		kept++;
	}
	builder->items.len = kept * sizeof(*item);
}

/** Write the different records, in their order, to where an RRset has them. */
static void
write_rdata(const struct rrset_builder* builder, uint8_t* out)
{
	const struct item* item =
		(const struct item*)(const void*)builder->items.data;
	size_t items = builder->items.len / sizeof(*item), i;
	for(i = 0; i < items; i++) {
		size_t len = (size_t)2 + rdata_size(item[i].rdata);
		if(i > 0 && item[i].index == item[i - 1].index)
			continue;
		memcpy(out, item[i].rdata, len);
		out += len;
	}
}

/** Count a key's TTL in. */
static void
ttl_count(struct rrset* rrset, uint32_t ttl)
{
	if(ttl == RECORD_TTL_NONE)
		rrset->ttl_open = 1;
	else if(ttl < rrset->ttl)
		rrset->ttl = ttl;
}

/** Write the entries of an RRset; the items are in order of part. */
static void
write_entries(const struct rrset_builder* builder, struct rrset* rrset,
	uint8_t* out)
{
	const struct part* part =
		(const struct part*)(const void*)builder->parts.data;
	const struct item* item =
		(const struct item*)(const void*)builder->items.data;
	uint32_t i, n;
	for(i = 0; i < rrset->entries; i++) {
		struct rrset_entry* entry = (struct rrset_entry*)(void*)out;
		uint32_t* ref = (uint32_t*)(entry + 1);
		bool all = part[i].new_refs == rrset->records;
		entry->ttl = part[i].ttl;
		entry->refs = all ? RRSET_REFS_ALL : part[i].new_refs;
		entry->source_len = (uint16_t)part[i].source_len;
		entry->generation = part[i].generation;
		for(n = 0; n < part[i].new_refs; n++, item++) {
			if(!all)
				*ref++ = item->index;
		}
		memcpy(ref, part[i].source, part[i].source_len);
		if(i == 0 || !type_is_single(rrset->type))
			ttl_count(rrset, part[i].ttl);
		out += entry_size(all ? 0 : part[i].new_refs,
			part[i].source_len);
	}
}

bool
rrset_build(struct rrset_builder* builder, uint16_t type,
	const struct rrset* old, struct rrset_change** change, size_t changes,
	uint16_t generation)
{
	struct rrset head = { .type = type, .ttl = RECORD_TTL_NONE,
		.untold = old ? old->untold : 0 };
	const struct part* part;
	size_t i, size;
	uint8_t* out;
	if(changes == 0) {
		out = scratch_grow(&builder->out, old->size);
		if(out)
			memcpy(out, old, old->size);
		return out != NULL;
	}
	if(!parts_merge(builder, old, change, changes, generation))
		return false;
	head.entries = (uint32_t)(builder->parts.len / sizeof(*part));
	if(head.entries == 0)
		return true;
	if(!items_collect(builder, old))
		return false;
	items_sort(builder, type);
	/* a record's owner is a compression pointer: 2 octets; type, class,
	 * TTL and length: 10 */
	items_number(builder, &head, 12);
	part = (const struct part*)(const void*)builder->parts.data;
	size = sizeof(head) + rrset_align(head.rdata_len);
	for(i = 0; i < head.entries; i++)
		size += entry_size(part[i].new_refs == head.records ? 0 :
			part[i].new_refs, part[i].source_len);
	if(size > UINT32_MAX || !(out = scratch_grow(&builder->out, size)))
		return false;
	/* padding is compared, so it must have a value */
	memset(out, 0, size);
	head.size = (uint32_t)size;
	write_rdata(builder, out + sizeof(head));
	qsort(builder->items.data, builder->items.len / sizeof(struct item),
		sizeof(struct item), item_compare_part);
	write_entries(builder, &head,
		out + sizeof(head) + rrset_align(head.rdata_len));
	memcpy(out, &head, sizeof(head));
	if(type_is_single(type))
		rrset_show_single((struct rrset*)(void*)out, true);
	return true;
}

void
rrset_show_single(struct rrset* rrset, bool show)
{
	rrset->served = show;
	rrset->served_len = show ? 2 + (uint32_t)rdata_size(
		rrset_rdata(rrset)) : 0;
}

bool
rrset_entry_left_out(const struct rrset_entry* entry)
{
	return entry->refs != RRSET_REFS_ALL && entry_refs(entry)[0] != 0;
}

/** Whether two entries are the same but for their generation. */
static bool
entry_same(const struct rrset_entry* a, const struct rrset_entry* b)
{
	size_t size = entry_size(entry_refs_count(a), a->source_len);
	return a->ttl == b->ttl && a->refs == b->refs &&
		a->source_len == b->source_len &&
		memcmp(a + 1, b + 1, size - sizeof(*a)) == 0;
}

bool
rrset_same(const struct rrset* old, const struct rrset* new)
{
	const struct rrset_entry *x, *y;
	uint32_t i;
	/* all else in struct rrset follows from these and the entries, but for
	 * what hides it from readers, which is another's decision */
	if(old->size != new->size || old->rdata_len != new->rdata_len ||
		old->entries != new->entries || memcmp(rrset_rdata(old),
		rrset_rdata(new), old->rdata_len) != 0)
		return false;
	x = rrset_first_entry(old);
	y = rrset_first_entry(new);
	for(i = 0; i < old->entries; i++) {
		if(!entry_same(x, y))
			return false;
		x = rrset_entry_next(x);
		y = rrset_entry_next(y);
	}
	x = rrset_first_entry(old);
	y = rrset_first_entry(new);
	for(i = 0; i < old->entries; i++) {
		((struct rrset_entry*)(uintptr_t)x)->generation =
			y->generation;
		x = rrset_entry_next(x);
		y = rrset_entry_next(y);
	}
	return true;
}
