/*
 * feed_log.c - the feed: what is logged.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "feed_internal.h"
#include "base/clock.h"
#include "base/log.h"
#include "dns/type.h"
#include <stdio.h>
#include <string.h>

/** seconds from one message on a key outside the zones to the next */
#define OUTSIDE_INTERVAL 3600

/* --- warnings ------------------------------------------------------------ */

/** Raise the number of warnings that may be logged, as time has passed. */
static void
warnings_refill(struct feed* feed)
{
	int64_t now = clock_now() / 1000;
	if(now - feed->warnings_time > WARNINGS_BURST)
		feed->warnings_left = WARNINGS_BURST;
	else	feed->warnings_left += (unsigned)(now - feed->warnings_time);
	if(feed->warnings_left > WARNINGS_BURST)
		feed->warnings_left = WARNINGS_BURST;
	feed->warnings_time = now;
}

void
feed_log_suppressed(struct feed* feed)
{
	if(feed->warnings_suppressed == 0)
		return;
	helix_warning("%zu more warnings suppressed; bad keys now: %zu",
		feed->warnings_suppressed, (size_t)feed->bad_keys.bad);
	feed->warnings_suppressed = 0;
}

/** Take one of the warnings that may be logged now, if there is one. */
static bool
warnings_take(struct feed* feed)
{
	warnings_refill(feed);
	if(feed->warnings_left == 0)
		return false;
	feed->warnings_left--;
	feed_log_suppressed(feed);
	return true;
}

/** The same; if there is none, the caller's warning is counted. */
static bool
warning_begin(struct feed* feed)
{
	if(warnings_take(feed))
		return true;
	feed->warnings_suppressed++;
	return false;
}

void
feed_log_suppressed_in_time(struct feed* feed)
{
	if(feed->warnings_suppressed > 0)
		(void)warnings_take(feed);
}

const char*
feed_show_key(const char* key, size_t len, size_t max, char* out)
{
	size_t i;
	char* at = out;
	for(i = 0; i < len && (size_t)(at - out) <= max; i++) {
		unsigned char c = (unsigned char)key[i];
		if(c > ' ' && c < 0x7f)
			*at++ = (char)c;
		else	at += sprintf(at, "<%02x>", (unsigned)c);
	}
	strcpy(at, i < len ? "..." : "");
	return out;
}

void
feed_log_bad(struct feed* feed, const char* key, size_t len,
	const char* reason, bool served)
{
	char out[SHOWN_KEY_MAX + 8];
	if(warning_begin(feed))
		helix_warning("key %s is %s: %s", feed_show_key(key, len,
			SHOWN_KEY_MAX, out), served ? "served, but looks "
			"wrong" : "not served", reason);
}

/* --- the store ----------------------------------------------------------- */

void
feed_log_crowded(void* arg, const struct name* owner, uint16_t type,
	size_t records, size_t served)
{
	char name[NAME_TEXT_MAX], type_text[TYPE_TEXT_MAX];
	if(!warning_begin(arg))
		return;
	helix_warning("%s %s has %zu records, and %zu of them fit into an "
		"answer; some resolvers refuse more than %d",
		name_to_text(owner->wire, name),
		type_to_text(type, type_text), records, served,
		STORE_RRSET_CROWDED);
}

/** Write a path as the key that it is of, fit for a log line.
 * @param out: room for SHOWN_PAIR_MAX and 8 octets. */
static const char*
shown_path(const struct feed* feed, const char* path, size_t len, char* out)
{
	char key[2 * SHOWN_PAIR_MAX];
	size_t used = feed->prefix_len < sizeof(key) ? feed->prefix_len :
		sizeof(key);
	memcpy(key, feed->prefix, used);
	if(len > sizeof(key) - used)
		len = sizeof(key) - used;
	memcpy(key + used, path, len);
	return feed_show_key(key, used + len, SHOWN_PAIR_MAX, out);
}

