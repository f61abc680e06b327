/*
 * tests/unit/status/test_metrics.c - can Prometheus read it?
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "status/metrics.h"
#include "status/reports.h"
#include "check.h"
#include <stdio.h>
#include <string.h>

/** Write a report. The text is NUL-terminated behind its end. */
static struct buffer
written(const struct report_case* c, enum metrics_format format)
{
	struct buffer text = { 0 };
	assert_true(metrics_write(&text, &c->report, format));
	assert_true(buffer_append_octet(&text, 0));
	text.len--;
	return text;
}

/* --- what is written ----------------------------------------------------- */

/** ends of the files' names, by format */
static const char* const files[] = { "prom", "openmetrics" };

static void
test_golden(void** state)
{
	size_t i;
	int format;
	(void)state;
	for(i = 0; i < REPORT_CASES; i++) {
		for(format = 0; format < 2; format++) {
			struct buffer text = written(&report_cases[i], format);
			check_golden(&text, report_cases[i].name,
				files[format]);
			buffer_clear(&text);
		}
	}
}

/** An endpoint that helix.yaml has twice is one time series, which is 1 wherever
 * the one in use stands in the list. */
static void
test_endpoint_twice(void** state)
{
	static char* const endpoints[] = { "http://a:1", "http://b:2",
		"http://a:1" };
	struct report_case c = report_cases[0];
	struct report_source source = c.report.sources[0];
	struct buffer text;
	const char* first;
	(void)state;
	source.endpoints = endpoints;
	source.endpoint_count = 3;
	source.replica.following = true;
	source.replica.endpoint = 2;
	c.report.sources = &source;
	c.report.source_count = 1;
	text = written(&c, METRICS_PROMETHEUS);
	first = strstr((char*)text.data, "endpoint=\"http://a:1\"} 1\n");
	assert_non_null(first);
	assert_null(strstr(first + 1, "endpoint=\"http://a:1\""));
	assert_non_null(strstr((char*)text.data,
		"endpoint=\"http://b:2\"} 0\n"));
	buffer_clear(&text);
}

/** Whether a program is installed. */
static bool
is_installed(const char* program)
{
	char line[256];
	snprintf(line, sizeof(line), "command -v %s > /dev/null 2>&1",
		program);
	return system(line) == 0;
}

/** Prometheus's own judge has nothing to say. */
static void
test_promtool(void** state)
{
	size_t i;
	(void)state;
	if(!is_installed("promtool"))
		check_nothing("no promtool");
	for(i = 0; i < REPORT_CASES; i++) {
		struct buffer text = written(&report_cases[i],
			METRICS_PROMETHEUS);
		check_judge("promtool check metrics", &text,
			report_cases[i].name);
		buffer_clear(&text);
	}
}

/** Whatever there is in the configuration, it is UTF-8. */
static void
test_utf8(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < REPORT_CASES; i++) {
		struct buffer text = written(&report_cases[i],
			METRICS_OPENMETRICS);
		check_judge("iconv -f UTF-8 -t UTF-8 > /dev/null", &text,
			report_cases[i].name);
		assert_int_equal(strlen((char*)text.data), text.len);
		buffer_clear(&text);
	}
}

/* --- the rules of the formats -------------------------------------------- */

/** What was read so far. */
struct reading {
	enum metrics_format format;
	/** the family's name and type */
	char family[128], type[32];
	/** the text, and the line */
	const char *text, *line;
};

/** Whether a line, or only its beginning, was there before this one. */
static bool
was_before(const struct reading* reading, const char* line, size_t len)
{
	const char* at;
	for(at = reading->text; at < reading->line;
		at = strchr(at, '\n') + 1) {
		if(strncmp(at, line, len) == 0)
			return true;
	}
	return false;
}

