/*
 * tools/helixctl/check_unbound.c - what unbound.conf says of the module.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "check.h"
#include "side.h"
#include "unbound_options.h"
#include "base/denied.h"
#include "unbound/order.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- settings ------------------------------------------------------------ */

static struct place
setting_place(const struct setup* setup, const struct unbound_setting* setting)
{
	return (struct place){ setting->file ? setting->file : setup->path,
		setting->line, 0 };
}

/** The setting that an option is; NULL if it does not matter. */
static struct unbound_setting*
setting_find(struct setup* setup, const struct unbound_option* option)
{
	struct {
		const char *section, *name;
		struct unbound_setting* setting;
	} settings[] = {
		{ "server", "module-config", &setup->modules },
		{ "server", "username", &setup->username },
		{ "server", "chroot", &setup->chroot },
		{ "server", "directory", &setup->directory },
	};
	size_t i;
	for(i = 0; i < sizeof(settings) / sizeof(*settings); i++) {
		if(strcmp(option->section, settings[i].section) == 0 &&
			strcmp(option->name, settings[i].name) == 0)
			return settings[i].setting;
	}
	if(strcmp(option->section, "dynlib") == 0 &&
		strcmp(option->name, "dynlib-file") == 0 &&
		setup->dynlib_count < SETUP_DYNLIBS)
		return &setup->dynlibs[setup->dynlib_count++];
	return NULL;
}

static void
setup_option(void* arg, const struct unbound_option* option)
{
	struct setup* setup = arg;
	struct unbound_setting* setting = setting_find(setup, option);
	if(setting && !unbound_setting_set(setting, option))
		setup->failed = true;
}

/** A setting that no file has: ask Unbound for its default. */
static void
setting_complete(const struct setup* setup, struct unbound_setting* setting,
	const char* name)
{
	if(!setting->value)
		setting->value = program_ask(setup->path, name);
}

/* --- the module ---------------------------------------------------------- */

/** Tell of a second dynlib-file that is ours. Where it is the first one's line,
 * nobody finds two in the files. */
static void
twice_tell(const struct setup* setup, const struct unbound_setting* first,
	const struct unbound_setting* second, struct findings* findings)
{
	if(strcmp(first->file, second->file) != 0 ||
		first->line != second->line || !first->from || !second->from)
		findings_error(findings, setting_place(setup, second),
			"helix.so is loaded twice; name it once in "
			"module-config and once in dynlib-file");
	else if(strcmp(first->from, second->from) == 0 &&
		first->from_line == second->from_line)
		findings_error(findings, setting_place(setup, second),
			"this file is included twice, each time by %s:%zu, so "
			"that helix.so is loaded twice; include it once",
			first->from, first->from_line);
	else	findings_error(findings, setting_place(setup, second),
			"this file is included twice, by %s:%zu and by %s:%zu, "
			"so that helix.so is loaded twice; include it once",
			first->from, first->from_line, second->from,
			second->from_line);
}

/** Find our dynlib-file. @return its index; dynlib_count if there is not
 * exactly one, which is told. */
static size_t
dynlib_find(const struct setup* setup, struct findings* findings)
{
	const struct place file = { setup->path, 0, 0 };
	size_t i, found = setup->dynlib_count;
	for(i = 0; i < setup->dynlib_count; i++) {
		if(!side_is_module(setup->dynlibs[i].value))
			continue;
		if(found < setup->dynlib_count) {
			twice_tell(setup, &setup->dynlibs[found],
				&setup->dynlibs[i], findings);
			return setup->dynlib_count;
		}
		found = i;
	}
	if(setup->dynlib_count == 0)
		findings_error(findings, file, "dynlib-file is not there; "
			"expected, below dynlib:, dynlib-file: \"" HELIX_SO
			"\"");
	else if(found == setup->dynlib_count)
		findings_error(findings, setting_place(setup,
			&setup->dynlibs[0]), "no dynlib-file is helix.so; "
			"expected \"" HELIX_SO "\"");
	return found;
}

/** Check that the module is loaded, and where it stands among the others. */
static void
modules_check(const struct setup* setup, struct findings* findings)
{
	const struct place place = setting_place(setup, &setup->modules);
	const char* modules = setup->modules.value ? setup->modules.value :
		"validator iterator";
	char line[ORDER_LINE_MAX];
	enum order_verdict verdict;
	size_t ours;
	int id;
	if(order_find(modules, 0) == -1) {
		findings_error(findings, place, "module-config %s\"%s\" lacks "
			"dynlib, so that the module is not loaded, and the "
			"zones are not answered from etcd; expected, below "
			"server:, module-config: \"dynlib validator "
			"iterator\"", setup->modules.value ? "" :
			"is not there, and ", modules);
		return;
	}
	ours = dynlib_find(setup, findings);
	if(ours == setup->dynlib_count)
		return;
	id = order_find(modules, ours);
	if(id == -1) {
		findings_error(findings, place, "module-config \"%s\" has "
			"fewer dynlib than there are dynlib-file, so that "
			"%s is not loaded", modules,
			setup->dynlibs[ours].value);
		return;
	}
	verdict = order_check(modules, id, line);
	if(verdict == ORDER_LEAKY)
		findings_warn(findings, place, "%s", line);
	else if(verdict != ORDER_FINE)
		findings_error(findings, place, "%s", line);
}

