/*
 * base/clock.h - the monotonic clock.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * All delays, ages and deadlines are measured by CLOCK_MONOTONIC, which jumps
 * neither when an operator sets the time nor when NTP does. Any thread.
 */
#ifndef HELIX_BASE_CLOCK_H
#define HELIX_BASE_CLOCK_H

#include <stdint.h>

/** CLOCK_MONOTONIC in milliseconds. */
int64_t clock_now(void);

/** The same in microseconds. */
int64_t clock_microseconds(void);

#endif /* HELIX_BASE_CLOCK_H */
