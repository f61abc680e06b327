/*
 * tests/unit/unbound/test_shadow.c - zones that Unbound answers by itself.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/*
 * Unbound's tree of local zones is a double here: an array in the tree's
 * order, which compares names as the segments of keys. The locks are real, so
 * that the tests see one that is missing, or not released.
 */
#include "unbound/shadow.h"
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/log.h"
#include "questions.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** most zones of a test, on either side */
#define ZONES_MAX 64

/* --- doubles ------------------------------------------------------------- */

/** the local zones, in the tree's order */
static struct local_zone locals[ZONES_MAX];
static struct name names[ZONES_MAX];
static size_t local_count;
/** the tree */
static struct local_zones tree;
/** what local_zone_type2str returns, if it is not NULL */
static const char* other_word;

/** the types that the headers of all versions have */
static const char* const words[] = { [local_zone_unset] = "unset",
	[local_zone_deny] = "deny", [local_zone_refuse] = "refuse",
	[local_zone_static] = "static",
	[local_zone_transparent] = "transparent",
	[local_zone_typetransparent] = "typetransparent",
	[local_zone_redirect] = "redirect",
	[local_zone_nodefault] = "nodefault", [local_zone_inform] = "inform",
	[local_zone_inform_deny] = "inform_deny",
	[local_zone_inform_redirect] = "inform_redirect",
	[local_zone_always_transparent] = "always_transparent",
	[local_zone_always_refuse] = "always_refuse",
	[local_zone_always_nxdomain] = "always_nxdomain",
	[local_zone_always_nodata] = "always_nodata",
	[local_zone_always_deny] = "always_deny",
	[local_zone_always_null] = "always_null",
	[local_zone_noview] = "noview", [local_zone_truncate] = "truncate",
	[local_zone_invalid] = "block_a" };

rbnode_type rbtree_null_node;

const char*
local_zone_type2str(enum localzone_type type)
{
	return other_word ? other_word : words[type];
}

/** The segments of a name, in lower case, each with its '/'. */
static const char*
path_of(const uint8_t* wire, char* path)
{
	char text[NAME_TEXT_MAX];
	struct name name;
	size_t len;
	question_name(&name, name_to_text(wire, text));
	len = name_to_path(&name, path);
	path[len] = 0;
	if(len > 0)
		strcat(path, "/");
	return path;
}

int
dname_subdomain_c(uint8_t* name, uint8_t* above)
{
	char a[2 * NAME_TEXT_MAX], b[2 * NAME_TEXT_MAX];
	path_of(name, a);
	path_of(above, b);
	return strncmp(a, b, strlen(b)) == 0;
}

static int
local_compare(const void* one, const void* other)
{
	char a[2 * NAME_TEXT_MAX], b[2 * NAME_TEXT_MAX];
	return strcmp(path_of(((const struct local_zone*)one)->name, a),
		path_of(((const struct local_zone*)other)->name, b));
}

/** Fail unless the tree is locked for reading. */
static void
check_read(const rbtree_type* of)
{
	assert_ptr_equal(of, &tree.ztree);
	assert_int_not_equal(pthread_rwlock_trywrlock(&tree.lock), 0);
	assert_int_equal(pthread_rwlock_tryrdlock(&tree.lock), 0);
	assert_int_equal(pthread_rwlock_unlock(&tree.lock), 0);
}

int
rbtree_find_less_equal(rbtree_type* of, const void* key, rbnode_type** result)
{
	size_t i;
	check_read(of);
	*result = NULL;
	for(i = 0; i < local_count; i++) {
		if(local_compare(&locals[i], key) <= 0)
			*result = &locals[i].node;
	}
	return *result && local_compare(*result, key) == 0;
}

rbnode_type*
rbtree_first(rbtree_type* of)
{
	check_read(of);
	return local_count > 0 ? &locals[0].node : RBTREE_NULL;
}

rbnode_type*
rbtree_next(rbnode_type* node)
{
	struct local_zone* zone = (struct local_zone*)node;
	check_read(&tree.ztree);
	return zone + 1 < locals + local_count ? &zone[1].node : RBTREE_NULL;
}

/* --- the set ------------------------------------------------------------- */

