/*
 * unbound/stale.h - tells clients that an answer may be out of date.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * While etcd is away, names of the zones are answered as they were. Then the
 * answers have the extended error "Stale Answer" (RFC 8914, code 3), if the
 * client has EDNS: those of the module, and those out of Unbound's cache. Like
 * the errors that come with SERVFAIL, it is there whatever `ede` of
 * unbound.conf says, which is for Unbound's own.
 *
 * For Unbound's worker threads. What etcd's being there costs a query is the
 * look at one flag.
 */
#ifndef HELIX_UNBOUND_STALE_H
#define HELIX_UNBOUND_STALE_H

#include "unbound/compat.h"
#include "dns/zone.h"

/**
 * For the module's init; no query is on its way.
 * @param env: for unbound.conf's settings.
 * @param zones: the names that are meant; outlive the next call.
 * @param away: true while etcd is away; outlives the next call, too.
 */
void stale_begin(const struct module_env* env, const struct zones* zones,
	const _Atomic bool* away);

/** Put the extended error to the answer of a query, if the module is done with
 * it and it is about a name of the zones. Memory that runs out leaves it
 * out. */
void stale_mark(struct module_qstate* qstate, int id);

/**
 * Unbound's callback before it answers from its cache, for any name. To be
 * registered as inplace_cb_reply_cache.
 * @return 1.
 */
inplace_cb_reply_func_type stale_on_cached;

#endif /* HELIX_UNBOUND_STALE_H */
