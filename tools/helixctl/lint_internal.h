/*
 * tools/helixctl/lint_internal.h - what the files of lint share.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * For lint.c (life, and what a key says by itself), lint_targets.c (names in
 * records) and lint_store.c (what keys of one name, and names above each other,
 * mean) only.
 */
#ifndef HELIXCTL_LINT_INTERNAL_H
#define HELIXCTL_LINT_INTERNAL_H

#include "lint.h"
#include "base/buffer.h"
#include "dns/zone.h"
#include "format/format.h"

/** A key whose records are looked at again when all keys are known. */
struct lint_key {
	/** the key, without the prefix; owned */
	char* path;
	/** octets in path */
	size_t path_len;
	/** its TTL, or RECORD_TTL_NONE; and its records, where they have names
	 * in them; else none */
	struct record_set set;
};

struct lint {
	const struct helix_config* config;
	/** see lint_create */
	const struct name* only;
	/** `only` as a path with a '/' at its end */
	struct buffer only_path;
	/** the records */
	struct store* store;
	/** the zones that answer from it */
	struct zones* zones;
	/** the format's state, for its guesses */
	void* format;
	/** array of struct lint_key */
	struct buffer keys;
	/** array of struct lint_finding */
	struct buffer findings;
	struct lint_counts counts;
	/** true if memory ran out where nobody could be told */
	bool failed;
};

/**
 * Note a finding, unless its key is not to be reported.
 * @param path: NULL: it is about the name servers that helix.yaml gives a zone.
 * @param owner: the key's, or the zone's apex; NULL: it could not be read.
 * @param advice: a constant text, or NULL.
 * @param format: what is wrong, as for printf(3).
 */
void lint_note(struct lint* lint, enum lint_kind kind, const char* path,
	size_t path_len, const struct name* owner, const char* advice,
	const char* format, ...) __attribute__((format(printf, 7, 8)));

/** As lint_note, of the key that gives a contribution. */
void lint_note_contribution(struct lint* lint, enum lint_kind kind,
	const struct contribution* contribution, const char* advice,
	const char* format, ...) __attribute__((format(printf, 5, 6)));

/** The zone of a name; NULL: it is in none. */
struct zone* lint_zone(const struct lint* lint, const struct name_walk* walk,
	uint16_t type);

/** Where the names in the rdata of a type begin that are looked at. @return
 * false if the type has none. */
bool lint_type_target(uint16_t type, size_t* at);

/** Look at the names in a key's records, and at its TTL. Between the store's
 * read lock and unlock. */
void lint_check_key(struct lint* lint, const struct lint_key* key);

/** Look at the name servers that helix.yaml gives a zone, if no key does.
 * Between the store's read lock and unlock. */
void lint_check_zone(struct lint* lint, const struct zone_settings* zone);

/** Look at all contributions in the store. Between the store's read lock and
 * unlock. */
void lint_check_store(struct lint* lint);

#endif /* HELIXCTL_LINT_INTERNAL_H */
