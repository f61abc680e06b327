/*
 * tests/unit/test_feed.c - do keys and values become what is served?
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "feed.h"
#include "dns/answer.h"
#include "dns/type.h"
#include "base/log.h"
#include <arpa/inet.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <urcu/urcu-bp.h>
#include <setjmp.h>
#include <cmocka.h>
#include "check.h"

/** lines of log that are kept */
#define LINES_MAX 64
/** octets of each that are kept */
#define LINE_OCTETS 2048
/** room for an answer as text */
#define SHOWN_MAX 4096
/** bad keys of a flood */
#define FLOOD 1000
/** changes that wait together */
#define MANY 2500

/** The lines that were logged, at most LINES_MAX of them. */
static char log_line[LINES_MAX][LINE_OCTETS];
/** Their levels. */
static enum helix_log_level log_level[LINES_MAX];
/** Number of lines that were logged. */
static size_t log_lines;
/** The counts that were logged last, which are no line of those. */
static char counts_line[128];
/** Number of times that they were. */
static size_t counts_lines;
/** What the clock says to the feed, in seconds. */
static time_t clock_now = 1000;

/* --- helpers ------------------------------------------------------------- */

int __wrap_clock_gettime(clockid_t id, struct timespec* now);

/** In the place of clock_gettime(2): time passes when a test says so. */
int
__wrap_clock_gettime(clockid_t id, struct timespec* now)
{
	(void)id;
	*now = (struct timespec){ .tv_sec = clock_now };
	return 0;
}

/** Steps of the store from one name to the next. */
static size_t steps;

struct cds_lfht;
struct cds_lfht_iter;
void __real_cds_lfht_next(struct cds_lfht* ht, struct cds_lfht_iter* iter);
void __wrap_cds_lfht_next(struct cds_lfht* ht, struct cds_lfht_iter* iter);

void
__wrap_cds_lfht_next(struct cds_lfht* ht, struct cds_lfht_iter* iter)
{
	steps++;
	__real_cds_lfht_next(ht, iter);
}

static void
capture(enum helix_log_level level, const char* line)
{
	size_t i;
	if(strncmp(line, "helix: keys served:", 19) == 0) {
		snprintf(counts_line, sizeof(counts_line), "%s", line);
		counts_lines++;
		return;
	}
	i = log_lines++;
	if(i >= LINES_MAX)
		return;
	log_level[i] = level;
	snprintf(log_line[i], LINE_OCTETS, "%s", line);
}

/** what the listener was told: owners and types */
static char overtaken[4096];
/** whether the last of them may have been part of a referral */
static bool last_referred;
/** the type of which answers are kept; 0: any, -1: none */
static int kept_type;
/** number of RRsets for which the listener was asked that */
static unsigned kept_asked;

/** how often it was told that changes are becoming visible, and that they
 * are */
static unsigned changing, changed;

static void
on_overtaken(void* arg, const struct name* owner, uint16_t type,
	bool referred)
{
	char owner_text[NAME_TEXT_MAX], type_text[TYPE_TEXT_MAX];
	size_t used = strlen(overtaken);
	assert_ptr_equal(arg, overtaken);
	/* whatever is overtaken is so by a change that is not complete */
	assert_int_equal(changing, changed + 1);
	last_referred = referred;
	snprintf(overtaken + used, sizeof(overtaken) - used, "%s%s %s",
		used ? ", " : "", name_to_text(owner->wire, owner_text),
		type_to_text(type, type_text));
}

static bool
is_kept(void* arg, const struct name* owner, uint16_t type)
{
	assert_ptr_equal(arg, overtaken);
	if(!owner)
		return kept_type >= 0;
	kept_asked++;
	return kept_type == 0 || kept_type == type;
}

static void
on_changing(void* arg)
{
	assert_ptr_equal(arg, overtaken);
	assert_int_equal(changing++, changed);
}

static void
on_all_changed(void* arg)
{
	assert_ptr_equal(arg, overtaken);
	assert_int_equal(++changed, changing);
}

static void
read_name(struct name* name, const char* text)
{
	const char* why = name_from_text(name, text, strlen(text));
	check(!why, "%s: %s", text, why);
}

static void
settings_init(struct zone_settings* settings, const char* apex)
{
	memset(settings, 0, sizeof(*settings));
	read_name(&settings->apex, apex);
	read_name(&settings->mname, "ns.example.");
	read_name(&settings->rname, "root.example.");
	settings->ttl = 300;
	settings->minimum = 60;
}

/** A feed of two zones with this prefix. */
static struct feed*
feed_of(const char* prefix, const char* one, const char* other)
{
	struct zone_settings settings[2];
	const struct feed_listener listener = { overtaken, on_overtaken,
		is_kept, on_changing, on_all_changed };
	struct feed* feed;
	char* copy = strdup(prefix);
	settings_init(&settings[0], one);
	settings_init(&settings[1], other);
	feed = feed_create(settings, 2, copy, &listener);
	assert_non_null(feed);
	/* all of it is copied */
	memset(copy, 'x', strlen(copy));
	free(copy);
	memset(settings, 0xff, sizeof(settings));
	return feed;
}

/** A feed of example.com. and example.org. with this prefix. */
static struct feed*
feed_new(const char* prefix)
{
	return feed_of(prefix, "example.com.", "example.org.");
}

static int
setup(void** state)
{
	log_lines = counts_lines = 0;
	*overtaken = 0;
	kept_type = 0;
	kept_asked = 0;
	helix_log_set_writer(capture);
	*state = feed_new("/helix");
	return 0;
}

static int
teardown(void** state)
{
	/* a test that has failed while it read would hold up the store */
	while(urcu_bp_read_ongoing())
		store_read_unlock(feed_store(*state));
	feed_delete(*state);
	helix_log_set_writer(NULL);
	return 0;
}

static void
put_octets(struct feed* feed, const char* key, size_t key_len,
	const char* value, size_t value_len, int64_t revision)
{
	assert_true(feed_sink(feed).put(feed, key, key_len, value, value_len,
		revision));
}

static void
put(struct feed* feed, const char* key, const char* value, int64_t revision)
{
	put_octets(feed, key, strlen(key), value, strlen(value), revision);
}

static void
gone_octets(struct feed* feed, const char* key, size_t len, int64_t revision)
{
	assert_true(feed_sink(feed).remove(feed, key, len, revision));
}

static void
gone(struct feed* feed, const char* key, int64_t revision)
{
	gone_octets(feed, key, strlen(key), revision);
}

/** A directory is gone, which ends where its memory does. */
static void
gone_below(struct feed* feed, const char* dir, size_t len, int64_t revision)
{
	char* copy = copy_exactly(dir, len);
	assert_true(feed_sink(feed).remove_below(feed, copy, len, revision));
	free(copy);
}

static void
commit(struct feed* feed)
{
	assert_true(feed_sink(feed).commit(feed));
}

static void
rollback(struct feed* feed)
{
	feed_sink(feed).rollback(feed);
}

static void
list_begin(struct feed* feed)
{
	feed_sink(feed).list_begin(feed);
}

/** Put FLOOD keys: a number between two texts. */
static void
put_many(struct feed* feed, const char* before, const char* behind,
	int64_t revision)
{
	char key[64];
	size_t i;
	for(i = 0; i < FLOOD; i++) {
		snprintf(key, sizeof(key), "%s%zu%s", before, i, behind);
		put(feed, key, "192.0.2.1", revision);
	}
}

static void
list_end(struct feed* feed, int64_t revision)
{
	assert_true(feed_sink(feed).list_end(feed, 0, revision));
}

/** Write the addresses of an A RRset. */
static void
show_addresses(const struct answer_rrset* rrset, char* out)
{
	uint32_t i;
	*out = 0;
	assert_int_equal(rrset->rdata_len, (size_t)6 * rrset->count);
	for(i = 0; i < rrset->count && i < 20; i++) {
		char address[INET_ADDRSTRLEN];
		assert_non_null(inet_ntop(AF_INET, rrset->rdata + 6 * i + 2,
			address, sizeof(address)));
		out += sprintf(out, "%s%s", i ? " " : "", address);
	}
}

/** What is served as a name's A records: addresses, or NODATA, NXDOMAIN or
 * REFUSED. */
static const char*
look(struct feed* feed, const char* text, char* out)
{
	struct name name;
	struct name_walk walk;
	struct answer answer;
	struct zone* zone;
	struct store* store = feed_store(feed);
	read_name(&name, text);
	assert_true(name_walk_init(&walk, name.wire, name.len,
		store_seed(store)));
	zone = zones_find(feed_zones(feed), &walk, TYPE_A);
	if(!zone)
		return "REFUSED";
	store_read_lock(store);
	zone_answer(zone, &walk, TYPE_A, 0, &answer);
	strcpy(out, answer.rcode ? "NXDOMAIN" : "NODATA");
	assert_int_equal(answer.count, 1);
	if(answer.rrset[0].type == TYPE_A)
		show_addresses(&answer.rrset[0], out);
	store_read_unlock(store);
	return out;
}

static void
expect(struct feed* feed, const char* text, const char* expected)
{
	char out[SHOWN_MAX];
	const char* is = look(feed, text, out);
	check(strcmp(is, expected) == 0, "%s: %s, not %s", text, is,
		expected);
}

/** The serial of a zone. */
static unsigned
serial_of(struct feed* feed, const char* apex)
{
	struct name name;
	struct name_walk walk;
	struct answer answer;
	struct zone* zone;
	struct store* store = feed_store(feed);
	const uint8_t* at;
	read_name(&name, apex);
	assert_true(name_walk_init(&walk, name.wire, name.len,
		store_seed(store)));
	zone = zones_find(feed_zones(feed), &walk, TYPE_SOA);
	assert_non_null(zone);
	store_read_lock(store);
	zone_answer(zone, &walk, TYPE_SOA, 0, &answer);
	store_read_unlock(store);
	assert_int_equal(answer.count, 1);
	assert_int_equal(answer.rrset[0].type, TYPE_SOA);
	at = answer.rrset[0].rdata + answer.rrset[0].rdata_len - 20;
	return (unsigned)at[0] << 24 | (unsigned)at[1] << 16 |
		(unsigned)at[2] << 8 | (unsigned)at[3];
}

static void
expect_stats(const struct feed* feed, size_t keys, size_t bad, size_t outside)
{
	struct feed_stats stats = feed_stats(feed);
	check(stats.keys == keys, "%zu keys, not %zu", stats.keys, keys);
	check(stats.bad == bad, "%zu bad, not %zu", stats.bad, bad);
	check(stats.outside == outside, "%zu outside, not %zu", stats.outside,
		outside);
}

/** Fail unless so many lines were logged. */
static void
expect_lines(size_t lines)
{
	check(log_lines == lines, "%zu lines, not %zu; the last is %s",
		log_lines, lines, log_lines && log_lines <= LINES_MAX ?
		log_line[log_lines - 1] : "-");
}

/* --- events -------------------------------------------------------------- */

static void
test_put_and_remove(void** state)
{
	struct feed* feed = *state;
	expect(feed, "foo.example.com.", "NXDOMAIN");
	put(feed, "/helix/com/example/foo/A", "192.0.2.1", 10);
	expect(feed, "foo.example.com.", "NXDOMAIN");
	expect_stats(feed, 0, 0, 0);
	commit(feed);
	expect(feed, "foo.example.com.", "192.0.2.1");
	expect_stats(feed, 1, 0, 0);
	put(feed, "/helix/com/example/foo/A/x", "192.0.2.2", 11);
	put(feed, "/helix/com/example/foo/A", "192.0.2.3", 12);
	commit(feed);
	expect(feed, "foo.example.com.", "192.0.2.2 192.0.2.3");
	gone(feed, "/helix/com/example/foo/A", 13);
	expect(feed, "foo.example.com.", "192.0.2.2 192.0.2.3");
	commit(feed);
	expect(feed, "foo.example.com.", "192.0.2.2");
	gone(feed, "/helix/com/example/foo/A/x", 14);
	gone(feed, "/helix/com/example/never/A", 14);
	commit(feed);
	expect(feed, "foo.example.com.", "NXDOMAIN");
	expect_stats(feed, 0, 0, 0);
	expect_lines(0);
}

/** The same name and type by other spellings: each key keeps its records. */
static void
test_spellings(void** state)
{
	struct feed* feed = *state;
	put(feed, "/helix/com/example/foo/A", "192.0.2.1", 10);
	put(feed, "/helix/com/example/Foo/A", "192.0.2.2", 11);
	put(feed, "/helix/com/example/foo/TYPE1", "192.0.2.3", 12);
	put(feed, "/helix/com/example/f\\111o/A", "192.0.2.4", 13);
	commit(feed);
	expect(feed, "foo.example.com.",
		"192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4");
	gone(feed, "/helix/com/example/Foo/A", 14);
	gone(feed, "/helix/com/example/f\\111o/A", 15);
	commit(feed);
	expect(feed, "foo.example.com.", "192.0.2.1 192.0.2.3");
	expect_stats(feed, 2, 0, 0);
}

