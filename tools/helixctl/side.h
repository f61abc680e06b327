/*
 * tools/helixctl/side.h - Unbound's side of the module, as a file.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * `helixctl enable` makes the file zz-unbound-helix.conf in the folder
 * unbound.conf.d beside unbound.conf, which Debian's unbound.conf includes, and
 * `helixctl disable` removes it. It has the two settings that load the module,
 * and nothing else:
 *
 *	dynlib:
 *		dynlib-file: "/usr/lib/x86_64-linux-gnu/unbound/helix.so"
 *	server:
 *		module-config: "dynlib validator iterator"
 *
 * It ends in `server:`, as what follows may count on that section: where the
 * folder is included in the midst of it.
 *
 * Of several module-config Unbound takes the last; so the file's name sorts
 * last, and its module-config is the one of the other files with dynlib put
 * into it. The nth dynlib in module-config loads the nth dynlib-file; so ours
 * is the last of both.
 *
 * The file is ours if its first line says so. No other is ever changed.
 *
 * For one thread.
 */
#ifndef HELIXCTL_SIDE_H
#define HELIXCTL_SIDE_H

#include "ctl.h"
#include "unbound_options.h"
#include "base/reason.h"
#include <stdbool.h>
#include <stddef.h>

/** What is at the place of the file. */
enum side_state {
	/** nothing */
	SIDE_NONE,
	/** a file that `helixctl enable` has made */
	SIDE_OURS,
	/** something else */
	SIDE_FOREIGN,
	/** it cannot be looked at */
	SIDE_UNREADABLE
};

/** The place of the file. */
struct side {
	/** unbound.conf; not owned */
	const char* conf;
	/** the folder, and the file; owned */
	char *folder, *path;
};

/** What the other files say, those of unbound.conf but ours. */
struct side_others {
	/** the last module-config */
	struct unbound_setting modules;
	/** the first dynlib-file that is helix.so, as somebody has set the
	 * module up by hand */
	struct unbound_setting by_hand;
	/** number of dynlib-file */
	size_t dynlibs;
	/** true if our file is among those that unbound.conf includes */
	bool included;
	/** the module-config behind ours, which Unbound takes instead */
	struct unbound_setting later;
	/** true if memory ran out */
	bool failed;
};

/** Check that a command got no arguments, and none of the options that it has
 * no use for. @return false if it did; the user was told. */
bool side_check_usage(struct ctl* ctl, int argc);

/** Find the place. @param conf: unbound.conf; outlives side.
 * @return false if memory ran out. */
bool side_find(struct side* side, const char* conf);

void side_clear(struct side* side);

/**
 * Look at what is there.
 * @param text: set to what it says, if it is ours, owned; else NULL; NULL: it
 *	is not wanted.
 * @param reason: why it cannot be looked at.
 */
enum side_state side_look(const struct side* side, char** text,
	struct reason* reason);

/**
 * Wait until no other `helixctl enable` or `disable` is at the same file, and
 * keep others waiting until side_unlock, or the end of this process. The user
 * is told if it waits.
 * @return what side_unlock takes. Who may not keep others waiting, as he may
 *	not make files there, gets one as well: he may change nothing either.
 */
int side_lock(const struct side* side);

void side_unlock(const struct side* side, int lock);

/** Write the file, whole or not at all: a start of Unbound meanwhile reads it
 * as it was before, or as it is then.
 * @return false if that failed, and it is as it was. */
bool side_write(const struct side* side, const char* text,
	struct reason* reason);

/** Remove the file. @return false if that failed. */
bool side_remove(const struct side* side, struct reason* reason);

/** Remove what a side_write that was killed may have left beside the file: no
 * program reads it, so that it does not matter if it cannot be removed. */
void side_clean(const struct side* side);

/**
 * Read what the other files say.
 * @param others: the result, to be cleared, whatever is returned.
 * @return false if unbound.conf, or a file that it includes, cannot be read.
 */
bool side_survey(const struct side* side, struct side_others* others,
	struct reason* reason);

void side_others_clear(struct side_others* others);

/** Whether a dynlib-file is helix.so, by its name. */
bool side_is_module(const char* path);

/**
 * Find the module-config that Unbound has without our file.
 * @param there: whether our file is there; else unbound-checkconf is asked.
 * @return owned; NULL if unbound-checkconf does not say it.
 */
char* side_before(const struct side* side, const struct side_others* others,
	bool there);

/**
 * Make the module-config that the file should have.
 * @param before: what Unbound has without the file.
 * @param others: of side_survey.
 * @param modules: room for ORDER_LINE_MAX octets; the result.
 * @param reason: why there is none.
 */
bool side_compose(const char* before, const struct side_others* others,
	char* modules, struct reason* reason);

/**
 * Make the text of the file.
 * @param module: the path of helix.so.
 * @return owned; NULL if an argument has what cannot be in quotes, or memory
 *	ran out; reason says which.
 */
char* side_text(const char* before, const char* modules, const char* module,
	struct reason* reason);

#endif /* HELIXCTL_SIDE_H */
