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
 * The iterator asks a forwarder for a name before it looks for an auth-zone.
 * So where a forward-zone is above a zone of ours, a hole is made in it, as
 * Unbound makes one for each stub-zone; a forward-zone of exactly our zone's
 * name, or below it, stands, and so does a stub-zone below it.
 *
 * Since nobody signs our zones, the validator would call an answer bogus that
 * leads from a signed zone into one of ours below a trust anchor. So each zone
 * is made an insecure point, as `domain-insecure` of unbound.conf does.
 *
 * Zones that fall through have their names elsewhere, too, and get none of
 * this; nor do zones above them, since the iterator finds its way through
 * those. So where a name server's name is in one, the iterator, which looks for
 * its addresses by itself, asks elsewhere before it gets etcd's. What
 * unbound.conf has of the same names, auth-zone or trust anchor, stands.
 *
 * Unbound takes all of it down with each reload; a fast_reload, which calls no
 * module, takes it all down at one moment, under the lock of the auth-zones.
 * Whether it stands is told by one auth-zone more, "unbound-helix.invalid.",
 * that is put up last, under the same lock.
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

/** True if this is what our empty auth-zone says: its SOA has random numbers,
 * which no other zone has. Then it is for the zones to go on from its aliases;
 * if they do not, the iterator has found no other servers. */
bool fence_is_placeholder(const struct reply_info* info);

#endif /* HELIX_UNBOUND_FENCE_H */
