/*
 * unbound/dns64.h - AAAA records made of A records by Unbound's module dns64.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * DNS64 (RFC 6147) is left to Unbound's module dns64, with all that it is
 * configured for. Where it stands right behind this one, an answer about AAAA
 * goes to it, as if the modules behind it had brought that; it comes back as it
 * was, or with AAAA records made of the A records. By the sources of 1.17.1 to
 * 1.26.0:
 *
 * - It makes its state of a query, by which it remembers to store nothing, at
 *   the event "new", which only the first module gets; without, it stores what
 *   it sees. So that event comes from here.
 * - Unbound reads curmod and the state of that module when a module's operate
 *   has returned, and dns64 and the iterator set curmod too (of their
 *   sub-queries). So this module sets it to the one behind dns64, with the
 *   state "finished": dns64 has the event "moddone" next, and none of the
 *   others is asked.
 * - Its query about A begins at itself, where this module would not be asked,
 *   but it takes one that is there already (attach_sub finds it). So this
 *   module asks that question first: it begins at the first module, and is
 *   answered from the zones. Nobody elsewhere hears of the name.
 * - Where the A records have gone meanwhile, dns64 of 1.26 has the modules
 *   behind it asked; what they say is not taken.
 *
 * What dns64 makes is in no cache, as nothing would take it out of there in
 * time. Two things it does not do behind any module: PTR below its prefix, and
 * dns64-synthall for other people's names, as their queries come to it by
 * "pass"; and for those it stores what it sees.
 *
 * For Unbound's worker threads.
 */
#ifndef HELIX_UNBOUND_DNS64_H
#define HELIX_UNBOUND_DNS64_H

#include "unbound/compat.h"
#include "dns/answer.h"

/**
 * Whether dns64 has a say in the answer to a query: that is about AAAA, nobody
 * wants to validate it by himself (RFC 6147 5.5), and dns64 stands right behind
 * this module.
 * @param id: the module's number.
 */
bool dns64_applies(const struct module_qstate* qstate, int id);

/**
 * Have dns64 begin with a query that is passed on and of which nothing may be
 * stored; does nothing if it does not stand right behind this module.
 * @param qstate: the query; its no_cache_store is set.
 */
void dns64_begin(struct module_qstate* qstate, int id);

/**
 * Give an answer to dns64.
 * @param qstate: the query; it goes through dns64, and comes back by the event
 *	"moddone". Its no_cache_store is set.
 * @param answer: about AAAA; the name has A records.
 * @return what dns64 has been given, for dns64_take; NULL if memory ran out.
 */
struct reply_info* dns64_give(struct module_qstate* qstate, int id,
	const struct answer* answer);

/**
 * End a query that has come back from dns64, with what dns64 has made, or else
 * with what it was given.
 * @param given: from dns64_give.
 */
void dns64_take(struct module_qstate* qstate, int id,
	struct reply_info* given);

#endif /* HELIX_UNBOUND_DNS64_H */
