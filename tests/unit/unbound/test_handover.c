/*
 * tests/unit/unbound/test_handover.c - what is handed over to Unbound's cache, and
 * invalidated there.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/*
 * Unbound's caches and its event loop are doubles here; what wakes a worker is
 * a real eventfd(2). Where one thread is enough, the test is the writer and
 * the worker in turn, and what is done to the caches is a text, such as
 * "[store][remove a.example. A]".
 */
#include "unbound/handover.h"
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "check.h"
#include "dns/type.h"
#include "unbound/cache.h"
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/** room for what is told */
#define TOLD_MAX 1024
/** so many are invalidated at one wake, as in invalidate.c */
#define AT_ONCE 256
/** names of the tests with many: n0.example., n1.example. and so on */
#define MANY 1000
/** times that two workers begin at the same time */
#define BEGIN_ROUNDS 5000
/** changes of the writer in the tests with threads */
#define RACE_CHANGES 100000
/** names that it changes in turn, and threads that answer meanwhile */
#define RACE_NAMES 4
#define RACE_WORKERS 2

/* --- doubles ------------------------------------------------------------- */

static struct handover handover;

/** what was called */
static char told[TOLD_MAX];

/** what there is only one of; only the addresses count */
static char base_place, messages_place, alloc_place;
static struct rrset_cache rrsets_place;
static struct mesh_area mesh;

/** What cannot be had. */
static enum {
	WORKS,
	/** it can be had, but Unbound has the module respip */
	HAS_RESPIP,
	/** Unbound was built without libevent */
	NO_LIBEVENT,
	NO_EVENTFD,
	NO_EVENT,
	/** the event cannot be added to the loop */
	NO_ADD
} lacking;

/** the allocation to refuse; 0: none */
static unsigned refuse_malloc;
/** number of eventfds and events that were made */
static atomic_uint eventfds, events;
/** Unbound's event, which knows who made it */
struct ub_event {
	/** the function, its file and its argument */
	void (*call)(int fd, short bits, void* arg);
	int fd;
	void* arg;
	/** whether it is in the loop */
	bool added;
};
/** the last that was made */
static _Atomic(struct ub_event*) event;
/** this thread's, as a worker */
static _Thread_local struct ub_event* own_event;
/** done while a message is being stored */
static void (*while_storing)(void);
/** in the place of the caches, for tests with threads or many names; NULL:
 * what is done is told */
static void (*in_store)(const struct reply_info* copy);
static void (*in_remove)(const uint8_t* owner, uint16_t type);
/** the last line of log */
static char logged[TOLD_MAX];

static void
tell(const char* format, ...)
{
	size_t used = strlen(told);
	va_list args;
	va_start(args, format);
	vsnprintf(told + used, sizeof(told) - used, format, args);
	va_end(args);
	assert_true(strlen(told) + 1 < sizeof(told));
}

void* __real_malloc(size_t size);
void* __wrap_malloc(size_t size);
int __real_eventfd(unsigned count, int flags);
int __wrap_eventfd(unsigned count, int flags);

void*
__wrap_malloc(size_t size)
{
	if(refuse_malloc > 0 && --refuse_malloc == 0)
		return NULL;
	return __real_malloc(size);
}

int
__wrap_eventfd(unsigned count, int flags)
{
	if(lacking == NO_EVENTFD) {
		errno = EMFILE;
		return -1;
	}
	eventfds++;
	return __real_eventfd(count, flags);
}

void
log_warn(const char* format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(logged, sizeof(logged), format, args);
	va_end(args);
	tell("[log]");
}

void
log_err(const char* format, ...)
{
	(void)format;
	tell("[log]");
}

void
log_info(const char* format, ...)
{
	(void)format;
	tell("[log]");
}

int
modstack_find(struct module_stack* mods, const char* name)
{
	assert_ptr_equal(mods, &mesh.mods);
	assert_string_equal(name, "respip");
	return lacking == HAS_RESPIP ? 1 : -1;
}

struct ub_event_base*
comm_base_internal(struct comm_base* base)
{
	return (struct ub_event_base*)(void*)base;
}

void
ub_get_event_sys(struct ub_event_base* base, const char** name,
	const char** version, const char** method)
{
	assert_ptr_equal(base, &base_place);
	*name = lacking == NO_LIBEVENT ? "mini-event" : "libevent";
	*version = *method = "?";
}

struct ub_event*
ub_event_new(struct ub_event_base* base, int fd, short bits,
	void (*call)(int, short, void*), void* arg)
{
	struct ub_event* made;
	assert_ptr_equal(base, &base_place);
	assert_true(fd >= 0);
	assert_int_equal(bits, UB_EV_READ | UB_EV_PERSIST);
	if(lacking == NO_EVENT)
		return NULL;
	events++;
	made = calloc(1, sizeof(*made));
	assert_non_null(made);
	*made = (struct ub_event){ call, fd, arg, false };
	return made;
}

int
ub_event_add(struct ub_event* added, struct timeval* timeout)
{
	assert_null(timeout);
	if(lacking == NO_ADD)
		return -1;
	added->added = true;
	event = own_event = added;
	return 0;
}

/** As Unbound's, it takes NULL. */
void
ub_event_free(struct ub_event* freed)
{
	event = NULL;
	free(freed);
}

void
rrset_cache_remove(struct rrset_cache* cache, uint8_t* owner, size_t len,
	uint16_t type, uint16_t qclass, uint32_t flags)
{
	char text[NAME_TEXT_MAX], type_text[TYPE_TEXT_MAX];
	struct name_walk walk;
	if(in_remove) {
		in_remove(owner, type);
		return;
	}
	assert_ptr_equal(cache, &rrsets_place);
	assert_int_equal(qclass, LDNS_RR_CLASS_IN);
	assert_true(flags == HANDOVER_RRSET || flags == 0);
	assert_true(name_walk_init(&walk, owner, len, 0));
	tell("[remove %s%s %s]", flags ? "" : "plain ",
		name_to_text(owner, text), type_to_text(type, type_text));
}

void
slabhash_clear(struct slabhash* table)
{
	assert_ptr_equal(table, &rrsets_place.table);
	tell("[forget RRsets]");
}

void
cache_forget(const struct module_env* of)
{
	assert_ptr_equal(of->msg_cache, &messages_place);
	tell("[forget]");
}