static void
test_rollback(void** state)
{
	struct feed* feed = *state;
	put(feed, "/helix/com/example/foo/A", "192.0.2.1", 10);
	commit(feed);
	put(feed, "/helix/com/example/foo/A", "192.0.2.2", 11);
	put(feed, "/helix/com/example/bar/A", "192.0.2.3", 11);
	rollback(feed);
	commit(feed);
	expect(feed, "foo.example.com.", "192.0.2.1");
	expect(feed, "bar.example.com.", "NXDOMAIN");
	expect_stats(feed, 1, 0, 0);
	assert_int_equal(serial_of(feed, "example.com."), 10);
}

static void
test_delete(void** state)
{
	(void)state;
	feed_delete(NULL);
	/* the fixture's is deleted with all kinds of things in it */
	put(*state, "/helix/com/example/foo/A", "192.0.2.1", 10);
	commit(*state);
	put(*state, "/helix/com/example/foo/A", "192.0.2.2", 11);
	put(*state, "/helix/com/example/foo/RRSIG", "10 mail", 12);
	put(*state, "/helix/com/example/bar/A", "bad", 12);
	expect_stats(*state, 1, 2, 0);
}

/* --- prefixes ------------------------------------------------------------ */

/** A key under some prefix. */
struct prefix_case {
	/** prefix of the feed */
	const char* prefix;
	/** the key, whose value is 192.0.2.1 */
	const char* key;
	/** octets of it */
	size_t key_len;
	/** number of keys that are served then */
	size_t served;
	/** number of keys that are bad */
	size_t bad;
	/** number of keys that are outside */
	size_t outside;
};

static const struct prefix_case prefix_cases[] = {
	{ "/helix", OCTETS("/helix/com/example/foo/A"), 1, 0, 0 },
	/* keys of others, which are not a feed's business */
	{ "/helix", OCTETS("/helixir/com/example/foo/A"), 0, 0, 1 },
	{ "/helix", OCTETS("/helix"), 0, 0, 1 },
	{ "/helix", OCTETS("/heli"), 0, 0, 1 },
	{ "/helix", OCTETS(""), 0, 0, 1 },
	{ "/helix", OCTETS("helix/com/example/foo/A"), 0, 0, 1 },
	{ "/helix", OCTETS("/HELIX/com/example/foo/A"), 0, 0, 1 },
	{ "/helix", OCTETS("/other/helix/com/example/foo/A"), 0, 0, 1 },
	{ "/helix", OCTETS("/helix\0com/example/foo/A"), 0, 0, 1 },
	{ "/helix", OCTETS("/helixir/RRSIG"), 0, 0, 1 },
	/* in no zone */
	{ "/helix", OCTETS("/helix/net/example/foo/A"), 0, 0, 1 },
	{ "/helix", OCTETS("/helix/com/A"), 0, 0, 1 },
	{ "/helix", OCTETS("/helix/A"), 0, 0, 1 },
	{ "/helix", OCTETS("/helix/com/xexample/A"), 0, 0, 1 },
	/* at the apex, and in any case */
	{ "/helix", OCTETS("/helix/com/example/A"), 1, 0, 0 },
	{ "/helix", OCTETS("/helix/COM/Example/A"), 1, 0, 0 },
	{ "/helix", OCTETS("/helix/org/example/A/x"), 1, 0, 0 },
	/* below the prefix, and no key */
	{ "/helix", OCTETS("/helix/"), 0, 1, 0 },
	{ "/helix", OCTETS("/helix//com/example/foo/A"), 0, 1, 0 },
	{ "/helix", OCTETS("/helix/com/example/foo"), 0, 1, 0 },
	{ "/helix", OCTETS("/helix/com/example/foo\0/A"), 1, 0, 0 },
	/* other prefixes */
	{ "", OCTETS("/com/example/foo/A"), 1, 0, 0 },
	{ "", OCTETS("com/example/foo/A"), 0, 0, 1 },
	{ "", OCTETS("/helix/com/example/foo/A"), 0, 0, 1 },
	{ "", OCTETS("/"), 0, 1, 0 },
	{ "dns", OCTETS("dns/com/example/foo/A"), 1, 0, 0 },
	{ "dns", OCTETS("/dns/com/example/foo/A"), 0, 0, 1 },
	{ "/a/b/c", OCTETS("/a/b/c/com/example/foo/A"), 1, 0, 0 },
	{ "/a/b/c", OCTETS("/a/b/com/example/foo/A"), 0, 0, 1 },
	{ "/com/example", OCTETS("/com/example/com/example/foo/A"), 1, 0, 0 },
	{ "/com/example", OCTETS("/com/example/foo/A"), 0, 0, 1 },
	/* a prefix with a '/' at its end has one more in its keys */
	{ "/helix/", OCTETS("/helix//com/example/foo/A"), 1, 0, 0 },
};

static void
test_prefixes(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(prefix_cases); i++) {
		const struct prefix_case* row = &prefix_cases[i];
		struct feed* feed = feed_new(row->prefix);
		char* key = malloc(row->key_len);
		struct feed_stats stats;
		assert_non_null(key);
		memcpy(key, row->key, row->key_len);
		put_octets(feed, key, row->key_len, OCTETS("192.0.2.1"), 10);
		commit(feed);
		stats = feed_stats(feed);
		check(stats.keys == row->served, "row %zu: %zu keys", i,
			stats.keys);
		check(stats.bad == row->bad, "row %zu: %zu bad", i,
			stats.bad);
		check(stats.outside == row->outside, "row %zu: %zu outside",
			i, stats.outside);
		/* and it goes as it came */
		gone_octets(feed, key, row->key_len, 11);
		commit(feed);
		stats = feed_stats(feed);
		check(stats.keys == 0 && stats.bad == 0, "row %zu: rest", i);
		free(key);
		feed_delete(feed);
	}
}

/** Names outside the zones cost nothing: they are not in the store, and one of
 * them is in the log. */
static void
test_outside(void** state)
{
	struct feed* feed = *state;
	size_t names = store_stats(feed_store(feed)).names;
	put(feed, "/helix/net/example/foo/A", "192.0.2.1", 10);
	put(feed, "/helix/net/example/foo/A/x", "no address", 11);
	put(feed, "/helix/com/A", "192.0.2.1", 12);
	commit(feed);
	expect(feed, "foo.example.net.", "REFUSED");
	expect_stats(feed, 0, 0, 3);
	expect_lines(1);
	assert_int_equal(store_stats(feed_store(feed)).names, names);
	gone(feed, "/helix/com/A", 13);
	commit(feed);
	/* a list counts anew */
	list_begin(feed);
	expect_stats(feed, 0, 0, 0);
	put(feed, "/helix/net/example/foo/A", "192.0.2.1", 10);
	list_end(feed, 20);
	expect_stats(feed, 0, 0, 1);
	assert_int_equal(serial_of(feed, "example.com."), 0);
}

/** Of keys in none of the zones, one is named after each list, and one in an
 * hour of those that are put later. */
static void
test_outside_told(void** state)
{
	struct feed* feed = *state;
	list_begin(feed);
	put(feed, "/helix/net/example/one/A", "192.0.2.1", 10);
	put(feed, "/helix/net/example/two/A", "192.0.2.1", 10);
	expect_lines(0);
	list_end(feed, 20);
	expect_lines(1);
	assert_string_equal(log_line[0], "helix: 2 keys ignored: in none of the "
		"zones, such as /helix/net/example/one/A");
	assert_int_equal(log_level[0], HELIX_LOG_INFO);
	put(feed, "/helix/net/example/three/A/x", "192.0.2.1", 21);
	expect_lines(2);
	assert_string_equal(log_line[1], "helix: key "
		"/helix/net/example/three/A/x ignored: in none of the zones; "
		"no other such key is logged for an hour");
	put(feed, "/helix/net/example/three/A/x", "192.0.2.1", 22);
	clock_now += 3599;
	put(feed, "/helix/net/example/four/A", "192.0.2.1", 23);
	expect_lines(2);
	clock_now++;
	put(feed, "/helix/net/example/four/A", "192.0.2.1", 24);
	expect_lines(3);
	/* what is not below the prefix is not told of */
	list_begin(feed);
	put(feed, "/helix", "x", 10);
	list_end(feed, 30);
	expect_lines(3);
	/* lists may take the place of a watch: one after the other says so */
	list_begin(feed);
	put(feed, "/helix/net/example/one/A", "192.0.2.1", 10);
	list_end(feed, 40);
	expect_lines(4);
	list_begin(feed);
	put(feed, "/helix/net/example/one/A", "192.0.2.1", 10);
	list_end(feed, 50);
	expect_lines(4);
	list_begin(feed);
	put(feed, "/helix/net/example/one/A", "192.0.2.1", 10);
	put(feed, "/helix/net/example/two/A", "192.0.2.1", 10);
	list_end(feed, 60);
	expect_lines(5);
}

/** Whoever puts a key with its labels in the order of names is told. */
static void
test_outside_in_reverse(void** state)
{
	struct feed* feed = *state;
	list_begin(feed);
	put(feed, "/helix/net/example/one/A", "192.0.2.1", 10);
	put(feed, "/helix/foo/example/com/A/x", "192.0.2.1", 10);
	put(feed, "/helix/net/example/two/A", "192.0.2.1", 10);
	put(feed, "/helix/bar/example/com/A", "192.0.2.1", 10);
	list_end(feed, 20);
	expect_lines(1);
	assert_string_equal(log_line[0], "helix: 4 keys ignored: in none of the "
		"zones, such as /helix/foo/example/com/A/x; did "
		"you mean /helix/com/example/foo/A/x?");
	assert_int_equal(log_level[0], HELIX_LOG_WARNING);
	/* spelled in its own way: the guess has no id */
	put(feed, "/helix/Foo/example/com/TXT/x", "192.0.2.1", 21);
	expect_lines(2);
	assert_string_equal(log_line[1], "helix: key "
		"/helix/Foo/example/com/TXT/x ignored: in none of the zones; "
		"did you mean /helix/com/example/foo/TXT?");
	put(feed, "/helix/example/com/MX", "192.0.2.1", 22);
	expect_lines(3);
	assert_non_null(strstr(log_line[2], "did you mean "
		"/helix/com/example/MX?"));
	/* not what cannot be spelled in the plain way */
	put(feed, "/helix/a\\.b/example/com/A", "192.0.2.1", 23);
	put(feed, "/helix/a\\047b/example/com/A", "192.0.2.1", 23);
	expect_lines(4);
	assert_null(strstr(log_line[3], "mean"));
	/* however many there are */
	log_lines = 0;
	clock_now += 1000;
	put_many(feed, "/helix/", "/example/com/A", 23);
	expect_lines(20);
}

/* --- bad keys ------------------------------------------------------------ */

/** What is served and looks wrong is told once for each put, and is served. */
static void
test_looks_wrong(void** state)
{
	struct feed* feed = *state;
	put(feed, "/helix/com/example/web/A/A", "192.0.2.1", 10);
	expect_lines(1);
	assert_string_equal(log_line[0], "helix: key "
		"/helix/com/example/web/A/A is served, but looks wrong: its "
		"last two segments are types, so that it is A of "
		"a.web.example.com., and not A with the id A; write that "
		"label, or that id, in lower case");
	assert_int_equal(log_level[0], HELIX_LOG_WARNING);
	put(feed, "/helix/com/example/foo/CNAME", "192.0.2.1", 10);
	expect_lines(2);
	assert_string_equal(log_line[1], "helix: key "
		"/helix/com/example/foo/CNAME is served, but looks wrong: "
		"field 1, \"192.0.2.1\", is an IP address, and not a name; "
		"expected a name such as www.example.com.");
	/* both at once */
	put(feed, "/helix/com/example/\303\274/NS", "192.0.2.1", 10);
	expect_lines(3);
	assert_non_null(strstr(log_line[2], "; and a label is not ASCII"));
	expect_stats(feed, 0, 0, 0);
	commit(feed);
	expect(feed, "a.web.example.com.", "192.0.2.1");
	expect_stats(feed, 3, 0, 0);
	/* a bad value may be one because of the key */
	put(feed, "/helix/com/example/web/A/MX", "192.0.2.1", 10);
	expect_lines(4);
	assert_non_null(strstr(log_line[3], "/MX is not served: field 1, "));
	assert_non_null(strstr(log_line[3], "; and its last two segments are "
		"types, so that it is MX of a.web.example.com."));
	gone(feed, "/helix/com/example/web/A/MX", 11);
	log_lines = 3;
	/* in a list, only what is new */
	list_begin(feed);
	put(feed, "/helix/com/example/web/A/A", "192.0.2.1", 10);
	put(feed, "/helix/com/example/foo/CNAME", "192.0.2.2", 11);
	list_end(feed, 20);
	expect_lines(4);
	/* what the list lacked is forgotten */
	put(feed, "/helix/com/example/\303\274/NS", "192.0.2.1", 10);
	expect_lines(5);
	commit(feed);
	/* wrong, looks wrong, right, gone */
	put(feed, "/helix/com/example/foo/CNAME", "no name", 30);
	expect_lines(6);
	expect_stats(feed, 3, 1, 0);
	put(feed, "/helix/com/example/foo/CNAME", "192.0.2.1", 31);
	expect_lines(7);
	expect_stats(feed, 3, 0, 0);
	put(feed, "/helix/com/example/foo/CNAME", "www.example.com", 32);
	expect_lines(7);
	put(feed, "/helix/com/example/foo/CNAME", "192.0.2.1", 33);
	gone(feed, "/helix/com/example/foo/CNAME", 34);
	put(feed, "/helix/com/example/foo/CNAME", "192.0.2.1", 34);
	expect_lines(9);
	expect_stats(feed, 3, 0, 0);
}

