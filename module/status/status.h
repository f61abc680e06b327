/*
 * status/status.h - how the module is, for who asks by HTTP.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * The pages that an HTTP server (status/http.h) has on the sockets that
 * helix.yaml names:
 *
 *	/metrics	for Prometheus (status/metrics.h)
 *	/ready		200 if names can be answered, else 503 and why not
 *	/live		200 while the process runs
 *	/status		all that is known, as JSON (status/json.h)
 *	/keys/bad	bad keys, as JSON
 *	/keys/ignored	keys that are ignored because of a conflict, as JSON
 *
 * They live on over reloads, while that of which they tell may be replaced:
 * status_show says of what they tell from now on. The functions are for one
 * thread at a time; a source's are called in the server's thread.
 */
#ifndef HELIX_STATUS_STATUS_H
#define HELIX_STATUS_STATUS_H

#include "feed.h"
#include "status/address.h"

struct report;
struct status;

/** Of what the pages tell. */
struct status_source {
	/** for the functions */
	void* arg;
	/** fills a report, to be cleared; `unbound` is for the caller to fill.
	 * @return false if memory ran out; there is nothing to be cleared */
	bool (*report)(void* arg, struct report* report);
	/** lists bad keys, as feed_bad_keys does */
	size_t (*bad_keys)(void* arg, feed_key_seen* seen, void* seen_arg);
	/** lists ignored keys, as feed_ignored_keys does */
	size_t (*ignored_keys)(void* arg, feed_key_seen* seen, void* seen_arg);
};

/**
 * Open the sockets, at start and at each reload. If one cannot be opened, a
 * warning says so, and the others are served; the next call tries again.
 * @param running: what the last call returned; NULL at start. It is kept, with
 *	its connections, if the settings are the same and all its sockets are
 *	open, and where clients look for them; else it is ended.
 * @param source: of what the pages tell, from the first one on; as for
 *	status_show, also where running is kept.
 * @return what runs now; NULL if no socket is configured, or none could be
 *	opened.
 */
struct status* status_begin(struct status* running,
	const struct status_settings* settings,
	const struct status_source* source);

/**
 * Tell of a source from now on, or say that it has changed. When this returns,
 * nothing tells of the one before, which may be deleted.
 * @param status: NULL is ignored.
 * @param source: copied; NULL: there is nothing to tell of, and pages other
 *	than /live say that it is starting, with 503.
 */
void status_show(struct status* status, const struct status_source* source);

/** Close the sockets and end the thread; NULL is ignored. */
void status_end(struct status* status);

#endif /* HELIX_STATUS_STATUS_H */
