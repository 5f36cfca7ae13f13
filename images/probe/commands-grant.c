/* SPDX-License-Identifier: Apache-2.0 */
/* Commands of the grant tables. */

#include "arch.h"
#include "commands.h"
#include "grant.h"

static bool begin(struct command *command)
{
    long result = grant_init();

    if ( result != 0 )
    {
        reply_bad(command, "xen refused the hypercall", NULL);
        reply_field(command, "result", (uint64_t)result);
    }
    else if ( !grant_ready() )
        reply_bad(command, "no page tables are left to map the grant table", NULL);
    else
        return true;
    return false;
}

static bool arg_ref(struct command *command, unsigned int index, uint64_t *ref)
{
    if ( !arg_number(command, index, ref) )
        return false;
    if ( *ref < GRANT_ENTRIES )
        return true;
    reply_bad(command, "not a reference of the table's first page", command->word[index]);
    return false;
}

static bool arg_access(struct command *command, unsigned int index, bool *readonly)
{
    static const char *const names[] = { "rw", "ro" };
    unsigned int value;

    if ( !arg_name(command, index, names, ARRAY_SIZE(names), &value) )
        return false;
    *readonly = value == 1;
    return true;
}

/* grant-access REF DOMID GPA rw|ro */
static void run_access(struct command *command)
{
    uint64_t ref, domid, gpa;
    bool readonly;

    if ( !arg_ref(command, 1, &ref) || !arg_number(command, 2, &domid) ||
         !arg_number(command, 3, &gpa) || !arg_access(command, 4, &readonly) || !begin(command) )
        return;
    grant_access((uint32_t)ref, (uint16_t)domid, gpa, readonly);
    reply_ok(command);
}

/* grant-end REF */
static void run_end(struct command *command)
{
    uint64_t ref;

    if ( !arg_ref(command, 1, &ref) || !begin(command) )
        return;
    reply_ok(command);
    reply_field(command, "ended", grant_end((uint32_t)ref));
}

static void answer(struct command *command, long result, int16_t status)
{
    if ( result != 0 )
    {
        reply_bad(command, "xen refused the hypercall", NULL);
        reply_field(command, "result", (uint64_t)result);
        return;
    }
    reply_ok(command);
    reply_field(command, "status", (uint64_t)-status);
}

/* grant-map DOMID REF GPA rw|ro */
static void run_map(struct command *command)
{
    struct grant_mapping mapping = { 0 };
    uint64_t domid, ref, gpa;
    bool readonly;

    if ( !arg_number(command, 1, &domid) || !arg_number(command, 2, &ref) ||
         !arg_number(command, 3, &gpa) || !arg_access(command, 4, &readonly) )
        return;
    answer(command, grant_map((uint16_t)domid, (uint32_t)ref, gpa, readonly, &mapping),
           mapping.status);
    reply_field(command, "handle", mapping.handle);
}

/* grant-unmap HANDLE GPA */
static void run_unmap(struct command *command)
{
    uint64_t handle, gpa;
    int16_t status = 0;
    long result;

    if ( !arg_number(command, 1, &handle) || !arg_number(command, 2, &gpa) )
        return;
    result = grant_unmap((uint32_t)handle, gpa, &status);
    answer(command, result, status);
}

const struct command_entry grant_commands[] = {
    { "grant-access", 4, 4, run_access, "grant-access REF DOMID GPA rw|ro" },
    { "grant-end", 1, 1, run_end, "grant-end REF" },
    { "grant-map", 4, 4, run_map, "grant-map DOMID REF GPA rw|ro" },
    { "grant-unmap", 2, 2, run_unmap, "grant-unmap HANDLE GPA" },
    { 0 },
};
