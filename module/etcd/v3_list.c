/*
 * etcd/v3_list.c - lists the keys, a page at a time.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "etcd/v3_internal.h"
#include "base/clock.h"
#include "base/log.h"
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** keys in a page, at first. For each page etcd counts all keys behind it, so
 * that small pages are slow; where pages arrive quickly, the next ones are
 * larger */
#define PAGE_KEYS 10000
/** most octets of JSON in a page, if pages are to become larger; etcd has
 * several times as many in memory for it */
#define PAGE_OCTETS (16 * 1024 * 1024)
/** pages become larger if one takes less than this part of the time that it
 * has, so that one with twice the keys still has time to spare */
#define PAGE_HASTE 4
/** failures after which a page is taken to be too large */
#define PAGE_FAILURES 3

/** Note that the next page begins right behind a key: at that key with a NUL
 * appended. */
static bool
list_note_next(struct v3* v3, const struct etcd_kv* kv)
{
	struct buffer* next = &v3->list.next;
	next->len = 0;
	return buffer_append(next, kv->key, kv->key_len) &&
		buffer_append(next, "", 1);
}

/** One key of a page. */
static bool
list_kv(struct v3* v3, const struct etcd_kv* kv)
{
	if(v3->list.page.keys == 0)
		v3->list.page.began = clock_now();
	if(++v3->list.page.keys > v3->list.size.keys)
		return exchange_stop(&v3->exchange, ETCD_LOST,
			"a page has more keys than were asked for");
	if(kv->mod_revision > v3->link->revision)
		v3->list.newer = true;
	return (list_note_next(v3, kv) && link_list_key(v3->link, kv)) ||
		exchange_out_of_memory(&v3->exchange, ETCD_LOST);
}

static bool
list_piece(void* arg, cJSON* json)
{
	struct v3* v3 = arg;
	struct etcd_kv kv;
	return v3_json_kv(json, &kv) ? list_kv(v3, &kv) : exchange_stop(
		&v3->exchange, ETCD_LOST, "a key in the list can't be read");
}

static size_t
list_text(void* arg, const char* text, size_t len)
{
	struct v3* v3 = arg;
	struct etcd_kv kv;
	size_t used = v3_text_kv(text, len, &kv, &v3->room);
	return used == 0 || list_kv(v3, &kv) ? used : JSON_STREAM_STOP;
}

static const struct exchange_reader list_reader = {
	list_text, list_piece, v3_range_message, v3_call_refused
};

void
v3_list_init(struct v3_list* list)
{
	list->size.keys = PAGE_KEYS;
	list->size.most = UINT_MAX;
}

/**
 * Write the body of a request for a page.
 * @param revision: the revision to show; 0: the newest.
 * @return owned by the caller; NULL if memory ran out.
 */
static char*
page_body(const struct v3* v3, int64_t revision)
{
	const struct buffer* next = &v3->list.next;
	char* key64 = next->len > 0 ? v3_base64(next->data, next->len) :
		strdup(v3->first64);
	char* body;
	if(!key64)
		return NULL;
	if(asprintf(&body, "{\"key\":\"%s\",\"range_end\":\"%s\","
		"\"limit\":\"%u\",\"revision\":\"%" PRId64 "\"}",
		key64, v3->end64, v3->list.size.keys, revision) < 0)
		body = NULL;
	free(key64);
	return body;
}

/**
 * A page is complete. Make the next ones larger if this one was full, and one
 * with twice the keys, which takes twice the time at the most, will be neither
 * too slow nor too large.
 */
static void
page_grow(struct v3* v3)
{
	struct v3_page_size* size = &v3->list.size;
	const struct v3_page* page = &v3->list.page;
	const int64_t began = page->began - page->asked;
	const int64_t took = clock_now() - page->asked;
	const uint64_t received = v3->exchange.call.received;
	bool refused = size->octets < PAGE_OCTETS;
	if(refused && received > size->octets)
		size->octets = received < PAGE_OCTETS ? received :
			PAGE_OCTETS;
	if(page->keys == size->keys &&
		(refused || size->keys >= PAGE_KEYS) &&
		size->keys <= size->most / 2 &&
		received <= size->octets / 2 &&
		began * PAGE_HASTE <= (int64_t)size->patience &&
		took * PAGE_HASTE <=
		(int64_t)v3->link->settings->request_timeout)
		size->keys *= 2;
}

/** A page failed: note whether it was too large. */
static void
page_shrink(struct v3* v3)
{
	struct v3_page_size* size = &v3->list.size;
	const struct v3_page* page = &v3->list.page;
	const struct call* call = &v3->exchange.call;
	/* whatever the reason is: if it comes again, it has to do with the
	 * size, such as a proxy's limit */
	if(size->keys > PAGE_KEYS)
		size->most = size->keys / 2;
	/* too slow */
	if(size->keys > 1 && call->timed_out && page->keys > 0)
		size->keys /= 2;
	/* 429 says that requests are too many: smaller pages would add to
	 * them */
	if(call->status != 0 && call->status != 429 && !call->timed_out)
		size->failures++;
}

/** Ask for one page, and tell the sink of its keys. */
static enum etcd_result
list_page(struct v3* v3, int64_t revision)
{
	struct v3_list* list = &v3->list;
	enum etcd_result result;
	char* body = page_body(v3, revision);
	if(!body)
		return link_out_of_memory(v3->link);
	list->page.keys = 0;
	list->page.asked = clock_now();
	list->page.more = false;
	memset(&v3->header, 0, sizeof(v3->header));
	result = v3_range(v3, &list_reader, body, list->size.patience);
	free(body);
	if(result == ETCD_OK && v3->header.revision == 0)
		return link_ended(v3->link, ETCD_LOST,
			"the answer to a list is empty");
	if(result == ETCD_OK && v3->header.cluster_id == 0)
		return link_ended(v3->link, ETCD_LOST,
			"the answer to a list has no cluster's id");
	if(result == ETCD_OK && list->page.more && list->page.keys == 0)
		return link_ended(v3->link, ETCD_LOST,
			"a page of the list is empty");
	if(result == ETCD_OK)
		page_grow(v3);
	else if(result == ETCD_LOST)
		page_shrink(v3);
	return result;
}

