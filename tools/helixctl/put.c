/*
 * tools/helixctl/put.c - helixctl put: puts records.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "records.h"
#include "show.h"
#include "dns/type.h"
#include "format/helix.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** how often a put is begun anew because another change came between */
#define TRIES 20
/** the longest lease that etcd grants, in seconds */
#define LEASE_MAX 9000000000

enum {
	OPTION_TTL = 256,
	OPTION_ID,
	OPTION_LEASE,
	OPTION_FOR,
	OPTION_DRY_RUN,
	OPTION_FORCE
};

static const struct option options[] = {
	{ "ttl", required_argument, NULL, OPTION_TTL },
	{ "id", required_argument, NULL, OPTION_ID },
	{ "lease", required_argument, NULL, OPTION_LEASE },
	{ "for", required_argument, NULL, OPTION_FOR },
	{ "dry-run", no_argument, NULL, OPTION_DRY_RUN },
	{ "force", no_argument, NULL, OPTION_FORCE },
	{ NULL, 0, NULL, 0 }
};

/** What is to be put. */
struct put {
	struct ctl* ctl;
	struct kv* kv;
	struct name owner;
	uint16_t type;
	/** "": none */
	const char* id;
	/** --ttl; RECORD_TTL_NONE: it was not given */
	uint32_t ttl;
	/** --lease; 0: it was not given */
	int64_t lease;
	/** --for; 0: it was not given */
	int64_t seconds;
	bool dry_run;
	bool force;
	/** the key's path, and its new value */
	struct buffer path, value;
	/** the records of that value */
	struct record_set set;
};

/* --- the key and the value ----------------------------------------------- */

/** Say that there is no memory. @return false. */
static bool
tell_memory(void)
{
	ctl_error("out of memory");
	return false;
}

/** Check the id: printable, and read as an id. */
static bool
id_check(const struct put* put)
{
	const char* c;
	for(c = put->id; *c > ' ' && *c < 0x7f && *c != '/'; c++)
		;
	if(!*c)
		return true;
	ctl_error("--id: expected printable ASCII without spaces and '/'");
	return false;
}

/** Write the path of the key, and see that it is read as what is meant. */
static bool
path_make(struct put* put)
{
	const struct helix_config none = { 0 };
	const size_t id_len = strlen(put->id);
	struct record record;
	bool same;
	if(!id_check(put))
		return false;
	if(!records_path_write(&put->path, &put->owner, put->type, put->id,
		id_len))
		return tell_memory();
	record_read_key(&record, &none, (const char*)put->path.data,
		put->path.len);
	same = record.has_owner && record.contribution.type == put->type &&
		name_is(&put->owner, record.contribution.owner.wire,
		record.contribution.owner.len) && record.id_len == id_len;
	if(record.state == RECORD_SERVED && same)
		return true;
	if(record.state == RECORD_SERVED || id_len > 0)
		ctl_error("--id: the key would not be read as one with the id "
			"%s; an id must not be the name of a type", put->id);
	else	ctl_error("such a key is not served: %s", record.reason.text);
	return false;
}

/** Whether rdata of a type is one word, so that several words are several
 * records. */
static bool
is_one_word(uint16_t type)
{
	return type == TYPE_A || type == TYPE_AAAA || type == TYPE_NS ||
		type == TYPE_PTR;
}

/** Put words together with spaces between. @return owned by the caller; NULL if
 * memory ran out. */
static char*
words_join(char** words, int count)
{
	struct buffer text = { 0 };
	bool ok = true;
	int i;
	for(i = 0; ok && i < count; i++)
		ok = (i == 0 || buffer_append(&text, " ", 1)) &&
			buffer_append(&text, words[i], strlen(words[i]));
	if(ok && buffer_append(&text, "", 1))
		return (char*)text.data;
	buffer_clear(&text);
	return NULL;
}

/** Read a value as the module does, and add its records. */
static bool
value_add(struct put* put, const char* text)
{
	struct record_set set;
	struct reason reason;
	const uint8_t* at;
	uint32_t i;
	bool ok = helix_value_read(&set, put->type, text, strlen(text),
		&reason);
	if(!ok && *reason.text)
		ctl_error("%s", reason.text);
	else if(!ok)
		tell_memory();
	else if(*reason.text)
		ctl_warn("%s", reason.text);
	at = set.rdata.data;
	for(i = 0; ok && i < set.count; i++) {
		size_t len = (size_t)at[0] << 8 | at[1];
		ok = record_set_add(&put->set, at + 2, len) || tell_memory();
		at += 2 + len;
	}
	if(ok && set.ttl != RECORD_TTL_NONE)
		put->set.ttl = set.ttl;
	record_set_clear(&set);
	return ok;
}

