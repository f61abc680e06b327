/*
 * tests/unit/dns/test_store.c - does the store hold what was put into it, and let
 * go of what was removed?
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "dns/rrset.h"
#include "dns/store.h"
#include "dns/type.h"
#include "format/helix.h"
#include <arpa/inet.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <urcu/urcu-bp.h>
#include <urcu/rculfhash.h>
#include <setjmp.h>
#include <cmocka.h>
#include "check.h"

/** room for an RRset as text */
#define SHOWN_MAX 4096
/** room for owners and types as text */
#define TYPES_MAX 256
/** records of an RRset that are written as text */
#define SHOWN_RECORDS 60
/** names that test_growth puts */
#define GROWTH 50000
/** changes that the model test makes */
#define MODEL_STEPS 4000
/** keys of the model of contradictions: four types, four ids each */
#define FEUD_KEYS 16
/** a bit that is none of those keys */
#define FEUD_HIDDEN (1u << 31)
/** commits of the writer in the test of concurrency */
#define RACE_COMMITS 10000
/** threads that read meanwhile */
#define RACE_READERS 2

/** A store, and what it told its listener. */
struct fixture {
	/** the store */
	struct store* store;
	/** calls of `changed` */
	size_t changed;
	/** what the last one said the name was before */
	char before[TYPES_MAX];
	/** the name of the last of them, as text */
	char owner[NAME_TEXT_MAX];
	/** what readers saw of its A records in that call */
	char seen[SHOWN_MAX];
	/** calls of `crowded` */
	size_t crowded;
	/** what the last of them said, as text */
	char crowd[NAME_TEXT_MAX + 64];
	/** what `left_out` said since it was looked at: for each key its path,
	 * a '<' and the path of the key that stands */
	char left_out[SHOWN_MAX];
};

/* --- the hash table ------------------------------------------------------ */

/** buckets of a store's table at first */
#define BUCKETS_FIRST 1024

/** What the store had liburcu do (see tests/local.mk). */
static struct {
	/** names that were added */
	size_t added;
	/** buckets, since they were changed last */
	size_t buckets;
	/** most names a bucket, on the average, that a name was added to */
	size_t chain;
	/** steps from one name to the next */
	size_t steps;
	/** whether buckets were changed where the thread read, which waits for
	 * those who read */
	bool held;
} table;

void __real_cds_lfht_add(struct cds_lfht* ht, unsigned long hash,
	struct cds_lfht_node* node);
void __wrap_cds_lfht_add(struct cds_lfht* ht, unsigned long hash,
	struct cds_lfht_node* node);
void __real_cds_lfht_next(struct cds_lfht* ht, struct cds_lfht_iter* iter);
void __wrap_cds_lfht_next(struct cds_lfht* ht, struct cds_lfht_iter* iter);
void __real_cds_lfht_resize(struct cds_lfht* ht, unsigned long size);
void __wrap_cds_lfht_resize(struct cds_lfht* ht, unsigned long size);

void
__wrap_cds_lfht_add(struct cds_lfht* ht, unsigned long hash,
	struct cds_lfht_node* node)
{
	if(table.buckets > 0 && ++table.added / table.buckets > table.chain)
		table.chain = table.added / table.buckets;
	__real_cds_lfht_add(ht, hash, node);
}

void
__wrap_cds_lfht_next(struct cds_lfht* ht, struct cds_lfht_iter* iter)
{
	table.steps++;
	__real_cds_lfht_next(ht, iter);
}

void
__wrap_cds_lfht_resize(struct cds_lfht* ht, unsigned long size)
{
	table.buckets = size;
	table.held = table.held || urcu_bp_read_ongoing();
	__real_cds_lfht_resize(ht, size);
}

/* --- helpers ------------------------------------------------------------- */

/** Find a name that is given as text, and its suffixes. */
static void
walk_text(const struct store* store, const char* text, struct name_walk* walk)
{
	struct name name;
	const char* why = name_from_text(&name, text, strlen(text));
	check(!why, "%s: %s", text, why);
	assert_true(name_walk_init(walk, name.wire, name.len,
		store_seed(store)));
}

/** Append one record to text: an address. */
static size_t
show_rdata(const uint8_t* rdata, size_t len, char* out, size_t size)
{
	char address[INET6_ADDRSTRLEN];
	assert_true(len == 4 || len == 16);
	assert_non_null(inet_ntop(len == 4 ? AF_INET : AF_INET6, rdata,
		address, sizeof(address)));
	return (size_t)snprintf(out, size, "%s ", address);
}

/**
 * What readers see of an RRset: its records in their order, its TTL, and a
 * '+' if the zone's TTL counts too. "none" if there is no such RRset, "ENT"
 * if there is no RRset at all, "no name" if there is no name.
 */
static const char*
show_name(const struct store_name* name, uint16_t type, char* out)
{
	struct store_rrset rrset;
	size_t at = 0, used = 0;
	uint32_t i;
	if(!name)
		return "no name";
	if(!store_get(name, 0, &rrset))
		return "ENT";
	if(!store_get(name, type, &rrset))
		return "none";
	assert_true(type == 0 || rrset.type == type);
	for(i = 0; i < rrset.count; i++) {
		size_t len = (size_t)(rrset.rdata[at] << 8 |
			rrset.rdata[at + 1]);
		if(i < SHOWN_RECORDS)
			used += show_rdata(rrset.rdata + at + 2, len,
				out + used, SHOWN_MAX - used);
		at += 2 + len;
	}
	assert_int_equal(at, rrset.rdata_len);
	if(rrset.ttl == RECORD_TTL_NONE)
		snprintf(out + used, SHOWN_MAX - used, "-%s",
			rrset.ttl_open ? "+" : "");
	else	snprintf(out + used, SHOWN_MAX - used, "%u%s",
			(unsigned)rrset.ttl, rrset.ttl_open ? "+" : "");
	return out;
}

static const char*
show(struct store* store, const char* text, uint16_t type, char* out)
{
	struct name_walk walk;
	const char* shown;
	walk_text(store, text, &walk);
	store_read_lock(store);
	shown = show_name(store_find(store, &walk, walk.labels), type, out);
	store_read_unlock(store);
	return shown;
}

/** Fail unless readers see this of a name's RRset. */
static void
expect(struct store* store, const char* text, uint16_t type,
	const char* expected)
{
	char out[SHOWN_MAX];
	const char* shown = show(store, text, type, out);
	check(strcmp(shown, expected) == 0, "%s: \"%s\", not \"%s\"", text,
		shown, expected);
}

/** Read a key that is written as in etcd. */
static void
parse_key(struct contribution* key, const char* path)
{
	const char* why = helix_key_read(key, path, strlen(path));
	check(!why, "%s: %s", path, why);
}

/** Note that a key has a value, or with NULL, none any more. */
static void
note(struct store* store, const char* path, const char* value)
{
	char reason[RECORD_REASON_MAX];
	struct contribution key;
	struct record_set set;
	parse_key(&key, path);
	if(!value) {
		assert_true(store_remove(store, &key));
		return;
	}
	check(helix_value_read(&set, key.type, value, strlen(value),
		reason), "%s: %s", value, reason);
	assert_true(store_put(store, &key, &set));
	record_set_clear(&set);
}

/** Do the same, and make it visible. */
static void
commit(struct store* store, const char* path, const char* value)
{
	note(store, path, value);
	assert_true(store_commit(store));
}

/** Which contributions are to go. */
struct chosen_walk {
	/** where */
	struct store* store;
	/** whether one is to go */
	bool (*chosen)(void* arg, const struct contribution* contribution);
	/** passed to it */
	void* arg;
};

static bool
remove_if_chosen(void* arg, const struct contribution* contribution)
{
	const struct chosen_walk* walk = arg;
	return !walk->chosen(walk->arg, contribution) ||
		store_remove(walk->store, contribution);
}

/** Note the removal of what is chosen, of a name or, with NULL, of all. */
static void
remove_chosen(struct store* store, const struct name* owner,
	bool (*chosen)(void* arg, const struct contribution* contribution),
	void* arg)
{
	struct chosen_walk walk = { store, chosen, arg };
	assert_true(store_walk(store, owner, remove_if_chosen, &walk));
}

static void
pin(struct store* store, const char* text)
{
	struct name name;
	assert_null(name_from_text(&name, text, strlen(text)));
	assert_true(store_pin(store, &name));
}

static size_t
sweep(struct store* store)
{
	size_t removed = 12345;
	assert_true(store_sweep(store, &removed));
	return removed;
}

/** Fail unless the store has so many names and keys. */
static void
expect_counts(const struct store* store, size_t names, size_t keys)
{
	struct store_stats stats = store_stats(store);
	check(stats.names == names, "%zu names, not %zu", stats.names, names);
	check(stats.keys == keys, "%zu keys, not %zu", stats.keys, keys);
}

/** Append a type to what a name was before a change. */
static void
on_type(void* arg, const struct name* owner, uint16_t type)
{
	char owner_text[NAME_TEXT_MAX], type_text[TYPE_TEXT_MAX];
	char* types = arg;
	size_t used = strlen(types);
	snprintf(types + used, TYPES_MAX - used, "%s%s %s", used ? ", " : "",
		name_to_text(owner->wire, owner_text),
		type_to_text(type, type_text));
}

static void
on_changed(void* arg, const struct name* owner,
	const struct store_name* before)
{
	struct fixture* f = arg;
	char out[SHOWN_MAX];
	f->changed++;
	f->before[0] = 0;
	store_name_types(before, owner, on_type, f->before);
	name_to_text(owner->wire, f->owner);
	snprintf(f->seen, sizeof(f->seen), "%s", show(f->store, f->owner,
		TYPE_A, out));
}

static void
on_crowded(void* arg, const struct name* owner, uint16_t type,
	size_t records, size_t served)
{
	struct fixture* f = arg;
	char text[NAME_TEXT_MAX];
	f->crowded++;
	snprintf(f->crowd, sizeof(f->crowd), "%s %u %zu %zu",
		name_to_text(owner->wire, text), (unsigned)type, records,
		served);
}

static void
on_left_out(void* arg, const struct contribution* key,
	const struct contribution* stands)
{
	struct fixture* f = arg;
	char one[300], other[300];
	size_t used = strlen(f->left_out);
	size_t one_len = helix_key_write(key, one, sizeof(one));
	size_t other_len = helix_key_write(stands, other, sizeof(other));
	snprintf(f->left_out + used, sizeof(f->left_out) - used,
		"%s%.*s<%.*s", used ? " " : "", (int)one_len, one,
		(int)other_len, other);
}

static int
setup(void** state)
{
	struct fixture* f = calloc(1, sizeof(*f));
	struct store_listener listener = { f, on_changed, on_crowded,
		on_left_out };
	assert_non_null(f);
	f->store = store_create(&listener);
	assert_non_null(f->store);
	*state = f;
	memset(&table, 0, sizeof(table));
	table.buckets = BUCKETS_FIRST;
	return 0;
}

static int
teardown(void** state)
{
	struct fixture* f = *state;
	/* a test that has failed while it read would hold up the store */
	while(urcu_bp_read_ongoing())
		store_read_unlock(f->store);
	store_delete(f->store);
	free(f);
	return 0;
}

/* --- changes ------------------------------------------------------------- */

static void
test_empty(void** state)
{
	struct fixture* f = *state;
	expect_counts(f->store, 0, 0);
	expect(f->store, ".", TYPE_A, "no name");
	expect(f->store, "foo.com.", TYPE_A, "no name");
	assert_int_equal(store_pending(f->store), 0);
	assert_true(store_commit(f->store));
	store_rollback(f->store);
	assert_int_equal(sweep(f->store), 0);
	store_delete(NULL);
}

/** A listener without functions is told nothing, and nothing goes wrong. */
static void
test_no_listener(void** state)
{
	struct store_listener listener = { NULL, NULL, NULL, NULL };
	struct store* store = store_create(&listener);
	(void)state;
	assert_non_null(store);
	commit(store, "com/foo/A", "192.0.2.1");
	expect(store, "foo.com.", TYPE_A, "192.0.2.1 -+");
	/* deleted with a change that is pending, and a name that is retired */
	commit(store, "com/foo/A", "192.0.2.2");
	note(store, "com/foo/A", "192.0.2.3");
	store_delete(store);
}

static void
test_commit(void** state)
{
	struct fixture* f = *state;
	note(f->store, "com/foo/A", "192.0.2.1");
	assert_int_equal(store_pending(f->store), 1);
	expect(f->store, "foo.com.", TYPE_A, "no name");
	expect_counts(f->store, 0, 0);
	assert_int_equal(f->changed, 0);
	assert_true(store_commit(f->store));
	assert_int_equal(store_pending(f->store), 0);
	expect(f->store, "foo.com.", TYPE_A, "192.0.2.1 -+");
	expect(f->store, "foo.com.", TYPE_AAAA, "none");
	expect(f->store, "FOO.Com.", TYPE_A, "192.0.2.1 -+");
	expect_counts(f->store, 3, 1);
	note(f->store, "com/foo/A", NULL);
	assert_int_equal(store_pending(f->store), 1);
	expect(f->store, "foo.com.", TYPE_A, "192.0.2.1 -+");
	assert_true(store_commit(f->store));
	expect(f->store, "foo.com.", TYPE_A, "no name");
	expect_counts(f->store, 0, 0);
}

static void
test_rollback(void** state)
{
	struct fixture* f = *state;
	commit(f->store, "com/foo/A", "192.0.2.1");
	note(f->store, "com/foo/A", NULL);
	note(f->store, "com/bar/A", "192.0.2.2");
	assert_int_equal(store_pending(f->store), 2);
	store_rollback(f->store);
	assert_int_equal(store_pending(f->store), 0);
	assert_true(store_commit(f->store));
	expect(f->store, "foo.com.", TYPE_A, "192.0.2.1 -+");
	expect(f->store, "bar.com.", TYPE_A, "no name");
	expect_counts(f->store, 3, 1);
	assert_int_equal(f->changed, 1);
}

/** What is noted is copied: the caller's memory is his own again. */
static void
test_put_copies(void** state)
{
	struct fixture* f = *state;
	char path[] = "com/foo/A/web1";
	uint8_t rdata[] = { 0, 4, 192, 0, 2, 1 };
	struct record_set set = { 60, 1, rdata, sizeof(rdata),
		sizeof(rdata) };
	struct contribution key;
	parse_key(&key, path);
	assert_true(store_put(f->store, &key, &set));
	memset(path, 'x', sizeof(path) - 1);
	memset(rdata, 0xff, sizeof(rdata));
	memset(&key, 0xff, sizeof(key));
	memset(&set, 0xff, sizeof(set));
	assert_true(store_commit(f->store));
	expect(f->store, "foo.com.", TYPE_A, "192.0.2.1 60");
	commit(f->store, "com/foo/A/web1", NULL);
	expect_counts(f->store, 0, 0);
}

