/*
 * config/zones.c - the keys below zones:.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "config/zones.h"
#include "base/text.h"
#include "config/config.h"
#include "dns/rdata/rdata.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Whether a text has octets that nobody writes into a name on purpose. */
static bool
has_odd_octet(const char* text)
{
	for(; *text; text++) {
		if(*text <= ' ' || *text > '~')
			return true;
	}
	return false;
}

/** Read a domain name into a struct name. */
static bool
read_name(struct config_reader* reader, yaml_node_t* node,
	const struct config_field* field, void* place)
{
	const char* text = config_text(reader, node, "a domain name");
	const char* why;
	if(!text)
		return false;
	if(has_odd_octet(text))
		return config_fail(reader, node, "the domain name for %s has a "
			"space or another odd octet in it; expected ASCII, "
			"with \\DDD for such an octet, and the xn-- form for "
			"other scripts", field->name);
	why = name_from_text(place, text, strlen(text));
	if(why)
		return config_fail(reader, node, "\"%.80s\" for %s is not a "
			"domain name: %s", text, field->name, why);
	return true;
}

/** The same, of a name that has to look like one. */
static bool
read_host(struct config_reader* reader, yaml_node_t* node,
	const struct config_field* field, void* place)
{
	const char *text, *why;
	if(!read_name(reader, node, field, place))
		return false;
	text = (char*)node->data.scalar.value;
	why = rdata_name_doubt(text, strlen(text), true);
	return !why || config_fail(reader, node,
		"\"%.80s\" for %s %s; expected "
		"a domain name such as ns1.example.com", text, field->name,
		why);
}

/** An IP network. */
struct network {
	/** its address, network byte order */
	uint8_t address[16];
	/** whether that is IPv6 */
	bool v6;
	/** bits of it that count */
	unsigned prefix;
};

/** Read a network, or an address, of which as much counts as a reverse zone
 * is likely to have. @return false if the text is neither. */
static bool
network_read(struct network* network, const char* text)
{
	char address[INET6_ADDRSTRLEN] = "";
	const char* slash = strchrnul(text, '/');
	uint64_t prefix;
	unsigned max;
	size_t digits;
	if((size_t)(slash - text) >= sizeof(address))
		return false;
	memcpy(address, text, (size_t)(slash - text));
	network->v6 = inet_pton(AF_INET6, address, network->address) == 1;
	if(!network->v6 && inet_pton(AF_INET, address, network->address) != 1)
		return false;
	/* a zone of a few addresses is part of the one above */
	max = network->v6 ? 124 : 24;
	network->prefix = network->v6 ? 64 : 24;
	if(!*slash)
		return true;
	digits = text_read_decimal(slash + 1, strlen(slash + 1), UINT64_MAX,
		&prefix);
	if(digits == 0 || slash[1 + digits])
		return false;
	network->prefix = prefix < max ? (unsigned)prefix : max;
	return true;
}

/** room for what reverse_zone_text writes */
#define REVERSE_ZONE_MAX 80

/**
 * Write the reverse zone of a network: a label for each octet, or each four
 * bits in IPv6, that its prefix reaches into.
 * @param last: of several, which there are if the prefix ends inside of a
 *	label, the last one; else the first.
 * @param text: room for REVERSE_ZONE_MAX octets.
 * @return text.
 */
static const char*
reverse_zone_text(const struct network* network, bool last, char* text)
{
	unsigned unit = network->v6 ? 4 : 8, label;
	char* at = text;
	for(label = (network->prefix + unit - 1) / unit; label-- > 0;) {
		unsigned end = (label + 1) * unit;
		unsigned open = end > network->prefix ? end - network->prefix :
			0;
		unsigned value = network->v6 ? network->address[label / 2] >>
			(label % 2 ? 0 : 4) & 15 : network->address[label];
		value &= ~0u << open;
		if(last)
			value |= (1u << open) - 1;
		at += sprintf(at, network->v6 ? "%x." : "%u.", value);
	}
	strcpy(at, network->v6 ? "ip6.arpa" : "in-addr.arpa");
	return text;
}

