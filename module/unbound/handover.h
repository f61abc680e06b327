/*
 * unbound/handover.h - hands answers over to Unbound's cache.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * With `cache: yes`, an answer goes into Unbound's message and RRset caches,
 * where the next query for it is answered without a module. It has to leave
 * them as soon as etcd changes it, whatever Unbound would do with it
 * (serve-expired, prefetch, a long TTL).
 *
 * Unbound gives a message from its cache only while each RRset that the message
 * refers to is still the one in the RRset cache. So removing an RRset voids
 * every message that has it, and only answers are handed over that cannot
 * change unless one of their RRsets does (answer->cacheable). A negative
 * answer, or one of a wildcard, changes when an RRset appears that is not in
 * it: those are not handed over.
 *
 * The RRsets have a flag, HANDOVER_RRSET, which makes them others than the
 * RRsets that Unbound learns of the same owner and type elsewhere (as glue, or
 * when the name was recursed). Else one could replace the other, as Unbound
 * compares how far each is trusted, and how long it lives.
 *
 * With response-ip or RPZ, Unbound changes addresses in what comes from its
 * cache, but not in the answer of a module that stands before "respip". Nothing
 * is handed over then, so that the answer does not depend on the cache.
 *
 * How an RRset is removed again is told in unbound/invalidate.h. A worker may
 * have read the store before a change, and hand over what it read when the
 * change has been invalidated already. So it notes the number of changes before
 * it reads the store, and compares it before and after the handing over: if it
 * has changed, the worker removes what it put there.
 *
 * The first zone cut or DNAME of a zone changes what names below it answer, and
 * is no change at those names. Its order of steps is:
 *
 *	zone has a cut (zone_note_cut)
 *	number of changes goes up (invalidate_changing)
 *	the feed looks for marks of names below
 *	the cut is visible
 *
 * A worker that noted the number before the second step either sees afterwards
 * that it has changed, or has handed over before the third step, so that its
 * marks are found. One that notes it later sees that the zone has a cut, and
 * nothing of the zone is cacheable any more.
 */
#ifndef HELIX_UNBOUND_HANDOVER_H
#define HELIX_UNBOUND_HANDOVER_H

#include "unbound/compat.h"
#include "unbound/invalidate.h"
#include "dns/answer.h"
#include <stdatomic.h>

/** room for marks of questions, a power of 2 */
#define HANDOVER_MARKS 65536

/** Whether answers are handed over. */
enum handover_state {
	/** no */
	HANDOVER_OFF,
	/** yes, unless the first worker finds that it cannot be */
	HANDOVER_WANTED,
	/** yes */
	HANDOVER_ON
};

/** What is shared by the workers. One for the life of the process, zeroed at
 * first. */
struct handover {
	/** removes again what was handed over */
	struct invalidate invalidate;
	/** an enum handover_state */
	atomic_int state;
	/** true if the last init was told to hand answers over */
	bool used;
	/** the questions that were asked last: the high half of a hash, at the
	 * place that its low half gives */
	_Atomic uint32_t asked[HANDOVER_MARKS];
};

/**
 * Begin, at the module's init.
 * @param use: whether answers are to be handed over.
 * @return false if Unbound's caches may have answers of the time before, which
 *	no worker has invalidated: the caller empties the message cache
 *	(cache_forget).
 */
bool handover_open(struct handover* handover, bool use);

/** End, at the module's deinit. There are no workers any more. */
void handover_close(struct handover* handover);

/**
 * Invalidate pending RRsets, and find out whether an answer can be handed over;
 * before the store is read. Worker.
 * @param changes: set to the number of changes, for handover_answer.
 */
bool handover_begin(struct handover* handover,
	const struct module_qstate* qstate, unsigned long* changes);

/**
 * Note that a question was asked. Worker.
 * @param hash: of qname and qtype.
 * @return true if it was asked before, not long ago. An answer that is asked
 *	for once is not worth a place in the cache, which costs more than the
 *	answer did.
 */
bool handover_note_asked(struct handover* handover, uint64_t hash);

/**
 * Hand over the answer to a query. Worker.
 * @param qstate: the query, with its return_msg; all of its RRsets are in the
 *	answer section, and are those of names in the store.
 * @param changes: from handover_begin.
 */
void handover_answer(struct handover* handover,
	const struct module_qstate* qstate, unsigned long changes);

/**
 * A query is done: make sure that no client gets an older answer from the cache
 * afterwards (see invalidate_settle). Worker.
 * @param qstate: with its return_msg.
 */
void handover_settle(struct handover* handover,
	const struct module_qstate* qstate);

/** True if something has changed since handover_begin, or is about to. Worker.
 * @param changes: from there. */
bool handover_has_changed(const struct handover* handover,
	unsigned long changes);

/**
 * The iterator was told of a zone cut (cache_store_referral), and the store has
 * another by now. The cut may have been invalidated before it was told: have it
 * invalidated again, after the iterator has seen it. Worker.
 * @param qstate: the query that is passed on.
 * @param referral: what the iterator was told.
 */
void handover_referred(struct handover* handover,
	const struct module_qstate* qstate, const struct answer* referral);

#endif /* HELIX_UNBOUND_HANDOVER_H */
