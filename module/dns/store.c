/*
 * dns/store.c - the copy of etcd's records that queries are answered from.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/*
 * A name is one allocation: struct store_name, the name, then for each RRset
 * a struct block, its rdata, and a struct entry for each key that gave some
 * of it. What readers look at is never written after it was published: a
 * change makes a new allocation, which takes the place of the old one in the
 * hash table. Only `children` and `generation` change in place; the writer
 * alone looks at them.
 */
#include "dns/store.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <urcu/urcu-bp.h>
#include <urcu/rculfhash.h>

/** fewest buckets of the hash table, a power of 2 */
#define BUCKETS_MIN 1024UL
/** replaced names are kept until so many, or ... */
#define RETIRED_MAX 1024
/** ... so many octets of them wait to be freed */
#define RETIRED_OCTETS (1024 * 1024)
/** struct entry's `refs` if the key gave every record of the RRset */
#define REFS_ALL UINT32_MAX

/*
 * ThreadSanitizer does not see into liburcu. These tell it what liburcu
 * guarantees, and no more: what was written to a name before it was
 * published is seen by who finds it, and what a reader did before it
 * unlocked comes before what the writer does after it has waited.
 */
#if defined(__SANITIZE_THREAD__)
#define HELIX_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define HELIX_TSAN 1
#endif
#endif
#ifdef HELIX_TSAN
void __tsan_acquire(void* address);
void __tsan_release(void* address);
#define tsan_acquire(address) __tsan_acquire((void*)(address))
#define tsan_release(address) __tsan_release((void*)(address))
#else
#define tsan_acquire(address) ((void)(address))
#define tsan_release(address) ((void)(address))
#endif

struct store_name {
	/** link in the hash table */
	struct cds_lfht_node node;
	/** names one label longer than this that exist, and pins; the
	 * writer's */
	uint32_t children;
	/** octets of this allocation */
	uint32_t size;
	/** number of RRsets */
	uint16_t blocks;
	/** octets of the name */
	uint8_t len;
	/** the name, then, at the next multiple of 4, the blocks in order of
	 * type */
	uint8_t body[];
};

/** An RRset; its rdata and then its entries follow. */
struct block {
	/** RR type, host byte order */
	uint16_t type;
	/** whether an entry has no TTL */
	uint16_t ttl_open;
	/** lowest TTL of the entries, or RECORD_TTL_NONE */
	uint32_t ttl;
	/** number of different records */
	uint32_t records;
	/** octets of their rdata, with the length before each */
	uint32_t rdata_len;
	/** how many of the records fit into a message */
	uint32_t served;
	/** octets of the rdata of those */
	uint32_t served_len;
	/** number of entries */
	uint32_t entries;
	/** octets from this block to the next */
	uint32_t size;
};

/** What one key gave to an RRset; its refs and then its source follow. */
struct entry {
	/** seconds, or RECORD_TTL_NONE */
	uint32_t ttl;
	/** number of refs, each the index of a record; or REFS_ALL, and then
	 * none follow */
	uint32_t refs;
	/** octets of the source */
	uint16_t source_len;
	/** in which list or later it was last put; the writer's */
	uint16_t generation;
};

/** A noted change. */
struct change {
	/** owner, type, source; the source points into data */
	struct record_key key;
	/** count, ttl, rdata; the rdata points into data */
	struct record_set set;
	/** whether the key is gone */
	bool remove;
	/** its place among the noted changes */
	size_t order;
	/** the source, and the rdata */
	uint8_t data[];
};

/** A growing piece of memory that is used again and again. */
struct scratch {
	/** the memory; suitably aligned for any block */
	uint8_t* data;
	/** octets in use */
	size_t len;
	/** octets allocated */
	size_t size;
};

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
	/** index among the RRset's records, when that is known */
	uint32_t index;
};

