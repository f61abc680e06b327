/*
 * tools/helixctl/scope.c - which names a command is about.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "scope.h"
#include <string.h>

bool
scope_init(struct scope* scope, const struct helix_config* config,
	const char* name)
{
	memset(scope, 0, sizeof(*scope));
	scope->config = config;
	scope->all = name == NULL;
	if(scope->all)
		return true;
	if(!records_name_read(&scope->top, name))
		return false;
	if(records_dir_write(&scope->dir, &scope->top) &&
		buffer_append(&scope->dir, "", 1) &&
		records_ranges_init(&scope->ranges, &scope->top, NULL))
		return true;
	scope_clear(scope);
	ctl_error("out of memory");
	return false;
}

void
scope_clear(struct scope* scope)
{
	buffer_clear(&scope->dir);
	records_ranges_clear(&scope->ranges);
}

bool
scope_has(const struct scope* scope, const struct record* record)
{
	const struct name* owner = &record->contribution.owner;
	if(scope->all)
		return true;
	if(!record->has_owner || !records_is_below(&scope->top, owner))
		return false;
	/* is there a zone between? */
	return !record->zone || record->zone->apex.len <= scope->top.len;
}

/** Passes on what is not in the directory. */
struct elsewhere {
	const char* dir;
	size_t len;
	kv_seen* seen;
	void* arg;
};

static bool
see_elsewhere(void* arg, const struct kv_key* key)
{
	const struct elsewhere* elsewhere = arg;
	const size_t len = elsewhere->len;
	if(len == 0 || (key->path_len > len && key->path[len] == '/' &&
		memcmp(key->path, elsewhere->dir, len) == 0))
		return true;
	return elsewhere->seen(elsewhere->arg, key);
}

bool
scope_list(const struct scope* scope, struct kv* kv, kv_seen* seen, void* arg)
{
	struct elsewhere elsewhere = { .seen = seen, .arg = arg };
	if(scope->all)
		return kv_list(kv, "", seen, arg, NULL);
	elsewhere.dir = (const char*)scope->dir.data;
	elsewhere.len = scope->dir.len - 1;
	if(elsewhere.len > 0 && kv_reads_all(kv) && !kv_read(kv,
		scope->ranges.range, scope->ranges.count, see_elsewhere,
		&elsewhere, NULL))
		return false;
	return kv_list(kv, elsewhere.dir, seen, arg, NULL);
}
