/*
 * etcd/pieces.c - reads a large JSON message a piece at a time.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "etcd/pieces.h"
#include <stdlib.h>
#include <string.h>

void
pieces_init(struct pieces* pieces, bool (*piece)(void* arg, cJSON* object),
	bool (*message)(void* arg, cJSON* frame), void* arg)
{
	memset(pieces, 0, sizeof(*pieces));
	pieces->piece = piece;
	pieces->message = message;
	pieces->arg = arg;
}

void
pieces_clear(struct pieces* pieces)
{
	free(pieces->object.data);
	free(pieces->frame.data);
	memset(pieces, 0, sizeof(*pieces));
}

bool
pieces_is_between(const struct pieces* pieces)
{
	return pieces->depth == 0;
}

static bool
problem(struct pieces* pieces, const char* what)
{
	pieces->problem = what;
	return false;
}

/** Append to the object or the message that is being read. */
static bool
keep(struct pieces* pieces, const char* data, size_t len)
{
	struct pieces_text* text = pieces->in_object ? &pieces->object :
		&pieces->frame;
	size_t max = pieces->in_object ? PIECES_PIECE_MAX : PIECES_FRAME_MAX;
	if(len > max - text->len)
		return problem(pieces, pieces->in_object ?
			"an object in the answer is too large" :
			"the answer is too large");
	if(text->len + len > text->size) {
		size_t size = (text->len + len) * 2;
		char* grown = realloc(text->data, size);
		if(!grown)
			return problem(pieces, "out of memory");
		text->data = grown;
		text->size = size;
	}
	if(len > 0)
		memcpy(text->data + text->len, data, len);
	text->len += len;
	return true;
}

/** Parse what was kept, and hand it over. */
static bool
hand_over(struct pieces* pieces, struct pieces_text* text,
	bool (*function)(void* arg, cJSON* json))
{
	cJSON* json = cJSON_ParseWithLength(text->data, text->len);
	bool ok = json != NULL;
	text->len = 0;
	if(!ok)
		return problem(pieces, "the answer is not JSON");
	ok = function(pieces->arg, json);
	cJSON_Delete(json);
	return ok;
}

static bool
top_is_array(const struct pieces* pieces)
{
	return pieces->arrays >> pieces->depth & 1;
}

/** Whether the next octet stands directly in the outermost array. */
static bool
at_array(const struct pieces* pieces)
{
	return pieces->array_depth > 0 && !pieces->in_object &&
		pieces->depth == pieces->array_depth;
}

static bool
open_bracket(struct pieces* pieces, char c)
{
	if(pieces->depth == PIECES_DEPTH_MAX)
		return problem(pieces, "the answer nests too deep");
	if(at_array(pieces) && c == '{')
		pieces->in_object = true;
	pieces->depth++;
	if(c == '[') {
		pieces->arrays |= UINT64_C(1) << pieces->depth;
		if(pieces->array_depth == 0)
			pieces->array_depth = pieces->depth;
	} else {
		pieces->arrays &= ~(UINT64_C(1) << pieces->depth);
	}
	return keep(pieces, &c, 1);
}

static bool
close_bracket(struct pieces* pieces, char c)
{
	if(top_is_array(pieces) != (c == ']'))
		return problem(pieces, "the answer is not JSON");
	if(!keep(pieces, &c, 1))
		return false;
	if(pieces->depth == pieces->array_depth)
		pieces->array_depth = 0;
	pieces->depth--;
	if(pieces->in_object && pieces->depth == pieces->array_depth) {
		pieces->in_object = false;
		return hand_over(pieces, &pieces->object, pieces->piece);
	}
	if(pieces->depth == 0)
		return hand_over(pieces, &pieces->frame, pieces->message);
	return true;
}

/** Take in an octet that belongs neither to the message nor to an object of
 * its array. */
static bool
skip(struct pieces* pieces, char c)
{
	if(c != ' ' && c != '\t' && c != '\r' && c != '\n' &&
		(c != ',' || pieces->depth == 0))
		return problem(pieces,
			"the answer is not JSON as etcd writes it");
	if(++pieces->space > PIECES_SPACE_MAX)
		return problem(pieces, "the answer does not go on");
	return true;
}

/**
 * Take in a run of a string, up to its end.
 * @return octets taken in; 0 if there was a problem.
 */
static size_t
read_string(struct pieces* pieces, const char* data, size_t len)
{
	size_t i;
	for(i = 0; i < len && pieces->in_string; i++) {
		if(pieces->escaped)
			pieces->escaped = false;
		else if(data[i] == '\\')
			pieces->escaped = true;
		else if(data[i] == '"')
			pieces->in_string = false;
	}
	return keep(pieces, data, i) ? i : 0;
}

/** Take in one octet that is not inside a string. */
static bool
read_octet(struct pieces* pieces, char c)
{
	bool outside = pieces->depth == 0 || at_array(pieces);
	if(outside && c != '{' && !(c == ']' && pieces->depth > 0))
		return skip(pieces, c);
	pieces->space = 0;
	switch(c) {
	case '{':
	case '[':
		return open_bracket(pieces, c);
	case '}':
	case ']':
		return close_bracket(pieces, c);
	case '"':
		pieces->in_string = true;
		return keep(pieces, &c, 1);
	default:
		return keep(pieces, &c, 1);
	}
}

bool
pieces_read(struct pieces* pieces, const char* data, size_t len)
{
	while(len > 0) {
		size_t n = 1;
		if(pieces->in_string)
			n = read_string(pieces, data, len);
		else if(!read_octet(pieces, *data))
			return false;
		if(n == 0)
			return false;
		data += n;
		len -= n;
	}
	return true;
}
