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

bool
text_read_time(const char* text, size_t len, uint32_t* seconds)
{
	static const char units[] = "smhdw";
	static const uint32_t unit_seconds[] = { 1, 60, 3600, 86400, 604800 };
	uint64_t sum = 0, number = 0;
	bool digit = false, unit = false;
	size_t i;
	for(i = 0; i < len; i++) {
		const char c = text[i];
		const char* found = c ? strchr(units, c | 0x20) : NULL;
		if(text_is_digit(c)) {
			number = number * 10 + (uint64_t)(c - '0');
			digit = true;
			unit = false;
		} else if(found && digit) {
			sum += number * unit_seconds[found - units];
			number = 0;
			digit = false;
			unit = true;
		} else	return false;
		if(number > UINT32_MAX || sum > UINT32_MAX)
			return false;
	}
	/* 90 and 1m30s are times; 1m30 is not */
	if(len == 0 || (!unit && sum > 0) || sum + number > UINT32_MAX)
		return false;
	*seconds = (uint32_t)(sum + number);
	return true;
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
