/* SPDX-License-Identifier: Apache-2.0 */
/* vCPUs, the lock between them, and exceptions. */

#include "cpu.h"
#include "console.h"
#include "text.h"

#define VECTOR_SYNC_CURRENT 4

struct cpu cpus[MAILBOX_SLOTS];

void cpu_init(unsigned int index)
{
    cpus[index].index = index;
    write_sysreg(&cpus[index], tpidr_el1);
    isb();
    /* SErrors are to be seen; interrupts stay masked, they only wake from WFI. */
    asm volatile("msr daifclr, #4" ::: "memory");
}

_Noreturn void cpu_stop(void)
{
    for ( ;; )
        wfi();
}

void lock_take(struct lock *lock)
{
    while ( __atomic_exchange_n(&lock->word, 1, __ATOMIC_ACQUIRE) != 0 )
        yield();
}

void lock_take_or_break(struct lock *lock)
{
    unsigned int tries;

    for ( tries = 0; tries < 1000000; tries++ )
    {
        if ( __atomic_exchange_n(&lock->word, 1, __ATOMIC_ACQUIRE) == 0 )
            return;
        yield();
    }
}

void lock_release(struct lock *lock)
{
    __atomic_store_n(&lock->word, 0, __ATOMIC_RELEASE);
}

/* What exception_entry of vectors.S saves. */
struct frame
{
    uint64_t x[31];
    uint64_t sp;
};

static void report(const struct frame *frame, unsigned int vector, const struct abort *abort)
{
    char buffer[1000];
    struct text text;
    unsigned int index;

    text_begin(&text, buffer, sizeof(buffer));
    text_put(&text, "vcpu=");
    text_put_hex(&text, this_cpu()->index);
    text_put_field(&text, "vector", vector);
    text_put_field(&text, "esr", abort->esr);
    text_put_field(&text, "far", abort->far);
    text_put_field(&text, "elr", abort->elr);
    text_put_field(&text, "spsr", abort->spsr);
    for ( index = 0; index < ARRAY_SIZE(frame->x); index++ )
    {
        text_put(&text, index < 10 ? " x" : index < 20 ? " x1" : index < 30 ? " x2" : " x3");
        text_put_digits(&text, index % 10, 1);
        text_put_char(&text, '=');
        text_put_hex(&text, frame->x[index]);
    }
    text_put_field(&text, "sp", frame->sp);
    record_last("fault", text.at, text.length);
}

uint64_t exception(const struct frame *frame, unsigned int vector);

/*
 * Every exception ends here, on the vCPU's exception stack. Under a guard a synchronous one is
 * kept for the command's reply, and the sp to resume with is returned.
 */
uint64_t exception(const struct frame *frame, unsigned int vector)
{
    struct cpu *cpu = this_cpu();
    struct abort abort = {
        .esr = read_sysreg(esr_el1),
        .far = read_sysreg(far_el1),
        .elr = read_sysreg(elr_el1),
        .spsr = read_sysreg(spsr_el1),
    };

    if ( cpu == NULL || cpu->dead )
        cpu_stop();
    if ( vector == VECTOR_SYNC_CURRENT && cpu->guard.sp != 0 )
    {
        cpu->guard.abort = abort;
        return cpu->guard.sp;
    }
    cpu->dead = true;
    report(frame, vector, &abort);
    cpu_stop();
}
