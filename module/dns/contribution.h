/*
 * dns/contribution.h - what one key of etcd gives to an RRset.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * What a format hands to the store. Owner, type and source identify a
 * contribution; the source is octets that the format chooses, and the store
 * does not interpret them. To put a contribution replaces the one with the
 * same owner, type and source; to remove one, these three suffice.
 */
#ifndef HELIX_DNS_CONTRIBUTION_H
#define HELIX_DNS_CONTRIBUTION_H

#include "base/wire.h"
#include "dns/name.h"

/** the TTL of records that give none: the zone's TTL applies */
#define RECORD_TTL_NONE UINT32_MAX
/** the highest TTL (RFC 2181 8) */
#define RECORD_TTL_MAX INT32_MAX

/** What identifies a contribution. */
struct contribution {
	/** owner name */
	struct name owner;
	/** RR type, host byte order */
	uint16_t type;
	/** any octets, at most UINT16_MAX; not owned */
	const char* source;
	/** octets in source */
	size_t source_len;
};

/** The records of a contribution: a list of rdata that can grow, and that owns
 * its memory. */
struct record_set {
	/** seconds, or RECORD_TTL_NONE */
	uint32_t ttl;
	/** number of records */
	uint32_t count;
	/** their rdata, in the form that base/wire.h draws */
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
