/*
 * service.c - follows etcd as helix.yaml says, and goes on over reloads.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "service.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "config/config.h"
#include "etcd/password.h"
#include "etcd/replica.h"
#include "etcd/v2.h"
#include "etcd/v3.h"
#include "snapshot/snapshot.h"
#include "status/report.h"
#include "status/status.h"
#include <stdlib.h>
#include <time.h>

struct service {
	/** in force; read by the replica's thread */
	struct helix_config* config;
	/** owns the store and the zones */
	struct feed* feed;
	/** counts the zones' answers */
	struct stats* stats;
	/** the feed's */
	struct etcd_sink sink;
	/** between the replica and the feed; NULL: no file is configured */
	struct snapshot* snapshot;
	/** NULL without zones, and once the process ends */
	struct replica* replica;
	/** protects what follows, and what of the above changes while others
	 * may ask for a report: snapshot, replica, and the zones' settings */
	pthread_mutex_t lock;
	/** when a configuration was last read, seconds since 1970 */
	int64_t config_at;
	/** why it was refused; "": it was not */
	struct reason config_error;
	/** why nobody asks; NULL: somebody does */
	const char* unused;
	/** from when on that is so, by clock_now() */
	int64_t unused_from;
};

/** the service that is stopped when the process ends */
static struct service* stopped_at_exit;
/** says how the module is; NULL: nobody can ask. It outlives services. */
static struct status* status;
/** the service of which it tells */
static struct service* shown;

/** Let nobody ask any more. */
static void
status_close(void)
{
	status_end(status);
	status = NULL;
	shown = NULL;
}

/** Stop the threads, as they use OpenSSL and libcurl. Called several times. */
static void
on_exit_stop(void)
{
	struct service* service = stopped_at_exit;
	struct replica* replica;
	struct snapshot* snapshot;
	status_close();
	if(!service)
		return;
	pthread_mutex_lock(&service->lock);
	replica = service->replica;
	snapshot = service->snapshot;
	service->replica = NULL;
	service->snapshot = NULL;
	pthread_mutex_unlock(&service->lock);
	replica_stop(replica);
	snapshot_delete(snapshot);
}

/** Have on_exit_stop called.
 * @param follows: whether libcurl is initialized. It has to be called before
 *	what that registers, so that it is registered again behind that.
 * @return false if memory ran out. */
static bool
exit_register(bool follows)
{
	static bool registered, behind_libcurl;
	if(registered && (behind_libcurl || !follows))
		return true;
	registered = thread_stop_at_exit(on_exit_stop);
	behind_libcurl = registered && follows;
	return registered;
}

void
service_end(struct service* service)
{
	if(!service)
		return;
	if(stopped_at_exit == service)
		stopped_at_exit = NULL;
	if(shown == service)
		status_close();
	replica_stop(service->replica);
	snapshot_delete(service->snapshot);
	stats_delete(service->stats);
	feed_delete(service->feed);
	helix_config_delete(service->config);
	pthread_mutex_destroy(&service->lock);
	free(service);
}

/** Whether a configuration needs etcd: there are zones to be answered. */
static bool
config_follows(const struct helix_config* config)
{
	return config->zone_count > 0;
}

/** Start to follow etcd. @param past: what the feed was told already. */
static bool
service_follow(struct service* service, const struct etcd_past* past)
{
	const struct helix_config* config = service->config;
	const struct etcd_sink* sink = &service->sink;
	if(config->snapshot) {
		service->snapshot = snapshot_create(config->snapshot,
			&config->etcd, sink);
		if(!service->snapshot)
			return false;
		sink = snapshot_sink(service->snapshot);
	}
	service->replica = replica_start(&config->etcd,
		config->etcd.api == ETCD_V2 ? &etcd_v2 : &etcd_v3, sink, past);
	return service->replica != NULL;
}

/**
 * Make a service and, if it has zones, start to follow etcd.
 * @param config: the service's; deleted if NULL is returned.
 * @param load: whether to begin with the snapshot file's copy.
 * @return NULL if memory ran out.
 */
