/* SPDX-License-Identifier: Apache-2.0 */
/* Commands: how their words are read, run and answered. */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "cpu.h"
#include "text.h"

#define MAX_WORDS 12

/* What is still to be done once the reply is out: to switch off, say. */
typedef void (*after_reply)(void);

struct command
{
    struct cpu *cpu;
    struct text *reply;
    /* word[0] is the command's name. */
    const char *word[MAX_WORDS];
    unsigned int words;
    /* All that follows the name, as it came. */
    const char *rest;
    after_reply after;
};

struct command_entry
{
    const char *name;
    unsigned int least;
    unsigned int most;
    void (*run)(struct command *command);
    const char *usage;
};

/* One table for each commands-*.c, ended by an entry without a name. */
extern const struct command_entry memory_commands[], pattern_commands[], ring_commands[],
    stale_commands[], atomic_commands[], system_commands[], xen_commands[], grant_commands[];

/* Runs the NUL-terminated text; returns what to do after the reply, or NULL. */
after_reply command_run(struct cpu *cpu, const char *text, struct text *reply);

/*
 * Arguments. Each reads word `index`, or answers `bad` and returns false. Guest addresses are
 * mapped with the attribute: the result is the address of the alias.
 */
bool arg_number(struct command *command, unsigned int index, uint64_t *value);
bool arg_name(struct command *command, unsigned int index, const char *const *names,
              unsigned int count, unsigned int *value);
bool arg_region(struct command *command, unsigned int index, uint64_t size, unsigned int attribute,
                uint64_t *address);
bool arg_attribute(struct command *command, unsigned int index, unsigned int *attribute);
bool arg_atomic(struct command *command, unsigned int index, unsigned int *kind);
/* The width of an access in bytes. */
bool arg_width(struct command *command, unsigned int index, unsigned int most, uint64_t *width);

/* Answers. */
void reply_ok(struct command *command);
void reply_field(struct command *command, const char *key, uint64_t value);
void reply_bad(struct command *command, const char *reason, const char *word);
void reply_timeout(struct command *command, const char *what, uint64_t done);

/* How often a line that another CPU filled with the number of the round was seen so. */
struct tally
{
    uint64_t fresh;
    /* A number of an earlier round in every word. */
    uint64_t stale;
    /* Anything else. */
    uint64_t torn;
};

/* Loads every word of the line once and counts what that was. */
void tally_line(struct tally *tally, uint64_t line, uint64_t round);
void reply_tally(struct command *command, const struct tally *tally);

/* Runs the function under the vCPU's guard; on an exception answers `abort` and returns false. */
bool guarded(struct command *command, void (*function)(void *), void *argument);

#endif
