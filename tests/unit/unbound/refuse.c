/*
 * tests/unit/unbound/refuse.c - a malloc that can refuse.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "unbound/refuse.h"
#include <stdlib.h>

unsigned refuse_malloc;

void* __real_malloc(size_t size);
void* __wrap_malloc(size_t size);

void*
__wrap_malloc(size_t size)
{
	if(refuse_malloc > 0 && --refuse_malloc == 0)
		return NULL;
	return __real_malloc(size);
}
