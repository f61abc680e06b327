/*
 * tools/helixctl/export.c - helixctl export: a zone of etcd as a zone file.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "base/text.h"
#include "dns/rrset.h"
#include "dns/type.h"
#include "kv.h"
#include "output.h"
#include "records.h"
#include "zonesource.h"
#include "zonewrite.h"
#include <stdlib.h>
#include <string.h>

/** most keys that are left out of which the user is told one by one */
#define LEFT_OUT_TOLD 10

/** A key whose type has one record at a name (type_is_single). */
struct single {
	struct zoneset_key owner;
	uint16_t type;
	/** its source, in `text` */
	size_t source_at, source_len;
	/** its record, in `text` */
	size_t rdata_at, rdata_len;
	uint32_t ttl;
};

/** What is exported. */
struct exporting {
	struct ctl* ctl;
	const struct helix_config* config;
	/** the zone, and its records that may be several */
	struct zonesource zone;
	/** struct single */
	struct buffer singles;
	/** what they point into */
	struct buffer text;
	/** keys that are bad; that are not served because of others */
	unsigned long bad, ignored;
	int64_t revision;
	bool no_memory;
};

/* --- keys ---------------------------------------------------------------- */

static void
bad_tell(struct exporting* exporting, const struct kv_key* key,
	const struct reason* reason)
{
	char shown[TEXT_SHOW_SIZE(200)];
	if(++exporting->bad <= LEFT_OUT_TOLD)
		ctl_warn("key %s is left out: %s", text_show(key->key,
			key->key_len, shown, sizeof(shown)), reason->text);
}

/** Add the records of a key. */
static bool
record_add(struct exporting* exporting, const struct zoneset_key* owner,
	const struct record* record)
{
	const uint8_t* at = record->set.rdata.data;
	uint32_t i;
	for(i = 0; i < record->set.count; i++, at += rdata_list_step(at)) {
		if(!zoneset_add(&exporting->zone.set, &(struct zoneset_record){
			.key = owner->octets, .key_len = owner->len,
			.type = record->contribution.type,
			.ttl = records_ttl(record), .rdata = at + 2,
			.len = wire_read_u16(at) }))
			return false;
	}
	return true;
}

/** Note a key whose type has one record. */
static bool
single_add(struct exporting* exporting, const struct zoneset_key* owner,
	const struct record* record)
{
	const struct contribution* key = &record->contribution;
	const uint8_t* rdata = record->set.rdata.data;
	struct buffer* text = &exporting->text;
	struct single single = { .owner = *owner, .type = key->type,
		.source_at = text->len, .source_len = key->source_len,
		.rdata_at = text->len + key->source_len,
		.rdata_len = wire_read_u16(rdata),
		.ttl = records_ttl(record) };
	return buffer_append(text, key->source, key->source_len) &&
		buffer_append(text, rdata + 2, single.rdata_len) &&
		buffer_append(&exporting->singles, &single, sizeof(single));
}

static bool
take_key(void* arg, const struct kv_key* key)
{
	struct exporting* exporting = arg;
	struct zonesource* zone = &exporting->zone;
	struct zoneset_key owner;
	struct record record;
	bool ok = true;
	record_read(&record, exporting->config, key->path, key->path_len,
		key->value, key->value_len);
	if(!record.has_owner) {
		bad_tell(exporting, key, &record.reason);
		return true;
	}
	zoneset_key_make(&owner, &record.contribution.owner);
	if(!zoneset_key_is_below(owner.octets, owner.len, &zone->key) ||
		zonesource_is_below(zone, owner.octets, owner.len,
		record.contribution.type) || (owner.len == zone->key.len &&
		record.contribution.type == TYPE_DS))
		;
	else if(record.state == RECORD_BAD)
		bad_tell(exporting, key, &record.reason);
	else if(record.state == RECORD_SERVED)
		ok = type_is_single(record.contribution.type) ? single_add(
			exporting, &owner, &record) : record_add(exporting,
			&owner, &record);
	else	ok = record.state != RECORD_NO_MEMORY;
	record_clear(&record);
	exporting->no_memory |= !ok;
	return ok;
}

/* --- one record of a name ------------------------------------------------ */

