/*
 * dns/rdata/svcparams.c - the parameters of SVCB and HTTPS records (RFC 9460).
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "dns/rdata/kinds.h"
#include "base/base64.h"
#include "base/text.h"
#include "base/wire.h"
#include "dns/name.h"
#include <arpa/inet.h>
#include <string.h>

/** keys (the IANA registry "Service Parameter Keys (SvcParamKeys)") */
enum {
	/** keys that a client must know to use the record (RFC 9460 8) */
	KEY_MANDATORY = 0,
	/** protocols (RFC 9460 7.1) */
	KEY_ALPN = 1,
	/** the default protocol is not supported (RFC 9460 7.1) */
	KEY_NO_DEFAULT_ALPN = 2,
	/** port (RFC 9460 7.2) */
	KEY_PORT = 3,
	/** IPv4 addresses (RFC 9460 7.3) */
	KEY_IPV4HINT = 4,
	/** encrypted ClientHello */
	KEY_ECH = 5,
	/** IPv6 addresses (RFC 9460 7.3) */
	KEY_IPV6HINT = 6,
	/** path of DNS over HTTPS (RFC 9461) */
	KEY_DOHPATH = 7,
	/** oblivious HTTP is supported (RFC 9540) */
	KEY_OHTTP = 8,
	/** TLS groups (draft-ietf-tls-key-share-prediction) */
	KEY_TLS_SUPPORTED_GROUPS = 9,
	/** path of DNS over CoAP, in segments (RFC 9953) */
	KEY_DOCPATH = 10,
	/** information on provisioning domains is available
	 * (draft-ietf-intarea-proxy-config) */
	KEY_PVD = 11,
	/** how much of its load a name server can serve by a transport
	 * (draft-johani-dnsop-svcb-oots) */
	KEY_OOTS = 12,
	/** reserved (RFC 9460 14.3.2) */
	KEY_INVALID = 65535
};

/** names of keys, in order of number */
static const char* const key_names[] = { "mandatory", "alpn",
	"no-default-alpn", "port", "ipv4hint", "ech", "ipv6hint", "dohpath",
	"ohttp", "tls-supported-groups", "docpath", "pvd", "oots" };
/** the first key whose name was registered after keyNNNNN could be written for
 * it: behind key9= and so on, the value is any octets (RFC 9460 2.1) */
#define KEYS_LATE KEY_TLS_SUPPORTED_GROUPS

/* --- wire format --------------------------------------------------------- */

/** Strings after a length in one octet, none of them empty. */
static const char*
check_alpn(const uint8_t* value, size_t len)
{
	while(len > 0) {
		if(*value == 0 || (size_t)*value + 1 > len)
			return "has an alpn that is empty, or ends too early";
		len -= (size_t)*value + 1;
		value += (size_t)*value + 1;
	}
	return NULL;
}

/** Keys in order, each once. Whether the record has them is not checked
 * here. */
static const char*
check_mandatory(const uint8_t* value, size_t len)
{
	int last = KEY_MANDATORY;
	size_t i;
	if(len % 2 != 0)
		return "has half a mandatory key";
	for(i = 0; i < len; i += 2) {
		int key = wire_read_u16(value + i);
		if(key <= last)
			return "has mandatory keys out of order, twice, or "
				"\"mandatory\" itself among them";
		last = key;
	}
	return NULL;
}

/** Segments after a length in one octet; the root has no segment. */
static const char*
check_docpath(const uint8_t* value, size_t len)
{
	while(len > 0) {
		if((size_t)*value + 1 > len)
			return "has a docpath that ends too early";
		len -= (size_t)*value + 1;
		value += (size_t)*value + 1;
	}
	return NULL;
}

/** Numbers of two octets, all different. */
static const char*
check_groups(const uint8_t* value, size_t len)
{
	size_t i, k;
	if(len == 0 || len % 2 != 0)
		return "has no group of TLS, or half of one";
	for(i = 0; i < len; i += 2) {
		/* some dozens are registered; no more are compared */
		for(k = 0; k < i && k < 512; k += 2) {
			if(memcmp(value + i, value + k, 2) == 0)
				return "has a group of TLS twice";
		}
	}
	return NULL;
}

/** Transports, all different: a length in one octet, the name, a percentage. */
static const char*
check_oots(const uint8_t* value, size_t len)
{
	size_t at, size, k;
	if(len == 0)
		return "has no transport in its oots";
	for(at = 0; at < len; at += size) {
		size = (size_t)value[at] + 2;
		if(size == 2 || size > len - at)
			return "has a transport without a name in its oots, or "
				"ends too early";
		if(value[at + size - 1] > 100)
			return "has over 100 percent in its oots";
		/* a few are registered; no more are compared */
		for(k = 0; k < at && k < 512; k += (size_t)value[k] + 2) {
			if(memcmp(value + at, value + k, size - 1) == 0)
				return "has a transport twice in its oots";
		}
	}
	return NULL;
}

