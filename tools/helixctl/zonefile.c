/*
 * tools/helixctl/zonefile.c - reads zone files.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "zonefile.h"
#include "base/text.h"
#include "base/wire.h"
#include "dns/contribution.h"
#include "dns/rdata/rdata.h"
#include "dns/type.h"
#include "zonegenerate.h"
#include "zonelines.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

/** most types of one owner whose first TTL is remembered */
#define PRIOR_MAX 64

/** The class IN (RFC 1035 3.2.4). */
#define CLASS_IN 1

/** The TTL of an owner's records of a type. */
struct prior {
	uint16_t type;
	uint32_t ttl;
};

/** What is read, over all files. */
struct zonefile {
	const struct zonefile_sink* sink;
	/** errors so far */
	unsigned errors;
	/** the sink wants no more, or too much was wrong */
	bool stopped;
	/** TTL by $TTL, and by the record before; -1: none */
	int64_t default_ttl, ttl;
	/** $INCLUDE so far, and records by $GENERATE */
	unsigned long includes, generated;
	/** the owner of the record before, whose TTLs are in `prior` */
	struct name prior_owner;
	struct prior prior[PRIOR_MAX];
	size_t priors;
	/** what is read last */
	struct rdata rdata;
	/** what $GENERATE makes */
	struct buffer owner_text, rdata_text;
};

/** One file. */
struct input {
	struct zonefile* zf;
	/** its name */
	const char* path;
	/** how many files include it */
	unsigned depth;
	struct zonelines lines;
	/** the line that is read, and the place behind its last word */
	struct zoneline line;
	size_t at;
	/** the origin in wire format, in its own case; NULL: there is none */
	const uint8_t* origin;
	uint8_t origin_wire[NAME_WIRE_MAX];
	/** the owner of the last record; NULL: there was none */
	struct name* owner;
	struct name owner_name;
};

/** What a record has between its owner and its rdata. */
struct head {
	/** -1: it was not given */
	int64_t ttl;
	/** 0: it was not given */
	uint16_t rrclass;
	uint16_t type;
};

static bool file_read(struct zonefile* zf, const char* path, FILE* file,
	const struct input* parent, const uint8_t* origin);

/* --- errors -------------------------------------------------------------- */

/** Report what is wrong at a place of the file. @return false. */
static bool
fail_at(const struct input* input, unsigned long line, unsigned long column,
	const char* text)
{
	struct zonefile* zf = input->zf;
	const struct zonefile_place place = { input->path, line, column };
	zf->sink->error(zf->sink->arg, &place, text);
	if(++zf->errors == ZONEFILE_ERRORS_MAX) {
		zf->sink->error(zf->sink->arg, &place, "too many errors; the "
			"rest is not read");
		zf->stopped = true;
	}
	return false;
}

/** Report what is wrong at a place of the line. @return false. */
static bool
fail(const struct input* input, size_t at, const char* text)
{
	unsigned long line, column;
	zoneline_place(&input->line, at, &line, &column);
	return fail_at(input, line, column, text);
}

/** The same, with the word that is wrong before the text. */
static bool
fail_word(const struct input* input, const struct zoneword* word,
	const char* text)
{
	char shown[RDATA_SHOWN_SIZE];
	struct reason reason;
	(void)reason_say(&reason, "\"%s\" %s", text_show(word->text, word->len,
		shown, sizeof(shown)), text);
	return fail(input, word->at, reason.text);
}

/* --- words --------------------------------------------------------------- */

/** Read the next word of the line. @return false if there is none (then its
 * text is NULL), or it is wrong. */
static bool
word_next(struct input* input, struct zoneword* word)
{
	struct reason reason;
	memset(word, 0, sizeof(*word));
	switch(zoneline_word(&input->line, &input->at, word, &reason)) {
	case ZONELINES_MORE:
		return true;
	case ZONELINES_END:
		word->text = NULL;
		return false;
	default:
		word->text = "";
		return fail(input, word->at, reason.text);
	}
}

/** Read a word that has to be there. @param what: what is missing if it is
 * not. */
static bool
word_more(struct input* input, struct zoneword* word, const char* what)
{
	if(word_next(input, word))
		return true;
	return word->text ? false : fail(input, word->at, what);
}

/** Check that the line has no more words. */
static bool
word_last(struct input* input)
{
	struct zoneword word;
	if(word_next(input, &word))
		return fail_word(input, &word, "is one word too many");
	return !word.text;
}

/** Whether a word is this, in any case. */
static bool
word_is(const struct zoneword* word, const char* text)
{
	return word->len == strlen(text) && strncasecmp(word->text, text,
		word->len) == 0;
}

