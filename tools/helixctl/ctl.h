/*
 * tools/helixctl/ctl.h - what all commands of helixctl share.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * helixctl is one program with many commands. Each command has a file of its
 * own, with a struct ctl_command that main.c lists (commands.h). A command
 * reads its options by ctl_next_option, which also takes the options that all
 * commands have (--config, --endpoints, --json and so on); the rest of its
 * arguments are then argv[optind] and the following.
 *
 * What a command was asked for goes to standard output, and everything else to
 * standard error, by ctl_error and ctl_warn. A command returns an exit status,
 * enum ctl_status.
 *
 * For one thread.
 */
#ifndef HELIXCTL_CTL_H
#define HELIXCTL_CTL_H

#include "base/log.h"
#include "base/reason.h"
#include "config/config.h"
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>

/** Exit statuses. */
enum ctl_status {
	/** done; nothing is wrong */
	CTL_OK = 0,
	/** done; something was found that is wrong, or differs */
	CTL_FOUND = 1,
	/** not done: wrong usage, no connection, a refusal */
	CTL_FAILED = 2
};

/** What the options say that all commands have. */
struct ctl {
	/** --config, or $HELIX_CONF, or the default */
	const char* conf;
	/** true if conf was named by the user, so that it has to be there */
	bool conf_named;
	/** --endpoints: URLs with commas between; NULL: helix.yaml's */
	const char* endpoints;
	/** --prefix; NULL: helix.yaml's */
	const char* prefix;
	/** --user: who writes to etcd; NULL: helix.yaml's */
	const char* user;
	/** --password-file; NULL: helix.yaml's, or, with --user, the terminal
	 * is asked */
	const char* password_file;
	/** --json */
	bool json;
	/** whether standard output takes colours: a terminal, and NO_COLOR is
	 * not set */
	bool color;
	/** what ctl_config has made; NULL before */
	struct helix_config* config;
	/** whether ctl_login was done */
	bool logged_in;
	/** writes the program's help to standard output */
	void (*help)(void);
	/** the command that runs; NULL while the program's options are read */
	const struct ctl_command* command;
};

/** A command. */
struct ctl_command {
	/** its name */
	const char* name;
	/** its arguments, as in "NAME [TYPE]" */
	const char* arguments;
	/** what it does, in one line without a full stop */
	const char* summary;
	/** the rest of its help: its options, a line each, and what else there
	 * is to know; ends with a newline */
	const char* help;
	/**
	 * Runs it.
	 * @param argv: argv[0] is the command's name.
	 * @return an exit status.
	 */
	enum ctl_status (*run)(struct ctl* ctl, int argc, char** argv);
};

/** What ctl_next_option returns, beside the options' own values. */
enum {
	/** there are no more options */
	CTL_OPTIONS_END = -1,
	/** an option is wrong, and the user was told: return CTL_FAILED */
	CTL_OPTIONS_WRONG = '?',
	/** help or the version was asked for, and given: return CTL_OK */
	CTL_OPTIONS_HELP = 1
};

/**
 * Read the next option of a command.
 * @param own: the command's own options, as for getopt_long(3), with values
 *	above CTL_OPTIONS_HELP; ended by a zero; NULL: it has none. A value
 *	below 256 is also the option's letter.
 * @return the value of one of them, with its argument in optarg; or one of the
 *	above.
 */
int ctl_next_option(struct ctl* ctl, int argc, char** argv,
	const struct option* own);

/**
 * Check the number of arguments after the options.
 * @param most: -1: any number.
 * @return false if it is wrong; the user was told.
 */
bool ctl_check_arguments(struct ctl* ctl, int argc, int least, int most);

/**
 * helix.yaml, with what --endpoints and --prefix say instead of it. Read at the
 * first call. With --endpoints, the default file need not be there; the
 * configuration has no zones then.
 * @return NULL if it has an error; the user was told. Owned by ctl.
 */
struct helix_config* ctl_config(struct ctl* ctl);

/**
 * Put into the configuration's etcd settings who --user and --password-file say
 * that is to reach etcd; for --user without --password-file, the password is
 * asked for on the terminal. To be called by what is about to reach etcd;
 * kv_open does.
 * @return false if that failed; the user was told.
 */
bool ctl_login(struct ctl* ctl);

/**
 * Read a duration that the user gave: a number of seconds, or such as 90s, 15m,
 * 1h30m, 1d, 2w.
 * @param option: its name, for the message.
 * @param least, most: seconds.
 * @return false if it is none; the user was told.
 */
bool ctl_seconds_read(const char* option, const char* text, int64_t least,
	int64_t most, int64_t* seconds);

/** Free what ctl holds. */
void ctl_clear(struct ctl* ctl);

/** Write the help of a command. */
void ctl_help(const struct ctl_command* command);

/** Tell the user what is wrong: "helixctl: ..." on standard error.
 * @return CTL_FAILED. */
enum ctl_status ctl_error(const char* format, ...)
	__attribute__((format(printf, 1, 2)));

/** Tell the user of something that he may want to know. */
void ctl_warn(const char* format, ...) __attribute__((format(printf, 1, 2)));

/** What the module's parts log (base/log.h), for the user: warnings and errors;
 * the program's log writer unless a command sets another one. */
void ctl_log(enum helix_log_level level, const char* line);

/** The same with changes of state, for a command that goes on for long. */
void ctl_log_all(enum helix_log_level level, const char* line);

#endif /* HELIXCTL_CTL_H */
