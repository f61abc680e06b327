/*
 * tests/unit/format/test_helix_key.c - are keys of the helix format
 * read, and written, as they should be?
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "format/helix.h"
#include "dns/type.h"
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>
#include "check.h"

/* --- keys ----------------------------------------------------------------- */

/** A key that names a record. */
struct good_key {
	/** the key without the prefix */
	const char* path;
	/** octets of it */
	size_t len;
	/** owner name as text */
	const char* owner;
	/** RR type */
	uint16_t type;
	/** the id, or the path again where it is the source */
	const char* source;
	/** octets of that */
	size_t source_len;
};

/** a row of which the whole path is the source */
#define WHOLE(path, owner, type) { OCTETS(path), owner, type, OCTETS(path) }

static const struct good_key good_keys[] = {
	{ OCTETS("com/example/foo/A"), "foo.example.com.", TYPE_A,
		OCTETS("") },
	{ OCTETS("com/example/foo/AAAA"), "foo.example.com.", TYPE_AAAA,
		OCTETS("") },
	{ OCTETS("com/A"), "com.", TYPE_A, OCTETS("") },
	{ OCTETS("com/*/A"), "*.com.", TYPE_A, OCTETS("") },
	/* the root */
	{ OCTETS("A"), ".", TYPE_A, OCTETS("") },
	{ OCTETS("AAAA/x"), ".", TYPE_AAAA, OCTETS("x") },
	/* ids may have any octets but '/' */
	{ OCTETS("com/foo/A/web1"), "foo.com.", TYPE_A, OCTETS("web1") },
	{ OCTETS("com/foo/A/Web1"), "foo.com.", TYPE_A, OCTETS("Web1") },
	{ OCTETS("com/foo/A/a"), "foo.com.", TYPE_A, OCTETS("a") },
	{ OCTETS("com/foo/A/10.0.0.1:80"), "foo.com.", TYPE_A,
		OCTETS("10.0.0.1:80") },
	{ OCTETS("com/foo/A/a\\b"), "foo.com.", TYPE_A, OCTETS("a\\b") },
	{ OCTETS("com/foo/A/\0"), "foo.com.", TYPE_A, OCTETS("\0") },
	{ OCTETS("com/foo/A/x\0y"), "foo.com.", TYPE_A, OCTETS("x\0y") },
	{ OCTETS("com/foo/A/\xff\xfe"), "foo.com.", TYPE_A,
		OCTETS("\xff\xfe") },
	{ OCTETS("com/foo/A/A "), "foo.com.", TYPE_A, OCTETS("A ") },
	{ OCTETS("com/foo/A/A\0"), "foo.com.", TYPE_A, OCTETS("A\0") },
	{ OCTETS("com/foo/A/AA"), "foo.com.", TYPE_A, OCTETS("AA") },
	{ OCTETS("com/foo/A/AAAAAAAAAAAAAAAA"), "foo.com.", TYPE_A,
		OCTETS("AAAAAAAAAAAAAAAA") },
	/* ids that look like a type at first */
	{ OCTETS("com/foo/A/aaaa"), "foo.com.", TYPE_A, OCTETS("aaaa") },
	{ OCTETS("com/foo/A/TYPE"), "foo.com.", TYPE_A, OCTETS("TYPE") },
	{ OCTETS("com/foo/A/type1"), "foo.com.", TYPE_A, OCTETS("type1") },
	/* labels that look like a type in lower case are labels */
	{ OCTETS("com/a/A"), "a.com.", TYPE_A, OCTETS("") },
	{ OCTETS("com/aaaa/A/a"), "aaaa.com.", TYPE_A, OCTETS("a") },
	/* a type spelled as a number */
	WHOLE("com/foo/TYPE1", "foo.com.", TYPE_A),
	WHOLE("com/foo/TYPE28", "foo.com.", TYPE_AAAA),
	WHOLE("com/foo/TYPE1/web1", "foo.com.", TYPE_A),
	WHOLE("TYPE1", ".", TYPE_A),
	WHOLE("TYPE28/x", ".", TYPE_AAAA),
	/* labels spelled in another way */
	WHOLE("com/Foo/A", "foo.com.", TYPE_A),
	WHOLE("Com/foo/A/web1", "foo.com.", TYPE_A),
	WHOLE("com/f\\111o/A", "foo.com.", TYPE_A),
	WHOLE("com/f\\oo/A", "foo.com.", TYPE_A),
	WHOLE("com/a\\.b/A", "a\\.b.com.", TYPE_A),
	WHOLE("com/a\\.b/A/web1", "a\\.b.com.", TYPE_A),
	/* what may be a type is one, and what is before it is a label */
	WHOLE("A/A", "a.", TYPE_A),
	WHOLE("A/AAAA", "a.", TYPE_AAAA),
	WHOLE("com/foo/A/A", "a.foo.com.", TYPE_A),
	WHOLE("com/foo/A/A/web1", "a.foo.com.", TYPE_A),
	WHOLE("com/foo/A/TYPE1", "a.foo.com.", TYPE_A),
	WHOLE("com/MX/A", "mx.com.", TYPE_A),
	WHOLE("com/foo/A/MX", "a.foo.com.", 15),
	/* other types */
	{ OCTETS("com/foo/MX"), "foo.com.", 15, OCTETS("") },
	{ OCTETS("com/foo/TXT/web1"), "foo.com.", 16, OCTETS("web1") },
	{ OCTETS("com/foo/NS"), "foo.com.", 2, OCTETS("") },
	{ OCTETS("com/foo/SOA"), "foo.com.", 6, OCTETS("") },
	{ OCTETS("com/foo/CNAME"), "foo.com.", 5, OCTETS("") },
	{ OCTETS("com/foo/NSAP-PTR"), "foo.com.", 23, OCTETS("") },
	{ OCTETS("com/*/MX"), "*.com.", 15, OCTETS("") },
	{ OCTETS("com/*/foo/NS"), "foo.*.com.", 2, OCTETS("") },
	{ OCTETS("com/**/NS"), "**.com.", 2, OCTETS("") },
	WHOLE("com/foo/TYPE2", "foo.com.", 2),
	WHOLE("com/foo/TYPE257/x", "foo.com.", 257),
	/* types without another name */
	{ OCTETS("com/foo/TYPE127"), "foo.com.", 127, OCTETS("") },
	{ OCTETS("com/foo/TYPE65280"), "foo.com.", 65280, OCTETS("") },
	{ OCTETS("com/foo/TYPE65534/x"), "foo.com.", 65534, OCTETS("x") },
	{ OCTETS("TYPE65280"), ".", 65280, OCTETS("") },
	WHOLE("com/Foo/TYPE65280", "foo.com.", 65280),
};

