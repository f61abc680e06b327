/*
 * unbound/handover.h - answers that Unbound's cache may give by itself.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * With `cache: yes`, an answer goes into Unbound's message and RRset caches,
 * where the next query for it is answered without a module. It has to be out
 * of there as soon as etcd overtakes it, whatever Unbound would do with it
 * (serve-expired, prefetch, a long TTL).
 *
 * Unbound gives a message from its cache only as long as each RRset that the
 * message refers to is still the one in the RRset cache. So an RRset that is
 * taken out of there takes with it every message that it is in. What is handed
 * over are therefore only answers that nothing can overtake but a change at a
 * name of one of their RRsets (see answer->cacheable). What is not there can't
 * be taken out: answers that say no, and those of wildcards, are not handed
 * over.
 *
 * The RRsets have a flag that makes them others than what Unbound learns of the
 * same owner and type elsewhere (as glue, or when the name was recursed): it
 * could take the place of what etcd says, and what etcd has said could outlast
 * it, as Unbound compares how far each is to be trusted, and for how long.
 *
 * With response-ip or RPZ, Unbound changes addresses in what comes out of its
 * cache, but not in what a module answers that stands before "respip". So
 * nothing is handed over then, for the answer not to depend on that.
 *
 * How what was handed over is taken out again is told in unbound/invalidate.h.
 * A worker may have read the store before a change, and be about to hand over
 * what it read when the change has been invalidated already. So it remembers
 * the number of changes before it reads the store, and looks at it before and
 * after it hands over: if it is another one, the answer does not stay.
 *
 * The first zone cut or DNAME of a zone changes what names below it answer, and
 * is no change at those names. The zone says that it has one (zone_note_cut)
 * before the number of changes goes up for it, and that before the feed looks
 * for what may be in the cache; the cut itself is visible after that. So a
 * worker either has the number from before, finds another one after it has
 * handed over, or has handed over before the feed looked, and its marks are
 * seen; or it has the later number, and so sees that the zone has a cut, and
 * nothing of the zone is cacheable any more, though the cut is not visible yet.
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
	/** takes out again what was handed over */
	struct invalidate invalidate;
	/** an enum handover_state */
	atomic_int state;
	/** whether answers were to be handed over since the last init */
	bool used;
	/** for the questions asked last, by their hash's low half, the high
	 * one */
	_Atomic uint32_t asked[HANDOVER_MARKS];
};

/**
 * Begin, at the module's init.
 * @param use: whether answers are to be handed over.
 * @return false if Unbound's caches may have something from before, for which
 *	there is no worker now: the messages are to be forgotten
 *	(cache_forget).
 */
bool handover_open(struct handover* handover, bool use);

/** End, at the module's deinit. There are no workers any more. */
void handover_close(struct handover* handover);

/**
 * Invalidate what is pending, and ask whether an answer can be handed over;
 * before the store is read. Worker.
 * @param changes: set to what handover_answer wants.
 * @return whether it can.
 */
bool handover_begin(struct handover* handover,
	const struct module_qstate* qstate, unsigned long* changes);

/**
 * Note that a question was asked, and find out whether it was not long ago
 * too: what is asked once is not worth a place in the cache, which costs more
 * than the answer did. Worker.
 * @param hash: of qname and qtype.
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
 * A query is done: see to it that nobody is told something older than its
 * answer after that (see unbound/invalidate.h). Worker.
 * @param qstate: with its return_msg.
 */
void handover_settle(struct handover* handover,
	const struct module_qstate* qstate);

/** Whether something has changed since handover_begin, or is about to.
 * Worker.
 * @param changes: from there. */
bool handover_has_changed(const struct handover* handover,
	unsigned long changes);

/**
 * The iterator was told of a zone cut (cache_store_referral) that is not what
 * the store has by now, which may be invalidated already: have it invalidated
 * again, once the iterator has seen it. Worker.
 * @param qstate: the query that is passed on.
 * @param referral: what the iterator was told.
 */
void handover_referred(struct handover* handover,
	const struct module_qstate* qstate, const struct answer* referral);

#endif /* HELIX_UNBOUND_HANDOVER_H */
