/*
 * etcd/v2_login.c - authenticates with etcd.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "etcd/v2_internal.h"
#include "etcd/password.h"
#include "base/base64.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Clear a text that holds the password, and free it; NULL is ignored. */
static void
secret_free(char* text)
{
	if(text)
		explicit_bzero(text, strlen(text));
	free(text);
}

/**
 * Write the header's value.
 * @return for secret_free; NULL if memory ran out.
 */
static char*
login_value(const char* username, const char* password)
{
	char *pair, *value;
	if(asprintf(&pair, "%s:%s", username, password) < 0)
		return NULL;
	value = malloc(sizeof("Basic ") - 1 + BASE64_SIZE(strlen(pair)));
	if(value)
		base64_encode(pair, strlen(pair), stpcpy(value, "Basic "));
	secret_free(pair);
	return value;
}

enum etcd_result
v2_login(struct v2* v2)
{
	struct etcd_link* link = v2->link;
	const struct etcd_settings* settings = link->settings;
	char password[PASSWORD_MAX + 1];
	char* value;
	bool ok;
	if(!settings->username)
		return ETCD_OK;
	if(!password_get(settings, password, &link->reason))
		return ETCD_DENIED;
	value = login_value(settings->username, password);
	explicit_bzero(password, sizeof(password));
	ok = value && client_authorize(link->client, value);
	secret_free(value);
	return ok ? ETCD_OK : link_out_of_memory(link);
}
