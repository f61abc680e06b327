/*
 * tests/fuzz/fuzz_key.c - any key, and any directory above it.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/* The input is a key, and behind a newline, if there is one, a directory. */
#include "format/helix.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

/** A copy of exactly its size, so that no octet behind it is read unseen. */
static char*
copy(const uint8_t* data, size_t size)
{
	char* exact = malloc(size ? size : 1);
	if(!exact)
		abort();
	memcpy(exact, data, size);
	return exact;
}

/** A key that was read is a name that can be walked, written and read. */
static void
check_owner(const struct name* owner)
{
	char text[NAME_TEXT_MAX], path[NAME_WIRE_MAX];
	struct name_walk walk;
	struct name again;
	bool literal;
	if(!name_walk_init(&walk, owner->wire, owner->len, 1))
		abort();
	name_to_text(owner->wire, text);
	if(name_from_text(&again, text, strlen(text)) ||
		again.len != owner->len ||
		memcmp(again.wire, owner->wire, owner->len) != 0)
		abort();
	(void)name_from_path(&again, path, name_to_path(owner, path),
		&literal);
}

/** What is said of a key is fit for a log line. */
static void
check_doubt(const struct contribution* record, const char* key, size_t len)
{
	struct reason reason;
	size_t i;
	helix_key_doubt(record, key, len, &reason);
	for(i = 0; reason.text[i]; i++) {
		if(reason.text[i] < ' ' || reason.text[i] > '~')
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
	const uint8_t* newline = memchr(data, '\n', size);
	size_t len = newline ? (size_t)(newline - data) : size;
	size_t dir_len = newline ? size - len - 1 : 0;
	char* key = copy(data, len);
	char* dir = copy(newline ? newline + 1 : data, dir_len);
	struct contribution record;
	if(!helix_key_read(&record, key, len)) {
		check_owner(&record.owner);
		check_doubt(&record, key, len);
		/* a key is below a directory if its path begins so */
		if(helix_key_is_below(&record, dir, dir_len) && dir_len > 0 &&
			(dir_len >= len || memcmp(key, dir, dir_len) != 0 ||
			key[dir_len] != '/'))
			abort();
	}
	free(key);
	free(dir);
	return 0;
}
