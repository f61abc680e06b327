/*
 * tools/helixctl/records.c - keys and values as records, and back.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "records.h"
#include "base/text.h"
#include "dns/rdata/rdata.h"
#include "dns/type.h"
#include "format/helix.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* --- zones --------------------------------------------------------------- */

const struct zone_settings*
records_zone(const struct helix_config* config, const struct name* owner,
	uint16_t type)
{
	const struct zone_settings* best = NULL;
	size_t i;
	for(i = 0; i < config->zone_count; i++) {
		const struct zone_settings* zone = &config->zones[i];
		/* the octets before the suffix are labels of their own only
		 * if they end where one ends */
		if(!records_is_below(&zone->apex, owner) || (best &&
			best->apex.len > zone->apex.len) ||
			(type == TYPE_DS && zone->apex.len == owner->len))
			continue;
		best = zone;
	}
	return best;
}

bool
records_is_below(const struct name* apex, const struct name* owner)
{
	const uint8_t* label = owner->wire;
	size_t left = owner->len;
	while(left > apex->len) {
		left -= (size_t)*label + 1;
		label += *label + 1;
	}
	return left == apex->len && name_is(apex, label, left);
}

bool
records_is_apex(const struct zone_settings* zone, const struct name* owner)
{
	return zone && name_is(&zone->apex, owner->wire, owner->len);
}

const char*
records_refuse(const struct helix_config* config, const struct name* owner,
	uint16_t type)
{
	bool apex = records_is_apex(records_zone(config, owner, 0), owner);
	if(type == TYPE_CNAME && apex)
		return "a zone's apex has an SOA, and a CNAME cannot share its "
			"name with other data; give it addresses";
	if(type == TYPE_SOA && !apex && config->zone_count > 0)
		return "an SOA belongs at a zone's apex; put it there, or make "
			"this name a zone in helix.yaml";
	return NULL;
}

/* --- reading ------------------------------------------------------------- */

/** Find the id in a path: the last segment, if the type is before it. */
static void
id_find(struct record* record, const char* path, size_t len)
{
	const struct contribution* key = &record->contribution;
	const char* last = memrchr(path, '/', len);
	record->id = path + len;
	record->id_len = 0;
	if(key->source_len == 0)
		return;
	if(key->source != path || key->source_len != len) {
		record->id = key->source;
		record->id_len = key->source_len;
		return;
	}
	/* the whole path, whose last segment is the type or an id */
	if(last && type_from_text(last + 1, (size_t)(path + len - last - 1)) !=
		key->type) {
		record->id = last + 1;
		record->id_len = (size_t)(path + len - last - 1);
	}
}

void
record_read_key(struct record* record, const struct helix_config* config,
	const char* path, size_t path_len)
{
	const struct name* owner = &record->contribution.owner;
	const char* why;
	memset(record, 0, sizeof(*record));
	record->id = path + path_len;
	record->state = RECORD_BAD;
	why = helix_key_read(&record->contribution, path, path_len);
	record->has_owner = !why;
	if(!why) {
		id_find(record, path, path_len);
		record->zone = records_zone(config, owner,
			record->contribution.type);
		why = records_refuse(config, owner,
			record->contribution.type);
	}
	if(record->has_owner && !record->zone && config->zone_count > 0)
		record->state = RECORD_OUTSIDE;
	else if(why)
		(void)reason_say(&record->reason, "%s", why);
	else	record->state = RECORD_SERVED;
}

void
record_read(struct record* record, const struct helix_config* config,
	const char* path, size_t path_len, const char* value,
	size_t value_len)
{
	struct reason doubt;
	record_read_key(record, config, path, path_len);
	if(record->state != RECORD_SERVED)
		return;
	if(!helix_value_read(&record->set, record->contribution.type, value,
		value_len, &record->reason)) {
		record->state = *record->reason.text ? RECORD_BAD :
			RECORD_NO_MEMORY;
		record_set_clear(&record->set);
		return;
	}
	helix_key_doubt(&record->contribution, path, path_len, &doubt);
	if(*doubt.text)
		(void)reason_say(&record->reason, "%s%s%s",
			record->reason.text, *record->reason.text ?
			"; and " : "", doubt.text);
}

void
record_clear(struct record* record)
{
	record_set_clear(&record->set);
}

uint32_t
records_ttl(const struct record* record)
{
	if(record->set.ttl != RECORD_TTL_NONE)
		return record->set.ttl;
	return record->zone ? record->zone->ttl : 0;
}

/* --- what the user gives ------------------------------------------------- */

/** Why a text that is a name is probably a mistake all the same; NULL if it is
 * not. Octets that are escaped are taken as meant. */
