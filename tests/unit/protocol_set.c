/*
 * tests/unit/protocol_set.c - a protocol between a server and a sink.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "check.h"
#include "protocol_set.h"
#include "etcd/idle_clock.h"
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

void
set_up(struct set* set, const struct etcd_protocol* protocol,
	enum fake_mode mode, const struct fake_exchange* script, size_t count)
{
	memset(set, 0, sizeof(*set));
	set->fake = fake_etcd_start(mode, script, count);
	assert_non_null(set->fake);
	idle_clock_follow(set->fake);
	set->endpoints[0] = fake_etcd_url(set->fake);
	strcpy(set->prefix, "/h");
	set->settings = (struct etcd_settings){ .endpoints = set->endpoints,
		.endpoint_count = 1, .prefix = set->prefix,
		.connect_timeout = LONG, .request_timeout = LONG,
		.heartbeat = HEARTBEAT };
	told_clear(&set->told);
	set->sink = told_sink(&set->told);
	set->link = (struct etcd_link){ .settings = &set->settings,
		.sink = &set->sink, .watching = told_watching,
		.arg = &set->told };
	set->link.client = client_create(&set->settings);
	assert_non_null(set->link.client);
	set->protocol = protocol;
	set->state = protocol->open(&set->link);
	assert_non_null(set->state);
}

void
set_open_again(struct set* set)
{
	set->protocol->close(set->state);
	set->state = set->protocol->open(&set->link);
	assert_non_null(set->state);
}

void
tear_down(struct set* set)
{
	size_t unexpected = fake_etcd_unexpected(set->fake);
	set->protocol->close(set->state);
	client_delete(set->link.client);
	idle_clock_follow(NULL);
	fake_etcd_stop(set->fake);
	free(set->told.text);
	assert_int_equal(unexpected, 0);
}

void
list_known(const char* name, struct set* set)
{
	if(set->protocol->list(set->state) != ETCD_OK)
		fail_msg("%s: list: %s", name, set->link.reason.text);
	told_clear(&set->told);
}

void
set_up_known(const char* name, struct set* set,
	const struct etcd_protocol* protocol,
	const struct fake_exchange* script, size_t count)
{
	set_up(set, protocol, FAKE_ANSWERS, script, count);
	list_known(name, set);
}

size_t
script_count(const struct fake_exchange* script)
{
	size_t n = 0;
	while(n < SCRIPT_MAX && script[n].path)
		n++;
	return n;
}

void
check_requests(const char* name, struct set* set, size_t count)
{
	size_t i, requests;
	/* the last may be given up before it has been heard */
	(void)fake_etcd_wait(set->fake, count);
	requests = fake_etcd_requests(set->fake);
	for(i = 0; i < requests; i++) {
		const struct fake_request* request = fake_etcd_request(
			set->fake, i);
		if(request->exchange != (int)i)
			fail_msg("%s: request %zu was answered by exchange "
				"%d: %s%s", name, i, request->exchange,
				request->head, request->body);
	}
	if(requests != count)
		fail_msg("%s: %zu requests", name, requests);
}

/** What a reason with a text is counted as; the first that fits. */
static const struct {
	/** what the reason has in it */
	const char* text;
	/** where the keys must be listed */
	enum etcd_list_reason list;
	/** where the endpoint was lost */
	enum etcd_loss_reason loss;
} kinds[] = {
	{ "HTTP status ", ETCD_LIST_FIRST, ETCD_LOSS_ERROR },
	{ "the watch broke ", ETCD_LIST_STUCK, ETCD_LOSS_ERROR },
	{ "so the watch cannot deliver it", ETCD_LIST_STUCK, ETCD_LOSS_ERROR },
	{ "etcd has compacted", ETCD_LIST_COMPACTED, ETCD_LOSS_ERROR },
	{ "etcd has dropped the events", ETCD_LIST_COMPACTED,
		ETCD_LOSS_ERROR },
	{ "listing is faster", ETCD_LIST_MISSED, ETCD_LOSS_ERROR },
	{ "there is no key by which to check", ETCD_LIST_UNCHECKED,
		ETCD_LOSS_ERROR },
	{ "does not show the key by which", ETCD_LIST_UNCHECKED,
		ETCD_LOSS_ERROR },
	{ "too long to ask for", ETCD_LIST_UNCHECKED, ETCD_LOSS_ERROR },
	{ "delivered nothing for", ETCD_LIST_DOUBTED, ETCD_LOSS_ERROR },
	{ "can't be read", ETCD_LIST_UNREADABLE, ETCD_LOSS_ERROR },
	{ "out of order", ETCD_LIST_UNREADABLE, ETCD_LOSS_ERROR },
	{ "out of memory", ETCD_LIST_MEMORY, ETCD_LOSS_ERROR },
	{ "etcd does not answer", ETCD_LIST_FIRST, ETCD_LOSS_TIMEOUT },
	{ "watch stalled inside", ETCD_LIST_FIRST, ETCD_LOSS_TIMEOUT },
	{ "the watch is silent", ETCD_LIST_FIRST, ETCD_LOSS_TIMEOUT },
	{ "no answer in ", ETCD_LIST_FIRST, ETCD_LOSS_TIMEOUT },
	{ "timed out", ETCD_LIST_FIRST, ETCD_LOSS_TIMEOUT },
	{ "etcd closed the connection", ETCD_LIST_FIRST,
		ETCD_LOSS_CONNECTION },
	{ "the answer is cut off", ETCD_LIST_FIRST, ETCD_LOSS_CONNECTION },
	{ "Connection reset", ETCD_LIST_FIRST, ETCD_LOSS_CONNECTION },
	{ "outstanding read data", ETCD_LIST_FIRST, ETCD_LOSS_CONNECTION },
	{ "etcd says: ", ETCD_LIST_FIRST, ETCD_LOSS_ERROR },
	{ "etcd canceled the watch", ETCD_LIST_FIRST, ETCD_LOSS_ERROR },
};

