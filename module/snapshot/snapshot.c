/*
 * snapshot/snapshot.c - the last known keys, in a file.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "snapshot/snapshot.h"
#include "snapshot/file.h"
#include "base/log.h"
#include "base/thread.h"
#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/** least time between two writes of the file, or of the time at which etcd
 * confirmed it; milliseconds */
#define PAUSE_MIN 5000
/** that time is at least so many times what the last write took, so that a slow
 * disk or very many keys make writes rarer */
#define PAUSE_TIMES 10
/** how long changes wait for more, to be applied together; milliseconds */
#define GATHER 100
/** octets of changes that are applied without waiting for more */
#define MUCH (4 << 20)
/** most octets of changes that wait, as the disk may hang */
#define WAITING_MAX (256 << 20)
/** how long writing may take once the process ends, milliseconds */
#define END_MAX 500
/** how long to wait for the thread then, before it is detached because the
 * disk hangs; milliseconds */
#define LEAVE_AFTER 1000
/** keys that are loaded between two commits */
#define COMMIT_KEYS 1024
/** an age that is unknown, milliseconds: long */
#define AGE_UNKNOWN (INT64_MAX / 4)

/** What happened to a key, or to all of them; the mark of a key_value. */
enum change {
	/** it was put */
	CHANGE_PUT,
	/** it was removed */
	CHANGE_REMOVE,
	/** everything below it was removed */
	CHANGE_REMOVE_BELOW,
	/** a list begins */
	CHANGE_LIST,
	/** the list is complete */
	CHANGE_LISTED
};

/** Changes in their order. */
struct changes {
	/** the first; NULL if there is none */
	struct key_value* first;
	/** where the next one goes */
	struct key_value** end;
	/** octets of memory */
	size_t octets;
};

struct snapshot {
	/** the file; owned */
	char* path;
	/** the prefix; owned */
	char* prefix;
	/** the API */
	enum etcd_api api;
	/** the sink to pass on to */
	const struct etcd_sink* next;
	/** the sink for the replica */
	struct etcd_sink sink;
	/** when etcd last confirmed that nothing is missing; ms since 1970 */
	_Atomic int64_t confirmed;
	/** how often the file was not written; see snapshot_stats */
	_Atomic uint64_t failures;

	/* the replica's thread: */

	/** changes since the last commit */
	struct changes pending;
	/** whether changes were lost and are dropped until the next list */
	_Atomic bool lost;

	/* both: */

	/** protects what follows */
	pthread_mutex_t lock;
	/** signalled when waiting was empty, or there is much of it, or begun,
	 * end or ended has changed */
	pthread_cond_t changed;
	/** changes that were committed */
	struct changes waiting;
	/** whether changes before those were lost */
	bool waiting_lost;
	/** the cluster that was listed last */
	uint64_t cluster;
	/** whether the file may be written */
	bool begun;
	/** when snapshot_delete was called, clock_now; 0: not yet */
	_Atomic int64_t end;
	/** whether the thread has nothing more to do */
	bool ended;
	/** whether the thread is detached and frees everything */
	bool left;

	/* the thread of its own: */

	pthread_t thread;
	/** all keys */
	struct keys keys;
	/** revision up to which they are there */
	int64_t revision;
	/** the cluster whose keys they are */
	uint64_t keys_cluster;
	/** whether they are all, and of one revision */
	bool complete;
	/** whether changes were lost since the last list began */
	_Atomic bool broken;
	/** whether they differ from those in the file */
	bool dirty;
	/** the file, as it was written last */
	struct snapshot_file file;
	/** what its confirmed time is */
	int64_t file_confirmed;
	/** when it may be written again; clock_now */
	int64_t not_before;
	/** whether it was logged that it cannot be written */
	_Atomic bool told;
	/** octets of the file; 0: none was written */
	_Atomic uint64_t octets;
	/** how often all keys were written */
	_Atomic uint64_t writes;
	/** when etcd confirmed what is in the file, ms since 1970 */
	_Atomic int64_t written;
};

/** CLOCK_REALTIME in milliseconds since 1970. */
static int64_t
wall_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- changes ------------------------------------------------------------- */

static void
changes_init(struct changes* changes)
{
	*changes = (struct changes){ .end = &changes->first };
}

static void
changes_add(struct changes* changes, struct key_value* change)
{
	change->next = NULL;
	*changes->end = change;
	changes->end = &change->next;
	changes->octets += sizeof(*change) + change->key_len +
		change->value_len;
}

/** Move all of some changes behind others. */
static void
changes_move(struct changes* from, struct changes* to)
{
	if(!from->first)
		return;
	*to->end = from->first;
	to->end = from->end;
	to->octets += from->octets;
	changes_init(from);
}

