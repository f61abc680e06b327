/*
 * format/helix.c - the helix format: keys, and what the feed works with.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "format/helix.h"
#include "dns/type.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- keys ---------------------------------------------------------------- */

/** Where the last segment of a path begins. */
static const char*
last_segment(const char* path, const char* end)
{
	const char* slash = memrchr(path, '/', (size_t)(end - path));
	return slash ? slash + 1 : path;
}

/** Whether the segment of a type is a young name (type_name_is_old). */
static bool
is_young_name(uint16_t type, const char* segment, size_t len)
{
	return type != 0 && !type_name_is_old(type) &&
		(len < 4 || memcmp(segment, "TYPE", 4) != 0);
}

/** Whether the segment of a type is what type_to_text writes, and not TYPE1 for
 * A. */
static bool
is_plain_type(uint16_t type, const char* segment, size_t len)
{
	char text[TYPE_TEXT_MAX];
	if(len < 4 || memcmp(segment, "TYPE", 4) != 0)
		return true;
	type_to_text(type, text);
	return strlen(text) == len && memcmp(segment, text, len) == 0;
}

/**
 * Split a path into the owner's part, the type and the id.
 * @param key: type, source and source_len are set.
 * @param owner_len: set to the octets of path that are the owner's labels.
 * @param literal: set to true if the type is what type_to_text writes.
 * @param two_types: set to true if the last two segments are types.
 * @return NULL, or why there is no type.
 */
static const char*
path_split(struct contribution* key, const char* path, size_t len,
	size_t* owner_len, bool* literal, bool* two_types)
{
	const char* end = path + len;
	const char* last = last_segment(path, end);
	const char *type_at = last, *before = last;
	uint16_t before_type = 0;
	key->source = end;
	key->source_len = 0;
	if(last == end)
		return "a segment is empty (a doubled or final '/')";
	if(last > path) {
		before = last_segment(path, last - 1);
		before_type = type_from_text(before,
			(size_t)(last - 1 - before));
	}
	key->type = type_from_text(last, (size_t)(end - last));
	*two_types = key->type != 0 && before_type != 0;
	if(last > path && (key->type == 0 || (before_type != 0 &&
		is_young_name(key->type, last, (size_t)(end - last))))) {
		key->source = last;
		key->source_len = (size_t)(end - last);
		end = last - 1;
		type_at = before;
		key->type = before_type;
		*two_types = false;
	}
	if(key->type == 0)
		return "neither its last segment nor the one before it is a "
			"type; types are in upper case, as A or AAAA";
	*literal = is_plain_type(key->type, type_at, (size_t)(end - type_at));
	*owner_len = type_at > path ? (size_t)(type_at - path) - 1 : 0;
	return NULL;
}

/** Why a type can't be served at a name; NULL if it can. */
static const char*
type_refused(uint16_t type, const struct name* owner)
{
	bool wildcard = owner->wire[0] == 1 && owner->wire[1] == '*';
	if(type_is_meta(type))
		return "its type is one that only queries have";
	if(type_is_signers(type))
		return "its type is one that only a signer makes, and zones "
			"are not signed here";
	if(wildcard && (type == TYPE_NS || type == TYPE_DNAME))
		return "it is NS or DNAME at a wildcard, and RFC 4592 leaves "
			"undefined what that means";
	return NULL;
}

/** Whether a '%' begins an escape as in a URL. */
static bool
is_percent_octet(const char* at, const char* end)
{
	return *at == '%' && end - at >= 3 && isxdigit((unsigned char)at[1]) &&
		isxdigit((unsigned char)at[2]);
}

/** Why the labels of a path are probably a mistake; NULL if they are not.
 * Escaped octets are taken as meant. */
