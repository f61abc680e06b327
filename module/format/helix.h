/*
 * format/helix.h - the format that this project defines: its keys and values.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * A key below the prefix is `label/label/.../TYPE[/id]`,
 * the labels from the root down: `com/example/foo/A` is foo.example.com A.
 * The last segment names the type, in upper case as in the registry of RR
 * types, or `TYPEnnn` (RFC 3597). If it is no type and the one before it is,
 * it is an id: with ids, each instance of a service can own its key, and the
 * RRset is the union of the keys. If both are types, the last one is the type,
 * with a warning (helix_key_doubt); but a young name (type_name_is_old) is an
 * id there.
 *
 * All types of dns/rrtypes.def are served by name, and all others by number;
 * but none that only queries or messages have (type_is_meta), none that only
 * a signer makes (type_is_signers), and neither NS nor DNAME at a wildcard,
 * which RFC 4592 4.2 and 4.4 leave undefined.
 *
 * A value, without the white space around it, is the first of these that fits:
 *
 *	["192.0.2.1", "192.0.2.2"]			several records
 *	{"ttl": 60, "rdata": "192.0.2.1"}		with a TTL of its own
 *	{"ttl": 60, "rdata": ["192.0.2.1", ...]}
 *	192.0.2.1					one record
 *
 * What begins with '[' or '{' is JSON for all types. White space around the
 * strings in it is ignored too, but for A and AAAA, where it is an error.
 *
 * A record is written in presentation format, as in a zone file, but for what
 * dns/rdata/rdata.h says: `10 mail.example.com.`; or as `\# LENGTH HEX`
 * (RFC 3597 5), which is the only form of a type that has no format.
 * Names are absolute, with or without the final dot, and keep their case.
 *
 * TXT and SPF have one more form: a value that begins neither with '"', nor
 * with '(' and '"', nor with `\#` and a space, is text, to be split into
 * strings of 255 octets. A quote in such text is an error. If it has `\;` or
 * `\"` in it, its backslashes are escapes as in a zone file, else they are
 * plain octets.
 *
 * SRV has one more form: in an array, and in "rdata", a record can be an
 * object, as in HelixDNS; the names of its members are in any case:
 *
 *	[{"Priority":10,"Weight":60,"Port":5060,"Target":"a.example.com."}]
 *
 * CNAME, SOA and DNAME have one record in a value, all others any number. A
 * record has at most RDATA_MAX octets of rdata.
 *
 * The functions below keep no state, and may be called from any thread;
 * helix_format is for the feed.
 */
#ifndef HELIX_FORMAT_HELIX_H
#define HELIX_FORMAT_HELIX_H

#include "format/format.h"

/** The format, as the feed works with it. */
extern const struct format helix_format;

/**
 * Read a key.
 * @param contribution: the result. Its source is the key's id, or nothing; or,
 *	if the key spells its labels or its type in another way than the plain
 *	one (`Foo` for `foo`, `TYPE1` for `A`), the whole path. An id has no
 *	'/' and is no type; a path has a '/', or is nothing but a type
 *	(`TYPE1`, of the root). It points into path.
 * @param path: the key without the prefix and its '/'; not NUL-terminated,
 *	may hold any octet.
 * @param len: octets in path.
 * @return NULL, or why it names no record that is served (a constant
 *	sentence).
 */
const char* helix_key_read(struct contribution* contribution,
	const char* path, size_t len);

/**
 * Say why a key looks as if something else had been meant: its last two
 * segments are both types, or a label has octets that are hardly one's.
 * @param contribution: as helix_key_read has made it of this path.
 * @param reason: the result, "" if nothing looks wrong.
 */
void helix_key_doubt(const struct contribution* contribution,
	const char* path, size_t len, struct reason* reason);

/**
 * Write the path of a contribution's key, as helix_key_read has read it.
 * @param path: the result; not NUL-terminated, may hold any octet.
 * @param size: room in path; what is longer is cut off.
 * @return octets written.
 */
size_t helix_key_write(const struct contribution* contribution, char* path,
	size_t size);

/**
 * Whether the key of a contribution lies below a directory, as etcd's v2 API
 * has them, and is not hidden there: no segment after the directory begins
 * with '_'.
 * @param dir: path of the directory; empty for the prefix itself.
 */
bool helix_key_is_below(const struct contribution* contribution,
	const char* dir, size_t len);

/**
 * Read a value.
 * @param set: the result; to be cleared by record_set_clear, whatever is
 *	returned.
 * @param type: the key's type, host byte order.
 * @param value: the value; not NUL-terminated, may hold any octet.
 * @param len: octets in value.
 * @param reason: if false is returned, says what is wrong and what was
 *	expected; else what looks wrong though it is served, or "".
 * @return false if the value is bad, or memory ran out.
 */
bool helix_value_read(struct record_set* set, uint16_t type,
	const char* value, size_t len, struct reason* reason);

#endif /* HELIX_FORMAT_HELIX_H */
