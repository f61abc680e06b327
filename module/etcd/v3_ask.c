/*
 * etcd/v3_ask.c - asks how many keys there are.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "etcd/v3_internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** The answer: a header and a number. */
static bool
ask_message(void* arg, cJSON* json)
{
	struct v3* v3 = arg;
	int64_t count;
	if(!v3_range_message(arg, json))
		return false;
	if(!v3_json_i64(json, "count", &count))
		return exchange_stop(&v3->exchange, ETCD_LOST,
			"the answer has no number of keys");
	v3->link->cluster = v3->header.cluster_id;
	v3->link->revision = v3->header.revision;
	v3->link->listed = (size_t)count;
	return true;
}

static const struct exchange_reader ask_reader = {
	NULL, NULL, ask_message, v3_call_refused
};

enum etcd_result
v3_ask(struct v3* v3)
{
	enum etcd_result result;
	char* body;
	if(asprintf(&body, "{\"key\":\"%s\",\"range_end\":\"%s\","
		"\"count_only\":true}", v3->first64, v3->end64) < 0)
		return link_out_of_memory(v3->link);
	memset(&v3->header, 0, sizeof(v3->header));
	result = v3_range(v3, &ask_reader, body,
		v3->link->settings->request_timeout);
	free(body);
	if(result == ETCD_OK && v3->header.revision == 0)
		return link_ended(v3->link, ETCD_LOST, "the answer is empty");
	return result;
}
