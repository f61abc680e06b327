/*
 * etcd/history.h - detects that etcd was wiped or restored.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Remembers the keys that were put last, with their revisions, and the key that
 * was deleted last. After a lost connection, the anchor (the key that was put
 * last) must be in etcd unchanged, and a key that was deleted after it must be
 * absent. Otherwise etcd was wiped, or restored from a backup.
 *
 * Several keys are remembered, because the last one may be deleted, and because
 * events of a message that was cut off do not count.
 *
 * For one thread.
 */
#ifndef HELIX_ETCD_HISTORY_H
#define HELIX_ETCD_HISTORY_H

#include "etcd/kv.h"
#include <stdbool.h>

/** how many of the keys that were put last are remembered */
#define HISTORY_MAX 16

/** A key that was put, or deleted. */
struct history_anchor {
	/** the key, and a NUL; owned; NULL if there is none */
	char* key;
	/** octets of key */
	size_t len;
	/** revision of the put or the deletion */
	int64_t mod_revision;
	/** revision of the first put since the key did not exist */
	int64_t create_revision;
	/** hash of the value */
	uint64_t value_hash;
};

/** What is remembered; all zero at first. */
struct history {
	/** keys that were put last, the highest mod_revision first */
	struct history_anchor put[HISTORY_MAX];
	/** the key that was deleted last; key, len and mod_revision */
	struct history_anchor deleted;
};

/** Forget everything, and free it. */
void history_clear(struct history* history);

/**
 * A key was put.
 * @param kv: copied as far as needed.
 * @return false if memory ran out.
 */
bool history_put(struct history* history, const struct etcd_kv* kv);

/**
 * A key was deleted.
 * @param revision: of the deletion.
 * @return false if memory ran out.
 */
bool history_delete(struct history* history, const char* key, size_t len,
	int64_t revision);

/**
 * The anchor as of a revision: the key that was put last, up to it.
 * @return NULL if there is none. Valid until the next change.
 */
const struct history_anchor* history_last(const struct history* history,
	int64_t revision);

/** Whether a key, as etcd has it, is as an anchor says. */
bool history_anchor_is(const struct history_anchor* anchor,
	const struct etcd_kv* kv);

#endif /* HELIX_ETCD_HISTORY_H */
