/*
 * tests/unit/fake_etcd.c - a server that answers as a test says.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "fake_etcd.h"
#include "base/base64.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/** most connections at once */
#define CONNECTIONS_MAX 16
/** most requests that are recorded */
#define REQUESTS_MAX 4096
/** seconds after which a condition that does not come true is a failure */
#define DEADLINE 60

/** One connection. */
struct connection {
	/** its socket; -1: there is none */
	int fd;
	/** what has come, up to the end of a request; owned */
	char* in;
	/** octets of in */
	size_t in_len;
	/** what is to be sent; owned */
	char* out;
	/** octets of out */
	size_t out_len;
	/** octets of out that are sent */
	size_t out_at;
	/** what is answered; NULL: nothing was asked */
	const struct fake_exchange* exchange;
	/** what happens when out is sent */
	enum fake_end end;
	/** whether the peer sends no more */
	bool half_closed;
};

struct fake_etcd {
	/** how it treats who connects */
	enum fake_mode mode;
	/** what it answers */
	const struct fake_exchange* script;
	/** exchanges in script */
	size_t count;
	/** for each, whether it was used; owned */
	bool* used;
	/** the socket at the port */
	int fd;
	/** sockets that keep the port's queue full; -1: none */
	int fillers[4];
	/** a pipe that wakes the thread */
	int wake[2];
	/** its URL */
	char url[64];
	/** the thread */
	pthread_t thread;
	/** whether there is one */
	bool running;
	/** protects what follows; the thread holds it but while it waits */
	pthread_mutex_t lock;
	/** signalled after whatever happens */
	pthread_cond_t changed;
	/** whether the thread is to end */
	bool stop;
	/** the connections */
	struct connection connections[CONNECTIONS_MAX];
	/** what was asked */
	struct fake_request requests[REQUESTS_MAX];
	/** number of that */
	size_t request_count;
	/** requests that no exchange did fit */
	size_t unexpected;
	/** times that the thread has had something to do */
	uint64_t turns;
};

/** What is answered where the script has nothing. */
static const struct fake_exchange no_exchange = {
	.status = 500,
	.json = "{'error':'not in the script','message':'not in the script'}",
	.end = FAKE_CLOSE
};

/* --- shorthand ----------------------------------------------------------- */

