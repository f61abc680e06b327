/*
 * unbound/handover.c - answers that Unbound's cache may give by itself.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "unbound/handover.h"
#include "unbound/cache.h"
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/** so many are taken back before the worker looks for queries again */
#define TAKE_BACK_AT_ONCE 256

/** An RRset that is to be taken back. */
struct handover_note {
	/** the one that was noted before */
	struct handover_note* next;
	/** RR type, host byte order */
	uint16_t type;
	/** octets of the owner name */
	uint8_t len;
	/** owner name */
	uint8_t owner[];
};

/* --- what the thread that follows etcd does ------------------------------ */

/** Wake the worker; it is awake already where this fails, as 2^64 - 2 wakes are
 * more than it has slept through then. */
static void
wake(const struct handover* handover)
{
	const uint64_t one = 1;
	while(write(handover->wakes, &one, sizeof(one)) < 0 && errno == EINTR)
		continue;
}

/** Push linked notes onto the stack, and wake the worker if it was empty; else
 * who finds the others, finds these. */
static void
notes_push(struct handover* handover, struct handover_note* first,
	struct handover_note* last)
{
	struct handover_note* others = atomic_load(&handover->notes);
	/* once it is done, a worker may have freed them */
	do {
		last->next = others;
	} while(!atomic_compare_exchange_weak(&handover->notes, &others,
		first));
	if(!others)
		wake(handover);
}

static struct handover_note*
note_create(const struct name* owner, uint16_t type)
{
	struct handover_note* note = malloc(sizeof(*note) + owner->len);
	if(!note)
		return NULL;
	note->type = type;
	note->len = owner->len;
	memcpy(note->owner, owner->wire, owner->len);
	return note;
}

void
handover_take_back(void* arg, const struct name* owner, uint16_t type)
{
	struct handover* handover = arg;
	struct handover_note* note;
	atomic_fetch_add(&handover->changes, 1);
	/* nothing is handed over; and what a worker that comes after this
	 * hands over, it has read after the change */
	if(atomic_load(&handover->state) != HANDOVER_ON)
		return;
	note = note_create(owner, type);
	if(note) {
		notes_push(handover, note, note);
	} else {
		atomic_store(&handover->missed, true);
		wake(handover);
	}
}

/* --- what the worker does ------------------------------------------------ */

/** Take back an RRset, and with it each message that it is in. */
static void
take_back(struct rrset_cache* rrsets, uint8_t* owner, size_t len,
	uint16_t type)
{
	rrset_cache_remove(rrsets, owner, len, type, LDNS_RR_CLASS_IN,
		HANDOVER_RRSET);
}

static bool
has_notes(const struct handover* handover)
{
	return atomic_load(&handover->left) || atomic_load(&handover->notes);
}

/** Take notes, those that were left over first. */
static struct handover_note*
notes_take(struct handover* handover)
{
	struct handover_note* left = atomic_exchange(&handover->left, NULL);
	return left ? left : atomic_exchange(&handover->notes, NULL);
}

/** Leave notes for later. Those that another worker has left meanwhile go back
 * onto the stack; to look for the last of so many takes its time. */
static void
notes_leave(struct handover* handover, struct handover_note* first)
{
	struct handover_note* last;
	first = atomic_exchange(&handover->left, first);
	if(!first)
		return;
	for(last = first; last->next; last = last->next)
		continue;
	notes_push(handover, first, last);
}

/**
 * Take back what was noted. For a worker; more than one may do so at once.
 * What is left over wakes the one that has the event, after it has looked for
 * queries.
 */
static void
take_back_noted(struct handover* handover, const struct module_env* env)
{
	struct handover_note* note = notes_take(handover);
	unsigned count;
	for(count = 0; note && count < TAKE_BACK_AT_ONCE; count++) {
		struct handover_note* next = note->next;
		take_back(env->rrset_cache, note->owner, note->len,
			note->type);
		free(note);
		note = next;
	}
	if(atomic_load(&handover->missed) &&
		atomic_exchange(&handover->missed, false))
		cache_forget(env);
	if(note)
		notes_leave(handover, note);
	if(has_notes(handover))
		wake(handover);
}

/** The worker's event. */
static void
on_wake(int fd, short bits, void* arg)
{
	struct handover* handover = arg;
	uint64_t wakes;
	(void)bits;
	/* first, so that notes which come after the look wake it again */
	if(read(fd, &wakes, sizeof(wakes)) > 0)
		take_back_noted(handover, handover->env);
}

