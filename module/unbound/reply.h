/*
 * unbound/reply.h - from an answer to Unbound's message.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Copies an answer into the region of a query, in the form that Unbound
 * encodes, and ends the query's way through the modules. For Unbound's worker
 * threads; takes no lock and waits for nothing.
 */
#ifndef HELIX_UNBOUND_REPLY_H
#define HELIX_UNBOUND_REPLY_H

#include "unbound/compat.h"
#include "dns/zone.h"

/**
 * Answer a query.
 * @param qstate: the query; its return_msg, return_rcode and ext_state[id] are
 *	set. If memory runs out, that is an error, and the client gets
 *	SERVFAIL.
 * @param id: the module's number.
 * @param answer: copied; names may be in any case, the owner of answers is
 *	the qname as the client wrote it.
 */
void reply_send(struct module_qstate* qstate, int id,
	const struct answer* answer);

/** Why a query gets no answer. */
enum reply_failure {
	/** etcd's data is not there yet: "Not Ready" (RFC 8914, code 14) */
	REPLY_NOT_READY,
	/** etcd was not reached for too long: "No Reachable Authority" (RFC
	 * 8914, code 22) */
	REPLY_STALE
};

/**
 * Answer a query with SERVFAIL.
 * @param qstate: as for reply_send; its minfo[id] remembers the failure for
 *	reply_on_servfail, which adds the extended error.
 */
void reply_send_failure(struct module_qstate* qstate, int id,
	enum reply_failure failure);

/**
 * Unbound's callback before it sends SERVFAIL: adds the extended error, which
 * is not kept with a message. To be registered as inplace_cb_reply_servfail.
 * @return 1.
 */
inplace_cb_reply_func_type reply_on_servfail;

#endif /* HELIX_UNBOUND_REPLY_H */
