/*
 * tests/unit/unbound/workers.c - Unbound's workers, and the writer.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "unbound/workers.h"
#include "unbound/cache.h"
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* --- doubles ------------------------------------------------------------- */

struct handover handover;
enum lacking lacking;
atomic_uint eventfds, events;
_Atomic(struct ub_event*) event;
_Thread_local struct ub_event* own_event;
void (*while_storing)(void);
void (*in_store)(const struct reply_info* copy);
void (*in_remove)(const uint8_t* owner, uint16_t type);
char logged[1024];

/** what there is only one of; only the addresses count */
static char base_place, messages_place, alloc_place;
static struct rrset_cache rrsets_place;
static struct mesh_area mesh;

int __real_eventfd(unsigned count, int flags);
int __wrap_eventfd(unsigned count, int flags);

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

struct name* alias_target;
struct query asked;
atomic_uint removed[MANY];

/** What Unbound has of a worker, which outlives its thread: here one for all */
static struct module_env env = {
	.mesh = &mesh,
	.worker_base = (struct comm_base*)(void*)&base_place,
	.rrset_cache = &rrsets_place,
	.msg_cache = (struct slabhash*)(void*)&messages_place,
	.alloc = (struct alloc_cache*)(void*)&alloc_place,
};

void
get_cname_target(struct ub_packed_rrset_key* rrset, uint8_t** target,
	size_t* len)
{
	if(rrset->rk.type != htons(TYPE_CNAME) || !alias_target)
		return;
	*target = alias_target->wire;
	*len = alias_target->len;
}

void
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

bool
begin(unsigned long* changes)
{
	return handover_begin(&handover, &asked.qstate, changes);
}

void
open_worker(void)
{
	unsigned long changes;
	(void)handover_open(&handover, true);
	assert_true(begin(&changes));
	assert_non_null(event);
}

void
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

void
mark(const char* text, uint16_t type)
{
	struct name owner;
	assert_null(name_from_text(&owner, text, strlen(text)));
	invalidate_handing(&handover.invalidate, owner.wire, owner.len, type);
	invalidate_handed(&handover.invalidate, owner.wire, owner.len, type);
}

void
take_back(const char* text, uint16_t type)
{
	mark(text, type);
	overtake(text, type, false);
}

void
take_back_many(unsigned from, unsigned to)
{
	for(; from < to; from++) {
		char text[NAME_TEXT_MAX];
		snprintf(text, sizeof(text), "n%u.example.", from);
		take_back(text, TYPE_A);
	}
}

unsigned
removed_total(void)
{
	unsigned n, total = 0;
	for(n = 0; n < MANY; n++)
		total += removed[n];
	return total;
}

unsigned
name_number(const uint8_t* owner)
{
	return (unsigned)strtoul((const char*)owner + 2, NULL, 10);
}

void
count_removed(const uint8_t* owner, uint16_t type)
{
	unsigned n = name_number(owner);
	if(n < MANY && type == TYPE_A)
		removed[n]++;
}

void
expect_removed(unsigned count)
{
	unsigned n;
	for(n = 0; n < MANY; n++)
		check(removed[n] == (n < count), "n%u: %u times", n,
			(unsigned)removed[n]);
}

bool
is_awake(void)
{
	struct pollfd waits = { .fd = handover.invalidate.wakes,
		.events = POLLIN };
	return handover.invalidate.wakes > 0 && poll(&waits, 1, 0) == 1;
}

void
event_call(struct ub_event* called)
{
	called->call(called->fd, UB_EV_READ, called->arg);
}

void
loop_once(void)
{
	assert_non_null(event);
	assert_true(event->added);
	if(is_awake())
		event_call(event);
}

void
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

const char*
told_by_loop(void)
{
	*told = 0;
	loop();
	return told;
}

int
set_up(void** state)
{
	(void)state;
	memset(&handover, 0, sizeof(handover));
	memset(removed, 0, sizeof(removed));
	query_init(&asked, "a.example.", TYPE_A, NULL, 0);
	lacking = WORKS;
	refuse_malloc = 0;
	eventfds = events = 0;
	while_storing = NULL;
	in_store = NULL;
	in_remove = NULL;
	alias_target = NULL;
	*told = *logged = 0;
	return 0;
}

int
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
