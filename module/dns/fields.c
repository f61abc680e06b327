/*
 * dns/fields.c - what the rdata of a type is made of.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "dns/fields.h"
#include "dns/name.h"
#include "dns/rdata.h"
#include "dns/svcparams.h"
#include <string.h>

/** Rdata that is being walked. */
struct cursor {
	/** what is left */
	const uint8_t* at;
	/** octets left */
	size_t left;
};

/* --- fields -------------------------------------------------------------- */

ldns_rdf_type
fields_nth(uint16_t type, unsigned n)
{
	const ldns_rr_descriptor* known = ldns_rr_descript(type);
	ldns_rdf_type field;
	/* to libldns it is a string, but it is a name (RFC 1348) */
	if(type == LDNS_RR_TYPE_NSAP_PTR)
		return n == 0 ? LDNS_RDF_TYPE_DNAME : LDNS_RDF_TYPE_NONE;
	/* to libldns it has one field; it never had an RFC */
	if(type == LDNS_RR_TYPE_SINK)
		return n == 0 ? LDNS_RDF_TYPE_UNKNOWN : LDNS_RDF_TYPE_NONE;
	if(!known || n >= ldns_rr_descriptor_maximum(known))
		return LDNS_RDF_TYPE_NONE;
	field = ldns_rr_descriptor_field_type(known, n);
	/* Debian's libldns does not know it yet */
	return field == LDNS_RDF_TYPE_AMTRELAY ? LDNS_RDF_TYPE_UNKNOWN : field;
}

/** Whether a field goes to the end of the rdata, and may be empty. */
static bool
is_empty_rest(ldns_rdf_type field)
{
	return field == LDNS_RDF_TYPE_SVCPARAMS ||
		field == LDNS_RDF_TYPE_NSEC || field == LDNS_RDF_TYPE_APL;
}

unsigned
fields_min(uint16_t type)
{
	const ldns_rr_descriptor* known = ldns_rr_descript(type);
	unsigned n = known ? (unsigned)ldns_rr_descriptor_minimum(known) : 0;
	if(n > 0 && is_empty_rest(fields_nth(type, n - 1)))
		n--;
	return n;
}

/* --- checking ------------------------------------------------------------ */

static const char*
skip(struct cursor* cursor, size_t octets)
{
	if(cursor->left < octets)
		return "ends too early";
	cursor->at += octets;
	cursor->left -= octets;
	return NULL;
}

static const char*
check_name(struct cursor* cursor)
{
	size_t len = 0;
	const char* why;
	uint8_t label;
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
		if((why = skip(cursor, (size_t)label + 1)) != NULL)
			return why;
	} while(label != 0);
	return NULL;
}

/** Octets behind a length in one octet. */
static const char*
check_string(struct cursor* cursor)
{
	if(cursor->left == 0)
		return "ends before a string";
	return skip(cursor, (size_t)*cursor->at + 1);
}

/** Everything that is left, of which there has to be something. */
static const char*
check_rest(struct cursor* cursor)
{
	if(cursor->left == 0)
		return "ends before its last field";
	return skip(cursor, cursor->left);
}

/** The tag of a CAA record (RFC 8659 4.1). */
static const char*
check_tag(struct cursor* cursor)
{
	size_t i, len = cursor->left > 0 ? *cursor->at : 0;
	if(len == 0 || len >= cursor->left)
		return "has no tag";
	for(i = 1; i <= len; i++) {
		uint8_t c = cursor->at[i];
		if(!(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'Z') &&
			!(c >= 'a' && c <= 'z'))
			return "has a tag of more than letters and digits";
	}
	return skip(cursor, len + 1);
}

/** A gateway (RFC 4025 2.3). */
static const char*
check_gateway(struct cursor* cursor, unsigned kind)
{
	switch(kind) {
	case 0:
		return NULL;
	case 1:
		return skip(cursor, 4);
	case 2:
		return skip(cursor, 16);
	case 3:
		return check_name(cursor);
	default:
		return "has a gateway of an unknown type";
	}
}

static const char*
check_ipseckey(struct cursor* cursor)
{
	const uint8_t* head = cursor->at;
	const char* why = skip(cursor, 3);
	if(!why)
		why = check_gateway(cursor, head[1]);
	/* RFC 4025 would allow that there is no key, but BIND does not */
	return why ? why : check_rest(cursor);
}

