/*
 * tools/helixctl/lint.h - finds what is wrong with the keys of etcd.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Takes all keys below the prefix, as a list of etcd has them, and finds which
 * of them the module would not serve, and which would be served and are
 * probably mistakes. Keys and values are read by records.h, as the module reads
 * them; they are brought into a store (dns/store.h), and what one key means to
 * another is found by asking that store for answers (dns/answer.h).
 *
 *	lint = lint_create(config, NULL);
 *	for each key: lint_put(lint, path, path_len, value, value_len);
 *	lint_finish(lint);
 *	finding = lint_findings(lint, &count);
 *
 * Only what the configured zones themselves say is looked at: a name elsewhere,
 * one below a delegation, and one that a zone with `fallthrough` does not have,
 * may well exist.
 *
 * For one thread.
 */
#ifndef HELIXCTL_LINT_H
#define HELIXCTL_LINT_H

#include "config/config.h"
#include <stdbool.h>
#include <stddef.h>

/** Kinds of findings. Keys of the first three are not served. */
enum lint_kind {
	/** the key or its value is bad */
	LINT_BAD,
	/** conflicts with another key, which is served */
	LINT_IGNORED,
	/** in none of the zones */
	LINT_OUTSIDE,
	/** served, but looks wrong; what the module warns of, too */
	LINT_SUSPICIOUS,
	/** refers to a name of our zones that does not exist, or has not what
	 * is needed there */
	LINT_TARGET,
	/** refers to an alias where none may be (RFC 2181 10.3) */
	LINT_ALIAS,
	/** an alias that leads in a circle, or through too many others */
	LINT_LOOP,
	/** a delegation to a server below it without its address */
	LINT_GLUE,
	/** below a delegation or a DNAME, where nobody is told of it */
	LINT_HIDDEN,
	/** a TTL that is not served, as another key of the RRset has a lower
	 * one (RFC 2181 5.2) */
	LINT_TTL,
	/** more records of one type than some resolvers accept */
	LINT_CROWDED,
	/** an asterisk that makes no wildcard */
	LINT_WILDCARD,
	/** number of kinds */
	LINT_KINDS
};

/** Something that was found. */
struct lint_finding {
	enum lint_kind kind;
	/** the zone whose name servers in helix.yaml it is about, which no key
	 * has replaced; NULL: it is about a key */
	const struct zone_settings* zone;
	/** the key, without the prefix: any octets; owned by the lint; NULL: it
	 * is not about a key */
	char* path;
	/** octets in path */
	size_t path_len;
	/** what is wrong; printable ASCII; owned by the lint */
	char* reason;
	/** what to do about it, where the reason does not say so; or NULL */
	const char* advice;
};

/** How many keys there were. */
struct lint_counts {
	/** all keys */
	size_t keys;
	/** keys that are served */
	size_t served;
	/** findings of each kind */
	size_t kind[LINT_KINDS];
};

struct lint;

/**
 * Begin.
 * @param config: for the zones, of which there is at least one; outlives the
 *	lint.
 * @param only: findings are reported only of keys with this owner, or one below
 *	it that is not in a zone between them; NULL: of all. What it points to
 *	outlives the lint.
 * @return NULL if memory ran out.
 */
struct lint* lint_create(const struct helix_config* config,
	const struct name* only);

/** End; NULL is ignored. */
void lint_delete(struct lint* lint);

/**
 * Take a key.
 * @param path: the key, without the prefix and its '/'. Each key once, in any
 *	order.
 * @return false if memory ran out.
 */
bool lint_put(struct lint* lint, const char* path, size_t path_len,
	const char* value, size_t value_len);

/** All keys were taken: look at what they mean to each other. @return false if
 * memory ran out. */
bool lint_finish(struct lint* lint);

/** What was found: what is not about a key, and then the rest in the order of
 * the keys' octets; after lint_finish. */
const struct lint_finding* lint_findings(const struct lint* lint,
	size_t* count);

/** The numbers; after lint_finish. */
struct lint_counts lint_counts(const struct lint* lint);

/** The word for a kind, such as "bad". */
const char* lint_kind_text(enum lint_kind kind);

#endif /* HELIXCTL_LINT_H */
