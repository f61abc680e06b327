/*
 * status/json.c - a report as JSON.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "status/json.h"
#include "status/out.h"
#include <stdio.h>

/* --- JSON ---------------------------------------------------------------- */

/** Write a character of a text. */
static void
escape(struct out* out, char c)
{
	char code[8];
	if(c == '"' || c == '\\') {
		out_octet(out, '\\');
		out_octet(out, c);
	} else if(c < ' ' || c == 0x7f) {
		snprintf(code, sizeof(code), "\\u%04x", (unsigned)c);
		out_text(out, code);
	} else	out_octet(out, c);
}

/** Write a text as a value. */
static void
text(struct out* out, const char* value)
{
	out_octet(out, '"');
	out_clean(out, value, escape);
	out_octet(out, '"');
}

/** Write what is before a value in an array, or before a name in an object:
 * nothing, if that has just begun. */
static void
comma(struct out* out)
{
	const struct buffer* buffer = out->buffer;
	const char last = buffer->len > 0 ?
		(char)buffer->data[buffer->len - 1] : '{';
	if(last != '{' && last != '[')
		out_octet(out, ',');
}

/** Write a name, before its value. @param name: a word of ours. */
static void
member(struct out* out, const char* name)
{
	comma(out);
	text(out, name);
	out_octet(out, ':');
}

static void
member_text(struct out* out, const char* name, const char* value)
{
	member(out, name);
	text(out, value);
}

static void
member_bool(struct out* out, const char* name, bool value)
{
	member(out, name);
	out_text(out, value ? "true" : "false");
}

static void
member_number(struct out* out, const char* name, uint64_t value)
{
	member(out, name);
	out_u64(out, value);
}

/** Write milliseconds, which are null if they are below 0. */
static void
member_age(struct out* out, const char* name, int64_t age)
{
	member(out, name);
	if(age < 0)
		out_text(out, "null");
	else	out_fraction(out, (uint64_t)age * 1000);
}

/** Begin an object or an array that is a member. @param open: '{' or '['. */
static void
member_open(struct out* out, const char* name, char open)
{
	member(out, name);
	out_octet(out, open);
}

/* --- a source ------------------------------------------------------------ */

static void
write_replica(struct out* out, const struct report_source* source)
{
	const struct replica_stats* replica = &source->replica;
	unsigned i;
	member_bool(out, "following", replica->following);
	member_text(out, "endpoint", source->endpoints[replica->endpoint]);
	member(out, "failure");
	if(replica->failure.text[0])
		text(out, replica->failure.text);
	else	out_text(out, "null");
	member_bool(out, "has_copy", replica->has_copy);
	member_bool(out, "stale", replica->stale);
	member(out, "revision");
	out_i64(out, replica->revision);
	member_age(out, "confirmed_age", replica->confirmed_age);
	member_open(out, "lists", '{');
	for(i = 0; i < ETCD_LIST_REASONS; i++)
		member_number(out, replica_list_reason(i), replica->lists[i]);
	out_octet(out, '}');
	member_open(out, "losses", '{');
	for(i = 0; i < ETCD_LOSS_REASONS; i++)
		member_number(out, replica_loss_reason(i),
			replica->losses[i]);
	out_octet(out, '}');
}

static void
write_delay(struct out* out, const struct feed_delay* delay)
{
	unsigned i;
	member_open(out, "visible", '{');
	member_number(out, "count", delay->count);
	member(out, "sum");
	out_fraction(out, out_millionths(delay->sum));
	member_open(out, "buckets", '[');
	for(i = 0; i < FEED_DELAY_BUCKETS; i++) {
		comma(out);
		out_octet(out, '{');
		member(out, "le");
		out_fraction(out, out_millionths(feed_delay_bounds[i]));
		member_number(out, "count", delay->bucket[i]);
		out_octet(out, '}');
	}
	out_text(out, "]}");
}

static void
write_feed(struct out* out, const struct feed_stats* feed)
{
	member_open(out, "events", '{');
	member_number(out, "put", feed->puts);
	member_number(out, "delete", feed->removals);
	out_octet(out, '}');
	member_open(out, "keys", '{');
	member_number(out, "served", feed->keys);
	member_number(out, "bad", feed->bad);
	member_number(out, "ignored", feed->ignored);
	member_number(out, "outside", feed->outside);
	member_number(out, "suspicious", feed->suspicious);
	out_octet(out, '}');
	member_number(out, "names", feed->names);
	member_number(out, "records", feed->records);
	member_number(out, "octets", feed->octets);
	write_delay(out, &feed->delay);
}