/** Make the value of the words. */
static bool
value_make(struct put* put, char** words, int count)
{
	bool ok = true;
	int i;
	if(is_one_word(put->type) && *words[0] != '[' && *words[0] != '{' &&
		*words[0] != '\\') {
		for(i = 0; ok && i < count; i++)
			ok = value_add(put, words[i]);
	} else {
		char* text = words_join(words, count);
		ok = text ? value_add(put, text) : tell_memory();
		free(text);
	}
	if(!ok)
		return false;
	if(put->ttl != RECORD_TTL_NONE)
		put->set.ttl = put->ttl;
	return records_value_write(&put->value, put->type, &put->set) ||
		tell_memory();
}

/* --- what is checked ----------------------------------------------------- */

/** Refuse; or, with --force, only warn.
 * @return whether to go on. */
static bool
refuse(const struct put* put, const char* why)
{
	if(put->force)
		ctl_warn("%s", why);
	else	ctl_error("%s; --force puts it nevertheless", why);
	return put->force;
}

/** Whether the name is in a zone, and may have the type there. */
static bool
zone_check(const struct put* put)
{
	const struct helix_config* config = put->ctl->config;
	const char* why = records_refuse(config, &put->owner, put->type);
	char name[NAME_TEXT_MAX];
	struct reason reason;
	name_to_text(put->owner.wire, name);
	if(put->type == TYPE_DS && !records_zone(config, &put->owner,
		TYPE_DS) && records_zone(config, &put->owner, 0))
		return refuse(put, "the DS of a zone's apex belongs to the "
			"zone above, and would not be served here");
	/* with --endpoints, these may be somebody else's */
	if((config->zone_count > 0 || !put->ctl->endpoints) &&
		!records_zone(config, &put->owner, put->type)) {
		(void)reason_say(&reason, "%.300s is in none of the zones of "
			"%.150s, and would not be served", name,
			put->ctl->conf);
		return refuse(put, reason.text);
	}
	return !why || refuse(put, why);
}

/** Whether a delegation or a DNAME hides what is put. */
static bool
hidden_check(const struct put* put)
{
	struct reason reason;
	return records_hidden(put->kv, put->ctl->config, &put->owner,
		put->type, &reason) && (!*reason.text ||
		refuse(put, reason.text));
}

/** Whether etcd lists the key. */
static bool
listed_check(const struct put* put)
{
	if(*put->id == '_' && !kv_is_atomic(put->kv))
		return refuse(put, "--id: etcd's v2 API does not list keys "
			"whose id begins with '_', so that it is not served");
	return kv_is_listed(put->kv, (char*)put->path.data, put->path.len) ||
		refuse(put, "etcd's v2 API does not list this key, so that it "
		"is not served: its directory is not named by `hidden` in "
		"helix.yaml");
}

/** Whether another key contradicts. */
static bool
contradiction_check(const struct put* put, const struct records* records)
{
	struct reason reason, whole;
	char key[OUTPUT_KEY_SIZE(80)];
	const struct records_item* item = records_contradiction(records,
		put->type, (const char*)put->path.data, put->path.len,
		&put->set, &reason);
	if(!item)
		return true;
	output_key_text(item->key.key, item->key.key_len, key, sizeof(key));
	(void)reason_say(&whole, "%s, by key %s", reason.text, key);
	return refuse(put, whole.text);
}

/* --- putting ------------------------------------------------------------- */

/** The key as it is; NULL: it does not exist. */
static const struct records_item*
current_find(const struct put* put, const struct records* records)
{
	size_t i;
	for(i = 0; i < records->count; i++) {
		const struct kv_key* key = &records->item[i].key;
		if(key->path_len == put->path.len && memcmp(key->path,
			put->path.data, put->path.len) == 0)
			return &records->item[i];
	}
	return NULL;
}

/** Show a key that is put, or that was there before. */
static void
put_show(const struct put* put, enum show_mark mark, const char* action,
	const struct kv_key* key)
{
	const struct show show = { .ctl = put->ctl, .more = true,
		.seconds = !kv_is_atomic(put->kv) };
	struct record record;
	record_read(&record, put->ctl->config, key->path, key->path_len,
		key->value, key->value_len);
	if(record.state == RECORD_NO_MEMORY)
		tell_memory();
	/* what --force puts is shown as what it would be in a zone */
	if(record.state == RECORD_OUTSIDE ||
		(record.state == RECORD_BAD && record.has_owner)) {
		const struct helix_config none = { 0 };
		record_clear(&record);
		record_read(&record, &none, key->path, key->path_len,
			key->value, key->value_len);
	}
	if(action) {
		show_json(&show, action, key, &record);
		putchar('\n');
	} else	show_text(&show, mark, key, &record);
	record_clear(&record);
}

