/*
 * tools/helixctl/enable.c - has Unbound load the module.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/*
 * The file of side.h can be judged only where it is: which module-config is the
 * last, and whether the file is included at all, depends on all other files.
 * So it is put there first, then checked, and taken back if the check fails.
 * Signals that would end the command between these steps wait until it is done.
 */
#include "check.h"
#include "side.h"
#include "base/denied.h"
#include "unbound/order.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern const struct ctl_command command_check;

/** Values of the options; none is a letter. */
enum {
	OPTION_UNBOUND = 256,
	OPTION_MODULE
};

static const struct option options[] = {
	{ "unbound", required_argument, NULL, OPTION_UNBOUND },
	{ "module", required_argument, NULL, OPTION_MODULE },
	{ NULL, 0, NULL, 0 }
};

/** What is to be done. */
struct job {
	struct ctl* ctl;
	/** of side_lock */
	int lock;
	/** unbound.conf, and helix.so */
	const char *conf, *module;
	struct side side;
	struct side_others others;
	/** what our file says now; NULL: there is none */
	char* old;
	/** module-config without our file, and with it */
	char *before, modules[ORDER_LINE_MAX];
	/** what our file is to say */
	char* text;
};

/* --- checks -------------------------------------------------------------- */

/** Run `helixctl check` as a process of its own, as it becomes another user.
 * @return its exit status. */
