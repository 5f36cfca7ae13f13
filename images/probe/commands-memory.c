/* SPDX-License-Identifier: Apache-2.0 */
/* Single accesses, copies, cache maintenance and barriers. */

#include "arch.h"
#include "cache.h"
#include "commands.h"
#include "machine.h"
#include "mailbox.h"

struct access
{
    uint64_t width;
    uint64_t address;
    uint64_t value;
    uint64_t high;
};

static void load(void *argument)
{
    struct access *access = argument;

    switch ( access->width )
    {
    case 1:
        access->value = load8(access->address);
        break;
    case 2:
        access->value = load16(access->address);
        break;
    case 4:
        access->value = load32(access->address);
        break;
    case 8:
        access->value = load64(access->address);
        break;
    default:
        load_pair(access->address, &access->value, &access->high);
        break;
    }
}

static void store(void *argument)
{
    struct access *access = argument;

    switch ( access->width )
    {
    case 1:
        store8(access->address, access->value);
        break;
    case 2:
        store16(access->address, access->value);
        break;
    case 4:
        store32(access->address, access->value);
        break;
    case 8:
        store64(access->address, access->value);
        break;
    default:
        store_pair(access->address, access->value, access->high);
        break;
    }
}

static bool access_arguments(struct command *command, struct access *access)
{
    unsigned int attribute;

    return arg_width(command, 1, 16, &access->width) && arg_attribute(command, 3, &attribute) &&
           arg_region(command, 2, access->width, attribute, &access->address);
}

static void run_load(struct command *command)
{
    struct access access = { 0 };

    if ( !access_arguments(command, &access) || !guarded(command, load, &access) )
        return;
    reply_ok(command);
#ifdef MUTANT_LOAD_ANSWERS_ZERO
    access.value = 0;
#endif
    reply_field(command, "value", access.value);
    if ( access.width == 16 )
        reply_field(command, "high", access.high);
}

static void run_store(struct command *command)
{
    struct access access = { 0 };

    if ( !access_arguments(command, &access) || !arg_number(command, 4, &access.value) ||
         (command->words > 5 && !arg_number(command, 5, &access.high)) )
        return;
#ifdef MUTANT_STORE_WITHOUT_WRITING
    (void)store;
    reply_ok(command);
#else
    if ( guarded(command, store, &access) )
        reply_ok(command);
#endif
}

/* Arm ARM D24.2.40, ESR_EL1.EC: a data abort without a change of exception level. */
#define EC_DATA_ABORT 0x25

/* sweep GPA LEN ATTR load|store STRIDE: tries each place, and counts those that abort. */
static void run_sweep(struct command *command)
{
    static const char *const names[] = { "load", "store" };
    struct guard *guard = &command->cpu->guard;
    struct access access = { .width = 8 };
    uint64_t start, length, stride, offset, tried = 0, aborted = 0;
    unsigned int attribute, kind;

    if ( !arg_number(command, 2, &length) || !arg_attribute(command, 3, &attribute) ||
         !arg_name(command, 4, names, ARRAY_SIZE(names), &kind) ||
         !arg_number(command, 5, &stride) )
        return;
    if ( stride == 0 || stride % 8 != 0 )
    {
        reply_bad(command, "not a multiple of 8, or 0", command->word[5]);
        return;
    }
    if ( !arg_region(command, 1, length, attribute, &start) )
        return;
    for ( offset = 0; offset < length; offset += stride )
    {
        access.address = start + offset;
        tried++;
        if ( !guard_call(kind == 0 ? load : store, &access, guard) )
            aborted += guard->abort.esr >> 26 == EC_DATA_ABORT &&
                       guard->abort.far == access.address;
    }
    reply_ok(command);
    reply_field(command, "tried", tried);
    reply_field(command, "aborted", aborted);
}

struct copy
{
    volatile uint64_t *done;
    uint64_t address;
    uint64_t length;
};

static void copy_to_window(void *argument)
{
    const struct copy *copy = argument;
    uint64_t window = (uint64_t)mailbox_window(), offset;

    for ( offset = 0; offset < copy->length; offset += 8 )
    {
        *copy->done = offset;
        store64(window + offset, load64(copy->address + offset));
    }
}

static void run_dump(struct command *command)
{
    struct copy copy = { .done = &command->cpu->guard.done };
    unsigned int attribute;

    if ( !arg_number(command, 2, &copy.length) || !arg_attribute(command, 3, &attribute) )
        return;
    if ( copy.length > MAILBOX_WINDOW_SIZE || copy.length % 8 != 0 )
        reply_bad(command, "not a multiple of 8 that the window holds", command->word[2]);
    else if ( arg_region(command, 1, copy.length, attribute, &copy.address) &&
              guarded(command, copy_to_window, &copy) )
    {
        reply_ok(command);
        reply_field(command, "length", copy.length);
    }
}

