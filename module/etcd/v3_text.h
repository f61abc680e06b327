/*
 * etcd/v3_text.h - what etcd's v3 gateway writes.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Reads the gateway's JSON: numbers of 64 bits, which are strings; headers;
 * and keys, which come by the million. A key, and an event of a watch, are
 * read in two ways that give the same: from cJSON's tree, which takes whatever
 * is JSON; and from the text, as etcd writes it, in an eighth of the time. The
 * latter takes nothing that the former would not take.
 *
 * No state but what is passed in; any thread.
 */
#ifndef HELIX_ETCD_V3_TEXT_H
#define HELIX_ETCD_V3_TEXT_H

#include "etcd/kv.h"
#include "base/buffer.h"
#include <cjson/cJSON.h>
#include <stdbool.h>

/** The header of each answer. */
struct v3_header {
	/** cluster_id; 0 if it was not given */
	uint64_t cluster_id;
	/** the store's newest revision */
	int64_t revision;
	/** number of elections that the cluster has had */
	uint64_t raft_term;
};

/**
 * Read a 64-bit number, which the gateway writes as a string and leaves out
 * if it is 0.
 * @return false if it is no number.
 */
bool v3_json_u64(const cJSON* object, const char* name, uint64_t* value);

/** The same, of a number that is not negative. */
bool v3_json_i64(const cJSON* object, const char* name, int64_t* value);

/** Whether a member is there, and true. */
bool v3_json_true(const cJSON* object, const char* name);

/** Read the member "header". @return false if it is none. */
bool v3_json_header(const cJSON* json, struct v3_header* header);

/**
 * Read a key.
 * @param json: the object; its strings are overwritten.
 * @return false if it is none.
 */
bool v3_json_kv(const cJSON* json, struct etcd_kv* kv);

/**
 * Read an event.
 * @param json: as for v3_json_kv.
 * @param deletion: set to whether it is one, and not a put.
 * @return false if it is none.
 */
bool v3_json_event(const cJSON* json, struct etcd_kv* kv, bool* deletion);

/**
 * Read a key from text, if it is written as etcd writes it.
 * @param text: where its object begins; not NUL-terminated.
 * @param len: octets of text; the object may end before.
 * @param room: where the key and the value are written; what was read before
 *	is lost.
 * @return octets of the object; 0 if v3_json_kv is to read it: it does not end
 *	here, is written differently, or is no key; or memory ran out.
 */
size_t v3_text_kv(const char* text, size_t len, struct etcd_kv* kv,
	struct buffer* room);

/** Read an event from text; as v3_text_kv and v3_json_event. */
size_t v3_text_event(const char* text, size_t len, struct etcd_kv* kv,
	bool* deletion, struct buffer* room);

#endif /* HELIX_ETCD_V3_TEXT_H */
