/*
 * tests/unit/format/test_helix_value_text.c - values of the helix format: text,
 * and what is served but looks wrong.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "format/helix.h"
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>
#include "check.h"
#include "values.h"

/* --- text ---------------------------------------------------------------- */

/** Values of TXT, of which some are text as it is. */
static const struct good texts[] = {
	{ "TXT", OCTETS("v=spf1 include:_spf.example.com -all"),
		"24763d7370663120696e636c7564653a5f7370662e6578616d706c652e"
		"636f6d202d616c6c" },
	{ "SPF", OCTETS("v=spf1 -all"), "0b763d73706631202d616c6c" },
	{ "TXT", OCTETS(" \r\n a\t b\n"), "0461092062" },
	{ "TXT", OCTETS("a;b (c) \\065 @"),
		"0e613b6220286329205c3036352040" },
	/* as opendkim-genkey writes it */
	{ "TXT", OCTETS("( \"v=DKIM1; k=rsa; \"\n\t  \"p=MIIB\" )"),
		"10763d444b494d313b206b3d7273613b2006703d4d494942" },
	{ "TXT", OCTETS("(\n\"a\"\n\"b\" )"), "01610162" },
	{ "TXT", OCTETS("[\"( \\\"a\\\" )\"]"), "0161" },
	/* escapes that a zone file needs, and text does not */
	{ "TXT", OCTETS("v=DKIM1\\; k=rsa"),
		"0e763d444b494d313b206b3d727361" },
	{ "TXT", OCTETS("a\\\"b\\\\\\000"), "056122625c00" },
	/* others are no escapes */
	{ "TXT", OCTETS("DOMAIN\\user"), "0b444f4d41494e5c75736572" },
	/* and parentheses may be part of a text */
	{ "TXT", OCTETS("(c) 2026; all"), "0d28632920323032363b20616c6c" },
	{ "TXT", OCTETS("( a )"), "052820612029" },
	{ "TXT", OCTETS("a\nb"), "03610a62" },
	{ "TXT", OCTETS("caf\xc3\xa9"), "05636166c3a9" },
	{ "TXT", OCTETS("\\#5"), "035c2335" },
	{ "TXT", OCTETS("[\" a b \"]"), "03612062" },
	{ "TXT", OCTETS("[\"\\\"a\\\" \\\"b\\\"\"]"), "01610162" },
	{ "TXT", OCTETS("{\"rdata\":\"[x]\"}"), "035b785d" },
	{ "TXT", OCTETS("\"[x]\""), "035b785d" },
	{ "TXT", OCTETS("IN TXT x"), "08494e205458542078" },
};

static void
test_text(void** state)
{
	struct reason reason;
	uint8_t octets[256];
	size_t i, len;
	(void)state;
	for(i = 0; i < COUNT(texts); i++) {
		const struct good* row = &texts[i];
		struct record_set set;
		check(read_value(&set, type_of(row->type), row->text, row->len,
			&reason), "%s: %s", row->text, reason.text);
		len = octets_of(row->rdata, octets);
		check(set.rdata.len == len + 2 && memcmp(set.rdata.data + 2,
			octets, len) == 0, "%s: other rdata", row->text);
		record_set_clear(&set);
	}
}

/** A value that is served, and what looks wrong about it. */
struct doubtful {
	/** the type */
	const char* type;
	/** the value */
	const char* text;
	/** what is said, or a part of it; NULL if nothing is */
	const char* why;
};

