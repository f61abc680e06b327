/*
 * status/stats.c - counts of the answers that the module gives.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "status/stats.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/** octets of a cache line, or of several */
#define CACHE_LINE 64
/** no life of any worker */
#define TAKING 0

/** Counters of a zone, in a cache line of their own. */
struct zone_counters {
	/** by enum stats_kind */
	_Alignas(CACHE_LINE) _Atomic uint64_t answers[STATS_KINDS];
};

/** Counters that one worker writes. */
struct worker_counters {
	/** those that were made before */
	struct worker_counters* next;
	/** the life in which they are in use; TAKING: a thread is taking them
	 * over */
	atomic_ulong life;
	/** the thread that uses them in that life */
	_Atomic(pthread_t) owner;
	/** by zone */
	struct zone_counters zone[];
};

struct stats {
	/** number of zones */
	size_t zones;
	/** number of the workers' life, other than all before, those of other
	 * stats included */
	atomic_ulong life;
	/** counters of workers; they are never removed */
	_Atomic(struct worker_counters*) workers;
	/** counters of all threads for which there is no memory */
	struct zone_counters* shared;
};

/** number of lives begun so far */
static atomic_ulong lives;

/** The counters of this thread. */
static _Thread_local struct {
	/** for which life; 0: none */
	unsigned long life;
	/** by zone */
	struct zone_counters* zone;
	/** the life in which there was no memory for them; 0: none */
	unsigned long starved;
} this_thread;

/** What goes into Unbound's cache and out of it. Each step of that writes to
 * lines that workers share. */
static struct {
	_Alignas(CACHE_LINE) _Atomic uint64_t handed_over;
	/** RRsets that were taken back */
	_Atomic uint64_t taken_back;
} cache_counters;

/* --- life ---------------------------------------------------------------- */

/** Allocate octets, cleared, at the begin of a cache line. @return NULL if
 * memory ran out. */
static void*
lines_create(size_t octets)
{
	void* lines;
	octets = (octets + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
	lines = aligned_alloc(CACHE_LINE, octets);
	return lines ? memset(lines, 0, octets) : NULL;
}

struct stats*
stats_create(size_t zones)
{
	struct stats* stats = calloc(1, sizeof(*stats));
	if(!stats)
		return NULL;
	stats->zones = zones;
	stats->shared = lines_create((zones ? zones : 1) *
		sizeof(*stats->shared));
	if(!stats->shared) {
		free(stats);
		return NULL;
	}
	stats_begin(stats);
	return stats;
}

void
stats_delete(struct stats* stats)
{
	struct worker_counters* worker;
	if(!stats)
		return;
	worker = atomic_load(&stats->workers);
	while(worker) {
		struct worker_counters* next = worker->next;
		free(worker);
		worker = next;
	}
	free(stats->shared);
	free(stats);
}

void
stats_begin(struct stats* stats)
{
	atomic_store(&stats->life, atomic_fetch_add(&lives, 1) + 1);
}

/* --- counting ------------------------------------------------------------ */

/** Find this thread's counters, where it has counted for other stats
 * meanwhile. */
static struct worker_counters*
workers_find_own(const struct stats* stats, unsigned long life)
{
	struct worker_counters* worker = atomic_load(&stats->workers);
	for(; worker; worker = worker->next) {
		if(atomic_load(&worker->life) == life &&
			pthread_equal(atomic_load(&worker->owner),
			pthread_self()))
			break;
	}
	return worker;
}

/** Take over the counters of a thread that is gone. */
static struct worker_counters*
workers_take_over(struct stats* stats, unsigned long life)
{
	struct worker_counters* worker = atomic_load(&stats->workers);
	for(; worker; worker = worker->next) {
		unsigned long last = atomic_load(&worker->life);
		if(last == life || last == TAKING ||
			!atomic_compare_exchange_strong(&worker->life, &last,
			TAKING))
			continue;
		/* in this order: a thread may have the identifier of the one
		 * that had them before */
		atomic_store(&worker->owner, pthread_self());
		atomic_store(&worker->life, life);
		return worker;
	}
	return NULL;
}

/** Make counters. @return NULL if memory ran out. */
static struct worker_counters*
workers_add(struct stats* stats, unsigned long life)
{
	struct worker_counters* worker = lines_create(sizeof(*worker) +
		stats->zones * sizeof(worker->zone[0]));
	if(!worker)
		return NULL;
	atomic_init(&worker->life, life);
	atomic_init(&worker->owner, pthread_self());
	worker->next = atomic_load(&stats->workers);
	while(!atomic_compare_exchange_weak(&stats->workers, &worker->next,
		worker))
		continue;
	return worker;
}

/** Give this thread counters. @return false if memory ran out. */
static bool
thread_begin(struct stats* stats, unsigned long life)
{
	struct worker_counters* worker = workers_find_own(stats, life);
	if(!worker)
		worker = workers_take_over(stats, life);
	if(!worker && this_thread.starved != life)
		worker = workers_add(stats, life);
	if(!worker) {
		this_thread.starved = life;
		return false;
	}
	this_thread.life = life;
	this_thread.zone = worker->zone;
	return true;
}

/** Add 1 to a counter that no other thread writes to: no fetch_add, which would
 * lock the cache line. */
static void
counter_step(_Atomic uint64_t* counter)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter,
		memory_order_relaxed) + 1, memory_order_relaxed);
}

