/*
 * config/zones.h - the keys below zones:.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Reads which zones are served. No state; any thread.
 */
#ifndef HELIX_CONFIG_ZONES_H
#define HELIX_CONFIG_ZONES_H

#include "config/yaml.h"

/** the list of zones; into a struct helix_config */
config_read config_read_zones;

#endif /* HELIX_CONFIG_ZONES_H */