static struct store* store;
static struct zones* zones;
static struct shadow shadow;
static struct daemon unbound;
static struct worker worker;
/** the warnings */
static char told[65536];

static void
on_log(enum helix_log_level level, const char* line)
{
	assert_int_equal(level, strstr(line, "any more") ? HELIX_LOG_INFO :
		HELIX_LOG_WARNING);
	assert_int_equal(strncmp(line, "helix: ", 7), 0);
	strcat(strcat(told, line + 7), "\n");
}

static int
set_up(void** state)
{
	(void)state;
	*told = 0;
	local_count = 0;
	other_word = NULL;
	store = store_new();
	memset(&tree, 0, sizeof(tree));
	assert_int_equal(pthread_rwlock_init(&tree.lock, NULL), 0);
	unbound.local_zones = &tree;
	worker.daemon = &unbound;
	worker.env.worker = &worker;
	helix_log_set_writer(on_log);
	return 0;
}

static int
tear_down(void** state)
{
	(void)state;
	helix_log_set_writer(helix_log_discard);
	zones_delete(zones);
	zones = NULL;
	store_delete(store);
	return 0;
}

/** Make our zones, and begin. @param apexes: a space between them. */
static void
have(const char* apexes)
{
	struct zone_settings settings[ZONES_MAX];
	char text[4096];
	char* apex;
	char* rest;
	size_t count = 0;
	strcpy(text, apexes);
	for(apex = strtok_r(text, " ", &rest); apex;
		apex = strtok_r(NULL, " ", &rest))
		settings_init(&settings[count++], apex);
	zones = zones_create(store, settings, count);
	assert_non_null(zones);
	shadow_begin(&shadow, zones);
}

/** Add a local zone. @param name: a '+' before it: it has a tag. */
static void
local_add(const char* name, const char* type)
{
	static uint8_t tags[1];
	struct local_zone* zone = &locals[local_count];
	assert_true(local_count < ZONES_MAX);
	memset(zone, 0, sizeof(*zone));
	question_name(&names[local_count], name + (*name == '+'));
	zone->name = names[local_count].wire;
	zone->namelen = names[local_count].len;
	zone->dclass = LDNS_RR_CLASS_IN;
	zone->taglist = *name == '+' ? tags : NULL;
	assert_int_equal(pthread_rwlock_init(&zone->lock, NULL), 0);
	while(!words[zone->type] || strcmp(words[zone->type], type) != 0)
		zone->type++;
	local_count++;
}

/** Order the local zones, and set their parents, as Unbound does. */
static void
local_sort(void)
{
	size_t i, j;
	qsort(locals, local_count, sizeof(*locals), local_compare);
	for(i = 0; i < local_count; i++) {
		for(j = 0; j < i; j++) {
			if(dname_subdomain_c(locals[i].name, locals[j].name))
				locals[i].parent = &locals[j];
		}
	}
}

/** Look; fail if a lock is not released. @return the warnings. */
static const char*
look(void)
{
	size_t i;
	*told = 0;
	local_sort();
	shadow_look(&shadow, &worker.env);
	assert_int_equal(pthread_rwlock_trywrlock(&tree.lock), 0);
	assert_int_equal(pthread_rwlock_unlock(&tree.lock), 0);
	for(i = 0; i < local_count; i++) {
		assert_int_equal(pthread_rwlock_trywrlock(&locals[i].lock), 0);
		assert_int_equal(pthread_rwlock_unlock(&locals[i].lock), 0);
	}
	return told;
}

#define SHADOWED(zone, by, type) "zone " zone " is not answered from etcd: " \
	"Unbound's local zone " by " (" type ") answers before this module " \
	"is asked; unbound.conf needs: local-zone: \"" zone "\" transparent\n"
#define IN_PART(zone, by, type, count) "zone " zone " is not answered from " \
	"etcd at and below " by ": Unbound's local zone (" type ") answers " \
	"before this module is asked; unbound.conf needs: local-zone: \"" by \
	"\" transparent (local zones like it in the zone: " count ")\n"

/* --- what covers a zone -------------------------------------------------- */

