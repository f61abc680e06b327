/*
 * tests/unit/feeds.c - a feed, and what it logs and tells.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include "feeds.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <urcu/urcu-bp.h>

char log_line[LINES_MAX][LINE_OCTETS];
enum helix_log_level log_level[LINES_MAX];
size_t log_lines;
char counts_line[128];
size_t counts_lines;
time_t now_seconds = 1000;
_Atomic long now_microseconds;

int __wrap_clock_gettime(clockid_t id, struct timespec* now);

/** In the place of clock_gettime(2): time passes when a test says so. */
int
__wrap_clock_gettime(clockid_t id, struct timespec* now)
{
	(void)id;
	*now = (struct timespec){ .tv_sec = now_seconds +
		now_microseconds / 1000000,
		.tv_nsec = now_microseconds % 1000000 * 1000 };
	return 0;
}

size_t steps;

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

char invalid[4096];
bool last_referred;
int cached_type;
unsigned cached_asked;

/** how often it was told that changes are becoming visible, and that they
 * are */
static unsigned changing, changed;

static void
on_invalid(void* arg, const struct name* owner, uint16_t type,
	bool referred)
{
	char owner_text[NAME_TEXT_MAX], type_text[TYPE_TEXT_MAX];
	size_t used = strlen(invalid);
	assert_ptr_equal(arg, invalid);
	/* whatever is invalid is so by a change that is not complete */
	assert_int_equal(changing, changed + 1);
	last_referred = referred;
	snprintf(invalid + used, sizeof(invalid) - used, "%s%s %s",
		used ? ", " : "", name_to_text(owner->wire, owner_text),
		type_to_text(type, type_text));
}

static bool
is_cached(void* arg, const struct name* owner, uint16_t type)
{
	assert_ptr_equal(arg, invalid);
	if(!owner)
		return cached_type >= 0;
	cached_asked++;
	return cached_type == 0 || cached_type == type;
}

static void
on_changing(void* arg)
{
	assert_ptr_equal(arg, invalid);
	assert_int_equal(changing++, changed);
}

static void
on_all_changed(void* arg)
{
	assert_ptr_equal(arg, invalid);
	assert_int_equal(++changed, changing);
}

struct feed*
feed_of(const char* prefix, const char* one, const char* other)
{
	struct zone_settings settings[2];
	const struct feed_listener listener = { invalid, on_invalid,
		is_cached, on_changing, on_all_changed };
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

struct feed*
feed_new(const char* prefix)
{
	return feed_of(prefix, "example.com.", "example.org.");
}

int
setup(void** state)
{
	log_lines = counts_lines = 0;
	*invalid = 0;
	cached_type = 0;
	cached_asked = 0;
	helix_log_set_writer(capture);
	*state = feed_new("/helix");
	return 0;
}

int
teardown(void** state)
{
	/* a test that has failed while it read would hold up the store */
	while(urcu_bp_read_ongoing())
		store_read_unlock(feed_store(*state));
	feed_delete(*state);
	helix_log_set_writer(NULL);
	return 0;
}

void
set_octets(struct feed* feed, const char* key, size_t key_len,
	const char* value, size_t value_len, int64_t revision)
{
	assert_true(feed_sink(feed).put(feed, key, key_len, value, value_len,
		revision));
}

void
set(struct feed* feed, const char* key, const char* value, int64_t revision)
{
	set_octets(feed, key, strlen(key), value, strlen(value), revision);
}

void
gone_octets(struct feed* feed, const char* key, size_t len, int64_t revision)
{
	assert_true(feed_sink(feed).remove(feed, key, len, revision));
}

void
gone(struct feed* feed, const char* key, int64_t revision)
{
	gone_octets(feed, key, strlen(key), revision);
}

void
gone_below(struct feed* feed, const char* dir, size_t len, int64_t revision)
{
	char* copy = copy_exactly(dir, len);
	assert_true(feed_sink(feed).remove_below(feed, copy, len, revision));
	free(copy);
}

void
commit(struct feed* feed)
{
	assert_true(feed_sink(feed).commit(feed));
}

void
rollback(struct feed* feed)
{
	feed_sink(feed).rollback(feed);
}

void
list_begin(struct feed* feed)
{
	feed_sink(feed).list_begin(feed);
}

void
set_many(struct feed* feed, const char* before, const char* behind,
	int64_t revision)
{
	char key[64];
	size_t i;
	for(i = 0; i < FLOOD; i++) {
		snprintf(key, sizeof(key), "%s%zu%s", before, i, behind);
		set(feed, key, "192.0.2.1", revision);
	}
}

void
list_end(struct feed* feed, int64_t revision)
{
	assert_true(feed_sink(feed).list_end(feed, 0, revision));
}

static void
show_addresses(const struct answer_rrset* rrset, char* out)
{
	uint32_t i;
	*out = 0;
	assert_int_equal(rrset->rdata.len, (size_t)6 * rrset->rdata.count);
	for(i = 0; i < rrset->rdata.count && i < 20; i++) {
		char address[INET_ADDRSTRLEN];
		assert_non_null(inet_ntop(AF_INET, rrset->rdata.octets +
			6 * i + 2, address, sizeof(address)));
		out += sprintf(out, "%s%s", i ? " " : "", address);
	}
}

const char*
look(struct feed* feed, const char* text, char* out)
{
	struct name name;
	struct name_walk walk;
	struct answer answer;
	struct store* store = feed_store(feed);
	const struct zone* zone = find_zone(store, feed_zones(feed), text,
		TYPE_A);
	if(!zone)
		return "REFUSED";
	question_name(&name, text);
	assert_true(name_walk_init(&walk, name.wire, name.len,
		store_seed(store)));
	store_read_lock(store);
	answer_find(zone, &walk, TYPE_A, 0, &answer);
	strcpy(out, answer.rcode ? "NXDOMAIN" : "NODATA");
	assert_int_equal(answer.count, 1);
	if(answer.rrset[0].type == TYPE_A)
		show_addresses(&answer.rrset[0], out);
	store_read_unlock(store);
	return out;
}

void
expect(struct feed* feed, const char* text, const char* expected)
{
	char out[512];
	const char* is = look(feed, text, out);
	check(strcmp(is, expected) == 0, "%s: %s, not %s", text, is,
		expected);
}

unsigned
serial_of(struct feed* feed, const char* apex)
{
	return zone_serial(find_zone(feed_store(feed), feed_zones(feed), apex,
		TYPE_SOA));
}

void
expect_stats(const struct feed* feed, size_t keys, size_t bad, size_t outside)
{
	struct feed_stats stats = feed_stats(feed);
	check(stats.keys == keys, "%zu keys, not %zu", stats.keys, keys);
	check(stats.bad == bad, "%zu bad, not %zu", stats.bad, bad);
	check(stats.outside == outside, "%zu outside, not %zu", stats.outside,
		outside);
}

void
expect_lines(size_t lines)
{
	check(log_lines == lines, "%zu lines, not %zu; the last is %s",
		log_lines, lines, log_lines && log_lines <= LINES_MAX ?
		log_line[log_lines - 1] : "-");
}

void
expect_line(size_t lines, const char* line)
{
	expect_lines(lines);
	assert_int_equal(log_level[lines - 1], HELIX_LOG_WARNING);
	check(strcmp(log_line[lines - 1], line) == 0, "%s",
		log_line[lines - 1]);
}
