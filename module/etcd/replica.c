/*
 * etcd/replica.c - keeps a sink in step with etcd.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "etcd/replica.h"
#include "etcd/exchange.h"
#include "log.h"
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/** shortest and longest pause between attempts, in milliseconds */
#define PAUSE_MIN 100
#define PAUSE_MAX 5000
/** a watch that lasted so long, in milliseconds, was a good one: attempts
 * begin anew without a pause */
#define GOOD_WATCH 1000

struct replica {
	/** how to reach etcd */
	const struct etcd_settings* settings;
	/** how to talk to it */
	const struct etcd_protocol* protocol;
	/** state of the protocol */
	void* state;
	/** sends the requests */
	struct client* client;
	/** what the protocol works with */
	struct etcd_link link;
	/** the thread */
	pthread_t thread;
	/** attempts that failed since the last good watch */
	unsigned failures;
	/** endpoints in a row that were behind, or did not answer */
	unsigned passed_over;
	/** whether one of those was behind */
	bool behind;
	/** whether the next step is a list */
	bool must_list;
	/** when the next list may begin; client_now */
	int64_t list_not_before;
	/** when the watch began; client_now */
	int64_t watch_began;
	/** when a list began; client_now */
	int64_t list_began;
	/** whether the watch follows a list of its own */
	bool listed;
	/** for each endpoint, the failure that was logged of it since the
	 * last good watch; ETCD_OK: none */
	enum etcd_result* told;
	/** whether it was logged that the copy is too old to answer from */
	bool told_stale;
	/** protects what follows */
	pthread_mutex_t lock;
	/** signalled when has_copy becomes true */
	pthread_cond_t copied;
	/** whether the keys have been listed */
	bool has_copy;
	/** whether a watch is under way */
	bool following;
	/** the endpoint that was used last */
	const char* endpoint;
};

/* --- state, and what is logged of it ------------------------------------- */

static void
set_following(struct replica* replica, bool following)
{
	pthread_mutex_lock(&replica->lock);
	replica->following = following;
	replica->endpoint = client_endpoint(replica->client);
	pthread_mutex_unlock(&replica->lock);
}

/** The link's function: a watch has begun. */
static void
on_watching(void* arg)
{
	struct replica* replica = arg;
	const struct etcd_link* link = &replica->link;
	const char* endpoint = client_endpoint(replica->client);
	if(replica->listed)
		helix_info("following etcd %s: %zu keys of revision %" PRId64
			", listed in %" PRId64 " ms", endpoint, link->listed,
			link->revision, client_now() - replica->list_began);
	else	helix_info("following etcd %s again, from revision %" PRId64
			" on", endpoint, link->revision);
	link_confirm(&replica->link);
	replica->told_stale = false;
	replica->watch_began = client_now();
	replica->listed = false;
	replica->passed_over = 0;
	replica->behind = false;
	memset(replica->told, 0, replica->settings->endpoint_count *
		sizeof(*replica->told));
	set_following(replica, true);
}

/** A list is complete. */
static void
on_copied(struct replica* replica)
{
	link_confirm(&replica->link);
	pthread_mutex_lock(&replica->lock);
	replica->has_copy = true;
	pthread_cond_broadcast(&replica->copied);
	pthread_mutex_unlock(&replica->lock);
}

bool
replica_is_stale(const struct replica* replica)
{
	const unsigned limit = replica->settings->max_stale;
	return limit > 0 && client_now() - replica->link.confirmed >
		(int64_t)limit;
}

/** Log that the copy is too old to answer from, once. */
static void
tell_stale(struct replica* replica)
{
	if(replica->told_stale || !replica->has_copy ||
		!replica_is_stale(replica))
		return;
	helix_warning("no etcd was reached for longer than max-stale (%u s): "
		"names are answered with SERVFAIL until one is",
		replica->settings->max_stale / 1000);
	replica->told_stale = true;
}

/** Log why the keys are listed again. */
static void
tell_relist(const struct replica* replica)
{
	helix_info("etcd %s: %s; listing again",
		client_endpoint(replica->client), replica->link.reason);
}

