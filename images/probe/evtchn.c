/* SPDX-License-Identifier: Apache-2.0 */
/* Event channels with the two-level ABI, polled in shared_info (xen/include/public/xen.h). */

#include "arch.h"
#include "evtchn.h"
#include "cpu.h"
#include "machine.h"
#include "mmu.h"
#include "xen.h"

/* Places for shared_info that Xen's guest layout leaves free (public/arch-arm.h). */
static const uint64_t places[] = { 0x3a000000, 0x3f000000, 0x0e000000, 0x05000000 };

static uint64_t shared_info;

struct add_to_physmap
{
    uint16_t domid;
    uint16_t size;
    uint32_t space;
    uint64_t index;
    uint64_t gpfn;
};

long evtchn_init(uint64_t *gpa)
{
    struct add_to_physmap request = { .domid = XEN_DOMID_SELF, .space = XEN_MAPSPACE_SHARED_INFO };
    unsigned int index = 0;
    long result;

    while ( index < ARRAY_SIZE(places) - 1 && machine_uses(places[index], PAGE_SIZE) )
        index++;
    *gpa = places[index];
    if ( shared_info != 0 )
        return 0;
    request.gpfn = *gpa / PAGE_SIZE;
    result = hypercall(XEN_MEMORY_OP, XEN_ADD_TO_PHYSMAP, (uint64_t)&request, 0, 0, 0);
    if ( result == 0 && !mmu_alias(*gpa, PAGE_SIZE, ATTR_NORMAL_WRITE_BACK, &shared_info) )
        shared_info = 0;
    return result;
}

bool evtchn_ready(void)
{
    return shared_info != 0;
}

long evtchn_send(uint32_t port)
{
    return hypercall(XEN_EVENT_CHANNEL, XEN_EVENT_SEND, (uint64_t)&port, 0, 0, 0);
}

static uint64_t *pending_word(uint32_t port)
{
    return (uint64_t *)(shared_info + XEN_SHARED_INFO_PENDING) + port / 64;
}

bool evtchn_pending(uint32_t port)
{
    uint64_t word = __atomic_load_n(pending_word(port), __ATOMIC_ACQUIRE);

    return (word >> (port % 64)) & 1;
}

void evtchn_clear(uint32_t port)
{
    __atomic_and_fetch(pending_word(port), ~(1UL << (port % 64)), __ATOMIC_ACQ_REL);
    /* evtchn_pending_sel and evtchn_upcall_pending stay: nothing here waits for an upcall. */
}
