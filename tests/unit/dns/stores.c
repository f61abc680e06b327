/*
 * tests/unit/dns/stores.c - a store, and what it tells.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include "stores.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <urcu/urcu-bp.h>
#include <urcu/rculfhash.h>

/** records of an RRset that are written as text */
#define SHOWN_RECORDS 60

/* --- the hash table ------------------------------------------------------- */

struct table_seen table;

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

/* --- helpers -------------------------------------------------------------- */

void
walk_text(const struct store* store, const char* text, struct name_walk* walk)
{
	struct name name;
	const char* why = name_from_text(&name, text, strlen(text));
	check(!why, "%s: %s", text, why);
	assert_true(name_walk_init(walk, name.wire, name.len,
		store_seed(store)));
}

static size_t
show_rdata(const uint8_t* rdata, size_t len, char* out, size_t size)
{
	char address[INET6_ADDRSTRLEN];
	assert_true(len == 4 || len == 16);
	assert_non_null(inet_ntop(len == 4 ? AF_INET : AF_INET6, rdata,
		address, sizeof(address)));
	return (size_t)snprintf(out, size, "%s ", address);
}

const char*
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
	for(i = 0; i < rrset.rdata.count; i++) {
		const uint8_t* rdata = rrset.rdata.octets + at;
		size_t len = (size_t)(rdata[0] << 8 | rdata[1]);
		if(i < SHOWN_RECORDS)
			used += show_rdata(rdata + 2, len, out + used,
				SHOWN_MAX - used);
		at += 2 + len;
	}
	assert_int_equal(at, rrset.rdata.len);
	if(rrset.ttl == RECORD_TTL_NONE)
		snprintf(out + used, SHOWN_MAX - used, "-%s",
			rrset.ttl_open ? "+" : "");
	else	snprintf(out + used, SHOWN_MAX - used, "%u%s",
			(unsigned)rrset.ttl, rrset.ttl_open ? "+" : "");
	return out;
}

const char*
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

void
expect(struct store* store, const char* text, uint16_t type,
	const char* expected)
{
	char out[SHOWN_MAX];
	const char* shown = show(store, text, type, out);
	check(strcmp(shown, expected) == 0, "%s: \"%s\", not \"%s\"", text,
		shown, expected);
}

void
parse_key(struct contribution* key, const char* path)
{
	const char* why = helix_key_read(key, path, strlen(path));
	check(!why, "%s: %s", path, why);
}

void
note(struct store* store, const char* path, const char* value)
{
	struct reason reason;
	struct contribution key;
	struct record_set set;
	parse_key(&key, path);
	if(!value) {
		assert_true(store_remove(store, &key));
		return;
	}
	check(helix_value_read(&set, key.type, value, strlen(value),
		&reason), "%s: %s", value, reason.text);
	assert_true(store_put(store, &key, &set));
	record_set_clear(&set);
}

void
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

void
remove_chosen(struct store* store, const struct name* owner,
	bool (*chosen)(void* arg, const struct contribution* contribution),
	void* arg)
{
	struct chosen_walk walk = { store, chosen, arg };
	assert_true(store_walk(store, owner, remove_if_chosen, &walk));
}

void
pin(struct store* store, const char* text)
{
	struct name name;
	assert_null(name_from_text(&name, text, strlen(text)));
	assert_true(store_pin(store, &name));
}

void
note_typed(struct store* store, const char* path, const char* value)
{
	static const struct { const char* name; uint16_t type; } types[] = {
		{ "/A", TYPE_A }, { "/CNAME", TYPE_CNAME },
		{ "/DNAME", TYPE_DNAME }, { "/TXT", TYPE_TXT } };
	struct reason reason;
	char copy[64];
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
		&reason));
	assert_true(store_put(store, &key, &set));
	record_set_clear(&set);
}

size_t
sweep(struct store* store)
{
	size_t removed = 12345;
	assert_true(store_sweep(store, &removed));
	return removed;
}

void
expect_counts(const struct store* store, size_t names, size_t keys)
{
	struct store_stats stats = store_stats(store);
	check(stats.names == names, "%zu names, not %zu", stats.names, names);
	check(stats.keys == keys, "%zu keys, not %zu", stats.keys, keys);
}

void
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
on_conflict(void* arg, const struct contribution* key,
	const struct contribution* stands)
{
	struct fixture* f = arg;
	char one[300], other[300];
	size_t used = strlen(f->conflicts);
	size_t one_len = helix_key_write(key, one, sizeof(one));
	size_t other_len = helix_key_write(stands, other, sizeof(other));
	snprintf(f->conflicts + used, sizeof(f->conflicts) - used,
		"%s%.*s<%.*s", used ? " " : "", (int)one_len, one,
		(int)other_len, other);
}

int
setup(void** state)
{
	struct fixture* f = calloc(1, sizeof(*f));
	struct store_listener listener = { f, on_changed, on_crowded,
		on_conflict, NULL };
	assert_non_null(f);
	f->store = store_create(&listener);
	assert_non_null(f->store);
	*state = f;
	memset(&table, 0, sizeof(table));
	table.buckets = BUCKETS_FIRST;
	return 0;
}

int
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
