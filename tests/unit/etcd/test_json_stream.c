/*
 * tests/unit/etcd/test_json_stream.c - reading large JSON a piece at a time.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "etcd/json_stream.h"
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/** random ways to split each stream */
#define SPLITS 200

/** What a reader has handed over. */
struct seen {
	/** "P" and each piece, "M" and each frame, a line each; owned */
	char* text;
	/** octets of text */
	size_t len;
	/** octets allocated */
	size_t size;
	/** how many may be handed over before a function returns false */
	unsigned patience;
	/** the last problem; NULL: none */
	const char* problem;
};

static bool
seen_note(struct seen* seen, char what, const cJSON* json)
{
	char* line = cJSON_PrintUnformatted(json);
	size_t len;
	assert_non_null(line);
	len = strlen(line) + 3;
	if(seen->len + len > seen->size) {
		seen->size = (seen->len + len) * 2;
		seen->text = realloc(seen->text, seen->size);
		assert_non_null(seen->text);
	}
	seen->len += (size_t)sprintf(seen->text + seen->len, "%c%s\n", what,
		line);
	free(line);
	return seen->patience-- > 0;
}

static bool
on_piece(void* arg, cJSON* json)
{
	return seen_note(arg, 'P', json);
}

static bool
on_message(void* arg, cJSON* json)
{
	return seen_note(arg, 'M', json);
}

static void
seen_init(struct seen* seen)
{
	memset(seen, 0, sizeof(*seen));
	seen->patience = 1000000;
}

/** Where to cut a stream; 0: not at all. */
struct cutter {
	/** octets of each part; 0: of a random length */
	size_t step;
	/** state of the chance */
	unsigned seed;
};

static size_t
cutter_next(struct cutter* cutter)
{
	if(cutter->step > 0)
		return cutter->step;
	/* small parts are the interesting ones */
	return 1 + (size_t)(rand_r(&cutter->seed) % 3 == 0 ?
		rand_r(&cutter->seed) % 40 : rand_r(&cutter->seed) % 4);
}

/**
 * Read a stream in parts, each in memory of its own, of the exact size, so
 * that a sanitizer sees any excess.
 * @return what json_stream_read said, and then json_stream_is_between.
 */
static bool
read_parts(struct seen* seen, const char* data, size_t len,
	struct cutter cutter, bool* between)
{
	struct json_stream stream;
	bool ok = true;
	json_stream_init(&stream, on_piece, on_message, seen);
	while(ok && len > 0) {
		size_t n = cutter_next(&cutter);
		char* part;
		if(n > len)
			n = len;
		part = malloc(n);
		assert_non_null(part);
		memcpy(part, data, n);
		ok = json_stream_read(&stream, part, n);
		free(part);
		data += n;
		len -= n;
	}
	*between = json_stream_is_between(&stream);
	seen->problem = stream.problem;
	json_stream_clear(&stream);
	return ok;
}

/* --- good streams -------------------------------------------------------- */

/** A stream, and what it holds. */
struct stream {
	/** what it is, for a message */
	const char* name;
	/** the stream */
	const char* data;
	/** as in struct seen */
	const char* expected;
};

#define HEADER "\"header\":{\"cluster_id\":\"1\",\"revision\":\"7\"}"

