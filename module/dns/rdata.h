/*
 * dns/rdata.h - what the rdata of a type is made of.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * The fields of each type, as libldns knows them, and whether rdata in wire
 * format is well-formed. Whatever gets into the store has been through
 * rdata_check: Unbound walks the names in rdata when it compresses, and
 * clients refuse a whole message for one record that they can't read.
 *
 * libldns's own readers are not used for that: they take rdata that goes on
 * behind the last field, compression pointers, and a digest of any length.
 *
 * Nothing here keeps state; every function may be called from any thread.
 */
#ifndef HELIX_DNS_RDATA_H
#define HELIX_DNS_RDATA_H

#include <ldns/ldns.h>
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

/**
 * A field of a type.
 * @param type: host byte order.
 * @param n: the first is 0.
 * @return LDNS_RDF_TYPE_NONE behind the last one; LDNS_RDF_TYPE_UNKNOWN if
 *	the type has no fields that libldns knows.
 */
ldns_rdf_type rdata_field(uint16_t type, unsigned n);

/** How many fields a type has at least. */
unsigned rdata_fields_min(uint16_t type);

/**
 * Whether rdata is what its type has.
 * @param type: host byte order.
 * @return NULL, or why not (a constant sentence, that goes on from "the
 *	rdata ...").
 */
const char* rdata_check(uint16_t type, const uint8_t* wire, size_t len);

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