static void
changes_clear(struct changes* changes)
{
	struct key_value *change, *next;
	for(change = changes->first; change; change = next) {
		next = change->next;
		free(change);
	}
	changes_init(changes);
}

/* --- the sink: in the replica's thread ----------------------------------- */

/** Drop all changes, those to come included, until the next list. */
static void
lose(struct snapshot* snapshot, const char* why)
{
	helix_warning("snapshot %s: %s; the file stays as it is until the "
		"keys are listed again", snapshot->path, why);
	changes_clear(&snapshot->pending);
	snapshot->failures++;
	snapshot->lost = true;
	pthread_mutex_lock(&snapshot->lock);
	changes_clear(&snapshot->waiting);
	snapshot->waiting_lost = true;
	pthread_mutex_unlock(&snapshot->lock);
}

/** Append a change to pending. */
static void
note(struct snapshot* snapshot, enum change what, const char* key,
	size_t key_len, const char* value, size_t value_len, int64_t revision)
{
	struct key_value* change;
	if(snapshot->lost)
		return;
	change = key_value_create(key, key_len, value, value_len, revision);
	if(!change) {
		lose(snapshot, "out of memory");
		return;
	}
	change->mark = what;
	changes_add(&snapshot->pending, change);
}

/** Hand the pending changes over to the thread. */
static void
hand_over(struct snapshot* snapshot)
{
	struct changes* waiting = &snapshot->waiting;
	bool first, too_much;
	if(!snapshot->pending.first)
		return;
	pthread_mutex_lock(&snapshot->lock);
	first = !waiting->first;
	changes_move(&snapshot->pending, waiting);
	if(first || waiting->octets >= MUCH)
		pthread_cond_signal(&snapshot->changed);
	too_much = waiting->octets > WAITING_MAX;
	pthread_mutex_unlock(&snapshot->lock);
	if(too_much)
		lose(snapshot, "the disk is too slow for so many changes");
}

static bool
on_put(void* arg, const char* key, size_t key_len, const char* value,
	size_t value_len, int64_t revision)
{
	struct snapshot* snapshot = arg;
	note(snapshot, CHANGE_PUT, key, key_len, value, value_len, revision);
	return snapshot->next->put(snapshot->next->arg, key, key_len, value,
		value_len, revision);
}

static bool
on_remove(void* arg, const char* key, size_t key_len, int64_t revision)
{
	struct snapshot* snapshot = arg;
	note(snapshot, CHANGE_REMOVE, key, key_len, NULL, 0, revision);
	return snapshot->next->remove(snapshot->next->arg, key, key_len,
		revision);
}

static bool
on_remove_below(void* arg, const char* dir, size_t len, int64_t revision)
{
	struct snapshot* snapshot = arg;
	note(snapshot, CHANGE_REMOVE_BELOW, dir, len, NULL, 0, revision);
	return snapshot->next->remove_below(snapshot->next->arg, dir, len,
		revision);
}

static bool
on_commit(void* arg)
{
	struct snapshot* snapshot = arg;
	hand_over(snapshot);
	return snapshot->next->commit(snapshot->next->arg);
}

static void
on_rollback(void* arg)
{
	struct snapshot* snapshot = arg;
	changes_clear(&snapshot->pending);
	snapshot->next->rollback(snapshot->next->arg);
}

static void
on_list_begin(void* arg)
{
	struct snapshot* snapshot = arg;
	changes_clear(&snapshot->pending);
	snapshot->lost = false;
	note(snapshot, CHANGE_LIST, NULL, 0, NULL, 0, 0);
	hand_over(snapshot);
	snapshot->next->list_begin(snapshot->next->arg);
}

static bool
on_list_end(void* arg, uint64_t cluster, int64_t revision)
{
	struct snapshot* snapshot = arg;
	note(snapshot, CHANGE_LISTED, NULL, 0, NULL, 0, revision);
	pthread_mutex_lock(&snapshot->lock);
	snapshot->cluster = cluster;
	pthread_mutex_unlock(&snapshot->lock);
	snapshot->confirmed = wall_now();
	hand_over(snapshot);
	return snapshot->next->list_end(snapshot->next->arg, cluster,
		revision);
}

static void
on_confirm(void* arg)
{
	struct snapshot* snapshot = arg;
	snapshot->confirmed = wall_now();
	if(snapshot->next->confirm)
		snapshot->next->confirm(snapshot->next->arg);
}

/* --- the thread ---------------------------------------------------------- */

