/*
 * tests/unit/dns/rdata/reading.h - what tests of rdata share.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * To be included after check.h.
 */
#ifndef HELIX_TESTS_DNS_RDATA_READING_H
#define HELIX_TESTS_DNS_RDATA_READING_H

#include "dns/rdata/rdata.h"
#include "dns/type.h"
#include <stdio.h>

/** A value that is one record. */
struct good {
	/** the type */
	const char* type;
	/** the value */
	const char* text;
	/** octets of it */
	size_t len;
	/** the rdata, hexadecimal */
	const char* rdata;
};

/** A value that is none. */
struct bad {
	/** the type */
	const char* type;
	/** the value */
	const char* text;
	/** octets of it */
	size_t len;
	/** a part of the reason */
	const char* why;
};

/** The type that a name stands for. */
static inline uint16_t
type_of(const char* name)
{
	uint16_t type = type_from_text(name, strlen(name));
	check(type != 0, "%s is no type", name);
	return type;
}

/** Read a value that ends where its memory does. */
static inline bool
read_exactly(struct rdata* rdata, uint16_t type, const char* text, size_t len,
	struct reason* reason)
{
	char* value = copy_exactly(text, len);
	bool ok;
	memset(reason, 0x7f, sizeof(*reason));
	ok = rdata_read(rdata, type, value, len, reason);
	check(memchr(reason->text, 0, sizeof(reason->text)) && (ok ||
		*reason->text), "%s: no reason", text);
	free(value);
	return ok;
}

/** The octets of hexadecimal digits. @return how many. */
static inline size_t
octets_of(const char* hex, uint8_t* octets)
{
	size_t n;
	for(n = 0; hex[2 * n]; n++) {
		unsigned octet;
		assert_int_equal(sscanf(hex + 2 * n, "%2x", &octet), 1);
		octets[n] = (uint8_t)octet;
	}
	return n;
}

#endif /* HELIX_TESTS_DNS_RDATA_READING_H */
