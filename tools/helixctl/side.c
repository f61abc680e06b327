/*
 * tools/helixctl/side.c - Unbound's side of the module, as a file.
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
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/** the folder, beside unbound.conf */
#define FOLDER "unbound.conf.d"
/** the file's name; sorts behind those that people give */
#define NAME "zz-unbound-helix.conf"
/** the first line of a file of ours, and what follows there */
#define MARK "# Written by `helixctl enable`; `helixctl disable` removes it."
/** most octets of a file of ours */
#define TEXT_MAX 8192

bool
side_check_usage(struct ctl* ctl, int argc)
{
	if(!ctl_check_arguments(ctl, argc, 0, 0))
		return false;
	if(!ctl->json && !ctl->endpoints && !ctl->prefix && !ctl->user &&
		!ctl->password_file)
		return true;
	ctl_error("%s: --json, --endpoints, --prefix, --user and "
		"--password-file have no place here", ctl->command->name);
	return false;
}

/* --- the place ----------------------------------------------------------- */

bool
side_find(struct side* side, const char* conf)
{
	const char* slash = strrchr(conf, '/');
	*side = (struct side){ .conf = conf };
	if(asprintf(&side->folder, "%.*s" FOLDER, slash ?
		(int)(slash + 1 - conf) : 0, conf) == -1)
		side->folder = NULL;
	if(!side->folder || asprintf(&side->path, "%s/" NAME,
		side->folder) == -1)
		side->path = NULL;
	return side->path;
}

void
side_clear(struct side* side)
{
	free(side->folder);
	free(side->path);
	*side = (struct side){ 0 };
}

/** Read a file that may be ours. @return its text, owned; "" if it is too long
 * to be ours; NULL if it cannot be read; errno says why. */
static char*
text_read(const char* path)
{
	FILE* file = fopen(path, "rb");
	char* text = malloc(TEXT_MAX);
	size_t len;
	if(file && text) {
		len = fread(text, 1, TEXT_MAX, file);
		text[len < TEXT_MAX ? len : 0] = 0;
		if(!ferror(file)) {
			fclose(file);
			return text;
		}
	}
	if(file)
		fclose(file);
	free(text);
	return NULL;
}

enum side_state
side_look(const struct side* side, char** text, struct reason* reason)
{
	char why[DENIED_TEXT_MAX];
	struct stat status;
	char* found = NULL;
	bool ours;
	if(text)
		*text = NULL;
	if(lstat(side->path, &status) == -1) {
		if(errno == ENOENT || errno == ENOTDIR)
			return SIDE_NONE;
	} else if(!S_ISREG(status.st_mode)) {
		return SIDE_FOREIGN;
	} else {
		found = text_read(side->path);
	}
	if(!found) {
		(void)reason_say(reason, "cannot read %.100s: %s", side->path,
			denied_explain(side->path, errno, why));
		return SIDE_UNREADABLE;
	}
	ours = strncmp(found, MARK "\n", strlen(MARK "\n")) == 0;
	if(text && ours)
		*text = found;
	else	free(found);
	return ours ? SIDE_OURS : SIDE_FOREIGN;
}

/* --- one at a time ------------------------------------------------------- */

/*
 * It is a file of its own, which nobody else may open: any user may lock what
 * he may read, and keep `helixctl disable` waiting for ever. It has no text, and
 * *.conf does not include it.
 */

/** @return owned; NULL if memory ran out. */
static char*
lock_name(const struct side* side)
{
	char* name;
	return asprintf(&name, "%s.lock", side->path) == -1 ? NULL : name;
}

/** Wait for a lock. @return false if that cannot be had. */
static bool
lock_wait(const struct side* side, int fd)
{
	if(flock(fd, LOCK_EX | LOCK_NB) == 0)
		return true;
	if(errno == EWOULDBLOCK)
		ctl_warn("waiting for another `helixctl enable` or `disable` "
			"that is at work on %s", side->path);
	while(flock(fd, LOCK_EX) == -1) {
		if(errno != EINTR)
			return false;
	}
	return true;
}

