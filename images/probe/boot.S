/* SPDX-License-Identifier: Apache-2.0 */
/* Image header, first instructions of vCPU 0 and of the others, and the MMU's switch. */

#include "asm.h"
#include "protocol.gen.h"

#define R_AARCH64_RELATIVE 1027

    .section .head, "ax"

/* Linux's Documentation/arch/arm64/booting.rst, section 4; xen/arch/arm/kernel.c reads it. */
    b       boot                    /* code0 */
    .long   0                       /* code1 */
    .quad   0                       /* text_offset */
    .long   _image_size_low         /* image_size: two words, so that no relocation is made */
    .long   0
    .quad   0xa                     /* flags: little endian, 4 KiB pages, anywhere */
    .quad   0
    .quad   0
    .quad   0
    .ascii  "ARM\x64"
    .long   0

    .text

/*
 * Entry of vCPU 0, MMU and data cache off.
 * In: x0 guest address of the DTB. Out: does not return. Clobbers everything.
 * Arm ARM D1 (reset); ELF for the Arm 64-bit Architecture (R_AARCH64_RELATIVE).
 */
FUNCTION boot
    mov     x19, x0
    ADDRESS x0, vectors
    msr     vbar_el1, x0

    ADDRESS x1, _rela_start
    ADDRESS x2, _rela_end
    adrp    x3, _start
1:  cmp     x1, x2
    b.hs    2f
    ldp     x4, x5, [x1], #16       /* r_offset, r_info */
    ldr     x6, [x1], #8            /* r_addend */
    cmp     w5, #R_AARCH64_RELATIVE
    b.ne    1b
    add     x6, x6, x3
    str     x6, [x4, x3]
    b       1b

2:  ADDRESS x1, _bss_start
    ADDRESS x2, _bss_end
3:  cmp     x1, x2
    b.hs    4f
    stp     xzr, xzr, [x1], #16
    b       3b

4:  mov     x0, #0
    bl      set_stacks
    mov     x29, #0
    mov     x0, x19
    bl      mmu_prepare
    bl      mmu_enable
    mov     x0, x19
    bl      probe_main
    b       .
END boot

/*
 * Entry of a further vCPU by PSCI CPU_ON, MMU and data cache off.
 * In: x0 the vCPU's index. Out: does not return. Clobbers everything.
 * Arm PSCI DEN0022, CPU_ON and the state of a started core. Reads no memory that
 * was written with caches on before the MMU is on.
 */
FUNCTION boot_secondary
    mov     x19, x0
    ADDRESS x1, vectors
    msr     vbar_el1, x1
    bl      set_stacks
    mov     x29, #0
    bl      mmu_enable
    mov     x0, x19
    bl      probe_secondary
    b       .
END boot_secondary

/*
 * Stacks of a vCPU: sp for C, and SP_EL0 (never selected otherwise) as the top of the stack on
 * which vectors.S saves registers.
 * In: x0 index. Out: sp, SP_EL0. Clobbers x1, x2, x3. Arm ARM D1 (stack pointer registers).
 */
FUNCTION set_stacks
    add     x3, x0, #1
    ADDRESS x1, stacks
    mov     x2, #STACK_SIZE
    madd    x1, x3, x2, x1
    mov     sp, x1
    ADDRESS x1, exception_stacks
    mov     x2, #EXCEPTION_STACK_SIZE
    madd    x1, x3, x2, x1
    msr     sp_el0, x1
    ret
END set_stacks

/*
 * Turns on the MMU and the caches with the tables of mmu.c: 48-bit virtual addresses, 4 KiB
 * granule, TTBR0 only, walks inner-shareable write-back.
 * In: nothing. Out: nothing. Clobbers x0, x1, x2.
 * Arm ARM D24.2: TCR_EL1, MAIR_EL1, TTBR0_EL1, SCTLR_EL1; D8 (TLB maintenance).
 */
FUNCTION mmu_enable
    ldr     x0, =ATTR_MAIR
    msr     mair_el1, x0
    /* T0SZ 16, IRGN0 and ORGN0 write-back, SH0 inner, EPD1 (no TTBR1) */
    ldr     x0, =(16 | (1 << 8) | (1 << 10) | (3 << 12) | (1 << 23))
    mrs     x1, id_aa64mmfr0_el1
    and     x1, x1, #0xf            /* PARange; 48 bits at most with this granule */
    mov     x2, #5
    cmp     x1, x2
    csel    x1, x1, x2, lo
    orr     x0, x0, x1, lsl #32     /* IPS */
    msr     tcr_el1, x0
    ADDRESS x0, page_tables
    msr     ttbr0_el1, x0
    isb
    tlbi    vmalle1
    ic      iallu
    dsb     nsh
    isb
    /* RES1 of Armv8.0, nTWE, nTWI, I, C, SA, M */
    ldr     x0, =0x30d5180d
    msr     sctlr_el1, x0
    isb
    ret
END mmu_enable

    .section .noinit, "aw", %nobits
    .balign 4096
    .global stacks, exception_stacks
    .hidden stacks, exception_stacks
stacks:
    .space  STACK_SIZE * MAILBOX_SLOTS
exception_stacks:
    .space  EXCEPTION_STACK_SIZE * MAILBOX_SLOTS
