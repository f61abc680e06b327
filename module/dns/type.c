/*
 * dns/type.c - RR types: their numbers and names.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "dns/type.h"
#include <stdio.h>
#include <string.h>

/** The name of a type. */
struct type_name {
	/** the number */
	uint16_t type;
	/** octets of the name */
	uint8_t len;
	/** the name, with a NUL */
	char name[TYPE_TEXT_MAX - 3];
};

/** in order of number; A comes first, and is found first */
static const struct type_name names[] = {
#define RRTYPE(id, name, number, flags, ...) \
	{ number, sizeof(name) - 1, name },
#include "dns/rrtypes.def"
#undef RRTYPE
};

/** Read the number of `TYPEnnn`; 0 if it is none, or out of bounds. */
static uint16_t
type_from_number(const char* digits, const char* end)
{
	unsigned long number = 0;
	const char* p;
	if(*digits == '0')
		return 0;
	for(p = digits; p < end; p++) {
		if(*p < '0' || *p > '9' || p - digits >= 5)
			return 0;
		number = number * 10 + (unsigned long)(*p - '0');
	}
	return number <= 65535 ? (uint16_t)number : 0;
}

uint16_t
type_from_text(const char* text, size_t len)
{
	size_t i;
	/* most are labels in lower case */
	if(len == 0 || len >= TYPE_TEXT_MAX || *text < 'A' || *text > 'Z')
		return 0;
	if(len > 4 && memcmp(text, "TYPE", 4) == 0)
		return type_from_number(text + 4, text + len);
	for(i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if(names[i].len == len && memcmp(names[i].name, text, len) ==
			0)
			return names[i].type;
	}
	return 0;
}

char*
type_to_text(uint16_t type, char* text)
{
	size_t i;
	for(i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if(names[i].type == type)
			return strcpy(text, names[i].name);
	}
	snprintf(text, TYPE_TEXT_MAX, "TYPE%u", (unsigned)type);
	return text;
}
