/*
 * format/helix.c - the format that this project defines: its keys and values.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "format/helix.h"
#include "dns/presentation.h"
#include "dns/rdata.h"
#include "dns/type.h"
#include <arpa/inet.h>
#include <cjson/cJSON.h>
#include <ctype.h>
#include <ldns/ldns.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/** room for what expected_text writes */
#define EXPECTED_MAX 128

/** What a record of a type looks like. */
struct example {
	/** RR type */
	uint16_t type;
	/** what a value must be, for messages */
	const char* text;
};

static const struct example examples[] = {
	{ TYPE_A, "an IPv4 address such as 192.0.2.1" },
	{ TYPE_AAAA, "an IPv6 address such as 2001:db8::1" },
	{ TYPE_NS, "a name server such as ns1.example.com." },
	{ TYPE_CNAME, "a name such as www.example.com." },
	{ TYPE_DNAME, "a name such as example.net." },
	{ LDNS_RR_TYPE_PTR, "a name such as www.example.com." },
	{ TYPE_MX, "preference and host, such as 10 mail.example.com." },
	{ TYPE_SRV, "priority, weight, port and host, such as "
		"10 60 5060 sip.example.com." },
	{ TYPE_TXT, "text, or strings such as \"one\" \"two\"" },
	{ LDNS_RR_TYPE_SPF, "text, or strings such as \"one\" \"two\"" },
	{ LDNS_RR_TYPE_CAA, "flags, tag and value, such as "
		"0 issue \"ca.example.net\"" },
	{ TYPE_SOA, "two names and five numbers, such as ns.example.com. "
		"hostmaster.example.com. 1 3600 600 86400 5" },
	{ LDNS_RR_TYPE_TLSA, "usage, selector, matching type and digest, "
		"such as 3 1 1 0123...ef (64 digits)" },
	{ LDNS_RR_TYPE_SSHFP, "algorithm, type and fingerprint, such as "
		"4 2 0123...ef (64 digits)" },
	{ LDNS_RR_TYPE_NAPTR, "such as 100 10 \"S\" \"SIP+D2U\" \"\" "
		"_sip._udp.example.com." },
	{ LDNS_RR_TYPE_HTTPS, "priority, target and parameters, such as "
		"1 . alpn=h2,h3" },
	{ LDNS_RR_TYPE_SVCB, "priority, target and parameters, such as "
		"1 dns.example.com. alpn=dot port=853" },
	{ TYPE_DS, "key tag, algorithm, digest type and digest, such as "
		"12345 13 2 0123...ef (64 digits)" },
};

/**
 * What a value must be, for messages.
 * @param room: EXPECTED_MAX octets.
 */
static const char*
expected_text(uint16_t type, char* room)
{
	char name[TYPE_TEXT_MAX];
	size_t i;
	for(i = 0; i < sizeof(examples) / sizeof(*examples); i++) {
		if(examples[i].type == type)
			return examples[i].text;
	}
	if(!presentation_is_known(type))
		return "\\# LENGTH HEX, such as \\# 2 0a0b";
	snprintf(room, EXPECTED_MAX, "the rdata of type %s in presentation "
		"format (see its RFC), or \\# LENGTH HEX",
		type_to_text(type, name));
	return room;
}

/** Whether text that is not in quotes is taken as it is. */
static bool
is_text_type(uint16_t type)
{
	return type == TYPE_TXT || type == LDNS_RR_TYPE_SPF;
}

/** Where the last segment of a path begins. */
static const char*
last_segment(const char* path, const char* end)
{
	const char* slash = memrchr(path, '/', (size_t)(end - path));
	return slash ? slash + 1 : path;
}

/** Whether a type's segment is a name that libldns 1.8.3 did not have. */
static bool
is_young_name(uint16_t type, const char* segment, size_t len)
{
	return type != 0 && !type_name_is_old(type) &&
		(len < 4 || memcmp(segment, "TYPE", 4) != 0);
}

/** Whether a type's segment is as type_to_text would have it, and not TYPE1
 * for A; names of types have no other way. */
static bool
is_plain_type(uint16_t type, const char* segment, size_t len)
{
	char text[TYPE_TEXT_MAX];
	if(len < 4 || memcmp(segment, "TYPE", 4) != 0)
		return true;
	type_to_text(type, text);
	return strlen(text) == len && memcmp(segment, text, len) == 0;
}

/**
 * Split a path into the owner's part, the type and the id.
 * @param key: type, source and source_len are set.
 * @param owner_len: set to the octets of path that are the owner's labels.
 * @param literal: set to whether the type is spelled in the plain way.
 * @param two_types: set to whether the last two segments are types.
 * @return NULL, or why there is no type.
 */