/** Show what was done, or would be. */
static void
result_show(const struct put* put, const struct records_item* before,
	const struct kv_key* after, bool unchanged)
{
	const char* action = unchanged ? "unchanged" : put->dry_run ?
		"would-put" : "put";
	if(put->ctl->json) {
		put_show(put, SHOW_AS_IT_IS, action, after);
		return;
	}
	if(before && !unchanged)
		put_show(put, SHOW_GONE, NULL, &before->key);
	put_show(put, unchanged ? SHOW_AS_IT_IS : SHOW_PUT, NULL, after);
}

/** Put the key on the condition that nothing of the name was put since it was
 * read. */
static enum kv_result
put_apply(const struct put* put, const struct records* records,
	const struct records_item* before, int64_t lease, int64_t* revision)
{
	struct kv_change change = { (const char*)put->path.data,
		put->path.len, (const char*)put->value.data, put->value.len,
		before ? before->key.mod_revision : KV_ABSENT, lease };
	struct kv_guard guards[RECORDS_RANGES_MAX];
	struct records_ranges ranges;
	struct kv_outcome outcome;
	enum kv_result result = KV_FAILED;
	size_t i;
	if(!records_ranges_init(&ranges, &put->owner, records_top(put->kv,
		put->ctl->config, &put->owner)))
		tell_memory();
	else {
		for(i = 0; i < ranges.count; i++)
			guards[i] = (struct kv_guard){ ranges.range[i],
				records->revision };
		result = kv_apply(put->kv, &change, 1, guards, ranges.count,
			&outcome);
		*revision = outcome.revision;
	}
	records_ranges_clear(&ranges);
	return result;
}

/** Whether the key is as it is to be. */
static bool
is_unchanged(const struct put* put, const struct records_item* before)
{
	return before && put->seconds == 0 && before->key.lease == put->lease
		&& before->key.value_len == put->value.len &&
		memcmp(before->key.value, put->value.data, put->value.len) ==
		0;
}

/** The key as it is to be. */
static bool
after_make(const struct put* put, struct kv_key* after, struct buffer* key)
{
	const size_t prefix = strlen(kv_settings(put->kv)->prefix) + 1;
	if(!buffer_append(key, kv_settings(put->kv)->prefix, prefix - 1) ||
		!buffer_append(key, "/", 1) ||
		!buffer_append(key, put->path.data, put->path.len))
		return tell_memory();
	*after = (struct kv_key){ .key = (const char*)key->data,
		.key_len = key->len, .path = (const char*)key->data + prefix,
		.path_len = put->path.len,
		.value = (const char*)put->value.data,
		.value_len = put->value.len };
	return true;
}

/** Warn that a lease is given up. */
static void
tell_lease(const struct put* put, const struct records_item* before)
{
	if(before && before->key.lease != 0 && put->lease == 0 &&
		put->seconds == 0)
		ctl_warn("the key had a lease, and now stays without one");
}

/** Put what was read and checked.
 * @param lease: granted by the first try; 0: not yet. */
static enum kv_result
put_once(const struct put* put, const struct records* records,
	int64_t* lease)
{
	const struct records_item* before = current_find(put, records);
	struct buffer key = { 0 };
	struct kv_key after;
	enum kv_result result = KV_FAILED;
	const bool unchanged = is_unchanged(put, before);
	if(!after_make(put, &after, &key)) {
		buffer_clear(&key);
		return KV_FAILED;
	}
	if(unchanged || put->dry_run) {
		result = KV_OK;
		after.lease = put->lease;
		after.mod_revision = before ? before->key.mod_revision : 0;
	} else if(put->seconds == 0 || *lease != 0 ||
		kv_lease_grant(put->kv, put->seconds, lease)) {
		after.lease = put->seconds != 0 ? *lease : put->lease;
		result = put_apply(put, records, before, after.lease,
			&after.mod_revision);
	}
	if(result == KV_OK) {
		result_show(put, before, &after, unchanged);
		if(!unchanged)
			tell_lease(put, before);
	}
	buffer_clear(&key);
	return result;
}

