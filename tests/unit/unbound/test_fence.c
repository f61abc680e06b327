/*
 * tests/unit/unbound/test_fence.c - keeps Unbound's iterator and validator out.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/*
 * Unbound's auth-zones and trust anchors are doubles here: lists of what was
 * added. The locks are real, so that the tests see one that is not released.
 */
#include "unbound/fence.h"
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "questions.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- doubles ------------------------------------------------------------- */

/** most zones of a test */
#define ZONES_MAX 8
/** the auth-zone that marks the fence as complete */
#define MARK "unbound-helix.invalid. "

/** Unbound's auth-zones */
static struct auth_zone* there[ZONES_MAX];
static size_t there_count;
/** the insecure points that were added, as text */
static char insecure[1024];
/** the forward-zones of unbound.conf and the holes in them, as text */
static char holes[1024];
/** calls of auth_zone_create and auth_zone_find */
static unsigned made, looked;
/** whether auth_zone_create fails */
static bool create_fails;

/** the allocation to refuse, counted from 1; 0: none */
static unsigned refuse_at;
static unsigned allocation_count;

void* __real_malloc(size_t size);
void* __real_calloc(size_t count, size_t size);
void* __wrap_malloc(size_t size);
void* __wrap_calloc(size_t count, size_t size);

void*
__wrap_malloc(size_t size)
{
	return ++allocation_count == refuse_at ? NULL : __real_malloc(size);
}

void*
__wrap_calloc(size_t count, size_t size)
{
	return ++allocation_count == refuse_at ? NULL :
		__real_calloc(count, size);
}

struct auth_zone*
auth_zone_find(struct auth_zones* auth, uint8_t* name, size_t len,
	uint16_t qclass)
{
	size_t i;
	/* it is locked */
	assert_int_not_equal(pthread_rwlock_trywrlock(&auth->lock), 0);
	assert_int_equal(qclass, LDNS_RR_CLASS_IN);
	looked++;
	for(i = 0; i < there_count; i++) {
		if(there[i]->namelen == len &&
			memcmp(there[i]->name, name, len) == 0)
			return there[i];
	}
	return NULL;
}

struct auth_zone*
auth_zone_create(struct auth_zones* auth, uint8_t* name, size_t len,
	uint16_t qclass)
{
	struct auth_zone* zone;
	if(create_fails)
		return NULL;
	/* it is locked for writing */
	assert_int_not_equal(pthread_rwlock_tryrdlock(&auth->lock), 0);
	assert_int_equal(qclass, LDNS_RR_CLASS_IN);
	assert_true(there_count < ZONES_MAX);
	zone = __real_calloc(1, sizeof(*zone));
	assert_non_null(zone);
	zone->name = __real_malloc(len);
	assert_non_null(zone->name);
	memcpy(zone->name, name, len);
	zone->namelen = len;
	assert_int_equal(pthread_rwlock_init(&zone->lock, NULL), 0);
	assert_int_equal(pthread_rwlock_wrlock(&zone->lock), 0);
	there[there_count++] = zone;
	made++;
	return zone;
}

rbnode_type*
rbtree_insert(rbtree_type* tree, rbnode_type* node)
{
	assert_null(tree->root);
	tree->root = node;
	return node;
}

int
anchors_add_insecure(struct val_anchors* anchors, uint16_t qclass,
	uint8_t* name)
{
	char text[NAME_TEXT_MAX];
	assert_non_null(anchors);
	assert_int_equal(qclass, LDNS_RR_CLASS_IN);
	sprintf(insecure + strlen(insecure), "%s ", name_to_text(name, text));
	return 1;
}

/* Unbound's takes one argument more from 1.20 on: whether it is locked */
int add_hole(struct iter_forwards* forwards, uint16_t qclass, uint8_t* name)
	__asm__("forwards_add_stub_hole");

