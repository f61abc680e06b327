/*
 * status/out.h - text for machines, into a buffer.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * What the writers of metrics and JSON share. Numbers are written with a point
 * in every locale. When memory runs out, that is noted, and whatever else is
 * written is ignored; so only the end has to be checked.
 *
 * No state; any thread.
 */
#ifndef HELIX_STATUS_OUT_H
#define HELIX_STATUS_OUT_H

#include "base/buffer.h"
#include <stdbool.h>
#include <stdint.h>

/** Where text goes. */
struct out {
	/** appended to */
	struct buffer* buffer;
	/** whether memory ran out */
	bool failed;
};

/** Append a text. */
void out_text(struct out* out, const char* text);

/** Append a number. */
void out_u64(struct out* out, uint64_t number);

/** Append a number. */
void out_i64(struct out* out, int64_t number);

/** The same number of seconds in millionths, to the nearest. */
uint64_t out_millionths(double seconds);

/** room for a number of millionths */
#define OUT_FRACTION_MAX 32

/**
 * Write a number of millionths as a decimal fraction, without zeros at its end,
 * but with at least one digit behind the point: "0.0001", "2.5", "10.0".
 * @param text: room for OUT_FRACTION_MAX octets; NUL-terminated.
 * @return text.
 */
const char* out_fraction_text(uint64_t millionths, char* text);

/** Append that. */
void out_fraction(struct out* out, uint64_t millionths);

/**
 * Append a text from outside, in valid UTF-8 (RFC 3629): each octet that is not
 * part of any becomes U+FFFD, the replacement character.
 * @param escape: called for each character below U+0080; writes it, or what
 *	stands for it.
 */
void out_clean(struct out* out, const char* text,
	void (*escape)(struct out* out, char c));

/** Append one octet. */
void out_octet(struct out* out, char c);

/** U+FFFD in UTF-8, for what cannot be shown */
#define OUT_REPLACEMENT "\xef\xbf\xbd"

#endif /* HELIX_STATUS_OUT_H */