/** Whether an open file is the one of a name: who had the lock before has
 * removed his. */
static bool
is_named(int fd, const char* name)
{
	struct stat open_one, named;
	return fstat(fd, &open_one) == 0 && lstat(name, &named) == 0 &&
		open_one.st_dev == named.st_dev &&
		open_one.st_ino == named.st_ino;
}

int
side_lock(const struct side* side)
{
	char* name = lock_name(side);
	int fd = -1;
	while(name) {
		fd = open(name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
			0600);
		if(fd == -1 || !lock_wait(side, fd) || is_named(fd, name))
			break;
		close(fd);
	}
	free(name);
	return fd;
}

void
side_unlock(const struct side* side, int lock)
{
	char* name = lock == -1 ? NULL : lock_name(side);
	if(name)
		(void)unlink(name);
	free(name);
	if(lock != -1)
		close(lock);
}

/* --- changes ------------------------------------------------------------- */

/** Have the folder's entries on disk. */
static void
folder_sync(const char* path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if(fd == -1)
		return;
	(void)fsync(fd);
	close(fd);
}

/** Write all octets. */
static bool
octets_write(int fd, const char* octets, size_t len)
{
	while(len > 0) {
		ssize_t done = write(fd, octets, len);
		if(done == -1 && errno == EINTR)
			continue;
		if(done == -1)
			return false;
		octets += done;
		len -= (size_t)done;
	}
	return true;
}

/** Make a new file. @return false if that failed; errno says why. */
static bool
file_make(const char* path, const char* text)
{
	int fd, problem = 0;
	/* of a command that was killed */
	(void)unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		0600);
	if(fd == -1)
		return false;
	/* at a reload, Unbound reads it as its own user */
	if(!octets_write(fd, text, strlen(text)) || fchmod(fd, 0644) == -1 ||
		fsync(fd) == -1)
		problem = errno;
	if(close(fd) == -1 && problem == 0)
		problem = errno;
	errno = problem;
	return problem == 0;
}

/** The name of the file while it is written, which *.conf does not include.
 * @return owned; NULL if memory ran out. */
static char*
fresh_name(const struct side* side)
{
	char* name;
	return asprintf(&name, "%s.new", side->path) == -1 ? NULL : name;
}

bool
side_write(const struct side* side, const char* text, struct reason* reason)
{
	char why[DENIED_TEXT_MAX];
	char* fresh = fresh_name(side);
	int problem;
	if(!fresh)
		return reason_say(reason, "out of memory");
	if(file_make(fresh, text) && rename(fresh, side->path) == 0) {
		folder_sync(side->folder);
		free(fresh);
		return true;
	}
	problem = errno;
	(void)unlink(fresh);
	(void)reason_say(reason, "cannot write %.100s: %s", side->path,
		denied_explain(fresh, problem, why));
	free(fresh);
	return false;
}

bool
side_remove(const struct side* side, struct reason* reason)
{
	char why[DENIED_TEXT_MAX];
	if(unlink(side->path) == -1 && errno != ENOENT)
		return reason_say(reason, "cannot remove %.100s: %s",
			side->path, denied_explain(side->folder, errno, why));
	folder_sync(side->folder);
	return true;
}

void
side_clean(const struct side* side)
{
	char* fresh = fresh_name(side);
	if(fresh)
		(void)unlink(fresh);
	free(fresh);
}

/* --- the other files ----------------------------------------------------- */

bool
side_is_module(const char* path)
{
	const char* slash = strrchr(path, '/');
	return strstr(slash ? slash + 1 : path, "helix") != NULL;
}

/** What a survey needs. */
struct survey {
	const struct side* side;
	struct side_others* others;
};

