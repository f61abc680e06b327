/*
 * tools/helixctl/lint_command.c - helixctl lint: what is wrong with the keys of
 * etcd.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "kv.h"
#include "lint.h"
#include "output.h"
#include "records.h"
#include <stdio.h>
#include <string.h>

/** The colour of a kind: red where a key is not served. */
static enum output_style
kind_style(enum lint_kind kind)
{
	return kind == LINT_BAD || kind == LINT_IGNORED ? OUTPUT_BAD :
		OUTPUT_WARN;
}

/** See kv_seen. */
static bool
see(void* arg, const struct kv_key* key)
{
	if(lint_put(arg, key->path, key->path_len, key->value,
		key->value_len))
		return true;
	ctl_error("out of memory");
	return false;
}

/* --- for people ---------------------------------------------------------- */

static void
finding_show(const struct ctl* ctl, const struct lint_finding* finding,
	const char* prefix)
{
	char zone[NAME_TEXT_MAX];
	if(finding->path) {
		output_key(prefix, strlen(prefix));
		putchar('/');
		output_key(finding->path, finding->path_len);
	} else {
		printf("zone %s in ", name_to_text(finding->zone->apex.wire,
			zone));
		output_key(ctl->conf, strlen(ctl->conf));
	}
	printf(": %s%s%s: ", output_style(ctl, kind_style(finding->kind)),
		lint_kind_text(finding->kind), output_style(ctl,
		OUTPUT_PLAIN));
	output_key(finding->reason, strlen(finding->reason));
	if(finding->advice)
		printf("; %s", finding->advice);
	putchar('\n');
}

static void
findings_show(const struct ctl* ctl, const struct lint* lint,
	const char* prefix, int64_t revision)
{
	const struct lint_counts counts = lint_counts(lint);
	size_t i, count;
	const struct lint_finding* finding = lint_findings(lint, &count);
	for(i = 0; i < count && !output_failed(); i++)
		finding_show(ctl, &finding[i], prefix);
	printf("%zu keys as of revision %lld, %zu of them served: ",
		counts.keys, (long long)revision, counts.served);
	if(count > 0)
		printf("%zu finding%s\n", count, count == 1 ? "" : "s");
	else	puts("nothing wrong is found");
}

/* --- as JSON ------------------------------------------------------------- */

/** Write which key, or which zone's name servers, a finding is about. @param
 * key: room for the whole key. */
static void
subject_show_json(const struct lint_finding* finding, struct buffer* key,
	const char* prefix, bool* first)
{
	char zone[NAME_TEXT_MAX];
	key->len = 0;
	if(!finding->path) {
		output_json_name("zone", first);
		name_to_text(finding->zone->apex.wire, zone);
		output_json(zone, strlen(zone));
	} else if(buffer_append(key, prefix, strlen(prefix)) &&
		buffer_append_octet(key, '/') && buffer_append(key,
		finding->path, finding->path_len)) {
		output_json_name("key", first);
		output_json((const char*)key->data, key->len);
	}
}

static void
finding_show_json(const struct lint_finding* finding, struct buffer* key,
	const char* prefix)
{
	const char* kind = lint_kind_text(finding->kind);
	bool first = true;
	putchar('{');
	subject_show_json(finding, key, prefix, &first);
	output_json_name("kind", &first);
	output_json(kind, strlen(kind));
	output_json_name("reason", &first);
	output_json(finding->reason, strlen(finding->reason));
	output_json_name("advice", &first);
	if(finding->advice)
		output_json(finding->advice, strlen(finding->advice));
	else	fputs("null", stdout);
	putchar('}');
}

static void
findings_show_json(const struct lint* lint, const char* prefix,
	int64_t revision)
{
	const struct lint_counts counts = lint_counts(lint);
	struct buffer key = { 0 };
	size_t i, count;
	const struct lint_finding* finding = lint_findings(lint, &count);
	printf("{\"revision\": %lld, \"keys\": %zu, \"served\": %zu, "
		"\"findings\": [", (long long)revision, counts.keys,
		counts.served);
	for(i = 0; i < count && !output_failed(); i++) {
		fputs(i > 0 ? ",\n " : "\n ", stdout);
		finding_show_json(&finding[i], &key, prefix);
	}
	puts("]}");
	buffer_clear(&key);
}