static struct service*
service_create(struct helix_config* config,
	const struct feed_listener* listener, bool load)
{
	struct service* service = calloc(1, sizeof(*service));
	struct etcd_past past = { 0 };
	if(!service) {
		helix_config_delete(config);
		return NULL;
	}
	pthread_mutex_init(&service->lock, NULL);
	service->config_at = time(NULL);
	service->config = config;
	service->feed = feed_create(config->zones, config->zone_count,
		config->etcd.prefix, listener);
	service->stats = stats_create(config->zone_count);
	if(!service->feed || !service->stats) {
		service_end(service);
		return NULL;
	}
	if(!config_follows(config))
		return service;
	service->sink = feed_sink(service->feed);
	if(load && config->snapshot)
		snapshot_load(config->snapshot, &config->etcd, &service->sink,
			&past);
	if(!service_follow(service, &past)) {
		service_end(service);
		return NULL;
	}
	return service;
}

/** Note when a configuration was read, and why it was refused. */
static void
service_note(struct service* service, const struct reason* refused)
{
	pthread_mutex_lock(&service->lock);
	service->config_at = time(NULL);
	service->config_error = *refused;
	pthread_mutex_unlock(&service->lock);
}

/** Read a configuration. @param refused: the first error if NULL is returned.
 * @return NULL if it has errors, which are logged. */
static struct helix_config*
config_read(const char* path, struct reason* refused)
{
	struct config_errors errors;
	struct helix_config* config = helix_config_read(path, &errors);
	size_t i;
	for(i = 0; i < errors.count; i++)
		helix_error("%s", errors.list[i].reason.text);
	if(errors.more)
		helix_error("%s: there are more errors than these %d", path,
			CONFIG_ERRORS_MAX);
	if(!config) {
		*refused = errors.list[0].reason;
		return NULL;
	}
	if(config->etcd.password_file &&
		password_check_exposed(config->etcd.password_file))
		helix_warning("everybody can read the password in %s; chmod "
			"o-r is advised", config->etcd.password_file);
	return config;
}

/* --- who asks how the module is ------------------------------------------- */

static bool
show_report(void* arg, struct report* report)
{
	return service_report(arg, report);
}

static size_t
show_bad_keys(void* arg, feed_key_seen* seen, void* seen_arg)
{
	return service_bad_keys(arg, seen, seen_arg);
}

static size_t
show_ignored_keys(void* arg, feed_key_seen* seen, void* seen_arg)
{
	return service_ignored_keys(arg, seen, seen_arg);
}

/** What tells of a service. */
static struct status_source
service_source(struct service* service)
{
	return (struct status_source){ service, show_report, show_bad_keys,
		show_ignored_keys };
}

/** Tell of what has changed in the service that is shown. */
static void
service_show(struct service* service)
{
	const struct status_source source = service_source(service);
	status_show(status, &source);
}

/** Let a service's configuration say where one may ask, and tell of it. */
static void
service_serve(struct service* service)
{
	const struct status_source source = service_source(service);
	status = status_begin(status, &service->config->status, &source);
	shown = service;
}

/* --- configurations ------------------------------------------------------- */

/** Let a running service that has no zones take a configuration without any:
 * nothing points into the one before. config was deleted then. */
static void
service_keep_idle(struct service* service, struct helix_config* config)
{
	struct helix_config* before = service->config;
	pthread_mutex_lock(&service->lock);
	service->config = config;
	pthread_mutex_unlock(&service->lock);
	/* the sockets are compared by their settings' values */
	service_serve(service);
	helix_config_delete(before);
}

/** Let a running service take a configuration, if it follows etcd in the same
 * way. @return whether it has; then config was deleted. */
static bool
service_keep(struct service* service, struct helix_config* config)
{
	char text[REPLICA_TEXT_MAX];
	struct zones* zones = feed_zones(service->feed);
	bool taken;
	if(!config_follows(service->config) && !config_follows(config)) {
		service_keep_idle(service, config);
		return true;
	}
	if(!helix_config_same_etcd(service->config, config) ||
		!zones_match(zones, config->zones, config->zone_count))
		return false;
	pthread_mutex_lock(&service->lock);
	taken = zones_update(zones, config->zones, config->zone_count);
	if(taken) {
		/* all else stays: the replica has pointers into it */
		helix_config_swap_zones(service->config, config);
		service->config->cache = config->cache;
		helix_config_swap_status(service->config, config);
	}
	pthread_mutex_unlock(&service->lock);
	if(!taken)
		return false;
	helix_config_delete(config);
	service_serve(service);
	helix_info("the copy of etcd's data is kept, %s",
		replica_describe(service->replica, text));
	return true;
}

/** Wait for a new service's first copy, if it needs one.
 * @param refused: says so if false is returned.
 * @return false if there is none, and the running service has a better one. */
