/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns that the probe writes and checks by itself, as lib/probe/patterns.ts has them. */

#include "arch.h"
#include "commands.h"

struct mismatch
{
    uint64_t offset;
    uint64_t value;
};

struct pattern
{
    volatile uint64_t *done;
    uint64_t address;
    uint64_t length;
    unsigned int kind;
    uint64_t seed;
    /* Offset in the region of the first word. */
    uint64_t base;
    /* Bytes from one word to the next. */
    uint64_t stride;
};

struct finding
{
    struct pattern pattern;
    uint64_t bad;
    uint64_t lines;
    uint64_t pages;
    uint64_t whole;
    uint64_t last;
    struct mismatch at[QUOTED_MISMATCHES];
};

static uint64_t splitmix64(uint64_t value)
{
    uint64_t z = value + 0x9e3779b97f4a7c15;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

static uint64_t word_at(const struct pattern *pattern, uint64_t offset)
{
    switch ( pattern->kind )
    {
    case PATTERN_ADDRESS:
        return pattern->seed << 32 | (offset & 0xffffffff);
    case PATTERN_CONSTANT:
        return pattern->seed;
    default:
        return splitmix64(pattern->seed + offset);
    }
}

static void fill(void *argument)
{
    const struct pattern *pattern = argument;
    uint64_t offset;

    for ( offset = 0; offset < pattern->length; offset += pattern->stride )
    {
        *pattern->done = offset;
#ifdef MUTANT_FILL_SKIPS_LAST
        if ( offset + 8 == pattern->length )
            continue;
#endif
#ifndef MUTANT_FILL_WITHOUT_WRITING
        store64(pattern->address + offset, word_at(pattern, pattern->base + offset));
#endif
    }
}

static void check(void *argument)
{
    struct finding *finding = argument;
    const struct pattern *pattern = &finding->pattern;
    uint64_t offset, in_line = 0, in_page = 0;

    for ( offset = 0; offset < pattern->length; offset += pattern->stride )
    {
        uint64_t address = pattern->address + offset, value;

        *pattern->done = offset;
#ifdef MUTANT_CHECK_SKIPS_LAST
        if ( offset + 8 == pattern->length )
            continue;
#endif
#ifdef MUTANT_CHECK_WITHOUT_READING
        value = word_at(pattern, pattern->base + offset);
#else
        value = load64(address);
#endif
        if ( address % LINE_SIZE == 0 )
            in_line = 0;
        if ( address % PAGE_SIZE == 0 )
            in_page = 0;
        if ( value == word_at(pattern, pattern->base + offset) )
            continue;
        if ( finding->bad < QUOTED_MISMATCHES )
        {
            finding->at[finding->bad].offset = pattern->base + offset;
            finding->at[finding->bad].value = value;
        }
        finding->bad++;
        finding->last = pattern->base + offset;
        in_line++;
        in_page++;
        finding->lines += in_line == 1;
        finding->whole += in_line == LINE_SIZE / 8;
        finding->pages += in_page == 1;
    }
}

/* GPA LEN ATTR PATTERN SEED [BASE [STRIDE]] */
static bool pattern_arguments(struct command *command, struct pattern *pattern)
{
    static const char *const names[] = PATTERN_NAMES;
    unsigned int attribute;

    pattern->done = &command->cpu->guard.done;
    pattern->base = 0;
    pattern->stride = 8;
    if ( !arg_number(command, 2, &pattern->length) || !arg_attribute(command, 3, &attribute) ||
         !arg_name(command, 4, names, ARRAY_SIZE(names), &pattern->kind) ||
         !arg_number(command, 5, &pattern->seed) ||
         (command->words > 6 && !arg_number(command, 6, &pattern->base)) ||
         (command->words > 7 && !arg_number(command, 7, &pattern->stride)) )
        return false;
    if ( pattern->stride == 0 || pattern->stride % 8 != 0 )
    {
        reply_bad(command, "not a multiple of 8, or 0", command->word[7]);
        return false;
    }
    if ( pattern->length % 8 != 0 )
    {
        reply_bad(command, "not a multiple of 8", command->word[2]);
        return false;
    }
    if ( !arg_region(command, 1, pattern->length, attribute, &pattern->address) )
        return false;
    if ( pattern->address % 8 == 0 )
        return true;
    reply_bad(command, "not aligned to 8", command->word[1]);
    return false;
}

static void run_fill(struct command *command)
{
    struct pattern pattern;

    if ( pattern_arguments(command, &pattern) && guarded(command, fill, &pattern) )
        reply_ok(command);
}

static void run_check(struct command *command)
{
    struct finding finding = { .bad = 0 };
    unsigned int index;

    if ( !pattern_arguments(command, &finding.pattern) || !guarded(command, check, &finding) )
        return;
    reply_ok(command);
    reply_field(command, "words", (finding.pattern.length - 1) / finding.pattern.stride + 1);
    reply_field(command, "bad", finding.bad);
    reply_field(command, "lines", finding.lines);
    reply_field(command, "pages", finding.pages);
    reply_field(command, "whole", finding.whole);
    if ( finding.bad == 0 )
        return;
    reply_field(command, "first", finding.at[0].offset);
    reply_field(command, "last", finding.last);
    for ( index = 0; index < QUOTED_MISMATCHES && index < finding.bad; index++ )
    {
        text_put(command->reply, index == 0 ? " at=" : ",");
        text_put_hex(command->reply, finding.at[index].offset);
        text_put_char(command->reply, ':');
        text_put_hex(command->reply, finding.at[index].value);
    }
}

const struct command_entry pattern_commands[] = {
    { "fill", 5, 7, run_fill, "fill GPA LEN ATTR PATTERN SEED [BASE [STRIDE]]" },
    { "check", 5, 7, run_check, "check GPA LEN ATTR PATTERN SEED [BASE [STRIDE]]" },
    { 0 },
};
