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

/** octets of the base64 of len octets, NUL included */
#define BASE64_SIZE(len) (((len) + 2) / 3 * 4 + 1)

/**
 * Encode.
 * @param data, len: what to encode.
 * @param text: room for BASE64_SIZE(len) octets; NUL-terminated.
 */
void base64_encode(const void* data, size_t len, char* text);

/** Base64 that is decoded piece by piece, cut anywhere. To begin: all zero but
 * data and room. */
struct base64 {
	/** where the octets go; not owned */
	uint8_t* data;
	/** octets that data has room for */
	size_t room;
	/** octets written to data */
	size_t len;
	/** bits of the digits that make no whole octet yet */
	uint32_t bits;
	/** characters read of a group of four: 0 to 3 */
	unsigned place;
	/** padding characters read: 0 to 2 */
	unsigned pads;
};

/**
 * Decode some more.
 * @param text, len: not NUL-terminated; data may be the place that the text
 *	has, if all of it is decoded at once.
 * @return false if that is not base64, or there is no room.
 */
bool base64_add(struct base64* decoder, const char* text, size_t len);

/** Whether what was added is whole base64: padded, and with no bits set that
 * belong to no octet (RFC 4648 3.5). Nothing at all is. */
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