/** A path that is a URI template (RFC 9461 5). */
static const char*
check_dohpath(const uint8_t* value, size_t len)
{
	bool good = value[0] == '/' && memmem(value, len, "{?dns}", 6);
	size_t i;
	for(i = 0; i < len; i++) {
		if(value[i] <= ' ' || value[i] >= 0x7f)
			good = false;
	}
	return good ? NULL : "has a dohpath that is not such as "
		"/dns-query{?dns}";
}

/** Check a value of a key. @return NULL, or what is wrong. */
static const char*
check_value(unsigned key, const uint8_t* value, size_t len)
{
	if(key == KEY_NO_DEFAULT_ALPN || key == KEY_OHTTP || key == KEY_PVD)
		return len == 0 ? NULL : "has a value for a key without one";
	if(key <= KEY_DOHPATH && len == 0)
		return "has a key without its value";
	switch(key) {
	case KEY_MANDATORY:
		return check_mandatory(value, len);
	case KEY_ALPN:
		return check_alpn(value, len);
	case KEY_PORT:
		return len == 2 ? NULL : "has a port not of two octets";
	case KEY_IPV4HINT:
		return len % 4 == 0 ? NULL : "has half an ipv4hint";
	case KEY_IPV6HINT:
		return len % 16 == 0 ? NULL : "has half an ipv6hint";
	case KEY_DOHPATH:
		return check_dohpath(value, len);
	case KEY_TLS_SUPPORTED_GROUPS:
		return check_groups(value, len);
	case KEY_DOCPATH:
		return check_docpath(value, len);
	case KEY_OOTS:
		return check_oots(value, len);
	case KEY_INVALID:
		return "has the reserved key 65535";
	default:
		return NULL;
	}
}

/** Whether parameters, each of which is whole, have a key. */
static bool
has_key(const uint8_t* wire, size_t len, unsigned key)
{
	while(len > 0) {
		size_t size = (size_t)4 + wire_read_u16(wire + 2);
		if(wire_read_u16(wire) == key)
			return true;
		wire += size;
		len -= size;
	}
	return false;
}

/** Check that all keys that others need are there. @return NULL, or what is
 * wrong. */
static const char*
check_needed(const uint8_t* wire, size_t len)
{
	size_t i, keys;
	if(has_key(wire, len, KEY_NO_DEFAULT_ALPN) &&
		!has_key(wire, len, KEY_ALPN))
		return "has no-default-alpn without alpn";
	if(len == 0 || wire_read_u16(wire) != KEY_MANDATORY)
		return NULL;
	keys = wire_read_u16(wire + 2);
	for(i = 0; i < keys; i += 2) {
		if(!has_key(wire, len, wire_read_u16(wire + 4 + i)))
			return "has a mandatory key that is not there";
	}
	return NULL;
}

/** Check that parameters are in order, each once, each with a good value (RFC
 * 9460 2.2, 7, 8). */
static const char*
params_check(const uint8_t* wire, size_t len)
{
	int last = -1;
	size_t at = 0;
	while(at < len) {
		unsigned key;
		size_t size;
		const char* why;
		if(len - at < 4)
			return "ends inside of a parameter";
		key = wire_read_u16(wire + at);
		size = wire_read_u16(wire + at + 2);
		if(size > len - at - 4)
			return "ends inside of a parameter";
		if((int)key == last)
			return "has a parameter twice";
		if((int)key < last)
			return "has parameters that are not in order";
		if((why = check_value(key, wire + at + 4, size)) != NULL)
			return why;
		last = (int)key;
		at += 4 + size;
	}
	return check_needed(wire, len);
}

/* --- presentation format ------------------------------------------------- */

/** A value while it is read: its text without quotes and escapes. */
struct value {
	/** the text; not owned */
	uint8_t* text;
	/** octets in text */
	size_t len;
};

/** A number from 0 to 65535; -1 if the text is none. */
static long
number_of(const uint8_t* text, size_t len)
{
	uint64_t number;
	return len > 0 && text_read_decimal((const char*)text, len,
		UINT16_MAX, &number) == len ? (long)number : -1;
}

/** The number of a key, by its name or as keyNNNNN; -1 if the text is no
 * key. */
