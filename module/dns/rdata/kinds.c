/*
 * dns/rdata/kinds.c - the kinds of fields that rdata is made of.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "dns/rdata/kinds.h"
#include "base/text.h"
#include "dns/name.h"
#include "dns/type.h"
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* --- octets, and nothing else -------------------------------------------- */

static const char*
kind_check_octets(struct cursor* cursor, const struct rdata_kind* kind)
{
	return cursor_skip(cursor, kind->size);
}

const char*
kind_check_rest(struct cursor* cursor, const struct rdata_kind* kind)
{
	if(cursor->left == 0 && kind->size > 0)
		return "ends before its last field";
	return cursor_skip(cursor, cursor->left);
}

/* --- numbers ------------------------------------------------------------- */

bool
kind_read_number(struct reader* reader, struct word word,
	const struct rdata_kind* kind)
{
	uint64_t number;
	return reader_number(reader, &word, UINT32_MAX >> (32 - 8 *
		kind->size), &number) && reader_put_number(reader,
		(uint32_t)number, kind->size);
}

bool
kind_read_u8(struct reader* reader, const struct word* word)
{
	return kind_read_number(reader, *word, rdata_kind(F_U8));
}

static void
kind_write_number(struct writer* writer, struct cursor* cursor,
	const struct rdata_kind* kind)
{
	writer_print(writer, "%" PRIu32, cursor_number(cursor, kind->size));
}

/** 64 bits, or the two halves of them with a dot between. */
static bool
kind_read_u64(struct reader* reader, struct word word,
	const struct rdata_kind* kind)
{
	const char* dot = memchr(word.text, '.', word.len);
	uint64_t number, low = 0;
	(void)kind;
	if(!dot) {
		if(!reader_number(reader, &word, UINT64_MAX, &number))
			return false;
	} else {
		struct word half = { dot + 1, word.len - 1 -
			(size_t)(dot - word.text), word.quoted };
		word.len = (size_t)(dot - word.text);
		if(!reader_number(reader, &word, UINT32_MAX, &number) ||
			!reader_number(reader, &half, UINT32_MAX, &low))
			return false;
		number = number << 32 | low;
	}
	return reader_put_number(reader, (uint32_t)(number >> 32), 4) &&
		reader_put_number(reader, (uint32_t)number, 4);
}

static void
kind_write_u64(struct writer* writer, struct cursor* cursor,
	const struct rdata_kind* kind)
{
	uint64_t high = cursor_number(cursor, 4);
	(void)kind;
	writer_print(writer, "%" PRIu64, high << 32 | cursor_number(cursor,
		4));
}

/** Seconds, as 5400 or as 1h30m. */
static bool
kind_read_time(struct reader* reader, struct word word,
	const struct rdata_kind* kind)
{
	uint32_t seconds;
	(void)kind;
	if(!text_read_time(word.text, word.len, &seconds))
		return reader_fail_word(reader, &word, "is not a time in "
			"seconds, from 0 to 4294967295");
	return reader_put_number(reader, seconds, 4);
}

/* --- numbers with names -------------------------------------------------- */

/* RFC 4034 A.1, and the registry of DNSSEC algorithms */
static const struct mnemonic algorithms[] = { { "RSAMD5", 1 }, { "DH", 2 },
	{ "DSA", 3 }, { "ECC", 4 }, { "RSASHA1", 5 },
	{ "DSA-NSEC3-SHA1", 6 }, { "RSASHA1-NSEC3-SHA1", 7 },
	{ "RSASHA256", 8 }, { "RSASHA512", 10 }, { "ECC-GOST", 12 },
	{ "ECDSAP256SHA256", 13 }, { "ECDSAP384SHA384", 14 },
	{ "ED25519", 15 }, { "ED448", 16 }, { "SM2SM3", 17 },
	{ "ECC-GOST12", 23 }, { "INDIRECT", 252 }, { "PRIVATEDNS", 253 },
	{ "PRIVATEOID", 254 }, { NULL, 0 } };
