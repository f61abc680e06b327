/*
 * tests/unit/etcd/test_v3_text.c - what etcd's v3 gateway writes.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "etcd/v3_text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** What was read. */
struct result {
	/** octets of the text; 0: nothing was read. From cJSON: not 0 */
	size_t used;
	/** the key */
	struct etcd_kv kv;
	/** whether it is the event of a deletion */
	bool deletion;
};

/** An object, and how it can be read. */
struct object_case {
	/** in shorthand: ' for " */
	const char* text;
	/** by whom it can be read */
	enum {
		/** nobody */
		NONE,
		/** cJSON alone */
		JSON,
		/** also as text */
		TEXT
	} by;
	/** key, value, create_revision and mod_revision; and the lease, if there
	 * is one */
	const char* expected;
};

static const struct object_case kvs[] = {
	{ "{'key':'YQ==','create_revision':'3','mod_revision':'4',"
		"'version':'1','value':'Yg=='}", TEXT, "a b 3 4" },
	{ "{'key':'YQ==','create_revision':'3','mod_revision':'4',"
		"'version':'2','value':'Yg==','lease':'7587862094'}", TEXT,
		"a b 3 4 lease 7587862094" },
	{ "{'key':'YQ==', 'create_revision':'3', 'mod_revision':'4', "
		"'version':'1', 'value':'Yg=='}", TEXT, "a b 3 4" },
	{ "{'key':'L2hlbGl4L2NvbQ==','mod_revision':'4'}", TEXT,
		"/helix/com  0 4" },
	{ "{'key':'YQ==','mod_revision':'9223372036854775807'}", TEXT,
		"a  0 9223372036854775807" },
	{ "{'key':'YQ==','create_revision':'9223372036854775807',"
		"'mod_revision':'1'}", TEXT, "a  9223372036854775807 1" },
	{ "{'key':'YQ==','mod_revision':'4','value':''}", TEXT, "a  0 4" },
	{ "{'key':'YQ==','create_revision':'0','mod_revision':'007',"
		"'lease':'0'}", TEXT, "a  0 7" },
	/* JSON, but not as etcd writes it */
	{ "{ 'key':'YQ==','mod_revision':'4'}", JSON, "a  0 4" },
	{ "{'key': 'YQ==','mod_revision':'4'}", JSON, "a  0 4" },
	{ "{'key' :'YQ==','mod_revision':'4'}", JSON, "a  0 4" },
	{ "{'key':'YQ==' ,'mod_revision':'4'}", JSON, "a  0 4" },
	{ "{'key':'YQ==',  'mod_revision':'4'}", JSON, "a  0 4" },
	{ "{'key':'YQ==','mod_revision':'4' }", JSON, "a  0 4" },
	{ "{'mod_revision':'4','key':'YQ=='}", JSON, "a  0 4" },
	{ "{'key':'YQ==','key':'Yg==','mod_revision':'4'}", JSON, "a  0 4" },
	{ "{'key':'YQ==','mod_revision':'4','mod_revision':'5'}", JSON,
		"a  0 4" },
	{ "{'key':'YQ==','mod_revision':'4','new':'x'}", JSON, "a  0 4" },
	{ "{'new':{},'key':'YQ==','mod_revision':'4'}", JSON, "a  0 4" },
	{ "{'key':'Yg\\u003d=','mod_revision':'4'}", JSON, "b  0 4" },
	{ "{'key':'Pz8\\/','mod_revision':'4'}", JSON, "???  0 4" },
	{ "{'k\\u0065y':'YQ==','mod_revision':'4'}", JSON, "a  0 4" },
	{ "{'key':'YQ==','mod_revision':'4','version':5}", JSON, "a  0 4" },
	{ "{'key':'YQ==','mod_revision':'4','version':'x'}", JSON,
		"a  0 4" },
	{ "{'key':'YQ==','mod_revision':'4','lease':'-5'}", JSON, "a  0 4" },
	{ "{'key':'YQ==','mod_revision':'4','lease':'\\''}", JSON, "a  0 4" },
	{ "{'key':'YQ==','mod_revision':'4','lease':"
		"'18446744073709551616'}", JSON, "a  0 4" },
	/* no keys */
	{ "{}", NONE, NULL },
	{ "{'mod_revision':'4'}", NONE, NULL },
	{ "{'key':'YQ=='}", NONE, NULL },
	{ "{'key':'','mod_revision':'4'}", NONE, NULL },
	{ "{'key':5,'mod_revision':'4'}", NONE, NULL },
	{ "{'key':null,'mod_revision':'4'}", NONE, NULL },
	{ "{'key':['YQ=='],'mod_revision':'4'}", NONE, NULL },
	{ "{'key':'YQ=','mod_revision':'4'}", NONE, NULL },
	{ "{'key':'YQ-=','mod_revision':'4'}", NONE, NULL },
	{ "{'key':'YQ==','mod_revision':'0'}", NONE, NULL },
	{ "{'key':'YQ==','mod_revision':''}", NONE, NULL },
	{ "{'key':'YQ==','mod_revision':'-4'}", NONE, NULL },
	{ "{'key':'YQ==','mod_revision':'4x'}", NONE, NULL },
	{ "{'key':'YQ==','mod_revision':4}", NONE, NULL },
	{ "{'key':'YQ==','mod_revision':'9223372036854775808'}", NONE, NULL },
	{ "{'key':'YQ==','create_revision':'-1','mod_revision':'4'}", NONE,
		NULL },
	{ "{'key':'YQ==','create_revision':'','mod_revision':'4'}", NONE,
		NULL },
	{ "{'key':'YQ==','create_revision':'9223372036854775808',"
		"'mod_revision':'4'}", NONE, NULL },
	{ "{'key':'YQ==','create_revision':3,'mod_revision':'4'}", NONE,
		NULL },
	{ "{'key':'YQ==','mod_revision':'4','value':'Yg'}", NONE, NULL },
	{ "{'key':'YQ==','mod_revision':'4','value':{}}", NONE, NULL },
	/* no JSON */
	{ "{'key':'YQ==''mod_revision':'4'}", NONE, NULL },
	{ "{'key':'YQ==','mod_revision':'4',}", NONE, NULL },
	{ "{,'key':'YQ==','mod_revision':'4'}", NONE, NULL },
	{ "{'key':'YQ==','mod_revision':'4']", NONE, NULL },
	{ "{'key','mod_revision':'4'}", NONE, NULL },
	{ "['key':'YQ==','mod_revision':'4'}", NONE, NULL },
	{ "", NONE, NULL },
};