/** Whether two paths are of one file. */
static bool
is_same_file(const char* one, const char* other)
{
	struct stat a, b;
	return stat(one, &a) == 0 && stat(other, &b) == 0 &&
		a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/** Take a module-config. */
static bool
modules_take(struct side_others* others, const struct unbound_option* option)
{
	return unbound_setting_set(&others->modules, option) &&
		(!others->included ||
		unbound_setting_set(&others->later, option));
}

/** Take a dynlib-file. */
static bool
dynlib_take(struct side_others* others, const struct unbound_option* option)
{
	others->dynlibs++;
	return others->by_hand.value ||
		!side_is_module(option->value[0]) ||
		unbound_setting_set(&others->by_hand, option);
}

static void
survey_option(void* arg, const struct unbound_option* option)
{
	const struct survey* survey = arg;
	struct side_others* others = survey->others;
	bool modules = strcmp(option->section, "server") == 0 &&
		strcmp(option->name, "module-config") == 0;
	bool dynlib = strcmp(option->section, "dynlib") == 0 &&
		strcmp(option->name, "dynlib-file") == 0;
	if(!modules && !dynlib)
		return;
	if(is_same_file(option->file, survey->side->path)) {
		others->included = true;
		unbound_setting_clear(&others->later);
	} else if(!(modules ? modules_take(others, option) :
		dynlib_take(others, option))) {
		others->failed = true;
	}
}

bool
side_survey(const struct side* side, struct side_others* others,
	struct reason* reason)
{
	struct survey survey = { side, others };
	*others = (struct side_others){ 0 };
	if(!unbound_options_read(side->conf, survey_option, &survey, reason))
		return false;
	return !others->failed || reason_say(reason, "out of memory");
}

void
side_others_clear(struct side_others* others)
{
	unbound_setting_clear(&others->modules);
	unbound_setting_clear(&others->by_hand);
	unbound_setting_clear(&others->later);
}

char*
side_before(const struct side* side, const struct side_others* others,
	bool there)
{
	if(!there)
		return program_ask(side->conf, "module-config");
	/* Unbound's default, as of a file that sets nothing */
	return others->modules.value ? strdup(others->modules.value) :
		program_ask("/dev/null", "module-config");
}

/* --- what it says -------------------------------------------------------- */

/** Number of dynlib in a module-config. */
static size_t
dynlibs_count(const char* modules)
{
	size_t count = 0;
	while(order_find(modules, count) != -1)
		count++;
	return count;
}

bool
side_compose(const char* before, const struct side_others* others,
	char* modules, struct reason* reason)
{
	char line[ORDER_LINE_MAX];
	int id;
	if(dynlibs_count(before) != others->dynlibs)
		return reason_say(reason, "module-config \"%.100s\": "
			"expected as many dynlib in it as there are "
			"dynlib-file, which are %zu", before,
			others->dynlibs);
	id = order_insert(before, modules);
	if(id == -1)
		return reason_say(reason, "module-config is too long");
	if(order_check(modules, id, line) > ORDER_LEAKY)
		return reason_say(reason, "%s", line);
	return true;
}

/** Whether a text can be in quotes in unbound.conf. */
static bool
is_quotable(const char* text)
{
	for(; *text; text++) {
		if(*text == '"' || *text == '\\' || (*text != '\t' &&
			(unsigned char)*text < ' '))
			return false;
	}
	return true;
}

char*
side_text(const char* before, const char* modules, const char* module,
	struct reason* reason)
{
	char* text;
	if(!is_quotable(before) || !is_quotable(module)) {
		(void)reason_say(reason, "module-config, or the path of "
			"helix.so, has a quote, a backslash or a control "
			"character in it");
		return NULL;
	}
	if(asprintf(&text, MARK "\n"
		"# Your own settings belong into other files. Where these set\n"
		"# module-config, run `helixctl enable` again: it puts dynlib "
		"into\n# what they say, which was \"%s\".\n"
		"dynlib:\n\tdynlib-file: \"%s\"\n"
		"server:\n\tmodule-config: \"%s\"\n", before, module,
		modules) == -1) {
		(void)reason_say(reason, "out of memory");
		return NULL;
	}
	return text;
}
