/*
 * etcd/link.h - what an endpoint's answers say of what is known.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Functions of struct etcd_link (etcd/protocol.h) that both protocols use: they
 * write why a step ends, tell the sink of keys and remember them as etcd's
 * history, compare an endpoint with what is known, confirm that etcd is there,
 * and count watches that break. For one thread, the replica's.
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

/** A step ends because memory ran out. @return ETCD_LOST, with the reason
 * written. */
enum etcd_result link_out_of_memory(struct etcd_link* link);

/** Whether a refusal is a page for people: no etcd has written it. */
bool link_is_page(const struct call* call);

/**
 * A refusal is not one of etcd's: say whose it may be, and what to mend.
 * @return ETCD_LOST, with the reason written.
 */
enum etcd_result link_refused(struct etcd_link* link,
	const struct call* call);

/** keys of a list, or events, after which they are committed before the list
 * or the message is complete */
#define LINK_COMMIT_KEYS 1024

/** A list begins: forget etcd's history, and tell the sink. */
void link_list_begin(struct etcd_link* link);

/** Tell the sink of a key of the list, and remember it.
 * @return false if memory ran out. */
bool link_list_key(struct etcd_link* link, const struct etcd_kv* kv);

/**
 * A list ends: if it is complete, tell the sink, and take over the cluster and
 * the revision; else roll back.
 * @param result: how it ended; if not with ETCD_OK, the reason is written.
 * @param cluster, revision: what the list shows, if it is complete.
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

/** A protocol has nothing by which to compare etcd's history with what was
 * seen. @return ETCD_RELIST, with the reason written. */
enum etcd_result link_history_unknown(struct etcd_link* link);

/** etcd's history is not what was seen. @return ETCD_BEHIND, with the reason
 * written. */
enum etcd_result link_history_changed(struct etcd_link* link);

/** Wait until something arrives, or a part of a heartbeat has gone by; for a
 * watch. @return false if the client was stopped. */
bool link_wait(struct etcd_link* link);

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