/** A step is counted as its reason says. */
static void
check_kind(const char* name, const struct etcd_link* link,
	enum etcd_result result)
{
	size_t i;
	for(i = 0; i < COUNT(kinds); i++) {
		if(strstr(link->reason.text, kinds[i].text))
			break;
	}
	if(result == ETCD_RELIST && (i == COUNT(kinds) ||
		link->list_reason != kinds[i].list))
		fail_msg("%s: \"%s\" lists for reason %d", name,
			link->reason.text, (int)link->list_reason);
	if(result == ETCD_LOST && i < COUNT(kinds) &&
		link->loss != kinds[i].loss)
		fail_msg("%s: \"%s\" is loss %d", name, link->reason.text,
			(int)link->loss);
}

void
check_outcome(const char* name, const struct set* set,
	enum etcd_result result, const struct outcome* outcome)
{
	if(result != outcome->result || (result != ETCD_OK &&
		!strstr(set->link.reason.text, outcome->reason)))
		fail_msg("%s: result %d, \"%s\"", name, (int)result,
			set->link.reason.text);
	check_kind(name, &set->link, result);
	if(outcome->revision >= 0 &&
		set->link.revision != outcome->revision)
		fail_msg("%s: revision %" PRId64 ", expected %" PRId64, name,
			set->link.revision, outcome->revision);
	if(outcome->told && strcmp(set->told.text, outcome->told) != 0)
		fail_msg("%s: told\n%sexpected\n%s", name, set->told.text,
			outcome->told);
}

enum etcd_result
set_step(struct set* set, enum step step)
{
	const struct etcd_protocol* protocol = set->protocol;
	return (step == STEP_LIST ? protocol->list : step == STEP_RESUME ?
		protocol->resume : protocol->watch)(set->state);
}

void
check_step(const struct steps* steps, const char* name,
	const struct fake_exchange* script, size_t count,
	const struct outcome* outcome)
{
	uint64_t cluster;
	struct set set;
	set_up(&set, steps->protocol, FAKE_ANSWERS, script, count);
	if(steps->known)
		list_known(name, &set);
	cluster = set.link.cluster;
	check_outcome(name, &set, set_step(&set, steps->step), outcome);
	if(outcome->result != ETCD_OK && !set.link.reason.text[0])
		fail_msg("%s: no reason", name);
	if(steps->known && set.link.cluster != cluster)
		fail_msg("%s: cluster %" PRIx64, name, set.link.cluster);
	check_requests(name, &set, count);
	tear_down(&set);
}

void
check_ends(const struct steps* steps, const struct end_case* cases,
	size_t count)
{
	size_t i, n;
	for(i = 0; i < count; i++) {
		const struct outcome outcome = { cases[i].result,
			cases[i].reason, steps->revision, steps->told };
		struct fake_exchange script[2 + SCRIPT_MAX];
		for(n = 0; n < 2 && steps->before[n].path; n++)
			script[n] = steps->before[n];
		memcpy(script + n, cases[i].script, sizeof(cases[i].script));
		check_step(steps, cases[i].name, script, n +
			script_count(cases[i].script), &outcome);
	}
}

/** Stops a client once the server was asked so often. */
struct stopper {
	/** the client */
	struct client* client;
	/** the server */
	struct fake_etcd* fake;
	/** number of requests */
	size_t requests;
};

static void*
stopper_main(void* arg)
{
	const struct stopper* stopper = arg;
	(void)fake_etcd_wait(stopper->fake, stopper->requests);
	client_stop(stopper->client);
	return NULL;
}

/** Once it was asked so often, no time passes until the client is stopped. */
static bool
stopper_act(void* arg)
{
	const struct stopper* stopper = arg;
	return fake_etcd_requests(stopper->fake) >= stopper->requests;
}

void
check_stop(struct set* set, enum step step, size_t requests)
{
	struct stopper stopper = { set->link.client, set->fake, requests };
	enum etcd_result result;
	pthread_t thread;
	idle_clock_act(stopper_act, &stopper);
	assert_int_equal(pthread_create(&thread, NULL, stopper_main,
		&stopper), 0);
	result = set_step(set, step);
	pthread_join(thread, NULL);
	assert_int_equal(result, ETCD_STOPPED);
}