/* the registry of DS digests; RFC 4034 5.3 has numbers only, BIND takes
 * these */
static const struct mnemonic digest_types[] = { { "SHA-1", 1 },
	{ "SHA-256", 2 }, { "GOST", 3 }, { "SHA-384", 4 }, { "GOST12", 5 },
	{ "SM3", 6 }, { NULL, 0 } };
/* RFC 4398 2.1 */
static const struct mnemonic cert_types[] = { { "PKIX", 1 }, { "SPKI", 2 },
	{ "PGP", 3 }, { "IPKIX", 4 }, { "ISPKI", 5 }, { "IPGP", 6 },
	{ "ACPKIX", 7 }, { "IACPKIX", 8 }, { "URI", 253 }, { "OID", 254 },
	{ NULL, 0 } };
/* RFC 9859 2.2 */
static const struct mnemonic schemes[] = { { "NOTIFY", 1 }, { NULL, 0 } };
/* RFC 7218 2 */
static const struct mnemonic usages[] = { { "PKIX-TA", 0 }, { "PKIX-EE", 1 },
	{ "DANE-TA", 2 }, { "DANE-EE", 3 }, { "PrivCert", 255 }, { NULL, 0 } };
static const struct mnemonic selectors[] = { { "Cert", 0 }, { "SPKI", 1 },
	{ "PrivSel", 255 }, { NULL, 0 } };
static const struct mnemonic matchings[] = { { "Full", 0 },
	{ "SHA2-256", 1 }, { "SHA2-512", 2 }, { "PrivMatch", 255 },
	{ NULL, 0 } };

static bool
kind_read_mnemonic(struct reader* reader, struct word word,
	const struct rdata_kind* kind)
{
	const struct mnemonic* one = kind->names;
	if(word.len == 0 || word.quoted || text_is_digit(word.text[0]))
		return kind_read_number(reader, word, kind);
	for(; one->name; one++) {
		if(strlen(one->name) == word.len && strncasecmp(one->name,
			word.text, word.len) == 0)
			return reader_put_number(reader, one->number,
				kind->size);
	}
	return reader_fail_word(reader, &word, "is neither a number nor a "
		"name that stands for one");
}

static bool
kind_read_type(struct reader* reader, struct word word,
	const struct rdata_kind* kind)
{
	uint16_t type = word.quoted ? 0 : type_from_text(word.text, word.len);
	if(type == 0)
		return reader_fail_word(reader, &word, "is not a type");
	return reader_put_number(reader, type, kind->size);
}

static void
kind_write_type(struct writer* writer, struct cursor* cursor,
	const struct rdata_kind* kind)
{
	char text[TYPE_TEXT_MAX];
	uint16_t type = (uint16_t)cursor_number(cursor, kind->size);
	/* type 0 has no form that can be read again */
	writer->failed |= type == 0;
	writer_print(writer, "%s", type_to_text(type, text));
}

/* --- names --------------------------------------------------------------- */

/** Note why a name is probably a mistake, unless something was noted before. */
static void
note_doubt(const struct reader* reader, const struct word* word)
{
	const char* why = rdata_name_doubt(word->text, word->len,
		false);
	if(why && !*reader->reason->text)
		(void)reader_fail_word(reader, word, why);
}

bool
kind_read_name(struct reader* reader, struct word word,
	const struct rdata_kind* kind)
{
	uint8_t wire[NAME_WIRE_MAX];
	size_t len;
	const char* why;
	(void)kind;
	if(word.quoted)
		return reader_fail_word(reader, &word, "is a name in quotes");
	if(!reader->in_zone && word.len == 1 && word.text[0] == '@')
		return reader_fail_word(reader, &word, "is no name here; "
			"write the name in full");
	why = reader->in_zone ? name_wire_from_zone_text(wire, &len, word.text,
		word.len, reader->origin) : name_wire_from_text(wire, &len,
		word.text, word.len);
	if(why) {
		char out[RDATA_SHOWN_SIZE];
		return reason_say(reader->reason, "field %u, \"%s\", is not "
			"a name: %s", reader->field, text_show(word.text,
			word.len, out, sizeof(out)), why);
	}
	if(!reader->in_zone)
		note_doubt(reader, &word);
	return reader_put(reader, wire, len);
}

