/*
 * dns/contribution.c - what one key of etcd gives to an RRset.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "dns/contribution.h"
#include "base/wire.h"
#include <stdlib.h>
#include <string.h>

bool
record_set_add(struct record_set* set, const uint8_t* rdata, size_t len)
{
	size_t need = set->rdata_len + 2 + len;
	if(need > set->rdata_size) {
		size_t size = need < 64 ? need : need * 2;
		uint8_t* grown = realloc(set->rdata, size);
		if(!grown)
			return false;
		set->rdata = grown;
		set->rdata_size = size;
	}
	memcpy(wire_write_u16(set->rdata + set->rdata_len, (uint16_t)len),
		rdata, len);
	set->rdata_len = need;
	set->count++;
	return true;
}

void
record_set_clear(struct record_set* set)
{
	free(set->rdata);
	memset(set, 0, sizeof(*set));
	set->ttl = RECORD_TTL_NONE;
}
