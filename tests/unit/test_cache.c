/*
 * tests/unit/test_cache.c - what Unbound's caches may have of the zones.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/*
 * Unbound's caches are doubles here, which tell what is done to them. Who owns
 * which memory is as in Unbound: what is not taken over is freed, and a leak
 * checker would see it.
 */
#include "unbound/cache.h"
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "questions.h"
#include "region.h"
#include "unbound/reply.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- doubles ------------------------------------------------------------- */

/** what was called */
static char told[SHOWN_MAX];

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

/** Tell of a question: name, type, class if it is not IN, and CD. */
static void
tell_question(const char* what, const uint8_t* name, size_t len,
	uint16_t type, uint16_t qclass, uint16_t flags)
{
	char text[NAME_TEXT_MAX], type_text[TYPE_TEXT_MAX];
	struct name_walk walk;
	assert_true(name_walk_init(&walk, name, len, 0));
	tell("[%s %s %s", what, name_to_text(name, text),
		type_to_text(type, type_text));
	if(qclass != LDNS_RR_CLASS_IN)
		tell(" CLASS%u", (unsigned)qclass);
	tell("%s]", flags & BIT_CD ? " CD" : "");
}

/** the allocation to refuse; 0: none */
static unsigned refuse_malloc;

void* __real_malloc(size_t size);
void* __wrap_malloc(size_t size);

void*
__wrap_malloc(size_t size)
{
	if(refuse_malloc > 0 && --refuse_malloc == 0)
		return NULL;
	return __real_malloc(size);
}

void
msg_cache_remove(struct module_env* env, uint8_t* name, size_t len,
	uint16_t type, uint16_t qclass, uint16_t flags)
{
	assert_non_null(env);
	tell_question("remove", name, len, type, qclass, flags);
}

/** what the message cache has; its lock is taken when it is found */
static struct msgreply_entry entry;
/** what it has */
static struct reply_info cached;
static bool is_there;

struct msgreply_entry*
msg_cache_lookup(struct module_env* env, uint8_t* name, size_t len,
	uint16_t type, uint16_t qclass, uint16_t flags, time_t now, int write)
{
	assert_int_equal(now, *env->now);
	assert_int_equal(write, 0);
	tell_question("look up", name, len, type, qclass, flags);
	if(!is_there)
		return NULL;
	lock_rw_rdlock(&entry.entry.lock);
	return &entry;
}

/** what tomsg gives */
static struct dns_msg* message;

struct dns_msg*
tomsg(struct module_env* env, struct query_info* query,
	struct reply_info* info, struct regional* region, time_t now,
	int allow_expired, struct regional* scratch)
{
	assert_ptr_equal(region, THE_REGION);
	assert_ptr_equal(scratch, env->scratch);
	assert_int_equal(now, *env->now);
	assert_int_equal(allow_expired, 0);
	assert_ptr_equal(info, entry.entry.data);
	/* locked, for reading */
	assert_int_not_equal(pthread_rwlock_trywrlock(&entry.entry.lock), 0);
	tell_question("message", query->qname, query->qname_len, query->qtype,
		query->qclass, 0);
	return message;
}

/** the flags and class of the last hash */
static uint16_t hash_flags, hash_class;

hashvalue_type
query_info_hash(struct query_info* query, uint16_t flags)
{
	hash_flags = flags;
	hash_class = query->qclass;
	return 4711;
}

/** what becomes of a message that is stored */
static enum {
	/** it is taken over, with its name */
	STORE_TAKES,
	/** the message is freed, the name is not: its TTL is 0 */
	STORE_DROPS
} store_way;

