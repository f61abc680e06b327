/*
 * status/metrics.c - a report for Prometheus.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "status/metrics.h"
#include "status/out.h"
#include <stdarg.h>
#include <string.h>

struct family;

/** The text, and the family of metrics that is being written. */
struct writer {
	struct out out;
	enum metrics_format format;
	const struct family* family;
	/** whether the lines that describe the family are written */
	bool described;
};

/** What a family's metrics are. */
enum family_type { GAUGE, COUNTER, HISTOGRAM, INFO };

/** A family of metrics, and who writes its samples: for the report as a whole,
 * for each source, or for each zone. */
struct family {
	/** without the ending of its type */
	const char* name;
	enum family_type type;
	/** what it is; without a backslash, a quote or a newline */
	const char* help;
	void (*report)(struct writer* writer, const struct report* report);
	void (*source)(struct writer* writer,
		const struct report_source* source);
	void (*zone)(struct writer* writer, const struct report_zone* zone);
};

/* --- what describes a family --------------------------------------------- */

/** Types as both formats call them, and what names end in. */
static const struct {
	const char* name[2];
	const char* ending;
} types[] = {
	[GAUGE] = { { "gauge", "gauge" }, "" },
	[COUNTER] = { { "counter", "counter" }, "_total" },
	[HISTOGRAM] = { { "histogram", "histogram" }, "" },
	[INFO] = { { "gauge", "info" }, "_info" },
};

/** Write a line that describes the family. The ending is part of its name only
 * in Prometheus's own format. */
static void
describe_line(struct writer* writer, const char* what, const char* text)
{
	struct out* out = &writer->out;
	out_text(out, what);
	out_text(out, writer->family->name);
	if(writer->format == METRICS_PROMETHEUS)
		out_text(out, types[writer->family->type].ending);
	out_octet(out, ' ');
	out_text(out, text);
	out_octet(out, '\n');
}

/** The unit that a family's name ends in; NULL: it has none. */
static const char*
family_unit(const struct family* family)
{
	const char* last = strrchr(family->name, '_') + 1;
	return strcmp(last, "seconds") == 0 || strcmp(last, "bytes") == 0 ?
		last : NULL;
}

/** Describe the family, before its first sample. */
static void
describe(struct writer* writer)
{
	const struct family* family = writer->family;
	const char* unit = family_unit(family);
	if(writer->described)
		return;
	writer->described = true;
	describe_line(writer, "# HELP ", family->help);
	describe_line(writer, "# TYPE ",
		types[family->type].name[writer->format]);
	if(unit && writer->format == METRICS_OPENMETRICS)
		describe_line(writer, "# UNIT ", unit);
}

/* --- samples ------------------------------------------------------------- */

/** Write a character of a label's value. */
static void
escape(struct out* out, char c)
{
	if(c == '\n')
		out_text(out, "\\n");
	else if(c == '"' || c == '\\') {
		out_octet(out, '\\');
		out_octet(out, c);
	} else if(c < ' ' || c == 0x7f)
		out_text(out, OUT_REPLACEMENT);
	else	out_octet(out, c);
}

/**
 * Write what is before a sample's value.
 * @param ending: what its name has behind the family's.
 * @param labels: their names and values; NULL.
 */
static void
sample_begin(struct writer* writer, const char* ending, va_list labels)
{
	struct out* out = &writer->out;
	const char* label;
	char before = '{';
	describe(writer);
	out_text(out, writer->family->name);
	out_text(out, ending);
	while((label = va_arg(labels, const char*))) {
		out_octet(out, before);
		out_text(out, label);
		out_text(out, "=\"");
		out_clean(out, va_arg(labels, const char*), escape);
		out_octet(out, '"');
		before = ',';
	}
	out_text(out, before == ',' ? "} " : " ");
}

/** Write a sample whose name has the ending of its type.
 * @param ...: names and values of labels; NULL. */
