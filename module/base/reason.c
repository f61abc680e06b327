/*
 * base/reason.c - why something failed, in words.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "base/reason.h"
#include <stdio.h>

bool
reason_say_args(struct reason* reason, const char* format, va_list args)
{
	struct reason said;
	if(!reason)
		return false;
	vsnprintf(said.text, sizeof(said.text), format, args);
	*reason = said;
	return false;
}

bool
reason_say(struct reason* reason, const char* format, ...)
{
	va_list args;
	va_start(args, format);
	(void)reason_say_args(reason, format, args);
	va_end(args);
	return false;
}
