/*
 * dns/rdata.c - rdata that is being made.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "dns/rdata.h"
#include <ldns/ldns.h>
#include <string.h>

bool
rdata_append(struct rdata* rdata, const void* octets, size_t len)
{
	if(len > sizeof(rdata->wire) - rdata->len)
		return false;
	memcpy(rdata->wire + rdata->len, octets, len);
	rdata->len += len;
	return true;
}

bool
rdata_append_number(struct rdata* rdata, uint32_t number, size_t octets)
{
	uint8_t wire[4];
	ldns_write_uint32(wire, number);
	return rdata_append(rdata, wire + 4 - octets, octets);
}

bool
rdata_base64_add(struct rdata_base64* base64, struct rdata* rdata,
	const char* text, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"abcdefghijklmnopqrstuvwxyz0123456789+/";
	for(; len > 0; len--, text++) {
		const char* digit = *text ? strchr(digits, *text) : NULL;
		unsigned place = base64->count++ % 4;
		if(*text == '=' && place >= 2) {
			base64->pads++;
			continue;
		}
		if(!digit || base64->pads > 0)
			return false;
		base64->bits = base64->bits << 6 |
			(uint32_t)(digit - digits);
		if(place > 0 && !rdata_append_number(rdata,
			base64->bits >> (6 - 2 * place) & 0xff, 1))
			return false;
		/* what is left of the digit */
		base64->bits &= (1u << (6 - 2 * place)) - 1;
	}
	return true;
}

bool
rdata_base64_end(const struct rdata_base64* base64)
{
	return base64->count > 0 && base64->count % 4 == 0 &&
		base64->pads <= 2 && base64->bits == 0;
}