/** And no flood of it fills the log. */
static void
test_looks_wrong_flood(void** state)
{
	struct feed* feed = *state;
	put_many(feed, "/helix/com/example/", "/A/A", 10);
	expect_lines(20);
	expect_stats(feed, 0, 0, 0);
	put_many(feed, "/helix/com/example/", "/A/A", 10);
	expect_lines(20);
	clock_now++;
	commit(feed);
	expect_lines(21);
	assert_string_equal(log_line[20], "helix: 980 more warnings suppressed; "
		"bad keys now: 0");
	list_begin(feed);
	list_end(feed, 20);
	expect_lines(21);
	expect_stats(feed, 0, 0, 0);
}

/** A key and a value, one of which is bad. */
struct bad_case {
	/** the key */
	const char* key;
	/** octets of it */
	size_t key_len;
	/** the value */
	const char* value;
	/** octets of it */
	size_t value_len;
	/** what the line of log is */
	const char* line;
};

static const struct bad_case bad_cases[] = {
	{ OCTETS("/helix/com/example/foo/A"), OCTETS("bad"),
		"helix: key /helix/com/example/foo/A is not served: \"bad\" "
		"is not an IPv4 address such as 192.0.2.1" },
	{ OCTETS("/helix/com/example/foo/A/x"), OCTETS(""),
		"helix: key /helix/com/example/foo/A/x is not served: the "
		"value is empty; expected an IPv4 address such as 192.0.2.1" },
	{ OCTETS("/helix/com/example/foo/AAAA"), OCTETS("192.0.2.1"),
		"helix: key /helix/com/example/foo/AAAA is not served: "
		"\"192.0.2.1\" is not an IPv6 address such as 2001:db8::1" },
	{ OCTETS("/helix/com/example/foo/RRSIG"), OCTETS("10 mail"),
		"helix: key /helix/com/example/foo/RRSIG is not served: its "
		"type is one that only a signer makes, and zones are not "
		"signed here" },
	{ OCTETS("/helix/com/example.foo/A"), OCTETS("192.0.2.1"),
		"helix: key /helix/com/example.foo/A is not served: a segment "
		"has a dot in it; write each label as a segment of its own, "
		"or \\. for a dot inside a label" },
	{ OCTETS("/helix/com/example/foo/"), OCTETS("192.0.2.1"),
		"helix: key /helix/com/example/foo/ is not served: a segment "
		"is empty (a doubled or final '/')" },
	/* a key that is not fit for a log is made so */
	{ OCTETS("/helix/a\nb \0\x7f\xff"), OCTETS("192.0.2.1"),
		"helix: key /helix/a<0a>b<20><00><7f><ff> is not served: "
		"neither its last segment nor the one before it is a type; "
		"types are in upper case, as A or AAAA" },
};

static void
test_bad_keys(void** state)
{
	struct feed* feed = *state;
	size_t i;
	for(i = 0; i < COUNT(bad_cases); i++) {
		const struct bad_case* row = &bad_cases[i];
		put_octets(feed, row->key, row->key_len, row->value,
			row->value_len, 10 + (int64_t)i);
		expect_lines(i + 1);
		assert_string_equal(log_line[i], row->line);
		assert_int_equal(log_level[i], HELIX_LOG_WARNING);
		expect_stats(feed, 0, i + 1, 0);
	}
	commit(feed);
	expect(feed, "foo.example.com.", "NXDOMAIN");
	for(i = 0; i < COUNT(bad_cases); i++)
		gone_octets(feed, bad_cases[i].key, bad_cases[i].key_len, 30);
	expect_stats(feed, 0, 0, 0);
	expect_lines(COUNT(bad_cases));
}

/** However long and strange a key is, the line says why it is bad. */
static void
test_bad_key_long(void** state)
{
	static const char fill[] = { 'x', '\n', '\xff', ' ' };
	static char key[100000];
	struct feed* feed = *state;
	size_t i;
	for(i = 0; i < sizeof(fill); i++) {
		memset(key, fill[i], sizeof(key));
		memcpy(key, "/helix/", 7);
		put_octets(feed, key, sizeof(key), OCTETS("192.0.2.1"), 10);
		expect_lines(i + 1);
		check(strncmp(log_line[i], "helix: key /helix/", 18) == 0,
			"%s", log_line[i]);
		check(strstr(log_line[i], "is not served: neither its last "
			"segment"), "fill %zu: no reason in %s", i,
			log_line[i]);
		expect_stats(feed, 0, i + 1, 0);
	}
}

/** etcd is the truth: a bad value takes the place of a good one. */
static void
test_bad_value_withdraws(void** state)
{
	struct feed* feed = *state;
	put(feed, "/helix/com/example/foo/A/x", "192.0.2.1", 10);
	put(feed, "/helix/com/example/foo/A/y", "192.0.2.2", 10);
	commit(feed);
	put(feed, "/helix/com/example/foo/A/x", "192.0.2.256", 11);
	expect_stats(feed, 2, 1, 0);
	commit(feed);
	/* it costs no other key anything */
	expect(feed, "foo.example.com.", "192.0.2.2");
	expect_stats(feed, 1, 1, 0);
	assert_int_equal(serial_of(feed, "example.com."), 11);
	expect_lines(1);
	/* and the next good one is served again, without a word */
	put(feed, "/helix/com/example/foo/A/x", "192.0.2.3", 12);
	expect_stats(feed, 1, 0, 0);
	commit(feed);
	expect(feed, "foo.example.com.", "192.0.2.2 192.0.2.3");
	expect_stats(feed, 2, 0, 0);
	expect_lines(1);
	/* good and then bad in one commit: the last counts */
	put(feed, "/helix/com/example/foo/A/y", "192.0.2.4", 13);
	put(feed, "/helix/com/example/foo/A/y", "bad", 14);
	commit(feed);
	expect(feed, "foo.example.com.", "192.0.2.3");
	put(feed, "/helix/com/example/foo/A/y", "bad again", 15);
	put(feed, "/helix/com/example/foo/A/y", "192.0.2.5", 16);
	commit(feed);
	expect(feed, "foo.example.com.", "192.0.2.3 192.0.2.5");
	expect_stats(feed, 2, 0, 0);
	expect_lines(3);
}

/** Once a revision, each key is warned about. */
static void
test_bad_key_warned_once(void** state)
{
	struct feed* feed = *state;
	put(feed, "/helix/com/example/foo/A", "bad", 10);
	expect_lines(1);
	put(feed, "/helix/com/example/foo/A", "bad", 10);
	expect_lines(1);
	expect_stats(feed, 0, 1, 0);
	/* another key at that revision */
	put(feed, "/helix/com/example/bar/A", "bad", 10);
	expect_lines(2);
	/* the same key with a new value */
	put(feed, "/helix/com/example/foo/A", "worse", 11);
	expect_lines(3);
	assert_non_null(strstr(log_line[2], "\"worse\""));
	expect_stats(feed, 0, 2, 0);
	/* a key that was good in between, or gone */
	put(feed, "/helix/com/example/foo/A", "192.0.2.1", 12);
	expect_lines(3);
	expect_stats(feed, 0, 1, 0);
	put(feed, "/helix/com/example/foo/A", "bad", 13);
	expect_lines(4);
	gone(feed, "/helix/com/example/foo/A", 14);
	expect_stats(feed, 0, 1, 0);
	put(feed, "/helix/com/example/foo/A", "bad", 15);
	expect_lines(5);
	expect_stats(feed, 0, 2, 0);
	/* keys of which one begins with the other are two */
	put(feed, "/helix/com/example/foo/A/x", "bad", 15);
	expect_lines(6);
	gone(feed, "/helix/com/example/foo/A", 16);
	expect_stats(feed, 0, 2, 0);
}

/** Put a flood of bad keys, with a type that is not served. */
static void
put_flood(struct feed* feed, int64_t revision)
{
	char key[64];
	size_t i;
	for(i = 0; i < FLOOD; i++) {
		snprintf(key, sizeof(key), "/helix/com/example/TYPE1/%zu", i);
		put(feed, key, "x", revision);
	}
}

/** Many bad keys do not flood the log, but they are counted. */
static void
test_flood(void** state)
{
	struct feed* feed = *state;
	list_begin(feed);
	put_flood(feed, 10);
	put(feed, "/helix/com/example/foo/A", "192.0.2.1", 10);
	expect_stats(feed, 0, FLOOD, 0);
	expect_lines(20);
	list_end(feed, 20);
	/* and how many were not told */
	expect_lines(21);
	assert_string_equal(log_line[20], "helix: 980 more warnings suppressed; "
		"bad keys now: 1000");
	expect(feed, "foo.example.com.", "192.0.2.1");
	/* the same again: nothing new */
	log_lines = 0;
	list_begin(feed);
	put_flood(feed, 10);
	list_end(feed, 21);
	expect_lines(0);
	expect_stats(feed, 0, FLOOD, 0);
	/* and all of them gone */
	list_begin(feed);
	list_end(feed, 22);
	expect_stats(feed, 0, 0, 0);
	expect_lines(0);
}

/** After the first, one warning a second; it says how many were suppressed. */
static void
test_flood_goes_on(void** state)
{
	struct feed* feed = *state;
	put_flood(feed, 10);
	expect_lines(20);
	log_lines = 0;
	clock_now += 3;
	put_flood(feed, 11);
	expect_lines(4);
	assert_string_equal(log_line[0], "helix: 980 more warnings suppressed; "
		"bad keys now: 1000");
	assert_non_null(strstr(log_line[1], "TYPE1/0 is not served"));
	assert_non_null(strstr(log_line[3], "TYPE1/2 is not served"));
	/* after a quiet time, as many as at first */
	log_lines = 0;
	clock_now += 1000;
	put_flood(feed, 12);
	expect_lines(21);
	assert_string_equal(log_line[0], "helix: 997 more warnings suppressed; "
		"bad keys now: 1000");
}

/** How many were suppressed is logged after the flood, by what comes next,
 * also if that is good. */
static void
test_flood_ends(void** state)
{
	struct feed* feed = *state;
	put_flood(feed, 10);
	expect_lines(20);
	put(feed, "/helix/com/example/foo/A", "192.0.2.1", 11);
	commit(feed);
	/* too soon for one more line */
	expect_lines(20);
	clock_now++;
	commit(feed);
	expect_lines(21);
	assert_string_equal(log_line[20], "helix: 980 more warnings suppressed; "
		"bad keys now: 1000");
	clock_now++;
	commit(feed);
	expect_lines(21);
}

/* --- directories --------------------------------------------------------- */

/** A key that is there when a directory is deleted. */
struct dir_key {
	/** the letter by which it is known */
	char letter;
	/** what follows the prefix */
	const char* path;
	/** its value */
	const char* value;
	/** the owner of its record; NULL if it is bad */
	const char* owner;
};

static const struct dir_key dir_keys[] = {
	{ 'a', "/com/example/A", "192.0.2.1", "example.com." },
	{ 'b', "/com/example/foo/A", "192.0.2.2", "foo.example.com." },
	{ 'c', "/com/example/foo/A/x", "192.0.2.3", "foo.example.com." },
	{ 'd', "/com/example/foo/bar/A", "192.0.2.4",
		"bar.foo.example.com." },
	{ 'e', "/com/example/fo/A/x", "192.0.2.5", "fo.example.com." },
	/* the same name, by other directories */
	{ 'f', "/com/example/Foo/A/x", "192.0.2.6", "foo.example.com." },
	{ 'g', "/com/example/foo/TYPE1/x", "192.0.2.7", "foo.example.com." },
	{ 'h', "/com/example/f\\111o/A", "192.0.2.8", "foo.example.com." },
	{ 'i', "/com/exAmple/foo/A/x", "192.0.2.9", "foo.example.com." },
	{ 'j', "/com/example/foobar/A", "192.0.2.10",
		"foobar.example.com." },
	{ 'k', "/org/example/foo/A", "192.0.2.11", "foo.example.org." },
	{ 'l', "/org/example/A/x", "192.0.2.12", "example.org." },
	/* what is not served */
	{ 'm', "/com/example/foo/RRSIG", "10 mail", NULL },
	{ 'n', "/com/example/foo/A/y", "bad", NULL },
	{ 'o', "/com", "192.0.2.1", NULL },
	{ 'p', "/org/example.foo/A", "192.0.2.1", NULL },
	{ 'q', "/", "192.0.2.1", NULL },
	{ 'r', "/com/example/Foo/A/y", "bad", NULL },
	/* what is hidden in directories above it, or looks like that */
	{ 's', "/com/example/_tcp/A", "192.0.2.13", "_tcp.example.com." },
	{ 't', "/com/example/_tcp/x/_sip/A/x", "192.0.2.14",
		"_sip.x._tcp.example.com." },
	{ 'u', "/com/example/foo/_Tcp/A", "192.0.2.15",
		"_tcp.foo.example.com." },
	{ 'v', "/com/example/\\095u/A", "192.0.2.16", "_u.example.com." },
	{ 'w', "/com/example/t_/A", "192.0.2.17", "t_.example.com." },
	{ 'x', "/com/example/_tcp/RRSIG", "10 mail", NULL },
	{ 'y', "/_x", "192.0.2.1", NULL },
	{ 'z', "/com/example/x_/RRSIG", "10 mail", NULL },
};