/** Read a key, and compare all that it says. */
static void
check_good_key(const struct good_key* row)
{
	struct contribution key;
	char text[NAME_TEXT_MAX];
	char* path = copy_exactly(row->path, row->len);
	const char* why = helix_key_read(&key, path, row->len);
	check(!why, "%s: %s", row->path, why);
	check(strcmp(name_to_text(key.owner.wire, text), row->owner) == 0,
		"%s: owner %s", row->path, text);
	check(key.type == row->type, "%s: type %u", row->path,
		(unsigned)key.type);
	check(key.source_len == row->source_len && memcmp(key.source,
		row->source, row->source_len) == 0, "%s: source %.*s",
		row->path, (int)key.source_len, key.source);
	check(key.source >= path && key.source + key.source_len <=
		path + row->len, "%s: source is elsewhere", row->path);
	free(path);
}

static void
test_key_good(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(good_keys); i++)
		check_good_key(&good_keys[i]);
}

/** Ids that begin with TYPE and are no type: the key is spelled plainly. */
static const struct good_key type_ids[] = {
	{ OCTETS("com/foo/A/TYPEX"), "foo.com.", TYPE_A, OCTETS("TYPEX") },
	{ OCTETS("com/foo/A/TYPE0"), "foo.com.", TYPE_A, OCTETS("TYPE0") },
	{ OCTETS("com/foo/A/TYPE01"), "foo.com.", TYPE_A, OCTETS("TYPE01") },
	{ OCTETS("com/foo/A/TYPE65536"), "foo.com.", TYPE_A,
		OCTETS("TYPE65536") },
	{ OCTETS("com/foo/A/TYPE100000"), "foo.com.", TYPE_A,
		OCTETS("TYPE100000") },
	{ OCTETS("com/foo/A/TYPE-1"), "foo.com.", TYPE_A, OCTETS("TYPE-1") },
};

