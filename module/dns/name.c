/*
 * dns/name.c - domain names.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/* to call a function would cost more than to hash a few octets */
#define XXH_INLINE_ALL
#include "dns/name.h"
#include "base/text.h"
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

/** Lower case as DNS has it: ASCII only, whatever the locale (RFC 4343). */
static uint8_t
lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

/** As lower, eight octets at once. */
static uint64_t
lower_eight(uint64_t octets)
{
	const uint64_t each = UINT64_C(0x0101010101010101);
	/* the top bit of each octet's sum: whether its low seven bits are 'A'
	 * or more, and whether they are more than 'Z' */
	uint64_t seven = octets & each * 0x7f;
	uint64_t from_a = seven + each * (0x80 - 'A');
	uint64_t behind_z = seven + each * (0x7f - 'Z');
	uint64_t upper = from_a & ~behind_z & ~octets & each * 0x80;
	return octets + (upper >> 2);
}

/** Lower-case a name in wire format; its length octets are at most 63, and so
 * no letters. */
static void
lower_all(uint8_t* octets, size_t len)
{
	uint64_t eight;
	for(; len >= sizeof(eight); len -= sizeof(eight)) {
		memcpy(&eight, octets, sizeof(eight));
		eight = lower_eight(eight);
		memcpy(octets, &eight, sizeof(eight));
		octets += sizeof(eight);
	}
	for(; len > 0; len--, octets++)
		*octets = lower(*octets);
}

bool
name_is(const struct name* name, const uint8_t* wire, size_t len)
{
	size_t at;
	if(len != name->len)
		return false;
	for(at = 0; at < len; at++) {
		if(lower(wire[at]) != name->wire[at])
			return false;
	}
	return true;
}

const char*
name_octet_read(const char** at, const char* end, uint8_t* octet)
{
	const char* p = *at;
	int value;
	if(*p != '\\') {
		*octet = (uint8_t)*p;
		*at = p + 1;
		return NULL;
	}
	if(++p == end)
		return "a backslash at the end escapes nothing";
	if(!text_is_digit(*p)) {
		*octet = (uint8_t)*p;
		*at = p + 1;
		return NULL;
	}
	if(end - p < 3 || !text_is_digit(p[1]) || !text_is_digit(p[2]))
		return "a backslash and a digit need two more digits, as \\046";
	value = (p[0] - '0') * 100 + (p[1] - '0') * 10 + (p[2] - '0');
	if(value > 255)
		return "an escape \\DDD is over \\255";
	*octet = (uint8_t)value;
	*at = p + 3;
	return NULL;
}

/**
 * Read one label, in its own case.
 * @param text: the label's text, up to its delimiter.
 * @param end: the end of it.
 * @param label: the result, its length octet first; 64 octets.
 * @param literal: set to false if the label differs from the text.
 * @return NULL, or why the text is no label.
 */
static const char*
label_read(const char* text, const char* end, uint8_t* label, bool* literal)
{
	size_t len = 0;
	while(text < end) {
		uint8_t octet = (uint8_t)*text;
		if(len == NAME_LABEL_MAX)
			return "a label is over 63 octets";
		if(octet == '.')
			return "a segment has a dot in it; write each label "
				"as a segment of its own, or \\. for a dot "
				"inside a label";
		if(octet == '\\') {
			const char* why = name_octet_read(&text, end, &octet);
			if(why)
				return why;
			*literal = false;
		} else {
			text++;
		}
		if(octet != lower(octet))
			*literal = false;
		label[1 + len++] = octet;
	}
	if(len == 0)
		return "a label is empty";
	label[0] = (uint8_t)len;
	return NULL;
}

const char*
name_from_path(struct name* name, const char* path, size_t len, bool* literal)
{
	/* built from its end, as the segments run from the root down */
	uint8_t label[1 + NAME_LABEL_MAX];
	size_t start = NAME_WIRE_MAX - 1;
	const char* end = path + len;
	*literal = true;
	name->wire[start] = 0;
	while(path < end) {
		const char* slash = memchr(path, '/', (size_t)(end - path));
		const char* stop = slash ? slash : end;
		const char* why;
		if(stop == path || (slash && slash + 1 == end))
			return "a segment is empty (a doubled or final '/')";
		if((why = label_read(path, stop, label, literal)) != NULL)
			return why;
		if(start < (size_t)label[0] + 1)
			return "the name is over 255 octets";
		start -= (size_t)label[0] + 1;
		memcpy(name->wire + start, label, (size_t)label[0] + 1);
		path = slash ? slash + 1 : end;
	}
	name->len = (uint8_t)(NAME_WIRE_MAX - start);
	memmove(name->wire, name->wire + start, name->len);
	lower_all(name->wire, name->len);
	return NULL;
}

size_t
name_to_path(const struct name* name, char* path)
{
	/* the leaf comes first in the name and last in the path */
	const uint8_t* label = name->wire;
	char* at;
	if(name->len < 2)
		return 0;
	/* without the root label, and one '/' fewer than labels */
	at = path + name->len - 2;
	for(; *label; label += *label + 1) {
		at -= *label;
		memcpy(at, label + 1, *label);
		if(at > path)
			*--at = '/';
	}
	return (size_t)name->len - 2;
}

