/*
 * tests/unit/unbound/test_order.c - checks the order of Unbound's modules.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "unbound/order.h"
#include <stdio.h>
#include <string.h>

/** Orders, the module's number, and the verdict. */
static const struct {
	const char* modules;
	int id;
	enum order_verdict verdict;
	/** the module that does harm; NULL: none */
	const char* name;
	const char* right;
} orders[] = {
	{ "dynlib validator iterator", 0, ORDER_FINE, NULL, NULL },
	{ "dynlib iterator", 0, ORDER_FINE, NULL, NULL },
	{ "dynlib dns64 validator cachedb iterator", 0, ORDER_FINE, NULL,
		NULL },
	{ "dynlib subnetcache ipsecmod validator iterator", 0, ORDER_FINE,
		NULL, NULL },
	{ "respip dynlib validator iterator", 1, ORDER_FINE, NULL, NULL },
	{ "ipset python respip dynlib iterator", 3, ORDER_FINE, NULL, NULL },
	{ "dynlib dynlib validator iterator", 1, ORDER_FINE, NULL, NULL },
	{ "newmodule dynlib iterator", 1, ORDER_FINE, NULL, NULL },
	{ "  dynlib\titerator ", 0, ORDER_FINE, NULL, NULL },
	{ "validator dynlib iterator", 1, ORDER_LEAKY, "validator",
		"dynlib validator iterator" },
	{ "subnetcache dynlib validator iterator", 1, ORDER_LEAKY,
		"subnetcache", "dynlib subnetcache validator iterator" },
	{ "respip subnetcache validator dynlib iterator", 3, ORDER_LEAKY,
		"subnetcache", "respip dynlib subnetcache validator iterator" },
	{ "dns64 dynlib validator iterator", 1, ORDER_STALE, "dns64",
		"dynlib dns64 validator iterator" },
	{ "cachedb dynlib iterator", 1, ORDER_STALE, "cachedb",
		"dynlib cachedb iterator" },
	{ "ipsecmod respip dynlib validator iterator", 2, ORDER_STALE,
		"ipsecmod", "respip dynlib ipsecmod validator iterator" },
	{ "respip validator cachedb python dynlib iterator", 4, ORDER_STALE,
		"cachedb", "respip python dynlib validator cachedb iterator" },
	{ "dynlib dns64 dynlib iterator", 2, ORDER_STALE, "dns64",
		"dynlib dynlib dns64 iterator" },
	{ "iterator dynlib", 1, ORDER_UNASKED, "iterator", "dynlib iterator" },
	{ "dns64 validator iterator dynlib", 3, ORDER_UNASKED, "iterator",
		"dynlib dns64 validator iterator" },
	{ "\tdns64  dynlib\n iterator", 1, ORDER_STALE, "dns64",
		"dynlib dns64 iterator" },
	/* the list has no such number */
	{ "iterator", 3, ORDER_FINE, NULL, NULL },
	{ "", 0, ORDER_FINE, NULL, NULL },
};

static void
test_orders(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(orders) / sizeof(*orders); i++) {
		char line[ORDER_LINE_MAX] = "", text[ORDER_LINE_MAX];
		print_message("%s\n", orders[i].modules);
		assert_int_equal(order_check(orders[i].modules, orders[i].id,
			line), orders[i].verdict);
		if(!orders[i].name) {
			assert_string_equal(line, "");
			continue;
		}
		snprintf(text, sizeof(text), "module-config \"%s\": %s stands "
			"before dynlib, and ", orders[i].modules,
			orders[i].name);
		assert_memory_equal(line, text, strlen(text));
		snprintf(text, sizeof(text), "; the right order is \"%s\"",
			orders[i].right);
		assert_string_equal(strstr(line, "; the right"), text);
	}
}

