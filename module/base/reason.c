/*
 * base/reason.c - why something failed, in words.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "base/reason.h"
#include <stdarg.h>
#include <stdio.h>

bool
reason_say(struct reason* reason, const char* format, ...)
{
	struct reason said;
	va_list args;
	if(!reason)
		return false;
	va_start(args, format);
	vsnprintf(said.text, sizeof(said.text), format, args);
	va_end(args);
	*reason = said;
	return false;
}
