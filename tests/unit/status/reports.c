/*
 * tests/unit/status/reports.c - reports to be written.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "status/reports.h"
#include "check.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* --- reports ------------------------------------------------------------- */

static char first[] = "http://127.0.0.1:2379", second[] = "https://etcd:2379";
static char* const two[] = { first, second };

static struct reason no_reasons[1], bare_reasons[] = { { "source etcd: no copy "
	"of etcd's data yet; last tried https://etcd:2379: etcd says: "
	"\"no\"" } };

static struct report_source full_sources[] = { {
	.name = "etcd", .prefix = "/helix", .api = "v3",
	.endpoints = two, .endpoint_count = 2,
	.replica = { .following = true, .endpoint = 1, .has_copy = true,
		.max_stale = 60000, .revision = 4294967297,
		.confirmed_age = 1234,
		.lists = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 },
		.losses = { 11, 12, 13, 14, 15, 16 } },
	.feed = { .keys = 21, .bad = 22, .ignored = 23, .outside = 24,
		.suspicious = 25, .names = 26, .records = 27, .octets = 28,
		.puts = 29, .removals = 30, .delay = { .bucket = { 0, 1, 1, 2,
		3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377, 610 },
		.count = 987, .sum = 1597.000001 } },
	.snapshot = { .enabled = true, .age = 5000, .octets = 31,
		.writes = 32, .failures = 33 },
} };
static char full_name[] = "example.com.", below[] = "_tcp.example.com.";
static struct report_zone full_zones[] = {
	{ full_name, 4294967295, { { 41, 42, 43, 44, 45, 46, 47 } } },
	{ below, 1, { { 51, 52, 53, 54, 55, 56, 57 } } },
};

static struct report_source bare_sources[] = { {
	.name = "etcd", .prefix = "", .api = "v2",
	.endpoints = two, .endpoint_count = 2,
	.replica = { .endpoint = 1, .confirmed_age = -1,
		.failure = { "etcd says: \"no\"" } },
	.snapshot = { .age = -1 },
} };
static struct report_zone bare_zones[] = { { full_name, 0, { { 0 } } } };

/* a quote, a backslash, control characters; characters of two, three and four
 * octets; and what is none: a lone octet, three characters in more octets than
 * they need, a surrogate, what is over U+10FFFF, one without its last octet */
#define OCTETS_OF_ALL_SORTS "\"}\\ \n\t\x01\x7f # \xc3\xa4 \xe2\x82\xac " \
	"\xf0\x9f\x90\xa7 \xff \xc0\xaf \xe0\x9f\xbf \xf0\x8f\xbf\xbf " \
	"\xed\xa0\x80 \xf4\x90\x80\x80 \xe2\x82"

static char hostile[] = OCTETS_OF_ALL_SORTS;
/* what name_to_text makes of a label with a quote, a dot and a newline */
static char hostile_zone[] = "a\\\"b\\.c\\010.\\195\\164.example.";
static char* const hostile_endpoints[] = { hostile };
static struct report_source hostile_sources[] = { {
	.name = "etcd", .prefix = OCTETS_OF_ALL_SORTS, .api = "v3",
	.endpoints = hostile_endpoints, .endpoint_count = 1,
	.replica = { .has_copy = true, .stale = true, .max_stale = 1,
		.revision = INT64_MAX, .confirmed_age = INT64_C(31622400000000),
		.lists = { UINT64_MAX }, .losses = { UINT64_MAX },
		.failure = { OCTETS_OF_ALL_SORTS } },
	.feed = { .keys = SIZE_MAX, .puts = UINT64_MAX,
		.delay = { .count = UINT64_MAX, .sum = 1e12 } },
	.snapshot = { .enabled = true, .age = -1, .failures = UINT64_MAX,
		.failing = true },
} };
static struct report_zone hostile_zones[] = { { hostile_zone, 7,
	{ { UINT64_MAX } } } };
static struct reason hostile_reasons[] = { { OCTETS_OF_ALL_SORTS },
	{ "and another" } };

const struct report_case report_cases[REPORT_CASES] = {
	{ "full", { "1.0.0", "1.17.1", no_reasons, 0, 1795876000, { "" },
		full_sources, 1, full_zones, 2, 61, 62 } },
	{ "bare", { "1.0.0", NULL, bare_reasons, 1, 1795876000, { "/etc/"
		"unbound/helix.yaml:3:1: unknown key \"zone\"" },
		bare_sources, 1, bare_zones, 1, 0, 0 } },
	{ "hostile", { "1.0.0", "1.17.1", hostile_reasons, 2, INT64_MAX,
		{ OCTETS_OF_ALL_SORTS }, hostile_sources, 1, hostile_zones, 1,
		UINT64_MAX, UINT64_MAX } },
};

/* --- judges -------------------------------------------------------------- */

/** Read a file. @return octets. */
static size_t
read_file(const char* path, char* octets, size_t size)
{
	FILE* file = fopen(path, "rb");
	size_t len;
	check(file, "%s cannot be read", path);
	len = fread(octets, 1, size, file);
	fclose(file);
	return len;
}

void
check_golden(const struct buffer* text, const char* name, const char* ending)
{
	static char expected[65536];
	char path[1024];
	size_t len;
	snprintf(path, sizeof(path), TEST_DATA "/status/%s.%s", name, ending);
	if(getenv("HELIX_TEST_WRITE")) {
		FILE* file = fopen(path, "wb");
		assert_non_null(file);
		fwrite(text->data, 1, text->len, file);
		fclose(file);
		return;
	}
	len = read_file(path, expected, sizeof(expected));
	check(len == text->len && memcmp(expected, text->data, len) == 0,
		"%s is not what was written:\n%.*s", path, (int)text->len,
		(const char*)text->data);
}

void
check_judge(const char* command, const struct buffer* text, const char* name)
{
	char path[] = "/tmp/test_status.XXXXXX", line[1024], said[4096];
	const int fd = mkstemp(path);
	FILE* judge;
	size_t len;
	int status;
	assert_true(fd != -1);
	assert_true(write(fd, text->data, text->len) == (ssize_t)text->len);
	close(fd);
	snprintf(line, sizeof(line), "%s < %s 2>&1", command, path);
	judge = popen(line, "r");
	assert_non_null(judge);
	len = fread(said, 1, sizeof(said), judge);
	status = pclose(judge);
	unlink(path);
	check(status == 0 && len == 0, "%s: %s says:\n%.*s", name, command,
		(int)len, said);
}

/* --- memory -------------------------------------------------------------- */

/** allocations until one fails; 0: none does */
static unsigned until_failure;

void* __real_realloc(void* old, size_t size);
void* __wrap_realloc(void* old, size_t size);

void*
__wrap_realloc(void* old, size_t size)
{
	if(until_failure > 0 && --until_failure == 0)
		return NULL;
	return __real_realloc(old, size);
}

void
fail_realloc(unsigned k)
{
	until_failure = k;
}
