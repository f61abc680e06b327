/*
 * base/reason.h - why something failed, in words.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * A function that can fail for many reasons takes a struct reason, writes one
 * line into it, and returns false:
 *
 *	return reason_say(reason, "field %u is missing", n);
 *
 * No state; any thread.
 */
#ifndef HELIX_BASE_REASON_H
#define HELIX_BASE_REASON_H

#include <stdarg.h>
#include <stdbool.h>

/** octets of a reason, NUL included; a longer one is cut */
#define REASON_MAX 512

/** One line of text, without a newline; "" for no reason. */
struct reason {
	char text[REASON_MAX];
};

/**
 * Replace a reason.
 * @param reason: NULL if the caller needs none.
 * @param format: as for printf(3); reason->text may be an argument.
 * @return false, always.
 */
bool reason_say(struct reason* reason, const char* format, ...)
	__attribute__((format(printf, 2, 3)));

/** The same, with the arguments of a function that has them itself. */
bool reason_say_args(struct reason* reason, const char* format, va_list args)
	__attribute__((format(printf, 2, 0)));

#endif /* HELIX_BASE_REASON_H */
