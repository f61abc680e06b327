/*
 * tools/helixctl/output.h - what commands write to standard output.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * Whoever may write to etcd chooses keys and values; they must not reach the
 * terminal as control sequences. So all that comes from etcd is written by
 * these functions: as text of printable ASCII, or as JSON of printable ASCII.
 *
 * A command that writes many lines asks output_failed now and then, and stops:
 * the disk may be full, or the reader of a pipe gone. For one thread.
 */
#ifndef HELIXCTL_OUTPUT_H
#define HELIXCTL_OUTPUT_H

#include "ctl.h"
#include "base/buffer.h"
#include <stddef.h>
#include <stdint.h>

/** Colours, and their end. */
enum output_style {
	OUTPUT_PLAIN,
	/** what names a thing: bold */
	OUTPUT_BOLD,
	/** what matters less */
	OUTPUT_DIM,
	/** what was added, or is well: green */
	OUTPUT_GOOD,
	/** what looks wrong: yellow */
	OUTPUT_WARN,
	/** what was removed, or is wrong: red */
	OUTPUT_BAD
};

/** The text that begins a style on a terminal, or ends it (OUTPUT_PLAIN); ""
 * where ctl->color is false. */
const char* output_style(const struct ctl* ctl, enum output_style style);

/** Whether something could not be written to standard output. */
bool output_failed(void);

/** Write out what standard output has so far. @return false if that fails, or
 * has before. */
bool output_flush(void);

/** Note that etcd was changed: that standard output cannot be written is then no
 * failure of the command. */
void output_note_change(void);

/**
 * Write out what is left, at the end of the program.
 * @param status: of the command.
 * @return status; or CTL_FAILED, if something could not be written: the user
 *	was told, unless the reader of a pipe is gone, who wanted no more. If etcd
 *	was changed, then CTL_FOUND in place of CTL_FAILED, and status for such
 *	a reader.
 */
enum ctl_status output_close(enum ctl_status status);

/** Write octets as text_show shows them, of any length. */
void output_text(const char* text, size_t len);

/** Write octets as the module's log shows keys: what is not printable ASCII is
 * written as <xx>, and backslashes stay as they are, so that a key can be
 * copied from there. For keys, and for texts in which somebody else has escaped
 * what needs it. */
void output_key(const char* text, size_t len);

/** room in which output_key_text shows at least n octets of a key */
#define OUTPUT_KEY_SIZE(n) ((n) * 4 + 4)

/**
 * The same as a text, for a message. A key that may not fit is cut and ends
 * in "...".
 * @param out: the result, NUL-terminated.
 * @param size: octets of out, at least OUTPUT_KEY_SIZE(1).
 * @return out.
 */
const char* output_key_text(const char* key, size_t len, char* out,
	size_t size);

/** Append octets to a buffer, as text_show shows them.
 * @return false if memory ran out. */
bool output_text_append(struct buffer* buffer, const char* text, size_t len);

/** Write a JSON string, with its quotes: what is not printable ASCII is
 * escaped; octets that are not UTF-8 become U+FFFD. */
void output_json(const char* text, size_t len);

/** Write a member's name and a colon; and before it a comma, unless it is the
 * first. @param first: set to false. */
void output_json_name(const char* name, bool* first);

#endif /* HELIXCTL_OUTPUT_H */
