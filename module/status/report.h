/*
 * status/report.h - all that can be said of the module at one moment.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * A struct report is what metrics (status/metrics.h) and JSON (status/json.h)
 * are made of: service_report fills it, by report_fill. It says everything in
 * numbers and plain text, so that the writers know no other part of the module.
 *
 *	replica, snapshot, feed, stats --> report --> metrics, JSON, readiness
 *
 * Most of a report's texts point into the parts that it was filled from: the
 * report is to be written out, and cleared, before any of them is deleted. For
 * one thread.
 */
#ifndef HELIX_STATUS_REPORT_H
#define HELIX_STATUS_REPORT_H

#include "config/config.h"
#include "etcd/replica.h"
#include "feed.h"
#include "snapshot/snapshot.h"
#include "status/stats.h"

/** One source of names: keys below one prefix. */
struct report_source {
	/** what it is called, "etcd"; a label */
	const char* name;
	/** what its keys begin with, without a final '/' */
	const char* prefix;
	/** the API that is spoken, "v3" or "v2" */
	const char* api;
	/** URLs of the endpoints, in the order in which they are tried */
	char* const* endpoints;
	/** number of them, at least 1 */
	size_t endpoint_count;
	/** how etcd is followed */
	struct replica_stats replica;
	/** what the keys are */
	struct feed_stats feed;
	/** the file that keeps the last copy */
	struct snapshot_stats snapshot;
};

/** One zone. */
struct report_zone {
	/** the apex as text, with the final dot, special octets escaped
	 * (RFC 1035 5.1); owned */
	char* name;
	/** the serial of the SOA that answers have */
	uint32_t serial;
	/** the answers that the module gave */
	struct stats_sum stats;
};

/** All that can be said. */
struct report {
	/** the module's version */
	const char* version;
	/** the version of the Unbound that it was built for, such as 1.17.1 */
	const char* unbound;
	/** why the module is not ready, a sentence each, without a full stop;
	 * owned; room for one more than there are sources */
	struct reason* reasons;
	/** number of them; 0: it is ready */
	size_t reason_count;
	/** when a configuration was last read, at the start or by a reload;
	 * seconds since 1970 */
	int64_t config_at;
	/** why that one was refused, so that the one before is in force; "":
	 * it was not */
	struct reason config_error;
	/** the sources; owned */
	struct report_source* sources;
	/** number of them; 0: there are no zones, and it is ready */
	size_t source_count;
	/** the zones; owned */
	struct report_zone* zones;
	/** number of them */
	size_t zone_count;
	/** RRsets handed over to Unbound's cache since the process began */
	uint64_t handed_over;
	/** RRsets that the cache was told to forget, as etcd has changed
	 * them */
	uint64_t taken_back;
};

/** The parts of a service, which a report is filled from. */
struct report_parts {
	/** in force */
	const struct helix_config* config;
	/** NULL: it was stopped, as the process ends */
	struct replica* replica;
	/** NULL: there is none */
	const struct snapshot* snapshot;
	/** owns the zones */
	const struct feed* feed;
	/** counts the zones' answers */
	const struct stats* stats;
};

/**
 * Fill a report; but for `unbound`, `config_at` and `config_error`, which are
 * zero then.
 * @param report: the result, to be cleared by report_clear.
 * @return false if memory ran out; there is nothing to be cleared then.
 */
bool report_fill(struct report* report, const struct report_parts* parts);

/**
 * Decide whether a source can answer: it has a copy, and etcd has not left it
 * unconfirmed for longer than max-stale.
 * @param reason: why it cannot, if false is returned.
 */
bool report_source_is_ready(const struct report_source* source,
	struct reason* reason);

/** Note that nobody is answered, whatever the sources are. Once for a report.
 * @param why: copied. */
void report_note_unused(struct report* report, const char* why);

/** Free what a report owns; it is all zero then. */
void report_clear(struct report* report);

#endif /* HELIX_STATUS_REPORT_H */
