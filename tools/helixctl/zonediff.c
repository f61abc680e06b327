/*
 * tools/helixctl/zonediff.c - how a zone file and etcd differ.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "zonediff.h"
#include "base/text.h"
#include "dns/type.h"
#include "output.h"
#include "records.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** most keys with an id that contradict of which the user is told one by one */
#define CONTRADICTING_TOLD 10

/** Keys of etcd that come in. */
struct comparing {
	struct zonediff* diff;
	const struct helix_config* config;
	const struct zonediff_options* options;
	/** the plain path of the owner and type that is looked at */
	struct buffer path;
	bool no_memory;
};

/* --- comparing ----------------------------------------------------------- */

/** Note a key that is removed or changed. */
static bool
old_add(struct zonediff* diff, const struct kv_key* key,
	const struct zoneset_key* owner, uint16_t type, bool removed)
{
	struct buffer* text = &diff->text;
	struct zonediff_old old = { .key_at = text->len,
		.path_at = text->len + owner->len,
		.value_at = text->len + owner->len + key->path_len,
		.path_len = (uint32_t)key->path_len,
		.value_len = (uint32_t)key->value_len,
		.revision = key->mod_revision,
		.key_len = (uint16_t)owner->len, .type = type,
		.removed = removed };
	*(removed ? &diff->removed : &diff->changed) += 1;
	return buffer_append(text, owner->octets, owner->len) &&
		buffer_append(text, key->path, key->path_len) &&
		buffer_append(text, key->value, key->value_len) &&
		buffer_append(&diff->olds, &old, sizeof(old));
}

/** Whether a key is the one that the file would have for its owner and type. */
static bool
is_plain(struct comparing* comparing, const struct kv_key* key,
	const struct record* record)
{
	struct buffer* path = &comparing->path;
	path->len = 0;
	if(!records_path_write(path, &record->contribution.owner,
		record->contribution.type, "", 0)) {
		comparing->no_memory = true;
		return false;
	}
	return path->len == key->path_len && memcmp(path->data, key->path,
		path->len) == 0;
}

/** Compare a key with its RRset in the file. */
static bool
rrset_compare(struct comparing* comparing, struct zoneset_rrset* rrset,
	const struct kv_key* key, const struct zoneset_key* owner)
{
	struct zonediff* diff = comparing->diff;
	struct record record;
	int same = 0;
	record_read(&record, comparing->config, key->path, key->path_len,
		key->value, key->value_len);
	if(record.state == RECORD_NO_MEMORY)
		same = -1;
	else if(record.state == RECORD_SERVED && key->lease == 0 &&
		records_ttl(&record) == rrset->ttl)
		same = zoneset_rrset_is(&diff->source->set, rrset,
			&record.set);
	record_clear(&record);
	rrset->revision = key->mod_revision;
	rrset->state = same == 1 ? ZONEDIFF_SAME : ZONEDIFF_CHANGED;
	if(same == 1)
		diff->same++;
	return same == 1 || (same == 0 && old_add(diff, key, owner,
		rrset->type, false));
}

/** Tell the user of a key with an id that stays, and contradicts the file. */
static void
contradiction_check(struct zonediff* diff, const struct kv_key* key,
	const struct zoneset_key* owner, uint16_t type)
{
	const struct zoneset* set = &diff->source->set;
	char shown[TEXT_SHOW_SIZE(200)];
	size_t count, first = zoneset_find_owner(set, owner->octets,
		owner->len, &count);
	bool cname = count == 1 && zoneset_rrset(set, first)->type ==
		TYPE_CNAME;
	if(count == 0 || (type == TYPE_CNAME) == cname)
		return;
	if(++diff->contradicting > CONTRADICTING_TOLD)
		return;
	ctl_warn("key %s stays, as it has an id, but contradicts the file: a "
		"name with a CNAME has no other data; --delete removes it",
		text_show(key->key, key->key_len, shown, sizeof(shown)));
}

/** Take a key of which an owner can be read, in this zone. */
static bool
key_take(struct comparing* comparing, const struct kv_key* key,
	const struct record* record, const struct zoneset_key* owner)
{
	struct zonediff* diff = comparing->diff;
	const struct zoneset* set = &diff->source->set;
	const uint16_t type = record->contribution.type;
	size_t number;
	bool found;
	if(record->id_len > 0 && !comparing->options->delete) {
		diff->kept++;
		contradiction_check(diff, key, owner, type);
		return true;
	}
	number = zoneset_find(set, owner->octets, owner->len, type, &found);
	if(found && is_plain(comparing, key, record))
		return rrset_compare(comparing, zoneset_rrset(set, number),
			key, owner);
	return !comparing->no_memory && old_add(diff, key, owner, type, true);
}