static const char*
name_doubt(const char* text)
{
	for(; *text; text++) {
		const unsigned char c = (unsigned char)*text;
		if(c == '\\' && text[1])
			text++;
		else if(c >= 0x80)
			return "it is not ASCII; write it in the form that "
				"begins with xn--";
		else if(c <= ' ' || c == 0x7f)
			return "it has a space or a control character in it; "
				"if it is meant, escape it, as \\032";
	}
	return NULL;
}

bool
records_name_read(struct name* name, const char* text)
{
	char shown[TEXT_SHOW_SIZE(100)];
	const char* why = name_from_text(name, text, strlen(text));
	if(!why)
		why = name_doubt(text);
	if(!why)
		return true;
	ctl_error("\"%s\" is no name: %s", text_show(text, strlen(text),
		shown, sizeof(shown)), why);
	return false;
}

uint16_t
records_type_read(const char* text)
{
	char upper[TYPE_TEXT_MAX], shown[TEXT_SHOW_SIZE(40)];
	uint16_t type = 0;
	size_t i, len = strlen(text);
	for(i = 0; i < len && len < sizeof(upper); i++)
		upper[i] = (char)toupper((unsigned char)text[i]);
	if(len < sizeof(upper))
		type = type_from_text(upper, len);
	text_show(text, len, shown, sizeof(shown));
	if(type == 0)
		ctl_error("\"%s\" is no type; expected its name, such as AAAA, "
			"or TYPE and its number", shown);
	else if(type_is_meta(type))
		ctl_error("only queries have the type %s", shown);
	return type_is_meta(type) ? 0 : type;
}

/* --- paths --------------------------------------------------------------- */

/** Whether a label must not hold an octet as it is: because the key would be
 * read as another one, or because it would look like a mistake
 * (helix_key_doubt). */
static bool
needs_escape(const uint8_t* label, size_t at)
{
	const uint8_t c = label[1 + at];
	if(c <= ' ' || c >= 0x7f || strchr("./\\\"", c))
		return true;
	if(c == '%')
		return at + 2 < label[0] && isxdigit(label[1 + at + 1]) &&
			isxdigit(label[1 + at + 2]);
	return c == '@' && label[0] == 1;
}

/** Append an octet of a label, escaped if need be. '/' would end the label in
 * any other form than a number. */
static bool
octet_append(struct buffer* path, const uint8_t* label, size_t at)
{
	const uint8_t c = label[1 + at];
	char text[5];
	if(!needs_escape(label, at))
		return buffer_append_octet(path, c);
	if(c > ' ' && c < 0x7f && c != '/')
		snprintf(text, sizeof(text), "\\%c", c);
	else	snprintf(text, sizeof(text), "\\%03u", (unsigned)c);
	return buffer_append(path, text, strlen(text));
}

static bool
label_append(struct buffer* path, const uint8_t* label)
{
	size_t i;
	for(i = 0; i < label[0]; i++) {
		if(!octet_append(path, label, i))
			return false;
	}
	return true;
}

/** Find the labels of a name, from the root down.
 * @return their number, without the root label. */
static size_t
labels_find(const struct name* name, const uint8_t* label[NAME_LABELS_MAX])
{
	const uint8_t* at;
	size_t count = 0, i;
	for(at = name->wire; *at; at += *at + 1)
		label[count++] = at;
	for(i = 0; i < count / 2; i++) {
		const uint8_t* swap = label[i];
		label[i] = label[count - 1 - i];
		label[count - 1 - i] = swap;
	}
	return count;
}

bool
records_dir_write(struct buffer* path, const struct name* name)
{
	const uint8_t* label[NAME_LABELS_MAX];
	size_t i, count = labels_find(name, label);
	for(i = 0; i < count; i++) {
		if((i > 0 && !buffer_append(path, "/", 1)) ||
			!label_append(path, label[i]))
			return false;
	}
	return true;
}

bool
records_path_write(struct buffer* path, const struct name* owner,
	uint16_t type, const char* id, size_t id_len)
{
	char text[TYPE_TEXT_MAX];
	type_to_text(type, text);
	return records_dir_write(path, owner) &&
		(owner->len == 1 || buffer_append(path, "/", 1)) &&
		buffer_append(path, text, strlen(text)) && (id_len == 0 ||
		(buffer_append(path, "/", 1) && buffer_append(path, id,
		id_len)));
}

/* --- values -------------------------------------------------------------- */

bool
records_rdata_write(struct buffer* text, uint16_t type, const uint8_t* rdata,
	size_t len)
{
	size_t size = rdata_write(type, rdata, len, NULL, 0) + 1;
	if(!buffer_reserve(text, size))
		return false;
	rdata_write(type, rdata, len, (char*)text->data + text->len, size);
	text->len += size - 1;
	return true;
}

