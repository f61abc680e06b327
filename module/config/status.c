/*
 * config/status.c - the keys below status:.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "config/status.h"

/**
 * Read an address.
 * @param check: says what is wrong with it, or NULL.
 */
static bool
read_address(struct config_reader* reader, yaml_node_t* node,
	const struct config_field* field, void* place,
	const char* (*check)(const char* text, struct address* address))
{
	struct address address;
	const char *text, *problem;
	if(!config_read_word(reader, node, field, place))
		return false;
	text = *(char**)place;
	problem = check(text, &address);
	return !problem || config_fail(reader, node, "\"%.120s\" for %s: %s",
		text, field->name, problem);
}

static bool
read_socket(struct config_reader* reader, yaml_node_t* node,
	const struct config_field* field, void* place)
{
	return read_address(reader, node, field, place, address_read_unix);
}

static bool
read_listen(struct config_reader* reader, yaml_node_t* node,
	const struct config_field* field, void* place)
{
	return read_address(reader, node, field, place, address_read_tcp);
}

static const struct config_field status_fields[] = {
	CONFIG_KEY("socket", read_socket, struct status_settings, socket),
	CONFIG_KEY("listen", read_listen, struct status_settings, listen),
	CONFIG_END
};

bool
config_read_status(struct config_reader* reader, yaml_node_t* node,
	const struct config_field* field, void* place)
{
	(void)field;
	return config_read_mapping(reader, node, status_fields, place);
}
