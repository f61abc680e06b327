/*
 * tools/helixctl/key.c - helixctl key and helixctl name: keys and their names.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "records.h"
#include "output.h"
#include "dns/type.h"
#include "format/helix.h"
#include <stdio.h>
#include <string.h>

static const struct option options[] = {
	{ "id", required_argument, NULL, 'i' },
	{ NULL, 0, NULL, 0 }
};

/** Say why a key is not served. @return the exit status. */
static enum ctl_status
tell_state(const struct ctl* ctl, const struct record* record)
{
	if(record->state == RECORD_SERVED)
		return CTL_OK;
	if(record->state == RECORD_OUTSIDE)
		ctl_warn("this name is in none of the zones of %s", ctl->conf);
	else	ctl_warn("such a key is not served: %s", record->reason.text);
	return CTL_FOUND;
}

/** Write what names a key, and what it names. */
static void
pair_json(const char* prefix, const char* path, size_t path_len,
	const struct record* record)
{
	char name[NAME_TEXT_MAX], type[TYPE_TEXT_MAX];
	struct buffer key = { 0 };
	bool first = true;
	if(!buffer_append(&key, prefix, strlen(prefix)) ||
		!buffer_append(&key, "/", 1) ||
		!buffer_append(&key, path, path_len)) {
		ctl_error("out of memory");
		buffer_clear(&key);
		return;
	}
	putchar('{');
	output_json_name("key", &first);
	output_json((const char*)key.data, key.len);
	buffer_clear(&key);
	output_json_name("name", &first);
	name_to_text(record->contribution.owner.wire, name);
	output_json(name, strlen(name));
	output_json_name("type", &first);
	type_to_text(record->contribution.type, type);
	output_json(type, strlen(type));
	if(record->id_len > 0) {
		output_json_name("id", &first);
		output_json(record->id, record->id_len);
	}
	fputs("}\n", stdout);
}

/** Write the key of a path. */
static enum ctl_status
key_write(const struct ctl* ctl, const struct buffer* path)
{
	const char* prefix = ctl->config->etcd.prefix;
	const char* text = (const char*)path->data;
	struct record record;
	record_read_key(&record, ctl->config, text, path->len);
	if(ctl->json && record.has_owner)
		pair_json(prefix, text, path->len, &record);
	else if(!ctl->json)
		printf("%s/%.*s\n", prefix, (int)path->len, text);
	return tell_state(ctl, &record);
}

static enum ctl_status
run_key(struct ctl* ctl, int argc, char** argv)
{
	struct buffer path = { 0 };
	enum ctl_status status = CTL_FAILED;
	struct name owner;
	const char* id = "";
	uint16_t type;
	for(;;) {
		switch(ctl_next_option(ctl, argc, argv, options)) {
		case CTL_OPTIONS_WRONG:
			return CTL_FAILED;
		case CTL_OPTIONS_HELP:
			return CTL_OK;
		case 'i':
			id = optarg;
			continue;
		}
		break;
	}
	if(!ctl_check_arguments(ctl, argc, 2, 2) ||
		!records_name_read(&owner, argv[optind]) ||
		(type = records_type_read(argv[optind + 1])) == 0 ||
		!ctl_config(ctl))
		return CTL_FAILED;
	if(records_path_write(&path, &owner, type, id, strlen(id)))
		status = key_write(ctl, &path);
	else	ctl_error("out of memory");
	buffer_clear(&path);
	return status;
}

const struct ctl_command command_key = {
	"key", "NAME TYPE", "says which key gives these records",
	"Options:\n"
	"  -i, --id ID           of the key, where several give the records\n"
	"\n"
	"Does not ask etcd. Exit status 1: such a key is not served.\n",
	run_key
};

/** The path in a key: what follows the prefix. A path itself is accepted,
 * too. */
static const char*
key_path(const char* key, const char* prefix)
{
	const size_t len = strlen(prefix);
	return strncmp(key, prefix, len) == 0 && key[len] == '/' ?
		key + len + 1 : key;
}

static enum ctl_status
name_write(const struct ctl* ctl, const char* key)
{
	const char* path = key_path(key, ctl->config->etcd.prefix);
	char name[NAME_TEXT_MAX], type[TYPE_TEXT_MAX];
	struct record record;
	struct reason doubt;
	record_read_key(&record, ctl->config, path, strlen(path));
	if(!record.has_owner)
		return tell_state(ctl, &record);
	if(ctl->json)
		pair_json(ctl->config->etcd.prefix, path, strlen(path),
			&record);
	else {
		printf("%s\t%s", name_to_text(
			record.contribution.owner.wire, name),
			type_to_text(record.contribution.type, type));
		if(record.id_len > 0) {
			putchar('\t');
			output_text(record.id, record.id_len);
		}
		putchar('\n');
	}
	helix_key_doubt(&record.contribution, path, strlen(path), &doubt);
	if(*doubt.text)
		ctl_warn("%s", doubt.text);
	return tell_state(ctl, &record);
}

static enum ctl_status
run_name(struct ctl* ctl, int argc, char** argv)
{
	switch(ctl_next_option(ctl, argc, argv, NULL)) {
	case CTL_OPTIONS_WRONG:
		return CTL_FAILED;
	case CTL_OPTIONS_HELP:
		return CTL_OK;
	}
	if(!ctl_check_arguments(ctl, argc, 1, 1) || !ctl_config(ctl))
		return CTL_FAILED;
	return name_write(ctl, argv[optind]);
}

const struct ctl_command command_name = {
	"name", "KEY", "says which name, type and id a key has",
	"KEY may have the prefix or not. Does not ask etcd. Exit status 1: "
	"such a key\nis not served.\n",
	run_name
};
