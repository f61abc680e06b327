/*
 * dns/presentation.c - rdata as it is written in zone files.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "dns/presentation.h"
#include "dns/fields.h"
#include "dns/name.h"
#include "dns/svcparams.h"
#include "dns/type.h"
#include <arpa/inet.h>
#include <ldns/ldns.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/** A text that is read word by word. */
struct reader {
	/** what is left of the text */
	const char* at;
	/** its end */
	const char* end;
	/** whether it is inside of parentheses */
	bool within;
	/** number of the field that is read; the first is 1 */
	unsigned field;
	/** what is made of it */
	struct rdata* rdata;
	/** room for a reason */
	char* reason;
};

/** A word of a text. */
struct word {
	/** its octets, without the quotes around it */
	const char* text;
	/** number of them */
	size_t len;
	/** whether there were quotes */
	bool quoted;
};

/** What is next in a text. */
enum next {
	/** a word */
	NEXT_WORD,
	/** nothing more */
	NEXT_END,
	/** something wrong; the reason is given */
	NEXT_WRONG
};

/* --- reasons ------------------------------------------------------------- */

const char*
presentation_shown(const char* text, size_t len, char* out)
{
	const char* end = text + len;
	size_t used = 0;
	for(; text < end; text++) {
		unsigned char c = (unsigned char)*text;
		char one[5];
		size_t n = (size_t)snprintf(one, sizeof(one),
			c < ' ' || c >= 0x7f ? "\\%03u" :
			c == '"' || c == '\\' ? "\\%c" : "%c", (unsigned)c);
		if(used + n > PRESENTATION_SHOWN_MAX)
			break;
		memcpy(out + used, one, n);
		used += n;
	}
	strcpy(out + used, text < end ? "..." : "");
	return out;
}

/** Write a reason, and return false, so that a failure is one statement. */
static bool __attribute__((format(printf, 2, 3)))
fail(const struct reader* reader, const char* format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(reader->reason, PRESENTATION_REASON_MAX, format, args);
	va_end(args);
	return false;
}

/** The same, of a word. */
static bool
fail_word(const struct reader* reader, const struct word* word,
	const char* why)
{
	char out[PRESENTATION_SHOWN_MAX + 4];
	return fail(reader, "field %u, \"%s\", %s", reader->field,
		presentation_shown(word->text, word->len, out), why);
}

static bool
fail_full(const struct reader* reader)
{
	return fail(reader, "the rdata is over %d octets", RDATA_MAX);
}

/* --- doubts -------------------------------------------------------------- */

/** Whether a text is an IP address. */
static bool
is_address(const char* text, size_t len)
{
	char copy[INET6_ADDRSTRLEN] = "";
	uint8_t wire[16];
	if(len >= sizeof(copy))
		return false;
	memcpy(copy, text, len);
	return inet_pton(AF_INET, copy, wire) == 1 ||
		inet_pton(AF_INET6, copy, wire) == 1;
}

/** Whether the last label is a number, or such as 0/8. */
static bool
ends_in_number(const char* text, size_t len)
{
	const char* dot = memrchr(text, '.', len);
	const char* at = dot ? dot + 1 : text;
	const char* end = text + len;
	if(at == end || *at == '/')
		return false;
	while(at < end && ((*at >= '0' && *at <= '9') || *at == '/'))
		at++;
	return at == end;
}

/** Why an octet of a name looks wrong. */
static const char*
octet_doubt(const char* text, const char* at, const char* end)
{
	unsigned char c = (unsigned char)*at;
	if(c >= 0x7f)
		return "is not ASCII: DNS has such names in the form that "
			"begins with xn--";
	if(c <= ' ')
		return "has a space or a control character in it";
	if(c == ':')
		return "has a ':' in it, as a URL or a port, and not a name";
	if(c == '@')
		return "has an '@' in it, where a mailbox has a dot in DNS";
	/* RFC 2317 has names such as 0/25.2.0.192.in-addr.arpa */
	if(c == '/' && (at == text || at + 1 == end || at[-1] < '0' ||
		at[-1] > '9' || at[1] < '0' || at[1] > '9'))
		return "has a '/' in it, as a URL or a key, and not a name";
	return NULL;
}