/** Read a name. */
static bool
name_read(const struct input* input, const struct zoneword* word,
	struct name* name)
{
	const char* why = word->quoted ? "a name is not in quotes" :
		name_from_zone_text(name, word->text, word->len,
		input->origin);
	struct reason reason;
	if(!why)
		return true;
	(void)reason_say(&reason, "is no name: %s", why);
	return fail_word(input, word, reason.text);
}

/** Read the name of an origin. @param wire: room for NAME_WIRE_MAX octets. */
static bool
origin_read(const struct input* input, const struct zoneword* word,
	uint8_t* wire)
{
	struct name name;
	size_t len;
	return name_read(input, word, &name) && !name_wire_from_zone_text(wire,
		&len, word->text, word->len, input->origin);
}

/** Read a TTL. */
static bool
ttl_read(const struct input* input, const struct zoneword* word, int64_t* ttl)
{
	uint32_t seconds;
	if(word->quoted || !text_read_time(word->text, word->len, &seconds))
		return fail_word(input, word, "is no TTL, such as 3600 or 1h");
	if(seconds > RECORD_TTL_MAX)
		return fail_word(input, word, "is over the highest TTL, "
			"2147483647");
	*ttl = seconds;
	return true;
}

/** The class that a word names; 0: none. */
static uint16_t
class_of(const struct zoneword* word)
{
	static const struct {
		const char* name;
		uint16_t number;
	} classes[] = { { "IN", CLASS_IN }, { "CS", 2 }, { "CH", 3 },
		{ "CHAOS", 3 }, { "HS", 4 }, { "HESIOD", 4 }, { "NONE", 254 },
		{ "ANY", 255 } };
	uint64_t number = 0;
	size_t i;
	for(i = 0; i < sizeof(classes) / sizeof(*classes); i++) {
		if(word_is(word, classes[i].name))
			return classes[i].number;
	}
	if(word->len > 5 && strncasecmp(word->text, "CLASS", 5) == 0 &&
		text_read_decimal(word->text + 5, word->len - 5, UINT16_MAX,
		&number) == word->len - 5)
		return (uint16_t)number;
	return 0;
}

/** Read a type. */
static bool
type_read(const struct input* input, const struct zoneword* word,
	uint16_t* type)
{
	char text[TYPE_TEXT_MAX];
	size_t i;
	*type = 0;
	for(i = 0; i < word->len && i < sizeof(text); i++)
		text[i] = word->text[i] >= 'a' && word->text[i] <= 'z' ?
			(char)(word->text[i] - 'a' + 'A') : word->text[i];
	if(word->len <= sizeof(text) && !word->quoted)
		*type = type_from_text(text, word->len);
	if(*type == 0)
		return fail_word(input, word, word->len > 0 &&
			text_is_digit(*word->text) ? "is no TTL, class or "
			"type" : "is no type that is known; unknown ones are "
			"written as TYPE and their number");
	if(type_is_meta(*type))
		return fail_word(input, word, "is a type that only queries "
			"and messages have");
	return true;
}

/** Read TTL, class and type. */
static bool
head_read(struct input* input, struct head* head)
{
	struct zoneword word;
	uint32_t seconds;
	*head = (struct head){ .ttl = -1 };
	for(;;) {
		if(!word_more(input, &word, "the record has no type"))
			return false;
		if(head->ttl < 0 && !word.quoted && text_read_time(word.text,
			word.len, &seconds)) {
			if(!ttl_read(input, &word, &head->ttl))
				return false;
		} else if(!head->rrclass && !word.quoted &&
			(head->rrclass = class_of(&word)) != 0) {
			if(head->rrclass != CLASS_IN)
				return fail_word(input, &word, "is a class "
					"that is not served; only IN is");
		} else	return type_read(input, &word, &head->type);
	}
}

/* --- records ------------------------------------------------------------- */

/** Decide which TTL a record has that has been read. @param place: what to
 * complain about. */
static bool
ttl_decide(struct input* input, const struct head* head, size_t place,
	uint32_t* ttl)
{
	struct zonefile* zf = input->zf;
	if(head->ttl >= 0) {
		zf->ttl = head->ttl;
	} else if(zf->default_ttl >= 0) {
		zf->ttl = zf->default_ttl;
	} else if(zf->ttl < 0 && head->type == TYPE_SOA) {
		/* as BIND has it: the SOA's minimum is its last field */
		const struct rdata* soa = &zf->rdata;
		uint32_t minimum = wire_read_u32(soa->wire + soa->len - 4);
		zf->ttl = minimum > RECORD_TTL_MAX ? 0 : minimum;
		zf->default_ttl = zf->ttl;
	} else if(zf->ttl < 0) {
		return type_is_signers(head->type) || fail(input, place,
			"there is no TTL: neither here nor in a record before, "
			"and no $TTL");
	}
	*ttl = (uint32_t)(zf->ttl < 0 ? 0 : zf->ttl);
	return true;
}