/** Make what `helixctl enable` would make of module-config.
 * @param modules: room for ORDER_LINE_MAX octets. */
static bool
side_modules(const struct side* side, const struct side_others* others,
	char* modules)
{
	struct reason reason;
	char* before = side_before(side, others, true);
	bool ok = before && side_compose(before, others, modules, &reason);
	free(before);
	return ok;
}

/** Warn if the module-config in force is that of `helixctl enable`, and no
 * longer made of what the other files say: it hides that. */
static void
side_check(const struct setup* setup, struct findings* findings)
{
	char modules[ORDER_LINE_MAX];
	struct side_others others = { 0 };
	struct reason reason;
	struct side side;
	bool found = side_find(&side, setup->path) && setup->modules.value &&
		side_look(&side, NULL, &reason) == SIDE_OURS &&
		side_survey(&side, &others, &reason) && others.included &&
		!others.later.value;
	if(found && side_modules(&side, &others, modules) &&
		strcmp(modules, setup->modules.value) != 0)
		findings_warn(findings, setting_place(setup, &setup->modules),
			"module-config \"%s\" hides that of other files, with "
			"which it would be \"%s\"; run `helixctl enable` "
			"again, and then restart Unbound",
			setup->modules.value, modules);
	side_others_clear(&others);
	side_clear(&side);
}

void
setup_read(struct setup* setup, struct findings* findings)
{
	struct reason reason;
	if(!unbound_options_read(setup->path, setup_option, setup, &reason)) {
		findings_error(findings, (struct place){ setup->path, 0, 0 },
			"%s", reason.text);
		return;
	}
	if(setup->failed) {
		findings_error(findings, (struct place){ setup->path, 0, 0 },
			"out of memory");
		return;
	}
	program_compare(UNBOUND_DAEMON, HELIX_UNBOUND_BUILD_ID, findings);
	program_check(setup->path, setup->directory.value, findings);
	modules_check(setup, findings);
	side_check(setup, findings);
	setting_complete(setup, &setup->username, "username");
	setting_complete(setup, &setup->chroot, "chroot");
	setting_complete(setup, &setup->directory, "directory");
}

/** Look at a file of the module. @param path: as this process sees it. */
static void
module_open(const struct setup* setup, const struct unbound_setting* dynlib,
	const char* path, struct findings* findings)
{
	const struct place place = setting_place(setup, dynlib);
	const bool chroot = setup->chroot.value && *setup->chroot.value;
	char text[DENIED_TEXT_MAX], magic[4] = "";
	/* a pipe is not waited for */
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if(fd == -1) {
		findings_error(findings, place, "%s for dynlib-file cannot be "
			"read%s%s: %s", path, chroot ? " inside of chroot " :
			"", chroot ? setup->chroot.value : "",
			denied_explain(path, errno, text));
		return;
	}
	if(read(fd, magic, sizeof(magic)) != sizeof(magic) || memcmp(magic,
		"\177ELF", sizeof(magic)) != 0)
		findings_error(findings, place, "%s for dynlib-file is no "
			"shared object; expected \"" HELIX_SO "\"", path);
	close(fd);
}

/** Unbound's directory, as seen inside of its chroot; "" if it has none. */
static const char*
directory_inside(const struct setup* setup)
{
	const char* directory = setup->directory.value;
	const char* root = setup->chroot.value;
	size_t len = root ? strlen(root) : 0;
	if(!directory)
		return "";
	if(strncmp(directory, root ? root : "", len) == 0 &&
		(directory[len] == '/' || !directory[len]))
		return directory + len;
	return directory;
}

void
setup_check_module(const struct setup* setup, struct findings* findings)
{
	const char* directory = directory_inside(setup);
	size_t i;
	for(i = 0; i < setup->dynlib_count; i++) {
		const struct unbound_setting* dynlib = &setup->dynlibs[i];
		char* path;
		/* a name without a '/' is looked for where the system looks
		 * for libraries */
		if(!side_is_module(dynlib->value) || !strchr(dynlib->value, '/'))
			continue;
		if(asprintf(&path, "%s%s%s", *dynlib->value == '/' ? "" :
			directory, *dynlib->value == '/' ? "" : "/",
			dynlib->value) == -1) {
			findings_error(findings, setting_place(setup, dynlib),
				"out of memory");
			return;
		}
		module_open(setup, dynlib, path, findings);
		free(path);
	}
	if(setup->chroot.value && *setup->chroot.value)
		findings_warn(findings, setting_place(setup, &setup->chroot),
			"chroot is \"%s\": the module is loaded inside of it, "
			"so that all libraries that ldd(1) lists for helix.so "
			"must be there, too, and so must /etc/resolv.conf or "
			"/etc/hosts where an endpoint is a name",
			setup->chroot.value);
}

void
setup_clear(struct setup* setup)
{
	size_t i;
	unbound_setting_clear(&setup->modules);
	unbound_setting_clear(&setup->username);
	unbound_setting_clear(&setup->chroot);
	unbound_setting_clear(&setup->directory);
	for(i = 0; i < setup->dynlib_count; i++)
		unbound_setting_clear(&setup->dynlibs[i]);
}