/** Of what the module looks at, all but the RRsets is copied. */
struct reply_info*
reply_info_copy(struct reply_info* info, struct alloc_cache* alloc,
	struct regional* region)
{
	struct reply_info* copy = malloc(sizeof(*copy));
	assert_ptr_equal(alloc, &alloc_place);
	assert_null(region);
	if(!copy)
		return NULL;
	*copy = *info;
	/* Unbound leaves it out */
	copy->authoritative = 0;
	return copy;
}

hashvalue_type
rrset_key_hash(struct packed_rrset_key* key)
{
	return (hashvalue_type)(key->dname_len * 1000 + ntohs(key->type));
}

void
cache_store(const struct module_qstate* qstate, uint16_t qclass,
	time_t leeway, struct reply_info* message, struct reply_info* from)
{
	if(in_store) {
		in_store(message);
	} else {
		assert_int_equal(qclass, LDNS_RR_CLASS_IN);
		/* a new TTL goes before that in the cache, however long */
		assert_true(leeway >= INT32_MAX);
		assert_ptr_equal(from, qstate->return_msg->rep);
		assert_ptr_not_equal(message, from);
		assert_int_equal(message->authoritative, from->authoritative);
		tell("[store]");
	}
	if(while_storing)
		while_storing();
	free(message);
}

/* --- a worker, its query, and the writer --------------------------------- */

/** RRsets of a message here: those of an alias and its target */
#define RRSETS 2

/** What Unbound has of a worker, which outlives its thread: here one for all */
static struct module_env env = {
	.mesh = &mesh,
	.worker_base = (struct comm_base*)(void*)&base_place,
	.rrset_cache = &rrsets_place,
	.msg_cache = (struct slabhash*)(void*)&messages_place,
	.alloc = (struct alloc_cache*)(void*)&alloc_place,
};

/** where each alias leads; NULL: there is none */
static struct name* alias_target;

void
get_cname_target(struct ub_packed_rrset_key* rrset, uint8_t** target,
	size_t* len)
{
	if(rrset->rk.type != htons(TYPE_CNAME) || !alias_target)
		return;
	*target = alias_target->wire;
	*len = alias_target->len;
}

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

/** Make a query that is answered with some of the RRsets. */
static void
query_init(struct query* query, const char* owner, uint16_t type,
	const char* next_owner, uint16_t next_type)
{
	const char* owners[] = { owner, next_owner };
	const uint16_t types[] = { type, next_type };
	size_t i;
	memset(query, 0, sizeof(*query));
	query->qstate.env = &env;
	query->qstate.return_msg = &query->message;
	query->message.rep = &query->info;
	query->info.rrsets = query->rrset;
	query->info.ttl = 300;
	for(i = 0; i < RRSETS && owners[i]; i++) {
		struct packed_rrset_key* key = &query->key[i].rk;
		assert_null(name_from_text(&query->owner[i], owners[i],
			strlen(owners[i])));
		key->dname = query->owner[i].wire;
		key->dname_len = query->owner[i].len;
		key->type = htons(types[i]);
		query->key[i].entry.data = &query->data[i];
		query->rrset[i] = &query->key[i];
	}
	query->info.rrset_count = query->info.an_numrrsets = i;
	query->qstate.qinfo.qname = query->owner[0].wire;
	query->qstate.qinfo.qname_len = query->owner[0].len;
	query->qstate.qinfo.qtype = TYPE_A;
}

/** A query of the one worker where there is one. */
static struct query asked;

/** Begin it. */
static bool
begin(unsigned long* changes)
{
	return handover_begin(&handover, &asked.qstate, changes);
}

/** Begin, and be a worker that has an event. */
static void
become_worker(void)
{
	unsigned long changes;
	assert_true(begin(&changes));
	assert_non_null(event);
}

/** The writer: an RRset is not as it was. */
static void
overtake(const char* text, uint16_t type, bool referred)
{
	struct name owner;
	assert_null(name_from_text(&owner, text, strlen(text)));
	invalidate_changing(&handover.invalidate);
	invalidate_overtaken(&handover.invalidate, &owner, type, referred);
	invalidate_changed(&handover.invalidate);
	/* it is copied */
	memset(&owner, 0xff, sizeof(owner));
}

/** Mark an RRset as handed over. */
static void
mark(const char* text, uint16_t type)
{
	struct name owner;
	assert_null(name_from_text(&owner, text, strlen(text)));
	invalidate_handing(&handover.invalidate, owner.wire, owner.len, type);
	invalidate_handed(&handover.invalidate, owner.wire, owner.len, type);
}

/** An RRset that was handed over is not as it was. */
static void
take_back(const char* text, uint16_t type)
{
	mark(text, type);
	overtake(text, type, false);
}

/** The same, of one of many names. */
static void
take_back_nth(unsigned n)
{
	char text[NAME_TEXT_MAX];
	snprintf(text, sizeof(text), "n%u.example.", n);
	take_back(text, TYPE_A);
}

/** how often each of many names was taken back */
static atomic_uint removed[MANY];

static unsigned
removed_total(void)
{
	unsigned n, total = 0;
	for(n = 0; n < MANY; n++)
		total += removed[n];
	return total;
}

/** The number of one of many names. */
static unsigned
name_number(const uint8_t* owner)
{
	return (unsigned)strtoul((const char*)owner + 2, NULL, 10);
}

static void
count_removed(const uint8_t* owner, uint16_t type)
{
	unsigned n = name_number(owner);
	if(n < MANY && type == TYPE_A)
		removed[n]++;
}

/** Fail unless each name up to this was taken back once, and no other. */
static void
expect_removed(unsigned count)
{
	unsigned n;
	for(n = 0; n < MANY; n++)
		check(removed[n] == (n < count), "n%u: %u times", n,
			(unsigned)removed[n]);
}

/** Whether an event waits for the worker. */
static bool
is_awake(void)
{
	struct pollfd waits = { .fd = handover.invalidate.wakes,
		.events = POLLIN };
	return handover.invalidate.wakes > 0 && poll(&waits, 1, 0) == 1;
}

/** The worker's loop, once around. */
static void
loop_once(void)
{
	struct ub_event* it = event;
	assert_non_null(it);
	assert_true(it->added);
	if(is_awake())
		it->call(it->fd, UB_EV_READ, it->arg);
}

