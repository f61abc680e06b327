/*
 * tests/unit/test_zone.c - do zones answer as the RFCs have it?
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "dns/answer.h"
#include "dns/type.h"
#include "dns/zone.h"
#include <arpa/inet.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <urcu/urcu-bp.h>
#include <setjmp.h>
#include <cmocka.h>

/** room for an answer as text */
#define SHOWN_MAX 8192
/** zones of the test with many */
#define MANY 1000

#define COUNT(table) (sizeof(table) / sizeof(*(table)))

/** Fail with words of one's own, to tell the row of a table. */
#define check(condition, ...) \
	do { \
		if(!(condition)) \
			fail_msg(__VA_ARGS__); \
	} while(0)

/* --- helpers ------------------------------------------------------------- */

static void
read_name(struct name* name, const char* text)
{
	const char* why = name_from_text(name, text, strlen(text));
	check(!why, "%s: %s", text, why);
}

/** Settings of a zone, the same for all but for the apex. */
static void
settings_init(struct zone_settings* settings, const char* apex)
{
	memset(settings, 0, sizeof(*settings));
	read_name(&settings->apex, apex);
	read_name(&settings->mname, "ns1.example.");
	read_name(&settings->rname, "root.example.");
	settings->ttl = 300;
	settings->refresh = 1;
	settings->retry = 2;
	settings->expire = 3;
	settings->minimum = 60;
}

static struct store*
store_new(void)
{
	struct store_listener listener = { NULL, NULL, NULL, NULL };
	struct store* store = store_create(&listener);
	assert_non_null(store);
	return store;
}

/** Put a key and its value into the store. */
static void
put(struct store* store, const char* path, const char* value)
{
	char reason[RECORD_REASON_MAX];
	struct record_key key;
	struct record_set set;
	const char* why = record_parse_key(&key, path, strlen(path));
	check(!why, "%s: %s", path, why);
	check(record_parse_value(&set, key.type, value, strlen(value),
		reason), "%s: %s", value, reason);
	assert_true(store_put(store, &key, &set));
	record_set_clear(&set);
	assert_true(store_commit(store));
}

/** Write the numbers at the end of an SOA's rdata. */
static size_t
show_soa(const uint8_t* rdata, size_t len, char* out)
{
	char name[NAME_TEXT_MAX];
	struct name_walk mname;
	size_t at = (size_t)sprintf(out, " %s", name_to_text(rdata, name));
	size_t mname_len = 0, i;
	/* find where mname ends: where it is one well-formed name */
	while(!name_walk_init(&mname, rdata, ++mname_len, 0))
		assert_true(mname_len < len);
	at += (size_t)sprintf(out + at, " %s", name_to_text(rdata + mname_len,
		name));
	for(i = len - 20; i < len; i += 4)
		at += (size_t)sprintf(out + at, " %u",
			(unsigned)rdata[i] << 24 |
			(unsigned)rdata[i + 1] << 16 |
			(unsigned)rdata[i + 2] << 8 | (unsigned)rdata[i + 3]);
	return at;
}

/** Write one record: an address, a name, or an SOA. */
static size_t
show_rdata(uint16_t type, const uint8_t* rdata, size_t len, char* out)
{
	char address[INET6_ADDRSTRLEN], name[NAME_TEXT_MAX];
	struct name_walk walk;
	if(type == TYPE_SOA)
		return show_soa(rdata, len, out);
	if(type == TYPE_NS) {
		assert_true(name_walk_init(&walk, rdata, len, 0));
		return (size_t)sprintf(out, " %s", name_to_text(rdata, name));
	}
	assert_int_equal(len, type == TYPE_A ? 4 : 16);
	assert_non_null(inet_ntop(type == TYPE_A ? AF_INET : AF_INET6, rdata,
		address, sizeof(address)));
	return (size_t)sprintf(out, " %s", address);
}

/** Write one RRset: section, owner, type, TTL and records. */
static size_t
show_rrset(const struct answer_rrset* rrset, char* out)
{
	char text[NAME_TEXT_MAX], type[16];
	struct name_walk walk;
	size_t at = 0, used;
	uint32_t i;
	if(rrset->owner)
		assert_true(name_walk_init(&walk, rrset->owner,
			rrset->owner_len, 0));
	used = (size_t)sprintf(out, "%s %s %s %u",
		rrset->section == ANSWER_ANSWER ? "an" : "au",
		rrset->owner ? name_to_text(rrset->owner, text) : "@",
		record_type_to_text(rrset->type, type), (unsigned)rrset->ttl);
	for(i = 0; i < rrset->count; i++) {
		size_t len = (size_t)(rrset->rdata[at] << 8 |
			rrset->rdata[at + 1]);
		used += show_rdata(rrset->type, rrset->rdata + at + 2, len,
			out + used);
		at += 2 + len;
	}
	assert_int_equal(at, rrset->rdata_len);
	return used;
}

/** Ask the zones, and write the whole answer as text; "REFUSED" if no zone
 * has the name. */
