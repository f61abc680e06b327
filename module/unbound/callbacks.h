/*
 * unbound/callbacks.h - what Unbound calls beside the module's functions.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#ifndef HELIX_UNBOUND_CALLBACKS_H
#define HELIX_UNBOUND_CALLBACKS_H

#include "unbound/compat.h"
#include "unbound/query.h"
#include "unbound/shadow.h"
#include "unbound/stale.h"

/**
 * Register the callbacks, at the module's init; they are called by workers.
 * @param id: the module's number.
 * @param source, shadow, stale: what they are called with; outlive them.
 * @return false if Unbound refuses one, which is logged.
 */
bool callbacks_register(struct module_env* env, int id,
	const struct query_source* source, struct shadow* shadow,
	const struct stale* stale);

/** Delete all callbacks of the module. */
void callbacks_delete(struct module_env* env, int id);

#endif /* HELIX_UNBOUND_CALLBACKS_H */