const char*
kind_check_name(struct cursor* cursor, const struct rdata_kind* kind)
{
	size_t len = 0;
	const char* why;
	uint8_t label;
	(void)kind;
	do {
		if(cursor->left == 0)
			return "ends inside of a name";
		label = *cursor->at;
		if(label > NAME_LABEL_MAX)
			return "has a name with a compression pointer, or "
				"with a label of over 63 octets";
		len += (size_t)label + 1;
		if(len > NAME_WIRE_MAX)
			return "has a name of over 255 octets";
		if((why = cursor_skip(cursor, (size_t)label + 1)) != NULL)
			return why;
	} while(label != 0);
	return NULL;
}

void
kind_write_name(struct writer* writer, struct cursor* cursor,
	const struct rdata_kind* kind)
{
	char text[NAME_TEXT_MAX];
	const uint8_t* wire = cursor->at;
	(void)kind_check_name(cursor, kind);
	writer_print(writer, "%s", name_to_text(wire, text));
}

/* --- several of one kind ------------------------------------------------- */

/** Read all words up to the end, each as a field of a kind. */
static bool
read_all(struct reader* reader, struct word word,
	const struct rdata_kind* kind)
{
	enum next next = NEXT_WORD;
	for(; next == NEXT_WORD; next = reader_next(reader, &word, false)) {
		if(!kind->read(reader, word, kind))
			return false;
		reader->field++;
	}
	return next == NEXT_END;
}

/** Write all octets up to the end as fields of a kind. */
static void
write_all(struct writer* writer, struct cursor* cursor,
	const struct rdata_kind* kind)
{
	for(;;) {
		kind->write(writer, cursor, kind);
		if(cursor->left == 0)
			return;
		writer_print(writer, " ");
	}
}

static bool
kind_read_names(struct reader* reader, struct word word,
	const struct rdata_kind* kind)
{
	(void)kind;
	return read_all(reader, word, rdata_kind(F_NAME));
}

static const char*
kind_check_names(struct cursor* cursor, const struct rdata_kind* kind)
{
	const char* why = NULL;
	while(cursor->left > 0 && !why)
		why = kind_check_name(cursor, kind);
	return why;
}

static void
kind_write_names(struct writer* writer, struct cursor* cursor,
	const struct rdata_kind* kind)
{
	(void)kind;
	write_all(writer, cursor, rdata_kind(F_NAME));
}

/* --- strings ------------------------------------------------------------- */

/** A string of up to 255 octets, its length first. */
static bool
kind_read_string(struct reader* reader, struct word word,
	const struct rdata_kind* kind)
{
	size_t start = reader->rdata->len, len;
	(void)kind;
	if(!reader_put_number(reader, 0, 1) ||
		!reader_put_text(reader, &word))
		return false;
	len = reader->rdata->len - start - 1;
	if(len > 255)
		return reader_fail_word(reader, &word, "is over 255 octets; "
			"write it in several pieces");
	reader->rdata->wire[start] = (uint8_t)len;
	return true;
}

static const char*
kind_check_string(struct cursor* cursor, const struct rdata_kind* kind)
{
	(void)kind;
	if(cursor->left == 0)
		return "ends before a string";
	return cursor_skip(cursor, (size_t)*cursor->at + 1);
}

static void
kind_write_string(struct writer* writer, struct cursor* cursor,
	const struct rdata_kind* kind)
{
	size_t len = cursor_number(cursor, 1);
	(void)kind;
	writer_quote(writer, cursor_take(cursor, len), len);
}

static bool
kind_read_strings(struct reader* reader, struct word word,
	const struct rdata_kind* kind)
{
	(void)kind;
	return read_all(reader, word, rdata_kind(F_STRING));
}

