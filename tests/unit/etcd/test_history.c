/*
 * tests/unit/etcd/test_history.c - by which etcd's history is known again.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "etcd/history.h"
#include <stdio.h>
#include <string.h>

/** Put a key that did not exist, with its own name as the value. */
static void
put(struct history* history, const char* key, int64_t revision)
{
	const struct etcd_kv kv = { key, strlen(key), key, strlen(key),
		revision, revision, 0 };
	assert_true(history_put(history, &kv));
}

static void
delete(struct history* history, const char* key, int64_t revision)
{
	assert_true(history_delete(history, key, strlen(key), revision));
}

/** Compare the anchor as of a revision; NULL expects none. */
static void
expect(const struct history* history, int64_t revision, const char* key)
{
	const struct history_anchor* anchor = history_last(history, revision);
	if(!key) {
		assert_null(anchor);
		return;
	}
	assert_non_null(anchor);
	assert_int_equal(anchor->len, strlen(key));
	assert_memory_equal(anchor->key, key, anchor->len);
}

static void
test_none(void** state)
{
	struct history history = { { { 0 } }, { 0 } };
	(void)state;
	expect(&history, INT64_MAX, NULL);
	delete(&history, "a", 5);
	expect(&history, INT64_MAX, NULL);
	assert_int_equal(history.deleted.mod_revision, 5);
	history_clear(&history);
	assert_null(history.deleted.key);
}

static void
test_the_last_counts(void** state)
{
	struct history history = { { { 0 } }, { 0 } };
	(void)state;
	put(&history, "b", 7);
	put(&history, "a", 3);
	put(&history, "c", 5);
	expect(&history, 9, "b");
	expect(&history, 7, "b");
	expect(&history, 6, "c");
	expect(&history, 4, "a");
	expect(&history, 2, NULL);
	put(&history, "a", 8);
	expect(&history, 9, "a");
	expect(&history, 4, NULL);
	delete(&history, "a", 9);
	expect(&history, 9, "b");
	delete(&history, "none", 10);
	expect(&history, 10, "b");
	assert_int_equal(history.deleted.mod_revision, 10);
	assert_memory_equal(history.deleted.key, "none", 4);
	history_clear(&history);
	expect(&history, INT64_MAX, NULL);
}

/** In whatever order a list tells them, those put last are remembered. */
static void
test_only_so_many_are_remembered(void** state)
{
	const int count = 4 * HISTORY_MAX;
	struct history history = { { { 0 } }, { 0 } };
	char key[16];
	int i;
	(void)state;
	for(i = 0; i < count; i++) {
		int revision = 1 + i * 7 % count;
		snprintf(key, sizeof(key), "k%d", revision);
		put(&history, key, revision);
	}
	for(i = count; i > count - HISTORY_MAX; i--) {
		snprintf(key, sizeof(key), "k%d", i);
		expect(&history, INT64_MAX, key);
		delete(&history, key, count + 1);
	}
	expect(&history, INT64_MAX, NULL);
	history_clear(&history);
}

/** One that differs in anything is another one. */
static void
test_anchor_is(void** state)
{
	static const struct etcd_kv kv = { "k\0y", 3, "v\0l", 3, 6, 4, 0 };
	static const struct etcd_kv others[] = {
		{ "k\0x", 3, "v\0l", 3, 6, 4, 0 },
		{ "k\0y", 2, "v\0l", 3, 6, 4, 0 },
		{ "k\0y", 3, "v\0l", 3, 6, 5, 0 },
		{ "k\0y", 3, "v\0l", 3, 7, 4, 0 },
		{ "k\0y", 3, "v\0m", 3, 6, 4, 0 },
		{ "k\0y", 3, "v\0l", 2, 6, 4, 0 },
		{ "k\0y", 3, "", 0, 6, 4, 0 },
	};
	struct history history = { { { 0 } }, { 0 } };
	const struct history_anchor* anchor;
	size_t i;
	(void)state;
	assert_true(history_put(&history, &kv));
	anchor = history_last(&history, 6);
	assert_true(history_anchor_is(anchor, &kv));
	for(i = 0; i < sizeof(others) / sizeof(*others); i++)
		assert_false(history_anchor_is(anchor, &others[i]));
	history_clear(&history);
}

/** A key can be used as text, whatever follows it where it came from. */
static void
test_keys_end_with_nul(void** state)
{
	struct history history = { { { 0 } }, { 0 } };
	(void)state;
	assert_true(history_put(&history, &(struct etcd_kv){ "/h/abc", 4, "v",
		1, 5, 5, 0 }));
	assert_string_equal(history_last(&history, 5)->key, "/h/a");
	assert_true(history_put(&history, &(struct etcd_kv){ "", 0, "v", 1,
		6, 6, 0 }));
	assert_string_equal(history_last(&history, 6)->key, "");
	assert_true(history_delete(&history, "/h/xyz", 5, 7));
	assert_string_equal(history.deleted.key, "/h/xy");
	assert_int_equal(history.deleted.len, 5);
	history_clear(&history);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_the_last_counts),
		cmocka_unit_test(test_only_so_many_are_remembered),
		cmocka_unit_test(test_anchor_is),
		cmocka_unit_test(test_keys_end_with_nul),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
