/*
 * etcd/v3_watch.c - watches the keys.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "etcd/v3_internal.h"
#include "base/clock.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** heartbeats for which a watch that delivers nothing while etcd changes is
 * trusted, at first */
#define TRUST_HEARTBEATS 12
/** how long a watch may be silent, in milliseconds. etcd sends a progress
 * message every 10 to 20 minutes, unless it is configured otherwise. A watch
 * that is silent for longer may be lost behind a proxy that keeps our
 * connection open */
#define SILENCE_MAX (25 * 60 * 1000)

void
v3_watch_init(struct v3_watch* watch, const struct etcd_settings* settings)
{
	watch->trust = TRUST_HEARTBEATS * (int64_t)settings->heartbeat;
}

/** The sink was told everything up to the last event: commit it. */
static bool
watch_commit(struct v3* v3)
{
	if(!link_commit(v3->link))
		return exchange_out_of_memory(&v3->exchange, ETCD_RELIST);
	v3->link->revision = v3->watch.event_revision;
	v3->watch.telling = true;
	link_confirm(v3->link);
	return true;
}

/** Etcd has begun to watch. */
static bool
watch_created(struct v3* v3)
{
	struct v3_watch* watch = &v3->watch;
	struct etcd_link* link = v3->link;
	if(watch->watching)
		return exchange_stop(&v3->exchange, ETCD_LOST,
			"etcd began the watch twice");
	watch->watching = true;
	watch->created_at = v3->header.revision;
	link->watching(link->arg);
	/* else events will follow, or something has changed outside of the
	 * prefix: have the probe find out soon */
	if(watch->created_at <= link->revision)
		link_confirm(link);
	else	watch->probe.began -= link->settings->heartbeat;
	return true;
}

/** etcd ends the watch by an error. A message that is too large will be too
 * large the next time, too: list instead. */
static bool
watch_failed(struct v3* v3, const cJSON* error)
{
	struct exchange* exchange = &v3->exchange;
	const char* reason = v3->link->reason.text;
	exchange->result = v3_refused(v3->link, error);
	v3->watch.failed = true;
	return !v3_is_too_large(reason) ? false : exchange_relist(exchange,
		ETCD_LIST_STUCK, "%.300s, so the watch cannot deliver it", reason);
}

/**
 * Note the revision of the next event. If it is another one, all events of the
 * one before were told, since etcd does not part a revision. In a long message,
 * commit them now.
 */
static bool
watch_advance(struct v3* v3, int64_t revision)
{
	if(revision != v3->watch.event_revision &&
		v3->link->uncommitted >= LINK_COMMIT_KEYS && !watch_commit(v3))
		return false;
	v3->watch.event_revision = revision;
	v3->link->uncommitted++;
	return true;
}

/** One event. */
static bool
watch_event(struct v3* v3, const struct etcd_kv* kv, bool deletion)
{
	const struct etcd_sink* sink = v3->link->sink;
	bool ok;
	if(kv->mod_revision <= v3->link->revision)
		return true;
	if(kv->mod_revision < v3->watch.event_revision)
		return exchange_relist(&v3->exchange, ETCD_LIST_UNREADABLE,
			"events are out of order");
	if(!watch_advance(v3, kv->mod_revision))
		return false;
	if(deletion)
		ok = history_delete(&v3->link->history, kv->key, kv->key_len,
			kv->mod_revision) && sink->remove(sink->arg, kv->key,
			kv->key_len, kv->mod_revision);
	else	ok = link_put(v3->link, kv);
	return ok || exchange_out_of_memory(&v3->exchange, ETCD_RELIST);
}

static bool
watch_piece(void* arg, cJSON* json)
{
	struct v3* v3 = arg;
	struct etcd_kv kv;
	bool deletion;
	return v3_json_event(json, &kv, &deletion) ?
		watch_event(v3, &kv, deletion) : exchange_relist(&v3->exchange,
		ETCD_LIST_UNREADABLE, "an event can't be read");
}

static size_t
watch_text(void* arg, const char* text, size_t len)
{
	struct v3* v3 = arg;
	struct etcd_kv kv;
	bool deletion;
	size_t used = v3_text_event(text, len, &kv, &deletion, &v3->room);
	return used == 0 || watch_event(v3, &kv, deletion) ? used :
		JSON_STREAM_STOP;
}

