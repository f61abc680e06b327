/*
 * tools/helixctl/get.c - helixctl get: the records of a name.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "records.h"
#include "show.h"
#include "dns/type.h"
#include <stdio.h>

/** Show the keys of a type; 0: of all. @return their number. */
static size_t
records_show(struct show* show, const struct records* records, uint16_t type)
{
	size_t i, count = 0;
	for(i = 0; i < records->count; i++) {
		const struct records_item* item = &records->item[i];
		if(type != 0 && item->record.contribution.type != type)
			continue;
		show_in_list(show, &item->key, &item->record);
		count++;
	}
	show_list_end(show);
	return count;
}

/** There is nothing: say so. */
static enum ctl_status
tell_none(const struct name* owner, uint16_t type)
{
	char name[NAME_TEXT_MAX], text[TYPE_TEXT_MAX];
	name_to_text(owner->wire, name);
	ctl_error("etcd has no key of %s%s%s", name, type != 0 ? " " : "",
		type != 0 ? type_to_text(type, text) : "");
	return CTL_FOUND;
}

static enum ctl_status
get(struct ctl* ctl, const struct name* owner, uint16_t type, bool more)
{
	struct kv* kv = kv_open(ctl);
	struct show show = { .ctl = ctl, .more = more };
	struct records records = { 0 };
	enum ctl_status status = CTL_FAILED;
	if(!kv)
		return CTL_FAILED;
	show.seconds = !kv_is_atomic(kv);
	if(records_read_owner(&records, kv, ctl->config, owner))
		status = records_show(&show, &records, type) > 0 ? CTL_OK :
			tell_none(owner, type);
	records_clear(&records);
	kv_close(kv);
	return status;
}

static enum ctl_status
run(struct ctl* ctl, int argc, char** argv)
{
	struct name owner;
	uint16_t type = 0;
	bool more;
	switch(show_options(ctl, argc, argv, &more)) {
	case CTL_OPTIONS_WRONG:
		return CTL_FAILED;
	case CTL_OPTIONS_HELP:
		return CTL_OK;
	}
	if(!ctl_check_arguments(ctl, argc, 1, 2) ||
		!records_name_read(&owner, argv[optind]) ||
		(argc - optind == 2 && (type = records_type_read(
		argv[optind + 1])) == 0))
		return CTL_FAILED;
	return get(ctl, &owner, type, more);
}

const struct ctl_command command_get = {
	"get", "NAME [TYPE]", "shows the records that a name has in etcd",
	"Options:\n"
	"  -l, --long            with the key, revision and lease of each\n"
	"\n"
	"Keys of the name are found however they are spelled. Exit status 1:\n"
	"there is none.\n",
	run
};