static const char*
labels_doubt(const char* path, size_t len)
{
	const char *at = path, *end = path + len;
	for(; at < end; at++) {
		unsigned char c = (unsigned char)*at;
		/* the quick way, for nearly all octets of a million keys */
		if((c >= 'a' && c <= 'z') || (c >= '-' && c <= '9'))
			continue;
		if(c == '\\' && at + 1 < end)
			at++;
		else if(c >= 0x7f)
			return "a label is not ASCII: clients ask for such a "
				"name in the form that begins with xn--";
		else if(c <= ' ' || c == '"')
			return "a label has a space, a quote or a control "
				"character in it; if it is meant, escape it, "
				"as \\032";
		else if(is_percent_octet(at, end))
			return "a label has a % in it as URLs have, and no "
				"octet is written so here; if it is meant, "
				"write \\%";
		else if(c == '@' && (at == path || at[-1] == '/') &&
			(at + 1 == end || at[1] == '/'))
			return "a label is @, which stands for no other name "
				"here: write the key without it; if it is "
				"meant, write \\@";
	}
	return NULL;
}

/** As helix_key_read. @param doubtful: set to true if helix_key_doubt gives a
 * reason. */
static const char*
key_read(struct contribution* key, const char* path, size_t len,
	bool* doubtful)
{
	bool plain_type, plain_name, two_types;
	size_t owner_len = 0;
	const char* why = path_split(key, path, len, &owner_len, &plain_type,
		&two_types);
	if(why)
		return why;
	*doubtful = two_types || labels_doubt(path, owner_len);
	if(owner_len == 0 && path[0] == '/')
		return "a segment is empty (a doubled or final '/')";
	why = name_from_path(&key->owner, path, owner_len, &plain_name);
	if(why)
		return why;
	if(key->source_len > UINT16_MAX)
		return "its id is over 65535 octets";
	if((why = type_refused(key->type, &key->owner)) != NULL)
		return two_types ? "its last two segments are types, and the "
			"last one, which counts, is not served here; an id "
			"must not be the name of a type" : why;
	if(!plain_type || !plain_name) {
		if(len > UINT16_MAX)
			return "the key is over 65535 octets";
		key->source = path;
		key->source_len = len;
	}
	return NULL;
}

const char*
helix_key_read(struct contribution* contribution, const char* path,
	size_t len)
{
	bool doubtful;
	return key_read(contribution, path, len, &doubtful);
}

void
helix_key_doubt(const struct contribution* contribution, const char* path,
	size_t len, struct reason* reason)
{
	const char* last = last_segment(path, path + len);
	const char *before, *why;
	char owner[NAME_TEXT_MAX], type[TYPE_TEXT_MAX];
	struct contribution again;
	bool plain, two_types = false;
	size_t owner_len = 0;
	(void)path_split(&again, path, len, &owner_len, &plain, &two_types);
	why = labels_doubt(path, owner_len);
	if(!two_types) {
		(void)reason_say(reason, "%s", why ? why : "");
		return;
	}
	before = last_segment(path, last - 1);
	(void)reason_say(reason, "its last two segments are types, so that it "
		"is %s of %.80s, and not %.*s with the id %.*s; "
		"write that label, or that id, in lower case",
		type_to_text(contribution->type, type),
		name_to_text(contribution->owner.wire, owner),
		(int)(last - 1 - before), before, (int)(path + len - last),
		last);
}

/** room for the path of any key without its id: the name, the type with a NUL,
 * and a '/' after each */
#define PATH_MAX_OCTETS (NAME_WIRE_MAX + 16 + 2)

/**
 * The path of a key without its id, which is what a directory can match.
 * @param path: room for PATH_MAX_OCTETS.
 * @param len: set to the octets of the result.
 * @return path; or the key's source, if that is the whole path.
 */
static const char*
key_path(const struct contribution* key, char* path, size_t* len)
{
	char* at;
	/* TYPE1 is no id, but a path without a '/' */
	if(memchr(key->source, '/', key->source_len) ||
		(key->owner.len == 1 && key->source_len > 4 &&
		memcmp(key->source, "TYPE", 4) == 0 &&
		type_from_text(key->source, key->source_len) != 0)) {
		*len = key->source_len;
		return key->source;
	}
	at = path + name_to_path(&key->owner, path);
	if(at > path)
		*at++ = '/';
	type_to_text(key->type, at);
	at += strlen(at);
	if(key->source_len > 0)
		*at++ = '/';
	*len = (size_t)(at - path);
	return path;
}