/** A line that is too long is cut. */
static void
test_long(void** state)
{
	char modules[2 * ORDER_LINE_MAX], line[ORDER_LINE_MAX];
	size_t len;
	int count = 0;
	(void)state;
	for(len = 0; len < ORDER_LINE_MAX + 100; len += 6, count++)
		memcpy(modules + len, "dns64 ", 6);
	strcpy(modules + len, "dynlib");
	assert_int_equal(order_check(modules, count, line), ORDER_STALE);
	assert_int_equal(strlen(line), ORDER_LINE_MAX - 1);
	/* where the list fits, and the right order does not */
	strcpy(modules + 600, "dynlib");
	assert_int_equal(order_check(modules, 100, line), ORDER_STALE);
	assert_int_equal(strlen(line), ORDER_LINE_MAX - 1);
}

/** Orders without the module, and with it. */
static const struct {
	const char* modules;
	const char* with;
	/** its number there */
	int id;
} insertions[] = {
	{ "validator iterator", "dynlib validator iterator", 0 },
	{ "iterator", "dynlib iterator", 0 },
	{ "subnetcache validator iterator",
		"dynlib subnetcache validator iterator", 0 },
	/* as unbound-checkconf knows it */
	{ "respip validator iterator", "dynlib respip validator iterator", 0 },
	{ "python validator iterator", "python dynlib validator iterator", 1 },
	{ "ipset python respip dns64 validator iterator",
		"ipset python dynlib respip dns64 validator iterator", 2 },
	{ "cachedb iterator", "dynlib cachedb iterator", 0 },
	{ "ipsecmod respip iterator", "dynlib ipsecmod respip iterator", 0 },
	/* behind all other libraries, wherever they are */
	{ "dynlib validator iterator", "dynlib dynlib validator iterator", 1 },
	{ "dynlib respip dynlib iterator",
		"dynlib respip dynlib dynlib iterator", 3 },
	{ "validator dynlib iterator", "validator dynlib dynlib iterator", 2 },
	{ "iterator dynlib", "iterator dynlib dynlib", 2 },
	{ "newmodule", "newmodule dynlib", 1 },
	{ "", "dynlib", 0 },
	{ " \tpython\n validator  iterator ", "python dynlib validator "
		"iterator", 1 },
};

static void
test_insertions(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(insertions) / sizeof(*insertions); i++) {
		char line[ORDER_LINE_MAX];
		print_message("%s\n", insertions[i].modules);
		assert_int_equal(order_insert(insertions[i].modules, line),
			insertions[i].id);
		assert_string_equal(line, insertions[i].with);
	}
}

/** What has room, and what has none. */
static void
test_long_insertion(void** state)
{
	char modules[2 * ORDER_LINE_MAX], line[ORDER_LINE_MAX];
	size_t len;
	(void)state;
	for(len = ORDER_LINE_MAX - 20; len < ORDER_LINE_MAX + 20; len++) {
		int id;
		memset(modules, 'm', len);
		modules[len] = 0;
		id = order_insert(modules, line);
		/* with a space before the module, and a NUL behind it */
		if(id == -1)
			assert_true(len + 8 >= ORDER_LINE_MAX);
		else	assert_int_equal(strlen(line), len + 7);
		assert_true(id == 1 || len > ORDER_LINE_MAX - 20);
	}
	assert_int_equal(order_insert(modules, line), -1);
}

static void
test_find(void** state)
{
	static const char modules[] = " respip dynlib\tdynlibs dynlib iterator";
	(void)state;
	assert_int_equal(order_find(modules, 0), 1);
	assert_int_equal(order_find(modules, 1), 3);
	assert_int_equal(order_find(modules, 2), -1);
	assert_int_equal(order_find("dynli ynlib", 0), -1);
	assert_int_equal(order_find("", 0), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_orders),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_insertions),
		cmocka_unit_test(test_long_insertion),
		cmocka_unit_test(test_find),
	};
	return cmocka_run_group_tests_name("order", tests, NULL, NULL);
}
