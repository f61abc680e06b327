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
#include "idle_clock.h"

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
	/** what to say next */
	const struct say* says;
};

/** Say what is due. @return whether there was something. */
static bool
sayer_act(void* arg)
{
	struct sayer* sayer = arg;
	const struct say* say = sayer->says;
	if(!say->path || fake_etcd_requests(sayer->fake) < say->requests ||
		!fake_etcd_say(sayer->fake, say->path, say->json ? say->json :
		""))
		return false;
	if(say->json != only_held)
		(void)fake_etcd_hang_up(sayer->fake, say->path, FAKE_KEEP);
	sayer->says++;
	return true;
}

enum etcd_result
watch_and_say(const char* name, struct set* set, const struct say* says)
{
	struct sayer sayer = { set->fake, says };
	enum etcd_result result;
	idle_clock_act(sayer_act, &sayer);
	result = etcd_v2.watch(set->state);
	idle_clock_act(NULL, NULL);
	if(sayer.says->path)
		fail_msg("%s: not held: %s; result %d, \"%s\"", name,
			sayer.says->path, (int)result, set->link.reason.text);
	return result;
}
