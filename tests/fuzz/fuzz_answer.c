/*
 * tests/fuzz/fuzz_answer.c - any question to any zones.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/*
 * The input is octets from which numbers are taken, each modulo what there is
 * to choose from; behind its end all are 0. First the number of zones less one,
 * and each zone: a name and its settings. Then what is done, see enum deed:
 * keys are put, by the feed, and questions noted. A name is one that was there
 * before, and up to three labels below it; both from short lists, so that
 * names meet.
 *
 * The questions are asked twice, the second time where every zone may have zone
 * cuts and DNAMEs, whether it has or not: the answers are the same. What holds
 * of each answer is in the functions check_...
 */
#include "dns/answer.h"
#include "feed.h"
#include "dns/type.h"
#include "base/log.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
/** most zones, names that are remembered, questions, keys, labels of a name */
enum {
	ZONES_MAX = 4,
	NAMES_MAX = 64,
	QUESTIONS_MAX = 32,
	KEYS_MAX = 600,
	LABELS_MAX = 24
};
/** room for any value, and for any key; what is longer is cut off */
#define VALUE_MAX 131072
#define KEY_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

/** What is done next. */
enum deed {
	/** put one RRset, or a part of it */
	DEED_PUT,
	/** put addresses of t0, t1 and so on below a name */
	DEED_ADDRESSES,
	/** put a chain of aliases, from x.c0 below a name */
	DEED_CHAIN,
	/** note a question */
	DEED_ASK,
	DEEDS
};

/** A name: its labels, from the root down, by number; see label_text. */
struct path {
	/** number of labels */
	unsigned count;
	/** the labels */
	uint8_t label[LABELS_MAX];
};

/** A question, and what it was answered with. */
struct question {
	/** qname */
	struct path name;
	/** qtype */
	uint16_t type;
	/** aliases that were followed before */
	unsigned followed;
	/** a hash of the answer */
	uint64_t answer;
};

/** What an input has become. */
static struct {
	/** the rest of the input */
	const uint8_t* data;
	/** octets of it */
	size_t len;
	/** keys and zones */
	struct feed* feed;
	/** tells it of keys */
	struct etcd_sink sink;
	/** number of keys that were put */
	size_t keys;
	/** number of names */
	size_t names;
	/** names that were there before; the root first */
	struct path name[NAMES_MAX];
	/** number of questions */
	size_t questions;
	/** the questions */
	struct question question[QUESTIONS_MAX];
} fuzz;

