/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How often a line that one domain wrote is stale for another: the line through an attribute that
 * the test chose, with cache maintenance only where it asks for it; flags and acknowledgements
 * through another page, always Normal Non-cacheable, so that they arrive whatever the line does.
 * The flags' page starts as zeros: a flag, then in the next line what was acknowledged.
 */

#include "arch.h"
#include "cache.h"
#include "commands.h"
#include "timer.h"

struct exchange
{
    volatile uint64_t *done;
    /* The line through the chosen attribute, and through the write-back alias for maintenance. */
    uint64_t line;
    uint64_t cached;
    uint64_t flag;
    uint64_t rounds;
    bool maintain;
    /* What became of it. */
    uint64_t finished;
    struct tally tally;
};

static bool wait_for(uint64_t address, uint64_t round)
{
    struct wait wait;

    wait_begin(&wait, WAIT_LIMIT_MS);
    while ( load64(address) != round )
        if ( !wait_more(&wait) )
            return false;
    return true;
}

static void publish(void *argument)
{
    struct exchange *exchange = argument;
    uint64_t round, word, done;

    for ( round = 1; round <= exchange->rounds; round++ )
    {
        *exchange->done = exchange->finished;
        for ( word = 0; word < LINE_SIZE; word += 8 )
            store64(exchange->line + word, round);
        /* The maintenance ends with DSB SY by itself. */
        if ( exchange->maintain )
            cache_clean_poc(exchange->cached, LINE_SIZE, &done);
        else
            dsb_sy();
        store64(exchange->flag, round);
        if ( !wait_for(exchange->flag + LINE_SIZE, round) )
            return;
        exchange->finished = round;
    }
}

static void observe(void *argument)
{
    struct exchange *exchange = argument;
    uint64_t round, done;

    for ( round = 1; round <= exchange->rounds; round++ )
    {
        *exchange->done = exchange->finished;
        if ( !wait_for(exchange->flag, round) )
            return;
        dsb_sy();
        if ( exchange->maintain )
            cache_clean_invalidate_poc(exchange->cached, LINE_SIZE, &done);
        tally_line(&exchange->tally, exchange->line, round);
        dsb_sy();
        store64(exchange->flag + LINE_SIZE, round);
        exchange->finished = round;
    }
}

/* LINEGPA FLAGGPA ATTR ROUNDS [maintain] */
static bool exchange_arguments(struct command *command, struct exchange *exchange)
{
    static const char *const options[] = { "maintain" };
    unsigned int attribute, option;

    exchange->done = &command->cpu->guard.done;
    exchange->maintain = command->words == 5;
    return arg_attribute(command, 3, &attribute) &&
           arg_number(command, 4, &exchange->rounds) &&
           (!exchange->maintain ||
            arg_name(command, 5, options, ARRAY_SIZE(options), &option)) &&
           arg_region(command, 1, LINE_SIZE, attribute, &exchange->line) &&
           (!exchange->maintain ||
            arg_region(command, 1, LINE_SIZE, ATTR_NORMAL_WRITE_BACK, &exchange->cached)) &&
           arg_region(command, 2, 2 * LINE_SIZE, ATTR_NORMAL_NON_CACHEABLE, &exchange->flag);
}

static void run_publish(struct command *command)
{
    struct exchange exchange = { 0 };

    if ( !exchange_arguments(command, &exchange) || !guarded(command, publish, &exchange) )
        return;
    if ( exchange.finished < exchange.rounds )
        reply_timeout(command, "the observer does not acknowledge", exchange.finished);
    else
        reply_ok(command);
}

static void run_observe(struct command *command)
{
    struct exchange exchange = { 0 };

    if ( !exchange_arguments(command, &exchange) || !guarded(command, observe, &exchange) )
        return;
    if ( exchange.finished < exchange.rounds )
    {
        reply_timeout(command, "the flag does not come", exchange.finished);
        return;
    }
    reply_ok(command);
    reply_field(command, "rounds", exchange.rounds);
    reply_tally(command, &exchange.tally);
}

const struct command_entry stale_commands[] = {
    { "publish", 4, 5, run_publish, "publish LINEGPA FLAGGPA ATTR ROUNDS [maintain]" },
    { "observe", 4, 5, run_observe, "observe LINEGPA FLAGGPA ATTR ROUNDS [maintain]" },
    { 0 },
};
