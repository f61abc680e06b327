/*
 * etcd/client_internal.h - what a client and its calls know of each other.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * For these files only:
 *
 *	client.c	the endpoints, the sockets, and waiting
 *	call.c		one request, by libcurl's easy interface
 *	call_explain.c	says what to do about a failure
 */
#ifndef HELIX_ETCD_CLIENT_INTERNAL_H
#define HELIX_ETCD_CLIENT_INTERNAL_H

#include "etcd/client.h"
#include "base/buffer.h"
#include <curl/curl.h>

struct client {
	const struct etcd_settings* settings;
	/** index of the endpoint in use */
	size_t endpoint;
	/** libcurl's handle */
	CURLM* multi;
	/** the sockets that libcurl has open: curl_socket_t after
	 * curl_socket_t */
	struct buffer sockets;
	/** the header Authorization, whole; owned; NULL: none is sent */
	char* authorization;
	/** whether anything has arrived since client_wait began */
	bool moved;
	/** whether client_stop was called */
	_Atomic bool stopped;
};

/* --- client.c ------------------------------------------------------------ */

/**
 * libcurl's function for a socket that it has opened: notes the socket, and has
 * the kernel give up on a peer that does not acknowledge, which keepalive
 * alone does not see while data is unsent.
 * @param arg: the client.
 */
int client_on_socket(void* arg, curl_socket_t fd, curlsocktype purpose);

/** libcurl's function that closes a socket; arg is the client. */
int client_on_close(void* arg, curl_socket_t fd);

/** Shut down the sending side of the socket that has these ports, host byte
 * order. */
void client_half_close(struct client* client, long local, long peer);

/* --- call.c -------------------------------------------------------------- */

/** Start a call; see client_start. */
bool call_open(struct call* call, struct client* client, const char* path,
	const char* body, unsigned timeout);

/** Whether any of a call's request was sent. */
bool call_is_sent(const struct call* call);

/** A call is done: note how it ended.
 * @param code: as libcurl says. */
void call_finish(struct call* call, CURLcode code);

/* --- call_explain.c ------------------------------------------------------ */

/** Append to a failure where to look, if that is known.
 * @param tls: whether the endpoint is https. */
void call_explain(struct reason* failure, bool tls);

#endif /* HELIX_ETCD_CLIENT_INTERNAL_H */