struct store {
	/** from name to struct store_name */
	struct cds_lfht* table;
	/** number of buckets */
	unsigned long buckets;
	/** for the hashes */
	uint64_t seed;
	/** the generation of what is put now */
	uint16_t generation;
	/** whom to tell */
	struct store_listener listener;
	/** noted changes */
	struct change** pending;
	/** number of them */
	size_t pending_count;
	/** room for them */
	size_t pending_size;
	/** names taken out of the table, which readers may still see */
	struct store_name** retired;
	/** number of them */
	size_t retired_count;
	/** room for them */
	size_t retired_size;
	/** octets of them */
	size_t retired_octets;
	/** blocks that are being built */
	struct scratch blocks;
	/** parts that are being put together */
	struct scratch parts;
	/** items of them */
	struct scratch items;
	/** where the records of an old block are */
	struct scratch offsets;
	/** counts; written by the writer's thread only */
	_Atomic size_t names, keys, octets;
};

/** What a look-up compares with. */
struct wire {
	/** the name */
	const uint8_t* name;
	/** octets of it */
	size_t len;
};

static size_t
align4(size_t n)
{
	return (n + 3) & ~(size_t)3;
}

/** Room for more octets at the end of a scratch; NULL if there is none. */
static void*
scratch_grow(struct scratch* scratch, size_t more)
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

/* --- what a name holds --------------------------------------------------- */

static const struct block*
name_first_block(const struct store_name* name)
{
	size_t at = align4(offsetof(struct store_name, body) + name->len);
	return (const struct block*)(const void*)((const uint8_t*)name + at);
}

static const struct block*
block_next(const struct block* block)
{
	return (const struct block*)(const void*)
		((const uint8_t*)block + block->size);
}

static const uint8_t*
block_rdata(const struct block* block)
{
	return (const uint8_t*)(block + 1);
}

static const struct entry*
block_first_entry(const struct block* block)
{
	return (const struct entry*)(const void*)
		(block_rdata(block) + align4(block->rdata_len));
}

static const uint32_t*
entry_refs(const struct entry* entry)
{
	return (const uint32_t*)(const void*)(entry + 1);
}

static size_t
entry_refs_count(const struct entry* entry)
{
	return entry->refs == REFS_ALL ? 0 : entry->refs;
}

static const char*
entry_source(const struct entry* entry)
{
	return (const char*)(entry_refs(entry) + entry_refs_count(entry));
}

static size_t
entry_size(size_t refs, size_t source_len)
{
	return align4(sizeof(struct entry) + refs * sizeof(uint32_t) +
		source_len);
}

static const struct entry*
entry_next(const struct entry* entry)
{
	return (const struct entry*)(const void*)((const uint8_t*)entry +
		entry_size(entry_refs_count(entry), entry->source_len));
}

static size_t
name_count_keys(const struct store_name* name)
{
	const struct block* block = name_first_block(name);
	size_t i, keys = 0;
	for(i = 0; i < name->blocks; i++, block = block_next(block))
		keys += block->entries;
	return keys;
}

/* --- readers ------------------------------------------------------------- */

static int
name_match(struct cds_lfht_node* node, const void* key)
{
	const struct store_name* name =
		caa_container_of(node, struct store_name, node);
	const struct wire* wire = key;
	tsan_acquire(name);
	return name->len == wire->len &&
		memcmp(name->body, wire->name, wire->len) == 0;
}

