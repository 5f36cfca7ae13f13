/* SPDX-License-Identifier: Apache-2.0 */
/* A bounds-checked reader of flattened device trees (Devicetree Specification, chapter 5). */
#ifndef FDT_H
#define FDT_H

#include "types.h"

#define FDT_MAX_SIZE 0x200000

struct fdt
{
    const uint8_t *at;
    uint32_t size;
    uint32_t structure;
    uint32_t structure_end;
    uint32_t strings;
    uint32_t strings_end;
};

enum fdt_token
{
    FDT_NODE,
    FDT_NODE_END,
    FDT_PROPERTY,
    FDT_DONE, /* the end, or what is no device tree */
};

struct fdt_item
{
    const char *name;
    const uint8_t *value;
    uint32_t length;
};

/* totalsize of what lies at an address, 0 if it is no device tree. */
uint32_t fdt_size(const void *at);
bool fdt_open(struct fdt *fdt, const void *at);
/* The next token from *offset on, which is 0 at the start. */
enum fdt_token fdt_next(const struct fdt *fdt, uint32_t *offset, struct fdt_item *item);
/* Big-endian number of one or two cells. */
uint64_t fdt_cells(const uint8_t *at, unsigned int cells);
/* Whether a string list property holds the string. */
bool fdt_has_string(const struct fdt_item *item, const char *string);

#endif
