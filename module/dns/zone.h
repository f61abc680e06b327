/*
 * dns/zone.h - the configured zones, and what they answer.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * The algorithm of RFC 1034 4.3.2, step 3, in one of the configured zones:
 * from a name and a type to the RRsets of an answer.
 *
 * A struct zones is the set of zones that a configuration names. It is made
 * once; zones_update gives it new settings while nobody asks. A zone's SOA
 * serial follows etcd: the writer of the store calls zone_seen for each event,
 * zone_changed for each change it has made visible, and then zones_settle.
 *
 * Asking: make a name_walk of the qname, store_read_lock, zones_find,
 * zone_answer, copy what the answer points to, store_read_unlock.
 */
#ifndef HELIX_DNS_ZONE_H
#define HELIX_DNS_ZONE_H

#include "dns/name.h"
#include "dns/store.h"

/** most RRsets of an answer */
#define ANSWER_RRSETS_MAX 2
/** room for any SOA rdata, its length in two octets before it */
#define ZONE_SOA_MAX (2 + 2 * NAME_WIRE_MAX + 20)

/** What the configuration says of a zone. */
struct zone_settings {
	/** apex of the zone */
	struct name apex;
	/** TTL of records that give none, and of SOA and NS; seconds */
	uint32_t ttl;
	/** names of the zone's NS RRset; NULL if ns_count is 0 */
	struct name* ns;
	/** number of them; 0: the apex has no NS RRset */
	size_t ns_count;
	/** primary name server, for the SOA */
	struct name mname;
	/** mailbox of the person in charge, for the SOA */
	struct name rname;
	/** SOA refresh, seconds */
	uint32_t refresh;
	/** SOA retry, seconds */
	uint32_t retry;
	/** SOA expire, seconds */
	uint32_t expire;
	/** SOA minimum: how long a negative answer may be cached, at most
	 * (RFC 2308 4); seconds */
	uint32_t minimum;
};

struct zones;

/** One zone. */
struct zone;

/** Where in a message an RRset goes. */
enum answer_section {
	/** answer section */
	ANSWER_ANSWER,
	/** authority section */
	ANSWER_AUTHORITY
};

/** One RRset of an answer. */
struct answer_rrset {
	/** section */
	enum answer_section section;
	/** owner name in wire format; NULL if it is the qname */
	const uint8_t* owner;
	/** octets of owner */
	size_t owner_len;
	/** RR type, host byte order */
	uint16_t type;
	/** seconds */
	uint32_t ttl;
	/** number of records */
	uint32_t count;
	/** for each record: length in two octets, network byte order; rdata in
	 * wire format */
	const uint8_t* rdata;
	/** octets of rdata */
	size_t rdata_len;
};

/** An answer; valid until store_read_unlock, and as long as it stays where it
 * is. */
struct answer {
	/** RCODE: 0 NOERROR or 3 NXDOMAIN */
	int rcode;
	/** number of RRsets, those of the answer section first */
	size_t count;
	/** the RRsets */
	struct answer_rrset rrset[ANSWER_RRSETS_MAX];
	/** the SOA's rdata, if there is an SOA */
	uint8_t soa[ZONE_SOA_MAX];
};

/**
 * Make the set of zones, and pin each apex in the store, so that it exists
 * without records too.
 * @param store: the store that the zones answer from.
 * @param settings: of each zone; copied. No apex may be there twice.
 * @param count: number of zones.
 * @return NULL if memory ran out.
 */
struct zones* zones_create(struct store* store,
	const struct zone_settings* settings, size_t count);

/** Delete a set of zones; NULL is ignored. */
void zones_delete(struct zones* zones);

/**
 * Whether these settings are for the same set of zones, whatever else they
 * say.
 */
bool zones_match(const struct zones* zones,
	const struct zone_settings* settings, size_t count);

/**
 * Give the zones new settings. No thread may be asking; the writer of the
 * store may go on.
 * @param settings: for which zones_match is true.
 * @return false if memory ran out; nothing has changed then.
 */
bool zones_update(struct zones* zones, const struct zone_settings* settings,
	size_t count);

/**
 * The zone that answers for a name: that with the longest apex which is a
 * suffix of it. A DS RRset belongs to the parent's side of a zone cut
 * (RFC 4035 2.4), so for type DS the apex itself does not count.
 * @param walk: the name.
 * @param type: qtype, host byte order.
 * @return NULL if none of the zones does.
 */
struct zone* zones_find(const struct zones* zones,
	const struct name_walk* walk, uint16_t type);

/**
 * Answer from a zone. Between the store's read lock and unlock.
 * @param zone: as zones_find gave it.
 * @param walk: the qname.
 * @param type: qtype, host byte order; ANY gets one RRset (RFC 8482).
 * @param answer: the result.
 */
void zone_answer(struct zone* zone, const struct name_walk* walk,
	uint16_t type, struct answer* answer);

/**
 * Note an etcd revision that concerned a zone. Writer's thread.
 * @param zone: the zone.
 * @param revision: revision of a key's put or deletion.
 */
void zone_seen(struct zone* zone, int64_t revision);

/** Note that a name of a zone has changed, and the change is visible.
 * Writer's thread. */
void zone_changed(struct zone* zone);

/**
 * Bring the serials of the zones that have changed up to date. A serial is
 * the highest revision seen, and never goes back: where etcd's revisions do
 * (another cluster, a restored backup), it goes up by one. Writer's thread.
 */
void zones_settle(struct zones* zones);

#endif /* HELIX_DNS_ZONE_H */
