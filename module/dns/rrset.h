/*
 * dns/rrset.h - an RRset as the store keeps it.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * An RRset that is put together from what several keys gave, in one piece of
 * memory: a struct rrset, the rdata that readers copy, and then, for the
 * writer, an entry for each key, which says what of it that key gave. The
 * records are the union of the keys', without doubles, in canonical order
 * (RFC 4034 6.3).
 *
 * Nearly all RRsets are of one key, whose source is empty: such a one is
 * plain, and has no room for what follows from that.
 *
 * Of a type that has one record (type_is_single), the first record is that of
 * the key which stands, the one with the lowest source, and readers see this
 * one only, with this key's TTL. The others are kept, for when it goes.
 *
 * An RRset is not changed: rrset_build makes a new one of an old one and some
 * changes. Only the generation of an entry, and `unreported`, are written in
 * place, and read by nobody but the writer.
 *
 * All functions are for the writer's thread; readers look at the fields of
 * struct rrset, and at its rdata.
 */
#ifndef HELIX_DNS_RRSET_H
#define HELIX_DNS_RRSET_H

#include "dns/contribution.h"

/** most octets that an RRset may take in a message: less than 65535, to leave
 * room for the header, the question and EDNS */
#define RRSET_OCTETS_MAX 64000
/** struct rrset_entry's `refs` if the key gave every record of the RRset */
#define RRSET_REFS_ALL UINT32_MAX

/** struct rrset's flag: an entry that counts has no TTL */
#define RRSET_TTL_OPEN 1
/** struct rrset's flag: readers see nothing of it */
#define RRSET_HIDDEN 2
/** struct rrset's flag: one key gave it, which has no source, and all of its
 * records fit */
#define RRSET_PLAIN 4

/** An RRset. What follows is: of one that is not plain, a struct rrset_more;
 * the rdata; of one that is not plain, 2-aligned, the entries. */
struct rrset {
	/** lowest TTL of the entries that count (all, or the one that
	 * stands), or RECORD_TTL_NONE */
	uint32_t ttl;
	/** RR type, host byte order */
	uint16_t type;
	/** how many of the records readers see unless it is hidden, the first
	 * ones: as many as fit into a message, at least one (RDATA_MAX), or
	 * the one that stands */
	uint16_t fit;
	/** octets of the rdata of those, with the length before each */
	uint16_t fit_len;
	/** if it is plain, in which list or later it was last put; the
	 * writer's */
	uint16_t generation;
	/** RRSET_TTL_OPEN, RRSET_HIDDEN and RRSET_PLAIN */
	uint8_t flags;
	/** whether keys may have been left out without a word; the writer's */
	uint8_t unreported;
} __attribute__((packed, aligned(2)));

/** What there is to be said of an RRset that is not plain. */
struct rrset_more {
	/** number of different records */
	uint32_t records;
	/** octets of their rdata, with the length before each */
	uint32_t rdata_len;
	/** number of entries */
	uint32_t entries;
	/** octets of it all, a multiple of 2; the next RRset may follow */
	uint32_t size;
} __attribute__((packed, aligned(2)));

/** What one key gave to an RRset. */
struct rrset_entry {
	/** number of entries from this one on; 0: there is none any more, and
	 * nothing else is set */
	uint32_t left;
	/** seconds, or RECORD_TTL_NONE */
	uint32_t ttl;
	/** number of refs, see rrset_entry_ref; or RRSET_REFS_ALL */
	uint32_t refs;
	/** in which list or later it was last put */
	uint16_t generation;
	/** octets of the source */
	uint16_t source_len;
	/** the source */
	const char* source;
	/** the refs, as they are stored */
	const uint8_t* ref;
};

/** What happens to one key of a name. */
struct rrset_change {
	/** the owner in wire format; points into data */
	const uint8_t* owner;
	/** the source; points into data */
	const char* source;
	/** the records, as in struct record_set; points into data */
	const uint8_t* rdata;
	/** its place among the noted changes */
	size_t order;
	/** seconds, or RECORD_TTL_NONE */
	uint32_t ttl;
	/** number of records */
	uint32_t count;
	/** RR type, host byte order */
	uint16_t type;
	/** octets of the source */
	uint16_t source_len;
	/** octets of the owner */
	uint8_t owner_len;
	/** whether the key is gone */
	bool remove;
	/** what the others point to */
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
bool rrset_entry_is_ignored(const struct rrset_entry* entry);

/** The order of two sources. @return as memcmp. */
int rrset_source_compare(const char* a, size_t alen, const char* b,
	size_t blen);

/** Read the first entry of an RRset; of NULL, there is none. */
void rrset_entry_first(const struct rrset* rrset, struct rrset_entry* entry);

/** Read the entry behind this one, if there is one. */
void rrset_entry_next(struct rrset_entry* entry);

/** One of an entry's refs: the index of a record that the key gave. */
uint32_t rrset_entry_ref(const struct rrset_entry* entry, uint32_t number);

/** Number of different records. */
uint32_t rrset_records(const struct rrset* rrset);

/** Number of entries. */
uint32_t rrset_entries(const struct rrset* rrset);

/** What follows an RRset that is not plain. */
static inline const struct rrset_more*
rrset_more(const struct rrset* rrset)
{
	return (const struct rrset_more*)(const void*)(rrset + 1);
}

/** The records, each with its length in two octets before it. */
static inline const uint8_t*
rrset_rdata(const struct rrset* rrset)
{
	return (const uint8_t*)(rrset + 1) + (rrset->flags & RRSET_PLAIN ? 0 :
		sizeof(struct rrset_more));
}

/** The next multiple of 2. */
static inline size_t
rrset_align(size_t n)
{
	return (n + 1) & ~(size_t)1;
}

/** Octets that an RRset takes, a multiple of 2. */
static inline size_t
rrset_size(const struct rrset* rrset)
{
	return rrset->flags & RRSET_PLAIN ? sizeof(*rrset) +
		rrset_align(rrset->fit_len) : rrset_more(rrset)->size;
}

/** The place behind an RRset, where the next one may be. */
static inline const struct rrset*
rrset_next(const struct rrset* rrset)
{
	return (const struct rrset*)(const void*)
		((const uint8_t*)rrset + rrset_size(rrset));
}

#endif /* HELIX_DNS_RRSET_H */