/** Lengths, host identity tag, public key (RFC 8005 5). */
static const char*
check_hip(struct cursor* cursor)
{
	const uint8_t* head = cursor->at;
	const char* why = skip(cursor, 4);
	size_t key;
	if(why)
		return why;
	key = (size_t)(head[2] << 8 | head[3]);
	if(head[0] == 0 || key == 0)
		return "has no host identity tag, or no key";
	return skip(cursor, head[0] + key);
}

/** Address prefixes (RFC 3123 4). */
static const char*
check_apl(struct cursor* cursor)
{
	while(cursor->left > 0) {
		const uint8_t* head = cursor->at;
		const char* why = skip(cursor, 4);
		unsigned family, len;
		if(why)
			return why;
		family = (unsigned)(head[0] << 8 | head[1]);
		len = head[3] & 0x7f;
		if(family != 1 && family != 2)
			return "has an address of an unknown family";
		if(head[2] > (family == 1 ? 32 : 128) ||
			len > (family == 1 ? 4 : 16))
			return "has an address prefix that is too long";
		if((why = skip(cursor, len)) != NULL)
			return why;
		if(len > 0 && head[3 + len] == 0)
			return "has an address that ends with zero octets";
	}
	return NULL;
}

/** Whether a size is one to nine, times ten to the zero to nine; or zero. */
static bool
is_loc_size(uint8_t size)
{
	return size == 0 || ((size >> 4) >= 1 && (size >> 4) <= 9 &&
		(size & 15) <= 9);
}

/** A place (RFC 1876 2). */
static const char*
check_loc(struct cursor* cursor)
{
	const uint8_t* head = cursor->at;
	const char* why = skip(cursor, 16);
	int64_t latitude, longitude;
	if(why)
		return why;
	latitude = (int64_t)ldns_read_uint32(head + 4) - INT64_C(0x80000000);
	longitude = (int64_t)ldns_read_uint32(head + 8) - INT64_C(0x80000000);
	if(head[0] != 0)
		return "has a version other than 0";
	if(!is_loc_size(head[1]) || !is_loc_size(head[2]) ||
		!is_loc_size(head[3]))
		return "has a size or precision that is none";
	if(latitude > 90 * 3600000 || latitude < -90 * 3600000 ||
		longitude > 180 * 3600000 || longitude < -180 * 3600000)
		return "has a latitude over 90 or a longitude over 180 degrees";
	return NULL;
}

/** Bits of types (RFC 4034 4.1.2). */
static const char*
check_bitmap(struct cursor* cursor)
{
	int last = -1;
	while(cursor->left > 0) {
		const uint8_t* head = cursor->at;
		const char* why = skip(cursor, 2);
		if(why)
			return why;
		if(head[0] <= last || head[1] == 0 || head[1] > 32)
			return "has a bitmap that is out of order";
		last = head[0];
		if((why = skip(cursor, head[1])) != NULL)
			return why;
		if(head[1 + head[1]] == 0)
			return "has a bitmap that ends with zero octets";
	}
	return NULL;
}

static const char*
check_svcparams(struct cursor* cursor)
{
	const char* why = svcparams_check(cursor->at, cursor->left);
	return why ? why : skip(cursor, cursor->left);
}

