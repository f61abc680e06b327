/*
 * tests/unit/etcd/idle_clock.h - time that passes only where nothing happens.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * For tests of what talks to a scripted server (fake_etcd.h). While a request
 * or an answer is under way, time stands, however slow the machine is; where
 * nothing is, the time for which the client waits passes at once. So an answer
 * that the script has is never late, and no test waits for a time-out. Beside
 * an answer that comes again and again, a millisecond passes each time that
 * the client has waited.
 *
 * A program with idle_clock.c has this time wherever CLOCK_MONOTONIC is looked
 * at, in libcurl too. Link it with --wrap for curl_multi_poll. It passes by the
 * one thread that uses a client; any thread may look at it.
 */
#ifndef HELIX_TESTS_ETCD_IDLE_CLOCK_H
#define HELIX_TESTS_ETCD_IDLE_CLOCK_H

#include "fake_etcd.h"
#include <stdbool.h>
#include <stdint.h>

/** Let time pass where nothing is under way at this server; NULL: time does
 * not pass by itself. Whoever was to act does not any more. A client that waits
 * for nothing over and over is ended by SIGALRM after some minutes. */
void idle_clock_follow(struct fake_etcd* fake);

/**
 * Have something done where nothing is under way, before time passes.
 * @param act: called then, again and again. @return true if time is not to
 *	pass, since something was done, or another thread is about to do it.
 */
void idle_clock_act(bool (*act)(void* arg), void* arg);

/** The longest time, in milliseconds, for which the client has waited at once
 * since idle_clock_follow: so late it would see what has to be done by then. */
int64_t idle_clock_longest(void);

/** Let so many milliseconds pass. */
void idle_clock_pass(int64_t ms);

#endif /* HELIX_TESTS_ETCD_IDLE_CLOCK_H */
