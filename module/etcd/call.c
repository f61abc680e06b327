/*
 * etcd/call.c - one HTTP request to etcd, and its answer.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "etcd/client_internal.h"
#include "base/clock.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(REASON_MAX >= CURL_ERROR_SIZE,
	"libcurl writes its messages there");

/** octets that libcurl hands over at once, at most */
#define BUFFER_OCTETS (256L * 1024)

/** Whether an endpoint is spoken to by TLS. */
static bool
is_https(const char* endpoint)
{
	return strncmp(endpoint, "https:", 6) == 0;
}

/** Whether a status says that it was done. */
static bool
is_done(long status)
{
	return status == 200 || status == 201;
}

/* --- the answer ---------------------------------------------------------- */

long
call_status(const struct call* call)
{
	long status = 0;
	if(call->easy)
		curl_easy_getinfo((CURL*)call->easy, CURLINFO_RESPONSE_CODE,
			&status);
	return status;
}

bool
call_is_sent(const struct call* call)
{
	long octets = 0;
	if(call->easy)
		curl_easy_getinfo((CURL*)call->easy, CURLINFO_REQUEST_SIZE,
			&octets);
	return octets > 0;
}

/** libcurl's write function. */
static size_t
on_data(char* data, size_t size, size_t count, void* arg)
{
	struct call* call = arg;
	size_t len = size * count;
	call->received += len;
	call->client->moved = true;
	if(!is_done(call_status(call))) {
		size_t room = CALL_REFUSAL_MAX - call->refusal_len;
		size_t n = len < room ? len : room;
		memcpy(call->refusal + call->refusal_len, data, n);
		call->refusal_len += n;
		call->refusal[call->refusal_len] = 0;
		/* the rest is not needed */
		return room == 0 ? 0 : len;
	}
	if(call->client->stopped || !call->data(call->arg, data, len))
		return 0;
	return len;
}

/** libcurl's function that takes a line of an answer's head; the last one is
 * empty. libcurl itself keeps the lines for call_header. */
static size_t
on_head(char* data, size_t size, size_t count, void* arg)
{
	struct call* call = arg;
	size_t len = size * count;
	call->client->moved = true;
	/* behind that of "100 Continue", another head comes */
	if(len >= 5 && memcmp(data, "HTTP/", 5) == 0)
		call->headed = false;
	else if(data[0] == '\r' || data[0] == '\n')
		call->headed = true;
	return len;
}

const char*
call_header(const struct call* call, const char* name)
{
	struct curl_header* header;
	if(!call->easy || curl_easy_header((CURL*)call->easy, name, 0,
		CURLH_HEADER, -1, &header) != CURLHE_OK)
		return NULL;
	return header->value;
}

bool
call_check_stall(struct call* call, bool resting)
{
	const int64_t limit = call->client->settings->request_timeout;
	const int64_t now = clock_now();
	if(resting || call->received - call->paced >=
		(uint64_t)limit * CALL_PACE / 1000) {
		call->paced = call->received;
		call->paced_at = now;
		return false;
	}
	return now - call->paced_at > limit;
}

void
call_finish(struct call* call, CURLcode code)
{
	call->status = call_status(call);
	call->done = true;
	call->sent = call_is_sent(call);
	/* libcurl takes a head that is cut off for an answer without a body */
	if(code == CURLE_OK && !call->headed) {
		code = CURLE_PARTIAL_FILE;
		(void)reason_say(&call->failure,
			"the head of the answer is cut off");
	}
	call->ok = code == CURLE_OK && is_done(call->status);
	call->timed_out = code == CURLE_OPERATION_TIMEDOUT;
	/* libcurl also writes there what did not matter in the end */
	if(code == CURLE_OK || call->refusal_len > 0)
		call->failure.text[0] = 0;
	else if(call->failure.text[0] == 0)
		(void)reason_say(&call->failure, "%s",
			curl_easy_strerror(code));
	if(code != CURLE_OK)
		call_explain(&call->failure,
			is_https(client_endpoint(call->client)));
}

/* --- the request --------------------------------------------------------- */

/** Set what is the same for every request. */
static void
easy_set_common(CURL* easy, struct call* call)
{
	const struct etcd_settings* settings = call->client->settings;
	long idle = settings->heartbeat >= 1000 ?
		(long)(settings->heartbeat / 1000) : 1L;
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
		(long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	/* a proxy in the environment is not meant for a resolver */
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_USERAGENT,
		"unbound-helix/" HELIX_VERSION);
	curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, BUFFER_OCTETS);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
		(long)settings->connect_timeout);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, idle);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, idle);
	curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, client_on_socket);
	curl_easy_setopt(easy, CURLOPT_SOCKOPTDATA, call->client);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, client_on_close);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, call->client);
#if LIBCURL_VERSION_NUM >= 0x075700
	/* do not wait for a name that is still being looked up */
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
#endif
}

/** Set what is needed for an https endpoint. */
static bool
easy_set_tls(CURL* easy, const struct etcd_tls* tls)
{
	/* have the next connection read the files again */
	curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
#if LIBCURL_VERSION_NUM >= 0x075700
	curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, 0L);
