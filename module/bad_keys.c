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
	/** the one that came before it in its list of bad keys, and the one
	 * after it */
	struct bad_key *next, *prev;
	/** why it is bad; owned; NULL: not kept, or the key is served */
	char* reason;
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

/** Make a key, which is in no list. @return NULL if memory ran out. */
static struct bad_key*
key_create(const char* key, size_t len)
{
	struct bad_key* bad = malloc(sizeof(*bad) + len);
	if(!bad)
		return NULL;
	memset(bad, 0, sizeof(*bad));
	/* not noted yet */
	bad->revision = -1;
	bad->served = true;
	bad->len = len;
	memcpy(bad->key, key, len);
	return bad;
}

/* --- lists --------------------------------------------------------------- */

/** The list of bad keys in which a key is. */
static struct bad_key**
key_list(struct bad_keys* keys, const struct bad_key* bad)
{
	return &keys->list[bad->reason != NULL];
}

/** Take a key out of its list, if it is bad, and free its reason. */
static void
key_unlist(struct bad_keys* keys, struct bad_key* bad)
{
	if(bad->served)
		return;
	if(bad->next)
		bad->next->prev = bad->prev;
	if(bad->prev)
		bad->prev->next = bad->next;
	else	*key_list(keys, bad) = bad->next;
	if(bad->reason)
		keys->reasons--;
	free(bad->reason);
	bad->reason = NULL;
	keys->bad--;
}

/** Put a bad key into a list. @param reason: NULL: none is kept; owned. */
static void
key_enlist(struct bad_keys* keys, struct bad_key* bad, char* reason)
{
	struct bad_key** first;
	bad->reason = reason;
	if(reason)
		keys->reasons++;
	first = key_list(keys, bad);
	bad->next = *first;
	bad->prev = NULL;
	if(bad->next)
		bad->next->prev = bad;
	*first = bad;
	keys->bad++;
}

/** Set what is known of a key. @param reason: owned. */
static void
key_set(struct bad_keys* keys, struct bad_key* bad, int64_t revision,
	bool served, char* reason)
{
	pthread_mutex_lock(&keys->lock);
	key_unlist(keys, bad);
	if(!served)
		key_enlist(keys, bad, reason);
	bad->served = served;
	bad->revision = revision;
	pthread_mutex_unlock(&keys->lock);
	keys->suspicious = keys->count - keys->bad;
}

static void
key_delete(struct bad_keys* keys, struct bad_key* bad)
{
	tdelete(bad, &keys->tree, key_compare);
	keys->count--;
	key_set(keys, bad, 0, true, NULL);
	free(bad);
}

bool
bad_keys_walk(struct bad_keys* keys, size_t most, bad_key_seen* seen, void* arg)
{
	int kept;
	bool ok = true;
	pthread_mutex_lock(&keys->lock);
	for(kept = 1; kept >= 0; kept--) {
		const struct bad_key* bad = keys->list[kept];
		for(; ok && bad && most > 0; bad = bad->next, most--)
			ok = seen(arg, bad->key, bad->len, bad->revision,
				bad->reason);
	}
	pthread_mutex_unlock(&keys->lock);
	return ok;
}

/* --- noting -------------------------------------------------------------- */

void
bad_keys_init(struct bad_keys* keys)
{
	memset(keys, 0, sizeof(*keys));
	pthread_mutex_init(&keys->lock, NULL);
}

static void
node_free(void* node)
{
	struct bad_key* bad = node;
	free(bad->reason);
	free(bad);
}

void
bad_keys_free(struct bad_keys* keys)
{
	tdestroy(keys->tree, node_free);
	pthread_mutex_destroy(&keys->lock);
}

/** Find a key; or add it, as one that is served. @return NULL if memory ran
 * out. */
static struct bad_key*
key_get(struct bad_keys* keys, const char* key, size_t len)
{
	struct bad_key *bad = key_create(key, len), *known;
	struct bad_key** node;
	if(!bad)
		return NULL;
	node = tsearch(bad, &keys->tree, key_compare);
	known = node ? *node : NULL;
	if(known != bad)
		free(bad);
	else	keys->count++;
	return known;
}

/** Whether the reason of a key that is bad is to be kept: a reason that is kept
 * already counts as room for it. */
static bool
has_room(const struct bad_keys* keys, const struct bad_key* bad)
{
	return keys->reasons < BAD_KEYS_REASONS_MAX || bad->reason;
}

bool
bad_keys_note(struct bad_keys* keys, const char* key, size_t len,
	int64_t revision, unsigned list, const char* reason, bool* is_new)
{
	struct bad_key* bad = key_get(keys, key, len);
	char* copy = NULL;
	if(!bad)
		return false;
	bad->list = list;
	*is_new = bad->revision != revision;
	if(!*is_new && bad->served == !reason && (!reason || bad->reason ||
		!has_room(keys, bad)))
		return true;
	if(reason && has_room(keys, bad)) {
		copy = strdup(reason);
		if(!copy)
			return false;
	}
	key_set(keys, bad, revision, !reason, copy);
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