/** Keys and their values, in order, in one commit; and what comes of it. */
struct union_case {
	/** path and value of each key; NULL removes it */
	const char* change[6][2];
	/** the A records of foo.com. then */
	const char* a;
	/** its AAAA records */
	const char* aaaa;
	/** keys then */
	size_t keys;
};

static const struct union_case union_cases[] = {
	/* one after the other in one commit: the last of a key wins */
	{ { { "com/foo/A", "192.0.2.1" }, { "com/foo/A", "192.0.2.2" } },
		"192.0.2.2 -+", "none", 1 },
	{ { { "com/foo/A", "192.0.2.1" }, { "com/foo/A", NULL } },
		"no name", "no name", 0 },
	{ { { "com/foo/A", "192.0.2.1" }, { "com/foo/A", NULL },
		{ "com/foo/A", "192.0.2.3" } }, "192.0.2.3 -+", "none", 1 },
	{ { { "com/foo/A", NULL }, { "com/foo/A", "192.0.2.1" } },
		"192.0.2.1 -+", "none", 1 },
	{ { { "com/foo/A", NULL } }, "no name", "no name", 0 },
	{ { { "com/foo/A/x", "192.0.2.1" }, { "com/foo/A/y", "192.0.2.2" },
		{ "com/foo/A/x", "192.0.2.3" }, { "com/foo/A/y", NULL } },
		"192.0.2.3 -+", "none", 1 },
	/* the union of keys, in canonical order, nothing twice */
	{ { { "com/foo/A", "192.0.2.9" }, { "com/foo/A/x", "192.0.2.1" },
		{ "com/foo/A/y", "10.0.0.1" } },
		"10.0.0.1 192.0.2.1 192.0.2.9 -+", "none", 3 },
	{ { { "com/foo/A", "192.0.2.1" }, { "com/foo/A/x", "192.0.2.1" },
		{ "com/foo/A/y", "192.0.2.1" } }, "192.0.2.1 -+", "none", 3 },
	{ { { "com/foo/A", "[\"192.0.2.2\",\"192.0.2.1\"]" },
		{ "com/foo/A/x", "[\"192.0.2.3\",\"192.0.2.2\"]" } },
		"192.0.2.1 192.0.2.2 192.0.2.3 -+", "none", 2 },
	{ { { "com/foo/A", "[\"192.0.2.2\",\"192.0.2.1\",\"192.0.2.2\"]" } },
		"192.0.2.1 192.0.2.2 -+", "none", 1 },
	/* octets over 127 come last: the order is unsigned */
	{ { { "com/foo/A", "[\"255.0.0.1\",\"127.0.0.1\",\"128.0.0.1\"]" } },
		"127.0.0.1 128.0.0.1 255.0.0.1 -+", "none", 1 },
	/* a name spelled in another way is another key of the same name */
	{ { { "com/foo/A", "192.0.2.1" }, { "com/Foo/A", "192.0.2.2" },
		{ "com/foo/TYPE1", "192.0.2.3" } },
		"192.0.2.1 192.0.2.2 192.0.2.3 -+", "none", 3 },
	{ { { "com/foo/A", "192.0.2.1" }, { "com/Foo/A", "192.0.2.2" },
		{ "com/Foo/A", NULL } }, "192.0.2.1 -+", "none", 1 },
	/* ids of which one begins with the other */
	{ { { "com/foo/A/xy", "192.0.2.1" }, { "com/foo/A/x", "192.0.2.2" },
		{ "com/foo/A", "192.0.2.3" }, { "com/foo/A/xyz", "192.0.2.4" },
		{ "com/foo/A/xy", NULL } },
		"192.0.2.2 192.0.2.3 192.0.2.4 -+", "none", 3 },
	/* types are apart */
	{ { { "com/foo/A/x", "192.0.2.1" },
		{ "com/foo/AAAA/x", "2001:db8::1" } },
		"192.0.2.1 -+", "2001:db8::1 -+", 2 },
	{ { { "com/foo/AAAA/x", "2001:db8::1" },
		{ "com/foo/A/x", "192.0.2.1" },
		{ "com/foo/AAAA/x", NULL } }, "192.0.2.1 -+", "none", 1 },
	{ { { "com/foo/AAAA", "[\"2001:db8::2\",\"::1\"]" } },
		"none", "::1 2001:db8::2 -+", 1 },
	/* the lowest TTL, and whether a key has none */
	{ { { "com/foo/A", "{\"ttl\":60,\"rdata\":\"192.0.2.1\"}" } },
		"192.0.2.1 60", "none", 1 },
	{ { { "com/foo/A", "{\"ttl\":0,\"rdata\":\"192.0.2.1\"}" } },
		"192.0.2.1 0", "none", 1 },
	{ { { "com/foo/A", "{\"ttl\":2147483647,\"rdata\":\"192.0.2.1\"}" } },
		"192.0.2.1 2147483647", "none", 1 },
	{ { { "com/foo/A/x", "{\"ttl\":60,\"rdata\":\"192.0.2.1\"}" },
		{ "com/foo/A/y", "{\"ttl\":30,\"rdata\":\"192.0.2.2\"}" },
		{ "com/foo/A/z", "{\"ttl\":90,\"rdata\":\"192.0.2.3\"}" } },
		"192.0.2.1 192.0.2.2 192.0.2.3 30", "none", 3 },
	{ { { "com/foo/A/x", "{\"ttl\":60,\"rdata\":\"192.0.2.1\"}" },
		{ "com/foo/A/y", "192.0.2.1" } }, "192.0.2.1 60+", "none", 2 },
	{ { { "com/foo/A/x", "{\"ttl\":60,\"rdata\":\"192.0.2.1\"}" },
		{ "com/foo/A/y", "192.0.2.2" }, { "com/foo/A/y", NULL } },
		"192.0.2.1 60", "none", 1 },
	{ { { "com/foo/A/x", "{\"ttl\":60,\"rdata\":\"192.0.2.1\"}" },
		{ "com/foo/AAAA/x", "2001:db8::1" } },
		"192.0.2.1 60", "2001:db8::1 -+", 2 },
	/* a TTL that was not the lowest changes, and becomes the lowest */
	{ { { "com/foo/A/x", "{\"ttl\":30,\"rdata\":\"192.0.2.1\"}" },
		{ "com/foo/A/y", "{\"ttl\":60,\"rdata\":\"192.0.2.1\"}" },
		{ "com/foo/A/y", "{\"ttl\":90,\"rdata\":\"192.0.2.1\"}" },
		{ "com/foo/A/x", NULL } }, "192.0.2.1 90", "none", 1 },
};

/** Make the changes of a row, in one commit or in one each. */
static void
check_union(struct store* store, const struct union_case* row, size_t number,
	bool one_commit)
{
	char a[SHOWN_MAX], aaaa[SHOWN_MAX];
	const char *shown_a, *shown_aaaa;
	size_t i;
	for(i = 0; i < 6 && row->change[i][0]; i++) {
		note(store, row->change[i][0], row->change[i][1]);
		if(!one_commit)
			assert_true(store_commit(store));
	}
	assert_true(store_commit(store));
	shown_a = show(store, "foo.com.", TYPE_A, a);
	shown_aaaa = show(store, "foo.com.", TYPE_AAAA, aaaa);
	check(strcmp(shown_a, row->a) == 0, "row %zu: \"%s\", not \"%s\"",
		number, shown_a, row->a);
	check(strcmp(shown_aaaa, row->aaaa) == 0, "row %zu: \"%s\", not "
		"\"%s\"", number, shown_aaaa, row->aaaa);
	expect_counts(store, row->keys ? 3 : 0, row->keys);
	for(i = 0; i < 6 && row->change[i][0]; i++)
		note(store, row->change[i][0], NULL);
	assert_true(store_commit(store));
	expect_counts(store, 0, 0);
}

static void
test_union(void** state)
{
	struct fixture* f = *state;
	size_t i;
	for(i = 0; i < COUNT(union_cases); i++) {
		check_union(f->store, &union_cases[i], i, true);
		check_union(f->store, &union_cases[i], i, false);
	}
}

/** The first RRset of a name is that of the lowest type. */
static void
test_first_rrset(void** state)
{
	struct fixture* f = *state;
	commit(f->store, "com/foo/AAAA", "2001:db8::1");
	expect(f->store, "foo.com.", 0, "2001:db8::1 -+");
	commit(f->store, "com/foo/A", "192.0.2.1");
	expect(f->store, "foo.com.", 0, "192.0.2.1 -+");
	expect(f->store, "com.", 0, "ENT");
}

/** Taking one key away leaves the others what they gave. */
static void
test_remove_one_of_many(void** state)
{
	struct fixture* f = *state;
	char path[32], value[64];
	unsigned i;
	for(i = 0; i < 20; i++) {
		snprintf(path, sizeof(path), "com/foo/A/id%u", i);
		snprintf(value, sizeof(value),
			"{\"ttl\":%u,\"rdata\":[\"10.0.0.%u\",\"10.0.0.%u\"]}",
			i + 10, i / 2, 100 + i);
		note(f->store, path, value);
	}
	assert_true(store_commit(f->store));
	for(i = 0; i < 18; i++) {
		snprintf(path, sizeof(path), "com/foo/A/id%u", i);
		commit(f->store, path, NULL);
		assert_int_equal(store_stats(f->store).keys, 19 - i);
	}
	expect(f->store, "foo.com.", TYPE_A,
		"10.0.0.9 10.0.0.118 10.0.0.119 28");
	commit(f->store, "com/foo/A/id19", NULL);
	expect(f->store, "foo.com.", TYPE_A, "10.0.0.9 10.0.0.118 28");
}

/* --- names that exist ---------------------------------------------------- */

static void
test_empty_non_terminals(void** state)
{
	struct fixture* f = *state;
	commit(f->store, "com/b/a/A", "192.0.2.1");
	expect_counts(f->store, 4, 1);
	expect(f->store, ".", TYPE_A, "ENT");
	expect(f->store, "com.", TYPE_A, "ENT");
	expect(f->store, "b.com.", TYPE_A, "ENT");
	expect(f->store, "a.b.com.", TYPE_A, "192.0.2.1 -+");
	expect(f->store, "x.a.b.com.", TYPE_A, "no name");
	/* records at what was empty, and two names below it */
	commit(f->store, "com/b/A", "192.0.2.2");
	commit(f->store, "com/b/c/d/A", "192.0.2.3");
	expect_counts(f->store, 6, 3);
	expect(f->store, "c.b.com.", TYPE_A, "ENT");
	/* it outlives its records, and its children outlive them too */
	commit(f->store, "com/b/A", NULL);
	expect(f->store, "b.com.", TYPE_A, "ENT");
	expect(f->store, "a.b.com.", TYPE_A, "192.0.2.1 -+");
	commit(f->store, "com/b/a/A", NULL);
	expect_counts(f->store, 5, 1);
	expect(f->store, "a.b.com.", TYPE_A, "no name");
	expect(f->store, "b.com.", TYPE_A, "ENT");
	commit(f->store, "com/b/c/d/A", NULL);
	expect_counts(f->store, 0, 0);
	expect(f->store, ".", TYPE_A, "no name");
}

/** A name with records stays when the last name below it goes. */
static void
test_parent_with_records(void** state)
{
	struct fixture* f = *state;
	commit(f->store, "com/b/A", "192.0.2.1");
	commit(f->store, "com/b/c/d/A", "192.0.2.2");
	commit(f->store, "com/b/c/d/A", NULL);
	expect_counts(f->store, 3, 1);
	expect(f->store, "c.b.com.", TYPE_A, "no name");
	expect(f->store, "b.com.", TYPE_A, "192.0.2.1 -+");
	commit(f->store, "A", "192.0.2.3");
	commit(f->store, "com/b/A", NULL);
	expect_counts(f->store, 1, 1);
	expect(f->store, ".", TYPE_A, "192.0.2.3 -+");
}

/** A child and its parent come and go in one commit. */
static void
test_branch_in_one_commit(void** state)
{
	struct fixture* f = *state;
	note(f->store, "com/b/a/A", "192.0.2.1");
	note(f->store, "com/b/A", "192.0.2.2");
	note(f->store, "com/A", "192.0.2.3");
	assert_true(store_commit(f->store));
	expect_counts(f->store, 4, 3);
	assert_int_equal(f->changed, 3);
	note(f->store, "com/A", NULL);
	note(f->store, "com/b/a/A", NULL);
	note(f->store, "com/b/A", NULL);
	note(f->store, "com/b/x/A", "192.0.2.4");
	assert_true(store_commit(f->store));
	expect_counts(f->store, 4, 1);
	expect(f->store, "b.com.", TYPE_A, "ENT");
	expect(f->store, "x.b.com.", TYPE_A, "192.0.2.4 -+");
}

static void
test_deepest_name(void** state)
{
	struct fixture* f = *state;
	char path[NAME_LABELS_MAX * 2 + 2];
	unsigned i;
	for(i = 0; i < NAME_LABELS_MAX; i++)
		memcpy(path + (size_t)i * 2, "x/", 2);
	memcpy(path + (size_t)NAME_LABELS_MAX * 2, "A", 2);
	commit(f->store, path, "192.0.2.1");
	expect_counts(f->store, NAME_LABELS_MAX + 1, 1);
	commit(f->store, path, "192.0.2.2");
	commit(f->store, path, NULL);
	expect_counts(f->store, 0, 0);
}

static void
test_pin(void** state)
{
	struct fixture* f = *state;
	pin(f->store, "example.com.");
	expect_counts(f->store, 3, 0);
	expect(f->store, "example.com.", TYPE_A, "ENT");
	expect(f->store, "com.", TYPE_A, "ENT");
	/* it stays, whatever is put there and removed, or below, or swept */
	commit(f->store, "com/example/A", "192.0.2.1");
	expect(f->store, "example.com.", TYPE_A, "192.0.2.1 -+");
	commit(f->store, "com/example/A", NULL);
	commit(f->store, "com/example/foo/A", "192.0.2.1");
	commit(f->store, "com/example/foo/A", NULL);
	commit(f->store, "com/example/A", "192.0.2.1");
	commit(f->store, "com/example/b/a/A", "192.0.2.1");
	store_mark(f->store);
	assert_int_equal(sweep(f->store), 2);
	expect_counts(f->store, 3, 0);
	expect(f->store, "example.com.", TYPE_A, "ENT");
}

