/*
 * dns/store.h - the copy of etcd's records that queries are answered from.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Finds RRsets by owner name. One thread writes, any number of threads read;
 * readers take no lock and never wait (userspace RCU, see liburcu's
 * documentation: a reader sees a name as it was before a change or as it is
 * after it, and the memory that it sees is freed only after it has unlocked).
 *
 * A name exists if it has records, or if a name below it has (an empty
 * non-terminal, RFC 8020), or if it is pinned (the apex of a zone).
 *
 * The store keeps contributions apart (dns/contribution.h), since the deletion
 * of a key must remove that key's records and no others. Readers see their
 * union, without duplicates, in canonical order (RFC 4034 6.3).
 *
 * Contributions can conflict. Of a type that has one record (type_is_single),
 * the contribution with the lowest source is served, with its TTL. A CNAME
 * beside other data (RFC 1034 3.6.2) is not served at all. What is ignored is
 * kept, and served as soon as the conflict ends.
 *
 * Writing: store_put and store_remove note changes, which store_commit makes
 * visible, all changes of one name at the same moment; store_rollback drops
 * them. To replace everything by a list: store_mark, then the puts and
 * commits, then store_sweep, which removes what was not put since the mark.
 *
 * Reading: store_read_lock, store_find, store_get, and store_read_unlock when
 * the rdata is copied. Readers may nest.
 */
#ifndef HELIX_DNS_STORE_H
#define HELIX_DNS_STORE_H

#include "dns/contribution.h"

/** an RRset with more records is reported as crowded; BIND 9.18.28 and later
 * refuse it */
#define STORE_RRSET_CROWDED 100

struct store;

/** A name as readers see it; valid until they unlock. */
struct store_name;

/** An RRset as readers see it; valid until they unlock. */
struct store_rrset {
	/** RR type, host byte order */
	uint16_t type;
	/** true if a contribution has no TTL: the zone's TTL counts too */
	bool ttl_open;
	/** the lowest TTL of the contributions, in seconds (RFC 2181 5.2), or
	 * RECORD_TTL_NONE */
	uint32_t ttl;
	/** the records that fit into a message */
	struct rdata_list rdata;
};

/** Who hears of changes, in the writer's thread. Functions may be NULL. */
struct store_listener {
	/** passed to the functions */
	void* arg;
	/** The records of a name have changed, and the change is visible.
	 * @param before: the name as it was, valid during the call; NULL: it
	 *	did not exist. */
	void (*changed)(void* arg, const struct name* owner,
		const struct store_name* before);
	/** An RRset has grown to over STORE_RRSET_CROWDED records, or to more
	 * than fit into a message. @param served: how many fit. */
	void (*crowded)(void* arg, const struct name* owner, uint16_t type,
		size_t records, size_t served);
	/**
	 * A contribution is ignored from now on, since it conflicts with one
	 * that is served: of the same type with another record, or, if the
	 * ignored one is a CNAME, of another type. Called once for each
	 * conflict; within a list, by the sweep, for those that are left. Both
	 * are valid during the call.
	 */
	void (*conflict)(void* arg, const struct contribution* ignored,
		const struct contribution* served);
};

/** Counts, as of the last commit. */
struct store_stats {
	/** names that exist */
	size_t names;
	/** contributions */
	size_t keys;
	/** octets allocated for names, hash table included */
	size_t octets;
};

/**
 * Make an empty store.
 * @param listener: copied.
 * @return NULL if memory ran out.
 */
struct store* store_create(const struct store_listener* listener);

/** Delete a store; NULL is ignored. No thread may read it any more. */
void store_delete(struct store* store);

/**
 * Make a name exist for ever, with or without records. Writer's thread.
 * @return false if memory ran out.
 */
bool store_pin(struct store* store, const struct name* name);

/**
 * Note the records of a contribution. Writer's thread.
 * @param contribution: copied.
 * @param set: the records; copied.
 * @return false if memory ran out; nothing is noted then.
 */