static const char*
kind_check_strings(struct cursor* cursor, const struct rdata_kind* kind)
{
	const char* why;
	do why = kind_check_string(cursor, kind);
	while(!why && cursor->left > 0);
	return why;
}

static void
kind_write_strings(struct writer* writer, struct cursor* cursor,
	const struct rdata_kind* kind)
{
	(void)kind;
	write_all(writer, cursor, rdata_kind(F_STRING));
}

static bool
kind_read_text(struct reader* reader, struct word word,
	const struct rdata_kind* kind)
{
	(void)kind;
	return reader_put_text(reader, &word);
}

static void
kind_write_text(struct writer* writer, struct cursor* cursor,
	const struct rdata_kind* kind)
{
	size_t len = cursor->left;
	(void)kind;
	writer_quote(writer, cursor_take(cursor, len), len);
}

/** Read a tag; rdata_check checks its characters. */
static bool
kind_read_tag(struct reader* reader, struct word word,
	const struct rdata_kind* kind)
{
	if(word.quoted || memchr(word.text, '\\', word.len))
		return reader_fail_word(reader, &word, "is not a tag of "
			"letters and digits");
	return kind_read_string(reader, word, kind);
}

static const char*
kind_check_tag(struct cursor* cursor, const struct rdata_kind* kind)
{
	size_t i, len = cursor->left > 0 ? *cursor->at : 0;
	(void)kind;
	if(len == 0 || len >= cursor->left)
		return "has no tag";
	for(i = 1; i <= len; i++) {
		uint8_t c = cursor->at[i];
		if(!(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'Z') &&
			!(c >= 'a' && c <= 'z'))
			return "has a tag of more than letters and digits";
	}
	return cursor_skip(cursor, len + 1);
}

static void
kind_write_tag(struct writer* writer, struct cursor* cursor,
	const struct rdata_kind* kind)
{
	int len = (int)cursor_number(cursor, 1);
	(void)kind;
	writer_print(writer, "%.*s", len, (const char*)cursor_take(cursor,
		(size_t)len));
}

/* --- hexadecimal digits, and base64 -------------------------------------- */

bool
kind_read_hex(struct reader* reader, struct word word,
	const struct rdata_kind* kind)
{
	unsigned odd = 0;
	uint32_t number = 0;
	enum next next = NEXT_WORD;
	size_t i;
	(void)kind;
	for(; next == NEXT_WORD; next = reader_next(reader, &word, false)) {
		for(i = 0; i < word.len; i++, odd ^= 1) {
			int digit = hex_digit(word.text[i]);
			if(digit < 0 || word.quoted)
				return reader_fail_word(reader, &word,
					"is not hexadecimal");
			number = number << 4 | (uint32_t)digit;
			if(odd && !reader_put_number(reader, number & 0xff, 1))
				return false;
		}
	}
	if(next == NEXT_WRONG)
		return false;
	return !odd || reason_say(reader->reason, "field %u has an odd "
		"number of hexadecimal digits", reader->field);
}

static void
kind_write_hex(struct writer* writer, struct cursor* cursor,
	const struct rdata_kind* kind)
{
	size_t len = cursor->left;
	(void)kind;
	writer_hex(writer, cursor_take(cursor, len), len, "");
}

bool
kind_read_base64(struct reader* reader, struct word word,
	const struct rdata_kind* kind)
{
	(void)kind;
	return reader_base64(reader, word, true);
}

void
kind_write_base64(struct writer* writer, struct cursor* cursor,
	const struct rdata_kind* kind)
{
	size_t len = cursor->left;
	(void)kind;
	writer_base64(writer, cursor_take(cursor, len), len);
}

/** Whether a word is one character. */
static bool
is_one(const struct word* word, char c)
{
	return word->len == 1 && word->text[0] == c && !word->quoted;
}

/** Base64, or "-" for nothing. */
static bool
kind_read_doa_data(struct reader* reader, struct word word,
	const struct rdata_kind* kind)
{
	return is_one(&word, '-') || kind_read_base64(reader, word, kind);
}