/** Forget all keys, as changes were lost, until the next list. */
static void
give_up(struct snapshot* snapshot)
{
	const unsigned list = snapshot->keys.list;
	keys_clear(&snapshot->keys);
	snapshot->keys.list = list;
	snapshot->complete = false;
	snapshot->broken = true;
}

/** Apply one change, which is freed or moved to the keys. @return false if
 * memory ran out. */
static bool
apply(struct snapshot* snapshot, struct key_value* change)
{
	struct keys* keys = &snapshot->keys;
	bool ok = true;
	if(change->revision > snapshot->revision)
		snapshot->revision = change->revision;
	switch((enum change)change->mark) {
	case CHANGE_PUT:
		return keys_put(keys, change);
	case CHANGE_REMOVE:
		keys_remove(keys, change);
		break;
	case CHANGE_REMOVE_BELOW:
		ok = keys_remove_below(keys, change);
		break;
	case CHANGE_LIST:
		keys_mark(keys);
		snapshot->complete = false;
		snapshot->broken = false;
		break;
	case CHANGE_LISTED:
		ok = keys_sweep(keys);
		/* another cluster, or a restored one, may count anew */
		snapshot->revision = change->revision;
		snapshot->complete = ok;
		break;
	}
	free(change);
	return ok;
}

/** Apply what was committed. */
static void
apply_all(struct snapshot* snapshot, struct changes* changes)
{
	struct key_value* change;
	while((change = changes->first)) {
		changes->first = change->next;
		snapshot->dirty = true;
		if(snapshot->broken && change->mark != CHANGE_LIST) {
			free(change);
			continue;
		}
		if(apply(snapshot, change))
			continue;
		helix_warning("snapshot %s: out of memory; the file stays as "
			"it is until the keys are listed again",
			snapshot->path);
		snapshot->failures++;
		give_up(snapshot);
	}
	changes_init(changes);
}

/** Whether the file may go on being written. */
static bool
may_go_on(void* arg)
{
	const struct snapshot* snapshot = arg;
	const int64_t end = snapshot->end;
	return end == 0 || clock_now() < end + END_MAX;
}

/** Log that writes begin to fail, or succeed again. */
static void
tell(struct snapshot* snapshot, bool ok, const char* error)
{
	const bool was_told = atomic_exchange(&snapshot->told, !ok);
	if(!ok && !was_told)
		helix_warning("the snapshot %s cannot be written: %s; what "
			"was written before stays, and it is tried again "
			"every few seconds", snapshot->path, error);
	else if(ok && was_told)
		helix_info("the snapshot %s is written again",
			snapshot->path);
}

/** Write all keys to the file.
 * @param confirmed: when etcd confirmed them. */
static void
write_file(struct snapshot* snapshot, int64_t confirmed)
{
	const struct snapshot_file_origin origin = { snapshot->api,
		snapshot->prefix, snapshot->keys_cluster,
		snapshot->revision, confirmed };
	const int64_t began = clock_now();
	struct reason reason = { "" };
	int64_t pause;
	bool ok = snapshot_file_write(&snapshot->file, snapshot->path, &origin,
		&snapshot->keys, may_go_on, snapshot, &reason);
	pause = (clock_now() - began) * PAUSE_TIMES;
	snapshot->not_before = clock_now() +
		(pause < PAUSE_MIN ? PAUSE_MIN : pause);
	if(ok) {
		snapshot->dirty = false;
		snapshot->file_confirmed = confirmed;
		snapshot->written = confirmed;
		snapshot->octets = snapshot_file_octets(&snapshot->file);
		snapshot->writes++;
	} else if(may_go_on(snapshot))
		snapshot->failures++;
	if(ok || may_go_on(snapshot))
		tell(snapshot, ok, reason.text);
}

/** Whether somebody has removed the file that was written, or its folder. */
static bool
file_is_gone(const struct snapshot* snapshot)
{
	return snapshot->file.fd != -1 && access(snapshot->path, F_OK) != 0 &&
		errno == ENOENT;
}

/** Write into the file when etcd confirmed it; this may be earlier than before,
 * as the clock may have been set back. */
static void
confirm_file(struct snapshot* snapshot, int64_t confirmed)
{
	if(confirmed == snapshot->file_confirmed)
		return;
	if(snapshot_file_confirm(&snapshot->file, confirmed))
		snapshot->written = confirmed;
	else	helix_debug("snapshot %s: %s", snapshot->path,
			strerror(errno));
	snapshot->file_confirmed = confirmed;
	snapshot->not_before = clock_now() + PAUSE_MIN;
}

