/*
 * etcd/json_stream.c - reads a large JSON message a piece at a time.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "etcd/json_stream.h"
#include <stdlib.h>
#include <string.h>

void
json_stream_init(struct json_stream* pieces, bool (*piece)(void* arg, cJSON* object),
	bool (*message)(void* arg, cJSON* frame), void* arg)
{
	memset(pieces, 0, sizeof(*pieces));
	pieces->piece = piece;
	pieces->message = message;
	pieces->arg = arg;
}

void
json_stream_clear(struct json_stream* pieces)
{
	free(pieces->text);
	free(pieces->level);
	memset(pieces, 0, sizeof(*pieces));
}

bool
json_stream_is_between(const struct json_stream* pieces)
{
	return pieces->depth == 0;
}

static bool
problem(struct json_stream* pieces, const char* what)
{
	pieces->problem = what;
	return false;
}

/**
 * Append to what is being read.
 * @return false if that is too much, or memory ran out.
 */
static bool
keep(struct json_stream* pieces, const char* data, size_t len)
{
	if(len > PIECES_TEXT_MAX - pieces->len)
		return problem(pieces, "the answer, or an object in it, is "
			"too large");
	if(pieces->len + len > pieces->size) {
		size_t size = (pieces->len + len) * 2;
		char* grown = realloc(pieces->text, size);
		if(!grown)
			return problem(pieces, "out of memory");
		pieces->text = grown;
		pieces->size = size;
	}
	if(len > 0)
		memcpy(pieces->text + pieces->len, data, len);
	pieces->len += len;
	return true;
}

/** The same, of one octet. */
static bool
keep_octet(struct json_stream* pieces, char c)
{
	if(pieces->len == pieces->size || pieces->len >= PIECES_TEXT_MAX)
		return keep(pieces, &c, 1);
	pieces->text[pieces->len++] = c;
	return true;
}

/** cJSON ends a string at a NUL, so that what follows would not be seen: put
 * in its place what no key and no value has. */
static void
spoil_nuls(char* text, size_t len)
{
	static const char nul[] = "\\u0000", instead[] = "\\ufffd";
	const size_t size = sizeof(nul) - 1;
	char* at = text;
	char* end = text + len;
	while((at = memmem(at, (size_t)(end - at), nul, size)) != NULL) {
		const char* slash = at;
		while(slash > text && slash[-1] == '\\')
			slash--;
		/* a backslash that is escaped begins no escape */
		if((at - slash) % 2 == 0)
			memcpy(at, instead, size);
		at += size;
	}
}

/**
 * Parse what was read from an octet on, hand it over, and leave it out.
 */
static bool
hand_over(struct json_stream* pieces, size_t start,
	bool (*function)(void* arg, cJSON* json))
{
	cJSON* json;
	bool ok;
	spoil_nuls(pieces->text + start, pieces->len - start);
	json = cJSON_ParseWithLength(pieces->text + start,
		pieces->len - start);
	ok = json != NULL;
	pieces->len = start;
	if(!ok)
		return problem(pieces, "the answer is not JSON");
	ok = function(pieces->arg, json);
	cJSON_Delete(json);
	return ok;
}

/** Whether the next octet stands directly in an array. */
static bool
at_array(const struct json_stream* pieces)
{
	return pieces->depth > 0 && pieces->level[pieces->depth - 1].array;
}

static bool
open_bracket(struct json_stream* pieces, char c)
{
	struct json_stream_level level = { pieces->len, c == '[' };
	if(pieces->depth == PIECES_DEPTH_MAX)
		return problem(pieces, "the answer nests too deep");
	if(pieces->depth == pieces->levels) {
		size_t levels = pieces->levels * 2 + 16;
		struct json_stream_level* grown = realloc(pieces->level,
			levels * sizeof(*grown));
		if(!grown)
			return problem(pieces, "out of memory");
		pieces->level = grown;
		pieces->levels = levels;
	}
	pieces->level[pieces->depth++] = level;
	return keep_octet(pieces, c);
}

