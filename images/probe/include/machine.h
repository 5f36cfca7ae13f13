/* SPDX-License-Identifier: Apache-2.0 */
/* What the device tree says of this domain. */
#ifndef MACHINE_H
#define MACHINE_H

#include "types.h"
#include "protocol.gen.h"

struct range
{
    uint64_t base;
    uint64_t size;
};

#define MAX_BANKS 8
/* Distributor, then CPU interface (GICv2) or redistributors (GICv3). */
#define GIC_RANGES 2

struct machine
{
    uint64_t dtb;
    uint32_t dtb_size;
    char run[MAILBOX_RUN_SIZE];
    char domain[MAILBOX_DOMAIN_SIZE];
    struct range bank[MAX_BANKS];
    unsigned int banks;
    struct range uart;
    struct range gic[GIC_RANGES];
    unsigned int gic_version; /* 0 when there is none */
    bool psci_smc;
    unsigned int event_ppi; /* the event channels' interrupt identifier, 0 when Xen told of none */
};

extern struct machine machine;

void machine_read(uint64_t dtb);
/* The bank of RAM that holds an address, or NULL. */
const struct range *machine_bank(uint64_t address);
/* Whether any RAM or device that the device tree told of lies in the range. */
bool machine_uses(uint64_t base, uint64_t size);

#endif
