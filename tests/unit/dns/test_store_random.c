/*
 * tests/unit/dns/test_store_random.c - does the store agree with a
 * model, and with many threads?
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include "stores.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <urcu/urcu-bp.h>

/** changes that the model test makes */
#define MODEL_STEPS 4000
/** keys of the model of conflicts: four types, four ids each */
#define FEUD_KEYS 16
/** a bit that is none of those keys */
#define FEUD_HIDDEN (1u << 31)
/** commits of the writer in the test of concurrency */
#define RACE_COMMITS 10000
/** threads that read meanwhile */
#define RACE_READERS 2

/* --- a model -------------------------------------------------------------- */

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

/** Number of records that readers should see of a name's RRset. */
static size_t
model_records(const struct model* model, size_t name, uint16_t type)
{
	unsigned records = 0;
	size_t k;
	for(k = name * 2 * MODEL_IDS; k < (name + 1) * 2 * MODEL_IDS; k++) {
		if(key_type(k) == type)
			records |= model->now[k].records;
	}
	return (size_t)__builtin_popcount(records);
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
	size_t i, names = 0, keys = 0, records = 0;
	for(i = 0; i < MODEL_NAMES * 2; i++) {
		uint16_t type = i % 2 ? TYPE_AAAA : TYPE_A;
		const char* a = show(store, model_names[i / 2], type, is);
		const char* b = model_show(model, i / 2, type, should);
		check(strcmp(a, b) == 0, "step %u: %s %u: \"%s\", not \"%s\"",
			step, model_names[i / 2], (unsigned)type, a, b);
		records += model_records(model, i / 2, type);
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
	assert_int_equal(store_stats(store).records, records);
	assert_int_equal(store_stats(store).ignored, 0);
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
	/** what was told, as feud_ignored says it */
	uint32_t told;
	/** number of keys that are ignored, as was told last */
	size_t ignoring;
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

/** Which keys are ignored: one bit each, for another one of its type; and
 * FEUD_HIDDEN if the CNAME is ignored for other data. */
static uint32_t
feud_ignored(const struct feud* feud)
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
feud_on_conflict(void* arg, const struct contribution* key,
	const struct contribution* stands)
{
	struct feud* feud = arg;
	uint32_t bit = key->type == stands->type ? 1u << feud_key(key) :
		FEUD_HIDDEN;
	assert_int_equal(feud_key(stands), feud_first(feud, stands->type));
	assert_int_equal(feud->told & bit, 0);
	feud->told |= bit;
}

static void
feud_on_ignoring(void* arg, const struct name* owner, size_t ignored)
{
	struct feud* feud = arg;
	char text[NAME_TEXT_MAX];
	assert_string_equal(name_to_text(owner->wire, text), "foo.com.");
	/* not where none is and none was */
	assert_true(ignored > 0 || feud->ignoring > 0);
	feud->ignoring = ignored;
}

/** Which keys are not served: one bit each. */
static uint32_t
feud_not_served(const struct feud* feud)
{
	uint32_t bits = feud_ignored(feud);
	size_t k;
	for(k = 0; bits & FEUD_HIDDEN && k < FEUD_KEYS; k++) {
		if(feud_types[k / 4] == TYPE_CNAME && feud->value[k])
			bits |= 1u << k;
	}
	return bits & ~FEUD_HIDDEN;
}

/** What store_name_ignored says. */
struct feud_said {
	/** to whom */
	const struct feud* feud;
	/** the keys: one bit each */
	uint32_t bits;
	/** calls after which it is to end; 0: does not matter */
	unsigned left;
};

static bool
feud_on_said(void* arg, const struct contribution* ignored,
	const struct contribution* served)
{
	struct feud_said* said = arg;
	uint32_t bit = 1u << feud_key(ignored);
	assert_int_equal(said->bits & bit, 0);
	said->bits |= bit;
	assert_int_equal(feud_key(served), feud_first(said->feud,
		served->type));
	/* the one that it conflicts with is itself served */
	assert_int_equal(feud_not_served(said->feud) &
		1u << feud_key(served), 0);
	return said->left == 0 || --said->left > 0;
}

/** Fail unless the store says of each key that is ignored that it is, and counts
 * them. */
static void
feud_expect_ignored(const struct feud* feud)
{
	struct feud_said said = { .feud = feud }, one = { feud, 0, 1 };
	uint32_t expected = feud_not_served(feud);
	struct name_walk walk;
	const struct store_name* name;
	walk_text(feud->store, "foo.com.", &walk);
	store_read_lock(feud->store);
	name = store_find(feud->store, &walk, 2);
	if(name) {
		assert_true(store_name_ignored(name, feud_on_said, &said));
		/* it ends when told so */
		assert_int_equal(store_name_ignored(name, feud_on_said, &one),
			expected == 0);
		assert_int_equal(one.left, expected == 0);
	}
	store_read_unlock(feud->store);
	check(said.bits == expected, "ignored: %x, not %x", said.bits,
		expected);
	assert_int_equal(feud->ignoring, __builtin_popcount(expected));
	assert_int_equal(store_stats(feud->store).ignored, feud->ignoring);
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

/** Number of records that readers see: each value of A and TXT once, and one of
 * the others. */
static size_t
feud_records(const struct feud* feud, bool hidden)
{
	size_t k, at, records = 0;
	for(k = 0; k < FEUD_KEYS; k++) {
		uint16_t type = feud_types[k / 4];
		bool first = feud->value[k] != 0;
		for(at = k / 4 * 4; at < k; at++) {
			if(feud->value[at] == feud->value[k] ||
				(type_is_single(type) && feud->value[at]))
				first = false;
		}
		records += first && !(hidden && type == TYPE_CNAME);
	}
	return records;
}

/** One step: some changes, or a list, perhaps after one that broke off. */
static void
feud_step(struct feud* feud)
{
	uint32_t before = feud_ignored(feud), now;
	unsigned left = 1 + model_random(&feud->model, 3);
	size_t k;
	feud->told = 0;
	if(model_random(&feud->model, 4) > 0) {
		while(left-- > 0)
			feud_note(feud, model_random(&feud->model, FEUD_KEYS),
				model_random(&feud->model, 3));
		assert_true(store_commit(feud->store));
		now = feud_ignored(feud);
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
		now = feud_ignored(feud);
		/* all that is new; of what is not, some may be told again */
		check((feud->told & now) == feud->told && (now & ~before &
			~feud->told) == 0, "told %x, before %x, now %x",
			feud->told, before, now);
	}
	feud_expect_ignored(feud);
	feud_expect(feud, TYPE_CNAME, now & FEUD_HIDDEN);
	feud_expect(feud, TYPE_DNAME, false);
	assert_int_equal(store_stats(feud->store).records,
		feud_records(feud, now & FEUD_HIDDEN));
}

static void
test_conflicts_at_random(void** state)
{
	struct feud feud = { .told = 0 };
	struct store_listener listener = { &feud, NULL, NULL,
		feud_on_conflict, feud_on_ignoring };
	unsigned step;
	(void)state;
	feud.model.random = model_seed();
	feud.store = store_create(&listener);
	assert_non_null(feud.store);
	for(step = 0; step < MODEL_STEPS; step++)
		feud_step(&feud);
	store_delete(feud.store);
}

/* --- many threads --------------------------------------------------------- */

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_model),
		test(test_conflicts_at_random),
		test(test_threads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
