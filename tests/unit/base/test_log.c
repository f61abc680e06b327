/*
 * tests/unit/base/test_log.c - does the log go where it was sent?
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "base/log.h"
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <setjmp.h>
#include <cmocka.h>

/** room for a line that was captured, more than any line takes */
#define LINE_MAX_OCTETS 8192
/** lines that each thread logs while the writer is changed */
#define LINES_PER_THREAD 3000
/** threads that log at once */
#define THREADS 2

/** The line that the writer got last. */
static char last_line[LINE_MAX_OCTETS];
/** Its level. */
static enum helix_log_level last_level;
/** Number of lines that the writer got. */
static size_t lines;

/** Whether a thread is inside the slow writer. */
static _Atomic int inside;
/** Number of lines that the slow writer got. */
static _Atomic size_t slow_lines;
/** Number of threads that found another inside the slow writer. */
static _Atomic size_t collisions;

static void
capture(enum helix_log_level level, const char* line)
{
	last_level = level;
	lines++;
	snprintf(last_line, sizeof(last_line), "%s", line);
}

/** A writer that takes a while, so that others have time to get in its way. */
static void
capture_slowly(enum helix_log_level level, const char* line)
{
	volatile unsigned spin = 200;
	(void)level;
	(void)line;
	if(atomic_fetch_add(&inside, 1) != 0)
		collisions++;
	while(spin > 0)
		spin--;
	slow_lines++;
	atomic_fetch_sub(&inside, 1);
}

static int
setup(void** state)
{
	(void)state;
	lines = 0;
	last_line[0] = 0;
	helix_log_set_writer(capture);
	return 0;
}

static int
teardown(void** state)
{
	(void)state;
	helix_log_set_writer(NULL);
	return 0;
}

/** A level, and how it is named. */
struct level_case {
	/** the level */
	enum helix_log_level level;
	/** what standard error shows of it */
	const char* name;
};

static const struct level_case level_cases[] = {
	{ HELIX_LOG_ERROR, "error" },
	{ HELIX_LOG_WARNING, "warning" },
	{ HELIX_LOG_INFO, "info" },
	{ HELIX_LOG_DEBUG, "debug" },
};

#define LEVELS (sizeof(level_cases) / sizeof(*level_cases))

static void
test_writer_gets_line(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < LEVELS; i++) {
		helix_log(level_cases[i].level, "%s and %d", "text", 42);
		assert_string_equal(last_line, "helix: text and 42");
		assert_int_equal(last_level, level_cases[i].level);
		assert_int_equal(lines, i + 1);
	}
}

static void
test_short_hands(void** state)
{
	(void)state;
	helix_error("%d", 1);
	assert_int_equal(last_level, HELIX_LOG_ERROR);
	assert_string_equal(last_line, "helix: 1");
	helix_warning("%d", 2);
	assert_int_equal(last_level, HELIX_LOG_WARNING);
	assert_string_equal(last_line, "helix: 2");
	helix_info("%d", 3);
	assert_int_equal(last_level, HELIX_LOG_INFO);
	assert_string_equal(last_line, "helix: 3");
	helix_debug("%d", 4);
	assert_int_equal(last_level, HELIX_LOG_DEBUG);
	assert_string_equal(last_line, "helix: 4");
	assert_int_equal(lines, 4);
}

static void
test_arguments_are_no_format(void** state)
{
	(void)state;
	helix_info("%s", "100%s %n");
	assert_string_equal(last_line, "helix: 100%s %n");
}

/** A line of n octets is whole if it is short, else its beginning is there. */
static void
test_long_line_is_cut(void** state)
{
	const size_t prefix = strlen("helix: ");
	char* text = malloc(5001);
	size_t n;
	(void)state;
	assert_non_null(text);
	for(n = 0; n <= 5000; n += n < 1000 || n >= 1300 ? 100 : 1) {
		size_t len, i;
		for(i = 0; i < n; i++)
			text[i] = (char)('a' + i % 26);
		text[n] = 0;
		helix_info("%s", text);
		len = strlen(last_line);
		assert_true(len <= prefix + n);
		if(n <= 1000)
			assert_int_equal(len, prefix + n);
		assert_true(len <= 1300);
		assert_memory_equal(last_line, "helix: ", prefix);
		assert_memory_equal(last_line + prefix, text, len - prefix);
	}
	free(text);
}

