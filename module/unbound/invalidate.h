/*
 * unbound/invalidate.h - taking out of Unbound's caches what etcd overtakes.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Two kinds of RRsets get from the zones into Unbound's RRset cache: those of
 * answers (unbound/handover.h), which have a flag of their own, and plain
 * ones, which tell the iterator of a zone cut (cache_store_referral). Both have
 * to be out of there as soon as etcd overtakes them, else Unbound answers, or
 * asks the servers of a delegation, from them until their TTL ends.
 *
 * Nobody but Unbound's workers touches Unbound's caches. At a reload Unbound
 * deletes and makes caches while the module is still in use, and its workers
 * are all that is known to be gone by then. So the thread that follows etcd
 * adds what is overtaken to a list of pending RRsets, and wakes the workers;
 * any of them invalidates for all, as the caches are shared: between two
 * queries, when its event comes, or before it reads the store. Neither side
 * takes a lock of the other's or waits for it; what is pending stays so over a
 * reload.
 *
 * Each worker has an event on its own loop, from its first call of
 * invalidate_begin on: one that stands still, as Unbound's first does while a
 * slow reader takes `unbound-control dump_cache`, holds up nothing then. All of
 * them wait for the same eventfd(2). Whoever is idle wakes at a change, and the
 * first takes the wake and the work; a worker that is busy is not disturbed, as
 * the kernel looks again when the worker comes for its events, and does not
 * report a wake that was taken. So one write(2) is enough for any number of
 * workers, none for what comes while others are pending, and the price is paid
 * by those with time to spare. An eventfd for each would cost a write for each
 * worker, and each busy one a read.
 *
 * No client is told something older than what another was told before. A change
 * becomes visible and is pending a moment later, and a worker may have read the
 * store before it and hand over what it read. So whoever answers from the store
 * while a change becomes visible, or something is pending, takes the RRsets of
 * his answer out of the cache before he answers (invalidate_settle); and he
 * waits for a worker that is handing over one of them, which either sees that
 * there was a change, and takes it back, or was there before.
 *
 * What remains: a worker that was never asked about one of the zones has no
 * event, and does no work for the others; it needs none for its own answers,
 * which others invalidate. Only if all that have events stand still at once do
 * the rest answer from the cache what is overtaken, until one of them is asked
 * something that is not in the cache, or moves again. And before Unbound 1.24,
 * dump_cache stands still with the lock of a part of the cache: each worker
 * that needs that part, here or for any query, stops too.
 * Where Unbound was built without libevent there is no event: then what is
 * pending waits for the next call of invalidate_begin.
 *
 * Of the RRsets of answers, the cache has few: so each that goes there leaves a
 * mark, by its hash, and what has no mark is not pending. Marks stay, as the
 * cache may outlive everything else; with many of them the marks save less.
 */
#ifndef HELIX_UNBOUND_INVALIDATE_H
#define HELIX_UNBOUND_INVALIDATE_H

#include "unbound/compat.h"
#include "dns/name.h"
#include <stdatomic.h>

/** the flag of RRsets that were handed over; Unbound uses some of the lowest,
 * and the highest */
#define HANDOVER_RRSET 0x10000000

/** marks of RRsets, a power of 2 */
#define INVALIDATE_MARKS (1UL << 20)

/** parts of the marks, a power of 2 */
#define INVALIDATE_PARTS 64

/** so many RRsets may be pending, about 80 octets each. Beyond that, as where
 * no worker has come by for long, nobody knows any more what is to go: so
 * everything goes, the RRset cache with all that Unbound has learnt. Less is
 * not certain: what the store had as zone cuts is not there any more. */
#define INVALIDATE_PENDING_MAX (1UL << 18)

struct invalidate_rrset;
struct invalidate_worker;

/** How a worker hears of what is pending. */
enum invalidate_wake {
	/** by its event */
	INVALIDATE_BY_EVENT,
	/** when it begins; Unbound was built without libevent */
	INVALIDATE_NO_LIBEVENT,
	/** when it begins; its event cannot be created */
	INVALIDATE_NO_EVENT
};

/** What is shared by the workers and the thread that follows etcd. One for
 * the life of the process, zeroed at first. */
