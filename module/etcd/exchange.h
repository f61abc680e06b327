/*
 * etcd/exchange.h - one request to etcd, and its answer as JSON.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * A call (etcd/client.h) whose answer is read a piece at a time
 * (etcd/json_stream.h), and that ends with an etcd_result and a reason.
 *
 * An exchange may be used again and again, for one request at a time. All of
 * it is for one thread.
 */
#ifndef HELIX_ETCD_EXCHANGE_H
#define HELIX_ETCD_EXCHANGE_H

#include "etcd/client.h"
#include "etcd/json_stream.h"
#include "etcd/link.h"

/** How an answer is read. The functions get the exchange's arg. */
struct exchange_reader {
	/** reads an object that stands in an array from its text, if it can;
	 * see struct json_stream. NULL: none is */
	size_t (*text)(void* arg, const char* text, size_t len);
	/** called for each object of the answer that stands in an array; NULL:
	 * they do not matter. @return false to stop; see exchange_stop */
	bool (*piece)(void* arg, cJSON* object);
	/** called for what is left of each message */
	bool (*message)(void* arg, cJSON* frame);
	/** what an answer means whose status is not 200, as etcd's errors
	 * differ between its APIs; writes the reason, by link_ended */
	enum etcd_result (*refused)(void* arg, const struct call* call);
};

/** A request and its answer. */
struct exchange {
	/** what it belongs to */
	struct etcd_link* link;
	/** passed to the reader's functions */
	void* arg;
	/** reads the answer */
	const struct exchange_reader* reader;
	/** the call */
	struct call call;
	/** reads its answer */
	struct json_stream stream;
	/** how it has ended, if the reader has found out */
	enum etcd_result result;
};

/** Whether an answer ended in its midst; before exchange_end. */
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

/** How an exchange has ended, whose call is done. Writes the reason. */
enum etcd_result exchange_result(const struct exchange* exchange);

/** End an exchange, done or not; one that is zero, or ended, is ignored. */
void exchange_end(struct exchange* exchange);

/**
 * For a reader: stop, with a result and its reason.
 * @return false, for the reader to return.
 */
bool exchange_stop(struct exchange* exchange, enum etcd_result result,
	const char* format, ...) __attribute__((format(printf, 3, 4)));

/** For a reader: stop, because memory ran out. @return false. */
bool exchange_out_of_memory(struct exchange* exchange,
	enum etcd_result result);

#endif /* HELIX_ETCD_EXCHANGE_H */