/** Say which reverse zone is to be there instead of a network. */
static bool
fail_network(struct config_reader* reader, yaml_node_t* node, const char* text,
	const struct network* network)
{
	char first[REVERSE_ZONE_MAX], last[REVERSE_ZONE_MAX];
	bool one;
	reverse_zone_text(network, false, first);
	reverse_zone_text(network, true, last);
	one = strcmp(first, last) == 0;
	return config_fail(reader, node, "the zone \"%.80s\" is an IP %s, and "
		"not a domain name; expected %s%s%s%s", text,
		strchr(text, '/') ? "network" : "address",
		one ? "its reverse zone, " : "its reverse zones, from ",
		first, one ? "" : " to ", one ? "" : last);
}

/** Read the name of a zone into a struct name. */
static bool
read_zone_name(struct config_reader* reader, yaml_node_t* node,
	const struct config_field* field, void* place)
{
	const char* text = config_text(reader, node, "a domain name");
	const struct name* name = place;
	struct network network;
	if(!text)
		return false;
	if(network_read(&network, text))
		return fail_network(reader, node, text, &network);
	if(!read_host(reader, node, field, place))
		return false;
	if(name->wire[0] == 1 && name->wire[1] == '*')
		return config_fail(reader, node, "the zone \"%.80s\" is a "
			"wildcard; expected the name without the *, as a zone "
			"has all names below it", text);
	return true;
}

/** Read a mailbox into a struct name, as an SOA has it (RFC 1035 8). */
static bool
read_mailbox(struct config_reader* reader, yaml_node_t* node,
	const struct config_field* field, void* place)
{
	const char* text = config_text(reader, node, "a mailbox");
	if(!text)
		return false;
	if(strchr(text, '@'))
		return config_fail(reader, node, "\"%.80s\" for %s: expected "
			"the mailbox as a domain name, with a dot instead of "
			"the @: hostmaster.example.com", text, field->name);
	return read_host(reader, node, field, place);
}

static const struct config_field soa_fields[] = {
	CONFIG_KEY("mname", read_host, struct zone_settings, mname),
	CONFIG_KEY("rname", read_mailbox, struct zone_settings, rname),
	CONFIG_BOUNDED("refresh", config_read_seconds, struct zone_settings,
		refresh, 1, INT32_MAX),
	CONFIG_BOUNDED("retry", config_read_seconds, struct zone_settings,
		retry, 1, INT32_MAX),
	CONFIG_BOUNDED("expire", config_read_seconds, struct zone_settings,
		expire, 1, INT32_MAX),
	CONFIG_BOUNDED("minimum", config_read_seconds, struct zone_settings,
		minimum, 0, INT32_MAX),
	CONFIG_END
};

static bool
read_soa(struct config_reader* reader, yaml_node_t* node,
	const struct config_field* field, void* place)
{
	(void)field;
	return config_read_mapping(reader, node, soa_fields, place);
}

/** Whether a name is among others. */
static bool
name_is_there(const struct name* names, size_t count, const struct name* name)
{
	size_t i;
	for(i = 0; i < count; i++) {
		if(names[i].len == name->len &&
			memcmp(names[i].wire, name->wire, name->len) == 0)
			return true;
	}
	return false;
}

static bool
read_ns(struct config_reader* reader, yaml_node_t* node,
	const struct config_field* field, void* place)
{
	struct zone_settings* zone = place;
	size_t count, i;
	yaml_node_item_t* item = config_list(reader, node, field, &count);
	bool ok = true;
	if(!item)
		return false;
	zone->ns = calloc(count, sizeof(*zone->ns));
	if(!zone->ns)
		return config_fail(reader, node, "out of memory");
	for(i = 0; i < count && !config_is_full(reader); i++, item++) {
		struct name* name = &zone->ns[zone->ns_count];
		if(!read_host(reader, yaml_document_get_node(
			&reader->document, *item), field, name))
			ok = false;
		else if(name_is_there(zone->ns, zone->ns_count, name))
			ok = config_fail(reader, node, "a name for ns is "
				"there twice");
		else	zone->ns_count++;
	}
	return ok;
}

