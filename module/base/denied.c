/*
 * base/denied.c - why a file cannot be used.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "base/denied.h"
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/** room for a user's or a group's name */
#define NAME_SIZE 33
/** room for what the system knows of a user or a group; of one with more, the
 * number is shown */
#define ENTRY_SIZE 4096
/** longest path that is looked into */
#define PATH_SIZE 4096

/** Name a user, or, if he has no name, write his number. */
static void
user_write(uid_t uid, char name[NAME_SIZE])
{
	char room[ENTRY_SIZE];
	struct passwd entry, *found = NULL;
	if(getpwuid_r(uid, &entry, room, sizeof(room), &found) == 0 && found)
		snprintf(name, NAME_SIZE, "%s", found->pw_name);
	else	snprintf(name, NAME_SIZE, "%u", (unsigned)uid);
}

static void
group_write(gid_t gid, char name[NAME_SIZE])
{
	char room[ENTRY_SIZE];
	struct group entry, *found = NULL;
	if(getgrgid_r(gid, &entry, room, sizeof(room), &found) == 0 && found)
		snprintf(name, NAME_SIZE, "%s", found->gr_name);
	else	snprintf(name, NAME_SIZE, "%u", (unsigned)gid);
}

/** Cut a path behind its first folder that may not be entered.
 * @return whether there is any. */
static bool
folder_find(char* path)
{
	char* slash;
	for(slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		char* end = slash == path ? slash + 1 : slash;
		const char kept = *end;
		*end = 0;
		if(faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == -1 &&
			errno == EACCES)
			return true;
		*end = kept;
	}
	return false;
}

const char*
denied_explain(const char* path, int problem, char* text)
{
	char user[NAME_SIZE], owner[NAME_SIZE], group[NAME_SIZE];
	char part[PATH_SIZE];
	struct stat status;
	bool folder;
	size_t len;
	snprintf(text, DENIED_TEXT_MAX, "%s", strerror(problem));
	if(problem != EACCES || strlen(path) >= sizeof(part))
		return text;
	strcpy(part, path);
	folder = folder_find(part);
	user_write(geteuid(), user);
	len = strlen(text);
	if(stat(part, &status) == -1) {
		snprintf(text + len, DENIED_TEXT_MAX - len, " for user %s",
			user);
		return text;
	}
	user_write(status.st_uid, owner);
	group_write(status.st_gid, group);
	snprintf(text + len, DENIED_TEXT_MAX - len, ": user %s may not %s "
		"%.120s, which belongs to %s:%s and has mode %04o", user,
		folder ? "enter" : "use", part, owner, group,
		(unsigned)status.st_mode & 07777);
	return text;
}
