/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Message passing through a ring: line 0 holds how many rounds the receiver has acknowledged,
 * then come slots of a line of data and a line with the flag. The region starts as zeros.
 */

#include "arch.h"
#include "commands.h"
#include "timer.h"

#define WORDS_IN_LINE (LINE_SIZE / 8)
#define SLOT_BYTES    (2 * LINE_SIZE)

struct ring
{
    volatile uint64_t *done;
    uint64_t address;
    uint64_t slots;
    uint64_t rounds;
    bool barriers;
    /* What became of it. */
    uint64_t finished;
    struct tally tally;
};

static uint64_t slot_of(const struct ring *ring, uint64_t round)
{
    return ring->address + LINE_SIZE + (round - 1) % ring->slots * SLOT_BYTES;
}

static void send(void *argument)
{
    struct ring *ring = argument;
    uint64_t round;

    for ( round = 1; round <= ring->rounds; round++ )
    {
        uint64_t slot = slot_of(ring, round), word;
        struct wait wait;

        *ring->done = ring->finished;
        wait_begin(&wait, WAIT_LIMIT_MS);
        while ( round - load64(ring->address) > ring->slots )
            if ( !wait_more(&wait) )
                return;
        for ( word = 0; word < WORDS_IN_LINE; word++ )
            store64(slot + word * 8, round);
        if ( ring->barriers )
            dmb_ishst();
        store64(slot + LINE_SIZE, round);
        ring->finished = round;
    }
}

void tally_line(struct tally *tally, uint64_t line, uint64_t round)
{
    uint64_t first = load64(line), word;
    bool same = true;

    for ( word = 1; word < WORDS_IN_LINE; word++ )
        if ( load64(line + word * 8) != first )
            same = false;
    if ( same && first == round )
        tally->fresh++;
    else if ( same && first < round )
        tally->stale++;
    else
        tally->torn++;
}

void reply_tally(struct command *command, const struct tally *tally)
{
    reply_field(command, "fresh", tally->fresh);
    reply_field(command, "stale", tally->stale);
    reply_field(command, "torn", tally->torn);
}

static void receive(void *argument)
{
    struct ring *ring = argument;
    uint64_t round;

    for ( round = 1; round <= ring->rounds; round++ )
    {
        uint64_t slot = slot_of(ring, round);
        struct wait wait;

        *ring->done = ring->finished;
        wait_begin(&wait, WAIT_LIMIT_MS);
        while ( load64(slot + LINE_SIZE) != round )
            if ( !wait_more(&wait) )
                return;
        if ( ring->barriers )
            dmb_ishld();
        tally_line(&ring->tally, slot, round);
        /* The slot is read before the sender may write it again, in either form of the test. */
        dmb_ish();
        store64(ring->address, round);
        ring->finished = round;
    }
}

/* GPA LEN ATTR ROUNDS [nobarrier] */
static bool ring_arguments(struct command *command, struct ring *ring)
{
    static const char *const options[] = { "nobarrier" };
    unsigned int attribute, option;
    uint64_t length;

    ring->done = &command->cpu->guard.done;
    ring->barriers = command->words == 5;
    if ( !arg_number(command, 2, &length) || !arg_attribute(command, 3, &attribute) ||
         !arg_number(command, 4, &ring->rounds) ||
         (!ring->barriers && !arg_name(command, 5, options, ARRAY_SIZE(options), &option)) )
        return false;
    if ( length < LINE_SIZE + SLOT_BYTES )
    {
        reply_bad(command, "no room for a slot, which takes 0xc0 bytes", command->word[2]);
        return false;
    }
    ring->slots = (length - LINE_SIZE) / SLOT_BYTES;
    return arg_region(command, 1, length, attribute, &ring->address);
}

static void run_ring(struct command *command, void (*role)(void *), const char *late)
{
    struct ring ring = { 0 };

    if ( !ring_arguments(command, &ring) || !guarded(command, role, &ring) )
        return;
    if ( ring.finished < ring.rounds )
    {
        reply_timeout(command, late, ring.finished);
        return;
    }
    reply_ok(command);
    reply_field(command, "rounds", ring.rounds);
    if ( role == receive )
        reply_tally(command, &ring.tally);
}

static void run_send(struct command *command)
{
    run_ring(command, send, "the receiver does not acknowledge");
}

static void run_receive(struct command *command)
{
    run_ring(command, receive, "the flag does not come");
}

const struct command_entry ring_commands[] = {
    { "mp-send", 4, 5, run_send, "mp-send GPA LEN ATTR ROUNDS [nobarrier]" },
    { "mp-recv", 4, 5, run_receive, "mp-recv GPA LEN ATTR ROUNDS [nobarrier]" },
    { 0 },
};
