/*
 * tests/unit/dns/scenes.c - zones with keys, for the tests of answers.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include "scenes.h"
#include <stdio.h>
#include <string.h>

const char* const three_zones[3] = { "example.", "other.", "+fall." };

/* --- zones --------------------------------------------------------------- */

void
scene_create_plain(struct scene* scene, const char* const* apex, size_t count)
{
	struct zone_settings settings[SCENE_ZONES];
	struct name ns;
	size_t i;
	assert_true(count <= SCENE_ZONES);
	question_name(&ns, "ns1.example.");
	for(i = 0; i < count; i++) {
		bool falls = apex[i][0] == '+';
		bool has_ns = apex[i][falls] == '=';
		settings_init(&settings[i], apex[i] + falls + has_ns);
		settings[i].fallthrough = falls;
		settings[i].ns = &ns;
		settings[i].ns_count = has_ns;
	}
	scene->store = store_new();
	scene->zones = zones_create(scene->store, settings, count);
	assert_non_null(scene->zones);
}

void
scene_create(struct scene* scene, const char* const* apex, size_t count)
{
	scene_create_plain(scene, apex, count);
	note_cuts(scene->store, scene->zones);
}

void
scene_create_two(struct scene* scene)
{
	struct two_zones two;
	two_zones_create(&two);
	scene->store = two.store;
	scene->zones = two.zones;
	/* zones_create copies the names; not memset, which is left out here */
	explicit_bzero(&two, sizeof(two));
}

void
scene_clear(struct scene* scene)
{
	zones_delete(scene->zones);
	store_delete(scene->store);
}

/* --- keys ---------------------------------------------------------------- */

void
scene_put(const struct scene* scene, const char* const (*data)[2], size_t keys)
{
	size_t i;
	for(i = 0; i < keys; i++)
		put(scene->store, data[i][0], data[i][1]);
}

void
put_chain(const struct scene* scene, const char* zone, unsigned aliases)
{
	char key[64], value[64];
	unsigned i;
	for(i = 0; i < aliases; i++) {
		sprintf(key, "%s/n%u/CNAME", zone, i);
		sprintf(value, "n%u.%s.", i + 1, zone);
		put(scene->store, key, value);
	}
}

void
write_long_name(char* text, size_t octets)
{
	size_t rest = octets - 9;
	while(rest > 0) {
		/* no rest of one octet, which no label has */
		size_t label = rest > 65 ? 64 : rest == 65 ? 33 : rest;
		memset(text, 'l', label - 1);
		text[label - 1] = '.';
		text += label;
		rest -= label;
	}
	strcpy(text, "example.");
}

void
write_most_labels(char* text)
{
	unsigned i;
	for(i = 0; i < 254; i += 2)
		memcpy(text + i, "x.", 3);
}

/* --- questions and answers ----------------------------------------------- */

const char*
scene_ask(const struct scene* scene, const char* name, uint16_t type)
{
	static char out[SHOWN_MAX];
	return ask(scene->store, scene->zones, name, type, out);
}

void
check_ask(const struct scene* scene, const char* name, uint16_t type,
	const char* format, ...)
{
	char answer[SHOWN_MAX];
	const struct ask_case row = { name, type, answer };
	va_list args;
	va_start(args, format);
	vsnprintf(answer, sizeof(answer), format, args);
	va_end(args);
	check_cases(scene->store, scene->zones, &row, 1);
}

void
check_scene(const char* const* apex, size_t apexes,
	const char* const (*data)[2], size_t keys, const struct ask_case* row,
	size_t rows)
{
	struct scene scene;
	scene_create(&scene, apex, apexes);
	scene_put(&scene, data, keys);
	check_cases(scene.store, scene.zones, row, rows);
	scene_clear(&scene);
}

void
check_both_ways(const struct scene* scene, const char* const (*data)[2],
	size_t keys, const struct ask_case* row, size_t rows)
{
	scene_put(scene, data, keys);
	check_cases(scene->store, scene->zones, row, rows);
	note_cuts(scene->store, scene->zones);
	check_cases(scene->store, scene->zones, row, rows);
}

unsigned
count_word(const char* text, const char* word)
{
	unsigned count = 0;
	while((text = strstr(text, word)) != NULL) {
		text += strlen(word);
		count++;
	}
	return count;
}

void
check_aliases(const char* answer, const char* begins, unsigned cnames,
	unsigned dnames)
{
	check(strncmp(answer, begins, strlen(begins)) == 0, "%s", answer);
	assert_int_equal(count_word(answer, " CNAME "), cnames);
	assert_int_equal(count_word(answer, " DNAME "), dnames);
}
