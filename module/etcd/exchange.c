/*
 * etcd/exchange.c - one request to etcd, and its answer as JSON.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "etcd/exchange.h"
#include "base/thread.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/** Write why a step ends. */
static void
reason_write(struct etcd_link* link, const char* format, va_list args)
{
	vsnprintf(link->reason, sizeof(link->reason), format, args);
}

enum etcd_result
link_ended(struct etcd_link* link, enum etcd_result result,
	const char* format, ...)
{
	va_list args;
	va_start(args, format);
	reason_write(link, format, args);
	va_end(args);
	return result;
}

bool
call_is_page(const struct call* call)
{
	return strcasestr(call->refusal, "<html") ||
		strcasestr(call->refusal, "<!doctype");
}

/** Who refuses in the place of etcd, by what is said, and what to do. */
static const struct {
	/** the HTTP status; 0: any */
	long status;
	/** a part of the text; "": any */
	const char* text;
	/** what to say of it */
	const char* hint;
} refusal_hints[] = {
	{ 400, "HTTPS", "; the endpoint is to begin with https://" },
	{ 400, "CommonName", "; etcd's gateway takes no certificate that has "
		"a CN: issue `cert` without one" },
	{ 401, "", "; a proxy or web server before etcd refuses, and not etcd "
		"itself" },
	{ 403, "", "; a proxy or web server before etcd refuses, and not etcd "
		"itself" },
	{ 404, "", "; this is no etcd, but another web server: see "
		"`endpoints`" },
	{ 407, "", "; a proxy wants to know who asks" },
	{ 429, "", "; a proxy limits how often or how much is asked for" },
	{ 502, "", "; a proxy is there, and does not reach etcd" },
	{ 503, "", "; a proxy is there, and does not reach etcd" },
	{ 504, "", "; a proxy is there, and etcd does not answer it in time" },
};

/** What to say of a refusal. */
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
			"is to name etcd itself", call->status,
			text_shown(to ? to : "nowhere", text, sizeof(text)));
	return link_ended(link, ETCD_LOST, "HTTP status %ld: %s%s",
		call->status, text_shown(call->refusal, text, 100),
		refusal_hint(call));
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
	char reason[ETCD_REASON_MAX];
	if(link->stuck_at != link->revision)
		link->stuck = 0;
	link->stuck_at = link->revision;
	if(result != ETCD_LOST || !broken || ++link->stuck < LINK_STUCK)
		return result;
	strcpy(reason, link->reason);
	return link_ended(link, ETCD_RELIST, "the watch broke %u times at "
		"revision %" PRId64 ": %.300s", link->stuck, link->revision,
		reason);
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
text_shown(const char* text, char* out, size_t size)
{
	size_t i;
	for(i = 0; text[i] && i + 1 < size; i++) {
		unsigned char c = (unsigned char)text[i];
		out[i] = c >= ' ' && c < 0x7f ? (char)c : ' ';
	}
	out[i] = 0;
	return out;
}

/** The call's function that takes data. */
static bool
read_data(void* arg, const char* data, size_t len)
{
	return json_stream_read(arg, data, len);
}

/** A reader's piece function where pieces do not matter. */
static bool
ignore_piece(void* arg, cJSON* object)
{
	(void)arg;
	(void)object;
	return true;
}

void
exchange_init(struct exchange* exchange, struct etcd_link* link, void* arg)
{
	memset(exchange, 0, sizeof(*exchange));
	exchange->link = link;
	exchange->arg = arg;
}

/** Make an exchange ready for another request. */
static void
exchange_reset(struct exchange* exchange,
	const struct exchange_reader* reader)
{
	exchange_end(exchange);
	exchange->reader = reader;
	exchange->result = ETCD_OK;
	json_stream_init(&exchange->pieces, reader->piece ? reader->piece :
		ignore_piece, reader->message, exchange->arg);
	exchange->pieces.read = reader->text;
	exchange->call.data = read_data;
	exchange->call.arg = &exchange->pieces;
}

