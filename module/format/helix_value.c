/*
 * format/helix_value.c - the helix format: values.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "format/helix.h"
#include "base/text.h"
#include "dns/rdata/rdata.h"
#include "dns/type.h"
#include <arpa/inet.h>
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/** room for what expected_text writes */
#define EXPECTED_MAX 128

/** What a value of a type must be, for messages. */
struct example {
	/** RR type */
	uint16_t type;
	/** continues "expected ..." */
	const char* text;
};

static const struct example examples[] = {
	{ TYPE_A, "an IPv4 address such as 192.0.2.1" },
	{ TYPE_AAAA, "an IPv6 address such as 2001:db8::1" },
	{ TYPE_NS, "a name server such as ns1.example.com." },
	{ TYPE_CNAME, "a name such as www.example.com." },
	{ TYPE_DNAME, "a name such as example.net." },
	{ TYPE_PTR, "a name such as www.example.com." },
	{ TYPE_MX, "preference and host, such as 10 mail.example.com." },
	{ TYPE_SRV, "priority, weight, port and host, such as "
		"10 60 5060 sip.example.com." },
	{ TYPE_TXT, "text, or strings such as \"one\" \"two\"" },
	{ TYPE_SPF, "text, or strings such as \"one\" \"two\"" },
	{ TYPE_CAA, "flags, tag and value, such as "
		"0 issue \"ca.example.net\"" },
	{ TYPE_SOA, "two names and five numbers, such as ns.example.com. "
		"hostmaster.example.com. 1 3600 600 86400 5" },
	{ TYPE_TLSA, "usage, selector, matching type and digest, "
		"such as 3 1 1 0123...ef (64 digits)" },
	{ TYPE_SSHFP, "algorithm, type and fingerprint, such as "
		"4 2 0123...ef (64 digits)" },
	{ TYPE_NAPTR, "such as 100 10 \"S\" \"SIP+D2U\" \"\" "
		"_sip._udp.example.com." },
	{ TYPE_HTTPS, "priority, target and parameters, such as "
		"1 . alpn=h2,h3" },
	{ TYPE_SVCB, "priority, target and parameters, such as "
		"1 dns.example.com. alpn=dot port=853" },
	{ TYPE_DS, "key tag, algorithm, digest type and digest, such as "
		"12345 13 2 0123...ef (64 digits)" },
};

/**
 * What a value of a type must be, for messages: continues "expected ...".
 * @param room: EXPECTED_MAX octets, which the result may use.
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
	if(!rdata_has_format(type))
		return "\\# LENGTH HEX, such as \\# 2 0a0b";
	snprintf(room, EXPECTED_MAX, "the rdata of type %s in presentation "
		"format (see its RFC), or \\# LENGTH HEX",
		type_to_text(type, name));
	return room;
}

/** Whether a value of a type may be text without quotes. */
static bool
is_text_type(uint16_t type)
{
	return type == TYPE_TXT || type == TYPE_SPF;
}

/**
 * Note what looks wrong about a record that is served, unless something was
 * noted before.
 * @param what: what of the record looks wrong.
 * @param why: the sentence goes on with this; NULL if nothing looks wrong.
 */
static void
note_doubt(struct reason* reason, const char* what, const char* why)
{
	if(why && !*reason->text)
		(void)reason_say(reason, "%s %s", what, why);
}

/** Memory ran out, which is no fault of the value: leave no reason. @return
 * false, always. */
static bool
fail_memory(struct reason* reason)
{
	*reason->text = 0;
	return false;
}

/** Append one record's rdata to a set. */
static bool
set_append(struct record_set* set, const uint8_t* rdata, size_t len,
	struct reason* reason)
{
	return record_set_add(set, rdata, len) || fail_memory(reason);
}

/** Guess what is wrong with an address; "" if there is no guess. */
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