static void __attribute__((sentinel))
sample(struct writer* writer, uint64_t value, ...)
{
	va_list labels;
	va_start(labels, value);
	sample_begin(writer, types[writer->family->type].ending, labels);
	va_end(labels);
	out_u64(&writer->out, value);
	out_octet(&writer->out, '\n');
}

/** Write one of the samples of a histogram. @param ending, ...: see
 * sample_begin. */
static void __attribute__((sentinel))
sample_of(struct writer* writer, const char* ending, uint64_t value, ...)
{
	va_list labels;
	va_start(labels, value);
	sample_begin(writer, ending, labels);
	va_end(labels);
	out_u64(&writer->out, value);
	out_octet(&writer->out, '\n');
}

/** Write a sample in seconds. @param ending, ...: see sample_begin. */
static void __attribute__((sentinel))
sample_seconds(struct writer* writer, const char* ending, uint64_t millionths,
	...)
{
	va_list labels;
	va_start(labels, millionths);
	sample_begin(writer, ending, labels);
	va_end(labels);
	out_fraction(&writer->out, millionths);
	out_octet(&writer->out, '\n');
}

/* --- of the report as a whole -------------------------------------------- */

static void
write_build(struct writer* writer, const struct report* report)
{
	sample(writer, 1, "version", report->version, "unbound",
		report->unbound ? report->unbound : "", NULL);
}

static void
write_ready(struct writer* writer, const struct report* report)
{
	sample(writer, report->reason_count == 0, NULL);
}

static void
write_config_ok(struct writer* writer, const struct report* report)
{
	sample(writer, !report->config_error.text[0], NULL);
}

static void
write_handed_over(struct writer* writer, const struct report* report)
{
	sample(writer, report->handed_over, NULL);
}

static void
write_taken_back(struct writer* writer, const struct report* report)
{
	sample(writer, report->taken_back, NULL);
}

/* --- of a source --------------------------------------------------------- */

/** Find an endpoint's first place in the list, where helix.yaml may have it
 * twice. */
static size_t
endpoint_first(const struct report_source* source, size_t endpoint)
{
	size_t i = 0;
	while(strcmp(source->endpoints[i], source->endpoints[endpoint]) != 0)
		i++;
	return i;
}

static void
write_following(struct writer* writer, const struct report_source* source)
{
	const struct replica_stats* replica = &source->replica;
	size_t i;
	for(i = 0; i < source->endpoint_count; i++) {
		/* two samples of the same labels are no valid text */
		if(endpoint_first(source, i) != i)
			continue;
		sample(writer, replica->following &&
			endpoint_first(source, replica->endpoint) == i,
			"source", source->name, "endpoint",
			source->endpoints[i], NULL);
	}
}

static void
write_has_copy(struct writer* writer, const struct report_source* source)
{
	sample(writer, source->replica.has_copy, "source", source->name,
		NULL);
}

static void
write_stale(struct writer* writer, const struct report_source* source)
{
	sample(writer, source->replica.stale, "source", source->name, NULL);
}

static void
write_revision(struct writer* writer, const struct report_source* source)
{
	sample(writer, (uint64_t)source->replica.revision, "source",
		source->name, NULL);
}

static void
write_confirmed(struct writer* writer, const struct report_source* source)
{
	const int64_t age = source->replica.confirmed_age;
	if(age >= 0)
		sample_seconds(writer, "", (uint64_t)age * 1000, "source",
			source->name, NULL);
}

static void
write_lists(struct writer* writer, const struct report_source* source)
{
	enum etcd_list_reason i;
	for(i = 0; i < ETCD_LIST_REASONS; i++)
		sample(writer, source->replica.lists[i], "source",
			source->name, "reason", replica_list_reason(i), NULL);
}

static void
write_losses(struct writer* writer, const struct report_source* source)
{
	enum etcd_loss_reason i;
	for(i = 0; i < ETCD_LOSS_REASONS; i++)
		sample(writer, source->replica.losses[i], "source",
			source->name, "reason", replica_loss_reason(i), NULL);
}

static void
write_events(struct writer* writer, const struct report_source* source)
{
	sample(writer, source->feed.puts, "source", source->name, "type",
		"put", NULL);
	sample(writer, source->feed.removals, "source", source->name, "type",
		"delete", NULL);
}