static void
test_key_id_like_type(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(type_ids); i++)
		check_good_key(&type_ids[i]);
}

/** Names of types that libldns 1.8.3 did not have: ids where they can be,
 * whatever libldns there is. */
static const struct good_key young_ids[] = {
	{ OCTETS("com/foo/A/RESINFO"), "foo.com.", TYPE_A,
		OCTETS("RESINFO") },
	{ OCTETS("com/foo/TXT/WALLET"), "foo.com.", TYPE_TXT,
		OCTETS("WALLET") },
	{ OCTETS("com/foo/A/DSYNC"), "foo.com.", TYPE_A, OCTETS("DSYNC") },
	{ OCTETS("A/RESINFO"), ".", TYPE_A, OCTETS("RESINFO") },
	/* by its number a type always was one */
	WHOLE("com/foo/A/TYPE261", "a.foo.com.", 261),
};

static void
test_key_id_of_young_type(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(young_ids); i++)
		check_good_key(&young_ids[i]);
}

/** A key that is good, and what looks wrong about it. */
struct doubtful_key {
	/** the key without the prefix */
	const char* path;
	/** a part of what is said; NULL if nothing is */
	const char* why;
};

static const struct doubtful_key doubtful_keys[] = {
	{ "com/web/A/A", "its last two segments are types, so that it is A of "
		"a.web.com., and not A with the id A; write that label, or "
		"that id, in lower case" },
	{ "com/TXT/SPF", "it is SPF of txt.com., and not TXT with the id SPF" },
	{ "com/web/A/NS", "it is NS of a.web.com." },
	{ "com/web/SVCB/TYPE1", "it is A of svcb.web.com., and not SVCB with "
		"the id TYPE1" },
	{ "com/web/TYPE1/A", "not TYPE1 with the id A" },
	{ "A/A", "it is A of a." },
	{ "com/b\303\274cher/A", "is not ASCII" },
	{ "com/www /A", "a space, a quote or a control character" },
	{ "com/\n/A", "a space, a quote or a control character" },
	{ "com/\"www\"/A", "a space, a quote or a control character" },
	{ "com/www\177/A", "is not ASCII" },
	{ "com/%2a/A", "a % in it as URLs have" },
	{ "com/a%2Fb/A/x", "a % in it as URLs have" },
	{ "com/example/@/A", "a label is @" },
	{ "@/A", "a label is @" },
	/* both of them: the worse is told */
	{ "com/\303\274/A/A", "its last two segments are types" },
	/* what is not doubtful */
	{ "com/web/a/A", NULL },
	{ "com/web/A/a", NULL },
	{ "com/web/A/A/web1", NULL },
	{ "com/MX/a/A", NULL },
	{ "com/MX1/A", NULL },
	{ "com/web/A/RESINFO", NULL },
	{ "com/web/A/\303\274 \"%2a@", NULL },
	{ "com/b\\195\\188cher/A", NULL },
	{ "com/a\\032b\\\"\\@/A", NULL },
	{ "com/\\@/A", NULL },
	{ "com/a@b/A", NULL },
	{ "com/100%/A", NULL },
	{ "com/\\%2a/A", NULL },
	{ "com/_tcp/*/SRV", NULL },
	{ "arpa/in-addr/10/1/PTR", NULL },
	{ "A", NULL },
};

