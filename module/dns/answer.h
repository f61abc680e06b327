/*
 * dns/answer.h - what the configured zones answer.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * The algorithm of RFC 1034 4.3.2, steps 2 to 4 and 6, over all configured
 * zones: from a name and a type to the RRsets of an answer. That is: zone
 * cuts (RFC 1034 4.2), aliases (CNAME; DNAME, RFC 6672), followed from zone to
 * zone as long as one of ours answers, wildcards (RFC 4592), names without
 * records (RFC 8020), negative answers (RFC 2308), and the addresses of names
 * in NS, MX and SRV records. Type ANY gets one RRset (RFC 8482).
 *
 * Of addresses there is one allowance for the whole answer, which glue below a
 * zone cut has first (RFC 9471). No RRset is there twice (RFC 2181 5.5), and
 * one for which there is no room is left out.
 *
 * An answer ends in one of three ways, see enum answer_end; whoever asked
 * decides what follows from each. ANSWER_ALIASES_MAX aliases are followed, and
 * none to a name that was there before: then what was collected is the answer.
 *
 * Asking: make a name_walk of the qname, store_read_lock, zones_find,
 * answer_find, copy what the answer points to, store_read_unlock. Nothing
 * allocates, locks or waits.
 */
#ifndef HELIX_DNS_ANSWER_H
#define HELIX_DNS_ANSWER_H

#include "dns/name.h"
#include "dns/zone.h"

/** most aliases that are followed, as BIND has it; one more is told */
#define ANSWER_ALIASES_MAX 16
/** most RRsets of addresses that are added */
#define ANSWER_ADDITIONAL_MAX 32
/** most names in NS, MX and SRV records that are looked up for addresses,
 * whether they have any or not, so that an RRset of thousands costs little */
#define ANSWER_TARGETS_MAX 64
/** most RRsets of an answer: for each alias a DNAME and a CNAME, the RRset
 * that was asked for, SOA or NS, and addresses */
#define ANSWER_RRSETS_MAX \
	(2 * (ANSWER_ALIASES_MAX + 1) + 2 + ANSWER_ADDITIONAL_MAX)

/** Where in a message an RRset goes. */
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
	/** it is complete, and the zones' own */
	ANSWER_COMPLETE,
	/** at a zone cut: the authority section has the NS RRset, the
	 * additional section the addresses that are known (RFC 1034 4.3.2
	 * step 3b). Servers elsewhere have the rest. */
	ANSWER_REFERRAL,
	/** at a name that is in none of the zones, or that a zone which falls
	 * through has no records for */
	ANSWER_OUTSIDE
};

/** An answer; valid until store_read_unlock, and as long as it stays where it
 * is. */
struct answer {
	/** how it ends */
	enum answer_end end;
	/** RCODE: 0 NOERROR, 3 NXDOMAIN (of the last alias, RFC 6604), or 6
	 * YXDOMAIN (RFC 6672 2.2) */
	int rcode;
	/** the name at which it ends: the target of the last alias; NULL if
	 * there is none and it is the qname */
	const uint8_t* name;
	/** octets of name */
	size_t name_len;
	/** whether it is complete, and nothing can make it another one but a
	 * change at a name of its RRsets, or the first zone cut or DNAME in
	 * one of their zones; and none of these zones is open: there, others
	 * are to find what can be validated */
	bool cacheable;
	/** number of RRsets, in the order of their sections */
	size_t count;
	/** number of those that are in the answer section */
	size_t answers;
	/** number of those that are in the additional section */
	size_t additional;
	/** number of names that were looked up for addresses */
	size_t targets;
	/** the RRsets */
	struct answer_rrset rrset[ANSWER_RRSETS_MAX];
	/** the SOA's rdata, if it had to be made */
	uint8_t soa[ZONE_SOA_MAX];
	/** rdata of the CNAMEs that a DNAME makes */
	uint8_t alias[ANSWER_ALIASES_MAX + 1][2 + NAME_WIRE_MAX];
	/** number of those */
	size_t aliases;
};

/**
 * Answer. Between the store's read lock and unlock.
 * @param zone: as zones_find gave it for this name and type.
 * @param walk: the qname.
 * @param type: qtype, host byte order.
 * @param followed: aliases that were followed on the way to this name already;
 *	they count as if they were this answer's.
 * @param answer: the result.
 */
void answer_find(const struct zone* zone, const struct name_walk* walk,
	uint16_t type, unsigned followed, struct answer* answer);

#endif /* HELIX_DNS_ANSWER_H */
