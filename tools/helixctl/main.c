/*
 * tools/helixctl/main.c - helixctl: looks after the records of unbound-helix.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "output.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COMMAND(name) extern const struct ctl_command command_##name;
#include "commands.h"
#undef COMMAND

static const struct ctl_command* const commands[] = {
#define COMMAND(name) &command_##name,
#include "commands.h"
#undef COMMAND
	NULL
};

/** Write the help of the program. */
static void
help_write(FILE* out)
{
	const struct ctl_command* const* command;
	fputs("usage: helixctl [OPTION...] COMMAND [ARGUMENT...]\n\n"
		"Looks after the records that unbound-helix serves from "
		"etcd.\n\n", out);
	for(command = commands; *command; command++)
		fprintf(out, "  %-8s %-20s %s\n", (*command)->name,
			(*command)->arguments, (*command)->summary);
	fputs("\nhelixctl COMMAND --help says more of a command; so does "
		"helixctl(8).\n", out);
}

static void
help(void)
{
	help_write(stdout);
}

static const struct ctl_command*
command_find(const char* name)
{
	const struct ctl_command* const* command;
	for(command = commands; *command; command++) {
		if(strcmp((*command)->name, name) == 0)
			return *command;
	}
	return NULL;
}

/** helixctl help COMMAND. */
static enum ctl_status
help_on(const char* name)
{
	const struct ctl_command* command = command_find(name);
	if(!command)
		return ctl_error("there is no command %s; `helixctl --help` "
			"lists them", name);
	ctl_help(command);
	return CTL_OK;
}

/** Run the command that the arguments name. */
static enum ctl_status
run(struct ctl* ctl, int argc, char** argv)
{
	if(argc == 0) {
		help_write(stderr);
		return CTL_FAILED;
	}
	if(strcmp(argv[0], "help") == 0) {
		if(argc > 1 && strcmp(argv[1], "--help") != 0 &&
			strcmp(argv[1], "-h") != 0)
			return help_on(argv[1]);
		help();
		return CTL_OK;
	}
	ctl->command = command_find(argv[0]);
	if(!ctl->command)
		return ctl_error("there is no command %s; `helixctl --help` "
			"lists them", argv[0]);
	optind = 0;
	return ctl->command->run(ctl, argc, argv);
}

int
main(int argc, char** argv)
{
	const char* conf = getenv("HELIX_CONF");
	const char* no_color = getenv("NO_COLOR");
	struct ctl ctl = { 0 };
	enum ctl_status status;
	/* a write that fails says so; OpenSSL has no other way */
	signal(SIGPIPE, SIG_IGN);
	helix_log_set_writer(ctl_log);
	/* empty is unset, as in the module */
	ctl.conf_named = conf && *conf;
	ctl.conf = ctl.conf_named ? conf : HELIX_CONF_DEFAULT;
	ctl.color = isatty(STDOUT_FILENO) && !(no_color && *no_color);
	ctl.help = help;
	switch(ctl_next_option(&ctl, argc, argv, NULL)) {
	case CTL_OPTIONS_WRONG:
		return CTL_FAILED;
	case CTL_OPTIONS_HELP:
		status = CTL_OK;
		break;
	default:
		status = run(&ctl, argc - optind, argv + optind);
	}
	ctl_clear(&ctl);
	return output_close(status);
}