static const struct config_field zone_fields[] = {
	CONFIG_KEY("name", read_zone_name, struct zone_settings, apex),
	CONFIG_BOUNDED("ttl", config_read_seconds, struct zone_settings, ttl,
		0, INT32_MAX),
	CONFIG_WHOLE("ns", read_ns),
	CONFIG_WHOLE("soa", read_soa),
	CONFIG_KEY("fallthrough", config_read_switch, struct zone_settings,
		fallthrough),
	CONFIG_END
};

/** A minimum that the file does not give; no file can give it. */
#define MINIMUM_NONE UINT32_MAX

/** Fill in what a zone's mapping does not say. */
static void
zone_complete(struct config_reader* reader, yaml_node_t* node,
	struct zone_settings* zone)
{
	static const uint8_t hostmaster[] = "\012hostmaster";
	const size_t len = sizeof(hostmaster) - 1;
	if(zone->minimum == MINIMUM_NONE)
		zone->minimum = zone->ttl;
	if(zone->mname.len == 0)
		zone->mname = zone->ns_count > 0 ? zone->ns[0] : zone->apex;
	if(zone->rname.len > 0)
		return;
	if(zone->apex.len + len > NAME_WIRE_MAX) {
		config_fail(reader, node, "the zone's name is too long for "
			"hostmaster.<zone>; expected rname in its soa");
		return;
	}
	memcpy(zone->rname.wire, hostmaster, len);
	memcpy(zone->rname.wire + len, zone->apex.wire, zone->apex.len);
	zone->rname.len = (uint8_t)(zone->apex.len + len);
}

static void
read_zone(struct config_reader* reader, yaml_node_t* node,
	struct zone_settings* zone)
{
	zone->ttl = 5;
	zone->refresh = 3600;
	zone->retry = 600;
	zone->expire = 86400;
	zone->minimum = MINIMUM_NONE;
	(void)config_read_mapping(reader, node, zone_fields, zone);
	if(config_lacks(reader, node, zone_fields, "name"))
		config_fail(reader, node, "a zone has no name; expected "
			"name: example.com");
	else if(config_is_good(reader, node, zone_fields, "name") &&
		config_is_good(reader, node, zone_fields, "soa"))
		zone_complete(reader, node, zone);
}

/** Whether a zone has a name, and is among those before it. */
static bool
zone_is_there(const struct zone_settings* zones,
	const struct zone_settings* zone)
{
	for(; zone->apex.len > 0 && zones < zone; zones++) {
		if(name_is_there(&zones->apex, 1, &zone->apex))
			return true;
	}
	return false;
}

/** Whether the file says that there are no zones: an empty list, or nothing
 * behind the key, as where each of them stands behind a '#'. A file without the
 * key does not say so: it may be half of one. */
static bool
is_none(const yaml_node_t* node)
{
	if(node->type == YAML_SEQUENCE_NODE)
		return node->data.sequence.items.top ==
			node->data.sequence.items.start;
	return node->type == YAML_SCALAR_NODE &&
		node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
		node->data.scalar.length == 0;
}

bool
config_read_zones(struct config_reader* reader, yaml_node_t* node,
	const struct config_field* field, void* place)
{
	struct helix_config* config = place;
	const size_t before = reader->errors->count;
	char text[NAME_TEXT_MAX];
	size_t count, i;
	yaml_node_item_t* item;
	if(is_none(node))
		return true;
	item = config_list(reader, node, field, &count);
	if(!item)
		return false;
	config->zones = calloc(count, sizeof(*config->zones));
	if(!config->zones)
		return config_fail(reader, node, "out of memory");
	for(i = 0; i < count && !config_is_full(reader); i++, item++) {
		struct zone_settings* zone = &config->zones[i];
		yaml_node_t* entry = yaml_document_get_node(
			&reader->document, *item);
		config->zone_count++;
		read_zone(reader, entry, zone);
		if(config_is_good(reader, entry, zone_fields, "name") &&
			zone_is_there(config->zones, zone))
			config_fail(reader, entry, "the zone %s is there "
				"twice", name_to_text(zone->apex.wire, text));
	}
	return reader->errors->count == before;
}
