/*
 * dns/rdata/loc.c - places (RFC 1876).
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "dns/rdata/kinds.h"
#include "base/text.h"
#include <inttypes.h>
#include <string.h>

/** what is added to an angle in wire format, so that it is not negative */
#define ANGLE_ZERO INT64_C(0x80000000)
/** centimetres of the lowest altitude, below zero */
#define DEEPEST 10000000

/* --- reading ------------------------------------------------------------- */

/**
 * Read a number such as -12.3.
 * @param decimals: most digits behind the point.
 * @param metres: whether an m may follow.
 * @param number: the result, times ten to the power of decimals.
 */
static bool
read_decimal(const struct reader* reader, const struct word* word,
	unsigned decimals, bool metres, int64_t* number)
{
	size_t i, len = word->len;
	bool minus = len > 0 && word->text[0] == '-';
	bool point = false, digit = false, good = !word->quoted;
	*number = 0;
	if(metres && len > 0 && (word->text[len - 1] | 0x20) == 'm')
		len--;
	for(i = minus; good && i < len; i++) {
		char c = word->text[i];
		if(c == '.' && !point && digit) {
			point = true;
		} else if(text_is_digit(c) && (!point || decimals > 0)) {
			decimals -= point;
			*number = *number * 10 + (c - '0');
			digit = true;
		} else	good = false;
		if(*number > INT64_C(100000000000))
			good = false;
	}
	for(; decimals > 0; decimals--)
		*number *= 10;
	if(minus)
		*number = -*number;
	return (good && digit) || reader_fail_word(reader, word,
		"is not such a number as a LOC record has there");
}

/** Read degrees, minutes and seconds, of which the latter two may be left out,
 * and a letter for the direction. */
static bool
read_angle(struct reader* reader, struct word* word, uint32_t degrees,
	char positive, char negative)
{
	uint64_t part[2] = { 0, 0 };
	int64_t seconds = 0, sum;
	unsigned n = 0;
	for(; word->len != 1 || (word->text[0] != positive &&
		word->text[0] != negative); n++) {
		if(n == 3)
			return reader_fail_word(reader, word, "is not a "
				"direction, which is N or S, and E or W");
		if(n == 2 && !read_decimal(reader, word, 3, false, &seconds))
			return false;
		if(n < 2 && !reader_number(reader, word, n == 0 ? degrees : 59,
			&part[n]))
			return false;
		if(!reader_more(reader, word))
			return false;
	}
	sum = ((int64_t)part[0] * 60 + part[1]) * 60000 + seconds;
	if(n == 0 || seconds < 0 || seconds >= 60000 ||
		sum > (int64_t)degrees * 3600000)
		return reader_fail_word(reader, word, "has no degrees, or "
			"too many seconds before it");
	if(word->text[0] == negative)
		sum = -sum;
	return reader_put_number(reader, (uint32_t)(sum + ANGLE_ZERO), 4);
}

/** Read the size and the precisions: each a digit times a power of ten, in
 * centimetres. */
static bool
read_loc_sizes(struct reader* reader)
{
	/* the defaults: 1 m, 10 km, 10 m */
	uint8_t size[3] = { 0x12, 0x16, 0x13 };
	struct word word;
	unsigned n;
	for(n = 0; n < 3; n++) {
		enum next next = reader_next(reader, &word, false);
		int64_t number;
		uint8_t tens = 0;
		if(next == NEXT_WRONG)
			return false;
		if(next == NEXT_END)
			break;
		if(!read_decimal(reader, &word, 2, true, &number))
			return false;
		if(number < 0 || number > INT64_C(9000000000))
			return reader_fail_word(reader, &word, "is not from "
				"0 to 90000000 m");
		for(; number >= 10; tens++)
			number /= 10;
		size[n] = (uint8_t)(number << 4 | tens);
	}
	memcpy(reader->rdata->wire + 1, size, sizeof(size));
	return true;
}

bool
kind_read_loc(struct reader* reader, struct word word,
	const struct rdata_kind* kind)
{
	int64_t altitude;
	(void)kind;
	/* version, size and precisions come first here, and last in the text */
	if(!reader_put_number(reader, 0, 4) ||
		!read_angle(reader, &word, 90, 'N', 'S') ||
		!reader_more(reader, &word) ||
		!read_angle(reader, &word, 180, 'E', 'W') ||
		!reader_more(reader, &word) ||
		!read_decimal(reader, &word, 2, true, &altitude))
		return false;
	if(altitude < -DEEPEST || altitude > INT64_C(4284967295))
		return reader_fail_word(reader, &word, "is not an altitude "
			"from -100000 to 42849672.95 m");
	return reader_put_number(reader, (uint32_t)(altitude + DEEPEST), 4) &&
		read_loc_sizes(reader);
}

/* --- checking ------------------------------------------------------------ */

/** Whether a size is one to nine, times ten to the zero to nine; or zero. */
static bool
is_loc_size(uint8_t size)
{
	return size == 0 || ((size >> 4) >= 1 && (size >> 4) <= 9 &&
		(size & 15) <= 9);
}

/** An angle, in thousandths of a second. */
static int64_t
angle_of(const uint8_t* wire)
{
	struct cursor cursor = { wire, 4 };
	return (int64_t)cursor_number(&cursor, 4) - ANGLE_ZERO;
}

/** A place (RFC 1876 2). */
const char*
kind_check_loc(struct cursor* cursor, const struct rdata_kind* kind)
{
	const uint8_t* head = cursor->at;
	const char* why = cursor_skip(cursor, 16);
	int64_t latitude, longitude;
	(void)kind;
	if(why)
		return why;
	latitude = angle_of(head + 4);
	longitude = angle_of(head + 8);
	if(head[0] != 0)
		return "has a version other than 0";
	if(!is_loc_size(head[1]) || !is_loc_size(head[2]) ||
		!is_loc_size(head[3]))
		return "has a size or precision that is none";
	if(latitude > 90 * 3600000 || latitude < -90 * 3600000 ||
		longitude > 180 * 3600000 || longitude < -180 * 3600000)
		return "has a latitude over 90 or a longitude over 180 degrees";
	return NULL;
}

/* --- writing ------------------------------------------------------------- */

static void
write_angle(struct writer* writer, int64_t angle, char positive, char negative)
{
	int64_t sum = angle < 0 ? -angle : angle;
	writer_print(writer, "%" PRId64 " %" PRId64 " %" PRId64 ".%03" PRId64
		" %c ", sum / 3600000, sum / 60000 % 60, sum / 1000 % 60,
		sum % 1000, angle < 0 ? negative : positive);
}

/** Write a length in metres. */
static void
write_length(struct writer* writer, int64_t centimetres)
{
	int64_t sum = centimetres < 0 ? -centimetres : centimetres;
	writer_print(writer, "%s%" PRId64 ".%02" PRId64 "m",
		centimetres < 0 ? "-" : "", sum / 100, sum % 100);
}

void
kind_write_loc(struct writer* writer, struct cursor* cursor,
	const struct rdata_kind* kind)
{
	const uint8_t* wire = cursor_take(cursor, 12);
	unsigned n;
	(void)kind;
	write_angle(writer, angle_of(wire + 4), 'N', 'S');
	write_angle(writer, angle_of(wire + 8), 'E', 'W');
	write_length(writer, (int64_t)cursor_number(cursor, 4) - DEEPEST);
	for(n = 1; n <= 3; n++) {
		int64_t size = wire[n] >> 4;
		unsigned tens = wire[n] & 15;
		for(; tens > 0; tens--)
			size *= 10;
		writer_print(writer, " ");
		write_length(writer, size);
	}
}