static void
test_discard(void** state)
{
	(void)state;
	helix_log_set_writer(helix_log_discard);
	helix_error("nobody hears this");
	assert_int_equal(lines, 0);
	helix_log_set_writer(capture);
	helix_error("but this");
	assert_int_equal(lines, 1);
}

/** Log a line of each level with standard error sent to a file. */
static size_t
log_to_stderr(helix_log_writer* writer, char* out, size_t size)
{
	FILE* file = tmpfile();
	int saved = dup(STDERR_FILENO);
	size_t i, len;
	assert_non_null(file);
	assert_true(saved >= 0);
	fflush(stderr);
	assert_true(dup2(fileno(file), STDERR_FILENO) >= 0);
	helix_log_set_writer(writer);
	for(i = 0; i < LEVELS; i++)
		helix_log(level_cases[i].level, "line %zu", i);
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(file);
	len = fread(out, 1, size - 1, file);
	out[len] = 0;
	fclose(file);
	return len;
}

static void
test_null_is_stderr(void** state)
{
	char out[LINE_MAX_OCTETS], expected[LINE_MAX_OCTETS];
	size_t i, at = 0;
	(void)state;
	assert_true(log_to_stderr(NULL, out, sizeof(out)) > 0);
	for(i = 0; i < LEVELS; i++)
		at += (size_t)snprintf(expected + at, sizeof(expected) - at,
			"%s: helix: line %zu\n", level_cases[i].name, i);
	assert_string_equal(out, expected);
	assert_int_equal(lines, 0);
}

static void
test_writer_keeps_stderr_clean(void** state)
{
	char out[LINE_MAX_OCTETS];
	(void)state;
	assert_int_equal(log_to_stderr(capture, out, sizeof(out)), 0);
	assert_int_equal(lines, LEVELS);
	assert_int_equal(log_to_stderr(helix_log_discard, out, sizeof(out)),
		0);
	assert_int_equal(lines, LEVELS);
}

static void*
log_many(void* arg)
{
	unsigned i;
	(void)arg;
	for(i = 0; i < LINES_PER_THREAD; i++)
		helix_debug("line %u", i);
	return NULL;
}

/** When a writer was taken away, nobody is in it, and nobody comes. */
static void
test_change_of_writer_waits(void** state)
{
	pthread_t thread[THREADS];
	unsigned i;
	size_t stragglers = 0;
	(void)state;
	collisions = 0;
	slow_lines = 0;
	helix_log_set_writer(capture_slowly);
	for(i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, log_many,
			NULL), 0);
	for(i = 0; i < 500; i++) {
		size_t seen;
		helix_log_set_writer(helix_log_discard);
		seen = slow_lines;
		if(inside != 0 || slow_lines != seen)
			stragglers++;
		helix_log_set_writer(capture_slowly);
		/* one line of our own, so that this cannot pass idly */
		helix_debug("own line");
	}
	for(i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	assert_int_equal(stragglers, 0);
	assert_int_equal(collisions, 0);
	assert_true(slow_lines >= 500);
	assert_true(slow_lines <= 500 + THREADS * LINES_PER_THREAD);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_writer_gets_line, setup,
			teardown),
		cmocka_unit_test_setup_teardown(test_short_hands, setup,
			teardown),
		cmocka_unit_test_setup_teardown(test_arguments_are_no_format,
			setup, teardown),
		cmocka_unit_test_setup_teardown(test_long_line_is_cut, setup,
			teardown),
		cmocka_unit_test_setup_teardown(test_discard, setup, teardown),
		cmocka_unit_test_setup_teardown(test_null_is_stderr, setup,
			teardown),
		cmocka_unit_test_setup_teardown(test_writer_keeps_stderr_clean,
			setup, teardown),
		cmocka_unit_test_setup_teardown(test_change_of_writer_waits,
			setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