int
add_hole(struct iter_forwards* forwards, uint16_t qclass, uint8_t* name)
{
	char text[NAME_TEXT_MAX];
	assert_non_null(forwards);
	assert_int_equal(qclass, LDNS_RR_CLASS_IN);
	sprintf(holes + strlen(holes), "%s ", name_to_text(name, text));
	return 1;
}

/* with 1.17, it is asked before a hole is made */
rbnode_type*
rbtree_search(rbtree_type* tree, const void* key)
{
	static rbnode_type found;
	const struct iter_forward_zone* zone = key;
	char text[NAME_TEXT_MAX];
	assert_ptr_equal(zone->node.key, zone);
	assert_int_equal(zone->dclass, LDNS_RR_CLASS_IN);
	assert_int_equal(zone->namelen, strlen((const char*)zone->name) + 1);
	assert_int_equal(zone->namelabs, dname_count_labels(zone->name));
	(void)tree;
	return strstr(holes, name_to_text(zone->name, text)) ? &found : NULL;
}

int
dname_count_size_labels(uint8_t* name, size_t* size)
{
	*size = strlen((const char*)name) + 1;
	return dname_count_labels(name);
}

/* --- the set ------------------------------------------------------------- */

static struct fence fence;
static struct iter_forwards forwards[2];
static struct store* store;
static struct zones* zones;
static struct auth_zones auth;
static struct val_anchors anchors;
static struct module_env env;

static void
zones_make(const char* const* apex, size_t count)
{
	struct zone_settings settings[ZONES_MAX];
	size_t i;
	for(i = 0; i < count; i++) {
		settings_init(&settings[i], apex[i] + (*apex[i] == '+'));
		settings[i].fallthrough = *apex[i] == '+';
	}
	zones = zones_create(store, settings, count);
	assert_non_null(zones);
}

static int
set_up(void** state)
{
	(void)state;
	refuse_at = 0;
	there_count = 0;
	made = looked = 0;
	*insecure = *holes = 0;
	create_fails = false;
	store = store_new();
	zones = NULL;
	memset(&auth, 0, sizeof(auth));
	assert_int_equal(pthread_rwlock_init(&auth.lock, NULL), 0);
	memset(&env, 0, sizeof(env));
	env.auth_zones = &auth;
	env.anchors = &anchors;
	env.fwds = &forwards[0];
	fence_open(&fence);
	return 0;
}

/** Delete an auth-zone as Unbound does: each part is to be an allocation of its
 * own. */
static void
auth_zone_free(struct auth_zone* zone)
{
	struct auth_data* data = (struct auth_data*)zone->data.root;
	if(data) {
		free(data->rrsets->data);
		free(data->rrsets);
		free(data->name);
		free(data);
	}
	pthread_rwlock_destroy(&zone->lock);
	free(zone->name);
	free(zone);
}

/** Delete all, as a reload does. */
static void
take_down(void)
{
	while(there_count > 0)
		auth_zone_free(there[--there_count]);
	*insecure = *holes = 0;
	made = looked = 0;
}

static int
tear_down(void** state)
{
	(void)state;
	refuse_at = 0;
	take_down();
	zones_delete(zones);
	store_delete(store);
	return 0;
}

/** Fail if a lock is not released. */
static void
check_unlocked(lock_rw_type* lock)
{
	assert_int_equal(pthread_rwlock_trywrlock(lock), 0);
	assert_int_equal(pthread_rwlock_unlock(lock), 0);
}

/** Put the fence up. @return the auth-zones then, as text. */
static const char*
keep(void)
{
	static char out[1024];
	char text[NAME_TEXT_MAX];
	size_t i;
	fence_keep(&fence, &env, zones);
	check_unlocked(&auth.lock);
	*out = 0;
	for(i = 0; i < there_count; i++) {
		check_unlocked(&there[i]->lock);
		sprintf(out + strlen(out), "%s ", name_to_text(there[i]->name,
			text));
	}
	return out;
}

/** Add an auth-zone of unbound.conf. */
static void
configured(const char* text)
{
	struct name name;
	question_name(&name, text);
	lock_rw_wrlock(&auth.lock);
	lock_rw_unlock(&auth_zone_create(&auth, name.wire, name.len,
		LDNS_RR_CLASS_IN)->lock);
	lock_rw_unlock(&auth.lock);
	made = 0;
}

