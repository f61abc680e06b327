/*
 * tools/helixctl/records_owner.c - the keys of one owner.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "records.h"
#include "dns/type.h"
#include <stdlib.h>
#include <string.h>

/* --- ranges -------------------------------------------------------------- */

/** Append a range; where it begins and ends is set later, as the text may move:
 * only lengths are set.
 * @param from, to: the octets behind the first `len` of the directory; 0: none,
 *	so that the range has all keys that begin so. */
static bool
range_add(struct records_ranges* ranges, const struct buffer* dir, size_t len,
	char from, char to)
{
	struct kv_range* range = &ranges->range[ranges->count];
	const size_t start = ranges->text.len;
	bool ok = buffer_append(&ranges->text, dir->data, len) &&
		(!from || buffer_append(&ranges->text, &from, 1));
	range->first_len = ranges->text.len - start;
	ok = ok && buffer_append(&ranges->text, dir->data, len) &&
		(!from || buffer_append(&ranges->text, &to, 1));
	range->end_len = ranges->text.len - start - range->first_len;
	if(!ok)
		return false;
	/* the octet after the last: there are none of 255 */
	if(!from)
		ranges->text.data[ranges->text.len - 1]++;
	ranges->count++;
	return true;
}

/** Set where each range begins and ends. */
static void
ranges_point(struct records_ranges* ranges)
{
	const char* at = (const char*)ranges->text.data;
	size_t i;
	for(i = 0; i < ranges->count; i++) {
		struct kv_range* range = &ranges->range[i];
		range->first = at;
		range->end = at + range->first_len;
		at = range->end + range->end_len;
	}
}

/** Octets of a directory's path with its '/'; SIZE_MAX if memory ran out. */
static size_t
dir_len(const struct name* name)
{
	struct buffer dir = { 0 };
	size_t len = SIZE_MAX;
	if(records_dir_write(&dir, name))
		len = name->len == 1 ? 0 : dir.len + 1;
	buffer_clear(&dir);
	return len;
}

bool
records_ranges_init(struct records_ranges* ranges, const struct name* owner,
	const struct name* top)
{
	struct buffer dir = { 0 };
	size_t i = top ? dir_len(top) : 0;
	bool ok, whole = false;
	ranges->count = 0;
	ranges->text = (struct buffer){ 0 };
	ok = i != SIZE_MAX && records_dir_write(&dir, owner) &&
		(owner->len == 1 || buffer_append(&dir, "/", 1));
	/* at each octet, keys that go on in upper case, or by an escape */
	for(; ok && !whole && i < dir.len; i++) {
		if(dir.data[i] == '/')
			continue;
		/* what is an escape here may be any octet elsewhere */
		whole = dir.data[i] == '\\' ||
			ranges->count == RECORDS_RANGES_MAX - 1;
		if(whole && i > 0)
			ok = range_add(ranges, &dir, i, 0, 0);
		else if(whole)
			ok = range_add(ranges, &dir, 0, 1, '\177');
		else	ok = range_add(ranges, &dir, i, 'A', ']');
	}
	/* types are in upper case */
	if(ok && !whole)
		ok = range_add(ranges, &dir, dir.len, 'A', ']');
	buffer_clear(&dir);
	if(ok)
		ranges_point(ranges);
	return ok;
}

const struct name*
records_top(struct kv* kv, const struct helix_config* config,
	const struct name* owner)
{
	const struct zone_settings* zone = records_zone(config, owner, 0);
	return zone && !kv_reads_all(kv) ? &zone->apex : NULL;
}

void
records_ranges_clear(struct records_ranges* ranges)
{
	buffer_clear(&ranges->text);
	ranges->count = 0;
}

/* --- keys ---------------------------------------------------------------- */

/** Copy octets, with a NUL behind them. */
static char*
copy_octets(const char* octets, size_t len)
{
	char* copy = malloc(len + 1);
	if(!copy)
		return NULL;
	memcpy(copy, octets, len);
	copy[len] = 0;
	return copy;
}

static void
item_clear(struct records_item* item)
{
	record_clear(&item->record);
	free((char*)(uintptr_t)item->key.key);
	free((char*)(uintptr_t)item->key.value);
}

