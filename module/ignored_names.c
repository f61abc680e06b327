/*
 * ignored_names.c - the names at which keys are ignored.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "ignored_names.h"
#include <search.h>
#include <stdlib.h>
#include <string.h>

/** One name. */
struct ignored_name {
	/** the one that was added before it, and the one after it */
	struct ignored_name *next, *prev;
	/** revision as of which it was noted last */
	int64_t revision;
	/** octets of wire */
	uint8_t len;
	/** the name */
	uint8_t wire[];
};

/** A name that is looked for, or found: tsearch(3) passes it to the comparison
 * as it passes those of the tree. */
union search {
	struct ignored_name name;
	uint8_t room[sizeof(struct ignored_name) + NAME_WIRE_MAX];
};

static int
name_compare(const void* a, const void* b)
{
	const struct ignored_name *x = a, *y = b;
	if(x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return memcmp(x->wire, y->wire, x->len);
}

/** Make what name_compare finds a name by. */
static void
search_init(union search* search, const struct name* owner)
{
	search->name.len = owner->len;
	memcpy(search->name.wire, owner->wire, owner->len);
}

void
ignored_names_init(struct ignored_names* names)
{
	pthread_mutex_init(&names->lock, NULL);
	names->tree = NULL;
	names->first = NULL;
}

void
ignored_names_free(struct ignored_names* names)
{
	tdestroy(names->tree, free);
	pthread_mutex_destroy(&names->lock);
}

/** Add a name. @return false if memory ran out. */
static bool
names_add(struct ignored_names* names, const struct name* owner,
	int64_t revision)
{
	struct ignored_name* name = malloc(sizeof(*name) + owner->len);
	if(!name)
		return false;
	name->len = owner->len;
	memcpy(name->wire, owner->wire, owner->len);
	if(!tsearch(name, &names->tree, name_compare)) {
		free(name);
		return false;
	}
	pthread_mutex_lock(&names->lock);
	name->revision = revision;
	name->next = names->first;
	name->prev = NULL;
	if(name->next)
		name->next->prev = name;
	names->first = name;
	pthread_mutex_unlock(&names->lock);
	return true;
}

bool
ignored_names_note(struct ignored_names* names, const struct name* owner,
	int64_t revision)
{
	union search search;
	struct ignored_name** node;
	search_init(&search, owner);
	node = tfind(&search, &names->tree, name_compare);
	if(!node)
		return names_add(names, owner, revision);
	pthread_mutex_lock(&names->lock);
	(*node)->revision = revision;
	pthread_mutex_unlock(&names->lock);
	return true;
}

void
ignored_names_forget(struct ignored_names* names, const struct name* owner)
{
	union search search;
	struct ignored_name** node;
	struct ignored_name* name;
	search_init(&search, owner);
	node = tfind(&search, &names->tree, name_compare);
	if(!node)
		return;
	name = *node;
	tdelete(name, &names->tree, name_compare);
	pthread_mutex_lock(&names->lock);
	if(name->next)
		name->next->prev = name->prev;
	if(name->prev)
		name->prev->next = name->next;
	else	names->first = name->next;
	pthread_mutex_unlock(&names->lock);
	free(name);
}

bool
ignored_names_copy(struct ignored_names* names, size_t most,
	struct buffer* copies)
{
	const struct ignored_name* name;
	bool ok = true;
	pthread_mutex_lock(&names->lock);
	for(name = names->first; ok && name && most > 0; name = name->next) {
		struct ignored_copy* copy = buffer_extend(copies,
			sizeof(*copy));
		ok = copy != NULL;
		if(!ok)
			break;
		copy->revision = name->revision;
		copy->owner.len = name->len;
		memcpy(copy->owner.wire, name->wire, name->len);
		most--;
	}
	pthread_mutex_unlock(&names->lock);
	return ok;
}
