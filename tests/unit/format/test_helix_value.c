/*
 * tests/unit/format/test_helix_value.c - values of the helix format: plain and
 * JSON, with TTLs, of several records, and as large as they get.
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

/** as much as etcd takes in one request, by default */
#define ETCD_VALUE_MAX (1536 * 1024)

/* --- values --------------------------------------------------------------- */

/** rdata as it is in a record_set; in a string of their own each, so that an
 * octal escape ends where it should */
#define A1 "\0\4\300\0\2\1"
#define A2 "\0\4\300\0\2\2"
#define AAAA1 "\0\20\40\1\15\270\0\0\0\0\0\0\0\0\0\0\0\1"
#define AAAA_MAPPED "\0\20\0\0\0\0\0\0\0\0\0\0\377\377\300\0\2\1"

/** A value that is records. */
struct good_value {
	/** the key's type */
	uint16_t type;
	/** the value */
	const char* text;
	/** octets of it */
	size_t len;
	/** seconds, or RECORD_TTL_NONE */
	uint32_t ttl;
	/** the records */
	const char* rdata;
	/** octets of those */
	size_t rdata_len;
};

static const struct good_value good_values[] = {
	/* plain */
	{ TYPE_A, OCTETS("192.0.2.1"), RECORD_TTL_NONE, OCTETS(A1) },
	{ TYPE_A, OCTETS("0.0.0.0"), RECORD_TTL_NONE,
		OCTETS("\0\4\0\0\0\0") },
	{ TYPE_A, OCTETS("255.255.255.255"), RECORD_TTL_NONE,
		OCTETS("\0\4\377\377\377\377") },
	{ TYPE_AAAA, OCTETS("2001:db8::1"), RECORD_TTL_NONE, OCTETS(AAAA1) },
	{ TYPE_AAAA, OCTETS("2001:0DB8:0:0:0:0:0:1"), RECORD_TTL_NONE,
		OCTETS(AAAA1) },
	{ TYPE_AAAA, OCTETS("::ffff:192.0.2.1"), RECORD_TTL_NONE,
		OCTETS(AAAA_MAPPED) },
	{ TYPE_AAAA, OCTETS("::"), RECORD_TTL_NONE,
		OCTETS("\0\20\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0") },
	/* white space around it */
	{ TYPE_A, OCTETS("192.0.2.1\n"), RECORD_TTL_NONE, OCTETS(A1) },
	{ TYPE_A, OCTETS(" \t\r\n192.0.2.1\r\n\t "), RECORD_TTL_NONE,
		OCTETS(A1) },
	{ TYPE_A, OCTETS("\n[\"192.0.2.1\"]\n"), RECORD_TTL_NONE,
		OCTETS(A1) },
	{ TYPE_A, OCTETS("\r\n{\"rdata\":\"192.0.2.1\"}\r\n"),
		RECORD_TTL_NONE, OCTETS(A1) },
	/* arrays */
	{ TYPE_A, OCTETS("[\"192.0.2.1\"]"), RECORD_TTL_NONE, OCTETS(A1) },
	{ TYPE_A, OCTETS("[\"192.0.2.2\",\"192.0.2.1\"]"), RECORD_TTL_NONE,
		OCTETS(A2 A1) },
	{ TYPE_A, OCTETS("[ \"192.0.2.1\" ,\n\t\"192.0.2.2\" ]"),
		RECORD_TTL_NONE, OCTETS(A1 A2) },
	{ TYPE_A, OCTETS("[\"192.0.2.1\",\"192.0.2.1\"]"), RECORD_TTL_NONE,
		OCTETS(A1 A1) },
	{ TYPE_AAAA, OCTETS("[\"2001:db8::1\",\"::ffff:192.0.2.1\"]"),
		RECORD_TTL_NONE, OCTETS(AAAA1 AAAA_MAPPED) },
	{ TYPE_A, OCTETS("[\"\\u0031\\u00392.0.2.1\"]"), RECORD_TTL_NONE,
		OCTETS(A1) },
	/* objects */
	{ TYPE_A, OCTETS("{\"rdata\":\"192.0.2.1\"}"), RECORD_TTL_NONE,
		OCTETS(A1) },
	{ TYPE_A, OCTETS("{\"rdata\":[\"192.0.2.1\"]}"), RECORD_TTL_NONE,
		OCTETS(A1) },
	{ TYPE_A, OCTETS("{\"ttl\":60,\"rdata\":\"192.0.2.1\"}"), 60,
		OCTETS(A1) },
	{ TYPE_A, OCTETS("{\"rdata\":[\"192.0.2.1\",\"192.0.2.2\"],"
		"\"ttl\":60}"), 60, OCTETS(A1 A2) },
	{ TYPE_A, OCTETS("{\n  \"ttl\": 60,\n  \"rdata\": \"192.0.2.1\"\n}\n"),
		60, OCTETS(A1) },
	{ TYPE_AAAA, OCTETS("{\"ttl\":60,\"rdata\":\"2001:db8::1\"}"), 60,
		OCTETS(AAAA1) },
	/* bounds of the TTL, and other spellings of whole numbers */
	{ TYPE_A, OCTETS("{\"ttl\":0,\"rdata\":\"192.0.2.1\"}"), 0,
		OCTETS(A1) },
	{ TYPE_A, OCTETS("{\"ttl\":1,\"rdata\":\"192.0.2.1\"}"), 1,
		OCTETS(A1) },
	{ TYPE_A, OCTETS("{\"ttl\":2147483647,\"rdata\":\"192.0.2.1\"}"),
		2147483647, OCTETS(A1) },
	{ TYPE_A, OCTETS("{\"ttl\":6e1,\"rdata\":\"192.0.2.1\"}"), 60,
		OCTETS(A1) },
	{ TYPE_A, OCTETS("{\"ttl\":60.0,\"rdata\":\"192.0.2.1\"}"), 60,
		OCTETS(A1) },
};

