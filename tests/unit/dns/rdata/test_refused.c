/*
 * tests/unit/dns/rdata/test_refused.c - is what is no rdata refused, and told why?
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>
#include "check.h"
#include "dns/rdata/reading.h"

static const struct bad bad[] = {
	/* names */
	{ "CNAME", OCTETS("@"), "write the name in full" },
	{ "CNAME", OCTETS(".."), "not a name: a label is empty" },
	{ "CNAME", OCTETS(".a"), "not a name: a label is empty" },
	{ "CNAME", OCTETS("a..b"), "not a name: a label is empty" },
	{ "CNAME", OCTETS("a.b.."), "not a name: a label is empty" },
	{ "CNAME", OCTETS("\"a.example.com.\""), "a name in quotes" },
	{ "CNAME", OCTETS("a\\256.b"), "over \\255" },
	{ "CNAME", OCTETS("a\\25"), "two more digits" },
	{ "CNAME", OCTETS("a\\"), "escapes nothing" },
	{ "CNAME", OCTETS("a\"b\"c"), "a quote inside of a word" },
	{ "CNAME", OCTETS("o123456789o123456789o123456789o123456789o123456789"
		"o123456789o123.com"), "over 63 octets" },
	{ "CNAME", OCTETS("\"\""), "a name in quotes" },
	{ "DNAME", OCTETS("@"), "write the name in full" },
	{ "NS", OCTETS("@"), "write the name in full" },
	{ "PTR", OCTETS("a b"), "field 2, \"b\", is one too many" },
	{ "NSAP-PTR", OCTETS("a b"), "field 2, \"b\", is one too many" },
	/* more than the rdata */
	{ "A", OCTETS("3600 IN A 192.0.2.1"), "is not an IPv4 address" },
	{ "A", OCTETS("\\# 5 c000020100"), "goes on behind its last field" },
	{ "A", OCTETS("\\# 3 c00002"), "ends too early" },
	{ "AAAA", OCTETS("\\# 4 c0000201"), "ends too early" },
	{ "CNAME", OCTETS("3600 IN CNAME a."), "\"IN\", is one too many" },
	{ "NS", OCTETS("IN NS a."), "\"NS\", is one too many" },
	{ "MX", OCTETS("IN MX 10 a."), "field 1, \"IN\", is not a" },
	{ "MX", OCTETS("3600 IN MX 10 a."), "field 3, \"MX\", is one too" },
	{ "MX", OCTETS("MX 10 a."), "field 1, \"MX\", is not a whole num" },
	{ "SOA", OCTETS("n. h. 1 2 3 4 5 6"), "field 8, \"6\", is one too" },
	{ "MX", OCTETS("10 a. 20 b."), "field 3, \"20\", is one too many" },
	{ "MX", OCTETS("10 a.\n20 b."), "several records are a JSON array" },
	{ "TXT", OCTETS("\"a\"\n\"b\""), "several records are a JSON array" },
	{ "MX", OCTETS("10 a. ; mail"), "a ';' begins a comment" },
	{ "TXT", OCTETS("\"a\" ; b"), "a ';' begins a comment" },
	/* brackets and quotes */
	{ "SOA", OCTETS("n. h. (1 2 3 4 5"), "a '(' is not closed" },
	{ "SOA", OCTETS("n. h. 1 2 3 4 5)"), "a ')' too many" },
	{ "SOA", OCTETS("n. h. ((1 2 3 4 5))"), "a '(' too many" },
	{ "SOA", OCTETS("n. h. (1 2\n; c\n3 4 5)"), "a ';' begins" },
	{ "TXT", OCTETS("\"a"), "a quote is not closed" },
	{ "TXT", OCTETS("\""), "a quote is not closed" },
	{ "TXT", OCTETS("\"a\\\""), "a quote is not closed" },
	{ "TXT", OCTETS("\"a\"b"), "follows a quote without a space" },
	{ "TXT", OCTETS("\"a\"\"b\""), "follows a quote without a space" },
	{ "TXT", OCTETS("\"a\nb\""), "a line break in quotes" },
	{ "TXT", OCTETS("\"a\\300\""), "over \\255" },
	{ "TXT", OCTETS("\"a\\1\""), "two more digits" },
	{ "TXT", OCTETS("\"a\\\\\" \"b\\"), "a quote is not closed" },
	/* MX */
	{ "MX", OCTETS("10"), "there are 1 fields, of 2" },
	{ "MX", OCTETS("a."), "field 1, \"a.\", is not a whole number" },
	{ "MX", OCTETS("65536 a."), "\"65536\", is not a number from 0 to "
		"65535" },
	{ "MX", OCTETS("70000 a."), "is not a number from 0 to 65535" },
	{ "MX", OCTETS("18446744073709551626 a."), "is not a number from" },
	{ "MX", OCTETS("-1 a."), "is not a whole number from 0 to 65535" },
	{ "MX", OCTETS("+1 a."), "is not a whole number" },
	{ "MX", OCTETS("1.0 a."), "is not a whole number" },
	{ "MX", OCTETS("0x10 a."), "is not a whole number" },
	{ "MX", OCTETS("\"10\" a."), "is not a whole number" },
	{ "MX", OCTETS("10 @"), "field 2, \"@\", is no name here" },
	{ "MX", OCTETS("\\# 5 000a034100"), "ends too early" },
	{ "MX", OCTETS("\\# 4 000ac000"), "a compression pointer" },
	{ "MX", OCTETS("\\# 4 000a0000"), "goes on behind its last field" },
	{ "MX", OCTETS("\\# 2 000a"), "ends inside of a name" },
	{ "MX", OCTETS("\\# 4 000a0141"), "ends inside of a name" },
	/* the form of unknown types */
	{ "TYPE65280", OCTETS("192.0.2.1"), "it is not in the form \\# " },
	{ "TYPE65280", OCTETS("\\#"), "the value ends in field 1" },
	{ "TYPE65280", OCTETS("\\# x"), "is not a whole number" },
	{ "TYPE65280", OCTETS("\\# 63001 00"), "from 0 to 63000" },
	{ "TYPE65280", OCTETS("\\# 70000 00"), "from 0 to 63000" },
	{ "TYPE65280", OCTETS("\\# 2 00"), "there are 2 octets, and there "
		"are 1" },
	{ "TYPE65280", OCTETS("\\# 1 0001"), "there are 1 octets, and there "
		"are 2" },
	{ "TYPE65280", OCTETS("\\# 0 00"), "there are 0 octets" },
	{ "TYPE65280", OCTETS("\\# 1 0"), "an odd number" },
	{ "TYPE65280", OCTETS("\\# 1 0g"), "is not hexadecimal" },
	{ "TYPE65280", OCTETS("\\# 1 \"00\""), "is not hexadecimal" },
	{ "TYPE65280", OCTETS("\\# 1 00 ; x"), "a ';' begins a comment" },
	{ "TYPE65280", OCTETS("\\#1 00"), "it is not in the form" },
	{ "NULL", OCTETS("x"), "it is not in the form" },
	{ "UINFO", OCTETS("x"), "it is not in the form" },
	{ "TXT", OCTETS("\\# 0"), "the rdata ends before a string" },
	{ "TXT", OCTETS("\\# 2 0261"), "the rdata ends too early" },
	{ "CNAME", OCTETS("\\# 0"), "the rdata ends inside of a name" },
	{ "CNAME", OCTETS("\\# 2 c000"), "a compression pointer" },
	{ "CNAME", OCTETS("\\# 2 c00c"), "a compression pointer" },
	{ "CNAME", OCTETS("\\# 2 4000"), "over 63 octets" },
	{ "CNAME", OCTETS("\\# 2 0000"), "goes on behind" },
	{ "SOA", OCTETS("\\# 21 000000000001000000020000000300000004000000"),
		"ends too early" },
	{ "NS", OCTETS("\\# 3 03616200"), "that there are 3 octets" },
	/* SRV */
	{ "SRV", OCTETS("10 60 5060"), "there are 3 fields, of 4" },
	{ "SRV", OCTETS("10 60 65536 a."), "field 3, \"65536\", is not" },
	{ "SRV", OCTETS("10 70000 5060 a."), "field 2, \"70000\", is not" },
	{ "SRV", OCTETS("70000 10 5060 a."), "field 1, \"70000\", is not" },
	{ "SRV", OCTETS("10 60 sip a."), "field 3, \"sip\", is not a whole" },
	/* SOA */
	{ "SOA", OCTETS("n. h. 1 2 3 4"), "there are 6 fields, of 7" },
	{ "SOA", OCTETS("n. h. 4294967296 2 3 4 5"), "from 0 to 4294967295" },
	{ "SOA", OCTETS("n. h. -1 2 3 4 5"), "is not a whole number" },
	{ "SOA", OCTETS("n. h. 1 4294967296 3 4 5"), "not a time in secon" },
	{ "SOA", OCTETS("n. h. 1 7102w 3 4 5"), "is not a time in seconds" },
	{ "SOA", OCTETS("n. h. 1 1x 3 4 5"), "is not a time in seconds" },
	{ "SOA", OCTETS("n. h. 1 h 3 4 5"), "is not a time in seconds" },
	{ "SOA", OCTETS("n. h. 1 1h30 3 4 5"), "is not a time in seconds" },
	{ "SOA", OCTETS("n. h. 1 -1 3 4 5"), "is not a time in seconds" },
	/* CAA */
	{ "CAA", OCTETS("256 issue \"a\""), "is not a number from 0 to 255" },
	{ "CAA", OCTETS("0 issue"), "there are 2 fields, of 3" },
	{ "CAA", OCTETS("0 is_sue \"a\""), "more than letters and digits" },
	{ "CAA", OCTETS("0 \"issue\" \"a\""), "is not a tag" },
	{ "CAA", OCTETS("0 issue \"a\" b"), "is one too many" },
	{ "CAA", OCTETS("0 issue ;"), "write it in quotes" },
	{ "CAA", OCTETS("\\# 2 0000"), "has no tag" },
	/* TLSA, SSHFP, DS: digests */
	{ "TLSA", OCTETS("3 1 1"), "there are 3 fields, of 4" },
	{ "TLSA", OCTETS("256 1 1 00"), "is not a number from 0 to 255" },
	{ "TLSA", OCTETS("3 1 1 00"), "a digest that is not as long" },
	{ "TLSA", OCTETS("3 1 2 00"), "a digest that is not as long" },
	{ "TLSA", OCTETS("3 1 0 0"), "an odd number" },
	{ "TLSA", OCTETS("3 1 0 xy"), "is not hexadecimal" },
	{ "TLSA", OCTETS("\\# 3 030100"), "ends before its last field" },
	{ "SSHFP", OCTETS("4 2 00"), "a digest that is not as long" },
	{ "SSHFP", OCTETS("4 1 00"), "a digest that is not as long" },
	{ "SSHFP", OCTETS("4 300 00"), "is not a number from 0 to 255" },
	{ "DS", OCTETS("70000 8 2 00"), "is not a number from 0 to 65535" },
	{ "DS", OCTETS("1 8 2 00"), "a digest that is not as long" },
	{ "DS", OCTETS("1 8 1 00"), "a digest that is not as long" },
	{ "DS", OCTETS("1 8 4 00"), "a digest that is not as long" },
	{ "DS", OCTETS("1 nonsense 9 00"), "neither a number nor a name" },
	{ "DS", OCTETS("1 -8 9 00"), "neither a number nor a name" },
	{ "CDS", OCTETS("1 8 2 00"), "a digest that is not as long" },
	{ "DLV", OCTETS("1 8 2 00"), "a digest that is not as long" },
	{ "SMIMEA", OCTETS("3 1 1 00"), "a digest that is not as long" },
	{ "ZONEMD", OCTETS("1 1 1 000000000000000000000000"),
		"a digest that is not as long" },
	/* NAPTR */
	{ "NAPTR", OCTETS("1 2 \"a\" \"b\" \"c\""), "5 fields, of 6" },
	{ "NAPTR", OCTETS("1 70000 \"a\" \"b\" \"c\" ."), "0 to 65535" },
	{ "NAPTR", OCTETS("1 2 \"a\" \"b\" \"c\" . ."), "is one too many" },
	{ "NAPTR", OCTETS("1 2 a b x ."), "a regular expression that" },
	{ "NAPTR", OCTETS("1 2 a b !x!y ."), "a regular expression that" },
	{ "NAPTR", OCTETS("1 2 a b !x!y!z ."), "a regular expression that" },
	{ "NAPTR", OCTETS("1 2 a b 1x1y1 ."), "a regular expression that" },
	/* SVCB, HTTPS */
	{ "HTTPS", OCTETS("1 . dohpath=/q"), "a dohpath that is not such" },
	{ "HTTPS", OCTETS("1 . dohpath={?dns}"), "a dohpath that is not" },
	{ "HTTPS", OCTETS("1"), "there are 1 fields, of 2" },
	{ "HTTPS", OCTETS("65536 ."), "is not a number from 0 to 65535" },
	{ "HTTPS", OCTETS("1 . alpn"), "a key without its value" },
	{ "HTTPS", OCTETS("1 . alpn="), "an empty part" },
	{ "HTTPS", OCTETS("1 . alpn=h2,,h3"), "an empty part" },
	{ "HTTPS", OCTETS("1 . alpn=h2,"), "an empty part" },
	{ "HTTPS", OCTETS("1 . alpn=h2 alpn=h3"), "that is there twice" },
	{ "HTTPS", OCTETS("1 . alpn=h2 alpn=h2"), "that is there twice" },
	{ "HTTPS", OCTETS("1 . alpn=h2 key1=x"), "that is there twice" },
	{ "HTTPS", OCTETS("1 . port=65536"), "is no port" },
	{ "HTTPS", OCTETS("1 . port=99999"), "is no port" },
	{ "HTTPS", OCTETS("1 . port=-1"), "is no port" },
	{ "HTTPS", OCTETS("1 . port="), "is no port" },
	{ "HTTPS", OCTETS("1 . port"), "a key without its value" },
	{ "HTTPS", OCTETS("1 . ipv4hint=192.0.2"), "an address that is none" },
	{ "HTTPS", OCTETS("1 . ipv4hint=192.0.2.1,"), "address that is none" },
	{ "HTTPS", OCTETS("1 . ipv6hint=192.0.2.1"), "address that is none" },
	{ "HTTPS", OCTETS("1 . ipv6hint=2001:db8:0:0:0:0:0:00000000000000000"
		"00000000001"), "address that is none" },
	{ "HTTPS", OCTETS("1 . no-default-alpn"), "without alpn" },
	{ "HTTPS", OCTETS("1 . alpn=a no-default-alpn=x"), "without one" },
	{ "HTTPS", OCTETS("1 . mandatory=port"), "is not there" },
	{ "HTTPS", OCTETS("1 . mandatory=mandatory"), "itself among them" },
	{ "HTTPS", OCTETS("1 . mandatory=port,port port=1"), "twice" },
	{ "HTTPS", OCTETS("1 . mandatory=foo"), "names an unknown key" },
	{ "HTTPS", OCTETS("1 . ech=AAA"), "is not base64" },
	{ "HTTPS", OCTETS("1 . ech=AB=="), "is not base64" },
	{ "HTTPS", OCTETS("1 . foo=bar"), "is no parameter" },
	{ "HTTPS", OCTETS("1 . ALPN=h2"), "is no parameter" },
	{ "HTTPS", OCTETS("1 . key=1"), "is no parameter" },
	{ "HTTPS", OCTETS("1 . key01=x"), "is no parameter" },
	{ "HTTPS", OCTETS("1 . key65535=x"), "the reserved key" },
	{ "HTTPS", OCTETS("1 . key65536=x"), "is no parameter" },
	{ "HTTPS", OCTETS("1 . =x"), "is no parameter" },
	{ "HTTPS", OCTETS("1 . \"alpn=h2\""), "is in quotes" },
	{ "HTTPS", OCTETS("1 . alpn=\"h2"), "a quote is not closed" },
	{ "HTTPS", OCTETS("1 . alpn=\"h2\"x"), "behind its quotes" },
	{ "HTTPS", OCTETS("1 . alpn=h\"2\""), "a quote within" },
	{ "HTTPS", OCTETS("0 a. alpn=h2"), "the priority 0" },
	{ "HTTPS", OCTETS("\\# 10 000100 00030002 01bb 00"), "ends inside" },
	{ "HTTPS", OCTETS("\\# 8 000100 00030001 01"), "not of two octets" },
	{ "HTTPS", OCTETS("\\# 11 000100 ff010000 ff000000"), "not in order" },
	{ "HTTPS", OCTETS("\\# 11 000100 ff000000 ff000000"), "twice" },
	{ "SVCB", OCTETS("1 . ipv4hint"), "a key without its value" },
	{ "SVCB", OCTETS("\\# 10 000100 00040003 010203"), "half an ipv4" },
	{ "SVCB", OCTETS("\\# 9 000100 00010002 0561"), "ends too early" },
	{ "SVCB", OCTETS("1 . tls-supported-groups=x"), "has a group that" },
	{ "SVCB", OCTETS("1 . tls-supported-groups=1,1"), "of TLS twice" },
	{ "SVCB", OCTETS("1 . key9=a"), "or half of one" },
	{ "SVCB", OCTETS("1 . pvd=a"), "a key without one" },
	{ "SVCB", OCTETS("\\# 9 000100 000a0002 0561"), "ends too early" },
	{ "SVCB", OCTETS("1 . oots"), "no transport" },
	{ "SVCB", OCTETS("1 . oots="), "such as dot:50" },
	{ "SVCB", OCTETS("1 . oots=dot"), "such as dot:50" },
	{ "SVCB", OCTETS("1 . oots=dot:"), "such as dot:50" },
	{ "SVCB", OCTETS("1 . oots=:1"), "such as dot:50" },
	{ "SVCB", OCTETS("1 . oots=dot:1,"), "such as dot:50" },
	{ "SVCB", OCTETS("1 . oots=dot:101"), "such as dot:50" },
	{ "SVCB", OCTETS("1 . oots=dot:1,doq:1,dot:2"), "twice in its oots" },
	{ "SVCB", OCTETS("\\# 11 000100 000c0004 01616401"), "ends too early" },
	{ "SVCB", OCTETS("\\# 9 000100 000c0002 0001"), "without a name" },
	{ "SVCB", OCTETS("\\# 10 000100 000c0003 016165"), "over 100 percent" },
	/* others */
	{ "AMTRELAY", OCTETS("1 2 0 ."), "from 0 to 1" },
	{ "AMTRELAY", OCTETS("1 0 4 ."), "0, 1, 2 or 3" },
	{ "AMTRELAY", OCTETS("1 0 0 a."), "no gateway of type 0" },
	{ "DSYNC", OCTETS("FOO NOTIFY 1 a."), "is not a type" },
	{ "DSYNC", OCTETS("CDS FOO 1 a."), "neither a number nor a name" },
	{ "IPN", OCTETS("18446744073709551616"), "18446744073709551615" },
	{ "IPN", OCTETS("1.4294967296"), "is not a number from 0 to 42949" },
	{ "WKS", OCTETS("192.0.2.1 tcp http"), "is not a whole number" },
	{ "WKS", OCTETS("192.0.2.1 tcp 65536"), "from 0 to 65535" },
	{ "WKS", OCTETS("192.0.2.1"), "there are 1 fields, of 2" },
	{ "ATMA", OCTETS("+4a"), "is neither hexadecimal nor" },
	{ "ATMA", OCTETS("4"), "an odd number" },
	{ "A6", OCTETS("129 :: a."), "from 0 to 128" },
	{ "A6", OCTETS("64 192.0.2.1 a."), "is not an IPv6 address" },
	{ "A6", OCTETS("64 ::1"), "the value ends in field 1" },
	{ "CDS", OCTETS("1 0 0 0"), "an odd number" },
	{ "CDNSKEY", OCTETS("1 3 0 0"), "ends inside of base64" },
	{ "HINFO", OCTETS("\"a\""), "there are 1 fields, of 2" },
	{ "URI", OCTETS("10 1 \"\""), "an empty target" },
	{ "LOC", OCTETS("51 30 12 N 0 W"), "the value ends in field 1" },
	{ "LOC", OCTETS("91 N 0 W 0m"), "is not a number from 0 to 90" },
	{ "LOC", OCTETS("90 0 1 N 0 W 0m"), "too many seconds" },
	{ "LOC", OCTETS("1 60 N 0 W 0m"), "is not a number from 0 to 59" },
	{ "LOC", OCTETS("1 1 60 N 0 W 0m"), "too many seconds" },
	{ "LOC", OCTETS("1 1 x N 0 W 0m"), "is not such a number" },
	{ "LOC", OCTETS("1 1 1 1 N 0 W 0m"), "is not a direction" },
	{ "LOC", OCTETS("N 0 W 0m"), "has no degrees" },
	{ "LOC", OCTETS("1 E 0 W 0m"), "is not a whole number" },
	{ "LOC", OCTETS("1 N 181 W 0m"), "is not a number from 0 to 180" },
	{ "LOC", OCTETS("1 N 1 W -100000.01m"), "is not an altitude" },
	{ "LOC", OCTETS("1 N 1 W 0m 90000001m"), "0 to 90000000 m" },
	{ "LOC", OCTETS("1 N 1 W 0m 1 1 1 1"), "is one too many" },
	{ "LOC", OCTETS("\\# 16 01000000800000008000000000989680"),
		"a version other" },
	{ "APL", OCTETS("1:192.0.2.0/33"), "is not a number from 0 to 32" },
	{ "APL", OCTETS("1:192.0.2.0"), "is not such as" },
	{ "APL", OCTETS("3:192.0.2.0/24"), "is not such as" },
	{ "APL", OCTETS("1/2:"), "is not such as" },
	{ "APL", OCTETS("1:192.0.2.0/x"), "field 1, \"x\", is not a" },
	{ "APL", OCTETS("1:/2"), "is not an IPv4 address" },
	{ "APL", OCTETS("/1:"), "is not such as" },
	{ "APL", OCTETS("\\# 5 0001200100"), "ends with zero octets" },
	{ "IPSECKEY", OCTETS("1 0 0 ."), "the value ends in field 1" },
	{ "IPSECKEY", OCTETS("1 4 2 . AQID"), "0, 1, 2 or 3" },
	{ "IPSECKEY", OCTETS("1 0 2 a. AQID"), "no gateway of type 0" },
	{ "IPSECKEY", OCTETS("1 1 2"), "the value ends in field 1" },
	{ "IPSECKEY", OCTETS("\\# 4 01010200"), "ends too early" },
	{ "IPSECKEY", OCTETS("\\# 3 010000"), "before its last field" },
	{ "X25", OCTETS("123"), "not four digits or more" },
	{ "X25", OCTETS("1234x"), "not four digits or more" },
	{ "ATMA", OCTETS("\\# 1 00"), "is not an address of ATM" },
	{ "ATMA", OCTETS("\\# 2 0161"), "is not an address of ATM" },
	{ "ATMA", OCTETS("\\# 2 0200"), "is not an address of ATM" },
	{ "ZONEMD", OCTETS("1 1 9 00"), "less than 12 octets" },
	{ "SINK", OCTETS("\\# 2 0000"), "ends too early" },
	{ "A6", OCTETS("\\# 0"), "ends too early" },
	{ "A6", OCTETS("\\# 1 81"), "over 128 bits" },
	{ "A6", OCTETS("\\# 1 00"), "ends too early" },
	{ "A6", OCTETS("\\# 1 80"), "ends inside of a name" },
	{ "A6", OCTETS("\\# 3 800000"), "goes on behind" },
	{ "WKS", OCTETS("\\# 6 c00002010600"), "ends with zero octets" },
	{ "LOC", OCTETS("\\# 16 00021613800000008000000000989680"),
		"a size or precision" },
	{ "NAPTR", OCTETS("1 2 a b \"!\\000!!\" ."), "a regular expression" },
	{ "HTTPS", OCTETS("1 . dohpath=/\\255{?dns}"), "a dohpath that is" },
	{ "HIP", OCTETS("2 2001"), "the value ends in field 1" },
	{ "HIP", OCTETS("2 200 AwEAAQ=="), "an odd number" },
	{ "HIP", OCTETS("2 2001 AwEAAQ="), "ends inside of base64" },
	{ "HIP", OCTETS("\\# 4 00020000"), "no host identity tag" },
	{ "CSYNC", OCTETS("1 3 A FOO"), "\"FOO\", is not a type" },
	{ "CSYNC", OCTETS("\\# 8 0000000100000000"), "out of order" },
	{ "CERT", OCTETS("FOO 1 1 AQID"), "neither a number nor a name" },
	{ "CERT", OCTETS("70000 1 1 AQID"), "0 to 65535" },
	{ "DNSKEY", OCTETS("257 3 13 AQI"), "ends inside of base64" },
	{ "DNSKEY", OCTETS("257 3 13 AQI=AQID"), "is not base64" },
	{ "DNSKEY", OCTETS("257 3 13 A?ID"), "is not base64" },
	{ "DNSKEY", OCTETS("257 3 13"), "there are 3 fields, of 4" },
	{ "EUI48", OCTETS("00-00-5e-00-53"), "groups of hexadecimal" },
	{ "EUI48", OCTETS("00-00-5e-00-53-2a-00"), "groups of hexadecimal" },
	{ "EUI48", OCTETS("00-00-5e-00-53-2"), "groups of hexadecimal" },
	{ "NID", OCTETS("10 1:2:3"), "groups of hexadecimal" },
	{ "NID", OCTETS("10 1:2:3:12345"), "groups of hexadecimal" },
	{ "NSAP", OCTETS("4700"), "does not begin with 0x" },
	{ "NSAP", OCTETS("0x470"), "an odd number" },
};

