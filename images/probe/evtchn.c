/* SPDX-License-Identifier: Apache-2.0 */
/* Event channels with the two-level ABI, polled in shared_info (xen/include/public/xen.h). */

#include "arch.h"
#include "evtchn.h"
#include "cpu.h"
#include "machine.h"
#include "mmu.h"
#include "timer.h"
#include "xen.h"

/* struct vcpu_info of vCPU 0, with which shared_info begins. */
#define UPCALL_PENDING 0
#define PENDING_SEL    8

/* Places for shared_info that Xen's guest layout leaves free (public/arch-arm.h). */
static const uint64_t places[] = { 0x3a000000, 0x3f000000, 0x0e000000, 0x05000000 };

static uint64_t shared_info;

long evtchn_map_shared_info(uint64_t gpa)
{
    struct add_to_physmap request = { .domid = XEN_DOMID_SELF,
                                      .space = XEN_MAPSPACE_SHARED_INFO,
                                      .gpfn = gpa / PAGE_SIZE };

    return hypercall(XEN_MEMORY_OP, XEN_ADD_TO_PHYSMAP, (uint64_t)&request, 0, 0, 0);
}

long evtchn_init(uint64_t *gpa)
{
    unsigned int index = 0;
    long result;

    while ( index < ARRAY_SIZE(places) - 1 && machine_uses(places[index], PAGE_SIZE) )
        index++;
    *gpa = places[index];
    if ( shared_info != 0 )
        return 0;
    result = evtchn_map_shared_info(*gpa);
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
    /* evtchn_pending_sel and evtchn_upcall_pending stay until evtchn_listen(). */
}

bool evtchn_listen(void)
{
    if ( machine.event_ppi == 0 || machine.gic_version == 0 )
        return false;
    gic_enable(machine.event_ppi);
    gic_acknowledge();
    gic_forget(machine.event_ppi);
    __atomic_store_n((uint64_t *)(shared_info + PENDING_SEL), 0, __ATOMIC_RELEASE);
    /* Xen interrupts when this becomes 1 (xen/arch/arm/domain.c, vcpu_mark_events_pending). */
    __atomic_store_n((uint8_t *)(shared_info + UPCALL_PENDING), 0, __ATOMIC_SEQ_CST);
    return true;
}

bool evtchn_interrupted(void)
{
    gic_acknowledge();
    return gic_seen(machine.event_ppi);
}