static const char* const two[] = { "example.", "sub.example." };
static const char* const mixed[] = { "+fall.", "example.", "+sub.fall.",
	"other." };
static const char* const falling[] = { "+fall.", "+other." };

/* --- putting it up ------------------------------------------------------- */

/** The auth-zones have an SOA, and nothing else. */
static void
test_what_is_put_up(void** state)
{
	const struct auth_zone* zone;
	const struct auth_data* data;
	const struct packed_rrset_data* packed;
	static const uint8_t names[2 + 2] = { 0, 22 }, minimum[4];
	(void)state;
	zones_make(two, 2);
	assert_string_equal(keep(), "example. sub.example. " MARK);
	assert_string_equal(insecure, "example. sub.example. ");
	assert_non_null(strstr(holes, "example. sub.example. "));
	zone = there[1];
	/* for the iterator, not for clients, and without fallback */
	assert_int_equal(zone->for_upstream, 1);
	assert_int_equal(zone->for_downstream, 0);
	assert_int_equal(zone->fallback_enabled, 0);
	data = (const struct auth_data*)zone->data.root;
	assert_ptr_equal(data->node.key, data);
	assert_int_equal(data->namelen, 13);
	assert_memory_equal(data->name, "\003sub\007example", 13);
	assert_int_equal(data->namelabs, 3);
	assert_null(data->rrsets->next);
	assert_int_equal(data->rrsets->type, LDNS_RR_TYPE_SOA);
	packed = data->rrsets->data;
	assert_int_equal(packed->ttl, 0);
	assert_int_equal(packed->count, 1);
	assert_int_equal(packed->rrsig_count, 0);
	assert_int_equal(packed->rr_ttl[0], 0);
	assert_int_equal(packed->trust, rrset_trust_ultimate);
	assert_int_equal(packed->security, sec_status_insecure);
	assert_int_equal(packed->rr_len[0], 2 + 22);
	assert_memory_equal(packed->rr_data[0], names, sizeof(names));
	/* so that negative answers are not cached */
	assert_memory_equal(packed->rr_data[0] + 20, minimum, 4);
}

/** A zone above one that falls through gets no fence. */
static void
test_none_above_what_falls_through(void** state)
{
	static const char* const nested[] = { "example.", "+a.sub.example.",
		"sub.example.", "xexample.", "other.sub.example.", "+x." };
	(void)state;
	zones_make(nested, 6);
	assert_string_equal(keep(), "xexample. other.sub.example. " MARK);
	assert_string_equal(insecure, "xexample. other.sub.example. ");
	assert_null(strstr(holes, " sub.example."));
}

/** Once, however many queries come. */
static void
test_once(void** state)
{
	(void)state;
	zones_make(two, 2);
	keep();
	*insecure = *holes = 0;
	made = looked = 0;
	assert_string_equal(keep(), "example. sub.example. " MARK);
	assert_int_equal(made, 0);
	assert_string_equal(insecure, "");
	assert_string_equal(holes, "");
	/* and looks for the mark only */
	assert_int_equal(looked, 1);
}

/** Up to 1.19, each worker has forward-zones of its own. */
static void
test_forwards_of_each_worker(void** state)
{
	(void)state;
	zones_make(two, 2);
	keep();
	*holes = 0;
	env.fwds = &forwards[1];
	keep();
	assert_string_equal(holes, "example. sub.example. ");
	*holes = 0;
	keep();
	assert_string_equal(holes, "");
	/* and may have new ones at the same address after a reload */
	fence_open(&fence);
	keep();
	assert_string_equal(holes, "example. sub.example. ");
}

/** Again after a reload, which deletes it. */
static void
test_again_after_a_reload(void** state)
{
	(void)state;
	zones_make(two, 2);
	keep();
	take_down();
	fence_open(&fence);
	assert_string_equal(keep(), "example. sub.example. " MARK);
	assert_string_equal(insecure, "example. sub.example. ");
	assert_int_equal(made, 3);
}

