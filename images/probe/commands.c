/* SPDX-License-Identifier: Apache-2.0 */
/* Splits a command into words, finds who runs it, and reads its arguments. */

#include "commands.h"
#include "mmu.h"

static const struct command_entry *const tables[] = {
    memory_commands, pattern_commands, ring_commands, stale_commands,
    atomic_commands, system_commands,  xen_commands,
    grant_commands,
};
static const char *const attribute_names[] = ATTR_NAMES;
static const char *const atomic_names[] = ATOMIC_NAMES;

void reply_ok(struct command *command)
{
    command->reply->length = 0;
    text_put(command->reply, "ok");
}

void reply_field(struct command *command, const char *key, uint64_t value)
{
    text_put_field(command->reply, key, value);
}

void reply_bad(struct command *command, const char *reason, const char *word)
{
    struct text *reply = command->reply;

    reply->length = 0;
    text_put(reply, "bad ");
    text_put(reply, reason);
    if ( word == NULL )
        return;
    text_put(reply, ": \"");
    text_put(reply, word);
    text_put_char(reply, '"');
}

void reply_timeout(struct command *command, const char *what, uint64_t done)
{
    command->reply->length = 0;
    text_put(command->reply, "bad timeout ");
    text_put(command->reply, what);
    reply_field(command, "done", done);
}

bool guarded(struct command *command, void (*function)(void *), void *argument)
{
    struct guard *guard = &command->cpu->guard;

    guard->done = 0;
    if ( guard_call(function, argument, guard) )
        return true;
    command->reply->length = 0;
    text_put(command->reply, "abort");
    reply_field(command, "esr", guard->abort.esr);
    reply_field(command, "far", guard->abort.far);
    reply_field(command, "elr", guard->abort.elr);
    reply_field(command, "gpa", guard->abort.far & (GPA_LIMIT - 1));
    reply_field(command, "offset", guard->done);
    return false;
}

bool arg_number(struct command *command, unsigned int index, uint64_t *value)
{
    if ( parse_hex(command->word[index], value) )
        return true;
    reply_bad(command, "not a hexadecimal number of at most 64 bits", command->word[index]);
    return false;
}

bool arg_name(struct command *command, unsigned int index, const char *const *names,
              unsigned int count, unsigned int *value)
{
    struct text *reply = command->reply;
    unsigned int at;

    for ( at = 0; at < count; at++ )
        if ( text_equal(command->word[index], names[at]) )
        {
            *value = at;
            return true;
        }
    reply_bad(command, "unknown word", command->word[index]);
    text_put(reply, ", known:");
    for ( at = 0; at < count; at++ )
    {
        text_put_char(reply, ' ');
        text_put(reply, names[at]);
    }
    return false;
}

bool arg_attribute(struct command *command, unsigned int index, unsigned int *attribute)
{
    return arg_name(command, index, attribute_names, ARRAY_SIZE(attribute_names), attribute);
}

bool arg_atomic(struct command *command, unsigned int index, unsigned int *kind)
{
    if ( !arg_name(command, index, atomic_names, ARRAY_SIZE(atomic_names), kind) )
        return false;
    /* ID_AA64ISAR0_EL1.Atomic: 2 and more is FEAT_LSE */
    if ( *kind != ATOMIC_LSE || ((read_sysreg(id_aa64isar0_el1) >> 20) & 0xf) >= 2 )
        return true;
    reply_bad(command, "this CPU has no FEAT_LSE", command->word[index]);
    return false;
}

bool arg_width(struct command *command, unsigned int index, unsigned int most, uint64_t *width)
{
    if ( !arg_number(command, index, width) )
        return false;
    if ( *width != 0 && *width <= most && (*width & (*width - 1)) == 0 )
        return true;
    reply_bad(command, "not a width of an access", command->word[index]);
    return false;
}

bool arg_region(struct command *command, unsigned int index, uint64_t size, unsigned int attribute,
                uint64_t *address)
{
    uint64_t gpa;

    if ( !arg_number(command, index, &gpa) )
        return false;
    if ( size == 0 || size > GPA_LIMIT || gpa > GPA_LIMIT - size )
        reply_bad(command, size == 0 ? "no length" : "beyond the guest addresses that aliases hold",
                  command->word[index]);
    else if ( !mmu_alias(gpa, size, attribute, address) )
        reply_bad(command, "the probe's page tables are used up", command->word[index]);
    else
        return true;
    return false;
}

/* Splits `buffer` in place. False when there are too many words. */
static bool split(struct command *command, char *buffer)
{
    char *at = buffer;

    while ( *at != '\0' )
    {
        if ( command->words == MAX_WORDS )
            return false;
        command->word[command->words++] = at;
        while ( *at != '\0' && *at != ' ' )
            at++;
        if ( *at == ' ' )
            *at++ = '\0';
    }
    return true;
}

static const struct command_entry *find(const char *text, size_t length)
{
    const struct command_entry *entry;
    unsigned int index;

    for ( index = 0; index < ARRAY_SIZE(tables); index++ )
        for ( entry = tables[index]; entry->name != NULL; entry++ )
            if ( text_length(entry->name) == length && memcmp(entry->name, text, length) == 0 )
                return entry;
    return NULL;
}

after_reply command_run(struct cpu *cpu, const char *text, struct text *reply)
{
    char buffer[MAILBOX_REQUEST_TEXT_SIZE + 1];
    struct command command = { .cpu = cpu, .reply = reply };
    const struct command_entry *entry;
    size_t length = 0;

    while ( text[length] != '\0' && text[length] != ' ' )
        length++;
    command.rest = text[length] == ' ' ? text + length + 1 : "";
    entry = find(text, length);
    memcpy(buffer, text, text_length(text) + 1);
    if ( entry == NULL )
    {
        buffer[length] = '\0';
        reply_bad(&command, "unknown command", buffer);
        return NULL;
    }
    /* Free text is one argument. */
    if ( entry->most == MAX_WORDS )
        command.words = 1;
    else if ( !split(&command, buffer) || command.words - 1 < entry->least ||
              command.words - 1 > entry->most )
    {
        reply_bad(&command, "usage", entry->usage);
        return NULL;
    }
    entry->run(&command);
    return command.after;
}
