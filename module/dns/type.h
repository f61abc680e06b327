/*
 * dns/type.h - RR types: their numbers and names.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * The numbers of the RR types whose records are more than rdata to be copied,
 * and what is true of whole groups of types. Numbers are in host byte order,
 * as everywhere in module/dns. Names are those that libldns knows, and for all
 * other types TYPEnnn (RFC 3597 5).
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

/** RR types (the IANA registry "Resource Record (RR) TYPEs") */
enum {
	/** address (RFC 1035 3.4.1) */
	TYPE_A = 1,
	/** name server: a delegation, below an apex (RFC 1035 3.3.11) */
	TYPE_NS = 2,
	/** alias of one name (RFC 1035 3.3.1) */
	TYPE_CNAME = 5,
	/** start of a zone (RFC 1035 3.3.13) */
	TYPE_SOA = 6,
	/** mail exchange (RFC 1035 3.3.9) */
	TYPE_MX = 15,
	/** text (RFC 1035 3.3.14) */
	TYPE_TXT = 16,
	/** signature of the first DNSSEC (RFC 2535 4) */
	TYPE_SIG = 24,
	/** IPv6 address (RFC 3596 2.1) */
	TYPE_AAAA = 28,
	/** denial of the first DNSSEC (RFC 2535 5) */
	TYPE_NXT = 30,
	/** service (RFC 2782) */
	TYPE_SRV = 33,
	/** alias of a whole subtree (RFC 6672) */
	TYPE_DNAME = 39,
	/** EDNS (RFC 6891 6.1) */
	TYPE_OPT = 41,
	/** delegation signer, on the parent's side of a cut (RFC 4034 5) */
	TYPE_DS = 43,
	/** signature (RFC 4034 3) */
	TYPE_RRSIG = 46,
	/** denial (RFC 4034 4) */
	TYPE_NSEC = 47,
	/** hashed denial (RFC 5155 3) */
	TYPE_NSEC3 = 50,
	/** parameters of hashed denial (RFC 5155 4) */
	TYPE_NSEC3PARAM = 51,
	/** first and last of the types that only queries have (RFC 6895
	 * 3.1) */
	TYPE_QUERY_FIRST = 128,
	TYPE_QUERY_LAST = 255,
	/** whatever a name has (RFC 8482) */
	TYPE_ANY = 255,
	/** reserved (RFC 6895 3.1) */
	TYPE_RESERVED = 65535
};

/** Whether no record can have a type: it is for queries or messages only. */
static inline bool
type_is_meta(uint16_t type)
{
	return type == 0 || type == TYPE_OPT || type == TYPE_RESERVED ||
		(type >= TYPE_QUERY_FIRST && type <= TYPE_QUERY_LAST);
}

/** Whether only what signs a zone makes records of a type. */
static inline bool
type_is_signers(uint16_t type)
{
	return type == TYPE_SIG || type == TYPE_NXT || type == TYPE_RRSIG ||
		type == TYPE_NSEC || type == TYPE_NSEC3 ||
		type == TYPE_NSEC3PARAM;
}

/**
 * Whether libldns 1.8.3, with which this project began, had a name for a type.
 * A name that is younger is no type where it can be an id as well: what a key
 * means is not to change with a library.
 */
static inline bool
type_name_is_old(uint16_t type)
{
	return (type >= 1 && type <= 65 && type != 54 && type != 56 &&
		type != 57) || type == 99 || (type >= 104 && type <= 109) ||
		(type >= 249 && type <= 257) || type == 32769;
}

/** Whether an RRset of a type has one record and no more (RFC 2181 6.1, 10.1;
 * RFC 6672 2.4). */
static inline bool
type_is_single(uint16_t type)
{
	return type == TYPE_CNAME || type == TYPE_SOA || type == TYPE_DNAME;
}

/**
 * The type that a text names, in upper case or as TYPEnnn.
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