static const char*
ask(struct store* store, const struct zones* zones, const char* qname,
	uint16_t type, char* out)
{
	struct name name;
	struct name_walk walk;
	struct answer answer;
	struct zone* zone;
	size_t i, used;
	read_name(&name, qname);
	assert_true(name_walk_init(&walk, name.wire, name.len,
		store_seed(store)));
	zone = zones_find(zones, &walk, type);
	if(!zone)
		return "REFUSED";
	memset(&answer, 0xff, sizeof(answer));
	store_read_lock(store);
	zone_answer(zone, &walk, type, &answer);
	assert_true(answer.count <= ANSWER_RRSETS_MAX);
	used = (size_t)sprintf(out, "%s", answer.rcode == 0 ? "NOERROR" :
		answer.rcode == 3 ? "NXDOMAIN" : "?");
	for(i = 0; i < answer.count; i++) {
		used += (size_t)sprintf(out + used, " | ");
		used += show_rrset(&answer.rrset[i], out + used);
	}
	store_read_unlock(store);
	return out;
}

/** A question and its answer. */
struct ask_case {
	/** qname */
	const char* name;
	/** qtype */
	uint16_t type;
	/** the answer as text, as ask writes it */
	const char* answer;
};

static void
check_cases(struct store* store, const struct zones* zones,
	const struct ask_case* row, size_t count)
{
	char out[SHOWN_MAX];
	for(; count > 0; count--, row++) {
		const char* is = ask(store, zones, row->name, row->type, out);
		check(strcmp(is, row->answer) == 0, "%s %u: \"%s\", not "
			"\"%s\"", row->name, (unsigned)row->type, is,
			row->answer);
	}
}

/** The serial of a zone, from its SOA. */
static unsigned
serial_of(struct store* store, const struct zones* zones, const char* apex)
{
	char out[SHOWN_MAX];
	const char* is = ask(store, zones, apex, TYPE_SOA, out);
	unsigned serial;
	check(sscanf(is, "NOERROR | an @ SOA %*u ns1.example. root.example. "
		"%u", &serial) == 1, "%s", is);
	return serial;
}

/** The zone for a name. */
static struct zone*
find_zone(const struct store* store, const struct zones* zones,
	const char* text, uint16_t type)
{
	struct name name;
	struct name_walk walk;
	read_name(&name, text);
	assert_true(name_walk_init(&walk, name.wire, name.len,
		store_seed(store)));
	return zones_find(zones, &walk, type);
}

/* --- which zone ---------------------------------------------------------- */

/** A question, and the zone that answers it. */
struct find_case {
	/** qname */
	const char* name;
	/** qtype */
	uint16_t type;
	/** apex; NULL for none */
	const char* apex;
};

static const struct find_case nested_cases[] = {
	{ "example.com.", TYPE_A, "example.com." },
	{ "foo.example.com.", TYPE_A, "example.com." },
	{ "EXAMPLE.com.", TYPE_A, "example.com." },
	{ "a.b.c.d.example.com.", TYPE_A, "example.com." },
	/* nested: the longest */
	{ "sub.example.com.", TYPE_A, "sub.example.com." },
	{ "x.sub.example.com.", TYPE_A, "sub.example.com." },
	{ "y.z.sub.example.com.", TYPE_A, "y.z.sub.example.com." },
	{ "a.y.z.sub.example.com.", TYPE_A, "y.z.sub.example.com." },
	{ "z.sub.example.com.", TYPE_A, "sub.example.com." },
	/* suffixes are of labels */
	{ "xsub.example.com.", TYPE_A, "example.com." },
	{ "xexample.com.", TYPE_A, NULL },
	{ "com.", TYPE_A, NULL },
	{ ".", TYPE_A, NULL },
	{ "example.org.", TYPE_A, NULL },
	{ "example.com.org.", TYPE_A, NULL },
	/* DS is the parent's */
	{ "example.com.", TYPE_DS, NULL },
	{ "foo.example.com.", TYPE_DS, "example.com." },
	{ "sub.example.com.", TYPE_DS, "example.com." },
	{ "x.sub.example.com.", TYPE_DS, "sub.example.com." },
	{ "y.z.sub.example.com.", TYPE_DS, "sub.example.com." },
	{ "a.y.z.sub.example.com.", TYPE_DS, "y.z.sub.example.com." },
	{ ".", TYPE_DS, NULL },
	/* and no other type is */
	{ "sub.example.com.", TYPE_NS, "sub.example.com." },
	{ "sub.example.com.", TYPE_SOA, "sub.example.com." },
	{ "sub.example.com.", TYPE_ANY, "sub.example.com." },
};

static const struct find_case root_cases[] = {
	{ ".", TYPE_A, "." },
	{ "com.", TYPE_A, "." },
	{ "a.b.c.com.", TYPE_A, "." },
	{ "example.com.", TYPE_A, "example.com." },
	{ "x.example.com.", TYPE_A, "example.com." },
	{ "example.com.", TYPE_DS, "." },
	{ "com.", TYPE_DS, "." },
	{ ".", TYPE_DS, NULL },
	{ ".", TYPE_SOA, "." },
};

/** Make zones with these apexes, and look for each row. */
static void
check_find(const char* const* apex, size_t count, const struct find_case* row,
	size_t rows)
{
	struct store* store = store_new();
	struct zone_settings* settings = calloc(count + 1, sizeof(*settings));
	struct zones* zones;
	size_t i;
	assert_non_null(settings);
	for(i = 0; i < count; i++)
		settings_init(&settings[i], apex[i]);
	zones = zones_create(store, settings, count);
	assert_non_null(zones);
	/* they are copied */
	memset(settings, 0xff, count * sizeof(*settings));
	free(settings);
	for(i = 0; i < rows; i++, row++) {
		struct zone* zone = find_zone(store, zones, row->name,
			row->type);
		struct zone* expected = !row->apex ? NULL : find_zone(store,
			zones, row->apex, TYPE_SOA);
		check(!row->apex == !expected, "%s", row->apex);
		check(zone == expected, "%s %u", row->name,
			(unsigned)row->type);
	}
	zones_delete(zones);
	store_delete(store);
}

