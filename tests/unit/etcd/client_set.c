/*
 * tests/unit/etcd/client_set.c - what the tests of the client share.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "client_set.h"
#include "idle_clock.h"
#include <string.h>

static bool
take(void* arg, const char* data, size_t len)
{
	struct taken* taken = arg;
	size_t room = sizeof(taken->text) - 1 - taken->len;
	size_t n = len < room ? len : room;
	memcpy(taken->text + taken->len, data, n);
	taken->len += n;
	taken->text[taken->len] = 0;
	taken->octets += len;
	return taken->enough == 0 || taken->octets < taken->enough;
}

void
set_up(struct set* set, enum fake_mode mode,
	const struct fake_exchange* script, size_t count)
{
	memset(set, 0, sizeof(*set));
	set->fake = fake_etcd_start(mode, script, count);
	assert_non_null(set->fake);
	idle_clock_follow(set->fake);
	set->endpoints[0] = fake_etcd_url(set->fake);
	set->settings = (struct etcd_settings){ .endpoints = set->endpoints,
		.endpoint_count = 1, .connect_timeout = LONG,
		.request_timeout = LONG, .heartbeat = LONG };
	set->client = client_create(&set->settings);
	assert_non_null(set->client);
}

void
tear_down(struct set* set)
{
	client_delete(set->client);
	idle_clock_follow(NULL);
	fake_etcd_stop(set->fake);
}

void
call_init(struct call* call, struct taken* taken)
{
	memset(call, 0, sizeof(*call));
	memset(taken, 0, sizeof(*taken));
	call->data = take;
	call->arg = taken;
}
