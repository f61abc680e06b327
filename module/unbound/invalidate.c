/*
 * unbound/invalidate.c - removes from Unbound's caches what etcd has changed.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "unbound/invalidate.h"
#include "unbound/cache.h"
#include "status/stats.h"
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/** most RRsets that a worker invalidates before it looks for queries again */
#define AT_ONCE 256
/** how often a worker yields its processor to another that is handing over:
 * with a processor for each, once is enough */
#define TURNS_MAX 200

/** An RRset that is pending. */
struct invalidate_rrset {
	/** the one below it on the stack */
	struct invalidate_rrset* next;
	/** RR type, host byte order */
	uint16_t type;
	/** true if the iterator may have been told of it */
	bool referred;
	/** octets of the owner name */
	uint8_t len;
	/** owner name */
	uint8_t owner[];
};

/** A worker that has an event. */
struct invalidate_worker {
	/** the one that began before it */
	struct invalidate_worker* next;
	/** back to the whole */
	struct invalidate* invalidate;
	/** the worker's */
	struct module_env* env;
	/** comes when the eventfd can be read */
	struct ub_event* event;
};

/** number of lives begun so far */
static atomic_ulong lives;

/** What this thread knows of itself as a worker; holds for one life. Unbound's
 * first worker goes on over a reload, but its event does not. */
static _Thread_local struct {
	/** for which life; 0: none */
	unsigned long life;
	/** how it hears of pending RRsets */
	enum invalidate_wake wake;
} this_worker = { 0, INVALIDATE_NO_EVENT };

/* --- marks --------------------------------------------------------------- */

/** The place of an RRset's mark (FNV-1a). */
static uint64_t
mark_place(const uint8_t* owner, size_t len, uint16_t type)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ type;
	size_t i;
	for(i = 0; i < len; i++) {
		/* a label's length is less than any letter */
		uint8_t octet = owner[i] >= 'A' && owner[i] <= 'Z' ?
			owner[i] + ('a' - 'A') : owner[i];
		hash = (hash ^ octet) * UINT64_C(0x100000001b3);
	}
	return (hash ^ hash >> 32) % INVALIDATE_MARKS;
}

/** Mark a place. */
static void
mark_set(struct invalidate* invalidate, uint64_t place)
{
	_Atomic uint32_t* marks = &invalidate->marks[place / 32];
	uint32_t mark = UINT32_C(1) << place % 32;
	if(!atomic_load(&invalidate->marked))
		atomic_store(&invalidate->marked, true);
	if(!(atomic_load(marks) & mark))
		atomic_fetch_or(marks, mark);
}

static bool
mark_is_set(const struct invalidate* invalidate, uint64_t place)
{
	return atomic_load(&invalidate->marks[place / 32]) >> place % 32 & 1;
}

bool
invalidate_is_marked(void* arg, const struct name* owner, uint16_t type)
{
	const struct invalidate* invalidate = arg;
	if(!owner)
		return atomic_load(&invalidate->marked);
	return mark_is_set(invalidate, mark_place(owner->wire, owner->len,
		type));
}

/* --- handing over -------------------------------------------------------- */

void
invalidate_handing(struct invalidate* invalidate, const uint8_t* owner,
	size_t len, uint16_t type)
{
	uint64_t place = mark_place(owner, len, type);
	atomic_fetch_add(&invalidate->handing, 1);
	atomic_fetch_add(&invalidate->handing_part[place % INVALIDATE_PARTS],
		1);
	mark_set(invalidate, place);
}

void
invalidate_handed(struct invalidate* invalidate, const uint8_t* owner,
	size_t len, uint16_t type)
{
	uint64_t place = mark_place(owner, len, type);
	atomic_fetch_sub(&invalidate->handing_part[place % INVALIDATE_PARTS],
		1);
	atomic_fetch_sub(&invalidate->handing, 1);
}

