/*
 * dns/name.h - domain names.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Domain names in uncompressed wire format (RFC 1035 3.1). A struct name is
 * always in lower case, so that two names are equal if and only if their octets
 * are; only names in rdata keep their case (name_wire_from_text).
 *
 * Names come from three places: from the segments of an etcd key, which run
 * from the root down (`com/example/foo`); from text in the configuration
 * (`foo.example.com.`); and from queries in wire format. For look-ups, a
 * struct name_walk holds a name with the place and the hash of each of its
 * suffixes. The hash of a name is made of its parent's, so that one pass from
 * the root to the leaf gives them all.
 *
 * Nothing here allocates, locks, or keeps state; every function may be called
 * from any thread.
 */
#ifndef HELIX_DNS_NAME_H
#define HELIX_DNS_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** longest name in wire format, root label included (RFC 1035 2.3.4) */
#define NAME_WIRE_MAX 255
/** longest label, without its length octet (RFC 1035 2.3.4) */
#define NAME_LABEL_MAX 63
/** most labels that a name can have, the root label not counted */
#define NAME_LABELS_MAX 127
/** room for any name as text, with the final dot and a NUL */
#define NAME_TEXT_MAX (NAME_WIRE_MAX * 4 + 2)

/** A name in lower-case wire format. */
struct name {
	/** octets used in wire, root label included; 1 to 255 */
	uint8_t len;
	/** length octets and labels, from the leaf to the root label */
	uint8_t wire[NAME_WIRE_MAX];
};

/** A name with the place and the hash of each of its suffixes. */
struct name_walk {
	/** the name in lower case */
	struct name name;
	/** number of labels, without the root label */
	unsigned labels;
	/** offset[n]: where in name.wire the suffix of n labels begins, so
	 * offset[labels] is 0 and offset[0] is the root label's place */
	uint8_t offset[NAME_LABELS_MAX + 1];
	/** hash[n]: the hash of the suffix of n labels */
	uint64_t hash[NAME_LABELS_MAX + 1];
};

/**
 * Make a name of the segments of a key, such as `com/example/foo`. A segment is
 * one label; it may have the escapes of RFC 1035 5.1 (`\.`, `\046`), but no
 * bare dot.
 * @param name: the result.
 * @param path: the segments from the root down, with a '/' between them. Not
 *	NUL-terminated; may hold any octet.
 * @param len: octets in path; 0 makes the root name.
 * @param literal: set to true if every segment is its label octet for octet,
 *	without escapes and upper case: then name_to_path gives the same path.
 * @return NULL, or why the path is no name (a constant sentence); name and
 *	literal are then undefined.
 */
const char* name_from_path(struct name* name, const char* path, size_t len,
	bool* literal);

/**
 * Write a name as the segments of a key: the path for which name_from_path sets
 * literal.
 * @param path: room for NAME_WIRE_MAX octets; not NUL-terminated.
 * @return octets written; 0 for the root name.
 */
size_t name_to_path(const struct name* name, char* path);

/**
 * Make a name of text in presentation format (RFC 1035 5.1). It is absolute,
 * with or without the final dot; "." is the root name.
 * @param name: the result.
 * @param text: the text, without a NUL.
 * @param len: octets in text.
 * @return NULL, or why the text is no name (a constant sentence).
 */
const char* name_from_text(struct name* name, const char* text, size_t len);

/**
 * As name_from_text, but the name keeps the case of the text.
 * @param wire: room for NAME_WIRE_MAX octets; the name in wire format.
 * @param wire_len: set to its octets.
 * @return NULL, or why the text is no name (a constant sentence).
 */
const char* name_wire_from_text(uint8_t* wire, size_t* wire_len,
	const char* text, size_t len);

/**
 * As name_wire_from_text, but as a zone file has names: without the final dot,
 * the name is below an origin, and "@" is the origin (RFC 1035 5.1).
 * @param origin: in wire format; NULL: there is none, so that the final dot has
 *	to be there.
 * @return NULL, or why the text is no name (a constant sentence).
 */
const char* name_wire_from_zone_text(uint8_t* wire, size_t* wire_len,
	const char* text, size_t len, const uint8_t* origin);

/** As name_wire_from_zone_text, but in lower case. */
const char* name_from_zone_text(struct name* name, const char* text, size_t len,
	const uint8_t* origin);

/**
 * Read one octet of text, which may be escaped (RFC 1035 5.1).
 * @param at: where to read, before end; moved behind what was read.
 * @param end: the end of the text.
 * @param octet: the result.
 * @return NULL, or why the escape is wrong (a constant sentence).
 */
const char* name_octet_read(const char** at, const char* end, uint8_t* octet);

/**
 * Write a name as text, with the final dot, special octets escaped.
 * @param wire: the name in wire format.
 * @param text: room for NAME_TEXT_MAX octets; NUL-terminated.
 * @return text.
 */
char* name_to_text(const uint8_t* wire, char* text);

/**
 * Whether a name in wire format is this name; case does not matter (RFC 4343).
 * @param wire: uncompressed.
 * @param len: octets in wire.
 */
bool name_is(const struct name* name, const uint8_t* wire, size_t len);

/**
 * Whether the octets of a name in wire format end with those of this name; case
 * does not matter, and neither does where labels begin.
 * @param wire: uncompressed.
 * @param len: octets in wire.
 */
static inline bool
name_ends(const struct name* name, const uint8_t* wire, size_t len)
{
	return len >= name->len && name_is(name, wire + len - name->len,
		name->len);
}

/**
 * Lower-case a name of a query and find its suffixes and their hashes.
 * @param walk: the result.
 * @param wire: an uncompressed name in any case.
 * @param len: octets in wire.
 * @param seed: of the hashes; only hashes of one seed can be compared.
 * @return false if wire is not exactly one well-formed name.
 */
bool name_walk_init(struct name_walk* walk, const uint8_t* wire, size_t len,
	uint64_t seed);

/**
 * The hash of a child of a name, as name_walk_init computes it.
 * @param parent: the hash of the name.
 * @param label: the child's first label in lower case, its length octet first.
 */
uint64_t name_hash_label(uint64_t parent, const uint8_t* label);

/**
 * A suffix of a name.
 * @param labels: the number of its labels; at most walk->labels.
 * @param len: set to the octets of the suffix, root label included.
 * @return the suffix, inside walk.
 */
static inline const uint8_t*
name_walk_suffix(const struct name_walk* walk, unsigned labels, size_t* len)
{
	*len = (size_t)walk->name.len - walk->offset[labels];
	return walk->name.wire + walk->offset[labels];
}

#endif /* HELIX_DNS_NAME_H */