/** Log that an endpoint failed, unless that is known. */
static void
tell_failure(struct replica* replica, enum etcd_result result)
{
	enum etcd_result* told = replica->told +
		client_endpoint_index(replica->client);
	const char* endpoint = client_endpoint(replica->client);
	const char* reason = replica->link.reason;
	bool was_following = replica->following;
	set_following(replica, false);
	if(was_following)
		helix_warning("lost etcd %s: %s; answering from the copy of "
			"revision %" PRId64, endpoint, reason,
			replica->link.revision);
	else if(*told == result)
		helix_debug("etcd %s: %s", endpoint, reason);
	else	helix_warning("cannot follow etcd %s: %s; %s", endpoint,
			reason, replica->has_copy ?
			"answering from the copy" :
			"no names can be answered yet");
	*told = result;
}

/* --- steps --------------------------------------------------------------- */

/** List, not too soon after the last time. */
static enum etcd_result
list(struct replica* replica)
{
	int64_t wait = replica->list_not_before - client_now(), took;
	enum etcd_result result;
	if(wait > 0 && !client_pause(replica->client, (unsigned)wait))
		return ETCD_STOPPED;
	replica->list_began = client_now();
	result = replica->protocol->list(replica->state);
	took = client_now() - replica->list_began;
	/* only what cost etcd something is rate-limited */
	if(result != ETCD_OK && replica->link.listed == 0)
		return result;
	if(took < PAUSE_MIN)
		took = PAUSE_MIN;
	replica->list_not_before = client_now() +
		(took < PAUSE_MAX ? took : PAUSE_MAX);
	if(result == ETCD_OK) {
		replica->must_list = false;
		replica->listed = true;
		on_copied(replica);
	}
	return result;
}

/** Follow the endpoint that is in use until that fails. */
static enum etcd_result
follow(struct replica* replica)
{
	enum etcd_result result = ETCD_OK;
	replica->link.reason[0] = 0;
	if(!replica->must_list) {
		result = replica->protocol->resume(replica->state);
		if(result == ETCD_RELIST) {
			tell_relist(replica);
			replica->must_list = true;
		}
	}
	if(replica->must_list)
		result = list(replica);
	if(result != ETCD_OK)
		return result;
	return replica->protocol->watch(replica->state);
}

/**
 * An endpoint is behind what is known. That is believed once no endpoint is
 * left that might know more: then etcd was replaced by something older.
 */
static void
pass_over(struct replica* replica, enum etcd_result result)
{
	if(result == ETCD_BEHIND)
		replica->behind = true;
	if(++replica->passed_over < replica->settings->endpoint_count)
		return;
	replica->passed_over = 0;
	if(replica->behind) {
		helix_warning("etcd's history ends before revision %" PRId64
			" at every endpoint that answers: it was replaced; "
			"listing again", replica->link.revision);
		replica->must_list = true;
	}
	replica->behind = false;
}

/** After an attempt has failed: where to go next. */
static void
after_failure(struct replica* replica, enum etcd_result result)
{
	bool watched = replica->watch_began != 0;
	if(watched && client_now() - replica->watch_began >= GOOD_WATCH)
		replica->failures = 0;
	replica->watch_began = 0;
	replica->failures++;
	tell_stale(replica);
	if(result == ETCD_RELIST) {
		tell_relist(replica);
		set_following(replica, false);
		replica->must_list = true;
		return;
	}
	tell_failure(replica, result);
	/* an endpoint that was lost may know more, when it is back */
	if(!watched)
		pass_over(replica, result);
	client_use_next(replica->client);
}

/** How long to wait before the next attempt, in milliseconds. */
static unsigned
pause_length(const struct replica* replica, enum etcd_result result)
{
	size_t endpoints = replica->settings->endpoint_count;
	unsigned pause = PAUSE_MIN;
	size_t rounds;
	if(replica->failures <= endpoints && result != ETCD_DENIED)
		return 0;
	rounds = replica->failures / endpoints;
	while(rounds-- > 1 && pause < PAUSE_MAX)
		pause *= 2;
	if(pause > PAUSE_MAX || result == ETCD_DENIED)
		pause = PAUSE_MAX;
	/* many resolvers lose etcd at once; they should not all come back at
	 * once. Not a secret, so the clock will do for chance. */
	return pause / 2 + (unsigned)(((uint64_t)client_now() *
		UINT64_C(2654435761) >> 8) % (pause / 2 + 1));
}

