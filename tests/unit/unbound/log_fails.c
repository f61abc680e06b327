/*
 * tests/unit/unbound/log_fails.c - a double of Unbound's log_err, which fails.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/*
 * For tests of units that log no error through Unbound, whatever happens.
 */
#include "unbound/compat.h"
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

void
log_err(const char* format, ...)
{
	fail_msg("%s", format);
}
