/*
 * etcd/v2.c - etcd's v2 API.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "etcd/v2.h"
#include "etcd/history.h"
#include "base/base64.h"
#include "etcd/password.h"
#include "etcd/probe.h"
#include "base/log.h"
#include "base/clock.h"
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** keys of a list after which they are committed */
#define COMMIT_KEYS 1024
/** events that etcd keeps; polls from before them are refused */
#define HISTORY_EVENTS 1000
/** longest path of a key that is asked for; etcd's server drops requests
 * whose first line is over 4,096 octets, without a word */
#define URL_MAX 3500
/** polls in a row of which nothing comes before the keys are listed, if etcd
 * has changed; perhaps only elsewhere than below the prefix */
#define KEPT_BACK_POLLS 12
/** how long etcd may take to tell an event that it still has, in
 * milliseconds, before it is taken to have none */
#define HISTORY_PATIENCE 1000

/** A key, a directory, or what became of it. */
struct node {
	/** the key, from the root on; inside the JSON */
	const char* key;
	/** the value, inside the JSON; "" for a directory */
	const char* value;
	/** whether it is a directory */
	bool dir;
	/** index at which the key came into being */
	int64_t created;
	/** index of the put or the deletion */
	int64_t modified;
};

/** A directory that is listed and watched by itself. */
struct poll {
	/** what it belongs to */
	struct v2* v2;
	/** its key, without a final '/'; owned */
	char* root;
	/** octets of root */
	size_t root_len;
	/** path of its URL, with a final '/'; owned */
	char* path;
	/** the poll that is under way */
	struct exchange exchange;
	/** everything up to this index was told */
	int64_t index;
	/** the index up to which etcd had looked when this poll began; 0: it
	 * has not begun */
	int64_t looked;
	/** index that `looked` must have reached, unless the member that is
	 * polled is behind the others */
	int64_t due;
	/** when this poll was sent, when it began, and when it was
	 * half-closed; clock_now */
	int64_t sent, began, ended;
	/** polls in a row of whose answer nothing has come */
	unsigned kept_back;
	/** whether a poll of this directory has begun since the watch did */
	bool begun;
	/** whether this poll has told an event */
	bool told;
	/** whether it had one that may not be the next */
	bool unsure;
	/** whether it was half-closed */
	bool ending;
};

struct v2 {
	/** what to work with */
	struct etcd_link* link;
	/** the prefix, and then the hidden directories; owned */
	struct poll* polls;
	/** number of them */
	size_t poll_count;
	/** a list, or a question about history */
	struct exchange exchange;
	/** the directory that is being listed */
	struct poll* listing;
	/** detects that etcd was wiped or restored */
	struct history history;
	/** list: id of the cluster that answers; 0: none has yet */
	uint64_t cluster;
	/** keys that were told since the last commit */
	unsigned uncommitted;
	/** resume: etcd's index, as the answer has it */
	int64_t index;
	/** resume: whether the key, or the event, is as it was seen */
	bool unchanged;
	/** whether the polls have begun */
	bool watching;
	/** whether an event could not be told as a whole */
	bool broken;
	/** whether it was logged that answers are kept back */
	bool told_kept_back;
	/** beside the polls: whether etcd has a quorum */
	struct probe probe;
	/** path of the probe's URL; owned */
	char* probe_path;
	/** etcd's index as the last probe had it, and the one before */
	int64_t probed, probed_before;
};

/* --- answers ------------------------------------------------------------- */

static bool
json_index(const cJSON* object, const char* name, int64_t* value)
{
	const cJSON* item = cJSON_GetObjectItemCaseSensitive(object, name);
	/* cJSON has numbers as double */
	if(!cJSON_IsNumber(item) || item->valuedouble < 1 ||
		item->valuedouble > 9e15)
		return false;
	*value = (int64_t)item->valuedouble;
	return true;
}

static bool
json_node(const cJSON* json, struct node* node)
{
	const cJSON* key = cJSON_GetObjectItemCaseSensitive(json, "key");
	const cJSON* value = cJSON_GetObjectItemCaseSensitive(json, "value");
	node->key = cJSON_IsString(key) ? key->valuestring : NULL;
	node->value = cJSON_IsString(value) ? value->valuestring : "";
	node->dir = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(json,
		"dir"));
	return node->key && json_index(json, "createdIndex", &node->created) &&
		json_index(json, "modifiedIndex", &node->modified);
}

