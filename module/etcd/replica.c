/*
 * etcd/replica.c - keeps a sink in step with etcd.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "etcd/replica.h"
#include "etcd/link.h"
#include "base/log.h"
#include "base/thread.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** shortest and longest pause between attempts, in milliseconds */
#define PAUSE_MIN 100
#define PAUSE_MAX 5000
/** milliseconds after which a watch was a good one: the next attempts are made
 * without a pause again */
#define GOOD_WATCH 1000
/** rounds over the endpoints after which the new cluster is accepted, though an
 * endpoint that may have the known history did not answer; and heartbeats that
 * these rounds last at least, as an endpoint that is being restarted refuses
 * many rounds in a second */
#define ACCEPT_ROUNDS 3
#define ACCEPT_HEARTBEATS 12
/** lists in a row without a good watch behind them before lists are limited to
 * one VAIN_PARTth of the time */
#define VAIN_LISTS 3
#define VAIN_PART 10
/** ages from which on an age is unknown, milliseconds: a thousand years */
#define AGE_MAX (INT64_C(1000) * 366 * 86400 * 1000)
/** minutes after which an outage is logged again; then whenever the last of
 * these has gone by again */
static const unsigned reminders[] = { 1, 5, 30, 60 };
#define REMINDERS (sizeof(reminders) / sizeof(*reminders))

struct replica {
	const struct etcd_settings* settings;
	/** how to talk to etcd */
	const struct etcd_protocol* protocol;
	/** state of the protocol */
	void* state;
	/** sends the requests */
	struct client* client;
	/** what the protocol works with */
	struct etcd_link link;
	pthread_t thread;
	/** attempts that failed since the last good watch */
	unsigned failures;
	/** endpoints of this round that were passed over, and those of them
	 * that were behind */
	unsigned passed_over, behind;
	/** rounds in which one was behind, and another did not answer */
	unsigned doubtful;
	/** when the first of those rounds ended; clock_now */
	int64_t doubted_at;
	/** whether the next step is a list */
	bool must_list;
	/** lists in a row without a good watch behind them */
	unsigned vain_lists;
	/** when the next list may begin; clock_now */
	int64_t list_not_before;
	/** when the watch began; clock_now; 0: it has not */
	int64_t watch_began;
	/** when a list began; clock_now */
	int64_t list_began;
	/** whether the watch follows a list of its own */
	bool listed;
	/** for each endpoint, the failure that was logged last since the last
	 * watch; ETCD_OK: none; owned */
	enum etcd_result* told;
	/** whether it was logged that the copy is too old to answer from */
	bool told_stale;
	/** when the first attempt failed since the last watch; clock_now; 0:
	 * none did */
	int64_t lost_at;
	/** how often the outage was logged again */
	unsigned reminded;
	/** protects what follows */
	pthread_mutex_t lock;
	/** signalled when has_copy, has_list or has_tried_all becomes true */
	pthread_cond_t changed;
	/** whether there is a copy to answer from */
	bool has_copy;
	/** whether the keys have been listed */
	bool has_list;
	/** whether each endpoint has failed */
	bool has_tried_all;
	/** whether a watch is under way */
	bool following;
	/** the endpoint that was used last, and its number */
	const char* endpoint;
	size_t endpoint_index;
	/** why the last attempt failed; "" while following */
	struct reason failure;
	/** watches that have ended, by why */
	uint64_t losses[ETCD_LOSS_REASONS];
};

/* --- state, and what is logged of it ------------------------------------- */

static void
set_following(struct replica* replica, bool following)
{
	pthread_mutex_lock(&replica->lock);
	replica->following = following;
	replica->endpoint = client_endpoint(replica->client);
	replica->endpoint_index = client_endpoint_index(replica->client);
	if(following)
		replica->failure.text[0] = 0;
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
			link->revision, clock_now() - replica->list_began);
	else	helix_info("following etcd %s again, from revision %" PRId64
			" on", endpoint, link->revision);
	replica->lost_at = 0;
	replica->reminded = 0;
	replica->watch_began = clock_now();
	replica->listed = false;
	replica->passed_over = replica->behind = replica->doubtful = 0;
	memset(replica->told, 0, replica->settings->endpoint_count *
		sizeof(*replica->told));
	set_following(replica, true);
}

