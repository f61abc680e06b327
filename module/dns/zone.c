/*
 * dns/zone.c - the configured zones.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "dns/zone.h"
#include "dns/type.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct zone {
	/** apex */
	struct name apex;
	/** number of labels of the apex */
	unsigned labels;
	/** hash of the apex, by the store's seed */
	uint64_t hash;
	/** the low half is the SOA serial */
	_Atomic uint64_t serial;
	/** whether the zone may have zone cuts or DNAMEs */
	atomic_bool cuts;
	/** highest etcd revision that concerned the zone; for the writer
	 * only */
	int64_t seen;
	/** whether the zone has changed since zones_settle; for the writer
	 * only */
	bool changed;
	/** the next zone that has changed; for the writer only */
	struct zone* next_changed;
	/** the set that the zone belongs to */
	struct zones* zones;
	/** where the zone has its records */
	struct store* store;
	/** what answers need of the settings */
	struct zone_facts facts;
};

struct zones {
	/** where the zones have their records */
	struct store* store;
	/** number of zones */
	size_t count;
	/** fewest and most labels of an apex */
	unsigned labels_min, labels_max;
	/** number of slots less one; slots are a power of 2 */
	size_t mask;
	/** hash table, linear probing: the zones by apex */
	struct zone** slot;
	/** first of the zones that have changed; for the writer only */
	struct zone* changed;
	/** the zones */
	struct zone zone[];
};

static uint8_t*
write_name(uint8_t* out, const struct name* name)
{
	memcpy(out, name->wire, name->len);
	return out + name->len;
}

/** Make an SOA (RFC 1035 3.3.13) with serial 0. */
static bool
facts_add_soa(struct zone_facts* facts, const struct zone_settings* settings)
{
	uint8_t rdata[ZONE_SOA_MAX], *out;
	out = write_name(rdata, &settings->mname);
	out = write_name(out, &settings->rname);
	out = wire_write_u32(out, 0);
	out = wire_write_u32(out, settings->refresh);
	out = wire_write_u32(out, settings->retry);
	out = wire_write_u32(out, settings->expire);
	out = wire_write_u32(out, settings->minimum);
	return record_set_add(&facts->soa, rdata, (size_t)(out - rdata));
}

/** Free the records of facts. */
static void
facts_clear(struct zone_facts* facts)
{
	record_set_clear(&facts->soa);
	record_set_clear(&facts->ns);
}

/**
 * Make what answers need of a zone's settings.
 * @param facts: all zero; to be cleared by facts_clear, even if false is
 *	returned.
 * @return false if memory ran out.
 */
static bool
facts_create(struct zone_facts* facts, const struct zone_settings* settings)
{
	size_t i;
	facts_clear(facts);
	facts->ttl = settings->ttl;
	facts->fallthrough = settings->fallthrough;
	facts->open = settings->fallthrough;
	for(i = 0; i < settings->ns_count; i++) {
		const struct name* ns = &settings->ns[i];
		if(!record_set_add(&facts->ns, ns->wire, ns->len))
			return false;
	}
	return facts_add_soa(facts, settings);
}

static struct zone*
slot_find(const struct zones* zones, uint64_t hash, const uint8_t* name,
	size_t len)
{
	size_t i = hash & zones->mask;
	for(; zones->slot[i]; i = (i + 1) & zones->mask) {
		struct zone* zone = zones->slot[i];
		if(zone->hash == hash && zone->apex.len == len &&
			memcmp(zone->apex.wire, name, len) == 0)
			return zone;
	}
	return NULL;
}

static void
slot_put(struct zones* zones, struct zone* zone)
{
	size_t i = zone->hash & zones->mask;
	while(zones->slot[i])
		i = (i + 1) & zones->mask;
	zones->slot[i] = zone;
}

/** Set `open` of the zones that have a zone with fallthrough below them. */
static void
zones_note_open(struct zones* zones)
{
	size_t i;
	for(i = 0; i < zones->count; i++) {
		const struct zone* zone = &zones->zone[i];
		struct name_walk walk;
		unsigned labels = zone->labels;
		if(!zone->facts.fallthrough)
			continue;
		(void)name_walk_init(&walk, zone->apex.wire, zone->apex.len,
			store_seed(zones->store));
		while(labels-- > zones->labels_min) {
			size_t len;
			const uint8_t* suffix = name_walk_suffix(&walk, labels,
				&len);
			struct zone* above = slot_find(zones,
				walk.hash[labels], suffix, len);
			if(above)
				above->facts.open = true;
		}
	}
}

static bool
zone_init(struct zone* zone, struct zones* zones, struct store* store,
	const struct zone_settings* settings)
{
	struct name_walk walk;
	(void)name_walk_init(&walk, settings->apex.wire, settings->apex.len,
		store_seed(store));
	zone->apex = settings->apex;
	zone->labels = walk.labels;
	zone->hash = walk.hash[walk.labels];
	zone->zones = zones;
	zone->store = store;
	slot_put(zones, zone);
	if(zone->labels < zones->labels_min)
		zones->labels_min = zone->labels;
	if(zone->labels > zones->labels_max)
		zones->labels_max = zone->labels;
	return facts_create(&zone->facts, settings) &&
		store_pin(store, &settings->apex);
}

