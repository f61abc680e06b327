/*
 * tests/unit/told.c - a sink that writes down what it is told.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "told.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
told_append(struct told* told, const char* text)
{
	size_t len = strlen(text);
	if(told->len + len >= told->size) {
		told->size = (told->len + len + 1) * 2;
		told->text = realloc(told->text, told->size);
		assert_non_null(told->text);
	}
	memcpy(told->text + told->len, text, len + 1);
	told->len += len;
}

/** Append a space and octets, as text where they are. */
static void
told_octets(struct told* told, const char* data, size_t len)
{
	char octet[4];
	told_append(told, " ");
	for(; len > 0; len--, data++) {
		unsigned char c = (unsigned char)*data;
		if(c > ' ' && c < 0x7f && c != '%')
			snprintf(octet, sizeof(octet), "%c", c);
		else	snprintf(octet, sizeof(octet), "%%%02X", (unsigned)c);
		told_append(told, octet);
	}
}

/** A bool function was called. @return what that is to return. */
static bool
told_call(struct told* told)
{
	told->calls++;
	return told->refuse_at == 0 || told->calls < told->refuse_at;
}

/** End a line of a bool function. @return what that is to return. */
static bool
told_revision(struct told* told, int64_t revision)
{
	char text[32];
	snprintf(text, sizeof(text), " %" PRId64 "\n", revision);
	told_append(told, text);
	return told_call(told);
}

static bool
on_put(void* arg, const char* key, size_t key_len, const char* value,
	size_t value_len, int64_t revision)
{
	told_append(arg, "put");
	told_octets(arg, key, key_len);
	told_octets(arg, value, value_len);
	return told_revision(arg, revision);
}

static bool
on_remove(void* arg, const char* key, size_t key_len, int64_t revision)
{
	told_append(arg, "remove");
	told_octets(arg, key, key_len);
	return told_revision(arg, revision);
}

static bool
on_remove_below(void* arg, const char* dir, size_t len, int64_t revision)
{
	told_append(arg, "below");
	told_octets(arg, dir, len);
	return told_revision(arg, revision);
}

static bool
on_commit(void* arg)
{
	struct told* told = arg;
	told_append(told, "commit\n");
	told->committed = told->len;
	return told_call(told);
}

static void
on_rollback(void* arg)
{
	told_append(arg, "rollback\n");
}

static void
on_list_begin(void* arg)
{
	told_append(arg, "begin\n");
}

static void
on_confirm(void* arg)
{
	struct told* told = arg;
	told->confirmed++;
}

static bool
on_list_end(void* arg, uint64_t cluster, int64_t revision)
{
	struct told* told = arg;
	told->cluster = cluster;
	told_append(told, "end");
	told->committed = told->len;
	return told_revision(told, revision);
}

void
told_clear(struct told* told)
{
	free(told->text);
	memset(told, 0, sizeof(*told));
	told_append(told, "");
}

struct etcd_sink
told_sink(struct told* told)
{
	return (struct etcd_sink){ told, on_put, on_remove, on_remove_below,
		on_commit, on_rollback, on_list_begin, on_list_end,
		on_confirm };
}

void
told_watching(void* arg)
{
	struct told* told = arg;
	told->watching++;
}