static bool
service_wait(const struct service* service, const struct service* running,
	struct reason* refused)
{
	unsigned wait = service->config->startup_wait;
	if(!config_follows(service->config)) {
		helix_info("there are no zones: all names are resolved as "
			"without the module, and etcd is not contacted");
		return true;
	}
	if(replica_wait(service->replica, wait))
		return true;
	if(running && wait > 0) {
		helix_error("no copy of etcd's data within %u ms: the "
			"previous configuration stays in force; reload again "
			"when etcd answers", wait);
		return reason_say(refused, "no copy of etcd's data within %u "
			"ms; reload again when etcd answers", wait);
	}
	helix_warning("no copy of etcd's data within %u ms: names in the "
		"zones get SERVFAIL until there is one", wait);
	return true;
}

/** Let a new service take the place of the running one, if there is any.
 * @param refused: why it does not, if running is returned.
 * @return what runs then. */
static struct service*
service_replace(struct service* running, struct helix_config* config,
	const struct feed_listener* listener, struct reason* refused)
{
	/* where nobody waits for etcd, the file may have the only copy, and
	 * where there were no zones, it has; else the running service has a
	 * newer one */
	bool load = !running || config->startup_wait == 0 ||
		!config_follows(running->config);
	bool follows = config_follows(config);
	struct service* service = service_create(config, listener, load);
	if(!service || !exit_register(follows)) {
		(void)reason_say(refused, "out of memory: cannot follow etcd "
			"as configured");
		helix_error("%s", refused->text);
		service_end(service);
		return running;
	}
	/* who asks at start is told what it waits for */
	if(!running)
		service_serve(service);
	if(!service_wait(service, running, refused)) {
		service_end(service);
		return running;
	}
	if(running)
		service_serve(service);
	service_end(running);
	stopped_at_exit = service;
	if(service->snapshot)
		snapshot_begin(service->snapshot);
	return service;
}

struct service*
service_begin(struct service* running, const char* path,
	const struct feed_listener* listener)
{
	struct reason refused = { "" };
	struct helix_config* config = config_read(path, &refused);
	struct service* service = running;
	if(!config && running)
		helix_error("the previous configuration stays in force");
	else if(config && !(running && service_keep(running, config)))
		service = service_replace(running, config, listener,
			&refused);
	/* a new one knows that it has just begun */
	if(running && service == running) {
		service_note(running, &refused);
		service_show(running);
	}
	return service;
}

void
service_set_unused(struct service* service, const char* why, unsigned after)
{
	pthread_mutex_lock(&service->lock);
	service->unused = why;
	service->unused_from = clock_now() + after;
	pthread_mutex_unlock(&service->lock);
}

struct zones*
service_zones(const struct service* service)
{
	return feed_zones(service->feed);
}

enum service_state
service_state(const struct service* service)
{
	if(!config_follows(service->config))
		return SERVICE_READY;
	if(!feed_is_complete(service->feed))
		return SERVICE_NOT_READY;
	return replica_is_stale(service->replica) ? SERVICE_STALE :
		SERVICE_READY;
}

const _Atomic bool*
service_away(const struct service* service)
{
	static const _Atomic bool never;
	return service->replica ? replica_away(service->replica) : &never;
}

bool
service_may_cache(const struct service* service)
{
	const struct helix_config* config = service->config;
	return config_follows(config) && config->cache &&
		config->etcd.max_stale == 0;
}

struct stats*
service_stats(const struct service* service)
{
	return service->stats;
}

bool
service_report(struct service* service, struct report* report)
{
	bool ok;
	pthread_mutex_lock(&service->lock);
	ok = report_fill(report, &(struct report_parts){ service->config,
		service->replica, service->snapshot, service->feed,
		service->stats });
	if(ok) {
		report->config_at = service->config_at;
		report->config_error = service->config_error;
		if(service->unused && clock_now() >= service->unused_from)
			report_note_unused(report, service->unused);
	}
	pthread_mutex_unlock(&service->lock);
	return ok;
}

size_t
service_bad_keys(const struct service* service, feed_key_seen* seen, void* arg)
{
	return feed_bad_keys(service->feed, seen, arg);
}

size_t
service_ignored_keys(const struct service* service, feed_key_seen* seen,
	void* arg)
{
	return feed_ignored_keys(service->feed, seen, arg);
}

size_t
service_octets(const struct service* service)
{
	return store_stats(feed_store(service->feed)).octets;
}