static bool
take_key(void* arg, const struct kv_key* key)
{
	struct comparing* comparing = arg;
	struct zonesource* source = comparing->diff->source;
	struct zoneset_key owner;
	struct record record;
	bool ok = true;
	uint16_t type;
	record_read_key(&record, comparing->config, key->path, key->path_len);
	type = record.contribution.type;
	if(record.has_owner) {
		zoneset_key_make(&owner, &record.contribution.owner);
		if(zoneset_key_is_below(owner.octets, owner.len, &source->key)
			&& !zonesource_is_below(source, owner.octets,
			owner.len, type) && !(owner.len == source->key.len &&
			(type == TYPE_DS || (!comparing->options->apex &&
			(type == TYPE_SOA || type == TYPE_NS)))))
			ok = key_take(comparing, key, &record, &owner);
	}
	record_clear(&record);
	comparing->no_memory |= !ok;
	return ok;
}

/** Leave out what the v2 API would not list. */
static bool
hidden_mark(struct zonediff* diff, const struct kv* kv)
{
	const struct zoneset* set = &diff->source->set;
	char shown[TEXT_SHOW_SIZE(200)];
	struct buffer path = { 0 };
	bool ok = true;
	size_t i;
	for(i = 0; ok && i < zoneset_rrsets(set); i++) {
		struct zoneset_rrset* rrset = zoneset_rrset(set, i);
		struct zoneset_record first = zoneset_rrset_first(set, rrset);
		struct name owner;
		path.len = 0;
		zoneset_key_name(first.key, first.key_len, &owner);
		ok = records_path_write(&path, &owner, rrset->type, "", 0);
		if(!ok || kv_is_listed(kv, (char*)path.data, path.len))
			continue;
		rrset->state = ZONEDIFF_HIDDEN;
		if(diff->hidden++ == 0)
			ctl_warn("key %s/%s is left out: etcd's v2 API does "
				"not list it, as its directory is not named "
				"by `hidden` in helix.yaml",
				kv_settings(kv)->prefix,
				text_show((char*)path.data, path.len, shown,
				sizeof(shown)));
	}
	if(diff->hidden > 1)
		ctl_warn("%lu keys are left out for this reason",
			diff->hidden);
	buffer_clear(&path);
	return ok;
}

/** The order of keys that differ: owner, type, path. */
static int
old_compare(const void* a, const void* b, void* arg)
{
	const struct zonediff_old *one = a, *two = b;
	const uint8_t* text = ((const struct zonediff*)arg)->text.data;
	int order = zoneset_key_compare(text + one->key_at, one->key_len,
		text + two->key_at, two->key_len);
	if(order == 0)
		order = zoneset_type_compare(one->type, two->type);
	return order ? order : zoneset_key_compare(text + one->path_at,
		one->path_len, text + two->path_at, two->path_len);
}

bool
zonediff_make(struct zonediff* diff, struct ctl* ctl, struct kv* kv,
	struct zonesource* source, const struct zonediff_options* options)
{
	struct comparing comparing = { .diff = diff,
		.config = ctl_config(ctl), .options = options };
	struct buffer dir = { 0 };
	bool ok;
	memset(diff, 0, sizeof(*diff));
	diff->ctl = ctl;
	diff->source = source;
	comparing.no_memory = !records_dir_write(&dir, &source->apex) ||
		!buffer_append_octet(&dir, 0) || (!kv_is_atomic(kv) &&
		!hidden_mark(diff, kv));
	ok = !comparing.no_memory && kv_list(kv, (char*)dir.data, take_key,
		&comparing, &diff->revision);
	buffer_clear(&dir);
	buffer_clear(&comparing.path);
	if(comparing.no_memory)
		ctl_error("out of memory");
	if(!ok)
		return false;
	if(diff->olds.len > 0)
		qsort_r(diff->olds.data, diff->olds.len /
			sizeof(struct zonediff_old), sizeof(struct
			zonediff_old), old_compare, diff);
	diff->added = zoneset_rrsets(&source->set) - diff->same -
		diff->changed - diff->hidden;
	if(diff->contradicting > CONTRADICTING_TOLD)
		ctl_warn("%lu more keys with an id contradict the file",
			diff->contradicting - CONTRADICTING_TOLD);
	return true;
}

unsigned long
zonediff_count(const struct zonediff* diff)
{
	return diff->added + diff->changed + diff->removed;
}

struct zonediff_old*
zonediff_old(const struct zonediff* diff, size_t number)
{
	size_t count = diff->olds.len / sizeof(struct zonediff_old);
	return number < count ? (struct zonediff_old*)(void*)diff->olds.data +
		number : NULL;
}

