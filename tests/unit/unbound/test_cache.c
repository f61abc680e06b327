/*
 * tests/unit/unbound/test_cache.c - what Unbound's caches have of the zones.
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
#include "unbound/asked.h"
#include "unbound/refuse.h"
#include "unbound/reply.h"
#include "unbound/tell.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- doubles ------------------------------------------------------------- */

/** the label before the names of what is kept */
static uint8_t secret[9];

/** Tell of a question: name, type, class if it is not IN, and CD. */
static void
tell_question(const char* what, const uint8_t* name, size_t len,
	uint16_t type, uint16_t qclass, uint16_t flags)
{
	char text[NAME_TEXT_MAX], type_text[TYPE_TEXT_MAX];
	struct name_walk walk;
	assert_true(name_walk_init(&walk, name, len, 0));
	if(qclass == 65384) {
		/* 8 octets that nobody knows */
		assert_int_equal(name[0], 8);
		assert_memory_not_equal(name + 1, "\0\0\0\0\0\0\0", 8);
		if(*secret)
			assert_memory_equal(name, secret, sizeof(secret));
		memcpy(secret, name, sizeof(secret));
		name += sizeof(secret);
		tell("[%s SECRET.%s %s", what, name_to_text(name, text),
			type_to_text(type, type_text));
	} else	tell("[%s %s %s", what, name_to_text(name, text),
		type_to_text(type, type_text));
	if(qclass != LDNS_RR_CLASS_IN)
		tell(" CLASS%u", (unsigned)qclass);
	tell("%s]", flags & BIT_CD ? " CD" : "");
}

void
msg_cache_remove(struct module_env* in, uint8_t* name, size_t len,
	uint16_t type, uint16_t qclass, uint16_t flags)
{
	assert_non_null(in);
	tell_question("remove", name, len, type, qclass, flags);
}

/** what the message cache has; its lock is taken when it is found */
static struct msgreply_entry entry;
/** what it has */
static struct reply_info cached;
static bool is_there;