static void
write_snapshot(struct out* out, const struct snapshot_stats* snapshot)
{
	member(out, "snapshot");
	if(!snapshot->enabled) {
		out_text(out, "null");
		return;
	}
	out_octet(out, '{');
	member_age(out, "age", snapshot->age);
	member_number(out, "octets", snapshot->octets);
	member_number(out, "writes", snapshot->writes);
	member_number(out, "failures", snapshot->failures);
	member_bool(out, "failing", snapshot->failing);
	out_octet(out, '}');
}

static void
write_source(struct out* out, const struct report_source* source)
{
	size_t i;
	comma(out);
	out_octet(out, '{');
	member_text(out, "name", source->name);
	member_text(out, "prefix", source->prefix);
	member_text(out, "api", source->api);
	member_open(out, "endpoints", '[');
	for(i = 0; i < source->endpoint_count; i++) {
		comma(out);
		text(out, source->endpoints[i]);
	}
	out_octet(out, ']');
	write_replica(out, source);
	write_feed(out, &source->feed);
	write_snapshot(out, &source->snapshot);
	out_octet(out, '}');
}

/* --- a report ------------------------------------------------------------ */

static void
write_zone(struct out* out, const struct report_zone* zone)
{
	unsigned i;
	comma(out);
	out_octet(out, '{');
	member_text(out, "name", zone->name);
	member_number(out, "serial", zone->serial);
	member_open(out, "answers", '{');
	for(i = 0; i < STATS_KINDS; i++)
		member_number(out, stats_kind_name(i),
			zone->stats.answers[i]);
	out_text(out, "}}");
}

static void
write_reasons(struct out* out, const struct report* report)
{
	size_t i;
	member_bool(out, "ready", report->reason_count == 0);
	member_open(out, "reasons", '[');
	for(i = 0; i < report->reason_count; i++) {
		comma(out);
		text(out, report->reasons[i].text);
	}
	out_octet(out, ']');
}

static void
write_config(struct out* out, const struct report* report)
{
	const char* error = report->config_error.text;
	member_open(out, "config", '{');
	member_bool(out, "ok", !*error);
	member(out, "error");
	if(*error)
		text(out, error);
	else	out_text(out, "null");
	member(out, "at");
	out_i64(out, report->config_at);
	out_octet(out, '}');
}

bool
json_write(struct buffer* buffer, const struct report* report)
{
	struct out out = { buffer, false };
	size_t i;
	out_octet(&out, '{');
	member_text(&out, "version", report->version);
	member_text(&out, "unbound", report->unbound ? report->unbound : "");
	write_reasons(&out, report);
	write_config(&out, report);
	member_open(&out, "sources", '[');
	for(i = 0; i < report->source_count; i++)
		write_source(&out, &report->sources[i]);
	out_octet(&out, ']');
	member_open(&out, "zones", '[');
	for(i = 0; i < report->zone_count; i++)
		write_zone(&out, &report->zones[i]);
	out_octet(&out, ']');
	member_open(&out, "cache", '{');
	member_number(&out, "handed_over", report->handed_over);
	member_number(&out, "taken_back", report->taken_back);
	out_text(&out, "}}\n");
	return !out.failed;
}

/* --- keys ---------------------------------------------------------------- */

void
json_keys_begin(struct json_keys* keys, struct buffer* out)
{
	*keys = (struct json_keys){ { out, false } };
	out_text(&keys->out, "{\"keys\":[");
}

void
json_keys_add(void* arg, const struct feed_key* key)
{
	struct out* out = &((struct json_keys*)arg)->out;
	comma(out);
	out_octet(out, '{');
	member_text(out, "key", key->key);
	member_text(out, "reason", key->reason);
	member(out, "revision");
	out_i64(out, key->revision);
	out_octet(out, '}');
}

bool
json_keys_end(struct json_keys* keys, size_t total)
{
	out_octet(&keys->out, ']');
	member_number(&keys->out, "total", total);
	out_text(&keys->out, "}\n");
	return !keys->out.failed;
}
