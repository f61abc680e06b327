/*
 * tests/unit/unbound/queries.h - queries on their way through the module.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * What the tests of unbound/query.h share. The zones, and what makes messages,
 * are real. Unbound's functions are doubles, and so are those of
 * unbound/cache.h, unbound/fence.h and unbound/handover.h: each tells that it
 * was called (unbound/tell.h). A test does with the query of unbound/asked.h
 * what Unbound does, one event after the other, and compares what was told
 * with what it expects, such as "[find][fence]PASS" or
 * "[ask www.outside.net. A RD]WAIT". Include this before all else: Unbound's
 * headers come first, and cmocka.h, with what it needs, after them.
 */
#ifndef HELIX_TESTS_UNBOUND_QUERIES_H
#define HELIX_TESTS_UNBOUND_QUERIES_H

#include "unbound/query.h"
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "questions.h"
#include "region.h"
#include "unbound/asked.h"
#include "unbound/tell.h"

/** the modules: those before this one, this one, one that may be dns64, and
 * two behind it */
#define MODULES (ID + 4)

/** What Unbound and the units around query.c have, and say. */
struct doubles {
	/** what cache_find finds */
	struct dns_msg* found;
	/** whether there is memory for a referral in the cache */
	bool referral_fits;
	/** whether each message that comes is the fence's */
	bool is_fences;
	/** aliases of others in Unbound's cache: owner and target; NULL ends
	 * them */
	const char* const (*cached)[2];
	/** whether attach_sub can do it */
	bool can_attach;
	/** whether something has changed since a query began */
	bool has_changed;
	/** the key that gets an address while a referral is stored; NULL:
	 * none */
	const char* put_while_storing;
	/** the key that gets an address while handover_begin is called; NULL:
	 * none */
	const char* put_meanwhile;
	/** why the zones answer nothing */
	enum reply_failure failure;
	/** whether answers can be handed over to Unbound's cache */
	bool can_hand_over;
	/** whether this one is worth it */
	bool is_worth;
	/** the hash that handover_note_asked was asked with; 0: it was not */
	uint64_t asked_hash;
	/** calls of handover_begin */
	unsigned begun;
	/** whether dns64 stands behind this module */
	bool has_dns64;
	/** the state of dns64 when a query has begun there */
	enum module_ext_state dns64_begins;
};

/** A query that comes, and what is told. */
struct begin_case {
	/** qname */
	const char* name;
	/** qtype */
	uint16_t type;
	/** flags of the query */
	uint16_t flags;
	/** what is told */
	const char* told;
};

/** Messages of others, and parts of them, as message_make takes them; and an
 * alias as it is told. */
#define TO(target) " | an x.net. CNAME " target
#define X_NET(target) "an x.net. CNAME 100 " target
/** what the fence says, as far as it counts here */
#define FENCE " | au example. SOA . . 0 0 0 0 0"
/** an alias to what etcd has; and to an alias that leads out again */
#define TO_A TO("a.example.") FENCE
#define TO_OUT TO("out.example.") FENCE
/** what that leads to */
#define OUTSIDE_A "NOERROR | an www.outside.net. A 192.0.2.9"
/** a name of a zone that falls through, which etcd lacks; and as it is told */
#define ABSENT_A "NOERROR | an absent.fall. A 192.0.2.9"
#define ABSENT "an absent.fall. A 100 192.0.2.9"

/** What is told of RRsets of the zones. */
#define SOA "au example. SOA 60" SOA_RDATA
#define A_RRSET "an a.example. A 300 192.0.2.1"
#define OUT "an out.example. CNAME 300 www.Outside.net."
#define CUT "au cut.example. NS 300 ns.cut.example. | " \
	"ad ns.cut.example. A 300 192.0.2.2"

extern struct doubles doubles;
/** Unbound's modules. */
extern struct mesh_area the_mesh;

/** Put a key of the zones, or with NULL, delete it. For the keys that they have
 * at first, see queries.c. */
void change(const char* path, const char* value);

/**
 * Make a message of others, whose TTLs are 100. Takes no memory that a test may
 * refuse.
 * @param text: "NOERROR" or "NXDOMAIN"; and for each RRset " | ", its section
 *	(an, au, ad), owner ("@" is the qname), type, and value as in etcd.
 */
struct dns_msg* message_make(const char* text);

/**
 * Unbound calls the module for an event of the query.
 * @return what was told meanwhile, and at the end what became of the query:
 *	PASS to the next module, AGAIN to it, WAIT for a sub-query, ERROR, or
 *	DONE with a message or an RCODE. SKIP: dns64 has called the modules
 *	behind it.
 */
const char* operate(enum module_ev event);

/** A query comes. @return as operate. */
const char* begin(const char* name, uint16_t type, uint16_t flags);

/** The other modules are done with the query.
 * @param message: theirs; NULL: the query has it already, or there is
 *	none. @return as operate. */
const char* finish(const char* message);

/** A query comes, is passed on, and the other modules are done with it. @return
 * as operate, for the last. */
const char* pass(const char* name, uint16_t type, uint16_t flags,
	const char* message);

/** Make the sub-query that was asked for last, without an end. */
void done_init(struct module_qstate* done);

/** That sub-query ends, and the one that has waited goes on.
 * @param message: may be NULL. @return as operate. */
const char* join(int return_rcode, struct dns_msg* message);

/** The same where it ends with a message, which message_make makes. */
const char* join_with(const char* message);

/** Unbound calls the module for a server's response. @return what was told. */
const char* respond(struct dns_msg* response);

/** What the module has counted since the last call: the zone and the kind, such
 * as "example. data", with a number before it unless that is 1; ", " between
 * several. */
const char* counted(void);

/** Fail unless this was told.
 * @param row: of a table, for the message. */
void check_told(size_t row, const char* expected);

/** Fail unless this is told of each query that comes. */
void check_begins(const struct begin_case* row, size_t count);

/** cmocka's functions, for a group and a test. */
int zones_set_up(void** state);
int zones_tear_down(void** state);
int set_up(void** state);
int tear_down(void** state);

/** A test with doubles as they are at first. */
#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, set_up, tear_down)

#endif /* HELIX_TESTS_UNBOUND_QUERIES_H */
