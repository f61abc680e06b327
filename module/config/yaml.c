/*
 * config/yaml.c - helix.yaml as tables of keys.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "config/yaml.h"
#include "base/denied.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/** most octets of a file that is read */
#define FILE_OCTETS_MAX (4 * 1024 * 1024)

bool
config_fail_at(struct config_reader* reader, size_t line, size_t column,
	const char* format, ...)
{
	va_list args;
	va_start(args, format);
	config_errors_add(reader->errors, reader->path, line + 1, column + 1,
		format, args);
	va_end(args);
	return false;
}

bool
config_fail_file(struct config_reader* reader, const char* format, ...)
{
	va_list args;
	va_start(args, format);
	config_errors_add(reader->errors, reader->path, 0, 0, format, args);
	va_end(args);
	return false;
}

/* --- values -------------------------------------------------------------- */

const char*
config_text(struct config_reader* reader, yaml_node_t* node,
	const char* expected)
{
	if(node->type != YAML_SCALAR_NODE) {
		config_fail(reader, node, "expected %s, not a %s", expected,
			node->type == YAML_SEQUENCE_NODE ? "list" : "mapping");
		return NULL;
	}
	if(strlen((char*)node->data.scalar.value) !=
		node->data.scalar.length) {
		config_fail(reader, node, "expected %s, without a NUL in it",
			expected);
		return NULL;
	}
	return (char*)node->data.scalar.value;
}

bool
config_copy(struct config_reader* reader, yaml_node_t* node, const char* text,
	char** place)
{
	free(*place);
	*place = strdup(text);
	return *place || config_fail(reader, node, "out of memory");
}

bool
config_read_seconds(struct config_reader* reader, yaml_node_t* node,
	const struct config_field* field, void* place)
{
	const char* text = config_text(reader, node, "a whole number");
	uint64_t number;
	size_t digits;
	if(!text)
		return false;
	digits = text_read_decimal(text, strlen(text), field->max, &number);
	if(digits == 0 || text[digits] || number < field->min)
		return config_fail(reader, node, "\"%.40s\" for %s: expected a "
			"whole number of seconds from %lu to %lu", text,
			field->name, field->min, field->max);
	*(uint32_t*)place = (uint32_t)number;
	return true;
}

const char*
config_duration_text(unsigned long ms, char* text)
{
	if(ms % 60000 == 0 && ms > 0)
		snprintf(text, CONFIG_DURATION_MAX, "%lum", ms / 60000);
	else if(ms % 1000 == 0)
		snprintf(text, CONFIG_DURATION_MAX, "%lus", ms / 1000);
	else	snprintf(text, CONFIG_DURATION_MAX, "%lums", ms);
	return text;
}

bool
config_read_duration(struct config_reader* reader, yaml_node_t* node,
	const struct config_field* field, void* place)
{
	static const struct {
		const char* name;
		unsigned long ms;
	} units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 },
		{ "h", 3600000 } };
	const char* text = config_text(reader, node,
		"a duration such as 500ms, 5s or 2m");
	char min[CONFIG_DURATION_MAX], max[CONFIG_DURATION_MAX];
	const char* unit;
	uint64_t number;
	size_t i, digits;
	if(!text)
		return false;
	digits = text_read_decimal(text, strlen(text),
		UINT64_C(999999999999999999), &number);
	unit = text + digits;
	if(digits == 0)
		return config_fail(reader, node, "\"%.40s\" for %s: expected a "
			"duration such as 500ms, 5s or 2m", text, field->name);
	for(i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if(strcmp(unit, units[i].name) == 0)
			break;
	}
	if(i == sizeof(units) / sizeof(*units) && !(number == 0 && !*unit))
		return config_fail(reader, node, "\"%.40s\" for %s: expected a "
			"unit, one of ms, s, m, h, right behind the number",
			text, field->name);
	if(number > 0 && number > field->max / units[i].ms)
		number = field->max + 1;
	else if(number > 0)
		number *= units[i].ms;
	if(number < field->min || number > field->max)
		return config_fail(reader, node, "\"%.40s\" for %s: expected a "
			"duration from %s to %s", text, field->name,
			config_duration_text(field->min, min),
			config_duration_text(field->max, max));
	*(unsigned*)place = (unsigned)number;
	return true;
}

bool
config_read_switch(struct config_reader* reader, yaml_node_t* node,
	const struct config_field* field, void* place)
{
	const char* text = config_text(reader, node, "yes or no");
	bool* on = place;
	if(!text)
		return false;
	*on = strcmp(text, "yes") == 0 || strcmp(text, "true") == 0;
	if(!*on && strcmp(text, "no") != 0 && strcmp(text, "false") != 0)
		return config_fail(reader, node, "\"%.40s\" for %s: expected "
			"yes or no", text, field->name);
	return true;
}

