/*
 * tools/helixctl/check.h - what the parts of `helixctl check` share.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * For check*.c; and for side.c, enable.c and disable.c, which ask
 * unbound-checkconf, too:
 *
 *	check.c			the command, and as which user it goes on
 *	check_findings.c	what was found: counted, and written
 *	check_unbound.c		unbound.conf: what it says of the module
 *	check_program.c		Unbound's build, and unbound-checkconf
 *	check_shadow.c		unbound.conf: who answers before the module
 *	check_files.c		helix.yaml: the files and hosts that it names
 *	check_connect.c		helix.yaml: etcd's endpoints, one by one
 *
 * An error is what keeps Unbound from starting, or the zones from being
 * answered from etcd at all; what is wrong otherwise is a warning, since the
 * check is also made before a start: it must not keep a resolver from running
 * that would do most of its work.
 */
#ifndef HELIXCTL_CHECK_H
#define HELIXCTL_CHECK_H

#include "ctl.h"
#include "unbound_options.h"
#include "config/config.h"
#include <cjson/cJSON.h>

/* --- check_findings.c ---------------------------------------------------- */

/** What was found so far. */
struct findings {
	/** how it is written */
	const struct ctl* ctl;
	size_t errors, warnings;
	/** for JSON: of findings, and of endpoints */
	cJSON *list, *endpoints;
};

/** Where something is wrong. */
struct place {
	const char* file;
	/** from 1; 0: in the file as a whole */
	size_t line, column;
};

/** Begin. @return false if memory ran out. */
bool findings_begin(struct findings* findings, const struct ctl* ctl);

/** Tell of an error. */
void findings_error(struct findings* findings, struct place place,
	const char* format, ...) __attribute__((format(printf, 3, 4)));

/** Tell of a warning. */
void findings_warn(struct findings* findings, struct place place,
	const char* format, ...) __attribute__((format(printf, 3, 4)));

/** Write a line of what is fine; not in JSON. */
void findings_note(struct findings* findings, const char* format, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * Write how many there are, or all of them as JSON, and free the memory.
 * @param file: what was checked.
 * @param user: for whom; NULL: for who runs this.
 */
enum ctl_status findings_end(struct findings* findings, const char* file,
	const char* user);

/** Free the memory, and write nothing. */
void findings_clear(struct findings* findings);

/* --- check_unbound.c ----------------------------------------------------- */

/** most dynlib-files that are remembered */
#define SETUP_DYNLIBS 16

/** What unbound.conf says. */
struct setup {
	/** the file; not owned */
	const char* path;
	struct unbound_setting modules, username, chroot, directory;
	struct unbound_setting dynlibs[SETUP_DYNLIBS];
	size_t dynlib_count;
	/** true if memory ran out */
	bool failed;
};

/** Read unbound.conf, and check what it says of the module, and what
 * unbound-checkconf says of it. @param setup: zero, but for path; to be
 * cleared. */
void setup_read(struct setup* setup, struct findings* findings);

/** Check the file of the module, as Unbound's user, inside of its chroot. */
void setup_check_module(const struct setup* setup, struct findings* findings);

void setup_clear(struct setup* setup);

/* --- check_program.c ----------------------------------------------------- */

/**
 * Check that a daemon is the one build that the module runs in.
 * @param path: of the daemon; one that is not there is passed over.
 * @param wanted: the build-id; "": it is not known.
 */
void program_compare(const char* path, const char* wanted,
	struct findings* findings);

/** Have unbound-checkconf check a file, and tell what it says.
 * @param directory: what the file says of it; NULL: nothing. */
void program_check(const char* path, const char* directory,
	struct findings* findings);

/** Whether unbound-checkconf takes the order of modules in a file, or has
 * something else to say: Unbound takes more of them. */
bool program_knows_order(const char* path);

/** What unbound-checkconf says that a setting is, also where the file does not
 * set it. @return owned; NULL if it cannot be asked. */
char* program_ask(const char* path, const char* option);

/* --- check_shadow.c ------------------------------------------------------ */

/** Warn of zones that Unbound's local zones or auth-zones answer.
 * @param path: unbound.conf.
 * @return false if memory ran out. */
bool shadow_check(const char* path, const struct helix_config* config,
	struct findings* findings);

/* --- check_files.c ------------------------------------------------------- */

/**
 * Find a value in helix.yaml.
 * @param section: the key that it is below; NULL: none.
 * @param item: which item, if the value is a list.
 * @return the file as a whole if it is not there: the default holds.
 */
struct place place_find(const char* path, const char* section,
	const char* key, size_t item);

/** Check what a configuration names, as Unbound's user. */
void files_check(const char* path, const struct helix_config* config,
	struct findings* findings);

/* --- check_connect.c ----------------------------------------------------- */

/** Ask each endpoint. */
void connect_check(const char* path, const struct etcd_settings* settings,
	struct findings* findings);

#endif /* HELIXCTL_CHECK_H */