static void
test_key_doubtful(void** state)
{
	struct reason reason;
	struct contribution key;
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(doubtful_keys); i++) {
		const struct doubtful_key* row = &doubtful_keys[i];
		size_t len = strlen(row->path);
		char* path = copy_exactly(row->path, len);
		const char* why = helix_key_read(&key, path, len);
		check(!why, "%s: %s", row->path, why);
		helix_key_doubt(&key, path, len, &reason);
		check(row->why ? strstr(reason.text, row->why) != NULL :
			!*reason.text, "%s: %s", row->path, reason.text);
		free(path);
	}
}

/** Something that is bad, and why. */
struct bad_case {
	/** the key without the prefix, or the value */
	const char* text;
	/** octets of it */
	size_t len;
	/** a part of the reason */
	const char* why;
};

static const struct bad_case bad_keys[] = {
	/* no type */
	{ OCTETS("com"), "is a type" },
	{ OCTETS("com/example"), "is a type" },
	{ OCTETS("com/example/foo/a"), "is a type" },
	{ OCTETS("com/example/foo/aaaa"), "is a type" },
	{ OCTETS("com/example/foo/a/web1"), "is a type" },
	{ OCTETS("com/foo/A/web1/more"), "is a type" },
	{ OCTETS("com/foo/A /web1"), "is a type" },
	{ OCTETS("com/foo/A\0"), "is a type" },
	{ OCTETS("com/foo/NOTATYPE"), "is a type" },
	{ OCTETS("com/foo/TYPE"), "is a type" },
	{ OCTETS("com/foo/TYPE0"), "is a type" },
	{ OCTETS("com/foo/TYPE01"), "is a type" },
	{ OCTETS("com/foo/TYPE001"), "is a type" },
	{ OCTETS("com/foo/TYPE1X"), "is a type" },
	{ OCTETS("com/foo/TYPE-1"), "is a type" },
	{ OCTETS("com/foo/TYPE65536"), "is a type" },
	{ OCTETS("com/foo/TYPE65537"), "is a type" },
	{ OCTETS("com/foo/TYPE4294967297"), "is a type" },
	{ OCTETS("com/foo/TYPE18446744073709551617"), "is a type" },
	{ OCTETS("com/foo/type1"), "is a type" },
	/* segments */
	{ OCTETS(""), "a segment is empty" },
	{ OCTETS("/"), "a segment is empty" },
	{ OCTETS("/A"), "a segment is empty" },
	{ OCTETS("//A"), "a segment is empty" },
	{ OCTETS("/A/web1"), "a segment is empty" },
	{ OCTETS("A/"), "a segment is empty" },
	{ OCTETS("/com/A"), "a segment is empty" },
	{ OCTETS("com//A"), "a segment is empty" },
	{ OCTETS("com//foo/A"), "a segment is empty" },
	{ OCTETS("com/foo/A/"), "a segment is empty" },
	{ OCTETS("com/foo//A/web1"), "a segment is empty" },
	/* labels */
	{ OCTETS("foo.com/A"), "has a dot" },
	{ OCTETS("com/foo./A/web1"), "has a dot" },
	{ OCTETS("com/foo\\/A"), "escapes nothing" },
	{ OCTETS("com/\\1/A"), "two more digits" },
	{ OCTETS("com/\\256/A"), "over \\255" },
	/* types that only a signer makes */
	{ OCTETS("com/foo/SIG"), "only a signer" },
	{ OCTETS("com/foo/NXT"), "only a signer" },
	{ OCTETS("com/foo/RRSIG"), "only a signer" },
	{ OCTETS("com/foo/RRSIG/web1"), "only a signer" },
	{ OCTETS("com/foo/NSEC"), "only a signer" },
	{ OCTETS("com/foo/NSEC3"), "only a signer" },
	{ OCTETS("com/foo/NSEC3PARAM"), "only a signer" },
	{ OCTETS("com/foo/TYPE46"), "only a signer" },
	/* types at a wildcard */
	{ OCTETS("com/foo/*/NS"), "NS or DNAME at a wildcard" },
	{ OCTETS("com/foo/*/DNAME"), "NS or DNAME at a wildcard" },
	{ OCTETS("com/foo/*/NS/web1"), "NS or DNAME at a wildcard" },
	{ OCTETS("com/foo/*/TYPE39"), "NS or DNAME at a wildcard" },
	{ OCTETS("com/foo/\\042/NS"), "NS or DNAME at a wildcard" },
	{ OCTETS("*/NS"), "NS or DNAME at a wildcard" },
	/* types of queries (RFC 6895 3.1) */
	{ OCTETS("com/foo/ANY"), "only queries" },
	{ OCTETS("com/foo/AXFR"), "only queries" },
	{ OCTETS("com/foo/IXFR"), "only queries" },
	{ OCTETS("com/foo/MAILA"), "only queries" },
	{ OCTETS("com/foo/MAILB"), "only queries" },
	{ OCTETS("com/foo/TKEY"), "only queries" },
	{ OCTETS("com/foo/TSIG"), "only queries" },
	{ OCTETS("com/foo/OPT"), "only queries" },
	{ OCTETS("com/foo/OPT/web1"), "only queries" },
	{ OCTETS("com/foo/TYPE41"), "only queries" },
	{ OCTETS("com/foo/TYPE128"), "only queries" },
	{ OCTETS("com/foo/TYPE255"), "only queries" },
	{ OCTETS("com/foo/TYPE65535"), "only queries" },
	/* which may be meant as ids */
	{ OCTETS("com/foo/A/ANY"), "an id must not be the name of a type" },
	{ OCTETS("com/foo/A/NSEC"), "an id must not be the name of a type" },
	{ OCTETS("com/foo/TYPE65535/web1"), "only queries" },
};