struct msgreply_entry*
msg_cache_lookup(struct module_env* in, uint8_t* name, size_t len,
	uint16_t type, uint16_t qclass, uint16_t flags, time_t now, int write)
{
	assert_int_equal(now, *in->now);
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
tomsg(struct module_env* in, struct query_info* query,
	struct reply_info* info, struct regional* region, time_t now,
	int allow_expired, struct regional* scratch)
{
	assert_ptr_equal(region, THE_REGION);
	assert_ptr_equal(scratch, in->scratch);
	assert_int_equal(now, *in->now);
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
dns_cache_store_msg(struct module_env* in, struct query_info* query,
	hashvalue_type hash, struct reply_info* info, time_t leeway,
	int pside, struct reply_info* from, uint32_t flags,
	struct regional* region, time_t started)
{
	size_t i;
	assert_int_equal(hash, 4711);
	assert_int_equal(hash_flags, flags);
	assert_int_equal(hash_class, query->qclass);
	assert_int_equal(leeway, 0);
	assert_int_equal(pside, 0);
	assert_null(query->local_alias);
	assert_null(from);
	assert_null(region);
	assert_int_equal(started, STARTED);
	assert_non_null(in);
	tell_question("store", query->qname, query->qname_len, query->qtype,
		query->qclass, (uint16_t)flags);
	for(i = 0; i < info->rrset_count; i++) {
		uint16_t rrset_type = ntohs(info->rrsets[i]->rk.type);
		/* what the iterator would follow */
		assert_int_equal(info->rrsets[i]->rk.flags, rrset_type ==
			TYPE_CNAME ? CACHE_KEPT_RRSET : 0);
		assert_int_equal(info->rrsets[i]->entry.hash,
			rrset_key_hash(&info->rrsets[i]->rk));
	}
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
/** the RRset cache */
static struct rrset_cache rrsets;

void
slabhash_clear(struct slabhash* table)
{
	if(table == &rrsets.table) {
		tell("[clear RRsets]");
		return;
	}
	assert_ptr_equal(table, &cache_place);
	tell("[clear]");
}

void
rrset_cache_remove(struct rrset_cache* cache, uint8_t* name, size_t len,
	uint16_t type, uint16_t qclass, uint32_t flags)
{
	assert_ptr_equal(cache, &rrsets);
	assert_int_equal(flags, 0);
	tell_question("out", name, len, type, qclass, 0);
}

void
dname_remove_label(uint8_t** name, size_t* len)
{
	size_t label = (size_t)1 + **name;
	*name += label;
	*len -= label;
}

/** the aliases in the RRset cache: owner, type, target; NULL ends them */
static const struct {
	/** owner */
	const char* owner;
	/** CNAME or DNAME */
	uint16_t type;
	/** target */
	const char* target;
} aliases[] = {
	{ "www.net.", TYPE_CNAME, "sub.example." },
	{ "tree.net.", TYPE_DNAME, "example." },
	{ "www.tree.net.", TYPE_CNAME, "other.example." },
	{ "garbled.net.", TYPE_CNAME, "" },
	{ "long.net.", TYPE_DNAME, "a123456789a123456789a123456789."
		"a123456789a123456789a123456789.a123456789a123456789a12345678."
		"a123456789a123456789a123456789.a123456789a123456789a12345678."
	},
};

/** what is found in the RRset cache; locked */
static struct ub_packed_rrset_key alias;
static struct packed_rrset_data alias_data;

struct ub_packed_rrset_key*
rrset_cache_lookup(struct rrset_cache* cache, uint8_t* name, size_t len,
	uint16_t type, uint16_t qclass, uint32_t flags, time_t at, int write)
{
	static uint8_t rdata[2 + NAME_WIRE_MAX];
	static uint8_t* rr_data = rdata;
	static size_t rr_len;
	size_t i;
	assert_ptr_equal(cache, &rrsets);
	assert_int_equal(qclass, LDNS_RR_CLASS_IN);
	assert_int_equal(flags, 0);
	assert_int_equal(at, 1300);
	assert_int_equal(write, 0);
	for(i = 0; i < COUNT(aliases); i++) {
		struct name owner, target;
		question_name(&owner, aliases[i].owner);
		if(type != aliases[i].type || len != owner.len ||
			query_dname_compare(name, owner.wire) != 0)
			continue;
		rr_len = 2;
		if(*aliases[i].target) {
			question_name(&target, aliases[i].target);
			memcpy(rdata + 2, target.wire, target.len);
			rr_len += target.len;
		}
		alias_data.count = 1;
		alias_data.rr_len = &rr_len;
		alias_data.rr_data = &rr_data;
		alias.entry.data = &alias_data;
		alias.rk.type = htons(type);
		lock_rw_rdlock(&alias.entry.lock);
		return &alias;
	}
	return NULL;
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
	assert_ptr_equal(cache, &rrsets);
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

/* --- the set ------------------------------------------------------------- */

static struct store* store;
/** example., sub.example. in it, and fall., which falls through */
static struct zones* zones;
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
	env.rrset_cache = &rrsets;
	env.alloc = (struct alloc_cache*)(void*)&cache_place;
	env.scratch = (struct regional*)(void*)&cache_place;
	memset(&entry, 0, sizeof(entry));
	assert_int_equal(pthread_rwlock_init(&entry.entry.lock, NULL), 0);
	memset(&alias, 0, sizeof(alias));
	assert_int_equal(pthread_rwlock_init(&alias.entry.lock, NULL), 0);
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
	/* whatever was found is unlocked */
	assert_int_equal(pthread_rwlock_trywrlock(&alias.entry.lock), 0);
	lock_rw_unlock(&alias.entry.lock);
	assert_int_equal(pthread_rwlock_destroy(&alias.entry.lock), 0);
	zones_delete(zones);
	store_delete(store);
	region_clear();
	return stop_reading(state);
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
		rrset->rdata = (struct rdata_list){ rdata[i],
			(uint32_t)(2 + len), 1 };
		if(i > 0) {
			rrset->owner = rrset[-1].rdata.octets + 2;
			rrset->owner_len = rrset[-1].rdata.len - 2;
		}
	}
	answer->rrset[i] = (struct answer_rrset){ ANSWER_ANSWER, NULL, 0,
		TYPE_A, 60, { address, sizeof(address), 1 } };
	answer->count = answer->answers = i + 1;
	made.qinfo = qstate.qinfo;
	made.rep = reply_create(&qstate, answer->count);
	assert_true(reply_add_answer(&qstate, made.rep, answer, answer->count,
		qname, qstate.qinfo.qname_len));
	qstate.return_msg = &made;
	free(answer);
}

/* --- remove -------------------------------------------------------------- */

/** The query's own message; they are kept apart by CD. */
static void
test_remove(void** state)
{
	(void)state;
	query_init("A.example.", TYPE_MX, BIT_RD);
	cache_remove(&qstate);
	assert_string_equal(told, "[remove A.example. MX]");
	query_init("a.example.", TYPE_A, BIT_RD | BIT_CD);
	cache_remove(&qstate);
	assert_string_equal(told, "[remove a.example. A CD]");
}

/* --- aliases ------------------------------------------------------------- */

/** A name, and where it leads. */
static const char* const find_cases[][2] = {
	{ "www.net.", "sub.example." },
	{ "WWW.net.", "sub.example." },
	{ "a.www.net.", NULL },
	{ "net.", NULL },
	{ ".", NULL },
	/* a CNAME goes before the DNAME above it */
	{ "a.tree.net.", "a.example." },
	{ "B.a.tree.net.", "B.a.example." },
	{ "www.tree.net.", "other.example." },
	{ "tree.net.", NULL },
	/* what is not well-formed, or would be too long */
	{ "garbled.net.", NULL },
	{ "a123456789a123456789a123456789a123456789a123456789a123456789."
		"a123456789a123456789a123456789a123456789a123456789."
		"long.net.", NULL },
	{ "a.long.net.", "a.a123456789a123456789a123456789."
		"a123456789a123456789a123456789.a123456789a123456789a12345678."
		"a123456789a123456789a123456789.a123456789a123456789a12345678."
	},
};

static void
test_find_alias(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(find_cases); i++) {
		char text[NAME_TEXT_MAX];
		struct name target;
		query_init(find_cases[i][0], TYPE_A, BIT_RD);
		if(!find_cases[i][1]) {
			assert_false(cache_find_alias(&env, qname,
				qstate.qinfo.qname_len, true, &target));
			continue;
		}
		assert_true(cache_find_alias(&env, qname,
			qstate.qinfo.qname_len, true, &target));
		assert_string_equal(name_to_text(target.wire, text),
			find_cases[i][1]);
	}
	/* only where it is wanted */
	query_init("a.tree.net.", TYPE_A, BIT_RD);
	assert_false(cache_find_alias(&env, qname, qstate.qinfo.qname_len,
		false, &(struct name){ .len = 0 }));
}

/** RRsets of a response go to the RRset cache, as many as there is memory
 * for. */
static void
test_store_rrsets(void** state)
{
	static const char* const target[] = { "x.net.", "a.example." };
	(void)state;
	query_init("www.net.", TYPE_A, BIT_RD);
	message_init(target, COUNT(target));
	cache_store_rrsets(&qstate, qstate.return_msg->rep, 2);
	assert_string_equal(told, "[www.net. CNAME 1 records, TTL 0, ?]"
		"[x.net. CNAME 1 records, TTL 0, ?]");
	*told = 0;
	refuse_malloc = 1;
	cache_store_rrsets(&qstate, qstate.return_msg->rep, 2);
	assert_string_equal(told, "[x.net. CNAME 1 records, TTL 0, ?]");
}

/* --- keep and find ------------------------------------------------------- */

/** It is kept under a name that nobody can ask for. */
static void
test_keep(void** state)
{
	static const char* const target[] = { "x.net." };
	(void)state;
	query_init("A.fall.", TYPE_MX, BIT_RD);
	message_init(NULL, 0);
	cache_keep(&qstate, 7);
	assert_string_equal(told, "[store SECRET.A.fall. MX CLASS65384]");
	/* the query is as it was */
	assert_int_equal(qstate.qinfo.qclass, LDNS_RR_CLASS_IN);
	assert_ptr_equal(qstate.qinfo.qname, qname);
	query_init("a.fall.", TYPE_A, BIT_RD | BIT_CD);
	message_init(NULL, 0);
	cache_keep(&qstate, 7);
	assert_string_equal(told, "[store SECRET.a.fall. A CLASS65384 CD]");
	query_init("a.fall.", TYPE_A, BIT_RD);
	message_init(target, COUNT(target));
	cache_keep(&qstate, 7);
	assert_string_equal(told, "[store SECRET.a.fall. A CLASS65384]");
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
	answer.rrset[0].rdata.octets = one;
	answer.rrset[0].rdata.len = sizeof(one);
	tag = cache_tag(&answer);
	assert_int_not_equal(tag, 0);
	assert_int_equal(cache_tag(&answer), tag);
	answer.rrset[0].rdata.octets = other;
	assert_int_not_equal(cache_tag(&answer), tag);
	/* the servers' addresses count, too */
	answer.rrset[0].rdata.octets = one;
	answer.rrset[1] = answer.rrset[0];
	answer.count = 2;
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
	assert_string_equal(told, "[store SECRET.a.fall. MX CLASS65384]");
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
	assert_string_equal(told, "[look up SECRET.A.fall. MX CLASS65384 CD]");
	is_there = true;
	message = &found;
	query_init("a.fall.", TYPE_MX, BIT_RD);
	assert_ptr_equal(cache_find(&qstate, 7), &found);
	assert_string_equal(told, "[look up SECRET.a.fall. MX CLASS65384]"
		"[message a.fall. MX]");
	assert_int_equal(pthread_rwlock_trywrlock(&entry.entry.lock), 0);
	lock_rw_unlock(&entry.entry.lock);
	/* it was recursed from elsewhere */
	query_init("a.fall.", TYPE_MX, BIT_RD);
	assert_null(cache_find(&qstate, 8));
	assert_string_equal(told, "[look up SECRET.a.fall. MX CLASS65384]");
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
	*told = 0;
	cache_forget_rrsets(&env);
	assert_string_equal(told, "[clear RRsets]");
}

/** A name that leaves no room for what nobody knows is not kept. */
static void
test_keep_long_name(void** state)
{
	char name[NAME_TEXT_MAX] = "";
	size_t i;
	(void)state;
	/* 49 labels of 5 octets, and the root: 246; with one more, 247 */
	for(i = 0; i < 49; i++)
		strcat(name, "abcd.");
	query_init(name, TYPE_A, BIT_RD);
	message_init(NULL, 0);
	cache_keep(&qstate, 7);
	check(strncmp(told, "[store SECRET.abcd.", 19) == 0, "%s", told);
	strcpy(name, "abcde.");
	for(i = 0; i < 48; i++)
		strcat(name, "abcd.");
	query_init(name, TYPE_A, BIT_RD);
	message_init(NULL, 0);
	cache_keep(&qstate, 7);
	assert_null(cache_find(&qstate, 7));
	assert_string_equal(told, "");
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
	answer_find(zones_find(zones, &walk, TYPE_A), &walk, TYPE_A, 0, answer);
	assert_int_equal(answer->end, ANSWER_REFERRAL);
	return answer;
}

/** etcd is trusted more than others. */
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
	assert_string_equal(told, "[out www.cut.example. NS]"
		"[cut.example. NS 2 records, TTL 7, ultimate]"
		"[ns.cut.example. A 1 records, TTL 300, ultimate]"
		"[ns.cut.example. AAAA 1 records, TTL 300, ultimate]");
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
		TEST(test_remove),
		TEST(test_find_alias),
		TEST(test_store_rrsets),
		TEST(test_keep),
		TEST(test_tag),
		TEST(test_keep_not),
		TEST(test_keep_long_name),
		TEST(test_find),
		TEST(test_forget),
		TEST(test_referral),
		TEST(test_referral_without_memory),
	};
	return cmocka_run_group_tests_name("cache", tests, NULL, NULL);
}
