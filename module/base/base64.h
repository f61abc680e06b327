/*
 * base/base64.h - base64, as etcd's gateway writes keys and values.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Base64 with the standard alphabet and padding (RFC 4648 4). No state; any
 * thread.
 */
#ifndef HELIX_BASE_BASE64_H
#define HELIX_BASE_BASE64_H

#include <stdbool.h>
#include <stddef.h>

/** octets of the base64 of len octets, NUL included */
#define BASE64_SIZE(len) (((len) + 2) / 3 * 4 + 1)

/**
 * Encode.
 * @param data, len: what to encode.
 * @param text: room for BASE64_SIZE(len) octets; NUL-terminated.
 */
void base64_encode(const void* data, size_t len, char* text);

/**
 * Decode. The result is never longer than the text, and may take its place.
 * @param text, len: the text; not NUL-terminated.
 * @param data: room for len / 4 * 3 octets; may be text.
 * @param data_len: set to the octets of the result.
 * @return false if the text is not base64.
 */
bool base64_decode(const char* text, size_t len, char* data,
	size_t* data_len);

#endif /* HELIX_BASE_BASE64_H */
