/*
 * status/http.c - an HTTP server on a thread of its own.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "status/http.h"
#include "base/log.h"
#include "base/thread.h"
#include "status/connection.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/** connections that a listener accepts before all others get their turn */
#define ACCEPTS 16
/** milliseconds in which nothing is accepted after accept(2) has failed */
#define ACCEPT_REST_MS 1000
/** milliseconds between two log lines about that */
#define ACCEPT_LOG_MS 3600000

/** A listener and its connections. */
struct server {
	struct listener listener;
	/** in the order in which they were accepted */
	struct connection* connections[HTTP_CONNECTIONS];
	/** number of them */
	size_t count;
};

struct http {
	struct server servers[HTTP_LISTENERS];
	/** number of servers */
	size_t count;
	struct pages pages;
	pthread_t thread;
	/** wakes the thread to end it */
	int wake;
	/** nothing is accepted before, by clock_now() */
	int64_t accept_at;
	/** no failure of accept(2) is logged before, by clock_now() */
	int64_t log_at;
};

/** what is polled: the wake-up event, the listeners, the connections */
#define POLLS (1 + HTTP_LISTENERS * (1 + HTTP_CONNECTIONS))

/* --- bounds -------------------------------------------------------------- */

/** Delete a connection. */
static void
drop(struct server* server, size_t index)
{
	connection_delete(server->connections[index]);
	server->count--;
	memmove(server->connections + index, server->connections + index + 1,
		(server->count - index) * sizeof(*server->connections));
}

/** Make room for a connection: the oldest that sends nothing goes, or, if
 * all are sent answers, the oldest of these. */
static void
make_room(struct server* server)
{
	size_t i;
	if(server->count < HTTP_CONNECTIONS)
		return;
	for(i = 0; i < server->count; i++) {
		if(server->connections[i]->state != CONNECTION_WRITING)
			break;
	}
	drop(server, i < server->count ? i : 0);
}

/** Drop the oldest of the other connections that hold answers, until there
 * are no more octets than there may be.
 * @param index: of the connection that stays.
 * @return its index then. */
static size_t
make_room_for_answer(struct server* server, size_t index)
{
	size_t octets = 0, i;
	for(i = 0; i < server->count; i++)
		octets += connection_octets(server->connections[i]);
	for(i = 0; octets > HTTP_OCTETS && i < server->count;) {
		size_t held = connection_octets(server->connections[i]);
		if(held == 0 || i == index) {
			i++;
			continue;
		}
		octets -= held;
		drop(server, i);
		if(i < index)
			index--;
	}
	return index;
}

/** Drop the connections whose time is over. */
static void
drop_late(struct server* server, int64_t now)
{
	size_t i = 0;
	while(i < server->count) {
		if(server->connections[i]->deadline <= now)
			drop(server, i);
		else	i++;
	}
}

/* --- connections --------------------------------------------------------- */

/** Accept nothing for a while: where files or memory have run out, accept(2)
 * would fail again at once, and again. */
static void
rest(struct http* http, int error)
{
	int64_t now = clock_now();
	http->accept_at = now + ACCEPT_REST_MS;
	if(now < http->log_at)
		return;
	http->log_at = now + ACCEPT_LOG_MS;
	helix_warning("cannot accept connections for status: %s; tried again "
		"each second, and not said again within the hour",
		strerror(error));
}

/** True if accept(2) failed for a reason of that connection's only. */
static bool
is_of_the_client(int error)
{
	return error != EMFILE && error != ENFILE && error != ENOBUFS &&
		error != ENOMEM;
}

static void
accept_some(struct http* http, struct server* server)
{
	unsigned i;
	for(i = 0; i < ACCEPTS; i++) {
		struct connection* connection;
		int fd = accept4(server->listener.fd, NULL, NULL,
			SOCK_NONBLOCK | SOCK_CLOEXEC);
		if(fd == -1 && is_of_the_client(errno))
			return;
		connection = fd == -1 ? NULL : connection_create(fd);
		if(!connection) {
			rest(http, fd == -1 ? errno : ENOMEM);
			return;
		}
		make_room(server);
		server->connections[server->count++] = connection;
	}
}

/** Let a connection go on. @return the index of the next one. */
static size_t
go_on(struct http* http, struct server* server, size_t index)
{
	struct connection* connection = server->connections[index];
	bool had_answer = connection_octets(connection) > 0;
	if(!connection_go_on(connection, &http->pages)) {
		drop(server, index);
		return index;
	}
	if(!had_answer && connection_octets(connection) > 0)
		index = make_room_for_answer(server, index);
	return index + 1;
}