static void
test_find(void** state)
{
	static const char* const nested[] = { "example.com.",
		"y.z.sub.example.com.", "sub.example.com." };
	static const char* const with_root[] = { "example.com.", "." };
	static const struct find_case none[] = { { ".", TYPE_A, NULL },
		{ "example.com.", TYPE_A, NULL },
		{ "example.com.", TYPE_DS, NULL } };
	(void)state;
	check_find(nested, COUNT(nested), nested_cases, COUNT(nested_cases));
	check_find(with_root, COUNT(with_root), root_cases,
		COUNT(root_cases));
	check_find(NULL, 0, none, COUNT(none));
	zones_delete(NULL);
}

/** Different zones are different: check_find alone would not notice. */
static void
test_find_tells_apart(void** state)
{
	struct store* store = store_new();
	struct zone_settings settings[2];
	struct zones* zones;
	(void)state;
	settings_init(&settings[0], "a.com.");
	settings_init(&settings[1], "b.com.");
	zones = zones_create(store, settings, 2);
	assert_non_null(zones);
	assert_non_null(find_zone(store, zones, "a.com.", TYPE_A));
	assert_non_null(find_zone(store, zones, "b.com.", TYPE_A));
	assert_ptr_not_equal(find_zone(store, zones, "a.com.", TYPE_A),
		find_zone(store, zones, "b.com.", TYPE_A));
	zones_delete(zones);
	store_delete(store);
}

/* --- answers ------------------------------------------------------------- */

/** the zone example.com., with NS, and sub.example.com., without */
static const char* const plain_data[][2] = {
	{ "com/example/foo/A", "[\"192.0.2.2\",\"192.0.2.1\"]" },
	{ "com/example/foo/AAAA", "2001:db8::1" },
	{ "com/example/six/AAAA", "2001:db8::6" },
	{ "com/example/b/a/A", "192.0.2.3" },
	{ "com/example/ttl/A",
		"{\"ttl\":0,\"rdata\":\"192.0.2.4\"}" },
	{ "com/example/long/A",
		"{\"ttl\":86400,\"rdata\":\"192.0.2.5\"}" },
	{ "com/example/mixed/A/x",
		"{\"ttl\":86400,\"rdata\":\"192.0.2.6\"}" },
	{ "com/example/mixed/A/y", "192.0.2.7" },
	{ "com/example/low/A/x",
		"{\"ttl\":20,\"rdata\":\"192.0.2.6\"}" },
	{ "com/example/low/A/y", "192.0.2.7" },
	{ "com/example/max/A",
		"{\"ttl\":2147483647,\"rdata\":\"192.0.2.8\"}" },
	{ "com/example/sub/foo/A", "192.0.2.9" },
	{ "com/example/sub/A", "192.0.2.10" },
};

#define SOA_RDATA " ns1.example. root.example. 0 1 2 3 60"
#define NEGATIVE " | au example.com. SOA 60" SOA_RDATA
#define NODATA "NOERROR" NEGATIVE
#define NXDOMAIN "NXDOMAIN" NEGATIVE