static void
test_bad(void** state)
{
	static struct rdata rdata;
	struct reason reason;
	size_t i, at;
	(void)state;
	for(i = 0; i < COUNT(bad); i++) {
		const struct bad* row = &bad[i];
		check(!read_exactly(&rdata, type_of(row->type), row->text,
			row->len, &reason), "%s %s is a value", row->type,
			row->text);
		check(strstr(reason.text, row->why), "%s %s: %s", row->type,
			row->text, reason.text);
		check(strlen(reason.text) < REASON_MAX - 1, "%s is cut",
			reason.text);
		for(at = 0; reason.text[at]; at++)
			assert_in_range(reason.text[at], ' ', '~');
	}
}

/* --- long values --------------------------------------------------------- */

/** Read a value with a part that is repeated. */
static bool
read_repeated(const char* type, const char* before, const char* repeated,
	size_t times, const char* behind, struct reason* reason,
	size_t* rdata_len)
{
	size_t one = strlen(repeated), len = strlen(before), i;
	char* text = malloc(len + one * times + strlen(behind) + 1);
	static struct rdata rdata;
	bool ok;
	assert_non_null(text);
	strcpy(text, before);
	for(i = 0; i < times; i++, len += one)
		memcpy(text + len, repeated, one);
	strcpy(text + len, behind);
	ok = read_exactly(&rdata, type_of(type), text, strlen(text), reason);
	*rdata_len = ok ? rdata.len : 0;
	free(text);
	return ok;
}

