/*
 * feed.c - from keys and values to records in the store.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "feed.h"
#include "bad_keys.h"
#include "base/clock.h"
#include "base/log.h"
#include "dns/type.h"
#include "format/helix.h"
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** so many warnings may come at once; then one a second */
#define WARNINGS_BURST 20
/** a commit within a list waits until it has one change for so many keys in
 * the RRsets that the commit before it built: else a name with a million keys
 * would cost the square of them */
#define BUILT_MAX 8
/** octets of a message's key that are shown, */
#define SHOWN_KEY_MAX 600
/** and of each key of a message with two */
#define SHOWN_PAIR_MAX 400

/** seconds from one message on a key outside the zones to the next */
#define OUTSIDE_INTERVAL 3600

/** first zone cuts that are remembered one by one; with more of them pending,
 * every name of the zones counts as below one */
#define CUTS_MAX 16

/**
 * Zone cuts and DNAMEs of zones that had none. Cached answers assumed that
 * there are none: those of names below a cut are invalidated before the cut is
 * visible, and the others of its zone after it. Later cuts need no such look.
 */
struct first_cuts {
	/** number of them; 0: nothing is to be invalidated */
	size_t count;
	/** number of those whose names below were invalidated */
	size_t done;
	/** the zones, of the first CUTS_MAX, */
	const struct zone* zone[CUTS_MAX];
	/** the names, */
	struct name owner[CUTS_MAX];
	/** and the types, NS or DNAME */
	uint16_t type[CUTS_MAX];
};

struct feed {
	/** how keys and values become records */
	const struct format* format;
	/** its state */
	void* state;
	/** what the feed writes */
	struct store* store;
	/** the zones that answer from it */
	struct zones* zones;
	/** what keys begin with, with the final '/'; owned */
	char* prefix;
	/** octets of prefix */
	size_t prefix_len;
	/** who hears of changes; no function is NULL */
	struct feed_listener listener;
	/** revision of the event that is being handled */
	int64_t revision;
	/** number of the list that is under way, or was last */
	unsigned list;
	/** keys that were warned of */
	struct bad_keys bad_keys;
	/** true between list_begin and list_end */
	bool listing;
	/** true while the store removes what the list lacks */
	bool sweeping;
	/** true once a zone has had a zone cut */
	bool refers;
	/** pending invalidations */
	struct first_cuts cuts;
	/** see feed_is_complete */
	_Atomic bool complete;
	/** number of keys outside the zones */
	_Atomic size_t outside;
	/** warnings that may still be logged */
	unsigned warnings_left;
	/** warnings that were not logged since the last that was */
	size_t warnings_suppressed;
	/** when warnings_left was last raised, in seconds */
	int64_t warnings_time;
	/** when the next key outside the zones may be logged, in seconds */
	int64_t outside_time;
	/** an example of the list's keys outside the zones, fit for a log
	 * line; "": none yet */
	char outside_key[SHOWN_PAIR_MAX + 8];
	/** the key that may have been meant; "": no idea */
	char meant_key[SHOWN_PAIR_MAX + 8];
	/** number of keys outside the zones that was logged last */
	size_t outside_logged;
	/** the counts that were logged last */
	struct feed_stats logged;
};

/* --- warnings ------------------------------------------------------------ */

/** Raise the number of warnings that may be logged, as time has passed. */
static void
warnings_refill(struct feed* feed)
{
	int64_t now = clock_now() / 1000;
	if(now - feed->warnings_time > WARNINGS_BURST)
		feed->warnings_left = WARNINGS_BURST;
	else	feed->warnings_left += (unsigned)(now - feed->warnings_time);
	if(feed->warnings_left > WARNINGS_BURST)
		feed->warnings_left = WARNINGS_BURST;
	feed->warnings_time = now;
}

/** Say how many warnings were suppressed. */
static void
warnings_count_out(struct feed* feed)
{
	if(feed->warnings_suppressed == 0)
		return;
	helix_warning("%zu more warnings suppressed; bad keys now: %zu",
		feed->warnings_suppressed, (size_t)feed->bad_keys.bad);
	feed->warnings_suppressed = 0;
}

/** Take one of the warnings that may be logged now, if there is one. */
static bool
warnings_take(struct feed* feed)
{
	warnings_refill(feed);
	if(feed->warnings_left == 0)
		return false;
	feed->warnings_left--;
	warnings_count_out(feed);
	return true;
}

/** The same; if there is none, the caller's warning is counted. */
static bool
warning_begin(struct feed* feed)
{
	if(warnings_take(feed))
		return true;
	feed->warnings_suppressed++;
	return false;
}