static const struct stream streams[] = {
	{ "nothing", "", "" },
	{ "empty object", "{}", "M{}\n" },
	{ "range without keys", "{" HEADER "}\n", "M{" HEADER "}\n" },
	{ "range with keys",
		"{" HEADER ",\"kvs\":[{\"key\":\"YQ==\","
		"\"mod_revision\":\"5\"},"
		"{\"key\":\"Yg==\"}],\"more\":true,\"count\":\"2\"}\n",
		"P{\"key\":\"YQ==\",\"mod_revision\":\"5\"}\n"
		"P{\"key\":\"Yg==\"}\n"
		"M{" HEADER ",\"kvs\":[],\"more\":true,\"count\":\"2\"}\n" },
	{ "array at the beginning", "{\"kvs\":[{\"a\":1}]," HEADER "}",
		"P{\"a\":1}\nM{\"kvs\":[]," HEADER "}\n" },
	{ "empty array", "{\"kvs\":[]," HEADER "}",
		"M{\"kvs\":[]," HEADER "}\n" },
	{ "empty array with space in it", "{\"kvs\":[ \r\n\t ]}",
		"M{\"kvs\":[]}\n" },
	{ "empty pieces", "{\"kvs\":[{},{},{}]}",
		"P{}\nP{}\nP{}\nM{\"kvs\":[]}\n" },
	{ "space everywhere",
		" \n{ \"kvs\" : [ { \"a\" : 1 } ,\t{ \"a\" : 2 } ]\r\n} \n ",
		"P{\"a\":1}\nP{\"a\":2}\nM{\"kvs\":[]}\n" },
	{ "watch",
		"{\"result\":{" HEADER ",\"created\":true}}\n"
		"{\"result\":{" HEADER ",\"events\":[{\"kv\":"
		"{\"key\":\"YQ==\"}},"
		"{\"type\":\"DELETE\",\"kv\":{\"key\":\"Yg==\"}}]}}\n"
		"{\"result\":{" HEADER "}}\n",
		"M{\"result\":{" HEADER ",\"created\":true}}\n"
		"P{\"kv\":{\"key\":\"YQ==\"}}\n"
		"P{\"type\":\"DELETE\",\"kv\":{\"key\":\"Yg==\"}}\n"
		"M{\"result\":{" HEADER ",\"events\":[]}}\n"
		"M{\"result\":{" HEADER "}}\n" },
	{ "messages in a row, without a newline",
		"{\"a\":1}{\"a\":2}{\"kvs\":[{}]}{}{\"kvs\":[{\"b\":3}]}",
		"M{\"a\":1}\nM{\"a\":2}\nP{}\nM{\"kvs\":[]}\nM{}\n"
		"P{\"b\":3}\nM{\"kvs\":[]}\n" },
	{ "brackets in strings",
		"{\"}]\":\"[{\",\"kvs\":[{\"{[\":\"]}\"},{\"a\":\"}\"}],"
		"\"c\":\"],\"}",
		"P{\"{[\":\"]}\"}\nP{\"a\":\"}\"}\n"
		"M{\"}]\":\"[{\",\"kvs\":[],\"c\":\"],\"}\n" },
	{ "escapes in strings",
		"{\"a\\\"}\":\"\\\\\",\"kvs\":[{\"b\":\"\\\\\\\"}\"},"
		"{\"c\\\\\":\"\\n\\\"\"}]}",
		"P{\"b\":\"\\\\\\\"}\"}\nP{\"c\\\\\":\"\\n\\\"\"}\n"
		"M{\"a\\\"}\":\"\\\\\",\"kvs\":[]}\n" },
	{ "objects inside a piece", "{\"kvs\":[{\"d\":{\"e\":{}}},{}]}",
		"P{\"d\":{\"e\":{}}}\nP{}\nM{\"kvs\":[]}\n" },
	{ "pieces inside a piece, the inner ones first",
		"{\"n\":{\"k\":\"/\",\"ns\":[{\"k\":\"/a\",\"ns\":["
		"{\"k\":\"/a/b\"},{\"k\":\"/a/c\",\"ns\":[]}],\"x\":1},"
		"{\"k\":\"/d\"}],\"y\":2}}",
		"P{\"k\":\"/a/b\"}\nP{\"k\":\"/a/c\",\"ns\":[]}\n"
		"P{\"k\":\"/a\",\"ns\":[],\"x\":1}\nP{\"k\":\"/d\"}\n"
		"M{\"n\":{\"k\":\"/\",\"ns\":[],\"y\":2}}\n" },
	{ "two arrays in an object",
		"{\"a\":[{\"b\":1}],\"c\":[{\"d\":2}]}",
		"P{\"b\":1}\nP{\"d\":2}\nM{\"a\":[],\"c\":[]}\n" },
	{ "NUL in a string ends nothing",
		"{\"a\\u0000b\":[{\"c\":\"1.2.3.4\\u0000x\"},"
		"{\"c\":\"\\\\u0000\"},{\"c\":\"\\\\\\u0000\"}]}",
		"P{\"c\":\"1.2.3.4\xef\xbf\xbdx\"}\n"
		"P{\"c\":\"\\\\u0000\"}\n"
		"P{\"c\":\"\\\\\xef\xbf\xbd\"}\n"
		"M{\"a\xef\xbf\xbd""b\":[]}\n" },
	{ "escaped slashes and Unicode", "{\"kvs\":[{\"a\":\"\\/\\u00e9\"}]}",
		"P{\"a\":\"/\xc3\xa9\"}\nM{\"kvs\":[]}\n" },
};