/** Again after a fast_reload, of which the module is not told. */
static void
test_again_when_it_is_gone(void** state)
{
	(void)state;
	zones_make(two, 2);
	keep();
	take_down();
	assert_string_equal(keep(), "example. sub.example. " MARK);
	assert_string_equal(insecure, "example. sub.example. ");
	assert_string_equal(holes, "example. sub.example. ");
}

/** That is told, once; what a reload takes down is not. */
static void
test_renewal(void** state)
{
	(void)state;
	zones_make(two, 2);
	assert_true(fence_is_new(&fence));
	keep();
	assert_false(fence_is_new(&fence));
	assert_false(fence_note_renewal(&fence));
	take_down();
	assert_false(fence_note_renewal(&fence));
	/* without memory, it is up when the next query has come */
	create_fails = true;
	keep();
	assert_false(fence_note_renewal(&fence));
	create_fails = false;
	keep();
	assert_false(fence_is_new(&fence));
	assert_true(fence_note_renewal(&fence));
	assert_false(fence_note_renewal(&fence));
	take_down();
	fence_open(&fence);
	assert_true(fence_is_new(&fence));
	keep();
	assert_false(fence_is_new(&fence));
	assert_false(fence_note_renewal(&fence));
}

/** A reload comes before anybody was told. */
static void
test_renewal_and_reload(void** state)
{
	(void)state;
	zones_make(two, 2);
	keep();
	take_down();
	keep();
	take_down();
	fence_open(&fence);
	keep();
	assert_false(fence_note_renewal(&fence));
}

/** Zones that fall through get no fence. */
static void
test_zones_that_fall_through(void** state)
{
	(void)state;
	zones_make(mixed, 4);
	assert_string_equal(keep(), "example. other. " MARK);
	assert_string_equal(insecure, "example. other. ");
}

/** All zones fall through: there is only the mark. */
static void
test_nothing_to_put_up(void** state)
{
	(void)state;
	zones_make(falling, 2);
	assert_string_equal(keep(), MARK);
	assert_string_equal(keep(), MARK);
	assert_string_equal(insecure, "");
	assert_string_equal(holes, "");
	assert_int_equal(made, 1);
}

/** What unbound.conf has stays, and is not taken for the fence. */
static void
test_what_unbound_conf_has(void** state)
{
	(void)state;
	zones_make(two, 2);
	configured("sub.example.");
	assert_string_equal(keep(), "sub.example. example. " MARK);
	assert_null(there[0]->data.root);
	assert_int_equal(made, 2);
	take_down();
	configured("sub.example.");
	assert_string_equal(keep(), "sub.example. example. " MARK);
}

/** unbound.conf has an auth-zone for each zone, until a fast_reload. */
static void
test_unbound_conf_has_all(void** state)
{
	(void)state;
	zones_make(two, 2);
	configured("sub.example.");
	configured("example.");
	assert_string_equal(keep(), "sub.example. example. " MARK);
	assert_int_equal(made, 1);
	take_down();
	configured("example.");
	assert_string_equal(keep(), "example. sub.example. " MARK);
	assert_string_equal(insecure, "example. sub.example. ");
}

/** Without a validator, auth-zones or forward-zones, the others are used. */
static void
test_without(void** state)
{
	(void)state;
	zones_make(two, 2);
	env.anchors = NULL;
	assert_string_equal(keep(), "example. sub.example. " MARK);
	assert_string_equal(insecure, "");
	take_down();
	fence_open(&fence);
	env.fwds = NULL;
	assert_string_equal(keep(), "example. sub.example. " MARK);
	assert_string_equal(holes, "");
	take_down();
	fence_open(&fence);
	env.auth_zones = NULL;
	assert_string_equal(keep(), "");
}

/** Whichever allocation fails: no auth-zone is incomplete, nothing leaks or
 * stays locked, and the next query adds what is missing. */
