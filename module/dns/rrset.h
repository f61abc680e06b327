/*
 * dns/rrset.h - an RRset as the store keeps it.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * The union of contributions (dns/contribution.h) in one piece of memory:
 * first what readers copy, then an entry for each contribution, which tells
 * the writer which of the records it gave. Records are unique, and in canonical
 * order (RFC 4034 6.3). Nearly all RRsets have one contribution, whose source
 * is empty, and all of whose records fit into a message: that is a plain one,
 * and has no more than this:
 *
 *	4     2      2     2         2            1       1
 *	+-----+------+-----+---------+------------+-------+------------+
 *	| ttl | type | fit | fit_len | generation | flags | unreported |
 *	+-----+------+-----+---------+------------+-------+------------+
 *	| records: each its length in two octets, then its rdata | pad |
 *	+--------------------------------------------------------------+
 *
 * Any other one has more:
 *
 *	+--------------+--------------------------------+
 *	| struct rrset | struct rrset_more              |
 *	+--------------+--------------------------------+
 *	| the `fit` records that readers see            |
 *	+-----------------------------------------+-----+
 *	| the others                              | pad |
 *	+-----------------------------------------+-----+
 *	| an entry for each contribution, in the order  |
 *	| of their sources                              |
 *	+-----------------------------------------------+
 *
 * and an entry is:
 *
 *	4     4      2            2            4 x refs
 *	+-----+------+------------+------------+------------+--------+-----+
 *	| ttl | refs | source_len | generation | indexes of | source | pad |
 *	|     |      |            |            | records    |        |     |
 *	+-----+------+------------+------------+------------+--------+-----+
 *
 * All parts are padded to multiples of 2, and numbers are in host byte order
 * but for the lengths of records. An entry whose refs are RRSET_REFS_ALL gave
 * every record, and has no indexes.
 *
 * Of a type that has one record (type_is_single), the first record is that of
 * the contribution with the lowest source. Readers see this one only, with
 * this contribution's TTL; the others are kept, for when it goes.
 *
 * An RRset is not changed: rrset_build makes a new one of an old one and some
 * changes. Only generations and `unreported` are written in place, and read
 * by nobody but the writer.
 *
 * All functions are for the writer's thread; readers read struct rrset and
 * the records.
 */
#ifndef HELIX_DNS_RRSET_H
#define HELIX_DNS_RRSET_H

#include "dns/contribution.h"

/** most octets that an RRset may take in a message: less than 65535, to leave
 * room for the header, the question and EDNS */
#define RRSET_OCTETS_MAX 64000
/** struct rrset_entry's `refs` if it gave every record of the RRset */
#define RRSET_REFS_ALL UINT32_MAX

/** struct rrset's flag: an entry that counts has no TTL */
#define RRSET_TTL_OPEN 1
/** struct rrset's flag: readers see nothing of it */
#define RRSET_HIDDEN 2
/** struct rrset's flag: it is plain */
#define RRSET_PLAIN 4

/** What an RRset begins with. */
struct rrset {
	/** lowest TTL of the entries that count (all, or the first one of a
	 * type that has one record), or RECORD_TTL_NONE */
	uint32_t ttl;
	/** RR type, host byte order */
	uint16_t type;
	/** how many of the records readers see, the first ones: as many as fit
	 * into a message, at least one (RDATA_MAX); of a type that has one
	 * record, 1 */
	uint16_t fit;
	/** octets of those, with their lengths */
	uint16_t fit_len;
	/** of a plain one: number of the list in which, or after which, it was
	 * last put; the writer's */
	uint16_t generation;
	/** RRSET_TTL_OPEN, RRSET_HIDDEN and RRSET_PLAIN */
	uint8_t flags;
	/** 1 if a list may have brought conflicts that are not reported yet;
	 * the writer's */
	uint8_t unreported;
} __attribute__((packed, aligned(2)));

/** What follows it if it is not plain. */
struct rrset_more {
	/** number of records */
	uint32_t records;
	/** octets of them, with their lengths */
	uint32_t rdata_len;
	/** number of entries */
	uint32_t entries;
	/** octets of the whole RRset, a multiple of 2 */
	uint32_t size;
} __attribute__((packed, aligned(2)));

/** An entry, as it is read. */
struct rrset_entry {
	/** number of entries from this one on; 0: this is the end, and nothing
	 * else is set */
	uint32_t left;
	/** seconds, or RECORD_TTL_NONE */
	uint32_t ttl;
	/** number of refs, see rrset_entry_ref; or RRSET_REFS_ALL */
	uint32_t refs;
	/** number of the list in which, or after which, it was last put */
	uint16_t generation;
	/** octets of the source */
	uint16_t source_len;
	/** the source */
	const char* source;
	/** the indexes, as they are stored */
	const uint8_t* ref;
};

/** A change of one contribution. */
struct rrset_change {
	/** the owner in wire format; points into data */
	const uint8_t* owner;
	/** the source; points into data */
	const char* source;
	/** the records; points into data */
	struct rdata_list rdata;
	/** its place among the pending changes */
	size_t order;
	/** seconds, or RECORD_TTL_NONE */
	uint32_t ttl;
	/** RR type, host byte order */
	uint16_t type;
	/** octets of the source */
	uint16_t source_len;
	/** octets of the owner */
	uint8_t owner_len;
	/** true: the contribution is gone */
	bool remove;
	/** what the pointers point to */
	uint8_t data[];
};

/** Where RRsets are built; all zero at first. */
struct rrset_builder {
	/** the RRsets that were built, one after the other */
	struct buffer out;
	/** the contributions to the RRset that is being built */
	struct buffer parts;
	/** their records */
	struct buffer items;
	/** pointers to the records of the old RRset */
	struct buffer offsets;
};

/** Free what a builder holds. */
void rrset_builder_clear(struct rrset_builder* builder);

/**
 * Append an RRset to builder->out: the old one, with changes made. If no
 * contribution is left, nothing is appended.
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
 * Compare two RRsets of one type, generations and RRSET_HIDDEN aside; if they
 * are the same, give the old one the new one's generations.
 * @return true if they are the same.
 */
bool rrset_refresh(const struct rrset* old, const struct rrset* new);

/** Set or clear RRSET_HIDDEN, before the RRset is published. */
void rrset_show_single(struct rrset* rrset, bool show);

/** Whether an entry of an RRset of one record gives another one than the first
 * entry, which is served. */
bool rrset_entry_is_ignored(const struct rrset_entry* entry);

/** The order of two sources. @return as memcmp. */
int rrset_source_compare(const char* a, size_t alen, const char* b,
	size_t blen);

/** Read the first entry of an RRset; of NULL, there is none. */
void rrset_entry_first(const struct rrset* rrset, struct rrset_entry* entry);

/** Read the next entry, if there is one. */
void rrset_entry_next(struct rrset_entry* entry);

/** One of an entry's indexes of records. @param number: below refs. */
uint32_t rrset_entry_ref(const struct rrset_entry* entry, uint32_t number);

/** Number of records, those that do not fit included. */
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

/** The end of an RRset, where the next one may begin. */
static inline const struct rrset*
rrset_next(const struct rrset* rrset)
{
	return (const struct rrset*)(const void*)
		((const uint8_t*)rrset + rrset_size(rrset));
}

#endif /* HELIX_DNS_RRSET_H */