static const char*
path_split(struct contribution* key, const char* path, size_t len,
	size_t* owner_len, bool* literal, bool* two_types)
{
	const char* end = path + len;
	const char* last = last_segment(path, end);
	const char *type_at = last, *before = last;
	uint16_t before_type = 0;
	key->source = end;
	key->source_len = 0;
	if(last == end)
		return "a segment is empty (a doubled or final '/')";
	if(last > path) {
		before = last_segment(path, last - 1);
		before_type = type_from_text(before,
			(size_t)(last - 1 - before));
	}
	key->type = type_from_text(last, (size_t)(end - last));
	*two_types = key->type != 0 && before_type != 0;
	if(last > path && (key->type == 0 || (before_type != 0 &&
		is_young_name(key->type, last, (size_t)(end - last))))) {
		key->source = last;
		key->source_len = (size_t)(end - last);
		end = last - 1;
		type_at = before;
		key->type = before_type;
		*two_types = false;
	}
	if(key->type == 0)
		return "neither its last segment nor the one before it is a "
			"type; types are in upper case, as A or AAAA";
	*literal = is_plain_type(key->type, type_at, (size_t)(end - type_at));
	*owner_len = type_at > path ? (size_t)(type_at - path) - 1 : 0;
	return NULL;
}

/** Why a type can't be served at a name; NULL if it can. */
static const char*
type_refused(uint16_t type, const struct name* owner)
{
	bool wildcard = owner->wire[0] == 1 && owner->wire[1] == '*';
	if(type_is_meta(type))
		return "its type is one that only queries have";
	if(type_is_signers(type))
		return "its type is one that only a signer makes, and zones "
			"are not signed here";
	if(wildcard && (type == TYPE_NS || type == TYPE_DNAME))
		return "it is NS or DNAME at a wildcard, and RFC 4592 leaves "
			"undefined what that means";
	return NULL;
}

/** Whether a '%' begins an octet as URLs have it. */
static bool
is_percent_octet(const char* at, const char* end)
{
	return *at == '%' && end - at >= 3 && isxdigit((unsigned char)at[1]) &&
		isxdigit((unsigned char)at[2]);
}

/** What looks wrong in the labels of a path; NULL if nothing does. What is
 * escaped was meant. */
static const char*
labels_doubt(const char* path, size_t len)
{
	const char *at = path, *end = path + len;
	for(; at < end; at++) {
		unsigned char c = (unsigned char)*at;
		/* nearly all there are, of a million keys */
		if((c >= 'a' && c <= 'z') || (c >= '-' && c <= '9'))
			continue;
		if(c == '\\' && at + 1 < end)
			at++;
		else if(c >= 0x7f)
			return "a label is not ASCII: clients ask for such a "
				"name in the form that begins with xn--";
		else if(c <= ' ' || c == '"')
			return "a label has a space, a quote or a control "
				"character in it; if it is meant, escape it, "
				"as \\032";
		else if(is_percent_octet(at, end))
			return "a label has a % in it as URLs have, and no "
				"octet is written so here; if it is meant, "
				"write \\%";
		else if(c == '@' && (at == path || at[-1] == '/') &&
			(at + 1 == end || at[1] == '/'))
			return "a label is @, which stands for no other name "
				"here: write the key without it; if it is "
				"meant, write \\@";
	}
	return NULL;
}

/** As helix_key_read. @param doubtful: set to whether helix_key_doubt has
 * something to say. */
static const char*
key_read(struct contribution* key, const char* path, size_t len,
	bool* doubtful)
{
	bool plain_type, plain_name, two_types;
	size_t owner_len = 0;
	const char* why = path_split(key, path, len, &owner_len, &plain_type,
		&two_types);
	if(why)
		return why;
	*doubtful = two_types || labels_doubt(path, owner_len);
	if(owner_len == 0 && path[0] == '/')
		return "a segment is empty (a doubled or final '/')";
	why = name_from_path(&key->owner, path, owner_len, &plain_name);
	if(why)
		return why;
	if(key->source_len > UINT16_MAX)
		return "its id is over 65535 octets";
	if((why = type_refused(key->type, &key->owner)) != NULL)
		return two_types ? "its last two segments are types, and the "
			"last one, which counts, is not served here; an id "
			"must not be the name of a type" : why;
	if(!plain_type || !plain_name) {
		if(len > UINT16_MAX)
			return "the key is over 65535 octets";
		key->source = path;
		key->source_len = len;
	}
	return NULL;
}

const char*
helix_key_read(struct contribution* contribution, const char* path,
	size_t len)
{
	bool doubtful;
	return key_read(contribution, path, len, &doubtful);
}

