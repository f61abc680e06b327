/*
 * config/yaml.h - helix.yaml as tables of keys.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * A mapping of helix.yaml is a table of struct config_field: for each key, the
 * kind of its value (one of the functions config_read_..., or one of the
 * section's own), where in a struct it goes, and its bounds. To add a key, add
 * the field to the struct and a line to the table. Whatever is wrong is told
 * as file:line:column: message, counted from 1. Reading goes on behind an error,
 * so that all are told (config/errors.h); what is returned says only whether
 * there was any in this value.
 *
 * A section checks what concerns several of its keys once its mapping is read,
 * whether or not that had errors: see config_is_good and config_lacks, by which
 * no error is told that only follows from another one.
 * No state; any thread.
 */
#ifndef HELIX_CONFIG_YAML_H
#define HELIX_CONFIG_YAML_H

#include "config/errors.h"
#include <stddef.h>
#include <stdint.h>
#include <yaml.h>

/** The file that is being read. */
struct config_reader {
	/** path of the file */
	const char* path;
	/** what is wrong with it */
	struct config_errors* errors;
	/** the file's text; owned */
	char* text;
	/** octets of text */
	size_t len;
	/** the text as YAML */
	yaml_document_t document;
};

struct config_field;

/**
 * Reads a value of one kind.
 * @param node: the value.
 * @param field: its key.
 * @param place: where it goes. What is owned there is cleared by who owns the
 *	struct, whatever is returned.
 * @return false, with the error added, if it is not of this kind.
 */
typedef bool config_read(struct config_reader* reader, yaml_node_t* node,
	const struct config_field* field, void* place);

/** A key of a mapping. A table has at most 32, and ends with CONFIG_END. */
struct config_field {
	/** the key */
	const char* name;
	/** the kind of its value */
	config_read* read;
	/** where in the mapping's struct it goes */
	size_t offset;
	/** bounds of a number, or of a duration in milliseconds */
	unsigned long min, max;
};

/** A line of a table: a key whose kind has no bounds, or some. */
#define CONFIG_KEY(key, kind, type, member) \
	{ (key), (kind), offsetof(type, member), 0, 0 }
#define CONFIG_BOUNDED(key, kind, type, member, min, max) \
	{ (key), (kind), offsetof(type, member), (min), (max) }
/** A key whose value goes to several members: place is the whole struct. */
#define CONFIG_WHOLE(key, kind) { (key), (kind), 0, 0, 0 }
#define CONFIG_END { NULL, NULL, 0, 0, 0 }

/** Say what is wrong at a place, counted from 0. @return false. */
bool config_fail_at(struct config_reader* reader, size_t line, size_t column,
	const char* format, ...) __attribute__((format(printf, 4, 5)));

/** Say what is wrong with the file as a whole. @return false. */
bool config_fail_file(struct config_reader* reader, const char* format, ...)
	__attribute__((format(printf, 2, 3)));

/** Say what is wrong with a node. @return false. */
#define config_fail(reader, node, ...) \
	config_fail_at((reader), (node)->start_mark.line, \
		(node)->start_mark.column, __VA_ARGS__)

/** True if no further error is listed, so that reading may stop. */
static inline bool
config_is_full(const struct config_reader* reader)
{
	return reader->errors->more;
}

/**
 * The text of a scalar.
 * @param expected: what should be there, for the error.
 * @return NULL, with the errors added, if the node is none.
 */
const char* config_text(struct config_reader* reader, yaml_node_t* node,
	const char* expected);

/** Copy a text into a place; what was there is freed. */
bool config_copy(struct config_reader* reader, yaml_node_t* node,
	const char* text, char** place);

/** a whole number of seconds; into a uint32_t; bounded */
config_read config_read_seconds;
/** 500ms, 5s, 2m, 1h; into an unsigned, in milliseconds; bounded */
config_read config_read_duration;
/** yes or no; into a bool */
config_read config_read_switch;
/** one line of text that is not empty; into a char*, owned */
config_read config_read_word;
/** the path of a file that can be read; into a char*, owned */
config_read config_read_path;
/** the path of a file that may be made, in a folder that is there; into a
 * char*, owned */
config_read config_read_file_to_be;

/**
 * Read a mapping.
 * @param fields: the keys that it may have.
 * @param place: the struct that is filled.
 * @return false, with the errors added.
 */
bool config_read_mapping(struct config_reader* reader, yaml_node_t* node,
	const struct config_field* fields, void* place);

/** The value of a key of a mapping that was read; NULL if it is not there, or
 * node is NULL or no mapping. */
yaml_node_t* config_value(struct config_reader* reader, yaml_node_t* node,
	const char* name);

/** True if a mapping that was read is without a key, and not because that is
 * spelled wrong: all keys that are there are in the table. */
bool config_lacks(struct config_reader* reader, yaml_node_t* node,
	const struct config_field* fields, const char* name);

/**
 * True if it is certain what a mapping says for a key: no error was found in
 * its value, or the mapping lacks it, so that the default holds.
 * @param fields: for config_lacks; NULL: how other keys are spelled does not
 *	matter.
 */
bool config_is_good(struct config_reader* reader, yaml_node_t* node,
	const struct config_field* fields, const char* name);

/**
 * The items of a list.
 * @param count: set to their number, at least 1.
 * @return NULL, with the errors added, if the node is none or is empty.
 */
yaml_node_item_t* config_list(struct config_reader* reader, yaml_node_t* node,
	const struct config_field* field, size_t* count);

/** A list of texts, all owned. */
struct config_texts {
	/** the texts */
	char** text;
	/** number of them */
	size_t count;
};

/**
 * Read a list of texts.
 * @param read_one: makes one of the texts of an item.
 * @param texts: the result; to be cleared, whatever is returned.
 */
bool config_read_texts(struct config_reader* reader, yaml_node_t* node,
	const struct config_field* field, bool (*read_one)(
	struct config_reader* reader, yaml_node_t* node, char** text),
	struct config_texts* texts);

/** Free the texts. */
void config_texts_clear(struct config_texts texts);

/** Whether two lists have the same texts in the same order. */
bool config_texts_same(struct config_texts a, struct config_texts b);

/** Whether two texts are the same, or neither is there (NULL). */
bool config_text_same(const char* a, const char* b);

/** room for config_duration_text */
#define CONFIG_DURATION_MAX 24

/** Write a duration as people write it. @return text. */
const char* config_duration_text(unsigned long ms, char* text);

/**
 * Read a file as YAML.
 * @param reader: path and errors are set; to be ended by config_file_close,
 *	whatever is returned.
 * @return the root of its one document; NULL, with the errors added, if the
 *	file cannot be read, is no YAML, or is empty.
 */
yaml_node_t* config_file_open(struct config_reader* reader);

/** Free what was read. */
void config_file_close(struct config_reader* reader);

#endif /* HELIX_CONFIG_YAML_H */
