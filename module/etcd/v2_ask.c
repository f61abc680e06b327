/*
 * etcd/v2_ask.c - asks for the directory of the keys.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "etcd/v2_internal.h"
#include <stdio.h>
#include <stdlib.h>

/** Read the head of the answer. */
static enum etcd_result
ask_head(struct v2* v2)
{
	struct etcd_link* link = v2->link;
	const struct call* call = &v2->exchange.call;
	link->cluster = v2_head_cluster(call);
	link->revision = v2_head_index(call);
	if(link->cluster != 0 && link->revision != 0)
		return ETCD_OK;
	return link_ended(link, ETCD_LOST, "the answer has no index, or no "
		"cluster's id");
}

static bool
ask_message(void* arg, cJSON* json)
{
	struct v2* v2 = arg;
	(void)json;
	v2->exchange.result = ask_head(v2);
	return v2->exchange.result == ETCD_OK;
}

/** A directory that does not exist is empty. */
static enum etcd_result
ask_refused(void* arg, const struct call* call)
{
	return v2_is_absent(call) ? ask_head(arg) : v2_call_refused(arg, call);
}

static const struct exchange_reader ask_reader = {
	NULL, NULL, ask_message, ask_refused
};

enum etcd_result
v2_ask(struct v2* v2)
{
	const struct etcd_settings* settings = v2->link->settings;
	enum etcd_result result = v2_login(v2);
	char* url;
	if(result != ETCD_OK)
		return result;
	if(asprintf(&url, "%s?quorum=true", v2->dirs[0].path) < 0)
		return link_out_of_memory(v2->link);
	v2->link->cluster = 0;
	v2->link->revision = 0;
	result = exchange_perform(&v2->exchange, &ask_reader, url, NULL,
		settings->request_timeout, settings->request_timeout);
	free(url);
	if(result == ETCD_OK && v2->link->revision == 0)
		return link_ended(v2->link, ETCD_LOST, "the answer is empty");
	return result;
}
