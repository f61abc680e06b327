/*
 * dns/answer.c - the answers of the configured zones.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "dns/answer.h"
#include "base/wire.h"
#include "dns/type.h"
#include <string.h>

/** RCODEs (RFC 1035 4.1.1, RFC 6672 2.2) */
enum {
	RCODE_NOERROR = 0,
	RCODE_NXDOMAIN = 3,
	RCODE_YXDOMAIN = 6
};

/** octets of the numbers at the end of an SOA's rdata (RFC 1035 3.3.13) */
#define SOA_NUMBERS 20
/** number of elements of an array */
#define ROOM(array) (sizeof(array) / sizeof(*(array)))

/* answers are on the stacks of Unbound's threads */
_Static_assert(sizeof(struct answer) < 16384, "an answer is too large");

/** The question that is being answered, at one of its names. */
struct question {
	/** the zone that the name is in */
	const struct zone* zone;
	/** the name */
	const struct name_walk* walk;
	/** the name in the case of the alias that led here; NULL: the qname */
	const uint8_t* name;
	/** qtype */
	uint16_t type;
	/** the zone's serial, before any record was read */
	uint32_t serial;
	/** whether all names so far are in the store, in zones that are not
	 * open and have neither zone cuts nor DNAMEs */
	bool cacheable;
};

/** What ends the search from the apex down to a name. */
enum place_kind {
	/** the name, or a wildcard that stands for it */
	PLACE_NAME,
	/** a zone cut, at the name or above it */
	PLACE_CUT,
	/** a DNAME above the name */
	PLACE_DNAME,
	/** nothing: the name does not exist */
	PLACE_NONE
};

/** Where the search for a name ends. */
struct place {
	/** what is there */
	enum place_kind kind;
	/** the name that is there; NULL for PLACE_NONE */
	const struct store_name* name;
	/** for a zone cut or a DNAME, the number of its labels */
	unsigned labels;
	/** whether the name is a wildcard that stands for another name */
	bool wild;
};

/** The name that a question is at: in the case of the alias that led there, or
 * the qname in lower case. */
static const uint8_t*
question_name(const struct question* question)
{
	return question->name ? question->name : question->walk->name.wire;
}

/* --- RRsets -------------------------------------------------------------- */

/**
 * Append an RRset to an answer, without TTL and records, which the caller sets.
 * All RRsets are appended here.
 * @param owner: NULL for the qname.
 * @return NULL if there is no room; the RRset is left out then.
 */
static struct answer_rrset*
answer_add(struct answer* answer, enum answer_section section, uint16_t type,
	const uint8_t* owner, size_t owner_len)
{
	struct answer_rrset* rrset = &answer->rrset[answer->count];
	if(answer->count >= ROOM(answer->rrset) ||
		(section == ANSWER_ADDITIONAL &&
		answer->additional >= ANSWER_ADDITIONAL_MAX))
		return NULL;
	answer->count++;
	rrset->section = section;
	rrset->type = type;
	rrset->owner = owner;
	rrset->owner_len = owner ? owner_len : 0;
	if(section == ANSWER_ANSWER)
		answer->answers++;
	else if(section == ANSWER_ADDITIONAL)
		answer->additional++;
	return rrset;
}

/** Append an RRset whose owner is the name that the question is at. */
static struct answer_rrset*
answer_add_here(struct answer* answer, const struct question* question,
	uint16_t type)
{
	return answer_add(answer, ANSWER_ANSWER, type, question->name,
		question->walk->name.len);
}

/** The TTL of an RRset of the store. */
static uint32_t
stored_ttl(const struct zone* zone, const struct store_rrset* stored)
{
	uint32_t ttl = zone_facts(zone)->ttl;
	return stored->ttl_open && ttl < stored->ttl ? ttl : stored->ttl;
}

/** Append an RRset of the store, as answer_add does. */
static inline struct answer_rrset*
answer_add_stored(struct answer* answer, enum answer_section section,
	const struct zone* zone, const struct store_rrset* stored,
	const uint8_t* owner, size_t owner_len)
{
	struct answer_rrset* rrset = answer_add(answer, section, stored->type,
		owner, owner_len);
	if(!rrset)
		return NULL;
	rrset->ttl = stored_ttl(zone, stored);
	rrset->rdata = stored->rdata;
	return rrset;
}

/** Whether an RRset is in an answer already. RRsets whose owner is the qname
 * are not looked at. */