static void
write_keys(struct writer* writer, const struct report_source* source)
{
	const struct feed_stats* feed = &source->feed;
	const struct { const char* state; size_t keys; } states[] = {
		{ "served", feed->keys }, { "bad", feed->bad },
		{ "ignored", feed->ignored }, { "outside", feed->outside },
		{ "suspicious", feed->suspicious } };
	size_t i;
	for(i = 0; i < sizeof(states) / sizeof(*states); i++)
		sample(writer, states[i].keys, "source", source->name,
			"state", states[i].state, NULL);
}

static void
write_names(struct writer* writer, const struct report_source* source)
{
	sample(writer, source->feed.names, "source", source->name, NULL);
}

static void
write_records(struct writer* writer, const struct report_source* source)
{
	sample(writer, source->feed.records, "source", source->name, NULL);
}

static void
write_store(struct writer* writer, const struct report_source* source)
{
	sample(writer, source->feed.octets, "source", source->name, NULL);
}

static void
write_visible(struct writer* writer, const struct report_source* source)
{
	const struct feed_delay* delay = &source->feed.delay;
	size_t i;
	for(i = 0; i < FEED_DELAY_BUCKETS; i++) {
		char le[OUT_FRACTION_MAX];
		out_fraction_text(out_millionths(feed_delay_bounds[i]), le);
		sample_of(writer, "_bucket", delay->bucket[i], "source",
			source->name, "le", le, NULL);
	}
	sample_of(writer, "_bucket", delay->count, "source", source->name,
		"le", "+Inf", NULL);
	sample_seconds(writer, "_sum", out_millionths(delay->sum), "source",
		source->name, NULL);
	sample_of(writer, "_count", delay->count, "source", source->name,
		NULL);
}

static void
write_snapshot_age(struct writer* writer, const struct report_source* source)
{
	if(source->snapshot.age >= 0)
		sample_seconds(writer, "", (uint64_t)source->snapshot.age *
			1000, "source", source->name, NULL);
}

/** Write a number of a snapshot, if there is to be one. */
static void
write_snapshot(struct writer* writer, const struct report_source* source,
	uint64_t value)
{
	if(source->snapshot.enabled)
		sample(writer, value, "source", source->name, NULL);
}

static void
write_snapshot_bytes(struct writer* writer, const struct report_source* source)
{
	write_snapshot(writer, source, source->snapshot.octets);
}

static void
write_snapshot_writes(struct writer* writer,
	const struct report_source* source)
{
	write_snapshot(writer, source, source->snapshot.writes);
}

static void
write_snapshot_failures(struct writer* writer,
	const struct report_source* source)
{
	write_snapshot(writer, source, source->snapshot.failures);
}

static void
write_snapshot_failing(struct writer* writer,
	const struct report_source* source)
{
	write_snapshot(writer, source, source->snapshot.failing);
}

/* --- of a zone ----------------------------------------------------------- */

static void
write_answers(struct writer* writer, const struct report_zone* zone)
{
	enum stats_kind i;
	for(i = 0; i < STATS_KINDS; i++)
		sample(writer, zone->stats.answers[i], "zone", zone->name,
			"kind", stats_kind_name(i), NULL);
}

static void
write_serial(struct writer* writer, const struct report_zone* zone)
{
	sample(writer, zone->serial, "zone", zone->name, NULL);
}

/* --- all families -------------------------------------------------------- */