/** A directory is deleted. */
struct dir_case {
	/** prefix of the feed */
	const char* prefix;
	/** the directory */
	const char* dir;
	/** octets of it */
	size_t len;
	/** letters of the keys that are gone then */
	const char* gone;
};

/** all that is not hidden */
#define ALL "abcdefghijklmnopqrvwz"

static const struct dir_case dir_cases[] = {
	/* within a zone */
	{ "/helix", OCTETS("/helix/com/example/foo"), "bcdgmn" },
	{ "/helix", OCTETS("/helix/com/example/foo/bar"), "d" },
	{ "/helix", OCTETS("/helix/com/example/foo/A"), "cn" },
	{ "/helix", OCTETS("/helix/com/example/A"), "" },
	{ "/helix", OCTETS("/helix/org/example/A"), "l" },
	{ "/helix", OCTETS("/helix/com/example/fo"), "e" },
	{ "/helix", OCTETS("/helix/com/example/foobar"), "j" },
	/* other spellings */
	{ "/helix", OCTETS("/helix/com/example/foo/TYPE1"), "g" },
	{ "/helix", OCTETS("/helix/com/example/Foo"), "fr" },
	{ "/helix", OCTETS("/helix/com/example/Foo/A"), "fr" },
	{ "/helix", OCTETS("/helix/com/example/FOO"), "" },
	{ "/helix", OCTETS("/helix/com/example/f\\111o"), "h" },
	{ "/helix", OCTETS("/helix/com/exAmple"), "i" },
	{ "/helix", OCTETS("/helix/COM"), "" },
	/* what is hidden, and what is hidden in that */
	{ "/helix", OCTETS("/helix/com/example/_tcp"), "sx" },
	{ "/helix", OCTETS("/helix/com/example/_tcp/x"), "" },
	{ "/helix", OCTETS("/helix/com/example/_tcp/x/_sip"), "t" },
	{ "/helix", OCTETS("/helix/com/example/_tcp/x/_sip/A"), "t" },
	{ "/helix", OCTETS("/helix/com/example/foo/_Tcp"), "u" },
	{ "/helix", OCTETS("/helix/com/example/foo/_tcp"), "" },
	{ "/helix", OCTETS("/helix/com/example/\\095u"), "v" },
	{ "/helix", OCTETS("/helix/com/example/_u"), "" },
	{ "/helix", OCTETS("/helix/_x"), "" },
	{ "/a/_helix", OCTETS("/a/_helix"), ALL },
	{ "/a/_helix", OCTETS("/a/_helix/com/example/_tcp"), "sx" },
	{ "/_a/helix", OCTETS("/_a/helix/org"), "klp" },
	/* a zone, and above zones */
	{ "/helix", OCTETS("/helix/com/example"), "abcdefghjmnrvwz" },
	{ "/helix", OCTETS("/helix/com"), "abcdefghijmnrvwz" },
	{ "/helix", OCTETS("/helix/org"), "klp" },
	{ "/helix", OCTETS("/helix/org/example.foo"), "p" },
	/* the prefix, and above it */
	{ "/helix", OCTETS("/helix"), ALL },
	{ "/helix", OCTETS(""), ALL },
	{ "/a/helix", OCTETS("/a/helix"), ALL },
	{ "/a/helix", OCTETS("/a"), ALL },
	{ "/a/helix", OCTETS(""), ALL },
	{ "/a/b/c", OCTETS("/a/b"), ALL },
	{ "/a/helix", OCTETS("/a/helix/com/example/foo"), "bcdgmn" },
	{ "/a/helix", OCTETS("/a/helix/org"), "klp" },
	/* similar, and not above or below */
	{ "/helix", OCTETS("/he"), "" },
	{ "/helix", OCTETS("/heli"), "" },
	{ "/helix", OCTETS("/helixir"), "" },
	{ "/helix", OCTETS("/helixir/com"), "" },
	{ "/helix", OCTETS("/helix/co"), "" },
	{ "/helix", OCTETS("/helix/comx"), "" },
	{ "/helix", OCTETS("/helix/com/exampl"), "" },
	{ "/helix", OCTETS("/helix/com/examples"), "" },
	{ "/helix", OCTETS("/helix/net"), "" },
	{ "/helix", OCTETS("/helix/example"), "" },
	{ "/helix", OCTETS("/helix/helix"), "" },
	{ "/helix", OCTETS("/HELIX"), "" },
	{ "/helix", OCTETS("/hemix"), "" },
	{ "/helix", OCTETS("/other"), "" },
	{ "/helix", OCTETS("/other/com"), "" },
	{ "/helix", OCTETS("helix"), "" },
	{ "/helix", OCTETS("/com"), "" },
	{ "/helix", OCTETS("/helix\0com"), "" },
	{ "/a/helix", OCTETS("/b"), "" },
	{ "/a/helix", OCTETS("/a/he"), "" },
	{ "/a/helix", OCTETS("/a/helixir"), "" },
	{ "/a/helix", OCTETS("/a/b"), "" },
	{ "/a/helix", OCTETS("/aa"), "" },
	{ "/a/helix", OCTETS("/helix"), "" },
	{ "/aa/helix", OCTETS("/a"), "" },
	/* a key as if it were a directory; what would be below an id */
	{ "/helix", OCTETS("/helix/com/example/foo/A/x"), "" },
	{ "/helix", OCTETS("/helix/com/example/foo/A/x/y"), "" },
	{ "/helix", OCTETS("/helix/com/example/foo/A/y"), "" },
	{ "/helix", OCTETS("/helix/com/example/foo/RRSIG"), "" },
	/* all of etcd is helix's */
	{ "", OCTETS(""), ALL },
	{ "", OCTETS("/com"), "abcdefghijmnrvwz" },
	{ "", OCTETS("/com/example/foo"), "bcdgmn" },
	{ "", OCTETS("/org/example/A"), "l" },
	{ "", OCTETS("/co"), "" },
	{ "", OCTETS("/helix"), "" },
	{ "", OCTETS("com"), "" },
};

/** Put all of dir_keys at revision 10. */
static void
put_dir_keys(struct feed* feed, const char* prefix)
{
	size_t i;
	for(i = 0; i < COUNT(dir_keys); i++) {
		char key[128];
		snprintf(key, sizeof(key), "%s%s", prefix, dir_keys[i].path);
		put(feed, key, dir_keys[i].value, 10);
	}
}

/** Whether the records of a key are served. */
static bool
is_served(struct feed* feed, const struct dir_key* key)
{
	char out[SHOWN_MAX + 2], value[32];
	const char* is = look(feed, key->owner, out + 1);
	if(is == out + 1) {
		/* between blanks, no address is a part of another one */
		out[0] = ' ';
		strcat(out, " ");
		is = out;
	}
	snprintf(value, sizeof(value), " %s ", key->value);
	return strstr(is, value) != NULL;
}

/** Fail unless these keys are gone, and no other ones; by `bad`, of those
 * that are not served too. */
static void
expect_gone(struct feed* feed, const struct dir_case* row, const char* gone,
	const char* bad)
{
	struct feed_stats stats = feed_stats(feed);
	size_t i, keys = 0, bad_keys = 0;
	for(i = 0; i < COUNT(dir_keys); i++) {
		const struct dir_key* key = &dir_keys[i];
		bool is_gone = strchr(key->owner ? gone : bad, key->letter) !=
			NULL;
		if(!key->owner) {
			bad_keys += !is_gone;
			continue;
		}
		keys += !is_gone;
		check(is_served(feed, key) != is_gone, "\"%s\", %s: %s is "
			"%s", row->prefix, row->dir, key->path, is_gone ?
			"there" : "gone");
	}
	check(stats.keys == keys && stats.bad == bad_keys && stats.outside ==
		0, "\"%s\", %s: %zu keys, %zu bad, %zu outside",
		row->prefix, row->dir, stats.keys, stats.bad, stats.outside);
}

/** Fail unless the serials are of this revision where something served is
 * gone, and of the one at which all was put where nothing is. */
static void
expect_gone_serials(struct feed* feed, const struct dir_case* row,
	unsigned revision)
{
	unsigned com = strpbrk(row->gone, "abcdefghijstuvw") ? revision : 10;
	unsigned org = strpbrk(row->gone, "kl") ? revision : 10;
	unsigned is_com = serial_of(feed, "example.com.");
	unsigned is_org = serial_of(feed, "example.org.");
	check(is_com == com && is_org == org, "\"%s\", %s: serials %u, %u",
		row->prefix, row->dir, is_com, is_org);
}

/** Delete a directory; and then all is put again. */
static void
check_dir(const struct dir_case* row)
{
	struct feed* feed = feed_new(row->prefix);
	size_t i, bad = 0;
	for(i = 0; i < COUNT(dir_keys); i++)
		bad += dir_keys[i].owner == NULL;
	log_lines = 0;
	put_dir_keys(feed, row->prefix);
	expect_lines(bad);
	commit(feed);
	expect_gone(feed, row, "", "");
	gone_below(feed, row->dir, row->len, 20);
	expect_gone(feed, row, "", row->gone);
	expect_gone_serials(feed, row, 10);
	commit(feed);
	expect_gone(feed, row, row->gone, row->gone);
	expect_gone_serials(feed, row, 20);
	expect_lines(bad);
	/* what was forgotten is warned of again, and only that */
	for(i = 0; i < COUNT(dir_keys); i++) {
		if(!dir_keys[i].owner && strchr(row->gone,
			dir_keys[i].letter))
			bad++;
	}
	put_dir_keys(feed, row->prefix);
	check(log_lines == bad, "\"%s\", %s: %zu lines, not %zu",
		row->prefix, row->dir, log_lines, bad);
	commit(feed);
	expect_gone(feed, row, "", "");
	feed_delete(feed);
}

static void
test_dir_gone(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(dir_cases); i++)
		check_dir(&dir_cases[i]);
}

/** What was pending is made visible first, as it is of revisions before. */
static void
test_dir_gone_commits(void** state)
{
	struct feed* feed = *state;
	put(feed, "/helix/com/example/old/A", "192.0.2.1", 10);
	commit(feed);
	put(feed, "/helix/com/example/foo/A", "192.0.2.2", 11);
	put(feed, "/helix/com/example/bar/A", "192.0.2.3", 12);
	gone(feed, "/helix/com/example/old/A", 12);
	gone_below(feed, OCTETS("/helix/com/example/foo"), 20);
	expect(feed, "old.example.com.", "NXDOMAIN");
	expect(feed, "foo.example.com.", "192.0.2.2");
	expect(feed, "bar.example.com.", "192.0.2.3");
	expect_stats(feed, 2, 0, 0);
	assert_int_equal(serial_of(feed, "example.com."), 12);
	commit(feed);
	expect(feed, "foo.example.com.", "NXDOMAIN");
	expect(feed, "bar.example.com.", "192.0.2.3");
	expect_stats(feed, 1, 0, 0);
	assert_int_equal(serial_of(feed, "example.com."), 20);
}

/** A directory of others is nothing: what is pending remains so. */
static void
test_dir_of_others_gone(void** state)
{
	struct feed* feed = *state;
	put(feed, "/helix/com/example/foo/A", "192.0.2.1", 10);
	gone_below(feed, OCTETS("/helixir"), 20);
	gone_below(feed, OCTETS("/he"), 21);
	gone_below(feed, OCTETS("/other/com/example/foo"), 22);
	expect(feed, "foo.example.com.", "NXDOMAIN");
	rollback(feed);
	commit(feed);
	expect(feed, "foo.example.com.", "NXDOMAIN");
	assert_int_equal(serial_of(feed, "example.com."), 0);
}

static void
test_dir_gone_rollback(void** state)
{
	struct feed* feed = *state;
	put(feed, "/helix/com/example/foo/A", "192.0.2.1", 10);
	put(feed, "/helix/com/example/bar/A", "192.0.2.2", 11);
	commit(feed);
	put(feed, "/helix/com/example/bar/A", "192.0.2.3", 12);
	gone_below(feed, OCTETS("/helix"), 20);
	put(feed, "/helix/com/example/new/A", "192.0.2.4", 20);
	rollback(feed);
	commit(feed);
	expect(feed, "foo.example.com.", "192.0.2.1");
	/* what was pending before it is there */
	expect(feed, "bar.example.com.", "192.0.2.3");
	expect(feed, "new.example.com.", "NXDOMAIN");
	expect_stats(feed, 2, 0, 0);
	assert_int_equal(serial_of(feed, "example.com."), 12);
}

