/*
 * dns/answer.c - what the configured zones answer.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "dns/answer.h"
#include "dns/type.h"
#include <string.h>

/** RCODEs (RFC 1035 4.1.1, RFC 6672 2.2) */
enum {
	RCODE_NOERROR = 0,
	RCODE_NXDOMAIN = 3,
	RCODE_YXDOMAIN = 6
};

/** The question that is being answered, at one of its names. */
struct question {
	/** the zone that the name is in */
	const struct zone* zone;
	/** the name */
	const struct name_walk* walk;
	/** the name as it was written, in the last alias; NULL: the qname */
	const uint8_t* name;
	/** qtype */
	uint16_t type;
	/** the zone's serial, before any record was read */
	uint32_t serial;
	/** whether the way here was by names that are in the store, in zones
	 * that are not open, and without zone cuts and DNAMEs */
	bool exact;
};

/** What is found on the way from the apex down to a name. */
enum place_kind {
	/** the name, or a wildcard that stands for it */
	PLACE_NAME,
	/** a zone cut, at the name or above it */
	PLACE_CUT,
	/** a DNAME above the name */
	PLACE_DNAME,
	/** nothing */
	PLACE_NONE
};

/** Where the way to a name ends. */
struct place {
	/** what is there */
	enum place_kind kind;
	/** the name that is there; NULL for PLACE_NONE */
	const struct store_name* name;
	/** for a zone cut or a DNAME, the number of its labels */
	unsigned labels;
	/** whether the name is a wildcard that stands for another */
	bool wild;
};

/** The name that a question is at, as it was written; the qname in lower
 * case. */
static const uint8_t*
question_name(const struct question* question)
{
	return question->name ? question->name : question->walk->name.wire;
}

/* --- RRsets -------------------------------------------------------------- */

/** Append an RRset to an answer; its rdata is to be set.
 * @param owner: NULL for the qname. */
static struct answer_rrset*
answer_add(struct answer* answer, enum answer_section section, uint16_t type,
	const uint8_t* owner, size_t owner_len)
{
	struct answer_rrset* rrset = &answer->rrset[answer->count++];
	rrset->section = section;
	rrset->type = type;
	rrset->owner = owner;
	rrset->owner_len = owner ? owner_len : 0;
	if(section == ANSWER_ANSWER)
		answer->answers++;
	return rrset;
}

/** Append an RRset with the name that the question is at as its owner. */
static struct answer_rrset*
answer_add_here(struct answer* answer, const struct question* question,
	uint16_t type)
{
	return answer_add(answer, ANSWER_ANSWER, type, question->name,
		question->walk->name.len);
}

/** Give an appended RRset the records of one of the store. */
static void
rrset_set_stored(struct answer_rrset* rrset, const struct zone* zone,
	const struct store_rrset* stored)
{
	uint32_t ttl = zone_facts(zone)->ttl;
	rrset->ttl = stored->ttl;
	if(stored->ttl_open && ttl < rrset->ttl)
		rrset->ttl = ttl;
	rrset->count = stored->count;
	rrset->rdata = stored->rdata;
	rrset->rdata_len = stored->rdata_len;
}

static uint32_t
read_u32(const uint8_t* at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
		(uint32_t)at[2] << 8 | at[3];
}

static void
write_u32(uint8_t* at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 24);
	at[1] = (uint8_t)(value >> 16);
	at[2] = (uint8_t)(value >> 8);
	at[3] = (uint8_t)value;
}

/**
 * Append the SOA of the zone that the question is in: etcd's, else the
 * configuration's. Its serial follows etcd's revisions where it is 0, as that
 * of the configuration always is.
 */
static void
answer_add_soa(struct answer* answer, const struct question* question,
	enum answer_section section)
{
	const struct zone* zone = question->zone;
	const struct zone_facts* facts = zone_facts(zone);
	const struct store_name* apex = store_find(
		zones_store(zone_zones(zone)), question->walk,
		zone_labels(zone));
	const struct name* owner = zone_apex(zone);
	struct store_rrset stored = { .type = TYPE_SOA, .ttl = facts->ttl,
		.count = 1, .rdata = facts->soa,
		.rdata_len = facts->soa_len };
	struct answer_rrset* rrset = answer_add(answer, section, TYPE_SOA,
		section == ANSWER_ANSWER ? question->name : owner->wire,
		owner->len);
	uint8_t* numbers;
	uint32_t minimum;
	if(apex)
		(void)store_get(apex, TYPE_SOA, &stored);
	rrset_set_stored(rrset, zone, &stored);
	memcpy(answer->soa, stored.rdata, stored.rdata_len);
	rrset->rdata = answer->soa;
	/* serial, refresh, retry, expire, minimum */
	numbers = answer->soa + stored.rdata_len - 20;
	if(read_u32(numbers) == 0)
		write_u32(numbers, question->serial);
	minimum = read_u32(numbers + 16);
	if(section == ANSWER_AUTHORITY && minimum < rrset->ttl)
		rrset->ttl = minimum;
}

