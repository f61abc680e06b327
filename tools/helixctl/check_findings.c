/*
 * tools/helixctl/check_findings.c - what `helixctl check` has found.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "check.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** longest message, NUL included */
#define MESSAGE_MAX 2048

/** A kind of finding. */
struct kind {
	const char* name;
	/** how a terminal colours it */
	const char* color;
};

static const struct kind error_kind = { "error", "\033[1;31m" };
static const struct kind warning_kind = { "warning", "\033[1;33m" };

bool
findings_begin(struct findings* findings, const struct ctl* ctl)
{
	memset(findings, 0, sizeof(*findings));
	findings->ctl = ctl;
	findings->list = cJSON_CreateArray();
	findings->endpoints = cJSON_CreateArray();
	if(findings->list && findings->endpoints)
		return true;
	findings_clear(findings);
	return false;
}

void
findings_clear(struct findings* findings)
{
	cJSON_Delete(findings->list);
	cJSON_Delete(findings->endpoints);
	findings->list = findings->endpoints = NULL;
}

/** The length of the character of UTF-8 that a text begins with; 0 if it
 * begins with none. */
static size_t
utf8_len(const char* text)
{
	const unsigned char* p = (const unsigned char*)text;
	size_t len = p[0] < 0x80 ? 1 : p[0] >= 0xc2 && p[0] < 0xe0 ? 2 :
		p[0] >= 0xe0 && p[0] < 0xf0 ? 3 : p[0] >= 0xf0 &&
		p[0] < 0xf5 ? 4 : 0;
	size_t i;
	for(i = 1; i < len; i++) {
		if((p[i] & 0xc0) != 0x80)
			return 0;
	}
	/* what is longer than it needs to be, surrogates, and what is too
	 * large */
	if((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
		(p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return len;
}

/** Make a text what JSON and a terminal take: characters that were cut, and
 * controls, become '?'. */
static void
text_mend(char* text)
{
	for(; *text;) {
		size_t len = utf8_len(text);
		if(len <= 1) {
			if(len == 0 || (unsigned char)*text < ' ' ||
				*text == 0x7f)
				*text = '?';
			len = 1;
		/* controls of C1 */
		} else if((unsigned char)text[0] == 0xc2 &&
			(unsigned char)text[1] < 0xa0) {
			text[0] = text[1] = '?';
		}
		text += len;
	}
}

/** Add a finding to the list for JSON. */
static void
list_add(struct findings* findings, const struct kind* kind,
	struct place place, const char* message)
{
	cJSON* item = cJSON_CreateObject();
	cJSON_AddStringToObject(item, "severity", kind->name);
	cJSON_AddStringToObject(item, "file", place.file);
	if(place.line > 0)
		cJSON_AddNumberToObject(item, "line", (double)place.line);
	if(place.column > 0)
		cJSON_AddNumberToObject(item, "column", (double)place.column);
	cJSON_AddStringToObject(item, "message", message);
	cJSON_AddItemToArray(findings->list, item);
}

/** Write a finding as a line. */
static void
line_write(const struct findings* findings, const struct kind* kind,
	struct place place, const char* message)
{
	const bool color = findings->ctl->color;
	fputs(place.file, stdout);
	if(place.line > 0)
		printf(":%zu", place.line);
	if(place.column > 0)
		printf(":%zu", place.column);
	printf(": %s%s:%s %s\n", color ? kind->color : "", kind->name,
		color ? "\033[0m" : "", message);
}

static void
tell(struct findings* findings, const struct kind* kind, struct place place,
	const char* format, va_list args)
{
	char message[MESSAGE_MAX];
	vsnprintf(message, sizeof(message), format, args);
	text_mend(message);
	if(findings->ctl->json)
		list_add(findings, kind, place, message);
	else	line_write(findings, kind, place, message);
}

void
findings_error(struct findings* findings, struct place place,
	const char* format, ...)
{
	va_list args;
	findings->errors++;
	va_start(args, format);
	tell(findings, &error_kind, place, format, args);
	va_end(args);
}

void
findings_warn(struct findings* findings, struct place place,
	const char* format, ...)
{
	va_list args;
	findings->warnings++;
	va_start(args, format);
	tell(findings, &warning_kind, place, format, args);
	va_end(args);
}

void
findings_note(struct findings* findings, const char* format, ...)
{
	va_list args;
	if(findings->ctl->json)
		return;
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

/** Write all as JSON. */
static void
json_write(struct findings* findings, const char* file, const char* user)
{
	cJSON* json = cJSON_CreateObject();
	char* text;
	cJSON_AddBoolToObject(json, "ok", findings->errors == 0);
	cJSON_AddStringToObject(json, "file", file);
	if(user)
		cJSON_AddStringToObject(json, "user", user);
	cJSON_AddItemReferenceToObject(json, "findings", findings->list);
	cJSON_AddItemReferenceToObject(json, "endpoints", findings->endpoints);
	text = cJSON_Print(json);
	if(text)
		puts(text);
	else	ctl_error("out of memory");
	cJSON_free(text);
	cJSON_Delete(json);
}

/** "2 errors", "1 warning". */
static void
count_write(size_t count, const char* name)
{
	if(count == 0)
		printf("no %ss", name);
	else	printf("%zu %s%s", count, name, count == 1 ? "" : "s");
}

enum ctl_status
findings_end(struct findings* findings, const char* file, const char* user)
{
	if(findings->ctl->json) {
		json_write(findings, file, user);
	} else {
		printf("%s: ", file);
		count_write(findings->errors, "error");
		fputs(", ", stdout);
		count_write(findings->warnings, "warning");
		printf("%s%s%s\n", user ? " (as user " : "", user ? user : "",
			user ? ")" : "");
	}
	findings_clear(findings);
	return findings->errors > 0 ? CTL_FOUND : CTL_OK;
}
