/*
 * tests/unit/helixctl/test_records.c - keys and values as records, and back.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "records.h"
#include "base/text.h"
#include "dns/rdata/rdata.h"
#include "dns/type.h"
#include "format/helix.h"
#include "check.h"
#include <stdio.h>

static struct name
name_of(const char* text)
{
	struct name name;
	const char* why = name_from_text(&name, text, strlen(text));
	check(!why, "%s: %s", text, why);
	return name;
}

/** A buffer as a string; freed by the next call. */
static const char*
text_of(struct buffer* buffer)
{
	static char* text;
	free(text);
	text = calloc(1, buffer->len + 1);
	assert_non_null(text);
	if(buffer->len > 0)
		memcpy(text, buffer->data, buffer->len);
	buffer_clear(buffer);
	return text;
}

/* --- paths --------------------------------------------------------------- */

static const struct {
	const char *name, *type, *id;
	/** without the prefix */
	const char* path;
} paths[] = {
	{ "www.example.com.", "A", "", "com/example/www/A" },
	{ "WWW.Example.COM", "A", "n-1", "com/example/www/A/n-1" },
	{ ".", "NS", "", "NS" },
	{ ".", "NS", "x", "NS/x" },
	{ "com", "NS", "", "com/NS" },
	{ "*.example.com", "TXT", "", "com/example/*/TXT" },
	{ "a\\.b.c", "A", "", "c/a\\.b/A" },
	{ "a\\047b.c", "A", "", "c/a\\047b/A" },
	{ "a\\\\b.c", "A", "", "c/a\\\\b/A" },
	{ "a\\000b.c", "A", "", "c/a\\000b/A" },
	{ "a\\032b.c", "A", "", "c/a\\032b/A" },
	{ "a\\\"b.c", "A", "", "c/a\\\"b/A" },
	{ "\\195\\164.c", "A", "", "c/\\195\\164/A" },
	{ "\\@.c", "A", "", "c/\\@/A" },
	{ "a\\@b.c", "A", "", "c/a@b/A" },
	{ "a%b.c", "A", "", "c/a%b/A" },
	{ "a%4f.c", "A", "", "c/a\\%4f/A" },
	{ "a_b-c.d", "A", "", "d/a_b-c/A" },
	/* labels that are types, in lower case */
	{ "a.mx.c", "TYPE65280", "", "c/mx/a/TYPE65280" },
};

/* Each path is read as what it was written for, and nothing looks wrong. */
static void
test_paths(void** state)
{
	const struct helix_config none = { 0 };
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(paths); i++) {
		struct name name = name_of(paths[i].name);
		uint16_t type = type_from_text(paths[i].type,
			strlen(paths[i].type));
		const char* id = paths[i].id;
		struct buffer path = { 0 };
		struct record record;
		struct reason doubt;
		const char* text;
		assert_true(records_path_write(&path, &name, type, id,
			strlen(id)));
		text = text_of(&path);
		check(strcmp(text, paths[i].path) == 0, "%s: %s",
			paths[i].path, text);
		record_read_key(&record, &none, text, strlen(text));
		check(record.state == RECORD_SERVED, "%s: %s", text,
			record.reason.text);
		assert_int_equal(record.contribution.type, type);
		assert_true(name_is(&name, record.contribution.owner.wire,
			record.contribution.owner.len));
		assert_int_equal(record.id_len, strlen(id));
		assert_memory_equal(record.id, id, strlen(id));
		helix_key_doubt(&record.contribution, text, strlen(text),
			&doubt);
		assert_string_equal(doubt.text, "");
	}
}

static const struct {
	const char *path, *id;
} ids[] = {
	{ "com/A", "" },
	{ "com/A/x", "x" },
	{ "Com/A", "" },
	{ "Com/A/x", "x" },
	{ "com/TYPE1/x", "x" },
	{ "com/TYPE1", "" },
	{ "TYPE1", "" },
	{ "TYPE1/x", "x" },
	/* a young type is an id behind a type, and one that is spelled by its
	 * number is none */
	{ "com/A/RESINFO", "RESINFO" },
	{ "Com/A/RESINFO", "RESINFO" },
	{ "Com/mx/A", "" },
};

static void
test_ids(void** state)
{
	const struct helix_config none = { 0 };
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(ids); i++) {
		struct record record;
		const char* path = ids[i].path;
		record_read_key(&record, &none, path, strlen(path));
		assert_true(record.has_owner);
		check(record.id_len == strlen(ids[i].id) && memcmp(record.id,
			ids[i].id, record.id_len) == 0, "%s: %.*s", path,
			(int)record.id_len, record.id);
	}
}

