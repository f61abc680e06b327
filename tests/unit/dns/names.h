/*
 * tests/unit/dns/names.h - rows for the tests of names.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * What a table of names has in its rows. Include cmocka.h, and what it needs,
 * before this.
 */
#ifndef HELIX_TESTS_NAMES_H
#define HELIX_TESTS_NAMES_H

#include "check.h"
#include <stdbool.h>

/** As OCTETS, with the NUL at the end, which is the root label. */
#define WIRE(text) (text), sizeof(text)

/** Octets that are read as a name, and which. */
struct good_case {
	/** a path, a text or a name in wire format */
	const char* text;
	/** octets of it */
	size_t len;
	/** the name in wire format */
	const char* wire;
	/** octets of that */
	size_t wire_len;
	/** for a path: whether it is the labels octet for octet */
	bool literal;
};

/** Octets that are refused. */
struct bad_case {
	/** a path, a text or a name in wire format */
	const char* text;
	/** octets of it */
	size_t len;
	/** a part of the reason */
	const char* why;
};

/** Whether a name is the one that a row has. */
#define IS_WIRE_OF(row, name) ((name).len == (row)->wire_len && \
	memcmp((name).wire, (row)->wire, (row)->wire_len) == 0)

#endif /* HELIX_TESTS_NAMES_H */