static const struct ask_case plain_cases[] = {
	/* data */
	{ "foo.example.com.", TYPE_A,
		"NOERROR | an @ A 300 192.0.2.1 192.0.2.2" },
	{ "FOO.example.com.", TYPE_A,
		"NOERROR | an @ A 300 192.0.2.1 192.0.2.2" },
	{ "foo.example.com.", TYPE_AAAA,
		"NOERROR | an @ AAAA 300 2001:db8::1" },
	/* no data */
	{ "foo.example.com.", TYPE_MX, NODATA },
	{ "foo.example.com.", TYPE_NS, NODATA },
	{ "foo.example.com.", TYPE_SOA, NODATA },
	{ "foo.example.com.", TYPE_DS, NODATA },
	{ "six.example.com.", TYPE_A, NODATA },
	/* an empty non-terminal (RFC 8020) */
	{ "b.example.com.", TYPE_A, NODATA },
	{ "b.example.com.", TYPE_ANY, NODATA },
	{ "a.b.example.com.", TYPE_A, "NOERROR | an @ A 300 192.0.2.3" },
	/* no name */
	{ "bar.example.com.", TYPE_A, NXDOMAIN },
	{ "bar.example.com.", TYPE_ANY, NXDOMAIN },
	{ "bar.example.com.", TYPE_SOA, NXDOMAIN },
	{ "bar.example.com.", TYPE_DS, NXDOMAIN },
	{ "x.foo.example.com.", TYPE_A, NXDOMAIN },
	{ "x.y.z.foo.example.com.", TYPE_A, NXDOMAIN },
	{ "c.b.example.com.", TYPE_A, NXDOMAIN },
	/* TTLs: the key's, or the zone's, and the lowest of several */
	{ "ttl.example.com.", TYPE_A, "NOERROR | an @ A 0 192.0.2.4" },
	{ "long.example.com.", TYPE_A, "NOERROR | an @ A 86400 192.0.2.5" },
	{ "max.example.com.", TYPE_A,
		"NOERROR | an @ A 2147483647 192.0.2.8" },
	{ "mixed.example.com.", TYPE_A,
		"NOERROR | an @ A 300 192.0.2.6 192.0.2.7" },
	{ "low.example.com.", TYPE_A,
		"NOERROR | an @ A 20 192.0.2.6 192.0.2.7" },
	/* ANY gets one RRset (RFC 8482) */
	{ "foo.example.com.", TYPE_ANY,
		"NOERROR | an @ A 300 192.0.2.1 192.0.2.2" },
	{ "six.example.com.", TYPE_ANY,
		"NOERROR | an @ AAAA 300 2001:db8::6" },
	/* the apex without records */
	{ "example.com.", TYPE_SOA, "NOERROR | an @ SOA 300" SOA_RDATA },
	{ "example.com.", TYPE_NS,
		"NOERROR | an @ NS 300 ns1.example. ns2.example.net." },
	{ "example.com.", TYPE_A, NODATA },
	{ "example.com.", TYPE_ANY, "NOERROR | an @ SOA 300" SOA_RDATA },
	/* the apex with records and without NS; TTL and minimum of its own */
	{ "sub.example.com.", TYPE_A, "NOERROR | an @ A 30 192.0.2.10" },
	{ "sub.example.com.", TYPE_ANY, "NOERROR | an @ A 30 192.0.2.10" },
	{ "sub.example.com.", TYPE_SOA,
		"NOERROR | an @ SOA 30 ns1.example. root.example. "
		"0 1 2 3 60" },
	{ "sub.example.com.", TYPE_NS,
		"NOERROR | au sub.example.com. SOA 30 ns1.example. "
		"root.example. 0 1 2 3 60" },
	{ "foo.sub.example.com.", TYPE_A, "NOERROR | an @ A 30 192.0.2.9" },
	{ "bar.sub.example.com.", TYPE_A,
		"NXDOMAIN | au sub.example.com. SOA 30 ns1.example. "
		"root.example. 0 1 2 3 60" },
	/* DS at the cut is the parent's to deny */
	{ "sub.example.com.", TYPE_DS, NODATA },
	{ "example.com.", TYPE_DS, "REFUSED" },
	{ "example.org.", TYPE_A, "REFUSED" },
};

/** Two zones and their data. */
struct two_zones {
	/** the store */
	struct store* store;
	/** the zones */
	struct zones* zones;
	/** their settings */
	struct zone_settings settings[2];
	/** name servers of the first */
	struct name ns[2];
};

static void
two_zones_create(struct two_zones* two)
{
	two->store = store_new();
	settings_init(&two->settings[0], "example.com.");
	read_name(&two->ns[0], "ns1.example.");
	read_name(&two->ns[1], "ns2.example.net.");
	two->settings[0].ns = two->ns;
	two->settings[0].ns_count = 2;
	settings_init(&two->settings[1], "sub.example.com.");
	two->settings[1].ttl = 30;
	two->zones = zones_create(two->store, two->settings, 2);
	assert_non_null(two->zones);
}

static void
two_zones_clear(struct two_zones* two)
{
	zones_delete(two->zones);
	store_delete(two->store);
}

static void
test_answers(void** state)
{
	struct two_zones two;
	size_t i;
	(void)state;
	two_zones_create(&two);
	/* NS names are copied, too */
	memset(two.ns, 0xff, sizeof(two.ns));
	for(i = 0; i < COUNT(plain_data); i++)
		put(two.store, plain_data[i][0], plain_data[i][1]);
	check_cases(two.store, two.zones, plain_cases, COUNT(plain_cases));
	two_zones_clear(&two);
}

/** the zone of RFC 4592 2.2.1, as far as its types are served; TXT, MX and
 * SRV are A here */
static const char* const wild_data[][2] = {
	{ "example/*/A", "192.0.2.1" },
	{ "example/*/sub/A", "192.0.2.2" },
	{ "example/host1/A", "192.0.2.3" },
	{ "example/host1/_tcp/_ssh/A", "192.0.2.4" },
	{ "example/host2/_tcp/_ssh/A", "192.0.2.5" },
	/* a wildcard that is an empty non-terminal, one with a TTL, one with
	 * another type only, and one below another */
	{ "example/ent/*/x/A", "192.0.2.6" },
	{ "example/ttl/*/A", "{\"ttl\":5,\"rdata\":\"192.0.2.7\"}" },
	{ "example/six/*/AAAA", "2001:db8::1" },
	{ "example/deep/*/*/A", "192.0.2.8" },
	/* a label that has a star and more is no wildcard */
	{ "example/star/*x/A", "192.0.2.9" },
};

#define WILD_NEGATIVE " | au example. SOA 60" SOA_RDATA
#define WILD_NODATA "NOERROR" WILD_NEGATIVE
#define WILD_NXDOMAIN "NXDOMAIN" WILD_NEGATIVE

