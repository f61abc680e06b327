/*
 * tools/helixctl/zoneset.c - the records of one zone, in memory.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "zoneset.h"
#include "dns/type.h"
#include <stdlib.h>
#include <string.h>

/** What a record begins with, before its order key and its rdata. Packed, as
 * there may be millions. */
struct head {
	uint32_t ttl;
	uint32_t line;
	uint16_t column;
	uint16_t file;
	uint16_t key_len;
	uint16_t len;
	uint16_t type;
} __attribute__((packed));

/* --- order keys ---------------------------------------------------------- */

void
zoneset_key_make(struct zoneset_key* key, const struct name* name)
{
	const uint8_t* label[NAME_LABELS_MAX];
	const uint8_t* at;
	size_t count = 0, len = 0;
	for(at = name->wire; *at; at += *at + 1)
		label[count++] = at;
	while(count > 0) {
		const uint8_t* octets = label[--count];
		size_t i;
		for(i = 1; i <= octets[0]; i++) {
			if(octets[i] <= 1)
				key->octets[len++] = 1;
			key->octets[len++] = octets[i] <= 1 ? octets[i] + 1 :
				octets[i];
		}
		key->octets[len++] = 0;
	}
	key->len = len;
}

void
zoneset_key_name(const uint8_t* key, size_t len, struct name* name)
{
	/* built from its end */
	size_t start = NAME_WIRE_MAX - 1, at = 0;
	uint8_t wire[NAME_WIRE_MAX];
	wire[start] = 0;
	while(at < len) {
		uint8_t label[NAME_LABEL_MAX + 1];
		size_t n = 0;
		for(; key[at] != 0; at++) {
			if(key[at] == 1)
				label[++n] = key[++at] - 1;
			else	label[++n] = key[at];
		}
		at++;
		label[0] = (uint8_t)n;
		start -= n + 1;
		memcpy(wire + start, label, n + 1);
	}
	name->len = (uint8_t)(NAME_WIRE_MAX - start);
	memcpy(name->wire, wire + start, name->len);
}

int
zoneset_key_compare(const uint8_t* a, size_t alen, const uint8_t* b,
	size_t blen)
{
	int order = memcmp(a, b, alen < blen ? alen : blen);
	return order ? order : (alen > blen) - (alen < blen);
}

/** The place of a type among those of one owner. */
static unsigned
type_rank(uint16_t type)
{
	return type == TYPE_SOA ? 0 : type == TYPE_NS ? 1 : 2U + type;
}

int
zoneset_type_compare(uint16_t a, uint16_t b)
{
	return (type_rank(a) > type_rank(b)) - (type_rank(a) < type_rank(b));
}

/* --- records ------------------------------------------------------------- */

bool
zoneset_add(struct zoneset* set, const struct zoneset_record* record)
{
	struct head head = { record->ttl, record->line,
		record->column > UINT16_MAX ? UINT16_MAX :
		(uint16_t)record->column, (uint16_t)record->file,
		(uint16_t)record->key_len, (uint16_t)record->len,
		record->type };
	const size_t at = set->octets.len;
	if(!buffer_reserve(&set->octets, sizeof(head) + record->key_len +
		record->len) || !buffer_append(&set->index, &at, sizeof(at)))
		return false;
	return buffer_append(&set->octets, &head, sizeof(head)) &&
		buffer_append(&set->octets, record->key, record->key_len) &&
		buffer_append(&set->octets, record->rdata, record->len);
}

size_t
zoneset_count(const struct zoneset* set)
{
	return set->index.len / sizeof(size_t);
}

/** The record that begins at a place. */
static struct zoneset_record
record_at(const struct zoneset* set, size_t at)
{
	const uint8_t* octets = set->octets.data + at;
	struct head head;
	memcpy(&head, octets, sizeof(head));
	return (struct zoneset_record){ .key = octets + sizeof(head),
		.key_len = head.key_len, .type = head.type, .ttl = head.ttl,
		.rdata = octets + sizeof(head) + head.key_len,
		.len = head.len, .file = head.file, .line = head.line,
		.column = head.column };
}

struct zoneset_record
zoneset_get(const struct zoneset* set, size_t number)
{
	return record_at(set, ((const size_t*)(void*)set->index.data)[number]);
}

