/*
 * tools/helixctl/records.h - keys and values as records, and back.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Reads keys and values as the module reads them (format/helix.h, and what
 * feed.c adds: zones and apexes), and writes the key and the value for records.
 *
 * The key for an owner, a type and an id is the plain one: labels in lower
 * case, the type by its name, and escapes only where a label has octets that
 * need them. The value is text, as an operator would write it, wherever that is
 * read as the same record, and JSON where there are several records, or a TTL.
 *
 * What may contradict a key may be spelled otherwise (`Foo`, `TYPE1`,
 * `\102ar`); records_ranges finds these, too.
 *
 * No state; for any thread, but for those that take a struct kv.
 */
#ifndef HELIXCTL_RECORDS_H
#define HELIXCTL_RECORDS_H

#include "kv.h"
#include "dns/contribution.h"
#include "dns/zone.h"

/** What the module makes of a key. */
enum record_state {
	/** its records are served, if no other key contradicts */
	RECORD_SERVED,
	/** the key or its value is bad */
	RECORD_BAD,
	/** its owner is in none of the zones */
	RECORD_OUTSIDE,
	/** memory ran out */
	RECORD_NO_MEMORY
};

/** A key that was read. */
struct record {
	/** owner, type and source; the source points into the path. Not set
	 * where the path itself is bad (has_owner) */
	struct contribution contribution;
	/** the id, inside the path; empty: none. Also where the source is the
	 * whole path, as its labels or its type are spelled otherwise */
	const char* id;
	/** octets in id */
	size_t id_len;
	/** whether the path could be read, so that contribution is set */
	bool has_owner;
	/** the zone of the owner; NULL: it is in none */
	const struct zone_settings* zone;
	/** the records; only of RECORD_SERVED */
	struct record_set set;
	enum record_state state;
	/** RECORD_BAD: why; RECORD_SERVED: what looks wrong, or "" */
	struct reason reason;
};

/**
 * Read a key and its value.
 * @param record: the result, to be cleared by record_clear; its pointers point
 *	into path.
 * @param config: for the zones. Without zones, every owner is taken to be in
 *	one.
 */
void record_read(struct record* record, const struct helix_config* config,
	const char* path, size_t path_len, const char* value,
	size_t value_len);

/** Read a key only: as record_read, but the set is empty, and the state does
 * not depend on the value. */
void record_read_key(struct record* record, const struct helix_config* config,
	const char* path, size_t path_len);

/** Free what a record holds. */
void record_clear(struct record* record);

/** The zone that a name belongs to: that with the longest apex. A DS record at
 * an apex belongs to the zone above (RFC 4035 2.4). @return NULL: none. */
const struct zone_settings* records_zone(const struct helix_config* config,
	const struct name* owner, uint16_t type);

/** Whether a name is this apex, or below it. */
bool records_is_below(const struct name* apex, const struct name* owner);

/** Whether a name is the apex of a zone. @param zone: NULL: of none. */
bool records_is_apex(const struct zone_settings* zone,
	const struct name* owner);

/**
 * Why a record of this type cannot be at this owner, as the module says of such
 * a key: NULL if it can. The zone is the owner's.
 */
const char* records_refuse(const struct helix_config* config,
	const struct name* owner, uint16_t type);

/* --- names --------------------------------------------------------------- */

/**
 * Read a name that the user gave: absolute, with or without the final dot; in
 * ASCII, but for what is escaped.
 * @param name: the result.
 * @return false if it is none; the user was told.
 */
bool records_name_read(struct name* name, const char* text);

/** Read a type that the user gave, in any case: AAAA, aaaa, TYPE65280.
 * @return 0 if it is none, or only queries have it; the user was told. */
uint16_t records_type_read(const char* text);

/* --- writing ------------------------------------------------------------- */

/** Append to a buffer the path of a name's directory, without a '/' at its end;
 * nothing for the root. @return false if memory ran out. */
bool records_dir_write(struct buffer* path, const struct name* name);

/**
 * Append to a buffer the path of a key.
 * @param id: may be empty.
 * @return false if memory ran out.
 */
bool records_path_write(struct buffer* path, const struct name* owner,
	uint16_t type, const char* id, size_t id_len);

