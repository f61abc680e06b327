/*
 * etcd/v2_text.c - what etcd's v2 API writes.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "etcd/v2_text.h"
#include "etcd/link.h"
#include "base/text.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** where v2's keys are */
#define KEYS_PATH "/v2/keys"

/* --- JSON ---------------------------------------------------------------- */

static bool
json_index(const cJSON* object, const char* name, int64_t* value)
{
	const cJSON* item = cJSON_GetObjectItemCaseSensitive(object, name);
	/* cJSON has numbers as double */
	if(!cJSON_IsNumber(item) || item->valuedouble < 1 ||
		item->valuedouble > 9e15)
		return false;
	*value = (int64_t)item->valuedouble;
	return true;
}

static bool
json_is_dir(const cJSON* node)
{
	return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(node, "dir"));
}

bool
v2_json_node(const cJSON* json, struct v2_node* node)
{
	const cJSON* key = cJSON_GetObjectItemCaseSensitive(json, "key");
	const cJSON* value = cJSON_GetObjectItemCaseSensitive(json, "value");
	struct etcd_kv* kv = &node->kv;
	if(!cJSON_IsString(key))
		return false;
	kv->key = key->valuestring;
	kv->key_len = strlen(kv->key);
	kv->value = cJSON_IsString(value) ? value->valuestring : "";
	kv->value_len = strlen(kv->value);
	node->dir = json_is_dir(json);
	if(!json_index(json, "ttl", &kv->lease))
		kv->lease = 0;
	return json_index(json, "createdIndex", &kv->create_revision) &&
		json_index(json, "modifiedIndex", &kv->mod_revision);
}

bool
v2_json_answer(const cJSON* json, struct v2_node* node)
{
	return v2_json_node(cJSON_GetObjectItemCaseSensitive(json, "node"),
		node);
}

/** How an action changes its key. */
static const struct {
	/** as etcd names it */
	const char* name;
	/** whether the key is gone then */
	bool gone;
} actions[] = {
	{ "set", false },
	{ "create", false },
	{ "update", false },
	{ "compareAndSwap", false },
	{ "delete", true },
	{ "compareAndDelete", true },
	{ "expire", true },
};

/** Read an action. @return false if it is none. */
static bool
json_action(const cJSON* json, bool* gone)
{
	const cJSON* name = cJSON_GetObjectItemCaseSensitive(json, "action");
	size_t i;
	for(i = 0; cJSON_IsString(name) &&
		i < sizeof(actions) / sizeof(*actions); i++) {
		if(strcmp(actions[i].name, name->valuestring) == 0) {
			*gone = actions[i].gone;
			return true;
		}
	}
	return false;
}

bool
v2_json_event(const cJSON* json, struct v2_event* event)
{
	event->was_dir = json_is_dir(cJSON_GetObjectItemCaseSensitive(json,
		"prevNode"));
	return json_action(json, &event->gone) &&
		v2_json_answer(json, &event->node);
}

/* --- heads and refusals -------------------------------------------------- */

int64_t
v2_head_index(const struct call* call)
{
	const char* text = call_header(call, "X-Etcd-Index");
	size_t len = text ? strlen(text) : 0;
	uint64_t index;
	return len > 0 && text_read_decimal(text, len, INT64_MAX - 1,
		&index) == len ? (int64_t)index : 0;
}

uint64_t
v2_head_cluster(const struct call* call)
{
	const char* text = call_header(call, "X-Etcd-Cluster-Id");
	char* end;
	uint64_t id;
	if(!text || !isxdigit((unsigned char)*text))
		return 0;
	id = strtoull(text, &end, 16);
	return *end || end - text > 16 ? 0 : id;
}

int
v2_refusal_code(const struct call* call, char* message, size_t size)
{
	cJSON* json = cJSON_Parse(call->refusal);
	const cJSON* code = cJSON_GetObjectItemCaseSensitive(json,
		"errorCode");
	const cJSON* text = cJSON_GetObjectItemCaseSensitive(json, "message");
	int number = cJSON_IsNumber(code) ? code->valueint : 0;
	link_show_text(cJSON_IsString(text) ? text->valuestring : call->refusal,
		message, size);
	cJSON_Delete(json);
	return number;
}

/* --- URLs ---------------------------------------------------------------- */

char*
v2_key_path(const char* key)
{
	char* path = malloc(sizeof(KEYS_PATH) + 3 * strlen(key));
	char* at = path;
	if(!path)
		return NULL;
	at += sprintf(at, KEYS_PATH);
	for(; *key; key++) {
		unsigned char c = (unsigned char)*key;
		if((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			(c >= '0' && c <= '9') || strchr("-._~/", c))
			*at++ = (char)c;
		else	at += sprintf(at, "%%%02X", (unsigned)c);
	}
	*at = 0;
	return path;
}
