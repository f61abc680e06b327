/*
 * tests/unit/helixctl/test_lint.c - is what is wrong with keys found?
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include "base/buffer.h"
#include "base/log.h"
#include "feed.h"
#include "lint.h"
#include "questions.h"
#include "unbound/refuse.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** most keys of a case */
#define KEYS_MAX 8

/** Keys, and what is found. */
struct lint_case {
	/** keys, each with its value behind a space; one that begins with
	 * '/' is meant to have an empty label there */
	const char* keys[KEYS_MAX];
	/** findings as text: "KEY: KIND: REASON; ADVICE", a line each; ""
	 * if there are none */
	const char* found;
};

/** Three zones: example.com., sub.example.com. and, with fallthrough,
 * example.org. */
static struct zone_settings zones[3];
static struct helix_config config = { .zones = zones, .zone_count = 3,
	.etcd.prefix = (char*)(uintptr_t)"/helix" };

static int
zones_make(void** state)
{
	(void)state;
	settings_init(&zones[0], "example.com.");
	settings_init(&zones[1], "sub.example.com.");
	settings_init(&zones[2], "example.org.");
	zones[2].fallthrough = true;
	helix_log_set_writer(helix_log_discard);
	return 0;
}

/* --- what is found -------------------------------------------------------- */

static void
put_text(struct lint* lint, const char* text)
{
	const char* space = strchr(text, ' ');
	assert_non_null(space);
	assert_true(lint_put(lint, text, (size_t)(space - text), space + 1,
		strlen(space + 1)));
}

/** Write the findings as text. */
static void
findings_write(const struct lint* lint, struct buffer* out)
{
	size_t i, count;
	const struct lint_finding* finding = lint_findings(lint, &count);
	char line[2048];
	for(i = 0; i < count; i++) {
		int len = snprintf(line, sizeof(line), "%.*s: %s: %s%s%s\n",
			(int)finding[i].path_len, finding[i].path ?
			finding[i].path : "",
			lint_kind_text(finding[i].kind), finding[i].reason,
			finding[i].advice ? "; " : "", finding[i].advice ?
			finding[i].advice : "");
		assert_true(len > 0 && (size_t)len < sizeof(line));
		assert_true(buffer_append(out, line, (size_t)len));
	}
	assert_true(buffer_append_octet(out, 0));
}

/** Look at all keys, and fail unless this is found. */
static struct lint_counts
expect_found(struct lint* lint, const char* found)
{
	struct buffer out = { 0 };
	assert_true(lint_finish(lint));
	findings_write(lint, &out);
	assert_string_equal((const char*)out.data, found);
	buffer_clear(&out);
	return lint_counts(lint);
}

/** What is said of the same keys by the module's own feed. */
static struct feed_stats
feed_says(const char* const* keys)
{
	const struct feed_listener listener = { .arg = NULL };
	struct feed* feed = feed_create(zones, 3, "/helix", &listener);
	struct etcd_sink sink = feed_sink(feed);
	struct feed_stats stats;
	char key[1024];
	assert_non_null(feed);
	sink.list_begin(sink.arg);
	for(; *keys; keys++) {
		const char* space = strchr(*keys, ' ');
		int len = snprintf(key, sizeof(key), "/helix/%.*s",
			(int)(space - *keys), *keys);
		assert_true(sink.put(sink.arg, key, (size_t)len, space + 1,
			strlen(space + 1), 7));
	}
	assert_true(sink.list_end(sink.arg, 1, 7));
	stats = feed_stats(feed);
	feed_delete(feed);
	return stats;
}

static void
check_case(const struct lint_case* row)
{
	struct lint* lint = lint_create(&config, NULL);
	struct feed_stats feed = feed_says(row->keys);
	struct lint_counts counts;
	size_t i;
	assert_non_null(lint);
	for(i = 0; row->keys[i]; i++)
		put_text(lint, row->keys[i]);
	counts = expect_found(lint, row->found);
	assert_int_equal(counts.keys, i);
	assert_int_equal(counts.served, feed.keys);
	assert_int_equal(counts.kind[LINT_BAD], feed.bad);
	assert_int_equal(counts.kind[LINT_IGNORED], feed.ignored);
	assert_int_equal(counts.kind[LINT_OUTSIDE], feed.outside);
	assert_int_equal(counts.kind[LINT_SUSPICIOUS], feed.suspicious);
	lint_delete(lint);
}

