/*
 * etcd/json_stream.h - reads a large JSON message a piece at a time.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * etcd's answers are JSON objects of any size, which consist nearly only of
 * arrays of objects: the keys of a list, the events of a watch, directories
 * within directories. A json_stream reads such messages as they arrive, cut
 * anywhere. It hands over each object of an array as soon as the object is
 * complete, inner ones first, and removes it from what is around it. At the end
 * of a message, it hands over what is left. So memory follows the largest
 * object, not the message.
 *
 * A caller that knows how etcd writes such an object can read it from its text
 * instead, which is far quicker.
 *
 * What is not JSON, or never ends, is refused, at the latest at a limit. Only a
 * string that is too long is cut instead. For one thread.
 */
#ifndef HELIX_ETCD_JSON_STREAM_H
#define HELIX_ETCD_JSON_STREAM_H

#include "base/buffer.h"
#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

/** most octets of a message that are kept, which are those of the objects that
 * are open; several values of etcd's usual limit of 1.5 MB, in base64 */
#define JSON_STREAM_TEXT_MAX (16 * 1024 * 1024)
/** most octets of a string that are kept, as etcd writes them. The rest is
 * dropped, so that a value that is too large harms no other key. A multiple of
 * 4, so that base64 stays whole */
#define JSON_STREAM_STRING_MAX (4 * 1024 * 1024)
/** most octets of a string; v2 accepts values of up to 10 MB, each octet of
 * which can be a \uXXXX */
#define JSON_STREAM_STRING_END (64 * 1024 * 1024)
/** most octets of white space and commas in a row between objects */
#define JSON_STREAM_SPACE_MAX (64 * 1024)
/** how deep a message may nest: far deeper than the directories of the longest
 * name, as a key that is no name must harm no other key */
#define JSON_STREAM_DEPTH_MAX 65536

/** what the function that reads text returns to stop */
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
	/** Called for each object of an array. May change it, not delete it.
	 * @return false to stop reading. */
	bool (*piece)(void* arg, cJSON* object);
	/** Called at the end of each message, with what is left of it. */
	bool (*message)(void* arg, cJSON* frame);
	/** Called where an object of an array begins, with the text that has
	 * arrived. May read the object, if it ends there. NULL, as it is at
	 * first: never called. @return octets of the object, for which `piece`
	 * is not called then; 0 to leave it to `piece`; JSON_STREAM_STOP. */
	size_t (*read)(void* arg, const char* text, size_t len);
	/** passed to these functions */
	void* arg;
	/** what has arrived, and was not yet handed over */
	struct buffer text;
	/** what is open, the outermost first: struct json_stream_level after
	 * struct json_stream_level */
	struct buffer levels;
	/** number of levels */
	size_t depth;
	/** octets of white space and commas in a row between objects */
	size_t space;
	/** whether a string is being read */
	bool in_string;
	/** octets of that string so far */
	size_t string_len;
	/** how many octets may still belong to an escape in the string */
	enum {
		/** none */
		JSON_STREAM_NO_ESCAPE,
		/** the last hex digit of a \uXXXX; the three values up to
		 * FIRST_DIGIT are those of the digits before it */
		JSON_STREAM_LAST_DIGIT,
		/** the first hex digit */
		JSON_STREAM_FIRST_DIGIT = 4,
		/** the octet behind the backslash */
		JSON_STREAM_BACKSLASH
	} escape;
	/** whether the rest of the string is dropped */
	bool cut;
	/** why json_stream_read returned false; NULL if one of the functions
	 * stopped it */
	const char* problem;
};

/** Make a reader, to be cleared by json_stream_clear. The functions are those
 * of struct json_stream. */
void json_stream_init(struct json_stream* stream,
	bool (*piece)(void* arg, cJSON* object),
	bool (*message)(void* arg, cJSON* frame), void* arg);

/** Free what a reader holds; one that is zero is ignored. */
void json_stream_clear(struct json_stream* stream);

/**
 * Read on.
 * @param data: what has arrived.
 * @param len: octets of it.
 * @return false to stop: see `problem`. The reader is to be cleared then.
 */
bool json_stream_read(struct json_stream* stream, const char* data, size_t len);

/** Whether the stream may end here: between messages. */
bool json_stream_is_between(const struct json_stream* stream);

#endif /* HELIX_ETCD_JSON_STREAM_H */
