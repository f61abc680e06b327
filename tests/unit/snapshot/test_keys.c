/*
 * tests/unit/snapshot/test_keys.c - keys and values, in order.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/*
 * A set is shown as text: "KEY VALUE REVISION, " for each key.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "snapshot/keys.h"
#include <inttypes.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** How often all keys were looked at. */
static size_t walks;

void __real_twalk_r(const void* root, void (*visit)(const void* node,
	VISIT which, void* arg), void* arg);
void __wrap_twalk_r(const void* root, void (*visit)(const void* node,
	VISIT which, void* arg), void* arg);

void
__wrap_twalk_r(const void* root, void (*visit)(const void* node, VISIT which,
	void* arg), void* arg)
{
	walks++;
	__real_twalk_r(root, visit, arg);
}

/** A text that is written, and how much of it is. */
struct shown {
	/** the text */
	char text[4096];
	/** octets of it */
	size_t len;
	/** keys after which no more are wanted; 0: all are */
	size_t enough;
	/** keys that were seen */
	size_t seen;
};

static bool
show_key(void* arg, const struct key_value* key)
{
	struct shown* shown = arg;
	int n = snprintf(shown->text + shown->len, sizeof(shown->text) -
		shown->len, "%.*s %.*s %" PRId64 ", ", (int)key->key_len,
		key->data, (int)key->value_len, key->data + key->key_len,
		key->revision);
	assert_true(n > 0 && (size_t)n < sizeof(shown->text) - shown->len);
	shown->len += (size_t)n;
	return ++shown->seen != shown->enough;
}

static bool
count_octets(void* arg, const struct key_value* key)
{
	uint64_t* octets = arg;
	*octets += (uint64_t)key->key_len + key->value_len;
	return true;
}

/** What is in a set is this. @param name: of the case, for a message. */
static void
check_keys(const char* name, const struct keys* keys, const char* expected)
{
	struct shown shown = { "", 0, 0, 0 };
	uint64_t octets = 0;
	assert_true(keys_walk(keys, show_key, &shown));
	if(strcmp(shown.text, expected) != 0)
		fail_msg("%s: there are %s\nexpected %s", name, shown.text,
			expected);
	assert_int_equal(keys->count, shown.seen);
	assert_true(keys_walk(keys, count_octets, &octets));
	assert_int_equal(keys->octets, octets);
}

static struct key_value*
make(const char* key, const char* value, int64_t revision)
{
	struct key_value* made = key_value_create(key, strlen(key), value,
		strlen(value), revision);
	assert_non_null(made);
	return made;
}

static void
put(struct keys* keys, const char* key, const char* value, int64_t revision)
{
	assert_true(keys_put(keys, make(key, value, revision)));
}

static void
remove_key(struct keys* keys, const char* key)
{
	struct key_value* made = make(key, "", 0);
	keys_remove(keys, made);
	free(made);
}

static void
test_put(void** state)
{
	struct keys keys = { 0 };
	(void)state;
	check_keys("none", &keys, "");
	put(&keys, "b", "1", 3);
	put(&keys, "a", "22", 4);
	put(&keys, "ab", "", 5);
	check_keys("put", &keys, "a 22 4, ab  5, b 1 3, ");
	put(&keys, "a", "4444", 6);
	check_keys("put over", &keys, "a 4444 6, ab  5, b 1 3, ");
	remove_key(&keys, "a");
	remove_key(&keys, "aa");
	remove_key(&keys, "");
	check_keys("removed", &keys, "ab  5, b 1 3, ");
	keys_clear(&keys);
	check_keys("cleared", &keys, "");
	put(&keys, "z", "1", 1);
	check_keys("put again", &keys, "z 1 1, ");
	keys_clear(&keys);
	keys_clear(&keys);
}

