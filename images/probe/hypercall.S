/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of Xen and of PSCI. */

#include "asm.h"

    .text

/*
 * A hypercall of Xen (public/arch-arm.h, "Hypercall calling convention").
 * In: x0 number, x1..x5 arguments. Out: x0 result. Clobbers x1..x5, x16.
 * Arm ARM C6.2 HVC.
 */
FUNCTION hypercall
    mov     x16, x0
    mov     x0, x1
    mov     x1, x2
    mov     x2, x3
    mov     x3, x4
    mov     x4, x5
    hvc     #0xea1
    ret
END hypercall

/*
 * A PSCI function through HVC or SMC (SMC Calling Convention, DEN0028).
 * In: x0 function, x1..x3 arguments. Out: x0 result. Clobbers x1..x17.
 * Arm ARM C6.2 HVC, C6.2 SMC.
 */
FUNCTION psci_hvc
    hvc     #0
    ret
END psci_hvc

FUNCTION psci_smc
    smc     #0
    ret
END psci_smc