#define MUST(condition) \
	do { \
		if(!(condition)) { \
			fprintf(stderr, "line %d: not so: %s\n", __LINE__, \
				#condition); \
			abort(); \
		} \
	} while(0)

/* --- the input ----------------------------------------------------------- */

static unsigned
take(unsigned below)
{
	if(fuzz.len == 0)
		return 0;
	fuzz.len--;
	return *fuzz.data++ % below;
}

/** labels by number; those behind them are t0 to t115, and then c0 and on */
static const char* const labels[] = { "a", "b", "c", "d", "x", "z", "*", "A",
	"B", "a-label-of-sixty-octets-so-that-four-of-them-make-long-names",
	"com", "t" };
#define LABEL_T COUNT(labels)
#define LABEL_C 128
#define LABEL_X 4

static size_t
label_text(unsigned label, char* text)
{
	if(label < COUNT(labels))
		return (size_t)sprintf(text, "%s", labels[label]);
	return (size_t)sprintf(text, "%c%u", label < LABEL_C ? 't' : 'c',
		label < LABEL_C ? label - (unsigned)LABEL_T :
		label - LABEL_C);
}

/** A name that is one label longer, or the same if it has no room. */
static struct path
path_below(struct path path, unsigned label)
{
	if(path.count < LABELS_MAX)
		path.label[path.count++] = (uint8_t)label;
	return path;
}

static struct path
take_name(void)
{
	struct path path = fuzz.name[take((unsigned)fuzz.names)];
	unsigned more = take(4);
	if(more > 0) {
		while(more-- > 0)
			path = path_below(path, take(256));
		fuzz.name[fuzz.names < NAMES_MAX ? fuzz.names++ :
			1 + fuzz.len % (NAMES_MAX - 1)] = path;
	}
	return path;
}

static uint16_t
take_type(void)
{
	static const uint16_t types[] = { TYPE_A, TYPE_NS, TYPE_DNAME,
		TYPE_CNAME, TYPE_MX, TYPE_SRV, TYPE_SOA, TYPE_AAAA, TYPE_TXT,
		TYPE_DS, TYPE_ANY, 0, 12, TYPE_RRSIG };
	return types[take(COUNT(types))];
}

/** Write a name as in a zone file. */
static size_t
name_text(const struct path* path, char* text)
{
	size_t used = 0;
	unsigned i;
	for(i = path->count; i-- > 0; text[used++] = '.')
		used += label_text(path->label[i], text + used);
	if(used == 0)
		text[used++] = '.';
	text[used] = 0;
	return used;
}

/** Write a name as in a key, with a final '/'. */
static size_t
path_text(const struct path* path, char* text)
{
	size_t used = 0;
	unsigned i;
	for(i = 0; i < path->count; text[used++] = '/', i++)
		used += label_text(path->label[i], text + used);
	return used;
}

/** The name in wire format, in the case that it has.
 * @return false if it is too long. */
static bool
path_wire(const struct path* path, uint8_t* wire, size_t* len)
{
	char text[LABELS_MAX * 70];
	size_t used = name_text(path, text);
	return !name_wire_from_text(wire, len, text, used);
}

/* --- keys ---------------------------------------------------------------- */

static size_t
soa_text(const struct path* target, unsigned number, char* text)
{
	size_t used = name_text(target, text);
	text[used++] = ' ';
	used += name_text(target, text + used);
	/* serial 0 is filled in */
	return used + (size_t)sprintf(text + used, " %u 1 2 3 %u", number,
		number * 100);
}

static size_t
ds_text(unsigned number, char* text)
{
	return (size_t)sprintf(text, "%u 8 1 "
		"0123456789abcdef0123456789abcdef01234567", number);
}

/** Write a record.
 * @param number: which of an RRset. */
static size_t
record_text(uint16_t type, const struct path* target, unsigned number,
	char* text)
{
	size_t used = 0;
	switch(type) {
	case TYPE_A:
		return (size_t)sprintf(text, "192.0.2.%u", number);
	case TYPE_AAAA:
		return (size_t)sprintf(text, "2001:db8::%x", number);
	case TYPE_SOA:
		return soa_text(target, number, text);
	case TYPE_DS:
		return ds_text(number, text);
	case TYPE_TXT:
		/* some hundred are more than fit into a message */
		return (size_t)sprintf(text, "%0*u", number ? 255 : 5,
			number);
	case TYPE_MX:
		used = (size_t)sprintf(text, "%u ", number & 3);
		break;
	case TYPE_SRV:
		used = (size_t)sprintf(text, "1 %u 3 ", number & 3);
		break;
	default:
		break;
	}
	return used + name_text(target, text + used);
}

/**
 * Put a key.
 * @param id: 0: none.
 * @param count: of records; those of several have targets t0, t1 and so on
 *	below the target.
 * @param ttl: 0: none.
 */
static void
put(const struct path* owner, uint16_t type, unsigned id, unsigned count,
	const struct path* target, unsigned ttl)
{
	static char value[VALUE_MAX], key[KEY_MAX];
	size_t used = 0, key_len = (size_t)sprintf(key, "/h/");
	unsigned i;
	if(fuzz.keys++ >= KEYS_MAX)
		return;
	key_len += path_text(owner, key + key_len);
	type_to_text(type, key + key_len);
	key_len += strlen(key + key_len);
	if(id > 0)
		key_len += (size_t)sprintf(key + key_len, "/%u", id);
	if(ttl > 0)
		used = (size_t)sprintf(value, "{\"ttl\":%u,\"rdata\":", ttl);
	value[used++] = '[';
	for(i = 0; i < count && used < sizeof(value) - KEY_MAX; i++) {
		unsigned number = i + id * 37;
		struct path each = count > 1 ? path_below(*target,
			LABEL_T + number % (LABEL_C - LABEL_T)) : *target;
		used += (size_t)sprintf(value + used, i > 0 ? ",\"" : "\"");
		used += record_text(type, &each, number, value + used);
		value[used++] = '"';
	}
	used += (size_t)sprintf(value + used, ttl > 0 ? "]}" : "]");
	MUST(fuzz.sink.put(fuzz.feed, key, key_len, value, used,
		(int64_t)fuzz.keys));
}

static void
do_put(void)
{
	struct path owner = take_name();
	uint16_t type = take_type();
	struct path target = take_name();
	unsigned id = take(4), count = take(256), ttl = take(3) * 100;
	/* one most often */
	put(&owner, type, id, count < 128 ? 1 : count - 126, &target, ttl);
}

static void
do_addresses(void)
{
	struct path above = take_name();
	unsigned count = take(LABEL_C - LABEL_T), kinds = take(4), i;
	for(i = 0; i < count; i++) {
		struct path owner = path_below(above, LABEL_T + i);
		if(kinds != 1)
			put(&owner, TYPE_A, 0, 1, &owner, 0);
		if(kinds != 2)
			put(&owner, TYPE_AAAA, 0, 1, &owner, 0);
	}
}

static void
do_chain(void)
{
	struct path above = take_name(), end = take_name();
	unsigned count = take(20), i;
	/* CNAMEs at x.c0, or DNAMEs at c0, by the bits */
	unsigned dnames = take(256) | take(256) << 8;
	for(i = 0; i < count; i++) {
		struct path owner = path_below(above, LABEL_C + i);
		struct path target = i + 1 < count ? path_below(above,
			LABEL_C + i + 1) : end;
		if(dnames >> i % 16 & 1) {
			put(&owner, TYPE_DNAME, 0, 1, &target, 0);
			continue;
		}
		owner = path_below(owner, LABEL_X);
		target = path_below(target, LABEL_X);
		put(&owner, TYPE_CNAME, 0, 1, &target, 0);
	}
}

static void
do_ask(void)
{
	struct question* question = &fuzz.question[fuzz.questions];
	if(fuzz.questions == QUESTIONS_MAX)
		return;
	fuzz.questions++;
	question->name = take_name();
	question->type = take_type();
	question->followed = take(256);
	/* none most often */
	question->followed = question->followed < 200 ? 0 :
		question->followed - 200;
}

/* --- what holds of each answer ------------------------------------------- */

/** A hash of octets, all of which are read by it. */
static uint64_t
hash(uint64_t sum, const void* octets, size_t len)
{
	const uint8_t* at = octets;
	for(; len > 0; len--)
		sum = (sum ^ *at++) * UINT64_C(0x100000001b3);
	return sum;
}

static uint64_t
hash_number(uint64_t sum, uint64_t number)
{
	return hash(sum, &number, sizeof(number));
}

/** A hash of all that an answer says. */
static uint64_t
hash_answer(const struct answer* answer)
{
	uint64_t sum = hash_number(hash_number(1, answer->end),
		(uint64_t)answer->rcode);
	size_t i;
	sum = hash(sum, answer->name, answer->name_len);
	for(i = 0; i < answer->count; i++) {
		const struct answer_rrset* rrset = &answer->rrset[i];
		sum = hash_number(sum, rrset->section);
		sum = hash_number(sum, rrset->type);
		sum = hash_number(sum, rrset->ttl);
		sum = hash_number(sum, rrset->rdata.count);
		sum = hash(sum, rrset->owner, rrset->owner_len);
		sum = hash(sum, rrset->rdata.octets, rrset->rdata.len);
	}
	return sum;
}

/** Read what is exactly one name; in lower case. */
static struct name_walk
question_name(const uint8_t* wire, size_t len)
{
	struct name_walk walk;
	MUST(name_walk_init(&walk, wire, len, fuzz.feed ?
		store_seed(feed_store(fuzz.feed)) : 0));
	return walk;
}

static bool
same_name(const struct name* a, const struct name* b)
{
	return name_is(a, b->wire, b->len);
}

/** Whether a name is below another one, or that one itself. */
static bool
is_at_or_below(const struct name_walk* walk, const struct name_walk* above)
{
	return walk->labels >= above->labels && walk->name.len -
		walk->offset[above->labels] == above->name.len &&
		name_ends(&above->name, walk->name.wire, walk->name.len);
}

static bool
is_below(const struct name_walk* walk, const struct name_walk* above)
{
	return walk->labels > above->labels && is_at_or_below(walk, above);
}

/** One record is of the form that its type has. */
static void
check_record(uint16_t type, const uint8_t* rdata, size_t len)
{
	size_t at = 0;
	switch(type) {
	case TYPE_A:
		MUST(len == 4);
		break;
	case TYPE_AAAA:
		MUST(len == 16);
		break;
	case TYPE_SRV:
		at += 4;
		/* fall through */
	case TYPE_MX:
		at += 2;
		MUST(len > at);
		/* fall through */
	case TYPE_NS:
	case TYPE_CNAME:
	case TYPE_DNAME:
		(void)question_name(rdata + at, len - at);
		break;
	case TYPE_SOA:
		while(rdata[at])
			at += (size_t)1 + rdata[at];
		at++;
		MUST(len > at + 20);
		(void)question_name(rdata + at, len - at - 20);
		break;
	default:
		break;
	}
}

/** The rdata are so many records. */
static void
check_rrset(const struct answer_rrset* rrset)
{
	const uint8_t* rdata = rrset->rdata.octets;
	size_t left = rrset->rdata.len;
	uint32_t i;
	MUST(rrset->rdata.count > 0);
	MUST(rrset->ttl <= RECORD_TTL_MAX);
	MUST(!type_is_meta(rrset->type) && !type_is_signers(rrset->type));
	MUST(rrset->owner || (rrset->section == ANSWER_ANSWER &&
		rrset->owner_len == 0));
	for(i = 0; i < rrset->rdata.count; i++) {
		size_t len;
		MUST(left >= 2);
		len = (size_t)(rdata[0] << 8 | rdata[1]);
		MUST(left - 2 >= len);
		check_record(rrset->type, rdata + 2, len);
		rdata += 2 + len;
		left -= 2 + len;
	}
	MUST(left == 0);
	MUST(rrset->rdata.count == 1 || !type_is_single(rrset->type));
}

/** What is read of an answer. */
struct reading {
	/** the answer */
	const struct answer* answer;
	/** what was asked */
	const struct question* question;
	/** the owner of each RRset */
	struct name_walk owner[ANSWER_RRSETS_MAX];
	/** where the aliases lead to; before, the qname */
	struct name_walk end;
	/** number of CNAMEs that were followed, the last may be told only */
	unsigned followed;
	/** whether the name at the end was there before */
	bool circle;
	/** whether the answer has what was asked for */
	bool found;
};

/** Sections come in order, the numbers are right, nothing is there twice. */
static void
check_sections(struct reading* reading, const struct name_walk* qname)
{
	const struct answer* answer = reading->answer;
	size_t number[3] = { 0, 0, 0 }, i, n;
	MUST(answer->count <= ANSWER_RRSETS_MAX);
	for(i = 0; i < answer->count; i++) {
		const struct answer_rrset* rrset = &answer->rrset[i];
		MUST(i == 0 || rrset->section >= rrset[-1].section);
		number[rrset->section]++;
		check_rrset(rrset);
		reading->owner[i] = rrset->owner ? question_name(rrset->owner,
			rrset->owner_len) : *qname;
		for(n = 0; n < i; n++)
			MUST(answer->rrset[n].type != rrset->type ||
				!same_name(&reading->owner[n].name,
				&reading->owner[i].name));
		MUST(rrset->section != ANSWER_ADDITIONAL ||
			rrset->type == TYPE_A || rrset->type == TYPE_AAAA);
	}
	MUST(answer->answers == number[ANSWER_ANSWER]);
	MUST(number[ANSWER_AUTHORITY] <= 1);
	MUST(answer->additional == number[ANSWER_ADDITIONAL]);
	MUST(answer->additional <= ANSWER_ADDITIONAL_MAX);
	MUST(answer->targets <= ANSWER_TARGETS_MAX);
}

/** Follow an alias. */
static void
read_alias(struct reading* reading, size_t i)
{
	const struct answer_rrset* rrset = &reading->answer->rrset[i];
	size_t n;
	reading->end = question_name(rrset->rdata.octets + 2,
		rrset->rdata.len - 2);
	reading->followed++;
	for(n = 0; n <= i; n++) {
		if(reading->answer->rrset[n].type == TYPE_CNAME &&
			same_name(&reading->owner[n].name,
			&reading->end.name))
			reading->circle = true;
	}
}

/** The answer section is a chain, and then what was asked for. */
static void
check_chain(struct reading* reading)
{
	const struct answer* answer = reading->answer;
	uint16_t type = reading->question->type;
	bool made = false;
	size_t i;
	for(i = 0; i < answer->answers; i++) {
		const struct answer_rrset* rrset = &answer->rrset[i];
		MUST(!reading->found && !reading->circle);
		if(rrset->type == TYPE_DNAME && is_below(&reading->end,
			&reading->owner[i])) {
			/* it makes the next one */
			MUST(!made);
			made = true;
			continue;
		}
		MUST(same_name(&reading->owner[i].name, &reading->end.name));
		/* ANY gets an alias at its own name, and follows a DNAME */
		if(rrset->type == TYPE_CNAME && type != TYPE_CNAME &&
			(i + 1 < answer->answers ||
			answer->name == rrset->rdata.octets + 2)) {
			read_alias(reading, i);
		} else {
			MUST(rrset->type == type || type == TYPE_ANY);
			reading->found = true;
		}
		made = false;
	}
	MUST(!made || answer->rcode == 6);
}

/** So many aliases, and the name is where they lead to. */
static void
check_aliases(const struct reading* reading)
{
	const struct answer* answer = reading->answer;
	unsigned before = reading->question->followed;
	MUST(reading->followed <= (before < ANSWER_ALIASES_MAX ?
		ANSWER_ALIASES_MAX + 1 - before : 1));
	MUST((answer->name != NULL) == (reading->followed > 0));
	if(answer->name)
		MUST(name_is(&reading->end.name, answer->name,
			answer->name_len));
}

/** Whether a DNAME in an answer is at a name, or above it. */
static bool
has_dname(const struct reading* reading, bool above)
{
	size_t i;
	for(i = 0; i < reading->answer->answers; i++) {
		if(reading->answer->rrset[i].type == TYPE_DNAME &&
			is_at_or_below(&reading->end, &reading->owner[i]) &&
			is_below(&reading->end, &reading->owner[i]) == above)
			return true;
	}
	return false;
}

/** Whether the aliases are why an answer without an RRset of its own has no
 * SOA either. */
static bool
ends_with_aliases(const struct reading* reading)
{
	uint16_t type = reading->question->type;
	return (reading->followed > 0 && (reading->circle ||
		reading->followed + reading->question->followed >
		ANSWER_ALIASES_MAX)) || ((type == TYPE_DNAME ||
		type == TYPE_ANY) && has_dname(reading, false));
}

static void
check_referral(const struct reading* reading, const struct zone* zone)
{
	const struct answer* answer = reading->answer;
	size_t at = answer->answers;
	MUST(zone);
	MUST(answer->rcode == 0 && !reading->found && !answer->cacheable);
	MUST(answer->count > at);
	MUST(answer->rrset[at].section == ANSWER_AUTHORITY);
	MUST(answer->rrset[at].type == TYPE_NS);
	MUST(is_at_or_below(&reading->end, &reading->owner[at]));
	MUST(reading->owner[at].labels > zone_labels(zone));
	MUST(reading->question->type != TYPE_DS ||
		is_below(&reading->end, &reading->owner[at]));
}

static void
check_outside(const struct reading* reading, const struct zone* zone)
{
	const struct answer* answer = reading->answer;
	MUST(answer->rcode == 0 && !reading->found && !answer->cacheable);
	MUST(answer->count == answer->answers);
	MUST(!zone || zone_facts(zone)->fallthrough);
}

/** What does not exist is denied by the SOA. */
static void
check_complete(const struct reading* reading, const struct zone* zone)
{
	const struct answer* answer = reading->answer;
	const struct answer_rrset* next = &answer->rrset[answer->answers];
	bool denied = answer->count > answer->answers &&
		next->section == ANSWER_AUTHORITY;
	MUST(answer->rcode == 0 || answer->rcode == 3 || answer->rcode == 6);
	MUST(!denied || (zone && next->type == TYPE_SOA && same_name(
		zone_apex(zone), &reading->owner[answer->answers].name)));
	MUST(!denied || !reading->found);
	MUST(answer->rcode != 3 || denied);
	MUST(answer->rcode != 6 || (!denied && !reading->found &&
		has_dname(reading, true)));
	MUST(answer->rcode == 6 || denied || reading->found ||
		ends_with_aliases(reading));
	MUST(!answer->cacheable || (answer->rcode == 0 && reading->found &&
		answer->count == answer->answers && zone &&
		!zone_facts(zone)->open));
	MUST(answer->additional == 0 || reading->found);
}

static void
check_answer(const struct question* question, const struct name_walk* qname,
	const struct answer* answer)
{
	static struct reading reading;
	const struct zone* zone;
	memset(&reading, 0, sizeof(reading));
	reading.answer = answer;
	reading.question = question;
	reading.end = *qname;
	check_sections(&reading, qname);
	check_chain(&reading);
	check_aliases(&reading);
	zone = zones_find(feed_zones(fuzz.feed), &reading.end,
		question->type);
	if(answer->end == ANSWER_REFERRAL)
		check_referral(&reading, zone);
	else if(answer->end == ANSWER_OUTSIDE)
		check_outside(&reading, zone);
	else	check_complete(&reading, zone);
}

/** Ask, where no octet is defined and none follows. @return a hash. */
static uint64_t
ask(const struct question* question)
{
	struct store* store = feed_store(fuzz.feed);
	uint8_t wire[NAME_WIRE_MAX];
	struct answer* answer;
	const struct zone* zone;
	struct name_walk walk;
	uint64_t sum;
	size_t len;
	if(!path_wire(&question->name, wire, &len))
		return 0;
	walk = question_name(wire, len);
	zone = zones_find(feed_zones(fuzz.feed), &walk, question->type);
	if(!zone)
		return 0;
	answer = malloc(sizeof(*answer));
	MUST(answer);
	memset(answer, 0xa5, sizeof(*answer));
	store_read_lock(store);
	answer_find(zone, &walk, question->type, question->followed, answer);
	sum = hash_answer(answer);
	check_answer(question, &walk, answer);
	store_read_unlock(store);
	free(answer);
	return sum;
}

/* --- zones --------------------------------------------------------------- */

/** Take a name that is none too long. */
static struct name
take_apex(void)
{
	struct path path = take_name();
	uint8_t wire[NAME_WIRE_MAX];
	size_t len;
	if(!path_wire(&path, wire, &len))
		return (struct name){ .len = 1 };
	return question_name(wire, len).name;
}

/** Take a zone, unless its apex is there already. */
static void
take_zone(struct zone_settings* settings, size_t* count, struct name* ns)
{
	struct zone_settings* zone = &settings[*count];
	unsigned how;
	size_t i;
	zone->apex = take_apex();
	zone->mname = zone->rname = take_apex();
	how = take(256);
	zone->fallthrough = how & 1;
	zone->ttl = how & 2 ? 300 : 0;
	zone->minimum = how & 4 ? 60 : 0;
	zone->ns = ns;
	zone->ns_count = how >> 4 == 15 ? NAMES_MAX : how >> 6;
	for(i = 0; i < *count; i++) {
		if(same_name(&settings[i].apex, &zone->apex))
			return;
	}
	++*count;
}

static void
make_zones(void)
{
	static struct zone_settings settings[ZONES_MAX];
	static struct name ns[NAMES_MAX];
	struct feed_listener listener = { .arg = NULL };
	unsigned zones = 1 + take(ZONES_MAX);
	size_t count = 0, i;
	memset(settings, 0, sizeof(settings));
	for(i = 0; i < NAMES_MAX; i++) {
		char text[8];
		MUST(!name_from_text(&ns[i], text, (size_t)sprintf(text,
			"t%u.a.", (unsigned)i)));
	}
	for(i = 0; i < zones; i++)
		take_zone(settings, &count, ns);
	fuzz.feed = feed_create(settings, count, "/h", &listener);
	MUST(fuzz.feed);
	fuzz.sink = feed_sink(fuzz.feed);
}

/** Let all zones be ones that may have cuts. */
static void
note_cuts(void)
{
	const struct zones* zones = feed_zones(fuzz.feed);
	size_t i;
	for(i = 0; i < zones_count(zones); i++) {
		const struct name* apex = zone_apex(zones_get(zones, i));
		struct name_walk walk = question_name(apex->wire, apex->len);
		(void)zone_note_cut(zones_find(zones, &walk, TYPE_SOA));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
	static void (*const deeds[DEEDS])(void) = { do_put, do_addresses,
		do_chain, do_ask };
	size_t i;
	helix_log_set_writer(helix_log_discard);
	memset(&fuzz, 0, sizeof(fuzz));
	fuzz.data = data;
	fuzz.len = size;
	fuzz.names = 1;
	make_zones();
	while(fuzz.len > 0)
		deeds[take(DEEDS)]();
	MUST(fuzz.sink.commit(fuzz.feed));
	for(i = 0; i < fuzz.questions; i++)
		fuzz.question[i].answer = ask(&fuzz.question[i]);
	note_cuts();
	for(i = 0; i < fuzz.questions; i++)
		MUST(ask(&fuzz.question[i]) == fuzz.question[i].answer);
	feed_delete(fuzz.feed);
	return 0;
}
