/*
 * base/base64.h - base64 of RFC 4648 4.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Base64 with the standard alphabet and padding (RFC 4648 4), as etcd's gateway
 * writes keys and values and zone files write keys and certificates. No line
 * breaks, no spaces. No state; any thread.
 */
#ifndef HELIX_BASE_BASE64_H
#define HELIX_BASE_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** room for the base64 of len octets, with a NUL */
#define BASE64_SIZE(len) (((len) + 2) / 3 * 4 + 1)

/**
 * Encode.
 * @param data, len: what to encode.
 * @param text: room for BASE64_SIZE(len) octets; NUL-terminated.
 */
void base64_encode(const void* data, size_t len, char* text);

/** A decoder of base64 that arrives in pieces, cut anywhere. The caller sets
 * data and room; all else is 0 at first. */
struct base64 {
	/** where decoded octets go; not owned */
	uint8_t* data;
	/** octets that data has room for */
	size_t room;
	/** octets written to data */
	size_t len;
	/** bits of digits that make no whole octet yet */
	uint32_t bits;
	/** characters read of a group of four: 0 to 3 */
	unsigned place;
	/** padding characters read: 0 to 2 */
	unsigned pads;
};

/**
 * Decode the next piece.
 * @param text, len: not NUL-terminated. It may be the memory that data points
 *	to, if the whole text is one piece.
 * @return false if the piece is not base64, or data has no room for it.
 */
bool base64_add(struct base64* decoder, const char* text, size_t len);

/** Whether the pieces together are whole base64: padded, and without set bits
 * that belong to no octet (RFC 4648 3.5). The empty text is whole. */
bool base64_is_whole(const struct base64* decoder);

/**
 * Decode a whole text.
 * @param text, len: not NUL-terminated.
 * @param data: room for len / 4 * 3 octets; may be text.
 * @param data_len: set to the octets of the result.
 * @return false if the text is not base64.
 */
bool base64_decode(const char* text, size_t len, char* data,
	size_t* data_len);

#endif /* HELIX_BASE_BASE64_H */
