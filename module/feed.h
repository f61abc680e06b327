/*
 * feed.h - from keys and values to records in the store.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Takes what happens to the keys below the prefix, as etcd tells it, and
 * keeps the store and the zones' serials in step: reads each key and value,
 * ignores names outside the zones, withdraws what has become bad, and warns of
 * each bad key once, with the reason. A bad key costs no other key anything.
 * What is served and looks wrong is warned of in the same way. Of the keys
 * outside the zones, one is named after each list, and one in an hour of those
 * put later; and each that would be in a zone if its labels were reversed.
 *
 * All functions, and those of the sink, are for the one thread that writes the
 * store, but feed_stats and feed_is_complete, which any thread may call.
 */
#ifndef HELIX_FEED_H
#define HELIX_FEED_H

#include "dns/store.h"
#include "dns/zone.h"
#include "etcd/etcd.h"

struct feed;

/** Counts of the keys below the prefix. */
struct feed_stats {
	/** keys that are served */
	size_t keys;
	/** keys that are not, because the key or the value is bad */
	size_t bad;
	/** puts, since the last list began, of keys whose name is in no zone */
	size_t outside;
};

/** Who is told of changes, in the writer's thread; functions may be NULL. */
struct feed_listener {
	/** passed to the functions */
	void* arg;
	/**
	 * What was answered with an RRset may be another answer now, by a
	 * change that is visible, or, if it is the first zone cut or DNAME of a
	 * zone, is about to be.
	 * @param referred: whether there are zone cuts, so that the RRset may
	 *	have been part of a referral.
	 */
	void (*overtaken)(void* arg, const struct name* owner, uint16_t type,
		bool referred);
	/** Whether answers with an RRset may be kept somewhere; owner NULL:
	 * answers with any. It is quick, and saves looking closer. */
	bool (*is_kept)(void* arg, const struct name* owner, uint16_t type);
	/** Changes are about to become visible, one after the other. */
	void (*changing)(void* arg);
	/** They are, and all that they overtake was told. */
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

/** Delete a feed, with its store and zones; NULL is ignored. No thread may be
 * asking. */
void feed_delete(struct feed* feed);

/** The store that is fed. */
struct store* feed_store(const struct feed* feed);

/** The zones that answer from it. */
struct zones* feed_zones(const struct feed* feed);

/**
 * What tells the feed of etcd's keys. All changes of one name become visible
 * together, by commit. A commit within a list may put that off, where it would
 * cost much more than there are changes. To remove_below a directory that has
 * names below its own, or that is of a zone's name, the feed looks at every
 * record; else only at those of two names.
 */
struct etcd_sink feed_sink(struct feed* feed);

/** Whether a list was ever complete; before that, nothing can be said of any
 * name. */
bool feed_is_complete(const struct feed* feed);

/** The counts. */
struct feed_stats feed_stats(const struct feed* feed);

#endif /* HELIX_FEED_H */
