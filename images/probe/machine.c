/* SPDX-License-Identifier: Apache-2.0 */
/* Walks the device tree once and keeps what the probe needs. */

#include "machine.h"
#include "fdt.h"
#include "text.h"

#define MAX_DEPTH 8
/* The first cell of a GIC's interrupt specifier, and the first identifier of a PPI. */
#define SPECIFIER_PPI 1
#define FIRST_PPI     16

struct machine machine;

/* A node as far as it was read; its children use its cells. */
struct node
{
    const char *name;
    unsigned int address_cells;
    unsigned int size_cells;
    struct fdt_item reg;
    struct fdt_item compatible;
    struct fdt_item device_type;
    struct fdt_item method;
    struct fdt_item bootargs;
    struct fdt_item interrupts;
};

/* The reg entry at an index; false when the property does not hold it. */
static bool reg_at(const struct node *node, const struct node *parent, unsigned int index,
                   struct range *range)
{
    unsigned int cells = parent->address_cells + parent->size_cells;

    if ( parent->address_cells > 2 || parent->size_cells > 2 || cells == 0 ||
         (index + 1) * cells * 4 > node->reg.length )
        return false;
    range->base = fdt_cells(node->reg.value + index * cells * 4, parent->address_cells);
    range->size = fdt_cells(node->reg.value + index * cells * 4 + parent->address_cells * 4,
                            parent->size_cells);
    return true;
}

/* Copies the value of `name=` in the boot arguments, NUL-padded. */
static void read_argument(const struct fdt_item *arguments, const char *name, char *to, size_t size)
{
    const char *text = (const char *)arguments->value;
    size_t at = 0, length = text_length(name);

    while ( at < arguments->length && text[at] != '\0' )
    {
        size_t end = at;

        while ( end < arguments->length && text[end] != '\0' && text[end] != ' ' )
            end++;
        if ( end - at > length && memcmp(text + at, name, length) == 0 && text[at + length] == '=' )
        {
            size_t value = end - at - length - 1;

            if ( value > size - 1 )
                value = size - 1;
            memset(to, 0, size);
            memcpy(to, text + at + length + 1, value);
        }
        at = end;
        while ( at < arguments->length && text[at] == ' ' )
            at++;
    }
}

static void read_gic(const struct node *node, const struct node *parent)
{
    unsigned int version = 0;

    if ( fdt_has_string(&node->compatible, "arm,gic-v3") )
        version = 3;
    else if ( fdt_has_string(&node->compatible, "arm,gic-400") ||
              fdt_has_string(&node->compatible, "arm,cortex-a15-gic") )
        version = 2;
    if ( version != 0 && reg_at(node, parent, 0, &machine.gic[0]) &&
         reg_at(node, parent, 1, &machine.gic[1]) )
        machine.gic_version = version;
}

/* Xen's node says by which interrupt it tells of events (Linux, bindings/arm/xen.txt). */
static void read_event_interrupt(const struct node *node)
{
    if ( node->interrupts.length >= 12 && fdt_cells(node->interrupts.value, 1) == SPECIFIER_PPI )
        machine.event_ppi = FIRST_PPI + (unsigned int)fdt_cells(node->interrupts.value + 4, 1);
}

static void read_node(const struct node *node, const struct node *parent)
{
    struct range range;
    unsigned int index;

    if ( text_equal(node->name, "chosen") )
    {
        read_argument(&node->bootargs, RUN_ARGUMENT, machine.run, sizeof(machine.run));
        read_argument(&node->bootargs, DOMAIN_ARGUMENT, machine.domain, sizeof(machine.domain));
    }
    if ( fdt_has_string(&node->device_type, "memory") )
        for ( index = 0; machine.banks < MAX_BANKS && reg_at(node, parent, index, &range); index++ )
            machine.bank[machine.banks++] = range;
    if ( machine.uart.size == 0 && (fdt_has_string(&node->compatible, "arm,sbsa-uart") ||
                                    fdt_has_string(&node->compatible, "arm,pl011")) )
        if ( reg_at(node, parent, 0, &range) )
            machine.uart = range;
    if ( machine.gic_version == 0 )
        read_gic(node, parent);
    if ( fdt_has_string(&node->compatible, "xen,xen") )
        read_event_interrupt(node);
    if ( fdt_has_string(&node->method, "smc") )
        machine.psci_smc = true;
}

static void read_property(struct node *node, const struct fdt_item *item)
{
    if ( text_equal(item->name, "#address-cells") && item->length == 4 )
        node->address_cells = (unsigned int)fdt_cells(item->value, 1);
    else if ( text_equal(item->name, "#size-cells") && item->length == 4 )
        node->size_cells = (unsigned int)fdt_cells(item->value, 1);
    else if ( text_equal(item->name, "reg") )
        node->reg = *item;
    else if ( text_equal(item->name, "compatible") )
        node->compatible = *item;
    else if ( text_equal(item->name, "device_type") )
        node->device_type = *item;
    else if ( text_equal(item->name, "method") )
        node->method = *item;
    else if ( text_equal(item->name, "bootargs") )
        node->bootargs = *item;
    else if ( text_equal(item->name, "interrupts") )
        node->interrupts = *item;
}

static void walk(const struct fdt *fdt)
{
    struct node nodes[MAX_DEPTH];
    struct fdt_item item;
    unsigned int depth = 0;
    uint32_t offset = 0;

    for ( ;; )
        switch ( fdt_next(fdt, &offset, &item) )
        {
        case FDT_NODE:
            if ( depth < MAX_DEPTH )
            {
                memset(&nodes[depth], 0, sizeof(nodes[depth]));
                nodes[depth].name = item.name;
                nodes[depth].address_cells = 2;
                nodes[depth].size_cells = 1;
            }
            depth++;
            break;
        case FDT_PROPERTY:
            if ( depth > 0 && depth <= MAX_DEPTH )
                read_property(&nodes[depth - 1], &item);
            break;
        case FDT_NODE_END:
            if ( depth == 0 )
                return;
            depth--;
            if ( depth > 0 && depth < MAX_DEPTH )
                read_node(&nodes[depth], &nodes[depth - 1]);
            break;
        default:
            return;
        }
}

void machine_read(uint64_t dtb)
{
    struct fdt fdt;

    memcpy(machine.run, "00000000", 9);
    memcpy(machine.domain, "unnamed", 8);
    machine.dtb = dtb;
    if ( !fdt_open(&fdt, (const void *)dtb) )
        return;
    machine.dtb_size = fdt.size;
    walk(&fdt);
}

const struct range *machine_bank(uint64_t address)
{
    unsigned int index;

    for ( index = 0; index < machine.banks; index++ )
        if ( address - machine.bank[index].base < machine.bank[index].size )
            return &machine.bank[index];
    return NULL;
}

static bool overlap(const struct range *range, uint64_t base, uint64_t size)
{
    return range->size != 0 && base < range->base + range->size && range->base < base + size;
}

bool machine_uses(uint64_t base, uint64_t size)
{
    unsigned int index;

    for ( index = 0; index < machine.banks; index++ )
        if ( overlap(&machine.bank[index], base, size) )
            return true;
    for ( index = 0; index < GIC_RANGES; index++ )
        if ( overlap(&machine.gic[index], base, size) )
            return true;
    return overlap(&machine.uart, base, size);
}