/** The value of a hex digit. */
static int
hex_value(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

/** Read the octets between two @. @return octets read into data. */
static size_t
octets_read(const char* text, const char* end, unsigned char* data)
{
	size_t len = 0;
	for(; text < end; text++) {
		if(*text == '%' && end - text > 2) {
			data[len++] = (unsigned char)(hex_value(text[1]) << 4
				| hex_value(text[2]));
			text += 2;
		} else {
			data[len++] = (unsigned char)*text;
		}
	}
	return len;
}

char*
fake_json(const char* text)
{
	/* base64 is at most four times as long, from one octet on */
	char* json = malloc(strlen(text) * 4 + 8);
	unsigned char* data = malloc(strlen(text) + 1);
	char* p = json;
	for(; json && data && *text; text++) {
		const char* end = *text == '@' ? strchr(text + 1, '@') : NULL;
		if(end) {
			base64_encode(data, octets_read(text + 1, end, data),
				p);
			p += strlen(p);
			text = end;
		} else {
			*p++ = *text == '\'' ? '"' : *text;
		}
	}
	free(data);
	if(p)
		*p = 0;
	return json;
}

/* --- what is sent -------------------------------------------------------- */

static void
out_append(struct connection* connection, const char* data, size_t len)
{
	char* grown = realloc(connection->out, connection->out_len + len + 1);
	if(!grown)
		return;
	connection->out = grown;
	memcpy(grown + connection->out_len, data, len);
	connection->out_len += len;
}

/** Append octets of a body, in chunks of at most cut. */
static void
out_chunks(struct connection* connection, const char* data, size_t len,
	size_t cut)
{
	char line[32];
	while(len > 0) {
		size_t n = cut > 0 && cut < len ? cut : len;
		snprintf(line, sizeof(line), "%zx\r\n", n);
		out_append(connection, line, strlen(line));
		out_append(connection, data, n);
		out_append(connection, "\r\n", 2);
		data += n;
		len -= n;
	}
}

/** Append the octets of the answer, chunked if there is a status. */
static void
out_answer(struct connection* connection)
{
	const struct fake_exchange* exchange = connection->exchange;
	char* json = exchange->json ? fake_json(exchange->json) : NULL;
	const char* data = json ? json : exchange->raw;
	size_t len = exchange->raw_len;
	if(data && (json || len == 0))
		len = strlen(data);
	if(data && exchange->status == 0)
		out_append(connection, data, len);
	else if(data)
		out_chunks(connection, data, len, exchange->cut);
	free(json);
}

/** Append what ends the answer. */
static void
out_end(struct connection* connection)
{
	if(connection->exchange->status != 0 &&
		(connection->end == FAKE_KEEP || connection->end == FAKE_CLOSE))
		out_append(connection, "0\r\n\r\n", 5);
}

/** Begin to answer. */
static void
answer_begin(struct connection* connection)
{
	static const char chunked[] = "Content-Type: application/json\r\n"
		"Transfer-Encoding: chunked\r\n\r\n";
	const struct fake_exchange* exchange = connection->exchange;
	char head[64];
	connection->end = exchange->end;
	if(exchange->status != 0) {
		const char* more = exchange->head ? exchange->head : "";
		snprintf(head, sizeof(head), "HTTP/1.1 %d Some Reason\r\n",
			exchange->status);
		out_append(connection, head, strlen(head));
		out_append(connection, more, strlen(more));
		out_append(connection, chunked, sizeof(chunked) - 1);
	}
	out_answer(connection);
	out_end(connection);
}

/* --- requests ------------------------------------------------------------ */

static void connection_sent(struct fake_etcd* fake,
	struct connection* connection);

/** Whether a request's line is of this path, by this method. */
static bool
line_fits(const struct fake_request* request, const char* method,
	const char* path)
{
	size_t method_len = strlen(method), len = strlen(path);
	return strncmp(request->head, method, method_len) == 0 &&
		strncmp(request->head + method_len, path, len) == 0 &&
		request->head[method_len + len] == ' ';
}

static bool
request_fits(const struct fake_request* request,
	const struct fake_exchange* exchange)
{
	const char* path = exchange->path;
	bool get = path && strncmp(path, "GET ", 4) == 0;
	if(path && !line_fits(request, get ? "" : "POST ", path))
		return false;
	if(get && request->body[0])
		return false;
	return !exchange->body || fake_request_has(request, exchange->body);
}

/** Record a request, and find its answer. */
static void
request_take(struct fake_etcd* fake, struct connection* connection,
	size_t head, size_t body)
{
	struct fake_request request;
	size_t i;
	request.head = strndup(connection->in, head);
	request.body = strndup(connection->in + head, body);
	request.exchange = -1;
	connection->exchange = &no_exchange;
	for(i = 0; i < fake->count && request.exchange < 0; i++) {
		if(fake->used[i] || !request_fits(&request, &fake->script[i]))
			continue;
		fake->used[i] = !fake->script[i].again;
		request.exchange = (int)i;
		connection->exchange = &fake->script[i];
	}
	if(request.exchange < 0)
		fake->unexpected++;
	connection->in_len -= head + body;
	memmove(connection->in, connection->in + head + body,
		connection->in_len);
	if(fake->request_count < REQUESTS_MAX) {
		fake->requests[fake->request_count++] = request;
	} else {
		free(request.head);
		free(request.body);
	}
	answer_begin(connection);
	if(connection->out_len == 0)
		connection_sent(fake, connection);
}

/** See whether a whole request has come. */
static void
request_look(struct fake_etcd* fake, struct connection* connection)
{
	const char* end;
	const char* length;
	size_t head, body;
	if(connection->exchange || connection->in_len == 0)
		return;
	connection->in[connection->in_len] = 0;
	end = strstr(connection->in, "\r\n\r\n");
	if(!end)
		return;
	head = (size_t)(end - connection->in) + 4;
	length = strcasestr(connection->in, "\r\nContent-Length:");
	body = length && length < end ?
		(size_t)strtoul(length + 17, NULL, 10) : 0;
	if(connection->in_len >= head + body)
		request_take(fake, connection, head, body);
}

/* --- connections --------------------------------------------------------- */

static void
connection_close(struct connection* connection)
{
	if(connection->fd >= 0)
		close(connection->fd);
	free(connection->in);
	free(connection->out);
	memset(connection, 0, sizeof(*connection));
	connection->fd = -1;
}

/** The peer of a held answer sends no more; perhaps it still reads. */
static void
connection_half_closed(struct fake_etcd* fake, struct connection* connection)
{
	const struct fake_exchange* exchange = connection->exchange;
	char* late = exchange->late ? fake_json(exchange->late) : NULL;
	connection->half_closed = true;
	if(late)
		out_chunks(connection, late, strlen(late), exchange->cut);
	free(late);
	if(exchange->closed == FAKE_HOLD)
		return;
	connection->end = exchange->closed == FAKE_CUT ? FAKE_CUT :
		FAKE_CLOSE;
	out_end(connection);
	if(connection->out_len == 0)
		connection_sent(fake, connection);
}

/** Take in what has come. */
static void
connection_read(struct fake_etcd* fake, struct connection* connection)
{
	char data[4096];
	ssize_t n = recv(connection->fd, data, sizeof(data), MSG_DONTWAIT);
	char* grown;
	if(n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if(n == 0 && connection->exchange && connection->end == FAKE_HOLD &&
		!connection->half_closed) {
		connection_half_closed(fake, connection);
		return;
	}
	grown = n > 0 ? realloc(connection->in, connection->in_len +
		(size_t)n + 1) : NULL;
	if(!grown) {
		connection_close(connection);
		return;
	}
	connection->in = grown;
	memcpy(grown + connection->in_len, data, (size_t)n);
	connection->in_len += (size_t)n;
	request_look(fake, connection);
}

/** All is sent: what now? */
static void
connection_sent(struct fake_etcd* fake, struct connection* connection)
{
	if(!connection->exchange)
		return;
	switch(connection->end) {
	case FAKE_CLOSE:
	case FAKE_CUT:
		connection_close(connection);
		break;
	case FAKE_KEEP:
		if(connection->half_closed) {
			connection_close(connection);
			break;
		}
		connection->exchange = NULL;
		request_look(fake, connection);
		break;
	case FAKE_REPEAT:
		out_answer(connection);
		break;
	case FAKE_HOLD:
		break;
	}
}

/** Send what can be sent at once; at most cut octets of it. */
static void
connection_write(struct fake_etcd* fake, struct connection* connection)
{
	size_t len = connection->out_len - connection->out_at;
	size_t cut = connection->exchange ? connection->exchange->cut : 0;
	ssize_t n;
	if(cut > 0 && len > cut)
		len = cut;
	n = send(connection->fd, connection->out + connection->out_at, len,
		MSG_DONTWAIT | MSG_NOSIGNAL);
	if(n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if(n < 0) {
		connection_close(connection);
		return;
	}
	connection->out_at += (size_t)n;
	if(connection->out_at < connection->out_len)
		return;
	connection->out_at = connection->out_len = 0;
	connection_sent(fake, connection);
}

/** Take up a connection. */
static void
connection_accept(struct fake_etcd* fake)
{
	int fd = accept(fake->fd, NULL, NULL), one = 1;
	size_t i;
	if(fd < 0)
		return;
	for(i = 0; i < CONNECTIONS_MAX; i++) {
		if(fake->connections[i].fd < 0) {
			(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one,
				sizeof(one));
			fake->connections[i].fd = fd;
			return;
		}
	}
	close(fd);
}

/* --- the thread ---------------------------------------------------------- */

/** What to wait for. */
static void
poll_fill(const struct fake_etcd* fake, struct pollfd* polled)
{
	size_t i;
	polled[0] = (struct pollfd){ fake->wake[0], POLLIN, 0 };
	/* a negative socket is ignored by poll */
	polled[1] = (struct pollfd){ fake->mode == FAKE_ANSWERS ? fake->fd :
		-1, POLLIN, 0 };
	for(i = 0; i < CONNECTIONS_MAX; i++) {
		const struct connection* connection = &fake->connections[i];
		/* the end would be there to be read again and again */
		short in = connection->half_closed ? 0 : POLLIN;
		short out = connection->out_at < connection->out_len ?
			POLLOUT : 0;
		polled[2 + i] = (struct pollfd){ connection->fd,
			(short)(in | out), 0 };
	}
}

/** Do what can be done. */
static void
poll_serve(struct fake_etcd* fake, const struct pollfd* polled)
{
	char octets[64];
	size_t i;
	if(polled[0].revents)
		(void)!read(fake->wake[0], octets, sizeof(octets));
	for(i = 0; i < CONNECTIONS_MAX; i++) {
		struct connection* connection = &fake->connections[i];
		if(connection->fd < 0 || connection->fd != polled[2 + i].fd)
			continue;
		if(polled[2 + i].revents & (POLLIN | POLLHUP | POLLERR))
			connection_read(fake, connection);
		if(connection->fd >= 0 && polled[2 + i].revents & POLLOUT)
			connection_write(fake, connection);
	}
	/* last, so that a new connection is not taken for a closed one */
	if(polled[1].revents)
		connection_accept(fake);
}

static void*
fake_main(void* arg)
{
	struct fake_etcd* fake = arg;
	struct pollfd polled[2 + CONNECTIONS_MAX];
	pthread_mutex_lock(&fake->lock);
	while(!fake->stop) {
		poll_fill(fake, polled);
		pthread_mutex_unlock(&fake->lock);
		(void)poll(polled, 2 + CONNECTIONS_MAX, -1);
		pthread_mutex_lock(&fake->lock);
		fake->turns++;
		poll_serve(fake, polled);
		pthread_cond_broadcast(&fake->changed);
	}
	pthread_mutex_unlock(&fake->lock);
	return NULL;
}

/** Wake the thread; the lock may be held. */
static void
fake_wake(struct fake_etcd* fake)
{
	(void)!write(fake->wake[1], "", 1);
}

/* --- life ---------------------------------------------------------------- */

/** Fill the queue of a port, so that the kernel answers no more SYNs. */
static void
fill_queue(struct fake_etcd* fake, const struct sockaddr_in* address)
{
	size_t i;
	for(i = 0; i < sizeof(fake->fillers) / sizeof(int); i++) {
		fake->fillers[i] = socket(AF_INET, SOCK_STREAM |
			SOCK_NONBLOCK, 0);
		/* the first takes the one place that there is */
		(void)!connect(fake->fillers[i],
			(const struct sockaddr*)address, sizeof(*address));
	}
}

/** Take a free port. */
static bool
port_open(struct fake_etcd* fake)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(address);
	fake->fd = socket(AF_INET, SOCK_STREAM, 0);
	if(fake->fd < 0 || bind(fake->fd, (struct sockaddr*)&address, len) ||
		getsockname(fake->fd, (struct sockaddr*)&address, &len))
		return false;
	snprintf(fake->url, sizeof(fake->url), "http://127.0.0.1:%u",
		(unsigned)ntohs(address.sin_port));
	if(fake->mode == FAKE_REFUSES)
		return true;
	if(listen(fake->fd, fake->mode == FAKE_NEVER_CONNECTS ? 0 : 64))
		return false;
	if(fake->mode == FAKE_NEVER_CONNECTS)
		fill_queue(fake, &address);
	else if(fcntl(fake->fd, F_SETFL, O_NONBLOCK))
		return false;
	return true;
}

/** Before anything else, so that stopping works however far it got. */
static void
fake_init(struct fake_etcd* fake)
{
	size_t i;
	/* by CLOCK_REALTIME, as tests may have a CLOCK_MONOTONIC of their
	 * own */
	pthread_cond_init(&fake->changed, NULL);
	pthread_mutex_init(&fake->lock, NULL);
	for(i = 0; i < CONNECTIONS_MAX; i++)
		fake->connections[i].fd = -1;
	for(i = 0; i < sizeof(fake->fillers) / sizeof(int); i++)
		fake->fillers[i] = -1;
	fake->fd = fake->wake[0] = fake->wake[1] = -1;
}

struct fake_etcd*
fake_etcd_start(enum fake_mode mode, const struct fake_exchange* script,
	size_t count)
{
	struct fake_etcd* fake = calloc(1, sizeof(*fake));
	if(!fake)
		return NULL;
	fake_init(fake);
	fake->mode = mode;
	fake->script = script;
	fake->count = count;
	fake->used = calloc(count + 1, sizeof(*fake->used));
	fake->running = fake->used && port_open(fake) &&
		pipe2(fake->wake, O_NONBLOCK) == 0 &&
		pthread_create(&fake->thread, NULL, fake_main, fake) == 0;
	if(!fake->running) {
		fake_etcd_stop(fake);
		return NULL;
	}
	return fake;
}

static void
close_if_open(int fd)
{
	if(fd >= 0)
		close(fd);
}

/** Free what a server holds, its thread having ended. */
static void
fake_free(struct fake_etcd* fake)
{
	size_t i;
	for(i = 0; i < CONNECTIONS_MAX; i++)
		connection_close(&fake->connections[i]);
	for(i = 0; i < sizeof(fake->fillers) / sizeof(int); i++)
		close_if_open(fake->fillers[i]);
	for(i = 0; i < fake->request_count; i++) {
		free(fake->requests[i].head);
		free(fake->requests[i].body);
	}
	close_if_open(fake->fd);
	close_if_open(fake->wake[0]);
	close_if_open(fake->wake[1]);
	pthread_cond_destroy(&fake->changed);
	pthread_mutex_destroy(&fake->lock);
	free(fake->used);
	free(fake);
}

void
fake_etcd_stop(struct fake_etcd* fake)
{
	if(!fake)
		return;
	if(fake->running) {
		pthread_mutex_lock(&fake->lock);
		fake->stop = true;
		fake_wake(fake);
		pthread_mutex_unlock(&fake->lock);
		pthread_join(fake->thread, NULL);
	}
	fake_free(fake);
}

char*
fake_etcd_url(struct fake_etcd* fake)
{
	return fake->url;
}

/* --- what the test sees and says ----------------------------------------- */

/** The connection that is held for a path; the lock is held. */
static struct connection*
held(struct fake_etcd* fake, const char* path)
{
	size_t i;
	for(i = 0; i < CONNECTIONS_MAX; i++) {
		struct connection* connection = &fake->connections[i];
		if(connection->fd >= 0 && connection->exchange &&
			connection->end == FAKE_HOLD && connection->exchange->
			path && strcmp(connection->exchange->path, path) == 0)
			return connection;
	}
	return NULL;
}

/** Whether a condition that is waited for is there. */
typedef bool condition(struct fake_etcd* fake, size_t n, const char* path);

static bool
has_requests(struct fake_etcd* fake, size_t n, const char* path)
{
	(void)path;
	return fake->request_count >= n;
}

static bool
has_no_connection(struct fake_etcd* fake, size_t n, const char* path)
{
	(void)path;
	for(n = 0; n < CONNECTIONS_MAX; n++) {
		if(fake->connections[n].fd >= 0)
			return false;
	}
	return true;
}

static bool
has_held(struct fake_etcd* fake, size_t n, const char* path)
{
	(void)n;
	return held(fake, path) != NULL;
}

static bool
has_half_closed(struct fake_etcd* fake, size_t n, const char* path)
{
	const struct connection* connection = held(fake, path);
	(void)n;
	return connection && connection->half_closed;
}

/** Wait for a condition, up to the deadline. */
static bool
wait_for(struct fake_etcd* fake, condition* is_there, size_t n,
	const char* path)
{
	struct timespec end;
	bool ok;
	int error = 0;
	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += DEADLINE;
	pthread_mutex_lock(&fake->lock);
	while(!(ok = is_there(fake, n, path)) && error == 0)
		error = pthread_cond_timedwait(&fake->changed, &fake->lock,
			&end);
	pthread_mutex_unlock(&fake->lock);
	return ok;
}

bool
fake_etcd_wait(struct fake_etcd* fake, size_t requests)
{
	return wait_for(fake, has_requests, requests, NULL);
}

bool
fake_etcd_wait_held(struct fake_etcd* fake, const char* path)
{
	return wait_for(fake, has_held, 0, path);
}

bool
fake_etcd_wait_half_closed(struct fake_etcd* fake, const char* path)
{
	return wait_for(fake, has_half_closed, 0, path);
}

bool
fake_etcd_wait_closed(struct fake_etcd* fake)
{
	return wait_for(fake, has_no_connection, 0, NULL);
}

bool
fake_etcd_is_busy(struct fake_etcd* fake, uint64_t* turns)
{
	struct pollfd polled[2 + CONNECTIONS_MAX];
	bool busy;
	size_t i;
	pthread_mutex_lock(&fake->lock);
	poll_fill(fake, polled);
	busy = poll(polled, 2 + CONNECTIONS_MAX, 0) != 0;
	for(i = 0; i < CONNECTIONS_MAX && !busy; i++)
		busy = fake->connections[i].out_at <
			fake->connections[i].out_len;
	*turns = fake->turns;
	pthread_mutex_unlock(&fake->lock);
	return busy;
}

bool
fake_etcd_repeats(struct fake_etcd* fake)
{
	bool repeats = false;
	size_t i;
	pthread_mutex_lock(&fake->lock);
	for(i = 0; i < CONNECTIONS_MAX && !repeats; i++)
		repeats = fake->connections[i].exchange &&
			fake->connections[i].end == FAKE_REPEAT;
	pthread_mutex_unlock(&fake->lock);
	return repeats;
}

size_t
fake_etcd_requests(struct fake_etcd* fake)
{
	size_t count;
	pthread_mutex_lock(&fake->lock);
	count = fake->request_count;
	pthread_mutex_unlock(&fake->lock);
	return count;
}

const struct fake_request*
fake_etcd_request(struct fake_etcd* fake, size_t n)
{
	return n < fake_etcd_requests(fake) ? &fake->requests[n] : NULL;
}

bool
fake_request_has(const struct fake_request* request, const char* json)
{
	char* text = fake_json(json);
	bool has = text && strstr(request->body, text) != NULL;
	free(text);
	return has;
}

size_t
fake_etcd_unexpected(struct fake_etcd* fake)
{
	size_t count;
	pthread_mutex_lock(&fake->lock);
	count = fake->unexpected;
	pthread_mutex_unlock(&fake->lock);
	return count;
}

bool
fake_etcd_say(struct fake_etcd* fake, const char* path, const char* json)
{
	char* text = fake_json(json);
	struct connection* connection;
	pthread_mutex_lock(&fake->lock);
	connection = held(fake, path);
	if(connection && text)
		out_chunks(connection, text, strlen(text),
			connection->exchange->cut);
	fake_wake(fake);
	pthread_mutex_unlock(&fake->lock);
	free(text);
	return connection != NULL;
}

bool
fake_etcd_hang_up(struct fake_etcd* fake, const char* path, enum fake_end end)
{
	struct connection* connection;
	pthread_mutex_lock(&fake->lock);
	connection = held(fake, path);
	if(connection) {
		connection->end = end;
		out_end(connection);
		if(connection->out_len == 0)
			connection_sent(fake, connection);
	}
	fake_wake(fake);
	pthread_mutex_unlock(&fake->lock);
	return connection != NULL;
}
