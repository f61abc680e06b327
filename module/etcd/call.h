/*
 * etcd/call.h - one HTTP request to etcd, and its answer.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * A call is started by client_start or client_perform (etcd/client.h), goes on
 * inside client_wait, and is ended by call_end. For the client's thread.
 */
#ifndef HELIX_ETCD_CALL_H
#define HELIX_ETCD_CALL_H

#include "base/reason.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct client;

/** octets of a refusal that are kept */
#define CALL_REFUSAL_MAX 2048
/** least octets a second of an answer that has begun; far less than any network
 * delivers, and enough to end one that trickles */
#define CALL_PACE 1000

/** One request and its answer. */
struct call {
	/** the method; set by the caller, before the call starts; NULL: POST
	 * where there is a body, else GET */
	const char* method;
	/** the body's Content-Type; set by the caller; NULL: JSON */
	const char* content_type;
	/** The answer's body, as it arrives; only where the status is 200, or
	 * 201, by which v2 says that it has made a key.
	 * @return false to end the call. */
	bool (*data)(void* arg, const char* data, size_t len);
	/** passed to data */
	void* arg;
	/** whether the call was started, and not ended */
	bool open;
	/** whether the answer is complete, or the call has failed */
	bool done;
	/** when done: whether there was an answer, complete, with status 200
	 * or 201 */
	bool ok;
	/** when done: whether any of the request was sent, so that it may have
	 * been carried out */
	bool sent;
	/** when done: whether it took longer than it was given */
	bool timed_out;
	/** when done: the HTTP status, 0 if there was no answer */
	long status;
	/** when done and not ok: what went wrong at the connection; empty if
	 * only the status is not 200 */
	struct reason failure;
	/** the body of an answer whose status is another, cut; NUL-terminated
	 */
	char refusal[CALL_REFUSAL_MAX + 1];
	/** octets in refusal */
	size_t refusal_len;
	/** whether the head of the answer has arrived as a whole */
	bool headed;
	/** octets of body that have arrived, whatever the status */
	uint64_t received;
	/** octets of body that had arrived when the answer was last fast
	 * enough */
	uint64_t paced;
	/** when that was; clock_now */
	int64_t paced_at;
	/** libcurl's handle */
	void* easy;
	/** libcurl's lists of headers, and of where to connect to */
	void *headers, *connect_to;
	/** the client that it was started with */
	struct client* client;
};

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

#endif /* HELIX_ETCD_CALL_H */
