/*
 * tests/unit/status/test_status.c - how the module is, for who asks by HTTP.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/* What the pages say in detail is tested by test_json.c and test_metrics.c. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "check.h"
#include "base/log.h"
#include "base/thread.h"
#include "status/listener.h"
#include "status/report.h"
#include "status/status.h"
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/socket.h>
#include <unistd.h>

/** A source of the test's. */
struct fake {
	/** the only reason why it is not ready; NULL: it is ready */
	const char* reason;
	/** its bad and its ignored key */
	const char* bad;
	const char* ignored;
	/** false while nobody may ask */
	atomic_bool alive;
	/** how often it was asked */
	atomic_uint asked;
};

static char folder[] = "/tmp/test_status.XXXXXX";
static char path[64];
static char logged[4096];
static struct status* status;
static struct fake fakes[2];

static void
on_log(enum helix_log_level level, const char* line)
{
	(void)level;
	if(strlen(logged) + strlen(line) + 2 <= sizeof(logged))
		strcat(strcat(logged, line), "\n");
}

static bool
fake_report(void* arg, struct report* report)
{
	struct fake* fake = arg;
	assert_true(fake->alive);
	fake->asked++;
	*report = (struct report){ .version = "0.1.0" };
	if(!fake->reason)
		return true;
	report->reasons = calloc(1, sizeof(*report->reasons));
	report->reason_count = 1;
	return report->reasons && !reason_say(report->reasons, "%s",
		fake->reason);
}

static size_t
list(const char* name, feed_key_seen* seen, void* seen_arg)
{
	const struct feed_key key = { name, "why", 7 };
	seen(seen_arg, &key);
	return 5;
}

static size_t
fake_bad(void* arg, feed_key_seen* seen, void* seen_arg)
{
	struct fake* fake = arg;
	assert_true(fake->alive);
	return list(fake->bad, seen, seen_arg);
}

static size_t
fake_ignored(void* arg, feed_key_seen* seen, void* seen_arg)
{
	struct fake* fake = arg;
	assert_true(fake->alive);
	return list(fake->ignored, seen, seen_arg);
}

/** of what is told; report is NULL: of nothing */
static struct status_source source;

/** Tell of a fake. */
static void
show(struct fake* fake)
{
	source = (struct status_source){ fake, fake_report, fake_bad,
		fake_ignored };
	fake->alive = true;
	status_show(status, &source);
}

static int
set_up(void** state)
{
	(void)state;
	*logged = 0;
	source = (struct status_source){ 0 };
	helix_log_set_writer(on_log);
	strcpy(folder + strlen(folder) - 6, "XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/socket", folder);
	fakes[0] = (struct fake){ .bad = "/helix/bad", .ignored = "/helix/ig" };
	fakes[1] = (struct fake){ .bad = "/helix/bad2", .ignored = "/x",
		.reason = "no copy" };
	return 0;
}

static int
tear_down(void** state)
{
	(void)state;
	status_end(status);
	status = NULL;
	helix_log_set_writer(helix_log_discard);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(rmdir(folder), 0);
	return 0;
}

/** Begin with a socket and an address; both may be NULL. */
static void
begin(const char* socket, const char* listen)
{
	const struct status_settings settings = { (char*)socket,
		(char*)listen };
	status = status_begin(status, &settings, source.report ? &source :
		NULL);
}

/** Connect. @return -1 if nobody listens. */
static int
client(const char* where)
{
	struct address address;
	int fd;
	if(*where == '/')
		assert_null(address_read_unix(where, &address));
	else	assert_null(address_read_tcp(where, &address));
	fd = socket(address.storage.ss_family, SOCK_STREAM, 0);
	if(connect(fd, (struct sockaddr*)&address.storage, address.len) == 0)
		return fd;
	close(fd);
	return -1;
}

/** Ask. @return the answer; "" if nobody listens. */
static const char*
ask(const char* where, const char* page, const char* accept)
{
	static char text[65536];
	char request[256];
	size_t total = 0;
	ssize_t len;
	int fd = client(where);
	*text = 0;
	if(fd == -1)
		return text;
	snprintf(request, sizeof(request), "GET %s HTTP/1.0\r\nAccept: %s\r\n"
		"\r\n", page, accept);
	assert_true(send(fd, request, strlen(request), MSG_NOSIGNAL) > 0);
	while((len = recv(fd, text + total, sizeof(text) - 1 - total, 0)) > 0)
		total += (size_t)len;
	text[total] = 0;
	close(fd);
	return text;
}

