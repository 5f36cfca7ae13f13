/* SPDX-License-Identifier: Apache-2.0 */
/* Text that is built piece by piece, and numbers in it. */

#include "text.h"

static const char hex_digits[] = "0123456789abcdef";

void text_begin(struct text *text, char *buffer, size_t size)
{
    text->at = buffer;
    text->length = 0;
    text->size = size;
}

void text_put_char(struct text *text, char character)
{
    if ( text->length < text->size )
        text->at[text->length++] = character;
}

void text_put_bytes(struct text *text, const char *bytes, size_t length)
{
    while ( length-- > 0 )
        text_put_char(text, *bytes++);
}

void text_put(struct text *text, const char *string)
{
    text_put_bytes(text, string, text_length(string));
}

void text_put_digits(struct text *text, uint64_t value, unsigned int digits)
{
    unsigned int count = 1;

    while ( count < 16 && (value >> (4 * count)) != 0 )
        count++;
    if ( count < digits )
        count = digits;
    while ( count-- > 0 )
        text_put_char(text, hex_digits[(value >> (4 * count)) & 15]);
}

void text_put_hex(struct text *text, uint64_t value)
{
    text_put(text, "0x");
    text_put_digits(text, value, 1);
}

void text_put_field(struct text *text, const char *key, uint64_t value)
{
    text_put_char(text, ' ');
    text_put(text, key);
    text_put_char(text, '=');
    text_put_hex(text, value);
}

bool parse_hex(const char *string, uint64_t *value)
{
    unsigned int digits = 0;

    if ( string[0] == '0' && (string[1] == 'x' || string[1] == 'X') )
        string += 2;
    *value = 0;
    for ( ; *string != '\0'; string++, digits++ )
    {
        char c = *string;
        unsigned int digit;

        if ( c >= '0' && c <= '9' )
            digit = c - '0';
        else if ( c >= 'a' && c <= 'f' )
            digit = c - 'a' + 10;
        else if ( c >= 'A' && c <= 'F' )
            digit = c - 'A' + 10;
        else
            return false;
        if ( (*value >> 60) != 0 )
            return false;
        *value = (*value << 4) | digit;
    }
    return digits > 0;
}
