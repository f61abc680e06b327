/*
 * dns/rdata/rdata.c - rdata: read from text, checked, and written as text.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "dns/rdata/kinds.h"
#include "base/text.h"
#include "base/wire.h"
#include "dns/type.h"
#include <string.h>

/** The fields of a type. */
struct layout {
	/** RR type */
	uint16_t type;
	/** kinds of the fields; F_END behind the last */
	uint8_t field[RDATA_FIELDS_MAX + 1];
};

/** in order of number */
static const struct layout layouts[] = {
#define RRTYPE(id, name, number, flags, ...) { number, { __VA_ARGS__ } },
#include "dns/rrtypes.def"
#undef RRTYPE
};

/** The fields of a type; NULL if `\\#` is its only presentation format. */
static const uint8_t*
fields_of(uint16_t type)
{
	size_t from = 0, to = sizeof(layouts) / sizeof(*layouts);
	while(from < to) {
		size_t middle = (from + to) / 2;
		if(layouts[middle].type == type)
			return layouts[middle].field[0] == F_OPAQUE ? NULL :
				layouts[middle].field;
		if(layouts[middle].type < type)
			from = middle + 1;
		else	to = middle;
	}
	return NULL;
}

/** The number of fields that may not be left out. */
static unsigned
fields_min(const uint8_t* field)
{
	unsigned n = 0;
	while(field[n] != F_END && !rdata_kind(field[n])->maybe)
		n++;
	return n;
}

bool
rdata_has_format(uint16_t type)
{
	return fields_of(type) != NULL;
}

bool
rdata_append(struct rdata* rdata, const void* octets, size_t len)
{
	if(len > sizeof(rdata->wire) - rdata->len)
		return false;
	memcpy(rdata->wire + rdata->len, octets, len);
	rdata->len += len;
	return true;
}

bool
rdata_append_number(struct rdata* rdata, uint32_t number, size_t octets)
{
	uint8_t wire[4];
	wire_write_u32(wire, number);
	return rdata_append(rdata, wire + 4 - octets, octets);
}

/* --- reading ------------------------------------------------------------- */

/** Read all fields of a type. */
static bool
fields_read(struct reader* reader, const uint8_t* field)
{
	unsigned n, min = fields_min(field);
	for(n = 0;; n++) {
		const struct rdata_kind* kind = rdata_kind(field[n]);
		struct word word;
		enum next next = reader_next(reader, &word,
			field[n] == F_SVCPARAMS);
		if(next == NEXT_WRONG)
			return false;
		if(next == NEXT_END)
			break;
		reader->field = n + 1;
		if(field[n] == F_END)
			return reader_fail_word(reader, &word, reader->in_zone ?
				"is one too many" : "is one too many: a value "
				"is the rdata and no more");
		if(!kind->read(reader, word, kind))
			return false;
	}
	return n >= min || reason_say(reader->reason, "there are %u fields, "
		"of %u", n, min);
}

/** Read the form for unknown types (RFC 3597 5) behind its `\#`. */
static bool
generic_read(struct reader* reader)
{
	struct word word;
	uint64_t len;
	enum next next;
	if(!reader_more(reader, &word) ||
		!reader_number(reader, &word, RDATA_MAX, &len))
		return false;
	next = reader_next(reader, &word, false);
	reader->field = 2;
	if(next == NEXT_WRONG ||
		(next == NEXT_WORD && !kind_read_hex(reader, word,
		rdata_kind(F_HEX))))
		return false;
	return reader->rdata->len == len || reason_say(reader->reason, "\\# "
		"says that there are %lu octets, and there are %zu",
		(unsigned long)len, reader->rdata->len);
}

