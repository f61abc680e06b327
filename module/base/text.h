/*
 * base/text.h - numbers in text, and text in log lines.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Text from outside: read strictly, shown safely. No state; any thread.
 */
#ifndef HELIX_BASE_TEXT_H
#define HELIX_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Whether an octet is an ASCII digit, in every locale. */
static inline bool
text_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/**
 * Read the decimal number that a text begins with: digits only, no sign, no
 * space; leading zeros are accepted.
 * @param text, len: not NUL-terminated, or len is within it.
 * @param max: the largest number that is accepted.
 * @param number: the result; unchanged if 0 is returned.
 * @return the number of digits, which is len if the whole text is a number; 0
 *	if the text does not begin with a digit, or the number is over max.
 */
size_t text_read_decimal(const char* text, size_t len, uint64_t max,
	uint64_t* number);

/**
 * Read a time as zone files have it: seconds, or numbers with units, as in
 * 1h30m (s, m, h, d, w, in any case and order).
 * @param seconds: the result; unchanged if false is returned.
 * @return false if the text is something else, or over 4294967295 seconds.
 */
bool text_read_time(const char* text, size_t len, uint32_t* seconds);

/** room for one octet as text_show_octet writes it, with a NUL */
#define TEXT_SHOW_OCTET 5

/**
 * Write one octet as text_show does.
 * @param one: the result, NUL-terminated.
 * @return octets written, without the NUL: 1, 2 or 4.
 */
size_t text_show_octet(unsigned char c, char one[TEXT_SHOW_OCTET]);

/** room in which text_show shows at least n octets of a text */
#define TEXT_SHOW_SIZE(n) ((n) * 4 + 4)

/**
 * Write a text so that it is safe within quotes in a log line: an octet that is
 * not printable ASCII becomes \DDD, and a quote or a backslash gets a backslash
 * before it (RFC 1035 5.1). A text that does not fit is cut and ends in "...".
 * @param text, len: the text; may hold any octet.
 * @param out: the result, NUL-terminated.
 * @param size: octets of out, at least 4.
 * @return out.
 */
const char* text_show(const char* text, size_t len, char* out, size_t size);

#endif /* HELIX_BASE_TEXT_H */
