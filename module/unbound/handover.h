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
 * name of one of their RRsets (see answer->exact). What is not there can't be
 * taken out: answers that say no, and those of wildcards, are not handed over.
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
 * Nobody but Unbound's workers touches Unbound's caches. At a reload Unbound
 * deletes and makes caches while the module is still in use, and its workers
 * are all that is known to be gone by then. So the thread that follows etcd
 * notes what is to be taken back, and wakes one of the workers, which does it
 * between two queries; and any worker does it before it reads the store. Both
 * sides take no lock and wait for nothing.
 *
 * A worker may have read the store before a change, and be about to hand over
 * what it read when the change has been taken back already. So it remembers
 * the number of changes before it reads the store, and looks at it before and
 * after it hands over: if it is another one, the answer does not stay. Only in
 * between, for about a microsecond, can it be seen.
 */
#ifndef HELIX_UNBOUND_HANDOVER_H
#define HELIX_UNBOUND_HANDOVER_H

#include "unbound/compat.h"
#include "dns/name.h"
#include <stdatomic.h>

struct handover_note;

/** room for marks of questions, a power of 2 */
#define HANDOVER_MARKS 65536

/** the flag of RRsets that were handed over; Unbound uses some of the lowest,
 * and the highest */
#define HANDOVER_RRSET 0x10000000

/** Whether there is a worker that takes back. */
enum handover_state {
	/** no; none is wanted, as nothing is handed over */
	HANDOVER_OFF,
	/** no; the next that has an answer is to become it */
	HANDOVER_WANTED,
	/** one is about to become it */
	HANDOVER_BEGINNING,
	/** yes */
	HANDOVER_ON
};

/** What is shared by the workers and the thread that follows etcd. One for
 * the life of the process, zeroed at first. */
struct handover {
	/** an enum handover_state */
	atomic_int state;
	/** whether answers were to be handed over since the last init */
	bool used;
	/** number of changes that were told of */
	atomic_ulong changes;
	/** for the questions asked last, by their hash's low half, the high
	 * one */
	_Atomic uint32_t asked[HANDOVER_MARKS];
	/** what is to be taken back: a stack, the last note first */
	_Atomic(struct handover_note*) notes;
	/** what a worker has taken from there, and had no time for */
	_Atomic(struct handover_note*) left;
	/** whether memory ran out for a note, so that all messages are to go */
	atomic_bool missed;
	/** the worker's */
	struct module_env* env;
	/** wakes the worker, which gets an event when it can be read: an
	 * eventfd(2); 0 or -1: not made yet */
	int wakes;
	/** the worker's event */
	struct ub_event* event;
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
 * Ask whether an answer can be handed over, before the store is read. Worker.
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
bool handover_is_worth(struct handover* handover, uint64_t hash);

/**
 * Hand over the answer to a query. Worker.
 * @param qstate: the query, with its return_msg; all of its RRsets are in the
 *	answer section, and are those of names in the store.
 * @param changes: from handover_begin.
 */
void handover_answer(struct handover* handover,
	const struct module_qstate* qstate, unsigned long changes);

/**
 * An RRset that readers of the store have seen is not as it was. The thread
 * that writes the store, after the change is visible; a struct feed_listener's
 * function.
 * @param handover: a struct handover.
 * @param owner: its owner.
 * @param type: its type, host byte order.
 */
void handover_take_back(void* handover, const struct name* owner,
	uint16_t type);

#endif /* HELIX_UNBOUND_HANDOVER_H */
