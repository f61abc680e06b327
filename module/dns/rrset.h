/*
 * dns/rrset.h - an RRset as the store keeps it.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * An RRset that is put together from what several keys gave, in one piece of
 * memory: a struct rrset, the rdata that readers copy, and then, for the
 * writer, a struct rrset_entry for each key, which says what of it that key
 * gave. The records are the union of the keys', without doubles, in canonical
 * order (RFC 4034 6.3).
 *
 * Of a type that has one record (type_is_single), the first record is that of
 * the key which stands, the one with the lowest source, and readers see this
 * one only, with this key's TTL. The others are kept, for when it goes.
 *
 * An RRset is not changed: rrset_build makes a new one of an old one and some
 * changes. Only the generation of an entry, and `untold`, are written in
 * place, and read by nobody but the writer.
 *
 * All functions are for the writer's thread; readers look at the fields of
 * struct rrset, and at its rdata.
 */
#ifndef HELIX_DNS_RRSET_H
#define HELIX_DNS_RRSET_H

#include "dns/record.h"

/** most octets that an RRset may take in a message: less than 65535, to leave
 * room for the header, the question and EDNS */
#define RRSET_OCTETS_MAX 64000
/** struct rrset_entry's `refs` if the key gave every record of the RRset */
#define RRSET_REFS_ALL UINT32_MAX

/** An RRset; its rdata and then, 4-aligned, its entries follow. */
struct rrset {
	/** RR type, host byte order */
	uint16_t type;
	/** whether an entry that counts has no TTL */
	uint8_t ttl_open;
	/** whether keys may have been left out without a word; the writer's */
	uint8_t untold;
	/** lowest TTL of the entries that count (all, or the one that
	 * stands), or RECORD_TTL_NONE */
	uint32_t ttl;
	/** number of different records */
	uint32_t records;
	/** octets of their rdata, with the length before each */
	uint32_t rdata_len;
	/** how many of the records readers see, the first ones: as many as
	 * fit into a message, or the one that stands; 0 hides the RRset */
	uint32_t served;
	/** octets of the rdata of those */
	uint32_t served_len;
	/** number of entries */
	uint32_t entries;
	/** octets of all this, a multiple of 4; the next RRset may follow */
	uint32_t size;
};

/** What one key gave to an RRset; its refs and then its source follow. */
struct rrset_entry {
	/** seconds, or RECORD_TTL_NONE */
	uint32_t ttl;
	/** number of refs, each the index of a record; or RRSET_REFS_ALL, and
	 * then none follow */
	uint32_t refs;
	/** octets of the source */
	uint16_t source_len;
	/** in which list or later it was last put */
	uint16_t generation;
};

/** What happens to one key of a name. */
struct rrset_change {
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
struct rrset_scratch {
	/** the memory; owned */
	uint8_t* data;
	/** octets in use */
	size_t len;
	/** octets allocated */
	size_t size;
};

/** Where RRsets are built; all zero at first. */
struct rrset_builder {
	/** the RRsets that were built, one behind the other */
	struct rrset_scratch out;
	/** the keys' parts that are being put together */
	struct rrset_scratch parts;
	/** the records of the parts */
	struct rrset_scratch items;
	/** where the records of the old RRset are */
	struct rrset_scratch offsets;
};

/** Free what a builder holds. */
void rrset_builder_clear(struct rrset_builder* builder);

/**
 * Append an RRset to builder->out: the old one, with changes made. If no key
 * is left, nothing is appended.
 * @param old: NULL if there was none.
 * @param type: its type, host byte order.
 * @param change: the changes, in order of source, none of them twice.
 * @param changes: number of them; if it is 0, old is copied.
 * @param generation: for the entries of what is put.
 * @return false if memory ran out.
 */
bool rrset_build(struct rrset_builder* builder, uint16_t type,
	const struct rrset* old, struct rrset_change** change, size_t changes,
	uint16_t generation);

/**
 * Compare two RRsets of one type, generations and what readers see aside; if
 * they are the same, bring the old one's generations up to date.
 */
bool rrset_same(const struct rrset* old, const struct rrset* new);

/** Show the record of an RRset that has one to readers, or hide it. Before the
 * RRset is published. */
void rrset_show_single(struct rrset* rrset, bool show);

/** Whether a key of an RRset that has one record gives another one than the
 * key that stands, which is the first. */
bool rrset_entry_left_out(const struct rrset_entry* entry);

/** The order of two sources. @return as memcmp. */
int rrset_source_compare(const char* a, size_t alen, const char* b,
	size_t blen);

/** The first entry of an RRset. */
const struct rrset_entry* rrset_first_entry(const struct rrset* rrset);

/** The entry behind another one; there are as many as rrset->entries says. */
const struct rrset_entry* rrset_entry_next(const struct rrset_entry* entry);

/** The source of an entry, entry->source_len octets. */
const char* rrset_entry_source(const struct rrset_entry* entry);

/** The records, each with its length in two octets before it. */
static inline const uint8_t*
rrset_rdata(const struct rrset* rrset)
{
	return (const uint8_t*)(rrset + 1);
}

/** The place behind an RRset, where the next one may be. */
static inline const struct rrset*
rrset_next(const struct rrset* rrset)
{
	return (const struct rrset*)(const void*)
		((const uint8_t*)rrset + rrset->size);
}

/** The next multiple of 4. */
static inline size_t
rrset_align(size_t n)
{
	return (n + 3) & ~(size_t)3;
}

#endif /* HELIX_DNS_RRSET_H */
