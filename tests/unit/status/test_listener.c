/*
 * tests/unit/status/test_listener.c - sockets that listen.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "check.h"
#include "status/address.h"
#include "status/listener.h"
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static char folder[] = "/tmp/test_listener.XXXXXX";
static char path[64];
static struct reason reason;

static int
set_up(void** state)
{
	(void)state;
	strcpy(folder + strlen(folder) - 6, "XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/socket", folder);
	*reason.text = 0;
	return 0;
}

static int
tear_down(void** state)
{
	(void)state;
	unlink(path);
	assert_int_equal(rmdir(folder), 0);
	return 0;
}

/** A socket for the path. */
static int
make_socket(struct address* address)
{
	assert_null(address_read_unix(path, address));
	return socket(AF_UNIX, SOCK_STREAM, 0);
}

/** Connect to the path. @return 0, or errno. */
static int
try_to_connect(void)
{
	struct address address;
	int fd = make_socket(&address);
	int error = 0;
	if(connect(fd, (struct sockaddr*)&address.storage, address.len) == -1)
		error = errno;
	close(fd);
	return error;
}

/** Listen on the path, as another process does. */
static int
listen_there(int backlog)
{
	struct address address;
	int fd = make_socket(&address);
	assert_int_equal(bind(fd, (struct sockaddr*)&address.storage,
		address.len), 0);
	assert_int_equal(listen(fd, backlog), 0);
	return fd;
}

/** What stands at the path. */
static struct stat
status_there(void)
{
	struct stat status;
	assert_int_equal(lstat(path, &status), 0);
	return status;
}

static void
check_listens(struct listener* listener)
{
	assert_int_equal(status_there().st_mode, S_IFSOCK | 0660);
	assert_int_equal(try_to_connect(), 0);
	assert_true(fcntl(listener->fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(listener->fd, F_GETFD) & FD_CLOEXEC);
}

static void
expect_refused(const char* expected)
{
	struct listener listener;
	assert_false(listener_open_unix(&listener, path, &reason));
	check(strstr(reason.text, expected), "%s", reason.text);
}

/* --- unix ---------------------------------------------------------------- */

static void
test_unix(void** state)
{
	static const mode_t masks[] = { 0, 022, 077, 0777 };
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(masks); i++) {
		struct listener listener;
		mode_t before = umask(masks[i]);
		bool ok = listener_open_unix(&listener, path, &reason);
		umask(before);
		check(ok, "%s", reason.text);
		check_listens(&listener);
		listener_close(&listener);
		assert_int_equal(access(path, F_OK), -1);
	}
}

static void
test_left_behind(void** state)
{
	struct listener listener;
	int fd = listen_there(1);
	(void)state;
	close(fd);
	assert_int_equal(try_to_connect(), ECONNREFUSED);
	check(listener_open_unix(&listener, path, &reason), "%s", reason.text);
	check_listens(&listener);
	listener_close(&listener);
}

/** A file that is gone, or is another's, is known, and left alone. */
static void
test_replaced(void** state)
{
	struct listener listener;
	int fd;
	(void)state;
	check(listener_open_unix(&listener, path, &reason), "%s", reason.text);
	assert_true(listener_is_there(&listener));
	assert_int_equal(unlink(path), 0);
	assert_false(listener_is_there(&listener));
	fd = listen_there(1);
	assert_false(listener_is_there(&listener));
	listener_close(&listener);
	assert_int_equal(try_to_connect(), 0);
	close(fd);
}

static void
test_served_by_another(void** state)
{
	int fd = listen_there(8);
	ino_t inode = status_there().st_ino;
	(void)state;
	expect_refused("another process listens on");
	assert_int_equal(status_there().st_ino, inode);
	close(fd);
}

/** Another process that does not accept, so that its queue is full. */
static void
test_served_by_a_busy_one(void** state)
{
	struct address address;
	int fd = listen_there(0);
	int clients[64];
	size_t i, count = 0;
	(void)state;
	for(i = 0; i < COUNT(clients); i++) {
		clients[count] = make_socket(&address);
		fcntl(clients[count], F_SETFL, O_NONBLOCK);
		count++;
		if(connect(clients[count - 1], (struct sockaddr*)
			&address.storage, address.len) == -1)
			break;
	}
	assert_int_equal(errno, EAGAIN);
	expect_refused("another process listens on");
	assert_true(S_ISSOCK(status_there().st_mode));
	while(count > 0)
		close(clients[--count]);
	close(fd);
}

static void
test_no_socket(void** state)
{
	int fd = open(path, O_CREAT | O_WRONLY, 0600);
	(void)state;
	assert_int_equal(write(fd, "mine", 4), 4);
	close(fd);
	expect_refused("is no socket");
	assert_int_equal(status_there().st_size, 4);
	/* nor is a link to a socket */
	unlink(path);
	assert_int_equal(symlink("/dev/null", path), 0);
	expect_refused("is no socket");
	assert_true(S_ISLNK(status_there().st_mode));
}

