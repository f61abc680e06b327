/*
 * etcd/v3_text.c - what etcd's v3 gateway writes.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "etcd/v3_text.h"
#include "base/base64.h"
#include "base/text.h"
#include <string.h>

/* --- numbers ------------------------------------------------------------- */

/** Read a text that is a decimal number and nothing else. */
static bool
number_read(const char* text, size_t len, uint64_t max, uint64_t* value)
{
	return len > 0 && text_read_decimal(text, len, max, value) == len;
}

static bool
i64_read(const char* text, size_t len, int64_t* value)
{
	uint64_t number;
	if(!number_read(text, len, INT64_MAX, &number))
		return false;
	*value = (int64_t)number;
	return true;
}

/* --- from cJSON ---------------------------------------------------------- */

bool
v3_json_u64(const cJSON* object, const char* name, uint64_t* value)
{
	const cJSON* item = cJSON_GetObjectItemCaseSensitive(object, name);
	*value = 0;
	return !item || (cJSON_IsString(item) && number_read(
		item->valuestring, strlen(item->valuestring), UINT64_MAX,
		value));
}

bool
v3_json_i64(const cJSON* object, const char* name, int64_t* value)
{
	uint64_t number;
	if(!v3_json_u64(object, name, &number) || number > INT64_MAX)
		return false;
	*value = (int64_t)number;
	return true;
}

bool
v3_json_true(const cJSON* object, const char* name)
{
	return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, name));
}

bool
v3_json_header(const cJSON* json, struct v3_header* header)
{
	const cJSON* item = cJSON_GetObjectItemCaseSensitive(json, "header");
	return cJSON_IsObject(item) &&
		v3_json_u64(item, "cluster_id", &header->cluster_id) &&
		v3_json_i64(item, "revision", &header->revision) &&
		v3_json_u64(item, "raft_term", &header->raft_term);
}

/** Read base64, in place; nothing is an empty text. */
static bool
json_base64(const cJSON* object, const char* name, const char** data,
	size_t* len)
{
	const cJSON* item = cJSON_GetObjectItemCaseSensitive(object, name);
	*data = "";
	*len = 0;
	if(!item)
		return true;
	*data = item->valuestring;
	return cJSON_IsString(item) && base64_decode(item->valuestring,
		strlen(item->valuestring), item->valuestring, len);
}

bool
v3_json_kv(const cJSON* json, struct etcd_kv* kv)
{
	/* no records depend on it */
	if(!v3_json_i64(json, "lease", &kv->lease))
		kv->lease = 0;
	return cJSON_IsObject(json) &&
		json_base64(json, "key", &kv->key, &kv->key_len) &&
		json_base64(json, "value", &kv->value, &kv->value_len) &&
		v3_json_i64(json, "mod_revision", &kv->mod_revision) &&
		v3_json_i64(json, "create_revision", &kv->create_revision) &&
		kv->mod_revision > 0 && kv->key_len > 0;
}

bool
v3_json_event(const cJSON* json, struct etcd_kv* kv, bool* deletion)
{
	const cJSON* type = cJSON_GetObjectItemCaseSensitive(json, "type");
	const char* text = cJSON_IsString(type) ? type->valuestring : "";
	*deletion = strcmp(text, "DELETE") == 0;
	return (!type || *deletion || strcmp(text, "PUT") == 0) &&
		v3_json_kv(cJSON_GetObjectItemCaseSensitive(json, "kv"), kv);
}

/* --- from text ----------------------------------------------------------- */

/** Text that is being read. */
struct scan {
	/** what comes next */
	const char* at;
	/** the end of it */
	const char* end;
};

/** Text between quotes. */
struct quoted {
	/** inside the text that is read; NULL: there is none */
	const char* text;
	/** octets of it */
	size_t len;
};

/** Read what is to come next. */
static bool
scan_text(struct scan* scan, const char* text, size_t len)
{
	if((size_t)(scan->end - scan->at) < len ||
		memcmp(scan->at, text, len) != 0)
		return false;
	scan->at += len;
	return true;
}

#define SCAN(scan, literal) scan_text(scan, literal, sizeof(literal) - 1)

/** Read what is between members. Some versions of etcd write a space, too. */
static bool
scan_comma(struct scan* scan)
{
	if(!SCAN(scan, ","))
		return false;
	(void)SCAN(scan, " ");
	return true;
}

/** Read a string, without its escapes: a string with an escaped quote ends too
 * early, in a backslash, which no base64 and no number has. */
