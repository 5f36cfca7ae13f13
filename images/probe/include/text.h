/* SPDX-License-Identifier: Apache-2.0 */
/* Strings, checksums, and text that is built piece by piece. */
#ifndef TEXT_H
#define TEXT_H

#include "types.h"

void *memset(void *to, int byte, size_t length);
void *memcpy(void *to, const void *from, size_t length);
void *memmove(void *to, const void *from, size_t length);
int memcmp(const void *left, const void *right, size_t length);
size_t text_length(const char *text);
bool text_equal(const char *left, const char *right);
bool text_starts(const char *text, const char *prefix);

/* CRC-32 as zlib's crc32(). */
uint32_t crc32(const void *bytes, size_t length);

/* What does not fit is left out; nothing is written beyond size. No NUL at the end. */
struct text
{
    char *at;
    size_t length;
    size_t size;
};

void text_begin(struct text *text, char *buffer, size_t size);
void text_put(struct text *text, const char *string);
void text_put_bytes(struct text *text, const char *bytes, size_t length);
void text_put_char(struct text *text, char character);
/* At least `digits` lower-case digits, no prefix. */
void text_put_digits(struct text *text, uint64_t value, unsigned int digits);
/* 0x and as many digits as needed. */
void text_put_hex(struct text *text, uint64_t value);
/* " key=0xvalue" */
void text_put_field(struct text *text, const char *key, uint64_t value);

/* A hexadecimal number, the whole of the string; the prefix 0x is optional. */
bool parse_hex(const char *string, uint64_t *value);

#endif
