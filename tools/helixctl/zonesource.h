/*
 * tools/helixctl/zonesource.h - a zone that a zone file describes.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Reads a zone file for import and diff: which zone it is, and which of its
 * records belong into etcd. What is wrong with the file is told to the user, with
 * file, line and column: also a CNAME beside other data, a second CNAME, and an
 * SOA that is not at the apex.
 *
 * Counted and left out are records that only a signer makes, NS and DNAME at a
 * wildcard, what is not in the zone, and what is in a zone of helix.yaml below it.
 * The SOA's serial becomes 0, so that it goes on with etcd's revision.
 *
 * For one thread.
 */
#ifndef HELIXCTL_ZONESOURCE_H
#define HELIXCTL_ZONESOURCE_H

#include "ctl.h"
#include "zoneset.h"

/** A type, and how many of its records were left out. */
struct zonesource_skipped {
	uint16_t type;
	unsigned long count;
};

/** A zone that was read. */
struct zonesource {
	/** the records, sorted */
	struct zoneset set;
	/** the name of the zone */
	struct name apex;
	/** its order key */
	struct zoneset_key key;
	/** what helix.yaml says of it; NULL: helix.yaml has no zones */
	const struct zone_settings* settings;
	/** order keys of the zones of helix.yaml below it, struct zoneset_key */
	struct buffer deeper;
	/** records that only a signer makes, struct zonesource_skipped */
	struct buffer signers;
	/** NS and DNAME at a wildcard; records outside of the zone; in zones
	 * below it */
	unsigned long wildcards, outside, below;
};

/**
 * Read a file.
 * @param source: the result, to be cleared by zonesource_clear, whatever is
 *	returned.
 * @param path: "-": standard input.
 * @param zone: the zone's name; NULL: the owner of the file's SOA, or else the
 *	only zone of helix.yaml.
 * @param apex: whether SOA and NS at the apex are wanted.
 * @return false if anything is wrong; the user was told.
 */
bool zonesource_read(struct zonesource* source, struct ctl* ctl,
	const char* path, const char* zone, bool apex);

/**
 * Find which zone is meant, and which zones are below it. For commands that
 * read no file.
 * @param zone: its name.
 * @return false if it is none of helix.yaml's; the user was told.
 */
bool zonesource_find(struct zonesource* source, struct ctl* ctl,
	const char* zone);

/** Whether an owner and a type belong to a zone below. */
bool zonesource_is_below(const struct zonesource* source, const uint8_t* key,
	size_t key_len, uint16_t type);

/** Tell the user, in one line, what was left out; nothing if nothing was. */
void zonesource_tell_skipped(const struct zonesource* source);

/** Free what a source holds. */
void zonesource_clear(struct zonesource* source);

#endif /* HELIXCTL_ZONESOURCE_H */
