/*
 * feed.h - from keys and values to records in the store.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Follows the keys below the prefix, and keeps the store and the zones' serials
 * up to date. A format (format/format.h) reads keys and
 * values; the feed adds what a format does not know: which owners are in the
 * zones, and what an apex may have. A bad key gives no records, not even those
 * that it gave before, and costs no other key anything.
 *
 * Log: one warning for each put of a key that is bad, is served but looks
 * wrong, conflicts with another one, or would be in a zone if its labels were
 * reversed; at most 20 at once and then one a second, the others are counted.
 * Of the other keys outside the zones, one is named after each list, and one an
 * hour between lists.
 *
 * feed_stats and feed_is_complete are for any thread; all other functions, and
 * the sink's, for the one that writes the store.
 */
#ifndef HELIX_FEED_H
#define HELIX_FEED_H

#include "dns/store.h"
#include "dns/zone.h"
#include "etcd/sink.h"

struct feed;

/** Counts of the keys below the prefix. */
struct feed_stats {
	/** keys that are served */
	size_t keys;
	/** keys that are not, because the key or the value is bad */
	size_t bad;
	/** puts, since the last list began, of keys that are in no zone */
	size_t outside;
};

/** Who keeps answers, and invalidates them; in the writer's thread. Functions
 * may be NULL. */
struct feed_listener {
	/** passed to the functions */
	void* arg;
	/**
	 * Answers with an RRset may have changed, by a change that is visible;
	 * or, by the first zone cut or DNAME of a zone, are about to.
	 * @param referred: whether there are zone cuts, so that the RRset may
	 *	have been part of a referral.
	 */
	void (*invalidate)(void* arg, const struct name* owner, uint16_t type,
		bool referred);
	/** Whether answers with an RRset may be cached; owner NULL: with any.
	 * The feed asks to save itself a closer look. */
	bool (*is_cached)(void* arg, const struct name* owner, uint16_t type);
	/** Changes are about to become visible, one after the other. */
	void (*changing)(void* arg);
	/** All of them are visible, and invalidate was called for all. */
	void (*changed)(void* arg);
};

/**
 * Make a feed.
 * @param zones: settings of the zones, for zones_create.
 * @param count: number of zones.
 * @param prefix: what keys begin with, without a final '/'; copied.
 * @param listener: copied.
 * @return NULL if memory ran out.
 */
struct feed* feed_create(const struct zone_settings* zones, size_t count,
	const char* prefix, const struct feed_listener* listener);

/** Delete a feed, with its store and zones; NULL is ignored. No thread may read
 * them. */
void feed_delete(struct feed* feed);

/** The store that the feed writes. */
struct store* feed_store(const struct feed* feed);

/** The zones that answer from it. */
struct zones* feed_zones(const struct feed* feed);

/**
 * The sink through which the feed follows etcd. Changes of one name become
 * visible together, by commit; within a list, a commit may wait for more
 * changes. remove_below of one host's directory looks at two names; of any
 * larger one, at all names.
 */
struct etcd_sink feed_sink(struct feed* feed);

/** Whether a list was ever complete; before that, no name can be answered. */
bool feed_is_complete(const struct feed* feed);

/** The counts. */
struct feed_stats feed_stats(const struct feed* feed);

#endif /* HELIX_FEED_H */
