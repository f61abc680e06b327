/*
 * base/thread.h - threads of our own, inside a program that is not ours.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Starts threads that get no signals, which are for the program that they live
 * in, and waits by the clock that never goes back. Any thread.
 *
 * A thread must end before what it uses is taken down. libcurl uses OpenSSL,
 * and so does Unbound, which calls OPENSSL_cleanup() by itself (1.26) while
 * the process still lives; a handshake that is under way then crashes, or
 * waits for a lock that is gone.
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
 * @return false, and an error is logged, if there can be none.
 */
bool thread_start(pthread_t* thread, void* (*run)(void*), void* arg);

/** Make a condition that is waited for by thread_wait. */
void thread_condition_init(pthread_cond_t* condition);

/**
 * Wait for a condition; the lock is held before and after.
 * @param until: clock_now, at most.
 * @return false if it is later than that.
 */
bool thread_wait(pthread_cond_t* condition, pthread_mutex_t* lock,
	int64_t until);

/**
 * Have a function called when the process ends, in which our threads are to be
 * ended: by exit(3), and, where the process has an OpenSSL, by its
 * OPENSSL_cleanup() before that takes anything down, whoever calls it. To be
 * called after libcurl has begun, as functions are called in the reverse
 * order, and a TLS library may register its own.
 * @param stop: may be called several times, and in any thread.
 * @return false if memory ran out.
 */
bool thread_stop_at_exit(void (*stop)(void));

#endif /* HELIX_BASE_THREAD_H */
