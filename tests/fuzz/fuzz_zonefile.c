/*
 * tests/fuzz/fuzz_zonefile.c - any zone file.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/* The input is the file, which may include itself as "zone". */
#include "zonefile.h"
#include "dns/contribution.h"
#include "dns/rdata/rdata.h"
#include "dns/type.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

/** What was told. */
struct told {
	unsigned records, errors;
	bool stopped;
};

/** A record is one that the module would serve, and can be written. */
static bool
record(void* arg, const struct zonefile_record* record)
{
	struct told* told = arg;
	struct name_walk walk;
	if(!name_walk_init(&walk, record->owner->wire, record->owner->len, 0) ||
		memcmp(walk.name.wire, record->owner->wire,
		record->owner->len) != 0)
		abort();
	if(record->ttl > RECORD_TTL_MAX || type_is_meta(record->type) ||
		type_is_signers(record->type) != !record->rdata)
		abort();
	if(record->rdata && (record->len > RDATA_MAX || rdata_check(
		record->type, record->rdata, record->len)))
		abort();
	if(record->place.line == 0 || record->place.column == 0)
		abort();
	/* a $GENERATE may go on for long */
	told->stopped = ++told->records == 1000;
	return !told->stopped;
}

/** A message is a line that is fit for a terminal. */
static void
error(void* arg, const struct zonefile_place* place, const char* text)
{
	struct told* told = arg;
	if(++told->errors > ZONEFILE_ERRORS_MAX + 1 || !*text ||
		place->line == 0 || place->column == 0)
		abort();
	for(; *text; text++) {
		if(*text < ' ' || *text > '~')
			abort();
	}
}

static char folder[] = "/tmp/fuzz_zonefile.XXXXXX";
static char path[sizeof(folder) + 8];

static void
clean_up(void)
{
	unlink(path);
	rmdir(folder);
}

int
LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
	struct told told = { 0 };
	const struct zonefile_sink sink = { &told, record, error };
	struct name origin;
	FILE* file;
	/* what it includes is looked for there, too; /etc and such are no
	 * harm */
	if(!*path && (!mkdtemp(folder) || atexit(clean_up) != 0))
		abort();
	snprintf(path, sizeof(path), "%s/zone", folder);
	file = fopen(path, "w");
	if(!file || fwrite(data, 1, size, file) != size || fclose(file) != 0 ||
		name_from_text(&origin, "example.com", 11))
		abort();
	if(zonefile_read(path, &origin, &sink) != (told.errors == 0 &&
		!told.stopped))
		abort();
	return 0;
}