/** The worker's loop, until it has nothing to do. */
static void
loop(void)
{
	unsigned rounds;
	for(rounds = 0; is_awake(); rounds++) {
		unsigned before = removed_total();
		/* there is an end to it, and queries are looked for */
		assert_true(rounds < MANY);
		loop_once();
		assert_true(removed_total() - before <= AT_ONCE);
	}
}

/** The worker's loop, and what comes of it. */
static const char*
told_by_loop(void)
{
	*told = 0;
	loop();
	return told;
}

/** number of times that one of those who begin at once was at a meeting */
static atomic_uint met;

static int
set_up(void** state)
{
	(void)state;
	memset(&handover, 0, sizeof(handover));
	memset(removed, 0, sizeof(removed));
	query_init(&asked, "a.example.", TYPE_A, NULL, 0);
	lacking = WORKS;
	refuse_malloc = 0;
	eventfds = events = met = 0;
	while_storing = NULL;
	in_store = NULL;
	in_remove = NULL;
	*told = *logged = 0;
	return 0;
}

static int
tear_down(void** state)
{
	unsigned long changes;
	(void)state;
	refuse_malloc = 0;
	handover_close(&handover);
	/* frees what is pending */
	in_remove = count_removed;
	while(handover.invalidate.pending > 0)
		(void)begin(&changes);
	if(handover.invalidate.wakes > 0)
		close(handover.invalidate.wakes);
	return 0;
}

/* --- off, wanted, on ----------------------------------------------------- */

/** Nothing is handed over, and what was not is not pending when it changes. */
static void
check_off(void)
{
	unsigned long changes, later;
	/* of a life before */
	bool awake = is_awake();
	assert_false(begin(&changes));
	overtake("off.example.", TYPE_A, false);
	assert_int_equal(handover.invalidate.pending, 0);
	assert_false(begin(&later));
	/* it counts in any state */
	assert_int_equal(later, changes + 1);
	assert_int_equal(is_awake(), awake);
}

static void
test_off(void** state)
{
	(void)state;
	/* before init */
	check_off();
	assert_int_equal(events, 0);
	/* where it is not wanted, workers hear of zone cuts */
	assert_true(handover_open(&handover, false));
	check_off();
	assert_int_equal(events, 1);
	handover_close(&handover);
	check_off();
	assert_int_equal(events, 1);
	assert_string_equal(told, "");
}

/** A worker has its event from its first query on, and one is enough. */
static void
test_on(void** state)
{
	unsigned long first, second;
	(void)state;
	assert_true(handover_open(&handover, true));
	assert_int_equal(events, 0);
	assert_true(begin(&first));
	assert_int_equal(events, 1);
	assert_true(begin(&second));
	assert_int_equal(events, 1);
	assert_int_equal(first, second);
	assert_false(is_awake());
	take_back("a.example.", TYPE_A);
	assert_true(is_awake());
	assert_string_equal(told, "");
	assert_true(begin(&second));
	assert_int_equal(second, first + 1);
}

static void*
begin_once(void* arg)
{
	unsigned long changes;
	(void)arg;
	assert_true(begin(&changes));
	return NULL;
}

/** Each worker has one, and any of them does the work for all: if one stands
 * still, the others do not miss it. */
static void
test_worker_stands_still(void** state)
{
	struct ub_event* mine;
	pthread_t other;
	(void)state;
	handover_open(&handover, true);
	become_worker();
	mine = event;
	assert_int_equal(pthread_create(&other, NULL, begin_once, NULL), 0);
	pthread_join(other, NULL);
	assert_int_equal(events, 2);
	assert_int_equal(eventfds, 1);
	assert_ptr_not_equal(event, mine);
	take_back("a.example.", TYPE_A);
	assert_string_equal(told_by_loop(), "[remove a.example. A]");
	/* the other one may come late, and find nothing */
	*told = 0;
	mine->call(mine->fd, UB_EV_READ, mine->arg);
	assert_string_equal(told, "");
	take_back("b.example.", TYPE_A);
	mine->call(mine->fd, UB_EV_READ, mine->arg);
	assert_string_equal(told, "[remove b.example. A]");
	assert_false(is_awake());
}

/** What another worker does while this one takes back the first of many, as if
 * it stood still there. */
static void
other_goes_on(const uint8_t* owner, uint16_t type)
{
	struct ub_event* it = event;
	count_removed(owner, type);
	in_remove = count_removed;
	assert_true(is_awake());
	it->call(it->fd, UB_EV_READ, it->arg);
	assert_int_equal(removed_total(), 1 + AT_ONCE);
}

/** One that stands still at its work has no more of it than it would have done
 * at once, and others were woken for the rest. */
static void
test_worker_stands_still_at_work(void** state)
{
	unsigned n;
	(void)state;
	in_remove = other_goes_on;
	handover_open(&handover, true);
	become_worker();
	for(n = 0; n < MANY; n++)
		take_back_nth(n);
	loop_once();
	loop();
	expect_removed(MANY);
}

/** Meet another thread, and go on within a moment of it: the processor is left
 * to others only where the other one has none. */
static void
meet(void)
{
	unsigned both = met++ / 2 * 2 + 2, looks = 0;
	while(met < both) {
		if(++looks % 1000 == 0)
			sched_yield();
	}
}

static void*
begin_rounds(void* arg)
{
	unsigned long changes;
	unsigned i;
	(void)arg;
	for(i = 0; i < BEGIN_ROUNDS; i++) {
		meet();
		(void)begin(&changes);
		meet();
	}
	return NULL;
}

/** Where two begin at once, each has its event. */
static void
test_begin_at_once(void** state)
{
	pthread_t other;
	unsigned i;
	(void)state;
	assert_int_equal(pthread_create(&other, NULL, begin_rounds, NULL), 0);
	for(i = 0; i < BEGIN_ROUNDS; i++) {
		unsigned long changes;
		handover_open(&handover, true);
		meet();
		(void)begin(&changes);
		meet();
		handover_close(&handover);
	}
	pthread_join(other, NULL);
	assert_int_equal(events, 2 * BEGIN_ROUNDS);
	/* which is used again and again */
	assert_int_equal(eventfds, 1);
}

/** What a worker needs cannot be had: said once, and not tried again until the
 * next init, where it may be there. What is pending waits for a query. */