/** etcd ends the watch. */
static bool
watch_canceled(struct v3* v3, const cJSON* result)
{
	const cJSON* reason = cJSON_GetObjectItemCaseSensitive(result,
		"cancel_reason");
	int64_t compacted;
	char text[200] = "no reason given";
	if(v3_json_i64(result, "compact_revision", &compacted) && compacted > 0)
		return exchange_relist(&v3->exchange, ETCD_LIST_COMPACTED,
			"etcd has compacted its history up to revision %"
			PRId64, compacted);
	if(cJSON_IsString(reason))
		link_show_text(reason->valuestring, text, sizeof(text));
	if(v3_is_about_token(text))
		return exchange_stop(&v3->exchange, ETCD_UNAUTHENTICATED,
			"etcd refuses: %s", text);
	if(strstr(text, "permission denied")) {
		v3->exchange.result = v3_denied(v3->link, text);
		return false;
	}
	return exchange_stop(&v3->exchange, ETCD_LOST,
		"etcd canceled the watch: %s", text);
}

/** The rest of a message of the watch. */
static bool
watch_message(void* arg, cJSON* json)
{
	struct v3* v3 = arg;
	const cJSON* error = cJSON_GetObjectItemCaseSensitive(json, "error");
	const cJSON* result = cJSON_GetObjectItemCaseSensitive(json,
		"result");
	const cJSON* id = cJSON_GetObjectItemCaseSensitive(result,
		"watch_id");
	if(error)
		return watch_failed(v3, cJSON_IsObject(error) ? error : json);
	if(!cJSON_IsObject(result) || !v3_json_header(result, &v3->header))
		return exchange_relist(&v3->exchange, ETCD_LIST_UNREADABLE,
			"a message of the watch can't be read");
	if(v3_json_true(result, "canceled"))
		return watch_canceled(v3, result);
	if(v3->header.raft_term > v3->raft_term)
		v3->raft_term = v3->header.raft_term;
	if(v3_json_true(result, "created"))
		return watch_created(v3);
	if(v3->watch.event_revision > v3->link->revision)
		return watch_commit(v3);
	if(!id && !cJSON_HasObjectItem(result, "events") &&
		v3->header.revision > v3->link->revision) {
		/* progress: all events up to this revision were told */
		v3->link->revision = v3->header.revision;
		v3->watch.telling = true;
		link_confirm(v3->link);
	}
	return true;
}

static const struct exchange_reader watch_reader = {
	watch_text, watch_piece, watch_message, v3_call_refused
};

/** Check that the same cluster still answers. */
static bool
probe_message(void* arg, cJSON* json)
{
	struct v3* v3 = arg;
	struct exchange* exchange = &v3->watch.probe.exchange;
	struct v3_header header;
	if(!v3_json_header(json, &header))
		return exchange_stop(exchange, ETCD_LOST,
			"the answer to a probe has no header");
	if(header.cluster_id != v3->link->cluster)
		return exchange_stop(exchange, ETCD_BEHIND,
			"another cluster answers");
	v3->watch.probed = header.revision;
	return true;
}

static const struct exchange_reader probe_reader = {
	NULL, NULL, probe_message, v3_call_refused
};

/** Write the body of the request to watch. */
static char*
watch_body(const struct v3* v3)
{
	char* body;
	if(asprintf(&body, "{\"create_request\":{\"key\":\"%s\","
		"\"range_end\":\"%s\",\"start_revision\":\"%" PRId64 "\","
		"\"progress_notify\":true}}", v3->first64, v3->end64,
		v3->link->revision) < 0)
		return NULL;
	return body;
}

enum etcd_result
v3_watch_probe(struct v3* v3)
{
	bool answered;
	enum etcd_result result = probe_step(&v3->watch.probe, &probe_reader,
		"/v3/kv/range", v3->probe_body, &answered);
	if(answered && (v3->watch.watching ||
		v3->watch.probed <= v3->link->revision))
		link_probed(v3->link, v3->watch.probed);
	if(result == ETCD_UNAUTHENTICATED)
		result = v3_login(v3);
	return result == ETCD_DENIED ? ETCD_OK : result;
}

/** Note whether anything has arrived. @return true if the watch is silent for
 * longer than a working one. */