static long
read_key(const uint8_t* text, size_t len)
{
	size_t i;
	for(i = 0; i < sizeof(key_names) / sizeof(*key_names); i++) {
		if(strlen(key_names[i]) == len &&
			memcmp(key_names[i], text, len) == 0)
			return (long)i;
	}
	if(len < 4 || memcmp(text, "key", 3) != 0 ||
		(text[3] == '0' && len > 4))
		return -1;
	return number_of(text + 3, len - 3);
}

/** Take the next part of a list with commas. @return false if there is none. */
static bool
next_part(struct value* list, struct value* part)
{
	uint8_t* comma;
	if(!list->text)
		return false;
	comma = memchr(list->text, ',', list->len);
	*part = *list;
	if(!comma) {
		list->text = NULL;
		return true;
	}
	part->len = (size_t)(comma - list->text);
	list->len -= part->len + 1;
	list->text = comma + 1;
	return true;
}

static const char*
add_mandatory(struct rdata* rdata, struct value value)
{
	size_t start = rdata->len, at;
	struct value part;
	while(next_part(&value, &part)) {
		long key = read_key(part.text, part.len);
		uint8_t wire[2];
		if(key < 0)
			return "names an unknown key";
		for(at = start; at < rdata->len; at += 2) {
			if(wire_read_u16(rdata->wire + at) >= key)
				break;
		}
		if(!rdata_append_number(rdata, 0, 2))
			return "is too long";
		wire_write_u16(wire, (uint16_t)key);
		memmove(rdata->wire + at + 2, rdata->wire + at,
			rdata->len - 2 - at);
		memcpy(rdata->wire + at, wire, 2);
	}
	return NULL;
}

/** Append the items of a list, between which are commas; an item may have a
 * comma behind a backslash (RFC 9460 A.1). @param empty: whether an item may be
 * empty. */
static const char*
add_list(struct rdata* rdata, struct value value, bool empty)
{
	size_t start = rdata->len, i;
	if(!rdata_append_number(rdata, 0, 1))
		return "is too long";
	for(i = 0; i <= value.len; i++) {
		if(i == value.len || value.text[i] == ',') {
			size_t len = rdata->len - start - 1;
			if((len == 0 && !empty) || len > 255)
				return "has an empty part, or one of over 255 "
					"octets";
			rdata->wire[start] = (uint8_t)len;
			start = rdata->len;
			if(i < value.len && !rdata_append_number(rdata, 0, 1))
				return "is too long";
			continue;
		}
		if(value.text[i] == '\\' && ++i == value.len)
			return "ends with a backslash";
		if(!rdata_append(rdata, value.text + i, 1))
			return "is too long";
	}
	return NULL;
}

static const char*
add_hints(struct rdata* rdata, struct value value, int family, size_t octets)
{
	char text[INET6_ADDRSTRLEN];
	uint8_t address[16];
	struct value part;
	while(next_part(&value, &part)) {
		if(part.len >= sizeof(text))
			return "has an address that is none";
		memcpy(text, part.text, part.len);
		text[part.len] = 0;
		/* inet_pton would end at a NUL octet */
		if(strlen(text) != part.len ||
			inet_pton(family, text, address) != 1)
			return "has an address that is none";
		if(!rdata_append(rdata, address, octets))
			return "is too long";
	}
	return NULL;
}

static const char*
add_ech(struct rdata* rdata, struct value value)
{
	struct base64 base64 = { .data = rdata->wire + rdata->len,
		.room = sizeof(rdata->wire) - rdata->len };
	if(!base64_add(&base64, (const char*)value.text, value.len) ||
		!base64_is_whole(&base64))
		return "is not base64, or too long";
	rdata->len += base64.len;
	return NULL;
}

static const char*
add_port(struct rdata* rdata, struct value value)
{
	long port = number_of(value.text, value.len);
	if(port < 0)
		return "is no port, which is a number from 0 to 65535";
	if(!rdata_append_number(rdata, (uint32_t)port, 2))
		return "is too long";
	return NULL;
}

static const char*
add_groups(struct rdata* rdata, struct value value)
{
	struct value part;
	while(next_part(&value, &part)) {
		long group = number_of(part.text, part.len);
		if(group < 0)
			return "has a group that is no number from 0 to 65535";
		if(!rdata_append_number(rdata, (uint32_t)group, 2))
			return "is too long";
	}
	return NULL;
}

