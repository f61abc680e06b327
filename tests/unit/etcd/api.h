/*
 * tests/unit/etcd/api.h - what etcd's APIs say alike, each in its own words.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * For cases that are the same for both APIs, which test_protocols.c runs twice.
 * A case's script is made of parts, and each API has one or two exchanges for a
 * part.
 *
 * The list from which etcd is known is as of revision 10: of /h/a, put at 8.
 */
#ifndef HELIX_TESTS_ETCD_API_H
#define HELIX_TESTS_ETCD_API_H

#include "protocol_set.h"

/** Something that etcd is asked for, and what it answers. */
enum part {
	/** none; what is behind the last one */
	PART_NONE,
	/** the list from which etcd is known */
	PART_KNOWN,
	/** lists as of 9: of no key; of /h/a and /h/b; of these, octet for
	 * octet */
	PART_NO_KEYS, PART_TWO_KEYS, PART_TWO_KEYS_SLOWLY,
	/** a list that never comes; any number of them */
	PART_LIST_HELD,
	/** lists where etcd is known: of /h/b as of 12, or 10; by etcd that is
	 * at 9; by another cluster at 12, or 9; without a head; that breaks
	 * off behind /h/b */
	PART_AT_12, PART_AT_10, PART_AT_9, PART_OTHER_AT_12, PART_OTHER_AT_9,
	PART_NO_HEAD, PART_BREAKS,
	/** lists where etcd was replaced: by the other cluster at 5, that
	 * breaks off; of no key */
	PART_OTHER_BREAKS, PART_OTHER_AT_5,
	/** by the first cluster, where the other one is known */
	PART_FIRST_AT_12,
	/** what resume asks for: /h/a as it is known, at 10, 500 or 9; by
	 * another cluster; HTML; that is cut off, whether or not the
	 * connection is; that never comes */
	PART_SAME, PART_SAME_LATER, PART_SAME_BEFORE, PART_SAME_ELSEWHERE,
	PART_SAME_HTML, PART_SAME_CUT_OFF, PART_SAME_BREAKS, PART_SAME_HELD,
	/** watches that begin: and tell nothing; and tell of /h/b at 11, and
	 * half of another event */
	PART_WATCH, PART_WATCH_STALLS,
	/** probes: answered; broken off; by another cluster; by etcd without a
	 * quorum; refused */
	PART_PROBE, PART_PROBE_BREAKS, PART_PROBE_OTHER, PART_PROBE_FAILS,
	PART_PROBE_REFUSED,
	/** any number of probes: never answered; answered, at 11 */
	PART_PROBES_HELD, PART_PROBES,
	/** number of parts */
	PART_COUNT
};

/** most exchanges of a part */
#define PART_MAX 2

/** One of etcd's APIs. */
struct api {
	/** the protocol */
	const struct etcd_protocol* protocol;
	/** the exchanges of each part, up to one without a path */
	const struct fake_exchange (*parts)[PART_MAX];
	/** the clusters: the one that is known, and the other */
	uint64_t cluster, other;
	/** what the sink is told of a list that is refused for the etcd that
	 * answers: v3 asks for its cluster before the list, v2 finds it in the
	 * list's head */
	const char* misled;
	/** why a watch ends that has stalled */
	const char* stalled;
};

extern const struct api api_v2, api_v3;

#endif /* HELIX_TESTS_ETCD_API_H */