/** Keys and values are octets, and have their order. */
static void
test_octets(void** state)
{
	static const char* const order[] = { "", "\0", "\0\0", "\0a", "a",
		"a\0", "a\0\xff", "aa", "\x7f", "\x80", "\xff", "\xff\xff" };
	static const size_t len[] = { 0, 1, 2, 2, 1, 2, 3, 2, 1, 1, 1, 2 };
	const size_t count = sizeof(len) / sizeof(*len);
	struct keys keys = { 0 };
	char expected[64], *at = expected;
	struct shown shown = { "", 0, 0, 0 };
	size_t i;
	(void)state;
	for(i = 0; i < count; i++) {
		/* in an order that is not that of the keys */
		const size_t n = i * 5 % count;
		struct key_value* made = key_value_create(order[n], len[n],
			order[n], len[n], (int64_t)n);
		assert_int_equal(made->key_len, len[n]);
		assert_int_equal(made->value_len, len[n]);
		assert_memory_equal(made->data, order[n], len[n]);
		assert_memory_equal(made->data + len[n], order[n], len[n]);
		assert_true(keys_put(&keys, made));
	}
	assert_int_equal(keys.count, count);
	assert_true(keys_walk(&keys, show_key, &shown));
	/* of which the revisions are left, as the texts end at a NUL */
	for(i = 0; i < shown.len; i++)
		if(shown.text[i] >= '0' && shown.text[i] <= '9')
			*at++ = shown.text[i];
	*at = 0;
	assert_string_equal(expected, "01234567891011");
	keys_clear(&keys);
}

/** A walk ends when no more is wanted. */
static void
test_walk_ends(void** state)
{
	struct keys keys = { 0 };
	size_t enough;
	(void)state;
	assert_true(keys_walk(&keys, show_key, &(struct shown){ "", 0, 1, 0 }));
	put(&keys, "b", "", 1);
	put(&keys, "a", "", 1);
	put(&keys, "c", "", 1);
	for(enough = 1; enough <= 4; enough++) {
		struct shown shown = { "", 0, enough, 0 };
		assert_int_equal(keys_walk(&keys, show_key, &shown),
			enough > 3);
		assert_int_equal(shown.seen, enough < 3 ? enough : 3);
	}
	keys_clear(&keys);
}

/** A directory, and the keys that are below it. */
struct below_case {
	/** the keys, separated by spaces */
	const char* keys;
	/** the directory */
	const char* dir;
	/** what is left */
	const char* left;
};

static const struct below_case below_cases[] = {
	{ "", "/h", "" },
	{ "/h/a", "/h", "" },
	{ "/h /h/a /h/a/b /ha /ha/b", "/h", "/h /ha /ha/b" },
	{ "/h/a /h/b", "/h/c", "/h/a /h/b" },
	{ "/h/a /h/b /i", "/h/a", "/h/a /h/b /i" },
	/* hidden in it */
	{ "/h/_a /h/a/_b/c /h/a/b", "/h", "/h/_a /h/a/_b/c" },
	/* not hidden in it */
	{ "/h/_a/b /h/_a/_c/d", "/h/_a", "/h/_a/_c/d" },
	{ "/h/a_/b /h/a/b_", "/h", "" },
	{ "/h/", "/h", "" },
	{ "/h/_", "/h", "/h/_" },
	{ "/h//a", "/h/", "" },
	/* neighbours in the order of octets */
	{ "/h /h. /h.a /h/a /h0 /h0/a", "/h", "/h /h. /h.a /h0 /h0/a" },
	{ "/a /b/c d", "", "d" },
};