void
zoneset_filter(struct zoneset* set, zoneset_wants* wants, void* arg)
{
	size_t* index = (size_t*)(void*)set->index.data;
	size_t i, n = 0, count = zoneset_count(set);
	for(i = 0; i < count; i++) {
		struct zoneset_record record = record_at(set, index[i]);
		if(wants(arg, &record))
			index[n++] = index[i];
	}
	set->index.len = n * sizeof(*index);
	set->rrsets.len = 0;
}

/* --- order --------------------------------------------------------------- */

/** The order of owner and type. */
static int
rrset_compare(const struct zoneset_record* a, const struct zoneset_record* b)
{
	int order = zoneset_key_compare(a->key, a->key_len, b->key,
		b->key_len);
	return order ? order : zoneset_type_compare(a->type, b->type);
}

/** The order of records; of equal ones, that in which they were added. */
static int
index_compare(const void* a, const void* b, void* arg)
{
	const size_t at = *(const size_t*)a, bt = *(const size_t*)b;
	struct zoneset_record one = record_at(arg, at);
	struct zoneset_record two = record_at(arg, bt);
	int order = rrset_compare(&one, &two);
	if(order == 0)
		order = zoneset_key_compare(one.rdata, one.len, two.rdata,
			two.len);
	return order ? order : (at > bt) - (at < bt);
}

/** RRsets that are found. */
struct finding {
	struct zoneset* set;
	/** number of records so far */
	size_t count;
	/** where the record begins that gave the last RRset its TTL */
	size_t ttl_at;
};

/** Whether the TTL of a record counts, and not that of those before. */
static bool
ttl_counts(const struct finding* finding, const struct zoneset_rrset* rrset,
	uint32_t ttl, size_t at)
{
	return finding->set->last_ttl ? at > finding->ttl_at :
		ttl < rrset->ttl;
}

/** Add a record to the last RRset, if it belongs there. @return false if it
 * begins another one. @param twice: set to whether it is there already. */
static bool
rrset_join(struct finding* finding, const struct zoneset_record* record,
	size_t at, bool* twice)
{
	struct zoneset* set = finding->set;
	struct zoneset_record before;
	struct zoneset_rrset* last;
	*twice = false;
	if(finding->count == 0)
		return false;
	before = zoneset_get(set, finding->count - 1);
	if(rrset_compare(&before, record) != 0)
		return false;
	last = zoneset_rrset(set, zoneset_rrsets(set) - 1);
	*twice = zoneset_key_compare(before.rdata, before.len, record->rdata,
		record->len) == 0;
	last->count += !*twice;
	if(ttl_counts(finding, last, record->ttl, at)) {
		last->ttl = record->ttl;
		finding->ttl_at = at;
	}
	return true;
}

/** Begin an RRset. */
static bool
rrset_begin(struct finding* finding, const struct zoneset_record* record,
	size_t at)
{
	struct zoneset_rrset new = { .first = (uint32_t)finding->count,
		.count = 1, .ttl = record->ttl, .type = record->type };
	finding->ttl_at = at;
	return buffer_append(&finding->set->rrsets, &new, sizeof(new));
}

bool
zoneset_sort(struct zoneset* set)
{
	struct finding finding = { .set = set };
	size_t* index = (size_t*)(void*)set->index.data;
	size_t i, count = zoneset_count(set);
	set->rrsets.len = 0;
	if(count > 0)
		qsort_r(index, count, sizeof(*index), index_compare, set);
	for(i = 0; i < count; i++) {
		const size_t at = index[i];
		struct zoneset_record record = record_at(set, at);
		bool twice;
		if(!rrset_join(&finding, &record, at, &twice) &&
			!rrset_begin(&finding, &record, at))
			return false;
		if(!twice)
			index[finding.count++] = at;
	}
	set->index.len = finding.count * sizeof(*index);
	return true;
}

/* --- RRsets -------------------------------------------------------------- */

size_t
zoneset_rrsets(const struct zoneset* set)
{
	return set->rrsets.len / sizeof(struct zoneset_rrset);
}

struct zoneset_rrset*
zoneset_rrset(const struct zoneset* set, size_t number)
{
	return (struct zoneset_rrset*)(void*)set->rrsets.data + number;
}

