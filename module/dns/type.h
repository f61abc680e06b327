/*
 * dns/type.h - RR types: their numbers and names.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * The number, the name and the properties of each type, as rrtypes.def
 * lists them. Numbers are in host byte order, as everywhere in module/dns. A
 * type that is not in rrtypes.def has the name TYPEnnn (RFC 3597 5).
 *
 * Constants and pure functions; for any thread.
 */
#ifndef HELIX_DNS_TYPE_H
#define HELIX_DNS_TYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** room for the name of any type, with a NUL */
#define TYPE_TEXT_MAX 16

/** RR types: TYPE_A and so on */
enum {
#define RRTYPE(id, name, number, flags, ...) TYPE_##id = number,
#include "dns/rrtypes.def"
#undef RRTYPE
	/** first and last of the types that only queries have (RFC 6895
	 * 3.1) */
	TYPE_QUERY_FIRST = 128,
	TYPE_QUERY_LAST = 255,
	/** reserved (RFC 6895 3.1) */
	TYPE_RESERVED = 65535
};

/** The flags of rrtypes.def. */
enum {
	RRTYPE_YOUNG = 0,
	RRTYPE_OLD = 1,
	RRTYPE_OLD_SINGLE = RRTYPE_OLD | 2,
	RRTYPE_OLD_SIGNER = RRTYPE_OLD | 4,
	RRTYPE_YOUNG_META = 8,
	RRTYPE_OLD_META = RRTYPE_OLD | RRTYPE_YOUNG_META
};

/** Whether only queries and messages have a type, and no record has it. */
static inline bool
type_is_meta(uint16_t type)
{
	return type == 0 || type == TYPE_OPT || type == TYPE_RESERVED ||
		(type >= TYPE_QUERY_FIRST && type <= TYPE_QUERY_LAST);
}

/** Whether records of a type are made by a zone's signer only. */
static inline bool
type_is_signers(uint16_t type)
{
	switch(type) {
#define RRTYPE(id, name, number, flags, ...) \
	case number: return RRTYPE_##flags == RRTYPE_OLD_SIGNER;
#include "dns/rrtypes.def"
#undef RRTYPE
	}
	return false;
}

/** Whether libldns 1.8.3 had a name for a type; see rrtypes.def. */
static inline bool
type_name_is_old(uint16_t type)
{
	switch(type) {
#define RRTYPE(id, name, number, flags, ...) \
	case number: return (RRTYPE_##flags & RRTYPE_OLD) != 0;
#include "dns/rrtypes.def"
#undef RRTYPE
	}
	return false;
}

/** Whether an RRset of a type has one record only. */
static inline bool
type_is_single(uint16_t type)
{
	switch(type) {
#define RRTYPE(id, name, number, flags, ...) \
	case number: return RRTYPE_##flags == RRTYPE_OLD_SINGLE;
#include "dns/rrtypes.def"
#undef RRTYPE
	}
	return false;
}

/**
 * The type that a text names: its name in upper case, or TYPEnnn.
 * @param text: not NUL-terminated.
 * @param len: octets in text.
 * @return host byte order; 0 if there is no such type.
 */
uint16_t type_from_text(const char* text, size_t len);

/**
 * The name of a type, such as "AAAA" or "TYPE65280".
 * @param type: host byte order.
 * @param text: room for TYPE_TEXT_MAX octets; NUL-terminated.
 * @return text.
 */
char* type_to_text(uint16_t type, char* text);

#endif /* HELIX_DNS_TYPE_H */