const char*
presentation_name_doubt(const char* text, size_t len, bool bare)
{
	const char *at, *end, *why;
	bare = bare || memchr(text, '.', len);
	if(len > 1 && text[len - 1] == '.')
		len--;
	end = text + len;
	if(is_address(text, len))
		return "is an IP address, and not a name";
	if(ends_in_number(text, len))
		return "ends in a number, as an IP address does and no host";
	if(len > 1 && (strchr("'<`", *text) || strchr("'>`,", end[-1])))
		return "begins or ends with a quote, a bracket or a comma";
	for(at = text; at < end; at++) {
		if(*at == '\\' && at + 1 < end)
			at++;
		else if((why = octet_doubt(text, at, end)) != NULL)
			return why;
	}
	return bare ? NULL : "is one label only: names are complete here; if "
		"it is meant so, write a dot behind it";
}

/* --- words --------------------------------------------------------------- */

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/** Whether a word ends before an octet, unless it is escaped or quoted. */
static bool
is_end_of_word(char c)
{
	return is_blank(c) || c == '(' || c == ')' || c == ';';
}

/** Skip what is between words. */
static bool
skip_blank(struct reader* reader)
{
	for(; reader->at < reader->end; reader->at++) {
		char c = *reader->at;
		if(c == ';')
			return fail(reader, "a ';' begins a comment in zone "
				"files, and a value has none; leave it out, "
				"or write it in quotes, or \\;");
		if((c == '(') == reader->within && (c == '(' || c == ')'))
			return fail(reader, "there is a '%c' too many", c);
		if(c == '(' || c == ')')
			reader->within = c == '(';
		else if(c == '\n' && !reader->within)
			return fail(reader, "there is a line break outside of "
				"parentheses; several records are a JSON "
				"array");
		else if(!is_blank(c))
			break;
	}
	if(reader->at == reader->end && reader->within)
		return fail(reader, "a '(' is not closed");
	return true;
}

/** Go on behind a quote's end. */
static bool
skip_quoted(struct reader* reader)
{
	for(reader->at++; reader->at < reader->end; reader->at++) {
		if(*reader->at == '"') {
			reader->at++;
			return true;
		}
		if(*reader->at == '\n')
			return fail(reader, "there is a line break in "
				"quotes; write \\010");
		if(*reader->at == '\\' && reader->at + 1 < reader->end)
			reader->at++;
	}
	return fail(reader, "a quote is not closed");
}

/**
 * Read a word.
 * @param inner: whether it may have quotes within.
 */
static enum next
next_word(struct reader* reader, struct word* word, bool inner)
{
	if(!skip_blank(reader))
		return NEXT_WRONG;
	if(reader->at == reader->end)
		return NEXT_END;
	word->text = reader->at;
	word->quoted = *reader->at == '"';
	while(reader->at < reader->end && !is_end_of_word(*reader->at)) {
		if(*reader->at == '"') {
			if(reader->at > word->text && !inner) {
				fail(reader, "there is a quote inside of a "
					"word; write \\\"");
				return NEXT_WRONG;
			}
			if(!skip_quoted(reader))
				return NEXT_WRONG;
		} else if(*reader->at == '\\' && reader->at + 1 < reader->end)
			reader->at += 2;
		else	reader->at++;
		if(word->quoted)
			break;
	}
	word->len = (size_t)(reader->at - word->text);
	if(!word->quoted)
		return NEXT_WORD;
	if(reader->at < reader->end && !is_end_of_word(*reader->at)) {
		fail(reader, "something follows a quote without a space");
		return NEXT_WRONG;
	}
	word->text++;
	word->len -= 2;
	return NEXT_WORD;
}

/** Read a word that has to be there: the next part of a field. */
static bool
more_word(struct reader* reader, struct word* word)
{
	switch(next_word(reader, word, false)) {
	case NEXT_WORD:
		return true;
	case NEXT_END:
		fail(reader, "the value ends in field %u", reader->field);
		break;
	case NEXT_WRONG:
		break;
	}
	return false;
}