static void run_dtb(struct command *command)
{
    uint64_t offset, length;

    if ( !arg_number(command, 1, &offset) )
        return;
    if ( offset > machine.dtb_size )
    {
        reply_bad(command, "beyond the device tree", command->word[1]);
        return;
    }
    length = machine.dtb_size - offset;
    if ( length > MAILBOX_WINDOW_SIZE )
        length = MAILBOX_WINDOW_SIZE;
    memcpy(mailbox_window(), (const void *)(machine.dtb + offset), length);
    reply_ok(command);
    reply_field(command, "total", machine.dtb_size);
    reply_field(command, "length", length);
}

#define WINDOW_TEXT_BYTES 0x200

static void run_window(struct command *command)
{
    uint64_t offset, length, at;

    if ( !arg_number(command, 1, &offset) || !arg_number(command, 2, &length) )
        return;
    if ( length > WINDOW_TEXT_BYTES || offset > MAILBOX_WINDOW_SIZE - length )
    {
        reply_bad(command, "beyond the window, or more than 0x200 bytes", command->word[2]);
        return;
    }
    reply_ok(command);
    text_put(command->reply, " hex=");
    for ( at = 0; at < length; at++ )
        text_put_digits(command->reply, mailbox_window()[offset + at], 2);
}

struct maintenance
{
    void (*operation)(uint64_t address, uint64_t size, volatile uint64_t *done);
    uint64_t address;
    uint64_t length;
    volatile uint64_t *done;
};

static void maintain(void *argument)
{
    const struct maintenance *maintenance = argument;

    maintenance->operation(maintenance->address, maintenance->length, maintenance->done);
}

static void run_cache(struct command *command)
{
    static void (*const operations[])(uint64_t, uint64_t, volatile uint64_t *) = {
        [CACHE_CLEAN_POC] = cache_clean_poc,
        [CACHE_CLEAN_POU] = cache_clean_pou,
        [CACHE_CLEAN_INVALIDATE_POC] = cache_clean_invalidate_poc,
    };
    static const char *const names[] = CACHE_NAMES;
    struct maintenance maintenance = { .done = &command->cpu->guard.done };
    unsigned int operation;

    if ( !arg_name(command, 1, names, ARRAY_SIZE(names), &operation) ||
         !arg_number(command, 3, &maintenance.length) ||
         !arg_region(command, 2, maintenance.length, ATTR_NORMAL_WRITE_BACK, &maintenance.address) )
        return;
    maintenance.operation = operations[operation];
    if ( guarded(command, maintain, &maintenance) )
        reply_ok(command);
}

static void run_barrier(struct command *command)
{
    static const char *const names[] = { "dmb-ish", "dmb-sy", "dsb-ish", "dsb-sy", "isb" };
    unsigned int kind;

    if ( !arg_name(command, 1, names, ARRAY_SIZE(names), &kind) )
        return;
    switch ( kind )
    {
    case 0:
        dmb_ish();
        break;
    case 1:
        dmb_sy();
        break;
    case 2:
        dsb_ish();
        break;
    case 3:
        dsb_sy();
        break;
    default:
        isb();
        break;
    }
    reply_ok(command);
}

/* TLBI VMALLE1IS, DSB ISH, ISB: all of this guest's translations (Arm ARM D8.16). */
static void run_tlbi(struct command *command)
{
    dsb_ishst();
    asm volatile("tlbi vmalle1is" ::: "memory");
    dsb_ish();
    isb();
    reply_ok(command);
}

const struct command_entry memory_commands[] = {
    { "load", 3, 3, run_load, "load W GPA ATTR" },
    { "store", 4, 5, run_store, "store W GPA ATTR VALUE [HIGH]" },
    { "sweep", 5, 5, run_sweep, "sweep GPA LEN ATTR load|store STRIDE" },
    { "dump", 3, 3, run_dump, "dump GPA LEN ATTR" },
    { "dtb", 1, 1, run_dtb, "dtb OFFSET" },
    { "window", 2, 2, run_window, "window OFFSET LEN" },
    { "cache", 3, 3, run_cache, "cache OP GPA LEN" },
    { "tlbi", 0, 0, run_tlbi, "tlbi" },
    { "barrier", 1, 1, run_barrier, "barrier KIND" },
    { 0 },
};