/* --- values -------------------------------------------------------------- */

static const struct {
	const char* type;
	/** what is read */
	const char* value;
	/** what is written; NULL: the same */
	const char* written;
} values[] = {
	{ "A", "192.0.2.1", NULL },
	{ "A", " 192.0.2.1\n", "192.0.2.1" },
	{ "A", "[\"192.0.2.1\"]", "192.0.2.1" },
	{ "A", "[\"192.0.2.2\", \"192.0.2.1\"]", NULL },
	{ "A", "{\"ttl\": 0, \"rdata\": \"192.0.2.1\"}", NULL },
	{ "A", "{\"ttl\": 2147483647, \"rdata\": [\"192.0.2.1\", "
		"\"192.0.2.2\"]}", NULL },
	{ "A", "\\# 4 c0000201", "192.0.2.1" },
	{ "AAAA", "2001:DB8:0::1", "2001:db8::1" },
	{ "MX", "10 Mail.example.com", "10 Mail.example.com." },
	{ "CNAME", "a\\\"b.example.com.", NULL },
	{ "CNAME", "[\"{a.example.com.\"]", NULL },
	{ "CNAME", "[\"[.\"]", NULL },
	{ "CNAME", ".", NULL },
	{ "TXT", "text", NULL },
	{ "TXT", "two  words", NULL },
	{ "TXT", "a;b", NULL },
	{ "TXT", "a\\\\;b", "\"a\\\\;b\"" },
	{ "TXT", "back\\slash", "\"back\\\\slash\"" },
	{ "TXT", "\"\"", NULL },
	{ "TXT", "\"one\" \"two\"", NULL },
	{ "TXT", "\"one\"", "one" },
	{ "TXT", "\"quo\\\"te\"", NULL },
	{ "TXT", "\" space\"", NULL },
	{ "TXT", "\"space \"", NULL },
	{ "TXT", "\"[x]\"", NULL },
	{ "TXT", "\"{x}\"", NULL },
	{ "TXT", "\"(x)\"", NULL },
	{ "TXT", "\"'x'\"", NULL },
	{ "TXT", "\";x\"", NULL },
	{ "TXT", "\"IN TXT x\"", NULL },
	{ "TXT", "\"\\\\# 1 00\"", NULL },
	{ "TXT", "\"\\007\\255\"", NULL },
	{ "TXT", "tab\there", "\"tab\\009here\"" },
	{ "SPF", "v=spf1 -all", NULL },
	{ "CAA", "0 issue \"ca.example.net\"", NULL },
	{ "HTTPS", "1 . alpn=h2,h3", "1 . alpn=\"h2,h3\"" },
	{ "TYPE65280", "\\# 3 0a0b0c", NULL },
	{ "TYPE65280", "\\# 0", NULL },
	{ "NULL", "\\# 2 2e2f", NULL },
};

/** Read a value, which is good. */
static void
value_read(struct record_set* set, uint16_t type, const char* value,
	size_t len)
{
	struct reason reason;
	bool ok = helix_value_read(set, type, value, len, &reason);
	check(ok, "%.*s: %s", (int)len, value, reason.text);
}

/** Write what was read; what is read of that is the same. */
static void
value_round(uint16_t type, const struct record_set* set,
	struct buffer* written)
{
	struct record_set again;
	assert_true(records_value_write(written, type, set));
	value_read(&again, type, (const char*)written->data, written->len);
	check(records_same(set, &again) && set->ttl == again.ttl, "%.*s",
		(int)written->len, (const char*)written->data);
	record_set_clear(&again);
}

static void
test_values(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(values); i++) {
		const char* value = values[i].value;
		const char* expected = values[i].written ? values[i].written :
			value;
		uint16_t type = type_from_text(values[i].type,
			strlen(values[i].type));
		struct buffer written = { 0 };
		struct record_set set;
		const char* text;
		value_read(&set, type, value, strlen(value));
		value_round(type, &set, &written);
		text = text_of(&written);
		check(strcmp(text, expected) == 0, "%s %s: %s",
			values[i].type, expected, text);
		record_set_clear(&set);
	}
}

/* Long texts are written plainly only where they are split as they are
 * read. */
