/*
 * status/out.c - text for machines, into a buffer.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "status/out.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/** millionths of one */
#define MILLION UINT64_C(1000000)

static void
out_octets(struct out* out, const char* octets, size_t len)
{
	if(!out->failed && !buffer_append(out->buffer, octets, len))
		out->failed = true;
}

void
out_text(struct out* out, const char* text)
{
	out_octets(out, text, strlen(text));
}

void
out_octet(struct out* out, char c)
{
	out_octets(out, &c, 1);
}

/* --- numbers ------------------------------------------------------------- */

void
out_u64(struct out* out, uint64_t number)
{
	char text[24];
	snprintf(text, sizeof(text), "%" PRIu64, number);
	out_text(out, text);
}

void
out_i64(struct out* out, int64_t number)
{
	char text[24];
	snprintf(text, sizeof(text), "%" PRId64, number);
	out_text(out, text);
}

uint64_t
out_millionths(double seconds)
{
	return (uint64_t)(seconds * (double)MILLION + 0.5);
}

const char*
out_fraction_text(uint64_t millionths, char* text)
{
	size_t len = (size_t)snprintf(text, OUT_FRACTION_MAX, "%" PRIu64
		".%06" PRIu64, millionths / MILLION, millionths % MILLION);
	while(text[len - 1] == '0' && text[len - 2] != '.')
		len--;
	text[len] = 0;
	return text;
}

void
out_fraction(struct out* out, uint64_t millionths)
{
	char text[OUT_FRACTION_MAX];
	out_text(out, out_fraction_text(millionths, text));
}

/* --- UTF-8 --------------------------------------------------------------- */

/** Octets of a character in UTF-8, by its first one; and what the second one
 * may be, which rules out overlong forms, surrogates, and what is over
 * U+10FFFF. */
static const struct {
	/** the first octets */
	unsigned char first, last;
	/** octets of the character */
	unsigned char len;
	/** the second octet */
	unsigned char low, high;
} utf8_forms[] = {
	{ 0xc2, 0xdf, 2, 0x80, 0xbf },
	{ 0xe0, 0xe0, 3, 0xa0, 0xbf },
	{ 0xe1, 0xec, 3, 0x80, 0xbf },
	{ 0xed, 0xed, 3, 0x80, 0x9f },
	{ 0xee, 0xef, 3, 0x80, 0xbf },
	{ 0xf0, 0xf0, 4, 0x90, 0xbf },
	{ 0xf1, 0xf3, 4, 0x80, 0xbf },
	{ 0xf4, 0xf4, 4, 0x80, 0x8f },
};

/** The octets of the character of U+0080 or more that a NUL-terminated text
 * begins with; 0: it begins with none. */
static size_t
utf8_len(const char* text)
{
	const unsigned char* octets = (const unsigned char*)text;
	size_t i, form = 0;
	while(form < sizeof(utf8_forms) / sizeof(*utf8_forms) &&
		octets[0] > utf8_forms[form].last)
		form++;
	if(form == sizeof(utf8_forms) / sizeof(*utf8_forms) ||
		octets[0] < utf8_forms[form].first ||
		octets[1] < utf8_forms[form].low ||
		octets[1] > utf8_forms[form].high)
		return 0;
	for(i = 2; i < utf8_forms[form].len; i++) {
		if((octets[i] & 0xc0) != 0x80)
			return 0;
	}
	return utf8_forms[form].len;
}

void
out_clean(struct out* out, const char* text,
	void (*escape)(struct out* out, char c))
{
	while(*text) {
		size_t len = 1;
		if((unsigned char)*text < 0x80)
			escape(out, *text);
		else if((len = utf8_len(text)) > 0)
			out_octets(out, text, len);
		else {
			out_text(out, OUT_REPLACEMENT);
			len = 1;
		}
		text += len;
	}
}
