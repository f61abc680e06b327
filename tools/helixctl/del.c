/*
 * tools/helixctl/del.c - helixctl del: deletes records.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "records.h"
#include "show.h"
#include "dns/type.h"
#include <stdio.h>
#include <string.h>

/** how often a deletion is begun anew because another change came between */
#define TRIES 20

enum {
	OPTION_ID = 256,
	OPTION_DRY_RUN
};

static const struct option options[] = {
	{ "id", required_argument, NULL, OPTION_ID },
	{ "dry-run", no_argument, NULL, OPTION_DRY_RUN },
	{ NULL, 0, NULL, 0 }
};

/** What is to be deleted. */
struct del {
	struct ctl* ctl;
	struct kv* kv;
	struct name owner;
	/** 0: all */
	uint16_t type;
	/** NULL: with any id, or none */
	const char* id;
	bool dry_run;
	/** keys that were deleted, or would be */
	size_t count;
};

/** Whether a key is to be deleted. */
static bool
is_meant(const struct del* del, const struct record* record)
{
	return (del->type == 0 || record->contribution.type == del->type) &&
		(!del->id || (record->id_len == strlen(del->id) &&
		memcmp(record->id, del->id, record->id_len) == 0));
}

/** Show a key that is gone, or would be. */
static void
gone_show(struct del* del, const struct records_item* item)
{
	const struct show show = { .ctl = del->ctl, .more = true,
		.seconds = !kv_is_atomic(del->kv) };
	if(del->ctl->json) {
		show_json(&show, del->dry_run ? "would-delete" : "delete",
			&item->key, &item->record);
		putchar('\n');
	} else	show_text(&show, SHOW_GONE, &item->key, &item->record);
	del->count++;
}

/** Delete some keys, each if it is still what was read. */
static enum kv_result
part_delete(struct del* del, const struct records_item* const* items,
	size_t count)
{
	struct kv_change changes[KV_CHANGES_MAX];
	struct kv_outcome outcome = { .applied = count };
	enum kv_result result = KV_OK;
	size_t i;
	for(i = 0; i < count; i++)
		changes[i] = (struct kv_change){ .path = items[i]->key.path,
			.path_len = items[i]->key.path_len,
			.expected = items[i]->key.mod_revision };
	if(!del->dry_run)
		result = kv_apply(del->kv, changes, count, NULL, 0, &outcome);
	for(i = 0; i < outcome.applied; i++)
		gone_show(del, items[i]);
	return result;
}

/** Delete those keys that are meant. */
static enum kv_result
records_delete(struct del* del, const struct records* records)
{
	const struct records_item* part[KV_CHANGES_MAX];
	enum kv_result result = KV_OK;
	size_t i, count = 0;
	for(i = 0; i < records->count && result == KV_OK; i++) {
		if(is_meant(del, &records->item[i].record))
			part[count++] = &records->item[i];
		if(count == KV_CHANGES_MAX) {
			result = part_delete(del, part, count);
			count = 0;
		}
	}
	if(result == KV_OK && count > 0)
		result = part_delete(del, part, count);
	return result;
}

/** Nothing is there to be deleted: say so. */
static enum ctl_status
tell_none(const struct del* del)
{
	char name[NAME_TEXT_MAX], text[TYPE_TEXT_MAX];
	name_to_text(del->owner.wire, name);
	ctl_error("etcd has no key of %s%s%s%s", name,
		del->type != 0 ? " " : "", del->type != 0 ?
		type_to_text(del->type, text) : "", del->id ?
		" with this id" : "");
	return CTL_FOUND;
}

/** Read and delete, again while others change these keys. */
static enum ctl_status
del_run(struct del* del)
{
	enum kv_result result = KV_CONFLICT;
	unsigned i;
	for(i = 0; i < TRIES && result == KV_CONFLICT; i++) {
		struct records records = { 0 };
		result = KV_FAILED;
		if(records_read_owner(&records, del->kv, del->ctl->config,
			&del->owner))
			result = records_delete(del, &records);
		records_clear(&records);
	}
	if(result == KV_CONFLICT)
		ctl_error("others keep changing these keys");
	if(result != KV_OK && del->count > 0)
		ctl_error("%zu keys were deleted before, and not the others",
			del->count);
	if(result != KV_OK)
		return CTL_FAILED;
	return del->count > 0 ? CTL_OK : tell_none(del);
}

static enum ctl_status
run(struct ctl* ctl, int argc, char** argv)
{
	struct del del = { .ctl = ctl };
	enum ctl_status status = CTL_FAILED;
	for(;;) {
		switch(ctl_next_option(ctl, argc, argv, options)) {
		case CTL_OPTIONS_WRONG:
			return CTL_FAILED;
		case CTL_OPTIONS_HELP:
			return CTL_OK;
		case OPTION_ID:
			del.id = optarg;
			continue;
		case OPTION_DRY_RUN:
			del.dry_run = true;
			continue;
		}
		break;
	}
	if(!ctl_check_arguments(ctl, argc, 1, 2))
		return CTL_FAILED;
	if(del.id && argc - optind == 1)
		return ctl_error("--id: of which type?");
	if(!records_name_read(&del.owner, argv[optind]) ||
		(argc - optind == 2 && (del.type = records_type_read(
		argv[optind + 1])) == 0))
		return CTL_FAILED;
	del.kv = kv_open(ctl);
	if(del.kv)
		status = del_run(&del);
	kv_close(del.kv);
	return status;
}

const struct ctl_command command_del = {
	"del", "NAME [TYPE]", "deletes the keys of a name, or of one type",
	"Options:\n"
	"  --id ID               only the key with this id; \"\": the one "
	"without\n"
	"  --dry-run             only say what would be deleted\n"
	"\n"
	"Keys of the name are found however they are spelled; those of names "
	"below it\nstay. With --json, each key is an object on a line. Exit "
	"status 1: there is\nnone.\n",
	run
};
