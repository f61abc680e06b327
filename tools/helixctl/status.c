/*
 * tools/helixctl/status.c - helixctl status: how the running Unbound is.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "daemon.h"
#include "output.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/** room for a number with its unit */
#define AMOUNT_SIZE 32
/** a time in seconds that a time_t has, whatever it is made of */
#define TIME_MAX 1e12
/** columns of a label */
#define LABEL_WIDTH 9
/** most columns for the name of a zone in the table */
#define ZONE_WIDTH_MAX 40

/* --- pieces of text ------------------------------------------------------ */

/** A duration. @param seconds: -1: it is not known. @return out. */
static const char*
duration(double seconds, char out[AMOUNT_SIZE])
{
	static const struct {
		/** the duration from which the unit is used */
		double from;
		/** its seconds */
		double unit;
		/** digits behind the point */
		int digits;
		const char* name;
	} units[] = { { 172800, 86400, 0, "days" }, { 7200, 3600, 0, "h" },
		{ 120, 60, 0, "min" }, { 10, 1, 0, "s" }, { 1, 1, 1, "s" },
		{ 0, 0.001, 1, "ms" } };
	size_t i = 0;
	if(!(seconds >= 0)) {
		snprintf(out, AMOUNT_SIZE, "?");
		return out;
	}
	while(seconds < units[i].from)
		i++;
	snprintf(out, AMOUNT_SIZE, "%.*f %s", units[i].digits, seconds /
		units[i].unit, units[i].name);
	return out;
}

/** An amount of memory. @return out. */
static const char*
octets(double count, char out[AMOUNT_SIZE])
{
	static const char* const units[] = { "octets", "KB", "MB", "GB",
		"TB" };
	size_t i = 0;
	for(; count >= 1000 && i + 1 < sizeof(units) / sizeof(*units); i++)
		count /= 1000;
	snprintf(out, AMOUNT_SIZE, "%.*f %s", i > 0 && count < 10 ? 1 : 0,
		count > 0 ? count : 0, units[i]);
	return out;
}

/** Write a text that may hold anything. */
static void
show(const char* text)
{
	output_key(text, strlen(text));
}

/** Write a few words in a style. */
static void
show_styled(const struct ctl* ctl, enum output_style style, const char* text)
{
	fputs(output_style(ctl, style), stdout);
	show(text);
	fputs(output_style(ctl, OUTPUT_PLAIN), stdout);
}

/** Begin a line with a label. */
static void
label(const char* text)
{
	printf("  %-*s ", LABEL_WIDTH, text);
}

/** Write a number and what it is of; in a style, unless it is 0. */
static void
count_show(const struct ctl* ctl, const cJSON* object, const char* name,
	const char* what, enum output_style style)
{
	const double count = daemon_number(object, name);
	if(count > 0)
		fputs(output_style(ctl, style), stdout);
	printf("%.0f %s", count, what);
	if(count > 0)
		fputs(output_style(ctl, OUTPUT_PLAIN), stdout);
}

/** Write the sum of an object's numbers, and those that are not 0. */
static void
sum_show(const cJSON* object, const char* what)
{
	const cJSON* item;
	const char* before = " (";
	double sum = 0;
	cJSON_ArrayForEach(item, object)
		sum += cJSON_IsNumber(item) ? item->valuedouble : 0;
	printf("%.0f%s", sum, what);
	cJSON_ArrayForEach(item, object) {
		if(!cJSON_IsNumber(item) || item->valuedouble == 0)
			continue;
		printf("%s%.0f ", before, item->valuedouble);
		show(item->string);
		before = ", ";
	}
	puts(sum > 0 ? ")" : "");
}

/* --- parts of the report ------------------------------------------------- */

static void
ready_show(const struct ctl* ctl, const cJSON* report)
{
	const cJSON* reason;
	if(daemon_bool(report, "ready"))
		show_styled(ctl, OUTPUT_GOOD, "ready");
	else	show_styled(ctl, OUTPUT_BAD, "NOT READY");
	fputs(": unbound-helix ", stdout);
	show(daemon_text(report, "version"));
	fputs(" in Unbound ", stdout);
	show(daemon_text(report, "unbound"));
	putchar('\n');
	cJSON_ArrayForEach(reason, daemon_array(report, "reasons")) {
		fputs("  ", stdout);
		show_styled(ctl, OUTPUT_BAD, cJSON_IsString(reason) ?
			reason->valuestring : "?");
		putchar('\n');
	}
}

static void
config_show(const struct ctl* ctl, const cJSON* config)
{
	const double at = daemon_number(config, "at");
	char age[AMOUNT_SIZE];
	duration(at >= 0 && at < TIME_MAX ? difftime(time(NULL), (time_t)at) :
		-1, age);
	if(daemon_bool(config, "ok")) {
		printf("configuration: read %s ago\n", age);
		return;
	}
	fputs("configuration: ", stdout);
	show_styled(ctl, OUTPUT_BAD, "REFUSED");
	printf(" %s ago, and the one before it is in force: ", age);
	show(daemon_text(config, "error"));
	puts("; `helixctl check` says more");
}

