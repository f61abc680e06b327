/*
 * tests/unit/etcd/test_v3_pages.c - how large the pages of a list are.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "v3_set.h"
#include "idle_clock.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Write a page of so many keys, and of values of so many octets in base64;
 * the last one or not. */
static char*
many_values(size_t count, size_t octets, bool more)
{
	char* json = malloc(count * (octets + 80) + 200);
	char* at = json;
	size_t i;
	assert_non_null(json);
	at += sprintf(at, "{" HEAD("9") ",'kvs':[");
	for(i = 0; i < count; i++)
		at += sprintf(at, "%s{'key':'L2gv%04zu','mod_revision':'5',"
			"'value':'%0*d'}", i == 0 ? "" : ",", i % 10000,
			(int)octets, 0);
	sprintf(at, "]%s}", more ? ",'more':true" : "");
	return json;
}

/** Write a last page of so many keys. */
static char*
many_keys(size_t count)
{
	return many_values(count, 4, false);
}

static void
test_list_page_size(void** state)
{
	char* full = many_keys(10000);
	char* over = many_keys(10001);
	const struct fake_exchange script[] = { RANGE(NULL, full),
		RANGE(PROBE, "{" HEAD("9") "}"), RANGE(NULL, over) };
	struct set set;
	(void)state;
	set_up(&set, &etcd_v3, FAKE_ANSWERS, script, 3);
	assert_int_equal(etcd_v3.list(set.state), ETCD_OK);
	assert_int_equal(set.link.listed, 10000);
	assert_int_equal(etcd_v3.list(set.state), ETCD_LOST);
	assert_string_equal(set.link.reason.text,
		"a page has more keys than were asked for");
	assert_int_equal(set.link.revision, 9);
	tear_down(&set);
	free(full);
	free(over);
}

/** milliseconds of which no page takes a fourth, not even with valgrind */
#define AGES (10 * LONG)
/** what etcd 3.4.0's gateway says where it is not to pass a message */
#define LARGER ERROR("grpc: received message larger than max (5423423 vs. " \
	"4194304)", "8")

/** Where a page is too large for what is between, the list goes on with
 * smaller ones, and with larger ones again where that is no bar. */
static void
test_list_large_page(void** state)
{
	char* large = many_values(1250, 400, true);
	char* small = many_values(1250, 4, true);
	const struct fake_exchange script[] = {
		{ "/v3/kv/range", "'limit':'10000'", 429, LARGER,
			.end = FAKE_KEEP },
		{ "/v3/kv/range", "'limit':'5000','revision':'0'", 413, NULL,
			.end = FAKE_KEEP },
		{ "/v3/kv/range", "'limit':'2500','revision':'0'", 429, LARGER,
			.end = FAKE_KEEP },
		RANGE("'limit':'1250','revision':'0'", large),
		RANGE("'limit':'1250','revision':'9'", small),
		RANGE("'limit':'2500','revision':'9'", PAGE("9", KV("/h/z",
			"x", "4", "8"))) };
	struct set set;
	(void)state;
	set_up(&set, &etcd_v3, FAKE_ANSWERS, script, 6);
	set.settings.heartbeat = set.settings.request_timeout = AGES;
	if(etcd_v3.list(set.state) != ETCD_OK)
		fail_msg("%s", set.link.reason.text);
	assert_int_equal(set.link.listed, 2501);
	check_requests("a large page", &set, 6);
	tear_down(&set);
	free(large);
	free(small);
}

/** The limits that etcd was asked for. */
static void
limits_asked(struct set* set, char* text, size_t size)
{
	size_t i, used = 0;
	*text = 0;
	for(i = 0; i < fake_etcd_requests(set->fake); i++) {
		const char* limit = strstr(fake_etcd_request(set->fake,
			i)->body, "\"limit\":\"");
		if(limit)
			used += (size_t)snprintf(text + used, size - used,
				"%.*s ", (int)strcspn(limit + 9, "\""),
				limit + 9);
	}
}

/** A page that fails three times, though etcd is there, is not asked for a
 * fourth time. */