static void*
replica_main(void* arg)
{
	struct replica* replica = arg;
	for(;;) {
		enum etcd_result result = follow(replica);
		if(result == ETCD_STOPPED ||
			client_is_stopped(replica->client))
			return NULL;
		after_failure(replica, result);
		if(!client_pause(replica->client,
			pause_length(replica, result)))
			return NULL;
	}
}

/* --- life ---------------------------------------------------------------- */

static void
replica_free(struct replica* replica)
{
	if(replica->state)
		replica->protocol->close(replica->state);
	client_delete(replica->client);
	free(replica->told);
	pthread_cond_destroy(&replica->copied);
	pthread_mutex_destroy(&replica->lock);
	free(replica);
}

/** A condition that times out by the clock that never goes back. */
static void
condition_init(pthread_cond_t* condition)
{
	pthread_condattr_t attributes;
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(condition, &attributes);
	pthread_condattr_destroy(&attributes);
}

/** Start the thread, with all signals blocked: they are for the program that
 * the replica lives in. */
static bool
thread_start(struct replica* replica)
{
	sigset_t all, before;
	int error;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&replica->thread, NULL, replica_main, replica);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if(error != 0)
		helix_error("cannot start a thread: %s", strerror(error));
	return error == 0;
}

struct replica*
replica_start(const struct etcd_settings* settings,
	const struct etcd_protocol* protocol, const struct etcd_sink* sink)
{
	struct replica* replica = calloc(1, sizeof(*replica));
	if(!replica) {
		helix_error("out of memory");
		return NULL;
	}
	pthread_mutex_init(&replica->lock, NULL);
	condition_init(&replica->copied);
	replica->settings = settings;
	replica->protocol = protocol;
	replica->must_list = true;
	replica->told = calloc(settings->endpoint_count,
		sizeof(*replica->told));
	replica->client = client_create(settings);
	replica->link.client = replica->client;
	replica->link.settings = settings;
	replica->link.sink = sink;
	replica->link.watching = on_watching;
	replica->link.arg = replica;
	replica->state = protocol->open(&replica->link);
	if(!replica->told || !replica->client || !replica->state) {
		helix_error("out of memory, or libcurl cannot be used");
		replica_free(replica);
		return NULL;
	}
	replica->endpoint = client_endpoint(replica->client);
	if(!thread_start(replica)) {
		replica_free(replica);
		return NULL;
	}
	return replica;
}

void
replica_stop(struct replica* replica)
{
	if(!replica)
		return;
	client_stop(replica->client);
	pthread_join(replica->thread, NULL);
	replica_free(replica);
}

bool
replica_wait(struct replica* replica, unsigned timeout)
{
	struct timespec end;
	bool copied;
	int error = 0;
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += timeout / 1000;
	end.tv_nsec += (long)(timeout % 1000) * 1000000;
	if(end.tv_nsec >= 1000000000) {
		end.tv_sec++;
		end.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&replica->lock);
	while(!replica->has_copy && error != ETIMEDOUT)
		error = pthread_cond_timedwait(&replica->copied,
			&replica->lock, &end);
	copied = replica->has_copy;
	pthread_mutex_unlock(&replica->lock);
	return copied;
}

char*
replica_describe(struct replica* replica, char* text)
{
	pthread_mutex_lock(&replica->lock);
	if(replica->following)
		snprintf(text, REPLICA_TEXT_MAX, "following etcd %s",
			replica->endpoint);
	else	snprintf(text, REPLICA_TEXT_MAX, "without etcd, last tried %s",
			replica->endpoint);
	pthread_mutex_unlock(&replica->lock);
	return text;
}
