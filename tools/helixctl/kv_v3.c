/*
 * tools/helixctl/kv_v3.c - requests of etcd's v3 API.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "kv_internal.h"
#include "base/base64.h"
#include "etcd/v3_internal.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** keys of a range in the answer to a transaction, at most, unless that is too
 * large; the others are then read page by page */
#define PAGE_KEYS 1000

/** A request that is under way. */
struct request {
	struct kv* kv;
	/** the body, as it is being written */
	struct buffer body;
	/** whether memory ran out for it */
	bool failed;
	/** reads the answer */
	const struct exchange_reader* reader;
	/** where it is sent to */
	const char* path;
	/** of the answer */
	struct v3_header header;
	/** how many of the transaction's answers to ranges are complete */
	size_t ranges;
	/** v3_read: whether a key was told */
	bool told;
	/** v3_read: the last key of the range that is being read, or else of
	 * the first that has more */
	struct buffer last;
	/** v3_read: what no key of the first range may be before */
	const struct buffer* from;
	/** v3_read: number of the first range that has more keys than were
	 * asked for; SIZE_MAX: none */
	size_t first_more;
	/* what follows is for v3_apply */
	struct kv_writing* writing;
	/** whether the conditions held */
	bool succeeded;
	/** of the change whose key is being read: whether the key exists, its
	 * revision, and whether it is as the change makes it */
	bool exists, done;
	int64_t mod_revision;
	/** whether all keys are as the changes make them, as far as was read */
	bool all_done;
	/** newest revision of the keys */
	int64_t newest;
	/** v3_grant: id of the lease */
	int64_t lease;
};

/* --- writing JSON -------------------------------------------------------- */

static void
put_text(struct request* request, const char* text)
{
	if(!buffer_append(&request->body, text, strlen(text)))
		request->failed = true;
}

static void
put_number(struct request* request, const char* name, int64_t number)
{
	char text[100];
	snprintf(text, sizeof(text), "\"%s\":\"%" PRId64 "\"", name, number);
	put_text(request, text);
}

/** Write a member of base64. */
static void
put_octets(struct request* request, const char* name, const void* data,
	size_t len)
{
	char* at;
	put_text(request, "\"");
	put_text(request, name);
	put_text(request, "\":\"");
	at = buffer_extend(&request->body, BASE64_SIZE(len));
	if(!at) {
		request->failed = true;
		return;
	}
	base64_encode(data, len, at);
	/* the NUL */
	request->body.len--;
	put_text(request, "\"");
}

/** Write a member that is the key of a path. */
static void
put_key(struct request* request, const char* name, const char* path,
	size_t path_len)
{
	struct buffer key = { 0 };
	if(kv_key_append(request->kv, &key, path, path_len))
		put_octets(request, name, key.data, key.len);
	else	request->failed = true;
	buffer_clear(&key);
}

/** Write the members that name a range. */
static void
put_range(struct request* request, const struct kv_range* range)
{
	put_key(request, "key", range->first, range->first_len);
	if(!range->end)
		return;
	put_text(request, ",");
	put_key(request, "range_end", range->end, range->end_len);
}

/* --- sending ------------------------------------------------------------- */

/** The step of v3_step: send the request. */
static enum etcd_result
request_send(struct v3* v3)
{
	struct request* request = v3->exchange.arg;
	const struct etcd_settings* settings = v3->link->settings;
	return exchange_perform(&v3->exchange, request->reader, request->path,
		(const char*)request->body.data, settings->request_timeout,
		settings->request_timeout);
}

/** Send the request, and log in first if that is needed. */
static enum etcd_result
request_perform(struct request* request, const char* path,
	const struct exchange_reader* reader)
{
	struct v3* v3 = request->kv->state;
	enum etcd_result result;
	put_text(request, "}");
	if(request->failed ||
		!buffer_append(&request->body, "", 1))
		return link_out_of_memory(&request->kv->link);
	request->path = path;
	request->reader = reader;
	v3->exchange.arg = request;
	result = v3_step(v3, request_send);
	v3->exchange.arg = v3;
	return result;
}