#define EVENT_KV "{'key':'YQ==','create_revision':'3','mod_revision':'4'," \
	"'version':'1','value':'Yg=='}"

static const struct object_case events[] = {
	{ "{'kv':" EVENT_KV "}", TEXT, "put a b 3 4" },
	{ "{'type':'DELETE','kv':{'key':'YQ==','mod_revision':'4'}}", TEXT,
		"delete a  0 4" },
	{ "{'type':'DELETE', 'kv':{'key':'YQ==', 'mod_revision':'4'}}", TEXT,
		"delete a  0 4" },
	{ "{'type':'PUT','kv':" EVENT_KV "}", JSON, "put a b 3 4" },
	{ "{'kv':" EVENT_KV ",'type':'DELETE'}", JSON, "delete a b 3 4" },
	{ "{'kv':" EVENT_KV ",'prev_kv':" EVENT_KV "}", JSON, "put a b 3 4" },
	{ "{'kv':" EVENT_KV " }", JSON, "put a b 3 4" },
	{ "{'kv':{'mod_revision':'4','key':'YQ=='}}", JSON, "put a  0 4" },
	{ "{}", NONE, NULL },
	{ "{'kv':{}}", NONE, NULL },
	{ "{'kv':[]}", NONE, NULL },
	{ "{'kv':5}", NONE, NULL },
	{ EVENT_KV, NONE, NULL },
	{ "{'type':'DELETE'}", NONE, NULL },
	{ "{'type':'delete','kv':" EVENT_KV "}", NONE, NULL },
	{ "{'type':'','kv':" EVENT_KV "}", NONE, NULL },
	{ "{'type':1,'kv':" EVENT_KV "}", NONE, NULL },
	{ "{'type':null,'kv':" EVENT_KV "}", NONE, NULL },
	{ "{'kv':" EVENT_KV ",}", NONE, NULL },
	{ "{'kv':" EVENT_KV "]", NONE, NULL },
	{ "{'type':'DELETE''kv':" EVENT_KV "}", NONE, NULL },
	{ "{,'kv':" EVENT_KV "}", NONE, NULL },
};

