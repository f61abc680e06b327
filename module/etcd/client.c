/*
 * etcd/client.c - sends requests to etcd's endpoints.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "etcd/client.h"
#include "base/thread.h"
#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

_Static_assert(REASON_MAX >= CURL_ERROR_SIZE,
	"libcurl writes its messages there");

/** octets that libcurl hands over at once, at most */
#define BUFFER_OCTETS (256L * 1024)

struct client {
	/** the endpoints */
	const struct etcd_settings* settings;
	/** index of the one in use */
	size_t endpoint;
	/** libcurl's handle */
	CURLM* multi;
	/** the sockets that libcurl has open; owned */
	curl_socket_t* sockets;
	/** number of them */
	size_t socket_count;
	/** sockets allocated */
	size_t socket_size;
	/** the header Authorization, whole; owned; NULL: none is sent */
	char* authorization;
	/** whether anything has arrived since client_wait began */
	bool moved;
	/** whether to stop */
	_Atomic bool stopped;
};

struct client*
client_create(const struct etcd_settings* settings)
{
	struct client* client;
	/* counted by libcurl, and never undone: other code in this process
	 * may use it too */
	if(curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return NULL;
	client = calloc(1, sizeof(*client));
	if(!client)
		return NULL;
	client->settings = settings;
	client->multi = curl_multi_init();
	if(!client->multi) {
		client_delete(client);
		return NULL;
	}
	return client;
}

void
client_delete(struct client* client)
{
	if(!client)
		return;
	if(client->multi)
		curl_multi_cleanup(client->multi);
	(void)client_authorize(client, NULL);
	free(client->sockets);
	free(client);
}

bool
client_authorize(struct client* client, const char* authorization)
{
	if(client->authorization)
		explicit_bzero(client->authorization,
			strlen(client->authorization));
	free(client->authorization);
	client->authorization = NULL;
	if(!authorization)
		return true;
	if(asprintf(&client->authorization, "Authorization: %s",
		authorization) < 0)
		client->authorization = NULL;
	return client->authorization != NULL;
}

void
client_stop(struct client* client)
{
	client->stopped = true;
	curl_multi_wakeup(client->multi);
}

bool
client_is_stopped(const struct client* client)
{
	return client->stopped;
}

const char*
client_endpoint(const struct client* client)
{
	return client->settings->endpoints[client->endpoint];
}

size_t
client_endpoint_index(const struct client* client)
{
	return client->endpoint;
}

void
client_use_next(struct client* client)
{
	client->endpoint = (client->endpoint + 1) %
		client->settings->endpoint_count;
}

long
call_status(const struct call* call)
{
	long status = 0;
	if(call->easy)
		curl_easy_getinfo((CURL*)call->easy, CURLINFO_RESPONSE_CODE,
			&status);
	return status;
}

/** libcurl's write function. */
static size_t
on_data(char* data, size_t size, size_t count, void* arg)
{
	struct call* call = arg;
	size_t len = size * count;
	call->received += len;
	call->client->moved = true;
	if(call_status(call) != 200) {
		size_t room = CALL_REFUSAL_MAX - call->refusal_len;
		size_t n = len < room ? len : room;
		memcpy(call->refusal + call->refusal_len, data, n);
		call->refusal_len += n;
		call->refusal[call->refusal_len] = 0;
		/* whatever follows says no more */
		return room == 0 ? 0 : len;
	}
	if(call->client->stopped || !call->data(call->arg, data, len))
		return 0;
	return len;
}

/** libcurl's function that takes a line of an answer's head, of which an empty
 * one is the last; libcurl keeps them for call_header itself. */
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

/** Remember a socket. @return false if memory ran out. */
static bool
client_note_socket(struct client* client, curl_socket_t fd)
{
	if(client->socket_count == client->socket_size) {
		size_t size = client->socket_size * 2 + 8;
		curl_socket_t* grown = realloc(client->sockets,
			size * sizeof(*grown));
		if(!grown)
			return false;
		client->sockets = grown;
		client->socket_size = size;
	}
	client->sockets[client->socket_count++] = fd;
	return true;
}

/** libcurl's function that closes a socket. */
static int
on_close(void* arg, curl_socket_t fd)
{
	struct client* client = arg;
	size_t i;
	for(i = 0; i < client->socket_count; i++) {
		if(client->sockets[i] == fd)
			client->sockets[i] =
				client->sockets[--client->socket_count];
	}
	return close(fd);
}

/**
 * libcurl's socket function: let the kernel give up on a peer that does not
 * acknowledge, which keepalive alone does not see while data is unsent.
 */
static int
on_socket(void* arg, curl_socket_t fd, curlsocktype purpose)
{
	struct client* client = arg;
	unsigned timeout = 3 * client->settings->heartbeat;
	(void)purpose;
	if(!client_note_socket(client, fd))
		return CURL_SOCKOPT_ERROR;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout,
		sizeof(timeout));
	return CURL_SOCKOPT_OK;
}

