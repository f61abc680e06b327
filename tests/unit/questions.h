/*
 * tests/unit/questions.h - zones of a store, and questions to them as text.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * What a test of the zones needs: settings, keys that are put into the store,
 * and answers as text. Include cmocka.h, and what it needs, before this.
 */
#ifndef HELIX_TESTS_QUESTIONS_H
#define HELIX_TESTS_QUESTIONS_H

#include "check.h"
#include "dns/answer.h"
#include "dns/type.h"
#include "dns/zone.h"

/** room for an answer as text */
#define SHOWN_MAX 65536

/** A question and its answer. */
struct ask_case {
	/** qname, in any case */
	const char* name;
	/** qtype */
	uint16_t type;
	/** the answer as text, as ask writes it */
	const char* answer;
};

/** Make a name of text. */
void question_name(struct name* name, const char* text);

/** Settings of a zone, the same for all but for the apex. */
void settings_init(struct zone_settings* settings, const char* apex);

/** rdata of the SOA that settings_init makes, as text */
#define SOA_RDATA " ns1.example. root.example. 0 1 2 3 60"

/** Two zones, example.com. and sub.example.com., whose TTL is 30. */
struct two_zones {
	/** the store */
	struct store* store;
	/** the zones */
	struct zones* zones;
	/** their settings */
	struct zone_settings settings[2];
	/** name servers of the first: ns1.example. and ns2.example.net. */
	struct name ns[2];
};

void two_zones_create(struct two_zones* two);

void two_zones_clear(struct two_zones* two);

/** Make an empty store. */
struct store* store_new(void);

/** Put a key and its value into the store. */
void put(struct store* store, const char* path, const char* value);

/** The zone for a name. */
struct zone* find_zone(const struct store* store, const struct zones* zones,
	const char* text, uint16_t type);

/** Note for all zones that they may have zone cuts or DNAMEs. */
void note_cuts(const struct store* store, const struct zones* zones);

/**
 * Ask the zones, and write the whole answer as text: the RCODE; each RRset
 * with its section, owner ("@" is the qname), type, TTL and records; and how
 * it ends, if it is not complete, and at which name.
 * @param out: room for SHOWN_MAX octets.
 * @return out; "REFUSED" if no zone has the name.
 */
const char* ask(struct store* store, const struct zones* zones,
	const char* qname, uint16_t type, char* out);

/** Write one RRset as ask does. @return octets written. */
size_t show_rrset(const struct answer_rrset* rrset, char* out);

/** Fail unless each question gets its answer. */
void check_cases(struct store* store, const struct zones* zones,
	const struct ask_case* row, size_t count);

/** For a teardown: a test that has failed while it read would hold up the
 * stores of others. */
int stop_reading(void** state);

#endif /* HELIX_TESTS_QUESTIONS_H */
