/*
 * tools/helixctl/check_connect.c - asks etcd's endpoints, one by one.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/*
 * The module needs one endpoint that answers, and asks the others only when
 * that one fails. So one that is down is found here, and not in an outage.
 */
#include "check.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "etcd/client.h"
#include "etcd/link.h"
#include "etcd/v2.h"
#include "etcd/v3.h"
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** most octets of the answer that has etcd's version */
#define VERSION_OCTETS_MAX 4096
/** room for a version */
#define VERSION_MAX 32

/** What an endpoint says. */
struct answer {
	enum etcd_result result;
	struct reason reason;
	/** "" if it does not say */
	char version[VERSION_MAX];
	uint64_t cluster;
	int64_t revision;
	/** with v3 */
	size_t keys;
	/** how long the request for the keys took, in milliseconds */
	int64_t took;
	/** whether it let somebody without a name read the keys, though a user
	 * is configured */
	bool open;
};

/* --- the version --------------------------------------------------------- */

/** Takes the answer that has the version. */
static bool
version_data(void* arg, const char* data, size_t len)
{
	struct buffer* text = arg;
	return text->len + len < VERSION_OCTETS_MAX && buffer_append(text,
		data, len);
}

/** Ask for etcd's version, for people; nothing depends on it. */
static void
version_ask(struct client* client, const struct etcd_settings* settings,
	char version[VERSION_MAX])
{
	struct buffer text = { 0 };
	struct call call = { .data = version_data, .arg = &text };
	const cJSON* member;
	cJSON* json = NULL;
	(void)client_perform(client, &call, "/version", NULL,
		settings->heartbeat, settings->request_timeout);
	if(call.ok && buffer_append_octet(&text, 0))
		json = cJSON_Parse((char*)text.data);
	member = cJSON_GetObjectItemCaseSensitive(json, "etcdserver");
	if(cJSON_IsString(member))
		snprintf(version, VERSION_MAX, "%.31s", member->valuestring);
	call_end(&call);
	cJSON_Delete(json);
	buffer_clear(&text);
}

/* --- an endpoint --------------------------------------------------------- */

/** Let a protocol ask for the keys.
 * @param settings: of one endpoint. */
static enum etcd_result
keys_ask(struct client* client, const struct etcd_settings* settings,
	struct etcd_link* link)
{
	const struct etcd_protocol* protocol = settings->api == ETCD_V2 ?
		&etcd_v2 : &etcd_v3;
	enum etcd_result result;
	void* state;
	memset(link, 0, sizeof(*link));
	link->client = client;
	link->settings = settings;
	state = protocol->open(link);
	if(!state)
		return link_out_of_memory(link);
	result = protocol->ask(state);
	protocol->close(state);
	return result;
}

/** Ask an endpoint. @param settings: of it alone. */
static void
endpoint_ask(const struct etcd_settings* settings, struct answer* answer)
{
	struct client* client = client_create(settings);
	struct etcd_settings nobody = *settings;
	struct etcd_link link;
	const int64_t began = clock_now();
	nobody.username = nobody.password_file = NULL;
	memset(answer, 0, sizeof(*answer));
	if(!client) {
		answer->result = ETCD_LOST;
		reason_say(&answer->reason, "out of memory");
		return;
	}
	answer->result = keys_ask(client, settings, &link);
	answer->took = clock_now() - began;
	answer->reason = link.reason;
	answer->cluster = link.cluster;
	answer->revision = link.revision;
	answer->keys = link.listed;
	if(answer->result == ETCD_OK) {
		version_ask(client, settings, answer->version);
		(void)client_authorize(client, NULL);
		answer->open = settings->username && keys_ask(client, &nobody,
			&link) == ETCD_OK;
	}
	client_delete(client);
}

/* --- what they say ------------------------------------------------------- */

