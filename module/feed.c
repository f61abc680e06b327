/*
 * feed.c - from keys and values to records in the store.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "feed_internal.h"
#include "base/clock.h"
#include "dns/type.h"
#include "format/helix.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** a commit within a list waits until it has one change for so many keys in
 * the RRsets that the commit before it built: else a name with a million keys
 * would cost the square of them */
#define BUILT_MAX 8
/* --- the listener of the store ------------------------------------------- */

/** The zone that answers for a name and a type; NULL if there is none. */
static struct zone*
owner_zone_of_type(const struct feed* feed, const struct name* owner,
	uint16_t type)
{
	struct name_walk walk;
	(void)name_walk_init(&walk, owner->wire, owner->len,
		store_seed(feed->store));
	return zones_find(feed->zones, &walk, type);
}

/** The zone of a name; NULL if there is none. */
static struct zone*
owner_zone(const struct feed* feed, const struct name* owner)
{
	return owner_zone_of_type(feed, owner, 0);
}

/** Whether a name is the apex of a zone: its DS record would belong to the zone
 * above. */
static bool
is_apex(const struct feed* feed, const struct name* owner,
	const struct zone* zone)
{
	return owner_zone_of_type(feed, owner, TYPE_DS) != zone;
}

static void
on_invalid(void* arg, const struct name* owner, uint16_t type)
{
	const struct feed* feed = arg;
	feed->listener.invalidate(feed->listener.arg, owner, type,
		feed->refers);
}

static void
on_changed(void* arg, const struct name* owner,
	const struct store_name* before)
{
	struct feed* feed = arg;
	struct zone* zone = owner_zone(feed, owner);
	store_name_types(before, owner, on_invalid, feed);
	if(!zone)
		return;
	/* what a list lacks went at an unknown revision, up to the list's */
	if(feed->sweeping)
		zone_seen(zone, feed->revision);
	zone_changed(zone);
}

/* Where memory runs out, the name is missing in the list of feed_ignored_keys
 * until it changes again. */
static void
on_ignoring(void* arg, const struct name* owner, size_t ignored)
{
	struct feed* feed = arg;
	if(ignored > 0)
		(void)ignored_names_note(&feed->ignored, owner,
			feed->revision);
	else	ignored_names_forget(&feed->ignored, owner);
}

/* --- events -------------------------------------------------------------- */

/** Why a type cannot be at a zone's apex, or cannot be elsewhere; NULL if it
 * can. */
static const char*
apex_refuses(const struct feed* feed, const struct zone* zone,
	const struct name* owner, uint16_t type)
{
	if(type == TYPE_CNAME && is_apex(feed, owner, zone))
		return "a zone's apex has an SOA, and a CNAME cannot share its "
			"name with other data; give it addresses";
	if(type == TYPE_SOA && !is_apex(feed, owner, zone))
		return "an SOA belongs at a zone's apex; put it there, or make "
			"this name a zone in helix.yaml";
	return NULL;
}

/** Whether a zone is one of those that have pending first cuts. */
static bool
cuts_have_zone(const struct first_cuts* cuts, const struct zone* zone)
{
	size_t i;
	if(cuts->count > CUTS_MAX)
		return zone_has_cuts(zone);
	for(i = 0; i < cuts->count; i++) {
		if(cuts->zone[i] == zone)
			return true;
	}
	return false;
}

/** Note that a name is about to become a zone cut or a DNAME. */
static void
cut_note(struct feed* feed, struct zone* zone, const struct name* owner,
	uint16_t type)
{
	struct first_cuts* cuts = &feed->cuts;
	if(type == TYPE_NS)
		feed->refers = true;
	if(!zone_note_cut(zone) && !cuts_have_zone(cuts, zone))
		return;
	if(cuts->count < CUTS_MAX) {
		cuts->zone[cuts->count] = zone;
		cuts->owner[cuts->count] = *owner;
		cuts->type[cuts->count] = type;
	}
	cuts->count++;
}

