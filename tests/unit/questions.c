/*
 * tests/unit/questions.c - zones of a store, and questions to them as text.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include "questions.h"
#include "format/helix.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <urcu/urcu-bp.h>

/* --- zones and their data ------------------------------------------------ */

void
question_name(struct name* name, const char* text)
{
	const char* why = name_from_text(name, text, strlen(text));
	check(!why, "%s: %s", text, why);
}

void
settings_init(struct zone_settings* settings, const char* apex)
{
	memset(settings, 0, sizeof(*settings));
	question_name(&settings->apex, apex);
	question_name(&settings->mname, "ns1.example.");
	question_name(&settings->rname, "root.example.");
	settings->ttl = 300;
	settings->refresh = 1;
	settings->retry = 2;
	settings->expire = 3;
	settings->minimum = 60;
}

struct store*
store_new(void)
{
	struct store_listener listener = { .arg = NULL };
	struct store* store = store_create(&listener);
	assert_non_null(store);
	return store;
}

void
two_zones_create(struct two_zones* two)
{
	two->store = store_new();
	settings_init(&two->settings[0], "example.com.");
	question_name(&two->ns[0], "ns1.example.");
	question_name(&two->ns[1], "ns2.example.net.");
	two->settings[0].ns = two->ns;
	two->settings[0].ns_count = 2;
	settings_init(&two->settings[1], "sub.example.com.");
	two->settings[1].ttl = 30;
	two->zones = zones_create(two->store, two->settings, 2);
	assert_non_null(two->zones);
}

void
two_zones_clear(struct two_zones* two)
{
	zones_delete(two->zones);
	store_delete(two->store);
}

void
put(struct store* store, const char* path, const char* value)
{
	struct reason reason;
	struct contribution key;
	struct record_set set;
	const char* why = helix_key_read(&key, path, strlen(path));
	check(!why, "%s: %s", path, why);
	check(helix_value_read(&set, key.type, value, strlen(value),
		&reason), "%s: %s", value, reason.text);
	assert_true(store_put(store, &key, &set));
	record_set_clear(&set);
	assert_true(store_commit(store));
}

struct zone*
find_zone(const struct store* store, const struct zones* zones,
	const char* text, uint16_t type)
{
	struct name name;
	struct name_walk walk;
	question_name(&name, text);
	assert_true(name_walk_init(&walk, name.wire, name.len,
		store_seed(store)));
	return zones_find(zones, &walk, type);
}

void
note_cuts(const struct store* store, const struct zones* zones)
{
	char apex[NAME_TEXT_MAX];
	size_t i;
	for(i = 0; i < zones_count(zones); i++)
		zone_note_cut(find_zone(store, zones, name_to_text(zone_apex(
			zones_get(zones, i))->wire, apex), TYPE_SOA));
}

/* --- answers as text ----------------------------------------------------- */

/** Write a name, which ends where it has to. */
static size_t
show_name(const uint8_t* wire, size_t len, char* out)
{
	char text[NAME_TEXT_MAX];
	struct name_walk walk;
	assert_true(name_walk_init(&walk, wire, len, 0));
	return (size_t)sprintf(out, " %s", name_to_text(wire, text));
}

/** Write the names and numbers of an SOA's rdata. */
static size_t
show_soa(const uint8_t* rdata, size_t len, char* out)
{
	struct name_walk mname;
	size_t at = 0, mname_len = 0, i;
	/* find where mname ends: where it is one well-formed name */
	while(!name_walk_init(&mname, rdata, ++mname_len, 0))
		assert_true(mname_len < len);
	at += show_name(rdata, mname_len, out);
	at += show_name(rdata + mname_len, len - 20 - mname_len, out + at);
	for(i = len - 20; i < len; i += 4)
		at += (size_t)sprintf(out + at, " %u",
			(unsigned)rdata[i] << 24 |
			(unsigned)rdata[i + 1] << 16 |
			(unsigned)rdata[i + 2] << 8 | (unsigned)rdata[i + 3]);
	return at;
}

/** Write some numbers of 16 bits, and a name behind them. */
static size_t
show_target(const uint8_t* rdata, size_t len, unsigned numbers, char* out)
{
	size_t at = 0;
	for(; numbers > 0; numbers--, rdata += 2, len -= 2)
		at += (size_t)sprintf(out + at, " %u",
			(unsigned)(rdata[0] << 8 | rdata[1]));
	return at + show_name(rdata, len, out + at);
}

static size_t
show_address(int family, const uint8_t* rdata, size_t len, char* out)
{
	char address[INET6_ADDRSTRLEN];
	assert_int_equal(len, family == AF_INET ? 4 : 16);
	assert_non_null(inet_ntop(family, rdata, address, sizeof(address)));
	return (size_t)sprintf(out, " %s", address);
}