static void
test_key_bad(void** state)
{
	struct contribution key;
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(bad_keys); i++) {
		const struct bad_case* row = &bad_keys[i];
		char* path = copy_exactly(row->text, row->len);
		const char* why = helix_key_read(&key, path, row->len);
		check(why, "%s is a key", row->text);
		check(strstr(why, row->why), "%s: %s", row->text, why);
		free(path);
	}
}

/** A key with one part of it long. */
struct long_key {
	/** what is before that part */
	const char* before;
	/** octets of that part */
	size_t len;
	/** what is behind it */
	const char* behind;
	/** a part of the reason; NULL if the key is good */
	const char* why;
};

static const struct long_key long_keys[] = {
	{ "com/", 63, "/A", NULL },
	{ "com/", 64, "/A", "over 63 octets" },
	{ "com/", 100000, "/A", "over 63 octets" },
	{ "com/foo/A/", 65535, "", NULL },
	{ "com/foo/A/", 65536, "", "over 65535 octets" },
	{ "com/foo/A/", 1000000, "", "over 65535 octets" },
	/* here the source is the whole path: 10 octets more */
	{ "com/Foo/A/", 65525, "", NULL },
	{ "com/Foo/A/", 65526, "", "over 65535 octets" },
	{ "com/Foo/A/", 65535, "", "over 65535 octets" },
};

static void
test_key_long(void** state)
{
	struct contribution key;
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(long_keys); i++) {
		const struct long_key* row = &long_keys[i];
		size_t before = strlen(row->before);
		size_t len = before + row->len + strlen(row->behind);
		char* path = malloc(len);
		const char* why;
		assert_non_null(path);
		memcpy(path, row->before, before);
		memset(path + before, 'x', row->len);
		memcpy(path + before + row->len, row->behind,
			strlen(row->behind));
		why = helix_key_read(&key, path, len);
		if(row->why)
			check(why && strstr(why, row->why), "row %zu: %s", i,
				why);
		else	check(!why, "row %zu: %s", i, why);
		free(path);
	}
}

/** Keys of one owner and type have different sources, so that none of them
 * takes another's place. */
