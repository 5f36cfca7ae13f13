/* SPDX-License-Identifier: Apache-2.0 */
/*
 * As much of GICv2 and GICv3 as it takes to be woken by the virtual timer, PPI 27, and by the event
 * channels: enabled and acknowledged, never taken as exceptions. With the timer's interrupt left
 * disabled a vCPU sleeps for ever when the timer fires before its WFI: Xen then sees nothing
 * pending for it (xen/arch/arm/gic-vgic.c, vgic_vcpu_pending_irq), and the timer does not fire
 * again.
 */

#include "arch.h"
#include "cpu.h"
#include "machine.h"
#include "mmu.h"
#include "timer.h"

#define TIMER_PPI 27
/* Identifiers from here on are special: 1023 is "none pending". */
#define SPECIAL_INTID 1020
#define INTID_MASK    0x3ff
#define PRIORITY_ALL  0xff

/* GICv2 Architecture Specification. */
#define GICD_CTLR       0x000
#define GICD_ISENABLER0 0x100
#define GICC_CTLR       0x000
#define GICC_PMR        0x004
#define GICC_IAR        0x00c
#define GICC_EOIR       0x010

/* GICv3 and v4 Architecture Specification (IHI 0069). */
#define GICD_CTLR_ARE         (1U << 4)
#define GICD_CTLR_ENABLE_GRP1 (1U << 1)
#define GICR_STRIDE           0x20000
#define GICR_SGI_FRAME        0x10000
/* Names that the assembler knows only with FEAT_GICv3 spelt out. */
#define read_icc_iar1()          read_sysreg(S3_0_C12_C12_0)
#define write_icc_eoir1(value)   write_sysreg(value, S3_0_C12_C12_1)
#define write_icc_sre(value)     write_sysreg(value, S3_0_C12_C12_5)
#define write_icc_igrpen1(value) write_sysreg(value, S3_0_C12_C12_7)
#define write_icc_pmr(value)     write_sysreg(value, S3_0_C4_C6_0)

static void init_v2(void)
{
    uint64_t distributor = machine.gic[0].base;
    uint64_t interface = machine.gic[1].base;

    store32(distributor + GICD_CTLR, 1);
    store32(distributor + GICD_ISENABLER0, 1U << TIMER_PPI);
    store32(interface + GICC_PMR, PRIORITY_ALL);
    store32(interface + GICC_CTLR, 1);
}

static void init_v3(void)
{
    uint64_t redistributor = machine.gic[1].base + (uint64_t)this_cpu()->index * GICR_STRIDE;

    write_icc_sre(1);
    isb();
    store32(machine.gic[0].base + GICD_CTLR, GICD_CTLR_ARE | GICD_CTLR_ENABLE_GRP1);
    store32(redistributor + GICR_SGI_FRAME + GICD_ISENABLER0, 1U << TIMER_PPI);
    write_icc_pmr(PRIORITY_ALL);
    write_icc_igrpen1(1);
    isb();
}

bool gic_init_cpu(void)
{
    uint64_t frames = (uint64_t)MAILBOX_SLOTS * GICR_STRIDE;

    if ( machine.gic_version == 0 )
        return false;
    if ( machine.gic[1].size < frames )
        frames = machine.gic[1].size;
    if ( !mmu_map_device(machine.gic[0].base, PAGE_SIZE) ||
         !mmu_map_device(machine.gic[1].base, frames) )
        machine.gic_version = 0;
    else if ( machine.gic_version == 3 )
        init_v3();
    else
        init_v2();
    return machine.gic_version != 0;
}

void gic_enable(unsigned int ppi)
{
    uint64_t frame = machine.gic[0].base;

    if ( machine.gic_version == 3 )
        frame = machine.gic[1].base + (uint64_t)this_cpu()->index * GICR_STRIDE + GICR_SGI_FRAME;
    store32(frame + GICD_ISENABLER0, 1U << ppi);
}

bool gic_seen(unsigned int id)
{
    return (this_cpu()->acknowledged >> id) & 1;
}

void gic_forget(unsigned int id)
{
    this_cpu()->acknowledged &= ~(1U << id);
}

static void note(uint64_t id)
{
    if ( id < 32 )
        this_cpu()->acknowledged |= 1U << id;
}

void gic_acknowledge(void)
{
    uint64_t interface = machine.gic[1].base;

    if ( machine.gic_version == 3 )
    {
        uint64_t id = read_icc_iar1();

        for ( ; id < SPECIAL_INTID; id = read_icc_iar1() )
        {
            note(id);
            write_icc_eoir1(id);
        }
        isb();
    }
    else if ( machine.gic_version == 2 )
    {
        uint32_t id = load32(interface + GICC_IAR);

        for ( ; (id & INTID_MASK) < SPECIAL_INTID; id = load32(interface + GICC_IAR) )
        {
            note(id & INTID_MASK);
            store32(interface + GICC_EOIR, id);
        }
    }
}
