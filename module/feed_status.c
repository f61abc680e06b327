/*
 * feed_status.c - the feed: counts and lists, for any thread.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "feed_internal.h"
#include "base/clock.h"
#include "dns/type.h"
#include <stdio.h>
#include <string.h>

/** why a key is bad whose reason is not kept */
#define NOT_KEPT "more than 1000 keys were bad when it came, so that the " \
	"reason was not kept; helixctl lint says it"

_Static_assert(FEED_KEYS_MAX == BAD_KEYS_REASONS_MAX && FEED_KEYS_MAX == 1000,
	"the number is in a text, and each listed key has room for a reason");

/* --- events and delays --------------------------------------------------- */

const double feed_delay_bounds[FEED_DELAY_BUCKETS] = { 0.0001, 0.00025, 0.0005,
	0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
	10 };

/** Add to a count that this thread alone writes. */
static void
count_add(_Atomic uint64_t* count, uint64_t more)
{
	atomic_store_explicit(count, atomic_load_explicit(count,
		memory_order_relaxed) + more, memory_order_relaxed);
}

void
feed_count_event(struct feed* feed, _Atomic uint64_t* events)
{
	if(feed->listing)
		return;
	count_add(events, 1);
	if(feed->arrived == 0)
		feed->arrived = clock_microseconds();
}

void
feed_count_visible(struct feed* feed, bool changed)
{
	size_t i = 0;
	int64_t delay = feed->arrived ? clock_microseconds() - feed->arrived :
		0;
	if(feed->arrived && changed) {
		while(i < FEED_DELAY_BUCKETS && (double)delay / 1e6 >
			feed_delay_bounds[i])
			i++;
		count_add(&feed->delays[i], 1);
		count_add(&feed->delays_sum, (uint64_t)delay);
	}
	feed->arrived = 0;
}

static struct feed_delay
delay_read(const struct feed* feed)
{
	struct feed_delay delay = { .sum = (double)feed->delays_sum / 1e6 };
	size_t i;
	for(i = 0; i < FEED_DELAY_BUCKETS; i++) {
		delay.count += feed->delays[i];
		delay.bucket[i] = delay.count;
	}
	delay.count += feed->delays[i];
	return delay;
}

struct feed_stats
feed_stats(const struct feed* feed)
{
	struct store_stats store = store_stats(feed->store);
	return (struct feed_stats){
		/* the writer may be between the two counts */
		.keys = store.keys > store.ignored ? store.keys -
			store.ignored : 0,
		.bad = feed->bad_keys.bad, .ignored = store.ignored,
		.outside = feed->outside,
		.suspicious = feed->bad_keys.suspicious,
		.names = store.names, .records = store.records,
		.octets = store.octets, .puts = feed->puts,
		.removals = feed->removals, .delay = delay_read(feed) };
}

/* --- lists --------------------------------------------------------------- */

/** A list that is put together: of each key its revision, and the texts of
 * struct feed_key with their NULs. */
struct listing {
	/** of which feed */
	const struct feed* feed;
	/** number of keys */
	size_t keys;
	/** the keys */
	struct buffer octets;
	/** revision of the name at which keys are ignored */
	int64_t revision;
};

/** Append a key. @return false if memory ran out. */
static bool
listing_add(struct listing* listing, int64_t revision, const char* key,
	const char* reason)
{
	listing->keys++;
	return buffer_append(&listing->octets, &revision, sizeof(revision)) &&
		buffer_append(&listing->octets, key, strlen(key) + 1) &&
		buffer_append(&listing->octets, reason, strlen(reason) + 1);
}

/** Call a function for each key, and free the list.
 * @param complete: false: for none. */
static void
listing_tell(struct listing* listing, bool complete, feed_key_seen* seen,
	void* arg)
{
	const char* at = (const char*)listing->octets.data;
	size_t left = complete ? listing->keys : 0;
	for(; left > 0; left--) {
		struct feed_key key;
		memcpy(&key.revision, at, sizeof(key.revision));
		key.key = at + sizeof(key.revision);
		key.reason = key.key + strlen(key.key) + 1;
		seen(arg, &key);
		at = key.reason + strlen(key.reason) + 1;
	}
	buffer_clear(&listing->octets);
}

static bool
on_bad_key(void* arg, const char* key, size_t len, int64_t revision,
	const char* reason)
{
	char shown[SHOWN_KEY_MAX + 8];
	return listing_add(arg, revision, feed_show_key(key, len,
		SHOWN_KEY_MAX, shown), reason ? reason : NOT_KEPT);
}

size_t
feed_bad_keys(const struct feed* feed, feed_key_seen* seen, void* arg)
{
	struct bad_keys* keys = (struct bad_keys*)(uintptr_t)&feed->bad_keys;
	struct listing listing = { .feed = feed };
	bool complete = bad_keys_walk(keys, FEED_KEYS_MAX, on_bad_key,
		&listing);
	listing_tell(&listing, complete, seen, arg);
	return keys->bad;
}

static bool
on_ignored(void* arg, const struct contribution* ignored,
	const struct contribution* served)
{
	struct listing* listing = arg;
	char one[SHOWN_PAIR_MAX + 8], other[SHOWN_PAIR_MAX + 8];
	char reason[SHOWN_PAIR_MAX + 128], text[TYPE_TEXT_MAX];
	const char* type = type_to_text(ignored->type, text);
	if(listing->keys == FEED_KEYS_MAX)
		return false;
	feed_show_contribution(listing->feed, ignored, one);
	feed_show_contribution(listing->feed, served, other);
	if(ignored->type == served->type)
		snprintf(reason, sizeof(reason), "conflicts with the %s of key "
			"%s", type, other);
	else	snprintf(reason, sizeof(reason), "a %s cannot share its name "
			"with key %s", type, other);
	return listing_add(listing, listing->revision, one, reason);
}

/** List the keys that are ignored at a name. */
static bool
name_list(struct listing* listing, const struct ignored_copy* copy)
{
	struct store* store = listing->feed->store;
	const struct store_name* name;
	struct name_walk walk;
	bool complete;
	(void)name_walk_init(&walk, copy->owner.wire, copy->owner.len,
		store_seed(store));
	listing->revision = copy->revision;
	store_read_lock(store);
	name = store_find(store, &walk, walk.labels);
	complete = !name || store_name_ignored(name, on_ignored, listing);
	store_read_unlock(store);
	return complete || listing->keys == FEED_KEYS_MAX;
}

size_t
feed_ignored_keys(const struct feed* feed, feed_key_seen* seen, void* arg)
{
	struct listing listing = { .feed = feed };
	struct buffer copies = { NULL, 0, 0 };
	bool complete = ignored_names_copy((struct ignored_names*)(uintptr_t)
		&feed->ignored, FEED_KEYS_MAX, &copies);
	const struct ignored_copy* copy =
		(const struct ignored_copy*)(const void*)copies.data;
	size_t names = copies.len / sizeof(*copy), i;
	for(i = 0; complete && i < names && listing.keys < FEED_KEYS_MAX; i++)
		complete = name_list(&listing, &copy[i]);
	buffer_clear(&copies);
	listing_tell(&listing, complete, seen, arg);
	return store_stats(feed->store).ignored;
}
