/* SPDX-License-Identifier: Apache-2.0 */
/* Macros and constants that assembly and C share. */
#ifndef ASM_H
#define ASM_H

#define STACK_SIZE           0x2000
#define EXCEPTION_STACK_SIZE 0x1000
/* x0..x30, sp, and padding to 16 bytes. */
#define FRAME_SIZE 0x100

#ifdef __ASSEMBLER__
/* clang-format off */
.macro FUNCTION name
    .global \name
    .hidden \name
    .type   \name, %function
    .balign 16
\name:
.endm

.macro END name
    .size   \name, . - \name
.endm

/* PC-relative address of a symbol anywhere in the image. */
.macro ADDRESS register, symbol
    adrp    \register, \symbol
    add     \register, \register, :lo12:\symbol
.endm
/* clang-format on */
#endif

#endif
