/*
 * config/etcd.h - the keys below etcd:.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Reads how etcd is reached. No state; any thread.
 */
#ifndef HELIX_CONFIG_ETCD_H
#define HELIX_CONFIG_ETCD_H

#include "config/yaml.h"
#include "etcd/settings.h"

/** the mapping etcd; into a struct etcd_settings that has its defaults */
config_read config_read_etcd;

/** Fill in what holds where the file says nothing.
 * @return false if memory ran out. */
bool config_etcd_set_defaults(struct etcd_settings* etcd);

/**
 * Set the endpoints, as a program's option gives them.
 * @param text: URLs with commas between them.
 * @param reason: what is wrong if false is returned; nothing has changed then.
 */
bool config_etcd_set_endpoints(struct etcd_settings* etcd, const char* text,
	struct reason* reason);

/** Set the prefix; as config_etcd_set_endpoints. */
bool config_etcd_set_prefix(struct etcd_settings* etcd, const char* text,
	struct reason* reason);

/** Free what the settings own. */
void config_etcd_clear(struct etcd_settings* etcd);

/** Whether two settings follow etcd in the same way. */
bool config_etcd_same(const struct etcd_settings* a,
	const struct etcd_settings* b);

#endif /* HELIX_CONFIG_ETCD_H */