static const struct doubtful doubtful[] = {
	/* targets */
	{ "CNAME", "192.0.2.1", "field 1, \"192.0.2.1\", is an IP address, and "
		"not a name; expected a name such as www.example.com." },
	{ "CNAME", "192.0.2.1.", "is an IP address" },
	{ "CNAME", "2001:db8::1", "is an IP address" },
	{ "MX", "10 192.0.2.25", "field 2, \"192.0.2.25\", is an IP address" },
	{ "NS", "192.0.2.1", "is an IP address" },
	{ "PTR", "192.0.2.1", "is an IP address" },
	{ "SRV", "1 2 3 192.0.2.1", "field 4, \"192.0.2.1\", is an IP" },
	{ "SRV", "[{\"priority\":1,\"weight\":2,\"port\":3,\"target\":"
		"\"192.0.2.1\"}]", "\"Target\" is an IP address, and not a "
		"name; expected a name such as sip.example.com." },
	{ "SRV", "{\"rdata\":{\"priority\":1,\"weight\":2,\"port\":3,"
		"\"target\":\"sip\"}}", "\"Target\" is one label only" },
	{ "HTTPS", "1 192.0.2.1", "is an IP address" },
	{ "CNAME", "192.0.2", "ends in a number" },
	{ "CNAME", "10.0.0.0/8", "ends in a number" },
	{ "CNAME", "http://www.example.org/", "has a ':' in it, as a URL" },
	{ "CNAME", "www.example.org:80", "has a ':' in it" },
	{ "CNAME", "www.example.org/", "has a '/' in it" },
	{ "CNAME", "/helix/com/example/www", "has a '/' in it" },
	{ "CNAME", "b\303\274cher.example", "is not ASCII" },
	{ "CNAME", "www", "is one label only" },
	{ "CNAME", "'www.x'", "begins or ends with a quote" },
	{ "CNAME", "<www.x>", "begins or ends with a quote, a bracket" },
	{ "CNAME", "www.x,", "begins or ends with a quote, a bracket or a" },
	{ "SOA", "ns.x. root@x. 1 2 3 4 5", "has an '@' in it" },
	{ "RP", "root@x. .", "has an '@' in it" },
	/* the first of several records, and of several doubts */
	{ "NS", "[\"ns.example.\", \"192.0.2.1\", \"192.0.2.2\"]",
		"field 1, \"192.0.2.1\", is" },
	/* text */
	{ "TXT", "IN TXT x", "the text begins as a line of a zone file does" },
	{ "TXT", "www.x. 60 IN TXT x", "begins as a line of a zone file" },
	{ "SPF", "IN SPF x", "begins as a line of a zone file" },
	{ "TXT", "( v=DKIM1; k=rsa )", "is in parentheses" },
	{ "TXT", "'v=spf1 -all'", "is in quotes of a kind that are served" },
	{ "TXT", "\342\200\234v=spf1\342\200\235", "is in quotes of a kind" },
	{ "TXT", "\\\"v=spf1\\\"", "is in quotes of a kind" },
	{ "TXT", "; DKIM", "begins with a ';'" },
	{ "TXT", "DOMAIN\\user", "has backslashes in it, which are served" },
	{ "TXT", "a\\\\b", "has backslashes in it" },
	{ "TXT", "v=DKIM1;\np=x", "has a line break" },
	{ "TXT", "[\"x\", \"a\\tb\"]", "has a line break" },
	/* what is not doubtful */
	{ "CNAME", "www.", NULL },
	{ "CNAME", "www.example.org", NULL },
	{ "CNAME", "1.0/25.2.0.192.in-addr.arpa.", NULL },
	{ "CNAME", "a\\:b.x", NULL },
	{ "CNAME", "a\\047.x", NULL },
	{ "CNAME", "root\\@x.x", NULL },
	{ "CNAME", "b\\195\\188cher.x", NULL },
	{ "CNAME", "192.0.2.1.x", NULL },
	{ "PTR", "Bob's\\032Mac._ipp.x", NULL },
	{ "MX", "0 .", NULL },
	{ "A", "192.0.2.1", NULL },
	{ "TXT", "v=spf1 ip4:192.0.2.0/24 (comment) -all", NULL },
	{ "TXT", "v=DKIM1; k=rsa", NULL },
	{ "TXT", "v=DKIM1\\; k=rsa", NULL },
	{ "TXT", "(c) 2026", NULL },
	{ "TXT", "it's", NULL },
	{ "TXT", "A TXT of mine", NULL },
	{ "TXT", "caf\303\251", NULL },
	{ "TXT", "\"a\\\\b\" \"'c'\"", NULL },
	{ "TXT", "( \"a\" )", NULL },
	{ "TXT", "\\# 2 0141", NULL },
};