/** Whether two sets have the same records in the same order; TTLs do not
 * matter. */
bool records_same(const struct record_set* a, const struct record_set* b);

/** Append to a buffer rdata in presentation format: printable ASCII.
 * @return false if memory ran out. */
bool records_rdata_write(struct buffer* text, uint16_t type,
	const uint8_t* rdata, size_t len);

/**
 * Append to a buffer a value that helix_value_read reads as these records, in
 * this order. Printable ASCII.
 * @param set: at least one record, each accepted by rdata_check.
 * @return false if memory ran out.
 */
bool records_value_write(struct buffer* value, uint16_t type,
	const struct record_set* set);

/** Append to a buffer a record as a line of a zone file has it: "owner TTL IN
 * TYPE rdata", with single tabs between the first four and no newline. Only
 * printable ASCII. @return false if memory ran out. */
bool records_line_write(struct buffer* line, const struct name* owner,
	uint32_t ttl, uint16_t type, const uint8_t* rdata, size_t len);

/** The TTL with which a record is served: its own, or its zone's, or, without a
 * zone, 0. */
uint32_t records_ttl(const struct record* record);

/* --- what one owner has -------------------------------------------------- */

/** most ranges that records_ranges makes */
#define RECORDS_RANGES_MAX 100

/** Ranges that hold all keys of one owner, however they are spelled; and a few
 * others, of which record_read gives other owners. */
struct records_ranges {
	struct kv_range range[RECORDS_RANGES_MAX];
	size_t count;
	/** what the ranges point into */
	struct buffer text;
};

/**
 * Find the ranges of an owner's keys. To be cleared by records_ranges_clear,
 * whatever is returned.
 * @param top: the owner, or a name above it, whose own labels are taken to be
 *	spelled in the plain way, so that all ranges are in its directory; NULL:
 *	none.
 * @return false if memory ran out.
 */
bool records_ranges_init(struct records_ranges* ranges,
	const struct name* owner, const struct name* top);

/**
 * The top for an owner's ranges: NULL; or, for a user who may not read all keys
 * below the prefix, the apex of the owner's zone, which may be all that this
 * user may read.
 */
const struct name* records_top(struct kv* kv,
	const struct helix_config* config, const struct name* owner);

/** Free what ranges hold. */
void records_ranges_clear(struct records_ranges* ranges);

/** A key of etcd with its value, and what it means. */
struct records_item {
	/** its texts are owned */
	struct kv_key key;
	struct record record;
};

/** Keys of etcd. */
struct records {
	struct records_item* item;
	size_t count;
	/** the revision as of which they were read */
	int64_t revision;
	/** items allocated */
	size_t size;
};

/**
 * Read all keys of an owner, however they are spelled, also those that are bad.
 * @param records: all zero; to be cleared by records_clear, whatever is
 *	returned. In the order of their keys.
 * @return false if that failed; the user was told.
 */
bool records_read_owner(struct records* records, struct kv* kv,
	const struct helix_config* config, const struct name* owner);

/** Append a copy of a key, and read it. @return false if memory ran out. */
bool records_add(struct records* records, const struct helix_config* config,
	const struct kv_key* key);

/** Free what is held. */
void records_clear(struct records* records);

/**
 * Which key contradicts records of a type, put with an id at an owner, so that
 * these or those would not be served: a CNAME beside other data, or another id
 * of a type that has one record (type_is_single).
 * @param records: all keys of the owner.
 * @param path: of the key that is put, which does not count.
 * @param set: what is put: an equal record does not contradict.
 * @param reason: what is contradicted, in words.
 * @return NULL: none does.
 */
const struct records_item* records_contradiction(
	const struct records* records, uint16_t type, const char* path,
	size_t path_len, const struct record_set* set, struct reason* reason);

/**
 * Find out whether records would be hidden: below a delegation or a DNAME, or
 * beside a delegation. Only keys that are spelled in the plain way are looked
 * for.
 * @param reason: the key that hides them, in words; "": none does.
 * @return false if that failed; the user was told.
 */
bool records_hidden(struct kv* kv, const struct helix_config* config,
	const struct name* owner, uint16_t type, struct reason* reason);

#endif /* HELIXCTL_RECORDS_H */
