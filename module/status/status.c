/*
 * status/status.c - how the module is, for who asks by HTTP.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "status/status.h"
#include "base/log.h"
#include "status/http.h"
#include "status/json.h"
#include "status/metrics.h"
#include "status/out.h"
#include "status/report.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct status {
	/** what was configured; the texts are owned */
	struct status_settings settings;
	/** whether all of that is open */
	bool complete;
	/** serves the pages */
	struct http* http;
	/** held while a page tells of the source */
	pthread_mutex_t lock;
	/** of what the pages tell; report is NULL: of nothing */
	struct status_source source;
	/** counts when that changed */
	atomic_uint epoch;
};

/* --- pages --------------------------------------------------------------- */

static const char plain[] = "text/plain; charset=utf-8";

static bool
append(struct buffer* out, const char* text)
{
	return buffer_append(out, text, strlen(text));
}

/** Writes what a report says. */
typedef bool report_write(const struct report* report, unsigned form,
	struct answer* answer);

/** Write a page that tells of a report. */
static bool
write_report(void* arg, unsigned form, struct answer* answer,
	report_write* write)
{
	struct status* status = arg;
	struct report report;
	bool ok;
	pthread_mutex_lock(&status->lock);
	if(!status->source.report) {
		answer->status = HTTP_UNAVAILABLE;
		answer->type = plain;
		ok = append(&answer->body, "starting\n");
	} else if((ok = status->source.report(status->source.arg, &report))) {
		/* behind "unbound " */
		report.unbound = strchr(HELIX_UNBOUND, ' ') + 1;
		ok = write(&report, form, answer);
		report_clear(&report);
	}
	pthread_mutex_unlock(&status->lock);
	return ok;
}

static unsigned
choose_metrics(const char* accept)
{
	return metrics_choose(*accept ? accept : NULL);
}

static bool
report_write_metrics(const struct report* report, unsigned form,
	struct answer* answer)
{
	answer->type = metrics_content_type((enum metrics_format)form);
	return metrics_write(&answer->body, report, (enum metrics_format)form);
}

static bool
write_metrics(void* arg, unsigned form, struct answer* answer)
{
	return write_report(arg, form, answer, report_write_metrics);
}

/** Write a character of a line. */
static void
write_in_line(struct out* out, char c)
{
	out_octet(out, c >= ' ' && c < 0x7f ? c : ' ');
}

static bool
report_write_ready(const struct report* report, unsigned form,
	struct answer* answer)
{
	struct out out = { &answer->body, false };
	size_t i;
	(void)form;
	answer->type = plain;
	if(report->reason_count == 0)
		return append(&answer->body, "ready\n");
	answer->status = HTTP_UNAVAILABLE;
	/* an endpoint may have any octets, and a reason may be cut between
	 * those of one character */
	for(i = 0; i < report->reason_count; i++) {
		out_clean(&out, report->reasons[i].text, write_in_line);
		out_octet(&out, '\n');
	}
	return !out.failed;
}

static bool
write_ready(void* arg, unsigned form, struct answer* answer)
{
	return write_report(arg, form, answer, report_write_ready);
}

static bool
report_write_status(const struct report* report, unsigned form,
	struct answer* answer)
{
	(void)form;
	answer->type = JSON_CONTENT_TYPE;
	return json_write(&answer->body, report);
}

static bool
write_status(void* arg, unsigned form, struct answer* answer)
{
	return write_report(arg, form, answer, report_write_status);
}

static bool
write_live(void* arg, unsigned form, struct answer* answer)
{
	(void)arg;
	(void)form;
	answer->type = plain;
	return append(&answer->body, "live\n");
}

/** Write a page that lists keys. @param bad: bad ones, or ignored ones. */
static bool
write_keys(struct status* status, bool bad, struct answer* answer)
{
	const struct status_source* source = &status->source;
	struct json_keys keys;
	size_t total = 0;
	pthread_mutex_lock(&status->lock);
	answer->type = JSON_CONTENT_TYPE;
	json_keys_begin(&keys, &answer->body);
	if(!source->report)
		answer->status = HTTP_UNAVAILABLE;
	else
		total = (bad ? source->bad_keys : source->ignored_keys)(
			source->arg, json_keys_add, &keys);
	pthread_mutex_unlock(&status->lock);
	return json_keys_end(&keys, total);
}

