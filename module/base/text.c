/*
 * base/text.c - numbers in text, and text in log lines.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "base/text.h"
#include <stdio.h>
#include <string.h>

size_t
text_read_decimal(const char* text, size_t len, uint64_t max, uint64_t* number)
{
	const uint64_t tens = max / 10, ones = max % 10;
	uint64_t value = 0;
	size_t i;
	for(i = 0; i < len && text_is_digit(text[i]); i++) {
		uint64_t digit = (uint64_t)(text[i] - '0');
		if(value > tens || (value == tens && digit > ones))
			return 0;
		value = value * 10 + digit;
	}
	if(i > 0)
		*number = value;
	return i;
}

size_t
text_show_octet(unsigned char c, char one[TEXT_SHOW_OCTET])
{
	const char* format = c < ' ' || c >= 0x7f ? "\\%03u" :
		c == '"' || c == '\\' ? "\\%c" : "%c";
	return (size_t)snprintf(one, TEXT_SHOW_OCTET, format, (unsigned)c);
}

const char*
text_show(const char* text, size_t len, char* out, size_t size)
{
	size_t i, used = 0, cut = 0;
	char one[TEXT_SHOW_OCTET];
	for(i = 0; i < len; i++) {
		size_t n = text_show_octet((unsigned char)text[i], one);
		if(used + n >= size)
			break;
		memcpy(out + used, one, n);
		used += n;
		/* the last place where "..." still fits */
		if(used + 4 <= size)
			cut = used;
	}
	if(i < len)
		strcpy(out + cut, "...");
	else	out[used] = 0;
	return out;
}
