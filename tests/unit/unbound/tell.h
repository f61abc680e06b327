/*
 * tests/unit/unbound/tell.h - what the doubles were called for, as text.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Each double of a function with an effect appends a word or two to one text,
 * such as "[remove a.example. A]"; a test compares the whole. A test empties
 * the text with *told = 0. One thread at a time. Include cmocka.h, and what it
 * needs, before this.
 */
#ifndef HELIX_TESTS_UNBOUND_TELL_H
#define HELIX_TESTS_UNBOUND_TELL_H

#include <stdint.h>

/** room for what is told */
#define TOLD_MAX 65536

/** what was told since a test emptied it */
extern char told[TOLD_MAX];

/** Append to what was told; fails the test if there is no room. */
void tell(const char* format, ...) __attribute__((format(printf, 1, 2)));

/** Append a name. @param wire: well-formed. */
void tell_name(const uint8_t* wire);

#endif /* HELIX_TESTS_UNBOUND_TELL_H */