static void
kind_write_doa_data(struct writer* writer, struct cursor* cursor,
	const struct rdata_kind* kind)
{
	if(cursor->left == 0)
		writer_print(writer, "-");
	else	kind_write_base64(writer, cursor, kind);
}

/** Whether the octets that were read so far are these four. */
static bool
is_before(const struct reader* reader, const char* octets)
{
	return reader->rdata->len == 4 && memcmp(reader->rdata->wire, octets,
		4) == 0;
}

/** A digest; or 0 in the CDS record that deletes a DS RRset, which RFC 8078 4
 * prints as `0 0 0 0` and its erratum 5049 as `0 0 0 00`. */
static bool
kind_read_cds_digest(struct reader* reader, struct word word,
	const struct rdata_kind* kind)
{
	if(is_one(&word, '0') && is_before(reader, "\0\0\0\0"))
		return reader_put_number(reader, 0, 1);
	return kind_read_hex(reader, word, kind);
}

/** A key; or 0 in the CDNSKEY record for the same, which RFC 8078 4 prints as
 * `0 3 0 0` and the erratum as `0 3 0 AA==`. */
static bool
kind_read_cdnskey_key(struct reader* reader, struct word word,
	const struct rdata_kind* kind)
{
	if(is_one(&word, '0') && is_before(reader, "\0\0\3\0"))
		return reader_put_number(reader, 0, 1);
	return kind_read_base64(reader, word, kind);
}

/* --- addresses ----------------------------------------------------------- */

bool
kind_read_address(struct reader* reader, struct word word,
	const struct rdata_kind* kind)
{
	char text[INET6_ADDRSTRLEN] = "";
	uint8_t wire[16];
	bool v6 = kind->size == 16;
	if(word.len < sizeof(text))
		memcpy(text, word.text, word.len);
	if(word.quoted || strlen(text) != word.len || inet_pton(v6 ?
		AF_INET6 : AF_INET, text, wire) != 1)
		return reader_fail_word(reader, &word, v6 ?
			"is not an IPv6 address" : "is not an IPv4 address");
	return reader_put(reader, wire, kind->size);
}

bool
kind_read_v4(struct reader* reader, const struct word* word)
{
	return kind_read_address(reader, *word, rdata_kind(F_V4));
}

bool
kind_read_v6(struct reader* reader, const struct word* word)
{
	return kind_read_address(reader, *word, rdata_kind(F_V6));
}

void
kind_write_address(struct writer* writer, struct cursor* cursor,
	const struct rdata_kind* kind)
{
	char text[INET6_ADDRSTRLEN];
	writer_print(writer, "%s", inet_ntop(kind->size == 16 ? AF_INET6 :
		AF_INET, cursor_take(cursor, kind->size), text,
		sizeof(text)));
}

/**
 * Read groups of hexadecimal digits (RFC 6742 2.1.2, RFC 7043 3.2 and 4.2).
 * @param groups: number of groups.
 * @param min: fewest digits of a group.
 * @param octets: that a group makes.
 */
static bool
read_groups(struct reader* reader, const struct word* word, unsigned groups,
	char between, size_t min, size_t octets)
{
	const char* at = word->text;
	const char* end = at + word->len;
	for(; groups > 0; groups--) {
		uint32_t number = 0;
		size_t digits = 0;
		for(; at < end && hex_digit(*at) >= 0; at++, digits++)
			number = number << 4 | (uint32_t)hex_digit(*at);
		if(digits < min || digits > 2 * octets ||
			(groups > 1) != (at < end) ||
			(at < end && *at++ != between))
			return reader_fail_word(reader, word, "is not made "
				"of such groups of hexadecimal digits as it "
				"has to be");
		if(!reader_put_number(reader, number, octets))
			return false;
	}
	return true;
}

static bool
kind_read_eui(struct reader* reader, struct word word,
	const struct rdata_kind* kind)
{
	return read_groups(reader, &word, kind->size, '-', 2, 1);
}