/** Gone, and put again before the commit: nothing is missing meanwhile. */
static void
test_dir_gone_and_put(void** state)
{
	struct feed* feed = *state;
	put(feed, "/helix/com/example/foo/A/x", "192.0.2.1", 10);
	put(feed, "/helix/com/example/foo/A/y", "192.0.2.2", 11);
	put(feed, "/helix/com/example/foo/A/z", "192.0.2.3", 12);
	commit(feed);
	gone_below(feed, OCTETS("/helix/com/example/foo"), 20);
	put(feed, "/helix/com/example/foo/A/y", "192.0.2.2", 21);
	put(feed, "/helix/com/example/foo/A/z", "192.0.2.4", 22);
	expect(feed, "foo.example.com.", "192.0.2.1 192.0.2.2 192.0.2.3");
	commit(feed);
	expect(feed, "foo.example.com.", "192.0.2.2 192.0.2.4");
	assert_int_equal(serial_of(feed, "example.com."), 22);
	/* all of it as it was: no change of the zone */
	gone_below(feed, OCTETS("/helix/com/example/foo"), 30);
	put(feed, "/helix/com/example/foo/A/y", "192.0.2.2", 31);
	put(feed, "/helix/com/example/foo/A/z", "192.0.2.4", 31);
	commit(feed);
	expect(feed, "foo.example.com.", "192.0.2.2 192.0.2.4");
	assert_int_equal(serial_of(feed, "example.com."), 22);
	/* twice gone, one within the other */
	gone_below(feed, OCTETS("/helix/com/example/foo/A"), 40);
	gone_below(feed, OCTETS("/helix/com/example"), 41);
	commit(feed);
	expect(feed, "foo.example.com.", "NXDOMAIN");
	expect_stats(feed, 0, 0, 0);
	gone_below(feed, OCTETS("/helix/com/example"), 42);
	commit(feed);
	put(feed, "/helix/com/example/foo/A/y", "192.0.2.5", 43);
	commit(feed);
	expect(feed, "foo.example.com.", "192.0.2.5");
	expect_stats(feed, 1, 0, 0);
	assert_int_equal(serial_of(feed, "example.com."), 43);
}

/** Only what is served and goes counts for a serial, and it never goes
 * back. */
static void
test_dir_gone_serials(void** state)
{
	struct feed* feed = *state;
	put(feed, "/helix/com/example/foo/A", "192.0.2.1", 10);
	put(feed, "/helix/com/example/bad/A", "bad", 11);
	put(feed, "/helix/com/example/bar/A", "192.0.2.1", 12);
	put(feed, "/helix/org/example/foo/A", "192.0.2.1", 10);
	commit(feed);
	gone_below(feed, OCTETS("/helix/com/example/bad"), 20);
	gone_below(feed, OCTETS("/helix/com/example/never"), 21);
	gone_below(feed, OCTETS("/helix/net"), 22);
	commit(feed);
	expect_stats(feed, 3, 0, 0);
	assert_int_equal(serial_of(feed, "example.com."), 12);
	/* a revision that was not seen is not that of the next change */
	put(feed, "/helix/com/example/bar/A", "192.0.2.2", 15);
	commit(feed);
	assert_int_equal(serial_of(feed, "example.com."), 15);
	assert_int_equal(serial_of(feed, "example.org."), 10);
	gone_below(feed, OCTETS("/helix/com"), 5);
	commit(feed);
	assert_int_equal(serial_of(feed, "example.com."), 16);
	gone_below(feed, OCTETS("/helix"), 30);
	commit(feed);
	assert_int_equal(serial_of(feed, "example.com."), 16);
	assert_int_equal(serial_of(feed, "example.org."), 30);
}

/** A zone within a zone: each has what is nearest. */
static void
test_dir_gone_zone_in_zone(void** state)
{
	struct feed* feed = feed_of("/helix", "example.com.",
		"sub.example.com.");
	(void)state;
	put(feed, "/helix/com/example/foo/A", "192.0.2.1", 10);
	put(feed, "/helix/com/example/sub/foo/A", "192.0.2.2", 10);
	put(feed, "/helix/com/example/sub/bar/A", "192.0.2.3", 10);
	commit(feed);
	gone_below(feed, OCTETS("/helix/com/example/sub/foo"), 20);
	commit(feed);
	assert_int_equal(serial_of(feed, "example.com."), 10);
	assert_int_equal(serial_of(feed, "sub.example.com."), 20);
	expect(feed, "bar.sub.example.com.", "192.0.2.3");
	gone_below(feed, OCTETS("/helix/com/example"), 30);
	commit(feed);
	assert_int_equal(serial_of(feed, "example.com."), 30);
	assert_int_equal(serial_of(feed, "sub.example.com."), 30);
	expect_stats(feed, 0, 0, 0);
	feed_delete(feed);
}

/** A key that was served, and is bad now; one that is bad, and good now. */
static void
test_dir_gone_with_bad_values(void** state)
{
	struct feed* feed = *state;
	put(feed, "/helix/com/example/foo/A/x", "192.0.2.1", 10);
	put(feed, "/helix/com/example/foo/A/y", "bad", 10);
	commit(feed);
	put(feed, "/helix/com/example/foo/A/x", "bad", 11);
	put(feed, "/helix/com/example/foo/A/y", "192.0.2.2", 11);
	gone_below(feed, OCTETS("/helix/com/example/foo/A"), 20);
	expect(feed, "foo.example.com.", "192.0.2.2");
	expect_stats(feed, 1, 0, 0);
	commit(feed);
	expect(feed, "foo.example.com.", "NXDOMAIN");
	expect_stats(feed, 0, 0, 0);
	expect_lines(2);
	/* where nothing is, nothing goes */
	gone_below(feed, OCTETS("/helix"), 21);
	gone_below(feed, OCTETS(""), 22);
	commit(feed);
	expect_stats(feed, 0, 0, 0);
	assert_int_equal(serial_of(feed, "example.com."), 20);
}

/** A directory of a host, and one of an RRset, are found by their names: many
 * that go one after the other cost what they have, not what there is. */
static void
test_dir_gone_of_host(void** state)
{
	struct feed* feed = *state;
	put(feed, "/helix/com/example/foo/A/x", "192.0.2.1", 10);
	put(feed, "/helix/com/example/foo/A/y", "192.0.2.2", 10);
	put(feed, "/helix/com/example/foo/A", "192.0.2.3", 10);
	put(feed, "/helix/com/example/bar/A/x", "192.0.2.5", 10);
	put(feed, "/helix/com/example/bar/TXT", "bar", 10);
	put(feed, "/helix/com/example/bar/a/A", "192.0.2.6", 10);
	put(feed, "/helix/com/example/BAR/A/y", "192.0.2.7", 10);
	commit(feed);
	steps = 0;
	gone_below(feed, OCTETS("/helix/com/example/foo/A"), 20);
	commit(feed);
	expect(feed, "foo.example.com.", "192.0.2.3");
	gone_below(feed, OCTETS("/helix/com/example/foo"), 21);
	commit(feed);
	expect(feed, "foo.example.com.", "NXDOMAIN");
	gone_below(feed, OCTETS("/helix/com/example/never"), 22);
	gone_below(feed, OCTETS("/helix/com/example/bar/A/x"), 22);
	commit(feed);
	assert_int_equal(steps, 0);
	/* there is a name below it */
	gone_below(feed, OCTETS("/helix/com/example/bar"), 23);
	commit(feed);
	assert_true(steps > 0);
	expect(feed, "bar.example.com.", "192.0.2.7");
	expect(feed, "a.bar.example.com.", "NXDOMAIN");
	expect_stats(feed, 1, 0, 0);
	assert_int_equal(serial_of(feed, "example.com."), 23);
}

/** Half of many keys, served and not served. */
static void
test_dir_gone_many(void** state)
{
	struct feed* feed = *state;
	char key[64];
	unsigned i;
	for(i = 0; i < MANY; i++) {
		snprintf(key, sizeof(key), "/helix/com/example/b%u/h%u/A",
			i % 2, i);
		put(feed, key, "192.0.2.1", 10);
		snprintf(key, sizeof(key), "/helix/com/example/b%u/h%u/RRSIG",
			i % 2, i);
		put(feed, key, "10 mail", 10);
	}
	commit(feed);
	expect_stats(feed, MANY, MANY, 0);
	gone_below(feed, OCTETS("/helix/com/example/b1"), 20);
	expect_stats(feed, MANY, MANY / 2, 0);
	commit(feed);
	expect_stats(feed, MANY / 2, MANY / 2, 0);
	expect(feed, "h0.b0.example.com.", "192.0.2.1");
	expect(feed, "h1.b1.example.com.", "NXDOMAIN");
	expect(feed, "b1.example.com.", "NXDOMAIN");
	expect(feed, "h2498.b0.example.com.", "192.0.2.1");
	expect(feed, "h2499.b1.example.com.", "NXDOMAIN");
	assert_int_equal(serial_of(feed, "example.com."), 20);
	gone_below(feed, OCTETS("/helix"), 21);
	commit(feed);
	expect_stats(feed, 0, 0, 0);
	assert_int_equal(serial_of(feed, "example.com."), 21);
}

/* --- crowds -------------------------------------------------------------- */

/** An RRset that resolvers may refuse is warned about. */
static void
test_crowded(void** state)
{
	struct feed* feed = *state;
	char key[64], value[32];
	unsigned i;
	for(i = 0; i < 101; i++) {
		snprintf(key, sizeof(key), "/helix/com/example/foo/A/%u", i);
		snprintf(value, sizeof(value), "192.0.2.%u", i);
		put(feed, key, value, 10);
		if(i == 99)
			commit(feed);
	}
	expect_lines(0);
	commit(feed);
	expect_lines(1);
	assert_int_equal(log_level[0], HELIX_LOG_WARNING);
	assert_non_null(strstr(log_line[0], "foo.example.com. A has 101 "
		"records, and 101 of them fit into an answer"));
	put(feed, "/helix/com/example/foo/A/x", "192.0.2.200", 11);
	commit(feed);
	expect_lines(1);
}

/* --- conflicts ---------------------------------------------------------- */

/** Whether readers find records of a type at a name. */
static bool
has(struct feed* feed, const char* text, uint16_t type)
{
	struct name name;
	struct name_walk walk;
	struct store_rrset rrset;
	const struct store_name* found;
	struct store* store = feed_store(feed);
	bool has_it;
	read_name(&name, text);
	assert_true(name_walk_init(&walk, name.wire, name.len,
		store_seed(store)));
	store_read_lock(store);
	found = store_find(store, &walk, walk.labels);
	has_it = found && store_get(found, type, &rrset);
	store_read_unlock(store);
	return has_it;
}

/** Fail unless this was the last of so many lines. */
static void
expect_line(size_t lines, const char* line)
{
	expect_lines(lines);
	assert_int_equal(log_level[lines - 1], HELIX_LOG_WARNING);
	check(strcmp(log_line[lines - 1], line) == 0, "%s",
		log_line[lines - 1]);
}

static void
test_one_cname_stands(void** state)
{
	struct feed* feed = *state;
	put(feed, "/helix/com/example/foo/CNAME/b", "b.example.net.", 10);
	commit(feed);
	expect_lines(0);
	put(feed, "/helix/com/example/foo/CNAME/a", "a.example.net.", 11);
	commit(feed);
	expect_line(1, "helix: key /helix/com/example/foo/CNAME/b ignored: "
		"conflicts with the CNAME of key /helix/com/example/foo/CNAME/a");
	put(feed, "/helix/com/example/foo/CNAME/b", "c.example.net.", 12);
	commit(feed);
	expect_lines(1);
	/* a key is named as it is written in etcd */
	put(feed, "/helix/com/example/Bar/TYPE5/\xff", "b.example.net.", 13);
	put(feed, "/helix/com/example/bar/CNAME", "a.example.net.", 13);
	commit(feed);
	expect_line(2, "helix: key /helix/com/example/Bar/TYPE5/<ff> ignored: "
		"conflicts with the CNAME of key /helix/com/example/bar/CNAME");
	expect_stats(feed, 4, 0, 0);
}

static void
test_cname_beside_others(void** state)
{
	struct feed* feed = *state;
	put(feed, "/helix/com/example/foo/CNAME", "www.example.net.", 10);
	commit(feed);
	assert_true(has(feed, "foo.example.com.", TYPE_CNAME));
	put(feed, "/helix/com/example/foo/A/x", "192.0.2.1", 11);
	commit(feed);
	expect_line(1, "helix: key /helix/com/example/foo/CNAME ignored: "
		"a CNAME cannot share its name with key /helix/com/example/foo/A/x");
	assert_false(has(feed, "foo.example.com.", TYPE_CNAME));
	expect(feed, "foo.example.com.", "192.0.2.1");
	put(feed, "/helix/com/example/foo/A/x", "192.0.2.2", 12);
	put(feed, "/helix/com/example/foo/CNAME", "new.example.net.", 12);
	commit(feed);
	expect_lines(1);
	gone(feed, "/helix/com/example/foo/A/x", 13);
	commit(feed);
	assert_true(has(feed, "foo.example.com.", TYPE_CNAME));
	assert_int_equal(serial_of(feed, "example.com."), 13);
	/* a bad value withdraws the other data too */
	put(feed, "/helix/com/example/foo/A", "192.0.2.2", 14);
	commit(feed);
	expect_lines(2);
	put(feed, "/helix/com/example/foo/A", "bad", 15);
	commit(feed);
	expect_lines(3);
	assert_true(has(feed, "foo.example.com.", TYPE_CNAME));
}

