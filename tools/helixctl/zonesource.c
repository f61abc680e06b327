/*
 * tools/helixctl/zonesource.c - a zone that a zone file describes.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "zonesource.h"
#include "base/text.h"
#include "dns/type.h"
#include "format/helix.h"
#include "records.h"
#include "zonefile.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** What is read. */
struct reading {
	struct zonesource* source;
	struct ctl* ctl;
	/** names of the files that were read, char* */
	struct buffer files;
	/** errors that the user was told */
	unsigned errors;
	bool no_memory;
	/** whether a name lacks an origin */
	bool no_origin;
	/** whether SOA and NS at the apex are wanted */
	bool apex;
	/** whether the user was told of TTLs that differ */
	bool ttl_told;
};

/* --- errors -------------------------------------------------------------- */

/** Tell the user that memory ran out. @return false. */
static bool
no_memory(void)
{
	ctl_error("out of memory");
	return false;
}

static void
tell_error(void* arg, const struct zonefile_place* place, const char* text)
{
	struct reading* reading = arg;
	char shown[TEXT_SHOW_SIZE(200)];
	text_show(place->file, strlen(place->file), shown, sizeof(shown));
	reading->errors++;
	reading->no_origin |= strstr(text, "there is no origin") != NULL;
	if(place->line > 0)
		ctl_error("%s:%lu:%lu: %s", shown, place->line, place->column,
			text);
	else	ctl_error("%s: %s", shown, text);
}

/** The name of a file, by its number. */
static const char*
file_name(const struct reading* reading, uint32_t number)
{
	return ((char* const*)(void*)reading->files.data)[number];
}

/** Tell the user what is wrong with a record. */
static void
fail_record(struct reading* reading, const struct zoneset_record* record,
	const char* why)
{
	struct zonefile_place place = { file_name(reading, record->file),
		record->line, record->column };
	struct reason reason;
	struct name owner;
	char text[NAME_TEXT_MAX], type[TYPE_TEXT_MAX];
	if(reading->errors >= ZONEFILE_ERRORS_MAX)
		return;
	zoneset_key_name(record->key, record->key_len, &owner);
	(void)reason_say(&reason, "%s %s: %s", name_to_text(owner.wire, text),
		type_to_text(record->type, type), why);
	tell_error(reading, &place, reason.text);
	if(reading->errors == ZONEFILE_ERRORS_MAX)
		ctl_error("there are more errors");
}

/* --- reading ------------------------------------------------------------- */

/** The number of a file: names are told in runs. @return UINT32_MAX if memory
 * ran out. */
static uint32_t
file_number(struct reading* reading, const char* name)
{
	const size_t count = reading->files.len / sizeof(char*);
	char* copy;
	size_t i;
	for(i = count; i > 0; i--) {
		if(strcmp(file_name(reading, (uint32_t)(i - 1)), name) == 0)
			return (uint32_t)(i - 1);
	}
	/* a record has 16 bits for it */
	if(count == UINT16_MAX)
		return UINT16_MAX - 1;
	copy = strdup(name);
	if(!copy || !buffer_append(&reading->files, &copy, sizeof(copy))) {
		free(copy);
		return UINT32_MAX;
	}
	return (uint32_t)count;
}

/** Count a record that only a signer makes. */
static bool
signer_count(struct zonesource* source, uint16_t type)
{
	struct zonesource_skipped new = { type, 1 };
	struct zonesource_skipped* skipped = (struct zonesource_skipped*)
		(void*)source->signers.data;
	size_t i, count = source->signers.len / sizeof(*skipped);
	for(i = 0; i < count; i++) {
		if(skipped[i].type == type) {
			skipped[i].count++;
			return true;
		}
	}
	return buffer_append(&source->signers, &new, sizeof(new));
}

static bool
take_record(void* arg, const struct zonefile_record* record)
{
	struct reading* reading = arg;
	struct zonesource* source = reading->source;
	uint32_t file = file_number(reading, record->place.file);
	struct zoneset_key key;
	bool ok;
	zoneset_key_make(&key, record->owner);
	if(!record->rdata)
		ok = signer_count(source, record->type);
	else	ok = zoneset_add(&source->set, &(struct zoneset_record){
			.key = key.octets, .key_len = key.len,
			.type = record->type, .ttl = record->ttl,
			.rdata = record->rdata, .len = record->len,
			.file = file, .line = (uint32_t)record->place.line,
			.column = (uint32_t)record->place.column });
	reading->no_memory |= !ok || file == UINT32_MAX;
	return !reading->no_memory;
}

/* --- which zone ---------------------------------------------------------- */