/** Number of records in a set's rdata, by walking it. */
static uint32_t
count_records(const uint8_t* rdata, size_t len)
{
	uint32_t count = 0;
	size_t at = 0;
	while(at + 2 <= len) {
		at += (size_t)2 + (size_t)(rdata[at] << 8 | rdata[at + 1]);
		count++;
	}
	assert_int_equal(at, len);
	return count;
}

static void
test_value_good(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(good_values); i++) {
		const struct good_value* row = &good_values[i];
		char* value = copy_exactly(row->text, row->len);
		struct reason* reason = malloc(sizeof(*reason));
		struct record_set set;
		bool ok = helix_value_read(&set, row->type, value, row->len,
			reason);
		check(ok, "%s: %s", row->text, reason->text);
		check(set.ttl == row->ttl, "%s: TTL %u", row->text,
			(unsigned)set.ttl);
		check(set.rdata.len == row->rdata_len && memcmp(set.rdata.data,
			row->rdata, set.rdata.len) == 0, "%s: other rdata",
			row->text);
		check(set.count == count_records(set.rdata.data, set.rdata.len),
			"%s: count %u", row->text, (unsigned)set.count);
		record_set_clear(&set);
		free(reason);
		free(value);
	}
}

/** A value that is bad, and why. */
struct bad_case {
	/** the value */
	const char* text;
	/** octets of it */
	size_t len;
	/** a part of the reason */
	const char* why;
};