/** Read a stream in a certain way and compare. */
static void
check_stream(const struct stream* stream, struct cutter cutter)
{
	struct seen seen;
	bool between, ok;
	seen_init(&seen);
	ok = read_parts(&seen, stream->data, strlen(stream->data), cutter,
		&between);
	if(!ok || !between || seen.problem || strcmp(seen.text ? seen.text :
		"", stream->expected) != 0)
		fail_msg("%s, step %zu, seed %u: ok %d, between %d, problem "
			"%s, seen:\n%s", stream->name, cutter.step,
			cutter.seed, ok, between, seen.problem ? seen.problem
			: "none", seen.text ? seen.text : "");
	free(seen.text);
}

static void
test_whole(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(streams) / sizeof(*streams); i++)
		check_stream(&streams[i], (struct cutter){ 100000, 0 });
}

static void
test_octets(void** state)
{
	size_t i, step;
	(void)state;
	for(i = 0; i < sizeof(streams) / sizeof(*streams); i++) {
		for(step = 1; step < 10; step++)
			check_stream(&streams[i], (struct cutter){ step, 0 });
	}
}

static void
test_random_splits(void** state)
{
	const char* given = getenv("TEST_SEED");
	unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) :
		(unsigned)time(NULL);
	size_t i, n;
	(void)state;
	print_message("# TEST_SEED=%u\n", seed);
	for(i = 0; i < sizeof(streams) / sizeof(*streams); i++) {
		for(n = 0; n < SPLITS; n++)
			check_stream(&streams[i], (struct cutter){ 0, seed +
				(unsigned)n });
	}
}

/** Between messages, and nowhere else, the stream may end. */
static void
test_truncated(void** state)
{
	static const char data[] = "{\"a\":[{\"b\":\"}\"},{\"c\":[{}]}],"
		"\"d\":{\"e\":\"f\\\"\"}}";
	const size_t len = sizeof(data) - 1;
	size_t n;
	(void)state;
	for(n = 0; n <= len; n++) {
		struct seen seen;
		bool between;
		seen_init(&seen);
		assert_true(read_parts(&seen, data, n,
			(struct cutter){ 100000, 0 }, &between));
		if(between != (n == 0 || n == len))
			fail_msg("after %zu of %zu octets", n, len);
		free(seen.text);
	}
}

/** What is read of a string in which a text comes again and again. */
static size_t
long_string_kept(const char* before, const char* again, size_t step)
{
	const size_t each = strlen(again);
	const size_t count = JSON_STREAM_STRING_MAX / each + 1000;
	char* data = malloc(count * each + 100);
	char* at = data;
	struct seen seen;
	bool between;
	size_t i, len;
	assert_non_null(data);
	seen_init(&seen);
	at += sprintf(at, "{\"kvs\":[{\"a\":\"%s", before);
	for(i = 0; i < count; i++)
		at = stpcpy(at, again);
	at = stpcpy(at, "\",\"b\":\"c\"},{\"d\":1}]}");
	assert_true(read_parts(&seen, data, (size_t)(at - data),
		(struct cutter){ step, 0 }, &between));
	assert_true(between);
	/* what is behind it is read */
	assert_non_null(strstr(seen.text, "\",\"b\":\"c\"}\nP{\"d\":1}\n"
		"M{\"kvs\":[]}\n"));
	len = strcspn(seen.text + 7, "\"");
	free(seen.text);
	free(data);
	return len;
}

/** A string that is too long is cut, and never inside an escape. */
static void
test_long_string(void** state)
{
	static const char* const before[] = { "", "x", "xx", "xxx", "xxxx",
		"xxxxx", "\\\\" };
	size_t i, step;
	(void)state;
	for(step = 10007; step < 1000000; step *= 100) {
		assert_int_equal(long_string_kept("", "a", step),
			JSON_STREAM_STRING_MAX);
		for(i = 0; i < sizeof(before) / sizeof(*before); i++) {
			/* both are shown as they come */
			assert_in_range(long_string_kept(before[i],
				"\\u0001", step), JSON_STREAM_STRING_MAX,
				JSON_STREAM_STRING_MAX + 5);
			assert_in_range(long_string_kept(before[i], "\\n",
				step), JSON_STREAM_STRING_MAX,
				JSON_STREAM_STRING_MAX + 1);
		}
	}
}

