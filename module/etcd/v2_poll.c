/*
 * etcd/v2_poll.c - polls one directory.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "etcd/v2_internal.h"
#include "base/clock.h"
#include "base/log.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** polls in a row without a head before the keys are listed, if etcd has
 * changed, which may have been outside of the prefix */
#define KEPT_BACK_POLLS 12

/* --- events -------------------------------------------------------------- */

/** Tell the sink that a key or directory is gone. Of a directory, that means
 * what is not hidden in it; etcd sends the event also to the polls of the
 * hidden directories. */
static bool
tell_gone(struct v2_dir* dir, const struct v2_node* node)
{
	struct etcd_link* link = dir->v2->link;
	const struct etcd_sink* sink = link->sink;
	const struct etcd_kv* kv = &node->kv;
	bool above = v2_key_is_within(dir->root, kv->key, kv->key_len);
	const char* key = above ? dir->root : kv->key;
	if(!above && !v2_dir_owns(dir, key))
		return true;
	return history_delete(&link->history, kv->key, kv->key_len,
		kv->mod_revision) && (node->dir ? sink->remove_below :
		sink->remove)(sink->arg, key, strlen(key), kv->mod_revision);
}

/** Tell the sink of an event. @return false if memory ran out. */
static bool
tell_event(struct v2_dir* dir, const struct v2_event* event)
{
	struct v2_node node = event->node;
	if(event->gone) {
		node.dir = node.dir || event->was_dir;
		return tell_gone(dir, &node);
	}
	if(!v2_dir_owns(dir, node.kv.key))
		return true;
	if(!node.dir)
		return link_put(dir->v2->link, &node.kv);
	/* a directory has taken the place of a key, or got another TTL */
	node.dir = false;
	return event->was_dir || tell_gone(dir, &node);
}

/* --- one poll ------------------------------------------------------------ */

/** The head of a poll's answer has arrived; read it once. */
static bool
poll_head(struct v2_dir* dir)
{
	struct v2_poll* poll = &dir->poll;
	const struct call* call = &poll->exchange.call;
	if(poll->looked > 0)
		return true;
	if(!v2_head_is_known(dir->v2, call))
		return exchange_stop(&poll->exchange, ETCD_BEHIND,
			"this is another cluster");
	poll->looked = v2_head_index(call);
	poll->began = clock_now();
	poll->kept_back = 0;
	if(poll->looked == 0)
		return exchange_stop(&poll->exchange, ETCD_LOST,
			"the answer to a poll has no index");
	if(poll->looked < dir->index)
		return exchange_stop(&poll->exchange, ETCD_BEHIND,
			"etcd is at revision %" PRId64 ", before %" PRId64,
			poll->looked, dir->index);
	if(poll->looked == dir->index)
		link_confirm(dir->v2->link);
	poll->begun = true;
	return true;
}

/** An event: the only message of a poll. */
static bool
poll_message(void* arg, cJSON* json)
{
	struct v2_dir* dir = arg;
	struct v2_poll* poll = &dir->poll;
	struct etcd_link* link = dir->v2->link;
	struct v2_event event;
	int64_t index;
	if(!poll_head(dir))
		return false;
	if(!v2_json_event(json, &event))
		return exchange_relist(&poll->exchange,
			ETCD_LIST_UNREADABLE, "an event can't be read");
	index = event.node.kv.mod_revision;
	if(index <= dir->index)
		return exchange_relist(&poll->exchange,
			ETCD_LIST_UNREADABLE, "events are out of order");
	/* it has just happened, but there may be others before; see v2.h */
	poll->unsure = index > poll->looked + 1;
	if(poll->unsure)
		return true;
	if(!tell_event(dir, &event) || !link_commit(link))
		return exchange_out_of_memory(&poll->exchange, ETCD_RELIST);
	v2_dir_advance(dir, index);
	link_confirm(link);
	poll->told = true;
	return true;
}

static enum etcd_result
poll_refused(void* arg, const struct call* call)
{
	return v2_call_refused(((struct v2_dir*)arg)->v2, call);
}

static const struct exchange_reader poll_reader = {
	NULL, NULL, poll_message, poll_refused
};

/** Ask for the next event. */
static enum etcd_result
poll_send(struct v2_dir* dir)
{
	struct v2_poll* poll = &dir->poll;
	char* url;
	bool ok;
	if(asprintf(&url, "%s?wait=true&recursive=true&waitIndex=%" PRId64,
		dir->path, dir->index + 1) < 0)
		return link_out_of_memory(dir->v2->link);
	poll->looked = poll->half_closed = 0;
	poll->told = poll->unsure = false;
	poll->sent = clock_now();
	ok = exchange_start(&poll->exchange, &poll_reader, url, NULL, 0);
	free(url);
	return ok ? ETCD_OK : ETCD_LOST;
}