struct zoneset_record
zoneset_rrset_first(const struct zoneset* set,
	const struct zoneset_rrset* rrset)
{
	return zoneset_get(set, rrset->first);
}

/** The number of the first RRset that is not before an owner and a rank of
 * types. @param type: -1: before all types. */
static size_t
lower_bound(const struct zoneset* set, const uint8_t* key, size_t key_len,
	int32_t type)
{
	size_t from = 0, to = zoneset_rrsets(set);
	while(from < to) {
		size_t middle = from + (to - from) / 2;
		struct zoneset_rrset* rrset = zoneset_rrset(set, middle);
		struct zoneset_record first = zoneset_rrset_first(set, rrset);
		int order = zoneset_key_compare(first.key, first.key_len, key,
			key_len);
		if(order == 0)
			order = type < 0 ? 1 : zoneset_type_compare(
				rrset->type, (uint16_t)type);
		if(order < 0)
			from = middle + 1;
		else	to = middle;
	}
	return from;
}

/** Whether an RRset has an owner. */
static bool
has_owner(const struct zoneset* set, size_t number, const uint8_t* key,
	size_t key_len)
{
	struct zoneset_record first;
	if(number >= zoneset_rrsets(set))
		return false;
	first = zoneset_rrset_first(set, zoneset_rrset(set, number));
	return zoneset_key_compare(first.key, first.key_len, key, key_len) ==
		0;
}

size_t
zoneset_find(const struct zoneset* set, const uint8_t* key, size_t key_len,
	uint16_t type, bool* found)
{
	size_t number = lower_bound(set, key, key_len, type);
	*found = has_owner(set, number, key, key_len) &&
		zoneset_rrset(set, number)->type == type;
	return number;
}

size_t
zoneset_find_owner(const struct zoneset* set, const uint8_t* key,
	size_t key_len, size_t* count)
{
	size_t first = lower_bound(set, key, key_len, -1);
	*count = 0;
	while(has_owner(set, first + *count, key, key_len))
		(*count)++;
	return first;
}

/** The order of two records of a list, each with its length before it. */
static int
rdata_compare(const void* a, const void* b)
{
	const uint8_t* one = *(const uint8_t* const*)a;
	const uint8_t* two = *(const uint8_t* const*)b;
	return zoneset_key_compare(one + 2, wire_read_u16(one), two + 2,
		wire_read_u16(two));
}

int
zoneset_rrset_is(const struct zoneset* set,
	const struct zoneset_rrset* rrset, const struct record_set* records)
{
	const uint8_t* few[16];
	const uint8_t** sorted = few;
	const uint8_t* at = records->rdata.data;
	size_t i, n = 0;
	bool same = true;
	if(records->count > sizeof(few) / sizeof(*few))
		sorted = calloc(records->count, sizeof(*sorted));
	if(!sorted)
		return -1;
	for(i = 0; i < records->count; i++, at += rdata_list_step(at))
		sorted[i] = at;
	qsort(sorted, records->count, sizeof(*sorted), rdata_compare);
	for(i = 0; same && i < records->count; i++) {
		struct zoneset_record record;
		if(i > 0 && rdata_compare(&sorted[i - 1], &sorted[i]) == 0)
			continue;
		same = n < rrset->count;
		if(!same)
			break;
		record = zoneset_get(set, rrset->first + n++);
		same = zoneset_key_compare(record.rdata, record.len,
			sorted[i] + 2, wire_read_u16(sorted[i])) == 0;
	}
	if(sorted != few)
		free(sorted);
	return same && n == rrset->count;
}

bool
zoneset_rrset_records(const struct zoneset* set,
	const struct zoneset_rrset* rrset, struct record_set* records)
{
	size_t i;
	records->ttl = rrset->ttl;
	for(i = 0; i < rrset->count; i++) {
		struct zoneset_record record = zoneset_get(set, rrset->first +
			i);
		if(!record_set_add(records, record.rdata, record.len))
			return false;
	}
	return true;
}

void
zoneset_clear(struct zoneset* set)
{
	buffer_clear(&set->octets);
	buffer_clear(&set->index);
	buffer_clear(&set->rrsets);
}