void
dns_cache_store_msg(struct module_env* env, struct query_info* query,
	hashvalue_type hash, struct reply_info* info, time_t leeway,
	int pside, struct reply_info* from, uint32_t flags,
	struct regional* region, time_t started)
{
	assert_int_equal(hash, 4711);
	assert_int_equal(hash_flags, flags);
	assert_int_equal(hash_class, query->qclass);
	assert_int_equal(leeway, 0);
	assert_int_equal(pside, 0);
	assert_null(query->local_alias);
	assert_ptr_not_equal(info, from);
	assert_null(region);
	assert_int_equal(started, 1234);
	assert_non_null(env);
	tell_question("store", query->qname, query->qname_len, query->qtype,
		query->qclass, (uint16_t)flags);
	free(info);
	if(store_way == STORE_DROPS)
		return;
	/* it goes away later, or at once */
	free(query->qname);
	query->qname = NULL;
}

struct reply_info*
reply_info_copy(struct reply_info* info, struct alloc_cache* alloc,
	struct regional* region)
{
	struct reply_info* copy = malloc(sizeof(*copy));
	assert_non_null(alloc);
	assert_null(region);
	if(copy)
		*copy = *info;
	return copy;
}

void
reply_info_parsedelete(struct reply_info* info, struct alloc_cache* alloc)
{
	assert_non_null(alloc);
	free(info);
}

/** the message cache; only its address counts */
static char cache_place;

void
slabhash_clear(struct slabhash* table)
{
	assert_ptr_equal(table, &cache_place);
	tell("[clear]");
}

hashvalue_type
rrset_key_hash(struct packed_rrset_key* key)
{
	return (hashvalue_type)(key->dname_len + ntohs(key->type));
}

struct ub_packed_rrset_key*
packed_rrset_copy_alloc(struct ub_packed_rrset_key* key,
	struct alloc_cache* alloc, time_t now)
{
	struct ub_packed_rrset_key* copy = malloc(sizeof(*copy));
	assert_non_null(alloc);
	assert_int_equal(now, 1300);
	if(!copy)
		return NULL;
	*copy = *key;
	copy->id = 99;
	return copy;
}

int
rrset_cache_update(struct rrset_cache* cache, struct rrset_ref* ref,
	struct alloc_cache* alloc, time_t now)
{
	char name[NAME_TEXT_MAX], type[TYPE_TEXT_MAX];
	const struct packed_rrset_data* data = ref->key->entry.data;
	assert_ptr_equal(cache, &cache_place);
	assert_non_null(alloc);
	assert_int_equal(now, 1300);
	assert_int_equal(ref->id, 99);
	assert_int_equal(ref->key->rk.flags, 0);
	assert_int_equal(ntohs(ref->key->rk.rrset_class), LDNS_RR_CLASS_IN);
	assert_int_equal(ref->key->entry.hash,
		rrset_key_hash(&ref->key->rk));
	tell("[%s %s %u records, TTL %u, %s]", name_to_text(
		ref->key->rk.dname, name), type_to_text(
		ntohs(ref->key->rk.type), type), (unsigned)data->count,
		(unsigned)data->ttl, data->trust == rrset_trust_ultimate ?
		"ultimate" : data->trust == rrset_trust_glue ? "glue" : "?");
	free(ref->key);
	return 0;
}

void
get_cname_target(struct ub_packed_rrset_key* rrset, uint8_t** target,
	size_t* len)
{
	const struct packed_rrset_data* data = rrset->entry.data;
	/* Unbound leaves both alone where the record is not well-formed */
	if(data->rr_len[0] < 3)
		return;
	*target = data->rr_data[0] + 2;
	*len = data->rr_len[0] - 2;
}

/** Not under test: reply_on_servfail's. */
int
edns_opt_list_append_ede(struct edns_option** list, struct regional* region,
	sldns_ede_code code, const char* text)
{
	(void)list;
	(void)region;
	(void)code;
	(void)text;
	return 1;
}

void
log_err(const char* format, ...)
{
	fail_msg("%s", format);
}

/* --- the set ------------------------------------------------------------- */

static struct store* store;
/** example., sub.example. in it, and fall., which falls through */
static struct zones* zones;
static struct module_env env;
static struct module_qstate qstate;
static uint8_t qname[NAME_WIRE_MAX];
static time_t now;