static const struct bad_case bad_a_values[] = {
	/* nothing */
	{ OCTETS(""), "the value is empty" },
	{ OCTETS(" "), "the value is empty" },
	{ OCTETS("\r\n\t "), "the value is empty" },
	/* plain, and no address */
	{ OCTETS("192.0.2"), "\"192.0.2\" is not an IPv4 address" },
	{ OCTETS("192.0.2."), "is not an IPv4 address" },
	{ OCTETS("192.0.2.256"), "is not an IPv4 address" },
	{ OCTETS("192.0.2.1.1"), "is not an IPv4 address" },
	{ OCTETS("192.0.2.1 192.0.2.2"), "is not an IPv4 address" },
	{ OCTETS("192.0.2.1\n192.0.2.2"), "is not an IPv4 address" },
	{ OCTETS("192.0.2.1,192.0.2.2"), "is not an IPv4 address" },
	{ OCTETS("192.0.2.1/32"), "is not an IPv4 address" },
	{ OCTETS("192.0.2.1:53"), "is not an IPv4 address" },
	{ OCTETS("\"192.0.2.1\""), "\"\\\"192.0.2.1\\\"\" is not an IPv4 "
		"address such as 192.0.2.1; quotes are not wanted" },
	{ OCTETS("'192.0.2.1'"), "; quotes are not wanted" },
	{ OCTETS("192.0.2.1 ; comment"), "; a value has no comments" },
	{ OCTETS("192.0.2.1 192.0.2.2"), "; several are a JSON array" },
	{ OCTETS("192.0.2.1,192.0.2.2"), "; several are a JSON array" },
	{ OCTETS("IN A 192.0.2.1"), "such as 192.0.2.1" },
	{ OCTETS("192.0.2.01"), "\"192.0.2.01\" is not an IPv4 address" },
	{ OCTETS("a\\b"), "\"a\\\\b\" is not an IPv4 address" },
	{ OCTETS("3221225985"), "is not an IPv4 address" },
	{ OCTETS("0xc0000201"), "is not an IPv4 address" },
	{ OCTETS("300.0.2.1"), "is not an IPv4 address" },
	{ OCTETS("-1.0.2.1"), "is not an IPv4 address" },
	{ OCTETS("2001:db8::1"), "such as 192.0.2.1" },
	{ OCTETS("foo.example.com"), "is not an IPv4 address" },
	{ OCTETS("\\# 4 c000020"), "an odd number of hexadecimal digits; "
		"expected an IPv4 address" },
	{ OCTETS("\xff\xfe\x80"), "\"\\255\\254\\128\" is not an IPv4" },
	{ OCTETS("\x01\x1b[31m"), "\"\\001\\027[31m\" is not an IPv4 address" },
	{ OCTETS("\xef\xbb\xbf" "192.0.2.1"), "is not an IPv4 address" },
	{ OCTETS("\v192.0.2.1"), "is not an IPv4 address" },
	{ OCTETS("null"), "is not an IPv4 address" },
	/* long: as many octets are shown as there is room for */
	{ OCTETS("1234567890123456789012345678901234567890123"),
		"\"1234567890123456789012345678901234567890123\" is" },
	{ OCTETS("12345678901234567890123456789012345678901234"),
		"\"1234567890123456789012345678901234567890...\" is" },
	/* NUL */
	{ OCTETS("\0"), "NUL octet" },
	{ OCTETS("192.0.2.1\0"), "NUL octet" },
	{ OCTETS("\000192.0.2.1"), "NUL octet" },
	{ OCTETS("[\"192.0.2.1\"]\0"), "NUL octet" },
	{ OCTETS("[\"192.0.2.1\0\"]"), "NUL octet" },
	{ OCTETS("[\"192.0.2.1\\u0000\"]"), "a JSON string has a NUL" },
	{ OCTETS("{\"rdata\\u0000x\":\"192.0.2.1\"}"),
		"a JSON string has a NUL" },
	/* arrays */
	{ OCTETS("[]"), "the JSON array is empty; expected an IPv4" },
	{ OCTETS("[ \n]"), "the JSON array is empty" },
	{ OCTETS("[\"\"]"), "\"\" is not an IPv4 address" },
	{ OCTETS("[\" 192.0.2.1\"]"), "is not an IPv4 address" },
	{ OCTETS("[\"192.0.2.1\",\"192.0.2.300\"]"),
		"\"192.0.2.300\" is not an IPv4 address" },
	{ OCTETS("[\"2001:db8::1\"]"), "is not an IPv4 address" },
	{ OCTETS("[1]"), "must hold strings" },
	{ OCTETS("[null]"), "must hold strings" },
	{ OCTETS("[true]"), "must hold strings" },
	{ OCTETS("[\"192.0.2.1\",1]"), "must hold strings" },
	{ OCTETS("[[\"192.0.2.1\"]]"), "must hold strings" },
	{ OCTETS("[{\"rdata\":\"192.0.2.1\"}]"), "must hold strings" },
	{ OCTETS("[\"\xff\xfe\"]"), "\"\\255\\254\" is not an IPv4 address" },
	{ OCTETS("[\"\\ud83d\\ude00\"]"), "\"\\240\\159\\152\\128\" is "
		"not an IPv4 address" },
	/* wrong JSON */
	{ OCTETS("["), "invalid JSON" },
	{ OCTETS("{"), "invalid JSON" },
	{ OCTETS("[\"192.0.2.1\",]"), "invalid JSON at octet 14 of 14" },
	{ OCTETS("[,\"192.0.2.1\"]"), "invalid JSON at octet 2 of 14" },
	{ OCTETS("[\"192.0.2.1\" \"192.0.2.2\"]"), "invalid JSON" },
	{ OCTETS("['192.0.2.1']"), "invalid JSON" },
	{ OCTETS("[192.0.2.1]"), "invalid JSON" },
	{ OCTETS("[\"192.0.2.1\""), "invalid JSON" },
	{ OCTETS("[\"192.0.2.1]"), "invalid JSON" },
	{ OCTETS("[\"192.0.2.1\\\"]"), "invalid JSON" },
	{ OCTETS("[\"\\x31\"]"), "invalid JSON" },
	{ OCTETS("[\"\\u12\"]"), "invalid JSON" },
	{ OCTETS("[\"\\ud800\"]"), "invalid JSON" },
	{ OCTETS("[\"192.0.2.1\"}"), "invalid JSON" },
	{ OCTETS("{\"rdata\"}"), "invalid JSON" },
	{ OCTETS("{rdata:\"192.0.2.1\"}"), "invalid JSON" },
	{ OCTETS("{\"rdata\":\"192.0.2.1\",}"), "invalid JSON" },
	{ OCTETS("[\xff]"), "invalid JSON" },
	/* more than one value */
	{ OCTETS("[\"192.0.2.1\"] x"), "the JSON ends at octet 13, and more" },
	{ OCTETS("[\"192.0.2.1\"][]"), "the JSON ends at octet 13, and more" },
	{ OCTETS("{\"rdata\":\"192.0.2.1\"}}"), "the JSON ends at octet 21" },
	/* objects */
	{ OCTETS("{}"), "has no \"rdata\"" },
	{ OCTETS("{\"ttl\":60}"), "has no \"rdata\"" },
	{ OCTETS("{\"rdata\":[]}"), "the JSON array is empty" },
	{ OCTETS("{\"rdata\":1}"), "must hold strings" },
	{ OCTETS("{\"rdata\":null}"), "must hold strings" },
	{ OCTETS("{\"rdata\":{}}"), "must hold strings" },
	{ OCTETS("{\"rdata\":[[\"192.0.2.1\"]]}"), "must hold strings" },
	{ OCTETS("{\"rdata\":\"\"}"), "is not an IPv4 address" },
	{ OCTETS("{\"rdata\":\"192.0.2.1\",\"TTL\":60}"),
		"unknown JSON member \"TTL\"" },
	{ OCTETS("{\"Rdata\":\"192.0.2.1\"}"),
		"unknown JSON member \"Rdata\"" },
	{ OCTETS("{\"\":1}"), "unknown JSON member \"\"" },
	{ OCTETS("{\"\\n\xff\\\"\":1}"), "unknown JSON member "
		"\"\\010\\255\\\"\"" },
	{ OCTETS("{\"a123456789b123456789c123456789d123456789e123\":1}"),
		"member \"a123456789b123456789c123456789d123456789...\"" },
	{ OCTETS("{\"rdata\":\"192.0.2.1\",\"rdata\":\"192.0.2.2\"}"),
		"\"rdata\" appears twice" },
	{ OCTETS("{\"ttl\":1,\"rdata\":\"192.0.2.1\",\"ttl\":1}"),
		"\"ttl\" appears twice" },
	/* TTLs */
	{ OCTETS("{\"rdata\":\"192.0.2.1\",\"ttl\":-1}"),
		"\"ttl\" must be a whole number from 0 to 2147483647" },
	{ OCTETS("{\"rdata\":\"192.0.2.1\",\"ttl\":2147483648}"),
		"\"ttl\" must be" },
	{ OCTETS("{\"rdata\":\"192.0.2.1\",\"ttl\":4294967295}"),
		"\"ttl\" must be" },
	{ OCTETS("{\"rdata\":\"192.0.2.1\",\"ttl\":4294967356}"),
		"\"ttl\" must be" },
	{ OCTETS("{\"rdata\":\"192.0.2.1\",\"ttl\":2147483647.5}"),
		"\"ttl\" must be" },
	{ OCTETS("{\"rdata\":\"192.0.2.1\",\"ttl\":1.5}"), "\"ttl\" must be" },
	{ OCTETS("{\"rdata\":\"192.0.2.1\",\"ttl\":-0.5}"),
		"\"ttl\" must be" },
	{ OCTETS("{\"rdata\":\"192.0.2.1\",\"ttl\":1e999}"),
		"\"ttl\" must be" },
	{ OCTETS("{\"rdata\":\"192.0.2.1\",\"ttl\":-1e999}"),
		"\"ttl\" must be" },
	{ OCTETS("{\"rdata\":\"192.0.2.1\",\"ttl\":1e-9}"),
		"\"ttl\" must be" },
	{ OCTETS("{\"rdata\":\"192.0.2.1\",\"ttl\":\"60\"}"),
		"\"ttl\" must be" },
	{ OCTETS("{\"rdata\":\"192.0.2.1\",\"ttl\":null}"),
		"\"ttl\" must be" },
	{ OCTETS("{\"rdata\":\"192.0.2.1\",\"ttl\":true}"),
		"\"ttl\" must be" },
	{ OCTETS("{\"rdata\":\"192.0.2.1\",\"ttl\":[60]}"),
		"\"ttl\" must be" },
	{ OCTETS("{\"rdata\":\"192.0.2.1\",\"ttl\":NaN}"),
		"invalid JSON" },
};

