/*
 * tools/helixctl/scope.h - which names a command is about.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * A scope is all keys below the prefix, or those of the names at and below one.
 * Names in a zone of helix.yaml that is below that name are not in it: they are
 * another zone's. For one thread.
 */
#ifndef HELIXCTL_SCOPE_H
#define HELIXCTL_SCOPE_H

#include "records.h"

/** Which names. */
struct scope {
	const struct helix_config* config;
	/** whether all names are in it; the rest is not set then */
	bool all;
	/** the name at its top */
	struct name top;
	/** path of its directory, with a NUL */
	struct buffer dir;
	/** the keys of which it is more: those whose labels are spelled
	 * otherwise than in dir */
	struct records_ranges ranges;
};

/**
 * Make a scope.
 * @param config: outlives it.
 * @param name: as the user gave it; NULL: all names.
 * @return false if it is no name, or memory ran out; the user was told.
 */
bool scope_init(struct scope* scope, const struct helix_config* config,
	const char* name);

/** Free what a scope holds. */
void scope_clear(struct scope* scope);

/** Whether a key is in the scope. A key whose path is bad is in the scope of
 * all names only. */
bool scope_has(const struct scope* scope, const struct record* record);

/**
 * List all keys that may be in the scope, each once; the caller asks scope_has
 * of each. For a user who may not read all keys below the prefix, only those
 * whose labels are spelled in the plain way up to the top.
 * @return as kv_list.
 */
bool scope_list(const struct scope* scope, struct kv* kv, kv_seen* seen,
	void* arg);

#endif /* HELIXCTL_SCOPE_H */