/** Pins of what exists already, of the root, and of one name twice. */
static void
test_pin_existing(void** state)
{
	struct fixture* f = *state;
	commit(f->store, "com/foo/A", "192.0.2.1");
	pin(f->store, "foo.com.");
	pin(f->store, "foo.com.");
	expect(f->store, "foo.com.", TYPE_A, "192.0.2.1 -+");
	commit(f->store, "com/foo/A", NULL);
	expect_counts(f->store, 3, 0);
	commit(f->store, "com/b/a/A", "192.0.2.1");
	pin(f->store, "b.com.");
	pin(f->store, ".");
	commit(f->store, "com/b/a/A", NULL);
	expect_counts(f->store, 4, 0);
	assert_int_equal(f->changed, 4);
}

/* --- looking up ---------------------------------------------------------- */

/** A suffix of a name, and what is there and at the wildcard below it. */
struct find_case {
	/** the name whose suffixes are looked up */
	const char* name;
	/** labels of the suffix */
	unsigned labels;
	/** A records of the suffix */
	const char* found;
	/** A records of the wildcard that is its child */
	const char* wildcard;
};

static const struct find_case find_cases[] = {
	{ "x.y.example.com.", 4, "no name", "no name" },
	{ "x.y.example.com.", 3, "no name", "no name" },
	{ "x.y.example.com.", 2, "192.0.2.1 -+", "192.0.2.2 -+" },
	{ "x.y.example.com.", 1, "ENT", "no name" },
	{ "x.y.example.com.", 0, "ENT", "192.0.2.5 -+" },
	{ "x.y.EXAMPLE.com.", 2, "192.0.2.1 -+", "192.0.2.2 -+" },
	/* asked for by its own name */
	{ "*.example.com.", 3, "192.0.2.2 -+", "no name" },
	{ "x.*.example.com.", 3, "192.0.2.2 -+", "no name" },
	/* below an empty non-terminal, and one that is empty itself */
	{ "a.ent.com.", 3, "no name", "no name" },
	{ "a.ent.com.", 2, "ENT", "192.0.2.3 -+" },
	{ "a.b.com.", 2, "ENT", "ENT" },
	{ ".", 0, "ENT", "192.0.2.5 -+" },
};

static void
test_find(void** state)
{
	struct fixture* f = *state;
	char one[SHOWN_MAX], other[SHOWN_MAX];
	size_t i;
	commit(f->store, "com/example/A", "192.0.2.1");
	commit(f->store, "com/example/*/A", "192.0.2.2");
	commit(f->store, "com/ent/*/A", "192.0.2.3");
	commit(f->store, "com/b/*/x/A", "192.0.2.4");
	commit(f->store, "*/A", "192.0.2.5");
	for(i = 0; i < COUNT(find_cases); i++) {
		const struct find_case* row = &find_cases[i];
		const char *found, *wildcard;
		struct name_walk walk;
		walk_text(f->store, row->name, &walk);
		/* reading may be nested */
		store_read_lock(f->store);
		store_read_lock(f->store);
		found = show_name(store_find(f->store, &walk, row->labels),
			TYPE_A, one);
		store_read_unlock(f->store);
		wildcard = show_name(store_find_wildcard(f->store, &walk,
			row->labels), TYPE_A, other);
		store_read_unlock(f->store);
		check(strcmp(found, row->found) == 0, "row %zu: %s", i,
			found);
		check(strcmp(wildcard, row->wildcard) == 0, "row %zu: * %s",
			i, wildcard);
	}
}

/** Below a name of 254 or 255 octets, there is no room for a wildcard. */
static void
test_find_wildcard_too_long(void** state)
{
	struct fixture* f = *state;
	struct name_walk walk;
	uint8_t wire[NAME_WIRE_MAX];
	size_t len;
	for(len = 252; len <= 255; len++) {
		struct contribution key = { .type = TYPE_A, .source = "" };
		uint8_t rdata[] = { 0, 4, 192, 0, 2, 1 };
		struct record_set set = { 60, 1, rdata, 6, 6 };
		memset(wire, 'x', sizeof(wire));
		wire[0] = wire[64] = wire[128] = 63;
		wire[192] = (uint8_t)(len - 194);
		wire[len - 1] = 0;
		assert_true(name_walk_init(&walk, wire, len,
			store_seed(f->store)));
		if(len + 2 <= 255) {
			key.owner.len = (uint8_t)(len + 2);
			memcpy(key.owner.wire, "\1*", 2);
			memcpy(key.owner.wire + 2, wire, len);
			assert_true(store_put(f->store, &key, &set));
			assert_true(store_commit(f->store));
		}
		store_read_lock(f->store);
		check((store_find_wildcard(f->store, &walk, walk.labels) !=
			NULL) == (len + 2 <= 255), "%zu octets", len);
		store_read_unlock(f->store);
	}
}

/* --- whole lists --------------------------------------------------------- */

static void
test_sweep(void** state)
{
	struct fixture* f = *state;
	commit(f->store, "com/foo/A/x", "192.0.2.1");
	commit(f->store, "com/foo/A/y", "192.0.2.2");
	commit(f->store, "com/foo/AAAA", "2001:db8::1");
	commit(f->store, "com/b/a/A", "192.0.2.3");
	commit(f->store, "com/bar/A", "192.0.2.4");
	store_mark(f->store);
	note(f->store, "com/foo/A/x", "192.0.2.1");
	note(f->store, "com/bar/A", "192.0.2.5");
	note(f->store, "com/new/A", "192.0.2.6");
	assert_true(store_commit(f->store));
	/* until the sweep, what was not put is there */
	expect(f->store, "foo.com.", TYPE_A, "192.0.2.1 192.0.2.2 -+");
	expect(f->store, "a.b.com.", TYPE_A, "192.0.2.3 -+");
	f->changed = 0;
	assert_int_equal(sweep(f->store), 3);
	assert_int_equal(f->changed, 2);
	expect(f->store, "foo.com.", TYPE_A, "192.0.2.1 -+");
	expect(f->store, "foo.com.", TYPE_AAAA, "none");
	expect(f->store, "b.com.", TYPE_A, "no name");
	expect(f->store, "bar.com.", TYPE_A, "192.0.2.5 -+");
	expect(f->store, "new.com.", TYPE_A, "192.0.2.6 -+");
	expect_counts(f->store, 5, 3);
	/* another sweep of the same list finds nothing more */
	assert_int_equal(sweep(f->store), 0);
	/* what is put after the list belongs to it too */
	commit(f->store, "com/late/A", "192.0.2.7");
	assert_true(store_sweep(f->store, NULL));
	expect(f->store, "late.com.", TYPE_A, "192.0.2.7 -+");
	expect_counts(f->store, 6, 4);
}

/** A list of what is there already changes nothing, and removes nothing. */
static void
test_sweep_unchanged(void** state)
{
	struct fixture* f = *state;
	static const char* const put[][2] = {
		{ "com/foo/A/x", "192.0.2.1" }, { "com/foo/A/y", "192.0.2.2" },
		{ "com/foo/A/z", "[\"192.0.2.1\",\"192.0.2.3\"]" },
		{ "com/foo/AAAA", "2001:db8::1" },
		{ "com/b/A", "{\"ttl\":60,\"rdata\":\"192.0.2.3\"}" } };
	size_t i, round, before;
	for(i = 0; i < COUNT(put); i++)
		commit(f->store, put[i][0], put[i][1]);
	before = store_stats(f->store).octets;
	f->changed = 0;
	for(round = 0; round < 3; round++) {
		store_mark(f->store);
		/* in one commit, in one each, and backwards */
		for(i = 0; i < COUNT(put); i++) {
			size_t n = round == 2 ? COUNT(put) - 1 - i : i;
			note(f->store, put[n][0], put[n][1]);
			if(round == 1)
				assert_true(store_commit(f->store));
		}
		assert_true(store_commit(f->store));
		assert_int_equal(sweep(f->store), 0);
		assert_int_equal(f->changed, 0);
	}
	expect_counts(f->store, 4, COUNT(put));
	assert_int_equal(store_stats(f->store).octets, before);
	expect(f->store, "foo.com.", TYPE_A,
		"192.0.2.1 192.0.2.2 192.0.2.3 -+");
}

/** Behind the first list there is nothing to remove, and names are looked at
 * only to tell what it has left out. */
static void
test_sweep_first_list(void** state)
{
	struct fixture* f = *state;
	unsigned list;
	for(list = 1; list <= 3; list++) {
		store_mark(f->store);
		note(f->store, "com/foo/A", "192.0.2.1");
		note(f->store, "com/bar/CNAME", "foo.com.");
		if(list == 3)
			note(f->store, "com/bar/A", "192.0.2.2");
		assert_true(store_commit(f->store));
		table.steps = 0;
		assert_int_equal(sweep(f->store), 0);
		assert_int_equal(table.steps > 0, list > 1);
	}
	assert_string_equal(f->left_out, "com/bar/CNAME<com/bar/A");
	/* all of it gone, the next list is a first one */
	store_mark(f->store);
	assert_int_equal(sweep(f->store), 3);
	f->left_out[0] = 0;
	for(list = 1; list <= 2; list++) {
		store_mark(f->store);
		note(f->store, "com/bar/CNAME", "foo.com.");
		note(f->store, "com/bar/A", "192.0.2.2");
		assert_true(store_commit(f->store));
		assert_string_equal(f->left_out, list == 1 ? "" :
			"com/bar/CNAME<com/bar/A");
		assert_int_equal(sweep(f->store), 0);
		assert_string_equal(f->left_out, "com/bar/CNAME<com/bar/A");
	}
}

/** A list that broke off, and the one after it. */
static void
test_sweep_aborted_list(void** state)
{
	struct fixture* f = *state;
	commit(f->store, "com/old/A", "192.0.2.1");
	commit(f->store, "com/kept/A", "192.0.2.2");
	store_mark(f->store);
	commit(f->store, "com/old/A", "192.0.2.1");
	commit(f->store, "com/half/A", "192.0.2.3");
	/* there the list breaks off; the new one has less */
	store_mark(f->store);
	commit(f->store, "com/kept/A", "192.0.2.2");
	assert_int_equal(sweep(f->store), 2);
	expect(f->store, "old.com.", TYPE_A, "no name");
	expect(f->store, "half.com.", TYPE_A, "no name");
	expect(f->store, "kept.com.", TYPE_A, "192.0.2.2 -+");
	store_mark(f->store);
	store_mark(f->store);
	assert_int_equal(sweep(f->store), 1);
	expect_counts(f->store, 0, 0);
}

/** What was put since the mark and then removed is gone, and not counted. */
static void
test_sweep_after_remove(void** state)
{
	struct fixture* f = *state;
	commit(f->store, "com/foo/A", "192.0.2.1");
	commit(f->store, "com/bar/A", "192.0.2.2");
	store_mark(f->store);
	commit(f->store, "com/foo/A", "192.0.2.1");
	commit(f->store, "com/foo/A", NULL);
	assert_int_equal(sweep(f->store), 1);
	expect_counts(f->store, 0, 0);
}

/** All is swept, from a store with many branches. */
static void
test_sweep_all(void** state)
{
	struct fixture* f = *state;
	struct store_stats before = store_stats(f->store);
	char path[64];
	unsigned i;
	for(i = 0; i < 3000; i++) {
		snprintf(path, sizeof(path), "com/b%u/a%u/A", i % 7, i);
		note(f->store, path, "192.0.2.1");
		snprintf(path, sizeof(path), "com/b%u/A/%u", i % 7, i);
		note(f->store, path, "192.0.2.2");
	}
	assert_true(store_commit(f->store));
	expect_counts(f->store, 2 + 7 + 3000, 6000);
	store_mark(f->store);
	assert_int_equal(sweep(f->store), 6000);
	expect_counts(f->store, 0, 0);
	assert_int_equal(store_stats(f->store).octets, before.octets);
}

/** Generations do not run out. */
static void
test_sweep_many_times(void** state)
{
	struct fixture* f = *state;
	unsigned i;
	commit(f->store, "com/kept/A", "192.0.2.1");
	for(i = 0; i < 70000; i++) {
		store_mark(f->store);
		if(i % 10000 == 0)
			commit(f->store, "com/other/A", "192.0.2.2");
		commit(f->store, "com/kept/A", "192.0.2.1");
		if(i % 10000 < 2)
			assert_int_equal(sweep(f->store), i % 10000);
	}
	expect(f->store, "kept.com.", TYPE_A, "192.0.2.1 -+");
	store_mark(f->store);
	assert_int_equal(sweep(f->store), 1);
}

/* --- what is chosen ------------------------------------------------------ */

/** Keys from which some are chosen, each of which is known by a letter, from
 * a on; and their values. */
static const char* const chosen_keys[][2] = {
	{ "com/foo/A", "192.0.2.1" },
	{ "com/foo/A/x", "192.0.2.2" },
	{ "com/foo/A/y", "192.0.2.3" },
	{ "com/foo/AAAA/x", "2001:db8::1" },
	{ "com/Foo/A/x", "192.0.2.5" },
	{ "com/foo/bar/A/x", "192.0.2.6" },
	{ "com/foo/bar/AAAA", "2001:db8::2" },
	{ "A/x", "192.0.2.8" },
	{ "TYPE1", "192.0.2.9" },
	{ "org/a/b/A", "192.0.2.10" },
};

/** What is asked for each key. */
struct choice {
	/** letters of the keys that are to go */
	const char* letters;
	/** how often each key was shown */
	size_t shown[COUNT(chosen_keys)];
	/** how often another one was */
	size_t others;
};

/** Which of chosen_keys a key is; their number if it is none. */
static size_t
chosen_index(const struct contribution* key)
{
	size_t i;
	for(i = 0; i < COUNT(chosen_keys); i++) {
		struct contribution other;
		parse_key(&other, chosen_keys[i][0]);
		if(other.owner.len == key->owner.len &&
			memcmp(other.owner.wire, key->owner.wire,
			key->owner.len) == 0 && other.type == key->type &&
			other.source_len == key->source_len &&
			memcmp(other.source, key->source, key->source_len) ==
			0)
			break;
	}
	return i;
}

static bool
by_letter(void* arg, const struct contribution* key)
{
	struct choice* choice = arg;
	size_t i = chosen_index(key);
	if(i == COUNT(chosen_keys)) {
		choice->others++;
		return false;
	}
	choice->shown[i]++;
	return strchr(choice->letters, 'a' + (char)i) != NULL;
}

