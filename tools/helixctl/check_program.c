/*
 * tools/helixctl/check_program.c - looks at the daemon, and asks
 * unbound-checkconf.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/*
 * Those of the Unbound which the module was built for: another one refuses
 * dynlib, or does not know all that this one does.
 */
#include "check.h"
#include "base/buffer.h"
#include "unbound/guard.h"
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/** most octets of a daemon */
#define DAEMON_MAX (256 * 1024 * 1024)
/** most octets of its output that are looked at */
#define OUTPUT_MAX (64 * 1024)

extern char** environ;

/** Say how unbound-checkconf is to be started: with a pipe at both of its
 * outputs, and in Unbound's directory, where files without a '/' are that
 * unbound.conf names. */
static void
actions_add(posix_spawn_file_actions_t* actions, const int ends[2],
	const char* directory)
{
	posix_spawn_file_actions_adddup2(actions, ends[1], 1);
	posix_spawn_file_actions_adddup2(actions, ends[1], 2);
	posix_spawn_file_actions_addclose(actions, ends[0]);
	posix_spawn_file_actions_addclose(actions, ends[1]);
	/* one that is not there is for unbound-checkconf to tell */
	if(directory && access(directory, X_OK) == 0)
		posix_spawn_file_actions_addchdir_np(actions, directory);
}

/** Map a file. @return NULL if it cannot be read. */
static char*
file_map(const char* path, size_t* len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	char* file = MAP_FAILED;
	if(fd == -1)
		return NULL;
	if(fstat(fd, &status) == 0 && status.st_size > 0 &&
		status.st_size <= DAEMON_MAX) {
		*len = (size_t)status.st_size;
		file = mmap(NULL, *len, PROT_READ, MAP_PRIVATE, fd, 0);
	}
	close(fd);
	return file == MAP_FAILED ? NULL : file;
}

void
program_compare(const char* path, const char* wanted,
	struct findings* findings)
{
	struct guard_program program;
	size_t len;
	char* file = file_map(path, &len);
	if(!file)
		return;
	if(guard_read_file(&program, file, len) && *wanted &&
		*program.build_id && strcmp(program.build_id, wanted) != 0)
		findings_error(findings, (struct place){ path, 0, 0 },
			"this is another build of Unbound (%s) than the one "
			"that helix.so was built for (%s), and does not start "
			"with it; build the module again, for this one",
			program.build_id, wanted);
	munmap(file, len);
}

/** Start unbound-checkconf. @return the end of a pipe that has its output; -1
 * if that failed; errno says why. */
static int
program_start(char* const* args, const char* directory, pid_t* pid)
{
	posix_spawn_file_actions_t actions;
	int ends[2], problem;
	if(pipe(ends) == -1)
		return -1;
	problem = posix_spawn_file_actions_init(&actions);
	if(problem == 0) {
		actions_add(&actions, ends, directory);
		problem = posix_spawn(pid, args[0], &actions, NULL, args,
			environ);
		posix_spawn_file_actions_destroy(&actions);
	}
	close(ends[1]);
	if(problem == 0)
		return ends[0];
	close(ends[0]);
	errno = problem;
	return -1;
}

/** Read all that it writes. @return false if memory ran out. */
static bool
output_read(int fd, struct buffer* output)
{
	char octets[4096];
	ssize_t len;
	bool ok = true;
	while((len = read(fd, octets, sizeof(octets))) > 0 ||
		(len == -1 && errno == EINTR)) {
		if(len > 0 && ok && output->len < OUTPUT_MAX)
			ok = buffer_append(output, octets, (size_t)len);
	}
	return buffer_append_octet(output, 0) && ok;
}

/**
 * Run unbound-checkconf.
 * @param output: set to what it writes, with a NUL; to be cleared.
 * @return its exit status; -1 if it did not run; errno says why.
 */
static int
program_run(char* const* args, const char* directory, struct buffer* output)
{
	pid_t pid;
	int status = 0, fd = program_start(args, directory, &pid);
	bool ok;
	if(fd == -1)
		return -1;
	ok = output_read(fd, output);
	close(fd);
	while(waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	errno = ENOMEM;
	return !ok ? -1 : WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

/** Skip the time and the process, as in "[1795876262] unbound-checkconf[7:0]
 * error: ". */
static char*
line_skip(char* line)
{
	char *end = strstr(line, "] "), *more = end ? strstr(end + 2, "] ") :
		NULL;
	if(more)
		end = more;
	return end ? end + 2 : line;
}

/** Tell of a line that unbound-checkconf has written: either FILE:LINE: error:
 * MESSAGE, or one of its log. */
static void
line_tell(const char* path, char* line, struct findings* findings)
{
	struct place place = { path, 0, 0 };
	char* mark = strstr(line, ": error: ");
	char* colon = mark ? memrchr(line, ':', (size_t)(mark - line)) : NULL;
	if(*line == '[' && isdigit((unsigned char)line[1])) {
		line = line_skip(line);
	} else if(colon && isdigit((unsigned char)colon[1])) {
		*colon = 0;
		place.file = line;
		place.line = strtoul(colon + 1, NULL, 10);
		line = mark + strlen(": error: ");
	}
	findings_error(findings, place, "unbound-checkconf: %s", line);
}

/** Whether unbound-checkconf refuses the order of modules: it has a list of
 * some, and Unbound takes others, too. Ours is checked by order.h. */
static bool
is_about_order(const char* output)
{
	return strstr(output, "module conf '") &&
		strstr(output, "' is not known to work");
}

/** It refuses the file: tell why. */
static void
refusal_tell(const char* path, char* output, struct findings* findings)
{
	const size_t before = findings->errors;
	char *rest = output, *line;
	while((line = strsep(&rest, "\n"))) {
		if(*line)
			line_tell(path, line, findings);
	}
	if(findings->errors == before)
		findings_error(findings, (struct place){ path, 0, 0 },
			"unbound-checkconf refuses it, and does not say why");
}

void
program_check(const char* path, const char* directory,
	struct findings* findings)
{
	char* full = realpath(path, NULL);
	char* const args[] = { UNBOUND_CHECKCONF, full, NULL };
	struct buffer output = { 0 };
	int status = full ? program_run(args, directory, &output) : -1;
	if(status == -1)
		findings_warn(findings, (struct place){ path, 0, 0 },
			"cannot run %s, so that it is not known whether "
			"Unbound accepts this file: %s", args[0],
			strerror(errno));
	else if(status != 0 && !is_about_order((char*)output.data))
		refusal_tell(path, (char*)output.data, findings);
	buffer_clear(&output);
	free(full);
}

bool
program_knows_order(const char* path)
{
	char* const args[] = { UNBOUND_CHECKCONF, (char*)(uintptr_t)path,
		NULL };
	struct buffer output = { 0 };
	bool known = program_run(args, NULL, &output) <= 0 ||
		!is_about_order((char*)output.data);
	buffer_clear(&output);
	return known;
}

char*
program_ask(const char* path, const char* option)
{
	char* const args[] = { UNBOUND_CHECKCONF, "-o",
		(char*)(uintptr_t)option, (char*)(uintptr_t)path, NULL };
	struct buffer output = { 0 };
	char* value = NULL;
	if(program_run(args, NULL, &output) == 0) {
		char* text = (char*)output.data;
		value = strndup(text, strcspn(text, "\n"));
	}
	buffer_clear(&output);
	return value;
}
