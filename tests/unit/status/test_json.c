/*
 * tests/unit/status/test_json.c - is it JSON, and does it say what it is to?
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "status/json.h"
#include "status/reports.h"
#include "check.h"
#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

/** Write a report. */
static struct buffer
written(const struct report_case* c)
{
	struct buffer text = { 0 };
	assert_true(json_write(&text, &c->report));
	return text;
}

/* --- reports ------------------------------------------------------------- */

static void
test_golden(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < REPORT_CASES; i++) {
		struct buffer text = written(&report_cases[i]);
		check_golden(&text, report_cases[i].name, "json");
		buffer_clear(&text);
	}
}

/** Whatever there is in it, it is one object of JSON in UTF-8, with a newline
 * at its end and nowhere else. */
static void
test_valid(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < REPORT_CASES; i++) {
		struct buffer text = written(&report_cases[i]);
		const char* end;
		cJSON* json = cJSON_ParseWithLengthOpts((char*)text.data,
			text.len, &end, false);
		check(json, "%s", report_cases[i].name);
		assert_true(cJSON_IsObject(json));
		assert_ptr_equal(end, text.data + text.len - 1);
		assert_ptr_equal(memchr(text.data, '\n', text.len), end);
		check_judge("iconv -f UTF-8 -t UTF-8 > /dev/null", &text,
			report_cases[i].name);
		cJSON_Delete(json);
		buffer_clear(&text);
	}
}

/** What a reader gets of a text is what it was, but for what is no UTF-8. */
static void
test_text(void** state)
{
	static const char expected[] = "\"}\\ \n\t\x01\x7f # \xc3\xa4 "
		"\xe2\x82\xac \xf0\x9f\x90\xa7 \xef\xbf\xbd "
		"\xef\xbf\xbd\xef\xbf\xbd "
		"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd "
		"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd "
		"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd "
		"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd "
		"\xef\xbf\xbd\xef\xbf\xbd";
	struct buffer text = written(&report_cases[2]);
	cJSON* json = cJSON_ParseWithLength((char*)text.data, text.len);
	const cJSON* source = cJSON_GetArrayItem(cJSON_GetObjectItem(json,
		"sources"), 0);
	const char* prefix = cJSON_GetStringValue(cJSON_GetObjectItem(source,
		"prefix"));
	(void)state;
	assert_non_null(prefix);
	assert_string_equal(prefix, expected);
	cJSON_Delete(json);
	buffer_clear(&text);
}

/** What is behind other text in a buffer is the same. */
static void
test_append(void** state)
{
	struct buffer alone = written(&report_cases[0]), text = { 0 };
	(void)state;
	assert_true(buffer_append(&text, "x[", 2));
	assert_true(json_write(&text, &report_cases[0].report));
	assert_int_equal(text.len, alone.len + 2);
	assert_memory_equal(text.data + 2, alone.data, alone.len);
	buffer_clear(&alone);
	buffer_clear(&text);
}

/* --- the manual ---------------------------------------------------------- */

/** unbound-helix(8), NUL-terminated. */
static const char*
manual(void)
{
	static char text[262144];
	FILE* file = fopen(TEST_DATA "/../../../module/unbound-helix.8", "r");
	size_t len;
	assert_non_null(file);
	len = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	assert_true(len < sizeof(text) - 1);
	return text;
}

/** Whether a word stands behind ".Li" in the manual's section, or among several
 * there. */
static bool
manual_has(const char* text, const char* word)
{
	const size_t len = strlen(word);
	const char* line;
	for(line = text; line; line = strchr(line, '\n')) {
		const char *at, *end;
		line += *line == '\n';
		end = line + strcspn(line, "\n");
		at = strstr(line, "Li ");
		for(at = at ? strstr(at, word) : NULL; at && at < end;
			at = strstr(at + 1, word)) {
			if(at[-1] == ' ' && strchr(" \n", at[len]))
				return true;
		}
	}
	return false;
}

/** Fail unless the manual has the name of each member. */
static void
check_manual(const char* text, const cJSON* json)
{
	const cJSON* item;
	for(item = json->child; item; item = item->next) {
		check(!item->string || manual_has(text, item->string),
			"unbound-helix(8) lacks %s", item->string);
		check_manual(text, item);
	}
}

/** Who writes a program for it finds each member in the manual. */
static void
test_manual(void** state)
{
	struct buffer text = written(&report_cases[0]);
	cJSON* json = cJSON_ParseWithLength((char*)text.data, text.len);
	const char* section = strstr(manual(), "\n.Sh MONITORING\n");
	(void)state;
	assert_non_null(json);
	assert_non_null(section);
	check_manual(section, json);
	assert_false(manual_has(section, "no_such_member"));
	cJSON_Delete(json);
	buffer_clear(&text);
}

/* --- keys ---------------------------------------------------------------- */

/** Keys, and what is written of them. */
static const struct {
	size_t count, total;
	struct feed_key keys[3];
	const char* text;
} lists[] = {
	{ 0, 0, { { 0 } }, "{\"keys\":[],\"total\":0}\n" },
	{ 1, 1, { { "/helix/com/example/www/A", "rdata: \"x\" is bad", 7 } },
		"{\"keys\":[{\"key\":\"/helix/com/example/www/A\",\"reason\":"
		"\"rdata: \\\"x\\\" is bad\",\"revision\":7}],\"total\":1}\n" },
	{ 2, 1000000, { { "a", "", INT64_MAX }, { "b\xff\\", "{[", 0 } },
		"{\"keys\":[{\"key\":\"a\",\"reason\":\"\",\"revision\":"
		"9223372036854775807},{\"key\":\"b\xef\xbf\xbd\\\\\","
		"\"reason\":\"{[\",\"revision\":0}],\"total\":1000000}\n" },
};

static void
test_keys(void** state)
{
	size_t i, j;
	(void)state;
	for(i = 0; i < COUNT(lists); i++) {
		struct buffer text = { 0 };
		struct json_keys keys;
		json_keys_begin(&keys, &text);
		for(j = 0; j < lists[i].count; j++)
			json_keys_add(&keys, &lists[i].keys[j]);
		assert_true(json_keys_end(&keys, lists[i].total));
		assert_int_equal(text.len, strlen(lists[i].text));
		assert_memory_equal(text.data, lists[i].text, text.len);
		buffer_clear(&text);
	}
}

/* --- memory -------------------------------------------------------------- */

/** Wherever memory runs out, that is said. */
static void
test_memory(void** state)
{
	const struct feed_key key = { "/helix/a", "bad", 1 };
	struct buffer text;
	struct json_keys keys;
	unsigned k = 0;
	bool ok;
	(void)state;
	do {
		text = (struct buffer){ 0 };
		fail_realloc(++k);
		ok = json_write(&text, &report_cases[0].report);
		fail_realloc(0);
		buffer_clear(&text);
	} while(!ok);
	assert_in_range(k, 4, 30);
	k = 0;
	do {
		text = (struct buffer){ 0 };
		fail_realloc(++k);
		json_keys_begin(&keys, &text);
		json_keys_add(&keys, &key);
		ok = json_keys_end(&keys, 1);
		fail_realloc(0);
		buffer_clear(&text);
	} while(!ok);
	assert_in_range(k, 2, 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_valid),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_append),
		cmocka_unit_test(test_manual),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_memory),
	};
	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