static void
check_lint(const struct lint_case* row, size_t count)
{
	for(; count > 0; row++, count--)
		check_case(row);
}

#define CHECK(rows) check_lint(rows, sizeof(rows) / sizeof(*(rows)))

/** The names that other keys refer to. */
#define HOST "com/example/host/A 192.0.2.1"
#define HOST6 "com/example/host6/AAAA 2001:db8::1"
#define ALIAS "com/example/alias/CNAME host.example.com"
/** what is said of names */
#define ABSENT "does not exist; add its addresses, or correct the name\n"
#define BARE "has no address; add its addresses, or correct the name\n"
#define TO_ALIAS "is an alias, which many do not follow here; name the " \
	"alias's target instead\n"

/* --- cases ---------------------------------------------------------------- */

static void
test_nothing(void** state)
{
	static const struct lint_case rows[] = {
		{ { NULL }, "" },
		{ { HOST, HOST6, ALIAS, NULL }, "" },
		{ { HOST, "com/example/host/A/two 192.0.2.2",
			"com/example/host/TXT/note text", NULL }, "" },
		{ { "com/example/*/A 192.0.2.1", NULL }, "" },
	};
	(void)state;
	CHECK(rows);
}

static void
test_keys(void** state)
{
	static const struct lint_case rows[] = {
		{ { "com/example/host/A 192.0.2", NULL },
			"com/example/host/A: bad: \"192.0.2\" is not an IPv4 "
			"address such as 192.0.2.1\n" },
		{ { "com/example/host 192.0.2.1", HOST, NULL },
			"com/example/host: bad: neither its last segment nor "
			"the one before it is a type; types are in upper "
			"case, as A or AAAA\n" },
		{ { "com/example/CNAME host.example.net", NULL },
			"com/example/CNAME: bad: a zone's apex has an SOA, and "
			"a CNAME cannot share its name with other data; give "
			"it addresses\n" },
		{ { "com/example/host/SOA a. b. 1 2 3 4 5", NULL },
			"com/example/host/SOA: bad: an SOA belongs at a zone's "
			"apex; put it there, or make this name a zone in "
			"helix.yaml\n" },
		{ { "net/example/host/A 192.0.2.1", NULL },
			"net/example/host/A: outside: its name is in none of "
			"the zones; add its zone to helix.yaml, or delete the "
			"key\n" },
		{ { "host/example/com/A 192.0.2.1", NULL },
			"host/example/com/A: outside: its name is in none of "
			"the zones; did you mean /helix/com/example/host/A?\n"
			},
		/* an id that is a type */
		{ { "com/example/web/TXT/A 192.0.2.1", NULL },
			"com/example/web/TXT/A: suspicious: its last two "
			"segments are types, so that it is A of "
			"txt.web.example.com., and not TXT with the id A; "
			"write that label, or that id, in lower case\n" },
		/* a target that is an address */
		{ { "com/example/mail/MX 10 192.0.2.25", NULL },
			"com/example/mail/MX: suspicious: field 2, "
			"\"192.0.2.25\", is an IP address, and not a name; "
			"expected preference and host, such as 10 "
			"mail.example.com.\n" },
	};
	(void)state;
	CHECK(rows);
}

static void
test_conflicts(void** state)
{
	static const struct lint_case rows[] = {
		{ { HOST, "com/example/host/CNAME host6.example.com", HOST6,
			NULL },
			"com/example/host/CNAME: ignored: a CNAME cannot share "
			"its name with key /helix/com/example/host/A; delete "
			"one of them\n" },
		/* all keys of the CNAME */
		{ { HOST, "com/example/host/CNAME/a nowhere.example.com",
			"com/example/host/CNAME/b nowhere.example.com", NULL },
			"com/example/host/CNAME/a: ignored: a CNAME cannot "
			"share its name with key /helix/com/example/host/A; "
			"delete one of them\n"
			"com/example/host/CNAME/b: ignored: a CNAME cannot "
			"share its name with key /helix/com/example/host/A; "
			"delete one of them\n" },
		/* the records of the one that is ignored are not looked at */
		{ { HOST, ALIAS, "com/example/alias/CNAME/b no.example.com",
			NULL },
			"com/example/alias/CNAME/b: ignored: conflicts with "
			"the CNAME of key /helix/com/example/alias/CNAME; "
			"delete one of them\n" },
		/* the same record twice is no conflict */
		{ { HOST, ALIAS, "com/example/alias/CNAME/b "
			"host.example.com", NULL }, "" },
		{ { "com/example/SOA a. b. 1 2 3 4 5",
			"com/example/SOA/x a. b. 1 2 3 4 6", NULL },
			"com/example/SOA/x: ignored: conflicts with the SOA of "
			"key /helix/com/example/SOA; delete one of them\n" },
	};
	(void)state;
	CHECK(rows);
}

