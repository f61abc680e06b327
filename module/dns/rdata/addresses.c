/*
 * dns/rdata/addresses.c - fields of addresses and of keys of several kinds.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "dns/rdata/kinds.h"
#include "base/wire.h"
#include "dns/name.h"
#include <string.h>
#include <strings.h>

/* --- gateways: IPSECKEY (RFC 4025), AMTRELAY (RFC 8777) ------------------ */

/** Read a gateway: an address, a name or nothing, depending on its type. */
static bool
read_gateway(struct reader* reader, const struct word* word, unsigned gateway)
{
	switch(gateway) {
	case 0:
		return (word->len == 1 && word->text[0] == '.') ||
			reader_fail_word(reader, word, "is not \".\", as "
			"there is no gateway of type 0");
	case 1:
		return kind_read_v4(reader, word);
	case 2:
		return kind_read_v6(reader, word);
	case 3:
		return kind_read_name(reader, *word, rdata_kind(F_NAME));
	default:
		return reason_say(reader->reason, "a gateway's type is 0, 1, "
			"2 or 3");
	}
}

static const char*
check_gateway(struct cursor* cursor, unsigned gateway)
{
	switch(gateway) {
	case 0:
		return NULL;
	case 1:
		return cursor_skip(cursor, 4);
	case 2:
		return cursor_skip(cursor, 16);
	case 3:
		return kind_check_name(cursor, rdata_kind(F_NAME));
	default:
		return "has a gateway of an unknown type";
	}
}

static void
write_gateway(struct writer* writer, struct cursor* cursor, unsigned gateway)
{
	switch(gateway) {
	case 1:
		kind_write_address(writer, cursor, rdata_kind(F_V4));
		break;
	case 2:
		kind_write_address(writer, cursor, rdata_kind(F_V6));
		break;
	case 3:
		kind_write_name(writer, cursor, rdata_kind(F_NAME));
		break;
	default:
		writer_print(writer, ".");
	}
}

/** Precedence, type of gateway, algorithm, gateway, key (RFC 4025 3.1). */
bool
kind_read_ipseckey(struct reader* reader, struct word word,
	const struct rdata_kind* kind)
{
	uint64_t gateway;
	if(!kind_read_u8(reader, &word) || !reader_more(reader, &word) ||
		!reader_number(reader, &word, 255, &gateway) ||
		!reader_put_number(reader, (uint32_t)gateway, 1) ||
		!reader_more(reader, &word) || !kind_read_u8(reader, &word) ||
		!reader_more(reader, &word) ||
		!read_gateway(reader, &word, (unsigned)gateway) ||
		!reader_more(reader, &word))
		return false;
	return kind_read_base64(reader, word, kind);
}

const char*
kind_check_ipseckey(struct cursor* cursor, const struct rdata_kind* kind)
{
	const uint8_t* head = cursor->at;
	const char* why = cursor_skip(cursor, 3);
	if(!why)
		why = check_gateway(cursor, head[1]);
	/* BIND refuses a record without a key, which RFC 4025 allows */
	return why ? why : kind_check_rest(cursor, kind);
}

void
kind_write_ipseckey(struct writer* writer, struct cursor* cursor,
	const struct rdata_kind* kind)
{
	const uint8_t* head = cursor_take(cursor, 3);
	writer_print(writer, "%u %u %u ", head[0], head[1], head[2]);
	write_gateway(writer, cursor, head[1]);
	writer_print(writer, " ");
	kind_write_base64(writer, cursor, kind);
}

/** Precedence, discovery optional, type of relay, relay (RFC 8777 4.3). */
bool
kind_read_amtrelay(struct reader* reader, struct word word,
	const struct rdata_kind* kind)
{
	uint64_t ask, relay;
	(void)kind;
	return kind_read_u8(reader, &word) && reader_more(reader, &word) &&
		reader_number(reader, &word, 1, &ask) &&
		reader_more(reader, &word) &&
		reader_number(reader, &word, 127, &relay) &&
		reader_put_number(reader, (uint32_t)(ask << 7 | relay), 1) &&
		reader_more(reader, &word) &&
		read_gateway(reader, &word, (unsigned)relay);
}

const char*
kind_check_amtrelay(struct cursor* cursor, const struct rdata_kind* kind)
{
	const uint8_t* head = cursor->at;
	const char* why = cursor_skip(cursor, 2);
	(void)kind;
	return why ? why : check_gateway(cursor, head[1] & 127);
}

