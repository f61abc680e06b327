/*
 * base/base64.c - base64 of RFC 4648 4.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "base/base64.h"
#include <string.h>

static const char alphabet[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
base64_encode(const void* data, size_t len, char* text)
{
	const uint8_t* in = data;
	while(len > 0) {
		size_t n = len < 3 ? len : 3;
		uint32_t bits = (uint32_t)in[0] << 16;
		if(n > 1)
			bits |= (uint32_t)in[1] << 8;
		if(n > 2)
			bits |= in[2];
		text[0] = alphabet[bits >> 18];
		text[1] = alphabet[bits >> 12 & 63];
		text[2] = n > 1 ? alphabet[bits >> 6 & 63] : '=';
		text[3] = n > 2 ? alphabet[bits & 63] : '=';
		text += 4;
		in += n;
		len -= n;
	}
	*text = 0;
}

/** for each character, the value of the digit plus 1; 0: it is no digit */
static const uint8_t digits[256] = {
	['+'] = 63, ['/'] = 64,
	['0'] = 53, 54, 55, 56, 57, 58, 59, 60, 61, 62,
	['A'] = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,
		14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26,
	['a'] = 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39,
		40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52,
};

/** Decode a group of four digits. @return false if one of them is no digit. */
static inline bool
decode_group(const char* text, uint8_t* octets)
{
	const uint8_t* in = (const uint8_t*)text;
	const int a = digits[in[0]] - 1, b = digits[in[1]] - 1;
	const int c = digits[in[2]] - 1, d = digits[in[3]] - 1;
	if((a | b | c | d) < 0)
		return false;
	octets[0] = (uint8_t)(a << 2 | b >> 4);
	octets[1] = (uint8_t)(b << 4 | c >> 2);
	octets[2] = (uint8_t)(c << 6 | d);
	return true;
}

/** Decode one character, at any place of a group. */
static bool
decode_one(struct base64* decoder, char c)
{
	const unsigned place = decoder->place, digit = digits[(uint8_t)c];
	/* bits of the digit that belong to the next octet */
	const unsigned left = 6 - 2 * place;
	decoder->place = (place + 1) % 4;
	if(c == '=' && place >= 2) {
		decoder->pads++;
		return true;
	}
	if(digit == 0 || decoder->pads > 0)
		return false;
	decoder->bits = decoder->bits << 6 | (digit - 1);
	if(place == 0)
		return true;
	if(decoder->len == decoder->room)
		return false;
	decoder->data[decoder->len++] = (uint8_t)(decoder->bits >> left);
	decoder->bits &= (1u << left) - 1;
	return true;
}

/** Decode a padded group that is all in one piece. */
static bool
decode_padded(struct base64* decoder, const char* text)
{
	char group[4] = { text[0], text[1], text[2], 'A' };
	uint8_t octets[3];
	size_t n = 2;
	if(text[2] == '=') {
		group[2] = 'A';
		n = 1;
	}
	if(!decode_group(group, octets) || octets[n] != 0 ||
		decoder->room - decoder->len < n)
		return false;
	memcpy(decoder->data + decoder->len, octets, n);
	decoder->len += n;
	decoder->pads = (unsigned)(3 - n);
	return true;
}

bool
base64_add(struct base64* decoder, const char* text, size_t len)
{
	const char* end = text + len;
	while(text < end && decoder->place != 0) {
		if(!decode_one(decoder, *text++))
			return false;
	}
	if(decoder->pads == 0) {
		uint8_t* out = decoder->data + decoder->len;
		size_t groups = (size_t)(end - text) / 4;
		if(groups > (decoder->room - decoder->len) / 3)
			groups = (decoder->room - decoder->len) / 3;
		for(; groups > 0 && decode_group(text, out); groups--) {
			text += 4;
			out += 3;
		}
		decoder->len = (size_t)(out - decoder->data);
		if(end - text == 4 && text[3] == '=')
			return decode_padded(decoder, text);
	}
	/* characters that make no whole group, or are no base64 */
	while(text < end) {
		if(!decode_one(decoder, *text++))
			return false;
	}
	return true;
}

bool
base64_is_whole(const struct base64* decoder)
{
	return decoder->place == 0 && decoder->bits == 0;
}

bool
base64_decode(const char* text, size_t len, char* data, size_t* data_len)
{
	struct base64 decoder = { .data = (uint8_t*)data,
		.room = len / 4 * 3 };
	bool ok = base64_add(&decoder, text, len) &&
		base64_is_whole(&decoder);
	*data_len = decoder.len;
	return ok;
}