static const char*
add_oots(struct rdata* rdata, struct value value)
{
	struct value part;
	while(next_part(&value, &part)) {
		const uint8_t* colon = memchr(part.text, ':', part.len);
		size_t name = colon ? (size_t)(colon - part.text) : 0;
		long percent = colon ? number_of(colon + 1, part.len - name -
			1) : -1;
		if(percent < 0 || percent > 100 || name == 0 || name > 255)
			return "has a part that is not a transport and a "
				"percentage, such as dot:50";
		if(!rdata_append_number(rdata, (uint32_t)name, 1) ||
			!rdata_append(rdata, part.text, name) ||
			!rdata_append_number(rdata, (uint32_t)percent, 1))
			return "is too long";
	}
	return NULL;
}

static const char*
add_value(struct rdata* rdata, long key, struct value value)
{
	switch(key) {
	case KEY_MANDATORY:
		return add_mandatory(rdata, value);
	case KEY_ALPN:
		return add_list(rdata, value, false);
	case KEY_PORT:
		return add_port(rdata, value);
	case KEY_IPV4HINT:
		return add_hints(rdata, value, AF_INET, 4);
	case KEY_ECH:
		return add_ech(rdata, value);
	case KEY_IPV6HINT:
		return add_hints(rdata, value, AF_INET6, 16);
	case KEY_TLS_SUPPORTED_GROUPS:
		return add_groups(rdata, value);
	case KEY_DOCPATH:
		return value.len == 0 ? NULL : add_list(rdata, value, true);
	case KEY_OOTS:
		return add_oots(rdata, value);
	default:
		return rdata_append(rdata, value.text, value.len) ? NULL :
			"is too long";
	}
}

/** Remove quotes and resolve escapes. */
static const char*
unquote(const char* text, size_t len, uint8_t* out, size_t* out_len)
{
	const char* end = text + len;
	const char* why;
	bool quoted = len > 0 && *text == '"';
	*out_len = 0;
	if(quoted) {
		if(len < 2 || end[-1] != '"')
			return "has something behind its quotes";
		text++;
		end--;
	}
	while(text < end) {
		if(*text == '"')
			return "has a quote within";
		if(*out_len == RDATA_MAX)
			return "is too long";
		if((why = name_octet_read(&text, end, out + *out_len)) != NULL)
			return "has an escape that is none";
		(*out_len)++;
	}
	return NULL;
}

static void
reverse(uint8_t* octets, size_t len)
{
	size_t i;
	for(i = 0; i < len / 2; i++) {
		uint8_t octet = octets[i];
		octets[i] = octets[len - 1 - i];
		octets[len - 1 - i] = octet;
	}
}

/**
 * Move the last parameter to its place in the order of keys.
 * @param from: where the first parameter is.
 * @param start: where the last parameter is.
 */
static const char*
sort_last(struct rdata* rdata, size_t from, size_t start)
{
	unsigned key = wire_read_u16(rdata->wire + start);
	size_t len = rdata->len - start;
	while(from < start && wire_read_u16(rdata->wire + from) < key)
		from += (size_t)4 + wire_read_u16(rdata->wire + from + 2);
	if(from < start && wire_read_u16(rdata->wire + from) == key)
		return "is a parameter that is there twice";
	/* rotate: reverse the whole, and then each of its two parts */
	reverse(rdata->wire + from, rdata->len - from);
	reverse(rdata->wire + from, len);
	reverse(rdata->wire + from + len, rdata->len - from - len);
	return NULL;
}

/**
 * Read a parameter, and add it to others in the order of keys.
 * @param rdata: the parameters are at its end.
 * @param from: where the first parameter is in rdata.
 * @param text: such as `alpn=h2,h3`, or `alpn="h2,h3"`; not empty.
 * @return NULL, or what is wrong (a constant text that continues the
 *	parameter's).
 */
static const char*
add_param(struct rdata* rdata, size_t from, const char* text, size_t len)
{
	uint8_t octets[RDATA_MAX];
	struct value value = { octets, 0 };
	const char* equals = memchr(text, '=', len);
	size_t name = equals ? (size_t)(equals - text) : len;
	size_t start = rdata->len, head;
	long key = read_key((const uint8_t*)text, name);
	const char* why = NULL;
	if(key < 0)
		return "is no parameter; they are alpn=h2,h3, port=8443, "
			"key65280=... and so on";
	if(!rdata_append_number(rdata, (uint32_t)key << 16, 4))
		return "is too long";
	head = rdata->len;
	if(equals)
		why = unquote(equals + 1, len - name - 1, octets, &value.len);
	if(why)
		return why;
	/* key9=... */
	if(key >= KEYS_LATE && strncmp(text, "key", 3) == 0)
		why = rdata_append(rdata, value.text, value.len) ? NULL :
			"is too long";
	else if(equals)
		why = add_value(rdata, key, value);
	if(why)
		return why;
	wire_write_u16(rdata->wire + head - 2,
		(uint16_t)(rdata->len - head));
	if((why = check_value((unsigned)key, rdata->wire + head,
		rdata->len - head)) != NULL)
		return why;
	return sort_last(rdata, from, start);
}

