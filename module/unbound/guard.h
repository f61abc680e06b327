/*
 * unbound/guard.h - refuses an Unbound that the module was not built for.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * A module shares Unbound's structs, and Unbound does not notice one that was
 * compiled with other structs than its own: the module loads without a word and
 * crashes later. So init first searches the running program for the version
 * and the configure line that the module was compiled with, and compares the
 * build-id, if both are known.
 *
 * The check reads the program's read-only segments in memory, and no struct of
 * Unbound. It takes less than a millisecond. Any thread.
 */
#ifndef HELIX_UNBOUND_GUARD_H
#define HELIX_UNBOUND_GUARD_H

#include <stdbool.h>
#include <stddef.h>

/** octets of the longest message, NUL included; it has two configure lines */
#define GUARD_MESSAGE_MAX 4096

/** What identifies an Unbound. */
struct guard_identity {
	/** such as "unbound 1.17.1" */
	const char* version;
	/** the arguments of its configure */
	const char* configure_line;
	/** its GNU build-id in lower-case hex; empty if it is not known */
	const char* build_id;
};

/** A read-only segment of a program. */
struct guard_segment {
	const char* start;
	size_t len;
};

/** most segments that are searched */
#define GUARD_SEGMENTS_MAX 16

/** A program in memory. */
struct guard_program {
	/** read-only ones */
	struct guard_segment segments[GUARD_SEGMENTS_MAX];
	size_t count;
	/** the GNU build-id in lower-case hex; empty if it has none */
	char build_id[129];
};

/** Read the running program. */
void guard_read_program(struct guard_program* program);

/**
 * Read the build-id of a program that does not run, from its file.
 * @param file, len: the whole file.
 * @param program: its segments are not read, so that it is not for guard_check.
 * @return false if the file is no program of this machine's kind.
 */
bool guard_read_file(struct guard_program* program, const char* file,
	size_t len);

/**
 * Compare a program with what the module was built for.
 * @param message: room for GUARD_MESSAGE_MAX octets; if false is returned, set
 *	to one line that names both.
 * @return whether the module may run in it.
 */
bool guard_check(const struct guard_program* program,
	const struct guard_identity* wanted, char* message);

#endif /* HELIX_UNBOUND_GUARD_H */
