/*
 * config/errors.c - what is wrong with helix.yaml.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "config/errors.h"
#include <stdio.h>
#include <string.h>

/** Write "PATH:LINE:COLUMN: ", or what fits. @return its length. */
static size_t
place_write(struct reason* reason, const char* path, size_t line,
	size_t column)
{
	if(line > 0)
		reason_say(reason, "%s:%zu:%zu: ", path, line, column);
	else	reason_say(reason, "%s: ", path);
	return strlen(reason->text);
}

bool
config_errors_add(struct config_errors* errors, const char* path, size_t line,
	size_t column, const char* format, va_list args)
{
	struct config_error* error;
	char* p;
	if(errors->count == CONFIG_ERRORS_MAX) {
		errors->more = true;
		return false;
	}
	error = &errors->list[errors->count++];
	error->line = line;
	error->column = column;
	error->message = place_write(&error->reason, path, line, column);
	p = error->reason.text + error->message;
	vsnprintf(p, REASON_MAX - error->message, format, args);
	/* what is shown of a value may have several lines; a message has one */
	for(; *p; p++) {
		if((unsigned char)*p < ' ' || *p == 0x7f)
			*p = ' ';
	}
	return false;
}

/** True if one error is behind another in the file. */
static bool
is_behind(const struct config_error* a, const struct config_error* b)
{
	return a->line > b->line || (a->line == b->line &&
		a->column > b->column);
}

/** True if an error is among the first ones of a list. */
static bool
is_among(const struct config_errors* errors, size_t count,
	const struct config_error* error)
{
	size_t i;
	for(i = 0; i < count; i++) {
		if(strcmp(errors->list[i].reason.text, error->reason.text) ==
			0)
			return true;
	}
	return false;
}

void
config_errors_sort(struct config_errors* errors)
{
	size_t count = 0, i, at;
	/* by insertion: those of one place stay as they were found */
	for(i = 0; i < errors->count; i++) {
		struct config_error error = errors->list[i];
		if(is_among(errors, count, &error))
			continue;
		for(at = count; at > 0 && is_behind(&errors->list[at - 1],
			&error); at--)
			errors->list[at] = errors->list[at - 1];
		errors->list[at] = error;
		count++;
	}
	errors->count = count;
}

const char*
config_error_message(const struct config_error* error)
{
	return error->reason.text + error->message;
}