struct invalidate {
	/** a number for the time between an open and the next close, other
	 * than all before; 0: it is closed */
	atomic_ulong life;
	/** how often changes were about to become visible, and how often they
	 * all were and had been told of: the same, unless some are just becoming
	 * visible */
	atomic_ulong changes, changed;
	/** number of RRsets that workers are handing over just now, and of those
	 * in each part of the marks */
	atomic_uint handing, handing_part[INVALIDATE_PARTS];
	/** number of RRsets that are pending, or being worked on; and 1 if all
	 * are to go */
	atomic_size_t pending;
	/** what is pending: a stack, the last first */
	_Atomic(struct invalidate_rrset*) added;
	/** what a worker has taken from there, and left to the next */
	_Atomic(struct invalidate_rrset*) left;
	/** whether everything is to go */
	atomic_bool all;
	/** whether there is a mark */
	atomic_bool marked;
	/** the workers that have an event */
	_Atomic(struct invalidate_worker*) workers;
	/** their eventfd(2); 0 or -1: not made yet */
	atomic_int wakes;
	/** the marks */
	_Atomic uint32_t marks[INVALIDATE_MARKS / 32];
};

/** Begin, at the module's init. */
void invalidate_open(struct invalidate* invalidate);

/** End, at the module's deinit. There are no workers any more. */
void invalidate_close(struct invalidate* invalidate);

/**
 * Invalidate some of what is pending, before the store is read; at a worker's
 * first call, give it its event. One or two loads when there is nothing to
 * do. Worker.
 * @param changes: set to the number of changes that were done so far.
 * @return how this worker hears of what is pending.
 */
enum invalidate_wake invalidate_begin(struct invalidate* invalidate,
	struct module_env* env, unsigned long* changes);

/**
 * Mark an RRset that is about to go into the cache with HANDOVER_RRSET, and
 * have those who answer with it wait until invalidate_handed. Worker.
 * @param owner: in any case.
 */
void invalidate_handing(struct invalidate* invalidate, const uint8_t* owner,
	size_t len, uint16_t type);

/** The RRset is in the cache, or is not going there. Worker. */
void invalidate_handed(struct invalidate* invalidate, const uint8_t* owner,
	size_t len, uint16_t type);

/** Whether something else has changed than that many changes, or is about
 * to. */
bool invalidate_has_changed(const struct invalidate* invalidate,
	unsigned long changes);

/** How an RRset is settled. */
enum invalidate_settling {
	/** nothing is under way */
	INVALIDATE_SETTLED,
	/** some worker is handing over what it read */
	INVALIDATE_HANDING,
	/** something is pending, or about to be */
	INVALIDATE_CHANGING
};

/** See whether what was read from the store may be newer than what is in the
 * cache, or comes there. A few loads. Worker, when the store was read. */
enum invalidate_settling invalidate_settling(
	const struct invalidate* invalidate);

/**
 * Before a client is told of an RRset that was read from the store: see to it
 * that none is told an older one after that, out of the cache. Waits for other
 * workers that are just handing it over, for a moment at the most; where that
 * is not enough, as one has lost its processor, it is taken out as well.
 * @param settling: as invalidate_settling gave it; not INVALIDATE_SETTLED.
 */
void invalidate_settle(struct invalidate* invalidate,
	const struct module_env* env, enum invalidate_settling settling,
	const uint8_t* owner, size_t len, uint16_t type);

/** Take an RRset with HANDOVER_RRSET out of the cache, and so each message that
 * it is in. Worker. */
void invalidate_remove(const struct module_env* env, uint8_t* owner,
	size_t len, uint16_t type);

/**
 * An RRset that readers of the store have seen is not as it was. The thread
 * that writes the store, after the change is visible; a struct feed_listener's
 * function.
 * @param invalidate: a struct invalidate.
 * @param owner: its owner.
 * @param type: its type, host byte order.
 * @param referred: whether the iterator may have been told of it.
 */
void invalidate_overtaken(void* invalidate, const struct name* owner,
	uint16_t type, bool referred);

/** Whether an RRset may be in the cache with HANDOVER_RRSET; owner NULL: any.
 * The thread that writes the store; a struct feed_listener's function. */
bool invalidate_is_marked(void* invalidate, const struct name* owner,
	uint16_t type);

/** Changes are about to become visible. A thread that writes a store; a struct
 * feed_listener's function. */
void invalidate_changing(void* invalidate);

/** They are visible, and all that they overtake is pending. */
void invalidate_changed(void* invalidate);

/** The iterator was told of an RRset that is overtaken: have it invalidated.
 * Worker. */
void invalidate_referred(struct invalidate* invalidate,
	const uint8_t* owner, size_t len, uint16_t type);

#endif /* HELIX_UNBOUND_INVALIDATE_H */
