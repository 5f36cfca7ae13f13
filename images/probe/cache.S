/* SPDX-License-Identifier: Apache-2.0 */
/* Data cache maintenance by virtual address; the line's size comes from CTR_EL0. */

#include "asm.h"

    .text

/*
 * One routine over the lines that [x0, x0 + x1) touches, then a DSB: to the point of coherency for
 * the full system, because Device and Non-cacheable aliases are Outer Shareable (Arm ARM B2.7); to
 * the point of unification for the Inner Shareable domain.
 * In: x0 address, x1 length (not 0), x2 a word that receives how many bytes from the first line on
 * are done, for the guard. Out: nothing. Clobbers x0, x1, x3, x4, x5 and the flags.
 * Arm ARM D7.5.9 (cache maintenance by VA), D24.2 (CTR_EL0.DminLine).
 */
.macro CACHE_RANGE name, operation, domain
FUNCTION \name
    mrs     x3, ctr_el0
    ubfx    x3, x3, #16, #4
    mov     x4, #4
    lsl     x3, x4, x3              /* bytes of the smallest data cache line */
    add     x1, x0, x1
    sub     x4, x3, #1
    bic     x0, x0, x4
    mov     x4, x0
1:  sub     x5, x0, x4
    str     x5, [x2]
    dc      \operation, x0
    add     x0, x0, x3
    cmp     x0, x1
    b.lo    1b
    dsb     \domain
    ret
END \name
.endm

CACHE_RANGE cache_clean_poc, cvac, sy
CACHE_RANGE cache_clean_pou, cvau, ish
CACHE_RANGE cache_clean_invalidate_poc, civac, sy
/* For boot only, on what was written with the MMU off: stage 2 makes it clean as well. */
CACHE_RANGE cache_invalidate_poc, ivac, sy
