/*
 * tests/fuzz/fuzz_value.c - any value of any type.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/* The input is the name of a type, a space, and a value. */
#include "dns/record.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

/** What was read is as record.h says. */
static void
check_set(const struct record_set* set)
{
	size_t at = 0;
	uint32_t n = 0;
	for(; at < set->rdata_len; n++) {
		if(set->rdata_len - at < 2)
			abort();
		at += 2 + (size_t)(set->rdata[at] << 8 | set->rdata[at + 1]);
	}
	if(at != set->rdata_len || n != set->count || n == 0 ||
		(set->ttl != RECORD_TTL_NONE && set->ttl > RECORD_TTL_MAX))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
	const uint8_t* space = memchr(data, ' ', size);
	size_t len = space ? size - (size_t)(space - data) - 1 : 0;
	char reason[RECORD_REASON_MAX];
	struct record_set set;
	struct record_key key;
	char* value = malloc(len ? len : 1);
	if(!value)
		abort();
	if(space && !record_parse_key(&key, (const char*)data, size - len -
		1)) {
		memcpy(value, space + 1, len);
		memset(reason, 0, sizeof(reason));
		if(record_parse_value(&set, key.type, value, len, reason))
			check_set(&set);
		else if(!reason[0] || !memchr(reason, 0, sizeof(reason)))
			abort();
		record_set_clear(&set);
	}
	free(value);
	return 0;
}
