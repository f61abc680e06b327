/*
 * tools/helixctl/kv.c - reads and writes keys of etcd.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "kv_internal.h"
#include "base/text.h"
#include "etcd/v2.h"
#include "etcd/v3.h"
#include "output.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** how often all endpoints are tried while something there answers, such as a
 * member that has no leader for a moment */
#define ROUNDS 4
/** milliseconds between two rounds; twice as many before each further one */
#define PAUSE 250

/* --- life ---------------------------------------------------------------- */

struct kv*
kv_open(struct ctl* ctl)
{
	struct kv* kv;
	if(!ctl_login(ctl))
		return NULL;
	kv = calloc(1, sizeof(*kv));
	if(!kv) {
		ctl_error("out of memory");
		return NULL;
	}
	kv->settings_copy = ctl->config->etcd;
	/* who waits for an answer has more patience than who follows etcd */
	if(kv->settings_copy.heartbeat < kv->settings_copy.request_timeout)
		kv->settings_copy.heartbeat =
			kv->settings_copy.request_timeout;
	kv->settings = &kv->settings_copy;
	kv->protocol = kv->settings->api == ETCD_V2 ? &etcd_v2 : &etcd_v3;
	kv->api = kv->settings->api == ETCD_V2 ? &kv_v2 : &kv_v3;
	kv->client = client_create(kv->settings);
	kv->link.client = kv->client;
	kv->link.settings = kv->settings;
	if(kv->client)
		kv->state = kv->protocol->open(&kv->link);
	if(kv->state)
		return kv;
	kv_close(kv);
	ctl_error("out of memory, or libcurl cannot be used");
	return NULL;
}

void
kv_close(struct kv* kv)
{
	if(!kv)
		return;
	kv->protocol->close(kv->state);
	client_delete(kv->client);
	buffer_clear(&kv->key);
	buffer_clear(&kv->value);
	free(kv);
}

const struct etcd_settings*
kv_settings(const struct kv* kv)
{
	return kv->settings;
}

bool
kv_is_atomic(const struct kv* kv)
{
	return kv->settings->api == ETCD_V3;
}

bool
kv_reads_all(struct kv* kv)
{
	enum etcd_result result = ETCD_LOST;
	size_t i;
	if(!kv->settings->username || kv->reads_asked)
		return !kv->reads_asked || kv->reads_all;
	for(i = 0; i < kv->settings->endpoint_count && result == ETCD_LOST;
		i++) {
		result = kv->api->may_read(kv);
		if(result == ETCD_LOST)
			client_use_next(kv->client);
	}
	kv->reads_asked = true;
	kv->reads_all = result != ETCD_DENIED;
	return kv->reads_all;
}

const char*
kv_endpoint(const struct kv* kv)
{
	return client_endpoint(kv->client);
}

/* --- keys ---------------------------------------------------------------- */

/** Copy octets, with a NUL behind them. */
static bool
copy_text(struct buffer* buffer, const char* text, size_t len)
{
	buffer->len = 0;
	return buffer_append(buffer, text, len) &&
		buffer_append(buffer, "", 1);
}

bool
kv_tell(struct kv* kv, const struct etcd_kv* etcd_kv)
{
	const size_t prefix = strlen(kv->settings->prefix) + 1;
	struct kv_key key;
	/* what etcd should not have sent */
	if(etcd_kv->key_len < prefix || memcmp(etcd_kv->key,
		kv->settings->prefix, prefix - 1) != 0 ||
		etcd_kv->key[prefix - 1] != '/')
		return true;
	if(!copy_text(&kv->key, etcd_kv->key, etcd_kv->key_len) ||
		!copy_text(&kv->value, etcd_kv->value, etcd_kv->value_len)) {
		(void)link_out_of_memory(&kv->link);
		return false;
	}
	key.key = (const char*)kv->key.data;
	key.key_len = etcd_kv->key_len;
	key.path = key.key + prefix;
	key.path_len = key.key_len - prefix;
	key.value = (const char*)kv->value.data;
	key.value_len = etcd_kv->value_len;
	key.mod_revision = etcd_kv->mod_revision;
	key.create_revision = etcd_kv->create_revision;
	key.lease = etcd_kv->lease;
	kv->seen_count++;
	kv->stopped = !kv->seen(kv->arg, &key);
	return !kv->stopped;
}

