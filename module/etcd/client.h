/*
 * etcd/client.h - sends requests to etcd's endpoints.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * HTTP to one endpoint at a time, by libcurl's multi interface. Several calls
 * (etcd/call.h) can be under way at once, such as a watch and a probe beside
 * it. They go on inside client_wait, which also calls the functions that take
 * their data.
 *
 * One thread uses a client. Any other thread may call client_stop, after which
 * no function of the client waits any more.
 *
 * Every request has the header `Grpc-Metadata-hasleader: true`: without it, a
 * member that is cut off from its cluster answers as if nothing were wrong.
 */
#ifndef HELIX_ETCD_CLIENT_H
#define HELIX_ETCD_CLIENT_H

#include "etcd/call.h"
#include "etcd/settings.h"

/**
 * Make a client, and let it use the first endpoint.
 * @param settings: outlives the client.
 * @return NULL if memory ran out, or libcurl can't be used.
 */
struct client* client_create(const struct etcd_settings* settings);

/** Delete a client, all calls of which have been ended; NULL is ignored. */
void client_delete(struct client* client);

/** Make client_wait and client_pause return at once, now and from now on. Any
 * thread. */
void client_stop(struct client* client);

/** Whether client_stop was called. Any thread. */
bool client_is_stopped(const struct client* client);

/** The URL of the endpoint that calls are sent to. */
const char* client_endpoint(const struct client* client);

/** Index of that endpoint in the settings. */
size_t client_endpoint_index(const struct client* client);

/** Send further calls to the next endpoint; after the last comes the first.
 */
void client_use_next(struct client* client);

/**
 * Set the header Authorization of further calls.
 * @param authorization: its value, copied; NULL: calls have none.
 * @return false if memory ran out; calls have none then.
 */
bool client_authorize(struct client* client, const char* authorization);

/**
 * Start a call to the endpoint.
 * @param call: data and arg are set by the caller, the rest here. It must stay
 *	where it is until call_end.
 * @param path: such as "/v3/kv/range".
 * @param body: JSON to POST; copied. NULL: GET.
 * @param timeout: how long the call may take as a whole, in milliseconds; 0:
 *	any time, once it is connected.
 * @return false if memory ran out; call->failure says so.
 */
bool client_start(struct client* client, struct call* call, const char* path,
	const char* body, unsigned timeout);

/**
 * Let the calls go on until one has a head or data, or is done, or the time is
 * up.
 * @param timeout: milliseconds.
 * @return false if the client was stopped.
 */
bool client_wait(struct client* client, unsigned timeout);

/**
 * Start a call and wait until it is done.
 * @param patience: for how long the answer's body may be silent, in
 *	milliseconds. A call that is silent for longer has timed out, and so
 *	has one that stalls (call_check_stall). 0: no limit.
 * @param timeout: as for client_start.
 * @return false if the client was stopped. The call is to be ended whatever
 *	is returned.
 */
bool client_perform(struct client* client, struct call* call,
	const char* path, const char* body, unsigned patience,
	unsigned timeout);

/** Wait for so many milliseconds, while no call is under way.
 * @return false if the client was stopped. */
bool client_pause(struct client* client, unsigned timeout);

#endif /* HELIX_ETCD_CLIENT_H */
