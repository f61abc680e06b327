/*
 * tests/unit/base/test_denied.c - why a file cannot be used.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "base/denied.h"
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/** a folder of this test */
static char folder[64];

static int
set_up(void** state)
{
	char path[128];
	int fd;
	(void)state;
	strcpy(folder, "/tmp/helix-test-denied-XXXXXX");
	if(!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/in", folder);
	if(mkdir(path, 0755) == -1)
		return -1;
	snprintf(path, sizeof(path), "%s/in/file", folder);
	fd = open(path, O_CREAT | O_WRONLY, 0640);
	return fd == -1 || close(fd) == -1 ? -1 : chmod(folder, 0755);
}

static int
tear_down(void** state)
{
	char path[128];
	(void)state;
	snprintf(path, sizeof(path), "%s/in", folder);
	chmod(path, 0755);
	snprintf(path, sizeof(path), "%s/in/file", folder);
	unlink(path);
	snprintf(path, sizeof(path), "%s/in", folder);
	rmdir(path);
	return rmdir(folder);
}

/** Explain, in the eyes of somebody who is not root. */
static const char*
explain(const char* name, int problem, char* text)
{
	char path[128];
	snprintf(path, sizeof(path), "%s%s", folder, name);
	if(getuid() == 0)
		assert_int_equal(seteuid(65534), 0);
	denied_explain(path, problem, text);
	assert_int_equal(seteuid(getuid()), 0);
	return text;
}

/** Who that is. */
static const char*
whose(void)
{
	const struct passwd* user = getpwuid(getuid() == 0 ? 65534 : getuid());
	assert_non_null(user);
	return user->pw_name;
}

/** What the explanation of a denial is. */
static void
check(const char* name, const char* what, const char* part, unsigned mode)
{
	char text[DENIED_TEXT_MAX], expected[DENIED_TEXT_MAX], user[64];
	snprintf(user, sizeof(user), "%s", whose());
	snprintf(expected, sizeof(expected), "Permission denied: user %s may "
		"not %s %s%s, which belongs to %s:%s and has mode %04o", user,
		what, folder, part, getpwuid(getuid())->pw_name,
		getgrgid(getgid())->gr_name, mode);
	assert_string_equal(explain(name, EACCES, text), expected);
}

static void
test_file(void** state)
{
	(void)state;
	check("/in/file", "use", "/in/file", 0640);
}

/** The first folder that may not be entered, not the last. */
static void
test_folder(void** state)
{
	char path[128];
	(void)state;
	snprintf(path, sizeof(path), "%s/in", folder);
	assert_int_equal(chmod(path, 0600), 0);
	check("/in/file", "enter", "/in", 0600);
	check("/in/no/such/file", "enter", "/in", 0600);
	check("/in/", "enter", "/in", 0600);
}

/** All else is said as the system says it. */
static void
test_other(void** state)
{
	char text[DENIED_TEXT_MAX];
	(void)state;
	assert_string_equal(explain("/no", ENOENT, text),
		"No such file or directory");
	assert_string_equal(explain("/in/file", EROFS, text),
		"Read-only file system");
}

/** What is gone meanwhile, or is too long, is no harm. */
static void
test_gone(void** state)
{
	static char path[3 * PATH_MAX];
	char text[DENIED_TEXT_MAX], expected[DENIED_TEXT_MAX];
	(void)state;
	snprintf(expected, sizeof(expected), "Permission denied for user %s",
		whose());
	assert_string_equal(explain("/in/gone", EACCES, text), expected);
	assert_non_null(strstr(denied_explain("", EACCES, text),
		"Permission denied for user "));
	memset(path, 'a', sizeof(path) - 1);
	assert_string_equal(denied_explain(path, EACCES, text),
		"Permission denied");
	path[PATH_MAX - 1] = 0;
	assert_non_null(strstr(denied_explain(path, EACCES, text),
		"Permission denied for user "));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_file, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_folder, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_other, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_gone, set_up, tear_down),
	};
	return cmocka_run_group_tests_name("denied", tests, NULL, NULL);
}
