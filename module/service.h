/*
 * service.h - follows etcd as helix.yaml says, and goes on over reloads.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Reads helix.yaml and joins the parts that bring etcd's keys into the zones:
 *
 *	etcd -> replica -> snapshot -> feed -> store and zones
 *	                   (if any)
 *
 * and, on the sockets of `status:`, tells by HTTP how that goes
 * (status/status.h).
 *
 * Without zones, there is nothing to be answered: the service is ready, and has
 * neither replica nor snapshot.
 *
 * It knows nothing of Unbound, so that a program or a test can run it; who asks
 * the zones uses dns/answer.h. There is one service a process. It lives on over
 * a reload which does not change how etcd is followed.
 *
 * service_begin and service_end are for one thread, and no thread may ask the
 * zones meanwhile; the other functions are for any thread, and never wait.
 */
#ifndef HELIX_SERVICE_H
#define HELIX_SERVICE_H

#include "feed.h"
#include "status/stats.h"

struct report;
struct service;

/** Whether the zones can answer. */
enum service_state {
	/** yes */
	SERVICE_READY,
	/** no: there was never a copy of etcd's data */
	SERVICE_NOT_READY,
	/** no: etcd was not reached for longer than max-stale */
	SERVICE_STALE
};

/**
 * Begin with a configuration, at start and at each reload. Waits up to
 * `startup-wait` for a copy of etcd's data, unless there is one already. Logs
 * what it does, and each error.
 *
 * - If only zone settings, `cache` and `status` have changed, the running
 *   service takes them and keeps its copy.
 * - Else a new one takes its place. At start, the new one begins with the
 *   snapshot file's copy, or none if nothing else comes in time; at a reload,
 *   it has to get a copy from etcd in time, unless `startup-wait` is 0. Where
 *   there were no zones before, the snapshot file's copy will do.
 * - One without zones waits for nothing, and runs until a reload brings zones.
 * - A configuration that has errors, or brings no copy in time, or for which
 *   memory runs out, leaves the running service as it is.
 * - The sockets of `status` are open before a start waits, and stay open over
 *   reloads while the configuration in force has the same.
 *
 * The first call also has the service stopped when the process ends, before
 * OpenSSL is taken down; see base/thread.h.
 *
 * @param running: what the last call returned; NULL at start.
 * @param path: the file.
 * @param listener: is told of changes by a new service; copied.
 * @return what runs now: running, or a new service, and running was deleted;
 *	NULL at start if there is an error.
 */
struct service* service_begin(struct service* running, const char* path,
	const struct feed_listener* listener);

/** Stop to follow etcd, write the snapshot, and delete the service with its
 * zones; NULL is ignored. */
void service_end(struct service* service);

/**
 * Say that nobody asks the zones, so that the module is not ready, or that
 * somebody does again. A new service is asked.
 * @param why: a sentence without a full stop, not owned; NULL: it is asked.
 * @param after: milliseconds from now on in which it still counts as asked.
 */
void service_set_unused(struct service* service, const char* why,
	unsigned after);

/** The zones; valid until service_begin returns another service. */
struct zones* service_zones(const struct service* service);

/** Whether the zones can answer now. */
enum service_state service_state(const struct service* service);

/** True while etcd does not answer, so that the zones may be out of date; to be
 * read as often as one likes. Valid as the zones. */
const _Atomic bool* service_away(const struct service* service);

/** True if the configuration lets answers be cached: there are zones, `cache`
 * is set, and they cannot become too old to be given (`max-stale`). */
bool service_may_cache(const struct service* service);

/**
 * Say all that is known. Any thread, also while service_begin goes on, but not
 * while it deletes the service or service_end does.
 * @param report: the result, to be cleared by report_clear before the service
 *	is deleted; but for `unbound`, of which the service knows nothing.
 * @return false if memory ran out; there is nothing to be cleared then.
 */
bool service_report(struct service* service, struct report* report);

/** List keys that are not served, as feed_bad_keys and feed_ignored_keys do; of
 * all sources. As for service_report. */
size_t service_bad_keys(const struct service* service, feed_key_seen* seen,
	void* arg);
size_t service_ignored_keys(const struct service* service, feed_key_seen* seen,
	void* arg);

/** The counts of answers, by the zones' numbers; valid as the zones. Whoever
 * answers from the zones counts in it. */
struct stats* service_stats(const struct service* service);

/** Octets of memory that the store has allocated. */
size_t service_octets(const struct service* service);

#endif /* HELIX_SERVICE_H */
