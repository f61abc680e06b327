/*
 * tools/helixctl/unbound_options.c - reads unbound.conf.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "unbound_options.h"
#include "base/buffer.h"
#include "base/denied.h"
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/** most octets of a file */
#define FILE_OCTETS_MAX (256 * 1024 * 1024)
/** longest name of an option or a section; none of Unbound's is as long */
#define OPTION_NAME_MAX 64

/** What is read, over all files. */
struct conf {
	unbound_option_seen* seen;
	void* arg;
	struct reason* reason;
	/** the section that options are in now */
	char section[OPTION_NAME_MAX];
	size_t section_number;
	/** where relative paths begin, with a final '/'; owned; NULL: where
	 * this program runs */
	char* directory;
	/** files that are open */
	unsigned depth;
	/** the option that is being read: its name; "": none is */
	char name[OPTION_NAME_MAX];
	/** its values, each with a NUL */
	struct buffer values;
	/** number of them */
	size_t count;
	/** where it stands */
	size_t line;
};

/** A file. */
struct text {
	const char* path;
	/** where it is included; NULL: it is not */
	const char* from;
	size_t from_line;
	char* begin;
	const char *at, *end;
	size_t line;
};

/** A word of a file. */
struct word {
	const char* at;
	size_t len;
	/** whether it was in quotes: it is a value then */
	bool quoted;
};

static bool file_read(struct conf* conf, const char* path, const char* from,
	size_t line);

/* --- words --------------------------------------------------------------- */

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/** Go to the next word. @return false at the end. */
static bool
space_skip(struct text* text)
{
	for(; text->at < text->end; text->at++) {
		if(*text->at == '#') {
			while(text->at + 1 < text->end && text->at[1] != '\n')
				text->at++;
		} else if(*text->at == '\n') {
			text->line++;
		} else if(!is_space(*text->at)) {
			return true;
		}
	}
	return false;
}

/** Read the next word. A backslash takes the octet behind it along, and both
 * stay. @return false at the end. */
static bool
word_read(struct text* text, struct word* word)
{
	char quote = 0;
	if(!space_skip(text))
		return false;
	if(*text->at == '"' || *text->at == '\'')
		quote = *text->at++;
	word->quoted = quote != 0;
	word->at = text->at;
	for(; text->at < text->end && *text->at != '\n'; text->at++) {
		char c = *text->at;
		if(quote ? c == quote : is_space(c) || c == '"' || c == '\'')
			break;
		if(c == '\\' && text->at + 1 < text->end && text->at[1] != '\n')
			text->at++;
	}
	word->len = (size_t)(text->at - word->at);
	if(quote && text->at < text->end && *text->at == quote)
		text->at++;
	return true;
}

/** The length of the keyword that a word begins with, colon included; 0 if it
 * begins with none. */
