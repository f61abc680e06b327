/*
 * tools/helixctl/show.h - shows keys as the records that they are.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Writes to standard output. As text, a key is a line for each of its records,
 * as a zone file has it; what else is said of it is behind a ';', so that the
 * whole is still a zone file. As JSON, a key is an object. For one thread.
 */
#ifndef HELIXCTL_SHOW_H
#define HELIXCTL_SHOW_H

#include "output.h"
#include "records.h"

/** What is written before the lines of a key. */
enum show_mark {
	/** nothing */
	SHOW_AS_IT_IS,
	/** "+ ": it was put */
	SHOW_PUT,
	/** "- ": it is gone */
	SHOW_GONE
};

/** How keys are shown. */
struct show {
	const struct ctl* ctl;
	/** whether key, revision and lease are shown, too */
	bool more;
	/** whether v2's leases, which are seconds, are meant */
	bool seconds;
	/** how many keys were shown as JSON; 0 at first */
	size_t count;
};

/**
 * Read the options of a command that shows keys: -l.
 * @param more: set to whether it is there.
 * @return CTL_OPTIONS_END: go on; else as ctl_next_option.
 */
int show_options(struct ctl* ctl, int argc, char** argv, bool* more);

/** Show a key and its records as text. */
void show_text(const struct show* show, enum show_mark mark,
	const struct kv_key* key, const struct record* record);

/**
 * Show a key and its records as an object of JSON, on one line without a
 * newline.
 * @param action: value of the member "action"; NULL: it has none.
 */
void show_json(const struct show* show, const char* action,
	const struct kv_key* key, const struct record* record);

/** Show a key in a list: show_text; or, with --json, an element of an array,
 * which show_list_end ends. */
void show_in_list(struct show* show, const struct kv_key* key,
	const struct record* record);

/** The list is complete. */
void show_list_end(const struct show* show);

#endif /* HELIXCTL_SHOW_H */
