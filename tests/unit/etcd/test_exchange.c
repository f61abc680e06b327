/*
 * tests/unit/etcd/test_exchange.c - a request to etcd, and its answer as JSON.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/*
 * The readers write down what they are called with, a line for each call:
 * "piece JSON", "message JSON", "refused STATUS BODY".
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "etcd/probe.h"
#include "fake_etcd.h"
#include "idle_clock.h"
#include "base/thread.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** milliseconds for what is to end by itself */
#define LONG 60000
/** milliseconds for what is to time out */
#define SHORT 100
/** milliseconds between probes that are to be answered */
#define HEARTBEAT 200
/** most exchanges in the script of a case */
#define SCRIPT_MAX 8
/** octets of a path that is longer than libcurl takes */
#define PATH_TOO_LONG 8000001

/** An exchange, the server that it talks to, and what its reader saw. */
struct set {
	/** the endpoint */
	char* endpoints[1];
	/** how to reach the server */
	struct etcd_settings settings;
	/** the server */
	struct fake_etcd* fake;
	/** whom the link confirms etcd to */
	struct etcd_sink sink;
	/** times that it did */
	unsigned confirmed;
	/** what the exchange belongs to */
	struct etcd_link link;
	/** the exchange */
	struct exchange exchange;
	/** the exchange that the reader is to stop */
	struct exchange* reading;
	/** a line for each call of the reader */
	char seen[4096];
	/** octets of seen */
	size_t seen_len;
};

/** The sink's function: etcd is there. */
static void
on_confirm(void* arg)
{
	unsigned* confirmed = arg;
	(*confirmed)++;
}

static void
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
	set->sink = (struct etcd_sink){ .arg = &set->confirmed,
		.confirm = on_confirm };
	set->link.sink = &set->sink;
	set->link.settings = &set->settings;
	set->link.client = client_create(&set->settings);
	assert_non_null(set->link.client);
	exchange_init(&set->exchange, &set->link, set);
	set->reading = &set->exchange;
}

static void
tear_down(struct set* set)
{
	exchange_end(&set->exchange);
	client_delete(set->link.client);
	idle_clock_follow(NULL);
	fake_etcd_stop(set->fake);
}

/* --- the reader ---------------------------------------------------------- */

static void
see(struct set* set, const char* what, const char* text)
{
	int n = snprintf(set->seen + set->seen_len, sizeof(set->seen) -
		set->seen_len, "%s %s\n", what, text);
	assert_true(n > 0 && (size_t)n < sizeof(set->seen) - set->seen_len);
	set->seen_len += (size_t)n;
}

/** Write an object down; one that has "stop" says how to go on. */
static bool
see_object(struct set* set, const char* what, const cJSON* object)
{
	const cJSON* stop = cJSON_GetObjectItemCaseSensitive(object, "stop");
	char* text = cJSON_PrintUnformatted(object);
	assert_non_null(text);
	see(set, what, text);
	cJSON_free(text);
	if(cJSON_IsNumber(stop))
		return exchange_stop(set->reading,
			(enum etcd_result)stop->valueint, "stopped by a %s",
			what);
	return !cJSON_IsBool(stop);
}

static bool
on_piece(void* arg, cJSON* object)
{
	return see_object(arg, "piece", object);
}

static bool
on_message(void* arg, cJSON* frame)
{
	return see_object(arg, "message", frame);
}

/** Status 404 is no failure here, 401 is a refusal. */
static enum etcd_result
on_refused(void* arg, const struct call* call)
{
	struct set* set = arg;
	char what[32];
	snprintf(what, sizeof(what), "refused %ld", call->status);
	see(set, what, call->refusal);
	if(call->status == 404)
		return ETCD_OK;
	return link_ended(&set->link, call->status == 401 ? ETCD_DENIED :
		ETCD_LOST, "refused: %s", call->refusal);
}

static const struct exchange_reader reader = {
	NULL, on_piece, on_message, on_refused
};
static const struct exchange_reader no_pieces = {
	NULL, NULL, on_message, on_refused
};

/* --- text ---------------------------------------------------------------- */

