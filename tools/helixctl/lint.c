/*
 * tools/helixctl/lint.c - finds what is wrong with the keys of etcd.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "lint_internal.h"
#include "base/text.h"
#include "dns/type.h"
#include "format/helix.h"
#include "records.h"
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** changes that wait in the store until they are made */
#define PENDING_MAX 10000
/** room for a key in a reason */
#define SHOWN_KEY_SIZE 256

const char*
lint_kind_text(enum lint_kind kind)
{
	static const char* const texts[LINT_KINDS] = {
		[LINT_BAD] = "bad", [LINT_IGNORED] = "ignored",
		[LINT_OUTSIDE] = "outside", [LINT_SUSPICIOUS] = "suspicious",
		[LINT_TARGET] = "target", [LINT_ALIAS] = "alias",
		[LINT_LOOP] = "loop", [LINT_GLUE] = "glue",
		[LINT_HIDDEN] = "hidden", [LINT_TTL] = "ttl",
		[LINT_CROWDED] = "crowded", [LINT_WILDCARD] = "wildcard"
	};
	return texts[kind];
}

/* --- findings ------------------------------------------------------------ */

/** Whether a path begins with another one; the case of letters does not matter
 * in labels. */
static bool
path_begins(const char* path, size_t len, const struct buffer* start)
{
	size_t i;
	for(i = 0; i < start->len; i++) {
		if(i == len || tolower((unsigned char)path[i]) !=
			tolower(start->data[i]))
			return false;
	}
	return true;
}

/** Whether findings of a key are to be reported. */
static bool
is_wanted(const struct lint* lint, const char* path, size_t len,
	const struct name* owner)
{
	struct name_walk walk, only;
	const struct zone_settings* zone;
	const uint8_t* suffix;
	size_t suffix_len;
	if(!lint->only)
		return true;
	if(!owner)
		return path_begins(path, len, &lint->only_path);
	(void)name_walk_init(&walk, owner->wire, owner->len, 0);
	(void)name_walk_init(&only, lint->only->wire, lint->only->len, 0);
	if(walk.labels < only.labels)
		return false;
	suffix = name_walk_suffix(&walk, only.labels, &suffix_len);
	/* a zone between the two has the name */
	zone = records_zone(lint->config, owner, 0);
	return name_is(lint->only, suffix, suffix_len) && (!zone ||
		zone->apex.len <= lint->only->len);
}

/**
 * Note a finding that is to be reported.
 * @param finding: without path and reason.
 * @param path, reason: copied.
 * @return false if memory ran out.
 */
static bool
finding_add(struct lint* lint, struct lint_finding finding, const char* path,
	const char* reason)
{
	finding.path = path ? malloc(finding.path_len + 1) : NULL;
	finding.reason = strdup(reason);
	if(finding.path) {
		memcpy(finding.path, path, finding.path_len);
		finding.path[finding.path_len] = 0;
	}
	if((finding.path || !path) && finding.reason &&
		buffer_append(&lint->findings, &finding, sizeof(finding)))
		return true;
	free(finding.path);
	free(finding.reason);
	return false;
}

static void
note_args(struct lint* lint, enum lint_kind kind, const char* path,
	size_t path_len, const struct name* owner, const char* advice,
	const char* format, va_list args)
{
	struct lint_finding finding = { .kind = kind, .path_len = path_len,
		.advice = advice };
	struct reason reason;
	if(!is_wanted(lint, path, path_len, owner))
		return;
	if(!path)
		finding.zone = records_zone(lint->config, owner, 0);
	(void)reason_say_args(&reason, format, args);
	lint->counts.kind[kind]++;
	if(!finding_add(lint, finding, path, reason.text))
		lint->failed = true;
}

void
lint_note(struct lint* lint, enum lint_kind kind, const char* path,
	size_t path_len, const struct name* owner, const char* advice,
	const char* format, ...)
{
	va_list args;
	va_start(args, format);
	note_args(lint, kind, path, path_len, owner, advice, format, args);
	va_end(args);
}

