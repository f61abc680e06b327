/*
 * status/metrics.h - a report for Prometheus.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Writes a report in Prometheus's text format, version 0.0.4, or as OpenMetrics
 * 1.0. The names begin with helix_; unbound-helix(8) lists them. Labels are the
 * source, its endpoints, the zone, and words of ours; never a name or key that
 * somebody may put into etcd. What is no valid UTF-8 in a label becomes U+FFFD.
 *
 * No state; any thread.
 */
#ifndef HELIX_STATUS_METRICS_H
#define HELIX_STATUS_METRICS_H

#include "base/buffer.h"
#include "status/report.h"

/** The formats. */
enum metrics_format {
	/** Prometheus's text format */
	METRICS_PROMETHEUS,
	/** OpenMetrics */
	METRICS_OPENMETRICS
};

/**
 * Choose the format by what a client accepts (RFC 9110 12.5.1).
 * @param accept: the value of the Accept field; NULL: it sent none.
 * @return METRICS_OPENMETRICS if the client prefers that, or likes both alike;
 *	else METRICS_PROMETHEUS.
 */
enum metrics_format metrics_choose(const char* accept);

/** The value for the Content-Type field. */
const char* metrics_content_type(enum metrics_format format);

/** Append a report. @return false if memory ran out. */
bool metrics_write(struct buffer* out, const struct report* report,
	enum metrics_format format);

#endif /* HELIX_STATUS_METRICS_H */