/** Records of one owner and type that follow each other have the first one's
 * TTL. */
static void
ttl_prior(struct zonefile* zf, const struct name* owner, uint16_t type,
	uint32_t* ttl)
{
	size_t i;
	if(owner->len != zf->prior_owner.len || memcmp(owner->wire,
		zf->prior_owner.wire, owner->len) != 0) {
		zf->prior_owner = *owner;
		zf->priors = 0;
	}
	for(i = 0; i < zf->priors; i++) {
		if(zf->prior[i].type == type) {
			*ttl = zf->prior[i].ttl;
			zf->ttl = *ttl;
			return;
		}
	}
	if(zf->priors < PRIOR_MAX)
		zf->prior[zf->priors++] = (struct prior){ type, *ttl };
}

/** Pass a record on, whose rdata is in zf->rdata. @param place: where it
 * begins. */
static bool
record_pass(struct input* input, const struct name* owner,
	const struct head* head, size_t place)
{
	struct zonefile* zf = input->zf;
	struct zonefile_record record = { .owner = owner, .type = head->type,
		.place.file = input->path };
	if(!ttl_decide(input, head, place, &record.ttl))
		return false;
	if(!type_is_signers(head->type)) {
		ttl_prior(zf, owner, head->type, &record.ttl);
		record.rdata = zf->rdata.wire;
		record.len = zf->rdata.len;
	}
	zoneline_place(&input->line, place, &record.place.line,
		&record.place.column);
	zf->stopped |= !zf->sink->record(zf->sink->arg, &record);
	return !zf->stopped;
}

/** Read rdata into zf->rdata. @param wrong: set to how many octets are before
 * the word that is wrong. */
static bool
rdata_parse(struct input* input, uint16_t type, const char* text, size_t len,
	size_t* wrong, struct reason* reason)
{
	struct rdata_place place = {
		.origin = input->origin };
	bool ok = type_is_signers(type) || rdata_read_in_zone(
		&input->zf->rdata, type, text, len, &place, reason);
	*wrong = place.wrong;
	return ok;
}

/** Read the owner that a line has, or else that of the last record. */
static bool
owner_read(struct input* input)
{
	struct zoneword word;
	if(input->line.blank && !input->owner)
		return fail(input, 0, "there is no owner name, and no record "
			"before whose owner it could be");
	if(input->line.blank)
		return true;
	if(!word_next(input, &word) || !name_read(input, &word,
		&input->owner_name)) {
		/* or the next record would get another's owner */
		input->owner = NULL;
		return false;
	}
	input->owner = &input->owner_name;
	return true;
}

/** Read a record. */
static bool
record_read(struct input* input)
{
	const char* text = (const char*)input->line.text.data;
	size_t wrong, begin, len = input->line.text.len;
	struct reason reason;
	struct head head;
	if(!owner_read(input) || !head_read(input, &head))
		return false;
	begin = input->at;
	while(begin < len && (text[begin] == ' ' || text[begin] == '\t'))
		begin++;
	if(!rdata_parse(input, head.type, text + begin, len - begin, &wrong,
		&reason))
		return fail(input, begin + wrong, reason.text);
	return record_pass(input, input->owner, &head, 0);
}

/* --- directives ---------------------------------------------------------- */

static bool
origin_directive(struct input* input)
{
	uint8_t wire[NAME_WIRE_MAX];
	struct zoneword word;
	if(!word_more(input, &word, "expected $ORIGIN NAME") ||
		!origin_read(input, &word, wire) || !word_last(input))
		return false;
	memcpy(input->origin_wire, wire, sizeof(wire));
	input->origin = input->origin_wire;
	return true;
}

static bool
ttl_directive(struct input* input)
{
	struct zoneword word;
	int64_t ttl;
	if(!word_more(input, &word, "expected $TTL TTL") ||
		!ttl_read(input, &word, &ttl) || !word_last(input))
		return false;
	input->zf->default_ttl = ttl;
	return true;
}

/** The path of a file in the folder of another one. @return NULL if memory ran
 * out; to be freed. */
static char*
path_beside(const char* other, const char* name)
{
	const char* slash = strrchr(other, '/');
	size_t len = slash ? (size_t)(slash + 1 - other) : 0;
	char* path = malloc(len + strlen(name) + 1);
	if(!path)
		return NULL;
	memcpy(path, other, len);
	strcpy(path + len, name);
	return path;
}

