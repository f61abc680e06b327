/*
 * status/page.h - what an HTTP server answers.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * A table of pages, each a path and a function that writes what is there, and
 * the answers that are made by them, or that say what is wrong with a request.
 *
 * An answer is shared by the connections that send it. So that nobody who asks
 * again and again takes the processor from who answers DNS, an answer that took
 * PAGE_DEAR to make, of processor time, is given again to who asks for it
 * within PAGE_REST times that time, and within PAGE_REST_MAX; another one is
 * made anew each time. None is given again once the epoch has changed. For one
 * thread at a time.
 */
#ifndef HELIX_STATUS_PAGE_H
#define HELIX_STATUS_PAGE_H

#include "base/buffer.h"
#include "status/request.h"
#include <stdatomic.h>

/** pages of a table at most */
#define PAGES_MAX 8
/** forms of a page at most */
#define PAGE_FORMS 2
/** what counts as long to make, in microseconds: that of ten thousand zones;
 * those of a few are made in a tenth of a millisecond */
#define PAGE_DEAR 10000
/** how many times as long as it took to make is an answer given again */
#define PAGE_REST 20
/** how long at most, in microseconds */
#define PAGE_REST_MAX 1000000

/** What a client gets. */
struct answer {
	/** the status */
	enum http_status status;
	/** the value of the Content-Type field; not owned */
	const char* type;
	/** the content */
	struct buffer body;
	/** who has it; see answer_release */
	unsigned holders;
};

/** A page. */
struct page {
	/** the path, shorter than REQUEST_PATH_MAX */
	const char* path;
	/** chooses one of the page's forms, from 0 to PAGE_FORMS - 1, by the
	 * values of the Accept fields, "" for none; NULL: there is one form */
	unsigned (*choose)(const char* accept);
	/**
	 * Writes a form.
	 * @param arg: of the pages.
	 * @param answer: to be filled in; the status is HTTP_OK, the type is
	 *	NULL, and the body is empty.
	 * @return false if memory ran out.
	 */
	bool (*write)(void* arg, unsigned form, struct answer* answer);
};

/** The pages of a server. */
struct pages {
	/** the table; not owned */
	const struct page* table;
	/** pages of it, at most PAGES_MAX */
	size_t count;
	/** for their functions */
	void* arg;
	/** changes when what they tell of does, at a moment behind which no
	 * answer of before may be given; NULL: it does not. Not owned. */
	const atomic_uint* epoch;
	/** answers that are given again; NULL: none */
	struct answer* kept[PAGES_MAX][PAGE_FORMS];
	/** how long, by clock_microseconds() */
	int64_t until[PAGES_MAX][PAGE_FORMS];
	/** of which epoch */
	unsigned made[PAGES_MAX][PAGE_FORMS];
};

/**
 * Answer a request.
 * @param status: what request_read said.
 * @return the answer, to be released; NULL if memory ran out.
 */
struct answer* pages_answer(struct pages* pages, enum http_status status,
	const struct request* request);

/** Give an answer back; it is freed when nobody has it. NULL is ignored. */
void answer_release(struct answer* answer);

/** Release the answers that are no longer given again. */
void pages_tidy(struct pages* pages);

/** Release all answers that are kept. */
void pages_clear(struct pages* pages);

/** The words for a status, such as "Not Found". */
const char* http_phrase(enum http_status status);

#endif /* HELIX_STATUS_PAGE_H */