static void
test_long(void** state)
{
	static const struct {
		/** the type, and what the value is made of */
		const char *type, *before, *repeated;
		/** how often it is repeated */
		size_t times;
		/** what is behind */
		const char* behind;
		/** octets of rdata; 0 if it is bad */
		size_t len;
	} rows[] = {
		{ "MX", "(", "\n", 200000, "10 a. )", 5 },
		{ "MX", "10 a. ", ")", 200000, "", 0 },
		{ "MX", "", "(", 200000, "", 0 },
		{ "MX", "", "1", 1500000, " a.", 0 },
		{ "MX", "10 ", "a.", 126, "", 255 },
		{ "MX", "10 ", "a.", 127, "", 257 },
		{ "MX", "10 ", "a.", 128, "", 0 },
		{ "MX", "10 ", "\\097.", 127, "", 257 },
		{ "MX", "10 ", "a", 1500000, "", 0 },
		{ "TXT", "\"", "a", 255, "\"", 256 },
		{ "TXT", "\"", "a", 256, "\"", 0 },
		{ "TXT", "\"", "\\097", 255, "\"", 256 },
		{ "TXT", "\"", "\\000", 256, "\"", 0 },
		{ "TXT", "", "\"\"", 1, "", 1 },
		{ "CNAME", "\\# 255 ", "0161", 127, "00", 255 },
		{ "CNAME", "\\# 257 ", "0161", 128, "00", 0 },
		{ "TXT", "\"\"", " \"\"", 62999, "", 63000 },
		{ "TXT", "\"\"", " \"\"", 63000, "", 0 },
		{ "TYPE65280", "\\# 63000 ", "00", 63000, "", 63000 },
		{ "TYPE65280", "\\# 63001 ", "00", 63001, "", 0 },
		{ "TYPE65280", "\\# 63000 ", "00", 63001, "", 0 },
		{ "TYPE65280", "\\# 63000 ", "0 0 ", 63000, "", 63000 },
		{ "DNSKEY", "1 3 8 ", "AAAA", 20998, "", 62998 },
		{ "DNSKEY", "1 3 8 ", "AAAA", 20999, "", 0 },
		{ "DNSKEY", "1 3 8 ", "A A A A ", 300000, "", 0 },
		{ "CAA", "0 issue \"", "a", 62993, "\"", 63000 },
		{ "CAA", "0 issue \"", "a", 62994, "\"", 0 },
		{ "CAA", "0 ", "a", 255, " \"\"", 257 },
		{ "CAA", "0 ", "a", 256, " \"\"", 0 },
		{ "HTTPS", "1 . key8888=", "a", 62993, "", 63000 },
		{ "HTTPS", "1 . key8888=", "a", 62994, "", 0 },
		{ "HTTPS", "1 . key8888=", "a", 1500000, "", 0 },
		{ "HTTPS", "1 . alpn=a", ",a", 31495, "", 62999 },
		{ "HTTPS", "1 . alpn=a", ",a", 31496, "", 0 },
		{ "HTTPS", "1 . alpn=", "a", 255, "", 263 },
		{ "HTTPS", "1 . alpn=", "a", 256, "", 0 },
		{ "HTTPS", "1 . ipv6hint=", "f", 46, "", 0 },
		{ "HTTPS", "1 . ipv4hint=1.1.1.1", ",1.1.1.1", 7874, "",
			31507 },
		{ "HTTPS", "1 . ipv4hint=1.1.1.1", ",1.1.1.1", 7875, "", 0 },
		{ "HTTPS", "1 .", " alpn=h2", 10000, "", 0 },
		{ "CSYNC", "1 3 A", " TYPE65534", 100000, "", 6 + 3 + 34 },
		{ "APL", "", "1:0.0.0.0/0 ", 15749, "", 62996 },
		{ "APL", "", "1:0.0.0.0/0 ", 15750, "", 0 },
		{ "HIP", "2 ", "00", 255, " AAAA", 4 + 255 + 3 },
		{ "HIP", "2 ", "00", 256, " AAAA", 0 },
		{ "LOC", "", "1 ", 500000, "", 0 },
		{ "LOC", "1 N 1 E 1", "0", 1000, "", 0 },
	};
	struct reason reason;
	size_t i, len;
	(void)state;
	for(i = 0; i < COUNT(rows); i++) {
		bool ok = read_repeated(rows[i].type, rows[i].before,
			rows[i].repeated, rows[i].times, rows[i].behind,
			&reason, &len);
		check(ok == (rows[i].len > 0), "row %zu, %s: %s", i,
			rows[i].type, ok ? "it is good" : reason.text);
		check(len == rows[i].len, "row %zu: %zu octets", i, len);
	}
}

