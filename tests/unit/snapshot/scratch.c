/*
 * tests/unit/snapshot/scratch.c - a folder for a snapshot, and the log.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "snapshot/scratch.h"
#include "base/log.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

char folder[] = "/tmp/helix-snapshot-XXXXXX";
char path[64], new_path[72];
char logged[4096];

/** protects logged while threads log */
static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;

static void
on_log(enum helix_log_level level, const char* line)
{
	size_t len;
	pthread_mutex_lock(&log_lock);
	len = strlen(logged);
	snprintf(logged + len, sizeof(logged) - len, "%c %s\n",
		"EWID"[level], line + strlen("helix: "));
	pthread_mutex_unlock(&log_lock);
}

bool
log_has(const char* text)
{
	bool has;
	pthread_mutex_lock(&log_lock);
	has = strstr(logged, text) != NULL;
	pthread_mutex_unlock(&log_lock);
	return has;
}

int
scratch_make(void** state)
{
	(void)state;
	if(!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/file", folder);
	snprintf(new_path, sizeof(new_path), "%s.new", path);
	helix_log_set_writer(on_log);
	return 0;
}

int
scratch_remove(void** state)
{
	(void)state;
	helix_log_set_writer(NULL);
	return rmdir(folder);
}

int64_t
wall_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
