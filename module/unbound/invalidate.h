/*
 * unbound/invalidate.h - removes from Unbound's caches what etcd has changed.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Two kinds of RRsets get from the zones into Unbound's RRset cache: those of
 * answers (unbound/handover.h), which have a flag of their own, and plain
 * ones, which tell the iterator of a zone cut (cache_store_referral). When etcd
 * changes such an RRset, it is out of date, and must leave the cache at once:
 * else Unbound answers from it, or asks the servers of the old delegation,
 * until its TTL ends.
 *
 * Only Unbound's workers touch Unbound's caches. At a reload Unbound deletes
 * its caches and makes new ones while the module is still in use, and only its
 * workers are sure to be gone while it does. So the thread that follows etcd
 * adds each RRset that is out of date to a list of pending RRsets, and wakes
 * the workers. The caches are shared: any worker invalidates for all, between
 * two queries, when its event comes, or before it reads the store.
 *
 *	thread that follows etcd                       workers
 *
 *	invalidate_changing
 *	  change becomes visible ---> store <--------- read
 *	invalidate_overtaken --> added --> pending --> invalidate_begin, event
 *	invalidate_changed          `----- left <----'   `--> Unbound's caches
 *
 * Neither side takes a lock of the other or waits for it. Pending RRsets stay
 * pending over a reload.
 *
 * Each worker has an event on its own event loop, from its first call of
 * invalidate_begin on. So a worker that stands still holds up nothing, as
 * Unbound's first worker does while a slow reader takes `unbound-control
 * dump_cache`. All events wait for the same eventfd(2): an idle worker wakes at
 * a change, and the first of them takes the wake and the work. A busy worker is
 * not disturbed: when it comes to its event loop, the kernel looks again, and
 * does not report a wake that was taken. So one write(2) is enough for any
 * number of workers, and none is needed while other RRsets are pending. An
 * eventfd for each worker would cost a write for each, and a read for each busy
 * one.
 *
 * No client gets an older answer than another client got before. A change
 * becomes visible, and is pending a moment later; a worker may have read the
 * store before the change and hand over what it read. So a worker that answers
 * from the store while a change becomes visible, or while anything is pending,
 * removes the RRsets of its answer from the cache before it answers
 * (invalidate_settle). It waits for a worker that is handing over one of them:
 * that one either sees that there was a change, and removes the RRset itself;
 * or it had put the RRset into the cache before the change, so that the RRset
 * is pending.
 *
 * Limits:
 *
 * - A worker that has passed no query to the module yet has no event, and
 *   invalidates nothing for the others; what it answers from the cache is
 *   invalidated by them. Only while all workers that have events stand still,
 *   those without answer from the cache what is out of date, until one without
 *   passes a query to the module.
 * - Before Unbound 1.24, dump_cache stands still with the lock of a part of the
 *   cache: each worker that needs that part, here or for any query, stops too.
 * - If Unbound was built without libevent, there is no event: pending RRsets
 *   wait for the next call of invalidate_begin.
 *
 * Few of the zones' RRsets are in the cache. So each that is handed over leaves
 * a mark, by its hash; if an RRset without a mark changes, only its plain form
 * can be in the cache, and it is pending only if the iterator may have been
 * told of it. Marks are not removed, as the cache may outlive everything else;
 * the more marks, the less they save.
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

/** most RRsets that may be pending, about 80 octets each. Beyond that, as where
 * no worker has come by for long, both caches are emptied, with all that
 * Unbound has learnt: which zone cuts the iterator was told of is not known any
 * more. */
#define INVALIDATE_PENDING_MAX (1UL << 18)

struct invalidate_rrset;
struct invalidate_worker;

/** How a worker hears of pending RRsets. */
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
	/** calls of invalidate_changing, and of invalidate_changed: equal, but
	 * while changes become visible */
	atomic_ulong changes, changed;
	/** number of RRsets that workers are handing over just now, and of those
	 * in each part of the marks */
	atomic_uint handing, handing_part[INVALIDATE_PARTS];
	/** number of RRsets that are pending or being removed; and 1 more if
	 * the caches are to be emptied */
	atomic_size_t pending;
	/** pending RRsets: a stack, the last one added first */
	_Atomic(struct invalidate_rrset*) added;
	/** pending RRsets that a worker took from there, and left to others */
	_Atomic(struct invalidate_rrset*) left;
	/** true if the caches are to be emptied */
	atomic_bool all;
	/** true once there is any mark */
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
 * Invalidate some of the pending RRsets, before the store is read; at a
 * worker's first call, give it its event. One or two loads when there is
 * nothing to do. Worker.
 * @param changes: set to the number of changes that are visible and pending.
 * @return how this worker hears of pending RRsets.
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

/** True if there were more changes than that, or there is one about to become
 * visible. */
bool invalidate_has_changed(const struct invalidate* invalidate,
	unsigned long changes);

/** What may make the cache older than the store. */
enum invalidate_settling {
	/** nothing */
	INVALIDATE_SETTLED,
	/** a worker is handing over what it read */
	INVALIDATE_HANDING,
	/** an RRset is pending, or about to be */
	INVALIDATE_CHANGING
};

/** Find out whether the store that was read may be newer than the cache is, or
 * soon will be. A few loads. Worker, after it has read the store. */
enum invalidate_settling invalidate_settling(
	const struct invalidate* invalidate);

/**
 * Before a client gets an RRset that was read from the store: make sure that no
 * client gets an older one from the cache afterwards. Waits a moment for other
 * workers that are handing the RRset over; if one takes longer, as it has lost
 * its processor, removes the RRset as well.
 * @param settling: as invalidate_settling gave it; not INVALIDATE_SETTLED.
 */
void invalidate_settle(struct invalidate* invalidate,
	const struct module_env* env, enum invalidate_settling settling,
	const uint8_t* owner, size_t len, uint16_t type);

/** Remove an RRset with HANDOVER_RRSET from the cache, and so each message that
 * refers to it. Worker. */
void invalidate_remove(const struct module_env* env, uint8_t* owner,
	size_t len, uint16_t type);

/**
 * An RRset has changed, and the change is visible: have the old one
 * invalidated. The thread that writes the store; a struct feed_listener's
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

/** They are visible, and what they put out of date is pending. */
void invalidate_changed(void* invalidate);

/** The iterator was told of an RRset that is out of date: have it invalidated.
 * Worker. */
void invalidate_referred(struct invalidate* invalidate,
	const uint8_t* owner, size_t len, uint16_t type);

#endif /* HELIX_UNBOUND_INVALIDATE_H */
