/*
 * config/config.h - helix.yaml.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Reads helix.yaml into a struct. The file is YAML 1.1 as libyaml reads it.
 * Its keys stand in tables (config/yaml.h): those of the file itself in
 * config.c, those below etcd: in etcd.c, those of a zone in zones.c, those below
 * status: in status.c. Users find them in conf/helix.yaml. No state; any thread.
 */
#ifndef HELIX_CONFIG_CONFIG_H
#define HELIX_CONFIG_CONFIG_H

#include "config/errors.h"
#include "dns/zone.h"
#include "etcd/settings.h"
#include "status/address.h"

/** What helix.yaml says, with the defaults filled in. */
struct helix_config {
	/** how to reach etcd; `etcd:` */
	struct etcd_settings etcd;
	/** the zones; `zones:`; owned; NULL: there are none */
	struct zone_settings* zones;
	/** number of zones; 0: the module passes all names on, and has nothing
	 * to ask etcd for */
	size_t zone_count;
	/** how long Unbound's start may wait for the first copy, in
	 * milliseconds; `startup-wait:` */
	unsigned startup_wait;
	/** file that keeps the last copy over a restart; owned; NULL: none;
	 * `snapshot:` */
	char* snapshot;
	/** whether answers are handed over to Unbound's cache; `cache:` */
	bool cache;
	/** where the module can be asked how it is; `status:` */
	struct status_settings status;
};

/**
 * Read a file.
 * @param path: the file.
 * @param errors: set to all that is wrong, in the order of the file; without
 *	any unless NULL is returned.
 * @return NULL if there is any error. To be deleted by helix_config_delete.
 */
struct helix_config* helix_config_read(const char* path,
	struct config_errors* errors);

/**
 * Read what can be read of a file that may have errors: for who asks a module
 * that runs, and has refused that file perhaps. What has an error, or is behind
 * a syntax error, has its default, or is missing; nothing can be run with it.
 * @param path, errors: as for helix_config_read.
 * @return NULL if memory runs out. To be deleted by helix_config_delete.
 */
struct helix_config* helix_config_read_despite(const char* path,
	struct config_errors* errors);

/** The same, for who needs no more than one error.
 * @param reason: the first error if NULL is returned. */
struct helix_config* helix_config_load(const char* path,
	struct reason* reason);

/** Delete; NULL is ignored. */
void helix_config_delete(struct helix_config* config);

/** Whether two configurations follow etcd in the same way and name the same
 * snapshot file: what runs with one can then go on with the other. */
bool helix_config_same_etcd(const struct helix_config* a,
	const struct helix_config* b);

/** Exchange the zones of two configurations. */
void helix_config_swap_zones(struct helix_config* a, struct helix_config* b);

/** Exchange where two configurations say that the module can be asked. */
void helix_config_swap_status(struct helix_config* a, struct helix_config* b);

#endif /* HELIX_CONFIG_CONFIG_H */
