/*
 * base/thread.h - the module's own threads inside Unbound.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Threads run with all signals blocked, as signals are for Unbound to handle,
 * and wait by the monotonic clock (base/clock.h). Any thread.
 *
 * A thread must end before the libraries that it uses are torn down. Unbound
 * 1.26 calls OPENSSL_cleanup() before the process exits; a TLS handshake of
 * libcurl that is under way then crashes, or waits for a lock that no longer
 * exists.
 */
#ifndef HELIX_BASE_THREAD_H
#define HELIX_BASE_THREAD_H

#include "base/clock.h"
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * Start a thread with all signals blocked.
 * @param thread: the result, to be joined.
 * @return false if the thread cannot be started; an error is logged then.
 */
bool thread_start(pthread_t* thread, void* (*run)(void*), void* arg);

/** Initialize a condition variable for thread_wait. */
void thread_condition_init(pthread_cond_t* condition);

/**
 * Wait for a condition variable.
 * @param lock: held by the caller, before and after.
 * @param until: when to stop waiting, by clock_now().
 * @return false if that time has come.
 */
bool thread_wait(pthread_cond_t* condition, pthread_mutex_t* lock,
	int64_t until);

/**
 * Register a function that ends the module's threads when the process ends:
 * exit(3) calls it, and, if the process has loaded OpenSSL, so does
 * OPENSSL_cleanup() before it frees anything. Call this after
 * curl_global_init(): exit functions run in reverse order, and libcurl's TLS
 * library may register one of its own.
 * @param stop: may be called several times, and in any thread.
 * @return false if memory ran out.
 */
bool thread_stop_at_exit(void (*stop)(void));

#endif /* HELIX_BASE_THREAD_H */
