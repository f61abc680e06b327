/*
 * etcd/v3_resume.c - compares etcd's history with what was seen.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "etcd/v3_internal.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** revisions a second that etcd delivers to a watch that is behind, about */
#define CATCH_UP_RATE 5000
/** keys a second in a list, about */
#define LIST_RATE 50000

/** The key that was put last. @return NULL if none is known. */
static const struct history_anchor*
resume_anchor(const struct v3* v3)
{
	return history_last(&v3->link->history, v3->link->revision);
}

/** The key that was asked for: compare it with the anchor. */
static bool
resume_piece(void* arg, cJSON* json)
{
	struct v3* v3 = arg;
	const struct history_anchor* anchor = resume_anchor(v3);
	struct etcd_kv kv;
	v3->resume.found = true;
	v3->resume.unchanged = anchor && v3_json_kv(json, &kv) &&
		history_anchor_is(anchor, &kv);
	return true;
}

static const struct exchange_reader resume_reader = {
	NULL, resume_piece, v3_range_message, v3_call_refused
};

/** Whether watching from the past would take longer than listing. */
static bool
gap_is_large(const struct v3* v3)
{
	int64_t gap = v3->header.revision - v3->link->revision;
	return gap / CATCH_UP_RATE >
		1 + (int64_t)v3->link->listed / LIST_RATE;
}

/** Decide by the answer about the anchor. */
static enum etcd_result
resume_judge(struct v3* v3)
{
	const struct v3_header* now = &v3->header;
	if(now->revision == 0)
		return link_ended(v3->link, ETCD_LOST, "the answer is empty");
	if(link_judge(v3->link, now->cluster_id, now->revision) != ETCD_OK)
		return ETCD_BEHIND;
	if(now->raft_term < v3->raft_term)
		return link_ended(v3->link, ETCD_BEHIND,
			"the cluster was started anew (raft term %" PRIu64
			", was %" PRIu64 ")", now->raft_term, v3->raft_term);
	if(!v3->resume.unchanged)
		return link_history_changed(v3->link);
	if(gap_is_large(v3))
		return link_relist(v3->link, ETCD_LIST_MISSED,
			"%" PRId64 " revisions were missed, listing is faster",
			now->revision - v3->link->revision);
	return ETCD_OK;
}

/** Ask for a key as of the revision up to which everything is known. */
static enum etcd_result
resume_ask(struct v3* v3, const struct history_anchor* key)
{
	enum etcd_result result;
	char* key64 = v3_base64(key->key, key->len);
	char* body = NULL;
	if(key64 && asprintf(&body, "{\"key\":\"%s\",\"revision\":\"%"
		PRId64 "\"}", key64, v3->link->revision) < 0)
		body = NULL;
	free(key64);
	if(!body)
		return link_out_of_memory(v3->link);
	v3->resume.found = v3->resume.unchanged = false;
	memset(&v3->header, 0, sizeof(v3->header));
	result = v3_range(v3, &resume_reader, body,
		v3->link->settings->heartbeat);
	free(body);
	return result;
}

/**
 * If a deletion is the last event that was seen, the anchor is older. A backup
 * from between the two has the anchor, but it has the deleted key as well.
 */
static enum etcd_result
resume_ask_deleted(struct v3* v3)
{
	enum etcd_result result;
	const struct history_anchor* anchor = resume_anchor(v3);
	const struct history_anchor* deleted = &v3->link->history.deleted;
	if(!deleted->key || deleted->mod_revision < anchor->mod_revision)
		return ETCD_OK;
	result = resume_ask(v3, deleted);
	if(result == ETCD_OK && v3->resume.found)
		return link_ended(v3->link, ETCD_BEHIND,
			"a key that was deleted is back: etcd was restored "
			"from a backup");
	return result;
}

enum etcd_result
v3_resume(struct v3* v3)
{
	const struct history_anchor* anchor = resume_anchor(v3);
	enum etcd_result result;
	/* a deletion in a message that was cut off does not count, and no
	 * deletion from before it is remembered */
	if(!anchor || v3->link->history.deleted.mod_revision >
		v3->link->revision)
		return link_history_unknown(v3->link);
	result = resume_ask(v3, anchor);
	if(result == ETCD_OK)
		result = resume_judge(v3);
	if(result == ETCD_OK)
		result = resume_ask_deleted(v3);
	if(result == ETCD_OK && v3->header.raft_term > v3->raft_term)
		v3->raft_term = v3->header.raft_term;
	return result;
}
