/*
 * tools/helixctl/kv_v2.c - requests of etcd's v2 API.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "kv_internal.h"
#include "etcd/v2_internal.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** etcd's error codes, beside those of v2_text.h */
enum {
	V2_TEST_FAILED = 101,
	V2_NOT_A_FILE = 102,
	V2_NODE_EXISTS = 105
};

/** A request that is under way. */
struct request {
	struct kv* kv;
	/** ranges whose keys are told; NULL: one key, any */
	const struct kv_range* ranges;
	size_t count;
	/** paths of directories that are to be read, each with a NUL; NULL:
	 * those that are found are not wanted */
	struct buffer* dirs;
	/** etcd's index in the answer; 0: none */
	int64_t index;
	/** whether the key does not exist */
	bool absent;
	/* what follows is for changes */
	const struct kv_change* change;
	/** whether the key is not as expected */
	bool conflict;
	/** whether it is as the change makes it */
	bool done;
	/** revision of the change */
	int64_t revision;
};

/* --- sending ------------------------------------------------------------- */

static struct v2*
request_v2(const struct request* request)
{
	return request->kv->state;
}

/** What an answer with another status means; for all readers. */
static enum etcd_result
refused(void* arg, const struct call* call)
{
	struct request* request = arg;
	char text[100];
	if(v2_refusal_code(call, text, sizeof(text)) == V2_KEY_NOT_FOUND) {
		request->index = v2_head_index(call);
		request->absent = true;
		return ETCD_OK;
	}
	return v2_call_refused(request_v2(request), call);
}

/** For a reader: the answer makes no sense. @return false. */
static bool
stop_unread(const struct request* request)
{
	return exchange_stop(&request_v2(request)->exchange, ETCD_LOST,
		"the answer cannot be read");
}

/**
 * Send a request.
 * @param method: NULL: GET.
 * @param query: behind the path, with its '?'; or "".
 * @param body: a form; NULL: none.
 */
static enum etcd_result
request_perform(struct request* request, const char* path, size_t path_len,
	const char* method, const char* query, const char* body,
	const struct exchange_reader* reader)
{
	struct v2* v2 = request_v2(request);
	struct etcd_link* link = &request->kv->link;
	struct exchange* exchange = &v2->exchange;
	const unsigned timeout = link->settings->request_timeout;
	enum etcd_result result = v2_login(v2);
	struct buffer key = { 0 };
	char *url = NULL, *full = NULL;
	if(result != ETCD_OK)
		return result;
	if(kv_key_append(request->kv, &key, path, path_len) &&
		buffer_append(&key, "", 1))
		url = v2_key_path((const char*)key.data);
	buffer_clear(&key);
	if(!url || asprintf(&full, "%s%s", url, query) < 0) {
		free(url);
		return link_out_of_memory(link);
	}
	free(url);
	exchange->arg = request;
	exchange->call.method = method;
	exchange->call.content_type = body ?
		"application/x-www-form-urlencoded" : NULL;
	result = exchange_perform(exchange, reader, full, body, timeout,
		timeout);
	exchange->call.method = exchange->call.content_type = NULL;
	exchange->arg = v2;
	free(full);
	return result;
}

/* --- reading ------------------------------------------------------------- */

/** Compare octets; a text comes before those that it begins. */
static int
octets_compare(const char* a, size_t a_len, const char* b, size_t b_len)
{
	int order = memcmp(a, b, a_len < b_len ? a_len : b_len);
	return order != 0 ? order : (a_len > b_len) - (a_len < b_len);
}

/** Whether a path is in a range. */
static bool
range_has(const struct kv_range* range, const char* path, size_t len)
{
	if(!range->end)
		return octets_compare(path, len, range->first,
			range->first_len) == 0;
	return octets_compare(path, len, range->first, range->first_len) >= 0
		&& octets_compare(path, len, range->end, range->end_len) < 0;
}

/** Whether a path is in one of the request's ranges. */
static bool
request_has(const struct request* request, const char* path, size_t len)
{
	size_t i;
	for(i = 0; i < request->count; i++) {
		if(range_has(&request->ranges[i], path, len))
			return true;
	}
	return false;
}

/** The path of a node below the prefix; NULL if it is not below. */
static const char*
node_path(const struct kv* kv, const struct v2_node* node)
{
	const size_t prefix = strlen(kv->settings->prefix);
	return node->kv.key_len > prefix && memcmp(node->kv.key,
		kv->settings->prefix, prefix) == 0 &&
		node->kv.key[prefix] == '/' ? node->kv.key + prefix + 1 :
		NULL;
}

/** Note a directory in which there may be keys of the ranges. */
static bool
note_dir(struct request* request, const char* path)
{
	char* below;
	bool ok = true;
	if(!request->dirs)
		return true;
	if(asprintf(&below, "%s/", path) < 0)
		return false;
	if(request_has(request, below, strlen(below)))
		ok = buffer_append(request->dirs, path, strlen(path) + 1);
	free(below);
	return ok;
}

