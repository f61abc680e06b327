/*
 * etcd/v2_resume.c - compares etcd's history with what was seen.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "etcd/v2_internal.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** longest path of a key that is asked for; etcd drops requests whose first
 * line is over 4,096 octets, without an answer */
#define KEY_PATH_MAX 3500
/** milliseconds after which etcd is taken not to have an event any more */
#define EVENT_PATIENCE 1000

/** The event that was seen last; NULL if none is remembered. */
static const struct history_anchor*
last_event(const struct v2* v2)
{
	const struct history* history = &v2->link->history;
	const struct history_anchor* put = history_last(history, INT64_MAX);
	const struct history_anchor* deleted = &history->deleted;
	if(deleted->key && (!put || deleted->mod_revision >
		put->mod_revision))
		return deleted;
	return put;
}

/** Whether an event is a deletion. */
static bool
is_deletion(const struct v2* v2, const struct history_anchor* event)
{
	return event == &v2->link->history.deleted;
}

/* --- by the key ---------------------------------------------------------- */

/** Read the head of an answer about a key. */
static enum etcd_result
resume_head(struct v2* v2)
{
	const struct call* call = &v2->exchange.call;
	v2->resume.index = v2_head_index(call);
	if(v2->resume.index == 0)
		return link_ended(v2->link, ETCD_LOST,
			"the answer has no index");
	return link_judge(v2->link, v2_head_cluster(call), v2->resume.index);
}

/** The key of the last event: see whether it is as the event left it. */
static bool
resume_message(void* arg, cJSON* json)
{
	struct v2* v2 = arg;
	const struct history_anchor* last = last_event(v2);
	struct v2_node node;
	v2->exchange.result = resume_head(v2);
	v2->resume.unchanged = last && !is_deletion(v2, last) &&
		v2_json_answer(json, &node) && !node.dir &&
		history_anchor_is(last, &node.kv);
	return v2->exchange.result == ETCD_OK;
}

/** The user may lack the right to read a directory above the prefix. */
static enum etcd_result
resume_refused(void* arg, const struct call* call)
{
	struct v2* v2 = arg;
	enum etcd_result result = v2_is_absent(call) ? resume_head(v2) :
		v2_call_refused(v2, call);
	return result != ETCD_DENIED ? result : link_relist(v2->link,
		ETCD_LIST_UNCHECKED, "etcd does not show the key by which to check "
		"its history");
}

static const struct exchange_reader resume_reader = {
	NULL, NULL, resume_message, resume_refused
};

enum etcd_result
v2_ping(struct v2* v2)
{
	const struct etcd_settings* settings = v2->link->settings;
	return exchange_perform(&v2->exchange, &resume_reader, v2->probe_path,
		NULL, settings->heartbeat, settings->request_timeout);
}

/** Ask for the key of the last event.
 * @param path: of the key's URL. */
static enum etcd_result
resume_by_key(struct v2* v2, const char* path)
{
	const struct etcd_settings* settings = v2->link->settings;
	enum etcd_result result;
	char* url;
	if(asprintf(&url, "%s?quorum=true", path) < 0)
		return link_out_of_memory(v2->link);
	result = exchange_perform(&v2->exchange, &resume_reader, url, NULL,
		settings->heartbeat, settings->request_timeout);
	free(url);
	if(result == ETCD_OK && v2->resume.index == 0)
		return link_ended(v2->link, ETCD_LOST, "the answer is empty");
	return result;
}

/* --- by the event -------------------------------------------------------- */

/** The event that etcd has at the index of the last one: see whether it is the
 * same. */
static bool
event_message(void* arg, cJSON* json)
{
	struct v2* v2 = arg;
	const struct history_anchor* last = last_event(v2);
	const struct etcd_kv* kv;
	struct v2_event event;
	if(!last || !v2_json_event(json, &event))
		return true;
	kv = &event.node.kv;
	if(is_deletion(v2, last))
		v2->resume.unchanged = kv->mod_revision ==
			last->mod_revision && strcmp(kv->key, last->key) == 0;
	else	v2->resume.unchanged = !event.gone &&
			history_anchor_is(last, kv);
	return true;
}

static const struct exchange_reader event_reader = {
	NULL, NULL, event_message, v2_call_refused
};

/**
 * The last event's key has changed since: see whether etcd still has the
 * event.
 * @param path: of the key's URL.
 */
static enum etcd_result
resume_by_event(struct v2* v2, const char* path)
{
	const unsigned heartbeat = v2->link->settings->heartbeat;
	const struct call* call = &v2->exchange.call;
	enum etcd_result result;
	char* url;
	if(asprintf(&url, "%s?wait=true&waitIndex=%" PRId64, path,
		last_event(v2)->mod_revision) < 0)
		return link_out_of_memory(v2->link);
	result = exchange_perform(&v2->exchange, &event_reader, url, NULL,
		heartbeat < EVENT_PATIENCE ? heartbeat : EVENT_PATIENCE,
		heartbeat);
	free(url);
	/* etcd would have told the event at once */
	if(result == ETCD_LOST && call->timed_out && call->status == 200)
		return ETCD_OK;
	return result;
}

/** Ask by the key, and, if that has changed, by the event. */
static enum etcd_result
resume_ask(struct v2* v2, const char* path)
{
	enum etcd_result result = resume_by_key(v2, path);
	if(result == ETCD_OK && !v2->resume.unchanged)
		result = resume_by_event(v2, path);
	if(result == ETCD_OK && !v2->resume.unchanged)
		result = link_history_changed(v2->link);
	return result;
}

enum etcd_result
v2_resume(struct v2* v2)
{
	const struct history_anchor* last = last_event(v2);
	enum etcd_result result = v2_login(v2);
	char* path;
	if(result != ETCD_OK)
		return result;
	if(!last)
		return link_history_unknown(v2->link);
	v2->resume = (struct v2_resume){ 0, false };
	path = v2_key_path(last->key);
	if(!path)
		return link_out_of_memory(v2->link);
	if(strlen(path) > KEY_PATH_MAX)
		result = link_relist(v2->link, ETCD_LIST_UNCHECKED, "the key by which "
			"to check etcd's history is too long to ask for");
	else	result = resume_ask(v2, path);
	free(path);
	return result;
}
