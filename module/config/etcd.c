/*
 * config/etcd.c - the keys below etcd:.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "config/etcd.h"
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/**
 * What is wrong with an endpoint; NULL if nothing is.
 * @param url: holds the text as a URL then.
 */
static const char*
endpoint_problem(CURLU* url, const char* text)
{
	char* part = NULL;
	bool known, slash;
	if(strlen(text) > 500)
		return "it is over 500 octets";
	/* an empty one is none for libcurl */
	if(strpbrk(text, "?#"))
		return "expected nothing after the port";
	if(curl_url_set(url, CURLUPART_URL, text, 0) != CURLUE_OK)
		return "expected a URL such as http://127.0.0.1:2379";
	if(curl_url_get(url, CURLUPART_SCHEME, &part, 0) != CURLUE_OK)
		return "expected http:// or https:// at its beginning";
	known = strcmp(part, "http") == 0 || strcmp(part, "https") == 0;
	curl_free(part);
	if(!known)
		return "expected http:// or https:// at its beginning";
	if(curl_url_get(url, CURLUPART_PORT, &part, 0) != CURLUE_OK)
		return "expected a port; etcd's is 2379";
	curl_free(part);
	if(curl_url_get(url, CURLUPART_PATH, &part, 0) != CURLUE_OK)
		return NULL;
	slash = strcmp(part, "/") == 0;
	curl_free(part);
	return slash ? NULL : "expected nothing after the port";
}

/** An endpoint as scheme://host:port, whatever else the text had; NULL if
 * memory ran out. */
static char*
endpoint_text(CURLU* url)
{
	char *scheme = NULL, *host = NULL, *port = NULL, *text = NULL;
	if(curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
		curl_url_get(url, CURLUPART_HOST, &host, 0) != CURLUE_OK ||
		curl_url_get(url, CURLUPART_PORT, &port, 0) != CURLUE_OK ||
		asprintf(&text, "%s://%s:%s", scheme, host, port) < 0)
		text = NULL;
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	return text;
}

/** Read one endpoint. */
static bool
read_endpoint(struct config_reader* reader, yaml_node_t* node, char** place)
{
	const char* text = config_text(reader, node,
		"a URL such as http://127.0.0.1:2379");
	const char* problem;
	CURLU* url;
	if(!text)
		return false;
	/* and do not show it: it may be followed by a password */
	if(strchr(text, '@'))
		return config_fail(reader, node, "an endpoint has a user name "
			"in it; expected a URL such as http://127.0.0.1:2379");
	url = curl_url();
	problem = url ? endpoint_problem(url, text) : "out of memory";
	*place = problem ? NULL : endpoint_text(url);
	curl_url_cleanup(url);
	if(problem)
		return config_fail(reader, node, "endpoint \"%.80s\": %s", text,
			problem);
	return *place || config_fail(reader, node, "out of memory");
}

static bool
read_endpoints(struct config_reader* reader, yaml_node_t* node,
	const struct config_field* field, void* place)
{
	struct etcd_settings* etcd = place;
	struct config_texts texts;
	bool ok = config_read_texts(reader, node, field, read_endpoint, &texts);
	config_texts_clear((struct config_texts){ etcd->endpoints,
		etcd->endpoint_count });
	etcd->endpoints = texts.text;
	etcd->endpoint_count = texts.count;
	return ok;
}

static bool
read_api(struct config_reader* reader, yaml_node_t* node,
	const struct config_field* field, void* place)
{
	const char* text = config_text(reader, node, "v3 or v2");
	enum etcd_api* api = place;
	if(!text)
		return false;
	*api = strcmp(text, "v2") == 0 ? ETCD_V2 : ETCD_V3;
	if(*api == ETCD_V3 && strcmp(text, "v3") != 0)
		return config_fail(reader, node, "\"%.40s\" for %s: expected "
			"v3 or v2", text, field->name);
	return true;
}

