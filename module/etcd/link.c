/*
 * etcd/link.c - what both protocols do in the same way.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "etcd/link.h"
#include "base/clock.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum etcd_result
link_ended_args(struct etcd_link* link, enum etcd_result result,
	const char* format, va_list args)
{
	(void)reason_say_args(&link->reason, format, args);
	link->loss = ETCD_LOSS_ERROR;
	return result;
}

enum etcd_result
link_ended(struct etcd_link* link, enum etcd_result result,
	const char* format, ...)
{
	va_list args;
	va_start(args, format);
	(void)link_ended_args(link, result, format, args);
	va_end(args);
	return result;
}

enum etcd_result
link_lost(struct etcd_link* link, enum etcd_loss_reason loss,
	const char* format, ...)
{
	va_list args;
	va_start(args, format);
	(void)link_ended_args(link, ETCD_LOST, format, args);
	va_end(args);
	link->loss = loss;
	return ETCD_LOST;
}

enum etcd_result
link_relist(struct etcd_link* link, enum etcd_list_reason why,
	const char* format, ...)
{
	va_list args;
	va_start(args, format);
	(void)link_ended_args(link, ETCD_RELIST, format, args);
	va_end(args);
	link->list_reason = why;
	return ETCD_RELIST;
}

enum etcd_result
link_out_of_memory(struct etcd_link* link)
{
	return link_ended(link, ETCD_LOST, "out of memory");
}

/* --- refusals ------------------------------------------------------------ */

bool
link_is_page(const struct call* call)
{
	return strcasestr(call->refusal, "<html") ||
		strcasestr(call->refusal, "<!doctype");
}

/** Refusals that etcd did not write: who did, or what to do. */
static const struct {
	/** the HTTP status; 0: any */
	long status;
	/** a part of the text; "": any */
	const char* text;
	/** appended to the message */
	const char* hint;
} refusal_hints[] = {
	{ 400, "HTTPS", "; begin the endpoint with https://" },
	{ 400, "CommonName", "; etcd's gateway takes no certificate that has "
		"a CN: issue `cert` without one" },
	{ 401, "", "; a proxy or web server before etcd refuses, not etcd "
		"itself" },
	{ 403, "", "; a proxy or web server before etcd refuses, not etcd "
		"itself" },
	{ 404, "", "; this is no etcd, but another web server: see "
		"`endpoints`" },
	{ 407, "", "; a proxy requires authentication" },
	{ 429, "", "; a proxy limits the rate of requests" },
	{ 502, "", "; a proxy answers, and cannot reach etcd" },
	{ 503, "", "; a proxy answers, and cannot reach etcd" },
	{ 504, "", "; a proxy answers, and etcd does not answer it in time" },
};

/** Find what to append to the message about a refusal. */
static const char*
refusal_hint(const struct call* call)
{
	size_t i;
	for(i = 0; i < sizeof(refusal_hints) / sizeof(*refusal_hints); i++) {
		if(call->status == refusal_hints[i].status &&
			strstr(call->refusal, refusal_hints[i].text))
			return refusal_hints[i].hint;
	}
	return "";
}

enum etcd_result
link_refused(struct etcd_link* link, const struct call* call)
{
	const char* to = call_header(call, "Location");
	char text[200];
	if(call->status >= 300 && call->status < 400)
		return link_ended(link, ETCD_LOST, "HTTP status %ld: "
			"redirected to %s, which is not followed; `endpoints` "
			"must name etcd itself", call->status, link_show_text(
			to ? to : "nowhere", text, sizeof(text)));
	return link_ended(link, ETCD_LOST, "HTTP status %ld: %s%s",
		call->status, link_show_text(call->refusal, text, 100),
		refusal_hint(call));
}

/* --- keys ---------------------------------------------------------------- */

void
link_list_begin(struct etcd_link* link)
{
	history_clear(&link->history);
	link->uncommitted = 0;
	link->sink->list_begin(link->sink->arg);
}

bool
link_list_key(struct etcd_link* link, const struct etcd_kv* kv)
{
	if(!link_put(link, kv))
		return false;
	link->listed++;
	return ++link->uncommitted < LINK_COMMIT_KEYS || link_commit(link);
}

enum etcd_result
link_list_end(struct etcd_link* link, enum etcd_result result,
	uint64_t cluster, int64_t revision)
{
	const struct etcd_sink* sink = link->sink;
	if(result == ETCD_OK || link->listed > 0)
		link->lists[link->list_reason]++;
	if(result == ETCD_OK && !sink->list_end(sink->arg, cluster, revision))
		result = link_out_of_memory(link);
	if(result != ETCD_OK) {
		sink->rollback(sink->arg);
		return result;
	}
	link->cluster = cluster;
	link->revision = revision;
	link->replaced = false;
	return ETCD_OK;
}

bool
link_put(struct etcd_link* link, const struct etcd_kv* kv)
{
	const struct etcd_sink* sink = link->sink;
	link->told = kv;
	return history_put(&link->history, kv) && sink->put(sink->arg, kv->key,
		kv->key_len, kv->value, kv->value_len, kv->mod_revision);
}

bool
link_commit(struct etcd_link* link)
{
	link->uncommitted = 0;
	return link->sink->commit(link->sink->arg);
}

/* --- what is known ------------------------------------------------------- */

enum etcd_result
link_history_unknown(struct etcd_link* link)
{
	return link_relist(link, ETCD_LIST_UNCHECKED,
		"there is no key by which to check etcd's history");
}

enum etcd_result
link_history_changed(struct etcd_link* link)
{
	return link_ended(link, ETCD_BEHIND,
		"etcd's history has changed: etcd was wiped or restored");
}

bool
link_wait(struct etcd_link* link)
{
	return client_wait(link->client, link->settings->heartbeat / 4 + 1);
}

void
link_confirm(struct etcd_link* link)
{
	link->confirmed = clock_now();
	link->away = false;
	if(link->sink->confirm)
		link->sink->confirm(link->sink->arg);
}

void
link_probed(struct etcd_link* link, int64_t revision)
{
	if(revision <= link->revision || link->stuck == 0 ||
		link->stuck_at != link->revision)
		link_confirm(link);
}

enum etcd_result
link_watch_ended(struct etcd_link* link, enum etcd_result result, bool broken)
{
	if(link->stuck_at != link->revision)
		link->stuck = 0;
	link->stuck_at = link->revision;
	if(result != ETCD_LOST || !broken || ++link->stuck < LINK_STUCK_MAX)
		return result;
	return link_relist(link, ETCD_LIST_STUCK, "the watch broke %u times at "
		"revision %" PRId64 ": %.300s", link->stuck, link->revision,
		link->reason.text);
}

enum etcd_result
link_judge(struct etcd_link* link, uint64_t cluster, int64_t revision)
{
	if(link->cluster == 0 || link->replaced)
		return ETCD_OK;
	if(cluster != link->cluster)
		return link_ended(link, ETCD_BEHIND, "this is another cluster "
			"(id %" PRIx64 ", was %" PRIx64 ")", cluster,
			link->cluster);
	if(revision < link->revision)
		return link_ended(link, ETCD_BEHIND, "etcd is at revision %"
			PRId64 ", before %" PRId64, revision, link->revision);
	return ETCD_OK;
}

const char*
link_show_text(const char* text, char* out, size_t size)
{
	size_t i;
	for(i = 0; text[i] && i + 1 < size; i++) {
		unsigned char c = (unsigned char)text[i];
		out[i] = c >= ' ' && c < 0x7f ? (char)c : ' ';
	}
	out[i] = 0;
	return out;
}