static void
test_no_worker(void** state)
{
	unsigned long changes;
	int lacks;
	(void)state;
	for(lacks = HAS_RESPIP; lacks <= NO_ADD; lacks++) {
		set_up(NULL);
		lacking = lacks;
		handover_open(&handover, true);
		check_off();
		check(strcmp(told, "[log]") == 0, "%d: \"%s\"", lacks, told);
		check(events == (lacks == NO_ADD || lacks == HAS_RESPIP),
			"%d: tried %u times", lacks, (unsigned)events);
		*told = 0;
		overtake("cut.example.", TYPE_NS, true);
		(void)begin(&changes);
		assert_string_equal(told, "[remove cut.example. NS]"
			"[remove plain cut.example. NS]");
		strcpy(told, "[log]");
		lacking = WORKS;
		check_off();
		handover_close(&handover);
		assert_string_equal(told, "[log]");
		handover_open(&handover, true);
		become_worker();
		assert_string_equal(told, "[log]");
		tear_down(NULL);
	}
}

/** It is said which Unbound this is. */
static void
test_no_libevent(void** state)
{
	unsigned long changes;
	(void)state;
	lacking = NO_LIBEVENT;
	handover_open(&handover, true);
	assert_false(begin(&changes));
	assert_non_null(strstr(logged, " mini-event "));
}

/* --- taking back --------------------------------------------------------- */

/** The worker does it, not the writer. */
static void
test_take_back(void** state)
{
	(void)state;
	handover_open(&handover, true);
	become_worker();
	take_back("a.example.", TYPE_A);
	assert_string_equal(told, "");
	assert_string_equal(told_by_loop(), "[remove a.example. A]");
	assert_string_equal(told_by_loop(), "");
	take_back(".", TYPE_AAAA);
	assert_string_equal(told_by_loop(), "[remove . AAAA]");
	/* types that have no name here */
	take_back("x.b.example.", 65280);
	assert_string_equal(told_by_loop(), "[remove x.b.example. TYPE65280]");
}

/** Each worker does it before it reads the store: who has seen a change is told
 * nothing older from the cache. */
static void
test_take_back_at_begin(void** state)
{
	static struct query other;
	unsigned long first, changes;
	(void)state;
	query_init(&other, "x.example.", TYPE_A, NULL, 0);
	handover_open(&handover, true);
	assert_true(begin(&first));
	take_back("a.example.", TYPE_A);
	assert_true(handover_begin(&handover, &other.qstate, &changes));
	assert_string_equal(told, "[remove a.example. A]");
	assert_int_equal(changes, first + 1);
	assert_string_equal(told_by_loop(), "");
	take_back("b.example.", TYPE_A);
	assert_true(begin(&changes));
	assert_string_equal(told, "[remove b.example. A]");
	assert_int_equal(changes, first + 2);
}

/** The longest name, and a note of no more than its octets. */
static void
test_longest_name(void** state)
{
	char text[NAME_TEXT_MAX], expected[sizeof(text) + 32];
	size_t i;
	(void)state;
	for(i = 0; i < 254; i++)
		text[i] = i % 2 ? '.' : 'x';
	text[i] = 0;
	handover_open(&handover, true);
	become_worker();
	take_back(text, TYPE_A);
	snprintf(expected, sizeof(expected), "[remove %s A]", text);
	assert_string_equal(told_by_loop(), expected);
}

/** An event without a wake, as there may be one: nothing is done. */
static void
test_wake_of_nothing(void** state)
{
	struct ub_event* it;
	(void)state;
	handover_open(&handover, true);
	become_worker();
	it = event;
	it->call(it->fd, UB_EV_READ, it->arg);
	assert_string_equal(told, "");
	assert_false(is_awake());
}

/** So many wakes that one more does not fit: the writer does not wait. */
static void
test_wake_full(void** state)
{
	const uint64_t most = UINT64_MAX - 1;
	(void)state;
	handover_open(&handover, true);
	become_worker();
	assert_int_equal(write(handover.invalidate.wakes, &most, sizeof(most)),
		sizeof(most));
	take_back("a.example.", TYPE_A);
	assert_string_equal(told_by_loop(), "[remove a.example. A]");
}

/** More than is done at once: the worker looks for queries in between, and
 * nothing is left, or done twice. */
static void
test_many(void** state)
{
	static const unsigned counts[] = { AT_ONCE - 1, AT_ONCE, AT_ONCE + 1,
		2 * AT_ONCE, MANY };
	unsigned i, n;
	(void)state;
	for(i = 0; i < COUNT(counts); i++) {
		set_up(NULL);
		in_remove = count_removed;
		handover_open(&handover, true);
		become_worker();
		for(n = 0; n < counts[i]; n++)
			take_back_nth(n);
		loop_once();
		assert_int_equal(removed_total(), counts[i] < AT_ONCE ?
			counts[i] : AT_ONCE);
		assert_true(is_awake() || counts[i] <= AT_ONCE);
		loop();
		expect_removed(counts[i]);
		tear_down(NULL);
	}
}

/** So it is where a query begins; what is left then wakes the worker. */
static void
test_many_at_begin(void** state)
{
	unsigned long changes;
	uint64_t wakes;
	unsigned n;
	(void)state;
	in_remove = count_removed;
	handover_open(&handover, true);
	become_worker();
	for(n = 0; n < MANY; n++)
		take_back_nth(n);
	/* the worker is awake, and has not come to it yet */
	assert_int_equal(read(handover.invalidate.wakes, &wakes, sizeof(wakes)),
		sizeof(wakes));
	assert_true(begin(&changes));
	assert_int_equal(removed_total(), AT_ONCE);
	assert_true(is_awake());
	loop();
	expect_removed(MANY);
}

/** Each that is taken back brings the next. */
static void
note_next(const uint8_t* owner, uint16_t type)
{
	unsigned n = name_number(owner);
	count_removed(owner, type);
	if(n + 1 < MANY)
		take_back_nth(n + 1);
}

/** What is noted while the worker takes back. */
static void
test_noted_meanwhile(void** state)
{
	(void)state;
	in_remove = note_next;
	handover_open(&handover, true);
	become_worker();
	take_back_nth(0);
	loop();
	expect_removed(MANY);
}

