/*
 * tools/helixctl/watch.c - helixctl watch: changes as they come.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "scope.h"
#include "show.h"
#include "etcd/replica.h"
#include "etcd/v2.h"
#include "etcd/v3.h"
#include "snapshot/keys.h"
#include <search.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** the signal by which the replica's thread ends the program */
#define SIGNAL_DONE SIGUSR1

/** What is watched. All but ctl, scope and prefix is the replica's thread's. */
struct watch {
	struct ctl* ctl;
	const struct scope* scope;
	/** octets of the prefix and its '/' */
	size_t prefix_len;
	struct show show;
	/** the keys that were seen: a tree of tsearch(3) of struct key_value,
	 * so that a list, or an event that is told again, shows changes only */
	void* tree;
	/** number of the list */
	unsigned list;
	/** whether a list was complete, so that what follows are changes */
	bool ready;
	/** keys that are to be removed: pointers to them */
	struct buffer gone;
	/** what remove_below is about */
	const char* dir;
	size_t dir_len;
};

/* --- keys ---------------------------------------------------------------- */

static int
compare(const void* a, const void* b)
{
	const struct key_value *one = a, *other = b;
	int order = memcmp(one->data, other->data, one->key_len <
		other->key_len ? one->key_len : other->key_len);
	return order != 0 ? order : (one->key_len > other->key_len) -
		(one->key_len < other->key_len);
}

static bool
same_value(const struct key_value* a, const struct key_value* b)
{
	return a->value_len == b->value_len && memcmp(a->data + a->key_len,
		b->data + b->key_len, a->value_len) == 0;
}

/** Show a change, if it is in the scope. */
static void
change_show(struct watch* watch, enum show_mark mark,
	const struct key_value* its)
{
	struct kv_key key = { .key = its->data, .key_len = its->key_len,
		.path = its->data + watch->prefix_len,
		.path_len = its->key_len - watch->prefix_len,
		.value = its->data + its->key_len,
		.value_len = its->value_len, .mod_revision = its->revision,
		.create_revision = its->revision };
	struct record record;
	if(!watch->ready || its->key_len <= watch->prefix_len)
		return;
	record_read(&record, watch->scope->config, key.path, key.path_len,
		key.value, key.value_len);
	if(scope_has(watch->scope, &record) && watch->ctl->json) {
		show_json(&watch->show, mark == SHOW_PUT ? "put" : "delete",
			&key, &record);
		putchar('\n');
	} else if(scope_has(watch->scope, &record))
		show_text(&watch->show, mark, &key, &record);
	record_clear(&record);
}

/** Note a key and its value. @return false if memory ran out. */
static bool
key_put(struct watch* watch, struct key_value* new)
{
	struct key_value** place = tsearch(new, &watch->tree, compare);
	struct key_value* old;
	if(!place) {
		free(new);
		return false;
	}
	old = *place;
	new->mark = watch->list;
	if(old != new && same_value(old, new)) {
		old->mark = watch->list;
		old->revision = new->revision;
		free(new);
		return true;
	}
	if(old != new) {
		change_show(watch, SHOW_GONE, old);
		*place = new;
		free(old);
	}
	change_show(watch, SHOW_PUT, new);
	return true;
}

/** Remove a key that was seen. @param revision: of its deletion; 0: unknown. */
static void
key_remove(struct watch* watch, struct key_value* old, int64_t revision)
{
	tdelete(old, &watch->tree, compare);
	if(revision > 0)
		old->revision = revision;
	change_show(watch, SHOW_GONE, old);
	free(old);
}

/** Note a key that is to be removed; a tree must not change during a walk. */
static bool
gone_note(struct watch* watch, const struct key_value* key)
{
	return buffer_append(&watch->gone, &key, sizeof(key));
}

/** Remove the keys that were noted. */
static void
gone_remove(struct watch* watch, int64_t revision)
{
	struct key_value** key = (void*)watch->gone.data;
	size_t i, count = watch->gone.len / sizeof(*key);
	for(i = 0; i < count; i++)
		key_remove(watch, key[i], revision);
	watch->gone.len = 0;
}

/** Note a key that the list did not have. */
static void
see_unlisted(const void* node, VISIT visit, void* arg)
{
	struct watch* watch = arg;
	const struct key_value* key = *(struct key_value* const*)node;
	if((visit == postorder || visit == leaf) && key->mark != watch->list)
		(void)gone_note(watch, key);
}

/** Note a key that is below the directory, and not hidden there. */
static void
see_below(const void* node, VISIT visit, void* arg)
{
	struct watch* watch = arg;
	const struct key_value* key = *(struct key_value* const*)node;
	const size_t len = watch->dir_len;
	if((visit == postorder || visit == leaf) && key->key_len > len &&
		key->data[len] == '/' &&
		memcmp(key->data, watch->dir, len) == 0 &&
		!memmem(key->data + len, key->key_len - len, "/_", 2))
		(void)gone_note(watch, key);
}

/* --- the sink ------------------------------------------------------------ */

/** Have what was shown be seen now; or, if nobody sees it, end. */
static bool
on_commit(void* arg)
{
	(void)arg;
	fflush(stdout);
	if(output_failed())
		(void)kill(getpid(), SIGNAL_DONE);
	return true;
}

static bool
on_put(void* arg, const char* key, size_t key_len, const char* value,
	size_t value_len, int64_t revision)
{
	struct key_value* new = key_value_create(key, key_len, value,
		value_len, revision);
	return new && key_put(arg, new);
}

