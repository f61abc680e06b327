/*
 * unbound/guard.h - refuses an Unbound that the module was not built for.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * A module shares Unbound's structs, and nothing in Unbound protects one that
 * was compiled with other structs than the daemon's: it loads without a word
 * and crashes later. So the first thing that init does is to look into the
 * running program for the version and the configure line that the module was
 * compiled with, and, where the linker left one, for the build-id of that very
 * daemon.
 *
 * The check reads the program's own read-only segments in memory, and no
 * struct of Unbound's. It takes less than a millisecond.
 */
#ifndef HELIX_UNBOUND_GUARD_H
#define HELIX_UNBOUND_GUARD_H

#include <stdbool.h>
#include <stddef.h>

/** room for any message, NUL included */
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

/** A read-only piece of a program. */
struct guard_segment {
	/** where it begins */
	const char* start;
	/** octets of it */
	size_t len;
};

/** most segments of a program that are looked at */
#define GUARD_SEGMENTS_MAX 16

/** A program as it was loaded. */
struct guard_program {
	/** its read-only segments */
	struct guard_segment segments[GUARD_SEGMENTS_MAX];
	/** number of them */
	size_t count;
	/** its GNU build-id in lower-case hex; empty if it has none */
	char build_id[129];
};

/** Find the running program's segments and build-id. */
void guard_read_program(struct guard_program* program);

/**
 * Compare a program with what is wanted.
 * @param program: what runs.
 * @param wanted: what the module was built for.
 * @param message: GUARD_MESSAGE_MAX octets; if false is returned, one line
 *	that names both.
 * @return whether the program is the one that is wanted.
 */
bool guard_check(const struct guard_program* program,
	const struct guard_identity* wanted, char* message);

#endif /* HELIX_UNBOUND_GUARD_H */
