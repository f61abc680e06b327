/*
 * status/report.h - all that can be said of the module at one moment.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * A struct report is what metrics (status/metrics.h) and JSON (status/json.h)
 * are made of. service_report fills it; it says everything in numbers and
 * plain text, so that the writers know no other part of the module.
 *
 * A report's texts point into the service that filled it: the report is to be
 * written out, and cleared, before that service may be deleted. For one thread.
 */
#ifndef HELIX_STATUS_REPORT_H
#define HELIX_STATUS_REPORT_H

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
	/** number of them */
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
	/** the apex as text, with the final dot, special octets escaped */
	char name[NAME_TEXT_MAX];
	/** the SOA's serial */
	uint32_t serial;
	/** the answers that the module gave */
	struct stats_sum stats;
};

/** All that can be said. */
struct report {
	/** the module's version */
	const char* version;
	/** name and version of the Unbound that it was built for */
	const char* unbound;
	/** why the module is not ready, a sentence each, without a full stop;
	 * owned */
	struct reason* reasons;
	/** number of them; 0: it is ready */
	size_t reason_count;
	/** when a configuration was last read, at start or by a reload;
	 * milliseconds since 1970 */
	int64_t config_at;
	/** why that configuration was refused, so that the one before is in
	 * force; "": it was not */
	struct reason config_error;
	/** the sources; owned */
	struct report_source* sources;
	/** number of them */
	size_t source_count;
	/** the zones; owned */
	struct report_zone* zones;
	/** number of them */
	size_t zone_count;
	/** answers that were handed over to Unbound's cache, since the start */
	uint64_t handed_over;
	/** RRsets that were taken back out of it, as they had changed */
	uint64_t taken_back;
};

/** Free what a report owns; it is all zero then. */
void report_clear(struct report* report);

#endif /* HELIX_STATUS_REPORT_H */