/**
 * Make a key fit for a log line. Unlike text_show it leaves backslashes as they
 * are, so that an operator can copy the key out of the log.
 * @param max: octets to spend on it.
 * @param out: room for max and 8 octets.
 */
static const char*
shown_key(const char* key, size_t len, size_t max, char* out)
{
	size_t i;
	char* at = out;
	for(i = 0; i < len && (size_t)(at - out) <= max; i++) {
		unsigned char c = (unsigned char)key[i];
		if(c > ' ' && c < 0x7f)
			*at++ = (char)c;
		else	at += sprintf(at, "<%02x>", (unsigned)c);
	}
	strcpy(at, i < len ? "..." : "");
	return out;
}

/**
 * Note that a key is bad, or looks wrong, and warn of it unless that was done.
 * @param served: false: it is bad.
 * @return false if memory ran out.
 */
static bool
bad_key_warn(struct feed* feed, const char* key, size_t len,
	int64_t revision, const char* reason, bool served)
{
	char out[SHOWN_KEY_MAX + 8];
	bool is_new;
	if(!bad_keys_note(&feed->bad_keys, key, len, revision, feed->list,
		served, &is_new))
		return false;
	if(is_new && warning_begin(feed))
		helix_warning("key %s is %s: %s", shown_key(key, len,
			SHOWN_KEY_MAX, out), served ? "served, but looks "
			"wrong" : "not served", reason);
	return true;
}

/* --- the listener of the store -------------------------------------------- */

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

static void
on_crowded(void* arg, const struct name* owner, uint16_t type,
	size_t records, size_t served)
{
	char name[NAME_TEXT_MAX], type_text[TYPE_TEXT_MAX];
	if(!warning_begin(arg))
		return;
	helix_warning("%s %s has %zu records, and %zu of them fit into an "
		"answer; some resolvers refuse more than %d",
		name_to_text(owner->wire, name),
		type_to_text(type, type_text), records, served,
		STORE_RRSET_CROWDED);
}

/** Write a path as the key that it is of, fit for a log line.
 * @param out: room for SHOWN_PAIR_MAX and 8 octets. */
static const char*
shown_path(const struct feed* feed, const char* path, size_t len, char* out)
{
	char key[2 * SHOWN_PAIR_MAX];
	size_t used = feed->prefix_len < sizeof(key) ? feed->prefix_len :
		sizeof(key);
	memcpy(key, feed->prefix, used);
	if(len > sizeof(key) - used)
		len = sizeof(key) - used;
	memcpy(key + used, path, len);
	return shown_key(key, used + len, SHOWN_PAIR_MAX, out);
}

/** The key of a contribution, fit for a log line. */
static const char*
shown_contribution(const struct feed* feed,
	const struct contribution* contribution, char* out)
{
	char path[2 * SHOWN_PAIR_MAX];
	return shown_path(feed, path, feed->format->key_write(feed->state,
		contribution, path, sizeof(path)), out);
}

static void
on_conflict(void* arg, const struct contribution* ignored,
	const struct contribution* served)
{
	char one[SHOWN_PAIR_MAX + 8], other[SHOWN_PAIR_MAX + 8];
	char text[TYPE_TEXT_MAX];
	const char* type = type_to_text(ignored->type, text);
	if(!warning_begin(arg))
		return;
	shown_contribution(arg, ignored, one);
	shown_contribution(arg, served, other);
	if(ignored->type == served->type)
		helix_warning("key %s ignored: conflicts with the %s of key "
			"%s", one, type, other);
	else	helix_warning("key %s ignored: a %s cannot share its name with "
			"key %s", one, type, other);
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
	if(feed->warnings_suppressed > 0)
		(void)warnings_take(feed);
	return ok;
}

/**
 * The key that was meant by one outside the zones.
 * @param out: room for SHOWN_PAIR_MAX and 8 octets.
 * @return out, or NULL.
 */
static const char*
key_meant(const struct feed* feed, const char* key, size_t len, char* out)
{
	char path[2 * SHOWN_PAIR_MAX];
	size_t used = feed->format->key_meant(feed->state, key +
		feed->prefix_len, len - feed->prefix_len, path, sizeof(path));
	return used > 0 ? shown_path(feed, path, used, out) : NULL;
}

/** Keep a listed key outside the zones as the list's example, unless there is a
 * better one. */
static void
outside_keep(struct feed* feed, const char* key, size_t len)
{
	if(*feed->meant_key || (!key_meant(feed, key, len, feed->meant_key) &&
		*feed->outside_key))
		return;
	shown_key(key, len, SHOWN_PAIR_MAX, feed->outside_key);
}

