/*
 * tests/unit/status/test_address.c - addresses and settings as text.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/* What is no address, and what is said of it, is in tests/unit/data/config. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "check.h"
#include "status/address.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

static const struct {
	const char* text;
	int family;
	const char* host;
	unsigned port;
} rows[] = {
	{ "127.0.0.1:9167", AF_INET, "127.0.0.1", 9167 },
	{ "0.0.0.0:1", AF_INET, "0.0.0.0", 1 },
	{ "192.0.2.255:65535", AF_INET, "192.0.2.255", 65535 },
	{ "192.0.2.1:00080", AF_INET, "192.0.2.1", 80 },
	{ "[::1]:9167", AF_INET6, "::1", 9167 },
	{ "[::]:9167", AF_INET6, "::", 9167 },
	{ "[2001:DB8:0::1]:9167", AF_INET6, "2001:db8::1", 9167 },
	{ "[::ffff:192.0.2.1]:9167", AF_INET6, "::ffff:192.0.2.1", 9167 } };

static void
test_tcp(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(rows); i++) {
		struct address address;
		const struct sockaddr_in* v4 = (void*)&address.storage;
		const struct sockaddr_in6* v6 = (void*)&address.storage;
		bool is_v6 = rows[i].family == AF_INET6;
		char host[INET6_ADDRSTRLEN];
		assert_null(address_read_tcp(rows[i].text, &address));
		assert_int_equal(address.storage.ss_family, rows[i].family);
		assert_int_equal(address.len, is_v6 ? sizeof(*v6) :
			sizeof(*v4));
		inet_ntop(rows[i].family, is_v6 ? (const void*)&v6->sin6_addr :
			(const void*)&v4->sin_addr, host, sizeof(host));
		check(strcmp(host, rows[i].host) == 0, "%s: %s", rows[i].text,
			host);
		assert_int_equal(ntohs(is_v6 ? v6->sin6_port : v4->sin_port),
			rows[i].port);
	}
}

static void
test_unix(void** state)
{
	struct address address;
	const struct sockaddr_un* un = (void*)&address.storage;
	(void)state;
	assert_null(address_read_unix("/run/unbound/helix.sock", &address));
	assert_int_equal(un->sun_family, AF_UNIX);
	assert_string_equal(un->sun_path, "/run/unbound/helix.sock");
	assert_int_equal(address.len, sizeof(*un));
}

static void
test_copy(void** state)
{
	static const struct status_settings settings[] = { { NULL, NULL },
		{ "/s", NULL }, { NULL, "l" }, { "/s", "l" } };
	size_t i, j;
	(void)state;
	for(i = 0; i < COUNT(settings); i++) {
		struct status_settings copy;
		assert_true(status_settings_copy(&settings[i], &copy));
		for(j = 0; j < COUNT(settings); j++)
			assert_int_equal(status_settings_same(&settings[j],
				&copy), i == j);
		status_settings_clear(&copy);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tcp),
		cmocka_unit_test(test_unix),
		cmocka_unit_test(test_copy),
	};
	return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