/** Read rdata, from the reader's text on. */
static bool
rdata_read_by(struct reader* reader, uint16_t type)
{
	struct rdata* rdata = reader->rdata;
	struct reason* reason = reader->reason;
	const uint8_t* field = fields_of(type);
	const char* why;
	rdata->len = 0;
	*reason->text = 0;
	if(rdata_is_generic(reader->at, (size_t)(reader->end - reader->at))) {
		reader->at += 2;
		if(!generic_read(reader))
			return false;
	} else if(!field) {
		return reason_say(reason, "it is not in the form \\# LENGTH "
			"HEX");
	} else if(!fields_read(reader, field)) {
		return false;
	}
	why = rdata_check(type, rdata->wire, rdata->len);
	return !why || reason_say(reason, "the rdata %s", why);
}

bool
rdata_read(struct rdata* rdata, uint16_t type, const char* text, size_t len,
	struct reason* reason)
{
	struct reader reader = { .at = text, .end = text + len, .word = text,
		.field = 1, .rdata = rdata, .reason = reason };
	return rdata_read_by(&reader, type);
}

bool
rdata_read_in_zone(struct rdata* rdata, uint16_t type, const char* text,
	size_t len, struct rdata_place* place, struct reason* reason)
{
	struct reader reader = { .at = text, .end = text + len, .word = text,
		.in_zone = true, .origin = place->origin, .field = 1,
		.rdata = rdata, .reason = reason };
	bool ok = rdata_read_by(&reader, type);
	place->wrong = (size_t)(reader.word - text);
	return ok;
}

/* --- checking ------------------------------------------------------------ */

/** The length of a digest, by its algorithm. */
struct digest {
	/** RR type */
	uint16_t type;
	/** where in the rdata the algorithm is; the digest follows it */
	uint8_t at;
	/** number of the algorithm */
	uint8_t algorithm;
	/** octets of the digest */
	uint8_t len;
};

/* RFC 3658, 4509, 5933, 6605; RFC 4255, 6594; RFC 6698; RFC 8976 */
static const struct digest digests[] = {
	{ TYPE_DS, 3, 1, 20 }, { TYPE_DS, 3, 2, 32 },
	{ TYPE_DS, 3, 3, 32 }, { TYPE_DS, 3, 4, 48 },
	{ TYPE_CDS, 3, 1, 20 }, { TYPE_CDS, 3, 2, 32 },
	{ TYPE_CDS, 3, 3, 32 }, { TYPE_CDS, 3, 4, 48 },
	{ TYPE_DLV, 3, 1, 20 }, { TYPE_DLV, 3, 2, 32 },
	{ TYPE_DLV, 3, 3, 32 }, { TYPE_DLV, 3, 4, 48 },
	{ TYPE_TA, 3, 1, 20 }, { TYPE_TA, 3, 2, 32 },
	{ TYPE_TA, 3, 3, 32 }, { TYPE_TA, 3, 4, 48 },
	{ TYPE_SSHFP, 1, 1, 20 }, { TYPE_SSHFP, 1, 2, 32 },
	{ TYPE_TLSA, 2, 1, 32 }, { TYPE_TLSA, 2, 2, 64 },
	{ TYPE_SMIMEA, 2, 1, 32 }, { TYPE_SMIMEA, 2, 2, 64 },
	{ TYPE_ZONEMD, 5, 1, 48 }, { TYPE_ZONEMD, 5, 2, 64 },
};

/** Check the length of a digest. All fields are there. @return NULL, or what is
 * wrong. */
static const char*
check_digest(uint16_t type, const uint8_t* wire, size_t len)
{
	size_t i;
	for(i = 0; i < sizeof(digests) / sizeof(*digests); i++) {
		const struct digest* digest = &digests[i];
		if(digest->type == type &&
			digest->algorithm == wire[digest->at] &&
			len != (size_t)digest->at + 1 + digest->len)
			return "has a digest that is not as long as one of "
				"its kind";
	}
	return NULL;
}

/** Whether an SVCB record in alias mode (priority 0) has parameters, which it
 * should not (RFC 9460 2.4.2). All fields are there. */
static bool
is_alias_with_params(const uint8_t* wire, size_t len)
{
	struct cursor cursor = { wire + 2, len - 2 };
	return wire[0] == 0 && wire[1] == 0 &&
		!kind_check_name(&cursor, rdata_kind(F_NAME)) &&
		cursor.left > 0;
}

