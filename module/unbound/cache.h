/*
 * unbound/cache.h - what Unbound's caches may have of the zones.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Unbound's workers answer from the message cache before any module is asked,
 * and nothing that a module can register keeps them from it: what the
 * callbacks for cached replies return is not looked at (1.17 to 1.26). So
 * nothing about a name of ours must be in there but what can be taken back in
 * time (see unbound/handover.h). What the iterator has put there about
 * one - recursed below a zone cut, or for a zone that falls through - is taken
 * out when the query is done, and kept under a class that nobody asks for,
 * where only the module finds it: after it has looked whether etcd still
 * leaves the name to others. So a put wins at the next query. The RRset cache
 * is left alone; it is asked by the iterator only.
 *
 * The other way round, the iterator learns of the zone cuts in our zones
 * through the RRset cache: where it finds an NS RRset, it asks those servers.
 *
 * For Unbound's worker threads; takes the locks of Unbound's caches, and no
 * other.
 */
#ifndef HELIX_UNBOUND_CACHE_H
#define HELIX_UNBOUND_CACHE_H

#include "unbound/compat.h"
#include "dns/answer.h"

/**
 * Take out of the message cache what the iterator has put there of our zones
 * for a query that is done: its own answer if it has to do with them, those of
 * aliases, and those about the names above that it asks for on its way (QNAME
 * minimisation, RFC 9156).
 * @param qstate: the query; its return_msg may be NULL.
 */
void cache_purge(const struct module_qstate* qstate,
	const struct zones* zones);

/**
 * What tells apart from where a name of ours is recursed: a number for the
 * zone cut, whose servers may change, or 0 for a zone that falls through.
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

/** Forget all messages: the zones may be others than those for which they were
 * kept. For the module's init. */
void cache_forget(const struct module_env* env);

/**
 * Tell the iterator of a zone cut: its NS RRset and the addresses of the
 * servers go to the RRset cache. etcd's NS RRset is the most trusted.
 * @param qstate: the query that is to be recursed.
 * @param referral: an answer that is nothing but a referral.
 * @return false if memory ran out.
 */
bool cache_store_referral(struct module_qstate* qstate,
	const struct answer* referral);

#endif /* HELIX_UNBOUND_CACHE_H */
