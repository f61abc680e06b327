/*
 * tools/helixctl/daemon.c - asks the running Unbound.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "daemon.h"
#include "base/text.h"
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/** seconds that an answer may take: the module gives one in milliseconds */
#define ANSWER_SECONDS 10L
/** most octets of an answer: room for as many zones as anybody has */
#define ANSWER_MAX (64U << 20)
/** octets of a refusal that are shown */
#define REFUSAL_SHOWN 300

/* --- the command line ---------------------------------------------------- */

enum { OPTION_SOCKET = 256 };

bool
daemon_options(struct ctl* ctl, int argc, char** argv, const char** socket,
	enum ctl_status* ended)
{
	static const struct option options[] = {
		{ "socket", required_argument, NULL, OPTION_SOCKET },
		{ NULL, 0, NULL, 0 }
	};
	int option;
	*socket = NULL;
	*ended = CTL_FAILED;
	while((option = ctl_next_option(ctl, argc, argv, options)) ==
		OPTION_SOCKET)
		*socket = optarg;
	if(option == CTL_OPTIONS_HELP)
		*ended = CTL_OK;
	return option == CTL_OPTIONS_END &&
		ctl_check_arguments(ctl, argc, 0, 0);
}

/* --- pages --------------------------------------------------------------- */

/** Where the module is asked. */
struct place {
	/** path of its socket; NULL: there is none */
	const char* socket;
	/** address and port; NULL: none is needed */
	const char* listen;
	/** what both are of; NULL: they are the caller's */
	struct helix_config* config;
};

/** Find out where the module can be asked; by a helix.yaml with errors, too, as
 * it is when the module has refused that one that somebody asks. */
static bool
place_find(struct ctl* ctl, const char* socket, struct place* place)
{
	struct config_errors errors;
	*place = (struct place){ .socket = socket };
	if(socket)
		return true;
	place->config = helix_config_read_despite(ctl->conf, &errors);
	if(place->config) {
		place->socket = place->config->status.socket;
		if(!place->socket)
			place->listen = place->config->status.listen;
	}
	if(place->socket || place->listen)
		return true;
	/* this tells of the errors */
	if(!ctl_config(ctl)) {
		ctl_error("to ask Unbound all the same, name its socket by "
			"--socket");
		return false;
	}
	ctl_error("%s has no `status:` with a `socket:`, so that Unbound "
		"cannot be asked; add one and reload Unbound, or name its "
		"socket by --socket", ctl->conf);
	return false;
}

static size_t
body_take(char* data, size_t size, size_t count, void* arg)
{
	struct buffer* body = arg;
	(void)size;
	return body->len + count <= ANSWER_MAX && buffer_append(body, data,
		count) ? count : 0;
}

/** Set a request up. @return false if memory ran out. */
static bool
request_prepare(CURL* curl, const struct place* place, const char* path,
	struct buffer* body)
{
	char url[512];
	snprintf(url, sizeof(url), "http://%s%s", place->listen ?
		place->listen : "localhost", path);
	return curl_easy_setopt(curl, CURLOPT_URL, url) == CURLE_OK &&
		(!place->socket || curl_easy_setopt(curl,
		CURLOPT_UNIX_SOCKET_PATH, place->socket) == CURLE_OK) &&
		curl_easy_setopt(curl, CURLOPT_NOPROXY, "*") == CURLE_OK &&
		curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
		curl_easy_setopt(curl, CURLOPT_TIMEOUT, ANSWER_SECONDS) ==
		CURLE_OK &&
		curl_easy_setopt(curl, CURLOPT_USERAGENT, "helixctl/"
		HELIX_VERSION) == CURLE_OK &&
		curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, body_take) ==
		CURLE_OK &&
		curl_easy_setopt(curl, CURLOPT_WRITEDATA, body) == CURLE_OK;
}

