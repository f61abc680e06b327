/*
 * tests/unit/unbound/workers.h - Unbound's workers, and the writer.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * What the tests of handing over and invalidating share. Unbound's caches and
 * its event loop are doubles; what wakes a worker is a real eventfd(2). Where
 * one thread is enough, the test is the writer and the worker in turn, and what
 * is done to the caches is told (unbound/tell.h), such as
 * "[store][remove a.example. A]". Link with --wrap for malloc and eventfd.
 * Include this before all else: Unbound's headers come first, and cmocka.h,
 * with what it needs, after them.
 */
#ifndef HELIX_TESTS_UNBOUND_WORKERS_H
#define HELIX_TESTS_UNBOUND_WORKERS_H

#include "unbound/handover.h"
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "check.h"
#include "dns/type.h"
#include "unbound/refuse.h"
#include "unbound/tell.h"

/** so many are invalidated at one wake, as in invalidate.c */
#define AT_ONCE 256
/** names of the tests with many: n0.example., n1.example. and so on */
#define MANY 1000
/** RRsets of a message here: those of an alias and its target */
#define RRSETS 2

/** What cannot be had. */
enum lacking {
	WORKS,
	/** it can be had, but Unbound has the module respip */
	HAS_RESPIP,
	/** Unbound was built without libevent */
	NO_LIBEVENT,
	NO_EVENTFD,
	NO_EVENT,
	/** the event cannot be added to the loop */
	NO_ADD
};

/** Unbound's event, which knows who made it */
struct ub_event {
	/** the function, its file and its argument */
	void (*call)(int fd, short bits, void* arg);
	int fd;
	void* arg;
	/** whether it is in the loop */
	bool added;
};

/** A query of a worker, and its answer. */
struct query {
	/** what Unbound has of it */
	struct module_qstate qstate;
	struct dns_msg message;
	struct reply_info info;
	/** the RRsets */
	struct ub_packed_rrset_key* rrset[RRSETS];
	struct ub_packed_rrset_key key[RRSETS];
	struct packed_rrset_data data[RRSETS];
	/** their owners */
	struct name owner[RRSETS];
};

/** What is under test. */
extern struct handover handover;
/** What cannot be had, from now on. */
extern enum lacking lacking;
/** Number of eventfds and events that were made. */
extern atomic_uint eventfds, events;
/** The last event that was made; NULL after one was freed. */
extern _Atomic(struct ub_event*) event;
/** This thread's, as a worker. */
extern _Thread_local struct ub_event* own_event;
/** Called while a message is being stored; NULL: nothing. */
extern void (*while_storing)(void);
/** In the place of the caches, for tests with threads or many names; NULL:
 * what is done is told. */
extern void (*in_store)(const struct reply_info* copy);
extern void (*in_remove)(const uint8_t* owner, uint16_t type);
/** The last warning. */
extern char logged[1024];
/** Where each alias leads; NULL: Unbound does not find out. */
extern struct name* alias_target;
/** How often each of many names was removed from the cache. */
extern atomic_uint removed[MANY];
/** A query of the one worker where there is one. */
extern struct query asked;

/** Make a query about A, for the first owner, that is answered with an RRset,
 * or with two. @param next_owner: NULL: it is one. */
void query_init(struct query* query, const char* owner, uint16_t type,
	const char* next_owner, uint16_t next_type);

/** A worker begins the query `asked`. @return as handover_begin. */
bool begin(unsigned long* changes);

/** Open the handover, with answers handed over, and be a worker that has an
 * event. */
void open_worker(void);

/** The writer: an RRset is not as it was. */
void overtake(const char* text, uint16_t type, bool referred);

/** Mark an RRset as handed over. */
void mark(const char* text, uint16_t type);

/** An RRset that was handed over is not as it was. */
void take_back(const char* text, uint16_t type);

/** The same of the A RRsets of many names, from one number up to, but not
 * including, another. */
void take_back_many(unsigned from, unsigned to);

/** Number of removals of many names. */
unsigned removed_total(void);

/** The number of one of many names. */
unsigned name_number(const uint8_t* owner);

/** For in_remove: counts in `removed`. */
void count_removed(const uint8_t* owner, uint16_t type);

/** Fail unless each name up to this was removed once, and no other. */
void expect_removed(unsigned count);

/** Whether an event waits for the worker. */
bool is_awake(void);

/** Call a worker's event, as its loop does. */
void event_call(struct ub_event* called);

/** The loop of the worker whose event was made last, once around. */
void loop_once(void);

/** The same until it has nothing to do. */
void loop(void);

/** The same. @return what was told meanwhile. */
const char* told_by_loop(void);

/** cmocka's functions for a test: the handover is as at the start of the
 * process; and whatever is pending is freed. */
int set_up(void** state);
int tear_down(void** state);

/** A test with a handover of its own. */
#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, set_up, tear_down)

#endif /* HELIX_TESTS_UNBOUND_WORKERS_H */
