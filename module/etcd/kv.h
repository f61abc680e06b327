/*
 * etcd/kv.h - a key of etcd, and its value.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * What both of etcd's APIs tell of a key. The octets belong to the JSON or the
 * buffer that they were read from.
 */
#ifndef HELIX_ETCD_KV_H
#define HELIX_ETCD_KV_H

#include <stddef.h>
#include <stdint.h>

/** A key and its value: any octets. What v2 calls an index is a revision
 * here. */
struct etcd_kv {
	const char* key;
	/** octets of key */
	size_t key_len;
	/** empty in a deletion */
	const char* value;
	/** octets of value */
	size_t value_len;
	/** revision of the put or the deletion */
	int64_t mod_revision;
	/** revision of the first put since the key did not exist; 0 in a
	 * deletion by v3 */
	int64_t create_revision;
	/** v3: id of the lease; 0: none. v2: seconds that the key has to live;
	 * 0: for ever */
	int64_t lease;
};

#endif /* HELIX_ETCD_KV_H */
