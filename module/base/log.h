/*
 * base/log.h - one way to log, for the daemon, the tools and the tests.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * A line of log goes to the writer that was set, which in the daemon is
 * Unbound's log, or else to standard error. Each line is one message without
 * a newline, with "helix: " before it. May be called from any thread; never
 * from the query path.
 */
#ifndef HELIX_BASE_LOG_H
#define HELIX_BASE_LOG_H

/** How much a line matters. */
enum helix_log_level {
	/** something does not work, and somebody has to see to it */
	HELIX_LOG_ERROR,
	/** something is wrong, and the rest goes on */
	HELIX_LOG_WARNING,
	/** a change of state */
	HELIX_LOG_INFO,
	/** for who looks into a problem: shown at verbosity 4 */
	HELIX_LOG_DEBUG
};

/**
 * Takes one line.
 * @param level: how much it matters.
 * @param line: NUL-terminated, without a newline; the callee copies it.
 */
typedef void helix_log_writer(enum helix_log_level level, const char* line);

/**
 * Set where lines go. When this returns, no thread is inside the old writer.
 * @param writer: NULL for standard error; helix_log_discard for nowhere.
 */
void helix_log_set_writer(helix_log_writer* writer);

/** A writer that drops every line. */
void helix_log_discard(enum helix_log_level level, const char* line);

/** Log one line, which is cut off after about a thousand octets. */
void helix_log(enum helix_log_level level, const char* format, ...)
	__attribute__((format(printf, 2, 3)));

#define helix_error(...) helix_log(HELIX_LOG_ERROR, __VA_ARGS__)
#define helix_warning(...) helix_log(HELIX_LOG_WARNING, __VA_ARGS__)
#define helix_info(...) helix_log(HELIX_LOG_INFO, __VA_ARGS__)
#define helix_debug(...) helix_log(HELIX_LOG_DEBUG, __VA_ARGS__)

#endif /* HELIX_BASE_LOG_H */
