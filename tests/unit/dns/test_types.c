/*
 * tests/unit/dns/test_types.c - is rdata of every type read as it should be?
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "dns/rdata/rdata.h"
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

/** The type of a key; 0 if there is no such key. */
static uint16_t
type_of(const char* type)
{
	struct contribution key;
	char path[32];
	snprintf(path, sizeof(path), "com/foo/%s", type);
	return helix_key_read(&key, path, strlen(path)) ? 0 : key.type;
}

/** Read a value that ends where its memory does. */
static bool
parse(struct record_set* set, uint16_t type, const char* text, size_t len,
	char* reason)
{
	char* value = copy_exactly(text, len);
	bool ok;
	memset(reason, 0x7f, RECORD_REASON_MAX);
	ok = helix_value_read(set, type, value, len, reason);
	check(ok || (memchr(reason, 0, RECORD_REASON_MAX) && *reason),
		"%s: no reason", text);
	free(value);
	return ok;
}

/* --- what is good -------------------------------------------------------- */

/** A value that is one record. */
struct good {
	/** the type */
	const char* type;
	/** the value */
	const char* text;
	/** octets of it */
	size_t len;
	/** the rdata, hexadecimal */
	const char* rdata;
};

static const struct good good[] = {
	{ "NS", OCTETS("ns1.example.com."),
		"036e7331076578616d706c6503636f6d00" },
	{ "NS", OCTETS("ns1.example.com"),
		"036e7331076578616d706c6503636f6d00" },
	{ "NS", OCTETS("."), "00" },
	{ "CNAME", OCTETS("WWW.Example.com."),
		"03575757074578616d706c6503636f6d00" },
	{ "CNAME", OCTETS("a\\.b.example.com"),
		"03612e62076578616d706c6503636f6d00" },
	{ "CNAME", OCTETS("\\065\\000\\255.x."), "034100ff017800" },
	{ "CNAME", OCTETS("*.example.com."),
		"012a076578616d706c6503636f6d00" },
	{ "DNAME", OCTETS("example.net"), "076578616d706c65036e657400" },
	{ "PTR", OCTETS("host.example.com."),
		"04686f7374076578616d706c6503636f6d00" },
	{ "PTR", OCTETS("(host.example.com.)"),
		"04686f7374076578616d706c6503636f6d00" },
	{ "MX", OCTETS("10 mail.example.com."),
		"000a046d61696c076578616d706c6503636f6d00" },
	{ "MX", OCTETS("0 ."), "000000" },
	{ "MX", OCTETS("65535 m.x"), "ffff016d017800" },
	{ "SRV", OCTETS("10 60 5060 Big.example.com."),
		"000a003c13c403426967076578616d706c6503636f6d00" },
	{ "SRV", OCTETS("0 0 0 ."), "00000000000000" },
	{ "SRV", OCTETS("65535 65535 65535 t"), "ffffffffffff017400" },
	{ "SOA", OCTETS(
		"ns.example.com. hostmaster.example.com. 2024010101 3600 6"
		"00 86400 5"),
		"026e73076578616d706c6503636f6d000a686f73746d61737465720765"
		"78616d706c6503636f6d0078a3f17500000e1000000258000151800000"
		"0005" },
	{ "SOA", OCTETS("n. h. 4294967295 1h 10m 1d 1w"),
		"016e00016800ffffffff00000e10000002580001518000093a80" },
	{ "SOA", OCTETS("n. h. ( 1\n\t2 3\r\n4\n5 )"),
		"016e000168000000000100000002000000030000000400000005" },
	{ "CAA", OCTETS("0 issue \"ca.example.net\""),
		"0005697373756563612e6578616d706c652e6e6574" },
	{ "CAA", OCTETS("128 iodef \"mailto:security@example.com\""),
		"8005696f6465666d61696c746f3a7365637572697479406578616d706c"
		"652e636f6d" },
	{ "CAA", OCTETS("0 issue ca.example.net"),
		"0005697373756563612e6578616d706c652e6e6574" },
	{ "CAA", OCTETS("0 issue \";\""), "000569737375653b" },
	{ "CAA", OCTETS("0 issue \"\""), "00056973737565" },
	{ "TLSA", OCTETS(
		"3 1 1 0123456789abcdef0123456789ABCDEF0123456789abcdef012"
		"3456789abcdef"),
		"0301010123456789abcdef0123456789abcdef0123456789abcdef0123"
		"456789abcdef" },
	{ "TLSA", OCTETS(
		"3 1 1 0123456789abcdef 0123456789ABCDEF (\n 0123456789abc"
		"def\n 0123456789abcdef )"),
		"0301010123456789abcdef0123456789abcdef0123456789abcdef0123"
		"456789abcdef" },
	{ "TLSA", OCTETS("255 255 255 00"), "ffffff00" },
	{ "SSHFP", OCTETS(
		"4 2 0123456789abcdef0123456789abcdef0123456789abcdef01234"
		"56789abcdef"),
		"04020123456789abcdef0123456789abcdef0123456789abcdef012345"
		"6789abcdef" },
	{ "SSHFP", OCTETS("1 1 0123456789abcdef0123456789abcdef01234567"),
		"01010123456789abcdef0123456789abcdef01234567" },
	{ "NAPTR", OCTETS("1 2 a b \"!\\\\!!x!ii\" ."),
		"0001000201610162" "08215c212178216969" "00" },
	{ "NAPTR", OCTETS("100 10 \"S\" \"SIP+D2U\" \"\" _sip._udp"
		".example.com."),
		"0064000a0153075349502b44325500045f736970045f75647007657861"
		"6d706c6503636f6d00" },
	{ "NAPTR", OCTETS("1 2 u E2U+sip \"!^.*$!sip:info@example.com!\" ."),
		"000100020175074532552b7369701b215e2e2a24217369703a696e666f"
		"406578616d706c652e636f6d2100" },
	{ "HTTPS", OCTETS("1 . alpn=h2,h3"), "00010000010006026832026833" },
	{ "HTTPS", OCTETS("0 svc.example.net."),
		"000003737663076578616d706c65036e657400" },
	{ "HTTPS", OCTETS("1 ."), "000100" },
	{ "HTTPS", OCTETS(
		"1 . alpn=\"h2,h3\" port=8443 ipv4hint=192.0.2.1,192.0.2.2"
		" ipv6hint=2001:db8::1"),
		"000100000100060268320268330003000220fb00040008c0000201c000"
		"02020006001020010db8000000000000000000000001" },
	{ "HTTPS", OCTETS("1 . port=443 alpn=h2"),
		"000100000100030268320003000201bb" },
	{ "HTTPS", OCTETS("1 . mandatory=port,alpn alpn=h2 port=1"),
		"000100000000040001000300010003026832000300020001" },
	{ "HTTPS", OCTETS("1 . alpn=h2 no-default-alpn"),
		"0001000001000302683200020000" },
	{ "HTTPS", OCTETS("1 . ech=\"AAAA\""), "00010000050003000000" },
	{ "HTTPS", OCTETS("65535 x. key65280=a\\001b key7=/q{?dns}"),
		"ffff017800000700082f717b3f646e737dff000003610162" },
	{ "SVCB", OCTETS("1 dns.example.com. alpn=dot port=853"),
		"000103646e73076578616d706c6503636f6d000001000403646f740003"
		"00020355" },
	{ "SVCB", OCTETS("1 . key65280"), "000100ff000000" },
	{ "DS", OCTETS(
		"12345 13 2 0123456789abcdef0123456789abcdef0123456789abcd"
		"ef0123456789abcdef"),
		"30390d020123456789abcdef0123456789abcdef0123456789abcdef01"
		"23456789abcdef" },
	{ "DS", OCTETS("65535 8 1 0123456789abcdef0123456789abcdef01234567"),
		"ffff08010123456789abcdef0123456789abcdef01234567" },
	{ "CDS", OCTETS("0 0 0 00"), "0000000000" },
	{ "TXT", OCTETS("\"a\" \"b\""), "01610162" },
	{ "TXT", OCTETS("\"a b;c\" d"), "056120623b630164" },
	{ "TXT", OCTETS("\"\""), "00" },
	{ "TXT", OCTETS("\"\\\"\\\\\\000\\200\""), "04225c00c8" },
	{ "SPF", OCTETS("\"v=spf1 -all\""), "0b763d73706631202d616c6c" },
	{ "HINFO", OCTETS("PC \"Free BSD\""), "025043084672656520425344" },
	{ "RP", OCTETS("a. b."), "016100016200" },
	{ "AFSDB", OCTETS("1 a."), "0001016100" },
	{ "X25", OCTETS("311061700956"), "0c333131303631373030393536" },
	{ "ISDN", OCTETS("150862028003217"),
		"0f313530383632303238303033323137" },
	{ "ISDN", OCTETS("150862028003217 004"),
		"0f31353038363230323830303332313703303034" },
	{ "RT", OCTETS("1 a."), "0001016100" },
	{ "NSAP", OCTETS("0x47.0005.80.005a00.0000.0001.e133.ffffff000161.00"),
		"47000580005a0000000001e133ffffff00016100" },
	{ "NSAP-PTR", OCTETS("foo.bar."), "03666f6f0362617200" },
	{ "PX", OCTETS("10 a. b."), "000a016100016200" },
	{ "GPOS", OCTETS("-32.6882 116.8652 10.0"),
		"082d33322e36383832083131362e383635320431302e30" },
	{ "LOC", OCTETS("51 30 12.748 N 0 7 39.612 W 0.00m"),
		"001216138b0d2c8c7ff8fca400989680" },
	{ "LOC", OCTETS("42 21 54 N 71 06 18 W -24m 30m"),
		"0033161389172dd070be15f000988d20" },
	{ "LOC", OCTETS("0 N 180 W 10 1 2 3"),
		"001222328000000059604e0000989a68" },
	{ "LOC", OCTETS("90 S 0 0 0.001 E 42849672.95m 0m 90000000m 0.01m"),
		"000099106cb0270080000001ffffffff" },
	{ "KX", OCTETS("10 a."), "000a016100" },
	{ "CERT", OCTETS("1 65535 8 AQID"), "0001ffff08010203" },
	{ "CERT", OCTETS("PGP 0 0 AQIDBA=="), "000300000001020304" },
	{ "APL", OCTETS("1:192.168.32.0/21 !1:192.168.38.0/28"),
		"00011503c0a82000011c83c0a826" },
	{ "APL", OCTETS("2:2001:db8::/32"), "0002200420010db8" },
	{ "APL", OCTETS("!1:0.0.0.0/0"), "00010080" },
	{ "IPSECKEY", OCTETS(
		"10 1 2 192.0.2.38 AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSG"
		"vgqt4AQ=="),
		"0a0102c0000226010351537986ed35533b6064478eeeb27b5bd74dae14"
		"9b6e81ba3a0521af82ab7801" },
	{ "IPSECKEY", OCTETS("10 0 2 . AQID"), "0a0002010203" },
	{ "IPSECKEY", OCTETS("10 3 2 mygateway.example.com. AQID"),
		"0a0302096d7967617465776179076578616d706c6503636f6d00010203" },
	{ "IPSECKEY", OCTETS("10 2 2 2001:db8::1 AQ ID"),
		"0a020220010db8000000000000000000000001010203" },
	{ "DNSKEY", OCTETS("257 3 13 AQIDBA=="), "0101030d01020304" },
	{ "CDNSKEY", OCTETS("0 3 0 AA=="), "0000030000" },
	{ "DHCID", OCTETS("AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA="),
		"000201636fc0b8271c82825bb1ac5c41cf5351aa69b4febd94e8f17cdb"
		"95000da48c40" },
	{ "SMIMEA", OCTETS("3 0 0 aabb"), "030000aabb" },
	{ "HIP", OCTETS("2 200100107B1A74DF365639CC39F1D578 AwEAAQ=="),
		"10020004200100107b1a74df365639cc39f1d57803010001" },
	{ "HIP", OCTETS("2 2001 AwEAAQ== rvs1.example.com. rvs2.example.com."),
		"020200042001030100010472767331076578616d706c6503636f6d0004"
		"72767332076578616d706c6503636f6d00" },
	{ "OPENPGPKEY", OCTETS("AQID"), "010203" },
	{ "CSYNC", OCTETS("66 3 A NS AAAA"), "000000420003000460000008" },
	{ "CSYNC", OCTETS("1 0 TYPE1234 CAA"),
		"000000010000010140041b000000000000000000000000000000000000"
		"000000000000000020" },
	{ "ZONEMD", OCTETS(
		"2018031500 1 1 0123456789abcdef0123456789abcdef0123456789"
		"abcdef0123456789abcdef0123456789abcdef0123456789abcdef"),
		"7848b78c01010123456789abcdef0123456789abcdef0123456789abcd"
		"ef0123456789abcdef0123456789abcdef0123456789abcdef" },
	{ "NID", OCTETS("10 0014:4fff:ff20:ee64"), "000a00144fffff20ee64" },
	{ "L32", OCTETS("10 10.1.2.0"), "000a0a010200" },
	{ "L64", OCTETS("10 2001:0DB8:1140:1000"), "000a20010db811401000" },
	{ "LP", OCTETS("10 l64.example.com."),
		"000a036c3634076578616d706c6503636f6d00" },
	{ "EUI48", OCTETS("00-00-5e-00-53-2a"), "00005e00532a" },
	{ "EUI64", OCTETS("00-00-5e-ef-10-00-00-2A"), "00005eef1000002a" },
	{ "URI", OCTETS("10 1 \"ftp://ftp1.example.com/public\""),
		"000a00016674703a2f2f667470312e6578616d706c652e636f6d2f7075"
		"626c6963" },
	{ "DLV", OCTETS("1 8 1 0123456789abcdef0123456789abcdef01234567"),
		"000108010123456789abcdef0123456789abcdef01234567" },
	{ "A", OCTETS("\\# 4 c0000201"), "c0000201" },
	{ "A", OCTETS("\\# 4 c0 00 02 01"), "c0000201" },
	{ "AAAA", OCTETS("\\# 16 20010db8000000000000000000000001"),
		"20010db8000000000000000000000001" },
	{ "MX", OCTETS("\\# 3 000a00"), "000a00" },
	{ "MX", OCTETS("\\# 5 000a014100"), "000a014100" },
	{ "CNAME", OCTETS("\\# 3 014100"), "014100" },
	{ "TXT", OCTETS("\\# 4 03616263"), "03616263" },
	{ "TYPE65280", OCTETS("\\# 0"), "" },
	{ "TYPE65280", OCTETS("\\# 3 0a\t0b 0C"), "0a0b0c" },
	{ "TYPE65280", OCTETS("\\# 3 ( 0a\n0b\n0c )"), "0a0b0c" },
	{ "NULL", OCTETS("\\# 1 00"), "00" },
	{ "WKS", OCTETS("\\# 6 c00002010640"), "c00002010640" },
	{ "ATMA", OCTETS("\\# 3 013132"), "013132" },
	{ "A6", OCTETS("\\# 2 80 00"), "8000" },
	{ "A6", OCTETS("\\# 5 79 7f 01 61 00"), "797f016100" },
	{ "TYPE54", OCTETS("\\# 1 00"), "00" },
	{ "SOA", OCTETS("\\# 22 00 00 00000001 00000002 00000003"
		" 00000004 00000005"),
		"00000000000100000002000000030000000400000005" },
	{ "HTTPS", OCTETS("\\# 9 0001 00 0003 0002 01bb"),
		"0001000003000201bb" },
	{ "MB", OCTETS("a"), "016100" },
	{ "MD", OCTETS("a"), "016100" },
	{ "MF", OCTETS("a"), "016100" },
	{ "MG", OCTETS("a"), "016100" },
	{ "MR", OCTETS("a"), "016100" },
	{ "MINFO", OCTETS("a b"), "016100016200" },
	{ "TALINK", OCTETS("a b"), "016100016200" },
	{ "SINK", OCTETS("\\# 4 01020301"), "01020301" },
	{ "KEY", OCTETS("256 3 5 AQID"), "01000305010203" },
	{ "EID", OCTETS("0A bC"), "0abc" },
	{ "NIMLOC", OCTETS("00"), "00" },
	{ "ISDN", OCTETS("\\# 2 0161"), "0161" },
	/* types that libldns 1.8.3 did not read, or not by name */
	{ "WKS", OCTETS("192.0.2.1 tcp 25 80 0"), "c000020106800000400000"
		"0000000080" },
	{ "WKS", OCTETS("192.0.2.1 17"), "c000020111" },
	{ "SINK", OCTETS("1 2 3 AQID"), "010203010203" },
	{ "SINK", OCTETS("1 2 3"), "010203" },
	{ "ATMA", OCTETS("+49.30"), "0134393330" },
	{ "ATMA", OCTETS("47.0005.80"), "0047000580" },
	{ "A6", OCTETS("0 2001:db8::1"), "0020010db8000000000000000000000001"
		},
	{ "A6", OCTETS("64 ::1 a.b."), "4000000000000000010161016200" },
	{ "A6", OCTETS("60 2001:db8::f:0:0:0:1 a."),
		"3c0f00000000000000010161" "00" },
	{ "A6", OCTETS("128 a."), "80016100" },
	{ "NINFO", OCTETS("a \"b c\""), "01610362" "2063" },
	{ "RKEY", OCTETS("0 3 RSASHA256 AQID"), "00000308010203" },
	{ "CDS", OCTETS("0 0 0 0"), "0000000000" },
	{ "CDNSKEY", OCTETS("0 3 0 0"), "0000030000" },
	{ "DS", OCTETS("1 ecdsap256sha256 SHA-1 0123456789abcdef0123456789abcd"
		"ef01234567"),
		"00010d010123456789abcdef0123456789abcdef01234567" },
	{ "TLSA", OCTETS("DANE-EE Cert Full 00"), "03000000" },
	{ "DSYNC", OCTETS("CDS NOTIFY 5359 a."), "003b0114ef016100" },
	{ "DSYNC", OCTETS("TYPE65280 200 1 a."), "ff00c80001016100" },
	{ "HHIT", OCTETS("AQ ID"), "010203" },
	{ "BRID", OCTETS("AQID"), "010203" },
	{ "AVC", OCTETS("a b"), "01610162" },
	{ "DOA", OCTETS("0 1 2 \"text/plain\" AQID"), "0000000000000001"
		"020a746578742f706c61696e010203" },
	{ "DOA", OCTETS("4294967295 1 2 \"\" -"), "ffffffff000000010200" },
	{ "AMTRELAY", OCTETS("10 0 1 192.0.2.1"), "0a01c0000201" },
	{ "AMTRELAY", OCTETS("10 1 2 2001:db8::1"),
		"0a8220010db8000000000000000000000001" },
	{ "AMTRELAY", OCTETS("10 1 3 a."), "0a83016100" },
	{ "AMTRELAY", OCTETS("10 0 0 ."), "0a00" },
	{ "RESINFO", OCTETS("qnamemin exterr=15-17"),
		"08716e616d656d696e0c6578746572723d31352d3137" },
	{ "WALLET", OCTETS("BTC x"), "034254430178" },
	{ "CLA", OCTETS("TCP-v4-v6"), "095443502d76342d7636" },
	{ "IPN", OCTETS("18446744073709551615"), "ffffffffffffffff" },
	{ "IPN", OCTETS("1.2"), "0000000100000002" },
	{ "TA", OCTETS("1 8 1 0123456789abcdef0123456789abcdef01234567"),
		"000108010123456789abcdef0123456789abcdef01234567" },
	{ "HTTPS", OCTETS("1 . tls-supported-groups=29,23 docpath=a,b\\\\,c "
		"pvd oots=x"), "000100" "00090004001d0017" "000a0006016103622c"
		"63" "000b0000" "000c000178" },
	{ "HTTPS", OCTETS("1 . key9=ab key10"), "000100" "000900026162"
		"000a0000" },
	{ "APL", OCTETS("\\# 0"), "" },
	{ "CSYNC", OCTETS("1 0"), "000000010000" },
};

