/*
 * etcd/base64.h - base64, as etcd's gateway writes keys and values.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Base64 with the standard alphabet and padding (RFC 4648 4). No state; any
 * thread.
 */
#ifndef HELIX_ETCD_BASE64_H
#define HELIX_ETCD_BASE64_H

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
 * Decode in place: the result is never longer than the text.
 * @param text: NUL-terminated; overwritten by the result, which may hold NULs.
 * @param len: set to the octets of the result.
 * @return false if the text is not base64.
 */
bool base64_decode(char* text, size_t* len);

#endif /* HELIX_ETCD_BASE64_H */