/** A key, or a directory. */
static bool
read_node(struct request* request, const struct v2_node* node)
{
	const char* path = node_path(request->kv, node);
	bool ok = true;
	if(!path)
		return true;
	if(node->dir)
		ok = note_dir(request, path);
	else if(request_has(request, path, strlen(path)))
		return kv_tell(request->kv, &node->kv) || exchange_stop(
			&request_v2(request)->exchange, ETCD_LOST, "%s",
			request->kv->link.reason.text);
	return ok || exchange_out_of_memory(&request_v2(request)->exchange,
		ETCD_LOST);
}

static bool
read_piece(void* arg, cJSON* json)
{
	struct v2_node node;
	return v2_json_node(json, &node) ? read_node(arg, &node) :
		stop_unread(arg);
}

/** What was asked for itself: a key, or the directory that was read. */
static bool
read_message(void* arg, cJSON* json)
{
	struct request* request = arg;
	const cJSON* item = cJSON_GetObjectItemCaseSensitive(json, "node");
	struct v2_node node;
	request->index = v2_head_index(&request_v2(request)->exchange.call);
	if(!cJSON_IsObject(item) || request->index == 0)
		return stop_unread(arg);
	/* the root has no key */
	return !v2_json_node(item, &node) || node.dir ||
		read_node(request, &node);
}

static const struct exchange_reader read_reader = {
	NULL, read_piece, read_message, refused
};

/** The directory in which a range is: octets of `first` before its last
 * '/'. */
static size_t
range_dir_len(const struct kv_range* range)
{
	const char* slash = memrchr(range->first, '/', range->first_len);
	return slash ? (size_t)(slash - range->first) : 0;
}

/** Read one directory for the ranges that are in it.
 * @param dir: its path; or of one key. */
static enum etcd_result
read_dir(struct request* request, const char* dir, size_t len, bool deep)
{
	enum etcd_result result;
	request->absent = false;
	request->index = 0;
	result = request_perform(request, dir, len, NULL, deep ?
		"?quorum=true&recursive=true" : "?quorum=true", NULL,
		&read_reader);
	if(result == ETCD_OK && request->index == 0)
		return link_ended(&request->kv->link, ETCD_LOST,
			"the answer is empty");
	return result;
}

/** Read ranges of one directory, and the directories that are in them. */
static enum etcd_result
read_group(struct request* request, const char* dir, size_t len)
{
	struct buffer dirs = { 0 };
	enum etcd_result result;
	size_t at = 0;
	request->dirs = &dirs;
	result = read_dir(request, dir, len, false);
	request->dirs = NULL;
	while(result == ETCD_OK && at < dirs.len) {
		const char* path = (const char*)dirs.data + at;
		at += strlen(path) + 1;
		result = read_dir(request, path, strlen(path), true);
	}
	buffer_clear(&dirs);
	return result;
}

static enum etcd_result
v2_read(struct kv* kv, struct kv_reading* reading)
{
	enum etcd_result result = ETCD_OK;
	size_t at = 0;
	while(at < reading->count && result == ETCD_OK) {
		const struct kv_range* first = &reading->ranges[at];
		const size_t len = range_dir_len(first);
		struct request request = { .kv = kv, .ranges = first,
			.count = 1 };
		while(first->end && at + request.count < reading->count &&
			first[request.count].end && range_dir_len(first +
			request.count) == len && memcmp(first->first,
			first[request.count].first, len) == 0)
			request.count++;
		result = first->end ?
			read_group(&request, first->first, len) :
			read_dir(&request, first->first, first->first_len,
			false);
		if(request.index > reading->revision)
			reading->revision = request.index;
		at += request.count;
	}
	return result;
}

/* --- writing ------------------------------------------------------------- */

/** A change was made. */
static bool
change_message(void* arg, cJSON* json)
{
	struct request* request = arg;
	struct v2_node node;
	if(!v2_json_answer(json, &node))
		return stop_unread(request);
	request->done = true;
	request->revision = node.kv.mod_revision;
	return true;
}

/** why a key can have no value, or none below it */
static const char beside[] = "in the v2 API, a key with a value has none below "
	"it, so that a key without an id excludes those with one";

/** A change was not made: because the key is not as expected? */
static enum etcd_result
change_refused(void* arg, const struct call* call)
{
	struct request* request = arg;
	char text[100];
	const int code = v2_refusal_code(call, text, sizeof(text));
	if(code == V2_KEY_NOT_FOUND && !request->change->value &&
		request->change->expected <= 0) {
		request->done = true;
		request->revision = v2_head_index(call);
		return ETCD_OK;
	}
	if(code == V2_NOT_A_FILE || code == V2_NOT_A_DIRECTORY)
		return link_ended(&request->kv->link, ETCD_DENIED, "%s",
			beside);
	request->conflict = code == V2_TEST_FAILED ||
		code == V2_NODE_EXISTS || code == V2_KEY_NOT_FOUND;
	return request->conflict ? ETCD_OK :
		v2_call_refused(request_v2(request), call);
}

static const struct exchange_reader change_reader = {
	NULL, NULL, change_message, change_refused
};

