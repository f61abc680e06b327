/*
 * etcd/json_stream.h - reads a large JSON message a piece at a time.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * etcd answers with JSON objects of any size, of which nearly all is arrays of
 * objects: the keys of a list, the events of a watch, directories within
 * directories. This takes such a stream in as it arrives, cut anywhere, and
 * hands over each object that stands in an array as soon as it is complete,
 * the inner ones first; then it is left out of what it stood in. So memory
 * follows the largest object, not the message. At the end of each message, it
 * hands over what is left of that.
 *
 * Whoever knows how such an object is usually written can read it from its
 * text instead, which is far quicker.
 *
 * What is not JSON, or never ends, is refused at the latest when a limit is
 * met; only a string that is too long is cut. All functions are for one thread.
 */
#ifndef HELIX_ETCD_JSON_STREAM_H
#define HELIX_ETCD_JSON_STREAM_H

#include "base/buffer.h"
#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

/** most octets that are kept of a message: of the objects that are open. A
 * value of etcd's usual limit of 1.5 MB several times over, in base64 */
#define JSON_STREAM_TEXT_MAX (16 * 1024 * 1024)
/** most octets of a string that are kept, as they come; what is behind them is
 * left out, so that a value that is too large costs no other key anything. A
 * multiple of 4: base64 is cut where it can be */
#define JSON_STREAM_STRING_MAX (4 * 1024 * 1024)
/** octets by which a string must end; etcd's v2 takes values of up to 10 MB,
 * each octet of which can be a \uXXXX */
#define JSON_STREAM_STRING_END (64 * 1024 * 1024)
/** most octets of white space and commas in a row between objects */
#define JSON_STREAM_SPACE_MAX (64 * 1024)
/** how deep a message may nest; far deeper than the longest name's
 * directories, as a key that is no name must cost no other key anything */
#define JSON_STREAM_DEPTH_MAX 65536

/** From the function that reads text: stop reading */
#define JSON_STREAM_STOP SIZE_MAX

/** An object or array that is open. */
struct json_stream_level {
	/** where in the text it begins */
	size_t start;
	/** whether it is an array */
	bool array;
};

/** A reader of messages. */
struct json_stream {
	/** Called for each object that stands in an array. May change it, not
	 * delete it. @return false to stop reading. */
	bool (*piece)(void* arg, cJSON* object);
	/** Called at the end of each message, with what is left of it. */
	bool (*message)(void* arg, cJSON* frame);
	/** Called where an object that stands in an array begins, with what
	 * has arrived; NULL, as it is at first: never. It may read the object,
	 * if it is one and ends there. @return octets of the object, which
	 * is then not a piece any more; 0: it is to be a piece;
	 * JSON_STREAM_STOP. */
	size_t (*read)(void* arg, const char* text, size_t len);
	/** passed to all of them */
	void* arg;
	/** what was read, and not yet handed over */
	struct buffer text;
	/** what is open, the outermost first: struct json_stream_level after
	 * struct json_stream_level */
	struct buffer levels;
	/** number of levels */
	size_t depth;
	/** white space and commas in a row, where they belong to nothing */
	size_t space;
	/** whether a string is being read */
	bool in_string;
	/** octets of the string so far */
	size_t string_len;
	/** octets that may still belong to an escape in the string: */
	enum {
		/** none */
		JSON_STREAM_NO_ESCAPE,
		/** the last hex digit of a \uXXXX; the three values behind it
		 * are for those before */
		JSON_STREAM_LAST_DIGIT,
		/** the first hex digit */
		JSON_STREAM_FIRST_DIGIT = 4,
		/** what is behind the backslash */
		JSON_STREAM_BACKSLASH
	} escape;
	/** whether the rest of the string is left out */
	bool cut;
	/** what is wrong, after json_stream_read returned false; NULL if one
	 * of the functions stopped it */
	const char* problem;
};

/** Make a reader, to be cleared by json_stream_clear. */
void json_stream_init(struct json_stream* stream,
	bool (*piece)(void* arg, cJSON* object),
	bool (*message)(void* arg, cJSON* frame), void* arg);

/** Free what a reader holds. */
void json_stream_clear(struct json_stream* stream);

/**
 * Read on.
 * @param data: what has arrived.
 * @param len: octets of it.
 * @return false if it is not to be read further.
 */
bool json_stream_read(struct json_stream* stream, const char* data, size_t len);

/** Whether the stream may end here: between messages. */
bool json_stream_is_between(const struct json_stream* stream);

#endif /* HELIX_ETCD_JSON_STREAM_H */
