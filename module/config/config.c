/*
 * config/config.c - helix.yaml.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "config/config.h"
#include "config/etcd.h"
#include "config/status.h"
#include "config/zones.h"
#include <stdlib.h>
#include <string.h>

static const struct config_field root_fields[] = {
	CONFIG_KEY("etcd", config_read_etcd, struct helix_config, etcd),
	CONFIG_WHOLE("zones", config_read_zones),
	CONFIG_BOUNDED("startup-wait", config_read_duration,
		struct helix_config, startup_wait, 0, 600000),
	CONFIG_BOUNDED("max-stale", config_read_duration, struct helix_config,
		etcd.max_stale, 0, 604800000),
	CONFIG_KEY("snapshot", config_read_file_to_be, struct helix_config,
		snapshot),
	CONFIG_KEY("cache", config_read_switch, struct helix_config, cache),
	CONFIG_KEY("status", config_read_status, struct helix_config, status),
	CONFIG_END
};

/** Check what concerns several keys. */
static void
check_root(struct config_reader* reader, yaml_node_t* root,
	const struct helix_config* config)
{
	char text[CONFIG_DURATION_MAX];
	yaml_node_t* max_stale = config_value(reader, root, "max-stale");
	/* a probe that is lost must not look like an outage */
	if(max_stale && config_is_good(reader, root, NULL, "max-stale") &&
		config_is_good(reader, config_value(reader, root, "etcd"),
		NULL, "heartbeat") && config->etcd.max_stale > 0 &&
		config->etcd.max_stale / 3 < config->etcd.heartbeat)
		config_fail(reader, max_stale, "max-stale is too short: "
			"expected at least three times etcd's heartbeat of "
			"%s, or 0s for ever", config_duration_text(
			config->etcd.heartbeat, text));
	if(config_lacks(reader, root, root_fields, "zones"))
		config_fail(reader, root, "no zones are given; expected "
			"zones: [{name: example.com}], or zones: [] for none");
}

struct helix_config*
helix_config_read_despite(const char* path, struct config_errors* errors)
{
	struct config_reader reader = { .path = path, .errors = errors };
	struct helix_config* config = calloc(1, sizeof(*config));
	yaml_node_t* root;
	memset(errors, 0, sizeof(*errors));
	if(!config || !config_etcd_set_defaults(&config->etcd)) {
		config_fail_file(&reader, "out of memory");
		helix_config_delete(config);
		return NULL;
	}
	config->startup_wait = 5000;
	config->cache = true;
	root = config_file_open(&reader);
	if(root) {
		config_read_mapping(&reader, root, root_fields, config);
		check_root(&reader, root, config);
	}
	config_file_close(&reader);
	config_errors_sort(errors);
	return config;
}

struct helix_config*
helix_config_read(const char* path, struct config_errors* errors)
{
	struct helix_config* config = helix_config_read_despite(path, errors);
	if(errors->count > 0) {
		helix_config_delete(config);
		return NULL;
	}
	return config;
}

struct helix_config*
helix_config_load(const char* path, struct reason* reason)
{
	struct config_errors errors;
	struct helix_config* config = helix_config_read(path, &errors);
	if(!config)
		*reason = errors.list[0].reason;
	return config;
}

void
helix_config_delete(struct helix_config* config)
{
	size_t i;
	if(!config)
		return;
	for(i = 0; i < config->zone_count; i++)
		free(config->zones[i].ns);
	free(config->zones);
	config_etcd_clear(&config->etcd);
	status_settings_clear(&config->status);
	free(config->snapshot);
	free(config);
}

bool
helix_config_same_etcd(const struct helix_config* a,
	const struct helix_config* b)
{
	return config_etcd_same(&a->etcd, &b->etcd) &&
		config_text_same(a->snapshot, b->snapshot);
}

void
helix_config_swap_zones(struct helix_config* a, struct helix_config* b)
{
	struct zone_settings* zones = a->zones;
	size_t count = a->zone_count;
	a->zones = b->zones;
	a->zone_count = b->zone_count;
	b->zones = zones;
	b->zone_count = count;
}

void
helix_config_swap_status(struct helix_config* a, struct helix_config* b)
{
	struct status_settings status = a->status;
	a->status = b->status;
	b->status = status;
}