static void
test_targets(void** state)
{
	static const struct lint_case rows[] = {
		/* hosts that there are, here and elsewhere */
		{ { HOST, HOST6, "com/example/MX [\"1 host.example.com\","
			"\"2 host6.example.com\", \"3 mail.example.net\"]",
			"com/example/_s/SRV 1 2 3 Host.Example.Com.", NULL },
			"" },
		/* nothing is meant by these */
		{ { "com/example/MX 0 .", "com/example/_s/SRV 0 0 0 .",
			"com/example/HTTPS 1 . alpn=h2", NULL }, "" },
		/* with fallthrough, a name may be elsewhere */
		{ { "com/example/MX 1 mail.example.org",
			"com/example/a/CNAME www.example.org", NULL }, "" },
		{ { "com/example/MX 1 mail.example.com", NULL },
			"com/example/MX: target: its host, mail.example.com., "
			ABSENT },
		{ { "com/example/mail/TXT text",
			"com/example/MX 1 mail.example.com", NULL },
			"com/example/MX: target: its host, mail.example.com., "
			BARE },
		{ { HOST, ALIAS, "com/example/MX 1 alias.example.com", NULL },
			"com/example/MX: alias: its host, alias.example.com., "
			TO_ALIAS },
		{ { "com/example/_s/SRV 1 2 3 no.sub.example.com.", NULL },
			"com/example/_s/SRV: target: its host, "
			"no.sub.example.com., " ABSENT },
		{ { "com/example/old/DNAME example.net",
			"com/example/_s/SRV 1 2 3 a.old.example.com", NULL },
			"com/example/_s/SRV: alias: its host, "
			"a.old.example.com., " TO_ALIAS },
		/* each record of a key */
		{ { "com/example/MX [\"1 a.example.com\", "
			"\"2 b.example.com\"]", NULL },
			"com/example/MX: target: its host, a.example.com., "
			ABSENT
			"com/example/MX: target: its host, b.example.com., "
			ABSENT },
		{ { "com/example/a/CNAME b.example.com", NULL },
			"com/example/a/CNAME: target: its target, "
			"b.example.com., does not exist; add it, or correct "
			"the name\n" },
		{ { "com/example/b/c/A 192.0.2.1",
			"com/example/a/CNAME b.example.com", NULL },
			"com/example/a/CNAME: target: its target, "
			"b.example.com., has no records; add some, or correct "
			"the name\n" },
		/* whatever it has */
		{ { "com/example/b/TXT text",
			"com/example/a/CNAME b.example.com", NULL }, "" },
		/* a wildcard has it */
		{ { "com/example/*/A 192.0.2.1",
			"com/example/a/CNAME b.example.com",
			"com/example/MX 1 mail.example.com", NULL }, "" },
		{ { "com/example/1/PTR no.example.com",
			"com/example/2/DNAME no.example.com", NULL },
			"com/example/1/PTR: target: its host, no.example.com., "
			"does not exist; add it, or correct the name\n"
			"com/example/2/DNAME: target: its target, "
			"no.example.com., does not exist; add it, or correct "
			"the name\n" },
	};
	(void)state;
	CHECK(rows);
}

static void
test_loops(void** state)
{
	static const struct lint_case rows[] = {
		{ { "com/example/a/CNAME b.example.com",
			"com/example/b/CNAME a.example.com",
			"com/example/c/CNAME a.example.com", NULL },
			"com/example/a/CNAME: loop: it leads into a circle of "
			"aliases; let one of them name a host\n"
			"com/example/b/CNAME: loop: it leads into a circle of "
			"aliases; let one of them name a host\n"
			"com/example/c/CNAME: loop: it leads into a circle of "
			"aliases; let one of them name a host\n" },
		{ { "com/example/a/CNAME a.example.com", NULL },
			"com/example/a/CNAME: loop: it leads into a circle of "
			"aliases; let one of them name a host\n" },
		{ { HOST, "com/example/a/CNAME b.example.com",
			"com/example/b/CNAME host.example.com", NULL }, "" },
	};
	(void)state;
	CHECK(rows);
}

