/*
 * etcd/history.c - detects that etcd was wiped or restored.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "etcd/history.h"
#include <stdlib.h>
#include <string.h>

/** Hash a value, by FNV-1a: nobody gains anything by a collision. */
static uint64_t
value_hash(const char* value, size_t len)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	size_t i;
	for(i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)value[i]) *
			UINT64_C(0x100000001b3);
	return hash;
}

void
history_clear(struct history* history)
{
	size_t i;
	for(i = 0; i < HISTORY_MAX; i++)
		free(history->put[i].key);
	free(history->deleted.key);
	memset(history, 0, sizeof(*history));
}

static bool
same_key(const struct history_anchor* anchor, const char* key, size_t len)
{
	return anchor->len == len && memcmp(anchor->key, key, len) == 0;
}

/** Forget a put of a key, if one is remembered. */
static void
forget(struct history* history, const char* key, size_t len)
{
	struct history_anchor* last = &history->put[HISTORY_MAX - 1];
	struct history_anchor* at;
	for(at = history->put; at <= last && at->key; at++) {
		if(!same_key(at, key, len))
			continue;
		free(at->key);
		memmove(at, at + 1, (size_t)(last - at) * sizeof(*at));
		memset(last, 0, sizeof(*last));
		return;
	}
}

static char*
key_copy(const char* key, size_t len)
{
	char* copy = malloc(len + 1);
	if(copy) {
		memcpy(copy, key, len);
		copy[len] = 0;
	}
	return copy;
}

bool
history_put(struct history* history, const struct etcd_kv* kv)
{
	struct history_anchor* last = &history->put[HISTORY_MAX - 1];
	struct history_anchor* at = history->put;
	struct history_anchor new = { NULL, kv->key_len, kv->mod_revision,
		kv->create_revision, 0 };
	if(last->key && last->mod_revision > kv->mod_revision)
		return true;
	forget(history, kv->key, kv->key_len);
	new.key = key_copy(kv->key, kv->key_len);
	if(!new.key)
		return false;
	new.value_hash = value_hash(kv->value, kv->value_len);
	while(at < last && at->key && at->mod_revision > kv->mod_revision)
		at++;
	free(last->key);
	memmove(at + 1, at, (size_t)(last - at) * sizeof(*at));
	*at = new;
	return true;
}

bool
history_delete(struct history* history, const char* key, size_t len,
	int64_t revision)
{
	char* copy = key_copy(key, len);
	forget(history, key, len);
	if(!copy)
		return false;
	free(history->deleted.key);
	history->deleted.key = copy;
	history->deleted.len = len;
	history->deleted.mod_revision = revision;
	return true;
}

const struct history_anchor*
history_last(const struct history* history, int64_t revision)
{
	size_t i;
	for(i = 0; i < HISTORY_MAX && history->put[i].key; i++) {
		if(history->put[i].mod_revision <= revision)
			return &history->put[i];
	}
	return NULL;
}

bool
history_anchor_is(const struct history_anchor* anchor,
	const struct etcd_kv* kv)
{
	return same_key(anchor, kv->key, kv->key_len) &&
		anchor->create_revision == kv->create_revision &&
		anchor->mod_revision == kv->mod_revision &&
		anchor->value_hash == value_hash(kv->value, kv->value_len);
}
