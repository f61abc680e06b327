/*
 * tools/helixctl/lint_store.c - lint: what keys mean to each other's names.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "lint_internal.h"
#include "base/text.h"
#include "dns/type.h"
#include "format/helix.h"
#include <string.h>

/** room for the path of a key in a reason */
#define SHOWN_PATH_SIZE 256

/** A walk over all contributions, which come name by name, and in order of
 * type. */
struct store_look {
	struct lint* lint;
	/** the name of the last one; len is 0 before the first */
	struct name owner;
	/** its type */
	uint16_t type;
};

/* --- conflicts ----------------------------------------------------------- */

/** Note a contribution that is ignored. */
static bool
ignored_note(void* arg, const struct contribution* ignored,
	const struct contribution* served)
{
	struct lint* lint = arg;
	char path[SHOWN_PATH_SIZE], shown[SHOWN_PATH_SIZE];
	char type[TYPE_TEXT_MAX];
	const char* other = text_show(path, helix_key_write(served, path,
		sizeof(path)), shown, sizeof(shown));
	const char* prefix = lint->config->etcd.prefix;
	lint->counts.served--;
	type_to_text(ignored->type, type);
	if(ignored->type == served->type)
		lint_note_contribution(lint, LINT_IGNORED, ignored,
			"delete one of them", "conflicts with the %s of key "
			"%s/%s", type, prefix, other);
	else	lint_note_contribution(lint, LINT_IGNORED, ignored,
			"delete one of them", "a %s cannot share its name "
			"with key %s/%s", type, prefix, other);
	return true;
}

/* --- names --------------------------------------------------------------- */

/** Whether a label of a name is an asterisk. @param labels: of the suffix that
 * begins with the label. */
static bool
is_asterisk(const struct name_walk* walk, unsigned labels)
{
	const uint8_t* label = walk->name.wire + walk->offset[labels];
	return label[0] == 1 && label[1] == '*';
}

/** Look for asterisks that are not the first label. */
static void
check_wildcard(struct lint* lint, const struct contribution* contribution,
	const struct name_walk* owner)
{
	unsigned labels;
	for(labels = owner->labels; labels > 1; labels--) {
		if(!is_asterisk(owner, labels - 1))
			continue;
		lint_note_contribution(lint, LINT_WILDCARD, contribution,
			"only a first label * stands for others (RFC 4592)",
			"the * in its name stands for no other label, so that "
			"only a query for an asterisk gets it");
		return;
	}
}

static bool
suffix_has(const struct lint* lint, const struct name_walk* owner,
	unsigned labels, uint16_t type)
{
	const struct store_name* name = store_find(lint->store, owner,
		labels);
	struct store_rrset rrset;
	return name && store_get(name, type, &rrset);
}

/** Whether a type at or below a delegation may be there. */
static bool
may_be_below(uint16_t type, bool at_cut)
{
	/* addresses may be glue, of this delegation or of others */
	return type == TYPE_A || type == TYPE_AAAA || (at_cut &&
		(type == TYPE_NS || type == TYPE_DS));
}

/** Note a contribution that no answer has. */
static void
hidden_note(struct lint* lint, const struct contribution* contribution,
	const struct name_walk* owner, unsigned labels, uint16_t type)
{
	char text[NAME_TEXT_MAX], cut[TYPE_TEXT_MAX];
	size_t len;
	const uint8_t* name = name_walk_suffix(owner, labels, &len);
	name_to_text(name, text);
	if(type == TYPE_NS)
		lint_note_contribution(lint, LINT_HIDDEN, contribution,
			"put it into the zone there, or delete one of the "
			"two", "nobody gets it: %.300s is delegated to other "
			"servers by its NS", text);
	else	lint_note_contribution(lint, LINT_HIDDEN, contribution,
			"delete one of the two", "nobody gets it: the %s of "
			"%.300s stands for all names below", type_to_text(type,
			cut), text);
}

/** Look for a delegation or a DNAME above a name, from the apex down, as an
 * answer is found. */
static void
check_hidden(struct lint* lint, const struct contribution* contribution,
	const struct name_walk* owner)
{
	const struct zone* zone = lint_zone(lint, owner, contribution->type);
	unsigned labels;
	if(!zone || !zone_has_cuts(zone))
		return;
	for(labels = zone_labels(zone); labels <= owner->labels; labels++) {
		bool last = labels == owner->labels;
		if(labels > zone_labels(zone) && suffix_has(lint, owner,
			labels, TYPE_NS)) {
			if(!may_be_below(contribution->type, last))
				hidden_note(lint, contribution, owner, labels,
					TYPE_NS);
			return;
		}
		if(!last && suffix_has(lint, owner, labels, TYPE_DNAME)) {
			hidden_note(lint, contribution, owner, labels,
				TYPE_DNAME);
			return;
		}
	}
}

/** Look at the number of records of an RRset; noted with its first key. */
static void
check_crowd(struct lint* lint, const struct contribution* contribution,
	const struct store_name* name)
{
	const size_t records = store_records(name, contribution->type);
	struct store_rrset rrset;
	/* of a type that has one record, the others are ignored */
	if(type_is_single(contribution->type) || !store_get(name,
		contribution->type, &rrset))
		return;
	if(rrset.rdata.count < records)
		lint_note_contribution(lint, LINT_CROWDED, contribution,
			"spread them over several names", "its RRset has %zu "
			"records, and only %lu of them fit into an answer",
			records, (unsigned long)rrset.rdata.count);
	else if(records > STORE_RRSET_CROWDED)
		lint_note_contribution(lint, LINT_CROWDED, contribution,
			"spread them over several names", "its RRset has %zu "
			"records, and some resolvers refuse more than %d",
			records, STORE_RRSET_CROWDED);
}

/** Look at a contribution, and, if it is the first of its RRset or its name, at
 * these. */
static bool
contribution_look(void* arg, const struct contribution* contribution)
{
	struct store_look* look = arg;
	struct lint* lint = look->lint;
	const struct name* owner = &contribution->owner;
	const struct store_name* name;
	struct name_walk walk;
	bool is_new = look->owner.len != owner->len ||
		memcmp(look->owner.wire, owner->wire, owner->len) != 0;
	(void)name_walk_init(&walk, owner->wire, owner->len,
		store_seed(lint->store));
	name = store_find(lint->store, &walk, walk.labels);
	if(name && is_new)
		(void)store_name_ignored(name, ignored_note, lint);
	if(name && (is_new || look->type != contribution->type))
		check_crowd(lint, contribution, name);
	check_hidden(lint, contribution, &walk);
	check_wildcard(lint, contribution, &walk);
	look->owner = *owner;
	look->type = contribution->type;
	return true;
}

void
lint_check_store(struct lint* lint)
{
	struct store_look look = { .lint = lint };
	(void)store_walk(lint->store, NULL, contribution_look, &look);
}