static void
request_clear(struct request* request)
{
	buffer_clear(&request->body);
	buffer_clear(&request->last);
}

static void
request_init(struct request* request, struct kv* kv)
{
	memset(request, 0, sizeof(*request));
	request->kv = kv;
	request->first_more = SIZE_MAX;
	put_text(request, "{");
}

/** What an answer with another status means; for all readers. */
static enum etcd_result
refused(void* arg, const struct call* call)
{
	const struct request* request = arg;
	return v3_call_refused(request->kv->state, call);
}

static struct exchange*
request_exchange(const struct request* request)
{
	return &((struct v3*)request->kv->state)->exchange;
}

/** For a reader: the answer makes no sense. @return false. */
static bool
stop_unread(const struct request* request)
{
	return exchange_stop(request_exchange(request), ETCD_LOST,
		"the answer cannot be read");
}

/** Read the header of an answer. */
static bool
header_message(void* arg, cJSON* json)
{
	struct request* request = arg;
	return v3_json_header(json, &request->header) ||
		stop_unread(request);
}

/* --- reading ------------------------------------------------------------- */

/** Whether an object is the answer to one request of a transaction. @return the
 * answer; NULL: it is a key. */
static const cJSON*
response_range(const cJSON* json)
{
	return cJSON_GetObjectItemCaseSensitive(json, "response_range");
}

/** Whether the last key of a range that has more leads on: the next page begins
 * behind it, and would be this one for ever. */
static bool
last_leads_on(const struct request* request)
{
	const struct buffer *last = &request->last, *from = request->from;
	const size_t len = last->len < from->len ? last->len : from->len;
	int order;
	if(last->len == 0 || request->ranges > 0 || from->len == 0)
		return last->len > 0;
	order = memcmp(last->data, from->data, len);
	return order > 0 || (order == 0 && last->len >= from->len);
}

/** The end of a range. */
static bool
read_range_end(struct request* request, const cJSON* range)
{
	if(request->first_more == SIZE_MAX) {
		if(!v3_json_true(range, "more"))
			request->last.len = 0;
		else if(last_leads_on(request))
			request->first_more = request->ranges;
		else	return stop_unread(request);
	}
	request->ranges++;
	return true;
}

/** A key of a range, or the end of the range. Keys come first. */
static bool
read_piece(void* arg, cJSON* json)
{
	struct request* request = arg;
	const cJSON* range = response_range(json);
	struct etcd_kv kv;
	if(range)
		return read_range_end(request, range);
	/* what follows a range that has more is read again */
	if(request->first_more != SIZE_MAX)
		return true;
	if(!v3_json_kv(json, &kv))
		return stop_unread(request);
	request->told = true;
	request->last.len = 0;
	if(!buffer_append(&request->last, kv.key, kv.key_len))
		return exchange_out_of_memory(request_exchange(request),
			ETCD_LOST);
	return kv_tell(request->kv, &kv) || exchange_stop(
		request_exchange(request), ETCD_LOST, "%s",
		request->kv->link.reason.text);
}

static const struct exchange_reader read_reader = {
	NULL, read_piece, header_message, refused
};

/** What is to be read next. */
struct page {
	/** the ranges */
	const struct kv_range* ranges;
	size_t count;
	/** most keys of each */
	int64_t limit;
	/** as of which revision; 0: the newest */
	int64_t revision;
	/** key from which on the first range is read; empty: its own */
	struct buffer from;
};