static size_t
keyword_len(struct word word)
{
	size_t i;
	for(i = 0; !word.quoted && i < word.len; i++) {
		char c = word.at[i];
		if(c == ':')
			return i == 0 || i >= OPTION_NAME_MAX ? 0 : i + 1;
		if((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-')
			return 0;
	}
	return 0;
}

/* --- options ------------------------------------------------------------- */

/** Whether a keyword is the head of a section, which has no value. */
static bool
is_section(const char* name)
{
	static const char* const sections[] = { "server", "stub-zone",
		"forward-zone", "auth-zone", "rpz", "view", "remote-control",
		"dnstap", "dnscrypt", "python", "dynlib", "cachedb", "ipset" };
	size_t i;
	for(i = 0; i < sizeof(sections) / sizeof(*sections); i++) {
		if(strcmp(name, sections[i]) == 0)
			return true;
	}
	return false;
}

/** Unbound goes to its directory as soon as it reads of it, so that what is
 * included behind that is relative to it. */
static void
directory_set(struct conf* conf, const char* path)
{
	free(conf->directory);
	if(!*path || asprintf(&conf->directory, "%s/", path) == -1)
		conf->directory = NULL;
}

/** Tell of something that stands in a file. */
static void
option_tell(struct conf* conf, const struct text* text)
{
	struct unbound_option option = { conf->section, conf->section_number,
		conf->name, { "", "" }, text->path, conf->line, text->from,
		text->from_line };
	const char* value = (char*)conf->values.data;
	size_t i;
	for(i = 0; i < conf->count; i++, value += strlen(value) + 1)
		option.value[i] = value;
	if(strcmp(conf->name, "directory") == 0)
		directory_set(conf, option.value[0]);
	conf->seen(conf->arg, &option);
	conf->name[0] = 0;
}

/** The option that was being read is complete. */
static void
option_end(struct conf* conf, const struct text* text)
{
	if(conf->name[0])
		option_tell(conf, text);
	conf->values.len = 0;
	conf->count = 0;
}

/** A section begins; "": what follows is in none. */
static void
section_begin(struct conf* conf, const struct text* text, const char* name)
{
	snprintf(conf->section, sizeof(conf->section), "%s", name);
	conf->section_number++;
	conf->line = text->line;
	option_tell(conf, text);
}

/** A value of the option that is being read. @return false if memory ran
 * out. */
static bool
value_add(struct conf* conf, struct word word)
{
	if(!conf->name[0] || conf->count == UNBOUND_OPTION_VALUES)
		return true;
	if(!buffer_append(&conf->values, word.at, word.len) ||
		!buffer_append(&conf->values, "", 1))
		return reason_say(conf->reason, "out of memory");
	conf->count++;
	return true;
}

/* --- files --------------------------------------------------------------- */

/** Read what a pattern includes, in Unbound's order. */
static bool
pattern_read(struct conf* conf, const struct text* text, const char* pattern)
{
	glob_t found;
	bool ok = true;
	size_t i;
	int result;
	if(!strpbrk(pattern, "*?[{~"))
		return file_read(conf, pattern, text->path, text->line);
	result = glob(pattern, GLOB_ERR | GLOB_BRACE | GLOB_TILDE, NULL,
		&found);
	if(result == 0) {
		for(i = 0; ok && i < found.gl_pathc; i++)
			ok = file_read(conf, found.gl_pathv[i], text->path,
				text->line);
	} else if(result != GLOB_NOMATCH) {
		ok = reason_say(conf->reason, "%s:%zu: cannot look for %.200s",
			text->path, text->line, pattern);
	}
	globfree(&found);
	return ok;
}

/** Read what an include names. @param toplevel: in no section. */
static bool
include(struct conf* conf, struct text* text, bool toplevel)
{
	struct word word;
	char* pattern;
	bool ok;
	if(!word_read(text, &word))
		return true;
	if(asprintf(&pattern, "%s%.*s", !conf->directory || (word.len > 0 &&
		*word.at == '/') ? "" : conf->directory, (int)word.len,
		word.at) == -1)
		return reason_say(conf->reason, "out of memory");
	if(toplevel)
		section_begin(conf, text, "");
	ok = pattern_read(conf, text, pattern);
	if(toplevel)
		section_begin(conf, text, "");
	free(pattern);
	return ok;
}

/** A keyword begins. @param name: without the colon. */
static bool
keyword_take(struct conf* conf, struct text* text, const char* name)
{
	option_end(conf, text);
	if(strcmp(name, "include") == 0)
		return include(conf, text, false);
	if(strcmp(name, "include-toplevel") == 0)
		return include(conf, text, true);
	if(is_section(name)) {
		section_begin(conf, text, name);
		return true;
	}
	strcpy(conf->name, name);
	conf->line = text->line;
	return true;
}

/** Read the words of a file. */
static bool
text_take(struct conf* conf, struct text* text)
{
	char name[OPTION_NAME_MAX];
	struct word word;
	while(word_read(text, &word)) {
		size_t len = keyword_len(word);
		/* the word behind an option is its value, whatever it is */
		if(len == 0 || (conf->name[0] && conf->count == 0)) {
			if(!value_add(conf, word))
				return false;
			continue;
		}
		/* the value may follow the colon at once */
		text->at = word.at + len;
		memcpy(name, word.at, len - 1);
		name[len - 1] = 0;
		if(!keyword_take(conf, text, name))
			return false;
	}
	option_end(conf, text);
	return true;
}

/** Why a file is not read. @return NULL: it is. */
static const char*
refusal_find(const struct stat* status)
{
	const mode_t mode = status->st_mode;
	if(S_ISDIR(mode))
		return strerror(EISDIR);
	if(!S_ISREG(mode) && !(S_ISCHR(mode) && status->st_rdev ==
		makedev(1, 3)))
		return "it is no regular file";
	return status->st_size > FILE_OCTETS_MAX ? strerror(EFBIG) : NULL;
}

/** Open a file. It does not wait for who writes into a pipe.
 * @param why: set to why it cannot be read; room for DENIED_TEXT_MAX octets.
 * @return NULL if it cannot be read. */
static FILE*
file_open(const char* path, struct stat* status, char* why)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	FILE* file = fd == -1 || fstat(fd, status) == -1 ? NULL :
		fdopen(fd, "rb");
	const char* refusal = file ? refusal_find(status) :
		/* what opening a socket comes to */
		errno == ENXIO ? "it is no regular file" :
		denied_explain(path, errno, why);
	if(!refusal)
		return file;
	if(refusal != why)
		snprintf(why, DENIED_TEXT_MAX, "%s", refusal);
	if(file)
		fclose(file);
	else if(fd != -1)
		close(fd);
	return NULL;
}

/** Read a whole file. @param why: as of file_open. @return NULL if that
 * failed. */
static char*
octets_read(const char* path, size_t* len, char* why)
{
	struct stat status;
	FILE* file = file_open(path, &status, why);
	char* octets;
	if(!file)
		return NULL;
	octets = malloc((size_t)status.st_size + 1);
	if(octets)
		*len = fread(octets, 1, (size_t)status.st_size, file);
	else	snprintf(why, DENIED_TEXT_MAX, "out of memory");
	fclose(file);
	return octets;
}

/** Read a file. @param from, line: where it is included; NULL: it is not. */
static bool
file_read(struct conf* conf, const char* path, const char* from, size_t line)
{
	char why[DENIED_TEXT_MAX], place[300] = "";
	struct text text = { .path = path, .from = from, .from_line = line,
		.line = 1 };
	size_t len = 0;
	bool ok;
	if(from)
		snprintf(place, sizeof(place), "%.200s:%zu: ", from, line);
	if(conf->depth == UNBOUND_OPTION_DEPTH)
		return reason_say(conf->reason, "%sfiles include each other "
			"more than %d deep", place, UNBOUND_OPTION_DEPTH);
	text.begin = octets_read(path, &len, why);
	if(!text.begin)
		return reason_say(conf->reason, "%scannot read %.200s: %s",
			place, path, why);
	text.at = text.begin;
	text.end = text.begin + len;
	conf->depth++;
	ok = text_take(conf, &text);
	conf->depth--;
	free(text.begin);
	return ok;
}

bool
unbound_options_read(const char* path, unbound_option_seen* seen, void* arg,
	struct reason* reason)
{
	struct conf conf = { .seen = seen, .arg = arg, .reason = reason };
	bool ok = file_read(&conf, path, NULL, 0);
	buffer_clear(&conf.values);
	free(conf.directory);
	return ok;
}

void
unbound_setting_clear(struct unbound_setting* setting)
{
	free(setting->value);
	free(setting->file);
	free(setting->from);
	*setting = (struct unbound_setting){ 0 };
}

bool
unbound_setting_set(struct unbound_setting* setting,
	const struct unbound_option* option)
{
	unbound_setting_clear(setting);
	setting->value = strdup(option->value[0]);
	setting->file = strdup(option->file);
	setting->line = option->line;
	setting->from = option->from ? strdup(option->from) : NULL;
	setting->from_line = option->from_line;
	return setting->value && setting->file &&
		(setting->from || !option->from);
}
