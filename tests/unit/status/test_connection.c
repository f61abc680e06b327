/*
 * tests/unit/status/test_connection.c - one connection of an HTTP server.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/* The test is the client, at the other end of a pair of sockets. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "check.h"
#include "base/clock.h"
#include "status/connection.h"
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/** octets of a page that no socket has room for */
#define LARGE (8 * 1024 * 1024)

static int64_t now;

int64_t __wrap_clock_now(void);

int64_t
__wrap_clock_now(void)
{
	return now;
}

static bool
write_small(void* arg, unsigned form, struct answer* answer)
{
	(void)arg;
	(void)form;
	answer->type = "text/plain";
	return buffer_append(&answer->body, "small\n", 6);
}

static bool
write_large(void* arg, unsigned form, struct answer* answer)
{
	void* octets = buffer_extend(&answer->body, LARGE);
	(void)arg;
	(void)form;
	answer->type = "text/plain";
	if(octets)
		memset(octets, 'x', LARGE);
	return octets != NULL;
}

static bool
write_nothing(void* arg, unsigned form, struct answer* answer)
{
	(void)arg;
	(void)form;
	(void)answer;
	return false;
}

static const struct page table[] = { { "/small", NULL, write_small },
	{ "/large", NULL, write_large }, { "/nothing", NULL, write_nothing } };
static struct pages pages = { .table = table, .count = COUNT(table) };
/** the client's socket */
static int client;
static struct connection* connection;

static int
set_up(void** state)
{
	int fds[2];
	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
		fds), 0);
	client = fds[0];
	now = 1000;
	connection = connection_create(fds[1]);
	assert_non_null(connection);
	return 0;
}

static int
tear_down(void** state)
{
	(void)state;
	close(client);
	connection_delete(connection);
	pages_clear(&pages);
	return 0;
}

static void
send_octets(const char* octets, size_t len)
{
	assert_int_equal(send(client, octets, len, MSG_NOSIGNAL), len);
}

static void
send_text(const char* text)
{
	send_octets(text, strlen(text));
}

/** Let it go on. @return whether it goes on. */
static bool
go_on(void)
{
	return connection_go_on(connection, &pages);
}

/** All that has arrived. */
static const char*
received(void)
{
	static char text[4096];
	ssize_t len = recv(client, text, sizeof(text) - 1, 0);
	text[len > 0 ? len : 0] = 0;
	return text;
}

static void
expect_start(const char* text, const char* start)
{
	check(strncmp(text, start, strlen(start)) == 0, "%s", text);
}

/** Send all of a request, and have it answered. @return the answer. */
static const char*
ask(const char* request)
{
	send_text(request);
	assert_true(go_on());
	assert_int_equal(connection->state, CONNECTION_LINGERING);
	return received();
}

static void
test_answer(void** state)
{
	const char* text = ask("GET /small HTTP/1.1\r\nHost: h\r\n\r\n");
	char date[64], expected[512];
	(void)state;
	assert_int_equal(sscanf(text, "HTTP/1.1 200 OK\r\nDate: %63[^\r]",
		date), 1);
	assert_int_equal(strlen(date), strlen("Sun, 06 Nov 1994 08:49:37 GMT"));
	snprintf(expected, sizeof(expected), "HTTP/1.1 200 OK\r\nDate: %s\r\n"
		"Content-Type: text/plain\r\nContent-Length: 6\r\n"
		"Cache-Control: no-store\r\nConnection: close\r\n\r\nsmall\n",
		date);
	assert_string_equal(text, expected);
	/* the end, at once */
	assert_int_equal(recv(client, date, 1, 0), 0);
	/* and its own end, when the client closes */
	assert_int_equal(connection_events(connection), POLLIN);
	shutdown(client, SHUT_WR);
	assert_false(go_on());
}

static void
test_head(void** state)
{
	const char* text = ask("HEAD /small HTTP/1.0\r\n\r\n");
	(void)state;
	expect_start(text, "HTTP/1.1 200 OK\r\n");
	assert_non_null(strstr(text, "\r\nContent-Length: 6\r\n"));
	assert_string_equal(strstr(text, "\r\n\r\n"), "\r\n\r\n");
}

/** Not even an error has a body then. */
static void
test_head_error(void** state)
{
	const char* text = ask("HEAD /other HTTP/1.0\r\n\r\n");
	(void)state;
	expect_start(text, "HTTP/1.1 404 Not Found\r\n");
	assert_string_equal(strstr(text, "\r\n\r\n"), "\r\n\r\n");
}

static void
test_method(void** state)
{
	const char* text = ask("POST /small HTTP/1.0\r\nContent-Length: 3\r\n"
		"\r\nabc");
	(void)state;
	expect_start(text, "HTTP/1.1 405 Method Not Allowed\r\n");
	assert_non_null(strstr(text, "\r\nAllow: GET, HEAD\r\n"));
}

static void
test_garbage(void** state)
{
	const char* text;
	(void)state;
	send_octets("\x16\x03\x01\x00\xee\r\n\r\n", 9);
	assert_true(go_on());
	text = received();
	expect_start(text, "HTTP/1.1 400 Bad Request\r\n");
	assert_null(strstr(text, "Allow"));
}

