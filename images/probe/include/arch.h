/* SPDX-License-Identifier: Apache-2.0 */
/* System registers, barriers and single memory accesses of AArch64. */
#ifndef ARCH_H
#define ARCH_H

#include "types.h"

#define read_sysreg(name)                                                                          \
    ({                                                                                             \
        uint64_t value_;                                                                           \
        asm volatile("mrs %0, " #name : "=r"(value_)::"memory");                                   \
        value_;                                                                                    \
    })
#define write_sysreg(value, name)                                                                  \
    asm volatile("msr " #name ", %0" ::"r"((uint64_t)(value)) : "memory")

/* Barriers have their domain in their name (Arm ARM B2.3). */
#define dmb_ish()   asm volatile("dmb ish" ::: "memory")
#define dmb_ishst() asm volatile("dmb ishst" ::: "memory")
#define dmb_ishld() asm volatile("dmb ishld" ::: "memory")
#define dmb_sy()    asm volatile("dmb sy" ::: "memory")
#define dsb_ish()   asm volatile("dsb ish" ::: "memory")
#define dsb_ishst() asm volatile("dsb ishst" ::: "memory")
#define dsb_sy()    asm volatile("dsb sy" ::: "memory")
#define isb()       asm volatile("isb" ::: "memory")
#define yield()     asm volatile("yield" ::: "memory")
#define wfi()       asm volatile("wfi" ::: "memory")

/* One load or store instruction each: what a command measures is never split or merged. */
#define DEFINE_ACCESS(bits, width, get, put)                                                       \
    static inline uint64_t load##bits(uint64_t address)                                            \
    {                                                                                              \
        uint64_t value;                                                                            \
        asm volatile(get " %" width "0, [%1]" : "=r"(value) : "r"(address) : "memory");            \
        return value;                                                                              \
    }                                                                                              \
    static inline void store##bits(uint64_t address, uint64_t value)                               \
    {                                                                                              \
        asm volatile(put " %" width "0, [%1]" ::"r"(value), "r"(address) : "memory");              \
    }

DEFINE_ACCESS(8, "w", "ldrb", "strb")
DEFINE_ACCESS(16, "w", "ldrh", "strh")
DEFINE_ACCESS(32, "w", "ldr", "str")
DEFINE_ACCESS(64, "x", "ldr", "str")

static inline void load_pair(uint64_t address, uint64_t *low, uint64_t *high)
{
    uint64_t first, second;

    asm volatile("ldp %0, %1, [%2]" : "=&r"(first), "=&r"(second) : "r"(address) : "memory");
    *low = first;
    *high = second;
}

static inline void store_pair(uint64_t address, uint64_t low, uint64_t high)
{
    asm volatile("stp %0, %1, [%2]" ::"r"(low), "r"(high), "r"(address) : "memory");
}

#endif
