/*
 * base/reason.h - why something failed, in words.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * A function that may fail for many reasons takes a struct reason, writes one
 * line into it, and returns false:
 *
 *	return reason_say(reason, "field %u is missing", n);
 *
 * No state; any thread.
 */
#ifndef HELIX_BASE_REASON_H
#define HELIX_BASE_REASON_H

#include <stdbool.h>

/** octets of a reason, NUL included; what is longer is cut */
#define REASON_MAX 512

/** One line of text: no newline at its end; "" for none. */
struct reason {
	char text[REASON_MAX];
};

/**
 * Write a reason over the one that is there.
 * @param reason: NULL if nobody asks why.
 * @param format: as for printf(3); may take reason->text as an argument.
 * @return false, always.
 */
bool reason_say(struct reason* reason, const char* format, ...)
	__attribute__((format(printf, 2, 3)));

#endif /* HELIX_BASE_REASON_H */