static void
following_show(const struct ctl* ctl, const cJSON* source)
{
	const char* failure = daemon_text(source, "failure");
	show_styled(ctl, OUTPUT_BOLD, daemon_text(source, "name"));
	fputs(": ", stdout);
	if(daemon_bool(source, "following")) {
		show_styled(ctl, OUTPUT_GOOD, "following");
		putchar(' ');
	} else {
		show_styled(ctl, OUTPUT_BAD, "NOT FOLLOWING");
		fputs(", tried last: ", stdout);
	}
	show(daemon_text(source, "endpoint"));
	if(*failure) {
		fputs(": ", stdout);
		show(failure);
	}
	putchar('\n');
}

static void
copy_show(const struct ctl* ctl, const cJSON* source)
{
	const double age = daemon_number(source, "confirmed_age");
	char text[AMOUNT_SIZE];
	label("copy");
	if(!daemon_bool(source, "has_copy")) {
		show_styled(ctl, OUTPUT_BAD, "none yet");
		putchar('\n');
		return;
	}
	if(daemon_bool(source, "stale")) {
		show_styled(ctl, OUTPUT_BAD, "STALE");
		fputs(", ", stdout);
	}
	printf("as of revision %.0f, ", daemon_number(source, "revision"));
	if(age < 0)
		puts("not confirmed by etcd yet");
	else	printf("confirmed by etcd %s ago\n", duration(age, text));
}

static void
keys_show(const struct ctl* ctl, const cJSON* source)
{
	const cJSON* keys = daemon_object(source, "keys");
	char memory[AMOUNT_SIZE];
	label("keys");
	count_show(ctl, keys, "served", "served, ", OUTPUT_PLAIN);
	count_show(ctl, keys, "bad", "bad", OUTPUT_BAD);
	fputs(", ", stdout);
	count_show(ctl, keys, "ignored", "ignored", OUTPUT_WARN);
	fputs(", ", stdout);
	count_show(ctl, keys, "outside", "in none of the zones, ",
		OUTPUT_PLAIN);
	count_show(ctl, keys, "suspicious", "suspicious\n", OUTPUT_PLAIN);
	if(daemon_number(keys, "bad") > 0 || daemon_number(keys, "ignored")
		> 0) {
		label("");
		puts("`helixctl bad` says which, and why");
	} else if(daemon_number(keys, "outside") > 0 || daemon_number(keys,
		"suspicious") > 0) {
		label("");
		puts("`helixctl lint` says which, and why");
	}
	label("holds");
	printf("%.0f names, %.0f records, %s\n", daemon_number(source,
		"names"), daemon_number(source, "records"), octets(
		daemon_number(source, "octets"), memory));
}

static void
events_show(const cJSON* source)
{
	const cJSON* events = daemon_object(source, "events");
	const cJSON* visible = daemon_object(source, "visible");
	const double count = daemon_number(visible, "count");
	char delay[AMOUNT_SIZE];
	label("lists");
	sum_show(daemon_object(source, "lists"), "");
	label("watches");
	sum_show(daemon_object(source, "losses"), " lost");
	label("events");
	printf("%.0f puts, %.0f deletions", daemon_number(events, "put"),
		daemon_number(events, "delete"));
	if(count > 0)
		printf("; visible after %s on average", duration(
			daemon_number(visible, "sum") / count, delay));
	putchar('\n');
}

static void
snapshot_show(const struct ctl* ctl, const cJSON* snapshot)
{
	const double age = daemon_number(snapshot, "age");
	char text[AMOUNT_SIZE];
	if(!snapshot)
		return;
	label("snapshot");
	if(daemon_bool(snapshot, "failing")) {
		show_styled(ctl, OUTPUT_BAD, "CANNOT BE WRITTEN");
		fputs(", Unbound's log says why; ", stdout);
	}
	if(age < 0)
		fputs("not written yet", stdout);
	else {
		printf("%s old, ", duration(age, text));
		fputs(octets(daemon_number(snapshot, "octets"), text), stdout);
	}
	printf("; written %.0f times, failed ", daemon_number(snapshot,
		"writes"));
	count_show(ctl, snapshot, "failures", "times\n", OUTPUT_WARN);
}

static void
source_show(const struct ctl* ctl, const cJSON* source)
{
	following_show(ctl, source);
	label("prefix");
	show(daemon_text(source, "prefix"));
	fputs(", by API ", stdout);
	show(daemon_text(source, "api"));
	putchar('\n');
	copy_show(ctl, source);
	keys_show(ctl, source);
	events_show(source);
	snapshot_show(ctl, daemon_object(source, "snapshot"));
}

