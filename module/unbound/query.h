/*
 * unbound/query.h - a query's way through the module.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * What becomes of a query, between Unbound's workers and the zones:
 *
 * - The module passes a name in none of the zones on to the next module; also
 *   one below a zone cut, if recursion is desired, once the cut is in the cache
 *   for the iterator to find; and one that a zone with `fallthrough` lacks.
 * - If the zones have the whole answer, the query ends with it. An answer that
 *   Unbound's cache may have is handed over (unbound/handover.h).
 * - If an alias leads out of the zones, or below a zone cut, a sub-query asks
 *   Unbound about its target, and its answer is appended. Without recursion,
 *   and in a circle, the query ends with what was collected.
 * - The module looks through the answers of other modules for aliases that lead
 *   into the zones; it cuts the answer there and completes it from the zones.
 *   If Unbound has such an alias in its cache, the module asks Unbound for the
 *   alias alone, so that no server hears of its target. It does the same when
 *   Unbound fails.
 *
 * An AAAA answer goes through the module dns64, if that is right behind this
 * one (unbound/dns64.h).
 *
 * A query ends with what etcd says at its end: before an answer is given that
 * was waited for, the zones are asked once more, and if they say something else
 * by then, the query begins anew. A client may have joined it after the change.
 *
 * Nothing about our names stays in Unbound's cache but what was handed over:
 * while the iterator works, query_response forbids it to store such answers.
 *
 * A chain of aliases ends after ANSWER_ALIASES_MAX of them in all, counted
 * along the longest way from a client's query through its sub-queries; each
 * sub-query counts as one at the least. The query ends with what was collected
 * then.
 *
 * A query in which the zones have a part is counted when it ends
 * (status/stats.h).
 *
 * For Unbound's worker threads. Nothing here waits, or takes a lock that the
 * store's writer holds.
 */
#ifndef HELIX_UNBOUND_QUERY_H
#define HELIX_UNBOUND_QUERY_H

#include "unbound/compat.h"
#include "unbound/fence.h"
#include "unbound/handover.h"
#include "unbound/reply.h"
#include "dns/zone.h"
#include "status/stats.h"

/** What queries are answered from. */
struct query_source {
	/** the zones */
	const struct zones* zones;
	/** why they answer nothing now, if so */
	enum reply_failure (*failure)(void);
	/** hands answers over to Unbound's cache */
	struct handover* handover;
	/** keeps the iterator out of the zones */
	struct fence* fence;
	/** counts the answers */
	struct stats* stats;
};

/**
 * Unbound's call for an event of a query.
 * @param id: the module's number; minfo[id] is this unit's.
 */
void query_operate(const struct query_source* source,
	struct module_qstate* qstate, enum module_ev event, int id);

/**
 * Unbound's call when a query that query_operate asked for is done.
 * @param done: the query that is done; goes away after the call.
 * @param waiting: the query that waits for it.
 */
void query_inform(const struct module_qstate* done,
	struct module_qstate* waiting, int id);

/**
 * Unbound's call when the iterator has the response of a server, before it
 * classifies and stores it.
 * @param qstate: the query for which the server was asked.
 * @param response: from the server; ended at the first alias that leads to
 *	what the zones answer. NULL: no server has answered.
 */
void query_response(const struct query_source* source,
	struct module_qstate* qstate, struct dns_msg* response, int id);

#endif /* HELIX_UNBOUND_QUERY_H */
