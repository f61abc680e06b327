/*
 * tests/unit/helixctl/test_side.c - Unbound's side of the module, as a file.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "side.h"
#include "unbound/order.h"
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "check.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MARK "# Written by `helixctl enable`; `helixctl disable` removes it.\n"
#define MODULE "/usr/lib/unbound/helix.so"

/** a folder of this test, with unbound.conf in it */
static char folder[64], conf[96];
static struct side side;

/** A path in the folder; valid until the next call. */
static const char*
path_of(const char* name)
{
	static char path[160];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

/** Write a file there; "%s" in its text is the folder. */
static void
file_write(const char* name, const char* text)
{
	FILE* file = fopen(path_of(name), "wb");
	const char* at;
	assert_non_null(file);
	while((at = strstr(text, "%s"))) {
		fwrite(text, 1, (size_t)(at - text), file);
		fputs(folder, file);
		text = at + 2;
	}
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

/** Fail unless a file says a text; NULL: unless it is not there. */
static void
file_check(const char* path, const char* expected)
{
	char text[1024] = "";
	FILE* file = fopen(path, "rb");
	if(!expected) {
		assert_null(file);
		assert_int_equal(errno, ENOENT);
		return;
	}
	assert_non_null(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = 0;
	fclose(file);
	assert_string_equal(text, expected);
}

static int
set_up(void** state)
{
	(void)state;
	strcpy(folder, "/tmp/helix-test-side-XXXXXX");
	assert_non_null(mkdtemp(folder));
	strcpy(conf, path_of("unbound.conf"));
	assert_int_equal(mkdir(path_of("unbound.conf.d"), 0755), 0);
	assert_true(side_find(&side, conf));
	return 0;
}

static int
tear_down(void** state)
{
	char command[128];
	(void)state;
	side_clear(&side);
	/* the folder is of mkdtemp */
	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command);
}

/* --- the place ----------------------------------------------------------- */

static void
test_find(void** state)
{
	static const struct { const char *conf, *folder, *path; } rows[] = {
		{ "/etc/unbound/unbound.conf", "/etc/unbound/unbound.conf.d",
			"/etc/unbound/unbound.conf.d/zz-unbound-helix.conf" },
		{ "unbound.conf", "unbound.conf.d",
			"unbound.conf.d/zz-unbound-helix.conf" },
		{ "/unbound.conf", "/unbound.conf.d",
			"/unbound.conf.d/zz-unbound-helix.conf" },
	};
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(rows); i++) {
		struct side found;
		assert_true(side_find(&found, rows[i].conf));
		assert_string_equal(found.folder, rows[i].folder);
		assert_string_equal(found.path, rows[i].path);
		side_clear(&found);
		assert_null(found.path);
	}
}

/** What is ours, and what is not. */
static void
test_look(void** state)
{
	static const struct {
		const char* text;
		enum side_state state;
	} rows[] = {
		{ MARK, SIDE_OURS },
		{ MARK "server:\n", SIDE_OURS },
		{ "", SIDE_FOREIGN },
		{ "server:\n", SIDE_FOREIGN },
		{ "\n" MARK, SIDE_FOREIGN },
		{ "# Written by `helixctl enable`;\n", SIDE_FOREIGN },
		{ "# Written by `helixctl enable`; `helixctl disable` removes "
			"it. Not this one.\n", SIDE_FOREIGN },
	};
	struct reason reason;
	char* text = (char*)1;
	size_t i;
	(void)state;
	assert_int_equal(side_look(&side, &text, &reason), SIDE_NONE);
	assert_null(text);
	for(i = 0; i < COUNT(rows); i++) {
		file_write("unbound.conf.d/zz-unbound-helix.conf",
			rows[i].text);
		check(side_look(&side, &text, &reason) == rows[i].state,
			"row %zu", i);
		if(rows[i].state == SIDE_OURS)
			assert_string_equal(text, rows[i].text);
		else	assert_null(text);
		free(text);
		check(side_look(&side, NULL, &reason) == rows[i].state,
			"row %zu", i);
	}
}

/** One that is longer than ours are, and begins like them: the end of it would
 * be lost. */
static void
test_look_at_a_long_one(void** state)
{
	struct reason reason;
	FILE* file = fopen(side.path, "w");
	(void)state;
	assert_non_null(file);
	fputs(MARK, file);
	fprintf(file, "%10000s", "");
	fclose(file);
	assert_int_equal(side_look(&side, NULL, &reason), SIDE_FOREIGN);
}

/** A link is somebody else's, wherever it leads. */
static void
test_look_at_others(void** state)
{
	struct reason reason = { "" };
	(void)state;
	file_write("elsewhere", MARK);
	assert_int_equal(symlink(path_of("elsewhere"), side.path), 0);
	assert_int_equal(side_look(&side, NULL, &reason), SIDE_FOREIGN);
	assert_int_equal(unlink(side.path), 0);
	assert_int_equal(mkdir(side.path, 0755), 0);
	assert_int_equal(side_look(&side, NULL, &reason), SIDE_FOREIGN);
	assert_int_equal(rmdir(side.path), 0);
	/* no folder at all */
	assert_int_equal(rmdir(path_of("unbound.conf.d")), 0);
	assert_int_equal(side_look(&side, NULL, &reason), SIDE_NONE);
	/* a file instead of it */
	file_write("unbound.conf.d", "");
	assert_int_equal(side_look(&side, NULL, &reason), SIDE_NONE);
	assert_int_equal(unlink(path_of("unbound.conf.d")), 0);
	assert_int_equal(symlink("unbound.conf.d", path_of("unbound.conf.d")),
		0);
	assert_int_equal(side_look(&side, NULL, &reason), SIDE_UNREADABLE);
	check(strstr(reason.text, "cannot read ") && strstr(reason.text,
		strerror(ELOOP)), "%s", reason.text);
}

/* --- one at a time ------------------------------------------------------- */

#define LOCK "unbound.conf.d/zz-unbound-helix.conf.lock"

/** Nobody else may open it, and nothing of it is left; one that a killed command
 * has left is no obstacle. */
static void
test_lock(void** state)
{
	struct stat status;
	int lock, times;
	(void)state;
	for(times = 0; times < 2; times++) {
		const mode_t mask = umask(0);
		lock = side_lock(&side);
		umask(mask);
		assert_int_not_equal(lock, -1);
		assert_int_equal(stat(path_of(LOCK), &status), 0);
		assert_int_equal(status.st_mode & 07777, 0600);
		assert_int_equal(status.st_size, 0);
		side_unlock(&side, lock);
		file_check(path_of(LOCK), NULL);
		file_write(LOCK, "");
		assert_int_equal(chmod(path_of(LOCK), 0600), 0);
	}
}

/** Where there can be none, the command goes on, and comes to why. */
static void
test_lock_fails(void** state)
{
	int lock;
	(void)state;
	assert_int_equal(symlink("elsewhere", path_of(LOCK)), 0);
	assert_int_equal(side_lock(&side), -1);
	side_unlock(&side, -1);
	file_check(path_of("unbound.conf.d/elsewhere"), NULL);
	assert_int_equal(unlink(path_of(LOCK)), 0);
	assert_int_equal(rmdir(path_of("unbound.conf.d")), 0);
	lock = side_lock(&side);
	assert_int_equal(lock, -1);
	side_unlock(&side, lock);
}

/** Count up in a file, so many times. @return the exit status. */
static int
lock_and_count(int times)
{
	/* what it says of waiting is no part of this test's output */
	if(!freopen("/dev/null", "w", stderr))
		return 1;
	for(; times > 0; times--) {
		char text[32] = "";
		int lock = side_lock(&side);
		FILE* file = fopen(path_of("count"), "r+");
		if(lock == -1 || !file || !fgets(text, sizeof(text), file))
			return 1;
		sched_yield();
		rewind(file);
		fprintf(file, "%d", atoi(text) + 1);
		fclose(file);
		side_unlock(&side, lock);
	}
	return 0;
}

/** Several processes, each of which counts one up in a file, are never there
 * at the same time; whoever waited gets a lock that others see. */
static void
test_lock_excludes(void** state)
{
	enum { PROCESSES = 4, TIMES = 50 };
	char text[32] = "";
	FILE* file;
	int i, status;
	(void)state;
	file_write("count", "0");
	for(i = 0; i < PROCESSES; i++) {
		pid_t pid = fork();
		assert_int_not_equal(pid, -1);
		if(pid == 0)
			_exit(lock_and_count(TIMES));
	}
	for(i = 0; i < PROCESSES; i++) {
		assert_int_not_equal(wait(&status), -1);
		assert_int_equal(status, 0);
	}
	file = fopen(path_of("count"), "r");
	assert_non_null(file);
	assert_non_null(fgets(text, sizeof(text), file));
	fclose(file);
	assert_int_equal(atoi(text), PROCESSES * TIMES);
	file_check(path_of(LOCK), NULL);
}

/* --- changes ------------------------------------------------------------- */

/** It is there for all to read, whatever the umask, and nothing is left beside
 * it; what a command that was killed has left is no obstacle. */
static void
test_write(void** state)
{
	static const char fresh[] = "unbound.conf.d/zz-unbound-helix.conf.new";
	struct reason reason;
	struct stat status;
	const mode_t mask = umask(077);
	(void)state;
	file_write(fresh, "left");
	assert_true(side_write(&side, MARK "one\n", &reason));
	umask(mask);
	file_check(side.path, MARK "one\n");
	file_check(path_of(fresh), NULL);
	assert_int_equal(stat(side.path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0644);
	assert_true(side_write(&side, MARK "two\n", &reason));
	file_check(side.path, MARK "two\n");
	assert_true(side_remove(&side, &reason));
	file_check(side.path, NULL);
	assert_true(side_remove(&side, &reason));
	file_write(fresh, "left");
	side_clean(&side);
	file_check(path_of(fresh), NULL);
	side_clean(&side);
}

/** What is left by a killed command may be a link that somebody has made. */
static void
test_write_through_no_link(void** state)
{
	static const char fresh[] = "unbound.conf.d/zz-unbound-helix.conf.new";
	struct reason reason;
	char target[160];
	(void)state;
	file_write("precious", "precious");
	strcpy(target, path_of("precious"));
	assert_int_equal(symlink(target, path_of(fresh)), 0);
	assert_true(side_write(&side, MARK, &reason));
	file_check(target, "precious");
	file_check(side.path, MARK);
}

/** What cannot be written is as it was. */
static void
test_write_fails(void** state)
{
	struct reason reason;
	(void)state;
	/* a folder where the file is to be */
	assert_int_equal(mkdir(side.path, 0755), 0);
	assert_false(side_write(&side, MARK, &reason));
	check(strstr(reason.text, "cannot write ") == reason.text &&
		strstr(reason.text, side.path), "%s", reason.text);
	file_check(path_of("unbound.conf.d/zz-unbound-helix.conf.new"), NULL);
	assert_false(side_remove(&side, &reason));
	check(strstr(reason.text, "cannot remove ") == reason.text, "%s",
		reason.text);
	assert_int_equal(rmdir(side.path), 0);
	assert_int_equal(rmdir(path_of("unbound.conf.d")), 0);
	assert_false(side_write(&side, MARK, &reason));
	check(strstr(reason.text, strerror(ENOENT)), "%s", reason.text);
}

/* --- the other files ----------------------------------------------------- */

#define INCLUDE "include-toplevel: \"%s/unbound.conf.d/*.conf\"\n"
#define OURS MARK "server:\n\tmodule-config: \"dynlib iterator\"\n" \
	"dynlib:\n\tdynlib-file: \"" MODULE "\"\n"

/** Files, and what a survey finds. */
static const struct survey_row {
	/** unbound.conf; two files of the folder, one before ours and one
	 * behind it; NULL: not there */
	const char *conf, *before, *behind;
	/** whether ours is there */
	bool ours;
	/** module-config, and where it is; "": nowhere */
	const char *modules, *place;
	/** that which overrides ours; NULL: none does */
	const char* later;
	size_t dynlibs;
	/** the place of a helix.so that others load; "": there is none */
	const char* by_hand;
	bool included;
} surveys[] = {
	{ "", NULL, NULL, false, NULL, "", NULL, 0, "", false },
	{ INCLUDE, NULL, NULL, true, NULL, "", NULL, 0, "", true },
	{ "server:\n", NULL, NULL, true, NULL, "", NULL, 0, "", false },
	{ INCLUDE, "server: module-config: \"respip iterator\"\n", NULL, true,
		"respip iterator", "me.conf:1", NULL, 0, "", true },
	{ INCLUDE, "server: module-config: \"respip iterator\"\n",
		"server:\nmodule-config: \"iterator\"", true, "iterator",
		"zzz.conf:2", "iterator", 0, "", true },
	/* unbound.conf itself, before and behind the others */
	{ "server:\n module-config: iterator\n" INCLUDE, NULL, NULL, true,
		"iterator", "unbound.conf:2", NULL, 0, "", true },
	{ INCLUDE "server: module-config: iterator\n", NULL, NULL, true,
		"iterator", "unbound.conf:2", "iterator", 0, "", true },
	/* ours comes twice */
	{ INCLUDE "server: module-config: iterator\n" INCLUDE, NULL, NULL,
		true, "iterator", "unbound.conf:2", NULL, 0, "", true },
	/* other libraries, and ours by somebody's hand */
	{ INCLUDE, "dynlib: dynlib-file: /x/other.so\n", NULL, true, NULL, "",
		NULL, 1, "", true },
	{ INCLUDE, "dynlib:\ndynlib-file: /x/other.so\ndynlib-file: "
		"/opt/helix.so\n", NULL, false, NULL, "", NULL, 2,
		"me.conf:3", false },
	{ INCLUDE, "dynlib: dynlib-file: /x/helix/other.so\n",
		"dynlib:\n dynlib-file: \"libhelix.so.1\"", true, NULL, "",
		NULL, 2, "zzz.conf:2", true },
	/* of no section that matters */
	{ INCLUDE, "view: module-config: iterator\nserver: dynlib-file: "
		"/x/helix.so\n", NULL, true, NULL, "", NULL, 0, "", true },
};

/** Fail unless an option is at a place, FILE:LINE; "": unless it is not there
 * at all. */
static void
place_check(const struct unbound_setting* option, const char* place, size_t row)
{
	char found[160] = "";
	if(option->value)
		snprintf(found, sizeof(found), "%s:%zu", strrchr(option->file,
			'/') + 1, option->line);
	check(strcmp(found, place) == 0, "row %zu: %s instead of %s", row,
		found, place);
}

static void
survey_check(const struct survey_row* row, size_t number)
{
	struct side_others others;
	struct reason reason;
	file_write("unbound.conf", row->conf);
	if(row->before)
		file_write("unbound.conf.d/me.conf", row->before);
	if(row->behind)
		file_write("unbound.conf.d/zzz.conf", row->behind);
	if(row->ours)
		file_write("unbound.conf.d/zz-unbound-helix.conf", OURS);
	assert_true(side_survey(&side, &others, &reason));
	place_check(&others.modules, row->place, number);
	place_check(&others.by_hand, row->by_hand, number);
	check(!row->modules == !others.modules.value && (!row->modules ||
		strcmp(row->modules, others.modules.value) == 0),
		"row %zu", number);
	check(!row->later == !others.later.value && (!row->later ||
		strcmp(row->later, others.later.value) == 0), "row %zu",
		number);
	check(others.dynlibs == row->dynlibs, "row %zu: %zu", number,
		others.dynlibs);
	check(others.included == row->included, "row %zu", number);
	side_others_clear(&others);
	(void)unlink(path_of("unbound.conf.d/me.conf"));
	(void)unlink(path_of("unbound.conf.d/zzz.conf"));
	(void)unlink(side.path);
}

static void
test_survey(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(surveys); i++)
		survey_check(&surveys[i], i);
}

static void
test_survey_fails(void** state)
{
	struct side_others others;
	struct reason reason;
	(void)state;
	assert_false(side_survey(&side, &others, &reason));
	check(strstr(reason.text, conf), "%s", reason.text);
	side_others_clear(&others);
}

/* --- what it says -------------------------------------------------------- */

/** module-config without ours, the other dynlib-file, and module-config with
 * ours; or why there is none. */
static void
test_compose(void** state)
{
	static const struct {
		const char* before;
		size_t dynlibs;
		const char *modules, *why;
	} rows[] = {
		{ "validator iterator", 0, "dynlib validator iterator", NULL },
		{ "respip validator iterator", 0,
			"dynlib respip validator iterator", NULL },
		{ "dynlib iterator", 1, "dynlib dynlib iterator", NULL },
		/* does little harm, and is what there was */
		{ "validator dynlib iterator", 1,
			"validator dynlib dynlib iterator", NULL },
		{ "iterator", 1, NULL, "module-config \"iterator\": "
			"expected as many dynlib in it as there are "
			"dynlib-file, which are 1" },
		{ "dynlib iterator", 0, NULL, "module-config \"dynlib "
			"iterator\": expected as many dynlib in it as there "
			"are dynlib-file, which are 0" },
		{ "dns64 dynlib iterator", 1, NULL, "module-config \"dns64 "
			"dynlib dynlib iterator\": dns64 stands before dynlib, "
			"and caches answers that etcd may change; the right "
			"order is \"dynlib dynlib dns64 iterator\"" },
		{ "iterator dynlib", 1, NULL, "module-config \"iterator "
			"dynlib dynlib\": iterator stands before dynlib, and "
			"passes no query on to it; the right order is "
			"\"dynlib dynlib iterator\"" },
	};
	char modules[ORDER_LINE_MAX], longer[ORDER_LINE_MAX + 1];
	struct side_others others = { 0 };
	struct reason reason;
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(rows); i++) {
		others.dynlibs = rows[i].dynlibs;
		check(side_compose(rows[i].before, &others, modules, &reason)
			== !rows[i].why, "row %zu", i);
		assert_string_equal(rows[i].why ? reason.text : modules,
			rows[i].why ? rows[i].why : rows[i].modules);
	}
	others.dynlibs = 0;
	memset(longer, 'm', ORDER_LINE_MAX);
	longer[ORDER_LINE_MAX] = 0;
	assert_false(side_compose(longer, &others, modules, &reason));
	assert_string_equal(reason.text, "module-config is too long");
}

