/*
 * tests/unit/status/test_http.c - an HTTP server on a thread of its own.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/*
 * Clients of a server on two unix sockets. The clock stands still until a test
 * sets it, so that no connection ends because a machine is slow.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "check.h"
#include "base/log.h"
#include "status/address.h"
#include "status/connection.h"
#include "status/http.h"
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/** clients of a crowd */
#define CROWD 200
/** octets of a large page, whose buffer has twice as many: so many are held at
 * most */
#define LARGE (HTTP_OCTETS / 8)
#define HELD 4

static _Atomic int64_t now;
/** how often accept4(2) is still to fail, and with what */
static atomic_int failures, failure;
/** warnings that were logged */
static atomic_uint warnings;
/** whether a signal could have interrupted a page */
static atomic_bool interruptible;

/** how nice the thread is */
static atomic_int niceness;

static char folder[] = "/tmp/test_http.XXXXXX";
static char paths[HTTP_LISTENERS][64];
static struct http* http;

int64_t __wrap_clock_now(void);
int __wrap_accept4(int fd, struct sockaddr* address, socklen_t* len,
	int flags);
int __real_accept4(int fd, struct sockaddr* address, socklen_t* len,
	int flags);

int64_t
__wrap_clock_now(void)
{
	return now;
}

int
__wrap_accept4(int fd, struct sockaddr* address, socklen_t* len, int flags)
{
	if(failures > 0) {
		failures--;
		errno = failure;
		return -1;
	}
	return __real_accept4(fd, address, len, flags);
}

static void
on_log(enum helix_log_level level, const char* line)
{
	if(level == HELIX_LOG_WARNING && strstr(line, "cannot accept"))
		warnings++;
}

/* --- the server ---------------------------------------------------------- */

static bool
write_small(void* arg, unsigned form, struct answer* answer)
{
	sigset_t blocked;
	(void)form;
	assert_ptr_equal(arg, &http);
	pthread_sigmask(SIG_SETMASK, NULL, &blocked);
	if(!sigismember(&blocked, SIGTERM))
		interruptible = true;
	niceness = getpriority(PRIO_PROCESS, 0);
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

static const struct page table[] = { { "/small", NULL, write_small },
	{ "/large", NULL, write_large } };

static int
set_up(void** state)
{
	struct listener listeners[HTTP_LISTENERS];
	struct reason reason;
	size_t i;
	(void)state;
	helix_log_set_writer(on_log);
	now = 1000;
	failures = 0;
	warnings = 0;
	strcpy(folder + strlen(folder) - 6, "XXXXXX");
	assert_non_null(mkdtemp(folder));
	for(i = 0; i < HTTP_LISTENERS; i++) {
		snprintf(paths[i], sizeof(paths[i]), "%s/%zu", folder, i);
		assert_true(listener_open_unix(&listeners[i], paths[i],
			&reason));
	}
	http = http_start(listeners, HTTP_LISTENERS, &(struct pages){
		.table = table, .count = COUNT(table), .arg = &http });
	assert_non_null(http);
	return 0;
}

static int
tear_down(void** state)
{
	(void)state;
	http_stop(http);
	/* the listeners' files are gone */
	assert_int_equal(rmdir(folder), 0);
	assert_false(interruptible);
	helix_log_set_writer(helix_log_discard);
	return 0;
}

/* --- clients ------------------------------------------------------------- */

/** A client of a listener, which waits for a minute at most. */
static int
client(size_t listener)
{
	static const struct timeval minute = { 60, 0 };
	struct address address;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_null(address_read_unix(paths[listener], &address));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &minute, sizeof(minute));
	assert_int_equal(connect(fd, (struct sockaddr*)&address.storage,
		address.len), 0);
	return fd;
}

static void
request(int fd, const char* path)
{
	char text[128];
	int len = snprintf(text, sizeof(text), "GET %s HTTP/1.0\r\n\r\n", path);
	assert_int_equal(send(fd, text, (size_t)len, MSG_NOSIGNAL), len);
}

/** Octets until the end; -1 if there was an error before. */
static ssize_t
read_all(int fd)
{
	static char octets[65536];
	ssize_t total = 0, len;
	while((len = recv(fd, octets, sizeof(octets), 0)) > 0)
		total += len;
	return len == 0 ? total : -1;
}

/** Ask for the small page. */
static void
expect_small(size_t listener)
{
	int fd = client(listener);
	char text[512];
	size_t total = 0;
	ssize_t len;
	request(fd, "/small");
	while((len = recv(fd, text + total, sizeof(text) - 1 - total, 0)) > 0)
		total += (size_t)len;
	text[total] = 0;
	check(strncmp(text, "HTTP/1.1 200 OK\r\n", 17) == 0 &&
		strstr(text, "\r\n\r\nsmall\n"), "%zd: %s", len, text);
	close(fd);
}

/** Whether the server has closed a connection by now. */
static bool
is_closed(int fd)
{
	char octet;
	ssize_t len = recv(fd, &octet, 1, MSG_DONTWAIT | MSG_PEEK);
	return len == 0 || (len == -1 && errno != EAGAIN);
}

/** Wait until the server has closed a connection. */
static void
wait_closed(int fd)
{
	struct pollfd polled = { fd, POLLRDHUP, 0 };
	assert_int_equal(poll(&polled, 1, 60000), 1);
}

/* --- tests --------------------------------------------------------------- */

static void
test_serves(void** state)
{
	size_t i, j;
	(void)state;
	for(i = 0; i < 100; i++) {
		for(j = 0; j < HTTP_LISTENERS; j++)
			expect_small(j);
	}
}

