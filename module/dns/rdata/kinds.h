/*
 * dns/rdata/kinds.h - the kinds of fields that rdata is made of.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * The table of field kinds. Each kind has three functions: read makes octets of
 * words, check checks octets, write makes words of checked octets.
 * dns/rrtypes.def lists the kinds of each type's fields. To add a kind, add its
 * name to the enumeration, and its functions to the table in kinds.c.
 *
 * For dns/rdata/ only.
 */
#ifndef HELIX_DNS_RDATA_KINDS_H
#define HELIX_DNS_RDATA_KINDS_H

#include "dns/rdata/text.h"

/** most fields that a type has */
#define RDATA_FIELDS_MAX 7

/** Kinds of fields. */
enum rdata_field {
	/** the end of a type's fields */
	F_END,
	/** any octets, with `\#` as the only presentation format */
	F_OPAQUE,
	/* numbers of so many bits; F_U64 is a node of BPv7, one number or two
	 * halves such as 1.2 */
	F_U8, F_U16, F_U32, F_U64,
	/** seconds; read as 1h30m, too */
	F_TIME,
	/* numbers of 8 or 16 bits that have mnemonics */
	F_ALGORITHM, F_DIGEST_TYPE, F_CERT_TYPE, F_SCHEME, F_TLSA_USAGE,
	F_TLSA_SELECTOR, F_TLSA_MATCHING, F_TYPE,
	/* one name; any number of names */
	F_NAME, F_NAMES,
	/* a string after its length; one or none; one or more */
	F_STRING, F_MAYBE_STRING, F_STRINGS,
	/** octets up to the end of the rdata, written as a string */
	F_TEXT,
	/** letters and digits after their length (RFC 8659 4.1) */
	F_TAG,
	/* octets up to the end of the rdata, at least one, in any number of
	 * words; F_MAYBE_BASE64 and F_DOA_DATA may be empty, and F_DOA_DATA is
	 * "-" then; the last two may be 0 as in RFC 8078 4 */
	F_HEX, F_BASE64, F_MAYBE_BASE64, F_DOA_DATA, F_CDS_DIGEST,
	F_CDNSKEY_KEY,
	/* addresses, in one word */
	F_V4, F_V6, F_NSAP, F_ATMA, F_EUI48, F_EUI64, F_LOCATOR,
	/* fields of several words */
	F_A6, F_AMTRELAY, F_APL, F_BITMAP, F_HIP, F_IPSECKEY, F_LOC,
	F_SVCPARAMS, F_WKS,
	/** number of kinds */
	F_COUNT
};

/** A name that stands for a number. */
struct mnemonic {
	/** the name, as the registry spells it; case does not matter; NULL ends
	 * a list */
	const char* name;
	/** the number */
	uint16_t number;
};

/** A kind of fields. */
struct rdata_kind {
	/** Read a field. @param word: its first word. */
	bool (*read)(struct reader* reader, struct word word,
		const struct rdata_kind* kind);
	/** Check a field and skip it. @return NULL, or what is wrong. */
	const char* (*check)(struct cursor* cursor,
		const struct rdata_kind* kind);
	/** Write a checked field. */
	void (*write)(struct writer* writer, struct cursor* cursor,
		const struct rdata_kind* kind);
	/** mnemonics, or NULL */
	const struct mnemonic* names;
	/** octets, or groups of digits; of a kind that goes up to the end of
	 * the rdata: 1 if it may not be empty */
	uint8_t size;
	/** whether the field may be left out; it is the last one then */
	bool maybe;
};

/** Look up a kind in the table. @param field: neither F_END nor F_OPAQUE. */
const struct rdata_kind* rdata_kind(enum rdata_field field);

/* Functions of kinds that are parts of fields of several words. */
bool kind_read_number(struct reader* reader, struct word word,
	const struct rdata_kind* kind);
bool kind_read_u8(struct reader* reader, const struct word* word);
bool kind_read_address(struct reader* reader, struct word word,
	const struct rdata_kind* kind);
bool kind_read_v4(struct reader* reader, const struct word* word);
bool kind_read_v6(struct reader* reader, const struct word* word);
bool kind_read_name(struct reader* reader, struct word word,
	const struct rdata_kind* kind);
bool kind_read_hex(struct reader* reader, struct word word,
	const struct rdata_kind* kind);
bool kind_read_base64(struct reader* reader, struct word word,
	const struct rdata_kind* kind);
const char* kind_check_name(struct cursor* cursor,
	const struct rdata_kind* kind);
const char* kind_check_rest(struct cursor* cursor,
	const struct rdata_kind* kind);
void kind_write_address(struct writer* writer, struct cursor* cursor,
	const struct rdata_kind* kind);
void kind_write_name(struct writer* writer, struct cursor* cursor,
	const struct rdata_kind* kind);
void kind_write_base64(struct writer* writer, struct cursor* cursor,
	const struct rdata_kind* kind);

/** The functions of a kind with a file of its own. */
#define RDATA_KIND_FUNCTIONS(name) \
	bool kind_read_##name(struct reader* reader, struct word word, \
		const struct rdata_kind* kind); \
	const char* kind_check_##name(struct cursor* cursor, \
		const struct rdata_kind* kind); \
	void kind_write_##name(struct writer* writer, struct cursor* cursor, \
		const struct rdata_kind* kind)
/* addresses.c */
RDATA_KIND_FUNCTIONS(a6);
RDATA_KIND_FUNCTIONS(amtrelay);
RDATA_KIND_FUNCTIONS(apl);
RDATA_KIND_FUNCTIONS(atma);
RDATA_KIND_FUNCTIONS(hip);
RDATA_KIND_FUNCTIONS(ipseckey);
RDATA_KIND_FUNCTIONS(wks);
/* loc.c */
RDATA_KIND_FUNCTIONS(loc);
/* svcparams.c */
RDATA_KIND_FUNCTIONS(svcparams);

#endif /* HELIX_DNS_RDATA_KINDS_H */