static int
set_up(void** state)
{
	struct zone_settings settings[3];
	(void)state;
	settings_init(&settings[0], "example.");
	settings_init(&settings[1], "sub.example.");
	settings_init(&settings[2], "fall.");
	settings[2].fallthrough = true;
	store = store_new();
	zones = zones_create(store, settings, 3);
	assert_non_null(zones);
	memset(&env, 0, sizeof(env));
	now = 1300;
	env.now = &now;
	env.msg_cache = (struct slabhash*)(void*)&cache_place;
	env.rrset_cache = (struct rrset_cache*)(void*)&cache_place;
	env.alloc = (struct alloc_cache*)(void*)&cache_place;
	env.scratch = (struct regional*)(void*)&cache_place;
	memset(&entry, 0, sizeof(entry));
	assert_int_equal(pthread_rwlock_init(&entry.entry.lock, NULL), 0);
	memset(&cached, 0, sizeof(cached));
	cached.padding = 7;
	entry.entry.data = &cached;
	is_there = false;
	message = NULL;
	store_way = STORE_TAKES;
	refuse_malloc = 0;
	*told = 0;
	return 0;
}

static int
tear_down(void** state)
{
	refuse_malloc = 0;
	assert_int_equal(pthread_rwlock_destroy(&entry.entry.lock), 0);
	zones_delete(zones);
	store_delete(store);
	region_clear();
	return stop_reading(state);
}

/** A query. */
static void
query_init(const char* name, uint16_t type, uint16_t flags)
{
	size_t len;
	assert_null(name_wire_from_text(qname, &len, name, strlen(name)));
	memset(&qstate, 0, sizeof(qstate));
	qstate.env = &env;
	qstate.region = THE_REGION;
	qstate.qstarttime = 1234;
	qstate.qinfo.qname = qname;
	qstate.qinfo.qname_len = len;
	qstate.qinfo.qtype = type;
	qstate.qinfo.qclass = LDNS_RR_CLASS_IN;
	/* what the client's own local-zone says, and of no other question */
	qstate.qinfo.local_alias = (struct local_rrset*)(void*)qname;
	qstate.query_flags = flags;
	*told = 0;
}

/** Give the query a message with aliases, from the qname to each target in
 * turn, and from the last to an address; targets may be NULL. */
static void
message_init(const char* const* target, size_t count)
{
	static struct dns_msg made;
	struct answer* answer = calloc(1, sizeof(*answer));
	uint8_t rdata[3][2 + NAME_WIRE_MAX];
	static const uint8_t address[] = { 0, 4, 192, 0, 2, 1 };
	size_t i;
	assert_non_null(answer);
	for(i = 0; i < count && target[i]; i++) {
		struct answer_rrset* rrset = &answer->rrset[i];
		size_t len;
		assert_null(name_wire_from_text(rdata[i] + 2, &len, target[i],
			strlen(target[i])));
		rdata[i][0] = 0;
		rdata[i][1] = (uint8_t)len;
		rrset->type = TYPE_CNAME;
		rrset->count = 1;
		rrset->rdata = rdata[i];
		rrset->rdata_len = 2 + len;
		if(i > 0) {
			rrset->owner = rrset[-1].rdata + 2;
			rrset->owner_len = rrset[-1].rdata_len - 2;
		}
	}
	answer->rrset[i] = (struct answer_rrset){ ANSWER_ANSWER, NULL, 0,
		TYPE_A, 60, 1, address, sizeof(address) };
	answer->count = answer->answers = i + 1;
	made.qinfo = qstate.qinfo;
	made.rep = reply_create(&qstate, answer->count);
	assert_true(reply_add_answer(&qstate, made.rep, answer, answer->count,
		qname, qstate.qinfo.qname_len));
	qstate.return_msg = &made;
	free(answer);
}

/* --- purge --------------------------------------------------------------- */

#define REMOVE(name) "[remove " name " A][remove " name " AAAA]"

/** A query that is done, and what goes of the message cache. */
struct purge_case {
	/** qname */
	const char* name;
	/** qtype */
	uint16_t type;
	/** targets of the aliases in its message; NULL ends them */
	const char* target[3];
	/** what is removed */
	const char* told;
};

