/*
 * unbound/dns64.h - lets Unbound's module dns64 synthesize AAAA records.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Unbound's module dns64 does DNS64 (RFC 6147), as it is configured. Where it
 * is right behind this module, it gets our answer to an AAAA query as if the
 * modules behind it had brought that, and gives it back as it was, or with AAAA
 * records that it has synthesized from the A records. By the sources of 1.17.1
 * to 1.26.0:
 *
 * - dns64 makes its state of a query at the event "new", which only the first
 *   module gets. Without that state it forgets no_cache_store, and caches what
 *   it sees. So we send that event.
 * - When a module's operate has returned, Unbound reads curmod and that
 *   module's state; dns64 and the iterator set the curmod of their sub-queries
 *   in the same way. So we set curmod to the module behind dns64 and its state
 *   to "finished": dns64 gets "moddone" next, and no other module is asked.
 * - dns64's sub-query about A begins at dns64 itself, and would not come to us;
 *   but attach_sub finds one that exists already. So we ask that question
 *   first: it begins at the first module, and is answered from the zones, so
 *   that no server sees the name.
 * - If the A records are deleted meanwhile, dns64 of 1.26 asks the modules
 *   behind it; we drop what they answer.
 *
 * What dns64 synthesizes is not cached, as nothing would invalidate it. Behind
 * any module, dns64 does neither PTR below its prefix nor dns64-synthall for
 * other zones' names, as it gets their queries by the event "pass"; and it
 * caches what it sees of those.
 *
 * For Unbound's worker threads.
 */
#ifndef HELIX_UNBOUND_DNS64_H
#define HELIX_UNBOUND_DNS64_H

#include "unbound/compat.h"
#include "dns/answer.h"

/**
 * True if dns64 is to see our answer to a query: it is about AAAA, the client
 * does not validate by itself (CD, RFC 6147 5.5), and dns64 is right behind
 * this module.
 * @param id: this module's number.
 */
bool dns64_applies(const struct module_qstate* qstate, int id);

/**
 * Send dns64 the event "new" of a query that is passed on and must not be
 * cached; does nothing unless dns64 is right behind this module.
 * @param qstate: with no_cache_store set.
 */
void dns64_begin(struct module_qstate* qstate, int id);

/**
 * Give our answer to dns64, which brings the query back by the event "moddone".
 * @param qstate: with no_cache_store set.
 * @param answer: to an AAAA query for a name that has A records.
 * @return what dns64 was given, for dns64_take; NULL if memory ran out.
 */
struct reply_info* dns64_give(struct module_qstate* qstate, int id,
	const struct answer* answer);

/**
 * Finish a query that dns64 has brought back, with the records that it has
 * synthesized, or else with what it was given.
 * @param given: from dns64_give.
 */
void dns64_take(struct module_qstate* qstate, int id,
	struct reply_info* given);

#endif /* HELIX_UNBOUND_DNS64_H */
