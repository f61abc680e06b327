/*
 * tests/unit/etcd/idle_clock.c - time that passes only where nothing happens.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "idle_clock.h"
#include <curl/curl.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

/** seconds of the machine's time that a test may take */
#define ALARM 300
/** milliseconds, of the machine's time, for which to wait at once for what is
 * under way */
#define TURN 2

/** the time, in milliseconds; 0 is used for "never" */
static _Atomic int64_t now = 3600000;
/** the server; NULL: none */
static struct fake_etcd* followed;
/** what it had done when last looked */
static uint64_t turns;
/** the longest time that has passed at once */
static int64_t longest;
/** whoever acts, and what for */
static bool (*acting)(void* arg);
static void* acting_arg;

/** In the place of clock_gettime(2), for libcurl as well; glibc itself does not
 * call it by this name. */
__attribute__((visibility("default"))) int
clock_gettime(clockid_t id, struct timespec* spec)
{
	const int64_t ms = now;
	if(id == CLOCK_REALTIME)
		return timespec_get(spec, TIME_UTC) == TIME_UTC ? 0 : -1;
	spec->tv_sec = (time_t)(ms / 1000);
	spec->tv_nsec = (long)(ms % 1000) * 1000000;
	return 0;
}

void
idle_clock_follow(struct fake_etcd* fake)
{
	followed = fake;
	turns = 0;
	longest = 0;
	(void)alarm(fake ? ALARM : 0);
	idle_clock_act(NULL, NULL);
}

void
idle_clock_act(bool (*act)(void* arg), void* arg)
{
	acting = act;
	acting_arg = arg;
}

int64_t
idle_clock_longest(void)
{
	return longest;
}

void
idle_clock_pass(int64_t ms)
{
	now += ms;
}

/** Whether anything is under way. Right after the server has done something,
 * the kernel may still have it. */
static bool
is_busy(void)
{
	const uint64_t before = turns;
	return fake_etcd_is_busy(followed, &turns) || turns != before ||
		(acting && acting(acting_arg));
}

CURLMcode __real_curl_multi_poll(CURLM* multi, struct curl_waitfd* more,
	unsigned count, int timeout, int* ready);
CURLMcode __wrap_curl_multi_poll(CURLM* multi, struct curl_waitfd* more,
	unsigned count, int timeout, int* ready);

/** In the place of curl_multi_poll(3). */
CURLMcode
__wrap_curl_multi_poll(CURLM* multi, struct curl_waitfd* more, unsigned count,
	int timeout, int* ready)
{
	int arrived = 0;
	long due = -1;
	CURLMcode code = __real_curl_multi_poll(multi, more, count, 0,
		&arrived);
	if(ready)
		*ready = arrived;
	if(followed && fake_etcd_repeats(followed))
		idle_clock_pass(1);
	if(code != CURLM_OK || arrived > 0)
		return code;
	if(!followed || is_busy())
		return __real_curl_multi_poll(multi, more, count,
			timeout < TURN ? timeout : TURN, ready);
	/* libcurl has time-outs of its own */
	(void)curl_multi_timeout(multi, &due);
	if(due < 0 || due > timeout)
		due = timeout;
	if(due > longest)
		longest = due;
	idle_clock_pass(due);
	return CURLM_OK;
}
