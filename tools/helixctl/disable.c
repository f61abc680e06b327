/*
 * tools/helixctl/disable.c - has Unbound load the module no more.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/*
 * For whoever removes the module, also where it or its configuration is broken
 * or gone: all that is needed is the file of side.h.
 */
#include "check.h"
#include "side.h"
#include <stdio.h>
#include <stdlib.h>

/** Values of the options; none is a letter. */
enum {
	OPTION_UNBOUND = 256
};

static const struct option options[] = {
	{ "unbound", required_argument, NULL, OPTION_UNBOUND },
	{ NULL, 0, NULL, 0 }
};

/** Tell of another file that loads the module. @return whether there is one. */
static bool
by_hand_tell(const struct side_others* others)
{
	if(others->by_hand.value)
		ctl_warn("disable: %s:%zu loads the module, which was not "
			"written by `helixctl enable`; remove that line, and "
			"its dynlib from module-config, before helix.so is "
			"removed, or Unbound does not start",
			others->by_hand.file, others->by_hand.line);
	return others->by_hand.value;
}

/** Remove the file, which is ours. @param readable: whether unbound.conf is;
 * else unbound-checkconf could wait for ever, as for a pipe. */
static enum ctl_status
file_remove(const struct side* side, bool readable)
{
	struct reason reason;
	char* modules;
	if(!side_remove(side, &reason))
		return ctl_error("disable: %s", reason.text);
	modules = readable ? program_ask(side->conf, "module-config") : NULL;
	printf("%s was removed", side->path);
	if(modules)
		printf("; module-config is \"%s\"", modules);
	puts("\nnext: systemctl restart unbound");
	free(modules);
	return CTL_OK;
}

static enum ctl_status
disable(const struct side* side)
{
	struct reason reason;
	struct side_others others;
	enum ctl_status status = CTL_OK;
	/* a file that cannot be read is no obstacle here */
	const bool readable = side_survey(side, &others, &reason);
	side_clean(side);
	switch(side_look(side, NULL, &reason)) {
	case SIDE_UNREADABLE:
		status = ctl_error("disable: %s", reason.text);
		break;
	case SIDE_FOREIGN:
		status = ctl_error("disable: %s was not written by `helixctl "
			"enable`, and was left as it is", side->path);
		break;
	case SIDE_NONE:
		printf("%s is not there: nothing was changed\n", side->path);
		break;
	case SIDE_OURS:
		status = file_remove(side, readable);
		break;
	}
	if(by_hand_tell(&others) && status == CTL_OK)
		status = CTL_FOUND;
	side_others_clear(&others);
	return status;
}

/** The same, without an enable at the same time. */
static enum ctl_status
disable_alone(const struct side* side)
{
	int lock = side_lock(side);
	enum ctl_status status = disable(side);
	side_unlock(side, lock);
	return status;
}

static enum ctl_status
run(struct ctl* ctl, int argc, char** argv)
{
	const char* conf = UNBOUND_CONF_DEFAULT;
	struct side side;
	enum ctl_status status;
	int option;
	while((option = ctl_next_option(ctl, argc, argv, options)) !=
		CTL_OPTIONS_END) {
		if(option == OPTION_UNBOUND)
			conf = optarg;
		else	return option == CTL_OPTIONS_HELP ? CTL_OK :
				CTL_FAILED;
	}
	if(!side_check_usage(ctl, argc))
		return CTL_FAILED;
	status = side_find(&side, conf) ? disable_alone(&side) :
		ctl_error("out of memory");
	side_clear(&side);
	return status;
}

const struct ctl_command command_disable = {
	"disable", "", "has Unbound load the module no more",
	"Removes the file that `helixctl enable` has written; all else stays."
	"\nNeeds neither helix.so nor helix.yaml. May be repeated. "
	"Run it as root, and\nthen restart Unbound.\n\n"
	"Options:\n"
	"  --unbound FILE        this unbound.conf, instead of the system's"
	"\n\n"
	"Exit status: 0: done, or done before; 1: done, but another file loads "
	"it;\n2: not done.\n",
	run
};
