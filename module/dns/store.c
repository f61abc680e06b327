/*
 * dns/store.c - the copy of etcd's records that queries are answered from.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/*
 * A name is one allocation: struct store_name, the name, then its RRsets. What
 * readers look at is never written after it was published: a change makes a
 * new allocation, which takes the place of the old one in the hash table. Only
 * `children`, and the generations and `untold` of the RRsets, change in place;
 * the writer alone looks at them.
 */
#include "dns/store.h"
#include "dns/rrset.h"
#include "dns/type.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <urcu/urcu-bp.h>
#include <urcu/rculfhash.h>

/** fewest buckets of the hash table, a power of 2 */
#define BUCKETS_MIN 1024UL
/** replaced names are kept until so many octets of them wait to be freed:
 * the wait for readers, 10 ms if one of them was interrupted while it read,
 * holds up what comes next */
#define RETIRED_OCTETS (1024 * 1024)
/** room in an array of pointers that is kept when they are gone */
#define POINTERS_KEPT 4096

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
	/** number of RRsets */
	uint16_t rrsets;
	/** octets of the name */
	uint8_t len;
	/** the name, then, at the next multiple of 2, the RRsets in order of
	 * type */
	uint8_t body[];
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
	/** whether a list is being taken in, which is to be swept */
	bool listing;
	/** whether some key may be older than that list */
	bool has_older;
	/** whether keys were left out during it, which is to be told */
	bool has_untold;
	/** whom to tell */
	struct store_listener listener;
	/** noted changes */
	struct rrset_change** pending;
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
	/** keys in the RRsets that the last commit has built */
	size_t built;
	/** the RRsets of a name that are being built */
	struct rrset_builder builder;
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

static const struct rrset*
name_first_rrset(const struct store_name* name)
{
	size_t at = rrset_align(offsetof(struct store_name, body) +
		name->len);
	return (const struct rrset*)(const void*)((const uint8_t*)name + at);
}

static size_t
name_count_keys(const struct store_name* name)
{
	const struct rrset* rrset = name_first_rrset(name);
	size_t i, keys = 0;
	for(i = 0; i < name->rrsets; i++, rrset = rrset_next(rrset))
		keys += rrset_entries(rrset);
	return keys;
}

/** Octets that were allocated for a name. */
static size_t
name_size(const struct store_name* name)
{
	const struct rrset* rrset = name_first_rrset(name);
	unsigned i;
	for(i = 0; i < name->rrsets; i++)
		rrset = rrset_next(rrset);
	return (size_t)((const uint8_t*)rrset - (const uint8_t*)name);
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

/** The name at which an iteration is; NULL at its end. */
static struct store_name*
table_at(struct cds_lfht_iter* iter)
{
	struct cds_lfht_node* node = cds_lfht_iter_get_node(iter);
	return node ? caa_container_of(node, struct store_name, node) : NULL;
}

static struct store_name*
table_find(struct store* store, uint64_t hash, const uint8_t* name,
	size_t len, struct cds_lfht_iter* iter)
{
	struct wire wire = { name, len };
	cds_lfht_lookup(store->table, (unsigned long)hash, name_match, &wire,
		iter);
	return table_at(iter);
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
	const struct rrset* have = name_first_rrset(name);
	unsigned i;
	for(i = 0; i < name->rrsets; i++, have = rrset_next(have)) {
		if((type != 0 && have->type != type) ||
			have->flags & RRSET_HIDDEN)
			continue;
		rrset->type = have->type;
		rrset->ttl_open = have->flags & RRSET_TTL_OPEN;
		rrset->ttl = have->ttl;
		rrset->count = have->fit;
		rrset->rdata = rrset_rdata(have);
		rrset->rdata_len = have->fit_len;
		return true;
	}
	return false;
}

void
store_name_types(const struct store_name* name, const struct name* owner,
	store_type_seen* seen, void* arg)
{
	const struct rrset* rrset = name ? name_first_rrset(name) : NULL;
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
	for(; (name = table_at(&iter)) != NULL;
		cds_lfht_next(store->table, &iter)) {
		if(name->rrsets == 0)
			continue;
		owner.len = name->len;
		memcpy(owner.wire, name->body, name->len);
		store_name_types(name, &owner, seen, arg);
	}
	urcu_bp_read_unlock();
}

/* --- names --------------------------------------------------------------- */

/**
 * Make room in an array of pointers for so many more.
 * @param size: room in the array; changed with it.
 * @return the array, which may have moved; NULL, and nothing has changed, if
 *	memory ran out.
 */
static void*
pointers_reserve(void* array, size_t* size, size_t count, size_t more)
{
	void* grown;
	if(count + more <= *size)
		return array;
	grown = realloc(array, (count + more) * 2 * sizeof(void*));
	if(grown)
		*size = (count + more) * 2;
	return grown;
}

/** Free an empty array of pointers if it is large. @return what is left. */
static void*
pointers_trim(void* array, size_t* size)
{
	if(*size <= POINTERS_KEPT)
		return array;
	free(array);
	*size = 0;
	return NULL;
}

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
	store->retired = pointers_trim(store->retired, &store->retired_size);
}

