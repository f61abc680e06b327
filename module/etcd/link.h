/*
 * etcd/link.h - what both protocols do in the same way.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Functions of struct etcd_link (etcd/protocol.h): they write why a step ends,
 * tell the sink of keys and remember them as etcd's history, compare an
 * endpoint with what is known, confirm the copy, and count watches that break.
 * For one thread, the replica's.
 */
#ifndef HELIX_ETCD_LINK_H
#define HELIX_ETCD_LINK_H

#include "etcd/client.h"
#include "etcd/protocol.h"
#include <stdarg.h>

/**
 * Write why a step ends, into link->reason. For ETCD_RELIST, there is
 * link_relist.
 * @return result.
 */
enum etcd_result link_ended(struct etcd_link* link, enum etcd_result result,
	const char* format, ...) __attribute__((format(printf, 3, 4)));

/**
 * The same, of a connection that failed, or an answer that did not come in
 * time.
 * @param loss: which of both.
 * @return ETCD_LOST.
 */
enum etcd_result link_lost(struct etcd_link* link, enum etcd_loss_reason loss,
	const char* format, ...) __attribute__((format(printf, 3, 4)));

/** The same, where the keys must be listed. @return ETCD_RELIST. */
enum etcd_result link_relist(struct etcd_link* link,
	enum etcd_list_reason why, const char* format, ...)
	__attribute__((format(printf, 3, 4)));

/** link_ended, for a function that has the arguments itself. */
enum etcd_result link_ended_args(struct etcd_link* link,
	enum etcd_result result, const char* format, va_list args)
	__attribute__((format(printf, 3, 0)));

/** A step ends because memory ran out. @return ETCD_LOST, with the reason
 * written. */
enum etcd_result link_out_of_memory(struct etcd_link* link);

/** Whether a refusal is an HTML page, which etcd never writes. */
bool link_is_page(const struct call* call);

/**
 * etcd did not write a refusal: say who may have, and what to do.
 * @return ETCD_LOST, with the reason written.
 */
enum etcd_result link_refused(struct etcd_link* link,
	const struct call* call);

/** keys of a list, or events of a message, after which they are committed
 * though more follow */
#define LINK_COMMIT_KEYS 1024

/** A list begins: forget etcd's history, and tell the sink. */
void link_list_begin(struct etcd_link* link);

/** Tell the sink of a key of the list, and remember it.
 * @return false if memory ran out. */
bool link_list_key(struct etcd_link* link, const struct etcd_kv* kv);

/**
 * A list ends. If it is complete, tell the sink, and note the cluster and the
 * revision; else have the sink roll back. Count it, unless no key came.
 * @param result: ETCD_OK if it is complete; else the reason is written.
 * @param cluster, revision: of the list; used if it is complete.
 * @return result; ETCD_LOST, with the reason written, if memory ran out.
 */
enum etcd_result link_list_end(struct etcd_link* link, enum etcd_result result,
	uint64_t cluster, int64_t revision);

/** A key was put: tell the sink, and remember it.
 * @return false if memory ran out. */
bool link_put(struct etcd_link* link, const struct etcd_kv* kv);

/** Have the sink make visible what it was told.
 * @return false if memory ran out. */
bool link_commit(struct etcd_link* link);

/** No key is known by which to check etcd's history.
 * @return ETCD_RELIST, with the reason written. */
enum etcd_result link_history_unknown(struct etcd_link* link);

/** etcd's history differs from what was seen.
 * @return ETCD_BEHIND, with the reason written. */
enum etcd_result link_history_changed(struct etcd_link* link);

/** During a watch: wait until something arrives, or about a quarter of a
 * heartbeat has gone by. @return false if the client was stopped. */
bool link_wait(struct etcd_link* link);

/** etcd answers, and the sink was told all that it has: the copy is confirmed.
 * Not for an answer that brings neither data nor progress. */
void link_confirm(struct etcd_link* link);

/**
 * A probe beside a watch was answered: confirm the copy, unless the watch may
 * be failing to deliver something.
 * @param revision: the one that etcd is at.
 */
void link_probed(struct etcd_link* link, int64_t revision);

/** watches in a row that break at the same revision before the keys are
 * listed */
#define LINK_STUCK_MAX 3

/**
 * A watch has ended. Watches that break again and again at the same revision do
 * so at a message that does not get through: the keys are listed then.
 * @param result: how it ended; the reason is written.
 * @param broken: whether it failed to deliver something.
 * @return result, or ETCD_RELIST with the reason written.
 */
enum etcd_result link_watch_ended(struct etcd_link* link,
	enum etcd_result result, bool broken);

/**
 * Compare an endpoint with what is known.
 * @param cluster: id of the endpoint's cluster.
 * @param revision: the one it is at.
 * @return ETCD_OK if it may have something newer; else ETCD_BEHIND, with the
 *	reason written.
 */
enum etcd_result link_judge(struct etcd_link* link, uint64_t cluster,
	int64_t revision);

/**
 * Copy text from outside for a log line: what is not printable ASCII becomes a
 * space.
 * @param text: NUL-terminated.
 * @param out: the result, cut to its size; NUL-terminated.
 * @param size: octets of out, at least 1.
 * @return out.
 */
const char* link_show_text(const char* text, char* out, size_t size);

#endif /* HELIX_ETCD_LINK_H */