static const struct purge_case purge_cases[] = {
	/* nothing of ours */
	{ "www.net.", TYPE_A, { NULL }, "" },
	{ "www.net.", TYPE_A, { "x.net.", "y.net." }, "" },
	{ ".", TYPE_NS, { NULL }, "" },
	/* ours: itself, and the names from the apex down to it */
	{ "example.", TYPE_MX, { NULL },
		"[remove example. MX]" REMOVE("example.") },
	{ "a.example.", TYPE_A, { NULL }, REMOVE("example.")
		"[remove a.example. A]" REMOVE("a.example.") },
	{ "b.a.example.", TYPE_MX, { NULL }, REMOVE("example.")
		REMOVE("a.example.") "[remove b.a.example. MX]"
		REMOVE("b.a.example.") },
	{ "A.exaMple.", TYPE_MX, { NULL }, REMOVE("example.")
		"[remove a.example. MX]" REMOVE("a.example.") },
	/* from the apex of its own zone */
	{ "a.sub.example.", TYPE_TXT, { NULL }, REMOVE("sub.example.")
		"[remove a.sub.example. TXT]" REMOVE("a.sub.example.") },
	{ "a.fall.", TYPE_TXT, { NULL }, REMOVE("fall.")
		"[remove a.fall. TXT]" REMOVE("a.fall.") },
	/* a DS is the parent's */
	{ "example.", TYPE_DS, { NULL }, "" },
	{ "sub.example.", TYPE_DS, { NULL }, REMOVE("example.")
		"[remove sub.example. DS]" REMOVE("sub.example.") },
	/* an alias into our zones, and the query that has it */
	{ "www.net.", TYPE_MX, { "a.example." }, REMOVE("example.")
		"[remove a.example. MX]" REMOVE("a.example.")
		"[remove www.net. MX]" },
	{ "www.net.", TYPE_MX, { "x.net.", "example." },
		"[remove example. MX]" REMOVE("example.")
		"[remove www.net. MX]" },
	/* each of them */
	{ "www.net.", TYPE_A, { "example.", "x.net.", "fall." },
		"[remove example. A]" REMOVE("example.") "[remove fall. A]"
		REMOVE("fall.") "[remove www.net. A]" },
	/* the query itself once, if it is ours */
	{ "example.", TYPE_MX, { "fall." }, "[remove fall. MX]"
		REMOVE("fall.") "[remove example. MX]" REMOVE("example.") },
	{ "example.", TYPE_MX, { "x.net." }, "[remove example. MX]"
		REMOVE("example.") },
};

static void
test_purge(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(purge_cases); i++) {
		const struct purge_case* row = &purge_cases[i];
		query_init(row->name, row->type, BIT_RD);
		message_init(row->target, COUNT(row->target));
		cache_purge(&qstate, zones);
		check(strcmp(told, row->told) == 0, "row %zu: \"%s\", not "
			"\"%s\"", i, told, row->told);
		region_clear();
	}
}

/** Messages are kept apart by CD. */
static void
test_purge_by_flags(void** state)
{
	(void)state;
	query_init("example.", TYPE_A, BIT_RD | BIT_CD);
	cache_purge(&qstate, zones);
	assert_string_equal(told, "[remove example. A CD][remove example. A "
		"CD][remove example. AAAA CD]");
}

/** The query has failed: what went before may be in the cache. */
static void
test_purge_without_message(void** state)
{
	struct dns_msg empty;
	(void)state;
	memset(&empty, 0, sizeof(empty));
	query_init("example.", TYPE_MX, BIT_RD);
	cache_purge(&qstate, zones);
	assert_string_equal(told, "[remove example. MX]" REMOVE("example."));
	query_init("example.", TYPE_MX, BIT_RD);
	qstate.return_msg = &empty;
	cache_purge(&qstate, zones);
	assert_string_equal(told, "[remove example. MX]" REMOVE("example."));
}

