/*
 * dns/rdata/rdata.h - rdata: read from text, checked, and written as text.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * The rdata of one record of any type. rdata_read reads presentation format
 * (RFC 1035 5.1, and the RFC of each type) into wire format; rdata_check
 * checks wire format; rdata_write writes wire format as presentation format.
 * dns/rrtypes.def lists the fields of each type, and dns/rdata/kinds.h the
 * kinds of fields, with the functions that read, check and write them.
 *
 * rdata_read is strict: all fields must be there, each within its bounds, and
 * nothing may follow them. Names are absolute, with or without the final dot,
 * and keep their case. A line break must be within parentheses; comments and
 * '@' are refused; rdata_read_in_zone has an origin. `\# LENGTH HEX` (RFC 3597
 * 5) is accepted for all types, and is the only form of a type without a format
 * of its own. A field that has mnemonics may be a number, too.
 *
 * rdata_check accepts all rdata in the store: Unbound walks the names in
 * rdata to compress them, and clients refuse a whole message for one record
 * that they cannot read.
 *
 * Nothing here keeps state; every function may be called from any thread.
 */
#ifndef HELIX_DNS_RDATA_RDATA_H
#define HELIX_DNS_RDATA_RDATA_H

#include "base/reason.h"
#include <stddef.h>
#include <stdint.h>

/** most octets of rdata of a record, so that the record fits into a message
 * with its question and its owner */
#define RDATA_MAX 63000
/** room for a word in a reason, as text_show writes it */
#define RDATA_SHOWN_SIZE 44

/** Rdata in wire format, to which fields are appended. */
struct rdata {
	/** octets used in wire */
	size_t len;
	/** the rdata */
	uint8_t wire[RDATA_MAX];
};

/**
 * Read rdata.
 * @param rdata: the result.
 * @param type: host byte order; neither type_is_meta nor type_is_signers.
 * @param text: the rdata; not NUL-terminated, may hold any octet.
 * @param len: octets in text.
 * @param reason: if false is returned, what is wrong; else what looks wrong
 *	although it can be served (rdata_name_doubt), or "".
 */
bool rdata_read(struct rdata* rdata, uint16_t type, const char* text,
	size_t len, struct reason* reason);

/** Where rdata of a zone file stands. */
struct rdata_place {
	/** the origin, below which names without a final dot are, and which '@'
	 * stands for; in wire format; NULL: there is none */
	const uint8_t* origin;
	/** if false is returned: how many octets of the text are before the
	 * word that is wrong */
	size_t wrong;
};

/**
 * As rdata_read, for rdata of a zone file: names may be relative to an origin,
 * or '@'. What looks wrong about a name is not said.
 * @param place: its origin is read, and the rest is set.
 */
bool rdata_read_in_zone(struct rdata* rdata, uint16_t type, const char* text,
	size_t len, struct rdata_place* place, struct reason* reason);

/**
 * Check that rdata is well-formed for its type.
 * @param type: host byte order.
 * @return NULL, or what is wrong (a constant text that continues "the rdata
 *	...").
 */
const char* rdata_check(uint16_t type, const uint8_t* wire, size_t len);

/**
 * Write rdata in presentation format, as in a zone file: in one line, without
 * parentheses, names absolute with their final dot, strings in quotes.
 * rdata_read reads the same octets from that text. Rdata that rdata_check
 * refuses, or that has no other form, is written as `\# LENGTH HEX`.
 * @param type: host byte order.
 * @param text: the result; cut at size, NUL-terminated if size is not 0.
 * @return octets of the whole text, without its NUL, as from snprintf(3).
 */
size_t rdata_write(uint16_t type, const uint8_t* wire, size_t len, char* text,
	size_t size);

/** Whether a type has a presentation format besides `\#`. */
bool rdata_has_format(uint16_t type);

/** Whether a text begins with `\#` as `\# LENGTH HEX` does; the rest may be
 * wrong. */
bool rdata_is_generic(const char* text, size_t len);

/** Append octets. @return false if there is no room. */
bool rdata_append(struct rdata* rdata, const void* octets, size_t len);

/** Append a number in network byte order, in 1, 2 or 4 octets. */
bool rdata_append_number(struct rdata* rdata, uint32_t number, size_t octets);

/**
 * Why a name is probably a mistake: it looks like an IP address, a URL or a
 * mailbox, or has octets that are not ASCII. Escaped octets are taken as meant.
 * @param text: the name as it is written; not NUL-terminated.
 * @param bare: whether a name of one label without a final dot is accepted.
 * @return NULL, or a constant text that continues the name: "is ...".
 */
const char* rdata_name_doubt(const char* text, size_t len, bool bare);

#endif /* HELIX_DNS_RDATA_RDATA_H */