/** Read ranges, up to the first that has more keys than its limit. */
static enum etcd_result
read_page(struct request* request, const struct page* page)
{
	const struct kv_range* ranges = page->ranges;
	const struct buffer* from = &page->from;
	enum etcd_result result;
	size_t i;
	request->from = from;
	put_text(request, "\"success\":[");
	for(i = 0; i < page->count; i++) {
		put_text(request, i > 0 ? ",{\"request_range\":{" :
			"{\"request_range\":{");
		if(i == 0 && from->len > 0) {
			put_octets(request, "key", from->data, from->len);
			put_text(request, ",");
			put_key(request, "range_end", ranges[i].end,
				ranges[i].end_len);
		} else	put_range(request, &ranges[i]);
		put_text(request, ",");
		if(page->revision > 0) {
			put_number(request, "revision", page->revision);
			put_text(request, ",");
		}
		put_number(request, "limit", page->limit);
		put_text(request, "}}");
	}
	put_text(request, "]");
	result = request_perform(request, "/v3/kv/txn", &read_reader);
	if(result == ETCD_OK && request->header.revision == 0)
		return link_ended(&request->kv->link, ETCD_LOST,
			"the answer is empty");
	return result;
}

/** A page failed. Ask for less if it is too large for etcd's gateway, or for
 * what is before it.
 * @return whether to ask again. */
static bool
page_shrink(const struct request* request, struct page* page)
{
	const struct call* call = &request_exchange(request)->call;
	if(request->told || (call->status != 413 &&
		!v3_is_too_large(call->refusal)))
		return false;
	if(page->limit > 1)
		page->limit = page->limit > 8 ? page->limit / 8 : 1;
	else if(page->count > 1)
		page->count /= 2;
	else	return false;
	return true;
}

/** A page is complete: see what is the next.
 * @return false if memory ran out. */
static bool
page_advance(const struct request* request, struct page* page)
{
	const struct buffer* last = &request->last;
	const bool more = request->first_more != SIZE_MAX;
	page->ranges += more ? request->first_more : page->count;
	page->revision = page->revision > 0 ? page->revision :
		request->header.revision;
	page->from.len = 0;
	/* right behind the last key */
	return !more || (buffer_append(&page->from, last->data, last->len) &&
		buffer_append(&page->from, "", 1));
}

static enum etcd_result
v3_read(struct kv* kv, struct kv_reading* reading)
{
	const struct kv_range* end = reading->ranges + reading->count;
	struct page page = { .ranges = reading->ranges,
		.count = reading->count, .limit = PAGE_KEYS };
	enum etcd_result result = ETCD_OK;
	bool again;
	do {
		struct request request;
		request_init(&request, kv);
		if(page.count > (size_t)(end - page.ranges))
			page.count = (size_t)(end - page.ranges);
		result = read_page(&request, &page);
		again = result == ETCD_LOST && page_shrink(&request, &page);
		if(result == ETCD_OK && !page_advance(&request, &page))
			result = link_out_of_memory(&kv->link);
		request_clear(&request);
	} while(again || (result == ETCD_OK && page.ranges < end));
	reading->revision = page.revision;
	buffer_clear(&page.from);
	return result;
}

/* --- writing ------------------------------------------------------------- */

/** Write the conditions: what the keys must be, and what is guarded. */
static void
put_conditions(struct request* request, const struct kv_writing* writing)
{
	const char* comma = "";
	size_t i;
	put_text(request, "\"compare\":[");
	for(i = 0; i < writing->count; i++) {
		const struct kv_change* change = &writing->changes[i];
		if(change->expected == KV_ANY)
			continue;
		put_text(request, comma);
		put_text(request, "{\"target\":\"MOD\",\"result\":\"EQUAL\",");
		put_key(request, "key", change->path, change->path_len);
		put_text(request, ",");
		put_number(request, "mod_revision", change->expected);
		put_text(request, "}");
		comma = ",";
	}
	for(i = 0; i < writing->guard_count; i++) {
		const struct kv_guard* guard = &writing->guards[i];
		put_text(request, comma);
		put_text(request, "{\"target\":\"MOD\",\"result\":\"LESS\",");
		put_range(request, &guard->range);
		put_text(request, ",");
		put_number(request, "mod_revision", guard->newest + 1);
		put_text(request, "}");
		comma = ",";
	}
	put_text(request, "]");
}

