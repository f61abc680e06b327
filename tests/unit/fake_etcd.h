/*
 * tests/unit/fake_etcd.h - a server that answers as a test says.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * HTTP/1.1 on 127.0.0.1 and a port of its own, in a thread of its own, by a
 * script: what is asked for, and what to answer. It records what it was asked.
 * It waits for sockets and for the test, never for time to pass, and can be
 * stopped at any moment.
 *
 * JSON is written in shorthand, for the reader's sake: ' for ", and text
 * between two @ stands for its base64, as in {'key':'@/helix/a@'}. Within
 * the @, %XX is an octet in hex.
 */
#ifndef HELIX_TESTS_FAKE_ETCD_H
#define HELIX_TESTS_FAKE_ETCD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What happens behind an answer. */
enum fake_end {
	/** the answer is complete, the connection stays for more requests */
	FAKE_KEEP,
	/** the answer is complete, the connection is closed */
	FAKE_CLOSE,
	/** the connection is closed, without the end of the last chunk */
	FAKE_CUT,
	/** the answer goes on when the test says how, or never; what there
	 * is of it, such as the head, is sent at once */
	FAKE_HOLD,
	/** the answer comes again and again until the peer closes */
	FAKE_REPEAT
};

/** A request that may come, and its answer. */
struct fake_exchange {
	/** what is asked for: a path, query included, by POST; behind "GET ",
	 * one without a body, by GET; NULL: any */
	const char* path;
	/** shorthand of a part of the request's body; NULL: any */
	const char* body;
	/** the HTTP status; head and chunks are then made here. 0: the answer
	 * is what is sent, head and all */
	int status;
	/** shorthand of the answer's body; NULL if there is raw, or nothing */
	const char* json;
	/** the answer, octet for octet; NULL if there is json, or nothing */
	const char* raw;
	/** octets of raw; 0: up to the NUL */
	size_t raw_len;
	/** most octets of a write, and of a chunk; 0: all at once */
	size_t cut;
	/** what happens then */
	enum fake_end end;
	/** whether it may be asked for more than once */
	bool again;
	/** more lines of the head, where it is made here, each with its CRLF;
	 * NULL: none */
	const char* head;
	/** for FAKE_HOLD: shorthand of what is sent once the peer has closed
	 * the connection, or its half of it; NULL: nothing */
	const char* late;
	/** what happens behind that: FAKE_KEEP, the default, and FAKE_CLOSE
	 * complete the answer and close the connection, FAKE_CUT only closes
	 * it, and with FAKE_HOLD the answer still goes on when the test says
	 * how, or never */
	enum fake_end closed;
};

/** What was asked. */
struct fake_request {
	/** the request line and the headers; owned */
	char* head;
	/** the body; owned */
	char* body;
	/** index of the exchange that answered; -1: none did */
	int exchange;
};

/** How a server treats who connects. */
enum fake_mode {
	/** it answers */
	FAKE_ANSWERS,
	/** nobody listens at the port */
	FAKE_REFUSES,
	/** the kernel takes up the connection, and nobody reads */
	FAKE_NEVER_ACCEPTS,
	/** the kernel does not answer to SYN: its queue is full */
	FAKE_NEVER_CONNECTS
};

struct fake_etcd;

/**
 * Start a server.
 * @param script: outlives the server. A request is answered by the first
 *	exchange that fits and is unused; if there is none, by status 500.
 * @param count: exchanges in it.
 * @return NULL if that could not be done.
 */
struct fake_etcd* fake_etcd_start(enum fake_mode mode,
	const struct fake_exchange* script, size_t count);

/** Stop it, whatever it does, and free it; NULL is ignored. */
void fake_etcd_stop(struct fake_etcd* fake);

/** Its URL, such as "http://127.0.0.1:40000". */
char* fake_etcd_url(struct fake_etcd* fake);

/** Wait until so many requests were answered in all, or begun to be.
 * @return false if that takes far too long. */
bool fake_etcd_wait(struct fake_etcd* fake, size_t requests);

/** Wait until an answer is held for this path. @return false as above. */
bool fake_etcd_wait_held(struct fake_etcd* fake, const char* path);

/** Wait until the peer has closed its half of the connection that is held for
 * this path, and stays held. @return false as above. */
bool fake_etcd_wait_half_closed(struct fake_etcd* fake, const char* path);

/** Wait until no connection is open. @return false as above. */
bool fake_etcd_wait_closed(struct fake_etcd* fake);

/**
 * Whether anything is under way: a connection or a request that has not been
 * taken up, or an answer that has not been sent.
 * @param turns: set to a number that grows with whatever the server does.
 */
bool fake_etcd_is_busy(struct fake_etcd* fake, uint64_t* turns);

/** Whether an answer comes again and again. */
bool fake_etcd_repeats(struct fake_etcd* fake);

/** The requests so far. */
size_t fake_etcd_requests(struct fake_etcd* fake);

/** A request, in the order of their coming; valid until the server stops.
 * NULL if there were not so many. */
const struct fake_request* fake_etcd_request(struct fake_etcd* fake, size_t n);

/** Whether a request's body has a part, given in shorthand. */
bool fake_request_has(const struct fake_request* request, const char* json);

/** Requests that no exchange did fit. */
size_t fake_etcd_unexpected(struct fake_etcd* fake);

/** Send more on the connection that is held for this path, as in the script.
 * @return false if there is none. */
bool fake_etcd_say(struct fake_etcd* fake, const char* path,
	const char* json);

/** End the answer on the connection that is held for this path. */
bool fake_etcd_hang_up(struct fake_etcd* fake, const char* path,
	enum fake_end end);

/** Shorthand as JSON; owned by the caller. */
char* fake_json(const char* text);

#endif /* HELIX_TESTS_FAKE_ETCD_H */