static void
test_text_shown(void** state)
{
	static const struct {
		/** the text */
		const char* text;
		/** octets of room */
		size_t size;
		/** what is shown */
		const char* shown;
	} cases[] = {
		{ "", 9, "" },
		{ "", 1, "" },
		{ "etcd ~!", 9, "etcd ~!" },
		{ "a\nb\tc\x1b[d\x7f""e\x01", 20, "a b c [d e " },
		{ "\xc3\xa9\xff\x80", 9, "    " },
		{ "12345678", 9, "12345678" },
		{ "123456789", 9, "12345678" },
		{ "1234567890", 9, "12345678" },
		{ "12", 2, "1" },
		{ "12", 1, "" },
	};
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char out[32];
		memset(out, 'x', sizeof(out));
		assert_ptr_equal(link_show_text(cases[i].text, out,
			cases[i].size), out);
		assert_string_equal(out, cases[i].shown);
		assert_int_equal(out[cases[i].size], 'x');
	}
}

/** Etcd is there: whoever wants to know is told, and when is noted. */
static void
test_link_confirm(void** state)
{
	unsigned confirmed = 0;
	struct etcd_sink sink = { .arg = &confirmed };
	struct etcd_link link = { .sink = &sink };
	const int64_t before = clock_now();
	(void)state;
	link_confirm(&link);
	assert_true(link.confirmed >= before);
	link.confirmed = 0;
	sink.confirm = on_confirm;
	link_confirm(&link);
	assert_int_equal(confirmed, 1);
	assert_true(link.confirmed >= before);
}

/** What is known, and what an endpoint has. */
struct judge_case {
	/** what is known */
	uint64_t cluster;
	int64_t revision;
	/** whether etcd was replaced */
	bool replaced;
	/** what the endpoint has */
	uint64_t its_cluster;
	int64_t its_revision;
	/** the reason why it does not do; NULL: it does */
	const char* reason;
};

static const struct judge_case judge_cases[] = {
	{ 0, 0, false, 1, 1, NULL },
	{ 0, 10, false, 1, 9, NULL },
	{ 1, 10, false, 1, 10, NULL },
	{ 1, 10, false, 1, INT64_MAX, NULL },
	{ 1, 10, false, 1, 9, "etcd is at revision 9, before 10" },
	{ 1, INT64_MAX, false, 1, 0, "etcd is at revision 0, before "
		"9223372036854775807" },
	{ 1, 10, false, 2, 10, "this is another cluster (id 2, was 1)" },
	{ 1, 10, false, 2, 9, "this is another cluster (id 2, was 1)" },
	{ UINT64_MAX, 10, false, 0, 11, "this is another cluster (id 0, was "
		"ffffffffffffffff)" },
	{ 1, 10, true, 1, 9, NULL },
	{ 1, 10, true, 2, 1, NULL },
};

/** Etcd is there: does that say that nothing is missing? */
static void
test_link_probed(void** state)
{
	unsigned confirmed = 0;
	struct etcd_sink sink = { .arg = &confirmed, .confirm = on_confirm };
	struct etcd_link link = { .sink = &sink, .revision = 10 };
	(void)state;
	link_probed(&link, 10);
	link_probed(&link, 50);
	assert_int_equal(confirmed, 2);
	link.stuck = 1;
	link.stuck_at = 10;
	link_probed(&link, 50);
	assert_int_equal(confirmed, 2);
	link_probed(&link, 10);
	assert_int_equal(confirmed, 3);
	/* what did not pass has passed */
	link.revision = 11;
	link_probed(&link, 50);
	assert_int_equal(confirmed, 4);
}

/** Watches that break at one revision lead to a list; those that get on, or
 * end in another way, do not. */
static void
test_link_watch_ended(void** state)
{
	struct etcd_link link = { .revision = 10, .reason = { "cut off" } };
	(void)state;
	assert_int_equal(link_watch_ended(&link, ETCD_LOST, true), ETCD_LOST);
	assert_int_equal(link_watch_ended(&link, ETCD_LOST, true), ETCD_LOST);
	link.revision = 11;
	assert_int_equal(link_watch_ended(&link, ETCD_LOST, true), ETCD_LOST);
	assert_int_equal(link_watch_ended(&link, ETCD_LOST, false),
		ETCD_LOST);
	assert_int_equal(link_watch_ended(&link, ETCD_STOPPED, true),
		ETCD_STOPPED);
	assert_int_equal(link_watch_ended(&link, ETCD_LOST, true), ETCD_LOST);
	assert_string_equal(link.reason.text, "cut off");
	assert_int_equal(link_watch_ended(&link, ETCD_LOST, true),
		ETCD_RELIST);
	assert_string_equal(link.reason.text,
		"the watch broke 3 times at revision 11: cut off");
}

