/*
 * tools/helixctl/unbound_options.h - reads unbound.conf.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Reads unbound.conf, and the files that it includes, as Unbound's lexer does:
 * words, comments, quotes, `include:` and `include-toplevel:` with wildcards,
 * relative to `directory:` once that was seen.
 * It knows the names of the sections only, and judges nothing: what is no
 * unbound.conf is for unbound-checkconf to refuse. That one prints no lists
 * (local-zone), and no places, which is why this is here.
 *
 * For one thread.
 */
#ifndef HELIXCTL_UNBOUND_OPTIONS_H
#define HELIXCTL_UNBOUND_OPTIONS_H

#include "base/reason.h"
#include <stdbool.h>
#include <stddef.h>

/** most values of an option that are told */
#define UNBOUND_OPTION_VALUES 2
/** how deep files may include each other */
#define UNBOUND_OPTION_DEPTH 20

/** An option, as it stands in a file. All valid during the call only. */
struct unbound_option {
	/** the section that it is in, such as "server"; "": none */
	const char* section;
	/** number of that section: a new one begins with each head */
	size_t section_number;
	/** its name, without the colon */
	const char* name;
	/** its values, "" for those that are not there */
	const char* value[UNBOUND_OPTION_VALUES];
	/** where it stands */
	const char* file;
	/** from 1 */
	size_t line;
	/** where that file is included, the line from 1; NULL: it is not */
	const char* from;
	size_t from_line;
};

/** Takes an option, or, with an empty name, the head of a section. */
typedef void unbound_option_seen(void* arg,
	const struct unbound_option* option);

/**
 * Read a file and those that it includes.
 * @param seen: called for each option, in Unbound's order.
 * @param reason: which file cannot be read, and where it is included. So is one
 *	that would not end, or not begin: a pipe, or a device but /dev/null.
 * @return false if a file cannot be read; some options were seen, perhaps.
 */
bool unbound_options_read(const char* path, unbound_option_seen* seen, void* arg,
	struct reason* reason);

/** A setting: what is kept of an option with one value. */
struct unbound_setting {
	/** NULL: no file has it; owned */
	char* value;
	/** where it stands; owned */
	char* file;
	/** from 1 */
	size_t line;
	/** where that file is included; NULL: it is not; owned */
	char* from;
	/** from 1 */
	size_t from_line;
};

/** Keep an option's first value instead of the one before. @return false if
 * memory ran out. */
bool unbound_setting_set(struct unbound_setting* setting,
	const struct unbound_option* option);

/** Free what is kept: no file has it then. */
void unbound_setting_clear(struct unbound_setting* setting);

#endif /* HELIXCTL_UNBOUND_OPTIONS_H */