static bool
answer_has(const struct answer* answer, const struct name* owner,
	uint16_t type)
{
	size_t i;
	for(i = 0; i < answer->count; i++) {
		const struct answer_rrset* rrset = &answer->rrset[i];
		if(rrset->type == type && rrset->owner && name_is(owner,
			rrset->owner, rrset->owner_len))
			return true;
	}
	return false;
}

/** Copy an SOA's rdata into an answer, so that its serial can be written.
 * @return the numbers in the copy; NULL if the length is not that of an SOA. */
static uint8_t*
answer_keep_soa(struct answer* answer, const struct store_rrset* stored)
{
	const struct rdata_list* rdata = &stored->rdata;
	if(rdata->len < SOA_NUMBERS || rdata->len > sizeof(answer->soa))
		return NULL;
	memcpy(answer->soa, rdata->octets, rdata->len);
	return answer->soa + rdata->len - SOA_NUMBERS;
}

/**
 * Append the SOA of the zone that the question is in: that in etcd, or else
 * that of the configuration. A serial of 0 is replaced by the zone's serial;
 * the configuration's is always 0.
 * @return NULL if there is no room.
 */
static const struct answer_rrset*
answer_add_soa(struct answer* answer, const struct question* question,
	enum answer_section section)
{
	const struct zone* zone = question->zone;
	const struct zone_facts* facts = zone_facts(zone);
	const struct store_name* apex = store_find(zone_store(zone),
		question->walk, zone_labels(zone));
	const struct name* owner = zone_apex(zone);
	struct store_rrset stored = { .type = TYPE_SOA, .ttl = facts->ttl,
		.rdata = record_set_rdata(&facts->soa) };
	struct answer_rrset* rrset;
	uint8_t* numbers;
	uint32_t minimum;
	if(apex)
		(void)store_get(apex, TYPE_SOA, &stored);
	rrset = answer_add_stored(answer, section, zone, &stored, section ==
		ANSWER_ANSWER ? question->name : owner->wire, owner->len);
	numbers = answer_keep_soa(answer, &stored);
	if(!rrset || !numbers)
		return rrset;
	rrset->rdata.octets = answer->soa;
	/* serial, refresh, retry, expire, minimum */
	if(wire_read_u32(numbers) == 0)
		wire_write_u32(numbers, question->serial);
	minimum = wire_read_u32(numbers + 16);
	if(section == ANSWER_AUTHORITY && minimum < rrset->ttl)
		rrset->ttl = minimum;
	return rrset;
}

/** Append the configuration's SOA or NS RRset of the apex, if the question is
 * for it. @return NULL if it is not, or there is no room. */
static const struct answer_rrset*
answer_add_apex(struct answer* answer, const struct question* question)
{
	const struct zone_facts* facts = zone_facts(question->zone);
	struct answer_rrset* rrset;
	if(question->walk->labels != zone_labels(question->zone))
		return NULL;
	if(question->type == TYPE_SOA || question->type == TYPE_ANY)
		return answer_add_soa(answer, question, ANSWER_ANSWER);
	if(question->type != TYPE_NS || facts->ns.count == 0)
		return NULL;
	rrset = answer_add_here(answer, question, TYPE_NS);
	if(rrset) {
		rrset->ttl = facts->ttl;
		rrset->rdata = record_set_rdata(&facts->ns);
	}
	return rrset;
}

/* --- the search for a name ----------------------------------------------- */

/** The wildcard below the closest encloser, or nothing (RFC 4592 3.3.1). */
static struct place
place_below(struct store* store, const struct name_walk* walk,
	unsigned encloser)
{
	struct place place = { .name = store_find_wildcard(store, walk,
		encloser) };
	place.kind = place.name ? PLACE_NAME : PLACE_NONE;
	place.wild = true;
	return place;
}

/** Find a name in a zone that has neither zone cuts nor DNAMEs. */
static struct place
place_find_plain(struct store* store, const struct zone* zone,
	const struct name_walk* walk)
{
	struct place place = { .kind = PLACE_NAME };
	unsigned encloser = zone_labels(zone), absent = walk->labels;
	place.name = store_find(store, walk, absent);
	if(place.name)
		return place;
	/* Bisect for the closest encloser: the apex exists, as it is pinned,
	 * and so does each name above a name that exists. A random name of many
	 * labels must not cost much more than one of few. */
	while(absent - encloser > 1) {
		unsigned middle = (encloser + absent) / 2;
		if(store_find(store, walk, middle))
			encloser = middle;
		else	absent = middle;
	}
	return place_below(store, walk, encloser);
}

static bool
name_has(const struct store_name* name, uint16_t type)
{
	struct store_rrset rrset;
	return store_get(name, type, &rrset);
}

