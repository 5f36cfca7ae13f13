/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stage-1 translation tables (Arm ARM D8: VMSAv8-64 descriptors, 4 KiB granule, 48 bits).
 *
 * Only the probe's own image and its device tree are mapped where they are. All else, and shared
 * memory above all, is seen through the alias that a command names, mapped when it is first
 * named: no cacheable mapping exists that a CPU could read ahead through unless a test made it.
 */

#include "mmu.h"
#include "cpu.h"
#include "fdt.h"
#include "asm.h"
#include "cache.h"
#include "text.h"

#define TABLE_ENTRIES 512
#define TABLES        320

#define DESC_VALID    1UL
#define DESC_TABLE    2UL /* at levels 0 to 2; at level 3 a page */
#define DESC_ATTR(i)  ((uint64_t)(i) << 2)
#define DESC_SH_INNER (3UL << 8)
#define DESC_AF       (1UL << 10)
#define DESC_PXN      (1UL << 53)
#define DESC_UXN      (1UL << 54)
#define DESC_ADDRESS  0x0000fffffffff000UL

/* The first is the root, which boot.S puts into TTBR0_EL1. */
uint64_t page_tables[TABLES][TABLE_ENTRIES] NOINIT ALIGNED(4096);
static unsigned int tables_used;
static struct lock lock;

extern char _start[], _memory_end[], _written_start[], _bss_end[];
extern char stacks[];

static uint64_t *new_table(void)
{
    if ( tables_used == TABLES )
        return NULL;
    return memset(page_tables[tables_used++], 0, sizeof(page_tables[0]));
}

static unsigned int level_shift(unsigned int level)
{
    return 39 - 9 * level;
}

/* Maps [va, end) below one table. A block or page that is there already maps the same thing. */
static bool map_level(uint64_t *table, unsigned int level, uint64_t va, uint64_t end,
                      uint64_t attributes)
{
    uint64_t span = 1UL << level_shift(level);

    while ( va < end )
    {
        uint64_t *entry = &table[(va >> level_shift(level)) % TABLE_ENTRIES];
        uint64_t next = (va | (span - 1)) + 1;
        bool whole = level > 0 && (va & (span - 1)) == 0 && next <= end;

        if ( next > end )
            next = end;
        if ( !(*entry & DESC_VALID) && (level == 3 || whole) )
            *(volatile uint64_t *)entry =
                (va & (GPA_LIMIT - 1)) | attributes | DESC_VALID | (level == 3 ? DESC_TABLE : 0);
        else if ( level < 3 && (!(*entry & DESC_VALID) || (*entry & DESC_TABLE)) )
        {
            uint64_t *below;

            if ( *entry & DESC_VALID )
                below = (uint64_t *)(*entry & DESC_ADDRESS);
            else
            {
                below = new_table();
                if ( below == NULL )
                    return false;
                /* The zeroed table before the entry that leads a walk to it. */
                dmb_ishst();
                *(volatile uint64_t *)entry = (uint64_t)below | DESC_TABLE | DESC_VALID;
            }
            if ( !map_level(below, level + 1, va, next, attributes) )
                return false;
        }
        va = next;
    }
    return true;
}

static bool map(uint64_t va, uint64_t size, unsigned int attribute, bool exec)
{
    uint64_t end = (va + size + PAGE_SIZE - 1) & PAGE_MASK;
    uint64_t attributes = DESC_ATTR(attribute) | DESC_SH_INNER | DESC_AF | DESC_UXN;
    bool done;

    if ( !exec )
        attributes |= DESC_PXN;
    done = map_level(page_tables[0], 0, va & PAGE_MASK, end, attributes);
    /* From invalid to valid needs no TLB maintenance (Arm ARM D8): only completion. */
    dsb_ishst();
    isb();
    return done;
}

static void invalidate(void *start, size_t size)
{
    uint64_t line;

    cache_invalidate_poc((uint64_t)start, size, &line);
}

/*
 * Runs with the MMU off, so that its stores go around the caches. Lines that Xen left behind,
 * clean, would hide them once the caches are on.
 */
void mmu_prepare(uint64_t dtb)
{
    uint32_t dtb_size = fdt_size((const void *)dtb);

    new_table();
    map((uint64_t)_start, (size_t)(_memory_end - _start), ATTR_NORMAL_WRITE_BACK, true);
    if ( dtb_size != 0 )
        map(dtb, dtb_size, ATTR_NORMAL_WRITE_BACK, false);
    dsb_sy();
    invalidate(_written_start, (size_t)(_bss_end - _written_start));
    invalidate(stacks, STACK_SIZE);
    invalidate(page_tables, tables_used * sizeof(page_tables[0]));
    dsb_sy();
}

bool mmu_map_device(uint64_t base, uint64_t size)
{
    bool done;

    lock_take(&lock);
    done = map(base, size, ATTR_DEVICE_N_GN_R_E, false);
    lock_release(&lock);
    return done;
}

bool mmu_alias(uint64_t gpa, uint64_t size, unsigned int alias, uint64_t *address)
{
    bool exec = alias == ALIAS_EXEC;
    bool done;

    *address = (uint64_t)(alias + 1) << ALIAS_SHIFT | gpa;
    lock_take(&lock);
    done = map(*address, size, exec ? ATTR_NORMAL_WRITE_BACK : alias, exec);
    lock_release(&lock);
    return done;
}
