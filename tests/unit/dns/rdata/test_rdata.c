/*
 * tests/unit/dns/rdata/test_rdata.c - is rdata of every type read and written?
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
		"pvd oots=dot:100,doq:0"), "000100" "00090004001d0017"
		"000a0006016103622c63" "000b0000" "000c000a03646f746403646f71"
		"00" },
	{ "SVCB", OCTETS("1 . key12=\\003dot\\010"), "000100"
		"000c000503646f740a" },
	{ "HTTPS", OCTETS("1 . key9=ab key10"), "000100" "000900026162"
		"000a0000" },
	{ "APL", OCTETS("\\# 0"), "" },
	{ "CSYNC", OCTETS("1 0"), "000000010000" },
};

/** What is written of rdata is a line of ASCII, which is read as the same. */
static void
check_round(uint16_t type, const uint8_t* octets, size_t len)
{
	static char text[1 << 16];
	static struct rdata again;
	struct reason reason;
	size_t n = rdata_write(type, octets, len, text, sizeof(text)), i;
	check(n < sizeof(text) && strlen(text) == n, "%s has a NUL", text);
	for(i = 0; i < n; i++)
		check(text[i] >= ' ' && text[i] <= '~', "%s is no line", text);
	check(rdata_read(&again, type, text, n, &reason), "%u %s: %s",
		(unsigned)type, text, reason.text);
	check(again.len == len && memcmp(again.wire, octets, len) == 0,
		"%u %s: other rdata", (unsigned)type, text);
}

static void
test_good(void** state)
{
	static struct rdata rdata;
	struct reason reason;
	uint8_t octets[256];
	size_t i, len;
	(void)state;
	for(i = 0; i < COUNT(good); i++) {
		const struct good* row = &good[i];
		uint16_t type = type_of(row->type);
		check(read_exactly(&rdata, type, row->text, row->len, &reason),
			"%s %s: %s", row->type, row->text, reason.text);
		len = octets_of(row->rdata, octets);
		check(rdata.len == len && memcmp(rdata.wire, octets, len) ==
			0, "%s %s: other rdata", row->type, row->text);
		check_round(type, octets, len);
	}
}

/** The same rdata is good as \\# LENGTH HEX, and with one octet more it is
 * refused, or at least well-formed too. */
static void
test_generic_form(void** state)
{
	static struct rdata rdata;
	struct reason reason;
	char text[600];
	uint8_t octets[256];
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(good); i++) {
		uint16_t type = type_of(good[i].type);
		size_t len = octets_of(good[i].rdata, octets);
		int n = snprintf(text, sizeof(text), "\\# %zu %s", len,
			good[i].rdata);
		check(read_exactly(&rdata, type, text, (size_t)n, &reason),
			"%s %s: %s", good[i].type, text, reason.text);
		check(rdata.len == len && memcmp(rdata.wire, octets, len) ==
			0, "%s: other rdata", text);
		n = snprintf(text, sizeof(text), "\\# %zu %s00", len + 1,
			good[i].rdata);
		if(read_exactly(&rdata, type, text, (size_t)n, &reason))
			check_round(type, rdata.wire, rdata.len);
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

/** What is written of a value. */
static const struct {
	/** the type */
	const char* type;
	/** the value */
	const char* text;
	/** the text */
	const char* written;
} written[] = {
	{ "CNAME", "WWW.Example.com", "WWW.Example.com." },
	{ "CNAME", "a\\.b\\032c", "a\\.b\\032c." },
	{ "SOA", "n. h. ( 1 1h\n1d 4 5 )", "n. h. 1 3600 86400 4 5" },
	{ "TXT", "a \"b \\\"c\\\\\\200\"",
		"\"a\" \"b \\\"c\\\\\\200\"" },
	{ "CAA", "0 issue ca.net", "0 issue \"ca.net\"" },
	{ "CDS", "0 0 0 0", "0 0 0 00" },
	{ "CDNSKEY", "0 3 0 0", "0 3 0 AA==" },
	{ "DNSKEY", "257 3 ED25519 AQ ID", "257 3 15 AQID" },
	{ "LOC", "51 30 N 0 7 39.6 W -2m", "51 30 0.000 N 0 7 39.600 W "
		"-2.00m 1.00m 10000.00m 10.00m" },
	{ "APL", "!1:192.0.2.0/24 2:2001:db8::/32",
		"!1:192.0.2.0/24 2:2001:db8::/32" },
	{ "APL", "\\# 0", "\\# 0" },
	{ "HTTPS", "1 . port=1 alpn=h2,a\\\\,b",
		"1 . alpn=\"h2,a\\\\,b\" port=1" },
	{ "HTTPS", "1 . ohttp mandatory=ohttp", "1 . mandatory=key8 key8" },
	{ "HTTPS", "1 . docpath=a,b", "1 . key10=\"\\001a\\001b\"" },
	{ "HTTPS", "1 . oots=a:65", "1 . key12=\"\\001aA\"" },
	{ "CSYNC", "1 3 AAAA A RESINFO TYPE999", "1 3 A AAAA RESINFO TYPE999"
		},
	/* a type 0 is not read by any name */
	{ "CSYNC", "\\# 9 000000010003000180", "\\# 9 000000010003000180" },
	{ "DSYNC", "CDS NOTIFY 53 a", "CDS 1 53 a." },
	{ "IPN", "1.2", "4294967298" },
	{ "MX", "\\# 3 000a00", "10 ." },
	{ "TYPE65280", "\\# 2 0A0b", "\\# 2 0a0b" },
};

static void
test_written(void** state)
{
	static struct rdata rdata;
	struct reason reason;
	char text[256];
	size_t i, n;
	(void)state;
	for(i = 0; i < COUNT(written); i++) {
		uint16_t type = type_of(written[i].type);
		check(read_exactly(&rdata, type, written[i].text,
			strlen(written[i].text), &reason), "%s: %s",
			written[i].text, reason.text);
		n = rdata_write(type, rdata.wire, rdata.len, text,
			sizeof(text));
		check(n == strlen(text) && strcmp(text, written[i].written) ==
			0, "%s: %s", written[i].text, text);
		/* cut off, and the same number is said */
		assert_int_equal(rdata_write(type, rdata.wire, rdata.len,
			text, 4), n);
		assert_memory_equal(text, written[i].written, 3);
		assert_int_equal(text[3], 0);
		assert_int_equal(rdata_write(type, rdata.wire, rdata.len,
			NULL, 0), n);
	}
	/* what is no rdata is written all the same */
	rdata_write(TYPE_A, (const uint8_t*)"\1", 1, text, sizeof(text));
	assert_string_equal(text, "\\# 1 01");
}

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
	static struct rdata rdata;
	struct reason reason;
	char name[TYPE_TEXT_MAX];
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
			check(!read_exactly(&rdata, (uint16_t)type,
				garbage[n], strlen(garbage[n]), &reason),
				"%s: %s", name, garbage[n]);
		}
	}
}

