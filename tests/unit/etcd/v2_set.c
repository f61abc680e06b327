/*
 * tests/unit/etcd/v2_set.c - what the tests of the v2 API share.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "v2_set.h"
#include <pthread.h>

void
set_up_hidden(struct set* set, const char* const* hidden,
	const struct fake_exchange* script, size_t count)
{
	set_up(set, &etcd_v2, FAKE_ANSWERS, script, count);
	/* nobody writes there */
	set->settings.hidden = (char**)(uintptr_t)hidden;
	while(set->settings.hidden_count < HIDDEN_MAX &&
		hidden[set->settings.hidden_count])
		set->settings.hidden_count++;
	set_open_again(set);
}

void
check_used(const char* name, struct set* set, size_t count)
{
	size_t i, requests;
	/* as check_requests does */
	(void)fake_etcd_wait(set->fake, count);
	requests = fake_etcd_requests(set->fake);
	for(i = 0; i < requests; i++) {
		const struct fake_request* request = fake_etcd_request(
			set->fake, i);
		if(request->exchange < 0)
			fail_msg("%s: request %zu was not expected: %s", name,
				i, request->head);
	}
	if(requests != count)
		fail_msg("%s: %zu requests", name, requests);
}

const char only_held[] = "";

/** Says one after the other. */
struct sayer {
	/** the server */
	struct fake_etcd* fake;
	/** what to say */
	const struct say* says;
	/** what could not be said; NULL if all could */
	const char* unsaid;
};

/** Say one thing. @return false if that could not be done. */
static bool
say_one(struct fake_etcd* fake, const struct say* say)
{
	if(!fake_etcd_wait(fake, say->requests) ||
		!fake_etcd_wait_held(fake, say->path))
		return false;
	if(say->json == only_held)
		return true;
	return (!say->json || fake_etcd_say(fake, say->path, say->json)) &&
		fake_etcd_hang_up(fake, say->path, FAKE_KEEP);
}

static void*
sayer_main(void* arg)
{
	struct sayer* sayer = arg;
	const struct say* say = sayer->says;
	for(; say->path && !sayer->unsaid; say++) {
		if(!say_one(sayer->fake, say))
			sayer->unsaid = say->path;
	}
	return NULL;
}

enum etcd_result
watch_and_say(const char* name, struct set* set, const struct say* says)
{
	struct sayer sayer = { set->fake, says, NULL };
	enum etcd_result result;
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, sayer_main, &sayer),
		0);
	result = etcd_v2.watch(set->state);
	pthread_join(thread, NULL);
	if(sayer.unsaid)
		fail_msg("%s: not held: %s; result %d, \"%s\"", name,
			sayer.unsaid, (int)result, set->link.reason);
	return result;
}