/** The index in an answer's head; 0 if there is none. */
static int64_t
head_index(const struct call* call)
{
	const char* text = call_header(call, "X-Etcd-Index");
	char* end;
	long long index;
	if(!text || *text < '0' || *text > '9')
		return 0;
	index = strtoll(text, &end, 10);
	return *end || index == INT64_MAX ? 0 : (int64_t)index;
}

/** The cluster's id in an answer's head, which is 64 bits in hexadecimal; 0 if
 * there is none. */
static uint64_t
head_cluster(const struct call* call)
{
	const char* text = call_header(call, "X-Etcd-Cluster-Id");
	char* end;
	uint64_t id;
	if(!text || !isxdigit((unsigned char)*text))
		return 0;
	id = strtoull(text, &end, 16);
	return *end || end - text > 16 ? 0 : id;
}

/** Whether it is the cluster that was listed that answers. */
static bool
head_is_known(const struct v2* v2, const struct call* call)
{
	return head_cluster(call) == v2->link->cluster;
}

/** etcd's own codes of errors, as far as they matter */
enum v2_error {
	V2_KEY_NOT_FOUND = 100,
	V2_NOT_A_DIRECTORY = 104,
	V2_UNAUTHORIZED = 110,
	V2_HISTORY_CLEARED = 401
};

/** The code in the body of a refusal, and its text; 0 if there is none. */
static int
refusal_code(const struct call* call, char* message, size_t size)
{
	cJSON* json = cJSON_Parse(call->refusal);
	const cJSON* code = cJSON_GetObjectItemCaseSensitive(json,
		"errorCode");
	const cJSON* text = cJSON_GetObjectItemCaseSensitive(json, "message");
	int number = cJSON_IsNumber(code) ? code->valueint : 0;
	link_show_text(cJSON_IsString(text) ? text->valuestring : call->refusal,
		message, size);
	cJSON_Delete(json);
	return number;
}

/** Whether a refusal says that there is no such key; there is none either
 * below a key that has a value. */
static bool
is_absent(const struct call* call)
{
	char text[100];
	int code = refusal_code(call, text, sizeof(text));
	return code == V2_KEY_NOT_FOUND || code == V2_NOT_A_DIRECTORY;
}

/** What an answer means that has another status than 200. */
static enum etcd_result
refused(struct v2* v2, const struct call* call)
{
	char text[100];
	int code = refusal_code(call, text, sizeof(text));
	if(code == V2_HISTORY_CLEARED)
		return link_ended(v2->link, ETCD_RELIST, "etcd has dropped "
			"the events that were asked for from its history of "
			"%d", HISTORY_EVENTS);
	if(code == V2_UNAUTHORIZED || (call->status == 401 &&
		*call->refusal == '{'))
		return link_ended(v2->link, ETCD_DENIED, "etcd refuses: %s",
			text);
	if(code == 0 && call->status == 404 && !link_is_page(call))
		return link_ended(v2->link, ETCD_LOST, "HTTP status 404: "
			"this etcd serves no v2 API; it needs "
			"--enable-v2=true (etcd up to 3.5), or else "
			"`api: v3` here; and the port for peers (2380) never "
			"serves it: use the one for clients (2379)");
	if(code != 0)
		return link_ended(v2->link, ETCD_LOST, "etcd says: %s (%d)",
			text, code);
	if(*call->refusal != '{')
		return link_refused(v2->link, call);
	return link_ended(v2->link, ETCD_LOST, "HTTP status %ld: %s",
		call->status, text);
}

/** How an action changes its key. */
static const struct action {
	/** its name */
	const char* name;
	/** whether the key is gone then */
	bool gone;
} actions[] = {
	{ "set", false },
	{ "create", false },
	{ "update", false },
	{ "compareAndSwap", false },
	{ "delete", true },
	{ "compareAndDelete", true },
	{ "expire", true },
};

static const struct action*
action_find(const cJSON* json)
{
	const cJSON* name = cJSON_GetObjectItemCaseSensitive(json, "action");
	size_t i;
	for(i = 0; cJSON_IsString(name) &&
		i < sizeof(actions) / sizeof(*actions); i++) {
		if(strcmp(actions[i].name, name->valuestring) == 0)
			return &actions[i];
	}
	return NULL;
}

/* --- keys ---------------------------------------------------------------- */

/** Whether a key is a directory, or below it. */
static bool
key_is_within(const char* key, const char* dir, size_t dir_len)
{
	return strncmp(key, dir, dir_len) == 0 &&
		(key[dir_len] == 0 || key[dir_len] == '/');
}

/** Whether a key is a poll's own: below its root, and not hidden there. A
 * poll that begins in etcd's history is told of hidden keys too. */