/* --- fields of one word -------------------------------------------------- */

/** Read a number without a sign. */
static bool
read_number(const struct reader* reader, const struct word* word, uint32_t max,
	uint32_t* number)
{
	char why[48];
	uint64_t value = 0;
	size_t i;
	bool digits = word->len > 0 && !word->quoted;
	for(i = 0; i < word->len; i++) {
		if(word->text[i] < '0' || word->text[i] > '9')
			digits = false;
		else if(value <= max)
			value = value * 10 + (uint64_t)(word->text[i] - '0');
	}
	snprintf(why, sizeof(why), "%s from 0 to %lu", digits ?
		"is not a number" : "is not a whole number",
		(unsigned long)max);
	if(!digits || value > max)
		return fail_word(reader, word, why);
	*number = (uint32_t)value;
	return true;
}

static bool
put_number(struct reader* reader, uint32_t number, size_t octets)
{
	return rdata_append_number(reader->rdata, number, octets) ||
		fail_full(reader);
}

static bool
field_number(struct reader* reader, const struct word* word, size_t octets)
{
	uint32_t number;
	return read_number(reader, word, UINT32_MAX >> (32 - 8 * octets),
		&number) && put_number(reader, number, octets);
}

/** Seconds, or such as 1h30m. */
static bool
field_period(struct reader* reader, const struct word* word)
{
	static const char units[] = "smhdw";
	static const uint32_t seconds[] = { 1, 60, 3600, 86400, 604800 };
	uint64_t sum = 0, number = 0;
	bool digit = false, unit = false, good = word->len > 0;
	size_t i;
	for(i = 0; good && i < word->len; i++) {
		char c = word->text[i];
		const char* found = c ? strchr(units, c | 0x20) : NULL;
		if(c >= '0' && c <= '9') {
			number = number * 10 + (uint64_t)(c - '0');
			digit = true;
			unit = false;
		} else if(found && digit) {
			sum += number * seconds[found - units];
			number = 0;
			digit = false;
			unit = true;
		} else	good = false;
		if(number > UINT32_MAX || sum > UINT32_MAX)
			good = false;
	}
	/* 90, or 1m30s; not 1m30 */
	if(!good || (!unit && sum > 0) || sum + number > UINT32_MAX)
		return fail_word(reader, word, "is not a time in seconds, "
			"from 0 to 4294967295");
	return put_number(reader, (uint32_t)(sum + number), 4);
}

/** Note what is served and looks wrong, unless something was noted before. */
static void
note_doubt(const struct reader* reader, const struct word* word)
{
	const char* why = presentation_name_doubt(word->text, word->len,
		false);
	if(why && !*reader->reason)
		(void)fail_word(reader, word, why);
}

static bool
field_name(struct reader* reader, const struct word* word)
{
	uint8_t wire[NAME_WIRE_MAX];
	size_t len;
	const char* why;
	if(word->quoted)
		return fail_word(reader, word, "is a name in quotes");
	if(word->len == 1 && word->text[0] == '@')
		return fail_word(reader, word, "is no name here; write the "
			"name in full");
	if((why = name_wire_from_text(wire, &len, word->text, word->len)) !=
		NULL) {
		char out[PRESENTATION_SHOWN_MAX + 4];
		return fail(reader, "field %u, \"%s\", is not a name: %s",
			reader->field, presentation_shown(word->text,
			word->len, out), why);
	}
	note_doubt(reader, word);
	return rdata_append(reader->rdata, wire, len) || fail_full(reader);
}

/** Append what a word is without its escapes. */
static bool
put_octets(struct reader* reader, const struct word* word)
{
	const char* at = word->text;
	const char* end = at + word->len;
	while(at < end) {
		uint8_t octet;
		const char* why = name_octet_read(&at, end, &octet);
		if(why)
			return fail_word(reader, word, why);
		if(!put_number(reader, octet, 1))
			return false;
	}
	return true;
}

