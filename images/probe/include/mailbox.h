/* SPDX-License-Identifier: Apache-2.0 */
/* The mailbox in the image: protocol.gen.h says how it is laid out. */
#ifndef MAILBOX_H
#define MAILBOX_H

#include "cpu.h"

/* Fills in who this is. */
void mailbox_init(void);
uint64_t mailbox_address(void);
uint8_t *mailbox_window(void);
/* Answers requests to this vCPU for ever; vCPU 0 listens to the console too. */
_Noreturn void mailbox_serve(struct cpu *cpu);

#endif