/** The order of owner, type and source. */
static int
single_compare(const void* a, const void* b, void* arg)
{
	const struct single *one = a, *two = b;
	const char* text = (const char*)((struct exporting*)arg)->text.data;
	int order = zoneset_key_compare(one->owner.octets, one->owner.len,
		two->owner.octets, two->owner.len);
	if(order == 0)
		order = zoneset_type_compare(one->type, two->type);
	return order ? order : rrset_source_compare(text + one->source_at,
		one->source_len, text + two->source_at, two->source_len);
}

/** Whether two are for the same owner and type. */
static bool
single_meets(const struct single* a, const struct single* b)
{
	return a->type == b->type && zoneset_key_compare(a->owner.octets,
		a->owner.len, b->owner.octets, b->owner.len) == 0;
}

/** Whether a key is ignored, as the one before it has another record. */
static bool
is_ignored(const struct exporting* exporting, const struct single* before,
	const struct single* single)
{
	const uint8_t* text = exporting->text.data;
	return zoneset_key_compare(text + before->rdata_at, before->rdata_len,
		text + single->rdata_at, single->rdata_len) != 0;
}

/** Whether a CNAME is beside other data; the set is sorted, but for the
 * CNAMEs. */
static bool
is_beside_others(const struct exporting* exporting,
	const struct single* single)
{
	size_t count;
	(void)zoneset_find_owner(&exporting->zone.set, single->owner.octets,
		single->owner.len, &count);
	return count > 0;
}

/** Add those that are served: the first of each name and type, and no CNAME
 * beside other data, as the module has it. @param cnames: whether to add CNAMEs,
 * or the others. */
static bool
singles_add(struct exporting* exporting, bool cnames)
{
	struct single* single = (struct single*)(void*)exporting->singles.data;
	size_t i, count = exporting->singles.len / sizeof(*single);
	for(i = 0; i < count; i++) {
		if((single[i].type == TYPE_CNAME) != cnames)
			continue;
		if(i > 0 && single_meets(&single[i - 1], &single[i])) {
			exporting->ignored += is_ignored(exporting,
				&single[i - 1], &single[i]);
			continue;
		}
		if(cnames && is_beside_others(exporting, &single[i])) {
			exporting->ignored++;
			continue;
		}
		if(!zoneset_add(&exporting->zone.set, &(struct zoneset_record){
			.key = single[i].owner.octets,
			.key_len = single[i].owner.len,
			.type = single[i].type, .ttl = single[i].ttl,
			.rdata = exporting->text.data + single[i].rdata_at,
			.len = single[i].rdata_len }))
			return false;
	}
	return true;
}

/* --- the apex ------------------------------------------------------------ */

/** Add a record of helix.yaml at the apex. */
static bool
apex_add(struct exporting* exporting, uint16_t type, uint32_t ttl,
	const uint8_t* rdata, size_t len)
{
	const struct zoneset_key* key = &exporting->zone.key;
	return zoneset_add(&exporting->zone.set, &(struct zoneset_record){
		.key = key->octets, .key_len = key->len, .type = type,
		.ttl = ttl, .rdata = rdata, .len = len });
}

/** Whether etcd has records of a type at the apex. */
static bool
apex_has(const struct exporting* exporting, uint16_t type)
{
	const struct zoneset* set = &exporting->zone.set;
	const struct zoneset_key* key = &exporting->zone.key;
	size_t i;
	for(i = 0; i < zoneset_count(set); i++) {
		struct zoneset_record record = zoneset_get(set, i);
		if(record.type == type && record.key_len == key->len)
			return true;
	}
	return false;
}

/** The place of the serial in an SOA's rdata. */
static uint8_t*
soa_serial(const uint8_t* rdata, size_t len)
{
	return (uint8_t*)(uintptr_t)rdata + len - 20;
}