/** Invalidate an RRset that is in a zone with a pending first cut. */
static void
invalidate_zone(void* arg, const struct name* owner, uint16_t type)
{
	const struct feed* feed = arg;
	const struct feed_listener* listener = &feed->listener;
	const struct zone* zone;
	if(!listener->is_cached(listener->arg, owner, type))
		return;
	zone = owner_zone(feed, owner);
	if(zone && cuts_have_zone(&feed->cuts, zone))
		on_invalid(arg, owner, type);
}

/** Invalidate an RRset that is below a cut for which that is not done yet. */
static void
invalidate_below(void* arg, const struct name* owner, uint16_t type)
{
	const struct feed* feed = arg;
	const struct first_cuts* cuts = &feed->cuts;
	const struct feed_listener* listener = &feed->listener;
	size_t i;
	for(i = cuts->done; i < cuts->count; i++) {
		if(name_ends(&cuts->owner[i], owner->wire, owner->len)) {
			if(listener->is_cached(listener->arg, owner, type))
				on_invalid(arg, owner, type);
			return;
		}
	}
}

/** Go through all RRsets; not if none is cached, as before the first list is
 * complete. */
static void
cuts_invalidate(struct feed* feed, store_type_seen* seen)
{
	const struct feed_listener* listener = &feed->listener;
	if(feed->complete && listener->is_cached(listener->arg, NULL, 0))
		store_types(feed->store, seen, feed);
}

/**
 * Invalidate what is below pending first cuts, before they are visible.
 * Readers know by now that the zones have cuts (zone_has_cuts), so that they
 * cache nothing of the kind after this look.
 */
static void
cuts_invalidate_below(struct feed* feed)
{
	struct first_cuts* cuts = &feed->cuts;
	size_t one = cuts->done < CUTS_MAX ? cuts->done : 0;
	if(cuts->done == cuts->count)
		return;
	on_invalid(feed, &cuts->owner[one], cuts->type[one]);
	cuts_invalidate(feed, cuts->count > CUTS_MAX ? invalidate_zone :
		invalidate_below);
	cuts->done = cuts->count;
}

/** Invalidate what else is in their zones; within a list, at its end for all
 * cuts in it. */
static void
cuts_invalidate_zones(struct feed* feed)
{
	struct first_cuts* cuts = &feed->cuts;
	if(cuts->count == 0 || feed->listing)
		return;
	cuts_invalidate(feed, invalidate_zone);
	cuts->count = cuts->done = 0;
}

/** Whether a key begins with the prefix and its '/'. */
static bool
has_prefix(const struct feed* feed, const char* key, size_t len)
{
	return len >= feed->prefix_len &&
		memcmp(key, feed->prefix, feed->prefix_len) == 0;
}

static bool
has_zone(void* arg, const struct name* owner)
{
	return owner_zone(arg, owner) != NULL;
}

/** See struct format_target; for the event that is being handled. */
static enum format_result
admit(void* arg, const struct contribution* contribution, const char** reason)
{
	struct feed* feed = arg;
	const struct name* owner = &contribution->owner;
	struct zone* zone = owner_zone(feed, owner);
	if(!zone)
		return FORMAT_OUTSIDE;
	*reason = apex_refuses(feed, zone, owner, contribution->type);
	if(*reason)
		return FORMAT_BAD;
	zone_seen(zone, feed->revision);
	if(contribution->type == TYPE_DNAME || (contribution->type == TYPE_NS
		&& owner->len > zone_apex(zone)->len))
		cut_note(feed, zone, owner, contribution->type);
	return FORMAT_SERVED;
}

/** Make all changes so far visible. */
static bool
commit_all(struct feed* feed)
{
	const struct feed_listener* listener = &feed->listener;
	bool ok;
	listener->changing(listener->arg);
	cuts_invalidate_below(feed);
	ok = store_commit(feed->store);
	cuts_invalidate_zones(feed);
	listener->changed(listener->arg);
	/* a list is in no order of revisions: only at its end is the last of
	 * them known */
	if(!feed->listing)
		zones_settle(feed->zones);
	/* the end of a flood is logged with the next change, good or bad */
	feed_log_suppressed_in_time(feed);
	return ok;
}