bool
kv_key_append(const struct kv* kv, struct buffer* key, const char* path,
	size_t path_len)
{
	const char* prefix = kv->settings->prefix;
	return buffer_append(key, prefix, strlen(prefix)) &&
		buffer_append(key, "/", 1) &&
		buffer_append(key, path, path_len);
}

bool
kv_is_done(const struct kv* kv, const struct kv_change* change,
	const struct etcd_kv* etcd_kv)
{
	if(!change->value || !etcd_kv)
		return !change->value && !etcd_kv;
	return etcd_kv->value_len == change->value_len &&
		memcmp(etcd_kv->value, change->value, change->value_len) ==
		0 && (kv_is_atomic(kv) ? etcd_kv->lease == change->lease :
		(etcd_kv->lease != 0) == (change->lease != 0));
}

/* --- endpoints ----------------------------------------------------------- */

/** One attempt at the endpoint in use. */
typedef enum etcd_result kv_step(struct kv* kv, void* arg);

/** Whether etcd itself has decided, so that no other endpoint would say
 * anything else. */
static bool
is_final(const struct kv* kv, enum etcd_result result)
{
	const long status = kv->call ? kv->call->status : 0;
	return result == ETCD_DENIED || (result == ETCD_LOST &&
		status >= 400 && status < 500 &&
		strncmp(kv->link.reason.text, "etcd says: ", 11) == 0);
}

/** Whether it was something that may be over in a moment: an endpoint has
 * answered that it cannot do it now. */
static bool
is_passing(const struct kv* kv)
{
	return kv->call && kv->call->status >= 500 && !kv->stopped;
}

/** Tell the user why etcd refuses, and what is missing.
 * @param write: whether it was a change. */
static void
tell_denied(struct kv* kv, bool write)
{
	const struct etcd_settings* settings = kv->settings;
	const struct reason reason = kv->link.reason;
	char user[TEXT_SHOW_SIZE(100)];
	bool credentials = strstr(reason.text, "nsufficient credentials") ||
		strstr(reason.text, "requires authentication") ||
		strstr(reason.text, "requires user authentication");
	if(!settings->username || !(credentials ||
		strstr(reason.text, "permission denied"))) {
		ctl_error("etcd %s: %s%s", kv_endpoint(kv), reason.text,
			credentials ? "; or name a user by --user" : "");
		return;
	}
	/* a transaction reads, too */
	write = write && kv->api->may_read(kv) == ETCD_OK;
	text_show(settings->username, strlen(settings->username), user,
		sizeof(user));
	ctl_error("etcd refuses: its user %s has no permission to %s keys "
		"below %s/; grant it to a role of the user, or name another "
		"user by --user", user, write ? "write" : "read",
		settings->prefix);
}

/** Tell the user which endpoint said what.
 * @param said: a reason for each endpoint. */
static void
tell_lost(const struct kv* kv, const struct reason* said)
{
	const struct etcd_settings* settings = kv->settings;
	size_t i;
	for(i = 0; i < settings->endpoint_count; i++) {
		if(*said[i].text)
			ctl_error("etcd %s: %s", settings->endpoints[i],
				said[i].text);
	}
}

/** Try each endpoint once.
 * @param passing: set to whether to try again in a moment.
 * @return ETCD_OK; ETCD_DENIED if there is no use in going on. */
static enum etcd_result
try_round(struct kv* kv, kv_step* step, void* arg, struct reason* said,
	bool* passing)
{
	size_t i;
	*passing = false;
	for(i = 0; i < kv->settings->endpoint_count; i++) {
		enum etcd_result result;
		kv->call = NULL;
		*kv->link.reason.text = 0;
		result = step(kv, arg);
		if(result == ETCD_OK || kv->stopped)
			return result;
		said[client_endpoint_index(kv->client)] = kv->link.reason;
		if(is_final(kv, result))
			return ETCD_DENIED;
		/* what was told cannot be told anew */
		if(kv->seen_count > 0)
			return ETCD_LOST;
		*passing = *passing || is_passing(kv);
		client_use_next(kv->client);
	}
	return ETCD_LOST;
}