static void
test_long_text(void** state)
{
	static const struct {
		size_t first, second;
		bool plain;
	} cases[] = {
		{ 255, 0, true }, { 255, 1, true }, { 255, 255, true },
		{ 254, 1, false }, { 254, 0, true }, { 1, 255, false },
	};
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(cases); i++) {
		uint8_t rdata[512];
		size_t len = 1 + cases[i].first;
		struct record_set set = { .ttl = RECORD_TTL_NONE };
		struct buffer written = { 0 };
		memset(rdata, 'x', sizeof(rdata));
		rdata[0] = (uint8_t)cases[i].first;
		if(cases[i].second > 0) {
			rdata[len] = (uint8_t)cases[i].second;
			len += 1 + cases[i].second;
		}
		assert_true(record_set_add(&set, rdata, len));
		value_round(TYPE_TXT, &set, &written);
		assert_int_equal(written.data[0] == 'x', cases[i].plain);
		buffer_clear(&written);
		record_set_clear(&set);
	}
}

/** A number that differs from run to run of the loop, not of the program. */
static unsigned
next_random(unsigned* seed)
{
	*seed = *seed * 1103515245 + 12345;
	return *seed >> 16;
}

/* Any octets as TXT, and as a name, are written in printable ASCII, and read
 * as what they were. */
static void
test_any_octets(void** state)
{
	static const char odd[] = "\\\"[]{}();#. \t\n\r'`@%$/*a0\177\200\377";
	unsigned seed = 1;
	int round;
	(void)state;
	for(round = 0; round < 20000; round++) {
		struct record_set set = { .ttl = round % 3 ? RECORD_TTL_NONE :
			next_random(&seed) };
		struct buffer written = { 0 };
		uint8_t rdata[1 + 20];
		uint16_t type = round % 2 ? TYPE_TXT : TYPE_CNAME;
		size_t i, len = 1 + next_random(&seed) % 12;
		rdata[0] = (uint8_t)len;
		for(i = 0; i < len; i++)
			rdata[1 + i] = (uint8_t)(next_random(&seed) % 4 ?
				odd[next_random(&seed) % sizeof(odd)] :
				(char)next_random(&seed));
		if(type == TYPE_CNAME)
			rdata[++len] = 0;
		assert_true(record_set_add(&set, rdata, 1 + len));
		value_round(type, &set, &written);
		for(i = 0; i < written.len; i++)
			assert_in_range(written.data[i], ' ', '~');
		buffer_clear(&written);
		record_set_clear(&set);
	}
}

static void
test_line(void** state)
{
	struct name name = name_of("a\\.b.example.com");
	struct buffer line = { 0 };
	(void)state;
	assert_true(records_line_write(&line, &name, 300, TYPE_TXT,
		(const uint8_t*)"\003a\033b", 4));
	assert_string_equal(text_of(&line),
		"a\\.b.example.com.\t300\tIN\tTXT\t\"a\\027b\"");
}

/* --- zones --------------------------------------------------------------- */

static void
test_zones(void** state)
{
	struct zone_settings zones[3];
	struct helix_config config = { .zones = zones, .zone_count = 3 };
	struct name name;
	struct record record;
	(void)state;
	memset(zones, 0, sizeof(zones));
	zones[0].apex = name_of("example.com");
	zones[0].ttl = 7;
	zones[1].apex = name_of("sub.example.com");
	zones[2].apex = name_of("com.");
	name = name_of("x.example.com");
	assert_ptr_equal(records_zone(&config, &name, TYPE_A), &zones[0]);
	name = name_of("x.SUB.example.com");
	assert_ptr_equal(records_zone(&config, &name, TYPE_A), &zones[1]);
	name = name_of("sub.example.com");
	assert_ptr_equal(records_zone(&config, &name, TYPE_A), &zones[1]);
	assert_ptr_equal(records_zone(&config, &name, TYPE_DS), &zones[0]);
	/* these octets end another name's label */
	name = name_of("xexample.com");
	assert_ptr_equal(records_zone(&config, &name, TYPE_A), &zones[2]);
	name = name_of("example.org");
	assert_null(records_zone(&config, &name, TYPE_A));
	name = name_of("com");
	assert_null(records_zone(&config, &name, TYPE_DS));
	assert_non_null(records_refuse(&config, &zones[1].apex, TYPE_CNAME));
	name = name_of("x.sub.example.com");
	assert_null(records_refuse(&config, &name, TYPE_CNAME));
	assert_non_null(records_refuse(&config, &name, TYPE_SOA));
	assert_null(records_refuse(&config, &zones[1].apex, TYPE_SOA));

	record_read(&record, &config, OCTETS("com/example/a/A"),
		OCTETS("192.0.2.1"));
	assert_int_equal(record.state, RECORD_SERVED);
	assert_int_equal(records_ttl(&record), 7);
	record_clear(&record);
	record_read(&record, &config, OCTETS("com/example/a/A"),
		OCTETS("{\"ttl\": 8, \"rdata\": \"192.0.2.1\"}"));
	assert_int_equal(records_ttl(&record), 8);
	record_clear(&record);
	record_read(&record, &config, OCTETS("org/a/A"), OCTETS("192.0.2.1"));
	assert_int_equal(record.state, RECORD_OUTSIDE);
	record_clear(&record);
	record_read(&record, &config, OCTETS("com/a/CNAME/A"), OCTETS("x"));
	assert_int_equal(record.state, RECORD_BAD);
	record_clear(&record);
}