/**
 * Note that a key is bad, or looks wrong, and warn of it unless that was done.
 * @param served: false: it is bad.
 * @return false if memory ran out.
 */
static bool
bad_key_note(struct feed* feed, const char* key, size_t len,
	int64_t revision, const char* reason, bool served)
{
	bool is_new;
	if(!bad_keys_note(&feed->bad_keys, key, len, revision, feed->list,
		served ? NULL : reason, &is_new))
		return false;
	if(is_new)
		feed_log_bad(feed, key, len, reason, served);
	return true;
}

static bool
on_put(void* arg, const char* key, size_t key_len, const char* value,
	size_t value_len, int64_t revision)
{
	struct feed* feed = arg;
	struct reason reason;
	enum format_result result = FORMAT_OUTSIDE;
	feed->revision = revision;
	feed_count_event(feed, &feed->puts);
	if(has_prefix(feed, key, key_len))
		result = feed->format->put(feed->state, key + feed->prefix_len,
			key_len - feed->prefix_len, value, value_len,
			&reason);
	switch(result) {
	case FORMAT_SERVED:
		if(!*reason.text)
			return bad_keys_clear(&feed->bad_keys, key, key_len);
		return bad_key_note(feed, key, key_len, revision, reason.text,
			true);
	case FORMAT_BAD:
		return bad_key_note(feed, key, key_len, revision, reason.text,
			false);
	case FORMAT_OUTSIDE:
		feed->outside++;
		if(has_prefix(feed, key, key_len))
			feed_log_outside(feed, key, key_len);
		return true;
	case FORMAT_NO_MEMORY:
		break;
	}
	return false;
}

static bool
on_remove(void* arg, const char* key, size_t key_len, int64_t revision)
{
	struct feed* feed = arg;
	feed->revision = revision;
	feed_count_event(feed, &feed->removals);
	if(!bad_keys_clear(&feed->bad_keys, key, key_len))
		return false;
	return !has_prefix(feed, key, key_len) || feed->format->remove(
		feed->state, key + feed->prefix_len, key_len -
		feed->prefix_len);
}

/** Remove everything below a directory that lies at or below the prefix.
 * @param dir: with its final '/', and at least as long as the prefix. */
static bool
dir_remove(struct feed* feed, const char* dir, size_t len, int64_t revision)
{
	feed->revision = revision;
	return commit_all(feed) &&
		bad_keys_clear_below(&feed->bad_keys, dir, len) &&
		feed->format->remove_below(feed->state, dir + feed->prefix_len,
		len > feed->prefix_len ? len - feed->prefix_len - 1 : 0);
}

static bool
on_remove_below(void* arg, const char* dir, size_t len, int64_t revision)
{
	struct feed* feed = arg;
	size_t common = len + 1 < feed->prefix_len ? len + 1 :
		feed->prefix_len;
	char* path = malloc(len + 1);
	bool ok;
	if(!path)
		return false;
	feed_count_event(feed, &feed->removals);
	memcpy(path, dir, len);
	path[len] = '/';
	if(memcmp(path, feed->prefix, common) != 0)
		ok = true;
	else if(len + 1 <= feed->prefix_len)
		ok = dir_remove(feed, feed->prefix, feed->prefix_len,
			revision);
	else	ok = dir_remove(feed, path, len + 1, revision);
	free(path);
	return ok;
}

static bool
on_commit(void* arg)
{
	struct feed* feed = arg;
	bool has_changes = store_pending(feed->store) > 0, ok;
	if(feed->listing && store_pending(feed->store) < store_built(
		feed->store) / BUILT_MAX)
		return true;
	ok = commit_all(feed);
	feed_count_visible(feed, has_changes && ok);
	return ok;
}

static void
on_rollback(void* arg)
{
	struct feed* feed = arg;
	store_rollback(feed->store);
	feed->arrived = 0;
	/* part of an aborted list may be visible already */
	if(feed->listing)
		zones_settle(feed->zones);
	feed->listing = false;
}

