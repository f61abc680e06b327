/*
 * dns/rdata/rdata.h - rdata: read from text, checked, and written as text.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * The rdata of one record of any type: rdata_read makes wire format of
 * presentation format (RFC 1035 5.1, and the RFC of each type), rdata_check
 * says whether wire format is well-formed, rdata_write makes presentation
 * format of it. dns/rrtypes.def lists the fields of each type, and
 * dns/rdata/kinds.h says how a field of each kind is read, checked, written.
 *
 * rdata_read is strict: all fields, each in its bounds, and nothing behind
 * them. Names are absolute, with or without the final dot, and keep their
 * case. Parentheses may hold line breaks; a line break outside of them, a
 * comment, and '@' are refused. `\# LENGTH HEX` (RFC 3597 5) is taken for all
 * types, and is the only form of those that have no format of their own.
 * Where a field has mnemonics, it may be a number too.
 *
 * Whatever gets into the store has been through rdata_check: Unbound walks
 * the names in rdata when it compresses, and clients refuse a whole message
 * for one record that they can't read.
 *
 * Nothing here keeps state; every function may be called from any thread.
 */
#ifndef HELIX_DNS_RDATA_RDATA_H
#define HELIX_DNS_RDATA_RDATA_H

#include "base/reason.h"
#include <stddef.h>
#include <stdint.h>

/** most octets of rdata that a record may have, so that it fits into a
 * message with its question and its owner */
#define RDATA_MAX 63000
/** room for a word as a reason shows it (base/text.h) */
#define RDATA_SHOWN_SIZE 44

/** Rdata in wire format, made by appending to it. */
struct rdata {
	/** octets used in wire */
	size_t len;
	/** the rdata */
	uint8_t wire[RDATA_MAX];
};

/**
 * Read rdata.
 * @param rdata: the result.
 * @param type: host byte order; neither for queries nor for signers.
 * @param text: the rdata; not NUL-terminated, may hold any octet.
 * @param len: octets in text.
 * @param reason: if false is returned, says what is wrong; else what looks
 *	wrong though it can be served (rdata_name_doubt), or "".
 */
bool rdata_read(struct rdata* rdata, uint16_t type, const char* text,
	size_t len, struct reason* reason);

/**
 * Whether rdata is what its type has.
 * @param type: host byte order.
 * @return NULL, or why not (a constant sentence, that goes on from "the
 *	rdata ...").
 */
const char* rdata_check(uint16_t type, const uint8_t* wire, size_t len);

/**
 * Write rdata in presentation format, as it stands in a zone file: in one
 * line, without parentheses, names absolute with their final dot, strings in
 * quotes. rdata_read makes the same octets of it. What rdata_check refuses,
 * or what has no other form, is written as `\# LENGTH HEX`.
 * @param type: host byte order.
 * @param text: the result, cut off at size, NUL-terminated if size is not 0.
 * @return octets of the whole text, without its NUL, as snprintf does.
 */
size_t rdata_write(uint16_t type, const uint8_t* wire, size_t len, char* text,
	size_t size);

/** Whether a type has a presentation format other than `\#`. */
bool rdata_has_format(uint16_t type);

/** Whether a text is in the form `\# LENGTH HEX`, be it right or wrong. */
bool rdata_is_generic(const char* text, size_t len);

/** Append octets. @return false if there is no room. */
bool rdata_append(struct rdata* rdata, const void* octets, size_t len);

/** Append a number in network byte order, in 1, 2 or 4 octets. */
bool rdata_append_number(struct rdata* rdata, uint32_t number, size_t octets);

/**
 * What makes a name look as if something else had been meant: an IP address, a
 * URL, a mailbox, octets that are not ASCII. What is escaped was meant.
 * @param text: the name as it is written; not NUL-terminated.
 * @param bare: whether one label without a dot behind it may be a name.
 * @return NULL, or a constant text that goes on behind the name: "is ...".
 */
const char* rdata_name_doubt(const char* text, size_t len, bool bare);

#endif /* HELIX_DNS_RDATA_RDATA_H */
