/*
 * etcd/exchange.h - one request to etcd, and its answer as JSON.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * A call (etcd/call.h) whose answer is read as it arrives (etcd/json_stream.h),
 * and which ends with an etcd_result and a reason.
 *
 * An exchange may be used again and again, for one request at a time. For one
 * thread.
 */
#ifndef HELIX_ETCD_EXCHANGE_H
#define HELIX_ETCD_EXCHANGE_H

#include "etcd/client.h"
#include "etcd/json_stream.h"
#include "etcd/link.h"

/** Reads an answer. The functions get the exchange's arg. */
struct exchange_reader {
	/** Reads an object of an array from its text, if it can; see `read` in
	 * struct json_stream. NULL: it never can. */
	size_t (*text)(void* arg, const char* text, size_t len);
	/** Called for each object of an array that `text` has not read. NULL:
	 * they do not matter. @return false to stop; see exchange_stop. */
	bool (*piece)(void* arg, cJSON* object);
	/** Called with what is left of each message. @return as for piece. */
	bool (*message)(void* arg, cJSON* frame);
	/** Says what an answer with another status than 200 means, as etcd's
	 * errors differ between its APIs. Writes the reason, by link_ended. */
	enum etcd_result (*refused)(void* arg, const struct call* call);
};

/** A request and its answer. */
struct exchange {
	/** has the client, and gets the reason */
	struct etcd_link* link;
	/** passed to the reader's functions */
	void* arg;
	/** of the answer */
	const struct exchange_reader* reader;
	struct call call;
	/** takes the call's data, and calls the reader */
	struct json_stream stream;
	/** why the reader has stopped; ETCD_OK: it has not */
	enum etcd_result result;
};

/** Whether the answer ends inside a message. To be asked before
 * exchange_end. */
bool exchange_is_cut(const struct exchange* exchange);

/**
 * Make an exchange, to be ended by exchange_end.
 * @param link: outlives it.
 * @param arg: for the readers.
 */
void exchange_init(struct exchange* exchange, struct etcd_link* link,
	void* arg);

/**
 * Send a request; the one before is ended first.
 * @param reader: outlives it.
 * @param path, body, timeout: as for client_start.
 * @return false if memory ran out; the reason is written.
 */
bool exchange_start(struct exchange* exchange,
	const struct exchange_reader* reader, const char* path,
	const char* body, unsigned timeout);

/**
 * Send a request and wait until it is done, and ended.
 * @param patience: as for client_perform.
 * @return how it ended.
 */
enum etcd_result exchange_perform(struct exchange* exchange,
	const struct exchange_reader* reader, const char* path,
	const char* body, unsigned patience, unsigned timeout);

/** Say how an exchange has ended. Its call is done. Writes the reason. */
enum etcd_result exchange_result(const struct exchange* exchange);

/** End an exchange, done or not; one that is zero, or ended, is ignored. */
void exchange_end(struct exchange* exchange);

/**
 * For a reader: stop, and write the reason.
 * @param result: how the exchange ends; not ETCD_RELIST.
 * @return false, for the reader to return.
 */
bool exchange_stop(struct exchange* exchange, enum etcd_result result,
	const char* format, ...) __attribute__((format(printf, 3, 4)));

/**
 * For a reader: stop, as the keys must be listed, and write the reason.
 * @return false.
 */
bool exchange_relist(struct exchange* exchange, enum etcd_list_reason why,
	const char* format, ...) __attribute__((format(printf, 3, 4)));

/** For a reader: stop, because memory ran out. @return false. */
bool exchange_out_of_memory(struct exchange* exchange,
	enum etcd_result result);

#endif /* HELIX_ETCD_EXCHANGE_H */