/** Whether changes are becoming visible. */
static bool
is_changing(const struct invalidate* invalidate)
{
	/* in this order, as both only go up */
	unsigned long changed = atomic_load(&invalidate->changed);
	return changed != atomic_load(&invalidate->changes);
}

enum invalidate_settling
invalidate_settling(const struct invalidate* invalidate)
{
	/* the store was read without a lock: none of the loads below may come
	 * before that */
	atomic_thread_fence(memory_order_acquire);
	if(!atomic_load_explicit(&invalidate->marked, memory_order_relaxed))
		return INVALIDATE_SETTLED;
	/* in this order: an RRset is pending before its change is counted as
	 * visible */
	if(is_changing(invalidate) ||
		atomic_load(&invalidate->pending) > 0)
		return INVALIDATE_CHANGING;
	return atomic_load(&invalidate->handing) > 0 ? INVALIDATE_HANDING :
		INVALIDATE_SETTLED;
}

void
invalidate_settle(struct invalidate* invalidate, const struct module_env* env,
	enum invalidate_settling settling, const uint8_t* owner, size_t len,
	uint16_t type)
{
	uint64_t place = mark_place(owner, len, type);
	const atomic_uint* handing = &invalidate->handing_part[place %
		INVALIDATE_PARTS];
	unsigned turns;
	if(!mark_is_set(invalidate, place))
		return;
	for(turns = 0; turns < TURNS_MAX && atomic_load(handing) > 0; turns++)
		(void)sched_yield();
	/* a worker that has lost its processor may have put the RRset into the
	 * cache, and not have looked for changes yet */
	if(settling == INVALIDATE_CHANGING || turns == TURNS_MAX)
		invalidate_remove(env, (uint8_t*)(uintptr_t)owner, len, type);
}

/* --- adding -------------------------------------------------------------- */

/** Wake the workers. If the write fails otherwise, the eventfd is full, so that
 * they are awake already. */
static void
wake(const struct invalidate* invalidate)
{
	const uint64_t one = 1;
	int wakes = atomic_load(&invalidate->wakes);
	while(wakes > 0 && write(wakes, &one, sizeof(one)) < 0 &&
		errno == EINTR)
		continue;
}

/** Push linked RRsets onto the stack, and wake the workers if it was empty;
 * else they were woken for those that are there. */
static void
added_push(struct invalidate* invalidate, struct invalidate_rrset* first,
	struct invalidate_rrset* last)
{
	struct invalidate_rrset* others = atomic_load(&invalidate->added);
	/* after the exchange, a worker may have freed them */
	do {
		last->next = others;
	} while(!atomic_compare_exchange_weak(&invalidate->added, &others,
		first));
	if(!others)
		wake(invalidate);
}

/** Have both caches emptied. */
static void
invalidate_all(struct invalidate* invalidate)
{
	/* counted first, as a worker may be done with it at once */
	atomic_fetch_add(&invalidate->pending, 1);
	if(atomic_exchange(&invalidate->all, true))
		atomic_fetch_sub(&invalidate->pending, 1);
	else	wake(invalidate);
}

/** Add an RRset to what is pending. */
static void
rrset_add(struct invalidate* invalidate, const uint8_t* owner, size_t len,
	uint16_t type, bool referred)
{
	struct invalidate_rrset* rrset = NULL;
	/* the caches will be emptied, after this change became visible */
	if(atomic_load(&invalidate->all))
		return;
	if(atomic_load(&invalidate->pending) < INVALIDATE_PENDING_MAX)
		rrset = malloc(sizeof(*rrset) + len);
	if(!rrset) {
		invalidate_all(invalidate);
		return;
	}
	rrset->type = type;
	rrset->referred = referred;
	rrset->len = (uint8_t)len;
	memcpy(rrset->owner, owner, len);
	atomic_fetch_add(&invalidate->pending, 1);
	added_push(invalidate, rrset, rrset);
}

