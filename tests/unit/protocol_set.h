/*
 * tests/unit/protocol_set.h - a protocol between a server and a sink.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * What the tests of the protocols share: a protocol that talks to a scripted
 * server (fake_etcd.h) and tells a sink that writes down what it is told
 * (told.h); and what is to be after a step of it. Time is the idle clock's
 * (etcd/idle_clock.h).
 */
#ifndef HELIX_TESTS_PROTOCOL_SET_H
#define HELIX_TESTS_PROTOCOL_SET_H

#include "etcd/protocol.h"
#include "etcd/client.h"
#include "fake_etcd.h"
#include "told.h"

/** milliseconds for what is to end by itself */
#define LONG 60000
/** milliseconds for what is to time out */
#define SHORT 100
/** milliseconds between probes */
#define HEARTBEAT 200
/** most exchanges in the script of a case */
#define SCRIPT_MAX 10

/** The protocol, the server that it talks to, and the sink. */
struct set {
	/** the endpoint */
	char* endpoints[1];
	/** the prefix */
	char prefix[16];
	/** how to reach the server */
	struct etcd_settings settings;
	/** the server */
	struct fake_etcd* fake;
	/** the sink's memory */
	struct told told;
	/** the sink */
	struct etcd_sink sink;
	/** what the protocol works with */
	struct etcd_link link;
	/** the protocol */
	const struct etcd_protocol* protocol;
	/** its state */
	void* state;
};

/**
 * Start a server, and open a protocol that follows "/h" there; to be ended by
 * tear_down.
 * @param mode, script, count: as for fake_etcd_start.
 */
void set_up(struct set* set, const struct etcd_protocol* protocol,
	enum fake_mode mode, const struct fake_exchange* script,
	size_t count);

/** Open the protocol anew, after the settings were changed. */
void set_open_again(struct set* set);

/** End it all. Each request must have been in the script. */
void tear_down(struct set* set);

/** List, which goes well, and forget what the sink was told.
 * @param name: of the case, for a message, here and below. */
void list_known(const char* name, struct set* set);

/** Set up, and list. */
void set_up_known(const char* name, struct set* set,
	const struct etcd_protocol* protocol,
	const struct fake_exchange* script, size_t count);

/** Number of exchanges in a script of a fixed size. */
size_t script_count(const struct fake_exchange* script);

/** Each exchange of a script was used once, in the script's order. */
void check_requests(const char* name, struct set* set, size_t count);

/** What is to be after a step. */
struct outcome {
	/** how the step ends */
	enum etcd_result result;
	/** what the reason has in it */
	const char* reason;
	/** the link's revision; -1: whatever */
	int64_t revision;
	/** what the sink is told; NULL: whatever */
	const char* told;
};

/** The steps of a protocol. */
enum step { STEP_LIST, STEP_RESUME, STEP_WATCH };

/** Take a step. */
enum etcd_result set_step(struct set* set, enum step step);

/** Compare what is after a step that ended with a result. */
void check_outcome(const char* name, const struct set* set,
	enum etcd_result result, const struct outcome* outcome);

/** What is the same for all cases of a table. */
struct steps {
	/** the protocol */
	const struct etcd_protocol* protocol;
	/** the step */
	enum step step;
	/** whether there is a list before, by which etcd is known */
	bool known;
	/** for check_ends: exchanges before those of a case; none behind one
	 * without a path */
	struct fake_exchange before[2];
	/** for check_ends: what is to be then; as in struct outcome */
	int64_t revision;
	/** the same */
	const char* told;
};

/** Take a step by a script, each exchange of which is used once, in the
 * script's order; and compare what is then. The cluster that was known still
 * is. */
void check_step(const struct steps* steps, const char* name,
	const struct fake_exchange* script, size_t count,
	const struct outcome* outcome);

/** How a step ends that tells what all of a table's do. */
struct end_case {
	/** what it is, for a message */
	const char* name;
	/** what is asked for, and answered */
	struct fake_exchange script[SCRIPT_MAX];
	/** how the step ends */
	enum etcd_result result;
	/** what the reason has in it */
	const char* reason;
};

/** Take a step for each case. */
void check_ends(const struct steps* steps, const struct end_case* cases,
	size_t count);

/**
 * Stop the client while a step is under way.
 * @param requests: of the server in all, after which to stop it.
 */
void check_stop(struct set* set, enum step step, size_t requests);

#endif /* HELIX_TESTS_PROTOCOL_SET_H */
