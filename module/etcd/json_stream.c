/*
 * etcd/json_stream.c - reads a large JSON message a piece at a time.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "etcd/json_stream.h"
#include <string.h>

void
json_stream_init(struct json_stream* stream,
	bool (*piece)(void* arg, cJSON* object),
	bool (*message)(void* arg, cJSON* frame), void* arg)
{
	memset(stream, 0, sizeof(*stream));
	stream->piece = piece;
	stream->message = message;
	stream->arg = arg;
}

void
json_stream_clear(struct json_stream* stream)
{
	buffer_clear(&stream->text);
	buffer_clear(&stream->levels);
	memset(stream, 0, sizeof(*stream));
}

bool
json_stream_is_between(const struct json_stream* stream)
{
	return stream->depth == 0;
}

/** Stop reading. @return false. */
static bool
fail(struct json_stream* stream, const char* what)
{
	stream->problem = what;
	return false;
}

/** Keep octets of a message. @return false if that is too much, or memory ran
 * out. */
static bool
keep(struct json_stream* stream, const char* data, size_t len)
{
	if(len > JSON_STREAM_TEXT_MAX - stream->text.len)
		return fail(stream, "the answer, or an object in it, is "
			"too large");
	return buffer_append(&stream->text, data, len) ||
		fail(stream, "out of memory");
}

/** Keep one octet, as keep does. */
static bool
keep_octet(struct json_stream* stream, char c)
{
	struct buffer* text = &stream->text;
	if(text->len == text->size || text->len >= JSON_STREAM_TEXT_MAX)
		return keep(stream, &c, 1);
	text->data[text->len++] = (uint8_t)c;
	return true;
}

/** Replace NULs in strings by what no key and no value has: cJSON ends a string
 * at a NUL, so that two keys could look the same. */
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

/** Parse the text from an octet on, hand it over, and drop it. */
static bool
hand_over(struct json_stream* stream, size_t start,
	bool (*function)(void* arg, cJSON* json))
{
	char* text = (char*)stream->text.data + start;
	const size_t len = stream->text.len - start;
	cJSON* json;
	bool ok;
	spoil_nuls(text, len);
	json = cJSON_ParseWithLength(text, len);
	stream->text.len = start;
	if(!json)
		return fail(stream, "the answer is not JSON");
	ok = function(stream->arg, json);
	cJSON_Delete(json);
	return ok;
}

/** The innermost level; there is one. */
static struct json_stream_level*
innermost(const struct json_stream* stream)
{
	return (struct json_stream_level*)(void*)(stream->levels.data +
		stream->levels.len) - 1;
}

/** Whether the next octet stands directly in an array. */
static bool
at_array(const struct json_stream* stream)
{
	return stream->depth > 0 && innermost(stream)->array;
}

static bool
open_bracket(struct json_stream* stream, char c)
{
	const struct json_stream_level level = { stream->text.len, c == '[' };
	if(stream->depth == JSON_STREAM_DEPTH_MAX)
		return fail(stream, "the answer nests too deep");
	if(!buffer_append(&stream->levels, &level, sizeof(level)))
		return fail(stream, "out of memory");
	stream->depth++;
	return keep_octet(stream, c);
}

static bool
close_bracket(struct json_stream* stream, char c)
{
	size_t start;
	if(at_array(stream) != (c == ']'))
		return fail(stream, "the answer is not JSON");
	if(!keep_octet(stream, c))
		return false;
	start = innermost(stream)->start;
	stream->levels.len -= sizeof(struct json_stream_level);
	stream->depth--;
	if(stream->depth == 0)
		return hand_over(stream, start, stream->message);
	if(at_array(stream))
		return hand_over(stream, start, stream->piece);
	return true;
}

