/*
 * tools/helixctl/zonelines.h - the lines of a zone file.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Reads a zone file line by line (RFC 1035 5.1), where a line goes on as long as
 * parentheses are open. Comments are left out, parentheses and what separates
 * lines within them become spaces, and all else stays as it is, so that what
 * remains is words with spaces between. Each octet's place in the file is
 * known, for messages.
 *
 * A line ends with LF, CR LF, or the file. Whatever the file holds, a line takes
 * a bounded amount of memory.
 *
 * For zonefile.c; for one thread.
 */
#ifndef HELIXCTL_ZONELINES_H
#define HELIXCTL_ZONELINES_H

#include "base/buffer.h"
#include "base/reason.h"
#include <stdio.h>

/** most octets of a line, comments not counted: more than any record has */
#define ZONELINE_MAX (1 << 20)

/** A line, with no more parentheses and comments. */
struct zoneline {
	/** the text; has a word in it */
	struct buffer text;
	/** where the text goes on in another line of the file */
	struct buffer marks;
	/** whether it begins with white space, so that it has no owner */
	bool blank;
};

/** A word of a line. */
struct zoneword {
	/** its octets, without the quotes around it; escapes are as they were */
	const char* text;
	/** octets in text */
	size_t len;
	/** where it begins in the line, with its quote */
	size_t at;
	/** whether it is in quotes */
	bool quoted;
};

/** What comes next. */
enum zonelines_next {
	/** a line, or a word */
	ZONELINES_MORE,
	/** the end of the file, or of the line */
	ZONELINES_END,
	/** something is wrong with a line; the next call reads the one after
	 * it */
	ZONELINES_WRONG,
	/** something is wrong, and the rest of the file cannot be read */
	ZONELINES_LOST
};

/** A zone file that is read. */
struct zonelines {
	FILE* file;
	/** the line of the file that is read, from 1 on */
	unsigned long line;
	/** the column of the octet that is read, from 1 on */
	unsigned long column;
	/** open parentheses, and the place of the first */
	unsigned depth;
	unsigned long open_line, open_column;
};

/** Begin to read a file. @param file: not closed by zonelines. */
void zonelines_init(struct zonelines* lines, FILE* file);

/**
 * Read the next line that has any words.
 * @param line: all zero at first; to be cleared by zoneline_clear.
 * @param number, column: set to the place that a reason is about.
 * @return not ZONELINES_MORE and not ZONELINES_END: the reason is set.
 */
enum zonelines_next zonelines_read(struct zonelines* lines,
	struct zoneline* line, unsigned long* number, unsigned long* column,
	struct reason* reason);

/** The place in the file of an octet of a line. */
void zoneline_place(const struct zoneline* line, size_t at,
	unsigned long* number, unsigned long* column);

/**
 * Read a word.
 * @param at: where to begin; moved behind the word.
 * @return ZONELINES_WRONG: word->at is what the reason is about.
 */
enum zonelines_next zoneline_word(const struct zoneline* line, size_t* at,
	struct zoneword* word, struct reason* reason);

/** Free what a line holds. */
void zoneline_clear(struct zoneline* line);

#endif /* HELIXCTL_ZONELINES_H */
