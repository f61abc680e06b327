/*
 * tests/unit/unbound/attach.h - attach_sub of whichever Unbound it is.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Unbound's attach_sub, which begins a sub-query, has one argument more from
 * 1.25 on. A file that includes this defines `attach`, and calls attach_set.
 * Include cmocka.h, and what it needs, before this.
 */
#ifndef HELIX_TESTS_UNBOUND_ATTACH_H
#define HELIX_TESTS_UNBOUND_ATTACH_H

#include "unbound/compat.h"

/** The test's double. @return whether there is a sub-query. */
static int attach(struct module_qstate* asking, struct query_info* ask_for,
	uint16_t flags, struct module_qstate** made);

/** attach_sub up to 1.24 */
static inline int
attach_6(struct module_qstate* asking, struct query_info* ask_for,
	uint16_t flags, int prime, int valrec, struct module_qstate** made)
{
	assert_false(prime || valrec);
	return attach(asking, ask_for, flags, made);
}

/** attach_sub from 1.25 on */
static inline int
attach_7(struct module_qstate* asking, struct query_info* ask_for,
	struct respip_client_info* client, uint16_t flags, int prime,
	int valrec, struct module_qstate** made)
{
	assert_ptr_equal(client, asking->client_info);
	return attach_6(asking, ask_for, flags, prime, valrec, made);
}

/** Have attach called for each sub-query. */
static inline void
attach_set(struct module_env* of)
{
	of->attach_sub = _Generic(of->attach_sub,
		compat_attach_sub_6*: attach_6,
		compat_attach_sub_7*: attach_7);
}

#endif /* HELIX_TESTS_UNBOUND_ATTACH_H */