static bool
all_chosen(void* arg, const struct contribution* key)
{
	(void)key;
	++*(size_t*)arg;
	return true;
}

/** Put all of chosen_keys in one commit. */
static void
put_chosen_keys(struct store* store)
{
	size_t i;
	for(i = 0; i < COUNT(chosen_keys); i++)
		note(store, chosen_keys[i][0], chosen_keys[i][1]);
	assert_true(store_commit(store));
}

/** Choose by letters; fail unless all of chosen_keys were shown once. */
static void
remove_letters(struct store* store, const char* letters)
{
	struct choice choice = { .letters = letters };
	size_t i;
	remove_chosen(store, NULL, by_letter, &choice);
	for(i = 0; i < COUNT(chosen_keys); i++)
		check(choice.shown[i] == 1, "\"%s\": %s was shown %zu times",
			letters, chosen_keys[i][0], choice.shown[i]);
	assert_int_equal(choice.others, 0);
}

/** Keys that are chosen, and what is there then. */
struct chosen_case {
	/** letters of the keys */
	const char* letters;
	/** the A records of foo.com. */
	const char* foo_a;
	/** its AAAA records */
	const char* foo_aaaa;
	/** the A records of bar.foo.com. */
	const char* bar;
	/** the A records of the root */
	const char* root;
	/** the A records of b.a.org. */
	const char* b;
	/** names */
	size_t names;
};

#define FOO "192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.5 -+"
#define FOO6 "2001:db8::1 -+"
#define BAR "192.0.2.6 -+"
#define ROOT "192.0.2.8 192.0.2.9 -+"
#define B "192.0.2.10 -+"

static const struct chosen_case chosen_cases[] = {
	{ "", FOO, FOO6, BAR, ROOT, B, 7 },
	/* one of several of an RRset */
	{ "a", "192.0.2.2 192.0.2.3 192.0.2.5 -+", FOO6, BAR, ROOT, B, 7 },
	{ "b", "192.0.2.1 192.0.2.3 192.0.2.5 -+", FOO6, BAR, ROOT, B, 7 },
	{ "c", "192.0.2.1 192.0.2.2 192.0.2.5 -+", FOO6, BAR, ROOT, B, 7 },
	{ "e", "192.0.2.1 192.0.2.2 192.0.2.3 -+", FOO6, BAR, ROOT, B, 7 },
	/* several of it, and all */
	{ "bc", "192.0.2.1 192.0.2.5 -+", FOO6, BAR, ROOT, B, 7 },
	{ "abc", "192.0.2.5 -+", FOO6, BAR, ROOT, B, 7 },
	{ "abce", "none", FOO6, BAR, ROOT, B, 7 },
	/* an RRset, and a name that has another one */
	{ "d", FOO, "none", BAR, ROOT, B, 7 },
	{ "f", FOO, FOO6, "none", ROOT, B, 7 },
	{ "fg", FOO, FOO6, "no name", ROOT, B, 6 },
	/* names that remain because of others */
	{ "abcde", "ENT", "ENT", BAR, ROOT, B, 7 },
	{ "hi", FOO, FOO6, BAR, "ENT", B, 7 },
	{ "i", FOO, FOO6, BAR, "192.0.2.8 -+", B, 7 },
	/* whole branches */
	{ "j", FOO, FOO6, BAR, ROOT, "no name", 4 },
	{ "abcdefg", "no name", "no name", "no name", ROOT, B, 4 },
	{ "abcdefgj", "no name", "no name", "no name", ROOT, "no name", 1 },
	{ "abcdefghi", "no name", "no name", "no name", "ENT", B, 4 },
	{ "abcdefghij", "no name", "no name", "no name", "no name",
		"no name", 0 },
	/* some of each */
	{ "adghj", "192.0.2.2 192.0.2.3 192.0.2.5 -+", "none", BAR,
		"192.0.2.9 -+", "no name", 4 },
};

/** Fail unless the store is as a row says. */
static void
expect_chosen(struct store* store, const struct chosen_case* row)
{
	expect(store, "foo.com.", TYPE_A, row->foo_a);
	expect(store, "foo.com.", TYPE_AAAA, row->foo_aaaa);
	expect(store, "bar.foo.com.", TYPE_A, row->bar);
	expect(store, ".", TYPE_A, row->root);
	expect(store, "b.a.org.", TYPE_A, row->b);
	expect_counts(store, row->names, COUNT(chosen_keys) -
		strlen(row->letters));
}

/** Only what is chosen goes, and only by a commit. */
static void
test_walk(void** state)
{
	struct fixture* f = *state;
	size_t i;
	for(i = 0; i < COUNT(chosen_cases); i++) {
		const struct chosen_case* row = &chosen_cases[i];
		const size_t count = strlen(row->letters);
		put_chosen_keys(f->store);
		/* whether they are of the last list does not matter */
		if(i % 2)
			store_mark(f->store);
		f->changed = 0;
		remove_letters(f->store, row->letters);
		assert_int_equal(store_pending(f->store), count);
		expect_chosen(f->store, &chosen_cases[0]);
		store_rollback(f->store);
		assert_int_equal(store_pending(f->store), 0);
		assert_true(store_commit(f->store));
		expect_chosen(f->store, &chosen_cases[0]);
		assert_int_equal(f->changed, 0);
		remove_letters(f->store, row->letters);
		/* twice is once */
		remove_letters(f->store, row->letters);
		assert_int_equal(store_pending(f->store), 2 * count);
		expect_chosen(f->store, &chosen_cases[0]);
		assert_true(store_commit(f->store));
		assert_int_equal(store_pending(f->store), 0);
		expect_chosen(f->store, row);
	}
}

/** Nothing is asked where nothing is: of no key, of names without records. */
static void
test_walk_of_nothing(void** state)
{
	struct fixture* f = *state;
	size_t asked = 0;
	remove_chosen(f->store, NULL, all_chosen, &asked);
	pin(f->store, "example.com.");
	remove_chosen(f->store, NULL, all_chosen, &asked);
	note(f->store, "com/foo/A", "192.0.2.1");
	remove_chosen(f->store, NULL, all_chosen, &asked);
	assert_int_equal(asked, 0);
	assert_int_equal(store_pending(f->store), 1);
	assert_true(store_commit(f->store));
	expect(f->store, "foo.com.", TYPE_A, "192.0.2.1 -+");
	remove_chosen(f->store, NULL, all_chosen, &asked);
	assert_int_equal(asked, 1);
	assert_true(store_commit(f->store));
	/* the name that is pinned, and those above it */
	expect_counts(f->store, 3, 0);
	remove_chosen(f->store, NULL, all_chosen, &asked);
	assert_int_equal(asked, 1);
}

/** Of one name, and of none that is above or below it. */
static void
test_walk_at(void** state)
{
	static const struct {
		const char* name;
		size_t asked;
		bool has_below;
	} rows[] = { { "foo.com.", 3, true }, { "bar.foo.com.", 1, false },
		{ "com.", 0, true }, { "net.", 0, false }, { ".", 0, true },
		{ "pinned.org.", 0, true }, { "org.", 0, true } };
	struct fixture* f = *state;
	size_t i;
	pin(f->store, "pinned.org.");
	note(f->store, "com/foo/A/x", "192.0.2.1");
	note(f->store, "com/foo/A/y", "192.0.2.2");
	note(f->store, "com/foo/AAAA", "2001:db8::1");
	note(f->store, "com/foo/bar/A", "192.0.2.3");
	assert_true(store_commit(f->store));
	table.steps = 0;
	for(i = 0; i < COUNT(rows); i++) {
		struct name name;
		size_t asked = 0;
		assert_null(name_from_text(&name, rows[i].name,
			strlen(rows[i].name)));
		remove_chosen(f->store, &name, all_chosen, &asked);
		check(asked == rows[i].asked, "%s: asked for %zu",
			rows[i].name, asked);
		check(store_has_below(f->store, &name) == rows[i].has_below,
			"%s", rows[i].name);
	}
	assert_int_equal(table.steps, 0);
	assert_int_equal(store_pending(f->store), 4);
	assert_true(store_commit(f->store));
	expect_counts(f->store, 3, 0);
}

/** It is a change like others: what is noted before it is not seen by it,
 * and what is noted after it counts. */
static void
test_walk_among_others(void** state)
{
	struct fixture* f = *state;
	size_t asked = 0;
	commit(f->store, "com/foo/A/x", "192.0.2.1");
	commit(f->store, "com/foo/A/y", "192.0.2.2");
	commit(f->store, "com/bar/A", "192.0.2.3");
	note(f->store, "com/foo/A/x", "192.0.2.11");
	note(f->store, "com/foo/A/z", "192.0.2.12");
	note(f->store, "com/bar/A", NULL);
	remove_chosen(f->store, NULL, all_chosen, &asked);
	assert_int_equal(asked, 3);
	note(f->store, "com/foo/A/y", "192.0.2.22");
	note(f->store, "com/new/A", "192.0.2.23");
	f->changed = 0;
	assert_true(store_commit(f->store));
	assert_int_equal(f->changed, 3);
	expect(f->store, "foo.com.", TYPE_A, "192.0.2.12 192.0.2.22 -+");
	expect(f->store, "bar.com.", TYPE_A, "no name");
	expect(f->store, "new.com.", TYPE_A, "192.0.2.23 -+");
	expect_counts(f->store, 4, 3);
	/* gone and put again as it was: nothing has changed */
	remove_chosen(f->store, NULL, all_chosen, &asked);
	note(f->store, "com/foo/A/z", "192.0.2.12");
	note(f->store, "com/foo/A/y", "192.0.2.22");
	note(f->store, "com/new/A", "192.0.2.23");
	assert_true(store_commit(f->store));
	assert_int_equal(f->changed, 3);
}

static bool
stop_at_second(void* arg, const struct contribution* contribution)
{
	(void)contribution;
	return ++*(size_t*)arg < 2;
}

/** A walk ends where it is told to. */
static void
test_walk_ends(void** state)
{
	struct fixture* f = *state;
	size_t shown = 0;
	put_chosen_keys(f->store);
	assert_false(store_walk(f->store, NULL, stop_at_second, &shown));
	assert_int_equal(shown, 2);
}

/* --- listener ------------------------------------------------------------ */

/** A change, and whether the listener hears of it. */
struct listener_case {
	/** the key */
	const char* path;
	/** its value; NULL removes it */
	const char* value;
	/** the name that changes; NULL for none */
	const char* owner;
	/** A records that are visible when the listener is told */
	const char* seen;
};

static const struct listener_case listener_cases[] = {
	{ "com/foo/A/x", "192.0.2.1", "foo.com.", "192.0.2.1 -+" },
	{ "com/foo/A/x", "192.0.2.1", NULL, NULL },
	{ "com/foo/A/x", " [\"192.0.2.1\"] ", NULL, NULL },
	{ "com/foo/A/x", "192.0.2.2", "foo.com.", "192.0.2.2 -+" },
	{ "com/foo/A/x", "{\"ttl\":60,\"rdata\":\"192.0.2.2\"}", "foo.com.",
		"192.0.2.2 60" },
	{ "com/foo/A/x", "{\"rdata\":\"192.0.2.2\",\"ttl\":60}", NULL, NULL },
	{ "com/foo/A/y", NULL, NULL, NULL },
	{ "com/bar/A", NULL, NULL, NULL },
	{ "com/A", NULL, NULL, NULL },
	{ "com/foo/A/y", "192.0.2.1", "foo.com.", "192.0.2.1 192.0.2.2 60+" },
	{ "com/foo/A/z", "[\"192.0.2.3\",\"192.0.2.4\"]", "foo.com.",
		"192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 60+" },
	/* in another order */
	{ "com/foo/A/z", "[\"192.0.2.4\",\"192.0.2.3\"]", NULL, NULL },
	/* something twice */
	{ "com/foo/A/z", "[\"192.0.2.4\",\"192.0.2.3\",\"192.0.2.3\"]", NULL,
		NULL },
	{ "com/foo/A/z", NULL, "foo.com.", "192.0.2.1 192.0.2.2 60+" },
	{ "com/foo/AAAA", "2001:db8::1", "foo.com.",
		"192.0.2.1 192.0.2.2 60+" },
	{ "com/foo/AAAA", "2001:db8:0::1", NULL, NULL },
	{ "com/foo/AAAA", NULL, "foo.com.", "192.0.2.1 192.0.2.2 60+" },
	/* an empty non-terminal has no records that could change */
	{ "com/foo/b/a/A", "192.0.2.9", "a.b.foo.com.", "192.0.2.9 -+" },
	{ "com/foo/b/a/A", NULL, "a.b.foo.com.", "no name" },
	{ "com/foo/A/y", NULL, "foo.com.", "192.0.2.2 60" },
	{ "com/foo/A/x", NULL, "foo.com.", "no name" },
	{ "com/foo/A/x", NULL, NULL, NULL },
};

static void
test_listener_changed(void** state)
{
	struct fixture* f = *state;
	size_t i;
	for(i = 0; i < COUNT(listener_cases); i++) {
		const struct listener_case* row = &listener_cases[i];
		f->changed = 0;
		note(f->store, row->path, row->value);
		check(f->changed == 0, "row %zu: told too early", i);
		assert_true(store_commit(f->store));
		check(f->changed == (row->owner ? 1u : 0u), "row %zu: told "
			"%zu times", i, f->changed);
		if(!row->owner)
			continue;
		check(strcmp(f->owner, row->owner) == 0, "row %zu: %s", i,
			f->owner);
		check(strcmp(f->seen, row->seen) == 0, "row %zu: %s", i,
			f->seen);
	}
}

/** One call a name, however many of its keys change; none if all is undone. */
static void
test_listener_once_a_name(void** state)
{
	struct fixture* f = *state;
	note(f->store, "com/foo/A/x", "192.0.2.1");
	note(f->store, "com/bar/A", "192.0.2.1");
	note(f->store, "com/foo/A/y", "192.0.2.2");
	note(f->store, "com/foo/AAAA", "2001:db8::1");
	assert_true(store_commit(f->store));
	assert_int_equal(f->changed, 2);
	note(f->store, "com/foo/A/x", NULL);
	note(f->store, "com/foo/A/x", "192.0.2.1");
	note(f->store, "com/new/A", "192.0.2.1");
	note(f->store, "com/new/A", NULL);
	assert_true(store_commit(f->store));
	assert_int_equal(f->changed, 2);
}

/** Write {"ttl": ttl, "rdata": [...]} with records from..to-1 of 10/8, or
 * for AAAA of 2001:db8::/32. @return text, to be freed. */