static bool
watch_check_silence(struct v3* v3)
{
	struct v3_watch* watch = &v3->watch;
	const uint64_t received = v3->exchange.call.received;
	if(watch->heard == 0 ||
		(watch->watching && received != watch->received))
		watch->heard = clock_now();
	watch->received = received;
	return clock_now() - watch->heard > (watch->watching ? SILENCE_MAX :
		(int64_t)v3->link->settings->request_timeout);
}

/** Note whether the watch has delivered nothing though etcd has changed, which
 * may have been outside of the prefix. @return true if that lasts for too long;
 * the reason is written. */
static bool
watch_check_doubt(struct v3* v3)
{
	struct v3_watch* watch = &v3->watch;
	const int64_t now = clock_now();
	if(!watch->watching || watch->telling ||
		watch->probed <= v3->link->revision)
		return false;
	if(watch->doubted == 0)
		watch->doubted = now;
	if(now - watch->doubted <= watch->trust)
		return false;
	watch->doubting = true;
	(void)link_relist(v3->link, ETCD_LIST_DOUBTED, "the watch has delivered "
		"nothing for %" PRId64 " s, though etcd has changed",
		(now - watch->doubted) / 1000);
	return true;
}

/** Measure how fast the watch's messages arrive. @return true if it does not
 * begin, or has stalled inside a message; the reason is written. */
static bool
watch_check_stall(struct v3* v3)
{
	struct v3_watch* watch = &v3->watch;
	bool silent = !watch->watching && watch_check_silence(v3);
	watch->stalled = silent || call_check_stall(&v3->exchange.call,
		!watch->watching ||
		json_stream_is_between(&v3->exchange.stream));
	if(watch->stalled)
		(void)link_lost(v3->link, ETCD_LOSS_TIMEOUT, silent ?
			"etcd does not answer" :
			"watch stalled inside a message (below 1000 octets/s)");
	return watch->stalled;
}

enum etcd_result
v3_watch_begin(struct v3* v3)
{
	struct v3_watch* watch = &v3->watch;
	char* body = watch_body(v3);
	bool ok;
	watch->watching = watch->failed = false;
	watch->telling = watch->stalled = false;
	watch->heard = watch->doubted = 0;
	watch->began = clock_now();
	watch->event_revision = 0;
	v3->link->uncommitted = 0;
	if(!body)
		return link_out_of_memory(v3->link);
	ok = exchange_start(&v3->exchange, &watch_reader, "/v3/watch", body,
		0);
	free(body);
	return ok ? ETCD_OK : ETCD_LOST;
}

void
v3_watch_end(struct v3* v3)
{
	exchange_end(&v3->exchange);
	v3->link->sink->rollback(v3->link->sink->arg);
}

enum etcd_result
v3_watch_run(struct v3* v3)
{
	struct v3_watch* watch = &v3->watch;
	enum etcd_result result;
	do {
		if(v3->exchange.call.done) {
			result = exchange_result(&v3->exchange);
			return result != ETCD_OK ? result : link_lost(
				v3->link, ETCD_LOSS_CONNECTION,
				"etcd closed the connection");
		}
		if(watch_check_stall(v3))
			return ETCD_LOST;
		if(watch_check_silence(v3))
			return link_lost(v3->link, ETCD_LOSS_TIMEOUT,
				"the watch is silent, though etcd answers");
		if(watch_check_doubt(v3))
			return ETCD_RELIST;
		result = watch->watching ? v3_watch_probe(v3) : ETCD_OK;
		if(result != ETCD_OK)
			return result;
	} while(link_wait(v3->link));
	return ETCD_STOPPED;
}

bool
v3_watch_is_broken(const struct v3* v3)
{
	return v3->watch.watching && !v3->watch.stalled && (v3->watch.failed ||
		exchange_is_cut(&v3->exchange) ||
		(v3->watch.created_at > v3->link->revision &&
		clock_now() - v3->watch.began <
		(int64_t)v3->link->settings->request_timeout));
}

void
v3_watch_settle_doubt(struct v3* v3)
{
	struct v3_watch* watch = &v3->watch;
	if(watch->doubting && v3->list.newer)
		watch->stalls = V3_STALLS;
	else if(watch->doubting && watch->trust < SILENCE_MAX)
		watch->trust *= 2;
	watch->doubting = false;
}
