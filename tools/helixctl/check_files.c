/*
 * tools/helixctl/check_files.c - the files and hosts that helix.yaml names.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "check.h"
#include "base/denied.h"
#include "config/yaml.h"
#include "etcd/password.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** most octets of a file of certificates that are looked at */
#define PEM_MAX (1024 * 1024)

/* --- places -------------------------------------------------------------- */

/** The nth item of a list; what is no list, is its own. */
static yaml_node_t*
item_find(struct config_reader* reader, yaml_node_t* node, size_t nth)
{
	yaml_node_item_t* item;
	if(!node || node->type != YAML_SEQUENCE_NODE)
		return node;
	item = node->data.sequence.items.start + nth;
	return item < node->data.sequence.items.top ?
		yaml_document_get_node(&reader->document, *item) : node;
}

struct place
place_find(const char* path, const char* section, const char* key,
	size_t item)
{
	struct config_errors* errors = calloc(1, sizeof(*errors));
	struct config_reader reader = { .path = path, .errors = errors };
	struct place place = { path, 0, 0 };
	yaml_node_t* node;
	if(!errors)
		return place;
	node = config_file_open(&reader);
	if(section)
		node = config_value(&reader, node, section);
	node = item_find(&reader, config_value(&reader, node, key), item);
	if(node) {
		place.line = node->start_mark.line + 1;
		place.column = node->start_mark.column + 1;
	}
	config_file_close(&reader);
	free(errors);
	return place;
}

/* --- endpoints ----------------------------------------------------------- */

/** What is being checked. */
struct check {
	const char* path;
	const struct helix_config* config;
	struct findings* findings;
};

/** The host of an endpoint, without the brackets of IPv6; owned; NULL if memory
 * ran out. */
static char*
endpoint_host(const char* endpoint)
{
	const char* host = strstr(endpoint, "://") + 3;
	const char* end = strrchr(host, ':');
	if(*host == '[' && end[-1] == ']')
		return strndup(host + 1, (size_t)(end - host - 2));
	return strndup(host, (size_t)(end - host));
}

/** Whether a host is an IP address, or is never asked for in DNS. */
static bool
is_address(const char* host, bool* loopback)
{
	struct in6_addr v6;
	struct in_addr v4;
	*loopback = strcmp(host, "localhost") == 0;
	if(inet_pton(AF_INET, host, &v4) == 1) {
		*loopback = ntohl(v4.s_addr) >> 24 == 127;
		return true;
	}
	if(inet_pton(AF_INET6, host, &v6) == 1) {
		*loopback = IN6_IS_ADDR_LOOPBACK(&v6);
		return true;
	}
	return *loopback;
}

/** The zone of ours that a host's name is in; NULL if there is none. */
static const struct zone_settings*
zone_of(const struct helix_config* config, const char* host)
{
	struct name name;
	size_t i, at;
	if(name_from_text(&name, host, strlen(host)))
		return NULL;
	for(at = 0; at < name.len; at += 1 + (size_t)name.wire[at]) {
		for(i = 0; i < config->zone_count; i++) {
			const struct name* apex = &config->zones[i].apex;
			if(name.len - at == apex->len && memcmp(name.wire +
				at, apex->wire, apex->len) == 0)
				return &config->zones[i];
		}
	}
	return NULL;
}

/** Check the host of an endpoint. */
static void
host_check(const struct check* check, size_t i, const char* host)
{
	const struct etcd_settings* etcd = &check->config->etcd;
	const char* endpoint = etcd->endpoints[i];
	const struct zone_settings* zone = NULL;
	char apex[NAME_TEXT_MAX];
	bool loopback;
	if(!is_address(host, &loopback))
		zone = zone_of(check->config, host);
	if(zone)
		findings_warn(check->findings, place_find(check->path, "etcd",
			"endpoints", i), "the host of %s is in the zone %s, "
			"whose names are known only once that etcd was "
			"reached; expected an address, or a name that "
			"/etc/hosts has", endpoint,
			name_to_text(zone->apex.wire, apex));
	if(etcd->username && !loopback && strncmp(endpoint, "http:", 5) == 0)
		findings_warn(check->findings, place_find(check->path, "etcd",
			"endpoints", i), "the password goes to %s as it is, "
			"for everybody on the way to read; expected https://",
			endpoint);
}