static void
test_delegations(void** state)
{
	static const struct lint_case rows[] = {
		{ { "com/example/del/NS ns.del.example.com",
			"com/example/del/ns/A 192.0.2.1", NULL }, "" },
		{ { "com/example/del/NS ns.del.example.com",
			"com/example/del/ns/AAAA 2001:db8::1", NULL }, "" },
		{ { "com/example/del/NS del.example.com",
			"com/example/del/A 192.0.2.1",
			"com/example/del/DS 1 13 2 00000000000000000000000000"
			"00000000000000000000000000000000000000", NULL }, "" },
		{ { "com/example/del/NS ns.del.example.com", NULL },
			"com/example/del/NS: glue: its name server, "
			"ns.del.example.com., is below the delegation, and its "
			"address is not known, so that nobody finds it; add "
			"its addresses (glue)\n" },
		{ { "com/example/del/NS ns.example.com", NULL },
			"com/example/del/NS: target: its name server, "
			"ns.example.com., " ABSENT },
		{ { HOST, ALIAS, "com/example/NS alias.example.com", NULL },
			"com/example/NS: alias: its name server, "
			"alias.example.com., " TO_ALIAS },
		{ { "com/example/NS ns.example.com", NULL },
			"com/example/NS: target: its name server, "
			"ns.example.com., " ABSENT },
		/* a name that only ends with the same octets */
		{ { "com/example/del/NS ns.xdel.example.com", NULL },
			"com/example/del/NS: target: its name server, "
			"ns.xdel.example.com., " ABSENT },
		{ { "com/example/del/NS ns.example.net",
			"com/example/del/MX 1 mail.example.net",
			"com/example/del/www/TXT text",
			"com/example/del/www/A 192.0.2.1", NULL },
			"com/example/del/MX: hidden: nobody gets it: "
			"del.example.com. is delegated to other servers by its "
			"NS; put it into the zone there, or delete one of the "
			"two\n"
			"com/example/del/www/TXT: hidden: nobody gets it: "
			"del.example.com. is delegated to other servers by its "
			"NS; put it into the zone there, or delete one of the "
			"two\n" },
		{ { "com/example/old/DNAME example.net",
			"com/example/old/MX 1 mail.example.net",
			"com/example/old/www/A 192.0.2.1", NULL },
			"com/example/old/www/A: hidden: nobody gets it: the "
			"DNAME of old.example.com. stands for all names below; "
			"delete one of the two\n" },
		/* a zone of ours is none that hides its names */
		{ { HOST, "com/example/sub/NS host.example.com",
			"com/example/sub/www/TXT text", NULL }, "" },
		/* what is below a delegation is known elsewhere */
		{ { "com/example/del/NS ns.example.net",
			"com/example/MX 1 mail.del.example.com", NULL }, "" },
	};
	(void)state;
	CHECK(rows);
}

/** Name servers that helix.yaml gives a zone, and no key. */
static void
test_servers_of_zones(void** state)
{
	static const struct lint_case rows[] = {
		{ { NULL }, ": target: its name server, ns.example.com., "
			ABSENT },
		{ { "com/example/ns/A 192.0.2.1", NULL }, "" },
		{ { HOST, "com/example/ns/CNAME host.example.com", NULL },
			": alias: its name server, ns.example.com., "
			TO_ALIAS },
		/* the key counts */
		{ { HOST, "com/example/NS host.example.com", NULL }, "" },
		{ { "com/example/NS other.example.com", "com/example/A bad",
			NULL },
			"com/example/A: bad: \"bad\" is not an IPv4 address "
			"such as 192.0.2.1\n"
			"com/example/NS: target: its name server, "
			"other.example.com., " ABSENT },
	};
	struct name ns[2];
	(void)state;
	question_name(&ns[0], "ns.example.com.");
	question_name(&ns[1], "ns.example.net.");
	zones[0].ns = ns;
	zones[0].ns_count = 2;
	CHECK(rows);
	zones[0].ns = NULL;
	zones[0].ns_count = 0;
}