/** What is wrong with a path of segments, parted by '/'; NULL if nothing. */
static const char*
path_problem(const char* text)
{
	if(strlen(text) > 512)
		return "it is over 512 octets";
	if(text[0] && text[strlen(text) - 1] == '/')
		return "expected no '/' at its end";
	for(; text; text = strchr(text, '/')) {
		size_t len;
		text += *text == '/';
		len = strcspn(text, "/");
		if(len == 0)
			return "a segment of it is empty";
		if(strspn(text, ".") == len && len <= 2)
			return "a segment of it is . or ..";
	}
	return NULL;
}

/** What is wrong with a hidden directory; NULL if nothing is. */
static const char*
hidden_problem(const char* text)
{
	const char* last = strrchr(text, '/');
	if(*text == '/')
		return "expected a path below the prefix, without it, as "
			"com/example/_tcp/_sip";
	if(path_problem(text))
		return path_problem(text);
	if(*(last ? last + 1 : text) != '_')
		return "expected '_' at the beginning of its last segment; "
			"others are seen without being listed here";
	return NULL;
}

/** Read one hidden directory. */
static bool
read_hidden_one(struct config_reader* reader, yaml_node_t* node, char** place)
{
	const char* text = config_text(reader, node,
		"a path such as com/example/_tcp/_sip");
	const char* problem;
	if(!text)
		return false;
	problem = hidden_problem(text);
	if(problem)
		return config_fail(reader, node, "hidden directory \"%.80s\": "
			"%s", text, problem);
	return config_copy(reader, node, text, place);
}

static bool
read_hidden(struct config_reader* reader, yaml_node_t* node,
	const struct config_field* field, void* place)
{
	struct etcd_settings* etcd = place;
	struct config_texts texts;
	bool ok = config_read_texts(reader, node, field, read_hidden_one,
		&texts);
	size_t i, j;
	etcd->hidden = texts.text;
	etcd->hidden_count = texts.count;
	for(i = 1; i < texts.count && !config_is_full(reader); i++) {
		for(j = 0; j < i && strcmp(texts.text[i], texts.text[j]); j++)
			;
		if(j < i)
			ok = config_fail(reader, node, "the hidden directory "
				"%.80s is there twice", texts.text[i]);
	}
	return ok;
}

/** What is wrong with a prefix; NULL if nothing is. */
static const char*
prefix_problem(const char* text)
{
	if(*text != '/')
		return "expected a '/' at its beginning, as /helix";
	if(strlen(text) >= 2 && strcmp(text + strlen(text) - 2, "/*") == 0)
		return "expected no * at its end: all keys below it are meant";
	return text[1] ? path_problem(text) : NULL;
}

static bool
read_prefix(struct config_reader* reader, yaml_node_t* node,
	const struct config_field* field, void* place)
{
	const char* text = config_text(reader, node, "a prefix such as /helix");
	const char* problem;
	if(!text)
		return false;
	problem = prefix_problem(text);
	if(problem)
		return config_fail(reader, node, "\"%.80s\" for %s: %s", text,
			field->name, problem);
	/* "/" alone: keys begin with the '/' that follows every prefix */
	return config_copy(reader, node, text[1] ? text : "", place);
}

/** Check that of two keys there are both or neither. */
static bool
check_both(struct config_reader* reader, yaml_node_t* node,
	const struct config_field* fields, const char* a, const char* b)
{
	const char *there = a, *missing = b;
	if(!config_value(reader, node, there)) {
		there = b;
		missing = a;
	}
	if(!config_value(reader, node, there) ||
		!config_lacks(reader, node, fields, missing))
		return true;
	return config_fail(reader, node, "%s is there without %s; expected "
		"both or neither", there, missing);
}