/** A list is complete. */
static void
on_copied(struct replica* replica)
{
	link_confirm(&replica->link);
	replica->lost_at = 0;
	replica->reminded = 0;
	pthread_mutex_lock(&replica->lock);
	replica->has_copy = replica->has_list = true;
	pthread_cond_broadcast(&replica->changed);
	pthread_mutex_unlock(&replica->lock);
}

/** What ended a watch. */
static enum etcd_loss_reason
loss_reason(const struct replica* replica, enum etcd_result result)
{
	switch(result) {
	case ETCD_RELIST:
		return ETCD_LOSS_RELIST;
	case ETCD_BEHIND:
		return ETCD_LOSS_BEHIND;
	case ETCD_DENIED:
	case ETCD_UNAUTHENTICATED:
		return ETCD_LOSS_DENIED;
	default:
		return replica->link.loss;
	}
}

/** Note why an attempt failed, and count it if a watch has ended so. */
static void
note_failure(struct replica* replica, enum etcd_result result, bool watched)
{
	pthread_mutex_lock(&replica->lock);
	replica->failure = replica->link.reason;
	if(watched)
		replica->losses[loss_reason(replica, result)]++;
	pthread_mutex_unlock(&replica->lock);
}

bool
replica_is_stale(const struct replica* replica)
{
	const unsigned limit = replica->settings->max_stale;
	return limit > 0 && clock_now() - replica->link.confirmed >
		(int64_t)limit;
}

/** Log that the copy is too old to answer from, once. */
static void
tell_stale(struct replica* replica)
{
	if(!replica->has_copy || !replica_is_stale(replica)) {
		replica->told_stale = false;
		return;
	}
	if(replica->told_stale)
		return;
	helix_warning("no etcd was reached for longer than max-stale (%u s); "
		"answering with SERVFAIL until one is",
		replica->settings->max_stale / 1000);
	replica->told_stale = true;
}

/** After how many minutes an outage is to be logged again. */
static unsigned
reminder_due(const struct replica* replica)
{
	const unsigned done = replica->reminded;
	return done < REMINDERS ? reminders[done] :
		(done - (unsigned)REMINDERS + 2) * reminders[REMINDERS - 1];
}

/** Log now and then that an outage goes on. Set link->away once it has lasted
 * for two heartbeats. */
static void
tell_outage(struct replica* replica)
{
	const char* endpoint = client_endpoint(replica->client);
	struct etcd_link* link = &replica->link;
	const int64_t now = clock_now();
	int64_t minutes;
	if(now - link->confirmed >= 2 * (int64_t)replica->settings->heartbeat)
		link->away = true;
	if(replica->lost_at == 0)
		replica->lost_at = now;
	minutes = (now - replica->lost_at) / 60000;
	if(minutes < reminder_due(replica))
		return;
	/* one line, however many were due */
	while(minutes >= reminder_due(replica))
		replica->reminded++;
	if(replica->has_copy)
		helix_warning("no etcd could be followed for %" PRId64
			" min, last tried %s: %s; answering from the copy of "
			"revision %" PRId64, minutes, endpoint,
			link->reason.text, link->revision);
	else	helix_warning("no etcd could be followed for %" PRId64
			" min, last tried %s: %s; no names can be answered "
			"yet", minutes, endpoint, link->reason.text);
}

/** Log why the keys are listed again. */
static void
tell_relist(const struct replica* replica)
{
	helix_info("etcd %s: %s; listing again",
		client_endpoint(replica->client), replica->link.reason.text);
}

