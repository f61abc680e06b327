/*
 * etcd/v3.c - etcd's v3 API, by its JSON gateway.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "etcd/v3_internal.h"
#include "etcd/v3.h"
#include "base/base64.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- refusals ------------------------------------------------------------ */

/** gRPC's status codes (grpc/statuscodes.h), as far as they matter */
enum grpc_code {
	GRPC_PERMISSION_DENIED = 7,
	GRPC_UNAUTHENTICATED = 16
};

bool
v3_is_too_large(const char* text)
{
	return strstr(text, "larger than max") != NULL;
}

bool
v3_is_about_token(const char* text)
{
	return strstr(text, "user name is empty") ||
		strstr(text, "invalid auth token") ||
		strstr(text, "revision of auth store is old");
}

enum etcd_result
v3_denied(struct etcd_link* link, const char* text)
{
	return link_ended(link, ETCD_DENIED, "etcd refuses: %s; grant the user "
		"to read below %s/", text, link->settings->prefix);
}

enum etcd_result
v3_refused(struct etcd_link* link, const cJSON* json)
{
	const cJSON* message = cJSON_GetObjectItemCaseSensitive(json,
		"message");
	const cJSON* code = cJSON_GetObjectItemCaseSensitive(json, "code");
	char text[200];
	int number;
	if(!cJSON_IsNumber(code))
		code = cJSON_GetObjectItemCaseSensitive(json, "grpc_code");
	if(!cJSON_IsString(message))
		message = cJSON_GetObjectItemCaseSensitive(json, "error");
	if(!cJSON_IsString(message))
		return link_ended(link, ETCD_LOST, "etcd answers with an error "
			"without a message");
	number = cJSON_IsNumber(code) ? code->valueint : 0;
	link_show_text(message->valuestring, text, sizeof(text));
	/* this and the next have the same code */
	if(strstr(text, "compacted"))
		return link_relist(link, ETCD_LIST_COMPACTED, "etcd has "
			"compacted the revision that was asked for");
	if(strstr(text, "future revision"))
		return link_ended(link, ETCD_BEHIND,
			"etcd is behind: it does not know revision %" PRId64,
			link->revision);
	if(number == GRPC_UNAUTHENTICATED || v3_is_about_token(text))
		return link_ended(link, ETCD_UNAUTHENTICATED,
			"etcd refuses: %s", text);
	if(number == GRPC_PERMISSION_DENIED)
		return v3_denied(link, text);
	return link_ended(link, ETCD_LOST, "etcd says: %s", text);
}

enum etcd_result
v3_call_refused(void* arg, const struct call* call)
{
	struct etcd_link* link = ((struct v3*)arg)->link;
	enum etcd_result result;
	cJSON* json = cJSON_Parse(call->refusal);
	/* etcd itself says so of a lease */
	if(call->status == 404 && !link_is_page(call) &&
		!strstr(call->refusal, "etcdserver: "))
		result = link_ended(link, ETCD_LOST, "HTTP status 404: this is "
			"no etcd with the v3 gateway (3.4 or later); an etcd "
			"that was started by --config-file has it if that "
			"says `enable-grpc-gateway: true`, etcd grpc-proxy "
			"never has it, nor has the port for peers (2380): use "
			"the one for clients (2379)");
	else if(!cJSON_IsObject(json))
		result = link_refused(link, call);
	else {
		result = v3_refused(link, json);
		if(call->status == 401)
			result = ETCD_UNAUTHENTICATED;
	}
	cJSON_Delete(json);
	return result;
}

/* --- what the steps share ------------------------------------------------ */

char*
v3_base64(const void* data, size_t len)
{
	char* text = malloc(BASE64_SIZE(len));
	if(text)
		base64_encode(data, len, text);
	return text;
}

enum etcd_result
v3_range(struct v3* v3, const struct exchange_reader* reader, const char* body,
	unsigned patience)
{
	return exchange_perform(&v3->exchange, reader, "/v3/kv/range", body,
		patience, v3->link->settings->request_timeout);
}

bool
v3_range_message(void* arg, cJSON* json)
{
	struct v3* v3 = arg;
	if(!v3_json_header(json, &v3->header))
		return exchange_stop(&v3->exchange, ETCD_LOST,
			"the answer to a list has no header");
	v3->list.page.more = v3_json_true(json, "more");
	return true;
}

/* --- life ---------------------------------------------------------------- */

static enum etcd_result
list(void* state)
{
	return v3_step(state, v3_list);
}

static enum etcd_result
resume(void* state)
{
	return v3_step(state, v3_resume);
}

static enum etcd_result
watch(void* state)
{
	return v3_step(state, v3_follow);
}

static enum etcd_result
ask(void* state)
{
	return v3_step(state, v3_ask);
}

static void
v3_close(void* state)
{
	struct v3* v3 = state;
	if(!v3)
		return;
	history_clear(&v3->link->history);
	buffer_clear(&v3->room);
	buffer_clear(&v3->list.next);
	free(v3->first64);
	free(v3->end64);
	free(v3->probe_body);
	free(v3);
}

/** Write where the range of keys begins and ends.
 * @return false if memory ran out; v3_close is to be called all the same. */
static bool
range_init(struct v3* v3)
{
	const char* prefix = v3->link->settings->prefix;
	const size_t len = strlen(prefix) + 1;
	char* bound;
	if(asprintf(&bound, "%s/", prefix) < 0)
		return false;
	v3->first64 = v3_base64(bound, len);
	/* the octet after '/' */
	bound[len - 1] = '0';
	v3->end64 = v3_base64(bound, len);
	free(bound);
	if(!v3->first64 || !v3->end64)
		return false;
	if(asprintf(&v3->probe_body, "{\"key\":\"%s\",\"keys_only\":true}",
		v3->first64) < 0)
		v3->probe_body = NULL;
	return v3->probe_body != NULL;
}

static void*
v3_open(struct etcd_link* link)
{
	struct v3* v3 = calloc(1, sizeof(*v3));
	if(!v3)
		return NULL;
	v3->link = link;
	v3_list_init(&v3->list);
	v3_watch_init(&v3->watch, link->settings);
	exchange_init(&v3->exchange, link, v3);
	exchange_init(&v3->login.exchange, link, v3);
	if(range_init(v3))
		return v3;
	v3_close(v3);
	return NULL;
}

const struct etcd_protocol etcd_v3 = {
	"v3", v3_open, v3_close, list, resume, watch, ask
};