/** Add an endpoint to the list for JSON. */
static void
json_add(struct findings* findings, const char* endpoint,
	const struct answer* answer, bool counted)
{
	cJSON* json = cJSON_CreateObject();
	char id[20];
	cJSON_AddStringToObject(json, "endpoint", endpoint);
	cJSON_AddBoolToObject(json, "ok", answer->result == ETCD_OK);
	if(answer->result == ETCD_OK) {
		snprintf(id, sizeof(id), "%" PRIx64, answer->cluster);
		cJSON_AddStringToObject(json, "version", answer->version);
		cJSON_AddStringToObject(json, "cluster", id);
		cJSON_AddNumberToObject(json, "revision",
			(double)answer->revision);
		if(counted)
			cJSON_AddNumberToObject(json, "keys",
				(double)answer->keys);
	}
	cJSON_AddItemToArray(findings->endpoints, json);
}

/** Tell of an endpoint that answers. */
static void
good_tell(struct findings* findings, const struct etcd_settings* settings,
	size_t i, const struct answer* answer)
{
	char keys[32] = "";
	if(settings->api == ETCD_V3)
		snprintf(keys, sizeof(keys), "keys: %zu, ", answer->keys);
	findings_note(findings, "%s: etcd %s, cluster %" PRIx64 ", revision %"
		PRId64 ", %s%s, %" PRId64 " ms", settings->endpoints[i],
		*answer->version ? answer->version : "of unknown version",
		answer->cluster, answer->revision, keys,
		settings->username ? settings->username : "no authentication",
		answer->took);
}

/** Tell of an endpoint that fails: an error if all do. */
static void
bad_tell(struct findings* findings, const char* path,
	const struct etcd_settings* settings, size_t i,
	const struct answer* answer, bool all)
{
	const struct place place = place_find(path, "etcd", "endpoints", i);
	if(all)
		findings_error(findings, place, "%s: %s",
			settings->endpoints[i], answer->reason.text);
	else	findings_warn(findings, place, "%s: %s",
			settings->endpoints[i], answer->reason.text);
}

/** Compare an endpoint with the first one that answers. */
static void
clusters_compare(struct findings* findings, const char* path,
	const struct etcd_settings* settings, const struct answer* answers,
	size_t first, size_t i)
{
	if(answers[i].cluster != answers[first].cluster)
		findings_error(findings, place_find(path, "etcd", "endpoints",
			i), "%s belongs to another cluster (%" PRIx64 ") than "
			"%s (%" PRIx64 "); expected members of one cluster",
			settings->endpoints[i], answers[i].cluster,
			settings->endpoints[first], answers[first].cluster);
}

/** Tell what all endpoints say. */
static void
answers_tell(struct findings* findings, const char* path,
	const struct etcd_settings* settings, const struct answer* answers)
{
	const size_t count = settings->endpoint_count;
	bool told = false;
	size_t i, first;
	for(first = 0; first < count; first++) {
		if(answers[first].result == ETCD_OK)
			break;
	}
	for(i = 0; i < count; i++) {
		json_add(findings, settings->endpoints[i], &answers[i],
			settings->api == ETCD_V3);
		if(answers[i].result != ETCD_OK) {
			bad_tell(findings, path, settings, i, &answers[i],
				first == count);
			continue;
		}
		good_tell(findings, settings, i, &answers[i]);
		clusters_compare(findings, path, settings, answers, first, i);
		if(answers[i].open && !told)
			findings_warn(findings, place_find(path, "etcd",
				"username", 0), "%s lets anybody read the "
				"keys, without a password; where `etcdctl auth "
				"enable` is missing, anybody can also change "
				"them", settings->endpoints[i]);
		told = told || answers[i].open;
	}
}

void
connect_check(const char* path, const struct etcd_settings* settings,
	struct findings* findings)
{
	struct answer* answers = calloc(settings->endpoint_count,
		sizeof(*answers));
	struct etcd_settings one = *settings;
	size_t i;
	if(!answers) {
		findings_error(findings, (struct place){ path, 0, 0 },
			"out of memory");
		return;
	}
	/* a peer that closes is a failed call, and not our end */
	signal(SIGPIPE, SIG_IGN);
	one.endpoint_count = 1;
	for(i = 0; i < settings->endpoint_count; i++) {
		one.endpoints = &settings->endpoints[i];
		endpoint_ask(&one, &answers[i]);
	}
	answers_tell(findings, path, settings, answers);
	free(answers);
}