/** An octet at a time. */
static void
test_slowly(void** state)
{
	static const char request[] = "GET /small HTTP/1.0\r\n\r\n";
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(request) - 1; i++) {
		assert_int_equal(connection->state, CONNECTION_READING);
		assert_int_equal(connection_events(connection), POLLIN);
		send_octets(request + i, 1);
		assert_true(go_on());
		/* nothing more is there */
		assert_true(connection->state == CONNECTION_LINGERING ||
			go_on());
	}
	expect_start(received(), "HTTP/1.1 200 OK\r\n");
	/* that nothing comes is no end */
	assert_true(go_on());
}

static void
test_deadlines(void** state)
{
	(void)state;
	assert_int_equal(connection->deadline, 1000 + CONNECTION_READ_MS);
	now = 2000;
	send_text("GET /large HTTP/1.0\r\n");
	assert_true(go_on());
	assert_int_equal(connection->deadline, 1000 + CONNECTION_READ_MS);
	send_text("\r\n");
	assert_true(go_on());
	assert_int_equal(connection->state, CONNECTION_WRITING);
	assert_int_equal(connection->deadline, 2000 + CONNECTION_WRITE_MS);
	now = 3000;
	while(connection->state == CONNECTION_WRITING) {
		assert_int_equal(connection->deadline, 2000 +
			CONNECTION_WRITE_MS);
		received();
		assert_true(go_on());
	}
	assert_int_equal(connection->deadline, 3000 + CONNECTION_LINGER_MS);
}

/** A head without an end. */
static void
check_too_large(const char* begin, const char* expected)
{
	char head[REQUEST_HEAD_MAX];
	memset(head, 'x', sizeof(head));
	memcpy(head, begin, strlen(begin));
	send_octets(head, sizeof(head) - 1);
	assert_true(go_on());
	assert_int_equal(connection->state, CONNECTION_READING);
	send_octets("x", 1);
	assert_true(go_on());
	expect_start(received(), expected);
}

static void
test_too_large(void** state)
{
	(void)state;
	check_too_large("GET / HTTP/1.0\r\nX: ", "HTTP/1.1 431 ");
}

static void
test_too_long(void** state)
{
	(void)state;
	check_too_large("GET /", "HTTP/1.1 414 ");
}

/** A head that just fits. */
static void
test_largest(void** state)
{
	static const char begin[] = "GET /small HTTP/1.0\r\nX: ";
	char head[REQUEST_HEAD_MAX];
	(void)state;
	memset(head, 'x', sizeof(head));
	memcpy(head, begin, sizeof(begin) - 1);
	memcpy(head + sizeof(head) - 4, "\r\n\r\n", 4);
	send_octets(head, sizeof(head));
	assert_true(go_on());
	expect_start(received(), "HTTP/1.1 200 OK\r\n");
}

/** An answer that goes out in pieces is whole. */
static void
test_large(void** state)
{
	static char piece[65536];
	size_t total = 0, turns = 0, i;
	ssize_t len;
	(void)state;
	send_text("GET /large HTTP/1.0\r\n\r\n");
	assert_true(go_on());
	assert_int_equal(connection_events(connection), POLLOUT);
	assert_true(connection_octets(connection) >= LARGE);
	while((len = recv(client, piece, sizeof(piece), 0)) > 0) {
		const char* body = total > 0 ? piece :
			strstr(piece, "\r\n\r\n") + 4;
		for(i = (size_t)(body - piece); i < (size_t)len; i++)
			assert_true(piece[i] == 'x');
		total += (size_t)len - (size_t)(body - piece);
		turns++;
		if(connection->state == CONNECTION_WRITING)
			assert_true(go_on());
	}
	assert_int_equal(len, 0);
	assert_int_equal(total, LARGE);
	assert_true(turns > 2);
	assert_int_equal(connection_octets(connection), 0);
}

/** What a client sends behind its request is dropped, and not for ever. */
static void
test_lingering(void** state)
{
	static char more[16384];
	size_t sent = 0;
	(void)state;
	expect_start(ask("GET /small HTTP/1.0\r\n\r\n"), "HTTP/1.1 200 OK\r\n");
	do {
		send_octets(more, sizeof(more));
		sent += sizeof(more);
	} while(go_on());
	assert_int_equal(sent, CONNECTION_LINGER_OCTETS);
}

static void
test_client_goes_before(void** state)
{
	(void)state;
	send_text("GET /small HTTP/1.0\r\n");
	assert_true(go_on());
	shutdown(client, SHUT_WR);
	assert_false(go_on());
}

/** And no signal is sent to the process. */
static void
test_client_goes_meanwhile(void** state)
{
	(void)state;
	send_text("GET /large HTTP/1.0\r\n\r\n");
	assert_true(go_on());
	close(client);
	assert_false(go_on());
	client = -1;
}

static void
test_client_has_gone(void** state)
{
	(void)state;
	send_text("GET /small HTTP/1.0\r\n\r\n");
	close(client);
	client = -1;
	assert_false(go_on());
}

static void
test_no_memory(void** state)
{
	(void)state;
	send_text("GET /nothing HTTP/1.0\r\n\r\n");
	assert_false(go_on());
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_answer),
		TEST(test_head),
		TEST(test_head_error),
		TEST(test_method),
		TEST(test_garbage),
		TEST(test_slowly),
		TEST(test_deadlines),
		TEST(test_too_large),
		TEST(test_too_long),
		TEST(test_largest),
		TEST(test_large),
		TEST(test_lingering),
		TEST(test_client_goes_before),
		TEST(test_client_goes_meanwhile),
		TEST(test_client_has_gone),
		TEST(test_no_memory),
	};
	return cmocka_run_group_tests_name("connection", tests, NULL, NULL);
}