/** What names of samples may have behind that of their family. */
static const struct {
	const char* type;
	const char* endings[2][3];
} rules[] = {
	{ "gauge", { { "" }, { "" } } },
	{ "counter", { { "" }, { "_total" } } },
	{ "info", { { NULL }, { "_info" } } },
	{ "histogram", { { "_bucket", "_sum", "_count" },
		{ "_bucket", "_sum", "_count" } } },
};

/** A sample's name is its family's, and an ending that its type may have. */
static void
check_name(const struct reading* reading, size_t len)
{
	const size_t family = strlen(reading->family);
	size_t i, j;
	check(len >= family && strncmp(reading->line, reading->family,
		family) == 0, "not of %s: %.*s", reading->family, (int)len,
		reading->line);
	for(i = 0; i < COUNT(rules); i++) {
		for(j = 0; j < 3 && strcmp(rules[i].type, reading->type) ==
			0; j++) {
			const char* ending =
				rules[i].endings[reading->format][j];
			if(ending && strlen(ending) == len - family &&
				strncmp(reading->line + family, ending,
				len - family) == 0)
				return;
		}
	}
	fail_msg("a %s: %.*s", reading->type, (int)len, reading->line);
}

/** Find the end of a sample's labels. */
static const char*
skip_labels(const char* at)
{
	bool quoted = false;
	assert_int_equal(*at, '{');
	for(at++; *at != '}' || quoted; at++) {
		assert_true(*at && *at != '\n');
		if(*at == '\\' && quoted) {
			at++;
			check(strchr("\\\"n", *at), "\\%c", *at);
		} else if(*at == '"')
			quoted = !quoted;
	}
	return at + 1;
}

/** A sample: name, labels, number; and no other has these labels. */
static void
check_sample(const struct reading* reading)
{
	const size_t name = strcspn(reading->line, "{ ");
	const char* at = reading->line + name;
	check_name(reading, name);
	if(*at == '{')
		at = skip_labels(at);
	assert_int_equal(*at, ' ');
	check(!was_before(reading, reading->line, (size_t)(at + 1 -
		reading->line)), "twice: %.60s", reading->line);
	at++;
	assert_true(*at != '\n');
	check(at[strspn(at, "0123456789.")] == '\n', "no number: %.20s", at);
}

/** A line that describes a family. */
static void
check_comment(struct reading* reading)
{
	char what[8], rest[256];
	char name[128];
	if(sscanf(reading->line, "# %7s %127s %255[^\n]", what, name, rest) !=
		3)
		fail_msg("%.80s", reading->line);
	check(!was_before(reading, reading->line, strlen("# HELP ") +
		strlen(name) + 1), "twice: %s", name);
	if(strcmp(what, "HELP") == 0) {
		assert_null(strpbrk(rest, "\\\""));
		check(strncmp(name, "helix_", 6) == 0, "%s", name);
		strcpy(reading->family, name);
		reading->type[0] = 0;
		return;
	}
	assert_string_equal(name, reading->family);
	if(strcmp(what, "TYPE") == 0)
		snprintf(reading->type, sizeof(reading->type), "%.31s", rest);
	else {
		assert_string_equal(what, "UNIT");
		assert_int_equal(reading->format, METRICS_OPENMETRICS);
		assert_string_equal(strrchr(name, '_') + 1, rest);
	}
}

static void
test_rules(void** state)
{
	size_t i;
	int format;
	(void)state;
	for(i = 0; i < REPORT_CASES * 2; i++) {
		struct reading reading = { 0 };
		struct buffer text;
		format = i % 2;
		text = written(&report_cases[i / 2], format);
		reading.format = format;
		reading.text = reading.line = (char*)text.data;
		while(*reading.line && strcmp(reading.line, "# EOF\n") != 0) {
			if(*reading.line == '#')
				check_comment(&reading);
			else	check_sample(&reading);
			reading.line = strchr(reading.line, '\n') + 1;
		}
		assert_int_equal(*reading.line != 0,
			format == METRICS_OPENMETRICS);
		buffer_clear(&text);
	}
}

/* --- which format -------------------------------------------------------- */

