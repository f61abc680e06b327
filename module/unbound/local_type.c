/*
 * unbound/local_type.c - which of Unbound's local zones hide names.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "unbound/local_type.h"
#include <stddef.h>
#include <string.h>

const char*
local_type_answers(const char* word)
{
	static const char* const types[] = { "deny", "refuse", "static",
		"redirect", "inform_deny", "inform_redirect", "always_refuse",
		"always_nxdomain", "always_nodata", "always_deny",
		"always_null", "block_a", "block_aaaa", "block_a_wdata",
		"block_aaaa_wdata" };
	size_t i;
	for(i = 0; i < sizeof(types) / sizeof(*types); i++) {
		if(strcmp(word, types[i]) == 0)
			return types[i];
	}
	return NULL;
}