/** A reader goes on where it was after json_stream_clear and
 * json_stream_init. */
static void
test_again(void** state)
{
	struct json_stream stream;
	struct seen seen;
	(void)state;
	seen_init(&seen);
	json_stream_init(&stream, on_piece, on_message, &seen);
	assert_true(json_stream_read(&stream, "{\"kvs\":[{\"a", 11));
	assert_false(json_stream_is_between(&stream));
	json_stream_clear(&stream);
	json_stream_init(&stream, on_piece, on_message, &seen);
	assert_true(json_stream_is_between(&stream));
	assert_true(json_stream_read(&stream, "{\"b\":1}", 7));
	assert_true(json_stream_is_between(&stream));
	assert_string_equal(seen.text, "M{\"b\":1}\n");
	json_stream_clear(&stream);
	free(seen.text);
}

/** a text that on_text reads, and one at which it stops */
#define TEXT_READ "{\"a\":1}"
#define TEXT_STOP "{\"stop\":1}"

/** Read some objects from their text, and note it. */
static size_t
on_text(void* arg, const char* text, size_t len)
{
	static const size_t size = sizeof(TEXT_READ) - 1;
	static const size_t stop = sizeof(TEXT_STOP) - 1;
	cJSON* json;
	if(len >= stop && memcmp(text, TEXT_STOP, stop) == 0)
		return JSON_STREAM_STOP;
	if(len < size || memcmp(text, TEXT_READ, size) != 0)
		return 0;
	json = cJSON_Parse(TEXT_READ);
	(void)seen_note(arg, 'T', json);
	cJSON_Delete(json);
	return size;
}

/** Read a stream whose objects may be read from text. */
static bool
read_texts(struct seen* seen, const char* data, size_t step)
{
	struct json_stream stream;
	size_t len = strlen(data);
	bool ok = true;
	seen_init(seen);
	json_stream_init(&stream, on_piece, on_message, seen);
	stream.read = on_text;
	for(; ok && len > 0; len -= step, data += step) {
		if(step > len)
			step = len;
		ok = json_stream_read(&stream, data, step);
	}
	assert_true(!ok || json_stream_is_between(&stream));
	seen->problem = stream.problem;
	json_stream_clear(&stream);
	return ok;
}

/** Objects in arrays, and no others, are read from text if they are there as
 * a whole. */
static void
test_text(void** state)
{
	static const char data[] = "{\"b\":" TEXT_READ ",\"kvs\":[" TEXT_READ
		", " TEXT_READ ",{\"a\":2},{\"n\":[" TEXT_READ ",{}],\"c\":"
		TEXT_READ "}," TEXT_READ "]}" TEXT_READ;
	static const char* const expected[] = {
		"T" TEXT_READ "\nT" TEXT_READ "\nP{\"a\":2}\nT" TEXT_READ
		"\nP{}\nP{\"n\":[],\"c\":" TEXT_READ "}\nT" TEXT_READ
		"\nM{\"b\":" TEXT_READ ",\"kvs\":[]}\nM" TEXT_READ "\n",
		"P" TEXT_READ "\nP" TEXT_READ "\nP{\"a\":2}\nP" TEXT_READ
		"\nP{}\nP{\"n\":[],\"c\":" TEXT_READ "}\nP" TEXT_READ
		"\nM{\"b\":" TEXT_READ ",\"kvs\":[]}\nM" TEXT_READ "\n" };
	struct seen seen;
	size_t step;
	(void)state;
	assert_true(read_texts(&seen, data, sizeof(data)));
	assert_string_equal(seen.text, expected[0]);
	free(seen.text);
	for(step = 1; step < sizeof(data); step++) {
		char* at;
		assert_true(read_texts(&seen, data, step));
		/* some are cut, and some are not */
		for(at = seen.text; *at; at = strchr(at, '\n') + 1) {
			if(*at == 'T' && step >= sizeof(TEXT_READ) - 1)
				*at = 'P';
		}
		assert_string_equal(seen.text, expected[1]);
		free(seen.text);
	}
}

