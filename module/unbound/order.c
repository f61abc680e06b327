/*
 * unbound/order.c - checks the order of Unbound's modules, and makes it.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "unbound/order.h"
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/** what Unbound takes for white space */
#define SPACE " \t\n\v\f\r"

/** Modules that do harm before dynlib. */
static const struct {
	const char* name;
	enum order_verdict verdict;
	/** the harm, as a predicate of its name */
	const char* text;
} before[] = {
	{ "iterator", ORDER_UNASKED, "passes no query on to it" },
	{ "dns64", ORDER_STALE, "caches answers that etcd may change" },
	{ "cachedb", ORDER_STALE, "caches answers that etcd may change" },
	{ "ipsecmod", ORDER_STALE, "caches answers that etcd may change" },
	{ "validator", ORDER_LEAKY, "does not check aliases of signed zones "
		"that lead to names in etcd" },
	{ "subnetcache", ORDER_LEAKY, "caches answers that etcd may change, "
		"for clients that send an EDNS client subnet of 0 bits" },
};

#define BEFORE_COUNT (sizeof(before) / sizeof(*before))

struct word {
	const char* at;
	/** 0: there is no word */
	size_t len;
};

/** The first word of a text. */
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

/** @return a module's index in the table; BEFORE_COUNT if it is fine. */
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

/** Append a word to the list at a line's end, which begins with a quote. */
static void
line_add(char* line, struct word word)
{
	size_t len = strlen(line);
	snprintf(line + len, ORDER_LINE_MAX - len, "%s%.*s",
		line[len - 1] == '"' ? "" : " ", (int)word.len, word.at);
}

/** Append those of the first modules that are fine, or those that are not. */
static void
line_add_first(char* line, const char* modules, int count, bool fine)
{
	struct word word = word_find(modules);
	for(; count > 0; count--, word = word_next(word)) {
		if((word_look_up(word) == BEFORE_COUNT) == fine)
			line_add(line, word);
	}
}

/** Append the right order: what does harm before the module comes right behind
 * it, and all else stays. @param own: the module's word. */
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

/** our word in module-config */
static const char own_name[] = "dynlib";
static const struct word own_word = { own_name, sizeof(own_name) - 1 };

static bool
word_is_own(struct word word)
{
	return word.len == own_word.len &&
		memcmp(word.at, own_word.at, word.len) == 0;
}

int
order_find(const char* modules, size_t nth)
{
	struct word word = word_find(modules);
	int id;
	for(id = 0; word.len > 0; id++, word = word_next(word)) {
		if(word_is_own(word) && nth-- == 0)
			return id;
	}
	return -1;
}

/** Whether the module is to be inserted before this one. unbound-checkconf
 * knows respip behind dynlib only. */
static bool
word_is_behind(struct word word)
{
	return word_look_up(word) < BEFORE_COUNT ||
		(word.len == 6 && memcmp(word.at, "respip", 6) == 0);
}

/** Where the module is to be inserted: before the first one that is to come
 * behind it, but behind all dynlib. @return a number of a module, from 0. */
static int
place_find(const char* modules)
{
	struct word word = word_find(modules);
	int id, place = -1, behind = 0;
	for(id = 0; word.len > 0; id++, word = word_next(word)) {
		if(place == -1 && word_is_behind(word))
			place = id;
		if(word_is_own(word))
			behind = id + 1;
	}
	if(place == -1)
		place = id;
	return place < behind ? behind : place;
}

int
order_insert(const char* modules, char* line)
{
	const int place = place_find(modules);
	struct word word = word_find(modules);
	int id;
	if(strlen(modules) + sizeof(own_name) + 2 > ORDER_LINE_MAX)
		return -1;
	/* line_add puts no space behind a quote */
	strcpy(line, "\"");
	for(id = 0; id < place; id++, word = word_next(word))
		line_add(line, word);
	line_add(line, own_word);
	for(; word.len > 0; word = word_next(word))
		line_add(line, word);
	memmove(line, line + 1, strlen(line));
	return place;
}
