/*
 * tests/unit/unbound/test_guard.c - refuses a foreign Unbound.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "unbound/guard.h"
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define ADDRESS_SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ADDRESS_SANITIZER
#endif
#endif

/** most segments of a case */
#define SEGMENTS 3

/* What the module was built for: constants of this program, so that the program
 * passes; no other constant has these texts. */
static const char constants[] = "\0unbound 1.17.1\0"
	"--prefix=/usr --with-dynlibmodule --enable-dnscrypt\0";
static const char* const version = constants + 1;
static const char* const line = constants + 16;

#define LINE "--prefix=/usr --with-dynlibmodule --enable-dnscrypt"
#define OTHER_LINE "--prefix=/opt --with-dynlibmodule"

/** A program and the verdict. In its segments ~ stands for "unbound ", and |
 * for a NUL. */
struct check_case {
	/** for a message of the test */
	const char* name;
	/** the segments; NULL: no more */
	const char* segments[SEGMENTS];
	/** build-id of the program */
	const char* build_id;
	/** build-id that is wanted */
	const char* wanted_id;
	/** parts of the message, | between them; NULL: the program passes */
	const char* message;
};

static const struct check_case check_cases[] = {
	{ "the right one", { "ELF|~1.17.1|x|" LINE "|y|" }, "", "", NULL },
	{ "at the ends", { "~1.17.1|x|" LINE "|" }, "", "", NULL },
	{ "in two segments", { "|~1.17.1|", "|" LINE "|" }, "", "", NULL },
	{ "in the other order", { "|" LINE "|", "x", "|~1.17.1|" }, "", "",
		NULL },
	{ "among texts that are no version", { "|~%s|~is up|start of ~ 1.2|"
		"~1.17.1 (%s)|~1.17.1|" LINE "|" }, "", "", NULL },
	{ "the line also inside of others", { "|~1.17.1|x" LINE "|" LINE "x|"
		LINE "|" }, "", "", NULL },
	{ "other version", { "|~1.17.2|" LINE "|" }, "", "",
		"built for unbound 1.17.1 |program is unbound 1.17.2 " },
	{ "longer version", { "|~1.17.10|" LINE "|" }, "", "",
		"program is unbound 1.17.10 " },
	{ "shorter version", { "|~1.17|" LINE "|" }, "", "",
		"program is unbound 1.17 " },
	{ "other line", { "|~1.17.1|" OTHER_LINE "|" }, "", "",
		"(configure line: " LINE ")|(configure line: " OTHER_LINE
		")" },
	{ "other version and line", { "|~1.22.0|" OTHER_LINE "|" }, "", "",
		"built for unbound 1.17.1 (configure line: " LINE ")|"
		"program is unbound 1.22.0 (configure line: " OTHER_LINE
		")|build helix.so again" },
	{ "the line is the end of another", { "|~1.17.1|x " LINE "|" }, "", "",
		"(configure line: x " LINE ")" },
	{ "the line is the beginning of another", { "|~1.17.1|" LINE " --x|" },
		"", "", "(configure line: " LINE " --x)" },
	{ "the line is in the middle of another", { "|~1.17.1|a" LINE "b|" },
		"", "", "(configure line: a" LINE "b)" },
	{ "the line in two parts", { "|~1.17.1|--prefix=/usr |"
		"--with-dynlibmodule --enable-dnscrypt|" }, "", "", "program" },
	{ "the line over two segments", { "|~1.17.1|--prefix=/usr ",
		"--with-dynlibmodule --enable-dnscrypt|" }, "", "",
		"program" },
	{ "the line without an end", { "|~1.17.1|" LINE }, "", "",
		"(configure line: unknown)" },
	{ "the version without an end", { "|" LINE "|~1.17.1" }, "", "",
		"program is no unbound at all" },
	{ "no line", { "|~1.17.1|" }, "", "",
		"(configure line: unknown)" },
	{ "no version", { "|" LINE "|" }, "", "", "no unbound at all" },
	{ "no unbound", { "|GNU bash, version 5.2|", "|x|" }, "", "",
		"no unbound at all (configure line: unknown)" },
	{ "nothing", { NULL }, "", "", "no unbound at all" },
	{ "empty segments", { "", "" }, "", "", "no unbound at all" },
	{ "the same build", { "|~1.17.1|" LINE "|" }, "0123abcd", "0123abcd",
		NULL },
	{ "another build", { "|~1.17.1|" LINE "|" }, "0123abcd", "99887766",
		"another build of unbound 1.17.1|(build-id 99887766)|"
		"(build-id 0123abcd)|build helix.so again" },
	{ "a build-id that begins like it", { "|~1.17.1|" LINE "|" },
		"0123abcd", "0123", "another build" },
	{ "the program has no build-id", { "|~1.17.1|" LINE "|" }, "",
		"99887766", NULL },
	{ "no build-id is wanted", { "|~1.17.1|" LINE "|" }, "0123abcd", "",
		NULL },
	{ "the same build-id does not make up for it", { "|~1.17.1|"
		OTHER_LINE "|" }, "0123abcd", "0123abcd", "program is" },
};