#endif
	return (!tls->ca || curl_easy_setopt(easy, CURLOPT_CAINFO, tls->ca) ==
		CURLE_OK) && (!tls->cert || (curl_easy_setopt(easy,
		CURLOPT_SSLCERT, tls->cert) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_SSLKEY, tls->key) ==
		CURLE_OK));
}

/** Append a header to a call's. */
static bool
call_add_header(struct call* call, const char* header)
{
	struct curl_slist* list = curl_slist_append(call->headers, header);
	if(!list)
		return false;
	call->headers = list;
	return true;
}

/** Set a call's own headers. */
static bool
call_set_headers(struct call* call)
{
	const char* authorization = call->client->authorization;
	char type[100];
	snprintf(type, sizeof(type), "Content-Type: %s", call->content_type ?
		call->content_type : "application/json");
	return call_add_header(call, type) &&
		call_add_header(call, "Grpc-Metadata-hasleader: true") &&
		(!authorization || call_add_header(call, authorization)) &&
		curl_easy_setopt((CURL*)call->easy, CURLOPT_HTTPHEADER,
		call->headers) == CURLE_OK;
}

/**
 * Write the URL of a path at the endpoint in use. If `server-name` is set, the
 * URL has that name, and only the connection goes to the endpoint's host.
 * @return owned by the caller; NULL if memory ran out.
 */
static char*
call_url(struct call* call, const char* path)
{
	const char* endpoint = client_endpoint(call->client);
	const char* name = call->client->settings->tls.server_name;
	const char* host = strstr(endpoint, "//") + 2;
	char *url, *to = NULL;
	struct curl_slist* list;
	if(!name || !is_https(endpoint))
		return asprintf(&url, "%s%s", endpoint, path) < 0 ? NULL : url;
	if(asprintf(&to, "::%s", host) < 0)
		return NULL;
	list = curl_slist_append(NULL, to);
	free(to);
	call->connect_to = list;
	if(!list || curl_easy_setopt((CURL*)call->easy, CURLOPT_CONNECT_TO,
		list) != CURLE_OK)
		return NULL;
	return asprintf(&url, "https://%s%s%s", name, strrchr(host, ':'),
		path) < 0 ? NULL : url;
}

/** Say what a call asks for. */
static bool
call_set_request(struct call* call, const char* path, const char* body)
{
	char* url = call_url(call, path);
	bool ok = url && curl_easy_setopt((CURL*)call->easy, CURLOPT_URL,
		url) == CURLE_OK && (!body || curl_easy_setopt(
		(CURL*)call->easy, CURLOPT_COPYPOSTFIELDS, body) == CURLE_OK) &&
		(!call->method || curl_easy_setopt((CURL*)call->easy,
		CURLOPT_CUSTOMREQUEST, call->method) == CURLE_OK);
	free(url);
	return ok;
}

/** Free what a call holds. */
static void
call_free(struct call* call)
{
	curl_easy_cleanup((CURL*)call->easy);
	curl_slist_free_all(call->headers);
	curl_slist_free_all(call->connect_to);
	call->easy = call->headers = call->connect_to = NULL;
	call->open = false;
}

/** Make a call ready to be started. */
static void
call_reset(struct call* call, struct client* client)
{
	call->client = client;
	call->open = false;
	call->done = call->ok = call->timed_out = call->headed = false;
	call->sent = false;
	call->status = 0;
	call->received = call->paced = 0;
	call->paced_at = clock_now();
	call->refusal_len = 0;
	call->refusal[0] = call->failure.text[0] = 0;
	call->easy = call->headers = call->connect_to = NULL;
}

/** Have libcurl tell a call what happens. */
static void
call_set_functions(struct call* call)
{
	CURL* easy = call->easy;
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_data);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_head);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, call);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, call);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, call->failure.text);
}

/** Prepare libcurl's handle. @return false if memory ran out. */
static bool
call_set_up(struct call* call, const char* path, const char* body,
	unsigned timeout)
{
	call->easy = curl_easy_init();
	if(!call->easy)
		return false;
	easy_set_common(call->easy, call);
	curl_easy_setopt((CURL*)call->easy, CURLOPT_TIMEOUT_MS, (long)timeout);
	call_set_functions(call);
	return easy_set_tls(call->easy, &call->client->settings->tls) &&
		call_set_headers(call) && call_set_request(call, path, body);
}

bool
call_open(struct call* call, struct client* client, const char* path,
	const char* body, unsigned timeout)
{
	call_reset(call, client);
	if(!call_set_up(call, path, body, timeout) || curl_multi_add_handle(
		client->multi, (CURL*)call->easy) != CURLM_OK) {
		call_free(call);
		return reason_say(&call->failure, "out of memory");
	}
	call->open = true;
	return true;
}

void
call_end(struct call* call)
{
	if(!call->open)
		return;
	curl_multi_remove_handle(call->client->multi, (CURL*)call->easy);
	call_free(call);
}

/* libcurl says which socket a transfer uses only after its end */
void
call_half_close(struct call* call)
{
	long local = 0, peer = 0;
	/* the connection is of no more use */
	curl_easy_setopt((CURL*)call->easy, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_getinfo((CURL*)call->easy, CURLINFO_LOCAL_PORT, &local);
	curl_easy_getinfo((CURL*)call->easy, CURLINFO_PRIMARY_PORT, &peer);
	if(local != 0)
		client_half_close(call->client, local, peer);
}