static const struct bad_case bad_aaaa_values[] = {
	{ OCTETS(""), "expected an IPv6 address such as 2001:db8::1" },
	{ OCTETS("192.0.2.1"), "\"192.0.2.1\" is not an IPv6 address" },
	{ OCTETS("2001:db8:::1"), "is not an IPv6 address" },
	{ OCTETS("2001:db8::1::"), "is not an IPv6 address" },
	{ OCTETS("2001:db8:0:0:0:0:0:0:1"), "is not an IPv6 address" },
	{ OCTETS("2001:db8::12345"), "is not an IPv6 address" },
	{ OCTETS("2001:db8::g"), "is not an IPv6 address" },
	{ OCTETS("[2001:db8::1]"), "invalid JSON" },
	{ OCTETS("fe80::1%lo"), "is not an IPv6 address" },
	{ OCTETS("2001:db8::/32"), "is not an IPv6 address" },
	{ OCTETS("[\"192.0.2.1\"]"), "is not an IPv6 address" },
	{ OCTETS("[]"), "expected an IPv6 address" },
	{ OCTETS("[1]"), "each an IPv6 address" },
};

static const struct bad bad_other_values[] = {
	/* every reason says what was expected */
	{ "MX", OCTETS("x"), "; expected preference and host, such as 10 m" },
	{ "HINFO", OCTETS("x"), "; expected the rdata of type HINFO in pre" },
	{ "TYPE65280", OCTETS("x"), "; expected \\# LENGTH HEX, such as" },
	{ "MX", OCTETS("[\"\"]"), "\"\" is no record" },
	/* one record, and no more */
	{ "CNAME", OCTETS("[\"a.\",\"b.\"]"), "one CNAME record, and "
		"the value has 2" },
	{ "CNAME", OCTETS("[\"a.\",\"a.\"]"), "one CNAME record" },
	{ "DNAME", OCTETS("{\"rdata\":[\"a.\",\"b.\"]}"), "one DNAME record" },
	{ "SOA", OCTETS("[\"a. b. 1 2 3 4 5\",\"a. b. 2 2 3 4 5\"]"),
		"one SOA record" },
	/* SRV in JSON */
	{ "SRV", OCTETS("[{}]"), "an SRV record has no \"Priority\"" },
	{ "SRV", OCTETS("[{\"Priority\":1,\"Weight\":1,\"Port\":1}]"),
		"an SRV record has no \"Target\"" },
	{ "SRV", OCTETS("[{\"Priority\":1,\"Weight\":1,\"Target\":\"a.\"}]"),
		"an SRV record has no \"Port\"" },
	{ "SRV", OCTETS("[{\"Priority\":1,\"Weight\":1,\"Port\":65536,"
		"\"Target\":\"a.\"}]"), "\"Port\" must be a whole number" },
	{ "SRV", OCTETS("[{\"Priority\":-1,\"Weight\":1,\"Port\":1,"
		"\"Target\":\"a.\"}]"), "\"Priority\" must be a whole" },
	{ "SRV", OCTETS("[{\"Priority\":1,\"Weight\":1.5,\"Port\":1,"
		"\"Target\":\"a.\"}]"), "\"Weight\" must be a whole" },
	{ "SRV", OCTETS("[{\"Priority\":1,\"Weight\":\"1\",\"Port\":1,"
		"\"Target\":\"a.\"}]"), "\"Weight\" must be a whole" },
	{ "SRV", OCTETS("[{\"Priority\":1,\"Weight\":1,\"Port\":1,"
		"\"Target\":1}]"), "\"Target\" is not a name such as" },
	{ "SRV", OCTETS("[{\"Priority\":1,\"Weight\":1,\"Port\":1,"
		"\"Target\":\"@\"}]"), "write it in full" },
	{ "SRV", OCTETS("[{\"Priority\":1,\"Weight\":1,\"Port\":1,"
		"\"Target\":\"a..b\"}]"), "a label is empty" },
	{ "SRV", OCTETS("[{\"Priority\":1,\"Weight\":1,\"Port\":1,"
		"\"Target\":\"\"}]"), "the name is empty" },
	{ "SRV", OCTETS("[{\"Priority\":1,\"priority\":1}]"), "appears twice" },
	{ "SRV", OCTETS("[{\"Ttl\":1}]"), "unknown JSON member \"Ttl\"" },
	{ "SRV", OCTETS("[{\"Priority\":1,\"Weight\":1,\"Port\":1,"
		"\"Target\":\"a.\"},1]"), "must hold strings" },
	{ "MX", OCTETS("[{\"Priority\":1,\"Target\":\"a.\"}]"),
		"hold strings" },
};

