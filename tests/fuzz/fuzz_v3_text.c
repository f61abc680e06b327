/*
 * tests/fuzz/fuzz_v3_text.c - any key or event of the protocol v3.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/* The input is an event's object behind 'e', and else a key's, behind any
 * octet. What is read from text, cJSON reads too, and the same. */
#include "etcd/v3_text.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

static bool
same_octets(const char* a, size_t a_len, const char* b, size_t b_len)
{
	return a_len == b_len && memcmp(a, b, a_len) == 0;
}

static bool
same_kv(const struct etcd_kv* a, const struct etcd_kv* b)
{
	return same_octets(a->key, a->key_len, b->key, b->key_len) &&
		same_octets(a->value, a->value_len, b->value, b->value_len) &&
		a->mod_revision == b->mod_revision &&
		a->create_revision == b->create_revision;
}

int
LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
	bool event = size > 0 && *data == 'e', one = false, other = false;
	const char* text = (const char*)data + 1;
	struct buffer room = { NULL, 0, 0 };
	struct etcd_kv from_text, from_json;
	cJSON* json = NULL;
	size_t used = 0;
	if(size > 0)
		used = event ? v3_text_event(text, size - 1, &from_text, &one,
			&room) : v3_text_kv(text, size - 1, &from_text, &room);
	if(used > 0) {
		json = cJSON_ParseWithLength(text, used);
		if(used > size - 1 || !(event ? v3_json_event(json, &from_json,
			&other) : v3_json_kv(json, &from_json)) ||
			one != other || !same_kv(&from_text, &from_json))
			abort();
	}
	cJSON_Delete(json);
	buffer_clear(&room);
	return 0;
}
