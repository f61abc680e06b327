/*
 * tests/unit/check.h - what tests with tables of question and answer share.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * To be included after cmocka.h, and what that wants to be included before.
 */
#ifndef HELIX_TESTS_CHECK_H
#define HELIX_TESTS_CHECK_H

#include <stdlib.h>
#include <string.h>

/** Octets that may have a NUL among them, and their number. */
#define OCTETS(text) (text), sizeof(text) - 1

/** How many rows a table has. */
#define COUNT(table) (sizeof(table) / sizeof(*(table)))

/** Fail with words of one's own, to tell the row of a table. */
#define check(condition, ...) \
	do { \
		if(!(condition)) \
			fail_msg(__VA_ARGS__); \
	} while(0)

/** Leave a test, which must return void, undone, as this machine lacks what it
 * needs. (skip() of cmocka 1.1.5 says "not ok", which counts as a failure.) */
#define check_nothing(lacking) \
	do { \
		print_message("# not tried: " lacking "\n"); \
		return; \
	} while(0)

/** A copy that ends where its memory does, so that reading on is noticed. To
 * be freed. */
static inline void*
copy_exactly(const void* octets, size_t len)
{
	void* copy = malloc(len);
	assert_non_null(copy);
	memcpy(copy, octets, len);
	return copy;
}

#endif /* HELIX_TESTS_CHECK_H */
