/*
 * tools/helixctl/show.c - shows keys as the records that they are.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "show.h"
#include "dns/type.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct option options[] = {
	{ "long", no_argument, NULL, 'l' },
	{ NULL, 0, NULL, 0 }
};

int
show_options(struct ctl* ctl, int argc, char** argv, bool* more)
{
	int option;
	*more = false;
	while((option = ctl_next_option(ctl, argc, argv, options)) == 'l')
		*more = true;
	return option;
}

/* --- text ---------------------------------------------------------------- */

/** Write what is before each line of a key. */
static void
mark_write(const struct show* show, enum show_mark mark)
{
	if(mark == SHOW_PUT)
		printf("%s+ ", output_style(show->ctl, OUTPUT_GOOD));
	else if(mark == SHOW_GONE)
		printf("%s- ", output_style(show->ctl, OUTPUT_BAD));
}

/** Write the lease of a key. */
static void
lease_write(const struct show* show, int64_t lease)
{
	if(show->seconds)
		printf(", expires in %" PRId64 " s", lease);
	else	printf(", lease %016" PRIx64, (uint64_t)lease);
}

/** Write where the records come from, behind a ';'. */
static void
origin_write(const struct show* show, const struct kv_key* key)
{
	printf("%s; ", output_style(show->ctl, OUTPUT_DIM));
	output_key(key->key, key->key_len);
	printf(", revision %" PRId64, key->mod_revision);
	if(key->lease != 0)
		lease_write(show, key->lease);
}

/** The end of a line. */
static void
line_end(const struct show* show)
{
	printf("%s\n", output_style(show->ctl, OUTPUT_PLAIN));
}

/** Show a key that gives no records. */
static void
bad_write(const struct show* show, const struct kv_key* key,
	const struct record* record)
{
	printf("%s; key ", output_style(show->ctl, OUTPUT_WARN));
	output_key(key->key, key->key_len);
	printf(" (revision %" PRId64 ") %s%s", key->mod_revision,
		record->state == RECORD_OUTSIDE ? "is in none of the zones" :
		"is bad: ", record->state == RECORD_OUTSIDE ? "" :
		record->reason.text);
	line_end(show);
}

void
show_text(const struct show* show, enum show_mark mark,
	const struct kv_key* key, const struct record* record)
{
	const struct contribution* its = &record->contribution;
	const uint8_t* at = record->set.rdata.data;
	struct buffer line = { 0 };
	uint32_t i;
	if(record->state != RECORD_SERVED) {
		mark_write(show, mark);
		bad_write(show, key, record);
		return;
	}
	for(i = 0; i < record->set.count; i++) {
		size_t len = (size_t)at[0] << 8 | at[1];
		line.len = 0;
		if(!records_line_write(&line, &its->owner,
			records_ttl(record), its->type, at + 2, len)) {
			ctl_error("out of memory");
			break;
		}
		mark_write(show, mark);
		fwrite(line.data, 1, line.len, stdout);
		if(show->more) {
			putchar('\t');
			origin_write(show, key);
		}
		line_end(show);
		at += 2 + len;
	}
	buffer_clear(&line);
}

/* --- JSON ---------------------------------------------------------------- */

/** Write the members that say what the records are. */
static void
records_json(const struct record* record, bool* first)
{
	const struct contribution* its = &record->contribution;
	const uint8_t* at = record->set.rdata.data;
	struct buffer text = { 0 };
	uint32_t i;
	output_json_name("ttl", first);
	printf("%" PRIu32, records_ttl(record));
	output_json_name("records", first);
	putchar('[');
	for(i = 0; i < record->set.count; i++) {
		size_t len = (size_t)at[0] << 8 | at[1];
		text.len = 0;
		if(!records_rdata_write(&text, its->type, at + 2, len)) {
			ctl_error("out of memory");
			break;
		}
		if(i > 0)
			fputs(", ", stdout);
		output_json((const char*)text.data, text.len);
		at += 2 + len;
	}
	putchar(']');
	buffer_clear(&text);
}

/** Write the members that name the owner, the type and the id. */
static void
owner_json(const struct record* record, bool* first)
{
	const struct contribution* its = &record->contribution;
	char name[NAME_TEXT_MAX], type[TYPE_TEXT_MAX];
	name_to_text(its->owner.wire, name);
	type_to_text(its->type, type);
	output_json_name("name", first);
	output_json(name, strlen(name));
	output_json_name("type", first);
	output_json(type, strlen(type));
	if(record->id_len == 0)
		return;
	output_json_name("id", first);
	output_json(record->id, record->id_len);
}

/** Write the members that etcd knows. */
static void
origin_json(const struct show* show, const struct kv_key* key, bool* first)
{
	output_json_name("key", first);
	output_json(key->key, key->key_len);
	output_json_name("revision", first);
	printf("%" PRId64, key->mod_revision);
	if(key->lease == 0)
		return;
	output_json_name(show->seconds ? "expires_in" : "lease", first);
	if(show->seconds)
		printf("%" PRId64, key->lease);
	else	printf("\"%016" PRIx64 "\"", (uint64_t)key->lease);
}

void
show_json(const struct show* show, const char* action,
	const struct kv_key* key, const struct record* record)
{
	bool first = true;
	putchar('{');
	if(action) {
		output_json_name("action", &first);
		output_json(action, strlen(action));
	}
	if(record->has_owner)
		owner_json(record, &first);
	if(record->state == RECORD_SERVED)
		records_json(record, &first);
	origin_json(show, key, &first);
	if(record->state != RECORD_SERVED) {
		output_json_name("value", &first);
		output_json(key->value, key->value_len);
	}
	if(*record->reason.text) {
		output_json_name(record->state == RECORD_SERVED ? "warning" :
			"bad", &first);
		output_json(record->reason.text,
			strlen(record->reason.text));
	} else if(record->state == RECORD_OUTSIDE) {
		output_json_name("outside", &first);
		fputs("true", stdout);
	}
	putchar('}');
}

/* --- lists --------------------------------------------------------------- */

void
show_in_list(struct show* show, const struct kv_key* key,
	const struct record* record)
{
	if(!show->ctl->json) {
		show_text(show, SHOW_AS_IT_IS, key, record);
		return;
	}
	fputs(show->count++ == 0 ? "[\n" : ",\n", stdout);
	show_json(show, NULL, key, record);
}

void
show_list_end(const struct show* show)
{
	if(show->ctl->json)
		fputs(show->count == 0 ? "[]\n" : "\n]\n", stdout);
}