/** Find the zone in helix.yaml by its apex. */
static bool
settings_find(struct zonesource* source, struct ctl* ctl)
{
	const struct helix_config* config = ctl_config(ctl);
	char text[NAME_TEXT_MAX];
	struct zoneset_key key;
	size_t i;
	zoneset_key_make(&source->key, &source->apex);
	for(i = 0; i < config->zone_count; i++) {
		const struct zone_settings* zone = &config->zones[i];
		zoneset_key_make(&key, &zone->apex);
		if(zone->apex.len == source->apex.len && zoneset_key_is_below(
			key.octets, key.len, &source->key))
			source->settings = zone;
		else if(zoneset_key_is_below(key.octets, key.len,
			&source->key) && !buffer_append(&source->deeper, &key,
			sizeof(key)))
			return no_memory();
	}
	/* with --endpoints, these may be somebody else's */
	if(source->settings || (config->zone_count == 0 && ctl->endpoints))
		return true;
	ctl_error("%s is none of the zones in %s", name_to_text(
		source->apex.wire, text), ctl->conf);
	return false;
}

/** The zone that is meant if none was named: the owner of the file's SOA, or the
 * only one there is. */
static bool
apex_guess(struct zonesource* source, const struct helix_config* config)
{
	size_t i;
	for(i = 0; i < zoneset_count(&source->set); i++) {
		struct zoneset_record record = zoneset_get(&source->set, i);
		if(record.type == TYPE_SOA) {
			zoneset_key_name(record.key, record.key_len,
				&source->apex);
			return true;
		}
	}
	if(config->zone_count == 1) {
		source->apex = config->zones[0].apex;
		return true;
	}
	ctl_error("the file has no SOA; name the zone behind it");
	return false;
}

bool
zonesource_find(struct zonesource* source, struct ctl* ctl, const char* zone)
{
	memset(source, 0, sizeof(*source));
	return ctl_config(ctl) && records_name_read(&source->apex, zone) &&
		settings_find(source, ctl);
}

bool
zonesource_is_below(const struct zonesource* source, const uint8_t* key,
	size_t key_len, uint16_t type)
{
	const struct zoneset_key* deeper = (const struct zoneset_key*)
		(void*)source->deeper.data;
	size_t i, count = source->deeper.len / sizeof(*deeper);
	for(i = 0; i < count; i++) {
		/* DS at an apex belongs above the zone cut */
		if(zoneset_key_is_below(key, key_len, &deeper[i]) &&
			!(type == TYPE_DS && key_len == deeper[i].len))
			return true;
	}
	return false;
}

/* --- which records ------------------------------------------------------- */

static bool
is_wildcard(const struct zoneset_record* record)
{
	return record->key_len >= 2 && record->key[record->key_len - 2] == '*'
		&& (record->key_len == 2 || record->key[record->key_len - 3] ==
		0);
}

/** Whether a record is to be kept; counts those that are not. */
static bool
wants(void* arg, const struct zoneset_record* record)
{
	struct reading* reading = arg;
	struct zonesource* source = reading->source;
	bool at_apex = record->key_len == source->key.len;
	if(!zoneset_key_is_below(record->key, record->key_len, &source->key) ||
		(at_apex && record->type == TYPE_DS)) {
		/* or all keys of the zone would be taken for removed */
		if(record->type == TYPE_SOA)
			fail_record(reading, record, "the file is for this "
				"zone, and another one was named");
		source->outside++;
		return false;
	}
	if(zonesource_is_below(source, record->key, record->key_len,
		record->type)) {
		source->below++;
		return false;
	}
	if((record->type == TYPE_NS || record->type == TYPE_DNAME) &&
		is_wildcard(record)) {
		source->wildcards++;
		return false;
	}
	if(record->type == TYPE_SOA && !at_apex)
		fail_record(reading, record, "an SOA is at the apex of a zone "
			"only");
	if(record->type == TYPE_CNAME && at_apex)
		fail_record(reading, record, "the apex of a zone has an SOA, "
			"and so no CNAME");
	/* the serial is the first of the five numbers at the end */
	if(record->type == TYPE_SOA)
		wire_write_u32((uint8_t*)(uintptr_t)record->rdata +
			record->len - 20, 0);
	return !at_apex || reading->apex || (record->type != TYPE_SOA &&
		record->type != TYPE_NS);
}

/** Say once that the TTLs of an RRset differ. */
static void
ttls_check(struct reading* reading, const struct zoneset_rrset* rrset)
{
	uint32_t i;
	for(i = 0; i < rrset->count && !reading->ttl_told; i++) {
		struct zoneset_record record = zoneset_get(
			&reading->source->set, rrset->first + i);
		if(record.ttl == rrset->ttl)
			continue;
		ctl_warn("%s:%u:%u: the TTLs of an RRset differ; the last "
			"one counts, here and elsewhere in this zone",
			file_name(reading, record.file), record.line,
			record.column);
		reading->ttl_told = true;
	}
}

