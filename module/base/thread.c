/*
 * base/thread.c - the module's own threads inside Unbound.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "base/thread.h"
#include "base/log.h"
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

bool
thread_start(pthread_t* thread, void* (*run)(void*), void* arg)
{
	sigset_t all, before;
	int error;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(thread, NULL, run, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if(error != 0)
		helix_error("cannot start a thread: %s", strerror(error));
	return error == 0;
}

void
thread_condition_init(pthread_cond_t* condition)
{
	pthread_condattr_t attributes;
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(condition, &attributes);
	pthread_condattr_destroy(&attributes);
}

bool
thread_wait(pthread_cond_t* condition, pthread_mutex_t* lock, int64_t until)
{
	struct timespec end = { .tv_sec = until / 1000,
		.tv_nsec = (long)(until % 1000) * 1000000 };
	return pthread_cond_timedwait(condition, lock, &end) != ETIMEDOUT;
}

/** OPENSSL_atexit(3) */
typedef int openssl_atexit(void (*)(void));

bool
thread_stop_at_exit(void (*stop)(void))
{
	/* Looked up, not linked: if neither Unbound nor libcurl has loaded
	 * OpenSSL, no OPENSSL_cleanup() can happen. If each has loaded one of
	 * its own, RTLD_DEFAULT finds Unbound's, and only Unbound's is cleaned
	 * up before exit(3). */
	void* symbol = dlsym(RTLD_DEFAULT, "OPENSSL_atexit");
	if(symbol && !((openssl_atexit*)symbol)(stop))
		return false;
	return atexit(stop) == 0;
}
