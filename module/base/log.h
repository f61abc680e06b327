/*
 * base/log.h - one way to log, for the daemon, the tools and the tests.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Each log line goes to the writer that helix_log_set_writer has set
 * (Unbound's log, in the daemon), or, without one, to standard error. A line
 * is one message without a newline, with "helix: " before it. Any thread may
 * log; the query path must not.
 */
#ifndef HELIX_BASE_LOG_H
#define HELIX_BASE_LOG_H

/** The severity of a line. */
enum helix_log_level {
	/** something does not work until an operator mends it */
	HELIX_LOG_ERROR,
	/** something is wrong; all else works */
	HELIX_LOG_WARNING,
	/** a change of state */
	HELIX_LOG_INFO,
	/** for debugging; Unbound shows it at verbosity 4 */
	HELIX_LOG_DEBUG
};

/**
 * Takes one line.
 * @param line: NUL-terminated, without a newline; valid during the call.
 */
typedef void helix_log_writer(enum helix_log_level level, const char* line);

/**
 * Set the writer. When this returns, no thread is inside the old one.
 * @param writer: NULL for standard error; helix_log_discard for nowhere.
 */
void helix_log_set_writer(helix_log_writer* writer);

/** A writer that drops every line. */
void helix_log_discard(enum helix_log_level level, const char* line);

/** Log one line; a line of over 1,199 octets is cut there. */
void helix_log(enum helix_log_level level, const char* format, ...)
	__attribute__((format(printf, 2, 3)));

#define helix_error(...) helix_log(HELIX_LOG_ERROR, __VA_ARGS__)
#define helix_warning(...) helix_log(HELIX_LOG_WARNING, __VA_ARGS__)
#define helix_info(...) helix_log(HELIX_LOG_INFO, __VA_ARGS__)
#define helix_debug(...) helix_log(HELIX_LOG_DEBUG, __VA_ARGS__)

#endif /* HELIX_BASE_LOG_H */