static void
on_list_begin(void* arg)
{
	struct feed* feed = arg;
	on_rollback(feed);
	store_mark(feed->store);
	feed->list++;
	feed->listing = true;
	feed->outside = 0;
	*feed->outside_key = 0;
	*feed->meant_key = 0;
}

static bool
on_list_end(void* arg, uint64_t cluster, int64_t revision)
{
	struct feed* feed = arg;
	const struct feed_listener* listener = &feed->listener;
	bool ok;
	(void)cluster;
	/* the sweep would remove a name whose puts were lost */
	if(!commit_all(feed))
		return false;
	feed->revision = revision;
	feed->sweeping = true;
	listener->changing(listener->arg);
	ok = store_sweep(feed->store, NULL);
	feed->sweeping = false;
	feed->listing = false;
	cuts_invalidate_zones(feed);
	listener->changed(listener->arg);
	zones_settle(feed->zones);
	ok = bad_keys_clear_unlisted(&feed->bad_keys, feed->list) && ok;
	feed_log_suppressed(feed);
	feed_log_outside_list(feed);
	if(!ok)
		return false;
	feed->complete = true;
	feed_log_stats(feed);
	return true;
}

/* --- life ---------------------------------------------------------------- */

static void
ignore(void* arg)
{
	(void)arg;
}

static void
invalidate_nothing(void* arg, const struct name* owner, uint16_t type,
	bool referred)
{
	(void)arg;
	(void)owner;
	(void)type;
	(void)referred;
}

static bool
cache_nothing(void* arg, const struct name* owner, uint16_t type)
{
	(void)arg;
	(void)owner;
	(void)type;
	return false;
}

/** Give a listener functions that do nothing for those that are NULL. */
static struct feed_listener
listener_complete(struct feed_listener listener)
{
	if(!listener.invalidate)
		listener.invalidate = invalidate_nothing;
	if(!listener.is_cached)
		listener.is_cached = cache_nothing;
	if(!listener.changing)
		listener.changing = ignore;
	if(!listener.changed)
		listener.changed = ignore;
	return listener;
}

struct feed*
feed_create(const struct zone_settings* zones, size_t count,
	const char* prefix, const struct feed_listener* listener)
{
	struct feed* feed = calloc(1, sizeof(*feed));
	struct store_listener listens = { feed, on_changed, feed_log_crowded,
		feed_log_conflict, on_ignoring };
	if(!feed)
		return NULL;
	feed->listener = listener_complete(*listener);
	bad_keys_init(&feed->bad_keys);
	ignored_names_init(&feed->ignored);
	feed->warnings_left = WARNINGS_BURST;
	feed->logged.keys = SIZE_MAX;
	feed->prefix_len = strlen(prefix) + 1;
	feed->prefix = malloc(feed->prefix_len + 1);
	feed->store = store_create(&listens);
	feed->format = &helix_format;
	feed->state = feed->format->open(&(struct format_target){ feed->store,
		feed, has_zone, admit });
	if(feed->prefix && feed->store && feed->state) {
		sprintf(feed->prefix, "%s/", prefix);
		feed->zones = zones_create(feed->store, zones, count);
	}
	if(!feed->zones) {
		feed_delete(feed);
		return NULL;
	}
	return feed;
}

void
feed_delete(struct feed* feed)
{
	if(!feed)
		return;
	bad_keys_free(&feed->bad_keys);
	ignored_names_free(&feed->ignored);
	feed->format->close(feed->state);
	zones_delete(feed->zones);
	store_delete(feed->store);
	free(feed->prefix);
	free(feed);
}

struct store*
feed_store(const struct feed* feed)
{
	return feed->store;
}

struct zones*
feed_zones(const struct feed* feed)
{
	return feed->zones;
}

struct etcd_sink
feed_sink(struct feed* feed)
{
	return (struct etcd_sink){ .arg = feed, .put = on_put,
		.remove = on_remove, .remove_below = on_remove_below,
		.commit = on_commit, .rollback = on_rollback,
		.list_begin = on_list_begin, .list_end = on_list_end };
}

bool
feed_is_complete(const struct feed* feed)
{
	return feed->complete;
}