static void
test_list_page_fails(void** state)
{
	static const struct fake_exchange script[] = {
		{ "/v3/kv/range", "'limit':'10000'", 502, HTML,
			.end = FAKE_KEEP, .again = true },
		JUDGE("{" HEAD("9") "}"),
		{ "/v3/kv/range", "'limit':'1250'", 200, PAGE("9",
			KV("/h/a", "x", "4", "8")), .end = FAKE_KEEP } };
	struct set set;
	(void)state;
	set_up(&set, &etcd_v3, FAKE_ANSWERS, script, 3);
	assert_int_equal(etcd_v3.list(set.state), ETCD_LOST);
	assert_int_equal(etcd_v3.list(set.state), ETCD_LOST);
	assert_int_equal(etcd_v3.list(set.state), ETCD_OK);
	assert_int_equal(fake_etcd_requests(set.fake), 5);
	tear_down(&set);
}

/** So is one behind others that pass. What says that too much is asked for at
 * once is not answered by more and smaller requests. */
static void
test_list_later_page_fails(void** state)
{
	static const char first[] = MORE("9", KV("/h/a", "1", "3", "4"));
	const struct fake_exchange script[] = {
		RANGE("'revision':'0'", first), REFUSE(502, HTML),
		RANGE("'revision':'0'", first), REFUSE(502, HTML),
		RANGE("'revision':'0'", first), REFUSE(502, HTML),
		JUDGE("{" HEAD("9") "}"), REFUSE(429, "slow down"),
		RANGE("'revision':'0'", first), REFUSE(429, "slow down"),
		RANGE("'revision':'0'", first), REFUSE(429, "slow down"),
		RANGE("'revision':'0'", first), REFUSE(429, "slow down"),
		RANGE("'revision':'0'", first),
		RANGE(NULL, PAGE("9", KV("/h/z", "x", "4", "8"))) };
	char limits[200];
	struct set set;
	size_t i;
	(void)state;
	set_up(&set, &etcd_v3, FAKE_ANSWERS, script,
		sizeof(script) / sizeof(*script));
	for(i = 0; i < 6; i++)
		assert_int_equal(etcd_v3.list(set.state), ETCD_LOST);
	assert_int_equal(etcd_v3.list(set.state), ETCD_OK);
	limits_asked(&set, limits, sizeof(limits));
	assert_string_equal(limits, "10000 10000 10000 10000 10000 10000 "
		"1250 1250 1250 1250 1250 1250 1250 1250 1250 ");
	tear_down(&set);
}

/** Where a page is too slow or too large, the next are smaller. */
static void
test_list_smaller_pages(void** state)
{
	static const char* const limits[] = { "10000", "5000", "2500", "1250",
		"625", "312", "156", "78", "39", "19", "9", "4", "2", "1",
		"1" /* the list after */ };
	static const struct fake_exchange script[] = {
		{ "/v3/kv/range", NULL, 200, "{" HEAD("10") ",'kvs':["
			KV("/h/a", "x", "4", "8"), .end = FAKE_HOLD },
		{ "/v3/kv/range", NULL, 429, LARGER, .end = FAKE_KEEP,
			.again = true } };
	const size_t n = sizeof(limits) / sizeof(*limits);
	struct set set;
	size_t i;
	(void)state;
	set_up(&set, &etcd_v3, FAKE_ANSWERS, script, 2);
	set.settings.request_timeout = SHORT;
	for(i = 0; i < 3; i++) {
		assert_int_equal(etcd_v3.list(set.state), ETCD_LOST);
		set.settings.request_timeout = LONG;
	}
	assert_int_equal(fake_etcd_requests(set.fake), n);
	for(i = 0; i < n; i++) {
		char part[32];
		snprintf(part, sizeof(part), "'limit':'%s'", limits[i]);
		assert_true(fake_request_has(fake_etcd_request(set.fake, i),
			part));
	}
	tear_down(&set);
}