static bool
on_remove(void* arg, const char* key, size_t key_len, int64_t revision)
{
	struct watch* watch = arg;
	struct key_value* like = key_value_create(key, key_len, "", 0,
		revision);
	struct key_value** found;
	if(!like)
		return false;
	found = tfind(like, &watch->tree, compare);
	free(like);
	if(found)
		key_remove(watch, *found, revision);
	return true;
}

static bool
on_remove_below(void* arg, const char* dir, size_t len, int64_t revision)
{
	struct watch* watch = arg;
	watch->dir = dir;
	watch->dir_len = len;
	twalk_r(watch->tree, see_below, watch);
	gone_remove(watch, revision);
	return true;
}

static void
on_rollback(void* arg)
{
	(void)arg;
}

static void
on_list_begin(void* arg)
{
	struct watch* watch = arg;
	watch->list++;
}

static bool
on_list_end(void* arg, uint64_t cluster, int64_t revision)
{
	struct watch* watch = arg;
	(void)cluster;
	(void)revision;
	twalk_r(watch->tree, see_unlisted, watch);
	gone_remove(watch, 0);
	watch->ready = true;
	return on_commit(watch);
}

/* --- the command --------------------------------------------------------- */

/** Watch until a signal ends that. */
static enum ctl_status
watch_run(struct watch* watch, const struct etcd_settings* settings)
{
	const struct etcd_sink sink = { .arg = watch, .put = on_put,
		.remove = on_remove, .remove_below = on_remove_below,
		.commit = on_commit, .rollback = on_rollback,
		.list_begin = on_list_begin, .list_end = on_list_end };
	const struct etcd_past nothing = { 0 };
	struct replica* replica;
	sigset_t signals;
	int number;
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGNAL_DONE);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	/* that etcd is lost, and followed again */
	helix_log_set_writer(ctl_log_all);
	replica = replica_start(settings, settings->api == ETCD_V2 ?
		&etcd_v2 : &etcd_v3, &sink, &nothing);
	if(!replica)
		return ctl_error("the watch cannot be started");
	sigwait(&signals, &number);
	helix_log_set_writer(ctl_log);
	replica_stop(replica);
	return CTL_OK;
}

/** Takes no key. */
static bool
ignore(void* arg, const struct kv_key* key)
{
	(void)arg;
	(void)key;
	return true;
}

/** Whether there is an etcd, and the user may read what is to be watched; else
 * the user was told.
 * @param narrow: whether only the scope's directory is watched. */
static bool
readable(struct kv* kv, const struct scope* scope, bool narrow)
{
	const char* nothing = narrow ? "/_unbound-helix" : "_unbound-helix";
	struct buffer path = { 0 };
	bool ok = (!narrow || buffer_append(&path, scope->dir.data,
		scope->dir.len - 1)) && buffer_append(&path, nothing,
		strlen(nothing));
	if(!ok)
		ctl_error("out of memory");
	ok = ok && kv_get(kv, (const char*)path.data, path.len, ignore, NULL,
		NULL);
	buffer_clear(&path);
	return ok;
}

/** For a user who may not read all keys: the prefix that only the scope's keys
 * have. @return owned by the caller; NULL if memory ran out. */
static char*
dir_prefix(const struct scope* scope, const struct etcd_settings* settings)
{
	const char* dir = (const char*)scope->dir.data;
	char* prefix;
	return asprintf(&prefix, "%s%s%s", settings->prefix, *dir ? "/" : "",
		dir) < 0 ? NULL : prefix;
}

static enum ctl_status
watch_begin(struct ctl* ctl, struct kv* kv, const char* name)
{
	struct etcd_settings settings = ctl->config->etcd;
	struct scope scope;
	struct watch watch = { .ctl = ctl, .scope = &scope,
		.prefix_len = strlen(settings.prefix) + 1,
		.show = { .ctl = ctl, .more = true,
		.seconds = !kv_is_atomic(kv) } };
	enum ctl_status status = CTL_FAILED;
	char* prefix = NULL;
	if(!scope_init(&scope, ctl->config, name))
		return CTL_FAILED;
	/* hidden directories are named below the whole prefix */
	if(!scope.all && settings.hidden_count == 0 && !kv_reads_all(kv) &&
		(prefix = dir_prefix(&scope,
		&settings)) != NULL)
		settings.prefix = prefix;
	/* the replica would wait for an etcd that is away, or refuses */
	if(readable(kv, &scope, prefix != NULL))
		status = watch_run(&watch, &settings);
	free(prefix);
	tdestroy(watch.tree, free);
	buffer_clear(&watch.gone);
	scope_clear(&scope);
	return status;
}

static enum ctl_status
run(struct ctl* ctl, int argc, char** argv)
{
	enum ctl_status status;
	struct kv* kv;
	switch(ctl_next_option(ctl, argc, argv, NULL)) {
	case CTL_OPTIONS_WRONG:
		return CTL_FAILED;
	case CTL_OPTIONS_HELP:
		return CTL_OK;
	}
	if(!ctl_check_arguments(ctl, argc, 0, 1))
		return CTL_FAILED;
	kv = kv_open(ctl);
	status = kv ? watch_begin(ctl, kv, argv[optind]) : CTL_FAILED;
	kv_close(kv);
	return status;
}

const struct ctl_command command_watch = {
	"watch", "[ZONE]", "shows changes as they come, until it is ended",
	"A line that begins with '+' is a record that was put, one with '-' a "
	"record\nthat is gone. After an outage of etcd, what has changed "
	"meanwhile is shown.\nWith --json, each change is an object on a "
	"line. ZONE may be any name: what is\nbelow it is watched.\n",
	run
};
