/*
 * unbound/stale.h - tells clients that an answer may be out of date.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * While etcd does not answer, the zones are answered from the last copy. To
 * clients that send EDNS, such an answer has the extended error "Stale Answer"
 * (RFC 8914, code 3), whether it comes from the module or from Unbound's cache.
 * It does not depend on `ede` of unbound.conf, which is for Unbound's own
 * errors.
 *
 * For Unbound's worker threads. While etcd answers, a query costs one look at a
 * flag.
 */
#ifndef HELIX_UNBOUND_STALE_H
#define HELIX_UNBOUND_STALE_H

#include "unbound/compat.h"
#include "dns/zone.h"

/** What the workers share; written at init. */
struct stale {
	/** whose names get the error */
	const struct zones* zones;
	/** true while etcd does not answer */
	const _Atomic bool* away;
	/** Unbound's, for whether it adds the same error to expired answers: a
	 * fast_reload, or set_option of unbound-control, may change that */
	const struct module_env* env;
};

/**
 * Begin, at the module's init; no query is under way.
 * @param env, zones, away: see struct stale; outlive the last query before the
 *	next call.
 */
void stale_begin(struct stale* stale, const struct module_env* env,
	const struct zones* zones, const _Atomic bool* away);

/** Add the extended error to the answer of a query, if the module has finished
 * it and its name is in a zone; if memory runs out, the error is left out. */
void stale_mark(const struct stale* stale, struct module_qstate* qstate,
	int id);

/**
 * Unbound's callback before it answers from its cache, for any name: adds the
 * extended error. To be registered at inplace_cb_reply_cache, with a struct
 * stale as its argument.
 * @return 1.
 */
inplace_cb_reply_func_type stale_on_cached;

#endif /* HELIX_UNBOUND_STALE_H */