static void
test_link_judge(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(judge_cases) / sizeof(*judge_cases); i++) {
		const struct judge_case* judge = &judge_cases[i];
		struct etcd_link link = { .cluster = judge->cluster,
			.revision = judge->revision,
			.replaced = judge->replaced };
		assert_int_equal(link_judge(&link, judge->its_cluster,
			judge->its_revision), judge->reason ? ETCD_BEHIND :
			ETCD_OK);
		assert_string_equal(link.reason.text, judge->reason ?
			judge->reason : "");
		/* it is only asked */
		assert_int_equal(link.cluster, judge->cluster);
		assert_int_equal(link.revision, judge->revision);
		assert_int_equal(link.replaced, judge->replaced);
	}
}

static void
test_link_ended(void** state)
{
	static struct etcd_link link;
	char text[2 * REASON_MAX];
	(void)state;
	assert_int_equal(link_ended(&link, ETCD_BEHIND, "%s is %d", "x", 5),
		ETCD_BEHIND);
	assert_string_equal(link.reason.text, "x is 5");
	memset(text, 'y', sizeof(text));
	text[sizeof(text) - 1] = 0;
	assert_int_equal(link_ended(&link, ETCD_OK, "%s", text), ETCD_OK);
	assert_int_equal(strlen(link.reason.text), REASON_MAX - 1);
	assert_int_equal(strspn(link.reason.text, "y"), REASON_MAX - 1);
}

/* --- exchanges ----------------------------------------------------------- */

/** An answer, and what is made of it. */
struct answer_case {
	/** what it is, for a message */
	const char* name;
	/** how it is read */
	const struct exchange_reader* reader;
	/** the answer */
	struct fake_exchange answer;
	/** what the reader sees */
	const char* seen;
	/** how the exchange ends */
	enum etcd_result result;
	/** what the reason has in it */
	const char* reason;
};

#define ANSWER(number, text, then) { .status = number, .json = text, \
	.end = then }
#define GOOD(text) ANSWER(200, text, FAKE_KEEP)

static const struct answer_case answer_cases[] = {
	{ "a message", &reader, GOOD("{'a':1}"), "message {\"a\":1}\n",
		ETCD_OK, "" },
	{ "nothing", &reader, GOOD(NULL), "", ETCD_OK, "" },
	{ "space", &reader, GOOD(" \n"), "", ETCD_OK, "" },
	{ "messages", &reader, GOOD("{'a':1}\n{'b':2}"),
		"message {\"a\":1}\nmessage {\"b\":2}\n", ETCD_OK, "" },
	{ "pieces", &reader, GOOD("{'a':[{'b':[{'c':1}]},{'d':2}]}"),
		"piece {\"c\":1}\npiece {\"b\":[]}\npiece {\"d\":2}\n"
		"message {\"a\":[]}\n", ETCD_OK, "" },
	{ "pieces do not matter", &no_pieces, GOOD("{'a':[{'stop':3},{'d':2}"
		"],'e':[]}"), "message {\"a\":[],\"e\":[]}\n", ETCD_OK, "" },
	{ "octet for octet", &reader, { .status = 200,
		.json = "{'a':[{'b':1}]}", .cut = 1, .end = FAKE_KEEP },
		"piece {\"b\":1}\nmessage {\"a\":[]}\n", ETCD_OK, "" },
	{ "cut off", &reader, GOOD("{'a':[{'b':1}"), "piece {\"b\":1}\n",
		ETCD_LOST, "the answer is cut off" },
	{ "cut off behind a message", &reader, GOOD("{}{"), "message {}\n",
		ETCD_LOST, "the answer is cut off" },
	{ "not JSON", &reader, GOOD("{'a':}"), "", ETCD_LOST,
		"the answer is not JSON" },
	{ "HTML", &reader, GOOD("<html>"), "", ETCD_LOST,
		"the answer is not JSON as etcd writes it" },
	{ "HTML behind a message", &reader, GOOD("{}<html>"), "message {}\n",
		ETCD_LOST, "the answer is not JSON as etcd writes it" },
	{ "a message stops it", &reader, GOOD("{'stop':4}{}"),
		"message {\"stop\":4}\n", ETCD_RELIST,
		"stopped by a message" },
	{ "a piece stops it", &reader, GOOD("{'a':[{'stop':3},{}]}"),
		"piece {\"stop\":3}\n", ETCD_BEHIND, "stopped by a piece" },
	{ "stopped, and then broken", &reader, ANSWER(200, "{'stop':5}",
		FAKE_CUT), "message {\"stop\":5}\n", ETCD_DENIED,
		"stopped by a message" },
	{ "stopped without a result", &reader, GOOD("{'stop':true}{}"),
		"message {\"stop\":true}\n", ETCD_LOST, "" },
	{ "refused", &reader, ANSWER(500, "no {", FAKE_KEEP),
		"refused 500 no {\n", ETCD_LOST, "refused: no {" },
	{ "denied", &reader, ANSWER(401, "no", FAKE_KEEP),
		"refused 401 no\n", ETCD_DENIED, "refused: no" },
	{ "refused, and cut off", &reader, ANSWER(401, "no", FAKE_CUT),
		"refused 401 no\n", ETCD_DENIED, "refused: no" },
	{ "refused without a reason", &reader, ANSWER(503, NULL, FAKE_KEEP),
		"refused 503 \n", ETCD_LOST, "refused: " },
	{ "refused, which is good", &reader, ANSWER(404, "none", FAKE_KEEP),
		"refused 404 none\n", ETCD_OK, "" },
	{ "another status", &reader, ANSWER(202, "{}", FAKE_KEEP),
		"refused 202 {}\n", ETCD_LOST, "refused: {}" },
	{ "broken", &reader, ANSWER(200, "{}", FAKE_CUT), "message {}\n",
		ETCD_LOST, "" },
	{ "broken in a message", &reader, ANSWER(200, "{", FAKE_CUT), "",
		ETCD_LOST, "" },
	{ "no answer", &reader, ANSWER(0, NULL, FAKE_CLOSE), "", ETCD_LOST,
		"" },
};

