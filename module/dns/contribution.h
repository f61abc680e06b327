/*
 * dns/contribution.h - what one key of etcd gives to an RRset.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * What formats hand to the store. A contribution is known by its owner, its
 * type and its source: octets that a format chooses, and that mean nothing to
 * the store. A contribution takes the place of the one before it of the same
 * owner, type and source, and is removed by the three alone.
 */
#ifndef HELIX_DNS_CONTRIBUTION_H
#define HELIX_DNS_CONTRIBUTION_H

#include "base/wire.h"
#include "dns/name.h"

/** the TTL of records that have none of their own: the zone's counts */
#define RECORD_TTL_NONE UINT32_MAX
/** the highest TTL (RFC 2181 8) */
#define RECORD_TTL_MAX INT32_MAX

/** Who gives records to an RRset. */
struct contribution {
	/** owner name */
	struct name owner;
	/** RR type, host byte order */
	uint16_t type;
	/** the source; any octets, at most UINT16_MAX; not owned */
	const char* source;
	/** octets in source */
	size_t source_len;
};

/** The records that a contribution gives. It is a struct rdata_list that can
 * grow, and owns its memory. */
struct record_set {
	/** seconds, or RECORD_TTL_NONE */
	uint32_t ttl;
	/** number of records */
	uint32_t count;
	/** their rdata, as base/wire.h draws it */
	struct buffer rdata;
};

/** Append a record. @return false if memory ran out. */
bool record_set_add(struct record_set* set, const uint8_t* rdata, size_t len);

/** The rdata of a set; valid until the set is changed. */
static inline struct rdata_list
record_set_rdata(const struct record_set* set)
{
	return (struct rdata_list){ set->rdata.data, (uint32_t)set->rdata.len,
		set->count };
}

/** Free what a set holds, and make it empty, without a TTL. */
void record_set_clear(struct record_set* set);

#endif /* HELIX_DNS_CONTRIBUTION_H */
