/*
 * base/wire.h - numbers and rdata as DNS messages have them.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Numbers in network byte order, at any alignment; and the one form that the
 * rdata of an RRset has on its way from the reader of a value to the reply:
 *
 *	+-----+-------+-----+-------+--
 *	| len | rdata | len | rdata |	len: 16 bits, of that rdata alone
 *	+-----+-------+-----+-------+--
 *
 * No state; any thread.
 */
#ifndef HELIX_BASE_WIRE_H
#define HELIX_BASE_WIRE_H

#include "base/buffer.h"
#include <string.h>

static inline uint16_t
wire_read_u16(const uint8_t* at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static inline uint32_t
wire_read_u32(const uint8_t* at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
		(uint32_t)at[2] << 8 | at[3];
}

/** @return the octet behind the number. */
static inline uint8_t*
wire_write_u16(uint8_t* at, uint16_t number)
{
	at[0] = (uint8_t)(number >> 8);
	at[1] = (uint8_t)number;
	return at + 2;
}

/** @return the octet behind the number. */
static inline uint8_t*
wire_write_u32(uint8_t* at, uint32_t number)
{
	at[0] = (uint8_t)(number >> 24);
	at[1] = (uint8_t)(number >> 16);
	at[2] = (uint8_t)(number >> 8);
	at[3] = (uint8_t)number;
	return at + 4;
}

/** The rdata of an RRset, in memory that belongs to someone else. */
struct rdata_list {
	/** the records, each with its length before it */
	const uint8_t* octets;
	/** number of octets, the lengths included */
	uint32_t len;
	/** number of records */
	uint32_t count;
};

/** How far it is from one record of a list to the next. @param octets: the
 * record, its length first. */
static inline size_t
rdata_list_step(const uint8_t* octets)
{
	return (size_t)2 + wire_read_u16(octets);
}

/**
 * Append a record to a list that is built in a buffer.
 * @param rdata, len: its rdata; at most 65535 octets.
 * @return false if memory ran out.
 */
static inline bool
rdata_list_append(struct buffer* list, const void* rdata, size_t len)
{
	uint8_t* at = buffer_extend(list, 2 + len);
	if(!at)
		return false;
	at = wire_write_u16(at, (uint16_t)len);
	if(len > 0)
		memcpy(at, rdata, len);
	return true;
}

#endif /* HELIX_BASE_WIRE_H */
