/*
 * tools/helixctl/ctl.c - what all commands of helixctl share.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "ctl.h"
#include "password_prompt.h"
#include "base/log.h"
#include "base/text.h"
#include "config/etcd.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** Values of the options that all commands have; above those of commands. */
enum {
	OPTION_CONFIG = 1000,
	OPTION_ENDPOINTS,
	OPTION_PREFIX,
	OPTION_USER,
	OPTION_PASSWORD_FILE,
	OPTION_JSON,
	OPTION_HELP,
	OPTION_VERSION
};

static const struct option common[] = {
	{ "config", required_argument, NULL, OPTION_CONFIG },
	{ "endpoints", required_argument, NULL, OPTION_ENDPOINTS },
	{ "prefix", required_argument, NULL, OPTION_PREFIX },
	{ "user", required_argument, NULL, OPTION_USER },
	{ "password-file", required_argument, NULL, OPTION_PASSWORD_FILE },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ NULL, 0, NULL, 0 }
};
#define COMMON_COUNT (sizeof(common) / sizeof(*common) - 1)
/** most options of a command */
#define OWN_MAX 16

static const char common_help[] =
	"Options of all commands:\n"
	"  --config FILE         helix.yaml, which names etcd and the zones\n"
	"  --endpoints URL,...   etcd's endpoints, instead of helix.yaml's\n"
	"  --prefix PREFIX       what keys begin with, instead of helix.yaml's\n"
	"  --user NAME           etcd's user, whose password is asked for\n"
	"  --password-file FILE  or is the first line of this file\n"
	"  --json                write JSON\n"
	"  -h, --help            this\n"
	"  --version             the version\n";