/**
 * Try the endpoints in turn.
 * @param write: whether it is a change, for what the user is told.
 * @return whether it was done. If not, the user was told, unless kv->stopped.
 */
static bool
try_all(struct kv* kv, kv_step* step, void* arg, bool write)
{
	const size_t count = kv->settings->endpoint_count;
	struct reason* said = calloc(count, sizeof(*said));
	enum etcd_result result = ETCD_LOST;
	unsigned pause = PAUSE, round;
	bool passing = true;
	if(!said) {
		ctl_error("out of memory");
		return false;
	}
	kv->stopped = false;
	kv->seen_count = 0;
	for(round = 0; round < ROUNDS && passing; round++) {
		if(round > 0)
			(void)client_pause(kv->client, pause);
		if(round > 1)
			pause *= 2;
		result = try_round(kv, step, arg, said, &passing);
		if(result == ETCD_OK || result == ETCD_DENIED)
			break;
	}
	if(result == ETCD_DENIED)
		tell_denied(kv, write);
	else if(result != ETCD_OK && !kv->stopped)
		tell_lost(kv, said);
	free(said);
	return result == ETCD_OK;
}

/* --- lists --------------------------------------------------------------- */

/** A list that is under way. */
struct listing {
	/** what to list: the settings, with another prefix */
	struct etcd_settings settings;
	struct etcd_sink sink;
	struct etcd_link link;
	/** the protocol's state */
	void* state;
	struct kv* kv;
};

static bool
on_put(void* arg, const char* key, size_t key_len, const char* value,
	size_t value_len, int64_t revision)
{
	struct listing* listing = arg;
	(void)key;
	(void)key_len;
	(void)value;
	(void)value_len;
	(void)revision;
	return kv_tell(listing->kv, listing->link.told);
}

static bool
on_commit(void* arg)
{
	(void)arg;
	return true;
}

static void
on_begin(void* arg)
{
	(void)arg;
}

static bool
on_end(void* arg, uint64_t cluster, int64_t revision)
{
	(void)arg;
	(void)cluster;
	(void)revision;
	return true;
}

/**
 * The directories that are hidden (settings.h) below a directory, as paths
 * below that.
 * @param hidden: the result, freed by the caller; the paths are not its own.
 * @return false if memory ran out.
 */
static bool
hidden_below(const struct etcd_settings* settings, const char* below,
	char*** hidden, size_t* count)
{
	const size_t len = strlen(below);
	size_t i;
	*count = 0;
	*hidden = calloc(settings->hidden_count + 1, sizeof(**hidden));
	for(i = 0; *hidden && i < settings->hidden_count; i++) {
		char* path = settings->hidden[i];
		if(len > 0 && (strncmp(path, below, len) != 0 ||
			path[len] != '/'))
			continue;
		(*hidden)[(*count)++] = path + (len > 0 ? len + 1 : 0);
	}
	return *hidden != NULL;
}

/** @return false if memory ran out; listing_clear is to be called all the
 * same. */
static bool
listing_init(struct listing* listing, struct kv* kv, const char* below)
{
	struct etcd_settings* settings = &listing->settings;
	memset(listing, 0, sizeof(*listing));
	listing->kv = kv;
	*settings = *kv->settings;
	settings->prefix = NULL;
	settings->hidden = NULL;
	if(asprintf(&settings->prefix, "%s%s%s", kv->settings->prefix,
		*below ? "/" : "", below) < 0)
		settings->prefix = NULL;
	if(!settings->prefix || !hidden_below(kv->settings, below,
		&settings->hidden, &settings->hidden_count))
		return false;
	listing->sink = (struct etcd_sink){ .arg = listing, .put = on_put,
		.commit = on_commit, .rollback = on_begin,
		.list_begin = on_begin, .list_end = on_end };
	listing->link.client = kv->client;
	listing->link.settings = settings;
	listing->link.sink = &listing->sink;
	listing->state = kv->protocol->open(&listing->link);
	return listing->state != NULL;
}

static void
listing_clear(struct listing* listing)
{
	if(listing->state)
		listing->kv->protocol->close(listing->state);
	free(listing->settings.hidden);
	free(listing->settings.prefix);
}

