/* SPDX-License-Identifier: Apache-2.0 */
/* PSCI 0.2 functions (DEN0022), by the conduit that the device tree names. */

#include "cpu.h"
#include "machine.h"

#define PSCI_CPU_ON       0xc4000003
#define PSCI_SYSTEM_OFF   0x84000008
#define PSCI_SYSTEM_RESET 0x84000009

long psci_hvc(uint64_t function, uint64_t a0, uint64_t a1, uint64_t a2);
long psci_smc(uint64_t function, uint64_t a0, uint64_t a1, uint64_t a2);
void boot_secondary(void);

static long psci(uint64_t function, uint64_t a0, uint64_t a1, uint64_t a2)
{
    long result =
        machine.psci_smc ? psci_smc(function, a0, a1, a2) : psci_hvc(function, a0, a1, a2);

    /* Results are 32 bits wide. */
    return (int32_t)result;
}

/* Xen gives vCPU n, for the few that there are, the affinity n (xen/arch/arm/domain.c). */
long psci_cpu_on(unsigned int index)
{
    return psci(PSCI_CPU_ON, index, (uint64_t)boot_secondary, index);
}

void psci_system_off(void)
{
    psci(PSCI_SYSTEM_OFF, 0, 0, 0);
}

void psci_system_reset(void)
{
    psci(PSCI_SYSTEM_RESET, 0, 0, 0);
}