/** The octets of hexadecimal digits. @return how many. */
static size_t
octets_of(const char* hex, uint8_t* octets)
{
	size_t n;
	for(n = 0; hex[2 * n]; n++) {
		unsigned octet;
		assert_int_equal(sscanf(hex + 2 * n, "%2x", &octet), 1);
		octets[n] = (uint8_t)octet;
	}
	return n;
}

/** What is written of rdata is a line of ASCII, which is read as the same. */
static void
check_round(uint16_t type, const uint8_t* octets, size_t len)
{
	static char text[1 << 16];
	static struct rdata again;
	char reason[RDATA_REASON_MAX];
	size_t n = rdata_write(type, octets, len, text, sizeof(text)), i;
	check(n < sizeof(text) && strlen(text) == n, "%s has a NUL", text);
	for(i = 0; i < n; i++)
		check(text[i] >= ' ' && text[i] <= '~', "%s is no line", text);
	check(rdata_read(&again, type, text, n, reason), "%u %s: %s",
		(unsigned)type, text, reason);
	check(again.len == len && memcmp(again.wire, octets, len) == 0,
		"%u %s: other rdata", (unsigned)type, text);
}

static void
test_good(void** state)
{
	char reason[RECORD_REASON_MAX];
	uint8_t octets[256];
	size_t i, len;
	(void)state;
	for(i = 0; i < COUNT(good); i++) {
		const struct good* row = &good[i];
		uint16_t type = type_of(row->type);
		struct record_set set;
		check(type != 0, "%s is no type", row->type);
		check(parse(&set, type, row->text, row->len, reason),
			"%s %s: %s", row->type, row->text, reason);
		assert_int_equal(set.count, 1);
		assert_true(set.ttl == RECORD_TTL_NONE);
		len = octets_of(row->rdata, octets);
		check(set.rdata_len == len + 2 && memcmp(set.rdata + 2,
			octets, len) == 0, "%s %s: other rdata", row->type,
			row->text);
		check(!rdata_check(type, octets, len), "%s %s: %s", row->type,
			row->text, rdata_check(type, octets, len));
		check_round(type, octets, len);
		record_set_clear(&set);
	}
}