/** Compare an answer. */
static void
expect(const char* page, const char* accept, unsigned code, const char* type,
	const char* body)
{
	const char* text = ask(path, page, accept);
	char start[32], field[128];
	const char* end = strstr(text, "\r\n\r\n");
	snprintf(start, sizeof(start), "HTTP/1.1 %u ", code);
	snprintf(field, sizeof(field), "\r\nContent-Type: %s\r\n", type);
	check(strncmp(text, start, strlen(start)) == 0 && strstr(text, field) &&
		end && strstr(end, body), "%s: %s", page, text);
}

#define PLAIN "text/plain; charset=utf-8"
#define PROMETHEUS "text/plain; version=0.0.4; charset=utf-8"
#define OPENMETRICS "application/openmetrics-text; version=1.0.0; " \
	"charset=utf-8"
#define JSON "application/json"

static void
test_pages(void** state)
{
	(void)state;
	begin(path, NULL);
	show(&fakes[0]);
	expect("/ready", "", 200, PLAIN, "\r\n\r\nready\n");
	expect("/live", "", 200, PLAIN, "\r\n\r\nlive\n");
	expect("/metrics", "", 200, PROMETHEUS, "\nhelix_ready 1\n");
	expect("/metrics", "application/openmetrics-text", 200, OPENMETRICS,
		"\n# EOF\n");
	/* the version of Unbound is what this was configured for */
	check(strstr(ask(path, "/metrics", ""), "unbound=\"1."), "%s",
		ask(path, "/metrics", ""));
	expect("/status", "", 200, JSON, "\"ready\":true");
	expect("/keys/bad", "", 200, JSON, "\"key\":\"/helix/bad\"");
	expect("/keys/bad", "", 200, JSON, "\"total\":5");
	expect("/keys/ignored", "", 200, JSON, "\"key\":\"/helix/ig\"");
	expect("/", "", 404, PLAIN, "there are /metrics, /ready, /live, "
		"/status, /keys/bad, /keys/ignored\n");
	check(strstr(logged, "helix: serving the status on /"), "%s", logged);
}

static void
test_not_ready(void** state)
{
	(void)state;
	begin(path, NULL);
	show(&fakes[1]);
	expect("/ready", "", 503, PLAIN, "\r\n\r\nno copy\n");
	expect("/live", "", 200, PLAIN, "live");
	expect("/metrics", "", 200, PROMETHEUS, "\nhelix_ready 0\n");
	expect("/status", "", 200, JSON, "\"reasons\":[\"no copy\"]");
}

/** A reason has a line of its own, in valid UTF-8, whatever is in it. */
static void
test_odd_reason(void** state)
{
	(void)state;
	fakes[1].reason = "caf\xc3\xa9 \xff\nready\x1b\xc3";
	begin(path, NULL);
	show(&fakes[1]);
	expect("/ready", "", 503, PLAIN, "\r\n\r\ncaf\xc3\xa9 \xef\xbf\xbd "
		"ready \xef\xbf\xbd\n");
}

/** Who asks a new socket is told of the source at once: it could be a load
 * balancer that would take "starting" for an outage. */
static void
test_shown_from_the_first_on(void** state)
{
	(void)state;
	begin(path, NULL);
	show(&fakes[0]);
	assert_int_equal(unlink(path), 0);
	begin(path, NULL);
	expect("/ready", "", 200, PLAIN, "ready\n");
	begin(path, NULL);
	expect("/ready", "", 200, PLAIN, "ready\n");
}

/** Before there is anything to tell of. */
static void
test_starting(void** state)
{
	static const char* const pages[] = { "/ready", "/metrics", "/status" };
	size_t i;
	(void)state;
	begin(path, NULL);
	for(i = 0; i < COUNT(pages); i++)
		expect(pages[i], "", 503, PLAIN, "starting\n");
	expect("/live", "", 200, PLAIN, "live\n");
	expect("/keys/bad", "", 503, JSON, "\"total\":0");
	show(&fakes[0]);
	expect("/ready", "", 200, PLAIN, "ready\n");
	status_show(status, NULL);
	fakes[0].alive = false;
	expect("/ready", "", 503, PLAIN, "starting\n");
	/* of none, there is nothing to be said */
	status_show(NULL, NULL);
}

/** With the same settings, connections go on. */
static void
test_kept(void** state)
{
	static const char request[] = "GET /ready HTTP/1.0\r\n\r\n";
	struct status* before;
	char text[512];
	ssize_t len;
	int fd;
	(void)state;
	begin(path, NULL);
	show(&fakes[0]);
	before = status;
	fd = client(path);
	assert_int_equal(send(fd, request, 5, 0), 5);
	begin(path, NULL);
	assert_ptr_equal(status, before);
	show(&fakes[1]);
	fakes[0].alive = false;
	assert_int_equal(send(fd, request + 5, sizeof(request) - 6, 0),
		sizeof(request) - 6);
	len = recv(fd, text, sizeof(text) - 1, 0);
	assert_true(len > 0);
	text[len] = 0;
	check(strncmp(text, "HTTP/1.1 503 ", 13) == 0, "%s", text);
	close(fd);
}