static void
test_key_sources_differ(void** state)
{
	static const char* const paths[] = { "com/foo/A", "com/foo/A/x",
		"com/foo/A/X", "com/Foo/A", "com/Foo/A/x", "com/foo/TYPE1",
		"com/foo/TYPE1/x", "com/f\\oo/A", "com/FOO/A",
		"com/foo/A/TYPE0", "com/foo/A/TYPEX" };
	struct contribution key[COUNT(paths)];
	size_t i, j;
	(void)state;
	for(i = 0; i < COUNT(paths); i++) {
		assert_null(helix_key_read(&key[i], paths[i],
			strlen(paths[i])));
		assert_memory_equal(key[i].owner.wire, key[0].owner.wire,
			key[0].owner.len);
		assert_int_equal(key[i].type, TYPE_A);
		for(j = 0; j < i; j++)
			check(key[i].source_len != key[j].source_len ||
				memcmp(key[i].source, key[j].source,
				key[i].source_len) != 0, "%s and %s",
				paths[i], paths[j]);
	}
}

/* --- directories ---------------------------------------------------------- */

/** A key, and whether it lies below a directory. */
struct below_case {
	/** the key without the prefix */
	const char* path;
	/** octets of it */
	size_t len;
	/** the directory */
	const char* dir;
	/** octets of it */
	size_t dir_len;
	/** whether the key lies below it */
	bool below;
};

/* what begins with the directory, and does not, is check_below's */
static const struct below_case below_cases[] = {
	/* the beginning of a segment */
	{ OCTETS("com/exam/A"), OCTETS("com/example"), false },
	{ OCTETS("com/example/foo/A/x"), OCTETS("com/example/foo/AAAA"),
		false },
	/* other ones, of the same length too */
	{ OCTETS("com/example/foo/A"), OCTETS("com/Example"), false },
	{ OCTETS("com/example/foo/A"), OCTETS("\0om"), false },
	/* ids, to which a directory can't reach */
	{ OCTETS("com/foo/A/x"), OCTETS("com/foo/A/x/y"), false },
	{ OCTETS("com/foo/A/x"), OCTETS("com/foo/A/y"), false },
	{ OCTETS("com/foo/A/x"), OCTETS("com/foo/TYPE1"), false },
	{ OCTETS("com/foo/A/x\0y"), OCTETS("com/foo/A"), true },
	/* a NUL is an octet like others */
	{ OCTETS("com/a\0b/A"), OCTETS("com/a\0b"), true },
	{ OCTETS("com/a\0b/A"), OCTETS("com/a\0c"), false },
	{ OCTETS("com/a\0b/A"), OCTETS("com/a"), false },
	{ OCTETS("com/a\0B/A"), OCTETS("com/a\0b"), false },
	/* the same name and type, spelled in another way: another directory */
	{ OCTETS("com/Foo/A"), OCTETS("com/foo"), false },
	{ OCTETS("com/Foo/A/x"), OCTETS("com/foo/A"), false },
	{ OCTETS("COM/foo/A"), OCTETS("com"), false },
	{ OCTETS("com/foo/A"), OCTETS("COM"), false },
	{ OCTETS("com/f\\111o/A"), OCTETS("com/f\\111o"), true },
	{ OCTETS("com/f\\111o/A"), OCTETS("com/foo"), false },
	{ OCTETS("com/f\\111o/A/x"), OCTETS("com/f\\111o/A"), true },
	{ OCTETS("com/a\\047b/A"), OCTETS("com/a"), false },
	{ OCTETS("com/a\\047b/A"), OCTETS("com/a\\047b"), true },
	{ OCTETS("com/a\\.b/A"), OCTETS("com/a.b"), false },
	{ OCTETS("com/foo/TYPE1/x"), OCTETS("com/foo/A"), false },
	{ OCTETS("com/foo/A/A"), OCTETS("com/foo/a"), false },
	/* what is hidden behind the directory */
	{ OCTETS("_tcp/A"), OCTETS(""), false },
	{ OCTETS("com/_tcp/A"), OCTETS(""), false },
	{ OCTETS("com/_tcp/foo/A"), OCTETS(""), false },
	{ OCTETS("com/_tcp/A"), OCTETS("com"), false },
	{ OCTETS("com/_tcp/A/x"), OCTETS("com"), false },
	{ OCTETS("com/_tcp/foo/A"), OCTETS("com"), false },
	{ OCTETS("com/_/A"), OCTETS("com"), false },
	{ OCTETS("com/__/A"), OCTETS("com"), false },
	{ OCTETS("com/_tcp/_sip/A"), OCTETS("com"), false },
	{ OCTETS("com/_tcp/_sip/A"), OCTETS("com/_tcp"), false },
	{ OCTETS("com/_tcp/foo/_sip/A"), OCTETS("com/_tcp"), false },
	{ OCTETS("com/_tcp/foo/_sip/A"), OCTETS("com/_tcp/foo"), false },
	{ OCTETS("com/_Tcp/A"), OCTETS("com"), false },
	{ OCTETS("com/_Tcp/A/x"), OCTETS("com"), false },
	{ OCTETS("com/_tcp/TYPE1"), OCTETS(""), false },
	{ OCTETS("_Tcp/A"), OCTETS(""), false },
	/* it is not hidden in itself, and in what is hidden with it */
	{ OCTETS("_tcp/A"), OCTETS("_tcp"), true },
	{ OCTETS("com/_tcp/A"), OCTETS("com/_tcp"), true },
	{ OCTETS("com/_tcp/A/x"), OCTETS("com/_tcp/A"), true },
	{ OCTETS("com/_tcp/foo/A"), OCTETS("com/_tcp"), true },
	{ OCTETS("com/_tcp/_sip/A"), OCTETS("com/_tcp/_sip"), true },
	{ OCTETS("com/_Tcp/A"), OCTETS("com/_Tcp"), true },
	{ OCTETS("_Tcp/A"), OCTETS("_Tcp"), true },
	/* only a '_' at the beginning of a segment hides it */
	{ OCTETS("com/t_cp/A"), OCTETS(""), true },
	{ OCTETS("com/tcp_/A"), OCTETS("com"), true },
	{ OCTETS("com_/foo/A"), OCTETS(""), true },
	{ OCTETS("com/T_cp/A"), OCTETS("com"), true },
	{ OCTETS("com/\\095tcp/A"), OCTETS("com"), true },
	{ OCTETS("\\095tcp/A"), OCTETS(""), true },
	/* the root name has no segments */
	{ OCTETS("A"), OCTETS("com"), false },
	{ OCTETS("A/x"), OCTETS("AAAA"), false },
	{ OCTETS("TYPE1"), OCTETS("A"), false },
	{ OCTETS("TYPE1/x"), OCTETS("A"), false },
	{ OCTETS("A/A"), OCTETS("a"), false },
};