static const struct family families[] = {
	{ "helix_build", INFO, "The version of unbound-helix, and that of the "
		"Unbound that it was built for.", .report = write_build },
	{ "helix_ready", GAUGE, "1 if all names in the zones can be answered, "
		"as /ready says.",
		.report = write_ready },
	{ "helix_config_ok", GAUGE, "0 if the last reload was refused, so that "
		"the configuration before it is in force.",
		.report = write_config_ok },
	{ "helix_source_following", GAUGE, "1 for the endpoint of etcd that "
		"changes are followed at; 0 for all while there is none.",
		.source = write_following },
	{ "helix_source_has_copy", GAUGE, "1 if there is a copy of etcd's data, "
		"if only from a snapshot.", .source = write_has_copy },
	{ "helix_source_stale", GAUGE, "1 if etcd has not confirmed the copy "
		"for longer than max-stale, so that names get SERVFAIL.",
		.source = write_stale },
	{ "helix_source_revision", GAUGE, "The revision of etcd up to which "
		"the copy is complete.", .source = write_revision },
	{ "helix_source_confirmed_age_seconds", GAUGE, "Time since etcd last "
		"confirmed that the copy is complete; absent if that is not "
		"known.", .source = write_confirmed },
	{ "helix_source_lists", COUNTER, "Lists of all keys that etcd has "
		"answered, at least in part, by why they were needed.",
		.source = write_lists },
	{ "helix_source_watch_losses", COUNTER, "Watches of etcd that have "
		"ended, by why.", .source = write_losses },
	{ "helix_source_events", COUNTER, "Changes of keys that watches have "
		"brought.", .source = write_events },
	{ "helix_keys", GAUGE, "Keys below the prefix, by what becomes of them; "
		"suspicious ones are served as well, and outside are puts "
		"since the last list.", .source = write_keys },
	{ "helix_names", GAUGE, "Names that exist.", .source = write_names },
	{ "helix_records", GAUGE, "Records that etcd's keys give.",
		.source = write_records },
	{ "helix_store_bytes", GAUGE, "Memory for names and records.",
		.source = write_store },
	{ "helix_change_visible_seconds", HISTOGRAM, "Time from a change's "
		"arrival from etcd until answers have it.",
		.source = write_visible },
	{ "helix_answers", COUNTER, "Answers that the module gave; what "
		"Unbound's cache gives is Unbound's to count.",
		.zone = write_answers },
	{ "helix_zone_serial", GAUGE, "The serial of the zone's SOA.",
		.zone = write_serial },
	{ "helix_cache_handed_over", COUNTER, "RRsets handed over to Unbound's "
		"cache.", .report = write_handed_over },
	{ "helix_cache_taken_back", COUNTER, "RRsets that Unbound's cache was "
		"told to forget, as etcd has changed them.",
		.report = write_taken_back },
	{ "helix_snapshot_age_seconds", GAUGE, "Time since etcd confirmed what "
		"is in the snapshot file; absent before Unbound has written "
		"one.", .source = write_snapshot_age },
	{ "helix_snapshot_bytes", GAUGE, "Size of the snapshot file that "
		"Unbound has written; 0 if none.",
		.source = write_snapshot_bytes },
	{ "helix_snapshot_writes", COUNTER, "How often the snapshot file was "
		"written.", .source = write_snapshot_writes },
	{ "helix_snapshot_failures", COUNTER, "How often the snapshot file "
		"could not be written, or what was to be written was lost.",
		.source = write_snapshot_failures },
	{ "helix_snapshot_failing", GAUGE, "1 if the last attempt to write the "
		"snapshot file failed, or its data are lost until the next "
		"list.", .source = write_snapshot_failing },
};

static void
write_family(struct writer* writer, const struct report* report)
{
	const struct family* family = writer->family;
	size_t i;
	if(family->report)
		family->report(writer, report);
	for(i = 0; family->source && i < report->source_count; i++)
		family->source(writer, &report->sources[i]);
	for(i = 0; family->zone && i < report->zone_count; i++)
		family->zone(writer, &report->zones[i]);
}

bool
metrics_write(struct buffer* out, const struct report* report,
	enum metrics_format format)
{
	struct writer writer = { { out, false }, format, NULL, false };
	size_t i;
	for(i = 0; i < sizeof(families) / sizeof(*families); i++) {
		writer.family = &families[i];
		writer.described = false;
		write_family(&writer, report);
	}
	if(format == METRICS_OPENMETRICS)
		out_text(&writer.out, "# EOF\n");
	return !writer.out.failed;
}
