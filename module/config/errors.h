/*
 * config/errors.h - what is wrong with helix.yaml.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * A list of errors, each with its place in the file. The reader (yaml.h) goes
 * on after an error, so that all of them are told at once. No state; any
 * thread.
 */
#ifndef HELIX_CONFIG_ERRORS_H
#define HELIX_CONFIG_ERRORS_H

#include "base/reason.h"
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/** most errors of a file that are listed */
#define CONFIG_ERRORS_MAX 100

/** An error. */
struct config_error {
	/** its place, counted from 1; 0: it is about the file as a whole */
	size_t line, column;
	/** PATH:LINE:COLUMN: MESSAGE; one line. Without a place, PATH:
	 * MESSAGE */
	struct reason reason;
	/** where in the reason MESSAGE begins */
	size_t message;
};

/** All errors of a file. All zero is none. It takes about 50 KiB, and owns
 * nothing. */
struct config_errors {
	/** the errors; once reading has ended, in the order of the file */
	struct config_error list[CONFIG_ERRORS_MAX];
	/** number of them */
	size_t count;
	/** true if there are more than these */
	bool more;
	/** true if the file is not one document of YAML: its keys were not
	 * looked at, and have errors of their own, perhaps */
	bool cut;
};

/**
 * Add an error; if the list is full, only note that there are more.
 * @param line, column: from 1; 0: the file as a whole.
 * @param format: the message; a control character in it becomes a space.
 * @return false, always.
 */
bool config_errors_add(struct config_errors* errors, const char* path,
	size_t line, size_t column, const char* format, va_list args)
	__attribute__((format(printf, 5, 0)));

/** Put the errors into the order of the file, and each there once: what an
 * alias of YAML refers to was read several times. */
void config_errors_sort(struct config_errors* errors);

/** The message of an error, without the place. */
const char* config_error_message(const struct config_error* error);

#endif /* HELIX_CONFIG_ERRORS_H */