static bool
poll_owns(const struct poll* poll, const char* key)
{
	return key_is_within(key, poll->root, poll->root_len) &&
		!strstr(key + poll->root_len, "/_");
}

/**
 * Write a key as part of a URL.
 * @param before: what comes before it.
 * @return owned by the caller; NULL if memory ran out.
 */
static char*
key_url(const char* before, const char* key)
{
	char* url = malloc(strlen(before) + 3 * strlen(key) + 1);
	char* at = url;
	if(!url)
		return NULL;
	at += sprintf(at, "%s", before);
	for(; *key; key++) {
		unsigned char c = (unsigned char)*key;
		if((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			(c >= '0' && c <= '9') || strchr("-._~/", c))
			*at++ = (char)c;
		else	at += sprintf(at, "%%%02X", (unsigned)c);
	}
	*at = 0;
	return url;
}

/** Authenticate (RFC 7617). The password may have changed since. */
static enum etcd_result
login(struct v2* v2)
{
	const struct etcd_settings* settings = v2->link->settings;
	char password[PASSWORD_MAX + 1];
	char *pair = NULL, *value = NULL;
	bool ok = true;
	if(!settings->username)
		return ETCD_OK;
	if(!password_read(settings->password_file, password, v2->link->reason,
		sizeof(v2->link->reason)))
		return ETCD_DENIED;
	if(asprintf(&pair, "%s:%s", settings->username, password) < 0)
		pair = NULL;
	if(pair)
		value = malloc(6 + BASE64_SIZE(strlen(pair)));
	if(value) {
		strcpy(value, "Basic ");
		base64_encode(pair, strlen(pair), value + 6);
	}
	ok = value && client_authorize(v2->link->client, value);
	if(pair)
		explicit_bzero(pair, strlen(pair));
	if(value)
		explicit_bzero(value, strlen(value));
	explicit_bzero(password, sizeof(password));
	free(pair);
	free(value);
	return ok ? ETCD_OK : link_ended(v2->link, ETCD_LOST,
		"out of memory");
}

/** A key, as both APIs have it. */
static struct etcd_kv
node_kv(const struct node* node)
{
	return (struct etcd_kv){ node->key, strlen(node->key), node->value,
		strlen(node->value), node->modified, node->created };
}

/** Tell of a key that has a value. */
static bool
tell_put(struct v2* v2, const struct node* node)
{
	const struct etcd_sink* sink = v2->link->sink;
	const struct etcd_kv kv = node_kv(node);
	return history_put(&v2->history, &kv) && sink->put(sink->arg, kv.key,
		kv.key_len, kv.value, kv.value_len, kv.mod_revision);
}

/** All that was told is true as of this index. */
static void
know_index(struct poll* poll, int64_t index)
{
	struct etcd_link* link = poll->v2->link;
	poll->index = index;
	if(index > link->revision)
		link->revision = index;
}

/* --- list ---------------------------------------------------------------- */

/** The head of a list's answer: whose it is, and as of when. */
static enum etcd_result
list_head(struct v2* v2)
{
	const struct call* call = &v2->exchange.call;
	const uint64_t cluster = head_cluster(call);
	const int64_t index = head_index(call);
	if(index == 0 || cluster == 0)
		return link_ended(v2->link, ETCD_LOST, "the answer to a list "
			"has no index, or no cluster's id");
	if(v2->cluster == 0)
		v2->cluster = cluster;
	if(cluster != v2->cluster)
		return link_ended(v2->link, ETCD_LOST, "the cluster changed "
			"during the list");
	v2->listing->index = index;
	return link_judge(v2->link, cluster, index);
}

/** One key or directory of a list. */
static bool
list_piece(void* arg, cJSON* json)
{
	struct v2* v2 = arg;
	const struct etcd_sink* sink = v2->link->sink;
	struct node node;
	if(v2->listing->index == 0)
		v2->exchange.result = list_head(v2);
	if(v2->exchange.result != ETCD_OK)
		return false;
	if(!json_node(json, &node) || !poll_owns(v2->listing, node.key))
		return exchange_stop(&v2->exchange, ETCD_LOST,
			"a key in the list can't be read");
	if(node.dir)
		return true;
	if(!tell_put(v2, &node))
		return exchange_stop(&v2->exchange, ETCD_LOST,
			"out of memory");
	v2->link->listed++;
	if(++v2->uncommitted < COMMIT_KEYS)
		return true;
	v2->uncommitted = 0;
	return sink->commit(sink->arg) || exchange_stop(&v2->exchange,
		ETCD_LOST, "out of memory");
}

/** The rest of a list. */
static bool
list_message(void* arg, cJSON* json)
{
	struct v2* v2 = arg;
	if(!cJSON_IsObject(cJSON_GetObjectItemCaseSensitive(json, "node")))
		return exchange_stop(&v2->exchange, ETCD_LOST,
			"the answer to a list can't be read");
	v2->exchange.result = list_head(v2);
	return v2->exchange.result == ETCD_OK;
}

/** A directory that does not exist is empty, also where it is a key. */
static enum etcd_result
list_refused(void* arg, const struct call* call)
{
	struct v2* v2 = arg;
	return is_absent(call) ? list_head(v2) : refused(v2, call);
}

static const struct exchange_reader list_reader = {
	NULL, list_piece, list_message, list_refused
};

/** List one directory. How long etcd takes to write the answer grows with
 * the number of keys: only its silence is limited. */
static enum etcd_result
list_dir(struct poll* poll)
{
	struct v2* v2 = poll->v2;
	enum etcd_result result;
	char* url;
	if(asprintf(&url, "%s?recursive=true&quorum=true", poll->path) < 0)
		return link_ended(v2->link, ETCD_LOST, "out of memory");
	v2->listing = poll;
	poll->index = 0;
	result = exchange_perform(&v2->exchange, &list_reader, url, NULL,
		v2->link->settings->request_timeout, 0);
	free(url);
	if(result == ETCD_OK && poll->index == 0)
		return link_ended(v2->link, ETCD_LOST,
			"the answer to a list is empty");
	return result;
}

static enum etcd_result
v2_list(void* state)
{
	struct v2* v2 = state;
	struct etcd_link* link = v2->link;
	const struct etcd_sink* sink = link->sink;
	enum etcd_result result = login(v2);
	int64_t revision = 0;
	size_t i;
	link->listed = 0;
	if(result != ETCD_OK)
		return result;
	history_clear(&v2->history);
	v2->cluster = 0;
	v2->uncommitted = 0;
	sink->list_begin(sink->arg);
	for(i = 0; i < v2->poll_count && result == ETCD_OK; i++) {
		result = list_dir(&v2->polls[i]);
		if(v2->polls[i].index > revision)
			revision = v2->polls[i].index;
	}
	if(result == ETCD_OK && !sink->list_end(sink->arg, v2->cluster,
		revision))
		result = link_ended(link, ETCD_LOST, "out of memory");
	if(result != ETCD_OK) {
		sink->rollback(sink->arg);
		return result;
	}
	link->cluster = v2->cluster;
	link->revision = revision;
	link->replaced = false;
	return ETCD_OK;
}

/* --- resume -------------------------------------------------------------- */

/** The event that was told last; NULL if none was. */
static const struct history_anchor*
last_event(const struct v2* v2)
{
	const struct history_anchor* put = history_last(&v2->history,
		INT64_MAX);
	const struct history_anchor* deleted = &v2->history.deleted;
	if(deleted->key && (!put || deleted->mod_revision >
		put->mod_revision))
		return deleted;
	return put;
}

/** Whether a key is as it was put. */
static bool
node_is(const struct history_anchor* put, const struct node* node)
{
	const struct etcd_kv kv = node_kv(node);
	return history_anchor_is(put, &kv);
}

/** The head of an answer about history. */
static enum etcd_result
resume_head(struct v2* v2)
{
	const struct call* call = &v2->exchange.call;
	v2->index = head_index(call);
	if(v2->index == 0)
		return link_ended(v2->link, ETCD_LOST,
			"the answer has no index");
	return link_judge(v2->link, head_cluster(call), v2->index);
}

/** The key of the last event: is it as it was? */
static bool
resume_message(void* arg, cJSON* json)
{
	struct v2* v2 = arg;
	const struct history_anchor* last = last_event(v2);
	struct node node;
	v2->exchange.result = resume_head(v2);
	v2->unchanged = last != &v2->history.deleted && json_node(
		cJSON_GetObjectItemCaseSensitive(json, "node"), &node) &&
		!node.dir && node_is(last, &node);
	return v2->exchange.result == ETCD_OK;
}

/** What is above the prefix may not be ours to ask for. */
static enum etcd_result
resume_refused(void* arg, const struct call* call)
{
	struct v2* v2 = arg;
	enum etcd_result result = is_absent(call) ? resume_head(v2) :
		refused(v2, call);
	return result != ETCD_DENIED ? result : link_ended(v2->link,
		ETCD_RELIST, "etcd does not show the key by which to check "
		"its history");
}

static const struct exchange_reader resume_reader = {
	NULL, NULL, resume_message, resume_refused
};

/** The event that etcd has at the index of the last one. */
static bool
event_message(void* arg, cJSON* json)
{
	struct v2* v2 = arg;
	const struct history_anchor* last = last_event(v2);
	const struct action* action = action_find(json);
	struct node node;
	if(!action || !json_node(cJSON_GetObjectItemCaseSensitive(json,
		"node"), &node))
		return true;
	if(last == &v2->history.deleted)
		v2->unchanged = node.modified == last->mod_revision &&
			strcmp(node.key, last->key) == 0;
	else	v2->unchanged = !action->gone && node_is(last, &node);
	return true;
}

static enum etcd_result
event_refused(void* arg, const struct call* call)
{
	return refused(arg, call);
}

static const struct exchange_reader event_reader = {
	NULL, NULL, event_message, event_refused
};

/**
 * The last event's key has changed since: see whether etcd still has the
 * event.
 * @param path: of the key's URL.
 */
static enum etcd_result
resume_by_event(struct v2* v2, const char* path)
{
	const unsigned heartbeat = v2->link->settings->heartbeat;
	enum etcd_result result;
	char* url;
	if(asprintf(&url, "%s?wait=true&waitIndex=%" PRId64, path,
		last_event(v2)->mod_revision) < 0)
		return link_ended(v2->link, ETCD_LOST, "out of memory");
	result = exchange_perform(&v2->exchange, &event_reader, url, NULL,
		heartbeat < HISTORY_PATIENCE ? heartbeat : HISTORY_PATIENCE,
		heartbeat);
	free(url);
	/* it would have told the event at once */
	if(result == ETCD_LOST && v2->exchange.call.timed_out &&
		v2->exchange.call.status == 200)
		result = ETCD_OK;
	return result;
}

static enum etcd_result
v2_resume(void* state)
{
	struct v2* v2 = state;
	const struct etcd_settings* settings = v2->link->settings;
	const struct history_anchor* last = last_event(v2);
	enum etcd_result result = login(v2);
	char *path, *url = NULL;
	if(result != ETCD_OK)
		return result;
	if(!last)
		return link_ended(v2->link, ETCD_RELIST, "there is no key by "
			"which to check etcd's history");
	v2->unchanged = false;
	v2->index = 0;
	path = key_url("/v2/keys", last->key);
	if(path && strlen(path) > URL_MAX) {
		free(path);
		return link_ended(v2->link, ETCD_RELIST, "the key by which to "
			"check etcd's history is too long to ask for");
	}
	if(!path || asprintf(&url, "%s?quorum=true", path) < 0) {
		(void)link_ended(v2->link, ETCD_LOST, "out of memory");
		free(path);
		return ETCD_LOST;
	}
	result = exchange_perform(&v2->exchange, &resume_reader, url, NULL,
		settings->heartbeat, settings->request_timeout);
	if(result == ETCD_OK && v2->index == 0)
		result = link_ended(v2->link, ETCD_LOST,
			"the answer is empty");
	if(result == ETCD_OK && !v2->unchanged)
		result = resume_by_event(v2, path);
	if(result == ETCD_OK && !v2->unchanged)
		result = link_ended(v2->link, ETCD_BEHIND, "etcd's history "
			"has changed: etcd was wiped or restored");
	free(path);
	free(url);
	return result;
}

/* --- watch --------------------------------------------------------------- */

/** Tell of a key or directory that is gone. Of a directory, a poll tells what
 * is not hidden in it; the rest is for the polls of the hidden ones, which
 * are told by etcd themselves. */
static bool
tell_gone(struct poll* poll, const struct node* node)
{
	struct v2* v2 = poll->v2;
	const struct etcd_sink* sink = v2->link->sink;
	bool above = key_is_within(poll->root, node->key, strlen(node->key));
	const char* key = above ? poll->root : node->key;
	size_t len = strlen(key);
	if(!above && !poll_owns(poll, key))
		return true;
	if(!history_delete(&v2->history, node->key, strlen(node->key),
		node->modified))
		return exchange_stop(&poll->exchange, ETCD_RELIST,
			"out of memory");
	return (node->dir ? sink->remove_below : sink->remove)(sink->arg, key,
		len, node->modified) || exchange_stop(&poll->exchange,
		ETCD_RELIST, "out of memory");
}

/**
 * Tell of an event.
 * @param was_dir: whether the key was a directory before.
 */
static bool
tell_event(struct poll* poll, const struct action* action, struct node* node,
	bool was_dir)
{
	if(action->gone) {
		node->dir = node->dir || was_dir;
		return tell_gone(poll, node);
	}
	if(!poll_owns(poll, node->key))
		return true;
	if(!node->dir)
		return tell_put(poll->v2, node) || exchange_stop(
			&poll->exchange, ETCD_RELIST, "out of memory");
	/* a directory takes the place of a key, or gets another TTL */
	return was_dir || tell_gone(poll, &(struct node){ node->key, "",
		false, node->created, node->modified });
}

/** The head of a poll's answer has arrived. */
static bool
poll_begin(struct poll* poll)
{
	const struct call* call = &poll->exchange.call;
	if(poll->looked > 0)
		return true;
	if(!head_is_known(poll->v2, call))
		return exchange_stop(&poll->exchange, ETCD_BEHIND,
			"this is another cluster");
	poll->looked = head_index(call);
	poll->began = clock_now();
	poll->kept_back = 0;
	if(poll->looked == 0)
		return exchange_stop(&poll->exchange, ETCD_LOST,
			"the answer to a poll has no index");
	if(poll->looked < poll->index)
		return exchange_stop(&poll->exchange, ETCD_BEHIND,
			"etcd is at revision %" PRId64 ", before %" PRId64,
			poll->looked, poll->index);
	if(poll->looked == poll->index)
		link_confirm(poll->v2->link);
	poll->begun = true;
	return true;
}

/** An event: the only message of a poll. */
static bool
poll_message(void* arg, cJSON* json)
{
	struct poll* poll = arg;
	const struct etcd_sink* sink = poll->v2->link->sink;
	const cJSON* before = cJSON_GetObjectItemCaseSensitive(json,
		"prevNode");
	const struct action* action = action_find(json);
	struct node node;
	if(!poll_begin(poll))
		return false;
	if(!action || !json_node(cJSON_GetObjectItemCaseSensitive(json,
		"node"), &node))
		return exchange_stop(&poll->exchange, ETCD_RELIST,
			"an event can't be read");
	if(node.modified <= poll->index)
		return exchange_stop(&poll->exchange, ETCD_RELIST,
			"events are out of order");
	/* one that has just happened, but perhaps not the next; see v2.h */
	poll->unsure = node.modified > poll->looked + 1;
	if(poll->unsure)
		return true;
	if(!tell_event(poll, action, &node, cJSON_IsTrue(
		cJSON_GetObjectItemCaseSensitive(before, "dir"))))
		return false;
	if(!sink->commit(sink->arg))
		return exchange_stop(&poll->exchange, ETCD_RELIST,
			"out of memory");
	know_index(poll, node.modified);
	link_confirm(poll->v2->link);
	poll->told = true;
	return true;
}

static enum etcd_result
poll_refused(void* arg, const struct call* call)
{
	return refused(((struct poll*)arg)->v2, call);
}

static const struct exchange_reader poll_reader = {
	NULL, NULL, poll_message, poll_refused
};

/** Ask for the next event. */
static enum etcd_result
poll_send(struct poll* poll)
{
	char* url;
	bool ok;
	if(asprintf(&url, "%s?wait=true&recursive=true&waitIndex=%" PRId64,
		poll->path, poll->index + 1) < 0)
		return link_ended(poll->v2->link, ETCD_LOST, "out of memory");
	poll->looked = 0;
	poll->told = poll->unsure = poll->ending = false;
	poll->sent = clock_now();
	ok = exchange_start(&poll->exchange, &poll_reader, url, NULL, 0);
	free(url);
	return ok ? ETCD_OK : ETCD_LOST;
}

/** A poll has ended: send the next one, if all is well. */
static enum etcd_result
poll_done(struct poll* poll)
{
	const int64_t heartbeat = poll->v2->link->settings->heartbeat;
	enum etcd_result result = exchange_result(&poll->exchange);
	/* half-closed, but not ended by etcd: that proves nothing */
	if(poll->ending && result == ETCD_LOST)
		return poll_send(poll);
	poll->v2->broken = result == ETCD_LOST &&
		poll->exchange.call.received > 0;
	if(result != ETCD_OK)
		return result;
	if(!poll->told && !poll->unsure) {
		if(!poll->ending && clock_now() - poll->sent < heartbeat)
			return link_ended(poll->v2->link, ETCD_LOST,
				"etcd ended a poll without an event");
		/* there was none, up to where etcd had looked */
		if(poll->looked > poll->index)
			know_index(poll, poll->looked);
	}
	return poll_send(poll);
}

/**
 * A poll has no head for too long. Behind a proxy that buffers answers, it
 * comes with the event; so if etcd is there, the poll is sent anew, in case it
 * was lost, and counts as begun.
 */
static enum etcd_result
poll_kept_back(struct poll* poll)
{
	struct v2* v2 = poll->v2;
	const struct etcd_settings* settings = v2->link->settings;
	enum etcd_result result = exchange_perform(&v2->exchange,
		&resume_reader, v2->probe_path, NULL, settings->heartbeat,
		settings->request_timeout);
	if(result == ETCD_STOPPED || result == ETCD_BEHIND)
		return result;
	if(result != ETCD_OK)
		return link_ended(v2->link, ETCD_LOST, "etcd does not answer");
	if(!v2->told_kept_back)
		helix_info("etcd %s: answers come only when they are "
			"complete, as behind a proxy that buffers them (nginx: "
			"proxy_buffering off)",
			client_endpoint(v2->link->client));
	v2->told_kept_back = true;
	/* what is seen of etcd is not proof that polls tell anything */
	if(++poll->kept_back % KEPT_BACK_POLLS == 0 &&
		v2->index > poll->index)
		return link_ended(v2->link, ETCD_RELIST, "polls have "
			"delivered nothing for %u s, though etcd has changed",
			KEPT_BACK_POLLS * settings->request_timeout / 1000);
	poll->begun = true;
	return poll->exchange.call.done ? poll_done(poll) : poll_send(poll);
}

/** Let a poll go on. */
static enum etcd_result
poll_step(struct poll* poll)
{
	const int64_t limit = poll->v2->link->settings->request_timeout;
	struct call* call = &poll->exchange.call;
	int64_t now = clock_now();
	if(call->done)
		return poll_done(poll);
	if(poll->looked == 0 && call_status(call) == 200 &&
		head_index(call) > 0 && !poll_begin(poll))
		return poll->exchange.result;
	if(poll->looked == 0 && now - poll->sent > limit &&
		call_status(call) == 0)
		return poll_kept_back(poll);
	if((poll->looked == 0 && now - poll->sent > limit) ||
		(poll->ending && now - poll->ended > limit))
		return link_ended(poll->v2->link, ETCD_LOST,
			"etcd does not answer");
	if(!call_check_stall(call,
		poll->looked == 0 || call->received == 0))
		return ETCD_OK;
	poll->v2->broken = true;
	return link_ended(poll->v2->link, ETCD_LOST,
		"watch stalled inside an event (below 1000 octets/s)");
}

/**
 * Etcd has a quorum. See that a poll is not behind it, and does not stay
 * behind: have etcd end it, unless there is an event.
 */
static enum etcd_result
poll_refresh(struct poll* poll)
{
	struct v2* v2 = poll->v2;
	const int64_t heartbeat = v2->link->settings->heartbeat;
	if(poll->looked == 0 || poll->ending ||
		poll->exchange.call.received > 0 ||
		clock_now() - poll->began < heartbeat / 2)
		return ETCD_OK;
	if(poll->looked < poll->due)
		return link_ended(v2->link, ETCD_LOST, "the member that is "
			"watched is behind its cluster: at index %" PRId64
			", before %" PRId64, poll->looked, poll->due);
	/* behind the history by now, a new poll would be refused; this one
	 * goes on */
	if(v2->probed <= poll->looked ||
		v2->probed - poll->looked >= HISTORY_EVENTS * 9 / 10)
		return ETCD_OK;
	poll->due = v2->probed_before;
	poll->ending = true;
	poll->ended = clock_now();
	call_half_close(&poll->exchange.call);
	return ETCD_OK;
}

/** A probe was answered. */
static enum etcd_result
probe_head(struct v2* v2)
{
	const struct call* call = &v2->probe.exchange.call;
	if(!head_is_known(v2, call))
		return link_ended(v2->link, ETCD_BEHIND,
			"another cluster answers");
	v2->probed_before = v2->probed;
	v2->probed = head_index(call);
	return ETCD_OK;
}

static bool
probe_message(void* arg, cJSON* json)
{
	struct v2* v2 = arg;
	(void)json;
	v2->probe.exchange.result = probe_head(v2);
	return v2->probe.exchange.result == ETCD_OK;
}

static enum etcd_result
probe_refused(void* arg, const struct call* call)
{
	struct v2* v2 = arg;
	return is_absent(call) ? probe_head(v2) : refused(v2, call);
}

static const struct exchange_reader probe_reader = {
	NULL, NULL, probe_message, probe_refused
};

/** Let the polls go on. */
static enum etcd_result
polls_step(struct v2* v2)
{
	enum etcd_result result = ETCD_OK;
	size_t i, begun = 0;
	for(i = 0; i < v2->poll_count && result == ETCD_OK; i++) {
		result = poll_step(&v2->polls[i]);
		begun += v2->polls[i].begun;
	}
	if(result == ETCD_OK && !v2->watching && begun == v2->poll_count) {
		v2->watching = true;
		v2->link->watching(v2->link->arg);
	}
	return result;
}

/** Let the probe go on. */
static enum etcd_result
watch_probe(struct v2* v2)
{
	bool answered;
	enum etcd_result result = probe_step(&v2->probe, &probe_reader,
		v2->probe_path, NULL, &answered);
	size_t i;
	if(answered)
		link_probed(v2->link, v2->probed);
	for(i = 0; answered && i < v2->poll_count && result == ETCD_OK; i++)
		result = poll_refresh(&v2->polls[i]);
	return result;
}

/** Let the polls and their probe go on until something ends them. */
static enum etcd_result
watch_run(struct v2* v2)
{
	const unsigned heartbeat = v2->link->settings->heartbeat;
	enum etcd_result result = ETCD_OK;
	size_t i;
	for(i = 0; i < v2->poll_count && result == ETCD_OK; i++) {
		v2->polls[i].due = 0;
		v2->polls[i].begun = false;
		result = poll_send(&v2->polls[i]);
	}
	while(result == ETCD_OK) {
		if(!client_wait(v2->link->client, heartbeat / 4 + 1))
			return ETCD_STOPPED;
		result = polls_step(v2);
		if(result == ETCD_OK && v2->watching)
			result = watch_probe(v2);
	}
	return result;
}

static enum etcd_result
v2_watch(void* state)
{
	struct v2* v2 = state;
	enum etcd_result result;
	size_t i;
	v2->watching = v2->broken = false;
	v2->probed = v2->probed_before = 0;
	probe_begin(&v2->probe, v2->link, v2);
	result = watch_run(v2);
	result = link_watch_ended(v2->link, result, v2->broken);
	probe_end(&v2->probe);
	for(i = 0; i < v2->poll_count; i++)
		exchange_end(&v2->polls[i].exchange);
	/* of an event that could not be told as a whole */
	v2->link->sink->rollback(v2->link->sink->arg);
	return result;
}

/* --- life ---------------------------------------------------------------- */

static void
v2_close(void* state)
{
	struct v2* v2 = state;
	size_t i;
	if(!v2)
		return;
	for(i = 0; v2->polls && i < v2->poll_count; i++) {
		free(v2->polls[i].root);
		free(v2->polls[i].path);
	}
	free(v2->polls);
	free(v2->probe_path);
	history_clear(&v2->history);
	free(v2);
}

/**
 * Make a poll.
 * @param hidden: directory below the prefix; NULL: the prefix itself.
 */
static bool
poll_create(struct v2* v2, struct poll* poll, const char* hidden)
{
	const char* prefix = v2->link->settings->prefix;
	char* path;
	poll->v2 = v2;
	exchange_init(&poll->exchange, v2->link, poll);
	if(asprintf(&poll->root, "%s%s%s", prefix, hidden ? "/" : "",
		hidden ? hidden : "") < 0) {
		poll->root = NULL;
		return false;
	}
	poll->root_len = strlen(poll->root);
	/* with the '/', that a user who may read PREFIX/ and no more may ask */
	path = key_url("/v2/keys", poll->root);
	if(!path || asprintf(&poll->path, "%s/", path) < 0)
		poll->path = NULL;
	free(path);
	return poll->path != NULL;
}

static void*
v2_open(struct etcd_link* link)
{
	const struct etcd_settings* settings = link->settings;
	struct v2* v2 = calloc(1, sizeof(*v2));
	bool ok;
	size_t i;
	if(!v2)
		return NULL;
	v2->link = link;
	exchange_init(&v2->exchange, link, v2);
	v2->poll_count = 1 + settings->hidden_count;
	v2->polls = calloc(v2->poll_count, sizeof(*v2->polls));
	ok = v2->polls && poll_create(v2, &v2->polls[0], NULL);
	for(i = 0; ok && i < settings->hidden_count; i++)
		ok = poll_create(v2, &v2->polls[1 + i], settings->hidden[i]);
	/* a key that is not there, so that the answer is small */
	if(ok && asprintf(&v2->probe_path, "%s_unbound-helix?quorum=true",
		v2->polls[0].path) < 0) {
		v2->probe_path = NULL;
		ok = false;
	}
	if(ok)
		return v2;
	v2_close(v2);
	return NULL;
}

const struct etcd_protocol etcd_v2 = {
	"v2", v2_open, v2_close, v2_list, v2_resume, v2_watch
};