static void
kind_write_eui(struct writer* writer, struct cursor* cursor,
	const struct rdata_kind* kind)
{
	writer_hex(writer, cursor_take(cursor, kind->size), kind->size, "-");
}

static bool
kind_read_locator(struct reader* reader, struct word word,
	const struct rdata_kind* kind)
{
	(void)kind;
	return read_groups(reader, &word, 4, ':', 1, 2);
}

static void
kind_write_locator(struct writer* writer, struct cursor* cursor,
	const struct rdata_kind* kind)
{
	unsigned n;
	(void)kind;
	for(n = 0; n < 4; n++)
		writer_print(writer, "%s%04x", n > 0 ? ":" : "",
			(unsigned)cursor_number(cursor, 2));
}

/** An OSI address: 0x, hexadecimal digits and dots (RFC 1706 7). */
static bool
kind_read_nsap(struct reader* reader, struct word word,
	const struct rdata_kind* kind)
{
	size_t i, digits = 0;
	uint32_t number = 0;
	(void)kind;
	if(word.len < 4 || memcmp(word.text, "0x", 2) != 0)
		return reader_fail_word(reader, &word, "does not begin with "
			"0x");
	for(i = 2; i < word.len; i++) {
		int digit = hex_digit(word.text[i]);
		if(word.text[i] == '.')
			continue;
		if(digit < 0)
			return reader_fail_word(reader, &word, "is not "
				"hexadecimal");
		number = number << 4 | (uint32_t)digit;
		if(++digits % 2 == 0 && !reader_put_number(reader,
			number & 0xff, 1))
			return false;
	}
	return digits % 2 == 0 || reader_fail_word(reader, &word,
		"has an odd number of digits");
}

static void
kind_write_nsap(struct writer* writer, struct cursor* cursor,
	const struct rdata_kind* kind)
{
	writer_print(writer, "0x");
	kind_write_hex(writer, cursor, kind);
}

/* --- bits of types (RFC 4034 4.1.2) -------------------------------------- */

static bool
kind_read_bitmap(struct reader* reader, struct word word,
	const struct rdata_kind* kind)
{
	uint8_t bits[256][32] = { { 0 } };
	enum next next = NEXT_WORD;
	unsigned window, len;
	(void)kind;
	for(; next == NEXT_WORD; next = reader_next(reader, &word, false)) {
		uint16_t type = word.quoted ? 0 :
			type_from_text(word.text, word.len);
		if(type == 0)
			return reader_fail_word(reader, &word, "is not a "
				"type");
		bits[type >> 8][(type & 255) / 8] |= (uint8_t)(0x80 >>
			type % 8);
	}
	for(window = 0; window < 256; window++) {
		for(len = 32; len > 0 && bits[window][len - 1] == 0; len--)
			;
		if(len > 0 && (!reader_put_number(reader, window << 8 | len,
			2) || !reader_put(reader, bits[window], len)))
			return false;
	}
	return next == NEXT_END;
}

static const char*
kind_check_bitmap(struct cursor* cursor, const struct rdata_kind* kind)
{
	int last = -1;
	(void)kind;
	while(cursor->left > 0) {
		const uint8_t* head = cursor->at;
		const char* why = cursor_skip(cursor, 2);
		if(why)
			return why;
		if(head[0] <= last || head[1] == 0 || head[1] > 32)
			return "has a bitmap that is out of order";
		last = head[0];
		if((why = cursor_skip(cursor, head[1])) != NULL)
			return why;
		if(head[1 + head[1]] == 0)
			return "has a bitmap that ends with zero octets";
	}
	return NULL;
}