/** What a page is followed by. */
struct growth_case {
	/** what it is, for a message */
	const char* name;
	/** keys in the page, and octets of each value in base64 */
	size_t keys, octets;
	/** the answer to the second page */
	struct fake_exchange second;
	/** how the list ends */
	enum etcd_result result;
	/** heartbeat and request_timeout, in milliseconds */
	unsigned heartbeat, request_timeout;
	/** milliseconds that the first page takes to begin */
	int64_t late;
	/** limits of the pages of this list and another, in their order */
	const char* limits;
};

#define LAST_PAGE RANGE(NULL, PAGE("9", KV("/h/z", "x", "4", "8")))

static const struct growth_case growth_cases[] = {
	{ "a full page", 10000, 4, LAST_PAGE, ETCD_OK, AGES, AGES, 0,
		"10000 20000 10000 20000 " },
	{ "a page that is not full", 9999, 4, LAST_PAGE, ETCD_OK, AGES, AGES,
		0, "10000 10000 10000 10000 " },
	{ "half of the octets", 10000, 700, LAST_PAGE, ETCD_OK, AGES, AGES,
		0, "10000 20000 10000 20000 " },
	{ "more than half of the octets", 10000, 800, LAST_PAGE, ETCD_OK,
		AGES, AGES, 0, "10000 10000 10000 10000 " },
	{ "it begins late", 10000, 4, LAST_PAGE, ETCD_OK, LONG, AGES,
		LONG / 3, "10000 10000 10000 20000 " },
	{ "it takes long", 10000, 4, LAST_PAGE, ETCD_OK, AGES, LONG,
		LONG / 3, "10000 10000 10000 20000 " },
	{ "there is time for that", 10000, 4, LAST_PAGE, ETCD_OK, AGES,
		AGES, LONG / 3, "10000 20000 10000 20000 " },
	{ "a larger page is refused", 10000, 4, REFUSE(502, NULL), ETCD_LOST,
		AGES, AGES, 0, "10000 20000 10000 10000 " },
	{ "a larger page is cut off", 10000, 4, { "/v3/kv/range", NULL, 200,
		"{" HEAD("9") ",'kvs':[", .end = FAKE_CUT }, ETCD_LOST, AGES,
		AGES, 0, "10000 20000 10000 10000 " },
};

/** The first page of a list, which is held. */
struct held_page {
	/** the server */
	struct fake_etcd* fake;
	/** milliseconds that it takes to begin */
	int64_t late;
	/** the page; NULL once it was said */
	const char* json;
};

/** Say the page. */
static bool
page_act(void* arg)
{
	struct held_page* page = arg;
	if(!page->json || !fake_etcd_say(page->fake, "/v3/kv/range", ""))
		return false;
	idle_clock_pass(page->late);
	(void)fake_etcd_say(page->fake, "/v3/kv/range", page->json);
	(void)fake_etcd_hang_up(page->fake, "/v3/kv/range", FAKE_KEEP);
	page->json = NULL;
	return true;
}

/** List twice; the first page is full, or nearly. */
static void
check_growth(const struct growth_case* growth)
{
	char* first = many_values(growth->keys, growth->octets, true);
	const struct fake_exchange script[] = {
		{ "/v3/kv/range", NULL, 200, NULL, .end = FAKE_HOLD },
		growth->second, { "/v3/kv/range", "'keys_only':true", 200,
		"{" HEAD("9") "}", .end = FAKE_KEEP, .again = true },
		RANGE(NULL, first), LAST_PAGE };
	const size_t probes = growth->result == ETCD_OK ? 1 : 0;
	struct held_page page;
	char limits[100];
	struct set set;
	set_up(&set, &etcd_v3, FAKE_ANSWERS, script, 5);
	set.settings.heartbeat = growth->heartbeat;
	set.settings.request_timeout = growth->request_timeout;
	page = (struct held_page){ set.fake, growth->late, first };
	idle_clock_act(page_act, &page);
	assert_int_equal(etcd_v3.list(set.state), growth->result);
	assert_int_equal(etcd_v3.list(set.state), ETCD_OK);
	assert_int_equal(fake_etcd_requests(set.fake), 4 + probes);
	limits_asked(&set, limits, sizeof(limits));
	if(strcmp(limits, growth->limits) != 0)
		fail_msg("%s: %s", growth->name, limits);
	tear_down(&set);
	free(first);
}