/** A poll has ended: send the next one, if all is well. */
static enum etcd_result
poll_done(struct v2_dir* dir)
{
	struct v2* v2 = dir->v2;
	const struct v2_poll* poll = &dir->poll;
	const int64_t heartbeat = v2->link->settings->heartbeat;
	enum etcd_result result = exchange_result(&poll->exchange);
	/* the poll was half-closed, and etcd has not completed its answer:
	 * that proves nothing */
	if(poll->half_closed && result == ETCD_LOST)
		return poll_send(dir);
	v2->watch.broken = result == ETCD_LOST &&
		poll->exchange.call.received > 0;
	if(result != ETCD_OK)
		return result;
	if(!poll->told && !poll->unsure) {
		if(!poll->half_closed && clock_now() - poll->sent < heartbeat)
			return link_ended(v2->link, ETCD_LOST,
				"etcd ended a poll without an event");
		/* there was no event up to the head's index */
		if(poll->looked > dir->index)
			v2_dir_advance(dir, poll->looked);
	}
	return poll_send(dir);
}

/** Log, once, that a proxy keeps answers back. */
static void
poll_tell_kept_back(struct v2* v2)
{
	if(v2->watch.told_kept_back)
		return;
	v2->watch.told_kept_back = true;
	helix_info("etcd %s: answers come only when they are complete, as "
		"behind a proxy that buffers them (nginx: proxy_buffering "
		"off)", client_endpoint(v2->link->client));
}

/**
 * A poll had no head in time. Behind a proxy that buffers answers, the head
 * arrives with the event. So if etcd answers another request, send the poll
 * again, in case it was lost, and count it as begun.
 */
static enum etcd_result
poll_kept_back(struct v2_dir* dir)
{
	struct v2* v2 = dir->v2;
	struct v2_poll* poll = &dir->poll;
	const struct etcd_settings* settings = v2->link->settings;
	enum etcd_result result = v2_ping(v2);
	if(result == ETCD_STOPPED || result == ETCD_BEHIND)
		return result;
	if(result != ETCD_OK)
		return link_lost(v2->link, ETCD_LOSS_TIMEOUT,
			"etcd does not answer");
	poll_tell_kept_back(v2);
	/* that etcd answers does not prove that polls deliver anything */
	if(++poll->kept_back % KEPT_BACK_POLLS == 0 &&
		v2->resume.index > dir->index)
		return link_relist(v2->link, ETCD_LIST_DOUBTED, "polls have "
			"delivered nothing for %u s, though etcd has changed",
			KEPT_BACK_POLLS * settings->request_timeout / 1000);
	poll->begun = true;
	return poll->exchange.call.done ? poll_done(dir) : poll_send(dir);
}

/* --- a directory's polls ------------------------------------------------- */

enum etcd_result
v2_poll_begin(struct v2_dir* dir)
{
	dir->poll.due = 0;
	dir->poll.begun = false;
	return poll_send(dir);
}

/** Whether a poll that waits for its head, or was half-closed, has waited for
 * longer than a request may take. */
static bool
poll_is_overdue(const struct v2_poll* poll, int64_t limit)
{
	const int64_t now = clock_now();
	return (poll->looked == 0 && now - poll->sent > limit) ||
		(poll->half_closed && now - poll->half_closed > limit);
}

enum etcd_result
v2_poll_step(struct v2_dir* dir)
{
	struct v2_poll* poll = &dir->poll;
	struct etcd_link* link = dir->v2->link;
	struct call* call = &poll->exchange.call;
	if(call->done)
		return poll_done(dir);
	if(poll->looked == 0 && call_status(call) == 200 &&
		v2_head_index(call) > 0 && !poll_head(dir))
		return poll->exchange.result;
	if(poll_is_overdue(poll, link->settings->request_timeout))
		return poll->looked == 0 && call_status(call) == 0 ?
			poll_kept_back(dir) : link_lost(link,
			ETCD_LOSS_TIMEOUT, "etcd does not answer");
	if(!call_check_stall(call,
		poll->looked == 0 || call->received == 0))
		return ETCD_OK;
	dir->v2->watch.broken = true;
	return link_lost(link, ETCD_LOSS_TIMEOUT,
		"watch stalled inside an event (below 1000 octets/s)");
}

enum etcd_result
v2_poll_refresh(struct v2_dir* dir)
{
	struct v2_poll* poll = &dir->poll;
	const struct v2_watch* watch = &dir->v2->watch;
	struct etcd_link* link = dir->v2->link;
	const int64_t heartbeat = link->settings->heartbeat;
	if(poll->looked == 0 || poll->half_closed ||
		poll->exchange.call.received > 0 ||
		clock_now() - poll->began < heartbeat / 2)
		return ETCD_OK;
	if(poll->looked < poll->due)
		return link_ended(link, ETCD_LOST, "the member that is "
			"watched is behind its cluster: at index %" PRId64
			", before %" PRId64, poll->looked, poll->due);
	/* a new poll from before etcd's history would be refused, while this
	 * one can go on */
	if(watch->probed <= poll->looked ||
		watch->probed - poll->looked >= V2_HISTORY_EVENTS * 9 / 10)
		return ETCD_OK;
	poll->due = watch->probed_before;
	poll->half_closed = clock_now();
	call_half_close(&poll->exchange.call);
	return ETCD_OK;
}