/** A local zone of the same name, above, and below. */
static void
test_where(void** state)
{
	(void)state;
	have("test. own.test. in-addr.arpa. example.com. aaa. zzz.");
	local_add("test.", "static");
	local_add("10.in-addr.arpa.", "static");
	local_add("168.192.in-addr.arpa.", "refuse");
	local_add("xexample.com.", "static");
	local_add("example.org.", "static");
	assert_string_equal(look(), SHADOWED("test.", "test.", "static")
		SHADOWED("own.test.", "test.", "static")
		IN_PART("in-addr.arpa.", "10.in-addr.arpa.", "static", "2"));
}

/** Of the local zones above, the closest one counts; those with tags, which
 * are for some clients, do not. */
static void
test_next_above(void** state)
{
	(void)state;
	have("a.b.test. b.test. tagged.test. c.d.test.");
	local_add(".", "refuse");
	local_add("test.", "static");
	local_add("b.test.", "transparent");
	local_add("+tagged.test.", "always_deny");
	local_add("+d.test.", "always_deny");
	local_add("c.b.test.", "transparent");
	assert_string_equal(look(),
		SHADOWED("tagged.test.", "test.", "static")
		SHADOWED("c.d.test.", "test.", "static"));
}

/** No local zone is above or before ours; there is none at all. */
static void
test_none_before(void** state)
{
	(void)state;
	have("com.");
	local_add("a.com.", "deny");
	local_add("+b.com.", "deny");
	assert_string_equal(look(), IN_PART("com.", "a.com.", "deny", "1"));
	local_count = 0;
	shadow_begin(&shadow, zones);
	assert_string_equal(look(), "");
}

/** Which types answer for every name in the zone. */
static void
test_types(void** state)
{
	static const enum localzone_type answering[] = { local_zone_deny,
		local_zone_refuse, local_zone_static, local_zone_redirect,
		local_zone_inform_deny, local_zone_inform_redirect,
		local_zone_always_refuse, local_zone_always_nxdomain,
		local_zone_always_nodata, local_zone_always_deny,
		local_zone_always_null };
	/* not in every Unbound's headers */
	static const char* const newer[] = { "block_a", "block_aaaa",
		"block_a_wdata", "block_aaaa_wdata" };
	size_t type, i;
	(void)state;
	have("example.com.");
	local_add("example.com.", "transparent");
	for(type = 0; type < local_zone_invalid; type++) {
		bool wanted = false;
		for(i = 0; i < COUNT(answering); i++)
			wanted = wanted || answering[i] == type;
		shadow_begin(&shadow, zones);
		locals[0].type = (enum localzone_type)type;
		if(type < COUNT(words) && words[type])
			check((*look() != 0) == wanted, "type %zu: %s", type,
				told);
	}
	for(i = 0; i < COUNT(newer); i++) {
		shadow_begin(&shadow, zones);
		other_word = newer[i];
		assert_string_not_equal(look(), "");
	}
	shadow_begin(&shadow, zones);
	other_word = "badtyped";
	assert_string_equal(look(), "");
}

/** Local zones of another class do not count. */
static void
test_class(void** state)
{
	(void)state;
	have("example.com. com.");
	local_add("example.com.", "static");
	locals[0].dclass = LDNS_RR_CLASS_CH;
	assert_string_equal(look(), "");
}

/** The number of lines is limited. */
static void
test_bounded(void** state)
{
	char apexes[1024] = "";
	size_t i, lines = 0;
	(void)state;
	for(i = 0; i < 25; i++)
		sprintf(apexes + strlen(apexes), "z%zu.test. ", i);
	have(apexes);
	local_add("test.", "static");
	look();
	for(i = 0; told[i]; i++)
		lines += told[i] == '\n';
	assert_int_equal(lines, 21);
	assert_non_null(strstr(told, "\n5 more zones are not answered from "
		"etcd, "));
}

/* --- when ---------------------------------------------------------------- */

/** Once after shadow_begin, and not before there are workers. */
static void
test_once(void** state)
{
	const struct module_env early = { .worker = NULL };
	(void)state;
	have("test.");
	local_add("test.", "static");
	shadow_look(&shadow, &early);
	unbound.local_zones = NULL;
	assert_string_equal(look(), "");
	unbound.local_zones = &tree;
	assert_string_not_equal(look(), "");
	assert_string_equal(look(), "");
	shadow_begin(&shadow, zones);
	assert_string_not_equal(look(), "");
}

