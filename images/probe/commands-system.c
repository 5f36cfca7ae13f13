/* SPDX-License-Identifier: Apache-2.0 */
/* The vCPU, the domain's life, and what goes wrong on purpose. */

#include "arch.h"
#include "commands.h"
#include "console.h"
#include "mmu.h"
#include "timer.h"
#include "xen.h"

#define CPU_ON_LIMIT_MS 2000

static void run_ping(struct command *command)
{
    reply_ok(command);
}

static void run_cpu(struct command *command)
{
    uint64_t ctr = read_sysreg(ctr_el0);
    uint64_t isar0 = read_sysreg(id_aa64isar0_el1);

    reply_ok(command);
    reply_field(command, "midr", read_sysreg(midr_el1));
    reply_field(command, "mpidr", read_sysreg(mpidr_el1));
    reply_field(command, "el", (read_sysreg(currentel) >> 2) & 3);
    reply_field(command, "ctr", ctr);
    reply_field(command, "dczid", read_sysreg(dczid_el0));
    reply_field(command, "isar0", isar0);
    reply_field(command, "mmfr0", read_sysreg(id_aa64mmfr0_el1));
    reply_field(command, "cntfrq", read_sysreg(cntfrq_el0));
    reply_field(command, "vcpu", command->cpu->index);
    reply_field(command, "xen", (uint64_t)hypercall(XEN_VERSION, 0, 0, 0, 0, 0));
    reply_field(command, "lse", ((isar0 >> 20) & 0xf) >= 2);
    reply_field(command, "dline", 4UL << ((ctr >> 16) & 0xf));
}

/* cpu-on N */
static void run_cpu_on(struct command *command)
{
    struct wait wait;
    uint64_t index;
    long result;

    if ( !arg_number(command, 1, &index) )
        return;
    if ( index == 0 || index >= MAILBOX_SLOTS )
    {
        reply_bad(command, "no vCPU with a mailbox slot that can be started", command->word[1]);
        return;
    }
    result = psci_cpu_on((unsigned int)index);
    if ( result != 0 )
    {
        reply_bad(command, "PSCI CPU_ON refused the vCPU", command->word[1]);
        reply_field(command, "result", (uint64_t)result);
        return;
    }
    wait_begin(&wait, CPU_ON_LIMIT_MS);
    while ( cpus[index].up == 0 )
        if ( !wait_more(&wait) )
        {
            reply_timeout(command, "the vCPU does not come up", 0);
            return;
        }
    reply_ok(command);
}

struct execution
{
    uint64_t address;
    uint64_t result;
};

static void execute(void *argument)
{
    struct execution *execution = argument;

    execution->result = call_code(execution->address);
}

/* exec GPA */
static void run_exec(struct command *command)
{
    struct execution execution = { 0 };

    if ( !arg_region(command, 1, 4, ALIAS_EXEC, &execution.address) ||
         !guarded(command, execute, &execution) )
        return;
    reply_ok(command);
    reply_field(command, "result", execution.result);
}

/* sleep US */
static void run_sleep(struct command *command)
{
    uint64_t us;

    if ( !arg_number(command, 1, &us) )
        return;
    timer_sleep(us);
    reply_ok(command);
}

/* spin US: keeps its CPU, so that whoever stops the machine finds this domain on one. */
static void run_spin(struct command *command)
{
    uint64_t us, end;

    if ( !arg_number(command, 1, &us) )
        return;
    end = timer_now() + timer_ticks(us);
    while ( timer_now() < end )
        continue;
    reply_ok(command);
}

/* naps COUNT US: how long naps really take, which tells whether each timer wakes the vCPU. */
static void run_naps(struct command *command)
{
    uint64_t count, us, nap, longest = 0, start = timer_now();

    if ( !arg_number(command, 1, &count) || !arg_number(command, 2, &us) )
        return;
    for ( nap = 0; nap < count; nap++ )
    {
        uint64_t before = timer_now(), took;

        timer_doze(us);
        took = timer_now() - before;
        if ( took > longest )
            longest = took;
    }
    reply_ok(command);
    reply_field(command, "ticks", timer_now() - start);
    reply_field(command, "longest", longest);
    reply_field(command, "asked", timer_ticks(us));
}

static void after_off(void)
{
    record_text("off", "system-off");
    psci_system_off();
    cpu_stop();
}

static void run_off(struct command *command)
{
    reply_ok(command);
    command->after = after_off;
}

static void after_reset(void)
{
    record_text("reset", "system-reset");
    psci_system_reset();
    cpu_stop();
}

static void run_reset(struct command *command)
{
    reply_ok(command);
    command->after = after_reset;
}

static void after_crash(void)
{
    uint32_t reason = XEN_SHUTDOWN_CRASH;

    record_text("crash", "SCHEDOP_shutdown");
    hypercall(XEN_SCHED_OP, XEN_SCHED_SHUTDOWN, (uint64_t)&reason, 0, 0, 0);
    cpu_stop();
}

static void run_crash(struct command *command)
{
    reply_ok(command);
    command->after = after_crash;
}

/* No alias has this number: nothing is mapped there. */
#define NOWHERE (15UL << ALIAS_SHIFT)

static void run_fault(struct command *command)
{
    reply_field(command, "unexpected", load64(NOWHERE));
}

static void run_panic(struct command *command)
{
    record_last("panic", command->rest, text_length(command->rest));
    cpu_stop();
}

static void run_hang(struct command *command)
{
    (void)command;
    for ( ;; )
        yield();
}

static void run_mute(struct command *command)
{
    record_mute();
    reply_ok(command);
}

static void run_say(struct command *command)
{
    record_text("note", command->rest);
    reply_ok(command);
}

const struct command_entry system_commands[] = {
    { "ping", 0, 0, run_ping, "ping" },
    { "cpu", 0, 0, run_cpu, "cpu" },
    { "cpu-on", 1, 1, run_cpu_on, "cpu-on N" },
    { "exec", 1, 1, run_exec, "exec GPA" },
    { "sleep", 1, 1, run_sleep, "sleep US" },
    { "spin", 1, 1, run_spin, "spin US" },
    { "naps", 2, 2, run_naps, "naps COUNT US" },
    { "off", 0, 0, run_off, "off" },
    { "reset", 0, 0, run_reset, "reset" },
    { "crash", 0, 0, run_crash, "crash" },
    { "fault", 0, 0, run_fault, "fault" },
    { "panic", 0, MAX_WORDS, run_panic, "panic TEXT" },
    { "hang", 0, 0, run_hang, "hang" },
    { "mute", 0, 0, run_mute, "mute" },
    { "say", 0, MAX_WORDS, run_say, "say TEXT" },
    { 0 },
};