/** Compare the answer's cluster and revision with what is known. */
static bool
judge_message(void* arg, cJSON* json)
{
	struct v3* v3 = arg;
	if(!v3_range_message(arg, json))
		return false;
	v3->exchange.result = link_judge(v3->link, v3->header.cluster_id,
		v3->header.revision);
	return v3->exchange.result == ETCD_OK;
}

static const struct exchange_reader judge_reader = {
	NULL, NULL, judge_message, v3_call_refused
};

/** Before the list: see whether this endpoint may have something newer. */
static enum etcd_result
list_judge(struct v3* v3)
{
	enum etcd_result result;
	if(v3->link->cluster == 0 || v3->link->replaced)
		return ETCD_OK;
	memset(&v3->header, 0, sizeof(v3->header));
	result = v3_range(v3, &judge_reader, v3->probe_body,
		v3->link->settings->heartbeat);
	if(result == ETCD_OK && v3->header.revision == 0)
		return link_ended(v3->link, ETCD_LOST, "the answer is empty");
	return result;
}

bool
v3_ping(struct v3* v3)
{
	const struct reason reason = v3->link->reason;
	const enum etcd_loss_reason loss = v3->link->loss;
	bool alive;
	alive = v3_range(v3, &judge_reader, v3->probe_body,
		v3->link->settings->heartbeat) == ETCD_OK;
	v3->link->reason = reason;
	v3->link->loss = loss;
	return alive;
}

/**
 * Nothing of a page arrived in time. If etcd answers another request, it is
 * only slow, as it builds the whole page before it begins to answer. Allow more
 * time, or, if there is no more, as with large values, ask for far fewer keys.
 * @return whether to ask for the page again.
 */
static bool
page_retry_slow(struct v3* v3)
{
	struct v3_page_size* size = &v3->list.size;
	const struct v3_page* page = &v3->list.page;
	const unsigned most = v3->link->settings->request_timeout;
	const struct call* call = &v3->exchange.call;
	if(!call->timed_out || page->keys > 0 ||
		(size->patience >= most && size->keys == 1) || !v3_ping(v3))
		return false;
	if(size->keys > size->most)
		size->keys = size->most;
	else if(size->patience >= most)
		size->keys = size->keys > 8 ? size->keys / 8 : 1;
	else	size->patience = size->patience < most / 2 ?
			size->patience * 2 : most;
	return true;
}

/**
 * A page failed. Ask for fewer keys if it is too large for what is between etcd
 * and us: the refusal says so, or pages fail again and again though etcd
 * answers other requests.
 * @return whether to ask for the page again.
 */
static bool
page_retry_large(struct v3* v3)
{
	struct v3_page_size* size = &v3->list.size;
	const struct call* call = &v3->exchange.call;
	const unsigned keys = size->keys;
	bool large = call->status == 413 || v3_is_too_large(call->refusal);
	if(keys == 1 || (!large && (size->failures < PAGE_FAILURES ||
		!v3_ping(v3))))
		return false;
	size->failures = 0;
	size->octets = 0;
	size->keys = large ? keys / 2 : keys > 8 ? keys / 8 : 1;
	helix_info("etcd %s: %s; listing %u keys at a time",
		client_endpoint(v3->link->client), v3->link->reason.text,
		size->keys);
	return true;
}

/** Ask for all pages, each as of the revision of the first. */
static enum etcd_result
list_pages(struct v3* v3, struct v3_header* first)
{
	memset(first, 0, sizeof(*first));
	do {
		enum etcd_result result;
		do	result = list_page(v3, first->revision);
		while(result == ETCD_LOST &&
			(page_retry_large(v3) || page_retry_slow(v3)));
		if(result != ETCD_OK)
			return result;
		if(first->revision == 0)
			*first = v3->header;
		if(first->cluster_id != v3->header.cluster_id)
			return link_ended(v3->link, ETCD_LOST,
				"the cluster changed during the list");
		/* behind a proxy, another etcd may have answered this time */
		if(link_judge(v3->link, first->cluster_id, first->revision) !=
			ETCD_OK)
			return ETCD_BEHIND;
	} while(v3->list.page.more);
	return ETCD_OK;
}

enum etcd_result
v3_list(struct v3* v3)
{
	struct v3_list* list = &v3->list;
	struct v3_page_size* size = &list->size;
	struct etcd_link* link = v3->link;
	enum etcd_result result;
	struct v3_header first;
	link->listed = 0;
	list->newer = false;
	if(size->keys > PAGE_KEYS)
		size->keys = PAGE_KEYS;
	result = list_judge(v3);
	if(result != ETCD_OK)
		return result;
	size->patience = link->settings->heartbeat;
	size->octets = PAGE_OCTETS;
	list->next.len = 0;
	link_list_begin(link);
	result = list_pages(v3, &first);
	result = link_list_end(link, result, first.cluster_id, first.revision);
	if(result != ETCD_OK)
		return result;
	v3_watch_settle_doubt(v3);
	size->failures = 0;
	v3->raft_term = first.raft_term;
	if(size->keys < PAGE_KEYS)
		size->keys = size->keys < PAGE_KEYS / 2 ? size->keys * 2 :
			PAGE_KEYS;
	return ETCD_OK;
}