/** Compare what an exchange was and saw, and forget that. */
static void
check_exchange(const char* name, struct set* set, enum etcd_result result,
	const struct answer_case* answer)
{
	if(result != answer->result || (result != ETCD_OK &&
		(!set->link.reason.text[0] ||
		!strstr(set->link.reason.text, answer->reason))))
		fail_msg("%s: result %d, \"%s\"", name, (int)result,
			set->link.reason.text);
	if(strcmp(set->seen, answer->seen) != 0)
		fail_msg("%s: saw\n%sexpected\n%s", name, set->seen,
			answer->seen);
	set->seen_len = 0;
	set->seen[0] = set->link.reason.text[0] = 0;
}

static void
test_perform(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(answer_cases) / sizeof(*answer_cases); i++) {
		const struct answer_case* answer = &answer_cases[i];
		struct set set;
		set_up(&set, FAKE_ANSWERS, &answer->answer, 1);
		check_exchange(answer->name, &set, exchange_perform(
			&set.exchange, answer->reader, "/", "{}", LONG, 0),
			answer);
		assert_false(set.exchange.call.open);
		assert_null(set.exchange.stream.text.data);
		tear_down(&set);
	}
}

/** One exchange for all of them: nothing is left of the one before. */
static void
test_perform_again(void** state)
{
	const size_t count = sizeof(answer_cases) / sizeof(*answer_cases);
	struct fake_exchange* script = calloc(count, sizeof(*script));
	struct set set;
	size_t i;
	(void)state;
	assert_non_null(script);
	for(i = 0; i < count; i++)
		script[i] = answer_cases[i].answer;
	set_up(&set, FAKE_ANSWERS, script, count);
	for(i = 0; i < count; i++)
		check_exchange(answer_cases[i].name, &set, exchange_perform(
			&set.exchange, answer_cases[i].reader, "/", NULL, 0,
			LONG), &answer_cases[i]);
	assert_int_equal(fake_etcd_requests(set.fake), count);
	tear_down(&set);
	free(script);
}

/** How long it may take is up to the caller. */
static void
test_perform_times_out(void** state)
{
	static const struct fake_exchange script[] = { ANSWER(200, "{'a':1}{",
		FAKE_HOLD) };
	static const struct answer_case outcome = {
		.seen = "message {\"a\":1}\n", .result = ETCD_LOST,
		.reason = "" };
	static const struct {
		/** how long there may be silence */
		unsigned patience;
		/** how long all may take */
		unsigned timeout;
		/** whether it is patience that ends */
		bool impatient;
	} cases[] = { { SHORT, 0, true }, { 0, SHORT, false },
		{ SHORT, LONG, true }, { LONG, SHORT, false } };
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct set set;
		set_up(&set, FAKE_ANSWERS, script, 1);
		check_exchange("times out", &set, exchange_perform(
			&set.exchange, &reader, "/", "{}", cases[i].patience,
			cases[i].timeout), &outcome);
		assert_true(set.exchange.call.timed_out);
		assert_int_equal(strncmp(set.exchange.call.failure.text,
			"no answer in ", 13) == 0, cases[i].impatient);
		tear_down(&set);
	}
}

