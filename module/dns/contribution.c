/*
 * dns/contribution.c - what one key of etcd gives to an RRset.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "dns/contribution.h"

bool
record_set_add(struct record_set* set, const uint8_t* rdata, size_t len)
{
	if(!rdata_list_append(&set->rdata, rdata, len))
		return false;
	set->count++;
	return true;
}

void
record_set_clear(struct record_set* set)
{
	buffer_clear(&set->rdata);
	set->count = 0;
	set->ttl = RECORD_TTL_NONE;
}
