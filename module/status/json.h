/*
 * status/json.h - a report as JSON.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Writes a report, or keys that are not served, as one JSON object (RFC 8259)
 * and a newline; unbound-helix(8) lists the members. All times are in seconds.
 * Numbers are exact, whatever their size. What is no valid UTF-8 in a text
 * becomes U+FFFD.
 *
 * No state; any thread.
 */
#ifndef HELIX_STATUS_JSON_H
#define HELIX_STATUS_JSON_H

#include "status/out.h"
#include "status/report.h"

/** the value for the Content-Type field */
#define JSON_CONTENT_TYPE "application/json"

/** Append a report. @return false if memory ran out. */
bool json_write(struct buffer* out, const struct report* report);

/** Keys that are being written; see json_keys_begin. */
struct json_keys {
	/** the text */
	struct out out;
};

/**
 * Begin the object {"keys":[{"key","reason","revision"}...],"total"}:
 *
 *	json_keys_begin(&keys, out);
 *	total = service_bad_keys(service, json_keys_add, &keys);
 *	ok = json_keys_end(&keys, total);
 *
 * @param keys: the result.
 * @param out: to be appended to; outlives keys.
 */
void json_keys_begin(struct json_keys* keys, struct buffer* out);

/** Append a key. @param arg: the struct json_keys. */
void json_keys_add(void* arg, const struct feed_key* key);

/**
 * End the object.
 * @param total: how many keys there are, listed or not.
 * @return false if memory ran out.
 */
bool json_keys_end(struct json_keys* keys, size_t total);

#endif /* HELIX_STATUS_JSON_H */