/** Whether an RRset of this type can be part of a referral, or stand beside
 * one. */
static bool
type_is_referred(uint16_t type)
{
	return type == LDNS_RR_TYPE_NS || type == LDNS_RR_TYPE_DS ||
		type == LDNS_RR_TYPE_A || type == LDNS_RR_TYPE_AAAA;
}

void
invalidate_overtaken(void* arg, const struct name* owner, uint16_t type,
	bool referred)
{
	struct invalidate* invalidate = arg;
	/* a worker that has not set its mark yet sees after the handing over
	 * that the number of changes is another */
	referred = referred && type_is_referred(type);
	if(referred || invalidate_is_marked(invalidate, owner, type))
		rrset_add(invalidate, owner->wire, owner->len, type,
			referred);
}

void
invalidate_changing(void* arg)
{
	struct invalidate* invalidate = arg;
	atomic_fetch_add(&invalidate->changes, 1);
}

void
invalidate_changed(void* arg)
{
	struct invalidate* invalidate = arg;
	atomic_fetch_add(&invalidate->changed, 1);
}

bool
invalidate_has_changed(const struct invalidate* invalidate,
	unsigned long changes)
{
	return atomic_load(&invalidate->changes) != changes;
}

void
invalidate_referred(struct invalidate* invalidate, const uint8_t* owner,
	size_t len, uint16_t type)
{
	/* not now: the iterator is about to look for it, and the query began
	 * before the change, so that it may still end so */
	rrset_add(invalidate, owner, len, type, true);
}

/* --- invalidating -------------------------------------------------------- */

void
invalidate_remove(const struct module_env* env, uint8_t* owner, size_t len,
	uint16_t type)
{
	rrset_cache_remove(env->rrset_cache, owner, len, type,
		LDNS_RR_CLASS_IN, HANDOVER_RRSET);
}

/** Take pending RRsets, those first that a worker has left. */
static struct invalidate_rrset*
pending_take(struct invalidate* invalidate)
{
	struct invalidate_rrset* left = atomic_exchange(&invalidate->left,
		NULL);
	return left ? left : atomic_exchange(&invalidate->added, NULL);
}

/** Leave RRsets to others. Those that another worker has left meanwhile go back
 * onto the stack. */
static void
pending_leave(struct invalidate* invalidate, struct invalidate_rrset* first)
{
	struct invalidate_rrset* last;
	first = atomic_exchange(&invalidate->left, first);
	if(!first)
		return;
	for(last = first; last->next; last = last->next)
		continue;
	added_push(invalidate, first, last);
}

/** Take at most AT_ONCE, and leave the rest to the worker that wakes next. */
static struct invalidate_rrset*
pending_take_some(struct invalidate* invalidate)
{
	struct invalidate_rrset* first = pending_take(invalidate);
	struct invalidate_rrset* last = first;
	unsigned count;
	for(count = 1; last && last->next && count < AT_ONCE; count++)
		last = last->next;
	if(last && last->next) {
		pending_leave(invalidate, last->next);
		last->next = NULL;
	}
	/* now, as this worker may have to wait for a lock of the cache */
	if(atomic_load(&invalidate->left) || atomic_load(&invalidate->added))
		wake(invalidate);
	return first;
}

/** Empty both caches. */
static void
forget(const struct module_env* env)
{
	slabhash_clear(&env->rrset_cache->table);
	cache_forget(env);
}

/** Invalidate some of the pending RRsets. Several workers may do so at the same
 * time. */
static void
invalidate_some(struct invalidate* invalidate, const struct module_env* env)
{
	struct invalidate_rrset* rrset = pending_take_some(invalidate);
	size_t done = 0;
	while(rrset) {
		struct invalidate_rrset* next = rrset->next;
		invalidate_remove(env, rrset->owner, rrset->len, rrset->type);
		if(rrset->referred)
			rrset_cache_remove(env->rrset_cache, rrset->owner,
				rrset->len, rrset->type, LDNS_RR_CLASS_IN, 0);
		free(rrset);
		rrset = next;
		done++;
	}
	if(done > 0)
		stats_count_taken_back(done);
	if(atomic_load(&invalidate->all) &&
		atomic_exchange(&invalidate->all, false)) {
		forget(env);
		done++;
	}
	if(done > 0)
		atomic_fetch_sub(&invalidate->pending, done);
}

