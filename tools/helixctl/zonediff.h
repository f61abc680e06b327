/*
 * tools/helixctl/zonediff.h - how a zone file and etcd differ.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Compares a zone that a zone file describes with the zone's keys in etcd. What
 * the file describes is one key for each owner and type, without an id, with the
 * file's TTL. So each RRset of the file
 *
 *	is the same	its key has these records and this TTL (its own, or the
 *			zone's), and no lease
 *	is added	there is no such key
 *	is changed	the key has something else
 *
 * and keys of the zone that are none of these are removed if they have no id.
 * Keys with an id belong to someone else: they are removed on demand only. Keys
 * of zones below are not looked at, nor are those of whose path no owner can be
 * read. Where SOA and NS at the apex were left out of the file, their keys are
 * not looked at, either. With etcd's v2 API, RRsets whose keys would be hidden
 * (helix.yaml(5)) are left out.
 *
 * In memory are the file's records, and of etcd's keys those that differ.
 *
 * For one thread.
 */
#ifndef HELIXCTL_ZONEDIFF_H
#define HELIXCTL_ZONEDIFF_H

#include "kv.h"
#include "zonesource.h"

/** States of an RRset of the file (zoneset_rrset.state). Its revision is that of
 * its key, for kv_change. */
enum zonediff_state {
	/** there is no such key */
	ZONEDIFF_ADDED = 0,
	/** the key has other records, or another TTL, or a lease */
	ZONEDIFF_CHANGED,
	/** nothing is to be done */
	ZONEDIFF_SAME,
	/** nothing can be done: etcd's v2 API would not list the key, as the
	 * `hidden` of helix.yaml does not name its directory */
	ZONEDIFF_HIDDEN
};

/** A key of etcd that differs. */
struct zonediff_old {
	/** where its order key, path and value are, in `text` */
	size_t key_at, path_at, value_at;
	uint32_t path_len, value_len;
	int64_t revision;
	uint16_t key_len, type;
	/** whether it is removed; else it is changed */
	bool removed;
};

/** A difference. */
struct zonediff {
	struct ctl* ctl;
	struct zonesource* source;
	/** struct zonediff_old, in order of owner, type and path */
	struct buffer olds;
	/** what they point into */
	struct buffer text;
	/** keys */
	unsigned long added, changed, removed, same, hidden;
	/** keys with an id that stay; those of them that contradict the file */
	unsigned long kept, contradicting;
	/** etcd's revision that was compared with */
	int64_t revision;
};

/** What is to be compared. */
struct zonediff_options {
	/** whether keys with an id that the file does not have are removed */
	bool delete;
	/** whether SOA and NS at the apex are compared */
	bool apex;
};

/**
 * Compare.
 * @param diff: the result, to be cleared by zonediff_clear, whatever is
 *	returned. It sets the states in source->set.
 * @return false if that failed; the user was told.
 */
bool zonediff_make(struct zonediff* diff, struct ctl* ctl, struct kv* kv,
	struct zonesource* source, const struct zonediff_options* options);

/** Number of keys that differ. */
unsigned long zonediff_count(const struct zonediff* diff);

/** A key of etcd that differs, by its number; NULL: there are no more. */
struct zonediff_old* zonediff_old(const struct zonediff* diff, size_t number);

/**
 * Write the difference to standard output, in canonical order: a line for each
 * record, "+" or "-" and then as a zone file has it.
 * @param most: most lines; the rest is counted. 0: all of them.
 * @return false if memory ran out, or nothing more can be written.
 */
bool zonediff_print(const struct zonediff* diff, unsigned long most);

/** Write it as JSON: an array of {"key", "old", "new"}, where old and new are
 * values or null. */
bool zonediff_print_json(const struct zonediff* diff);

/** Whether an RRset of the file is to be put. */
static inline bool
zonediff_is_put(const struct zoneset_rrset* rrset)
{
	return rrset->state == ZONEDIFF_ADDED || rrset->state ==
		ZONEDIFF_CHANGED;
}

/** Append the path and the value of an RRset's key. @return false if memory ran
 * out. */
bool zonediff_key_write(const struct zonediff* diff,
	const struct zoneset_rrset* rrset, struct buffer* path,
	struct buffer* value);

/** Free what a difference holds. */
void zonediff_clear(struct zonediff* diff);

#endif /* HELIXCTL_ZONEDIFF_H */