/** The same, behind more than is done at once. */
static void
test_noted_in_between(void** state)
{
	unsigned n;
	(void)state;
	in_remove = count_removed;
	handover_open(&handover, true);
	become_worker();
	for(n = 0; n < AT_ONCE + 10; n++)
		take_back_nth(n);
	loop_once();
	for(; n < MANY; n++)
		take_back_nth(n);
	loop();
	expect_removed(MANY);
}

/** What was left over is not put off for what is noted later. */
static void
test_left_over_first(void** state)
{
	unsigned n;
	(void)state;
	in_remove = count_removed;
	handover_open(&handover, true);
	become_worker();
	for(n = 0; n < 2 * AT_ONCE; n++)
		take_back_nth(n);
	loop_once();
	for(; n < MANY; n++)
		take_back_nth(n);
	loop_once();
	expect_removed(2 * AT_ONCE);
	loop();
	expect_removed(MANY);
}

/** While one worker takes back, another begins, and both leave some over. */
static void
begin_meanwhile(const uint8_t* owner, uint16_t type)
{
	unsigned long changes;
	unsigned n;
	count_removed(owner, type);
	in_remove = count_removed;
	for(n = 2 * AT_ONCE; n < MANY; n++)
		take_back_nth(n);
	assert_true(begin(&changes));
}

static void
test_left_over_by_two(void** state)
{
	unsigned n;
	(void)state;
	in_remove = begin_meanwhile;
	handover_open(&handover, true);
	become_worker();
	for(n = 0; n < 2 * AT_ONCE; n++)
		take_back_nth(n);
	loop_once();
	assert_int_equal(removed_total(), 2 * AT_ONCE);
	loop();
	expect_removed(MANY);
}

/** The worker is woken for the first of many notes; a call into the kernel for
 * each would cost more than the rest. */
static void
test_one_wake(void** state)
{
	uint64_t wakes;
	unsigned n;
	(void)state;
	in_remove = count_removed;
	handover_open(&handover, true);
	become_worker();
	for(n = 0; n < MANY; n++)
		take_back_nth(n);
	assert_int_equal(read(handover.invalidate.wakes, &wakes, sizeof(wakes)),
		sizeof(wakes));
	assert_int_equal(wakes, 1);
}

#define ALL "[forget RRsets][forget]"

/** Without memory for what is pending, everything goes: once, and by the
 * worker. */
static void
test_no_memory_for_pending(void** state)
{
	(void)state;
	handover_open(&handover, true);
	become_worker();
	take_back("a.example.", TYPE_A);
	refuse_malloc = 1;
	take_back("b.example.", TYPE_A);
	assert_int_equal(refuse_malloc, 0);
	/* with it */
	take_back("c.example.", TYPE_A);
	assert_string_equal(told, "");
	assert_string_equal(told_by_loop(), "[remove a.example. A]" ALL);
	assert_int_equal(handover.invalidate.pending, 0);
	take_back("d.example.", TYPE_A);
	assert_string_equal(told_by_loop(), "[remove d.example. A]");
	/* alone, it wakes the worker as well */
	refuse_malloc = 1;
	take_back("e.example.", TYPE_A);
	assert_string_equal(told_by_loop(), ALL);
}

static void
ignore_removed(const uint8_t* owner, uint16_t type)
{
	(void)owner;
	(void)type;
}

/** What no worker comes for has a bound; everything goes beyond it. */
static void
test_too_many_pending(void** state)
{
	unsigned long n, changes;
	(void)state;
	in_remove = ignore_removed;
	handover_open(&handover, false);
	for(n = 0; n < INVALIDATE_PENDING_MAX; n++)
		take_back("a.example.", TYPE_A);
	assert_false(handover.invalidate.all);
	take_back("a.example.", TYPE_A);
	assert_true(handover.invalidate.all);
	take_back("a.example.", TYPE_A);
	assert_int_equal(handover.invalidate.pending,
		INVALIDATE_PENDING_MAX + 1);
	(void)begin(&changes);
	assert_string_equal(told, ALL);
	while(handover.invalidate.pending > 0)
		loop_once();
	assert_string_equal(told, ALL);
}

/* --- marks and referrals ------------------------------------------------- */

/** What was not handed over wakes nobody; in any case, and by type. */
static void
test_marks(void** state)
{
	static const uint8_t upper[] = "\001A\007EXAMPLE";
	struct name owner;
	(void)state;
	assert_null(name_from_text(&owner, "a.example.", 10));
	handover_open(&handover, true);
	become_worker();
	assert_false(invalidate_is_marked(&handover.invalidate, NULL, 0));
	overtake("a.example.", TYPE_A, false);
	assert_false(is_awake());
	invalidate_handing(&handover.invalidate, upper, sizeof(upper),
		TYPE_A);
	invalidate_handed(&handover.invalidate, upper, sizeof(upper), TYPE_A);
	assert_true(invalidate_is_marked(&handover.invalidate, NULL, 0));
	assert_true(invalidate_is_marked(&handover.invalidate, &owner,
		TYPE_A));
	assert_false(invalidate_is_marked(&handover.invalidate, &owner,
		TYPE_AAAA));
	overtake("a.example.", TYPE_AAAA, false);
	overtake("b.example.", TYPE_A, false);
	assert_false(is_awake());
	overtake("a.example.", TYPE_A, false);
	/* it stays: another RRset may have the same */
	overtake("a.example.", TYPE_A, false);
	assert_string_equal(told_by_loop(), "[remove a.example. A]"
		"[remove a.example. A]");
}

/** What the iterator was told of a zone cut goes as well, whatever becomes of
 * answers. */
static void
test_referred(void** state)
{
	static const uint16_t types[] = { TYPE_NS, TYPE_DS, TYPE_A,
		TYPE_AAAA };
	size_t i;
	(void)state;
	handover_open(&handover, false);
	assert_false(begin(&(unsigned long){ 0 }));
	for(i = 0; i < COUNT(types); i++) {
		char expected[128], type[TYPE_TEXT_MAX];
		type_to_text(types[i], type);
		snprintf(expected, sizeof(expected), "[remove x.example. %s]"
			"[remove plain x.example. %s]", type, type);
		overtake("x.example.", types[i], true);
		assert_string_equal(told_by_loop(), expected);
		overtake("x.example.", types[i], false);
		assert_string_equal(told_by_loop(), "");
	}
	overtake("x.example.", TYPE_TXT, true);
	assert_string_equal(told_by_loop(), "");
	take_back("x.example.", TYPE_TXT);
	assert_string_equal(told_by_loop(), "[remove x.example. TXT]");
}