/**
 * Read a bad value.
 * @param name: for messages.
 * @param why: a part of the expected reason; "" for any.
 */
static void
check_bad_value(uint16_t type, const char* octets, size_t len,
	const char* name, const char* why)
{
	char* value = copy_exactly(octets, len);
	struct reason* reason = malloc(sizeof(*reason));
	struct record_set set;
	size_t i;
	assert_non_null(reason);
	memset(reason, 0x7f, sizeof(*reason));
	check(!helix_value_read(&set, type, value, len, reason),
		"%s is a value", name);
	check(memchr(reason->text, 0, sizeof(reason->text)), "%s: no end",
		name);
	check(strlen(reason->text) < REASON_MAX - 1, "%s is cut",
		reason->text);
	check(*reason->text && strstr(reason->text, why), "%s: %s", name,
		reason->text);
	for(i = 0; reason->text[i]; i++)
		check(reason->text[i] >= ' ' && reason->text[i] < 0x7f,
			"%s: octet %02x in the reason", name,
			(unsigned)(unsigned char)reason->text[i]);
	record_set_clear(&set);
	free(reason);
	free(value);
}

static void
test_value_bad(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(bad_a_values); i++)
		check_bad_value(TYPE_A, bad_a_values[i].text,
			bad_a_values[i].len, bad_a_values[i].text,
			bad_a_values[i].why);
	for(i = 0; i < COUNT(bad_aaaa_values); i++)
		check_bad_value(TYPE_AAAA, bad_aaaa_values[i].text,
			bad_aaaa_values[i].len, bad_aaaa_values[i].text,
			bad_aaaa_values[i].why);
	for(i = 0; i < COUNT(bad_other_values); i++)
		check_bad_value(type_of(bad_other_values[i].type),
			bad_other_values[i].text, bad_other_values[i].len,
			bad_other_values[i].text, bad_other_values[i].why);
}

