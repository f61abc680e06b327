/*
 * tools/helixctl/import.c - helixctl import: a zone file into etcd.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "kv.h"
#include "output.h"
#include "zoneapply.h"
#include "zonediff.h"
#include "zonesource.h"
#include <stdio.h>
#include <string.h>

/** most lines of the difference that are shown before it is applied */
#define SHOWN_MAX 100

/** What is imported, and how. */
struct import {
	struct ctl* ctl;
	/** the file */
	const char* file;
	/** the zone; NULL: not named */
	const char* zone;
	struct zonediff_options options;
	bool dry_run;
	struct kv* kv;
	struct zonesource source;
	struct zonediff diff;
	struct zoneapply_outcome outcome;
};

enum {
	OPTION_DELETE = 256,
	OPTION_DRY_RUN,
	OPTION_NO_APEX
};

static const struct option options[] = {
	{ "delete", no_argument, NULL, OPTION_DELETE },
	{ "dry-run", no_argument, NULL, OPTION_DRY_RUN },
	{ "no-apex", no_argument, NULL, OPTION_NO_APEX },
	{ NULL, 0, NULL, 0 }
};

/** Tell what was done, as JSON. */
static void
summary_json(const struct import* import)
{
	const struct zonediff* diff = &import->diff;
	char apex[NAME_TEXT_MAX];
	printf("{\"zone\":");
	name_to_text(import->source.apex.wire, apex);
	output_json(apex, strlen(apex));
	printf(",\"same\":%lu,\"added\":%lu,\"changed\":%lu,\"removed\":%lu,"
		"\"dry_run\":%s,\"done\":%lu,\"conflicts\":%lu}\n", diff->same,
		diff->added, diff->changed, diff->removed,
		import->dry_run ? "true" : "false", import->outcome.done,
		import->outcome.conflicts);
}

/** Tell what is to be done, or was. */
static void
summary(const struct import* import)
{
	const struct zonediff* diff = &import->diff;
	const unsigned long count = zonediff_count(diff);
	const struct zoneapply_outcome* outcome = &import->outcome;
	if(import->ctl->json) {
		summary_json(import);
		return;
	}
	printf("%lu key%s the same", diff->same, diff->same == 1 ? " is" :
		"s are");
	if(diff->kept > 0)
		printf(", and %lu with an id stay%s", diff->kept,
			diff->kept == 1 ? "s" : "");
	if(count == 0 || import->dry_run || outcome->done == count)
		printf("; %lu %sadded, %lu changed, %lu removed\n",
			diff->added, import->dry_run ? "would be " : "",
			diff->changed, diff->removed);
	else	printf("; %lu of %lu changes were made\n", outcome->done,
			count);
}

/** Apply the difference. */
static enum ctl_status
apply(struct import* import)
{
	const unsigned long count = zonediff_count(&import->diff);
	const struct zoneapply_outcome* outcome = &import->outcome;
	bool ok;
	if(!kv_is_atomic(import->kv))
		ctl_warn("etcd's v2 API has no transactions: each key changes "
			"by itself, and until the end a part of the changes "
			"is visible");
	ok = zoneapply(&import->diff, import->kv, &import->outcome);
	if(!ok && outcome->interrupted)
		ctl_error("interrupted after %lu of %lu changes; run it again "
			"to go on", outcome->done, count);
	else if(!ok)
		ctl_error("broken off after %lu of %lu changes; run it again "
			"to go on", outcome->done, count);
	else if(outcome->conflicts > 0)
		ctl_error("%lu keys were left as they are; run it again, which "
			"compares with what they have now", outcome->conflicts);
	summary(import);
	if(!ok)
		return CTL_FAILED;
	return outcome->conflicts > 0 ? CTL_FOUND : CTL_OK;
}

/** The difference cannot be written: say what that means. */
static enum ctl_status
tell_unseen(void)
{
	return ctl_error("the difference cannot be shown, and nothing was "
		"changed");
}

/** Read, compare, show and apply. */
static enum ctl_status
import_run(struct import* import)
{
	if(!zonesource_read(&import->source, import->ctl, import->file,
		import->zone, import->options.apex))
		return CTL_FAILED;
	import->kv = kv_open(import->ctl);
	if(!import->kv || !zonediff_make(&import->diff, import->ctl,
		import->kv, &import->source, &import->options))
		return CTL_FAILED;
	zonesource_tell_skipped(&import->source);
	if(!import->ctl->json && !zonediff_print(&import->diff,
		import->dry_run ? 0 : SHOWN_MAX))
		return output_failed() ? tell_unseen() : ctl_error("out of "
			"memory");
	if(!zoneapply_check(&import->diff))
		return CTL_FAILED;
	/* before a long time of no output; and whoever cannot be shown what
	 * changes may not want it */
	if(!output_flush())
		return tell_unseen();
	if(!import->dry_run && zonediff_count(&import->diff) > 0)
		return apply(import);
	summary(import);
	return CTL_OK;
}

static enum ctl_status
run(struct ctl* ctl, int argc, char** argv)
{
	struct import import = { .ctl = ctl, .options.apex = true };
	enum ctl_status status;
	int option;
	while((option = ctl_next_option(ctl, argc, argv, options)) !=
		CTL_OPTIONS_END) {
		switch(option) {
		case OPTION_DELETE:
			import.options.delete = true;
			break;
		case OPTION_DRY_RUN:
			import.dry_run = true;
			break;
		case OPTION_NO_APEX:
			import.options.apex = false;
			break;
		case CTL_OPTIONS_HELP:
			return CTL_OK;
		default:
			return CTL_FAILED;
		}
	}
	if(!ctl_check_arguments(ctl, argc, 1, 2))
		return CTL_FAILED;
	import.file = argv[optind];
	import.zone = argc - optind > 1 ? argv[optind + 1] : NULL;
	status = import_run(&import);
	zonediff_clear(&import.diff);
	zonesource_clear(&import.source);
	kv_close(import.kv);
	return status;
}

const struct ctl_command command_import = {
	.name = "import",
	.arguments = "ZONEFILE [ZONE]",
	.summary = "makes etcd have what a zone file has",
	.help = "Shows the difference, and applies it: one key for each owner "
		"and type. Keys\n"
		"of the zone that the file does not have are removed, unless "
		"they have an id. A\n"
		"zone that is not named is the owner of the file's SOA. It "
		"can be broken off,\n"
		"and run again. `helixctl diff` shows the same, and changes "
		"nothing.\n\n"
		"Options:\n"
		"  --delete              remove keys with an id, too, if the "
		"file lacks them\n"
		"  --dry-run             only show the difference\n"
		"  --no-apex             leave SOA and NS of the zone to "
		"helix.yaml\n",
	.run = run
};