static bool
close_bracket(struct json_stream* pieces, char c)
{
	size_t start;
	if(at_array(pieces) != (c == ']'))
		return problem(pieces, "the answer is not JSON");
	if(!keep_octet(pieces, c))
		return false;
	start = pieces->level[--pieces->depth].start;
	if(pieces->depth == 0)
		return hand_over(pieces, start, pieces->message);
	if(at_array(pieces))
		return hand_over(pieces, start, pieces->piece);
	return true;
}

/** Take in an octet between messages, or between the objects of an array. */
static bool
skip(struct json_stream* pieces, char c)
{
	if(c != ' ' && c != '\t' && c != '\r' && c != '\n' &&
		(c != ',' || pieces->depth == 0))
		return problem(pieces,
			"the answer is not JSON as etcd writes it");
	if(++pieces->space > PIECES_SPACE_MAX)
		return problem(pieces, "the answer does not go on");
	return true;
}

/** Look at one octet of a string: does the string end, or an escape? */
static void
string_step(struct json_stream* pieces, char c)
{
	pieces->string_len++;
	if(pieces->escape == PIECES_BACKSLASH)
		pieces->escape = c == 'u' ? PIECES_FIRST_DIGIT :
			PIECES_NO_ESCAPE;
	else if(c == '\\')
		pieces->escape = PIECES_BACKSLASH;
	else if(c == '"')
		pieces->in_string = false;
	else if(pieces->escape != PIECES_NO_ESCAPE)
		pieces->escape--;
}

/** Look at the octets of a string up to one that ends it or an escape.
 * @return their number. */
static size_t
string_skip_plain(struct json_stream* pieces, const char* data, size_t len)
{
	size_t i, most;
	if(pieces->escape != PIECES_NO_ESCAPE ||
		pieces->string_len >= PIECES_STRING_MAX)
		return 0;
	most = PIECES_STRING_MAX - pieces->string_len;
	if(most > len)
		most = len;
	for(i = 0; i < most && data[i] != '"' && data[i] != '\\'; i++)
		;
	pieces->string_len += i;
	return i;
}

/**
 * Take in a run of a string, up to its end. Of one that is too long, the rest
 * is left out, from where no escape is parted.
 * @return octets taken in; 0 if there was a problem.
 */
static size_t
read_string(struct json_stream* pieces, const char* data, size_t len)
{
	size_t i = string_skip_plain(pieces, data, len);
	size_t kept = i;
	for(; i < len && pieces->in_string; i++) {
		if(pieces->string_len >= PIECES_STRING_MAX &&
			pieces->escape == PIECES_NO_ESCAPE)
			pieces->cut = true;
		string_step(pieces, data[i]);
		if(!pieces->cut)
			kept = i + 1;
	}
	if(pieces->string_len > PIECES_STRING_END) {
		(void)problem(pieces, "a string in the answer is too large");
		return 0;
	}
	if(!keep(pieces, data, kept) || (pieces->cut && !pieces->in_string &&
		!keep(pieces, "\"", 1)))
		return 0;
	return i;
}

/** Take in one octet that is not inside a string. */
static bool
read_octet(struct json_stream* pieces, char c)
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
		pieces->string_len = 0;
		pieces->escape = PIECES_NO_ESCAPE;
		pieces->cut = false;
		return keep_octet(pieces, c);
	default:
		return keep_octet(pieces, c);
	}
}

/** Have an object read from its text. @return octets taken in. */
static size_t
read_object(struct json_stream* pieces, const char* data, size_t len)
{
	size_t n = 0;
	if(pieces->read && *data == '{' && at_array(pieces))
		n = pieces->read(pieces->arg, data, len);
	if(n > 0)
		pieces->space = 0;
	return n;
}

bool
json_stream_read(struct json_stream* pieces, const char* data, size_t len)
{
	while(len > 0) {
		size_t n = 0;
		if(pieces->in_string) {
			n = read_string(pieces, data, len);
			if(n == 0)
				return false;
		} else {
			n = read_object(pieces, data, len);
			if(n == PIECES_STOP)
				return false;
		}
		if(n == 0 && !read_octet(pieces, *data))
			return false;
		if(n == 0)
			n = 1;
		data += n;
		len -= n;
	}
	return true;
}
