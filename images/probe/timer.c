/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The virtual timer (Arm ARM D11). Xen blocks a vCPU at WFI and wakes it for the timer's
 * interrupt, although PSTATE.I masks it.
 */

#include "timer.h"
#include "cpu.h"
#include "machine.h"
#include "xen.h"

#define CTL_ENABLE 1

uint64_t timer_now(void)
{
    isb();
    return read_sysreg(cntvct_el0);
}

uint64_t timer_ticks(uint64_t us)
{
    uint64_t frequency = read_sysreg(cntfrq_el0);

    return us / 1000000 * frequency + us % 1000000 * frequency / 1000000;
}

void timer_doze(uint64_t us)
{
    if ( machine.gic_version == 0 )
    {
        hypercall(XEN_SCHED_OP, XEN_SCHED_YIELD, 0, 0, 0, 0);
        return;
    }
    write_sysreg(timer_now() + timer_ticks(us), cntv_cval_el0);
    write_sysreg(CTL_ENABLE, cntv_ctl_el0);
    isb();
    wfi();
    write_sysreg(0, cntv_ctl_el0);
    isb();
    gic_acknowledge();
}

void timer_sleep(uint64_t us)
{
    uint64_t end = timer_now() + timer_ticks(us);
    uint64_t now;

    while ( (now = timer_now()) < end )
    {
        uint64_t left = (end - now) / (timer_ticks(1000) / 1000 + 1);

        if ( left < 10 )
            yield();
        else
            timer_doze(left < 100000 ? left : 100000);
    }
}

void wait_begin(struct wait *wait, uint64_t limit_ms)
{
    wait->deadline = timer_now() + timer_ticks(limit_ms * 1000);
    wait->spins = 0;
}

bool wait_more(struct wait *wait)
{
    if ( wait->spins++ < WAIT_SPINS )
        yield();
    else if ( timer_now() >= wait->deadline )
        return false;
    else
        timer_doze(WAIT_SLEEP_US);
    return true;
}