/** Make this worker the one that takes back. */
static bool
worker_begin(struct handover* handover, struct module_env* env)
{
	struct ub_event_base* base = comm_base_internal(env->worker_base);
	const char *name, *version, *method;
	if(modstack_find(&env->mesh->mods, "respip") >= 0) {
		log_info("helix: Unbound has the module respip, which changes "
			"what comes out of its cache, and not what the zones "
			"answer: answers do not go into the cache");
		return false;
	}
	ub_get_event_sys(base, &name, &version, &method);
	/* its own calls no functions that it does not know */
	if(strcmp(name, "libevent") != 0) {
		log_warn("helix: this Unbound was built with %s instead of "
			"libevent: answers do not go into its cache", name);
		return false;
	}
	if(handover->wakes <= 0)
		handover->wakes = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if(handover->wakes >= 0)
		handover->event = ub_event_new(base, handover->wakes,
			UB_EV_READ | UB_EV_PERSIST, on_wake, handover);
	if(!handover->event || ub_event_add(handover->event, NULL) != 0) {
		log_err("helix: no event for changes can be had: answers do "
			"not go into Unbound's cache");
		return false;
	}
	handover->env = env;
	return true;
}

bool
handover_begin(struct handover* handover, const struct module_qstate* qstate,
	unsigned long* changes)
{
	int wanted = HANDOVER_WANTED;
	if(atomic_load(&handover->state) == HANDOVER_WANTED &&
		atomic_compare_exchange_strong(&handover->state, &wanted,
		HANDOVER_BEGINNING))
		atomic_store(&handover->state, worker_begin(handover,
			qstate->env) ? HANDOVER_ON : HANDOVER_OFF);
	*changes = atomic_load(&handover->changes);
	if(atomic_load(&handover->state) != HANDOVER_ON)
		return false;
	/* so that nobody who has seen an answer from the store is told
	 * something older from the cache after that */
	if(has_notes(handover))
		take_back_noted(handover, qstate->env);
	return true;
}

bool
handover_is_worth(struct handover* handover, uint64_t hash)
{
	_Atomic uint32_t* asked = &handover->asked[hash % HANDOVER_MARKS];
	uint32_t mark = (uint32_t)(hash >> 32);
	if(atomic_load_explicit(asked, memory_order_relaxed) == mark)
		return true;
	atomic_store_explicit(asked, mark, memory_order_relaxed);
	return false;
}

/** A message as Unbound's caches are to have it. */
static struct reply_info*
message_copy(const struct module_qstate* qstate, struct reply_info* info)
{
	struct reply_info* copy;
	size_t i;
	for(i = 0; i < info->rrset_count; i++) {
		struct ub_packed_rrset_key* rrset = info->rrsets[i];
		rrset->rk.flags |= HANDOVER_RRSET;
		rrset->entry.hash = rrset_key_hash(&rrset->rk);
	}
	copy = reply_info_copy(info, qstate->env->alloc, NULL);
	if(copy)
		copy->authoritative = info->authoritative;
	return copy;
}

void
handover_answer(struct handover* handover,
	const struct module_qstate* qstate, unsigned long changes)
{
	struct reply_info* info = qstate->return_msg->rep;
	struct reply_info* copy;
	size_t i;
	if(qstate->no_cache_store || info->ttl == 0 ||
		atomic_load(&handover->changes) != changes)
		return;
	copy = message_copy(qstate, info);
	if(!copy)
		return;
	/* what is in the cache has an older TTL, or that of another
	 * configuration */
	cache_store(qstate, LDNS_RR_CLASS_IN, INT32_MAX, copy, info);
	if(atomic_load(&handover->changes) == changes)
		return;
	/* what was read may be out of date, and taken back before it was
	 * there */
	for(i = 0; i < info->rrset_count; i++) {
		const struct packed_rrset_key* key = &info->rrsets[i]->rk;
		take_back(qstate->env->rrset_cache, key->dname,
			key->dname_len, ntohs(key->type));
	}
}

/* --- life ---------------------------------------------------------------- */

bool
handover_open(struct handover* handover, bool use)
{
	bool used = handover->used;
	handover->used = use;
	atomic_store(&handover->state, use ? HANDOVER_WANTED : HANDOVER_OFF);
	return !used;
}

/** Free notes; NULL is none. */
static void
notes_free(struct handover_note* note)
{
	while(note) {
		struct handover_note* next = note->next;
		free(note);
		note = next;
	}
}

void
handover_close(struct handover* handover)
{
	atomic_store(&handover->state, HANDOVER_OFF);
	notes_free(atomic_exchange(&handover->notes, NULL));
	notes_free(atomic_exchange(&handover->left, NULL));
	/* its base is gone */
	ub_event_free(handover->event);
	handover->event = NULL;
}
