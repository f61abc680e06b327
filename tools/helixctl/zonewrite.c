/*
 * tools/helixctl/zonewrite.c - writes zone files.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "zonewrite.h"
#include "output.h"
#include "records.h"
#include <stdio.h>

/** Write the records of an RRset. @param line: where they are made. */
static enum zonewrite_result
rrset_write(const struct zoneset* set, const struct zoneset_rrset* rrset,
	struct buffer* line)
{
	struct zoneset_record first = zoneset_rrset_first(set, rrset);
	struct name owner;
	uint32_t i;
	zoneset_key_name(first.key, first.key_len, &owner);
	for(i = 0; i < rrset->count; i++) {
		struct zoneset_record record = zoneset_get(set, rrset->first +
			i);
		line->len = 0;
		if(!records_line_write(line, &owner, rrset->ttl, rrset->type,
			record.rdata, record.len) || !buffer_append_octet(
			line, '\n'))
			return ZONEWRITE_NO_MEMORY;
		fwrite(line->data, 1, line->len, stdout);
	}
	return output_failed() ? ZONEWRITE_OUTPUT : ZONEWRITE_OK;
}

enum zonewrite_result
zonewrite(const struct zoneset* set)
{
	enum zonewrite_result result = ZONEWRITE_OK;
	struct buffer line = { 0 };
	size_t i;
	for(i = 0; result == ZONEWRITE_OK && i < zoneset_rrsets(set); i++)
		result = rrset_write(set, zoneset_rrset(set, i), &line);
	buffer_clear(&line);
	return result;
}
