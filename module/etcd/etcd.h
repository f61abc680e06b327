/*
 * etcd/etcd.h - what the units that follow etcd share.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * The settings; the sink, which is told what happens to the keys; and the
 * protocol, a small struct of functions behind which etcd's API is. Nothing in
 * this folder knows what the keys mean.
 *
 * All of it happens in one thread, the replica's.
 */
#ifndef HELIX_ETCD_ETCD_H
#define HELIX_ETCD_ETCD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct client;

/** etcd's APIs. They do not see each other's keys. */
enum etcd_api {
	/** v3, by its JSON gateway: etcd 3.4 and later */
	ETCD_V3,
	/** v2: up to etcd 3.5, where --enable-v2=true is given */
	ETCD_V2
};

/** How https endpoints are spoken to. The files are read again for each
 * connection, so that they can be replaced at any time. */
struct etcd_tls {
	/** file of the certificates that are trusted, PEM; owned; NULL: the
	 * system's */
	char* ca;
	/** file of the client's certificate, PEM; owned; NULL: none */
	char* cert;
	/** file of its key, PEM; owned; NULL if cert is */
	char* key;
	/** the name that the servers' certificates are to have; owned; NULL:
	 * the endpoint's host */
	char* server_name;
};

/** How to reach etcd, and what to follow there. */
struct etcd_settings {
	/** which API */
	enum etcd_api api;
	/** URLs without a path, such as "http://127.0.0.1:2379"; owned */
	char** endpoints;
	/** number of them, at least 1 */
	size_t endpoint_count;
	/** the keys to follow begin with this and a '/'; no final '/'; owned */
	char* prefix;
	/** v2 only: directories whose own name begins with '_', as paths
	 * below the prefix, such as "com/example/_tcp"; etcd leaves them out
	 * of lists and watches, so that each is listed and watched by itself;
	 * owned */
	char** hidden;
	/** number of them */
	size_t hidden_count;
	/** the user; owned; NULL: etcd is not told of any */
	char* username;
	/** file with the password, and perhaps a newline, read whenever it is
	 * needed; owned; NULL if username is */
	char* password_file;
	/** for https endpoints */
	struct etcd_tls tls;
	/** how long a connection may take to open, in milliseconds */
	unsigned connect_timeout;
	/** how long a request may take to be answered, in milliseconds */
	unsigned request_timeout;
	/** how long what is known may be told without etcd being there, in
	 * milliseconds; 0: for ever */
	unsigned max_stale;
	/** how often etcd is asked whether it is still there, in milliseconds;
	 * also how long any answer may take to begin */
	unsigned heartbeat;
};

/**
 * Is told what happens to the keys. Functions that return bool return false
 * if they could not do it; the keys are then listed again.
 */
struct etcd_sink {
	/** passed to the functions */
	void* arg;
	/** A key has a value. Key and value are any octets, and the callee's
	 * only during the call. Within a watch, a key's revisions never go
	 * down. */
	bool (*put)(void* arg, const char* key, size_t key_len,
		const char* value, size_t value_len, int64_t revision);
	/** A key is gone. */
	bool (*remove)(void* arg, const char* key, size_t key_len,
		int64_t revision);
	/** All keys below a directory are gone, those that begin with it and a
	 * '/'; but not those that are hidden in it, with a segment behind it
	 * that begins with '_'. What was told before is committed first. */
	bool (*remove_below)(void* arg, const char* dir, size_t len,
		int64_t revision);
	/** All events of each revision that was told of are complete, or a
	 * list goes on. */
	bool (*commit)(void* arg);
	/** The events since the last commit may be incomplete, and will be
	 * told again. */
	void (*rollback)(void* arg);
	/** All keys will be told, by puts. */
	void (*list_begin)(void* arg);
	/** All keys have been told, as of this revision of this cluster; what
	 * was not told is gone. */
	bool (*list_end)(void* arg, uint64_t cluster, int64_t revision);
	/** etcd is there, and has nothing newer than what was told or is
	 * being told; NULL: that does not matter */
	void (*confirm)(void* arg);
};

/** What is known of etcd from before, without asking it. */
struct etcd_past {
	/** id of the cluster; 0: nothing is known */
	uint64_t cluster;
	/** the revision up to which everything is known */
	int64_t revision;
	/** how long ago etcd confirmed it, in milliseconds */
	int64_t age;
};

/** How a step of a protocol ended. */
enum etcd_result {
	/** it was done */
	ETCD_OK,
	/** the client was stopped */
	ETCD_STOPPED,
	/** this endpoint failed; another one may do */
	ETCD_LOST,
	/** this endpoint does not have the history that was seen: it is
	 * behind, or belongs to another cluster, or was wiped or restored from
	 * a backup. Another one may have it; if none has, etcd was replaced */
	ETCD_BEHIND,
	/** etcd is there, but what is known can't be brought up to date from
	 * its history: the keys must be listed */
	ETCD_RELIST,
	/** etcd is there, and refuses */
	ETCD_DENIED,
	/** etcd is there, and does not know, or no longer, who asks; protocols
	 * see to that themselves, and end with ETCD_DENIED if they can't */
	ETCD_UNAUTHENTICATED
};

/** room for the reason of a result, NUL included */
#define ETCD_REASON_MAX 512

/** What a protocol works with. */
struct etcd_link {
	/** sends its requests */
	struct client* client;
	/** what to follow */
	const struct etcd_settings* settings;
	/** whom to tell */
	const struct etcd_sink* sink;
	/** called when a watch has begun: from now on, changes are seen; that
	 * alone confirms nothing */
	void (*watching)(void* arg);
	/** passed to watching */
	void* arg;
	/** why the last step did not end with ETCD_OK: a sentence without a
	 * full stop */
	char reason[ETCD_REASON_MAX];
	/** id of the cluster that was listed last; 0: none was */
	uint64_t cluster;
	/** the revision up to which everything was told */
	int64_t revision;
	/** whether etcd was replaced, so that the next list is believed
	 * whatever its cluster and its revision */
	bool replaced;
	/** number of keys in the last list */
	size_t listed;
	/** watches in a row that broke at the same revision; see
	 * link_watch_ended */
	unsigned stuck;
	/** that revision */
	int64_t stuck_at;
	/** when etcd confirmed last that nothing is missing; clock_now */
	_Atomic int64_t confirmed;
	/** whether that is two heartbeats ago, or more; set by the replica when
	 * an attempt fails, cleared by link_confirm */
	_Atomic bool away;
};

/**
 * One of etcd's APIs. The link is the caller's and outlives the protocol's
 * state; its `reason`, `cluster`, `revision` and `listed` are set by the
 * functions.
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
	/** See whether the endpoint that is in use can be watched from where
	 * the last list or watch ended. */
	enum etcd_result (*resume)(void* state);
	/** Watch, until that fails. */
	enum etcd_result (*watch)(void* state);
};

#endif /* HELIX_ETCD_ETCD_H */