/** A referral that was read before a change, which is done with. */
static void
test_referred_late(void** state)
{
	static struct answer referral;
	struct name address;
	(void)state;
	assert_null(name_from_text(&address, "ns.example.", 11));
	query_init(&asked, "cut.example.", TYPE_NS, NULL, 0);
	asked.qstate.qinfo.qname = asked.owner[0].wire;
	asked.qstate.qinfo.qname_len = asked.owner[0].len;
	referral.count = 2;
	referral.rrset[0].type = TYPE_NS;
	referral.rrset[1].owner = address.wire;
	referral.rrset[1].owner_len = address.len;
	referral.rrset[1].type = TYPE_AAAA;
	handover_open(&handover, false);
	assert_false(begin(&(unsigned long){ 0 }));
	*told = 0;
	handover_referred(&handover, &asked.qstate, &referral);
	/* not before the iterator has looked */
	assert_string_equal(told, "");
	assert_string_equal(told_by_loop(), "[remove ns.example. AAAA]"
		"[remove plain ns.example. AAAA][remove cut.example. NS]"
		"[remove plain cut.example. NS]");
}

/** What begins while a change is on its way may have read what was before:
 * that counts as a change since. */
static void
test_has_changed(void** state)
{
	unsigned long before, meanwhile, after;
	(void)state;
	handover_open(&handover, true);
	assert_true(begin(&before));
	assert_false(handover_has_changed(&handover, before));
	invalidate_changing(&handover.invalidate);
	assert_true(handover_has_changed(&handover, before));
	assert_false(begin(&meanwhile));
	assert_true(handover_has_changed(&handover, meanwhile));
	invalidate_changed(&handover.invalidate);
	assert_true(handover_has_changed(&handover, meanwhile));
	assert_true(begin(&after));
	assert_false(handover_has_changed(&handover, after));
}

/* --- handing over -------------------------------------------------------- */

/** Begin a query about an alias, and let it be answered. */
static unsigned long
begin_alias(void)
{
	unsigned long changes;
	query_init(&asked, "alias.example.", TYPE_CNAME, "a.example.", TYPE_A);
	handover_open(&handover, true);
	assert_true(begin(&changes));
	*told = 0;
	return changes;
}

#define BOTH "[remove alias.example. CNAME][remove a.example. A]"

/** What is stored finds its RRsets in the cache, and no others. */
static void
look_at_copy(const struct reply_info* copy)
{
	size_t i;
	assert_int_equal(copy->rrset_count, RRSETS);
	for(i = 0; i < copy->rrset_count; i++) {
		struct ub_packed_rrset_key* key = copy->rrsets[i];
		assert_int_equal(key->rk.flags, HANDOVER_RRSET);
		assert_int_equal(key->entry.hash, rrset_key_hash(&key->rk));
	}
	tell("[%s]", copy->authoritative ? "AA" : "not AA");
}

static void
test_answer(void** state)
{
	unsigned long changes;
	(void)state;
	changes = begin_alias();
	handover_answer(&handover, &asked.qstate, changes);
	assert_string_equal(told, "[store]");
	/* from now on, what overtakes it is pending */
	overtake("a.example.", TYPE_A, false);
	overtake("alias.example.", TYPE_CNAME, false);
	assert_true(begin(&changes));
	assert_string_equal(told, "[store][remove alias.example. CNAME]"
		"[remove a.example. A]");
	loop();
	strcpy(told, "[store]");
	in_store = look_at_copy;
	handover_answer(&handover, &asked.qstate, changes);
	assert_string_equal(told, "[store][not AA]");
	asked.info.authoritative = 1;
	handover_answer(&handover, &asked.qstate, changes);
	assert_string_equal(told, "[store][not AA][AA]");
	assert_false(is_awake());
}

/** What is not to be in the cache, or does not fit into memory. */
static void
test_answer_not(void** state)
{
	unsigned long changes;
	(void)state;
	changes = begin_alias();
	asked.info.ttl = 0;
	handover_answer(&handover, &asked.qstate, changes);
	asked.info.ttl = 300;
	asked.qstate.no_cache_store = 1;
	handover_answer(&handover, &asked.qstate, changes);
	asked.qstate.no_cache_store = 0;
	refuse_malloc = 1;
	handover_answer(&handover, &asked.qstate, changes);
	assert_int_equal(refuse_malloc, 0);
	assert_string_equal(told, "");
	handover_answer(&handover, &asked.qstate, changes);
	assert_string_equal(told, "[store]");
}

static void
change_b(void)
{
	take_back("b.example.", TYPE_A);
}

/** What changes after the look at the store, whatever it is, keeps the answer
 * out of the cache, or takes all of its RRsets back. */
static void
test_answer_overtaken(void** state)
{
	unsigned long changes;
	(void)state;
	changes = begin_alias();
	/* before it is stored */
	change_b();
	handover_answer(&handover, &asked.qstate, changes);
	assert_string_equal(told, "");
	/* that was before this one */
	assert_true(begin(&changes));
	assert_string_equal(told, "[remove b.example. A]");
	*told = 0;
	handover_answer(&handover, &asked.qstate, changes);
	assert_string_equal(told, "[store]");
	/* while it is stored */
	while_storing = change_b;
	*told = 0;
	handover_answer(&handover, &asked.qstate, changes);
	assert_string_equal(told, "[store]" BOTH);
	assert_string_equal(told_by_loop(), "[remove b.example. A]");
}

/* --- nothing older after that -------------------------------------------- */

/** Settle the answer of the alias. @return what was taken out of the cache. */
static const char*
settle(void)
{
	*told = 0;
	handover_settle(&handover, &asked.qstate);
	return told;
}

/** While something changes or is pending, whoever answers takes out what he
 * answers with, as far as it was handed over; and what may be there instead. */
