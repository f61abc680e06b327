/*
 * tools/helixctl/records_hidden.c - what hides a name's records.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "output.h"
#include "records.h"
#include "dns/type.h"
#include <string.h>

/** The names from an owner up to its zone's apex, and the ranges that have
 * their delegations and DNAMEs. */
struct above {
	const struct helix_config* config;
	/** the owner, its zone and the type that is asked about */
	const struct name* owner;
	const struct zone_settings* zone;
	uint16_t type;
	struct kv_range range[NAME_LABELS_MAX + 1];
	size_t count;
	/** what the ranges point into */
	struct buffer text;
	/** what hides the records; "": nothing */
	struct reason* reason;
};

/** Append a range: types from DNAME to NS of a name, with or without ids. Few
 * other types are between. Where it begins is set later, as the text may
 * move. */
static bool
range_add(struct above* above, const struct name* name)
{
	static const char first[] = "DNAME", end[] = "NS0";
	struct kv_range* range = &above->range[above->count];
	const size_t start = above->text.len;
	size_t dir;
	if(!records_dir_write(&above->text, name) || (name->len > 1 &&
		!buffer_append(&above->text, "/", 1)))
		return false;
	dir = above->text.len - start;
	if(!buffer_append(&above->text, first, sizeof(first) - 1) ||
		!buffer_reserve(&above->text, dir + sizeof(end)))
		return false;
	range->first_len = dir + sizeof(first) - 1;
	range->end_len = dir + sizeof(end) - 1;
	/* room was made, so that the text does not move meanwhile */
	return buffer_append(&above->text, above->text.data + start, dir) &&
		buffer_append(&above->text, end, sizeof(end) - 1) &&
		++above->count > 0;
}

/** Set where each range begins and ends. */
static void
ranges_point(struct above* above)
{
	const char* at = (const char*)above->text.data;
	size_t i;
	for(i = 0; i < above->count; i++) {
		struct kv_range* range = &above->range[i];
		range->first = at;
		range->end = at + range->first_len;
		at = range->end + range->end_len;
	}
}

/** Find the ranges of the owner and all names above it up to the apex. */
static bool
ranges_init(struct above* above)
{
	struct name name = *above->owner;
	for(;;) {
		size_t label;
		if(!range_add(above, &name))
			return false;
		if(name.len <= above->zone->apex.len)
			break;
		label = (size_t)name.wire[0] + 1;
		name.len = (uint8_t)(name.len - label);
		memmove(name.wire, name.wire + label, name.len);
	}
	ranges_point(above);
	return true;
}

/** Whether a delegation, or a DNAME, at a name hides what is asked about.
 * Addresses below a delegation may be those of its servers. */
static bool
is_hiding(const struct above* above, uint16_t type, const struct name* at)
{
	const bool own = name_is(at, above->owner->wire, above->owner->len);
	if(type == TYPE_DNAME)
		return !own;
	return type == TYPE_NS && !records_is_apex(above->zone, at) &&
		above->type != TYPE_A && above->type != TYPE_AAAA &&
		!(own && (above->type == TYPE_NS || above->type == TYPE_DS));
}

static bool
see(void* arg, const struct kv_key* key)
{
	struct above* above = arg;
	char text[TYPE_TEXT_MAX], shown[OUTPUT_KEY_SIZE(80)];
	struct record record;
	record_read(&record, above->config, key->path, key->path_len,
		key->value, key->value_len);
	if(record.state == RECORD_SERVED && !*above->reason->text &&
		is_hiding(above, record.contribution.type,
		&record.contribution.owner))
		(void)reason_say(above->reason, "it would not be served, "
			"because of the %s of key %s", type_to_text(
			record.contribution.type, text), output_key_text(key->key,
			key->key_len, shown, sizeof(shown)));
	record_clear(&record);
	return true;
}

bool
records_hidden(struct kv* kv, const struct helix_config* config,
	const struct name* owner, uint16_t type, struct reason* reason)
{
	struct above above = { .config = config, .owner = owner,
		.zone = records_zone(config, owner, type), .type = type,
		.reason = reason };
	bool ok;
	*reason->text = 0;
	if(!above.zone)
		return true;
	ok = ranges_init(&above);
	if(!ok)
		ctl_error("out of memory");
	ok = ok && kv_read(kv, above.range, above.count, see, &above, NULL);
	buffer_clear(&above.text);
	return ok;
}