/** Whoever reads text can stop; what it took in is no space. */
static void
test_text_stops(void** state)
{
	static const char data[] = "{\"kvs\":[" TEXT_READ "," TEXT_STOP ","
		TEXT_READ "]}";
	char* spaces = malloc(3 * JSON_STREAM_SPACE_MAX + 100);
	struct seen seen;
	size_t i;
	char* at;
	(void)state;
	assert_false(read_texts(&seen, data, sizeof(data)));
	assert_null(seen.problem);
	assert_string_equal(seen.text, "T" TEXT_READ "\n");
	free(seen.text);
	assert_non_null(spaces);
	at = spaces + sprintf(spaces, "{\"kvs\":[");
	for(i = 0; i < 3; i++) {
		memset(at, ' ', JSON_STREAM_SPACE_MAX - 1);
		at += JSON_STREAM_SPACE_MAX - 1;
		at += sprintf(at, "%s" TEXT_READ, i == 0 ? "" : ",");
	}
	strcpy(at, "]}");
	assert_true(read_texts(&seen, spaces, strlen(spaces)));
	free(seen.text);
	free(spaces);
}

/* --- bad streams --------------------------------------------------------- */

static const struct stream bad_streams[] = {
	{ "HTML", "<html><body>502 Bad Gateway</body></html>", "" },
	{ "plain text", "upstream connect error", "" },
	{ "a string", "\"text\"", "" },
	{ "a number", "42", "" },
	{ "null", "null", "" },
	{ "a comma between messages", "{},{}", "M{}\n" },
	{ "an array", "[{}]", "" },
	{ "zero octets are text", "\x01{}", "" },
	{ "an end without a beginning", "}", "" },
	{ "one end too many", "{}}", "M{}\n" },
	{ "square end of an object", "{\"a\":1]", "" },
	{ "round end of an array", "{\"a\":[}", "" },
	{ "crossed", "{\"a\":[{]}", "" },
	{ "crossed in a piece", "{\"a\":[{\"b\":[}]}]}", "" },
	{ "crossed in a frame", "{\"a\":{]}", "" },
	{ "number in the array", "{\"kvs\":[1]}", "" },
	{ "string in the array", "{\"kvs\":[\"a\"]}", "" },
	{ "array in the array", "{\"kvs\":[[]]}", "" },
	{ "null in the array", "{\"kvs\":[null]}", "" },
	{ "number behind a piece", "{\"kvs\":[{},1]}", "P{}\n" },
	{ "colon in the array", "{\"kvs\":[:{}]}", "" },
	{ "a piece that is no JSON", "{\"kvs\":[{\"a\"}]}", "" },
	{ "a piece of bare words", "{\"kvs\":[{a:b}]}", "" },
	{ "a frame that is no JSON", "{\"a\":}", "" },
	{ "a frame of bare words", "{oops}", "" },
	{ "two arrays without a comma", "{\"a\":[{}]\"b\":[]}", "P{}\n" },
	{ "garbage behind a message", "{\"a\":1}\nx", "M{\"a\":1}\n" },
};

/** Read a bad stream in a certain way. */
static void
check_bad(const struct stream* stream, size_t step)
{
	struct seen seen;
	bool between, ok;
	seen_init(&seen);
	ok = read_parts(&seen, stream->data, strlen(stream->data),
		(struct cutter){ step, 0 }, &between);
	if(ok || !seen.problem || strcmp(seen.text ? seen.text : "",
		stream->expected) != 0)
		fail_msg("%s, step %zu: ok %d, problem %s, seen:\n%s",
			stream->name, step, ok, seen.problem ? seen.problem :
			"none", seen.text ? seen.text : "");
	free(seen.text);
}

static void
test_malformed(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(bad_streams) / sizeof(*bad_streams); i++) {
		check_bad(&bad_streams[i], 100000);
		check_bad(&bad_streams[i], 1);
	}
}

/** A stream that does not end by itself. */
struct endless {
	/** what it is, for a message */
	const char* name;
	/** how it begins */
	const char* begin;
	/** what comes then, again and again */
	const char* again;
	/** octets by which it is to be refused */
	size_t max;
	/** what the problem has in it */
	const char* problem;
};