static const struct ask_case wild_cases[] = {
	/* answers that are synthesized, by RFC 4592 2.2.1 */
	{ "host3.example.", TYPE_A, "NOERROR | an @ A 300 192.0.2.1" },
	{ "foo.bar.example.", TYPE_A, "NOERROR | an @ A 300 192.0.2.1" },
	{ "a.b.c.d.example.", TYPE_A, "NOERROR | an @ A 300 192.0.2.1" },
	{ "host3.example.", TYPE_AAAA, WILD_NODATA },
	{ "host3.example.", TYPE_ANY, "NOERROR | an @ A 300 192.0.2.1" },
	{ "host3.example.", TYPE_NS, WILD_NODATA },
	{ "host3.example.", TYPE_SOA, WILD_NODATA },
	{ "host3.example.", TYPE_DS, WILD_NODATA },
	/* and those that are not */
	{ "host1.example.", TYPE_AAAA, WILD_NODATA },
	{ "host1.example.", TYPE_A, "NOERROR | an @ A 300 192.0.2.3" },
	{ "*.example.", TYPE_A, "NOERROR | an @ A 300 192.0.2.1" },
	{ "sub.*.example.", TYPE_A, "NOERROR | an @ A 300 192.0.2.2" },
	{ "sub.*.example.", TYPE_AAAA, WILD_NODATA },
	{ "_telnet._tcp.host1.example.", TYPE_A, WILD_NXDOMAIN },
	{ "x.host1.example.", TYPE_A, WILD_NXDOMAIN },
	{ "host2.example.", TYPE_A, WILD_NODATA },
	{ "_tcp.host2.example.", TYPE_A, WILD_NODATA },
	{ "x.host2.example.", TYPE_A, WILD_NXDOMAIN },
	{ "ghost.*.example.", TYPE_A, WILD_NXDOMAIN },
	{ "a.ghost.*.example.", TYPE_A, WILD_NXDOMAIN },
	/* the apex exists */
	{ "example.", TYPE_A, WILD_NODATA },
	/* a wildcard that exists without records gives no data (2.2.2) */
	{ "a.ent.example.", TYPE_A, WILD_NODATA },
	{ "a.b.ent.example.", TYPE_A, WILD_NODATA },
	{ "x.a.ent.example.", TYPE_A, WILD_NODATA },
	{ "x.*.ent.example.", TYPE_A, "NOERROR | an @ A 300 192.0.2.6" },
	{ "*.ent.example.", TYPE_A, WILD_NODATA },
	{ "a.ttl.example.", TYPE_A, "NOERROR | an @ A 5 192.0.2.7" },
	{ "a.six.example.", TYPE_A, WILD_NODATA },
	{ "a.six.example.", TYPE_AAAA, "NOERROR | an @ AAAA 300 2001:db8::1" },
	{ "a.six.example.", TYPE_ANY, "NOERROR | an @ AAAA 300 2001:db8::1" },
	{ "six.example.", TYPE_AAAA, WILD_NODATA },
	/* only one wildcard is looked at: that of the closest encloser */
	{ "a.deep.example.", TYPE_A, WILD_NODATA },
	{ "a.*.deep.example.", TYPE_A, "NOERROR | an @ A 300 192.0.2.8" },
	{ "a.b.deep.example.", TYPE_A, WILD_NODATA },
	{ "x.star.example.", TYPE_A, WILD_NXDOMAIN },
	{ "xx.star.example.", TYPE_A, WILD_NXDOMAIN },
	{ "*x.star.example.", TYPE_A, "NOERROR | an @ A 300 192.0.2.9" },
};

static void
test_wildcards(void** state)
{
	struct store* store = store_new();
	struct zone_settings settings;
	struct zones* zones;
	size_t i;
	(void)state;
	settings_init(&settings, "example.");
	zones = zones_create(store, &settings, 1);
	assert_non_null(zones);
	for(i = 0; i < COUNT(wild_data); i++)
		put(store, wild_data[i][0], wild_data[i][1]);
	check_cases(store, zones, wild_cases, COUNT(wild_cases));
	zones_delete(zones);
	store_delete(store);
}

/** A wildcard of a zone stops at the apex of a zone inside it, and one above
 * the apex is no business of the zone's. */
static void
test_wildcards_end_at_apex(void** state)
{
	static const struct ask_case cases[] = {
		{ "x.example.com.", TYPE_A, "NOERROR | an @ A 300 192.0.2.1" },
		{ "sub.example.com.", TYPE_A, "NOERROR | au sub.example.com. "
			"SOA 30" SOA_RDATA },
		{ "x.sub.example.com.", TYPE_A, "NXDOMAIN | au "
			"sub.example.com. SOA 30" SOA_RDATA },
		{ "x.y.sub.example.com.", TYPE_A, "NXDOMAIN | au "
			"sub.example.com. SOA 30" SOA_RDATA },
	};
	struct two_zones two;
	(void)state;
	two_zones_create(&two);
	put(two.store, "com/example/*/A", "192.0.2.1");
	/* as if there had been another zone */
	put(two.store, "com/*/A", "192.0.2.2");
	check_cases(two.store, two.zones, cases, COUNT(cases));
	two_zones_clear(&two);
}

static void
test_root_zone(void** state)
{
	static const struct ask_case cases[] = {
		{ ".", TYPE_A, "NOERROR | an @ A 300 192.0.2.1" },
		{ ".", TYPE_SOA, "NOERROR | an @ SOA 300" SOA_RDATA },
		{ ".", TYPE_AAAA, "NOERROR | au . SOA 60" SOA_RDATA },
		{ ".", TYPE_DS, "REFUSED" },
		{ "com.", TYPE_A, "NOERROR | an @ A 300 192.0.2.2" },
		{ "com.", TYPE_DS, "NOERROR | au . SOA 60" SOA_RDATA },
		{ "org.", TYPE_A, "NXDOMAIN | au . SOA 60" SOA_RDATA },
		{ "x.net.", TYPE_A, "NOERROR | an @ A 300 192.0.2.3" },
	};
	struct store* store = store_new();
	struct zone_settings settings;
	struct zones* zones;
	(void)state;
	settings_init(&settings, ".");
	zones = zones_create(store, &settings, 1);
	assert_non_null(zones);
	put(store, "A", "192.0.2.1");
	put(store, "com/A", "192.0.2.2");
	put(store, "net/*/A", "192.0.2.3");
	check_cases(store, zones, cases, COUNT(cases));
	put(store, "*/A", "192.0.2.4");
	assert_string_equal(ask(store, zones, "a.b.org.", TYPE_A,
		(char[SHOWN_MAX]){ 0 }), "NOERROR | an @ A 300 192.0.2.4");
	zones_delete(zones);
	store_delete(store);
}

