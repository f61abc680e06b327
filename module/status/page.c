/*
 * status/page.c - what an HTTP server answers.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "status/page.h"
#include "base/clock.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

const char*
http_phrase(enum http_status status)
{
	switch(status) {
	case HTTP_OK:
		return "OK";
	case HTTP_BAD_REQUEST:
		return "Bad Request";
	case HTTP_NOT_FOUND:
		return "Not Found";
	case HTTP_METHOD_NOT_ALLOWED:
		return "Method Not Allowed";
	case HTTP_URI_TOO_LONG:
		return "URI Too Long";
	case HTTP_FIELDS_TOO_LARGE:
		return "Request Header Fields Too Large";
	case HTTP_UNAVAILABLE:
		return "Service Unavailable";
	case HTTP_VERSION_NOT_SUPPORTED:
		return "HTTP Version Not Supported";
	}
	return "Unknown";
}

void
answer_release(struct answer* answer)
{
	if(!answer || --answer->holders > 0)
		return;
	buffer_clear(&answer->body);
	free(answer);
}

static struct answer*
answer_create(enum http_status status)
{
	struct answer* answer = calloc(1, sizeof(*answer));
	if(!answer)
		return NULL;
	answer->status = status;
	answer->holders = 1;
	return answer;
}

static bool
append(struct buffer* out, const char* text)
{
	return buffer_append(out, text, strlen(text));
}

/** Write the paths that there are. */
static bool
append_paths(struct buffer* out, const struct pages* pages)
{
	size_t i;
	if(!append(out, "there are"))
		return false;
	for(i = 0; i < pages->count; i++) {
		if(!append(out, i > 0 ? ", " : " ") ||
			!append(out, pages->table[i].path))
			return false;
	}
	return append(out, "\n");
}

/** Make an answer that says what is wrong. */
static struct answer*
answer_error(const struct pages* pages, enum http_status status)
{
	struct answer* answer = answer_create(status);
	if(!answer)
		return NULL;
	answer->type = "text/plain; charset=utf-8";
	if(append(&answer->body, http_phrase(status)) &&
		append(&answer->body, "\n") && (status != HTTP_NOT_FOUND ||
		append_paths(&answer->body, pages)))
		return answer;
	answer_release(answer);
	return NULL;
}

static unsigned
epoch_now(const struct pages* pages)
{
	return pages->epoch ? atomic_load(pages->epoch) : 0;
}

/** What the thread has had of a processor, in microseconds. */
static int64_t
processor_time(void)
{
	struct timespec time;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

/** Keep an answer for a while, by how long it took to make. */
static void
keep(struct pages* pages, size_t index, unsigned form, struct answer* answer,
	int64_t took)
{
	int64_t rest = took < PAGE_DEAR ? 0 : PAGE_REST * took;
	pages->until[index][form] = clock_microseconds() +
		(rest < PAGE_REST_MAX ? rest : PAGE_REST_MAX);
	answer_release(pages->kept[index][form]);
	pages->kept[index][form] = answer;
	answer->holders++;
}

/** Make a page's answer. */
static struct answer*
answer_page(struct pages* pages, size_t index, unsigned form)
{
	unsigned epoch = epoch_now(pages);
	const struct page* page = &pages->table[index];
	struct answer* answer = answer_create(HTTP_OK);
	int64_t begin = processor_time();
	if(!answer)
		return NULL;
	if(!page->write(pages->arg, form, answer)) {
		answer_release(answer);
		return NULL;
	}
	pages->made[index][form] = epoch;
	keep(pages, index, form, answer, processor_time() - begin);
	return answer;
}

/** The answer of a page, which may be one that was made before. */
static struct answer*
answer_recent(struct pages* pages, size_t index, const char* accept)
{
	const struct page* page = &pages->table[index];
	unsigned form = page->choose ? page->choose(accept) : 0;
	struct answer* answer = pages->kept[index][form];
	if(!answer || pages->until[index][form] <= clock_microseconds() ||
		pages->made[index][form] != epoch_now(pages))
		return answer_page(pages, index, form);
	answer->holders++;
	return answer;
}

struct answer*
pages_answer(struct pages* pages, enum http_status status,
	const struct request* request)
{
	size_t i;
	if(status != HTTP_OK)
		return answer_error(pages, status);
	for(i = 0; i < pages->count; i++) {
		if(strcmp(pages->table[i].path, request->path) != 0)
			continue;
		if(request->method == REQUEST_OTHER)
			return answer_error(pages, HTTP_METHOD_NOT_ALLOWED);
		return answer_recent(pages, i, request->accept);
	}
	return answer_error(pages, HTTP_NOT_FOUND);
}

/** Release the answers that are kept until a time, or before it. */
static void
release_until(struct pages* pages, int64_t time)
{
	size_t i;
	unsigned form;
	for(i = 0; i < pages->count; i++) {
		for(form = 0; form < PAGE_FORMS; form++) {
			if(pages->until[i][form] > time)
				continue;
			answer_release(pages->kept[i][form]);
			pages->kept[i][form] = NULL;
		}
	}
}

void
pages_tidy(struct pages* pages)
{
	release_until(pages, clock_microseconds());
}

void
pages_clear(struct pages* pages)
{
	release_until(pages, INT64_MAX);
}
