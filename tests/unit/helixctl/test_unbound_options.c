/*
 * tests/unit/helixctl/test_unbound_options.c - unbound.conf.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "unbound_options.h"
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/** a folder of this test */
static char folder[64];

/** Write a file there. */
static void
file_write(const char* name, const char* text, size_t len)
{
	char path[128];
	FILE* file;
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

static int
set_up(void** state)
{
	(void)state;
	strcpy(folder, "/tmp/helix-test-options-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int
tear_down(void** state)
{
	static const char* const names[] = { "conf", "a.inc", "b.inc", "c.inc",
		"sub/d.inc", "sub" };
	char path[128];
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		if(unlink(path) == -1)
			(void)rmdir(path);
	}
	return rmdir(folder);
}

/** Write what was seen as a line: FILE:LINE SECTION NAME|VALUE|VALUE, where
 * the head of a section has no name. */
static void
on_option(void* arg, const struct unbound_option* option)
{
	const char* slash = strrchr(option->file, '/');
	fprintf(arg, "%s:%zu %s %s|%s|%s\n", slash ? slash + 1 : option->file,
		option->line, option->section, option->name, option->value[0],
		option->value[1]);
}

/** Read the file "conf", and compare what was seen. */
static void
check(const char* text, size_t len, const char* expected)
{
	struct reason reason = { "" };
	char* seen = NULL;
	size_t size;
	char path[128];
	FILE* out = open_memstream(&seen, &size);
	bool ok;
	assert_non_null(out);
	file_write("conf", text, len);
	snprintf(path, sizeof(path), "%s/conf", folder);
	ok = unbound_options_read(path, on_option, out, &reason);
	if(!ok)
		fprintf(out, "%s\n", strstr(reason.text, folder) ?
			"failed" : reason.text);
	fclose(out);
	if(strcmp(seen, expected) != 0)
		fail_msg("%s\nwas read as\n%sexpected\n%s", text, seen,
			expected);
	free(seen);
}

/** A text, and what is read of it. */
struct row {
	const char* text;
	const char* seen;
};

static const struct row rows[] = {
	{ "", "" },
	{ "\n\n # nothing\n", "" },
	{ "server:", "conf:1 server ||\n" },
	{ "server:\n  port: 53\n", "conf:1 server ||\nconf:2 server port|53|\n" },
	/* words need no lines, and lines need no words */
	{ "server: port: 53 verbosity: 1", "conf:1 server ||\n"
		"conf:1 server port|53|\nconf:1 server verbosity|1|\n" },
	{ "server:\nport:\n\n53\nverbosity:1", "conf:1 server ||\n"
		"conf:2 server port|53|\nconf:5 server verbosity|1|\n" },
	{ "server:port:53", "conf:1 server ||\nconf:1 server port|53|\n" },
	/* quotes */
	{ "server: a: \"b c # d\" e: 'f \" g'", "conf:1 server ||\n"
		"conf:1 server a|b c # d|\nconf:1 server e|f \" g|\n" },
	{ "server: a: \"\"", "conf:1 server ||\nconf:1 server a||\n" },
	{ "server: a:\"b\"c: d", "conf:1 server ||\nconf:1 server a|b|\n"
		"conf:1 server c|d|\n" },
	{ "server: a: \"b\\\"c\" d: e", "conf:1 server ||\n"
		"conf:1 server a|b\\\"c|\nconf:1 server d|e|\n" },
	{ "server: a: \"open\nb: c", "conf:1 server ||\n"
		"conf:1 server a|open|\nconf:2 server b|c|\n" },
	/* comments begin where words do */
	{ "server: a: b#c\n# d: e\nf: g # h: i", "conf:1 server ||\n"
		"conf:1 server a|b#c|\nconf:3 server f|g|\n" },
	{ "server: a: # b\n  c\n", "conf:1 server ||\nconf:1 server a|c|\n" },
	{ "#", "" },
	{ "server:#", "conf:1 server ||\n" },
	/* two values, and what is behind them */
	{ "server: local-zone: com. static access-control: 10.0.0.0/8 allow",
		"conf:1 server ||\nconf:1 server local-zone|com.|static\n"
		"conf:1 server access-control|10.0.0.0/8|allow\n" },
	{ "server: a: b c d e f: g", "conf:1 server ||\n"
		"conf:1 server a|b|c\nconf:1 server f|g|\n" },
	{ "server: a: b \"c:\" d: e", "conf:1 server ||\n"
		"conf:1 server a|b|c:\nconf:1 server d|e|\n" },
	/* the first word behind an option is its value, whatever it is */
	{ "server: a: b: c: d", "conf:1 server ||\nconf:1 server a|b:|\n"
		"conf:1 server c|d|\n" },
	{ "server: interface: ::1 interface: 2001:db8::1@53",
		"conf:1 server ||\nconf:1 server interface|::1|\n"
		"conf:1 server interface|2001:db8::1@53|\n" },
	/* sections */
	{ "server: a: b\nview: a: c\nview: a: d\ndynlib: dynlib-file: x",
		"conf:1 server ||\nconf:1 server a|b|\nconf:2 view ||\n"
		"conf:2 view a|c|\nconf:3 view ||\nconf:3 view a|d|\n"
		"conf:4 dynlib ||\nconf:4 dynlib dynlib-file|x|\n" },
	{ "a: b", "conf:1  a|b|\n" },
	{ "server: a:", "conf:1 server ||\nconf:1 server a||\n" },
	{ "\r\nserver:\r\n\ta: b\r\n", "conf:2 server ||\n"
		"conf:3 server a|b|\n" },
	{ "nonsense : : \"\" '", "" },
	{ "server: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"aaaaaaaaaaaaaaaaa: b", "conf:1 server ||\n" },
	{ "server: a: b\\", "conf:1 server ||\nconf:1 server a|b\\|\n" },
	{ "server: a: \"b\\", "conf:1 server ||\nconf:1 server a|b\\|\n" },
};

static void
test_words(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		check(rows[i].text, strlen(rows[i].text), rows[i].seen);
}

/** What is no text does no harm. */
static void
test_octets(void** state)
{
	static const char nul[] = "server: a: b\0c d: e\nf: g";
	char octets[4096];
	struct reason reason;
	char path[128];
	unsigned seed, i;
	FILE* out = fopen("/dev/null", "w");
	(void)state;
	check(nul, sizeof(nul) - 1, "conf:1 server ||\nconf:1 server a|b|\n"
		"conf:1 server d|e|\nconf:2 server f|g|\n");
	assert_non_null(out);
	snprintf(path, sizeof(path), "%s/conf", folder);
	for(seed = 0; seed < 50; seed++) {
		srandom(seed);
		for(i = 0; i < sizeof(octets); i++)
			octets[i] = "ab: \n\"'\\#-\0\xff"[random() % 12];
		file_write("conf", octets, sizeof(octets));
		assert_true(unbound_options_read(path, on_option, out,
			&reason));
	}
	fclose(out);
}

/** Includes: sorted, in the section that they are in, or in none. */
static void
test_includes(void** state)
{
	char text[1024], path[128];
	(void)state;
	file_write("b.inc", "b: 1\nview:\n c: 2", 16);
	file_write("a.inc", "\na: 1", 5);
	file_write("c.inc", "d: 3", 4);
	snprintf(text, sizeof(text), "server:\ninclude: %s/[ab].inc\ne: 4",
		folder);
	check(text, strlen(text), "conf:1 server ||\na.inc:2 server a|1|\n"
		"b.inc:1 server b|1|\nb.inc:2 view ||\nb.inc:3 view c|2|\n"
		"conf:3 view e|4|\n");
	snprintf(text, sizeof(text), "server: f: 1\ninclude-toplevel: "
		"\"%s/c.inc\"\nserver: g: 1", folder);
	check(text, strlen(text), "conf:1 server ||\nconf:1 server f|1|\n"
		"conf:2  ||\nc.inc:1  d|3|\nconf:2  ||\nconf:3 server ||\n"
		"conf:3 server g|1|\n");
	/* no match is no error; no file is one */
	snprintf(text, sizeof(text), "include: %s/no*.inc a: b", folder);
	check(text, strlen(text), "conf:1  a|b|\n");
	snprintf(text, sizeof(text), "include: %s/no.inc a: b", folder);
	check(text, strlen(text), "failed\n");
	snprintf(text, sizeof(text), "include: %s", folder);
	check(text, strlen(text), "failed\n");
	check("include:", 8, "");
	/* relative to the directory, once that is set */
	snprintf(path, sizeof(path), "%s/sub", folder);
	assert_int_equal(mkdir(path, 0755), 0);
	file_write("sub/d.inc", "x: y", 4);
	snprintf(text, sizeof(text), "server:\ndirectory: \"%s/sub\"\n"
		"include: \"d.inc\"\ninclude: *.inc", folder);
	file_write("conf", text, strlen(text));
	snprintf(path, sizeof(path), "conf:1 server ||\nconf:2 server "
		"directory|%s/sub|\n", folder);
	snprintf(text + 512, 512, "%sd.inc:1 server x|y|\nd.inc:1 server "
		"x|y|\n", path);
	check(text, strlen(text), text + 512);
}

/** Write where the file of an option is included, as FILE:LINE. */
static void
on_place(void* arg, const struct unbound_option* option)
{
	const char* slash = option->from ? strrchr(option->from, '/') : NULL;
	fprintf(arg, "%s %s:%zu\n", option->name, slash ? slash + 1 : "none",
		option->from_line);
}

/** Where a file is included is known, also of one that is so twice. */
static void
test_included_from(void** state)
{
	struct unbound_setting setting = { 0 };
	struct unbound_option option = { .value = { "v" }, .file = "f",
		.line = 1, .from = "g", .from_line = 2 };
	char text[512], path[128];
	char* seen = NULL;
	size_t size;
	struct reason reason;
	FILE* out = open_memstream(&seen, &size);
	(void)state;
	assert_non_null(out);
	file_write("b.inc", "b: 1", 4);
	snprintf(text, sizeof(text), "\ninclude: %s/b.inc", folder);
	file_write("a.inc", text, strlen(text));
	snprintf(text, sizeof(text), "a: 1\ninclude: %s/a.inc\n"
		"include: %s/[b].inc", folder, folder);
	file_write("conf", text, strlen(text));
	snprintf(path, sizeof(path), "%s/conf", folder);
	assert_true(unbound_options_read(path, on_place, out, &reason));
	fclose(out);
	assert_string_equal(seen, "a none:0\nb a.inc:2\nb conf:3\n");
	free(seen);
	assert_true(unbound_setting_set(&setting, &option));
	assert_string_equal(setting.from, "g");
	assert_int_equal(setting.from_line, 2);
	option.from = NULL;
	assert_true(unbound_setting_set(&setting, &option));
	assert_null(setting.from);
	unbound_setting_clear(&setting);
}

/** Make "a.inc" a socket. */
static void
socket_make(const char* path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%.100s",
		path);
	assert_int_equal(bind(fd, (struct sockaddr*)&address, sizeof(address)),
		0);
	close(fd);
}

/** What is no file is not waited for, nor read without an end; but /dev/null
 * is an empty one. */
static void
test_no_files(void** state)
{
	static const struct { const char *name, *why; } places[] = {
		{ "a.inc", "it is no regular file" },
		{ "b.inc", "it is no regular file" },
		{ "c.inc", "it is no regular file" },
		{ "sub", "Is a directory" },
		{ "none", "No such file or directory" },
	};
	char path[128], text[256], expected[512];
	struct reason reason;
	size_t i;
	FILE* out = fopen("/dev/null", "w");
	(void)state;
	assert_non_null(out);
	snprintf(path, sizeof(path), "%s/a.inc", folder);
	assert_int_equal(mkfifo(path, 0600), 0);
	snprintf(path, sizeof(path), "%s/b.inc", folder);
	socket_make(path);
	snprintf(path, sizeof(path), "%s/c.inc", folder);
	assert_int_equal(symlink("/dev/zero", path), 0);
	snprintf(path, sizeof(path), "%s/sub", folder);
	assert_int_equal(mkdir(path, 0755), 0);
	snprintf(path, sizeof(path), "%s/conf", folder);
	for(i = 0; i < sizeof(places) / sizeof(*places); i++) {
		snprintf(text, sizeof(text), "server:\ninclude: %s/%s", folder,
			places[i].name);
		file_write("conf", text, strlen(text));
		snprintf(expected, sizeof(expected), "%s:2: cannot read "
			"%s/%s: %s", path, folder, places[i].name,
			places[i].why);
		assert_false(unbound_options_read(path, on_option, out,
			&reason));
		assert_string_equal(reason.text, expected);
	}
	fclose(out);
	check("include: /dev/null\na: b", 23, "conf:2  a|b|\n");
	/* and where it is not included, but named */
	snprintf(path, sizeof(path), "%s/a.inc", folder);
	snprintf(expected, sizeof(expected), "cannot read %s: it is no regular "
		"file", path);
	assert_false(unbound_options_read(path, on_option, NULL, &reason));
	assert_string_equal(reason.text, expected);
}

/** Files that include each other end somewhere. */
static void
test_circle(void** state)
{
	char text[256];
	(void)state;
	snprintf(text, sizeof(text), "include: %s/conf", folder);
	check(text, strlen(text), "failed\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_words, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_octets, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_includes, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(test_included_from, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(test_no_files, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(test_circle, set_up, tear_down),
	};
	return cmocka_run_group_tests_name("unbound_options", tests, NULL,
		NULL);
}