static void
test_remove_below(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(below_cases) / sizeof(*below_cases); i++) {
		const struct below_case* below = &below_cases[i];
		char text[256], expected[256] = "", *key, *rest;
		struct key_value* dir = make(below->dir, "", 0);
		struct keys keys = { 0 };
		/* a value does not matter, whatever it looks like */
		strcpy(text, below->keys);
		for(key = strtok_r(text, " ", &rest); key;
			key = strtok_r(NULL, " ", &rest))
			put(&keys, key, "/_", 1);
		walks = 0;
		assert_true(keys_remove_below(&keys, dir));
		assert_int_equal(walks, 0);
		strcpy(text, below->left);
		for(key = strtok_r(text, " ", &rest); key;
			key = strtok_r(NULL, " ", &rest)) {
			strcat(expected, key);
			strcat(expected, " /_ 1, ");
		}
		check_keys(below->dir, &keys, expected);
		keys_clear(&keys);
		free(dir);
	}
}

/** What a list has not told is gone behind it. */
static void
test_lists(void** state)
{
	struct keys keys = { 0 };
	(void)state;
	keys_mark(&keys);
	assert_true(keys_sweep(&keys));
	put(&keys, "a", "1", 1);
	put(&keys, "b", "1", 1);
	put(&keys, "c", "1", 1);
	keys_mark(&keys);
	put(&keys, "b", "1", 1);
	put(&keys, "d", "2", 2);
	/* of a list that broke off, nothing is left behind the next */
	keys_mark(&keys);
	put(&keys, "a", "3", 3);
	put(&keys, "e", "3", 3);
	check_keys("in a list", &keys,
		"a 3 3, b 1 1, c 1 1, d 2 2, e 3 3, ");
	remove_key(&keys, "e");
	assert_true(keys_sweep(&keys));
	check_keys("swept", &keys, "a 3 3, ");
	put(&keys, "f", "4", 4);
	assert_true(keys_sweep(&keys));
	check_keys("put behind a list", &keys, "a 3 3, f 4 4, ");
	keys_mark(&keys);
	assert_true(keys_sweep(&keys));
	check_keys("an empty list", &keys, "");
	keys_clear(&keys);
}

/** Many changes by chance leave what they leave in a simple array. */
static void
test_many(void** state)
{
	enum { KEYS = 500, CHANGES = 20000 };
	static int64_t expected[KEYS];
	struct keys keys = { 0 };
	uint32_t chance = 1;
	struct shown shown;
	int64_t i;
	int n;
	(void)state;
	for(i = 1; i <= CHANGES; i++) {
		char name[16];
		chance = chance * 1103515245 + 12345;
		n = (int)(chance >> 8) % KEYS;
		snprintf(name, sizeof(name), "%03d", n);
		if(chance >> 31) {
			put(&keys, name, name, i);
			expected[n] = i;
		} else {
			remove_key(&keys, name);
			expected[n] = 0;
		}
	}
	for(n = 0; n < KEYS; n++) {
		char name[16], line[64];
		struct key_value* dir;
		snprintf(name, sizeof(name), "%03d", n);
		snprintf(line, sizeof(line), "%s %s %" PRId64 ", ", name, name,
			expected[n]);
		shown = (struct shown){ "", 0, 1, 0 };
		if(expected[n] == 0)
			continue;
		assert_false(keys_walk(&keys, show_key, &shown));
		assert_string_equal(shown.text, line);
		dir = make(name, "", 0);
		keys_remove(&keys, dir);
		free(dir);
	}
	check_keys("all removed", &keys, "");
}

#if SIZE_MAX > UINT32_MAX
/** What has no room in a file is not taken. */
static void
test_too_long(void** state)
{
	(void)state;
	assert_null(key_value_create("", (size_t)UINT32_MAX + 1, "", 0, 1));
	assert_null(key_value_create("", 0, "", (size_t)UINT32_MAX + 1, 1));
}
#endif

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_put),
		cmocka_unit_test(test_octets),
		cmocka_unit_test(test_walk_ends),
		cmocka_unit_test(test_remove_below),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_many),
#if SIZE_MAX > UINT32_MAX
		cmocka_unit_test(test_too_long),
#endif
	};
	return cmocka_run_group_tests_name("keys", tests, NULL, NULL);
}