/** Whether a key lies below a directory; both end where their memory does. */
static bool
is_below(const char* path, size_t len, const char* dir, size_t dir_len)
{
	struct contribution key;
	char* path_copy = copy_exactly(path, len);
	char* dir_copy = copy_exactly(dir, dir_len);
	const char* why = helix_key_read(&key, path_copy, len);
	bool below;
	check(!why, "%.*s: %s", (int)len, path, why);
	below = helix_key_is_below(&key, dir_copy, dir_len);
	free(path_copy);
	free(dir_copy);
	return below;
}

static void
test_below(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(below_cases); i++) {
		const struct below_case* row = &below_cases[i];
		check(is_below(row->path, row->len, row->dir, row->dir_len) ==
			row->below, "%s and %s", row->path, row->dir);
	}
}

/** Below what a path begins with, up to a '/', and nothing else. */
static void
check_below(const char* path, size_t len)
{
	char dir[512];
	size_t i;
	assert_true(len + 2 <= sizeof(dir));
	memcpy(dir, path, len);
	for(i = 0; i <= len; i++) {
		bool expected = i == 0 || (i < len && path[i] == '/');
		check(is_below(path, len, dir, i) == expected, "%s and %.*s",
			path, (int)i, dir);
		/* with each of its octets another one */
		if(i > 0) {
			dir[i - 1] ^= 1;
			check(!is_below(path, len, dir, i), "%s and %.*s",
				path, (int)i, dir);
			dir[i - 1] ^= 1;
		}
		dir[i] = '/';
		check(i < len || !is_below(path, len, dir, i + 1),
			"%s and %s/", path, path);
		dir[i] = 'x';
		check((i < len && path[i] == 'x') || !is_below(path, len, dir,
			i + 1), "%s and %.*s", path, (int)i + 1, dir);
		if(i < len)
			dir[i] = path[i];
	}
}