static const char*
check_field(ldns_rdf_type field, struct cursor* cursor)
{
	switch(field) {
	case LDNS_RDF_TYPE_INT8:
	case LDNS_RDF_TYPE_ALG:
	case LDNS_RDF_TYPE_CERTIFICATE_USAGE:
	case LDNS_RDF_TYPE_SELECTOR:
	case LDNS_RDF_TYPE_MATCHING_TYPE:
		return skip(cursor, 1);
	case LDNS_RDF_TYPE_INT16:
	case LDNS_RDF_TYPE_CERT_ALG:
		return skip(cursor, 2);
	case LDNS_RDF_TYPE_INT32:
	case LDNS_RDF_TYPE_PERIOD:
	case LDNS_RDF_TYPE_A:
		return skip(cursor, 4);
	case LDNS_RDF_TYPE_EUI48:
		return skip(cursor, 6);
	case LDNS_RDF_TYPE_EUI64:
	case LDNS_RDF_TYPE_ILNP64:
		return skip(cursor, 8);
	case LDNS_RDF_TYPE_AAAA:
		return skip(cursor, 16);
	case LDNS_RDF_TYPE_DNAME:
		return check_name(cursor);
	case LDNS_RDF_TYPE_STR:
		return check_string(cursor);
	case LDNS_RDF_TYPE_TAG:
		return check_tag(cursor);
	case LDNS_RDF_TYPE_LONG_STR:
		return skip(cursor, cursor->left);
	case LDNS_RDF_TYPE_HEX:
	case LDNS_RDF_TYPE_B64:
	case LDNS_RDF_TYPE_NSAP:
	case LDNS_RDF_TYPE_ATMA:
	case LDNS_RDF_TYPE_WKS:
		return check_rest(cursor);
	case LDNS_RDF_TYPE_IPSECKEY:
		return check_ipseckey(cursor);
	case LDNS_RDF_TYPE_HIP:
		return check_hip(cursor);
	case LDNS_RDF_TYPE_APL:
		return check_apl(cursor);
	case LDNS_RDF_TYPE_LOC:
		return check_loc(cursor);
	case LDNS_RDF_TYPE_NSEC:
		return check_bitmap(cursor);
	case LDNS_RDF_TYPE_SVCPARAMS:
		return check_svcparams(cursor);
	default:
		return "has a field that is not known here";
	}
}

/** What is known of a digest by the number of its algorithm. */
struct digest {
	/** RR type */
	uint16_t type;
	/** where the algorithm's number is */
	uint8_t at;
	/** the number */
	uint8_t algorithm;
	/** octets of the digest, which follows */
	uint8_t len;
};

/* RFC 3658, 4509, 5933, 6605; RFC 4255, 6594; RFC 6698; RFC 8976 */
static const struct digest digests[] = {
	{ LDNS_RR_TYPE_DS, 3, 1, 20 }, { LDNS_RR_TYPE_DS, 3, 2, 32 },
	{ LDNS_RR_TYPE_DS, 3, 3, 32 }, { LDNS_RR_TYPE_DS, 3, 4, 48 },
	{ LDNS_RR_TYPE_CDS, 3, 1, 20 }, { LDNS_RR_TYPE_CDS, 3, 2, 32 },
	{ LDNS_RR_TYPE_CDS, 3, 3, 32 }, { LDNS_RR_TYPE_CDS, 3, 4, 48 },
	{ LDNS_RR_TYPE_DLV, 3, 1, 20 }, { LDNS_RR_TYPE_DLV, 3, 2, 32 },
	{ LDNS_RR_TYPE_DLV, 3, 3, 32 }, { LDNS_RR_TYPE_DLV, 3, 4, 48 },
	{ LDNS_RR_TYPE_TA, 3, 1, 20 }, { LDNS_RR_TYPE_TA, 3, 2, 32 },
	{ LDNS_RR_TYPE_TA, 3, 3, 32 }, { LDNS_RR_TYPE_TA, 3, 4, 48 },
	{ LDNS_RR_TYPE_SSHFP, 1, 1, 20 }, { LDNS_RR_TYPE_SSHFP, 1, 2, 32 },
	{ LDNS_RR_TYPE_TLSA, 2, 1, 32 }, { LDNS_RR_TYPE_TLSA, 2, 2, 64 },
	{ LDNS_RR_TYPE_SMIMEA, 2, 1, 32 }, { LDNS_RR_TYPE_SMIMEA, 2, 2, 64 },
	{ LDNS_RR_TYPE_ZONEMD, 5, 1, 48 }, { LDNS_RR_TYPE_ZONEMD, 5, 2, 64 },
};

/** Whether a digest is as long as its algorithm makes it. All fields are
 * there. */
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

/** Whether an SVCB record that is but an alias has parameters (RFC 9460
 * 2.4.2). All fields are there. */
static bool
is_alias_with_params(const uint8_t* wire, size_t len)
{
	struct cursor cursor = { wire + 2, len - 2 };
	return wire[0] == 0 && wire[1] == 0 && !check_name(&cursor) &&
		cursor.left > 0;
}