/** However long the keys are, the line names both. */
static void
test_conflict_of_long_keys(void** state)
{
	static const char fill[] = { 'x', '\n', '\xff' };
	static const char base[] = "/helix/com/example/foo/CNAME/";
	struct feed* feed = *state;
	char* key = malloc(60000);
	size_t i;
	assert_non_null(key);
	for(i = 0; i < sizeof(fill); i++) {
		memset(key, fill[i], 60000);
		memcpy(key, base, sizeof(base) - 1);
		put_octets(feed, key, 60000, OCTETS("foo.example.net."), 10);
		key[59999] = 'y';
		put_octets(feed, key, 60000, OCTETS("bar.example.net."), 10);
		commit(feed);
		expect_lines(2 * i + 1);
		check(strstr(log_line[2 * i], "ignored: conflicts with "
			"the CNAME of key /helix/com/example/foo/CNAME/"),
			"%s", log_line[2 * i]);
				put(feed, "/helix/com/example/foo/A", "192.0.2.1", 11);
		commit(feed);
		expect_lines(2 * i + 2);
		check(strstr(log_line[2 * i + 1], "... ignored: "
		"a CNAME cannot share its name with key /helix/com/example/foo/A"), "%s",
			log_line[2 * i + 1]);
		gone_below(feed, OCTETS("/helix"), 12);
		commit(feed);
	}
	free(key);
}

/** Conflicts do not flood the log either. */
static void
test_flood_of_conflicts(void** state)
{
	struct feed* feed = *state;
	char key[64];
	unsigned i;
	for(i = 0; i < 100; i++) {
		snprintf(key, sizeof(key), "/helix/com/example/h%u/CNAME", i);
		put(feed, key, "www.example.net.", 10);
		snprintf(key, sizeof(key), "/helix/com/example/h%u/A", i);
		put(feed, key, "192.0.2.1", 10);
	}
	commit(feed);
	expect_lines(20);
	clock_now += 2;
	put(feed, "/helix/com/example/foo/CNAME", "www.example.net.", 11);
	put(feed, "/helix/com/example/foo/A", "192.0.2.1", 11);
	commit(feed);
	expect_lines(22);
	assert_string_equal(log_line[20], "helix: 80 more warnings suppressed; "
		"bad keys now: 0");
}

/** Of what contradicts itself while a list is taken in, only that is told
 * which does so in the end. */
static void
test_conflicts_of_lists(void** state)
{
	struct feed* feed = *state;
	put(feed, "/helix/com/example/foo/A", "192.0.2.1", 10);
	put(feed, "/helix/com/example/bar/A", "192.0.2.1", 10);
	commit(feed);
	list_begin(feed);
	put(feed, "/helix/com/example/bar/CNAME", "www.example.net.", 12);
	put(feed, "/helix/com/example/foo/CNAME", "www.example.net.", 11);
	commit(feed);
	put(feed, "/helix/com/example/foo/A", "192.0.2.1", 10);
	commit(feed);
	expect_lines(0);
	list_end(feed, 20);
	expect_line(1, "helix: key /helix/com/example/foo/CNAME ignored: "
		"a CNAME cannot share its name with key /helix/com/example/foo/A");
	assert_false(has(feed, "foo.example.com.", TYPE_CNAME));
	assert_true(has(feed, "bar.example.com.", TYPE_CNAME));
	assert_int_equal(serial_of(feed, "example.com."), 20);
	/* the same list again: nothing is new, and nothing changes */
	list_begin(feed);
	put(feed, "/helix/com/example/bar/CNAME", "www.example.net.", 12);
	put(feed, "/helix/com/example/foo/A", "192.0.2.1", 10);
	put(feed, "/helix/com/example/foo/CNAME", "www.example.net.", 11);
	list_end(feed, 30);
	expect_lines(1);
	assert_int_equal(serial_of(feed, "example.com."), 20);
	expect_stats(feed, 3, 0, 0);
}

/* --- the apex ------------------------------------------------------------ */

/** A key, and whether it is bad in the zones example.com. and
 * sub.example.com. */
struct apex_case {
	/** the key */
	const char* key;
	/** its value */
	const char* value;
	/** why it is bad; NULL if it is served */
	const char* why;
};

#define SOA_VALUE "ns.example.com. root.example.com. 1 3600 600 86400 5"
#define WHY_NO_CNAME "a zone's apex has an SOA, and a CNAME cannot share " \
	"its name with other data; give it addresses"
#define WHY_NO_SOA "an SOA belongs at a zone's apex; put it there, or make " \
	"this name a zone in helix.yaml"

static const struct apex_case apex_cases[] = {
	{ "/helix/com/example/CNAME", "www.example.net.", WHY_NO_CNAME },
	{ "/helix/com/example/CNAME/x", "www.example.net.", WHY_NO_CNAME },
	{ "/helix/com/example/sub/CNAME", "www.example.net.", WHY_NO_CNAME },
	{ "/helix/com/example/foo/CNAME", "www.example.net.", NULL },
	{ "/helix/com/example/sub/foo/CNAME", "www.example.net.", NULL },
	{ "/helix/com/example/SOA", SOA_VALUE, NULL },
	{ "/helix/com/example/sub/SOA", SOA_VALUE, NULL },
	{ "/helix/com/example/foo/SOA", SOA_VALUE, WHY_NO_SOA },
	{ "/helix/com/example/sub/foo/SOA/x", SOA_VALUE, WHY_NO_SOA },
	{ "/helix/com/example/NS", "ns.example.net.", NULL },
	{ "/helix/com/example/A", "192.0.2.1", NULL },
};

static void
test_apex(void** state)
{
	struct feed* feed = feed_of("/helix", "example.com.",
		"sub.example.com.");
	char line[LINE_OCTETS];
	size_t i, good = 0, bad = 0, lines = 0;
	(void)state;
	for(i = 0; i < COUNT(apex_cases); i++) {
		const struct apex_case* row = &apex_cases[i];
		put(feed, row->key, row->value, 10);
		commit(feed);
		good += row->why == NULL;
		bad += row->why != NULL;
		expect_stats(feed, good, bad, 0);
		if(!row->why) {
			expect_lines(lines);
			continue;
		}
		snprintf(line, sizeof(line), "helix: key %s is not served: %s",
			row->key, row->why);
		expect_line(++lines, line);
		gone(feed, row->key, 11);
		expect_stats(feed, good, --bad, 0);
	}
	feed_delete(feed);
}

/** The root can be a zone, which has none above it. */
static void
test_apex_of_root(void** state)
{
	struct feed* feed = feed_of("/helix", ".", "example.com.");
	(void)state;
	put(feed, "/helix/CNAME", "www.example.net.", 10);
	put(feed, "/helix/com/example/CNAME", "www.example.net.", 10);
	put(feed, "/helix/com/SOA", SOA_VALUE, 10);
	expect_stats(feed, 0, 3, 0);
	put(feed, "/helix/SOA", SOA_VALUE, 10);
	put(feed, "/helix/com/example/SOA", SOA_VALUE, 10);
	put(feed, "/helix/com/CNAME", "www.example.net.", 10);
	commit(feed);
	expect_stats(feed, 3, 3, 0);
	feed_delete(feed);
}

/* --- lists --------------------------------------------------------------- */

static void
test_list(void** state)
{
	struct feed* feed = *state;
	assert_false(feed_is_complete(feed));
	list_begin(feed);
	assert_false(feed_is_complete(feed));
	put(feed, "/helix/com/example/foo/A/x", "192.0.2.1", 10);
	put(feed, "/helix/com/example/foo/A/y", "192.0.2.2", 12);
	put(feed, "/helix/com/example/bar/A", "192.0.2.3", 11);
	put(feed, "/helix/com/example/bad/A", "bad", 9);
	assert_false(feed_is_complete(feed));
	list_end(feed, 20);
	assert_true(feed_is_complete(feed));
	expect(feed, "foo.example.com.", "192.0.2.1 192.0.2.2");
	expect_stats(feed, 3, 1, 0);
	/* the next list lacks a key of a name, a name, and the bad key */
	list_begin(feed);
	assert_true(feed_is_complete(feed));
	put(feed, "/helix/com/example/foo/A/y", "192.0.2.2", 12);
	put(feed, "/helix/com/example/new/A", "192.0.2.4", 25);
	/* what is pending is not there, and what is to go is */
	expect(feed, "new.example.com.", "NXDOMAIN");
	expect(feed, "bar.example.com.", "192.0.2.3");
	expect_stats(feed, 3, 1, 0);
	list_end(feed, 30);
	expect(feed, "foo.example.com.", "192.0.2.2");
	expect(feed, "bar.example.com.", "NXDOMAIN");
	expect(feed, "new.example.com.", "192.0.2.4");
	expect_stats(feed, 2, 0, 0);
	expect_lines(1);
	assert_string_equal(counts_line, "helix: keys served: 2, bad: 0, "
		"in none of the zones: 0");
	assert_int_equal(counts_lines, 2);
	/* a list that changes no count is not told of */
	list_begin(feed);
	put(feed, "/helix/com/example/foo/A/y", "192.0.2.2", 12);
	put(feed, "/helix/com/example/new/A", "192.0.2.4", 25);
	list_end(feed, 40);
	assert_int_equal(counts_lines, 2);
}

/** A key that has become bad is withdrawn by a list, too. */
static void
test_list_with_bad_value(void** state)
{
	struct feed* feed = *state;
	list_begin(feed);
	put(feed, "/helix/com/example/foo/A", "192.0.2.1", 10);
	put(feed, "/helix/com/example/bar/A", "bad", 11);
	list_end(feed, 20);
	list_begin(feed);
	put(feed, "/helix/com/example/foo/A", "bad", 25);
	put(feed, "/helix/com/example/bar/A", "192.0.2.2", 26);
	list_end(feed, 30);
	expect(feed, "foo.example.com.", "NXDOMAIN");
	expect(feed, "bar.example.com.", "192.0.2.2");
	expect_stats(feed, 1, 1, 0);
	expect_lines(2);
}

/** The same bad keys again: no new warnings, unless they are new values. */
static void
test_list_warns_once(void** state)
{
	struct feed* feed = *state;
	unsigned i;
	for(i = 0; i < 3; i++) {
		list_begin(feed);
		put(feed, "/helix/com/example/foo/A", "bad", 10);
		put(feed, "/helix/com/example/foo/RRSIG", "10 mail", 11);
		list_end(feed, 20 + i);
		expect_lines(2);
		expect_stats(feed, 0, 2, 0);
	}
	list_begin(feed);
	put(feed, "/helix/com/example/foo/A", "worse", 30);
	put(feed, "/helix/com/example/foo/RRSIG", "10 mail", 11);
	list_end(feed, 31);
	expect_lines(3);
	/* what was put after a list began is in the list */
	put(feed, "/helix/com/example/bar/A", "bad", 32);
	expect_lines(4);
	list_begin(feed);
	put(feed, "/helix/com/example/bar/A", "bad", 32);
	list_end(feed, 33);
	expect_lines(4);
	expect_stats(feed, 0, 1, 0);
}

/** A list that breaks off shows nothing and removes nothing. */
static void
test_list_aborted(void** state)
{
	struct feed* feed = *state;
	list_begin(feed);
	put(feed, "/helix/com/example/foo/A", "192.0.2.1", 10);
	rollback(feed);
	assert_false(feed_is_complete(feed));
	expect(feed, "foo.example.com.", "NXDOMAIN");
	list_begin(feed);
	put(feed, "/helix/com/example/foo/A", "192.0.2.1", 10);
	put(feed, "/helix/com/example/bad/A", "bad", 11);
	list_end(feed, 20);
	/* broken off without a rollback: to begin again is one */
	list_begin(feed);
	put(feed, "/helix/com/example/bar/A", "192.0.2.2", 25);
	put(feed, "/helix/com/example/half/A", "bad", 26);
	list_begin(feed);
	expect(feed, "foo.example.com.", "192.0.2.1");
	assert_true(feed_is_complete(feed));
	expect_stats(feed, 1, 2, 0);
	put(feed, "/helix/com/example/foo/A", "192.0.2.1", 10);
	list_end(feed, 30);
	expect(feed, "foo.example.com.", "192.0.2.1");
	expect(feed, "bar.example.com.", "NXDOMAIN");
	expect_stats(feed, 1, 0, 0);
}

/** What is pending when a list begins is dropped. */
static void
test_list_drops_pending(void** state)
{
	struct feed* feed = *state;
	put(feed, "/helix/com/example/foo/A", "192.0.2.1", 10);
	list_begin(feed);
	list_end(feed, 20);
	expect(feed, "foo.example.com.", "NXDOMAIN");
	assert_int_equal(serial_of(feed, "example.com."), 0);
}

/* --- what is visible when ------------------------------------------------ */

