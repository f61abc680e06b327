/*
 * format/helix.h - keys and values of the helix format.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * A key below the prefix is `label/label/.../TYPE[/id]`, with the labels from
 * the root down: `com/example/foo/A` is foo.example.com A. The last segment is
 * the type: its name in upper case, as in IANA's registry, or `TYPEnnn` (RFC
 * 3597). If the last segment is no type and the segment before it is one, the
 * last segment is an id: with ids, each instance of a service can own a key,
 * and the RRset is the union of the keys. If both segments are types, the last
 * one is the type, with a warning (helix_key_doubt); but if the last one is a
 * young name (type_name_is_old), it is an id.
 *
 * All types of dns/rrtypes.def are served by name, and all others by number.
 * Not served are types that only queries or messages have (type_is_meta), types
 * that only a signer makes (type_is_signers), and NS and DNAME at a wildcard,
 * which RFC 4592 4.2 and 4.4 leave undefined.
 *
 * A value, without the white space around it, is the first of these that fits:
 *
 *	["192.0.2.1", "192.0.2.2"]			several records
 *	{"ttl": 60, "rdata": "192.0.2.1"}		with a TTL of its own
 *	{"ttl": 60, "rdata": ["192.0.2.1", ...]}
 *	192.0.2.1					one record
 *
 * A value that begins with '[' or '{' is JSON, whatever its type. White space
 * around the strings in JSON is ignored, too; but around those of A and AAAA it
 * is an error.
 *
 * A record is in presentation format, as in a zone file, within the rules of
 * dns/rdata/rdata.h: `10 mail.example.com.`; or it is `\# LENGTH HEX` (RFC
 * 3597 5), the only form of a type without a presentation format. Names are
 * absolute, with or without the final dot, and keep their case.
 *
 * TXT and SPF have one more form: a value that begins neither with '"', nor
 * with '(' and '"', nor with `\#` and a space, is text, which is split into
 * strings of 255 octets. A quote in such a text is an error. If the text has
 * `\;` or `\"` in it, its backslashes are escapes as in a zone file; else they
 * are plain octets.
 *
 * SRV has one more form: in an array, and in "rdata", a record can be an
 * object, as in HelixDNS; case does not matter in the names of its members:
 *
 *	[{"Priority":10,"Weight":60,"Port":5060,"Target":"a.example.com."}]
 *
 * CNAME, SOA and DNAME have one record in a value, all others any number. A
 * record has at most RDATA_MAX octets of rdata.
 *
 * The functions below keep no state, and may be called from any thread.
 * helix_format is for the feed.
 */
#ifndef HELIX_FORMAT_HELIX_H
#define HELIX_FORMAT_HELIX_H

#include "format/format.h"

/** The format, as the feed uses it. */
extern const struct format helix_format;

/**
 * Read a key.
 * @param contribution: the result; its source points into path. The source is
 *	the key's id, or empty; but if the key does not spell its labels and its
 *	type in the plain way (`Foo` for `foo`, `TYPE1` for `A`), the source is
 *	the whole path. The two can be told apart: an id has no '/' and is no
 *	type; a path has a '/', or is only a type (`TYPE1`, at the root).
 * @param path: the key without the prefix and its '/'; not NUL-terminated,
 *	may hold any octet.
 * @param len: octets in path.
 * @return NULL, or why the key gives no record that is served (a constant
 *	sentence).
 */
const char* helix_key_read(struct contribution* contribution,
	const char* path, size_t len);

/**
 * Say why a key is probably a mistake: its last two segments are both types, or
 * a label has octets that labels rarely have.
 * @param contribution: what helix_key_read has made of this path.
 * @param reason: the result; "" if nothing looks wrong.
 */
void helix_key_doubt(const struct contribution* contribution,
	const char* path, size_t len, struct reason* reason);

/**
 * Write the path from which helix_key_read has made a contribution.
 * @param path: the result; not NUL-terminated, may hold any octet.
 * @param size: room in path; a longer path is cut.
 * @return octets written.
 */
size_t helix_key_write(const struct contribution* contribution, char* path,
	size_t size);

/**
 * Whether the key of a contribution is below a directory of etcd's v2 API, and
 * not hidden there: no segment after the directory begins with '_'.
 * @param dir: path of the directory; empty for the prefix itself.
 */
bool helix_key_is_below(const struct contribution* contribution,
	const char* dir, size_t len);

/**
 * Read a value.
 * @param set: the result; to be cleared by record_set_clear, even if false is
 *	returned.
 * @param type: the key's type, host byte order.
 * @param value: the value; not NUL-terminated, may hold any octet.
 * @param len: octets in value.
 * @param reason: if false is returned, what is wrong and what was expected, or
 *	"" if memory ran out; else what looks wrong although it is served, or
 *	"".
 * @return false if the value is bad, or memory ran out.
 */
bool helix_value_read(struct record_set* set, uint16_t type,
	const char* value, size_t len, struct reason* reason);

#endif /* HELIX_FORMAT_HELIX_H */
