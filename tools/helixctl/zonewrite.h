/*
 * tools/helixctl/zonewrite.h - writes zone files.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Writes the records of a zone as a zone file: in canonical order (zoneset.h),
 * one record a line, with absolute names, TTL and class, as named-compilezone
 * does. Every reader of zone files reads the same records from it. For one
 * thread.
 */
#ifndef HELIXCTL_ZONEWRITE_H
#define HELIXCTL_ZONEWRITE_H

#include "zoneset.h"

/** What becomes of the writing. */
enum zonewrite_result {
	ZONEWRITE_OK,
	ZONEWRITE_NO_MEMORY,
	/** standard output takes no more (output_failed) */
	ZONEWRITE_OUTPUT
};

/** Write a zone to standard output. @param set: sorted. */
enum zonewrite_result zonewrite(const struct zoneset* set);

#endif /* HELIXCTL_ZONEWRITE_H */
