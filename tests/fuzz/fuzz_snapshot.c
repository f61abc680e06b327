/*
 * tests/fuzz/fuzz_snapshot.c - snapshot_file_parse, with any octets.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/*
 * The input is a file. It is read as it is, and once more with the hashes made
 * right where they are to stand, as no input gets past them by chance.
 */
#include "snapshot/file.h"
#include <endian.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/** octets of the numbers at the end */
#define TAIL 24

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

/** What is told of a file. */
struct told {
	/** where the file is */
	const uint8_t *begin, *end;
	/** number of keys, and their octets */
	uint64_t count, octets;
	/** put returns false from this key on; 0: never */
	uint64_t refuse_at;
};

static bool
on_put(void* arg, const char* key, size_t key_len, const char* value,
	size_t value_len, int64_t revision)
{
	struct told* told = arg;
	const uint8_t* at = (const uint8_t*)key;
	(void)revision;
	/* the value is right behind the key, and both are in the file */
	if(at < told->begin || value != key + key_len || (size_t)(told->end -
		at) < key_len || (size_t)(told->end - at) - key_len <
		value_len)
		abort();
	told->octets += key_len + value_len;
	return ++told->count != told->refuse_at;
}

/** Numbers of a file that is sound are those of what was told. */
static void
check_sound(const uint8_t* data, const struct told* told,
	const struct snapshot_file_origin* facts)
{
	uint64_t numbers[2];
	memcpy(numbers, data + 32, sizeof(numbers));
	if(told->count != be64toh(numbers[0]) ||
		told->octets != be64toh(numbers[1]) || facts->cluster == 0 ||
		facts->revision <= 0 || facts->confirmed < 0)
		abort();
}

static void
parse(const uint8_t* data, size_t size)
{
	struct told told = { data, data + size, 0, 0, 0 };
	struct snapshot_file_origin facts = { ETCD_V3, "/h", 0, 0, 0 };
	struct reason why = { "" };
	/* of whichever API it says that it is */
	if(size > 11 && data[11] == 2)
		facts.api = ETCD_V2;
	if(!snapshot_file_parse(data, size, &facts, on_put, &told, &why)) {
		if(told.count != 0 || strncmp(why.text, "it", 2) != 0)
			abort();
		return;
	}
	check_sound(data, &told, &facts);
	if(told.count == 0)
		return;
	told.refuse_at = told.count;
	told.count = 0;
	if(snapshot_file_parse(data, size, &facts, on_put, &told, &why) ||
		told.count != told.refuse_at)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
	uint8_t* copy = malloc(size + (size == 0));
	uint64_t hash;
	if(!copy)
		abort();
	if(size > 0)
		memcpy(copy, data, size);
	parse(copy, size);
	if(size >= TAIL) {
		hash = htobe64(XXH3_64bits(copy, size - TAIL));
		memcpy(copy + size - TAIL, &hash, sizeof(hash));
		/* now and then, that of when it was confirmed too */
		hash = htobe64(XXH3_64bits(copy + size - TAIL, 16));
		if(copy[size - 1] & 1)
			memcpy(copy + size - 8, &hash, sizeof(hash));
		parse(copy, size);
	}
	free(copy);
	return 0;
}
