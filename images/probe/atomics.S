/* SPDX-License-Identifier: Apache-2.0 */
/* Atomic additions and lock words: exclusives, and FEAT_LSE's single instructions. */

#include "asm.h"

    .text
    .arch_extension lse

/*
 * Fetch-and-add with acquire and release by an exclusive pair.
 * In: x0 address, x1 value, x2 attempts (not 0), x3 where the old value goes.
 * Out: x0 1, or 0 when no attempt succeeded. Clobbers x4, x5, x6, x2.
 * Arm ARM B2 (exclusive monitors), C6.2 LDAXR, STLXR.
 */
.macro ADD_EXCLUSIVE bytes, suffix, r
FUNCTION add_exclusive_\bytes
1:  ldaxr\suffix \r\()4, [x0]
    add     x5, x4, x1
    stlxr\suffix w6, \r\()5, [x0]
    cbz     w6, 2f
    subs    x2, x2, #1
    b.ne    1b
    clrex
    mov     x0, #0
    ret
2:  str     x4, [x3]
    mov     x0, #1
    ret
END add_exclusive_\bytes
.endm

ADD_EXCLUSIVE 1, b, w
ADD_EXCLUSIVE 2, h, w
ADD_EXCLUSIVE 4, , w
ADD_EXCLUSIVE 8, , x

/*
 * Fetch-and-add with acquire and release by one instruction of FEAT_LSE.
 * In, out: as above; always succeeds. Clobbers x4. Arm ARM C6.2 LDADDAL.
 */
.macro ADD_LSE bytes, suffix, r
FUNCTION add_lse_\bytes
    ldaddal\suffix \r\()1, \r\()4, [x0]
    str     x4, [x3]
    mov     x0, #1
    ret
END add_lse_\bytes
.endm

ADD_LSE 1, b, w
ADD_LSE 2, h, w
ADD_LSE 4, , w
ADD_LSE 8, , x

/*
 * One attempt to take a 32-bit lock word: 0 becomes 1, with acquire.
 * In: x0 address. Out: x0 1 if it is taken now. Clobbers x1, x2.
 * Arm ARM C6.2 LDAXR, STXR.
 */
FUNCTION lock_try_exclusive
    ldaxr   w1, [x0]
    cbnz    w1, 1f
    mov     w1, #1
    stxr    w2, w1, [x0]
    cbnz    w2, 2f
    mov     x0, #1
    ret
1:  clrex
2:  mov     x0, #0
    ret
END lock_try_exclusive

/* The same by SWPA of FEAT_LSE. Arm ARM C6.2 SWPA. */
FUNCTION lock_try_lse
    mov     w1, #1
    swpa    w1, w2, [x0]
    cmp     w2, #0
    cset    x0, eq
    ret
END lock_try_lse

/*
 * Releases the lock word with a store-release.
 * In: x0 address. Out: nothing. Clobbers nothing. Arm ARM C6.2 STLR.
 */
FUNCTION lock_free
    stlr    wzr, [x0]
    ret
END lock_free
