/*
 * tests/unit/base/test_text.c - numbers in text, and text in log lines.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/text.h"
#include "check.h"

/** A text, a bound, and what is read. */
struct decimal_case {
	const char* text;
	uint64_t max;
	/** digits; 0: refused */
	size_t digits;
	uint64_t number;
};

static const struct decimal_case decimals[] = {
	{ "0", 0, 1, 0 },
	{ "1", 0, 0, 0 },
	{ "255", 255, 3, 255 },
	{ "256", 255, 0, 0 },
	{ "00000000000000000000000255", 255, 26, 255 },
	{ "12ms", 100, 2, 12 },
	{ "12 ", 100, 2, 12 },
	{ "18446744073709551615", UINT64_MAX, 20, UINT64_MAX },
	{ "18446744073709551616", UINT64_MAX, 0, 0 },
	{ "99999999999999999999", UINT64_MAX, 0, 0 },
	{ "18446744073709551615", UINT64_MAX - 1, 0, 0 },
	{ "5", 4, 0, 0 }, { "14", 13, 0, 0 }, { "13", 13, 2, 13 },
	{ "", 9, 0, 0 }, { "-1", 9, 0, 0 }, { "+1", 9, 0, 0 },
	{ " 1", 9, 0, 0 }, { "x", 9, 0, 0 }, { "0x1", 9, 1, 0 },
};

static void
test_decimal(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(decimals); i++) {
		const struct decimal_case* row = &decimals[i];
		size_t len = strlen(row->text);
		char* text = copy_exactly(row->text, len);
		uint64_t number = 77;
		size_t digits = text_read_decimal(text, len, row->max,
			&number);
		check(digits == row->digits && number == (digits > 0 ?
			row->number : 77), "\"%s\"", row->text);
		free(text);
	}
}

/** A text of so many octets, the size of the result, and that. */
struct time_case {
	const char* text;
	size_t len;
	/** -1: it is no time */
	int64_t seconds;
};

static const struct time_case times[] = {
	{ OCTETS("0"), 0 },
	{ OCTETS("90"), 90 },
	{ OCTETS("1m30s"), 90 },
	{ OCTETS("30S1M"), 90 },
	{ OCTETS("1w2d3h4m5s"), 788645 },
	{ OCTETS("4294967295"), 4294967295 },
	{ OCTETS("4294967296"), -1 },
	{ OCTETS("7101w"), 4294684800 },
	{ OCTETS("7102w"), -1 },
	{ OCTETS("99999999999999999999999"), -1 },
	{ OCTETS(""), -1 },
	{ OCTETS("m"), -1 },
	{ OCTETS("1mm"), -1 },
	{ OCTETS("1m30"), -1 },
	{ OCTETS("1y"), -1 },
	{ OCTETS("1 "), -1 },
	{ OCTETS("-1"), -1 },
	{ OCTETS("1\0"), -1 },
};

static void
test_time(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(times); i++) {
		const struct time_case* row = &times[i];
		char* text = copy_exactly(row->text, row->len);
		uint32_t seconds = 77;
		bool ok = text_read_time(text, row->len, &seconds);
		check(ok == (row->seconds >= 0), "row %zu: %d", i, ok);
		assert_int_equal(seconds, ok ? row->seconds : 77);
		free(text);
	}
}

struct show_case {
	const char* text;
	size_t len;
	size_t size;
	const char* shown;
};

static const struct show_case shows[] = {
	{ OCTETS(""), 4, "" },
	{ OCTETS("abc"), 4, "abc" },
	{ OCTETS("abcd"), 4, "..." },
	{ OCTETS("abcd"), 5, "abcd" },
	{ OCTETS("abcde"), 5, "a..." },
	{ OCTETS("a b~"), 40, "a b~" },
	{ OCTETS("a\"b\\"), 40, "a\\\"b\\\\" },
	{ OCTETS("a\0\n\x7f\xff"), 40, "a\\000\\010\\127\\255" },
	/* an escape is not cut in its midst */
	{ OCTETS("ab\n"), 6, "ab..." },
	{ OCTETS("ab\n"), 7, "ab\\010" },
	{ OCTETS("ab\n\n"), 9, "ab..." },
	{ OCTETS("ab\n\n"), 10, "ab\\010..." },
};

static void
test_show(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(shows); i++) {
		const struct show_case* row = &shows[i];
		char* text = copy_exactly(row->text, row->len);
		char* out = malloc(row->size);
		assert_non_null(out);
		assert_ptr_equal(text_show(text, row->len, out, row->size),
			out);
		check(strcmp(out, row->shown) == 0, "row %zu: %s", i, out);
		free(text);
		free(out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decimal),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_show),
	};
	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
