/*
 * etcd/v2_list.c - lists the directories.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "etcd/v2_internal.h"
#include <stdio.h>
#include <stdlib.h>

/** Read the head of an answer: the cluster and the index. */
static enum etcd_result
list_head(struct v2* v2)
{
	struct v2_list* list = &v2->list;
	const struct call* call = &v2->exchange.call;
	const uint64_t cluster = v2_head_cluster(call);
	const int64_t index = v2_head_index(call);
	if(index == 0 || cluster == 0)
		return link_ended(v2->link, ETCD_LOST, "the answer to a list "
			"has no index, or no cluster's id");
	if(list->cluster == 0)
		list->cluster = cluster;
	if(cluster != list->cluster)
		return link_ended(v2->link, ETCD_LOST, "the cluster changed "
			"during the list");
	list->dir->index = index;
	return link_judge(v2->link, cluster, index);
}

/** One key or directory of a list. */
static bool
list_piece(void* arg, cJSON* json)
{
	struct v2* v2 = arg;
	const struct v2_dir* dir = v2->list.dir;
	struct v2_node node;
	if(dir->index == 0)
		v2->exchange.result = list_head(v2);
	if(v2->exchange.result != ETCD_OK)
		return false;
	if(!v2_json_node(json, &node) || !v2_dir_owns(dir, node.kv.key))
		return exchange_stop(&v2->exchange, ETCD_LOST,
			"a key in the list can't be read");
	return node.dir || link_list_key(v2->link, &node.kv) ||
		exchange_out_of_memory(&v2->exchange, ETCD_LOST);
}

/** The rest of a list. */
static bool
list_message(void* arg, cJSON* json)
{
	struct v2* v2 = arg;
	if(!cJSON_IsObject(cJSON_GetObjectItemCaseSensitive(json, "node")))
		return exchange_stop(&v2->exchange, ETCD_LOST,
			"the answer to a list can't be read");
	v2->exchange.result = list_head(v2);
	return v2->exchange.result == ETCD_OK;
}

/** A directory that does not exist is empty, and so is one whose path is a key
 * with a value. */
static enum etcd_result
list_refused(void* arg, const struct call* call)
{
	return v2_is_absent(call) ? list_head(arg) :
		v2_call_refused(arg, call);
}

static const struct exchange_reader list_reader = {
	NULL, list_piece, list_message, list_refused
};

/** List one directory. The time that etcd takes for the answer grows with the
 * number of keys, so only its silence is limited. */
static enum etcd_result
list_dir(struct v2* v2, struct v2_dir* dir)
{
	enum etcd_result result;
	char* url;
	if(asprintf(&url, "%s?recursive=true&quorum=true", dir->path) < 0)
		return link_out_of_memory(v2->link);
	v2->list.dir = dir;
	dir->index = 0;
	result = exchange_perform(&v2->exchange, &list_reader, url, NULL,
		v2->link->settings->request_timeout, 0);
	free(url);
	if(result == ETCD_OK && dir->index == 0)
		return link_ended(v2->link, ETCD_LOST,
			"the answer to a list is empty");
	return result;
}

enum etcd_result
v2_list(struct v2* v2)
{
	struct etcd_link* link = v2->link;
	enum etcd_result result = v2_login(v2);
	int64_t revision = 0;
	size_t i;
	link->listed = 0;
	if(result != ETCD_OK)
		return result;
	v2->list.cluster = 0;
	link_list_begin(link);
	for(i = 0; i < v2->dir_count && result == ETCD_OK; i++) {
		result = list_dir(v2, &v2->dirs[i]);
		if(v2->dirs[i].index > revision)
			revision = v2->dirs[i].index;
	}
	return link_list_end(link, result, v2->list.cluster, revision);
}