void
kind_write_amtrelay(struct writer* writer, struct cursor* cursor,
	const struct rdata_kind* kind)
{
	const uint8_t* head = cursor_take(cursor, 2);
	(void)kind;
	writer_print(writer, "%u %u %u ", head[0], head[1] >> 7,
		head[1] & 127u);
	write_gateway(writer, cursor, head[1] & 127);
}

/* --- HIP (RFC 8005) ------------------------------------------------------ */

/** Read the tag's digits, which are one word. */
static bool
read_hip_tag(struct reader* reader, struct word word)
{
	struct reader tag = *reader;
	size_t start = reader->rdata->len;
	tag.at = tag.end = word.text + word.len;
	tag.within = false;
	if(!kind_read_hex(&tag, word, rdata_kind(F_HEX)))
		return false;
	if(reader->rdata->len - start > 255)
		return reader_fail_word(reader, &word, "is over 255 octets");
	reader->rdata->wire[0] = (uint8_t)(reader->rdata->len - start);
	return true;
}

/** Algorithm, host identity tag, key; the servers are a field of their own
 * (RFC 8005 6). */
bool
kind_read_hip(struct reader* reader, struct word word,
	const struct rdata_kind* kind)
{
	struct rdata* rdata = reader->rdata;
	size_t len;
	(void)kind;
	if(!reader_put_number(reader, 0, 1) || !kind_read_u8(reader, &word) ||
		!reader_put_number(reader, 0, 2) ||
		!reader_more(reader, &word) || !read_hip_tag(reader, word) ||
		!reader_more(reader, &word))
		return false;
	len = rdata->len;
	if(!reader_base64(reader, word, false))
		return false;
	wire_write_u16(rdata->wire + 2, (uint16_t)(rdata->len - len));
	return true;
}

/** Lengths, host identity tag, public key. */
const char*
kind_check_hip(struct cursor* cursor, const struct rdata_kind* kind)
{
	const uint8_t* head = cursor->at;
	const char* why = cursor_skip(cursor, 4);
	(void)kind;
	if(why)
		return why;
	if(head[0] == 0 || wire_read_u16(head + 2) == 0)
		return "has no host identity tag, or no key";
	return cursor_skip(cursor, head[0] + (size_t)wire_read_u16(head + 2));
}

void
kind_write_hip(struct writer* writer, struct cursor* cursor,
	const struct rdata_kind* kind)
{
	const uint8_t* head = cursor_take(cursor, 4);
	size_t key = wire_read_u16(head + 2);
	(void)kind;
	writer_print(writer, "%u ", head[1]);
	writer_hex(writer, cursor_take(cursor, head[0]), head[0], "");
	writer_print(writer, " ");
	writer_base64(writer, cursor_take(cursor, key), key);
}

/* --- APL (RFC 3123) ------------------------------------------------------ */

/** One address prefix: [!]family:address/bits (RFC 3123 5). */
static bool
read_prefix(struct reader* reader, const struct word* word)
{
	const char* end = word->text + word->len;
	const char* at = word->text;
	bool negated = at < end && *at == '!';
	const char* slash = memchr(at, '/', word->len);
	struct word address, bits;
	uint64_t prefix;
	size_t start;
	bool v6;
	at += negated;
	if(word->quoted || !slash || slash - at < 2 || at[1] != ':' ||
		(at[0] != '1' && at[0] != '2'))
		return reader_fail_word(reader, word, "is not such as "
			"1:192.0.2.0/24 or !2:2001:db8::/32");
	v6 = at[0] == '2';
	address = (struct word){ at + 2, (size_t)(slash - at) - 2, false };
	bits = (struct word){ slash + 1, (size_t)(end - slash) - 1, false };
	if(!reader_number(reader, &bits, v6 ? 128 : 32, &prefix) ||
		!reader_put_number(reader, v6 ? 2 : 1, 2) ||
		!reader_put_number(reader, (uint32_t)prefix << 8, 2))
		return false;
	start = reader->rdata->len;
	if(!(v6 ? kind_read_v6(reader, &address) :
		kind_read_v4(reader, &address)))
		return false;
	/* zero octets at the end are left out */
	while(reader->rdata->len > start &&
		reader->rdata->wire[reader->rdata->len - 1] == 0)
		reader->rdata->len--;
	reader->rdata->wire[start - 1] = (uint8_t)((negated ? 0x80 : 0) |
		(reader->rdata->len - start));
	return true;
}