/** An address of TCP on which nobody listens. */
static void
free_address(char text[64])
{
	struct sockaddr_in v4 = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(v4);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr*)&v4, len), 0);
	getsockname(fd, (struct sockaddr*)&v4, &len);
	snprintf(text, 64, "127.0.0.1:%u", ntohs(v4.sin_port));
	close(fd);
}

static void
test_changed(void** state)
{
	char tcp[64];
	(void)state;
	free_address(tcp);
	begin(path, NULL);
	show(&fakes[0]);
	begin(path, tcp);
	show(&fakes[0]);
	assert_non_null(strstr(ask(path, "/ready", ""), "ready"));
	assert_non_null(strstr(ask(tcp, "/ready", ""), "ready"));
	begin(NULL, tcp);
	show(&fakes[0]);
	assert_string_equal(ask(path, "/ready", ""), "");
	assert_non_null(strstr(ask(tcp, "/ready", ""), "ready"));
	begin(NULL, NULL);
	assert_null(status);
	assert_string_equal(ask(tcp, "/ready", ""), "");
	begin(NULL, NULL);
	assert_null(status);
}

/** What cannot be opened costs the other nothing, and is tried again. */
static void
test_taken(void** state)
{
	struct listener other;
	struct reason reason;
	char tcp[64], expected[256];
	struct status* before;
	(void)state;
	free_address(tcp);
	assert_true(listener_open_tcp(&other, tcp, &reason));
	begin(path, tcp);
	show(&fakes[0]);
	expect("/ready", "", 200, PLAIN, "ready");
	snprintf(expected, sizeof(expected), "helix: cannot serve the status "
		"on %s: Address already in use; names are answered as before, "
		"and the next reload tries again\n", tcp);
	check(strstr(logged, expected), "%s", logged);
	begin(NULL, tcp);
	assert_null(status);
	listener_close(&other);
	begin(path, tcp);
	show(&fakes[0]);
	expect("/ready", "", 200, PLAIN, "ready");
	assert_non_null(strstr(ask(tcp, "/ready", ""), "ready"));
	/* and then it is kept */
	before = status;
	begin(path, tcp);
	assert_ptr_equal(status, before);
}

/** A folder that is missing is one warning. */
static void
test_no_folder(void** state)
{
	(void)state;
	begin("/nowhere/at/all", NULL);
	assert_null(status);
	assert_string_equal(logged, "helix: cannot serve the status on "
		"/nowhere/at/all: No such file or directory; names are "
		"answered as before, and the next reload tries again\n");
}

/* --- while others ask ---------------------------------------------------- */

static atomic_bool asking;

/** Ask all the while. */
static void*
ask_on(void* arg)
{
	static const char* const pages[] = { "/ready", "/metrics", "/status",
		"/keys/bad", "/keys/ignored" };
	char request[64], text[512];
	unsigned i;
	(void)arg;
	for(i = 0; asking; i++) {
		int fd = client(path);
		int len = snprintf(request, sizeof(request), "GET %s "
			"HTTP/1.0\r\n\r\n", pages[i % COUNT(pages)]);
		if(fd == -1)
			continue;
		if(send(fd, request, (size_t)len, MSG_NOSIGNAL) == len)
			while(recv(fd, text, sizeof(text), 0) > 0)
				continue;
		close(fd);
	}
	return NULL;
}

/** Once another source is shown, nobody asks the one before. */
static void
test_shown_meanwhile(void** state)
{
	pthread_t thread;
	unsigned i;
	(void)state;
	begin(path, NULL);
	show(&fakes[0]);
	asking = true;
	assert_true(thread_start(&thread, ask_on, NULL));
	for(i = 1; i <= 2000; i++) {
		struct fake* fake = &fakes[i % 2];
		unsigned before = fake->asked;
		show(fake);
		fakes[1 - i % 2].alive = false;
		/* now and then, wait until it was asked */
		while(status && i % 20 == 0 && fake->asked == before)
			sched_yield();
		if(i % 500 == 0)
			begin(i % 1000 ? NULL : path, NULL);
		if(i % 500 == 250) {
			begin(path, NULL);
			show(fake);
		}
	}
	asking = false;
	assert_int_equal(pthread_join(thread, NULL), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_pages),
		TEST(test_not_ready),
		TEST(test_odd_reason),
		TEST(test_shown_from_the_first_on),
		TEST(test_starting),
		TEST(test_kept),
		TEST(test_changed),
		TEST(test_taken),
		TEST(test_no_folder),
		TEST(test_shown_meanwhile),
	};
	return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
