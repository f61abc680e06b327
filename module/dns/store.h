/*
 * dns/store.h - the copy of etcd's records that queries are answered from.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Finds RRsets by owner name. One thread writes, any number of threads read.
 * Readers take no lock and never wait (userspace RCU, see liburcu's
 * documentation): a reader sees a name either before a change or after it, and
 * the writer frees the memory of a name only when no reader can see it.
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
 * beside other data (RFC 1034 3.6.2) is not served at all. An ignored
 * contribution is kept, and served as soon as the conflict ends.
 *
 * Writing: store_put and store_remove make pending changes. store_commit makes
 * these visible, all changes of one name at the same moment; store_rollback
 * drops them. To replace everything by a list: store_mark, then the puts and
 * commits, then store_sweep, which removes what was not put since the mark.
 *
 * Reading: store_read_lock, store_find, store_get, and store_read_unlock when
 * the rdata is copied. These may be nested.
 */
#ifndef HELIX_DNS_STORE_H
#define HELIX_DNS_STORE_H

#include "dns/contribution.h"

/** an RRset with more records is reported as crowded: BIND 9.18.28 and later
 * refuse such an RRset */
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

/** Functions that the writer's thread calls for changes; each may be NULL. */
struct store_listener {
	/** passed to the functions */
	void* arg;
	/** The records of a name have changed, and the change is visible.
	 * @param before: the name before the change, valid during the call;
	 *	NULL: it did not exist. */
	void (*changed)(void* arg, const struct name* owner,
		const struct store_name* before);
	/** An RRset has grown to over STORE_RRSET_CROWDED records, or to more
	 * than fit into a message. @param served: number that fit. */
	void (*crowded)(void* arg, const struct name* owner, uint16_t type,
		size_t records, size_t served);
	/**
	 * A contribution is ignored from now on, because it conflicts with one
	 * that is served: it has the same type and another record, or it is a
	 * CNAME and the other type is not. Called once for each conflict; the
	 * conflicts of a list are reported by its sweep, if they still exist.
	 * Both arguments are valid during the call.
	 */
	void (*conflict)(void* arg, const struct contribution* ignored,
		const struct contribution* served);
	/** A name has changed, and the change is visible; contributions to it
	 * are ignored now, or were before. @param ignored: number of those that
	 * are now. */
	void (*ignoring)(void* arg, const struct name* owner, size_t ignored);
};

/** Counts, as of the last commit. */
struct store_stats {
	/** names that exist */
	size_t names;
	/** contributions */
	size_t keys;
	/** those of them that are ignored, because of conflicts */
	size_t ignored;
	/** records that readers see */
	size_t records;
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
 * Put a contribution; pending until store_commit. Writer's thread.
 * @param contribution: copied.
 * @param set: the records; copied.
 * @return false if memory ran out; then there is no pending change.
 */
bool store_put(struct store* store, const struct contribution* contribution,
	const struct record_set* set);

/**
 * Remove a contribution, if it exists; pending until store_commit. Writer's
 * thread.
 * @return false if memory ran out; then there is no pending change.
 */
bool store_remove(struct store* store,
	const struct contribution* contribution);

/** Number of pending changes. Writer's thread. */
size_t store_pending(const struct store* store);

/**
 * Make the pending changes visible. Writer's thread.
 * @return false if memory ran out; the changes of some names may be lost then.
 */
bool store_commit(struct store* store);

/** What the last commit of pending changes cost: the number of contributions of
 * all names that it changed, since each of these is built anew as a whole.
 * Writer's thread. */
size_t store_built(const struct store* store);

/** Drop the pending changes. Writer's thread. */
void store_rollback(struct store* store);

/** Called for a contribution, which is valid during the call. @return false to
 * end the walk. */
typedef bool store_contribution_seen(void* arg,
	const struct contribution* contribution);

/**
 * Call a function for each contribution in the store, without the pending
 * changes. The function may put and remove. Writer's thread.
 * @param owner: only the contributions to this name; NULL: all.
 * @param arg: passed to seen.
 * @return false if seen did.
 */
bool store_walk(struct store* store, const struct name* owner,
	store_contribution_seen* seen, void* arg);

/** Whether a name has names below it; true of a pinned name, too. Writer's
 * thread. */
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

/** The counts. Any thread; a thread that is not the writer's gets a recent
 * value of each. */
struct store_stats store_stats(const struct store* store);

/** The seed for name_walk_init, for names that are looked up in this store. */
uint64_t store_seed(const struct store* store);

/** Begin to read. Any thread. */
void store_read_lock(struct store* store);

/** End reading; what was found is no longer valid. */
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

/** Number of all records of a type that a name has from its contributions, with
 * those that readers do not see: of a type that has one record, and where there
 * is no room for all. Any thread; between read lock and unlock. */
size_t store_records(const struct store_name* name, uint16_t type);

/** Called for a contribution that is ignored, and the one that it conflicts with;
 * both are valid during the call. @return false to end the walk. */
typedef bool store_ignored_seen(void* arg, const struct contribution* ignored,
	const struct contribution* served);

/**
 * Call a function for each contribution to a name that is ignored. Any thread;
 * between read lock and unlock.
 * @param name: as found.
 * @param arg: passed to seen.
 * @return false if seen did.
 */
bool store_name_ignored(const struct store_name* name,
	store_ignored_seen* seen, void* arg);

/** Called for an RRset. */
typedef void store_type_seen(void* arg, const struct name* owner,
	uint16_t type);

/**
 * Call a function for each RRset that readers see at a name.
 * @param name: as found, or as a listener gets it; NULL has none.
 * @param arg: passed to seen.
 */
void store_name_types(const struct store_name* name, const struct name* owner,
	store_type_seen* seen, void* arg);

/** As store_name_types, for all names. Writer's thread. */
void store_types(struct store* store, store_type_seen* seen, void* arg);

#endif /* HELIX_DNS_STORE_H */
