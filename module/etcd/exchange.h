/*
 * etcd/exchange.h - one request to etcd, and its answer as JSON.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * What the protocols share: a call (etcd/client.h) whose answer is read a
 * piece at a time (etcd/json_stream.h), and that ends with an etcd_result and a
 * reason; and the probe, an exchange that is repeated beside a watch to see
 * whether etcd is still there.
 *
 * An exchange may be used again and again, for one request at a time. All of
 * it is for one thread.
 */
#ifndef HELIX_ETCD_EXCHANGE_H
#define HELIX_ETCD_EXCHANGE_H

#include "etcd/client.h"
#include "etcd/json_stream.h"

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
	struct json_stream pieces;
	/** how it has ended, if the reader has found out */
	enum etcd_result result;
};

/** Whether an answer ended in its midst; before exchange_end. */
bool exchange_is_cut(const struct exchange* exchange);

/**
 * Write why a step ends, into link->reason.
 * @return result.
 */
enum etcd_result link_ended(struct etcd_link* link, enum etcd_result result,
	const char* format, ...) __attribute__((format(printf, 3, 4)));

/** Whether a refusal is a page for people: no etcd has written it. */
bool call_is_page(const struct call* call);

/**
 * A refusal is not one of etcd's: say whose it may be, and what to mend.
 * @return ETCD_LOST, with the reason written.
 */
enum etcd_result link_refused(struct etcd_link* link,
	const struct call* call);

/** Etcd is there, and nothing newer is missing. Not for an answer that brings
 * neither data nor progress. */
void link_confirm(struct etcd_link* link);

/**
 * Etcd has said beside a watch which revision it is at: confirm, unless there
 * may be something that the watch fails to tell.
 */
void link_probed(struct etcd_link* link, int64_t revision);

/** watches that break at the same revision before the keys are listed */
#define LINK_STUCK 3

/**
 * A watch has ended. One that breaks again and again at the same revision does
 * so at a message that does not pass; that is not to be tried for ever.
 * @param result: how it ended; the reason is written.
 * @param broken: whether there was something that it failed to tell.
 * @return result, or ETCD_RELIST with the reason written.
 */
enum etcd_result link_watch_ended(struct etcd_link* link,
	enum etcd_result result, bool broken);

/**
 * Whether what an endpoint has can be newer than what is known.
 * @param cluster: id of the endpoint's cluster.
 * @param revision: the one it is at.
 * @return ETCD_OK, or ETCD_BEHIND with the reason written.
 */
enum etcd_result link_judge(struct etcd_link* link, uint64_t cluster,
	int64_t revision);

/**
 * Text from outside, made fit for a log line.
 * @param text: NUL-terminated.
 * @param out: the result, cut to its size.
 * @param size: octets of out, at least 1.
 * @return out.
 */
const char* text_shown(const char* text, char* out, size_t size);

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

/** Sees, beside a watch, whether etcd is still there. */
struct probe {
	/** the request, repeated */
	struct exchange exchange;
	/** probes in a row that were not answered */
	unsigned failures;
	/** when the last one began; clock_now */
	int64_t began;
};

/** Make a probe, the first of which is due a heartbeat from now; to be ended
 * by probe_end. Parameters as for exchange_init. */
void probe_begin(struct probe* probe, struct etcd_link* link, void* arg);

/** End a probe; one that is zero is ignored. */
void probe_end(struct probe* probe);

/**
 * Let a probe go on: judge it if it is done, and begin the next one when the
 * heartbeat says so. One that is not answered at all may be lost by chance;
 * two in a row are not. An answer from etcd that is not good is believed at
 * once, unless it only refuses: the watch may still be allowed.
 * @param reader, path, body: as for exchange_start.
 * @param answered: set to whether a good answer has come; what that confirms
 *	is the protocol's to say.
 * @return ETCD_OK, or how the watch is to end.
 */
enum etcd_result probe_step(struct probe* probe,
	const struct exchange_reader* reader, const char* path,
	const char* body, bool* answered);

#endif /* HELIX_ETCD_EXCHANGE_H */