/** A worker's event has come. */
static void
on_wake(int fd, short bits, void* arg)
{
	const struct invalidate_worker* worker = arg;
	uint64_t wakes;
	(void)bits;
	/* read first, so that what is added later wakes a worker again; nothing
	 * can be read if another worker has taken the wake */
	if(read(fd, &wakes, sizeof(wakes)) > 0)
		invalidate_some(worker->invalidate, worker->env);
}

/** Add a worker that has an event to the list. */
static void
workers_push(struct invalidate* invalidate, struct invalidate_worker* worker)
{
	worker->next = atomic_load(&invalidate->workers);
	while(!atomic_compare_exchange_weak(&invalidate->workers,
		&worker->next, worker))
		continue;
}

/** Give a worker its event. */
static enum invalidate_wake
worker_begin(struct invalidate* invalidate, struct module_env* env)
{
	struct ub_event_base* base = comm_base_internal(env->worker_base);
	struct invalidate_worker* worker;
	const char *name, *version, *method;
	ub_get_event_sys(base, &name, &version, &method);
	/* Unbound's built-in loop calls only functions that Unbound knows */
	if(strcmp(name, "libevent") != 0)
		return INVALIDATE_NO_LIBEVENT;
	if(invalidate->wakes < 0)
		return INVALIDATE_NO_EVENT;
	worker = malloc(sizeof(*worker));
	if(!worker)
		return INVALIDATE_NO_EVENT;
	worker->invalidate = invalidate;
	worker->env = env;
	worker->event = ub_event_new(base, invalidate->wakes, UB_EV_READ |
		UB_EV_PERSIST, on_wake, worker);
	if(!worker->event || ub_event_add(worker->event, NULL) != 0) {
		ub_event_free(worker->event);
		free(worker);
		return INVALIDATE_NO_EVENT;
	}
	workers_push(invalidate, worker);
	return INVALIDATE_BY_EVENT;
}

enum invalidate_wake
invalidate_begin(struct invalidate* invalidate, struct module_env* env,
	unsigned long* changes)
{
	unsigned long life = atomic_load_explicit(&invalidate->life,
		memory_order_relaxed);
	if(this_worker.life != life) {
		this_worker.life = life;
		this_worker.wake = life == 0 ? INVALIDATE_NO_EVENT :
			worker_begin(invalidate, env);
	}
	/* not invalidate->changes: the store may be read before the last ones
	 * are visible */
	*changes = atomic_load(&invalidate->changed);
	/* so that a client which got an answer from the store gets none that
	 * is older from the cache */
	if(atomic_load(&invalidate->pending) > 0)
		invalidate_some(invalidate, env);
	return this_worker.wake;
}

/* --- life ---------------------------------------------------------------- */

void
invalidate_open(struct invalidate* invalidate)
{
	if(atomic_load(&invalidate->wakes) <= 0)
		atomic_store(&invalidate->wakes, eventfd(0, EFD_NONBLOCK |
			EFD_CLOEXEC));
	atomic_store(&invalidate->life, atomic_fetch_add(&lives, 1) + 1);
}

void
invalidate_close(struct invalidate* invalidate)
{
	struct invalidate_worker* worker = atomic_exchange(
		&invalidate->workers, NULL);
	atomic_store(&invalidate->life, 0);
	while(worker) {
		struct invalidate_worker* next = worker->next;
		/* its base is gone */
		ub_event_free(worker->event);
		free(worker);
		worker = next;
	}
}