bool
exchange_start(struct exchange* exchange,
	const struct exchange_reader* reader, const char* path,
	const char* body, unsigned timeout)
{
	exchange_reset(exchange, reader);
	if(client_start(exchange->link->client, &exchange->call, path, body,
		timeout))
		return true;
	(void)link_ended(exchange->link, ETCD_LOST, "%s",
		exchange->call.failure);
	return false;
}

enum etcd_result
exchange_perform(struct exchange* exchange,
	const struct exchange_reader* reader, const char* path,
	const char* body, unsigned patience, unsigned timeout)
{
	enum etcd_result result = ETCD_STOPPED;
	exchange_reset(exchange, reader);
	if(client_perform(exchange->link->client, &exchange->call, path, body,
		patience, timeout))
		result = exchange_result(exchange);
	exchange_end(exchange);
	return result;
}

enum etcd_result
exchange_result(const struct exchange* exchange)
{
	const struct call* call = &exchange->call;
	struct etcd_link* link = exchange->link;
	char text[sizeof(call->failure)];
	if(exchange->result != ETCD_OK)
		return exchange->result;
	if(exchange->pieces.problem) {
		const char* type = call_header(call, "Content-Type");
		return link_ended(link, ETCD_LOST, "%s%s",
			exchange->pieces.problem, type && strstr(type,
			"html") ? "; it is a page of a web server or a proxy: "
			"see `endpoints`" : "");
	}
	if(!call->ok && call->failure[0])
		return link_ended(link, ETCD_LOST, "%s",
			text_shown(call->failure, text, sizeof(text)));
	if(!call->ok)
		return exchange->reader->refused(exchange->arg, call);
	if(!json_stream_is_between(&exchange->pieces))
		return link_ended(link, ETCD_LOST, "the answer is cut off");
	return ETCD_OK;
}

bool
exchange_is_cut(const struct exchange* exchange)
{
	return exchange->pieces.problem ||
		!json_stream_is_between(&exchange->pieces);
}

void
exchange_end(struct exchange* exchange)
{
	call_end(&exchange->call);
	json_stream_clear(&exchange->pieces);
}

bool
exchange_stop(struct exchange* exchange, enum etcd_result result,
	const char* format, ...)
{
	va_list args;
	va_start(args, format);
	reason_write(exchange->link, format, args);
	va_end(args);
	exchange->result = result;
	return false;
}

/** A probe is done: what does it say of the watch? */
static enum etcd_result
probe_judge(struct probe* probe, bool* answered)
{
	const struct exchange* exchange = &probe->exchange;
	enum etcd_result result = exchange_result(exchange);
	bool silent = exchange->call.failure[0] &&
		exchange->result == ETCD_OK && !exchange->pieces.problem;
	*answered = result == ETCD_OK;
	if(silent)
		return ++probe->failures < 2 ? ETCD_OK : result;
	probe->failures = 0;
	return result == ETCD_DENIED ? ETCD_OK : result;
}

void
probe_begin(struct probe* probe, struct etcd_link* link, void* arg)
{
	exchange_init(&probe->exchange, link, arg);
	probe->failures = 0;
	probe->began = clock_now();
}

void
probe_end(struct probe* probe)
{
	exchange_end(&probe->exchange);
}

enum etcd_result
probe_step(struct probe* probe, const struct exchange_reader* reader,
	const char* path, const char* body, bool* answered)
{
	struct exchange* exchange = &probe->exchange;
	const unsigned heartbeat = exchange->link->settings->heartbeat;
	int64_t now = clock_now();
	*answered = false;
	if(exchange->call.open && exchange->call.done) {
		enum etcd_result result = probe_judge(probe, answered);
		exchange_end(exchange);
		if(result != ETCD_OK)
			return result;
	}
	if(exchange->call.open || now - probe->began < (int64_t)heartbeat)
		return ETCD_OK;
	probe->began = now;
	return exchange_start(exchange, reader, path, body, heartbeat) ?
		ETCD_OK : ETCD_LOST;
}