/** It waits for no lock: if the tree is being changed, it looks later; a local
 * zone that is being changed is skipped. */
static void
test_locked(void** state)
{
	(void)state;
	have("test. home.arpa.");
	local_add("home.arpa.", "static");
	local_add("test.", "static");
	local_sort();
	assert_int_equal(pthread_rwlock_wrlock(&tree.lock), 0);
	shadow_look(&shadow, &worker.env);
	assert_string_equal(told, "");
	assert_int_equal(pthread_rwlock_unlock(&tree.lock), 0);
	assert_int_equal(pthread_rwlock_wrlock(&locals[0].lock), 0);
	shadow_look(&shadow, &worker.env);
	assert_int_equal(pthread_rwlock_unlock(&locals[0].lock), 0);
	assert_string_equal(told, SHADOWED("test.", "test.", "static"));
}

/** The callback looks, too. */
static void
test_callback(void** state)
{
	inplace_cb_reply_func_type* callback = shadow_on_local;
	struct comm_point point = { .cb_arg = &worker };
	struct comm_reply client = { .c = &point };
	(void)state;
	have("test.");
	local_add("test.", "static");
	local_sort();
	/* as Unbound holds it then */
	assert_int_equal(pthread_rwlock_rdlock(&locals[0].lock), 0);
	assert_int_equal(callback(NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL,
		NULL, 0, &shadow), 1);
	assert_string_equal(told, "");
	assert_int_equal(callback(NULL, NULL, NULL, 0, NULL, NULL, &client,
		NULL, NULL, 0, &shadow), 1);
	assert_string_equal(told, SHADOWED("test.", "test.", "static"));
	assert_int_equal(callback(NULL, NULL, NULL, 0, NULL, NULL, &client,
		NULL, NULL, 0, &shadow), 1);
	assert_string_equal(told, SHADOWED("test.", "test.", "static"));
	assert_int_equal(pthread_rwlock_unlock(&locals[0].lock), 0);
}

/** After a fast_reload: what is as before is not told again. */
static void
test_again(void** state)
{
	(void)state;
	have("test. example.com.");
	assert_string_equal(look(), "");
	shadow_again(&shadow);
	assert_string_equal(look(), "");
	local_add("test.", "static");
	assert_string_equal(look(), "");
	shadow_again(&shadow);
	assert_string_equal(look(), SHADOWED("test.", "test.", "static"));
	shadow_again(&shadow);
	assert_string_equal(look(), "");
	local_add("a.example.com.", "refuse");
	shadow_again(&shadow);
	assert_string_equal(look(), SHADOWED("test.", "test.", "static")
		IN_PART("example.com.", "a.example.com.", "refuse", "1"));
	/* each part of it counts: how many, the type, the name, our zone */
	local_add("b.example.com.", "refuse");
	shadow_again(&shadow);
	assert_non_null(strstr(look(), ": 2)"));
	local_count = 0;
	local_add("test.", "refuse");
	shadow_again(&shadow);
	assert_string_equal(look(), SHADOWED("test.", "test.", "refuse"));
	local_count = 0;
	local_add(".", "refuse");
	local_add("example.com.", "transparent");
	shadow_again(&shadow);
	assert_string_equal(look(), SHADOWED("test.", ".", "refuse"));
	local_count = 0;
	local_add(".", "refuse");
	local_add("test.", "transparent");
	shadow_again(&shadow);
	assert_string_equal(look(), SHADOWED("example.com.", ".", "refuse"));
	local_count = 0;
	shadow_again(&shadow);
	assert_string_equal(look(), "no zone is answered from Unbound's local "
		"zones any more\n");
	shadow_again(&shadow);
	assert_string_equal(look(), "");
}

#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_where),
		TEST(test_next_above),
		TEST(test_none_before),
		TEST(test_types),
		TEST(test_class),
		TEST(test_bounded),
		TEST(test_once),
		TEST(test_again),
		TEST(test_locked),
		TEST(test_callback),
	};
	return cmocka_run_group_tests_name("shadow", tests, NULL, NULL);
}
