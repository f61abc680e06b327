/*
 * tests/unit/helixctl/test_check_program.c - another build of Unbound.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/* What unbound-checkconf says is for tests/system/test_ctl_check.py. */
#include "helixctl/check.h"
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "check.h"
#include "unbound/guard.h"
#include <string.h>

/** This test, as the daemon. */
#define SELF "/proc/self/exe"

/** Compare, and return the message; "" if nothing is wrong. */
static const char*
compare(const char* path, const char* wanted)
{
	static char message[1024];
	struct ctl ctl = { .json = true };
	struct findings findings;
	assert_true(findings_begin(&findings, &ctl));
	program_compare(path, wanted, &findings);
	assert_int_equal(findings.warnings, 0);
	assert_int_equal(findings.errors, cJSON_GetArraySize(findings.list));
	*message = 0;
	if(findings.errors > 0)
		strncat(message, cJSON_GetObjectItem(cJSON_GetArrayItem(
			findings.list, 0), "message")->valuestring,
			sizeof(message) - 1);
	findings_clear(&findings);
	return message;
}

static void
test_compare(void** state)
{
	struct guard_program self;
	(void)state;
	guard_read_program(&self);
	assert_string_equal(compare(SELF, self.build_id), "");
	if(!*self.build_id)
		check_nothing("no build-id in this program");
	assert_non_null(strstr(compare(SELF, "00ff"), "this is another build "
		"of Unbound ("));
	assert_non_null(strstr(compare(SELF, "00ff"), self.build_id));
	assert_non_null(strstr(compare(SELF, "00ff"), "(00ff)"));
}

/** What cannot be compared is not judged. */
static void
test_unknown(void** state)
{
	(void)state;
	assert_string_equal(compare(SELF, ""), "");
	assert_string_equal(compare("/nonexistent/unbound", "00ff"), "");
	assert_string_equal(compare("/dev/null", "00ff"), "");
	assert_string_equal(compare("/", "00ff"), "");
	assert_string_equal(compare(TEST_DATA "/config/good.minimal.yaml",
		"00ff"), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_compare),
		cmocka_unit_test(test_unknown),
	};
	return cmocka_run_group_tests_name("check_program", tests, NULL, NULL);
}