/** What a client accepts. */
static const struct {
	const char* accept;
	enum metrics_format format;
} accepts[] = {
	{ NULL, METRICS_PROMETHEUS },
	{ "", METRICS_PROMETHEUS },
	{ "*/*", METRICS_PROMETHEUS },
	{ "text/html, */*;q=0.8", METRICS_PROMETHEUS },
	{ "text/plain;version=0.0.4", METRICS_PROMETHEUS },
	/* Prometheus 2.42 */
	{ "application/openmetrics-text;version=1.0.0,application/"
		"openmetrics-text;version=0.0.1;q=0.75,text/plain;version="
		"0.0.4;q=0.5,*/*;q=0.1", METRICS_OPENMETRICS },
	/* Prometheus 3 */
	{ "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;"
		"q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,"
		"text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,"
		"text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
		METRICS_OPENMETRICS },
	{ "application/openmetrics-text", METRICS_OPENMETRICS },
	{ "APPLICATION/OpenMetrics-Text ; Version=1.0.0 ; Q=0.1",
		METRICS_OPENMETRICS },
	{ "application/openmetrics-text;version=2.0.0", METRICS_PROMETHEUS },
	{ "application/openmetrics-text;version=1.0.0;q=0.4,text/plain;q=0.5",
		METRICS_PROMETHEUS },
	{ "text/plain;q=0.5,application/openmetrics-text;version=1.0.0;q=0.5",
		METRICS_OPENMETRICS },
	{ "application/openmetrics-text;q=0.5,text/*;q=0.501",
		METRICS_PROMETHEUS },
	{ "application/openmetrics-text;q=0", METRICS_PROMETHEUS },
	{ "application/openmetrics-text;q=0.000", METRICS_PROMETHEUS },
	{ "application/openmetrics-text;q=1.000", METRICS_OPENMETRICS },
	/* weights that are none */
	{ "application/openmetrics-text;q=", METRICS_PROMETHEUS },
	{ "application/openmetrics-text;q", METRICS_OPENMETRICS },
	{ "application/openmetrics-text;q=2", METRICS_PROMETHEUS },
	{ "application/openmetrics-text;q=-1", METRICS_PROMETHEUS },
	{ "application/openmetrics-text;q=0.0001", METRICS_PROMETHEUS },
	{ "application/openmetrics-text;q=99999999999999999999",
		METRICS_PROMETHEUS },
	{ "application/openmetrics-text;q=1x", METRICS_PROMETHEUS },
	/* what is no list of types */
	{ ",,;;,=,;=;,", METRICS_PROMETHEUS },
	{ "application/openmetrics-textual", METRICS_PROMETHEUS },
	{ "x application/openmetrics-text", METRICS_PROMETHEUS },
	{ ",, application/openmetrics-text ,,", METRICS_OPENMETRICS },
};

static void
test_choose(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(accepts); i++)
		check(metrics_choose(accepts[i].accept) == accepts[i].format,
			"%s", accepts[i].accept ? accepts[i].accept : "none");
	assert_string_equal(metrics_content_type(METRICS_PROMETHEUS),
		"text/plain; version=0.0.4; charset=utf-8");
	assert_string_equal(metrics_content_type(METRICS_OPENMETRICS),
		"application/openmetrics-text; version=1.0.0; charset=utf-8");
}

/* --- memory -------------------------------------------------------------- */

/** Wherever memory runs out, that is said. */
static void
test_memory(void** state)
{
	struct buffer text;
	unsigned k = 0;
	bool ok;
	(void)state;
	do {
		text = (struct buffer){ 0 };
		fail_realloc(++k);
		ok = metrics_write(&text, &report_cases[0].report,
			METRICS_OPENMETRICS);
		fail_realloc(0);
		buffer_clear(&text);
	} while(!ok);
	assert_in_range(k, 5, 30);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_endpoint_twice),
		cmocka_unit_test(test_promtool),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_choose),
		cmocka_unit_test(test_memory),
	};
	return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