/** Check the RRsets of one owner, of which the first is given. @return their
 * number. */
static size_t
owner_check(struct reading* reading, size_t number)
{
	const struct zoneset* set = &reading->source->set;
	struct zoneset_record first = zoneset_rrset_first(set,
		zoneset_rrset(set, number));
	size_t i, count;
	(void)zoneset_find_owner(set, first.key, first.key_len, &count);
	for(i = 0; i < count; i++) {
		struct zoneset_rrset* rrset = zoneset_rrset(set, number + i);
		struct zoneset_record record = zoneset_get(set, rrset->first +
			rrset->count - 1);
		if(type_is_single(rrset->type) && rrset->count > 1)
			fail_record(reading, &record, "a name has only one of "
				"these");
		if(rrset->type == TYPE_CNAME && count > 1)
			fail_record(reading, &record, "a name with a CNAME has "
				"no other data, and this one has");
		ttls_check(reading, rrset);
	}
	return count;
}

/** Find out which records belong into etcd, and whether they can. */
static bool
records_check(struct reading* reading)
{
	struct zoneset* set = &reading->source->set;
	char apex[NAME_TEXT_MAX];
	size_t number = 0;
	zoneset_filter(set, wants, reading);
	set->last_ttl = true;
	if(!zoneset_sort(set))
		return no_memory();
	/* a file that was cut off at its beginning, or the wrong one */
	if(zoneset_rrsets(set) == 0 && reading->errors == 0) {
		ctl_error("the file has no records for the zone %s",
			name_to_text(reading->source->apex.wire, apex));
		return false;
	}
	while(number < zoneset_rrsets(set))
		number += owner_check(reading, number);
	return reading->errors == 0;
}

/** Read the file's records. @param zone: NULL: not named. */
static bool
records_read(struct reading* reading, const char* path, const char* zone)
{
	const struct zonefile_sink sink = { reading, take_record, tell_error };
	const struct helix_config* config = ctl_config(reading->ctl);
	const struct name* origin = NULL;
	if(zone)
		origin = &reading->source->apex;
	else if(config->zone_count == 1)
		origin = &config->zones[0].apex;
	if(zonefile_read(path, origin, &sink))
		return true;
	if(reading->no_memory)
		ctl_error("out of memory");
	else if(reading->no_origin)
		ctl_error("no zone was named, and helix.yaml does not have "
			"just one; so the file's first names are below no "
			"origin");
	return false;
}

bool
zonesource_read(struct zonesource* source, struct ctl* ctl, const char* path,
	const char* zone, bool apex)
{
	struct reading reading = { .source = source, .ctl = ctl,
		.apex = apex };
	size_t i;
	bool ok;
	memset(source, 0, sizeof(*source));
	ok = ctl_config(ctl) && (!zone || zonesource_find(source, ctl, zone))
		&& records_read(&reading, path, zone) && (zone || (apex_guess(
		source, ctl_config(ctl)) && settings_find(source, ctl))) &&
		records_check(&reading);
	for(i = 0; i < reading.files.len / sizeof(char*); i++)
		free(((char**)(void*)reading.files.data)[i]);
	buffer_clear(&reading.files);
	return ok;
}

/* --- telling ------------------------------------------------------------- */

/** Append to what was left out. */
static void
skipped_add(char* text, size_t size, unsigned long count, const char* what)
{
	size_t len = strlen(text);
	if(count > 0)
		snprintf(text + len, size - len, "%s%lu %s", len > 0 ? ", " :
			"", count, what);
}

void
zonesource_tell_skipped(const struct zonesource* source)
{
	const struct zonesource_skipped* skipped =
		(const struct zonesource_skipped*)(void*)source->signers.data;
	size_t i, count = source->signers.len / sizeof(*skipped);
	char text[512] = "", type[TYPE_TEXT_MAX];
	for(i = 0; i < count; i++)
		skipped_add(text, sizeof(text), skipped[i].count, type_to_text(
			skipped[i].type, type));
	skipped_add(text, sizeof(text), source->wildcards,
		"NS or DNAME at a wildcard");
	skipped_add(text, sizeof(text), source->outside, "outside of the zone");
	skipped_add(text, sizeof(text), source->below,
		"in zones of helix.yaml below it");
	if(*text)
		ctl_warn("these records of the file are left out: %s", text);
}

void
zonesource_clear(struct zonesource* source)
{
	zoneset_clear(&source->set);
	buffer_clear(&source->deeper);
	buffer_clear(&source->signers);
}
