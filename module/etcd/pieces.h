/*
 * etcd/pieces.h - reads a large JSON message a piece at a time.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * etcd answers with JSON objects of any size, of which nearly all is one
 * array of small objects: the keys of a list, the events of a watch. This
 * takes such a stream in as it arrives, cut anywhere, and hands over each
 * object of the outermost array as soon as it is complete, and at the end of
 * each message the message without those objects. So memory follows the
 * largest key, not the message.
 *
 * What is not JSON, or never ends, is refused at the latest when a limit is
 * met. All functions are for one thread.
 */
#ifndef HELIX_ETCD_PIECES_H
#define HELIX_ETCD_PIECES_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** most octets of an object in the array: a value of etcd's usual limit of
 * 1.5 MB several times over, in base64 */
#define PIECES_PIECE_MAX (16 * 1024 * 1024)
/** most octets of a message without those objects */
#define PIECES_FRAME_MAX (64 * 1024)
/** most octets of white space and commas in a row between objects */
#define PIECES_SPACE_MAX (64 * 1024)
/** how deep a message may nest */
#define PIECES_DEPTH_MAX 32

/** A growing piece of text. */
struct pieces_text {
	/** the octets; owned */
	char* data;
	/** octets in use */
	size_t len;
	/** octets allocated */
	size_t size;
};

/** A reader of messages. */
struct pieces {
	/** Called for each object of the outermost array. May change it, not
	 * delete it. @return false to stop reading. */
	bool (*piece)(void* arg, cJSON* object);
	/** Called at the end of each message, with what is left of it. */
	bool (*message)(void* arg, cJSON* frame);
	/** passed to both */
	void* arg;
	/** what was read of the object */
	struct pieces_text object;
	/** what was read of the rest of the message */
	struct pieces_text frame;
	/** how many '{' and '[' are open */
	unsigned depth;
	/** bit n: whether what was opened at depth n is an array */
	uint64_t arrays;
	/** depth inside the outermost array; 0: none is open */
	unsigned array_depth;
	/** white space and commas in a row, where they belong to nothing */
	size_t space;
	/** whether an object of the array is being read */
	bool in_object;
	/** whether a string is being read */
	bool in_string;
	/** whether the next octet of the string is escaped */
	bool escaped;
	/** what is wrong, after pieces_read returned false; NULL if one of the
	 * functions stopped it */
	const char* problem;
};

/** Make a reader, to be cleared by pieces_clear. */
void pieces_init(struct pieces* pieces,
	bool (*piece)(void* arg, cJSON* object),
	bool (*message)(void* arg, cJSON* frame), void* arg);

/** Free what a reader holds. */
void pieces_clear(struct pieces* pieces);

/**
 * Read on.
 * @param data: what has arrived.
 * @param len: octets of it.
 * @return false if it is not to be read further.
 */
bool pieces_read(struct pieces* pieces, const char* data, size_t len);

/** Whether the stream may end here: between messages. */
bool pieces_is_between(const struct pieces* pieces);

#endif /* HELIX_ETCD_PIECES_H */