static bool
retired_reserve(struct store* store, size_t more)
{
	void* grown = pointers_reserve(store->retired, &store->retired_size,
		store->retired_count, more);
	if(grown)
		store->retired = grown;
	return grown != NULL;
}

static void
retire(struct store* store, struct store_name* name)
{
	size_t size = name_size(name);
	store->names--;
	store->keys -= name_count_keys(name);
	store->octets -= size;
	store->retired_octets += size;
	store->retired[store->retired_count++] = name;
}

static void
count_in(struct store* store, const struct store_name* name)
{
	store->names++;
	store->keys += name_count_keys(name);
	store->octets += name_size(name);
}

/**
 * Make a name.
 * @param rrsets: RRsets, one behind the other; NULL for none.
 */
static struct store_name*
name_create(const uint8_t* wire, size_t len,
	const struct rrset_scratch* rrsets)
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
	for(rrset = name_first_rrset(name); rrset < end;
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
		if(name->children > 0 || name->rrsets > 0)
			return;
	}
}

/** The RRset of a type; NULL if the name is NULL, or has none. */
static const struct rrset*
name_find_rrset(const struct store_name* name, uint16_t type)
{
	const struct rrset* rrset = name ? name_first_rrset(name) : NULL;
	unsigned i, count = name ? name->rrsets : 0;
	for(i = 0; i < count; i++, rrset = rrset_next(rrset)) {
		if(rrset->type == type)
			return rrset;
	}
	return NULL;
}

/** Whether an RRset has more records than some take, or than fit. */
static bool
rrset_is_crowded(const struct rrset* rrset)
{
	return !type_is_single(rrset->type) &&
		(rrset_records(rrset) > STORE_RRSET_CROWDED ||
		rrset->fit < rrset_records(rrset));
}

