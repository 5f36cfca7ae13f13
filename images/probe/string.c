/* SPDX-License-Identifier: Apache-2.0 */
/* What the compiler expects of a C library, and a few comparisons. */

#include "text.h"

void *memset(void *to, int byte, size_t length)
{
    unsigned char *bytes = to;

    while ( length-- > 0 )
        *bytes++ = (unsigned char)byte;
    return to;
}

void *memcpy(void *to, const void *from, size_t length)
{
    unsigned char *target = to;
    const unsigned char *source = from;

    while ( length-- > 0 )
        *target++ = *source++;
    return to;
}

void *memmove(void *to, const void *from, size_t length)
{
    unsigned char *target = to;
    const unsigned char *source = from;

    if ( target <= source )
        return memcpy(to, from, length);
    while ( length-- > 0 )
        target[length] = source[length];
    return to;
}

int memcmp(const void *left, const void *right, size_t length)
{
    const unsigned char *a = left;
    const unsigned char *b = right;

    for ( ; length > 0; length--, a++, b++ )
        if ( *a != *b )
            return *a - *b;
    return 0;
}

size_t text_length(const char *text)
{
    size_t length = 0;

    while ( text[length] != '\0' )
        length++;
    return length;
}

bool text_equal(const char *left, const char *right)
{
    while ( *left != '\0' && *left == *right )
    {
        left++;
        right++;
    }
    return *left == *right;
}

bool text_starts(const char *text, const char *prefix)
{
    while ( *prefix != '\0' )
        if ( *text++ != *prefix++ )
            return false;
    return true;
}

uint32_t crc32(const void *bytes, size_t length)
{
    /* The polynomial 0xedb88320 by half bytes. */
    static const uint32_t table[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
        0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
        0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
    };
    const unsigned char *byte = bytes;
    uint32_t crc = 0xffffffff;

    while ( length-- > 0 )
    {
        crc ^= *byte++;
        crc = (crc >> 4) ^ table[crc & 15];
        crc = (crc >> 4) ^ table[crc & 15];
    }
    return ~crc;
}
