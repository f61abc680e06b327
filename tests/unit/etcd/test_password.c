/*
 * tests/unit/etcd/test_password.c - the password, in a file of its own.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "etcd/password.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/** The file of a case. */
static char path[] = "/tmp/test_password.XXXXXX";

static int
set_up(void** state)
{
	int fd = mkstemp(path);
	(void)state;
	return fd < 0 || close(fd) != 0;
}

static int
tear_down(void** state)
{
	(void)state;
	return unlink(path);
}

static void
file_write(const char* data, size_t len)
{
	FILE* file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

static const struct {
	/** what is in the file */
	const char* text;
	/** the password; NULL: there is none */
	const char* password;
} cases[] = {
	{ "secret", "secret" },
	{ "secret\n", "secret" },
	{ "secret\r\n", "secret" },
	{ "secret\nof more lines\n", "secret" },
	{ " se cret \n", " se cret " },
	{ "s\xc3\xa9""cret\"\\\n", "s\xc3\xa9""cret\"\\" },
	{ "", NULL },
	{ "\n", NULL },
	{ "\nsecret\n", NULL },
	{ "\r\n", NULL },
};

/* A password that a program has asked for goes before the file. */
static void
test_get(void** state)
{
	char given[] = "given", none[] = "";
	char much[PASSWORD_MAX + 2], password[PASSWORD_MAX + 1];
	struct etcd_settings settings = { .password_file = path };
	struct reason reason;
	(void)state;
	file_write("filed\n", 6);
	assert_true(password_get(&settings, password, &reason));
	assert_string_equal(password, "filed");
	settings.password = given;
	assert_true(password_get(&settings, password, &reason));
	assert_string_equal(password, "given");
	settings.password = none;
	assert_false(password_get(&settings, password, &reason));
	assert_string_equal(reason.text, "no password: it is empty");
	settings.password = much;
	memset(much, 'x', sizeof(much));
	much[sizeof(much) - 1] = 0;
	assert_false(password_get(&settings, password, &reason));
	assert_string_equal(reason.text, "no password: it is too long");
	much[PASSWORD_MAX] = 0;
	assert_true(password_get(&settings, password, &reason));
	assert_string_equal(password, much);
}

static void
test_read(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char password[PASSWORD_MAX + 1];
		struct reason reason = { "" };
		bool ok;
		file_write(cases[i].text, strlen(cases[i].text));
		ok = password_read(path, password, &reason);
		assert_int_equal(ok, cases[i].password != NULL);
		if(ok)
			assert_string_equal(password, cases[i].password);
		else	assert_non_null(strstr(reason.text,
				"its first line is empty"));
	}
}

static void
test_length(void** state)
{
	char password[PASSWORD_MAX + 1];
	struct reason reason = { "" };
	char text[PASSWORD_MAX + 1];
	(void)state;
	memset(text, 'x', sizeof(text));
	file_write(text, PASSWORD_MAX);
	assert_true(password_read(path, password, &reason));
	assert_int_equal(strlen(password), PASSWORD_MAX);
	file_write(text, PASSWORD_MAX + 1);
	assert_false(password_read(path, password, &reason));
	assert_non_null(strstr(reason.text, "too long"));
	assert_non_null(strstr(reason.text, path));
	/* nothing of it is left */
	assert_int_equal(password[0], 0);
	assert_int_equal(password[PASSWORD_MAX - 1], 0);
}

static void
test_missing(void** state)
{
	char password[PASSWORD_MAX + 1];
	struct reason reason = { "" };
	(void)state;
	assert_false(password_read("/nonexistent", password,
		&reason));
	assert_string_equal(reason.text, "no password from /nonexistent: "
		"No such file or directory");
	assert_false(password_read("/", password, &reason));
	assert_string_equal(reason.text, "no password from /: Is a directory");
}

static void
test_exposed(void** state)
{
	static const struct {
		mode_t mode;
		bool exposed;
	} modes[] = { { 0400, false }, { 0600, false }, { 0640, false },
		{ 0660, false }, { 0644, true }, { 0604, true },
		{ 0602, false } };
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		assert_int_equal(chmod(path, modes[i].mode), 0);
		assert_int_equal(password_check_exposed(path),
			modes[i].exposed);
	}
	assert_int_equal(chmod(path, 0600), 0);
	assert_false(password_check_exposed("/nonexistent"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_get),
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_length),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_exposed),
	};
	return cmocka_run_group_tests_name("password", tests, set_up,
		tear_down);
}