/** Let all connections go on whose sockets are ready. @param polled: theirs. */
static void
go_on_all(struct http* http, struct server* server, const struct pollfd* polled)
{
	size_t i = 0;
	while(i < server->count) {
		/* one that made room is passed over */
		while(polled->fd != server->connections[i]->fd)
			polled++;
		if(polled->revents)
			i = go_on(http, server, i);
		else	i++;
		polled++;
	}
}

/* --- the thread ---------------------------------------------------------- */

/** Fill in what to wait for. @return the number of entries. */
static size_t
fill_polled(const struct http* http, struct pollfd polled[POLLS])
{
	bool accepts = clock_now() >= http->accept_at;
	size_t count = 0, i, j;
	polled[count++] = (struct pollfd){ http->wake, POLLIN, 0 };
	for(i = 0; i < http->count; i++) {
		const struct server* server = &http->servers[i];
		polled[count++] = (struct pollfd){ server->listener.fd,
			accepts ? POLLIN : 0, 0 };
		for(j = 0; j < server->count; j++)
			polled[count++] = (struct pollfd){
				server->connections[j]->fd,
				connection_events(server->connections[j]), 0 };
	}
	return count;
}

/** Milliseconds until something has to be done though nothing arrives; -1 for
 * ever. */
static int
time_left(const struct http* http)
{
	int64_t now = clock_now(), next = INT64_MAX;
	size_t i, j;
	if(http->accept_at > now)
		next = http->accept_at;
	for(i = 0; i < http->count; i++) {
		const struct server* server = &http->servers[i];
		for(j = 0; j < server->count; j++) {
			if(server->connections[j]->deadline < next)
				next = server->connections[j]->deadline;
		}
	}
	if(next == INT64_MAX)
		return -1;
	return next > now ? (int)(next - now) : 0;
}

/** Do what there is to do. @param polled: as fill_polled has filled it. */
static void
serve(struct http* http, const struct pollfd* polled)
{
	size_t i;
	polled++;
	for(i = 0; i < http->count; i++) {
		struct server* server = &http->servers[i];
		const struct pollfd* first = polled;
		polled += 1 + server->count;
		/* first those who asked, as who is accepted may take the
		 * place of one of them */
		go_on_all(http, server, first + 1);
		drop_late(server, clock_now());
		if(first->revents)
			accept_some(http, server);
	}
	pages_tidy(&http->pages);
}

/** Let the scheduler prefer those who answer DNS. With Linux, that is the
 * thread's own (setpriority(2), NOTES). */
static void
yield_to_others(void)
{
	(void)setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) +
		HTTP_NICE);
}

static void*
http_run(void* arg)
{
	struct http* http = arg;
	struct pollfd polled[POLLS];
	yield_to_others();
	do {
		size_t count = fill_polled(http, polled);
		if(poll(polled, count, time_left(http)) != -1) {
			serve(http, polled);
		} else {
			/* the kernel has no memory now */
			polled[0].revents = 0;
			(void)poll(NULL, 0, ACCEPT_REST_MS);
		}
	} while(!polled[0].revents);
	return NULL;
}

/* --- life ---------------------------------------------------------------- */

/** Free what a server has, but its thread. */
static void
http_delete(struct http* http)
{
	size_t i;
	for(i = 0; i < http->count; i++) {
		struct server* server = &http->servers[i];
		while(server->count > 0)
			drop(server, server->count - 1);
		listener_close(&server->listener);
	}
	pages_clear(&http->pages);
	if(http->wake != -1)
		close(http->wake);
	free(http);
}

struct http*
http_start(const struct listener* listeners, size_t count,
	const struct pages* pages)
{
	struct http* http = calloc(1, sizeof(*http));
	size_t i;
	if(!http) {
		helix_error("out of memory: cannot serve the status");
		for(i = 0; i < count; i++) {
			struct listener listener = listeners[i];
			listener_close(&listener);
		}
		return NULL;
	}
	http->pages = *pages;
	for(i = 0; i < count; i++)
		http->servers[i].listener = listeners[i];
	http->count = count;
	http->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if(http->wake == -1)
		helix_error("cannot create the wake-up event of the status: "
			"%s", strerror(errno));
	if(http->wake == -1 || !thread_start(&http->thread, http_run, http)) {
		http_delete(http);
		return NULL;
	}
	return http;
}

bool
http_is_there(const struct http* http)
{
	size_t i;
	/* what is looked at does not change while the thread runs */
	for(i = 0; i < http->count; i++) {
		if(!listener_is_there(&http->servers[i].listener))
			return false;
	}
	return true;
}

void
http_stop(struct http* http)
{
	static const uint64_t one = 1;
	if(!http)
		return;
	/* cannot fail: the counter is far below its maximum */
	while(write(http->wake, &one, sizeof(one)) != (ssize_t)sizeof(one))
		continue;
	pthread_join(http->thread, NULL);
	http_delete(http);
}
