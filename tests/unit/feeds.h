/*
 * tests/unit/feeds.h - a feed, and what it logs and tells.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * What a test of the feed needs: keys that come and go, what is served, the
 * lines of its log, and what its listener was told. Link with --wrap for
 * clock_gettime and cds_lfht_next. Include cmocka.h, and what it needs, before
 * this.
 */
#ifndef HELIX_TESTS_FEEDS_H
#define HELIX_TESTS_FEEDS_H

#include "base/log.h"
#include "feed.h"
#include "questions.h"
#include <time.h>

/** lines of log that are kept */
#define LINES_MAX 64
/** octets of each that are kept */
#define LINE_OCTETS 2048
/** bad keys of a flood */
#define FLOOD 1000
/** changes that wait together */
#define MANY 2500

/** The lines that were logged, at most LINES_MAX of them. */
extern char log_line[LINES_MAX][LINE_OCTETS];
/** Their levels. */
extern enum helix_log_level log_level[LINES_MAX];
/** Number of lines that were logged. */
extern size_t log_lines;
/** The counts that were logged last, which are no line of those. */
extern char counts_line[128];
/** Number of times that they were. */
extern size_t counts_lines;
/** What the clock says to the feed, in seconds, */
extern time_t now_seconds;
/** and microseconds. */
extern _Atomic long now_microseconds;
/** Steps of the store from one name to the next. */
extern size_t steps;
/** What the listener was told to invalidate: owners and types. */
extern char invalid[4096];
/** Whether the last of them may have been part of a referral. */
extern bool last_referred;
/** The type of which answers are cached; 0: any, -1: none. */
extern int cached_type;
/** Number of RRsets for which the listener was asked that. */
extern unsigned cached_asked;

/** A feed of two zones with this prefix. */
struct feed* feed_of(const char* prefix, const char* one, const char* other);

/** A feed of example.com. and example.org. with this prefix. */
struct feed* feed_new(const char* prefix);

int setup(void** state);

int teardown(void** state);

void set_octets(struct feed* feed, const char* key, size_t key_len,
	const char* value, size_t value_len, int64_t revision);

void set(struct feed* feed, const char* key, const char* value,
	int64_t revision);

void gone_octets(struct feed* feed, const char* key, size_t len,
	int64_t revision);

void gone(struct feed* feed, const char* key, int64_t revision);

/** A directory is gone, which ends where its memory does. */
void gone_below(struct feed* feed, const char* dir, size_t len,
	int64_t revision);

void commit(struct feed* feed);

void rollback(struct feed* feed);

void list_begin(struct feed* feed);

/** Put FLOOD keys: a number between two texts. */
void set_many(struct feed* feed, const char* before, const char* behind,
	int64_t revision);

void list_end(struct feed* feed, int64_t revision);

/** What is served as a name's A records: addresses, or NODATA, NXDOMAIN or
 * REFUSED. @param out: room for 512 octets. */
const char* look(struct feed* feed, const char* text, char* out);

/** Fail unless this is served as a name's A records. */
void expect(struct feed* feed, const char* text, const char* expected);

/** The serial of a zone. */
unsigned serial_of(struct feed* feed, const char* apex);

void expect_stats(const struct feed* feed, size_t keys, size_t bad,
	size_t outside);

/** Fail unless so many lines were logged. */
void expect_lines(size_t lines);

/** Fail unless this was the last of so many lines. */
void expect_line(size_t lines, const char* line);

/** A test with a feed of example.com. and example.org. in *state. */
#define test(function) \
	cmocka_unit_test_setup_teardown(function, setup, teardown)

#endif /* HELIX_TESTS_FEEDS_H */