static void
kind_write_bitmap(struct writer* writer, struct cursor* cursor,
	const struct rdata_kind* kind)
{
	char text[TYPE_TEXT_MAX];
	const char* between = "";
	(void)kind;
	while(cursor->left > 0) {
		unsigned window = cursor_number(cursor, 1);
		unsigned bits = cursor_number(cursor, 1) * 8, bit;
		const uint8_t* octets = cursor_take(cursor, bits / 8);
		for(bit = 0; bit < bits; bit++) {
			uint16_t type = (uint16_t)(window << 8 | bit);
			if(!(octets[bit / 8] & 0x80 >> bit % 8))
				continue;
			writer->failed |= type == 0;
			writer_print(writer, "%s%s", between,
				type_to_text(type, text));
			between = " ";
		}
	}
}

/* --- the table ----------------------------------------------------------- */

/* the kind that is read, checked and written by these functions; n: size */
#define KIND_OF(reads, checks, writes, n) \
	{ kind_read_##reads, kind_check_##checks, kind_write_##writes, \
		.size = n }
#define NUMBER(n) KIND_OF(number, octets, number, n)
#define NAMED(n, table) \
	{ kind_read_mnemonic, kind_check_octets, kind_write_number, table, n, \
		false }
/* a kind that goes up to the end of the rdata; n: 1 if it may not be empty */
#define REST(name, n) KIND_OF(name, rest, name, n)
#define KIND(name) KIND_OF(name, name, name, 1)
#define MAYBE(name) \
	{ kind_read_##name, kind_check_##name, kind_write_##name, \
		.maybe = true }

static const struct rdata_kind kinds[F_COUNT] = {
	[F_U8] = NUMBER(1),
	[F_U16] = NUMBER(2),
	[F_U32] = NUMBER(4),
	[F_U64] = KIND_OF(u64, octets, u64, 8),
	[F_TIME] = KIND_OF(time, octets, number, 4),
	[F_ALGORITHM] = NAMED(1, algorithms),
	[F_DIGEST_TYPE] = NAMED(1, digest_types),
	[F_CERT_TYPE] = NAMED(2, cert_types),
	[F_SCHEME] = NAMED(1, schemes),
	[F_TLSA_USAGE] = NAMED(1, usages),
	[F_TLSA_SELECTOR] = NAMED(1, selectors),
	[F_TLSA_MATCHING] = NAMED(1, matchings),
	[F_TYPE] = KIND_OF(type, octets, type, 2),
	[F_NAME] = KIND(name),
	[F_NAMES] = MAYBE(names),
	[F_STRING] = KIND(string),
	[F_MAYBE_STRING] = MAYBE(string),
	[F_STRINGS] = KIND(strings),
	[F_TEXT] = REST(text, 0),
	[F_TAG] = KIND(tag),
	[F_HEX] = REST(hex, 1),
	[F_BASE64] = REST(base64, 1),
	[F_MAYBE_BASE64] = { kind_read_base64, kind_check_rest,
		kind_write_base64, .maybe = true },
	[F_DOA_DATA] = REST(doa_data, 0),
	[F_CDS_DIGEST] = KIND_OF(cds_digest, rest, hex, 1),
	[F_CDNSKEY_KEY] = KIND_OF(cdnskey_key, rest, base64, 1),
	[F_V4] = KIND_OF(address, octets, address, 4),
	[F_V6] = KIND_OF(address, octets, address, 16),
	[F_NSAP] = REST(nsap, 1),
	[F_ATMA] = KIND(atma),
	[F_EUI48] = KIND_OF(eui, octets, eui, 6),
	[F_EUI64] = KIND_OF(eui, octets, eui, 8),
	[F_LOCATOR] = KIND_OF(locator, octets, locator, 8),
	[F_A6] = KIND(a6),
	[F_AMTRELAY] = KIND(amtrelay),
	[F_APL] = MAYBE(apl),
	[F_BITMAP] = MAYBE(bitmap),
	[F_HIP] = KIND(hip),
	[F_IPSECKEY] = KIND(ipseckey),
	[F_LOC] = KIND(loc),
	[F_SVCPARAMS] = MAYBE(svcparams),
	[F_WKS] = KIND(wks),
};

const struct rdata_kind*
rdata_kind(enum rdata_field field)
{
	return &kinds[field];
}