const char*
feed_show_contribution(const struct feed* feed,
	const struct contribution* contribution, char* out)
{
	char path[2 * SHOWN_PAIR_MAX];
	return shown_path(feed, path, feed->format->key_write(feed->state,
		contribution, path, sizeof(path)), out);
}

void
feed_log_conflict(void* arg, const struct contribution* ignored,
	const struct contribution* served)
{
	char one[SHOWN_PAIR_MAX + 8], other[SHOWN_PAIR_MAX + 8];
	char text[TYPE_TEXT_MAX];
	const char* type = type_to_text(ignored->type, text);
	if(!warning_begin(arg))
		return;
	feed_show_contribution(arg, ignored, one);
	feed_show_contribution(arg, served, other);
	if(ignored->type == served->type)
		helix_warning("key %s ignored: conflicts with the %s of key "
			"%s", one, type, other);
	else	helix_warning("key %s ignored: a %s cannot share its name with "
			"key %s", one, type, other);
}

/* --- keys outside the zones ---------------------------------------------- */

/**
 * The key that was meant by one outside the zones.
 * @param out: room for SHOWN_PAIR_MAX and 8 octets.
 * @return out, or NULL.
 */
static const char*
key_meant(const struct feed* feed, const char* key, size_t len, char* out)
{
	char path[2 * SHOWN_PAIR_MAX];
	size_t used = feed->format->key_meant(feed->state, key +
		feed->prefix_len, len - feed->prefix_len, path, sizeof(path));
	return used > 0 ? shown_path(feed, path, used, out) : NULL;
}

/** Keep a listed key outside the zones as the list's example, unless there is a
 * better one. */
static void
outside_keep(struct feed* feed, const char* key, size_t len)
{
	if(*feed->meant_key || (!key_meant(feed, key, len, feed->meant_key) &&
		*feed->outside_key))
		return;
	feed_show_key(key, len, SHOWN_PAIR_MAX, feed->outside_key);
}

/** Log a key outside the zones. */
static void
outside_log(struct feed* feed, const char* key, size_t len)
{
	char out[SHOWN_PAIR_MAX + 8], meant[SHOWN_PAIR_MAX + 8];
	int64_t now = clock_now() / 1000;
	if(key_meant(feed, key, len, meant)) {
		if(!warning_begin(feed))
			return;
		helix_warning("key %s ignored: in none of the zones; did you "
			"mean %s?",
			feed_show_key(key, len, SHOWN_PAIR_MAX, out), meant);
	} else if(now >= feed->outside_time) {
		feed->outside_time = now + OUTSIDE_INTERVAL;
		helix_info("key %s ignored: in none of the zones; no other "
			"such key is logged for an hour", feed_show_key(key, len,
			SHOWN_PAIR_MAX, out));
	}
}

void
feed_log_outside(struct feed* feed, const char* key, size_t len)
{
	if(feed->listing)
		outside_keep(feed, key, len);
	else	outside_log(feed, key, len);
}

void
feed_log_outside_list(struct feed* feed)
{
	size_t count = feed->outside;
	if(!*feed->outside_key || count == feed->outside_logged)
		return;
	feed->outside_logged = count;
	if(*feed->meant_key)
		helix_warning("%zu keys ignored: in none of the zones, such as "
			"%s; did you mean %s?", count, feed->outside_key,
			feed->meant_key);
	else	helix_info("%zu keys ignored: in none of the zones, such as %s",
			count, feed->outside_key);
}

/* --- counts -------------------------------------------------------------- */

void
feed_log_stats(struct feed* feed)
{
	struct feed_stats now = feed_stats(feed);
	if(now.keys == feed->logged.keys && now.bad == feed->logged.bad &&
		now.outside == feed->logged.outside)
		return;
	feed->logged = now;
	helix_info("keys served: %zu, bad: %zu, in none of the zones: %zu",
		now.keys, now.bad, now.outside);
}