size_t
helix_key_write(const struct contribution* key, char* path, size_t size)
{
	char buffer[PATH_MAX_OCTETS];
	size_t len, id;
	const char* start = key_path(key, buffer, &len);
	/* no id follows a source that is the whole path */
	id = start == key->source ? 0 : key->source_len;
	if(len > size)
		len = size;
	if(id > size - len)
		id = size - len;
	memcpy(path, start, len);
	memcpy(path + len, key->source, id);
	return len + id;
}

bool
helix_key_is_below(const struct contribution* key, const char* dir, size_t len)
{
	char buffer[PATH_MAX_OCTETS];
	size_t path_len;
	const char* path = key_path(key, buffer, &path_len);
	if(len == 0)
		return path[0] != '_' && !memmem(path, path_len, "/_", 2);
	return path_len > len && path[len] == '/' &&
		memcmp(path, dir, len) == 0 &&
		!memmem(path + len, path_len - len, "/_", 2);
}

/* --- the format ---------------------------------------------------------- */

/** The state for one source; it has nothing of the keys. */
struct helix_source {
	/** where contributions go */
	struct format_target target;
};

static void*
format_open(const struct format_target* target)
{
	struct helix_source* source = malloc(sizeof(*source));
	if(source)
		source->target = *target;
	return source;
}

static void
format_close(void* state)
{
	free(state);
}

/** Put the records of a value; or, if the value is bad, remove those of the
 * value before it, since etcd has that value no more. */
static enum format_result
value_put(const struct helix_source* source,
	const struct contribution* contribution, const char* value, size_t len,
	struct reason* reason)
{
	struct store* store = source->target.store;
	struct record_set set;
	bool good = helix_value_read(&set, contribution->type, value, len,
		reason);
	bool ok = good ? store_put(store, contribution, &set) :
		*reason->text && store_remove(store, contribution);
	record_set_clear(&set);
	if(!ok)
		return FORMAT_NO_MEMORY;
	return good ? FORMAT_SERVED : FORMAT_BAD;
}

/** Append to what is said of a value what looks wrong with its key. */
static void
doubt_append(const struct contribution* contribution, const char* path,
	size_t len, struct reason* reason)
{
	struct reason doubt;
	helix_key_doubt(contribution, path, len, &doubt);
	(void)reason_say(reason, "%s%s%s", reason->text, *reason->text ?
		"; and " : "", doubt.text);
}

static enum format_result
format_put(void* state, const char* path, size_t len, const char* value,
	size_t value_len, struct reason* reason)
{
	const struct helix_source* source = state;
	struct contribution contribution;
	enum format_result result = FORMAT_BAD;
	bool doubtful;
	const char* why = key_read(&contribution, path, len, &doubtful);
	if(!why)
		result = source->target.admit(source->target.arg,
			&contribution, &why);
	if(result != FORMAT_SERVED) {
		(void)reason_say(reason, "%s", why ? why : "");
		return result;
	}
	result = value_put(source, &contribution, value, value_len, reason);
	if(doubtful)
		doubt_append(&contribution, path, len, reason);
	return result;
}

static bool
format_remove(void* state, const char* path, size_t len)
{
	const struct helix_source* source = state;
	struct contribution contribution;
	const char* why;
	return helix_key_read(&contribution, path, len) ||
		source->target.admit(source->target.arg, &contribution, &why)
		!= FORMAT_SERVED ||
		store_remove(source->target.store, &contribution);
}

/** A directory that was removed. */
struct gone_dir {
	/** the state of its source */
	const struct helix_source* source;
	/** its path */
	const char* path;
	/** octets in path */
	size_t len;
	/** the path as a name: owners of keys in the directory end with it; len
	 * is 0 if the path is no name */
	struct name inside;
	/** the parent's path as a name: the owner of keys in the directory, if
	 * its last segment is a type */
	struct name above;
};

