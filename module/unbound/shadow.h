/*
 * unbound/shadow.h - warns of zones that Unbound answers by itself.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Unbound looks into its local zones (local-zone of unbound.conf, and those
 * that it has by default: test., 10.in-addr.arpa. ...) before it asks any
 * module. A zone of ours that is, or lies in, a local zone of a type that
 * answers whatever it holds (static, redirect, refuse, deny, always_nxdomain
 * ...) is followed, and never answered from; one that has such a local zone in
 * it misses a part. This unit says so, once for each zone of ours, with the
 * line of unbound.conf that mends it.
 *
 * Not looked at: local zones of views, those with tags and those that
 * local-zone-override changes, which are for some clients only; local-data
 * without such a type; what unbound-control adds later.
 *
 * Unbound's workers exist, and its local zones can be reached, only some time
 * after the module's init. So they are looked at by the first occasion, in
 * whichever worker has it. Unbound's locks of the local zones are tried, for
 * reading, and not waited for: Unbound has one of a zone when it calls back,
 * and takes that of the tree before it where it changes both. While the tree is
 * changed it is no occasion, and a zone that is changed is passed over.
 */
#ifndef HELIX_UNBOUND_SHADOW_H
#define HELIX_UNBOUND_SHADOW_H

#include "unbound/compat.h"
#include "dns/zone.h"

/** Have the local zones looked at again: they, or our zones, may be others.
 * For the module's init.
 * @param zones: ours; outlive the next call. */
void shadow_begin(const struct zones* zones);

/** Look at the local zones, unless that was done since shadow_begin. For each
 * query that comes to the module.
 * @param env: of a worker. */
void shadow_look(const struct module_env* env);

/**
 * Unbound's callback before it answers from a local zone: looks at them, since
 * where all names that are asked for are theirs, no query ever comes to the
 * module. To be registered as inplace_cb_reply_local.
 * @return 1.
 */
inplace_cb_reply_func_type shadow_on_local;

#endif /* HELIX_UNBOUND_SHADOW_H */