/** Write a change. */
static void
put_change(struct request* request, const struct kv_change* change)
{
	put_text(request, change->value ? "{\"request_put\":{" :
		"{\"request_delete_range\":{");
	put_key(request, "key", change->path, change->path_len);
	if(change->value) {
		put_text(request, ",");
		put_octets(request, "value", change->value,
			change->value_len);
	}
	if(change->value && change->lease != 0) {
		put_text(request, ",");
		put_number(request, "lease", change->lease);
	}
	put_text(request, "}}");
}

/** Write what to read of a guard that may not hold: a key that was put. */
static void
put_guard_range(struct request* request, const struct kv_guard* guard)
{
	put_text(request, ",{\"request_range\":{");
	put_range(request, &guard->range);
	put_text(request, ",");
	put_number(request, "min_mod_revision", guard->newest + 1);
	put_text(request, ",\"keys_only\":true,");
	put_number(request, "limit", 1);
	put_text(request, "}}");
}

/** Write the changes, and what to read if the conditions do not hold. */
static void
put_changes(struct request* request, const struct kv_writing* writing)
{
	size_t i;
	put_text(request, ",\"success\":[");
	for(i = 0; i < writing->count; i++) {
		if(i > 0)
			put_text(request, ",");
		put_change(request, &writing->changes[i]);
	}
	put_text(request, "],\"failure\":[");
	for(i = 0; i < writing->count; i++) {
		put_text(request, i > 0 ? ",{\"request_range\":{" :
			"{\"request_range\":{");
		put_key(request, "key", writing->changes[i].path,
			writing->changes[i].path_len);
		put_text(request, "}}");
	}
	for(i = 0; i < writing->guard_count; i++)
		put_guard_range(request, &writing->guards[i]);
	put_text(request, "]");
}

/** A key that breaks a guard; or the end of the answer about it. */
static bool
guard_piece(struct request* request, const cJSON* json)
{
	struct kv_outcome* outcome = request->writing->outcome;
	const size_t number = request->ranges - request->writing->count;
	if(number >= request->writing->guard_count)
		return stop_unread(request);
	if(!response_range(json)) {
		request->exists = true;
		return true;
	}
	if(request->exists && outcome->guard == request->writing->guard_count)
		outcome->guard = number;
	request->exists = false;
	request->ranges++;
	return true;
}

/** The key of a change as it is, after a conflict; or the end of the answer
 * about it. */
static bool
apply_piece(void* arg, cJSON* json)
{
	struct request* request = arg;
	const struct kv_writing* writing = request->writing;
	const struct kv_change* change = &writing->changes[request->ranges];
	struct etcd_kv kv;
	if(request->ranges >= writing->count)
		return guard_piece(request, json);
	if(response_range(json)) {
		if(!request->exists)
			request->done = kv_is_done(request->kv, change, NULL);
		if(change->expected != KV_ANY && change->expected !=
			request->mod_revision && writing->outcome->conflict ==
			writing->count)
			writing->outcome->conflict = request->ranges;
		request->all_done = request->all_done && request->done;
		request->exists = request->done = false;
		request->mod_revision = 0;
		request->ranges++;
		return true;
	}
	/* the answers to puts and deletions matter to nobody */
	if(!cJSON_GetObjectItemCaseSensitive(json, "key"))
		return true;
	if(!v3_json_kv(json, &kv))
		return stop_unread(request);
	request->exists = true;
	request->mod_revision = kv.mod_revision;
	request->done = kv_is_done(request->kv, change, &kv);
	if(kv.mod_revision > request->newest)
		request->newest = kv.mod_revision;
	return true;
}

static bool
apply_message(void* arg, cJSON* json)
{
	struct request* request = arg;
	request->succeeded = v3_json_true(json, "succeeded");
	return header_message(arg, json);
}

static const struct exchange_reader apply_reader = {
	NULL, apply_piece, apply_message, refused
};