/** Complete the apex from helix.yaml, and give the SOA its serial. */
static bool
apex_complete(struct exporting* exporting)
{
	const struct zone_settings* settings = exporting->zone.settings;
	struct zoneset* set = &exporting->zone.set;
	uint8_t soa[2 * NAME_WIRE_MAX + 20], *at = soa;
	size_t i;
	if(settings && !apex_has(exporting, TYPE_NS)) {
		for(i = 0; i < settings->ns_count; i++) {
			if(!apex_add(exporting, TYPE_NS, settings->ttl,
				settings->ns[i].wire, settings->ns[i].len))
				return false;
		}
	}
	if(settings && !apex_has(exporting, TYPE_SOA)) {
		memcpy(at, settings->mname.wire, settings->mname.len);
		at += settings->mname.len;
		memcpy(at, settings->rname.wire, settings->rname.len);
		at = wire_write_u32(at + settings->rname.len, 0);
		at = wire_write_u32(at, settings->refresh);
		at = wire_write_u32(at, settings->retry);
		at = wire_write_u32(at, settings->expire);
		at = wire_write_u32(at, settings->minimum);
		if(!apex_add(exporting, TYPE_SOA, settings->ttl, soa,
			(size_t)(at - soa)))
			return false;
	}
	for(i = 0; i < zoneset_count(set); i++) {
		struct zoneset_record record = zoneset_get(set, i);
		if(record.type == TYPE_SOA && wire_read_u32(soa_serial(
			record.rdata, record.len)) == 0)
			wire_write_u32(soa_serial(record.rdata, record.len),
				(uint32_t)exporting->revision);
	}
	return true;
}

/* --- the command --------------------------------------------------------- */

/** Read the zone's keys. */
static bool
keys_read(struct exporting* exporting, struct kv* kv)
{
	struct buffer dir = { 0 };
	bool ok;
	exporting->no_memory = !records_dir_write(&dir, &exporting->zone.apex)
		|| !buffer_append_octet(&dir, 0);
	ok = !exporting->no_memory && kv_list(kv, (char*)dir.data, take_key,
		exporting, &exporting->revision);
	buffer_clear(&dir);
	return ok;
}

/** Find the records that are served, in order. */
static bool
records_find(struct exporting* exporting)
{
	struct zoneset* set = &exporting->zone.set;
	struct buffer* singles = &exporting->singles;
	if(singles->len > 0)
		qsort_r(singles->data, singles->len / sizeof(struct single),
			sizeof(struct single), single_compare, exporting);
	return singles_add(exporting, false) && apex_complete(exporting) &&
		zoneset_sort(set) && singles_add(exporting, true) &&
		zoneset_sort(set);
}

/** Tell the user what is not in the file. */
static void
tell_left_out(const struct exporting* exporting)
{
	if(exporting->bad > LEFT_OUT_TOLD)
		ctl_warn("%lu bad keys are left out in all",
			exporting->bad);
	if(exporting->ignored > 0)
		ctl_warn("%lu key%s left out, because of conflicts with others; "
			"`helixctl lint` says which", exporting->ignored,
			exporting->ignored == 1 ? " is" : "s are");
}

static enum ctl_status
export_run(struct exporting* exporting, struct kv* kv)
{
	enum zonewrite_result result;
	if(!keys_read(exporting, kv)) {
		if(exporting->no_memory)
			return ctl_error("out of memory");
		return CTL_FAILED;
	}
	if(!records_find(exporting))
		return ctl_error("out of memory");
	tell_left_out(exporting);
	result = zonewrite(&exporting->zone.set);
	if(result == ZONEWRITE_NO_MEMORY)
		return ctl_error("out of memory");
	return result == ZONEWRITE_OK ? CTL_OK : CTL_FAILED;
}

static enum ctl_status
run(struct ctl* ctl, int argc, char** argv)
{
	struct exporting exporting = { .ctl = ctl };
	enum ctl_status status = CTL_FAILED;
	struct kv* kv = NULL;
	switch(ctl_next_option(ctl, argc, argv, NULL)) {
	case CTL_OPTIONS_END:
		break;
	case CTL_OPTIONS_HELP:
		return CTL_OK;
	default:
		return CTL_FAILED;
	}
	if(!ctl_check_arguments(ctl, argc, 1, 1))
		return CTL_FAILED;
	if(ctl->json)
		return ctl_error("export writes a zone file; `helixctl list "
			"--json` writes records as JSON");
	if(zonesource_find(&exporting.zone, ctl, argv[optind])) {
		exporting.config = ctl_config(ctl);
		kv = kv_open(ctl);
	}
	if(kv)
		status = export_run(&exporting, kv);
	zonesource_clear(&exporting.zone);
	buffer_clear(&exporting.singles);
	buffer_clear(&exporting.text);
	kv_close(kv);
	return status;
}

const struct ctl_command command_export = {
	.name = "export",
	.arguments = "ZONE",
	.summary = "writes a zone of etcd as a zone file",
	.help = "In canonical order, one record a line, names in full: what "
		"import reads, and\n"
		"every name server. A serial that is left to etcd is its "
		"revision. Keys that are\n"
		"not served are left out.\n",
	.run = run
};
