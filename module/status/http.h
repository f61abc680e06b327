/*
 * status/http.h - an HTTP server on a thread of its own.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Serves pages (status/page.h) on sockets that listen (status/listener.h), in
 * one thread, which waits by poll(2). It knows nothing of what the pages say.
 *
 * It runs inside a resolver, and whoever can connect is an enemy, so everything
 * has a bound: the connections of each listener (HTTP_CONNECTIONS), the octets
 * of answers that these hold (HTTP_OCTETS), the size of a request, the time in
 * each state of a connection (status/connection.h), and the time that pages
 * take (status/page.h). The scheduler prefers other threads to this one
 * (HTTP_NICE).
 *
 * A new connection is always accepted: if there are as many as there may be,
 * the oldest to which no answer is being sent is closed; if there is none such,
 * the oldest of all. An answer that has no room closes the oldest of those that
 * hold others. So who asks gets an answer, however many others ask for nothing,
 * or take theirs slowly.
 *
 * Why it is not evhttp, libevent's server, which Unbound may have in memory
 * already: in libevent 2.1, a connection that ends without a request tells
 * nobody, so that neither their number nor their time can be bounded; while an
 * answer is sent, whatever else the client sends is read into memory without a
 * bound; and where evhttp finds itself in a state that it does not know, it
 * ends the process.
 *
 * http_start, http_is_there and http_stop are for one thread at a time; the pages' functions
 * are called in the server's thread.
 */
#ifndef HELIX_STATUS_HTTP_H
#define HELIX_STATUS_HTTP_H

#include "status/listener.h"
#include "status/page.h"

/** listeners of a server at most */
#define HTTP_LISTENERS 2
/** connections of a listener at most */
#define HTTP_CONNECTIONS 32
/** octets of answers that a listener's connections hold at most, unless a
 * single one has more */
#define HTTP_OCTETS (32 * 1024 * 1024)

/** by how much the thread is nicer than the process, nice(1) */
#define HTTP_NICE 10

struct http;

/**
 * Start to serve.
 * @param listeners: the sockets; the server's own from now on, also if NULL is
 *	returned, and closed by http_stop.
 * @param count: number of them, at most HTTP_LISTENERS.
 * @param pages: the pages, with no answers kept; copied; what it points to
 *	outlives the server.
 * @return NULL if the server cannot be started; an error is logged then.
 */
struct http* http_start(const struct listener* listeners, size_t count,
	const struct pages* pages);

/** Whether clients find all of its sockets (listener_is_there). */
bool http_is_there(const struct http* http);

/** Stop: close all connections and listeners. Returns when the thread has
 * ended, which waits for no client, but for a page that is being written. NULL
 * is ignored. */
void http_stop(struct http* http);

#endif /* HELIX_STATUS_HTTP_H */
