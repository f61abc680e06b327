/*
 * etcd/base64.c - base64, as etcd's gateway writes keys and values.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "etcd/base64.h"
#include <stdint.h>
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

/** The value of a digit; -1 if it is none. */
static int
digit_value(char c)
{
	if(c >= 'A' && c <= 'Z')
		return c - 'A';
	if(c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if(c >= '0' && c <= '9')
		return c - '0' + 52;
	if(c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

bool
base64_decode(char* text, size_t* len)
{
	size_t digits = strlen(text), i, out = 0;
	uint32_t bits = 0;
	if(digits % 4 != 0)
		return false;
	if(digits > 0 && text[digits - 1] == '=')
		digits -= text[digits - 2] == '=' ? 2 : 1;
	for(i = 0; i < digits; i++) {
		int value = digit_value(text[i]);
		if(value < 0)
			return false;
		bits = bits << 6 | (uint32_t)value;
		/* the octet that these six bits have completed */
		if(i % 4 != 0)
			text[out++] = (char)(bits >> (2 * (3 - i % 4)));
	}
	*len = out;
	return true;
}