/** What is the same for every request. */
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
	/* a proxy in the environment is for other programs than a resolver */
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_USERAGENT, 
		"unbound-helix/" HELIX_VERSION);
	curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, BUFFER_OCTETS);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
		(long)settings->connect_timeout);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, idle);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, idle);
	curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, on_socket);
	curl_easy_setopt(easy, CURLOPT_SOCKOPTDATA, call->client);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, call->client);
#if LIBCURL_VERSION_NUM >= 0x075700
	/* do not wait for a name that is still being looked up */
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
#endif
}

/** How an https endpoint is spoken to. */
static bool
easy_set_tls(CURL* easy, const struct etcd_tls* tls)
{
	/* a replaced file counts for the next connection */
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

/** A call's own headers. */
static bool
call_set_headers(struct call* call)
{
	const char* authorization = call->client->authorization;
	return call_add_header(call, "Content-Type: application/json") &&
		call_add_header(call, "Grpc-Metadata-hasleader: true") &&
		(!authorization || call_add_header(call, authorization)) &&
		curl_easy_setopt((CURL*)call->easy, CURLOPT_HTTPHEADER,
		call->headers) == CURLE_OK;
}

/**
 * The URL of a path at the endpoint in use. Where the servers' certificates
 * have a name of their own, it is in the URL, and only the connection goes to
 * the endpoint's host.
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
	if(!name || strncmp(endpoint, "https:", 6) != 0)
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
		(CURL*)call->easy, CURLOPT_COPYPOSTFIELDS, body) == CURLE_OK);
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

bool
client_start(struct client* client, struct call* call, const char* path,
	const char* body, unsigned timeout)
{
	CURL* easy = curl_easy_init();
	call->client = client;
	call->easy = easy;
	call->headers = call->connect_to = NULL;
	call->open = easy != NULL;
	call->done = call->ok = call->timed_out = call->headed = false;
	call->status = 0;
	call->received = call->paced = 0;
	call->paced_at = clock_now();
	call->refusal_len = 0;
	call->refusal[0] = 0;
	(void)reason_say(&call->failure, "out of memory");
	if(!easy)
		return false;
	easy_set_common(easy, call);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)timeout);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_data);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_head);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, call);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, call);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, call->failure.text);
	if(!easy_set_tls(easy, &client->settings->tls) ||
		!call_set_headers(call) ||
		!call_set_request(call, path, body) ||
		curl_multi_add_handle(client->multi, easy) != CURLM_OK) {
		call_free(call);
		return false;
	}
	call->failure.text[0] = 0;
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

const char*
call_header(const struct call* call, const char* name)
{
	struct curl_header* header;
	if(!call->easy || curl_easy_header((CURL*)call->easy, name, 0,
		CURLH_HEADER, -1, &header) != CURLHE_OK)
		return NULL;
	return header->value;
}

/**
 * A port of a socket, host byte order.
 * @param read: getsockname or getpeername.
 * @return 0 if it has none.
 */
static long
socket_port(curl_socket_t fd, int (*read)(int fd, struct sockaddr* address,
	socklen_t* len))
{
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} address = { .any.sa_family = AF_UNSPEC };
	socklen_t len = sizeof(address);
	if(read(fd, &address.any, &len) != 0)
		return 0;
	return address.any.sa_family == AF_INET6 ?
		ntohs(address.in6.sin6_port) : address.any.sa_family ==
		AF_INET ? ntohs(address.in.sin_port) : 0;
}