/** Skip an octet between messages, or between the objects of an array. */
static bool
skip(struct json_stream* stream, char c)
{
	if(c != ' ' && c != '\t' && c != '\r' && c != '\n' &&
		(c != ',' || stream->depth == 0))
		return fail(stream,
			"the answer is not JSON as etcd writes it");
	if(++stream->space > JSON_STREAM_SPACE_MAX)
		return fail(stream, "the answer goes on with nothing but "
			"white space");
	return true;
}

/** Look at one octet of a string: does the string end, or an escape? */
static void
string_step(struct json_stream* stream, char c)
{
	stream->string_len++;
	if(stream->escape == JSON_STREAM_BACKSLASH)
		stream->escape = c == 'u' ? JSON_STREAM_FIRST_DIGIT :
			JSON_STREAM_NO_ESCAPE;
	else if(c == '\\')
		stream->escape = JSON_STREAM_BACKSLASH;
	else if(c == '"')
		stream->in_string = false;
	else if(stream->escape != JSON_STREAM_NO_ESCAPE)
		stream->escape--;
}

/** Look at the octets of a string up to one that ends it or an escape.
 * @return their number. */
static size_t
string_skip_plain(struct json_stream* stream, const char* data, size_t len)
{
	size_t i, most;
	if(stream->escape != JSON_STREAM_NO_ESCAPE ||
		stream->string_len >= JSON_STREAM_STRING_MAX)
		return 0;
	most = JSON_STREAM_STRING_MAX - stream->string_len;
	if(most > len)
		most = len;
	for(i = 0; i < most && data[i] != '"' && data[i] != '\\'; i++)
		;
	stream->string_len += i;
	return i;
}

/**
 * Read a part of a string, up to its end at most. Drop what is too long, but
 * never a part of an escape.
 * @return octets read; 0 to stop.
 */
static size_t
read_string(struct json_stream* stream, const char* data, size_t len)
{
	size_t i = string_skip_plain(stream, data, len);
	size_t kept = i;
	for(; i < len && stream->in_string; i++) {
		if(stream->string_len >= JSON_STREAM_STRING_MAX &&
			stream->escape == JSON_STREAM_NO_ESCAPE)
			stream->cut = true;
		string_step(stream, data[i]);
		if(!stream->cut)
			kept = i + 1;
	}
	if(stream->string_len > JSON_STREAM_STRING_END) {
		(void)fail(stream, "a string in the answer is too large");
		return 0;
	}
	if(!keep(stream, data, kept) || (stream->cut && !stream->in_string &&
		!keep(stream, "\"", 1)))
		return 0;
	return i;
}

/** Read one octet that is not inside a string. */
static bool
read_octet(struct json_stream* stream, char c)
{
	bool outside = stream->depth == 0 || at_array(stream);
	if(outside && c != '{' && !(c == ']' && stream->depth > 0))
		return skip(stream, c);
	stream->space = 0;
	switch(c) {
	case '{':
	case '[':
		return open_bracket(stream, c);
	case '}':
	case ']':
		return close_bracket(stream, c);
	case '"':
		stream->in_string = true;
		stream->string_len = 0;
		stream->escape = JSON_STREAM_NO_ESCAPE;
		stream->cut = false;
		return keep_octet(stream, c);
	default:
		return keep_octet(stream, c);
	}
}

/** Have an object read from its text. @return as json_stream's `read`. */
static size_t
read_object(struct json_stream* stream, const char* data, size_t len)
{
	size_t n = 0;
	if(stream->read && *data == '{' && at_array(stream))
		n = stream->read(stream->arg, data, len);
	if(n > 0)
		stream->space = 0;
	return n;
}

bool
json_stream_read(struct json_stream* stream, const char* data, size_t len)
{
	while(len > 0) {
		size_t n = 0;
		if(stream->in_string) {
			n = read_string(stream, data, len);
			if(n == 0)
				return false;
		} else {
			n = read_object(stream, data, len);
			if(n == JSON_STREAM_STOP)
				return false;
		}
		if(n == 0 && !read_octet(stream, *data))
			return false;
		if(n == 0)
			n = 1;
		data += n;
		len -= n;
	}
	return true;
}
