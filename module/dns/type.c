/*
 * dns/type.c - RR types: their numbers and names.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "dns/type.h"
#include "base/text.h"
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

/** in order of number, so that a look-up finds A first */
static const struct type_name names[] = {
#define RRTYPE(id, name, number, flags, ...) \
	{ number, sizeof(name) - 1, name },
#include "dns/rrtypes.def"
#undef RRTYPE
};

/** Read the number of `TYPEnnn`. @return 0 if it is no number, begins with a
 * zero, or is over 65535. */
static uint16_t
type_from_number(const char* digits, size_t len)
{
	uint64_t number = 0;
	if(*digits == '0' || text_read_decimal(digits, len, UINT16_MAX,
		&number) != len)
		return 0;
	return (uint16_t)number;
}

uint16_t
type_from_text(const char* text, size_t len)
{
	size_t i;
	/* most texts are labels in lower case */
	if(len == 0 || len >= TYPE_TEXT_MAX || *text < 'A' || *text > 'Z')
		return 0;
	if(len > 4 && memcmp(text, "TYPE", 4) == 0)
		return type_from_number(text + 4, len - 4);
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