/** Log that an endpoint failed, unless that was logged. */
static void
tell_failure(struct replica* replica, enum etcd_result result)
{
	enum etcd_result* told = replica->told +
		client_endpoint_index(replica->client);
	const char* endpoint = client_endpoint(replica->client);
	const char* reason = replica->link.reason.text;
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
	int64_t wait = replica->list_not_before - clock_now(), took;
	enum etcd_result result;
	if(wait > 0 && !client_pause(replica->client, (unsigned)wait))
		return ETCD_STOPPED;
	replica->list_began = clock_now();
	result = replica->protocol->list(replica->state);
	took = clock_now() - replica->list_began;
	/* limit the rate only of lists that cost etcd something */
	if(result != ETCD_OK && replica->link.listed == 0)
		return result;
	if(took < PAUSE_MIN)
		took = PAUSE_MIN;
	replica->list_not_before = clock_now() +
		(replica->vain_lists >= VAIN_LISTS ? took * (VAIN_PART - 1) :
		took < PAUSE_MAX ? took : PAUSE_MAX);
	if(result == ETCD_OK) {
		replica->must_list = false;
		replica->listed = true;
		replica->link.stuck = 0;
		on_copied(replica);
	}
	return result;
}

/** Follow the endpoint that is in use until that fails. */
static enum etcd_result
follow(struct replica* replica)
{
	enum etcd_result result = ETCD_OK;
	replica->link.reason.text[0] = 0;
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

/** Every endpoint has failed once more, and none is to be listed next: end
 * replica_wait if there is a copy from before. */
static void
on_tried_all(struct replica* replica)
{
	pthread_mutex_lock(&replica->lock);
	replica->has_tried_all = true;
	pthread_cond_broadcast(&replica->changed);
	pthread_mutex_unlock(&replica->lock);
}

/** Count a round in which one endpoint was behind, and another did not answer.
 * @return true after enough of them to accept that etcd was replaced. */
static bool
count_doubtful_round(struct replica* replica)
{
	const int64_t now = clock_now();
	if(replica->doubtful++ == 0)
		replica->doubted_at = now;
	return replica->doubtful >= ACCEPT_ROUNDS &&
		now - replica->doubted_at >= ACCEPT_HEARTBEATS *
		(int64_t)replica->settings->heartbeat;
}

/**
 * An endpoint could not be followed. Accept that etcd was replaced, by an older
 * state or by another cluster, once no endpoint is left that might have the
 * known history: at once if none of them has it. Once accepted, the new cluster
 * is followed.
 */
static void
pass_over(struct replica* replica, enum etcd_result result)
{
	bool some, all;
	replica->behind += result == ETCD_BEHIND;
	if(++replica->passed_over < replica->settings->endpoint_count)
		return;
	some = replica->behind > 0;
	all = replica->behind == replica->passed_over;
	replica->passed_over = replica->behind = 0;
	if(!some)
		replica->doubtful = 0;
	if(!some || !(all || count_doubtful_round(replica))) {
		on_tried_all(replica);
		return;
	}
	helix_warning("no endpoint that answers has the known history up to "
		"revision %" PRId64 ": etcd was replaced; listing "
		"again", replica->link.revision);
	replica->doubtful = 0;
	/* these endpoints answer: try them without a pause */
	replica->failures = 0;
	replica->link.replaced = true;
	replica->link.list_reason = ETCD_LIST_REPLACED;
	replica->must_list = true;
}

/** An attempt has failed: decide what to do next. */
static void
after_failure(struct replica* replica, enum etcd_result result)
{
	bool watched = replica->watch_began != 0;
	bool good = watched &&
		clock_now() - replica->watch_began >= GOOD_WATCH;
	if(good)
		replica->failures = 0;
	replica->vain_lists = good || result != ETCD_RELIST ? 0 :
		replica->vain_lists + 1;
	if(replica->vain_lists == VAIN_LISTS)
		helix_warning("etcd %s: the watch fails after each list; "
			"listing takes a tenth of the time at most from now "
			"on", client_endpoint(replica->client));
	note_failure(replica, result, watched);
	replica->watch_began = 0;
	replica->failures++;
	tell_stale(replica);
	tell_outage(replica);
	if(result == ETCD_RELIST) {
		tell_relist(replica);
		set_following(replica, false);
		replica->must_list = true;
		return;
	}
	tell_failure(replica, result);
	/* one that was watched may have more than the others when it is back */
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
	 * once. The clock is random enough for that. */
	return pause / 2 + (unsigned)(((uint64_t)clock_now() *
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
	pthread_cond_destroy(&replica->changed);
	pthread_mutex_destroy(&replica->lock);
	free(replica);
}

struct replica*
replica_start(const struct etcd_settings* settings,
	const struct etcd_protocol* protocol, const struct etcd_sink* sink,
	const struct etcd_past* past)
{
	struct replica* replica = calloc(1, sizeof(*replica));
	if(!replica) {
		helix_error("out of memory");
		return NULL;
	}
	pthread_mutex_init(&replica->lock, NULL);
	thread_condition_init(&replica->changed);
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
	if(past->cluster != 0) {
		replica->link.cluster = past->cluster;
		replica->link.revision = past->revision;
		replica->link.confirmed = clock_now() - past->age;
		replica->has_copy = true;
	}
	replica->state = protocol->open(&replica->link);
	if(!replica->told || !replica->client || !replica->state) {
		helix_error("out of memory, or libcurl cannot be used");
		replica_free(replica);
		return NULL;
	}
	replica->endpoint = client_endpoint(replica->client);
	if(!thread_start(&replica->thread, replica_main, replica)) {
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
	const int64_t end = clock_now() + timeout;
	bool copied;
	pthread_mutex_lock(&replica->lock);
	while(!replica->has_list &&
		!(replica->has_copy && replica->has_tried_all)) {
		if(!thread_wait(&replica->changed, &replica->lock, end))
			break;
	}
	copied = replica->has_copy;
	pthread_mutex_unlock(&replica->lock);
	return copied;
}

const _Atomic bool*
replica_away(const struct replica* replica)
{
	return &replica->link.away;
}

/** How long ago etcd confirmed the copy, in milliseconds; -1: not known. */
static int64_t
confirmed_age(const struct replica* replica)
{
	const int64_t age = clock_now() - replica->link.confirmed;
	/* a snapshot may not know it; see etcd_past */
	return age < AGE_MAX ? age : -1;
}

struct replica_stats
replica_stats(struct replica* replica)
{
	struct replica_stats stats = { .max_stale =
		replica->settings->max_stale, .confirmed_age = -1 };
	unsigned i;
	pthread_mutex_lock(&replica->lock);
	stats.following = replica->following;
	stats.endpoint = replica->endpoint_index;
	stats.has_copy = replica->has_copy;
	stats.failure = replica->failure;
	memcpy(stats.losses, replica->losses, sizeof(stats.losses));
	pthread_mutex_unlock(&replica->lock);
	for(i = 0; i < ETCD_LIST_REASONS; i++)
		stats.lists[i] = replica->link.lists[i];
	if(!stats.has_copy)
		return stats;
	stats.stale = replica_is_stale(replica);
	stats.revision = replica->link.revision;
	stats.confirmed_age = confirmed_age(replica);
	return stats;
}

const char*
replica_list_reason(enum etcd_list_reason reason)
{
	static const char* const words[ETCD_LIST_REASONS] = {
		[ETCD_LIST_FIRST] = "first",
		[ETCD_LIST_COMPACTED] = "compacted",
		[ETCD_LIST_MISSED] = "missed",
		[ETCD_LIST_UNCHECKED] = "unchecked",
		[ETCD_LIST_STUCK] = "stuck",
		[ETCD_LIST_DOUBTED] = "doubted",
		[ETCD_LIST_UNREADABLE] = "unreadable",
		[ETCD_LIST_MEMORY] = "memory",
		[ETCD_LIST_REPLACED] = "replaced",
		[ETCD_LIST_NO_WATCH] = "no_watch" };
	return words[reason];
}

const char*
replica_loss_reason(enum etcd_loss_reason reason)
{
	static const char* const words[ETCD_LOSS_REASONS] = {
		[ETCD_LOSS_CONNECTION] = "connection",
		[ETCD_LOSS_TIMEOUT] = "timeout",
		[ETCD_LOSS_ERROR] = "error",
		[ETCD_LOSS_DENIED] = "denied",
		[ETCD_LOSS_BEHIND] = "behind",
		[ETCD_LOSS_RELIST] = "relist" };
	return words[reason];
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