/** Open a regular file. @return NULL: errno is set. */
static FILE*
regular_open(const char* path)
{
	struct stat st;
	/* a FIFO would have us wait */
	if(stat(path, &st) != 0)
		return NULL;
	if(!S_ISREG(st.st_mode)) {
		errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
		return NULL;
	}
	return fopen(path, "re");
}

/** Open a file that is included. @param path: owned by the caller, set to where
 * it was found. */
static FILE*
include_open(const struct input* input, const char* name, char** path)
{
	FILE* file = regular_open(name);
	*path = file || *name == '/' || errno != ENOENT ? strdup(name) :
		path_beside(input->path, name);
	if(!file && *path && strcmp(*path, name) != 0)
		file = regular_open(*path);
	if(file && !*path) {
		fclose(file);
		file = NULL;
		errno = ENOMEM;
	}
	return file;
}

/** Read the file that a word names. */
static bool
include(struct input* input, const struct zoneword* word,
	const uint8_t* origin)
{
	char* name = strndup(word->text, word->len);
	char* path = NULL;
	struct reason reason;
	FILE* file;
	bool ok;
	if(!name)
		return fail(input, word->at, "out of memory");
	file = include_open(input, name, &path);
	if(!file) {
		(void)reason_say(&reason, "cannot be read: %s",
			errno == EINVAL ? "it is not a regular file" :
			strerror(errno));
		ok = fail_word(input, word, reason.text);
	} else {
		ok = file_read(input->zf, path, file, input, origin);
		fclose(file);
	}
	free(path);
	free(name);
	return ok;
}

static bool
include_directive(struct input* input)
{
	struct zoneword word, origin_word;
	uint8_t origin[NAME_WIRE_MAX];
	bool has_origin;
	if(!word_more(input, &word, "expected $INCLUDE FILE or $INCLUDE FILE "
		"ORIGIN"))
		return false;
	has_origin = word_next(input, &origin_word);
	if((!has_origin && origin_word.text) || (has_origin &&
		(!origin_read(input, &origin_word, origin) ||
		!word_last(input))))
		return false;
	if(input->depth + 1 >= ZONEFILE_DEPTH_MAX)
		return fail(input, word.at, "files include each other more "
			"than 16 deep");
	if(++input->zf->includes > ZONEFILE_INCLUDES_MAX) {
		input->zf->stopped = true;
		return fail(input, word.at, "there are more than 10000 "
			"$INCLUDE");
	}
	return include(input, &word, has_origin ? origin : input->origin);
}

/** Make one record by $GENERATE. */
static bool
generate_one(struct input* input, const struct zoneword* owner_word,
	const struct head* head, const struct zoneword* rdata_word,
	int64_t number)
{
	struct zonefile* zf = input->zf;
	struct reason reason, why;
	struct name owner;
	const char* no_name;
	size_t wrong;
	if(!zonegenerate_write(&zf->owner_text, owner_word->text,
		owner_word->len, owner_word->quoted, number, &reason))
		return fail(input, owner_word->at, reason.text);
	no_name = name_from_zone_text(&owner, (char*)zf->owner_text.data,
		zf->owner_text.len, input->origin);
	if(no_name) {
		(void)reason_say(&reason, "for %ld, the owner is no name: %s",
			(long)number, no_name);
		return fail(input, owner_word->at, reason.text);
	}
	if(!zonegenerate_write(&zf->rdata_text, rdata_word->text,
		rdata_word->len, rdata_word->quoted, number, &reason))
		return fail(input, rdata_word->at, reason.text);
	if(!rdata_parse(input, head->type, (char*)zf->rdata_text.data,
		zf->rdata_text.len, &wrong, &why)) {
		(void)reason_say(&reason, "for %ld: %s", (long)number,
			why.text);
		return fail(input, rdata_word->at, reason.text);
	}
	return record_pass(input, &owner, head, 0);
}

