/*
 * tests/unit/helixctl/test_zonefile.c - are zone files read as they are meant?
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <setjmp.h>
#include <cmocka.h>
#include "check.h"
#include "dns/rdata/rdata.h"
#include "dns/type.h"
#include "zonefile.h"
#include <sys/stat.h>

/** A zone file, and what is read of it: a line a record, "owner TTL TYPE rdata",
 * and a line an error, "!line:column why", of which a part is given. */
struct row {
	const char* text;
	size_t len;
	const char* expected;
};

/** What was read. */
struct told {
	char text[65536];
	size_t len;
	/** records after which no more is wanted; 0: all are */
	unsigned enough, records;
	/** whether names of files are told, too */
	bool files;
};

static void
tell(struct told* told, const char* format, ...)
{
	va_list args;
	va_start(args, format);
	told->len += (size_t)vsnprintf(told->text + told->len,
		sizeof(told->text) - told->len, format, args);
	va_end(args);
	assert_true(told->len < sizeof(told->text));
}

static bool
told_record(void* arg, const struct zonefile_record* record)
{
	struct told* told = arg;
	char owner[NAME_TEXT_MAX], type[TYPE_TEXT_MAX], rdata[1024] = "-";
	if(record->rdata) {
		assert_null(rdata_check(record->type, record->rdata,
			record->len));
		rdata_write(record->type, record->rdata, record->len, rdata,
			sizeof(rdata));
	}
	tell(told, "%s %u %s %s\n", name_to_text(record->owner->wire, owner),
		record->ttl, type_to_text(record->type, type), rdata);
	return ++told->records != told->enough;
}

static void
told_error(void* arg, const struct zonefile_place* place, const char* text)
{
	struct told* told = arg;
	if(told->files)
		tell(told, "!%s:%lu:%lu %s\n", place->file, place->line,
			place->column, text);
	else	tell(told, "!%lu:%lu %s\n", place->line, place->column, text);
}

/** Read a file. */
static bool
read_path(struct told* told, const char* path, bool origin)
{
	const struct zonefile_sink sink = { told, told_record, told_error };
	struct name name;
	told->len = told->records = 0;
	*told->text = 0;
	assert_null(name_from_text(&name, "example.com.", 12));
	return zonefile_read(path, origin ? &name : NULL, &sink);
}

