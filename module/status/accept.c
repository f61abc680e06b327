/*
 * status/accept.c - which format a client wants.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "status/metrics.h"
#include "base/text.h"
#include <string.h>
#include <strings.h>

/** the weight of what is accepted without one, in thousandths */
#define WEIGHT_MAX 1000

/** A part of a field's value; not NUL-terminated. */
struct part {
	const char* text;
	size_t len;
};

/** Remove spaces and tabs at both ends. */
static struct part
trim(struct part part)
{
	while(part.len > 0 && strchr(" \t", *part.text)) {
		part.text++;
		part.len--;
	}
	while(part.len > 0 && strchr(" \t", part.text[part.len - 1]))
		part.len--;
	return part;
}

/** Take the next part, which ends at a separator, off the rest.
 * @return false if there is none. */
static bool
take(struct part* rest, char separator, struct part* part)
{
	const char* end;
	if(!rest->text)
		return false;
	end = memchr(rest->text, separator, rest->len);
	*part = (struct part){ rest->text, end ? (size_t)(end - rest->text) :
		rest->len };
	*rest = end ? (struct part){ end + 1, rest->len - part->len - 1 } :
		(struct part){ NULL, 0 };
	*part = trim(*part);
	return true;
}

/** Whether a part is a text, in any case. */
static bool
part_is(struct part part, const char* text)
{
	return part.len == strlen(text) &&
		strncasecmp(part.text, text, part.len) == 0;
}

/** Read a weight, such as "0.75". @return thousandths; 0 if it is none. */
static unsigned
read_weight(struct part part)
{
	unsigned weight = 0, worth = WEIGHT_MAX;
	size_t i;
	for(i = 0; i < part.len && i < 5; i++) {
		if(i == 1 && part.text[i] == '.')
			continue;
		if(i == 1 || !text_is_digit(part.text[i]))
			return 0;
		weight += (unsigned)(part.text[i] - '0') * worth;
		worth /= 10;
	}
	return i < part.len || weight > WEIGHT_MAX ? 0 : weight;
}

/** What a client says of one type. */
struct range {
	/** the type */
	struct part type;
	/** its weight, in thousandths */
	unsigned weight;
	/** whether it names a version that is not the one that we write */
	bool other_version;
};

/** Read a type with its parameters. */
static struct range
read_range(struct part text)
{
	struct range range = { .weight = WEIGHT_MAX };
	struct part parameter;
	if(!take(&text, ';', &range.type))
		return range;
	while(take(&text, ';', &parameter)) {
		struct part name;
		if(!take(&parameter, '=', &name) || !parameter.text)
			continue;
		parameter = trim(parameter);
		if(part_is(name, "q"))
			range.weight = read_weight(parameter);
		else if(part_is(name, "version"))
			range.other_version = !part_is(parameter, "1.0.0");
	}
	return range;
}

enum metrics_format
metrics_choose(const char* accept)
{
	struct part rest = { accept, accept ? strlen(accept) : 0 }, part;
	unsigned open = 0, plain = 0;
	while(take(&rest, ',', &part)) {
		const struct range range = read_range(part);
		if(part_is(range.type, "application/openmetrics-text") &&
			!range.other_version && range.weight > open)
			open = range.weight;
		else if((part_is(range.type, "text/plain") ||
			part_is(range.type, "text/*") ||
			part_is(range.type, "*/*")) && range.weight > plain)
			plain = range.weight;
	}
	return open > 0 && open >= plain ? METRICS_OPENMETRICS :
		METRICS_PROMETHEUS;
}

const char*
metrics_content_type(enum metrics_format format)
{
	return format == METRICS_OPENMETRICS ?
		"application/openmetrics-text; version=1.0.0; charset=utf-8" :
		"text/plain; version=0.0.4; charset=utf-8";
}