static void
test_below_its_own_path(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(good_keys); i++)
		check_below(good_keys[i].path, good_keys[i].len);
	for(i = 0; i < COUNT(type_ids); i++)
		check_below(type_ids[i].path, type_ids[i].len);
}

/** The longest names, with few labels and with many. */
static void
test_below_long(void** state)
{
	static const char* const ends[] = { "/A", "/AAAA", "/A/x", "/AAAA/x",
		"/TYPE28/x" };
	/* octets of a label */
	static const size_t labels[] = { 1, 2, 62, 63 };
	char path[NAME_WIRE_MAX + 16];
	size_t i, n, len;
	(void)state;
	for(n = 0; n < COUNT(labels) * COUNT(ends); n++) {
		const char* end = ends[n % COUNT(ends)];
		size_t label = labels[n / COUNT(ends)];
		len = NAME_WIRE_MAX - 2;
		memset(path, 'o', len);
		for(i = label; i + 1 < len; i += label + 1)
			path[i] = '/';
		strcpy(path + len, end);
		check_below(path, strlen(path));
	}
}

/** A path is written as it was read, or as much of it as there is room for. */
static void
check_path(const char* path, size_t len)
{
	char* copy = copy_exactly(path, len);
	struct contribution key;
	size_t size;
	check(!helix_key_read(&key, copy, len), "%.*s is bad", (int)len,
		path);
	for(size = 0; size <= len + 1; size++) {
		size_t expected = size < len ? size : len, written;
		char* out = malloc(size + 1);
		assert_non_null(out);
		memset(out, 'x', size + 1);
		written = helix_key_write(&key, out, size);
		check(written == expected, "%.*s: %zu octets, not %zu",
			(int)len, path, written, expected);
		check(memcmp(out, path, written) == 0, "%.*s, not %.*s",
			(int)written, out, (int)written, path);
		check(out[size] == 'x', "%.*s: over %zu octets", (int)len,
			path, size);
		free(out);
	}
	free(copy);
}

static void
test_to_path(void** state)
{
	char path[NAME_WIRE_MAX + 16];
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(good_keys); i++)
		check_path(good_keys[i].path, good_keys[i].len);
	for(i = 0; i < COUNT(type_ids); i++)
		check_path(type_ids[i].path, type_ids[i].len);
	memset(path, 'o', NAME_WIRE_MAX - 2);
	for(i = 63; i < NAME_WIRE_MAX - 2; i += 64)
		path[i] = '/';
	strcpy(path + NAME_WIRE_MAX - 2, "/AAAA/x");
	check_path(path, strlen(path));
}

/** Every type has a name that fits, and that a key can have. */
static void
test_type_names(void** state)
{
	struct contribution key;
	char text[TYPE_TEXT_MAX];
	unsigned type;
	(void)state;
	for(type = 1; type <= 65535; type++) {
		const char* why;
		type_to_text((uint16_t)type, text);
		why = helix_key_read(&key, text, strlen(text));
		check(key.type == type, "%s is type %u, not %u", text,
			(unsigned)key.type, type);
		check((why != NULL) == (type_is_meta((uint16_t)type) ||
			type_is_signers((uint16_t)type)), "%s: %s", text, why);
		check(why || key.source_len == 0, "%s has a source", text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_key_good),
		cmocka_unit_test(test_key_id_like_type),
		cmocka_unit_test(test_key_id_of_young_type),
		cmocka_unit_test(test_key_doubtful),
		cmocka_unit_test(test_key_bad),
		cmocka_unit_test(test_key_long),
		cmocka_unit_test(test_key_sources_differ),
		cmocka_unit_test(test_below),
		cmocka_unit_test(test_below_its_own_path),
		cmocka_unit_test(test_below_long),
		cmocka_unit_test(test_to_path),
		cmocka_unit_test(test_type_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