/** Whether a parameter has the number of a key in place of its name, and what
 * its value means differs: here, the same as behind the name; for RFC 9460 2.1,
 * and so BIND, the octets of the wire format. */
static bool
is_ambiguous(struct word word)
{
	const char* equals = memchr(word.text, '=', word.len);
	if(!equals || strncmp(word.text, "key", 3) != 0)
		return false;
	switch(read_key((const uint8_t*)word.text, (size_t)(equals -
		word.text))) {
	case KEY_MANDATORY:
	case KEY_ALPN:
	case KEY_PORT:
	case KEY_IPV4HINT:
	case KEY_ECH:
	case KEY_IPV6HINT:
		return true;
	}
	return false;
}

bool
kind_read_svcparams(struct reader* reader, struct word word,
	const struct rdata_kind* kind)
{
	size_t from = reader->rdata->len;
	enum next next = NEXT_WORD;
	(void)kind;
	for(; next == NEXT_WORD; next = reader_next(reader, &word, true)) {
		const char* why = word.quoted ? "is in quotes" :
			reader->in_zone && is_ambiguous(word) ? "has a number "
			"for a key that has a name, such as alpn: write that" :
			add_param(reader->rdata, from, word.text, word.len);
		if(why)
			return reader_fail_word(reader, &word, why);
	}
	return next == NEXT_END;
}

const char*
kind_check_svcparams(struct cursor* cursor, const struct rdata_kind* kind)
{
	const char* why = params_check(cursor->at, cursor->left);
	(void)kind;
	return why ? why : cursor_skip(cursor, cursor->left);
}

/* --- writing ------------------------------------------------------------- */

/** Write a key. Keys above dohpath are written as keyNNNNN, with octets as
 * their values, because few servers read their names yet. */
static void
write_key(struct writer* writer, unsigned key)
{
	if(key <= KEY_DOHPATH)
		writer_print(writer, "%s", key_names[key]);
	else	writer_print(writer, "key%u", key);
}

/** Write protocols: in each, commas and backslashes are escaped for the list,
 * and then the whole for the quotes around it. */
static void
write_alpn(struct writer* writer, struct cursor* value)
{
	const char* between = "\"";
	while(value->left > 0) {
		size_t len = cursor_number(value, 1);
		writer_print(writer, "%s", between);
		for(; len > 0; len--) {
			uint8_t octet = (uint8_t)cursor_number(value, 1);
			if(octet == ',' || octet == '\\')
				writer_octet(writer, '\\');
			writer_octet(writer, octet);
		}
		between = ",";
	}
	writer_print(writer, "\"");
}

/** Write one item of a value that is a list of numbers or addresses. */
static void
write_item(struct writer* writer, unsigned key, struct cursor* value)
{
	if(key == KEY_MANDATORY)
		write_key(writer, cursor_number(value, 2));
	else if(key == KEY_PORT)
		writer_print(writer, "%u", (unsigned)cursor_number(value, 2));
	else	kind_write_address(writer, value, rdata_kind(
			key == KEY_IPV4HINT ? F_V4 : F_V6));
}

static void
write_value(struct writer* writer, unsigned key, struct cursor* value)
{
	switch(key) {
	case KEY_ALPN:
		write_alpn(writer, value);
		break;
	case KEY_ECH:
		kind_write_base64(writer, value, rdata_kind(F_BASE64));
		break;
	case KEY_MANDATORY:
	case KEY_PORT:
	case KEY_IPV4HINT:
	case KEY_IPV6HINT:
		write_item(writer, key, value);
		while(value->left > 0) {
			writer_print(writer, ",");
			write_item(writer, key, value);
		}
		break;
	default:
		writer_quote(writer, value->at, value->left);
	}
}

void
kind_write_svcparams(struct writer* writer, struct cursor* cursor,
	const struct rdata_kind* kind)
{
	(void)kind;
	while(cursor->left > 0) {
		unsigned key = cursor_number(cursor, 2);
		size_t len = cursor_number(cursor, 2);
		struct cursor value = { cursor_take(cursor, len), len };
		write_key(writer, key);
		if(len > 0) {
			writer_print(writer, "=");
			write_value(writer, key, &value);
		}
		if(cursor->left > 0)
			writer_print(writer, " ");
	}
}
