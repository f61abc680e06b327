/*
 * etcd/probe.h - asks beside a watch whether etcd is still there.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * An exchange that is repeated every heartbeat while a watch goes on, because a
 * watch may be silent, and its connection may be dead. For one thread, the
 * replica's.
 */
#ifndef HELIX_ETCD_PROBE_H
#define HELIX_ETCD_PROBE_H

#include "etcd/exchange.h"

/** A request that is repeated. */
struct probe {
	struct exchange exchange;
	/** probes in a row that were not answered */
	unsigned failures;
	/** when the last one began; clock_now */
	int64_t began;
};

/** Make a probe, the first of which is due a heartbeat from now; to be ended
 * by probe_end. Parameters as for exchange_init. */
void probe_begin(struct probe* probe, struct etcd_link* link, void* arg);

/** End a probe; one that is zero is ignored. */
void probe_end(struct probe* probe);

/**
 * Let a probe go on: judge the one that is done, and begin the next one when it
 * is due. A probe without an answer may be lost by chance, but two in a row are
 * not: they end the watch. An error of etcd's ends it at once, unless etcd
 * only denies the probe, as the watch may still be allowed.
 * @param reader, path, body: as for exchange_start.
 * @param answered: set to whether a good answer has arrived. What that confirms
 *	is left to the protocol.
 * @return ETCD_OK, or how the watch is to end.
 */
enum etcd_result probe_step(struct probe* probe,
	const struct exchange_reader* reader, const char* path,
	const char* body, bool* answered);

#endif /* HELIX_ETCD_PROBE_H */
