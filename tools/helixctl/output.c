/*
 * tools/helixctl/output.c - what commands write to standard output.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "output.h"
#include "base/text.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

const char*
output_style(const struct ctl* ctl, enum output_style style)
{
	static const char* const codes[] = {
		[OUTPUT_PLAIN] = "\033[0m", [OUTPUT_BOLD] = "\033[1m",
		[OUTPUT_DIM] = "\033[2m", [OUTPUT_GOOD] = "\033[32m",
		[OUTPUT_WARN] = "\033[33m", [OUTPUT_BAD] = "\033[31m"
	};
	return ctl->color ? codes[style] : "";
}

/* --- failures ------------------------------------------------------------ */

/** errno of the first write that failed; 0: none has */
static int failure;
/** whether etcd was changed */
static bool changed;

bool
output_failed(void)
{
	if(failure == 0 && ferror(stdout))
		failure = errno != 0 ? errno : EIO;
	return failure != 0;
}

bool
output_flush(void)
{
	if(!output_failed() && fflush(stdout) != 0)
		failure = errno;
	return failure == 0;
}

void
output_note_change(void)
{
	changed = true;
}

enum ctl_status
output_close(enum ctl_status status)
{
	const bool done = changed && status != CTL_FAILED;
	if(output_flush())
		return status;
	if(failure != EPIPE)
		ctl_error("cannot write to standard output: %s%s",
			strerror(failure), done && status == CTL_OK ?
			"; what was asked for was done" : "");
	else if(done)
		return status;
	return done ? CTL_FOUND : CTL_FAILED;
}

/* --- text ---------------------------------------------------------------- */

void
output_text(const char* text, size_t len)
{
	char one[TEXT_SHOW_OCTET];
	size_t i;
	for(i = 0; i < len; i++)
		fwrite(one, 1, text_show_octet((unsigned char)text[i], one),
			stdout);
}

/** room for an octet of a key, with a NUL */
#define KEY_OCTET 5

/** Write one octet of a key. @return octets written, without the NUL. */
static size_t
key_octet(unsigned char c, char one[KEY_OCTET])
{
	return (size_t)snprintf(one, KEY_OCTET, c >= ' ' && c < 0x7f ? "%c" :
		"<%02x>", c);
}

void
output_key(const char* text, size_t len)
{
	char one[KEY_OCTET];
	size_t i;
	for(i = 0; i < len; i++)
		fwrite(one, 1, key_octet((unsigned char)text[i], one), stdout);
}

const char*
output_key_text(const char* key, size_t len, char* out, size_t size)
{
	char one[KEY_OCTET];
	size_t i, used = 0;
	for(i = 0; i < len; i++) {
		size_t n = key_octet((unsigned char)key[i], one);
		/* room for the dots, unless this is all */
		if(used + n + (i + 1 < len ? 4 : 1) > size)
			break;
		memcpy(out + used, one, n);
		used += n;
	}
	strcpy(out + used, i < len ? "..." : "");
	return out;
}

bool
output_text_append(struct buffer* buffer, const char* text, size_t len)
{
	char one[TEXT_SHOW_OCTET];
	size_t i;
	for(i = 0; i < len; i++) {
		size_t n = text_show_octet((unsigned char)text[i], one);
		if(!buffer_append(buffer, one, n))
			return false;
	}
	return true;
}

/* --- JSON ---------------------------------------------------------------- */

/** How the first octet of a character in UTF-8 tells its length (RFC 3629 3).
 * The least code that may have that length keeps out other spellings. */
static const struct {
	unsigned char mask, first;
	unsigned len;
	uint32_t least;
} forms[] = {
	{ 0xe0, 0xc0, 2, 0x80 },
	{ 0xf0, 0xe0, 3, 0x800 },
	{ 0xf8, 0xf0, 4, 0x10000 },
};

/** Read a character that is not ASCII.
 * @return its octets; 0 if it is not UTF-8. */
static size_t
utf8_read(const unsigned char* at, size_t len, uint32_t* code)
{
	size_t i, form;
	for(form = 0; form < sizeof(forms) / sizeof(*forms); form++) {
		if((at[0] & forms[form].mask) == forms[form].first)
			break;
	}
	if(form == sizeof(forms) / sizeof(*forms) || len < forms[form].len)
		return 0;
	*code = at[0] & (unsigned char)~forms[form].mask;
	for(i = 1; i < forms[form].len; i++) {
		if((at[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (at[i] & 0x3f);
	}
	return *code < forms[form].least || *code > 0x10ffff ||
		(*code >= 0xd800 && *code <= 0xdfff) ? 0 : forms[form].len;
}

/** Write a character as an escape; or as two, if it needs a pair of surrogates
 * (RFC 8259 7). */
static void
json_escape(uint32_t code)
{
	if(code >= 0x10000) {
		code -= 0x10000;
		printf("\\u%04x", (unsigned)(0xd800 + (code >> 10)));
		code = 0xdc00 + (code & 0x3ff);
	}
	printf("\\u%04x", (unsigned)code);
}

void
output_json(const char* text, size_t len)
{
	const unsigned char* at = (const unsigned char*)text;
	const unsigned char* end = at + len;
	putchar('"');
	while(at < end) {
		uint32_t code = *at;
		size_t n = 1;
		if(code >= 0x80 && (n = utf8_read(at, (size_t)(end - at),
			&code)) == 0) {
			code = 0xfffd;
			n = 1;
		}
		if(code == '"' || code == '\\')
			printf("\\%c", (char)code);
		else if(code >= ' ' && code < 0x7f)
			putchar((int)code);
		else	json_escape(code);
		at += n;
	}
	putchar('"');
}

void
output_json_name(const char* name, bool* first)
{
	if(!*first)
		fputs(", ", stdout);
	*first = false;
	output_json(name, strlen(name));
	fputs(": ", stdout);
}
