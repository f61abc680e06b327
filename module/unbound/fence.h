/*
 * unbound/fence.h - keeps Unbound's iterator and validator out of the zones.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Unbound's iterator follows an alias of a foreign zone into one of ours by
 * itself, without asking any module: it would look for servers of our zone on
 * the network, and answer what those say, or time out. So each zone of ours
 * gets an auth-zone in Unbound, with an SOA and nothing else: the iterator ends
 * there at once, and the module completes the answer (see unbound/query.h). The
 * auth-zone answers no client, and its TTL of 0 keeps what it says out of the
 * cache.
 *
 * The iterator asks a forwarder before it looks for an auth-zone. So a
 * forward-zone above a zone of ours gets a hole for it, as Unbound makes one
 * for each stub-zone. A forward-zone of our zone's very name, or below it,
 * stays in force, and so does a stub-zone below it.
 *
 * Our zones are not signed, so the validator would call an answer bogus that
 * leads from a signed zone into one of ours below a trust anchor. So each zone
 * is made an insecure point, as by `domain-insecure` of unbound.conf.
 *
 * Zones that fall through have names elsewhere too, and get none of this; nor
 * do the zones above them, which the iterator has to pass on its way there. So
 * the iterator resolves the name of a name server that is in such a zone
 * elsewhere before it gets etcd's addresses. An auth-zone or trust anchor that
 * unbound.conf has of the same name stays.
 *
 * A reload of Unbound deletes all of this; a fast_reload (1.23 and later), which
 * calls no module, deletes it at one moment, under the lock of the auth-zones.
 * One more auth-zone, "unbound-helix.invalid.", is added last and under the same
 * lock: while it exists, the fence is complete. So that the iterator and the
 * validator never run without it, it is looked for before they are asked, and
 * again when they have the response of a server, as Unbound may have reloaded
 * meanwhile. (A fast_reload with "+p" does not stop the workers, and may come
 * while they run; what the module completes afterwards is right then, too.)
 */
#ifndef HELIX_UNBOUND_FENCE_H
#define HELIX_UNBOUND_FENCE_H

#include "unbound/compat.h"
#include "dns/zone.h"
#include <stdatomic.h>

/** octets of an SOA's rdata with two root names */
#define FENCE_SOA_LEN (2 + 20)

/** What the workers share; zeroed at first. */
struct fence {
	/** how often the module was initialized */
	unsigned long opened;
	/** opened, when the fence was last put up; changed under Unbound's lock
	 * of the auth-zones */
	atomic_ulong raised;
	/** whether a fast_reload has taken it down since then */
	atomic_bool renewed;
	/** rdata of our auth-zones' SOA, whose random numbers tell it from any
	 * other */
	uint8_t soa[FENCE_SOA_LEN];
};

/** Begin, at the module's init: Unbound or the set of zones may be new. No
 * query is under way. */
void fence_open(struct fence* fence);

/**
 * Put the fence up, if it is not complete. For each query that is passed on, as
 * Unbound reads its own zones and anchors only after the module's init, and for
 * each response of a server. Takes Unbound's lock of the auth-zones, as the
 * iterator does. Worker.
 * @param zones: all of the module's.
 */
void fence_keep(struct fence* fence, struct module_env* env,
	const struct zones* zones);

/** True until the fence has been put up for the first time since fence_open.
 * Worker. */
bool fence_is_new(const struct fence* fence);

/** True once for each time that the fence has been put up again: Unbound has
 * done a fast_reload, and what unbound.conf says may be new. Worker. */
bool fence_note_renewal(struct fence* fence);

/** True if a message has the SOA of our empty auth-zone. Then the zones
 * complete it; if they have nothing to add, the iterator has found no servers
 * for the name. Worker. */
bool fence_is_placeholder(const struct fence* fence,
	const struct reply_info* info);

#endif /* HELIX_UNBOUND_FENCE_H */