/** TTL and minimum of a zone, and the TTLs that come of them. */
struct ttl_case {
	/** the zone's TTL */
	uint32_t ttl;
	/** minimum of its SOA */
	uint32_t minimum;
	/** what an answer without data says */
	const char* negative;
	/** what an answer with a key without a TTL says */
	const char* positive;
	/** what the SOA says if it was asked for */
	const char* soa;
};

static const struct ttl_case ttl_cases[] = {
	{ 300, 60, "SOA 60 ", "A 300 ", "SOA 300 " },
	{ 60, 300, "SOA 60 ", "A 60 ", "SOA 60 " },
	{ 60, 60, "SOA 60 ", "A 60 ", "SOA 60 " },
	{ 0, 60, "SOA 0 ", "A 0 ", "SOA 0 " },
	{ 60, 0, "SOA 0 ", "A 60 ", "SOA 60 " },
	{ 2147483647, 2147483647, "SOA 2147483647 ", "A 2147483647 ",
		"SOA 2147483647 " },
};

static void
test_ttls(void** state)
{
	char out[SHOWN_MAX];
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(ttl_cases); i++) {
		const struct ttl_case* row = &ttl_cases[i];
		struct store* store = store_new();
		struct zone_settings settings;
		struct zones* zones;
		settings_init(&settings, "example.");
		settings.ttl = row->ttl;
		settings.minimum = row->minimum;
		zones = zones_create(store, &settings, 1);
		assert_non_null(zones);
		put(store, "example/a/A", "192.0.2.1");
		check(strstr(ask(store, zones, "x.example.", TYPE_A, out),
			row->negative), "row %zu: %s", i, out);
		check(strstr(ask(store, zones, "a.example.", TYPE_AAAA, out),
			row->negative), "row %zu: %s", i, out);
		check(strstr(ask(store, zones, "a.example.", TYPE_A, out),
			row->positive), "row %zu: %s", i, out);
		check(strstr(ask(store, zones, "example.", TYPE_SOA, out),
			row->soa), "row %zu: %s", i, out);
		zones_delete(zones);
		store_delete(store);
	}
}

/** An SOA of the longest names fits, and so does the longest apex. */
static void
test_longest_names(void** state)
{
	char text[260], expected[SHOWN_MAX], out[SHOWN_MAX];
	struct store* store = store_new();
	struct zone_settings settings;
	struct zones* zones;
	unsigned i;
	(void)state;
	for(i = 0; i < 254; i += 2)
		memcpy(text + i, "x.", 3);
	settings_init(&settings, text);
	read_name(&settings.mname, text);
	text[0] = 'r';
	read_name(&settings.rname, text);
	zones = zones_create(store, &settings, 1);
	assert_non_null(zones);
	text[0] = 'x';
	sprintf(expected, "NOERROR | an @ SOA 300 %s r%s 0 1 2 3 60", text,
		text + 1);
	assert_string_equal(ask(store, zones, text, TYPE_SOA, out), expected);
	text[0] = 'y';
	assert_string_equal(ask(store, zones, text, TYPE_A, out), "REFUSED");
	zones_delete(zones);
	store_delete(store);
}

/* --- serials ------------------------------------------------------------- */

/** Something that happens to a zone, and its serial then. */
struct serial_case {
	/** revision that is seen; 0 for none */
	int64_t seen;
	/** whether the zone changes */
	bool changed;
	/** whether zones_settle is called */
	bool settle;
	/** the serial */
	unsigned serial;
};

static const struct serial_case serial_cases[] = {
	/* a change at a revision nobody knows of counts, too */
	{ 0, false, true, 0 },
	{ 0, true, true, 1 },
	/* the highest revision seen, when something changed */
	{ 10, true, false, 1 },
	{ 0, false, true, 10 },
	{ 20, false, true, 10 },
	{ 0, true, true, 20 },
	/* several changes at once */
	{ 30, true, false, 20 },
	{ 32, true, false, 20 },
	{ 31, true, false, 20 },
	{ 0, false, true, 32 },
	/* nothing new: nothing changes */
	{ 0, false, true, 32 },
	{ 32, false, true, 32 },
	/* revisions that go back, or stay: one more each time */
	{ 5, true, true, 33 },
	{ 6, true, true, 34 },
	{ 34, true, true, 35 },
	{ 35, true, true, 36 },
	/* and when they have come past it, again as they say */
	{ 100, true, true, 100 },
	{ 101, true, true, 101 },
	/* 32 bits of it are the serial (RFC 1982) */
	{ 4294967295, true, true, 4294967295u },
	{ 4294967296, true, true, 0 },
	{ 4294967300, true, true, 4 },
	{ 7, true, true, 5 },
	{ INT64_MAX - 1, true, true, 4294967294u },
	{ INT64_MAX, true, true, 4294967295u },
};

