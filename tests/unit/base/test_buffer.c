/*
 * tests/unit/base/test_buffer.c - growable octets.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/buffer.h"
#include "check.h"

/** Append one after the other, across several reallocations. */
static void
test_append(void** state)
{
	struct buffer buffer = { 0 };
	size_t i;
	(void)state;
	for(i = 0; i < 1000; i++) {
		uint8_t octet = (uint8_t)(2 * i);
		assert_true(buffer_append(&buffer, &octet, 1));
		assert_true(buffer_append_octet(&buffer, (uint8_t)(2 * i + 1)));
	}
	assert_int_equal(buffer.len, 2000);
	for(i = 0; i < buffer.len; i++)
		assert_int_equal(buffer.data[i], i & 255);
	buffer_clear(&buffer);
	assert_null(buffer.data);
	assert_int_equal(buffer.len + buffer.size, 0);
	buffer_clear(&buffer);
}

static void
test_nothing(void** state)
{
	struct buffer buffer = { 0 };
	(void)state;
	assert_true(buffer_append(&buffer, NULL, 0));
	assert_true(buffer_reserve(&buffer, 0));
	assert_null(buffer.data);
	/* a place is one, be it for nothing */
	assert_non_null(buffer_extend(&buffer, 0));
	assert_int_equal(buffer.len, 0);
	buffer_clear(&buffer);
}

/** It allocates seldom, and what is reserved needs no allocation. */
static void
test_growth(void** state)
{
	struct buffer buffer = { 0 };
	const uint8_t* before;
	size_t i, moves = 0, size = 0;
	(void)state;
	for(i = 0; i < 100000; i++) {
		assert_non_null(buffer_extend(&buffer, 10));
		moves += buffer.size != size;
		size = buffer.size;
	}
	check(moves <= 16, "grew %zu times", moves);
	assert_true(buffer_reserve(&buffer, 5000000));
	before = buffer.data;
	assert_ptr_equal(buffer_extend(&buffer, 5000000), before + 1000000);
	assert_ptr_equal(buffer.data, before);
	buffer_clear(&buffer);
}

/** Too much is refused, and harms nothing. */
static void
test_too_much(void** state)
{
	static const size_t sizes[] = { SIZE_MAX, SIZE_MAX - 1, SIZE_MAX - 2 };
	struct buffer buffer = { 0 };
	size_t i;
	(void)state;
	assert_true(buffer_append(&buffer, "abc", 3));
	for(i = 0; i < COUNT(sizes); i++) {
		assert_false(buffer_reserve(&buffer, sizes[i]));
		assert_null(buffer_extend(&buffer, sizes[i]));
	}
	assert_int_equal(buffer.len, 3);
	assert_memory_equal(buffer.data, "abc", 3);
	buffer_clear(&buffer);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_append),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_growth),
		cmocka_unit_test(test_too_much),
	};
	return cmocka_run_group_tests_name("buffer", tests, NULL, NULL);
}