/* --- the table of zones -------------------------------------------------- */

/** @return the more of columns, and those that a count takes. */
static int
count_width(int width, double count)
{
	const int len = snprintf(NULL, 0, "%.0f", count);
	return len > width ? len : width;
}

/** The columns for the serials: no more than they need, as for the kinds, so
 * that the table of most has room in 80. */
static int
serials_width(const cJSON* zones)
{
	const cJSON* zone;
	int width = (int)strlen("serial");
	cJSON_ArrayForEach(zone, zones)
		width = count_width(width, daemon_number(zone, "serial"));
	return width;
}

/** The columns for a kind of answer. */
static int
kind_width(const cJSON* zones, const char* kind)
{
	const cJSON* zone;
	int width = (int)strlen(kind);
	cJSON_ArrayForEach(zone, zones)
		width = count_width(width, daemon_number(daemon_object(zone,
			"answers"), kind));
	return width;
}

/** The columns for the names of zones. */
static int
zones_width(const cJSON* zones)
{
	const cJSON* zone;
	size_t width = strlen("answers in");
	cJSON_ArrayForEach(zone, zones) {
		const size_t len = strlen(daemon_text(zone, "name"));
		if(len > width)
			width = len < ZONE_WIDTH_MAX ? len : ZONE_WIDTH_MAX;
	}
	return (int)width;
}

/** Write a name, and spaces up to a width. */
static void
name_show(const char* name, int width)
{
	const int len = (int)strlen(name);
	show(name);
	printf("%*s", width > len ? width - len : 0, "");
}

static void
zones_show(const struct ctl* ctl, const cJSON* zones)
{
	const cJSON *zone, *kind, *kinds = daemon_object(
		cJSON_GetArrayItem(zones, 0), "answers");
	const int width = zones_width(zones), serials = serials_width(zones);
	fputs(output_style(ctl, OUTPUT_BOLD), stdout);
	printf("%-*s %*s", width, "answers in", serials, "serial");
	cJSON_ArrayForEach(kind, kinds) {
		printf(" %*s", kind_width(zones, kind->string) -
			(int)strlen(kind->string), "");
		show(kind->string);
	}
	puts(output_style(ctl, OUTPUT_PLAIN));
	cJSON_ArrayForEach(zone, zones) {
		name_show(daemon_text(zone, "name"), width);
		printf(" %*.0f", serials, daemon_number(zone, "serial"));
		cJSON_ArrayForEach(kind, daemon_object(zone, "answers"))
			printf(" %*.0f", kind_width(zones, kind->string),
				kind->valuedouble);
		putchar('\n');
	}
	puts("without the answers that Unbound gave from its cache");
}

static void
report_show(const struct ctl* ctl, const cJSON* report)
{
	const cJSON* source;
	const cJSON* cache = daemon_object(report, "cache");
	const cJSON* zones = daemon_array(report, "zones");
	ready_show(ctl, report);
	config_show(ctl, daemon_object(report, "config"));
	cJSON_ArrayForEach(source, daemon_array(report, "sources"))
		source_show(ctl, source);
	printf("cache: %.0f RRsets handed over, %.0f taken back\n",
		daemon_number(cache, "handed_over"), daemon_number(cache,
		"taken_back"));
	if(cJSON_GetArraySize(zones) > 0)
		zones_show(ctl, zones);
	else	puts("there are no zones: Unbound resolves all names as without "
			"the module");
}

/* --- the command --------------------------------------------------------- */

/** Get the report, and write it. */
static enum ctl_status
status(struct ctl* ctl, const char* socket)
{
	struct daemon_page page;
	enum ctl_status found = CTL_FAILED;
	if(daemon_get(ctl, socket, "/status", &page)) {
		found = daemon_bool(page.json, "ready") ? CTL_OK : CTL_FOUND;
		if(ctl->json)
			fwrite(page.body.data, 1, page.body.len, stdout);
		else	report_show(ctl, page.json);
	}
	daemon_page_clear(&page);
	return found;
}

static enum ctl_status
run(struct ctl* ctl, int argc, char** argv)
{
	enum ctl_status ended;
	const char* socket;
	return daemon_options(ctl, argc, argv, &socket, &ended) ?
		status(ctl, socket) : ended;
}

const struct ctl_command command_status = {
	.name = "status", .arguments = "",
	.summary = "shows how the running Unbound is",
	.help = "Whether it is ready, how it follows etcd, what the keys are, "
		"and what it has\nanswered.\n\n"
		"Options:\n"
		"  --socket PATH         ask there, instead of where "
		"helix.yaml's status: says\n\n"
		"Exit status: 0 if it is ready, 1 if it is not, 2 if Unbound "
		"does not answer.\n",
	.run = run
};
