/*
 * tests/unit/etcd/client_set.h - what the tests of the client share.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * A client and a scripted server (fake_etcd.h), and what a call has taken. Time
 * is the idle clock's (idle_clock.h).
 */
#ifndef HELIX_TESTS_ETCD_CLIENT_SET_H
#define HELIX_TESTS_ETCD_CLIENT_SET_H

#include "etcd/client.h"
#include "fake_etcd.h"

/** milliseconds that a call may take where it is to end by itself */
#define LONG 60000
/** milliseconds that a call may take where it is to time out */
#define SHORT 100

/** A client and the server that it talks to. */
struct set {
	/** the endpoint */
	char* endpoints[1];
	/** how to reach it */
	struct etcd_settings settings;
	/** the server */
	struct fake_etcd* fake;
	/** the client */
	struct client* client;
};

/** What a call's function has taken. */
struct taken {
	/** the octets, as far as they are kept; NUL-terminated */
	char text[4096];
	/** octets in text */
	size_t len;
	/** octets that were handed over */
	size_t octets;
	/** after how many octets to end the call; 0: never */
	size_t enough;
};

/** Start a server and a client of it, to be ended by tear_down.
 * @param mode, script, count: as for fake_etcd_start. */
void set_up(struct set* set, enum fake_mode mode,
	const struct fake_exchange* script, size_t count);

void tear_down(struct set* set);

/** Make a call ready, the data of which is taken. */
void call_init(struct call* call, struct taken* taken);

#endif /* HELIX_TESTS_ETCD_CLIENT_SET_H */
