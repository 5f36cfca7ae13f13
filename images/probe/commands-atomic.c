/* SPDX-License-Identifier: Apache-2.0 */
/* Atomic additions and a spin lock in memory that another domain may share. */

#include "arch.h"
#include "commands.h"
#include "timer.h"

/* Stores that may fail in a row: an exclusive need never succeed on Device memory. */
#define ATTEMPTS 10000000

typedef uint64_t (*add_function)(uint64_t address, uint64_t value, uint64_t attempts,
                                 uint64_t *old);
#define DECLARE_ADD(name)                                                                          \
    uint64_t name(uint64_t address, uint64_t value, uint64_t attempts, uint64_t *old)

DECLARE_ADD(add_exclusive_1);
DECLARE_ADD(add_exclusive_2);
DECLARE_ADD(add_exclusive_4);
DECLARE_ADD(add_exclusive_8);
DECLARE_ADD(add_lse_1);
DECLARE_ADD(add_lse_2);
DECLARE_ADD(add_lse_4);
DECLARE_ADD(add_lse_8);
uint64_t lock_try_exclusive(uint64_t address);
uint64_t lock_try_lse(uint64_t address);
void lock_free(uint64_t address);

/* By kind, then by the logarithm of the width. */
static const add_function adds[ATOMIC_COUNT][4] = {
    [ATOMIC_EXCLUSIVE] = { add_exclusive_1, add_exclusive_2, add_exclusive_4, add_exclusive_8 },
    [ATOMIC_LSE] = { add_lse_1, add_lse_2, add_lse_4, add_lse_8 },
};

struct addition
{
    volatile uint64_t *done;
    add_function add;
    uint64_t address;
    uint64_t value;
    uint64_t times;
    uint64_t old;
    bool failed;
};

static void add_times(void *argument)
{
    struct addition *addition = argument;
    uint64_t time;

    for ( time = 0; time < addition->times && !addition->failed; time++ )
    {
        *addition->done = time * 8;
        addition->failed =
            !addition->add(addition->address, addition->value, ATTEMPTS, &addition->old);
    }
}

static void run_addition(struct command *command, struct addition *addition, const char *key)
{
    addition->done = &command->cpu->guard.done;
    if ( !guarded(command, add_times, addition) )
        return;
    if ( addition->failed )
    {
        reply_timeout(command, "exclusive stores keep failing", addition->old);
        return;
    }
    reply_ok(command);
    reply_field(command, key, addition->old);
}

/* add W GPA ATTR VALUE KIND */
static void run_add(struct command *command)
{
    struct addition addition = { .times = 1 };
    unsigned int attribute, kind, log = 0;
    uint64_t width;

    if ( !arg_width(command, 1, 8, &width) || !arg_attribute(command, 3, &attribute) ||
         !arg_number(command, 4, &addition.value) || !arg_atomic(command, 5, &kind) ||
         !arg_region(command, 2, width, attribute, &addition.address) )
        return;
    while ( width >> (log + 1) != 0 )
        log++;
    addition.add = adds[kind][log];
    run_addition(command, &addition, "old");
}

/* count GPA ATTR N KIND */
static void run_count(struct command *command)
{
    struct addition addition = { .value = 1 };
    unsigned int attribute, kind;

    if ( !arg_attribute(command, 2, &attribute) || !arg_number(command, 3, &addition.times) ||
         !arg_atomic(command, 4, &kind) ||
         !arg_region(command, 1, 8, attribute, &addition.address) )
        return;
    addition.add = adds[kind][3];
    run_addition(command, &addition, "last");
}

struct locking
{
    volatile uint64_t *done;
    uint64_t (*attempt)(uint64_t address);
    uint64_t lock;
    uint64_t counter;
    uint64_t times;
    uint64_t held;
};

static void lock_times(void *argument)
{
    struct locking *locking = argument;

    for ( ; locking->held < locking->times; locking->held++ )
    {
        struct wait wait;

        *locking->done = locking->held * 8;
        wait_begin(&wait, WAIT_LIMIT_MS);
        while ( !locking->attempt(locking->lock) )
            if ( !wait_more(&wait) )
                return;
        store64(locking->counter, load64(locking->counter) + 1);
        lock_free(locking->lock);
    }
}

/* lock LOCKGPA COUNTERGPA ATTR N KIND */
static void run_lock(struct command *command)
{
    struct locking locking = { .done = &command->cpu->guard.done };
    unsigned int attribute, kind;

    if ( !arg_attribute(command, 3, &attribute) || !arg_number(command, 4, &locking.times) ||
         !arg_atomic(command, 5, &kind) || !arg_region(command, 1, 4, attribute, &locking.lock) ||
         !arg_region(command, 2, 8, attribute, &locking.counter) )
        return;
    locking.attempt = kind == ATOMIC_LSE ? lock_try_lse : lock_try_exclusive;
    if ( !guarded(command, lock_times, &locking) )
        return;
    if ( locking.held < locking.times )
    {
        reply_timeout(command, "the lock stays taken", locking.held);
        return;
    }
    reply_ok(command);
    reply_field(command, "held", locking.held);
}

const struct command_entry atomic_commands[] = {
    { "add", 5, 5, run_add, "add W GPA ATTR VALUE KIND" },
    { "count", 4, 4, run_count, "count GPA ATTR N KIND" },
    { "lock", 5, 5, run_lock, "lock LOCKGPA COUNTERGPA ATTR N KIND" },
    { 0 },
};
