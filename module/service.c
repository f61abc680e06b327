/*
 * service.c - follows etcd as helix.yaml says, and goes on over reloads.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "service.h"
#include "base/log.h"
#include "base/thread.h"
#include "config/config.h"
#include "etcd/password.h"
#include "etcd/replica.h"
#include "etcd/v2.h"
#include "etcd/v3.h"
#include "snapshot/snapshot.h"
#include <stdlib.h>

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
	/** NULL once the process ends */
	struct replica* replica;
};

/** the service that is stopped when the process ends */
static struct service* stopped_at_exit;

/** Stop the threads, as they use OpenSSL and libcurl. Called several times. */
static void
on_exit_stop(void)
{
	struct service* service = stopped_at_exit;
	if(!service)
		return;
	replica_stop(service->replica);
	service->replica = NULL;
	snapshot_delete(service->snapshot);
	service->snapshot = NULL;
}

/** Have on_exit_stop called, once libcurl is initialized. @return false if
 * memory ran out. */
static bool
exit_register(void)
{
	static bool registered;
	registered = registered || thread_stop_at_exit(on_exit_stop);
	return registered;
}

void
service_end(struct service* service)
{
	if(!service)
		return;
	if(stopped_at_exit == service)
		stopped_at_exit = NULL;
	replica_stop(service->replica);
	snapshot_delete(service->snapshot);
	stats_delete(service->stats);
	feed_delete(service->feed);
	helix_config_delete(service->config);
	free(service);
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
 * Make a service and start to follow etcd.
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
	service->config = config;
	service->feed = feed_create(config->zones, config->zone_count,
		config->etcd.prefix, listener);
	service->stats = stats_create(config->zone_count);
	if(!service->feed || !service->stats) {
		service_end(service);
		return NULL;
	}
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

/** Read a configuration. @return NULL if it has errors, which are logged. */
static struct helix_config*
config_read(const char* path)
{
	struct config_errors errors;
	struct helix_config* config = helix_config_read(path, &errors);
	size_t i;
	for(i = 0; i < errors.count; i++)
		helix_error("%s", errors.list[i].reason.text);
	if(errors.more)
		helix_error("%s: there are more errors than these %d", path,
			CONFIG_ERRORS_MAX);
	if(!config)
		return NULL;
	if(config->etcd.password_file &&
		password_check_exposed(config->etcd.password_file))
		helix_warning("everybody can read the password in %s; chmod "
			"o-r is advised", config->etcd.password_file);
	return config;
}

/** Let a running service take a configuration, if it follows etcd in the same
 * way. @return whether it has; then config was deleted. */
static bool
service_keep(struct service* service, struct helix_config* config)
{
	char text[REPLICA_TEXT_MAX];
	struct zones* zones = feed_zones(service->feed);
	if(!helix_config_same_etcd(service->config, config) ||
		!zones_match(zones, config->zones, config->zone_count) ||
		!zones_update(zones, config->zones, config->zone_count))
		return false;
	/* all else stays: the replica has pointers into it */
	helix_config_swap_zones(service->config, config);
	service->config->cache = config->cache;
	helix_config_delete(config);
	helix_info("the copy of etcd's data is kept, %s",
		replica_describe(service->replica, text));
	return true;
}

/** Wait for a new service's first copy. @return false if there is none, and
 * the running service has a better one. */
static bool
service_wait(const struct service* service, const struct service* running)
{
	unsigned wait = service->config->startup_wait;
	if(replica_wait(service->replica, wait))
		return true;
	if(running && wait > 0) {
		helix_error("no copy of etcd's data within %u ms: the "
			"previous configuration stays in force; reload again "
			"when etcd answers", wait);
		return false;
	}
	helix_warning("no copy of etcd's data within %u ms: names in the "
		"zones get SERVFAIL until there is one", wait);
	return true;
}

/** Let a new service take the place of the running one, if there is any.
 * @return what runs then. */
static struct service*
service_replace(struct service* running, struct helix_config* config,
	const struct feed_listener* listener)
{
	/* where nobody waits for etcd, the file may have the only copy; else
	 * the running service has a newer one */
	bool load = !running || config->startup_wait == 0;
	struct service* service = service_create(config, listener, load);
	if(!service || !exit_register()) {
		helix_error("out of memory: cannot follow etcd as "
			"configured");
		service_end(service);
		return running;
	}
	if(!service_wait(service, running)) {
		service_end(service);
		return running;
	}
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
	struct helix_config* config = config_read(path);
	if(!config) {
		if(running)
			helix_error("the previous configuration stays in "
				"force");
		return running;
	}
	if(running && service_keep(running, config))
		return running;
	return service_replace(running, config, listener);
}

struct zones*
service_zones(const struct service* service)
{
	return feed_zones(service->feed);
}

enum service_state
service_state(const struct service* service)
{
	if(!feed_is_complete(service->feed))
		return SERVICE_NOT_READY;
	return replica_is_stale(service->replica) ? SERVICE_STALE :
		SERVICE_READY;
}

const _Atomic bool*
service_away(const struct service* service)
{
	return replica_away(service->replica);
}

bool
service_may_cache(const struct service* service)
{
	return service->config->cache && service->config->etcd.max_stale == 0;
}

struct stats*
service_stats(const struct service* service)
{
	return service->stats;
}

size_t
service_octets(const struct service* service)
{
	return store_stats(feed_store(service->feed)).octets;
}
