/*
 * tests/unit/unbound/asked.h - a query as Unbound has it.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * One query at a time, in the region of region.h. Also defines Unbound's
 * get_cname_target, and edns_opt_list_append_ede, which does nothing. Include
 * cmocka.h, and what it needs, before this.
 */
#ifndef HELIX_TESTS_UNBOUND_ASKED_H
#define HELIX_TESTS_UNBOUND_ASKED_H

#include "unbound/compat.h"
#include "dns/name.h"

/** number of the module, one of several */
#define ID 1
/** when a query began, in seconds */
#define STARTED 1234

/** Unbound's, for all queries; a test fills it. */
extern struct module_env env;
/** The query. */
extern struct module_qstate qstate;
/** Its qname. */
extern uint8_t qname[NAME_WIRE_MAX];

/** Make the query anew, and empty what was told (unbound/tell.h).
 * @param flags: of the client: BIT_RD and so on. */
void query_init(const char* name, uint16_t type, uint16_t flags);

#endif /* HELIX_TESTS_UNBOUND_ASKED_H */
