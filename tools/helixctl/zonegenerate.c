/*
 * tools/helixctl/zonegenerate.c - $GENERATE of zone files.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "zonegenerate.h"
#include "base/text.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/** most octets of a result */
#define RESULT_MAX 65536
/** widest number, and room for any */
#define WIDTH_MAX 255

/** How a number is written: ${OFFSET,WIDTH,BASE}. */
struct form {
	int64_t offset;
	unsigned width;
	/** d, o, x, X, n or N */
	char base;
};

/** Read a decimal number, and move behind it. @return false if there is
 * none. */
static bool
number_read(const char** at, const char* end, uint64_t max, uint64_t* number)
{
	size_t digits = text_read_decimal(*at, (size_t)(end - *at), max,
		number);
	*at += digits;
	return digits > 0;
}

/** Move behind a character. @return false if another one is there. */
static bool
skip(const char** at, const char* end, char c)
{
	if(*at == end || **at != c)
		return false;
	(*at)++;
	return true;
}

bool
zonegenerate_range_read(struct zonegenerate_range* range, const char* text,
	size_t len, struct reason* reason)
{
	const char* end = text + len;
	uint64_t start, stop, step = 1;
	if(!number_read(&text, end, INT32_MAX, &start) ||
		!skip(&text, end, '-') ||
		!number_read(&text, end, INT32_MAX, &stop) ||
		(skip(&text, end, '/') && !number_read(&text, end, INT32_MAX,
		&step)) || text != end || step == 0 || start > stop)
		return reason_say(reason, "expected a range such as 1-254 or "
			"0-254/2");
	*range = (struct zonegenerate_range){ (int64_t)start, (int64_t)stop,
		(int64_t)step };
	return true;
}

/** Read what is behind a '$', if it is in braces. @return NULL, or why it is
 * wrong. */
static const char*
form_read(struct form* form, const char** at, const char* end)
{
	uint64_t number = 0, width = 0;
	bool negative;
	*form = (struct form){ 0, 0, 'd' };
	if(!skip(at, end, '{'))
		return NULL;
	negative = skip(at, end, '-');
	if(!number_read(at, end, INT32_MAX, &number))
		return "expected an offset behind \"${\", as in ${0,3,d}";
	form->offset = negative ? -(int64_t)number : (int64_t)number;
	if(skip(at, end, ',')) {
		if(!number_read(at, end, WIDTH_MAX, &width))
			return "expected a width up to 255 behind the offset, "
				"as in ${0,3,d}";
		if(skip(at, end, ',')) {
			if(*at == end || !strchr("doxXnN", **at) || !**at)
				return "the base is one of d, o, x, X, n and "
					"N, as in ${0,3,d}";
			form->base = *(*at)++;
		}
	}
	form->width = (unsigned)width;
	return skip(at, end, '}') ? NULL : "expected a \"}\", as in ${0,3,d}";
}

/** Write the hexadecimal digits of a number from the last one on, with dots
 * between, until the width is reached, dots counted. */
static void
nibbles_write(char* text, size_t size, const struct form* form,
	uint32_t number)
{
	const char* digits = form->base == 'n' ? "0123456789abcdef" :
		"0123456789ABCDEF";
	unsigned width = form->width;
	size_t len = 0;
	do {
		text[len++] = digits[number & 15];
		number >>= 4;
		width -= width > 0;
		/* the width may end in a dot, as for BIND */
		if(width > 0 || number > 0) {
			text[len++] = '.';
			width -= width > 0;
		}
	} while((number > 0 || width > 0) && len + 3 < size);
	text[len] = 0;
}

/** Write a number. @param size: at least WIDTH_MAX + 4. */
static void
form_write(const struct form* form, int64_t number, char* text, size_t size)
{
	/* as BIND, which has the sum in 32 bits */
	int32_t sum = (int32_t)(uint32_t)(number + form->offset);
	int width = (int)form->width;
	switch(form->base) {
	case 'd':
		snprintf(text, size, "%0*" PRId32, width, sum);
		break;
	case 'o':
		snprintf(text, size, "%0*" PRIo32, width, (uint32_t)sum);
		break;
	case 'x':
		snprintf(text, size, "%0*" PRIx32, width, (uint32_t)sum);
		break;
	case 'X':
		snprintf(text, size, "%0*" PRIX32, width, (uint32_t)sum);
		break;
	default:
		nibbles_write(text, size, form, (uint32_t)sum);
	}
}

/** Append octets. */
static bool
add(struct buffer* out, const char* text, size_t len, struct reason* reason)
{
	if(out->len + len > RESULT_MAX)
		return reason_say(reason, "$GENERATE makes more than %d "
			"octets of this", RESULT_MAX);
	return buffer_append(out, text, len) || reason_say(reason,
		"out of memory");
}

/** Write what a '$' and what belongs to it become. @param at: behind the '$';
 * moved. */
static bool
dollar_write(struct buffer* out, const char** at, const char* end,
	int64_t number, struct reason* reason)
{
	char text[WIDTH_MAX + 8];
	struct form form;
	const char* why;
	if(skip(at, end, '$'))
		return add(out, "$", 1, reason);
	if((why = form_read(&form, at, end)) != NULL)
		return reason_say(reason, "%s", why);
	form_write(&form, number, text, sizeof(text));
	return add(out, text, strlen(text), reason);
}

bool
zonegenerate_write(struct buffer* out, const char* pattern, size_t len,
	bool quoted, int64_t number, struct reason* reason)
{
	const char* end = pattern + len;
	bool ok = true;
	out->len = 0;
	while(ok && pattern < end) {
		const char* from = pattern++;
		if(*from == '$')
			ok = dollar_write(out, &pattern, end, number, reason);
		else if(*from == '\\' && pattern < end) {
			pattern++;
			ok = quoted && from[1] == '"' ? add(out, "\"", 1,
				reason) : add(out, from, 2, reason);
		} else	ok = add(out, from, 1, reason);
	}
	if(ok && !buffer_append_octet(out, 0))
		return reason_say(reason, "out of memory");
	out->len -= ok;
	return ok;
}
