/*
 * tests/unit/unbound/asked.c - a query as Unbound has it.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "unbound/compat.h"
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "unbound/asked.h"
#include "check.h"
#include "region.h"
#include "unbound/tell.h"
#include <string.h>

struct module_env env;
struct module_qstate qstate;
uint8_t qname[NAME_WIRE_MAX];

void
query_init(const char* name, uint16_t type, uint16_t flags)
{
	size_t len;
	const char* why = name_wire_from_text(qname, &len, name,
		strlen(name));
	check(!why, "%s: %s", name, why);
	memset(&qstate, 0, sizeof(qstate));
	qstate.env = &env;
	qstate.region = THE_REGION;
	qstate.qstarttime = STARTED;
	qstate.qinfo.qname = qname;
	qstate.qinfo.qname_len = len;
	qstate.qinfo.qtype = type;
	qstate.qinfo.qclass = LDNS_RR_CLASS_IN;
	/* what the client's own local-zone says, and of no other question */
	qstate.qinfo.local_alias = (struct local_rrset*)(void*)qname;
	qstate.query_flags = flags;
	qstate.curmod = ID;
	qstate.client_info = (struct respip_client_info*)(void*)qname;
	qstate.return_rcode = LDNS_RCODE_NOERROR;
	*told = 0;
}

void
get_cname_target(struct ub_packed_rrset_key* rrset, uint8_t** target,
	size_t* len)
{
	const struct packed_rrset_data* data = rrset->entry.data;
	/* Unbound leaves both alone where the record is not well-formed */
	if(data->rr_len[0] < 3)
		return;
	*target = data->rr_data[0] + 2;
	*len = data->rr_len[0] - 2;
}

/** Not under test: reply_on_servfail's. */
int
edns_opt_list_append_ede(struct edns_option** list, struct regional* region,
	sldns_ede_code code, const char* text)
{
	(void)list, (void)region, (void)code, (void)text;
	return 1;
}
