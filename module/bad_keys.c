/*
 * bad_keys.c - the keys that are not served, or are and look wrong.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "bad_keys.h"
#include <search.h>
#include <stdlib.h>
#include <string.h>

/** One key. */
struct bad_key {
	/** revision of the put that was noted */
	int64_t revision;
	/** number of the last list that had it, or after which it was put */
	unsigned list;
	/** false: bad; true: it only looks wrong */
	bool served;
	/** octets of key */
	size_t len;
	/** the key */
	char key[];
};

static int
key_compare(const void* a, const void* b)
{
	const struct bad_key *x = a, *y = b;
	int order = memcmp(x->key, y->key, x->len < y->len ? x->len : y->len);
	if(order != 0)
		return order;
	return x->len < y->len ? -1 : x->len > y->len;
}

static struct bad_key*
key_create(const char* key, size_t len)
{
	struct bad_key* bad = malloc(sizeof(*bad) + len);
	if(!bad)
		return NULL;
	bad->revision = 0;
	bad->list = 0;
	bad->served = true;
	bad->len = len;
	memcpy(bad->key, key, len);
	return bad;
}

static void
key_set_served(struct bad_keys* keys, struct bad_key* bad, bool served)
{
	if(bad->served && !served)
		keys->bad++;
	else if(!bad->served && served)
		keys->bad--;
	bad->served = served;
}

static void
key_delete(struct bad_keys* keys, struct bad_key* bad)
{
	tdelete(bad, &keys->tree, key_compare);
	key_set_served(keys, bad, true);
	keys->count--;
	free(bad);
}

void
bad_keys_free(struct bad_keys* keys)
{
	tdestroy(keys->tree, free);
	keys->tree = NULL;
	keys->count = 0;
	keys->bad = 0;
}

bool
bad_keys_note(struct bad_keys* keys, const char* key, size_t len,
	int64_t revision, unsigned list, bool served, bool* is_new)
{
	struct bad_key *bad = key_create(key, len), *known;
	struct bad_key** node;
	if(!bad)
		return false;
	node = tsearch(bad, &keys->tree, key_compare);
	if(!node) {
		free(bad);
		return false;
	}
	known = *node;
	if(known != bad)
		free(bad);
	else	keys->count++;
	key_set_served(keys, known, served);
	*is_new = known->revision != revision;
	known->revision = revision;
	known->list = list;
	return true;
}

bool
bad_keys_clear(struct bad_keys* keys, const char* key, size_t len)
{
	struct bad_key* wanted;
	void* node;
	if(keys->count == 0)
		return true;
	wanted = key_create(key, len);
	if(!wanted)
		return false;
	node = tfind(wanted, &keys->tree, key_compare);
	if(node)
		key_delete(keys, *(struct bad_key**)node);
	free(wanted);
	return true;
}

/** Which keys are to be forgotten. */
struct choice {
	/** those below this directory, with its '/'; NULL: those that the list
	 * did not have */
	const char* dir;
	/** octets of dir */
	size_t len;
	/** number of the list */
	unsigned list;
	/** number of keys chosen */
	size_t count;
	/** the keys; room for all */
	struct bad_key** key;
};

static bool
key_is_below(const struct bad_key* bad, const char* dir, size_t len)
{
	return bad->len >= len && memcmp(bad->key, dir, len) == 0 &&
		!memmem(bad->key + len - 1, bad->len - len + 1, "/_", 2);
}

static void
key_choose(const void* node, VISIT visit, void* arg)
{
	struct choice* choice = arg;
	struct bad_key* bad = *(struct bad_key* const*)node;
	if(visit != postorder && visit != leaf)
		return;
	if(choice->dir ? key_is_below(bad, choice->dir, choice->len) :
		bad->list != choice->list)
		choice->key[choice->count++] = bad;
}

static bool
chosen_delete(struct bad_keys* keys, struct choice choice)
{
	size_t i;
	if(keys->count == 0)
		return true;
	choice.key = malloc(keys->count * sizeof(*choice.key));
	if(!choice.key)
		return false;
	twalk_r(keys->tree, key_choose, &choice);
	for(i = 0; i < choice.count; i++)
		key_delete(keys, choice.key[i]);
	free(choice.key);
	return true;
}

bool
bad_keys_clear_below(struct bad_keys* keys, const char* dir, size_t len)
{
	return chosen_delete(keys, (struct choice){ .dir = dir, .len = len });
}

bool
bad_keys_clear_unlisted(struct bad_keys* keys, unsigned list)
{
	return chosen_delete(keys, (struct choice){ .list = list });
}