/** What to do about a connection that could not be made. */
static const char*
connect_hint(long error)
{
	switch(error) {
	case EACCES:
	case EPERM:
		return "; it is for root, and for Unbound's user and group";
	case ENOENT:
		return "; Unbound does not run, or has not been reloaded "
			"since `status:` was set, or says in its log why it "
			"could not make it";
	case ECONNREFUSED:
		return "; Unbound does not run";
	}
	return "";
}

/** Tell the user why there is no answer. */
static void
failure_tell(CURL* curl, CURLcode code, const struct place* place)
{
	const char* where = place->socket ? place->socket : place->listen;
	long error = 0;
	(void)curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &error);
	if(code == CURLE_OPERATION_TIMEDOUT)
		ctl_error("no answer from %s within %ld seconds", where,
			ANSWER_SECONDS);
	else if(code == CURLE_COULDNT_CONNECT && error != 0)
		ctl_error("cannot connect to %s: %s%s", where,
			strerror((int)error), connect_hint(error));
	else	ctl_error("no answer from %s: %s", where,
			curl_easy_strerror(code));
}

/** Tell the user of an answer that is none. */
static bool
refusal_tell(const struct place* place, const char* path, long status,
	const struct buffer* body)
{
	char shown[TEXT_SHOW_SIZE(REFUSAL_SHOWN)];
	size_t len = strcspn((const char*)body->data, "\r\n");
	ctl_error("%s answered %s with HTTP status %ld, \"%s\"; expected a "
		"JSON object from the module", place->socket ? place->socket :
		place->listen, path, status, text_show((const char*)
		body->data, len < REFUSAL_SHOWN ? len : REFUSAL_SHOWN, shown,
		sizeof(shown)));
	return false;
}

/** Read an answer as JSON. */
static bool
page_read(const struct place* place, const char* path, long status,
	struct daemon_page* page)
{
	if(!buffer_append_octet(&page->body, 0)) {
		ctl_error("out of memory");
		return false;
	}
	page->body.len--;
	if(status == 200)
		page->json = cJSON_ParseWithLength((const char*)
			page->body.data, page->body.len);
	return cJSON_IsObject(page->json) || refusal_tell(place, path, status,
		&page->body);
}

bool
daemon_get(struct ctl* ctl, const char* socket, const char* path,
	struct daemon_page* page)
{
	struct place place;
	CURL* curl;
	CURLcode code = CURLE_OUT_OF_MEMORY;
	long status = 0;
	bool got = false;
	memset(page, 0, sizeof(*page));
	if(!place_find(ctl, socket, &place))
		goto done;
	curl = curl_easy_init();
	if(curl && request_prepare(curl, &place, path, &page->body))
		code = curl_easy_perform(curl);
	if(code != CURLE_OK)
		failure_tell(curl, code, &place);
	else	(void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_cleanup(curl);
	got = code == CURLE_OK && page_read(&place, path, status, page);
done:
	helix_config_delete(place.config);
	return got;
}

void
daemon_page_clear(struct daemon_page* page)
{
	cJSON_Delete(page->json);
	page->json = NULL;
	buffer_clear(&page->body);
}

/* --- members ------------------------------------------------------------- */

const cJSON*
daemon_object(const cJSON* object, const char* name)
{
	const cJSON* item = cJSON_GetObjectItemCaseSensitive(object, name);
	return cJSON_IsObject(item) ? item : NULL;
}

const cJSON*
daemon_array(const cJSON* object, const char* name)
{
	const cJSON* item = cJSON_GetObjectItemCaseSensitive(object, name);
	return cJSON_IsArray(item) ? item : NULL;
}

const char*
daemon_text(const cJSON* object, const char* name)
{
	const cJSON* item = cJSON_GetObjectItemCaseSensitive(object, name);
	return cJSON_IsString(item) ? item->valuestring : "";
}

double
daemon_number(const cJSON* object, const char* name)
{
	const cJSON* item = cJSON_GetObjectItemCaseSensitive(object, name);
	return cJSON_IsNumber(item) ? item->valuedouble : -1;
}

bool
daemon_bool(const cJSON* object, const char* name)
{
	return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, name));
}