/** Count an answer of a thread that has no counters yet. Apart from stats_count,
 * to keep that short. */
static void __attribute__((noinline))
count_first(struct stats* stats, unsigned long life, size_t zone,
	enum stats_kind kind)
{
	if(thread_begin(stats, life))
		counter_step(&this_thread.zone[zone].answers[kind]);
	else	atomic_fetch_add_explicit(&stats->shared[zone].answers[kind],
			1, memory_order_relaxed);
}

void
stats_count(struct stats* stats, size_t zone, enum stats_kind kind)
{
	unsigned long life = atomic_load_explicit(&stats->life,
		memory_order_relaxed);
	if(this_thread.life == life)
		counter_step(&this_thread.zone[zone].answers[kind]);
	else	count_first(stats, life, zone, kind);
}

void
stats_count_handed_over(size_t rrsets)
{
	atomic_fetch_add_explicit(&cache_counters.handed_over, rrsets,
		memory_order_relaxed);
}

void
stats_count_taken_back(size_t rrsets)
{
	atomic_fetch_add_explicit(&cache_counters.taken_back, rrsets,
		memory_order_relaxed);
}

/* --- reading ------------------------------------------------------------- */

/** Add the counters of a zone to its sum. */
static void
sum_add(struct stats_sum* sum, const struct zone_counters* counters)
{
	size_t i;
	for(i = 0; i < STATS_KINDS; i++)
		sum->answers[i] += atomic_load_explicit(&counters->answers[i],
			memory_order_relaxed);
}

void
stats_read(const struct stats* stats, size_t zone, struct stats_sum* sum)
{
	const struct worker_counters* worker = atomic_load(&stats->workers);
	memset(sum, 0, sizeof(*sum));
	sum_add(sum, &stats->shared[zone]);
	for(; worker; worker = worker->next)
		sum_add(sum, &worker->zone[zone]);
}

const char*
stats_kind_name(enum stats_kind kind)
{
	static const char* const names[] = { [STATS_DATA] = "data",
		[STATS_ALIAS] = "alias", [STATS_NODATA] = "nodata",
		[STATS_NXDOMAIN] = "nxdomain", [STATS_REFERRAL] = "referral",
		[STATS_RECURSED] = "recursed", [STATS_SERVFAIL] = "servfail" };
	return names[kind];
}

uint64_t
stats_handed_over(void)
{
	return atomic_load_explicit(&cache_counters.handed_over,
		memory_order_relaxed);
}

uint64_t
stats_taken_back(void)
{
	return atomic_load_explicit(&cache_counters.taken_back,
		memory_order_relaxed);
}