static void
test_revision_is_one(void** state)
{
	struct feed* feed = *state;
	put(feed, "/helix/com/example/foo/A/x", "192.0.2.1", 10);
	put(feed, "/helix/com/example/foo/A/y", "192.0.2.2", 10);
	commit(feed);
	/* a transaction that moves a name from two addresses to two others */
	gone(feed, "/helix/com/example/foo/A/x", 11);
	expect(feed, "foo.example.com.", "192.0.2.1 192.0.2.2");
	put(feed, "/helix/com/example/foo/A/y", "192.0.2.3", 11);
	expect(feed, "foo.example.com.", "192.0.2.1 192.0.2.2");
	put(feed, "/helix/com/example/foo/A/z", "192.0.2.4", 11);
	expect(feed, "foo.example.com.", "192.0.2.1 192.0.2.2");
	commit(feed);
	expect(feed, "foo.example.com.", "192.0.2.3 192.0.2.4");
}

/** Write the key of the i-th of many. */
static const char*
many_key(char* key, unsigned i)
{
	sprintf(key, "/helix/com/example/h%u/A", i);
	return key;
}

/** However many wait, and however far the revision moves on, nothing is
 * visible before the commit: only who calls knows what is complete. */
static void
test_many_pending(void** state)
{
	struct feed* feed = *state;
	char key[64];
	unsigned i;
	for(i = 0; i < MANY; i++)
		put(feed, many_key(key, i), "192.0.2.1", 10 + i);
	expect_stats(feed, 0, 0, 0);
	expect(feed, "h0.example.com.", "NXDOMAIN");
	assert_int_equal(serial_of(feed, "example.com."), 0);
	commit(feed);
	expect_stats(feed, MANY, 0, 0);
	expect(feed, "h0.example.com.", "192.0.2.1");
	expect(feed, "h2499.example.com.", "192.0.2.1");
	assert_int_equal(serial_of(feed, "example.com."), 10 + MANY - 1);
	for(i = 0; i < MANY; i++)
		gone(feed, many_key(key, i), 5000);
	expect(feed, "h0.example.com.", "192.0.2.1");
	commit(feed);
	expect(feed, "h0.example.com.", "NXDOMAIN");
	expect_stats(feed, 0, 0, 0);
	assert_int_equal(serial_of(feed, "example.com."), 5000);
}

/* --- serials ------------------------------------------------------------- */

static void
test_serials(void** state)
{
	struct feed* feed = *state;
	list_begin(feed);
	put(feed, "/helix/com/example/a/A", "192.0.2.1", 3);
	put(feed, "/helix/com/example/b/A", "192.0.2.2", 7);
	put(feed, "/helix/com/example/c/A", "192.0.2.3", 5);
	put(feed, "/helix/org/example/c/A", "192.0.2.3", 6);
	put(feed, "/helix/net/example/c/A", "192.0.2.3", 9);
	/* the highest of the first list, not that which the list shows */
	list_end(feed, 20);
	assert_int_equal(serial_of(feed, "example.com."), 7);
	assert_int_equal(serial_of(feed, "example.org."), 6);
	/* each zone for itself */
	put(feed, "/helix/com/example/a/A", "192.0.2.9", 21);
	commit(feed);
	assert_int_equal(serial_of(feed, "example.com."), 21);
	assert_int_equal(serial_of(feed, "example.org."), 6);
	gone(feed, "/helix/org/example/c/A", 22);
	commit(feed);
	assert_int_equal(serial_of(feed, "example.com."), 21);
	assert_int_equal(serial_of(feed, "example.org."), 22);
	/* a put that changes nothing is no change of the zone */
	put(feed, "/helix/com/example/a/A", "192.0.2.9", 23);
	commit(feed);
	assert_int_equal(serial_of(feed, "example.com."), 21);
	/* nor is one that is bad and was not served before */
	put(feed, "/helix/com/example/x/A", "bad", 24);
	gone(feed, "/helix/com/example/never/A", 24);
	commit(feed);
	assert_int_equal(serial_of(feed, "example.com."), 21);
	/* several revisions at once */
	put(feed, "/helix/com/example/a/A", "192.0.2.10", 25);
	put(feed, "/helix/com/example/b/A", "192.0.2.11", 26);
	commit(feed);
	assert_int_equal(serial_of(feed, "example.com."), 26);
}

/** A list that changes nothing leaves the serial alone; one that lacks
 * something gives it its own revision. */
static void
test_serial_of_relist(void** state)
{
	struct feed* feed = *state;
	list_begin(feed);
	put(feed, "/helix/com/example/a/A", "192.0.2.1", 3);
	put(feed, "/helix/com/example/b/A", "192.0.2.2", 7);
	put(feed, "/helix/org/example/c/A", "192.0.2.3", 6);
	list_end(feed, 20);
	list_begin(feed);
	put(feed, "/helix/com/example/a/A", "192.0.2.1", 3);
	put(feed, "/helix/com/example/b/A", "192.0.2.2", 7);
	put(feed, "/helix/org/example/c/A", "192.0.2.3", 6);
	list_end(feed, 30);
	assert_int_equal(serial_of(feed, "example.com."), 7);
	assert_int_equal(serial_of(feed, "example.org."), 6);
	list_begin(feed);
	put(feed, "/helix/com/example/a/A", "192.0.2.1", 3);
	put(feed, "/helix/org/example/c/A", "192.0.2.3", 6);
	list_end(feed, 40);
	assert_int_equal(serial_of(feed, "example.com."), 40);
	assert_int_equal(serial_of(feed, "example.org."), 6);
	/* and the events after it go on from there */
	put(feed, "/helix/com/example/a/A", "192.0.2.4", 41);
	commit(feed);
	assert_int_equal(serial_of(feed, "example.com."), 41);
	/* a new put in a list counts with its own revision */
	list_begin(feed);
	put(feed, "/helix/com/example/a/A", "192.0.2.4", 41);
	put(feed, "/helix/org/example/c/A", "192.0.2.5", 48);
	list_end(feed, 50);
	assert_int_equal(serial_of(feed, "example.com."), 41);
	assert_int_equal(serial_of(feed, "example.org."), 48);
}

/** etcd was restored from a backup: the serial never goes back. */
static void
test_serial_goes_on(void** state)
{
	struct feed* feed = *state;
	list_begin(feed);
	put(feed, "/helix/com/example/a/A", "192.0.2.1", 100);
	list_end(feed, 100);
	assert_int_equal(serial_of(feed, "example.com."), 100);
	list_begin(feed);
	put(feed, "/helix/com/example/a/A", "192.0.2.2", 5);
	list_end(feed, 6);
	assert_int_equal(serial_of(feed, "example.com."), 101);
	put(feed, "/helix/com/example/a/A", "192.0.2.3", 7);
	commit(feed);
	assert_int_equal(serial_of(feed, "example.com."), 102);
	put(feed, "/helix/com/example/a/A", "192.0.2.4", 500);
	commit(feed);
	assert_int_equal(serial_of(feed, "example.com."), 500);
}

/** Take in a list of many keys, the highest revision first, in pieces. */
static void
list_many(struct feed* feed)
{
	char key[64];
	unsigned i;
	list_begin(feed);
	for(i = 0; i < MANY * 2; i++) {
		put(feed, many_key(key, i), "192.0.2.1",
			10000 - (int64_t)i);
		if(i % 1000 == 999)
			commit(feed);
	}
	list_end(feed, 10000);
}

/**
 * List keys, with a commit after every 16.
 * @param format: of a key with a number.
 * @param waited: set to the most changes that waited behind a commit.
 * @return keys in the RRsets that were built.
 */
static size_t
list_counted(struct feed* feed, const char* format, size_t* waited)
{
	const struct store* store = feed_store(feed);
	size_t built = 0;
	unsigned i;
	*waited = 0;
	list_begin(feed);
	for(i = 0; i < MANY * 4; i++) {
		char key[64], value[16];
		snprintf(key, sizeof(key), format, i);
		snprintf(value, sizeof(value), "10.0.%u.%u", i >> 8, i & 255);
		put(feed, key, value, 10);
		if(i % 16 != 15)
			continue;
		commit(feed);
		if(store_pending(store) == 0)
			built += store_built(store);
		else if(store_pending(store) > *waited)
			*waited = store_pending(store);
	}
	list_end(feed, 10);
	expect_stats(feed, MANY * 4, 0, 0);
	return built + store_built(store);
}

/** What a list costs follows from the number of its keys, whether each has a
 * name of its own, or all have one. */
static void
test_cost_of_list(void** state)
{
	struct feed* feed = *state;
	size_t waited;
	assert_in_range(list_counted(feed, "/helix/com/example/h%u/A",
		&waited), MANY * 4, MANY * 4 + 16);
	assert_int_equal(waited, 0);
	assert_in_range(list_counted(feed, "/helix/com/example/foo/A/%u",
		&waited), MANY * 4, MANY * 4 * 20);
	assert_in_range(waited, 16, MANY);
	assert_in_range(list_counted(feed, "/helix/com/example/foo/A/%u",
		&waited), MANY * 4, MANY * 4 * 20);
	/* it is for the list only */
	put(feed, "/helix/com/example/foo/A/1", "192.0.2.1", 11);
	commit(feed);
	assert_int_equal(store_pending(feed_store(feed)), 0);
	assert_int_equal(store_built(feed_store(feed)), MANY * 4);
}

/**
 * The serial of a list is its highest revision, however many keys it has and
 * whatever their order: another server that shows the same has the same.
 */
static void
test_serial_of_large_list(void** state)
{
	struct feed* feed = *state;
	list_many(feed);
	expect_stats(feed, MANY * 2, 0, 0);
	assert_int_equal(serial_of(feed, "example.com."), 10000);
}

/** A list that has a put at its own revision and lacks a key: nothing in it
 * is of a higher revision, so neither is the serial. */
static void
test_serial_of_put_and_sweep(void** state)
{
	struct feed* feed = *state;
	list_begin(feed);
	put(feed, "/helix/com/example/a/A", "192.0.2.1", 3);
	put(feed, "/helix/com/example/b/A", "192.0.2.2", 7);
	list_end(feed, 20);
	list_begin(feed);
	put(feed, "/helix/com/example/a/A", "192.0.2.9", 30);
	list_end(feed, 30);
	expect(feed, "a.example.com.", "192.0.2.9");
	expect(feed, "b.example.com.", "NXDOMAIN");
	assert_int_equal(serial_of(feed, "example.com."), 30);
}

/* --- what is overtaken ---------------------------------------------------- */

/** Fail unless the listener was told this, since it was looked at. */
static void
expect_overtaken(const char* expected)
{
	check(strcmp(overtaken, expected) == 0, "\"%s\", not \"%s\"",
		overtaken, expected);
	*overtaken = 0;
}

/** A step of a story about one zone without zone cuts. */
struct overtaken_step {
	/** a key below that of example.com */
	const char* key;
	/** its value; NULL: it goes */
	const char* value;
	/** what the commit has overtaken; nothing is told before it */
	const char* told;
};

static const struct overtaken_step overtaken_steps[] = {
	/* what nobody has seen is not overtaken by what comes */
	{ "foo/A", "192.0.2.1", "" },
	{ "foo/bar/A", "192.0.2.1", "" },
	{ "A", "192.0.2.1", "" },
	{ "NS", "ns.example.net.", "example.com. A" },
	/* a change, one more type, one more key, the same once more */
	{ "foo/A", "192.0.2.2", "foo.example.com. A" },
	{ "foo/TXT", "text", "foo.example.com. A" },
	{ "Foo/A/x", "192.0.2.3",
		"foo.example.com. A, foo.example.com. TXT" },
	{ "foo/A", "192.0.2.2", "" },
	/* a bad value takes the place of a good one, and not of a bad one */
	{ "foo/bar/A", "192.0.2.256", "bar.foo.example.com. A" },
	{ "foo/bar/A", "bad", "" },
	{ "foo/bar/A", "192.0.2.4", "" },
	/* what goes, and what was never there */
	{ "foo/bar/A", NULL, "bar.foo.example.com. A" },
	{ "foo/bar/A", NULL, "" },
	{ "foo/TXT", NULL, "foo.example.com. A, foo.example.com. TXT" },
	{ "Foo/A/x", NULL, "foo.example.com. A" },
	{ "foo/A", NULL, "foo.example.com. A" },
	/* an alias, and what hides it */
	{ "foo/CNAME", "a.example.net.", "" },
	{ "foo/A", "192.0.2.1", "foo.example.com. CNAME" },
	/* no name of a zone, and no record that there can be */
	{ "foo/RRSIG", "10 mail", "" },
	{ "CNAME", "a.example.net.", "" },
};

static void
test_overtaken(void** state)
{
	struct feed* feed = *state;
	size_t i;
	for(i = 0; i < COUNT(overtaken_steps); i++) {
		const struct overtaken_step* step = &overtaken_steps[i];
		char key[64];
		snprintf(key, sizeof(key), "/helix/com/example/%s",
			step->key);
		if(step->value)
			put(feed, key, step->value, (int64_t)i + 10);
		else	gone(feed, key, (int64_t)i + 10);
		check(!*overtaken, "step %zu: too early: %s", i, overtaken);
		commit(feed);
		check(strcmp(overtaken, step->told) == 0, "step %zu: \"%s\", "
			"not \"%s\"", i, overtaken, step->told);
		*overtaken = 0;
	}
	put(feed, "/helix/net/example/A", "192.0.2.1", 50);
	commit(feed);
	put(feed, "/helix/com/example/foo/A", "192.0.2.9", 51);
	rollback(feed);
	commit(feed);
	expect_overtaken("");
}