/** Whether a text is a substitution such as !^.*$!sip:a@example.com!i (RFC
 * 3402 3.2), or empty. */
static bool
is_substitution(const uint8_t* text, size_t len)
{
	unsigned parts = 0;
	size_t i;
	if(len == 0)
		return true;
	if(text[0] == '\\' || text[0] == 'i' || text[0] == 0 ||
		text_is_digit((char)text[0]))
		return false;
	for(i = 0; i < len && parts < 3; i++) {
		if(text[i] == '\\')
			i++;
		else if(text[i] == text[0])
			parts++;
		else if(text[i] == 0)
			return false;
	}
	for(; i < len && text[i] == 'i'; i++)
		;
	return parts == 3 && i == len;
}

/** Whether the regular expression of a NAPTR record has the form of one. All
 * fields are there. */
static bool
is_naptr(const uint8_t* wire)
{
	/* order, preference, flags, services */
	const uint8_t* text = wire + 4;
	text += 1 + text[0];
	text += 1 + text[0];
	return is_substitution(text + 1, text[0]);
}

/** Check what some types demand besides well-formed fields. @return NULL, or
 * what is wrong. */
static const char*
check_type(uint16_t type, const uint8_t* wire, size_t len)
{
	if((type == TYPE_SVCB || type == TYPE_HTTPS) &&
		is_alias_with_params(wire, len))
		return "has parameters, but the priority 0, which has none";
	if(type == TYPE_NAPTR && !is_naptr(wire))
		return "has a regular expression that is not such as "
			"!a!b!, or nothing";
	/* RFC 1183 3.1 */
	if(type == TYPE_X25 && (len < 5 ||
		!octets_are_digits(wire + 1, len - 1)))
		return "is not four digits or more";
	/* RFC 8976 2.2.4 */
	if(type == TYPE_ZONEMD && len < 6 + 12)
		return "has a digest of less than 12 octets";
	/* RFC 7553 4.4 */
	if(type == TYPE_URI && len == 4)
		return "has an empty target";
	return check_digest(type, wire, len);
}

const char*
rdata_check(uint16_t type, const uint8_t* wire, size_t len)
{
	struct cursor cursor = { wire, len };
	const uint8_t* field = fields_of(type);
	unsigned n, min;
	if(len > RDATA_MAX)
		return "is over 63000 octets";
	if(!field)
		return NULL;
	min = fields_min(field);
	for(n = 0; cursor.left > 0 || n < min; n++) {
		const struct rdata_kind* kind = rdata_kind(field[n]);
		const char* why;
		if(field[n] == F_END)
			return "goes on behind its last field";
		if((why = kind->check(&cursor, kind)) != NULL)
			return why;
	}
	return check_type(type, wire, len);
}

/* --- writing ------------------------------------------------------------- */

/** Write all fields of checked rdata. */
static void
fields_write(struct writer* writer, const uint8_t* field,
	struct cursor* cursor)
{
	unsigned n, min = fields_min(field);
	for(n = 0; cursor->left > 0 || n < min; n++) {
		const struct rdata_kind* kind = rdata_kind(field[n]);
		if(n > 0)
			writer_print(writer, " ");
		kind->write(writer, cursor, kind);
	}
}

size_t
rdata_write(uint16_t type, const uint8_t* wire, size_t len, char* text,
	size_t size)
{
	struct writer writer = { .text = text, .size = size };
	struct cursor cursor = { wire, len };
	const uint8_t* field = fields_of(type);
	/* an empty text would be no value */
	writer.failed = !field || len == 0 || rdata_check(type, wire, len);
	if(!writer.failed)
		fields_write(&writer, field, &cursor);
	if(writer.failed) {
		writer.len = 0;
		writer_print(&writer, len > 0 ? "\\# %zu " : "\\# %zu", len);
		writer_hex(&writer, wire, len, "");
	}
	if(size > 0)
		text[writer.len < size ? writer.len : size - 1] = 0;
	return writer.len;
}
