/*
 * tools/helixctl/check.c - checks helix.yaml, and what unbound.conf makes of it.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/*
 * Unbound reads unbound.conf as root, and then, as its own user and perhaps
 * inside of a chroot, loads the module, which reads helix.yaml and what that
 * names. The check does the same, in the same order, so that what it is denied
 * Unbound will be denied.
 */
#include "check.h"
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** whom Unbound becomes if it is not told */
#define USER_DEFAULT "unbound"

/** Values of the options; none is a letter. */
enum {
	OPTION_UNBOUND = 256,
	OPTION_CONNECT,
	OPTION_AS
};

static const struct option options[] = {
	{ "unbound", required_argument, NULL, OPTION_UNBOUND },
	{ "connect", no_argument, NULL, OPTION_CONNECT },
	{ "as", required_argument, NULL, OPTION_AS },
	{ NULL, 0, NULL, 0 }
};

/** What is to be checked. */
struct job {
	struct ctl* ctl;
	/** helix.yaml */
	const char* path;
	/** --unbound; NULL: not given */
	const char* unbound;
	/** --as; NULL: not given */
	const char* as;
	bool connect;
	/** what unbound.conf says */
	struct setup setup;
	struct findings findings;
	/** who reads helix.yaml, if that is not who runs this */
	const char* user;
};

/* --- as which user ------------------------------------------------------- */

/** Become a user. @param entry: of his. */
static bool
user_become(const struct passwd* entry, const char* chroot_dir)
{
	return initgroups(entry->pw_name, entry->pw_gid) == 0 &&
		(!chroot_dir || (chroot(chroot_dir) == 0 &&
		chdir("/") == 0)) &&
		setresgid(entry->pw_gid, entry->pw_gid, entry->pw_gid) == 0 &&
		setresuid(entry->pw_uid, entry->pw_uid, entry->pw_uid) == 0;
}

/** Whom to become: --as, or unbound.conf's, or the default; NULL: nobody, as
 * Unbound stays root. */
static const char*
user_wanted(const struct job* job)
{
	const char* named = job->setup.username.value;
	if(job->as)
		return job->as;
	if(named)
		return *named ? named : NULL;
	return USER_DEFAULT;
}

/** There is no such user. @return false if that ends the check. */
static bool
user_missing(struct job* job, const char* user)
{
	const struct unbound_setting* named = &job->setup.username;
	if(job->as) {
		ctl_error("check: there is no user %s", user);
		return false;
	}
	if(job->unbound)
		findings_error(&job->findings, (struct place){ named->file ?
			named->file : job->unbound, named->line, 0 },
			"there is no user %s, as whom Unbound is to run", user);
	return true;
}

/** This is not root, who alone can become another user. @return false if that
 * ends the check. */
static bool
user_denied(struct job* job, const char* user)
{
	if(job->as) {
		ctl_error("check: only root can check as user %s", user);
		return false;
	}
	findings_warn(&job->findings, (struct place){ job->path, 0, 0 },
		"files are looked at by who runs this, and not by user %s, who "
		"will read them; run this as root", user);
	return true;
}

/** Go on as Unbound's user, inside of its chroot. @return false if that cannot
 * be; the user was told. */
static bool
user_enter(struct job* job)
{
	const char* user = user_wanted(job);
	const char* root = job->setup.chroot.value;
	const struct passwd* entry = user ? getpwnam(user) : NULL;
	if(!user)
		return true;
	if(!entry)
		return user_missing(job, user);
	if(entry->pw_uid == geteuid() && !(root && *root))
		return true;
	if(geteuid() != 0)
		return user_denied(job, user);
	job->user = user;
	if(user_become(entry, root && *root ? root : NULL))
		return true;
	ctl_error("check: cannot become user %s%s%s: %m", user,
		root && *root ? " in " : "", root && *root ? root : "");
	return false;
}

/* --- the files ----------------------------------------------------------- */

/** Tell of all errors of helix.yaml. */
static void
errors_tell(struct job* job, const struct config_errors* errors)
{
	size_t i;
	for(i = 0; i < errors->count; i++) {
		const struct config_error* error = &errors->list[i];
		findings_error(&job->findings, (struct place){ job->path,
			error->line, error->column }, "%s",
			config_error_message(error));
	}
	if(errors->more)
		findings_error(&job->findings, (struct place){ job->path, 0,
			0 }, "there are more errors than these %d",
			CONFIG_ERRORS_MAX);
	if(errors->cut && errors->count > 0)
		findings_note(&job->findings, "%s: the rest is looked at once "
			"that is mended", job->path);
}

/** Tell what was asked for and is not looked at, as helix.yaml cannot be read:
 * or silence would be taken for praise. */
