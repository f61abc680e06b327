/*
 * tests/unit/etcd/replicas.c - a replica of scripted servers.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "replicas.h"
#include "base/log.h"
#include "base/thread.h"
#include "etcd/client.h"
#include "etcd/v3.h"
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/** seconds after which a condition that does not come true is a failure */
#define DEADLINE 60

struct fake_etcd* fakes[ENDPOINTS_MAX];
struct replica* replica;
struct given given = { .heartbeat = LONG };
char happened[16384];
size_t happened_len;

static char* endpoints[ENDPOINTS_MAX];
static char prefix[] = "/h";
static struct etcd_settings settings;

/** protects what follows, and what happened */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/** signalled when a line was added */
static pthread_cond_t added = PTHREAD_COND_INITIALIZER;
/** lines of debug level */
static unsigned debug_lines;
/** by how much the clock was put forward; in the replica's thread */
static _Atomic int64_t ahead;

/* --- what happened ------------------------------------------------------- */

int64_t __real_clock_now(void);
int64_t __wrap_clock_now(void);

int64_t
__wrap_clock_now(void)
{
	return __real_clock_now() + ahead;
}

/** Replace all of one text by another that is not longer. */
static void
replace(char* line, const char* from, const char* to)
{
	char* at;
	size_t len = strlen(to);
	while((at = strstr(line, from)) != NULL) {
		memmove(at + len, at + strlen(from),
			strlen(at + strlen(from)) + 1);
		memcpy(at, to, len);
	}
}

/** Take what differs from run to run out of a line. */
static void
normalize(char* line)
{
	char* ms = strstr(line, " ms");
	char* digits = ms;
	size_t i;
	for(i = 0; i < ENDPOINTS_MAX; i++) {
		const char name[] = { '<', (char)('0' + i), '>', 0 };
		if(fakes[i])
			replace(line, fake_etcd_url(fakes[i]), name);
	}
	ms = strstr(line, " ms");
	for(digits = ms; ms && digits > line && digits[-1] >= '0' &&
		digits[-1] <= '9';)
		digits--;
	if(ms && digits < ms) {
		memmove(digits + 1, ms, strlen(ms) + 1);
		*digits = '#';
	}
}

/** Add a line. */
static void
happen(const char* text)
{
	size_t len = strlen(text);
	pthread_mutex_lock(&lock);
	if(happened_len + len + 2 <= sizeof(happened)) {
		memcpy(happened + happened_len, text, len);
		happened_len += len;
		happened[happened_len++] = '\n';
		happened[happened_len] = 0;
	}
	pthread_cond_broadcast(&added);
	pthread_mutex_unlock(&lock);
}

static void
on_log(enum helix_log_level level, const char* line)
{
	static const char* const names[] = { "error: ", "warning: ",
		"info: ", "debug: " };
	char text[2048];
	if(level == HELIX_LOG_DEBUG) {
		pthread_mutex_lock(&lock);
		debug_lines++;
		if(given.forward)
			ahead += *given.forward++;
		pthread_cond_broadcast(&added);
		pthread_mutex_unlock(&lock);
		return;
	}
	snprintf(text, sizeof(text), "%s%s", names[level], line);
	replace(text, "helix: ", "");
	normalize(text);
	happen(text);
}

void
wait_for(const char* text, unsigned debug)
{
	struct timespec end;
	bool there;
	int error = 0;
	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += DEADLINE;
	pthread_mutex_lock(&lock);
	while(!(there = strstr(happened, text) && debug_lines >= debug) &&
		error == 0)
		error = pthread_cond_timedwait(&added, &lock, &end);
	pthread_mutex_unlock(&lock);
	check(there, "\"%s\" has not happened:\n%s", text, happened);
}

void
check_happened(const char* expected)
{
	check(strcmp(happened, expected) == 0, "happened:\n%sexpected:\n%s",
		happened, expected);
}

void
check_has(const char* text)
{
	check(strstr(happened, text), "\"%s\" has not happened:\n%s", text,
		happened);
}

void
check_describe(const char* expected)
{
	const time_t end = time(NULL) + DEADLINE;
	char text[REPLICA_TEXT_MAX];
	do {
		assert_ptr_equal(replica_describe(replica, text), text);
		normalize(text);
		sched_yield();
	} while(strcmp(text, expected) != 0 && time(NULL) < end);
	assert_string_equal(text, expected);
}

/* --- the sink ------------------------------------------------------------ */

static bool
on_put(void* arg, const char* key, size_t key_len, const char* value,
	size_t value_len, int64_t revision)
{
	char line[256];
	(void)arg;
	snprintf(line, sizeof(line), "put %.*s %.*s %" PRId64, (int)key_len,
		key, (int)value_len, value, revision);
	happen(line);
	return true;
}

static bool
on_remove(void* arg, const char* key, size_t key_len, int64_t revision)
{
	char line[256];
	(void)arg;
	snprintf(line, sizeof(line), "remove %.*s %" PRId64, (int)key_len, key,
		revision);
	happen(line);
	return true;
}

static bool
on_commit(void* arg)
{
	(void)arg;
	return true;
}

static void
on_rollback(void* arg)
{
	(void)arg;
}

static bool
on_list_end(void* arg, uint64_t cluster, int64_t revision)
{
	char line[32];
	(void)arg;
	(void)cluster;
	snprintf(line, sizeof(line), "copy of %" PRId64, revision);
	happen(line);
	return true;
}

static const struct etcd_sink sink = { NULL, on_put, on_remove, on_remove,
	on_commit, on_rollback, on_rollback, on_list_end, NULL };

/* --- the servers and the replica ----------------------------------------- */

void
set_up(const struct endpoint* endpoint, size_t count)
{
	size_t i;
	happened_len = 0;
	happened[0] = 0;
	debug_lines = 0;
	for(i = 0; i < count; i++) {
		fakes[i] = fake_etcd_start(endpoint[i].mode,
			endpoint[i].script, endpoint[i].count);
		assert_non_null(fakes[i]);
		endpoints[i] = fake_etcd_url(fakes[i]);
	}
	settings = (struct etcd_settings){ .endpoints = endpoints,
		.endpoint_count = count, .prefix = prefix,
		.connect_timeout = LONG, .request_timeout = LONG,
		.heartbeat = given.heartbeat, .max_stale = given.max_stale };
	helix_log_set_writer(on_log);
	replica = replica_start(&settings, &etcd_v3, &sink, &given.past);
	assert_non_null(replica);
}

void
set_up_and_lose(const struct endpoint* endpoint, size_t count,
	enum fake_end end, const char* text)
{
	set_up(endpoint, count);
	wait_for("following", 0);
	assert_true(fake_etcd_hang_up(fakes[0], "/v3/watch", end));
	wait_for(text, 0);
}

void
tear_down(void)
{
	size_t i;
	/* the servers' URLs are read by the replica up to its end */
	replica_stop(replica);
	replica = NULL;
	helix_log_set_writer(helix_log_discard);
	for(i = 0; i < ENDPOINTS_MAX; i++) {
		fake_etcd_stop(fakes[i]);
		fakes[i] = NULL;
	}
	given = (struct given){ .heartbeat = LONG };
	ahead = 0;
}

int
clean_up(void** state)
{
	(void)state;
	tear_down();
	return 0;
}
