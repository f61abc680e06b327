/*
 * base/buffer.c - growable octets.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "base/buffer.h"
#include <stdlib.h>
#include <string.h>

/** octets of the first allocation */
#define FIRST_OCTETS 64

bool
buffer_reserve(struct buffer* buffer, size_t more)
{
	size_t need, size;
	uint8_t* grown;
	if(more <= buffer->size - buffer->len)
		return true;
	if(more > SIZE_MAX - buffer->len)
		return false;
	need = buffer->len + more;
	size = need <= FIRST_OCTETS ? FIRST_OCTETS :
		need <= SIZE_MAX / 2 ? need * 2 : need;
	grown = realloc(buffer->data, size);
	if(!grown)
		return false;
	buffer->data = grown;
	buffer->size = size;
	return true;
}

void*
buffer_extend(struct buffer* buffer, size_t more)
{
	void* at;
	if(more > buffer->size - buffer->len || !buffer->data) {
		if(!buffer_reserve(buffer, more > 0 ? more : 1))
			return NULL;
	}
	at = buffer->data + buffer->len;
	buffer->len += more;
	return at;
}

bool
buffer_append(struct buffer* buffer, const void* octets, size_t len)
{
	if(len == 0)
		return true;
	if(!buffer_reserve(buffer, len))
		return false;
	memcpy(buffer->data + buffer->len, octets, len);
	buffer->len += len;
	return true;
}

void
buffer_clear(struct buffer* buffer)
{
	free(buffer->data);
	*buffer = (struct buffer){ 0 };
}
