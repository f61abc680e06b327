/*
 * etcd/probe.h - asks beside a watch whether etcd is still there.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * An exchange that is repeated once a heartbeat while a watch goes on. For one
 * thread, the replica's.
 */
#ifndef HELIX_ETCD_PROBE_H
#define HELIX_ETCD_PROBE_H

#include "etcd/exchange.h"

/** Sees, beside a watch, whether etcd is still there. */
struct probe {
	/** the request, repeated */
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
 * Let a probe go on: judge it if it is done, and begin the next one when the
 * heartbeat says so. One that is not answered at all may be lost by chance;
 * two in a row are not. An answer from etcd that is not good is believed at
 * once, unless it only refuses: the watch may still be allowed.
 * @param reader, path, body: as for exchange_start.
 * @param answered: set to whether a good answer has come; what that confirms
 *	is the protocol's to say.
 * @return ETCD_OK, or how the watch is to end.
 */
enum etcd_result probe_step(struct probe* probe,
	const struct exchange_reader* reader, const char* path,
	const char* body, bool* answered);

#endif /* HELIX_ETCD_PROBE_H */