/** Whether objects are events, and not keys. */
static bool
is_event(const struct object_case* object)
{
	return object >= events &&
		object < events + sizeof(events) / sizeof(*events);
}

/** Read text that has exactly so many octets, so that a sanitizer sees any
 * excess. */
static void
read_text(const struct object_case* object, const char* text, size_t len,
	struct result* result, struct buffer* room)
{
	char* exact = malloc(len);
	assert_true(len == 0 || exact);
	if(len > 0)
		memcpy(exact, text, len);
	result->deletion = false;
	result->used = is_event(object) ? v3_text_event(exact, len, &result->kv,
		&result->deletion, room) : v3_text_kv(exact, len, &result->kv,
		room);
	free(exact);
}

/** Read what cJSON has. */
static void
read_json(const struct object_case* object, const cJSON* json,
	struct result* result)
{
	result->deletion = false;
	result->used = is_event(object) ? v3_json_event(json, &result->kv,
		&result->deletion) : v3_json_kv(json, &result->kv);
}

/** Compare what was read. */
static void
check_result(const char* how, const struct object_case* object,
	const struct result* result, bool readable)
{
	const struct etcd_kv* kv = &result->kv;
	char text[200];
	if((result->used > 0) != readable)
		fail_msg("%s: %s: %s", object->text, how, readable ?
			"not read" : "read");
	if(!readable)
		return;
	snprintf(text, sizeof(text), "%s%.*s %.*s %lld %lld",
		!is_event(object) ? "" : result->deletion ? "delete " : "put ",
		(int)kv->key_len, kv->key, (int)kv->value_len, kv->value,
		(long long)kv->create_revision, (long long)kv->mod_revision);
	if(kv->lease != 0)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			" lease %lld", (long long)kv->lease);
	if(strcmp(text, object->expected) != 0)
		fail_msg("%s: %s: %s", object->text, how, text);
}

/** An object as text, from its shorthand. */
static void
write_out(const struct object_case* object, char text[300])
{
	snprintf(text, 300, "%s", object->text);
	for(; *text; text++) {
		if(*text == '\'')
			*text = '"';
	}
}

/** Read an object in both ways. */
static void
check_object(const struct object_case* object)
{
	struct buffer room = { NULL, 0, 0 };
	struct result result;
	char text[300];
	cJSON* json;
	size_t len, n;
	write_out(object, text);
	len = strlen(text);
	json = cJSON_Parse(text);
	read_json(object, json, &result);
	check_result("json", object, &result, object->by != NONE);
	cJSON_Delete(json);
	read_text(object, text, len, &result, &room);
	check_result("text", object, &result, object->by == TEXT);
	for(n = 0; n < len; n++) {
		read_text(object, text, n, &result, &room);
		check_result("cut off", object, &result, false);
	}
	/* what follows is left alone */
	strcpy(text + len, ",{\"key\"");
	read_text(object, text, strlen(text), &result, &room);
	check_result("more", object, &result, object->by == TEXT);
	if(result.used > 0)
		assert_int_equal(result.used, len);
	buffer_clear(&room);
}