static void
test_settle(void** state)
{
	static struct name target;
	unsigned long changes;
	(void)state;
	(void)begin_alias();
	assert_null(name_from_text(&target, "a.example.", 10));
	alias_target = &target;
	/* nothing was handed over */
	invalidate_changing(&handover.invalidate);
	assert_string_equal(settle(), "");
	invalidate_changed(&handover.invalidate);
	mark("alias.example.", TYPE_CNAME);
	mark("alias.example.", TYPE_A);
	mark("a.example.", TYPE_A);
	mark("b.example.", TYPE_A);
	/* nothing changes */
	assert_string_equal(settle(), "");
	/* something does: nothing can be handed over, either */
	invalidate_changing(&handover.invalidate);
	assert_false(begin(&changes));
	assert_string_equal(settle(), "[remove alias.example. CNAME][remove "
		"alias.example. A][remove alias.example. CNAME][remove "
		"a.example. A][remove a.example. A]");
	invalidate_changed(&handover.invalidate);
	assert_true(begin(&changes));
	/* something is pending */
	overtake("b.example.", TYPE_A, false);
	assert_non_null(strstr(settle(), "[remove a.example. A]"));
	loop();
	assert_string_equal(settle(), "");
	/* an answer that says no has nothing but the question */
	asked.info.rrset_count = asked.info.an_numrrsets = 0;
	invalidate_changing(&handover.invalidate);
	assert_string_equal(settle(), "[remove alias.example. CNAME][remove "
		"alias.example. A]");
	invalidate_changed(&handover.invalidate);
	alias_target = NULL;
}

/** A worker that hands over is waited for, but not for ever: then what it may
 * have put into the cache is taken out. */
static void
test_settle_while_handing(void** state)
{
	(void)state;
	(void)begin_alias();
	mark("a.example.", TYPE_A);
	invalidate_handing(&handover.invalidate, asked.owner[1].wire,
		asked.owner[1].len, TYPE_A);
	assert_string_equal(settle(), "[remove a.example. A]");
	invalidate_handed(&handover.invalidate, asked.owner[1].wire,
		asked.owner[1].len, TYPE_A);
	assert_int_equal(handover.invalidate.handing, 0);
	assert_string_equal(settle(), "");
}

/** A question is worth it the second time, unless another took its place. */
static void
test_is_worth(void** state)
{
	const uint64_t first = 0x123456789abcdef0, other = first + 1,
		rival = first ^ (UINT64_C(1) << 32),
		highest = first ^ (UINT64_C(1) << 63);
	(void)state;
	assert_false(handover_note_asked(&handover, first));
	assert_true(handover_note_asked(&handover, first));
	assert_true(handover_note_asked(&handover, first));
	/* in a place of its own */
	assert_false(handover_note_asked(&handover, other));
	assert_true(handover_note_asked(&handover, first));
	assert_true(handover_note_asked(&handover, other));
	/* in the same place */
	assert_false(handover_note_asked(&handover, rival));
	assert_true(handover_note_asked(&handover, rival));
	assert_false(handover_note_asked(&handover, first));
	assert_false(handover_note_asked(&handover, highest));
	assert_false(handover_note_asked(&handover, rival));
	/* the last place */
	assert_false(handover_note_asked(&handover, UINT64_MAX));
	assert_true(handover_note_asked(&handover, UINT64_MAX));
}

/* --- one life after the other -------------------------------------------- */

/** An init: whether answers are to be handed over, and whether the caches are
 * known to have none. */
struct open_case {
	/** the first */
	bool use;
	/** the second */
	bool clean;
};

static const struct open_case open_cases[] = {
	{ false, true },
	{ true, true },
	{ true, false },
	{ false, false },
	{ false, true },
	{ true, true },
	{ false, false },
};

static void
test_open(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(open_cases); i++) {
		unsigned long changes;
		check(handover_open(&handover, open_cases[i].use) ==
			open_cases[i].clean, "row %zu", i);
		check(begin(&changes) == open_cases[i].use, "row %zu", i);
		handover_close(&handover);
		check_off();
	}
}

/** What is pending when a life ends, and what comes before there is a worker in
 * the next, is done then: the caches may be kept. The next has events of its
 * own. */
static void
test_close(void** state)
{
	unsigned long changes;
	unsigned n;
	(void)state;
	in_remove = count_removed;
	handover_open(&handover, true);
	become_worker();
	for(n = 0; n < MANY - 10; n++)
		take_back_nth(n);
	loop_once();
	handover_close(&handover);
	assert_null(event);
	assert_int_equal(removed_total(), AT_ONCE);
	for(; n < MANY; n++)
		take_back_nth(n);
	assert_false(handover_open(&handover, true));
	assert_true(begin(&changes));
	assert_int_equal(events, 2);
	loop();
	expect_removed(MANY);
	in_remove = NULL;
	take_back("a.example.", TYPE_A);
	assert_string_equal(told_by_loop(), "[remove a.example. A]");
	/* once more, as it is */
	handover_close(&handover);
	handover_close(&handover);
}

/* --- threads ------------------------------------------------------------- */

/** A writer and workers. */
struct race {
	/** all start together */
	pthread_barrier_t start;
	/** whether the writer is done */
	atomic_bool done;
	/** what the store has of each name: the number of its last change */
	atomic_uint served[RACE_NAMES];
	/** what the cache has; 0: nothing */
	unsigned cached[RACE_NAMES];
	/** Unbound's, which is around the cache */
	pthread_mutex_t lock;
	/** the last that a client was told, by any worker */
	atomic_uint told[RACE_NAMES];
	/** how often a client was told an older one, out of the cache, after
	 * that */
	atomic_uint older;
	/** number of answers that were handed over */
	atomic_uint handed;
};
static struct race race;

static void*
race_write(void* arg)
{
	unsigned i;
	(void)arg;
	pthread_barrier_wait(&race.start);
	for(i = 1; i <= RACE_CHANGES; i++) {
		char text[NAME_TEXT_MAX];
		struct name owner;
		snprintf(text, sizeof(text), "n%u.example.", i % RACE_NAMES);
		assert_null(name_from_text(&owner, text, strlen(text)));
		invalidate_changing(&handover.invalidate);
		race.served[i % RACE_NAMES] = i;
		sched_yield();
		invalidate_overtaken(&handover.invalidate, &owner, TYPE_A,
			false);
		invalidate_changed(&handover.invalidate);
	}
	race.done = true;
	return NULL;
}

/** The loop of a worker. */
static void
race_loop(void)
{
	struct ub_event* it = own_event;
	if(is_awake())
		it->call(it->fd, UB_EV_READ, it->arg);
}

static void
race_remove(const uint8_t* owner, uint16_t type)
{
	count_removed(owner, type);
	pthread_mutex_lock(&race.lock);
	race.cached[name_number(owner)] = 0;
	pthread_mutex_unlock(&race.lock);
}