static char*
many_records(uint16_t type, unsigned from, unsigned to)
{
	char* text = malloc(64 + (size_t)(to - from) * 32);
	size_t at;
	unsigned i;
	assert_non_null(text);
	at = (size_t)sprintf(text, "{\"ttl\":60,\"rdata\":[");
	for(i = from; i < to; i++) {
		if(type == TYPE_A)
			at += (size_t)sprintf(text + at, "\"10.0.%u.%u\",",
				i / 256, i % 256);
		else	at += (size_t)sprintf(text + at,
				"\"2001:db8::%x\",", i);
	}
	strcpy(text + at - 1, "]}");
	return text;
}

/** Give a key records from..to-1 in a commit. */
static void
commit_many(struct store* store, const char* path, uint16_t type,
	unsigned from, unsigned to)
{
	char* value = many_records(type, from, to);
	commit(store, path, value);
	free(value);
}

/** A key gets records, and whether that makes its RRset crowded. */
struct crowd_case {
	/** the key */
	const char* path;
	/** its type */
	uint16_t type;
	/** its records: from this ... */
	unsigned from;
	/** ... to the one before this; 0 removes the key */
	unsigned to;
	/** what the listener is told; NULL for nothing */
	const char* crowd;
};

static const struct crowd_case crowd_cases[] = {
	{ "com/foo/A/x", TYPE_A, 0, 100, NULL },
	{ "com/foo/A/x", TYPE_A, 0, 101, "foo.com. 1 101 101" },
	{ "com/foo/A/x", TYPE_A, 0, 101, NULL },
	{ "com/foo/A/x", TYPE_A, 0, 102, NULL },
	{ "com/foo/A/x", TYPE_A, 1000, 1200, NULL },
	/* another RRset changes, or becomes crowded itself */
	{ "com/foo/AAAA/x", TYPE_AAAA, 0, 1, NULL },
	{ "com/foo/AAAA/x", TYPE_AAAA, 0, 105, "foo.com. 28 105 105" },
	{ "com/foo/A/x", TYPE_A, 0, 100, NULL },
	{ "com/foo/A/x", TYPE_A, 0, 103, "foo.com. 1 103 103" },
	{ "com/foo/A/x", TYPE_A, 0, 0, NULL },
	{ "com/foo/A/x", TYPE_A, 0, 104, "foo.com. 1 104 104" },
	/* a name below it, and the name being empty for a while */
	{ "com/foo/bar/A", TYPE_A, 0, 1, NULL },
	{ "com/foo/A/x", TYPE_A, 0, 0, NULL },
	{ "com/foo/AAAA/x", TYPE_AAAA, 0, 0, NULL },
	/* by the records of all keys, each counted once */
	{ "com/foo/A/x", TYPE_A, 0, 60, NULL },
	{ "com/foo/A/y", TYPE_A, 40, 100, NULL },
	{ "com/foo/A/z", TYPE_A, 0, 100, NULL },
	{ "com/foo/A/y", TYPE_A, 40, 101, "foo.com. 1 101 101" },
	{ "com/foo/A/z", TYPE_A, 0, 200, NULL },
	{ "com/foo/A/z", TYPE_A, 0, 0, NULL },
	{ "com/foo/A/y", TYPE_A, 0, 0, NULL },
	{ "com/foo/A/x", TYPE_A, 0, 0, NULL },
	/* at once from nothing, and more than a message can take */
	{ "com/big/A", TYPE_A, 0, 5000, "big.com. 1 5000 4000" },
	{ "com/big/A", TYPE_A, 0, 5001, NULL },
};

/** A few records can be more than a message holds, too. */
static void
test_listener_large(void** state)
{
	struct fixture* f = *state;
	char text[40001];
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	commit(f->store, "com/foo/TXT/a", text);
	assert_int_equal(f->crowded, 0);
	text[0] = 'y';
	commit(f->store, "com/foo/TXT/b", text);
	assert_int_equal(f->crowded, 1);
	assert_string_equal(f->crowd, "foo.com. 16 2 1");
	text[0] = 'z';
	commit(f->store, "com/foo/TXT/c", text);
	assert_int_equal(f->crowded, 1);
}

static void
test_listener_crowded(void** state)
{
	struct fixture* f = *state;
	size_t i;
	for(i = 0; i < COUNT(crowd_cases); i++) {
		const struct crowd_case* row = &crowd_cases[i];
		f->crowded = 0;
		if(row->to == 0)
			commit(f->store, row->path, NULL);
		else	commit_many(f->store, row->path, row->type, row->from,
				row->to);
		check(f->crowded == (row->crowd ? 1u : 0u), "row %zu: told "
			"%zu times", i, f->crowded);
		check(!row->crowd || strcmp(f->crowd, row->crowd) == 0,
			"row %zu: %s", i, f->crowd);
	}
}

/* --- contradictions ------------------------------------------------------ */

/** A step of a story about keys that contradict each other. */
struct left_out_step {
	/** a key, of any type; or "mark" or "sweep" */
	const char* path;
	/** its value, an address whatever its type is; NULL: it goes */
	const char* value;
	/** what the listener is told; NULL if this is not committed yet */
	const char* told;
	/** what readers see of foo.com's records of the type below */
	const char* seen;
};

/** Note a change of a key of any type, which has an address for its rdata:
 * the store does not look into rdata. */
static void
note_typed(struct store* store, const char* path, const char* value)
{
	static const struct { const char* name; uint16_t type; } types[] = {
		{ "/A", TYPE_A }, { "/CNAME", TYPE_CNAME },
		{ "/DNAME", TYPE_DNAME }, { "/TXT", TYPE_TXT } };
	char reason[RECORD_REASON_MAX], copy[64];
	struct contribution key;
	struct record_set set;
	size_t i = COUNT(types);
	const char* at = NULL;
	while(!at && i-- > 0)
		at = strstr(path, types[i].name);
	check(at, "%s: which type?", path);
	snprintf(copy, sizeof(copy), "%.*s/A%s", (int)(at - path), path,
		at + strlen(types[i].name));
	parse_key(&key, copy);
	key.type = types[i].type;
	if(!value) {
		assert_true(store_remove(store, &key));
		return;
	}
	assert_true(helix_value_read(&set, TYPE_A, value, strlen(value),
		reason));
	assert_true(store_put(store, &key, &set));
	record_set_clear(&set);
}

/** Go through the steps of a story. */
static void
check_story(struct fixture* f, uint16_t type, const struct left_out_step* step,
	size_t count)
{
	char out[SHOWN_MAX];
	size_t i;
	for(i = 0; i < count; i++, step++) {
		const char* seen;
		f->left_out[0] = 0;
		if(strcmp(step->path, "mark") == 0)
			store_mark(f->store);
		else if(strcmp(step->path, "sweep") == 0)
			(void)sweep(f->store);
		else	note_typed(f->store, step->path, step->value);
		if(!step->told)
			continue;
		assert_true(store_commit(f->store));
		check(strcmp(f->left_out, step->told) == 0, "step %zu: told "
			"\"%s\", not \"%s\"", i, f->left_out, step->told);
		seen = show(f->store, "foo.com.", type, out);
		check(strcmp(seen, step->seen) == 0, "step %zu: \"%s\", not "
			"\"%s\"", i, seen, step->seen);
	}
}

/** Several keys with one DNAME each. */
static const struct left_out_step single_story[] = {
	{ "com/foo/DNAME/m", "{\"ttl\":60,\"rdata\":\"192.0.2.5\"}", "",
		"192.0.2.5 60" },
	/* a higher one does not count, and neither does its TTL */
	{ "com/foo/DNAME/x", "{\"ttl\":30,\"rdata\":\"192.0.2.4\"}",
		"com/foo/DNAME/x<com/foo/DNAME/m", "192.0.2.5 60" },
	/* the same once more, and another that is still left out */
	{ "com/foo/DNAME/x", "{\"ttl\":30,\"rdata\":\"192.0.2.4\"}", "",
		"192.0.2.5 60" },
	{ "com/foo/DNAME/x", "{\"ttl\":30,\"rdata\":\"192.0.2.6\"}", "",
		"192.0.2.5 60" },
	/* other changes of the name */
	{ "com/foo/A", "192.0.2.1", "", "192.0.2.5 60" },
	{ "com/foo/A", NULL, "", "192.0.2.5 60" },
	/* the same record is no contradiction */
	{ "com/foo/DNAME/p", "192.0.2.5", "", "192.0.2.5 60" },
	/* a lower one: those that are left out now, and were not before */
	{ "com/foo/DNAME", "192.0.2.9", "com/foo/DNAME/m<com/foo/DNAME "
		"com/foo/DNAME/p<com/foo/DNAME", "192.0.2.9 -+" },
	/* it goes: what was left out stays so, and was told */
	{ "com/foo/DNAME", NULL, "", "192.0.2.5 60" },
	{ "com/foo/DNAME/m", NULL, "", "192.0.2.5 -+" },
	{ "com/foo/DNAME/p", NULL, "", "192.0.2.6 30" },
	/* a new one, in one commit with a change of the one that stands */
	{ "com/foo/DNAME/x", "192.0.2.7", NULL, NULL },
	{ "com/foo/DNAME/y", "192.0.2.8", "com/foo/DNAME/y<com/foo/DNAME/x",
		"192.0.2.7 -+" },
	{ "com/foo/DNAME/xx", "192.0.2.9", "com/foo/DNAME/xx<com/foo/DNAME/x",
		"192.0.2.7 -+" },
	{ "com/foo/DNAME/xx", NULL, "", "192.0.2.7 -+" },
	/* they agree, and then they do not */
	{ "com/foo/DNAME/y", "192.0.2.7", "", "192.0.2.7 -+" },
	{ "com/foo/DNAME/x", "192.0.2.8", "com/foo/DNAME/y<com/foo/DNAME/x",
		"192.0.2.8 -+" },
	/* one comes as another goes */
	{ "com/foo/DNAME/x", NULL, NULL, NULL },
	{ "com/foo/DNAME/z", "192.0.2.3", "com/foo/DNAME/z<com/foo/DNAME/y",
		"192.0.2.7 -+" },
	{ "com/foo/DNAME/z", NULL, "", "192.0.2.7 -+" },
	{ "com/foo/DNAME/y", NULL, "", "no name" },
};

static void
test_one_key_stands(void** state)
{
	check_story(*state, TYPE_DNAME, single_story, COUNT(single_story));
	expect_counts(((struct fixture*)*state)->store, 0, 0);
}

/** A CNAME, and other data beside it. */
static const struct left_out_step cname_story[] = {
	{ "com/foo/CNAME", "192.0.2.5", "", "192.0.2.5 -+" },
	/* other data comes, before it and behind it in the order of types */
	{ "com/foo/TXT", "192.0.2.6", "com/foo/CNAME<com/foo/TXT", "none" },
	{ "com/foo/A/x", "192.0.2.1", "", "none" },
	{ "com/foo/A/x", "192.0.2.2", "", "none" },
	/* itself once more, and another */
	{ "com/foo/CNAME", "192.0.2.5", "", "none" },
	{ "com/foo/CNAME", "192.0.2.4", "", "none" },
	/* not all of the other data goes; then all */
	{ "com/foo/TXT", NULL, "", "none" },
	{ "com/foo/A/x", NULL, "", "192.0.2.4 -+" },
	{ "com/foo/A/x", "192.0.2.2", "com/foo/CNAME<com/foo/A/x", "none" },
	/* it goes, and comes again */
	{ "com/foo/CNAME", NULL, "", "none" },
	{ "com/foo/CNAME", "192.0.2.4", "com/foo/CNAME<com/foo/A/x", "none" },
	/* a key takes the place of another, at once */
	{ "com/foo/A/x", NULL, NULL, NULL },
	{ "com/foo/TXT", "192.0.2.2", "", "none" },
	{ "com/foo/TXT", NULL, NULL, NULL },
	{ "com/foo/CNAME", "192.0.2.7", "", "192.0.2.7 -+" },
	{ "com/foo/CNAME", NULL, NULL, NULL },
	{ "com/foo/A", "192.0.2.1", "", "none" },
	{ "com/foo/A", NULL, NULL, NULL },
	{ "com/foo/CNAME", "192.0.2.7", "", "192.0.2.7 -+" },
	/* both at once, and two CNAMEs: each key that is left out is told */
	{ "com/foo/CNAME", NULL, "", "no name" },
	{ "com/foo/CNAME/a", "192.0.2.7", NULL, NULL },
	{ "com/foo/CNAME/b", "192.0.2.8", NULL, NULL },
	{ "com/foo/A", "192.0.2.1", "com/foo/CNAME/b<com/foo/CNAME/a "
		"com/foo/CNAME/a<com/foo/A", "none" },
	{ "com/foo/CNAME/a", NULL, "", "none" },
	{ "com/foo/A", NULL, "", "192.0.2.8 -+" },
	/* what is below a name, or above, is not at it */
	{ "com/foo/bar/A", "192.0.2.1", "", "192.0.2.8 -+" },
	{ "com/A", "192.0.2.1", "", "192.0.2.8 -+" },
};

static void
test_cname_beside_other_data(void** state)
{
	check_story(*state, TYPE_CNAME, cname_story, COUNT(cname_story));
}

/** Readers who want any RRset get one that is not hidden. */
static void
test_first_rrset_is_not_hidden(void** state)
{
	struct fixture* f = *state;
	note_typed(f->store, "com/foo/CNAME", "192.0.2.5");
	note_typed(f->store, "com/foo/TXT", "192.0.2.6");
	assert_true(store_commit(f->store));
	expect(f->store, "foo.com.", 0, "192.0.2.6 -+");
	expect(f->store, "foo.com.", TYPE_CNAME, "none");
	note_typed(f->store, "com/foo/TXT", NULL);
	assert_true(store_commit(f->store));
	expect(f->store, "foo.com.", 0, "192.0.2.5 -+");
}

/** More than a hundred keys, and one record: that is no crowd. */
static void
test_singles_are_no_crowd(void** state)
{
	struct fixture* f = *state;
	char path[64], value[32];
	unsigned i;
	for(i = 0; i < 200; i++) {
		snprintf(path, sizeof(path), "com/foo/DNAME/%03u", i);
		snprintf(value, sizeof(value), "192.0.2.%u", i);
		note_typed(f->store, path, value);
	}
	assert_true(store_commit(f->store));
	expect(f->store, "foo.com.", TYPE_DNAME, "192.0.2.0 -+");
	assert_int_equal(f->crowded, 0);
}

