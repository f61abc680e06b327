/*
 * tests/fuzz/fuzz_http.c - any client of the status server.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/*
 * The first octet says in pieces of how many octets the rest is sent. Whatever
 * that is, there is at most one answer, which is whole; and there is one where
 * a head was sent.
 */
#include "status/connection.h"
#include "status/metrics.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

/** what a page has */
#define BODY "octets of a page\n"

static unsigned
choose(const char* accept)
{
	return metrics_choose(*accept ? accept : NULL);
}

static bool
write_page(void* arg, unsigned form, struct answer* answer)
{
	(void)arg;
	answer->type = metrics_content_type((enum metrics_format)form);
	return buffer_append(&answer->body, BODY, strlen(BODY));
}

static const struct page table[] = { { "/metrics", choose, write_page },
	{ "/ready", NULL, write_page }, { "/keys/bad", NULL, write_page } };

/** What the request is by itself, in memory of just its size, so that no octet
 * behind it is read unseen. @return the method, and the status. */
static enum request_method
read_alone(const uint8_t* data, size_t size, enum http_status* status)
{
	struct request request = { .method = REQUEST_OTHER };
	char* octets = malloc(size ? size : 1);
	char* head;
	size_t len;
	if(!octets)
		abort();
	memcpy(octets, data, size);
	len = request_head_len(octets, size);
	if(len > size)
		abort();
	*status = 0;
	if(len == 0 && size == REQUEST_HEAD_MAX)
		*status = request_too_large(octets, size);
	if(len > 0) {
		head = malloc(len);
		if(!head)
			abort();
		memcpy(head, octets, len);
		*status = request_read(head, len, &request);
		if(strlen(request.path) >= sizeof(request.path) ||
			strlen(request.accept) >= sizeof(request.accept) ||
			strpbrk(request.accept, "\r\n"))
			abort();
		free(head);
	}
	free(octets);
	return request.method;
}

/** Check an answer. @param status: what is expected but of a page. */
static void
check_answer(const char* text, size_t len, enum request_method method,
	enum http_status status)
{
	const char* body = memmem(text, len, "\r\n\r\n", 4);
	const char* field = strstr(text, "\r\nContent-Length: ");
	size_t body_len;
	int code;
	if(!body || !field || strlen(text) != len ||
		sscanf(text, "HTTP/1.1 %d ", &code) != 1)
		abort();
	body_len = len - (size_t)(body + 4 - text);
	if(method == REQUEST_HEAD ? body_len != 0 :
		body_len != strtoul(field + 18, NULL, 10))
		abort();
	if(status != HTTP_OK && code != (int)status)
		abort();
	if(status == HTTP_OK && code != 200 && code != 404 && code != 405)
		abort();
	if(code == 200 && method == REQUEST_OTHER)
		abort();
	if((code == 405) != (strstr(text, "\r\nAllow: GET, HEAD\r\n") != NULL))
		abort();
}

/** Take what has come. */
static void
drain(int fd, char* text, size_t* len, size_t size)
{
	ssize_t more;
	while((more = recv(fd, text + *len, size - *len, 0)) > 0)
		*len += (size_t)more;
	text[*len] = 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
	struct pages pages = { .table = table, .count = 3 };
	struct connection* connection;
	char text[4096];
	size_t piece, at, len = 0;
	enum http_status status;
	enum request_method method;
	int fds[2];
	bool on = true;
	if(size == 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
		fds) == -1)
		return 0;
	connection = connection_create(fds[1]);
	piece = *data++ * 8 + 1;
	size--;
	for(at = 0; on && at < size; at += piece) {
		size_t more = size - at < piece ? size - at : piece;
		if(send(fds[0], data + at, more, MSG_NOSIGNAL) !=
			(ssize_t)more)
			abort();
		on = connection_go_on(connection, &pages);
		drain(fds[0], text, &len, sizeof(text) - 1);
	}
	/* a piece may be more than is read at once */
	while(on && connection->state == CONNECTION_READING) {
		size_t before = connection->head_len;
		on = connection_go_on(connection, &pages);
		if(on && connection->head_len == before)
			break;
	}
	drain(fds[0], text, &len, sizeof(text) - 1);
	if(size > REQUEST_HEAD_MAX)
		size = REQUEST_HEAD_MAX;
	method = read_alone(data, size, &status);
	if((status == 0) != (len == 0))
		abort();
	if(len > 0)
		check_answer(text, len, method, status);
	connection_delete(connection);
	close(fds[0]);
	pages_clear(&pages);
	return 0;
}