/** Find a name in a zone, from the apex down. The DS RRset at a zone cut
 * belongs to the zone above the cut (RFC 4035 2.4). */
static struct place
place_find(struct store* store, const struct question* question)
{
	const struct name_walk* walk = question->walk;
	unsigned apex = zone_labels(question->zone);
	struct place place = { .labels = apex };
	if(!zone_has_cuts(question->zone))
		return place_find_plain(store, question->zone, walk);
	for(;; place.labels++) {
		bool last = place.labels == walk->labels;
		place.name = store_find(store, walk, place.labels);
		if(!place.name)
			return place_below(store, walk, place.labels - 1);
		place.kind = PLACE_CUT;
		if(place.labels > apex && !(last && question->type == TYPE_DS)
			&& name_has(place.name, TYPE_NS))
			return place;
		place.kind = PLACE_NAME;
		if(last)
			return place;
		place.kind = PLACE_DNAME;
		if(name_has(place.name, TYPE_DNAME))
			return place;
	}
}

/* --- addresses ----------------------------------------------------------- */

/** Whether a name is below a DNAME of its zone, which hides its records (RFC
 * 6672 2.4). A DNAME below a zone cut is another zone's. */
static bool
is_below_dname(struct store* store, const struct zone* zone,
	const struct name_walk* walk)
{
	unsigned labels;
	if(!zone_has_cuts(zone))
		return false;
	for(labels = zone_labels(zone); labels < walk->labels; labels++) {
		const struct store_name* above = store_find(store, walk,
			labels);
		if(!above || (labels > zone_labels(zone) &&
			name_has(above, TYPE_NS)))
			return false;
		if(name_has(above, TYPE_DNAME))
			return true;
	}
	return false;
}

/** Append the addresses of a name that one of the zones has; also those below a
 * zone cut, which are glue.
 * @return false if there is no room for more. */
static bool
answer_add_addresses(struct answer* answer, const struct zones* zones,
	const uint8_t* owner, size_t len)
{
	static const uint16_t types[] = { TYPE_A, TYPE_AAAA };
	struct store* store = zones_store(zones);
	const struct store_name* name;
	const struct zone* zone;
	struct store_rrset stored;
	struct name_walk walk;
	size_t i;
	if(answer->targets >= ANSWER_TARGETS_MAX)
		return false;
	answer->targets++;
	if(!name_walk_init(&walk, owner, len, store_seed(store)))
		return true;
	zone = zones_find(zones, &walk, TYPE_A);
	name = zone && !is_below_dname(store, zone, &walk) ?
		store_find(store, &walk, walk.labels) : NULL;
	for(i = 0; name && i < ROOM(types); i++) {
		if(store_get(name, types[i], &stored) &&
			!answer_has(answer, &walk.name, types[i]) &&
			!answer_add_stored(answer, ANSWER_ADDITIONAL, zone,
			&stored, owner, len))
			return false;
	}
	return true;
}

/** Whether the addresses of a name in a type's rdata are added to an answer
 * (RFC 1035 3.3.9, 3.3.11; RFC 2782). @param at: set to where in the rdata
 * that name begins. */
static bool
type_has_target(uint16_t type, size_t* at)
{
	*at = type == TYPE_MX ? 2 : type == TYPE_SRV ? 6 : 0;
	return type == TYPE_NS || type == TYPE_MX || type == TYPE_SRV;
}

/**
 * Append the addresses of names in an RRset, as long as there is room.
 * @param rrset: may be NULL.
 * @param cut, below: a zone cut, and whether to take the names that end with it
 *	or those that do not; NULL and false: take all.
 */
static void
answer_add_targets(struct answer* answer, const struct zones* zones,
	const struct answer_rrset* rrset, const struct name* cut, bool below)
{
	const uint8_t* rdata = rrset ? rrset->rdata.octets : NULL;
	uint32_t i;
	size_t at;
	if(!rrset || !type_has_target(rrset->type, &at))
		return;
	for(i = 0; i < rrset->rdata.count; i++) {
		size_t len = wire_read_u16(rdata);
		const uint8_t* target = rdata + 2 + at;
		rdata += rdata_list_step(rdata);
		if(len > at && (cut && name_ends(cut, target, len - at)) ==
			below && !answer_add_addresses(answer, zones, target,
			len - at))
			return;
	}
}

/* --- steps ------------------------------------------------------------- */

/** A suffix of a name, as a name. @param labels: number of its labels. */
static struct name
walk_suffix(const struct name_walk* walk, unsigned labels)
{
	struct name name;
	size_t len;
	const uint8_t* wire = name_walk_suffix(walk, labels, &len);
	name.len = (uint8_t)len;
	memcpy(name.wire, wire, len);
	return name;
}

