/*
 * etcd/v3.c - etcd's v3 API, by its JSON gateway.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "etcd/v3.h"
#include "etcd/history.h"
#include "base/base64.h"
#include "etcd/password.h"
#include "etcd/probe.h"
#include "etcd/v3_text.h"
#include "base/log.h"
#include "base/clock.h"
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** keys in a page, at first; each page costs etcd a count of all keys behind
 * it, so that small pages are slow, and where pages come quickly, the next
 * ones are larger */
#define PAGE_KEYS 10000
/** octets of JSON that a page may have to become larger; etcd has some times
 * as many of it in memory, all at once */
#define PAGE_OCTETS (16 * 1024 * 1024)
/** part of the time that it is given that a page may take to become larger, so
 * that one with twice the keys still has time to spare */
#define PAGE_HASTE 4
/** times that a page fails before it is taken to be too large */
#define PAGE_FAILURES 3
/** watches in a row that stall before lists take their place */
#define STALLS 2
/** heartbeats for which a watch is trusted that tells nothing though etcd has
 * changed, at first; and from one attempt to watch to the next, where lists
 * take its place */
#define TRUST_HEARTBEATS 12
#define TRY_HEARTBEATS 12
/** the part of the time that these lists take at the most */
#define LIST_PART 10
/** events, or keys of a list, after which those of complete revisions are
 * committed before the message is */
#define COMMIT_EVENTS 1024
/** revisions a second in which etcd brings a watch up to date, about */
#define CATCH_UP_RATE 5000
/** keys a second in which etcd lists, about */
#define LIST_RATE 50000
/** how long a watch may be silent, in milliseconds. Etcd tells of progress
 * every 10 to 20 minutes, unless it was told otherwise; a watch that is silent
 * for longer may have been lost behind a proxy, which keeps our end of it */
#define SILENCE_MAX (25 * 60 * 1000)

struct v3 {
	/** what to work with */
	struct etcd_link* link;
	/** where the range of keys begins: the prefix and '/'; owned */
	char* first;
	/** base64 of that; owned */
	char* first64;
	/** base64 of where it ends: the prefix and '0', the octet after '/';
	 * owned */
	char* end64;
	/** by which etcd's history is known again */
	struct history history;
	/** number of elections that the cluster that was listed has had */
	uint64_t raft_term;
	/** keys in a page */
	unsigned page;
	/** most keys in a page that is larger than at first; one with twice as
	 * many has failed */
	unsigned page_most;
	/** octets that a page may have: those of PAGE_OCTETS, or, once a page
	 * was refused as too large, those of the largest that was not */
	uint64_t page_octets;
	/** pages that failed, though something answered, since a list was
	 * complete or they became smaller */
	unsigned page_failures;
	/** list: for how long a page may be silent, in milliseconds */
	unsigned patience;
	/** the request for a page or a key, or to watch */
	struct exchange exchange;
	/** where a key is that was read from text */
	struct v3_kv_room room;
	/** events or keys that were told since the last commit */
	unsigned uncommitted;
	/** list: where the next page begins; owned */
	char* next;
	/** list: octets of next; 0: the first page is the next */
	size_t next_len;
	/** octets allocated for next */
	size_t next_size;
	/** list: keys in this page */
	size_t page_keys;
	/** list: when this page was asked for, and when its first key came;
	 * clock_now */
	int64_t page_asked, page_began;
	/** list: whether there are more pages */
	bool more;
	/** header of the last message */
	struct v3_header header;
	/** resume: whether the key that was asked for exists */
	bool found;
	/** resume: whether it is the anchor, as it should be */
	bool unchanged;
	/** watch: whether etcd has said that it watches */
	bool watching;
	/** watch: the revision that etcd was at then */
	int64_t created_at;
	/** watch: whether etcd has ended it by an error */
	bool failed;
	/** watch: whether it has told anything */
	bool telling;
	/** watch: whether it has not begun, or stalled inside a message */
	bool stalled;
	/** watches in a row that did, though etcd is there; STALLS if lists
	 * take the place of the watch */
	unsigned stalls;
	/** whether that was logged */
	bool told_lists;
	/** watch: when it was asked for, and when it was first seen that etcd
	 * had changed, while the watch had told nothing; clock_now, 0: not
	 * yet */
	int64_t began, doubted;
	/** for how long that is no wonder, in milliseconds */
	int64_t trust;
	/** whether the next list is to show if it is */
	bool doubting;
	/** list: whether it has shown something that the watch has not told */
	bool newer;
	/** watch: revision of the last event that was told */
	int64_t event_revision;
	/** watch: octets that had arrived when last looked, and when it was
	 * last seen that there were more; clock_now */
	uint64_t received;
	int64_t heard;
	/** watch: the probe beside it */
	struct probe probe;
	/** the revision that etcd was at as it was answered last */
	int64_t probed;
	/** body of its request; owned */
	char* probe_body;
	/** asks for a token, also while the watch goes on */
	struct exchange login;
	/** whether there is a token, or etcd needs none */
	bool logged_in;
};

/** From a reader of the exchange: stop, because memory ran out. */
static bool
out_of_memory(struct v3* v3, enum etcd_result result)
{
	return exchange_stop(&v3->exchange, result, "out of memory");
}

/* --- refusals ------------------------------------------------------------ */

/** gRPC's status codes (grpc/statuscodes.h), as far as they matter */
enum grpc_code {
	GRPC_PERMISSION_DENIED = 7,
	GRPC_UNAUTHENTICATED = 16
};

/** Whether an error says that an answer does not pass etcd's own gateway,
 * which up to 3.4.16 or so takes 4 MiB, or a proxy of the kind. */
static bool
is_too_large(const char* text)
{
	return strstr(text, "larger than max") != NULL;
}

