/* SPDX-License-Identifier: Apache-2.0 */
/* What belongs to one vCPU, and how it is started and stopped. */
#ifndef CPU_H
#define CPU_H

#include "arch.h"
#include "protocol.gen.h"

struct abort
{
    uint64_t esr;
    uint64_t far;
    uint64_t elr;
    uint64_t spsr;
};

struct guard
{
    uint64_t sp; /* 0 while no guarded call is under way; first: guard_call() writes it */
    volatile uint64_t done; /* bytes, for the reply of a command that is cut short */
    struct abort abort;
};

struct cpu
{
    unsigned int index;
    bool dead;
    volatile uint32_t up;
    uint32_t acknowledged; /* SGIs and PPIs since gic_forget(), one bit each */
    struct guard guard;
    char request[MAILBOX_REQUEST_TEXT_SIZE + 1];
    char reply[MAILBOX_RESPONSE_TEXT_SIZE];
};

extern struct cpu cpus[MAILBOX_SLOTS];

static inline struct cpu *this_cpu(void)
{
    return (struct cpu *)read_sysreg(tpidr_el1);
}

void cpu_init(unsigned int index);
_Noreturn void cpu_stop(void);
bool guard_call(void (*function)(void *), void *argument, struct guard *guard);
uint64_t call_code(uint64_t address);

/* Spin lock between the vCPUs of this domain. */
struct lock
{
    uint32_t word;
};

void lock_take(struct lock *lock);
/* Takes it unless it stays held for a while; for a vCPU that is about to stop. */
void lock_take_or_break(struct lock *lock);
void lock_release(struct lock *lock);

long hypercall(uint64_t number, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4);

/* psci.c */
long psci_cpu_on(unsigned int index);
void psci_system_off(void);
void psci_system_reset(void);

/* main.c; entries from boot.S */
_Noreturn void probe_main(uint64_t dtb);
_Noreturn void probe_secondary(unsigned int index);

#endif