static void
test_value_of_other_type(void** state)
{
	(void)state;
	check_bad_value(TYPE_RRSIG, OCTETS("\\# 0"), "RRSIG", "not served");
	check_bad_value(0, OCTETS("192.0.2.1"), "TYPE0", "not served");
	check_bad_value(65535, OCTETS("192.0.2.1"), "TYPE65535",
		"not served");
}

/** JSON that was cut off anywhere is bad. */
static void
test_value_truncated(void** state)
{
	size_t i, len;
	(void)state;
	for(i = 0; i < COUNT(good_values); i++) {
		const struct good_value* row = &good_values[i];
		size_t whole = row->len;
		if(!memchr(row->text, '"', row->len))
			continue;
		while(strchr(" \t\r\n", row->text[whole - 1]))
			whole--;
		for(len = 0; len < whole; len++)
			check_bad_value(row->type, row->text, len, row->text,
				"");
	}
}

/** Each octet of a good value, replaced by each other octet: whatever comes
 * of it, memory is left alone and a failure has a reason. */
static void
test_value_garbled(void** state)
{
	static const char good[] =
		"{\"ttl\":60,\"rdata\":[\"192.0.2.1\",\"192.0.2.2\"]}";
	size_t len = sizeof(good) - 1, i;
	char* value = copy_exactly(good, len);
	struct reason* reason = malloc(sizeof(*reason));
	unsigned octet;
	(void)state;
	assert_non_null(reason);
	for(i = 0; i < len; i++) {
		for(octet = 0; octet < 256; octet++) {
			struct record_set set;
			value[i] = (char)octet;
			*reason->text = 0;
			if(helix_value_read(&set, TYPE_A, value, len,
				reason))
				assert_int_equal(set.count, count_records(
					set.rdata.data, set.rdata.len));
			else	check(*reason->text, "octet %zu: %u", i, octet);
			record_set_clear(&set);
		}
		value[i] = good[i];
	}
	free(reason);
	free(value);
}

