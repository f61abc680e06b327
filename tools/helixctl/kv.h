/*
 * tools/helixctl/kv.h - reads and writes keys of etcd.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * The keys below the prefix, by the API that helix.yaml names. A path is a key
 * without the prefix and the '/' after it: any octets, but no NUL where it is
 * given as a string.
 *
 * Endpoints are tried in turn, starting with the one that answered last. Where
 * a function fails, the user was told why by ctl_error: which endpoint said
 * what, or which permission etcd's user lacks. So there is nothing left for a
 * command to say; it returns CTL_FAILED.
 *
 * A change says which revision its key must have, so that of two that change
 * the same key one gets KV_CONFLICT. With v3, all changes of one kv_apply are
 * one transaction: all of them are made, or none is, at one revision. The v2
 * API has no transactions: there the changes are made one after the other, each
 * by itself, and guards are not watched.
 *
 * For one thread.
 */
#ifndef HELIXCTL_KV_H
#define HELIXCTL_KV_H

#include "ctl.h"
#include "etcd/settings.h"
#include <stddef.h>
#include <stdint.h>

struct kv;

/** A key, its value, and what etcd says of it. Texts are any octets, with a NUL
 * behind them that does not count; valid during the call of a kv_seen. */
struct kv_key {
	/** the whole key, prefix included */
	const char* key;
	/** octets in key */
	size_t key_len;
	/** where the path begins in key */
	const char* path;
	/** octets in path */
	size_t path_len;
	const char* value;
	/** octets in value */
	size_t value_len;
	/** revision that put this value; v2: its modifiedIndex */
	int64_t mod_revision;
	/** revision that put the key when it did not exist */
	int64_t create_revision;
	/** v3: id of the lease, 0: none. v2: the seconds that the key has to
	 * live, 0: for ever */
	int64_t lease;
};

/** Takes a key. @return false to stop: the function that calls it then returns
 * false, and tells the user nothing. */
typedef bool kv_seen(void* arg, const struct kv_key* key);

/** A range of keys, by their paths: from first on, and before end. */
struct kv_range {
	/** any octets */
	const char* first;
	/** octets in first */
	size_t first_len;
	/** any octets; NULL: only the key `first` */
	const char* end;
	/** octets in end */
	size_t end_len;
};

/** What a key may be before it is changed; see kv_change. */
enum {
	/** it must not exist */
	KV_ABSENT = 0,
	/** whatever it is */
	KV_ANY = -1
};

/** A change of one key. */
struct kv_change {
	/** path of the key */
	const char* path;
	/** octets in path */
	size_t path_len;
	/** the new value; NULL: the key is deleted */
	const char* value;
	/** octets in value */
	size_t value_len;
	/** the mod_revision that the key must have; KV_ABSENT or KV_ANY. To
	 * delete a key that does not exist changes nothing. */
	int64_t expected;
	/** of the key from now on, as kv_lease_grant gives it; 0: none. A key
	 * that had a lease loses it by a put without one */
	int64_t lease;
};

/** A condition: no key of a range was put after a revision. */
struct kv_guard {
	struct kv_range range;
	/** the newest mod_revision that a key of the range may have */
	int64_t newest;
};

/** most changes and guards of one kv_apply, taken together: etcd's default for
 * --max-txn-ops, which counts changes, and conditions, each by themselves; a
 * change whose `expected` is not KV_ANY is a condition, too */
#define KV_CHANGES_MAX 128
/** most octets of the paths and values of one kv_apply, so that it is below
 * etcd's default for --max-request-bytes with room to spare; one change of more
 * is to be by itself */
#define KV_OCTETS_MAX (1024 * 1024)

/** How a kv_apply ended. */
enum kv_result {
	/** all changes were made */
	KV_OK,
	/** a key did not have its expected revision, or a guard did not hold.
	 * v3: nothing was changed; v2: see `applied` */
	KV_CONFLICT,
	/** not done; the user was told why. v3: nothing was changed, or etcd
	 * did not answer, and then the user was told that it may have been */
	KV_FAILED
};