static void
unread_tell(struct job* job)
{
	if(job->connect)
		findings_note(&job->findings, "%s: etcd is asked once that is "
			"mended", job->path);
	if(job->unbound)
		findings_note(&job->findings, "%s: whether Unbound's local "
			"zones hide zones is looked at once that is mended",
			job->path);
}

/** Read helix.yaml inside of a chroot, and come out of that again. @return NULL
 * if it has errors, or that cannot be. */
static struct helix_config*
config_read_inside(const char* root, const char* path,
	struct config_errors* errors)
{
	struct helix_config* config = NULL;
	int outside = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if(outside != -1 && here != -1 && chroot(root) == 0) {
		if(chdir("/") == 0)
			config = helix_config_read(path, errors);
		if(fchdir(outside) == -1 || chroot(".") == -1 ||
			fchdir(here) == -1)
			ctl_warn("check: cannot leave %s: %m", root);
	}
	if(outside != -1)
		close(outside);
	if(here != -1)
		close(here);
	return config;
}

/** Read unbound.conf, and compare it with the zones; as who runs this. */
static void
unbound_check(struct job* job)
{
	struct config_errors* errors = malloc(sizeof(*errors));
	struct helix_config* config = NULL;
	const char* root;
	setup_read(&job->setup, &job->findings);
	root = job->setup.chroot.value;
	if(errors)
		config = root && *root ? config_read_inside(root, job->path,
			errors) : helix_config_read(job->path, errors);
	/* what is wrong with helix.yaml itself is told later */
	if(!errors || (config && !shadow_check(job->unbound, config,
		&job->findings)))
		findings_error(&job->findings, (struct place){ job->unbound,
			0, 0 }, "out of memory");
	helix_config_delete(config);
	free(errors);
}

/** Read helix.yaml, and look at what it names; as Unbound's user. */
static void
helix_check(struct job* job)
{
	struct config_errors* errors = malloc(sizeof(*errors));
	struct helix_config* config;
	if(!errors) {
		findings_error(&job->findings, (struct place){ job->path, 0,
			0 }, "out of memory");
		return;
	}
	config = helix_config_read(job->path, errors);
	errors_tell(job, errors);
	if(!config && !errors->cut)
		unread_tell(job);
	free(errors);
	if(!config)
		return;
	files_check(job->path, config, &job->findings);
	if(config->zone_count == 0)
		findings_note(&job->findings, "%s: there are no zones, so that "
			"nothing is answered from etcd yet", job->path);
	if(job->connect)
		connect_check(job->path, &config->etcd, &job->findings);
	helix_config_delete(config);
}

/** Check all that is to be checked. */
static enum ctl_status
job_run(struct job* job)
{
	enum ctl_status status;
	if(!findings_begin(&job->findings, job->ctl))
		return ctl_error("out of memory");
	job->setup.path = job->unbound;
	if(job->unbound)
		unbound_check(job);
	if(user_enter(job)) {
		if(job->unbound)
			setup_check_module(&job->setup, &job->findings);
		helix_check(job);
		status = findings_end(&job->findings, job->path, job->user);
	} else {
		findings_clear(&job->findings);
		status = CTL_FAILED;
	}
	setup_clear(&job->setup);
	return status;
}

static enum ctl_status
run(struct ctl* ctl, int argc, char** argv)
{
	struct job job = { .ctl = ctl };
	int option;
	while((option = ctl_next_option(ctl, argc, argv, options)) !=
		CTL_OPTIONS_END) {
		if(option == OPTION_UNBOUND)
			job.unbound = optarg;
		else if(option == OPTION_AS)
			job.as = optarg;
		else if(option == OPTION_CONNECT)
			job.connect = true;
		else	return option == CTL_OPTIONS_HELP ? CTL_OK :
				CTL_FAILED;
	}
	if(!ctl_check_arguments(ctl, argc, 0, 1))
		return CTL_FAILED;
	if(ctl->endpoints || ctl->prefix || ctl->user || ctl->password_file)
		return ctl_error("check: checks what helix.yaml says; "
			"--endpoints, --prefix, --user and --password-file "
			"have no place here");
	job.path = optind < argc ? argv[optind] : ctl->conf;
	return job_run(&job);
}

const struct ctl_command command_check = {
	"check", "[FILE]", "checks helix.yaml before Unbound reads it",
	"Reads FILE, or else helix.yaml, as the module would, and tells of every "
	"error.\nRun it as root: what Unbound's user cannot read is found then. "
	"Errors keep\nUnbound from starting, or the zones from being answered; "
	"warnings do not.\n\n"
	"Options:\n"
	"  --unbound FILE        check also what this unbound.conf makes of it\n"
	"  --connect             ask each of etcd's endpoints for the keys\n"
	"  --as USER             as this user, instead of unbound.conf's or "
	"unbound\n\n"
	"Exit status: 0: no errors; 1: errors; 2: nothing could be checked.\n",
	run
};
