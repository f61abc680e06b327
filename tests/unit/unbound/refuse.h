/*
 * tests/unit/unbound/refuse.h - a malloc that can refuse.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Link with --wrap for malloc. Threads may allocate at the same time, but only
 * while nothing is to be refused.
 */
#ifndef HELIX_TESTS_UNBOUND_REFUSE_H
#define HELIX_TESTS_UNBOUND_REFUSE_H

/** the call of malloc to refuse, counted from the next, which is 1; counts down
 * with each call. 0: none, or it was refused */
extern unsigned refuse_malloc;

#endif /* HELIX_TESTS_UNBOUND_REFUSE_H */