static const struct endless endless_streams[] = {
	{ "a large piece, one string", "{\"kvs\":[{\"a\":\"",
		"aaaaaaaaaaaaaaaa", JSON_STREAM_STRING_END + 64, "too large" },
	{ "a large piece, many strings", "{\"kvs\":[{\"a\":1",
		",\"a\":\"aaaaaaaaaaaaaaaa\"", JSON_STREAM_TEXT_MAX + 64,
		"too large" },
	{ "a large piece, numbers", "{\"kvs\":[{\"a\":1", "2",
		JSON_STREAM_TEXT_MAX + 64, "too large" },
	{ "a large frame, one string", "{\"a\":\"", "aaaaaaaaaaaaaaaa",
		JSON_STREAM_STRING_END + 64, "too large" },
	{ "a large frame, many keys", "{\"a\":1", ",\"a\":1",
		JSON_STREAM_TEXT_MAX + 64, "too large" },
	{ "a large frame behind the array", "{\"kvs\":[{}],\"b\":\"", "\\n",
		JSON_STREAM_STRING_END + 64, "too large" },
	{ "arrays in a frame", "{\"a\":1", ",\"aaaaaaaaaaaaaaaaaaaa\":[{}]",
		2 * JSON_STREAM_TEXT_MAX + 64, "too large" },
	{ "space in a frame", "{\"a\":", " \n", JSON_STREAM_TEXT_MAX + 64,
		"too large" },
	{ "space before a message", "", "\n", JSON_STREAM_SPACE_MAX + 64,
		"nothing but white space" },
	{ "space behind a message", "{}", " \r\n", JSON_STREAM_SPACE_MAX + 64,
		"nothing but white space" },
	{ "space in the array", "{\"kvs\":[", "\t", JSON_STREAM_SPACE_MAX + 64,
		"nothing but white space" },
	{ "space behind a piece", "{\"kvs\":[{},", "  ", JSON_STREAM_SPACE_MAX +
		64, "nothing but white space" },
	{ "objects in objects", "", "{\"a\":", 8 * JSON_STREAM_DEPTH_MAX,
		"too deep" },
	{ "arrays in objects in arrays", "", "{\"a\":[",
		8 * JSON_STREAM_DEPTH_MAX, "too deep" },
};

/* nothing but commas never becomes JSON */
static const struct endless endless_commas[] = {
	{ "commas in the array", "{\"kvs\":[", ",", 4 * JSON_STREAM_SPACE_MAX,
		"" },
	{ "commas and space in the array", "{\"kvs\":[{}", ", ",
		4 * JSON_STREAM_SPACE_MAX, "" },
};

/** Read an endless stream until it is refused. */
static void
check_endless(const struct endless* endless)
{
	struct json_stream stream;
	struct seen seen;
	size_t len = strlen(endless->again), octets = strlen(endless->begin);
	bool ok;
	seen_init(&seen);
	/* pieces that are handed over are nobody's concern here */
	json_stream_init(&stream, on_piece, on_message, &seen);
	ok = json_stream_read(&stream, endless->begin, octets);
	while(ok && octets <= endless->max) {
		ok = json_stream_read(&stream, endless->again, len);
		octets += len;
	}
	if(ok || !stream.problem || !strstr(stream.problem, endless->problem))
		fail_msg("%s: %s after %zu octets, problem %s", endless->name,
			ok ? "still read" : "refused", octets,
			stream.problem ? stream.problem : "none");
	json_stream_clear(&stream);
	free(seen.text);
}

static void
test_endless(void** state)
{
	size_t i, n = sizeof(endless_streams) / sizeof(*endless_streams);
	(void)state;
	for(i = 0; i < n; i++)
		check_endless(&endless_streams[i]);
}

static void
test_endless_commas(void** state)
{
	size_t i, n = sizeof(endless_commas) / sizeof(*endless_commas);
	(void)state;
	for(i = 0; i < n; i++)
		check_endless(&endless_commas[i]);
}

/** Append a text n times. */
static char*
append_times(char* at, const char* text, size_t n)
{
	size_t len = strlen(text);
	for(; n > 0; n--, at += len)
		memcpy(at, text, len);
	*at = 0;
	return at;
}

/** What is just allowed is read. */
static void
check_limit(const char* begin, const char* again, size_t times,
	const char* end, bool allowed)
{
	char* data = malloc(strlen(begin) + strlen(again) * times +
		strlen(end) + 1);
	struct seen seen;
	bool between;
	char* at;
	assert_non_null(data);
	at = append_times(data, begin, 1);
	at = append_times(at, again, times);
	at = append_times(at, end, 1);
	seen_init(&seen);
	if(read_parts(&seen, data, (size_t)(at - data),
		(struct cutter){ 64 * 1024 * 1024, 0 }, &between) != allowed ||
		(allowed && !between))
		fail_msg("%s%s...%s, %zu times: %s", begin, again, end, times,
			seen.problem ? seen.problem : "no problem");
	free(seen.text);
	free(data);
}

