/*
 * tests/unit/status/reports.h - reports to be written.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Reports that say everything, as little as can be, or what an enemy would have
 * them say; and how what is written of them is compared with a file in
 * tests/unit/data/status. Include cmocka.h, and what it needs, before this.
 */
#ifndef HELIX_TESTS_REPORTS_H
#define HELIX_TESTS_REPORTS_H

#include "base/buffer.h"
#include "status/report.h"

/** A report, and who it is, which is the name of its files. */
struct report_case {
	/** the name */
	const char* name;
	/** the report; constant, and owns nothing */
	struct report report;
};

/** "full": each number is another one. "bare": just started, nothing works.
 * "hostile": the prefix, the endpoints and the zones have all sorts of octets,
 * and the numbers are the largest. */
extern const struct report_case report_cases[];

/** number of them */
#define REPORT_CASES 3

/** Fail unless a text is what a file has. With HELIX_TEST_WRITE in the
 * environment, the file is written instead.
 * @param name: of the case.
 * @param ending: of the file. */
void check_golden(const struct buffer* text, const char* name,
	const char* ending);

/**
 * Run a program that reads a text, and fail if it says anything, or ends with
 * another status than 0.
 * @param command: for sh(1).
 * @param name: for a message.
 */
void check_judge(const char* command, const struct buffer* text,
	const char* name);

/** Make the k-th allocation from now on fail; 0: none does. Link with --wrap
 * for realloc. */
void fail_realloc(unsigned k);

#endif /* HELIX_TESTS_REPORTS_H */