/** Whether an error says that the token is missing, or not good any more. */
static bool
is_about_token(const char* text)
{
	return strstr(text, "user name is empty") ||
		strstr(text, "invalid auth token") ||
		strstr(text, "revision of auth store is old");
}

/**
 * What an error means. Compacted and future revision have one code and are
 * told apart by their text.
 * @param json: the object with the members `message` and `code`, or, inside a
 *	stream of etcd 3.4, `grpc_code`.
 */
static enum etcd_result
refused(struct etcd_link* link, const cJSON* json)
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
	if(strstr(text, "compacted"))
		return link_ended(link, ETCD_RELIST, "etcd has compacted the "
			"revision that was asked for");
	if(strstr(text, "future revision"))
		return link_ended(link, ETCD_BEHIND,
			"etcd is behind: it does not know revision %" PRId64,
			link->revision);
	if(number == GRPC_UNAUTHENTICATED || is_about_token(text))
		return link_ended(link, ETCD_UNAUTHENTICATED,
			"etcd refuses: %s", text);
	if(number == GRPC_PERMISSION_DENIED)
		return link_ended(link, ETCD_DENIED, "etcd refuses: %s; the "
			"user needs to be granted to read below %s/", text,
			link->settings->prefix);
	return link_ended(link, ETCD_LOST, "etcd says: %s", text);
}

/** A reader's function: what an answer means that has another status than
 * 200. */
static enum etcd_result
call_refused(void* arg, const struct call* call)
{
	struct etcd_link* link = ((struct v3*)arg)->link;
	enum etcd_result result;
	cJSON* json = cJSON_Parse(call->refusal);
	if(call->status == 404 && !link_is_page(call))
		result = link_ended(link, ETCD_LOST, "HTTP status 404: this is "
			"no etcd with the v3 gateway (3.4 or later); an etcd "
			"that was started by --config-file has it if that "
			"says `enable-grpc-gateway: true`, etcd grpc-proxy "
			"never, and the port for peers (2380) neither: the "
			"one for clients is wanted (2379)");
	else if(!cJSON_IsObject(json))
		result = link_refused(link, call);
	else {
		result = refused(link, json);
		if(call->status == 401)
			result = ETCD_UNAUTHENTICATED;
	}
	cJSON_Delete(json);
	return result;
}

/* --- who asks ------------------------------------------------------------ */

/** The answer to a login: a token. */
static bool
login_message(void* arg, cJSON* json)
{
	struct v3* v3 = arg;
	const cJSON* token = cJSON_GetObjectItemCaseSensitive(json, "token");
	if(!cJSON_IsString(token) || strpbrk(token->valuestring, "\r\n"))
		return exchange_stop(&v3->login, ETCD_LOST,
			"the answer to a login has no token");
	if(!client_authorize(v3->link->client, token->valuestring))
		return exchange_stop(&v3->login, ETCD_LOST, "out of memory");
	v3->logged_in = true;
	return true;
}