bool
records_same(const struct record_set* a, const struct record_set* b)
{
	return a->count == b->count && a->rdata.len == b->rdata.len &&
		(a->rdata.len == 0 || memcmp(a->rdata.data, b->rdata.data,
		a->rdata.len) == 0);
}

/** Whether a value is read as exactly these records.
 * @param surely: and nothing in it looks wrong. */
static bool
is_read_as(uint16_t type, const char* value, size_t len,
	const struct record_set* set, bool surely)
{
	struct record_set again;
	struct reason reason;
	bool same = helix_value_read(&again, type, value, len, &reason) &&
		!(surely && *reason.text) && again.ttl == set->ttl &&
		records_same(&again, set);
	record_set_clear(&again);
	return same;
}

/** Append a TXT record as the text that it is, if it may be written without
 * quotes: ASCII that is printable, in strings that are full but the last.
 * @return false if it may not, or memory ran out; the buffer is unchanged. */
static bool
plain_text_write(struct buffer* value, const struct record_set* set)
{
	const size_t start = value->len;
	const uint8_t* at = set->rdata.data + 2;
	const uint8_t* end = set->rdata.data + set->rdata.len;
	bool ok = true;
	while(ok && at < end) {
		size_t i, len = *at;
		ok = len == 255 || at + 1 + len == end;
		for(i = 1; ok && i <= len; i++)
			ok = at[i] >= ' ' && at[i] < 0x7f;
		ok = ok && buffer_append(value, at + 1, len);
		at += 1 + len;
	}
	if(ok && is_read_as(TYPE_TXT, (const char*)value->data + start,
		value->len - start, set, true))
		return true;
	value->len = start;
	return false;
}

/** Append one record as it stands in a zone file, unless that would be read as
 * something else: a name in it may begin with '{'.
 * @return false as plain_text_write does. */
static bool
plain_rdata_write(struct buffer* value, uint16_t type,
	const struct record_set* set)
{
	const size_t start = value->len;
	if(records_rdata_write(value, type, set->rdata.data + 2,
		set->rdata.len - 2) && is_read_as(type,
		(const char*)value->data + start, value->len - start, set,
		false))
		return true;
	value->len = start;
	return false;
}

/** Append the string in JSON that is a record. It is printable ASCII. */
static bool
json_string_append(struct buffer* value, uint16_t type, const uint8_t* rdata,
	size_t len)
{
	struct buffer text = { 0 };
	bool ok = records_rdata_write(&text, type, rdata, len) &&
		buffer_append(value, "\"", 1);
	size_t i;
	for(i = 0; ok && i < text.len; i++) {
		if(text.data[i] == '"' || text.data[i] == '\\')
			ok = buffer_append(value, "\\", 1);
		ok = ok && buffer_append_octet(value, text.data[i]);
	}
	ok = ok && buffer_append(value, "\"", 1);
	buffer_clear(&text);
	return ok;
}

/** Append the records as JSON: a string, or an array of them.
 * @param array: whether it is an array even of one. */
static bool
json_records_append(struct buffer* value, uint16_t type,
	const struct record_set* set, bool array)
{
	const uint8_t* at = set->rdata.data;
	uint32_t i;
	if(array && !buffer_append(value, "[", 1))
		return false;
	for(i = 0; i < set->count; i++) {
		size_t len = (size_t)at[0] << 8 | at[1];
		if((i > 0 && !buffer_append(value, ", ", 2)) ||
			!json_string_append(value, type, at + 2, len))
			return false;
		at += 2 + len;
	}
	return !array || buffer_append(value, "]", 1);
}

bool
records_value_write(struct buffer* value, uint16_t type,
	const struct record_set* set)
{
	char ttl[40];
	if(set->ttl != RECORD_TTL_NONE) {
		snprintf(ttl, sizeof(ttl), "{\"ttl\": %u, \"rdata\": ",
			(unsigned)set->ttl);
		return buffer_append(value, ttl, strlen(ttl)) &&
			json_records_append(value, type, set,
			set->count != 1) &&
			buffer_append(value, "}", 1);
	}
	return (set->count == 1 && (((type == TYPE_TXT || type == TYPE_SPF) &&
		plain_text_write(value, set)) || plain_rdata_write(value,
		type, set))) || json_records_append(value, type, set, true);
}

bool
records_line_write(struct buffer* line, const struct name* owner,
	uint32_t ttl, uint16_t type, const uint8_t* rdata, size_t len)
{
	char name[NAME_TEXT_MAX], text[TYPE_TEXT_MAX], middle[60];
	name_to_text(owner->wire, name);
	snprintf(middle, sizeof(middle), "\t%u\tIN\t%s\t", (unsigned)ttl,
		type_to_text(type, text));
	return buffer_append(line, name, strlen(name)) &&
		buffer_append(line, middle, strlen(middle)) &&
		records_rdata_write(line, type, rdata, len);
}
