/*
 * tests/unit/format/values.h - what tests of the helix format's values share.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * To be included after check.h.
 */
#ifndef HELIX_TESTS_FORMAT_VALUES_H
#define HELIX_TESTS_FORMAT_VALUES_H

#include "dns/rdata/reading.h"
#include "format/helix.h"

/** Read a value that ends where its memory does. */
static inline bool
read_value(struct record_set* set, uint16_t type, const char* text, size_t len,
	struct reason* reason)
{
	char* value = copy_exactly(text, len);
	bool ok;
	memset(reason, 0x7f, sizeof(*reason));
	ok = helix_value_read(set, type, value, len, reason);
	check(ok || (memchr(reason->text, 0, sizeof(reason->text)) &&
		*reason->text), "%s: no reason", text);
	free(value);
	return ok;
}

#endif /* HELIX_TESTS_FORMAT_VALUES_H */