/** Whether there are only digits. */
static bool
all_digits(const uint8_t* text, size_t len)
{
	for(; len > 0; len--, text++) {
		if(*text < '0' || *text > '9')
			return false;
	}
	return true;
}

/** Whether a text is a substitution such as !^.*$!sip:a@example.com!i (RFC
 * 3402 3.2), or nothing. */
static bool
is_substitution(const uint8_t* text, size_t len)
{
	unsigned parts = 0;
	size_t i;
	if(len == 0)
		return true;
	if(text[0] == '\\' || text[0] == 'i' || text[0] == 0 ||
		all_digits(text, 1))
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

/** Whether the regular expression of a NAPTR record is one, as far as can be
 * seen. All fields are there. */
static bool
is_naptr(const uint8_t* wire)
{
	/* order, preference, flags, services */
	const uint8_t* text = wire + 4;
	text += 1 + text[0];
	text += 1 + text[0];
	return is_substitution(text + 1, text[0]);
}

/** What some types do not have, though their fields allow it. */
static const char*
check_type(uint16_t type, const uint8_t* wire, size_t len)
{
	if((type == LDNS_RR_TYPE_SVCB || type == LDNS_RR_TYPE_HTTPS) &&
		is_alias_with_params(wire, len))
		return "has parameters, but the priority 0, which has none";
	if(type == LDNS_RR_TYPE_NAPTR && !is_naptr(wire))
		return "has a regular expression that is not such as "
			"!a!b!, or nothing";
	/* RFC 1183 3.1 */
	if(type == LDNS_RR_TYPE_X25 && (len < 5 ||
		!all_digits(wire + 1, len - 1)))
		return "is not four digits or more";
	/* 0: an OSI address, 1: a number */
	if(type == LDNS_RR_TYPE_ATMA && (len < 2 || wire[0] > 1 ||
		(wire[0] == 1 && !all_digits(wire + 1, len - 1))))
		return "is not an address of ATM";
	/* RFC 8976 2.2.4 */
	if(type == LDNS_RR_TYPE_ZONEMD && len < 6 + 12)
		return "has a digest of less than 12 octets";
	/* RFC 7553 4.4 */
	if(type == LDNS_RR_TYPE_URI && len == 4)
		return "has an empty target";
	/* 65,536 ports (RFC 1035 3.4.2) */
	if(type == LDNS_RR_TYPE_WKS && (len > 5 + 8192 ||
		(len > 5 && wire[len - 1] == 0)))
		return "has over 65536 ports, or ends with zero octets";
	return check_digest(type, wire, len);
}

/** A part of an address, and the name that has the rest (RFC 2874 3.1). */
static const char*
check_a6(struct cursor* cursor)
{
	const uint8_t* prefix = cursor->at;
	const char* why = skip(cursor, 1);
	if(why)
		return why;
	if(*prefix > 128)
		return "has a prefix of over 128 bits";
	why = skip(cursor, (size_t)(128 - *prefix + 7) / 8);
	return why || *prefix == 0 ? why : check_name(cursor);
}

/** Rdata of the types that have no fields for libldns. */
static const char*
check_opaque(uint16_t type, const uint8_t* wire, size_t len)
{
	struct cursor cursor = { wire, len };
	const char* why;
	if(type == LDNS_RR_TYPE_SINK)
		return skip(&cursor, 3);
	if(type != LDNS_RR_TYPE_A6)
		return NULL;
	why = check_a6(&cursor);
	return why || cursor.left == 0 ? why : "goes on behind its last field";
}

const char*
fields_check(uint16_t type, const uint8_t* wire, size_t len)
{
	struct cursor cursor = { wire, len };
	unsigned n = 0, min = fields_min(type);
	if(len > RDATA_MAX)
		return "is over 63000 octets";
	if(fields_nth(type, 0) == LDNS_RDF_TYPE_UNKNOWN)
		return check_opaque(type, wire, len);
	for(; cursor.left > 0 || n < min; n++) {
		ldns_rdf_type field = fields_nth(type, n);
		const char* why;
		if(field == LDNS_RDF_TYPE_NONE)
			return "goes on behind its last field";
		if((why = check_field(field, &cursor)) != NULL)
			return why;
	}
	return check_type(type, wire, len);
}