/** What a list lacks is overtaken at its end, what it changes before, and what
 * it shows as it was is not. */
static void
test_overtaken_by_list(void** state)
{
	struct feed* feed = *state;
	list_begin(feed);
	put(feed, "/helix/com/example/stays/A", "192.0.2.1", 10);
	put(feed, "/helix/com/example/other/A", "192.0.2.2", 11);
	put(feed, "/helix/com/example/lacks/A", "192.0.2.3", 12);
	put(feed, "/helix/com/example/bad/A", "192.0.2.4", 13);
	list_end(feed, 20);
	expect_overtaken("");
	list_begin(feed);
	put(feed, "/helix/com/example/stays/A", "192.0.2.1", 10);
	put(feed, "/helix/com/example/other/A", "192.0.2.9", 21);
	put(feed, "/helix/com/example/new/A", "192.0.2.5", 22);
	commit(feed);
	expect_overtaken("other.example.com. A");
	put(feed, "/helix/com/example/bad/A", "bad", 23);
	commit(feed);
	expect_overtaken("bad.example.com. A");
	list_end(feed, 30);
	expect_overtaken("lacks.example.com. A");
	/* a directory of the v2 API */
	gone_below(feed, OCTETS("/helix/com/example/other"), 40);
	commit(feed);
	expect_overtaken("other.example.com. A");
}

/** Fail unless these were told, in whatever order, and nothing else; since it
 * was looked at. */
static void
expect_overtaken_all(const char* const* expected, size_t count)
{
	size_t i, len = 0;
	for(i = 0; i < count; i++) {
		check(strstr(overtaken, expected[i]), "\"%s\" lacks %s",
			overtaken, expected[i]);
		len += strlen(expected[i]) + (i > 0 ? 2 : 0);
	}
	check(strlen(overtaken) == len, "\"%s\"", overtaken);
	*overtaken = 0;
}

/** Fail unless all of these were told, among others. */
static void
expect_has_all(const char* const* expected, size_t count)
{
	size_t i;
	for(i = 0; i < count; i++)
		check(strstr(overtaken, expected[i]), "\"%s\" lacks %s",
			overtaken, expected[i]);
}

/** The first zone cut or DNAME of a zone, as the others are. */
struct first_cut_case {
	/** a key of the zone that was never seen before */
	const char* key;
	/** its value; NULL: it goes, though it was never there */
	const char* value;
	/** what it says of itself; NULL if it is neither */
	const char* cut;
};

static const struct first_cut_case first_cut_cases[] = {
	{ "/helix/com/example/cut/NS", "ns.example.net.",
		"cut.example.com. NS" },
	{ "/helix/com/example/a/b/NS/x", "ns.example.net.",
		"b.a.example.com. NS" },
	{ "/helix/com/example/d/DNAME", "example.net.",
		"d.example.com. DNAME" },
	{ "/helix/com/example/DNAME", "example.net.", "example.com. DNAME" },
	/* a bit early, or for nothing: it is noted before it is looked at */
	{ "/helix/com/example/cut/NS", "", "cut.example.com. NS" },
	{ "/helix/com/example/cut/NS", NULL, "cut.example.com. NS" },
	/* the apex is no cut */
	{ "/helix/com/example/NS", "ns.example.net.", NULL },
	{ "/helix/com/example/cut/DS", "1 8 1 "
		"0000000000000000000000000000000000000000", NULL },
	{ "/helix/net/example/cut/NS", "ns.example.net.", NULL },
};

/** A feed with names in both zones, from a list that is complete. */
static struct feed*
feed_listed(void)
{
	struct feed* feed = feed_new("/helix");
	list_begin(feed);
	put(feed, "/helix/com/example/a/A", "192.0.2.1", 10);
	put(feed, "/helix/com/example/a/TXT", "text", 10);
	put(feed, "/helix/com/example/cut/x/A", "192.0.2.1", 10);
	put(feed, "/helix/com/example/xcut/A", "192.0.2.1", 10);
	put(feed, "/helix/org/example/a/A", "192.0.2.1", 10);
	assert_true(feed_sink(feed).list_end(feed, 0, 10));
	expect_overtaken("");
	kept_asked = 0;
	return feed;
}

#define BESIDE "a.example.com. A", "a.example.com. TXT", "xcut.example.com. A"
#define BELOW "x.cut.example.com. A"

/** What was answered as if there were none is overtaken, in this zone: all
 * that is in the store when the cut is. */
static void
test_overtaken_by_first_cut(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < COUNT(first_cut_cases); i++) {
		const struct first_cut_case* row = &first_cut_cases[i];
		const char* all[] = { row->cut, BESIDE, BELOW,
			"b.example.com. A" };
		struct feed* feed = feed_listed();
		put(feed, "/helix/com/example/b/A", "192.0.2.1", 11);
		if(row->value)
			put(feed, row->key, row->value, 12);
		else	gone(feed, row->key, 12);
		expect_overtaken("");
		commit(feed);
		if(row->cut) {
			expect_has_all(all, COUNT(all));
			check(strncmp(overtaken, row->cut, strlen(row->cut))
				== 0, "row %zu: \"%s\"", i, overtaken);
			check(!strstr(overtaken, "example.org."), "row %zu: "
				"\"%s\"", i, overtaken);
		} else {
			expect_overtaken("");
		}
		*overtaken = 0;
		feed_delete(feed);
	}
}

/** The names below come first: before the cut can be seen. */
static void
test_overtaken_below_first(void** state)
{
	struct feed* feed = feed_listed();
	const char* beside;
	(void)state;
	put(feed, "/helix/com/example/cut/NS", "ns.example.net.", 11);
	commit(feed);
	beside = strstr(overtaken, "a.example.com. A");
	assert_non_null(beside);
	assert_true(strstr(overtaken, "x.cut.example.com. A") < beside);
	assert_true(last_referred);
	feed_delete(feed);
}

/** Nothing is looked at where no answer is kept, or none was given yet; and
 * only what is kept is told of. */
static void
test_overtaken_is_kept(void** state)
{
	struct feed* feed = feed_listed();
	(void)state;
	kept_type = -1;
	put(feed, "/helix/com/example/cut/NS", "ns.example.net.", 11);
	commit(feed);
	expect_overtaken("cut.example.com. NS");
	assert_int_equal(kept_asked, 0);
	feed_delete(feed);
	kept_type = TYPE_TXT;
	feed = feed_listed();
	put(feed, "/helix/com/example/cut/NS", "ns.example.net.", 11);
	commit(feed);
	expect_overtaken("cut.example.com. NS, a.example.com. TXT");
	feed_delete(feed);
	/* the first list */
	kept_type = 0;
	kept_asked = 0;
	feed = feed_new("/helix");
	list_begin(feed);
	put(feed, "/helix/com/example/a/A", "192.0.2.1", 10);
	put(feed, "/helix/com/example/cut/NS", "ns.example.net.", 10);
	commit(feed);
	put(feed, "/helix/org/example/cut/NS", "ns.example.net.", 10);
	assert_true(feed_sink(feed).list_end(feed, 0, 10));
	assert_int_equal(kept_asked, 0);
	feed_delete(feed);
}

/** Many first cuts in one commit, more than are told apart, take two looks;
 * those of a list one for each commit, and one at its end. */
static void
test_overtaken_by_many_cuts(void** state)
{
	char key[64];
	struct feed* feed = feed_listed();
	unsigned i;
	(void)state;
	for(i = 0; i < 40; i++) {
		snprintf(key, sizeof(key), "/helix/com/example/cut%u/NS", i);
		put(feed, key, "ns.example.net.", 11);
	}
	commit(feed);
	/* of the names, then with those of the cuts */
	assert_int_equal(kept_asked, 5 + 45);
	assert_non_null(strstr(overtaken, "a.example.com. A"));
	assert_null(strstr(overtaken, "example.org."));
	feed_delete(feed);
	*overtaken = 0;
	feed = feed_listed();
	list_begin(feed);
	put(feed, "/helix/com/example/cut/NS", "ns.example.net.", 11);
	commit(feed);
	expect_has_all((const char*[]){ "cut.example.com. NS", BELOW }, 2);
	*overtaken = 0;
	/* not the first, and the others of the zone are not told of yet */
	put(feed, "/helix/com/example/a/NS", "ns.example.net.", 11);
	put(feed, "/helix/com/example/a/A", "192.0.2.1", 11);
	put(feed, "/helix/com/example/a/TXT", "text", 11);
	commit(feed);
	expect_has_all((const char*[]){ "a.example.com. NS",
		"a.example.com. A", "a.example.com. TXT" }, 3);
	assert_null(strstr(overtaken, "xcut"));
	/* without the rest, which goes */
	*overtaken = 0;
	assert_true(feed_sink(feed).list_end(feed, 0, 11));
	assert_non_null(strstr(overtaken, "a.example.com. TXT"));
	feed_delete(feed);
}

/** A first cut that is dropped before it is visible is told of behind it. */
static void
test_overtaken_after_rollback(void** state)
{
	struct feed* feed = feed_listed();
	(void)state;
	put(feed, "/helix/com/example/other/NS", "ns.example.net.", 11);
	rollback(feed);
	expect_overtaken("");
	put(feed, "/helix/com/example/cut/NS", "ns.example.net.", 12);
	commit(feed);
	assert_non_null(strstr(overtaken, "x.cut.example.com. A"));
	assert_non_null(strstr(overtaken, "a.example.com. A"));
	feed_delete(feed);
}

/** Those after it concern their own names only. */
static void
test_overtaken_by_second_cut(void** state)
{
	struct feed* feed = feed_listed();
	(void)state;
	put(feed, "/helix/com/example/cut/NS", "ns.example.net.", 11);
	commit(feed);
	*overtaken = 0;
	put(feed, "/helix/com/example/cut2/NS", "ns.example.net.", 12);
	put(feed, "/helix/com/example/a/DNAME", "example.net.", 12);
	commit(feed);
	expect_overtaken_all((const char* const[]){ "a.example.com. A",
		"a.example.com. TXT" }, 2);
	gone(feed, "/helix/com/example/cut2/NS", 13);
	commit(feed);
	expect_overtaken("cut2.example.com. NS");
	feed_delete(feed);
}

/** Whether there are referrals: not where there were DNAMEs only. */
static void
test_overtaken_referred(void** state)
{
	struct feed* feed = feed_listed();
	(void)state;
	put(feed, "/helix/com/example/cut/DNAME", "example.net.", 11);
	commit(feed);
	assert_false(last_referred);
	/* in a zone, with the addresses of a server in another */
	put(feed, "/helix/com/example/xcut/NS", "a.example.org.", 12);
	commit(feed);
	*overtaken = 0;
	put(feed, "/helix/org/example/a/A", "192.0.2.2", 13);
	commit(feed);
	expect_overtaken("a.example.org. A");
	assert_true(last_referred);
	gone(feed, "/helix/com/example/xcut/NS", 14);
	commit(feed);
	assert_true(last_referred);
	feed_delete(feed);
}

#define test(function) \
	cmocka_unit_test_setup_teardown(function, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_put_and_remove),
		test(test_spellings),
		test(test_rollback),
		test(test_delete),
		test(test_prefixes),
		test(test_outside),
		test(test_outside_told),
		test(test_outside_in_reverse),
		test(test_looks_wrong),
		test(test_looks_wrong_flood),
		test(test_bad_keys),
		test(test_bad_key_long),
		test(test_bad_value_withdraws),
		test(test_bad_key_warned_once),
		test(test_flood),
		test(test_flood_goes_on),
		test(test_flood_ends),
		test(test_dir_gone),
		test(test_dir_gone_commits),
		test(test_dir_of_others_gone),
		test(test_dir_gone_rollback),
		test(test_dir_gone_and_put),
		test(test_dir_gone_serials),
		test(test_dir_gone_zone_in_zone),
		test(test_dir_gone_with_bad_values),
		test(test_dir_gone_of_host),
		test(test_dir_gone_many),
		test(test_crowded),
		test(test_one_cname_stands),
		test(test_cname_beside_others),
		test(test_conflict_of_long_keys),
		test(test_flood_of_conflicts),
		test(test_conflicts_of_lists),
		test(test_apex),
		test(test_apex_of_root),
		test(test_list),
		test(test_list_with_bad_value),
		test(test_list_warns_once),
		test(test_list_aborted),
		test(test_cost_of_list),
		test(test_list_drops_pending),
		test(test_revision_is_one),
		test(test_many_pending),
		test(test_serials),
		test(test_serial_of_relist),
		test(test_serial_goes_on),
		test(test_serial_of_large_list),
		test(test_serial_of_put_and_sweep),
		test(test_overtaken),
		test(test_overtaken_by_list),
		test(test_overtaken_by_first_cut),
		test(test_overtaken_below_first),
		test(test_overtaken_is_kept),
		test(test_overtaken_by_many_cuts),
		test(test_overtaken_after_rollback),
		test(test_overtaken_by_second_cut),
		test(test_overtaken_referred),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