/** Make room for another item. */
static bool
records_reserve(struct records* records)
{
	struct records_item* item;
	size_t size;
	if(records->count < records->size)
		return true;
	size = records->size == 0 ? 16 : 2 * records->size;
	item = reallocarray(records->item, size, sizeof(*item));
	if(!item)
		return false;
	records->item = item;
	records->size = size;
	return true;
}

bool
records_add(struct records* records, const struct helix_config* config,
	const struct kv_key* key)
{
	struct records_item* item;
	if(!records_reserve(records))
		return false;
	item = &records->item[records->count];
	memset(item, 0, sizeof(*item));
	item->key = *key;
	item->key.key = copy_octets(key->key, key->key_len);
	item->key.value = copy_octets(key->value, key->value_len);
	if(item->key.key && item->key.value) {
		item->key.path = item->key.key + (key->path - key->key);
		record_read(&item->record, config, item->key.path,
			key->path_len, item->key.value, key->value_len);
		if(item->record.state != RECORD_NO_MEMORY) {
			records->count++;
			return true;
		}
	}
	item_clear(item);
	return false;
}

void
records_clear(struct records* records)
{
	size_t i;
	for(i = 0; i < records->count; i++)
		item_clear(&records->item[i]);
	free(records->item);
	memset(records, 0, sizeof(*records));
}

/** What is being read. */
struct owner_reading {
	struct records* records;
	const struct helix_config* config;
	const struct name* owner;
};

/** Take a key, if it is the owner's. */
static bool
owner_see(void* arg, const struct kv_key* key)
{
	const struct owner_reading* reading = arg;
	struct record record;
	bool ours;
	record_read_key(&record, reading->config, key->path, key->path_len);
	ours = record.has_owner && name_is(reading->owner,
		record.contribution.owner.wire,
		record.contribution.owner.len);
	record_clear(&record);
	if(!ours || records_add(reading->records, reading->config, key))
		return true;
	ctl_error("out of memory");
	return false;
}

static int
item_compare(const void* a, const void* b)
{
	const struct kv_key* one = &((const struct records_item*)a)->key;
	const struct kv_key* other = &((const struct records_item*)b)->key;
	int order = memcmp(one->key, other->key, one->key_len <
		other->key_len ? one->key_len : other->key_len);
	return order != 0 ? order : (one->key_len > other->key_len) -
		(one->key_len < other->key_len);
}

bool
records_read_owner(struct records* records, struct kv* kv,
	const struct helix_config* config, const struct name* owner)
{
	struct owner_reading reading = { records, config, owner };
	struct records_ranges ranges;
	bool ok = records_ranges_init(&ranges, owner, records_top(kv, config,
		owner));
	if(!ok)
		ctl_error("out of memory");
	ok = ok && kv_read(kv, ranges.range, ranges.count, owner_see,
		&reading, &records->revision);
	records_ranges_clear(&ranges);
	if(records->count > 0)
		qsort(records->item, records->count, sizeof(*records->item),
			item_compare);
	return ok;
}

/* --- contradictions ------------------------------------------------------ */

const struct records_item*
records_contradiction(const struct records* records, uint16_t type,
	const char* path, size_t path_len, const struct record_set* set,
	struct reason* reason)
{
	char one[TYPE_TEXT_MAX], other[TYPE_TEXT_MAX];
	size_t i;
	type_to_text(type, one);
	for(i = 0; i < records->count; i++) {
		const struct records_item* item = &records->item[i];
		const struct record* record = &item->record;
		const uint16_t its = record->contribution.type;
		if(record->state != RECORD_SERVED ||
			(item->key.path_len == path_len &&
			memcmp(item->key.path, path, path_len) == 0))
			continue;
		type_to_text(its, other);
		if(its != type && (its == TYPE_CNAME || type == TYPE_CNAME)) {
			(void)reason_say(reason, "a CNAME cannot share its "
				"name with other data, and there is %s %s",
				its == TYPE_CNAME ? "a" : "data of type",
				other);
			return item;
		}
		if(its == type && type_is_single(type) &&
			!records_same(set, &record->set)) {
			(void)reason_say(reason, "a name has one %s, and there "
				"is another", one);
			return item;
		}
	}
	return NULL;
}