/** The transaction was answered: note how it ended. */
static void
apply_settle(const struct request* request)
{
	struct kv_writing* writing = request->writing;
	struct kv_outcome* outcome = writing->outcome;
	/* an attempt before, whose answer was lost, may have done it: one of
	 * ours, or of libcurl's, which sends a request again if a connection
	 * that was open already ends before the answer */
	bool done = request->succeeded || (request->ranges ==
		writing->count + writing->guard_count && request->all_done);
	writing->result = done ? KV_OK : KV_CONFLICT;
	if(!done)
		return;
	outcome->conflict = writing->count;
	outcome->applied = writing->count;
	outcome->revision = request->succeeded || request->newest == 0 ?
		request->header.revision : request->newest;
}

static enum etcd_result
v3_apply(struct kv* kv, struct kv_writing* writing)
{
	struct request request;
	enum etcd_result result;
	request_init(&request, kv);
	request.writing = writing;
	request.all_done = true;
	put_conditions(&request, writing);
	put_changes(&request, writing);
	writing->outcome->conflict = writing->count;
	writing->outcome->guard = writing->guard_count;
	result = request_perform(&request, "/v3/kv/txn", &apply_reader);
	if(result == ETCD_OK && request.header.revision == 0)
		result = link_ended(&kv->link, ETCD_LOST,
			"the answer is empty");
	if(result == ETCD_OK)
		apply_settle(&request);
	request_clear(&request);
	return result;
}

/* --- leases -------------------------------------------------------------- */

static bool
grant_message(void* arg, cJSON* json)
{
	struct request* request = arg;
	return (v3_json_i64(json, "ID", &request->lease) &&
		request->lease > 0) || stop_unread(request);
}

static const struct exchange_reader grant_reader = {
	NULL, NULL, grant_message, refused
};

static enum etcd_result
v3_grant(struct kv* kv, struct kv_leasing* leasing)
{
	struct request request;
	enum etcd_result result;
	request_init(&request, kv);
	put_number(&request, "TTL", leasing->seconds);
	result = request_perform(&request, "/v3/lease/grant", &grant_reader);
	leasing->lease = request.lease;
	if(result == ETCD_OK && request.lease == 0)
		result = link_ended(&kv->link, ETCD_LOST,
			"the answer is empty");
	request_clear(&request);
	return result;
}

static const struct exchange_reader revoke_reader = {
	NULL, NULL, header_message, refused
};

static enum etcd_result
v3_revoke(struct kv* kv, struct kv_leasing* leasing)
{
	struct request request;
	enum etcd_result result;
	request_init(&request, kv);
	put_number(&request, "ID", leasing->lease);
	result = request_perform(&request, "/v3/lease/revoke",
		&revoke_reader);
	request_clear(&request);
	return result;
}

/* --- permission ---------------------------------------------------------- */

static bool
ignore_piece(void* arg, cJSON* json)
{
	(void)arg;
	(void)json;
	return true;
}

static const struct exchange_reader probe_reader = {
	NULL, ignore_piece, header_message, refused
};

static enum etcd_result
v3_may_read(struct kv* kv)
{
	const struct kv_range first = { .first = "" };
	struct request request;
	enum etcd_result result;
	char* end;
	request_init(&request, kv);
	put_range(&request, &first);
	/* '0' follows '/' */
	if(asprintf(&end, "%s0", kv->settings->prefix) >= 0) {
		put_text(&request, ",");
		put_octets(&request, "range_end", end, strlen(end));
		free(end);
	} else	request.failed = true;
	put_text(&request, ",\"keys_only\":true,");
	put_number(&request, "limit", 1);
	result = request_perform(&request, "/v3/kv/range", &probe_reader);
	request_clear(&request);
	return result;
}

static const struct call*
v3_call(const void* state)
{
	return &((const struct v3*)state)->exchange.call;
}

const struct kv_api kv_v3 = {
	v3_read, v3_apply, v3_grant, v3_revoke, v3_call, v3_may_read
};