/** An etcd whose authentication is not enabled needs no token. */
static enum etcd_result
login_refused(void* arg, const struct call* call)
{
	struct v3* v3 = arg;
	enum etcd_result result;
	if(strstr(call->refusal, "authentication is not enabled")) {
		v3->logged_in = true;
		return ETCD_OK;
	}
	result = call_refused(arg, call);
	if(strstr(call->refusal, "authentication failed"))
		return link_ended(v3->link, ETCD_DENIED, "etcd knows no user "
			"%.100s with the password in %.200s",
			v3->link->settings->username,
			v3->link->settings->password_file);
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
	if(!password_read(link->settings->password_file, password,
		link->reason, sizeof(link->reason)))
		return NULL;
	(void)link_ended(link, ETCD_LOST, "out of memory");
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

/** Have etcd know who asks. */
static enum etcd_result
login(struct v3* v3)
{
	const struct etcd_settings* settings = v3->link->settings;
	enum etcd_result result;
	char* body;
	v3->logged_in = false;
	(void)client_authorize(v3->link->client, NULL);
	if(!settings->username)
		return link_ended(v3->link, ETCD_DENIED, "etcd wants to know "
			"who asks; expected username and password-file in the "
			"configuration");
	body = login_body(v3);
	if(!body)
		return ETCD_DENIED;
	result = exchange_perform(&v3->login, &login_reader,
		"/v3/auth/authenticate", body, settings->heartbeat,
		settings->request_timeout);
	explicit_bzero(body, strlen(body));
	cJSON_free(body);
	if(result == ETCD_OK && !v3->logged_in)
		return link_ended(v3->link, ETCD_LOST,
			"the answer to a login is empty");
	return result == ETCD_UNAUTHENTICATED ? ETCD_DENIED : result;
}

/** Take a step; where etcd does not know who asks, log in and take it again,
 * once. */
static enum etcd_result
step_logged_in(struct v3* v3, enum etcd_result (*step)(struct v3* v3))
{
	enum etcd_result result = ETCD_OK;
	if(v3->link->settings->username && !v3->logged_in)
		result = login(v3);
	if(result == ETCD_OK)
		result = step(v3);
	if(result != ETCD_UNAUTHENTICATED)
		return result;
	result = login(v3);
	if(result == ETCD_OK)
		result = step(v3);
	return result == ETCD_UNAUTHENTICATED ? ETCD_DENIED : result;
}

/* --- what was told ------------------------------------------------------- */

/** Have the sink make visible what it was told. */
static bool
commit(struct v3* v3)
{
	v3->uncommitted = 0;
	return v3->link->sink->commit(v3->link->sink->arg);
}

/** Remember a key that was put. */
static bool
note_put(struct v3* v3, const struct v3_kv* kv)
{
	return history_put(&v3->history, kv->key, kv->key_len,
		kv->create_revision, kv->mod_revision, kv->value,
		kv->value_len);
}

/** Ask for keys. @param patience: as for exchange_perform. */
static enum etcd_result
range(struct v3* v3, const struct exchange_reader* reader, const char* body,
	unsigned patience)
{
	return exchange_perform(&v3->exchange, reader, "/v3/kv/range", body,
		patience, v3->link->settings->request_timeout);
}

/* --- list ---------------------------------------------------------------- */

/** The page after this one begins right behind its last key. */
static bool
list_note_next(struct v3* v3, const struct v3_kv* kv)
{
	size_t len = kv->key_len + 1;
	if(len > v3->next_size) {
		char* next = realloc(v3->next, len * 2);
		if(!next)
			return false;
		v3->next = next;
		v3->next_size = len * 2;
	}
	memcpy(v3->next, kv->key, kv->key_len);
	v3->next[kv->key_len] = 0;
	v3->next_len = len;
	return true;
}

/** One key of a page. */
static bool
list_kv(struct v3* v3, const struct v3_kv* kv)
{
	const struct etcd_sink* sink = v3->link->sink;
	if(v3->page_keys == 0)
		v3->page_began = clock_now();
	if(++v3->page_keys > v3->page)
		return exchange_stop(&v3->exchange, ETCD_LOST,
			"a page has more keys than were asked for");
	if(kv->mod_revision > v3->link->revision)
		v3->newer = true;
	if(!list_note_next(v3, kv) || !note_put(v3, kv) || !sink->put(
		sink->arg, kv->key, kv->key_len, kv->value, kv->value_len,
		kv->mod_revision))
		return out_of_memory(v3, ETCD_LOST);
	v3->link->listed++;
	return ++v3->uncommitted < COMMIT_EVENTS || commit(v3) ||
		out_of_memory(v3, ETCD_LOST);
}

static bool
list_piece(void* arg, cJSON* json)
{
	struct v3* v3 = arg;
	struct v3_kv kv;
	return v3_json_kv(json, &kv) ? list_kv(v3, &kv) : exchange_stop(
		&v3->exchange, ETCD_LOST, "a key in the list can't be read");
}

static size_t
list_text(void* arg, const char* text, size_t len)
{
	struct v3* v3 = arg;
	struct v3_kv kv;
	size_t used = v3_text_kv(text, len, &kv, &v3->room);
	return used == 0 || list_kv(v3, &kv) ? used : JSON_STREAM_STOP;
}

/** The rest of a page. */
static bool
list_message(void* arg, cJSON* json)
{
	struct v3* v3 = arg;
	if(!v3_json_header(json, &v3->header))
		return exchange_stop(&v3->exchange, ETCD_LOST,
			"the answer to a list has no header");
	v3->more = v3_json_true(json, "more");
	return true;
}

static const struct exchange_reader list_reader = {
	list_text, list_piece, list_message, call_refused
};

/**
 * Write the body of a request for a page.
 * @param revision: the revision to show; 0: the newest.
 * @return owned by the caller; NULL if memory ran out.
 */
static char*
page_body(const struct v3* v3, int64_t revision)
{
	char* key64 = v3->next_len > 0 ?
		malloc(BASE64_SIZE(v3->next_len)) : NULL;
	char* body = NULL;
	if(v3->next_len > 0 && !key64)
		return NULL;
	if(key64)
		base64_encode(v3->next, v3->next_len, key64);
	if(asprintf(&body, "{\"key\":\"%s\",\"range_end\":\"%s\","
		"\"limit\":\"%u\",\"revision\":\"%" PRId64 "\"}",
		key64 ? key64 : v3->first64, v3->end64, v3->page,
		revision) < 0)
		body = NULL;
	free(key64);
	return body;
}

/**
 * The next pages are larger if this one was as large as it could be, and one
 * of twice the keys, which takes twice the time at the most, is sure to be
 * neither too slow nor too large.
 */
static void
page_grow(struct v3* v3)
{
	const int64_t began = v3->page_began - v3->page_asked;
	const int64_t took = clock_now() - v3->page_asked;
	const uint64_t received = v3->exchange.call.received;
	bool refused = v3->page_octets < PAGE_OCTETS;
	if(refused && received > v3->page_octets)
		v3->page_octets = received < PAGE_OCTETS ? received :
			PAGE_OCTETS;
	if(v3->page_keys == v3->page && (refused || v3->page >= PAGE_KEYS) &&
		v3->page <= v3->page_most / 2 &&
		received <= v3->page_octets / 2 &&
		began * PAGE_HASTE <= (int64_t)v3->patience &&
		took * PAGE_HASTE <=
		(int64_t)v3->link->settings->request_timeout)
		v3->page *= 2;
}

/** A page failed: is it too large? */
static void
page_shrink(struct v3* v3)
{
	const struct call* call = &v3->exchange.call;
	/* whatever the reason is, it has to do with the size if it comes
	 * again, as from a proxy that has a limit */
	if(v3->page > PAGE_KEYS)
		v3->page_most = v3->page / 2;
	/* too slow */
	if(v3->page > 1 && call->timed_out && v3->page_keys > 0)
		v3->page /= 2;
	/* more requests are no answer to what says that they are too many */
	if(call->status != 0 && call->status != 429 && !call->timed_out)
		v3->page_failures++;
}

/** Ask for one page, and tell its keys. */
static enum etcd_result
list_page(struct v3* v3, int64_t revision)
{
	enum etcd_result result;
	char* body = page_body(v3, revision);
	if(!body)
		return link_ended(v3->link, ETCD_LOST, "out of memory");
	v3->page_keys = 0;
	v3->page_asked = clock_now();
	v3->more = false;
	memset(&v3->header, 0, sizeof(v3->header));
	result = range(v3, &list_reader, body, v3->patience);
	free(body);
	if(result == ETCD_OK && v3->header.revision == 0)
		return link_ended(v3->link, ETCD_LOST,
			"the answer to a list is empty");
	if(result == ETCD_OK && v3->header.cluster_id == 0)
		return link_ended(v3->link, ETCD_LOST,
			"the answer to a list has no cluster's id");
	if(result == ETCD_OK && v3->more && v3->page_keys == 0)
		return link_ended(v3->link, ETCD_LOST,
			"a page of the list is empty");
	if(result == ETCD_OK)
		page_grow(v3);
	else if(result == ETCD_LOST)
		page_shrink(v3);
	return result;
}

/** Whose answer it is, and as of when. */
static bool
judge_message(void* arg, cJSON* json)
{
	struct v3* v3 = arg;
	if(!list_message(arg, json))
		return false;
	v3->exchange.result = link_judge(v3->link, v3->header.cluster_id,
		v3->header.revision);
	return v3->exchange.result == ETCD_OK;
}

static const struct exchange_reader judge_reader = {
	NULL, NULL, judge_message, call_refused
};

/** Before the keys are told: is this etcd one that may know something
 * newer? */
static enum etcd_result
list_judge(struct v3* v3)
{
	enum etcd_result result;
	if(v3->link->cluster == 0 || v3->link->replaced)
		return ETCD_OK;
	memset(&v3->header, 0, sizeof(v3->header));
	result = range(v3, &judge_reader, v3->probe_body,
		v3->link->settings->heartbeat);
	if(result == ETCD_OK && v3->header.revision == 0)
		return link_ended(v3->link, ETCD_LOST, "the answer is empty");
	return result;
}

/** Ask etcd for a key. Keeps the reason. @return whether it answered. */
static bool
ping_etcd(struct v3* v3)
{
	char reason[sizeof(v3->link->reason)];
	bool alive;
	strcpy(reason, v3->link->reason);
	alive = range(v3, &judge_reader, v3->probe_body,
		v3->link->settings->heartbeat) == ETCD_OK;
	(void)link_ended(v3->link, ETCD_LOST, "%s", reason);
	return alive;
}

/**
 * Nothing of a page came in time. If etcd answers otherwise, it is only slow,
 * as it makes up the whole page before it begins to answer: allow more time,
 * or, where there is no more, as with large values, far fewer keys.
 * @return whether to ask for the page again.
 */
static bool
page_retry_slow(struct v3* v3)
{
	const unsigned most = v3->link->settings->request_timeout;
	const struct call* call = &v3->exchange.call;
	if(!call->timed_out || v3->page_keys > 0 ||
		(v3->patience >= most && v3->page == 1) || !ping_etcd(v3))
		return false;
	if(v3->page > v3->page_most)
		v3->page = v3->page_most;
	else if(v3->patience >= most)
		v3->page = v3->page > 8 ? v3->page / 8 : 1;
	else	v3->patience = v3->patience < most / 2 ?
			v3->patience * 2 : most;
	return true;
}

/**
 * A page failed. If it is too large for what it has to pass, ask for fewer
 * keys: if the refusal says so, or pages fail again and again though etcd
 * answers otherwise.
 * @return whether to ask for the page again.
 */
static bool
page_retry_large(struct v3* v3)
{
	const struct call* call = &v3->exchange.call;
	const unsigned page = v3->page;
	bool large = call->status == 413 || is_too_large(call->refusal);
	if(page == 1 || (!large && (v3->page_failures < PAGE_FAILURES ||
		!ping_etcd(v3))))
		return false;
	v3->page_failures = 0;
	v3->page_octets = 0;
	v3->page = large ? page / 2 : page > 8 ? page / 8 : 1;
	helix_info("etcd %s: %s; listing %u keys at a time",
		client_endpoint(v3->link->client), v3->link->reason,
		v3->page);
	return true;
}

/** Ask for all pages, each as of the revision of the first. */
static enum etcd_result
list_pages(struct v3* v3, struct v3_header* first)
{
	memset(first, 0, sizeof(*first));
	do {
		enum etcd_result result;
		do	result = list_page(v3, first->revision);
		while(result == ETCD_LOST &&
			(page_retry_large(v3) || page_retry_slow(v3)));
		if(result != ETCD_OK)
			return result;
		if(first->revision == 0)
			*first = v3->header;
		if(first->cluster_id != v3->header.cluster_id)
			return link_ended(v3->link, ETCD_LOST,
				"the cluster changed during the list");
		/* behind a proxy, another one than was asked before */
		if(link_judge(v3->link, first->cluster_id, first->revision) !=
			ETCD_OK)
			return ETCD_BEHIND;
	} while(v3->more);
	return ETCD_OK;
}

/** A list was made because the watch had told nothing. If the list has shown
 * something new, lists take the place of the watch; else the watch is trusted
 * for longer. */
static void
list_settle_doubt(struct v3* v3)
{
	if(v3->doubting && v3->newer)
		v3->stalls = STALLS;
	else if(v3->doubting && v3->trust < SILENCE_MAX)
		v3->trust *= 2;
	v3->doubting = false;
}

static enum etcd_result
list(struct v3* v3)
{
	struct etcd_link* link = v3->link;
	enum etcd_result result;
	struct v3_header first;
	link->listed = 0;
	v3->newer = false;
	if(v3->page > PAGE_KEYS)
		v3->page = PAGE_KEYS;
	result = list_judge(v3);
	if(result != ETCD_OK)
		return result;
	history_clear(&v3->history);
	v3->uncommitted = 0;
	v3->patience = link->settings->heartbeat;
	v3->page_octets = PAGE_OCTETS;
	v3->next_len = 0;
	link->sink->list_begin(link->sink->arg);
	result = list_pages(v3, &first);
	if(result == ETCD_OK && !link->sink->list_end(link->sink->arg,
		first.cluster_id, first.revision))
		result = link_ended(v3->link, ETCD_LOST, "out of memory");
	if(result != ETCD_OK) {
		link->sink->rollback(link->sink->arg);
		return result;
	}
	list_settle_doubt(v3);
	v3->page_failures = 0;
	v3->raft_term = first.raft_term;
	link->cluster = first.cluster_id;
	link->revision = first.revision;
	link->replaced = false;
	if(v3->page < PAGE_KEYS)
		v3->page = v3->page < PAGE_KEYS / 2 ? v3->page * 2 : PAGE_KEYS;
	return ETCD_OK;
}

static enum etcd_result
v3_list(void* state)
{
	return step_logged_in(state, list);
}

/* --- resume -------------------------------------------------------------- */

/** The key that was asked for: is it as it was? */
static bool
resume_piece(void* arg, cJSON* json)
{
	struct v3* v3 = arg;
	const struct history_anchor* anchor = history_last(&v3->history,
		v3->link->revision);
	struct v3_kv kv;
	v3->found = true;
	v3->unchanged = anchor && v3_json_kv(json, &kv) &&
		history_anchor_is(anchor, kv.key, kv.key_len,
		kv.create_revision, kv.mod_revision, kv.value, kv.value_len);
	return true;
}

static const struct exchange_reader resume_reader = {
	NULL, resume_piece, list_message, call_refused
};

/** Whether watching from the past would take longer than listing. */
static bool
gap_is_large(const struct v3* v3)
{
	int64_t gap = v3->header.revision - v3->link->revision;
	return gap / CATCH_UP_RATE >
		1 + (int64_t)v3->link->listed / LIST_RATE;
}

/** What the answer about the anchor means. */
static enum etcd_result
resume_judge(struct v3* v3)
{
	const struct v3_header* now = &v3->header;
	if(now->revision == 0)
		return link_ended(v3->link, ETCD_LOST, "the answer is empty");
	if(link_judge(v3->link, now->cluster_id, now->revision) != ETCD_OK)
		return ETCD_BEHIND;
	if(now->raft_term < v3->raft_term)
		return link_ended(v3->link, ETCD_BEHIND,
			"the cluster has begun anew (raft term %" PRIu64
			", was %" PRIu64 ")", now->raft_term, v3->raft_term);
	if(!v3->unchanged)
		return link_ended(v3->link, ETCD_BEHIND,
			"etcd's history is another one than was seen: it was "
			"wiped or restored");
	if(gap_is_large(v3))
		return link_ended(v3->link, ETCD_RELIST,
			"%" PRId64 " revisions were missed, listing is faster",
			now->revision - v3->link->revision);
	return ETCD_OK;
}

/** Ask for a key as it was at the revision up to which everything is known. */
static enum etcd_result
resume_ask(struct v3* v3, const struct history_anchor* key)
{
	enum etcd_result result;
	char* key64 = malloc(BASE64_SIZE(key->len));
	char* body = NULL;
	if(key64) {
		base64_encode(key->key, key->len, key64);
		if(asprintf(&body, "{\"key\":\"%s\",\"revision\":\"%" PRId64
			"\"}", key64, v3->link->revision) < 0)
			body = NULL;
	}
	free(key64);
	if(!body)
		return link_ended(v3->link, ETCD_LOST, "out of memory");
	v3->found = v3->unchanged = false;
	memset(&v3->header, 0, sizeof(v3->header));
	result = range(v3, &resume_reader, body,
		v3->link->settings->heartbeat);
	free(body);
	return result;
}

/**
 * Where a deletion is the last that was seen, the anchor is older, and a
 * backup from between them has it too: there, the deleted key is back.
 */
static enum etcd_result
resume_ask_deleted(struct v3* v3)
{
	enum etcd_result result;
	const struct history_anchor* anchor = history_last(&v3->history,
		v3->link->revision);
	const struct history_anchor* deleted = &v3->history.deleted;
	if(!deleted->key || deleted->mod_revision < anchor->mod_revision)
		return ETCD_OK;
	result = resume_ask(v3, deleted);
	if(result == ETCD_OK && v3->found)
		return link_ended(v3->link, ETCD_BEHIND,
			"a key that was deleted is back: etcd was restored "
			"from a backup");
	return result;
}

static enum etcd_result
resume(struct v3* v3)
{
	const struct history_anchor* anchor = history_last(&v3->history,
		v3->link->revision);
	enum etcd_result result;
	/* of a deletion in a message that was cut off, the key is still
	 * there; which one was deleted before is not known */
	if(!anchor || v3->history.deleted.mod_revision >
		v3->link->revision)
		return link_ended(v3->link, ETCD_RELIST,
			"there is no key by which to check etcd's history");
	result = resume_ask(v3, anchor);
	if(result == ETCD_OK)
		result = resume_judge(v3);
	if(result == ETCD_OK)
		result = resume_ask_deleted(v3);
	if(result == ETCD_OK && v3->header.raft_term > v3->raft_term)
		v3->raft_term = v3->header.raft_term;
	return result;
}

static enum etcd_result
v3_resume(void* state)
{
	return step_logged_in(state, resume);
}

/* --- watch --------------------------------------------------------------- */

/** Everything up to the last event was told: commit it. */
static bool
watch_commit(struct v3* v3)
{
	if(!commit(v3))
		return out_of_memory(v3, ETCD_RELIST);
	v3->link->revision = v3->event_revision;
	v3->telling = true;
	link_confirm(v3->link);
	return true;
}

/** Etcd has begun to watch. */
static bool
watch_created(struct v3* v3)
{
	struct etcd_link* link = v3->link;
	if(v3->watching)
		return exchange_stop(&v3->exchange, ETCD_LOST,
			"etcd began the watch twice");
	v3->watching = true;
	v3->created_at = v3->header.revision;
	link->watching(link->arg);
	/* else events are to come, or it was elsewhere that something
	 * changed: the probe is to see, and soon */
	if(v3->created_at <= link->revision)
		link_confirm(link);
	else	v3->probe.began -= link->settings->heartbeat;
	return true;
}

/** Etcd ends the watch by an error. A message that does not pass will not pass
 * the next time either. */
static bool
watch_failed(struct v3* v3, const cJSON* error)
{
	struct exchange* exchange = &v3->exchange;
	char reason[sizeof(v3->link->reason)];
	exchange->result = refused(v3->link, error);
	v3->failed = true;
	strcpy(reason, v3->link->reason);
	return !is_too_large(reason) ? false : exchange_stop(exchange,
		ETCD_RELIST, "%.300s, so that what has changed can only be "
		"listed", reason);
}

/**
 * The revision moves on to that of another event: all events of the one
 * before were told, since etcd does not part a revision. In a long message,
 * they are committed now.
 */
static bool
watch_advance(struct v3* v3, int64_t revision)
{
	if(revision != v3->event_revision &&
		v3->uncommitted >= COMMIT_EVENTS && !watch_commit(v3))
		return false;
	v3->event_revision = revision;
	v3->uncommitted++;
	return true;
}

/** One event. */
static bool
watch_event(struct v3* v3, const struct v3_kv* kv, bool deletion)
{
	const struct etcd_sink* sink = v3->link->sink;
	bool ok;
	if(kv->mod_revision <= v3->link->revision)
		return true;
	if(kv->mod_revision < v3->event_revision)
		return exchange_stop(&v3->exchange, ETCD_RELIST,
			"events are out of order");
	if(!watch_advance(v3, kv->mod_revision))
		return false;
	if(deletion) {
		ok = history_delete(&v3->history, kv->key, kv->key_len,
			kv->mod_revision) && sink->remove(sink->arg, kv->key,
			kv->key_len, kv->mod_revision);
	} else {
		ok = note_put(v3, kv) && sink->put(sink->arg, kv->key,
			kv->key_len, kv->value, kv->value_len,
			kv->mod_revision);
	}
	return ok || out_of_memory(v3, ETCD_RELIST);
}

static bool
watch_piece(void* arg, cJSON* json)
{
	struct v3* v3 = arg;
	struct v3_kv kv;
	bool deletion;
	return v3_json_event(json, &kv, &deletion) ?
		watch_event(v3, &kv, deletion) : exchange_stop(&v3->exchange,
		ETCD_RELIST, "an event can't be read");
}

static size_t
watch_text(void* arg, const char* text, size_t len)
{
	struct v3* v3 = arg;
	struct v3_kv kv;
	bool deletion;
	size_t used = v3_text_event(text, len, &kv, &deletion, &v3->room);
	return used == 0 || watch_event(v3, &kv, deletion) ? used :
		JSON_STREAM_STOP;
}

/** etcd ends the watch. */
static bool
watch_canceled(struct v3* v3, const cJSON* result)
{
	const cJSON* reason = cJSON_GetObjectItemCaseSensitive(result,
		"cancel_reason");
	int64_t compacted;
	char text[200] = "no reason given";
	if(v3_json_i64(result, "compact_revision", &compacted) && compacted > 0)
		return exchange_stop(&v3->exchange, ETCD_RELIST,
			"etcd has compacted its history up to revision %"
			PRId64, compacted);
	if(cJSON_IsString(reason))
		link_show_text(reason->valuestring, text, sizeof(text));
	if(is_about_token(text))
		return exchange_stop(&v3->exchange, ETCD_UNAUTHENTICATED,
			"etcd refuses: %s", text);
	if(strstr(text, "permission denied"))
		return exchange_stop(&v3->exchange, ETCD_DENIED,
			"etcd refuses: %s; the user needs to be granted to "
			"read below %s/", text, v3->link->settings->prefix);
	return exchange_stop(&v3->exchange, ETCD_LOST,
		"etcd canceled the watch: %s", text);
}

/** The rest of a message of the watch. */
static bool
watch_message(void* arg, cJSON* json)
{
	struct v3* v3 = arg;
	const cJSON* error = cJSON_GetObjectItemCaseSensitive(json, "error");
	const cJSON* result = cJSON_GetObjectItemCaseSensitive(json,
		"result");
	const cJSON* id = cJSON_GetObjectItemCaseSensitive(result,
		"watch_id");
	if(error)
		return watch_failed(v3, cJSON_IsObject(error) ? error : json);
	if(!cJSON_IsObject(result) || !v3_json_header(result, &v3->header))
		return exchange_stop(&v3->exchange, ETCD_RELIST,
			"a message of the watch can't be read");
	if(v3_json_true(result, "canceled"))
		return watch_canceled(v3, result);
	if(v3->header.raft_term > v3->raft_term)
		v3->raft_term = v3->header.raft_term;
	if(v3_json_true(result, "created"))
		return watch_created(v3);
	if(v3->event_revision > v3->link->revision)
		return watch_commit(v3);
	if(!id && !cJSON_HasObjectItem(result, "events") &&
		v3->header.revision > v3->link->revision) {
		/* progress: all events up to this revision were told */
		v3->link->revision = v3->header.revision;
		v3->telling = true;
		link_confirm(v3->link);
	}
	return true;
}

static const struct exchange_reader watch_reader = {
	watch_text, watch_piece, watch_message, call_refused
};

/** Is it still the same cluster that answers? */
static bool
probe_message(void* arg, cJSON* json)
{
	struct v3* v3 = arg;
	struct exchange* exchange = &v3->probe.exchange;
	struct v3_header header;
	if(!v3_json_header(json, &header))
		return exchange_stop(exchange, ETCD_LOST,
			"the answer to a probe has no header");
	if(header.cluster_id != v3->link->cluster)
		return exchange_stop(exchange, ETCD_BEHIND,
			"another cluster answers");
	v3->probed = header.revision;
	return true;
}

static const struct exchange_reader probe_reader = {
	NULL, NULL, probe_message, call_refused
};

/** Write the body of the request to watch. */
static char*
watch_body(const struct v3* v3)
{
	char* body;
	if(asprintf(&body, "{\"create_request\":{\"key\":\"%s\","
		"\"range_end\":\"%s\",\"start_revision\":\"%" PRId64 "\","
		"\"progress_notify\":true}}", v3->first64, v3->end64,
		v3->link->revision) < 0)
		return NULL;
	return body;
}

/**
 * Let the probe go on: one key, for which etcd must ask its cluster's
 * majority. Etcd may forget who asks while it lets a watch go on.
 */
static enum etcd_result
watch_probe(struct v3* v3)
{
	bool answered;
	enum etcd_result result = probe_step(&v3->probe, &probe_reader,
		"/v3/kv/range", v3->probe_body, &answered);
	if(answered && (v3->watching || v3->probed <= v3->link->revision))
		link_probed(v3->link, v3->probed);
	if(result == ETCD_UNAUTHENTICATED)
		result = login(v3);
	return result == ETCD_DENIED ? ETCD_OK : result;
}

/** Note whether the watch goes on. @return true if it is silent for longer
 * than etcd would be. */
static bool
watch_check_silence(struct v3* v3)
{
	const uint64_t received = v3->exchange.call.received;
	if(v3->heard == 0 || (v3->watching && received != v3->received))
		v3->heard = clock_now();
	v3->received = received;
	return clock_now() - v3->heard > (v3->watching ? SILENCE_MAX :
		(int64_t)v3->link->settings->request_timeout);
}

/** Note that the watch has told nothing though etcd has changed; perhaps only
 * elsewhere than below the prefix. @return true if that lasts for too long; the
 * reason is written. */
static bool
watch_check_doubt(struct v3* v3)
{
	const int64_t now = clock_now();
	if(!v3->watching || v3->telling ||
		v3->probed <= v3->link->revision)
		return false;
	if(v3->doubted == 0)
		v3->doubted = now;
	if(now - v3->doubted <= v3->trust)
		return false;
	v3->doubting = true;
	(void)link_ended(v3->link, ETCD_RELIST, "the watch has told nothing "
		"for %" PRId64 " s, though etcd has changed",
		(now - v3->doubted) / 1000);
	return true;
}

/** Measure how fast the watch goes on. @return true if it does not begin, or
 * has stalled inside a message; the reason is written. */
static bool
watch_check_stall(struct v3* v3)
{
	bool silent = !v3->watching && watch_check_silence(v3);
	v3->stalled = silent || call_check_stall(&v3->exchange.call,
		!v3->watching || json_stream_is_between(&v3->exchange.stream));
	if(v3->stalled)
		(void)link_ended(v3->link, ETCD_LOST, silent ?
			"etcd does not answer" :
			"a message of the watch does not get on");
	return v3->stalled;
}

/** Ask to watch from what is known on. */
static enum etcd_result
watch_begin(struct v3* v3)
{
	char* body = watch_body(v3);
	bool ok;
	v3->watching = v3->failed = v3->telling = v3->stalled = false;
	v3->heard = v3->doubted = 0;
	v3->began = clock_now();
	v3->event_revision = 0;
	v3->uncommitted = 0;
	if(!body)
		return link_ended(v3->link, ETCD_LOST, "out of memory");
	ok = exchange_start(&v3->exchange, &watch_reader, "/v3/watch", body,
		0);
	free(body);
	return ok ? ETCD_OK : ETCD_LOST;
}

/** End the watch. A message that was cut off will be told again. */
static void
watch_end(struct v3* v3)
{
	exchange_end(&v3->exchange);
	v3->link->sink->rollback(v3->link->sink->arg);
}

/** Let the watch and its probes go on until something ends them. */
static enum etcd_result
watch_run(struct v3* v3)
{
	const struct etcd_settings* settings = v3->link->settings;
	enum etcd_result result;
	do {
		if(v3->exchange.call.done) {
			result = exchange_result(&v3->exchange);
			return result != ETCD_OK ? result : link_ended(
				v3->link, ETCD_LOST,
				"etcd closed the connection");
		}
		if(watch_check_stall(v3))
			return ETCD_LOST;
		if(watch_check_silence(v3))
			return link_ended(v3->link, ETCD_LOST,
				"the watch is silent, though etcd is there");
		if(watch_check_doubt(v3))
			return ETCD_RELIST;
		result = v3->watching ? watch_probe(v3) : ETCD_OK;
		if(result != ETCD_OK)
			return result;
	} while(client_wait(v3->link->client, settings->heartbeat / 4 + 1));
	return ETCD_STOPPED;
}

/** Whether a watch that has ended failed to tell something: it ended within a
 * message, by an error, or soon and before what etcd had. */
static bool
watch_is_broken(const struct v3* v3)
{
	return v3->watching && !v3->stalled && (v3->failed ||
		exchange_is_cut(&v3->exchange) ||
		(v3->created_at > v3->link->revision &&
		clock_now() - v3->began <
		(int64_t)v3->link->settings->request_timeout));
}

/* --- lists in the place of a watch --------------------------------------- */

/** How etcd is followed without a watch. */
struct lists {
	/** when a list may begin, and when a watch is to be tried;
	 * clock_now */
	int64_t list_at, try_at;
	/** whether it was said that etcd is followed */
	bool following;
};

/** Say that etcd is followed, and how. */
static void
lists_tell(struct v3* v3, struct lists* lists)
{
	if(lists->following)
		return;
	lists->following = true;
	v3->link->watching(v3->link->arg);
	if(v3->told_lists)
		return;
	v3->told_lists = true;
	helix_warning("etcd %s answers, but no watch gets through, as behind "
		"a proxy that buffers answers (nginx: proxy_buffering off); "
		"its revision is asked for every heartbeat, and all keys are "
		"listed when that has changed",
		client_endpoint(v3->link->client));
}

/** List if etcd has changed, and lists have not taken too much of the time. */
static enum etcd_result
lists_list(struct v3* v3, struct lists* lists)
{
	const int64_t began = clock_now();
	enum etcd_result result;
	if(v3->probed <= v3->link->revision || began < lists->list_at)
		return ETCD_OK;
	result = list(v3);
	if(result == ETCD_OK)
		link_confirm(v3->link);
	lists->list_at = clock_now() +
		(clock_now() - began) * (LIST_PART - 1);
	return result;
}

/** Let the lists go on, and now and then, for a heartbeat, an attempt to
 * watch. */
static enum etcd_result
lists_step(struct v3* v3, struct lists* lists)
{
	const int64_t heartbeat = v3->link->settings->heartbeat;
	const struct call* call = &v3->exchange.call;
	enum etcd_result result;
	if(call->open && !call->done && clock_now() - v3->began < heartbeat)
		return ETCD_OK;
	if(call->open) {
		watch_end(v3);
		lists->try_at = clock_now() + TRY_HEARTBEATS * heartbeat;
	}
	lists_tell(v3, lists);
	result = watch_probe(v3);
	if(result == ETCD_OK)
		result = lists_list(v3, lists);
	if(result == ETCD_OK && clock_now() >= lists->try_at)
		result = watch_begin(v3);
	return result;
}

/** Follow etcd by lists until a watch has begun, or something ends them.
 * @param lists: when to try to watch. */
static enum etcd_result
lists_run(struct v3* v3, struct lists* lists)
{
	const unsigned heartbeat = v3->link->settings->heartbeat;
	enum etcd_result result = ETCD_OK;
	v3->watching = v3->stalled = false;
	if(lists->try_at <= clock_now())
		result = watch_begin(v3);
	while(result == ETCD_OK && !v3->watching) {
		if(!client_wait(v3->link->client, heartbeat / 4 + 1))
			return ETCD_STOPPED;
		if(!v3->watching)
			result = lists_step(v3, lists);
	}
	return result;
}

/** A watch has ended: count those that stalled. One that did not begin is not
 * worth another. @return true if lists are to take its place. */
static bool
lists_decide(struct v3* v3, enum etcd_result result)
{
	if(!v3->stalled) {
		if(v3->watching)
			v3->stalls = 0;
		v3->told_lists = v3->told_lists && v3->stalls > 0;
		return false;
	}
	if(result != ETCD_LOST || !ping_etcd(v3))
		return false;
	v3->stalls = v3->watching ? v3->stalls + 1 : STALLS;
	return v3->stalls >= STALLS;
}

/** Watch, or what takes the place of that, until something ends it. */
static enum etcd_result
watch(struct v3* v3)
{
	/* another endpoint may have no such proxy: try at once */
	struct lists lists = { 0, 0, false };
	bool by_lists = v3->stalls >= STALLS;
	enum etcd_result result;
	probe_begin(&v3->probe, v3->link, v3);
	do {
		result = by_lists ? lists_run(v3, &lists) : watch_begin(v3);
		if(result == ETCD_OK)
			result = watch_run(v3);
		result = link_watch_ended(v3->link, result,
			watch_is_broken(v3));
		watch_end(v3);
		by_lists = lists_decide(v3, result);
		lists = (struct lists){ 0, clock_now() + TRY_HEARTBEATS *
			(int64_t)v3->link->settings->heartbeat, false };
	} while(by_lists);
	probe_end(&v3->probe);
	return result;
}

static enum etcd_result
v3_watch(void* state)
{
	return step_logged_in(state, watch);
}

/* --- life ---------------------------------------------------------------- */

static void
v3_close(void* state)
{
	struct v3* v3 = state;
	if(!v3)
		return;
	history_clear(&v3->history);
	v3_kv_room_clear(&v3->room);
	free(v3->next);
	free(v3->first);
	free(v3->first64);
	free(v3->end64);
	free(v3->probe_body);
	free(v3);
}

static void*
v3_open(struct etcd_link* link)
{
	const char* prefix = link->settings->prefix;
	size_t len = strlen(prefix) + 1;
	struct v3* v3 = calloc(1, sizeof(*v3));
	if(!v3)
		return NULL;
	v3->link = link;
	v3->page = PAGE_KEYS;
	v3->page_most = UINT_MAX;
	v3->page_octets = PAGE_OCTETS;
	v3->trust = TRUST_HEARTBEATS * (int64_t)link->settings->heartbeat;
	exchange_init(&v3->exchange, link, v3);
	exchange_init(&v3->login, link, v3);
	v3->first = malloc(len + 1);
	v3->first64 = malloc(BASE64_SIZE(len));
	v3->end64 = malloc(BASE64_SIZE(len));
	if(!v3->first || !v3->first64 || !v3->end64) {
		v3_close(v3);
		return NULL;
	}
	sprintf(v3->first, "%s0", prefix);
	base64_encode(v3->first, len, v3->end64);
	v3->first[len - 1] = '/';
	base64_encode(v3->first, len, v3->first64);
	if(asprintf(&v3->probe_body, "{\"key\":\"%s\",\"keys_only\":true}",
		v3->first64) < 0) {
		v3->probe_body = NULL;
		v3_close(v3);
		return NULL;
	}
	return v3;
}

const struct etcd_protocol etcd_v3 = {
	"v3", v3_open, v3_close, v3_list, v3_resume, v3_watch
};
