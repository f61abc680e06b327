/*
 * unbound/guard.c - refuses an Unbound that the module was not built for.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "unbound/guard.h"
#include <elf.h>
#include <link.h>
#include <stdio.h>
#include <string.h>

/* AddressSanitizer forbids the gaps between a program's constants, and the
 * segments are searched as a whole */
#if __has_include(<sanitizer/asan_interface.h>)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_UNPOISON_MEMORY_REGION(start, len) ((void)(start), (void)(len))
#endif

/** most octets of a configure line that a message quotes */
#define SHOWN_LINE_MAX 1200

/** Read the build-id from a note segment, if it has one. */
static void
note_read(struct guard_program* program, const char* at, size_t len)
{
	while(len >= sizeof(ElfW(Nhdr))) {
		ElfW(Nhdr) note;
		size_t name, size, i;
		const unsigned char* id;
		memcpy(&note, at, sizeof(note));
		name = ((size_t)note.n_namesz + 3) & ~(size_t)3;
		size = sizeof(note) + name +
			(((size_t)note.n_descsz + 3) & ~(size_t)3);
		if(size > len)
			return;
		id = (const unsigned char*)at + sizeof(note) + name;
		if(note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
			memcmp(at + sizeof(note), "GNU", 4) == 0 &&
			note.n_descsz * 2 < sizeof(program->build_id)) {
			for(i = 0; i < note.n_descsz; i++)
				sprintf(program->build_id + 2 * i, "%02x",
					(unsigned)id[i]);
			return;
		}
		at += size;
		len -= size;
	}
}

/** For dl_iterate_phdr: reads the first object, which is the program, and
 * stops. */
static int
on_object(struct dl_phdr_info* info, size_t size, void* arg)
{
	struct guard_program* program = arg;
	size_t i;
	(void)size;
	for(i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr)* header = &info->dlpi_phdr[i];
		const char* start = (const char*)(uintptr_t)
			(info->dlpi_addr + header->p_vaddr);
		if(header->p_type == PT_NOTE)
			note_read(program, start, header->p_memsz);
		if(header->p_type != PT_LOAD || !(header->p_flags & PF_R) ||
			(header->p_flags & PF_W) ||
			program->count == GUARD_SEGMENTS_MAX)
			continue;
		ASAN_UNPOISON_MEMORY_REGION(start, header->p_filesz);
		program->segments[program->count].start = start;
		program->segments[program->count].len = header->p_filesz;
		program->count++;
	}
	return 1;
}

void
guard_read_program(struct guard_program* program)
{
	memset(program, 0, sizeof(*program));
	(void)dl_iterate_phdr(on_object, program);
}

bool
guard_read_file(struct guard_program* program, const char* file, size_t len)
{
	ElfW(Ehdr) head;
	ElfW(Phdr) part;
	size_t i;
	memset(program, 0, sizeof(*program));
	if(len < sizeof(head))
		return false;
	memcpy(&head, file, sizeof(head));
	if(memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 ||
		head.e_ident[EI_CLASS] != (sizeof(void*) == 8 ? ELFCLASS64 :
		ELFCLASS32) || head.e_phentsize != sizeof(part))
		return false;
	for(i = 0; i < head.e_phnum; i++) {
		if(head.e_phoff > len || (len - head.e_phoff) / sizeof(part) <=
			i)
			return false;
		memcpy(&part, file + head.e_phoff + i * sizeof(part),
			sizeof(part));
		if(part.p_type == PT_NOTE && part.p_offset <= len &&
			part.p_filesz <= len - part.p_offset)
			note_read(program, file + part.p_offset,
				part.p_filesz);
	}
	return true;
}

/**
 * Find a C string by a text in it.
 * @param whole: whether the text is to be the whole string.
 * @param len: set to the string's length.
 * @return NULL if there is none.
 */
static const char*
string_find(const struct guard_program* program, const char* text, bool whole,
	size_t* len)
{
	size_t text_len = strlen(text), i;
	for(i = 0; i < program->count; i++) {
		const char* start = program->segments[i].start;
		const char* end = start + program->segments[i].len;
		const char* at = start;
		while((at = memmem(at, (size_t)(end - at), text, text_len)) !=
			NULL) {
			const char* first = at;
			const char* last = memchr(at, 0, (size_t)(end - at));
			while(first > start && first[-1] != 0)
				first--;
			if(last && (!whole || (first == at &&
				last == at + text_len))) {
				*len = (size_t)(last - first);
				return first;
			}
			at++;
		}
	}
	return NULL;
}

/** True if a text is a C string of the program, or the end of one, as linkers
 * let strings share their ends. */
static bool
text_ends_a_string(const struct guard_program* program, const char* text)
{
	size_t i;
	for(i = 0; i < program->count; i++) {
		if(memmem(program->segments[i].start,
			program->segments[i].len, text, strlen(text) + 1))
			return true;
	}
	return false;
}

/** True for a version such as "unbound 1.17.1". */
static bool
is_version(const char* text, size_t len)
{
	static const char name[] = "unbound ";
	const size_t n = sizeof(name) - 1;
	size_t i;
	if(len <= n || len > 40 || memcmp(text, name, n) != 0 ||
		text[n] < '0' || text[n] > '9')
		return false;
	for(i = n; i < len; i++) {
		if(text[i] <= ' ' || text[i] > '~')
			return false;
	}
	return true;
}

static const char*
version_find(const struct guard_program* program, size_t* len)
{
	size_t i;
	for(i = 0; i < program->count; i++) {
		const char* at = program->segments[i].start;
		const char* end = at + program->segments[i].len;
		while((at = memmem(at, (size_t)(end - at), "unbound ", 8)) !=
			NULL) {
			const char* last = memchr(at, 0, (size_t)(end - at));
			if(last && is_version(at, (size_t)(last - at))) {
				*len = (size_t)(last - at);
				return at;
			}
			at++;
		}
	}
	return NULL;
}

/** Write that the program has another version or configure line.
 * @return false. */
static bool
refuse(const struct guard_program* program,
	const struct guard_identity* wanted, char* message)
{
	size_t version_len = 0, line_len = 0;
	const char* version = version_find(program, &version_len);
	const char* line = string_find(program, "--with-dynlibmodule", false,
		&line_len);
	if(!version) {
		version = "no unbound at all";
		version_len = strlen(version);
	}
	if(!line) {
		line = "unknown";
		line_len = strlen(line);
	}
	if(line_len > SHOWN_LINE_MAX)
		line_len = SHOWN_LINE_MAX;
	snprintf(message, GUARD_MESSAGE_MAX, "this helix.so was built for %s "
		"(configure line: %.*s), but this program is %.*s (configure "
		"line: %.*s); build helix.so again, with the headers of this "
		"Unbound", wanted->version, SHOWN_LINE_MAX,
		wanted->configure_line, (int)version_len, version,
		(int)line_len, line);
	return false;
}

bool
guard_check(const struct guard_program* program,
	const struct guard_identity* wanted, char* message)
{
	size_t len;
	if(!text_ends_a_string(program, wanted->version) ||
		!string_find(program, wanted->configure_line, true, &len))
		return refuse(program, wanted, message);
	if(!wanted->build_id[0] || !program->build_id[0] ||
		strcmp(wanted->build_id, program->build_id) == 0)
		return true;
	snprintf(message, GUARD_MESSAGE_MAX, "this helix.so was built for "
		"another build of %s (build-id %s) than this program "
		"(build-id %s): Unbound was rebuilt or upgraded; build "
		"helix.so again, with the headers of this Unbound",
		wanted->version, wanted->build_id, program->build_id);
	return false;
}