void
helix_key_doubt(const struct contribution* contribution, const char* path,
	size_t len, char* reason)
{
	const char* last = last_segment(path, path + len);
	const char *before, *why;
	char owner[NAME_TEXT_MAX], type[TYPE_TEXT_MAX];
	struct contribution again;
	bool plain, two_types = false;
	size_t owner_len = 0;
	(void)path_split(&again, path, len, &owner_len, &plain, &two_types);
	why = labels_doubt(path, owner_len);
	if(!two_types) {
		snprintf(reason, RECORD_REASON_MAX, "%s", why ? why : "");
		return;
	}
	before = last_segment(path, last - 1);
	snprintf(reason, RECORD_REASON_MAX, "its last two segments are types, "
		"so that it is %s of %.80s, and not %.*s with the id %.*s; "
		"write that label, or that id, in lower case",
		type_to_text(contribution->type, type),
		name_to_text(contribution->owner.wire, owner),
		(int)(last - 1 - before), before, (int)(path + len - last),
		last);
}

/** room for the path of any key without its id: the name, the type with its
 * NUL, and a '/' behind each */
#define PATH_MAX_OCTETS (NAME_WIRE_MAX + 16 + 2)

/**
 * The path of a key, as far as a directory can reach: without its id.
 * @param path: room for PATH_MAX_OCTETS.
 * @param len: set to its octets.
 * @return path, or the whole path where the key keeps it.
 */
static const char*
key_path(const struct contribution* key, char* path, size_t* len)
{
	char* at;
	/* TYPE1 is no id, but a path without a '/' */
	if(memchr(key->source, '/', key->source_len) ||
		(key->owner.len == 1 && key->source_len > 4 &&
		memcmp(key->source, "TYPE", 4) == 0 &&
		type_from_text(key->source, key->source_len) != 0)) {
		*len = key->source_len;
		return key->source;
	}
	at = path + name_to_path(&key->owner, path);
	if(at > path)
		*at++ = '/';
	type_to_text(key->type, at);
	at += strlen(at);
	if(key->source_len > 0)
		*at++ = '/';
	*len = (size_t)(at - path);
	return path;
}

size_t
helix_key_write(const struct contribution* key, char* path, size_t size)
{
	char buffer[PATH_MAX_OCTETS];
	size_t len, id;
	const char* start = key_path(key, buffer, &len);
	/* where the source is the whole path, nothing follows */
	id = start == key->source ? 0 : key->source_len;
	if(len > size)
		len = size;
	if(id > size - len)
		id = size - len;
	memcpy(path, start, len);
	memcpy(path + len, key->source, id);
	return len + id;
}

bool
helix_key_is_below(const struct contribution* key, const char* dir, size_t len)
{
	char buffer[PATH_MAX_OCTETS];
	size_t path_len;
	const char* path = key_path(key, buffer, &path_len);
	if(len == 0)
		return path[0] != '_' && !memmem(path, path_len, "/_", 2);
	return path_len > len && path[len] == '/' &&
		memcmp(path, dir, len) == 0 &&
		!memmem(path + len, path_len - len, "/_", 2);
}

/** Write a reason, and return false, so that a failure is one statement. */
static bool __attribute__((format(printf, 2, 3)))
fail(char* reason, const char* format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(reason, RECORD_REASON_MAX, format, args);
	va_end(args);
	return false;
}

/** Write what looks wrong though it is served, unless something was before. */
static void __attribute__((format(printf, 2, 3)))
note(char* reason, const char* format, ...)
{
	va_list args;
	if(*reason)
		return;
	va_start(args, format);
	vsnprintf(reason, RECORD_REASON_MAX, format, args);
	va_end(args);
}

/** Append one record's rdata to a set. */
static bool
set_append(struct record_set* set, const uint8_t* rdata, size_t len,
	char* reason)
{
	size_t need = set->rdata_len + 2 + len;
	if(need > set->rdata_size) {
		size_t size = need < 64 ? need : need * 2;
		uint8_t* grown = realloc(set->rdata, size);
		if(!grown)
			return fail(reason, "out of memory");
		set->rdata = grown;
		set->rdata_size = size;
	}
	set->rdata[set->rdata_len] = (uint8_t)(len >> 8);
	set->rdata[set->rdata_len + 1] = (uint8_t)len;
	memcpy(set->rdata + set->rdata_len + 2, rdata, len);
	set->rdata_len = need;
	set->count++;
	return true;
}