static void
test_text(void** state)
{
	static const struct { const char *before, *module; } bad[] = {
		{ "iterator\" x", MODULE }, { "iterator", "/a\"b" },
		{ "iterator", "/a\\b" }, { "iterator\nserver:", MODULE },
		{ "iterator", "/a\nserver:" },
	};
	struct reason reason;
	size_t i;
	char* text = side_text("iterator", "dynlib iterator", MODULE, &reason);
	(void)state;
	assert_non_null(text);
	assert_memory_equal(text, MARK, strlen(MARK));
	check(strstr(text, "which was \"iterator\".\ndynlib:\n"
		"\tdynlib-file: \"" MODULE "\"\nserver:\n"
		"\tmodule-config: \"dynlib iterator\"\n"), "%s", text);
	free(text);
	for(i = 0; i < COUNT(bad); i++) {
		check(!side_text(bad[i].before, "dynlib iterator",
			bad[i].module, &reason), "row %zu", i);
		check(strstr(reason.text, "has a quote"), "%s", reason.text);
	}
}

#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		TEST(test_look),
		TEST(test_look_at_a_long_one),
		TEST(test_look_at_others),
		TEST(test_lock),
		TEST(test_lock_fails),
		TEST(test_lock_excludes),
		TEST(test_write),
		TEST(test_write_through_no_link),
		TEST(test_write_fails),
		TEST(test_survey),
		TEST(test_survey_fails),
		cmocka_unit_test(test_compose),
		cmocka_unit_test(test_text),
	};
	return cmocka_run_group_tests_name("side", tests, NULL, NULL);
}