/** Read, check and put, again while others change keys of the name. */
static enum ctl_status
put_run(const struct put* put)
{
	enum kv_result result = KV_CONFLICT;
	int64_t lease = 0;
	unsigned i;
	for(i = 0; i < TRIES && result == KV_CONFLICT; i++) {
		struct records records = { 0 };
		result = KV_FAILED;
		if(records_read_owner(&records, put->kv, put->ctl->config,
			&put->owner) && contradiction_check(put, &records))
			result = put_once(put, &records, &lease);
		records_clear(&records);
	}
	if(result != KV_OK && lease != 0)
		kv_lease_revoke(put->kv, lease);
	if(result == KV_CONFLICT)
		return ctl_error("others keep changing keys of this name; "
			"nothing was put");
	return result == KV_OK ? CTL_OK : CTL_FAILED;
}

/* --- the command --------------------------------------------------------- */

/** Read a lease's id, as etcdctl writes it. */
static bool
lease_read(const char* text, int64_t* lease)
{
	char* end;
	unsigned long long number = strtoull(text, &end, 16);
	size_t len = strspn(text, "0123456789abcdefABCDEF");
	if(len > 0 && len <= 16 && !text[len] && number > 0 &&
		number <= INT64_MAX) {
		*lease = (int64_t)number;
		return true;
	}
	ctl_error("--lease: expected the id of a lease in hexadecimal, as "
		"`etcdctl lease grant` says it");
	return false;
}

/** Take an option. @return false if it is wrong; the user was told. */
static bool
option_take(struct put* put, int option)
{
	int64_t number;
	switch(option) {
	case OPTION_TTL:
		if(!ctl_seconds_read("--ttl", optarg, 0, RECORD_TTL_MAX,
			&number))
			return false;
		put->ttl = (uint32_t)number;
		return true;
	case OPTION_ID:
		put->id = optarg;
		if(*optarg)
			return true;
		ctl_error("--id: it is empty");
		return false;
	case OPTION_LEASE:
		return lease_read(optarg, &put->lease);
	case OPTION_FOR:
		return ctl_seconds_read("--for", optarg, 1, LEASE_MAX,
			&put->seconds);
	case OPTION_DRY_RUN:
		put->dry_run = true;
		return true;
	}
	put->force = true;
	return true;
}

/** Make the key and the value, and put them. */
static enum ctl_status
put_begin(struct put* put, char** words, int count)
{
	struct ctl* ctl = put->ctl;
	enum ctl_status status = CTL_FAILED;
	if(!records_name_read(&put->owner, words[0]) ||
		(put->type = records_type_read(words[1])) == 0 ||
		!path_make(put) || !value_make(put, words + 2, count - 2) ||
		!ctl_config(ctl) || !zone_check(put))
		return CTL_FAILED;
	if(put->lease != 0 && ctl->config->etcd.api == ETCD_V2)
		return ctl_error("--lease: etcd's v2 API has no leases; use "
			"--for");
	put->kv = kv_open(ctl);
	if(put->kv && listed_check(put) && hidden_check(put))
		status = put_run(put);
	kv_close(put->kv);
	return status;
}

static enum ctl_status
run(struct ctl* ctl, int argc, char** argv)
{
	struct put put = { .ctl = ctl, .id = "", .ttl = RECORD_TTL_NONE };
	enum ctl_status status;
	int option;
	while((option = ctl_next_option(ctl, argc, argv, options)) !=
		CTL_OPTIONS_END) {
		if(option == CTL_OPTIONS_HELP)
			return CTL_OK;
		if(option == CTL_OPTIONS_WRONG || !option_take(&put, option))
			return CTL_FAILED;
	}
	if(!ctl_check_arguments(ctl, argc, 3, -1))
		return CTL_FAILED;
	if(put.lease != 0 && put.seconds != 0)
		return ctl_error("--lease and --for: only one of them");
	put.set.ttl = RECORD_TTL_NONE;
	status = put_begin(&put, argv + optind, argc - optind);
	record_set_clear(&put.set);
	buffer_clear(&put.path);
	buffer_clear(&put.value);
	return status;
}

const struct ctl_command command_put = {
	"put", "NAME TYPE RDATA...", "puts a key with the records of a name",
	"Options:\n"
	"  --ttl TTL             of the records; 300, 5m; else the zone's\n"
	"  --id ID               of the key, where several give the records of "
	"a name\n"
	"  --lease ID            etcd's lease on which the key hangs\n"
	"  --for TIME            put it under a new lease that nobody renews: "
	"90s, 1d\n"
	"  --dry-run             only say what would be put\n"
	"  --force               put what would not be served, or contradicts\n"
	"\n"
	"RDATA is what a zone file has behind the type, or any value that the "
	"module\nreads. Of types A, AAAA, NS and PTR, each word is a record; "
	"else all words\ntogether are one. Where a word begins with '-', "
	"write -- before NAME. The\nkey's value is replaced; the lines that "
	"begin with '-' show the one before.\n",
	run
};