static void
tell(const char* kind, const char* format, va_list args)
{
	fflush(stdout);
	fprintf(stderr, "helixctl: %s", kind);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

enum ctl_status
ctl_error(const char* format, ...)
{
	va_list args;
	va_start(args, format);
	tell("", format, args);
	va_end(args);
	return CTL_FAILED;
}

void
ctl_warn(const char* format, ...)
{
	va_list args;
	va_start(args, format);
	tell("warning: ", format, args);
	va_end(args);
}

void
ctl_help(const struct ctl_command* command)
{
	printf("usage: helixctl %s [OPTION...]%s%s\n\n%s.\n\n%s%s%s",
		command->name, *command->arguments ? " " : "",
		command->arguments, command->summary, command->help,
		*command->help ? "\n" : "", common_help);
}

/** Take an option that all commands have. @return what ctl_next_option returns
 * for it; 0: go on with the next. */
static int
common_take(struct ctl* ctl, int option)
{
	switch(option) {
	case OPTION_CONFIG:
		ctl->conf = optarg;
		ctl->conf_named = true;
		return 0;
	case OPTION_ENDPOINTS:
		ctl->endpoints = optarg;
		return 0;
	case OPTION_PREFIX:
		ctl->prefix = optarg;
		return 0;
	case OPTION_USER:
		ctl->user = optarg;
		return 0;
	case OPTION_PASSWORD_FILE:
		ctl->password_file = optarg;
		return 0;
	case OPTION_JSON:
		ctl->json = true;
		return 0;
	case OPTION_VERSION:
		printf("helixctl %s\n", HELIX_VERSION);
		return CTL_OPTIONS_HELP;
	case OPTION_HELP:
	case 'h':
		if(ctl->command)
			ctl_help(ctl->command);
		else	ctl->help();
		return CTL_OPTIONS_HELP;
	case CTL_OPTIONS_WRONG:
		fprintf(stderr, "helixctl: `helixctl %s%s--help` lists the "
			"options\n", ctl->command ? ctl->command->name : "",
			ctl->command ? " " : "");
		return CTL_OPTIONS_WRONG;
	}
	return option;
}

int
ctl_next_option(struct ctl* ctl, int argc, char** argv,
	const struct option* own)
{
	/* the name that getopt begins its messages with */
	static char program[] = "helixctl";
	struct option options[COMMON_COUNT + OWN_MAX + 1] = { { 0 } };
	/* the program's own options end where the command begins */
	char letters[2 * OWN_MAX + 4] = "", *letter = letters;
	size_t count = COMMON_COUNT;
	if(!ctl->command)
		*letter++ = '+';
	*letter++ = 'h';
	memcpy(options, common, COMMON_COUNT * sizeof(*options));
	for(; own && own->name && count < COMMON_COUNT + OWN_MAX; own++) {
		options[count++] = *own;
		if(own->val >= 256)
			continue;
		*letter++ = (char)own->val;
		if(own->has_arg)
			*letter++ = ':';
	}
	argv[0] = program;
	for(;;) {
		int option = getopt_long(argc, argv, letters, options, NULL);
		if(option == -1)
			return CTL_OPTIONS_END;
		option = common_take(ctl, option);
		if(option != 0)
			return option;
	}
}

bool
ctl_check_arguments(struct ctl* ctl, int argc, int least, int most)
{
	const int count = argc - optind;
	if(count >= least && (most < 0 || count <= most))
		return true;
	ctl_error("%s: too %s arguments; expected %s", ctl->command->name,
		count < least ? "few" : "many", *ctl->command->arguments ?
		ctl->command->arguments : "none");
	return false;
}

/* --- configuration ------------------------------------------------------- */

/** Without helix.yaml: the defaults, and no zones. */
static struct helix_config*
config_default(void)
{
	struct helix_config* config = calloc(1, sizeof(*config));
	if(config && !config_etcd_set_defaults(&config->etcd)) {
		helix_config_delete(config);
		return NULL;
	}
	return config;
}

/** Read helix.yaml. @return NULL if it has an error; the user was told. */
static struct helix_config*
file_read(const struct ctl* ctl)
{
	struct config_errors errors;
	struct helix_config* config;
	size_t i;
	if(ctl->endpoints && !ctl->conf_named &&
		access(ctl->conf, F_OK) != 0 && errno == ENOENT) {
		config = config_default();
		if(!config)
			ctl_error("out of memory");
		return config;
	}
	config = helix_config_read(ctl->conf, &errors);
	if(!config && access(ctl->conf, F_OK) != 0 && errno == ENOENT) {
		ctl_error("there is no %s; name another helix.yaml by --config "
			"or HELIX_CONF", ctl->conf);
		return NULL;
	}
	for(i = 0; i < errors.count; i++)
		ctl_error("%s", errors.list[i].reason.text);
	return config;
}

/** Put what the options say in the place of what helix.yaml says. */
static bool
config_override(const struct ctl* ctl, struct etcd_settings* etcd)
{
	struct reason reason;
	if((!ctl->endpoints || config_etcd_set_endpoints(etcd, ctl->endpoints,
		&reason)) && (!ctl->prefix || config_etcd_set_prefix(etcd,
		ctl->prefix, &reason)))
		return true;
	ctl_error("%s", reason.text);
	return false;
}

struct helix_config*
ctl_config(struct ctl* ctl)
{
	if(ctl->config)
		return ctl->config;
	ctl->config = file_read(ctl);
	if(ctl->config && !config_override(ctl, &ctl->config->etcd)) {
		helix_config_delete(ctl->config);
		ctl->config = NULL;
	}
	return ctl->config;
}

/** Replace a text of the configuration. */
static bool
text_replace(char** text, const char* new)
{
	char* copy = strdup(new);
	if(!copy)
		return false;
	free(*text);
	*text = copy;
	return true;
}

/** Ask for a user's password. */
static bool
password_ask(struct etcd_settings* etcd)
{
	char prompt[TEXT_SHOW_SIZE(200) + 40], user[TEXT_SHOW_SIZE(200)];
	struct reason reason;
	text_show(etcd->username, strlen(etcd->username), user, sizeof(user));
	snprintf(prompt, sizeof(prompt), "Password of etcd's user %s: ", user);
	etcd->password = password_prompt(prompt, &reason);
	if(!etcd->password)
		ctl_error("%s", reason.text);
	return etcd->password != NULL;
}

bool
ctl_login(struct ctl* ctl)
{
	struct helix_config* config = ctl_config(ctl);
	struct etcd_settings* etcd;
	if(!config)
		return false;
	etcd = &config->etcd;
	if(ctl->logged_in)
		return true;
	if((ctl->user && !text_replace(&etcd->username, ctl->user)) ||
		(ctl->password_file && !text_replace(&etcd->password_file,
		ctl->password_file))) {
		ctl_error("out of memory");
		return false;
	}
	if(ctl->password_file && !etcd->username) {
		ctl_error("--password-file: whose? say so by --user");
		return false;
	}
	if(ctl->user && !ctl->password_file && !password_ask(etcd))
		return false;
	ctl->logged_in = true;
	return true;
}

/* --- what the user gives ------------------------------------------------- */

/** The seconds of a unit; 0: there is no such unit. */
static uint64_t
unit_seconds(char unit)
{
	switch(unit) {
	case 's': return 1;
	case 'm': return 60;
	case 'h': return 3600;
	case 'd': return 86400;
	case 'w': return 604800;
	}
	return 0;
}

/** Read a duration. @return false if it is none, or over most. */
static bool
duration_read(const char* text, uint64_t most, uint64_t* seconds)
{
	uint64_t sum = 0;
	do {
		uint64_t number, unit = 1;
		size_t digits = text_read_decimal(text, strlen(text), most,
			&number);
		if(digits == 0)
			return false;
		text += digits;
		if(*text && (unit = unit_seconds(*text++)) == 0)
			return false;
		if(number > (most - sum) / unit)
			return false;
		sum += number * unit;
	} while(*text);
	*seconds = sum;
	return true;
}

bool
ctl_seconds_read(const char* option, const char* text, int64_t least,
	int64_t most, int64_t* seconds)
{
	char shown[TEXT_SHOW_SIZE(40)];
	uint64_t number;
	if(duration_read(text, (uint64_t)most, &number) &&
		number >= (uint64_t)least) {
		*seconds = (int64_t)number;
		return true;
	}
	ctl_error("%s: \"%s\" is not a duration from %lld to %lld seconds; "
		"expected such as 90, 90s, 15m, 1h30m or 1d", option,
		text_show(text, strlen(text), shown, sizeof(shown)),
		(long long)least, (long long)most);
	return false;
}

/* --- the module's log ---------------------------------------------------- */

void
ctl_log(enum helix_log_level level, const char* line)
{
	if(level <= HELIX_LOG_WARNING)
		ctl_log_all(level, line);
}

void
ctl_log_all(enum helix_log_level level, const char* line)
{
	static const char prefix[] = "helix: ";
	if(level > HELIX_LOG_INFO)
		return;
	if(strncmp(line, prefix, sizeof(prefix) - 1) == 0)
		line += sizeof(prefix) - 1;
	fflush(stdout);
	fprintf(stderr, "helixctl: %s%s\n", level == HELIX_LOG_WARNING ?
		"warning: " : "", line);
}

void
ctl_clear(struct ctl* ctl)
{
	helix_config_delete(ctl->config);
	ctl->config = NULL;
}