static void
test_kvs(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(kvs) / sizeof(*kvs); i++)
		check_object(&kvs[i]);
}

static void
test_events(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(events) / sizeof(*events); i++)
		check_object(&events[i]);
}

/** Every octet in the place of every other: text is read only where cJSON
 * reads the same. */
static void
check_octets(const struct object_case* object)
{
	struct buffer room = { NULL, 0, 0 };
	char text[300];
	size_t at, len;
	unsigned octet;
	write_out(object, text);
	len = strlen(text);
	for(at = 0; at < len; at++) {
		const char kept = text[at];
		for(octet = 1; octet < 256; octet++) {
			struct result one, other;
			cJSON* json;
			text[at] = (char)octet;
			read_text(object, text, len, &one, &room);
			if(one.used == 0)
				continue;
			json = cJSON_ParseWithLength(text, one.used);
			read_json(object, json, &other);
			if(other.used == 0 ||
				one.deletion != other.deletion ||
				one.kv.key_len != other.kv.key_len ||
				memcmp(one.kv.key, other.kv.key,
				one.kv.key_len) != 0 ||
				one.kv.value_len != other.kv.value_len ||
				memcmp(one.kv.value, other.kv.value,
				one.kv.value_len) != 0 ||
				one.kv.mod_revision !=
				other.kv.mod_revision ||
				one.kv.create_revision !=
				other.kv.create_revision)
				fail_msg("%s", text);
			cJSON_Delete(json);
		}
		text[at] = kept;
	}
	buffer_clear(&room);
}

static void
test_octets(void** state)
{
	(void)state;
	check_octets(&kvs[0]);
	check_octets(&kvs[1]);
	check_octets(&kvs[2]);
	check_octets(&events[0]);
	check_octets(&events[1]);
}

/** The room grows with what is read, and is used again. */
static void
test_room(void** state)
{
	struct buffer room = { NULL, 0, 0 };
	char text[4000];
	size_t n, used;
	struct etcd_kv kv;
	(void)state;
	for(n = 4; n < 3000; n += 4) {
		int len = snprintf(text, sizeof(text), "{\"key\":\"YQ==\","
			"\"mod_revision\":\"4\",\"value\":\"%0*d\"}", (int)n,
			0);
		used = v3_text_kv(text, (size_t)len, &kv, &room);
		assert_int_equal(used, len);
		assert_int_equal(kv.value_len, n / 4 * 3);
		assert_int_equal(kv.key_len, 1);
	}
	buffer_clear(&room);
	assert_null(room.data);
	buffer_clear(&room);
}

/** A header has numbers, or nothing in their place. */
static void
test_header(void** state)
{
	static const struct {
		/** the JSON, in shorthand */
		const char* text;
		/** whether it has a header */
		bool good;
	} cases[] = {
		{ "{'header':{'cluster_id':'18446744073709551615',"
			"'revision':'9223372036854775807','raft_term':'3'}}",
			true },
		{ "{'header':{}}", true },
		{ "{'header':'x'}", false },
		{ "{}", false },
		{ "{'header':{'cluster_id':'18446744073709551616'}}", false },
		{ "{'header':{'revision':'9223372036854775808'}}", false },
		{ "{'header':{'raft_term':'x'}}", false },
		{ "{'header':{'raft_term':5}}", false },
	};
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct object_case object = { cases[i].text, NONE,
			NULL };
		struct v3_header header;
		char text[300];
		cJSON* json;
		write_out(&object, text);
		json = cJSON_Parse(text);
		if(v3_json_header(json, &header) != cases[i].good)
			fail_msg("%s", cases[i].text);
		cJSON_Delete(json);
		if(i == 0) {
			assert_true(header.cluster_id == UINT64_MAX);
			assert_true(header.revision == INT64_MAX);
			assert_true(header.raft_term == 3);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kvs),
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_octets),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_header),
	};
	return cmocka_run_group_tests_name("v3_text", tests, NULL, NULL);
}
