/*
 * dns/store.h - the copy of etcd's records that queries are answered from.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * From owner names to RRsets. One thread writes, any number of threads read;
 * readers take no lock and never wait (userspace RCU, see liburcu's
 * documentation: a reader sees a name as it was before a change or as it is
 * after it, and memory that it looks at is freed only after it has unlocked).
 *
 * A name exists if it has records, or if a name below it has (an empty
 * non-terminal, RFC 8020), or if it was pinned (the apex of a zone).
 *
 * The store keeps apart what each etcd key gave, because a key's deletion
 * must take away that key's records and no others: a record's contribution is
 * told from others of its owner and type by its `source` (see format/helix.h).
 * What readers see of an RRset is the union of the contributions, without
 * doubles, in canonical order (RFC 4034 6.3).
 *
 * Keys can contradict each other. Of a type that has one record
 * (type_is_single), the key with the lowest source stands, and readers see
 * its record and its TTL. A CNAME beside other data (RFC 1034 3.6.2) is not
 * for readers at all. What is left out is kept, and seen as soon as nothing
 * contradicts it any more.
 *
 * Writing: store_put and store_remove note changes, which store_commit makes
 * visible, all changes of one name at the same moment; store_rollback drops
 * them. To take in a whole list: store_mark, then the puts, then store_sweep
 * removes what was neither put since the mark nor before it removed.
 *
 * Reading: store_read_lock, store_find, store_get, and store_read_unlock when
 * the rdata is copied. Readers may nest.
 */
#ifndef HELIX_DNS_STORE_H
#define HELIX_DNS_STORE_H

#include "dns/contribution.h"

/** most records of an RRset for which no warning is due; BIND 9.18.28 and
 * later refuse RRsets that have more */
#define STORE_RRSET_CROWDED 100

struct store;

/** A name as readers see it; valid until they unlock. */
struct store_name;

/** An RRset as readers see it; valid until they unlock. */
struct store_rrset {
	/** RR type, host byte order */
	uint16_t type;
	/** whether a key of the RRset gave no TTL: the zone's counts too */
	bool ttl_open;
	/** the lowest TTL that a key gave, in seconds (RFC 2181 5.2), or
	 * RECORD_TTL_NONE */
	uint32_t ttl;
	/** number of records that fit into a message */
	uint32_t count;
	/** for each of them: length in two octets, network byte order; rdata
	 * in wire format */
	const uint8_t* rdata;
	/** octets of rdata */
	size_t rdata_len;
};

/** What the store tells its owner about; called in the writer's thread. */
struct store_listener {
	/** passed to the functions */
	void* arg;
	/** The records of a name have changed, and the change is visible.
	 * What the name was before is valid during the call; NULL: it did not
	 * exist. */
	void (*changed)(void* arg, const struct name* owner,
		const struct store_name* before);
	/** An RRset has grown to over STORE_RRSET_CROWDED records, or to more
	 * than fit into a message; served is how many of them do. */
	void (*crowded)(void* arg, const struct name* owner, uint16_t type,
		size_t records, size_t served);
	/**
	 * A key has come to be left out, and the key that stands against it:
	 * of the same type, with another record, or, where the one that is
	 * left out is a CNAME, of another type. Told once, when it comes to
	 * that; of what a list brings about, when the list is swept, and if it
	 * is still so. The keys are valid during the call.
	 */
	void (*conflict)(void* arg, const struct contribution* key,
		const struct contribution* stands);
};

/** Counts, as of the last commit. */
struct store_stats {
	/** names that exist */
	size_t names;
	/** keys that give records */
	size_t keys;
	/** octets allocated for names, hash table included */
	size_t octets;
};

/**
 * Make an empty store.
 * @param listener: copied; its functions may be NULL.
 * @return NULL if memory ran out.
 */
struct store* store_create(const struct store_listener* listener);

/**
 * Delete a store. No thread may be reading it, or come to read it.
 * @param store: may be NULL.
 */
void store_delete(struct store* store);

/**
 * Make a name exist for ever, with or without records. Writer's thread.
 * @return false if memory ran out.
 */
bool store_pin(struct store* store, const struct name* name);

/**
 * Note that a key gives records. Writer's thread.
 * @param key: owner, type and source; copied.
 * @param set: the records; copied.
 * @return false if memory ran out; nothing is noted then.
 */
bool store_put(struct store* store, const struct contribution* key,
	const struct record_set* set);

/**
 * Note that a key gives no records any more. Writer's thread. That it gave
 * none before is no error.
 * @return false if memory ran out; nothing is noted then.
 */
bool store_remove(struct store* store, const struct contribution* key);

/** Number of changes noted and not committed. Writer's thread. */
size_t store_pending(const struct store* store);

/**
 * Make what was noted visible. Writer's thread.
 * @return false if memory ran out; some names may then be without their
 *	changes, which are lost.
 */
bool store_commit(struct store* store);

/** What the last commit that had changes has cost: the number of keys in the
 * RRsets that it built, since it builds each that it changes, and the others of
 * its name, as a whole. Writer's thread. */
size_t store_built(const struct store* store);

/** Drop what was noted since the last commit. Writer's thread. */
void store_rollback(struct store* store);

/** Called for a contribution, which is valid during the call. @return false to
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

/** Begin to take in a whole list. Writer's thread; nothing may be pending. */
void store_mark(struct store* store);

/**
 * Remove all that was not put since store_mark. Writer's thread; nothing may
 * be pending.
 * @param removed: if not NULL, set to the number of keys removed.
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

/** End reading; what was found is not to be looked at any more. */
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

/** Called for an RRset. */
typedef void store_type_seen(void* arg, const struct name* owner,
	uint16_t type);

/**
 * Show the types of the RRsets that readers see at a name.
 * @param name: as found, or as a listener gets it; NULL has none.
 * @param seen: called for each, with the owner and its type.
 * @param arg: passed to it.
 */
void store_name_types(const struct store_name* name, const struct name* owner,
	store_type_seen* seen, void* arg);

/** As store_name_types, for all names. Writer's thread. */
void store_types(struct store* store, store_type_seen* seen, void* arg);

#endif /* HELIX_DNS_STORE_H */