/** Other classes have other names. */
static void
test_purge_other_class(void** state)
{
	static const char* const target[] = { "example." };
	(void)state;
	query_init("example.", TYPE_MX, BIT_RD);
	message_init(target, 1);
	qstate.qinfo.qclass = LDNS_RR_CLASS_CH;
	cache_purge(&qstate, zones);
	assert_string_equal(told, "");
}

/** An alias that is not well-formed leads nowhere. */
static void
test_purge_garbled(void** state)
{
	static const char* const target[] = { "example." };
	struct packed_rrset_data* data;
	(void)state;
	query_init("www.net.", TYPE_MX, BIT_RD);
	message_init(target, 1);
	data = qstate.return_msg->rep->rrsets[0]->entry.data;
	data->rr_len[0] = 2;
	cache_purge(&qstate, zones);
	assert_string_equal(told, "");
	/* one that is cut off */
	data->rr_len[0] = 2 + 5;
	cache_purge(&qstate, zones);
	assert_string_equal(told, "");
}

/* --- keep and find ------------------------------------------------------- */

/** It is kept under a class that nobody asks for. */
static void
test_keep(void** state)
{
	(void)state;
	query_init("A.fall.", TYPE_MX, BIT_RD);
	message_init(NULL, 0);
	cache_keep(&qstate, 7);
	assert_string_equal(told, "[store A.fall. MX CLASS65384]");
	/* the query is as it was */
	assert_int_equal(qstate.qinfo.qclass, LDNS_RR_CLASS_IN);
	assert_ptr_equal(qstate.qinfo.qname, qname);
	query_init("a.fall.", TYPE_A, BIT_RD | BIT_CD);
	message_init(NULL, 0);
	cache_keep(&qstate, 7);
	assert_string_equal(told, "[store a.fall. A CLASS65384 CD]");
}

/** A zone cut is told from another one, and from none. */
static void
test_tag(void** state)
{
	static const uint8_t one[] = "\0\2\1a", other[] = "\0\2\1b";
	struct answer answer;
	uint32_t tag;
	(void)state;
	memset(&answer, 0, sizeof(answer));
	answer.end = ANSWER_OUTSIDE;
	assert_int_equal(cache_tag(&answer), 0);
	answer.end = ANSWER_REFERRAL;
	answer.count = 1;
	answer.rrset[0].rdata = one;
	answer.rrset[0].rdata_len = sizeof(one);
	tag = cache_tag(&answer);
	assert_int_not_equal(tag, 0);
	assert_int_equal(cache_tag(&answer), tag);
	answer.rrset[0].rdata = other;
	assert_int_not_equal(cache_tag(&answer), tag);
}

/** Nor is anything lost or freed twice if it is not to be kept, or memory runs
 * out. */
static void
test_keep_not(void** state)
{
	unsigned n;
	(void)state;
	store_way = STORE_DROPS;
	query_init("a.fall.", TYPE_MX, BIT_RD);
	message_init(NULL, 0);
	cache_keep(&qstate, 7);
	assert_string_equal(told, "[store a.fall. MX CLASS65384]");
	store_way = STORE_TAKES;
	for(n = 1; n <= 2; n++) {
		query_init("a.fall.", TYPE_MX, BIT_RD);
		message_init(NULL, 0);
		refuse_malloc = n;
		cache_keep(&qstate, 7);
		assert_int_equal(refuse_malloc, 0);
		assert_string_equal(told, "");
		assert_non_null(qstate.return_msg);
	}
}

