/*
 * etcd/v2_watch.c - polls all directories.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "etcd/v2_internal.h"

/* --- the probe ----------------------------------------------------------- */

/** Read the head of the answer to a probe. */
static enum etcd_result
probe_head(struct v2* v2)
{
	struct v2_watch* watch = &v2->watch;
	const struct call* call = &watch->probe.exchange.call;
	if(!v2_head_is_known(v2, call))
		return link_ended(v2->link, ETCD_BEHIND,
			"another cluster answers");
	watch->probed_before = watch->probed;
	watch->probed = v2_head_index(call);
	return ETCD_OK;
}

static bool
probe_message(void* arg, cJSON* json)
{
	struct v2* v2 = arg;
	struct exchange* exchange = &v2->watch.probe.exchange;
	(void)json;
	exchange->result = probe_head(v2);
	return exchange->result == ETCD_OK;
}

static enum etcd_result
probe_refused(void* arg, const struct call* call)
{
	return v2_is_absent(call) ? probe_head(arg) :
		v2_call_refused(arg, call);
}

static const struct exchange_reader probe_reader = {
	NULL, NULL, probe_message, probe_refused
};

/** Let the probe go on. */
static enum etcd_result
watch_probe(struct v2* v2)
{
	bool answered;
	enum etcd_result result = probe_step(&v2->watch.probe, &probe_reader,
		v2->probe_path, NULL, &answered);
	size_t i;
	if(answered)
		link_probed(v2->link, v2->watch.probed);
	for(i = 0; answered && i < v2->dir_count && result == ETCD_OK; i++)
		result = v2_poll_refresh(&v2->dirs[i]);
	return result;
}

/* --- the polls ----------------------------------------------------------- */

/** Let the polls go on. */
static enum etcd_result
watch_polls(struct v2* v2)
{
	enum etcd_result result = ETCD_OK;
	size_t i, begun = 0;
	for(i = 0; i < v2->dir_count && result == ETCD_OK; i++) {
		result = v2_poll_step(&v2->dirs[i]);
		begun += v2->dirs[i].poll.begun;
	}
	if(result == ETCD_OK && !v2->watch.watching &&
		begun == v2->dir_count) {
		v2->watch.watching = true;
		v2->link->watching(v2->link->arg);
	}
	return result;
}

/** Let the polls and their probe go on until something ends them. */
static enum etcd_result
watch_run(struct v2* v2)
{
	enum etcd_result result = ETCD_OK;
	size_t i;
	for(i = 0; i < v2->dir_count && result == ETCD_OK; i++)
		result = v2_poll_begin(&v2->dirs[i]);
	while(result == ETCD_OK) {
		if(!link_wait(v2->link))
			return ETCD_STOPPED;
		result = watch_polls(v2);
		if(result == ETCD_OK && v2->watch.watching)
			result = watch_probe(v2);
	}
	return result;
}

enum etcd_result
v2_watch(struct v2* v2)
{
	struct v2_watch* watch = &v2->watch;
	enum etcd_result result;
	size_t i;
	watch->watching = watch->broken = false;
	watch->probed = watch->probed_before = 0;
	probe_begin(&watch->probe, v2->link, v2);
	result = watch_run(v2);
	result = link_watch_ended(v2->link, result, watch->broken);
	probe_end(&watch->probe);
	for(i = 0; i < v2->dir_count; i++)
		exchange_end(&v2->dirs[i].poll.exchange);
	/* what was told of an event that is not complete */
	v2->link->sink->rollback(v2->link->sink->arg);
	return result;
}