static enum etcd_result
step_list(struct kv* kv, void* arg)
{
	struct listing* listing = arg;
	enum etcd_result result = kv->protocol->list(listing->state);
	kv->call = kv->api->call(listing->state);
	kv->link.reason = listing->link.reason;
	return result;
}

bool
kv_list(struct kv* kv, const char* below, kv_seen* seen, void* arg,
	int64_t* revision)
{
	struct listing listing;
	bool ok = listing_init(&listing, kv, below);
	kv->seen = seen;
	kv->arg = arg;
	if(!ok)
		ctl_error("out of memory");
	else	ok = try_all(kv, step_list, &listing, false);
	if(ok && revision)
		*revision = listing.link.revision;
	listing_clear(&listing);
	return ok;
}

bool
kv_is_listed(const struct kv* kv, const char* path, size_t path_len)
{
	const struct etcd_settings* settings = kv->settings;
	size_t i, n, len = 0;
	for(i = 0; i < path_len && !kv_is_atomic(kv); i++) {
		const char* slash;
		if(path[i] != '_' || (i > 0 && path[i - 1] != '/'))
			continue;
		slash = memchr(path + i, '/', path_len - i);
		if(slash)
			len = (size_t)(slash - path);
	}
	for(n = 0; len > 0 && n < settings->hidden_count; n++) {
		if(strlen(settings->hidden[n]) == len && memcmp(
			settings->hidden[n], path, len) == 0)
			len = 0;
	}
	return len == 0;
}

/* --- requests ------------------------------------------------------------ */

static enum etcd_result
step_read(struct kv* kv, void* arg)
{
	enum etcd_result result = kv->api->read(kv, arg);
	kv->call = kv->api->call(kv->state);
	return result;
}

bool
kv_read(struct kv* kv, const struct kv_range* ranges, size_t count,
	kv_seen* seen, void* arg, int64_t* revision)
{
	struct kv_reading reading = { .ranges = ranges, .count = count };
	kv->seen = seen;
	kv->arg = arg;
	if(!try_all(kv, step_read, &reading, false))
		return false;
	if(revision)
		*revision = reading.revision;
	return true;
}

bool
kv_get(struct kv* kv, const char* path, size_t path_len, kv_seen* seen,
	void* arg, int64_t* revision)
{
	const struct kv_range range = { .first = path,
		.first_len = path_len };
	return kv_read(kv, &range, 1, seen, arg, revision);
}

static enum etcd_result
step_apply(struct kv* kv, void* arg)
{
	struct kv_writing* writing = arg;
	enum etcd_result result = kv->api->apply(kv, writing);
	kv->call = kv->api->call(kv->state);
	/* by 500 and more, etcd also says that it does not know */
	if(result == ETCD_LOST && kv->call && kv->call->sent &&
		(kv->call->status < 300 || kv->call->status >= 500))
		writing->unsure = true;
	return result;
}

enum kv_result
kv_apply(struct kv* kv, const struct kv_change* changes, size_t count,
	const struct kv_guard* guards, size_t guard_count,
	struct kv_outcome* outcome)
{
	struct kv_writing writing = { .changes = changes, .count = count,
		.guards = guards, .guard_count = guard_count,
		.outcome = outcome };
	bool ok;
	*outcome = (struct kv_outcome){ .conflict = count,
		.guard = guard_count };
	ok = try_all(kv, step_apply, &writing, true);
	if(outcome->applied > 0)
		output_note_change();
	if(ok)
		return writing.result;
	if(writing.unsure)
		ctl_error("a request was sent, and not answered: the change "
			"may have been made, or not; see what etcd has before "
			"you do it again");
	return KV_FAILED;
}

static enum etcd_result
step_grant(struct kv* kv, void* arg)
{
	enum etcd_result result = kv->api->grant(kv, arg);
	kv->call = kv->api->call(kv->state);
	return result;
}

bool
kv_lease_grant(struct kv* kv, int64_t seconds, int64_t* lease)
{
	struct kv_leasing leasing = { .seconds = seconds };
	if(!try_all(kv, step_grant, &leasing, true))
		return false;
	*lease = leasing.lease;
	return true;
}

void
kv_lease_revoke(struct kv* kv, int64_t lease)
{
	struct kv_leasing leasing = { .lease = lease };
	(void)kv->api->revoke(kv, &leasing);
}
