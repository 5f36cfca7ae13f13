/* SPDX-License-Identifier: Apache-2.0 */
/* Exception vectors, and the guard that lets a command survive an abort. */

#include "asm.h"

    .text

/*
 * One entry of the vector table. Registers go to the exception stack, so that a broken sp cannot
 * make the probe fault for ever. Arm ARM D1 (exception vectors), D24.2 (VBAR_EL1).
 */
.macro VECTOR number
    .balign 128
    msr     tpidr_el0, x0
    mov     x0, sp
    msr     tpidrro_el0, x0
    mrs     x0, sp_el0
    sub     x0, x0, #FRAME_SIZE
    mov     sp, x0
    str     x1, [sp, #8]
    mov     x1, #\number
    b       exception_entry
.endm

    .balign 2048
    .global vectors
    .hidden vectors
vectors:
    .set    number, 0
    .rept   16
    VECTOR  number
    .set    number, number + 1
    .endr

/*
 * Saves the other registers as struct frame and asks C what to do.
 * In: x1 number of the vector; x0 in TPIDR_EL0, sp in TPIDRRO_EL0, x1 in the frame.
 * Out: returns only to guard_recover, when exception() gives the guard's sp. Clobbers everything.
 * Arm ARM D1 (exception entry and return).
 */
exception_entry:
    stp     x2, x3, [sp, #16]
    stp     x4, x5, [sp, #32]
    stp     x6, x7, [sp, #48]
    stp     x8, x9, [sp, #64]
    stp     x10, x11, [sp, #80]
    stp     x12, x13, [sp, #96]
    stp     x14, x15, [sp, #112]
    stp     x16, x17, [sp, #128]
    stp     x18, x19, [sp, #144]
    stp     x20, x21, [sp, #160]
    stp     x22, x23, [sp, #176]
    stp     x24, x25, [sp, #192]
    stp     x26, x27, [sp, #208]
    stp     x28, x29, [sp, #224]
    mrs     x2, tpidrro_el0
    stp     x30, x2, [sp, #240]
    mrs     x2, tpidr_el0
    str     x2, [sp]
    mov     x0, sp
    mov     x29, #0
    bl      exception
    mov     sp, x0
    adr     x1, guard_recover
    msr     elr_el1, x1
    eret

/*
 * Calls a function under a guard: bool guard_call(fn, argument, guard).
 * In: x0 function, x1 its argument, x2 struct guard, whose first member is the recovery sp.
 * Out: x0 is 1 when the function returned, 0 when it took a synchronous exception.
 * Clobbers what a call may (AAPCS64). Arm ARM D1 (synchronous exceptions).
 */
FUNCTION guard_call
    stp     x29, x30, [sp, #-112]!
    stp     x19, x20, [sp, #16]
    stp     x21, x22, [sp, #32]
    stp     x23, x24, [sp, #48]
    stp     x25, x26, [sp, #64]
    stp     x27, x28, [sp, #80]
    str     x2, [sp, #96]
    mov     x9, sp
    str     x9, [x2]
    mov     x9, x0
    mov     x0, x1
    blr     x9
    mov     x0, #1
    b       1f
guard_recover:
    mov     x0, #0
1:  ldr     x2, [sp, #96]
    str     xzr, [x2]
    ldp     x19, x20, [sp, #16]
    ldp     x21, x22, [sp, #32]
    ldp     x23, x24, [sp, #48]
    ldp     x25, x26, [sp, #64]
    ldp     x27, x28, [sp, #80]
    ldp     x29, x30, [sp], #112
    ret
END guard_call

/*
 * Branches to code that is not the probe's, which need not keep the callee-saved registers but
 * has to return by x30 with sp as it was.
 * In: x0 address. Out: x0 as the code left it. Clobbers what a call may.
 * Invalidates this vCPU's instruction cache first: Arm ARM D7.5.9 (IC IALLU).
 */
FUNCTION call_code
    stp     x29, x30, [sp, #-96]!
    stp     x19, x20, [sp, #16]
    stp     x21, x22, [sp, #32]
    stp     x23, x24, [sp, #48]
    stp     x25, x26, [sp, #64]
    stp     x27, x28, [sp, #80]
    ic      iallu
    dsb     nsh
    isb
    blr     x0
    ldp     x19, x20, [sp, #16]
    ldp     x21, x22, [sp, #32]
    ldp     x23, x24, [sp, #48]
    ldp     x25, x26, [sp, #64]
    ldp     x27, x28, [sp, #80]
    ldp     x29, x30, [sp], #96
    ret
END call_code
