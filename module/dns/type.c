/*
 * dns/type.c - RR types: their numbers and names.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "dns/type.h"
#include <ldns/ldns.h>
#include <stdio.h>
#include <string.h>

/** Read the number of `TYPEnnn`; 0 if it is none, or out of bounds. */
static uint16_t
type_from_number(const char* digits)
{
	unsigned long number = 0;
	const char* p;
	if(*digits == '0')
		return 0;
	for(p = digits; *p; p++) {
		if(*p < '0' || *p > '9' || p - digits >= 5)
			return 0;
		number = number * 10 + (unsigned long)(*p - '0');
	}
	return number <= 65535 ? (uint16_t)number : 0;
}

uint16_t
type_from_text(const char* text, size_t len)
{
	char name[TYPE_TEXT_MAX];
	size_t i;
	if(len == 0 || len >= sizeof(name) || *text < 'A' || *text > 'Z')
		return 0;
	for(i = 0; i < len; i++) {
		char c = text[i];
		if(!(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
			c != '-')
			return 0;
	}
	memcpy(name, text, len);
	name[len] = 0;
	if(strncmp(name, "TYPE", 4) == 0 && len > 4)
		return type_from_number(name + 4);
	return (uint16_t)ldns_get_rr_type_by_name(name);
}

char*
type_to_text(uint16_t type, char* text)
{
	const ldns_rr_descriptor* known = ldns_rr_descript(type);
	if(known && known->_name)
		snprintf(text, TYPE_TEXT_MAX, "%s", known->_name);
	else	snprintf(text, TYPE_TEXT_MAX, "TYPE%u", (unsigned)type);
	return text;
}