/** What is asked for is up to the caller too. */
static void
test_requests(void** state)
{
	static const struct fake_exchange script[] = {
		{ "GET /v2/keys/a?b=c", NULL, 200, "{}", .end = FAKE_KEEP },
		{ "/v3/x", "{'a':1}", 200, "{}", .end = FAKE_KEEP },
		{ "GET /d", NULL, 200, "{}", .end = FAKE_KEEP },
		{ "/e", "{'b':1}", 200, "{}", .end = FAKE_KEEP } };
	struct set set;
	size_t i;
	(void)state;
	set_up(&set, FAKE_ANSWERS, script, 4);
	assert_int_equal(exchange_perform(&set.exchange, &reader,
		"/v2/keys/a?b=c", NULL, 0, LONG), ETCD_OK);
	assert_int_equal(exchange_perform(&set.exchange, &reader, "/v3/x",
		"{\"a\":1}", 0, LONG), ETCD_OK);
	assert_true(exchange_start(&set.exchange, &reader, "/d", NULL, LONG));
	while(!set.exchange.call.done)
		assert_true(client_wait(set.link.client, 100));
	assert_true(exchange_start(&set.exchange, &reader, "/e", "{\"b\":1}",
		LONG));
	while(!set.exchange.call.done)
		assert_true(client_wait(set.link.client, 100));
	for(i = 0; i < 4; i++)
		assert_int_equal(fake_etcd_request(set.fake, i)->exchange, i);
	tear_down(&set);
}

/** Where a request can't be made, nothing is sent. */
static void
test_start_fails(void** state)
{
	static const struct fake_exchange script[] = { GOOD("{}") };
	char* path = malloc(PATH_TOO_LONG + 1);
	struct set set;
	(void)state;
	assert_non_null(path);
	memset(path, '/', PATH_TOO_LONG);
	path[PATH_TOO_LONG] = 0;
	set_up(&set, FAKE_ANSWERS, script, 1);
	assert_false(exchange_start(&set.exchange, &reader, path, NULL, 0));
	assert_string_equal(set.link.reason.text, "out of memory");
	set.link.reason.text[0] = 0;
	assert_int_equal(exchange_perform(&set.exchange, &reader, path, "{}",
		0, 0), ETCD_LOST);
	assert_string_equal(set.link.reason.text, "out of memory");
	assert_int_equal(fake_etcd_requests(set.fake), 0);
	assert_int_equal(exchange_perform(&set.exchange, &reader, "/", "{}",
		0, 0), ETCD_OK);
	tear_down(&set);
	free(path);
}

/** An exchange that is started moves on while the client waits; another one
 * ends it. */
static void
test_start(void** state)
{
	static const struct fake_exchange script[] = {
		{ "/first", NULL, 200, "{'a':[{'b':1}", .end = FAKE_HOLD },
		{ "/second", NULL, 200, "{'c':2}", .end = FAKE_HOLD } };
	struct set set;
	(void)state;
	set_up(&set, FAKE_ANSWERS, script, 2);
	assert_true(exchange_start(&set.exchange, &reader, "/first", "{}",
		0));
	assert_true(set.exchange.call.open);
	while(set.seen_len == 0)
		assert_true(client_wait(set.link.client, 100));
	assert_false(set.exchange.call.done);
	assert_true(exchange_start(&set.exchange, &reader, "/second", "{}",
		0));
	while(!strstr(set.seen, "message"))
		assert_true(client_wait(set.link.client, 100));
	assert_string_equal(set.seen, "piece {\"b\":1}\nmessage {\"c\":2}\n");
	assert_true(fake_etcd_hang_up(set.fake, "/second", FAKE_CLOSE));
	while(!set.exchange.call.done)
		assert_true(client_wait(set.link.client, 100));
	assert_int_equal(exchange_result(&set.exchange), ETCD_OK);
	exchange_end(&set.exchange);
	assert_true(fake_etcd_wait_closed(set.fake));
	tear_down(&set);
}