/** What is found has the class that was asked for. */
static void
test_find(void** state)
{
	struct dns_msg found;
	(void)state;
	query_init("A.fall.", TYPE_MX, BIT_RD | BIT_CD);
	assert_null(cache_find(&qstate, 7));
	assert_string_equal(told, "[look up A.fall. MX CLASS65384 CD]");
	is_there = true;
	message = &found;
	query_init("a.fall.", TYPE_MX, BIT_RD);
	assert_ptr_equal(cache_find(&qstate, 7), &found);
	assert_string_equal(told, "[look up a.fall. MX CLASS65384]"
		"[message a.fall. MX]");
	assert_int_equal(pthread_rwlock_trywrlock(&entry.entry.lock), 0);
	lock_rw_unlock(&entry.entry.lock);
	/* it was recursed from elsewhere */
	query_init("a.fall.", TYPE_MX, BIT_RD);
	assert_null(cache_find(&qstate, 8));
	assert_string_equal(told, "[look up a.fall. MX CLASS65384]");
	assert_int_equal(pthread_rwlock_trywrlock(&entry.entry.lock), 0);
	lock_rw_unlock(&entry.entry.lock);
	/* its RRsets are gone, or there is no memory */
	message = NULL;
	assert_null(cache_find(&qstate, 7));
	assert_int_equal(pthread_rwlock_trywrlock(&entry.entry.lock), 0);
	lock_rw_unlock(&entry.entry.lock);
}

static void
test_forget(void** state)
{
	(void)state;
	cache_forget(&env);
	assert_string_equal(told, "[clear]");
}

/* --- referrals ----------------------------------------------------------- */

/** The answer for a name below a cut. Its memory is the caller's. */
static struct answer*
referral_make(void)
{
	struct answer* answer = malloc(sizeof(*answer));
	struct name_walk walk;
	assert_non_null(answer);
	put(store, "example/cut/NS",
		"{\"ttl\":7,\"rdata\":[\"ns.cut.example.\",\"ns.net.\"]}");
	put(store, "example/cut/ns/A", "192.0.2.1");
	put(store, "example/cut/ns/AAAA", "2001:db8::1");
	note_cuts(store, zones);
	query_init("www.cut.example.", TYPE_A, BIT_RD);
	assert_true(name_walk_init(&walk, qname, qstate.qinfo.qname_len,
		store_seed(store)));
	store_read_lock(store);
	zone_answer(zones_find(zones, &walk, TYPE_A), &walk, TYPE_A, 0, answer);
	assert_int_equal(answer->end, ANSWER_REFERRAL);
	return answer;
}

/** The NS RRset is the most trusted, and the addresses are glue. */
static void
test_referral(void** state)
{
	struct answer* answer;
	uint8_t owner[] = "\003cut\007example";
	(void)state;
	answer = referral_make();
	/* the owner is in a struct name_walk that is gone by now */
	answer->rrset[0].owner = owner;
	assert_true(cache_store_referral(&qstate, answer));
	store_read_unlock(store);
	free(answer);
	assert_string_equal(told, "[cut.example. NS 2 records, TTL 7, "
		"ultimate][ns.cut.example. A 1 records, TTL 300, glue]"
		"[ns.cut.example. AAAA 1 records, TTL 300, glue]");
}

/** Whichever allocation is refused, the region's or the cache's. */
static void
test_referral_without_memory(void** state)
{
	struct answer* answer;
	uint8_t owner[] = "\003cut\007example";
	unsigned needed, n;
	(void)state;
	answer = referral_make();
	answer->rrset[0].owner = owner;
	assert_true(cache_store_referral(&qstate, answer));
	needed = allocation_count;
	assert_true(needed >= 3);
	for(n = 1; n <= needed; n++) {
		region_clear();
		refuse_at = n;
		assert_false(cache_store_referral(&qstate, answer));
	}
	/* the region takes three pieces of memory for each RRset, and the
	 * cache one */
	region_clear();
	for(n = 1; n <= 3; n++) {
		refuse_malloc = 4 * n;
		assert_false(cache_store_referral(&qstate, answer));
		assert_int_equal(refuse_malloc, 0);
	}
	store_read_unlock(store);
	free(answer);
}

#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_purge),
		TEST(test_purge_by_flags),
		TEST(test_purge_without_message),
		TEST(test_purge_other_class),
		TEST(test_purge_garbled),
		TEST(test_keep),
		TEST(test_tag),
		TEST(test_keep_not),
		TEST(test_find),
		TEST(test_forget),
		TEST(test_referral),
		TEST(test_referral_without_memory),
	};
	return cmocka_run_group_tests_name("cache", tests, NULL, NULL);
}