static void
race_store(const struct reply_info* copy)
{
	const struct packed_rrset_data* data = copy->rrsets[0]->entry.data;
	pthread_mutex_lock(&race.lock);
	race.cached[name_number(copy->rrsets[0]->rk.dname)] =
		(unsigned)data->ttl;
	pthread_mutex_unlock(&race.lock);
	race.handed++;
}

/** A client is told. */
static void
race_tell(unsigned n, unsigned value)
{
	unsigned before = race.told[n];
	while(before < value && !atomic_compare_exchange_weak(&race.told[n],
		&before, value))
		continue;
}

/** Answer a query from the cache, if it is there. */
static void
race_answer_cached(unsigned n)
{
	unsigned before = race.told[n], cached;
	pthread_mutex_lock(&race.lock);
	cached = race.cached[n];
	pthread_mutex_unlock(&race.lock);
	if(cached == 0)
		return;
	if(cached < before)
		race.older++;
	race_tell(n, cached);
}

/** Answer queries, with what the store has as the TTL. */
static void*
race_answer(void* arg)
{
	struct query query[RACE_NAMES];
	unsigned i;
	(void)arg;
	for(i = 0; i < RACE_NAMES; i++) {
		char text[NAME_TEXT_MAX];
		snprintf(text, sizeof(text), "n%u.example.", i);
		query_init(&query[i], text, TYPE_A, NULL, 0);
	}
	pthread_barrier_wait(&race.start);
	/* the writer may be done before a worker gets a processor */
	for(i = 0; !race.done || race.handed == 0; i++) {
		struct query* one = &query[i % RACE_NAMES];
		unsigned long changes;
		bool hand_over = handover_begin(&handover, &one->qstate,
			&changes);
		one->data[0].ttl = race.served[i % RACE_NAMES];
		/* let others overtake it */
		if(i % 16 == 0)
			sched_yield();
		if(hand_over)
			handover_answer(&handover, &one->qstate, changes);
		handover_settle(&handover, &one->qstate);
		race_tell(i % RACE_NAMES, (unsigned)one->data[0].ttl);
		race_answer_cached((i + i / 7) % RACE_NAMES);
		race_loop();
	}
	return NULL;
}

/** Let the writer and some workers run at the same time, to their end; the
 * last that is to be taken back is left. */
static void
race_run(void* (*work)(void*))
{
	pthread_t writer, worker[RACE_WORKERS];
	unsigned i;
	assert_int_equal(pthread_mutex_init(&race.lock, NULL), 0);
	assert_int_equal(pthread_barrier_init(&race.start, NULL,
		RACE_WORKERS + 1), 0);
	assert_int_equal(pthread_create(&writer, NULL, race_write, NULL), 0);
	for(i = 0; i < RACE_WORKERS; i++)
		assert_int_equal(pthread_create(&worker[i], NULL, work, NULL),
			0);
	pthread_join(writer, NULL);
	for(i = 0; i < RACE_WORKERS; i++)
		pthread_join(worker[i], NULL);
	pthread_barrier_destroy(&race.start);
}

static int
race_set_up(void** state)
{
	unsigned n;
	memset(&race, 0, sizeof(race));
	set_up(state);
	in_store = race_store;
	in_remove = race_remove;
	handover_open(&handover, true);
	for(n = 0; n < RACE_NAMES; n++) {
		char text[NAME_TEXT_MAX];
		snprintf(text, sizeof(text), "n%u.example.", n);
		mark(text, TYPE_A);
	}
	return 0;
}

/** Nothing but take back, by the event or where a query begins. */
static void*
race_take_back(void* arg)
{
	unsigned long changes;
	(void)arg;
	(void)begin(&changes);
	pthread_barrier_wait(&race.start);
	while(!race.done) {
		race_loop();
		(void)begin(&changes);
	}
	return NULL;
}

/** Each change that was pending is done, once. */
static void
test_threads_take_back(void** state)
{
	unsigned n;
	(void)state;
	race_run(race_take_back);
	loop();
	for(n = 0; n < RACE_NAMES; n++)
		check(removed[n] == RACE_CHANGES / RACE_NAMES, "n%u: %u "
			"times", n, (unsigned)removed[n]);
	pthread_mutex_destroy(&race.lock);
}

/** Whatever the writer and the workers do at the same time: when all is taken
 * back, the cache has nothing that the store has not. */
static void
test_threads_answer(void** state)
{
	unsigned n;
	(void)state;
	race_run(race_answer);
	loop();
	for(n = 0; n < RACE_NAMES; n++)
		check(race.cached[n] == 0 || race.cached[n] == race.served[n],
			"n%u: the cache has %u, the store %u", n,
			race.cached[n], (unsigned)race.served[n]);
	assert_true(race.handed > 0);
	check(race.older == 0, "%u answers older than one before",
		(unsigned)race.older);
	pthread_mutex_destroy(&race.lock);
}

#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, set_up, tear_down)
#define RACE(function) \
	cmocka_unit_test_setup_teardown(function, race_set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_off),
		TEST(test_on),
		TEST(test_worker_stands_still),
		TEST(test_worker_stands_still_at_work),
		TEST(test_begin_at_once),
		TEST(test_no_worker),
		TEST(test_no_libevent),
		TEST(test_take_back),
		TEST(test_take_back_at_begin),
		TEST(test_longest_name),
		TEST(test_wake_of_nothing),
		TEST(test_wake_full),
		TEST(test_many),
		TEST(test_many_at_begin),
		TEST(test_noted_meanwhile),
		TEST(test_noted_in_between),
		TEST(test_left_over_first),
		TEST(test_left_over_by_two),
		TEST(test_one_wake),
		TEST(test_no_memory_for_pending),
		TEST(test_too_many_pending),
		TEST(test_marks),
		TEST(test_referred),
		TEST(test_referred_late),
		TEST(test_has_changed),
		TEST(test_answer),
		TEST(test_answer_not),
		TEST(test_answer_overtaken),
		TEST(test_settle),
		TEST(test_settle_while_handing),
		TEST(test_is_worth),
		TEST(test_open),
		TEST(test_close),
		RACE(test_threads_take_back),
		RACE(test_threads_answer),
	};
	return cmocka_run_group_tests_name("handover", tests, NULL, NULL);
}