/** What the thread is to do next. */
struct orders {
	/** whether changes were lost */
	bool lost;
	/** changes to take up, behind those */
	struct changes changes;
	/** when etcd confirmed them */
	int64_t confirmed;
	/** whether the file may be written */
	bool begun;
	/** whether to end then */
	bool ending;
};

/** Wait until there may be something to do, and take it. */
static void
orders_take(struct snapshot* snapshot, struct orders* orders)
{
	int64_t until = clock_now() + PAUSE_MIN;
	if(snapshot->dirty && snapshot->complete && orders->begun &&
		snapshot->not_before < until)
		until = snapshot->not_before;
	pthread_mutex_lock(&snapshot->lock);
	while(!snapshot->waiting.first && snapshot->end == 0 &&
		snapshot->begun == orders->begun && thread_wait(
		&snapshot->changed, &snapshot->lock, until))
		;
	/* more of them may be about to come */
	if(snapshot->waiting.first && snapshot->waiting.octets < MUCH &&
		snapshot->end == 0)
		(void)thread_wait(&snapshot->changed, &snapshot->lock,
			clock_now() + GATHER);
	orders->lost = snapshot->waiting_lost;
	snapshot->waiting_lost = false;
	snapshot->keys_cluster = snapshot->cluster;
	changes_move(&snapshot->waiting, &orders->changes);
	orders->confirmed = snapshot->confirmed;
	orders->begun = snapshot->begun;
	orders->ending = snapshot->end != 0;
	pthread_mutex_unlock(&snapshot->lock);
}

/** Keep the file up to date until snapshot_delete. */
static void
snapshot_run(struct snapshot* snapshot)
{
	struct orders orders = { .begun = false };
	changes_init(&orders.changes);
	do {
		orders_take(snapshot, &orders);
		if(orders.lost)
			give_up(snapshot);
		apply_all(snapshot, &orders.changes);
		if(!orders.begun || !snapshot->complete ||
			!may_go_on(snapshot) || (!orders.ending &&
			clock_now() < snapshot->not_before))
			continue;
		if(snapshot->dirty || file_is_gone(snapshot))
			write_file(snapshot, orders.confirmed);
		else	confirm_file(snapshot, orders.confirmed);
	} while(!orders.ending);
}

static void
snapshot_free(struct snapshot* snapshot)
{
	changes_clear(&snapshot->pending);
	changes_clear(&snapshot->waiting);
	keys_clear(&snapshot->keys);
	snapshot_file_close(&snapshot->file);
	pthread_cond_destroy(&snapshot->changed);
	pthread_mutex_destroy(&snapshot->lock);
	free(snapshot->prefix);
	free(snapshot->path);
	free(snapshot);
}

static void*
snapshot_main(void* arg)
{
	struct snapshot* snapshot = arg;
	bool left;
	snapshot_run(snapshot);
	pthread_mutex_lock(&snapshot->lock);
	snapshot->ended = true;
	left = snapshot->left;
	pthread_cond_signal(&snapshot->changed);
	pthread_mutex_unlock(&snapshot->lock);
	if(left)
		snapshot_free(snapshot);
	return NULL;
}

/* --- life ---------------------------------------------------------------- */

struct snapshot*
snapshot_create(const char* path, const struct etcd_settings* settings,
	const struct etcd_sink* next)
{
	struct snapshot* snapshot = calloc(1, sizeof(*snapshot));
	if(!snapshot) {
		helix_error("out of memory");
		return NULL;
	}
	pthread_mutex_init(&snapshot->lock, NULL);
	thread_condition_init(&snapshot->changed);
	changes_init(&snapshot->pending);
	changes_init(&snapshot->waiting);
	snapshot->file.fd = -1;
	snapshot->api = settings->api;
	snapshot->prefix = strdup(settings->prefix);
	snapshot->next = next;
	snapshot->sink = (struct etcd_sink){ snapshot, on_put, on_remove,
		on_remove_below, on_commit, on_rollback, on_list_begin,
		on_list_end, on_confirm };
	snapshot->path = strdup(path);
	if(!snapshot->path || !snapshot->prefix)
		helix_error("out of memory");
	else if(thread_start(&snapshot->thread, snapshot_main,
		snapshot))
		return snapshot;
	snapshot_free(snapshot);
	return NULL;
}

const struct etcd_sink*
snapshot_sink(const struct snapshot* snapshot)
{
	return &snapshot->sink;
}

void
snapshot_begin(struct snapshot* snapshot)
{
	pthread_mutex_lock(&snapshot->lock);
	snapshot->begun = true;
	pthread_cond_signal(&snapshot->changed);
	pthread_mutex_unlock(&snapshot->lock);
}

