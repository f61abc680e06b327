/*
 * tools/helixctl/lint_targets.c - lint: names in records, and TTLs.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "lint_internal.h"
#include "dns/answer.h"
#include "dns/type.h"
#include "format/helix.h"
#include <string.h>

/** What our zones say of a name in a record. */
enum target {
	/** nothing: it is elsewhere, or may be */
	TARGET_ELSEWHERE,
	/** it exists, and has what was asked for */
	TARGET_GOOD,
	/** it is an alias */
	TARGET_ALIAS,
	/** there is no such name */
	TARGET_ABSENT,
	/** it exists, and has not what was asked for */
	TARGET_BARE
};

/** A record with a name in it. */
struct reference {
	/** the key that it is of; its path is NULL if it is helix.yaml's */
	const struct lint_key* key;
	/** its owner and type */
	const struct contribution* contribution;
	/** the name in it */
	struct name_walk target;
	/** that name as text */
	char text[NAME_TEXT_MAX];
};

bool
lint_type_target(uint16_t type, size_t* at)
{
	switch(type) {
	case TYPE_CNAME:
	case TYPE_DNAME:
	case TYPE_NS:
	case TYPE_PTR:
		*at = 0;
		return true;
	case TYPE_MX:
	case TYPE_SVCB:
	case TYPE_HTTPS:
		*at = 2;
		return true;
	case TYPE_SRV:
		*at = 6;
		return true;
	}
	return false;
}

/* --- what a name has ----------------------------------------------------- */

/** Ask for one type. */
static enum target
target_ask(const struct lint* lint, const struct name_walk* target,
	uint16_t type)
{
	struct zone* zone = lint_zone(lint, target, type);
	struct answer answer;
	if(!zone || target->labels == 0)
		return TARGET_ELSEWHERE;
	answer_find(zone, target, type, 0, &answer);
	if(answer.answers > 0 && answer.rrset[0].type != type &&
		type != TYPE_ANY)
		return TARGET_ALIAS;
	if(answer.answers > 0)
		return TARGET_GOOD;
	if(answer.end != ANSWER_COMPLETE)
		return TARGET_ELSEWHERE;
	return answer.rcode != 0 ? TARGET_ABSENT : TARGET_BARE;
}

/** Ask for an address. */
static enum target
target_ask_address(const struct lint* lint, const struct name_walk* target)
{
	enum target found = target_ask(lint, target, TYPE_A);
	return found == TARGET_BARE ? target_ask(lint, target, TYPE_AAAA) :
		found;
}

/** Whether a name in the store has records of a type. */
static bool
has_records(const struct lint* lint, const struct name_walk* walk,
	uint16_t type)
{
	const struct store_name* name = store_find(lint->store, walk,
		walk->labels);
	struct store_rrset rrset;
	return name && store_get(name, type, &rrset);
}

/* --- findings ------------------------------------------------------------ */

/** Note a finding of a record, whose text continues "TYPE NAME". */
static void
reference_note(struct lint* lint, const struct reference* reference,
	enum lint_kind kind, const char* what, const char* advice)
{
	lint_note(lint, kind, reference->key->path, reference->key->path_len,
		&reference->contribution->owner, advice, "its %s, %.300s, %s",
		reference->contribution->type == TYPE_CNAME ||
		reference->contribution->type == TYPE_DNAME ? "target" :
		reference->contribution->type == TYPE_NS ? "name server" :
		"host", reference->text, what);
}

/** Note what was found of a name that has to have addresses. */
static void
address_note(struct lint* lint, const struct reference* reference,
	enum target found)
{
	if(found == TARGET_ALIAS)
		reference_note(lint, reference, LINT_ALIAS, "is an alias, "
			"which many do not follow here",
			"name the alias's target instead");
	else if(found == TARGET_ABSENT)
		reference_note(lint, reference, LINT_TARGET, "does not exist",
			"add its addresses, or correct the name");
	else if(found == TARGET_BARE)
		reference_note(lint, reference, LINT_TARGET, "has no address",
			"add its addresses, or correct the name");
}

/** Look at the name server of a delegation, or of an apex. */
static void
check_server(struct lint* lint, const struct reference* reference,
	const struct name_walk* owner)
{
	const struct name_walk* target = &reference->target;
	const struct zone* zone = lint_zone(lint, owner, TYPE_NS);
	const uint8_t* suffix;
	size_t len;
	bool below = target->labels >= owner->labels;
	if(below) {
		suffix = name_walk_suffix(target, owner->labels, &len);
		below = name_is(&owner->name, suffix, len);
	}
	/* at an apex, names below it are the zone's own */
	if(!zone || !below || owner->labels == zone_labels(zone)) {
		address_note(lint, reference, target_ask_address(lint,
			target));
		return;
	}
	if(!has_records(lint, target, TYPE_A) &&
		!has_records(lint, target, TYPE_AAAA))
		reference_note(lint, reference, LINT_GLUE, "is below the "
			"delegation, and its address is not known, so that "
			"nobody finds it", "add its addresses (glue)");
}

/** Look at a name that only has to exist. */
static void
check_existence(struct lint* lint, const struct reference* reference)
{
	enum target found = target_ask(lint, &reference->target, TYPE_ANY);
	if(found == TARGET_ABSENT)
		reference_note(lint, reference, LINT_TARGET, "does not exist",
			"add it, or correct the name");
	else if(found == TARGET_BARE &&
		reference->contribution->type == TYPE_CNAME)
		reference_note(lint, reference, LINT_TARGET, "has no records",
			"add some, or correct the name");
}

