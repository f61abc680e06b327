/*
 * dns/zone.h - the configured zones.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * A struct zones is the set of zones that a configuration names, each with its
 * apex, what the configuration says of it, and its serial; dns/answer.h finds
 * what it answers. The set is made once; zones_update gives it new settings
 * while nobody asks. A zone's SOA serial follows etcd: the writer of the store
 * calls zone_seen for each event, zone_changed for each change it has made
 * visible, and then zones_settle.
 *
 * Threads that ask look at a zone by zones_find and the functions that take a
 * const zone.
 */
#ifndef HELIX_DNS_ZONE_H
#define HELIX_DNS_ZONE_H

#include "dns/name.h"
#include "dns/store.h"

/** room for the rdata of any SOA, with its length before it */
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
	/** whether names that have no records in etcd are recursed */
	bool fallthrough;
};

struct zones;

/** One zone. */
struct zone;

/** What a zone says of itself; made of its settings. For asking threads. */
struct zone_facts {
	/** TTL of records that give none, and of SOA and NS; seconds */
	uint32_t ttl;
	/** whether a name that has no records is for others to answer */
	bool fallthrough;
	/** whether names of it are resolved elsewhere, too: it falls through,
	 * or a zone below it does */
	bool open;
	/** the NS records, without a TTL */
	struct record_set ns;
	/** the SOA, without a TTL; its serial is 0 */
	struct record_set soa;
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

/** The number of zones. */
size_t zones_count(const struct zones* zones);

/** One of the zones, by its number. */
const struct zone* zones_get(const struct zones* zones, size_t number);

/** The store that the zones answer from. */
struct store* zones_store(const struct zones* zones);

/** The apex of a zone. */
const struct name* zone_apex(const struct zone* zone);

/** The number of labels of a zone's apex. */
unsigned zone_labels(const struct zone* zone);

/** What a zone says of itself; valid until zones_update. */
const struct zone_facts* zone_facts(const struct zone* zone);

/** The set of zones that a zone is one of. */
const struct zones* zone_zones(const struct zone* zone);

/** The store that a zone answers from. */
struct store* zone_store(const struct zone* zone);

/** The SOA serial. Who reads it before the records can tell by it that what
 * was read is older than a change. */
uint32_t zone_serial(const struct zone* zone);

/** Whether a name of the zone may be a zone cut or a DNAME, so that what is
 * below it is not the zone's own; see zone_note_cut. */
bool zone_has_cuts(const struct zone* zone);

/** Note that a name of a zone is to become a zone cut or a DNAME; before that
 * is visible. It holds for ever, as it only saves looking for them. Writer's
 * thread. @return whether it is the first. */
bool zone_note_cut(struct zone* zone);

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
