/*
 * tests/unit/base/test_base64.c - base64.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/base64.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** most octets of a round trip */
#define TRIP_MAX 66

/** A text and its base64. */
struct vector {
	/** the octets */
	const char* data;
	/** their base64 */
	const char* text;
};

/* RFC 4648 10, and the digits that those leave out */
static const struct vector vectors[] = {
	{ "", "" },
	{ "f", "Zg==" },
	{ "fo", "Zm8=" },
	{ "foo", "Zm9v" },
	{ "foob", "Zm9vYg==" },
	{ "fooba", "Zm9vYmE=" },
	{ "foobar", "Zm9vYmFy" },
	{ "\xff\xff\xff", "////" },
	{ "\xfb\xef\xbe", "++++" },
	{ "\xff", "/w==" },
	{ "/helix/com/example/A", "L2hlbGl4L2NvbS9leGFtcGxlL0E=" },
};

static void
test_vectors(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
		const struct vector* vector = &vectors[i];
		char text[64];
		size_t len = 99;
		base64_encode(vector->data, strlen(vector->data), text);
		assert_string_equal(text, vector->text);
		assert_int_equal(strlen(text) + 1,
			BASE64_SIZE(strlen(vector->data)));
		assert_true(base64_decode(text, strlen(text), text, &len));
		assert_int_equal(len, strlen(vector->data));
		assert_memory_equal(text, vector->data, len);
	}
}

/** Octets of all values, different for each length. */
static void
octets_fill(unsigned char* data, size_t len)
{
	size_t i;
	for(i = 0; i < len; i++)
		data[i] = (unsigned char)(i * 73 + len * 151);
}

static void
test_round_trips(void** state)
{
	size_t len;
	(void)state;
	for(len = 0; len <= TRIP_MAX; len++) {
		/* of the exact size, so that a sanitizer sees any excess */
		unsigned char* data = malloc(len + 1);
		char* text = malloc(BASE64_SIZE(len));
		size_t decoded = 99;
		assert_non_null(data);
		assert_non_null(text);
		octets_fill(data, len);
		base64_encode(data, len, text);
		assert_int_equal(strlen(text) + 1, BASE64_SIZE(len));
		assert_true(base64_decode(text, strlen(text), text,
			&decoded));
		assert_int_equal(decoded, len);
		assert_memory_equal(text, data, len);
		free(data);
		free(text);
	}
}

static void
test_all_octets(void** state)
{
	unsigned value, place;
	(void)state;
	for(value = 0; value < 256; value++) {
		for(place = 0; place < 3; place++) {
			unsigned char data[3] = { 0, 0, 0 };
			char text[BASE64_SIZE(3)];
			size_t len;
			data[place] = (unsigned char)value;
			base64_encode(data, sizeof(data), text);
			assert_true(base64_decode(text, 4, text, &len));
			assert_int_equal(len, 3);
			assert_memory_equal(text, data, 3);
		}
	}
}

/** Into a place of its own, of the exact size. */
static void
test_elsewhere(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
		const struct vector* vector = &vectors[i];
		const size_t size = strlen(vector->text) / 4 * 3;
		char* data = malloc(size);
		size_t len;
		assert_true(size == 0 || data);
		assert_true(base64_decode(vector->text,
			strlen(vector->text), data, &len));
		assert_int_equal(len, strlen(vector->data));
		assert_memory_equal(data, vector->data, len);
		free(data);
	}
}

/** texts that are not base64 */
static const char* const bad_texts[] = {
	"A", "AA", "AAA", "AAAAA", "AAAAAA", "AAAAAAA",
	"=", "==", "===", "====", "A===", "A=", "AA=", "=AAA", "==AA",
	"A=AA", "AA=A", "AA==AAAA", "AAA=AAAA", "A=A=", "AAAA=", "AAAA====",
	"AAA ", " AAA", "AA A", "A\nAA", "AAA\n", "AAAA\n", "AAAA   ",
	"\tAAA", "AA-A", "AA_A", "AA.A", "AA!A", "AA@A", "AA[A", "AA`A",
	"AA{A", "AA:A", "AA,A", "AA*A", "AA\x80" "A", "AA\xff" "A",
	"AA\x01" "A",
	/* bits that belong to no octet */
	"Zh==", "Zm9=", "AAAAAB==",
};

static void
test_bad(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(bad_texts) / sizeof(*bad_texts); i++) {
		/* of the exact size, so that a sanitizer sees any excess */
		size_t len = strlen(bad_texts[i]);
		char* text = malloc(len);
		bool ok;
		assert_non_null(text);
		memcpy(text, bad_texts[i], len);
		ok = base64_decode(text, len, text, &len);
		free(text);
		if(ok)
			fail_msg("\"%s\" was taken for base64", bad_texts[i]);
	}
}

/** A text in three pieces, cut at every two places, is what it is in one. */
static void
check_cuts(const char* text, bool expected)
{
	const size_t len = strlen(text);
	char whole[64];
	size_t a, b, whole_len;
	assert_int_equal(base64_decode(text, len, whole, &whole_len),
		expected);
	for(a = 0; a <= len; a++) {
		for(b = a; b <= len; b++) {
			uint8_t data[64];
			struct base64 decoder = { .data = data,
				.room = whole_len };
			bool ok = base64_add(&decoder, text, a) &&
				base64_add(&decoder, text + a, b - a) &&
				base64_add(&decoder, text + b, len - b) &&
				base64_is_whole(&decoder);
			if(ok != expected)
				fail_msg("\"%s\" cut at %zu and %zu", text,
					a, b);
			assert_true(!ok || (decoder.len == whole_len &&
				memcmp(data, whole, whole_len) == 0));
		}
	}
}

static void
test_pieces(void** state)
{
	size_t i;
	(void)state;
	for(i = 0; i < sizeof(vectors) / sizeof(*vectors); i++)
		check_cuts(vectors[i].text, true);
	for(i = 0; i < sizeof(bad_texts) / sizeof(*bad_texts); i++)
		check_cuts(bad_texts[i], false);
}

/** One octet less than is needed. */
static void
test_no_room(void** state)
{
	size_t i;
	(void)state;
	for(i = 1; i < sizeof(vectors) / sizeof(*vectors); i++) {
		const size_t room = strlen(vectors[i].data) - 1;
		uint8_t* data = malloc(room);
		struct base64 decoder = { .data = data, .room = room };
		assert_true(room == 0 || data);
		assert_false(base64_add(&decoder, vectors[i].text,
			strlen(vectors[i].text)));
		free(data);
	}
}

/** Every octet at every place of a text: the 64 digits, and nothing else. */
static void
test_digits(void** state)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"abcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned value, place;
	(void)state;
	for(value = 0; value < 256; value++) {
		bool digit = memchr(digits, (int)value,
			sizeof(digits) - 1) != NULL;
		for(place = 0; place < 4; place++) {
			char text[] = "AAAA";
			size_t len;
			bool ok = digit || (value == '=' && place == 3);
			text[place] = (char)value;
			if(base64_decode(text, 4, text, &len) != ok)
				fail_msg("octet %u at %u", value, place);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_round_trips),
		cmocka_unit_test(test_all_octets),
		cmocka_unit_test(test_elsewhere),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_digits),
	};
	return cmocka_run_group_tests_name("base64", tests, NULL, NULL);
}
