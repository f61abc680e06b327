/*
 * base/buffer.h - octets whose number is not known beforehand.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * A buffer that doubles when it is full. One that is all zero is empty. Its
 * memory is aligned as malloc(3) aligns it. Pointers into it are void once it
 * has grown. For one thread at a time.
 */
#ifndef HELIX_BASE_BUFFER_H
#define HELIX_BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Growable octets. To empty one and keep its memory, set len to 0. */
struct buffer {
	/** the octets; owned; NULL if size is 0 */
	uint8_t* data;
	/** octets used */
	size_t len;
	/** octets allocated */
	size_t size;
};

/**
 * See to it that more octets fit behind those that are used.
 * @return false if memory ran out, or there would be over SIZE_MAX of them;
 *	the buffer is as it was.
 */
bool buffer_reserve(struct buffer* buffer, size_t more);

/**
 * Append octets that the caller is to write.
 * @return the first of them; NULL as for buffer_reserve.
 */
void* buffer_extend(struct buffer* buffer, size_t more);

/**
 * Append octets.
 * @param octets: not within the buffer; may be NULL if len is 0.
 * @return false as for buffer_reserve.
 */
bool buffer_append(struct buffer* buffer, const void* octets, size_t len);

/** Free the memory; the buffer is empty then, and may be used again. */
void buffer_clear(struct buffer* buffer);

#endif /* HELIX_BASE_BUFFER_H */
