/*
 * tools/helixctl/zonefile.h - reads zone files.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Reads a zone file (RFC 1035 5.1), and passes on its records one by one: a file
 * of any size takes little memory here. What is read is what BIND's
 * named-compilezone reads, or it is refused with a message that has the place.
 *
 * Read are: comments, parentheses, strings in quotes, escapes; owners that are
 * left out, relative names and '@'; TTL and class in any order, TTLs with units
 * (1h30m); `\#` (RFC 3597); and the directives, in any case:
 *
 *	$ORIGIN NAME
 *	$TTL TTL
 *	$INCLUDE FILE [ORIGIN]
 *	$GENERATE START-STOP[/STEP] OWNER [TTL] [CLASS] TYPE RDATA
 *
 * A file that $INCLUDE names relatively is looked for in the working directory,
 * as BIND does it, and then beside the file that includes it. The origin and the
 * last owner are, behind $INCLUDE, those before it; the TTL goes on. In $GENERATE,
 * '$' is the number, `${OFFSET,WIDTH,BASE}` the number in another form (bases d,
 * o, x, X, and n, N for nibbles of ip6.arpa), and `$$` or `\$` a '$'.
 *
 * A record without a TTL has that of $TTL, or else the last one that a record
 * was given (RFC 1035), or else, up to there, the SOA's minimum. Of records of one
 * owner and type that follow each other, the first one's TTL counts, as it does
 * for BIND. All classes but IN are refused.
 *
 * Refused, where others are more lenient: TTLs over 2147483647, quotes in the
 * midst of a word, white space missing behind a quote, a carriage return alone.
 *
 * Whoever writes the file is not trusted: the depth and number of files that are
 * included, the records that $GENERATE makes, and the length of a line have
 * bounds, and what is included must be a regular file.
 *
 * For one thread.
 */
#ifndef HELIXCTL_ZONEFILE_H
#define HELIXCTL_ZONEFILE_H

#include "dns/name.h"
#include "base/reason.h"
#include <stdint.h>

/** after so many errors, the rest of the file is not read */
#define ZONEFILE_ERRORS_MAX 20
/** how deep files may include each other */
#define ZONEFILE_DEPTH_MAX 16
/** most $INCLUDE that are followed */
#define ZONEFILE_INCLUDES_MAX 10000
/** most records that all $GENERATE together make: the addresses of a /8 */
#define ZONEFILE_GENERATE_MAX (1 << 24)

/** A place in a file. */
struct zonefile_place {
	/** the file, as it was named; NULL: no file in particular */
	const char* file;
	/** from 1 on */
	unsigned long line, column;
};

/** A record. */
struct zonefile_record {
	/** in lower case */
	const struct name* owner;
	/** RR type, host byte order; not type_is_meta */
	uint16_t type;
	/** seconds, at most RECORD_TTL_MAX */
	uint32_t ttl;
	/** accepted by rdata_check; NULL if type_is_signers, whose rdata is not
	 * read */
	const uint8_t* rdata;
	/** octets in rdata */
	size_t len;
	/** where it begins */
	struct zonefile_place place;
};

/** Who takes what is read. */
struct zonefile_sink {
	/** passed to the functions */
	void* arg;
	/** Takes a record, valid during the call. @return false: read no more;
	 * zonefile_read returns false, and says nothing. */
	bool (*record)(void* arg, const struct zonefile_record* record);
	/** Takes what is wrong with the file. @param text: one line of printable
	 * ASCII. */
	void (*error)(void* arg, const struct zonefile_place* place,
		const char* text);
};

/**
 * Read a zone file, up to its end, or to ZONEFILE_ERRORS_MAX errors.
 * @param path: the file; "-": standard input.
 * @param origin: the origin at its beginning; NULL: the file has to say.
 * @return true if there was no error.
 */
bool zonefile_read(const char* path, const struct name* origin,
	const struct zonefile_sink* sink);

#endif /* HELIXCTL_ZONEFILE_H */