/* --- several records ----------------------------------------------------- */

/** Values that are several records, or have a TTL. */
struct several {
	/** the type */
	const char* type;
	/** the value */
	const char* text;
	/** octets of it */
	size_t len;
	/** seconds, or RECORD_TTL_NONE */
	uint32_t ttl;
	/** number of records */
	uint32_t count;
	/** the records with their lengths, hexadecimal */
	const char* rdata;
};

static const struct several several[] = {
	{ "MX", OCTETS("[\"10 a.\", \" 20 B \"]"), RECORD_TTL_NONE, 2,
		"0005000a016100" "00050014014200" },
	{ "TXT", OCTETS("{\"ttl\":7,\"rdata\":[\"x y\",\"\\\"x\\\" y\"]}"), 7,
		2, "000403782079" "000401780179" },
	{ "CNAME", OCTETS("{\"ttl\":60,\"rdata\":\"a.\"}"), 60, 1,
		"0003016100" },
	{ "CNAME", OCTETS("[\"a\"]"), RECORD_TTL_NONE, 1, "0003016100" },
	{ "TYPE65280", OCTETS("[\"\\\\# 0\",\"\\\\# 1 0a\"]"),
		RECORD_TTL_NONE, 2, "0000" "00010a" },
	{ "A", OCTETS("[\"\\\\# 4 c0000201\",\"192.0.2.2\"]"),
		RECORD_TTL_NONE, 2, "0004c0000201" "0004c0000202" },
	{ "SRV", OCTETS("[{\"Priority\":10,\"Weight\":60,\"Port\":5060,"
		"\"Target\":\"Big.\"},{\"target\":\"a\",\"PORT\":65535,"
		"\"weight\":0,\"priority\":1e1}]"), RECORD_TTL_NONE, 2,
		"000b000a003c13c40342696700" "0009000a0000ffff016100" },
	{ "SRV", OCTETS("[{\"Priority\":0,\"Weight\":0,\"Port\":0,\"Target\":"
		"\".\"},\"1 2 3 .\"]"), RECORD_TTL_NONE, 2,
		"000700000000000000" "000700010002000300" },
	{ "SRV", OCTETS("{\"ttl\":9,\"rdata\":{\"Priority\":0,\"Weight\":0,"
		"\"Port\":0,\"Target\":\".\"}}"), 9, 1, "000700000000000000" },
};

static void
test_several(void** state)
{
	struct reason reason;
	uint8_t octets[256];
	size_t i, len;
	(void)state;
	for(i = 0; i < COUNT(several); i++) {
		const struct several* row = &several[i];
		struct record_set set;
		check(read_value(&set, type_of(row->type), row->text, row->len,
			&reason), "%s: %s", row->text, reason.text);
		len = octets_of(row->rdata, octets);
		check(set.ttl == row->ttl && set.count == row->count, "%s: "
			"TTL %u, count %u", row->text, (unsigned)set.ttl,
			(unsigned)set.count);
		check(set.rdata.len == len && memcmp(set.rdata.data, octets,
			len) == 0, "%s: other rdata", row->text);
		record_set_clear(&set);
	}
}

/* --- large values --------------------------------------------------------- */

/** A value made by repeating. */
struct large_value {
	/** what it begins with */
	const char* before;
	/** what is repeated */
	const char* repeated;
	/** how often */
	size_t times;
	/** what it ends with */
	const char* behind;
	/** number of records; 0 if it is bad */
	uint32_t count;
	/** a part of the reason */
	const char* why;
};