bool
zonediff_key_write(const struct zonediff* diff,
	const struct zoneset_rrset* rrset, struct buffer* path,
	struct buffer* value)
{
	const struct zoneset* set = &diff->source->set;
	struct zoneset_record first = zoneset_rrset_first(set, rrset);
	struct record_set records = { 0 };
	struct name owner;
	bool ok;
	zoneset_key_name(first.key, first.key_len, &owner);
	ok = records_path_write(path, &owner, rrset->type, "", 0) &&
		zoneset_rrset_records(set, rrset, &records) &&
		records_value_write(value, rrset->type, &records);
	record_set_clear(&records);
	return ok;
}

/* --- printing ------------------------------------------------------------ */

/** A difference that is printed. */
struct printing {
	const struct zonediff* diff;
	/** most lines, or 0 */
	unsigned long most;
	/** lines so far, also those that are only counted */
	unsigned long lines;
	/** the line that is made */
	struct buffer line;
	/** whether nothing was printed yet */
	bool first;
};

/** Print the line that was made. @param added: else it was removed. */
static void
line_print(struct printing* printing, bool added)
{
	const struct ctl* ctl = printing->diff->ctl;
	if(printing->most > 0 && ++printing->lines > printing->most)
		return;
	printf("%s%c%.*s%s\n", output_style(ctl, added ? OUTPUT_GOOD :
		OUTPUT_BAD), added ? '+' : '-', (int)printing->line.len,
		(char*)printing->line.data, output_style(ctl, OUTPUT_PLAIN));
}

/** Print a record. */
static bool
record_print(struct printing* printing, bool added, const struct name* owner,
	uint32_t ttl, uint16_t type, const uint8_t* rdata, size_t len)
{
	printing->line.len = 0;
	if(!records_line_write(&printing->line, owner, ttl, type, rdata, len))
		return false;
	line_print(printing, added);
	return true;
}

/** Whether an RRset of the file has a record with this TTL. */
static bool
rrset_has(const struct zoneset* set, const struct zoneset_rrset* rrset,
	uint32_t ttl, const uint8_t* rdata, size_t len)
{
	uint32_t from = 0, to = rrset->count;
	while(rrset->ttl == ttl && from < to) {
		uint32_t middle = from + (to - from) / 2;
		struct zoneset_record record = zoneset_get(set, rrset->first +
			middle);
		int order = zoneset_key_compare(record.rdata, record.len,
			rdata, len);
		if(order == 0)
			return true;
		if(order < 0)
			from = middle + 1;
		else	to = middle;
	}
	return false;
}

/** Print what a key had, but the records that the file has, too. @param rrset:
 * NULL: the key is removed. @param marks: for each of the RRset's records,
 * whether it was there. */
static bool
old_print(struct printing* printing, const struct zonediff_old* old,
	const struct zoneset_rrset* rrset)
{
	const struct zonediff* diff = printing->diff;
	const char* path = (const char*)diff->text.data + old->path_at;
	const uint8_t* at;
	struct record record;
	uint32_t i;
	bool ok = true;
	record_read(&record, ctl_config(diff->ctl), path, old->path_len,
		(const char*)diff->text.data + old->value_at, old->value_len);
	at = record.set.rdata.data;
	for(i = 0; ok && i < record.set.count; i++) {
		if(!rrset || !rrset_has(&diff->source->set, rrset,
			records_ttl(&record), at + 2, wire_read_u16(at)))
			ok = record_print(printing, false,
				&record.contribution.owner,
				records_ttl(&record), old->type, at + 2,
				wire_read_u16(at));
		at += rdata_list_step(at);
	}
	if(ok && record.state != RECORD_SERVED) {
		printing->line.len = 0;
		ok = record.state != RECORD_NO_MEMORY && buffer_append(
			&printing->line, "; bad key ", 10) &&
			output_text_append(&printing->line, path,
			old->path_len);
		if(ok)
			line_print(printing, false);
	}
	record_clear(&record);
	return ok;
}