/** Make a segment of its text, in an allocation of its size. */
static void
segment_make(struct guard_segment* segment, const char* text)
{
	char* data = malloc(strlen(text) * 8 + 1);
	char* exact;
	size_t len = 0;
	assert_non_null(data);
	for(; *text; text++) {
		if(*text == '~')
			len += (size_t)sprintf(data + len, "%s ", "unbound");
		else	data[len++] = (char)(*text == '|' ? 0 : *text);
	}
	exact = malloc(len > 0 ? len : 1);
	assert_non_null(exact);
	memcpy(exact, data, len);
	free(data);
	segment->start = exact;
	segment->len = len;
}

static void
program_make(struct guard_program* program, const struct check_case* given)
{
	memset(program, 0, sizeof(*program));
	while(program->count < SEGMENTS && given->segments[program->count]) {
		segment_make(&program->segments[program->count],
			given->segments[program->count]);
		program->count++;
	}
	strcpy(program->build_id, given->build_id);
}

static void
program_free(struct guard_program* program)
{
	size_t i;
	for(i = 0; i < program->count; i++)
		free((char*)(uintptr_t)program->segments[i].start);
}

/** True if a message has all parts. */
static bool
message_has(const char* message, const char* parts)
{
	char* copy = strdup(parts);
	char *rest = copy, *part;
	bool has = true;
	assert_non_null(copy);
	while((part = strsep(&rest, "|")) != NULL)
		has = has && strstr(message, part);
	free(copy);
	return has && !strchr(message, '\n');
}

static void
test_check(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(check_cases) / sizeof(*check_cases); i++) {
		const struct check_case* given = &check_cases[i];
		const struct guard_identity wanted = { version, line,
			given->wanted_id };
		char message[GUARD_MESSAGE_MAX] = "no message";
		struct guard_program program;
		bool ok;
		program_make(&program, given);
		ok = guard_check(&program, &wanted, message);
		program_free(&program);
		if(ok != !given->message || (given->message &&
			!message_has(message, given->message)))
			fail_msg("%s: %s, \"%s\"", given->name, ok ? "taken" :
				"refused", message);
	}
}

/** A long configure line does not cut the rest of the message. */
static void
test_long_lines(void** state)
{
	char text[6000], message[GUARD_MESSAGE_MAX];
	struct check_case given = { .name = "long", .segments = { text },
		.build_id = "" };
	const struct guard_identity wanted = { version, text + 20, "" };
	struct guard_program program;
	(void)state;
	memset(text, 'x', sizeof(text) - 2);
	memcpy(text, "|~1.17.1|--with-dynlibmodule", 28);
	strcpy(text + sizeof(text) - 2, "|");
	program_make(&program, &given);
	memset(message, 'x', sizeof(message));
	assert_false(guard_check(&program, &wanted, message));
	program_free(&program);
	assert_true(strlen(message) < sizeof(message) - 1);
	assert_true(message_has(message, "build helix.so again, with the "
		"headers of this Unbound"));
}

/* --- the real program ---------------------------------------------------- */

/** True if an address is in a program's segments. */
static bool
is_inside(const struct guard_program* program, const void* place)
{
	const char* at = place;
	size_t i;
	for(i = 0; i < program->count; i++) {
		if(at >= program->segments[i].start && at <
			program->segments[i].start + program->segments[i].len)
			return true;
	}
	return false;
}

static void
test_read_program(void** state)
{
	static char writable[] = "writable";
	struct guard_program program;
	char local = 0;
	void* heap = malloc(1);
	(void)state;
	guard_read_program(&program);
	assert_true(program.count > 0);
	assert_true(program.count <= GUARD_SEGMENTS_MAX);
	assert_true(is_inside(&program, constants));
	assert_true(is_inside(&program, constants + sizeof(constants) - 1));
	/* neither writable memory nor that of libraries */
	assert_false(is_inside(&program, writable));
	assert_false(is_inside(&program, &local));
	assert_false(is_inside(&program, heap));
	assert_false(is_inside(&program, stdout));
	free(heap);
}