bool store_put(struct store* store, const struct contribution* contribution,
	const struct record_set* set);

/**
 * Note that a contribution is gone; that there was none is no error. Writer's
 * thread.
 * @return false if memory ran out; nothing is noted then.
 */
bool store_remove(struct store* store,
	const struct contribution* contribution);

/** Number of changes noted and not committed. Writer's thread. */
size_t store_pending(const struct store* store);

/**
 * Make what was noted visible. Writer's thread.
 * @return false if memory ran out; some names may then be without their
 *	changes, which are lost.
 */
bool store_commit(struct store* store);

/** What the last commit with changes has cost: the number of contributions in
 * the RRsets of the names that it changed, as it builds each name as a whole.
 * Writer's thread. */
size_t store_built(const struct store* store);

/** Drop what was noted since the last commit. Writer's thread. */
void store_rollback(struct store* store);

/** Is shown a contribution, which is valid during the call. @return false to
 * end the walk. */
typedef bool store_contribution_seen(void* arg,
	const struct contribution* contribution);

/**
 * Show the contributions whose records are in the store; what is pending does
 * not count. The function may note changes. Writer's thread.
 * @param owner: only those of this name; NULL: all.
 * @param arg: passed to seen.
 * @return false if seen did.
 */
bool store_walk(struct store* store, const struct name* owner,
	store_contribution_seen* seen, void* arg);

/** Whether a name has names below it, or may have. Writer's thread. */
bool store_has_below(struct store* store, const struct name* name);

/** Begin a list. Writer's thread; nothing may be pending. */
void store_mark(struct store* store);

/**
 * Remove all that was not put since store_mark. Writer's thread; nothing may
 * be pending.
 * @param removed: if not NULL, set to the number of contributions removed.
 * @return false if memory ran out; the rest is then still there.
 */
bool store_sweep(struct store* store, size_t* removed);

/** The counts. Any thread; other threads than the writer's see some recent
 * value of each. */
struct store_stats store_stats(const struct store* store);

/** The seed for name_walk_init of names to be found in this store. */
uint64_t store_seed(const struct store* store);

/** Begin to read. Any thread. */
void store_read_lock(struct store* store);

/** End reading; nothing that was found is valid any more. */
void store_read_unlock(struct store* store);

/**
 * Find a name, or one of its suffixes. Between read lock and unlock.
 * @param walk: made with store_seed.
 * @param labels: number of labels of the suffix to find; walk->labels for the
 *	name itself.
 * @return NULL if that name does not exist.
 */
const struct store_name* store_find(struct store* store,
	const struct name_walk* walk, unsigned labels);

/**
 * Find the wildcard (RFC 4592) that is a child of a suffix of a name.
 * Between read lock and unlock.
 * @param labels: number of labels of the suffix below which to look.
 * @return NULL if there is no such name.
 */
const struct store_name* store_find_wildcard(struct store* store,
	const struct name_walk* walk, unsigned labels);

/**
 * Get an RRset of a name. Between read lock and unlock.
 * @param name: as found.
 * @param type: host byte order; 0 gets the name's first RRset.
 * @param rrset: the result.
 * @return false if the name has no such RRset for readers.
 */
bool store_get(const struct store_name* name, uint16_t type,
	struct store_rrset* rrset);

/** Is shown an RRset. */
typedef void store_type_seen(void* arg, const struct name* owner,
	uint16_t type);

/**
 * Show the RRsets that readers see at a name.
 * @param name: as found, or as a listener gets it; NULL has none.
 * @param arg: passed to seen.
 */
void store_name_types(const struct store_name* name, const struct name* owner,
	store_type_seen* seen, void* arg);

/** As store_name_types, for all names. Writer's thread. */
void store_types(struct store* store, store_type_seen* seen, void* arg);

#endif /* HELIX_DNS_STORE_H */