/**
 * Append the CNAME that is synthesized from a DNAME (RFC 6672 3.1).
 * @param kept: octets of the question's name before the DNAME's owner.
 * @return NULL if the target would be too long for a name, or there is no room.
 */
static const struct answer_rrset*
answer_add_made(struct answer* answer, const struct question* question,
	size_t kept, const struct store_rrset* dname)
{
	size_t target_len = dname->rdata.len - 2;
	struct store_rrset cname = { .type = TYPE_CNAME,
		.ttl = stored_ttl(question->zone, dname) };
	uint8_t* made;
	if(kept + target_len > NAME_WIRE_MAX) {
		answer->rcode = RCODE_YXDOMAIN;
		return NULL;
	}
	if(answer->aliases >= ROOM(answer->alias))
		return NULL;
	made = answer->alias[answer->aliases++];
	memcpy(wire_write_u16(made, (uint16_t)(kept + target_len)),
		question_name(question), kept);
	memcpy(made + 2 + kept, dname->rdata.octets + 2, target_len);
	cname.rdata = (struct rdata_list){ made, (uint32_t)(2 + kept +
		target_len), 1 };
	return answer_add_stored(answer, ANSWER_ANSWER, question->zone,
		&cname, question->name, question->walk->name.len);
}

/**
 * Append the DNAME above the name, if the answer does not have it yet (RFC 2181
 * 5.5), and the CNAME that is synthesized from it.
 * @return the CNAME, or NULL.
 */
static const struct answer_rrset*
answer_add_dname(struct answer* answer, const struct question* question,
	const struct place* place)
{
	const struct name_walk* walk = question->walk;
	size_t kept = walk->offset[place->labels];
	struct name owner = walk_suffix(walk, place->labels);
	struct store_rrset stored;
	(void)store_get(place->name, TYPE_DNAME, &stored);
	if(!answer_has(answer, &owner, TYPE_DNAME) &&
		!answer_add_stored(answer, ANSWER_ANSWER, question->zone,
		&stored, question_name(question) + kept, owner.len))
		return NULL;
	return answer_add_made(answer, question, kept, &stored);
}

/** End an answer at a zone cut. */
static void
answer_refer(struct answer* answer, const struct question* question,
	const struct place* place)
{
	const struct zones* zones = zone_zones(question->zone);
	struct name cut = walk_suffix(question->walk, place->labels);
	const struct answer_rrset* rrset;
	struct store_rrset stored;
	(void)store_get(place->name, TYPE_NS, &stored);
	rrset = answer_add_stored(answer, ANSWER_AUTHORITY, question->zone,
		&stored, question_name(question) +
		question->walk->offset[place->labels], cut.len);
	/* glue first: a resolver needs it to reach the servers, and there may
	 * be no room for all addresses (RFC 9471 2.1) */
	answer_add_targets(answer, zones, rrset, &cut, true);
	answer_add_targets(answer, zones, rrset, &cut, false);
	answer->end = ANSWER_REFERRAL;
}

/** Whether a zone with fallthrough has nothing to answer with for a name that
 * exists: no records, and no NS of the configuration. */
static bool
name_is_bare(const struct question* question, const struct store_name* name)
{
	bool has_ns = question->walk->labels == zone_labels(question->zone) &&
		zone_facts(question->zone)->ns.count > 0;
	return !has_ns && !name_has(name, 0);
}

/**
 * Answer from the records of a name.
 * @return the CNAME that is to be followed, or NULL.
 */
static const struct answer_rrset*
answer_from_name(struct answer* answer, const struct question* question,
	const struct store_name* name)
{
	uint16_t type = question->type;
	const struct answer_rrset* rrset;
	struct store_rrset stored;
	size_t at;
	/* no record has type 0 (RFC 6895 3.1); to store_get it means any */
	bool found = type != 0 && store_get(name, type == TYPE_ANY ? 0 : type,
		&stored);
	if(found || (type != TYPE_ANY && store_get(name, TYPE_CNAME,
		&stored))) {
		/* only an apex has an SOA; its serial may have to be filled
		 * in */
		if(stored.type == TYPE_SOA) {
			(void)answer_add_soa(answer, question, ANSWER_ANSWER);
			return NULL;
		}
		/* an alias through this DNAME may have added it already */
		if(stored.type == TYPE_DNAME && answer_has(answer,
			&question->walk->name, TYPE_DNAME))
			return NULL;
		rrset = answer_add_stored(answer, ANSWER_ANSWER,
			question->zone, &stored, question->name,
			question->walk->name.len);
		if(!found || !rrset)
			return rrset;
		/* added addresses change without a change of this name */
		answer->cacheable = question->cacheable &&
			!type_has_target(stored.type, &at);
	} else if(zone_facts(question->zone)->fallthrough &&
		name_is_bare(question, name)) {
		answer->end = ANSWER_OUTSIDE;
		return NULL;
	} else if(!(rrset = answer_add_apex(answer, question))) {
		(void)answer_add_soa(answer, question, ANSWER_AUTHORITY);
		return NULL;
	}
	answer_add_targets(answer, zone_zones(question->zone), rrset, NULL,
		false);
	return NULL;
}