/** Lists: only what contradicts itself in their end is told. */
static const struct left_out_step list_story[] = {
	/* a name of a list: told when the list is complete */
	{ "mark", NULL, "", "no name" },
	{ "com/foo/CNAME", "192.0.2.5", "", "192.0.2.5 -+" },
	{ "com/foo/A", "192.0.2.1", "", "none" },
	{ "sweep", NULL, "com/foo/CNAME<com/foo/A", "none" },
	/* the same again, in any order: nothing new */
	{ "mark", NULL, "", "none" },
	{ "com/foo/A", "192.0.2.1", "", "none" },
	{ "com/foo/CNAME", "192.0.2.5", "", "none" },
	{ "sweep", NULL, "", "none" },
	/* the next list has no A any more */
	{ "mark", NULL, "", "none" },
	{ "com/foo/CNAME", "192.0.2.5", "", "none" },
	{ "sweep", NULL, "", "192.0.2.5 -+" },
	/* a TXT instead of the CNAME: not a word, though both were there */
	{ "mark", NULL, "", "192.0.2.5 -+" },
	{ "com/foo/TXT", "192.0.2.6", "", "none" },
	{ "sweep", NULL, "", "none" },
	/* a CNAME comes beside it, before the list says that it is still
	 * there, in which nothing changes */
	{ "mark", NULL, "", "none" },
	{ "com/foo/CNAME", "192.0.2.5", "", "none" },
	{ "com/foo/TXT", "192.0.2.6", "", "none" },
	{ "sweep", NULL, "com/foo/CNAME<com/foo/TXT", "none" },
	/* a list that breaks off tells nothing; the next one does */
	{ "com/foo/TXT", NULL, "", "192.0.2.5 -+" },
	{ "mark", NULL, "", "192.0.2.5 -+" },
	{ "com/foo/A", "192.0.2.1", "", "none" },
	{ "mark", NULL, "", "none" },
	{ "com/foo/A", "192.0.2.1", "", "none" },
	{ "com/foo/CNAME", "192.0.2.5", "", "none" },
	{ "sweep", NULL, "com/foo/CNAME<com/foo/A", "none" },
	/* after the list, it is told at once again */
	{ "com/foo/A", NULL, "", "192.0.2.5 -+" },
	{ "com/foo/A", "192.0.2.1", "com/foo/CNAME<com/foo/A", "none" },
	{ "com/foo/A", NULL, "", "192.0.2.5 -+" },
	/* a key that is to go stands against a new one */
	{ "mark", NULL, "", "192.0.2.5 -+" },
	{ "com/foo/CNAME/b", "192.0.2.6", "", "192.0.2.5 -+" },
	{ "com/foo/CNAME/c", "192.0.2.6", "", "192.0.2.5 -+" },
	{ "sweep", NULL, "", "192.0.2.6 -+" },
	/* and behind it is one against which it stands in the end */
	{ "mark", NULL, "", "192.0.2.6 -+" },
	{ "com/foo/CNAME/c", "192.0.2.6", "", "192.0.2.6 -+" },
	{ "com/foo/CNAME/d", "192.0.2.7", "", "192.0.2.6 -+" },
	{ "sweep", NULL, "com/foo/CNAME/d<com/foo/CNAME/c", "192.0.2.6 -+" },
	/* the sweep itself brings it about */
	{ "com/foo/CNAME/d", "192.0.2.6", "", "192.0.2.6 -+" },
	{ "com/foo/CNAME/cc", "192.0.2.8", "com/foo/CNAME/cc<com/foo/CNAME/c",
		"192.0.2.6 -+" },
	{ "mark", NULL, "", "192.0.2.6 -+" },
	{ "com/foo/CNAME/cc", "192.0.2.8", "", "192.0.2.6 -+" },
	{ "com/foo/CNAME/d", "192.0.2.6", "", "192.0.2.6 -+" },
	{ "sweep", NULL, "com/foo/CNAME/d<com/foo/CNAME/cc", "192.0.2.8 -+" },
};

static void
test_contradictions_of_lists(void** state)
{
	check_story(*state, TYPE_CNAME, list_story, COUNT(list_story));
}

/** A list with nothing new changes nothing, hidden or left out as it is. */
static void
test_sweep_unchanged_contradictions(void** state)
{
	struct fixture* f = *state;
	unsigned round;
	for(round = 0; round < 3; round++) {
		f->changed = 0;
		store_mark(f->store);
		note_typed(f->store, "com/foo/CNAME/a", "192.0.2.5");
		assert_true(store_commit(f->store));
		note_typed(f->store, "com/foo/CNAME/b", "192.0.2.4");
		note_typed(f->store, "com/foo/TXT", "192.0.2.6");
		assert_true(store_commit(f->store));
		assert_int_equal(sweep(f->store), 0);
		assert_int_equal(f->changed, round ? 0 : 2);
		assert_string_equal(f->left_out, round ? "" :
			"com/foo/CNAME/b<com/foo/CNAME/a "
			"com/foo/CNAME/a<com/foo/TXT");
		f->left_out[0] = 0;
	}
	expect_counts(f->store, 3, 3);
}

/* --- what a name was ----------------------------------------------------- */

/** A change, and what its name was before, as readers saw it. */
struct before_case {
	/** a key of any type, as note_typed has it */
	const char* path;
	/** its value, an address; NULL removes it */
	const char* value;
	/** types that the name had; NULL if nothing is told */
	const char* before;
};

static const struct before_case before_cases[] = {
	/* a new name, and what has come of names that had no records */
	{ "com/foo/A/x", "192.0.2.1", "" },
	{ "com/bar/foo/A", "192.0.2.1", "" },
	{ "com/bar/A", "192.0.2.1", "" },
	{ "com/bar/A", NULL, "bar.com. A" },
	/* another value, one more, the same as before */
	{ "com/foo/A/x", "192.0.2.2", "foo.com. A" },
	{ "com/foo/A/y", "192.0.2.3", "foo.com. A" },
	{ "com/foo/A/y", "192.0.2.3", NULL },
	/* more types: all of them, whichever has changed */
	{ "com/foo/TXT", "192.0.2.4", "foo.com. A" },
	{ "com/foo/DNAME", "192.0.2.5", "foo.com. A, foo.com. TXT" },
	{ "com/foo/A/x", NULL, "foo.com. A, foo.com. TXT, foo.com. DNAME" },
	{ "com/foo/A/y", NULL, "foo.com. A, foo.com. TXT, foo.com. DNAME" },
	{ "com/foo/DNAME", NULL, "foo.com. TXT, foo.com. DNAME" },
	{ "com/foo/TXT", NULL, "foo.com. TXT" },
	/* a CNAME, until other data hides it, and again */
	{ "com/foo/CNAME", "192.0.2.6", "" },
	{ "com/foo/A", "192.0.2.7", "foo.com. CNAME" },
	{ "com/foo/CNAME", "192.0.2.8", "foo.com. A" },
	{ "com/foo/A", NULL, "foo.com. A" },
	{ "com/foo/CNAME", NULL, "foo.com. CNAME" },
	/* the name below is there still; then both are gone */
	{ "com/bar/foo/A", NULL, "foo.bar.com. A" },
	{ "com/bar/foo/A", NULL, NULL },
};

static void
test_listener_before(void** state)
{
	struct fixture* f = *state;
	size_t i;
	for(i = 0; i < COUNT(before_cases); i++) {
		const struct before_case* row = &before_cases[i];
		f->changed = 0;
		note_typed(f->store, row->path, row->value);
		assert_true(store_commit(f->store));
		check(f->changed == (row->before ? 1u : 0u), "row %zu: told "
			"%zu times", i, f->changed);
		check(!row->before || strcmp(f->before, row->before) == 0,
			"row %zu: \"%s\", not \"%s\"", i, f->before,
			row->before);
	}
	expect_counts(f->store, 0, 0);
}

/** What a list lacks had been seen, too. */
static void
test_listener_before_sweep(void** state)
{
	struct fixture* f = *state;
	note_typed(f->store, "com/foo/A", "192.0.2.1");
	note_typed(f->store, "com/foo/TXT", "192.0.2.1");
	assert_true(store_commit(f->store));
	store_mark(f->store);
	note_typed(f->store, "com/foo/A", "192.0.2.1");
	assert_true(store_commit(f->store));
	assert_int_equal(f->changed, 1);
	assert_int_equal(sweep(f->store), 1);
	assert_int_equal(f->changed, 2);
	assert_string_equal(f->before, "foo.com. A, foo.com. TXT");
}

/** All names of the store with the types that readers see. */
static void
test_types(void** state)
{
	struct fixture* f = *state;
	char types[TYPES_MAX] = "";
	store_types(f->store, on_type, types);
	assert_string_equal(types, "");
	/* pinned names, and those above others, have no types */
	pin(f->store, "example.com.");
	note_typed(f->store, "com/b/a/A", "192.0.2.1");
	note_typed(f->store, "com/b/a/TXT", "192.0.2.1");
	note_typed(f->store, "net/CNAME", "192.0.2.1");
	note_typed(f->store, "org/CNAME", "192.0.2.1");
	note_typed(f->store, "org/A", "192.0.2.1");
	store_types(f->store, on_type, types);
	assert_string_equal(types, "");
	assert_true(store_commit(f->store));
	store_types(f->store, on_type, types);
	/* names in whatever order */
	assert_non_null(strstr(types, "a.b.com. A, a.b.com. TXT"));
	assert_non_null(strstr(types, "net. CNAME"));
	assert_non_null(strstr(types, "org. A"));
	assert_int_equal(strlen(types), strlen("a.b.com. A, a.b.com. TXT, "
		"net. CNAME, org. A"));
	assert_false(urcu_bp_read_ongoing());
}

/** One name with its types, by the name that it is asked with. */
static void
test_name_types(void** state)
{
	struct fixture* f = *state;
	char types[TYPES_MAX] = "";
	struct name_walk walk;
	struct name other;
	assert_null(name_from_text(&other, "other.", 6));
	store_name_types(NULL, &other, on_type, types);
	assert_string_equal(types, "");
	commit(f->store, "com/foo/A", "192.0.2.1");
	commit(f->store, "com/foo/AAAA", "2001:db8::1");
	walk_text(f->store, "foo.com.", &walk);
	store_read_lock(f->store);
	store_name_types(store_find(f->store, &walk, 2), &other, on_type,
		types);
	store_name_types(store_find(f->store, &walk, 1), &other, on_type,
		types);
	store_read_unlock(f->store);
	assert_string_equal(types, "other. A, other. AAAA");
}

/* --- large RRsets -------------------------------------------------------- */

/** So many records, and how many of them are served. */
struct served_case {
	/** the key */
	const char* path;
	/** its type */
	uint16_t type;
	/** number of records */
	unsigned records;
	/** number that fits into RRSET_OCTETS_MAX */
	unsigned served;
};

/* in a message, an A record takes 16 octets, and an AAAA record 28 */
static const struct served_case served_cases[] = {
	{ "com/foo/A", TYPE_A, 1, 1 },
	{ "com/foo/A", TYPE_A, 3999, 3999 },
	{ "com/foo/A", TYPE_A, 4000, 4000 },
	{ "com/foo/A", TYPE_A, 4001, 4000 },
	{ "com/foo/A", TYPE_A, 20000, 4000 },
	{ "com/foo/A", TYPE_A, 3998, 3998 },
	{ "com/foo/AAAA", TYPE_AAAA, 2285, 2285 },
	{ "com/foo/AAAA", TYPE_AAAA, 2286, 2285 },
	{ "com/foo/AAAA", TYPE_AAAA, 2284, 2284 },
};

/** Fail unless the RRset of foo.com. has so many records, the first ones. */
static void
expect_served(struct store* store, uint16_t type, unsigned served)
{
	struct name_walk walk;
	struct store_rrset rrset;
	size_t one = type == TYPE_A ? 6 : 18;
	unsigned i;
	walk_text(store, "foo.com.", &walk);
	store_read_lock(store);
	assert_true(store_get(store_find(store, &walk, 2), type, &rrset));
	assert_int_equal(rrset.count, served);
	assert_int_equal(rrset.rdata_len, served * one);
	assert_true(rrset.count * (one - 2 + 12) <= RRSET_OCTETS_MAX);
	for(i = 0; i < rrset.count; i++) {
		const uint8_t* rdata = rrset.rdata + i * one;
		assert_int_equal(rdata[1], one - 2);
		assert_int_equal(rdata[one - 2] << 8 | rdata[one - 1], i);
	}
	store_read_unlock(store);
}

static void
test_served(void** state)
{
	struct fixture* f = *state;
	size_t i;
	for(i = 0; i < COUNT(served_cases); i++) {
		const struct served_case* row = &served_cases[i];
		commit_many(f->store, row->path, row->type, 0, row->records);
		expect_served(f->store, row->type, row->served);
	}
}

/** What is over the cap is not forgotten: it is served when others go. */
static void
test_served_moves_up(void** state)
{
	struct fixture* f = *state;
	unsigned i;
	char path[32], value[32];
	for(i = 0; i < 4100; i++) {
		snprintf(path, sizeof(path), "com/foo/A/%u", i);
		snprintf(value, sizeof(value), "10.0.%u.%u", i / 256,
			i % 256);
		note(f->store, path, value);
	}
	assert_true(store_commit(f->store));
	expect_served(f->store, TYPE_A, 4000);
	assert_int_equal(store_stats(f->store).keys, 4100);
	for(i = 4050; i < 4100; i++) {
		snprintf(path, sizeof(path), "com/foo/A/%u", i);
		note(f->store, path, NULL);
	}
	note(f->store, "com/foo/A/0", NULL);
	note(f->store, "com/foo/A/z", "10.0.0.0");
	assert_true(store_commit(f->store));
	expect_served(f->store, TYPE_A, 4000);
	for(i = 3900; i < 4050; i++) {
		snprintf(path, sizeof(path), "com/foo/A/%u", i);
		note(f->store, path, NULL);
	}
	assert_true(store_commit(f->store));
	expect_served(f->store, TYPE_A, 3900);
}

/* --- counts -------------------------------------------------------------- */

static void
growth_path(char* path, size_t size, unsigned i)
{
	snprintf(path, size, "com/example/net%u/h%u/A", i % 500, i);
}

/** Fail unless names from..to-1 of the growth test have their record, and
 * those before and behind have none. */
static void
growth_check(struct store* store, unsigned from, unsigned to)
{
	char name[64], expected[64];
	unsigned i;
	for(i = 0; i < GROWTH; i += 7) {
		snprintf(name, sizeof(name), "h%u.net%u.example.com.", i,
			i % 500);
		snprintf(expected, sizeof(expected), "10.%u.%u.%u -+",
			i >> 16, i >> 8 & 255, i & 255);
		expect(store, name, TYPE_A, i >= from && i < to ? expected :
			"no name");
	}
}