/** What is wrong with what is meant to be an address, if it can be told. */
static const char*
address_hint(uint16_t type, const char* text)
{
	char first[INET6_ADDRSTRLEN] = "";
	size_t len = strcspn(text, ", \t\n");
	uint8_t wire[16];
	if(*text == '"' || *text == '\'')
		return "; quotes are not wanted";
	if(strchr(text, ';'))
		return "; a value has no comments";
	if(len >= sizeof(first))
		return "";
	memcpy(first, text, len);
	if(inet_pton(type == TYPE_A ? AF_INET : AF_INET6, first, wire) == 1)
		return "; several are a JSON array";
	return "";
}

/** Read an address; there are a million of them, so by the short way. */
static bool
set_add_address(struct record_set* set, uint16_t type, const char* text,
	char* reason)
{
	char out[PRESENTATION_SHOWN_MAX + 4], room[EXPECTED_MAX];
	uint8_t wire[16];
	if(inet_pton(type == TYPE_A ? AF_INET : AF_INET6, text, wire) != 1)
		return fail(reason, "\"%s\" is not %s%s",
			presentation_shown(text, strlen(text), out),
			expected_text(type, room), address_hint(type,
			text));
	return set_append(set, wire, type == TYPE_A ? 4 : 16, reason);
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/** Take the white space around a text away. */
static void
trim(const char** text, size_t* len)
{
	for(; *len > 0 && is_space(**text); (*len)--)
		(*text)++;
	while(*len > 0 && is_space((*text)[*len - 1]))
		(*len)--;
}

/** Take a text as it is, in strings of 255 octets. */
static bool
set_add_literal(struct record_set* set, const char* text, size_t len,
	char* reason)
{
	struct rdata rdata;
	rdata.len = 0;
	do {
		size_t piece = len < 255 ? len : 255;
		if(!rdata_append_number(&rdata, (uint32_t)piece, 1) ||
			!rdata_append(&rdata, text, piece))
			return fail(reason, "the text makes rdata of over %d "
				"octets", RDATA_MAX);
		text += piece;
		len -= piece;
	} while(len > 0);
	return set_append(set, rdata.wire, rdata.len, reason);
}

/** Read one record's rdata in presentation format. */
static bool
set_add_presentation(struct record_set* set, uint16_t type, const char* text,
	size_t len, char* reason)
{
	char why[PRESENTATION_REASON_MAX], room[EXPECTED_MAX];
	struct rdata rdata;
	if(!presentation_read(&rdata, type, text, len, why))
		return fail(reason, "%s; expected %s", why,
			expected_text(type, room));
	if(*why)
		note(reason, "%s; expected %s", why, expected_text(type,
			room));
	return set_append(set, rdata.wire, rdata.len, reason);
}

/* --- text ---------------------------------------------------------------- */

/** Find the first quote that is not escaped. */
static const char*
find_quote(const char* text, const char* end)
{
	for(; text < end && *text != '"'; text++)
		text += *text == '\\' && text + 1 < end;
	return text < end ? text : NULL;
}

/** Whether a text begins as strings in a zone file do. */
static bool
begins_with_string(const char* text, size_t len)
{
	const char* end = text + len;
	if(text < end && *text == '(')
		text++;
	while(text < end && is_space(*text))
		text++;
	return text < end && *text == '"';
}

/** Whether a text begins as a line of a zone file does, with or without owner
 * and TTL: IN TXT. */
static bool
begins_with_line(const char* text, size_t len)
{
	const char* end = text + len;
	bool class = true;
	unsigned n;
	for(n = 0; n < 4 && text < end; n++) {
		size_t word = 0;
		while(text < end && is_space(*text))
			text++;
		while(text + word < end && !is_space(text[word]))
			word++;
		if(class && word == 3 && (memcmp(text, "TXT", 3) == 0 ||
			memcmp(text, "SPF", 3) == 0))
			return true;
		class = word == 2 && memcmp(text, "IN", 2) == 0;
		text += word;
	}
	return false;
}

/** Whether a text begins and ends with other texts. */
static bool
is_between(const char* text, size_t len, const char* begin, const char* end)
{
	size_t a = strlen(begin), b = strlen(end);
	return len >= a + b && memcmp(text, begin, a) == 0 &&
		memcmp(text + len - b, end, b) == 0;
}

/** What looks wrong in a text that is served as it is; NULL if nothing. */
static const char*
text_doubt(const char* text, size_t len)
{
	size_t i;
	if(begins_with_line(text, len))
		return "begins as a line of a zone file does; expected only "
			"what is behind the type";
	if(*text == ';')
		return "begins with a ';', as a comment of a zone file does";
	if(is_between(text, len, "(", ")"))
		return "is in parentheses, which are no part of a text in a "
			"zone file";
	if(is_between(text, len, "'", "'") || is_between(text, len, "`", "`")
		|| is_between(text, len, "\"", "\"") ||
		is_between(text, len, "\342\200\234", "\342\200\235"))
		return "is in quotes of a kind that are served with it";
	for(i = 0; i < len; i++) {
		if((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return "has a line break or another control character "
				"in it";
	}
	return NULL;
}

/** Why a text that does not begin with a quote has one. */
static bool
fail_quote(const char* text, size_t len, char* reason)
{
	if(begins_with_line(text, len))
		return fail(reason, "it begins as a line of a zone file does; "
			"expected only what is behind the type");
	return fail(reason, "it has a '\"' in it, and does not begin with one; "
		"expected text without any, or strings such as \"one\" "
		"\"two\", with \\\" for a quote in one");
}

/** Take a text with the escapes of zone files. */
static bool
set_add_escaped(struct record_set* set, const char* text, size_t len,
	char* reason)
{
	const char* end = text + len;
	uint8_t* plain = malloc(len);
	size_t used = 0;
	const char* why = NULL;
	bool ok;
	if(!plain)
		return fail(reason, "out of memory");
	while(text < end && !why)
		why = name_octet_read(&text, end, &plain[used++]);
	if(why) {
		ok = fail(reason, "it has \\; or \\\" in it, so that its "
			"backslashes are escapes, and %s", why);
	} else {
		why = text_doubt((char*)plain, used);
		if(why)
			note(reason, "the text %s", why);
		ok = set_add_literal(set, (char*)plain, used, reason);
	}
	free(plain);
	return ok;
}

/** Read text that is no strings of a zone file. */
static bool
set_add_loose_text(struct record_set* set, const char* text, size_t len,
	char* reason)
{
	const char* why;
	if(find_quote(text, text + len))
		return fail_quote(text, len, reason);
	if(memmem(text, len, "\\;", 2) || memmem(text, len, "\\\"", 2))
		return set_add_escaped(set, text, len, reason);
	why = text_doubt(text, len);
	if(!why && memchr(text, '\\', len))
		why = "has backslashes in it, which are served as they are; "
			"they are escapes only in quotes, or beside \\; or "
			"\\\"";
	if(why)
		note(reason, "the text %s", why);
	return set_add_literal(set, text, len, reason);
}

/** Read one record's rdata; text is one C string. */
static bool
set_add_text(struct record_set* set, uint16_t type, const char* text,
	char* reason)
{
	char room[EXPECTED_MAX];
	size_t len = strlen(text);
	bool generic = presentation_is_generic(text, len);
	if((type == TYPE_A || type == TYPE_AAAA) && !generic)
		return set_add_address(set, type, text, reason);
	trim(&text, &len);
	if(len == 0)
		return fail(reason, "\"\" is no record; expected %s",
			expected_text(type, room));
	if(is_text_type(type) && !begins_with_string(text, len) &&
		!presentation_is_generic(text, len))
		return set_add_loose_text(set, text, len, reason);
	return set_add_presentation(set, type, text, len, reason);
}

/** A member of an SRV record in JSON. */
struct srv_member {
	/** its name, in any case */
	const char* name;
	/** what the value has for it */
	const cJSON* item;
};

/** Find what an SRV record's JSON has for each member. */
static bool
srv_members_find(const cJSON* json, struct srv_member* member, size_t members,
	char* reason)
{
	char out[PRESENTATION_SHOWN_MAX + 4];
	const cJSON* item;
	size_t i;
	cJSON_ArrayForEach(item, json) {
		for(i = 0; i < members; i++) {
			if(strcasecmp(item->string, member[i].name) == 0)
				break;
		}
		if(i == members)
			return fail(reason, "unknown JSON member \"%s\"; "
				"expected \"Priority\", \"Weight\", "
				"\"Port\" and \"Target\"",
				presentation_shown(item->string,
				strlen(item->string), out));
		if(member[i].item)
			return fail(reason, "\"%s\" is there twice",
				member[i].name);
		member[i].item = item;
	}
	for(i = 0; i < members; i++) {
		if(!member[i].item)
			return fail(reason, "an SRV record has no \"%s\"; "
				"expected \"Priority\", \"Weight\", "
				"\"Port\" and \"Target\"", member[i].name);
	}
	return true;
}

/** Read an SRV record as HelixDNS had it. */
static bool
set_add_srv(struct record_set* set, const cJSON* json, char* reason)
{
	struct srv_member member[] = { { "Priority", NULL },
		{ "Weight", NULL }, { "Port", NULL }, { "Target", NULL } };
	uint8_t target[NAME_WIRE_MAX];
	const char *why = "it is not a string", *doubt = NULL;
	struct rdata rdata;
	size_t i, len;
	rdata.len = 0;
	if(!srv_members_find(json, member, 4, reason))
		return false;
	for(i = 0; i < 3; i++) {
		double number = cJSON_IsNumber(member[i].item) ?
			member[i].item->valuedouble : -1;
		if(!(number >= 0 && number <= UINT16_MAX) ||
			number != (double)(uint16_t)number)
			return fail(reason, "\"%s\" must be a whole number "
				"from 0 to 65535", member[i].name);
		(void)rdata_append_number(&rdata, (uint16_t)number, 2);
	}
	if(cJSON_IsString(member[3].item)) {
		const char* text = member[3].item->valuestring;
		why = strcmp(text, "@") == 0 ? "write it in full" :
			name_wire_from_text(target, &len, text, strlen(text));
		doubt = presentation_name_doubt(text, strlen(text),
			false);
	}
	if(why)
		return fail(reason, "\"Target\" is not a name such as "
			"sip.example.com.: %s", why);
	if(doubt)
		note(reason, "\"Target\" %s; expected a name such as "
			"sip.example.com.", doubt);
	(void)rdata_append(&rdata, target, len);
	return set_append(set, rdata.wire, rdata.len, reason);
}

/** Read a record in JSON: a string, or, if it is SRV, an object. */
static bool
set_add_json_record(struct record_set* set, uint16_t type, const cJSON* item,
	char* reason)
{
	char room[EXPECTED_MAX];
	if(type == TYPE_SRV && cJSON_IsObject(item))
		return set_add_srv(set, item, reason);
	if(!cJSON_IsString(item))
		return fail(reason, "the JSON value must hold strings, each "
			"%s", expected_text(type, room));
	return set_add_text(set, type, item->valuestring, reason);
}

/** Read a record, or an array of records. */
static bool
set_add_json_rdata(struct record_set* set, uint16_t type, const cJSON* json,
	char* reason)
{
	char room[EXPECTED_MAX];
	const cJSON* item;
	if(!cJSON_IsArray(json))
		return set_add_json_record(set, type, json, reason);
	if(!json->child)
		return fail(reason, "the JSON array is empty; expected %s in "
			"it", expected_text(type, room));
	cJSON_ArrayForEach(item, json) {
		if(!set_add_json_record(set, type, item, reason))
			return false;
	}
	return true;
}

/** Read the member "ttl". */
static bool
set_read_ttl(struct record_set* set, const cJSON* item, char* reason)
{
	double ttl = cJSON_IsNumber(item) ? item->valuedouble : -1;
	if(!(ttl >= 0 && ttl <= RECORD_TTL_MAX) ||
		ttl != (double)(uint32_t)ttl)
		return fail(reason, "\"ttl\" must be a whole number from 0 to "
			"%ld", (long)RECORD_TTL_MAX);
	set->ttl = (uint32_t)ttl;
	return true;
}

/** Read a JSON object: {"ttl": 60, "rdata": ...}. */
static bool
set_add_json_object(struct record_set* set, uint16_t type,
	const cJSON* json, char* reason)
{
	const cJSON *item, *rdata = NULL, *ttl = NULL;
	char out[PRESENTATION_SHOWN_MAX + 4];
	cJSON_ArrayForEach(item, json) {
		const cJSON** member = NULL;
		if(strcmp(item->string, "rdata") == 0)
			member = &rdata;
		else if(strcmp(item->string, "ttl") == 0)
			member = &ttl;
		if(!member)
			return fail(reason, "unknown JSON member \"%s\"; "
				"expected \"rdata\" and \"ttl\"",
				presentation_shown(item->string,
				strlen(item->string), out));
		if(*member)
			return fail(reason, "\"%s\" is there twice",
				item->string);
		*member = item;
	}
	if(!rdata)
		return fail(reason, "the JSON object has no \"rdata\"; "
			"expected {\"ttl\": 60, \"rdata\": \"...\"}");
	if(ttl && !set_read_ttl(set, ttl, reason))
		return false;
	return set_add_json_rdata(set, type, rdata, reason);
}

/** Read a value that begins as JSON does. */
static bool
set_add_json(struct record_set* set, uint16_t type, const char* value,
	size_t len, char* reason)
{
	const char* end = NULL;
	cJSON* json;
	bool ok;
	/* it would cut a string short, as cJSON's strings are C strings */
	if(memmem(value, len, "\\u0000", 6))
		return fail(reason, "a JSON string has a NUL (\\u0000) in it");
	json = cJSON_ParseWithLengthOpts(value, len, &end, 0);
	if(!json)
		return fail(reason, "the JSON is wrong at octet %zu of %zu",
			end ? (size_t)(end - value) + 1 : 1, len);
	if(end != value + len)
		ok = fail(reason, "the JSON ends at octet %zu, and more "
			"follows", (size_t)(end - value));
	else if(cJSON_IsObject(json))
		ok = set_add_json_object(set, type, json, reason);
	else	ok = set_add_json_rdata(set, type, json, reason);
	cJSON_Delete(json);
	return ok;
}

/** The same; whoever meant text is told how to write it. */
static bool
set_add_json_or_hint(struct record_set* set, uint16_t type, const char* value,
	size_t len, char* reason)
{
	size_t used;
	if(set_add_json(set, type, value, len, reason))
		return true;
	used = strlen(reason);
	if(is_text_type(type))
		snprintf(reason + used, RECORD_REASON_MAX - used, "; if it is "
			"meant as text, put it in quotes: \"%c...\"", *value);
	return false;
}

/** Read a value that is one record. */
static bool
set_add_plain(struct record_set* set, uint16_t type, const char* value,
	size_t len, char* reason)
{
	char* text = strndup(value, len);
	bool ok;
	if(!text)
		return fail(reason, "out of memory");
	ok = set_add_text(set, type, text, reason);
	free(text);
	return ok;
}

bool
helix_value_read(struct record_set* set, uint16_t type, const char* value,
	size_t len, char* reason)
{
	char room[EXPECTED_MAX], name[TYPE_TEXT_MAX];
	bool ok;
	memset(set, 0, sizeof(*set));
	set->ttl = RECORD_TTL_NONE;
	*reason = 0;
	if(type_is_meta(type) || type_is_signers(type))
		return fail(reason, "its type is not served");
	trim(&value, &len);
	if(len == 0)
		return fail(reason, "the value is empty; expected %s",
			expected_text(type, room));
	if(memchr(value, 0, len))
		return fail(reason, "the value has a NUL octet in it; "
			"expected %s", expected_text(type, room));
	if(*value == '[' || *value == '{')
		ok = set_add_json_or_hint(set, type, value, len, reason);
	else	ok = set_add_plain(set, type, value, len, reason);
	if(ok && set->count > 1 && type_is_single(type))
		return fail(reason, "a name has one %s record, and the value "
			"has %lu", type_to_text(type, name),
			(unsigned long)set->count);
	return ok;
}

void
record_set_clear(struct record_set* set)
{
	free(set->rdata);
	memset(set, 0, sizeof(*set));
	set->ttl = RECORD_TTL_NONE;
}

/* --- the format ---------------------------------------------------------- */

/** The state for one source: nothing but whom it works for. */
struct helix_source {
	/** that */
	struct format_target target;
};

static void*
format_open(const struct format_target* target)
{
	struct helix_source* source = malloc(sizeof(*source));
	if(source)
		source->target = *target;
	return source;
}

static void
format_close(void* state)
{
	free(state);
}

/** Write what is wrong with a value, or looks so, and what looks wrong with
 * its key, into one reason. */
static void
reason_join(char* reason, const char* of_value, const char* of_key)
{
	snprintf(reason, FORMAT_REASON_MAX, "%s%s%s", of_value,
		*of_value && *of_key ? "; and " : "", of_key);
}

/** Note in the store what a key's value gives; of a bad one, that the key
 * gives nothing any more: etcd is the truth. */
static enum format_result
value_put(const struct helix_source* source,
	const struct contribution* contribution, const char* value, size_t len,
	char* reason)
{
	struct store* store = source->target.store;
	struct record_set set;
	bool good = helix_value_read(&set, contribution->type, value, len,
		reason);
	bool ok = good ? store_put(store, contribution, &set) :
		store_remove(store, contribution);
	record_set_clear(&set);
	if(!ok)
		return FORMAT_NO_MEMORY;
	return good ? FORMAT_SERVED : FORMAT_BAD;
}

static enum format_result
format_put(void* state, const char* path, size_t len, const char* value,
	size_t value_len, char* reason)
{
	const struct helix_source* source = state;
	char of_value[RECORD_REASON_MAX], of_key[RECORD_REASON_MAX] = "";
	struct contribution contribution;
	enum format_result result = FORMAT_BAD;
	bool doubtful;
	const char* why = key_read(&contribution, path, len, &doubtful);
	if(!why)
		result = source->target.admit(source->target.arg,
			&contribution, &why);
	if(result != FORMAT_SERVED) {
		reason_join(reason, why ? why : "", "");
		return result;
	}
	result = value_put(source, &contribution, value, value_len, of_value);
	if(doubtful)
		helix_key_doubt(&contribution, path, len, of_key);
	reason_join(reason, of_value, of_key);
	return result;
}

static bool
format_remove(void* state, const char* path, size_t len)
{
	const struct helix_source* source = state;
	struct contribution contribution;
	const char* why;
	return helix_key_read(&contribution, path, len) ||
		source->target.admit(source->target.arg, &contribution, &why)
		!= FORMAT_SERVED ||
		store_remove(source->target.store, &contribution);
}

/** A directory that is gone. */
struct gone_dir {
	/** whose keys */
	const struct helix_source* source;
	/** its path */
	const char* path;
	/** octets of path */
	size_t len;
	/** the path as a name, which the names of the keys in it end with;
	 * len 0: it is none */
	struct name inside;
	/** the directory above as a name, which keys in it have where its last
	 * segment is a type */
	struct name above;
};

/** Whether an owner ends with a name, which with len 0 is none. */
static bool
owner_ends(const struct name* name, const struct name* owner)
{
	return name->len > 0 && name_ends(name, owner->wire, owner->len);
}

/** Note that a contribution is gone if its key lies below a directory. */
static bool
gone_dir_see(void* arg, const struct contribution* contribution)
{
	const struct gone_dir* gone = arg;
	const struct format_target* target = &gone->source->target;
	const struct name* owner = &contribution->owner;
	const char* why;
	/* nearly all keys are elsewhere, and this is quick */
	if(!owner_ends(&gone->inside, owner) && !(owner->len ==
		gone->above.len && owner_ends(&gone->above, owner)))
		return true;
	if(!helix_key_is_below(contribution, gone->path, gone->len))
		return true;
	(void)target->admit(target->arg, contribution, &why);
	return store_remove(target->store, contribution);
}

/* The keys below a directory have one of two names, or a name below the first:
 * where nothing is below that, as with the directory of a host or of an RRset,
 * no other name is looked at. */
static bool
format_remove_below(void* state, const char* dir, size_t len)
{
	struct gone_dir gone = { .source = state, .path = dir, .len = len };
	struct store* store = gone.source->target.store;
	const char* slash = memrchr(dir, '/', len);
	bool literal;
	if(name_from_path(&gone.inside, dir, len, &literal))
		gone.inside.len = 0;
	if(name_from_path(&gone.above, dir, slash ? (size_t)(slash - dir) : 0,
		&literal))
		return true;
	if(gone.inside.len > 0 && store_has_below(store, &gone.inside))
		return store_walk(store, NULL, gone_dir_see, &gone);
	return (gone.inside.len == 0 || store_walk(store, &gone.inside,
		gone_dir_see, &gone)) && store_walk(store, &gone.above,
		gone_dir_see, &gone);
}

static size_t
format_key_write(void* state, const struct contribution* contribution,
	char* path, size_t size)
{
	(void)state;
	return helix_key_write(contribution, path, size);
}

/** Write the labels of a name in reverse. */
static void
name_reverse(const struct name* name, struct name* reversed)
{
	size_t at = 0, to = (size_t)name->len - 1;
	reversed->len = name->len;
	reversed->wire[to] = 0;
	while(name->wire[at]) {
		size_t label = (size_t)name->wire[at] + 1;
		to -= label;
		memcpy(reversed->wire + to, name->wire + at, label);
		at += label;
	}
}

/** Whether the plain path of an owner, without escapes, names it. */
static bool
has_plain_path(const struct name* owner)
{
	char path[NAME_WIRE_MAX];
	struct name again;
	bool literal;
	return !name_from_path(&again, path, name_to_path(owner, path),
		&literal) && again.len == owner->len &&
		memcmp(again.wire, owner->wire, again.len) == 0;
}

/* A key that has its labels in the order of names. */
static size_t
format_key_meant(void* state, const char* path, size_t len, char* meant,
	size_t size)
{
	const struct format_target* target =
		&((const struct helix_source*)state)->target;
	struct contribution contribution;
	struct name reversed;
	if(helix_key_read(&contribution, path, len))
		return 0;
	name_reverse(&contribution.owner, &reversed);
	if(!target->has_zone(target->arg, &reversed) ||
		!has_plain_path(&reversed))
		return 0;
	contribution.owner = reversed;
	/* the source may be the whole path, as it is now */
	if(memchr(contribution.source, '/', contribution.source_len))
		contribution.source_len = 0;
	return helix_key_write(&contribution, meant, size);
}

const struct format helix_format = {
	.name = "helix",
	.open = format_open,
	.close = format_close,
	.put = format_put,
	.remove = format_remove,
	.remove_below = format_remove_below,
	.key_write = format_key_write,
	.key_meant = format_key_meant,
};