/**
 * Answer a question at one of its names.
 * @return the CNAME that is to be followed, or NULL.
 */
static const struct answer_rrset*
answer_step(struct answer* answer, struct question* question)
{
	struct place place = place_find(zone_store(question->zone), question);
	const struct answer_rrset* alias;
	if(place.wild || zone_has_cuts(question->zone) ||
		zone_facts(question->zone)->open)
		question->cacheable = false;
	switch(place.kind) {
	case PLACE_NAME:
		return answer_from_name(answer, question, place.name);
	case PLACE_CUT:
		answer_refer(answer, question, &place);
		break;
	case PLACE_DNAME:
		alias = answer_add_dname(answer, question, &place);
		/* a query for the CNAME is answered by the synthesized one */
		return question->type == TYPE_CNAME ? NULL : alias;
	case PLACE_NONE:
		if(zone_facts(question->zone)->fallthrough) {
			answer->end = ANSWER_OUTSIDE;
			break;
		}
		answer->rcode = RCODE_NXDOMAIN;
		(void)answer_add_soa(answer, question, ANSWER_AUTHORITY);
		break;
	}
	return NULL;
}

/** Whether a name is the owner of a CNAME in an answer. */
static bool
answer_has_alias(const struct answer* answer, const struct name* qname,
	const struct name* name)
{
	size_t i;
	for(i = 0; i < answer->count; i++) {
		const struct answer_rrset* rrset = &answer->rrset[i];
		if(rrset->type != TYPE_CNAME)
			continue;
		if(rrset->owner ? name_is(name, rrset->owner,
			rrset->owner_len) :
			name_is(name, qname->wire, qname->len))
			return true;
	}
	return false;
}

void
answer_find(const struct zone* zone, const struct name_walk* walk,
	uint16_t type, unsigned followed, struct answer* answer)
{
	const struct zones* zones = zone_zones(zone);
	struct question question = { .zone = zone, .walk = walk,
		.type = type, .serial = zone_serial(zone), .cacheable = true };
	const struct answer_rrset* alias;
	struct name_walk next;
	answer->end = ANSWER_COMPLETE;
	answer->rcode = RCODE_NOERROR;
	answer->name = NULL;
	answer->name_len = 0;
	answer->cacheable = false;
	answer->count = 0;
	answer->answers = 0;
	answer->aliases = 0;
	answer->additional = 0;
	answer->targets = 0;
	while((alias = answer_step(answer, &question)) != NULL) {
		answer->name = alias->rdata.octets + 2;
		answer->name_len = alias->rdata.len - 2;
		if(followed++ >= ANSWER_ALIASES_MAX ||
			!name_walk_init(&next, answer->name, answer->name_len,
			store_seed(zones_store(zones))) ||
			answer_has_alias(answer, &walk->name, &next.name))
			return;
		question.zone = zones_find(zones, &next, type);
		if(!question.zone) {
			answer->end = ANSWER_OUTSIDE;
			return;
		}
		question.walk = &next;
		question.name = answer->name;
		question.serial = zone_serial(question.zone);
	}
}

uint32_t
answer_soa_serial(const struct zone* zone)
{
	struct store* store = zone_store(zone);
	const struct name* apex = zone_apex(zone);
	const uint32_t serial = zone_serial(zone);
	const struct store_name* name;
	struct store_rrset soa;
	struct name_walk walk;
	uint32_t given = 0;
	(void)name_walk_init(&walk, apex->wire, apex->len, store_seed(store));
	store_read_lock(store);
	name = store_find(store, &walk, walk.labels);
	if(name && store_get(name, TYPE_SOA, &soa) &&
		soa.rdata.len >= SOA_NUMBERS)
		given = wire_read_u32(soa.rdata.octets + soa.rdata.len -
			SOA_NUMBERS);
	store_read_unlock(store);
	return given > 0 ? given : serial;
}