/** Append what the configuration says of the apex. */
static bool
answer_add_apex(struct answer* answer, const struct question* question)
{
	const struct zone_facts* facts = zone_facts(question->zone);
	struct answer_rrset* rrset;
	if(question->walk->labels != zone_labels(question->zone))
		return false;
	if(question->type == TYPE_NS && facts->ns_count > 0) {
		rrset = answer_add_here(answer, question, TYPE_NS);
		rrset->ttl = facts->ttl;
		rrset->count = facts->ns_count;
		rrset->rdata = facts->ns;
		rrset->rdata_len = facts->ns_len;
		return true;
	}
	if(question->type == TYPE_SOA || question->type == TYPE_ANY) {
		answer_add_soa(answer, question, ANSWER_ANSWER);
		return true;
	}
	return false;
}

/* --- the way to a name --------------------------------------------------- */

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

/** Find a name in a zone where neither zone cuts nor DNAMEs are. */
static struct place
place_find_plain(struct store* store, const struct zone* zone,
	const struct name_walk* walk)
{
	struct place place = { .kind = PLACE_NAME };
	unsigned encloser = zone_labels(zone), absent = walk->labels;
	place.name = store_find(store, walk, absent);
	if(place.name)
		return place;
	/* The closest encloser: the apex is pinned, so it exists; and above a
	 * name that exists, all do. A random name of many labels must not cost
	 * much more than one of a few. */
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

/** Find a name in a zone, from the apex down. The DS RRset at a zone cut is
 * the zone's own (RFC 4035 2.4). */
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

/** Whether an RRset of addresses is in an answer already. */
static bool
answer_has_address(const struct answer* answer, const struct name* owner,
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

/** Whether a name is below a DNAME, so that what it has is not seen (RFC 6672
 * 2.4). Below a zone cut it is another zone's DNAME. */
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

/** Append the addresses of a name, if one of the zones has them: records below
 * a zone cut, too, since glue is there. */
static void
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
	if(!name_walk_init(&walk, owner, len, store_seed(store)))
		return;
	zone = zones_find(zones, &walk, TYPE_A);
	name = zone && !is_below_dname(store, zone, &walk) ?
		store_find(store, &walk, walk.labels) : NULL;
	for(i = 0; name && i < sizeof(types) / sizeof(*types); i++) {
		if(store_get(name, types[i], &stored) &&
			!answer_has_address(answer, &walk.name, types[i]))
			rrset_set_stored(answer_add(answer, ANSWER_ADDITIONAL,
				types[i], owner, len), zone, &stored);
	}
}

/** Where in a type's rdata the name is whose addresses are wanted (RFC 1035
 * 3.3.9, 3.3.11; RFC 2782). @return false if it has none. */
static bool
type_has_target(uint16_t type, size_t* at)
{
	*at = type == TYPE_MX ? 2 : type == TYPE_SRV ? 6 : 0;
	return type == TYPE_NS || type == TYPE_MX || type == TYPE_SRV;
}

/** Append the addresses of the names in an RRset.
 * @param below: only of those that end with this name; NULL: of all. */
static void
answer_add_targets(struct answer* answer, const struct zones* zones,
	const struct answer_rrset* rrset, const struct name* below)
{
	const uint8_t* rdata = rrset->rdata;
	size_t at, limit = answer->count + ANSWER_ADDITIONAL_MAX;
	uint32_t i;
	if(!type_has_target(rrset->type, &at))
		return;
	for(i = 0; i < rrset->count && answer->count + 2 <= limit; i++) {
		size_t len = (size_t)(rdata[0] << 8 | rdata[1]);
		if(len > at && (!below || name_ends(below, rdata + 2 + at,
			len - at)))
			answer_add_addresses(answer, zones, rdata + 2 + at,
				len - at);
		rdata += 2 + len;
	}
}

/* --- steps ------------------------------------------------------------- */

/** Append the DNAME above the name, and the CNAME that it makes.
 * @return false if that would be longer than a name can be. */
static bool
answer_add_dname(struct answer* answer, const struct question* question,
	const struct place* place)
{
	const struct name_walk* walk = question->walk;
	size_t kept = walk->offset[place->labels], target_len;
	struct answer_rrset *dname, *cname;
	struct store_rrset stored;
	uint8_t* made;
	(void)store_get(place->name, TYPE_DNAME, &stored);
	dname = answer_add(answer, ANSWER_ANSWER, TYPE_DNAME,
		question_name(question) + kept, walk->name.len - kept);
	rrset_set_stored(dname, question->zone, &stored);
	target_len = stored.rdata_len - 2;
	if(kept + target_len > NAME_WIRE_MAX)
		return false;
	made = answer->alias[answer->aliases++];
	made[0] = (uint8_t)((kept + target_len) >> 8);
	made[1] = (uint8_t)(kept + target_len);
	memcpy(made + 2, question_name(question), kept);
	memcpy(made + 2 + kept, stored.rdata + 2, target_len);
	cname = answer_add_here(answer, question, TYPE_CNAME);
	cname->ttl = dname->ttl;
	cname->count = 1;
	cname->rdata = made;
	cname->rdata_len = 2 + kept + target_len;
	return true;
}

/** End an answer at a zone cut. */
static void
answer_refer(struct answer* answer, const struct question* question,
	const struct place* place)
{
	const struct name_walk* walk = question->walk;
	size_t below = walk->offset[place->labels];
	const struct zones* zones = zone_zones(question->zone);
	struct store_rrset stored;
	struct name cut = { .len = (uint8_t)(walk->name.len - below) };
	struct answer_rrset* rrset = answer_add(answer, ANSWER_AUTHORITY,
		TYPE_NS, question_name(question) + below, cut.len);
	(void)store_get(place->name, TYPE_NS, &stored);
	rrset_set_stored(rrset, question->zone, &stored);
	/* the glue without which nobody gets there comes first, so that it is
	 * what fits (RFC 9471 2.1) */
	memcpy(cut.wire, walk->name.wire + below, cut.len);
	answer_add_targets(answer, zones, rrset, &cut);
	answer_add_targets(answer, zones, rrset, NULL);
	answer->end = ANSWER_REFERRAL;
}

/** Whether a name has nothing that a zone which falls through would answer
 * with. */
static bool
name_is_bare(const struct question* question, const struct store_name* name)
{
	bool has_ns = question->walk->labels == zone_labels(question->zone) &&
		zone_facts(question->zone)->ns_count > 0;
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
	struct answer_rrset* rrset;
	struct store_rrset stored;
	size_t at;
	/* type 0 is none (RFC 6895 3.1); for the store it means any */
	bool found = type != 0 && store_get(name, type == TYPE_ANY ? 0 : type,
		&stored);
	if(found || (type != TYPE_ANY && store_get(name, TYPE_CNAME,
		&stored))) {
		/* at the apex, where else; its serial may have to be made */
		if(stored.type == TYPE_SOA) {
			answer_add_soa(answer, question, ANSWER_ANSWER);
			return NULL;
		}
		rrset = answer_add_here(answer, question, stored.type);
		rrset_set_stored(rrset, question->zone, &stored);
		if(!found)
			return rrset;
		/* addresses that are added can come and go */
		answer->exact = question->exact &&
			!type_has_target(stored.type, &at);
	} else if(zone_facts(question->zone)->fallthrough &&
		name_is_bare(question, name)) {
		answer->end = ANSWER_OUTSIDE;
		return NULL;
	} else if(!answer_add_apex(answer, question)) {
		answer_add_soa(answer, question, ANSWER_AUTHORITY);
		return NULL;
	}
	answer_add_targets(answer, zone_zones(question->zone),
		&answer->rrset[answer->count - 1], NULL);
	return NULL;
}

/**
 * Answer a question at one of its names.
 * @return the CNAME that is to be followed, or NULL.
 */
static const struct answer_rrset*
answer_step(struct answer* answer, struct question* question)
{
	struct place place = place_find(zones_store(zone_zones(
		question->zone)), question);
	if(place.wild || zone_has_cuts(question->zone) ||
		zone_facts(question->zone)->open)
		question->exact = false;
	switch(place.kind) {
	case PLACE_NAME:
		return answer_from_name(answer, question, place.name);
	case PLACE_CUT:
		answer_refer(answer, question, &place);
		break;
	case PLACE_DNAME:
		if(!answer_add_dname(answer, question, &place))
			answer->rcode = RCODE_YXDOMAIN;
		/* the CNAME that was made is what a query for one wants */
		else if(question->type != TYPE_CNAME)
			return &answer->rrset[answer->count - 1];
		break;
	case PLACE_NONE:
		if(zone_facts(question->zone)->fallthrough) {
			answer->end = ANSWER_OUTSIDE;
			break;
		}
		answer->rcode = RCODE_NXDOMAIN;
		answer_add_soa(answer, question, ANSWER_AUTHORITY);
		break;
	}
	return NULL;
}

/** Whether a name was an alias in this answer before. */
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
zone_answer(const struct zone* zone, const struct name_walk* walk,
	uint16_t type, unsigned followed, struct answer* answer)
{
	const struct zones* zones = zone_zones(zone);
	struct question question = { .zone = zone, .walk = walk,
		.type = type, .serial = zone_serial(zone), .exact = true };
	const struct answer_rrset* alias;
	struct name_walk next;
	answer->end = ANSWER_COMPLETE;
	answer->rcode = RCODE_NOERROR;
	answer->name = NULL;
	answer->name_len = 0;
	answer->exact = false;
	answer->count = 0;
	answer->answers = 0;
	answer->aliases = 0;
	while((alias = answer_step(answer, &question)) != NULL) {
		answer->name = alias->rdata + 2;
		answer->name_len = alias->rdata_len - 2;
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
