/*
 * tests/unit/base/test_wire.c - numbers and rdata as DNS messages have them.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/wire.h"
#include "check.h"

static void
test_numbers(void** state)
{
	static const uint8_t octets[] = { 0x81, 0x02, 0xf3, 0x04, 0xe5 };
	uint8_t out[6];
	(void)state;
	assert_int_equal(wire_read_u16(octets), 0x8102);
	assert_int_equal(wire_read_u16(octets + 1), 0x02f3);
	assert_int_equal(wire_read_u32(octets), 0x8102f304);
	assert_int_equal(wire_read_u32(octets + 1), 0x02f304e5);
	assert_ptr_equal(wire_write_u16(out, 0x8102), out + 2);
	assert_ptr_equal(wire_write_u32(out + 2, 0xf304e506), out + 6);
	assert_memory_equal(out, "\x81\x02\xf3\x04\xe5\x06", 6);
}

static void
test_list(void** state)
{
	static const char expected[] = "\0\4\xc0\0\2\1\0\0\0\1x";
	struct buffer buffer = { 0 };
	(void)state;
	assert_true(rdata_list_append(&buffer, "\xc0\0\2\1", 4));
	assert_true(rdata_list_append(&buffer, NULL, 0));
	assert_true(rdata_list_append(&buffer, "x", 1));
	assert_int_equal(buffer.len, sizeof(expected) - 1);
	assert_memory_equal(buffer.data, expected, buffer.len);
	assert_int_equal(rdata_list_step(buffer.data), 6);
	assert_int_equal(rdata_list_step(buffer.data + 6), 2);
	assert_int_equal(rdata_list_step(buffer.data + 8), 3);
	buffer_clear(&buffer);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_list),
	};
	return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