static bool
write_bad_keys(void* arg, unsigned form, struct answer* answer)
{
	(void)form;
	return write_keys(arg, true, answer);
}

static bool
write_ignored_keys(void* arg, unsigned form, struct answer* answer)
{
	(void)form;
	return write_keys(arg, false, answer);
}

static const struct page pages[] = {
	{ "/metrics", choose_metrics, write_metrics },
	{ "/ready", NULL, write_ready },
	{ "/live", NULL, write_live },
	{ "/status", NULL, write_status },
	{ "/keys/bad", NULL, write_bad_keys },
	{ "/keys/ignored", NULL, write_ignored_keys } };
_Static_assert(sizeof(pages) / sizeof(*pages) <= PAGES_MAX,
	"there are more pages than a server has room for");

/* --- life ---------------------------------------------------------------- */

/** Free what is not the server's. */
static void
status_delete(struct status* status)
{
	status_settings_clear(&status->settings);
	pthread_mutex_destroy(&status->lock);
	free(status);
}

void
status_end(struct status* status)
{
	if(!status)
		return;
	http_stop(status->http);
	status_delete(status);
}

void
status_show(struct status* status, const struct status_source* source)
{
	static const struct status_source nothing = { 0 };
	if(!status)
		return;
	pthread_mutex_lock(&status->lock);
	status->source = source ? *source : nothing;
	status->epoch++;
	pthread_mutex_unlock(&status->lock);
}

/** Make a status without a server. @return NULL if memory ran out. */
static struct status*
status_create(const struct status_settings* settings)
{
	struct status* status = calloc(1, sizeof(*status));
	if(!status)
		return NULL;
	pthread_mutex_init(&status->lock, NULL);
	if(status_settings_copy(settings, &status->settings))
		return status;
	status_delete(status);
	return NULL;
}

/** Open a socket, if it is configured.
 * @param count: raised by one if it was opened.
 * @return false if it cannot be opened, which is logged. */
static bool
open_one(const char* where, bool (*open)(struct listener* listener,
	const char* where, struct reason* reason),
	struct listener listeners[HTTP_LISTENERS], size_t* count)
{
	struct reason reason;
	if(!where)
		return true;
	if(!open(&listeners[*count], where, &reason)) {
		helix_warning("cannot serve the status on %s: %s; names are "
			"answered as before, and the next reload tries again",
			where, reason.text);
		return false;
	}
	(*count)++;
	helix_info("serving the status on %s", where);
	return true;
}

/** Open the sockets and serve. @return false if nothing is served. */
static bool
status_open(struct status* status)
{
	struct listener listeners[HTTP_LISTENERS];
	size_t count = 0;
	bool socket = open_one(status->settings.socket, listener_open_unix,
		listeners, &count);
	bool tcp = open_one(status->settings.listen, listener_open_tcp,
		listeners, &count);
	status->complete = socket && tcp;
	if(count == 0)
		return false;
	status->http = http_start(listeners, count, &(struct pages){
		.table = pages, .count = sizeof(pages) / sizeof(*pages),
		.arg = status, .epoch = &status->epoch });
	return status->http != NULL;
}

struct status*
status_begin(struct status* running, const struct status_settings* settings,
	const struct status_source* source)
{
	struct status* status;
	if(running && running->complete && http_is_there(running->http) &&
		status_settings_same(&running->settings, settings)) {
		status_show(running, source);
		return running;
	}
	/* the same path or port may be among the new ones */
	status_end(running);
	if(!settings->socket && !settings->listen)
		return NULL;
	status = status_create(settings);
	if(!status) {
		helix_error("out of memory: cannot serve the status");
		return NULL;
	}
	if(source)
		status->source = *source;
	if(status_open(status))
		return status;
	status_delete(status);
	return NULL;
}
