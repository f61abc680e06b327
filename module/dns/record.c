/*
 * dns/record.c - what an etcd key and its value mean as DNS records.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "dns/record.h"
#include "dns/type.h"
#include <cjson/cJSON.h>
#include <ldns/ldns.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** octets of a bad value that a message shows */
#define SHOWN_MAX 40

/** A type that is served. */
struct served_type {
	/** RR type */
	uint16_t type;
	/** how its rdata is read */
	ldns_rdf_type rdf;
	/** what a value must be, for messages */
	const char* expected;
};

static const struct served_type served_types[] = {
	{ LDNS_RR_TYPE_A, LDNS_RDF_TYPE_A,
		"an IPv4 address such as 192.0.2.1" },
	{ LDNS_RR_TYPE_AAAA, LDNS_RDF_TYPE_AAAA,
		"an IPv6 address such as 2001:db8::1" },
};

static const struct served_type*
served_type_find(uint16_t type)
{
	size_t i;
	for(i = 0; i < sizeof(served_types) / sizeof(*served_types); i++) {
		if(served_types[i].type == type)
			return &served_types[i];
	}
	return NULL;
}

/** Read the number of `TYPEnnn`; 0 if it is none, or out of bounds. */
static uint16_t
type_from_number(const char* digits)
{
	unsigned long number = 0;
	const char* p;
	if(*digits == '0')
		return 0;
	for(p = digits; *p; p++) {
		if(*p < '0' || *p > '9' || p - digits >= 5)
			return 0;
		number = number * 10 + (unsigned long)(*p - '0');
	}
	return number <= 65535 ? (uint16_t)number : 0;
}

/**
 * Read a segment as a type.
 * @param segment, len: the segment.
 * @param literal: set to false if it is one of the TYPEnnn.
 * @return the type, or 0 if the segment names none.
 */