bool
kind_read_apl(struct reader* reader, struct word word,
	const struct rdata_kind* kind)
{
	enum next next = NEXT_WORD;
	(void)kind;
	for(; next == NEXT_WORD; next = reader_next(reader, &word, false)) {
		if(!read_prefix(reader, &word))
			return false;
		reader->field++;
	}
	return next == NEXT_END;
}

/** Address prefixes (RFC 3123 4). */
const char*
kind_check_apl(struct cursor* cursor, const struct rdata_kind* kind)
{
	(void)kind;
	while(cursor->left > 0) {
		const uint8_t* head = cursor->at;
		const char* why = cursor_skip(cursor, 4);
		unsigned family, len;
		if(why)
			return why;
		family = wire_read_u16(head);
		len = head[3] & 0x7f;
		if(family != 1 && family != 2)
			return "has an address of an unknown family";
		if(head[2] > (family == 1 ? 32 : 128) ||
			len > (family == 1 ? 4 : 16))
			return "has an address prefix that is too long";
		if((why = cursor_skip(cursor, len)) != NULL)
			return why;
		if(len > 0 && head[3 + len] == 0)
			return "has an address that ends with zero octets";
	}
	return NULL;
}

void
kind_write_apl(struct writer* writer, struct cursor* cursor,
	const struct rdata_kind* kind)
{
	(void)kind;
	while(cursor->left > 0) {
		const uint8_t* head = cursor_take(cursor, 4);
		size_t len = head[3] & 0x7f;
		uint8_t octets[16] = { 0 };
		struct cursor address = { octets, sizeof(octets) };
		memcpy(octets, cursor_take(cursor, len), len);
		writer_print(writer, "%s%u:", head[3] & 0x80 ? "!" : "",
			head[1]);
		kind_write_address(writer, &address, rdata_kind(head[1] == 2 ?
			F_V6 : F_V4));
		writer_print(writer, "/%u%s", head[2], cursor->left > 0 ?
			" " : "");
	}
}

/* --- A6 (RFC 2874 3.1): a part of an address, and the name of the rest --- */

bool
kind_read_a6(struct reader* reader, struct word word,
	const struct rdata_kind* kind)
{
	struct rdata* rdata = reader->rdata;
	uint64_t prefix;
	size_t start, zero;
	(void)kind;
	if(!reader_number(reader, &word, 128, &prefix) ||
		!reader_put_number(reader, (uint32_t)prefix, 1))
		return false;
	start = rdata->len;
	zero = (size_t)prefix / 8;
	if(prefix < 128) {
		if(!reader_more(reader, &word) || !kind_read_v6(reader, &word))
			return false;
		/* the bits of the prefix come from another name */
		memmove(rdata->wire + start, rdata->wire + start + zero,
			16 - zero);
		rdata->len -= zero;
		rdata->wire[start] &= (uint8_t)(0xff >> prefix % 8);
	}
	return prefix == 0 || (reader_more(reader, &word) &&
		kind_read_name(reader, word, rdata_kind(F_NAME)));
}

const char*
kind_check_a6(struct cursor* cursor, const struct rdata_kind* kind)
{
	const uint8_t* prefix = cursor->at;
	const char* why = cursor_skip(cursor, 1);
	if(why)
		return why;
	if(*prefix > 128)
		return "has a prefix of over 128 bits";
	why = cursor_skip(cursor, (size_t)(128 - *prefix + 7) / 8);
	return why || *prefix == 0 ? why : kind_check_name(cursor, kind);
}

void
kind_write_a6(struct writer* writer, struct cursor* cursor,
	const struct rdata_kind* kind)
{
	unsigned prefix = cursor_number(cursor, 1);
	size_t len = (size_t)(128 - prefix + 7) / 8;
	uint8_t octets[16] = { 0 };
	struct cursor address = { octets, sizeof(octets) };
	memcpy(octets + 16 - len, cursor_take(cursor, len), len);
	writer_print(writer, "%u", prefix);
	if(prefix < 128) {
		/* a set bit of the prefix would be lost when read again */
		writer->failed |= (octets[prefix / 8] & ~(0xff >> prefix % 8))
			!= 0;
		writer_print(writer, " ");
		kind_write_address(writer, &address, rdata_kind(F_V6));
	}
	if(prefix > 0) {
		writer_print(writer, " ");
		kind_write_name(writer, cursor, kind);
	}
}