static void
test_serials(void** state)
{
	struct two_zones two;
	struct zone* zone;
	size_t i;
	(void)state;
	two_zones_create(&two);
	zone = find_zone(two.store, two.zones, "example.com.", TYPE_A);
	for(i = 0; i < COUNT(serial_cases); i++) {
		const struct serial_case* row = &serial_cases[i];
		unsigned serial;
		if(row->seen)
			zone_seen(zone, row->seen);
		if(row->changed)
			zone_changed(zone);
		if(row->settle)
			zones_settle(two.zones);
		serial = serial_of(two.store, two.zones, "example.com.");
		check(serial == row->serial, "row %zu: %u, not %u", i, serial,
			row->serial);
		/* it is no other zone's business */
		assert_int_equal(serial_of(two.store, two.zones,
			"sub.example.com."), 0);
	}
	two_zones_clear(&two);
}

/** Zones settle together, each by what it has seen itself. */
static void
test_serials_of_many(void** state)
{
	struct two_zones two;
	struct zone *one, *other;
	(void)state;
	two_zones_create(&two);
	one = find_zone(two.store, two.zones, "example.com.", TYPE_A);
	other = find_zone(two.store, two.zones, "sub.example.com.", TYPE_A);
	zone_seen(one, 7);
	zone_seen(other, 9);
	zone_changed(one);
	zone_changed(other);
	zone_changed(one);
	zones_settle(two.zones);
	assert_int_equal(serial_of(two.store, two.zones, "example.com."), 7);
	assert_int_equal(serial_of(two.store, two.zones, "sub.example.com."),
		9);
	zone_changed(other);
	zones_settle(two.zones);
	assert_int_equal(serial_of(two.store, two.zones, "example.com."), 7);
	assert_int_equal(serial_of(two.store, two.zones, "sub.example.com."),
		10);
	two_zones_clear(&two);
}

/** Negative answers have the serial, too. */
static void
test_serial_in_negative_answer(void** state)
{
	struct two_zones two;
	struct zone* zone;
	char out[SHOWN_MAX];
	(void)state;
	two_zones_create(&two);
	zone = find_zone(two.store, two.zones, "example.com.", TYPE_A);
	zone_seen(zone, 305419896);
	zone_changed(zone);
	zones_settle(two.zones);
	assert_string_equal(ask(two.store, two.zones, "x.example.com.",
		TYPE_A, out), "NXDOMAIN | au example.com. SOA 60 "
		"ns1.example. root.example. 305419896 1 2 3 60");
	two_zones_clear(&two);
}

/* --- new settings -------------------------------------------------------- */

/** Apexes, and whether they are the same set as that of two_zones. */
struct match_case {
	/** apexes; NULL ends them */
	const char* apex[4];
	/** whether they match */
	bool match;
};

static const struct match_case match_cases[] = {
	{ { "example.com.", "sub.example.com." }, true },
	{ { "sub.example.com.", "example.com." }, true },
	{ { "Example.COM", "sub.example.com" }, true },
	{ { "example.com." }, false },
	{ { "sub.example.com." }, false },
	{ { NULL }, false },
	{ { "example.com.", "sub.example.com.", "example.org." }, false },
	{ { "example.com.", "example.org." }, false },
	{ { "example.com.", "com." }, false },
	{ { "example.com.", "bus.example.com." }, false },
};

static void
test_match(void** state)
{
	struct zone_settings settings[4];
	struct two_zones two;
	size_t i, count;
	(void)state;
	two_zones_create(&two);
	for(i = 0; i < COUNT(match_cases); i++) {
		const struct match_case* row = &match_cases[i];
		for(count = 0; row->apex[count]; count++) {
			settings_init(&settings[count], row->apex[count]);
			/* whatever else they say */
			settings[count].ttl = 12345;
		}
		check(zones_match(two.zones, settings, count) == row->match,
			"row %zu", i);
	}
	two_zones_clear(&two);
}

static const struct ask_case before_update[] = {
	{ "example.com.", TYPE_NS,
		"NOERROR | an @ NS 300 ns1.example. ns2.example.net." },
	{ "sub.example.com.", TYPE_SOA, "NOERROR | an @ SOA 30" SOA_RDATA },
	{ "foo.example.com.", TYPE_A, "NOERROR | an @ A 300 192.0.2.1" },
};

static const struct ask_case after_update[] = {
	{ "example.com.", TYPE_NS, "NOERROR | au example.com. SOA 5 "
		"new.example. new-root.example. 77 6 7 8 5" },
	{ "example.com.", TYPE_SOA, "NOERROR | an @ SOA 9 "
		"new.example. new-root.example. 77 6 7 8 5" },
	{ "sub.example.com.", TYPE_NS,
		"NOERROR | an @ NS 31 new-ns.example." },
	{ "sub.example.com.", TYPE_SOA, "NOERROR | an @ SOA 31" SOA_RDATA },
	{ "foo.example.com.", TYPE_A, "NOERROR | an @ A 9 192.0.2.1" },
};

