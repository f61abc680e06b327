/*
 * tools/helixctl/zonelines.c - the lines of a zone file.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "zonelines.h"
#include <errno.h>
#include <string.h>

/** Where a piece of a line's text comes from. */
struct mark {
	/** where it begins in the text */
	size_t at;
	/** its place in the file */
	unsigned long line, column;
};

void
zonelines_init(struct zonelines* lines, FILE* file)
{
	memset(lines, 0, sizeof(*lines));
	lines->file = file;
	lines->line = 1;
}

/** Read an octet. @return EOF at the end. */
static int
octet_get(struct zonelines* lines)
{
	lines->column++;
	return getc_unlocked(lines->file);
}

/** Look at the octet after this one. */
static int
octet_peek(struct zonelines* lines)
{
	int c = getc_unlocked(lines->file);
	if(c != EOF)
		ungetc(c, lines->file);
	return c;
}

/** The octet that was read ended a line of the file. */
static void
next_line(struct zonelines* lines)
{
	lines->line++;
	lines->column = 0;
}

/** Skip the rest of a line of the file, but not its end.
 * @return false if it is too long: a device, say, may have no end. */
static bool
skip_rest(struct zonelines* lines)
{
	unsigned long skipped = 0;
	int c;
	while((c = octet_peek(lines)) != '\n' && c != EOF) {
		if(skipped++ == ZONELINE_MAX)
			return false;
		(void)octet_get(lines);
	}
	return true;
}

/** What is read is out of order: go on behind this line of the file.
 * @return false if that is too far away. */
static bool
recover(struct zonelines* lines)
{
	lines->depth = 0;
	if(!skip_rest(lines))
		return false;
	if(octet_get(lines) == '\n')
		next_line(lines);
	return true;
}

/** Note that the text goes on with the octet after the one that was read. */
static bool
mark_add(const struct zonelines* lines, struct zoneline* line)
{
	struct mark mark = { line->text.len, lines->line, lines->column + 1 };
	return buffer_append(&line->marks, &mark, sizeof(mark));
}

/** A line that is read. */
struct reading {
	struct zonelines* lines;
	struct zoneline* line;
	/** whether the line has a word */
	bool has_word;
	/** place of the quote that is open; 0: none is */
	unsigned long quote_column;
	/** the place that the reason is about */
	unsigned long *number, *column;
	struct reason* reason;
};

/** What to do after an octet. */
enum step {
	/** read the next */
	STEP_ON,
	/** the line is whole */
	STEP_LINE,
	/** the file has ended */
	STEP_END,
	/** the line is wrong, the next may be read */
	STEP_WRONG,
	/** the rest cannot be read */
	STEP_LOST
};

/** Say what is wrong with the octet that was read. */
static enum step
wrong(struct reading* reading, const char* why)
{
	*reading->number = reading->lines->line;
	*reading->column = reading->lines->column;
	(void)reason_say(reading->reason, "%s", why);
	return STEP_WRONG;
}

/** Say that a quote is not closed in its line. The octet that ends the line was
 * read. @return STEP_WRONG. */
static enum step
wrong_quote(struct reading* reading)
{
	*reading->number = reading->lines->line;
	*reading->column = reading->quote_column;
	(void)reason_say(reading->reason, "the quote is not closed in its "
		"line; a line break in a string is \\010");
	return STEP_WRONG;
}

/** Say that a line of the file is too long. @return STEP_LOST. */
static enum step
lost_line(struct reading* reading)
{
	*reading->number = reading->lines->line;
	*reading->column = reading->lines->column;
	(void)reason_say(reading->reason, "the line is over %d octets long",
		ZONELINE_MAX);
	return STEP_LOST;
}

/** Append an octet to the text. */
static enum step
text_add(struct reading* reading, char c)
{
	struct zoneline* line = reading->line;
	if(line->text.len == ZONELINE_MAX) {
		if(reading->lines->depth == 0)
			return lost_line(reading);
		*reading->number = reading->lines->line;
		*reading->column = reading->lines->column;
		(void)reason_say(reading->reason, "the record is over %d "
			"octets long; is the parenthesis of line %lu, column "
			"%lu, never closed?", ZONELINE_MAX,
			reading->lines->open_line,
			reading->lines->open_column);
		return STEP_LOST;
	}
	if(buffer_append_octet(&line->text, (uint8_t)c))
		return STEP_ON;
	(void)reason_say(reading->reason, "out of memory");
	return STEP_LOST;
}

/** The file has ended. */
static enum step
step_end(struct reading* reading)
{
	struct zonelines* lines = reading->lines;
	if(ferror(lines->file)) {
		*reading->number = lines->line;
		*reading->column = lines->column;
		(void)reason_say(reading->reason, "cannot read on: %s",
			strerror(errno));
		return STEP_LOST;
	}
	if(reading->quote_column > 0) {
		(void)wrong_quote(reading);
		return STEP_LOST;
	}
	if(lines->depth > 0) {
		*reading->number = lines->open_line;
		*reading->column = lines->open_column;
		(void)reason_say(reading->reason,
			"the parenthesis is never closed");
		return STEP_LOST;
	}
	return reading->has_word ? STEP_LINE : STEP_END;
}

