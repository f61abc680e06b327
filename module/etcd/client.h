/*
 * etcd/client.h - sends requests to etcd's endpoints.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * HTTP to one endpoint at a time, by libcurl's multi interface. Several calls
 * can be under way at once, such as a watch and a probe beside it; they move
 * on inside client_wait, which also runs the functions that take their data.
 *
 * One thread uses a client. From any other, client_stop makes the waiting
 * thread return at once, now and ever after.
 *
 * Every request carries `Grpc-Metadata-hasleader: true`: without it, a member
 * that is cut off from its cluster goes on answering as if nothing were wrong.
 */
#ifndef HELIX_ETCD_CLIENT_H
#define HELIX_ETCD_CLIENT_H

#include "etcd/settings.h"
#include "base/reason.h"
#include <stdbool.h>
#include <stdint.h>

/** octets of a refusal that are kept */
#define CALL_REFUSAL_MAX 2048
/** least octets a second of an answer that has begun; far less than any network
 * delivers, and enough to end one that trickles */
#define CALL_PACE 1000

/** One request and its answer. */
struct call {
	/** The answer's body, as it arrives; only where the status is 200.
	 * @return false to end the call. */
	bool (*data)(void* arg, const char* data, size_t len);
	/** passed to data */
	void* arg;
	/** whether the call has been started and not been ended */
	bool open;
	/** whether the answer is complete, or the call has failed */
	bool done;
	/** when done: whether there was an answer, complete, with status 200 */
	bool ok;
	/** when done: whether it took longer than it was given */
	bool timed_out;
	/** when done: the HTTP status, 0 if there was no answer */
	long status;
	/** when done and not ok: what went wrong at the connection; empty if
	 * nothing did, and the status is not 200 */
	struct reason failure;
	/** body of an answer whose status is not 200, as far as it is kept;
	 * NUL-terminated */
	char refusal[CALL_REFUSAL_MAX + 1];
	/** whether the head of the answer has arrived as a whole */
	bool headed;
	/** octets of body that have arrived, whatever the status */
	uint64_t received;
	/** octets of body that had arrived when the pace was good last */
	uint64_t paced;
	/** when that was; clock_now */
	int64_t paced_at;
	/** octets in refusal */
	size_t refusal_len;
	/** libcurl's handle */
	void* easy;
	/** libcurl's lists of headers, and of where to connect to */
	void *headers, *connect_to;
	/** the client that it was started with */
	struct client* client;
};

/**
 * Make a client, and let it use the first endpoint.
 * @param settings: outlives the client.
 * @return NULL if memory ran out, or libcurl can't be used.
 */
struct client* client_create(const struct etcd_settings* settings);

/** Delete a client, all calls of which have been ended; NULL is ignored. */
void client_delete(struct client* client);

/** From any thread: make client_wait and client_pause return now, and at once
 * ever after. */
void client_stop(struct client* client);

/** Whether client_stop was called. Any thread. */
bool client_is_stopped(const struct client* client);

/** The URL of the endpoint that calls are sent to. */
const char* client_endpoint(const struct client* client);

/** Index of that endpoint in the settings. */
size_t client_endpoint_index(const struct client* client);

/** Send further calls to the next endpoint, the first after the last. */
void client_use_next(struct client* client);

/**
 * Set the header Authorization of further calls.
 * @param authorization: its value, copied; NULL: calls have none.
 * @return false if memory ran out; calls have none then.
 */
bool client_authorize(struct client* client, const char* authorization);

/**
 * Start a call to the endpoint.
 * @param call: data and arg are set; the rest is set here. It stays where it
 *	is until call_end.
 * @param path: such as "/v3/kv/range".
 * @param body: JSON to POST; copied. NULL: GET.
 * @param timeout: how long the whole of it may take, in milliseconds; 0: for
 *	ever, once connected.
 * @return false if memory ran out; call->failure says so.
 */
bool client_start(struct client* client, struct call* call, const char* path,
	const char* body, unsigned timeout);

/** End a call, done or not; nothing is called for it any more. A call that
 * was not started, or is zero, is ignored. */
void call_end(struct call* call);

/** The HTTP status of a call's answer, as soon as it has arrived; 0 until
 * then, and after the call was ended. */
long call_status(const struct call* call);

/**
 * A header of a call's answer, as soon as it has arrived.
 * @param name: in any case.
 * @return NULL if there is none, or not yet; valid until the call is ended.
 */
const char* call_header(const struct call* call, const char* name);

/**
 * Shut down the sending side of a call's connection. A server with an endless
 * answer under way, such as a long poll, ends it then, behind all that it has
 * written before.
 * @param call: started, and not done.
 */
void call_half_close(struct call* call);

/**
 * Measure how fast a call's answer arrives; call this whenever client_wait
 * returns. For answers whose whole may take any time.
 * @param resting: whether nothing needs to arrive now.
 * @return true if the answer has stalled: less than CALL_PACE octets a second
 *	of its body have arrived for longer than a request may take
 *	(request_timeout).
 */
bool call_check_stall(struct call* call, bool resting);

/**
 * Let the calls move on until one has a head or data, or is done, or time is
 * up.
 * @param timeout: milliseconds.
 * @return false if the client was stopped.
 */
bool client_wait(struct client* client, unsigned timeout);

/**
 * Start a call and wait until it is done.
 * @param patience: for how long no octet of the answer's body may come, in
 *	milliseconds; a call that is silent for longer has timed out, and so
 *	has one that is slow (call_check_stall). 0: no limit.
 * @param timeout: as for client_start.
 * @return false if the client was stopped. The call is to be ended whatever
 *	is returned.
 */
bool client_perform(struct client* client, struct call* call,
	const char* path, const char* body, unsigned patience,
	unsigned timeout);

/** Wait; no call is to be under way. @return false if stopped. */
bool client_pause(struct client* client, unsigned timeout);

#endif /* HELIX_ETCD_CLIENT_H */
