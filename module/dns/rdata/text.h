/*
 * dns/rdata/text.h - reading and writing rdata word by word.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * What the functions of field kinds use: a reader takes words from a text and
 * appends octets to rdata; a cursor walks the octets of rdata; a writer writes
 * a text. For dns/rdata/ only.
 */
#ifndef HELIX_DNS_RDATA_TEXT_H
#define HELIX_DNS_RDATA_TEXT_H

#include "dns/rdata/rdata.h"

/** A text that is read word by word. */
struct reader {
	/** the rest of the text */
	const char* at;
	/** the end of the text */
	const char* end;
	/** the word that was read last */
	const char* word;
	/** whether `at` is inside parentheses */
	bool within;
	/** whether names may be relative, as in a zone file */
	bool in_zone;
	/** the name that they are relative to, in wire format; NULL: there is
	 * none */
	const uint8_t* origin;
	/** number of the field that is read; the first is 1 */
	unsigned field;
	/** where the fields are appended */
	struct rdata* rdata;
	/** why the text cannot be read, or what looks wrong */
	struct reason* reason;
};

/** A word of a text. */
struct word {
	/** its octets, without the quotes around them */
	const char* text;
	/** octets in text */
	size_t len;
	/** whether the word was in quotes */
	bool quoted;
};

/** What a text goes on with. */
enum next {
	/** a word */
	NEXT_WORD,
	/** nothing: this is its end */
	NEXT_END,
	/** a mistake; the reason is set */
	NEXT_WRONG
};

/** Rdata that is walked. */
struct cursor {
	/** the rest */
	const uint8_t* at;
	/** octets of the rest */
	size_t left;
};

/** A text that is written. */
struct writer {
	/** the result, not NUL-terminated */
	char* text;
	/** room in text */
	size_t size;
	/** octets of the whole text, which may be more than there is room
	 * for */
	size_t len;
	/** whether some octets have no form from which they can be read
	 * again */
	bool failed;
};

/** Set the reason: the number of the field, the word, and then why. @return
 * false, always. */
bool reader_fail_word(const struct reader* reader, const struct word* word,
	const char* why);

/**
 * Read a word.
 * @param inner: whether the word may have quotes inside.
 */
enum next reader_next(struct reader* reader, struct word* word, bool inner);

/** Read the next word of a field, which must be there. */
bool reader_more(struct reader* reader, struct word* word);

/** Read a number without a sign. */
bool reader_number(const struct reader* reader, const struct word* word,
	uint64_t max, uint64_t* number);

/** Append octets. @return false if there is no room; the reason is set. */
bool reader_put(struct reader* reader, const void* octets, size_t len);

/** The same for a number in network byte order, of up to 4 octets. */
bool reader_put_number(struct reader* reader, uint32_t number, size_t octets);

/** Append a word with its escapes resolved. */
bool reader_put_text(struct reader* reader, const struct word* word);

/** The value of a hexadecimal digit; -1 if c is none. */
int hex_digit(char c);

/**
 * Read base64, and append the decoded octets.
 * @param rest: whether the base64 goes on in all words that follow.
 */
bool reader_base64(struct reader* reader, struct word word, bool rest);

/** Whether all octets are digits. */
bool octets_are_digits(const uint8_t* octets, size_t len);

/** Skip octets. @return NULL, or a text that says that there are too few. */
const char* cursor_skip(struct cursor* cursor, size_t octets);

/** Take octets, which are there, as rdata is checked before it is written. */
const uint8_t* cursor_take(struct cursor* cursor, size_t octets);

/** Take a number of 1 to 4 octets, which are there. */
uint32_t cursor_number(struct cursor* cursor, size_t octets);

/** Write text. */
void writer_print(struct writer* writer, const char* format, ...)
	__attribute__((format(printf, 2, 3)));

/** Write octets as a string in quotes, with escapes. */
void writer_quote(struct writer* writer, const uint8_t* octets, size_t len);

/** Write one octet as in quotes, escaped if it has to be. */
void writer_octet(struct writer* writer, uint8_t octet);

/** Write octets in hexadecimal. @param between: written between each two of
 * them. */
void writer_hex(struct writer* writer, const uint8_t* octets, size_t len,
	const char* between);

/** Write base64. */
void writer_base64(struct writer* writer, const uint8_t* octets, size_t len);

#endif /* HELIX_DNS_RDATA_TEXT_H */
