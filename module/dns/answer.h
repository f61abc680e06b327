/*
 * dns/answer.h - the answers of the configured zones.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * The algorithm of RFC 1034 4.3.2, steps 2 to 4 and 6, over all configured
 * zones: it makes the RRsets of an answer from a name and a type. It knows zone
 * cuts (RFC 1034 4.2); aliases (CNAME; DNAME, RFC 6672), which it follows as
 * long as their targets are in a configured zone; wildcards (RFC 4592); names
 * without records (RFC 8020); negative answers (RFC 2308); and the addresses of
 * names in NS, MX and SRV records. Type ANY gets one RRset (RFC 8482).
 *
 * An answer has at most ANSWER_ADDITIONAL_MAX RRsets of addresses, and glue
 * below a zone cut comes first (RFC 9471). No RRset appears twice (RFC 2181
 * 5.5). An RRset for which there is no room is left out.
 *
 * An answer ends in one of three ways, see enum answer_end; the caller decides
 * what follows. At most ANSWER_ALIASES_MAX aliases are followed, and no alias
 * to a name that was an alias before: the answer then ends with that alias.
 *
 * Asking: make a name_walk of the qname, store_read_lock, zones_find,
 * answer_find, copy what the answer points to, store_read_unlock. Nothing
 * allocates, locks or waits.
 */
#ifndef HELIX_DNS_ANSWER_H
#define HELIX_DNS_ANSWER_H

#include "dns/name.h"
#include "dns/zone.h"

/** most aliases that are followed, as in BIND; one more is in the answer */
#define ANSWER_ALIASES_MAX 16
/** most RRsets of addresses in the additional section */
#define ANSWER_ADDITIONAL_MAX 32
/** most names in NS, MX and SRV records that are looked up for addresses, found
 * or not, so that an RRset of thousands costs little */
#define ANSWER_TARGETS_MAX 64
/** most RRsets of an answer: for each alias a DNAME and a CNAME, the RRset
 * that was asked for, SOA or NS, and addresses */
#define ANSWER_RRSETS_MAX \
	(2 * (ANSWER_ALIASES_MAX + 1) + 2 + ANSWER_ADDITIONAL_MAX)

/** The section of a message that an RRset goes to. */
enum answer_section {
	/** answer section */
	ANSWER_ANSWER,
	/** authority section */
	ANSWER_AUTHORITY,
	/** additional section */
	ANSWER_ADDITIONAL
};

/** One RRset of an answer. */
struct answer_rrset {
	/** section */
	enum answer_section section;
	/** owner name in wire format, in any case; NULL if it is the qname */
	const uint8_t* owner;
	/** octets of owner */
	size_t owner_len;
	/** RR type, host byte order */
	uint16_t type;
	/** seconds */
	uint32_t ttl;
	/** the records */
	struct rdata_list rdata;
};

/** How an answer ends. */
enum answer_end {
	/** the zones have answered completely */
	ANSWER_COMPLETE,
	/** at a zone cut: the authority section has the NS RRset, the
	 * additional section the known addresses (RFC 1034 4.3.2 step 3b);
	 * the servers of the delegation have the rest */
	ANSWER_REFERRAL,
	/** at a name that is in none of the zones, or for which a zone with
	 * fallthrough has no records */
	ANSWER_OUTSIDE
};

/** An answer; valid until store_read_unlock. It may point into itself, so it
 * must not be moved. */
struct answer {
	/** how the answer ends */
	enum answer_end end;
	/** RCODE: 0 NOERROR, 3 NXDOMAIN (of the last alias, RFC 6604), or 6
	 * YXDOMAIN (RFC 6672 2.2) */
	int rcode;
	/** the name at which the answer ends: the target of the last alias;
	 * NULL if there is no alias, and it ends at the qname */
	const uint8_t* name;
	/** octets of name */
	size_t name_len;
	/** true if the answer is complete, and stays the same until a name of
	 * its RRsets changes, or one of their zones gets its first zone cut or
	 * DNAME; false if one of these zones is open (struct zone_facts), as
	 * Unbound may recurse and validate there */
	bool cacheable;
	/** number of RRsets; they are in the order of their sections */
	size_t count;
	/** number of RRsets in the answer section */
	size_t answers;
	/** number of RRsets in the additional section */
	size_t additional;
	/** number of names that were looked up for addresses */
	size_t targets;
	/** the RRsets */
	struct answer_rrset rrset[ANSWER_RRSETS_MAX];
	/** rdata of the SOA, if its serial had to be filled in */
	uint8_t soa[ZONE_SOA_MAX];
	/** rdata of the CNAMEs that were synthesized from DNAMEs */
	uint8_t alias[ANSWER_ALIASES_MAX + 1][2 + NAME_WIRE_MAX];
	/** number of these CNAMEs */
	size_t aliases;
};

/**
 * Answer a question. Between the store's read lock and unlock.
 * @param zone: what zones_find returned for this name and type.
 * @param walk: the qname.
 * @param type: qtype, host byte order.
 * @param followed: number of aliases that were followed to this name before;
 *	they count like those of this answer.
 * @param answer: the result.
 */
void answer_find(const struct zone* zone, const struct name_walk* walk,
	uint16_t type, unsigned followed, struct answer* answer);

/** The serial of the SOA that a zone's answers have: that of the SOA in etcd; or
 * the zone's (zone_serial), if that is 0 or there is none. Any thread; outside
 * the store's read lock. */
uint32_t answer_soa_serial(const struct zone* zone);

#endif /* HELIX_DNS_ANSWER_H */
