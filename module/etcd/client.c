/*
 * etcd/client.c - sends requests to etcd's endpoints.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "etcd/client_internal.h"
#include "base/clock.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct client*
client_create(const struct etcd_settings* settings)
{
	struct client* client;
	/* counted by libcurl, and never undone: other code in this process
	 * may use it too */
	if(curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return NULL;
	client = calloc(1, sizeof(*client));
	if(!client)
		return NULL;
	client->settings = settings;
	client->multi = curl_multi_init();
	if(!client->multi) {
		client_delete(client);
		return NULL;
	}
	return client;
}

void
client_delete(struct client* client)
{
	if(!client)
		return;
	if(client->multi)
		curl_multi_cleanup(client->multi);
	(void)client_authorize(client, NULL);
	buffer_clear(&client->sockets);
	free(client);
}

bool
client_authorize(struct client* client, const char* authorization)
{
	if(client->authorization)
		explicit_bzero(client->authorization,
			strlen(client->authorization));
	free(client->authorization);
	client->authorization = NULL;
	if(!authorization)
		return true;
	if(asprintf(&client->authorization, "Authorization: %s",
		authorization) < 0)
		client->authorization = NULL;
	return client->authorization != NULL;
}

void
client_stop(struct client* client)
{
	client->stopped = true;
	curl_multi_wakeup(client->multi);
}

bool
client_is_stopped(const struct client* client)
{
	return client->stopped;
}

const char*
client_endpoint(const struct client* client)
{
	return client->settings->endpoints[client->endpoint];
}

size_t
client_endpoint_index(const struct client* client)
{
	return client->endpoint;
}

void
client_use_next(struct client* client)
{
	client->endpoint = (client->endpoint + 1) %
		client->settings->endpoint_count;
}

/* --- sockets ------------------------------------------------------------- */

int
client_on_socket(void* arg, curl_socket_t fd, curlsocktype purpose)
{
	struct client* client = arg;
	unsigned timeout = 3 * client->settings->heartbeat;
	(void)purpose;
	if(!buffer_append(&client->sockets, &fd, sizeof(fd)))
		return CURL_SOCKOPT_ERROR;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout,
		sizeof(timeout));
	return CURL_SOCKOPT_OK;
}

/** The sockets that libcurl has open. */
static curl_socket_t*
client_sockets(const struct client* client, size_t* count)
{
	*count = client->sockets.len / sizeof(curl_socket_t);
	return (curl_socket_t*)(void*)client->sockets.data;
}

int
client_on_close(void* arg, curl_socket_t fd)
{
	struct client* client = arg;
	size_t i, count;
	curl_socket_t* sockets = client_sockets(client, &count);
	for(i = 0; i < count; i++) {
		if(sockets[i] == fd)
			sockets[i] = sockets[--count];
	}
	client->sockets.len = count * sizeof(fd);
	return close(fd);
}

/**
 * A port of a socket, host byte order.
 * @param read: getsockname or getpeername.
 * @return 0 if it has none.
 */
static long
socket_port(curl_socket_t fd, int (*read)(int fd, struct sockaddr* address,
	socklen_t* len))
{
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} address = { .any.sa_family = AF_UNSPEC };
	socklen_t len = sizeof(address);
	if(read(fd, &address.any, &len) != 0)
		return 0;
	return address.any.sa_family == AF_INET6 ?
		ntohs(address.in6.sin6_port) : address.any.sa_family ==
		AF_INET ? ntohs(address.in.sin_port) : 0;
}

void
client_half_close(struct client* client, long local, long peer)
{
	size_t i, count;
	const curl_socket_t* sockets = client_sockets(client, &count);
	for(i = 0; i < count; i++) {
		if(socket_port(sockets[i], getsockname) == local &&
			socket_port(sockets[i], getpeername) == peer)
			(void)shutdown(sockets[i], SHUT_WR);
	}
}

/* --- calls --------------------------------------------------------------- */

bool
client_start(struct client* client, struct call* call, const char* path,
	const char* body, unsigned timeout)
{
	return call_open(call, client, path, body, timeout);
}

/** Let the calls go on without waiting. @return whether one is done. */
static bool
client_step(struct client* client)
{
	CURLMsg* message;
	int running, left;
	bool any = false;
	curl_multi_perform(client->multi, &running);
	while((message = curl_multi_info_read(client->multi, &left)) != NULL) {
		struct call* call = NULL;
		if(message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE,
			&call);
		call_finish(call, message->data.result);
		any = true;
	}
	return any;
}

bool
client_wait(struct client* client, unsigned timeout)
{
	if(client->stopped)
		return false;
	client->moved = false;
	if(!client_step(client) && !client->moved) {
		curl_multi_poll(client->multi, NULL, 0, (int)timeout, NULL);
		client_step(client);
	}
	return !client->stopped;
}

/** End the wait for a call that has taken too long: it has failed.
 * @param slow: whether its answer is slow; else it is silent. */
static void
client_time_out(struct call* call, bool slow, unsigned patience)
{
	call->done = call->timed_out = true;
	call->status = call_status(call);
	call->sent = call_is_sent(call);
	if(slow)
		(void)reason_say(&call->failure, "the answer is too slow");
	else	(void)reason_say(&call->failure, "no answer in %u ms",
			patience);
}

bool
client_perform(struct client* client, struct call* call, const char* path,
	const char* body, unsigned patience, unsigned timeout)
{
	int64_t end = clock_now() + patience;
	uint64_t received = 0;
	if(!client_start(client, call, path, body, timeout))
		call->done = true;
	while(!call->done) {
		int64_t left;
		if(call->received > received) {
			received = call->received;
			end = clock_now() + patience;
		}
		left = patience == 0 ? 1000 : end - clock_now();
		if(left <= 0 ||
			(patience > 0 && call_check_stall(call, false))) {
			client_time_out(call, left > 0, patience);
			break;
		}
		if(!client_wait(client, (unsigned)left))
			return false;
	}
	return !client->stopped;
}

bool
client_pause(struct client* client, unsigned timeout)
{
	int64_t end = clock_now() + timeout;
	while(!client->stopped) {
		int64_t left = end - clock_now();
		if(left <= 0)
			return true;
		curl_multi_poll(client->multi, NULL, 0, (int)left, NULL);
	}
	return false;
}