static void
test_ttls(void** state)
{
	static const struct lint_case rows[] = {
		{ { "com/example/a/A {\"ttl\": 60, \"rdata\": \"192.0.2.1\"}",
			"com/example/a/A/b {\"ttl\": 60, \"rdata\": "
			"\"192.0.2.2\"}", NULL }, "" },
		{ { "com/example/a/A {\"ttl\": 60, \"rdata\": \"192.0.2.1\"}",
			"com/example/a/A/b {\"ttl\": 50, \"rdata\": "
			"\"192.0.2.2\"}", NULL },
			"com/example/a/A: ttl: its TTL of 60 is not served: an "
			"RRset has one TTL, and another key gives 50; give all "
			"keys of the RRset the same TTL\n" },
		/* the zone's is lower */
		{ { "com/example/a/A {\"ttl\": 600, \"rdata\": "
			"\"192.0.2.1\"}", "com/example/a/A/b 192.0.2.2",
			NULL },
			"com/example/a/A: ttl: its TTL of 600 is not served: "
			"an RRset has one TTL, and another key gives 300; give "
			"all keys of the RRset the same TTL\n" },
	};
	(void)state;
	CHECK(rows);
}

static void
test_wildcards(void** state)
{
	static const struct lint_case rows[] = {
		{ { "com/example/*/www/A 192.0.2.1", NULL },
			"com/example/*/www/A: wildcard: the * in its name "
			"stands for no other label, so that only a query for "
			"an asterisk gets it; only a first label * stands for "
			"others (RFC 4592)\n" },
	};
	(void)state;
	CHECK(rows);
}

/** More than 100 records, from one key or from many. */
static void
test_crowds(void** state)
{
	struct lint* lint = lint_create(&config, NULL);
	char line[256];
	int i;
	(void)state;
	assert_non_null(lint);
	for(i = 0; i < 101; i++) {
		snprintf(line, sizeof(line), "com/example/many/A/%03d "
			"192.0.2.%d", i, i);
		put_text(lint, line);
		snprintf(line, sizeof(line), "com/example/few/A/%03d "
			"192.0.2.%d", i, i % 100);
		put_text(lint, line);
	}
	(void)expect_found(lint, "com/example/many/A/000: crowded: its "
		"RRset has 101 records, and some resolvers refuse more than "
		"100; spread them over several names\n");
	lint_delete(lint);
}

/** More records than fit into an answer; those of many commits count. */
static void
test_large_crowd(void** state)
{
	struct lint* lint = lint_create(&config, NULL);
	char line[256];
	int i;
	(void)state;
	assert_non_null(lint);
	for(i = 0; i < 25000; i++) {
		snprintf(line, sizeof(line), "com/example/many/A/%05d "
			"10.0.%d.%d", i, i / 256, i % 256);
		put_text(lint, line);
	}
	(void)expect_found(lint, "com/example/many/A/00000: crowded: its "
		"RRset has 25000 records, and only 4000 of them fit into an "
		"answer; spread them over several names\n");
	lint_delete(lint);
}

/** A chain of so many aliases that clients give up. */
static void
test_long_chain(void** state)
{
	struct lint* lint = lint_create(&config, NULL);
	const struct lint_finding* finding;
	char line[256];
	size_t i, count;
	(void)state;
	assert_non_null(lint);
	for(i = 0; i < 18; i++) {
		snprintf(line, sizeof(line), "com/example/c%02zu/CNAME "
			"c%02zu.example.com", i, i + 1);
		put_text(lint, line);
	}
	put_text(lint, "com/example/c18/A 192.0.2.1");
	assert_true(lint_finish(lint));
	finding = lint_findings(lint, &count);
	assert_int_equal(count, 2);
	for(i = 0; i < count; i++) {
		assert_int_equal(finding[i].kind, LINT_LOOP);
		assert_string_equal(finding[i].reason, "it leads through more "
			"than 16 aliases, and clients give up");
		snprintf(line, sizeof(line), "com/example/c%02zu/CNAME", i);
		assert_string_equal(finding[i].path, line);
	}
	lint_delete(lint);
}

