/* SPDX-License-Identifier: Apache-2.0 */
/* Grant tables, version 1 (xen/include/public/grant_table.h). */

#include "arch.h"
#include "cpu.h"
#include "grant.h"
#include "mmu.h"
#include "xen.h"

/* GUEST_GNTTAB_BASE (public/arch-arm.h): where Xen leaves room for the table. */
#define TABLE_PLACE 0x38000000

#define GTF_PERMIT_ACCESS 1
#define GTF_READONLY      4
#define GTF_IN_USE        (8 | 16) /* GTF_reading, GTF_writing */

#define GNTMAP_HOST_MAP 2
#define GNTMAP_READONLY 4

#define GNTTABOP_MAP_GRANT_REF   0
#define GNTTABOP_UNMAP_GRANT_REF 1

struct entry
{
    uint16_t flags;
    uint16_t domid;
    uint32_t frame;
};

struct map_grant_ref
{
    uint64_t host_addr;
    uint32_t flags;
    uint32_t ref;
    uint16_t dom;
    int16_t status;
    uint32_t handle;
    uint64_t dev_bus_addr;
};

struct unmap_grant_ref
{
    uint64_t host_addr;
    uint64_t dev_bus_addr;
    uint32_t handle;
    int16_t status;
};

static uint64_t table;

long grant_init(void)
{
    struct add_to_physmap request = { .domid = XEN_DOMID_SELF,
                                      .space = XEN_MAPSPACE_GRANT_TABLE,
                                      .gpfn = TABLE_PLACE / PAGE_SIZE };
    long result;

    if ( table != 0 )
        return 0;
    result = hypercall(XEN_MEMORY_OP, XEN_ADD_TO_PHYSMAP, (uint64_t)&request, 0, 0, 0);
    if ( result == 0 && !mmu_alias(TABLE_PLACE, PAGE_SIZE, ATTR_NORMAL_WRITE_BACK, &table) )
        table = 0;
    return result;
}

bool grant_ready(void)
{
    return table != 0;
}

static struct entry *entry_of(uint32_t ref)
{
    return (struct entry *)table + ref;
}

void grant_access(uint32_t ref, uint16_t domid, uint64_t gpa, bool readonly)
{
    struct entry *entry = entry_of(ref);

    entry->domid = domid;
    entry->frame = (uint32_t)(gpa / PAGE_SIZE);
    /* The flags make the entry valid ("Introducing a valid entry into the grant table"). */
    __atomic_store_n(&entry->flags, GTF_PERMIT_ACCESS | (readonly ? GTF_READONLY : 0),
                     __ATOMIC_RELEASE);
}

bool grant_end(uint32_t ref)
{
    uint16_t flags = __atomic_load_n(&entry_of(ref)->flags, __ATOMIC_ACQUIRE);

    /* "Invalidating an unused GTF_permit_access entry" */
    do
        if ( flags & GTF_IN_USE )
            return false;
    while ( !__atomic_compare_exchange_n(&entry_of(ref)->flags, &flags, 0, false, __ATOMIC_SEQ_CST,
                                         __ATOMIC_SEQ_CST) );
    return true;
}

long grant_map(uint16_t domid, uint32_t ref, uint64_t gpa, bool readonly, struct grant_mapping *out)
{
    struct map_grant_ref request = { .host_addr = gpa,
                                     .flags = GNTMAP_HOST_MAP | (readonly ? GNTMAP_READONLY : 0),
                                     .ref = ref,
                                     .dom = domid };
    long result = hypercall(XEN_GRANT_TABLE_OP, GNTTABOP_MAP_GRANT_REF, (uint64_t)&request, 1, 0, 0);

    out->status = request.status;
    out->handle = request.handle;
    return result;
}

long grant_unmap(uint32_t handle, uint64_t gpa, int16_t *status)
{
    struct unmap_grant_ref request = { .host_addr = gpa, .handle = handle };
    long result =
        hypercall(XEN_GRANT_TABLE_OP, GNTTABOP_UNMAP_GRANT_REF, (uint64_t)&request, 1, 0, 0);

    *status = request.status;
    return result;
}
