/*
 * tests/fuzz/fuzz_protocol.c - any answers to a protocol.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "fuzz_protocol.h"
#include "feed.h"
#include "etcd/client.h"
#include "base/log.h"
#include "base/thread.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/** most calls under way */
#define CALLS_MAX 8

/** An answer, and how far it was given. */
struct answer_state {
	/** the call */
	struct call* call;
	/** the rest of the body */
	const char* body;
	/** octets of it */
	size_t len;
	/** when it has taken too long; 0: never */
	int64_t deadline;
	/** how it ends */
	char end;
	/** its status */
	long status;
	/** the header X-Etcd-Index */
	char index[24];
};

/** What the client's functions work with. */
static struct {
	/** the rest of the input */
	const char* data;
	/** octets of it */
	size_t len;
	/** from which sizes of pieces follow */
	uint32_t chance;
	/** whether there is nothing more to do */
	bool stopped;
	/** the time */
	int64_t now;
	/** the calls under way; call is NULL: none */
	struct answer_state answers[CALLS_MAX];
} fuzz;

/** what the digits stand for */
static const long status[] = { 200, 400, 401, 403, 404, 500, 503, 0, 200,
	200 };

/* --- the client ---------------------------------------------------------- */

int64_t
clock_now(void)
{
	return fuzz.now += 10;
}

int64_t
clock_microseconds(void)
{
	return clock_now() * 1000;
}

bool
client_authorize(struct client* client, const char* authorization)
{
	(void)client;
	(void)authorization;
	return true;
}

const char*
client_endpoint(const struct client* client)
{
	(void)client;
	return "http://127.0.0.1:2379";
}

static struct answer_state*
state_of(const struct call* call)
{
	size_t i;
	for(i = 0; i < CALLS_MAX; i++) {
		if(fuzz.answers[i].call == call)
			return &fuzz.answers[i];
	}
	return NULL;
}

/** Take the next answer from the input. */
static bool
next_answer(struct answer_state* state)
{
	const char* nul = memchr(fuzz.data, 0, fuzz.len);
	const char *begin, *end, *space;
	size_t n;
	if(!nul || nul + 3 > fuzz.data + fuzz.len)
		return false;
	begin = nul + 1;
	fuzz.len -= (size_t)(begin - fuzz.data);
	fuzz.data = begin;
	end = memchr(begin, 0, fuzz.len);
	if(!end)
		end = begin + fuzz.len;
	if(end - begin < 3 || begin[1] < '0' || begin[1] > '9')
		return false;
	state->end = begin[0];
	state->status = status[begin[1] - '0'];
	space = memchr(begin + 2, ' ', (size_t)(end - begin - 2));
	n = space ? (size_t)(space - begin - 2) : 0;
	if(n >= sizeof(state->index))
		n = 0;
	memcpy(state->index, begin + 2, n);
	state->index[n] = 0;
	state->body = space ? space + 1 : begin + 2;
	state->len = (size_t)(end - state->body);
	return true;
}

bool
client_start(struct client* client, struct call* call, const char* path,
	const char* body, unsigned timeout)
{
	struct answer_state* state = state_of(NULL);
	(void)path;
	(void)body;
	call->client = client;
	call->done = call->ok = call->timed_out = false;
	call->status = 0;
	call->received = 0;
	call->refusal_len = 0;
	call->refusal[0] = call->failure.text[0] = 0;
	if(!state || !next_answer(state)) {
		fuzz.stopped = true;
		strcpy(call->failure.text, "no more answers");
		call->open = false;
		return false;
	}
	state->call = call;
	state->deadline = timeout > 0 ? fuzz.now + timeout : 0;
	call->open = true;
	return true;
}

void
call_end(struct call* call)
{
	struct answer_state* state = call->open ? state_of(call) : NULL;
	if(state)
		state->call = NULL;
	call->open = false;
}

long
call_status(const struct call* call)
{
	const struct answer_state* state = call->open ? state_of(call) : NULL;
	return state ? state->status : 0;
}

const char*
call_header(const struct call* call, const char* name)
{
	const struct answer_state* state = call->open ? state_of(call) : NULL;
	if(!state)
		return NULL;
	return strcmp(name, "X-Etcd-Index") == 0 ? state->index :
		"cdf818194e3a8c32";
}

void
call_half_close(struct call* call)
{
	struct answer_state* state = state_of(call);
	if(state && state->end == 'c')
		state->end = 'a';
}

bool
call_check_stall(struct call* call, bool resting)
{
	const struct answer_state* state = state_of(call);
	return !resting && state && state->len == 0 && state->end == 'c';
}

/** A call's answer has ended. */
static void
answer_end(struct answer_state* state, const char* failure)
{
	struct call* call = state->call;
	call->done = true;
	call->status = state->status;
	call->ok = !failure && state->status == 200;
	if(failure && call->refusal_len == 0)
		strcpy(call->failure.text, failure);
}