/** A line of the file has ended. */
static enum step
step_newline(struct reading* reading)
{
	struct zonelines* lines = reading->lines;
	struct zoneline* line = reading->line;
	enum step step;
	if(reading->quote_column > 0)
		return wrong_quote(reading);
	next_line(lines);
	if(lines->depth == 0 && reading->has_word)
		return STEP_LINE;
	if(lines->depth == 0) {
		line->text.len = line->marks.len = 0;
	} else if((step = text_add(reading, ' ')) != STEP_ON) {
		return step;
	}
	if(mark_add(lines, line))
		return STEP_ON;
	(void)reason_say(reading->reason, "out of memory");
	return STEP_LOST;
}

/** A backslash was read: it and the next octet stay as they are. */
static enum step
step_escape(struct reading* reading)
{
	enum step step;
	int c = octet_peek(reading->lines);
	if(c == '\n' || c == '\r' || c == EOF)
		return wrong(reading, "the backslash at the end of the line "
			"escapes nothing");
	if(c == 0)
		return STEP_ON;
	reading->has_word = true;
	step = text_add(reading, '\\');
	return step == STEP_ON ? text_add(reading,
		(char)octet_get(reading->lines)) : step;
}

/** A parenthesis was read. */
static enum step
step_parenthesis(struct reading* reading, int c)
{
	struct zonelines* lines = reading->lines;
	if(c == ')' && lines->depth == 0)
		return wrong(reading, "the parenthesis was never opened");
	if(c == '(' && lines->depth == 0) {
		lines->open_line = lines->line;
		lines->open_column = lines->column;
	}
	/* there is no use for many, and a count must not overflow */
	if(c == '(' && lines->depth == 100)
		return wrong(reading, "too many parentheses are open");
	lines->depth += c == '(' ? 1 : -1U;
	return text_add(reading, ' ');
}

/** Take an octet that was read. */
static enum step
step(struct reading* reading, int c)
{
	const bool quoted = reading->quote_column > 0;
	switch(c) {
	case EOF:
		return step_end(reading);
	case '\n':
		return step_newline(reading);
	case '\r':
		return octet_peek(reading->lines) == '\n' ? STEP_ON :
			wrong(reading, "a carriage return that does not end "
			"a line");
	case 0:
		return wrong(reading, "a NUL octet; is this a text file?");
	case '\\':
		return step_escape(reading);
	case ';':
		if(quoted)
			break;
		return skip_rest(reading->lines) ? STEP_ON :
			lost_line(reading);
	case '(':
	case ')':
		if(quoted)
			break;
		return step_parenthesis(reading, c);
	case '"':
		reading->quote_column = quoted ? 0 : reading->lines->column;
		break;
	case ' ':
	case '\t':
		return text_add(reading, (char)c);
	}
	reading->has_word = true;
	return text_add(reading, (char)c);
}

enum zonelines_next
zonelines_read(struct zonelines* lines, struct zoneline* line,
	unsigned long* number, unsigned long* column, struct reason* reason)
{
	struct reading reading = { .lines = lines, .line = line,
		.number = number, .column = column, .reason = reason };
	enum step next;
	*number = lines->line;
	*column = lines->column;
	line->text.len = line->marks.len = 0;
	if(!mark_add(lines, line)) {
		(void)reason_say(reason, "out of memory");
		return ZONELINES_LOST;
	}
	do {
		int c = octet_get(lines);
		if(line->text.len == 0 && c != '\n')
			line->blank = c == ' ' || c == '\t';
		next = step(&reading, c);
	} while(next == STEP_ON);
	switch(next) {
	case STEP_LINE:
		return ZONELINES_MORE;
	case STEP_END:
		return ZONELINES_END;
	case STEP_WRONG:
		/* the end of the line was read where a quote was open */
		if(reading.quote_column > 0 && *column ==
			reading.quote_column) {
			lines->depth = 0;
			next_line(lines);
		} else if(!recover(lines)) {
			return ZONELINES_LOST;
		}
		return ZONELINES_WRONG;
	default:
		return ZONELINES_LOST;
	}
}

void
zoneline_place(const struct zoneline* line, size_t at, unsigned long* number,
	unsigned long* column)
{
	const struct mark* marks = (const struct mark*)(void*)line->marks.data;
	size_t n = line->marks.len / sizeof(*marks);
	while(n > 1 && marks[n - 1].at > at)
		n--;
	*number = marks[n - 1].line;
	*column = marks[n - 1].column + (at - marks[n - 1].at);
}

enum zonelines_next
zoneline_word(const struct zoneline* line, size_t* at, struct zoneword* word,
	struct reason* reason)
{
	const char* text = (const char*)line->text.data;
	const size_t len = line->text.len;
	size_t i = *at;
	while(i < len && (text[i] == ' ' || text[i] == '\t'))
		i++;
	word->at = *at = i;
	if(i == len)
		return ZONELINES_END;
	word->quoted = text[i] == '"';
	for(i += word->quoted; i < len; i++) {
		if(text[i] == '\\')
			i++;
		else if(word->quoted ? text[i] == '"' : text[i] == ' ' ||
			text[i] == '\t')
			break;
		else if(text[i] == '"') {
			word->at = i;
			(void)reason_say(reason, "there is a quote inside of "
				"a word; write \\\"");
			return ZONELINES_WRONG;
		}
	}
	word->text = text + word->at + word->quoted;
	word->len = i - word->at - word->quoted;
	*at = i += word->quoted;
	if(!word->quoted || i == len || text[i] == ' ' || text[i] == '\t')
		return ZONELINES_MORE;
	word->at = i;
	(void)reason_say(reason, "something follows a quote without a space");
	return ZONELINES_WRONG;
}

void
zoneline_clear(struct zoneline* line)
{
	buffer_clear(&line->text);
	buffer_clear(&line->marks);
}