static void
test_no_memory(void** state)
{
	unsigned needed, n;
	(void)state;
	zones_make(two, 2);
	allocation_count = 0;
	keep();
	needed = allocation_count;
	assert_true(needed >= 12);
	for(n = 1; n <= needed; n++) {
		take_down();
		fence_open(&fence);
		allocation_count = 0;
		refuse_at = n;
		assert_string_equal(keep(), n <= needed / 3 ? "" :
			n <= needed / 3 * 2 ? "example. " :
			"example. sub.example. ");
		refuse_at = 0;
		assert_string_equal(keep(), "example. sub.example. " MARK);
		assert_int_equal(made, 3);
	}
	/* in Unbound */
	take_down();
	create_fails = true;
	fence_open(&fence);
	assert_string_equal(keep(), "");
	create_fails = false;
	assert_string_equal(keep(), "example. sub.example. " MARK);
}

/* --- its SOA ------------------------------------------------------------- */

/** Make a message of RRsets, each in a section of its own. */
static void
message_make(struct reply_info* info, struct ub_packed_rrset_key** keys,
	struct ub_packed_rrset_key* other)
{
	static struct packed_rrset_data none;
	memset(other, 0, sizeof(*other));
	other->entry.data = &none;
	memset(info, 0, sizeof(*info));
	keys[0] = keys[1] = keys[2] = other;
	info->rrsets = keys;
	info->an_numrrsets = info->ns_numrrsets = info->ar_numrrsets = 1;
	info->rrset_count = 3;
}

/** The fence's SOA in the authority section is a placeholder; an SOA that
 * differs in any octet, or has zeros, is not. */
static void
test_placeholder(void** state)
{
	struct ub_packed_rrset_key other, key, *keys[3];
	struct reply_info info;
	struct packed_rrset_data* data;
	uint8_t* octet;
	size_t i;
	(void)state;
	zones_make(two, 1);
	keep();
	data = ((struct auth_data*)there[0]->data.root)->rrsets->data;
	memset(&key, 0, sizeof(key));
	key.rk.type = htons(TYPE_SOA);
	key.entry.data = data;
	for(i = 0; i < 3; i++) {
		message_make(&info, keys, &other);
		keys[i] = &key;
		check(fence_is_placeholder(&fence, &info) == (i == 1), "%zu",
			i);
		info.rrset_count = info.an_numrrsets = info.ns_numrrsets = 0;
		info.ar_numrrsets = 0;
		assert_false(fence_is_placeholder(&fence, &info));
	}
	message_make(&info, keys, &other);
	keys[1] = &key;
	key.rk.type = htons(TYPE_NS);
	assert_false(fence_is_placeholder(&fence, &info));
	key.rk.type = htons(TYPE_SOA);
	/* each octet counts */
	for(i = 2; i < data->rr_len[0]; i++) {
		octet = data->rr_data[0] + i;
		*octet ^= 1;
		assert_false(fence_is_placeholder(&fence, &info));
		*octet ^= 1;
	}
	assert_true(fence_is_placeholder(&fence, &info));
	memset(data->rr_data[0] + 2, 0, data->rr_len[0] - 2);
	assert_false(fence_is_placeholder(&fence, &info));
	data->rr_len[0] = 3;
	assert_false(fence_is_placeholder(&fence, &info));
}

#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_what_is_put_up),
		TEST(test_none_above_what_falls_through),
		TEST(test_once),
		TEST(test_forwards_of_each_worker),
		TEST(test_again_after_a_reload),
		TEST(test_again_when_it_is_gone),
		TEST(test_renewal),
		TEST(test_renewal_and_reload),
		TEST(test_zones_that_fall_through),
		TEST(test_nothing_to_put_up),
		TEST(test_what_unbound_conf_has),
		TEST(test_unbound_conf_has_all),
		TEST(test_without),
		TEST(test_no_memory),
		TEST(test_placeholder),
	};
	return cmocka_run_group_tests_name("fence", tests, NULL, NULL);
}