/** Names in a zone file: which word is wrong, and why. */
static void
test_in_zone(void** state)
{
	static const struct {
		const char *type, *text, *why;
		size_t wrong;
	} rows[] = {
		{ "MX", "10 a..b", "a label is empty", 3 },
		{ "MX", "x a", "is not a whole number", 0 },
		{ "MX", "10", "1 fields, of 2", 0 },
		{ "MX", "10 a b", "one too many", 5 },
		{ "SOA", "@ a  1 2 3 4x 5", "is not a time", 11 },
		{ "A", "192.0.2.256", "not an IPv4 address", 0 },
		{ "CNAME", "\"a\"", "a name in quotes", 0 },
		{ "TXT", "a \"b", "a quote is not closed", 2 },
		{ "HIP", "2 200100107B1A74DF AwEAAQ== b a..", "is empty", 30 },
		{ "TYPE65280", "\\# 1 0a0b", "says that there are 1", 5 },
	};
	static const uint8_t origin[] = "\7example\3com";
	static struct rdata rdata;
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(rows); i++) {
		struct rdata_place place = { .origin = origin };
		struct reason reason;
		size_t len = strlen(rows[i].text);
		char* text = copy_exactly(rows[i].text, len);
		check(!rdata_read_in_zone(&rdata, type_of(rows[i].type), text,
			len, &place, &reason), "%s was read", rows[i].text);
		check(strstr(reason.text, rows[i].why) && place.wrong ==
			rows[i].wrong, "%s: %s at %zu", rows[i].text,
			reason.text, place.wrong);
		free(text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_in_zone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