/** Write a file. */
static void
write_path(const char* path, const char* text, size_t len)
{
	FILE* file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

/** Whether each line of what was told begins with the expected one. */
static bool
is_expected(const char* told, const char* expected)
{
	while(*expected) {
		size_t len = strcspn(expected, "\n");
		if(strncmp(told, expected, len) != 0 || (*expected != '!' &&
			told[len] != '\n'))
			return false;
		told += strcspn(told, "\n") + 1;
		expected += len + (expected[len] == '\n');
	}
	return *told == 0;
}

static char folder[] = "/tmp/test_zonefile.XXXXXX";

static void
check_rows(const struct row* rows, size_t count, bool origin)
{
	static struct told told;
	size_t i;
	write_path("zone", "", 0);
	for(i = 0; i < count; i++) {
		bool ok;
		write_path("zone", rows[i].text, rows[i].len);
		ok = read_path(&told, "zone", origin);
		check(is_expected(told.text, rows[i].expected), "%s:\n%s\n"
			"expected:\n%s", rows[i].text, told.text,
			rows[i].expected);
		assert_int_equal(ok, !strchr(rows[i].expected, '!'));
	}
}

#define ROW(text, expected) { OCTETS(text), expected }

static const struct row records[] = {
	ROW("", ""),
	ROW("\n\n ; nothing\n;\n(\n)\n", ""),
	ROW("a 60 IN A 192.0.2.1\n", "a.example.com. 60 A 192.0.2.1"),
	ROW("a 60 IN A 192.0.2.1", "a.example.com. 60 A 192.0.2.1"),
	ROW("A IN 1h30m a 192.0.2.1 ; c\r\n", "a.example.com. 5400 A "
		"192.0.2.1"),
	ROW("a 60 cLass1 type1 \\# 4 c0000201", "a.example.com. 60 A "
		"192.0.2.1"),
	ROW("a.b. 0 A 192.0.2.1\n @ 0 A 192.0.2.2\n@ 0 A 192.0.2.3",
		"a.b. 0 A 192.0.2.1\n!2:2 \"@\" is no type\n"
		"example.com. 0 A 192.0.2.3"),
	ROW("a 60 A 192.0.2.1\n\tA 192.0.2.2\n   MX 1 @\n",
		"a.example.com. 60 A 192.0.2.1\n"
		"a.example.com. 60 A 192.0.2.2\n"
		"a.example.com. 60 MX 1 example.com."),
	ROW("$ORIGIN net.\na 1 CNAME b\n$origin c\na 1 CNAME @\n$ORIGIN .\n"
		"@ 1 TXT x\n",
		"a.net. 1 CNAME b.net.\na.c.net. 1 CNAME c.net.\n"
		". 1 TXT \"x\""),
	ROW("a 1 TXT \"a;b(c)\" d\\;e \\( \"\\\"\" \"\" ; f\n",
		"a.example.com. 1 TXT \"a;b(c)\" \"d;e\" \"(\" \"\\\"\" \"\""),
	ROW("a 1 MX (10 ; ten\n\n ; more\n m ) ; end\nb 1 A 192.0.2.1\n",
		"a.example.com. 1 MX 10 m.example.com.\n"
		"b.example.com. 1 A 192.0.2.1"),
	ROW("a ( 1 ) IN(A)192.0.2.1;\n", "a.example.com. 1 A 192.0.2.1"),
	ROW("a(1 A\nb )", "!2:1 field 1, \"b\", is not an IPv4 address"),
	ROW("a ((1) A ) 192.0.2.1", "a.example.com. 1 A 192.0.2.1"),
	ROW("a\\.b.c\\046\\ d 1 TXT x", "a\\.b.c\\.\\032d.example.com. 1 TXT "
		"\"x\""),
	ROW("in 1 a 192.0.2.1\n1 1 A 192.0.2.2", "in.example.com. 1 A "
		"192.0.2.1\n1.example.com. 1 A 192.0.2.2"),
	ROW("\\$a$b 1 A 192.0.2.1", "\\$a\\$b.example.com. 1 A 192.0.2.1"),
	ROW("*.a 1 NS b\n", "*.a.example.com. 1 NS b.example.com."),
	/* what a signer makes is not read */
	ROW("a 1 RRSIG A what ever (\n)\na NSEC b A\na A 192.0.2.1",
		"a.example.com. 1 RRSIG -\na.example.com. 1 NSEC -\n"
		"a.example.com. 1 A 192.0.2.1"),
	ROW("a RRSIG A", "a.example.com. 0 RRSIG -"),
	ROW("a 1 TYPE65280 \\# 3 0a 0b0c\n", "a.example.com. 1 TYPE65280 \\# 3 "
		"0a0b0c"),
	/* the last one's TTL; the SOA's minimum; $TTL */
	ROW("a 7 A 192.0.2.1\nb A 192.0.2.1\n$TTL 1M\nc A 192.0.2.1\nd 8 A "
		"192.0.2.1\ne A 192.0.2.1",
		"a.example.com. 7 A 192.0.2.1\nb.example.com. 7 A 192.0.2.1\n"
		"c.example.com. 60 A 192.0.2.1\nd.example.com. 8 A 192.0.2.1\n"
		"e.example.com. 60 A 192.0.2.1"),
	ROW("@ SOA a b 1 2 3 4 5m\na 9 A 192.0.2.1\nb A 192.0.2.1",
		"example.com. 300 SOA a.example.com. b.example.com. 1 2 3 4 "
		"300\na.example.com. 9 A 192.0.2.1\n"
		"b.example.com. 300 A 192.0.2.1"),
	/* the first one's TTL */
	ROW("a 5 A 192.0.2.1\na 6 MX 1 b\na 7 A 192.0.2.2\na A 192.0.2.3\n"
		"a MX 2 b\nb A 192.0.2.1\na 8 A 192.0.2.4",
		"a.example.com. 5 A 192.0.2.1\n"
		"a.example.com. 6 MX 1 b.example.com.\n"
		"a.example.com. 5 A 192.0.2.2\n"
		"a.example.com. 5 A 192.0.2.3\n"
		"a.example.com. 6 MX 2 b.example.com.\n"
		"b.example.com. 6 A 192.0.2.1\n"
		"a.example.com. 8 A 192.0.2.4"),
	/* $GENERATE */
	ROW("$GENERATE 8-16/8 a${0,3,x} 1 IN MX \"1 m$.\"",
		"a008.example.com. 1 MX 1 m8.\na010.example.com. 1 MX 1 m16."),
	ROW("$generate 18-18 ${0,7,n}.rev IN 1 PTR h${-20}.x\n",
		"2.1.0.0.rev.example.com. 1 PTR h-2.x.example.com."),
	ROW("$GENERATE 171-171 ${0,0,N}.${1,0,n} 1 TXT ${0,4,o}${0,5,X}$$\\$x",
		"b.a.c.a.example.com. 1 TXT \"025300" "0AB$$x\"") ,
	ROW("$GENERATE 0-1 $ 1 A 192.0.2.$\n 2 A 192.0.2.2",
		"0.example.com. 1 A 192.0.2.0\n1.example.com. 1 A 192.0.2.1\n"
		"!2:1 there is no owner name"),
	ROW("$GENERATE 1-1 a 1 TXT \"\\\"x\\\\$\\\" y\"",
		"a.example.com. 1 TXT \"x\\\\1\" \"y\""),
};

static const struct row wrong[] = {
	ROW("a A 192.0.2.1", "!1:1 there is no TTL"),
	ROW("a 1 A 192.0.2.1 x", "!1:17 field 2, \"x\", is one too many"),
	ROW("a 1 A\n", "!1:6 there are 0 fields, of 1"),
	ROW("a 1\n", "!1:4 the record has no type"),
	ROW("  a 1 A 192.0.2.1", "!1:1 there is no owner name"),
	ROW("a 1 CH TXT x", "!1:5 \"CH\" is a class that is not served"),
	ROW("a 1 CLASS2 A 192.0.2.1", "!1:5 \"CLASS2\" is a class"),
	ROW("a 1 IN IN A 192.0.2.1", "!1:8 \"IN\" is no type"),
	ROW("a 1 2 A 192.0.2.1", "!1:5 \"2\" is no TTL, class or type"),
	ROW("a 1h3 A 192.0.2.1", "!1:3 \"1h3\" is no TTL, class or type"),
	ROW("a 2147483648 A 192.0.2.1", "!1:3 \"2147483648\" is over"),
	ROW("a 1 WHAT 192.0.2.1", "!1:5 \"WHAT\" is no type that is known"),
	ROW("a 1 \"A\" 192.0.2.1", "!1:5 \"A\" is no type"),
	ROW("a 1 OPT", "!1:5 \"OPT\" is a type that only queries"),
	ROW("a..b 1 A 192.0.2.1\n A 192.0.2.1\n", "!1:1 \"a..b\" is no name: "
		"a label is empty\n!2:1 there is no owner name"),
	ROW("\"a\" 1 A 192.0.2.1", "!1:1 \"a\" is no name: a name is not in "
		"quotes"),
	ROW("a\"b\" 1 A 192.0.2.1", "!1:2 there is a quote inside"),
	ROW("a 1 TXT \"x\"y", "!1:9 something follows a quote"),
	ROW("a 1 TXT \"x\nb 1 A 192.0.2.1", "!1:9 the quote is not closed\n"
		"b.example.com. 1 A 192.0.2.1"),
	ROW("a 1 TXT \"x", "!1:9 the quote is not closed"),
	ROW("a 1 TXT ( x\ny", "!1:9 the parenthesis is never closed"),
	ROW("a 1 TXT x )\nb 1 TXT x", "!1:11 the parenthesis was never opened\n"
		"b.example.com. 1 TXT \"x\""),
	ROW("a 1 TXT \\\nb 1 TXT x", "!1:9 the backslash at the end\n"
		"b.example.com. 1 TXT \"x\""),
	ROW("a 1 TXT \\", "!1:9 the backslash at the end"),
	ROW("a 1 TXT \"\\\nx\"\nb 1 TXT x", "!1:10 the backslash at the end\n"
		"!2:2 the quote is not closed\nb.example.com. 1 TXT \"x\""),
	ROW("a 1 TXT x\ry\nb 1 TXT x", "!1:10 a carriage return\n"
		"b.example.com. 1 TXT \"x\""),
	ROW("a 1 TXT x\0y\n", "!1:10 a NUL octet"),
	ROW("a 1 TXT \\\0y\n", "!1:10 a NUL octet"),
	ROW("\xef\xbb\xbf$TTL 1\n", "!1:1 the file begins with a byte order "
		"mark"),
	ROW("a 1 TXT \\256", "!1:9 field 1, \"\\\\256\", an escape"),
	ROW("a 1 HTTPS 1 . key1=\\002h2", "!1:15 field 3, "
		"\"key1=\\\\002h2\", has a number for a key that has a name"),
	ROW("a 1 MX 10 (\nb\n  c..d )", "!3:3 field 3, \"c..d\", is one too "
		"many"),
	ROW("$TTL\n$TTL x\n$TTL 1 2\n$TTL 2147483648\n",
		"!1:5 expected $TTL TTL\n!2:6 \"x\" is no TTL\n"
		"!3:8 \"2\" is one word too many\n!4:6 \"2147483648\" is over"),
	ROW("$ORIGIN\n$ORIGIN a..b\n$ORIGIN a b\n@ 1 TXT x",
		"!1:8 expected $ORIGIN NAME\n!2:9 \"a..b\" is no name\n"
		"!3:11 \"b\" is one word too many\n"
		"example.com. 1 TXT \"x\""),
	ROW("$DATE x\n$ 1 A 192.0.2.1\n", "!1:1 \"$DATE\" is no directive\n"
		"!2:1 \"$\" is no directive"),
	ROW("$INCLUDE\n$INCLUDE none\n$INCLUDE . x y\n$INCLUDE zone a..b\n"
		"$INCLUDE .\n$INCLUDE \"a\n",
		"!1:9 expected $INCLUDE FILE\n"
		"!2:10 \"none\" cannot be read: No such file or directory\n"
		"!3:14 \"y\" is one word too many\n"
		"!4:15 \"a..b\" is no name\n"
		"!5:10 \".\" cannot be read: Is a directory\n"
		"!6:10 the quote is not closed"),
	ROW("$INCLUDE pipe", "!1:10 \"pipe\" cannot be read: it is not a "
		"regular file"),
	ROW("$GENERATE\n$GENERATE 1-2\n$GENERATE 1-2 a\n$GENERATE 1-2 a 1 A\n"
		"$GENERATE 1-2 a 1 A 192.0.2.1 x\n",
		"!1:10 expected $GENERATE\n!2:14 expected $GENERATE\n"
		"!3:16 the record has no type\n!4:20 expected $GENERATE\n"
		"!5:31 \"x\" is one word too many"),
	ROW("$GENERATE 2-1 a 1 A 192.0.2.1\n$GENERATE 1 a 1 A 192.0.2.1\n"
		"$GENERATE 1-2/0 a 1 A 192.0.2.1\n"
		"$GENERATE 1-2x a 1 A 192.0.2.1\n"
		"$GENERATE 1-2147483648 a 1 A 192.0.2.1\n"
		"$GENERATE 1-2 a..$ 1 A 192.0.2.1\n"
		"$GENERATE 254-256 a 1 A 192.0.2.$\n"
		"$GENERATE 1-2 a 1 RRSIG x\n",
		"!1:11 expected a range\n!2:11 expected a range\n"
		"!3:11 expected a range\n!4:11 expected a range\n"
		"!5:11 expected a range\n"
		"!6:15 for 1, the owner is no name: a label is empty\n"
		"a.example.com. 1 A 192.0.2.254\n"
		"a.example.com. 1 A 192.0.2.255\n"
		"!7:25 for 256: field 1, \"192.0.2.256\", is not an IPv4\n"
		"!8:1 $GENERATE of records that only a signer"),
	ROW("$GENERATE 1-2 a${ 1 A 192.0.2.1\n$GENERATE 1-2 a${} 1 A 192.0.2.1\n"
		"$GENERATE 1-2 a${0,} 1 A 192.0.2.1\n"
		"$GENERATE 1-2 a${0,256} 1 A 192.0.2.1\n"
		"$GENERATE 1-2 a${0,1,} 1 A 192.0.2.1\n"
		"$GENERATE 1-2 a${0,1,q} 1 A 192.0.2.1\n"
		"$GENERATE 1-2 a${0,1,d 1 A 192.0.2.1\n",
		"!1:15 expected an offset\n!2:15 expected an offset\n"
		"!3:15 expected a width\n!4:15 expected a width\n"
		"!5:15 the base is one of\n!6:15 the base is one of\n"
		"!7:15 expected a \"}\""),
};

static const struct row without_origin[] = {
	ROW("a 1 A 192.0.2.1", "!1:1 \"a\" is no name: there is no origin"),
	ROW("@ 1 A 192.0.2.1", "!1:1 \"@\" is no name: there is no origin"),
	ROW("a. 1 MX 1 b", "!1:11 field 2, \"b\", is not a name: there is no"),
	ROW("$ORIGIN b", "!1:9 \"b\" is no name: there is no origin"),
	ROW("$ORIGIN b.\na 1 A 192.0.2.1", "a.b. 1 A 192.0.2.1"),
};

static void
test_records(void** state)
{
	(void)state;
	check_rows(records, COUNT(records), true);
}

static void
test_wrong(void** state)
{
	(void)state;
	assert_int_equal(mkfifo("pipe", 0600), 0);
	check_rows(wrong, COUNT(wrong), true);
	check_rows(without_origin, COUNT(without_origin), false);
	unlink("pipe");
}

/** What is included begins with our origin and owner, and leaves ours as they
 * were; its TTL stays. */
static void
test_include(void** state)
{
	static struct told told;
	static const char outer[] = "$TTL 1\na TXT x\n$INCLUDE sub/inner b\n"
		" TXT y\nc TXT z\n$INCLUDE \"sub/inner\"\n";
	static const char inner[] = " TXT i\n$ORIGIN d\n$TTL 2\ne TXT @\n"
		"$INCLUDE innermost\n";
	static const char innermost[] = "f CNAME @\ng..\n";
	(void)state;
	mkdir("sub", 0700);
	write_path("outer", OCTETS(outer));
	write_path("sub/inner", OCTETS(inner));
	write_path("sub/innermost", OCTETS(innermost));
	told.files = true;
	assert_false(read_path(&told, "outer", true));
	assert_string_equal(told.text, "a.example.com. 1 TXT \"x\"\n"
		"a.example.com. 1 TXT \"i\"\n"
		"e.d.b.example.com. 2 TXT \"@\"\n"
		"f.d.b.example.com. 2 CNAME d.b.example.com.\n"
		"!sub/innermost:2:1 \"g..\" is no name: a label is empty\n"
		"a.example.com. 2 TXT \"y\"\n"
		"c.example.com. 2 TXT \"z\"\n"
		"c.example.com. 2 TXT \"i\"\n"
		"e.d.example.com. 2 TXT \"@\"\n"
		"f.d.example.com. 2 CNAME d.example.com.\n"
		"!sub/innermost:2:1 \"g..\" is no name: a label is empty\n");
	/* a file of that name in the working directory goes first */
	write_path("innermost", OCTETS("h TXT w\n"));
	assert_true(read_path(&told, "outer", true));
	assert_non_null(strstr(told.text, "h.d.b.example.com. 2 TXT \"w\"\n"));
	unlink("innermost");
	told.files = false;
}

/** What never ends is ended. */
static void
test_bounds(void** state)
{
	static struct told told;
	static char text[ZONEFILE_DEPTH_MAX + (1 << 20) + 100];
	size_t i, len;
	(void)state;
	/* a file that includes itself */
	write_path("zone", OCTETS("a 1 TXT x\n$INCLUDE zone\n"));
	assert_false(read_path(&told, "zone", true));
	assert_int_equal(told.records, ZONEFILE_DEPTH_MAX);
	assert_non_null(strstr(told.text, "!2:10 files include each other"));
	/* ... twice: 2 to the power of the depth, or until there are too many
	 * errors */
	write_path("zone", OCTETS("$INCLUDE zone\n$INCLUDE zone\n"));
	assert_false(read_path(&told, "zone", true));
	assert_non_null(strstr(told.text, "too many errors"));
	/* files without errors that include each other too often */
	for(i = 0; i < 6; i++) {
		char name[16], include[32];
		snprintf(name, sizeof(name), "f%zu", i);
		len = (size_t)snprintf(include, sizeof(include),
			"$INCLUDE f%zu\n", i + 1);
		for(size_t j = 0; j < 10; j++)
			memcpy(text + j * len, include, len);
		write_path(name, text, 10 * len);
	}
	write_path("f6", "", 0);
	assert_false(read_path(&told, "f0", true));
	assert_string_equal(told.text, "!10:10 there are more than 10000 "
		"$INCLUDE\n");
	/* more records than there are addresses in a /8 */
	told.enough = 3;
	write_path("zone", OCTETS("$GENERATE 0-2147483647 a$ 1 TXT x\n"));
	assert_false(read_path(&told, "zone", true));
	assert_int_equal(told.records, 3);
	told.enough = 0;
	/* lines */
	memset(text, 'x', sizeof(text));
	memcpy(text, OCTETS("\n\na 1 TXT ("));
	write_path("zone", text, sizeof(text));
	assert_false(read_path(&told, "zone", true));
	assert_true(is_expected(told.text, "!3:1048577 the record is over "
		"1048576 octets long; is the parenthesis of line 3, column 9, "
		"never closed?"));
	memset(text, '(', sizeof(text));
	write_path("zone", text, sizeof(text));
	assert_false(read_path(&told, "zone", true));
	assert_string_equal(told.text, "!1:101 too many parentheses are "
		"open\n");
	/* nor is there an end of what is skipped */
	memset(text, 'x', sizeof(text));
	*text = ';';
	write_path("zone", text, sizeof(text));
	assert_false(read_path(&told, "zone", true));
	assert_string_equal(told.text, "!1:1048577 the line is over 1048576 "
		"octets long\n");
	assert_false(read_path(&told, "/dev/zero", true));
	assert_string_equal(told.text, "!1:1 a NUL octet; is this a text "
		"file?\n");
	/* after 20 errors, it is enough */
	for(i = 0; i < 100; i++)
		memcpy(text + 2 * i, "a\n", 2);
	write_path("zone", text, 200);
	assert_false(read_path(&told, "zone", true));
	assert_non_null(strstr(told.text, "!20:2 the record has no type\n"
		"!20:2 too many errors; the rest is not read\n"));
	assert_null(strstr(told.text, "!21"));
}

/** Files that cannot be read. */
static void
test_files(void** state)
{
	static struct told told;
	(void)state;
	assert_false(read_path(&told, "none", true));
	assert_string_equal(told.text, "!0:0 cannot open it: No such file or "
		"directory\n");
	assert_false(read_path(&told, ".", true));
	assert_string_equal(told.text, "!1:1 cannot read on: Is a "
		"directory\n");
}

static int
set_up(void** state)
{
	(void)state;
	return !mkdtemp(folder) || chdir(folder) != 0;
}

static int
tear_down(void** state)
{
	char command[64];
	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", folder);
	return chdir("/") != 0 || system(command) != 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_include),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_files),
	};
	return cmocka_run_group_tests_name("zonefile", tests, set_up,
		tear_down);
}