/** Read an address without rdata_read, as there can be a million of them. */
static bool
set_add_address(struct record_set* set, uint16_t type, const char* text,
	struct reason* reason)
{
	char out[RDATA_SHOWN_SIZE], room[EXPECTED_MAX];
	uint8_t wire[16];
	if(inet_pton(type == TYPE_A ? AF_INET : AF_INET6, text, wire) != 1)
		return reason_say(reason, "\"%s\" is not %s%s",
			text_show(text, strlen(text), out, sizeof(out)),
			expected_text(type, room), address_hint(type,
			text));
	return set_append(set, wire, type == TYPE_A ? 4 : 16, reason);
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/** Strip the white space around a text. */
static void
trim(const char** text, size_t* len)
{
	for(; *len > 0 && is_space(**text); (*len)--)
		(*text)++;
	while(*len > 0 && is_space((*text)[*len - 1]))
		(*len)--;
}

/** Add a text as it is, in strings of 255 octets. */
static bool
set_add_literal(struct record_set* set, const char* text, size_t len,
	struct reason* reason)
{
	struct rdata rdata;
	rdata.len = 0;
	do {
		size_t piece = len < 255 ? len : 255;
		if(!rdata_append_number(&rdata, (uint32_t)piece, 1) ||
			!rdata_append(&rdata, text, piece))
			return reason_say(reason, "the text makes rdata of "
				"over %d octets", RDATA_MAX);
		text += piece;
		len -= piece;
	} while(len > 0);
	return set_append(set, rdata.wire, rdata.len, reason);
}

/** Read one record's rdata in presentation format. */
static bool
set_add_presentation(struct record_set* set, uint16_t type, const char* text,
	size_t len, struct reason* reason)
{
	char room[EXPECTED_MAX];
	struct reason why;
	struct rdata rdata;
	bool ok = rdata_read(&rdata, type, text, len, &why);
	if(!ok || (*why.text && !*reason->text))
		(void)reason_say(reason, "%s; expected %s", why.text,
			expected_text(type, room));
	return ok && set_append(set, rdata.wire, rdata.len, reason);
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

/** Whether a text begins like a line of a zone file with `IN TXT` in it, with
 * or without owner and TTL. */
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

/** Whether a text begins with one text and ends with another. */
static bool
is_between(const char* text, size_t len, const char* begin, const char* end)
{
	size_t a = strlen(begin), b = strlen(end);
	return len >= a + b && memcmp(text, begin, a) == 0 &&
		memcmp(text + len - b, end, b) == 0;
}

/** What looks wrong in a text that is served as it is; NULL if nothing does. */
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

/** Set the reason for a quote in a text that does not begin with one. @return
 * false, always. */
static bool
fail_quote(const char* text, size_t len, struct reason* reason)
{
	if(begins_with_line(text, len))
		return reason_say(reason, "it begins as a line of a zone file "
			"does; expected only what is behind the type");
	return reason_say(reason, "it has a '\"' in it, and does not begin "
		"with one; expected text without any, or strings such as "
		"\"one\" \"two\", with \\\" for a quote in one");
}

/** Add a text whose backslashes are escapes as in zone files. */
static bool
set_add_escaped(struct record_set* set, const char* text, size_t len,
	struct reason* reason)
{
	const char* end = text + len;
	uint8_t* plain = malloc(len);
	size_t used = 0;
	const char* why = NULL;
	bool ok;
	if(!plain)
		return fail_memory(reason);
	while(text < end && !why)
		why = name_octet_read(&text, end, &plain[used++]);
	if(why) {
		ok = reason_say(reason, "it has \\; or \\\" in it, so that "
			"its backslashes are escapes, and %s", why);
	} else {
		note_doubt(reason, "the text", text_doubt((char*)plain, used));
		ok = set_add_literal(set, (char*)plain, used, reason);
	}
	free(plain);
	return ok;
}

/** Add a text that is not in the form of a zone file's strings. */
static bool
set_add_loose_text(struct record_set* set, const char* text, size_t len,
	struct reason* reason)
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
	note_doubt(reason, "the text", why);
	return set_add_literal(set, text, len, reason);
}

/** Read one record's rdata; text is one C string. */
static bool
set_add_text(struct record_set* set, uint16_t type, const char* text,
	struct reason* reason)
{
	char room[EXPECTED_MAX];
	size_t len = strlen(text);
	bool generic = rdata_is_generic(text, len);
	if((type == TYPE_A || type == TYPE_AAAA) && !generic)
		return set_add_address(set, type, text, reason);
	trim(&text, &len);
	if(len == 0)
		return reason_say(reason, "\"\" is no record; expected %s",
			expected_text(type, room));
	if(is_text_type(type) && !begins_with_string(text, len) &&
		!rdata_is_generic(text, len))
		return set_add_loose_text(set, text, len, reason);
	return set_add_presentation(set, type, text, len, reason);
}

/** A member of an SRV record in JSON. */
struct srv_member {
	/** its name; case does not matter */
	const char* name;
	/** its value */
	const cJSON* item;
};

/** Find all members of an SRV record in JSON. */
static bool
srv_members_find(const cJSON* json, struct srv_member* member, size_t members,
	struct reason* reason)
{
	char out[RDATA_SHOWN_SIZE];
	const cJSON* item;
	size_t i;
	cJSON_ArrayForEach(item, json) {
		for(i = 0; i < members; i++) {
			if(strcasecmp(item->string, member[i].name) == 0)
				break;
		}
		if(i == members)
			return reason_say(reason, "unknown JSON member "
				"\"%s\"; expected \"Priority\", \"Weight\", "
				"\"Port\" and \"Target\"",
				text_show(item->string,
				strlen(item->string), out, sizeof(out)));
		if(member[i].item)
			return reason_say(reason, "\"%s\" appears twice",
				member[i].name);
		member[i].item = item;
	}
	for(i = 0; i < members; i++) {
		if(!member[i].item)
			return reason_say(reason, "an SRV record has no "
				"\"%s\"; expected \"Priority\", \"Weight\", "
				"\"Port\" and \"Target\"", member[i].name);
	}
	return true;
}

/** Read an SRV record in the form of HelixDNS. */
static bool
set_add_srv(struct record_set* set, const cJSON* json, struct reason* reason)
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
			return reason_say(reason, "\"%s\" must be a whole "
				"number from 0 to 65535", member[i].name);
		(void)rdata_append_number(&rdata, (uint16_t)number, 2);
	}
	if(cJSON_IsString(member[3].item)) {
		const char* text = member[3].item->valuestring;
		why = strcmp(text, "@") == 0 ? "write it in full" :
			name_wire_from_text(target, &len, text, strlen(text));
		doubt = rdata_name_doubt(text, strlen(text),
			false);
	}
	if(why)
		return reason_say(reason, "\"Target\" is not a name such as "
			"sip.example.com.: %s", why);
	if(doubt && !*reason->text)
		(void)reason_say(reason, "\"Target\" %s; expected a name such "
			"as sip.example.com.", doubt);
	(void)rdata_append(&rdata, target, len);
	return set_append(set, rdata.wire, rdata.len, reason);
}