/** Names in a zone file are below the origin, or it. */
static void
test_in_zone(void** state)
{
	static const struct {
		const char *type, *text, *full;
	} rows[] = {
		{ "CNAME", "@", "example.com." },
		{ "CNAME", "\\@", "\\@.example.com." },
		{ "CNAME", "www", "www.example.com." },
		{ "CNAME", "www.example.net.", "www.example.net." },
		{ "CNAME", "WWW\\.", "WWW\\..example.com." },
		{ "CNAME", ".", "." },
		{ "MX", "10 192.0.2.1", "10 192.0.2.1.example.com." },
		{ "SOA", "@ a.b 1 1h 3 4 5", "example.com. "
			"a.b.example.com. 1 3600 3 4 5" },
		{ "SVCB", "0 @", "0 example.com." },
		{ "HIP", "2 200100107B1A74DF AwEAAQ== a @", "2 "
			"200100107b1a74df AwEAAQ== a.example.com. "
			"example.com." },
		{ "AMTRELAY", "1 0 3 relay", "1 0 3 relay.example.com." },
		{ "TXT", "@ a", "\"@\" \"a\"" },
	};
	static const uint8_t origin[] = "\7example\3com";
	static struct rdata rdata;
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(rows); i++) {
		struct rdata_place place = { .origin = origin };
		struct reason reason;
		char now[512];
		size_t len = strlen(rows[i].text);
		char* text = copy_exactly(rows[i].text, len);
		check(rdata_read_in_zone(&rdata, type_of(rows[i].type), text,
			len, &place, &reason), "%s: %s", rows[i].text,
			reason.text);
		rdata_write(type_of(rows[i].type), rdata.wire, rdata.len,
			now, sizeof(now));
		assert_string_equal(now, rows[i].full);
		/* nothing looks wrong, as the origin completes it */
		assert_string_equal(reason.text, "");
		/* without an origin, the final dot has to be there */
		place.origin = NULL;
		assert_int_equal(rdata_read_in_zone(&rdata,
			type_of(rows[i].type), text, len, &place, &reason),
			strcmp(rows[i].text, rows[i].full) == 0 ||
			*rows[i].type == 'T');
		free(text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_generic_form),
		cmocka_unit_test(test_garbled_rdata),
		cmocka_unit_test(test_written),
		cmocka_unit_test(test_all_types),
		cmocka_unit_test(test_in_zone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