bool
config_read_word(struct config_reader* reader, yaml_node_t* node,
	const struct config_field* field, void* place)
{
	const char* text = config_text(reader, node, "a word");
	if(!text)
		return false;
	if(!*text || strpbrk(text, "\r\n"))
		return config_fail(reader, node, "expected one line of text "
			"for %s", field->name);
	return config_copy(reader, node, text, place);
}

bool
config_read_path(struct config_reader* reader, yaml_node_t* node,
	const struct config_field* field, void* place)
{
	char text[DENIED_TEXT_MAX];
	const char* path;
	if(!config_read_word(reader, node, field, place))
		return false;
	path = *(char**)place;
	if(faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) != 0)
		return config_fail(reader, node, "%.200s for %s cannot be "
			"read: %s", path, field->name, denied_explain(path,
			errno, text));
	return true;
}

/** Whether a folder is there, and may be gone into; errno if not. */
static bool
is_folder(const char* path)
{
	struct stat status;
	if(stat(path, &status) == -1)
		return false;
	errno = ENOTDIR;
	return S_ISDIR(status.st_mode) &&
		faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0;
}

bool
config_read_file_to_be(struct config_reader* reader, yaml_node_t* node,
	const struct config_field* field, void* place)
{
	char text[DENIED_TEXT_MAX];
	struct stat status;
	char *path, *copy;
	bool ok;
	if(!config_read_word(reader, node, field, place))
		return false;
	path = *(char**)place;
	copy = strdup(path);
	if(!copy)
		return config_fail(reader, node, "out of memory");
	ok = is_folder(dirname(copy)) ||
		config_fail(reader, node, "there can be no file %.200s for "
			"%s: its folder cannot be used: %s", path,
			field->name, denied_explain(path, errno, text));
	free(copy);
	if(!ok)
		return false;
	if(stat(path, &status) == 0 && !S_ISREG(status.st_mode))
		return config_fail(reader, node, "%.200s for %s is no regular "
			"file", path, field->name);
	return true;
}

yaml_node_item_t*
config_list(struct config_reader* reader, yaml_node_t* node,
	const struct config_field* field, size_t* count)
{
	if(node->type != YAML_SEQUENCE_NODE) {
		config_fail(reader, node, "expected a list for %s: each item "
			"on a line of its own, behind \"- \"", field->name);
		return NULL;
	}
	*count = (size_t)(node->data.sequence.items.top -
		node->data.sequence.items.start);
	if(*count == 0) {
		config_fail(reader, node, "expected at least one item in the "
			"list for %s", field->name);
		return NULL;
	}
	return node->data.sequence.items.start;
}

void
config_texts_clear(struct config_texts texts)
{
	while(texts.count > 0)
		free(texts.text[--texts.count]);
	free(texts.text);
}

bool
config_texts_same(struct config_texts a, struct config_texts b)
{
	size_t i;
	if(a.count != b.count)
		return false;
	for(i = 0; i < a.count; i++) {
		if(strcmp(a.text[i], b.text[i]) != 0)
			return false;
	}
	return true;
}

