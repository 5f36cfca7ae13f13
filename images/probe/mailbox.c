/* SPDX-License-Identifier: Apache-2.0 */
/* Requests and replies through memory that the host reads and writes while the probe runs. */

#include "mailbox.h"
#include "commands.h"
#include "console.h"
#include "machine.h"
#include "text.h"
#include "timer.h"

/* Looks at the slot before the vCPU sleeps, and how long it then sleeps, in microseconds. */
#define EAGER_LOOKS 400
#define NAP_SHORT   200
#define NAP_LONG    5000
/* Naps grow by 1/NAP_GROWTH each: no command waits for longer than that part of the idle time. */
#define NAP_GROWTH 64

struct message
{
    volatile uint32_t sequence;
    volatile uint32_t length;
    volatile uint32_t crc;
    /* Of a response: the request that is being done, whether or not it will be answered. */
    volatile uint32_t taken;
    char text[];
};

static uint8_t box[MAILBOX_SIZE] __attribute__((section(".mailbox"), aligned(4096))) =
    MAILBOX_MAGIC;

uint64_t mailbox_address(void)
{
    return (uint64_t)box;
}

uint8_t *mailbox_window(void)
{
    return box + MAILBOX_WINDOW_START;
}

void mailbox_init(void)
{
    uint32_t version = MAILBOX_VERSION, slots = MAILBOX_SLOTS;
    uint64_t address = (uint64_t)box;

    memcpy(box + MAILBOX_VERSION_OFFSET, &version, sizeof(version));
    memcpy(box + MAILBOX_SLOTS_OFFSET, &slots, sizeof(slots));
    memcpy(box + MAILBOX_GUEST_ADDRESS_OFFSET, &address, sizeof(address));
    memcpy(box + MAILBOX_DOMAIN_OFFSET, machine.domain, MAILBOX_DOMAIN_SIZE);
    memcpy(box + MAILBOX_RUN_OFFSET, machine.run, MAILBOX_RUN_SIZE);
    dmb_ish();
}

static struct message *request_of(const struct cpu *cpu)
{
    return (struct message *)(box + MAILBOX_SLOTS_START + cpu->index * MAILBOX_SLOT_SIZE);
}

static struct message *response_of(const struct cpu *cpu)
{
    return (struct message *)((uint8_t *)request_of(cpu) + MAILBOX_RESPONSE_OFFSET);
}

/* Copies a request out of the slot if it is whole: the host may be half way through it. */
static bool take(struct cpu *cpu, size_t *length)
{
    const struct message *request = request_of(cpu);

    dmb_ishld();
    *length = request->length;
    if ( *length > MAILBOX_REQUEST_TEXT_SIZE )
        return false;
    memcpy(cpu->request, request->text, *length);
    cpu->request[*length] = '\0';
    return crc32(cpu->request, *length) == request->crc;
}

static void answer(struct cpu *cpu, uint32_t sequence, const struct text *reply)
{
    struct message *response = response_of(cpu);

    memcpy(response->text, reply->at, reply->length);
    response->length = (uint32_t)reply->length;
    response->crc = crc32(reply->at, reply->length);
    dmb_ish();
    response->sequence = sequence;
    dmb_ish();
}

static void handle(struct cpu *cpu, uint32_t sequence)
{
    struct text reply;
    after_reply after;

    response_of(cpu)->taken = sequence;
    dmb_ish();
    text_begin(&reply, cpu->reply, sizeof(cpu->reply));
    after = command_run(cpu, cpu->request, &reply);
    answer(cpu, sequence, &reply);
    if ( after != NULL )
        after();
}

_Noreturn void mailbox_serve(struct cpu *cpu)
{
    const struct message *request = request_of(cpu);
    uint32_t handled = 0;
    unsigned int looks = 0;
    uint64_t nap = NAP_SHORT;

    for ( ;; )
    {
        uint32_t sequence = request->sequence;
        size_t length;

        if ( sequence != handled && take(cpu, &length) )
        {
            handled = sequence;
            handle(cpu, sequence);
            looks = 0;
            nap = NAP_SHORT;
        }
        else if ( looks < EAGER_LOOKS )
        {
            looks++;
            yield();
        }
        else if ( cpu->index == 0 && console_poll() )
            looks = 0;
        else
        {
            timer_doze(nap);
            nap += nap / NAP_GROWTH;
            if ( nap > NAP_LONG )
                nap = NAP_LONG;
        }
    }
}

_Static_assert(MAILBOX_IMAGE_OFFSET == 0x1000, "probe.lds places .mailbox at 0x1000");
_Static_assert(MAILBOX_WINDOW_START + MAILBOX_WINDOW_SIZE == MAILBOX_SIZE, "window comes last");
_Static_assert(offsetof(struct message, text) == MAILBOX_REQUEST_TEXT, "request text");
_Static_assert(MAILBOX_RESPONSE_OFFSET + offsetof(struct message, taken) == MAILBOX_TAKEN_OFFSET,
               "the taken sequence");
_Static_assert(MAILBOX_RESPONSE_OFFSET + offsetof(struct message, text) == MAILBOX_RESPONSE_TEXT,
               "response text");
