/*
 * tests/unit/unbound/test_stale.c - telling clients that an answer may be old.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/*
 * Unbound's list of options is a double here, which counts what is added.
 */
#include "unbound/stale.h"
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "questions.h"
#include "region.h"
#include <string.h>

#define ID 1

/** number of options, and the list of the last one */
static unsigned count;
static struct edns_option** last;

int
edns_opt_list_append_ede(struct edns_option** list, struct regional* region,
	sldns_ede_code code, const char* text)
{
	assert_ptr_equal(region, THE_REGION);
	assert_int_equal(code, 3);
	assert_string_equal(text, "etcd is away");
	last = list;
	count++;
	return 1;
}

struct edns_option*
edns_opt_list_find(struct edns_option* list, uint16_t code)
{
	assert_int_equal(code, 15);
	return list;
}

static struct two_zones two;
static struct stale stale;
static _Atomic bool away;
static struct config_file config;
static struct module_env env;
static struct module_qstate qstate;
static struct reply_info info;
static struct dns_msg message;

/** Make a query about a name. */
static void
ask_for(const char* text)
{
	static struct name name;
	question_name(&name, text);
	qstate.qinfo = (struct query_info){ name.wire, name.len,
		LDNS_RR_TYPE_A, LDNS_RR_CLASS_IN, NULL };
}

static int
set_up(void** state)
{
	(void)state;
	two_zones_create(&two);
	memset(&config, 0, sizeof(config));
	env.cfg = &config;
	memset(&qstate, 0, sizeof(qstate));
	message.rep = &info;
	qstate.region = THE_REGION;
	qstate.return_msg = &message;
	qstate.ext_state[ID] = module_finished;
	ask_for("www.example.com.");
	count = 0;
	away = true;
	stale_begin(&stale, &env, two.zones, &away);
	return 0;
}

static int
tear_down(void** state)
{
	(void)state;
	two_zones_clear(&two);
	region_clear();
	return 0;
}

/** @return the number of options that the module adds to its answer. */
static unsigned
marked(void)
{
	count = 0;
	stale_mark(&stale, &qstate, ID);
	if(count > 0)
		assert_ptr_equal(last, &qstate.edns_opts_front_out);
	return count;
}

/** As marked, for an answer from the cache. */
static unsigned
cached(bool edns_present, time_t ttl)
{
	inplace_cb_reply_func_type* callback = stale_on_cached;
	struct edns_data edns = { .edns_present = edns_present };
	struct edns_option* list = NULL;
	struct timeval now = { .tv_sec = 1000 };
	count = 0;
	info.ttl = ttl;
	assert_int_equal(callback(&qstate.qinfo, NULL, &info, 0, &edns, &list,
		NULL, THE_REGION, &now, ID, &stale), 1);
	if(count > 0)
		assert_ptr_equal(last, &list);
	return count;
}

/** Only while etcd does not answer. */
static void
test_away(void** state)
{
	(void)state;
	assert_int_equal(marked(), 1);
	assert_int_equal(cached(true, 1001), 1);
	away = false;
	assert_int_equal(marked(), 0);
	assert_int_equal(cached(true, 1001), 0);
}

/** Only names of the zones; of class IN. */
static void
test_names(void** state)
{
	static const struct {
		const char* name;
		unsigned count;
	} cases[] = { { "example.com.", 1 }, { "X.y.SUB.example.com.", 1 },
		{ "example.net.", 0 }, { "com.", 0 }, { ".", 0 },
		{ "xexample.com.", 0 } };
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(cases); i++) {
		ask_for(cases[i].name);
		check(marked() == cases[i].count && cached(true, 1001) ==
			cases[i].count, "%s", cases[i].name);
	}
	ask_for("example.com.");
	/* the parent's */
	qstate.qinfo.qtype = LDNS_RR_TYPE_DS;
	assert_int_equal(marked(), 0);
	ask_for("example.com.");
	qstate.qinfo.qclass = LDNS_RR_CLASS_CH;
	assert_int_equal(marked(), 0);
	assert_int_equal(cached(true, 1001), 0);
}

/** Only an answer: SERVFAIL has an error of its own. */
static void
test_answers(void** state)
{
	(void)state;
	qstate.ext_state[ID] = module_wait_module;
	assert_int_equal(marked(), 0);
	qstate.ext_state[ID] = module_finished;
	qstate.return_rcode = LDNS_RCODE_SERVFAIL;
	assert_int_equal(marked(), 0);
	qstate.return_rcode = LDNS_RCODE_NOERROR;
	qstate.return_msg = NULL;
	assert_int_equal(marked(), 0);
}

/** Once, if a query comes to the module again. */
static void
test_again(void** state)
{
	struct edns_option option;
	(void)state;
	qstate.edns_opts_front_out = &option;
	assert_int_equal(marked(), 0);
}

/** Not for a client without EDNS. */
static void
test_no_edns(void** state)
{
	(void)state;
	assert_int_equal(cached(false, 1001), 0);
}

/** Not where Unbound adds the same error to an expired answer. */
static void
test_expired(void** state)
{
	(void)state;
	assert_int_equal(cached(true, 999), 1);
	/* a fast_reload may change that */
	config.ede_serve_expired = 1;
	assert_int_equal(cached(true, 999), 1);
	config.ede = 1;
	assert_int_equal(cached(true, 999), 0);
	assert_int_equal(cached(true, 1001), 1);
}

#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_away),
		TEST(test_names),
		TEST(test_answers),
		TEST(test_again),
		TEST(test_no_edns),
		TEST(test_expired),
	};
	return cmocka_run_group_tests_name("stale", tests, NULL, NULL);
}