/** Read this program's file; owned by the caller. */
static unsigned char*
program_file(size_t* len)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	unsigned char* data;
	FILE* file;
	long size;
	assert_true(n > 0);
	path[n] = 0;
	file = fopen(path, "rb");
	assert_non_null(file);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	size = ftell(file);
	rewind(file);
	data = malloc((size_t)size);
	assert_non_null(data);
	*len = fread(data, 1, (size_t)size, file);
	fclose(file);
	return data;
}

/** Read the build-id from the program's file: it follows the note's lengths,
 * type and name. The guard follows the program headers instead. */
static void
build_id_of_file(char* hex)
{
	unsigned char note[16];
	const unsigned char* found;
	const uint32_t lengths[] = { 4, 20, 3 };
	size_t len, i;
	unsigned char* data = program_file(&len);
	memcpy(note, lengths, sizeof(lengths));
	memcpy(note + sizeof(lengths), "GNU", 4);
	*hex = 0;
	found = memmem(data, len, note, sizeof(note));
	for(i = 0; found && i < 20; i++)
		sprintf(hex + 2 * i, "%02x", (unsigned)found[sizeof(note) +
			i]);
	free(data);
}

static void
test_build_id(void** state)
{
	struct guard_program program;
	char expected[64];
	(void)state;
	guard_read_program(&program);
	build_id_of_file(expected);
	assert_string_equal(program.build_id, expected);
	/* not every linker writes one */
	assert_true(!expected[0] || strlen(program.build_id) == 40);
}

/** This program has the constants above. */
static void
test_check_program(void** state)
{
	struct guard_program program;
	struct guard_identity wanted = { version, line, "" };
	char message[GUARD_MESSAGE_MAX], other[40];
	(void)state;
#ifdef ADDRESS_SANITIZER
	/* the sanitizer forbids the gaps between constants */
	return;
#endif
	guard_read_program(&program);
	assert_true(guard_check(&program, &wanted, message));
	wanted.build_id = program.build_id;
	assert_true(guard_check(&program, &wanted, message));
	wanted.configure_line = line + 1;
	assert_false(guard_check(&program, &wanted, message));
	assert_true(message_has(message, version));
	wanted.configure_line = line;
	/* written at run time: a constant would be found in the program */
	snprintf(other, sizeof(other), "unbound %d.0.1", 0);
	wanted.version = other;
	assert_false(guard_check(&program, &wanted, message));
}

/** A whole file; owned by the caller. */
static char*
file_read(const char* path, size_t* len)
{
	FILE* file = fopen(path, "rb");
	char* text = NULL;
	FILE* out = open_memstream(&text, len);
	char octets[65536];
	size_t count;
	assert_non_null(file);
	assert_non_null(out);
	while((count = fread(octets, 1, sizeof(octets), file)) > 0)
		fwrite(octets, 1, count, out);
	fclose(file);
	fclose(out);
	return text;
}

/** The file of a program has the build-id that the program has. */
static void
test_read_file(void** state)
{
	struct guard_program running, program;
	size_t len, cut;
	char* file = file_read("/proc/self/exe", &len);
	(void)state;
	guard_read_program(&running);
	assert_true(guard_read_file(&program, file, len));
	assert_string_equal(program.build_id, running.build_id);
	/* cut anywhere in its head, it is no program, or one without an id */
	for(cut = 0; cut < 4096 && cut < len; cut++) {
		char* part = malloc(cut ? cut : 1);
		assert_non_null(part);
		memcpy(part, file, cut);
		if(guard_read_file(&program, part, cut))
			assert_true(!*program.build_id || strcmp(
				program.build_id, running.build_id) == 0);
		free(part);
	}
	assert_false(guard_read_file(&program, "", 0));
	file[1] = 'e';
	assert_false(guard_read_file(&program, file, len));
	free(file);
}

/** What is wrong in the head of a file does no harm. */
static void
test_read_damaged_file(void** state)
{
	struct guard_program program;
	size_t len, i;
	char* file = file_read("/proc/self/exe", &len);
	(void)state;
	for(i = 4; i < 1024 && i < len; i++) {
		static const char values[] = { '\xff', '\0', '\x7f' };
		const char before = file[i];
		size_t k;
		for(k = 0; k < sizeof(values); k++) {
			file[i] = values[k];
			(void)guard_read_file(&program, file, len);
			assert_true(strlen(program.build_id) <
				sizeof(program.build_id));
		}
		file[i] = before;
	}
	free(file);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_read_program),
		cmocka_unit_test(test_build_id),
		cmocka_unit_test(test_check_program),
		cmocka_unit_test(test_read_file),
		cmocka_unit_test(test_read_damaged_file),
	};
	return cmocka_run_group_tests_name("guard", tests, NULL, NULL);
}
