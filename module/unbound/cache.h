/*
 * unbound/cache.h - what Unbound's caches may say of the zones.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Unbound answers from its caches before it asks any module. What is in there
 * of our zones came from elsewhere, at a time when etcd said something else:
 * recursed below a zone cut, through a zone that falls through, or at the end
 * of a foreign zone's alias. So Unbound asks before each answer from the cache
 * whether etcd has overtaken it; then the query takes the way through the
 * modules, and what etcd says is seen at the next query.
 *
 * The other way round, the iterator learns of the zone cuts in our zones
 * through the cache: where it finds the NS RRset of a zone there, it asks that
 * zone's servers.
 */
#ifndef HELIX_UNBOUND_CACHE_H
#define HELIX_UNBOUND_CACHE_H

#include "unbound/compat.h"
#include "dns/answer.h"

/**
 * Whether Unbound may answer a query from its cache. For
 * inplace_cb_reply_cache.
 * @param zones: all of the module's.
 * @param ready: whether the zones answer at all now.
 * @param query: the question.
 * @param cached: what the cache has; locked by Unbound.
 * @param client: the query came from it, and is still in its buffer; may be
 *	NULL.
 * @return false if a zone is to answer it.
 */
bool cache_may_answer(const struct zones* zones, bool ready,
	const struct query_info* query, const struct reply_info* cached,
	const struct comm_reply* client);

/**
 * Find the alias of a message that leads into a zone of ours which does not
 * leave its target to others. Between the store's read lock and unlock.
 * @param ready: whether the zones answer at all now; if not, any alias into
 *	one is found.
 * @param type: qtype, host byte order.
 * @param answer: set to what the zone answers about the alias's target, if
 *	ready.
 * @param target: set to the target, inside the message.
 * @param target_len: set to its octets.
 * @return number of the RRset among the message's, which is a CNAME; or
 *	rrset_count if there is none.
 */
size_t cache_find_alias(const struct zones* zones, bool ready,
	const struct reply_info* info, uint16_t type, struct answer* answer,
	uint8_t** target, size_t* target_len);

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
