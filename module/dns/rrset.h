/*
 * dns/rrset.h - an RRset as the store keeps it.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * An RRset is the union of contributions (dns/contribution.h), in one piece of
 * memory: first the records, which readers copy, then an entry for each
 * contribution, which tells the writer which records it gave. Records are
 * unique and in canonical order (RFC 4034 6.3).
 *
 * Nearly all RRsets are plain: they have one contribution, its source is empty,
 * and all its records fit into a message. A plain RRset stores no entry, as all
 * of it follows from the rest:
 *
 *	4     2      2     2         2            1       1
 *	+-----+------+-----+---------+------------+-------+------------+
 *	| ttl | type | fit | fit_len | generation | flags | unreported |
 *	+-----+------+-----+---------+------------+-------+------------+
 *	| records: each its length in two octets, then its rdata | pad |
 *	+--------------------------------------------------------------+
 *
 * All other RRsets store entries:
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
 * All parts are padded to multiples of 2. Numbers are in host byte order, but
 * lengths of records are in network byte order. An entry whose refs are
 * RRSET_REFS_ALL gave every record, and has no indexes.
 *
 * If an RRset has one record by its type (type_is_single), the first record is
 * that of the contribution with the lowest source, and readers see only this
 * record, with this contribution's TTL. The other records are kept, to be
 * served when that contribution is removed.
 *
 * A published RRset does not change: rrset_build makes a new one of the old one
 * and some changes. Only generations and `unreported` are written in place; the
 * writer alone reads them.
 *
 * All functions are for the writer's thread; readers read struct rrset and
 * the records. Functions that take a const RRset or entry are for readers, too,
 * but for rrset_build and rrset_refresh.
 */
#ifndef HELIX_DNS_RRSET_H
#define HELIX_DNS_RRSET_H

#include "dns/contribution.h"

/** most octets that an RRset may take in a message: less than 65535, to leave
 * room for the header, the question and EDNS */
#define RRSET_OCTETS_MAX 64000
/** `refs` of an entry that gave every record of the RRset */
#define RRSET_REFS_ALL UINT32_MAX

/** flag of an RRset: an entry whose TTL counts has none */
#define RRSET_TTL_OPEN 1
/** flag of an RRset: readers do not see it */
#define RRSET_HIDDEN 2
/** flag of an RRset: it is plain */
#define RRSET_PLAIN 4

/** What an RRset begins with. */
struct rrset {
	/** lowest TTL of the entries that count (of a type that has one
	 * record, the first entry; else all), or RECORD_TTL_NONE */
	uint32_t ttl;
	/** RR type, host byte order */
	uint16_t type;
	/** number of records that readers see, from the first on: as many as
	 * fit into a message, at least one (RDATA_MAX); of a type that has one
	 * record, 1 */
	uint16_t fit;
	/** octets of these records, with their lengths */
	uint16_t fit_len;
	/** of a plain RRset: number of the list in which, or after which, it
	 * was last put; for the writer only */
	uint16_t generation;
	/** RRSET_TTL_OPEN, RRSET_HIDDEN and RRSET_PLAIN */
	uint8_t flags;
	/** 1 if a list may have brought conflicts that are not yet reported;
	 * for the writer only */
	uint8_t unreported;
} __attribute__((packed, aligned(2)));

/** What follows struct rrset if the RRset is not plain. */
struct rrset_more {
	/** number of records */
	uint32_t records;
	/** octets of the records, with their lengths */
	uint32_t rdata_len;
	/** number of entries */
	uint32_t entries;
	/** octets of the whole RRset, a multiple of 2 */
	uint32_t size;
} __attribute__((packed, aligned(2)));

/** An entry that is read, and how many follow. */
struct rrset_entry {
	/** number of entries from this one on; 0: there is no entry, and
	 * nothing else is set */
	uint32_t left;
	/** seconds, or RECORD_TTL_NONE */
	uint32_t ttl;
	/** number of refs, see rrset_entry_ref; or RRSET_REFS_ALL */
	uint32_t refs;
	/** number of the list in which, or after which, the contribution was
	 * last put */
	uint16_t generation;
	/** octets in source */
	uint16_t source_len;
	/** the contribution's source */
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
	/** true: the contribution is removed */
	bool remove;
	/** what the pointers point to */
	uint8_t data[];
};

/** The memory in which RRsets are built; all zero at first. */
struct rrset_builder {
	/** the finished RRsets, one after the other */
	struct buffer out;
	/** the contributions to the RRset that is being built */
	struct buffer parts;
	/** the records of these contributions */
	struct buffer items;
	/** pointers to the records of the old RRset */
	struct buffer offsets;
};

/** Free what a builder holds. */
void rrset_builder_clear(struct rrset_builder* builder);

/**
 * Append an RRset to builder->out: the old one with changes applied. If no
 * contribution is left, nothing is appended.
 * @param type: of the RRset, host byte order.
 * @param old: NULL if there was none.
 * @param change: in order of source, at most one of each source.
 * @param changes: number of changes; if it is 0, old is copied.
 * @param generation: of contributions that are put.
 * @return false if memory ran out.
 */
bool rrset_build(struct rrset_builder* builder, uint16_t type,
	const struct rrset* old, struct rrset_change** change, size_t changes,
	uint16_t generation);

/**
 * Compare two RRsets of one type, apart from generations and RRSET_HIDDEN. If
 * they are equal, the generations of the new one are copied to the old one.
 * @return true if they are equal.
 */
bool rrset_refresh(const struct rrset* old, const struct rrset* new);

/** Clear RRSET_HIDDEN, or set it, before the RRset is published. */
void rrset_show_single(struct rrset* rrset, bool show);

/** Whether an entry is ignored, in an RRset that has one record by its type:
 * the first entry is served, and this one has another record. */
bool rrset_entry_is_ignored(const struct rrset_entry* entry);

/** The order of two sources. @return as memcmp. */
int rrset_source_compare(const char* a, size_t alen, const char* b,
	size_t blen);

/** Read the first entry of an RRset. @param rrset: NULL has none. */
void rrset_entry_first(const struct rrset* rrset, struct rrset_entry* entry);

/** Read the next entry, if there is one. */
void rrset_entry_next(struct rrset_entry* entry);

/** One of an entry's indexes of records. @param number: below refs. */
uint32_t rrset_entry_ref(const struct rrset_entry* entry, uint32_t number);

/** Number of all records, also of those that do not fit into a message. */
uint32_t rrset_records(const struct rrset* rrset);

/** Number of entries. */
uint32_t rrset_entries(const struct rrset* rrset);

/** What follows an RRset that is not plain. */
static inline const struct rrset_more*
rrset_more(const struct rrset* rrset)
{
	return (const struct rrset_more*)(const void*)(rrset + 1);
}

/** The records, in the form that base/wire.h draws. */
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
