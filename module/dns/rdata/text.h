/*
 * dns/rdata/text.h - rdata's text word by word, and its octets piece by piece.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * What the kinds of fields are made with: a reader of words, which appends
 * what they say to rdata; a cursor, which walks rdata; and a writer of text.
 * For dns/rdata/ only.
 */
#ifndef HELIX_DNS_RDATA_TEXT_H
#define HELIX_DNS_RDATA_TEXT_H

#include "dns/rdata/rdata.h"

/** A text that is read word by word. */
struct reader {
	/** what is left of the text */
	const char* at;
	/** its end */
	const char* end;
	/** whether it is inside of parentheses */
	bool within;
	/** number of the field that is read; the first is 1 */
	unsigned field;
	/** what is made of it */
	struct rdata* rdata;
	/** why it can't be read, or what looks wrong */
	struct reason* reason;
};

/** A word of a text. */
struct word {
	/** its octets, without the quotes around it */
	const char* text;
	/** number of them */
	size_t len;
	/** whether there were quotes */
	bool quoted;
};

/** What is next in a text. */
enum next {
	/** a word */
	NEXT_WORD,
	/** nothing more */
	NEXT_END,
	/** something wrong; the reason is given */
	NEXT_WRONG
};

/** Rdata that is walked. */
struct cursor {
	/** what is left */
	const uint8_t* at;
	/** octets left */
	size_t left;
};

/** A text that is written. */
struct writer {
	/** where it goes */
	char* text;
	/** room there */
	size_t size;
	/** octets that were written, had there been room */
	size_t len;
	/** whether something has no form that is read as the same octets */
	bool failed;
};

/** Write a reason that shows a word and its field before why. @return false,
 * always. */
bool reader_fail_word(const struct reader* reader, const struct word* word,
	const char* why);

/**
 * Read a word.
 * @param inner: whether it may have quotes within.
 */
enum next reader_next(struct reader* reader, struct word* word, bool inner);

/** Read a word that has to be there: the next part of a field. */
bool reader_more(struct reader* reader, struct word* word);

/** Read a number without a sign. */
bool reader_number(const struct reader* reader, const struct word* word,
	uint64_t max, uint64_t* number);

/** Append octets, or say that there is no room. */
bool reader_put(struct reader* reader, const void* octets, size_t len);

/** Append a number in network byte order, in up to 4 octets. */
bool reader_put_number(struct reader* reader, uint32_t number, size_t octets);

/** Append what a word is without its escapes. */
bool reader_put_text(struct reader* reader, const struct word* word);

/** The value of a hexadecimal digit; -1 if it is none. */
int hex_digit(char c);

/**
 * Read base64, and append what it is.
 * @param rest: whether it goes on in all words that follow.
 */
bool reader_base64(struct reader* reader, struct word word, bool rest);

/** Whether there are only digits. */
bool octets_are_digits(const uint8_t* octets, size_t len);

/** Go on. @return NULL, or that there are not as many octets. */
const char* cursor_skip(struct cursor* cursor, size_t octets);

/** Take octets that are there: rdata is checked before it is written. */
const uint8_t* cursor_take(struct cursor* cursor, size_t octets);

/** Take a number of 1 to 4 octets that are there. */
uint32_t cursor_number(struct cursor* cursor, size_t octets);

/** Write text. */
void writer_print(struct writer* writer, const char* format, ...)
	__attribute__((format(printf, 2, 3)));

/** Write octets as a string in quotes, escaped. */
void writer_quote(struct writer* writer, const uint8_t* octets, size_t len);

/** Write one octet as it stands within quotes. */
void writer_octet(struct writer* writer, uint8_t octet);

/** Write hexadecimal digits; between each two octets what is given. */
void writer_hex(struct writer* writer, const uint8_t* octets, size_t len,
	const char* between);

/** Write base64. */
void writer_base64(struct writer* writer, const uint8_t* octets, size_t len);

#endif /* HELIX_DNS_RDATA_TEXT_H */
