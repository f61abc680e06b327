/*
 * dns/presentation.h - rdata as it is written in zone files.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * The presentation format of one record's rdata (RFC 1035 5.1, and the RFC of
 * each type), strictly: all fields, each in its bounds, and nothing behind
 * them. Names are absolute, with or without the final dot, and keep their
 * case. Parentheses may hold line breaks; a line break outside of them, a
 * comment, and '@' are refused. `\# LENGTH HEX` (RFC 3597 5) is taken for all
 * types, and is the only form of those that libldns does not know, and of A6,
 * ATMA, NULL, SINK and WKS.
 *
 * What a type is made of is libldns's knowledge, and so are the names of
 * algorithms; the reading is done here. libldns's own reader cuts numbers to
 * their size, takes what is no value for one, and writes behind its memory
 * when a value has many line breaks in parentheses (1.8.3), which anybody
 * could put into etcd.
 *
 * Nothing here keeps state; every function may be called from any thread.
 */
#ifndef HELIX_DNS_PRESENTATION_H
#define HELIX_DNS_PRESENTATION_H

#include "dns/rdata.h"

/** room for any reason that this unit gives, with its NUL */
#define PRESENTATION_REASON_MAX 160
/** octets of a text that a reason shows */
#define PRESENTATION_SHOWN_MAX 40

/** Whether a type has a presentation format other than `\#`. */
bool presentation_is_known(uint16_t type);

/**
 * Read rdata.
 * @param rdata: the result.
 * @param type: host byte order; neither for queries nor for signers.
 * @param text: the rdata; not NUL-terminated, may hold any octet.
 * @param len: octets in text.
 * @param reason: if false is returned, says what is wrong; else what looks
 *	wrong though it can be served (presentation_name_doubt), or "";
 *	PRESENTATION_REASON_MAX octets.
 */
bool presentation_read(struct rdata* rdata, uint16_t type, const char* text,
	size_t len, char* reason);

/** Whether a text is in the form `\# LENGTH HEX`, be it right or wrong. */
bool presentation_is_generic(const char* text, size_t len);

/**
 * What makes a name look as if something else had been meant: an IP address, a
 * URL, a mailbox, octets that are not ASCII. What is escaped was meant.
 * @param text: the name as it is written; not NUL-terminated.
 * @param bare: whether one label without a dot behind it may be a name.
 * @return NULL, or a constant text that goes on behind the name: "is ...".
 */
const char* presentation_name_doubt(const char* text, size_t len, bool bare);

/**
 * Make text fit for a log line: short, printable, in one piece, with what is
 * not printable, quotes and backslashes escaped as in a zone file.
 * @param out: room for PRESENTATION_SHOWN_MAX + 4 octets.
 * @return out, NUL-terminated.
 */
const char* presentation_shown(const char* text, size_t len, char* out);

#endif /* HELIX_DNS_PRESENTATION_H */
