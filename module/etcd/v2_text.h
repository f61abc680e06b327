/*
 * etcd/v2_text.h - what etcd's v2 API writes.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Reads the JSON and the headers of v2's answers, and writes keys as part of a
 * URL. No state; any thread.
 */
#ifndef HELIX_ETCD_V2_TEXT_H
#define HELIX_ETCD_V2_TEXT_H

#include "etcd/client.h"
#include "etcd/kv.h"
#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

/** A key with a value, or a directory. */
struct v2_node {
	/** the key, from the root on, and the value, "" for a directory; both
	 * inside the JSON and NUL-terminated */
	struct etcd_kv kv;
	/** whether it is a directory */
	bool dir;
};

/** What happened to a key or a directory. */
struct v2_event {
	/** the node; its value is what it was set to */
	struct v2_node node;
	/** whether it was deleted or has expired */
	bool gone;
	/** whether it was a directory before */
	bool was_dir;
};

/** etcd's error codes, as far as they matter */
enum v2_error {
	V2_KEY_NOT_FOUND = 100,
	V2_NOT_A_DIRECTORY = 104,
	V2_UNAUTHORIZED = 110,
	V2_HISTORY_CLEARED = 401
};

/**
 * Read a node.
 * @param json: NULL is none.
 * @return false if it is none.
 */
bool v2_json_node(const cJSON* json, struct v2_node* node);

/** Read the member "node". @return false if it is none. */
bool v2_json_answer(const cJSON* json, struct v2_node* node);

/** Read an event, which is the whole answer to a poll. @return false if it is
 * none. */
bool v2_json_event(const cJSON* json, struct v2_event* event);

/** etcd's index in an answer's head; 0 if there is none. */
int64_t v2_head_index(const struct call* call);

/** The cluster's id in an answer's head, which etcd writes in hexadecimal; 0 if
 * there is none. */
uint64_t v2_head_cluster(const struct call* call);

/**
 * Read the body of a refusal.
 * @param message: its text, made fit for a log line.
 * @param size: octets of message.
 * @return its code, enum v2_error or another; 0 if there is none.
 */
int v2_refusal_code(const struct call* call, char* message, size_t size);

/**
 * Write the path of a key's URL.
 * @param key: NUL-terminated; begins with '/'.
 * @return owned by the caller; NULL if memory ran out.
 */
char* v2_key_path(const char* key);

#endif /* HELIX_ETCD_V2_TEXT_H */