struct zones*
zones_create(struct store* store, const struct zone_settings* settings,
	size_t count)
{
	size_t slots = 4, i;
	struct zones* zones = calloc(1, sizeof(*zones) +
		count * sizeof(struct zone));
	if(!zones)
		return NULL;
	while(slots < count * 2)
		slots *= 2;
	zones->store = store;
	zones->count = count;
	zones->mask = slots - 1;
	zones->labels_min = NAME_LABELS_MAX;
	zones->slot = calloc(slots, sizeof(*zones->slot));
	for(i = 0; zones->slot && i < count; i++) {
		if(!zone_init(&zones->zone[i], zones, store, &settings[i]))
			break;
	}
	if(!zones->slot || i < count) {
		zones_delete(zones);
		return NULL;
	}
	zones_note_open(zones);
	return zones;
}

void
zones_delete(struct zones* zones)
{
	size_t i;
	if(!zones)
		return;
	for(i = 0; i < zones->count; i++)
		facts_clear(&zones->zone[i].facts);
	free(zones->slot);
	free(zones);
}

/** The zone with exactly this apex. */
static struct zone*
zones_find_apex(const struct zones* zones, const struct name* apex)
{
	size_t i;
	for(i = 0; i < zones->count; i++) {
		const struct name* have = &zones->zone[i].apex;
		if(have->len == apex->len &&
			memcmp(have->wire, apex->wire, apex->len) == 0)
			return (struct zone*)(uintptr_t)&zones->zone[i];
	}
	return NULL;
}

bool
zones_match(const struct zones* zones, const struct zone_settings* settings,
	size_t count)
{
	size_t i;
	if(zones->count != count)
		return false;
	for(i = 0; i < count; i++) {
		if(!zones_find_apex(zones, &settings[i].apex))
			return false;
	}
	return true;
}

bool
zones_update(struct zones* zones, const struct zone_settings* settings,
	size_t count)
{
	struct zone_facts* facts = calloc(count ? count : 1, sizeof(*facts));
	size_t i;
	bool ok = facts != NULL;
	for(i = 0; ok && i < count; i++)
		ok = facts_create(&facts[i], &settings[i]);
	for(i = 0; facts && i < count; i++) {
		struct zone* zone = zones_find_apex(zones, &settings[i].apex);
		if(ok) {
			struct zone_facts old = zone->facts;
			zone->facts = facts[i];
			facts[i] = old;
		}
		facts_clear(&facts[i]);
	}
	free(facts);
	if(ok)
		zones_note_open(zones);
	return ok;
}

struct zone*
zones_find(const struct zones* zones, const struct name_walk* walk,
	uint16_t type)
{
	unsigned labels = walk->labels;
	if(type == TYPE_DS && labels > 0)
		labels--;
	else if(type == TYPE_DS)
		return NULL;
	if(labels > zones->labels_max)
		labels = zones->labels_max;
	for(;; labels--) {
		size_t len;
		const uint8_t* suffix;
		struct zone* zone;
		if(labels < zones->labels_min)
			return NULL;
		suffix = name_walk_suffix(walk, labels, &len);
		zone = slot_find(zones, walk->hash[labels], suffix, len);
		if(zone)
			return zone;
		if(labels == 0)
			return NULL;
	}
}

size_t
zones_count(const struct zones* zones)
{
	return zones->count;
}

const struct zone*
zones_get(const struct zones* zones, size_t number)
{
	return &zones->zone[number];
}

size_t
zone_number(const struct zone* zone)
{
	return (size_t)(zone - zone->zones->zone);
}

struct store*
zones_store(const struct zones* zones)
{
	return zones->store;
}

const struct name*
zone_apex(const struct zone* zone)
{
	return &zone->apex;
}

unsigned
zone_labels(const struct zone* zone)
{
	return zone->labels;
}

const struct zone_facts*
zone_facts(const struct zone* zone)
{
	return &zone->facts;
}

const struct zones*
zone_zones(const struct zone* zone)
{
	return zone->zones;
}

struct store*
zone_store(const struct zone* zone)
{
	return zone->store;
}

uint32_t
zone_serial(const struct zone* zone)
{
	return (uint32_t)atomic_load(&zone->serial);
}

bool
zone_has_cuts(const struct zone* zone)
{
	return atomic_load_explicit(&zone->cuts, memory_order_relaxed);
}

bool
zone_note_cut(struct zone* zone)
{
	return !atomic_exchange(&zone->cuts, true);
}

void
zone_seen(struct zone* zone, int64_t revision)
{
	if(revision > zone->seen)
		zone->seen = revision;
}

void
zone_changed(struct zone* zone)
{
	if(zone->changed)
		return;
	zone->changed = true;
	zone->next_changed = zone->zones->changed;
	zone->zones->changed = zone;
}

void
zones_settle(struct zones* zones)
{
	while(zones->changed) {
		struct zone* zone = zones->changed;
		uint64_t serial = atomic_load(&zone->serial) + 1;
		if(zone->seen > 0 && (uint64_t)zone->seen > serial)
			serial = (uint64_t)zone->seen;
		atomic_store(&zone->serial, serial);
		zones->changed = zone->next_changed;
		zone->changed = false;
	}
}
