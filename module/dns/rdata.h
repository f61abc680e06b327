/*
 * dns/rdata.h - rdata that is being made.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Rdata in wire format, made by appending octets, numbers and base64. Whether
 * it is what its type has is dns/fields.h's to say.
 *
 * Nothing here keeps state; every function may be called from any thread.
 */
#ifndef HELIX_DNS_RDATA_H
#define HELIX_DNS_RDATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** most octets of rdata that a record may have, so that it fits into a
 * message with its question and its owner */
#define RDATA_MAX 63000

/** Rdata in wire format. */
struct rdata {
	/** octets used in wire */
	size_t len;
	/** the rdata */
	uint8_t wire[RDATA_MAX];
};

/** Base64 that is read piece by piece; all zero at first. */
struct rdata_base64 {
	/** bits that make no whole octet yet */
	uint32_t bits;
	/** characters read, the final '=' among them */
	size_t count;
	/** how many of them are '=' */
	unsigned pads;
};

/** Append what some more characters of base64 (RFC 4648 4) are.
 * @return false if they are none, or there is no room. */
bool rdata_base64_add(struct rdata_base64* base64, struct rdata* rdata,
	const char* text, size_t len);

/** Whether what was read is all of it. */
bool rdata_base64_end(const struct rdata_base64* base64);

/** Append octets. @return false if there is no room. */
bool rdata_append(struct rdata* rdata, const void* octets, size_t len);

/** Append a number in network byte order, in 1, 2 or 4 octets. */
bool rdata_append_number(struct rdata* rdata, uint32_t number, size_t octets);

#endif /* HELIX_DNS_RDATA_H */
