/* SPDX-License-Identifier: Apache-2.0 */
/* Event channels and hypercalls. */

#include "arch.h"
#include "commands.h"
#include "evtchn.h"
#include "timer.h"
#include "xen.h"

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
    { "hypercall", 1, 5, run_hypercall, "hypercall NR [A0 [A1 [A2 [A3]]]]" },
    { 0 },
};