/* --- ranges -------------------------------------------------------------- */

static const struct {
	const char* owner;
	/** a path */
	const char* path;
} spellings[] = {
	{ "www.example.com", "com/example/www/A" },
	{ "www.example.com", "com/example/www/TYPE1/x" },
	{ "www.example.com", "com/example/www/NSAP-PTR" },
	{ "www.example.com", "com/example/Www/A" },
	{ "www.example.com", "com/example/wWW/A/id" },
	{ "www.example.com", "COM/example/www/A" },
	{ "www.example.com", "com/e\\120ample/www/A" },
	{ "www.example.com", "\\099om/example/www/A" },
	{ "www.example.com", "com/example/\\www/A" },
	{ "a-1_2.com", "com/a\\-1_2/A" },
	{ "a-1_2.com", "com/a-\\049_2/A" },
	{ "a\\.b.com", "com/a\\046b/A" },
	{ "a\\.b.com", "com/a\\.B/A" },
	{ "a\\.b.com", "com/A\\.b/A" },
	{ "\\255a.com", "com/\377a/A" },
	{ "a\\255.com", "com/a\377/A" },
	{ ".", "A" },
	{ ".", "NS/x" },
	{ ".", "TYPE2" },
	{ "\\.a", "\\046a/A" },
};

/** Whether a path is in a range. */
static bool
range_has(const struct kv_range* range, const char* path)
{
	size_t len = strlen(path);
	size_t a = len < range->first_len ? len : range->first_len;
	size_t b = len < range->end_len ? len : range->end_len;
	int first = memcmp(path, range->first, a);
	int end = memcmp(path, range->end, b);
	return (first > 0 || (first == 0 && len >= range->first_len)) &&
		(end < 0 || (end == 0 && len < range->end_len));
}

/* However the name is spelled, the key is in one of the ranges; and those of
 * names below, in lower case, are not. */
static void
test_ranges(void** state)
{
	size_t i, k;
	(void)state;
	for(i = 0; i < COUNT(spellings); i++) {
		struct name name = name_of(spellings[i].owner);
		const char* path = spellings[i].path;
		const struct helix_config none = { 0 };
		struct records_ranges ranges;
		struct record record;
		size_t found = 0;
		record_read_key(&record, &none, path, strlen(path));
		check(record.has_owner && name_is(&name,
			record.contribution.owner.wire,
			record.contribution.owner.len), "%s", path);
		assert_true(records_ranges_init(&ranges, &name, NULL));
		for(k = 0; k < ranges.count; k++) {
			found += range_has(&ranges.range[k], path);
			/* where a name has escapes, ranges may be wider */
			if(strchr(spellings[i].owner, '\\'))
				continue;
			assert_false(range_has(&ranges.range[k],
				"com/example/www/below/A"));
			assert_false(range_has(&ranges.range[k],
				"com/example/other/A"));
		}
		check(found > 0, "%s", path);
		records_ranges_clear(&ranges);
	}
}

/* With a top, all ranges are in its directory, and have what is spelled
 * otherwise there. */
