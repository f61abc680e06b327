/*
 * dns/fields.h - what the rdata of a type is made of.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * The fields of each type, as libldns knows them, and whether rdata in wire
 * format is well-formed. Whatever gets into the store has been through
 * fields_check: Unbound walks the names in rdata when it compresses, and
 * clients refuse a whole message for one record that they can't read.
 *
 * libldns's own readers are not used for that: they take rdata that goes on
 * behind the last field, compression pointers, and a digest of any length.
 *
 * Nothing here keeps state; every function may be called from any thread.
 */
#ifndef HELIX_DNS_FIELDS_H
#define HELIX_DNS_FIELDS_H

#include <ldns/ldns.h>
#include <stddef.h>
#include <stdint.h>

/**
 * A field of a type.
 * @param type: host byte order.
 * @param n: the first is 0.
 * @return LDNS_RDF_TYPE_NONE behind the last one; LDNS_RDF_TYPE_UNKNOWN if
 *	the type has no fields that libldns knows.
 */
ldns_rdf_type fields_nth(uint16_t type, unsigned n);

/** How many fields a type has at least. */
unsigned fields_min(uint16_t type);

/**
 * Whether rdata is what its type has.
 * @param type: host byte order.
 * @return NULL, or why not (a constant sentence, that goes on from "the
 *	rdata ...").
 */
const char* fields_check(uint16_t type, const uint8_t* wire, size_t len);

#endif /* HELIX_DNS_FIELDS_H */
