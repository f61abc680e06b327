/*
 * etcd/v3_login.c - authenticates with etcd.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "etcd/v3_internal.h"
#include "etcd/password.h"
#include <stdio.h>
#include <string.h>

/** The answer to a login: a token. */
static bool
login_message(void* arg, cJSON* json)
{
	struct v3* v3 = arg;
	const cJSON* token = cJSON_GetObjectItemCaseSensitive(json, "token");
	if(!cJSON_IsString(token) || strpbrk(token->valuestring, "\r\n"))
		return exchange_stop(&v3->login.exchange, ETCD_LOST,
			"the answer to a login has no token");
	if(!client_authorize(v3->link->client, token->valuestring))
		return exchange_out_of_memory(&v3->login.exchange, ETCD_LOST);
	v3->login.known = true;
	return true;
}

/** Where authentication is not enabled, no token is needed. */
static enum etcd_result
login_refused(void* arg, const struct call* call)
{
	struct v3* v3 = arg;
	const struct etcd_settings* settings = v3->link->settings;
	enum etcd_result result;
	if(strstr(call->refusal, "authentication is not enabled")) {
		v3->login.known = true;
		return ETCD_OK;
	}
	result = v3_call_refused(arg, call);
	if(strstr(call->refusal, "authentication failed"))
		return link_ended(v3->link, ETCD_DENIED, "etcd rejects user "
			"%.100s with the password %s%.200s",
			settings->username, settings->password ?
			"that was given" : "in ", settings->password ? "" :
			settings->password_file);
	return result;
}

static const struct exchange_reader login_reader = {
	NULL, NULL, login_message, login_refused
};

/**
 * Write the body of a login.
 * @return to be freed by cJSON_free; NULL if memory ran out, or there is no
 *	password; the reason is written.
 */
static char*
login_body(struct v3* v3)
{
	struct etcd_link* link = v3->link;
	char password[PASSWORD_MAX + 1];
	cJSON *json, *secret = NULL;
	char* body = NULL;
	if(!password_get(link->settings, password, &link->reason))
		return NULL;
	(void)link_out_of_memory(link);
	json = cJSON_CreateObject();
	if(cJSON_AddStringToObject(json, "name", link->settings->username))
		secret = cJSON_AddStringToObject(json, "password", password);
	if(secret) {
		body = cJSON_PrintUnformatted(json);
		explicit_bzero(secret->valuestring, strlen(password));
	}
	cJSON_Delete(json);
	explicit_bzero(password, sizeof(password));
	return body;
}

enum etcd_result
v3_login(struct v3* v3)
{
	const struct etcd_settings* settings = v3->link->settings;
	enum etcd_result result;
	char* body;
	v3->login.known = false;
	(void)client_authorize(v3->link->client, NULL);
	if(!settings->username)
		return link_ended(v3->link, ETCD_DENIED, "etcd requires "
			"authentication; set username and password-file in "
			"the configuration");
	body = login_body(v3);
	if(!body)
		return ETCD_DENIED;
	result = exchange_perform(&v3->login.exchange, &login_reader,
		"/v3/auth/authenticate", body, settings->heartbeat,
		settings->request_timeout);
	explicit_bzero(body, strlen(body));
	cJSON_free(body);
	if(result == ETCD_OK && !v3->login.known)
		return link_ended(v3->link, ETCD_LOST,
			"the answer to a login is empty");
	return result == ETCD_UNAUTHENTICATED ? ETCD_DENIED : result;
}

enum etcd_result
v3_step(struct v3* v3, enum etcd_result (*step)(struct v3* v3))
{
	enum etcd_result result = ETCD_OK;
	if(v3->link->settings->username && !v3->login.known)
		result = v3_login(v3);
	if(result == ETCD_OK)
		result = step(v3);
	if(result != ETCD_UNAUTHENTICATED)
		return result;
	result = v3_login(v3);
	if(result == ETCD_OK)
		result = step(v3);
	return result == ETCD_UNAUTHENTICATED ? ETCD_DENIED : result;
}