/** Log a key outside the zones. */
static void
outside_log(struct feed* feed, const char* key, size_t len)
{
	char out[SHOWN_PAIR_MAX + 8], meant[SHOWN_PAIR_MAX + 8];
	int64_t now = clock_now() / 1000;
	if(key_meant(feed, key, len, meant)) {
		if(!warning_begin(feed))
			return;
		helix_warning("key %s ignored: in none of the zones; did you "
			"mean %s?",
			shown_key(key, len, SHOWN_PAIR_MAX, out), meant);
	} else if(now >= feed->outside_time) {
		feed->outside_time = now + OUTSIDE_INTERVAL;
		helix_info("key %s ignored: in none of the zones; no other "
			"such key is logged for an hour", shown_key(key, len,
			SHOWN_PAIR_MAX, out));
	}
}

/** A key outside the zones has a value. */
static void
outside_note(struct feed* feed, const char* key, size_t len)
{
	feed->outside++;
	if(!has_prefix(feed, key, len))
		return;
	if(feed->listing)
		outside_keep(feed, key, len);
	else	outside_log(feed, key, len);
}

/** After a list, log how many keys are outside the zones, with the example, if
 * their number has changed: where lists replace a watch, there are many. */
static void
outside_log_list(struct feed* feed)
{
	size_t count = feed->outside;
	if(!*feed->outside_key || count == feed->outside_logged)
		return;
	feed->outside_logged = count;
	if(*feed->meant_key)
		helix_warning("%zu keys ignored: in none of the zones, such as "
			"%s; did you mean %s?", count, feed->outside_key,
			feed->meant_key);
	else	helix_info("%zu keys ignored: in none of the zones, such as %s",
			count, feed->outside_key);
}

static bool
on_put(void* arg, const char* key, size_t key_len, const char* value,
	size_t value_len, int64_t revision)
{
	struct feed* feed = arg;
	struct reason reason;
	enum format_result result = FORMAT_OUTSIDE;
	feed->revision = revision;
	if(has_prefix(feed, key, key_len))
		result = feed->format->put(feed->state, key + feed->prefix_len,
			key_len - feed->prefix_len, value, value_len,
			&reason);
	switch(result) {
	case FORMAT_SERVED:
		if(!*reason.text)
			return bad_keys_clear(&feed->bad_keys, key, key_len);
		return bad_key_warn(feed, key, key_len, revision, reason.text,
			true);
	case FORMAT_BAD:
		return bad_key_warn(feed, key, key_len, revision, reason.text,
			false);
	case FORMAT_OUTSIDE:
		outside_note(feed, key, key_len);
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
	if(feed->listing && store_pending(feed->store) < store_built(
		feed->store) / BUILT_MAX)
		return true;
	return commit_all(feed);
}

static void
on_rollback(void* arg)
{
	struct feed* feed = arg;
	store_rollback(feed->store);
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

/** Log the counts after a list, unless they are those logged last: where lists
 * take the place of a watch, there are many. */
static void
stats_log(struct feed* feed)
{
	struct feed_stats now = feed_stats(feed);
	if(now.keys == feed->logged.keys && now.bad == feed->logged.bad &&
		now.outside == feed->logged.outside)
		return;
	feed->logged = now;
	helix_info("keys served: %zu, bad: %zu, in none of the zones: %zu",
		now.keys, now.bad, now.outside);
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
	warnings_count_out(feed);
	outside_log_list(feed);
	if(!ok)
		return false;
	feed->complete = true;
	stats_log(feed);
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
	struct store_listener listens = { feed, on_changed, on_crowded,
		on_conflict };
	if(!feed)
		return NULL;
	feed->listener = listener_complete(*listener);
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

struct feed_stats
feed_stats(const struct feed* feed)
{
	struct store_stats store = store_stats(feed->store);
	return (struct feed_stats){ .keys = store.keys,
		.bad = feed->bad_keys.bad, .outside = feed->outside,
		.names = store.names, .octets = store.octets };
}

const double feed_delay_bounds[FEED_DELAY_BUCKETS] = { 0.0001, 0.00025, 0.0005,
	0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
	10 };

size_t
feed_bad_keys(const struct feed* feed, feed_key_seen* seen, void* arg)
{
	(void)seen;
	(void)arg;
	return feed->bad_keys.bad;
}

size_t
feed_ignored_keys(const struct feed* feed, feed_key_seen* seen, void* arg)
{
	(void)feed;
	(void)seen;
	(void)arg;
	return 0;
}