static const struct config_field tls_fields[] = {
	CONFIG_KEY("ca", config_read_path, struct etcd_tls, ca),
	CONFIG_KEY("cert", config_read_path, struct etcd_tls, cert),
	CONFIG_KEY("key", config_read_path, struct etcd_tls, key),
	CONFIG_KEY("server-name", config_read_word, struct etcd_tls,
		server_name),
	CONFIG_END
};

static bool
read_tls(struct config_reader* reader, yaml_node_t* node,
	const struct config_field* field, void* place)
{
	bool ok = config_read_mapping(reader, node, tls_fields, place);
	(void)field;
	return check_both(reader, node, tls_fields, "cert", "key") && ok;
}

static const struct config_field etcd_fields[] = {
	CONFIG_WHOLE("endpoints", read_endpoints),
	CONFIG_KEY("api", read_api, struct etcd_settings, api),
	CONFIG_KEY("prefix", read_prefix, struct etcd_settings, prefix),
	CONFIG_WHOLE("hidden", read_hidden),
	CONFIG_KEY("username", config_read_word, struct etcd_settings,
		username),
	CONFIG_KEY("password-file", config_read_path, struct etcd_settings,
		password_file),
	CONFIG_KEY("tls", read_tls, struct etcd_settings, tls),
	CONFIG_BOUNDED("connect-timeout", config_read_duration,
		struct etcd_settings, connect_timeout, 100, 60000),
	CONFIG_BOUNDED("request-timeout", config_read_duration,
		struct etcd_settings, request_timeout, 100, 600000),
	CONFIG_BOUNDED("heartbeat", config_read_duration,
		struct etcd_settings, heartbeat, 100, 600000),
	CONFIG_END
};

/** Whether any endpoint is spoken to by TLS. */
static bool
has_https(const struct etcd_settings* etcd)
{
	size_t i;
	for(i = 0; i < etcd->endpoint_count; i++) {
		if(strncmp(etcd->endpoints[i], "https:", 6) == 0)
			return true;
	}
	return false;
}

bool
config_read_etcd(struct config_reader* reader, yaml_node_t* node,
	const struct config_field* field, void* place)
{
	const struct etcd_settings* etcd = place;
	bool ok = config_read_mapping(reader, node, etcd_fields, place);
	(void)field;
	if(etcd->hidden && etcd->api != ETCD_V2 &&
		config_is_good(reader, node, etcd_fields, "hidden") &&
		config_is_good(reader, node, etcd_fields, "api"))
		ok = config_fail(reader, node, "hidden is there without "
			"api: v2; v3 hides nothing");
	if(!check_both(reader, node, etcd_fields, "username",
		"password-file"))
		ok = false;
	if(config_value(reader, node, "tls") && !has_https(etcd) &&
		config_is_good(reader, node, etcd_fields, "endpoints"))
		ok = config_fail(reader, node, "tls is there, but none of "
			"the endpoints begins with https://");
	return ok;
}

bool
config_etcd_set_defaults(struct etcd_settings* etcd)
{
	static const char* const endpoints[] = { "http://127.0.0.1:2379",
		"http://127.0.0.1:4001" };
	const size_t count = sizeof(endpoints) / sizeof(*endpoints);
	size_t i;
	etcd->connect_timeout = 2000;
	etcd->request_timeout = 10000;
	etcd->heartbeat = 5000;
	etcd->prefix = strdup("/helix");
	etcd->endpoints = calloc(count, sizeof(*etcd->endpoints));
	if(!etcd->prefix || !etcd->endpoints)
		return false;
	for(i = 0; i < count; i++) {
		etcd->endpoints[i] = strdup(endpoints[i]);
		if(!etcd->endpoints[i])
			return false;
		etcd->endpoint_count++;
	}
	return true;
}

static struct config_texts
endpoints_of(const struct etcd_settings* etcd)
{
	return (struct config_texts){ etcd->endpoints, etcd->endpoint_count };
}

