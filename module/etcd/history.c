/*
 * etcd/history.c - by which etcd's history is known again.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "etcd/history.h"
#include <stdlib.h>
#include <string.h>

/** A hash of a value: FNV-1a. It need not withstand anybody's intent. */
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
history_clear(struct history* anchors)
{
	size_t i;
	for(i = 0; i < HISTORY_MAX; i++)
		free(anchors->put[i].key);
	free(anchors->deleted.key);
	memset(anchors, 0, sizeof(*anchors));
}

static bool
same_key(const struct anchor* anchor, const char* key, size_t len)
{
	return anchor->len == len && memcmp(anchor->key, key, len) == 0;
}

/** A key is not what it was. */
static void
forget(struct history* anchors, const char* key, size_t len)
{
	struct anchor* last = &anchors->put[HISTORY_MAX - 1];
	struct anchor* at;
	for(at = anchors->put; at <= last && at->key; at++) {
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
history_put(struct history* anchors, const char* key, size_t len,
	int64_t create_revision, int64_t mod_revision, const char* value,
	size_t value_len)
{
	struct anchor* last = &anchors->put[HISTORY_MAX - 1];
	struct anchor* at = anchors->put;
	struct anchor new = { NULL, len, mod_revision, create_revision, 0 };
	if(last->key && last->mod_revision > mod_revision)
		return true;
	forget(anchors, key, len);
	new.key = key_copy(key, len);
	if(!new.key)
		return false;
	new.value_hash = value_hash(value, value_len);
	while(at < last && at->key && at->mod_revision > mod_revision)
		at++;
	free(last->key);
	memmove(at + 1, at, (size_t)(last - at) * sizeof(*at));
	*at = new;
	return true;
}

bool
history_delete(struct history* anchors, const char* key, size_t len,
	int64_t revision)
{
	char* copy = key_copy(key, len);
	forget(anchors, key, len);
	if(!copy)
		return false;
	free(anchors->deleted.key);
	anchors->deleted.key = copy;
	anchors->deleted.len = len;
	anchors->deleted.mod_revision = revision;
	return true;
}

const struct anchor*
history_last(const struct history* anchors, int64_t revision)
{
	size_t i;
	for(i = 0; i < HISTORY_MAX && anchors->put[i].key; i++) {
		if(anchors->put[i].mod_revision <= revision)
			return &anchors->put[i];
	}
	return NULL;
}

bool
history_anchor_is(const struct anchor* anchor, const char* key, size_t len,
	int64_t create_revision, int64_t mod_revision, const char* value,
	size_t value_len)
{
	return same_key(anchor, key, len) &&
		anchor->create_revision == create_revision &&
		anchor->mod_revision == mod_revision &&
		anchor->value_hash == value_hash(value, value_len);
}
