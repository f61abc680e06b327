/*
 * tools/helixctl/zonegenerate.h - $GENERATE of zone files.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * The range of a $GENERATE, and what its patterns become for a number, as BIND
 * has them. For zonefile.c. No state; any thread.
 */
#ifndef HELIXCTL_ZONEGENERATE_H
#define HELIXCTL_ZONEGENERATE_H

#include "base/buffer.h"
#include "base/reason.h"

/** The numbers of a $GENERATE. */
struct zonegenerate_range {
	/** first and last, 0 to INT32_MAX; the first is not above the last */
	int64_t start, stop;
	/** how far it is from one to the next, at least 1 */
	int64_t step;
};

/** Read START-STOP or START-STOP/STEP. */
bool zonegenerate_range_read(struct zonegenerate_range* range,
	const char* text, size_t len, struct reason* reason);

/**
 * Write a pattern for a number.
 * @param quoted: whether the pattern was in quotes, where `\"` is a '"'.
 * @param out: replaced by the result, with a NUL behind it that is not counted.
 * @return false if the pattern is wrong, the result is over 64 KB, or memory ran
 *	out.
 */
bool zonegenerate_write(struct buffer* out, const char* pattern, size_t len,
	bool quoted, int64_t number, struct reason* reason);

#endif /* HELIXCTL_ZONEGENERATE_H */
