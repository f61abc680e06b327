/*
 * tests/unit/dns/scenes.h - zones with keys, for the tests of answers.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * What the tests of dns/answer.c share: zones that take a word each to
 * describe, tables of keys, tables of questions with their answers (struct
 * ask_case of questions.h), and what makes answers long. Include cmocka.h, and
 * what it needs, before this.
 */
#ifndef HELIX_TESTS_SCENES_H
#define HELIX_TESTS_SCENES_H

#include "questions.h"

/** most zones of a scene */
#define SCENE_ZONES 6

/** the zones example. and other., and fall., which falls through */
extern const char* const three_zones[3];

/** How an answer begins that has an RRset of the qname's. */
#define DATA "NOERROR | an @ "

/** How an answer begins whose qname is an alias; its target is next. */
#define ALIAS DATA "CNAME 300 "

/** What follows an answer without data in the zone example. */
#define EMPTY " | au example. SOA 60" SOA_RDATA

/** Zones and keys. */
struct scene {
	/** the store */
	struct store* store;
	/** the zones */
	struct zones* zones;
};

/**
 * Make zones that are known to have neither zone cuts nor DNAMEs.
 * @param apex: of each. A '+' before it makes the zone fall through; a '='
 *	before it, or behind the '+', gives it an NS in the configuration,
 *	ns1.example.
 */
void scene_create_plain(struct scene* scene, const char* const* apex,
	size_t count);

/** Make zones that may have zone cuts and DNAMEs; else as
 * scene_create_plain. */
void scene_create(struct scene* scene, const char* const* apex, size_t count);

/** Make the zones of two_zones_create, and leave nothing where their settings
 * were: zones_create has to copy them. */
void scene_create_two(struct scene* scene);

void scene_clear(struct scene* scene);

/** Put keys with their values into the store. */
void scene_put(const struct scene* scene, const char* const (*data)[2],
	size_t keys);

/** Ask, as ask of questions.h does. @return the answer as text, until the next
 * question is asked. */
const char* scene_ask(const struct scene* scene, const char* name,
	uint16_t type);

/** Fail unless a question gets an answer.
 * @param format: the answer, and its arguments, as printf has them. */
void check_ask(const struct scene* scene, const char* name, uint16_t type,
	const char* format, ...) __attribute__((format(printf, 4, 5)));

/** Make zones and keys, and fail unless each question gets its answer. */
void check_scene(const char* const* apex, size_t apexes,
	const char* const (*data)[2], size_t keys, const struct ask_case* row,
	size_t rows);

#define CHECK_SCENE(zones, data, cases) \
	check_scene(zones, COUNT(zones), data, COUNT(data), cases, \
		COUNT(cases))

/** Put keys into a scene of scene_create_plain, and fail unless each question
 * gets its answer; also where the zones may have zone cuts and DNAMEs, though
 * there are none: names are looked for in another way then. */
void check_both_ways(const struct scene* scene, const char* const (*data)[2],
	size_t keys, const struct ask_case* row, size_t rows);

#define CHECK_BOTH_WAYS(scene, data, cases) \
	check_both_ways(scene, data, COUNT(data), cases, COUNT(cases))

/** Put a chain of so many CNAMEs into a zone, n0 to the one before last; the
 * last name is what the caller makes it. */
void put_chain(const struct scene* scene, const char* zone, unsigned aliases);

/** Write a name that has this many octets in wire format, at least 12, below
 * "example.". @param text: room for 300 octets. */
void write_long_name(char* text, size_t octets);

/** Write the name of the most labels, 127 of an "x" each.
 * @param text: room for 255 octets. */
void write_most_labels(char* text);

/** Number of times that a word is in a text. */
unsigned count_word(const char* text, const char* word);

/** Fail unless an answer begins so, and has so many CNAMEs and DNAMEs. */
void check_aliases(const char* answer, const char* begins, unsigned cnames,
	unsigned dnames);

/** A test that leaves no read lock behind when it fails. */
#define test(function) \
	cmocka_unit_test_teardown(function, stop_reading)

#endif /* HELIX_TESTS_SCENES_H */
