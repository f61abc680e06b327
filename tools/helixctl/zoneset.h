/*
 * tools/helixctl/zoneset.h - the records of one zone, in memory.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Collects the records of a zone in any order, and then has its RRsets in
 * canonical order (RFC 4034 6.1; the SOA first of its name, then NS, then by
 * type; records in the order of their octets), each record once. A million A
 * records take about 100 MB.
 *
 * Owners are kept as order keys: the labels from the root down, each with a zero
 * octet behind it, so that names are in canonical order if their order keys are
 * in the order of memcmp, and a name is at or below another one if its order key
 * begins with the other's.
 *
 *	com/example/a	"com\0example\0a\0"	0 and 1 in a label: 1 1 and 1 2
 *
 * For one thread.
 */
#ifndef HELIXCTL_ZONESET_H
#define HELIXCTL_ZONESET_H

#include "base/buffer.h"
#include "base/wire.h"
#include "dns/contribution.h"
#include "dns/name.h"

/** most octets of an order key */
#define ZONESET_KEY_MAX (2 * NAME_WIRE_MAX)

/** An order key. */
struct zoneset_key {
	size_t len;
	uint8_t octets[ZONESET_KEY_MAX];
};

/** A record. */
struct zoneset_record {
	/** the order key of its owner */
	const uint8_t* key;
	size_t key_len;
	/** RR type, host byte order */
	uint16_t type;
	/** seconds */
	uint32_t ttl;
	const uint8_t* rdata;
	size_t len;
	/** place in a file: number of the file, line and column */
	uint32_t file, line, column;
};

/** An RRset. */
struct zoneset_rrset {
	/** number of its first record, among the set's */
	uint32_t first;
	/** number of records */
	uint32_t count;
	/** the lowest TTL of its records, also of those that are there twice;
	 * or that of the record that was added last (last_ttl) */
	uint32_t ttl;
	/** RR type, host byte order */
	uint16_t type;
	/** for whoever uses the set; 0 at first */
	uint16_t state;
	/** the same */
	int64_t revision;
};

/** Records; all zero at first. */
struct zoneset {
	/** the records, one after the other */
	struct buffer octets;
	/** where each record begins, size_t; in order, once sorted */
	struct buffer index;
	/** struct zoneset_rrset, once sorted */
	struct buffer rrsets;
	/** whether, of different TTLs in an RRset, the last counts, and not the
	 * lowest; before zoneset_sort */
	bool last_ttl;
};

/** Make the order key of a name. */
void zoneset_key_make(struct zoneset_key* key, const struct name* name);

/** The name of an order key. */
void zoneset_key_name(const uint8_t* key, size_t len, struct name* name);

/** The order of two owners by their order keys. @return as memcmp. */
int zoneset_key_compare(const uint8_t* a, size_t alen, const uint8_t* b,
	size_t blen);

/** The order of two types of one owner. @return as memcmp. */
int zoneset_type_compare(uint16_t a, uint16_t b);

/** Whether an order key is that of a name at or below another one's. */
static inline bool
zoneset_key_is_below(const uint8_t* key, size_t len,
	const struct zoneset_key* above)
{
	return len >= above->len && memcmp(key, above->octets, above->len) ==
		0;
}

/** Append a record; key and rdata are copied. @return false if memory ran
 * out. */
bool zoneset_add(struct zoneset* set, const struct zoneset_record* record);

/** Number of records. */
size_t zoneset_count(const struct zoneset* set);

/** A record, by its number; valid until one is added. */
struct zoneset_record zoneset_get(const struct zoneset* set, size_t number);

/** Decides about a record. @return false: the set drops it. */
typedef bool zoneset_wants(void* arg, const struct zoneset_record* record);

/** Drop the records that a function does not want. Before zoneset_sort: the RRsets are gone. */
void zoneset_filter(struct zoneset* set, zoneset_wants* wants, void* arg);

/**
 * Sort the records, drop those that are there twice, and find the RRsets. If
 * records are added later, it is to be called again; until then the RRsets are
 * those before.
 * @return false if memory ran out.
 */
bool zoneset_sort(struct zoneset* set);

/** Number of RRsets. */
size_t zoneset_rrsets(const struct zoneset* set);

/** An RRset, by its number. */
struct zoneset_rrset* zoneset_rrset(const struct zoneset* set, size_t number);

/** The first record of an RRset, which has its owner. */
struct zoneset_record zoneset_rrset_first(const struct zoneset* set,
	const struct zoneset_rrset* rrset);

/** Find an RRset. @return its number; that of the first one behind it, if there
 * is none, and *found is false. */
size_t zoneset_find(const struct zoneset* set, const uint8_t* key,
	size_t key_len, uint16_t type, bool* found);

/** Find the RRsets of an owner. @return the number of the first. @param count:
 * set to how many there are. */
size_t zoneset_find_owner(const struct zoneset* set, const uint8_t* key,
	size_t key_len, size_t* count);

/** Whether an RRset has the records of a list, in any order. @return -1 if
 * memory ran out. */
int zoneset_rrset_is(const struct zoneset* set,
	const struct zoneset_rrset* rrset, const struct record_set* records);

/** Append an RRset's records, with its TTL. @param records: empty.
 * @return false if memory ran out. */
bool zoneset_rrset_records(const struct zoneset* set,
	const struct zoneset_rrset* rrset, struct record_set* records);

/** Free what a set holds. */
void zoneset_clear(struct zoneset* set);

#endif /* HELIXCTL_ZONESET_H */
