/*
 * tools/helixctl/progress.c - how far a long command is.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "progress.h"
#include "base/clock.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/** characters of the bar */
#define BAR_WIDTH 30

void
progress_begin(struct progress* progress, const char* what,
	unsigned long total)
{
	memset(progress, 0, sizeof(*progress));
	progress->what = what;
	progress->total = total;
	progress->begun = progress->shown = clock_now();
	progress->is_terminal = isatty(STDERR_FILENO);
}

/** Write the bar over the one before. */
static void
bar_write(const struct progress* progress, unsigned long done,
	unsigned long rate, unsigned long left)
{
	char bar[BAR_WIDTH + 1];
	size_t full = progress->total > 0 ? (size_t)((double)done /
		(double)progress->total * BAR_WIDTH) : 0;
	memset(bar, ' ', BAR_WIDTH);
	memset(bar, '#', full < BAR_WIDTH ? full : BAR_WIDTH);
	bar[BAR_WIDTH] = 0;
	/* the last characters wipe what a longer line has left */
	fprintf(stderr, "\r[%s] %lu of %lu %s, %lu/s, %lu s left   \b\b\b",
		bar, done, progress->total, progress->what, rate, left);
	fflush(stderr);
}

void
progress_show(struct progress* progress, unsigned long done)
{
	const int64_t now = clock_now();
	const int64_t passed = now - progress->begun;
	unsigned long rate, left;
	if(passed < 1000 || now - progress->shown < (progress->bar ? 100 :
		1000))
		return;
	progress->shown = now;
	rate = (unsigned long)((double)done * 1000 / (double)passed);
	left = rate > 0 ? (progress->total - done) / rate : 0;
	if(progress->is_terminal) {
		progress->bar = true;
		bar_write(progress, done, rate, left);
	} else	fprintf(stderr, "helixctl: %lu of %lu %s, %lu a second, %lu "
			"seconds left\n", done, progress->total,
			progress->what, rate, left);
}

void
progress_end(struct progress* progress)
{
	if(progress->bar)
		fprintf(stderr, "\r%*s\r", BAR_WIDTH + 50, "");
	progress->bar = false;
}