struct snapshot_stats
snapshot_stats(const struct snapshot* snapshot)
{
	struct snapshot_stats stats = { .age = -1 };
	if(!snapshot)
		return stats;
	stats.enabled = true;
	stats.octets = snapshot->octets;
	stats.writes = snapshot->writes;
	stats.failures = snapshot->failures;
	stats.failing = snapshot->told || snapshot->lost || snapshot->broken;
	if(stats.writes == 0)
		return stats;
	stats.age = wall_now() - snapshot->written;
	/* the clock was set back */
	if(stats.age < 0)
		stats.age = 0;
	return stats;
}

void
snapshot_delete(struct snapshot* snapshot)
{
	pthread_t thread;
	bool left;
	if(!snapshot)
		return;
	thread = snapshot->thread;
	pthread_mutex_lock(&snapshot->lock);
	snapshot->end = clock_now();
	pthread_cond_signal(&snapshot->changed);
	while(!snapshot->ended && thread_wait(&snapshot->changed,
		&snapshot->lock, snapshot->end + LEAVE_AFTER))
		;
	/* a disk that hangs must not hang Unbound, which waits for this */
	left = snapshot->left = !snapshot->ended;
	if(left)
		helix_warning("the snapshot %s cannot be written: the disk "
			"hangs; it is left as it is", snapshot->path);
	pthread_mutex_unlock(&snapshot->lock);
	if(left) {
		pthread_detach(thread);
		return;
	}
	pthread_join(thread, NULL);
	snapshot_free(snapshot);
}

/* --- load ---------------------------------------------------------------- */

/** How long ago something was; AGE_UNKNOWN if the clock does not tell. */
static int64_t
age_of(int64_t time)
{
	const int64_t now = wall_now();
	return time <= 0 || time > now ? AGE_UNKNOWN : now - time;
}

/** Write an age as people say it. */
static const char*
age_text(int64_t age, char* text, size_t size)
{
	const int64_t seconds = age / 1000;
	if(age == AGE_UNKNOWN)
		snprintf(text, size, "at an unknown time");
	else if(seconds < 120)
		snprintf(text, size, "%" PRId64 " s ago", seconds);
	else if(seconds < 7200)
		snprintf(text, size, "%" PRId64 " min ago", seconds / 60);
	else	snprintf(text, size, "%" PRId64 " h ago", seconds / 3600);
	return text;
}

/** The sink that a file is loaded into. */
struct loading {
	const struct etcd_sink* sink;
	/** keys since the last commit */
	unsigned uncommitted;
};

static bool
load_put(void* arg, const char* key, size_t key_len, const char* value,
	size_t value_len, int64_t revision)
{
	struct loading* loading = arg;
	const struct etcd_sink* sink = loading->sink;
	if(!sink->put(sink->arg, key, key_len, value, value_len, revision))
		return false;
	if(++loading->uncommitted < COMMIT_KEYS)
		return true;
	loading->uncommitted = 0;
	return sink->commit(sink->arg);
}

/** Tell the sink what was read. */
static bool
load_parse(const unsigned char* data, size_t len,
	struct snapshot_file_origin* origin, const struct etcd_sink* sink,
	struct reason* reason)
{
	struct loading loading = { sink, 0 };
	sink->list_begin(sink->arg);
	if(snapshot_file_parse(data, len, origin, load_put, &loading, reason)) {
		if(sink->list_end(sink->arg, origin->cluster, origin->revision))
			return true;
		reason_say(reason, "memory ran out");
	}
	sink->rollback(sink->arg);
	return false;
}

void
snapshot_load(const char* path, const struct etcd_settings* settings,
	const struct etcd_sink* sink, struct etcd_past* past)
{
	struct snapshot_file_origin origin = { settings->api, settings->prefix,
		0, 0, 0 };
	struct reason reason = { "" };
	char age[32];
	size_t len;
	unsigned char* data = snapshot_file_read(path, &len);
	*past = (struct etcd_past){ 0 };
	if(!data && errno == ENOENT) {
		helix_debug("there is no snapshot %s yet", path);
		return;
	}
	if(!data) {
		helix_warning("the snapshot %s cannot be read: %s", path,
			strerror(errno));
		return;
	}
	if(load_parse(data, len, &origin, sink, &reason)) {
		past->cluster = origin.cluster;
		past->revision = origin.revision;
		past->age = age_of(origin.confirmed);
		helix_info("snapshot %s: revision %" PRId64 ", confirmed by "
			"etcd %s", path, origin.revision, age_text(past->age,
			age, sizeof(age)));
	} else	helix_warning("the snapshot %s is not used: %s", path,
		reason.text);
	free(data);
}
