/*
 * dns/rdata/text.c - reading and writing rdata word by word.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "dns/rdata/text.h"
#include "base/base64.h"
#include "base/text.h"
#include "dns/name.h"
#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* --- reasons ------------------------------------------------------------- */

bool
reader_fail_word(const struct reader* reader, const struct word* word,
	const char* why)
{
	char out[RDATA_SHOWN_SIZE];
	return reason_say(reader->reason, "field %u, \"%s\", %s",
		reader->field, text_show(word->text, word->len, out,
		sizeof(out)), why);
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

/** Whether the last label is a number, or like 0/8. */
static bool
ends_in_number(const char* text, size_t len)
{
	const char* dot = memrchr(text, '.', len);
	const char* at = dot ? dot + 1 : text;
	const char* end = text + len;
	if(at == end || *at == '/')
		return false;
	while(at < end && (text_is_digit(*at) || *at == '/'))
		at++;
	return at == end;
}

/** Why an octet of a name is probably a mistake; NULL if it is not. */
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
rdata_name_doubt(const char* text, size_t len, bool bare)
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

/** Whether an octet ends a word, unless it is escaped or quoted. */
static bool
is_end_of_word(char c)
{
	return is_blank(c) || c == '(' || c == ')' || c == ';';
}

/** Skip white space and parentheses before a word. */
static bool
skip_blank(struct reader* reader)
{
	for(; reader->at < reader->end; reader->at++) {
		char c = *reader->at;
		if(c == ';')
			return reason_say(reader->reason, "a ';' begins a "
				"comment in zone files, and a value has none; "
				"leave it out, or write it in quotes, or "
				"\\;");
		if((c == '(') == reader->within && (c == '(' || c == ')'))
			return reason_say(reader->reason, "there is a '%c' "
				"too many", c);
		if(c == '(' || c == ')')
			reader->within = c == '(';
		else if(c == '\n' && !reader->within)
			return reason_say(reader->reason, "there is a line "
				"break outside of parentheses; several "
				"records are a JSON array");
		else if(!is_blank(c))
			break;
	}
	if(reader->at == reader->end && reader->within)
		return reason_say(reader->reason, "a '(' is not closed");
	return true;
}

/** Skip a string in quotes. */
static bool
skip_quoted(struct reader* reader)
{
	for(reader->at++; reader->at < reader->end; reader->at++) {
		if(*reader->at == '"') {
			reader->at++;
			return true;
		}
		if(*reader->at == '\n')
			return reason_say(reader->reason, "there is a line "
				"break in quotes; write \\010");
		if(*reader->at == '\\' && reader->at + 1 < reader->end)
			reader->at++;
	}
	return reason_say(reader->reason, "a quote is not closed");
}

enum next
reader_next(struct reader* reader, struct word* word, bool inner)
{
	if(!skip_blank(reader))
		return NEXT_WRONG;
	if(reader->at == reader->end)
		return NEXT_END;
	word->text = reader->word = reader->at;
	word->quoted = *reader->at == '"';
	while(reader->at < reader->end && !is_end_of_word(*reader->at)) {
		if(*reader->at == '"') {
			if(reader->at > word->text && !inner) {
				(void)reason_say(reader->reason, "there is a "
					"quote inside of a word; write \\\"");
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
		(void)reason_say(reader->reason, "something follows a quote "
			"without a space");
		return NEXT_WRONG;
	}
	word->text++;
	word->len -= 2;
	return NEXT_WORD;
}

bool
reader_more(struct reader* reader, struct word* word)
{
	switch(reader_next(reader, word, false)) {
	case NEXT_WORD:
		return true;
	case NEXT_END:
		(void)reason_say(reader->reason, "the %s ends in field %u",
			reader->in_zone ? "record" : "value", reader->field);
		break;
	case NEXT_WRONG:
		break;
	}
	return false;
}

bool
reader_number(const struct reader* reader, const struct word* word,
	uint64_t max, uint64_t* number)
{
	char why[64];
	size_t i = 0;
	if(!word->quoted && word->len > 0 && text_read_decimal(word->text,
		word->len, max, number) == word->len)
		return true;
	while(i < word->len && text_is_digit(word->text[i]))
		i++;
	snprintf(why, sizeof(why), "is not a %s from 0 to %llu",
		i == word->len && i > 0 && !word->quoted ? "number" :
		"whole number", (unsigned long long)max);
	return reader_fail_word(reader, word, why);
}

/** Set the reason: there is no room for more rdata. */
static bool
reader_fail_room(const struct reader* reader)
{
	return reason_say(reader->reason, "the rdata is over %d octets",
		RDATA_MAX);
}

bool
reader_put(struct reader* reader, const void* octets, size_t len)
{
	return rdata_append(reader->rdata, octets, len) ||
		reader_fail_room(reader);
}

bool
reader_put_number(struct reader* reader, uint32_t number, size_t octets)
{
	return rdata_append_number(reader->rdata, number, octets) ||
		reader_fail_room(reader);
}

bool
reader_put_text(struct reader* reader, const struct word* word)
{
	const char* at = word->text;
	const char* end = at + word->len;
	while(at < end) {
		uint8_t octet;
		const char* why = name_octet_read(&at, end, &octet);
		if(why)
			return reader_fail_word(reader, word, why);
		if(!reader_put(reader, &octet, 1))
			return false;
	}
	return true;
}

int
hex_digit(char c)
{
	if(text_is_digit(c))
		return c - '0';
	if(c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if(c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool
rdata_is_generic(const char* text, size_t len)
{
	return len >= 2 && memcmp(text, "\\#", 2) == 0 &&
		(len == 2 || is_end_of_word(text[2]));
}

bool
reader_base64(struct reader* reader, struct word word, bool rest)
{
	struct rdata* rdata = reader->rdata;
	struct base64 base64 = { .data = rdata->wire + rdata->len,
		.room = sizeof(rdata->wire) - rdata->len };
	enum next next = NEXT_WORD;
	for(; next == NEXT_WORD; next = rest ? reader_next(reader, &word,
		false) : NEXT_END) {
		if(word.quoted || !base64_add(&base64, word.text, word.len))
			return reader_fail_word(reader, &word, "is not "
				"base64, or too long");
	}
	if(next == NEXT_WRONG)
		return false;
	rdata->len += base64.len;
	return base64_is_whole(&base64) || reason_say(reader->reason,
		"field %u ends inside of base64", reader->field);
}

/* --- octets -------------------------------------------------------------- */

bool
octets_are_digits(const uint8_t* octets, size_t len)
{
	while(len > 0 && text_is_digit((char)*octets)) {
		octets++;
		len--;
	}
	return len == 0;
}

const char*
cursor_skip(struct cursor* cursor, size_t octets)
{
	if(cursor->left < octets)
		return "ends too early";
	cursor->at += octets;
	cursor->left -= octets;
	return NULL;
}

const uint8_t*
cursor_take(struct cursor* cursor, size_t octets)
{
	const uint8_t* at = cursor->at;
	(void)cursor_skip(cursor, octets);
	return at;
}

uint32_t
cursor_number(struct cursor* cursor, size_t octets)
{
	const uint8_t* at = cursor_take(cursor, octets);
	uint32_t number = 0;
	for(; octets > 0; octets--)
		number = number << 8 | *at++;
	return number;
}

/* --- writing ------------------------------------------------------------- */

/** Write characters as they are; those without room are only counted. */
static void
writer_put(struct writer* writer, const char* text, size_t len)
{
	if(writer->len < writer->size) {
		size_t room = writer->size - writer->len;
		memcpy(writer->text + writer->len, text, len < room ? len :
			room);
	}
	writer->len += len;
}

void
writer_print(struct writer* writer, const char* format, ...)
{
	/* nothing that is written is longer than a name */
	char text[NAME_TEXT_MAX];
	va_list args;
	int len;
	va_start(args, format);
	len = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	writer_put(writer, text, (size_t)len);
}

void
writer_octet(struct writer* writer, uint8_t octet)
{
	char one[TEXT_SHOW_OCTET];
	writer_put(writer, one, text_show_octet(octet, one));
}

void
writer_quote(struct writer* writer, const uint8_t* octets, size_t len)
{
	writer_put(writer, "\"", 1);
	for(; len > 0; len--)
		writer_octet(writer, *octets++);
	writer_put(writer, "\"", 1);
}

void
writer_hex(struct writer* writer, const uint8_t* octets, size_t len,
	const char* between)
{
	size_t i;
	for(i = 0; i < len; i++)
		writer_print(writer, "%s%02x", i > 0 ? between : "",
			(unsigned)octets[i]);
}

void
writer_base64(struct writer* writer, const uint8_t* octets, size_t len)
{
	char text[BASE64_SIZE(48)];
	while(len > 0) {
		size_t piece = len < 48 ? len : 48;
		base64_encode(octets, piece, text);
		writer_print(writer, "%s", text);
		octets += piece;
		len -= piece;
	}
}