static void
test_doubtful(void** state)
{
	struct reason reason;
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(doubtful); i++) {
		const struct doubtful* row = &doubtful[i];
		struct record_set set;
		check(read_value(&set, type_of(row->type), row->text,
			strlen(row->text), &reason), "%s %s: %s", row->type,
			row->text, reason.text);
		check(row->why ? strstr(reason.text, row->why) != NULL :
			!*reason.text, "%s %s: %s", row->type, row->text,
			reason.text);
		record_set_clear(&set);
	}
}

/** Text is split into strings of 255 octets, up to what a record can have. */
static void
test_text_long(void** state)
{
	/* octets, and octets of rdata; 0 if it is too long */
	static const size_t rows[][2] = { { 1, 2 }, { 255, 256 },
		{ 256, 258 }, { 510, 512 }, { 511, 514 }, { 62753, 63000 },
		{ 62754, 0 }, { 100000, 0 }, { 1572864, 0 } };
	struct reason reason;
	size_t i, at;
	(void)state;
	for(i = 0; i < COUNT(rows); i++) {
		struct record_set set;
		char* text = malloc(rows[i][0]);
		bool ok;
		assert_non_null(text);
		memset(text, 'x', rows[i][0]);
		ok = read_value(&set, TYPE_TXT, text, rows[i][0], &reason);
		free(text);
		check(ok == (rows[i][1] > 0), "row %zu: %s", i, reason.text);
		if(!ok)
			assert_non_null(strstr(reason.text, "over 63000 octets"));
		if(ok)
			assert_int_equal(set.rdata.len, rows[i][1] + 2);
		for(at = 0; ok && at < rows[i][1]; at += 256) {
			size_t left = rows[i][1] - at;
			assert_int_equal(set.rdata.data[2 + at],
				left > 255 ? 255 : left - 1);
		}
		record_set_clear(&set);
	}
}

/** Text that looks like JSON, and JSON without text. */
static const struct bad bad[] = {
	{ "TXT", OCTETS("( \"a\" ) ; ----- DKIM key"),
		"a ';' begins a comment in zone files, and a value has none; "
		"leave it out" },
	{ "TXT", OCTETS("( \"a\""), "a '(' is not closed" },
	{ "TXT", OCTETS("mail._domainkey\tIN\tTXT\t( \"v=DKIM1; \"\n"
		"\"p=MIIB\" )  ; ----- DKIM key"),
		"it begins as a line of a zone file does; expected only what "
		"is behind the type" },
	{ "TXT", OCTETS("TXT \"a\""), "begins as a line of a zone file" },
	{ "TXT", OCTETS("v=DKIM1; p=a\" \"b"), "it has a '\"' in it, and "
		"does not begin with one" },
	{ "TXT", OCTETS("say \"hi\""), "it has a '\"' in it" },
	{ "TXT", OCTETS("( a \"b\" )"), "it has a '\"' in it" },
	{ "TXT", OCTETS("a\\; b\\1"), "its backslashes are escapes, and a "
		"backslash and a digit need" },
	{ "TXT", OCTETS("[x]"), "invalid JSON at octet 2 of 3; if it is "
		"meant as text, put it in quotes: \"[...\"" },
	{ "TXT", OCTETS("{x}"), "put it in quotes: \"{...\"" },
	{ "TXT", OCTETS("{\"a\":1}"), "put it in quotes: \"{...\"" },
	{ "SPF", OCTETS("[1]"), "put it in quotes: \"[...\"" },
	{ "TXT", OCTETS("[\"\"]"), "\"\" is no record" },
	{ "TXT", OCTETS("[\" \"]"), "\"\" is no record" },
};

static void
test_bad(void** state)
{
	struct reason reason;
	size_t i, at;
	(void)state;
	for(i = 0; i < COUNT(bad); i++) {
		const struct bad* row = &bad[i];
		struct record_set set;
		check(!read_value(&set, type_of(row->type), row->text, row->len,
			&reason), "%s %s is a value", row->type, row->text);
		check(strstr(reason.text, row->why), "%s %s: %s", row->type,
			row->text, reason.text);
		check(strlen(reason.text) < REASON_MAX - 1, "%s is cut",
			reason.text);
		for(at = 0; reason.text[at]; at++)
			assert_in_range(reason.text[at], ' ', '~');
		record_set_clear(&set);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_doubtful),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_text_long),
		cmocka_unit_test(test_bad),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
