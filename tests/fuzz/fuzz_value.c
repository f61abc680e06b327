/*
 * tests/fuzz/fuzz_value.c - any value of any type.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/* The input is the name of a type, a space, and a value. */
#include "base/wire.h"
#include "dns/rdata/rdata.h"
#include "format/helix.h"
#include <ldns/ldns.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

/** Whether libldns knows the fields of a type, and is right about them. */
static bool
ldns_knows(uint16_t type, size_t len)
{
	/* to it they are a string, and one field */
	if(type == LDNS_RR_TYPE_NSAP_PTR || type == LDNS_RR_TYPE_SINK)
		return false;
	/* it counts fields in 8 bits, and HIP's are not all of one kind */
	return type != LDNS_RR_TYPE_HIP || len <= 255;
}

/** libldns reads rdata as a record, and writes the same again. */
static void
check_by_ldns(uint16_t type, const uint8_t* rdata, size_t len)
{
	/* owner, class IN, TTL 0 */
	static uint8_t wire[11 + RDATA_MAX] = { [4] = 1 };
	uint8_t* again = NULL;
	size_t at = 0, again_len = 0;
	ldns_rr* rr = NULL;
	if(!ldns_knows(type, len))
		return;
	ldns_write_uint16(wire + 1, type);
	ldns_write_uint16(wire + 9, (uint16_t)len);
	memcpy(wire + 11, rdata, len);
	if(ldns_wire2rr(&rr, wire, 11 + len, &at, LDNS_SECTION_ANSWER) !=
		LDNS_STATUS_OK || at != 11 + len || ldns_rr2wire(&again, rr,
		LDNS_SECTION_ANSWER, &again_len) != LDNS_STATUS_OK ||
		again_len != 11 + len || memcmp(again, wire, again_len) != 0)
		abort();
	free(again);
	ldns_rr_free(rr);
}

/** What is written is a line of ASCII, which is read as the same rdata. */
static void
check_round(uint16_t type, const uint8_t* rdata, size_t len)
{
	/* a bitmap of all types is the longest text */
	static char text[1 << 20];
	static struct rdata again;
	struct reason reason;
	size_t n = rdata_write(type, rdata, len, text, sizeof(text)), i;
	if(n >= sizeof(text) || text[n] != 0)
		abort();
	for(i = 0; i < n; i++) {
		if(text[i] < ' ' || text[i] > '~')
			abort();
	}
	if(!rdata_read(&again, type, text, n, &reason) || again.len != len ||
		memcmp(again.wire, rdata, len) != 0)
		abort();
}

static void
check_rdata(uint16_t type, const uint8_t* rdata, size_t len)
{
	if(len > RDATA_MAX || rdata_check(type, rdata, len))
		abort();
	check_by_ldns(type, rdata, len);
	check_round(type, rdata, len);
}

/** A reason, or what looks wrong, is fit for a log line. */
static void
check_reason(const struct reason* reason)
{
	const char* at = reason->text;
	const char* end = memchr(at, 0, sizeof(reason->text));
	if(!end)
		abort();
	for(; at < end; at++) {
		if(*at < ' ' || *at > '~')
			abort();
	}
}

/** What was read is as helix.h says. */
static void
check_set(uint16_t type, const struct record_set* set)
{
	size_t at = 0;
	uint32_t n = 0;
	for(; at < set->rdata.len; n++) {
		size_t len;
		if(set->rdata.len - at < 2)
			abort();
		len = wire_read_u16(set->rdata.data + at);
		if(len > set->rdata.len - at - 2)
			abort();
		check_rdata(type, set->rdata.data + at + 2, len);
		at += 2 + len;
	}
	if(at != set->rdata.len || n != set->count || n == 0 ||
		(set->ttl != RECORD_TTL_NONE && set->ttl > RECORD_TTL_MAX))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
	const uint8_t* space = memchr(data, ' ', size);
	size_t len = space ? size - (size_t)(space - data) - 1 : 0;
	struct reason reason;
	struct record_set set;
	struct contribution key;
	char* value = malloc(len ? len : 1);
	if(!value)
		abort();
	if(space && !helix_key_read(&key, (const char*)data, size - len -
		1)) {
		memcpy(value, space + 1, len);
		memset(&reason, 0x7f, sizeof(reason));
		if(helix_value_read(&set, key.type, value, len, &reason))
			check_set(key.type, &set);
		else if(!reason.text[0])
			abort();
		check_reason(&reason);
		record_set_clear(&set);
	}
	free(value);
	return 0;
}
