/*
 * dns/store_internal.h - what the files of the store share.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * For store.c (life and reading), store_commit.c (changes), store_report.c
 * (conflicts and crowds) and store_sweep.c (lists and walks) only.
 *
 * A name is one allocation, and its RRsets (dns/rrset.h) lie in it in order
 * of type:
 *
 *	16           4          2        1     len         0-1
 *	+------------+----------+--------+-----+-----------+-----+-------+--
 *	| node       | children | rrsets | len | name, in  | pad | RRset | ...
 *	| next, hash |          |        |     | wire form |     |       |
 *	+------------+----------+--------+-----+-----------+-----+-------+--
 *	                                       ^ body      ^ a multiple of 2
 *
 * foo.example.com with one A record takes 23 + 17 octets, and 14 + 6 for its
 * RRset: 60, for which glibc's malloc uses 80.
 *
 * A published name is not written to: a change allocates a new name, which
 * replaces the old one in the hash table. The old one is retired, and freed
 * when no reader can see it. Only `children`, and the generations and
 * `unreported` of the RRsets, change in place; the writer alone uses them.
 */
#ifndef HELIX_DNS_STORE_INTERNAL_H
#define HELIX_DNS_STORE_INTERNAL_H

#include "dns/rrset.h"
#include "dns/store.h"
#include <stdatomic.h>
#include <urcu/urcu-bp.h>
#include <urcu/rculfhash.h>

/*
 * ThreadSanitizer does not see into liburcu. These tell it what liburcu
 * guarantees, and no more: what the writer wrote to a name before it published
 * the name happens before a reader finds the name; and what a reader did before
 * it unlocked happens before what the writer does after it has waited.
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
	/** number of children that exist, plus number of pins; for the writer
	 * only */
	uint32_t children;
	/** number of RRsets */
	uint16_t rrsets;
	/** octets of the name */
	uint8_t len;
	/** the name, padding, and the RRsets */
	uint8_t body[];
};

struct store {
	/** from name to struct store_name */
	struct cds_lfht* table;
	/** number of buckets, a power of 2 */
	unsigned long buckets;
	/** of the hashes of names */
	uint64_t seed;
	/** the generation of contributions that are put now */
	uint16_t generation;
	/** true between store_mark and store_sweep */
	bool listing;
	/** true if a contribution may be older than the list */
	bool has_older;
	/** true if the list brought conflicts, to be reported by the sweep */
	bool has_unreported;
	/** functions to call for changes */
	struct store_listener listener;
	/** pointers to the pending changes, see store_changes */
	struct buffer pending;
	/** pointers to names taken out of the table, which readers may still
	 * see */
	struct buffer retired;
	/** octets of those names */
	size_t retired_octets;
	/** contributions in the RRsets that the last commit has built */
	size_t built;
	/** the RRsets of a name that are being built */
	struct rrset_builder builder;
	/** counts; written by the writer's thread only */
	_Atomic size_t names, keys, ignored, records, octets;
};

/** The key of a look-up. */
struct store_wire {
	/** the name in wire format */
	const uint8_t* name;
	/** octets of it */
	size_t len;
};

/** Compare a name of the table with a struct store_wire; for liburcu. */
int store_name_match(struct cds_lfht_node* node, const void* wire);

/** The name at which an iteration is; NULL at its end. */
static inline struct store_name*
store_table_at(struct cds_lfht_iter* iter)
{
	struct cds_lfht_node* node = cds_lfht_iter_get_node(iter);
	return node ? caa_container_of(node, struct store_name, node) : NULL;
}

/** Find a name by its hash; between read lock and unlock. */
static inline struct store_name*
store_table_find(struct store* store, uint64_t hash, const uint8_t* name,
	size_t len, struct cds_lfht_iter* iter)
{
	struct store_wire wire = { name, len };
	cds_lfht_lookup(store->table, (unsigned long)hash, store_name_match,
		&wire, iter);
	return store_table_at(iter);
}

/** As store_find, for the writer. @param iter: set to where it was found. */
static inline struct store_name*
store_find_suffix(struct store* store, const struct name_walk* walk,
	unsigned labels, struct cds_lfht_iter* iter)
{
	size_t len;
	const uint8_t* suffix = name_walk_suffix(walk, labels, &len);
	return store_table_find(store, walk->hash[labels], suffix, len, iter);
}

/** The pending changes; their number is store_pending(). */
static inline struct rrset_change**
store_changes(const struct store* store)
{
	return (struct rrset_change**)(void*)store->pending.data;
}

/** The first RRset of a name, or, of one that has none, its end. */
static inline const struct rrset*
store_name_rrsets(const struct store_name* name)
{
	size_t at = rrset_align(offsetof(struct store_name, body) +
		name->len);
	return (const struct rrset*)(const void*)((const uint8_t*)name + at);
}

/** Number of contributions to a name that are ignored. */
size_t store_count_ignored(const struct store_name* name);

/** Read the contribution of an entry. @param contribution: the result; its
 * source points into the name. */
void store_contribution(const struct store_name* name,
	const struct rrset* rrset, const struct rrset_entry* entry,
	struct contribution* contribution);

/** Fit the number of buckets to the number of names. Not between read lock and
 * unlock: to shrink the table, liburcu waits for all readers. */
void store_table_fit(struct store* store);

/**
 * Make a name, outside the table.
 * @param rrsets: RRsets, one after the other; NULL for none.
 * @return NULL if memory ran out.
 */
struct store_name* store_name_create(const uint8_t* wire, size_t len,
	const struct buffer* rrsets);

/**
 * Add a new name to the table; before it, the names above it that do not exist
 * yet.
 * @param name: the store owns it from now on; it is freed if false is returned.
 * @return false if memory ran out.
 */
bool store_name_link(struct store* store, const struct name_walk* walk,
	struct store_name* name);

/** Make room for more retired names. @return false if memory ran out. */
bool store_retire_reserve(struct store* store, size_t more);

/** Retire a name that was taken out of the table, to be freed when no reader
 * can see it. store_retire_reserve has made room for it. */
void store_retire(struct store* store, struct store_name* name);

/** Wait until no reader can see the retired names, and free them. */
void store_retired_free(struct store* store);

/**
 * Make pending changes of one name visible; between read lock and unlock.
 * @param change: in order of type and source, none of them twice.
 * @return false if memory ran out; the name is then as it was.
 */
bool store_commit_name(struct store* store, struct rrset_change** change,
	size_t changes);

/** Sort the pending changes by owner, type and source, and keep only the last
 * change of each contribution. */
void store_settle_pending(struct store* store);

/** Report RRsets of the builder that have become crowded. @param old: the name
 * before the change; NULL: it is new. */
void store_report_crowds(const struct store* store, const struct name* owner,
	const struct store_name* old);

/**
 * Report contributions of a name that are ignored now, and were not before.
 * During a list they are marked as unreported instead, for the sweep.
 * @param old: the name before the change; NULL: it is new; equal to name:
 *	report only what a list has marked.
 */
void store_report_conflicts(struct store* store,
	const struct store_name* name, const struct store_name* old);

#endif /* HELIX_DNS_STORE_INTERNAL_H */