/** Tell of RRsets that have become crowded. */
static void
tell_crowded(const struct store* store, const struct name* owner,
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

/** The key of an entry of a name. */
static void
entry_key(const struct store_name* name, const struct rrset* rrset,
	const struct rrset_entry* entry, struct contribution* key)
{
	key->owner.len = name->len;
	memcpy(key->owner.wire, name->body, name->len);
	key->type = rrset->type;
	key->source = entry->source;
	key->source_len = entry->source_len;
}

/**
 * Tell that what a key gives is left out; during a list, remember that there
 * is something to tell.
 * @param against: the RRset whose first key stands.
 */
static void
tell_left_out(struct store* store, const struct store_name* name,
	const struct rrset* rrset, const struct rrset_entry* entry,
	const struct rrset* against)
{
	struct contribution key, stands;
	struct rrset_entry first;
	if(store->listing) {
		((struct rrset*)(uintptr_t)rrset)->untold = 1;
		store->has_untold = true;
		return;
	}
	entry_key(name, rrset, entry, &key);
	rrset_entry_first(against, &first);
	entry_key(name, against, &first, &stands);
	if(store->listener.left_out)
		store->listener.left_out(store->listener.arg, &key, &stands);
}

/** Whether a source was left out of an RRset already. Asked for one source
 * after the other, in their order.
 * @param old: where the last search ended. */
static bool
was_left_out(struct rrset_entry* old, const struct rrset_entry* now)
{
	for(; old->left > 0; rrset_entry_next(old)) {
		int order = rrset_source_compare(old->source, old->source_len,
			now->source, now->source_len);
		if(order >= 0)
			return order == 0 && rrset_entry_left_out(old);
	}
	return false;
}

/** Tell which keys of an RRset of one record are left out for its first key,
 * and were not before. */
static void
tell_singles(struct store* store, const struct store_name* name,
	const struct rrset* rrset, const struct rrset* was)
{
	struct rrset_entry entry, old;
	rrset_entry_first(was, &old);
	rrset_entry_first(rrset, &entry);
	for(; entry.left > 0; rrset_entry_next(&entry)) {
		if(rrset_entry_left_out(&entry) &&
			!was_left_out(&old, &entry))
			tell_left_out(store, name, rrset, &entry, rrset);
	}
}

/** The first RRset of a name that is no CNAME. */
static const struct rrset*
name_other_rrset(const struct store_name* name)
{
	const struct rrset* rrset = name_first_rrset(name);
	return rrset->type == TYPE_CNAME ? rrset_next(rrset) : rrset;
}

/**
 * Tell which keys of a name are left out, and were not before.
 * @param old: the name as it was; NULL if it is new, and the name itself to
 *	tell only what a list has left to be told.
 */
static void
tell_contradictions(struct store* store, const struct store_name* name,
	const struct store_name* old)
{
	const struct rrset* rrset = name_first_rrset(name);
	unsigned left;
	for(left = name->rrsets; left > 0; left--, rrset = rrset_next(rrset)) {
		const struct rrset* was;
		struct rrset_entry first;
		if(!type_is_single(rrset->type))
			continue;
		/* what is not told yet is told as if it were new */
		was = rrset->untold ? NULL : name_find_rrset(old,
			rrset->type);
		tell_singles(store, name, rrset, was);
		rrset_entry_first(rrset, &first);
		if(rrset->flags & RRSET_HIDDEN && !(was &&
			was->flags & RRSET_HIDDEN))
			tell_left_out(store, name, rrset, &first,
				name_other_rrset(name));
		if(!store->listing)
			((struct rrset*)(uintptr_t)rrset)->untold = 0;
	}
}

/** Of the RRsets that were built for a name, hide a CNAME from readers unless
 * it is alone (RFC 1034 3.6.2). */
static void
hide_cname(const struct rrset_scratch* built)
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
 * Make the RRsets that were built those of a name.
 * @param iter: where the old name was found; old is NULL if it was not.
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
	if(!retired_reserve(store, (size_t)walk->labels + 1))
		return false;
	hide_cname(&store->builder.out);
	if(empty && old->children == 0) {
		name_unlink(store, walk, old);
	} else {
		name = name_create(walk->name.wire, walk->name.len,
			&store->builder.out);
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
	if(name)
		tell_contradictions(store, name, old);
	if(store->listener.changed)
		store->listener.changed(store->listener.arg, &walk->name,
			old);
	return true;
}

/**
 * Build one RRset of a name.
 * @param old: NULL if there was none.
 * @param changed: set to true if it is not as it was.
 * @return false if memory ran out.
 */
static bool
name_build_rrset(struct store* store, uint16_t type, const struct rrset* old,
	struct rrset_change** change, size_t changes, bool* changed)
{
	struct rrset_scratch* out = &store->builder.out;
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
	*changed = *changed || !old || !rrset_same(old, built);
	return true;
}

/**
 * Make one name's changes visible.
 * @param change: in order of type and source, none of them twice.
 * @return false if memory ran out; the name is then as it was.
 */
static bool
name_commit(struct store* store, struct rrset_change** change, size_t changes)
{
	struct name_walk walk;
	struct cds_lfht_iter iter;
	struct store_name* old;
	const struct rrset* rrset;
	bool changed = false;
	unsigned left;
	(void)name_walk_init(&walk, change[0]->owner, change[0]->owner_len,
		store->seed);
	old = suffix_find(store, &walk, walk.labels, &iter);
	rrset = old ? name_first_rrset(old) : NULL;
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

/* --- the table as a whole ------------------------------------------------ */

/** Bring the number of buckets near the number of names. Not where the writer
 * reads: to shrink, liburcu waits for all who do. */
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
	/* no bound on the buckets: with one, liburcu reserves addresses for
	 * them all, and aborts where ulimit -v forbids it */
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
	cds_lfht_first(store->table, &iter);
	for(; (name = table_at(&iter)) != NULL;
		cds_lfht_next(store->table, &iter)) {
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
pending_add(struct store* store, const struct contribution* key,
	const struct record_set* set)
{
	size_t rdata_len = set ? set->rdata_len : 0;
	struct rrset_change* change;
	uint8_t* at;
	void* grown = pointers_reserve(store->pending, &store->pending_size,
		store->pending_count, 1);
	if(!grown)
		return false;
	store->pending = grown;
	change = malloc(sizeof(*change) + key->owner.len + key->source_len +
		rdata_len);
	if(!change)
		return false;
	at = change->data;
	change->owner = memcpy(at, key->owner.wire, key->owner.len);
	change->owner_len = key->owner.len;
	at += key->owner.len;
	change->source = memcpy(at, key->source, key->source_len);
	change->source_len = (uint16_t)key->source_len;
	at += key->source_len;
	change->rdata = set ? memcpy(at, set->rdata, rdata_len) : NULL;
	change->ttl = set ? set->ttl : 0;
	change->count = set ? set->count : 0;
	change->type = key->type;
	change->remove = set == NULL;
	change->order = store->pending_count;
	store->pending[store->pending_count++] = change;
	return true;
}

bool
store_put(struct store* store, const struct contribution* key,
	const struct record_set* set)
{
	return pending_add(store, key, set);
}

bool
store_remove(struct store* store, const struct contribution* key)
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
	store->pending = pointers_trim(store->pending, &store->pending_size);
}

/** By owner: 0 if both changes are of one name. */
static int
change_compare_owner(const struct rrset_change* x,
	const struct rrset_change* y)
{
	if(x->owner_len != y->owner_len)
		return x->owner_len < y->owner_len ? -1 : 1;
	return memcmp(x->owner, y->owner, x->owner_len);
}

/** By owner, type and source: 0 if both changes are of one key. */
static int
change_compare_key(const struct rrset_change* x, const struct rrset_change* y)
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
	int order = change_compare_key(x, y);
	if(order != 0)
		return order;
	return x->order < y->order ? -1 : x->order > y->order;
}

/** Sort what is pending, and of each key keep the last change only. */
static void
pending_settle(struct store* store)
{
	struct rrset_change** change = store->pending;
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
	store->built = 0;
	pending_settle(store);
	for(; start < store->pending_count; start = end) {
		end = start + 1;
		while(end < store->pending_count && change_compare_owner(
			store->pending[start], store->pending[end]) == 0)
			end++;
		urcu_bp_read_lock();
		if(!name_commit(store, store->pending + start, end - start))
			ok = false;
		urcu_bp_read_unlock();
		/* a commit may bring a million names */
		if(store->names > store->buckets)
			table_fit(store);
	}
	store_rollback(store);
	table_fit(store);
	if(store->retired_octets >= RETIRED_OCTETS)
		retired_free(store);
	return ok;
}

size_t
store_built(const struct store* store)
{
	return store->built;
}

void
store_mark(struct store* store)
{
	store->generation++;
	store->listing = true;
	store->built = 0;
	store->has_older = store->keys > 0;
}

/**
 * As store_walk, for the contributions of one name.
 * @param but: leaves out those of this generation; NULL: none.
 */
static bool
name_walk_contributions(const struct store_name* name, const uint16_t* but,
	store_contribution_seen* seen, void* arg)
{
	const struct rrset* rrset = name_first_rrset(name);
	struct contribution contribution;
	unsigned left;
	for(left = name->rrsets; left > 0; left--, rrset = rrset_next(rrset)) {
		struct rrset_entry entry;
		rrset_entry_first(rrset, &entry);
		for(; entry.left > 0; rrset_entry_next(&entry)) {
			if(but && entry.generation == *but)
				continue;
			entry_key(name, rrset, &entry, &contribution);
			if(!seen(arg, &contribution))
				return false;
		}
	}
	return true;
}

static bool
note_removal(void* store, const struct contribution* contribution)
{
	return store_remove(store, contribution);
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
	for(; ok && (name = table_at(&iter)) != NULL;
		cds_lfht_next(store->table, &iter))
		ok = name_walk_contributions(name, NULL, seen, arg);
	urcu_bp_read_unlock();
	return ok;
}

/** Find a name; in the writer's thread, which alone frees names. */
static struct store_name*
name_find(struct store* store, const struct name* wanted)
{
	struct name_walk walk;
	struct cds_lfht_iter iter;
	struct store_name* name;
	(void)name_walk_init(&walk, wanted->wire, wanted->len, store->seed);
	urcu_bp_read_lock();
	name = suffix_find(store, &walk, walk.labels, &iter);
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
	/* pins count as such */
	return found && found->children > 0;
}

/** Remove from all names what was not put since the mark, and tell what was
 * left to be told. */
static bool
table_sweep(struct store* store)
{
	struct cds_lfht_iter iter;
	struct store_name* name;
	bool ok = true;
	urcu_bp_read_lock();
	cds_lfht_first(store->table, &iter);
	for(; (name = table_at(&iter)) != NULL;
		cds_lfht_next(store->table, &iter)) {
		ok = name_walk_contributions(name, &store->generation,
			note_removal, store) && ok;
		if(store->pending_count == 0) {
			tell_contradictions(store, name, name);
			continue;
		}
		pending_settle(store);
		ok = name_commit(store, store->pending,
			store->pending_count) && ok;
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
	/* the first list has nothing before it: do without a look at all */
	if(store->has_older || store->has_untold)
		ok = table_sweep(store);
	store->has_older = !ok;
	store->has_untold = false;
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
