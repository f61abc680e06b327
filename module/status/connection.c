/*
 * status/connection.c - one connection of an HTTP server.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "status/connection.h"
#include "base/clock.h"
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/** octets that are dropped at a time */
#define DROP_OCTETS 16384

struct connection*
connection_create(int fd)
{
	struct connection* connection = malloc(sizeof(*connection));
	if(!connection) {
		close(fd);
		return NULL;
	}
	connection->state = CONNECTION_READING;
	connection->fd = fd;
	connection->deadline = clock_now() + CONNECTION_READ_MS;
	connection->head_len = 0;
	connection->answer = NULL;
	return connection;
}

void
connection_delete(struct connection* connection)
{
	if(!connection)
		return;
	close(connection->fd);
	answer_release(connection->answer);
	free(connection);
}

short
connection_events(const struct connection* connection)
{
	return connection->state == CONNECTION_WRITING ? POLLOUT : POLLIN;
}

size_t
connection_octets(const struct connection* connection)
{
	return connection->answer ? connection->answer->body.size : 0;
}

/** True if a call failed for now only. */
static bool
is_for_now(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* --- lingering ----------------------------------------------------------- */

/** Drop what the client still sends. */
static bool
linger(struct connection* connection)
{
	char dropped[DROP_OCTETS];
	ssize_t len = recv(connection->fd, dropped, sizeof(dropped), 0);
	if(len <= 0)
		return len == -1 && is_for_now();
	connection->done += (size_t)len;
	return connection->done < CONNECTION_LINGER_OCTETS;
}

static bool
begin_lingering(struct connection* connection)
{
	answer_release(connection->answer);
	connection->answer = NULL;
	connection->state = CONNECTION_LINGERING;
	connection->deadline = clock_now() + CONNECTION_LINGER_MS;
	connection->done = 0;
	/* the client is told that this was all */
	return shutdown(connection->fd, SHUT_WR) == 0 && linger(connection);
}

/* --- writing ------------------------------------------------------------- */

/** What is still to be sent. @return the number of pieces. */
static size_t
pieces_left(const struct connection* connection, struct iovec pieces[2])
{
	size_t head_len = connection->answer_head_len;
	size_t done = connection->done;
	size_t count = 0;
	if(done < head_len)
		pieces[count++] = (struct iovec){
			(char*)connection->answer_head + done,
			head_len - done };
	done = done < head_len ? 0 : done - head_len;
	if(done < connection->body_len)
		pieces[count++] = (struct iovec){
			connection->answer->body.data + done,
			connection->body_len - done };
	return count;
}

static bool
go_on_writing(struct connection* connection)
{
	struct iovec pieces[2];
	struct msghdr message = { .msg_iov = pieces };
	ssize_t sent;
	while((message.msg_iovlen = pieces_left(connection, pieces)) > 0) {
		sent = sendmsg(connection->fd, &message, MSG_NOSIGNAL);
		if(sent == -1)
			return is_for_now();
		connection->done += (size_t)sent;
	}
	return begin_lingering(connection);
}

/** Write the time as HTTP has it, whatever the locale (RFC 9110 5.6.7). */
static void
write_date(char* text, size_t size)
{
	static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu",
		"Fri", "Sat" };
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May",
		"Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t now = time(NULL);
	struct tm tm;
	if(!gmtime_r(&now, &tm))
		*text = 0;
	else	snprintf(text, size, "Date: %s, %02d %s %d %02d:%02d:%02d "
			"GMT\r\n", days[tm.tm_wday], tm.tm_mday,
			months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour,
			tm.tm_min, tm.tm_sec);
}

/** Write the head of the answer. */
static void
write_head(struct connection* connection)
{
	const struct answer* answer = connection->answer;
	char date[64];
	int len;
	write_date(date, sizeof(date));
	len = snprintf(connection->answer_head, ANSWER_HEAD_MAX,
		"HTTP/1.1 %d %s\r\n%sContent-Type: %s\r\n"
		"Content-Length: %zu\r\n%sCache-Control: no-store\r\n"
		"Connection: close\r\n\r\n", (int)answer->status,
		http_phrase(answer->status), date, answer->type,
		answer->body.len,
		answer->status == HTTP_METHOD_NOT_ALLOWED ?
		"Allow: GET, HEAD\r\n" : "");
	connection->answer_head_len = (size_t)len;
}

/** Answer what was asked. @param status: what request_read said. */
static bool
begin_writing(struct connection* connection, struct pages* pages,
	enum http_status status, const struct request* request)
{
	connection->answer = pages_answer(pages, status, request);
	if(!connection->answer)
		return false;
	write_head(connection);
	connection->body_len = request->method == REQUEST_HEAD ? 0 :
		connection->answer->body.len;
	connection->done = 0;
	connection->state = CONNECTION_WRITING;
	connection->deadline = clock_now() + CONNECTION_WRITE_MS;
	return go_on_writing(connection);
}

/* --- reading ------------------------------------------------------------- */

static bool
go_on_reading(struct connection* connection, struct pages* pages)
{
	struct request request = { .method = REQUEST_OTHER };
	enum http_status status;
	size_t len;
	ssize_t more = recv(connection->fd,
		connection->head + connection->head_len,
		sizeof(connection->head) - connection->head_len, 0);
	if(more <= 0)
		return more == -1 && is_for_now();
	connection->head_len += (size_t)more;
	len = request_head_len(connection->head, connection->head_len);
	if(len > 0)
		status = request_read(connection->head, len, &request);
	else if(connection->head_len == sizeof(connection->head))
		status = request_too_large(connection->head,
			connection->head_len);
	else	return true;
	return begin_writing(connection, pages, status, &request);
}

bool
connection_go_on(struct connection* connection, struct pages* pages)
{
	switch(connection->state) {
	case CONNECTION_READING:
		return go_on_reading(connection, pages);
	case CONNECTION_WRITING:
		return go_on_writing(connection);
	case CONNECTION_LINGERING:
		return linger(connection);
	}
	return false;
}