/** A string of up to 255 octets, its length first. */
static bool
field_string(struct reader* reader, const struct word* word)
{
	size_t start = reader->rdata->len, len;
	if(!put_number(reader, 0, 1) || !put_octets(reader, word))
		return false;
	len = reader->rdata->len - start - 1;
	if(len > 255)
		return fail_word(reader, word, "is over 255 octets; write it "
			"in several pieces");
	reader->rdata->wire[start] = (uint8_t)len;
	return true;
}

/** The tag of a CAA record; what it is made of is checked with all rdata. */
static bool
field_tag(struct reader* reader, const struct word* word)
{
	if(word->quoted || memchr(word->text, '\\', word->len))
		return fail_word(reader, word, "is not a tag of letters and "
			"digits");
	return field_string(reader, word);
}

static bool
field_address(struct reader* reader, const struct word* word, bool v6)
{
	char text[INET6_ADDRSTRLEN] = "";
	uint8_t wire[16];
	if(word->len < sizeof(text))
		memcpy(text, word->text, word->len);
	if(word->quoted || inet_pton(v6 ? AF_INET6 : AF_INET, text, wire) != 1)
		return fail_word(reader, word, v6 ? "is not an IPv6 address" :
			"is not an IPv4 address");
	return rdata_append(reader->rdata, wire, v6 ? 16 : 4) ||
		fail_full(reader);
}

/** A number, or a name that libldns knows for one. */
static bool
field_mnemonic(struct reader* reader, const struct word* word,
	ldns_rdf_type field, size_t octets)
{
	char text[32] = "";
	ldns_rdf* rdf;
	bool ok;
	if(word->len == 0 || word->len >= sizeof(text) || word->quoted ||
		(word->text[0] >= '0' && word->text[0] <= '9'))
		return field_number(reader, word, octets);
	memcpy(text, word->text, word->len);
	/* where it has no such name, libldns looks for a number */
	rdf = strspn(text, "+- \t\r\n\v\f") > 0 ? NULL :
		ldns_rdf_new_frm_str(field, text);
	if(!rdf)
		return fail_word(reader, word, "is neither a number nor a "
			"name that stands for one");
	ok = rdata_append(reader->rdata, ldns_rdf_data(rdf), octets);
	ldns_rdf_deep_free(rdf);
	return ok || fail_full(reader);
}

