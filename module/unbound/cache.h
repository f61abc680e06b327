/*
 * unbound/cache.h - what Unbound's caches may have of the zones.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Unbound's workers answer from the message cache before they ask any module,
 * and no callback can keep them from it: Unbound ignores what callbacks for
 * cached replies return (1.17 to 1.26). So the cache must have nothing about a
 * name of ours but what can be invalidated in time (unbound/handover.h). The
 * iterator is kept from storing such answers (query_response). What was
 * recursed, below a zone cut or for a zone that falls through, is kept under a
 * name that nobody can ask for. Only the module finds it, after it has looked
 * whether etcd still leaves the name to others. So a put wins at the next
 * query.
 *
 * The iterator also uses the RRset cache. There:
 *
 * - It learns of the zone cuts in our zones: where it finds an NS RRset, it
 *   asks those servers. Below a zone cut of ours it may remember no other cut,
 *   as that would outlive ours.
 * - RRsets that were handed over have a flag, with which the iterator does not
 *   find them; so have RRsets of kept messages that the iterator would follow:
 *   aliases, zone cuts and keys. The iterator does not look for others, and
 *   `unbound-control flush` finds them.
 * - The iterator has others' aliases that lead into our zones.
 *
 * For Unbound's worker threads; takes the locks of Unbound's caches, and no
 * other.
 */
#ifndef HELIX_UNBOUND_CACHE_H
#define HELIX_UNBOUND_CACHE_H

#include "unbound/compat.h"
#include "dns/answer.h"

/** the flag of aliases, zone cuts and keys in messages that cache_keep has
 * kept; Unbound uses some of the lowest, and the highest */
#define CACHE_KEPT_RRSET 0x20000000

/** Remove the message about a query's name and type from the message cache. */
void cache_remove(const struct module_qstate* qstate);

/**
 * A number for the servers from which a name of ours is recursed: a hash of the
 * zone cut with its servers and their addresses, or 0 for a zone that falls
 * through.
 * @param answer: a referral without aliases, or none.
 */
uint32_t cache_tag(const struct answer* answer);

/**
 * Store a message for the name and the type of a query.
 * @param qclass: the class under which it is stored.
 * @param leeway: an RRset that is in the cache already, with the same records,
 *	stays instead of the message's if it lives for longer than that many
 *	seconds.
 * @param message: a copy for the cache, with TTLs in seconds from now; taken
 *	over. If memory runs out, it is not stored.
 * @param from: what it is a copy of.
 */
void cache_store(const struct module_qstate* qstate, uint16_t qclass,
	time_t leeway, struct reply_info* message, struct reply_info* from);

/**
 * Keep the answer to a query about a name of ours that was recursed.
 * @param qstate: the query, with its return_msg. If memory runs out, it is not
 *	kept.
 * @param tag: as cache_tag gave it when the query began.
 */
void cache_keep(const struct module_qstate* qstate, uint32_t tag);

/**
 * Find what cache_keep has kept, if it is not out of date.
 * @param tag: as cache_tag gives it now.
 * @return the message, in the query's region; NULL if there is none.
 */
struct dns_msg* cache_find(struct module_qstate* qstate,
	uint32_t tag);

/**
 * Find an alias in the RRset cache: a CNAME of a name, or the DNAME above it.
 * @param dnames: whether a DNAME is looked for, too: at each label, which takes
 *	time that grows with the square of their number. (A name below a DNAME
 *	has a CNAME as well once it was asked for.)
 * @param target: set to the name that it leads to, in any case.
 * @return whether there is one.
 */
bool cache_find_alias(const struct module_env* env, const uint8_t* name,
	size_t len, bool dnames, struct name* target);

/**
 * Store RRsets of the response of a server in the RRset cache, as Unbound does
 * it. What there is no memory for is not stored.
 * @param count: how many, from the first.
 */
void cache_store_rrsets(const struct module_qstate* qstate,
	const struct reply_info* info, size_t count);

/** Empty the message cache. For the module's init, and where it is not known
 * which messages are out of date. */
void cache_forget(const struct module_env* env);

/** Empty the RRset cache. For the module's init: the zones may be others than
 * before, and the cache have zone cuts of others in them. */
void cache_forget_rrsets(const struct module_env* env);

/**
 * Tell the iterator of a zone cut: its NS RRset and the addresses of the
 * servers go to the RRset cache, trusted more than any from the network; NS
 * RRsets of names between the query's and the cut are removed.
 * @param qstate: the query that is to be recursed.
 * @param referral: an answer that is nothing but a referral.
 * @return false if memory ran out.
 */
bool cache_store_referral(struct module_qstate* qstate,
	const struct answer* referral);

#endif /* HELIX_UNBOUND_CACHE_H */