/** Note that the names of the growth test have their record. */
static void
growth_put(struct store* store, bool commits)
{
	char path[64], value[32];
	unsigned i;
	for(i = 0; i < GROWTH; i++) {
		growth_path(path, sizeof(path), i);
		snprintf(value, sizeof(value), "10.%u.%u.%u", i >> 16,
			i >> 8 & 255, i & 255);
		note(store, path, value);
		if(commits && i % 1000 == 999)
			assert_true(store_commit(store));
	}
}

/** However many names one commit brings, each is added to a short chain. */
static void
test_growth_in_one_commit(void** state)
{
	struct fixture* f = *state;
	growth_put(f->store, false);
	assert_int_equal(table.buckets, BUCKETS_FIRST);
	assert_true(store_commit(f->store));
	assert_int_equal(table.added, 3 + 500 + GROWTH);
	assert_in_range(table.buckets, GROWTH, 4 * GROWTH);
	/* a name is added with those above it */
	assert_in_range(table.chain, 0, 1);
	assert_false(table.held);
	growth_check(f->store, 0, GROWTH);
}

static void
test_growth(void** state)
{
	struct fixture* f = *state;
	struct store_stats empty = store_stats(f->store), full;
	char path[64];
	unsigned i;
	growth_put(f->store, true);
	expect_counts(f->store, 3 + 500 + GROWTH, GROWTH);
	growth_check(f->store, 0, GROWTH);
	full = store_stats(f->store);
	assert_true(full.octets > empty.octets + GROWTH * (size_t)64);
	assert_true(full.octets < empty.octets + GROWTH * (size_t)100);
	for(i = 0; i < GROWTH; i++) {
		growth_path(path, sizeof(path), i);
		note(f->store, path, NULL);
		if(i % 1000 == 999)
			assert_true(store_commit(f->store));
		if(i == GROWTH / 2 - 1)
			growth_check(f->store, i + 1, GROWTH);
	}
	expect_counts(f->store, 0, 0);
	/* the hash table has shrunk, too */
	assert_int_equal(store_stats(f->store).octets, empty.octets);
	assert_int_equal(f->changed, 2 * GROWTH);
}

/** The counts follow each change, whatever it changes. */
static void
test_stats(void** state)
{
	struct fixture* f = *state;
	struct store_stats empty = store_stats(f->store), one, two;
	commit(f->store, "com/foo/A", "192.0.2.1");
	one = store_stats(f->store);
	assert_true(one.octets > empty.octets);
	commit(f->store, "com/foo/A/x", "192.0.2.2");
	two = store_stats(f->store);
	assert_true(two.octets > one.octets);
	expect_counts(f->store, 3, 2);
	/* of the same size */
	commit(f->store, "com/foo/A/x", "192.0.2.3");
	assert_int_equal(store_stats(f->store).octets, two.octets);
	commit(f->store, "com/foo/A/x", NULL);
	assert_int_equal(store_stats(f->store).octets, one.octets);
	note(f->store, "com/foo/A", NULL);
	assert_int_equal(store_stats(f->store).octets, one.octets);
	assert_true(store_commit(f->store));
	assert_int_equal(store_stats(f->store).octets, empty.octets);
	expect_counts(f->store, 0, 0);
}

/* --- a model ------------------------------------------------------------- */

/** names of the model, as segments of a path; some below others */
static const char* const model_paths[] = { "", "com", "com/a", "com/a/b",
	"com/a/b/c/d", "com/a/*", "com/x", "com/x/y", "org/z/z/z" };
/** the same as text */
static const char* const model_names[] = { ".", "com.", "a.com.", "b.a.com.",
	"d.c.b.a.com.", "*.a.com.", "x.com.", "y.x.com.", "z.z.z.org." };
/** names that are there because of others only */
static const char* const model_ents[] = { "c.b.a.com.", "org.", "z.org.",
	"z.z.org." };
/** ids of keys; the first is none */
static const char* const model_ids[] = { "", "/1", "/2", "/12", "/x" };

#define MODEL_NAMES COUNT(model_paths)
#define MODEL_IDS COUNT(model_ids)
/** keys of the model: each name has each id for both types */
#define MODEL_KEYS (MODEL_NAMES * 2 * MODEL_IDS)
/** different records that a key can have */
#define MODEL_RECORDS 6
/** name that is pinned */
#define MODEL_PINNED "x.com."

/** One key of the model. */
struct model_key {
	/** which of the records it gives, one bit each; 0 if it has no value */
	unsigned records;
	/** its TTL, or RECORD_TTL_NONE */
	uint32_t ttl;
	/** whether it was put since the mark */
	bool fresh;
};

/** What the store should have. */
struct model {
	/** what is visible */
	struct model_key now[MODEL_KEYS];
	/** what will be after the next commit */
	struct model_key next[MODEL_KEYS];
	/** for the random numbers */
	uint32_t random;
};

static size_t
key_name(size_t key)
{
	return key / (2 * MODEL_IDS);
}

static uint16_t
key_type(size_t key)
{
	return key / MODEL_IDS % 2 ? TYPE_AAAA : TYPE_A;
}

/** A random number below n: xorshift32. */
static unsigned
model_random(struct model* model, unsigned n)
{
	model->random ^= model->random << 13;
	model->random ^= model->random >> 17;
	model->random ^= model->random << 5;
	return model->random % n;
}

/** Write the key's path. */
static void
model_path(size_t key, char* path, size_t size)
{
	const char* name = model_paths[key_name(key)];
	snprintf(path, size, "%s%s%s%s", name, *name ? "/" : "",
		key_type(key) == TYPE_A ? "A" : "AAAA",
		model_ids[key % MODEL_IDS]);
}

/** Write the value that gives these records. */
static void
model_value(const struct model_key* key, uint16_t type, char* value)
{
	char* at = value;
	unsigned i;
	at += sprintf(at, "{");
	if(key->ttl != RECORD_TTL_NONE)
		at += sprintf(at, "\"ttl\":%u,", (unsigned)key->ttl);
	at += sprintf(at, "\"rdata\":[");
	/* not in canonical order */
	for(i = MODEL_RECORDS; i-- > 0;) {
		if(key->records & 1u << i)
			at += sprintf(at, type == TYPE_A ? "\"192.0.2.%u\"," :
				"\"2001:db8::%u\",", i);
	}
	strcpy(at - 1, "]}");
}

/** Whether the model has keys at a name or below it. */
static bool
model_has(const struct model* model, const char* name)
{
	size_t i, len = strlen(name);
	for(i = 0; i < MODEL_KEYS; i++) {
		const char* have = model_names[key_name(i)];
		size_t have_len = strlen(have);
		if(!model->now[i].records || have_len < len)
			continue;
		if(strcmp(name, ".") == 0)
			return true;
		if(strcmp(have + have_len - len, name) == 0 &&
			(have_len == len || have[have_len - len - 1] == '.'))
			return true;
	}
	len = strlen(MODEL_PINNED);
	return strcmp(name, ".") == 0 || strcmp(name, "com.") == 0 ||
		strcmp(name, MODEL_PINNED) == 0;
}

/** What readers should see of a name's RRset, as show_name writes it. */
static const char*
model_show(const struct model* model, size_t name, uint16_t type, char* out)
{
	unsigned records = 0, any = 0, i;
	uint32_t ttl = RECORD_TTL_NONE;
	bool open = false;
	char* at = out;
	size_t k;
	for(k = name * 2 * MODEL_IDS; k < (name + 1) * 2 * MODEL_IDS; k++) {
		const struct model_key* key = &model->now[k];
		any |= key->records;
		if(key_type(k) != type || !key->records)
			continue;
		records |= key->records;
		open = open || key->ttl == RECORD_TTL_NONE;
		if(key->ttl < ttl)
			ttl = key->ttl;
	}
	if(!any)
		return model_has(model, model_names[name]) ? "ENT" : "no name";
	if(!records)
		return "none";
	for(i = 0; i < MODEL_RECORDS; i++) {
		if(records & 1u << i)
			at += sprintf(at, type == TYPE_A ? "192.0.2.%u " :
				i ? "2001:db8::%u " : "2001:db8:: ", i);
	}
	if(ttl == RECORD_TTL_NONE)
		sprintf(at, "-%s", open ? "+" : "");
	else	sprintf(at, "%u%s", (unsigned)ttl, open ? "+" : "");
	return out;
}

/** Fail unless the store is what the model is. */
static void
model_compare(const struct model* model, struct store* store, unsigned step)
{
	char is[SHOWN_MAX], should[SHOWN_MAX];
	size_t i, names = 0, keys = 0;
	for(i = 0; i < MODEL_NAMES * 2; i++) {
		uint16_t type = i % 2 ? TYPE_AAAA : TYPE_A;
		const char* a = show(store, model_names[i / 2], type, is);
		const char* b = model_show(model, i / 2, type, should);
		check(strcmp(a, b) == 0, "step %u: %s %u: \"%s\", not \"%s\"",
			step, model_names[i / 2], (unsigned)type, a, b);
	}
	for(i = 0; i < MODEL_NAMES; i++)
		names += model_has(model, model_names[i]);
	for(i = 0; i < COUNT(model_ents); i++) {
		bool has = model_has(model, model_ents[i]);
		const char* shown = show(store, model_ents[i], TYPE_A, is);
		names += has;
		check(strcmp(shown, has ? "ENT" : "no name") == 0,
			"step %u: %s: %s", step, model_ents[i], shown);
	}
	for(i = 0; i < MODEL_KEYS; i++)
		keys += model->now[i].records != 0;
	expect_counts(store, names, keys);
	assert_int_equal(store_pending(store), 0);
}

/** Change a random key, in the model and in the store. */
static void
model_change(struct model* model, struct store* store)
{
	/* some keys much more often than others */
	size_t k = model_random(model, 3) ? model_random(model, MODEL_KEYS) :
		model_random(model, 2 * MODEL_IDS);
	struct model_key* key = &model->next[k];
	char path[64], value[256];
	model_path(k, path, sizeof(path));
	key->fresh = true;
	/* now and then, only the TTL changes */
	if(model_random(model, 3))
		key->records = model_random(model, 5) < 2 ? 0 :
			model_random(model, 1u << MODEL_RECORDS);
	key->ttl = model_random(model, 3) ? model_random(model, 4) :
		RECORD_TTL_NONE;
	model_value(key, key_type(k), value);
	note(store, path, key->records ? value : NULL);
}

/** Put the same again: some of the keys, as a list would. */
static void
model_list(struct model* model, struct store* store)
{
	char path[64], value[256];
	size_t k;
	for(k = 0; k < MODEL_KEYS; k++) {
		struct model_key* key = &model->next[k];
		if(!key->records || model_random(model, 4) == 0)
			continue;
		key->fresh = true;
		model_path(k, path, sizeof(path));
		model_value(key, key_type(k), value);
		note(store, path, value);
	}
}

static void
model_commit(struct model* model, struct store* store)
{
	memcpy(model->now, model->next, sizeof(model->now));
	assert_true(store_commit(store));
}

static void
model_mark(struct model* model, struct store* store)
{
	size_t k;
	for(k = 0; k < MODEL_KEYS; k++)
		model->now[k].fresh = model->next[k].fresh = false;
	store_mark(store);
}

static void
model_sweep(struct model* model, struct store* store)
{
	size_t k, removed = 0;
	for(k = 0; k < MODEL_KEYS; k++) {
		if(model->now[k].records && !model->now[k].fresh) {
			model->now[k].records = 0;
			removed++;
		}
	}
	memcpy(model->next, model->now, sizeof(model->next));
	assert_int_equal(sweep(store), removed);
}

/** A choice among the keys of the model. */
struct model_choice {
	/** the model */
	struct model* model;
	/** whether each key is to go */
	bool chosen[MODEL_KEYS];
};

static bool
model_chosen(void* arg, const struct contribution* key)
{
	const struct model_choice* choice = arg;
	size_t k;
	for(k = 0; k < MODEL_KEYS; k++) {
		char path[64];
		struct contribution other;
		model_path(k, path, sizeof(path));
		parse_key(&other, path);
		if(other.type != key->type ||
			other.owner.len != key->owner.len ||
			other.source_len != key->source_len)
			continue;
		if(memcmp(other.owner.wire, key->owner.wire,
			key->owner.len) == 0 && memcmp(other.source,
			key->source, key->source_len) == 0)
			break;
	}
	assert_true(k < MODEL_KEYS);
	assert_true(choice->model->now[k].records != 0);
	return choice->chosen[k];
}

/** Remove random keys of those that are visible. */
static void
model_remove_chosen(struct model* model, struct store* store)
{
	struct model_choice choice = { .model = model };
	unsigned one_of = 1 + model_random(model, 4);
	size_t k;
	for(k = 0; k < MODEL_KEYS; k++) {
		choice.chosen[k] = model_random(model, one_of) == 0;
		if(choice.chosen[k] && model->now[k].records)
			model->next[k].records = 0;
	}
	remove_chosen(store, NULL, model_chosen, &choice);
}

/** One step: mostly some changes; sometimes a list, or a part of one. */
static void
model_step(struct model* model, struct store* store)
{
	unsigned changes = 1 + model_random(model, 4);
	switch(model_random(model, 20)) {
	case 0:
		model_mark(model, store);
		break;
	case 1:
		model_sweep(model, store);
		break;
	case 2:
		model_mark(model, store);
		model_list(model, store);
		model_commit(model, store);
		model_sweep(model, store);
		break;
	case 3:
		model_change(model, store);
		if(changes % 2)
			model_remove_chosen(model, store);
		store_rollback(store);
		memcpy(model->next, model->now, sizeof(model->next));
		break;
	case 4:
		/* among other changes, before it and behind it */
		model_change(model, store);
		model_remove_chosen(model, store);
		while(changes-- > 1)
			model_change(model, store);
		model_commit(model, store);
		break;
	default:
		while(changes-- > 0)
			model_change(model, store);
		model_commit(model, store);
	}
}

/** The seed: from the environment, to repeat a failure, or a new one. */
static uint32_t
model_seed(void)
{
	const char* given = getenv("HELIX_TEST_SEED");
	uint32_t seed = given ? (uint32_t)strtoul(given, NULL, 0) :
		(uint32_t)time(NULL) * 2654435761u + (uint32_t)getpid();
	print_message("HELIX_TEST_SEED=%u\n", (unsigned)seed);
	return seed ? seed : 1;
}