/** Look at one record's name. */
static void
check_reference(struct lint* lint, const struct reference* reference,
	const struct name_walk* owner)
{
	switch(reference->contribution->type) {
	case TYPE_NS:
		check_server(lint, reference, owner);
		break;
	case TYPE_MX:
	case TYPE_SRV:
		address_note(lint, reference, target_ask_address(lint,
			&reference->target));
		break;
	default:
		check_existence(lint, reference);
	}
}

/** Octets of the name that begins here; 0 if it does not end before len. */
static size_t
name_octets(const uint8_t* wire, size_t len)
{
	size_t at = 0;
	while(at < len && wire[at] != 0)
		at += (size_t)1 + wire[at];
	return at < len ? at + 1 : 0;
}

/** Look at the names in a key's records. */
static void
check_targets(struct lint* lint, const struct lint_key* key,
	const struct contribution* contribution,
	const struct name_walk* owner)
{
	struct rdata_list list = record_set_rdata(&key->set);
	struct reference reference = { .key = key,
		.contribution = contribution };
	uint32_t i;
	size_t at;
	if(!lint_type_target(contribution->type, &at))
		return;
	for(i = 0; i < list.count; i++) {
		size_t len = wire_read_u16(list.octets);
		const uint8_t* name = list.octets + 2 + at;
		list.octets += rdata_list_step(list.octets);
		len = len > at ? name_octets(name, len - at) : 0;
		/* the root stands for "none", or for the owner */
		if(len <= 1 || !name_walk_init(&reference.target, name, len,
			store_seed(lint->store)))
			continue;
		name_to_text(name, reference.text);
		check_reference(lint, &reference, owner);
	}
}

/** Follow an alias, to see whether it ends. */
static void
check_chain(struct lint* lint, const struct lint_key* key,
	const struct name_walk* owner)
{
	const struct zone* zone = lint_zone(lint, owner, TYPE_A);
	struct answer answer;
	size_t i, aliases = 0;
	answer_find(zone, owner, TYPE_A, 0, &answer);
	/* the last alias was not followed, and nothing is said of its target */
	if(answer.end != ANSWER_COMPLETE || answer.rcode != 0 ||
		answer.count == 0 || answer.count > answer.answers ||
		answer.rrset[answer.count - 1].type != TYPE_CNAME)
		return;
	for(i = 0; i < answer.count; i++)
		aliases += answer.rrset[i].type == TYPE_CNAME;
	if(aliases > ANSWER_ALIASES_MAX)
		lint_note(lint, LINT_LOOP, key->path, key->path_len,
			&owner->name, "let it name the last target",
			"it leads through more than %d aliases, and clients "
			"give up", ANSWER_ALIASES_MAX);
	else	lint_note(lint, LINT_LOOP, key->path, key->path_len,
			&owner->name, "let one of them name a host",
			"it leads into a circle of aliases");
}

/* --- keys ---------------------------------------------------------------- */

/** Whether a key of a type with one record is not served, because of another
 * key. */
static bool
is_ignored(const struct lint_key* key, const struct contribution* contribution,
	const struct store_rrset* served)
{
	/* of other types, records are not kept, and all are served */
	return type_is_single(contribution->type) && key->set.count == 1 &&
		(served->rdata.len != key->set.rdata.len ||
		memcmp(served->rdata.octets, key->set.rdata.data,
		served->rdata.len) != 0);
}

/** Look whether a key's TTL is served. */
static void
check_ttl(struct lint* lint, const struct lint_key* key,
	const struct contribution* contribution,
	const struct name_walk* owner, const struct store_rrset* served)
{
	const struct zone* zone = lint_zone(lint, owner, contribution->type);
	uint32_t ttl = served->ttl;
	if(!zone || key->set.ttl == RECORD_TTL_NONE ||
		contribution->type == TYPE_SOA)
		return;
	if(served->ttl_open && zone_facts(zone)->ttl < ttl)
		ttl = zone_facts(zone)->ttl;
	if(ttl < key->set.ttl)
		lint_note(lint, LINT_TTL, key->path, key->path_len,
			&owner->name, "give all keys of the RRset the same "
			"TTL", "its TTL of %lu is not served: an RRset has "
			"one TTL, and another key gives %lu", (unsigned long)
			key->set.ttl, (unsigned long)ttl);
}

void
lint_check_key(struct lint* lint, const struct lint_key* key)
{
	struct contribution contribution;
	struct store_rrset served;
	struct name_walk owner;
	const struct store_name* name;
	if(helix_key_read(&contribution, key->path, key->path_len))
		return;
	(void)name_walk_init(&owner, contribution.owner.wire,
		contribution.owner.len, store_seed(lint->store));
	name = store_find(lint->store, &owner, owner.labels);
	if(!name || !store_get(name, contribution.type, &served) ||
		is_ignored(key, &contribution, &served))
		return;
	check_ttl(lint, key, &contribution, &owner, &served);
	check_targets(lint, key, &contribution, &owner);
	if(contribution.type == TYPE_CNAME)
		check_chain(lint, key, &owner);
}

/* --- zones --------------------------------------------------------------- */

void
lint_check_zone(struct lint* lint, const struct zone_settings* zone)
{
	const struct lint_key none = { 0 };
	const struct contribution contribution = { .owner = zone->apex,
		.type = TYPE_NS };
	struct reference reference = { .key = &none,
		.contribution = &contribution };
	struct name_walk apex;
	size_t i;
	(void)name_walk_init(&apex, zone->apex.wire, zone->apex.len,
		store_seed(lint->store));
	if(has_records(lint, &apex, TYPE_NS))
		return;
	for(i = 0; i < zone->ns_count; i++) {
		const struct name* server = &zone->ns[i];
		(void)name_walk_init(&reference.target, server->wire,
			server->len, store_seed(lint->store));
		name_to_text(server->wire, reference.text);
		check_server(lint, &reference, &apex);
	}
}
