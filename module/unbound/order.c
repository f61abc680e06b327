/*
 * unbound/order.c - where the module stands among Unbound's.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "unbound/order.h"
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/** what separates words */
#define SPACE " \t\n\v\f\r"

/** What a module before dynlib does. */
static const struct {
	/** its name */
	const char* name;
	/** how bad that is */
	enum order_verdict verdict;
	/** what it does, behind its name */
	const char* text;
} before[] = {
	{ "iterator", ORDER_UNASKED, "passes no query on to it" },
	{ "dns64", ORDER_STALE, "keeps answers that etcd has overtaken" },
	{ "cachedb", ORDER_STALE, "keeps answers that etcd has overtaken" },
	{ "ipsecmod", ORDER_STALE, "keeps answers that etcd has overtaken" },
	{ "validator", ORDER_LEAKY, "does not check aliases of signed zones "
		"that lead to names in etcd" },
	{ "subnetcache", ORDER_LEAKY, "keeps answers that etcd has overtaken "
		"for clients that send an EDNS client subnet of 0 bits" },
};

/** number of those */
#define BEFORE_COUNT (sizeof(before) / sizeof(*before))

/** A word of a text. */
struct word {
	/** where it begins */
	const char* at;
	/** octets of it; 0: there is none */
	size_t len;
};

/** The first word of a text, or the one behind another. */
static struct word
word_find(const char* text)
{
	struct word word;
	word.at = text + strspn(text, SPACE);
	word.len = strcspn(word.at, SPACE);
	return word;
}

static struct word
word_next(struct word word)
{
	return word_find(word.at + word.len);
}

/** What a module does. @return its number in the table; BEFORE_COUNT if it is
 * fine. */
static size_t
word_look_up(struct word word)
{
	size_t i;
	for(i = 0; i < BEFORE_COUNT; i++) {
		if(strlen(before[i].name) == word.len &&
			memcmp(before[i].name, word.at, word.len) == 0)
			break;
	}
	return i;
}

/** Append a word to the order in a line, which begins behind the quote. */
static void
line_add(char* line, struct word word)
{
	size_t len = strlen(line);
	snprintf(line + len, ORDER_LINE_MAX - len, "%s%.*s",
		line[len - 1] == '"' ? "" : " ", (int)word.len, word.at);
}

/** Append those of the first words that are fine before the module, or those
 * that are not. */
static void
line_add_first(char* line, const char* modules, int count, bool fine)
{
	struct word word = word_find(modules);
	for(; count > 0; count--, word = word_next(word)) {
		if((word_look_up(word) == BEFORE_COUNT) == fine)
			line_add(line, word);
	}
}

/** Append the order that is right: what hurts before the module comes right
 * behind it, and all else stays.
 * @param own: the module's word. */
static void
line_add_right(char* line, const char* modules, int id, struct word own)
{
	line_add_first(line, modules, id, true);
	line_add(line, own);
	line_add_first(line, modules, id, false);
	for(own = word_next(own); own.len > 0; own = word_next(own))
		line_add(line, own);
}

enum order_verdict
order_check(const char* modules, int id, char* line)
{
	struct word word = word_find(modules);
	size_t worst = BEFORE_COUNT;
	int i;
	for(i = 0; i < id && word.len > 0; i++, word = word_next(word)) {
		size_t at = word_look_up(word);
		if(at < BEFORE_COUNT && (worst == BEFORE_COUNT ||
			before[at].verdict > before[worst].verdict))
			worst = at;
	}
	if(worst == BEFORE_COUNT || word.len == 0)
		return ORDER_FINE;
	snprintf(line, ORDER_LINE_MAX, "module-config \"%s\": %s stands before "
		"%.*s, and %s; the right order is \"", modules,
		before[worst].name, (int)word.len, word.at,
		before[worst].text);
	line_add_right(line, modules, id, word);
	if(strlen(line) + 1 < ORDER_LINE_MAX)
		strcat(line, "\"");
	return before[worst].verdict;
}