/** New settings, in another order; NS go from one zone to the other. */
static void
update_settings(struct zone_settings* settings, struct name* ns)
{
	settings_init(&settings[1], "example.com.");
	settings[1].ttl = 9;
	settings[1].refresh = 6;
	settings[1].retry = 7;
	settings[1].expire = 8;
	settings[1].minimum = 5;
	read_name(&settings[1].mname, "new.example.");
	read_name(&settings[1].rname, "new-root.example.");
	settings_init(&settings[0], "sub.example.com.");
	settings[0].ttl = 31;
	settings[0].ns = ns;
	settings[0].ns_count = 1;
	read_name(ns, "new-ns.example.");
}

static void
test_update(void** state)
{
	struct two_zones two;
	struct zone_settings settings[2];
	struct name ns;
	struct zone* zone;
	char out[SHOWN_MAX];
	(void)state;
	two_zones_create(&two);
	put(two.store, "com/example/foo/A", "192.0.2.1");
	check_cases(two.store, two.zones, before_update,
		COUNT(before_update));
	zone = find_zone(two.store, two.zones, "example.com.", TYPE_A);
	zone_seen(zone, 77);
	zone_changed(zone);
	zones_settle(two.zones);
	update_settings(settings, &ns);
	assert_true(zones_update(two.zones, settings, 2));
	memset(&ns, 0xff, sizeof(ns));
	memset(settings, 0xff, sizeof(settings));
	check_cases(two.store, two.zones, after_update, COUNT(after_update));
	/* the zone is still the same, and its serial goes on */
	assert_ptr_equal(find_zone(two.store, two.zones, "example.com.",
		TYPE_A), zone);
	zone_changed(zone);
	zones_settle(two.zones);
	check(strstr(ask(two.store, two.zones, "example.com.", TYPE_SOA, out),
		" 78 6 7 8 5"), "%s", out);
	two_zones_clear(&two);
}

/** A set of no zones. */
static void
test_no_zones(void** state)
{
	struct store* store = store_new();
	struct zones* zones = zones_create(store, NULL, 0);
	(void)state;
	assert_non_null(zones);
	assert_null(find_zone(store, zones, "example.com.", TYPE_A));
	assert_true(zones_match(zones, NULL, 0));
	assert_true(zones_update(zones, NULL, 0));
	zones_settle(zones);
	zones_delete(zones);
	store_delete(store);
}

/* --- many zones ---------------------------------------------------------- */

/** Apex of the i-th of the many: some are inside others. */
static void
many_apex(char* text, unsigned i)
{
	if(i % 10 == 0)
		sprintf(text, "z%u.example.", i);
	else	sprintf(text, "sub%u.z%u.example.", i, i - i % 10);
}

/** Fail unless each of the many finds its own names, and no others. */
static void
many_check(const struct store* store, const struct zones* zones)
{
	char apex[64], name[80];
	struct zone* last = NULL;
	unsigned i;
	for(i = 0; i < MANY; i++) {
		struct zone* zone;
		many_apex(apex, i);
		zone = find_zone(store, zones, apex, TYPE_A);
		check(zone, "%s", apex);
		assert_ptr_not_equal(zone, last);
		last = zone;
		sprintf(name, "a.b.%s", apex);
		check(find_zone(store, zones, name, TYPE_A) == zone, "%s",
			name);
		sprintf(name, "x%s", apex);
		check(find_zone(store, zones, name, TYPE_A) != zone, "%s",
			name);
		if(i % 10 == 0)
			check(!find_zone(store, zones, apex, TYPE_DS), "%s",
				apex);
	}
	assert_null(find_zone(store, zones, "example.", TYPE_A));
	assert_null(find_zone(store, zones, "z1000.example.", TYPE_A));
}

static void
test_many(void** state)
{
	struct zone_settings* settings = calloc(MANY, sizeof(*settings));
	struct store* store = store_new();
	struct zones* zones;
	char apex[64];
	unsigned i;
	(void)state;
	assert_non_null(settings);
	for(i = 0; i < MANY; i++) {
		many_apex(apex, i);
		settings_init(&settings[i], apex);
	}
	zones = zones_create(store, settings, MANY);
	assert_non_null(zones);
	/* the apexes, and the names above: "example." and "." */
	assert_int_equal(store_stats(store).names, MANY + 2);
	assert_true(zones_match(zones, settings, MANY));
	assert_false(zones_match(zones, settings, MANY - 1));
	many_check(store, zones);
	for(i = 0; i < MANY; i++) {
		struct zone* zone;
		many_apex(apex, i);
		zone = find_zone(store, zones, apex, TYPE_A);
		zone_seen(zone, (int64_t)i + 1);
		zone_changed(zone);
	}
	zones_settle(zones);
	assert_true(zones_update(zones, settings, MANY));
	for(i = 0; i < MANY; i++) {
		many_apex(apex, i);
		assert_int_equal(serial_of(store, zones, apex), i + 1);
	}
	zones_delete(zones);
	store_delete(store);
	free(settings);
}

/** A test that has failed while it read would hold up the stores of others. */
static int
teardown(void** state)
{
	(void)state;
	while(urcu_bp_read_ongoing())
		urcu_bp_read_unlock();
	return 0;
}

#define test(function) \
	cmocka_unit_test_teardown(function, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_find),
		test(test_find_tells_apart),
		test(test_answers),
		test(test_wildcards),
		test(test_wildcards_end_at_apex),
		test(test_root_zone),
		test(test_ttls),
		test(test_longest_names),
		test(test_serials),
		test(test_serials_of_many),
		test(test_serial_in_negative_answer),
		test(test_match),
		test(test_update),
		test(test_no_zones),
		test(test_many),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
