/*
 * status/stats.h - counts of the answers that the module gives.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * A struct stats counts answers, by zone and kind, for as long as a set of zones
 * lives: a reload that keeps the zones keeps the counts.
 *
 * Each of Unbound's workers writes counters of its own, in cache lines that no
 * other thread writes to, by plain loads and stores. Whoever reads adds them up.
 * So a count costs a few instructions, and no worker waits for another, or for
 * a reader.
 *
 *	struct stats --> counters of a worker --> counters of a worker --> ...
 *	                 zone 0: 7 kinds          zone 0: 7 kinds
 *	                 zone 1: 7 kinds          zone 1: 7 kinds
 *
 * Unbound makes new worker threads at each reload. The new ones go on with the
 * counters of those that are gone (stats_begin), so that no count goes down, and
 * there are never more counters than there were workers at once.
 *
 * What is counted:
 *
 * - A query that the module ends, once, whoever began it: a client, several
 *   clients that asked the same at the same time, or Unbound for itself, as for
 *   the target of an alias. What Unbound's cache answers does not come to the
 *   module; it is Unbound's to count.
 * - It counts for the zone of its name; or, where others' aliases have led into
 *   the zones, for that of the name at which the zones took over. A query in
 *   which the zones have no part is not counted.
 *
 * What is handed over to Unbound's cache, and taken back, is counted for the
 * life of the process, as that cache may outlive the zones.
 */
#ifndef HELIX_STATUS_STATS_H
#define HELIX_STATUS_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What became of a query. */
enum stats_kind {
	/** it got the RRset that it asked for, or what dns64 made of another */
	STATS_DATA,
	/** it got an alias of the zone (CNAME; DNAME, RFC 6672), with whatever
	 * is behind that */
	STATS_ALIAS,
	/** the name exists, the type does not (RFC 2308) */
	STATS_NODATA,
	/** the name does not exist */
	STATS_NXDOMAIN,
	/** it got a referral, as it did not ask for recursion */
	STATS_REFERRAL,
	/** Unbound recursed: the name is below a zone cut, or a zone with
	 * `fallthrough` has no records for it */
	STATS_RECURSED,
	/** it got SERVFAIL, whatever the reason: there is no copy of etcd's data
	 * yet, or it is too old; the servers of a delegation, or of the target
	 * of an alias, failed; or memory ran out */
	STATS_SERVFAIL,
	/** number of kinds */
	STATS_KINDS
};

struct stats;

/** Counts of a zone. */
struct stats_sum {
	/** by enum stats_kind */
	uint64_t answers[STATS_KINDS];
};

/**
 * Make counters.
 * @param zones: number of zones; they are told apart by their numbers
 *	(zone_number).
 * @return NULL if memory ran out.
 */
struct stats* stats_create(size_t zones);

/** Delete counters; NULL is ignored. No thread may count or read any more. */
void stats_delete(struct stats* stats);

/** Begin a life of worker threads: those that counted before are gone, and new
 * ones may go on with their counters. No thread may count meanwhile; any may
 * read. */
void stats_begin(struct stats* stats);

/**
 * Count an answer. Any thread, but meant for a bounded number of them: each gets
 * counters of its own at its first call. If there is no memory for these, it
 * counts in shared ones.
 * @param zone: number of the zone.
 */
void stats_count(struct stats* stats, size_t zone, enum stats_kind kind);

/** Add up the counts of a zone. Any thread; answers that are being counted at
 * this moment may be missing. Later sums are never lower. @param sum: the
 * result. */
void stats_read(const struct stats* stats, size_t zone, struct stats_sum* sum);

/** A short name of a kind, as a label or a key: "data", "alias", "nodata",
 * "nxdomain", "referral", "recursed", "servfail". */
const char* stats_kind_name(enum stats_kind kind);

/** Count RRsets that were handed over to Unbound's cache. Any thread. */
void stats_count_handed_over(size_t rrsets);

/** Count RRsets that were taken back: that the cache was told to forget, as
 * etcd has changed them. Any thread. */
void stats_count_taken_back(size_t rrsets);

/** RRsets handed over since the process began. Any thread. */
uint64_t stats_handed_over(void);

/** RRsets taken back since the process began: fewer than were handed over,
 * where they left the cache by themselves; more, where a zone cut was taken
 * back of which the iterator was told. Any thread. */
uint64_t stats_taken_back(void);

#endif /* HELIX_STATUS_STATS_H */
