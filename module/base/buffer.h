/*
 * base/buffer.h - growable octets.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * A buffer that doubles its memory when it is full. A struct buffer of zeros is
 * an empty buffer. The memory is aligned as malloc(3) aligns it, and may move
 * when the buffer grows: pointers into it are invalid then. For one thread at a
 * time.
 */
#ifndef HELIX_BASE_BUFFER_H
#define HELIX_BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Growable octets. To empty a buffer and keep its memory, set len to 0. */
struct buffer {
	/** the octets; owned; NULL if size is 0 */
	uint8_t* data;
	/** octets used */
	size_t len;
	/** octets allocated */
	size_t size;
};

/**
 * Make room for more octets behind those that are used.
 * @return false if memory ran out, or there would be over SIZE_MAX octets; the
 *	buffer is unchanged.
 */
bool buffer_reserve(struct buffer* buffer, size_t more);

/**
 * Append octets, which the caller then writes.
 * @return the first of them; NULL where buffer_reserve returns false.
 */
void* buffer_extend(struct buffer* buffer, size_t more);

/**
 * Append octets.
 * @param octets: not within the buffer; may be NULL if len is 0.
 * @return false where buffer_reserve does.
 */
bool buffer_append(struct buffer* buffer, const void* octets, size_t len);

/** Append one octet. @return false where buffer_reserve does. */
static inline bool
buffer_append_octet(struct buffer* buffer, uint8_t octet)
{
	if(buffer->len == buffer->size && !buffer_reserve(buffer, 1))
		return false;
	buffer->data[buffer->len++] = octet;
	return true;
}

/** Free the memory. The buffer is empty, and may be used again. */
void buffer_clear(struct buffer* buffer);

#endif /* HELIX_BASE_BUFFER_H */
