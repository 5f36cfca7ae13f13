/* SPDX-License-Identifier: Apache-2.0 */
/* Event channels and hypercalls. */

#include "arch.h"
#include "commands.h"
#include "evtchn.h"
#include "machine.h"
#include "timer.h"
#include "xen.h"

/* struct xen_remove_from_physmap (public/memory.h). */
struct remove_from_physmap
{
    uint16_t domid;
    uint64_t gpfn;
};

/* A call that Xen refused is no success: `bad xen ... result=<negative errno>`. */
static bool accepted(struct command *command, long result)
{
    if ( result >= 0 )
    {
        reply_ok(command);
        return true;
    }
    reply_bad(command, "xen refused the hypercall", NULL);
    reply_field(command, "result", (uint64_t)result);
    return false;
}

static void run_init(struct command *command)
{
    uint64_t gpa;

    if ( accepted(command, evtchn_init(&gpa)) )
        reply_field(command, "gpa", gpa);
}

/* The port in word 1, once shared_info is mapped when that is needed. */
static bool arg_port(struct command *command, bool mapped, uint32_t *port)
{
    uint64_t value;

    if ( !arg_number(command, 1, &value) )
        return false;
    *port = (uint32_t)value;
    if ( value >= XEN_EVENT_PORTS )
        reply_bad(command, "not a port of the two-level ABI", command->word[1]);
    else if ( mapped && !evtchn_ready() )
        reply_bad(command, "evtchn-init comes first", NULL);
    else
        return true;
    return false;
}

static void run_send(struct command *command)
{
    uint32_t port;

    if ( arg_port(command, false, &port) )
        accepted(command, evtchn_send(port));
}

static void run_pending(struct command *command)
{
    uint32_t port;

    if ( !arg_port(command, true, &port) )
        return;
    reply_ok(command);
    reply_field(command, "pending", evtchn_pending(port));
}

static void run_clear(struct command *command)
{
    uint32_t port;

    if ( !arg_port(command, true, &port) )
        return;
    evtchn_clear(port);
    reply_ok(command);
}

/* evtchn-wait PORT MS */
static void run_wait(struct command *command)
{
    uint64_t limit_ms, start = timer_now();
    struct wait wait;
    uint32_t port;

    if ( !arg_port(command, true, &port) || !arg_number(command, 2, &limit_ms) )
        return;
    wait_begin(&wait, limit_ms);
    while ( !evtchn_pending(port) )
        if ( !wait_more(&wait) )
        {
            reply_timeout(command, "the port does not become pending", 0);
            return;
        }
    reply_ok(command);
    reply_field(command, "pending", 1);
    reply_field(command, "ms", (timer_now() - start) / timer_ticks(1000));
}

static void run_listen(struct command *command)
{
    if ( !evtchn_ready() )
        reply_bad(command, "evtchn-init comes first", NULL);
    else if ( command->cpu->index != 0 )
        reply_bad(command, "only vCPU 0 is interrupted by event channels here", NULL);
    else if ( !evtchn_listen() )
        reply_bad(command, "the device tree tells of no interrupt for event channels", NULL);
    else
        reply_ok(command);
}

/* evtchn-interrupt MS */
static void run_interrupt(struct command *command)
{
    uint64_t limit_ms, start = timer_now();
    struct wait wait;

    if ( !arg_number(command, 1, &limit_ms) )
        return;
    wait_begin(&wait, limit_ms);
    while ( !evtchn_interrupted() )
        if ( !wait_more(&wait) )
        {
            reply_timeout(command, "the event channels' interrupt does not come", 0);
            return;
        }
    reply_ok(command);
    reply_field(command, "intid", machine.event_ppi);
    reply_field(command, "ms", (timer_now() - start) / timer_ticks(1000));
}

static void run_interrupted(struct command *command)
{
    reply_ok(command);
    reply_field(command, "interrupted", evtchn_interrupted());
}

struct replacement
{
    uint64_t gpa;
    uint64_t address;
    uint64_t before;
    uint64_t after;
    long result;
};

static void replace(void *argument)
{
    struct replacement *replacement = argument;

    replacement->before = load64(replacement->address);
    replacement->result = evtchn_map_shared_info(replacement->gpa);
    replacement->after = load64(replacement->address);
}

/*
 * map-shared-info GPA ATTR: in one command, so that no switch to another vCPU makes the processor
 * forget the translation that the first load left behind.
 */
static void run_map(struct command *command)
{
    struct replacement replacement = { 0 };
    unsigned int attribute;

    if ( !arg_number(command, 1, &replacement.gpa) || !arg_attribute(command, 2, &attribute) ||
         !arg_region(command, 1, 8, attribute, &replacement.address) ||
         !guarded(command, replace, &replacement) || !accepted(command, replacement.result) )
        return;
    reply_field(command, "before", replacement.before);
    reply_field(command, "after", replacement.after);
}

/* remove-from-physmap GPA */
static void run_remove(struct command *command)
{
    struct remove_from_physmap request = { .domid = XEN_DOMID_SELF };
    uint64_t gpa;

    if ( !arg_number(command, 1, &gpa) )
        return;
    request.gpfn = gpa / PAGE_SIZE;
    accepted(command,
             hypercall(XEN_MEMORY_OP, XEN_REMOVE_FROM_PHYSMAP, (uint64_t)&request, 0, 0, 0));
}

/* hypercall NR [A0 [A1 [A2 [A3]]]] */
static void run_hypercall(struct command *command)
{
    uint64_t value[5] = { 0 };
    unsigned int index;

    for ( index = 0; index + 1 < command->words; index++ )
        if ( !arg_number(command, index + 1, &value[index]) )
            return;
    value[0] = (uint64_t)hypercall(value[0], value[1], value[2], value[3], value[4], 0);
    reply_ok(command);
    reply_field(command, "result", value[0]);
}

const struct command_entry xen_commands[] = {
    { "evtchn-init", 0, 0, run_init, "evtchn-init" },
    { "evtchn-send", 1, 1, run_send, "evtchn-send PORT" },
    { "evtchn-pending", 1, 1, run_pending, "evtchn-pending PORT" },
    { "evtchn-clear", 1, 1, run_clear, "evtchn-clear PORT" },
    { "evtchn-wait", 2, 2, run_wait, "evtchn-wait PORT MS" },
    { "evtchn-listen", 0, 0, run_listen, "evtchn-listen" },
    { "evtchn-interrupt", 1, 1, run_interrupt, "evtchn-interrupt MS" },
    { "evtchn-interrupted", 0, 0, run_interrupted, "evtchn-interrupted" },
    { "map-shared-info", 2, 2, run_map, "map-shared-info GPA ATTR" },
    { "remove-from-physmap", 1, 1, run_remove, "remove-from-physmap GPA" },
    { "hypercall", 1, 5, run_hypercall, "hypercall NR [A0 [A1 [A2 [A3]]]]" },
    { 0 },
};