/** Read one endpoint of an option. @return owned; NULL: reason is written. */
static char*
option_endpoint(const char* text, struct reason* reason)
{
	const char* problem;
	CURLU* url;
	char* endpoint;
	/* and do not show it: it may be followed by a password */
	if(strchr(text, '@')) {
		reason_say(reason, "an endpoint has a user name in it; "
			"expected a URL such as http://127.0.0.1:2379");
		return NULL;
	}
	url = curl_url();
	problem = url ? endpoint_problem(url, text) : "out of memory";
	endpoint = problem ? NULL : endpoint_text(url);
	curl_url_cleanup(url);
	if(!endpoint)
		reason_say(reason, "endpoint \"%.80s\": %s", text, problem ?
			problem : "out of memory");
	return endpoint;
}

/** Read the endpoints of an option. @param text: is cut into pieces. */
static bool
option_endpoints(char* text, struct config_texts* texts,
	struct reason* reason)
{
	char *rest = text, *one;
	while((one = strsep(&rest, ","))) {
		char** grown = reallocarray(texts->text, texts->count + 1,
			sizeof(*grown));
		if(!grown)
			return reason_say(reason, "out of memory");
		texts->text = grown;
		grown[texts->count] = option_endpoint(one, reason);
		if(!grown[texts->count])
			return false;
		texts->count++;
	}
	return true;
}

bool
config_etcd_set_endpoints(struct etcd_settings* etcd, const char* text,
	struct reason* reason)
{
	struct config_texts texts = { NULL, 0 };
	char* copy = strdup(text);
	if(!copy || !option_endpoints(copy, &texts, reason)) {
		if(!copy)
			reason_say(reason, "out of memory");
		config_texts_clear(texts);
		free(copy);
		return false;
	}
	free(copy);
	config_texts_clear(endpoints_of(etcd));
	etcd->endpoints = texts.text;
	etcd->endpoint_count = texts.count;
	return true;
}

bool
config_etcd_set_prefix(struct etcd_settings* etcd, const char* text,
	struct reason* reason)
{
	const char* problem = prefix_problem(text);
	char* copy;
	if(problem)
		return reason_say(reason, "prefix \"%.80s\": %s", text,
			problem);
	copy = strdup(text[1] ? text : "");
	if(!copy)
		return reason_say(reason, "out of memory");
	free(etcd->prefix);
	etcd->prefix = copy;
	return true;
}

static struct config_texts
hidden_of(const struct etcd_settings* etcd)
{
	return (struct config_texts){ etcd->hidden, etcd->hidden_count };
}

void
config_etcd_clear(struct etcd_settings* etcd)
{
	config_texts_clear(endpoints_of(etcd));
	config_texts_clear(hidden_of(etcd));
	free(etcd->prefix);
	free(etcd->username);
	free(etcd->password_file);
	if(etcd->password)
		explicit_bzero(etcd->password, strlen(etcd->password));
	free(etcd->password);
	free(etcd->tls.ca);
	free(etcd->tls.cert);
	free(etcd->tls.key);
	free(etcd->tls.server_name);
}

static bool
tls_same(const struct etcd_tls* a, const struct etcd_tls* b)
{
	return config_text_same(a->ca, b->ca) &&
		config_text_same(a->cert, b->cert) &&
		config_text_same(a->key, b->key) &&
		config_text_same(a->server_name, b->server_name);
}

bool
config_etcd_same(const struct etcd_settings* a, const struct etcd_settings* b)
{
	return config_texts_same(endpoints_of(a), endpoints_of(b)) &&
		config_texts_same(hidden_of(a), hidden_of(b)) &&
		a->api == b->api && config_text_same(a->prefix, b->prefix) &&
		config_text_same(a->username, b->username) &&
		config_text_same(a->password_file, b->password_file) &&
		tls_same(&a->tls, &b->tls) &&
		a->connect_timeout == b->connect_timeout &&
		a->request_timeout == b->request_timeout &&
		a->max_stale == b->max_stale && a->heartbeat == b->heartbeat;
}
