/*
 * dns/zone.h - the configured zones.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * A struct zones is the set of zones that a configuration names, each with its
 * apex, its settings and its serial; dns/answer.h makes answers from them. The
 * set is made once; zones_update gives it new settings while no thread reads
 * it. A zone's SOA serial follows etcd: the writer of the store calls zone_seen
 * for each event, zone_changed for each change that it has made visible, and
 * then zones_settle.
 *
 * Threads that answer queries use zones_find, and the functions that take a
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
	/** number of NS records; 0: the apex has no NS RRset */
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
	/** whether Unbound recurses for names that have no records in etcd */
	bool fallthrough;
};

struct zones;

/** One zone. */
struct zone;

/** What answers need of a zone's settings. */
struct zone_facts {
	/** TTL of records that give none, and of SOA and NS; seconds */
	uint32_t ttl;
	/** whether Unbound recurses for names that have no records in etcd */
	bool fallthrough;
	/** whether Unbound recurses for some names below the apex:
	 * `fallthrough` is set for this zone, or for a zone below it */
	bool open;
	/** the NS records, without a TTL */
	struct record_set ns;
	/** the SOA, without a TTL; its serial is 0 */
	struct record_set soa;
};

/**
 * Make the set of zones, and pin each apex in the store, so that the apex
 * exists even without records.
 * @param store: where the zones have their records.
 * @param settings: of each zone; copied. All apexes differ.
 * @param count: number of zones.
 * @return NULL if memory ran out.
 */
struct zones* zones_create(struct store* store,
	const struct zone_settings* settings, size_t count);

/** Delete a set of zones; NULL is ignored. */
void zones_delete(struct zones* zones);

/**
 * Whether settings have the same apexes as a set of zones; nothing else is
 * compared.
 */
bool zones_match(const struct zones* zones,
	const struct zone_settings* settings, size_t count);

/**
 * Give the zones new settings. No thread may be reading them; the writer of the
 * store may go on.
 * @param settings: zones_match is true of them.
 * @return false if memory ran out; nothing has changed then.
 */
bool zones_update(struct zones* zones, const struct zone_settings* settings,
	size_t count);

/**
 * The zone that answers for a name: of the zones whose apex is a suffix of the
 * name, that with the longest apex. A DS RRset belongs to the parent's side of
 * a zone cut (RFC 4035 2.4), so for type DS the apex must be shorter than the
 * name.
 * @param walk: the name.
 * @param type: qtype, host byte order.
 * @return NULL if the name is in none of the zones.
 */
struct zone* zones_find(const struct zones* zones,
	const struct name_walk* walk, uint16_t type);

/** The number of zones. */
size_t zones_count(const struct zones* zones);

/** One of the zones, by its number. */
const struct zone* zones_get(const struct zones* zones, size_t number);

/** The number of a zone among those of its set; it stays as long as the set. */
size_t zone_number(const struct zone* zone);

/** The store in which the zones have their records. */
struct store* zones_store(const struct zones* zones);

/** The apex of a zone. */
const struct name* zone_apex(const struct zone* zone);

/** The number of labels of a zone's apex. */
unsigned zone_labels(const struct zone* zone);

/** What answers need of a zone's settings; valid until zones_update. */
const struct zone_facts* zone_facts(const struct zone* zone);

/** The set that a zone belongs to. */
const struct zones* zone_zones(const struct zone* zone);

/** The store in which a zone has its records. */
struct store* zone_store(const struct zone* zone);

/** The SOA serial. To be read before the records of an answer, so that no
 * answer has older records than its serial says. */
uint32_t zone_serial(const struct zone* zone);

/** Whether the zone may have a zone cut or a DNAME, below which names are not
 * the zone's own; see zone_note_cut. */
bool zone_has_cuts(const struct zone* zone);

/** Note that a name of a zone becomes a zone cut or a DNAME; before that is
 * visible. zone_has_cuts is true from then on, even after the last cut is
 * removed: it only saves readers the search for cuts. Writer's thread. @return
 * whether this is the zone's first. */
bool zone_note_cut(struct zone* zone);

/**
 * Note an etcd revision that concerned a zone. Writer's thread.
 * @param revision: of a key's put or deletion.
 */
void zone_seen(struct zone* zone, int64_t revision);

/** Note that a name of a zone has changed, and the change is visible.
 * Writer's thread. */
void zone_changed(struct zone* zone);

/**
 * Update the serials of the zones that have changed. A serial is the highest
 * revision that was seen, and never decreases: if etcd's revisions do (another
 * cluster, a restored backup), it is incremented by one. Writer's thread.
 */
void zones_settle(struct zones* zones);

#endif /* HELIX_DNS_ZONE_H */
