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
#include "dns/answer.h"

/**
 * Answer a query with what the zones answer.
 * @param qstate: the query; its return_msg, return_rcode and ext_state[id] are
 *	set. If memory runs out, that is an error, and the client gets
 *	SERVFAIL.
 * @param id: the module's number.
 * @param answer: copied; names may be in any case, the owner of answers is
 *	the qname as the client wrote it. The message is authoritative (AA)
 *	but where the answer is a referral only.
 */
void reply_send(struct module_qstate* qstate, int id,
	const struct answer* answer);

/**
 * Make an RRset in Unbound's form.
 * @param region: where it is allocated.
 * @param rrset: copied.
 * @param qname, qname_len: owner name, if rrset->owner is NULL; not copied.
 * @return NULL if memory ran out.
 */
struct ub_packed_rrset_key* reply_make_rrset(struct regional* region,
	const struct answer_rrset* rrset, uint8_t* qname, size_t qname_len);

/**
 * Make an empty message, to be filled by reply_add_answer and reply_add_info;
 * its status is "insecure".
 * @param rrsets: room for so many RRsets; those that are appended beyond that
 *	are left out.
 * @return NULL if memory ran out. In the query's region.
 */
struct reply_info* reply_create(struct module_qstate* qstate, size_t rrsets);

/**
 * Append what the zones answer, and take over the RCODE.
 * @param info: as reply_create made it.
 * @param count: how many of the answer's RRsets; answer->answers leaves out
 *	all but the answer section.
 * @param qname, qname_len: the name that the answer is about; not copied.
 * @return false if memory ran out.
 */
bool reply_add_answer(struct module_qstate* qstate, struct reply_info* info,
	const struct answer* answer, size_t count, uint8_t* qname,
	size_t qname_len);

/**
 * Append RRsets of another message of the same region, but not those whose
 * owner and type are there already; take over the RCODE, and the status
 * "bogus".
 * The time that it takes grows with the number of RRsets, not with its square.
 * @param info: as reply_create made it.
 * @param count: how many of its RRsets, from the first.
 * @return false if memory ran out.
 */
bool reply_add_info(struct reply_info* info, const struct reply_info* from,
	size_t count);

/** the flag of an RRset that stands for an answer of the zones; Unbound uses
 * some of the lowest flags, and the highest */
#define REPLY_PLACEHOLDER 0x08000000

/**
 * Cut the response of a server behind an alias, and append a placeholder for
 * its target: so the iterator takes the response for a whole answer, and the
 * validator leaves the target alone. NSEC and NSEC3 RRsets stay, as a wildcard
 * among the aliases needs them as proof.
 * @param region: the query's.
 * @param response: its question has the type.
 * @param answers: how many RRsets of the answer section stay.
 * @param target, len: the target of the last of them; not copied.
 * @return false if memory ran out; nothing has changed then.
 */
bool reply_cut(struct regional* region, struct dns_msg* response,
	size_t answers, uint8_t* target, size_t len);

/** Set AA, in the message and where it is cached. */
void reply_set_authoritative(struct reply_info* info);

/** Set every TTL to 0, so that the modules which the answer goes back through
 * do not cache it. */
void reply_expire(struct reply_info* info);

/**
 * End the query's way through the modules.
 * @param info: the message; NULL is an error for want of memory.
 */
void reply_finish(struct module_qstate* qstate, int id,
	struct reply_info* info);

/** Why a query gets no answer. */
enum reply_failure {
	/** it gets one */
	REPLY_NO_FAILURE,
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