bool
config_text_same(const char* a, const char* b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

bool
config_read_texts(struct config_reader* reader, yaml_node_t* node,
	const struct config_field* field,
		bool (*read_one)(struct config_reader* reader,
	yaml_node_t* node, char** text), struct config_texts* texts)
{
	size_t count;
	yaml_node_item_t* item = config_list(reader, node, field, &count);
	bool ok = true;
	texts->count = 0;
	texts->text = item ? calloc(count, sizeof(*texts->text)) : NULL;
	if(!item)
		return false;
	if(!texts->text)
		return config_fail(reader, node, "out of memory");
	for(; count > 0 && !config_is_full(reader); count--, item++) {
		if(read_one(reader, yaml_document_get_node(
			&reader->document, *item),
			&texts->text[texts->count]))
			texts->count++;
		else	ok = false;
	}
	return ok;
}

/* --- mappings ------------------------------------------------------------ */

/** Name the keys of a table, for a message. */
static const char*
field_names(const struct config_field* fields, char* text, size_t size)
{
	const struct config_field* field;
	size_t at = 0;
	for(field = fields; field->name && at < size; field++)
		at += (size_t)snprintf(text + at, size - at, "%s%s",
			field == fields ? "" : ", ", field->name);
	return text;
}

/** Find a key in a table. @return its line, or the table's end. */
static const struct config_field*
field_find(const struct config_field* fields, const char* name)
{
	while(fields->name && strcmp(fields->name, name) != 0)
		fields++;
	return fields;
}

/** Read one key and its value. @param seen: bit n: field n was there. */
static bool
read_pair(struct config_reader* reader, const yaml_node_pair_t* pair,
	const struct config_field* fields, void* place, uint32_t* seen)
{
	yaml_node_t* key = yaml_document_get_node(&reader->document,
		pair->key);
	const char* name = config_text(reader, key, "a key");
	const struct config_field* field;
	char names[256];
	uint32_t bit;
	if(!name)
		return false;
	field = field_find(fields, name);
	if(!field->name)
		return config_fail(reader, key, "unknown key \"%.60s\"; "
			"expected one of %s", name, field_names(fields, names,
			sizeof(names)));
	bit = UINT32_C(1) << (field - fields);
	if(*seen & bit)
		return config_fail(reader, key, "the key %s is there twice",
			name);
	*seen |= bit;
	return field->read(reader, yaml_document_get_node(&reader->document,
		pair->value), field, (char*)place + field->offset);
}

bool
config_read_mapping(struct config_reader* reader, yaml_node_t* node,
	const struct config_field* fields, void* place)
{
	const yaml_node_pair_t* pair;
	char names[256];
	uint32_t seen = 0;
	bool ok = true;
	if(node->type != YAML_MAPPING_NODE)
		return config_fail(reader, node, "expected a mapping with the "
			"keys %s", field_names(fields, names, sizeof(names)));
	for(pair = node->data.mapping.pairs.start;
		pair < node->data.mapping.pairs.top &&
		!config_is_full(reader); pair++) {
		if(!read_pair(reader, pair, fields, place, &seen))
			ok = false;
	}
	return ok;
}

/** The text of a key of a mapping, which may also be something else: NULL. */
static const char*
key_text(struct config_reader* reader, const yaml_node_pair_t* pair)
{
	const yaml_node_t* key = yaml_document_get_node(&reader->document,
		pair->key);
	return key->type == YAML_SCALAR_NODE ?
		(char*)key->data.scalar.value : NULL;
}

yaml_node_t*
config_value(struct config_reader* reader, yaml_node_t* node,
	const char* name)
{
	const yaml_node_pair_t* pair;
	if(!node || node->type != YAML_MAPPING_NODE)
		return NULL;
	for(pair = node->data.mapping.pairs.start;
		pair < node->data.mapping.pairs.top; pair++) {
		const char* key = key_text(reader, pair);
		if(key && strcmp(key, name) == 0)
			return yaml_document_get_node(&reader->document,
				pair->value);
	}
	return NULL;
}

/** True if a place of the file, counted from 1, is before a mark of libyaml's,
 * which is counted from 0. */
static bool
is_before(size_t line, size_t column, const yaml_mark_t* mark)
{
	return line < mark->line + 1 || (line == mark->line + 1 &&
		column < mark->column + 1);
}

/** True if an error is inside of a node. */
static bool
is_inside(const struct config_error* error, const yaml_node_t* node)
{
	/* what is empty ends where it starts */
	if(error->line == node->start_mark.line + 1 &&
		error->column == node->start_mark.column + 1)
		return true;
	return !is_before(error->line, error->column, &node->start_mark) &&
		is_before(error->line, error->column, &node->end_mark);
}

bool
config_lacks(struct config_reader* reader, yaml_node_t* node,
	const struct config_field* fields, const char* name)
{
	const yaml_node_pair_t* pair;
	if(node->type != YAML_MAPPING_NODE)
		return false;
	for(pair = node->data.mapping.pairs.start;
		pair < node->data.mapping.pairs.top; pair++) {
		const char* key = key_text(reader, pair);
		if(!key || !field_find(fields, key)->name ||
			strcmp(key, name) == 0)
			return false;
	}
	return true;
}

bool
config_is_good(struct config_reader* reader, yaml_node_t* node,
	const struct config_field* fields, const char* name)
{
	const yaml_node_t* value = config_value(reader, node, name);
	const struct config_errors* errors = reader->errors;
	size_t i;
	if(!value)
		return !fields || config_lacks(reader, node, fields, name);
	for(i = 0; i < errors->count; i++) {
		if(is_inside(&errors->list[i], value))
			return false;
	}
	return true;
}

/* --- the file ------------------------------------------------------------ */

/** Read a whole file into reader->text, with a NUL behind it. */
static bool
file_read(struct config_reader* reader)
{
	FILE* file = fopen(reader->path, "rb");
	char text[DENIED_TEXT_MAX];
	bool ok = false;
	if(!file)
		return config_fail_file(reader, "cannot open the file: %s",
			denied_explain(reader->path, errno, text));
	reader->text = malloc(FILE_OCTETS_MAX + 2);
	if(reader->text) {
		errno = 0;
		reader->len = fread(reader->text, 1, FILE_OCTETS_MAX + 1,
			file);
		reader->text[reader->len] = 0;
		ok = !ferror(file) && reader->len <= FILE_OCTETS_MAX;
	}
	if(!ok)
		config_fail_file(reader, "cannot read the file: %s",
			!reader->text ? "out of memory" :
			reader->len > FILE_OCTETS_MAX ? "it is over 4 MiB" :
			strerror(errno));
	fclose(file);
	return ok;
}

/** Where in the text an octet is. */
static void
text_position(const struct config_reader* reader, size_t offset, size_t* line,
	size_t* column)
{
	size_t i;
	*line = *column = 0;
	for(i = 0; i < offset && i < reader->len; i++) {
		if(reader->text[i] == '\n') {
			(*line)++;
			*column = 0;
		} else {
			(*column)++;
		}
	}
}

/** The octet at a place that libyaml gives as line and column; a column is a
 * character, so this is right up to the first one that is not ASCII. */
static char
text_at(const struct config_reader* reader, const yaml_mark_t* mark)
{
	const char* p = reader->text;
	const char* end = p + reader->len;
	size_t line;
	/* libyaml does not count the byte order mark */
	if(reader->len >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		p += 3;
	for(line = 0; line < mark->line && p < end; line++) {
		p = memchr(p, '\n', (size_t)(end - p));
		if(!p)
			return 0;
		p++;
	}
	return mark->column < (size_t)(end - p) ? p[mark->column] : 0;
}

/** Say that a tab is at a place. @return false. */
static bool
fail_tab(struct config_reader* reader, size_t line, size_t column)
{
	return config_fail_at(reader, line, column, "there is a tab; expected "
		"spaces, as YAML allows no tabs here");
}

/** Say which lines behind one are indented by tabs, too: libyaml stops at the
 * first, and an editor has put a tab into each. @return false. */
static bool
fail_more_tabs(struct config_reader* reader, size_t first)
{
	const char* p = reader->text;
	const char* end = p + reader->len;
	size_t line;
	for(line = 0; p < end && !config_is_full(reader); line++) {
		const char* next = memchr(p, '\n', (size_t)(end - p));
		size_t spaces = strspn(p, " "), rest = strspn(p, " \t\r");
		if(line > first && p[spaces] == '\t' && p[rest] &&
			p[rest] != '\n' && p[rest] != '#')
			fail_tab(reader, line, spaces);
		p = next ? next + 1 : end;
	}
	return false;
}

/** Say what libyaml does not like. @return false. */
static bool
fail_yaml(struct config_reader* reader, const yaml_parser_t* parser)
{
	const yaml_mark_t* mark = &parser->problem_mark;
	size_t line, column;
	if(parser->error == YAML_MEMORY_ERROR)
		return config_fail_at(reader, 0, 0, "out of memory");
	if(parser->error == YAML_READER_ERROR) {
		text_position(reader, parser->problem_offset, &line, &column);
		if(strstr(parser->problem, "control characters"))
			return config_fail_at(reader, line, column, "there "
				"is a control character; expected plain text");
		return config_fail_at(reader, line, column, "this is not "
			"text in UTF-8: %s", parser->problem);
	}
	if(text_at(reader, mark) == '\t') {
		fail_tab(reader, mark->line, mark->column);
		return fail_more_tabs(reader, mark->line);
	}
	return config_fail_at(reader, mark->line, mark->column,
		"this is not YAML: %s%s%s", parser->context ? parser->context : "",
		parser->context ? ", " : "", parser->problem);
}

/** Read the one document of a text. */
static bool
document_load(struct config_reader* reader)
{
	yaml_parser_t parser;
	yaml_document_t second;
	yaml_node_t* more;
	bool ok = false;
	if(!yaml_parser_initialize(&parser))
		return config_fail_at(reader, 0, 0, "out of memory");
	yaml_parser_set_input_string(&parser,
		(const unsigned char*)reader->text, reader->len);
	if(!yaml_parser_load(&parser, &reader->document)) {
		fail_yaml(reader, &parser);
	/* after the end there is an empty document */
	} else if(!yaml_document_get_root_node(&reader->document)) {
		ok = true;
	} else if(!yaml_parser_load(&parser, &second)) {
		fail_yaml(reader, &parser);
	} else {
		more = yaml_document_get_root_node(&second);
		ok = !more || config_fail(reader, more, "a second document "
			"begins here; expected only one");
		yaml_document_delete(&second);
	}
	yaml_parser_delete(&parser);
	reader->errors->cut = !ok;
	return ok;
}

yaml_node_t*
config_file_open(struct config_reader* reader)
{
	yaml_node_t* root;
	if(!file_read(reader) || !document_load(reader))
		return NULL;
	root = yaml_document_get_root_node(&reader->document);
	if(!root)
		config_fail_at(reader, 0, 0, "the file is empty; expected at "
			"least zones:");
	return root;
}

void
config_file_close(struct config_reader* reader)
{
	/* one that was not loaded is all zero, which this takes */
	yaml_document_delete(&reader->document);
	free(reader->text);
}
