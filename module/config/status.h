/*
 * config/status.h - the keys below status:.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Reads where the module can be asked how it is. No state; any thread.
 */
#ifndef HELIX_CONFIG_STATUS_H
#define HELIX_CONFIG_STATUS_H

#include "config/yaml.h"
#include "status/address.h"

/** the mapping status; into a struct status_settings */
config_read config_read_status;

#endif /* HELIX_CONFIG_STATUS_H */
