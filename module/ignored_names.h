/*
 * ignored_names.h - the names at which keys are ignored.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Remembers the names at which there are keys in conflict, so that whoever wants
 * a list of these keys need not look through the whole store. Which keys they
 * are, and why they are ignored, is in the store: nothing of that is kept here.
 *
 * ignored_names_copy is for any thread, and may be called at the same time as
 * the others, which are for the feed's.
 */
#ifndef HELIX_IGNORED_NAMES_H
#define HELIX_IGNORED_NAMES_H

#include "base/buffer.h"
#include "dns/name.h"
#include <pthread.h>

struct ignored_name;

/** The names. */
struct ignored_names {
	/** held while links and revisions are written, or read by others */
	pthread_mutex_t lock;
	/** a tree of tsearch(3); for the feed's thread only */
	void* tree;
	/** the name that was added last */
	struct ignored_name* first;
};

/** A name, and the revision as of which it was noted last. */
struct ignored_copy {
	/** the revision */
	int64_t revision;
	/** the name */
	struct name owner;
};

/** Begin, without any name. */
void ignored_names_init(struct ignored_names* names);

/** Forget all names, and end. */
void ignored_names_free(struct ignored_names* names);

/** Note a name, or that something has changed at it. @return false if memory ran
 * out. */
bool ignored_names_note(struct ignored_names* names, const struct name* owner,
	int64_t revision);

/** Forget a name, if it was noted. */
void ignored_names_forget(struct ignored_names* names,
	const struct name* owner);

/**
 * Copy names.
 * @param most: no more than so many; those that were added last.
 * @param copies: one struct ignored_copy is appended for each.
 * @return false if memory ran out.
 */
bool ignored_names_copy(struct ignored_names* names, size_t most,
	struct buffer* copies);

#endif /* HELIX_IGNORED_NAMES_H */
