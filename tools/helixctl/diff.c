/*
 * tools/helixctl/diff.c - helixctl diff: how a zone file and etcd differ.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "kv.h"
#include "output.h"
#include "zonediff.h"
#include "zonesource.h"

enum {
	OPTION_DELETE = 256,
	OPTION_NO_APEX
};

static const struct option options[] = {
	{ "delete", no_argument, NULL, OPTION_DELETE },
	{ "no-apex", no_argument, NULL, OPTION_NO_APEX },
	{ NULL, 0, NULL, 0 }
};

/** Compare a file with etcd. */
static enum ctl_status
diff_run(struct ctl* ctl, const char* file, const char* zone,
	const struct zonediff_options* what)
{
	struct zonesource source;
	struct zonediff diff = { 0 };
	struct kv* kv = NULL;
	enum ctl_status status = CTL_FAILED;
	if(!zonesource_read(&source, ctl, file, zone, what->apex))
		goto done;
	kv = kv_open(ctl);
	if(!kv || !zonediff_make(&diff, ctl, kv, &source, what))
		goto done;
	zonesource_tell_skipped(&source);
	if(ctl->json ? zonediff_print_json(&diff) : zonediff_print(&diff, 0))
		status = zonediff_count(&diff) > 0 ? CTL_FOUND : CTL_OK;
	else if(!output_failed())
		ctl_error("out of memory");
done:
	zonediff_clear(&diff);
	zonesource_clear(&source);
	kv_close(kv);
	return status;
}

static enum ctl_status
run(struct ctl* ctl, int argc, char** argv)
{
	struct zonediff_options what = { .apex = true };
	int option;
	while((option = ctl_next_option(ctl, argc, argv, options)) !=
		CTL_OPTIONS_END) {
		switch(option) {
		case OPTION_DELETE:
			what.delete = true;
			break;
		case OPTION_NO_APEX:
			what.apex = false;
			break;
		case CTL_OPTIONS_HELP:
			return CTL_OK;
		default:
			return CTL_FAILED;
		}
	}
	if(!ctl_check_arguments(ctl, argc, 1, 2))
		return CTL_FAILED;
	return diff_run(ctl, argv[optind], argc - optind > 1 ?
		argv[optind + 1] : NULL, &what);
}

const struct ctl_command command_diff = {
	.name = "diff",
	.arguments = "ZONEFILE [ZONE]",
	.summary = "shows what import would change",
	.help = "\"+\" is what the file has, and \"-\" what etcd has. The exit "
		"status is 1 if\n"
		"there is a difference.\n\n"
		"Options:\n"
		"  --delete              with keys that have an id and that the "
		"file lacks\n"
		"  --no-apex             without SOA and NS of the zone\n",
	.run = run
};