/* --- the command --------------------------------------------------------- */

/** Whether helix.yaml has a zone that a name is in. */
static bool
zone_check(const struct ctl* ctl, const struct helix_config* config,
	const struct name* only)
{
	char text[NAME_TEXT_MAX];
	if(config->zone_count == 0)
		ctl_error("no zones are known from %s, and without zones "
			"nothing can be said of keys; name another helix.yaml "
			"by --config", ctl->conf);
	else if(only && !records_zone(config, only, 0))
		ctl_error("%s is in none of the zones of %s", name_to_text(
			only->wire, text), ctl->conf);
	else	return true;
	return false;
}

/** Take all keys, and write what is found. */
static enum ctl_status
lint(struct ctl* ctl, struct kv* kv, const struct name* only)
{
	const struct helix_config* config = ctl_config(ctl);
	const char* prefix = kv_settings(kv)->prefix;
	enum ctl_status status = CTL_FAILED;
	struct lint* lint;
	int64_t revision = 0;
	size_t count;
	if(!config || !zone_check(ctl, config, only))
		return CTL_FAILED;
	lint = lint_create(config, only);
	if(!lint)
		return ctl_error("out of memory");
	if(!kv_list(kv, "", see, lint, &revision))
		goto end;
	if(!lint_finish(lint)) {
		ctl_error("out of memory");
		goto end;
	}
	if(ctl->json)
		findings_show_json(lint, prefix, revision);
	else	findings_show(ctl, lint, prefix, revision);
	(void)lint_findings(lint, &count);
	status = count > 0 ? CTL_FOUND : CTL_OK;
end:
	lint_delete(lint);
	return status;
}

static enum ctl_status
run(struct ctl* ctl, int argc, char** argv)
{
	enum ctl_status status;
	struct name only;
	struct kv* kv;
	switch(ctl_next_option(ctl, argc, argv, NULL)) {
	case CTL_OPTIONS_END:
		break;
	case CTL_OPTIONS_HELP:
		return CTL_OK;
	default:
		return CTL_FAILED;
	}
	if(!ctl_check_arguments(ctl, argc, 0, 1) || (argv[optind] &&
		!records_name_read(&only, argv[optind])))
		return CTL_FAILED;
	kv = kv_open(ctl);
	if(!kv)
		return CTL_FAILED;
	status = lint(ctl, kv, argv[optind] ? &only : NULL);
	kv_close(kv);
	return status;
}

const struct ctl_command command_lint = {
	.name = "lint", .arguments = "[ZONE]",
	.summary = "finds what is wrong with etcd's keys",
	.help = "Reads all keys as the module does, and writes a line for "
		"each that is not\nserved or is probably a mistake: the key, "
		"a word, what is wrong, and what to\ndo. With ZONE, only "
		"keys in it. The words are:\n\n"
		"  bad         the key or its value is bad: not served\n"
		"  ignored     conflicts with another key: not served\n"
		"  outside     in none of the zones: not served\n"
		"  suspicious  served, but looks wrong\n"
		"  target      refers to a name of the zones that has no record or "
		"address\n"
		"  alias       refers to an alias where a host is needed\n"
		"  loop        an alias that leads in a circle, or through too "
		"many\n"
		"  glue        a delegation without the address of its server\n"
		"  hidden      below a delegation or a DNAME: never answered\n"
		"  ttl         has a TTL that is not served\n"
		"  crowded     more records than some resolvers accept\n"
		"  wildcard    has a * that is no wildcard\n\n"
		"Exit status: 0 if nothing is found, 1 if something is, 2 if "
		"etcd cannot be\nread.\n",
	.run = run
};
