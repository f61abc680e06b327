/*
 * snapshot/keys.c - keys and values, in order.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "snapshot/keys.h"
#include <search.h>
#include <stdlib.h>
#include <string.h>

static int
compare(const void* a, const void* b)
{
	const struct key_value *x = a, *y = b;
	int order = memcmp(x->data, y->data, x->key_len < y->key_len ?
		x->key_len : y->key_len);
	if(order != 0)
		return order;
	return x->key_len < y->key_len ? -1 : x->key_len > y->key_len;
}

struct key_value*
key_value_create(const char* key, size_t key_len, const char* value,
	size_t value_len, int64_t revision)
{
	struct key_value* made;
	if(key_len > UINT32_MAX || value_len > UINT32_MAX)
		return NULL;
	made = malloc(sizeof(*made) + key_len + value_len);
	if(!made)
		return NULL;
	*made = (struct key_value){ .revision = revision,
		.key_len = (uint32_t)key_len,
		.value_len = (uint32_t)value_len };
	if(key_len > 0)
		memcpy(made->data, key, key_len);
	if(value_len > 0)
		memcpy(made->data + key_len, value, value_len);
	return made;
}

static uint64_t
octets_of(const struct key_value* key)
{
	return (uint64_t)key->key_len + key->value_len;
}

void
keys_clear(struct keys* keys)
{
	tdestroy(keys->tree, free);
	*keys = (struct keys){ 0 };
}

bool
keys_put(struct keys* keys, struct key_value* put)
{
	struct key_value **place, *before;
	place = tsearch(put, &keys->tree, compare);
	if(!place) {
		free(put);
		return false;
	}
	before = *place;
	if(before != put) {
		keys->octets -= octets_of(before);
		*place = put;
		free(before);
	} else	keys->count++;
	keys->octets += octets_of(put);
	put->next = NULL;
	put->mark = keys->list;
	return true;
}

/** Remove a key that is there. */
static void
remove_found(struct keys* keys, struct key_value* found)
{
	tdelete(found, &keys->tree, compare);
	keys->count--;
	keys->octets -= octets_of(found);
	free(found);
}

void
keys_remove(struct keys* keys, const struct key_value* key)
{
	struct key_value* const* place = tfind(key, &keys->tree, compare);
	if(place)
		remove_found(keys, *place);
}

/* --- all of them --------------------------------------------------------- */

/** A walk over all keys. */
struct walk {
	/** is shown the keys */
	bool (*visit)(void* arg, const struct key_value* key);
	/** passed to visit */
	void* arg;
	/** whether visit wants more */
	bool more;
};

static void
walk_node(const void* node, VISIT visit, void* arg)
{
	struct walk* walk = arg;
	if(walk->more && (visit == postorder || visit == leaf))
		walk->more = walk->visit(walk->arg,
			*(struct key_value* const*)node);
}

bool
keys_walk(const struct keys* keys,
	bool (*visit)(void* arg, const struct key_value* key), void* arg)
{
	struct walk walk = { visit, arg, true };
	twalk_r(keys->tree, walk_node, &walk);
	return walk.more;
}

/** Whether a key is hidden below a directory. */
static bool
is_hidden(const struct key_value* key, const struct key_value* dir)
{
	return memmem(key->data + dir->key_len, key->key_len - dir->key_len,
		"/_", 2) != NULL;
}

/** Compare a directory with a key: 0 if that is below it. */
static int
compare_below(const void* a, const void* b)
{
	const struct key_value *dir = a, *key = b;
	const size_t len = dir->key_len;
	int order = memcmp(dir->data, key->data, len < key->key_len ? len :
		key->key_len);
	if(order != 0)
		return order;
	if(key->key_len <= len)
		return 1;
	return '/' - (int)(unsigned char)key->data[len];
}

bool
keys_remove_below(struct keys* keys, const struct key_value* dir)
{
	struct key_value *const *place, *hidden = NULL, *found;
	bool ok = true;
	/* those that are hidden would be found again and again */
	while((place = tfind(dir, &keys->tree, compare_below))) {
		found = *place;
		if(!is_hidden(found, dir)) {
			remove_found(keys, found);
			continue;
		}
		tdelete(found, &keys->tree, compare);
		found->next = hidden;
		hidden = found;
	}
	while((found = hidden)) {
		hidden = found->next;
		found->next = NULL;
		if(tsearch(found, &keys->tree, compare))
			continue;
		keys->count--;
		keys->octets -= octets_of(found);
		free(found);
		ok = false;
	}
	return ok;
}

/** Keys that are to be removed. */
struct choice {
	/** number of the list that lacks them */
	unsigned list;
	/** the keys; room for all */
	struct key_value** key;
	/** number of them */
	size_t count;
};

static bool
choose(void* arg, const struct key_value* key)
{
	struct choice* choice = arg;
	if(key->mark != choice->list)
		choice->key[choice->count++] = (struct key_value*)key;
	return true;
}

void
keys_mark(struct keys* keys)
{
	keys->list++;
}

bool
keys_sweep(struct keys* keys)
{
	struct choice choice = { .list = keys->list };
	if(keys->count == 0)
		return true;
	/* a tree cannot be changed while it is walked over */
	choice.key = malloc(keys->count * sizeof(*choice.key));
	if(!choice.key)
		return false;
	(void)keys_walk(keys, choose, &choice);
	while(choice.count > 0)
		remove_found(keys, choice.key[--choice.count]);
	free(choice.key);
	return true;
}
