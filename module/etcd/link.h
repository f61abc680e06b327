/*
 * etcd/link.h - what an endpoint's answers say of what is known.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Functions of struct etcd_link (etcd/protocol.h): they
 * write why a step ends, confirm that etcd is there, compare an endpoint with
 * what is known, and count watches that break. For one thread, the replica's.
 */
#ifndef HELIX_ETCD_LINK_H
#define HELIX_ETCD_LINK_H

#include "etcd/client.h"
#include "etcd/protocol.h"

/**
 * Write why a step ends, into link->reason.
 * @return result.
 */
enum etcd_result link_ended(struct etcd_link* link, enum etcd_result result,
	const char* format, ...) __attribute__((format(printf, 3, 4)));

/** Whether a refusal is a page for people: no etcd has written it. */
bool link_is_page(const struct call* call);

/**
 * A refusal is not one of etcd's: say whose it may be, and what to mend.
 * @return ETCD_LOST, with the reason written.
 */
enum etcd_result link_refused(struct etcd_link* link,
	const struct call* call);

/** Etcd is there, and nothing newer is missing. Not for an answer that brings
 * neither data nor progress. */
void link_confirm(struct etcd_link* link);

/**
 * Etcd has said beside a watch which revision it is at: confirm, unless there
 * may be something that the watch fails to tell.
 */
void link_probed(struct etcd_link* link, int64_t revision);

/** watches that break at the same revision before the keys are listed */
#define LINK_STUCK_MAX 3

/**
 * A watch has ended. One that breaks again and again at the same revision does
 * so at a message that does not pass; that is not to be tried for ever.
 * @param result: how it ended; the reason is written.
 * @param broken: whether there was something that it failed to tell.
 * @return result, or ETCD_RELIST with the reason written.
 */
enum etcd_result link_watch_ended(struct etcd_link* link,
	enum etcd_result result, bool broken);

/**
 * Whether what an endpoint has can be newer than what is known.
 * @param cluster: id of the endpoint's cluster.
 * @param revision: the one it is at.
 * @return ETCD_OK, or ETCD_BEHIND with the reason written.
 */
enum etcd_result link_judge(struct etcd_link* link, uint64_t cluster,
	int64_t revision);

/**
 * Text from outside, made fit for a log line.
 * @param text: NUL-terminated.
 * @param out: the result, cut to its size.
 * @param size: octets of out, at least 1.
 * @return out.
 */
const char* link_show_text(const char* text, char* out, size_t size);

#endif /* HELIX_ETCD_LINK_H */