void
lint_note_contribution(struct lint* lint, enum lint_kind kind,
	const struct contribution* contribution, const char* advice,
	const char* format, ...)
{
	/* a source that is the whole path has at most UINT16_MAX octets */
	size_t size = (size_t)UINT16_MAX + 2 * NAME_WIRE_MAX;
	char* path = malloc(size);
	va_list args;
	if(!path) {
		lint->failed = true;
		return;
	}
	va_start(args, format);
	note_args(lint, kind, path, helix_key_write(contribution, path, size),
		&contribution->owner, advice, format, args);
	va_end(args);
	free(path);
}

const struct lint_finding*
lint_findings(const struct lint* lint, size_t* count)
{
	*count = lint->findings.len / sizeof(struct lint_finding);
	return (const struct lint_finding*)(const void*)lint->findings.data;
}

/** In order of key, then of kind. */
static int
finding_compare(const void* one, const void* other)
{
	const struct lint_finding *a = one, *b = other;
	size_t len = a->path_len < b->path_len ? a->path_len : b->path_len;
	int order = (a->path != NULL) - (b->path != NULL);
	if(order == 0 && len > 0)
		order = memcmp(a->path, b->path, len);
	if(order == 0 && a->path_len != b->path_len)
		order = a->path_len < b->path_len ? -1 : 1;
	if(order == 0 && a->kind != b->kind)
		order = a->kind < b->kind ? -1 : 1;
	return order != 0 ? order : strcmp(a->reason, b->reason);
}

struct lint_counts
lint_counts(const struct lint* lint)
{
	return lint->counts;
}

/* --- keys ---------------------------------------------------------------- */

struct zone*
lint_zone(const struct lint* lint, const struct name_walk* walk,
	uint16_t type)
{
	return zones_find(lint->zones, walk, type);
}

/** See struct format_target. */
static bool
has_zone(void* arg, const struct name* owner)
{
	const struct lint* lint = arg;
	return records_zone(lint->config, owner, 0) != NULL;
}

/** See struct format_target; nothing is put by way of the format. */
static enum format_result
admit_nothing(void* arg, const struct contribution* contribution,
	const char** reason)
{
	(void)arg;
	(void)contribution;
	(void)reason;
	return FORMAT_OUTSIDE;
}

/** Note a key in none of the zones, and which one may have been meant. */
static void
outside_note(struct lint* lint, const char* path, size_t len,
	const struct name* owner)
{
	char meant[SHOWN_KEY_SIZE], shown[SHOWN_KEY_SIZE];
	size_t used = helix_format.key_meant(lint->format, path, len, meant,
		sizeof(meant));
	if(used > 0)
		lint_note(lint, LINT_OUTSIDE, path, len, owner, NULL,
			"its name is in none of the zones; did you mean "
			"%s/%s?", lint->config->etcd.prefix,
			text_show(meant, used, shown, sizeof(shown)));
	else	lint_note(lint, LINT_OUTSIDE, path, len, owner,
			"add its zone to helix.yaml, or delete the key",
			"its name is in none of the zones");
}

/** Note that a zone has a delegation or a DNAME. */
static void
cut_note(struct lint* lint, const struct contribution* contribution)
{
	const struct name* owner = &contribution->owner;
	struct name_walk walk;
	struct zone* zone;
	if(contribution->type != TYPE_NS && contribution->type != TYPE_DNAME)
		return;
	(void)name_walk_init(&walk, owner->wire, owner->len,
		store_seed(lint->store));
	zone = lint_zone(lint, &walk, contribution->type);
	if(zone && (contribution->type == TYPE_DNAME ||
		walk.labels > zone_labels(zone)))
		(void)zone_note_cut(zone);
}

/** Keep a key whose records are to be looked at again. */
static bool
key_keep(struct lint* lint, const char* path, size_t len,
	const struct record* record)
{
	struct lint_key key = { .path_len = len };
	size_t at;
	bool has_target = lint_type_target(record->contribution.type, &at);
	if(!has_target && record->set.ttl == RECORD_TTL_NONE)
		return true;
	key.set.ttl = record->set.ttl;
	key.path = malloc(len + 1);
	if(!key.path)
		return false;
	memcpy(key.path, path, len);
	if(has_target) {
		key.set.count = record->set.count;
		if(!buffer_append(&key.set.rdata, record->set.rdata.data,
			record->set.rdata.len)) {
			free(key.path);
			return false;
		}
	}
	if(buffer_append(&lint->keys, &key, sizeof(key)))
		return true;
	free(key.path);
	record_set_clear(&key.set);
	return false;
}