static bool
scan_quoted(struct scan* scan, struct quoted* quoted)
{
	const char* quote;
	if(!SCAN(scan, "\""))
		return false;
	quote = memchr(scan->at, '"', (size_t)(scan->end - scan->at));
	if(!quote)
		return false;
	quoted->text = scan->at;
	quoted->len = (size_t)(quote - scan->at);
	scan->at = quote + 1;
	return true;
}

/** members of a key's object */
enum kv_member {
	KV_KEY,
	KV_CREATE_REVISION,
	KV_MOD_REVISION,
	KV_VERSION,
	KV_VALUE,
	KV_LEASE,
	KV_MEMBERS
};

/** how each member begins */
#define KV_NAME(text) { text, sizeof(text) - 1 }
static const struct {
	/** text up to the value */
	const char* text;
	/** octets of it */
	size_t len;
} kv_names[KV_MEMBERS] = {
	KV_NAME("\"key\":"), KV_NAME("\"create_revision\":"),
	KV_NAME("\"mod_revision\":"), KV_NAME("\"version\":"),
	KV_NAME("\"value\":"), KV_NAME("\"lease\":")
};

/** Read a key's object, up to its strings. Etcd writes the members in this
 * order, and leaves out what is 0 or empty. */
static bool
scan_members(struct scan* scan, struct quoted member[KV_MEMBERS])
{
	bool any = false;
	unsigned i;
	if(!SCAN(scan, "{"))
		return false;
	for(i = 0; i < KV_MEMBERS; i++) {
		const char* begin = scan->at;
		member[i] = (struct quoted){ NULL, 0 };
		if((any && !scan_comma(scan)) || !scan_text(scan,
			kv_names[i].text, kv_names[i].len)) {
			scan->at = begin;
			continue;
		}
		if(!scan_quoted(scan, &member[i]))
			return false;
		any = true;
	}
	return SCAN(scan, "}");
}

/** Whether a member is a number, or was left out. */
static bool
is_number_or_none(struct quoted quoted)
{
	uint64_t number;
	return !quoted.text || number_read(quoted.text, quoted.len,
		UINT64_MAX, &number);
}

/** Decode the key and the value. */
static bool
kv_decode(struct etcd_kv* kv, struct quoted key, struct quoted value,
	struct buffer* room)
{
	char* data;
	room->len = 0;
	if(key.len == 0 || !buffer_reserve(room, key.len + value.len))
		return false;
	data = (char*)room->data;
	if(!base64_decode(key.text, key.len, data, &kv->key_len))
		return false;
	kv->key = data;
	kv->value = data + kv->key_len;
	kv->value_len = 0;
	return !value.text || base64_decode(value.text, value.len,
		data + kv->key_len, &kv->value_len);
}

/** Read a key's object. */
static bool
scan_kv(struct scan* scan, struct etcd_kv* kv, struct buffer* room)
{
	struct quoted member[KV_MEMBERS];
	const struct quoted* created = &member[KV_CREATE_REVISION];
	const struct quoted* modified = &member[KV_MOD_REVISION];
	const struct quoted* lease = &member[KV_LEASE];
	if(!scan_members(scan, member) || !member[KV_KEY].text ||
		!modified->text || !is_number_or_none(member[KV_VERSION]))
		return false;
	kv->create_revision = kv->lease = 0;
	return (!created->text || i64_read(created->text, created->len,
		&kv->create_revision)) && (!lease->text || i64_read(
		lease->text, lease->len, &kv->lease)) && i64_read(
		modified->text, modified->len, &kv->mod_revision) &&
		kv->mod_revision > 0 && kv_decode(kv, member[KV_KEY], member[KV_VALUE], room);
}

size_t
v3_text_kv(const char* text, size_t len, struct etcd_kv* kv,
	struct buffer* room)
{
	struct scan scan = { text, text + len };
	return scan_kv(&scan, kv, room) ? (size_t)(scan.at - text) : 0;
}

size_t
v3_text_event(const char* text, size_t len, struct etcd_kv* kv, bool* deletion,
	struct buffer* room)
{
	struct scan scan = { text, text + len };
	*deletion = SCAN(&scan, "{\"type\":\"DELETE\"");
	return (*deletion ? scan_comma(&scan) : SCAN(&scan, "{")) &&
		SCAN(&scan, "\"kv\":") && scan_kv(&scan, kv, room) &&
		SCAN(&scan, "}") ? (size_t)(scan.at - text) : 0;
}