/** The end of the label that begins at text: a bare dot, or end. */
static const char*
label_end(const char* text, const char* end)
{
	while(text < end && *text != '.')
		text += *text == '\\' && text + 1 < end ? 2 : 1;
	return text;
}

/** As name_wire_from_text. @param absolute: set to whether the text has the
 * final dot. */
static const char*
wire_read(uint8_t* wire, size_t* wire_len, const char* text, size_t len,
	bool* absolute)
{
	uint8_t label[1 + NAME_LABEL_MAX];
	const char* end = text + len;
	bool literal;
	size_t used = 0;
	*absolute = len == 1 && text[0] == '.';
	if(len == 0)
		return "the name is empty";
	if(len == 1 && text[0] == '.')
		text = end;
	while(text < end) {
		const char* stop = label_end(text, end);
		const char* why = label_read(text, stop, label, &literal);
		if(why)
			return why;
		if(used + label[0] + 2 > NAME_WIRE_MAX)
			return "the name is over 255 octets";
		memcpy(wire + used, label, (size_t)label[0] + 1);
		used += (size_t)label[0] + 1;
		*absolute = stop < end;
		text = stop < end ? stop + 1 : end;
	}
	wire[used] = 0;
	*wire_len = used + 1;
	return NULL;
}

const char*
name_wire_from_text(uint8_t* wire, size_t* wire_len, const char* text,
	size_t len)
{
	bool absolute;
	return wire_read(wire, wire_len, text, len, &absolute);
}

/** Octets of a name in wire format. */
static size_t
wire_length(const uint8_t* wire)
{
	size_t len = 1;
	for(; *wire; wire += *wire + 1)
		len += (size_t)*wire + 1;
	return len;
}

const char*
name_wire_from_zone_text(uint8_t* wire, size_t* wire_len, const char* text,
	size_t len, const uint8_t* origin)
{
	const size_t more = origin ? wire_length(origin) : 0;
	const bool is_origin = len == 1 && *text == '@';
	bool absolute = false;
	const char* why;
	*wire_len = 1;
	why = is_origin ? NULL : wire_read(wire, wire_len, text, len,
		&absolute);
	if(why || absolute)
		return why;
	if(!origin)
		return "there is no origin, so the name must be complete, "
			"with a dot at its end";
	if(*wire_len - 1 + more > NAME_WIRE_MAX)
		return "with the origin, the name is over 255 octets";
	memcpy(wire + *wire_len - 1, origin, more);
	*wire_len += more - 1;
	return NULL;
}

const char*
name_from_text(struct name* name, const char* text, size_t len)
{
	size_t used;
	const char* why = name_wire_from_text(name->wire, &used, text, len);
	if(why)
		return why;
	lower_all(name->wire, used);
	name->len = (uint8_t)used;
	return NULL;
}

const char*
name_from_zone_text(struct name* name, const char* text, size_t len,
	const uint8_t* origin)
{
	size_t used;
	const char* why = name_wire_from_zone_text(name->wire, &used, text,
		len, origin);
	if(why)
		return why;
	lower_all(name->wire, used);
	name->len = (uint8_t)used;
	return NULL;
}

char*
name_to_text(const uint8_t* wire, char* text)
{
	char* out = text;
	if(*wire == 0)
		*out++ = '.';
	while(*wire) {
		uint8_t len = *wire++;
		for(; len > 0; len--, wire++) {
			if(*wire <= ' ' || *wire >= 0x7f) {
				out += snprintf(out, 5, "\\%03u",
					(unsigned)*wire);
				continue;
			}
			if(strchr(".\\\"();@$", *wire))
				*out++ = '\\';
			*out++ = (char)*wire;
		}
		*out++ = '.';
	}
	*out = 0;
	return text;
}

uint64_t
name_hash_label(uint64_t parent, const uint8_t* label)
{
	return XXH3_64bits_withSeed(label, (size_t)label[0] + 1, parent);
}

/**
 * Find where the labels of a name begin.
 * @param start: the result, from the leaf on; NAME_LABELS_MAX.
 * @param labels: set to their number, without the root label.
 * @return false if wire is not exactly one well-formed name.
 */
static bool
labels_find(const uint8_t* wire, size_t len, uint8_t* start, unsigned* labels)
{
	unsigned count = 0;
	size_t at = 0;
	if(len == 0 || len > NAME_WIRE_MAX)
		return false;
	for(; wire[at] != 0; at += (size_t)wire[at] + 1) {
		if(wire[at] > NAME_LABEL_MAX || at + wire[at] + 1 >= len)
			return false;
		start[count++] = (uint8_t)at;
	}
	*labels = count;
	return at + 1 == len;
}

bool
name_walk_init(struct name_walk* walk, const uint8_t* wire, size_t len,
	uint64_t seed)
{
	uint8_t start[NAME_LABELS_MAX];
	unsigned i;
	if(!labels_find(wire, len, start, &walk->labels))
		return false;
	memcpy(walk->name.wire, wire, len);
	lower_all(walk->name.wire, len);
	walk->name.len = (uint8_t)len;
	walk->offset[0] = (uint8_t)(len - 1);
	walk->hash[0] = seed;
	for(i = 1; i <= walk->labels; i++) {
		walk->offset[i] = start[walk->labels - i];
		walk->hash[i] = name_hash_label(walk->hash[i - 1],
			walk->name.wire + walk->offset[i]);
	}
	return true;
}