/** More on how a kv_apply ended. */
struct kv_outcome {
	/** changes that were made, from the first on: with v3, all or none */
	size_t applied;
	/** KV_OK: the revision by which it was done */
	int64_t revision;
	/** KV_CONFLICT: index of a change whose key is not as expected; count:
	 * only a guard did not hold */
	size_t conflict;
	/** KV_CONFLICT: index of a guard that did not hold; their number: none
	 * is known */
	size_t guard;
};

/**
 * Prepare the access to etcd: reads helix.yaml, and the password of the user
 * that --user names. Does not connect yet.
 * @return NULL if that failed; the user was told.
 */
struct kv* kv_open(struct ctl* ctl);

/** End the access; NULL is ignored. */
void kv_close(struct kv* kv);

/** How etcd is reached: as the configuration says, but that an answer may take
 * up to request_timeout to begin. Valid until kv_close. */
const struct etcd_settings* kv_settings(const struct kv* kv);

/** Whether kv_apply is a transaction: v3. */
bool kv_is_atomic(const struct kv* kv);

/**
 * Whether the user may read all keys below the prefix, and not only those of
 * some zones. Asks etcd at the first call, if there is a user.
 * @return true also if etcd does not say; the user is told nothing.
 */
bool kv_reads_all(struct kv* kv);

/**
 * Whether a list of all keys has a key, and so the module, too: etcd's v2 API
 * does not list what is in a directory whose name begins with '_', unless
 * `hidden` names the last such directory on the way to the key.
 * @param path: of path_len octets.
 */
bool kv_is_listed(const struct kv* kv, const char* path, size_t path_len);

/** The URL of the endpoint that answered last. */
const char* kv_endpoint(const struct kv* kv);

/**
 * List all keys below a directory, as of one revision (v3; with v2, as of one
 * moment). Any number of them: they come page by page.
 * @param below: the path of the directory, such as "com/example", without a
 *	final '/'; "": all keys below the prefix.
 * @param seen: takes each key, with v3 in the order of their octets.
 * @param revision: set to the revision; NULL: not wanted.
 * @return false if it failed or was stopped. Keys may have been seen before.
 */
bool kv_list(struct kv* kv, const char* below, kv_seen* seen, void* arg,
	int64_t* revision);

/**
 * Read the keys of some ranges, as of one revision (v3). For ranges with few
 * keys: use kv_list for others.
 * @param count: at most KV_CHANGES_MAX; ranges may overlap, and a key is then
 *	seen more than once.
 * @param revision: set to etcd's newest revision, before which all that was
 *	seen was put; NULL: not wanted.
 * @return as for kv_list.
 */
bool kv_read(struct kv* kv, const struct kv_range* ranges, size_t count,
	kv_seen* seen, void* arg, int64_t* revision);

/**
 * Read one key: kv_read of one range. `seen` is not called if it does not
 * exist.
 */
bool kv_get(struct kv* kv, const char* path, size_t path_len, kv_seen* seen,
	void* arg, int64_t* revision);

/**
 * Make changes.
 * @param changes: of different keys.
 * @param count: number of changes, 1 to KV_CHANGES_MAX.
 * @param guards: conditions; see KV_CHANGES_MAX. Not watched with v2.
 * @param outcome: set, whatever is returned.
 */
enum kv_result kv_apply(struct kv* kv, const struct kv_change* changes,
	size_t count, const struct kv_guard* guards, size_t guard_count,
	struct kv_outcome* outcome);

/**
 * Make a lease that nobody renews.
 * @param seconds: how long it lives, at least 1; etcd may make it longer.
 * @param lease: its id, for kv_change; with v2, which has no leases, the
 *	seconds.
 * @return false if it failed; the user was told.
 */
bool kv_lease_grant(struct kv* kv, int64_t seconds, int64_t* lease);

/** Revoke a lease that no key has, after a failure; tells the user nothing. */
void kv_lease_revoke(struct kv* kv, int64_t lease);

#endif /* HELIXCTL_KV_H */