/** Only what is at a name or below it is reported. */
static void
test_only(void** state)
{
	static const char* const keys[] = { "com/example/sub/x/A bad",
		"com/example/Sub/NOTYPE bad", "com/example/sub/no-type bad",
		"com/example/subway/A bad", "com/example/A bad",
		"org/example/A bad", "com/example/sub/MX 1 no.example.com",
		"com/example/MX 1 no.example.com" };
	struct lint* lint;
	struct name only;
	size_t i;
	(void)state;
	question_name(&only, "sub.example.com.");
	lint = lint_create(&config, &only);
	assert_non_null(lint);
	for(i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		put_text(lint, keys[i]);
	assert_int_equal(expect_found(lint,
		"com/example/Sub/NOTYPE: bad: neither its last segment nor the "
		"one before it is a type; types are in upper case, as A or "
		"AAAA\n"
		"com/example/sub/MX: target: its host, no.example.com., "
		ABSENT
		"com/example/sub/no-type: bad: neither its last segment nor "
		"the one before it is a type; types are in upper case, as A or "
		"AAAA\n"
		"com/example/sub/x/A: bad: \"bad\" is not an IPv4 address such "
		"as 192.0.2.1\n").keys, 8);
	lint_delete(lint);
}

/** Octets that nobody expects in a key are what they are. */
static void
test_odd_octets(void** state)
{
	static const char key[] = "com/example/a\0\377/A";
	struct lint* lint = lint_create(&config, NULL);
	const struct lint_finding* finding;
	size_t count;
	(void)state;
	assert_non_null(lint);
	assert_true(lint_put(lint, key, sizeof(key) - 1, "192.0.2.1", 9));
	assert_true(lint_put(lint, "", 0, "", 0));
	assert_true(lint_finish(lint));
	finding = lint_findings(lint, &count);
	assert_int_equal(count, 2);
	assert_int_equal(finding[0].kind, LINT_BAD);
	assert_int_equal(finding[0].path_len, 0);
	assert_int_equal(finding[1].kind, LINT_SUSPICIOUS);
	assert_int_equal(finding[1].path_len, sizeof(key) - 1);
	assert_memory_equal(finding[1].path, key, sizeof(key) - 1);
	lint_delete(lint);
	lint_delete(NULL);
}

/** Look at keys, where the one allocation is refused that has this number.
 * @return whether one was. */
static bool
fail_at(unsigned number)
{
	static const char* const keys[] = { "com/example/sub/x/A bad",
		"com/example/a/CNAME b.example.com",
		"com/example/b/CNAME/x a.example.com",
		"com/example/b/CNAME/y c.example.com",
		"com/example/MX [\"1 a.example.com\",\"2 no.example.com\"]",
		"com/example/x/A {\"ttl\": 600, \"rdata\": \"192.0.2.1\"}",
		"com/example/x/A/y 192.0.2.2", "example/A 192.0.2.1" };
	struct lint* lint;
	bool ok = true;
	size_t i, count;
	refuse_malloc = number;
	lint = lint_create(&config, NULL);
	for(i = 0; lint && ok && i < sizeof(keys) / sizeof(*keys); i++) {
		const char* space = strchr(keys[i], ' ');
		ok = lint_put(lint, keys[i], (size_t)(space - keys[i]),
			space + 1, strlen(space + 1));
	}
	ok = lint && ok && lint_finish(lint);
	if(ok) {
		(void)lint_findings(lint, &count);
		assert_int_equal(count, 8);
	}
	/* what was refused cannot have been overlooked */
	check(ok == (refuse_malloc > 0), "allocation %u was refused", number);
	ok = refuse_malloc == 0;
	refuse_malloc = 0;
	lint_delete(lint);
	return ok;
}

static void
test_out_of_memory(void** state)
{
	unsigned number = 1;
	(void)state;
	while(fail_at(number))
		number++;
	assert_true(number > 30);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_conflicts),
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_loops),
		cmocka_unit_test(test_delegations),
		cmocka_unit_test(test_servers_of_zones),
		cmocka_unit_test(test_ttls),
		cmocka_unit_test(test_wildcards),
		cmocka_unit_test(test_crowds),
		cmocka_unit_test(test_large_crowd),
		cmocka_unit_test(test_long_chain),
		cmocka_unit_test(test_only),
		cmocka_unit_test(test_odd_octets),
		cmocka_unit_test(test_out_of_memory),
	};
	return cmocka_run_group_tests(tests, zones_make, stop_reading);
}
