/*
 * tests/unit/told.h - a sink that writes down what it is told.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * A line for each call: "put KEY VALUE REVISION", "remove KEY REVISION",
 * "below DIR REVISION", "commit", "rollback", "begin", "end REVISION". Within
 * a key, a directory or a value, an octet that is not printable, a space or a
 * '%' is %XX.
 */
#ifndef HELIX_TESTS_TOLD_H
#define HELIX_TESTS_TOLD_H

#include "etcd/sink.h"

/** What a sink was told. */
struct told {
	/** a line for each call; owned */
	char* text;
	/** octets of text */
	size_t len;
	/** octets allocated */
	size_t size;
	/** octets of text up to the last commit or end of a list */
	size_t committed;
	/** bool functions return false from this call on; counted from 1,
	 * 0: never */
	unsigned refuse_at;
	/** calls of bool functions so far */
	unsigned calls;
	/** the cluster that was listed last */
	uint64_t cluster;
	/** times that etcd was confirmed to be there */
	unsigned confirmed;
	/** times that the link said that it watches */
	unsigned watching;
};

/** Forget what was told, and free it; one that is zero is made ready. */
void told_clear(struct told* told);

/** A sink that writes to told, which outlives it. */
struct etcd_sink told_sink(struct told* told);

/** For the link's `watching`; arg is the told. */
void told_watching(void* arg);

#endif /* HELIX_TESTS_TOLD_H */
