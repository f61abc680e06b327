/*
 * tools/helixctl/zoneapply.h - makes etcd have what a zone file has.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Applies a difference (zonediff.h) in transactions of many keys. What is added
 * or changed goes before what is removed, so that no name is missing meanwhile. A
 * name that gets a CNAME in place of other data, or the other way round, changes
 * in one transaction, as no state between would be served whole.
 *
 * Each change has the revision that its key was compared at. If someone else
 * changed a key meanwhile, then this key, and what changes together with it, is
 * left as it is, the user is told, and the rest is applied. A key that is added has
 * a guard, too: it is not put if meanwhile a CNAME came to its name, or other data
 * if it is a CNAME.
 *
 * It can be broken off at any time: what was done stays, and whoever compares
 * again goes on from there. SIGINT and SIGTERM end it behind the transaction
 * under way.
 *
 * For one thread.
 */
#ifndef HELIXCTL_ZONEAPPLY_H
#define HELIXCTL_ZONEAPPLY_H

#include "kv.h"
#include "zonediff.h"

/** How it ended. */
struct zoneapply_outcome {
	/** changes that were made */
	unsigned long done;
	/** keys that someone else changed, or that change together with such */
	unsigned long conflicts;
	/** a signal ended it */
	bool interrupted;
};

/**
 * Check that all values are small enough for etcd, before anything is changed.
 * @return false if not; the user was told.
 */
bool zoneapply_check(const struct zonediff* diff);

/**
 * Apply a difference.
 * @return false if it could not be applied to its end; the user was told why,
 *	unless it was interrupted.
 */
bool zoneapply(const struct zonediff* diff, struct kv* kv,
	struct zoneapply_outcome* outcome);

#endif /* HELIXCTL_ZONEAPPLY_H */