/** The same rdata is good as \\# LENGTH HEX, and with one octet less or more
 * it is refused, or at least well-formed too. */
static void
test_generic_form(void** state)
{
	char reason[RECORD_REASON_MAX], text[600];
	uint8_t octets[256];
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(good); i++) {
		uint16_t type = type_of(good[i].type);
		size_t len = octets_of(good[i].rdata, octets);
		struct record_set set;
		int n = snprintf(text, sizeof(text), "\\# %zu %s", len,
			good[i].rdata);
		check(parse(&set, type, text, (size_t)n, reason), "%s %s: %s",
			good[i].type, text, reason);
		check(set.rdata_len == len + 2 && memcmp(set.rdata + 2,
			octets, len) == 0, "%s: other rdata", text);
		record_set_clear(&set);
		n = snprintf(text, sizeof(text), "\\# %zu %s00", len + 1,
			good[i].rdata);
		if(parse(&set, type, text, (size_t)n, reason))
			check_round(type, set.rdata + 2, set.rdata_len - 2);
		record_set_clear(&set);
	}
}

/** Good rdata with any octet replaced by any other: what is taken of it
 * is written, and read again. */
static void
test_garbled_rdata(void** state)
{
	uint8_t octets[256];
	unsigned octet;
	size_t i, at;
	(void)state;
	for(i = 0; i < COUNT(good); i++) {
		uint16_t type = type_of(good[i].type);
		size_t len = octets_of(good[i].rdata, octets);
		for(at = 0; at < len; at++) {
			uint8_t was = octets[at];
			for(octet = 0; octet < 256; octet++) {
				octets[at] = (uint8_t)octet;
				if(!rdata_check(type, octets, len))
					check_round(type, octets, len);
			}
			octets[at] = was;
		}
		for(at = 0; at < len; at++) {
			uint8_t* cut = (uint8_t*)copy_exactly(octets, at);
			if(!rdata_check(type, cut, at))
				check_round(type, cut, at);
			free(cut);
		}
	}
}

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
	char reason[RECORD_REASON_MAX];
	uint8_t octets[256];
	size_t i, len;
	(void)state;
	for(i = 0; i < COUNT(texts); i++) {
		const struct good* row = &texts[i];
		struct record_set set;
		check(parse(&set, type_of(row->type), row->text, row->len,
			reason), "%s: %s", row->text, reason);
		len = octets_of(row->rdata, octets);
		check(set.rdata_len == len + 2 && memcmp(set.rdata + 2,
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
	char reason[RECORD_REASON_MAX];
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(doubtful); i++) {
		const struct doubtful* row = &doubtful[i];
		struct record_set set;
		check(parse(&set, type_of(row->type), row->text,
			strlen(row->text), reason), "%s %s: %s", row->type,
			row->text, reason);
		check(row->why ? strstr(reason, row->why) != NULL : !*reason,
			"%s %s: %s", row->type, row->text, reason);
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
	char reason[RECORD_REASON_MAX];
	size_t i, at;
	(void)state;
	for(i = 0; i < COUNT(rows); i++) {
		struct record_set set;
		char* text = malloc(rows[i][0]);
		bool ok;
		assert_non_null(text);
		memset(text, 'x', rows[i][0]);
		ok = parse(&set, TYPE_TXT, text, rows[i][0], reason);
		free(text);
		check(ok == (rows[i][1] > 0), "row %zu: %s", i, reason);
		if(!ok)
			assert_non_null(strstr(reason, "over 63000 octets"));
		if(ok)
			assert_int_equal(set.rdata_len, rows[i][1] + 2);
		for(at = 0; ok && at < rows[i][1]; at += 256) {
			size_t left = rows[i][1] - at;
			assert_int_equal(set.rdata[2 + at],
				left > 255 ? 255 : left - 1);
		}
		record_set_clear(&set);
	}
}

/* --- what is bad --------------------------------------------------------- */

/** A value that is none. */
struct bad {
	/** the type */
	const char* type;
	/** the value */
	const char* text;
	/** octets of it */
	size_t len;
	/** a part of the reason */
	const char* why;
};

static const struct bad bad[] = {
	/* every reason says what was expected */
	{ "MX", OCTETS("x"), "; expected preference and host, such as 10 m" },
	{ "HINFO", OCTETS("x"), "; expected the rdata of type HINFO in pre" },
	{ "TYPE65280", OCTETS("x"), "; expected \\# LENGTH HEX, such as" },
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
	/* text that looks like JSON, and JSON without text */
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
	{ "MX", OCTETS("[\"\"]"), "\"\" is no record" },
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
	{ "HIP", OCTETS("2 2001 AwEAAQ="), "is not base64" },
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

static void
test_bad(void** state)
{
	char reason[RECORD_REASON_MAX];
	size_t i, at;
	(void)state;
	for(i = 0; i < COUNT(bad); i++) {
		const struct bad* row = &bad[i];
		struct record_set set;
		check(!parse(&set, type_of(row->type), row->text, row->len,
			reason), "%s %s is a value", row->type, row->text);
		check(strstr(reason, row->why), "%s %s: %s", row->type,
			row->text, reason);
		check(strlen(reason) < RECORD_REASON_MAX - 1, "%s is cut",
			reason);
		for(at = 0; reason[at]; at++)
			assert_in_range(reason[at], ' ', '~');
		record_set_clear(&set);
	}
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
	char reason[RECORD_REASON_MAX];
	uint8_t octets[256];
	size_t i, len;
	(void)state;
	for(i = 0; i < COUNT(several); i++) {
		const struct several* row = &several[i];
		struct record_set set;
		check(parse(&set, type_of(row->type), row->text, row->len,
			reason), "%s: %s", row->text, reason);
		len = octets_of(row->rdata, octets);
		check(set.ttl == row->ttl && set.count == row->count, "%s: "
			"TTL %u, count %u", row->text, (unsigned)set.ttl,
			(unsigned)set.count);
		check(set.rdata_len == len && memcmp(set.rdata, octets, len)
			== 0, "%s: other rdata", row->text);
		record_set_clear(&set);
	}
}

/* --- all types ----------------------------------------------------------- */

/** Whether there is a good row of a type in its presentation format. */
static bool
has_row(uint16_t type)
{
	size_t i;
	for(i = 0; i < COUNT(good); i++) {
		if(type_of(good[i].type) == type)
			return true;
	}
	return false;
}

/** Garbage is refused by all types that have fields; and there is a row for
 * each of them. */
static void
test_all_types(void** state)
{
	static const char* const garbage[] = { "\\# 1 ff", "\\# 3 ffffff",
		"\\# 2 c00c", "\\# 20 ffffffffffffffffffffffffffffffffffffffff",
		"( ; )", "\"",
		"() )", "\\", "\\# 1", "\\# -1 00" };
	/* these are all that garbage may be */
	static const char* const any[] = { "NULL", "TYPE54", "A6", "EID",
		"NIMLOC", "NSAP", "ATMA", "WKS", "DHCID", "OPENPGPKEY",
		"DNSKEY", "CDNSKEY", "KEY", "RKEY", "SINK", "CERT", "DS",
		"CDS", "TA", "DLV", "TLSA", "SMIMEA", "SSHFP", "URI",
		"IPSECKEY", "DOA", "ZONEMD", "RKEY", "HHIT", "BRID" };
	char reason[RECORD_REASON_MAX], name[TYPE_TEXT_MAX];
	unsigned type;
	size_t i;
	(void)state;
	for(type = 1; type <= UINT16_MAX; type++) {
		if(!rdata_has_format((uint16_t)type))
			continue;
		type_to_text((uint16_t)type, name);
		check(has_row((uint16_t)type), "%s: no row", name);
		for(i = 0; i < COUNT(any); i++) {
			if(strcmp(any[i], name) == 0)
				break;
		}
		for(size_t n = i < COUNT(any) ? 4 : 0; n < COUNT(garbage);
			n++) {
			struct record_set set;
			check(!parse(&set, (uint16_t)type, garbage[n],
				strlen(garbage[n]), reason) ||
				type == TYPE_TXT ||
				type == TYPE_SPF, "%s: %s", name,
				garbage[n]);
			record_set_clear(&set);
		}
	}
}

/* --- long values --------------------------------------------------------- */

/** Read a value with a part that is repeated. */
static bool
parse_repeated(const char* type, const char* before, const char* repeated,
	size_t times, const char* behind, char* reason, size_t* rdata_len)
{
	size_t one = strlen(repeated), len = strlen(before), i;
	char* text = malloc(len + one * times + strlen(behind) + 1);
	struct record_set set;
	bool ok;
	assert_non_null(text);
	strcpy(text, before);
	for(i = 0; i < times; i++, len += one)
		memcpy(text + len, repeated, one);
	strcpy(text + len, behind);
	ok = parse(&set, type_of(type), text, strlen(text), reason);
	*rdata_len = ok ? set.rdata_len - 2 : 0;
	record_set_clear(&set);
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
		{ "CNAME", "[", "\"a\",", 10000, "\"a\"]", 0 },
	};
	char reason[RECORD_REASON_MAX];
	size_t i, len;
	(void)state;
	for(i = 0; i < COUNT(rows); i++) {
		bool ok = parse_repeated(rows[i].type, rows[i].before,
			rows[i].repeated, rows[i].times, rows[i].behind,
			reason, &len);
		check(ok == (rows[i].len > 0), "row %zu, %s: %s", i,
			rows[i].type, ok ? "it is good" : reason);
		check(len == rows[i].len, "row %zu: %zu octets", i, len);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_generic_form),
		cmocka_unit_test(test_garbled_rdata),
		cmocka_unit_test(test_doubtful),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_text_long),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_several),
		cmocka_unit_test(test_all_types),
		cmocka_unit_test(test_long),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