/* libcurl says which socket a transfer uses only after its end */
void
call_half_close(struct call* call)
{
	const struct client* client = call->client;
	long local = 0, peer = 0;
	size_t i;
	/* the connection is of no more use */
	curl_easy_setopt((CURL*)call->easy, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_getinfo((CURL*)call->easy, CURLINFO_LOCAL_PORT, &local);
	curl_easy_getinfo((CURL*)call->easy, CURLINFO_PRIMARY_PORT, &peer);
	for(i = 0; i < client->socket_count && local != 0; i++) {
		curl_socket_t fd = client->sockets[i];
		if(socket_port(fd, getsockname) == local &&
			socket_port(fd, getpeername) == peer)
			(void)shutdown(fd, SHUT_WR);
	}
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

/** What to do about a failure, by a part of its text. */
struct hint {
	/** what libcurl, or OpenSSL, says */
	const char* text;
	/** where to look */
	const char* hint;
};

/** what a server does that is spoken to by TLS and knows none, or is away */
#define NO_TLS "; if that port speaks no TLS, begin the endpoint with http://"

/** failures of TLS */
static const struct hint tls_hints[] = {
	{ "subject name", "; `server-name` can say which name it has" },
	{ "issuer certificate", "; `ca` must hold its authority" },
	{ "self-signed", "; `ca` must hold its authority" },
	{ "self signed", "; `ca` must hold its authority" },
	{ "CAfile", "; see `ca`" },
	{ "private key", "; see `cert` and `key`" },
	{ "client certificate", "; see `cert` and `key`" },
	{ "SSL_connect: SSL_ERROR_SYSCALL", NO_TLS },
	{ "unexpected eof", NO_TLS },
	{ "wrong version number", NO_TLS },
	{ "packet length too long", NO_TLS },
	{ "http request", NO_TLS },
	{ " alert ", "; etcd rejects us: see `cert` and `key`" },
	{ "certificate", "" },
	{ "SSL", "" },
};

/** who is asked for an endpoint's address */
#define ASKS_SYSTEM "; the system's resolver was asked: if that is this " \
	"Unbound, use addresses in `endpoints`"

/** other failures */
static const struct hint other_hints[] = {
	{ "Empty reply from server", "; if that port speaks TLS, begin the "
		"endpoint with https://" },
	{ "HTTP/0.9", "; this is no etcd; or, if that port speaks TLS, begin "
		"the endpoint with https://" },
	{ "resolve host", ASKS_SYSTEM },
	{ "Resolving timed out", ASKS_SYSTEM },
};

/** Make a failure say where to look, if one of the hints fits.
 * @param prefix: what it begins with then. */
static bool
explain(struct reason* failure, const char* prefix, const struct hint* hints,
	size_t count)
{
	size_t i;
	for(i = 0; i < count; i++) {
		if(!strstr(failure->text, hints[i].text))
			continue;
		(void)reason_say(failure, "%s%.165s%s", prefix, failure->text,
			hints[i].hint);
		return true;
	}
	return false;
}

/** The same, for any failure of a call. */
static void
call_explain(struct call* call)
{
	bool tls = strncmp(client_endpoint(call->client), "https:", 6) == 0;
	if(!explain(&call->failure, "", other_hints,
		sizeof(other_hints) / sizeof(*other_hints)) && tls)
		(void)explain(&call->failure, "TLS: ", tls_hints,
			sizeof(tls_hints) / sizeof(*tls_hints));
}

/** A call is done: say how. */
static void
call_finish(struct call* call, CURLcode code)
{
	call->status = call_status(call);
	call->done = true;
	/* for libcurl, a head that is cut off is an answer without a body */
	if(code == CURLE_OK && !call->headed) {
		code = CURLE_PARTIAL_FILE;
		(void)reason_say(&call->failure,
			"the head of the answer is cut off");
	}
	call->ok = code == CURLE_OK && call->status == 200;
	call->timed_out = code == CURLE_OPERATION_TIMEDOUT;
	/* libcurl also writes there what it could mend */
	if(code == CURLE_OK || call->refusal_len > 0)
		call->failure.text[0] = 0;
	else if(call->failure.text[0] == 0)
		(void)reason_say(&call->failure, "%s",
			curl_easy_strerror(code));
	if(code != CURLE_OK)
		call_explain(call);
}

/** Move on without waiting. @return whether a call is done. */
static bool
client_step(struct client* client)
{
	CURLMsg* message;
	int running, left;
	bool any = false;
	curl_multi_perform(client->multi, &running);
	while((message = curl_multi_info_read(client->multi, &left)) != NULL) {
		struct call* call = NULL;
		if(message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE,
			&call);
		call_finish(call, message->data.result);
		any = true;
	}
	return any;
}

bool
client_wait(struct client* client, unsigned timeout)
{
	if(client->stopped)
		return false;
	client->moved = false;
	if(!client_step(client) && !client->moved) {
		curl_multi_poll(client->multi, NULL, 0, (int)timeout, NULL);
		client_step(client);
	}
	return !client->stopped;
}

bool
client_perform(struct client* client, struct call* call, const char* path,
	const char* body, unsigned patience, unsigned timeout)
{
	int64_t end = clock_now() + patience;
	uint64_t received = 0;
	if(!client_start(client, call, path, body, timeout))
		call->done = true;
	while(!call->done) {
		int64_t left;
		if(call->received > received) {
			received = call->received;
			end = clock_now() + patience;
		}
		left = patience == 0 ? 1000 : end - clock_now();
		if(left <= 0 ||
			(patience > 0 && call_check_stall(call, false))) {
			call->done = call->timed_out = true;
			call->status = call_status(call);
			if(left > 0)
				(void)reason_say(&call->failure,
					"the answer is too slow");
			else	(void)reason_say(&call->failure,
					"no answer in %u ms", patience);
			break;
		}
		if(!client_wait(client, (unsigned)left))
			return false;
	}
	return !client->stopped;
}

bool
client_pause(struct client* client, unsigned timeout)
{
	int64_t end = clock_now() + timeout;
	while(!client->stopped) {
		int64_t left = end - clock_now();
		if(left <= 0)
			return true;
		curl_multi_poll(client->multi, NULL, 0, (int)left, NULL);
	}
	return false;
}