/** Where pages come quickly, the next are larger, up to what etcd and what is
 * between take. */
static void
test_list_larger_pages(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(growth_cases) / sizeof(*growth_cases); i++)
		check_growth(&growth_cases[i]);
}

/** Where nothing comes of a larger page, it is asked for as it was before. */
static void
test_list_silent_larger_page(void** state)
{
	char* first = many_values(10000, 4, true);
	const struct fake_exchange script[] = {
		RANGE("'limit':'10000','revision':'0'", first),
		{ "/v3/kv/range", "'limit':'20000'", 0, NULL,
			.end = FAKE_HOLD, .again = true },
		RANGE("'keys_only':true", "{" HEAD("9") "}"), LAST_PAGE };
	char limits[100];
	struct set set;
	(void)state;
	set_up(&set, &etcd_v3, FAKE_ANSWERS, script, 4);
	assert_int_equal(etcd_v3.list(set.state), ETCD_OK);
	limits_asked(&set, limits, sizeof(limits));
	assert_string_equal(limits, "10000 20000 10000 ");
	tear_down(&set);
	free(first);
}

/** Where nothing comes of a page, but etcd is there, it gets more time, and
 * then the pages are far smaller; larger again after a list that went well. */
static void
test_list_silent_page(void** state)
{
	static const char* const asked[] = {
		"'limit':'10000'", "'keys_only':true",
		"'limit':'10000'", "'keys_only':true",
		"'limit':'1250'", "'keys_only':true", "'limit':'2500'" };
	static const struct fake_exchange script[] = {
		{ "/v3/kv/range", "'limit':'10000'", 0, NULL,
			.end = FAKE_HOLD, .again = true },
		{ "/v3/kv/range", NULL, 200, PAGE("9", KV("/h/a", "x", "4",
			"8")), .end = FAKE_KEEP, .again = true } };
	const size_t n = sizeof(asked) / sizeof(*asked);
	struct set set;
	size_t i;
	(void)state;
	set_up(&set, &etcd_v3, FAKE_ANSWERS, script, 2);
	set.settings.request_timeout = HEARTBEAT + HEARTBEAT / 2;
	assert_int_equal(etcd_v3.list(set.state), ETCD_OK);
	assert_int_equal(etcd_v3.list(set.state), ETCD_OK);
	assert_int_equal(fake_etcd_requests(set.fake), n);
	for(i = 0; i < n; i++)
		assert_true(fake_request_has(fake_etcd_request(set.fake, i),
			asked[i]));
	tear_down(&set);
}

/** Where etcd is not there, that says nothing of the size of pages. */
static void
test_list_silent_etcd(void** state)
{
	static const struct fake_exchange script[] = {
		{ "/v3/kv/range", NULL, 0, NULL, .end = FAKE_HOLD,
			.again = true } };
	struct set set;
	size_t i;
	(void)state;
	set_up(&set, &etcd_v3, FAKE_ANSWERS, script, 1);
	for(i = 0; i < 2; i++) {
		assert_int_equal(etcd_v3.list(set.state), ETCD_LOST);
		assert_string_equal(set.link.reason.text,
			"no answer in 200 ms");
		assert_true(fake_request_has(fake_etcd_request(set.fake,
			2 * i), "'limit':'10000'"));
	}
	tear_down(&set);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list_page_size),
		cmocka_unit_test(test_list_large_page),
		cmocka_unit_test(test_list_page_fails),
		cmocka_unit_test(test_list_later_page_fails),
		cmocka_unit_test(test_list_smaller_pages),
		cmocka_unit_test(test_list_larger_pages),
		cmocka_unit_test(test_list_silent_larger_page),
		cmocka_unit_test(test_list_silent_page),
		cmocka_unit_test(test_list_silent_etcd),
	};
	return cmocka_run_group_tests_name("v3 pages", tests, NULL, NULL);
}
