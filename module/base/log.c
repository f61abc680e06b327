/*
 * base/log.c - one way to log, for the daemon, the tools and the tests.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "base/log.h"
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>

/** octets of a line, NUL included */
#define LINE_MAX_OCTETS 1200

static void write_to_stderr(enum helix_log_level level, const char* line);

/** held while a line is written, so that helix_log_set_writer can wait for the
 * old writer */
static pthread_mutex_t writer_lock = PTHREAD_MUTEX_INITIALIZER;
static helix_log_writer* current_writer = write_to_stderr;

static void
write_to_stderr(enum helix_log_level level, const char* line)
{
	static const char* const names[] = { "error", "warning", "info",
		"debug" };
	fprintf(stderr, "%s: %s\n", names[level], line);
}

void
helix_log_discard(enum helix_log_level level, const char* line)
{
	(void)level;
	(void)line;
}

void
helix_log_set_writer(helix_log_writer* writer)
{
	pthread_mutex_lock(&writer_lock);
	current_writer = writer ? writer : write_to_stderr;
	pthread_mutex_unlock(&writer_lock);
}

void
helix_log(enum helix_log_level level, const char* format, ...)
{
	char line[LINE_MAX_OCTETS] = "helix: ";
	const size_t prefix = sizeof("helix: ") - 1;
	va_list args;
	va_start(args, format);
	vsnprintf(line + prefix, sizeof(line) - prefix, format, args);
	va_end(args);
	pthread_mutex_lock(&writer_lock);
	current_writer(level, line);
	pthread_mutex_unlock(&writer_lock);
}