static void
endpoints_check(const struct check* check)
{
	const struct etcd_settings* etcd = &check->config->etcd;
	size_t i, j;
	for(i = 0; i < etcd->endpoint_count; i++) {
		const char* endpoint = etcd->endpoints[i];
		char* host = endpoint_host(endpoint);
		const struct place place = place_find(check->path, "etcd",
			"endpoints", i);
		if(host)
			host_check(check, i, host);
		free(host);
		if(strcmp(strrchr(endpoint, ':'), ":2380") == 0)
			findings_warn(check->findings, place, "%s: 2380 is "
				"the port on which members of etcd talk to "
				"each other; clients use 2379", endpoint);
		for(j = 0; j < i; j++) {
			if(strcmp(etcd->endpoints[j], endpoint) == 0)
				break;
		}
		if(j < i)
			findings_warn(check->findings, place, "%s is there "
				"twice", endpoint);
	}
}

/* --- files --------------------------------------------------------------- */

/** Check the password. */
static void
password_check(const struct check* check)
{
	const char* file = check->config->etcd.password_file;
	char password[PASSWORD_MAX + 1];
	struct reason reason;
	struct place place;
	if(!file)
		return;
	place = place_find(check->path, "etcd", "password-file", 0);
	if(!password_read(file, password, &reason))
		findings_error(check->findings, place, "%s", reason.text);
	explicit_bzero(password, sizeof(password));
	if(password_check_exposed(file))
		findings_warn(check->findings, place, "everybody can read the "
			"password in %s; chmod o-r is advised", file);
}

/** The beginning of a file; owned, with a NUL; NULL if it cannot be read. */
static char*
text_read(const char* path)
{
	FILE* file = fopen(path, "rb");
	char* text = malloc(PEM_MAX + 1);
	if(file && text)
		text[fread(text, 1, PEM_MAX, file)] = 0;
	if(file)
		fclose(file);
	else {
		free(text);
		text = NULL;
	}
	return text;
}

/**
 * Check that a file is what a key of tls: needs.
 * @param wanted: a part of the line that it begins with.
 * @param expected: that line, for people.
 */
static void
pem_check(const struct check* check, const char* key, const char* file,
	const char* wanted, const char* expected)
{
	struct place place;
	char* text = file ? text_read(file) : NULL;
	if(!text)
		return;
	place = place_find(check->path, "etcd", "tls", 0);
	if(!strstr(text, wanted))
		findings_error(check->findings, place, "%s for %s has no line "
			"%s; expected a file in PEM", file, key, expected);
	else if(strcmp(key, "key") == 0 && strstr(text, "ENCRYPTED"))
		findings_error(check->findings, place, "%s for %s is "
			"encrypted, and nobody is there to type its password "
			"when Unbound starts", file, key);
	explicit_bzero(text, strlen(text));
	free(text);
}

static void
tls_check(const struct check* check)
{
	const struct etcd_tls* tls = &check->config->etcd.tls;
	static const char certificate[] = "-----BEGIN CERTIFICATE-----";
	static const char trusted[] = "-----BEGIN ";
	pem_check(check, "ca", tls->ca, trusted, certificate);
	pem_check(check, "cert", tls->cert, "CERTIFICATE-----", certificate);
	pem_check(check, "key", tls->key, "PRIVATE KEY-----",
		"-----BEGIN PRIVATE KEY-----");
}

/** Check that a file can be made. Unbound starts without it.
 * @param file: NULL: none is to be made.
 * @param section, key: by which it is named. */
static void
folder_check(const struct check* check, const char* file, const char* section,
	const char* key)
{
	char text[DENIED_TEXT_MAX];
	char *copy, *folder;
	if(!file)
		return;
	copy = strdup(file);
	folder = copy ? dirname(copy) : NULL;
	if(folder && faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) ==
		-1)
		findings_warn(check->findings, place_find(check->path,
			section, key, 0), "no file can be made in %s, so that "
			"there will be no %s: %s", folder, key,
			denied_explain(folder, errno, text));
	free(copy);
}

void
files_check(const char* path, const struct helix_config* config,
	struct findings* findings)
{
	const struct check check = { path, config, findings };
	endpoints_check(&check);
	password_check(&check);
	tls_check(&check);
	folder_check(&check, config->snapshot, NULL, "snapshot");
	folder_check(&check, config->status.socket, "status", "socket");
}
