/*
 * unbound/fence.h - keeps Unbound's iterator and validator out of the zones.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Where an alias of a foreign zone leads into one of ours, Unbound's iterator
 * follows it by itself, without asking any module: it would look for servers
 * of our zone elsewhere, find none or others, and take its time. So each zone
 * gets an auth-zone in Unbound that holds an SOA and nothing else: the
 * iterator ends there at once, and the module completes the answer (see
 * unbound/query.h). It answers no client, and a TTL of 0 keeps what it says
 * out of the cache.
 *
 * Since nobody signs our zones, the validator would call an answer bogus that
 * leads from a signed zone into one of ours below a trust anchor. So each zone
 * is made an insecure point, as `domain-insecure` of unbound.conf does.
 *
 * Zones that fall through have their names elsewhere, too, and get neither;
 * nor do zones above them, since the iterator finds its way through those.
 * What unbound.conf has of the same names, auth-zone or trust anchor, stands.
 */
#ifndef HELIX_UNBOUND_FENCE_H
#define HELIX_UNBOUND_FENCE_H

#include "unbound/compat.h"
#include "dns/zone.h"

/** Note that Unbound, or the set of zones, may be another. For the module's
 * init; no query is on its way. */
void fence_forget(void);

/**
 * See to it that the fence stands. Unbound takes it down with each reload, and
 * puts up what unbound.conf has only after the module's init; so this is to be
 * called for each query that is passed on. Takes Unbound's lock of the
 * auth-zones, as the iterator does.
 * @param env: of the query.
 * @param zones: all of the module's.
 */
void fence_keep(struct module_env* env, const struct zones* zones);

/** Whether a message is what the fence says. Then it is for the zones to go on
 * from its aliases; if they do not, the iterator has found no other servers. */
bool fence_said(const struct reply_info* info);

#endif /* HELIX_UNBOUND_FENCE_H */
