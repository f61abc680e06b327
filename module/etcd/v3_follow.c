/*
 * etcd/v3_follow.c - watches, or lists where no watch gets through.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "etcd/v3_internal.h"
#include "base/clock.h"
#include "base/log.h"

/** while lists take the place of the watch: heartbeats between two attempts to
 * watch */
#define TRY_HEARTBEATS 12
/** and lists take one LIST_PARTth of the time at the most */
#define LIST_PART 10

/** Lists that take the place of the watch. */
struct lists {
	/** when the next list may begin, and when to try a watch; clock_now */
	int64_t list_at, try_at;
	/** whether link->watching was called */
	bool following;
};

/** Say, once, that etcd is followed, and how. */
static void
lists_tell(struct v3* v3, struct lists* lists)
{
	if(lists->following)
		return;
	lists->following = true;
	v3->link->watching(v3->link->arg);
	if(v3->watch.told_lists)
		return;
	v3->watch.told_lists = true;
	helix_warning("etcd %s answers, but no watch gets through, as behind "
		"a proxy that buffers answers (nginx: proxy_buffering off); "
		"asking for its revision every heartbeat, and listing all "
		"keys when that has changed",
		client_endpoint(v3->link->client));
}

/** List if etcd has changed and the next list may begin. */
static enum etcd_result
lists_list(struct v3* v3, struct lists* lists)
{
	const int64_t began = clock_now();
	enum etcd_result result;
	if(v3->watch.probed <= v3->link->revision || began < lists->list_at)
		return ETCD_OK;
	v3->link->list_reason = ETCD_LIST_NO_WATCH;
	result = v3_list(v3);
	if(result == ETCD_OK)
		link_confirm(v3->link);
	lists->list_at = clock_now() +
		(clock_now() - began) * (LIST_PART - 1);
	return result;
}

/** Let the lists go on; now and then, try to watch for a heartbeat. */
static enum etcd_result
lists_step(struct v3* v3, struct lists* lists)
{
	const int64_t heartbeat = v3->link->settings->heartbeat;
	const struct call* call = &v3->exchange.call;
	enum etcd_result result;
	if(call->open && !call->done &&
		clock_now() - v3->watch.began < heartbeat)
		return ETCD_OK;
	if(call->open) {
		v3_watch_end(v3);
		lists->try_at = clock_now() + TRY_HEARTBEATS * heartbeat;
	}
	lists_tell(v3, lists);
	result = v3_watch_probe(v3);
	if(result == ETCD_OK)
		result = lists_list(v3, lists);
	if(result == ETCD_OK && clock_now() >= lists->try_at)
		result = v3_watch_begin(v3);
	return result;
}

/** Follow etcd by lists until a watch has begun, or something ends them.
 * @param lists: when to try to watch. */
static enum etcd_result
lists_run(struct v3* v3, struct lists* lists)
{
	enum etcd_result result = ETCD_OK;
	v3->watch.watching = v3->watch.stalled = false;
	if(lists->try_at <= clock_now())
		result = v3_watch_begin(v3);
	while(result == ETCD_OK && !v3->watch.watching) {
		if(!link_wait(v3->link))
			return ETCD_STOPPED;
		if(!v3->watch.watching)
			result = lists_step(v3, lists);
	}
	return result;
}

/** A watch has ended: count those that stalled. One that did not begin is not
 * tried again. @return true if lists are to take its place. */
static bool
lists_decide(struct v3* v3, enum etcd_result result)
{
	struct v3_watch* watch = &v3->watch;
	if(!watch->stalled) {
		if(watch->watching)
			watch->stalls = 0;
		watch->told_lists = watch->told_lists && watch->stalls > 0;
		return false;
	}
	if(result != ETCD_LOST || !v3_ping(v3))
		return false;
	watch->stalls = watch->watching ? watch->stalls + 1 : V3_STALLS;
	return watch->stalls >= V3_STALLS;
}

enum etcd_result
v3_follow(struct v3* v3)
{
	/* another endpoint may have no such proxy: try at once */
	struct lists lists = { 0, 0, false };
	bool by_lists = v3->watch.stalls >= V3_STALLS;
	enum etcd_result result;
	probe_begin(&v3->watch.probe, v3->link, v3);
	do {
		result = by_lists ? lists_run(v3, &lists) : v3_watch_begin(v3);
		if(result == ETCD_OK)
			result = v3_watch_run(v3);
		result = link_watch_ended(v3->link, result,
			v3_watch_is_broken(v3));
		v3_watch_end(v3);
		by_lists = lists_decide(v3, result);
		lists = (struct lists){ 0, clock_now() + TRY_HEARTBEATS *
			(int64_t)v3->link->settings->heartbeat, false };
	} while(by_lists);
	probe_end(&v3->watch.probe);
	return result;
}