static const struct large_value large_values[] = {
	/* nesting */
	{ "", "[", 10000, "", 0, "invalid JSON" },
	{ "", "[", ETCD_VALUE_MAX, "", 0, "invalid JSON" },
	{ "", "{\"rdata\":", 10000, "", 0, "invalid JSON" },
	{ "{\"rdata\":", "[", 10000, "", 0, "invalid JSON" },
	{ "[[[[[[[[[[", "]", 10, "", 0, "must hold strings" },
	/* numbers */
	{ "{\"rdata\":\"192.0.2.1\",\"ttl\":1", "0", 400, "}", 0, "" },
	{ "{\"rdata\":\"192.0.2.1\",\"ttl\":1", "0", 50, "}", 0,
		"\"ttl\" must be" },
	{ "{\"rdata\":\"192.0.2.1\",\"ttl\":1e", "9", 40, "}", 0,
		"\"ttl\" must be" },
	{ "{\"rdata\":\"192.0.2.1\",\"ttl\":0.", "0", 50, "1}", 0,
		"\"ttl\" must be" },
	{ "{\"rdata\":\"192.0.2.1\",\"ttl\":-", "9", 50, "}", 0,
		"\"ttl\" must be" },
	{ "[", "9", ETCD_VALUE_MAX, "]", 0, "" },
	/* as long as it gets */
	{ "", "1", ETCD_VALUE_MAX, "", 0, "...\" is not an IPv4 address" },
	{ "", " ", ETCD_VALUE_MAX, "", 0, "the value is empty" },
	{ "", "\n", ETCD_VALUE_MAX, "192.0.2.1", 1, NULL },
	{ "192.0.2.1", "\n", ETCD_VALUE_MAX, "", 1, NULL },
	{ "[", " ", ETCD_VALUE_MAX, "\"192.0.2.1\"]", 1, NULL },
	{ "[\"", "1", ETCD_VALUE_MAX, "\"]", 0,
		"...\" is not an IPv4 address" },
	{ "[\"", "1", ETCD_VALUE_MAX, "", 0, "invalid JSON" },
	{ "{\"", "x", ETCD_VALUE_MAX, "\":1}", 0,
		"...\"; expected \"rdata\"" },
	{ "[\"192.0.2.1\"", ",\"192.0.2.2\"", ETCD_VALUE_MAX / 12, "]",
		ETCD_VALUE_MAX / 12 + 1, NULL },
	{ "[\"192.0.2.1\"", ",\"192.0.2.2\"", ETCD_VALUE_MAX / 12, ",1]", 0,
		"must hold strings" },
	{ "{", "\"x\":1,", 10000, "\"rdata\":\"192.0.2.1\"}", 0,
		"unknown JSON member \"x\"" },
	{ "{\"rdata\":[\"192.0.2.1\"", ",\"192.0.2.2\"", 10000, "]}", 10001,
		NULL },
};

/** Write what a large_value says. @return the value, to be freed. */
static char*
large_create(const struct large_value* row, size_t* len)
{
	size_t before = strlen(row->before), one = strlen(row->repeated), i;
	char* value;
	*len = before + one * row->times + strlen(row->behind);
	value = malloc(*len);
	assert_non_null(value);
	memcpy(value, row->before, before);
	for(i = 0; i < row->times; i++)
		memcpy(value + before + i * one, row->repeated, one);
	memcpy(value + before + row->times * one, row->behind,
		strlen(row->behind));
	return value;
}

static void
test_value_large(void** state)
{
	struct reason reason;
	char name[32];
	size_t i, len;
	(void)state;
	for(i = 0; i < COUNT(large_values); i++) {
		const struct large_value* row = &large_values[i];
		char* value = large_create(row, &len);
		struct record_set set;
		snprintf(name, sizeof(name), "row %zu", i);
		if(row->count == 0) {
			check_bad_value(TYPE_A, value, len, name, row->why);
			free(value);
			continue;
		}
		check(helix_value_read(&set, TYPE_A, value, len, &reason),
			"row %zu: %s", i, reason.text);
		check(set.count == row->count, "row %zu: %u records", i,
			(unsigned)set.count);
		assert_int_equal(set.rdata.len, (size_t)6 * row->count);
		assert_memory_equal(set.rdata.data, A1, 6);
		if(row->count > 1)
			assert_memory_equal(set.rdata.data +
				set.rdata.len - 6, A2, 6);
		record_set_clear(&set);
		free(value);
	}
}

/* --- clearing ------------------------------------------------------------- */

static void
test_clear(void** state)
{
	struct reason reason;
	struct record_set set;
	(void)state;
	assert_true(helix_value_read(&set, TYPE_A,
		OCTETS("{\"ttl\":60,\"rdata\":\"192.0.2.1\"}"), &reason));
	record_set_clear(&set);
	assert_int_equal(set.count, 0);
	assert_int_equal(set.rdata.len, 0);
	assert_null(set.rdata.data);
	assert_true(set.ttl == RECORD_TTL_NONE);
	/* twice is no harm */
	record_set_clear(&set);
	assert_null(set.rdata.data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_value_good),
		cmocka_unit_test(test_value_bad),
		cmocka_unit_test(test_value_of_other_type),
		cmocka_unit_test(test_value_truncated),
		cmocka_unit_test(test_value_garbled),
		cmocka_unit_test(test_several),
		cmocka_unit_test(test_value_large),
		cmocka_unit_test(test_clear),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