static void
test_model(void** state)
{
	struct fixture* f = *state;
	struct model* model = calloc(1, sizeof(*model));
	struct store_stats pinned;
	unsigned step;
	assert_non_null(model);
	model->random = model_seed();
	pin(f->store, MODEL_PINNED);
	pinned = store_stats(f->store);
	for(step = 0; step < MODEL_STEPS; step++) {
		model_step(model, f->store);
		model_compare(model, f->store, step);
	}
	model_mark(model, f->store);
	model_sweep(model, f->store);
	model_compare(model, f->store, step);
	assert_int_equal(store_stats(f->store).octets, pinned.octets);
	free(model);
}

/** Keys of one name, at random, and which of them contradict each other. */
struct feud {
	/** the store */
	struct store* store;
	/** for the random numbers */
	struct model model;
	/** what each key gives, from 1 on; 0 if it has no value */
	unsigned value[FEUD_KEYS];
	/** whether it was put since the mark */
	bool fresh[FEUD_KEYS];
	/** what was told, as feud_left_out says it */
	uint32_t told;
};

static const uint16_t feud_types[] = { TYPE_A, TYPE_CNAME, TYPE_TXT,
	TYPE_DNAME };
static const char* const feud_names[] = { "A", "CNAME", "TXT", "DNAME" };
static const char* const feud_ids[] = { "", "/a", "/b", "/c" };

/** The first key of a type that has a value; FEUD_KEYS if there is none. */
static size_t
feud_first(const struct feud* feud, uint16_t type)
{
	size_t k;
	for(k = 0; k < FEUD_KEYS; k++) {
		if(feud_types[k / 4] == type && feud->value[k])
			return k;
	}
	return FEUD_KEYS;
}

/** Which keys are left out: one bit each, for another one of its type; and
 * FEUD_HIDDEN if the CNAME is left out for other data. */
static uint32_t
feud_left_out(const struct feud* feud)
{
	bool cname = feud_first(feud, TYPE_CNAME) < FEUD_KEYS;
	uint32_t bits = 0;
	size_t k;
	for(k = 0; k < FEUD_KEYS; k++) {
		uint16_t type = feud_types[k / 4];
		if(!feud->value[k])
			continue;
		if(cname && type != TYPE_CNAME)
			bits |= FEUD_HIDDEN;
		if(type_is_single(type) && feud->value[k] !=
			feud->value[feud_first(feud, type)])
			bits |= 1u << k;
	}
	return bits;
}

/** The number of a key. */
static size_t
feud_key(const struct contribution* key)
{
	size_t k = 0;
	while(feud_types[k / 4] != key->type)
		k += 4;
	if(key->source_len > 0)
		k += (size_t)(*key->source - 'a') + 1;
	return k;
}

static void
feud_on_left_out(void* arg, const struct contribution* key,
	const struct contribution* stands)
{
	struct feud* feud = arg;
	uint32_t bit = key->type == stands->type ? 1u << feud_key(key) :
		FEUD_HIDDEN;
	assert_int_equal(feud_key(stands), feud_first(feud, stands->type));
	assert_int_equal(feud->told & bit, 0);
	feud->told |= bit;
}

/** Give a key a value, or take it away, in the model and in the store. */
static void
feud_note(struct feud* feud, size_t k, unsigned value)
{
	char path[32], text[16];
	snprintf(path, sizeof(path), "com/foo/%s%s", feud_names[k / 4],
		feud_ids[k % 4]);
	snprintf(text, sizeof(text), "192.0.2.%u", value);
	note_typed(feud->store, path, value ? text : NULL);
	feud->value[k] = value;
	feud->fresh[k] = true;
}

/** A part of the keys in any order, in some commits, as a list has them. */
static void
feud_list(struct feud* feud)
{
	unsigned i, start = model_random(&feud->model, FEUD_KEYS);
	memset(feud->fresh, 0, sizeof(feud->fresh));
	store_mark(feud->store);
	for(i = 0; i < FEUD_KEYS; i++) {
		size_t k = (start + i * 5) % FEUD_KEYS;
		unsigned what = model_random(&feud->model, 6);
		if(what == 0)
			feud_note(feud, k, model_random(&feud->model, 3) + 1);
		else if(feud->value[k] && what > 1)
			feud_note(feud, k, feud->value[k]);
		if(what % 2)
			assert_true(store_commit(feud->store));
	}
	assert_true(store_commit(feud->store));
	assert_int_equal(feud->told, 0);
}

/** Fail unless readers see what they should of a type of one record. */
static void
feud_expect(struct feud* feud, uint16_t type, bool hidden)
{
	size_t first = feud_first(feud, type), k, any = 0;
	char text[32] = "none";
	for(k = 0; k < FEUD_KEYS; k++)
		any += feud->value[k] != 0;
	if(any == 0)
		strcpy(text, "no name");
	else if(first < FEUD_KEYS && !hidden)
		snprintf(text, sizeof(text), "192.0.2.%u -+",
			feud->value[first]);
	expect(feud->store, "foo.com.", type, text);
}

/** One step: some changes, or a list, perhaps after one that broke off. */
static void
feud_step(struct feud* feud)
{
	uint32_t before = feud_left_out(feud), now;
	unsigned left = 1 + model_random(&feud->model, 3);
	size_t k;
	feud->told = 0;
	if(model_random(&feud->model, 4) > 0) {
		while(left-- > 0)
			feud_note(feud, model_random(&feud->model, FEUD_KEYS),
				model_random(&feud->model, 3));
		assert_true(store_commit(feud->store));
		now = feud_left_out(feud);
		check(feud->told == (now & ~before), "told %x, before %x, "
			"now %x", feud->told, before, now);
	} else {
		while(left-- > 0)
			feud_list(feud);
		for(k = 0; k < FEUD_KEYS; k++) {
			if(!feud->fresh[k])
				feud->value[k] = 0;
		}
		(void)sweep(feud->store);
		now = feud_left_out(feud);
		/* all that is new; of what is not, some may be told again */
		check((feud->told & now) == feud->told && (now & ~before &
			~feud->told) == 0, "told %x, before %x, now %x",
			feud->told, before, now);
	}
	feud_expect(feud, TYPE_CNAME, now & FEUD_HIDDEN);
	feud_expect(feud, TYPE_DNAME, false);
}

static void
test_contradictions_at_random(void** state)
{
	struct feud feud = { .told = 0 };
	struct store_listener listener = { &feud, NULL, NULL,
		feud_on_left_out };
	unsigned step;
	(void)state;
	feud.model.random = model_seed();
	feud.store = store_create(&listener);
	assert_non_null(feud.store);
	for(step = 0; step < MODEL_STEPS; step++)
		feud_step(&feud);
	store_delete(feud.store);
}

/* --- many threads -------------------------------------------------------- */

/** names that change between two states */
#define RACE_NAMES 8
/** names that come and go around them */
#define RACE_OTHERS 3000

/** The two states: what readers may see of A, and with that of AAAA. */
static const char* const race_states[2][2] = {
	{ "192.0.2.1 192.0.2.2 60", "2001:db8::1 60" },
	{ "198.51.100.1 198.51.100.2 198.51.100.3 30", "2001:db8::2 30" } };

/** A test of concurrency. */
struct race {
	/** the store */
	struct store* store;
	/** all threads start together */
	pthread_barrier_t start;
	/** whether the writer is through */
	_Atomic bool done;
	/** what readers saw that they should not have: a missing name, ... */
	_Atomic size_t missing;
	/** ... an RRset that is in neither state, ... */
	_Atomic size_t torn;
	/** ... RRsets of one name of different states */
	_Atomic size_t mixed;
	/** how often readers looked */
	_Atomic size_t looked;
};

/** Note the keys of a name for a state, in an order that changes. */
static void
race_note(struct store* store, unsigned name, unsigned to, unsigned order)
{
	static const char* const values[2][4] = {
		{ "{\"ttl\":60,\"rdata\":\"192.0.2.1\"}",
		"{\"ttl\":60,\"rdata\":\"192.0.2.2\"}", NULL,
		"{\"ttl\":60,\"rdata\":\"2001:db8::1\"}" },
		{ "{\"ttl\":30,\"rdata\":\"198.51.100.1\"}",
		"{\"ttl\":30,\"rdata\":\"198.51.100.2\"}",
		"{\"ttl\":40,\"rdata\":\"198.51.100.3\"}",
		"{\"ttl\":30,\"rdata\":\"2001:db8::2\"}" } };
	static const char* const keys[4] = { "A/1", "A/2", "A/3", "AAAA" };
	char path[32];
	unsigned i;
	for(i = 0; i < 4; i++) {
		unsigned n = (i + order) % 4;
		snprintf(path, sizeof(path), "com/x/n%u/%s", name, keys[n]);
		note(store, path, values[to][n]);
	}
}

/** Which state an RRset is of; -1 if of none. */
static int
race_state(const struct store_name* name, unsigned rrset)
{
	char out[SHOWN_MAX];
	const char* shown = show_name(name, rrset ? TYPE_AAAA : TYPE_A, out);
	if(strcmp(shown, race_states[0][rrset]) == 0)
		return 0;
	return strcmp(shown, race_states[1][rrset]) == 0 ? 1 : -1;
}

/** Look at a name once. */
static void
race_look(struct race* race, const struct name_walk* walk)
{
	const struct store_name* name;
	store_read_lock(race->store);
	/* the name and those above it, which always have names below them */
	if(!store_find(race->store, walk, 0) ||
		!store_find(race->store, walk, 1) ||
		!store_find(race->store, walk, 2))
		race->missing++;
	name = store_find(race->store, walk, 3);
	if(!name) {
		race->missing++;
	} else {
		int a = race_state(name, 0), aaaa = race_state(name, 1);
		if(a < 0 || aaaa < 0)
			race->torn++;
		else if(a != aaaa)
			race->mixed++;
		/* what was found does not change under one's eyes */
		if(race_state(name, 0) != a)
			race->mixed++;
	}
	store_read_unlock(race->store);
	race->looked++;
}

/* cmocka's assertions are for the test's own thread; this one counts */
static void*
race_read(void* arg)
{
	struct race* race = arg;
	struct name_walk walk[RACE_NAMES];
	unsigned i;
	for(i = 0; i < RACE_NAMES; i++) {
		uint8_t wire[] = "\2n0\1x\3com";
		wire[2] = (uint8_t)('0' + i);
		(void)name_walk_init(&walk[i], wire, sizeof(wire),
			store_seed(race->store));
	}
	pthread_barrier_wait(&race->start);
	do {
		for(i = 0; i < RACE_NAMES; i++)
			race_look(race, &walk[i]);
	} while(!race->done);
	return NULL;
}

/** Whether a key is of the names that come and go. */
static bool
race_other(void* arg, const struct contribution* key)
{
	(void)arg;
	return key->owner.wire[1] == 'y';
}

/** Put or remove the names that come and go, so that the table is resized.
 * They go one by one, or all that there are at once. */
static void
race_others(struct store* store, bool come, bool at_once)
{
	char path[32];
	unsigned i;
	if(!come && at_once)
		remove_chosen(store, NULL, race_other, NULL);
	for(i = 0; i < RACE_OTHERS && (come || !at_once); i++) {
		snprintf(path, sizeof(path), "com/x/y%u/A", i);
		note(store, path, come ? "192.0.2.9" : NULL);
	}
	assert_true(store_commit(store));
}

/** Change the names to and fro. */
static void
race_write(struct race* race)
{
	const unsigned turn = RACE_COMMITS / 8;
	unsigned i, name;
	for(i = 1; i <= RACE_COMMITS; i++) {
		race_note(race->store, i % RACE_NAMES, i / RACE_NAMES % 2, i);
		assert_true(store_commit(race->store));
		if(i % turn == 0)
			race_others(race->store, i / turn % 2,
				i / turn / 2 % 2);
		if(i % (RACE_COMMITS / 4) == 0) {
			/* a list that has the names, and not the others */
			store_mark(race->store);
			for(name = 0; name < RACE_NAMES; name++)
				race_note(race->store, name, i / 3 % 2, 0);
			assert_true(store_commit(race->store));
			assert_true(store_sweep(race->store, NULL));
		}
	}
}

static void
test_threads(void** state)
{
	struct fixture* f = *state;
	struct race race = { .store = f->store };
	pthread_t thread[RACE_READERS];
	unsigned i;
	for(i = 0; i < RACE_NAMES; i++)
		race_note(f->store, i, 0, 0);
	assert_true(store_commit(f->store));
	assert_int_equal(pthread_barrier_init(&race.start, NULL,
		RACE_READERS + 1), 0);
	for(i = 0; i < RACE_READERS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, race_read,
			&race), 0);
	pthread_barrier_wait(&race.start);
	race_write(&race);
	race.done = true;
	for(i = 0; i < RACE_READERS; i++)
		pthread_join(thread[i], NULL);
	pthread_barrier_destroy(&race.start);
	assert_int_equal(race.missing, 0);
	assert_int_equal(race.torn, 0);
	assert_int_equal(race.mixed, 0);
	assert_true(race.looked >= (size_t)RACE_READERS * RACE_NAMES);
}

#define test(function) \
	cmocka_unit_test_setup_teardown(function, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_empty),
		test(test_no_listener),
		test(test_commit),
		test(test_rollback),
		test(test_put_copies),
		test(test_union),
		test(test_first_rrset),
		test(test_remove_one_of_many),
		test(test_empty_non_terminals),
		test(test_parent_with_records),
		test(test_branch_in_one_commit),
		test(test_deepest_name),
		test(test_pin),
		test(test_pin_existing),
		test(test_find),
		test(test_find_wildcard_too_long),
		test(test_sweep),
		test(test_sweep_unchanged),
		test(test_sweep_first_list),
		test(test_sweep_aborted_list),
		test(test_sweep_after_remove),
		test(test_sweep_all),
		test(test_sweep_many_times),
		test(test_walk),
		test(test_walk_of_nothing),
		test(test_walk_at),
		test(test_walk_among_others),
		test(test_walk_ends),
		test(test_listener_changed),
		test(test_listener_before),
		test(test_listener_before_sweep),
		test(test_types),
		test(test_name_types),
		test(test_listener_once_a_name),
		test(test_listener_crowded),
		test(test_listener_large),
		test(test_one_key_stands),
		test(test_cname_beside_other_data),
		test(test_first_rrset_is_not_hidden),
		test(test_singles_are_no_crowd),
		test(test_contradictions_of_lists),
		test(test_sweep_unchanged_contradictions),
		test(test_served),
		test(test_served_moves_up),
		test(test_stats),
		test(test_growth_in_one_commit),
		test(test_growth),
		test(test_model),
		test(test_contradictions_at_random),
		test(test_threads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