static int
hex_digit(char c)
{
	if(c >= '0' && c <= '9')
		return c - '0';
	if(c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if(c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/**
 * Groups of hexadecimal digits (RFC 6742 2.1.2, RFC 7043 3.2 and 4.2).
 * @param groups: how many there are.
 * @param min, octets: digits that a group has at least, and octets it makes.
 */
static bool
field_groups(struct reader* reader, const struct word* word, unsigned groups,
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
			return fail_word(reader, word, "is not made of such "
				"groups of hexadecimal digits as it has to "
				"be");
		if(!put_number(reader, number, octets))
			return false;
	}
	return true;
}

/** An address of OSI networks: 0x, digits and dots (RFC 1706 7). */
static bool
field_nsap(struct reader* reader, const struct word* word)
{
	size_t i, digits = 0;
	uint32_t number = 0;
	if(word->len < 4 || memcmp(word->text, "0x", 2) != 0)
		return fail_word(reader, word, "does not begin with 0x");
	for(i = 2; i < word->len; i++) {
		int digit = hex_digit(word->text[i]);
		if(word->text[i] == '.')
			continue;
		if(digit < 0)
			return fail_word(reader, word, "is not hexadecimal");
		number = number << 4 | (uint32_t)digit;
		if(++digits % 2 == 0 && !put_number(reader, number & 0xff, 1))
			return false;
	}
	return digits % 2 == 0 || fail_word(reader, word,
		"has an odd number of digits");
}

/* --- fields of several words --------------------------------------------- */

/** Hexadecimal digits, in any number of words up to the end. */
static bool
field_hex(struct reader* reader, struct word word)
{
	unsigned odd = 0;
	uint32_t number = 0;
	enum next next = NEXT_WORD;
	size_t i;
	for(; next == NEXT_WORD; next = next_word(reader, &word, false)) {
		for(i = 0; i < word.len; i++, odd ^= 1) {
			int digit = hex_digit(word.text[i]);
			if(digit < 0 || word.quoted)
				return fail_word(reader, &word,
					"is not hexadecimal");
			number = number << 4 | (uint32_t)digit;
			if(odd && !put_number(reader, number & 0xff, 1))
				return false;
		}
	}
	if(next == NEXT_WRONG)
		return false;
	return !odd || fail(reader, "field %u has an odd number of "
		"hexadecimal digits", reader->field);
}

/** Base64, in any number of words up to the end. */
static bool
field_base64(struct reader* reader, struct word word)
{
	struct rdata_base64 base64 = { 0 };
	enum next next = NEXT_WORD;
	for(; next == NEXT_WORD; next = next_word(reader, &word, false)) {
		if(word.quoted || !rdata_base64_add(&base64, reader->rdata,
			word.text, word.len))
			return fail_word(reader, &word, "is not base64, or "
				"too long");
	}
	if(next == NEXT_WRONG)
		return false;
	return rdata_base64_end(&base64) || fail(reader, "field %u ends "
		"inside of base64", reader->field);
}

/** Types, in any order (RFC 4034 4.1.2). */
static bool
field_bitmap(struct reader* reader, struct word word)
{
	uint8_t bits[256][32] = { { 0 } };
	enum next next = NEXT_WORD;
	unsigned window, len;
	for(; next == NEXT_WORD; next = next_word(reader, &word, false)) {
		uint16_t type = word.quoted ? 0 :
			type_from_text(word.text, word.len);
		if(type == 0)
			return fail_word(reader, &word, "is not a type");
		bits[type >> 8][(type & 255) / 8] |= (uint8_t)(0x80 >>
			type % 8);
	}
	for(window = 0; window < 256; window++) {
		for(len = 32; len > 0 && bits[window][len - 1] == 0; len--)
			;
		if(len > 0 && (!put_number(reader, window << 8 | len, 2) ||
			!rdata_append(reader->rdata, bits[window], len)))
			return fail_full(reader);
	}
	return next == NEXT_END;
}

/** Parameters (RFC 9460 2.1). */
static bool
field_svcparams(struct reader* reader, struct word word)
{
	size_t from = reader->rdata->len;
	enum next next = NEXT_WORD;
	for(; next == NEXT_WORD; next = next_word(reader, &word, true)) {
		const char* why = word.quoted ? "is in quotes" :
			svcparams_add(reader->rdata, from, word.text,
			word.len);
		if(why)
			return fail_word(reader, &word, why);
	}
	return next == NEXT_END;
}

/** An address, a name or nothing, as a number says. */
static bool
read_gateway(struct reader* reader, const struct word* word, uint32_t kind)
{
	switch(kind) {
	case 0:
		return (word->len == 1 && word->text[0] == '.') ||
			fail_word(reader, word, "is not \".\", as there is no "
			"gateway of type 0");
	case 1:
		return field_address(reader, word, false);
	case 2:
		return field_address(reader, word, true);
	case 3:
		return field_name(reader, word);
	default:
		return fail(reader, "a gateway's type is 0, 1, 2 or 3");
	}
}

/** Precedence, type of gateway, algorithm, gateway, key (RFC 4025 3.1). */
static bool
field_ipseckey(struct reader* reader, struct word word)
{
	uint32_t kind;
	if(!field_number(reader, &word, 1) || !more_word(reader, &word) ||
		!read_number(reader, &word, 255, &kind) ||
		!put_number(reader, kind, 1) || !more_word(reader, &word) ||
		!field_number(reader, &word, 1) || !more_word(reader, &word) ||
		!read_gateway(reader, &word, kind) ||
		!more_word(reader, &word))
		return false;
	return field_base64(reader, word);
}

/** Algorithm, host identity tag, key; the servers are fields of their own
 * (RFC 8005 6). */
static bool
field_hip(struct reader* reader, struct word word)
{
	struct rdata* rdata = reader->rdata;
	struct rdata_base64 base64 = { 0 };
	struct reader tag = *reader;
	size_t len;
	if(!put_number(reader, 0, 1) || !field_number(reader, &word, 1) ||
		!put_number(reader, 0, 2) || !more_word(reader, &word))
		return false;
	/* a text of its own, as the digits end with the word */
	tag.at = tag.end = word.text + word.len;
	tag.within = false;
	if(!field_hex(&tag, word))
		return false;
	len = rdata->len - 4;
	if(len > 255)
		return fail_word(reader, &word, "is over 255 octets");
	rdata->wire[0] = (uint8_t)len;
	if(!more_word(reader, &word))
		return false;
	if(word.quoted || !rdata_base64_add(&base64, rdata, word.text,
		word.len) || !rdata_base64_end(&base64))
		return fail_word(reader, &word, "is not base64, or too long");
	len = rdata->len - 4 - len;
	ldns_write_uint16(rdata->wire + 2, (uint16_t)len);
	return true;
}

/** One address prefix: [!]family:address/bits (RFC 3123 5). */
static bool
field_apl(struct reader* reader, const struct word* word)
{
	const char* end = word->text + word->len;
	const char* at = word->text;
	bool negated = at < end && *at == '!';
	const char* slash = memchr(at, '/', word->len);
	struct word address, bits;
	uint32_t prefix;
	size_t start;
	bool v6;
	at += negated;
	if(word->quoted || !slash || slash - at < 2 || at[1] != ':' ||
		(at[0] != '1' && at[0] != '2'))
		return fail_word(reader, word, "is not such as "
			"1:192.0.2.0/24 or !2:2001:db8::/32");
	v6 = at[0] == '2';
	address = (struct word){ at + 2, (size_t)(slash - at) - 2, false };
	bits = (struct word){ slash + 1, (size_t)(end - slash) - 1, false };
	if(!read_number(reader, &bits, v6 ? 128 : 32, &prefix) ||
		!put_number(reader, v6 ? 2 : 1, 2) ||
		!put_number(reader, prefix << 8, 2))
		return false;
	start = reader->rdata->len;
	if(!field_address(reader, &address, v6))
		return false;
	/* zero octets at the end are not sent */
	while(reader->rdata->len > start &&
		reader->rdata->wire[reader->rdata->len - 1] == 0)
		reader->rdata->len--;
	reader->rdata->wire[start - 1] = (uint8_t)((negated ? 0x80 : 0) |
		(reader->rdata->len - start));
	return true;
}

/* --- places (RFC 1876) --------------------------------------------------- */

/**
 * Read a number such as -12.3.
 * @param decimals: how many of them it may have; number is as many tens as
 *	that.
 * @param metres: whether an m may be behind it.
 */
static bool
read_decimal(const struct reader* reader, const struct word* word,
	unsigned decimals, bool metres, int64_t* number)
{
	size_t i, len = word->len;
	bool minus = len > 0 && word->text[0] == '-';
	bool point = false, digit = false, good = !word->quoted;
	*number = 0;
	if(metres && len > 0 && (word->text[len - 1] | 0x20) == 'm')
		len--;
	for(i = minus; good && i < len; i++) {
		char c = word->text[i];
		if(c == '.' && !point && digit) {
			point = true;
		} else if(c >= '0' && c <= '9' && (!point || decimals > 0)) {
			decimals -= point;
			*number = *number * 10 + (c - '0');
			digit = true;
		} else	good = false;
		if(*number > INT64_C(100000000000))
			good = false;
	}
	for(; decimals > 0; decimals--)
		*number *= 10;
	if(minus)
		*number = -*number;
	return (good && digit) || fail_word(reader, word,
		"is not such a number as a LOC record has there");
}

/** Degrees, and maybe minutes and seconds, and a letter for the direction. */
static bool
read_angle(struct reader* reader, struct word* word, uint32_t degrees,
	char positive, char negative)
{
	uint32_t part[2] = { 0, 0 };
	int64_t seconds = 0, sum;
	unsigned n = 0;
	for(; word->len != 1 || (word->text[0] != positive &&
		word->text[0] != negative); n++) {
		if(n == 3)
			return fail_word(reader, word, "is not a direction, "
				"which is N or S, and E or W");
		if(n == 2 && !read_decimal(reader, word, 3, false, &seconds))
			return false;
		if(n < 2 && !read_number(reader, word, n == 0 ? degrees : 59,
			&part[n]))
			return false;
		if(!more_word(reader, word))
			return false;
	}
	sum = ((int64_t)part[0] * 60 + part[1]) * 60000 + seconds;
	if(n == 0 || seconds < 0 || seconds >= 60000 ||
		sum > (int64_t)degrees * 3600000)
		return fail_word(reader, word, "has no degrees, or too many "
			"seconds before it");
	if(word->text[0] == negative)
		sum = -sum;
	return put_number(reader, (uint32_t)(sum + INT64_C(0x80000000)), 4);
}

/** The size and the precisions: one digit and a power of ten, in cm. */
static bool
read_loc_sizes(struct reader* reader)
{
	/* 1 m, 10 km, 10 m */
	uint8_t size[3] = { 0x12, 0x16, 0x13 };
	struct word word;
	unsigned n;
	for(n = 0; n < 3; n++) {
		enum next next = next_word(reader, &word, false);
		int64_t number;
		uint8_t tens = 0;
		if(next == NEXT_WRONG)
			return false;
		if(next == NEXT_END)
			break;
		if(!read_decimal(reader, &word, 2, true, &number))
			return false;
		if(number < 0 || number > INT64_C(9000000000))
			return fail_word(reader, &word, "is not from 0 to "
				"90000000 m");
		for(; number >= 10; tens++)
			number /= 10;
		size[n] = (uint8_t)(number << 4 | tens);
	}
	memcpy(reader->rdata->wire + 1, size, sizeof(size));
	return true;
}

static bool
field_loc(struct reader* reader, struct word word)
{
	int64_t altitude;
	/* version, size and precisions, which come last in text */
	if(!put_number(reader, 0, 4) ||
		!read_angle(reader, &word, 90, 'N', 'S') ||
		!more_word(reader, &word) ||
		!read_angle(reader, &word, 180, 'E', 'W') ||
		!more_word(reader, &word) ||
		!read_decimal(reader, &word, 2, true, &altitude))
		return false;
	if(altitude < -10000000 || altitude > INT64_C(4284967295))
		return fail_word(reader, &word, "is not an altitude from "
			"-100000 to 42849672.95 m");
	return put_number(reader, (uint32_t)(altitude + 10000000), 4) &&
		read_loc_sizes(reader);
}

/* --- all fields ---------------------------------------------------------- */

/** Read a field. @param word: its first word. */
static bool
field_read(struct reader* reader, ldns_rdf_type field, const struct word* word)
{
	switch(field) {
	case LDNS_RDF_TYPE_INT8:
		return field_number(reader, word, 1);
	case LDNS_RDF_TYPE_INT16:
		return field_number(reader, word, 2);
	case LDNS_RDF_TYPE_INT32:
		return field_number(reader, word, 4);
	case LDNS_RDF_TYPE_PERIOD:
		return field_period(reader, word);
	case LDNS_RDF_TYPE_ALG:
	case LDNS_RDF_TYPE_CERTIFICATE_USAGE:
	case LDNS_RDF_TYPE_SELECTOR:
	case LDNS_RDF_TYPE_MATCHING_TYPE:
		return field_mnemonic(reader, word, field, 1);
	case LDNS_RDF_TYPE_CERT_ALG:
		return field_mnemonic(reader, word, field, 2);
	case LDNS_RDF_TYPE_A:
		return field_address(reader, word, false);
	case LDNS_RDF_TYPE_AAAA:
		return field_address(reader, word, true);
	case LDNS_RDF_TYPE_DNAME:
		return field_name(reader, word);
	case LDNS_RDF_TYPE_STR:
		return field_string(reader, word);
	case LDNS_RDF_TYPE_LONG_STR:
		return put_octets(reader, word);
	case LDNS_RDF_TYPE_TAG:
		return field_tag(reader, word);
	case LDNS_RDF_TYPE_HEX:
		return field_hex(reader, *word);
	case LDNS_RDF_TYPE_B64:
		return field_base64(reader, *word);
	case LDNS_RDF_TYPE_EUI48:
		return field_groups(reader, word, 6, '-', 2, 1);
	case LDNS_RDF_TYPE_EUI64:
		return field_groups(reader, word, 8, '-', 2, 1);
	case LDNS_RDF_TYPE_ILNP64:
		return field_groups(reader, word, 4, ':', 1, 2);
	case LDNS_RDF_TYPE_NSAP:
		return field_nsap(reader, word);
	case LDNS_RDF_TYPE_NSEC:
		return field_bitmap(reader, *word);
	case LDNS_RDF_TYPE_SVCPARAMS:
		return field_svcparams(reader, *word);
	case LDNS_RDF_TYPE_IPSECKEY:
		return field_ipseckey(reader, *word);
	case LDNS_RDF_TYPE_HIP:
		return field_hip(reader, *word);
	case LDNS_RDF_TYPE_APL:
		return field_apl(reader, word);
	case LDNS_RDF_TYPE_LOC:
		return field_loc(reader, *word);
	default:
		return fail_word(reader, word, "is not known");
	}
}

/** Read all fields of a type. */
static bool
fields_read(struct reader* reader, uint16_t type)
{
	unsigned n, min = fields_min(type);
	for(n = 0;; n++) {
		ldns_rdf_type field = fields_nth(type, n);
		struct word word;
		enum next next = next_word(reader, &word,
			field == LDNS_RDF_TYPE_SVCPARAMS);
		if(next == NEXT_WRONG)
			return false;
		if(next == NEXT_END)
			break;
		reader->field = n + 1;
		if(field == LDNS_RDF_TYPE_NONE)
			return fail_word(reader, &word, "is one too many: a "
				"value is the rdata and no more");
		if(!field_read(reader, field, &word))
			return false;
	}
	return n >= min || fail(reader, "there are %u fields, of %u", n, min);
}

/** Read the form for unknown types (RFC 3597 5), of which `\#` is read. */
static bool
generic_read(struct reader* reader)
{
	struct word word;
	uint32_t len;
	enum next next;
	if(!more_word(reader, &word) ||
		!read_number(reader, &word, RDATA_MAX, &len))
		return false;
	next = next_word(reader, &word, false);
	reader->field = 2;
	if(next == NEXT_WRONG ||
		(next == NEXT_WORD && !field_hex(reader, word)))
		return false;
	return reader->rdata->len == len || fail(reader, "\\# says that there "
		"are %lu octets, and there are %zu", (unsigned long)len,
		reader->rdata->len);
}

bool
presentation_is_generic(const char* text, size_t len)
{
	return len >= 2 && memcmp(text, "\\#", 2) == 0 &&
		(len == 2 || is_end_of_word(text[2]));
}

bool
presentation_is_known(uint16_t type)
{
	ldns_rdf_type field = fields_nth(type, 0);
	return field != LDNS_RDF_TYPE_UNKNOWN && field != LDNS_RDF_TYPE_NONE &&
		type != LDNS_RR_TYPE_ATMA && type != LDNS_RR_TYPE_WKS;
}

bool
presentation_read(struct rdata* rdata, uint16_t type, const char* text,
	size_t len, char* reason)
{
	struct reader reader = { .at = text, .end = text + len, .field = 1,
		.rdata = rdata, .reason = reason };
	const char* why;
	rdata->len = 0;
	*reason = 0;
	if(presentation_is_generic(text, len)) {
		reader.at += 2;
		if(!generic_read(&reader))
			return false;
	} else if(!presentation_is_known(type)) {
		return fail(&reader, "it is not in the form \\# LENGTH HEX");
	} else if(!fields_read(&reader, type)) {
		return false;
	}
	why = fields_check(type, rdata->wire, rdata->len);
	return !why || fail(&reader, "the rdata %s", why);
}
