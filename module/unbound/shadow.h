/*
 * unbound/shadow.h - warns of zones that Unbound answers by itself.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Unbound asks its local zones (local-zone of unbound.conf, and those that it
 * has by default: test., 10.in-addr.arpa. ...) before any module. Some types of
 * local zone (static, redirect, refuse, deny, always_nxdomain ...) answer for
 * every name in them. A zone of ours that is, or lies in, such a local zone is
 * never answered from etcd; if it contains one, that part is not. This unit
 * warns of it, once for each zone of ours, with the line of unbound.conf that
 * mends it.
 *
 * It ignores what is for some clients only (local zones of views, those with
 * tags, and local-zone-override), local-data without such a type, and what
 * unbound-control adds later.
 *
 * A fast_reload replaces the local zones, and calls no module. So the unit can
 * be told to look again; it is silent then unless something is different.
 *
 * Unbound makes its workers and local zones after the module's init. So the
 * first query that finds them looks at them, in whichever worker it is. It
 * tries to lock them for reading, and never waits: Unbound holds the lock of a
 * local zone when it calls back, and locks the tree before the zone where it
 * changes both. If the tree is being changed, the next query looks; a local
 * zone that is being changed is skipped.
 */
#ifndef HELIX_UNBOUND_SHADOW_H
#define HELIX_UNBOUND_SHADOW_H

#include "unbound/compat.h"
#include "dns/zone.h"
#include <stdatomic.h>

/** What the workers share. */
struct shadow {
	/** ours */
	const struct zones* zones;
	/** whether somebody has to look */
	atomic_bool due;
	/** what was last told, as a hash; 0: of no zone */
	_Atomic uint64_t told;
};

/** Begin, at the module's init: local zones or our zones may be new.
 * @param zones: ours; outlive the last query before the next call. */
void shadow_begin(struct shadow* shadow, const struct zones* zones);

/** Look again, as local zones may be new, and tell of it if they hide others of
 * our zones than before. Worker. */
void shadow_again(struct shadow* shadow);

/** Look at the local zones, once after shadow_begin and shadow_again. For each
 * query that comes to the module.
 * @param env: a worker's. */
void shadow_look(struct shadow* shadow, const struct module_env* env);

/**
 * Unbound's callback before it answers from a local zone: looks at them, as no
 * query may ever come to the module. To be registered at
 * inplace_cb_reply_local, with a struct shadow as its argument.
 * @return 1.
 */
inplace_cb_reply_func_type shadow_on_local;

#endif /* HELIX_UNBOUND_SHADOW_H */