static uint16_t
type_from_segment(const char* segment, size_t len, bool* literal)
{
	char text[16];
	size_t i;
	if(len == 0 || len >= sizeof(text))
		return 0;
	for(i = 0; i < len; i++) {
		char c = segment[i];
		if(!(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
			c != '-')
			return 0;
	}
	memcpy(text, segment, len);
	text[len] = 0;
	if(strncmp(text, "TYPE", 4) == 0 && len > 4) {
		uint16_t type = type_from_number(text + 4);
		if(type != 0)
			*literal = false;
		return type;
	}
	return (uint16_t)ldns_get_rr_type_by_name(text);
}

char*
record_type_to_text(uint16_t type, char* text)
{
	const ldns_rr_descriptor* known = ldns_rr_descript(type);
	if(known && known->_name)
		snprintf(text, 16, "%s", known->_name);
	else	snprintf(text, 16, "TYPE%u", (unsigned)type);
	return text;
}

/** Where the last segment of a path begins. */
static const char*
last_segment(const char* path, const char* end)
{
	const char* slash = memrchr(path, '/', (size_t)(end - path));
	return slash ? slash + 1 : path;
}

/**
 * Split a path into the owner's part, the type and the id.
 * @param key: type, source and source_len are set.
 * @param owner_len: set to the octets of path that are the owner's labels.
 * @param literal: set to false if the type is not spelled in the plain way.
 * @return NULL, or why there is no type.
 */
static const char*
path_split(struct record_key* key, const char* path, size_t len,
	size_t* owner_len, bool* literal)
{
	const char* end = path + len;
	const char* last = last_segment(path, end);
	const char* type_at = last;
	key->source = end;
	key->source_len = 0;
	if(last == end)
		return "a segment is empty (a doubled or final '/')";
	key->type = type_from_segment(last, (size_t)(end - last), literal);
	if(key->type == 0 && last > path) {
		key->source = last;
		key->source_len = (size_t)(end - last);
		end = last - 1;
		type_at = last_segment(path, end);
		key->type = type_from_segment(type_at,
			(size_t)(end - type_at), literal);
	}
	if(key->type == 0)
		return "neither its last segment nor the one before it is a "
			"type; types are in upper case, as A or AAAA";
	*owner_len = type_at > path ? (size_t)(type_at - path) - 1 : 0;
	return NULL;
}

const char*
record_parse_key(struct record_key* key, const char* path, size_t len)
{
	bool plain_type = true, plain_name;
	size_t owner_len = 0;
	const char* why = path_split(key, path, len, &owner_len, &plain_type);
	if(why)
		return why;
	if(owner_len == 0 && path[0] == '/')
		return "a segment is empty (a doubled or final '/')";
	why = name_from_path(&key->owner, path, owner_len, &plain_name);
	if(why)
		return why;
	if(key->source_len > UINT16_MAX)
		return "its id is over 65535 octets";
	if(type_is_meta(key->type))
		return "its type is one that only queries have";
	if(!served_type_find(key->type))
		return "its type is not served; expected A or AAAA";
	if(!plain_type || !plain_name) {
		if(len > UINT16_MAX)
			return "the key is over 65535 octets";
		key->source = path;
		key->source_len = len;
	}
	return NULL;
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
key_path(const struct record_key* key, char* path, size_t* len)
{
	char* at;
	bool literal;
	/* no id is a type: that is a path without a '/' */
	if(memchr(key->source, '/', key->source_len) ||
		(key->owner.len == 1 && type_from_segment(key->source,
		key->source_len, &literal) != 0)) {
		*len = key->source_len;
		return key->source;
	}
	at = path + name_to_path(&key->owner, path);
	if(at > path)
		*at++ = '/';
	record_type_to_text(key->type, at);
	at += strlen(at);
	if(key->source_len > 0)
		*at++ = '/';
	*len = (size_t)(at - path);
	return path;
}

size_t
record_key_to_path(const struct record_key* key, char* path, size_t size)
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
record_key_is_below(const struct record_key* key, const char* dir, size_t len)
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

/** Make text fit for a log line: short, printable, in one piece. */
static const char*
shown(const char* text, size_t len, char* out)
{
	size_t i, n = len < SHOWN_MAX ? len : SHOWN_MAX;
	for(i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];
		out[i] = c >= ' ' && c < 0x7f && c != '"' ? (char)c : '?';
	}
	strcpy(out + n, len > n ? "..." : "");
	return out;
}

/** Append one record's rdata to a set. */
static bool
set_append(struct record_set* set, const ldns_rdf* rdf, char* reason)
{
	size_t len = ldns_rdf_size(rdf);
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
	memcpy(set->rdata + set->rdata_len + 2, ldns_rdf_data(rdf), len);
	set->rdata_len = need;
	set->count++;
	return true;
}

/** Read one record's rdata in presentation format; text is one C string. */
static bool
set_add_text(struct record_set* set, const struct served_type* type,
	const char* text, char* reason)
{
	char out[SHOWN_MAX + 4];
	ldns_rdf* rdf = ldns_rdf_new_frm_str(type->rdf, text);
	bool ok;
	if(!rdf)
		return fail(reason, "\"%s\" is not %s",
			shown(text, strlen(text), out), type->expected);
	ok = set_append(set, rdf, reason);
	ldns_rdf_deep_free(rdf);
	return ok;
}

/** Read a string of a JSON value. */
static bool
set_add_json_string(struct record_set* set, const struct served_type* type,
	const cJSON* item, char* reason)
{
	if(!cJSON_IsString(item))
		return fail(reason, "the JSON value must hold strings, each "
			"%s", type->expected);
	return set_add_text(set, type, item->valuestring, reason);
}

/** Read a JSON string, or array of strings. */
static bool
set_add_json_rdata(struct record_set* set, const struct served_type* type,
	const cJSON* json, char* reason)
{
	const cJSON* item;
	if(!cJSON_IsArray(json))
		return set_add_json_string(set, type, json, reason);
	if(!json->child)
		return fail(reason, "the JSON array is empty; expected %s in "
			"it", type->expected);
	cJSON_ArrayForEach(item, json) {
		if(!set_add_json_string(set, type, item, reason))
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
set_add_json_object(struct record_set* set, const struct served_type* type,
	const cJSON* json, char* reason)
{
	const cJSON *item, *rdata = NULL, *ttl = NULL;
	char out[SHOWN_MAX + 4];
	cJSON_ArrayForEach(item, json) {
		const cJSON** member = NULL;
		if(strcmp(item->string, "rdata") == 0)
			member = &rdata;
		else if(strcmp(item->string, "ttl") == 0)
			member = &ttl;
		if(!member)
			return fail(reason, "unknown JSON member \"%s\"; "
				"expected \"rdata\" and \"ttl\"",
				shown(item->string, strlen(item->string),
				out));
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
set_add_json(struct record_set* set, const struct served_type* type,
	const char* value, size_t len, char* reason)
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

/** Read a value that is one record in presentation format. */
static bool
set_add_plain(struct record_set* set, const struct served_type* type,
	const char* value, size_t len, char* reason)
{
	char* text = strndup(value, len);
	bool ok;
	if(!text)
		return fail(reason, "out of memory");
	ok = set_add_text(set, type, text, reason);
	free(text);
	return ok;
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool
record_parse_value(struct record_set* set, uint16_t type, const char* value,
	size_t len, char* reason)
{
	const struct served_type* served = served_type_find(type);
	memset(set, 0, sizeof(*set));
	set->ttl = RECORD_TTL_NONE;
	if(!served)
		return fail(reason, "its type is not served");
	for(; len > 0 && is_space(*value); len--)
		value++;
	while(len > 0 && is_space(value[len - 1]))
		len--;
	if(len == 0)
		return fail(reason, "the value is empty; expected %s",
			served->expected);
	if(memchr(value, 0, len))
		return fail(reason, "the value has a NUL octet in it; "
			"expected %s", served->expected);
	if(*value == '[' || *value == '{')
		return set_add_json(set, served, value, len, reason);
	return set_add_plain(set, served, value, len, reason);
}

void
record_set_clear(struct record_set* set)
{
	free(set->rdata);
	memset(set, 0, sizeof(*set));
	set->ttl = RECORD_TTL_NONE;
}