/** Ending one that is not under way does nothing. */
static void
test_end(void** state)
{
	struct exchange exchange = { .link = NULL };
	struct probe probe = { .failures = 0 };
	(void)state;
	exchange_end(&exchange);
	exchange_end(&exchange);
	probe_end(&probe);
}

/** A client that is stopped ends an exchange, whatever its answer. */
static void
test_stopped(void** state)
{
	static const struct fake_exchange script[] = { GOOD("{}") };
	struct set set;
	(void)state;
	set_up(&set, FAKE_ANSWERS, script, 1);
	client_stop(set.link.client);
	assert_int_equal(exchange_perform(&set.exchange, &reader, "/", "{}",
		0, 0), ETCD_STOPPED);
	assert_false(set.exchange.call.open);
	tear_down(&set);
}

/* --- probes -------------------------------------------------------------- */

/** The answers to probes, up to one that ends them. */
struct probe_case {
	/** what it is, for a message */
	const char* name;
	/** the answers, in turn */
	struct fake_exchange script[SCRIPT_MAX];
	/** how many of them are good */
	unsigned answered;
	/** how they end */
	enum etcd_result result;
	/** what the reason has in it */
	const char* reason;
};

#define PROBED(number, text, then) { "GET /probe", NULL, number, text, \
	.end = then }
#define YES PROBED(200, "{}", FAKE_KEEP)
#define BROKEN PROBED(200, "{", FAKE_CUT)
#define CUT_OFF PROBED(200, "{", FAKE_KEEP)
#define SILENT PROBED(0, NULL, FAKE_HOLD)
#define DENIED PROBED(401, "denied", FAKE_KEEP)
#define REFUSED PROBED(500, "broken", FAKE_KEEP)
#define STOPS PROBED(200, "{'stop':4}{}", FAKE_KEEP)
#define IS_STOPPED ETCD_RELIST, "stopped by a message"

static const struct probe_case probe_cases[] = {
	{ "stopped at once", { STOPS }, 0, IS_STOPPED },
	{ "answered", { YES, YES, STOPS }, 2, IS_STOPPED },
	{ "a refusal that is good", { PROBED(404, "none", FAKE_KEEP), STOPS },
		1, IS_STOPPED },
	{ "denied", { YES, DENIED, DENIED, DENIED, STOPS }, 1, IS_STOPPED },
	{ "refused", { YES, REFUSED }, 1, ETCD_LOST, "refused: broken" },
	{ "cut off", { YES, CUT_OFF }, 1, ETCD_LOST,
		"the answer is cut off" },
	{ "broken once", { BROKEN, STOPS }, 0, IS_STOPPED },
	{ "broken twice", { BROKEN, BROKEN }, 0, ETCD_LOST, "" },
	{ "broken, but not twice in a row", { BROKEN, YES, BROKEN, YES,
		BROKEN, STOPS }, 2, IS_STOPPED },
	{ "broken twice, later", { BROKEN, YES, BROKEN, BROKEN }, 1,
		ETCD_LOST, "" },
	{ "silent once", { SILENT, YES, STOPS }, 1, IS_STOPPED },
	{ "silent twice", { YES, SILENT, SILENT }, 1, ETCD_LOST, "" },
	{ "silent and broken", { SILENT, BROKEN }, 0, ETCD_LOST, "" },
};

/** Let probes go on until they end. @return how often one was answered. */
static unsigned
probe_run(struct set* set, struct probe* probe, enum etcd_result* result)
{
	int64_t end = clock_now() + LONG;
	unsigned count = 0;
	do {
		bool answered = true;
		*result = probe_step(probe, &reader, "/probe", NULL,
			&answered);
		count += answered;
		if(answered)
			assert_int_equal(*result, ETCD_OK);
		assert_true(client_wait(set->link.client, 5));
		assert_true(clock_now() < end);
	} while(*result == ETCD_OK);
	return count;
}