/** Read a record in JSON: a string, or, for SRV, an object, too. */
static bool
set_add_json_record(struct record_set* set, uint16_t type, const cJSON* item,
	struct reason* reason)
{
	char room[EXPECTED_MAX];
	if(type == TYPE_SRV && cJSON_IsObject(item))
		return set_add_srv(set, item, reason);
	if(!cJSON_IsString(item))
		return reason_say(reason, "the JSON value must hold strings, "
			"each %s", expected_text(type, room));
	return set_add_text(set, type, item->valuestring, reason);
}

/** Read a record, or an array of records. */
static bool
set_add_json_rdata(struct record_set* set, uint16_t type, const cJSON* json,
	struct reason* reason)
{
	char room[EXPECTED_MAX];
	const cJSON* item;
	if(!cJSON_IsArray(json))
		return set_add_json_record(set, type, json, reason);
	if(!json->child)
		return reason_say(reason, "the JSON array is empty; expected "
			"%s in it", expected_text(type, room));
	cJSON_ArrayForEach(item, json) {
		if(!set_add_json_record(set, type, item, reason))
			return false;
	}
	return true;
}

/** Read the member "ttl". */
static bool
set_read_ttl(struct record_set* set, const cJSON* item, struct reason* reason)
{
	double ttl = cJSON_IsNumber(item) ? item->valuedouble : -1;
	if(!(ttl >= 0 && ttl <= RECORD_TTL_MAX) ||
		ttl != (double)(uint32_t)ttl)
		return reason_say(reason, "\"ttl\" must be a whole number "
			"from 0 to %ld", (long)RECORD_TTL_MAX);
	set->ttl = (uint32_t)ttl;
	return true;
}

