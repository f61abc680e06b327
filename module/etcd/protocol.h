/*
 * etcd/protocol.h - one of etcd's APIs.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * One of etcd's APIs is a struct of functions (v2.h, v3.h). They work with the
 * link, which also has what is known of etcd. For one thread, the replica's.
 */
#ifndef HELIX_ETCD_PROTOCOL_H
#define HELIX_ETCD_PROTOCOL_H

#include "etcd/history.h"
#include "etcd/settings.h"
#include "etcd/sink.h"
#include "base/reason.h"

struct client;
struct etcd_kv;

/** How a step of a protocol ended. */
enum etcd_result {
	/** it was done */
	ETCD_OK,
	/** client_stop was called */
	ETCD_STOPPED,
	/** this endpoint failed; another one may work */
	ETCD_LOST,
	/** this endpoint lacks the known history: it is behind, belongs to
	 * another cluster, or was wiped or restored from a backup. Another one
	 * may have it; if none has, etcd was replaced */
	ETCD_BEHIND,
	/** etcd is there, but its history does not reach back to what is
	 * known: the keys must be listed */
	ETCD_RELIST,
	/** etcd is there, and refuses */
	ETCD_DENIED,
	/** etcd requires authentication, or the token has expired; protocols
	 * log in themselves, and end with ETCD_DENIED if they can't */
	ETCD_UNAUTHENTICATED
};

/** Why all keys are listed. */
enum etcd_list_reason {
	/** nothing is known, or only what a snapshot had */
	ETCD_LIST_FIRST,
	/** etcd has dropped the history from where the watch would go on */
	ETCD_LIST_COMPACTED,
	/** so much was missed that a list is faster */
	ETCD_LIST_MISSED,
	/** there is no way to see whether etcd has the known history */
	ETCD_LIST_UNCHECKED,
	/** the watch breaks again and again at the same place */
	ETCD_LIST_STUCK,
	/** the watch has delivered nothing for long, though etcd has changed */
	ETCD_LIST_DOUBTED,
	/** a message of the watch cannot be read, or is out of order */
	ETCD_LIST_UNREADABLE,
	/** memory ran out */
	ETCD_LIST_MEMORY,
	/** etcd was replaced, by another cluster or by an older state */
	ETCD_LIST_REPLACED,
	/** no watch gets through, and lists take its place */
	ETCD_LIST_NO_WATCH,
	/** number of reasons */
	ETCD_LIST_REASONS
};

/** Why a watch has ended. */
enum etcd_loss_reason {
	/** the connection failed, or was closed */
	ETCD_LOSS_CONNECTION,
	/** etcd did not answer in time, or the watch has stalled */
	ETCD_LOSS_TIMEOUT,
	/** etcd, or a proxy, ended it by an error, or wrote what makes no
	 * sense */
	ETCD_LOSS_ERROR,
	/** etcd refuses: the user, the password or a permission */
	ETCD_LOSS_DENIED,
	/** the endpoint lacks the known history */
	ETCD_LOSS_BEHIND,
	/** it cannot go on, and the keys are listed: see etcd_list_reason */
	ETCD_LOSS_RELIST,
	/** number of reasons */
	ETCD_LOSS_REASONS
};

/** What a protocol works with. */
struct etcd_link {
	/** sends its requests */
	struct client* client;
	/** what to follow */
	const struct etcd_settings* settings;
	/** receives the keys */
	const struct etcd_sink* sink;
	/** Called when a watch has begun. From then on, changes are seen; that
	 * alone does not confirm the copy. */
	void (*watching)(void* arg);
	/** passed to watching */
	void* arg;
	/** why the last step did not end with ETCD_OK: a sentence without a
	 * full stop */
	struct reason reason;
	/** what the reason is, where a watch ends with ETCD_LOST */
	enum etcd_loss_reason loss;
	/** why the keys are to be listed, after ETCD_RELIST, or are being
	 * listed */
	enum etcd_list_reason list_reason;
	/** lists that etcd has answered, at least in part, by why */
	_Atomic uint64_t lists[ETCD_LIST_REASONS];
	/** id of the cluster that was listed last; 0: none was */
	uint64_t cluster;
	/** the sink was told everything up to this revision */
	_Atomic int64_t revision;
	/** whether etcd was replaced: the next list is accepted whatever its
	 * cluster and its revision */
	bool replaced;
	/** all that etcd says of the key that the sink's put is being told of;
	 * during that call only */
	const struct etcd_kv* told;
	/** number of keys in the last list */
	size_t listed;
	/** detects that etcd was wiped or restored; cleared by the protocol's
	 * close */
	struct history history;
	/** keys of a list, or events, since the last commit */
	unsigned uncommitted;
	/** watches in a row that broke at the same revision; see
	 * link_watch_ended */
	unsigned stuck;
	/** that revision */
	int64_t stuck_at;
	/** when etcd last confirmed that the copy is complete; clock_now */
	_Atomic int64_t confirmed;
	/** whether that was two heartbeats ago or more; set by the replica when
	 * an attempt fails, cleared by link_confirm */
	_Atomic bool away;
};

/**
 * One of etcd's APIs. The link belongs to the caller and outlives the
 * protocol's state. The functions set its `reason`, `cluster`, `revision`,
 * `listed`, `history` and `confirmed`.
 */
struct etcd_protocol {
	/** name, as in the configuration */
	const char* name;
	/** Make a protocol's state; NULL if memory ran out. */
	void* (*open)(struct etcd_link* link);
	/** Delete it; NULL is ignored. */
	void (*close)(void* state);
	/** List all keys, from list_begin to list_end. */
	enum etcd_result (*list)(void* state);
	/** See whether the endpoint in use can be watched from where the last
	 * list or watch ended. */
	enum etcd_result (*resume)(void* state);
	/** Watch from there until that fails. */
	enum etcd_result (*watch)(void* state);
	/**
	 * Ask for the keys without reading them, as a test: the endpoint must
	 * answer, know the user, and let him read. For a link that follows
	 * nothing.
	 *
	 * Sets the link's `cluster` and `revision` to the endpoint's, and, with
	 * v3, `listed` to the number of keys.
	 */
	enum etcd_result (*ask)(void* state);
};

#endif /* HELIX_ETCD_PROTOCOL_H */
