/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Patterns of 64-bit words in memory that domains share, as the bare-metal probe writes them
 * (lib/probe/patterns.ts), and what is asked of such memory.
 */
#ifndef WORDS_H
#define WORDS_H

#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pattern
{
    const char *kind;
    uint64_t seed;
    /* Where in the pattern the memory begins, in bytes. */
    uint64_t base;
};

static inline int is_pattern(const char *kind)
{
    return strcmp(kind, "address") == 0 || strcmp(kind, "constant") == 0;
}

static inline uint64_t word_at(const struct pattern *pattern, uint64_t offset)
{
    if ( strcmp(pattern->kind, "constant") == 0 )
        return pattern->seed;
    return pattern->seed << 32 | ((pattern->base + offset) & 0xffffffff);
}

static inline void fill_words(volatile uint64_t *words, uint64_t size,
                              const struct pattern *pattern)
{
    uint64_t at;

    for ( at = 0; at < size / 8; at++ )
        words[at] = word_at(pattern, at * 8);
}

/* Loads each word once, and says what was found. */
static inline void check_words(FILE *out, const volatile uint64_t *words, uint64_t size,
                               const struct pattern *pattern)
{
    uint64_t at, value, bad = 0, first = 0, found = 0;

    for ( at = 0; at < size / 8; at++ )
    {
        value = words[at];
        if ( value == word_at(pattern, at * 8) )
            continue;
        if ( bad++ == 0 )
        {
            first = at * 8;
            found = value;
        }
    }
    fprintf(out, "words=%" PRIu64 " bad=%" PRIu64, at, bad);
    if ( bad != 0 )
        fprintf(out, " first=0x%" PRIx64 " value=0x%016" PRIx64 " expected=0x%016" PRIx64, first,
                found, word_at(pattern, first));
    fputc('\n', out);
}

static sigjmp_buf faulted;

static inline void on_fault(int signal)
{
    siglongjmp(faulted, signal);
}

/* Normal memory takes an access that is not aligned; Device memory faults. */
static inline void try_unaligned(FILE *out, const volatile uint64_t *words)
{
    uint64_t value;

    signal(SIGBUS, on_fault);
    if ( sigsetjmp(faulted, 1) != 0 )
    {
        fputs("unaligned=faults\n", out);
        return;
    }
    asm volatile("ldr %0, [%1]" : "=r" (value) : "r" ((uintptr_t)words + 1) : "memory");
    fputs("unaligned=works\n", out);
}

#endif
