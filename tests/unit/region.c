/*
 * tests/unit/region.c - a double of Unbound's regions.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "unbound/compat.h"
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "region.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/** most allocations of a test */
#define ALLOCATIONS_MAX 256
/** the octets that a region's memory has before it is written to */
#define DIRT 0xa5

/** what was taken of the region */
static void* allocations[ALLOCATIONS_MAX];

char region_place;
unsigned allocation_count;
unsigned refuse_at;

void*
regional_alloc(struct regional* region, size_t size)
{
	void* data;
	assert_ptr_equal(region, THE_REGION);
	assert_true(allocation_count < ALLOCATIONS_MAX);
	if(++allocation_count == refuse_at)
		return NULL;
	/* of the exact size, so that a sanitizer sees any excess */
	data = malloc(size);
	assert_non_null(data);
	memset(data, DIRT, size);
	allocations[allocation_count - 1] = data;
	return data;
}

void*
regional_alloc_zero(struct regional* region, size_t size)
{
	void* data = regional_alloc(region, size);
	if(data)
		memset(data, 0, size);
	return data;
}

void*
regional_alloc_init(struct regional* region, const void* init, size_t size)
{
	void* data = regional_alloc(region, size);
	if(data)
		memcpy(data, init, size);
	return data;
}

/** Of the names in these tests, none has an octet 0 in a label. */
int
query_dname_compare(uint8_t* a, uint8_t* b)
{
	return strcasecmp((const char*)a, (const char*)b);
}

int
dname_count_labels(uint8_t* name)
{
	int labels = 1;
	for(; *name; name += *name + 1)
		labels++;
	return labels;
}

/** The same for a name in any case. */
hashvalue_type
dname_query_hash(uint8_t* name, hashvalue_type hash)
{
	for(; *name; name++)
		hash = hash * 31 + (hashvalue_type)(*name | 0x20);
	return hash;
}

void
region_clear(void)
{
	unsigned i;
	for(i = 0; i < ALLOCATIONS_MAX; i++) {
		free(allocations[i]);
		allocations[i] = NULL;
	}
	allocation_count = refuse_at = 0;
}