/** Read a JSON object: {"ttl": 60, "rdata": ...}. */
static bool
set_add_json_object(struct record_set* set, uint16_t type,
	const cJSON* json, struct reason* reason)
{
	const cJSON *item, *rdata = NULL, *ttl = NULL;
	char out[RDATA_SHOWN_SIZE];
	cJSON_ArrayForEach(item, json) {
		const cJSON** member = NULL;
		if(strcmp(item->string, "rdata") == 0)
			member = &rdata;
		else if(strcmp(item->string, "ttl") == 0)
			member = &ttl;
		if(!member)
			return reason_say(reason, "unknown JSON member "
				"\"%s\"; expected \"rdata\" and \"ttl\"",
				text_show(item->string,
				strlen(item->string), out, sizeof(out)));
		if(*member)
			return reason_say(reason, "\"%s\" appears twice",
				item->string);
		*member = item;
	}
	if(!rdata)
		return reason_say(reason, "the JSON object has no \"rdata\"; "
			"expected {\"ttl\": 60, \"rdata\": \"...\"}");
	if(ttl && !set_read_ttl(set, ttl, reason))
		return false;
	return set_add_json_rdata(set, type, rdata, reason);
}

/** Read a value that begins as JSON does. */
static bool
set_add_json(struct record_set* set, uint16_t type, const char* value,
	size_t len, struct reason* reason)
{
	const char* end = NULL;
	cJSON* json;
	bool ok;
	/* cJSON's strings are C strings: a NUL would end them too early */
	if(memmem(value, len, "\\u0000", 6))
		return reason_say(reason, "a JSON string has a NUL (\\u0000) "
			"in it");
	json = cJSON_ParseWithLengthOpts(value, len, &end, 0);
	if(!json)
		return reason_say(reason, "invalid JSON at octet %zu of %zu",
			end ? (size_t)(end - value) + 1 : 1, len);
	if(end != value + len)
		ok = reason_say(reason, "the JSON ends at octet %zu, and more "
			"follows", (size_t)(end - value));
	else if(cJSON_IsObject(json))
		ok = set_add_json_object(set, type, json, reason);
	else	ok = set_add_json_rdata(set, type, json, reason);
	cJSON_Delete(json);
	return ok;
}

/** The same; the reason also says how to write the value if it was meant as
 * text. */
static bool
set_add_json_or_hint(struct record_set* set, uint16_t type, const char* value,
	size_t len, struct reason* reason)
{
	if(set_add_json(set, type, value, len, reason))
		return true;
	if(is_text_type(type) && *reason->text)
		(void)reason_say(reason, "%s; if it is meant as text, put it "
			"in quotes: \"%c...\"", reason->text, *value);
	return false;
}

/** Read a value that is one record. */
static bool
set_add_plain(struct record_set* set, uint16_t type, const char* value,
	size_t len, struct reason* reason)
{
	char* text = strndup(value, len);
	bool ok;
	if(!text)
		return fail_memory(reason);
	ok = set_add_text(set, type, text, reason);
	free(text);
	return ok;
}

bool
helix_value_read(struct record_set* set, uint16_t type, const char* value,
	size_t len, struct reason* reason)
{
	char room[EXPECTED_MAX], name[TYPE_TEXT_MAX];
	bool ok;
	memset(set, 0, sizeof(*set));
	set->ttl = RECORD_TTL_NONE;
	*reason->text = 0;
	if(type_is_meta(type) || type_is_signers(type))
		return reason_say(reason, "its type is not served");
	trim(&value, &len);
	if(len == 0)
		return reason_say(reason, "the value is empty; expected %s",
			expected_text(type, room));
	if(memchr(value, 0, len))
		return reason_say(reason, "the value has a NUL octet in it; "
			"expected %s", expected_text(type, room));
	if(*value == '[' || *value == '{')
		ok = set_add_json_or_hint(set, type, value, len, reason);
	else	ok = set_add_plain(set, type, value, len, reason);
	if(ok && set->count > 1 && type_is_single(type))
		return reason_say(reason, "a name has one %s record, and the "
			"value has %lu", type_to_text(type, name),
			(unsigned long)set->count);
	return ok;
}