/** Whether an owner ends with a name; false if the name's len is 0. */
static bool
owner_ends(const struct name* name, const struct name* owner)
{
	return name->len > 0 && name_ends(name, owner->wire, owner->len);
}

/** Remove a contribution if its key is below a directory. */
static bool
gone_dir_see(void* arg, const struct contribution* contribution)
{
	const struct gone_dir* gone = arg;
	const struct format_target* target = &gone->source->target;
	const struct name* owner = &contribution->owner;
	const char* why;
	/* the quick way, for nearly all contributions */
	if(!owner_ends(&gone->inside, owner) && !(owner->len ==
		gone->above.len && owner_ends(&gone->above, owner)))
		return true;
	if(!helix_key_is_below(contribution, gone->path, gone->len))
		return true;
	(void)target->admit(target->arg, contribution, &why);
	return store_remove(target->store, contribution);
}

/* A key below a directory has as its owner the directory's name, a name below
 * that, or the parent's name. If the store has no name below the directory's,
 * as for the directory of a host or of an RRset, only two names are looked
 * at. */
static bool
format_remove_below(void* state, const char* dir, size_t len)
{
	struct gone_dir gone = { .source = state, .path = dir, .len = len };
	struct store* store = gone.source->target.store;
	const char* slash = memrchr(dir, '/', len);
	bool literal;
	if(name_from_path(&gone.inside, dir, len, &literal))
		gone.inside.len = 0;
	if(name_from_path(&gone.above, dir, slash ? (size_t)(slash - dir) : 0,
		&literal))
		return true;
	if(gone.inside.len > 0 && store_has_below(store, &gone.inside))
		return store_walk(store, NULL, gone_dir_see, &gone);
	return (gone.inside.len == 0 || store_walk(store, &gone.inside,
		gone_dir_see, &gone)) && store_walk(store, &gone.above,
		gone_dir_see, &gone);
}

static size_t
format_key_write(void* state, const struct contribution* contribution,
	char* path, size_t size)
{
	(void)state;
	return helix_key_write(contribution, path, size);
}

/** Write the labels of a name in reverse. */
static void
name_reverse(const struct name* name, struct name* reversed)
{
	size_t at = 0, to = (size_t)name->len - 1;
	reversed->len = name->len;
	reversed->wire[to] = 0;
	while(name->wire[at]) {
		size_t label = (size_t)name->wire[at] + 1;
		to -= label;
		memcpy(reversed->wire + to, name->wire + at, label);
		at += label;
	}
}

/** Whether the plain path of an owner, without escapes, names it. */
static bool
has_plain_path(const struct name* owner)
{
	char path[NAME_WIRE_MAX];
	struct name again;
	bool literal;
	return !name_from_path(&again, path, name_to_path(owner, path),
		&literal) && again.len == owner->len &&
		memcmp(again.wire, owner->wire, again.len) == 0;
}

/* The guess: the labels of the key are in the order of a name, leaf first. */
static size_t
format_key_meant(void* state, const char* path, size_t len, char* meant,
	size_t size)
{
	const struct format_target* target =
		&((const struct helix_source*)state)->target;
	struct contribution contribution;
	struct name reversed;
	if(helix_key_read(&contribution, path, len))
		return 0;
	name_reverse(&contribution.owner, &reversed);
	if(!target->has_zone(target->arg, &reversed) ||
		!has_plain_path(&reversed))
		return 0;
	contribution.owner = reversed;
	/* a source that is the whole path is that of the wrong key */
	if(memchr(contribution.source, '/', contribution.source_len))
		contribution.source_len = 0;
	return helix_key_write(&contribution, meant, size);
}

const struct format helix_format = {
	.name = "helix",
	.open = format_open,
	.close = format_close,
	.put = format_put,
	.remove = format_remove,
	.remove_below = format_remove_below,
	.key_write = format_key_write,
	.key_meant = format_key_meant,
};