static struct store_name*
table_find(struct store* store, uint64_t hash, const uint8_t* name,
	size_t len, struct cds_lfht_iter* iter)
{
	struct wire wire = { name, len };
	struct cds_lfht_node* node;
	cds_lfht_lookup(store->table, (unsigned long)hash, name_match, &wire,
		iter);
	node = cds_lfht_iter_get_node(iter);
	return node ? caa_container_of(node, struct store_name, node) : NULL;
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

static struct store_name*
suffix_find(struct store* store, const struct name_walk* walk,
	unsigned labels, struct cds_lfht_iter* iter)
{
	size_t len;
	const uint8_t* suffix = name_walk_suffix(walk, labels, &len);
	return table_find(store, walk->hash[labels], suffix, len, iter);
}

const struct store_name*
store_find(struct store* store, const struct name_walk* walk,
	unsigned labels)
{
	struct cds_lfht_iter iter;
	return suffix_find(store, walk, labels, &iter);
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
	return table_find(store, name_hash_label(walk->hash[labels], star),
		wild, len + sizeof(star), &iter);
}

bool
store_get(const struct store_name* name, uint16_t type,
	struct store_rrset* rrset)
{
	const struct block* block = name_first_block(name);
	unsigned i;
	for(i = 0; i < name->blocks; i++, block = block_next(block)) {
		if(type != 0 && block->type != type)
			continue;
		rrset->type = block->type;
		rrset->ttl_open = block->ttl_open != 0;
		rrset->ttl = block->ttl;
		rrset->count = block->served;
		rrset->rdata = block_rdata(block);
		rrset->rdata_len = block->served_len;
		return true;
	}
	return false;
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

/** By part; within a part, the records stay in their order. */
static int
item_compare_part(const void* a, const void* b)
{
	const struct item *x = a, *y = b;
	if(x->part != y->part)
		return x->part < y->part ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

static int
source_compare(const char* a, size_t alen, const char* b, size_t blen)
{
	int order = memcmp(a, b, alen < blen ? alen : blen);
	if(order != 0)
		return order;
	return alen < blen ? -1 : alen > blen;
}

static bool
part_add(struct scratch* parts, const struct part* part)
{
	struct part* room = scratch_grow(parts, sizeof(*part));
	if(!room)
		return false;
	*room = *part;
	return true;
}

static bool
part_add_entry(struct scratch* parts, const struct block* block,
	const struct entry* entry)
{
	struct part part = { .source = entry_source(entry),
		.source_len = entry->source_len, .ttl = entry->ttl,
		.generation = entry->generation };
	if(entry->refs == REFS_ALL) {
		part.count = block->records;
	} else {
		part.count = entry->refs;
		part.refs = entry_refs(entry);
	}
	return part_add(parts, &part);
}

static bool
part_add_change(struct scratch* parts, const struct change* change,
	uint16_t generation)
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
parts_merge(struct store* store, const struct block* old,
	struct change** change, size_t changes)
{
	const struct entry* entry = old ? block_first_entry(old) : NULL;
	uint32_t entries = old ? old->entries : 0;
	store->parts.len = 0;
	while(entries > 0 || changes > 0) {
		int order = 0;
		if(entries == 0)
			order = 1;
		else if(changes == 0)
			order = -1;
		else	order = source_compare(entry_source(entry),
				entry->source_len, (*change)->key.source,
				(*change)->key.source_len);
		if(order < 0 && !part_add_entry(&store->parts, old, entry))
			return false;
		if(order >= 0 && !part_add_change(&store->parts, *change,
			store->generation))
			return false;
		if(order <= 0) {
			entries--;
			entry = entry_next(entry);
		}
		if(order >= 0) {
			changes--;
			change++;
		}
	}
	return true;
}

/** Find where each record of an old block is. */
static const uint8_t**
block_index(struct store* store, const struct block* old)
{
	const uint8_t *rdata, **at;
	uint32_t i;
	if(!old)
		return NULL;
	store->offsets.len = 0;
	at = scratch_grow(&store->offsets, old->records * sizeof(*at));
	rdata = block_rdata(old);
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
items_collect(struct store* store, const struct block* old)
{
	struct part* part = (struct part*)(void*)store->parts.data;
	size_t parts = store->parts.len / sizeof(*part), i;
	const uint8_t** old_at = block_index(store, old);
	uint32_t n;
	if(old && !old_at)
		return false;
	store->items.len = 0;
	for(i = 0; i < parts; i++) {
		const uint8_t* rdata = part[i].rdata;
		struct item* item = scratch_grow(&store->items,
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

/**
 * Sort the items, number the different records, and drop what a part has
 * twice.
 * @param block: records, rdata_len, served and served_len are set.
 * @param octets: what one record takes in a message beside its rdata.
 */
static void
items_number(struct store* store, struct block* block, size_t octets)
{
	struct part* part = (struct part*)(void*)store->parts.data;
	struct item* item = (struct item*)(void*)store->items.data;
	size_t items = store->items.len / sizeof(*item), i, kept = 0;
	size_t message = 0;
	qsort(item, items, sizeof(*item), item_compare);
	for(i = 0; i < items; i++) {
		bool same = kept > 0 && rdata_compare(item[i].rdata,
			item[kept - 1].rdata) == 0;
		if(same && item[i].part == item[kept - 1].part)
			continue;
		if(!same) {
			size_t len = rdata_size(item[i].rdata);
			block->records++;
			block->rdata_len += (uint32_t)(2 + len);
			message += octets + len;
			if(message <= STORE_RRSET_OCTETS) {
				block->served = block->records;
				block->served_len = block->rdata_len;
			}
		}
		item[kept] = item[i];
		item[kept].index = block->records - 1;
		part[item[kept].part].new_refs++;
		kept++;
	}
	store->items.len = kept * sizeof(*item);
}

/** Write the different records, in their order, to where a block has them. */
static void
block_write_rdata(const struct store* store, uint8_t* out)
{
	const struct item* item =
		(const struct item*)(const void*)store->items.data;
	size_t items = store->items.len / sizeof(*item), i;
	for(i = 0; i < items; i++) {
		size_t len = (size_t)2 + rdata_size(item[i].rdata);
		if(i > 0 && item[i].index == item[i - 1].index)
			continue;
		memcpy(out, item[i].rdata, len);
		out += len;
	}
}

/** Write the entries of a block; the items are in order of part. */
static void
block_write_entries(const struct store* store, struct block* block,
	uint8_t* out)
{
	const struct part* part =
		(const struct part*)(const void*)store->parts.data;
	const struct item* item =
		(const struct item*)(const void*)store->items.data;
	uint32_t i, n;
	for(i = 0; i < block->entries; i++) {
		struct entry* entry = (struct entry*)(void*)out;
		uint32_t* ref = (uint32_t*)(entry + 1);
		bool all = part[i].new_refs == block->records;
		entry->ttl = part[i].ttl;
		entry->refs = all ? REFS_ALL : part[i].new_refs;
		entry->source_len = (uint16_t)part[i].source_len;
		entry->generation = part[i].generation;
		for(n = 0; n < part[i].new_refs; n++, item++) {
			if(!all)
				*ref++ = item->index;
		}
		memcpy(ref, part[i].source, part[i].source_len);
		if(part[i].ttl == RECORD_TTL_NONE)
			block->ttl_open = 1;
		else if(part[i].ttl < block->ttl)
			block->ttl = part[i].ttl;
		out += entry_size(all ? 0 : part[i].new_refs,
			part[i].source_len);
	}
}

/**
 * Append a new block to store->blocks: the old one with changes made. If no
 * key is left, nothing is appended.
 * @return false if memory ran out.
 */
static bool
block_build(struct store* store, uint16_t type, const struct block* old,
	struct change** change, size_t changes)
{
	struct block head = { .type = type, .ttl = RECORD_TTL_NONE };
	const struct part* part;
	size_t i, size;
	uint8_t* out;
	if(changes == 0) {
		out = scratch_grow(&store->blocks, old->size);
		if(out)
			memcpy(out, old, old->size);
		return out != NULL;
	}
	if(!parts_merge(store, old, change, changes))
		return false;
	head.entries = (uint32_t)(store->parts.len / sizeof(*part));
	if(head.entries == 0)
		return true;
	if(!items_collect(store, old))
		return false;
	/* a record's owner is a compression pointer: 2 octets; type, class,
	 * TTL and length: 10 */
	items_number(store, &head, 12);
	part = (const struct part*)(const void*)store->parts.data;
	size = sizeof(head) + align4(head.rdata_len);
	for(i = 0; i < head.entries; i++)
		size += entry_size(part[i].new_refs == head.records ? 0 :
			part[i].new_refs, part[i].source_len);
	if(size > UINT32_MAX || !(out = scratch_grow(&store->blocks, size)))
		return false;
	/* padding is compared, so it must have a value */
	memset(out, 0, size);
	head.size = (uint32_t)size;
	block_write_rdata(store, out + sizeof(head));
	qsort(store->items.data, store->items.len / sizeof(struct item),
		sizeof(struct item), item_compare_part);
	block_write_entries(store, &head,
		out + sizeof(head) + align4(head.rdata_len));
	memcpy(out, &head, sizeof(head));
	return true;
}

/**
 * Compare two blocks, generations aside; if they are the same, bring the old
 * one's generations up to date.
 */
static bool
block_same(const struct block* old, const struct block* new)
{
	const struct entry* entry = block_first_entry(new);
	struct entry* was = (struct entry*)(uintptr_t)block_first_entry(old);
	uint32_t pass, i;
	if(old->size != new->size || memcmp(old, new, sizeof(*old) +
		align4(old->rdata_len)) != 0)
		return false;
	for(pass = 0; pass < 2; pass++) {
		entry = block_first_entry(new);
		was = (struct entry*)(uintptr_t)block_first_entry(old);
		for(i = 0; i < old->entries; i++) {
			if(pass == 1)
				was->generation = entry->generation;
			else if(was->ttl != entry->ttl ||
				was->refs != entry->refs ||
				was->source_len != entry->source_len ||
				memcmp(was + 1, entry + 1,
				entry_size(entry_refs_count(entry),
				entry->source_len) - sizeof(*entry)) != 0)
				return false;
			entry = entry_next(entry);
			was = (struct entry*)(uintptr_t)entry_next(was);
		}
	}
	return true;
}

/* --- names --------------------------------------------------------------- */

/** Wait until no reader sees what was retired, and free it. */
static void
retired_free(struct store* store)
{
	size_t i;
	if(store->retired_count == 0)
		return;
	urcu_bp_synchronize_rcu();
	tsan_acquire(store);
	for(i = 0; i < store->retired_count; i++)
		free(store->retired[i]);
	store->retired_count = 0;
	store->retired_octets = 0;
}

/** Make room in an array of pointers for so many more. */
static bool
pointers_reserve(void*** array, size_t* size, size_t count, size_t more)
{
	void** grown;
	if(count + more <= *size)
		return true;
	grown = realloc(*array, (count + more) * 2 * sizeof(*grown));
	if(!grown)
		return false;
	*array = grown;
	*size = (count + more) * 2;
	return true;
}

static bool
retired_reserve(struct store* store, size_t more)
{
	return pointers_reserve((void***)&store->retired,
		&store->retired_size, store->retired_count, more);
}

static void
retire(struct store* store, struct store_name* name)
{
	store->names--;
	store->keys -= name_count_keys(name);
	store->octets -= name->size;
	store->retired_octets += name->size;
	store->retired[store->retired_count++] = name;
}

static void
count_in(struct store* store, const struct store_name* name)
{
	store->names++;
	store->keys += name_count_keys(name);
	store->octets += name->size;
}

/** Make a name with the blocks that are in a scratch; NULL for none. */
static struct store_name*
name_create(const uint8_t* wire, size_t len, const struct scratch* blocks)
{
	size_t at = align4(offsetof(struct store_name, body) + len);
	size_t more = blocks ? blocks->len : 0, done = 0;
	struct store_name* name;
	if(more > UINT32_MAX - at)
		return NULL;
	name = malloc(at + more);
	if(!name)
		return NULL;
	name->children = 0;
	name->size = (uint32_t)(at + more);
	name->blocks = 0;
	name->len = (uint8_t)len;
	memcpy(name->body, wire, len);
	if(more > 0)
		memcpy((uint8_t*)name + at, blocks->data, more);
	while(done < more) {
		const struct block* block = (const struct block*)(const void*)
			((const uint8_t*)name + at + done);
		name->blocks++;
		done += block->size;
	}
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

/**
 * Put a new name into the table, and the names above it that do not exist
 * yet, those first.
 * @param name: goes to the store, whatever is returned.
 * @return false if memory ran out.
 */
static bool
name_link(struct store* store, const struct name_walk* walk,
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
		parent = suffix_find(store, walk, top - 1, &iter);
		if(parent)
			break;
		suffix = name_walk_suffix(walk, top - 1, &len);
		missing[--top] = name_create(suffix, len, NULL);
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
 * Take a name that has neither records nor children out of the table, and
 * the names above it for which the same holds then. There is room for all of
 * them among the retired.
 */
static void
name_unlink(struct store* store, const struct name_walk* walk,
	struct store_name* name)
{
	unsigned labels = walk->labels;
	for(;;) {
		struct cds_lfht_iter iter;
		cds_lfht_del(store->table, &name->node);
		retire(store, name);
		if(labels == 0)
			return;
		name = suffix_find(store, walk, --labels, &iter);
		if(!name)
			return;
		name->children--;
		if(name->children > 0 || name->blocks > 0)
			return;
	}
}

/** Warn of RRsets that have become crowded. */
static void
tell_crowded(const struct store* store, const struct name* owner,
	const struct store_name* old)
{
	size_t at = 0;
	while(store->listener.crowded && at < store->blocks.len) {
		const struct block* block = (const struct block*)(const void*)
			(store->blocks.data + at);
		const struct block* was = old ? name_first_block(old) : NULL;
		unsigned i, left = old ? old->blocks : 0;
		for(i = 0; i < left && was->type != block->type; i++)
			was = block_next(was);
		if(block->records > STORE_RRSET_CROWDED && (i == left ||
			was->records <= STORE_RRSET_CROWDED))
			store->listener.crowded(store->listener.arg, owner,
				block->type, block->records, block->served);
		at += block->size;
	}
}

/**
 * Make the blocks in store->blocks those of a name.
 * @param iter: where the old name was found; old is NULL if it was not.
 * @return false if memory ran out.
 */
static bool
name_publish(struct store* store, const struct name_walk* walk,
	struct store_name* old, struct cds_lfht_iter* iter)
{
	struct store_name* name;
	bool empty = store->blocks.len == 0;
	if(!old && empty)
		return true;
	if(!retired_reserve(store, (size_t)walk->labels + 1))
		return false;
	if(empty && old->children == 0) {
		name_unlink(store, walk, old);
	} else {
		name = name_create(walk->name.wire, walk->name.len,
			&store->blocks);
		if(!name)
			return false;
		if(!old) {
			if(!name_link(store, walk, name))
				return false;
		} else {
			struct wire wire = { walk->name.wire,
				walk->name.len };
			name->children = old->children;
			cds_lfht_node_init(&name->node);
			tsan_release(name);
			cds_lfht_replace(store->table, iter,
				(unsigned long)walk->hash[walk->labels],
				name_match, &wire, &name->node);
			count_in(store, name);
			retire(store, old);
		}
	}
	tell_crowded(store, &walk->name, old);
	if(store->listener.changed)
		store->listener.changed(store->listener.arg, &walk->name);
	return true;
}

/**
 * Make one name's changes visible.
 * @param change: in order of type and source, none of them twice.
 * @return false if memory ran out; the name is then as it was.
 */
static bool
name_commit(struct store* store, struct change** change, size_t changes)
{
	struct name_walk walk;
	struct cds_lfht_iter iter;
	struct store_name* old;
	const struct block* block;
	bool changed = false;
	unsigned blocks;
	(void)name_walk_init(&walk, change[0]->key.owner.wire,
		change[0]->key.owner.len, store->seed);
	old = suffix_find(store, &walk, walk.labels, &iter);
	block = old ? name_first_block(old) : NULL;
	blocks = old ? old->blocks : 0;
	store->blocks.len = 0;
	while(blocks > 0 || changes > 0) {
		const struct block* was = NULL;
		uint16_t type = blocks > 0 && (changes == 0 ||
			block->type <= change[0]->key.type) ? block->type :
			change[0]->key.type;
		size_t n = 0, start = store->blocks.len;
		if(blocks > 0 && block->type == type) {
			was = block;
			blocks--;
			block = block_next(block);
		}
		while(n < changes && change[n]->key.type == type)
			n++;
		if(!block_build(store, type, was, change, n))
			return false;
		change += n;
		changes -= n;
		if(store->blocks.len == start)
			changed = changed || was != NULL;
		else if(!was || !block_same(was, (const struct block*)
			(const void*)(store->blocks.data + start)))
			changed = true;
	}
	return !changed || name_publish(store, &walk, old, &iter);
}

/* --- the table as a whole ------------------------------------------------ */

/** Bring the number of buckets near the number of names. */
static void
table_fit(struct store* store)
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
	retired_free(store);
	urcu_bp_read_lock();
	cds_lfht_for_each_entry(store->table, &iter, name, node) {
		cds_lfht_del(store->table, &name->node);
		/* nobody reads any more, but the loop needs this name's
		 * link: free the names when it has ended */
		if(retired_reserve(store, 1))
			retire(store, name);
	}
	urcu_bp_read_unlock();
	retired_free(store);
	(void)cds_lfht_destroy(store->table, NULL);
	free(store->pending);
	free(store->retired);
	free(store->blocks.data);
	free(store->parts.data);
	free(store->items.data);
	free(store->offsets.data);
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
	name = suffix_find(store, &walk, walk.labels, &iter);
	if(!name) {
		name = name_create(wire->wire, wire->len, NULL);
		ok = name && name_link(store, &walk, name);
	}
	if(ok)
		name->children++;
	urcu_bp_read_unlock();
	return ok;
}

static bool
pending_add(struct store* store, const struct record_key* key,
	const struct record_set* set)
{
	size_t rdata_len = set ? set->rdata_len : 0;
	struct change* change;
	if(!pointers_reserve((void***)&store->pending, &store->pending_size,
		store->pending_count, 1))
		return false;
	change = malloc(sizeof(*change) + key->source_len + rdata_len);
	if(!change)
		return false;
	memset(&change->set, 0, sizeof(change->set));
	change->key = *key;
	change->key.source = (char*)change->data;
	memcpy(change->data, key->source, key->source_len);
	if(set) {
		change->set = *set;
		change->set.rdata = change->data + key->source_len;
		memcpy(change->set.rdata, set->rdata, rdata_len);
	}
	change->remove = set == NULL;
	change->order = store->pending_count;
	store->pending[store->pending_count++] = change;
	return true;
}

bool
store_put(struct store* store, const struct record_key* key,
	const struct record_set* set)
{
	return pending_add(store, key, set);
}

bool
store_remove(struct store* store, const struct record_key* key)
{
	return pending_add(store, key, NULL);
}

size_t
store_pending(const struct store* store)
{
	return store->pending_count;
}

void
store_rollback(struct store* store)
{
	size_t i;
	for(i = 0; i < store->pending_count; i++)
		free(store->pending[i]);
	store->pending_count = 0;
}

/** By owner, type and source: 0 if both changes are of one key. */
static int
change_compare_key(const struct change* x, const struct change* y)
{
	int order;
	if(x->key.owner.len != y->key.owner.len)
		return x->key.owner.len < y->key.owner.len ? -1 : 1;
	order = memcmp(x->key.owner.wire, y->key.owner.wire,
		x->key.owner.len);
	if(order != 0)
		return order;
	if(x->key.type != y->key.type)
		return x->key.type < y->key.type ? -1 : 1;
	return source_compare(x->key.source, x->key.source_len,
		y->key.source, y->key.source_len);
}

static int
change_compare(const void* a, const void* b)
{
	const struct change* x = *(struct change* const*)a;
	const struct change* y = *(struct change* const*)b;
	int order = change_compare_key(x, y);
	if(order != 0)
		return order;
	return x->order < y->order ? -1 : x->order > y->order;
}

static bool
same_owner(const struct change* x, const struct change* y)
{
	return x->key.owner.len == y->key.owner.len &&
		memcmp(x->key.owner.wire, y->key.owner.wire,
		x->key.owner.len) == 0;
}

/** Sort what is pending, and of each key keep the last change only. */
static void
pending_settle(struct store* store)
{
	struct change** change = store->pending;
	size_t i, kept = 0;
	qsort(change, store->pending_count, sizeof(*change), change_compare);
	for(i = 0; i < store->pending_count; i++) {
		if(kept > 0 && change_compare_key(change[kept - 1],
			change[i]) == 0)
			free(change[--kept]);
		change[kept++] = change[i];
	}
	store->pending_count = kept;
}

bool
store_commit(struct store* store)
{
	bool ok = true;
	size_t start = 0, end;
	if(store->pending_count == 0)
		return true;
	pending_settle(store);
	urcu_bp_read_lock();
	for(; start < store->pending_count; start = end) {
		end = start + 1;
		while(end < store->pending_count && same_owner(
			store->pending[start], store->pending[end]))
			end++;
		if(!name_commit(store, store->pending + start, end - start))
			ok = false;
	}
	urcu_bp_read_unlock();
	store_rollback(store);
	table_fit(store);
	if(store->retired_count >= RETIRED_MAX ||
		store->retired_octets >= RETIRED_OCTETS)
		retired_free(store);
	return ok;
}

void
store_mark(struct store* store)
{
	store->generation++;
}

/** Note the removal of the keys of a name that were not put since the mark. */
static bool
name_note_stale(struct store* store, const struct store_name* name)
{
	const struct block* block = name_first_block(name);
	struct record_key key;
	unsigned b;
	uint32_t e;
	key.owner.len = name->len;
	memcpy(key.owner.wire, name->body, name->len);
	for(b = 0; b < name->blocks; b++, block = block_next(block)) {
		const struct entry* entry = block_first_entry(block);
		key.type = block->type;
		for(e = 0; e < block->entries; e++) {
			key.source = entry_source(entry);
			key.source_len = entry->source_len;
			if(entry->generation != store->generation &&
				!store_remove(store, &key))
				return false;
			entry = entry_next(entry);
		}
	}
	return true;
}

bool
store_sweep(struct store* store, size_t* removed)
{
	struct cds_lfht_iter iter;
	struct store_name* name;
	size_t before = store->keys;
	bool ok = true;
	urcu_bp_read_lock();
	cds_lfht_for_each_entry(store->table, &iter, name, node) {
		ok = name_note_stale(store, name) && ok;
		if(store->pending_count == 0)
			continue;
		pending_settle(store);
		ok = name_commit(store, store->pending,
			store->pending_count) && ok;
		store_rollback(store);
	}
	urcu_bp_read_unlock();
	if(removed)
		*removed = before - store->keys;
	table_fit(store);
	retired_free(store);
	return ok;
}

struct store_stats
store_stats(const struct store* store)
{
	struct store_stats stats = { store->names, store->keys,
		store->octets };
	return stats;
}
