/*
 * etcd/probe.c - asks beside a watch whether etcd is still there.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "etcd/probe.h"
#include "base/clock.h"

/** A probe is done: decide whether it ends the watch. */
static enum etcd_result
probe_judge(struct probe* probe, bool* answered)
{
	const struct exchange* exchange = &probe->exchange;
	enum etcd_result result = exchange_result(exchange);
	bool silent = exchange->call.failure.text[0] &&
		exchange->result == ETCD_OK && !exchange->stream.problem;
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