/** It makes way for who answers DNS, and is alone in that. */
static void
test_nice(void** state)
{
	int before = getpriority(PRIO_PROCESS, 0);
	(void)state;
	expect_small(0);
	assert_int_equal(niceness, before + HTTP_NICE < 19 ? before +
		HTTP_NICE : 19);
	assert_int_equal(getpriority(PRIO_PROCESS, 0), before);
}

/** Clients that ask for nothing make room, the oldest first, and those of
 * another listener have nothing to do with it. */
static void
test_crowd(void** state)
{
	int crowd[CROWD], other = client(1);
	size_t i, open = 0;
	(void)state;
	for(i = 0; i < CROWD; i++) {
		crowd[i] = client(0);
		if(i % 2)
			assert_int_equal(send(crowd[i], "GET ", 4,
				MSG_NOSIGNAL), 4);
	}
	expect_small(0);
	expect_small(1);
	for(i = 0; i < CROWD; i++) {
		if(!is_closed(crowd[i]))
			open++;
		/* the oldest went first */
		else	assert_int_equal(open, 0);
	}
	/* the one that was served took the place of one of them */
	assert_int_equal(open, HTTP_CONNECTIONS - 1);
	assert_false(is_closed(other));
	for(i = 0; i < CROWD; i++)
		close(crowd[i]);
	close(other);
}

/** Clients that do not take their answers: so many hold one, and the oldest
 * goes for one more. */
static void
test_slow_readers(void** state)
{
	int slow[HELD + 1];
	struct pollfd polled;
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(slow); i++) {
		slow[i] = client(0);
		request(slow[i], "/large");
		polled = (struct pollfd){ slow[i], POLLIN, 0 };
		assert_int_equal(poll(&polled, 1, 60000), 1);
	}
	expect_small(0);
	/* it has what fitted into its socket, and no more */
	assert_true(read_all(slow[0]) < LARGE);
	for(i = 1; i < COUNT(slow); i++)
		assert_true(read_all(slow[i]) > LARGE);
	for(i = 0; i < COUNT(slow); i++)
		close(slow[i]);
}

/** Clients that hold answers are not dropped for those that ask nothing; but
 * for those there has to be room. */
static void
test_crowd_of_readers(void** state)
{
	int reader = client(0), crowd[HTTP_CONNECTIONS * 2];
	size_t i;
	(void)state;
	request(reader, "/large");
	expect_small(0);
	for(i = 0; i < COUNT(crowd); i++)
		crowd[i] = client(0);
	expect_small(0);
	assert_true(read_all(reader) > LARGE);
	for(i = 0; i < COUNT(crowd); i++)
		close(crowd[i]);
	close(reader);
}

static void
test_deadlines(void** state)
{
	int idle = client(0), reader = client(0), young;
	(void)state;
	request(reader, "/large");
	expect_small(0);
	now += CONNECTION_READ_MS - 1;
	expect_small(0);
	assert_false(is_closed(idle));
	young = client(0);
	expect_small(0);
	now += 1;
	/* the thread sees the time when it has something to do */
	expect_small(1);
	wait_closed(idle);
	assert_false(is_closed(young));
	now = 1000 + CONNECTION_WRITE_MS;
	expect_small(1);
	wait_closed(young);
	assert_true(read_all(reader) < LARGE);
	close(idle);
	close(reader);
	close(young);
}

/** Have the thread do something: it has done all that was to be done before,
 * and looks at the clock then. */
static void
wake(int fd)
{
	request(fd, "/small");
	assert_true(read_all(fd) > 0);
	close(fd);
}

/** Where files have run out, nothing is accepted for a while, and that is
 * said once. */
static void
check_failure(int error)
{
	int open[6], waiting;
	size_t i;
	for(i = 0; i < COUNT(open); i++)
		open[i] = client(1);
	expect_small(1);
	failure = error;
	failures = 3;
	waiting = client(0);
	for(i = 0; i < 3; i++) {
		while(failures != 2 - (int)i)
			sched_yield();
		wake(open[2 * i]);
		/* it does not try again before its time has come */
		assert_int_equal(failures, 2 - (int)i);
		now += 1000;
		wake(open[2 * i + 1]);
	}
	expect_small(0);
	assert_int_equal(warnings, 1);
	close(waiting);
}

static void
test_no_files(void** state)
{
	(void)state;
	check_failure(EMFILE);
}

static void
test_no_memory(void** state)
{
	(void)state;
	check_failure(ENOMEM);
}

/** What went wrong with one client is nothing to the others. */
static void
test_aborted(void** state)
{
	(void)state;
	failure = ECONNABORTED;
	failures = 1;
	expect_small(0);
	assert_int_equal(failures, 0);
	assert_int_equal(warnings, 0);
}

/** Nobody is waited for. */
static void
test_stop(void** state)
{
	int idle = client(0), reader = client(1);
	(void)state;
	request(reader, "/large");
	expect_small(0);
	expect_small(1);
	http_stop(http);
	http = NULL;
	assert_true(is_closed(idle));
	assert_true(read_all(reader) < LARGE);
	close(idle);
	close(reader);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_serves),
		TEST(test_nice),
		TEST(test_crowd),
		TEST(test_slow_readers),
		TEST(test_crowd_of_readers),
		TEST(test_deadlines),
		TEST(test_no_files),
		TEST(test_no_memory),
		TEST(test_aborted),
		TEST(test_stop),
	};
	return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