/** Bring the records of a key into the store. */
static bool
record_put(struct lint* lint, const char* path, size_t len,
	const struct record* record)
{
	cut_note(lint, &record->contribution);
	lint->counts.served++;
	return store_put(lint->store, &record->contribution, &record->set) &&
		(store_pending(lint->store) < PENDING_MAX ||
		store_commit(lint->store)) && key_keep(lint, path, len,
		record);
}

bool
lint_put(struct lint* lint, const char* path, size_t path_len,
	const char* value, size_t value_len)
{
	struct record record;
	const struct name* owner;
	bool ok = true;
	record_read(&record, lint->config, path, path_len, value, value_len);
	owner = record.has_owner ? &record.contribution.owner : NULL;
	lint->counts.keys++;
	switch(record.state) {
	case RECORD_SERVED:
		if(*record.reason.text)
			lint_note(lint, LINT_SUSPICIOUS, path, path_len,
				owner, NULL, "%s", record.reason.text);
		ok = record_put(lint, path, path_len, &record);
		break;
	case RECORD_BAD:
		lint_note(lint, LINT_BAD, path, path_len, owner, NULL, "%s",
			record.reason.text);
		break;
	case RECORD_OUTSIDE:
		outside_note(lint, path, path_len, owner);
		break;
	case RECORD_NO_MEMORY:
		ok = false;
		break;
	}
	record_clear(&record);
	return ok && !lint->failed;
}

/** The keys that are kept. */
static struct lint_key*
kept_keys(const struct lint* lint, size_t* count)
{
	*count = lint->keys.len / sizeof(struct lint_key);
	return (struct lint_key*)(void*)lint->keys.data;
}

bool
lint_finish(struct lint* lint)
{
	size_t i, count;
	const struct lint_key* key = kept_keys(lint, &count);
	if(!store_commit(lint->store) || !store_sweep(lint->store, NULL))
		return false;
	store_read_lock(lint->store);
	for(i = 0; i < count; i++)
		lint_check_key(lint, &key[i]);
	for(i = 0; i < lint->config->zone_count; i++)
		lint_check_zone(lint, &lint->config->zones[i]);
	lint_check_store(lint);
	store_read_unlock(lint->store);
	if(lint->failed)
		return false;
	if(lint->findings.len > 0)
		qsort(lint->findings.data, lint->findings.len /
			sizeof(struct lint_finding),
			sizeof(struct lint_finding), finding_compare);
	return true;
}

/* --- life ---------------------------------------------------------------- */

struct lint*
lint_create(const struct helix_config* config, const struct name* only)
{
	const struct store_listener listener = { .arg = NULL };
	struct lint* lint = calloc(1, sizeof(*lint));
	if(!lint)
		return NULL;
	lint->config = config;
	lint->only = only;
	lint->store = store_create(&listener);
	if(lint->store) {
		lint->zones = zones_create(lint->store, config->zones,
			config->zone_count);
		lint->format = helix_format.open(&(struct format_target){
			lint->store, lint, has_zone, admit_nothing });
	}
	if(!lint->zones || !lint->format || (only && (!records_dir_write(
		&lint->only_path, only) || (lint->only_path.len > 0 &&
		!buffer_append_octet(&lint->only_path, '/'))))) {
		lint_delete(lint);
		return NULL;
	}
	store_mark(lint->store);
	return lint;
}

void
lint_delete(struct lint* lint)
{
	size_t i, count;
	const struct lint_finding* finding;
	struct lint_key* key;
	if(!lint)
		return;
	key = kept_keys(lint, &count);
	for(i = 0; i < count; i++) {
		free(key[i].path);
		record_set_clear(&key[i].set);
	}
	finding = lint_findings(lint, &count);
	for(i = 0; i < count; i++) {
		free(finding[i].path);
		free(finding[i].reason);
	}
	buffer_clear(&lint->keys);
	buffer_clear(&lint->findings);
	buffer_clear(&lint->only_path);
	helix_format.close(lint->format);
	zones_delete(lint->zones);
	store_delete(lint->store);
	free(lint);
}