static void
test_top(void** state)
{
	static const struct {
		const char *owner, *top, *path;
		bool expected;
	} cases[] = {
		{ "www.example.com", "example.com", "com/example/Www/A", true },
		{ "www.example.com", "example.com", "com/Example/www/A",
			false },
		{ "www.example.com", "com", "com/Example/www/A", true },
		{ "www.example.com", ".", "Com/example/www/A", true },
		{ "example.com", "example.com", "com/example/A/x", true },
		{ "example.com", "example.com", "com/Example/A", false },
	};
	size_t i, k;
	(void)state;
	for(i = 0; i < COUNT(cases); i++) {
		struct name name = name_of(cases[i].owner);
		struct name top = name_of(cases[i].top);
		struct records_ranges ranges;
		struct buffer dir = { 0 };
		bool found = false;
		assert_true(records_dir_write(&dir, &top));
		assert_true(records_ranges_init(&ranges, &name, &top));
		for(k = 0; k < ranges.count; k++) {
			found |= range_has(&ranges.range[k], cases[i].path);
			if(dir.len == 0)
				continue;
			assert_memory_equal(ranges.range[k].first, dir.data,
				dir.len);
			assert_int_equal(ranges.range[k].first[dir.len], '/');
			assert_memory_equal(ranges.range[k].end, dir.data,
				dir.len);
			assert_int_equal(ranges.range[k].end[dir.len], '/');
		}
		assert_int_equal(found, cases[i].expected);
		buffer_clear(&dir);
		records_ranges_clear(&ranges);
	}
}

/* The longest name has no more ranges than there may be, and its keys are in
 * them. */
static void
test_longest_name(void** state)
{
	static const char label[] =
		"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghi";
	char text[256], path[300];
	struct records_ranges ranges;
	struct name name;
	size_t k, found = 0;
	(void)state;
	snprintf(text, sizeof(text), "%s.%s.%s.%s", label, label, label,
		label);
	snprintf(path, sizeof(path), "%s/%s/%s/%.60sI/A", label, label, label,
		label);
	name = name_of(text);
	assert_true(records_ranges_init(&ranges, &name, NULL));
	assert_in_range(ranges.count, 2, RECORDS_RANGES_MAX);
	for(k = 0; k < ranges.count; k++)
		found += range_has(&ranges.range[k], path);
	assert_int_equal(found, 1);
	records_ranges_clear(&ranges);
}

/* --- contradictions ------------------------------------------------------ */

/** Add a key to those of an owner. */
static void
records_put(struct records* records, const char* path, const char* value)
{
	const struct helix_config none = { 0 };
	struct kv_key key = { .key = path, .key_len = strlen(path),
		.path = path, .path_len = strlen(path), .value = value,
		.value_len = strlen(value) };
	assert_true(records_add(records, &none, &key));
}

static const struct {
	/** what is there */
	const char *path, *value;
	/** what is put */
	const char *new_path, *new_value;
	/** whether it contradicts */
	bool expected;
} contradictions[] = {
	{ "a/A", "192.0.2.1", "a/CNAME", "b", true },
	{ "a/CNAME", "b", "a/A", "192.0.2.1", true },
	{ "a/CNAME", "b", "a/CNAME", "c", false },
	{ "a/CNAME", "b", "a/CNAME/x", "c", true },
	{ "a/CNAME", "b", "a/CNAME/x", "b.", false },
	{ "a/TYPE5", "b", "a/CNAME", "c", true },
	{ "a/A", "192.0.2.1", "a/A/x", "192.0.2.2", false },
	{ "a/DNAME", "b", "a/DNAME/x", "c", true },
	{ "a/DNAME", "b", "a/A", "192.0.2.1", false },
	{ "a/SOA", "a b 1 2 3 4 5", "a/SOA/x", "a b 1 2 3 4 6", true },
	{ "a/A", "bad", "a/CNAME", "b", false },
};

static void
test_contradictions(void** state)
{
	const struct helix_config none = { 0 };
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(contradictions); i++) {
		const char* path = contradictions[i].new_path;
		const char* value = contradictions[i].new_value;
		struct records records = { 0 };
		struct record record;
		struct reason reason = { "" };
		const struct records_item* found;
		records_put(&records, contradictions[i].path,
			contradictions[i].value);
		record_read(&record, &none, path, strlen(path), value,
			strlen(value));
		found = records_contradiction(&records,
			record.contribution.type, path, strlen(path),
			&record.set, &reason);
		check((found != NULL) == contradictions[i].expected,
			"%s beside %s: %s", path, contradictions[i].path,
			reason.text);
		record_clear(&record);
		records_clear(&records);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_long_text),
		cmocka_unit_test(test_any_octets),
		cmocka_unit_test(test_line),
		cmocka_unit_test(test_zones),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_top),
		cmocka_unit_test(test_longest_name),
		cmocka_unit_test(test_contradictions),
	};
	return cmocka_run_group_tests_name("records", tests, NULL, NULL);
}