static void
test_no_folder(void** state)
{
	struct listener listener;
	(void)state;
	assert_false(listener_open_unix(&listener, "/nowhere/at/all/socket",
		&reason));
	assert_string_equal(reason.text, "No such file or directory");
	assert_false(listener_open_unix(&listener, "/proc/version/socket",
		&reason));
	assert_string_equal(reason.text, "Not a directory");
	assert_false(listener_open_unix(&listener, "/proc/socket", &reason));
	check(*reason.text, "no reason");
}

static void
test_bad_path(void** state)
{
	struct listener listener;
	(void)state;
	assert_false(listener_open_unix(&listener, "socket", &reason));
	check(strstr(reason.text, "expected a path"), "%s", reason.text);
}

/** Who has taken its place keeps it. */
static void
test_close_leaves_others(void** state)
{
	struct listener listener;
	int fd;
	(void)state;
	assert_true(listener_open_unix(&listener, path, &reason));
	unlink(path);
	fd = listen_there(1);
	listener_close(&listener);
	assert_true(S_ISSOCK(status_there().st_mode));
	close(fd);
	unlink(path);
	assert_true(listener_open_unix(&listener, path, &reason));
	unlink(path);
	listener_close(&listener);
}

/* --- TCP ----------------------------------------------------------------- */

/** Any socket of a family that listens on a free port; set to its text. */
static int
listen_anywhere(int family, char text[64])
{
	struct sockaddr_storage storage = { .ss_family = (sa_family_t)family };
	struct sockaddr_in* v4 = (void*)&storage;
	struct sockaddr_in6* v6 = (void*)&storage;
	socklen_t len = family == AF_INET6 ? sizeof(*v6) : sizeof(*v4);
	int fd = socket(family, SOCK_STREAM, 0);
	if(family == AF_INET6)
		v6->sin6_addr = in6addr_loopback;
	else	v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if(fd == -1 || bind(fd, (struct sockaddr*)&storage, len) == -1) {
		if(fd != -1)
			close(fd);
		return -1;
	}
	assert_int_equal(listen(fd, 1), 0);
	getsockname(fd, (struct sockaddr*)&storage, &len);
	snprintf(text, 64, "%s:%u", family == AF_INET6 ? "[::1]" : "127.0.0.1",
		ntohs(family == AF_INET6 ? v6->sin6_port : v4->sin_port));
	return fd;
}

static void
check_tcp(int family)
{
	struct listener listener;
	struct address address;
	char text[64];
	int fd = listen_anywhere(family, text);
	int client;
	if(fd == -1)
		check_nothing("no addresses of this family");
	assert_false(listener_open_tcp(&listener, text, &reason));
	assert_string_equal(reason.text, "Address already in use");
	close(fd);
	check(listener_open_tcp(&listener, text, &reason), "%s: %s", text,
		reason.text);
	assert_true(fcntl(listener.fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(listener.fd, F_GETFD) & FD_CLOEXEC);
	address_read_tcp(text, &address);
	client = socket(family, SOCK_STREAM, 0);
	assert_int_equal(connect(client, (struct sockaddr*)&address.storage,
		address.len), 0);
	/* that one holds the port after the end, which is no obstacle */
	close(accept(listener.fd, NULL, NULL));
	listener_close(&listener);
	check(listener_open_tcp(&listener, text, &reason), "%s: %s", text,
		reason.text);
	close(client);
	listener_close(&listener);
}

static void
test_tcp(void** state)
{
	(void)state;
	check_tcp(AF_INET);
}

static void
test_tcp_v6(void** state)
{
	(void)state;
	check_tcp(AF_INET6);
}

static void
test_tcp_refused(void** state)
{
	struct listener listener;
	(void)state;
	assert_false(listener_open_tcp(&listener, "192.0.2.1:9167", &reason));
	assert_string_equal(reason.text, "Cannot assign requested address");
	assert_false(listener_open_tcp(&listener, "localhost:1", &reason));
	check(strstr(reason.text, "expected an IPv4"), "%s", reason.text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_unix),
		TEST(test_left_behind),
		TEST(test_replaced),
		TEST(test_served_by_another),
		TEST(test_served_by_a_busy_one),
		TEST(test_no_socket),
		TEST(test_no_folder),
		TEST(test_bad_path),
		TEST(test_close_leaves_others),
		TEST(test_tcp),
		TEST(test_tcp_v6),
		TEST(test_tcp_refused),
	};
	return cmocka_run_group_tests_name("listener", tests, NULL, NULL);
}