static bool
generate_directive(struct input* input)
{
	static const char expected[] = "expected $GENERATE START-STOP[/STEP] "
		"OWNER [TTL] [CLASS] TYPE RDATA";
	struct zonefile* zf = input->zf;
	struct zoneword range_word, owner, rdata;
	struct zonegenerate_range range;
	struct reason reason;
	struct head head;
	int64_t number;
	if(!word_more(input, &range_word, expected))
		return false;
	if(!zonegenerate_range_read(&range, range_word.text, range_word.len,
		&reason))
		return fail(input, range_word.at, reason.text);
	if(!word_more(input, &owner, expected) || !head_read(input, &head) ||
		!word_more(input, &rdata, expected) || !word_last(input))
		return false;
	if(type_is_signers(head.type))
		return fail(input, 0, "$GENERATE of records that only a signer "
			"makes");
	for(number = range.start; number <= range.stop; number += range.step) {
		if(++zf->generated > ZONEFILE_GENERATE_MAX) {
			zf->stopped = true;
			return fail(input, range_word.at, "all $GENERATE "
				"together make over 16777216 records");
		}
		/* one mistake is one message */
		if(!generate_one(input, &owner, &head, &rdata, number))
			return false;
	}
	return true;
}

/** A directive of zone files. */
struct directive {
	const char* name;
	bool (*run)(struct input* input);
};

static const struct directive directives[] = {
	{ "$ORIGIN", origin_directive },
	{ "$TTL", ttl_directive },
	{ "$INCLUDE", include_directive },
	{ "$GENERATE", generate_directive },
};

/** Read a line. */
static bool
line_read(struct input* input)
{
	const char* text = (const char*)input->line.text.data;
	struct zoneword word;
	size_t i;
	input->at = 0;
	if(input->lines.line <= 2 && input->line.text.len >= 3 && memcmp(text,
		"\xef\xbb\xbf", 3) == 0)
		return fail(input, 0, "the file begins with a byte order mark; "
			"save it without");
	if(input->line.blank || *text != '$')
		return record_read(input);
	if(!word_next(input, &word))
		return false;
	for(i = 0; i < sizeof(directives) / sizeof(*directives); i++) {
		if(word_is(&word, directives[i].name))
			return directives[i].run(input);
	}
	return fail_word(input, &word, "is no directive that is known; a name "
		"that begins with '$' is written \\$");
}

/* --- files --------------------------------------------------------------- */

/** Read the lines of a file. */
static void
lines_read(struct input* input)
{
	unsigned long line, column;
	struct reason reason;
	while(!input->zf->stopped) {
		switch(zonelines_read(&input->lines, &input->line, &line,
			&column, &reason)) {
		case ZONELINES_MORE:
			(void)line_read(input);
			break;
		case ZONELINES_END:
			return;
		case ZONELINES_WRONG:
			(void)fail_at(input, line, column, reason.text);
			/* what follows may belong to it */
			input->owner = NULL;
			break;
		case ZONELINES_LOST:
			(void)fail_at(input, line, column, reason.text);
			return;
		}
	}
}

/** Read a file. @param parent: what includes it, or NULL. */
static bool
file_read(struct zonefile* zf, const char* path, FILE* file,
	const struct input* parent, const uint8_t* origin)
{
	struct input* input = calloc(1, sizeof(*input));
	unsigned errors = zf->errors;
	if(!input) {
		const struct zonefile_place place = { path, 1, 1 };
		zf->sink->error(zf->sink->arg, &place, "out of memory");
		zf->errors++;
		return false;
	}
	input->zf = zf;
	input->path = path;
	input->depth = parent ? parent->depth + 1 : 0;
	zonelines_init(&input->lines, file);
	if(origin) {
		size_t len = 1;
		while(origin[len - 1] != 0)
			len += (size_t)origin[len - 1] + 1;
		memcpy(input->origin_wire, origin, len);
		input->origin = input->origin_wire;
	}
	if(parent && parent->owner) {
		input->owner_name = *parent->owner;
		input->owner = &input->owner_name;
	}
	lines_read(input);
	zoneline_clear(&input->line);
	free(input);
	return zf->errors == errors;
}

bool
zonefile_read(const char* path, const struct name* origin,
	const struct zonefile_sink* sink)
{
	const bool is_stdin = strcmp(path, "-") == 0;
	FILE* file = is_stdin ? stdin : fopen(path, "re");
	struct zonefile* zf = calloc(1, sizeof(*zf));
	struct zonefile_place place = { path, 0, 0 };
	struct reason reason;
	bool ok = file && zf;
	if(!ok) {
		(void)reason_say(&reason, "cannot open it: %s",
			file ? "out of memory" : strerror(errno));
		sink->error(sink->arg, &place, reason.text);
	} else {
		zf->sink = sink;
		zf->default_ttl = zf->ttl = -1;
		(void)file_read(zf, path, file, NULL, origin ?
			origin->wire : NULL);
		ok = zf->errors == 0 && !zf->stopped;
		buffer_clear(&zf->owner_text);
		buffer_clear(&zf->rdata_text);
	}
	free(zf);
	if(file && !is_stdin)
		fclose(file);
	return ok;
}
