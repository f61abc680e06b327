/*
 * tests/unit/dns/stores.h - a store, and what it tells.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * What a test of the store needs: keys as in etcd, what readers see, and what
 * the listener was told. Link with --wrap for cds_lfht_add, cds_lfht_next and
 * cds_lfht_resize. Include cmocka.h, and what it needs, before this.
 */
#ifndef HELIX_TESTS_STORES_H
#define HELIX_TESTS_STORES_H

#include "check.h"
#include "dns/store.h"
#include "dns/type.h"
#include "format/helix.h"

/** room for an RRset as text */
#define SHOWN_MAX 4096
/** room for owners and types as text */
#define TYPES_MAX 256
/** buckets of a store's table at first */
#define BUCKETS_FIRST 1024

/** A store, and what it told its listener. */
struct fixture {
	/** the store */
	struct store* store;
	/** calls of `changed` */
	size_t changed;
	/** what the last one said the name was before */
	char before[TYPES_MAX];
	/** the name of the last of them, as text */
	char owner[NAME_TEXT_MAX];
	/** what readers saw of its A records in that call */
	char seen[SHOWN_MAX];
	/** calls of `crowded` */
	size_t crowded;
	/** what the last of them said, as text */
	char crowd[NAME_TEXT_MAX + 64];
	/** what `conflict` said since it was looked at: for each ignored key
	 * its path, a '<' and the path of the key that is served */
	char conflicts[SHOWN_MAX];
};

/** What the store had liburcu do (see tests/local.mk). */
struct table_seen {
	/** names that were added */
	size_t added;
	/** buckets, since they were changed last */
	size_t buckets;
	/** most names a bucket, on the average, that a name was added to */
	size_t chain;
	/** steps from one name to the next */
	size_t steps;
	/** whether buckets were changed where the thread read, which waits for
	 * those who read */
	bool held;
};

extern struct table_seen table;

/** Find a name that is given as text, and its suffixes. */
void walk_text(const struct store* store, const char* text,
	struct name_walk* walk);

/**
 * What readers see of an RRset: its records in their order, its TTL, and a
 * '+' if the zone's TTL counts too. "none" if there is no such RRset, "ENT"
 * if there is no RRset at all, "no name" if there is no name.
 */
const char* show_name(const struct store_name* name, uint16_t type, char* out);

const char* show(struct store* store, const char* text, uint16_t type,
	char* out);

/** Fail unless readers see this of a name's RRset. */
void expect(struct store* store, const char* text, uint16_t type,
	const char* expected);

/** Read a key that is written as in etcd. */
void parse_key(struct contribution* key, const char* path);

/** Note that a key has a value, or with NULL, none any more. */
void note(struct store* store, const char* path, const char* value);

/** Do the same, and make it visible. */
void commit(struct store* store, const char* path, const char* value);

/** Note the removal of what is chosen, of a name or, with NULL, of all. */
void remove_chosen(struct store* store, const struct name* owner,
	bool (*chosen)(void* arg, const struct contribution* contribution),
	void* arg);

void pin(struct store* store, const char* text);

/** Note a change of a key of any type, which has an address for its rdata:
 * the store does not look into rdata. */
void note_typed(struct store* store, const char* path, const char* value);

size_t sweep(struct store* store);

/** Fail unless the store has so many names and keys. */
void expect_counts(const struct store* store, size_t names, size_t keys);

/** Append a type to what a name was before a change. */
void on_type(void* arg, const struct name* owner, uint16_t type);

int setup(void** state);

int teardown(void** state);

/** A test with a struct fixture in *state. */
#define test(function) \
	cmocka_unit_test_setup_teardown(function, setup, teardown)

#endif /* HELIX_TESTS_STORES_H */
