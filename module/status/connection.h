/*
 * status/connection.h - one connection of an HTTP server.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Reads one request, sends the answer, and closes:
 *
 *	READING ---> WRITING ---> LINGERING ---> closed
 *
 * While it lingers, what the client still sends is dropped, as a socket that is
 * closed with unread octets has the kernel tell the client of an error, upon
 * which that may not read the answer. Each state has a deadline, however much
 * arrives. A connection waits for nothing: its owner polls its socket, and
 * calls connection_go_on. For one thread at a time.
 */
#ifndef HELIX_STATUS_CONNECTION_H
#define HELIX_STATUS_CONNECTION_H

#include "status/page.h"

/** milliseconds in which a request's head has to arrive */
#define CONNECTION_READ_MS 5000
/** milliseconds in which the client has to take the answer */
#define CONNECTION_WRITE_MS 30000
/** milliseconds and octets for what a client still sends behind that */
#define CONNECTION_LINGER_MS 2000
#define CONNECTION_LINGER_OCTETS (4 * 1024 * 1024)

/** What a connection does. */
enum connection_state {
	/** the request's head arrives */
	CONNECTION_READING,
	/** the answer is sent */
	CONNECTION_WRITING,
	/** the answer was sent; the client has not closed yet */
	CONNECTION_LINGERING
};

/** room for the head of an answer */
#define ANSWER_HEAD_MAX 512

/** A connection. */
struct connection {
	enum connection_state state;
	/** the socket; owned */
	int fd;
	/** when the state has to end, by clock_now() */
	int64_t deadline;
	/** octets in head */
	size_t head_len;
	/** while reading, the request's head as it arrives */
	char head[REQUEST_HEAD_MAX];
	/** while writing: the answer's head, and its octets */
	char answer_head[ANSWER_HEAD_MAX];
	size_t answer_head_len;
	/** while writing: the answer */
	struct answer* answer;
	/** while writing: octets of it to be sent, 0 for HEAD */
	size_t body_len;
	/** while writing: octets that were sent, of both; while lingering:
	 * octets that were dropped */
	size_t done;
};

/**
 * Begin with a connection.
 * @param fd: the socket, non-blocking; owned by the connection, also if NULL is
 *	returned.
 * @return NULL if memory ran out.
 */
struct connection* connection_create(int fd);

/** What to wait for: POLLIN or POLLOUT. */
short connection_events(const struct connection* connection);

/** Go on as far as possible.
 * @return false if the connection is to be deleted. */
bool connection_go_on(struct connection* connection, struct pages* pages);

/** Octets of memory of the answer that it holds. */
size_t connection_octets(const struct connection* connection);

/** Close and delete; NULL is ignored. */
void connection_delete(struct connection* connection);

#endif /* HELIX_STATUS_CONNECTION_H */