static void
test_limits(void** state)
{
	/* octets of {"a":1}, and of {"k":[ before it */
	const size_t object = 7, before = 6;
	(void)state;
	check_limit("{\"k\":[{\"a\":1", " ", JSON_STREAM_TEXT_MAX - object -
		before, "}]}", true);
	check_limit("{\"k\":[{\"a\":1", " ", JSON_STREAM_TEXT_MAX - object -
		before + 1, "}]}", false);
	check_limit("{\"a\":1", " ", JSON_STREAM_TEXT_MAX - object, "}", true);
	check_limit("{\"a\":1", " ", JSON_STREAM_TEXT_MAX - object + 1, "}",
		false);
	/* the quote that ends it counts */
	check_limit("{\"a\":\"", "b", JSON_STREAM_STRING_END - 1, "\"}", true);
	check_limit("{\"a\":\"", "b", JSON_STREAM_STRING_END, "\"}", false);
	check_limit("", "\n", JSON_STREAM_SPACE_MAX, "{}", true);
	check_limit("", "\n", JSON_STREAM_SPACE_MAX + 1, "{}", false);
	check_limit("{\"k\":[", " ", JSON_STREAM_SPACE_MAX, "]}", true);
	check_limit("{\"k\":[", " ", JSON_STREAM_SPACE_MAX + 1, "]}", false);
	/* many pieces are no problem, nor many messages, nor space between */
	check_limit("{\"k\":[{}", ",{}", 100000, "]}", true);
	check_limit("", "{}\n\n", 100000, "", true);
}

/** As deep as is allowed, and one deeper; each level is handed over. */
static void
test_depth(void** state)
{
	const size_t pairs = JSON_STREAM_DEPTH_MAX / 2;
	char* data = malloc(pairs * 8 + 8);
	struct seen seen;
	bool between;
	char* at;
	(void)state;
	assert_non_null(data);
	at = append_times(data, "{\"a\":[", pairs);
	at = append_times(at, "]}", pairs);
	seen_init(&seen);
	assert_true(read_parts(&seen, data, (size_t)(at - data),
		(struct cutter){ 100000, 0 }, &between));
	assert_true(between);
	assert_int_equal(seen.len, (pairs - 1) * strlen("P{\"a\":[]}\n") +
		strlen("M{\"a\":[]}\n"));
	free(seen.text);
	strcpy(data + pairs * strlen("{\"a\":["), "{");
	seen_init(&seen);
	assert_false(read_parts(&seen, data, strlen(data),
		(struct cutter){ 100000, 0 }, &between));
	assert_non_null(strstr(seen.problem, "too deep"));
	free(seen.text);
	free(data);
}

/* --- functions that return false ----------------------------------------- */

static void
test_stop(void** state)
{
	static const char data[] = "{\"k\":[{\"a\":1},{\"a\":2}]}{\"b\":3}";
	static const char* const expected[] = {
		"P{\"a\":1}\n", "P{\"a\":1}\nP{\"a\":2}\n",
		"P{\"a\":1}\nP{\"a\":2}\nM{\"k\":[]}\n",
		"P{\"a\":1}\nP{\"a\":2}\nM{\"k\":[]}\nM{\"b\":3}\n"
	};
	unsigned n;
	(void)state;
	for(n = 0; n < 5; n++) {
		struct seen seen;
		bool between;
		seen_init(&seen);
		seen.patience = n;
		assert_int_equal(read_parts(&seen, data, sizeof(data) - 1,
			(struct cutter){ 100000, 0 }, &between), n == 4);
		assert_string_equal(seen.text, expected[n < 4 ? n : 3]);
		/* it was not the stream's fault */
		assert_null(seen.problem);
		free(seen.text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_octets),
		cmocka_unit_test(test_random_splits),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_long_string),
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_text_stops),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_endless),
		cmocka_unit_test(test_endless_commas),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_stop),
	};
	return cmocka_run_group_tests_name("json_stream", tests, NULL, NULL);
}
