/*
 * status/report.c - all that can be said of the module at one moment.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "status/report.h"
#include "dns/answer.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- readiness ----------------------------------------------------------- */

/** Say why a source is not ready. @param what: that; in words.
 * @return false. */
static bool
say(const struct report_source* source, const char* what,
	struct reason* reason)
{
	const struct replica_stats* replica = &source->replica;
	const char* endpoint = source->endpoints[replica->endpoint];
	if(replica->failure.text[0])
		return reason_say(reason, "source %s: %s; last tried %s: %s",
			source->name, what, endpoint, replica->failure.text);
	return reason_say(reason, "source %s: %s; %s %s", source->name, what,
		replica->following ? "following" : "asking", endpoint);
}

/** Say that the copy is too old. @return false. */
static bool
say_stale(const struct report_source* source, struct reason* reason)
{
	const struct replica_stats* replica = &source->replica;
	const unsigned limit = replica->max_stale / 1000;
	char what[160];
	if(replica->confirmed_age < 0)
		snprintf(what, sizeof(what), "it is not known when etcd "
			"confirmed the copy, so it counts as older than "
			"max-stale (%u s)", limit);
	else	snprintf(what, sizeof(what), "etcd has not confirmed the copy "
			"for %" PRId64 " s, longer than max-stale (%u s)",
			replica->confirmed_age / 1000, limit);
	return say(source, what, reason);
}

bool
report_source_is_ready(const struct report_source* source,
	struct reason* reason)
{
	if(!source->replica.has_copy)
		return say(source, "no copy of etcd's data yet", reason);
	if(source->replica.stale)
		return say_stale(source, reason);
	return true;
}

/** Note why sources are not ready. @return false if memory ran out. */
static bool
report_judge(struct report* report)
{
	size_t i;
	report->reasons = calloc(report->source_count + 1,
		sizeof(*report->reasons));
	if(!report->reasons)
		return false;
	for(i = 0; i < report->source_count; i++) {
		if(!report_source_is_ready(&report->sources[i],
			&report->reasons[report->reason_count]))
			report->reason_count++;
	}
	return true;
}

/* --- parts --------------------------------------------------------------- */

static void
fill_source(struct report_source* source, const struct report_parts* parts)
{
	const struct etcd_settings* etcd = &parts->config->etcd;
	*source = (struct report_source){ .name = "etcd",
		.prefix = etcd->prefix,
		.api = etcd->api == ETCD_V2 ? "v2" : "v3",
		.endpoints = etcd->endpoints,
		.endpoint_count = etcd->endpoint_count,
		.replica = { .confirmed_age = -1 } };
	if(parts->replica)
		source->replica = replica_stats(parts->replica);
	source->feed = feed_stats(parts->feed);
	source->snapshot = snapshot_stats(parts->snapshot);
}

/** Note a zone. @return false if memory ran out. */
static bool
fill_zone(struct report_zone* zone, const struct report_parts* parts,
	size_t number)
{
	const struct zone* from = zones_get(feed_zones(parts->feed), number);
	char text[NAME_TEXT_MAX];
	zone->name = strdup(name_to_text(zone_apex(from)->wire, text));
	zone->serial = answer_soa_serial(from);
	stats_read(parts->stats, number, &zone->stats);
	return zone->name != NULL;
}

/** Note all zones. @return false if memory ran out. */
static bool
fill_zones(struct report* report, const struct report_parts* parts)
{
	const size_t count = zones_count(feed_zones(parts->feed));
	if(count == 0)
		return true;
	report->zones = calloc(count, sizeof(*report->zones));
	if(!report->zones)
		return false;
	for(; report->zone_count < count; report->zone_count++) {
		if(!fill_zone(&report->zones[report->zone_count], parts,
			report->zone_count))
			return false;
	}
	return true;
}

bool
report_fill(struct report* report, const struct report_parts* parts)
{
	*report = (struct report){ .version = HELIX_VERSION };
	report->handed_over = stats_handed_over();
	report->taken_back = stats_taken_back();
	/* without zones, nothing is followed that could be told of */
	report->source_count = parts->config->zone_count > 0;
	report->sources = calloc(1, sizeof(*report->sources));
	if(!report->sources)
		return false;
	if(report->source_count > 0)
		fill_source(&report->sources[0], parts);
	if(report_judge(report) && fill_zones(report, parts))
		return true;
	report_clear(report);
	return false;
}

void
report_note_unused(struct report* report, const char* why)
{
	(void)reason_say(&report->reasons[report->reason_count++], "%s", why);
}

void
report_clear(struct report* report)
{
	size_t i;
	for(i = 0; i < report->zone_count; i++)
		free(report->zones[i].name);
	free(report->zones);
	free(report->sources);
	free(report->reasons);
	*report = (struct report){ 0 };
}