static enum ctl_status
check_run(const struct job* job)
{
	char name[] = "check", option[] = "--unbound";
	char* conf = strdup(job->conf);
	char* argv[] = { name, option, conf, NULL };
	struct ctl ctl = *job->ctl;
	int status = 0;
	pid_t pid;
	fflush(stdout);
	pid = conf ? fork() : -1;
	if(pid == -1) {
		free(conf);
		return ctl_error("enable: cannot check: %m");
	}
	if(pid == 0) {
		/* should this process be killed, nobody waits for the check */
		if(job->lock != -1)
			close(job->lock);
		ctl.command = &command_check;
		optind = 0;
		status = command_check.run(&ctl, 3, argv);
		_exit(fflush(stdout) == 0 ? status : CTL_FAILED);
	}
	free(conf);
	while(waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	return WIFEXITED(status) ? (enum ctl_status)WEXITSTATUS(status) :
		CTL_FAILED;
}

/** Check that Unbound takes module-config from our file. @return false if it
 * does not; the user was told why. */
static bool
effect_check(const struct job* job)
{
	char* now = program_ask(job->conf, "module-config");
	struct side_others others;
	struct reason reason = { "" };
	bool ok = now && strcmp(now, job->modules) == 0;
	const bool refused = !now;
	free(now);
	if(ok)
		return true;
	if(refused) {
		(void)check_run(job);
		ctl_error("enable: unbound-checkconf refuses %s with %s",
			job->conf, job->side.path);
		return false;
	}
	if(!side_survey(&job->side, &others, &reason))
		ctl_error("enable: %s", reason.text);
	else if(!others.included)
		ctl_error("enable: %s does not include %s; add to its end: "
			"include-toplevel: \"%s/*.conf\"", job->conf,
			job->side.path, job->side.folder);
	else if(others.later.value)
		ctl_error("enable: module-config \"%s\" in %s:%zu comes behind "
			"%s, and overrides it; move it to a file that is "
			"included before", others.later.value,
			others.later.file, others.later.line, job->side.path);
	else	ctl_error("enable: module-config does not become \"%s\"",
			job->modules);
	side_others_clear(&others);
	return false;
}

/* --- steps --------------------------------------------------------------- */

/** Have the file as it was before. */
static enum ctl_status
take_back(const struct job* job)
{
	struct reason reason;
	if(!(job->old ? side_write(&job->side, job->old, &reason) :
		side_remove(&job->side, &reason)))
		return ctl_error("enable: %s; Unbound may not start until you "
			"do so", reason.text);
	ctl_error("enable: nothing was changed: %s %s; mend what is said above "
		"and repeat", job->side.path, job->old ? "is as it was" :
		"was taken back");
	return CTL_FOUND;
}

/** Put the file there, and check it. */
static enum ctl_status
put(const struct job* job)
{
	struct reason reason;
	enum ctl_status status;
	if(!side_write(&job->side, job->text, &reason))
		return ctl_error("enable: %s", reason.text);
	if(effect_check(job)) {
		status = check_run(job);
		if(status == CTL_OK)
			return status;
	}
	return take_back(job);
}

/** Put the file there, whatever signal comes. */
static enum ctl_status
put_undisturbed(const struct job* job)
{
	enum ctl_status status;
	sigset_t ending, before;
	sigemptyset(&ending);
	sigaddset(&ending, SIGHUP);
	sigaddset(&ending, SIGINT);
	sigaddset(&ending, SIGQUIT);
	sigaddset(&ending, SIGTERM);
	sigprocmask(SIG_BLOCK, &ending, &before);
	status = put(job);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return status;
}

/** Say what is to be done next. */
static void
next_tell(const struct job* job)
{
	struct reason reason;
	struct helix_config* config = helix_config_load(job->ctl->conf,
		&reason);
	const bool edit = config && config->zone_count == 0;
	helix_config_delete(config);
	if(edit)
		printf("next: write etcd's endpoints and your zones into %s, "
			"and then: ", job->ctl->conf);
	else	fputs("next: ", stdout);
	puts("systemctl restart unbound");
}

/** Find module-config as it is without our file. @return false if there is
 * none; the user was told. */
static bool
before_find(struct job* job)
{
	char why[DENIED_TEXT_MAX];
	job->before = side_before(&job->side, &job->others, job->old);
	if(job->before)
		return true;
	if(faccessat(AT_FDCWD, UNBOUND_CHECKCONF, X_OK, AT_EACCESS) == -1)
		ctl_error("enable: cannot run %s: %s", UNBOUND_CHECKCONF,
			denied_explain(UNBOUND_CHECKCONF, errno, why));
	else	ctl_error("enable: %s does not say what module-config is in "
			"%s; run it with that file, and mend what it says",
			UNBOUND_CHECKCONF, job->conf);
	return false;
}

/** Make the text of the file. @return false if there is none; the user was
 * told. */
static bool
text_make(struct job* job)
{
	struct reason reason;
	if(!before_find(job))
		return false;
	if(side_compose(job->before, &job->others, job->modules, &reason))
		job->text = side_text(job->before, job->modules, job->module,
			&reason);
	if(!job->text)
		ctl_error("enable: %s", reason.text);
	return job->text;
}

/** Somebody has set the module up in a file of his own. */
static enum ctl_status
by_hand(const struct job* job)
{
	const struct unbound_setting* dynlib = &job->others.by_hand;
	enum ctl_status status = check_run(job);
	printf("%s:%zu loads the module already: nothing was changed\n",
		dynlib->file, dynlib->line);
	return status;
}

/** The file is there, and says what it should. */
static enum ctl_status
as_it_was(const struct job* job)
{
	enum ctl_status status;
	if(!effect_check(job))
		return CTL_FOUND;
	status = check_run(job);
	printf("%s is there already, and as it should be: nothing was "
		"changed\n", job->side.path);
	if(status == CTL_OK)
		next_tell(job);
	return status;
}

/** Do it; our file was looked at. */
static enum ctl_status
job_do(struct job* job)
{
	struct reason reason;
	enum ctl_status status;
	if(!side_survey(&job->side, &job->others, &reason))
		return ctl_error("enable: %s", reason.text);
	if(job->others.by_hand.value && !job->old)
		return by_hand(job);
	if(access(job->side.folder, F_OK) == -1 && errno == ENOENT)
		return ctl_error("enable: there is no folder %s; make it, and "
			"have %s include it: include-toplevel: \"%s/*.conf\"",
			job->side.folder, job->conf, job->side.folder);
	if(!text_make(job))
		return CTL_FAILED;
	if(job->old && strcmp(job->old, job->text) == 0)
		return as_it_was(job);
	status = put_undisturbed(job);
	if(status != CTL_OK)
		return status;
	printf("%s was written, with module-config \"%s\", which was \"%s\"\n",
		job->side.path, job->modules, job->before);
	if(!program_knows_order(job->conf))
		puts("unbound-checkconf does not know this order of modules, "
			"and refuses it; Unbound takes it");
	next_tell(job);
	return CTL_OK;
}

/** Look at our file, and do it. */
static enum ctl_status
job_begin(struct job* job)
{
	struct reason reason;
	switch(side_look(&job->side, &job->old, &reason)) {
	case SIDE_UNREADABLE:
		return ctl_error("enable: %s", reason.text);
	case SIDE_FOREIGN:
		return ctl_error("enable: %s is there already, and was not "
			"written by `helixctl enable`; move it away",
			job->side.path);
	default:
		return job_do(job);
	}
}

/** The same, without another one that does so, too: each would take back what
 * the other one has judged. */
static enum ctl_status
job_run(struct job* job)
{
	enum ctl_status status;
	if(!side_find(&job->side, job->conf))
		return ctl_error("out of memory");
	job->lock = side_lock(&job->side);
	status = job_begin(job);
	side_unlock(&job->side, job->lock);
	return status;
}

static void
job_clear(struct job* job)
{
	side_clear(&job->side);
	side_others_clear(&job->others);
	free(job->old);
	free(job->before);
	free(job->text);
}

static enum ctl_status
run(struct ctl* ctl, int argc, char** argv)
{
	struct job job = { .ctl = ctl, .conf = UNBOUND_CONF_DEFAULT,
		.module = HELIX_SO };
	enum ctl_status status;
	int option;
	while((option = ctl_next_option(ctl, argc, argv, options)) !=
		CTL_OPTIONS_END) {
		if(option == OPTION_UNBOUND)
			job.conf = optarg;
		else if(option == OPTION_MODULE)
			job.module = optarg;
		else	return option == CTL_OPTIONS_HELP ? CTL_OK :
				CTL_FAILED;
	}
	if(!side_check_usage(ctl, argc))
		return CTL_FAILED;
	if(*job.module != '/')
		return ctl_error("enable: the path of the module is %s; "
			"expected an absolute one", job.module);
	status = job_run(&job);
	job_clear(&job);
	return status;
}

const struct ctl_command command_enable = {
	"enable", "", "has Unbound load the module",
	"Writes unbound.conf.d/zz-unbound-helix.conf beside unbound.conf, with "
	"the two\nsettings that load the module: dynlib-file, and the "
	"module-config that Unbound\nhas so far, with dynlib put into it. "
	"Nothing else is changed. Then it makes the\ncheck of `helixctl check "
	"--unbound`, and takes the file back if that finds an\nerror, or if "
	"another file overrides it. Repeat it when you have changed\n"
	"module-config in a file of yours. Run it as root, and then restart "
	"Unbound.\n\n"
	"Options:\n"
	"  --unbound FILE        this unbound.conf, instead of the system's\n"
	"  --module PATH         this helix.so, instead of the installed one\n\n"
	"Exit status: 0: done, or done before; 1: not done, for what the check "
	"found;\n2: not done.\n",
	run
};
