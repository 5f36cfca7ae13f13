/* SPDX-License-Identifier: Apache-2.0 */
/* Reads byte by byte: a device tree is big endian, and need not be aligned. */

#include "fdt.h"
#include "text.h"

#define FDT_MAGIC      0xd00dfeed
#define TAG_BEGIN_NODE 1
#define TAG_END_NODE   2
#define TAG_PROP       3
#define TAG_NOP        4

static uint32_t word(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

uint64_t fdt_cells(const uint8_t *at, unsigned int cells)
{
    uint64_t value = 0;

    for ( ; cells > 0; cells--, at += 4 )
        value = value << 32 | word(at);
    return value;
}

uint32_t fdt_size(const void *at)
{
    uint32_t size;

    if ( at == NULL || word(at) != FDT_MAGIC )
        return 0;
    size = word((const uint8_t *)at + 4);
    return size >= 40 && size <= FDT_MAX_SIZE ? size : 0;
}

bool fdt_open(struct fdt *fdt, const void *at)
{
    uint32_t structure_size, strings_size;

    fdt->at = at;
    fdt->size = fdt_size(at);
    if ( fdt->size == 0 )
        return false;
    fdt->structure = word(fdt->at + 8);
    fdt->strings = word(fdt->at + 12);
    strings_size = word(fdt->at + 32);
    structure_size = word(fdt->at + 36);
    if ( fdt->structure > fdt->size || structure_size > fdt->size - fdt->structure ||
         fdt->strings > fdt->size || strings_size > fdt->size - fdt->strings )
        return false;
    fdt->structure_end = fdt->structure + structure_size;
    fdt->strings_end = fdt->strings + strings_size;
    return true;
}

/* Length of a string that ends before `end`, or -1. */
static int64_t bounded_length(const struct fdt *fdt, uint32_t start, uint32_t end)
{
    uint32_t at;

    for ( at = start; at < end; at++ )
        if ( fdt->at[at] == 0 )
            return at - start;
    return -1;
}

static enum fdt_token property(const struct fdt *fdt, uint32_t *offset, struct fdt_item *item)
{
    uint32_t at = *offset, name;

    if ( fdt->structure_end - at < 8 )
        return FDT_DONE;
    item->length = word(fdt->at + at);
    name = word(fdt->at + at + 4);
    at += 8;
    if ( item->length > fdt->structure_end - at || name >= fdt->strings_end - fdt->strings ||
         bounded_length(fdt, fdt->strings + name, fdt->strings_end) < 0 )
        return FDT_DONE;
    item->name = (const char *)fdt->at + fdt->strings + name;
    item->value = fdt->at + at;
    *offset = at + ((item->length + 3) & ~3U);
    return FDT_PROPERTY;
}

enum fdt_token fdt_next(const struct fdt *fdt, uint32_t *offset, struct fdt_item *item)
{
    if ( *offset == 0 )
        *offset = fdt->structure;
    while ( *offset < fdt->structure_end && fdt->structure_end - *offset >= 4 )
    {
        uint32_t tag = word(fdt->at + *offset);
        int64_t length;

        *offset += 4;
        switch ( tag )
        {
        case TAG_BEGIN_NODE:
            length = bounded_length(fdt, *offset, fdt->structure_end);
            if ( length < 0 )
                return FDT_DONE;
            item->name = (const char *)fdt->at + *offset;
            *offset += ((uint32_t)length + 4) & ~3U;
            return FDT_NODE;
        case TAG_END_NODE:
            return FDT_NODE_END;
        case TAG_PROP:
            return property(fdt, offset, item);
        case TAG_NOP:
            break;
        default:
            return FDT_DONE;
        }
    }
    return FDT_DONE;
}

bool fdt_has_string(const struct fdt_item *item, const char *string)
{
    uint32_t length = (uint32_t)text_length(string) + 1, start = 0, at;

    for ( at = 0; at < item->length; at++ )
    {
        if ( item->value[at] != 0 )
            continue;
        if ( at + 1 - start == length && memcmp(item->value + start, string, length) == 0 )
            return true;
        start = at + 1;
    }
    return false;
}