/** Print the records of an RRset that the old key does not have. */
static bool
new_print(struct printing* printing, const struct zoneset_rrset* rrset,
	const struct zonediff_old* old)
{
	const struct zonediff* diff = printing->diff;
	const struct zoneset* set = &diff->source->set;
	struct zoneset_record first = zoneset_rrset_first(set, rrset);
	struct zoneset had = { 0 };
	struct zoneset_rrset* had_rrset = NULL;
	struct record record = { 0 };
	struct name owner;
	uint32_t i;
	bool ok = true;
	zoneset_key_name(first.key, first.key_len, &owner);
	if(old) {
		const uint8_t* at;
		record_read(&record, ctl_config(diff->ctl),
			(const char*)diff->text.data + old->path_at,
			old->path_len, (const char*)diff->text.data +
			old->value_at, old->value_len);
		at = record.set.rdata.data;
		for(i = 0; ok && i < record.set.count; i++) {
			ok = zoneset_add(&had, &(struct zoneset_record){
				.key = first.key, .key_len = first.key_len,
				.type = rrset->type,
				.ttl = records_ttl(&record), .rdata = at + 2,
				.len = wire_read_u16(at) });
			at += rdata_list_step(at);
		}
		ok = ok && zoneset_sort(&had);
		if(ok && zoneset_rrsets(&had) > 0)
			had_rrset = zoneset_rrset(&had, 0);
	}
	for(i = 0; ok && i < rrset->count; i++) {
		struct zoneset_record one = zoneset_get(set, rrset->first + i);
		if(!had_rrset || !rrset_has(&had, had_rrset, rrset->ttl,
			one.rdata, one.len))
			ok = record_print(printing, true, &owner, rrset->ttl,
				rrset->type, one.rdata, one.len);
	}
	record_clear(&record);
	zoneset_clear(&had);
	return ok;
}

/** Print an RRset or a key. One of them may be NULL. */
typedef bool print_one(struct printing* printing,
	const struct zoneset_rrset* rrset, const struct zonediff_old* old);

static bool
print_lines(struct printing* printing, const struct zoneset_rrset* rrset,
	const struct zonediff_old* old)
{
	return (!old || old_print(printing, old, rrset)) && (!rrset ||
		new_print(printing, rrset, old));
}

static bool
print_json(struct printing* printing, const struct zoneset_rrset* rrset,
	const struct zonediff_old* old)
{
	const struct zonediff* diff = printing->diff;
	const char* prefix = ctl_config(diff->ctl)->etcd.prefix;
	struct buffer path = { 0 }, value = { 0 };
	bool ok = buffer_append(&path, prefix, strlen(prefix)) &&
		buffer_append(&path, "/", 1);
	if(rrset)
		ok = ok && zonediff_key_write(diff, rrset, &path, &value);
	else	ok = ok && buffer_append(&path, diff->text.data + old->path_at,
			old->path_len);
	if(ok) {
		printf("%s\n{\"key\":", printing->first ? "" : ",");
		output_json((char*)path.data, path.len);
		printf(",\"old\":");
		if(old)
			output_json((char*)diff->text.data + old->value_at,
				old->value_len);
		else	printf("null");
		printf(",\"new\":");
		if(rrset)
			output_json((char*)value.data, value.len);
		else	printf("null");
		printf("}");
		printing->first = false;
	}
	buffer_clear(&path);
	buffer_clear(&value);
	return ok;
}

/** Go through all that differs, in order: RRsets of the file that are added or
 * changed, and keys that are changed or removed. */
static bool
print_all(struct printing* printing, print_one* print)
{
	const struct zonediff* diff = printing->diff;
	const struct zoneset* set = &diff->source->set;
	size_t i = 0, n = 0, count = zoneset_rrsets(set);
	for(;;) {
		const struct zonediff_old* old = zonediff_old(diff, n);
		const struct zoneset_rrset* rrset;
		int order = 0;
		while(i < count && !zonediff_is_put(zoneset_rrset(set, i)))
			i++;
		rrset = i < count ? zoneset_rrset(set, i) : NULL;
		if(!rrset && !old)
			return true;
		if(rrset && old) {
			struct zoneset_record first = zoneset_rrset_first(set,
				rrset);
			order = zoneset_key_compare(first.key, first.key_len,
				diff->text.data + old->key_at, old->key_len);
			if(order == 0)
				order = zoneset_type_compare(rrset->type,
					old->type);
			/* removed keys of this type first, but the one that
			 * is changed together with its RRset */
			if(order == 0 && old->removed)
				order = 1;
		}
		if(!old || order < 0)
			old = NULL;
		else if(!rrset || order > 0)
			rrset = NULL;
		if(!print(printing, rrset, old) || output_failed())
			return false;
		i += rrset != NULL;
		n += old != NULL;
	}
}

bool
zonediff_print(const struct zonediff* diff, unsigned long most)
{
	struct printing printing = { .diff = diff, .most = most };
	bool ok = print_all(&printing, print_lines);
	if(ok && most > 0 && printing.lines > most)
		printf("... and %lu more lines, which `helixctl diff` shows\n",
			printing.lines - most);
	buffer_clear(&printing.line);
	return ok;
}

bool
zonediff_print_json(const struct zonediff* diff)
{
	struct printing printing = { .diff = diff, .first = true };
	bool ok;
	printf("[");
	ok = print_all(&printing, print_json);
	printf("\n]\n");
	return ok;
}

void
zonediff_clear(struct zonediff* diff)
{
	buffer_clear(&diff->olds);
	buffer_clear(&diff->text);
}