/** Append text, encoded for a form (RFC 3986 2.1). */
static bool
form_append(struct buffer* form, const char* text, size_t len)
{
	size_t i;
	for(i = 0; i < len; i++) {
		char octet[4];
		snprintf(octet, sizeof(octet), "%%%02X",
			(unsigned)(unsigned char)text[i]);
		if(!buffer_append(form, octet, 3))
			return false;
	}
	return true;
}

/** Write the condition of a change, behind a '?'. */
static const char*
change_query(const struct kv_change* change, char query[64])
{
	if(change->expected == KV_ANY)
		return "";
	if(change->expected == KV_ABSENT)
		return change->value ? "?prevExist=false" : "";
	snprintf(query, 64, "?prevIndex=%" PRId64, change->expected);
	return query;
}

/** Write the new value. @return false if memory ran out. */
static bool
change_form(const struct kv_change* change, struct buffer* form)
{
	char ttl[64] = "";
	if(change->lease > 0)
		snprintf(ttl, sizeof(ttl), "&ttl=%" PRId64, change->lease);
	return buffer_append(form, "value=", 6) && form_append(form,
		change->value, change->value_len) &&
		buffer_append(form, ttl, strlen(ttl) + 1);
}

static bool
done_node(struct request* request, const struct v2_node* node)
{
	request->done = kv_is_done(request->kv, request->change,
		&node->kv);
	request->revision = node->kv.mod_revision;
	return true;
}

/** The key of a change, as it is. */
static bool
done_message(void* arg, cJSON* json)
{
	struct request* request = arg;
	struct v2_node node;
	if(!v2_json_answer(json, &node))
		return stop_unread(arg);
	return node.dir ? exchange_stop(&request_v2(request)->exchange,
		ETCD_DENIED, "%s",
			beside) : done_node(arg, &node);
}

static const struct exchange_reader done_reader = {
	NULL, NULL, done_message, refused
};

/** There is a conflict, but an attempt before, whose answer was lost, may have
 * made the change: one of ours, or of libcurl's, which sends a request again if
 * a connection that was open already ends before the answer. See what the key
 * is. */
static enum etcd_result
change_settle(struct request* request)
{
	const struct kv_change* change = request->change;
	enum etcd_result result;
	request->absent = false;
	result = request_perform(request, change->path, change->path_len,
		NULL, "?quorum=true", NULL, &done_reader);
	if(request->absent) {
		request->done = !change->value;
		request->revision = request->index;
	}
	request->conflict = !request->done;
	return result;
}

/** Make one change. */
static enum etcd_result
change_make(struct request* request)
{
	const struct kv_change* change = request->change;
	struct buffer form = { 0 };
	enum etcd_result result;
	char query[64];
	/* nothing is to be there: nothing is to be done */
	if(!change->value && change->expected == KV_ABSENT) {
		request->done = true;
		return ETCD_OK;
	}
	if(change->value && !change_form(change, &form)) {
		buffer_clear(&form);
		return link_out_of_memory(&request->kv->link);
	}
	result = request_perform(request, change->path, change->path_len,
		change->value ? "PUT" : "DELETE", change_query(change, query),
		change->value ? (const char*)form.data : NULL,
		&change_reader);
	buffer_clear(&form);
	if(result == ETCD_OK && !request->done && !request->conflict)
		return link_ended(&request->kv->link, ETCD_LOST,
			"the answer is empty");
	if(result == ETCD_OK && request->conflict)
		result = change_settle(request);
	return result;
}

static enum etcd_result
v2_apply(struct kv* kv, struct kv_writing* writing)
{
	struct kv_outcome* outcome = writing->outcome;
	writing->result = KV_OK;
	while(outcome->applied < writing->count) {
		struct request request = { .kv = kv,
			.change = &writing->changes[outcome->applied] };
		enum etcd_result result = change_make(&request);
		if(result != ETCD_OK)
			return result;
		if(request.conflict) {
			outcome->conflict = outcome->applied;
			writing->result = KV_CONFLICT;
			return ETCD_OK;
		}
		/* the next change was not sent yet */
		writing->unsure = false;
		outcome->applied++;
		if(request.revision > outcome->revision)
			outcome->revision = request.revision;
	}
	return ETCD_OK;
}

/* --- leases -------------------------------------------------------------- */

static enum etcd_result
v2_grant(struct kv* kv, struct kv_leasing* leasing)
{
	(void)kv;
	leasing->lease = leasing->seconds;
	return ETCD_OK;
}

static enum etcd_result
v2_revoke(struct kv* kv, struct kv_leasing* leasing)
{
	(void)kv;
	(void)leasing;
	return ETCD_OK;
}

/* --- permission ---------------------------------------------------------- */

static enum etcd_result
v2_may_read(struct kv* kv)
{
	static const char nothing[] = "_unbound-helix";
	const struct kv_range range = { .first = nothing,
		.first_len = sizeof(nothing) - 1 };
	struct request request = { .kv = kv, .ranges = &range, .count = 1 };
	return read_dir(&request, nothing, sizeof(nothing) - 1, false);
}

static const struct call*
v2_call(const void* state)
{
	return &((const struct v2*)state)->exchange.call;
}

const struct kv_api kv_v2 = {
	v2_read, v2_apply, v2_grant, v2_revoke, v2_call, v2_may_read
};