/* --- WKS (RFC 1035 3.4.2): a protocol, and bits of ports ----------------- */

/** Octets of 65,536 ports. */
#define WKS_BITS 8192

/** TCP, UDP or a number; then ports by number, as names of services differ from
 * host to host. */
bool
kind_read_wks(struct reader* reader, struct word word,
	const struct rdata_kind* kind)
{
	uint8_t bits[WKS_BITS] = { 0 };
	uint64_t number;
	size_t len = 0;
	enum next next;
	(void)kind;
	if(word.len == 3 && strncasecmp(word.text, "TCP", 3) == 0)
		number = 6;
	else if(word.len == 3 && strncasecmp(word.text, "UDP", 3) == 0)
		number = 17;
	else if(!reader_number(reader, &word, 255, &number))
		return false;
	if(!reader_put_number(reader, (uint32_t)number, 1))
		return false;
	while((next = reader_next(reader, &word, false)) == NEXT_WORD) {
		reader->field++;
		if(!reader_number(reader, &word, 65535, &number))
			return false;
		bits[number / 8] |= (uint8_t)(0x80 >> number % 8);
		if(number / 8 >= len)
			len = (size_t)number / 8 + 1;
	}
	return next == NEXT_END && reader_put(reader, bits, len);
}

const char*
kind_check_wks(struct cursor* cursor, const struct rdata_kind* kind)
{
	size_t len = cursor->left;
	if(len > 1 + WKS_BITS || (len > 1 && cursor->at[len - 1] == 0))
		return "has over 65536 ports, or ends with zero octets";
	return kind_check_rest(cursor, kind);
}

void
kind_write_wks(struct writer* writer, struct cursor* cursor,
	const struct rdata_kind* kind)
{
	size_t port, ports;
	const uint8_t* bits;
	(void)kind;
	writer_print(writer, "%u", (unsigned)cursor_number(cursor, 1));
	ports = cursor->left * 8;
	bits = cursor_take(cursor, cursor->left);
	for(port = 0; port < ports; port++) {
		if(bits[port / 8] & 0x80 >> port % 8)
			writer_print(writer, " %zu", port);
	}
}

/* --- ATMA: an OSI address in hexadecimal, or +digits --------------------- */

bool
kind_read_atma(struct reader* reader, struct word word,
	const struct rdata_kind* kind)
{
	bool number = word.len > 0 && word.text[0] == '+';
	size_t i;
	uint32_t octet = 0;
	unsigned odd = 0;
	(void)kind;
	if(word.quoted || !reader_put_number(reader, number, 1))
		return false;
	for(i = number; i < word.len; i++) {
		int digit = hex_digit(word.text[i]);
		if(word.text[i] == '.')
			continue;
		if(digit < 0 || (number && digit > 9))
			return reader_fail_word(reader, &word, "is neither "
				"hexadecimal nor a + and digits");
		octet = octet << 4 | (uint32_t)digit;
		if(number ? !reader_put(reader, word.text + i, 1) :
			(odd ^= 1) == 0 && !reader_put_number(reader,
			octet & 0xff, 1))
			return false;
	}
	return !odd || reader_fail_word(reader, &word,
		"has an odd number of digits");
}

const char*
kind_check_atma(struct cursor* cursor, const struct rdata_kind* kind)
{
	const uint8_t* wire = cursor->at;
	if(cursor->left < 2 || wire[0] > 1 || (wire[0] == 1 &&
		!octets_are_digits(wire + 1, cursor->left - 1)))
		return "is not an address of ATM";
	return kind_check_rest(cursor, kind);
}

void
kind_write_atma(struct writer* writer, struct cursor* cursor,
	const struct rdata_kind* kind)
{
	bool number = cursor_number(cursor, 1) == 1;
	(void)kind;
	writer_print(writer, "%s", number ? "+" : "");
	while(cursor->left > 0)
		writer_print(writer, number ? "%c" : "%02x",
			(int)cursor_number(cursor, 1));
}
