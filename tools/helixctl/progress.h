/*
 * tools/helixctl/progress.h - how far a long command is.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * On a terminal, a bar with the rate and the time that is left; elsewhere, a line
 * a second. On standard error, and nothing at all before a second has passed.
 * For one thread.
 */
#ifndef HELIXCTL_PROGRESS_H
#define HELIXCTL_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/** How far a command is. */
struct progress {
	/** what is counted, such as "keys" */
	const char* what;
	/** how many there are */
	unsigned long total;
	/** when it began, and when it was shown last; as clock_now gives it */
	int64_t begun, shown;
	bool is_terminal;
	/** whether a bar is on the terminal */
	bool bar;
};

/** Begin. */
void progress_begin(struct progress* progress, const char* what,
	unsigned long total);

/** Show how far it is, if the last time is long enough ago. */
void progress_show(struct progress* progress, unsigned long done);

/** End: remove the bar. Before anything else is written to standard error. */
void progress_end(struct progress* progress);

#endif /* HELIXCTL_PROGRESS_H */