/** Write one record; of types that are not known here, the octets. */
static size_t
show_rdata(uint16_t type, const uint8_t* rdata, size_t len, char* out)
{
	size_t at = 0, i;
	switch(type) {
	case TYPE_A:
		return show_address(AF_INET, rdata, len, out);
	case TYPE_AAAA:
		return show_address(AF_INET6, rdata, len, out);
	case TYPE_SOA:
		return show_soa(rdata, len, out);
	case TYPE_NS:
	case TYPE_CNAME:
	case TYPE_DNAME:
		return show_name(rdata, len, out);
	case TYPE_MX:
		return show_target(rdata, len, 1, out);
	case TYPE_SRV:
		return show_target(rdata, len, 3, out);
	case TYPE_TXT:
		assert_int_equal(len, 1 + rdata[0]);
		return (size_t)sprintf(out, " \"%.*s\"", (int)rdata[0],
			(const char*)rdata + 1);
	default:
		at = (size_t)sprintf(out, " ");
		for(i = 0; i < len; i++)
			at += (size_t)sprintf(out + at, "%02x", rdata[i]);
		return at;
	}
}

size_t
show_rrset(const struct answer_rrset* rrset, char* out)
{
	static const char* const sections[] = { "an", "au", "ad" };
	char type[TYPE_TEXT_MAX];
	size_t at = 0, used = (size_t)sprintf(out, "%s",
		sections[rrset->section]);
	uint32_t i;
	if(rrset->owner)
		used += show_name(rrset->owner, rrset->owner_len, out + used);
	else	used += (size_t)sprintf(out + used, " @");
	used += (size_t)sprintf(out + used, " %s %u",
		type_to_text(rrset->type, type), (unsigned)rrset->ttl);
	assert_true(rrset->rdata.count > 0);
	for(i = 0; i < rrset->rdata.count; i++) {
		const uint8_t* rdata = rrset->rdata.octets + at;
		size_t len = (size_t)(rdata[0] << 8 | rdata[1]);
		used += show_rdata(rrset->type, rdata + 2, len, out + used);
		at += 2 + len;
	}
	assert_int_equal(at, rrset->rdata.len);
	return used;
}

/** What holds of every answer. */
static void
check_answer(const struct answer* answer)
{
	size_t i, answers = 0;
	assert_true(answer->count <= ANSWER_RRSETS_MAX);
	for(i = 0; i < answer->count; i++) {
		const struct answer_rrset* rrset = &answer->rrset[i];
		assert_true(i == 0 || rrset->section >= rrset[-1].section);
		assert_true(rrset->owner || rrset->section == ANSWER_ANSWER);
		answers += rrset->section == ANSWER_ANSWER;
	}
	assert_int_equal(answer->answers, answers);
	/* to whom others are to answer, no RCODE is ours to say */
	assert_true(answer->end == ANSWER_COMPLETE || answer->rcode == 0);
}

static const char*
show_rcode(int rcode)
{
	switch(rcode) {
	case 0:
		return "NOERROR";
	case 3:
		return "NXDOMAIN";
	case 6:
		return "YXDOMAIN";
	default:
		return "?";
	}
}

static void
show_answer(const struct answer* answer, char* out)
{
	size_t i, used = (size_t)sprintf(out, "%s",
		show_rcode(answer->rcode));
	for(i = 0; i < answer->count; i++) {
		used += (size_t)sprintf(out + used, " | ");
		used += show_rrset(&answer->rrset[i], out + used);
	}
	if(answer->end == ANSWER_COMPLETE)
		return;
	used += (size_t)sprintf(out + used, " | %s", answer->end ==
		ANSWER_REFERRAL ? "REFERRAL" : "OUTSIDE");
	if(answer->name)
		show_name(answer->name, answer->name_len, out + used);
}

const char*
ask(struct store* store, const struct zones* zones, const char* qname,
	uint16_t type, char* out)
{
	uint8_t wire[NAME_WIRE_MAX];
	struct answer* answer = malloc(sizeof(*answer));
	struct name_walk walk;
	struct zone* zone;
	size_t len;
	const char* why = name_wire_from_text(wire, &len, qname,
		strlen(qname));
	check(!why, "%s: %s", qname, why);
	assert_true(name_walk_init(&walk, wire, len, store_seed(store)));
	assert_non_null(answer);
	strcpy(out, "REFUSED");
	zone = zones_find(zones, &walk, type);
	if(zone) {
		memset(answer, 0xff, sizeof(*answer));
		store_read_lock(store);
		answer_find(zone, &walk, type, 0, answer);
		check_answer(answer);
		show_answer(answer, out);
		store_read_unlock(store);
	}
	free(answer);
	return out;
}

void
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

int
stop_reading(void** state)
{
	(void)state;
	while(urcu_bp_read_ongoing())
		urcu_bp_read_unlock();
	return 0;
}