static void
test_probes(void** state)
{
	size_t i, count;
	(void)state;
	for(i = 0; i < sizeof(probe_cases) / sizeof(*probe_cases); i++) {
		const struct probe_case* test = &probe_cases[i];
		struct probe probe;
		struct set set;
		enum etcd_result result;
		for(count = 0; count < SCRIPT_MAX && test->script[count].path;)
			count++;
		set_up(&set, FAKE_ANSWERS, test->script, count);
		set.settings.heartbeat = HEARTBEAT;
		memset(&probe, 0xff, sizeof(probe));
		probe_begin(&probe, &set.link, &set);
		set.reading = &probe.exchange;
		assert_int_equal(probe_run(&set, &probe, &result),
			test->answered);
		if(result != test->result || !set.link.reason.text[0] ||
			!strstr(set.link.reason.text, test->reason))
			fail_msg("%s: result %d, \"%s\"", test->name,
				(int)result, set.link.reason.text);
		/* that is the protocol's to say */
		assert_int_equal(set.confirmed, 0);
		if(fake_etcd_requests(set.fake) != count)
			fail_msg("%s: %zu requests", test->name,
				fake_etcd_requests(set.fake));
		probe_end(&probe);
		tear_down(&set);
	}
}

/** The first probe is due a heartbeat from the beginning on. */
static void
test_probe_is_not_due(void** state)
{
	struct probe probe;
	struct set set;
	bool answered = true;
	(void)state;
	set_up(&set, FAKE_ANSWERS, NULL, 0);
	probe_begin(&probe, &set.link, &set);
	assert_int_equal(probe_step(&probe, &reader, "/probe", NULL,
		&answered), ETCD_OK);
	assert_false(answered);
	assert_false(probe.exchange.call.open);
	/* with no heartbeat at all it is, and there is one at a time */
	set.settings.heartbeat = 0;
	assert_int_equal(probe_step(&probe, &reader, "/probe", NULL,
		&answered), ETCD_OK);
	assert_true(probe.exchange.call.open);
	assert_int_equal(probe_step(&probe, &reader, "/probe", NULL,
		&answered), ETCD_OK);
	assert_true(client_wait(set.link.client, 0));
	assert_false(answered);
	probe_end(&probe);
	assert_false(probe.exchange.call.open);
	assert_true(fake_etcd_requests(set.fake) <= 1);
	tear_down(&set);
}

/** The next one is due a heartbeat from when the last one began. */
static void
test_next_probe_is_not_due(void** state)
{
	static const struct fake_exchange script[] = { YES };
	struct probe probe;
	struct set set;
	bool answered = false;
	(void)state;
	set_up(&set, FAKE_ANSWERS, script, 1);
	probe_begin(&probe, &set.link, &set);
	probe.began -= LONG;
	while(!answered) {
		assert_int_equal(probe_step(&probe, &reader, "/probe", NULL,
			&answered), ETCD_OK);
		assert_true(client_wait(set.link.client, 100));
	}
	assert_false(probe.exchange.call.open);
	assert_int_equal(fake_etcd_requests(set.fake), 1);
	probe_end(&probe);
	tear_down(&set);
}

/** A probe that can't be sent ends the watch. */
static void
test_probe_can_not_be_sent(void** state)
{
	char* path = malloc(PATH_TOO_LONG + 1);
	struct probe probe;
	struct set set;
	bool answered = true;
	(void)state;
	assert_non_null(path);
	memset(path, '/', PATH_TOO_LONG);
	path[PATH_TOO_LONG] = 0;
	set_up(&set, FAKE_ANSWERS, NULL, 0);
	set.settings.heartbeat = 0;
	probe_begin(&probe, &set.link, &set);
	assert_int_equal(probe_step(&probe, &reader, path, NULL, &answered),
		ETCD_LOST);
	assert_string_equal(set.link.reason.text, "out of memory");
	assert_false(answered);
	probe_end(&probe);
	tear_down(&set);
	free(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_shown),
		cmocka_unit_test(test_link_ended),
		cmocka_unit_test(test_link_confirm),
		cmocka_unit_test(test_link_probed),
		cmocka_unit_test(test_link_watch_ended),
		cmocka_unit_test(test_link_judge),
		cmocka_unit_test(test_perform),
		cmocka_unit_test(test_perform_again),
		cmocka_unit_test(test_perform_times_out),
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_start_fails),
		cmocka_unit_test(test_start),
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_stopped),
		cmocka_unit_test(test_probes),
		cmocka_unit_test(test_probe_is_not_due),
		cmocka_unit_test(test_next_probe_is_not_due),
		cmocka_unit_test(test_probe_can_not_be_sent),
	};
	return cmocka_run_group_tests_name("exchange", tests, NULL, NULL);
}
