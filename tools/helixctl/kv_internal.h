/*
 * tools/helixctl/kv_internal.h - what the parts of kv share.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * For kv*.c only:
 *
 *	kv.c	the endpoints, lists, and what the user is told
 *	kv_v3.c	requests of the v3 API
 *	kv_v2.c	requests of the v2 API
 *
 * The requests are made by the state of module/etcd's protocol, which logs in
 * and reads refusals.
 */
#ifndef HELIXCTL_KV_INTERNAL_H
#define HELIXCTL_KV_INTERNAL_H

#include "kv.h"
#include "etcd/exchange.h"
#include "etcd/kv.h"
#include "etcd/protocol.h"

/** Reads keys of ranges. */
struct kv_reading {
	const struct kv_range* ranges;
	size_t count;
	/** the result */
	int64_t revision;
};

/** Makes changes. */
struct kv_writing {
	const struct kv_change* changes;
	size_t count;
	const struct kv_guard* guards;
	size_t guard_count;
	/** the result; with v2, `applied` says with which change to go on */
	struct kv_outcome* outcome;
	enum kv_result result;
	/** whether a request was sent whose answer did not arrive, so that it
	 * may have been carried out, for what the user is told */
	bool unsure;
};

/** Makes or revokes a lease. */
struct kv_leasing {
	/** asked for */
	int64_t seconds;
	/** the id */
	int64_t lease;
};

/** One of etcd's APIs. Each function is one attempt at the endpoint in use, and
 * writes the link's reason if it fails. */
struct kv_api {
	enum etcd_result (*read)(struct kv* kv, struct kv_reading* reading);
	enum etcd_result (*apply)(struct kv* kv, struct kv_writing* writing);
	enum etcd_result (*grant)(struct kv* kv, struct kv_leasing* leasing);
	enum etcd_result (*revoke)(struct kv* kv, struct kv_leasing* leasing);
	/** The call of the last attempt. @param state: the protocol's. */
	const struct call* (*call)(const void* state);
	/** Whether the user may read the keys below the prefix. */
	enum etcd_result (*may_read)(struct kv* kv);
};

extern const struct kv_api kv_v3;
extern const struct kv_api kv_v2;

struct kv {
	/** those of the configuration, which owns what they point to, with
	 * more time for an answer to begin; and where they are */
	struct etcd_settings settings_copy;
	const struct etcd_settings* settings;
	struct client* client;
	/** for requests; its sink is told nothing */
	struct etcd_link link;
	const struct etcd_protocol* protocol;
	const struct kv_api* api;
	/** the protocol's state: struct v3 or struct v2 */
	void* state;
	/** whether kv_reads_all was asked, and what it said */
	bool reads_asked, reads_all;
	/** the call of the last attempt; NULL: none */
	const struct call* call;
	/** who takes keys, and its argument */
	kv_seen* seen;
	void* arg;
	/** whether it stopped, and how many keys it has seen */
	bool stopped;
	size_t seen_count;
	/** copies of a key and of its value, with NULs behind them */
	struct buffer key, value;
};

/**
 * Tell of a key.
 * @return false if kv->seen stopped, or memory ran out: the link's reason is
 *	written.
 */
bool kv_tell(struct kv* kv, const struct etcd_kv* etcd_kv);

/** Append the key of a path: the prefix, a '/' and the path.
 * @return false if memory ran out. */
bool kv_key_append(const struct kv* kv, struct buffer* key, const char* path,
	size_t path_len);

/** Whether a change is done: the key is as the change makes it, with its
 * lease.
 * @param etcd_kv: the key; NULL: it does not exist. */
bool kv_is_done(const struct kv* kv, const struct kv_change* change,
	const struct etcd_kv* etcd_kv);

#endif /* HELIXCTL_KV_INTERNAL_H */