/** Give a piece of an answer. */
static void
answer_go_on(struct answer_state* state)
{
	struct call* call = state->call;
	size_t n = fuzz.chance >> 16 & 0x3f;
	fuzz.chance = fuzz.chance * 1103515245 + 12345;
	if(n == 0 || n > state->len)
		n = state->len;
	call->received += n;
	if(state->status != 200) {
		size_t room = CALL_REFUSAL_MAX - call->refusal_len;
		n = n < room ? n : room;
		memcpy(call->refusal + call->refusal_len, state->body, n);
		call->refusal_len += n;
		call->refusal[call->refusal_len] = 0;
		if(room == 0)
			n = state->len;
	} else if(n > 0) {
		/* a copy of its size: nothing behind it is to be read */
		char* copy = malloc(n);
		bool ok;
		if(!copy)
			abort();
		memcpy(copy, state->body, n);
		ok = call->data(call->arg, copy, n);
		free(copy);
		if(!ok) {
			answer_end(state, "it was stopped");
			return;
		}
	}
	state->body += n;
	state->len -= n;
	if(state->len == 0 && state->end != 'c')
		answer_end(state, state->end == 'b' ? "cut off" : NULL);
}

bool
client_wait(struct client* client, unsigned timeout)
{
	bool moved = false;
	size_t i;
	(void)client;
	fuzz.now += timeout;
	for(i = 0; i < CALLS_MAX; i++) {
		struct answer_state* state = &fuzz.answers[i];
		if(!state->call || state->call->done)
			continue;
		if(state->deadline > 0 && fuzz.now > state->deadline) {
			state->call->timed_out = true;
			answer_end(state, "timed out");
			moved = true;
			continue;
		}
		if(state->len == 0 && state->end == 'c')
			continue;
		answer_go_on(state);
		moved = true;
	}
	/* in silence, probes take the rest of the answers */
	if(!moved && fuzz.len < 4)
		fuzz.stopped = true;
	return !fuzz.stopped;
}

bool
client_perform(struct client* client, struct call* call, const char* path,
	const char* body, unsigned patience, unsigned timeout)
{
	if(!client_start(client, call, path, body, timeout))
		call->done = true;
	while(!call->done) {
		struct answer_state* state = state_of(call);
		if(!state)
			abort();
		if(state->len == 0 && state->end == 'c') {
			call->timed_out = true;
			answer_end(state, "no answer");
			break;
		}
		if(!client_wait(client, patience / 4))
			return false;
	}
	return !fuzz.stopped;
}

/* --- the rest ------------------------------------------------------------ */

static void
on_watching(void* arg)
{
	(void)arg;
}

/** As the replica does: list, then resume and watch until there is nothing
 * more. */
static void
follow(const struct etcd_protocol* protocol, void* state,
	struct etcd_link* link)
{
	bool listed = false;
	unsigned steps = 100;
	while(!fuzz.stopped && steps-- > 0) {
		enum etcd_result result = listed ? protocol->resume(state) :
			protocol->list(state);
		if(!listed && result == ETCD_OK)
			listed = true;
		if(result == ETCD_OK)
			result = protocol->watch(state);
		if(result == ETCD_UNAUTHENTICATED)
			abort();
		if(result == ETCD_RELIST || result == ETCD_BEHIND)
			listed = false;
		if(result == ETCD_BEHIND)
			link->replaced = true;
	}
}

/** A file with a password. */
static char*
password_file(void)
{
	static char path[32];
	int fd;
	if(path[0])
		return path;
	fd = memfd_create("password", 0);
	if(fd < 0 || write(fd, "secret", 6) != 6)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return path;
}

void
fuzz_protocol(const struct etcd_protocol* protocol, const uint8_t* data,
	size_t size)
{
	static char prefix[] = "/h", user[] = "user";
	static char hidden[] = "e/_t";
	char* hiddens[] = { hidden };
	struct etcd_settings settings = { .prefix = prefix, .hidden = hiddens,
		.hidden_count = 1, .username = user,
		.password_file = password_file(), .connect_timeout = 100,
		.request_timeout = 1000, .heartbeat = 200 };
	struct zone_settings zone = { .apex = { 3, "\001e" }, .ttl = 5 };
	const struct feed_listener listener = { .arg = NULL };
	struct feed* feed = feed_create(&zone, 1, prefix, &listener);
	struct etcd_sink sink = feed_sink(feed);
	struct etcd_link link = { .settings = &settings, .sink = &sink,
		.watching = on_watching };
	void* state;
	if(size > 0 && data[0] & 1) {
		settings.username = settings.password_file = NULL;
		settings.hidden_count = 0;
	}
	memset(&fuzz, 0, sizeof(fuzz));
	fuzz.data = (const char*)data + (size > 0);
	fuzz.len = size > 0 ? size - 1 : 0;
	fuzz.chance = size > 0 ? data[0] * 2654435761u : 0;
	helix_log_set_writer(helix_log_discard);
	state = feed ? protocol->open(&link) : NULL;
	if(!state)
		abort();
	follow(protocol, state, &link);
	protocol->close(state);
	feed_delete(feed);
}
