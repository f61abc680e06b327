/*
 * tests/unit/unbound/tell.c - what the doubles were called for, as text.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "unbound/tell.h"
#include "dns/name.h"
#include <stdio.h>
#include <string.h>

char told[TOLD_MAX];

void
tell(const char* format, ...)
{
	size_t used = strlen(told);
	va_list args;
	va_start(args, format);
	vsnprintf(told + used, sizeof(told) - used, format, args);
	va_end(args);
	assert_true(strlen(told) + 1 < sizeof(told));
}

void
tell_name(const uint8_t* wire)
{
	char text[NAME_TEXT_MAX];
	tell("%s", name_to_text(wire, text));
}
