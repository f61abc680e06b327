/*
 * tests/unit/base/test_reason.c - why something failed, in words.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/reason.h"
#include "check.h"

static void
test_say(void** state)
{
	struct reason reason = { "" };
	(void)state;
	assert_false(reason_say(&reason, "field %d is missing", 3));
	assert_string_equal(reason.text, "field 3 is missing");
	/* what was there may be part of what is said */
	assert_false(reason_say(&reason, "key x: %s", reason.text));
	assert_string_equal(reason.text, "key x: field 3 is missing");
	assert_false(reason_say(NULL, "nobody asks"));
}

static void
test_cut(void** state)
{
	struct reason reason;
	(void)state;
	assert_false(reason_say(&reason, "%*d", 2 * REASON_MAX, 1));
	assert_int_equal(strlen(reason.text), REASON_MAX - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_say),
		cmocka_unit_test(test_cut),
	};
	return cmocka_run_group_tests_name("reason", tests, NULL, NULL);
}
